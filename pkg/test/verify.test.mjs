/**
 * The questions of a till one by one and in their order; and the proof that these cases would notice: each mutant of the shipped
 * scripts, a line changed as somebody could by mistake, is caught by the case that it names.
 */
import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";
import { build } from "esbuild";
import { root } from "./hosts.mjs";
import { DAY, MINUTE, NOW } from "./tokens.mjs";

const pair = () => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return { privateKey, raw: Buffer.from(publicKey.export({ format: "jwk" }).x, "base64url") };
};
const sha = (bytes) => createHash("sha256").update(bytes).digest();
const kid = ({ raw }) => sha(raw).subarray(0, 4);
const signed = ({ privateKey }, domain, ...parts) => sign(null, Buffer.concat([Buffer.from(`${domain}\0`), ...parts]), privateKey);
const number = (value, bytes) => Buffer.from(value.toString(16).padStart(bytes * 2, "0"), "hex");

const [KEY, OTHER, DEVICE] = [pair(), pair(), pair()];
const CAMPAIGN = "0102030405060708";

/** A payload of 50 bytes; what is not said is as in a good one. */
function payload({ version = 1, flags = 0b0011, key = KEY, serial = Buffer.alloc(10), from = NOW, minutes = 20_160, merchant = 77, stores = 12, kind = 1, value = 2_000, holder = Buffer.alloc(8) } = {}) {
  return Buffer.concat([
    Buffer.of(version, flags), kid(key), Buffer.from(CAMPAIGN, "hex"), serial, number(from / MINUTE, 4), number(minutes, 2), number(merchant, 4), number(stores, 2), Buffer.of(kind),
    number(value, 3), number(0, 2), holder,
  ]);
}

const token = (fields = {}, by = fields.key ?? KEY) => Buffer.concat([payload(fields), signed(by, "coupon-token/CT1", payload(fields))]);
const bound = (more = {}) => ({ flags: 0b0111, holder: sha(DEVICE.raw).subarray(0, 8), ...more });

/** A token with the word of a device. */
function shown(bytes, { device = DEVICE, at = NOW, domain = "coupon-holder/CT1", about = bytes } = {}) {
  const seconds = number(Math.floor(at / 1_000), 4);
  return Buffer.concat([bytes, seconds, device.raw, signed(device, domain, about, seconds)]);
}

const tokenKey = (key, more = {}) => ({
  kid: kid(key).toString("hex"), public_key: key.raw.toString("base64url"), merchant: 77, epoch: 0, not_before_ms: NOW - 30_000, not_after_ms: NOW + 7 * DAY, env: "production", ...more,
});
const keySet = (more = {}) => ({
  version: 1, roots: [], threshold: 1, issued_ms: NOW - MINUTE, fresh_until_ms: NOW + 3 * DAY, expires_ms: NOW + 30 * DAY, keys: [tokenKey(KEY), tokenKey(OTHER)], revoked_keys: [],
  revoked_campaigns: [], ...more,
});
const place = (more = {}) => ({ merchant: 77, stores: [3, 12], env: "production", online: true, ...more });
const offline = (caps, more = {}) => place({ online: false, campaigns: new Map([[CAMPAIGN, caps]]), ...more });
const caps = (more = {}) => ({ per_till: 2, counted: 0, given: 0, ...more });
const KID = kid(KEY).toString("hex");

/** S of a signature with the order of the group added. */
function respelled(bytes) {
  const changed = Buffer.from(bytes);
  let s = 2n ** 252n + 27742317777372353535851937790883648493n + BigInt(`0x${Buffer.from(bytes.subarray(82)).reverse().toString("hex")}`);
  for (let at = 82; at < 114; at++, s >>= 8n) changed[at] = Number(s & 255n);
  return changed;
}

/** The neutral point: as key and as R, with S = 0, it signs anything for who does not look. */
const NEUTRAL = Buffer.concat([Buffer.of(1), Buffer.alloc(31)]);
const neutral = { ...bound({ holder: sha(NEUTRAL).subarray(0, 8) }) };
const forgedWord = Buffer.concat([token(neutral), number(NOW / 1_000, 4), NEUTRAL, NEUTRAL, Buffer.alloc(32)]);

const last = 14 * DAY;
/** Name, the answer, what is shown, and what is other than usual: keys, place, now. */
const CASES = [
  ["good", "accepted", token()],
  ["all stores", "accepted", token({ stores: 0 })],
  ["one byte more", "damaged", Buffer.concat([token(), Buffer.alloc(1)])],
  ["a word cut short", "damaged", shown(token()).subarray(0, -1)],
  ["version 2, signed", "newer", token({ version: 2 })],
  ["version 2, forged", "newer", token({ version: 2 }, OTHER)],
  ["a test, of a key that nobody knows", "environment", token({ flags: 2, key: DEVICE })],
  ["production where tests are made", "environment", token(), { place: place({ env: "test" }) }],
  ["a test, where the key is not for tests", "unknown_key", token({ flags: 2 }), { place: place({ env: "test" }) }],
  ["a key that nobody knows", "unknown_key", token({ key: DEVICE })],
  ["a key called back, of an old set", "revoked_key", token(), { keys: keySet({ revoked_keys: [KID], expires_ms: NOW }) }],
  ["an old set, forged", "old_keys", token({}, OTHER), { keys: keySet({ expires_ms: NOW }) }],
  ["a set that is not fresh, offline", "old_keys", token(), { keys: keySet({ fresh_until_ms: NOW }), place: offline(caps()) }],
  ["a set that is not fresh, online", "accepted", token(), { keys: keySet({ fresh_until_ms: NOW }) }],
  ["signed by another key of the set", "forged", token({}, OTHER)],
  ["forged, and of a kind nobody knows", "forged", token({ kind: 9 }, OTHER)],
  ["signed for another use", "forged", Buffer.concat([payload(), signed(KEY, "coupon-holder/CT1", payload())])],
  ["a second spelling of the signature", "forged", respelled(token())],
  ["a kind nobody knows, signed", "newer", token({ kind: 9, merchant: 78 })],
  ["a flag nobody knows, signed", "newer", token({ flags: 0b1_0011 })],
  ["a holder without its flag", "newer", token({ holder: Buffer.alloc(8, 1) })],
  ["valid too long", "newer", token({ minutes: 64_801 })],
  ["more than all off", "newer", token({ value: 10_001 })],
  ["begun before its key", "key_time", token({ from: NOW - 2 * MINUTE }), { keys: keySet({ issued_ms: NOW + 1 }) }],
  ["over long after its key", "key_time", token({ minutes: 64_800 }), { keys: keySet({ keys: [tokenKey(KEY, { not_after_ms: NOW - 1 })] }) }],
  ["a clock before the set was signed", "clock", token({ from: NOW + MINUTE }), { now: NOW - 2 * MINUTE }],
  ["a millisecond early", "not_yet", token({ merchant: 78, from: NOW + MINUTE }), { now: NOW + MINUTE - 1 }],
  ["the first instant", "accepted", token({ from: NOW + MINUTE }), { now: NOW + MINUTE }],
  ["the last instant", "accepted", token(), { now: NOW + last - 1 }],
  ["over", "expired", token({ merchant: 78 }), { now: NOW + last }],
  ["another shop", "other_shop", token({ merchant: 78, stores: 4 })],
  ["a key of another shop", "other_shop", token(), { keys: keySet({ keys: [tokenKey(KEY, { merchant: 78 })] }) }],
  ["another store, of a campaign nobody knows", "other_store", token({ stores: 4 }), { place: place({ campaigns: new Map() }) }],
  ["a campaign nobody knows, called back", "unknown_campaign", token(), { keys: keySet({ revoked_campaigns: [CAMPAIGN] }), place: place({ campaigns: new Map() }) }],
  ["a campaign called back", "paused", token({ flags: 1 }), { keys: keySet({ revoked_campaigns: [CAMPAIGN] }), place: offline(caps()) }],
  ["a campaign that rests", "paused", token(), { place: place({ paused: [CAMPAIGN] }) }],
  ["not for offline", "online_only", token({ flags: 1 }), { place: offline() }],
  ["offline, no caps known", "offline_limit", token(bound()), { place: offline() }],
  ["offline, terms not known", "offline_limit", token(), { place: place({ online: false }) }],
  ["offline, room", "accepted", token(), { place: offline(caps({ counted: 1 })) }],
  ["offline, no room", "offline_limit", token(), { place: offline(caps({ counted: 2 })) }],
  ["offline, room for the money", "accepted", token({ kind: 2, value: 300 }), { place: offline(caps({ value_per_day: 500, given: 200 })) }],
  ["offline, no room for the money", "offline_limit", token({ kind: 2, value: 300 }), { place: offline(caps({ value_per_day: 500, given: 201 })) }],
  ["offline, money not known", "offline_limit", token(), { place: offline(caps({ value_per_day: 500 })) }],
  ["a picture", "no_device", token(bound())],
  ["the word of its device", "accepted", shown(token(bound()))],
  ["a minute old", "accepted", shown(token(bound())), { now: NOW + MINUTE }],
  ["older, by another device", "old_proof", shown(token(bound()), { device: OTHER }), { now: NOW + MINUTE + 1 }],
  ["from the future", "old_proof", shown(token(bound()), { at: NOW + MINUTE + 1_000 })],
  ["the word of another device", "other_device", shown(token(bound()), { device: OTHER })],
  ["its word for another token", "other_device", shown(token(bound()), { about: token() })],
  ["its word for another use", "other_device", shown(token(bound()), { domain: "coupon-token/CT1" })],
  ["a device's key of small order", "other_device", forgedWord],
  ["bound to none, shown by some device", "accepted", shown(token(), { device: OTHER, at: 0 })],
];

/** What a module answers, for each case that is answered otherwise than it should be. */
async function wrong({ verify }) {
  const found = [];
  for (const [name, expected, bytes, { keys = keySet(), place: till = place(), now = NOW } = {}] of CASES) {
    const told = await verify(Uint8Array.from(bytes), keys, till, now).then(({ kind, reason }) => reason ?? kind, (error) => error.message);
    if (told !== expected) found.push(`${name}: ${told}`);
  }
  return found;
}

/** The shipped scripts as one module, with `from` replaced by `to` in one of them. */
async function mutant(file, from, to) {
  let count = 0;
  const load = async ({ path }) => {
    const { readFile } = await import("node:fs/promises");
    const text = await readFile(path, "utf8");
    count = text.split(from).length - 1;
    return { contents: text.replaceAll(from, to), loader: "js" };
  };
  const change = { name: "mutant", setup: ({ onLoad }) => file && onLoad({ filter: new RegExp(`dist/till/${file}\\.js$`) }, load) };
  const stdin = { contents: `export * from "tactful/till";`, resolveDir: `${root}pkg/test` };
  const { outputFiles } = await build({ stdin, bundle: true, write: false, format: "esm", plugins: [change], logLevel: "error" });
  if (file) assert.equal(count, 1, `${from} stands once in ${file}`);
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}

test("every question is asked, in its order", async () => {
  assert.deepEqual(await wrong(await import("tactful/till")), []);
});

/** What a mistake would be, where, and the case that it changes. */
const MUTANTS = [
  ["kid ignored", "verify", "keys.keys.find((key) => key.kid === kid && key.env === env)", "keys.keys.at(0)", "a key that nobody knows: forged"],
  ["the key's environment ignored", "verify", "key.kid === kid && key.env === env", "key.kid === kid", "a test, where the key is not for tests: accepted"],
  ["the token's environment ignored", "verify", "env !== place.env", "false", "production where tests are made: accepted"],
  ["verified after it was read", "verify", `return refused("forged");`, `return refused(parse(token) ? "forged" : "newer");`, "forged, and of a kind nobody knows: newer"],
  ["signature not checked", "verify", "!(await hasSigned(publicKey, DOMAINS.token,", "!(await (async () => true)(publicKey, DOMAINS.token,", "signed by another key of the set: accepted"],
  ["no domain", "signature", "join(domain, message)", "message", "good: forged"],
  ["version not looked at", "verify", "token[0] !== 1", "false", "version 2, forged: forged"],
  ["small order is taken", "signature", "isSmall(publicKey) || isSmall(signature.subarray(0, 32))", "false", "a device's key of small order: accepted"],
  ["revoked keys ignored", "verify", "keys.revoked_keys.includes(kid)", "false", "a key called back, of an old set: old_keys"],
  ["old keys ignored", "verify", "now >= (place.online ? keys.expires_ms : keys.fresh_until_ms)", "false", "an old set, forged: forged"],
  ["fresh as long as not expired", "verify", "place.online ? keys.expires_ms : keys.fresh_until_ms", "keys.expires_ms", "a set that is not fresh, offline: accepted"],
  ["the time of the key ignored", "verify", `return "key_time"`, `void "key_time"`, "begun before its key: clock"],
  ["the clock believed", "verify", "now < newest", "false", "a clock before the set was signed: not_yet"],
  ["early is taken", "verify", "now < from", "false", "a millisecond early: other_shop"],
  ["over one instant late", "verify", "now >= until", "now > until", "over: other_shop"],
  ["merchant of the token ignored", "verify", "coupon.merchant !== place.merchant || key.merchant", "key.merchant", "another shop: other_store"],
  ["merchant of the key ignored", "verify", " || key.merchant !== place.merchant", "", "a key of another shop: accepted"],
  ["store ignored", "verify", "place.stores.includes(coupon.stores)", "true", "another store, of a campaign nobody knows: unknown_campaign"],
  ["campaigns not known are taken", "verify", "!campaigns.has(coupon.campaign)", "false", "a campaign nobody knows, called back: paused"],
  ["campaigns called back are taken", "verify", "keys.revoked_campaigns.includes(coupon.campaign) || ", "", "a campaign called back: online_only"],
  ["the offline flag ignored", "verify", "!coupon.offline", "false", "not for offline: offline_limit"],
  ["one too many offline", "verify", "caps.counted < caps.per_till", "caps.counted <= caps.per_till", "offline, no room: accepted"],
  ["no caps is no limit", "verify", "return caps && caps.counted < caps.per_till && fits", "return (!caps || caps.counted < caps.per_till) && fits", "offline, terms not known: accepted"],
  ["money ignored", "verify", "caps.given + money <= caps.value_per_day", "true", "offline, no room for the money: accepted"],
  ["a picture is taken", "verify", `return "no_device"`, `return undefined`, "a picture: accepted"],
  ["old words are taken", "verify", "Math.abs(now - number(seconds) * 1_000) > PROOF_MS", "false", "older, by another device: other_device"],
  ["words of the future are taken", "verify", "Math.abs(now - number(seconds) * 1_000)", "now - number(seconds) * 1_000", "from the future: accepted"],
  ["any device is taken", "verify", "tag === holder && ", "", "the word of another device: accepted"],
  ["the word is not checked", "verify", "tag === holder && (await", "tag === holder || (await", "its word for another token: accepted"],
];

for (const [name, file, from, to, caught] of MUTANTS) {
  test(`mutant caught: ${name}`, async () => {
    const found = await wrong(await mutant(file, from, to));
    assert.ok(found.includes(caught), JSON.stringify(found));
  });
}

/** What has to hold of a till, each as a question that is true where it does. */
const PROMISES = {
  "it is written down before the ledger is asked": async ({ createTill, inMemory }) => {
    const [order, spent] = [[], inMemory()];
    const watched = { ...spent, take: (entry) => spent.take(entry).then((first) => (order.push("written"), first)) };
    const ledger = { redeem: async () => (order.push("asked"), { kind: "granted" }), rollback: async () => ({ kind: "granted" }) };
    await tillOf(createTill, { spent: watched, ledger }).accept(textOf(token()), "R-1");
    return order.join() === "written,asked";
  },
  "what cannot be written down is not honoured": async ({ createTill, inMemory }) => {
    const full = { ...inMemory(), take: async () => Promise.reject(new Error("full")) };
    return tillOf(createTill, { spent: full, ledger: granting() }).accept(textOf(token()), "R-1").then(() => false, () => true);
  },
  "another receipt does not get it": async ({ createTill, inMemory }) => {
    const till = tillOf(createTill, { spent: inMemory(), ledger: granting() });
    await till.accept(textOf(token()), "R-1");
    return (await till.accept(textOf(token()), "R-2")).kind === "refused";
  },
  "the same receipt at another till does not get it": async ({ createTill, inMemory }) => {
    const spent = inMemory();
    await tillOf(createTill, { spent, ledger: granting() }).accept(textOf(token()), "R-1");
    return (await tillOf(createTill, { spent, ledger: granting(), id: "till-2" }).accept(textOf(token()), "R-1")).kind === "refused";
  },
  "two at once do not share the room for one": async ({ createTill, inMemory }) => {
    const terms = { coupons: [{ campaign: CAMPAIGN, budget: { offline: { per_till: 1 } } }] };
    const till = tillOf(createTill, { spent: inMemory(), terms });
    const two = [token(), token({ serial: Buffer.concat([Buffer.alloc(9), Buffer.of(0x22)]) })];
    const answers = await Promise.all(two.map((bytes, index) => till.accept(textOf(bytes), `R-${index}`)));
    return answers.filter(({ kind }) => kind === "accepted").length === 1 && answers.some(({ reason }) => reason === "offline_limit");
  },
  "what another till holds is told as held, and is no double": async ({ createTill, inMemory }) => {
    const answers = [{ kind: "refused", reason: "reserved", until: NOW + 1 }, { kind: "unreachable" }, { kind: "refused", reason: "reserved", until: NOW + 1 }];
    const ledger = { ...granting(), redeem: async () => answers.shift() };
    const held = await tillOf(createTill, { spent: inMemory(), ledger }).accept(textOf(token()), "R-1");
    const terms = { coupons: [{ campaign: CAMPAIGN, budget: { offline: { per_till: 1 } } }] };
    const till = tillOf(createTill, { spent: inMemory(), ledger, terms });
    const taken = await till.accept(textOf(token()), "R-2");
    const { left, doubles } = await till.report();
    return held.reason === "reserved" && held.until === NOW + 1 && taken.kind === "accepted" && left === 1 && doubles.length === 0;
  },
  "held as long as the hold lasts, also where the ledger is gone": async ({ createTill, inMemory }) => {
    let now = NOW;
    const answers = [{ kind: "refused", reason: "reserved", until: NOW + 1 }];
    const ledger = { ...granting(), redeem: async () => answers.shift() ?? { kind: "unreachable" } };
    const till = tillOf(createTill, { spent: inMemory(), ledger, clock: () => now });
    const told = [];
    for (now of [NOW, NOW, NOW + 1]) told.push((await till.accept(textOf(token()), `R-${told.length}`)).reason);
    return told.join() === "reserved,reserved,online_only";
  },
  "what a resting till gave back is told later": async ({ createTill, inMemory }) => {
    const [rests, gone] = [{ kind: "refused", reason: "too_many_codes" }, { kind: "unreachable" }];
    const state = { redeem: gone, rollback: rests };
    const ledger = { redeem: async () => state.redeem, rollback: async () => state.rollback };
    const till = tillOf(createTill, { spent: inMemory(), ledger });
    const code = "0C3GE1R70W3GE1RJ";
    const told = [(await till.accept(code, "R-1")).reason, (await till.accept(code, "R-2")).reason, (await till.report()).left];
    return told.join() === "online_only,too_many_codes,1";
  },
  "only its own receipt gives it back": async ({ createTill, inMemory }) => {
    const till = tillOf(createTill, { spent: inMemory(), ledger: granting() });
    const { code } = await till.accept(textOf(token()), "R-1");
    return !(await till.rollback(code, "R-2")) && (await till.rollback(code, "R-1"));
  },
};

const textOf = (bytes) => bytes.toString("base64url");
const granting = () => ({ redeem: async () => ({ kind: "granted" }), rollback: async () => ({ kind: "granted" }) });
const tillOf = (createTill, more) => createTill({ id: "till-1", merchant: 77, stores: [12], keys: keySet(), clock: () => NOW, ...more });

async function broken(module) {
  const held = await Promise.all(Object.entries(PROMISES).map(async ([name, holds]) => [name, await holds(module).catch(() => false)]));
  return held.filter(([, holds]) => !holds).map(([name]) => name);
}

test("a till keeps its promises", async () => {
  assert.deepEqual(await broken(await import("tactful/till")), []);
});

for (const [name, file, from, to, caught] of [
  ["spent after it was granted", "till", "const first = await spent.take(entry);", "if (ledger) await ledger.redeem(entry); const first = await spent.take(entry);", "it is written down before the ledger is asked"],
  ["granted although it was not written", "till", "await spent.take(entry);", "await spent.take(entry).catch(() => undefined);", "what cannot be written down is not honoured"],
  ["a known serial written over", "spent", "if (first && !first.undone)\n                return first;", "", "another receipt does not get it"],
  ["any receipt asks again", "till", "first?.till === entry.till && first.receipt === entry.receipt", "!!first", "another receipt does not get it"],
  ["any till asks again", "till", "first?.till === entry.till && first.receipt", "first?.receipt", "the same receipt at another till does not get it"],
  ["not one after the other", "till", "const done = queue.then(work);", "const done = work();", "two at once do not share the room for one"],
  ["a hold is a double", "till", ` || (entry.offline && heard.kind === "refused" && heard.reason === "reserved")`, "", "what another till holds is told as held, and is no double"],
  ["a hold is forgotten", "till", ` || said.reason === "reserved"`, "", "held as long as the hold lasts, also where the ledger is gone"],
  ["a hold has no end", "till", "now >= denied.until", "false", "held as long as the hold lasts, also where the ledger is gone"],
  ["a rollback that was not looked at is told", "till", ` || (heard.kind === "refused" && heard.reason === "too_many_codes")`, "", "what a resting till gave back is told later"],
  ["any receipt gives it back", "till", " || entry.receipt !== receipt", "", "only its own receipt gives it back"],
]) {
  test(`mutant caught: ${name}`, async () => assert.ok((await broken(await mutant(file, from, to))).includes(caught)));
}
