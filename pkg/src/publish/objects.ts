/** What the objects of a publication and its handler have in common. */
import { TactfulError, refuse } from "../errors.js";
import { problem } from "../edge/http.js";
import type { Timestamp } from "../types.js";
import type { Trust } from "./documents.js";

/** As much of a Durable Object's namespace as is used here. */
export interface Objects {
  idFromName(name: string): unknown;
  get(id: never): { fetch(request: Request | string, init?: RequestInit): Promise<Response> };
}

/** What a shop's publication needs of its platform, its handler and its objects alike. */
export interface PublicationHost {
  /** Who is trusted to say who publishes: version, roots and threshold of the first authority, or of a later one. */
  trust: Trust;
  /** The namespace of `Publication`. */
  publication: Objects;
  /** The namespace of `LiveHub`. */
  hub: Objects;
  /** How many hubs share the open pages, 1 to 256; it may change at any time. */
  hubs: number;
  /** Pages that listen at one hub; more are told to ask now and then instead. 1,000 where missing. */
  listeners?: number;
  /** Requests of one isolate that wait for an object; above that it answers from what it has in hand. 256 where missing. */
  most?: number;
  now?: () => Timestamp;
  /** Told of errors that are ours. */
  onError?: (error: unknown) => void;
}

/** What a hub is told. */
export interface News {
  version: number;
  /** The head's document, in one line. */
  envelope: string;
}

/** The object that holds everything there is. */
export function publicationOf({ publication }: PublicationHost): ReturnType<Objects["get"]> {
  return publication.get(publication.idFromName("publication") as never);
}

/** Where open pages listen. */
export type Hubs = Pick<PublicationHost, "hub" | "hubs">;

/** One of the hubs. */
export function hubOf({ hub }: Hubs, number: number): ReturnType<Objects["get"]> {
  return hub.get(hub.idFromName(`hub ${number}`) as never);
}

/** Tells all hubs a head or what is answered, and finds the first that could not be told. */
export async function tellHubs(host: Hubs, path: "announce" | "answered", news: unknown): Promise<PromiseRejectedResult | undefined> {
  const tell = async (number: number) => {
    const response = await hubOf(host, number).fetch(`https://object/${path}`, { method: "POST", body: JSON.stringify(news), signal: AbortSignal.timeout(TOLD_MS) });
    if (!response.ok) throw new Error(`hub ${number} answered ${response.status}`);
  };
  const told = await Promise.allSettled(Array.from({ length: host.hubs }, (_, number) => tell(number)));
  return told.find((one) => one.status === "rejected");
}

/** Nobody waits longer than this for a hub, ms. */
const TOLD_MS = 3_000;

/** Statuses of refusals; every other error is ours. */
const STATUS: Readonly<Record<string, number>> = {
  malformed: 400, untrusted: 403, "not-found": 404, "not-next": 409, "too-large": 413, "missing-pack": 422, "wrong-pack": 422, "wrong-delta": 422, busy: 503,
};

/** Answers what went wrong, without a word about the inside. */
export function refused(error: unknown, onError?: (error: unknown) => void): Response {
  const code = error instanceof TactfulError ? error.code : "";
  const status = STATUS[code];
  if (!(status && error instanceof TactfulError)) {
    onError?.(error);
    return problem(500, refuse("internal", "", "it is not known whether it was done; send the same again"));
  }
  const response = problem(status, error);
  if (status === 503) response.headers.set("retry-after", String(RETRY_AFTER_S + Math.floor(Math.random() * RETRY_AFTER_S)));
  return response;
}

/** Who was told `busy` may come again after so many seconds, or up to twice as many: it is drawn. */
const RETRY_AFTER_S = 5;
