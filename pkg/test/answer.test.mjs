/** Answers from a context alone, on packs from the real command line. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { TactfulError, load } from "tactful";
import { instantiate } from "../dist/core.js";
import { createEngine } from "../dist/engine.js";
import { dist, root } from "./hosts.mjs";

const NOON = Date.parse("2026-11-21T12:00:00Z");
const HOUR = 3_600_000;
const folder = mkdtempSync(join(tmpdir(), "tactful-answer-"));

const offer = (id, fields) => ({
  id, kind: "service", priority: 1, scope: {}, usefulness: { mean: 0.5, weight: 10 }, margin: 0,
  creative: { en: { title: `Title of ${id}`, text: "Text." }, de: { title: `Titel von ${id}`, text: "Satz." } }, ...fields,
});

/** The pack of a small shop with these offers. */
function pack(offers, fields = {}) {
  const catalog = {
    name: "Corner shop", version: 1, purpose: "Helps the street.", goals: { usefulness: 100, margin: 0, reach: 0 },
    currency: "EUR", languages: ["en", "de"], timezone: "UTC", cadence: { gap_minutes: 0, interruption_cost: 0 },
    attributes: {
      tier: { type: "string", values: ["gold", "silver"] }, household: { type: "number" }, member: { type: "boolean" },
      limit: { type: "money" }, cart: { type: "set", values: ["bread", "milk", "wine"] },
      since: { type: "map", values: ["bread", "milk", "wine"] },
    },
    categories: ["bread", "wine"].map((id) => ({ id, name: { en: id, de: id } })),
    products: [
      { id: "merlot", name: { en: "Merlot", de: "Merlot" }, category: "wine", price: 9.99, age_limit: 18 },
      { id: "rye", name: { en: "Rye", de: "Roggen" }, category: "bread", price: 2.5 },
    ],
    stores: [{ id: "kamppi", name: "Kamppi", geometry: { type: "Point", coordinates: [24.93, 60.17] }, radius_m: 40, opening_hours: "24/7" }],
    placements: [{ id: "home" }, { id: "basket" }], offers, ...fields,
  };
  const file = join(folder, "catalog.json");
  writeFileSync(file, JSON.stringify(catalog));
  const program = join(root, "target/debug/tactful");
  try {
    execFileSync(program, ["compile", file, "-o", join(folder, "shop.tact")], { stdio: "pipe" });
  } catch ({ stderr }) {
    throw new Error(String(stderr));
  }
  return readFileSync(join(folder, "shop.tact"));
}

const shop = async (offers, fields) => load({ pack: pack(offers, fields), seed: 1, now: NOON });
const named = (answer) => (answer.kind === "show" ? answer.offer.id : answer.why);

/** Each condition with contexts in which it holds, and in which it does not. */
const CONDITIONS = [
  ["presence.in_store", [{ presence: { in_store: true } }], [{ presence: { in_store: false } }]],
  ['presence.store == "kamppi"', [{ presence: { store: "kamppi" } }], [{ presence: { store: "elsewhere" } }]],
  ["presence.probability >= 0.7", [{ presence: { probability: 0.7 } }], [{ presence: { probability: 0.69 } }]],
  ['intent.stage in ["decide", "checkout"]', [{ intent: { stage: "checkout" } }], [{ intent: { stage: "browse" } }]],
  ['"wine" in intent.categories', [{ intent: { categories: ["bread", "wine"] } }], [{ intent: { categories: [] } }]],
  ['need.due_in["bread"] <= days(2)', [{ need: { due_in: { bread: 2_880 } } }], [{ need: { due_in: { bread: 2_881, wine: 1 } } }]],
  ['stage == "sale"', [{ stage: "sale" }], [{ stage: "discovery" }]],
  ["basket.total >= 20.00", [{ basket: { total: 20 } }], [{ basket: { total: 19.99 } }]],
  ['!("wine" in basket.categories)', [{ basket: { categories: ["bread"] } }], [{ basket: { categories: ["wine"] } }]],
  ['"rye" in basket.products && basket.items < 3', [{ basket: { products: ["rye"], items: 2 } }], [{ basket: { products: ["rye"], items: 3 } }]],
  ['bought.since["bread"] >= days(5)', [{ bought: { since: { bread: 7_200 } } }], [{ bought: { since: { wine: 9_999 } } }]],
  ['bought.count["bread"] > 1 && bought.total > 3', [{ bought: { count: { bread: 2 }, total: 4 } }], [{ bought: { count: { bread: 1 }, total: 4 } }]],
  ['request.country == "FI" && request.language == "de"', [{ request: { country: "fi", language: "de-AT" } }], [{ request: { country: "SE", language: "de" } }]],
  ['care.topic != "return"', [{ care: { topic: "question" } }], [{ care: { topic: "return" } }]],
  ['attributes.tier != "gold"', [{ attributes: { tier: "silver" } }, { attributes: { tier: "unheard of" } }], [{ attributes: { tier: "gold" } }]],
  ["attributes.household >= 3", [{ attributes: { household: 3 } }, { attributes: { household: 1e12 } }], [{ attributes: { household: -1e12 } }]],
  ["!attributes.member", [{ attributes: { member: false } }], [{ attributes: { member: true } }]],
  ["attributes.limit < 0.30", [{ attributes: { limit: 0.29 } }], [{ attributes: { limit: 0.1 + 0.2 } }]],
  ['"milk" in attributes.cart && !("wine" in attributes.cart)', [{ attributes: { cart: ["milk", "other"] } }], [{ attributes: { cart: ["wine", "milk"] } }]],
  ['attributes.since["milk"] > 3 || attributes.since["wine"] > 3', [{ attributes: { since: { wine: 4 } } }], [{ attributes: { since: { milk: 3, bread: 9 } } }]],
];

/** The condition on one offer alone, and among so many that bitmaps answer it. */
const FEW_AND_MANY = [0, 40];

for (const [condition, held, failed] of CONDITIONS) {
  for (const others of FEW_AND_MANY) {
    test(`${condition}, beside ${others} other offers`, async () => {
      const like = Array.from({ length: others }, (_, place) => offer(`other-${place}`, { applicable: `${condition} && attributes.household == ${place + 100}` }));
      const tact = await shop([offer("it", { applicable: condition }), ...like]);
      for (let round = 0; round < 2; round++) {
        for (const context of held) assert.equal(named(tact.askIn(context, "home", NOON)), "it", JSON.stringify(context));
        for (const context of [...failed, {}]) assert.equal(named(tact.askIn(context, "home", NOON)), "nothing_fits", JSON.stringify(context));
      }
    });
  }
}

test("the clock is read from now, on the shop's own", async () => {
  const tact = await shop([offer("lunch", { applicable: "occasion.hour == 14 && occasion.weekday == 6" })], { timezone: "Europe/Helsinki" });
  assert.deepEqual([NOON - 1, NOON].map((now) => named(tact.askIn({}, "home", now))), ["nothing_fits", "lunch"]);
});

test("the highest priority wins, of equals the first id; what does not run or appear here is left out", async () => {
  const tact = await shop([
    offer("b", { priority: 5 }), offer("a", { priority: 5 }), offer("z", { priority: 9, placements: ["basket"] }),
    offer("old", { priority: 8, schedule: { until: "2026-11-21T12:00:00" } }),
    offer("new", { priority: 7, schedule: { from: "2026-11-21T12:00:01" } }),
  ]);
  const asked = (now, placement = "home") => named(tact.askIn({}, placement, now));
  assert.deepEqual([asked(NOON - 1), asked(NOON), asked(NOON + 1_000), asked(NOON, "basket")], ["old", "a", "new", "z"]);
});

test("an offer that was shown too often makes room for the next", async () => {
  const caps = [{ impressions: 2, hours: 24 }, { impressions: 4, hours: 168 }];
  const tact = await shop([offer("first", { priority: 9, caps }), offer("second", { caps })]);
  const asked = (day, week) => named(tact.askIn({ shown: { 24: day, 168: week } }, "home", NOON));
  assert.equal(asked({ first: 1 }, { first: 3 }), "first");
  assert.equal(asked({ first: 2 }, { first: 3 }), "second");
  assert.equal(asked({ first: 1 }, { first: 4 }), "second");
  assert.equal(asked({ first: 2, second: 2 }, { first: 2, second: 2 }), "all_excluded");
  assert.equal(named(tact.askIn({}, "home", NOON)), "first");
});

test("a stranger is answered with neither a memory nor goods for adults", async () => {
  const value = { percent: 10 };
  const tact = await shop([
    offer("memory", { kind: "reminder", priority: 9 }),
    offer("wine-off", { kind: "coupon", priority: 8, value, scope: { products: ["merlot"] } }),
    offer("bread-off", { kind: "coupon", value, scope: { products: ["rye"] } }),
  ]);
  assert.equal(named(tact.askIn({}, "home", NOON)), "bread-off");
});

test("quiet hours and an end of the catalog are kept", async () => {
  const cadence = { gap_minutes: 0, interruption_cost: 0, quiet_hours: { from: "21:00", until: "07:00" } };
  const tact = await shop([offer("it")], { cadence, not_after: "2026-11-22T12:00:00Z" });
  assert.deepEqual(tact.askIn({}, "home", NOON + 10 * HOUR), { kind: "hold", why: "quiet_hours", until: NOON + 19 * HOUR });
  assert.equal(named(tact.askIn({}, "home", NOON + 20 * HOUR)), "it");
  assert.equal(named(tact.askIn({}, "home", NOON + 24 * HOUR)), "catalog_expired");
});

test("words come in the language that is asked for", async () => {
  const tact = await shop([offer("it")]);
  const title = (language) => tact.askIn({ request: { language } }, "home", NOON).offer.title;
  assert.deepEqual(["de", "en-GB", "sv", undefined].map(title), ["Titel von it", "Title of it", "Title of it", "Title of it"]);
});

test("everything that is wrong with a context is told at once, and the next one is fine", async () => {
  const applicable = 'attributes.member && attributes.household > 2 && "milk" in attributes.cart && basket.total > 1';
  const tact = await shop(Array.from({ length: 40 }, (_, place) => offer(`o${place}`, { applicable })));
  const wrong = { attributes: { member: "yes", household: 2.5, cart: "milk" }, basket: { total: "9.99" } };
  assert.throws(() => tact.askIn(wrong, "home", NOON), (error) => {
    assert.ok(error instanceof TactfulError);
    const paths = ["/attributes/cart", "/attributes/household", "/attributes/member", "/basket/total"];
    assert.deepEqual([error.code, error.issues.map(({ path }) => path).sort()], ["bad-context", paths]);
    return true;
  });
  assert.throws(() => tact.askIn({ attributes: 5 }, "home", NOON), { code: "bad-context" });
  assert.throws(() => tact.askIn({}, "hom", NOON), { code: "unknown-placement" });
  const right = { attributes: { member: true, household: 3, cart: ["milk"] }, basket: { total: 9.99 } };
  assert.equal(named(tact.askIn(right, "home", NOON)), "o0");
});

test("nothing of one context is left for the next, whatever the placement begins with", async () => {
  const many = Array.from({ length: 30 }, (_, place) => offer(`h${place}`, { placements: ["home"], applicable: `attributes.tier == "gold" && "wine" in attributes.cart && attributes.household == ${place}` }));
  const tact = await shop([...many, offer("b", { placements: ["basket"], applicable: 'attributes.tier == "gold" || !("wine" in attributes.cart)' })]);
  const rich = { attributes: { tier: "gold", cart: ["wine"], household: 7 } };
  for (let round = 0; round < 3; round++) {
    assert.equal(named(tact.askIn(rich, "home", NOON)), "h7");
    assert.equal(named(tact.askIn({}, "basket", NOON)), "nothing_fits");
    assert.equal(named(tact.askIn({ attributes: { cart: [] } }, "basket", NOON)), "b");
    assert.equal(named(tact.askIn(rich, "basket", NOON)), "b");
    assert.equal(named(tact.askIn({ attributes: { household: 7 } }, "home", NOON)), "nothing_fits");
  }
});

test("as many sets as a catalog declares are told", async () => {
  const names = Array.from({ length: 90 }, (_, place) => `set${place}`);
  const attributes = Object.fromEntries(names.map((name) => [name, { type: "set", values: ["a", "b"] }]));
  const like = (name, place) => offer(name, { priority: 100 - place, applicable: `!("a" in attributes.${name})` });
  const tact = await shop([...names.map(like), offer("last", { priority: 0 })], { attributes });
  const told = (of) => ({ attributes: Object.fromEntries(names.map((name) => [name, name === of ? ["b"] : ["a"]])) });
  assert.equal(named(tact.askIn(told("set89"), "home", NOON)), "set89");
  assert.equal(named(tact.askIn(told("none"), "home", NOON)), "last");
});

test("a hundred thousand answers leave memory and profile as they were", async () => {
  const instance = instantiate(await WebAssembly.compile(readFileSync(join(dist, "core.wasm"))));
  const bytes = pack([offer("it", { applicable: '"milk" in attributes.cart', caps: [{ impressions: 1, hours: 24 }] })]);
  const tact = createEngine(() => instance, bytes, { seed: 1, now: NOON });
  const ask = () => tact.askIn({ attributes: { cart: ["milk"] }, shown: { 24: { it: 1 } } }, "home", NOON);
  ask();
  const [memory, profile] = [instance.memory.buffer.byteLength, tact.save()];
  for (let i = 0; i < 100_000; i++) ask();
  assert.equal(instance.memory.buffer.byteLength, memory);
  assert.deepEqual(tact.save(), profile);
  // A view of the memory dies when it grows; it is then taken anew.
  const forks = Array.from({ length: 2_000 }, () => tact.fork({ now: NOON }));
  assert.ok(instance.memory.buffer.byteLength > memory);
  assert.equal(named(ask()), "all_excluded");
  forks.forEach((fork) => fork.free());
});
