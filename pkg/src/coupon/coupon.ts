/**
 * `<tactful-coupon>` shows a coupon that was taken, so that a till can read it: QR code, bars where the till needs them, and
 * letters to read aloud.
 *
 * It never claims, stores, fetches or tracks: properties in, events out. What draws codes is loaded by the host when a coupon
 * is opened. Importing this file registers nothing, also where there is no `HTMLElement`.
 */
import { Base, dress, languageOf, make, money, picture, sheetOf } from "../card/parts.js";
import { LONGEST_MS } from "../timer.js";
import type { Language, Timestamp } from "../types.js";
import { type Bars, type Codes, type Modules, fit, svgOf } from "./draw.js";
import { STYLE } from "./style.js";
import { type Lifetime, leftOf, nextChange, stateOf, stepOf, whenOf } from "./validity.js";
import { type CouponState, type Words, WORDS } from "./words.js";

export type { Bars, Codes, Modules } from "./draw.js";
export type { CouponState } from "./words.js";

/** What is shown: as the wallet keeps it, with what a till is to read. */
export interface ShownCoupon extends Lifetime {
  title: string;
  text?: string | undefined;
  /** An emoji or an `https` image. */
  picture?: string | undefined;
  /** Basis points, or minor units of `currency`; `terms` is what `text` says. */
  benefit?: { kind: "percent" | "amount" | "terms"; value: number } | undefined;
  /** Smallest basket, minor units of `currency`. */
  minimum?: number | "terms" | undefined;
  currency?: string | undefined;
  /** The time zone of the shop (IANA); that of the device where missing. */
  timeZone?: string | undefined;
  /** The 16 letters of the short code; none of a coupon that is bound to this phone, since anybody can read letters. */
  code?: string | undefined;
  /** The text of the QR code; where it is a function, it is asked again every 15 seconds (a coupon that is bound to this phone). */
  qr: string | (() => string | Promise<string>);
  /** Bars, where the till needs them. */
  bars?: { symbology: Bars; text: string } | undefined;
}

/** What `coupon-use` and `coupon-close` tell. Cancelled, nothing changes. */
export interface CouponDetail { coupon: ShownCoupon }

export interface TactfulCouponEventMap {
  "coupon-use": CustomEvent<CouponDetail>;
  "coupon-close": CustomEvent<CouponDetail>;
}

/** How often a code that is bound to this phone is made anew, milliseconds: tills take it for a minute. */
const RENEW_MS = 15_000;
/** The widest that a QR code and bars are drawn, pixels of CSS: wider is no easier to read, and leaves no room for words. */
const WIDEST = { qr: 300, bars: 420 };

let sheet: CSSStyleSheet | undefined;

/**
 * The coupon.
 *
 * Parts: `coupon`, `picture`, `kind`, `title`, `benefit`, `minimum`, `text`, `validity`, `sheet`, `qr`, `bars`, `code`, `note`,
 * `hint`, `stamp`, `actions`, `button`, `use`, `close`. Custom properties are those of the card; the sheet that carries a code stays white.
 */
export class TactfulCoupon extends Base {
  #coupon: ShownCoupon | undefined;
  #language: Language | undefined;
  #codes: (() => Promise<Codes>) | undefined;
  #clock: () => Timestamp = () => Date.now();
  #drawn: { qr: string; pictures: readonly SVGSVGElement[] } | undefined;
  #failed = false;
  #step = "";
  #ticking: ReturnType<typeof setTimeout> | undefined;
  #renewing: ReturnType<typeof setInterval> | undefined;
  #lock: WakeLockSentinel | undefined;
  #cameFrom: HTMLElement | undefined;
  readonly #root: ShadowRoot;
  readonly #section = make("section", "coupon");
  /** Stands from the start, so that what is put into it later is read aloud. */
  readonly #aloud = make("p", "", "aloud");
  #resized: ResizeObserver | undefined;
  readonly #hear = (): void => this.#look();

  /** Registers the element; does nothing where `tag` is taken already. */
  static define(tag = "tactful-coupon", registry: CustomElementRegistry = customElements): void {
    if (!registry.get(tag)) registry.define(tag, this);
  }

  constructor() {
    super();
    this.#root = this.attachShadow({ mode: "open" });
    this.#root.adoptedStyleSheets = [(sheet ??= sheetOf(STYLE))];
    this.#section.setAttribute("role", "region");
    this.#section.setAttribute("aria-labelledby", "title");
    this.#section.hidden = true;
    this.#aloud.setAttribute("role", "status");
    this.#aloud.setAttribute("aria-live", "polite");
    this.#section.addEventListener("keydown", (event) => this.#key(event));
    this.#section.addEventListener("focusin", (event) => this.#entered(event));
    this.#root.append(this.#section, this.#aloud);
  }

  connectedCallback(): void {
    for (const name of ["codes", "clock", "language", "coupon"] as const) this.#upgrade(name);
    for (const name of ["online", "offline"]) addEventListener(name, this.#hear);
    document.addEventListener("visibilitychange", this.#hear);
    this.#resized = new ResizeObserver(() => this.#fit());
    this.#resized.observe(this.#section);
    if (this.#coupon && !this.open) this.#show();
  }

  /** Moved to another document, an element has lost its style. */
  adoptedCallback(): void {
    dress(this.#root, STYLE);
  }

  disconnectedCallback(): void {
    for (const name of ["online", "offline"]) removeEventListener(name, this.#hear);
    document.removeEventListener("visibilitychange", this.#hear);
    this.#resized?.disconnect();
    this.#close();
  }

  /** What is shown; `undefined` closes it. */
  get coupon(): ShownCoupon | undefined {
    return this.#coupon;
  }

  set coupon(coupon: ShownCoupon | undefined) {
    this.#close();
    this.#coupon = coupon ?? undefined;
    if (coupon && this.isConnected) this.#show();
  }

  /** Loads what draws codes, such as `() => import("./codes.js")`. It is called when a coupon is opened, and not before. */
  get codes(): (() => Promise<Codes>) | undefined {
    return this.#codes;
  }

  set codes(codes: (() => Promise<Codes>) | undefined) {
    this.#codes = codes;
    this.#drawn = undefined;
    this.#look();
  }

  /** The time of the edge that gave the coupon out; `Date.now` where it was not set. */
  get clock(): () => Timestamp {
    return this.#clock;
  }

  set clock(clock: () => Timestamp) {
    this.#clock = clock;
    this.#look();
  }

  /** The language of the coupon's own words; where none was set, that of the nearest `lang`. */
  get language(): Language {
    return languageOf(this, this.#language);
  }

  set language(language: Language | undefined) {
    this.#language = language;
    this.#drawn = undefined;
    this.#look();
  }

  /** How the coupon stands; `undefined` where none is shown. */
  get state(): CouponState | undefined {
    return this.#coupon && stateOf(this.#coupon, this.#clock());
  }

  /** Whether a coupon is shown. */
  get open(): boolean {
    return !this.#section.hidden;
  }

  #show(): void {
    this.#section.hidden = false;
    this.#step = "";
    this.#look();
  }

  #close(): void {
    clearTimeout(this.#ticking);
    this.#still();
    if (this.#root.activeElement) this.#cameFrom?.focus({ preventScroll: true });
    this.#cameFrom = undefined;
    this.#drawn = undefined;
    this.#failed = false;
    this.#section.hidden = true;
    this.#section.replaceChildren();
    this.#aloud.textContent = "";
  }

  /** Brings everything to how things stand now. What has the focus keeps it. */
  #look(): void {
    const coupon = this.#coupon;
    if (!coupon || !this.open) return;
    const focused = this.#root.activeElement?.getAttribute("part");
    this.#render(coupon);
    if (focused) this.#root.querySelector<HTMLElement>(`[part="${focused}"]`)?.focus({ preventScroll: true });
    this.#fit();
    this.#tick(coupon);
    const shown = this.#isReadable(coupon) && document.visibilityState === "visible";
    if (!shown) return this.#still();
    if (!this.#drawn) void this.#draw(coupon);
    if (typeof coupon.qr === "function") this.#renewing ??= setInterval(() => void this.#draw(coupon), RENEW_MS);
    void this.#stayAwake();
  }

  /** A clock that is wrong must not keep a good coupon from the till: before its time it can be read as well. */
  #isReadable(coupon: ShownCoupon): boolean {
    return ["not_yet", "ready"].includes(stateOf(coupon, this.#clock()));
  }

  /** Nothing is renewed, and the screen may go dark. */
  #still(): void {
    clearInterval(this.#renewing);
    this.#renewing = undefined;
    // What was signed before is out of date when the page is seen again.
    if (typeof this.#coupon?.qr === "function") this.#drawn = undefined;
    void this.#lock?.release();
    this.#lock = undefined;
  }

  /** Keeps the screen on while a coupon is open, where the browser can. */
  async #stayAwake(): Promise<void> {
    if (this.#lock && !this.#lock.released) return;
    const lock = await navigator.wakeLock?.request("screen").catch(() => undefined);
    const wanted = this.open && this.isConnected && this.#coupon && this.#isReadable(this.#coupon);
    if (wanted && (!this.#lock || this.#lock.released)) this.#lock = lock;
    else void lock?.release();
  }

  /** Changes the words for what is left, at the time they change; aloud only at steps. */
  #tick(coupon: ShownCoupon): void {
    clearTimeout(this.#ticking);
    const now = this.#clock();
    const step = stepOf(coupon, now);
    if (step !== this.#step) {
      const first = this.#step === "";
      this.#step = step;
      this.#aloud.textContent = [first && coupon.title, first && this.#benefit(coupon), ...this.#validity(coupon, now, true)].filter(Boolean).join(". ");
    }
    const wait = nextChange(coupon, now, calm());
    if (wait !== undefined) this.#ticking = setTimeout(() => this.#pass(), Math.min(wait, LONGEST_MS));
  }

  /** Time went by: only what says so is written anew, unless the coupon stands otherwise. */
  #pass(): void {
    const coupon = this.#coupon;
    if (!coupon) return;
    const now = this.#clock();
    if (this.#section.dataset.state !== stateOf(coupon, now)) return this.#look();
    this.#root.querySelector(".validity")?.replaceWith(this.#validityLine(coupon, now));
    this.#tick(coupon);
  }

  /** Draws the codes, and puts them in the place of those before. Bars that cannot be drawn do not keep the QR code back. */
  async #draw(coupon: ShownCoupon): Promise<void> {
    try {
      const qr = typeof coupon.qr === "function" ? await coupon.qr() : coupon.qr;
      if (this.#drawn?.qr === qr || !this.#codes) return;
      const codes = await this.#codes();
      const [square, bars] = [await codes.draw("qr_code", qr), await drawBars(codes, coupon)];
      if (this.#isOver(coupon)) return;
      const pictures = [svgOf(square, this.#words.qr, true), ...(bars ? [svgOf(bars, this.#words.bars, false)] : [])];
      [this.#drawn, this.#failed] = [{ qr, pictures }, false];
    } catch {
      if (this.#isOver(coupon)) return;
      this.#failed = !this.#drawn;
    }
    this.#root.querySelector(".pictures")?.replaceWith(this.#pictures(coupon));
    this.#fit();
  }

  /** Another coupon is shown, or one that is bound to the phone is not looked at any more: what was signed for it grows old. */
  #isOver(coupon: ShownCoupon): boolean {
    return this.#coupon !== coupon || (typeof coupon.qr === "function" && !this.#renewing);
  }

  #fit(): void {
    const place = this.#root.querySelector(".pictures");
    if (!place) return;
    for (const picture of this.#drawn?.pictures ?? []) {
      fit(picture, Math.min(place.clientWidth, WIDEST[picture.getAttribute("part") as keyof typeof WIDEST]));
    }
  }

  get #words(): Words {
    return WORDS[this.language];
  }

  #render(coupon: ShownCoupon): void {
    const now = this.#clock();
    const state = stateOf(coupon, now);
    const title = make("h2", "title", "title", coupon.title);
    title.id = "title";
    const names = make("div", "");
    names.append(make("p", "kind", "kind", this.#words.kind), title);
    const head = make("div", "", "head");
    head.append(...picture(coupon.picture), names);
    this.#section.lang = this.language;
    this.#section.dataset.state = state;
    const benefit = this.#benefit(coupon);
    const minimum = this.#minimum(coupon);
    const isReadable = this.#isReadable(coupon);
    this.#section.replaceChildren(
      head,
      ...(benefit ? [make("p", "benefit", "benefit", benefit)] : []),
      ...(minimum ? [make("p", "minimum", "minimum", minimum)] : []),
      ...(coupon.text ? [make("p", "text", "text", coupon.text)] : []),
      this.#validityLine(coupon, now),
      isReadable ? this.#sheet(coupon) : this.#done(coupon, state),
      ...(isReadable ? this.#below() : []),
      this.#button("close", "close", "×"),
    );
  }

  #benefit({ benefit, currency }: ShownCoupon): string {
    if (benefit?.kind === "percent") return this.#words.percent(new Intl.NumberFormat(this.language, { style: "percent", maximumFractionDigits: 2 }).format(benefit.value / 10_000));
    return benefit?.kind === "amount" && currency ? this.#words.amount(money(benefit.value, currency, this.language)) : "";
  }

  #minimum({ minimum, currency }: ShownCoupon): string {
    return typeof minimum === "number" && minimum > 0 && currency ? this.#words.minimum(money(minimum, currency, this.language)) : "";
  }

  /** How it stands and until when; aloud nobody hears seconds. */
  #validity(coupon: ShownCoupon, now: Timestamp, aloud = false): string[] {
    const words = this.#words;
    const state = stateOf(coupon, now);
    const when = (at: Timestamp): string => whenOf(at, this.language, coupon.timeZone);
    if (state === "not_yet") return [words.state.not_yet, words.from(when(coupon.from))];
    if (state === "ready") return [words.left(leftOf(coupon.until - now, this.language, aloud || calm())), words.until(when(coupon.until))];
    return [words.state[state], when(coupon.used ?? coupon.until)];
  }

  #validityLine(coupon: ShownCoupon, now: Timestamp): HTMLElement {
    const line = make("p", "validity", "validity");
    const [strong = "", rest = ""] = this.#validity(coupon, now);
    line.append(make("strong", "", "", strong), make("span", "", "", rest));
    return line;
  }

  #sheet(coupon: ShownCoupon): HTMLElement {
    const sheet = make("div", "sheet", "sheet");
    sheet.append(this.#pictures(coupon), ...this.#letters(coupon));
    return sheet;
  }

  #pictures({ code }: ShownCoupon): HTMLElement {
    const failed = code === undefined ? this.#words.notDrawn : this.#words.lettersOnly;
    const place = make("div", "", "pictures");
    if (this.#drawn) place.append(...this.#drawn.pictures);
    else if (this.#codes) place.append(make("p", "note", "note", this.#failed ? failed : this.#words.loading));
    return place;
  }

  /** Four letters at a time for the eye, one by one for the ear. */
  #letters({ code }: ShownCoupon): HTMLElement[] {
    if (code === undefined) return [];
    const groups = code.match(/.{1,4}/g) ?? [];
    const seen = make("p", "code", "code");
    seen.setAttribute("aria-hidden", "true");
    // With a space after each, so that what is copied has them too.
    seen.append(...groups.map((group) => make("span", "", "", `${group} `)));
    const heard = make("p", "", "aloud", `${this.#words.letters}: ${groups.map((group) => [...group].join(" ")).join(", ")}`);
    return [seen, heard];
  }

  #done(coupon: ShownCoupon, state: CouponState): HTMLElement {
    const sheet = make("div", "sheet", "sheet done");
    sheet.append(make("p", "stamp", "stamp", `${state === "used" ? "✓" : "✕"} ${this.#words.state[state]}`), ...this.#letters(coupon));
    return sheet;
  }

  #below(): HTMLElement[] {
    const row = make("div", "actions", "row quiet");
    row.append(this.#button("use", "", this.#words.use));
    const isOffline = navigator.onLine === false;
    return [make("p", "hint", "hint", this.#words.bright), ...(isOffline ? [make("p", "hint", "hint offline", this.#words.offline)] : []), row];
  }

  #button(what: "use" | "close", look: string, text: string): HTMLButtonElement {
    const button = make("button", what === "close" ? "close" : "button use", look, text);
    button.type = "button";
    if (what === "close") button.setAttribute("aria-label", this.#words.close);
    button.addEventListener("click", () => this.#tell(what));
    return button;
  }

  #tell(what: "use" | "close"): void {
    const coupon = this.#coupon;
    if (!coupon) return;
    const event = new CustomEvent<CouponDetail>(`coupon-${what}`, { detail: { coupon }, bubbles: true, composed: true, cancelable: true });
    if (!this.dispatchEvent(event) || this.#coupon !== coupon) return;
    if (what === "close") {
      this.coupon = undefined;
      return;
    }
    const isInside = this.#root.activeElement !== null;
    this.#coupon = { ...coupon, used: this.#clock() };
    this.#look();
    // The button that had the focus is gone.
    if (isInside) this.#root.querySelector<HTMLElement>("[part=close]")?.focus({ preventScroll: true });
  }

  /** Escape closes only where the focus is inside: elsewhere it belongs to the page. */
  #key(event: KeyboardEvent): void {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.stopPropagation();
    this.#tell("close");
  }

  #entered(event: FocusEvent): void {
    const from = event.relatedTarget;
    if (from instanceof HTMLElement && !this.#root.contains(from)) this.#cameFrom = from;
  }

  /** Takes over a property that was set before the element was defined. */
  #upgrade(name: "coupon" | "codes" | "clock" | "language"): void {
    if (!Object.hasOwn(this, name)) return;
    const value = this[name];
    delete (this as Record<string, unknown>)[name];
    (this as Record<string, unknown>)[name] = value;
  }
}

async function drawBars(codes: Codes, { bars }: ShownCoupon): Promise<Modules | undefined> {
  try {
    return bars && (await codes.draw(bars.symbology, bars.text));
  } catch {
    return undefined;
  }
}

/** Whether seconds that run would be too much. */
function calm(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
