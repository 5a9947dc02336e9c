/** Labels to scan: those at a store's door and those on its shelves, as GS1 Digital Links. */
import type { App } from "../app.js";
import { barcode } from "../lib/barcode.js";
import { h } from "../lib/dom.js";
import type { Product, Store } from "../lib/pages.js";

/** Any host may stand there: the path says what it is (GS1 Digital Link: URI Syntax, section 4). */
const RESOLVER = "https://id.nordkorb.example";
const SHOWN = ["nk-0032", "nk-0052", "nk-0065", "nk-0009", "nk-0019", "nk-0087", "nk-0042", "nk-0116"];

export function scan(app: App): HTMLElement[] {
  const { words, shop } = app;
  const known = SHOWN.flatMap((id) => shop.product(id) ?? []);
  const products = (known.length > 0 ? known : shop.products.slice(0, 8)).filter(({ gtin }) => gtin?.length === 13);
  const stores = shop.stores.filter(({ gln }) => gln !== undefined).slice(0, 3);
  return [
    h("h1", { class: "title", tabindex: -1 }, words.scanTitle),
    h("p", { class: "lead" }, words.scanText),
    h("p", { class: "note", role: "status", "data-testid": "scanned" }, app.note),
    ...question(app),
    ...camera(app),
    h("h2", { class: "section" }, words.shelfLabels),
    h("ul", { class: "labels" }, ...products.map((product) => h("li", {}, shelfLabel(app, product)))),
    h("h2", { class: "section" }, words.storeLabels),
    h("ul", { class: "doors" }, ...stores.map((store) => h("li", {}, doorLabel(app, store)))),
  ];
}

/** Asked only where the engine finds that the answer would change what is said. */
function question(app: App): HTMLElement[] {
  if (app.question === undefined) return [];
  const answer = (label: string, look: string, yes: boolean): HTMLElement =>
    h("button", { class: look, type: "button", "data-testid": yes ? "locate-yes" : "locate-no", onclick: () => app.answer(yes) }, label);
  return [
    h("div", { class: "row", "data-testid": "locate" }, h("p", { class: "note" }, app.question), answer(app.words.yes, "main", true), answer(app.words.no, "second", false)),
  ];
}

function shelfLabel(app: App, product: Product): HTMLElement {
  const gtin = product.gtin ?? "";
  return h(
    "button",
    {
      class: "label",
      type: "button",
      "data-testid": `scan-${product.id}`,
      onclick: () => app.scan(`${RESOLVER}/01/${gtin.padStart(14, "0")}`),
    },
    h("span", { class: "name" }, product.name[app.language]),
    h("span", { class: "price" }, app.format.money(product.price)),
    barcode(gtin),
    h("span", { class: "digits" }, gtin),
  );
}

function doorLabel(app: App, store: Store): HTMLElement {
  return h(
    "button",
    { class: "door", type: "button", "data-testid": `scan-${store.id}`, onclick: () => app.scan(`${RESOLVER}/414/${store.gln}`) },
    h("span", { "aria-hidden": "true" }, "🚪"),
    h("span", {}, h("span", { class: "name" }, store.name), h("span", { class: "brand" }, store.address)),
  );
}

/** Offered where a page may ask for a camera. All that has to do with it is loaded when it is used first. */
function camera(app: App): HTMLElement[] {
  if (!navigator.mediaDevices) return [];
  const video = h("video", { class: "camera", playsinline: true, muted: true, hidden: true });
  const button = h("button", { class: "second", type: "button", "data-testid": "camera" }, app.words.camera);
  button.addEventListener("click", async () => (await import("./camera.js")).turn(app, video, button));
  return [video, button];
}
