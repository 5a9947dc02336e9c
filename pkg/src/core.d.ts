/** The WebAssembly core as the engine sees it: numbers and bytes only. Made from wasm-bindgen's glue by `glue.mjs`. */

/** One shopper on an instance. Lengths and places are in bytes of the instance's memory. */
export interface Core {
  fork(state: Uint8Array, seedLow: number, seedHigh: number, now: number): Core;
  /** Where `length` bytes may be written; look at the memory anew afterwards, it may have grown. */
  input(length: number): number;
  /** Where the last output is. */
  output(): number;
  /** Is the signal in the input acceptable? 0, or the length of a fault. */
  check(): number;
  /** Takes in the signal in the input: 0, or the length of a fault. */
  observe(): number;
  observe_request(request: Request, now: number): number;
  /** The number of the placement whose id is in the input, or -1. */
  placement(): number;
  /** 1 where it says what the decision before said there, but for its id and time; else 0, and `said` tells. */
  ask(placement: number, now: number): number;
  /** Where the sixteen digits of the last decision's id stand; for as long as the handle lives. */
  id(): number;
  /** The length of what the last decision says. */
  said(): number;
  /** The length of what a placement asks a context about. */
  questions(placement: number): number;
  /** Where the values of a context stand, and how many there are. */
  values(): number;
  values_len(): number;
  /** Where it is told how often an offer was shown in each window. */
  shown(): number;
  /** The place of the best offer; -1 nothing fits, -2 the catalog expired, -3 quiet hours; from -16 down a value it needs. */
  ask_in(placement: number, now: number): number;
  /** Goes on once the value is told, or behind an offer that will not do. */
  go_on(): number;
  /** Do the caps of an offer allow what is told of it? */
  allows(offer: number): boolean;
  until(): number;
  offer(offer: number, language: number): number;
  /** The way to the decision whose id is in the input; 0 where it is not remembered. */
  trace(): number;
  /** Of the decision whose id is in the input; language 0 is German, 1 English; 0 where it is not remembered. */
  explain(language: number): number;
  moment(now: number): number;
  describe(): number;
  save(): Uint8Array;
  forget(now: number): void;
  export(): number;
  free(): void;
}

/** One instance of the module, with a memory of its own. */
export interface Instance {
  readonly Core: new (pack: Uint8Array, state: Uint8Array, seedLow: number, seedHigh: number, now: number) => Core;
  readonly memory: WebAssembly.Memory;
}

export function instantiate(module: WebAssembly.Module): Instance;
