/** The ledger on workerd with its SQLite: claims, redemptions, budgets; the time is the test's. */
import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Miniflare } from "miniflare";
import { OPENAPI } from "tactful/ledger";
import { createTill, inMemory, ledgerAt } from "tactful/till";
import { openWallet } from "tactful/wallet";
import { wrongs } from "../dist/ledger/schema.js";
import { kidOf } from "../dist/ledger/signing.js";
import { serialOf } from "../dist/ledger/text.js";
import { fromUrl } from "../dist/till/text.js";
import { bundle, dist } from "./hosts.mjs";

const [MINUTE, DAY] = [60_000, 86_400_000];
const NOON = Date.parse("2026-11-21T12:00:00+02:00");
const SHARDS = 4;

const coupon = (id, budget, more = {}) => ({
  coupon: id, campaign: Buffer.from(id.padEnd(8, "_")).toString("hex"), benefit: { kind: "percent", value: 2000 }, minimum_spend: 500,
  budget: { per_person: 1, valid_days: 14, ...budget }, ...more,
});
const TERMS = {
  name: "Shop", version: 1, currency: "EUR", decimals: 2, stores: [{ id: "north", number: 7 }, { id: "south", number: 8 }],
  coupons: [
    coupon("tea", { coupons: 100, all_stores: true }),
    // Of these two alone the clock is set back: what they know of time they never unlearn.
    coupon("still", { coupons: 100, all_stores: true }),
    coupon("once", { coupons: 100, all_stores: true }),
    coupon("held", { coupons: 100, all_stores: true }),
    coupon("scanned", { coupons: 100, all_stores: true }),
    coupon("coarse", { coupons: 64, all_stores: true }),
    coupon("rush", { coupons: 500, all_stores: true }),
    coupon("local", { coupons: 50, per_store: 3 }),
    coupon("hourly", { coupons: 1_000, per_hour: 5, all_stores: true }),
    coupon("season", { coupons: 10, all_stores: true, valid_days: 1 }, { from: NOON + DAY, until: NOON + 3 * DAY }),
    coupon("ahead", { coupons: 5, all_stores: true, valid_days: 1 }),
    coupon("lapse", { coupons: 3, all_stores: true, valid_days: 1 }),
  ],
};
const { d, x } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });

const WORKER = `
  import module from "tactful/ledger.wasm";
  import { createLedger, ledgerObjects } from "tactful/ledger";
  let clock = ${NOON};
  const host = (env) => ({
    module, root: env.COUPON_ROOT, shard: env.COUPON_SHARD, shards: ${SHARDS}, terms: async () => JSON.parse(env.TERMS), keys: [{ ...JSON.parse(env.KEY), from: 0, until: 8e15 }],
    keySet: "{}", tills: { "till-1": "key-1", "till-2": "key-2", "till-3": "key-3", "till-4": "key-4", "till-5": "key-5" }, shopKey: "shop-key", production: true, merchant: 77, now: () => clock,
  });
  const { CouponRoot, CouponShard } = ledgerObjects(host);
  export { CouponRoot };
  export class TestedShard extends CouponShard {
    constructor(state, env) {
      super(state, env);
      this.sql = state.storage.sql;
    }
    async fetch(request) {
      if (request.method === "PATCH") {
        this.sql.exec("CREATE TABLE IF NOT EXISTS claim (serial TEXT NOT NULL UNIQUE, key TEXT NOT NULL UNIQUE, person TEXT NOT NULL, alarm INTEGER, text TEXT NOT NULL)");
        return new Response(await this.alarm().then(() => "opened", String));
      }
      if (request.method !== "PUT") return super.fetch(request);
      await this.alarm();
      return new Response();
    }
  }
  export class TestedRoot extends CouponRoot {
    async fetch(request) {
      if (request.method !== "PUT") return super.fetch(request);
      await this.alarm();
      return new Response();
    }
  }
  export default {
    async fetch(request, env) {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === "/clock") return new Response(clock = Number(searchParams.get("to")));
      if (pathname === "/older") return env.COUPON_SHARD.get(env.COUPON_SHARD.idFromName("older")).fetch("https://object/", { method: "PATCH" });
      if (pathname === "/alarm") {
        for (let shard = 0; shard < ${SHARDS}; shard++) await env.COUPON_SHARD.get(env.COUPON_SHARD.idFromName("shard " + shard)).fetch("https://object/", { method: "PUT" });
        await env.COUPON_ROOT.get(env.COUPON_ROOT.idFromName("coupon " + searchParams.get("coupon"))).fetch("https://object/", { method: "PUT" });
        return new Response();
      }
      return createLedger(host(env))(request);
    },
  };`;

const script = await bundle(WORKER, { conditions: ["workerd", "worker"] });
const rules = await readFile(join(dist, "wasm/ledger_bg.wasm"));
const options = (terms) => ({
  cf: false,
  compatibilityDate: "2026-04-01",
  modules: [
    { type: "ESModule", path: "worker.js", contents: script },
    { type: "CompiledWasm", path: "core.wasm", contents: rules },
  ],
  bindings: { TERMS: JSON.stringify(terms), KEY: JSON.stringify({ d, x }) },
  durableObjects: { COUPON_ROOT: { className: "TestedRoot", useSQLite: true }, COUPON_SHARD: { className: "TestedShard", useSQLite: true } },
  durableObjectsPersist: folder,
});
const folder = await mkdtemp(join(tmpdir(), "tactful-ledger-"));
let miniflare = new Miniflare(options(TERMS));
let url = await miniflare.ready;
after(async () => {
  await miniflare.dispose();
  await rm(folder, { recursive: true, force: true });
});

const person = () => randomBytes(16).toString("base64url");
const key = () => randomBytes(16).toString("hex");
const at = (time) => fetch(new URL(`clock?to=${time}`, url));
const alarm = (coupon) => fetch(new URL(`alarm?coupon=${coupon}`, url));

async function post(path, body, headers) {
  const response = await fetch(new URL(path, url), { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json", ...headers } });
  const { responses } = OPENAPI.paths[`/${path}`].post;
  const told = await response.json();
  const described = responses[response.status];
  assert.ok(described, `${path} answers ${response.status}: ${JSON.stringify(told)}`);
  const [content] = Object.values(described.content);
  assert.deepEqual(wrongs(OPENAPI.components.schemas[content.schema.$ref.split("/").at(-1)], told), []);
  return { status: response.status, ...told };
}
const claim = (body, idempotency = key()) => post("v1/claims", { person: person(), ...body }, { "idempotency-key": idempotency });
const spend = (body, till = 1, path = "v1/redemptions") => post(path, { till: `till-${till}`, receipt: "r-1", store: "north", ...body }, { authorization: `Bearer key-${till}` });
const reserve = (body, till) => spend(body, till, "v1/reservations");
const release = (body, till) => spend(body, till, "v1/reservations/release");
const rollBack = (body, till) => spend(body, till, "v1/redemptions/rollback");
const budget = async (coupon, verb) => {
  const response = await fetch(new URL(`v1/coupons/${coupon}/${verb ?? "budget"}`, url), { method: verb ? "POST" : "GET", headers: { authorization: "Bearer shop-key" } });
  const told = await response.json();
  assert.deepEqual(wrongs(OPENAPI.components.schemas.Budget, told), []);
  return told;
};
const outcome = ({ status, reason }) => reason ?? status;

test("a claim is answered the same for ever, and its key serves no other", async () => {
  const [who, idempotency] = [person(), key()];
  const first = await claim({ coupon: "still", person: who }, idempotency);
  assert.deepEqual([first.status, first.from, first.until], [201, NOON, NOON + 14 * DAY]);
  assert.equal(outcome(await claim({ coupon: "still", person: who })), "per_person");
  for (const when of [NOON, NOON + 20 * DAY, NOON - DAY]) {
    await at(when);
    assert.deepEqual(await claim({ coupon: "still", person: who }, idempotency), { ...first, status: 200 });
  }
  await at(NOON);
  assert.equal(outcome(await claim({ coupon: "still", person: who, store: "north" }, idempotency)), "other_request");
  assert.equal(outcome(await claim({ coupon: "rush", person: who }, idempotency)), "other_request");
  // Who learns another's key has nothing of it.
  const other = await claim({ coupon: "still" }, idempotency);
  assert.equal(other.status, 201);
  assert.notEqual(other.token, first.token);
  const payload = Buffer.from(first.token, "base64url").subarray(0, 50);
  assert.deepEqual([payload[0], payload[1] & 1, payload.readUInt32BE(30)], [1, 1, 77]);
});

test("a claim that is sent again while it is under way is answered with the same bytes, not with a conflict", async () => {
  const [body, headers] = [JSON.stringify({ coupon: "once", person: person() }), { "content-type": "application/json", "idempotency-key": key() }];
  // None of this coupon was lent to a shard so far, so all of them wait for its root.
  const answers = await Promise.all(Array.from({ length: 20 }, async () => {
    const response = await fetch(new URL("v1/claims", url), { method: "POST", body, headers });
    return [response.status, await response.text()];
  }));
  assert.deepEqual(answers.map(([status]) => status).sort(), [...Array(19).fill(200), 201]);
  assert.equal(new Set(answers.map(([, text]) => text)).size, 1);
  assert.equal((await budget("once")).issued, 1);
});

test("what comes at once gives no more than there is, one to each, and the same to who asks twice", async () => {
  const claims = Array.from({ length: 1_500 }, (_, place) => ({ person: person(), key: key(), twice: place % 10 === 0 }));
  const answers = [];
  for (let from = 0; from < claims.length; from += 100) {
    answers.push(...(await Promise.all(claims.slice(from, from + 100).flatMap(({ person, key, twice }) => {
      const one = () => claim({ coupon: "rush", person }, key).then((answer) => ({ ...answer, person }));
      return twice ? [one(), one()] : [one()];
    }))));
  }
  const given = answers.filter(({ token }) => token);
  const tokens = new Map();
  for (const { person, token } of given) assert.equal(tokens.get(person) ?? token, token, tokens.set(person, token) && "changed");
  assert.equal(new Set(given.map(({ token }) => token)).size, tokens.size, "a token of one's own for each");
  assert.ok(tokens.size <= 500 && tokens.size >= 490, `${tokens.size} of 500`);
  assert.deepEqual(new Set(answers.filter(({ token }) => !token).map(outcome)), new Set(["exhausted"]));
  const { issued, leased, ...rest } = await budget("rush");
  assert.equal(issued, tokens.size);
  assert.ok(issued + leased <= 500, `${issued} issued, ${leased} leased`);
  assert.deepEqual(rest, { coupon: "rush", budget: 500, redeemed: 0, released: 0, rolled_back: 0, this_hour: 0, paused: "no" });
});

test("what is left of budgets is told to everybody alike, coarsely, and nothing once it is gone or paused", async () => {
  const told = async (headers) => {
    const response = await fetch(new URL("v1/budgets", url), { headers });
    assert.deepEqual([response.status, response.headers.get("cache-control")], [200, "public, max-age=60"]);
    return response.text();
  };
  const left = async () => JSON.parse(await told()).left.coarse;
  // Of `rush` claims may still be on their way, where this machine is slow.
  const settled = async (headers) => ({ ...JSON.parse(await told(headers)).left, rush: 0 });
  assert.deepEqual(await settled({ authorization: "Bearer shop-key", cookie: "who=me" }), await settled());
  assert.equal(await left(), 16);
  const found = [];
  for (let claims = 0; claims < 64; claims += 8) {
    await Promise.all(Array.from({ length: 8 }, () => claim({ coupon: "coarse" })));
    found.push(await left());
  }
  assert.ok(found.every((left, place) => left > 0 || place === 7), String(found));
  // Blocks that other shards hold come back, and then the last are given out.
  for (let tries = 0; (await left()) > 0 && tries < 60; tries++) await claim({ coupon: "coarse" });
  assert.equal(await left(), 0);
  const ids = Object.keys(JSON.parse(await told()).left);
  assert.deepEqual(ids, TERMS.coupons.map(({ coupon }) => coupon));
  assert.ok(JSON.parse(await told()).left.tea > 0);
  await budget("tea", "pause");
  assert.equal(JSON.parse(await told()).left.tea, 0);
  await budget("tea", "resume");
  assert.equal((await fetch(new URL("v1/budgets", url), { method: "POST" })).status, 405);
});

test("a token is redeemed once: the same receipt is answered the same, every other is told", async () => {
  const { token, code } = await claim({ coupon: "tea" });
  assert.equal(outcome(await spend({ token })), 200);
  assert.deepEqual(await spend({ token }), { status: 200, coupon: "tea", code });
  assert.deepEqual(await spend({ code: code.toLowerCase().replace(/(.{4})/g, "$1 ").trim() }), { status: 200, coupon: "tea", code });
  assert.deepEqual((await spend({ token, receipt: "r-2" })).first, { till: "till-1", receipt: "r-1", at: NOON });
  assert.equal(outcome(await spend({ token }, 2)), "spent");
  assert.equal(outcome(await rollBack({ token }, 2)), "not_redeemed");
  assert.equal(outcome(await rollBack({ token, receipt: "r-2" })), "not_redeemed");
  for (const _ of [1, 2]) assert.deepEqual(await rollBack({ token }), { status: 200, code });
  assert.equal(outcome(await spend({ token })), "voided", "that receipt is void");
  assert.equal(outcome(await spend({ token, receipt: "r-2" }, 2)), 200);
});

test("a coupon that is held is for one receipt, until it is redeemed, let go of, or ten minutes are over", async () => {
  const { token, code } = await claim({ coupon: "held" });
  const held = { status: 200, code, until: NOON + 10 * MINUTE };
  assert.deepEqual(await reserve({ token }), held);
  await at(NOON + 4 * MINUTE);
  assert.deepEqual(await reserve({ code }), held, "the same receipt does not hold it longer");
  for (const ask of [reserve, spend]) assert.deepEqual([await ask({ token }, 2), await ask({ token, receipt: "r-2" })].map(outcome), ["reserved", "reserved"]);
  assert.equal((await spend({ token }, 2)).until, held.until);
  assert.equal(outcome(await release({ token }, 2)), 200, "who does not hold it lets go of nothing");
  assert.equal(outcome(await spend({ token }, 2)), "reserved");
  for (const _ of [1, 2]) assert.deepEqual(await release({ token }), { status: 200, code });
  assert.equal((await reserve({ token }, 2)).until, NOON + 14 * MINUTE);
  await at(NOON + 14 * MINUTE - 1);
  assert.equal(outcome(await spend({ token })), "reserved");
  await at(NOON + 14 * MINUTE);
  assert.equal(outcome(await reserve({ token })), 200, "a hold ends by itself");
  for (const _ of [1, 2]) assert.deepEqual(await spend({ token }), { status: 200, coupon: "held", code }, "what is held is redeemed by who holds it");
  for (const ask of [reserve, release]) assert.deepEqual((await ask({ token }, 2)).first, { till: "till-1", receipt: "r-1", at: NOON + 14 * MINUTE });
  await at(NOON);
});

test("of many checkouts at once one holds a coupon, and its sale that is voided is void although another holds it", async () => {
  const { token, until } = await claim({ coupon: "held" });
  const answers = await Promise.all(Array.from({ length: 20 }, (_, place) => reserve({ token, receipt: `r-${place}` }, 1 + (place % 2))));
  assert.deepEqual(answers.map(outcome).sort(), [200, ...Array(19).fill("reserved")]);
  const place = answers.findIndex(({ status }) => status === 200);
  const [mine, other] = [{ token, receipt: `r-${place}` }, { token, receipt: "r-99" }];
  assert.equal(outcome(await rollBack(other)), 200);
  assert.equal(outcome(await spend(other)), "voided");
  assert.equal(outcome(await spend(mine, 1 + (place % 2))), 200, "it is held all the same");
  const late = await claim({ coupon: "held" });
  await at(until - MINUTE);
  assert.equal((await reserve({ token: late.token })).until, until, "no coupon is held beyond its end");
  await at(NOON);
});

test("of two tills at once one grants", async () => {
  const { token } = await claim({ coupon: "tea" });
  const answers = await Promise.all(Array.from({ length: 20 }, (_, place) => spend({ token, receipt: `r-${place}` }, 1 + (place % 2))));
  assert.deepEqual(answers.map(outcome).sort(), [200, ...Array(19).fill("spent")]);
});

test("an unknown code and a spent one are answered alike; a forged or altered token is told", async () => {
  const { token, code } = await claim({ coupon: "tea" });
  await spend({ token });
  const raw = async (body) => {
    const response = await fetch(new URL("v1/redemptions", url), { method: "POST", body: JSON.stringify({ till: "till-1", receipt: "r-9", store: "north", ...body }), headers: { "content-type": "application/json", authorization: "Bearer key-1" } });
    return `${response.status} ${await response.text()}`;
  };
  assert.equal(await raw({ code }), await raw({ code: "0C3GE1R70W3GE1RJ" }));
  assert.match(await raw({ code }), /^404 .*"unknown"/);
  assert.equal(outcome(await spend({ code: "0C3GE1R70W3GE1RV" })), "mistyped", "a typing error tells nothing of others");
  const bytes = Buffer.from(token, "base64url");
  for (const place of [0, 14, 40, 60, 113]) {
    const other = Uint8Array.from(bytes);
    other[place] ^= 1;
    assert.equal(outcome(await spend({ token: Buffer.from(other).toString("base64url") })), "forged");
  }
});

const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** A code that begins so, was never given, and has a last letter that fits: the first two name the shard. */
const unknownCode = (begin) => {
  const code = begin + Array.from(randomBytes(15 - begin.length), (byte) => LETTERS[byte & 31]).join("");
  return [...LETTERS].map((last) => code + last).find(serialOf);
};

test("a till that guesses codes is slowed for itself alone, whatever it guesses", async () => {
  const given = await claim({ coupon: "held" });
  const unknown = () => unknownCode(given.code.slice(0, 2));
  const raw = async (code) => {
    const headers = { "content-type": "application/json", authorization: "Bearer key-3" };
    const response = await fetch(new URL("v1/redemptions", url), { method: "POST", body: JSON.stringify({ till: "till-3", receipt: "r-1", store: "north", code }), headers });
    return `${response.status} ${response.headers.get("retry-after")} ${await response.text()}`;
  };
  assert.deepEqual(new Set((await Promise.all(Array.from({ length: 10 }, () => spend({ code: unknown() }, 3)))).map(outcome)), new Set(["unknown"]));
  assert.match(await raw(given.code), /^429 10 .*"too_many_codes"/);
  assert.equal(await raw(given.code), await raw(unknown()));
  for (const ask of [reserve, release, rollBack]) assert.equal(outcome(await ask({ code: given.code }, 3)), "too_many_codes");
  assert.equal(outcome(await reserve({ code: given.code }, 2)), 200, "another till");
  assert.equal(outcome(await release({ code: given.code }, 2)), 200);
  assert.equal(outcome(await reserve({ token: given.token }, 3)), 200, "a token is not guessed");
  await at(NOON + 10_000);
  assert.deepEqual([await spend({ code: unknown() }, 3), await spend({ code: given.code }, 3)].map(outcome), ["unknown", "too_many_codes"]);
  await at(NOON + 20_000);
  assert.equal(outcome(await spend({ code: given.code }, 3)), 200);
  await at(NOON);
});

test("codes of shards that there are not are refused like others, count as others, and make no object", async () => {
  const raw = async (code) => {
    const headers = { "content-type": "application/json", authorization: "Bearer key-5" };
    const response = await fetch(new URL("v1/redemptions", url), { method: "POST", body: JSON.stringify({ till: "till-5", receipt: "r-1", store: "north", code }), headers });
    return `${response.status} ${await response.text()}`;
  };
  const codes = Array.from({ length: 256 / 8 }, (_, place) => unknownCode(`${LETTERS[place]}0`));
  assert.deepEqual(new Set(codes.map((code) => serialOf(code)[0])), new Set(Array.from({ length: 256 / 8 }, (_, place) => 8 * place)));
  const [first, ...others] = [await raw(codes[0]), ...(await Promise.all(codes.slice(1).map(raw)))];
  assert.match(first, /^404 .*"unknown"/);
  // All of them are the first shard's: ten are looked at.
  assert.deepEqual([others.filter((told) => told === first).length, others.filter((told) => /^429 .*"too_many_codes"/.test(told)).length], [9, codes.length - 10]);
  const kept = (await readdir(folder, { recursive: true })).filter((name) => /TestedShard.*sqlite$/.test(name) && !/metadata/.test(name));
  assert.ok(kept.length > 0 && kept.length <= SHARDS, `${kept.length} shards are kept`);
});

test("a till of the package is told that it guessed, or that another holds the coupon, and takes it when it may", async () => {
  const key = { kid: await kidOf(fromUrl(x)), public_key: x, merchant: 77, epoch: 0, not_before_ms: 0, not_after_ms: NOON + 99 * DAY, env: "production" };
  const keys = { version: 1, roots: [], threshold: 1, issued_ms: 0, fresh_until_ms: NOON + DAY, expires_ms: NOON + DAY, keys: [key], revoked_keys: [], revoked_campaigns: [] };
  const till = createTill({ id: "till-4", merchant: 77, stores: [7], keys, spent: inMemory(), clock: () => NOON, ledger: ledgerAt({ url, key: "key-4", store: "north", patienceMs: MINUTE }) });
  const { token, code } = await claim({ coupon: "scanned" });
  for (let guess = 0; guess < 10; guess++) assert.equal((await till.accept(unknownCode(code.slice(0, 2)), `guess-${guess}`)).reason, "unknown");
  assert.deepEqual(await till.accept(code, "typed-1"), { kind: "refused", reason: "too_many_codes" });
  assert.deepEqual(await till.report(), { left: 0, doubles: [] });
  assert.equal(outcome(await reserve({ token })), 200);
  assert.deepEqual(await till.accept(token, "scanned-1"), { kind: "refused", reason: "reserved", until: NOON + 10 * MINUTE });
  assert.equal(outcome(await release({ token })), 200);
  const { kind, offline } = await till.accept(token, "scanned-2");
  assert.deepEqual([kind, offline], ["accepted", false]);
});

test("a coupon of one store is good there, and each store has its own", async () => {
  const local = () => claim({ coupon: "local", store: "north" });
  assert.equal(outcome(await claim({ coupon: "local" })), "unknown_store");
  assert.equal(outcome(await claim({ coupon: "local", store: "nowhere" })), "unknown_store");
  const given = [await local(), await local(), await local()];
  assert.deepEqual(given.map(outcome), [201, 201, 201]);
  assert.equal(outcome(await local()), "per_store");
  assert.equal(outcome(await claim({ coupon: "local", store: "south" })), 201);
  const [{ token }] = given;
  assert.equal(outcome(await spend({ token, store: "south" })), "other_store");
  assert.equal(outcome(await spend({ token, store: "north" })), 200);
});

test("before its time, after it, and after its own end nothing is given or taken", async () => {
  assert.deepEqual([(await claim({ coupon: "season" })).until, outcome(await claim({ coupon: "season" }))], [NOON + DAY, "not_started"]);
  await at(NOON + DAY);
  const { token, until } = await claim({ coupon: "season" });
  assert.equal(until, NOON + 2 * DAY);
  await at(NOON + 2 * DAY);
  assert.equal(outcome(await spend({ token })), "expired");
  assert.equal(outcome(await spend({ token, at: NOON + DAY + MINUTE })), 200, "granted in time, told later");
  await at(NOON + 3 * DAY);
  assert.equal(outcome(await claim({ coupon: "season" })), "ended");
  await at(NOON);
});

test("the shop's word pauses and resumes, at once and in every shard", async () => {
  assert.equal(outcome(await claim({ coupon: "tea" })), 201);
  assert.equal((await budget("tea", "pause")).paused, "shop");
  for (let tries = 0; tries < 3 * SHARDS; tries++) assert.equal(outcome(await claim({ coupon: "tea" })), "paused");
  assert.equal((await budget("tea", "resume")).paused, "no");
  for (let tries = 0; tries < 3 * SHARDS; tries++) assert.equal(outcome(await claim({ coupon: "tea" })), 201);
});

test("an hour that has given all pauses the coupon", async () => {
  const answers = [];
  for (let tries = 0; tries < 40; tries++) answers.push(outcome(await claim({ coupon: "hourly" })));
  const given = answers.filter((answer) => answer === 201).length;
  assert.ok(given <= 5 && given > 0, `${given} given`);
  assert.deepEqual(new Set(answers.slice(-10)).has(201), false);
});

test("what nobody used comes back once, however often and however late the alarm comes", async () => {
  const given = [];
  while (given.length < 3) {
    const answer = await claim({ coupon: "lapse" });
    if (answer.status === 201) given.push(answer);
    else {
      // Another shard holds it: its block comes back with the alarm.
      await at(NOON + given.length * 6 * MINUTE + 6 * MINUTE);
      await alarm("lapse");
    }
  }
  assert.equal(outcome(await spend({ token: given[0].token })), 200);
  await at(NOON + 1 * DAY + 72 * 3_600_000 - MINUTE);
  await alarm("lapse");
  assert.equal((await budget("lapse")).released, 0, "a till that was offline may still tell");
  await at(NOON + 6 * DAY);
  for (let times = 0; times < 5; times++) await alarm("lapse");
  const { issued, released, redeemed, leased } = await budget("lapse");
  assert.deepEqual({ issued, released, redeemed, leased }, { issued: 3, released: 2, redeemed: 1, leased: 0 });
  assert.equal(outcome(await spend({ token: given[1].token, at: NOON + MINUTE })), "expired");
  const more = [];
  for (let tries = 0; tries < 30; tries++) {
    await at(NOON + 6 * DAY + tries * 6 * MINUTE);
    more.push(outcome(await claim({ coupon: "lapse" })));
    await alarm("lapse");
  }
  assert.equal(more.filter((answer) => answer === 201).length, 2);
  await at(NOON);
});

test("what a wallet fetched ahead, and nobody saw before it lapsed, does not count for its person once it went back", async () => {
  const asked = [];
  let now;
  const fetcher = async (address, init) => {
    const { status, headers, body } = await fetch(address, init);
    asked.push(status);
    const told = new Headers(headers);
    // The wallet would go by the clock of this machine.
    told.delete("date");
    return new Response(body, { status, headers: told });
  };
  const wallet = await openWallet({ url: new URL("v1", url), allowed: true, fetcher, now: () => now, draw: () => 0.5, rest: async () => {} });
  const day = async (days) => {
    now = NOON + days * DAY;
    await at(now);
    await alarm("ahead");
  };
  const round = async (days) => {
    await day(days);
    await wallet.ahead(["ahead"]);
  };
  const take = () => wallet.claim("ahead", { about: { title: "Ahead" } });
  for (const days of [0, 1, 2, 3]) await round(days);
  const refused = await take();
  assert.deepEqual([refused.reason, refused.until], ["per_person", NOON + 4 * DAY], "until the ledger knows that no till took the first");
  const when = { weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" };
  for (const [language, said] of [["en", "You can have the next one of these from"], ["de", "Den nächsten davon gibt es für Sie ab"]]) {
    assert.equal(refused.say(language), `${said} ${new Intl.DateTimeFormat(language, when).format(refused.until)}.`);
  }
  await round(4);
  assert.deepEqual(asked, [201, 409, 409, 409, 409, 201], "three days in which a till may still tell that it took the first");
  const taken = await take();
  assert.deepEqual([taken.kind, taken.coupon?.until, asked.length], ["given", NOON + 5 * DAY, 6]);
  assert.equal(outcome(await spend({ token: taken.coupon.token })), 200);
  await wallet.used("ahead");
  await day(12);
  const had = await take();
  assert.deepEqual([had.reason, had.until, had.say("en")], ["per_person", undefined, "You have had this coupon already."], "one that was used counts for ever");
  const { issued, released, redeemed } = await budget("ahead");
  assert.deepEqual({ issued, released, redeemed }, { issued: 2, released: 1, redeemed: 1 });
  await at(NOON);
});

test("a coupon that was withdrawn is given to nobody, and what was given of it stays", async () => {
  const [who, idempotency] = [person(), key()];
  const first = await claim({ coupon: "tea", person: who }, idempotency);
  assert.equal(outcome(await claim({ coupon: "constructor" })), "unknown_coupon");
  await miniflare.dispose();
  miniflare = new Miniflare(options({ ...TERMS, coupons: TERMS.coupons.filter(({ coupon }) => coupon !== "tea") }));
  url = await miniflare.ready;
  assert.deepEqual(await claim({ coupon: "tea", person: who }, idempotency), { ...first, status: 200 });
  assert.equal(outcome(await claim({ coupon: "tea" })), "unknown_coupon");
  assert.equal(outcome(await spend({ token: first.token })), 200);
});

test("a shard whose claims were kept in another form is refused with a sentence, and nothing is given from it", async () => {
  assert.match(await (await fetch(new URL("older", url))).text(), /kept by an older Tactful.*begin with new objects$/);
});
