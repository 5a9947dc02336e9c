/** What a page keeps of the shop with consent, so that the next visit begins without a network: in the Cache API, checked again when read. */
import { LARGEST_DOCUMENT } from "../publish/documents.js";
import type { Follower, Held } from "../publish/follow.js";
import { type Get, addressOf } from "../publish/get.js";
import type { Bytes } from "../till/text.js";

const NAME = "tactful-live";
/** Where the device's number lies, and heads, by their versions. */
const [DEVICE, HEAD] = ["/v1/device", "/v1/head?version="];

/** What lies under an address of the shop; nothing where the browser keeps nothing. */
export async function keptBytes(from: URL | string, path: string): Promise<Bytes | undefined> {
  return cached(async (cache) => {
    const found = await cache.match(addressOf(path, from).href);
    return found && new Uint8Array(await found.arrayBuffer());
  }, undefined);
}

/** What comes of the cache, or nothing: a browser may refuse even its name. */
async function cached<T, N>(work: (cache: Cache) => Promise<T>, nothing: N): Promise<T | N> {
  try {
    return await work(await caches.open(NAME));
  } catch {
    return nothing;
  }
}

/** Reads what never changes from what is kept, and everything else from the network. */
export function keeping(from: URL | string, get: Get): Get {
  return async (path, most, again) => {
    const kept = path === "/v1/head" || again ? undefined : await keptBytes(from, path);
    return kept && kept.length <= most ? kept : get(path, most, again);
  };
}

/** The newest head that was kept. */
export async function keptHead(from: URL | string): Promise<string | undefined> {
  const start = addressOf(HEAD, from).href;
  const all = await cached((cache) => cache.keys(), []);
  const versions = all.filter(({ url }) => url.startsWith(start)).map(({ url }) => Number(url.slice(start.length)));
  const bytes = await keptBytes(from, HEAD + Math.max(...versions));
  return bytes && bytes.length <= LARGEST_DOCUMENT ? new TextDecoder().decode(bytes) : undefined;
}

/** The device's number that was kept. */
export async function keptDevice(from: URL | string): Promise<Bytes | undefined> {
  const bytes = await keptBytes(from, DEVICE);
  return bytes?.length === 16 ? bytes : undefined;
}

/**
 * Keeps the last good head with all that it needs, and nothing from before. Nothing is written over: where the page goes meanwhile,
 * a browser has neither the old nor the new.
 */
export async function put(from: URL | string, { head, authorities, first }: Pick<Follower, "head" | "authorities"> & { first: number }, held: Held, device: Bytes): Promise<void> {
  if (!head) return;
  const cache = await caches.open(NAME);
  const files: [string, BodyInit][] = [[`/v1/packs/${held.sha256}`, held.bytes], [DEVICE, device]];
  authorities.forEach((text, step) => files.push([`/v1/authority/${first + step}`, text]));
  // The head comes last: what it needs is there by then.
  files.push([HEAD + head.version, head.envelope]);
  const wanted = new Map(files.map(([path, body]) => [addressOf(path, from).href, body]));
  const there = (await cache.keys()).map(({ url }) => url);
  for (const [url, body] of wanted) if (!there.includes(url)) await cache.put(url, new Response(body));
  const folder = addressOf("/v1/", from).href;
  for (const url of there) if (url.startsWith(folder) && !wanted.has(url)) await cache.delete(url);
}

/** Forgets what was kept of every shop of this origin. */
export async function forget(): Promise<void> {
  await cached(() => caches.delete(NAME), false);
}
