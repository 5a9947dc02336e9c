/**
 * `tactful/keep`: keeps a shopper's state in this browser, the same in all tabs.
 *
 * Every ask is one readwrite transaction of IndexedDB: what other tabs did is read, the engine is asked, and what came of it
 * is written, before anybody else gets a turn. So a cap of three holds over all tabs, exactly. Without consent nothing is
 * read or written, and where the browser keeps nothing (private mode, a full disk, storage that hangs) each tab counts for
 * itself: `volatile` says so, and with two tabs a cap is then exceeded by at most as much again.
 *
 * What was kept and is gone, as when a browser clears a database, is noticed by a mark in `localStorage`; the shopper is
 * then not taken for new, but started quietly.
 */
import { openDatabase } from "./database.js";
import { ENGINE, TactfulError, must } from "./errors.js";
import type { AttentionSignal, Decision, Language, Notice, ReplyKind, Signal, Tactful, Timestamp } from "./types.js";

/** How a shopper is kept. */
export interface KeepOptions {
  /** May anything be kept on this device, as things stand? From then on `consent` signals say. */
  allowed: boolean;
  /** Of the record: one a shop. */
  name?: string;
  /** Called when another tab changed what is known. */
  onChange?: () => void;
  /** Defaults to `Date.now`. */
  now?: () => Timestamp;
}

/** A shopper who is kept. */
export interface Kept {
  /** The engine of now, for `moment`, `needs`, `locate` and the like. Ask, observe and reply here instead. */
  readonly engine: Tactful;
  /** Nothing is kept: not allowed, or the browser does not. */
  readonly volatile: boolean;
  /** Takes in signals at once; they are written within a second. Fits wherever an engine is told something. */
  observe(signal: Signal | Signal[]): Notice[];
  /** Decides; resolves once every other tab will know of it. */
  ask(placement: string, now?: Timestamp): Promise<Decision>;
  /** Tells what the shopper did. */
  reply(decision: string, reply: ReplyKind, now?: Timestamp): void;
  /** The sentence of a decision made here, also of one before another tab's news. */
  explain(decision: string, language?: Language): string;
  /** Goes on with another pack, the shopper as before: give this to `follow` of `tactful/live`, or to `go` of `tactful/regions`. */
  update(pack: Uint8Array | ArrayBuffer, now?: Timestamp): void;
  /** Forgets everything, in all tabs. */
  forget(now?: Timestamp): Promise<void>;
  /** Writes what was not written yet. Call it when the page is hidden. */
  flush(): Promise<void>;
  /** Writes, and lets go of everything. */
  close(): Promise<void>;
}

/** What lies in the database. */
interface Record {
  /** Every write is another one. */
  generation: number;
  state: Uint8Array;
  /** Nothing that happened until then may come back from another tab. */
  forgotten?: Timestamp | undefined;
}

type News = "changed" | "withdrawn";

const STORE = "shoppers";
/** Signals are written together, milliseconds after the first. */
const REST_MS = 1_000;
/** A browser that does not answer for so long, in milliseconds, keeps nothing. */
const TURN_MS = 3_000;
/** Signals that wait to be written, at most. */
const WAITING = 500;
/** No write: what was kept is to be read again. */
const STALE = -1;
/** No state that can be read: makes an engine start quietly. */
const LOST = new Uint8Array(1);

/** Opens what is kept of the shopper, and goes on from there. `engine` is used for its forks only. */
export async function keep(engine: Tactful, options: KeepOptions): Promise<Kept> {
  must([engine, "engine", ENGINE, "fork", "save"], [options, "options", "`{ allowed }`", "allowed"]);
  const keeper = new Keeper(engine, options);
  if (options.allowed) await keeper.flush();
  return keeper;
}

class Keeper implements Kept {
  readonly #root: Tactful;
  readonly #name: string;
  readonly #now: () => Timestamp;
  readonly #onChange: () => void;
  #channel: BroadcastChannel | undefined;
  #engine: Tactful;
  /** Knows the last decisions from before another tab's news. */
  #before: Tactful | undefined;
  /** Has the engine of now decided anything? */
  #decided = false;
  #database: IDBDatabase | undefined;
  #opening: Promise<IDBDatabase | undefined> | undefined;
  #allowed: boolean;
  #broken = false;
  /** The write that the engine goes on from; 0 is none. */
  #generation = 0;
  /** What happened since. */
  #waiting: Signal[] = [];
  /** How attentive somebody is, which no state holds. */
  #attention: AttentionSignal | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #marked = false;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(root: Tactful, { allowed, name = "tactful", onChange = () => {}, now = Date.now }: KeepOptions) {
    this.#root = root;
    this.#name = name;
    this.#allowed = allowed;
    this.#now = now;
    this.#onChange = onChange;
    this.#engine = root.fork({ state: root.save(), now: now() });
    // There may be none, or Firefox refuses it with all other storage.
    attempt(() => {
      this.#channel = new BroadcastChannel(`tactful:${name}`);
      this.#channel.onmessage = ({ data }: MessageEvent<News>) => this.#hear(data);
      // NOTE: Node would wait for it.
      (this.#channel as { unref?: () => void }).unref?.();
    }, () => {});
  }

  get engine(): Tactful {
    return this.#engine;
  }

  get volatile(): boolean {
    return !this.#allowed || this.#broken;
  }

  observe(signal: Signal | Signal[]): Notice[] {
    const signals = structuredClone([signal].flat());
    const notices = this.#call((engine) => engine.observe(signal));
    for (const one of signals) if (one.type === "attention") this.#attention = { ...this.#attention, ...one };
    this.#wait(signals);
    const consent = signals.findLast((one) => one.type === "consent");
    if (consent) this.#allow(consent.remember);
    return notices;
  }

  async ask(placement: string, now = this.#now()): Promise<Decision> {
    return this.#turn((engine) => {
      this.#decided = true;
      return engine.ask(placement, now);
    }, "strict");
  }

  reply(decision: string, reply: ReplyKind, now = this.#now()): void {
    this.observe({ type: "reply", at: now, decision, reply });
  }

  explain(decision: string, language?: Language): string {
    try {
      return this.#engine.explain(decision, language);
    } catch (error) {
      if (!this.#before || !(error instanceof TactfulError) || error.code !== "unknown-decision") throw error;
      return this.#before.explain(decision, language);
    }
  }

  update(pack: Uint8Array | ArrayBuffer, now = this.#now()): void {
    // First the one that those to come are made of.
    this.#root.update(pack, now);
    this.#call((engine) => engine.update(pack, now));
  }

  async forget(now = this.#now()): Promise<void> {
    this.#waiting = [];
    await this.#turn((engine) => engine.forget(now), "strict", now);
  }

  async flush(): Promise<void> {
    if (this.#allowed) await this.#turn(() => {}, "relaxed");
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    if (this.#waiting.length > 0) await this.flush();
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#last.catch(() => {});
    this.#channel?.close();
    this.#database?.close();
    this.#before?.free();
    this.#engine.free();
  }

  /** Calls the engine. One that broke down is replaced: by what was kept, as soon as that is read again. */
  #call<T>(work: (engine: Tactful) => T): T {
    try {
      return work(this.#engine);
    } catch (error) {
      if (error instanceof TactfulError && error.code === "broke-down") {
        this.#before = undefined;
        this.#engine = this.#root.fork({ state: LOST, now: this.#now() });
        this.#generation = STALE;
      }
      throw error;
    }
  }

  /** One turn of one tab: reads, works, writes. Nobody else reads or writes before it is over. */
  async #turn<T>(work: (engine: Tactful) => T, durability: IDBTransactionDurability, forgotten?: Timestamp): Promise<T> {
    const database = this.#allowed ? await this.#open() : undefined;
    const transaction = database && this.#begin(database, durability);
    if (!transaction) return this.#call(work);
    const turn = this.#write(transaction, work, forgotten);
    this.#last = turn;
    return turn;
  }

  #begin(database: IDBDatabase, durability: IDBTransactionDurability): IDBTransaction | undefined {
    let transaction: IDBTransaction | undefined;
    const gone = (): void => {
      this.#database = undefined;
      this.#broken = true;
    };
    attempt(() => (transaction = database.transaction(STORE, "readwrite", { durability })), gone);
    return transaction;
  }

  #write<T>(transaction: IDBTransaction, work: (engine: Tactful) => T, forgotten?: Timestamp): Promise<T> {
    return new Promise((resolve, reject) => {
      const store = transaction.objectStore(STORE);
      let done: { result: T } | undefined;
      let written: Signal[] = [];
      let generation = 0;
      let fault: unknown;
      const late = setTimeout(() => attempt(() => transaction.abort(), () => {}), TURN_MS);
      const get = store.get(this.#name) as IDBRequest<Record | undefined>;
      const turn = (): void => {
        this.#takeOver(get.result);
        done = { result: this.#call(work) };
        generation = Math.max(get.result?.generation ?? 0, this.#generation) + 1;
        const record: Record = { generation, state: this.#engine.save(), forgotten: forgotten ?? get.result?.forgotten };
        store.put(record, this.#name);
        [written, this.#waiting] = [this.#waiting, []];
      };
      get.onsuccess = () =>
        attempt(turn, (error) => {
          fault = error;
          transaction.abort();
        });
      transaction.oncomplete = () => {
        clearTimeout(late);
        this.#broken = false;
        this.#generation = generation;
        this.#mark(true);
        this.#tell("changed");
        if (done) resolve(done.result);
      };
      // Not written: this tab goes on by itself, and tells what happened with the next write.
      transaction.onabort = () => {
        clearTimeout(late);
        if (fault !== undefined) return reject(fault);
        this.#broken = true;
        this.#waiting = [...written, ...this.#waiting].slice(-WAITING);
        if (done) resolve(done.result);
        else attempt(() => resolve(this.#call(work)), reject);
      };
    });
  }

  /** Goes on from what another tab wrote, with what happened here since. */
  #takeOver(known: Record | undefined): void {
    if (known ? known.generation === this.#generation : this.#generation > 0 || !this.#wasKept()) return;
    const state = ArrayBuffer.isView(known?.state) ? known.state : LOST;
    const next = this.#root.fork({ state, now: this.#now() });
    const since = this.#waiting.filter(({ at }) => at > (known?.forgotten ?? -1));
    for (const signal of this.#attention ? [this.#attention, ...since] : since) {
      // One that was right in this tab can be wrong after another one's, as a reply to what was forgotten there.
      attempt(() => next.observe(signal), () => {});
    }
    this.#waiting = since;
    this.#generation = known?.generation ?? 0;
    // One that decided nothing has no sentence to tell.
    if (this.#decided) {
      this.#before?.free();
      this.#before = this.#engine;
    } else this.#engine.free();
    [this.#engine, this.#decided] = [next, false];
    this.#onChange();
  }

  #wait(signals: Signal[]): void {
    this.#waiting = [...this.#waiting, ...signals];
    // Should consent come later, or room, what happened on this page is told to what was kept before.
    if (this.volatile) this.#waiting = this.#waiting.slice(-WAITING);
    else if (this.#waiting.length >= WAITING) void this.flush();
    if (!this.#allowed && !signals.some(({ type }) => type === "consent")) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.flush();
    }, REST_MS);
  }

  #allow(allowed: boolean): void {
    // What an earlier visit kept goes with a refusal, too.
    if (allowed === this.#allowed && (allowed || !this.#wasKept())) return;
    this.#allowed = allowed;
    if (allowed) return void this.flush();
    void this.#withdraw().then(() => this.#tell("withdrawn"));
  }

  /** Deletes what was kept. The page goes on with what it knows. */
  async #withdraw(): Promise<void> {
    this.#generation = 0;
    const database = await this.#open();
    if (database) attempt(() => database.transaction(STORE, "readwrite").objectStore(STORE).delete(this.#name), () => {});
    this.#mark(false);
  }

  #hear(news: News): void {
    if (this.#closed || !this.#allowed) return;
    if (news === "withdrawn") {
      this.#allowed = false;
      // What this tab wrote before it heard.
      void this.#withdraw();
    } else {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        void this.#look();
      }, 0);
    }
  }

  /** Sees what another tab did, and writes only where something waits. */
  async #look(): Promise<void> {
    if (this.#waiting.length > 0) return this.flush();
    const database = this.#allowed ? await this.#open() : undefined;
    if (!database || this.#closed) return;
    // The browser may be closing it just now: the next ask opens it anew.
    attempt(() => {
      const get = database.transaction(STORE).objectStore(STORE).get(this.#name) as IDBRequest<Record | undefined>;
      get.onsuccess = () => attempt(() => this.#closed || !get.result || this.#takeOver(get.result), () => {});
    }, () => {});
  }

  #tell(news: News): void {
    if (!this.#closed) this.#channel?.postMessage(news);
  }

  /** The database, or nothing where this browser has none for us. */
  async #open(): Promise<IDBDatabase | undefined> {
    if (this.#database) return this.#database;
    const opened = await (this.#opening ??= openDatabase("tactful", (made) => made.createObjectStore(STORE)).finally(() => (this.#opening = undefined)));
    if (this.#database) return this.#database;
    this.#broken = !opened;
    if (!opened) return undefined;
    const gone = (): void => void (this.#database = undefined);
    opened.onversionchange = () => {
      opened.close();
      gone();
    };
    opened.onclose = gone;
    return (this.#database = opened);
  }

  #mark(on: boolean): void {
    if (on && this.#marked) return;
    this.#marked = on;
    const mark = `tactful:${this.#name}`;
    attempt(() => (on ? localStorage.setItem(mark, "kept") : localStorage.removeItem(mark)), () => {});
  }

  #wasKept(): boolean {
    let kept = false;
    attempt(() => (kept = localStorage.getItem(`tactful:${this.#name}`) !== null), () => {});
    return kept;
  }
}

/** A browser may refuse any of its stores, at any call. */
function attempt(work: () => unknown, otherwise: (error: unknown) => void): void {
  try {
    work();
  } catch (error) {
    otherwise(error);
  }
}
