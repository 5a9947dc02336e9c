/** How the handler speaks to the objects: one message, one answer; and what is done where an object cannot answer. */
import { Refusal, type Reason, type Saying } from "./problem.js";

/** As much of a Durable Object's namespace as is used here. */
export interface Namespace {
  idFromName(name: string): unknown;
  get(id: never): { fetch(url: string, init: { method: string; body: string }): Promise<Response> };
}

/** What an object answers: a value, or why not. */
export type Told<Value> = { value: Value } | { reason: Reason; saying?: Saying };

/** How often a message is sent where the object says that it may be sent again; and the longest wait before, ms. */
const [TRIES, LONGEST_WAIT] = [3, 200];

/**
 * Sends a message to the object of a name.
 *
 * Every message is one that may be sent again. Where the object moved or broke, a new stub is asked, after a wait drawn by
 * chance (a stub is never used again after an error); where it is overloaded, nobody makes it worse. In the end it is `busy`.
 */
export async function tell<Value>(namespace: Namespace, name: string, message: unknown): Promise<Value> {
  const body = JSON.stringify(message);
  for (let tried = 1; ; tried++) {
    try {
      const response = await namespace.get(namespace.idFromName(name) as never).fetch(`https://object/${encodeURIComponent(name)}`, { method: "POST", body });
      if (response.status === 503) throw new Refusal("busy");
      if (!response.ok) throw new Error(`the object answered ${response.status}`);
      const told = (await response.json()) as Told<Value>;
      if ("reason" in told) throw new Refusal(told.reason, told.saying);
      return told.value;
    } catch (error) {
      if (error instanceof Refusal) throw error;
      const { overloaded, retryable } = error as { overloaded?: boolean; retryable?: boolean };
      if (overloaded || !retryable || tried === TRIES) throw new Refusal("busy");
      await new Promise((resolve) => setTimeout(resolve, Math.random() * LONGEST_WAIT * tried));
    }
  }
}

/** The shard that a person's claims are in: the same for the same number of shards, 1 to 256. */
export function shardOf(person: Uint8Array, shards: number): number {
  return person.reduce((rest, byte) => (rest * 256 + byte) % shards, 0);
}

/** The name of a shard's object. */
export const shardName = (shard: number) => `shard ${shard}`;
/** The name of a coupon's root. */
export const rootName = (coupon: string) => `coupon ${coupon}`;
