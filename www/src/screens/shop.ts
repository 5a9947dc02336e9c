/** The front page, an aisle, a product. */
import type { App } from "../app.js";
import { h, redraw } from "../lib/dom.js";
import { icon } from "../lib/icon.js";
import { search, type Category, type Product } from "../lib/pages.js";
import { backBar, price, shelf, stepper, tile } from "./parts.js";

/** Aisles on the front page before "all". */
const FEW = 8;
/** A pause in typing that ends a search, milliseconds. */
const SEARCHED_MS = 600;

let allAisles = false;

export function front(app: App): HTMLElement[] {
  const found = h("div", { class: "found" });
  const fill = (): void => redraw(found, ...(app.term.trim() ? results(app) : browse(app, fill)));
  fill();
  return [greeting(app), searchField(app, fill), found];
}

function greeting(app: App): HTMLElement {
  const hour = app.clock.hour;
  const part = hour < 5 ? 3 : hour < 11 ? 0 : hour < 17 ? 1 : hour < 22 ? 2 : 3;
  return h("div", { class: "greeting" }, h("h1", { tabindex: -1 }, app.words.greeting[part]), place(app));
}

/** Says where the engine believes the shopper to be. */
export function place(app: App): HTMLElement {
  const { state, store } = app.talk.moment().presence;
  const named = store ? app.shop.store(store)?.name : undefined;
  const words = app.words.place;
  const text = named === undefined || state === "away" ? words.away : words[state](named);
  return h("p", { class: state === "in_store" ? "place in" : "place", "data-testid": "place" }, text);
}

function searchField(app: App, fill: () => void): HTMLElement {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const typed = (event: InputEvent): void => {
    app.term = (event.target as HTMLInputElement).value;
    fill();
    clearTimeout(timer);
    timer = setTimeout(() => app.searched(app.term), SEARCHED_MS);
  };
  const input = h("input", {
    type: "search",
    id: "search",
    value: app.term,
    placeholder: app.words.search,
    "aria-label": app.words.search,
    autocomplete: "off",
    enterkeyhint: "search",
    "data-testid": "search",
    oninput: typed,
  });
  return h("div", { class: "search" }, icon("search"), input);
}

function results(app: App): HTMLElement[] {
  const products = search(app.shop, app.term).slice(0, 24);
  if (products.length === 0) return [h("p", { class: "empty" }, app.words.nothingFound)];
  return [h("h2", { class: "section" }, app.words.results(products.length, app.term.trim())), shelf(app, products)];
}

function browse(app: App, fill: () => void): HTMLElement[] {
  const { words, shop } = app;
  const aisles = allAisles ? shop.categories : shop.categories.filter(({ id }) => FRONT.has(id)).slice(0, FEW);
  const more = h(
    "button",
    {
      class: "more",
      type: "button",
      "aria-expanded": String(allAisles),
      "data-testid": "all-aisles",
      onclick: () => {
        allAisles = !allAisles;
        fill();
      },
    },
    allAisles ? words.fewerCategories : words.allCategories,
  );
  return [
    h("div", { class: "section" }, h("h2", {}, words.categories), more),
    h("ul", { class: "aisles" }, ...aisles.map((category) => h("li", {}, aisle(app, category)))),
    h("h2", { class: "section" }, words.shelf),
    shelf(app, windowGoods(app)),
  ];
}

/** Aisles that a front page opens with; a catalog from the studio may have others, then it shows all of them. */
const FRONT = new Set(["milk", "bread", "coffee", "biscuits", "apples", "vegetables", "fish", "pasta"]);

function aisle(app: App, category: Category): HTMLElement {
  const first = app.shop.inCategory(category.id)[0];
  return h(
    "button",
    { class: "aisle", type: "button", "data-testid": `aisle-${category.id}`, onclick: () => app.openCategory(category.id) },
    first ? tile(app, first) : "",
    h("span", {}, category.name[app.language]),
  );
}

/** The first product of every third aisle: a window, the same for everybody. */
function windowGoods(app: App): Product[] {
  return app.shop.categories
    .filter((_, place) => place % 3 === 0)
    .flatMap(({ id }) => app.shop.inCategory(id)[0] ?? [])
    .filter(({ age }) => age === undefined);
}

export function category(app: App, id: string): HTMLElement[] {
  const name = app.shop.category(id)?.name[app.language] ?? id;
  return [backBar(app, name), shelf(app, app.shop.inCategory(id))];
}

export function product(app: App, id: string): HTMLElement[] {
  const shown = app.shop.product(id);
  if (!shown) return [backBar(app, id)];
  const { words, format, language } = app;
  const aisleName = app.shop.category(shown.category)?.name[language] ?? "";
  const others = app.shop.inCategory(shown.category).filter((other) => other.id !== id);
  return [
    backBar(app, aisleName),
    h(
      "article",
      { class: "product" },
      tile(app, shown, "large"),
      h("p", { class: "brand" }, shown.brand ?? ""),
      h("h2", {}, shown.name[language]),
      h("p", { class: "price-line" }, price(app, shown), shown.age ? h("span", { class: "age" }, words.age(shown.age)) : false),
      shown.lowest !== undefined && h("p", { class: "lowest" }, words.lowest(format.money(shown.lowest))),
      buy(app, shown),
    ),
    ...(others.length > 0 ? [h("h2", { class: "section" }, words.alsoIn(aisleName)), shelf(app, others)] : []),
  ];
}

function buy(app: App, shown: Product): HTMLElement {
  if (app.basket.has(shown.id)) return stepper(app, shown);
  return h("button", { class: "main", type: "button", "data-testid": "add", onclick: () => app.add(shown) }, app.words.add);
}
