/**
 * `tactful/log`: writes down every decision with all that it was made of, so that `tactful replay` can decide it anew.
 *
 * A log holds what a shopper did. It is a developer's tool: nothing is written unless you ask for it, and nothing leaves
 * the device unless you send it. The fields of a line stand in `src/bin/tactful/log.rs`.
 */
import { ENGINE, must } from "./errors.js";
import { readHeaders } from "./headers.js";
import type { Answer, Context, Decision, Shopper, Signal, Tactful, Timestamp } from "./types.js";

/** The version of the package and of the engine in it. */
const VERSION = "0.1.0";
/** Where a pack and a saved state have their checksums, bytes. */
const OF_PACK = 24;
const OF_STATE = 6;

/** What a log is written of and where to. */
export interface LogOptions {
  /** The bytes of the pack that the engine was loaded with. */
  pack: Uint8Array | ArrayBuffer;
  /** Takes one line of JSON, without its end. */
  write: (line: string) => void;
  /** Whose lines they are; every `fork` gets a name of its own made of it. */
  shopper?: string;
}

/** What happened between two asks. */
type Step = Signal | { type: "locate"; at: Timestamp; placement: string } | { type: "update"; at: Timestamp; from: string; pack: string };

/**
 * Returns the same engine, whose decisions are logged from here on: call it right after `load`, before the first signal.
 * Use what it returns instead of `tact`; its `free` writes what happened after the last ask. An `askIn` is a line of its
 * own, with the context, since it answers from that alone.
 */
export function logDecisions(tact: Tactful, options: LogOptions): Tactful {
  must([tact, "tact", ENGINE, "fork", "save"], [options, "options", "`{ pack, write }`", "pack", "write"]);
  const { pack, write, shopper = "1" } = options;
  return new Logged(tact, write, shopper, sum(new Uint8Array(pack), OF_PACK));
}

class Logged implements Tactful {
  readonly #tact: Tactful;
  readonly #write: LogOptions["write"];
  readonly #shopper: string;
  #pack: string;
  /** The state that `#steps` begin with; none where they go on from the line before. */
  #start: Uint8Array | undefined;
  #steps: Step[] = [];
  #forks = 0;

  constructor(tact: Tactful, write: LogOptions["write"], shopper: string, pack: string) {
    this.#tact = tact;
    this.#write = write;
    this.#shopper = shopper;
    this.#pack = pack;
    this.#start = tact.save();
  }

  get shop() {
    return this.#tact.shop;
  }

  get notices() {
    return this.#tact.notices;
  }

  observe(signal: Signal | Signal[]) {
    // A copy, taken before: the host may go on to change its own.
    const signals = structuredClone([signal].flat());
    const notices = this.#call(() => this.#tact.observe(signal));
    this.#steps.push(...signals);
    return notices;
  }

  observeRequest(request: Request, now = Date.now()) {
    this.observe({ type: "request", at: now, ...readHeaders(request) });
  }

  ask(placement: string, now = Date.now()) {
    const state = this.#state();
    const decision = this.#call(() => this.#tact.ask(placement, now));
    this.#line(state, { placement, at: now, decision });
    return decision;
  }

  askIn(context: Context, placement: string, now = Date.now()) {
    const answer = this.#call(() => this.#tact.askIn(context, placement, now));
    this.#write(JSON.stringify({ tactful: VERSION, pack: this.#pack, shopper: this.#shopper, placement, at: now, context, answer }));
    return answer;
  }

  reply(decision: string, reply: Parameters<Tactful["reply"]>[1], now = Date.now()) {
    this.observe({ type: "reply", at: now, decision, reply });
  }

  explain(...asked: Parameters<Tactful["explain"]>) {
    return this.#tact.explain(...asked);
  }

  moment(now?: Timestamp) {
    return this.#tact.moment(now);
  }

  needs(now?: Timestamp) {
    return this.#tact.needs(now);
  }

  locate(placement: string, now = Date.now()) {
    const located = this.#call(() => this.#tact.locate(placement, now));
    this.#steps.push({ type: "locate", at: now, placement });
    return located;
  }

  update(pack: Uint8Array | ArrayBuffer, now = Date.now()) {
    this.#call(() => this.#tact.update(pack, now));
    const next = sum(new Uint8Array(pack), OF_PACK);
    this.#steps.push({ type: "update", at: now, from: this.#pack, pack: next });
    this.#pack = next;
  }

  save() {
    return this.#tact.save();
  }

  forget(now = Date.now()) {
    this.#rest();
    this.#call(() => this.#tact.forget(now));
    this.#begin();
  }

  export() {
    return this.#tact.export();
  }

  fork(shopper?: Shopper): Tactful {
    const fork = this.#call(() => this.#tact.fork(shopper));
    return new Logged(fork, this.#write, `${this.#shopper}/${++this.#forks}`, this.#pack);
  }

  free() {
    this.#rest();
    this.#tact.free();
  }

  /** Calls the engine. One that broke down goes on from what was saved last: from there the log begins anew. */
  #call<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if ((error as { code?: string }).code === "broke-down") this.#begin();
      throw error;
    }
  }

  #begin(): void {
    this.#steps = [];
    this.#start = this.#tact.save();
  }

  #state(): string {
    return sum(this.#tact.save(), OF_STATE);
  }

  /** Writes what happened after the last ask. */
  #rest(): void {
    if (this.#steps.length > 0) this.#line(this.#state());
  }

  #line(state: string, asked?: { placement: string; at: Timestamp; decision: Decision }): void {
    const start = this.#start && digits(this.#start);
    const [signals, shopper, pack] = [this.#steps, this.#shopper, this.#pack];
    this.#write(JSON.stringify({ tactful: VERSION, pack, shopper, start, signals, state, ...asked }));
    this.#start = undefined;
    this.#steps = [];
  }
}

/**
 * Answers every `askIn` of a log anew, and returns how many there were. Throws where the answer is another, at the first such
 * line, and where a line was written with another pack than `pack`, which `tact` has. `tactful replay` decides the other lines.
 */
export function replayAnswers(tact: Pick<Tactful, "askIn">, pack: Uint8Array | ArrayBuffer, lines: Iterable<string>): number {
  const known = sum(new Uint8Array(pack), OF_PACK);
  let answers = 0;
  for (const line of lines) {
    const logged = JSON.parse(line) as { pack: string; placement: string; at: Timestamp; context?: Context; answer?: Answer };
    if (!logged.context) continue;
    answers += 1;
    if (logged.pack !== known) throw new Error(`answer ${answers}: the pack was ${logged.pack}, and this is ${known}`);
    const [before, now] = [logged.answer, tact.askIn(logged.context, logged.placement, logged.at)].map((answer) => JSON.stringify(answer));
    if (before !== now) throw new Error(`answer ${answers}: logged was ${before}, answered is ${now}`);
  }
  return answers;
}

/** A checksum of 64 bits as the log has it. */
function sum(bytes: Uint8Array, at: number): string {
  return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(at, true).toString(16).padStart(16, "0");
}

function digits(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
