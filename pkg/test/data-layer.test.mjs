/** The data layer: what a shop already pushes is observed, and the shop never notices. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { watchDataLayer } from "tactful/page";
import { ENHANCED, GA4, PROMOTIONS, UA_GTAG } from "./documented.mjs";

/** A watched layer with what came out of it. */
function watched(layer = [], { refuse = false } = {}) {
  const seen = [];
  const clock = { now: 1_000 };
  const observe = (signal) => {
    if (refuse) throw new Error("refused");
    seen.push(signal);
    return [];
  };
  const stop = watchDataLayer(layer, { observe }, () => clock.now);
  return { layer, seen, clock, stop };
}

/** As the snippet of gtag has it. */
function gtag(layer) {
  return function () {
    layer.push(arguments);
  };
}

const ITEM = { item_id: "nk-0032", item_name: "Butter rings", price: 2.19, quantity: 1, index: 0 };
const READ = { item_id: "nk-0032", item_name: "Butter rings", price: 2.19, quantity: 1 };

test("what was pushed before is replayed, what comes after is heard, and push answers as before", () => {
  const { layer, seen, clock } = watched([{ event: "view_item", ecommerce: { items: [ITEM] } }]);
  clock.now = 2_000;
  assert.equal(layer.push({ ecommerce: null }, { event: "add_to_cart", ecommerce: { currency: "EUR", value: 2.19, items: [ITEM] } }), 3);
  assert.deepEqual(seen, [
    { type: "view_item", items: [READ], at: 1_000 },
    { type: "add_to_cart", currency: "EUR", items: [READ], at: 2_000 },
  ]);
});

test("ecommerce is merged over pushes until it is null", () => {
  const { layer, seen } = watched();
  layer.push({ ecommerce: { items: [ITEM] } });
  layer.push({ event: "view_cart" });
  layer.push({ ecommerce: null });
  layer.push({ event: "begin_checkout" });
  assert.deepEqual(seen.map(({ type, items }) => [type, items?.length]), [["view_cart", 1], ["begin_checkout", undefined]]);
});

test("gtag pushes its arguments", () => {
  const { layer, seen } = watched();
  gtag(layer)("event", "search", { search_term: "coffee" });
  gtag(layer)("config", "G-1");
  gtag(layer)("event", "search");
  assert.deepEqual(seen, [{ type: "search", search_term: "coffee", at: 1_000 }, { type: "search", at: 1_000 }]);
});

test("an event told in both shapes counts once, and a real second one twice", () => {
  const { layer, seen, clock } = watched();
  const event = { event: "add_to_cart", ecommerce: { items: [ITEM] } };
  layer.push(event);
  layer.push({ event: "add_to_cart", eventModel: { items: [ITEM] } });
  assert.equal(seen.length, 1);
  layer.push(event, event);
  assert.equal(seen.length, 3);
  clock.now += 1_000;
  gtag(layer)("event", "add_to_cart", { items: [ITEM] });
  assert.equal(seen.length, 4);
});

test("numbers as text and ids as numbers are turned around", () => {
  const { layer, seen } = watched();
  layer.push({ event: "purchase", ecommerce: { transaction_id: 77, items: [{ item_id: 32, price: "2.19", quantity: "2" }] } });
  assert.deepEqual(seen, [{ type: "purchase", transaction_id: "77", items: [{ item_id: "32", price: 2.19, quantity: 2 }], at: 1_000 }]);
});

test("what is not a shop event passes by, whatever it is", () => {
  const { layer, seen } = watched();
  layer.push(null, undefined, 7, "event", [], () => 0, { event: "gtm.js" }, { event: { toString: null } }, { event: "constructor" });
  assert.deepEqual(seen, []);
});

test("an event that is refused reaches the shop's own listeners and throws nothing", (context) => {
  const debug = context.mock.method(console, "debug", () => {});
  const { layer } = watched([], { refuse: true });
  const hostile = { event: "view_item", get ecommerce() { throw new Error("hostile"); } };
  assert.equal(layer.push({ event: "view_item" }, hostile), 2);
  assert.equal(debug.mock.callCount(), 2);
});

test("stopping gives push back, and stays stopped where somebody wrapped it since", () => {
  const { layer, seen, stop } = watched();
  stop();
  assert.equal(layer.push, Array.prototype.push);
  const second = watched([]);
  const ours = second.layer.push;
  second.layer.push = (...entries) => ours.apply(second.layer, entries);
  second.stop();
  second.layer.push({ event: "view_cart" });
  assert.equal(second.layer.length, 1);
  assert.deepEqual([...seen, ...second.seen], []);
});

/** What a new layer tells of some pushes, without the times. */
function told(...entries) {
  const { layer, seen } = watched();
  layer.push(...entries);
  return seen.map(({ at, ...event }) => event);
}

describe("what Google documents is read", () => {
  for (const { event, fields, read } of GA4) {
    test(`GA4, ${event}: with the tag manager and with gtag`, () => {
      assert.deepEqual(told({ ecommerce: null }, { event, ecommerce: fields }), [read]);
      const { layer, seen } = watched();
      gtag(layer)("event", event, fields);
      assert.deepEqual(seen, [{ ...read, at: 1_000 }]);
    });
  }
  for (const { event, fields } of PROMOTIONS) {
    test(`GA4, ${event}: passes by`, () => assert.deepEqual(told({ event, ecommerce: fields }), []));
  }
  for (const [name, [push, ...read]] of Object.entries(ENHANCED)) {
    test(`Universal Analytics, ${name}`, () => assert.deepEqual(told({ ecommerce: null }, push), read));
  }
  for (const [event, fields, read] of UA_GTAG) {
    test(`Universal Analytics with gtag, ${event}`, () => {
      const { layer, seen } = watched();
      gtag(layer)("event", event, fields);
      assert.deepEqual(seen, read ? [{ ...read, at: 1_000 }] : []);
    });
  }
});

describe("both generations", () => {
  const [add, cart] = [ENHANCED["adding to the cart"][0], { event: "add_to_cart", ecommerce: { currency: "EUR", items: [{ ...ITEM, quantity: 1 }] } }];

  test("of one event in two pushes, in one, and again by gtag, count once", () => {
    const model = { event: "add_to_cart", eventModel: cart.ecommerce };
    assert.equal(told(add, { ecommerce: null }, cart, model).length, 1);
    assert.equal(told({ event: "add_to_cart", ecommerce: { ...add.ecommerce, ...cart.ecommerce } }, model).length, 1);
    assert.equal(told(add, cart, add, cart, model).length, 2, "but what the shopper does twice counts twice");
  });

  test("an event in GA4's name has the products of the older action where it has none", () => {
    const { ecommerce } = add;
    assert.deepEqual(told({ event: "add_to_cart", ecommerce }), [ENHANCED["adding to the cart"][1]]);
  });

  test("a purchase counts once however often its receipt is shown", () => {
    const { layer, seen, clock } = watched();
    const buy = (transaction_id) => layer.push({ event: "purchase", ecommerce: { transaction_id, items: [ITEM] } });
    buy("T-1");
    clock.now += 60_000;
    buy("T-1");
    layer.push({ ecommerce: { purchase: { actionField: { id: "T-1" }, products: [{ id: "nk-0032" }] } } });
    buy("T-2");
    assert.deepEqual(seen.map(({ transaction_id }) => transaction_id), ["T-1", "T-2"]);
  });
});

test("what is refused was not told: the same purchase without its fault is", (context) => {
  context.mock.method(console, "debug", () => {});
  const [layer, seen] = [[], []];
  const observe = (signal) => {
    if (signal.currency === "USD") throw new Error("wrong currency");
    seen.push(signal);
  };
  watchDataLayer(layer, { observe });
  for (const currency of ["USD", "EUR", "EUR"]) layer.push({ event: "purchase", ecommerce: { transaction_id: "T-1", currency, items: [ITEM] } });
  assert.deepEqual(seen.map(({ currency }) => currency), ["EUR"]);
});

test("items at the top of a push count before those of an older one", () => {
  const seen = told({ ecommerce: { items: [ITEM] } }, { event: "view_item", items: [{ id: 7, name: "Oats" }] });
  assert.deepEqual(seen, [{ type: "view_item", items: [{ item_id: "7", item_name: "Oats" }] }]);
});

test("a cart of which nothing is told is not an empty one", () => {
  assert.deepEqual(told({ event: "view_cart" }, { event: "view_cart", ecommerce: { items: [] } }), [{ type: "view_cart", items: [] }]);
});

test("pieces are whole: goods by weight are one, and none is no item", () => {
  const items = [["0.35"], [2.6], [0], ["many"]].map(([quantity], place) => ({ item_id: place, quantity }));
  assert.deepEqual(told({ event: "view_cart", ecommerce: { items } })[0].items, [
    { item_id: "0", quantity: 1 }, { item_id: "1", quantity: 3 }, { item_id: "3" },
  ]);
});

describe("prices", () => {
  const clear = {
    "2.19": 2.19, "1299": 1299, "1299.00": 1299, "1.299": 1.299, "12,50": 12.5, "1.299,00 €": 1299, "€1,299.00": 1299, "1 299,00 kr": 1299,
    "CHF 1’299.–": 1299, "1.299.000 ₫": 1_299_000, "EUR 12": 12, "12,- €": 12, "$12.5": 12.5, "£0.99": 0.99, "₹1,299.00": 1299, "1\u00a0299,90\u00a0zł": 1299.9,
  };
  for (const [text, price] of Object.entries(clear)) {
    test(`${text} is ${price}`, () => assert.equal(told({ event: "view_item", ecommerce: { items: [{ item_id: "a", price: text }] } })[0].items[0].price, price));
  }
  test("what could be two prices is left out with a note, and the event is told without it", (context) => {
    const debug = context.mock.method(console, "debug", () => {});
    const unclear = ["1,299", "1.299 €", "from 12,50", "-3", -3, Number.NaN, "", "1,2,3", "12.34.56", "9".repeat(50)];
    const seen = told({ event: "view_item_list", ecommerce: { items: unclear.map((price) => ({ item_id: "a", price })) } });
    assert.deepEqual(seen[0].items, unclear.map(() => ({ item_id: "a" })));
    assert.equal(debug.mock.callCount(), unclear.length);
  });
});

describe("the tag manager", () => {
  const event = (name) => ({ event: name, ecommerce: { items: [ITEM] } });
  const types = (seen) => seen.map(({ type }) => type);

  /** Takes over `push` as the tag manager does: calls what was there, keeps 300 entries, and pushes events of its own. */
  function takeOver(layer, done = []) {
    const before = layer.push;
    layer.push = function (...entries) {
      const length = before.apply(layer, entries);
      while (this.length > 300) this.shift();
      for (const entry of entries) {
        done.push(entry);
        if (entry.event === "begin_checkout") layer.push({ event: "gtm.own" }, event("add_shipping_info"));
      }
      return length;
    };
    return done;
  }

  for (const order of ["before", "after"]) {
    test(`may take over ${order} us: each event is told once, and it gets every one`, () => {
      const layer = [];
      let done;
      if (order === "before") done = takeOver(layer);
      const { seen, stop } = watched(layer);
      if (order === "after") done = takeOver(layer);
      layer.push(event("view_item"), event("begin_checkout"));
      takeOver(layer, done);
      layer.push(event("view_cart"));
      assert.deepEqual(types(seen).toSorted(), ["add_shipping_info", "begin_checkout", "view_cart", "view_item"]);
      assert.deepEqual(done.filter(({ event }) => event !== "view_cart").map(({ event }) => event), ["view_item", "begin_checkout", "gtm.own", "add_shipping_info"]);
      stop();
      layer.push(event("view_item"));
      assert.equal(seen.length, 4);
      assert.equal(done.at(-1).event, "view_item");
    });
  }

  test("may replace `push` without calling what was there", () => {
    const { layer, seen } = watched();
    const queue = [];
    layer.push = (...entries) => queue.push(...entries);
    assert.equal(layer.push(event("view_item")), 1);
    assert.deepEqual([types(seen), queue.length, layer.length], [["view_item"], 1, 0]);
  });

  test("runs the functions of the layer itself; we do not", () => {
    let runs = 0;
    assert.deepEqual(told(() => runs++, function () { this.reset(); }, event("view_item")).length, 1);
    assert.equal(runs, 0);
  });

  test("a layer may be replaced in its window, with the old entries or without", () => {
    const first = event("view_item");
    const window = { dataLayer: [first] };
    const { seen, stop } = watched(window);
    window.dataLayer = [first, event("add_to_cart")];
    window.dataLayer.push(event("view_cart"));
    const old = window.dataLayer;
    window.dataLayer = [];
    old.push(event("begin_checkout"));
    window.dataLayer.push(event("add_payment_info"));
    assert.deepEqual(types(seen), ["view_item", "add_to_cart", "view_cart", "add_payment_info"]);
    stop();
    assert.deepEqual(Object.getOwnPropertyDescriptor(window, "dataLayer").value, [event("add_payment_info")]);
    assert.ok(!Object.hasOwn(window.dataLayer, "push"));
  });

  test("a window has no layer yet, or one that cannot be followed", (context) => {
    context.mock.method(console, "debug", () => {});
    const later = {};
    const { seen } = watched(later);
    later.dataLayer.push(event("view_item"));
    const fixed = Object.defineProperty({}, "dataLayer", { value: [], writable: true });
    const second = watched(fixed);
    fixed.dataLayer.push(event("view_cart"));
    assert.deepEqual([types(seen), types(second.seen)], [["view_item"], ["view_cart"]]);
  });
});
