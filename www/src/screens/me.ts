/** What the shopper allows, wishes and may read. */
import type { Language } from "tactful";
import { bodyOf } from "tactful/share";
import type { App, Dial, Topic } from "../app.js";
import { objects } from "../lib/consent.js";
import { type Child, h } from "../lib/dom.js";

export function me(app: App, tell: () => void): HTMLElement[] {
  const { words } = app;
  const groups = [
    h("h1", { class: "title", tabindex: -1 }, words.me),
    objects() ? group(words.remember, words.objected) : group(words.remember, words.rememberText, remember(app)),
    app.consent && group(words.share, words.shareText, ...share(app)),
    group(words.tell, words.tellText, h("button", { class: "second", type: "button", "data-testid": "tell-us", onclick: tell }, words.tell)),
    group(words.taken, words.couponsText, h("button", { class: "second", type: "button", "data-testid": "coupons", onclick: () => app.openCoupons() }, words.taken)),
    group(words.dial, "", choice("dial", words.dials, app.dial, (dial) => app.turn(dial as Dial))),
    group(words.language, "", choice("language", { en: "English", de: "Deutsch" }, app.language, (language) => app.speak(language as Language))),
    group(words.care, words.careText, care(app)),
    group(words.family, words.familyText, history(app)),
    group(words.memories, words.memoriesText, memories(app)),
    group(words.exported, words.exportedText, exported(app)),
    group(words.forget, words.forgetText, forget(app)),
    group(words.studio, words.studioText, h("a", { class: "second", href: "studio.html", "data-testid": "studio" }, words.studio)),
  ];
  return groups.filter((group) => group !== false);
}

function group(title: string, text: string, ...children: Child[]): HTMLElement {
  return h("section", { class: "group", "aria-label": title }, h("h2", {}, title), text ? h("p", {}, text) : false, ...children);
}

function remember(app: App): HTMLElement {
  return toggle("consent", app.words.remember, app.consent, () => app.allow(!app.consent));
}

/** The switch, and word for word what left last. */
function share(app: App): HTMLElement[] {
  const { words, telling: { sharing: { consent, told } } } = app;
  const last = told ? h("pre", { tabindex: 0, "data-testid": "told" }, bodyOf(told.report)) : h("span", { class: "badge quiet", "data-testid": "told" }, words.shareNothing);
  return [toggle("share", words.share, consent, () => app.share(!consent)), h("div", { class: "told" }, h("p", {}, told && !told.sent ? words.shareAhead : words.shareLast), last)];
}

function toggle(testid: string, label: string, on: boolean, onclick: () => void): HTMLElement {
  const given = { class: "switch", type: "button", role: "switch", "aria-checked": String(on), "aria-label": label, "data-testid": testid, onclick };
  return h("button", given, h("span", {}));
}

function choice(name: string, options: Record<string, string>, chosen: string, choose: (value: string) => void): HTMLElement {
  const buttons = Object.entries(options).map(([value, label]) =>
    h(
      "button",
      { type: "button", "aria-pressed": String(value === chosen), "data-testid": `${name}-${value}`, onclick: () => choose(value) },
      label,
    ),
  );
  return h("div", { class: "choice", role: "group" }, ...buttons);
}

function care(app: App): HTMLElement {
  const { words } = app;
  const [topic] = app.cases.values();
  if (topic) {
    return h(
      "div",
      { class: "row" },
      h("span", { class: "badge" }, words.careOpen(words.topics[topic])),
      h("button", { class: "second", type: "button", "data-testid": "care-close", onclick: () => app.careCloses() }, words.careClose),
    );
  }
  return choice("care", words.topics, "", (topic) => app.careOpens(topic as Topic));
}

function history(app: App): HTMLElement {
  if (app.family) return h("div", { class: "row" }, h("span", { class: "badge", "data-testid": "known" }, app.words.familyLoaded));
  const load = h("button", { class: "second", type: "button", "data-testid": "family", onclick: () => app.loadFamily() }, app.words.familyLoad);
  return h("div", { class: "row" }, load);
}

function memories(app: App): HTMLElement {
  const { words } = app;
  const known = app.talk.moment().memories;
  if (known.length === 0) return h("div", { class: "row" }, h("span", { class: "badge quiet" }, words.noMemories));
  const wish = (label: string, testid: string, act: () => void): HTMLElement =>
    h("button", { class: "second", type: "button", "data-testid": testid, onclick: act }, label);
  const rows = known.map(({ product, sentence }) =>
    h(
      "li",
      {},
      h("p", {}, sentence),
      h(
        "div",
        { class: "row" },
        wish(words.forgetIt, `forget-${product}`, () => app.wish("forget", product)),
        wish(words.neverAgain, `never-${product}`, () => app.wish("never_again", product)),
      ),
    ),
  );
  const none = wish(words.noMoreMemories, "never-memories", () => app.wish("never_again"));
  return h("div", { class: "mine", "data-testid": "my-memories" }, h("ul", { class: "memories" }, ...rows), h("div", { class: "row" }, none));
}

let reading = false;

function exported(app: App): HTMLElement {
  const text = h("pre", { tabindex: 0, "data-testid": "exported" }, reading ? written(app) : "");
  return h(
    "details",
    {
      open: reading,
      ontoggle: (event: Event) => {
        reading = (event.target as HTMLDetailsElement).open;
        text.textContent = reading ? written(app) : "";
      },
    },
    h("summary", { "data-testid": "export" }, app.words.exportedShow),
    text,
  );
}

function written(app: App): string {
  const times = new Set(["at", "since", "first", "last", "began", "asked", "expires", "rode", "refused", "rests_until", "unknown_since", "care_closed"]);
  const readable = (name: string, value: unknown): unknown => (times.has(name) && typeof value === "number" ? new Date(value).toISOString() : value);
  return JSON.stringify(app.talk.export(), readable, 2);
}

function forget(app: App): HTMLElement {
  return h(
    "div",
    { class: "row" },
    h("button", { class: "second danger", type: "button", "data-testid": "forget", onclick: () => app.forget() }, app.words.forget),
    h("span", { role: "status", class: "badge quiet" }, app.note),
  );
}
