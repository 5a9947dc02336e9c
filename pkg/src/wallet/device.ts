/**
 * Showing a coupon that is bound to this device. The device has a key that no script can read out; every
 * 15 seconds it signs the token and the time anew, and a till takes that for a minute. A picture of it is worth nothing after.
 */
import { refuse } from "../errors.js";
import { type Bytes, DOMAINS, LENGTH, fromText, join, sha256, toQr, toUrl } from "../till/text.js";
import type { Timestamp } from "../types.js";

/** How often the word of a device is renewed, ms. */
export const RENEW_MS = 15_000;

/** Where the key of this device is kept. */
export const DATABASE = "tactful-wallet";

/**
 * The key of this device: made at the first call, kept in IndexedDB, never to be read out. Rejects with the code `no-ed25519` or
 * `no-storage` where the browser has not got that: claim without `holder` then.
 */
export async function holderKey(name = DATABASE): Promise<CryptoKeyPair> {
  const database = await open(name);
  try {
    return (await kept(database)) ?? (await kept(database, await makeHolderKey()))!;
  } finally {
    database.close();
  }
}

/** A new key that is kept nowhere. */
export async function makeHolderKey(): Promise<CryptoKeyPair> {
  try {
    return (await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"])) as CryptoKeyPair;
  } catch {
    throw refuse("no-ed25519", "", "this browser cannot make Ed25519 keys");
  }
}

/** What a claim has to say in `holder` for a coupon to be bound to this device: 8 bytes, base64url. */
export async function holderTag({ publicKey }: CryptoKeyPair): Promise<string> {
  return toUrl((await sha256(await raw(publicKey))).subarray(0, 8));
}

/** The text of the QR code of a token that is bound to no device. */
export function qrOf(token: string): string {
  return toQr(tokenOf(token));
}

/** The text of the QR code with which this device shows a token at `now`, the time of the edge that gave it out. */
export async function present(token: string, key: CryptoKeyPair, now: Timestamp): Promise<string> {
  const bytes = tokenOf(token);
  const seconds = new Uint8Array(4);
  new DataView(seconds.buffer).setUint32(0, Math.floor(now / 1_000));
  const signature = await crypto.subtle.sign("Ed25519", key.privateKey, join(DOMAINS.holder, bytes, seconds));
  return toQr(join(bytes, seconds, await raw(key.publicKey), new Uint8Array(signature)));
}

/** Shows it now and every 15 seconds until the function that it returns is called. `clock` is the time of the edge. */
export function keepPresenting(token: string, key: CryptoKeyPair, show: (qr: string) => void, clock: () => Timestamp = Date.now): () => void {
  let stopped = false;
  const renew = async () => {
    const qr = await present(token, key, clock());
    if (!stopped) show(qr);
  };
  const timer = setInterval(() => void renew(), RENEW_MS);
  void renew();
  return () => {
    stopped = true;
    clearInterval(timer);
  };
}

function tokenOf(text: string): Bytes {
  const bytes = fromText(text);
  if (bytes?.length !== LENGTH) throw refuse("no-token", "/token", "this is no token");
  return bytes;
}

async function raw(key: CryptoKey): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.exportKey("raw", key));
}

function open(name: string): Promise<IDBDatabase> {
  if (typeof indexedDB === "undefined") return Promise.reject(refuse("no-storage", "", "there is no IndexedDB to keep a key in"));
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore("keys");
    request.onsuccess = () => {
      // Whoever forgets everything does not wait for this page.
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(unkept(request.error));
  });
}

/** The key that is on the disk; where there is none, the one that was made. Two pages that begin at once: the first that is written stays. */
function kept(database: IDBDatabase, made?: CryptoKeyPair): Promise<CryptoKeyPair | undefined> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction("keys", "readwrite", { durability: "strict" });
    const store = transaction.objectStore("keys");
    const known = store.get("holder") as IDBRequest<CryptoKeyPair | undefined>;
    known.onsuccess = () => void (made && !known.result && store.put(made, "holder"));
    transaction.oncomplete = () => resolve(known.result ?? made);
    transaction.onabort = () => reject(unkept(transaction.error));
  });
}

function unkept(error: DOMException | null): Error {
  return refuse("no-storage", "", `a key cannot be kept: ${error?.message ?? "refused"}`);
}
