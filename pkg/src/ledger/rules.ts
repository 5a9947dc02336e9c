/** The rules, which are Rust: what an object hands to the module and gets back. Nothing here decides. */
import type { Timestamp } from "../types.js";
import { type Ledger, instantiate } from "./module.js";
import type { Reason } from "./problem.js";
import type { Terms } from "./terms.js";

/** What a shard tells its root. */
export interface Renewal {
  coupon: string;
  shard: number;
}

/** Whether coupons may be given out. */
export interface Standing {
  number: number;
  pause: string | null;
}

/** What a root answers. */
export interface Grant {
  standing: Standing;
}

/** What a till asks of a coupon. */
export interface Spend {
  /** As a short code. */
  serial: string;
  /** In hexadecimal digits, where a token with a good signature was shown. */
  payload?: string | undefined;
  till: string;
  receipt: string;
  store: string;
  at?: Timestamp | undefined;
  amount?: number | undefined;
}

/** What a till wants of a coupon. */
export type Spending = { kind: "reserve" | "redeem" | "release" | "roll_back" } & Spend;

/** What a shard is asked or told. */
export type Ask =
  | { kind: "claim"; key: string; coupon: string; person: string; store?: string | undefined; holder?: string | undefined; chance?: string }
  | Spending
  | { kind: "expire"; serial: string }
  | { kind: "granted"; coupon: string; grant: Grant }
  | { kind: "stand"; coupon: string; standing: Standing }
  | { kind: "renew"; coupon: string };

/** A coupon that was given out: now, or before to the same key. */
export interface Issued {
  kind: "issued";
  first: boolean;
  serial: string;
  /** 100 hexadecimal digits. */
  payload: string;
  from: Timestamp;
  until: Timestamp;
}

/** What came of it. */
export type Answer =
  | Issued
  | { kind: "refused" | "rejected"; reason: Reason | "clash"; until?: Timestamp | null; by?: { till: string; receipt: string }; at?: Timestamp }
  | { kind: "wait"; coupon: string }
  | { kind: "reserved"; until: Timestamp }
  | { kind: "redeemed"; first: boolean; coupon: string; payload: string }
  | { kind: "released" | "rolled_back"; first: boolean }
  | { kind: "noted" };

/** Something that was loaded, by its place in the list of what was wanted. */
type Placed<Value> = { place: number } & Value;

/** What was loaded; texts as they were stored. */
export interface Found {
  keys: Placed<{ text: string }>[];
  serials: Placed<{ text: string }>[];
  /** How many coupons of one kind a person has that have not expired, and when the first of them that waits goes back. */
  persons: Placed<{ count: number; due: Timestamp | null }>[];
  /** Every account that is wanted, and that of every claim that was found; null where there is none. */
  accounts: { coupon: string; text: string | null }[];
  tills: Placed<{ forgiven: Timestamp }>[];
}

/** What came of a turn. */
export interface Turn {
  /** What is to be written, as JSON that only the storage reads. */
  rows: string;
  /** To be told after that. */
  answers: Answer[];
  renewals: Renewal[];
}

/** What the shop reads of a budget. */
export interface Report extends Record<"budget" | "leased" | "issued" | "redeemed" | "released" | "rolled_back" | "this_hour", number> {
  paused: string | null;
}

/** What the rules of one object are made of. */
export interface RulesHost {
  /** The module of the package, `tactful/ledger.wasm`, compiled. */
  module: WebAssembly.Module;
  terms: Terms;
  /** The name of the key that signs at an instant. */
  kid: (now: Timestamp) => string;
  /** The number of the shop in tokens. */
  merchant: number;
  /** Are the tokens worth money? */
  production: boolean;
  /** Which shard this is; any for a root. */
  shard: number;
}

/** The rules of a shard and of a root. What is stored is text, or undefined where nothing was. */
export interface Rules {
  /** What has to be loaded for these, as JSON that only the storage reads. */
  wanted(asks: readonly Ask[], now: Timestamp): string;
  /** Decides those of the last `wanted`. */
  turn(found: Found, now: Timestamp): Turn;
  renew(root: string | undefined, shards: number, renewal: Renewal, now: Timestamp): { root: string; grant: Grant; alarm: Timestamp | null };
  pause(root: string | undefined, now: Timestamp): { root: string; standing: Standing };
  resume(root: string | undefined, now: Timestamp): { root: string; standing: Standing };
  report(coupon: string, root: string | undefined, now: Timestamp): Report;
  left(coupon: string, root: string | undefined, now: Timestamp): number;
  overdue(root: string | undefined, now: Timestamp): number[];
}

/** Makes the rules of one object: a module of its own, and a new one after a trap, which leaves it in no known state. */
export function rulesOf({ module, terms, kid, merchant, production, shard }: RulesHost): Rules {
  const text = JSON.stringify(terms);
  let made: { kid: string; ledger: Ledger } | undefined;
  const call = <Value>(now: Timestamp, method: (ledger: Ledger) => Value): Value => {
    const current = kid(now);
    if (made?.kid !== current) {
      made?.ledger.free();
      made = { kid: current, ledger: new (instantiate(module).Ledger)(text, current, merchant, production, shard) };
    }
    try {
      return method(made.ledger);
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) made = undefined;
      throw error;
    }
  };
  const read = <Value>(now: Timestamp, method: (ledger: Ledger) => string): Value => JSON.parse(call(now, method)) as Value;
  return {
    wanted: (asks, now) => call(now, (ledger) => ledger.wanted(JSON.stringify(asks))),
    turn: (found, now) => {
      const [outcome, rows] = call(now, (ledger) => ledger.turn(JSON.stringify(found), now));
      return { ...(JSON.parse(outcome) as Omit<Turn, "rows">), rows };
    },
    renew: (root, shards, renewal, now) => read(now, (ledger) => ledger.renew(root, shards, JSON.stringify(renewal), now)),
    pause: (root, now) => read(now, (ledger) => ledger.pause(root)),
    resume: (root, now) => read(now, (ledger) => ledger.resume(root, now)),
    report: (coupon, root, now) => read(now, (ledger) => ledger.report(coupon, root, now)),
    left: (coupon, root, now) => call(now, (ledger) => ledger.left(coupon, root, now)),
    overdue: (root, now) => read(now, (ledger) => ledger.overdue(root, now)),
  };
}
