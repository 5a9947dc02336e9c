/**
 * The handler of a publication's addresses. What is published is the same for everybody and signed, so it goes out from the
 * isolate's own copy, which is asked for once and not once per visitor; when a crowd comes, that is all there is to do.
 *
 * | request | answer |
 * |---|---|
 * | `GET /v1/head` | the newest head; a copy may be two seconds old |
 * | `GET /v1/authority/{n}`, `GET /v1/packs/{sha256}`, `GET /v1/deltas/{to}/{from}` | what never changes |
 * | `GET /v1/log?from=N` | the entries of the log from the N-th, counted from 0, at most 1,000 |
 * | `GET /v1/live?version=N` | heads as they come, as server-sent events, or as messages with `Upgrade: websocket`; and what `tactful/voice` tells |
 * | `POST /v1/head`, `POST /v1/authority` | takes what follows |
 *
 * What is wrong with a request is answered with 400 and up and `{ code, issues }`.
 */
import { methods } from "../edge/http.js";
import { must, refuse } from "../errors.js";
import { readHead } from "./documents.js";
import { within } from "./get.js";
import { type PublicationHost, hubOf, publicationOf, refused } from "./objects.js";

type Handler = (request: Request) => Promise<Response>;

/** A copy of the head is asked about after so long, ms. */
const FRESH_MS = 2_000;
/** The copies of one place ask together: what one of them got is good for the others for so long, seconds. */
const SHARED_S = 1;
/** When they asked, ms: a copy of a copy is no younger than that. */
const ASKED = "tactful-asked";
/** Who has an older copy waits no longer than this for the newer one, ms. */
const WAIT_MS = 1_000;
/** A visitor who goes takes what they asked for with them: whoever else waits for it asks again after so long, ms. */
const GONE_MS = 5_000;
/** Requests that wait for an object, where the host does not say. */
const MOST = 256;
/** What an isolate holds of packs and deltas, bytes, and of addresses under which there is nothing. */
const [HELD, NOTHINGS] = [24 * 1_048_576, 2_000];

const FOR_EVER = "public, max-age=31536000, immutable";
const NEVER_CHANGES = /^\/v1\/(?:authority\/[1-9]\d{0,8}|packs\/[0-9a-f]{64}|deltas\/[0-9a-f]{64}\/[0-9a-f]{64})$/;

/** What an isolate has of something that is published. */
interface Copy {
  body: Uint8Array<ArrayBuffer>;
  type: string;
}

interface HeadCopy extends Copy {
  version: number;
  at: number;
}

/** Makes a handler. */
export function createPublication(host: PublicationHost): Handler {
  must([host, "host", "`{ trust, publication, hub, hubs }`", "trust", "publication", "hub", "hubs"]);
  const copies = new Copies(host);
  const answer = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    if (request.method === "POST" && (pathname === "/v1/head" || pathname === "/v1/authority")) return copies.send(request);
    if (pathname === "/v1/authority") return methods(request, ["POST"])!;
    const refusal = methods(request, pathname === "/v1/head" ? ["GET", "HEAD", "POST"] : ["GET", "HEAD"]);
    if (refusal) return refusal;
    if (pathname === "/v1/head") return head(request, await copies.head(request));
    if (pathname === "/v1/live") return copies.listen(request);
    if (pathname === "/v1/log") return copies.pass(request);
    if (NEVER_CHANGES.test(pathname)) return fixed(request, pathname, await copies.fixed(pathname, request));
    throw refuse("not-found", "", "there is /v1/head, /v1/live, /v1/log, /v1/authority/{n}, /v1/packs/{sha256} and /v1/deltas/{to}/{from}");
  };
  return async (request) => {
    const response = await answer(request).catch((error: unknown) => refused(error, host.onError));
    return response.status === 101 ? response : open(response);
  };
}

function head(request: Request, { body, version }: HeadCopy): Response {
  return told(request, body, { "content-type": "application/json", etag: `"${version}"`, "cache-control": `public, max-age=${FRESH_MS / 1_000}` });
}

function fixed(request: Request, path: string, { body, type }: Copy): Response {
  return told(request, body, { "content-type": type, etag: `"${path.split("/").at(-1)!}"`, "cache-control": FOR_EVER });
}

function told(request: Request, body: Uint8Array<ArrayBuffer>, headers: Record<string, string>): Response {
  const same = request.headers.get("if-none-match")?.split(",").some((tag) => tag.trim().replace(/^W\//, "") === headers["etag"]);
  return same ? new Response(null, { status: 304, headers }) : new Response(request.method === "HEAD" ? null : body, { headers });
}

/** Any page may read what everybody may have. An answer of an object cannot be changed, so it is made anew. */
function open({ body, status, headers }: Response): Response {
  const response = new Response(body, { status, headers });
  response.headers.set("access-control-allow-origin", "*");
  response.headers.set("x-content-type-options", "nosniff");
  if (!headers.has("cache-control")) response.headers.set("cache-control", "no-store");
  return response;
}

/** What one isolate has in hand, and how it asks for more. */
class Copies {
  readonly #host: PublicationHost;
  readonly #now: () => number;
  readonly #most: number;
  readonly #held = new Map<string, Copy>();
  readonly #loading = new Map<string, Promise<Copy | undefined>>();
  readonly #nothing = new Set<string>();
  #bytes = 0;
  #waiting = 0;
  #head: HeadCopy | undefined;
  #asking: Promise<unknown> | undefined;
  /** Something was published through this isolate: what its neighbours have is older. */
  #changed = false;

  constructor(host: PublicationHost) {
    this.#host = host;
    this.#now = host.now ?? Date.now;
    this.#most = host.most ?? MOST;
  }

  /** The head: a fresh copy, else a newer one if it comes soon, else the copy. */
  async head({ url }: Request): Promise<HeadCopy> {
    if (!this.#head || this.#now() - this.#head.at >= FRESH_MS) {
      this.#asking ??= this.#ask(url).finally(() => (this.#asking = undefined));
      const asking = this.#asking.catch((error: unknown) => {
        if (!this.#head) throw error;
      });
      const came = await within(this.#head ? WAIT_MS : GONE_MS, asking);
      if (!came) this.#asking = undefined;
      if (!came && !this.#head) throw away();
    }
    if (!this.#head) throw refuse("not-found", "", "nothing is published yet");
    return this.#head;
  }

  async fixed(path: string, { url }: Request): Promise<Copy> {
    for (;;) {
      const held = this.#held.get(path);
      if (held) return held;
      if (this.#nothing.has(path)) throw nothing();
      const loading = this.#loading.get(path) ?? this.#loadOnce(path, url);
      const came = await within(GONE_MS, loading);
      if (came && !came.value) throw nothing();
      if (came?.value) return came.value;
      // Who asked went, and took it with them: one of those who wait asks again.
      if (this.#loading.get(path) === loading) this.#loading.delete(path);
    }
  }

  /** Sends what is published to the object; what this isolate has is renewed at once. */
  async send(request: Request): Promise<Response> {
    const response = await this.#object(request);
    if (response.ok) this.#renew();
    return response;
  }

  pass(request: Request): Promise<Response> {
    return this.#object(new Request(request, { method: "GET" }));
  }

  /** A page listens at a hub drawn by chance. */
  async listen(request: Request): Promise<Response> {
    const hub = Math.floor(Math.random() * this.#host.hubs);
    return this.#waited(() => hubOf(this.#host, hub).fetch(request));
  }

  #renew(): void {
    this.#nothing.clear();
    this.#changed = true;
    if (this.#head) this.#head = { ...this.#head, at: -Infinity };
  }

  async #ask(url: string): Promise<void> {
    const [cache, key, now] = [placeCache(), new URL("/v1/head?of=this-place", url).href, this.#now()];
    const cached = this.#changed ? undefined : await cache?.match(key).catch(() => undefined);
    const response = cached ?? (await this.#object(new Request("https://object/v1/head")));
    this.#changed = false;
    if (response.status === 404) return void (await response.body?.cancel());
    const body = await bodyOf(response);
    const { version } = readHead(new TextDecoder().decode(body));
    const at = Math.min(now, Number(cached?.headers.get(ASKED) ?? now));
    if (version !== this.#head?.version) this.#nothing.clear();
    const isOlder = this.#head && version < this.#head.version;
    this.#head = { ...(isOlder ? this.#head! : { body, version, type: "application/json" }), at };
    if (!cached) await cache?.put(key, new Response(body, { headers: { "cache-control": `public, max-age=${SHARED_S}`, [ASKED]: String(at) } })).catch(() => {});
  }

  #loadOnce(path: string, url: string): Promise<Copy | undefined> {
    const loading = this.#load(path, url).finally(() => {
      if (this.#loading.get(path) === loading) this.#loading.delete(path);
    });
    this.#loading.set(path, loading);
    return loading;
  }

  /** From the cache of the place where there is one, else from the object, which is then asked once a place. */
  async #load(path: string, url: string): Promise<Copy | undefined> {
    const [cache, key] = [placeCache(), new URL(path, url).href];
    const cached = await cache?.match(key).catch(() => undefined);
    const response = cached ?? (await this.#object(new Request(new URL(path, "https://object"))));
    if (response.status === 404) {
      await response.body?.cancel();
      if (this.#nothing.size < NOTHINGS) this.#nothing.add(path);
      return undefined;
    }
    const copy: Copy = { body: await bodyOf(response), type: response.headers.get("content-type") ?? "application/octet-stream" };
    this.#hold(path, copy);
    if (!cached) await cache?.put(key, new Response(copy.body, { headers: { "content-type": copy.type, "cache-control": FOR_EVER } })).catch(() => {});
    return copy;
  }

  #hold(path: string, copy: Copy): void {
    // It came before, to somebody else who asked.
    if (this.#held.has(path)) return;
    this.#held.set(path, copy);
    this.#bytes += copy.body.length;
    for (const [oldest, { body }] of this.#held) {
      if (this.#bytes <= HELD) return;
      this.#held.delete(oldest);
      this.#bytes -= body.length;
    }
  }

  #object(request: Request): Promise<Response> {
    return this.#waited(() => publicationOf(this.#host).fetch(request));
  }

  /** Asks an object, unless too many wait for one already. */
  async #waited(ask: () => Promise<Response>): Promise<Response> {
    if (this.#waiting >= this.#most) throw refuse("busy", "", "too much at once; come again after the seconds of `retry-after`");
    this.#waiting += 1;
    try {
      return await ask();
    } catch (error) {
      this.#host.onError?.(error);
      throw away();
    } finally {
      this.#waiting -= 1;
    }
  }
}

/** The cache that the isolates of one place share, on platforms that have one. */
function placeCache(): Cache | undefined {
  return (globalThis.caches as { default?: Cache } | undefined)?.default;
}

function away(): Error {
  return refuse("busy", "", "what is asked for cannot be reached now; come again after the seconds of `retry-after`");
}

function nothing(): Error {
  return refuse("not-found", "", "nothing is published under this address");
}

async function bodyOf(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  if (!response.ok) {
    await response.body?.cancel();
    throw away();
  }
  return new Uint8Array(await response.arrayBuffer());
}
