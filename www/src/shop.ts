/** Opens the shop: loads the pages, the engine and what is kept, then draws. */
import { type Language, load, type ReplyKind, type Show, type Tactful } from "tactful";
import "tactful/card/define";
import { type Live, type News, type Trust, live } from "tactful/live";
import { watchAnswers, watchAttention, watchBudgets, watchConsent } from "tactful/page";
import { App, type Screen, type Tab } from "./app.js";
import { Clock } from "./lib/clock.js";
import { tellConsent } from "./lib/consent.js";
import { Conversation } from "./lib/conversation.js";
import { find, h, redraw } from "./lib/dom.js";
import { icon } from "./lib/icon.js";
import * as keep from "./lib/keep.js";
import { openShop, type ShopPages } from "./lib/pages.js";
import { pictures } from "./lib/pictures.js";
import { Panel } from "./panel.js";
import { basket, pay, receipt } from "./screens/basket.js";
import { coupons } from "./screens/coupons.js";
import { map } from "./screens/map.js";
import { me } from "./screens/me.js";
import { scan } from "./screens/scan.js";
import { category, front, place, product } from "./screens/shop.js";

/** What a page follows. */
interface Published {
  live: Live;
  /** Says `head` and `pack`, as `onShop` does. */
  pages: EventTarget;
}

/** The pack that came with the page. */
const PACK = new URL("nordkorb.tact", document.baseURI);
const TABS: readonly Tab[] = ["shop", "basket", "map", "scan", "me"];
/** Changes are kept when it has been quiet for so long, milliseconds. */
const KEEP_MS = 300;
/** Nobody has to answer whether they may be remembered: until they do, nothing is kept. The longest time of a browser's clock. */
const NO_DEADLINE_MS = 2 ** 31 - 1;

void start().catch((fault: unknown) => {
  find("screen").replaceChildren(h("p", { class: "empty", role: "alert" }, `The shop could not open: ${String(fault)}`));
  throw fault;
});

async function start(): Promise<void> {
  const drawable = pictures();
  const asked = new URLSearchParams(location.search);
  const tried = asked.has("tried") ? await keep.read("tried") : undefined;
  // NOTE: a trial neither uses nor touches what is kept for the real shop.
  const kept = tried ? undefined : await keep.read("kept");
  const shop = openShop(tried?.pages ?? ((await (await fetch("shop.json")).json()) as ShopPages));
  const clock = new Clock(shop.timezone, kept?.now ?? (Date.parse(asked.get("at") ?? "") || Date.now()));
  // A first visit begins while the stores are open and nobody sleeps.
  if (!kept && !asked.has("at") && (clock.hour < 9 || clock.hour >= 19)) clock.reachHour(10);
  const published = tried ? undefined : await following();
  const tact = await engine(asked, clock, tried?.pack ?? published?.live.pack, kept?.state);
  const language: Language = (kept?.language ?? asked.get("language") ?? navigator.language).startsWith("de") ? "de" : "en";
  const talk = new Conversation(tact, clock);
  const app = new App(shop, clock, talk, language, kept);
  talk.observe({ type: "request", language });
  await drawable;
  draw(app);
  watchAttention(window, talk.listener, { paying: "#screen[data-name=pay]", now: () => clock.now() });
  tellConsent("default", app.consent);
  watchConsent({ layer: window, gpc: navigator }, app.consenting, { now: () => clock.now(), waitMs: NO_DEADLINE_MS });
  listen(app);
  if (published) renewing(app, tact, published);
  if (tried) {
    app.claims = false;
    trial(app);
  } else {
    keeping(app);
    telling(app);
    void claimed(app);
    watchBudgets(document, talk.listener, { now: () => clock.now() });
    watchAnswers(document, app.answering, { asked: () => app.asked, live: published?.live, now: () => clock.now() });
  }
  new Panel(app, find("panel"), find("panel-open"));
  document.documentElement.dataset["ready"] = "";
}

/** What the shop publishes, where it does: the pack of now, or what came with the page, and whom to tell of the next. */
async function following(): Promise<Published | undefined> {
  const trust = await fetch("trust.json").then((response) => response.json() as Promise<Trust | null>);
  const pages = new EventTarget();
  const tell = (kind: string): boolean => pages.dispatchEvent(new Event(kind));
  const until = async (): Promise<Uint8Array<ArrayBuffer>> => new Uint8Array(await (await fetch(PACK)).arrayBuffer());
  const options = { from: document.baseURI, until, onShop: ({ kind }: News) => void tell(kind), onFault: (fault: unknown) => console.debug("tactful:", fault) };
  // Where a browser cannot check anything: the pack that lies beside the page.
  return trust ? live({ ...options, trust }).then((live) => ({ live, pages }), () => undefined) : undefined;
}

/** Decides anew on what is published, and takes away what is stopped. */
function renewing(app: App, tact: Tactful, { live, pages }: Published): void {
  const card = find<HTMLElementTagNameMap["tactful-card"]>("card");
  const stop = (): void => void (card.stopped = live.stopped);
  stop();
  pages.addEventListener("head", stop);
  live.follow({ update: (pack) => tact.update(pack, app.clock.now()) });
  pages.addEventListener("pack", () => app.talk.renewed());
}

/** `?at=` and `?seed=` make a visit repeatable. */
function engine(asked: URLSearchParams, clock: Clock, pack: Uint8Array | undefined, state: Uint8Array | undefined): Promise<Tactful> {
  const seed = Number(asked.get("seed") ?? Number.NaN);
  return load({
    pack: pack ?? PACK,
    state,
    now: clock.now(),
    ...(Number.isSafeInteger(seed) ? { seed } : {}),
  });
}

function draw(app: App): void {
  document.documentElement.lang = app.language;
  document.title = `${app.shop.name} · Tactful`;
  find("wordmark").textContent = app.shop.name;
  const next: Language = app.language === "de" ? "en" : "de";
  const languages = find("language");
  languages.textContent = next.toUpperCase();
  languages.setAttribute("aria-label", next === "de" ? "Auf Deutsch" : "In English");
  tabs(app);
  find("screen").dataset["name"] = app.screen.name;
  redraw(find("screen"), ...screen(app, app.screen));
}

function screen(app: App, shown: Screen): HTMLElement[] {
  switch (shown.name) {
    case "shop":
      return front(app);
    case "category":
      return category(app, shown.id);
    case "product":
      return product(app, shown.id);
    case "basket":
      return basket(app);
    case "pay":
      return pay(app);
    case "receipt":
      return receipt(app, shown.paid);
    case "map":
      return map(app);
    case "scan":
      return scan(app);
    case "me":
      return me(app, () => void tell(app));
    case "coupons":
      return coupons(app);
  }
}

function tabs(app: App): void {
  const buttons = TABS.map((tab) =>
    h(
      "button",
      { type: "button", "aria-current": tab === app.tab ? "page" : undefined, "data-testid": `tab-${tab}`, onclick: () => app.open(tab) },
      icon(tab),
      h("span", {}, app.words.tabs[tab]),
      tab === "basket" && app.pieces > 0 && h("span", { class: "count", "aria-label": app.words.inBasket(app.pieces) }, String(app.pieces)),
    ),
  );
  redraw(find("tabs"), ...buttons);
}

function listen(app: App): void {
  find("language").addEventListener("click", () => app.speak(app.language === "de" ? "en" : "de"));
  app.addEventListener("worded", () => draw(app));
  app.addEventListener("changed", () => {
    tabs(app);
    // NOTE: the map draws itself; drawing it anew would drop what is being dragged.
    if (app.screen.name !== "map") redraw(find("screen"), ...screen(app, app.screen));
  });
  app.addEventListener("moved", () => arrive(app));
  const { talk } = app;
  // The front page says where the shopper is without being drawn anew.
  talk.addEventListener("changed", () => document.querySelector("[data-testid=place]")?.replaceWith(place(app)));
  talk.addEventListener("speak", (event) => speak(app, (event as CustomEvent<Show>).detail));
  talk.addEventListener("forgotten", () => {
    find<HTMLElementTagNameMap["tactful-card"]>("card").decision = undefined;
    speaking(false);
  });
  answering(app);
}

function trial(app: App): void {
  const line = find("trial");
  line.append(h("span", {}, app.words.tryingPack), h("a", { href: "studio.html" }, app.words.studio), h("a", { href: "./" }, app.words.endTrial));
  line.hidden = false;
}

/** On another screen: from its top, and for a screen reader from its heading. */
function arrive(app: App): void {
  draw(app);
  const shown = find("screen");
  shown.scrollTop = 0;
  shown.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
}

/** The card shows what the engine chose, in the language in which it was chosen, and stays until it is answered. */
function speak(app: App, decision: Show): void {
  const card = find<HTMLElementTagNameMap["tactful-card"]>("card");
  const { talk, language } = app;
  card.language = language;
  card.reason = talk.log[0]?.sentence[language] ?? "";
  card.decision = decision;
  speaking(true);
}

/** Leaves room to scroll what the card covers. */
function speaking(on: boolean): void {
  document.body.classList.toggle("speaking", on);
}

function answering(app: App): void {
  const card = find<HTMLElementTagNameMap["tactful-card"]>("card");
  card.voice = true;
  card.addEventListener("voice-open", ({ detail: { decision: { offer } } }) => void tell(app, { id: offer.id, name: offer.title }));
  card.addEventListener("offer-reply", ({ detail: { decision, reply } }) => {
    app.talk.answered();
    speaking(false);
    app.talk.reply(decision.id, reply satisfies ReplyKind);
    if (reply === "saved") app.takes(decision);
  });
  card.addEventListener("offer-stopped", () => {
    app.talk.answered();
    speaking(false);
  });
}

/** Opens "tell us". */
async function tell(app: App, about?: { id: string; name: string }): Promise<void> {
  const { tellUs } = await import("./lib/tell.js");
  tellUs(app, find("phone"), about);
}

/** Coupons of an earlier visit. Where there are none, nothing of it is loaded. */
async function claimed(app: App): Promise<void> {
  const names = app.consent ? await indexedDB.databases?.().catch(() => []) : [];
  if (names?.some(({ name }) => name === "nordkorb-coupons")) await app.purse();
}

/** Tells the shop what the shopper allows, as soon as a week is over. */
function telling({ clock, telling }: App): void {
  clock.addEventListener("moved", () => void telling.go(clock.now()));
  void telling.go(clock.now());
}

/** Keeps the profile on the device as long as the shopper allows it, and deletes it as soon as they do not. */
function keeping(app: App): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const later = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void (app.consent ? keep.write("kept", app.kept()) : keep.remove("kept")), KEEP_MS);
  };
  for (const source of [app, app.talk, app.clock]) source.addEventListener(source === app.clock ? "moved" : "changed", later);
}
