/** The data layer: what a shop already pushes is observed, and the shop never notices. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { watchDataLayer } from "tactful";

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
  assert.deepEqual(seen, [{ type: "purchase", transaction_id: "77", items: [{ item_id: "32", price: "2.19", quantity: 2 }], at: 1_000 }]);
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
