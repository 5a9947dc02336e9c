/** Whether a till may honour what it is shown: the same questions in the same order as the Rust library, the same answers. */
import type { Timestamp } from "../types.js";
import type { Environment, KeySet, TokenKey } from "./keys.js";
import { hasSigned } from "./signature.js";
import { type Bytes, DOMAINS, LENGTH, fromText, fromUrl, isSerial, join, sha256, toCode, toHex, toUrl } from "./text.js";

/** What a token says. */
export interface Coupon {
  /** Its name: 16 letters and digits. */
  code: string;
  /** The offer that it is of: the first 8 bytes of the SHA-256 of its id, hexadecimal. */
  campaign: string;
  env: Environment;
  kid: string;
  merchant: number;
  /** 0 is all stores. */
  stores: number;
  from: Timestamp;
  /** Without it. */
  until: Timestamp;
  /** Basis points, minor units, or what the terms of the campaign say. */
  benefit: { kind: "percent" | "amount" | "terms"; value: number };
  /** Minor units, or what the terms of the campaign say. */
  minimum: number | "terms";
  offline: boolean;
  stackable: boolean;
  /** Tag of the device that alone may show it. */
  holder?: string;
}

/** Why a coupon is not honoured, in the order of the questions; the last four are answered by what was spent, and by the ledger. */
export const REASONS = [
  "damaged", "newer", "environment", "unknown_key", "revoked_key", "old_keys", "forged", "key_time", "clock", "not_yet", "expired",
  "other_shop", "other_store", "unknown_campaign", "paused", "online_only", "offline_limit", "no_device", "old_proof",
  "other_device", "spent", "reserved", "too_many_codes", "unknown",
] as const;
export type Reason = (typeof REASONS)[number];

/** May it be honoured? */
export type Verdict = { kind: "accepted"; coupon: Coupon } | { kind: "refused"; reason: Reason };

/** What a till may honour offline of one campaign, and what it has. */
export interface Caps {
  /** Most tokens between two reports. */
  per_till: number;
  /** Most money in a day, minor units. */
  value_per_day?: number;
  /** Tokens honoured offline and not reported yet. */
  counted: number;
  /** Money given offline today, minor units. */
  given: number;
}

/** Where and in what state a till is. */
export interface Place {
  merchant: number;
  /** The numbers of its store and of all groups that the store is in. */
  stores: readonly number[];
  env: Environment;
  /** Does it reach the ledger? */
  online: boolean;
  /** Campaigns that it knows the terms of, with what may be honoured offline. Without them it goes by what the token says. */
  campaigns?: ReadonlyMap<string, Caps | undefined> | undefined;
  /** Campaigns that the edge has paused. */
  paused?: readonly string[] | undefined;
  /** What the coupon takes off this basket, minor units. */
  worth?: number | undefined;
}

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
/** How old or how early the word of a device may be. */
const PROOF_MS = 60_000;
/** Longest lifetime of a token, minutes. */
const LONGEST = 64_800;

/** May a till honour what it is shown at `now`, apart from whether it was spent? */
export async function verify(shown: string | Bytes, keys: KeySet, place: Place, now: Timestamp): Promise<Verdict> {
  const bytes = typeof shown === "string" ? fromText(shown) : shown;
  const token = bytes?.subarray(0, LENGTH);
  if (!bytes || !token || (bytes.length !== LENGTH && bytes.length !== LENGTH + 100)) return refused("damaged");
  // Nothing but version, environment and the name of the key is looked at before the signature has been checked.
  if (token[0] !== 1) return refused("newer");
  const env = (token[1] ?? 0) & 1 ? "production" : "test";
  if (env !== place.env) return refused("environment");
  const kid = toHex(token.subarray(2, 6));
  const key = keys.keys.find((key) => key.kid === kid && key.env === env);
  if (!key) return refused("unknown_key");
  if (keys.revoked_keys.includes(kid)) return refused("revoked_key");
  if (now >= (place.online ? keys.expires_ms : keys.fresh_until_ms)) return refused("old_keys");
  const publicKey = fromUrl(key.public_key);
  if (!publicKey || !(await hasSigned(publicKey, DOMAINS.token, token.subarray(0, 50), token.subarray(50)))) return refused("forged");
  const coupon = parse(token);
  if (!coupon) return refused("newer");
  const reason = inTime(coupon, key, keys.issued_ms, now) ?? inPlace(coupon, key, place) ?? ofCampaign(coupon, keys, place) ?? (await byHolder(coupon, bytes, now));
  return reason ? refused(reason) : { kind: "accepted", coupon };
}

function refused(reason: Reason): Verdict {
  return { kind: "refused", reason };
}

function inTime({ from, until }: Coupon, key: TokenKey, newest: Timestamp, now: Timestamp): Reason | undefined {
  // A token begins with a whole minute, its key with any instant.
  if (from + MINUTE_MS <= key.not_before_ms || until > key.not_after_ms + 45 * DAY_MS) return "key_time";
  if (now < newest) return "clock";
  if (now < from) return "not_yet";
  return now >= until ? "expired" : undefined;
}

function inPlace(coupon: Coupon, key: TokenKey, place: Place): Reason | undefined {
  if (coupon.merchant !== place.merchant || key.merchant !== place.merchant) return "other_shop";
  return coupon.stores === 0 || place.stores.includes(coupon.stores) ? undefined : "other_store";
}

function ofCampaign(coupon: Coupon, keys: KeySet, { campaigns, paused, online, worth }: Place): Reason | undefined {
  if (campaigns && !campaigns.has(coupon.campaign)) return "unknown_campaign";
  if (keys.revoked_campaigns.includes(coupon.campaign) || paused?.includes(coupon.campaign)) return "paused";
  if (online) return undefined;
  if (!coupon.offline) return "online_only";
  const caps = campaigns?.get(coupon.campaign);
  const money = worth ?? (coupon.benefit.kind === "amount" ? coupon.benefit.value : undefined);
  // With a cap on money, a coupon of unknown worth is not honoured.
  const fits = caps?.value_per_day === undefined || (money !== undefined && caps.given + money <= caps.value_per_day);
  return caps && caps.counted < caps.per_till && fits ? undefined : "offline_limit";
}

async function byHolder({ holder }: Coupon, shown: Bytes, now: Timestamp): Promise<Reason | undefined> {
  if (holder === undefined) return undefined;
  if (shown.length === LENGTH) return "no_device";
  const [token, seconds, publicKey] = [shown.subarray(0, LENGTH), shown.subarray(LENGTH, LENGTH + 4), shown.subarray(LENGTH + 4, LENGTH + 36)];
  if (Math.abs(now - number(seconds) * 1_000) > PROOF_MS) return "old_proof";
  const tag = toUrl((await sha256(publicKey)).subarray(0, 8));
  const isHolder = tag === holder && (await hasSigned(publicKey, DOMAINS.holder, join(token, seconds), shown.subarray(LENGTH + 36)));
  return isHolder ? undefined : "other_device";
}

/** What a token says, whose signature was checked; nothing where it says what this version does not know. */
export function parse(token: Bytes): Coupon | undefined {
  const field = (from: number, length: number) => token.subarray(from, from + length);
  const flags = token[1] ?? 0;
  const [minutes, kind, value, minimum] = [number(field(28, 2)), token[36] ?? 0, number(field(37, 3)), number(field(40, 2))];
  const holder = field(42, 8).some((byte) => byte !== 0);
  const name = (["terms", "percent", "amount"] as const)[kind];
  const fits = flags < 16 && holder === !!(flags & 4) && minutes >= 1 && minutes <= LONGEST && isSerial(field(14, 10));
  if (!fits || !name || value > ([0, 10_000, 0xffffff][kind] ?? 0)) return undefined;
  const from = number(field(24, 4)) * MINUTE_MS;
  return {
    code: toCode(field(14, 10)),
    campaign: toHex(field(6, 8)),
    env: flags & 1 ? "production" : "test",
    kid: toHex(field(2, 4)),
    merchant: number(field(30, 4)),
    stores: number(field(34, 2)),
    from,
    until: from + minutes * MINUTE_MS,
    benefit: { kind: name, value },
    minimum: minimum === 0xffff ? "terms" : minimum,
    offline: !!(flags & 2),
    stackable: !!(flags & 8),
    ...(holder && { holder: toUrl(field(42, 8)) }),
  };
}

function number(bytes: Bytes): number {
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}
