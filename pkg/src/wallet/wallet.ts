/**
 * `tactful/wallet`: coupons that this device has claimed, and shows to a till, also with no network.
 *
 * What is claimed is written down before it is asked for, with its idempotency key: after a crash, a lost answer or a reload
 * the same bytes are sent again, and the same coupon comes back. The edge knows a device by `person` alone, which is made on
 * the device of a key that no script can read out and of the coupon's id: another one for each coupon.
 */
import type { ShownCoupon } from "../coupon/coupon.js";
import { must } from "../errors.js";
import { toUrl, utf8 } from "../till/text.js";
import type { Coupon } from "../till/verify.js";
import type { Language, ReplyKind, Timestamp } from "../types.js";
import { ask, couponOf } from "./ask.js";
import { holderKey, holderTag, present, qrOf } from "./device.js";
import { type About, type Entry, type Shelf, openShelf } from "./shelf.js";
import { type Refused, sayRefused } from "./words.js";

export { RENEW_MS, holderKey, holderTag, keepPresenting, makeHolderKey, present, qrOf } from "./device.js";
export type { About } from "./shelf.js";
export { type Refused, sayRefused } from "./words.js";

export interface WalletOptions {
  /** Where the ledger answers: `/v1`, or `https://edge.example/v1`. */
  url: string | URL;
  /** May anything be kept on this device? Without consent nothing is kept, sent, or read. */
  allowed: boolean;
  /** Of the database: one a shop. */
  name?: string;
  /** Are coupons bound to this device, so that a picture of one is worth nothing later? Where the browser can. */
  bound?: boolean;
  /** Told what became of a decision's coupon: `claimed`, `redeemed`. Fits `(decision, reply) => tact.reply(decision, reply)`. */
  reply?: (decision: string, reply: Extract<ReplyKind, "claimed" | "redeemed">) => void;
  /** Called when `coupons` would answer otherwise. */
  onChange?: () => void;
  fetcher?: typeof fetch;
  now?: () => Timestamp;
  /** From 0 up to 1, without it; decides how long is waited. */
  draw?: () => number;
  /** Waits, milliseconds; the timer of the host where missing. */
  rest?: (ms: number) => Promise<void>;
}

/** What the host says when the shopper takes a coupon. */
export interface Taking {
  about: About;
  /** Where the coupon is of one store: its id. */
  store?: string;
  /** The decision that it came from. */
  decision?: string;
}

/** A coupon that the shopper took. */
export interface WalletCoupon extends Coupon {
  /** Id of the offer. */
  coupon: string;
  /** base64url. */
  token: string;
  about: About;
  taken: Timestamp;
  used?: Timestamp;
}

/** What came of taking one. `waiting`: it is asked for again, with the same request, until there is an answer. */
export type Claimed =
  | { kind: "given"; coupon: WalletCoupon }
  | { kind: "waiting"; say(language: Language): string }
  | { kind: "refused"; reason: Refused; until?: Timestamp; say(language: Language): string };

export interface Wallet {
  /** Takes a coupon: from what was fetched ahead, else from the edge. */
  claim(coupon: string, taking: Taking): Promise<Claimed>;
  /** What the shopper has, the newest first; also what is over or used, until its day is past. */
  coupons(): Promise<readonly WalletCoupon[]>;
  /** What the shopper took and the edge has not answered yet. */
  waiting(): Promise<readonly About[]>;
  /** A coupon as `<tactful-coupon>` shows it; its QR code needs no network. */
  present(coupon: WalletCoupon): ShownCoupon;
  /** The shopper has used it. */
  used(coupon: string): Promise<void>;
  /** Asks again for what waits. Done by itself when the wallet opens and when the network comes back. */
  resume(): Promise<void>;
  /**
   * Fetches one of each coupon in the list, whatever the shopper has or likes: everybody sends the same requests, so that
   * they tell nothing. Once in `everyMs`; what is there already is asked for all the same. Nothing of it is shown before it is
   * claimed, and what is not lapses by itself.
   */
  ahead(coupons: readonly string[], options?: { everyMs?: number; spreadMs?: number }): Promise<void>;
  /** The time at the edge, as far as its answers told it. */
  clock(): Timestamp;
  /** Consent given or taken back; without it everything is forgotten. */
  allow(allowed: boolean): Promise<void>;
  /** Forgets everything. Coupons that were not used are lost. */
  forget(): Promise<void>;
  /** Lets go of storage, and asks for nothing by itself any more; what is called later opens it anew. */
  close(): Promise<void>;
  /** Nothing is kept beyond this page. */
  readonly volatile: boolean;
}

const [MINUTE_MS, HOUR_MS, DAY_MS] = [60_000, 3_600_000, 86_400_000];
/** Requests for one coupon in an hour, however often the page is opened. */
export const TRIES_AN_HOUR = 6;
/** Requests while the shopper waits for an answer; the rest come later. */
const TRIES_AT_ONCE = 3;
/** The longest rest between two of them, ms: doubled each time, and drawn from 0 up to it (full jitter). */
const FIRST_REST_MS = 1_000;
/** The longest that a shopper is kept waiting between two of them, ms. */
const PATIENCE_MS = 8_000;
/** Before it asks again by itself, ms: drawn from this to twice as much. */
const LATER_MS = 2 * MINUTE_MS;
/** Requests of a round are spread over so long, ms, where the host does not say. */
const SPREAD_MS = 60_000;
/** A clock that is wrong by less counts as right: answers tell whole seconds, and take their time. */
const CLOSE_MS = 5_000;

/** Opens the wallet of this browser, and asks again for what is waiting. */
export async function openWallet(options: WalletOptions): Promise<Wallet> {
  must([options, "options", "`{ url, allowed }`", "url", "allowed"]);
  const wallet = new Purse(options);
  if (options.allowed) await wallet.allow(true);
  return wallet;
}

class Purse implements Wallet {
  readonly #options: Required<WalletOptions>;
  readonly #reply: NonNullable<WalletOptions["reply"]>;
  #allowed = false;
  #shelf: Promise<Shelf> | undefined;
  #volatile = true;
  #offset = 0;
  #pair: CryptoKeyPair | undefined;
  #later: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
  /** Nobody waits for it, and what cannot be read now is asked for the next time. */
  readonly #online = (): void => void this.resume().catch(() => {});

  constructor(options: WalletOptions) {
    this.#options = {
      name: "tactful-coupons", bound: false, reply: () => {}, onChange: () => {}, fetcher: (...given) => fetch(...given), now: Date.now, draw: Math.random,
      rest: (ms) => new Promise((resolve) => setTimeout(resolve, ms)), ...options,
    };
    this.#reply = this.#options.reply;
  }

  get volatile(): boolean {
    return this.#volatile;
  }

  clock(): Timestamp {
    return this.#options.now() + this.#offset;
  }

  async allow(allowed: boolean): Promise<void> {
    if (allowed === this.#allowed) return;
    if (!allowed) {
      // First, since whoever hears that all is forgotten looks what there is, and would begin it anew.
      this.#allowed = false;
      await this.forget();
      return globalThis.removeEventListener?.("online", this.#online);
    }
    this.#allowed = true;
    const shelf = await this.#open();
    this.#offset = (await shelf.get<number>("offset")) ?? 0;
    globalThis.addEventListener?.("online", this.#online);
    this.#online();
  }

  async claim(coupon: string, { about, store, decision }: Taking): Promise<Claimed> {
    if (!this.#allowed) return refused("no_consent");
    const shelf = await this.#open();
    const made = await this.#request(coupon, store);
    const taken = this.clock();
    let isNew = true;
    const entry = (await shelf.change(coupon, (known) => {
      // What was fetched ahead, or asked for before, is the shopper's now. One that is used or over makes room for another.
      const entry = known && !this.#isOver(known) && known.used === undefined ? known : made;
      isNew = entry.taken === undefined;
      return { ...entry, about, taken: entry.taken ?? taken, ...(decision && { decision }) };
    })) as Entry;
    if (entry.token === undefined) return this.#ask(entry, TRIES_AT_ONCE);
    if (isNew) this.#tell(entry, "claimed");
    this.#options.onChange();
    return given(entry);
  }

  async coupons(): Promise<readonly WalletCoupon[]> {
    const now = this.clock();
    const found = (await this.#all()).flatMap((entry) => walletCoupon(entry) ?? []);
    return found.filter(({ until }) => until + DAY_MS > now).sort((a, b) => b.taken - a.taken);
  }

  async waiting(): Promise<readonly About[]> {
    return (await this.#all()).flatMap(({ about, taken, token }) => (about && taken !== undefined && token === undefined ? [about] : []));
  }

  present(coupon: WalletCoupon): ShownCoupon {
    const { token, about, benefit, minimum, code, from, until, used, holder } = coupon;
    const qr = holder === undefined ? qrOf(token) : async () => present(token, await this.#key(), this.clock());
    // NOTE: the ledger takes no letters of a bound coupon, whoever has read them.
    return { ...about, benefit, minimum, from, until, used, qr, ...(holder === undefined && { code }) };
  }

  async used(coupon: string): Promise<void> {
    if (!this.#allowed) return;
    const used = this.clock();
    let isFirst = false;
    const entry = await (await this.#open()).change(coupon, (known) => {
      isFirst = known?.used === undefined;
      return known && { ...known, used: known.used ?? used };
    });
    if (entry && isFirst) this.#tell(entry, "redeemed");
    this.#options.onChange();
  }

  async resume(): Promise<void> {
    for (const entry of await this.#all()) {
      if (entry.taken !== undefined && entry.token === undefined) await this.#ask(entry, 1);
    }
  }

  async ahead(coupons: readonly string[], { everyMs = DAY_MS, spreadMs = SPREAD_MS }: { everyMs?: number; spreadMs?: number } = {}): Promise<void> {
    if (!this.#allowed) return;
    const { now, draw, rest } = this.#options;
    const shelf = await this.#open();
    const next = (await shelf.get<Timestamp>("next")) ?? 0;
    // A clock that was set back must not put it off for longer than one round.
    if (now() < next && next - now() <= 2 * everyMs) return;
    await shelf.set("next", now() + everyMs * (0.5 + draw()));
    for (const coupon of coupons) {
      await rest((draw() * 2 * spreadMs) / coupons.length);
      if (!this.#allowed || this.#closed) return;
      const made = await this.#request(coupon);
      const entry = (await (await this.#open()).change(coupon, (known) => (known && !this.#isOver(known) ? known : made))) as Entry;
      // Sent also for what is there: whether it is, is nobody's business.
      const heard = await ask(entry, this.#asking());
      if (!this.#allowed) return;
      if (heard.kind === "given") await (await this.#open()).change(coupon, (known) => known && { ...known, token: heard.token });
    }
  }

  async forget(): Promise<void> {
    clearTimeout(this.#later);
    // Also what was kept before consent was taken back somewhere else.
    await (await this.#open()).wipe();
    this.#shelf = undefined;
    [this.#offset, this.#pair, this.#volatile] = [0, undefined, true];
    this.#options.onChange();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#later);
    globalThis.removeEventListener?.("online", this.#online);
    const shelf = this.#shelf;
    this.#shelf = undefined;
    (await shelf)?.close();
  }

  #open(): Promise<Shelf> {
    return (this.#shelf ??= openShelf(this.#options.name, () => (this.#shelf = undefined)).then((shelf) => {
      this.#volatile = shelf.volatile;
      return shelf;
    }));
  }

  async #all(): Promise<readonly Entry[]> {
    return this.#allowed ? (await this.#open()).all() : [];
  }

  #isOver({ token }: Entry): boolean {
    return token !== undefined && (couponOf(token)?.until ?? 0) <= this.clock();
  }

  /** A claim that is written down before it is sent. */
  async #request(coupon: string, store?: string): Promise<Entry> {
    const person = await this.#person(coupon);
    const holder = this.#options.bound ? await this.#holder() : undefined;
    const key = toUrl(crypto.getRandomValues(new Uint8Array(16)));
    return { coupon, key, body: JSON.stringify({ coupon, person, store, holder }), tries: [] };
  }

  /** Who asks, for this coupon alone: 16 bytes of HMAC-SHA-256 over its id. */
  async #person(coupon: string): Promise<string> {
    const shelf = await this.#open();
    const made = (await shelf.get<CryptoKey>("key")) ?? (await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign"]));
    const key = await shelf.once("key", () => made);
    return toUrl(new Uint8Array(await crypto.subtle.sign("HMAC", key, utf8(coupon))).subarray(0, 16));
  }

  async #key(): Promise<CryptoKeyPair> {
    return (this.#pair ??= await holderKey());
  }

  /** Where the browser cannot keep such a key, a coupon is bound to nothing. */
  async #holder(): Promise<string | undefined> {
    return this.#key().then(holderTag, () => undefined);
  }

  /** Asks, at most so many times, and no more than six in an hour. Each time is written down before. */
  async #ask({ coupon }: Entry, most: number): Promise<Claimed> {
    const { now, draw, rest } = this.#options;
    for (let tried = 0; tried < most; tried += 1) {
      const at = now();
      let mayAsk = false;
      // Opened each time: another tab, or the browser, may have cleared it meanwhile.
      const entry = await (await this.#open()).change(coupon, (known) => {
        if (!known) return undefined;
        const tries = known.tries.filter((one) => at - one < HOUR_MS && one <= at);
        mayAsk = tries.length < TRIES_AN_HOUR;
        return { ...known, tries: mayAsk ? [...tries, at] : tries };
      });
      if (!entry) return refused("not_possible");
      if (!mayAsk) break;
      const heard = await ask(entry, this.#asking());
      if (!this.#allowed) return refused("no_consent");
      if (heard.kind === "given") return this.#take(coupon, heard.token);
      if (heard.kind === "refused") return this.#refuse(coupon, heard.reason, heard.until);
      const wait = heard.afterMs + draw() * FIRST_REST_MS * 2 ** tried;
      if (wait > PATIENCE_MS) {
        this.#again(wait);
        return waiting();
      }
      if (tried + 1 < most) await rest(wait);
    }
    this.#again(LATER_MS * (1 + draw()));
    return waiting();
  }

  /** The answer is what counts, also where another tab, or `forget`, was faster. */
  async #take(coupon: string, token: string): Promise<Claimed> {
    let isNew = true;
    const entry = await (await this.#open()).change(coupon, (known) => {
      isNew = known?.token === undefined;
      return known && { ...known, token };
    });
    if (!entry) return refused("not_possible");
    if (isNew) this.#tell(entry, "claimed");
    this.#options.onChange();
    return given(entry);
  }

  /** What is refused is not asked for again; whoever takes it once more begins anew. */
  async #refuse(coupon: string, reason: Refused, until?: Timestamp): Promise<Claimed> {
    await (await this.#open()).change(coupon, (known) => (known?.token === undefined ? undefined : known));
    this.#options.onChange();
    return refused(reason, until);
  }

  #again(ms: number): void {
    clearTimeout(this.#later);
    // A claim may have been under way.
    if (this.#closed) return;
    this.#later = setTimeout(this.#online, Math.min(ms, DAY_MS));
    // NOTE: Node would wait for it.
    (this.#later as { unref?: () => void }).unref?.();
  }

  #asking() {
    const { url, fetcher, now } = this.#options;
    const began = now();
    const heard = (edge: Timestamp): void => {
      const offset = edge - (began + now()) / 2;
      const believed = Math.abs(offset) < CLOSE_MS ? 0 : Math.round(offset);
      if (!this.#allowed || believed === this.#offset) return;
      this.#offset = believed;
      void this.#open().then((shelf) => shelf.set("offset", believed)).catch(() => {});
    };
    return { url, fetcher, heard };
  }

  /** An engine may have forgotten the decision. */
  #tell({ decision }: Entry, reply: "claimed" | "redeemed"): void {
    try {
      if (decision !== undefined) this.#reply(decision, reply);
    } catch {
      // What a coupon is worth does not hang on it.
    }
  }
}

function walletCoupon({ coupon, token, about, taken, used }: Entry): WalletCoupon | undefined {
  const said = token === undefined ? undefined : couponOf(token);
  return said && token !== undefined && about && taken !== undefined ? { ...said, coupon, token, about, taken, ...(used !== undefined && { used }) } : undefined;
}

function given(entry: Entry): Claimed {
  const coupon = walletCoupon(entry);
  return coupon ? { kind: "given", coupon } : refused("not_possible");
}

function refused(reason: Refused, until?: Timestamp): Claimed {
  return { kind: "refused", reason, ...(until !== undefined && { until }), say: (language) => sayRefused(reason, language, until) };
}

function waiting(): Claimed {
  return { kind: "waiting", say: (language) => sayRefused("waiting", language) };
}
