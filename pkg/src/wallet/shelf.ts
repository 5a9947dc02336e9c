/** Where a wallet keeps its coupons: IndexedDB, or the page's memory where there is none. */
import type { ShownCoupon } from "../coupon/coupon.js";
import { openDatabase } from "../database.js";
import type { Timestamp } from "../types.js";
import { DATABASE as HOLDER } from "./device.js";

/** A claim from before it was sent to long after: what is sent is written here first, and never changes. */
export interface Entry {
  /** Id of the offer. */
  coupon: string;
  /** Idempotency key. */
  key: string;
  /** The body that is sent, byte for byte. */
  body: string;
  /** What the host tells of it, as soon as the shopper takes it. */
  about?: About | undefined;
  /** When the shopper took it; what was fetched ahead has none until then. */
  taken?: Timestamp | undefined;
  /** The decision that it came from. */
  decision?: string | undefined;
  /** When it was asked for, in the last hour. */
  tries: readonly Timestamp[];
  /** base64url; there is none until the edge has answered. */
  token?: string | undefined;
  used?: Timestamp | undefined;
}

/** What is shown with a coupon, and is not in its token. */
export interface About {
  title: string;
  text?: string | undefined;
  picture?: string | undefined;
  currency?: string | undefined;
  bars?: ShownCoupon["bars"];
}

/** Each call is one transaction. */
export interface Shelf {
  /** What is kept is lost with the page. */
  readonly volatile: boolean;
  /** Writes what `change` makes of an entry, and resolves with it once it is on the disk; nothing deletes it. */
  change(coupon: string, change: (entry: Entry | undefined) => Entry | undefined): Promise<Entry | undefined>;
  all(): Promise<readonly Entry[]>;
  /** A value that is made once and stays: the device key, the hour of the last round. */
  once<T>(name: string, make: () => T): Promise<T>;
  set(name: string, value: unknown): Promise<void>;
  get<T>(name: string): Promise<T | undefined>;
  /** Deletes everything. */
  wipe(): Promise<void>;
  /** Lets go of it; nothing may be called afterwards. */
  close(): void;
}

/** Opens the shelf of this name; `gone` is called when another page deletes it, or the browser does: open it anew then. */
export async function openShelf(name: string, gone: () => void): Promise<Shelf> {
  const database = await openDatabase(name, (made) => {
    made.createObjectStore("coupons", { keyPath: "coupon" });
    made.createObjectStore("things");
  });
  if (!database) return inMemory();
  database.onclose = gone;
  database.onversionchange = () => {
    database.close();
    gone();
  };
  return onDisk(name, database);
}

function onDisk(name: string, database: IDBDatabase): Shelf {

  function run<T>(stores: string, mode: IDBTransactionMode, work: (store: IDBObjectStore, done: (value: T) => void) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(stores, mode, { durability: "strict" });
      let result: T;
      work(transaction.objectStore(stores), (value) => (result = value));
      transaction.oncomplete = () => resolve(result);
      transaction.onabort = () => reject(transaction.error ?? new Error("aborted"));
    });
  }

  return {
    volatile: false,
    change: (coupon, change) =>
      run<Entry | undefined>("coupons", "readwrite", (store, done) => {
        const request = store.get(coupon) as IDBRequest<Entry | undefined>;
        request.onsuccess = () => {
          const next = change(request.result);
          if (next) store.put(next);
          else if (request.result) store.delete(coupon);
          done(next);
        };
      }),
    all: () => run<Entry[]>("coupons", "readonly", (store, done) => read(store.getAll() as IDBRequest<Entry[]>, done)),
    async once<T>(key: string, make: () => T): Promise<T> {
      const made = make();
      return run<T>("things", "readwrite", (store, done) => {
        // Two pages that begin at once: the first that is written stays.
        const request = store.get(key) as IDBRequest<T | undefined>;
        request.onsuccess = () => {
          if (request.result === undefined) store.put(made, key);
          done(request.result ?? made);
        };
      });
    },
    set: (key, value) => run<void>("things", "readwrite", (store) => void store.put(value, key)),
    get: <T>(key: string) => run<T | undefined>("things", "readonly", (store, done) => read(store.get(key) as IDBRequest<T | undefined>, done)),
    async wipe() {
      for (const store of ["coupons", "things"]) await run<void>(store, "readwrite", (one) => void one.clear());
      database.close();
      for (const one of [name, HOLDER]) indexedDB.deleteDatabase(one);
    },
    close: () => database.close(),
  };
}

function read<T>(request: IDBRequest<T>, done: (value: T) => void): void {
  request.onsuccess = () => done(request.result);
}

function inMemory(): Shelf {
  const [entries, things] = [new Map<string, Entry>(), new Map<string, unknown>()];
  return {
    volatile: true,
    async change(coupon, change) {
      const next = change(entries.get(coupon));
      if (next) entries.set(coupon, next);
      else entries.delete(coupon);
      return next;
    },
    all: async () => [...entries.values()],
    async once<T>(name: string, make: () => T) {
      if (!things.has(name)) things.set(name, make());
      return things.get(name) as T;
    },
    set: async (name, value) => void things.set(name, value),
    get: async <T>(name: string) => things.get(name) as T | undefined,
    async wipe() {
      entries.clear();
      things.clear();
    },
    close() {},
  };
}
