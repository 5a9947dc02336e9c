/** Reading from a server that may be slow, endless or hostile: nothing is read beyond a number of bytes, and nobody waits for ever. */
import { refuse } from "../errors.js";

/**
 * Reads what lies under a path such as `/v1/head`; throws where there is more than `most` bytes, or nothing. `again` is told
 * where what came before was wrong: no copy on the way will do.
 */
export type Get = (path: string, most: number, again?: "again") => Promise<Uint8Array<ArrayBuffer>>;

/** Whatever answers a request. */
export type Fetch = (request: Request) => Promise<Response>;

/** Who sends nothing for so long, ms, sends nothing at all. */
export const STALL_MS = 10_000;
/** Longest time for everything together, ms: who sends a byte now and then is not waited for. */
const LONGEST_MS = 60_000;

/** Elsewhere there is no cache in between, and not every platform takes the word. */
const IN_BROWSER = typeof document !== "undefined";

/** Makes a reader of what lies under an address. */
export function reader(from: URL | string, fetch: Fetch, stallMs = STALL_MS): Get {
  return async (path, most, again) => {
    const patience = patient(stallMs, LONGEST_MS);
    try {
      // What a browser has of a head is asked about by its tag.
      const cache = again ? "reload" : path === "/v1/head" ? "no-cache" : undefined;
      const request = new Request(addressOf(path, from), { signal: patience.signal, ...(cache && IN_BROWSER && { cache }) });
      const response = await patience.race(fetch(request));
      // Without a head nothing is published; without anything that a head names, something is wrong.
      if (response.status === 404 && path === "/v1/head") throw refuse("not-found", "", `nothing is published at ${request.url}`);
      if (!response.ok) throw refuse("not-fetched", "", `${request.url} answered ${response.status}`);
      return await limitedBytes(response, most, patience);
    } finally {
      patience.end();
    }
  };
}

/** The address of a path below the place where a shop publishes, which may be a folder of a static host. */
export function addressOf(path: string, from: URL | string): URL {
  const folder = new URL(from, globalThis.location?.href);
  if (!folder.pathname.endsWith("/")) folder.pathname += "/";
  return new URL(path.slice(1), folder);
}

/** The bytes of an answer, of which there may be `most`. */
async function limitedBytes(response: Response, most: number, patience: Patience): Promise<Uint8Array<ArrayBuffer>> {
  const stream = response.body?.getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  while (stream) {
    const { done, value } = await patience.race(stream.read());
    if (done) break;
    length += value.length;
    if (length > most) {
      patience.stop();
      void stream.cancel().catch(() => {});
      throw refuse("too-large", "", `the answer is above the maximum of ${most} bytes`);
    }
    parts.push(value);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Waits for one thing after the other, for each no longer than a stall and for all no longer than that. */
export interface Patience {
  signal: AbortSignal;
  /** Waits for something, no longer than a stall or the time that is told. */
  race<T>(what: Promise<T>, ms?: number): Promise<T>;
  /** Gives up at once. */
  stop(): void;
  /** Nothing is waited for any more. */
  end(): void;
}

/** Begins to wait. */
export function patient(stallMs: number, longestMs: number): Patience {
  const controller = new AbortController();
  const { signal } = controller;
  let reject: (error: Error) => void = () => {};
  const stalled = new Promise<never>((_, no) => (reject = no));
  stalled.catch(() => {});
  const give = (): void => {
    reject(refuse("not-fetched", "", "the server does not go on"));
    controller.abort();
  };
  let stall = setTimeout(give, stallMs);
  const whole = setTimeout(give, longestMs);
  return {
    signal,
    race: (what, ms = stallMs) => {
      clearTimeout(stall);
      stall = setTimeout(give, ms);
      return Promise.race([what, stalled]);
    },
    stop: give,
    end: () => {
      clearTimeout(stall);
      clearTimeout(whole);
    },
  };
}

/** What came within so many ms; undefined where nothing did. */
export async function within<T>(ms: number, what: Promise<T>): Promise<{ value: T } | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), ms)));
  try {
    return await Promise.race([what.then((value) => ({ value })), late]);
  } finally {
    clearTimeout(timer);
  }
}
