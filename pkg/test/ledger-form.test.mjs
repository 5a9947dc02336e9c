/** What the ledger's handler says to requests that no object has to see, and its document. */
import assert from "node:assert/strict";
import { createHash, createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { test } from "node:test";
import { OPENAPI, createLedger } from "tactful/ledger";
import { REASONS } from "../dist/ledger/problem.js";
import { wrongs } from "../dist/ledger/schema.js";
import { epochs, kidOf, signer } from "../dist/ledger/signing.js";
import { serialOf } from "../dist/ledger/text.js";
import { fromUrl, toCode, toUrl } from "../dist/till/text.js";

const NOON = Date.parse("2026-11-21T12:00:00+02:00");
const KEY = "k".repeat(16);

/** A namespace whose objects answer what `answer` does. */
const namespace = (answer) => ({ idFromName: (name) => name, get: (name) => ({ fetch: async (_, { body }) => Response.json(await answer(name, JSON.parse(body))) }) });

function ledger(answer = () => ({ reason: "exhausted" }), more = {}) {
  const { privateKey } = generateKeyPairSync("ed25519");
  const { d, x } = privateKey.export({ format: "jwk" });
  const objects = namespace(answer);
  return createLedger({
    root: objects, shard: objects, shards: 8, keys: [{ d, x, from: 0, until: 2 * NOON }], keySet: "{}",
    terms: { name: "shop", version: 1, stores: [], coupons: [{ coupon: "tea", budget: { coupons: 5 } }] },
    tills: { "till-1": "key-1", "till-2": "key-2" }, shopKey: "shop-key", ...more,
  });
}

const post = (path, body, headers = {}) => new Request(`https://edge.example${path}`, { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body), headers: { "content-type": "application/json", ...headers } });
const CLAIM = { coupon: "tea", person: toUrl(new Uint8Array(16)) };
const SPEND = { code: "0C3GE1R70W3GE1RJ", till: "till-1", receipt: "r-1", store: "s-1" };

/** A code of shard 255, where there are 8. */
const NO_SHARD = [..."0123456789ABCDEFGHJKMNPQRSTVWXYZ"].map((last) => `ZZ3GE1R70W3GE1R${last}`).find(serialOf);

async function refused(response, reason) {
  const body = await response.json();
  assert.deepEqual([body.reason, response.status, response.headers.get("content-type")], [reason, REASONS[reason][0], "application/problem+json"]);
  assert.deepEqual(wrongs(OPENAPI.components.schemas.Problem, body), []);
  return body;
}

test("the document names only what it has, and every reason has its status under some address", () => {
  const refs = [...JSON.stringify(OPENAPI).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
  for (const name of refs) assert.ok(OPENAPI.components.schemas[name], name);
  const told = JSON.stringify(OPENAPI.paths);
  // What is not written under an address: those that any address may answer.
  for (const reason of Object.keys(REASONS)) if (reason !== "method") assert.ok(told.includes(`\`${reason}\``), reason);
});

test("examples are as their schemas say", () => {
  for (const [name, { properties }] of Object.entries(OPENAPI.components.schemas)) {
    for (const [field, schema] of Object.entries(properties)) for (const example of schema.examples ?? []) assert.deepEqual(wrongs(schema, example), [], `${name}/${field}`);
  }
});

test("what is wrong with a body is told with its place", async () => {
  const handle = ledger();
  const places = async (body) => (await refused(await handle(post("/v1/claims", body, { "idempotency-key": KEY })), "malformed")).wrongs.map(({ path }) => path);
  assert.deepEqual(await places({}), ["/coupon", "/person"]);
  assert.deepEqual(await places({ ...CLAIM, more: 1 }), ["/more"]);
  assert.deepEqual(await places({ ...CLAIM, person: "A".repeat(21) + "B" }), ["/person"], "bits behind the last byte");
  assert.deepEqual(await places({ ...CLAIM, store: "" }), ["/store"]);
  assert.deepEqual(await places([]), [""]);
  assert.deepEqual(await places("{"), [""]);
  await refused(await handle(post("/v1/claims", CLAIM, { "idempotency-key": KEY, "content-type": "text/plain" })), "not_json");
  await refused(await handle(post("/v1/claims", { coupon: "x".repeat(3_000) }, { "idempotency-key": KEY })), "too_large");
  for (const key of [{}, { "idempotency-key": "short" }, { "idempotency-key": `"${KEY}` }, { "idempotency-key": "k".repeat(65) }]) {
    await refused(await handle(post("/v1/claims", CLAIM, key)), "malformed");
  }
  for (const key of [KEY, `"${KEY}"`]) await refused(await handle(post("/v1/claims", CLAIM, { "idempotency-key": key })), "exhausted");
});

test("addresses and methods", async () => {
  const handle = ledger();
  const get = (path, init) => handle(new Request(`https://edge.example${path}`, init));
  await refused(await get("/v1/nothing"), "not_found");
  await refused(await get("/v1/coupons/tea/more"), "not_found");
  const wrong = await get("/v1/claims", { method: "DELETE" });
  await refused(wrong, "method");
  assert.equal(wrong.headers.get("allow"), "POST");
  assert.deepEqual(await (await get("/v1/openapi.json")).json(), JSON.parse(JSON.stringify(OPENAPI)));
  assert.equal((await get("/v1/keys")).headers.get("cache-control"), "public, max-age=300");
  const without = ledger(undefined, { terms: () => Promise.reject(new Error("no terms")) });
  assert.equal((await without(new Request("https://edge.example/v1/keys"))).status, 200, "keys are told without terms");
  const budget = (handle, coupon) => handle(new Request(`https://edge.example/v1/coupons/${coupon}/budget`, { headers: { authorization: "Bearer shop-key" } }));
  await refused(await budget(without, "tea"), "internal");
  for (const none of ["milk", "constructor"]) await refused(await budget(handle, none), "unknown_coupon");
});

test("a till redeems with its own key only, the shop alone reads budgets", async () => {
  const handle = ledger(() => ({ value: { coupon: "tea", budget: 5, paused: null } }));
  const spend = (headers, body = SPEND) => handle(post("/v1/redemptions", body, headers));
  for (const authorization of ["", "Bearer", "Bearer key-3", "Bearer shop-key", "Basic key-1"]) await refused(await spend({ authorization }), "no_key");
  await refused(await spend({ authorization: "Bearer key-2" }), "other_till");
  assert.deepEqual(await (await spend({ authorization: "Bearer key-1" })).json(), { coupon: "tea", code: SPEND.code });
  const read = (authorization) => handle(new Request("https://edge.example/v1/coupons/tea/budget", { headers: { authorization } }));
  await refused(await read("Bearer key-1"), "no_key");
  assert.equal((await read("Bearer shop-key")).status, 200);
});

test("of a code, every refusal is the same bytes; of a token it is told", async () => {
  const texts = new Set();
  for (const reason of ["unknown", "spent", "expired", "not_yet", "other_store", "reserved", "voided"]) {
    const response = await ledger(() => ({ reason, saying: { until: NOON, first: { till: "till-2", receipt: "r-1", at: NOON } } }))(post("/v1/redemptions", SPEND, { authorization: "Bearer key-1" }));
    texts.add(`${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`);
  }
  const none = await ledger((name) => (assert.match(name, /^shard [0-7]$/), { reason: "unknown" }))(post("/v1/redemptions", { ...SPEND, code: NO_SHARD }, { authorization: "Bearer key-1" }));
  texts.add(`${none.status} ${JSON.stringify([...none.headers])} ${await none.text()}`);
  assert.equal(texts.size, 1);
  const { token: _, ...both } = { ...SPEND, token: "A".repeat(152) };
  await refused(await ledger()(post("/v1/redemptions", { ...both, token: "A".repeat(152) }, { authorization: "Bearer key-1" })), "malformed");
  const { code: __, ...neither } = SPEND;
  await refused(await ledger()(post("/v1/redemptions", neither, { authorization: "Bearer key-1" })), "malformed");
  await refused(await ledger()(post("/v1/redemptions", { ...neither, token: "A".repeat(152) }, { authorization: "Bearer key-1" })), "forged");
});

test("a till that guessed too much is turned away before any object is asked, and no other", async () => {
  const asked = [];
  const handle = ledger((_, { till }) => (asked.push(till), { reason: "too_many_codes" }));
  const spend = (till) => handle(post("/v1/redemptions", { ...SPEND, till: `till-${till}` }, { authorization: `Bearer key-${till}` }));
  for (const till of [1, 1, 1, 2, 1]) {
    const response = await spend(till);
    assert.equal(response.headers.get("retry-after"), "10");
    await refused(response, "too_many_codes");
  }
  assert.deepEqual(asked, ["till-1", "till-2"]);
});

test("an object that moved is asked again, one that is overloaded is not", async () => {
  const failing = (property) => {
    let asked = 0;
    const handle = ledger(() => {
      asked += 1;
      if (asked === 1 || property === "overloaded") throw Object.assign(new Error("no"), { [property]: true });
      return { reason: "exhausted" };
    });
    return { handle, asked: () => asked };
  };
  const moved = failing("retryable");
  await refused(await moved.handle(post("/v1/claims", CLAIM, { "idempotency-key": KEY })), "exhausted");
  assert.equal(moved.asked(), 2);
  for (const property of ["overloaded", "neither"]) {
    const { handle, asked } = failing(property);
    const response = await handle(post("/v1/claims", CLAIM, { "idempotency-key": KEY }));
    assert.match(response.headers.get("retry-after"), /^[23]$/);
    await refused(response, "busy");
    assert.equal(asked(), 1);
  }
});

test("more at once than one isolate takes are told to come again, before anything is read", async () => {
  const handle = ledger(() => new Promise(() => {}), { most: 2 });
  for (const claim of [1, 2]) void handle(post("/v1/claims", { ...CLAIM, store: `${claim}` }, { "idempotency-key": KEY }));
  await refused(await handle(post("/v1/claims", CLAIM, { "idempotency-key": KEY })), "busy");
});

test("a payload is signed with the key that it names, the same bytes each time, as OpenSSL checks them", async () => {
  const pairs = [0, 1].map(() => generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }));
  const keys = pairs.map(({ d, x }, epoch) => ({ d, x, from: epoch * 100, until: (epoch + 1) * 100 }));
  const signs = signer(keys);
  const kid = await epochs(keys);
  assert.deepEqual([kid(99), kid(100)], [await kidOf(fromUrl(keys[0].x)), await kidOf(fromUrl(keys[1].x))]);
  assert.throws(() => kid(200), /no signing key has this epoch/);
  for (const { x } of keys) {
    const payload = new Uint8Array(50).fill(7);
    payload.set(createHash("sha256").update(fromUrl(x)).digest().subarray(0, 4), 2);
    const token = await signs.token(payload);
    assert.equal(await signs.token(payload), token);
    const bytes = Buffer.from(token, "base64url");
    const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
    assert.ok(verify(null, Buffer.concat([Buffer.from("coupon-token/CT1\0"), payload]), key, bytes.subarray(50)));
    assert.deepEqual(await signs.payload(token), payload);
    for (let bit = 0; bit < 912; bit += 7) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3] ^= 1 << (bit & 7);
      assert.equal(await signs.payload(toUrl(flipped)), undefined, `bit ${bit}`);
    }
  }
  await assert.rejects(signer([keys[0]]).token(new Uint8Array(50)), /key that the payload names is gone/);
});

test("a short code is the serial, as src/token writes it", () => {
  const serial = serialOf("oc3g-e1r7-ow3g-elrj");
  assert.deepEqual([...serial], [3, 7, 7, 7, 7, 7, 7, 7, 7, 0x12]);
  assert.equal(toCode(serial), "0C3GE1R70W3GE1RJ");
  for (const none of ["", "0C3G", "UUUUUUUUUUUUUUUU", "0".repeat(17), "0C3GE1R70W3GE1RV"]) assert.equal(serialOf(none), undefined);
});

test("a code is refused when a while is over, so that the time does not tell what its object saw; a token at once", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const turns = async () => {
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
  };
  const spent = { reason: "spent", saying: { first: { till: "till-2", receipt: "r", at: NOON } } };
  for (const [code, answer] of [[SPEND.code, { reason: "unknown" }], [SPEND.code, spent], [NO_SHARD, { reason: "unknown" }]]) {
    let settled = false;
    let refusal;
    await new Promise((asked) => {
      const handle = ledger(() => (asked(), answer));
      refusal = handle(post("/v1/redemptions", { ...SPEND, code }, { authorization: "Bearer key-1" })).finally(() => (settled = true));
    });
    await turns();
    context.mock.timers.tick(49);
    await turns();
    assert.equal(settled, false);
    context.mock.timers.tick(1);
    await refused(await refusal, "unknown");
  }
  const given = await ledger(() => ({ value: { coupon: "tea" } }))(post("/v1/redemptions", SPEND, { authorization: "Bearer key-1" }));
  assert.equal(given.status, 200, "what is granted waits for nothing");
});
