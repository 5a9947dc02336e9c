/** How a page hears of heads: by server-sent events, or by a socket. Both resolve when the server ends them, and throw when it fails. */
import { refuse } from "../errors.js";
import { LARGEST_DOCUMENT } from "../publish/documents.js";
import { STALL_MS, addressOf, patient } from "../publish/get.js";
import { LONGEST_MS } from "../timer.js";

/** What a page listens with. */
export interface Listening {
  from: URL | string;
  /** The version that the page decides on. */
  version: number;
  /** Aborted when the page wants to hear no more. */
  signal: AbortSignal;
  /** Takes a head, or topics that are answered behind the word; where that fails, so does listening. */
  take: (text: string) => Promise<void>;
}

/** Before the ids of topics that are answered, which have spaces between. */
export const ANSWERED = "answered: ";

/** There is nothing to listen to here: ask now and then. */
export class Deaf extends Error {
  override readonly name = "Deaf";
}

/** The server asks to be left alone for a while. */
export class Later extends Error {
  override readonly name = "Later";
  /** Milliseconds. */
  readonly afterMs: number;

  constructor(afterMs: number) {
    super(`the server asks to come again in ${afterMs} ms`);
    this.afterMs = afterMs;
  }
}

/** A server that gives no sign of life for so long is gone, ms: it gives one every ten minutes. */
const SILENCE_MS = 1_260_000;
/** A socket is asked for a sign of life after so long, and given so long for it, ms. */
const [PING_MS, PONG_MS] = [600_000, 30_000];
/** Longest event, letters: a head is at most 64 KB, and its quotes are escaped. */
const LONGEST = 2 * LARGEST_DOCUMENT;
/** Longest time that a server may ask for, ms. */
const LONGEST_AFTER_MS = 600_000;

/** Listens to server-sent events. It is no `EventSource`, since that reads whatever a server sends, and comes back in its own way. */
export async function events({ from, version, signal, take }: Listening): Promise<void> {
  const patience = patient(SILENCE_MS, LONGEST_MS);
  const stop = (): void => patience.stop();
  signal.addEventListener("abort", stop);
  try {
    const response = await patience.race(fetch(addressOf(`/v1/live?version=${version}`, from), { signal: patience.signal, cache: "no-store" }), STALL_MS);
    if (response.status === 503 || response.status === 429) throw new Later(Math.min(Number(response.headers.get("retry-after")) * 1_000 || 0, LONGEST_AFTER_MS));
    if (response.status >= 500) throw refuse("not-fetched", "", `the events answered ${response.status}`);
    if (!response.ok || !response.body || !/^text\/event-stream\b/.test(response.headers.get("content-type") ?? "")) throw new Deaf("there are no events here");
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    for (let text = ""; ; ) {
      const { done, value } = await patience.race(reader.read());
      if (done) return;
      const blocks = (text + decoder.decode(value, { stream: true })).split("\n\n");
      text = blocks.pop() ?? "";
      if (text.length > LONGEST) throw refuse("too-large", "", "an event does not end");
      for (const block of blocks) {
        const lines = block.split("\n").filter((line) => line.startsWith("data: "));
        const said = block.startsWith(ANSWERED) ? block : lines.map((line) => line.slice(6)).join("\n");
        if (said) await take(said);
      }
    }
  } finally {
    signal.removeEventListener("abort", stop);
    patience.stop();
    patience.end();
  }
}

/** Listens to a socket, which costs a server less while nothing happens. */
export function socket({ from, version, signal, take }: Listening): Promise<void> {
  const address = addressOf(`/v1/live?version=${version}`, from);
  address.protocol = address.protocol.replace("http", "ws");
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address);
    let pong: ReturnType<typeof setTimeout> | undefined;
    const ping = setInterval(() => {
      socket.send("ping");
      pong = setTimeout(() => socket.close(), PONG_MS);
    }, PING_MS);
    const end = (): void => {
      clearInterval(ping);
      clearTimeout(pong);
      signal.removeEventListener("abort", end);
      socket.close();
      resolve();
    };
    signal.addEventListener("abort", end);
    socket.onerror = () => reject(refuse("not-fetched", "", "the socket failed"));
    socket.onclose = end;
    socket.onmessage = ({ data }) => {
      clearTimeout(pong);
      if (data === "pong") return;
      Promise.resolve(typeof data === "string" ? take(data) : undefined).catch((error: unknown) => {
        reject(error);
        end();
      });
    };
  });
}
