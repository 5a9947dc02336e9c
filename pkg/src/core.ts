/** The WebAssembly core as the engine sees it: numbers and bytes only. Its other half is `src/wasm/exports.rs`. */
import { Reader } from "./codec.js";
import { TactfulError } from "./errors.js";
import { readFault } from "./faults.js";

/** Where something is in the memory of the module, in bytes. */
type Address = number;
type Method = (core: Address, first?: number, second?: number, third?: number) => number;

/** Functions of a core, as the module has them. */
type Methods = Readonly<Record<Exclude<keyof Core, "free">, Method>>;

interface Exports extends Methods {
  readonly memory: WebAssembly.Memory;
  bytes(length: number): Address;
  bytes_at(bytes: Address): Address;
  let_bytes_go(bytes: Address): void;
  /** Takes the bytes; 0 where the pack is refused, which leaves the fault in their place. As for `update`. */
  load(bytes: Address, pack: number, seedLow: number, seedHigh: number, now: number): Address;
  let_go(core: Address): void;
}

/** Puts parts into the memory one after the other, and lets `work` take them; what it refuses is thrown. */
function taken(wasm: Exports, parts: readonly Uint8Array[], work: (bytes: Address) => number): number {
  const bytes = wasm.bytes(parts.reduce((length, part) => length + part.length, 0));
  let at = wasm.bytes_at(bytes);
  for (const part of parts) {
    new Uint8Array(wasm.memory.buffer, at).set(part);
    at += part.length;
  }
  const done = work(bytes);
  const fault = done === 0 && readFault(new Reader(new Uint8Array(wasm.memory.buffer, wasm.bytes_at(bytes))));
  wasm.let_bytes_go(bytes);
  if (fault) throw new TactfulError(fault.code, [fault]);
  return done;
}

/** One instance of the module, with a memory of its own. */
export interface Instance {
  load(pack: Uint8Array, state: Uint8Array, seedLow: number, seedHigh: number, now: number): Core;
  readonly memory: WebAssembly.Memory;
}

/** Makes an instance; the module asks nothing of its host. */
export function instantiate(module: WebAssembly.Module): Instance {
  const wasm = new WebAssembly.Instance(module).exports as unknown as Exports;
  const { memory } = wasm;
  return {
    memory,
    load(pack, state, seedLow, seedHigh, now) {
      return new Core(wasm, taken(wasm, [pack, state], (bytes) => wasm.load(bytes, pack.length, seedLow, seedHigh, now)));
    },
  };
}

/** Lets go of a core that nobody holds any more; not every platform tells. */
const forgotten = typeof FinalizationRegistry === "undefined"
  ? undefined
  : new FinalizationRegistry<{ wasm: Exports; core: Address }>(({ wasm, core }) => wasm.let_go(core));

/** One shopper on an instance. */
export class Core {
  readonly #wasm: Exports;
  readonly #core: Address;

  constructor(wasm: Exports, core: Address) {
    this.#wasm = wasm;
    this.#core = core;
    forgotten?.register(this, { wasm, core }, this);
  }

  /** Another shopper on the same engine; the state is in the input. */
  fork(seedLow: number, seedHigh: number, now: number): Core {
    return new Core(this.#wasm, this.#wasm.fork(this.#core, seedLow, seedHigh, now));
  }

  /** Goes on with another pack; one that is refused changes nothing and throws. */
  update(pack: Uint8Array, now: number): void {
    taken(this.#wasm, [pack], (bytes) => this.#wasm.update(this.#core, bytes, now));
  }

  /** Nothing may be called afterwards. */
  free(): void {
    forgotten?.unregister(this);
    this.#wasm.let_go(this.#core);
  }

  /** Where `length` bytes may be written; look at the memory anew afterwards, it may have grown. */
  input(length: number): Address {
    return this.#wasm.input(this.#core, length);
  }

  /** Where the last output is. */
  output(): Address {
    return this.#wasm.output(this.#core);
  }

  /** Is the signal in the input acceptable? 0, or the length of a fault. */
  check(): number {
    return this.#wasm.check(this.#core);
  }

  /** Takes in the signal in the input: 0, or the length of a fault. */
  observe(): number {
    return this.#wasm.observe(this.#core);
  }

  /** The number of the placement whose id is in the input, or -1. */
  placement(): number {
    return this.#wasm.placement(this.#core);
  }

  /** 1 where it says what the decision before said there, but for its id and time; else 0, and `said` tells. */
  ask(placement: number, now: number): number {
    return this.#wasm.ask(this.#core, placement, now);
  }

  /** Where the sixteen digits of the last decision's id stand; for as long as the handle lives. */
  id(): Address {
    return this.#wasm.id(this.#core);
  }

  /** The length of what the last decision says. */
  said(): number {
    return this.#wasm.said(this.#core);
  }

  /** The length of what a placement asks a context about. */
  questions(placement: number): number {
    return this.#wasm.questions(this.#core, placement);
  }

  /** Where the values of a context stand. */
  values(): Address {
    return this.#wasm.values(this.#core);
  }

  /** How many values there are. */
  values_len(): number {
    return this.#wasm.values_len(this.#core);
  }

  /** Where it is told how often an offer was shown in each window. */
  shown(): Address {
    return this.#wasm.shown(this.#core);
  }

  /** The place of the best offer; -1 nothing fits, -2 the catalog expired, -3 quiet hours; from -16 down a value it needs. */
  ask_in(placement: number, now: number): number {
    return this.#wasm.ask_in(this.#core, placement, now);
  }

  /** Goes on once the value is told, or behind an offer that will not do. */
  go_on(): number {
    return this.#wasm.go_on(this.#core);
  }

  /** Do the caps of an offer allow what is told of it? 1 or 0. */
  allows(offer: number): number {
    return this.#wasm.allows(this.#core, offer);
  }

  /** When the quiet hours end that the last answer told of. */
  until(): number {
    return this.#wasm.until(this.#core);
  }

  /** The length of an offer in words; language 0 is German, 1 English, 2 the catalog's own. */
  offer(offer: number, language: number): number {
    return this.#wasm.offer(this.#core, offer, language);
  }

  /** The length of the way to the decision whose id is in the input; 0 where it is not remembered. */
  trace(): number {
    return this.#wasm.trace(this.#core);
  }

  /** Of the decision whose id is in the input; language 0 is German, 1 English; 0 where it is not remembered. */
  explain(language: number): number {
    return this.#wasm.explain(this.#core, language);
  }

  moment(now: number): number {
    return this.#wasm.moment(this.#core, now);
  }

  /** The length of what the shopper may buy next. */
  needs(now: number): number {
    return this.#wasm.needs(this.#core, now);
  }

  /** The length of whether it is worth asking where the shopper is. */
  locate(placement: number, now: number): number {
    return this.#wasm.locate(this.#core, placement, now);
  }

  describe(): number {
    return this.#wasm.describe(this.#core);
  }

  save(): number {
    return this.#wasm.save(this.#core);
  }

  forget(now: number): void {
    this.#wasm.forget(this.#core, now);
  }

  export(): number {
    return this.#wasm.export(this.#core);
  }
}
