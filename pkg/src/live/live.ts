/**
 * `tactful/live`: a page takes what the shop publishes, hears of what it publishes next, and decides on that without a reload.
 *
 * Nothing of it is trusted that a publisher of the shop did not sign. Whatever is refused, late or missing, the last good pack
 * stays; the page never hears an error it did not ask for.
 */
import { type TactfulError, must, refuse } from "../errors.js";
import { type Head, type Trust, digest, packFor, takenBy } from "../publish/documents.js";
import { type Follower, type Held, follower, isEarly } from "../publish/follow.js";
import { reader } from "../publish/get.js";
import type { Bytes } from "../till/text.js";
import { LONGEST_MS } from "../timer.js";
import type { RegionIndex, Tactful, Timestamp } from "../types.js";
import { forget, keeping, keptDevice, keptHead, put } from "./kept.js";
import { ANSWERED, Deaf, Later, events, socket } from "./listen.js";

export type { Trust } from "../publish/documents.js";

/** What a page follows, and how. */
export interface LiveOptions {
  /** Where the shop publishes: the address above `v1/`. */
  from: URL | string;
  /** Who says who publishes: version, roots and threshold of an authority that came with the page. */
  trust: Trust;
  /** The names that the shop gave its packs; null takes the one for everybody. */
  region?: string | null;
  language?: string | null;
  /** 16 random bytes that say whether this device is in the share that takes a staged pack first; drawn where missing. */
  device?: Uint8Array;
  /** The pack until anything is published, such as the one that lies beside the page; without one `live` throws until then. */
  until?: () => Promise<Uint8Array<ArrayBuffer>>;
  /** May the last good pack and the device's number be kept on this device? Nothing is kept where missing. */
  keep?: boolean;
  /** How to hear of heads; where it does not work, the page asks every half minute. Events where missing. */
  by?: "events" | "socket" | "asking";
  /** Told at once of a head, and again when the page decides on its pack. */
  onShop?: (news: News) => void;
  /** Told of everything that was refused or did not work; nothing has to be done. */
  onFault?: (error: unknown) => void;
  /** Defaults to `Date.now`. */
  now?: () => Timestamp;
}

/** What came. `head`: take away what is stopped. `pack`: ask anew. */
export interface News {
  kind: "head" | "pack";
  version: number;
  note: string;
  /** Ids of offers that nobody shows any more: for `stopped` of a card. */
  stopped: readonly string[];
}

/** A page that follows its shop. */
export interface Live {
  /** The bytes that the page decides on: for `load`. */
  readonly pack: Uint8Array<ArrayBuffer>;
  /** The version of the last good head; 0 until there is one. */
  readonly version: number;
  readonly stopped: readonly string[];
  /** May an offer be shown? Not one that is stopped, and none when the last good head is not valid any more; any until there is one. */
  allows(offer: string): boolean;
  /** How long to wait before the next claim, ms: drawn anew, so that a crowd does not come at once. */
  claimWait(): number;
  /** Goes on with this engine too: its pack is exchanged with each head, its shopper stays. Until it is freed, or what this returns is called. */
  follow(tact: Pick<Tactful, "update">): () => void;
  /**
   * Has `take` told ids of questions and complaints as the shop answers them, the same ids on every page: look for one's own among
   * them. Of some it is not told, such as while nobody sees the page. Returns a function that stops.
   */
  answered(take: (topics: readonly string[]) => void): () => void;
  /** The index of the shop's regions, for `regionFor` of `tactful/regions`; undefined where it has none. */
  regions(): Promise<RegionIndex | undefined>;
  /** Another region or language, or whether anything may be kept. */
  change(options: Partial<Pick<LiveOptions, "region" | "language" | "keep">>): Promise<void>;
  /** Hears no more: nothing is told, and no pack exchanged, from then on. */
  close(): void;
}

/** Who asks, asks every so often, ms, give or take a quarter. */
const ASK_MS = 30_000;
/** Who could not hear tries again within so long, ms, at first; then within twice as long, and so on up to the second. */
const [AGAIN_MS, AGAIN_MOST_MS] = [4_000, 600_000];
/** Listening that lasted so long was no failure, ms. */
const LASTED_MS = 60_000;

/** Gets what is published, or what was kept of it, or what the page has, and goes on listening. Throws where there is none of them. */
export async function live(options: LiveOptions): Promise<Live> {
  must([options, "options", "`{ from, trust }`", "from", "trust"]);
  const page = new Page(options);
  await page.begin();
  return page;
}

class Page implements Live {
  readonly #options: LiveOptions;
  readonly #now: () => Timestamp;
  readonly #following: Follower;
  readonly #engines = new Set<Pick<Tactful, "update">>();
  readonly #answered = new Set<(topics: readonly string[]) => void>();
  readonly #closed = new AbortController();
  #device: Bytes | undefined;
  #held: Held | undefined;
  /** The head whose pack is held. */
  #decided: Head | undefined;
  #told: Head | undefined;
  #begun = false;
  #kept: Promise<void> = Promise.resolve();
  #hearing = new AbortController();

  constructor(options: LiveOptions) {
    this.#options = { ...options };
    this.#now = options.now ?? Date.now;
    const get = reader(options.from, (request) => fetch(request));
    const kept = keeping(options.from, get);
    this.#following = follower((...what) => (this.#options.keep ? kept : get)(...what), options.trust, this.#now);
  }

  get pack(): Uint8Array<ArrayBuffer> {
    return this.#held!.bytes;
  }

  get version(): number {
    return this.#following.head?.version ?? 0;
  }

  get stopped(): readonly string[] {
    return this.#following.head?.stopped ?? [];
  }

  allows(offer: string): boolean {
    return !this.stopped.includes(offer) && this.#now() < (this.#following.head?.expires_ms ?? Infinity);
  }

  claimWait(): number {
    return Math.floor(Math.random() * ((this.#following.head?.claims.jitter_ms ?? 0) + 1));
  }

  follow(tact: Pick<Tactful, "update">): () => void {
    this.#engines.add(tact);
    return () => void this.#engines.delete(tact);
  }

  answered(take: (topics: readonly string[]) => void): () => void {
    this.#answered.add(take);
    return () => void this.#answered.delete(take);
  }

  async regions(): Promise<RegionIndex | undefined> {
    const { head } = this.#following;
    const regions = head && (await takenBy(this.#device!, head)).regions;
    if (!regions) return undefined;
    const { bytes } = await this.#following.content(regions);
    return JSON.parse(new TextDecoder().decode(bytes)) as RegionIndex;
  }

  async change(options: Partial<Pick<LiveOptions, "region" | "language" | "keep">>): Promise<void> {
    Object.assign(this.#options, options);
    if (options.keep === false) await this.#kept.then(forget);
    if (this.#following.head) await this.#settle();
    if (options.keep) await this.#keep();
  }

  close(): void {
    this.#closed.abort();
    this.#hearing.abort();
  }

  async begin(): Promise<void> {
    const { from, keep, device, until } = this.#options;
    this.#device = (device as Bytes | undefined) ?? ((keep && (await keptDevice(from))) || crypto.getRandomValues(new Uint8Array(16)));
    const kept = keep && (await keptHead(from));
    // What was kept is where the page goes on from: nothing older is taken.
    if (kept) await this.#following.take(kept).catch(() => {});
    const goesOn = (error: unknown, how: unknown): void => {
      if (!how) throw error;
      this.#fault(error);
    };
    try {
      await this.#look().catch((error: unknown) => goesOn(error, this.#following.head));
      if (!this.#held && this.#following.head) await this.#settle();
    } catch (error) {
      goesOn(error, until);
    }
    if (!this.#held && until) this.#held = await heldOf(await until());
    this.#begun = true;
    void this.#listen();
  }

  /** Comes to decide on the pack of the last good head. */
  async #settle(): Promise<void> {
    const { signal } = this.#closed;
    if (signal.aborted) return;
    const head = this.#following.head!;
    if (this.#begun && this.#told !== head) this.#tell("head", head);
    this.#told = head;
    const { region, language } = this.#options;
    const wanted = packFor((await takenBy(this.#device!, head)).packs, region ?? null, language ?? null);
    if (!wanted) throw refuse("no-pack", "", "the shop publishes nothing for this region and language");
    const held = await this.#following.content(wanted, this.#held);
    // A newer head, or another region, came in between and settles by itself.
    if (signal.aborted || head !== this.#following.head || region !== this.#options.region || language !== this.#options.language) return;
    if (held.sha256 !== this.#held?.sha256) this.#update(held);
    const isNew = head !== this.#decided || held !== this.#held;
    [this.#held, this.#decided] = [held, head];
    if (isNew && this.#begun) this.#tell("pack", head);
    if (isNew) void this.#keep();
  }

  #update({ bytes }: Held): void {
    for (const tact of this.#engines) {
      try {
        tact.update(bytes, this.#now());
      } catch (error) {
        if ((error as Partial<TactfulError>).code !== "freed") throw error;
        this.#engines.delete(tact);
      }
    }
  }

  /** Keeps one after the other, so that what an older head needs does not come last; resolves once all is kept. */
  #keep(): Promise<void> {
    const { head, authorities } = this.#following;
    const [{ from, trust }, held, device] = [this.#options, this.#held, this.#device!];
    const what = { head, authorities: [...authorities], first: trust.version };
    const next = async (): Promise<void> => {
      if (this.#options.keep && held) await put(from, what, held, device);
    };
    return (this.#kept = this.#kept.then(next).catch((error: unknown) => this.#fault(error)));
  }

  /** Listens until the page is closed; while nobody sees it, nothing is heard, and when it comes back it looks at once. */
  async #listen(): Promise<void> {
    let { by = "events" } = this.#options;
    const wake = (): void => this.#hearing.abort();
    const page = globalThis.document as Document | undefined;
    page?.addEventListener("visibilitychange", wake);
    globalThis.addEventListener?.("online", wake);
    for (let failures = 0; !this.#closed.signal.aborted; ) {
      this.#hearing = new AbortController();
      const began = this.#now();
      let after = 0;
      try {
        if (page?.visibilityState === "hidden") await rest(LONGEST_MS, this.#hearing.signal);
        else if (by === "asking") {
          await this.#look();
          failures = 0;
          await rest(ASK_MS * (0.75 + Math.random() / 2), this.#hearing.signal);
        } else await this.#hear(by);
        if (this.#hearing.signal.aborted || by === "asking") continue;
      } catch (error) {
        if (this.#hearing.signal.aborted) continue;
        if (error instanceof Deaf) {
          by = "asking";
          continue;
        }
        this.#fault(error);
        if (error instanceof Later) after = error.afterMs * (1 + Math.random());
      }
      failures = this.#now() - began >= LASTED_MS ? 0 : failures + 1;
      await rest(Math.max(after, Math.random() * Math.min(AGAIN_MOST_MS, AGAIN_MS * 2 ** failures)), this.#hearing.signal);
      // Who cannot hear asks, so that at least the static path is gone.
      if (by !== "asking") await this.#look().then(() => (failures = Math.min(failures, 3)), (error: unknown) => this.#fault(error));
    }
    page?.removeEventListener("visibilitychange", wake);
    globalThis.removeEventListener?.("online", wake);
  }

  /** Told of the version that the page decides on, the server says at once where there is a newer one. */
  #hear(by: "events" | "socket"): Promise<void> {
    const take = async (text: string): Promise<void> => {
      if (text.startsWith(ANSWERED)) return this.#answered.forEach((told) => this.#attempt(() => told(text.slice(ANSWERED.length).split(" "))));
      await this.#following.take(text);
      await this.#settle();
    };
    const version = this.#decided?.version ?? 0;
    return (by === "socket" ? socket : events)({ from: this.#options.from, version, signal: this.#hearing.signal, take });
  }

  /** That nothing is published yet is no fault where the page has a pack of its own. */
  async #look(): Promise<void> {
    const { until } = this.#options;
    await this.#following.look().catch((error: unknown) => {
      if (!until || !isEarly(this.#following, error)) throw error;
    });
    if (this.#following.head) await this.#settle();
  }

  #tell(kind: News["kind"], { version, note, stopped }: Head): void {
    this.#attempt(() => this.#options.onShop?.({ kind, version, note, stopped }));
  }

  #attempt(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.#fault(error);
    }
  }

  #fault(error: unknown): void {
    try {
      this.#options.onFault?.(error);
    } catch {
      // A page that cannot even hear of it is not disturbed.
    }
  }
}

async function heldOf(bytes: Bytes): Promise<Held> {
  return { sha256: await digest(bytes), bytes };
}

/** Waits, until something happens that is worth a look. */
function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    // It may have happened while the page still looked.
    const timer = setTimeout(resolve, signal.aborted ? 0 : ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
