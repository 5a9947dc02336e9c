/** The ledger's rules as a module: a shard and a root that keep what they are told to keep, and nothing else. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Ledger, initSync } from "../dist/wasm/ledger.js";

initSync({ module: readFileSync(new URL("../dist/wasm/ledger_bg.wasm", import.meta.url)) });

const NOW = Date.UTC(2026, 10, 22, 12);
const TERMS = {
  name: "Shop", version: 1, currency: "EUR", decimals: 2,
  stores: [{ id: "north", number: 7 }],
  coupons: [{
    coupon: "coffee", campaign: "0102030405060708", benefit: { kind: "percent", value: 1500 }, minimum_spend: 500,
    budget: { coupons: 3, per_person: 1, valid_days: 14 },
  }],
};

/** A shard and its root, in memory. */
function shop(terms = TERMS) {
  const rules = new Ledger(JSON.stringify(terms), "a1a2a3a4", 77, false, 3);
  const [claims, accounts, tills] = [new Map(), new Map(), new Map()];
  let root;
  const at = (wanted, find) => wanted.flatMap((one, place) => find(one).map((row) => ({ place, ...row })));
  const having = (test) => [...claims.values()].filter(test);
  const load = (requests) => {
    const wanted = JSON.parse(rules.wanted(requests));
    const keys = at(wanted.keys, ([person, key]) => having((row) => row.person === person && row.key === key));
    const serials = at(wanted.serials, (serial) => having((row) => row.serial === serial));
    const coupons = new Set([...wanted.accounts, ...[...keys, ...serials].map(({ text }) => JSON.parse(text).coupon)]);
    return JSON.stringify({
      keys,
      serials,
      persons: at(wanted.persons, ([person, of]) => had(having((row) => row.person === person && counted(row) === of))),
      accounts: [...coupons].map((coupon) => ({ coupon, text: accounts.get(coupon) ?? null })),
      tills: at(wanted.tills, (till) => (tills.has(till) ? [{ forgiven: tills.get(till) }] : [])),
    });
  };
  const turn = (requests, now = NOW) => {
    const [outcome, rows] = rules.turn(load(JSON.stringify(requests)), now).map((text) => JSON.parse(text));
    for (const [serial, person, key, alarm, claim] of rows.insert) claims.set(serial, { serial, person, key, alarm, text: JSON.stringify(claim) });
    for (const [serial, alarm, claim] of rows.update) Object.assign(claims.get(serial), { alarm, text: JSON.stringify(claim) });
    for (const [coupon, , account] of rows.accounts) accounts.set(coupon, JSON.stringify(account));
    for (const [till, forgiven] of rows.tills) tills.set(till, forgiven);
    for (const renewal of outcome.renewals) {
      const renewed = JSON.parse(rules.renew(root, 1, JSON.stringify(renewal), now));
      root = renewed.root;
      turn([{ kind: "granted", coupon: renewal.coupon, grant: renewed.grant }], now);
    }
    const waits = outcome.answers.some(({ kind }) => kind === "wait");
    return waits ? turn(requests, now) : outcome.answers;
  };
  return { rules, turn, report: () => JSON.parse(rules.report("coffee", root, NOW)), left: (now = NOW) => rules.left("coffee", root, now), rest: () => (root = JSON.parse(rules.pause(root)).root) };
}

/** What a storage tells of the rows of one person. */
function had(rows) {
  const waiting = rows.filter(({ text }) => JSON.parse(text).state.kind !== "expired");
  const due = waiting.flatMap(({ alarm }) => alarm ?? []).sort((a, b) => a - b)[0] ?? null;
  return waiting.length > 0 ? [{ count: waiting.length, due }] : [];
}

function counted({ text }) {
  const { coupon, person } = JSON.parse(text);
  return `${coupon} ${person}`;
}

let chance = 0;
const claim = (person, key = `key-of-${person}-0000000`) => ({
  kind: "claim", key, coupon: "coffee", person: person.padEnd(22, "_"), store: "north",
  chance: (chance += 4096).toString(16).padStart(18, "0"),
});

test("a coupon is claimed, redeemed once and rolled back by its own till", () => {
  const { turn, report } = shop();
  const [first] = turn([claim("anna")]);
  assert.equal(first.kind, "issued");
  assert.equal(first.payload.length, 100);
  assert.equal(first.until - first.from, 14 * 86_400_000);
  const [again] = turn([claim("anna")], NOW + 60_000);
  assert.deepEqual(again, { ...first, first: false });
  const spend = { serial: first.serial, till: "till-1", receipt: "4711", store: "north" };
  assert.equal(turn([{ kind: "redeem", ...spend }])[0].first, true);
  assert.equal(turn([{ kind: "redeem", ...spend }])[0].first, false);
  assert.equal(turn([{ kind: "redeem", ...spend, till: "till-2" }])[0].reason, "spent");
  assert.equal(turn([{ kind: "roll_back", ...spend, till: "till-2" }])[0].reason, "not_redeemed");
  assert.equal(turn([{ kind: "roll_back", ...spend }])[0].kind, "rolled_back");
  assert.equal(turn([{ kind: "redeem", ...spend, till: "till-2" }])[0].kind, "redeemed");
  turn([{ kind: "renew", coupon: "coffee" }], NOW + 301_000);
  assert.deepEqual(report(), { budget: 3, leased: 0, issued: 1, redeemed: 1, released: 0, rolled_back: 1, this_hour: 0, paused: null });
});

test("a till that guesses rests, also within a batch; right codes and tokens of it, and other tills do not count", () => {
  const { turn } = shop();
  const [{ serial, payload }] = turn([claim("anna")]);
  const spend = { kind: "redeem", serial, till: "till-1", receipt: "1", store: "north" };
  for (let times = 0; times < 30; times++) assert.equal(turn([spend])[0].kind, "redeemed");
  const wrong = { ...spend, receipt: "2" };
  for (let times = 0; times < 30; times++) assert.equal(turn([{ ...wrong, payload }])[0].reason, "spent");
  const told = (requests, now) => turn(requests, now).map(({ kind, reason }) => reason ?? kind);
  assert.deepEqual(told(Array(12).fill(wrong)), [...Array(10).fill("spent"), "too_many_codes", "too_many_codes"]);
  assert.deepEqual(told([spend, { ...spend, kind: "roll_back" }, { ...wrong, payload }, { ...wrong, till: "till-2" }]), ["too_many_codes", "too_many_codes", "spent", "spent"]);
  assert.deepEqual(told([wrong, wrong], NOW + 10_000), ["spent", "too_many_codes"]);
  assert.deepEqual(told([spend], NOW + 20_000), ["redeemed"]);
});

test("who has had theirs is told when they may have the next, where one lapsed that nobody used", () => {
  const { turn } = shop();
  const [{ until, serial }] = turn([claim("anna")]);
  const due = until + 3 * 86_400_000;
  const next = (now) => turn([claim("anna", "the-next-of-anna")], now).map(({ kind, reason, until }) => [reason ?? kind, until])[0];
  assert.deepEqual(next(until - 1), ["per_person", null], "it may be used");
  for (const now of [until, due - 1, due]) assert.deepEqual(next(now), ["per_person", due]);
  turn([{ kind: "redeem", serial, till: "till-1", receipt: "1", store: "north", at: NOW }], due);
  assert.deepEqual(next(due), ["per_person", null], "it was used, as is told only now");
});

test("a batch gives no more than there is, and one to each person", () => {
  const answers = shop().turn([claim("a"), claim("b"), claim("a", "another-key-of-a"), claim("c"), claim("d")]);
  assert.deepEqual(answers.map(({ kind, reason }) => reason ?? kind), ["issued", "issued", "per_person", "issued", "exhausted"]);
});

test("what cannot be read or was not loaded is an error, and what it would be is said", () => {
  const { rules } = shop();
  assert.throws(() => rules.wanted(JSON.stringify([{ ...claim("a"), key: "short" }])), /16 to 64/);
  const nothing = { keys: [], serials: [], persons: [], accounts: [], tills: [] };
  const turn = (found) => {
    rules.wanted(JSON.stringify([claim("a")]));
    return rules.turn(JSON.stringify(found), NOW);
  };
  assert.throws(() => turn(nothing), /the account of `coffee` was not loaded/);
  assert.throws(() => turn({ ...nothing, persons: undefined }), /missing field `persons`/);
  assert.throws(() => rules.turn(JSON.stringify(nothing), NOW), /a turn begins with what is wanted/);
});

test("a row is what it says, whatever else has its number", () => {
  const { rules, turn } = shop();
  const [{ serial }] = turn([claim("anna")]);
  const spend = { kind: "redeem", till: "till-1", receipt: "1", store: "north", payload: "00".repeat(50) };
  const account = { coupon: "coffee", text: null };
  const found = { keys: [], serials: [], persons: [], accounts: [account], tills: [] };
  const told = (request, loaded) => {
    rules.wanted(JSON.stringify([request]));
    return JSON.parse(rules.turn(JSON.stringify({ ...found, ...loaded }), NOW)[0]).answers[0].reason;
  };
  const text = JSON.stringify({ serial, key: "key-of-anna-0000000", coupon: "coffee", person: "anna".padEnd(22, "_"), at: NOW, due: NOW, payload: "00".repeat(50), state: { kind: "issued" } });
  const [other] = turn([claim("bert")]);
  assert.equal(told({ ...spend, serial: other.serial }, { serials: [{ place: 0, text }] }), "unknown");
  assert.equal(told(claim("anna", "another-key-of-anna"), { keys: [{ place: 0, text }] }), "other_request");
  assert.equal(told(claim("carl"), { serials: [{ place: 0, text }] }), "clash", "and is drawn again");
});

test("what is left is told in sixteenths, and nothing only when nothing is", () => {
  const [coupon] = TERMS.coupons;
  const { turn, left, rest } = shop({ ...TERMS, coupons: [{ ...coupon, until: NOW + 86_400_000, budget: { ...coupon.budget, coupons: 40 } }] });
  const told = [left()];
  for (let person = 0; person < 41; person++) {
    const [{ kind }] = turn([claim(`p${person}`)]);
    assert.equal(kind, person < 40 ? "issued" : "refused");
    told.push(left());
    assert.ok(Math.abs(told.at(-1) / 16 - Math.max(0, 39 - person) / 40) < 1 / 6, `${told.at(-1)} sixteenths after ${person + 1} of 40`);
  }
  assert.deepEqual([told[0], told.at(-1)], [16, 0]);
  assert.ok(told.slice(0, 40).every((left) => left > 0), String(told));
  assert.deepEqual(told.toSorted((a, b) => b - a), told, "nobody gave one back");
  const other = shop();
  other.turn([claim("somebody")]);
  assert.equal(other.left() > 0, true);
  other.rest();
  assert.equal(other.left(), 0, "paused");
  assert.equal(left(NOW + 86_400_000), 0, "its time is over");
});
