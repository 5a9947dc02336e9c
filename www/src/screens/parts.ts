/** Pieces that several screens are made of. */
import type { App } from "../app.js";
import { h } from "../lib/dom.js";
import { icon } from "../lib/icon.js";
import type { Product } from "../lib/pages.js";

/** Hues of straw, moss, spruce, clay, ice and birch leaves. */
const TINTS = [42, 88, 148, 22, 198, 64];

/** A product's picture on its soft tile; the tile's tint follows the category, so that aisles look alike. */
export function tile(app: App, product: Product, look = ""): HTMLElement {
  const place = app.shop.categories.findIndex(({ id }) => id === product.category);
  return h("span", { class: `tile ${look}`, "--tint": TINTS[Math.max(0, place) % TINTS.length] ?? 42, "aria-hidden": "true" }, product.picture ?? "🛒");
}

export function price(app: App, product: Product): HTMLElement {
  return h("span", { class: "price" }, app.format.money(product.price));
}

/** Products two abreast: the picture opens, the plus adds. */
export function shelf(app: App, products: Product[]): HTMLElement {
  return h("ul", { class: "shelf" }, ...products.map((product) => h("li", {}, ...good(app, product))));
}

function good(app: App, product: Product): HTMLElement[] {
  const name = product.name[app.language];
  const open = h(
    "button",
    { class: "good", type: "button", "data-testid": `product-${product.id}`, onclick: () => app.openProduct(product.id) },
    tile(app, product),
    h("span", { class: "name" }, name),
    h("span", { class: "brand" }, product.brand ?? ""),
    price(app, product),
  );
  return [open, addButton(app, product)];
}

function addButton(app: App, product: Product): HTMLElement {
  const pieces = app.basket.get(product.id);
  return h(
    "button",
    {
      class: pieces ? "plus has" : "plus",
      type: "button",
      "aria-label": app.words.addOne(product.name[app.language]),
      "data-testid": `add-${product.id}`,
      onclick: () => app.add(product),
    },
    pieces ? String(pieces) : icon("plus"),
  );
}

export function stepper(app: App, product: Product): HTMLElement {
  const name = product.name[app.language];
  const step = (look: "minus" | "plus", label: string, act: () => void): HTMLElement =>
    h("button", { type: "button", "aria-label": label, "data-testid": `${look}-${product.id}`, onclick: act }, icon(look));
  return h(
    "div",
    { class: "stepper" },
    step("minus", app.words.fewer(name), () => app.takeOut(product)),
    h("output", {}, String(app.basket.get(product.id) ?? 0)),
    step("plus", app.words.more(name), () => app.add(product)),
  );
}

export function backBar(app: App, title: string): HTMLElement {
  const back = h(
    "button",
    { class: "back", type: "button", "aria-label": app.words.back, "data-testid": "back", onclick: () => app.back() },
    icon("back"),
  );
  return h("div", { class: "backbar" }, back, h("h1", { tabindex: -1 }, title));
}
