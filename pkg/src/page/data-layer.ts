/** Listens to the `dataLayer` of Google Tag Manager or gtag, so that a shop that already fills it adds nothing. */
import { ENGINE, must } from "../errors.js";
import { isObject } from "../form.js";
import { SHOP_EVENTS } from "../shop-events.js";
import type { Item, ShopEventType } from "../types.js";
import { type DataLayer, hear } from "./layer.js";
import { readPrice } from "./price.js";
import { type Observer, type PageEvent, type Teller, tell } from "./told.js";

type Fields = Readonly<Record<string, unknown>>;

/** The actions of Universal Analytics' enhanced ecommerce, in GA4's words. Each step of a checkout has begun one. */
const ENHANCED: Readonly<Record<string, ShopEventType>> = {
  impressions: "view_item_list", click: "select_item", detail: "view_item", add: "add_to_cart",
  remove: "remove_from_cart", checkout: "begin_checkout", purchase: "purchase", refund: "refund",
};

/**
 * Observes every shop event of `layer`, those already in it first. Returns a function that stops.
 *
 * Understood are `{ event, ecommerce }` of GA4 (merged until `ecommerce: null`), the actions of Universal Analytics'
 * enhanced ecommerce in `ecommerce`, with an event or without, `gtag("event", name, fields)` and `{ event, eventModel }`.
 * One event in several of these shapes within a second counts once, and a purchase once by its `transaction_id`.
 *
 * Given the window instead of the list, a layer that takes the place of the first is heard, too. Functions in the layer
 * are left to the tag manager. A `view_cart` without `items` tells nothing of the basket and passes by, as does whatever
 * else is pushed; an event that is refused is written to the debug console.
 */
export function watchDataLayer(layer: DataLayer, tact: Observer, now: () => number = Date.now): () => void {
  must([layer, "layer", "the data layer or the window that has it"], [tact, "tact", ENGINE, "observe"]);
  let ecommerce: Fields = {};

  const observe = (type: unknown, fields: Fields, by: Teller): void => {
    if (!SHOP_EVENTS.includes(type as ShopEventType)) return;
    const event = shopEvent(type as ShopEventType, fields);
    if (type !== "view_cart" || event.items) tell(tact, event, by, now());
  };

  const push = (pushed: Fields): void => {
    const own = asFields(pushed.ecommerce);
    if (pushed.ecommerce !== undefined) ecommerce = pushed.ecommerce === null ? {} : { ...ecommerce, ...own };
    const actions = enhanced(own);
    for (const [type, fields] of actions) if (type !== pushed.event) observe(type, fields, "enhanced");
    if (isObject(pushed.eventModel)) return observe(pushed.event, asFields(pushed.eventModel), "gtag");
    const fields = pushed.items && !pushed.ecommerce ? { ...ecommerce, ...pushed } : { ...pushed, ...ecommerce };
    const action = actions.find(([type]) => type === pushed.event);
    observe(pushed.event, fields.items || !action ? fields : action[1], "layer");
  };

  return hear(layer, (entry) => {
    if (Object.prototype.toString.call(entry) !== "[object Arguments]") return isObject(entry) ? push(asFields(entry)) : undefined;
    const [command, name, fields] = Array.from(entry as ArrayLike<unknown>);
    if (command === "event") observe(name, asFields(fields), "gtag");
  });
}

/** The actions of one push, each with the fields that GA4 would have. */
function enhanced(ecommerce: Fields): [ShopEventType, Fields][] {
  return Object.entries(ENHANCED).flatMap(([name, type]): [ShopEventType, Fields][] => {
    const action = ecommerce[name];
    const items = Array.isArray(action) ? action : asFields(action).products;
    const { id } = asFields(asFields(action).actionField);
    if (!Array.isArray(items) && id === undefined && name !== "checkout") return [];
    return action ? [[type, { currency: ecommerce.currencyCode, transaction_id: id, items }]] : [];
  });
}

/** The fields that we read; numbers that shops send as text, and ids that they send as numbers, are turned around. */
function shopEvent(type: ShopEventType, { currency, transaction_id, search_term, items }: Fields): PageEvent {
  return {
    type,
    ...(currency != null && { currency: String(currency).trim().toUpperCase() }),
    ...(transaction_id != null && { transaction_id: String(transaction_id) }),
    ...(search_term != null && { search_term: String(search_term) }),
    ...(Array.isArray(items) && { items: items.flatMap((entry) => item(asFields(entry))) }),
  };
}

/**
 * One item in the words of GA4 or of Universal Analytics (`id`, `name`, `category`); none where there are no pieces of it.
 * Of a category with levels (`Apparel/T-Shirts`) the first is what GA4 calls `item_category`. Goods by weight are a piece.
 */
function item({ item_id, id, item_name, name, item_category, category, price, quantity }: Fields): Item[] {
  const known = { item_id: item_id ?? id, item_name: item_name ?? name, item_category: item_category ?? level(category) };
  const [amount, pieces] = [readPrice(price), Number(quantity ?? 1)];
  if (price != null && amount === undefined) console.debug(`tactful: the price ${String(price)} is not clear and was left out`);
  if (pieces <= 0) return [];
  const texts = Object.entries(known).filter(([, text]) => text != null).map(([field, text]) => [field, String(text)]);
  return [{
    ...Object.fromEntries(texts),
    ...(amount !== undefined && { price: amount }),
    ...(quantity != null && pieces < Infinity && { quantity: Math.max(1, Math.round(pieces)) }),
  }];
}

function level(category: unknown): string | undefined {
  return category == null ? undefined : String(category).split("/")[0];
}

function asFields(value: unknown): Fields {
  return isObject(value) ? (value as Fields) : {};
}
