/** Which keys sign tokens: a set that its roots sign, and that follows from the set that was trusted before. */
import { refuse } from "../errors.js";
import type { Timestamp } from "../types.js";
import { signersOf } from "./signature.js";
import { DOMAINS, fromUrl, sha256, toHex } from "./text.js";

/** Are tokens worth money? */
export type Environment = "test" | "production";

/** What a till knows before it reads a set: `trust.json`, or the set before. */
export interface Trust {
  version: number;
  /** Public keys, base64url. */
  roots: readonly string[];
  /** How many of them have to sign. */
  threshold: number;
}

/** A key that signs tokens. */
export interface TokenKey {
  /** First 4 bytes of its SHA-256, hexadecimal. */
  kid: string;
  /** base64url. */
  public_key: string;
  merchant: number;
  epoch: number;
  not_before_ms: Timestamp;
  not_after_ms: Timestamp;
  env: Environment;
}

/** The keys that sign tokens, and what has been called back. */
export interface KeySet extends Trust {
  issued_ms: Timestamp;
  /** Until when a till without a network goes by it. */
  fresh_until_ms: Timestamp;
  /** Until when anybody does. */
  expires_ms: Timestamp;
  keys: readonly TokenKey[];
  revoked_keys: readonly string[];
  revoked_campaigns: readonly string[];
}

interface Envelope {
  signed: string;
  signatures: readonly { root: string; signature: string }[];
}

/**
 * Reads a key set (`keys.json`, or what `GET /v1/keys` answers). Throws where it does not follow from what is trusted, with the
 * code `no-key-set`, `untrusted-keys`, `unsigned-keys`, `old-keys` or `ambiguous-keys`; go on with the set before.
 */
export async function openKeys(text: string, trust: Trust): Promise<KeySet> {
  const envelope = parse<Envelope>(text);
  if (typeof envelope?.signed !== "string" || !Array.isArray(envelope.signatures)) throw noKeySet();
  if (!(await isSigned(envelope, trust))) throw refuse("untrusted-keys", "", "the key set is not signed by enough of the roots that are trusted");
  const set = parse<KeySet>(envelope.signed);
  if (!set || !(await isKeySet(set))) throw noKeySet();
  if (!(await isSigned(envelope, set))) throw refuse("unsigned-keys", "", "the key set is not signed by enough of its own roots");
  if (set.version < trust.version) throw refuse("old-keys", "/version", `the key set has version ${set.version}, and version ${trust.version} is known already`);
  const kids = set.keys.map(({ kid }) => kid);
  if (new Set(kids).size < kids.length) throw refuse("ambiguous-keys", "/keys", "the key set has two keys of the same name");
  return set;
}

function noKeySet(): Error {
  return refuse("no-key-set", "", "this is no key set");
}

async function isSigned({ signed, signatures }: Envelope, { roots, threshold }: Trust): Promise<boolean> {
  const by = signatures.map(({ root, signature }) => ({ key: root, signature }));
  return threshold > 0 && (await signersOf(roots, DOMAINS.keys, signed, by)).length >= threshold;
}

async function isKeySet(set: KeySet): Promise<boolean> {
  const lists = [set.roots, set.keys, set.revoked_keys, set.revoked_campaigns];
  const numbers = [set.version, set.threshold, set.issued_ms, set.fresh_until_ms, set.expires_ms];
  if (!lists.every(Array.isArray) || !numbers.every(isWhole)) return false;
  const keys = await Promise.all(set.keys.map(isTokenKey));
  const isHex = (digits: number) => (text: unknown) => typeof text === "string" && new RegExp(`^[0-9a-f]{${digits}}$`).test(text);
  return !keys.includes(false) && set.revoked_keys.every(isHex(8)) && set.revoked_campaigns.every(isHex(16));
}

async function isTokenKey(key: TokenKey): Promise<boolean> {
  const bytes = typeof key?.public_key === "string" ? fromUrl(key.public_key) : undefined;
  if (bytes?.length !== 32 || ![key.merchant, key.epoch, key.not_before_ms, key.not_after_ms].every(isWhole)) return false;
  return (key.env === "test" || key.env === "production") && toHex(await sha256(bytes)).slice(0, 8) === key.kid;
}

function isWhole(number: unknown): boolean {
  return Number.isSafeInteger(number) && (number as number) >= 0;
}

function parse<T>(text: string): T | null | undefined {
  try {
    return JSON.parse(text) as T | null;
  } catch {
    return undefined;
  }
}
