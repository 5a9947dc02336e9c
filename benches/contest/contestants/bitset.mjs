/**
 * A bitset in JS, as fast as we could make it: 32 conjunctions at a time, best first, no allocation while it decides.
 *
 * An offer is spread into conjunctions of one bit each (an OR of three tests makes three). For each value that a group
 * of fields can have, a bitmap says which conjunctions it does not rule out. A decision ANDs one bitmap per group; of
 * what is left only the time window, the days since a purchase, what must not be in the cart, and the caps are checked
 * one by one. It knows its shop: hours are 0 to 23, weekdays 1 to 7, stages of intent 0 to 5.
 */
import { ranked } from "../rank.mjs";

export const name = "bitset, by hand";

export function load(payload) {
  const placements = ranked(JSON.parse(payload));
  for (const [placement, offers] of placements) placements.set(placement, index(offers));
  return (context, placement, now) => {
    const indexed = placements.get(placement);
    return indexed === undefined ? null : decide(indexed, context, now);
  };
}

/** Where the bitmaps lie of those things in the cart, and bought in the past, that some offer asks for. */
const inCart = new Int32Array(1_024);
const inPast = new Int32Array(1_024);

/** Up to so many words it is faster to look a purchase up for each offer than to list them all first. */
const FEW = 8;

function decide(index, context, now) {
  const { width, bits, rows, carts, past } = index;
  const { cart, since } = context;
  const where = index.where + offset(index.presence, context.presence) + offset(index.device, context.device)
    + offset(index.language, context.language);
  const when = index.when + width * (context.hour * 7 + context.weekday - 1);
  const who = index.who + width * (context.intent * 16 + consents(context));
  const shop = index.shop + offset(index.store, context.store);
  const rank = index.rank + offset(index.tier, context.tier);
  const sum = index.sum + width * reached(index.steps, context.total);
  let things = 0;
  let purchases = -1; // listed when an offer first asks for one
  for (let i = 0; i < cart.length; i++) {
    const thing = offset(index.cart, cart[i]);
    if (thing > 0) inCart[things++] = carts + thing;
  }
  for (let w = 0; w < width; w++) {
    let left = bits[where + w] & bits[when + w] & bits[who + w] & bits[shop + w] & bits[rank + w] & bits[sum + w];
    if (left === 0) continue;
    let asked = bits[carts + w]; // what asks for nothing in the cart
    for (let i = 0; i < things; i++) asked |= bits[inCart[i] + w];
    if ((left &= asked) === 0) continue;
    if (width > FEW && (left & ~bits[past + w]) !== 0) {
      if (purchases < 0) purchases = list(index, since);
      asked = bits[past + w];
      for (let i = 0; i < purchases; i++) asked |= bits[inPast[i] + w];
      left &= asked;
    }
    for (; left !== 0; left &= left - 1) {
      const row = rows[(w << 5) + 31 - Math.clz32(left & -left)];
      if (now < row.from || now >= row.until) continue;
      if (row.bought !== null && !inRange(since[row.bought], row.after, row.before)) continue;
      if (row.banned !== null && cart.includes(row.banned)) continue;
      if (context.shown[24][row.id] >= row.day || context.shown[168][row.id] >= row.week) continue;
      return row.id;
    }
  }
  return null;
}

function list(index, since) {
  let purchases = 0;
  for (const category in since) {
    const past = offset(index.since, category);
    if (past > 0) inPast[purchases++] = index.past + past;
  }
  return purchases;
}

/** How far the bitmaps of a value lie behind those of values that no offer names. */
function offset(offsets, value) {
  const known = offsets.get(value);
  return known === undefined ? 0 : known;
}

function consents({ returning, marketing, profiling, push }) {
  return (returning ? 8 : 0) + (marketing ? 4 : 0) + (profiling ? 2 : 0) + (push ? 1 : 0);
}

/** How many of the steps a total reaches. */
function reached(steps, total) {
  let low = 0;
  for (let high = steps.length; low < high;) {
    const middle = (low + high) >>> 1;
    if (steps[middle] <= total) low = middle + 1;
    else high = middle;
  }
  return low;
}

function inRange(value, from, until) {
  return value !== undefined && value >= from && value < until;
}

function index(offers) {
  const rows = offers.flatMap((offer) => spread(offer.all).map((tests) => ({ offer, tests })));
  const width = (rows.length + 31) >>> 5;
  const [presence, device, language, store, tier, cart, since] =
    ["presence", "device", "language", "store", "tier", "cart", "since"].map((field) => named(rows, field));
  const steps = Float64Array.from(new Set(rows.flatMap(({ tests }) => tests.total?.from ?? []))).sort();
  const total = { field: "total", values: [-1, ...steps] };
  const flags = ["returning", "marketing", "profiling", "push"].map((field) => ({ field, values: [false, true] }));
  const groups = [
    [presence, device, language], [whole("hour", 0, 23), whole("weekday", 1, 7)], [whole("intent", 0, 5), ...flags],
    [store], [tier], [total], [cart], [since],
  ];
  const bitmaps = groups.map((fields) => joint(rows, width, fields));
  const before = (group) => bitmaps.slice(0, group).flat().length * width;
  const [where, when, who, shop, rank, sum, carts, past] = bitmaps.map((_, group) => before(group));
  const bits = new Int32Array(bitmaps.flat().length * width);
  bitmaps.flat().forEach((bitmap, place) => bits.set(bitmap, place * width));
  const offsets = ({ values }, stride = 1) => new Map(values.map((value, place) => [value, place * stride * width]));
  return {
    width, bits, rows: rows.map(leftover), steps, where, when, who, shop, rank, sum, carts, past,
    presence: offsets(presence, device.values.length * language.values.length),
    device: offsets(device, language.values.length),
    language: offsets(language), store: offsets(store), tier: offsets(tier), cart: offsets(cart),
    since: offsets(since),
  };
}

/** What no bitmap says of a conjunction. */
function leftover({ offer: { id, from, until, caps: { day, week } }, tests: { since, cart } }) {
  const { of: bought = null, from: after = 0, until: before = 0 } = since ?? {};
  return { id, from, until, day, week, bought, after, before, banned: cart?.not ? cart.has : null };
}

/** The conjunctions of an offer, each as its tests by field. */
function spread(all) {
  const choices = all.map((clause) => clause.any ?? [clause.not ? { ...clause.not, not: true } : clause]);
  const both = (rows, tests) => rows.flatMap((row) => tests.map((test) => ({ ...row, [test.on]: test })));
  return choices.reduce(both, [{}]);
}

/** The bitmaps of every combination of values, the last field's varying fastest. */
function joint(rows, width, fields) {
  const bitmaps = fields.map(({ field, values }) => values.map((value) => bitmap(rows, width, field, value)));
  const and = (one, other) => one.map((word, w) => word & other[w]);
  return bitmaps.reduce((some, more) => some.flatMap((one) => more.map((other) => and(one, other))));
}

/** Which conjunctions a value of a field does not rule out. */
function bitmap(rows, width, field, value) {
  const bits = new Int32Array(width);
  rows.forEach(({ tests }, row) => {
    if (tests[field] === undefined || admits(tests[field], value)) bits[row >>> 5] |= 1 << (row & 31);
  });
  return bits;
}

function admits({ is, in: list, has, of, from, until = Infinity, not = false }, value) {
  if (of !== undefined) return of === value; // how long ago is checked later
  if (has !== undefined) return not || has === value; // what must not be in the cart is checked later
  const within = from <= until ? from <= value && value < until : from <= value || value < until;
  return (is !== undefined ? is === value : list ? list.includes(value) : within) !== not;
}

/** The values of a field that any test names; the first place is for all others. */
function named(rows, field) {
  const values = rows.flatMap(({ tests: { [field]: test } }) => test?.in ?? test?.is ?? test?.has ?? test?.of ?? []);
  return { field, values: [undefined, ...new Set(values)] };
}

function whole(field, first, last) {
  return { field, values: Array.from({ length: last - first + 1 }, (_, place) => first + place) };
}
