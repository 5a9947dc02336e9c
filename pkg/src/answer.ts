/** Answers from a context alone: writes it into the core's memory, asks, and puts the answer into words once per offer. */
import { Reader } from "./codec.js";
import { type Sites, type Writer, badContext, readWriter } from "./context.js";
import type { Core, Instance } from "./core.js";
import type { Answer, Context, Hold, Shop, ShownOffer, Timestamp } from "./types.js";
import { readShow } from "./views.js";

/** What the core says instead of an offer. */
const NOTHING = -1;
const EXPIRED = -2;
/** From here down it asks for the value at the place so much lower. */
const UNTOLD_FROM = -16;

type Shown = NonNullable<Context["shown"]>;
/** The codes of languages for the core, and the one for "as the catalog has it". */
const LANGUAGES = ["de", "en"];
const OWN_LANGUAGE = 2;

const NOTHING_FITS: Answer = Object.freeze({ kind: "hold", why: "nothing_fits" });
const ALL_EXCLUDED: Answer = Object.freeze({ kind: "hold", why: "all_excluded" });
const CATALOG_EXPIRED: Answer = Object.freeze({ kind: "hold", why: "catalog_expired" });

/** The answers of one core. */
export class Answering {
  readonly #core: Core;
  readonly #memory: WebAssembly.Memory;
  readonly #shop: Shop;
  readonly #windows: readonly number[];
  readonly #writers: Writer[] = [];
  readonly #sites: Sites = new Map();
  /** The offers that were shown so far, in each language, by their places. */
  readonly #offers: ShownOffer[][] = [[], [], []];
  /** Their ids; a text for each offer that was looked at. */
  readonly #ids: string[] = [];
  #values = new Int32Array();
  #shown = new Uint32Array();

  constructor(core: Core, { memory }: Instance, shop: Shop, windows: readonly number[]) {
    this.#core = core;
    this.#memory = memory;
    this.#shop = shop;
    this.#windows = windows;
  }

  ask(context: Context, place: number, now: Timestamp): Answer {
    const writer = (this.#writers[place] ??= this.#writer(place));
    // NOTE: a view dies when the memory grows; it then has no length.
    if (this.#values.length === 0) this.#look();
    const { shown } = context;
    let fine = writer.begin(context, this.#values);
    let step = fine ? this.#core.ask_in(place, now) : NOTHING;
    let nothing = NOTHING_FITS;
    for (;;) {
      if (step <= UNTOLD_FROM) {
        fine = writer.tell(UNTOLD_FROM - step, context, this.#values) && fine;
      } else if (step >= 0 && shown !== undefined && !this.#allows(step, shown)) {
        nothing = ALL_EXCLUDED;
      } else {
        break;
      }
      step = this.#core.go_on();
    }
    writer.clear(this.#values);
    if (!fine) throw badContext(writer.issues(context));
    if (step >= 0) return { kind: "show", offer: this.#offer(step, languageOf(context)) };
    if (step === NOTHING) return nothing;
    return step === EXPIRED ? CATALOG_EXPIRED : this.#quiet();
  }

  /** Do the caps of an offer allow what is told of it? */
  #allows(offer: number, shown: Shown): boolean {
    const id = (this.#ids[offer] ??= this.#offer(offer, OWN_LANGUAGE).id);
    for (let at = 0; at < this.#windows.length; at++) {
      const count = shown[this.#windows[at] as number]?.[id] ?? 0;
      // The longest window comes first: what was not shown in it was not shown in the others.
      if (at === 0 && count === 0) return true;
      this.#shown[at] = count;
    }
    return this.#core.allows(offer) === 1;
  }

  #quiet(): Answer {
    return { kind: "hold", why: "quiet_hours", until: this.#core.until() } satisfies Pick<Hold, "kind" | "why" | "until">;
  }

  #offer(place: number, language: number): ShownOffer {
    const known = this.#offers[language] as ShownOffer[];
    return (known[place] ??= this.#read(this.#core.offer(place, language), readShow).offer);
  }

  #writer(place: number): Writer {
    const { decimals } = this.#shop;
    const writer = this.#read(this.#core.questions(place), (from) => readWriter(from, decimals, this.#sites));
    this.#look();
    return writer;
  }

  /** Looks at the core's memory anew. */
  #look(): void {
    const { buffer } = this.#memory;
    this.#values = new Int32Array(buffer, this.#core.values(), this.#core.values_len());
    this.#shown = new Uint32Array(buffer, this.#core.shown(), this.#windows.length);
  }

  #read<T>(length: number, read: (from: Reader) => T): T {
    const view = new Uint8Array(this.#memory.buffer, this.#core.output(), length);
    const value = read(new Reader(view));
    if (this.#values.length === 0) this.#look();
    return value;
  }
}

function languageOf({ request }: Context): number {
  const language = request?.language;
  if (language === undefined) return OWN_LANGUAGE;
  const code = LANGUAGES.indexOf(language.slice(0, 2).toLowerCase());
  return code < 0 ? OWN_LANGUAGE : code;
}
