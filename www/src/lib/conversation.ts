/**
 * The talk between the shop and one shopper: tells the engine what happened, asks it at moments, hands what it shows to
 * the card, and tells it the reply. Every decision is the engine's.
 */
import type { Decision, Export, Language, Moment, Need, ReplyKind, Show, Signal, Tactful } from "tactful";
import { sayNeed } from "tactful/needs";
import type { Clock } from "./clock.js";

type Unstamped<S> = S extends Signal ? Omit<S, "at"> : never;
/** A signal whose time is now. */
export type Fact = Unstamped<Signal>;

/** A decision with its sentence in both languages; the same one in a row counts up. */
export interface Said { decision: Decision; sentence: Record<Language, string>; times: number }

/** How many decisions the log shows. */
const LOGGED = 8;

/** Says `speak` when a card is to be shown, `forgotten` when it is to go, and `changed` when more is understood. */
export class Conversation extends EventTarget {
  /** Newest first. */
  readonly log: Said[] = [];
  readonly #tact: Tactful;
  readonly #clock: Clock;
  #speaking = false;
  /** Where was asked last. */
  #asked: string | undefined;

  constructor(tact: Tactful, clock: Clock) {
    super();
    this.#tact = tact;
    this.#clock = clock;
  }

  /** Whether a card waits for its answer. */
  get speaking(): boolean {
    return this.#speaking;
  }

  get shop(): Tactful["shop"] {
    return this.#tact.shop;
  }

  moment(): Moment {
    return this.#tact.moment(this.#clock.now());
  }

  /** What they may buy next, and the sentence that says why. */
  needs(language: Language): [need: Need, sentence: string][] {
    const now = this.#clock.now();
    return this.#tact.needs(now).map((need) => [need, sayNeed(need, language, now)]);
  }

  /** Tells what happens now. */
  observe(...facts: Fact[]): void {
    const at = this.#clock.now();
    this.recall(facts.map((fact) => ({ ...fact, at }) as Signal));
  }

  /** Takes in what a watcher of the page tells. */
  readonly listener: Pick<Tactful, "observe"> = {
    observe: (signals) => {
      this.recall([signals].flat());
      return [];
    },
  };

  /** Tells what happened earlier, oldest first. */
  recall(signals: Signal[]): void {
    for (const notice of this.#tact.observe(signals)) console.warn("tactful:", notice.path, notice.message);
    this.#changed();
  }

  /** Asks whether to speak. While a card waits for its answer nothing is asked: it is never replaced under the finger. */
  ask(placement: string): void {
    this.#asked = placement;
    if (this.#speaking || !this.#tact.shop.placements.includes(placement)) return;
    const decision = this.#tact.ask(placement, this.#clock.now());
    this.#note(decision);
    if (decision.kind === "show") this.#speak(decision);
    this.#changed();
  }

  /** Returns the question where the shopper is, if it is worth asking and no card waits for its answer. */
  locate(placement: string): string | undefined {
    if (this.#speaking || !this.#tact.shop.placements.includes(placement)) return undefined;
    const located = this.#tact.locate(placement, this.#clock.now());
    return located.ask ? located.sentence : undefined;
  }

  /** Tells what the shopper did with an offer. */
  reply(decision: string, reply: ReplyKind): void {
    this.#tact.reply(decision, reply, this.#clock.now());
    this.#changed();
  }

  /** The open card has its answer. */
  answered(): void {
    this.#speaking = false;
  }

  /** The engine decides on another pack: what was asked last is asked anew. */
  renewed(): void {
    if (this.#asked) this.ask(this.#asked);
    this.#changed();
  }

  forget(): void {
    this.#tact.forget();
    this.log.length = 0;
    this.#speaking = false;
    this.dispatchEvent(new Event("forgotten"));
    this.#changed();
  }

  export(): Export {
    return this.#tact.export();
  }

  save(): Uint8Array {
    return this.#tact.save();
  }

  #speak(decision: Show): void {
    this.#speaking = true;
    this.dispatchEvent(new CustomEvent<Show>("speak", { detail: decision }));
  }

  #note(decision: Decision): void {
    const sentence = { de: this.#tact.explain(decision.id, "de"), en: this.#tact.explain(decision.id, "en") };
    const last = this.log[0];
    const times = last && sameHold(last.decision, decision) ? last.times + 1 : 1;
    if (times > 1) this.log.shift();
    this.log.unshift({ decision, sentence, times });
    this.log.length = Math.min(this.log.length, LOGGED);
  }

  #changed(): void {
    this.dispatchEvent(new Event("changed"));
  }
}

function sameHold(a: Decision, b: Decision): boolean {
  return a.kind === "hold" && b.kind === "hold" && a.placement === b.placement && a.why === b.why;
}
