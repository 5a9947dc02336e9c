/**
 * `<tactful-card>` shows one decision and reports what the shopper did.
 *
 * It never decides, stores, fetches or tracks: properties in, events out. Importing this file registers nothing, also
 * where there is no `HTMLElement`.
 */
import type { Decision, Language, Savings, Show } from "../types.js";
import { Base, dress, languageOf, make, money, picture, sheetOf } from "./parts.js";
import { STYLE } from "./style.js";
import { type CardReply, type Words, WORDS } from "./words.js";

export type { CardReply } from "./words.js";

/** What `offer-shown` tells. Cancelled, the card stays closed. */
export interface OfferShownDetail { decision: Show }

/** What `offer-reply` tells. Cancelled, the card stays open and unanswered. */
export interface OfferReplyDetail { decision: Show; reply: CardReply }

/** What `offer-stopped` tells: the shop took the offer back, and the card closed. */
export interface OfferStoppedDetail { decision: Show }
/** What `voice-open` tells: beside which offer the shopper wants to say something. */
export interface VoiceOpenDetail { decision: Show }

export interface TactfulCardEventMap {
  "offer-shown": CustomEvent<OfferShownDetail>;
  "offer-reply": CustomEvent<OfferReplyDetail>;
  "offer-stopped": CustomEvent<OfferStoppedDetail>;
  "voice-open": CustomEvent<VoiceOpenDetail>;
}

/** How long the answer to a reply stays, milliseconds. */
const THANKS_MS = 2_400;

let sheet: CSSStyleSheet | undefined;

/**
 * The card.
 *
 * Parts: `card`, `picture`, `kind`, `title`, `text`, `savings`, `reason`, `actions`, `button`, `close`, `thanks`, `tell`; each
 * button also has its reply as a part (`saved`, `useful`, `later`, `less_like_this`, `never_again`). Custom properties:
 * `--tactful-surface`, `-ink`, `-muted`, `-line`, `-tile`, `-accent`, `-on-accent`, `-focus`, `-radius`,
 * `-button-radius`, `-shadow`, `-font`.
 */
export class TactfulCard extends Base {
  #decision: Show | undefined;
  #reason = "";
  #voice = false;
  #language: Language | undefined;
  #stopped: readonly string[] = [];
  #answered: CardReply | undefined;
  #cameFrom: HTMLElement | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #root: ShadowRoot;
  readonly #card = make("section", "card");
  /** Stands from the start, so that what is put into it later is read aloud. */
  readonly #aloud = make("p", "", "aloud");

  /** Registers the element; does nothing where `tag` is taken already. */
  static define(tag = "tactful-card", registry: CustomElementRegistry = customElements): void {
    if (!registry.get(tag)) registry.define(tag, this);
  }

  constructor() {
    super();
    this.#root = this.attachShadow({ mode: "open" });
    this.#root.adoptedStyleSheets = [(sheet ??= sheetOf(STYLE))];
    this.#card.setAttribute("role", "region");
    this.#card.setAttribute("aria-labelledby", "title");
    this.#card.hidden = true;
    this.#aloud.setAttribute("role", "status");
    this.#aloud.setAttribute("aria-live", "polite");
    this.#card.addEventListener("keydown", (event) => this.#key(event));
    this.#card.addEventListener("focusin", (event) => this.#entered(event));
    this.#root.append(this.#card, this.#aloud);
  }

  connectedCallback(): void {
    for (const name of ["stopped", "voice", "decision", "reason", "language"] as const) this.#upgrade(name);
    if (this.#decision && !this.open) this.#show();
  }

  /** Moved to another document, an element has lost its style. */
  adoptedCallback(): void {
    dress(this.#root, STYLE);
  }

  disconnectedCallback(): void {
    // What has its answer does not ask again where the page puts the card next.
    if (this.#answered) this.decision = undefined;
    else this.#close();
  }

  /** The decision that is shown; a hold and `undefined` close the card without a reply. */
  get decision(): Show | undefined {
    return this.#decision;
  }

  set decision(decision: Decision | undefined) {
    this.#close();
    this.#decision = decision?.kind === "show" ? decision : undefined;
    if (this.#decision && this.isConnected) this.#show();
  }

  /** Ids of offers that are not shown, whatever is decided; one that is on screen goes at once. See `tactful/live`. */
  get stopped(): readonly string[] {
    return this.#stopped;
  }

  set stopped(stopped: readonly string[] | undefined) {
    this.#stopped = stopped ?? [];
    if (this.#decision && this.isConnected) this.#stop(this.#decision);
  }

  /** One sentence for the shopper: why this, why now. Set it before `decision`, so that it is read aloud once. */
  get reason(): string {
    return this.#reason;
  }

  set reason(reason: string) {
    this.#reason = reason ?? "";
    this.#refresh();
  }

  /** The language of the card's own words; where none was set, that of the nearest `lang`. */
  get language(): Language {
    return languageOf(this, this.#language);
  }

  set language(language: Language | undefined) {
    this.#language = language;
    this.#refresh();
  }

  /** Whether the card has an entry "tell us", which says `voice-open` (`tactful/voice/form`) and leaves the card open. */
  get voice(): boolean {
    return this.#voice;
  }

  set voice(voice: boolean) {
    this.#voice = Boolean(voice);
    this.#refresh();
  }

  /** Whether the card waits for a reply. */
  get open(): boolean {
    return !this.#card.hidden && this.#answered === undefined;
  }

  #show(): void {
    const decision = this.#decision;
    if (!decision || this.#stop(decision)) return;
    if (!this.#tell("offer-shown", { decision })) {
      this.#decision = undefined;
      return;
    }
    this.#render(decision);
    this.#card.hidden = false;
    this.#aloud.textContent = [decision.offer.title, this.#reason].filter(Boolean).join(". ");
  }

  /** Closes where the decision's offer is stopped, and says so. */
  #stop(decision: Show): boolean {
    const isStopped = this.#stopped.includes(decision.offer.id);
    if (isStopped) {
      this.decision = undefined;
      this.#tell("offer-stopped", { decision });
    }
    return isStopped;
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#giveFocusBack();
    this.#answered = undefined;
    this.#card.hidden = true;
    this.#card.replaceChildren();
    this.#aloud.textContent = "";
  }

  #reply(reply: CardReply): void {
    const decision = this.#decision;
    if (!decision || this.#answered) return;
    if (!this.#tell("offer-reply", { decision, reply }) || this.#decision !== decision) return;
    if (reply === "dismissed") {
      this.decision = undefined;
      return;
    }
    this.#answered = reply;
    this.#giveFocusBack();
    const thanks = make("p", "thanks", "thanks", this.#words.thanks[reply]);
    thanks.id = "title";
    this.#card.replaceChildren(thanks);
    this.#aloud.textContent = thanks.textContent;
    this.#timer = setTimeout(() => (this.decision = undefined), THANKS_MS);
  }

  /** Returns false when a listener cancelled the event. */
  #tell<Name extends keyof TactfulCardEventMap>(name: Name, detail: TactfulCardEventMap[Name]["detail"]): boolean {
    return this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable: true }));
  }

  /** Escape closes only where the focus is inside: elsewhere it belongs to the page. */
  #key(event: KeyboardEvent): void {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.stopPropagation();
    this.#reply("dismissed");
  }

  #entered(event: FocusEvent): void {
    const from = event.relatedTarget;
    if (from instanceof HTMLElement && !this.#root.contains(from)) this.#cameFrom = from;
  }

  #giveFocusBack(): void {
    if (this.#root.activeElement) this.#cameFrom?.focus({ preventScroll: true });
    this.#cameFrom = undefined;
  }

  get #words(): Words {
    return WORDS[this.language];
  }

  /** Writes changed words into an open card; what has the focus keeps it. */
  #refresh(): void {
    if (!this.#decision || !this.open) return;
    const focused = this.#root.activeElement?.getAttribute("part");
    this.#render(this.#decision);
    if (focused) this.#root.querySelector<HTMLElement>(`[part="${focused}"]`)?.focus({ preventScroll: true });
  }

  #render(decision: Show): void {
    const { offer, savings } = decision;
    const title = make("h2", "title", "title", offer.title);
    title.id = "title";
    const words = make("div", "");
    words.append(make("p", "kind", "kind", this.#words.kind[offer.kind]), title);
    const head = make("div", "", "head");
    head.append(...picture(offer.picture), words);
    this.#card.lang = this.language;
    this.#card.dataset.kind = offer.kind;
    this.#card.replaceChildren(
      head,
      make("p", "text", "text", offer.text),
      ...(savings ? this.#savings(savings) : []),
      ...(this.#reason ? [make("p", "reason", "reason", this.#reason)] : []),
      this.#actions("row", offer.kind === "coupon" ? ["saved", "useful", "later"] : ["useful", "later"]),
      this.#actions("row quiet", ["less_like_this", "never_again"]),
      this.#closeButton(),
    );
  }

  #savings({ currency, saves, pays, missing }: Savings): HTMLElement[] {
    const amount = (minor: number): string => money(minor, currency, this.language);
    const line = make("p", "savings", "savings");
    if (missing > 0) line.append(make("strong", "", "", this.#words.missing(amount(missing))));
    else if (saves > 0) line.append(make("strong", "", "", this.#words.saves(amount(saves))));
    if (saves > 0 && missing === 0) line.append(make("span", "", "", this.#words.pays(amount(pays))));
    return line.hasChildNodes() ? [line] : [];
  }

  #actions(look: string, replies: CardReply[]): HTMLElement {
    const row = make("div", "actions", look);
    row.append(...replies.map((reply, place) => this.#button(reply, place === 0 && look === "row" ? "main" : "")));
    if (this.#voice && look !== "row") row.append(this.#tellUs());
    return row;
  }

  #button(reply: CardReply, look: string): HTMLButtonElement {
    const button = make("button", `button ${reply}`, look, this.#words.button[reply]);
    button.type = "button";
    button.addEventListener("click", () => this.#reply(reply));
    return button;
  }

  #tellUs(): HTMLButtonElement {
    const button = make("button", "button tell", "", this.#words.tell);
    button.type = "button";
    button.addEventListener("click", () => this.#decision && this.#tell("voice-open", { decision: this.#decision }));
    return button;
  }

  #closeButton(): HTMLButtonElement {
    const button = this.#button("dismissed", "close");
    button.setAttribute("part", "close");
    button.setAttribute("aria-label", this.#words.button.dismissed);
    button.textContent = "×";
    return button;
  }

  /** Takes over a property that was set before the element was defined. */
  #upgrade(name: "decision" | "reason" | "language" | "stopped" | "voice"): void {
    if (!Object.hasOwn(this, name)) return;
    const value = this[name];
    delete (this as Record<string, unknown>)[name];
    (this as Record<string, unknown>)[name] = value;
  }
}
