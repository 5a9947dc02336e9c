/** Keeps one record on this device: IndexedDB, one tab at a time. Where that is refused, nothing is kept and nothing breaks. */
import type { ShopPages } from "./pages.js";
import type { Sharing } from "./telling.js";

/** What the shop keeps, with the shopper's consent. */
export interface Kept {
  /** The engine's own bytes. */
  state: Uint8Array;
  /** The demo's clock, so that a reload does not travel back in time. */
  now: number;
  language: string;
  basket: [string, number][];
  /** Coupons that were taken and are not claimed: the decision and its words; `offer` is its id where it can be claimed. */
  taken: { decision: string; title: string; picture?: string; text?: string; offer?: string; store?: string }[];
  /** Topics that were asked for in "tell us". */
  asked?: string[];
  dial: string;
  cases?: [id: string, topic: string][];
  family: boolean;
  sharing?: Sharing;
}

/** What the studio hands to the shop. */
export interface Tried { pack: Uint8Array; pages: ShopPages }

interface Records { kept: Kept; tried: Tried }

const STORE = "records";

export async function read<Key extends keyof Records>(key: Key): Promise<Records[Key] | undefined> {
  return inTurn<Records[Key] | undefined>("readonly", (store) => store.get(key));
}

export async function write<Key extends keyof Records>(key: Key, record: Records[Key]): Promise<void> {
  await inTurn("readwrite", (store) => store.put(record, key));
}

export async function remove(key: keyof Records): Promise<void> {
  await inTurn("readwrite", (store) => store.delete(key));
}

/** Does one request while no other tab does any. */
async function inTurn<T>(mode: IDBTransactionMode, request: (store: IDBObjectStore) => IDBRequest): Promise<T | undefined> {
  try {
    return await navigator.locks.request("nordkorb", async () => {
      const database = await open();
      try {
        return (await done(request(database.transaction(STORE, mode).objectStore(STORE)))) as T;
      } finally {
        database.close();
      }
    });
  } catch (fault) {
    console.warn("this browser keeps nothing for the shop:", fault);
    return undefined;
  }
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open("nordkorb", 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return done(request);
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
