/** Tells the shop of a finished week what the shopper allows to be told: one noised answer, in one week of four. */
import type { Tactful } from "tactful";
import { arrived, nextReport, type Report, send, weekOf } from "tactful/share";

const COUNTER = "/v1/outcomes";

/** What is kept of it beside the engine's state. */
export interface Sharing {
  consent: boolean;
  /** Says what was drawn already: without it, asking again would tell more. */
  memo?: string | undefined;
  /** What was told last, word for word. */
  told?: { report: Report; sent: boolean } | undefined;
}

/** Says `changed` when something was told. */
export class Telling extends EventTarget {
  #sharing: Sharing;
  readonly #tact: Pick<Tactful, "export">;
  readonly #offers: readonly string[];
  #sending = false;

  constructor(tact: Pick<Tactful, "export">, offers: readonly string[], kept: Sharing = { consent: false }) {
    super();
    this.#tact = tact;
    this.#offers = offers;
    this.#sharing = kept;
  }

  /** What stands now. */
  get sharing(): Sharing {
    return this.#sharing;
  }

  /** Allows it from the next whole week on, or takes that back. */
  allow(consent: boolean, now: number): void {
    this.#sharing = { ...this.#sharing, consent };
    void this.go(now);
  }

  /** Forgets what was told, and the consent. What was drawn stays, so that no week is told of twice. */
  forget(): void {
    this.#sharing = { consent: false, memo: this.#sharing.memo };
  }

  /** Tells what is to be told by `now`. What did not arrive is sent the next time, the same. */
  async go(now: number): Promise<void> {
    if (this.#sending) return;
    const { consent, memo } = this.#sharing;
    const next = nextReport(this.#tact, { consent, offers: this.#offers, memo, now });
    this.#sharing = { ...this.#sharing, memo: next.memo };
    if (!next.report) return;
    // The edge has a real clock, and counts no week that is not over: of a week of the demo's future it is only shown.
    const sent = next.report.week < weekOf(Date.now());
    this.#sending = true;
    const there = !sent || (await send(COUNTER, next.report));
    this.#sending = false;
    if (!there) return;
    this.#sharing = { ...this.#sharing, memo: arrived(this.#sharing.memo ?? next.memo), told: { report: next.report, sent } };
    this.dispatchEvent(new Event("changed"));
  }
}
