/** Beside the shop: what Tactful understands, and why it speaks or stays silent. Reads, never decides. */
import type { Decision, HoldReason, Moment, Ppm, Refusal } from "tactful";
import type { App } from "./app.js";
import type { Said } from "./lib/conversation.js";
import { type Child, h, redraw } from "./lib/dom.js";
import { icon } from "./lib/icon.js";

type Refused = Decision["trace"]["refused"][number];

/** Holds that say that we may not speak at all: no offer is looked at. */
const SILENCES: ReadonlySet<HoldReason> = new Set(["dial_never", "busy", "riding", "quiet_hours", "resting", "cap_reached", "unknown_history", "holdout"]);

const HOUR_MS = 3_600_000;
const ALL = 1_000_000;

export class Panel {
  readonly #app: App;
  readonly #element: HTMLElement;
  readonly #opener: HTMLElement;
  readonly #clock = h("span", { class: "clock-now", "data-testid": "clock" });
  readonly #head = h("header", { class: "panel-head" });
  readonly #understood = h("section", { class: "column", "aria-labelledby": "understands" });
  readonly #decided = h("section", { class: "column", "aria-labelledby": "decides" });
  #picked: Said | undefined;
  #unfolded = false;
  #waiting = false;

  constructor(app: App, element: HTMLElement, opener: HTMLElement) {
    this.#app = app;
    this.#element = element;
    this.#opener = opener;
    element.append(this.#head, h("div", { class: "columns" }, this.#decided, this.#understood));
    opener.addEventListener("click", () => this.#toggle());
    element.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#isSheet && this.#open) this.#toggle();
    });
    matchMedia("(max-width: 899px)").addEventListener("change", () => this.#settle());
    app.talk.addEventListener("changed", () => this.#later());
    app.addEventListener("worded", () => this.#all());
    app.clock.addEventListener("moved", () => this.#later());
    setInterval(() => this.#tick(), 1_000);
    this.#all();
  }

  #all(): void {
    redraw(this.#head, ...this.#headline());
    this.#element.setAttribute("aria-label", this.#app.words.panel);
    this.#draw();
    this.#settle();
  }

  /** Many signals in a row are drawn once. */
  #later(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    requestAnimationFrame(() => {
      this.#waiting = false;
      this.#draw();
    });
  }

  #draw(): void {
    const app = this.#app;
    if (this.#picked && !app.talk.log.includes(this.#picked)) this.#picked = undefined;
    const said = this.#picked ?? app.talk.log[0];
    this.#tick();
    redraw(this.#understood, h("h2", { id: "understands" }, app.words.understands), ...understood(app));
    redraw(
      this.#decided,
      h("h2", { id: "decides" }, app.words.decides),
      ...(said ? this.#decision(said) : [nothingYet(app)]),
      ...this.#log(said),
      ...(app.talk.log.length < 4 ? tries(app, () => this.#isSheet && this.#toggle()) : []),
    );
    this.#summary(app.talk.log[0]);
  }

  #tick(): void {
    const { clock, format } = this.#app;
    const now = clock.now();
    this.#clock.replaceChildren(h("span", {}, format.date(now)), " ", h("strong", {}, format.time(now)));
    for (const shown of document.querySelectorAll(".time-now")) shown.textContent = format.time(now);
    for (const shown of document.querySelectorAll(".day-now")) shown.textContent = format.date(now);
  }

  // The sheet on small screens

  get #isSheet(): boolean {
    return matchMedia("(max-width: 899px)").matches;
  }

  get #open(): boolean {
    return this.#element.dataset["open"] !== undefined;
  }

  #toggle(): void {
    this.#element.toggleAttribute("data-open");
    this.#settle();
    if (this.#open) this.#element.querySelector<HTMLElement>(".panel-close")?.focus();
    else this.#opener.focus();
  }

  /** A closed sheet cannot be reached by keyboard. */
  #settle(): void {
    this.#element.inert = this.#isSheet && !this.#open;
    this.#opener.setAttribute("aria-expanded", String(this.#open));
  }

  #summary(said: Said | undefined): void {
    const { words } = this.#app;
    const { speaking: speaks } = this.#app.talk;
    const spoken = speaks ? words.speaks : words.spoke;
    const text = !said ? words.panelOpen : said.decision.kind === "show" ? spoken : `${words.silent}: ${words.holds[said.decision.why]}`;
    this.#opener.classList.toggle("speaks", speaks);
    redraw(this.#opener, h("span", { class: "lamp", "aria-hidden": "true" }), h("span", {}, text));
  }

  #headline(): Child[] {
    const { words, clock } = this.#app;
    const move = (name: keyof typeof words.moves, act: () => void): HTMLElement =>
      h("button", { type: "button", "data-testid": `clock-${name}`, onclick: act }, words.moves[name]);
    return [
      h("div", { class: "brand-line" }, h("span", { class: "spark", "aria-hidden": "true" }), h("strong", {}, "Tactful"), h("span", { class: "sub" }, words.panel)),
      h(
        "div",
        { class: "clock", role: "group", "aria-label": words.clock },
        this.#clock,
        h(
          "div",
          { class: "moves" },
          move("hour", () => clock.advance(HOUR_MS)),
          move("day", () => clock.advance(24 * HOUR_MS)),
          move("week", () => clock.advance(7 * 24 * HOUR_MS)),
          move("morning", () => clock.reachHour(9)),
          move("evening", () => clock.reachHour(19)),
        ),
      ),
      h("button", { class: "panel-close", type: "button", "aria-label": words.panelClose, "data-testid": "panel-close", onclick: () => this.#toggle() }, icon("close")),
    ];
  }

  // The decision

  #decision(said: Said): HTMLElement[] {
    const { words, format, clock, language } = this.#app;
    const { decision, sentence, times } = said;
    const shows = decision.kind === "show";
    const until = decision.kind === "hold" && decision.until !== undefined ? words.until(format.soon(decision.until, clock.now())) : "";
    const offer = shows ? decision.offer.title : until;
    return [
      h(
        "article",
        { class: shows ? "verdict speaks" : "verdict", "data-testid": "verdict", "data-kind": decision.kind, "data-why": shows ? undefined : decision.why },
        h("p", { class: "verdict-head" }, h("span", { class: "lamp" }), h("strong", {}, shows ? words.speaks : words.silent), h("span", {}, `${words.at(decision.placement)} · ${format.time(decision.at)}${times > 1 ? ` · ${words.times(times)}` : ""}`)),
        h("p", { class: "sentence", "data-testid": "sentence" }, sentence[language]),
        offer ? h("p", { class: "verdict-offer", "data-testid": "until" }, offer) : false,
        shows ? h("p", { class: "small" }, words.chance(format.share(decision.propensity))) : false,
      ),
      ...(decision.kind === "hold" && SILENCES.has(decision.why) ? [h("p", { class: "unlooked small" }, words.unlooked)] : [balance(this.#app, decision), funnel(this.#app, decision)]),
      ...this.#refused(decision),
    ];
  }

  #refused({ trace }: Decision): HTMLElement[] {
    const app = this.#app;
    const { words, language, format, clock } = app;
    if (trace.refused.length === 0) return [];
    const title = (id: string): string => app.shop.offers[id]?.title[language] ?? id;
    const groups = grouped(trace.refused).map(([why, refused]) =>
      h(
        "li",
        {},
        h("p", { class: "why" }, words.refusals[why], h("span", { class: "count" }, String(refused.length))),
        h(
          "ul",
          {},
          ...refused.map(({ offer, until }) =>
            h("li", {}, title(offer), until === undefined ? false : h("span", { class: "small" }, ` ${words.until(format.soon(until, clock.now()))}`)),
          ),
        ),
      ),
    );
    const details = h(
      "details",
      { class: "refused", open: this.#unfolded, ontoggle: (event: Event) => (this.#unfolded = (event.target as HTMLDetailsElement).open) },
      h("summary", { "data-testid": "refused" }, words.leftOut(trace.refused.length)),
      trace.runner_up === undefined ? false : h("p", { class: "small" }, words.runnerUp(title(trace.runner_up))),
      h("ul", { class: "reasons" }, ...groups),
    );
    return [details];
  }

  #log(shown: Said | undefined): HTMLElement[] {
    const { talk, words, format } = this.#app;
    if (talk.log.length < 2) return [];
    const rows = talk.log.map((said, place) => {
      const { decision, times } = said;
      const text = decision.kind === "show" ? decision.offer.title : words.holds[decision.why];
      const pick = (): void => {
        this.#picked = place === 0 ? undefined : said;
        this.#draw();
      };
      return h(
        "li",
        {},
        h(
          "button",
          { type: "button", class: decision.kind, "aria-pressed": String(said === shown), "data-testid": `log-${place}`, onclick: pick },
          h("span", { class: "lamp", "aria-hidden": "true" }),
          h("span", { class: "when" }, format.time(decision.at)),
          h("span", { class: "placement" }, decision.placement),
          h("span", { class: "what" }, text),
          times > 1 ? h("span", { class: "count" }, words.times(times)) : false,
        ),
      );
    });
    return [h("h3", {}, words.log), h("ol", { class: "log", "data-testid": "log" }, ...rows)];
  }
}

/** By reason, the most frequent first. */
function grouped(refused: Refused[]): [Refusal, Refused[]][] {
  const reasons = new Map<Refusal, Refused[]>();
  for (const one of refused) reasons.set(one.why, [...(reasons.get(one.why) ?? []), one]);
  return [...reasons].sort(([, a], [, b]) => b.length - a.length);
}

function nothingYet({ words }: App): HTMLElement {
  return h(
    "article",
    { class: "verdict quiet", "data-testid": "verdict", "data-kind": "none" },
    h("p", { class: "verdict-head" }, h("span", { class: "lamp" }), h("strong", {}, words.notAsked)),
    h("p", { class: "small" }, words.notAskedText),
  );
}

/** What to do next, for those who have just come in. */
function tries(app: App, leave: () => void): HTMLElement[] {
  const { words } = app;
  const acts: Record<keyof typeof words.tryIt, [string, () => void]> = {
    walk: ["🚶", () => (leave(), app.open("map"))],
    scan: ["🏷️", () => (leave(), app.open("scan"))],
    family: ["🏡", () => app.loadFamily()],
    hour: ["⏳", () => app.clock.advance(HOUR_MS)],
  };
  const open = Object.entries(acts).filter(([name]) => name !== "family" || !app.family);
  const rows = open.map(([name, [picture, act]]) => {
    const [title, text] = words.tryIt[name as keyof typeof words.tryIt];
    return h(
      "li",
      {},
      h(
        "button",
        { type: "button", "data-testid": `try-${name}`, onclick: act },
        h("span", { class: "pictogram", "aria-hidden": "true" }, picture),
        h("span", {}, h("strong", {}, title), h("span", { class: "small" }, text)),
      ),
    );
  });
  return [h("h3", { class: "tries-head" }, words.tries), h("ul", { class: "tries" }, ...rows)];
}

/** Usefulness against what the interruption costs, on one scale. */
function balance({ words, format }: App, { trace, kind }: Decision): HTMLElement {
  const { usefulness, cost } = trace;
  const scale = Math.max(usefulness ?? 0, cost, 250_000) * 1.15;
  const at = (value: Ppm): string => `${(100 * value) / scale}%`;
  const verdict = usefulness === undefined ? words.unpriced : kind === "show" || usefulness > cost ? words.beats : words.falls;
  return h(
    "figure",
    { class: "balance" },
    h(
      "div",
      { class: "beam", "--useful": at(usefulness ?? 0), "--cost": at(cost) },
      h("span", { class: usefulness !== undefined && usefulness > cost ? "useful wins" : "useful" }),
      h("span", { class: "cost" }),
    ),
    h(
      "figcaption",
      {},
      h("span", {}, `${words.usefulness} `, h("strong", {}, usefulness === undefined ? "–" : format.share(usefulness))),
      h("span", {}, `${words.cost} `, h("strong", {}, format.share(cost))),
      h("span", { class: "small" }, verdict),
    ),
  );
}

function funnel({ words }: App, { trace }: Decision): HTMLElement {
  const { offers } = trace.funnel;
  const stations = (["offers", "candidates", "survivors"] as const).map((name) =>
    h(
      "li",
      { "--share": offers > 0 ? trace.funnel[name] / offers : 0 },
      h("strong", {}, String(trace.funnel[name])),
      h("span", {}, words.funnel[name]),
    ),
  );
  return h("ol", { class: "funnel", "data-testid": "funnel" }, ...stations);
}

// What is understood

function understood(app: App): HTMLElement[] {
  const moment = app.talk.moment();
  return [presence(app, moment), intent(app, moment), stage(app, moment), needs(app, moment), memories(app, moment)];
}

function presence(app: App, { presence: { state, probability, tier, store } }: Moment): HTMLElement {
  const { words, format, shop } = app;
  const name = store === undefined ? "" : (shop.store(store)?.name ?? store);
  const title = state === "away" || !name ? words.states[state] : `${words.states[state]} ${name}`;
  return h(
    "article",
    { class: `fact ${state}`, "data-testid": "presence", "data-state": state },
    h("h3", {}, words.presence),
    h("p", { class: "big" }, title),
    meter(probability / ALL, `${format.share(probability)} ${words.sure}`),
    h("p", { class: "small" }, `${format.share(probability)} ${words.sure} · ${words.tiers[tier]}`),
  );
}

function intent(app: App, { intent: { stage, purchase, categories } }: Moment): HTMLElement {
  const { words, format, shop, language } = app;
  const stages = Object.entries(words.intents).map(([name, word]) =>
    h("li", { class: name === stage ? "on" : "", "aria-current": name === stage ? "step" : undefined }, word),
  );
  const names = categories.map((id) => h("li", {}, shop.category(id)?.name[language] ?? id));
  return h(
    "article",
    { class: "fact", "data-testid": "intent", "data-stage": stage },
    h("h3", {}, words.intent),
    h("ol", { class: "steps" }, ...stages),
    meter(purchase / ALL, `${words.purchase}: ${format.share(purchase)}`),
    h("p", { class: "small" }, `${words.purchase}: ${format.share(purchase)}`),
    names.length > 0 && h("ul", { class: "chips" }, ...names),
  );
}

function stage(app: App, { stage: now }: Moment): HTMLElement {
  const { words } = app;
  const stages = Object.entries(words.stages).map(([name, word]) =>
    h("li", { class: name === now ? "on" : "", "aria-current": name === now ? "step" : undefined }, word),
  );
  return h("article", { class: "fact", "data-testid": "stage", "data-stage": now }, h("h3", {}, words.stage), h("ol", { class: "steps" }, ...stages));
}

function needs(app: App, { needs: known }: Moment): HTMLElement {
  const { words, format, shop, language } = app;
  const rows = known.slice(0, 5).map(({ category, due, within_week }) =>
    h(
      "li",
      {},
      h("span", {}, shop.category(category)?.name[language] ?? category),
      h("span", { class: "small" }, words.due(format.date(due))),
      meter(within_week / ALL, format.share(within_week)),
    ),
  );
  const body = rows.length > 0 ? h("ul", { class: "rows" }, ...rows) : h("p", { class: "small" }, words.noNeeds);
  return h("article", { class: "fact", "data-testid": "needs" }, h("h3", {}, words.needs), body);
}

function memories(app: App, { memories: known }: Moment): HTMLElement {
  const { words, format, shop } = app;
  const rows = known.map(({ product, score, sentence }) =>
    h(
      "li",
      {},
      h("span", {}, `${shop.product(product)?.picture ?? ""} ${sentence}`),
      meter(score / ALL, format.share(score)),
    ),
  );
  const body = rows.length > 0 ? h("ul", { class: "rows" }, ...rows) : h("p", { class: "small" }, words.noMemories);
  return h("article", { class: "fact", "data-testid": "memories" }, h("h3", {}, words.memories), body);
}

function meter(share: number, label: string): HTMLElement {
  return h("div", { class: "meter", role: "img", "aria-label": label, "--share": share }, h("span", {}));
}
