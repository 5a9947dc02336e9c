/**
 * The Durable Object at which open pages listen: it says what the publication tells it to all of them, and knows nothing else.
 *
 * Pages by server-sent events keep it awake; pages by WebSocket do not (the platform hibernates it and answers their signs of
 * life by itself).
 */
import { refuse } from "../errors.js";
import { LARGEST_DOCUMENT, readHead } from "./documents.js";
import { type News, type PublicationHost, publicationOf, refused } from "./objects.js";
import { limited } from "../edge/http.js";

/** A page that hears nothing for twice as long takes the connection for dead, ms. Six signs an hour are 18 bytes. */
export const SIGN_OF_LIFE_MS = 600_000;
/** Pages at one hub, where the host does not say. */
const LISTENERS = 1_000;
/** A hub that is full looks who is still there, at most once in so many ms. */
const LOOK_AGAIN_MS = 60_000;
/** Topics of which pages are told in an hour that they are answered, 23 bytes each: of those beyond they hear when they ask. */
const MOST_ANSWERED = 12;
/** Longest list of topics, bytes: one with all that were merged into it. */
const LARGEST_ANSWERED = 65_536;
const HOUR_MS = 3_600_000;
/** A page that took nothing of so many messages is gone, or too slow. */
const BEHIND = 16;

/** As much of a WebSocket at its server as is used here. */
interface Socket {
  send(message: string): void;
  close(code?: number, reason?: string): void;
}

/** As much of a Durable Object's state as is used here. */
export interface HubState {
  acceptWebSocket(socket: Socket): void;
  getWebSockets(): Socket[];
  setWebSocketAutoResponse(pair: unknown): void;
}

/** What workerd has beside the standards. */
const platform = globalThis as unknown as {
  WebSocketPair: new () => { 0: unknown; 1: Socket };
  WebSocketRequestResponsePair: new (request: string, response: string) => unknown;
};

type Writer = WritableStreamDefaultWriter<Uint8Array>;
const encoder = new TextEncoder();

/** The object's work, without its class. */
export class Hub {
  readonly #state: HubState;
  readonly #host: PublicationHost;
  readonly #writers = new Set<Writer>();
  #news: News | undefined;
  #asking: Promise<void> | undefined;
  #signs: ReturnType<typeof setInterval> | undefined;
  #looked = 0;
  /** Topics of which pages were told in this hour, counted since 1970. */
  #answered = { hour: 0, topics: new Set<string>() };

  constructor(state: HubState, host: PublicationHost) {
    this.#state = state;
    this.#host = host;
    state.setWebSocketAutoResponse(new platform.WebSocketRequestResponsePair("ping", "pong"));
  }

  async fetch(request: Request): Promise<Response> {
    try {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === "/announce") {
        this.#tell(JSON.parse(await limited(request, 4 * LARGEST_DOCUMENT)) as News);
        return new Response(null, { status: 204 });
      }
      if (pathname === "/answered") {
        this.#answer(JSON.parse(await limited(request, LARGEST_ANSWERED)) as string[]);
        return new Response(null, { status: 204 });
      }
      if (this.#isFull()) throw refuse("busy", "", "too many pages listen here; ask for the head instead");
      await this.#ask();
      const known = Number(request.headers.get("last-event-id") ?? searchParams.get("version") ?? 0);
      return request.headers.get("upgrade") === "websocket" ? this.#socket(known) : this.#stream(known, request.signal);
    } catch (error) {
      return refused(error, this.#host.onError);
    }
  }

  /** Nothing that a page says is listened to, but its end. */
  gone(socket: Socket): void {
    socket.close(1000);
  }

  /** An object that was just made asks what is published; after that it is told. */
  async #ask(): Promise<void> {
    if (this.#news) return;
    this.#asking ??= (async () => {
      const response = await publicationOf(this.#host).fetch("https://object/v1/head");
      const envelope = await response.text();
      if (!response.ok && response.status !== 404) throw new Error(`the publication answered ${response.status}`);
      if (response.ok) this.#tell({ version: readHead(envelope).version, envelope });
    })().finally(() => (this.#asking = undefined));
    await this.#asking;
  }

  #tell(news: News): void {
    if (news.version <= (this.#news?.version ?? 0)) return;
    this.#news = news;
    this.#say(eventOf(news), news.envelope);
  }

  /** Says which topics are answered, the same to everybody: a page looks for its own among them, and asks nobody. */
  #answer(topics: readonly string[]): void {
    const hour = Math.floor((this.#host.now ?? Date.now)() / HOUR_MS);
    if (this.#answered.hour !== hour) this.#answered = { hour, topics: new Set() };
    const told = this.#answered.topics;
    const news = topics.filter((topic) => !told.has(topic)).slice(0, MOST_ANSWERED - told.size);
    for (const topic of news) told.add(topic);
    // No event, so that a page that knows heads only passes over it.
    if (news.length > 0) this.#say(`answered: ${news.join(" ")}\n\n`, `answered: ${news.join(" ")}`);
  }

  #say(event: string, message: string): void {
    for (const socket of this.#state.getWebSockets()) attempt(() => socket.send(message));
    const bytes = encoder.encode(event);
    for (const writer of this.#writers) this.#write(writer, bytes);
  }

  #socket(known: number): Response {
    const { 0: client, 1: server } = new platform.WebSocketPair();
    this.#state.acceptWebSocket(server);
    if (this.#news && this.#news.version > known) server.send(this.#news.envelope);
    return new Response(null, { status: 101, webSocket: client } as ResponseInit);
  }

  #stream(known: number, signal: AbortSignal | undefined): Response {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    this.#writers.add(writer);
    // NOTE: workerd tells that a page went with `enable_request_signal`; without it the next write finds out.
    signal?.addEventListener("abort", () => this.#end(writer));
    this.#signs ??= setInterval(() => this.#live(), SIGN_OF_LIFE_MS);
    // A first line at once, so that every proxy on the way lets the answer begin; nginx needs the header too, to pass on what is short.
    this.#write(writer, encoder.encode(this.#news && this.#news.version > known ? eventOf(this.#news) : ":\n\n"));
    return new Response(readable, { headers: { "content-type": "text/event-stream", "cache-control": "no-store, no-transform", "x-accel-buffering": "no" } });
  }

  #isFull(): boolean {
    const most = this.#host.listeners ?? LISTENERS;
    if (this.#writers.size + this.#state.getWebSockets().length < most) return false;
    const now = (this.#host.now ?? Date.now)();
    if (now - this.#looked >= LOOK_AGAIN_MS) {
      this.#looked = now;
      this.#live();
    }
    return true;
  }

  /** A sign of life to every page: what cannot be written to any more is let go of. */
  #live(): void {
    for (const writer of this.#writers) this.#write(writer, encoder.encode(":\n\n"));
  }

  #write(writer: Writer, bytes: Uint8Array): void {
    if ((writer.desiredSize ?? 0) < -BEHIND) this.#end(writer);
    else writer.write(bytes).catch(() => this.#end(writer));
  }

  #end(writer: Writer): void {
    if (!this.#writers.delete(writer)) return;
    void writer.abort().catch(() => {});
    if (this.#writers.size > 0) return;
    clearInterval(this.#signs);
    this.#signs = undefined;
  }
}

/** A head as a server-sent event. */
function eventOf({ version, envelope }: News): string {
  return `id: ${version}\nevent: head\ndata: ${envelope}\n\n`;
}

/** A socket may close at any time. */
function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // It is gone; the platform lets go of it.
  }
}
