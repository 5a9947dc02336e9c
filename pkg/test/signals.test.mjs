/** The shape of signals: the bytes of good ones, and every issue of bad ones with its place. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { encode } from "../dist/signals.js";

const AT = 1_700_000_000_000;
const AT_BYTES = "80d095ffbc31";

function bytes(fields) {
  const { signals } = encode({ at: AT, ...fields }, 2);
  return Buffer.from(signals[0]).toString("hex");
}

/** What is wrong with a signal, as `code path message`. */
function issues(signal) {
  try {
    encode(signal, 2);
  } catch (error) {
    assert.equal(error.name, "TactfulError");
    assert.equal(error.code, "bad-signal");
    return error.issues.map(({ code, path, message }) => `${code} ${path} ${message}`);
  }
  return [];
}

function refuses(fields, ...expected) {
  assert.deepEqual(issues({ at: AT, ...fields }), expected);
}

function notices(fields) {
  return encode({ at: AT, ...fields }, 2).notices.map(({ path, message }) => `${path} ${message}`);
}

test("a signal is its time, the number of its type, and its fields in order", () => {
  assert.equal(bytes({ type: "scan", code: "901" }), `${AT_BYTES}0203393031`);
  assert.equal(bytes({ type: "check_in", store: "nest" }), `${AT_BYTES}03046e657374`);
  assert.equal(bytes({ type: "position", latitude: 0.0000001, longitude: -0.0000001, accuracy: 1.28 }), `${AT_BYTES}0102018001`);
  assert.equal(bytes({ type: "view_item_list" }), `${AT_BYTES}000000000000`);
  assert.equal(bytes({ type: "refund", currency: "EUR" }), `${AT_BYTES}000d03455552000000`);
  assert.equal(bytes({ type: "request", language: "de", product: "a", latitude: 0, longitude: 0, gpc: true }), `${AT_BYTES}0402646500016100010000010000`);
  assert.equal(bytes({ type: "attention", idle: false, paying: true }), `${AT_BYTES}0500010000000101000000`);
  assert.equal(bytes({ type: "reply", decision: "a", reply: "not_useful" }), `${AT_BYTES}0601610900`);
  assert.equal(bytes({ type: "reply", decision: "a", reply: "later", until: AT }), `${AT_BYTES}0601610501${AT_BYTES}`);
  assert.equal(bytes({ type: "shown", decision: "a", offer: "b" }), `${AT_BYTES}0f01610162`);
  assert.equal(bytes({ type: "budgets", left: { a: 16, b: 0 } }), `${AT_BYTES}1002016120016200`);
  assert.equal(bytes({ type: "care_case", id: "c", topic: "question", state: "open" }), `${AT_BYTES}0701630301`);
  assert.equal(bytes({ type: "consent", remember: true }), `${AT_BYTES}0801`);
  assert.equal(bytes({ type: "dial", dial: "often" }), `${AT_BYTES}0903`);
  assert.equal(bytes({ type: "attributes", values: { a: "b", n: -1.5, y: true } }), `${AT_BYTES}0a030161000162016e01b71701790201`);
  assert.equal(bytes({ type: "attributes", values: { s: ["b", "c"], m: { b: -2 }, f: null, u: undefined } }),
    `${AT_BYTES}0a0301730302016202016302016d0401016203016605`);
});

test("an item is id, category, price in minor units, pieces, lot", () => {
  const item = (fields) => bytes({ type: "add_to_cart", items: [fields] }).slice(AT_BYTES.length);
  const head = "000600000001";
  assert.equal(item({ item_id: "a" }), `${head}016100000100`);
  assert.equal(item({ item_name: "a", item_category: "c", price: 1.99, quantity: 3 }), `${head}0161016301c7010300`);
  assert.equal(item({ item_id: "a", price: "1.99" }), `${head}01610001c7010100`);
  assert.equal(item({ item_id: "a", price: 1.005 }), `${head}01610001640100`);
  assert.equal(item({ item_id: "a", price: 0 }), `${head}01610001000100`);
  assert.equal(item({ item_id: "a", lot: "L1" }), `${head}016100000102${Buffer.from("L1").toString("hex")}`);
});

test("what is given as null counts as not given", () => {
  assert.equal(bytes({ type: "search", search_term: null, items: null }), bytes({ type: "search" }));
});

test("prices follow the digits of the currency", () => {
  const price = (decimals) => Buffer.from(encode({ type: "view_item", at: AT, items: [{ item_id: "a", price: 120 }] }, decimals).signals[0]).toString("hex");
  assert.match(price(0), /01780100$/);
  assert.match(price(3), /01c0a9070100$/);
});

test("an unknown type is named with the nearest known one", () => {
  refuses({ type: "vew_item" }, "unknown-type /type `type` has the unknown value `vew_item`; the nearest known is `view_item`");
  refuses({ type: "constructor" }, "unknown-type /type `type` has the unknown value `constructor`; the nearest known is `consent`");
  refuses({}, "missing /type `type` is missing; it must be a text");
  refuses({ type: 7 }, "wrong-type /type `type` must be a text, not a number");
});

test("what is no object is no signal", () => {
  const refused = (value, what) => assert.deepEqual(issues(value), [`wrong-type  a signal must be an object, not ${what}`]);
  refused(null, "nothing");
  refused(undefined, "nothing");
  refused("view_item", "a text");
  refused(() => 0, "a function");
  assert.deepEqual(issues([[]]), ["wrong-type /0 a signal must be an object, not a list"]);
});

test("numbers must be finite and in their range", () => {
  const position = { type: "position", latitude: 60, longitude: 25, accuracy: 10 };
  refuses({ ...position, latitude: NaN }, "off-earth /latitude `latitude` must be degrees from -90 to 90, not NaN");
  refuses({ ...position, longitude: 181 }, "off-earth /longitude `longitude` must be degrees from -180 to 180, not 181");
  refuses({ ...position, accuracy: Infinity }, "out-of-range /accuracy `accuracy` must be metres from 0 to 40000000, not Infinity");
  refuses({ ...position, accuracy: "10" }, "wrong-type /accuracy `accuracy` must be metres from 0 to 40000000, not a text");
  const time = "a whole number of milliseconds (not seconds) since 1970";
  for (const at of [-1, 0.5, NaN, 2 ** 53, 1_795_417_122]) refuses({ type: "search", at }, `out-of-range /at \`at\` must be ${time}, not ${at}`);
  refuses({ type: "search", at: "2026-01-01" }, `wrong-type /at \`at\` must be ${time}, not a text`);
  refuses({ type: "search", at: undefined }, `missing /at \`at\` is missing; it must be ${time}`);
});

test("prices and pieces are refused where they make no sense", () => {
  const item = (fields, ...expected) => refuses({ type: "purchase", items: [{ item_id: "a", ...fields }] }, ...expected);
  const price = "a number (or a text that is one) from 0 to 1000000000";
  item({ price: -1 }, `out-of-range /items/0/price \`price\` must be ${price}, not -1`);
  item({ price: "-0.5" }, `out-of-range /items/0/price \`price\` must be ${price}, not -0.5`);
  for (const text of ["1,99", "", "0x10", "1e3", "Infinity", " 1"]) {
    item({ price: text }, `wrong-type /items/0/price \`price\` must be ${price}, not a text`);
  }
  const pieces = "a whole number of pieces from 1 to 65535";
  for (const quantity of [0, 1.5, 65_536]) item({ quantity }, `out-of-range /items/0/quantity \`quantity\` must be ${pieces}, not ${quantity}`);
});

test("items are a list of objects with a name, and not too many", () => {
  const items = (items, ...expected) => refuses({ type: "view_cart", items }, ...expected);
  items({}, "wrong-type /items `items` must be a list, not an object");
  items(["a"],
    "wrong-type /items/0 `0` must be an object, not a text",
    "nameless-item /items/0/item_id item 0 has neither `item_id` nor `item_name`");
  items([{}, { item_id: 7 }],
    "nameless-item /items/0/item_id item 0 has neither `item_id` nor `item_name`",
    "wrong-type /items/1/item_id `item_id` must be a text, not a number");
  items(Array(201).fill({ item_id: "a" }), "too-many-items /items 201 items are more than the 200 that one event may have");
});

test("a text of ten megabytes is refused without being quoted", () => {
  const long = "x".repeat(10_000_000);
  refuses({ type: "scan", code: long }, "too-long /code `code` has 10000000 characters, above the maximum of 2048");
  refuses({ type: long }, "too-long /type `type` has 10000000 characters, above the maximum of 2048");
  assert.deepEqual(issues({ type: "scan", at: AT, code: "x".repeat(2048) }), []);
  const odd = issues({ type: "attributes", at: AT, values: { [long]: [7] } });
  assert.ok(odd[0].length < 300, odd[0].slice(0, 300));
});

test("fields that a type needs are missed, and words outside a list named", () => {
  refuses({ type: "reply", reply: "usefull" },
    "missing /decision `decision` is missing; it must be a text",
    "unknown-value /reply `reply` has the unknown value `usefull`; the nearest known is `useful`");
  refuses({ type: "check_in", store: "" }, "missing /store `store` is missing; it must be a text");
  refuses({ type: "consent" }, "missing /remember `remember` is missing; it must be true or false");
  refuses({ type: "consent", remember: 1 }, "wrong-type /remember `remember` must be true or false, not a number");
  refuses({ type: "attributes" }, "missing /values `values` is missing; it must be an object");
  refuses({ type: "attributes", values: { "a/b~": [7, null, "", "x"] } },
    "wrong-type /values/a~1b~0/0 `0` must be a text, not a number",
    "missing /values/a~1b~0/1 `1` is missing; it must be a text",
    "missing /values/a~1b~0/2 `2` is missing; it must be a text");
  refuses({ type: "attributes", values: { m: { bread: 1.5, milk: null, eggs: "1" } } },
    "out-of-range /values/m/bread `bread` must be a whole number from -1000000000 to 1000000000, not 1.5",
    "missing /values/m/milk `milk` is missing; it must be a whole number from -1000000000 to 1000000000",
    "wrong-type /values/m/eggs `eggs` must be a whole number from -1000000000 to 1000000000, not a text");
  refuses({ type: "request", latitude: 60 }, "missing /longitude `longitude` is missing; it must be degrees from -180 to 180");
});

test("everything that is wrong in several signals is told at once", () => {
  const many = [{ type: "search", at: AT }, { type: "serch", at: AT }, { type: "scan", at: -1 }];
  assert.deepEqual(issues(many).map((issue) => issue.split(" ").slice(0, 2).join(" ")), [
    "unknown-type /1/type", "out-of-range /2/at", "missing /2/code",
  ]);
});

test("an event about items that has none is noticed", () => {
  for (const type of ["view_item", "add_to_wishlist", "add_to_cart", "remove_from_cart", "purchase"]) {
    for (const event of [{ type }, { type, items: [] }]) {
      assert.deepEqual(notices(event), [`/items no \`items\`, so nobody knows what this \`${type}\` is about`]);
    }
  }
  assert.deepEqual(["view_cart", "begin_checkout", "search", "refund"].flatMap((type) => notices({ type })), []);
});

test("unknown fields are noticed, and GA4's own pass by", () => {
  assert.deepEqual(notices({ type: "scan", code: "1", cod: "2" }), ["/cod unknown field `cod`"]);
  const item = { item_id: "a", index: 1, discount: 2, item_variant: "red", colour: "red" };
  const event = { type: "purchase", value: 3, tax: 1, shipping: 0, coupon: "X", affiliation: "s", valeu: 4, items: [item] };
  assert.deepEqual(notices(event), ["/items/0/colour unknown field `colour`", "/valeu unknown field `valeu`"]);
  assert.deepEqual(notices({ type: "scan", code: "1", value: 3 }), ["/value unknown field `value`"]);
});
