/** What a till has written down as spent, and what of it the ledger has not heard yet. */
import { refuse } from "../errors.js";
import type { Timestamp } from "../types.js";
import type { Reason } from "./verify.js";

/** Where and when a coupon was spent first. */
export interface First {
  till?: string | undefined;
  receipt?: string | undefined;
  at?: Timestamp | undefined;
}

/** Why the ledger says no, where the coupon was spent first, and until when another till holds it. */
export interface Denial {
  reason: Reason;
  first?: First | undefined;
  until?: Timestamp | undefined;
}

/** A coupon that this till has spent, or had spent and given back. */
export interface Entry {
  /** Its 16 letters. */
  code: string;
  campaign?: string | undefined;
  /** The till and the receipt that it was spent on: a double is told with them. */
  till: string;
  receipt: string;
  at: Timestamp;
  /** When it may be forgotten, since nothing would accept it any more. */
  until: Timestamp;
  /** Minor units, where it is known. */
  worth?: number | undefined;
  /** base64url; a code that was typed has none. */
  token?: string | undefined;
  /** Was it honoured without the ledger? */
  offline: boolean;
  /** Was it given back, or never had? Then it may be spent again. */
  undone: boolean;
  /** What the ledger said when it was asked last, where it was spent or held. */
  denied?: Denial | undefined;
  /** Has the ledger not heard of it yet? */
  pending: boolean;
  /** Honoured offline, and refused by the ledger: kept until somebody has noted it. */
  double?: Denial | undefined;
  /** How often it was given back before: each time the ledger is told of another receipt, since it takes none twice. */
  tries: number;
  /** Receipts, as the ledger was told them, that it was given back from and of which the ledger has not heard. */
  undo: readonly string[];
}

/** Where a till writes down what is spent. Each call is one transaction that is on the disk when it resolves. */
export interface SpentStore {
  /** Writes an entry down unless its code is spent already; then resolves with what is written, unchanged. */
  take(entry: Entry): Promise<Entry | undefined>;
  /** Changes the entry of a code, where there is one; `change` returns the new one. */
  change(code: string, change: (entry: Entry) => Entry): Promise<void>;
  get(code: string): Promise<Entry | undefined>;
  /** Every entry of which the ledger has not heard something, or a double that nobody has noted, oldest first. */
  pending(): Promise<readonly Entry[]>;
  /** Every entry since this instant. */
  since(at: Timestamp): Promise<readonly Entry[]>;
  /** Forgets entries that were over before this instant and are not pending. */
  forget(before: Timestamp): Promise<void>;
}

/** The entry that replaces one that was given back: it still has to tell of that. */
function after({ undo, denied, tries }: Entry, entry: Entry): Entry {
  return { ...entry, undo, denied, tries: tries + 1 };
}

const unheard = ({ pending, undo, double }: Entry) => pending || undo.length > 0 || double !== undefined;
const byTime = (a: Entry, b: Entry) => a.at - b.at;

/** Keeps it as long as the page lives: for tests, and for tills with a store of their own behind them. */
export function inMemory(): SpentStore {
  const entries = new Map<string, Entry>();
  return {
    async take(entry) {
      const first = entries.get(entry.code);
      if (first && !first.undone) return first;
      entries.set(entry.code, first ? after(first, entry) : entry);
      return undefined;
    },
    async change(code, change) {
      const entry = entries.get(code);
      if (entry) entries.set(code, change(entry));
    },
    get: async (code) => entries.get(code),
    pending: async () => [...entries.values()].filter(unheard).sort(byTime),
    since: async (at) => [...entries.values()].filter((entry) => entry.at >= at),
    async forget(before) {
      for (const [code, entry] of entries) if (entry.until < before && !unheard(entry)) entries.delete(code);
    },
  };
}

/** What IndexedDB holds: `open` is there while the ledger has to hear of it, so that an index finds those alone. */
type Row = Entry & { open?: 1 };

/** Keeps it in IndexedDB, on the disk before a coupon is honoured. Where that cannot be had, every call rejects. */
export function inBrowser(name = "tactful-till"): SpentStore {
  let opened: Promise<IDBDatabase> | undefined;

  async function run<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore, done: (value: T) => void) => void): Promise<T> {
    opened ??= open(name);
    const database = await opened.catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return new Promise<T>((resolve, reject) => {
      const transaction = database.transaction("spent", mode, { durability: "strict" });
      let result: T;
      work(transaction.objectStore("spent"), (value) => (result = value));
      transaction.oncomplete = () => resolve(result);
      transaction.onabort = () => reject(refuse("no-storage", "", `what is spent cannot be written down: ${transaction.error?.message ?? "aborted"}`));
    });
  }

  const put = (store: IDBObjectStore, entry: Entry) => store.put(unheard(entry) ? { ...entry, open: 1 } : closed(entry));
  const list = (read: (store: IDBObjectStore) => IDBRequest<Row[]>) =>
    run<readonly Entry[]>("readonly", (store, done) => {
      const request = read(store);
      request.onsuccess = () => done(request.result.map(closed).sort(byTime));
    });

  return {
    take: (entry) =>
      run<Entry | undefined>("readwrite", (store, done) => {
        // `add` refuses a code that is there; only one that was given back is written over.
        const request = store.get(entry.code) as IDBRequest<Row | undefined>;
        request.onsuccess = () => {
          const first = request.result;
          if (first && !first.undone) return done(closed(first));
          if (first) put(store, after(first, entry));
          else store.add(unheard(entry) ? { ...entry, open: 1 } : entry);
          done(undefined);
        };
      }),
    change: (code, change) =>
      run<void>("readwrite", (store) => {
        const request = store.get(code) as IDBRequest<Row | undefined>;
        request.onsuccess = () => {
          if (request.result) put(store, change(closed(request.result)));
        };
      }),
    get: (code) =>
      run<Entry | undefined>("readonly", (store, done) => {
        const request = store.get(code) as IDBRequest<Row | undefined>;
        request.onsuccess = () => done(request.result && closed(request.result));
      }),
    pending: () => list((store) => store.index("open").getAll()),
    since: (at) => list((store) => store.index("at").getAll(IDBKeyRange.lowerBound(at))),
    forget: (before) =>
      run<void>("readwrite", (store) => {
        const request = store.index("until").openCursor(IDBKeyRange.upperBound(before, true));
        request.onsuccess = () => {
          const cursor = request.result;
          if (cursor && !(cursor.value as Row).open) cursor.delete();
          cursor?.continue();
        };
      }),
  };
}

function closed({ open: _, ...entry }: Row): Entry {
  return entry;
}

function open(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const failed = (why: string) => reject(refuse("no-storage", "", `what is spent cannot be written down: ${why}`));
    if (typeof indexedDB === "undefined") return failed("there is no IndexedDB");
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      const store = request.result.createObjectStore("spent", { keyPath: "code" });
      for (const index of ["open", "at", "until"]) store.createIndex(index, index);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => failed(request.error?.message ?? "refused");
    request.onblocked = () => failed("another page holds it");
  });
}
