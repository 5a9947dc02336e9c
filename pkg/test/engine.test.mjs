/** The public API on the real core and the example's pack, in Node. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { TactfulError, load } from "tactful";
import { sayNeed } from "tactful/needs";
import { Core, instantiate } from "../dist/core.js";
import { createEngine } from "../dist/engine.js";
import { decideFor, dist, pack, root } from "./hosts.mjs";

const NOON = Date.parse("2026-11-21T12:00:00+02:00");
const MINUTE = 60_000;
const nordkorb = await pack();

const start = (options = {}) => load({ pack: nordkorb, seed: 1, now: NOON, ...options });

/** An engine whose shopper stands before the biscuits, at `at`. */
async function inTheAisle(at = NOON) {
  const tact = await start();
  tact.observe([
    { type: "check_in", at, store: "kaisaniemi" },
    { type: "scan", at, code: "https://nordkorb.example/01/02000042000325" },
  ]);
  return tact;
}

/** An assertion that something is refused with this code and, of its issues, exactly these places. */
function refused(code, ...paths) {
  return (error) => {
    assert.ok(error instanceof TactfulError, String(error));
    assert.deepEqual([error.code, error.issues.map(({ path }) => path)], [code, paths]);
    for (const { message } of error.issues) assert.match(message, /^[^\n]{10,300}$/);
    return true;
  };
}

test("the pack tells about itself", async () => {
  const { shop, notices } = await start();
  const { name, currency, decimals, languages, placements } = shop;
  assert.deepEqual({ name, currency, decimals, languages }, { name: "Nordkorb", currency: "EUR", decimals: 2, languages: ["en", "de"] });
  assert.deepEqual(placements, ["home", "aisle", "product", "basket", "care", "receipt"]);
  assert.deepEqual(notices, []);
});

test("a pack comes as bytes, as a path or as an address of a file", async () => {
  const path = join(root, "www/dist/nordkorb.tact");
  const buffer = nordkorb.buffer.slice(nordkorb.byteOffset, nordkorb.byteOffset + nordkorb.length);
  for (const pack of [buffer, path, new URL(`file://${path}`)]) assert.equal((await start({ pack })).shop.name, "Nordkorb");
  await assert.rejects(start({ pack: join(root, "nowhere.tact") }), /^TactfulError.*ENOENT.*nowhere\.tact/);
  for (const pack of [undefined, null, 5, {}]) await assert.rejects(start({ pack }), refused("wrong-type", "/pack"));
});

test("a pack that is cut off, changed or foreign is refused, wherever it is broken", async () => {
  const broken = (pack) => assert.rejects(start({ pack }), (error) => error instanceof TactfulError && error.issues[0].path === "/pack");
  for (let end = 0; end < nordkorb.length; end += 997) await broken(nordkorb.subarray(0, end));
  for (let at = 0; at < nordkorb.length; at += 997) {
    const changed = Uint8Array.from(nordkorb);
    changed[at] ^= 0x40;
    await broken(changed);
  }
  await broken(new Uint8Array(10_000_000));
});

test("seed and time must be whole numbers", async () => {
  for (const seed of [-1, 0.5, NaN, 2 ** 53]) await assert.rejects(start({ seed }), refused("bad-seed", "/seed"));
  for (const now of [-1, 0.5, NaN, 1_795_417_122]) await assert.rejects(start({ now }), refused("bad-time", "/now"));
  const tact = await start();
  assert.throws(() => tact.ask("home", NaN), refused("bad-time", "/now"));
  assert.throws(() => tact.moment(-5), refused("bad-time", "/now"));
});

test("a placement that the catalog does not have is refused with those it has", async () => {
  const tact = await start();
  assert.throws(() => tact.ask("hme", NOON), (error) => {
    assert.equal(error.message, "/placement: no placement of the catalog is called `hme`; known are home, aisle, product, basket, care, receipt");
    return refused("unknown-placement", "/placement")(error);
  });
});

test("the same seed gives the same bytes, and another seed another decision id", async () => {
  const asked = async (seed) => JSON.stringify((await start({ seed })).ask("home", NOON));
  assert.equal(await asked(7), await asked(7));
  assert.notEqual(await asked(7), await asked(2 ** 53 - 1));
  assert.notEqual(await asked(undefined), await asked(undefined));
});

test("signals are all taken in or none: a wrong shape or an unknown store holds back the others", async () => {
  const tact = await start();
  tact.observe({ type: "consent", at: NOON, remember: true });
  const before = tact.save();
  const cart = { type: "add_to_cart", at: NOON, items: [{ item_id: "nk-0032", price: 2.19 }] };
  assert.throws(() => tact.observe([cart, { type: "scan", at: NOON }]), refused("bad-signal", "/1/code"));
  assert.throws(() => tact.observe([cart, { type: "check_in", at: NOON, store: "nowhere" }]), refused("bad-signal", "/1/store"));
  assert.throws(() => tact.observe([{ ...cart, currency: "USD" }, { type: "check_in", at: NOON, store: "x" }]), refused("bad-signal", "/0/currency", "/1/store"));
  assert.deepEqual(tact.save(), before);
  tact.observe([cart, { type: "check_in", at: NOON, store: "kaisaniemi" }]);
  assert.notDeepEqual(tact.save(), before);
});

test("an unknown field is a notice with its place, and the signal is taken in", async () => {
  const tact = await start();
  const notices = tact.observe([{ type: "check_in", at: NOON, store: "kaisaniemi", stroe: 1 }]);
  assert.deepEqual(notices, [{ path: "/0/stroe", message: "unknown field `stroe`" }]);
  assert.equal(tact.moment(NOON).presence.store, "kaisaniemi");
});

test("a decision explains itself in both languages, as long as it is remembered", async () => {
  const tact = await inTheAisle();
  const shown = tact.ask("aisle", NOON);
  assert.equal(shown.kind, "show");
  const [german, english] = [tact.explain(shown.id, "de"), tact.explain(shown.id, "en")];
  assert.notEqual(german, english);
  assert.equal(tact.explain(shown.id), english);
  for (const sentence of [german, english]) assert.match(sentence, /^.{20,140}$/);
  assert.throws(() => tact.explain("0123456789abcdef"), refused("unknown-decision", ""));
});

test("a reply is learnt from, and one to a decision nobody was shown is refused", async () => {
  const tact = await inTheAisle();
  const { id, offer } = tact.ask("aisle", NOON);
  tact.reply(id, "never_again", NOON + MINUTE);
  assert.deepEqual(tact.export().impressions.map(({ decision, reply }) => ({ decision, reply })), [{ decision: id, reply: "never_again" }]);
  assert.ok(tact.export().never_again.includes(offer.id), JSON.stringify(tact.export().never_again));
  assert.throws(() => tact.reply("0123456789abcdef", "useful", NOON), refused("bad-signal", "/decision"));
});

test("what is saved is found again by the next page", async () => {
  const tact = await inTheAisle();
  tact.observe({ type: "consent", at: NOON, remember: true });
  const shown = tact.ask("aisle", NOON);
  const state = tact.save();
  assert.ok(state.length < 65_536);
  const next = await start({ state, seed: 99, now: NOON + MINUTE });
  assert.deepEqual(next.notices, []);
  assert.deepEqual(next.export(), tact.export());
  const { kind, why } = next.ask("aisle", NOON + MINUTE);
  assert.deepEqual([kind, why], ["hold", "resting"]);
  assert.equal(shown.kind, "show");
});

test("a damaged state starts quietly with a notice, wherever it is damaged", async () => {
  const tact = await inTheAisle();
  tact.ask("aisle", NOON);
  const state = tact.save();
  for (let at = 0; at < state.length; at++) {
    const changed = state.slice();
    changed[at] ^= 0x40;
    const next = await start({ state: changed });
    assert.deepEqual(next.notices.map(({ path }) => path), ["/state"], `byte ${at}`);
    const { kind, why } = next.ask("home", NOON);
    assert.deepEqual([kind, why], ["hold", "unknown_history"], `byte ${at}`);
  }
});

test("a state that is no bytes is refused, and none is a new shopper", async () => {
  for (const state of ["text", [1, 2], {}]) await assert.rejects(start({ state }), refused("bad-state", "/state"));
  for (const state of [undefined, null]) assert.deepEqual((await start({ state })).notices, []);
});

test("what was freed says so, and is freed once", async () => {
  const tact = await start();
  const fork = tact.fork({ now: NOON });
  fork.free();
  fork.free();
  assert.throws(() => fork.ask("home", NOON), refused("freed", ""));
  assert.ok(tact.ask("home", NOON).id);
});

test("a fork neither reads nor changes the engine's own profile", async () => {
  const tact = await inTheAisle();
  const before = tact.save();
  const signals = [{ type: "check_in", at: NOON, store: "kamppi" }];
  const asked = () => decideFor(tact, { seed: 3, signals }, "aisle", NOON);
  const decision = asked();
  assert.equal(JSON.stringify(asked()), JSON.stringify(decision));
  assert.deepEqual(decision, decideFor(await start({ seed: 3 }), { seed: 3, signals }, "aisle", NOON));
  assert.deepEqual(tact.save(), before);
  const resting = tact.ask("aisle", NOON);
  assert.equal(decideFor(tact, { state: tact.save() }, "aisle", NOON).why, "resting");
  assert.equal(resting.kind, "show");
});

test("an engine that forgot can still be freed, and forgot the ways of its decisions, too", async () => {
  const tact = await inTheAisle();
  const decision = tact.ask("aisle", NOON);
  tact.forget(NOON);
  assert.throws(() => decision.trace, refused("unknown-decision", "/trace"));
  tact.free();
});

test("ten thousand forks leave the memory as it was", async () => {
  const module = await WebAssembly.compile(await readFile(join(dist, "core.wasm")));
  const instance = instantiate(module);
  const tact = createEngine(() => instance, nordkorb, { seed: 1, now: NOON });
  const state = tact.save();
  const signals = [{ type: "search", at: NOON, search_term: "coffee" }];
  const ask = () => decideFor(tact, { state, seed: 1, signals }, "home", NOON);
  for (let i = 0; i < 100; i++) ask();
  const before = instance.memory.buffer.byteLength;
  for (let i = 0; i < 10_000; i++) ask();
  assert.equal(instance.memory.buffer.byteLength, before);
});

test("headers of a request are taken in: language and Global Privacy Control", async () => {
  const tact = await start();
  const headers = { "accept-language": "de-DE,de;q=0.9,en;q=0.5", "sec-gpc": "1" };
  tact.observeRequest(new Request("https://shop.example/", { headers }), NOON);
  assert.equal(tact.export().gpc, true);
  const { id } = tact.ask("home", NOON);
  assert.match(id, /^[0-9a-f]{16}$/);
});

test("forgetting leaves nothing and is quiet afterwards", async () => {
  const tact = await inTheAisle();
  tact.observe({ type: "purchase", at: NOON, items: [{ item_id: "nk-0032" }] });
  tact.ask("aisle", NOON);
  tact.forget(NOON + MINUTE);
  const { unknown_since, impressions, products, categories, basket, purchases } = tact.export();
  assert.deepEqual({ unknown_since, impressions, products, categories, basket, purchases }, {
    unknown_since: NOON + MINUTE, impressions: [], products: [], categories: [], basket: [], purchases: 0,
  });
  assert.equal(tact.ask("aisle", NOON + 2 * MINUTE).why, "unknown_history");
});

test("the export is what a person can read", async () => {
  const tact = await start();
  tact.observe([
    { type: "consent", at: NOON, remember: true },
    { type: "purchase", at: NOON - 86_400_000, transaction_id: "t-1", items: [{ item_id: "nk-0032" }] },
    { type: "add_to_cart", at: NOON, items: [{ item_id: "nk-0024", price: "1.95", quantity: 2 }, { item_id: "unknown thing" }] },
    { type: "care_case", at: NOON, id: "c-1", topic: "late_delivery", state: "open" },
    { type: "care_case", at: NOON - 2, id: "c-2", topic: "complaint", state: "open" },
    { type: "care_case", at: NOON - 1, id: "c-2", topic: "complaint", state: "closed" },
    { type: "asked", at: NOON, topic: "late-friday", kind: "wish" },
    { type: "scan", at: NOON, code: "(01)02000042000462(10)L26P03" },
    { type: "dial", at: NOON, dial: "rarely" },
    { type: "request", at: NOON, language: "fi", country: "FI" },
    { type: "attributes", at: NOON, values: { loyalty_tier: "gold", household: 3, vegetarian: true, avoids: ["nuts", "gluten"], stamps: { coffee: 7 } } },
    { type: "position_refused", at: NOON },
    { type: "check_in", at: NOON, store: "kluuvi" },
  ]);
  const { id: decision, offer } = tact.ask("aisle", NOON + 1);
  tact.reply(decision, "later", NOON + 2);
  const { products, categories, basket, cases, asked, lots, wanted, care_closed, attributes, session, presence, located, shopping, receipts, impressions, standings, ...rest } = tact.export();
  assert.deepEqual(attributes.map(({ name, member, value }) => [name, member, value]).sort(), [
    ["avoids", undefined, 1], ["avoids", "gluten", 1], ["avoids", "nuts", 1], ["household", undefined, 3], ["loyalty_tier", "gold", 1],
    ["stamps", undefined, 1], ["stamps", "coffee", 7], ["vegetarian", undefined, 1],
  ]);
  assert.deepEqual([session.began, session.adds, session.interests.at(-1), session.scan], [NOON, 1, { category: "chocolate", at: NOON, how: "scanned" }, { at: NOON, product: "nk-0046", category: "chocolate" }]);
  assert.deepEqual([presence.tier, presence.state, presence.store, presence.since], ["check_in", "in_store", "kluuvi", NOON]);
  assert.deepEqual(located, { refused: NOON, known: 0, inside: 0 });
  assert.deepEqual([shopping.days, products[0].times.length, receipts.last.length], [1, 1, 1]);
  assert.deepEqual(impressions.map(({ at, decision, offer, kind, reply, helped }) => ({ at, decision, offer, kind, reply, helped })), [{ at: NOON + 1, decision, offer: offer.id, kind: offer.kind, reply: "later", helped: false }]);
  assert.deepEqual(standings.map(({ offer, later }) => [offer, later]), [[offer.id, true]]);
  assert.deepEqual(wanted, [{ product: "nk-0024", price: 195, times: 2, at: NOON }]);
  assert.deepEqual([asked.map(({ kind, at }) => [kind, at]), care_closed], [[["wish", NOON]], NOON - 1]);
  assert.deepEqual(lots.map(({ product, at }) => [product, at]), [["nk-0046", NOON]]);
  for (const digits of [asked[0].topic, lots[0].lot]) assert.match(digits, /^[0-9a-f]{16}$/);
  assert.match(`${rest.device} ${rest.seed}`, /^[0-9a-f]{16} [0-9a-f]{16}$/);
  assert.deepEqual({ ...rest, device: "", seed: "" }, {
    device: "", seed: "", asks: 1, catalog_version: 1, consent: true, dial: "rarely", gpc: false, language: "fi", country: "FI", currency: "EUR", purchases: 1, never_again: [],
  });
  assert.deepEqual([products.map(({ id, days }) => [id, days]), categories.map(({ id }) => id)], [[["nk-0032", 1]], ["biscuits"]]);
  assert.deepEqual(basket.find(({ id }) => id === "nk-0024"), { id: "nk-0024", category: "crispbread", price: 195, quantity: 2 });
  assert.match(basket.find(({ id }) => id !== "nk-0024").id, /^[0-9a-f]{16}$/);
  assert.deepEqual(cases.map(({ topic, since }) => [topic, since]), [["late_delivery", NOON]]);
});

test("texts of every script come through whole", async () => {
  const tact = await start();
  for (const search_term of ["☕ kaffe", "кофе", "قهوة", "咖啡", "\ufeffcoffee", "a\ud800"]) {
    assert.deepEqual(tact.observe({ type: "search", at: NOON, search_term }), []);
  }
});

/** An engine on the real core whose instances break down at every ask while `trap.armed`. */
async function breakable(options = {}) {
  const module = await WebAssembly.compile(await readFile(join(dist, "core.wasm")));
  const trap = { armed: false, instances: 0 };
  const boot = () => {
    trap.instances++;
    const instance = instantiate(module);
    const load = (...start) => {
      const core = instance.load(...start);
      core.ask = (...question) => {
        if (trap.armed) throw new WebAssembly.RuntimeError("unreachable");
        return Core.prototype.ask.apply(core, question);
      };
      return core;
    };
    return { load, memory: instance.memory };
  };
  return { trap, tact: createEngine(boot, nordkorb, { seed: 1, now: NOON, ...options }) };
}

test("after a breakdown a new instance goes on from what was last saved", async () => {
  const { trap, tact } = await breakable();
  tact.observe({ type: "care_case", at: NOON, id: "c-1", topic: "return", state: "open" });
  tact.save();
  const fork = tact.fork({ now: NOON });
  trap.armed = true;
  assert.throws(() => tact.ask("home", NOON), refused("broke-down", ""));
  trap.armed = false;
  assert.throws(() => fork.moment(NOON), refused("broke-down", ""));
  fork.free();
  assert.equal(trap.instances, 1);
  assert.equal(tact.export().cases.length, 1);
  assert.equal(trap.instances, 2);
  assert.equal(tact.ask("care", NOON).placement, "care");
});

test("after a breakdown with nothing saved it is quiet", async () => {
  const { trap, tact } = await breakable();
  trap.armed = true;
  assert.throws(() => tact.ask("home", NOON), refused("broke-down", ""));
  trap.armed = false;
  assert.equal(tact.ask("home", NOON).why, "unknown_history");
  assert.deepEqual(tact.notices.map(({ path }) => path), ["/state"]);
});

test("needs are what they buy, with the evidence, in their language", async () => {
  const tact = await start();
  const DAY = 1_440 * MINUTE;
  assert.deepEqual(tact.needs(NOON), []);
  const bought = (category, days) => {
    const items = [{ item_id: category, price: 1, item_category: category }];
    tact.observe(days.map((day) => ({ type: "purchase", at: NOON - day * DAY, items })));
  };
  bought("coffee", [120, 100, 80, 60, 40, 20]);
  bought("bread", [28, 21, 14, 7]);
  bought("tea", [200]);
  const needs = tact.needs(NOON);
  assert.deepEqual(needs.map(({ category }) => category), ["bread", "coffee", "tea"]);
  const [bread, { within_week, due, ...coffee }, tea] = needs;
  assert.ok(within_week > 0 && within_week < bread.within_week && Math.abs(due - NOON) <= 5 * DAY, JSON.stringify(needs));
  assert.deepEqual(coffee, { category: "coffee", name: "Coffee", days: 6, every_days: 20, last: Date.parse("2026-11-01") });
  assert.equal(
    sayNeed(bread, "en", NOON),
    "About time for Bread & rolls? You bought it 4 times, every 7 days or so, last on 14 Nov.",
  );
  assert.ok(tea.due === undefined && tea.every_days === undefined, JSON.stringify(tea));
  tact.observe({ type: "request", at: NOON, language: "de-DE" });
  assert.equal(sayNeed(tact.needs(NOON)[2], "de", NOON), "Tee & Kakao: bei dir einmal gekauft, am 5.5.");
  assert.throws(() => tact.needs(-5), refused("bad-time", "/now"));
});

test("a need is said as often as it was", () => {
  const need = { category: "milk", name: "Milk", within_week: 1, days: 3, last: NOON - 40 * 1_440 * MINUTE };
  const said = (fields, language = "en") => sayNeed({ ...need, ...fields }, language, NOON);
  assert.equal(said({ days: 1 }), "You bought Milk once, on 12 Oct.");
  assert.equal(said({ every_days: 1 }), "You bought Milk 3 times, almost daily, last on 12 Oct.");
  assert.equal(said({ every_days: 13 }), "You bought Milk 3 times, every 13 days or so, last on 12 Oct.");
  assert.equal(said({ every_days: 24, due: NOON }), "About time for Milk? You bought it 3 times, every 3 weeks or so, last on 12 Oct.");
  assert.equal(said({ every_days: 1 }, "de"), "Milk: bei dir 3-mal gekauft, fast täglich, zuletzt am 12.10.");
  assert.equal(said({ every_days: 24, due: NOON }, "de"), "Zeit für Milk? Bei dir 3-mal gekauft, etwa alle 3 Wochen, zuletzt am 12.10.");
  const older = { every_days: 9, last: Date.parse("2025-12-30") };
  assert.equal(said(older), "You bought Milk 3 times, every 9 days or so, last on 30 Dec 2025.");
  assert.equal(said(older, "de"), "Milk: bei dir 3-mal gekauft, etwa alle 9 Tage, zuletzt am 30.12.2025.");
});
