/** A decision as the host has it: what it says, at hand; the way to it, found out when somebody looks. */
import type * as types from "./types.js";
import type { Decision, Timestamp, Trace } from "./types.js";

type Own = "id" | "placement" | "at" | "trace" | "toJSON";

/** What a decision says, which the next one may say again. */
export type Said = Omit<types.Show, Own> | Omit<types.Hold, Own>;

/** Finds out the way to a decision. */
export type Look = (id: string) => Trace;

/** Makes a decision. */
export function decide(said: Said, id: string, placement: string, at: Timestamp, look: Look): Decision {
  return said.kind === "show" ? new Show(said, id, placement, at, look) : new Hold(said, id, placement, at, look);
}

/** Fields are put down in the order of `types.ts`: that of the JSON text. */
class Base<Kind> {
  declare readonly kind: Kind;
  declare readonly id: string;
  declare readonly placement: string;
  declare readonly at: Timestamp;
  readonly #look: Look;
  #trace: Trace | undefined;

  constructor(kind: Kind, id: string, placement: string, at: Timestamp, look: Look) {
    this.kind = kind;
    this.id = id;
    this.placement = placement;
    this.at = at;
    this.#look = look;
  }

  get trace(): Trace {
    return (this.#trace ??= this.#look(this.id));
  }

  toJSON(): object {
    return { ...this, trace: this.trace };
  }
}

class Show extends Base<"show"> implements types.Show {
  declare readonly offer: types.Show["offer"];
  declare readonly savings?: NonNullable<types.Show["savings"]>;
  declare readonly because: types.Show["because"];
  declare readonly propensity: types.Ppm;

  constructor(said: Omit<types.Show, Own>, id: string, placement: string, at: Timestamp, look: Look) {
    super("show", id, placement, at, look);
    this.offer = said.offer;
    if (said.savings) this.savings = said.savings;
    this.because = said.because;
    this.propensity = said.propensity;
  }
}

class Hold extends Base<"hold"> implements types.Hold {
  declare readonly why: types.HoldReason;
  declare readonly until?: Timestamp;

  constructor(said: Omit<types.Hold, Own>, id: string, placement: string, at: Timestamp, look: Look) {
    super("hold", id, placement, at, look);
    this.why = said.why;
    if (said.until !== undefined) this.until = said.until;
  }
}
