/** Listens to the `dataLayer` of Google Tag Manager or gtag, so that a shop that already fills it adds nothing. */
import { isObject } from "./form.js";
import { SHOP_EVENTS } from "./signals.js";
import type { Item, ShopEvent, ShopEventType, Tactful } from "./types.js";

/** The same event told in both shapes within this time counts once. */
const TWICE_MS = 1000;
const NOTHING = { told: "", shape: "", at: 0 };

type Fields = Readonly<Record<string, unknown>>;

/**
 * Observes every shop event of `layer`, those already in it first. Returns a function that stops.
 *
 * Understood are `{ event, ecommerce }` (merged until `ecommerce: null`), `gtag("event", name, fields)` and
 * `{ event, eventModel }`. Whatever else is pushed passes by; an event that is refused is written to the debug console.
 */
export function watchDataLayer(layer: unknown[], tact: Pick<Tactful, "observe">, now: () => number = Date.now): () => void {
  let ecommerce: Fields = {};
  let last = NOTHING;
  let stopped = false;

  const observe = (type: unknown, fields: Fields, shape: string) => {
    if (!SHOP_EVENTS.includes(type as ShopEventType)) return;
    const event = shopEvent(type as ShopEventType, fields);
    const [told, at] = [JSON.stringify(event), now()];
    const again = told === last.told && shape !== last.shape && at - last.at < TWICE_MS;
    last = again ? NOTHING : { told, shape, at };
    if (!again) tact.observe({ ...event, at });
  };

  const read = (entry: unknown) => {
    if (stopped || typeof entry !== "object" || entry === null) return;
    if (Object.prototype.toString.call(entry) === "[object Arguments]") {
      const [command, name, fields] = Array.from(entry as ArrayLike<unknown>);
      if (command === "event") observe(name, asFields(fields), "gtag");
      return;
    }
    const pushed = entry as Fields;
    if (pushed.ecommerce !== undefined) ecommerce = pushed.ecommerce === null ? {} : { ...ecommerce, ...asFields(pushed.ecommerce) };
    if (isObject(pushed.eventModel)) observe(pushed.event, asFields(pushed.eventModel), "gtag");
    else observe(pushed.event, { ...pushed, ...ecommerce }, "layer");
  };

  const quietly = (entry: unknown) => {
    try {
      read(entry);
    } catch (error) {
      console.debug("tactful: an event of the data layer was not taken:", error);
    }
  };

  layer.forEach(quietly);
  const push = layer.push;
  const heard = function (this: unknown[], ...entries: unknown[]): number {
    const length = push.apply(this, entries);
    entries.forEach(quietly);
    return length;
  };
  layer.push = heard;
  return () => {
    stopped = true;
    if (layer.push === heard) layer.push = push;
  };
}

/** The fields that we read; numbers that shops send as text, and ids that they send as numbers, are turned around. */
function shopEvent(type: ShopEventType, { currency, transaction_id, search_term, items }: Fields): Omit<ShopEvent, "at"> {
  return {
    type,
    ...(currency != null && { currency: String(currency) }),
    ...(transaction_id != null && { transaction_id: String(transaction_id) }),
    ...(search_term != null && { search_term: String(search_term) }),
    ...(Array.isArray(items) && { items: items.map((entry) => item(asFields(entry))) }),
  };
}

function item({ item_id, item_name, item_category, price, quantity }: Fields): Item {
  return {
    ...(item_id != null && { item_id: String(item_id) }),
    ...(item_name != null && { item_name: String(item_name) }),
    ...(item_category != null && { item_category: String(item_category) }),
    ...(price != null && { price: price as number | string }),
    ...(quantity != null && { quantity: Number(quantity) }),
  };
}

function asFields(value: unknown): Fields {
  return isObject(value) ? (value as Fields) : {};
}
