/** The handler of the ledger's addresses: reads and checks, asks the objects, signs what they gave. */
import { letRead } from "../edge/http.js";
import { must } from "../errors.js";
import type { Timestamp } from "../types.js";
import { type Namespace, rootName, shardName, shardOf, tell } from "./objects.js";
import { OPENAPI, SCHEMAS } from "./openapi.js";
import { Refusal, problem } from "./problem.js";
import { type Keyring, type Rollback, bearerOf, bodyOf, digest, keyOf, keyring } from "./requests.js";
import type { Ask, Issued, Report, Spend, Spending } from "./rules.js";
import { wrongs } from "./schema.js";
import { type Signer, type SigningKey, signer } from "./signing.js";
import { fromUrl, toCode, toHex } from "../till/text.js";
import { serialOf, unhex } from "./text.js";
import type { Terms } from "./terms.js";

/** What a ledger needs of its platform. */
export interface LedgerHost {
  /** The namespace of `CouponRoot`. */
  root: Namespace;
  /** The namespace of `CouponShard`. */
  shard: Namespace;
  /** How many shards there are, 1 to 256. It must not change while a coupon runs: what one person may take is held by one shard. */
  shards: number;
  /** What `tactful compile --terms` wrote, or how to get it. */
  terms: Terms | (() => Promise<Terms>);
  /** Private keys, for the epochs that claims may still be sent again for, this one and the next. */
  keys: readonly SigningKey[];
  /** The signed key set that tills read, as text. */
  keySet: string | (() => Promise<string>);
  /** The key of each till, by the till's id. */
  tills: Readonly<Record<string, string>>;
  /** The shop's own key; without one nobody reads budgets. */
  shopKey?: string | undefined;
  /** Origins of pages elsewhere that may claim, such as `https://shop.example`. */
  origins?: readonly string[];
  /** Requests that one isolate works at; more are told to come again at once. */
  most?: number;
  /** Told of errors that are ours. */
  onError?: (error: unknown) => void;
}

/** What does not change while a handler lives. */
interface Shop {
  host: LedgerHost;
  signer: Signer;
  /** Whose budgets are told; not needed for anything else. */
  coupons: () => Promise<ReadonlySet<string>>;
  /** What is left of every budget, sixteenths. */
  left: () => Promise<Record<string, number>>;
  tills: Keyring;
  owner: Keyring;
  /** Tills of which too many codes were refused, and when the next one is looked at: they cost no object and keep nobody waiting. */
  resting: Map<string, Timestamp>;
}

type Handler = (request: Request) => Promise<Response>;

/** Requests of one isolate at once, where the host does not say. */
const MOST = 512;
/** Seconds after which who was told `busy` may come again; each draws within twice as many. */
const RETRY_AFTER_S = 2;
/** Seconds after which one more code of a till that guessed is looked at: as long as the rules take to forgive one. */
const REST_S = 10;
/** Seconds for which what is left of the budgets is told again without asking. */
const LEFT_S = 60;

/** Makes a handler of the addresses in `/v1/openapi.json`. */
export function createLedger(host: LedgerHost): Handler {
  must([host, "host", "`{ root, shard, shards, terms, keys, keySet, tills }`", "root", "shard", "shards", "terms", "keys", "keySet", "tills"]);
  const most = host.most ?? MOST;
  let working = 0;
  const shop = lazily(() => open(host));
  const document = JSON.stringify(OPENAPI);
  const routed = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    if (pathname === "/v1/openapi.json") return only(request, "GET") ?? new Response(document, { headers: { "content-type": "application/json", "cache-control": "public, max-age=300" } });
    const route = routeOf(pathname);
    if (!route) throw new Refusal("not_found");
    return only(request, route.method) ?? route.answer(request, await shop());
  };
  return async (request) => {
    if (request.method === "OPTIONS" && request.headers.has("access-control-request-method")) return shared(new Response(null, { status: 204 }), request, host);
    if (working >= most) return shared(refused(new Refusal("busy")), request, host);
    working += 1;
    try {
      return shared(await routed(request), request, host);
    } catch (error) {
      if (!(error instanceof Refusal)) host.onError?.(error);
      return shared(refused(error instanceof Refusal ? error : new Refusal("internal")), request, host);
    } finally {
      working -= 1;
    }
  };
}

function routeOf(pathname: string): { method: string; answer: (request: Request, shop: Shop) => Promise<Response> } | undefined {
  switch (pathname) {
    case "/v1/claims": return { method: "POST", answer: claim };
    case "/v1/redemptions": return { method: "POST", answer: redeem };
    case "/v1/redemptions/rollback": return { method: "POST", answer: rollBack };
    case "/v1/reservations": return { method: "POST", answer: (request, shop) => hold(request, shop, "reserve") };
    case "/v1/reservations/release": return { method: "POST", answer: (request, shop) => hold(request, shop, "release") };
    case "/v1/keys": return { method: "GET", answer: keys };
    case "/v1/budgets": return { method: "GET", answer: budgets };
  }
  const [, coupon = "", last] = /^\/v1\/coupons\/([^/]+)\/(budget|pause|resume)$/.exec(pathname) ?? [];
  if (last === undefined) return undefined;
  return { method: last === "budget" ? "GET" : "POST", answer: (request, shop) => budget(request, shop, coupon, last) };
}

async function open(host: LedgerHost): Promise<Shop> {
  if (!(Number.isInteger(host.shards) && host.shards >= 1 && host.shards <= 256)) throw new RangeError("`shards` must be 1 to 256");
  const coupons = lazily(async () => {
    const { coupons } = typeof host.terms === "function" ? await host.terms() : host.terms;
    return new Set(coupons.map(({ coupon }) => coupon));
  });
  return {
    host,
    signer: signer(host.keys),
    coupons,
    left: forAMinute(async () => {
      const one = async (coupon: string) => [coupon, await tell<number>(host.root, rootName(coupon), { op: "left", coupon })] as const;
      return Object.fromEntries(await Promise.all([...(await coupons())].map(one)));
    }),
    tills: await keyring(host.tills),
    owner: await keyring(host.shopKey ? { shop: host.shopKey } : {}),
    resting: new Map(),
  };
}

/** Loads once, unless it fails. */
function lazily<Value>(load: () => Promise<Value>): () => Promise<Value> {
  let loading: Promise<Value> | undefined;
  return () => (loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  }));
}

/** Loads once in a minute, unless it fails. */
function forAMinute<Value>(load: () => Promise<Value>): () => Promise<Value> {
  let [loaded, until] = [lazily(load), 0];
  return () => {
    if (Date.now() >= until) [loaded, until] = [lazily(load), Date.now() + LEFT_S * 1e3];
    return loaded();
  };
}

async function claim(request: Request, { host, signer }: Shop): Promise<Response> {
  const { coupon, person, store, holder } = await bodyOf(request, "Claim");
  const key = await keyFor(person, keyOf(request));
  const message: Ask = { kind: "claim", key, coupon, person, store, holder: holder && toHex(fromUrl(holder)!) };
  const given = await tell<Issued>(host.shard, shardName(shardOf(fromUrl(person)!, host.shards)), message);
  const token = await signer.token(unhex(given.payload));
  return Response.json({ token, code: given.serial, from: given.from, until: given.until }, { status: given.first ? 201 : 200 });
}

/**
 * Whoever knows another's key must not get their token with it, so a key counts for one person. Rows take 64 letters: a longer
 * pair becomes its digest, which has no full stop and so is never the same as another pair.
 */
async function keyFor(person: string, key: string): Promise<string> {
  const both = `${person}.${key}`;
  return both.length <= 64 ? both : digest(both);
}

async function redeem(request: Request, shop: Shop): Promise<Response> {
  const till = await bearerOf(request, shop.tills);
  const body = await bodyOf(request, "Redemption");
  const { receipt, store, at, amount } = body;
  const { told, code } = await spend(shop, till, body, { kind: "redeem", receipt, store, at, amount });
  return Response.json({ coupon: told.coupon, code });
}

/** Holds a coupon, or lets go of it; only of what is held is told until when. */
async function hold(request: Request, shop: Shop, kind: "reserve" | "release"): Promise<Response> {
  const till = await bearerOf(request, shop.tills);
  const body = await bodyOf(request, "Reservation");
  const { told, code } = await spend(shop, till, body, { kind, receipt: body.receipt, store: body.store });
  return Response.json({ code, until: told.until });
}

async function rollBack(request: Request, shop: Shop): Promise<Response> {
  const till = await bearerOf(request, shop.tills);
  const body = await bodyOf(request, "Rollback");
  const { code } = await spend(shop, till, body, { kind: "roll_back", receipt: body.receipt, store: till });
  return Response.json({ code });
}

/**
 * A code is refused no sooner than so long after it was read, ms: far more than an object takes, so that the time does not tell
 * which codes were ever given. A token is refused at once: whoever has it knows that it was.
 */
const REFUSAL_MS = 50;

type Kind = { kind: Spending["kind"] } & Pick<Spend, "receipt" | "store" | "at" | "amount">;

/** What a shard told of a coupon, and its code. */
interface Spent {
  told: { coupon?: string; until?: Timestamp };
  code: string;
}

async function spend({ host, signer, resting }: Shop, till: string, body: Rollback, asked: Kind): Promise<Spent> {
  if (till !== body.till) throw new Refusal("other_till");
  const payload = body.token === undefined ? undefined : await signer.payload(body.token);
  const serial = body.token === undefined ? serialOf(body.code!) : payload?.subarray(14, 24);
  if (!serial) throw new Refusal(body.token === undefined ? "mistyped" : "forged");
  if (payload === undefined && Date.now() < (resting.get(till) ?? 0)) throw new Refusal("too_many_codes");
  const code = toCode(serial);
  const message: Ask = { ...asked, serial: code, till, payload: payload && toHex(payload) };
  const least = payload ?? pause(REFUSAL_MS);
  // A guess that names a shard that there is not is looked for, and counted, in one that there is: it makes no object.
  const told = await tell<Spent["told"]>(host.shard, shardName(serial[0]! % host.shards), message).catch(async (error: unknown) => {
    await least;
    if (error instanceof Refusal && error.reason === "too_many_codes") resting.set(till, Date.now() + REST_S * 1e3);
    throw error instanceof Refusal && error.reason !== "busy" ? refusedTo(payload, error, host) : error;
  });
  return { told, code };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Who guesses codes must not learn which of them were ever given, so every refusal of a code is the same bytes. */
function refusedTo(payload: Uint8Array | undefined, refusal: Refusal, { onError }: LedgerHost): Refusal {
  const { reason } = refusal;
  if (payload === undefined) return reason === "too_many_codes" ? refusal : new Refusal("unknown");
  if (reason === "unknown" || reason === "altered") onError?.(new Error(`a token with a good signature is ${reason}: was the key ${toHex(payload.subarray(2, 6))} stolen?`));
  return refusal;
}

async function keys(_: Request, { host }: Shop): Promise<Response> {
  const text = typeof host.keySet === "function" ? await host.keySet() : host.keySet;
  return new Response(text, { headers: { "content-type": "application/json", "cache-control": "public, max-age=300" } });
}

/** The same for everybody who asks, and so coarse that hardly anything can be read from it about sales. */
async function budgets(_: Request, { left }: Shop): Promise<Response> {
  return Response.json({ left: await left() }, { headers: { "cache-control": `public, max-age=${LEFT_S}` } });
}

async function budget(request: Request, { host, owner, coupons }: Shop, name: string, op: string): Promise<Response> {
  await bearerOf(request, owner);
  const coupon = decoded(name);
  if (!(await coupons()).has(coupon)) throw new Refusal("unknown_coupon");
  const { paused, ...counts } = await tell<Report>(host.root, rootName(coupon), { op, coupon });
  return Response.json({ coupon, ...counts, paused: paused ?? "no" });
}

function decoded(name: string): string {
  let coupon: string;
  try {
    coupon = decodeURIComponent(name);
  } catch {
    throw new Refusal("malformed", { wrongs: [{ path: "", message: "the address has a `%` that means nothing" }] });
  }
  const found = wrongs(SCHEMAS.Claim.properties!.coupon!, coupon);
  if (found.length > 0) throw new Refusal("malformed", { wrongs: found });
  return coupon;
}

/** The refusal of a method that is not allowed. */
function only(request: Request, method: string): Response | undefined {
  if (request.method === method || (method === "GET" && request.method === "HEAD")) return undefined;
  return problem(new Refusal("method"), { allow: method === "GET" ? "GET, HEAD" : method });
}

function refused(refusal: Refusal): Response {
  const headers: Record<string, string> = {};
  if (refusal.reason === "busy") headers["retry-after"] = String(RETRY_AFTER_S + Math.floor(Math.random() * RETRY_AFTER_S));
  if (refusal.reason === "too_many_codes") headers["retry-after"] = String(REST_S);
  if (refusal.reason === "no_key") headers["www-authenticate"] = "Bearer";
  return problem(refusal, headers);
}

/** What every answer has: nobody keeps what is one person's, and only pages that are listed read it. */
function shared(response: Response, request: Request, { origins = [] }: LedgerHost): Response {
  const { headers } = response;
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
  if (!letRead(response, request, origins)) return response;
  headers.set("access-control-allow-methods", "GET, POST");
  headers.set("access-control-allow-headers", "content-type, idempotency-key");
  headers.set("access-control-max-age", "86400");
  return response;
}
