/** What a page keeps of the shop with consent, so that the next visit begins without a network: in the Cache API, checked again when read. */
import { LARGEST_DOCUMENT } from "../publish/documents.js";
import type { Follower, Held } from "../publish/follow.js";
import { type Get, addressOf } from "../publish/get.js";
import type { Bytes } from "../till/text.js";

const NAME = "tactful-live";
/** Where the device's number lies. */
const DEVICE = "/v1/device";

/** What lies under an address of the shop; nothing where the browser keeps nothing. */
export async function keptBytes(from: URL | string, path: string): Promise<Bytes | undefined> {
  try {
    const found = await (await caches.open(NAME)).match(addressOf(path, from).href);
    return found && new Uint8Array(await found.arrayBuffer());
  } catch {
    return undefined;
  }
}

/** Reads what never changes from what is kept, and everything else from the network. */
export function keeping(from: URL | string, get: Get): Get {
  return async (path, most, again) => {
    const kept = path === "/v1/head" || again ? undefined : await keptBytes(from, path);
    return kept && kept.length <= most ? kept : get(path, most, again);
  };
}

/** The head that was kept. */
export async function keptHead(from: URL | string): Promise<string | undefined> {
  const bytes = await keptBytes(from, "/v1/head");
  return bytes && bytes.length <= LARGEST_DOCUMENT ? new TextDecoder().decode(bytes) : undefined;
}

/** The device's number that was kept. */
export async function keptDevice(from: URL | string): Promise<Bytes | undefined> {
  const bytes = await keptBytes(from, DEVICE);
  return bytes?.length === 16 ? bytes : undefined;
}

/** Keeps the last good head with all that it needs, and nothing from before. */
export async function put(from: URL | string, { head, authorities, first }: Pick<Follower, "head" | "authorities"> & { first: number }, held: Held, device: Bytes): Promise<void> {
  if (!head) return;
  const cache = await caches.open(NAME);
  const files = new Map<string, BodyInit>([[`/v1/packs/${held.sha256}`, held.bytes], [DEVICE, device]]);
  authorities.forEach((text, step) => files.set(`/v1/authority/${first + step}`, text));
  files.set("/v1/head", head.envelope);
  const addresses = new Set([...files.keys()].map((path) => addressOf(path, from).href));
  // The head comes last: what it needs is there by then.
  for (const [path, body] of files) await cache.put(addressOf(path, from).href, new Response(body));
  const folder = addressOf("/v1/", from).href;
  for (const { url } of await cache.keys()) if (url.startsWith(folder) && !addresses.has(url)) await cache.delete(url);
}

/** Forgets what was kept of every shop of this origin. */
export async function forget(): Promise<void> {
  await caches.delete(NAME).catch(() => {});
}
