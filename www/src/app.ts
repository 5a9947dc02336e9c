/**
 * The shop's state, and what the shopper can do in it. Screens draw it; nothing here touches the page.
 *
 * Says `moved` when another screen is open, `changed` when this one shows something else, `worded` when the language is
 * another. What the engine understands changes with `talk`.
 */
import type { AskedSignal, CareCaseSignal, DialSignal, Language, Show, Tactful } from "tactful";
import type { Clock } from "./lib/clock.js";
import type { Coupons } from "./lib/coupons.js";
import { objects, tellConsent } from "./lib/consent.js";
import { Conversation, type Fact } from "./lib/conversation.js";
import { family, item, major } from "./lib/family.js";
import { type Format, formats } from "./lib/format.js";
import * as keep from "./lib/keep.js";
import type { Product, Shop } from "./lib/pages.js";
import { Telling } from "./lib/telling.js";
import { type Fix, HOME, Player, stay, type Walk, wayMs } from "./lib/walk.js";
import { type Vocabulary, WORDS } from "./lib/words.js";

export type Screen =
  | { name: "shop" }
  | { name: "category"; id: string }
  | { name: "product"; id: string }
  | { name: "basket" }
  | { name: "pay" }
  | { name: "receipt"; paid: number }
  | { name: "map" }
  | { name: "scan" }
  | { name: "me" }
  | { name: "coupons" };

/** A coupon that was taken in the card and is not claimed; without `offer` there is nothing to claim. */
export type Taken = keep.Kept["taken"][number];

export type Tab = keyof Vocabulary["tabs"];
export type Dial = DialSignal["dial"];
export type Topic = CareCaseSignal["topic"];

/** Asks again this long after the last time while the shopper stays in a store, milliseconds. */
const DWELL_MS = 60_000;
/** How exactly the phone tells where it is when the shopper lets it, metres, and for how long, seconds. */
const ACCURACY_M = 8;
const STAY_S = 60;
/** The care case that is opened here; what is said in "tell us" has the id of its topic. */
const CASE = "demo-case";

export class App extends EventTarget {
  readonly shop: Shop;
  readonly clock: Clock;
  readonly talk: Conversation;
  readonly player: Player;
  /** What the shop is told of a week, with a consent of its own. */
  readonly telling: Telling;
  readonly basket: Map<string, number>;
  readonly taken: keep.Kept["taken"];
  /** Ids of the topics that were asked for in "tell us", to find the answers. */
  asked: string[];
  readonly trail: Fix[] = [];
  screen: Screen = { name: "shop" };
  language: Language;
  /** Whether the shopper has said that they may be remembered. */
  consent: boolean;
  dial: Dial;
  /** Open care cases by their ids, the oldest first. */
  readonly cases: Map<string, Topic>;
  /** Whether the example family's history was taken in. */
  family: boolean;
  /** Whether the shopper is asked where they are, and with what words. */
  question: string | undefined;
  term = "";
  note = "";
  /** What was claimed at the edge; loaded when there is something. */
  coupons: Coupons | undefined;
  /** Whether coupons are claimed at all: not where a catalog is only tried. */
  claims = true;
  #loading: Promise<Coupons> | undefined;
  readonly #before: Screen[] = [];
  #entered: { store: string; asked: number } | undefined;

  constructor(shop: Shop, clock: Clock, talk: Conversation, language: Language, kept?: keep.Kept) {
    super();
    this.shop = shop;
    this.clock = clock;
    this.talk = talk;
    this.language = language;
    this.player = new Player(clock);
    this.player.addEventListener("fix", (event) => this.fix((event as CustomEvent<Fix>).detail));
    this.telling = new Telling(talk, Object.keys(shop.offers).sort(), kept?.sharing);
    this.telling.addEventListener("changed", () => this.changed());
    this.basket = new Map(kept?.basket.filter(([id]) => shop.product(id)));
    this.taken = kept?.taken ?? [];
    this.asked = kept?.asked ?? [];
    this.dial = (kept?.dial as Dial | undefined) ?? "normal";
    this.cases = new Map(kept?.cases as [string, Topic][] | undefined);
    this.consent = kept !== undefined && !objects();
    this.family = kept?.family ?? false;
  }

  get words(): Vocabulary {
    return WORDS[this.language];
  }

  get format(): Format {
    return formats(this.language, this.shop.currency, this.shop.timezone);
  }

  get total(): number {
    return [...this.basket].reduce((sum, [id, pieces]) => sum + pieces * (this.shop.product(id)?.price ?? 0), 0);
  }

  get pieces(): number {
    return [...this.basket.values()].reduce((sum, pieces) => sum + pieces, 0);
  }

  // Going about the shop

  get tab(): Tab {
    switch (this.screen.name) {
      case "category":
      case "product":
        return "shop";
      case "pay":
      case "receipt":
      case "coupons":
        return "basket";
      default:
        return this.screen.name;
    }
  }

  open(tab: Tab): void {
    this.#before.length = 0;
    this.#go({ name: tab });
    if (tab === "shop") this.talk.ask("home");
    if (tab === "basket" && this.basket.size > 0) {
      this.talk.observe({ type: "view_cart", currency: this.shop.currency, items: this.#lines() });
      this.talk.ask("basket");
    }
  }

  openCategory(id: string): void {
    this.#visit({ name: "category", id });
    const items = this.shop.inCategory(id).flatMap((product) => item(this.shop, product.id) ?? []);
    this.talk.observe({ type: "view_item_list", items });
  }

  openProduct(id: string): void {
    this.#visit({ name: "product", id });
    this.#about("view_item", id);
    this.talk.ask("product");
  }

  back(): void {
    this.#go(this.#before.pop() ?? { name: "shop" });
  }

  searched(term: string): void {
    if (term.trim().length > 1) this.talk.observe({ type: "search", search_term: term.trim() });
  }

  // The basket

  add(product: Product): void {
    this.basket.set(product.id, (this.basket.get(product.id) ?? 0) + 1);
    this.#about("add_to_cart", product.id);
    this.changed();
  }

  takeOut(product: Product): void {
    const left = (this.basket.get(product.id) ?? 0) - 1;
    if (left > 0) this.basket.set(product.id, left);
    else this.basket.delete(product.id);
    this.#about("remove_from_cart", product.id);
    this.changed();
  }

  checkout(): void {
    this.#visit({ name: "pay" });
    this.talk.observe({ type: "begin_checkout", currency: this.shop.currency, value: major(this.shop, this.total), items: this.#lines() });
  }

  pay(): void {
    const paid = this.total;
    const transaction_id = `shop-${this.clock.now()}`;
    const value = major(this.shop, paid);
    for (const { decision } of this.taken.splice(0)) this.talk.reply(decision, "redeemed");
    this.talk.observe({ type: "purchase", transaction_id, currency: this.shop.currency, value, items: this.#lines() });
    this.basket.clear();
    this.#go({ name: "receipt", paid });
    this.talk.ask("receipt");
  }

  // Where the shopper is

  fix(fix: Fix): void {
    const { latitude, longitude, accuracy } = fix;
    this.trail.push(fix);
    this.trail.splice(0, this.trail.length - 60);
    this.talk.observe({ type: "position", latitude, longitude, accuracy });
    this.#arrived();
  }

  /** Plays a walk; where it begins elsewhere, the way there takes its time too. */
  go(walk: Walk): void {
    const [from, to] = [this.trail.at(-1), walk[0]];
    if (from && to) this.clock.advance(wayMs(from, to));
    this.trail.length = 0;
    this.player.play(walk);
  }

  /** The shopper says whether the shop may know where they are. The phone is where the dot on the map is. */
  answer(yes: boolean): void {
    this.question = undefined;
    if (yes) this.go(stay(this.trail.at(-1) ?? HOME, ACCURACY_M, STAY_S));
    else {
      this.talk.observe({ type: "position_refused" });
      this.talk.ask("aisle");
    }
    this.changed();
  }

  scan(code: string): void {
    try {
      this.talk.observe({ type: "scan", code });
    } catch {
      // A camera sees codes of all kinds.
      return this.tell(this.words.otherCode);
    }
    this.note = this.words.scanned(this.#named(code));
    // What is said may be another once it is known where they are: it waits for the answer.
    this.question = this.talk.locate("aisle");
    if (this.question === undefined) this.talk.ask("aisle");
    this.changed();
  }

  /** Says something on the screen that is open. */
  tell(note: string): void {
    this.note = note;
    this.changed();
  }

  /** Asks when the shopper has come into a store, and from time to time while they stay. */
  #arrived(): void {
    const { state, store } = this.talk.moment().presence;
    if (state !== "in_store" || !store) {
      this.#entered = undefined;
    } else if (this.#entered?.store !== store || this.clock.now() - this.#entered.asked >= DWELL_MS) {
      this.#entered = { store, asked: this.clock.now() };
      this.talk.ask("aisle");
    }
  }

  // What the shopper wants

  speak(language: Language): void {
    this.language = language;
    this.talk.observe({ type: "request", language });
    this.dispatchEvent(new Event("worded"));
  }

  allow(remember: boolean): void {
    tellConsent("update", remember);
  }

  /** Takes in what the watcher of consent tells, whoever asked the shopper. */
  readonly consenting: Pick<Tactful, "observe"> = {
    observe: (signals) => {
      const told = [signals].flat().find((signal) => signal.type === "consent");
      if (told) this.consent = told.remember;
      void this.coupons?.allow(this.consent);
      // What was drawn could not be kept.
      if (!this.consent) this.share(false);
      this.talk.listener.observe(signals);
      this.changed();
      return [];
    },
  };

  /** Allows the shop to be told of what was useful, noised. */
  share(allowed: boolean): void {
    this.telling.allow(allowed, this.clock.now());
    this.changed();
  }

  turn(dial: Dial): void {
    this.dial = dial;
    this.talk.observe({ type: "dial", dial });
    this.changed();
  }

  /** Forgets what was bought of a product, or wants no memory of it any more; without a product, of anything. */
  wish(type: "forget" | "never_again", product?: string): void {
    this.talk.observe(product ? { type, about: "product", id: product } : { type, about: "memories" });
    this.changed();
  }

  careOpens(topic: Topic): void {
    this.#opens(CASE, topic);
    this.help();
    this.changed();
  }

  /** Offers what the shop can do about what is open. */
  help(): void {
    if (this.cases.size > 0) this.talk.ask("care");
  }

  /** The shopper says that all is well again. */
  careCloses(): void {
    for (const [id, topic] of this.cases) this.talk.observe({ type: "care_case", id, topic, state: "closed" });
    this.cases.clear();
    this.changed();
  }

  /** Takes in what the watcher of answers tells: a case that the shop has answered is closed. */
  readonly answering: Pick<Tactful, "observe"> = {
    observe: (signals) => {
      for (const signal of [signals].flat()) if (signal.type === "care_case") this.cases.delete(signal.id);
      this.talk.listener.observe(signals);
      this.changed();
      return [];
    },
  };

  /** Once: told twice, a history would count twice. */
  loadFamily(): void {
    if (this.family) return;
    const history = family(this.shop, this.clock.now());
    this.talk.recall(history);
    // NOTE: each purchase emptied the basket that the engine knows of.
    if (this.basket.size > 0) this.talk.observe({ type: "view_cart", currency: this.shop.currency, items: this.#lines() });
    this.family = true;
    this.changed();
  }

  forget(): void {
    this.player.stop();
    // Before it forgets: a withdrawal is remembered by whoever else hears it.
    tellConsent("update", false);
    this.talk.forget();
    this.telling.forget();
    this.basket.clear();
    this.taken.length = 0;
    this.trail.length = 0;
    this.cases.clear();
    this.#entered = undefined;
    Object.assign(this, { consent: false, dial: "normal", family: false, asked: [], note: this.words.forgotten });
    // The language on the screen is no memory: the page tells it again, as with every visit.
    this.talk.observe({ type: "request", language: this.language });
    this.changed();
  }

  /** Remembers that the shopper asked for a topic; kept as everything is, only with consent. The engine is told: an answer finds them. */
  asks({ topic, kind }: Pick<AskedSignal, "topic" | "kind">): void {
    this.talk.observe({ type: "asked", topic, kind });
    // Who complains is helped first, and hears of no coupon until the shop has answered.
    if (kind === "complaint") this.#opens(topic, "complaint");
    this.asked = [...new Set([...this.asked, topic])];
    this.changed();
  }

  // Coupons

  /** With consent it is claimed at once. */
  takes({ id, offer }: Show): void {
    const { id: name, title, text, picture } = offer;
    const stores = this.claims ? this.shop.offers[name]?.stores : undefined;
    const store = stores === "one" ? this.talk.moment().presence.store : undefined;
    const taken: Taken = { decision: id, title, ...(picture !== undefined && { picture }), ...(stores && { offer: name, text }), ...(store !== undefined && { store }) };
    if (stores && this.consent) return void this.claim(taken);
    this.taken.push(taken);
    this.changed();
  }

  /** Claims what was taken; who asks for that allows that it is kept. */
  async claim(taken: Taken): Promise<void> {
    if (!this.consent) this.allow(true);
    const coupons = await this.purse();
    if (!(await coupons.claim(taken))) return;
    const place = this.taken.indexOf(taken);
    if (place >= 0) this.taken.splice(place, 1);
    this.changed();
  }

  openCoupons(): void {
    if (this.screen.name !== "coupons") this.#visit({ name: "coupons" });
  }

  /** What was claimed. */
  async purse(): Promise<Coupons> {
    this.#loading ??= import("./lib/coupons.js").then(({ Coupons }) => Coupons.open(this));
    const isFirst = !this.coupons;
    this.coupons = await this.#loading;
    if (isFirst) this.changed();
    return this.coupons;
  }

  /** What may be kept on the device, with consent. */
  kept(): keep.Kept {
    const { language, dial, taken, asked, family } = this;
    const { sharing } = this.telling;
    return { state: this.talk.save(), now: this.clock.now(), language, basket: [...this.basket], taken, asked, dial, cases: [...this.cases], family, sharing };
  }

  changed(): void {
    this.dispatchEvent(new Event("changed"));
  }

  #opens(id: string, topic: Topic): void {
    this.cases.set(id, topic);
    this.talk.observe({ type: "care_case", id, topic, state: "open" });
  }

  #visit(screen: Screen): void {
    this.#before.push(this.screen);
    this.#go(screen);
  }

  #go(screen: Screen): void {
    this.screen = screen;
    this.note = "";
    this.question = undefined;
    this.dispatchEvent(new Event("moved"));
  }

  #about(type: "view_item" | "add_to_cart" | "remove_from_cart", id: string): void {
    const about = item(this.shop, id);
    if (about) this.talk.observe({ type, currency: this.shop.currency, items: [about] } as Fact);
  }

  #lines() {
    return [...this.basket].flatMap(([id, pieces]) => item(this.shop, id, pieces) ?? []);
  }

  #named(code: string): string {
    const holds = (number?: string): boolean => number !== undefined && code.includes(number.replace(/^0+/, ""));
    const product = this.shop.products.find(({ gtin }) => holds(gtin));
    const store = this.shop.stores.find(({ gln }) => holds(gln));
    return product?.name[this.language] ?? store?.name ?? this.words.unknownCode;
  }
}
