/** The contest's offers as a Tactful catalog: what a shop would write, the conditions in CEL. */
import { CATEGORIES, FIELDS, PLACEMENTS } from "./work.mjs";

export function catalog(offers) {
  return {
    ...SHOP,
    attributes: FIELDS,
    categories: [category("all")],
    offers: offers.map(({ id, priority, placement, from, until, caps, all }) => ({
      ...service(id, priority, placement, all.map(clause).join(" && ")),
      schedule: { from: local(from), until: local(until) },
      caps: [{ impressions: caps.day, hours: 24 }, { impressions: caps.week, hours: 168 }],
    })),
  };
}

/** A catalog for sessions: each offer is about one category and a size of the basket, and the last one always fits. */
export function sessionCatalog(count) {
  const values = CATEGORIES;
  const about = (place) => `"${values[place % values.length]}" in intent.categories && basket.total >= ${place % 20}`;
  const offers = Array.from({ length: count - 1 }, (_, place) =>
    service(`offer-${place}`, 1 + (place % 600), PLACEMENTS[place % PLACEMENTS.length], about(place)));
  return { ...SHOP, categories: values.map(category), offers: [...offers, service("always", 0, PLACEMENTS[0])] };
}

/** A catalog for households: so many categories, and one offer. */
export function householdCatalog(count) {
  const categories = Array.from({ length: count }, (_, place) => ({ ...category(`c${place}`), interval_days: 7 + (place % 60) }));
  return { ...SHOP, categories, offers: [service("always", 0, PLACEMENTS[0])] };
}

const SHOP = {
  name: "Contest",
  version: 1,
  purpose: "Tells how fast and how small deciding is beside what a shop would use instead.",
  goals: { usefulness: 100, margin: 0, reach: 0 },
  currency: "EUR",
  languages: ["en"],
  timezone: "UTC",
  products: [],
  placements: PLACEMENTS.map((id) => ({ id })),
  cadence: { gap_minutes: 0, interruption_cost: 0 },
};

function category(id) {
  return { id, name: { en: id } };
}

function service(id, priority, placement, applicable) {
  const creative = { en: { title: `Offer ${id}`, text: "What it is about." } };
  return { id, kind: "service", priority, placements: [placement], creative, applicable };
}

/** The catalog's time zone is UTC. */
function local(time) {
  return new Date(time).toISOString().slice(0, 16);
}

function clause(one) {
  if (one.any) return `(${one.any.map(test).join(" || ")})`;
  return one.not ? `!(${test(one.not)})` : test(one);
}

function test({ on, is, in: list, has, of, from, until }) {
  const value = `attributes.${on}`;
  if (typeof is === "boolean") return is ? value : `!${value}`;
  if (is !== undefined) return `${value} == ${JSON.stringify(is)}`;
  if (list) return `${value} in ${JSON.stringify(list)}`;
  if (has) return `${JSON.stringify(has)} in ${value}`;
  if (until === undefined) return `${value} >= ${from}`;
  const entry = of ? `${value}[${JSON.stringify(of)}]` : value;
  return `(${entry} >= ${from} ${from <= until ? "&&" : "||"} ${entry} < ${until})`;
}
