/** The basket, paying, the receipt. */
import type { App } from "../app.js";
import { h } from "../lib/dom.js";
import { taken } from "./coupons.js";
import { backBar, stepper, tile } from "./parts.js";

const MOST_NEEDED = 4;

export function basket(app: App): HTMLElement[] {
  const title = h("h1", { class: "title", tabindex: -1 }, app.words.tabs.basket);
  if (app.basket.size === 0) return [title, empty(app), ...taken(app), ...needed(app)];
  return [
    title,
    h("ul", { class: "lines" }, ...[...app.basket.keys()].flatMap((id) => line(app, id))),
    ...taken(app),
    ...needed(app),
    total(app),
    h("button", { class: "main", type: "button", "data-testid": "checkout", onclick: () => app.checkout() }, app.words.checkout),
  ];
}

function empty(app: App): HTMLElement {
  return h(
    "div",
    { class: "empty" },
    h("span", { class: "tile large", "aria-hidden": "true", "--tint": 90 }, "🧺"),
    h("p", {}, app.words.basketEmpty),
    h("button", { class: "second", type: "button", onclick: () => app.open("shop") }, app.words.toTheShelves),
  );
}

function line(app: App, id: string): HTMLElement[] {
  const product = app.shop.product(id);
  if (!product) return [];
  const sum = app.format.money(product.price * (app.basket.get(id) ?? 0));
  const open = h(
    "button",
    { class: "line-name", type: "button", onclick: () => app.openProduct(id) },
    tile(app, product, "small"),
    h("span", {}, h("span", { class: "name" }, product.name[app.language]), h("span", { class: "price" }, sum)),
  );
  return [h("li", {}, open, stepper(app, product))];
}

/** What they may have forgotten: the likeliest categories that are not in the basket. */
function needed(app: App): HTMLElement[] {
  const inBasket = new Set([...app.basket.keys()].map((id) => app.shop.product(id)?.category));
  const missing = app.talk.needs(app.language).filter(([{ category }]) => !inBasket.has(category));
  if (missing.length === 0) return [];
  const rows = missing.slice(0, MOST_NEEDED).map(([{ category }, sentence]) =>
    h("li", {}, h("button", { type: "button", onclick: () => app.openCategory(category) }, sentence)),
  );
  return [h("section", { class: "needed", "aria-labelledby": "needed" }, h("h2", { id: "needed" }, app.words.needed), h("ul", {}, ...rows))];
}

function total(app: App): HTMLElement {
  return h(
    "p",
    { class: "total" },
    h("span", {}, `${app.words.total} · ${app.words.pieces(app.pieces)}`),
    h("strong", { "data-testid": "total" }, app.format.money(app.total)),
  );
}

export function pay(app: App): HTMLElement[] {
  const { words } = app;
  return [
    backBar(app, words.payTitle),
    total(app),
    ...taken(app),
    h("p", { class: "note" }, words.payText),
    h("button", { class: "main", type: "button", "data-testid": "pay", onclick: () => app.pay() }, words.pay(app.format.money(app.total))),
  ];
}

export function receipt(app: App, paid: number): HTMLElement[] {
  return [
    h(
      "div",
      { class: "receipt" },
      h("span", { class: "tile large", "aria-hidden": "true", "--tint": 130 }, "🌿"),
      h("h1", { tabindex: -1 }, app.words.paidTitle),
      h("p", { "data-testid": "paid" }, app.words.paidText(app.format.money(paid))),
      h("button", { class: "second", type: "button", onclick: () => app.open("shop") }, app.words.toTheShelves),
    ),
  ];
}
