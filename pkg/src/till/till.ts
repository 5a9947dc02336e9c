/**
 * `tactful/till`: coupons at a till, with or without a network. What is shown is checked with public keys alone; it is written
 * down as spent before it is honoured; what was honoured offline is told later; who redeemed a coupon twice is named.
 *
 * The same coupon on the same receipt is one redemption, however often it is asked for: so after a crash or a lost answer
 * ask again with the same receipt. One page per till: `id` is the till's own.
 */
import type { Timestamp } from "../types.js";
import type { Environment, KeySet } from "./keys.js";
import type { Heard, Ledger, Redemption, Refusal } from "./ledger.js";
import { type Entry, type SpentStore, inBrowser } from "./spent.js";
import { must, refuse } from "../errors.js";
import { LENGTH, fromText, readCode, toUrl } from "./text.js";
import { type Caps, type Coupon, type Place, type Reason, verify } from "./verify.js";

export { type Environment, type KeySet, type TokenKey, type Trust, openKeys } from "./keys.js";
export { type Heard, type Ledger, type LedgerOptions, type Redemption, type Refusal, ledgerAt } from "./ledger.js";
export { type Denial, type Entry, type First, type SpentStore, inBrowser, inMemory } from "./spent.js";
export { readCode } from "./text.js";
export { type Caps, type Coupon, type Place, REASONS, type Reason, type Verdict, verify } from "./verify.js";
export { sentence } from "./words.js";

/** What `tactful compile --terms` writes, as much as a till needs of it. */
export interface Terms {
  coupons: readonly { campaign: string; budget: { offline?: { per_till: number; value_per_day?: number } | null } }[];
}

export interface TillOptions {
  /** The till's own name; a double is told with it. */
  id: string;
  merchant: number;
  /** The numbers of its store and of all groups that the store is in. */
  stores: readonly number[];
  keys: KeySet;
  /** `production` where missing. */
  env?: Environment;
  /** Without it no campaign is unknown, and nothing is honoured offline. */
  terms?: Terms | undefined;
  /** Whom to ask; without it the till is always offline. */
  ledger?: Ledger | undefined;
  /** IndexedDB where missing. */
  spent?: SpentStore;
  /** `Date.now` where missing. */
  clock?: () => Timestamp;
}

/** May the coupon be honoured? `coupon` is missing where a code was typed. `again`: this receipt had it already. */
export type Answer =
  | { kind: "accepted"; code: string; coupon?: Coupon; offline: boolean; again: boolean }
  | Refusal;

export interface Till {
  /** Answers for what was scanned, pasted or typed: a token, with the word of a device or without, or a short code. */
  accept(shown: string, receipt: string, basket?: { worth?: number }): Promise<Answer>;
  /** Gives a coupon back, since its sale was undone. Only on the till and the receipt that it was spent on. */
  rollback(code: string, receipt: string): Promise<boolean>;
  /**
   * Tells the ledger what it has not heard; resolves with how much is left, and with what was honoured offline and is refused by the
   * ledger: in `double` why, and where it was spent first. Each is told until it is `noted`, so that none is lost in a crash.
   */
  report(): Promise<{ left: number; doubles: readonly Entry[] }>;
  /** Somebody has written down the doubles of these codes. */
  noted(codes: readonly string[]): Promise<void>;
  /** Goes by another key set from now on, and by what the edge has paused. */
  update(keys: KeySet, paused?: readonly string[]): void;
}

const DAY_MS = 86_400_000;
const RECEIPT = /^[!-~]{1,60}$/;
/** A code that was typed does not tell when it is over: no token lives longer. */
const LONGEST_MS = 45 * DAY_MS;

/** A till. */
export function createTill(options: TillOptions): Till {
  must([options, "options", "`{ id, merchant, stores, keys }`", "id", "merchant", "stores", "keys"]);
  const { id, merchant, stores, env = "production", terms, ledger, spent = inBrowser(), clock = Date.now } = options;
  let { keys } = options;
  let paused: readonly string[] = [];
  let queue: Promise<unknown> = Promise.resolve();

  /** One after the other, so that two coupons never share the room under a cap. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = queue.then(work);
    queue = done.catch(() => undefined);
    return done;
  }

  /** The instant of now; a clock that goes back is not believed by `verify`, since keys tell when they were issued. */
  async function place(online: boolean, now: Timestamp, worth: number | undefined): Promise<Place> {
    return { merchant, stores, env, online, paused, worth, campaigns: terms && (await caps(terms, online, now)) };
  }

  async function caps({ coupons }: Terms, online: boolean, now: Timestamp): Promise<Map<string, Caps | undefined>> {
    const [pending, today] = online ? [[], []] : await Promise.all([spent.pending(), spent.since(now - (now % DAY_MS))]);
    const of = (campaign: string) => (entry: Entry) => entry.offline && !entry.undone && entry.campaign === campaign;
    const known = ({ campaign, budget: { offline } }: Terms["coupons"][number]): [string, Caps | undefined] => {
      const counted = pending.filter((entry) => entry.pending && of(campaign)(entry)).length;
      const given = today.filter(of(campaign)).reduce((sum, { worth }) => sum + (worth ?? 0), 0);
      return [campaign, offline ? { ...offline, counted, given } : undefined];
    };
    return new Map(coupons.map(known));
  }

  async function accept(shown: string, receipt: string, worth: number | undefined): Promise<Answer> {
    const now = clock();
    const typed = readCode(shown);
    if (typed) return ledger ? spend(entryOf(typed, receipt, now, worth), undefined, ledger) : { kind: "refused", reason: "online_only" };
    const verdict = await verify(shown, keys, await place(!!ledger, now, worth), now);
    if (verdict.kind === "refused") return verdict;
    const { coupon } = verdict;
    const token = fromText(shown)?.subarray(0, LENGTH);
    const money = worth ?? (coupon.benefit.kind === "amount" ? coupon.benefit.value : undefined);
    const entry = { ...entryOf(coupon.code, receipt, now, money), campaign: coupon.campaign, until: coupon.until, token: token && toUrl(token) };
    return spend(entry, coupon, ledger, async () => {
      const offline = await verify(shown, keys, await place(false, now, worth), now);
      return offline.kind === "refused" ? offline.reason : undefined;
    });
  }

  function entryOf(code: string, receipt: string, at: Timestamp, worth: number | undefined): Entry {
    return { code, till: id, receipt, at, until: at + LONGEST_MS, worth, offline: !ledger, undone: false, pending: true, tries: 0, undo: [] };
  }

  /** Writes it down, then asks the ledger, then honours: never the other way round. */
  async function spend(entry: Entry, coupon: Coupon | undefined, ledger: Ledger | undefined, offline?: () => Promise<Reason | undefined>): Promise<Answer> {
    const denied = ledger ? undefined : deniedOf(await spent.get(entry.code), entry.at);
    if (denied) return denied;
    const first = await spent.take(entry);
    const again = first?.till === entry.till && first.receipt === entry.receipt;
    if (first && !again) return { kind: "refused", reason: "spent", first: { till: first.till, receipt: first.receipt, at: first.at } };
    const accepted: Answer = { kind: "accepted", code: entry.code, ...(coupon && { coupon }), offline: (first ?? entry).offline, again };
    if (!ledger || (first && (!first.pending || first.offline))) return accepted;
    const kept = (await spent.get(entry.code)) ?? entry;
    const heard = await tell(kept, ledger);
    if (heard.kind === "granted") return accepted;
    if (heard.kind === "refused") return heard;
    const known = deniedOf(kept, entry.at);
    const reason = known?.reason ?? (offline ? await offline() : "online_only");
    await spent.change(entry.code, (kept) => (reason ? givenBack(kept) : { ...kept, offline: true }));
    return reason ? (known ?? { kind: "refused", reason }) : { ...accepted, offline: true };
  }

  /** Tells the ledger what it has not heard of one coupon. */
  async function tell(entry: Entry, ledger: Ledger): Promise<Heard> {
    const unheard = await undo(entry, ledger);
    // A double was told, and waits for people.
    if (!entry.pending) return unheard ?? { kind: "granted" };
    const heard = unheard ?? (await ledger.redeem(redemptionOf(entry, told(entry))));
    // What was honoured offline while another till holds it is no double before that till has it.
    const isOpen = heard.kind === "unreachable" || (entry.offline && heard.kind === "refused" && heard.reason === "reserved");
    // One change, since what was refused and not yet given back would look like what was granted.
    if (!isOpen) await spent.change(entry.code, (kept) => ({ ...kept, pending: false, denied: undefined, ...(heard.kind === "refused" && refusedNow(kept, heard)) }));
    return heard;
  }

  /** Tells the ledger of what was given back; resolves with its answer where it has not taken that in. */
  async function undo(entry: Entry, ledger: Ledger): Promise<Heard | undefined> {
    for (const receipt of entry.undo) {
      const heard = await ledger.rollback(redemptionOf(entry, receipt));
      if (heard.kind === "unreachable" || (heard.kind === "refused" && heard.reason === "too_many_codes")) return heard;
      await spent.change(entry.code, (kept) => ({ ...kept, undo: kept.undo.filter((one) => one !== receipt) }));
    }
    return undefined;
  }

  async function rollback(code: string, receipt: string): Promise<boolean> {
    const entry = await spent.get(readCode(code) ?? code);
    if (!entry || entry.undone || entry.till !== id || entry.receipt !== receipt) return false;
    await spent.change(entry.code, givenBack);
    const kept = await spent.get(entry.code);
    if (ledger && kept) await tell(kept, ledger);
    return true;
  }

  async function report(): Promise<{ left: number; doubles: readonly Entry[] }> {
    for (const each of ledger ? await spent.pending() : []) {
      // Pending and yet not offline: nobody was told that it is accepted (a crash), so nobody was given anything.
      const entry = each.pending && !each.offline ? givenBack(each) : each;
      if (entry !== each) await spent.change(each.code, givenBack);
      if (ledger && (await tell(entry, ledger)).kind === "unreachable") break;
    }
    await spent.forget(clock() - DAY_MS);
    const open = await spent.pending();
    return { left: open.filter(({ pending, undo }) => pending || undo.length > 0).length, doubles: open.filter(({ double }) => double) };
  }

  async function noted(codes: readonly string[]): Promise<void> {
    for (const code of codes) await spent.change(code, ({ double: _, ...kept }) => kept);
  }

  return {
    async accept(shown, receipt, { worth } = {}) {
      if (!RECEIPT.test(receipt)) throw refuse("bad-receipt", "/receipt", "a receipt is 1 to 60 visible letters of ASCII");
      return inTurn(() => accept(shown, receipt, worth));
    },
    rollback: (code, receipt) => inTurn(() => rollback(code, receipt)),
    report: () => inTurn(report),
    noted: (codes) => inTurn(() => noted(codes)),
    update(set, off = paused) {
      if (set.version >= keys.version) keys = set;
      paused = off;
    },
  };
}

/** The receipt that the ledger is told: it takes none again that was rolled back. */
function told({ receipt, tries }: Entry): string {
  return tries ? `${receipt}/${tries + 1}` : receipt;
}

/** Honoured offline, it is a double for people to look at; otherwise nobody has had it, and it may be shown again. */
function refusedNow({ offline, denied }: Entry, { kind: _, ...said }: Refusal): Partial<Entry> {
  if (offline) return { double: said };
  const isTaken = said.reason === "spent" || said.reason === "reserved";
  return { undone: true, denied: isTaken ? said : said.reason === "too_many_codes" ? denied : undefined };
}

/** What the ledger said before, for a till that does not reach it. What became of a hold that is over, only the ledger knows. */
function deniedOf(entry: Entry | undefined, now: Timestamp): Refusal | undefined {
  const denied = entry?.denied;
  const isOver = denied?.until !== undefined && now >= denied.until;
  return denied && { kind: "refused", ...(isOver ? { reason: "online_only" } : denied) };
}

/** The ledger may have heard of the redemption although nobody heard its answer: so it is always told. */
function givenBack(entry: Entry): Entry {
  return { ...entry, undone: true, pending: false, double: undefined, undo: [...entry.undo, told(entry)] };
}

function redemptionOf({ token, code, till, at, worth, offline }: Entry, receipt: string): Redemption {
  return { ...(token ? { token } : { code }), till, receipt, ...(offline && { at }), ...(worth !== undefined && { amount: worth }) };
}
