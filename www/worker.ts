/**
 * The edge worker of the demo: decisions, outcomes, voice, the ledger of coupons and what is published under `/v1/`, the pack of
 * the visitor's region at `/shop.tact`, everything else from the static assets beside it.
 *
 * It serves what was published last, and until then whatever pack lies in the assets, so that shop page and edge always speak
 * of the same catalog.
 */
import { waitUntil } from "cloudflare:workers";
import { load, type Tactful } from "tactful";
import { createHandler, createPackHandler } from "tactful/edge";
import { type LedgerHost, type ObjectHost, type Terms, createLedger, ledgerObjects, signingKeys } from "tactful/ledger";
import ledgerModule from "tactful/ledger.wasm";
import { type CounterHost, createCounter } from "tactful/outcomes";
import { type PublicationHost, createPublication, publicationObjects, published } from "tactful/publish";
import { type VoiceHost, createVoice } from "tactful/voice";

export { OutcomeCounter } from "tactful/outcomes";
export { VoiceDesk } from "tactful/voice";

/** The objects of the ledger. Their names are those of `wrangler.jsonc`. */
export const { CouponRoot, CouponShard } = ledgerObjects<Env>(ledger);

/** The objects of what is published. */
export const { Publication, LiveHub } = publicationObjects<Env>(publication);

/** As much of a binding as is called here. */
interface Fetches {
  fetch(request: Request | string): Promise<Response>;
}

interface Env {
  ASSETS: Fetches;
  /** Where the pack lies among the assets, such as `/nordkorb.tact`. */
  PACK: string;
  /** Where the index of its regions lies among the assets. */
  REGIONS: string;
  /** Secrets that seal the profile capsule, newest first, separated by spaces; a visitor is not remembered without. */
  CAPSULE_KEY?: string;
  /** Origins of pages elsewhere that may ask, separated by spaces. */
  ORIGINS?: string;
  /** Counts what devices tell with consent; nothing is counted without. */
  OUTCOMES?: CounterHost["counter"];
  /** Secret that opens the counts to the shop. */
  OUTCOMES_KEY?: string;
  /** Keeps what shoppers say; nobody is heard without. */
  VOICE?: VoiceHost["desk"];
  /** Secret that opens the desk at `/desk/` to the shop. */
  DESK_KEY?: string;
  /** How many tokens a network and all together get in a day, such as `{"network":60,"day":20000}`. */
  VOICE_TOKENS?: string;
  /** The ledger's objects; no coupon is claimed without. */
  COUPON_ROOT: ObjectHost["root"];
  COUPON_SHARD: ObjectHost["shard"];
  /** How many shards there are, 1 to 256; it must not change while coupons run. */
  SHARDS: string;
  /** Where the coupons' terms lie among the assets, which nobody else reads there. */
  TERMS: string;
  /** The shop's number in tokens, and whether they are worth money: `production`, else they are for trying out. */
  MERCHANT: string;
  ENVIRONMENT: string;
  /** The signed key set that `tactful token keys` wrote. */
  KEY_SET?: string;
  /** Secret: the private keys of that set, JWKs, as a list of JSON. */
  LEDGER_KEYS?: string;
  /** Secret: the key of each till by the till's id, as an object of JSON. */
  TILLS?: string;
  /** Secret that opens the budgets to the shop. */
  SHOP_KEY?: string;
  /** Who is trusted to say who publishes: `trust.json` of `tactful authority`. Nothing is published without. */
  AUTHORITY?: string;
  PUBLICATION: PublicationHost["publication"];
  LIVE_HUB: PublicationHost["hub"];
  /** How many hubs share the open pages, 1 to 256. */
  HUBS: string;
  /** Recorded walks for the demo's map, where the machine that serves it has some. */
  TRACES?: Fetches;
}

type Handler = (request: Request) => Promise<Response>;

/** One per isolate: its variables do not change while it lives. */
let handler: Handler | undefined;
let claims: Handler | undefined;
let voice: Handler | undefined;
let publishing: Handler | undefined;
/** The addresses of the ledger. */
const LEDGER = /^\/v1\/(?:claims|redemptions|reservations|keys|budgets|coupons|openapi\.json)(?:\/|$)/;
/** The addresses of what shoppers say. */
const VOICE = /^\/v1\/voice(?:\/|$)/;
/** The addresses of what is published. */
const PUBLISHED = /^\/v1\/(?:head|live|log|authority|packs|deltas)(?:\/|$)/;

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/v1/outcomes" && env.OUTCOMES) return createCounter({ counter: env.OUTCOMES, key: env.OUTCOMES_KEY, onError: (error) => console.error(error) })(request);
    if (VOICE.test(pathname) && env.VOICE) return (voice ??= heard(env, env.VOICE))(request);
    if (LEDGER.test(pathname) && env.KEY_SET && env.LEDGER_KEYS) return (claims ??= createLedger(ledger(env)))(request);
    if (PUBLISHED.test(pathname) && env.AUTHORITY) return (publishing ??= createPublication(publication(env)))(request);
    if (pathname === "/trust.json") return Response.json(env.AUTHORITY ? JSON.parse(env.AUTHORITY) : null);
    if (pathname.startsWith("/v1/")) return (handler ??= decisions(env))(request);
    if (pathname === "/shop.tact") return createPackHandler({ index: env.REGIONS, file: (request) => env.ASSETS.fetch(request) })(request);
    if (pathname === "/till/terms.json") return tillTerms(request, env);
    if (pathname === env.TERMS) return new Response(null, { status: 404 });
    if (pathname.startsWith("/traces/") && env.TRACES) return env.TRACES.fetch(request);
    return env.ASSETS.fetch(request);
  },
};

function decisions(env: Env): Handler {
  const secrets = words(env.CAPSULE_KEY);
  return createHandler({
    engine: env.AUTHORITY ? renewed(env, env.AUTHORITY) : () => engine(env),
    origins: words(env.ORIGINS),
    ...(secrets.length > 0 && { secrets }),
    onError: (error) => console.error(error),
  });
}

function heard({ DESK_KEY, ORIGINS, VOICE_TOKENS, AUTHORITY, LIVE_HUB, HUBS }: Env, desk: VoiceHost["desk"]): Handler {
  const live = AUTHORITY ? { hub: LIVE_HUB, hubs: Number(HUBS) } : undefined;
  return createVoice({ desk, key: DESK_KEY, origins: words(ORIGINS), ...(live && { live }), ...(VOICE_TOKENS && { tokens: JSON.parse(VOICE_TOKENS) }), onError: (error) => console.error(error) });
}

/** The engine of what is published now. */
function renewed(env: Env, trust: string): ReturnType<typeof published> {
  let assets: Promise<Tactful> | undefined;
  return published({
    from: "https://shop.local/",
    trust: JSON.parse(trust),
    load,
    fetch: (request) => (publishing ??= createPublication(publication(env)))(request),
    until: () => (assets ??= engine(env)),
    later: waitUntil,
    onError: (error) => console.debug(error),
  });
}

/** What publishing needs, for its handler and its objects alike. */
function publication({ AUTHORITY = "{}", PUBLICATION, LIVE_HUB, HUBS }: Env): PublicationHost {
  return { trust: JSON.parse(AUTHORITY), publication: PUBLICATION, hub: LIVE_HUB, hubs: Number(HUBS), onError: (error) => console.error(error) };
}

/** What the ledger needs, for its handler and its objects alike. */
function ledger(env: Env): LedgerHost & ObjectHost {
  const { COUPON_ROOT, COUPON_SHARD, SHARDS, MERCHANT, ENVIRONMENT, KEY_SET = "", LEDGER_KEYS = "[]", TILLS = "{}", SHOP_KEY, ORIGINS } = env;
  return {
    module: ledgerModule,
    root: COUPON_ROOT,
    shard: COUPON_SHARD,
    shards: Number(SHARDS),
    terms: () => terms(env),
    keys: signingKeys(KEY_SET, JSON.parse(LEDGER_KEYS)),
    keySet: KEY_SET,
    merchant: Number(MERCHANT),
    production: ENVIRONMENT === "production",
    tills: JSON.parse(TILLS),
    shopKey: SHOP_KEY,
    origins: words(ORIGINS),
    onError: (error) => console.error(error),
  };
}

async function terms({ ASSETS, TERMS }: Env): Promise<Terms> {
  const response = await ASSETS.fetch(new URL(TERMS, "https://assets.local").href);
  if (!response.ok) throw new Error(`the assets have no ${TERMS}: \`tactful compile --terms\` writes it`);
  return response.json();
}

/** What a till goes by: the shop's stores and coupons, without their budgets; for who has the key of a till. */
async function tillTerms(request: Request, env: Env): Promise<Response> {
  const key = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  const digests = await Promise.all([key ?? "", ...Object.values(JSON.parse(env.TILLS ?? "{}") as Record<string, string>)].map(digest));
  if (!key || !digests.slice(1).includes(digests[0] ?? "")) return new Response(null, { status: 401, headers: { "www-authenticate": "Bearer" } });
  const { coupons, ...shop } = await terms(env);
  const told = coupons.map(({ budget, ...coupon }) => ({ ...coupon, budget: { offline: (budget as { offline?: unknown }).offline ?? null } }));
  return Response.json({ ...shop, merchant: Number(env.MERCHANT), environment: env.ENVIRONMENT, coupons: told }, { headers: { "cache-control": "no-store" } });
}

/** Looking up a digest tells nothing of the keys by the time it takes. */
async function digest(text: string): Promise<string> {
  return String(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));
}

async function engine({ ASSETS, PACK }: Env): Promise<Tactful> {
  const response = await ASSETS.fetch(new URL(PACK, "https://assets.local").href);
  if (!response.ok) throw new Error(`the assets have no ${PACK}: put a compiled catalog there`);
  return load({ pack: await response.arrayBuffer() });
}

function words(text = ""): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
