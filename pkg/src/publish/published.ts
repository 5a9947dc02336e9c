/** The engine of what is published now, for a handler that decides. */
import type { Tactful, Timestamp } from "../types.js";
import { must } from "../errors.js";
import { utf8 } from "../till/text.js";
import { type Content, type Trust, isStaged, packFor } from "./documents.js";
import { type Follower, type Held, follower, isEarly } from "./follow.js";
import { type Fetch, reader, within } from "./get.js";

/** What a published engine needs. */
export interface PublishedHost {
  /** The address where the shop publishes, such as `https://shop.example/`. */
  from: URL | string;
  trust: Trust;
  /** Loads an engine, such as `load` of `tactful`. */
  load: (options: { pack: Uint8Array }) => Promise<Tactful>;
  /** How to ask; the handler of `createPublication` where it runs in the same worker. `fetch` where missing. */
  fetch?: Fetch;
  /** The names that the shop gave its packs; null takes the one for everybody. */
  region?: string | null;
  language?: string | null;
  now?: () => Timestamp;
  /** The engine until anything is published; without one there is none until then. */
  until?: () => Promise<Tactful>;
  /** Keeps the platform from ending what goes on behind an answer, such as `waitUntil` of `cloudflare:workers`. */
  later?: (work: Promise<unknown>) => void;
  /** Told of heads and packs that were refused, and of a server that is away. The last good ones stay. */
  onError?: (error: unknown) => void;
}

/** An engine that is renewed while a handler lives: `createHandler` takes it. */
export interface Published {
  /** The engine for a visitor, who is told by their address, or by chance where there is none. */
  engineFor(visitor: string | null | undefined): Promise<Tactful>;
  /** Has the shop stopped this offer? */
  isStopped(offer: string): boolean;
}

/** A newer head is asked for behind an answer after so long, ms. */
const FRESH_MS = 1_000;
/** Where nobody came for so long, ms, a visitor waits for it, since what is known may be as old as that; but no longer than so. */
const [LATE_MS, WAIT_MS] = [2_000, 1_000];
/** What was asked for so long ago, ms, went with the visitor who asked. */
const GONE_MS = 5_000;

interface Engines {
  version: number;
  held: Held;
  tact: Tactful;
  staged?: { held: Held; tact: Tactful } | undefined;
}

/**
 * Makes the engine. Visitors wait for the first head, and for a moment where nobody came for a while; otherwise they are answered
 * by what is known, which is at most four seconds old where `createPublication` answers.
 */
export function published(host: PublishedHost): Published {
  must([host, "host", "`{ from, trust, load }`", "from", "trust", "load"]);
  const { now = Date.now, until, later = () => {}, onError = () => {}, fetch = globalThis.fetch.bind(globalThis) } = host;
  const following = follower(reader(host.from, fetch), host.trust, now);
  let engines: Engines | undefined;
  let asked = -Infinity;
  let asking: Promise<void> | undefined;
  /** Until then visitors wait for what is asked. */
  let patient = -Infinity;
  const tell = (error: unknown): void => {
    if (!isEarly(following, error)) onError(error);
  };
  const renew = async (): Promise<void> => {
    await following.look();
    if (following.head && following.head.version !== engines?.version) engines = await enginesOf(following, host, engines);
  };
  return {
    async engineFor(visitor) {
      const time = now();
      if (time - asked >= (asking ? GONE_MS : FRESH_MS) || !(engines || until)) {
        // Where something is asked for already, it takes its time.
        if (!asking && time - asked >= LATE_MS) patient = time + WAIT_MS;
        asked = time;
        const mine = (asking = renew().finally(() => {
          if (asking === mine) asking = undefined;
        }));
        if (engines) later(mine.catch(onError));
        else await (until ? mine.catch(tell) : mine);
      }
      if (asking && time < patient) await within(patient - time, asking.catch(() => {}));
      if (!engines && until) return until();
      const { head } = following;
      if (!engines || !head || now() >= head.expires_ms) throw new Error("nothing is published that is valid now");
      const device = visitor ? utf8(visitor) : crypto.getRandomValues(new Uint8Array(16));
      return engines.staged && head.staged && (await isStaged(head.staged, device)) ? engines.staged.tact : engines.tact;
    },
    isStopped: (offer) => following.head?.stopped.includes(offer) ?? false,
  };
}

/** The engines of the newest head. Those before are left to who still decides with them. */
async function enginesOf(following: Follower, { load, region = null, language = null }: PublishedHost, before?: Engines): Promise<Engines> {
  const { version, packs, staged } = following.head!;
  const engine = async (wanted: Content | undefined, known?: { held: Held; tact: Tactful }) => {
    if (!wanted) throw new Error("the head has no pack for this region and language");
    const held = await following.content(wanted, known?.held ?? before?.held);
    return held === known?.held ? known : { held, tact: await load({ pack: held.bytes }) };
  };
  const plain = await engine(packFor(packs, region, language), before);
  return { version, ...plain, staged: staged ? await engine(packFor(staged.packs, region, language), before?.staged) : undefined };
}
