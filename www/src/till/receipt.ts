/**
 * The number of the receipt: on the disk before the next customer is served, so that a browser that dies never gives one number to
 * two of them. `localStorage` is written some seconds later, which is too late: on a receipt that is used again the coupon of
 * the customer before would be accepted again.
 * Where nothing is kept, each visit counts from a number of its own, drawn by chance.
 */
import { keepsNothing } from "../lib/storage.js";

const NAME = "number";

/** The number of this customer's receipt; 1 where there was none. */
export function thisReceipt(): Promise<number> {
  return numbered((number) => number);
}

/** The number of the next customer's receipt, which is this one's from now on. */
export function nextReceipt(): Promise<number> {
  return numbered((number) => number + 1);
}

let ofThisVisit = keepsNothing ? Math.floor(Math.random() * 1e9) : undefined;

async function numbered(change: (number: number) => number): Promise<number> {
  if (ofThisVisit !== undefined) return (ofThisVisit = change(ofThisVisit));
  const database = await open();
  try {
    return await new Promise<number>((resolve, reject) => {
      const transaction = database.transaction("receipt", "readwrite", { durability: "strict" });
      const store = transaction.objectStore("receipt");
      const request = store.get(NAME) as IDBRequest<number | undefined>;
      let number = 1;
      request.onsuccess = () => {
        number = change(request.result ?? 1);
        store.put(number, NAME);
      };
      transaction.oncomplete = () => resolve(number);
      transaction.onabort = () => reject(transaction.error ?? new Error("aborted"));
    });
  } finally {
    database.close();
  }
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open("tactful-till-receipt", 1);
  request.onupgradeneeded = () => request.result.createObjectStore("receipt");
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("refused"));
  });
}
