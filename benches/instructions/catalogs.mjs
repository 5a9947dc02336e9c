/** The catalogs whose decisions are counted: families that differ in one kind of work, and mixtures of all of them. */
import { CATEGORIES, category, coupon, LISTED, MEMBERS, numbered, PRODUCTS, shop } from "./shopper.mjs";

/** Every family: what grows, the kind of work that it is, how far it grows, and the catalog of that size. */
export const FAMILIES = [
  ["products that were bought", "remembered product", [0, 200, 500], (count) => shop(offers(1), { products: shop([]).products.slice(0, count) })],
  ["categories without a habit", "category", [100, 1_500], (count) => shop(offers(1), { categories: [...CATEGORIES, ...numbered("new", count)].map(category) })],
  ["comparisons of other placements", "comparison of the catalog", [100, 1_000], (count) => shop([...offers(count, (nth) => ({ placements: ["there"], eligible: `bought.count["${CATEGORIES[nth % 400]}"] >= ${1 + nth}` })), last()])],
  ["products asked for in the basket", "word about the basket", [50, 200, 400], (count) => asking(PRODUCTS.slice(400, 400 + count), (id) => `!("${id}" in basket.products)`)],
  ["entries asked for", "word about anything else", [50, 100, 200], (count) => asking(MEMBERS.slice(0, count), (id) => `attributes.entries["${id}"] >= 5`)],
  ["needs asked for", "word about anything else", [50, 200, 400], (count) => asking(CATEGORIES.slice(0, count), (id) => `need.due_in["${id}"] <= days(9000)`)],
  ["listed values", "listed value", [0, 1], (count) => shop(offers(1, () => ({ eligible: count ? `attributes.listed != "${LISTED[0]}"` : "attributes.number >= 0" })))],
  ["words of bitmaps", "word of a bitmap", [1_000, 9_000], (count) => shop([...offers(count, () => ({ eligible: "occasion.hour >= 0 && occasion.month >= 1 && occasion.day >= 1 && attributes.number >= 0", suitable: NEVER })), last()])],
  ["comparisons one by one", "comparison", [2, 6, 12], (count) => shop([...offers(300, (nth) => ({ suitable: scattered(count, nth) })), last()])],
  ["ranges one by one", "range of several", [2, 20, 45], (count) => shop([...offers(300, (nth) => ({ suitable: `${entry(13 * nth)} in ${odd(count)}` })), last()])],
  ["offers that have ended", "offer with a schedule", [500, 2_000], (count) => shop([...offers(count, () => ({ schedule: ENDED })), ...Array.from({ length: 64 }, (_, nth) => coupon(`running-${nth}`, { priority: 0 }))])],
  ["candidates", "candidate", [1, 8, 32, 64, 500], (count) => shop(offers(count))],
  ["caps of an offer", "cap", [1, 4], (count) => shop(offers(64, () => ({ caps: Array(count).fill(CAP) })))],
  ["caps of a kind", "cap that is used up", [4, 8, 16], (count) => shop(offers(4), caps(count, { kind: "coupon" }))],
  ["scopes of products", "product or category of a scope", [1, 10, 60], (count) => shop(offers(8, () => ({ scope: { products: PRODUCTS.slice(400, 400 + count) } })))],
  ["scopes of categories", "product or category of a scope", [1, 10, 60], (count) => shop(offers(8, () => ({ scope: { categories: CATEGORIES.slice(250, 250 + count) } })))],
];

/** Catalogs in which everything comes together, as it may at a shop, and worse. */
export const MIXTURES = {
  "50 categories with a habit": () => few(50),
  "300 offers, 24 comparisons that hold until the last": () => shop([...offers(300, (nth) => ({ suitable: all(24, nth) })), last()]),
  "200 offers of 32 alternatives": () => shop([...offers(200, (nth) => ({ suitable: any(32, nth) })), last()]),
  "1,000 offers, 4 comparisons, a cap each": () => shop(offers(1_000, (nth) => ({ eligible: mixed(nth, 2), suitable: mixed(nth + 7, 2), caps: [CAP] }))),
  "1,000 offers, 8 comparisons, scopes of 3": () => shop(offers(1_000, (nth) => ({ eligible: mixed(nth, 4), suitable: mixed(nth + 7, 4), scope: { products: scope(nth, 3) } }))),
  "3,000 offers that never fit": () => shop(offers(3_000, (nth) => ({ eligible: mixed(nth, 3), suitable: NEVER }))),
  "1,000 offers of 8 alternatives": () => shop([...offers(1_000, (nth) => ({ suitable: any(8, nth) })), last()]),
};

const NEVER = "basket.total < 0.01";
const ENDED = { from: "2026-01-01", until: "2026-02-01" };
const CAP = { impressions: 1, hours: 8_784 };

function offers(count, more = () => ({})) {
  return Array.from({ length: count }, (_, nth) => coupon(`offer-${nth}`, { priority: 1 + (nth % 900), ...more(nth) }));
}

/** Fits always, and comes after all others. */
function last() {
  return coupon("last", { priority: 0 });
}

function few(count) {
  const { products } = shop([]);
  const known = new Set(CATEGORIES.slice(0, count));
  return shop(offers(1), { categories: [...known].map(category), products: products.filter(({ category }) => known.has(category)) });
}

/** Comparisons that hold, each of an attribute of its own, and then one that does not. */
function all(count, nth) {
  const holding = WORDS.slice(0, count - 1).map((word) => word(nth));
  return [...holding, NEVER].join(" && ");
}

const WORDS = [
  () => "occasion.hour >= 0", () => "occasion.month >= 1", () => "occasion.day >= 1", () => "occasion.weekday >= 1",
  (nth) => `basket.items >= ${1 + (nth % 150)}`, (nth) => `bought.total >= ${1 + (nth % 20)}`, () => "!care.open", () => "!presence.in_store",
  () => "!presence.scanned", (nth) => `attributes.number >= ${nth % 5}`, () => `attributes.listed == "${LISTED.at(-1)}"`, () => "intent.purchase > 0.01",
  ...CATEGORIES.slice(0, 12).map((id) => (nth) => `bought.count["${id}"] >= ${1 + (nth % 3)}`),
];

/** Comparisons that hold, of attributes that hardly any other offer asks about, and then one that does not. */
function scattered(count, nth) {
  const holding = Array.from({ length: count - 1 }, (_, place) => `${entry(13 * nth + place)} >= ${1 + (nth % 5)}`);
  return [...holding, `${entry(13 * nth + count)} > 5`].join(" && ");
}

function entry(place) {
  return `attributes.entries["${MEMBERS[place % MEMBERS.length]}"]`;
}

/** Odd numbers but 3 and 5, each a range of its own; every entry is 5, between the first and the last. */
function odd(count) {
  return JSON.stringify(Array.from({ length: count }, (_, place) => (place === 0 ? 1 : 5 + 2 * place)));
}

/** Alternatives of two comparisons, of which none holds. */
function any(count, nth) {
  const one = (place) => `bought.count["${CATEGORIES[(nth + place) % 400]}"] >= 1 && basket.items > ${200 + place}`;
  return Array.from({ length: count }, (_, place) => `(${one(place)})`).join(" || ");
}

/** Asks for each of the ids once, ten to an offer, of 64 that never fit: those could be candidates at any size. */
function asking(ids, one) {
  const tens = Array.from({ length: ids.length / 10 }, (_, ten) => ids.slice(10 * ten, 10 * ten + 10));
  return shop(offers(64, (nth) => ({ eligible: tens[nth]?.map(one).join(" && ") ?? NEVER, suitable: NEVER })));
}

function mixed(nth, count) {
  const one = (place) => place % 3 === 0 ? `attributes.entries["${MEMBERS[place % 220]}"] >= 1` : WORDS[place % WORDS.length](nth);
  return Array.from({ length: count }, (_, place) => one(nth + 5 * place)).join(" && ");
}

function scope(nth, count) {
  return Array.from({ length: count }, (_, place) => PRODUCTS[400 + ((nth * 7 + place) % 400)]);
}

/** Caps that all of the shopper's impressions exceed. */
function caps(count, of) {
  const cap = { impressions: 200, hours: 8_784, ...of };
  return { cadence: { ...shop([]).cadence, caps: Array.from({ length: count }, () => cap) } };
}
