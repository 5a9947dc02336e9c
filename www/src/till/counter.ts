/** A till of this browser: set up once by its link, then ready with or without a network. */
import { type Answer, type KeySet, type Till, type Terms, type Trust, createTill, inBrowser, inMemory, ledgerAt, openKeys } from "tactful/till";
import { keepsNothing, storage } from "../lib/storage.js";

/** What the link of a till says: `/till/#till=…&key=…&store=…&root=…`, and `&threshold=…` where fewer than all roots sign. */
export interface SetUp {
  till: string;
  /** The till's own key at the edge. */
  key: string;
  store: string;
  /** Public keys that sign the key set, base64url, separated by commas. */
  roots: readonly string[];
  /** How many of them have to sign. */
  threshold: number;
}

/** What the edge tells a till of the shop, at `/till/terms.json`. */
export interface ShopTerms extends Terms {
  merchant: number;
  environment: "test" | "production";
  currency: string;
  decimals: number;
  stores: readonly { id: string; number: number }[];
  coupons: readonly (Terms["coupons"][number] & { coupon: string; title: Record<"en" | "de", string>; minimum_spend: number })[];
}

export interface Counter {
  setUp: SetUp;
  till: Till;
  terms: ShopTerms;
}

const [SET_UP, KEYS, TERMS, TRUST] = ["set-up", "keys", "terms", "trust"].map((name) => `tactful-till:${name}`) as [string, string, string, string];
const LEDGER = new URL("/", location.href);

/** Whether the edge answered the last time; nothing where it was not asked yet. */
export const edge: { answers?: boolean } = {};

/** The set-up of a link; nothing where it is none. */
export function readLink(link: string): SetUp | undefined {
  const asked = new URLSearchParams(link.slice(link.indexOf("#") + 1));
  const [till = "", key = "", store = "", root = ""] = ["till", "key", "store", "root"].map((name) => asked.get(name) ?? "");
  const roots = root.split(",");
  const threshold = Number(asked.get("threshold") ?? roots.length);
  return till && key && store && root && threshold >= 1 ? { till, key, store, roots, threshold } : undefined;
}

export function setUp(): SetUp | undefined {
  return stored<SetUp>(SET_UP);
}

/** Another till: what was known for the one before is forgotten, apart from what is spent. */
export function keepSetUp(next: SetUp | undefined): void {
  for (const name of [SET_UP, KEYS, TERMS, TRUST]) storage.removeItem(name);
  if (next) storage.setItem(SET_UP, JSON.stringify(next));
}

/** The till, with what the edge says now, else with what it said last; nothing where it never said anything. */
export async function openCounter(setUp: SetUp): Promise<Counter | undefined> {
  const [keys, terms] = await Promise.all([openKeySet(setUp), fetchTerms(setUp)]);
  const number = terms?.stores.find(({ id }) => id === setUp.store)?.number;
  if (!keys || !terms || number === undefined) return undefined;
  const ledger = ledgerAt({ url: LEDGER, key: setUp.key, store: setUp.store });
  // What is spent is written down before it is honoured: a till that keeps nothing leaves it to the ledger, and honours nothing offline.
  const writes = keepsNothing ? { spent: inMemory() } : { spent: inBrowser(), terms };
  return { setUp, terms, till: createTill({ id: setUp.till, merchant: terms.merchant, stores: [number], env: terms.environment, keys, ledger, ...writes }) };
}

/** Goes by the newest keys from now on. */
export async function renew({ setUp, till }: Counter): Promise<void> {
  const keys = await openKeySet(setUp);
  if (keys) till.update(keys);
}

/** A set that does not follow from the one before is as good as none. */
async function openKeySet({ roots, threshold }: SetUp): Promise<KeySet | undefined> {
  const trust = stored<Trust>(TRUST) ?? { version: 0, roots, threshold };
  const text = await told("/v1/keys", {});
  const fresh = text === undefined ? undefined : await openKeys(text, trust).catch(() => undefined);
  if (fresh && text !== undefined) {
    storage.setItem(KEYS, text);
    storage.setItem(TRUST, JSON.stringify({ version: fresh.version, roots: fresh.roots, threshold: fresh.threshold }));
    return fresh;
  }
  const kept = storage.getItem(KEYS);
  return kept === null ? undefined : openKeys(kept, trust).catch(() => undefined);
}

async function fetchTerms({ key }: SetUp): Promise<ShopTerms | undefined> {
  const text = await told("/till/terms.json", { authorization: `Bearer ${key}` });
  // A page of somebody on the way, such as a sign-in to the network, takes the place of nothing.
  if (text !== undefined && Array.isArray(parsed<ShopTerms>(text)?.stores)) storage.setItem(TERMS, text);
  return stored<ShopTerms>(TERMS);
}

async function told(path: string, headers: Record<string, string>): Promise<string | undefined> {
  try {
    const answer = await fetch(new URL(path, LEDGER), { headers, cache: "no-cache", signal: AbortSignal.timeout(5_000) });
    edge.answers = true;
    return answer.ok ? await answer.text() : undefined;
  } catch {
    edge.answers = false;
    return undefined;
  }
}

function stored<T>(name: string): T | undefined {
  return parsed<T>(storage.getItem(name) ?? "null");
}

function parsed<T>(text: string): T | undefined {
  try {
    return (JSON.parse(text) as T | null) ?? undefined;
  } catch {
    return undefined;
  }
}

/** What was accepted last, to be undone. */
export type Accepted = Extract<Answer, { kind: "accepted" }>;
