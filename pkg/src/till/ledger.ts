/** Asking the ledger of an edge (`POST /v1/redemptions`) whether a coupon may be redeemed. */
import { must } from "../errors.js";
import type { Timestamp } from "../types.js";
import type { Denial } from "./spent.js";
import type { Reason } from "./verify.js";

/** One redemption; the same coupon, till and receipt are the same one, however often it is told. */
export interface Redemption {
  /** base64url, or the code where there is no token. */
  token?: string;
  code?: string;
  till: string;
  receipt: string;
  /** When it was honoured, where that was offline. */
  at?: Timestamp;
  /** What it took off, minor units. */
  amount?: number;
}

/** A ledger says no. With `too_many_codes` it has looked at nothing. */
export interface Refusal extends Denial {
  kind: "refused";
}

/** What a ledger says. */
export type Heard = { kind: "granted" } | Refusal | { kind: "unreachable" };

/** Whom a till asks, and tells later what it did offline. */
export interface Ledger {
  redeem(redemption: Redemption): Promise<Heard>;
  rollback(redemption: Redemption): Promise<Heard>;
}

/** How an edge is reached. */
export interface LedgerOptions {
  /** Its address, with the slash at the end: `https://edge.example/`. */
  url: string | URL;
  /** The key of this shop's tills. */
  key: string;
  /** The store's id. */
  store: string;
  /** How long a shopper is kept waiting before the till goes on offline. */
  patienceMs?: number;
  fetcher?: typeof fetch;
}

/** What an edge's reasons are called at a till. What is not listed says no more than that it does not count. */
const REASONS: Readonly<Record<string, Reason>> = {
  spent: "spent", reserved: "reserved", too_many_codes: "too_many_codes", paused: "paused", ended: "expired", expired: "expired", not_yet: "not_yet", other_store: "other_store",
  mistyped: "damaged", forged: "forged",
};

/**
 * The ledger behind an edge. What does not answer in time, answers 5xx, sheds (429 without our reason), or is somebody else on the way
 * (a sign-in to the network, a proxy: no code and no reason) is `unreachable`.
 */
export function ledgerAt(options: LedgerOptions): Ledger {
  must([options, "options", "`{ url, key, store }`", "url", "key", "store"]);
  const { url, key, store, patienceMs = 3_000, fetcher = fetch } = options;
  const post = async (path: string, redemption: Redemption): Promise<Heard> => {
    try {
      const answer = await fetcher(new URL(path, url), {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
        body: JSON.stringify({ ...redemption, store }),
        signal: AbortSignal.timeout(patienceMs),
        cache: "no-store",
      });
      const { code, reason, first, until } = (await answer.json()) as { code?: unknown; reason?: unknown } & Partial<Denial>;
      if (answer.ok) return { kind: typeof code === "string" ? "granted" : "unreachable" };
      if (typeof reason !== "string") return { kind: "unreachable" };
      // Spent (409), unknown (404) or over (410), or a till that guesses; a wrong key or request is for people to put right.
      if (![404, 409, 410].includes(answer.status) && reason !== "too_many_codes") return { kind: "unreachable" };
      return { kind: "refused", reason: REASONS[reason] ?? "unknown", ...(first && { first }), ...(until && { until }) };
    } catch {
      return { kind: "unreachable" };
    }
  };
  return {
    redeem: (redemption) => post("v1/redemptions", redemption),
    rollback: (redemption) => post("v1/redemptions/rollback", redemption),
  };
}
