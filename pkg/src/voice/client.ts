/** What a page asks of `/v1/voice`: the same requests from every shopper, with no cookie and nothing that says who asks. */
import type { Answered, PublicTopic, Said } from "./topics.js";

/** How sending ended: `too-many` until tomorrow, `away` where the edge did not answer, `refused` for good. */
export type Sent = "sent" | "too-many" | "away" | "refused";

/** The voice of a shop, as a page speaks to it. */
export interface VoiceClient {
  /** What everybody may read, most wanted first. Rejects where the edge does not answer. */
  topics(): Promise<PublicTopic[]>;
  /** What the shop did, about topics that are not public as well. Rejects where the edge does not answer. */
  answers(): Promise<Answered[]>;
  /** The shopper said yes: gets tokens ahead, so that their time tells nothing of what is said when. Before, nothing is sent. */
  allow(): void;
  say(said: Said): Promise<Sent>;
  vote(id: string): Promise<Sent>;
}

/** Tokens that are got ahead: the same number by everybody. */
const AHEAD = 3;
/** What every request of a shopper has in common. */
const ANONYMOUS = { credentials: "omit", referrerPolicy: "no-referrer", redirect: "error" } as const;
const CONSENT = { "tactful-consent": "given" };
/** Refusals after which another token helps. */
const STALE = ["wrong-token", "spent"];

/** The voice at an address, such as `/v1/voice`. */
export function voiceAt(address: URL | string): VoiceClient {
  const base = new URL(address, document.baseURI);
  const tokens: Promise<string>[] = [];
  /** Tokens of what was sent and not answered: sent again with the same, it counts once. */
  const pending = new Map<string, string>();
  const get = async () => (await import("./tokens.js")).nextToken(at("/tokens"), CONSENT);
  const at = (path: string) => new URL(`${base.pathname}${path}`, base);
  const read = async (path: string): Promise<Record<string, unknown>> => {
    const response = await fetch(at(path), ANONYMOUS);
    if (!response.ok) throw new Error(`${path} answers ${response.status}`);
    return (await response.json()) as Record<string, unknown>;
  };
  const send = async (path: string, what: string, body?: string, again = true): Promise<Sent> => {
    try {
      const token = pending.get(what) ?? (await (tokens.shift() ?? get()));
      pending.set(what, token);
      const headers = { ...CONSENT, authorization: `PrivateToken token="${token}"`, ...(body !== undefined && { "content-type": "application/json" }) };
      const response = await fetch(at(path), { ...ANONYMOUS, method: "POST", headers, ...(body !== undefined && { body }) });
      if (response.status >= 500) return "away";
      // Read to the end also where only the status counts: else a page that goes away counts it as broken off.
      const { code = "" } = (await response.json()) as { code?: string };
      pending.delete(what);
      if (response.ok) return "sent";
      return again && STALE.includes(code) ? await send(path, what, body, false) : "refused";
    } catch (error) {
      return (error as { code?: unknown }).code === "too-many" ? "too-many" : "away";
    }
  };
  return {
    topics: async () => ((await read(""))["topics"] ?? []) as PublicTopic[],
    answers: async () => ((await read("/answers"))["answers"] ?? []) as Answered[],
    allow() {
      while (tokens.length < AHEAD) {
        const token = get();
        // One that is being spent is in the list no more.
        token.catch(() => tokens.includes(token) && tokens.splice(tokens.indexOf(token), 1));
        tokens.push(token);
      }
    },
    say: (said) => send("", said.id, bodyOf(said)),
    vote: (id) => send(`/${id}/votes`, `vote ${id}`),
  };
}

/** What is sent when somebody says something: this, and a token. */
export function bodyOf({ id, kind, text, language, about }: Said): string {
  return JSON.stringify({ id, kind, text, language, ...(about !== undefined && { about }) });
}
