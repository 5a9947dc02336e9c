/** The public API over one core: checks, encodes, calls, decodes. It decides nothing and stores nothing. */
import { Answering } from "./answer.js";
import { Reader } from "./codec.js";
import type { Core, Instance } from "./core.js";
import { type Said, decide } from "./decision.js";
import { TactfulError, refuse } from "./errors.js";
import { readFault } from "./faults.js";
import { kind, quoted } from "./form.js";
import { readHeaders } from "./headers.js";
import { encode } from "./signals.js";
import { time } from "./time.js";
import type {
  Answer, Context, Decision, Export, Issue, Language, Locate, Moment, Need, Notice, ReplyKind, Shop, Shopper, Signal, Tactful, Timestamp, Trace,
} from "./types.js";
import { type ShopView, readExport, readLocate, readMoment, readNeeds, readSaid, readShop, readTrace } from "./views.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const NO_STATE = new Uint8Array();
/** Asks the core for a sentence in the language of the decision itself. */
const OWN_LANGUAGE = 2;

/** How many decisions the core remembers. */
const RECENT = 8;

/** No state that can be read: makes a core start quietly. */
const LOST = new Uint8Array(1);

/**
 * Starts an engine on an instance of its own.
 *
 * Should the core ever break down (a trap, to which our tests know no way), its memory cannot be trusted any more. The
 * call then throws a `TactfulError` with the code `broke-down`, and the next one finds a new instance that starts from
 * what was last loaded or saved; where that was nothing, it starts quietly. Forks of the broken instance are lost.
 */
export function createEngine(boot: () => Instance, pack: Uint8Array, shopper: Shopper = {}): Tactful {
  const { seed, now = Date.now() } = shopper;
  const [state, [low, high], at] = [saved(shopper.state), halves(seed), time(now)];
  const start = (pack: Uint8Array, state: Uint8Array, at: Timestamp): [Host, Core] => {
    const instance = boot();
    return [{ instance, broken: false }, instance.load(pack, state, low, high, at)];
  };
  return new Engine(start(pack, state, at), state.slice(), { start, pack });
}

/** An instance, shared by an engine and its forks. */
interface Host {
  readonly instance: Instance;
  broken: boolean;
}

/** Makes a core anew from a pack and what was saved. */
interface Source {
  readonly start: (pack: Uint8Array, saved: Uint8Array, now: Timestamp) => [Host, Core];
  pack: Uint8Array;
}

class Engine implements Tactful {
  #host: Host;
  #core: Core;
  #saved: Uint8Array;
  #about: ShopView | undefined;
  #freed = false;
  readonly #source: Source | undefined;
  #answering: Answering | undefined;
  /** The last decisions, whose ways can still be told. */
  readonly #recent: Decision[] = [];
  #asked = 0;
  readonly #places = new Map<string, number>();
  /** What was last said in each placement. */
  readonly #said: Said[] = [];
  #digits = NO_STATE;
  readonly #look = (id: string): Trace => this.#trace(id);

  constructor([host, core]: [Host, Core], saved: Uint8Array, source?: Source) {
    this.#host = host;
    this.#core = core;
    this.#saved = saved;
    this.#source = source;
  }

  get shop(): Shop {
    return this.#view().shop;
  }

  get notices(): Notice[] {
    const { stateFault } = this.#view();
    return stateFault ? [{ path: stateFault.path, message: stateFault.message }] : [];
  }

  observe(signal: Signal | Signal[]): Notice[] {
    const { signals, notices } = encode(signal, this.shop.decimals);
    const path = (place: number) => (Array.isArray(signal) ? `/${place}` : "");
    const issues = signals.flatMap((bytes, place) => this.#fault(bytes, path(place), (core) => core.check()) ?? []);
    if (issues.length > 0) throw new TactfulError("bad-signal", issues);
    signals.forEach((bytes, place) => {
      const issue = this.#fault(bytes, path(place), (core) => core.observe());
      if (issue) throw new TactfulError("bad-signal", [issue]);
    });
    return notices;
  }

  observeRequest(request: Request, now = Date.now()): void {
    this.observe({ type: "request", at: time(now), ...readHeaders(request) });
  }

  ask(placement: string, now = Date.now()): Decision {
    const [place, at] = [this.#place(placement), time(now)];
    const same = this.#call((core) => core.ask(place, at)) === 1;
    const said = (same && this.#said[place]) || (this.#said[place] = this.#read((core) => core.said(), readSaid));
    const decision = decide(said, this.#id(), placement, at, this.#look);
    this.#recent[this.#asked++ % RECENT] = decision;
    return decision;
  }

  askIn(context: Context, placement: string, now = Date.now()): Answer {
    const [place, at] = [this.#place(placement), time(now)];
    return this.#call((core) => {
      this.#answering ??= new Answering(core, this.#host.instance, this.shop, this.#view().windows);
      return this.#answering.ask(context, place, at);
    });
  }

  update(pack: Uint8Array | ArrayBuffer, now = Date.now()): void {
    const [bytes, at] = [new Uint8Array(pack), time(now)];
    this.#finish();
    this.#call((core) => core.update(bytes, at));
    if (this.#source) this.#source.pack = bytes;
    this.#begin();
  }

  fork({ seed, now = Date.now(), ...shopper }: Shopper = {}): Tactful {
    const [state, [low, high], at] = [saved(shopper.state), halves(seed), time(now)];
    this.#input(state);
    return new Engine([this.#host, this.#call((core) => core.fork(low, high, at))], state);
  }

  reply(decision: string, reply: ReplyKind, now = Date.now()): void {
    this.observe({ type: "reply", at: now, decision, reply });
  }

  explain(decision: string, language?: Language): string {
    this.#input(encoder.encode(decision));
    const asked = language === undefined ? OWN_LANGUAGE : language.startsWith("de") ? 0 : 1;
    const length = this.#call((core) => core.explain(asked));
    if (length === 0) throw refuse("unknown-decision", "", "none of the last decisions has this id");
    return decoder.decode(this.#output(length));
  }

  locate(placement: string, now = Date.now()): Locate {
    const [place, at] = [this.#place(placement), time(now)];
    return this.#read((core) => core.locate(place, at), readLocate);
  }

  moment(now = Date.now()): Moment {
    const at = time(now);
    return this.#read((core) => core.moment(at), readMoment);
  }

  needs(now = Date.now()): Need[] {
    const at = time(now);
    return this.#read((core) => core.needs(at), readNeeds);
  }

  save(): Uint8Array {
    this.#saved = this.#output(this.#call((core) => core.save())).slice();
    return this.#saved.slice();
  }

  forget(now = Date.now()): void {
    const at = time(now);
    this.#call((core) => core.forget(at));
    this.#recent.length = 0;
    this.save();
  }

  export(): Export {
    const { currency } = this.shop;
    return this.#read((core) => core.export(), (from) => readExport(from, currency));
  }

  free(): void {
    this.#finish();
    if (!this.#freed && !this.#host.broken) this.#core.free();
    this.#freed = true;
  }

  /** The digits of the last decision's id. */
  #id(): string {
    // A view is made anew where the memory grew.
    if (this.#digits.length === 0) this.#digits = new Uint8Array(this.#host.instance.memory.buffer, this.#core.id(), 16);
    const digit = (place: number) => this.#digits[place] as number;
    return String.fromCharCode(
      digit(0), digit(1), digit(2), digit(3), digit(4), digit(5), digit(6), digit(7),
      digit(8), digit(9), digit(10), digit(11), digit(12), digit(13), digit(14), digit(15),
    );
  }

  /** The number of a placement; each id is looked up once. */
  #place(id: string): number {
    const known = this.#places.get(id);
    if (known !== undefined) return known;
    this.#input(encoder.encode(id));
    const place = this.#call((core) => core.placement());
    const { placements } = this.shop;
    if (place < 0) {
      throw refuse("unknown-placement", "/placement", `no placement of the catalog is called ${quoted(id)}; known are ${placements.join(", ")}`);
    }
    this.#places.set(id, place);
    return place;
  }

  #fault(signal: Uint8Array, path: string, call: (core: Core) => number): Issue | undefined {
    this.#input(signal);
    const length = this.#call(call);
    if (length === 0) return undefined;
    const issue = readFault(new Reader(this.#output(length)));
    return { ...issue, path: path + issue.path };
  }

  /** The way to one of the last decisions. */
  #trace(decision: string): Trace {
    this.#input(encoder.encode(decision));
    const length = this.#call((core) => core.trace());
    if (length > 0) return readTrace(new Reader(this.#output(length)));
    throw refuse("unknown-decision", "/trace", "the way to a decision is kept for the last eight; look at it sooner");
  }

  #view(): ShopView {
    return (this.#about ??= this.#read((core) => core.describe(), readShop));
  }

  #read<T>(write: (core: Core) => number, read: (from: Reader) => T): T {
    return read(new Reader(this.#output(this.#call(write))));
  }

  #input(bytes: Uint8Array): void {
    const at = this.#call((core) => core.input(bytes.length));
    new Uint8Array(this.#host.instance.memory.buffer, at, bytes.length).set(bytes);
  }

  #output(length: number): Uint8Array {
    return new Uint8Array(this.#host.instance.memory.buffer, this.#core.output(), length);
  }

  /** Every call of the core but `output` and `free`: a broken core is replaced before, a breakdown noticed behind. */
  #call<T>(work: (core: Core) => T): T {
    if (this.#freed) throw refuse("freed", "", "this engine was freed; load or fork another");
    if (this.#host.broken) this.#replace();
    try {
      return work(this.#core);
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      this.#host.broken = true;
      throw brokeDown();
    }
  }

  #replace(): void {
    if (!this.#source) throw brokeDown();
    const saved = this.#saved.length > 0 ? this.#saved : LOST;
    [this.#host, this.#core] = this.#source.start(this.#source.pack, saved, Date.now());
    this.#begin();
  }

  /** What was not looked at yet is looked at now: a decision stays whole when its engine goes, or its pack. */
  #finish(): void {
    if (!this.#freed && !this.#host.broken) this.#recent.forEach(({ trace }) => trace);
  }

  /** Forgets what was known of the core and the pack before. */
  #begin(): void {
    this.#about = undefined;
    this.#answering = undefined;
    this.#digits = NO_STATE;
    this.#places.clear();
    this.#said.length = 0;
    this.#recent.length = 0;
  }
}

function brokeDown(): TactfulError {
  return refuse("broke-down", "", "the engine broke down; it starts anew from what was last saved");
}

/** The bytes to start from; none where there are none. */
function saved(state?: Uint8Array | null): Uint8Array {
  if (state === undefined || state === null) return NO_STATE;
  if (ArrayBuffer.isView(state)) return state;
  throw refuse("bad-state", "/state", `the state must be the bytes that \`save\` returned, not ${kind(state)}`);
}

/** The low 32 and the high 21 bits of a seed, drawn where there is none. */
function halves(seed?: number): [number, number] {
  if (seed === undefined) {
    const [low = 0, high = 0] = crypto.getRandomValues(new Uint32Array(2));
    return [low, high >>> 11];
  }
  if (Number.isSafeInteger(seed) && seed >= 0) return [seed >>> 0, Math.floor(seed / 2 ** 32)];
  throw refuse("bad-seed", "/seed", `the seed must be a whole number from 0 to 2^53 - 1, not ${seed}`);
}
