/** Two years of an invented household's shopping, told as purchases. What follows from it is the engine's to see. */
import type { AttributesSignal, Item, ShopEvent } from "tactful";
import type { Shop } from "./pages.js";

/** What they buy: every so many weeks, from so many weeks ago until so many weeks ago. */
interface Habit { product: string; everyWeeks: number; from: number; until: number; pieces?: number }

const WEEK_MS = 7 * 86_400_000;
/** The last shopping trip was so long ago, milliseconds. */
const LAST_MS = 5 * 86_400_000;

const HABITS: readonly Habit[] = [
  { product: "nk-0001", everyWeeks: 1, from: 104, until: 0, pieces: 2 },
  { product: "nk-0019", everyWeeks: 1, from: 104, until: 0 },
  { product: "nk-0016", everyWeeks: 2, from: 104, until: 0 },
  { product: "nk-0052", everyWeeks: 4, from: 104, until: 4 },
  { product: "nk-0009", everyWeeks: 3, from: 100, until: 1 },
  { product: "nk-0116", everyWeeks: 3, from: 104, until: 2, pieces: 2 },
  { product: "nk-0074", everyWeeks: 2, from: 96, until: 1 },
  { product: "nk-0087", everyWeeks: 2, from: 90, until: 0 },
  // Lapsed: they used to love these.
  { product: "nk-0032", everyWeeks: 5, from: 103, until: 46 },
  { product: "nk-0058", everyWeeks: 6, from: 98, until: 30 },
  { product: "nk-0081", everyWeeks: 4, from: 104, until: 58 },
];

/** What they buy on the trip in the second week of December, every year. */
const CHRISTMAS = "nk-0034";

/** The household's purchases up to `now`, oldest first, and what it told the shop about itself. */
export function family(shop: Shop, now: number): [AttributesSignal, ...ShopEvent[]] {
  const weeks = Array.from({ length: 105 }, (_, week) => 104 - week);
  const trips = weeks.map((week) => trip(shop, week, now - LAST_MS - week * WEEK_MS)).filter((event) => event !== undefined);
  const first = trips[0]?.at ?? now;
  return [{ type: "attributes", at: first, values: { household: 4, loyalty_tier: "silver", vegetarian: false } }, ...trips];
}

function trip(shop: Shop, week: number, at: number): ShopEvent | undefined {
  const bought = HABITS.filter(({ from, until, everyWeeks }) => week <= from && week >= until && (from - week) % everyWeeks === 0);
  const day = new Date(at);
  const baking = day.getUTCMonth() === 11 && day.getUTCDate() >= 8 && day.getUTCDate() < 15 ? [item(shop, CHRISTMAS)] : [];
  const usual = bought.map(({ product, pieces }) => item(shop, product, pieces ?? 1));
  const items = [...usual, ...baking].filter((one) => one !== undefined);
  if (items.length === 0) return undefined;
  return { type: "purchase", at, transaction_id: `family-${week}`, currency: shop.currency, items };
}

/** One product as shop events name it; `undefined` where this shop does not have it. */
export function item(shop: Shop, id: string, quantity = 1): Item | undefined {
  const product = shop.product(id);
  if (!product) return undefined;
  return { item_id: id, item_name: product.name.en, item_category: product.category, price: major(shop, product.price), quantity };
}

/** Minor units as the decimal number that shop events carry. */
export function major(shop: Shop, minor: number): number {
  const digits = new Intl.NumberFormat("en", { style: "currency", currency: shop.currency }).resolvedOptions().maximumFractionDigits ?? 2;
  return Number((minor / 10 ** digits).toFixed(digits));
}
