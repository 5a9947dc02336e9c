/**
 * Follows what a shop publishes, trusting nobody in between: heads go forward only, packs are taken by their hash, and whatever
 * is refused changes nothing.
 */
import { TactfulError, refuse } from "../errors.js";
import type { Timestamp } from "../types.js";
import { patched } from "./delta.js";
import { type Authority, type Content, type Head, LARGEST_DOCUMENT, MOST_STEPS, type Trust, digest, openAuthority, openHead, readHead } from "./documents.js";
import type { Get } from "./get.js";

/** Bytes with their hash. */
export interface Held {
  sha256: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** Who follows. */
export interface Follower {
  /** The last good head. */
  readonly head: Head | undefined;
  /** The authorities up to the one of the last good head, as texts. */
  readonly authorities: readonly string[];
  /** Takes a head; undefined where it is the one that is known. Throws where it is refused. */
  take(text: string): Promise<Head | undefined>;
  /** Asks for the head, and takes it. */
  look(): Promise<Head | undefined>;
  /** Gets a pack or an index, by a delta where there is one from what is held. */
  content(wanted: Content, held?: Held): Promise<Held>;
}

/** Begins to follow; `get` reads from whoever serves. */
export function follower(get: Get, trust: Trust, now: () => Timestamp): Follower {
  const texts: string[] = [];
  let authority: Authority | undefined;
  let head: Head | undefined;

  /** The authority of a version; it and those on the way to it are kept once a head of it was taken. */
  const climbed = async (version: number): Promise<{ next: Authority; added: string[] }> => {
    const from = authority?.version ?? trust.version - 1;
    if (version < Math.max(from, trust.version)) throw refuse("untrusted-head", "/authority", `the head is of authority ${version}, and ${from} is known already`);
    if (version - from > MOST_STEPS) throw refuse("untrusted-authority", "", `there are more than ${MOST_STEPS} authorities to follow`);
    const added: string[] = [];
    let next = authority;
    for (let step = from + 1; step <= version; step++) {
      const before: Trust = next ?? trust;
      const read = async (again?: "again") => {
        const text = textOf(await get(`/v1/authority/${step}`, LARGEST_DOCUMENT, again));
        return { text, opened: await openAuthority(text, before, step) };
      };
      const { text, opened } = await read().catch(() => read("again"));
      next = opened;
      added.push(text);
    }
    return { next: next!, added };
  };
  const take = async (text: string): Promise<Head | undefined> => {
    const known = head;
    if (text === known?.envelope) return undefined;
    const { next, added } = await climbed(readHead(text).authority.version);
    const opened = await openHead(text, next, now(), known);
    if (authority && next.shop !== authority.shop) throw refuse("untrusted-head", "", "the head is of another shop");
    // Another head came in between: this one is checked against that.
    if (head !== known) return take(text);
    if (opened.entry === known?.entry) return undefined;
    authority = next;
    texts.push(...added);
    return (head = opened);
  };
  return {
    get head() {
      return head;
    },
    authorities: texts,
    take,
    look: async () => take(textOf(await get("/v1/head", LARGEST_DOCUMENT))),
    content: async (wanted, held) => {
      if (held?.sha256 === wanted.sha256) return held;
      const whole = async (again?: "again") => checked(wanted, await get(`/v1/packs/${wanted.sha256}`, wanted.bytes, again));
      return (held && (await byDelta(get, wanted, held).catch(() => undefined))) ?? whole().catch(() => whole("again"));
    },
  };
}

/** A delta larger than what it makes is not worth having, nor is one that makes something else. */
async function byDelta(get: Get, wanted: Content, held: Held): Promise<Held> {
  const delta = await get(`/v1/deltas/${wanted.sha256}/${held.sha256}`, wanted.bytes);
  return checked(wanted, patched(held.bytes, delta, wanted.bytes));
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

async function checked({ sha256, bytes: length }: Content, bytes: Uint8Array<ArrayBuffer>): Promise<Held> {
  if (bytes.length !== length || (await digest(bytes)) !== sha256) throw refuse("wrong-pack", "", "what was served is not what was published");
  return { sha256, bytes };
}

/** Does a fault of asking say only that nothing is published yet? Who has a pack of their own until then goes on with it. */
export function isEarly({ head }: Follower, error: unknown): boolean {
  return !head && error instanceof TactfulError && error.code === "not-found";
}
