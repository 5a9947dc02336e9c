/** The busiest shopper there can be: a device that remembers as much as it may, in every list that a decision looks at. */
export const NOW = Date.UTC(2026, 10, 21, 12);
export const CATEGORIES = numbered("c", 400);
export const PRODUCTS = numbered("p", 800);
export const MEMBERS = numbered("m", 220);
export const LISTED = numbered("v", 1_000);

const [SECOND, DAY] = [1_000, 86_400_000];

/** What the shopper answered to the offers of the past: two lists that are full then, and the last impressions, of which
 * each teaches something: what has no answer yet would teach nothing before the next day. */
const REPLIES = [...Array(400).fill("never_again"), ...Array(400).fill("dismissed"), ...Array(256).fill("opened")];

/** The catalog in which the shopper became so busy: offers that fit one after the other, as their number is told. */
export const PAST = shop(REPLIES.map((_, place) => coupon(`past-${place}`, { eligible: `attributes.number == ${place}` })));

/** A catalog of these offers, with everything in it that the shopper knows. */
export function shop(offers, more = {}) {
  return {
    name: "Instructions",
    version: 1,
    purpose: "Holds what a decision costs at most against what it costs.",
    goals: { usefulness: 40, margin: 30, reach: 30 },
    currency: "EUR",
    languages: ["en"],
    timezone: "Europe/Helsinki",
    attributes: {
      entries: { type: "map", values: MEMBERS },
      listed: { type: "string", values: LISTED },
      number: { type: "number" },
    },
    categories: CATEGORIES.map((id) => category(id)),
    products: PRODUCTS.map((id, place) => ({ id, name: { en: id }, category: CATEGORIES[place % 400], price: 2 })),
    stores: numbered("s", 8).map((id, place) => ({
      id, name: id, opening_hours: "Mo-Su 07:00-22:00", radius_m: 50,
      geometry: { type: "Point", coordinates: [24.94 + place / 10_000, 60.17] },
    })),
    placements: [{ id: "here" }, { id: "there" }],
    cadence: { gap_minutes: 0, interruption_cost: 0, cool_off_days: 3_650 },
    offers,
    ...more,
  };
}

/** Bought at intervals of 60 days, things are due and missed at once after a while. */
export function category(id) {
  return { id, name: { en: id }, interval_days: 60 };
}

export function coupon(id, more = {}) {
  const creative = { en: { title: `Offer ${id}`, text: "What it is about." } };
  return { id, kind: "coupon", placements: ["here"], creative, value: { percent: 5 }, ...more };
}

/** Lives the shopper's life with an engine on [`PAST`], and returns what is saved. */
export function live(engine) {
  engine.observe({ type: "consent", at: NOW - 300 * DAY, remember: true });
  for (const days of [130, 118, 106]) {
    for (let from = 0; from < PRODUCTS.length; from += 100) {
      const items = PRODUCTS.slice(from, from + 100).map(item);
      const id = `${days}-${from}`;
      engine.observe({ type: "purchase", at: NOW - days * DAY + from, currency: "EUR", value: 200, transaction_id: id, items });
    }
  }
  REPLIES.forEach((reply, place) => {
    const at = NOW - 200 * SECOND + place * 100;
    engine.observe({ type: "attributes", at, values: { number: place } });
    const decision = engine.ask("here", at);
    if (decision.kind !== "show") throw new Error(`offer ${place} is not shown, but held: ${decision.why}`);
    engine.reply(decision.id, reply, at);
  });
  const entries = Object.fromEntries(MEMBERS.map((member) => [member, 5]));
  engine.observe({ type: "attributes", at: NOW, values: { entries, listed: LISTED.at(-1), number: 5 } });
  for (let from = 0; from < 200; from += 50) {
    engine.observe({ type: "add_to_cart", at: NOW, currency: "EUR", value: 100, items: PRODUCTS.slice(from, from + 50).map(item) });
  }
  CATEGORIES.slice(-16).forEach((_, place) => {
    const product = PRODUCTS[384 + place];
    engine.observe({ type: "view_item", at: NOW, currency: "EUR", value: 2, items: [item(product)] });
  });
  engine.observe({ type: "position", at: NOW, latitude: 60.17, longitude: 24.94035, accuracy: 30 });
  return engine.save();
}

function item(id) {
  return { item_id: id, item_category: CATEGORIES[PRODUCTS.indexOf(id) % 400], price: 2 };
}

export function numbered(name, count) {
  return Array.from({ length: count }, (_, place) => `${name}-${place}`);
}
