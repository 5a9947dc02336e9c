/**
 * `tactful/edge`: a fetch handler that decides per request, on Web standards only; each platform's worker wraps this one.
 *
 * | request | answer |
 * |---|---|
 * | `GET /v1/decide?placement=…&product=…&category=…` | a decision from URL, headers, network, capsule and, with `&url=…&referrer=…`, the page they came to |
 * | `POST /v1/decide` with `{ placement, signals? }` | the same, with signals observed before |
 * | `GET /v1/health` | what is being served |
 *
 * What is wrong with a request is answered with 400 and up and `{ code, issues }`. Nothing may be cached.
 */
import { TactfulError, must, refuse } from "../errors.js";
import { isObject, kind } from "../form.js";
import type { Decision, HoldReason, Signal, Tactful, Timestamp } from "../types.js";
import type { Published } from "../publish/published.js";
import { type Capsules, capsules } from "./capsule.js";
import { jsonOf, letRead, methods, problem } from "./http.js";
import { connecting, signalsOf } from "./signals-of.js";

export type { Decision, Issue, Tactful } from "../types.js";
export { type PackHost, createPackHandler } from "./packs.js";
export { addressDigits, placeOf, signalsOf } from "./signals-of.js";

/** What a handler needs of its platform. */
export interface Host {
  /**
   * The engine, or how to load it; loading that failed is tried again by the next request. Or that of what is published now:
   * `published` of `tactful/publish`.
   */
  engine: Tactful | (() => Promise<Tactful>) | Published;
  /** Defaults to `Date.now`. */
  now?: () => Timestamp;
  /** A whole number from 0 to 2^53 - 1 for each decision; drawn from `crypto` where missing. */
  seed?: () => number;
  /** Secrets that seal the profile capsule, newest first. Without one no visitor is remembered. */
  secrets?: readonly string[] | undefined;
  /** Origins of pages elsewhere that may ask, such as `https://shop.example`. */
  origins?: readonly string[] | undefined;
  /** The visitor's address, where the platform is not Cloudflare: from what the platform itself sets, or nothing. */
  address?: (request: Request) => string | null | undefined;
  /** Told of errors that are ours; the visitor sees nothing of them. */
  onError?: (error: unknown) => void;
}

/** What is asked for: everything but the shopper. */
interface Question {
  placement: string;
  signals: Signal[];
}

const LARGEST_BODY = 65_536;

/** Makes a handler. */
export function createHandler(host: Host): (request: Request) => Promise<Response> {
  must([host, "host", "`{ engine }`", "engine"]);
  const sealing = host.secrets && capsules(host.secrets);
  const engine = engineOf(host);
  const answer = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    switch (pathname) {
      case "/v1/health": return methods(request, ["GET", "HEAD"]) ?? health(await engine(request));
      case "/v1/decide": return methods(request, ["GET", "POST"]) ?? decide(await engine(request), request, host, sealing);
      default: return problem(404, refuse("not-found", "", "there is /v1/decide and /v1/health"));
    }
  };
  return async (request) => {
    const preflight = request.method === "OPTIONS" && request.headers.has("access-control-request-method");
    const response = preflight ? new Response(null, { status: 204 }) : await answer(request).catch((error) => failed(error, host));
    return withHeaders(response, request, host.origins ?? [], preflight);
  };
}

/** Loads once, unless it fails; what is published is asked for anew. */
function engineOf({ engine, address }: Host): (request: Request) => Promise<Tactful> {
  if ("engineFor" in engine) return (request) => engine.engineFor((address ?? connecting)(request));
  if (typeof engine !== "function") return async () => engine;
  let loading: Promise<Tactful> | undefined;
  return () => {
    loading ??= engine().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
}

function health({ shop }: Tactful): Response {
  return Response.json({ ok: true, shop: shop.name, version: shop.version, placements: shop.placements });
}

async function decide(engine: Tactful, request: Request, host: Host, sealing?: Capsules): Promise<Response> {
  const { placement, signals } = request.method === "POST" ? await posted(request) : { placement: asked(request), signals: [] };
  const state = await sealing?.open(request.headers.get("cookie"));
  const now = host.now?.() ?? Date.now();
  const shopper = engine.fork({ state, now, ...(host.seed && { seed: host.seed() }) });
  try {
    for (const signal of signalsOf(request, now, host.address)) observeOwn(shopper, signal);
    observePosted(shopper, signals, now);
    const decision = shopper.ask(placement, now);
    if (decision.kind === "show" && "isStopped" in host.engine && host.engine.isStopped(decision.offer.id)) return Response.json(withoutOffer(decision));
    const response = Response.json(decision satisfies Decision);
    await keep(response, request, shopper, sealing);
    return response;
  } finally {
    shopper.free();
  }
}

/** Silence instead of an offer that the shop stopped; nothing is remembered of it. */
function withoutOffer({ id, placement, at, trace }: Decision): object {
  return { kind: "hold", id, placement, at, why: "all_excluded" satisfies HoldReason, trace };
}

/** Puts the profile into the visitor's own cookie, unless there is no key, or Global Privacy Control says no. */
async function keep(response: Response, request: Request, shopper: Tactful, sealing?: Capsules): Promise<void> {
  const wanted = sealing && request.headers.get("sec-gpc")?.trim() !== "1";
  const cookie = wanted && (await sealing.seal(shopper.save()));
  if (cookie) response.headers.append("set-cookie", cookie);
  response.headers.set("tactful-capsule", cookie ? "written" : wanted ? "too-large" : "off");
}

function asked(request: Request): string {
  const placement = new URL(request.url).searchParams.get("placement");
  if (!placement) throw refuse("missing", "/placement", "`placement` is missing; add `?placement=…` to the address");
  return placement;
}

async function posted(request: Request): Promise<Question> {
  const body = await jsonOf(request, LARGEST_BODY);
  if (!isObject(body)) throw refuse("wrong-type", "", `the body must be an object with \`placement\`, not ${kind(body)}`);
  const { placement, signals = [] } = body as { placement?: unknown; signals?: unknown };
  if (typeof placement !== "string") throw refuse("wrong-type", "/placement", `\`placement\` must be a text, not ${kind(placement)}`);
  if (!Array.isArray(signals)) throw refuse("wrong-type", "/signals", `\`signals\` must be a list, not ${kind(signals)}`);
  return { placement, signals };
}

/** Of an address that only looked like a code, the visitor knows nothing: it is passed over. */
function observeOwn(shopper: Tactful, signal: Signal): void {
  try {
    shopper.observe(signal);
  } catch (error) {
    if (signal.type !== "scan" || !(error instanceof TactfulError)) throw error;
  }
}

/** A signal of tomorrow would look fresh for ever. A day allows for phones whose clock is wrong. */
const CLOCK_SLACK = 86_400_000;

/** Issues name their place in the body, where the signals are one level down. */
function observePosted(shopper: Tactful, signals: Signal[], now: number): void {
  const ahead = signals.findIndex((signal) => signal?.at > now + CLOCK_SLACK);
  if (ahead >= 0) {
    const message = "`at` lies more than a day ahead of this server's clock";
    throw new TactfulError("bad-signal", [{ code: "out-of-range", path: `/signals/${ahead}/at`, message }]);
  }
  try {
    shopper.observe(signals);
  } catch (error) {
    if (!(error instanceof TactfulError)) throw error;
    throw new TactfulError(error.code, error.issues.map((issue) => ({ ...issue, path: `/signals${issue.path}` })));
  }
}

/** Errors of the visitor by code; every other is ours. */
const STATUS: Readonly<Record<string, number>> = {
  "missing": 400, "wrong-type": 400, "bad-json": 400, "bad-signal": 400, "unknown-placement": 400, "too-large": 413, "not-json": 415,
};

/** Answers what went wrong: the visitor's errors in full, ours without a word about the inside. */
function failed(error: unknown, host: Host): Response {
  const status = error instanceof TactfulError ? STATUS[error.code] : undefined;
  if (status && error instanceof TactfulError) return problem(status, error);
  host.onError?.(error);
  return problem(500, refuse("internal", "", "no decision could be made; show nothing"));
}

function withHeaders(response: Response, request: Request, origins: readonly string[], preflight: boolean): Response {
  const { headers } = response;
  headers.set("cache-control", "no-store");
  if (!letRead(response, request, origins)) return response;
  headers.set("access-control-allow-credentials", "true");
  if (preflight) {
    headers.set("access-control-allow-methods", "GET, POST");
    headers.set("access-control-allow-headers", "content-type");
    headers.set("access-control-max-age", "86400");
  }
  return response;
}
