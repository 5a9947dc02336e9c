/**
 * `tactful/voice`: what shoppers say, ask and vote for, without an identity, and what the shop answers.
 *
 * | request | who | answer |
 * |---|---|---|
 * | `GET /v1/voice` | anybody | topics that the shop made public, with votes, states and answers; the same for everybody |
 * | `GET /v1/voice/answers` | anybody | what the shop did about any topic, without the shopper's words |
 * | `GET /v1/voice/answered` | anybody | ids of questions and complaints that the shop has answered |
 * | `GET`, `POST /v1/voice/tokens` | shopper | the issuer's directory; a blind signature (RFC 9578, type 2) |
 * | `POST /v1/voice` | shopper | 201, or 200 where it was kept before |
 * | `POST /v1/voice/{id}/votes` | shopper | 201, or 200 where the same token had voted for it |
 * | `GET /v1/voice/inbox`, `/v1/voice/export`, `/v1/voice/{id}/alike` | shop | pages of topics, all of them as JSON or CSV, those with the same words |
 * | `GET`, `PUT /v1/voice/supply` | shop | what `tactful supply` found last; null where nothing did |
 * | `PATCH /v1/voice/{id}`, `POST /v1/voice/{id}/merge` | shop | the topic as it is now |
 *
 * A shopper's request has `tactful-consent: given`, no cookie, and to say or vote `authorization: PrivateToken token="…"`
 * (RFC 9577). Where Global Privacy Control objects nothing is taken. The shop has `authorization: Bearer KEY`.
 */
import { TactfulError, must, refuse } from "../errors.js";
import { bodyBytes, jsonOf, letRead, methods, opens, problem } from "../edge/http.js";
import { fromUrl, toUrl } from "../till/text.js";
import type { Timestamp } from "../types.js";
import type { Ask } from "./desk.js";
import { csvOf } from "./csv.js";
import { readChange, readInto, readSaid } from "./read.js";
import { networkOf } from "./network.js";
import { REQUEST_BYTES, challengeOf } from "./pass.js";
import { type Hubs, tellHubs } from "../publish/objects.js";
import { readSupply } from "./supply.js";
import { ID, type Topic } from "./topics.js";

export { VoiceDesk } from "./desk.js";
export { type Supply, type ToldSupply, type Warning, readSupply } from "./supply.js";
export type * from "./topics.js";
export { LONGEST, plain } from "./text.js";

/** What voice needs of its platform. */
export interface VoiceHost {
  /** The namespace of `VoiceDesk`. */
  desk: { idFromName(name: string): unknown; get(id: never): { fetch(request: Request): Promise<Response> } };
  /** Opens the desk to the shop. Without one nobody reads what was not made public. */
  key?: string | undefined;
  /** Where open pages listen to heads (`tactful/publish`): they hear of a question or complaint that is answered, too. */
  live?: Hubs;
  /** Origins of pages elsewhere that may ask, such as `https://shop.example`. */
  origins?: readonly string[];
  /** The shopper's address, of which only a salted hash is kept, for the day; `cf-connecting-ip` where missing. */
  address?: (request: Request) => string | undefined;
  /** Tokens for a network and for all in a day; 60 and 20,000 where missing. A household, an office or a carrier is one network. */
  tokens?: { network: number; day: number };
  /** Defaults to `Date.now`. */
  now?: () => Timestamp;
  /** Told of errors that are ours. */
  onError?: (error: unknown) => void;
}

/** Bytes of what a shopper and the shop may send. */
const [LARGEST_SAID, LARGEST_CHANGE, LARGEST_SUPPLY] = [8_192, 32_768, 1_000_000];
const TOKENS = { network: 60, day: 20_000 };
/** How long anybody may keep what everybody may read, seconds; and the issuer's directory. */
const [FRESH_S, DIRECTORY_S] = [20, 300];
/** Topics that an export reads at once. */
const BATCH = 500;
const STATUS: Record<string, number> = { "too-large": 413, gpc: 403, "no-consent": 403, "no-key": 401, "no-token": 401, "not-found": 404 };

/** Makes a handler of `/v1/voice`. */
export function createVoice(host: VoiceHost): (request: Request) => Promise<Response> {
  must([host, "host", "`{ desk }`", "desk"]);
  const voice = new Voice(host);
  return async (request) => {
    const response = await voice.answer(request).catch((error: unknown) => {
      if (error instanceof TactfulError) return problem(STATUS[error.code] ?? 400, error);
      host.onError?.(error);
      // What is sent again counts once.
      return problem(503, refuse("internal", "", "nothing was kept; send the same again later"));
    });
    const told = new Response(response.body, response);
    if (!told.headers.has("cache-control")) told.headers.set("cache-control", "no-store");
    if (letRead(told, request, host.origins ?? []) && request.method === "OPTIONS") {
      told.headers.set("access-control-allow-methods", "GET, POST, PUT, PATCH");
      told.headers.set("access-control-allow-headers", "authorization, content-type, tactful-consent");
    }
    return told;
  };
}

class Voice {
  readonly #host: VoiceHost;

  constructor(host: VoiceHost) {
    this.#host = host;
  }

  async answer(request: Request): Promise<Response> {
    if (request.method === "OPTIONS") return new Response(null, { status: 204 });
    const [, first = "", second] = /^\/v1\/voice(?:\/([\w-]+))?(?:\/(votes|merge|alike))?$/.exec(new URL(request.url).pathname) ?? [undefined, "?"];
    if (second && ID.test(first)) return this.#ofTopic(request, first, second);
    if (second === undefined && ID.test(first)) return methods(request, ["PATCH"]) ?? this.#change(request, first);
    switch (second === undefined && first) {
      case "": return methods(request, ["GET", "POST"]) ?? (request.method === "GET" ? this.#public(request, "shown") : this.#say(request));
      case "answers": return methods(request, ["GET"]) ?? this.#public(request, "answers");
      case "answered": return methods(request, ["GET"]) ?? this.#public(request, "answered");
      case "tokens": return methods(request, ["GET", "POST"]) ?? (request.method === "GET" ? this.#directory() : this.#issue(request));
      case "inbox": return methods(request, ["GET"]) ?? this.#inbox(request);
      case "supply": return methods(request, ["GET", "PUT"]) ?? this.#supply(request);
      case "export": return methods(request, ["GET"]) ?? this.#export(request);
    }
    throw refuse("not-found", "", "there is no such address below /v1/voice");
  }

  async #ofTopic(request: Request, id: string, what: string): Promise<Response> {
    const refused = methods(request, [what === "alike" ? "GET" : "POST"]);
    if (refused) return refused;
    if (what === "votes") return this.#vote(request, id);
    await this.#shop(request);
    if (what === "alike") return this.#ask({ ask: "alike", id });
    return this.#told(await this.#ask({ ask: "merge", id, into: readInto(await jsonOf(request, LARGEST_CHANGE)) }));
  }

  /** What everybody may read; whoever has it already is told that nothing changed. */
  async #public(request: Request, ask: "shown" | "answers" | "answered"): Promise<Response> {
    const told = await this.#ask({ ask });
    const headers = { "cache-control": `public, max-age=${FRESH_S}`, etag: `"${ask}-${told.headers.get("x-edition")}"` };
    const known = request.headers.get("if-none-match")?.replace(/\bW\//g, "").split(/\s*,\s*/).includes(headers.etag);
    return known ? new Response(null, { status: 304, headers }) : Response.json(await told.json(), { headers });
  }

  async #directory(): Promise<Response> {
    const told = await this.#ask({ ask: "directory" });
    return new Response(told.body, { headers: { "content-type": "application/private-token-issuer-directory", "cache-control": `public, max-age=${DIRECTORY_S}` } });
  }

  async #issue(request: Request): Promise<Response> {
    const body = await bodyBytes(request, REQUEST_BYTES);
    consented(request);
    const address = (this.#host.address ?? ((one) => one.headers.get("cf-connecting-ip") ?? undefined))(request);
    const told = await this.#ask({ ask: "issue", request: toUrl(body), network: networkOf(address ?? ""), allowance: this.#host.tokens ?? TOKENS });
    if (!told.ok) return told;
    const signature = fromUrl((await told.json()) as string);
    return new Response(signature, { headers: { "content-type": "application/private-token-response" } });
  }

  async #say(request: Request): Promise<Response> {
    const said = readSaid(await jsonOf(request, LARGEST_SAID));
    consented(request);
    return this.#ask({ ask: "say", said, ...this.#token(request) });
  }

  async #vote(request: Request, id: string): Promise<Response> {
    await bodyBytes(request, 0);
    consented(request);
    return this.#ask({ ask: "vote", id, ...this.#token(request) });
  }

  /** The token of `authorization: PrivateToken token="…"`. */
  #token(request: Request): { token: string; issuer: string } {
    const token = /^PrivateToken +token="?([\w-]+)=*"?$/i.exec(request.headers.get("authorization") ?? "")?.[1];
    const issuer = new URL(request.url).host;
    if (token) return { token, issuer };
    throw refuse("no-token", "", `send a token for the challenge ${toUrl(challengeOf(issuer))} as \`authorization: PrivateToken token="…"\``);
  }

  async #inbox(request: Request): Promise<Response> {
    await this.#shop(request);
    const asked = new URL(request.url).searchParams;
    const sought = Object.fromEntries(["state", "kind", "show", "text", "into", "after"].flatMap((name) => (asked.get(name) ? [[name, asked.get(name)]] : [])));
    return this.#ask({ ask: "inbox", sought });
  }

  /** The last report takes the place of the one before. */
  async #supply(request: Request): Promise<Response> {
    await this.#shop(request);
    if (request.method === "GET") return this.#ask({ ask: "supply" });
    return this.#ask({ ask: "supplied", report: readSupply(await jsonOf(request, LARGEST_SUPPLY)) });
  }

  async #change(request: Request, id: string): Promise<Response> {
    await this.#shop(request);
    return this.#told(await this.#ask({ ask: "change", id, change: readChange(await jsonOf(request, LARGEST_CHANGE)) }));
  }

  /** Tells open pages where a topic is answered now; those that do not hear of it find it when they ask. */
  async #told(response: Response): Promise<Response> {
    const { live, onError } = this.#host;
    if (!live || !response.ok) return response;
    const topic = (await response.clone().json()) as Topic;
    const failed = isAnswered(topic) && (await tellHubs(live, "answered", [topic.id, ...(topic.merged ?? [])]));
    if (failed) onError?.(failed.reason);
    return response;
  }

  /** All topics, read some at a time, so that the object never holds all of them. */
  async #export(request: Request): Promise<Response> {
    await this.#shop(request);
    const isCsv = new URL(request.url).searchParams.get("format") === "csv";
    const [encoder, now] = [new TextEncoder(), this.#now()];
    let after = "";
    const body = new ReadableStream<Uint8Array>({
      start: (stream) => stream.enqueue(encoder.encode(isCsv ? csvOf() : `{"topics":[`)),
      pull: async (stream) => {
        const topics = (await (await this.#ask({ ask: "export", after, most: BATCH }, now)).json()) as Topic[];
        const text = isCsv ? topics.map(csvOf).join("") : topics.map((topic, place) => `${after || place ? "," : ""}\n${JSON.stringify(topic)}`).join("");
        stream.enqueue(encoder.encode(text));
        after = topics.at(-1)?.id ?? after;
        if (topics.length === BATCH) return;
        if (!isCsv) stream.enqueue(encoder.encode("\n]}\n"));
        stream.close();
      },
    });
    const [type, name] = isCsv ? ["text/csv; charset=utf-8", "voice.csv"] : ["application/json", "voice.json"];
    return new Response(body, { headers: { "content-type": type, "content-disposition": `attachment; filename="${name}"` } });
  }

  async #shop(request: Request): Promise<void> {
    if (!(await opens(request, this.#host.key))) throw refuse("no-key", "", "send the shop's key as `authorization: Bearer KEY`");
  }

  #ask(ask: Asked, now = this.#now()): Promise<Response> {
    const { desk } = this.#host;
    return desk.get(desk.idFromName("voice") as never).fetch(new Request("https://voice/", { method: "POST", body: JSON.stringify({ ...ask, now }) }));
  }

  #now(): Timestamp {
    return this.#host.now?.() ?? Date.now();
  }
}

/** What `GET /v1/voice/answered` tells. */
function isAnswered({ kind, state, answer }: Topic): boolean {
  return kind !== "wish" && (state === "done" || state === "not_possible" || answer !== undefined);
}

/** An ask without its time. */
type Asked = Ask extends infer One ? (One extends Ask ? Omit<One, "now"> : never) : never;

function consented(request: Request): void {
  if (request.headers.get("sec-gpc")?.trim() === "1") throw refuse("gpc", "", "Global Privacy Control objects; nothing was kept");
  if (request.headers.get("tactful-consent") !== "given") throw refuse("no-consent", "", "send `tactful-consent: given` once the shopper has said yes; nothing was kept");
}
