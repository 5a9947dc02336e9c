/**
 * The work: catalogs of N offers and 1,000 moments each, made from a fixed seed, so that every run asks the same.
 *
 * An offer: `{ id, priority, placement, from, until, caps: { day, week }, all }`. It runs in `[from, until)`, is shown
 * at most `day` times in 24 hours and `week` times in 7 days, and fits where every clause of `all` holds. A clause is a
 * test, `{ any: [test, …] }` or `{ not: test }`. A test reads one field of the context, `on`: `is` equals, `in` is one
 * of, `has` is in the set, `from`/`until` is in the half-open range (of hours: round midnight), `of` reads the range
 * from one entry of a map; an entry that is not there is in no range.
 *
 * INVARIANT: an offer tests each field once at most, and `not` stands only before fields that always have a value.
 */
import { winner } from "./oracle.mjs";

export const PLACEMENTS = numbered("place-", 8, 1);
export const CATEGORIES = numbered("cat-", 60, 2);
const STORES = numbered("store-", 40, 2);
const CONSENTS = ["marketing", "profiling", "push"];

/** The fields of a context, as a catalog declares them. */
export const FIELDS = {
  presence: { type: "string", values: ["away", "near", "inside"] },
  store: { type: "string", values: ["none", ...STORES] },
  cart: { type: "set", values: CATEGORIES },
  total: { type: "money" },
  intent: { type: "number" },
  since: { type: "map", values: CATEGORIES },
  tier: { type: "string", values: ["none", "bronze", "silver", "gold", "platinum"] },
  hour: { type: "number" },
  weekday: { type: "number" },
  language: { type: "string", values: ["de", "fr", "it", "en"] },
  device: { type: "string", values: ["mobile", "desktop", "tablet"] },
  returning: { type: "boolean" },
  ...Object.fromEntries(CONSENTS.map((consent) => [consent, { type: "boolean" }])),
};

/**
 * The catalogs. Offers of the narrow one nearly never fit: half of the answers are "none", so nothing ends a scan.
 *
 * The seeds were chosen for a usual selectivity, before anything was timed: a small catalog's varies a lot by chance.
 */
export const CATALOGS = {
  10: { offers: 10, seed: 11 },
  100: { offers: 100, seed: 12 },
  1000: { offers: 1_000, seed: 3 },
  10000: { offers: 10_000, seed: 1 },
  narrow: { offers: 10_000, seed: 2, narrow: true },
};

const DAY = 86_400_000;
const MONDAY = Date.UTC(2026, 8, 7);
const MOMENTS = 1_000;

/** One catalog and its moments: `{ context, placement, now, answer }`, the answer being the oracle's. */
export function makeWork(key) {
  const { offers: count, seed, narrow = false } = CATALOGS[key];
  const offers = makeOffers(chance(seed), count, narrow);
  return { offers, moments: makeMoments(chance(4_711), offers) };
}

function makeOffers(draw, count, narrow) {
  return Array.from({ length: count }, (_, place) => {
    const tests = narrow ? draw.from(5, 6) : draw.weighted({ 2: 6, 3: 16, 4: 32, 5: 30, 6: 16 });
    const from = MONDAY + draw.from(-1_440, 288) * 3_600_000;
    const day = draw.from(1, 3);
    return {
      id: `offer-${String(place).padStart(5, "0")}`,
      priority: 60 * Number(tests) + draw.from(0, 600), // what is meant for few goes before what is meant for many
      placement: draw.one(PLACEMENTS),
      from,
      until: from + draw.from(14, 90) * DAY,
      caps: { day, week: day + draw.from(0, 4) },
      all: makeClauses(draw, Number(tests), narrow),
    };
  });
}

function makeClauses(draw, tests, narrow) {
  const left = { ...WEIGHTS };
  const test = (subject = draw.weighted(left)) => {
    delete left[subject];
    return TESTS[subject](draw);
  };
  const clauses = narrow ? [test(draw.one(["store", "cart", "since"]))] : [];
  const open = tests - clauses.length;
  const either = open >= 3 && draw.percent(30) ? (open >= 4 && draw.percent(30) ? 3 : 2) : 0;
  if (either > 0) clauses.push({ any: Array.from({ length: either }, () => test()) });
  for (let more = open - either; more > 0; more--) {
    const one = test();
    clauses.push(one.on !== "since" && draw.percent(10) ? { not: one } : one);
  }
  return clauses;
}

/** How often a test is about what, and what it then asks. */
const WEIGHTS = {
  cart: 14, total: 12, intent: 12, consent: 10, tier: 10, presence: 8, since: 8, hour: 8, language: 8, device: 8,
  returning: 8, weekday: 6, store: 4,
};
const TESTS = {
  presence: (draw) => ({ on: "presence", is: draw.weighted({ inside: 50, away: 30, near: 20 }) }),
  store: (draw) => ({ on: "store", in: draw.some(STORES, draw.from(1, 6)) }),
  cart: (draw) => ({ on: "cart", has: draw.popular(CATEGORIES) }),
  total: (draw) => ({ on: "total", from: 5 * draw.from(2, 30) }),
  intent: (draw) => ({ on: "intent", from: draw.from(1, 4) }),
  since: (draw) => {
    const from = draw.from(1, 120);
    return { on: "since", of: draw.popular(CATEGORIES), from, until: from + draw.from(20, 120) };
  },
  tier: (draw) => ({ on: "tier", in: draw.some(FIELDS.tier.values, draw.from(1, 3)) }),
  hour: (draw) => {
    const from = draw.from(0, 23);
    return { on: "hour", from, until: (from + draw.from(4, 10)) % 24 };
  },
  weekday: (draw) => ({ on: "weekday", in: draw.some([1, 2, 3, 4, 5, 6, 7], draw.from(1, 4)) }),
  language: (draw) => ({ on: "language", is: draw.weighted({ de: 50, fr: 20, it: 15, en: 15 }) }),
  device: (draw) => ({ on: "device", is: draw.weighted({ mobile: 60, desktop: 30, tablet: 10 }) }),
  returning: (draw) => ({ on: "returning", is: draw.percent(60) }),
  consent: (draw) => ({ on: draw.one(CONSENTS), is: true }),
};

function makeMoments(draw, offers) {
  return Array.from({ length: MOMENTS }, () => {
    const now = MONDAY + Math.floor(draw.next() * 7 * DAY);
    const moment = { context: makeContext(draw, offers, now), placement: draw.one(PLACEMENTS), now };
    if (draw.percent(33)) wearOut(draw, offers, moment);
    return { ...moment, answer: winner(offers, moment) };
  });
}

function makeContext(draw, offers, now) {
  const local = new Date(now + 7_200_000);
  const presence = draw.weighted({ away: 70, inside: 20, near: 10 });
  const cart = draw.percent(30) ? [] : draw.several(draw.from(1, 6), () => draw.popular(CATEGORIES));
  const bought = draw.several(draw.from(0, 12), () => draw.popular(CATEGORIES));
  const seen = draw.several(draw.from(0, 12), () => draw.one(offers).id);
  const day = Object.fromEntries(seen.map((id) => [id, draw.from(0, 2)]));
  return {
    presence,
    store: presence === "away" ? "none" : draw.one(STORES),
    cart,
    total: (cart.length * draw.from(300, 5_000)) / 100,
    intent: Number(draw.weighted({ 0: 35, 1: 20, 2: 17, 3: 13, 4: 10, 5: 5 })),
    since: Object.fromEntries(bought.map((category) => [category, draw.from(1, 365)])),
    tier: draw.weighted({ none: 45, bronze: 25, silver: 15, gold: 10, platinum: 5 }),
    hour: local.getUTCHours(),
    weekday: local.getUTCDay() || 7,
    language: draw.weighted({ de: 50, fr: 20, it: 15, en: 15 }),
    device: draw.weighted({ mobile: 65, desktop: 25, tablet: 10 }),
    returning: draw.percent(60),
    marketing: draw.percent(60),
    profiling: draw.percent(40),
    push: draw.percent(30),
    now, // for libraries that see nothing but the context
    shown: { 24: day, 168: Object.fromEntries(seen.map((id) => [id, day[id] + draw.from(0, 3)])) },
  };
}

/** The offer that would win has been seen often enough, half the time on this very day. */
function wearOut(draw, offers, moment) {
  const best = winner(offers, moment);
  if (best === null) return;
  const { caps } = offers.find(({ id }) => id === best);
  moment.context.shown[24][best] = draw.percent(50) ? caps.day : 0;
  moment.context.shown[168][best] = caps.week;
}

/** Chance from a seed: the minimal standard generator (Park and Miller 1988, with the multiplier of 1993). */
function chance(seed) {
  let state = seed * 7_919;
  const next = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const from = (low, high) => low + Math.floor(next() * (high - low + 1));
  const one = (list) => list[Math.floor(next() * list.length)];
  const several = (count, pick) => [...new Set(Array.from({ length: count }, pick))].sort();
  const some = (list, count) => {
    const rest = [...list];
    return Array.from({ length: count }, () => rest.splice(from(0, rest.length - 1), 1)[0]).sort();
  };
  const weighted = (weights) => {
    let left = next() * Object.values(weights).reduce((sum, weight) => sum + weight, 0);
    return Object.keys(weights).find((name) => (left -= weights[name]) < 0);
  };
  const popular = (list) => list[Math.floor(next() * next() * list.length)]; // the first are popular
  const percent = (share) => next() * 100 < share;
  for (let warm = 0; warm < 16; warm++) next();
  return { next, from, one, several, some, weighted, popular, percent };
}

function numbered(prefix, count, digits) {
  return Array.from({ length: count }, (_, number) => prefix + String(number).padStart(digits, "0"));
}
