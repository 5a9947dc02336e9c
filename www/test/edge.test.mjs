/** The edge worker of the demo on workerd: as deployed, with its assets and its own clock. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { load } from "tactful";
import { weekOf } from "tactful/share";
import { capsules } from "../../pkg/dist/edge/capsule.js";
import { serve } from "../serve.mjs";

// NOTE: the worker's clock is the real one, so whether it shows or holds depends on the hour. What it understood does
// not, and can be read in the capsule, to which this test has the key.
const SECRET = "a-secret-that-is-long-enough-for-the-tests";
const NOON = Date.parse("2026-11-21T12:00:00+02:00");
const CARE_CASE = { type: "care_case", at: NOON, id: "c-1", topic: "return", state: "open" };
const pack = await readFile(fileURLToPath(new URL("../dist/nordkorb.tact", import.meta.url)));

const { url, miniflare, close } = await serve({ port: 0, bindings: { CAPSULE_KEY: SECRET, OUTCOMES_KEY: SECRET, ORIGINS: "https://shop.example" } });
after(close);

const get = (path, init) => fetch(new URL(path, url), init);
const post = (body, headers = {}) => {
  return get("v1/decide", { method: "POST", body, headers: { "content-type": "application/json", ...headers } });
};

/** The shopper in the capsule of a response. */
async function remembered(response) {
  const state = await capsules([SECRET]).open(response.headers.get("set-cookie"));
  return load({ pack, state, seed: 1, now: NOON });
}

/** The `Cookie` header that answers a response. */
function cookie(response) {
  return { cookie: response.headers.get("set-cookie").split(";")[0] };
}

async function problem(response, status, code) {
  const text = await response.text();
  assert.equal(response.status, status, text);
  assert.equal(JSON.parse(text).code, code);
  assert.doesNotMatch(text, /worker\.js|Error/);
}

test("a page gets the pack of the region that its network is in", async () => {
  const index = await (await get("regions/regions.json")).json();
  assert.deepEqual(index.regions.map(({ name, stores }) => [name, stores]), [["r1", 9]]);
  const asked = async (cf, headers = {}) => {
    const response = await miniflare.dispatchFetch(new URL("shop.tact", url), { headers, ...(cf && { cf }) });
    return { response, file: response.headers.get("content-location") };
  };
  const helsinki = await asked();
  assert.equal(helsinki.file, `/regions/${index.regions[0].file}`);
  assert.equal(helsinki.response.headers.get("cache-control"), "private, no-cache");
  const shop = await load({ pack: await helsinki.response.arrayBuffer(), seed: 1, now: NOON });
  shop.observe({ type: "check_in", at: NOON, store: "kaisaniemi" });
  assert.equal(shop.moment(NOON).presence.state, "in_store");
  for (const cf of [{ country: "FR", latitude: "48.85", longitude: "2.35" }, { country: "FR" }]) {
    const { file, response } = await asked(cf);
    assert.equal(file, `/regions/${index.elsewhere.file}`);
    const none = await load({ pack: await response.arrayBuffer(), seed: 1, now: NOON });
    assert.throws(() => none.observe({ type: "check_in", at: NOON, store: "kaisaniemi" }), { code: "bad-signal" });
  }
  const etag = helsinki.response.headers.get("etag");
  assert.equal((await asked(undefined, { "if-none-match": etag })).response.status, 304, "a returning page downloads it once");
});

test("health tells what is served", async () => {
  const response = await get("v1/health");
  const { ok, shop, placements } = await response.json();
  assert.deepEqual({ ok, shop }, { ok: true, shop: "Nordkorb" });
  assert.ok(placements.includes("home"));
});

test("a decision comes from the address alone", async () => {
  const response = await get("v1/decide?placement=home&category=coffee");
  const { kind, id, placement, at, trace } = await response.json();
  assert.equal(response.status, 200);
  assert.match(kind, /^(show|hold)$/);
  assert.match(id, /^[0-9a-f]{16}$/);
  assert.equal(placement, "home");
  assert.ok(Math.abs(at - Date.now()) < 60_000, `decided at ${at}`);
  assert.ok(trace.funnel.offers > 0);
  assert.equal(response.headers.get("cache-control"), "no-store");
});

test("the capsule goes round: what one request told, the next one knows and adds to", async () => {
  const first = await post(JSON.stringify({ placement: "care", signals: [CARE_CASE] }));
  assert.equal(first.headers.get("tactful-capsule"), "written");
  assert.equal((await remembered(first)).export().cases.length, 1);
  const second = await get("v1/decide?placement=care", { headers: cookie(first) });
  const shopper = await remembered(second);
  assert.deepEqual([shopper.export().cases.length, shopper.export().unknown_since], [1, undefined]);
  assert.equal(shopper.moment(NOON).stage, "service");
});

test("a tampered capsule counts as lost history", async () => {
  const { cookie: whole } = cookie(await get("v1/decide?placement=home"));
  const tampered = `${whole.slice(0, 40)}${whole[40] === "A" ? "B" : "A"}${whole.slice(41)}`;
  const response = await get("v1/decide?placement=home", { headers: { cookie: tampered } });
  const { kind, why } = await response.json();
  assert.deepEqual([response.status, kind, why], [200, "hold", "unknown_history"]);
  assert.ok((await remembered(response)).export().unknown_since > NOON - 366 * 86_400_000);
});

test("Global Privacy Control leaves no capsule", async () => {
  const response = await get("v1/decide?placement=home", { headers: { "sec-gpc": "1" } });
  assert.equal(response.status, 200);
  assert.deepEqual([response.headers.get("set-cookie"), response.headers.get("tactful-capsule")], [null, "off"]);
});

test("language and country of the network are understood", async () => {
  const day = 86_400_000;
  const noon = Math.ceil(Date.now() / day + 1) * day + 10 * 3_600_000;
  /** Why an offer for visitors from Germany does not fit the shopper whom the worker remembered. */
  const unfit = async (init) => {
    const response = await miniflare.dispatchFetch(new URL("v1/decide?placement=home", url), init);
    const { trace } = (await remembered(response)).ask("home", noon);
    assert.ok(trace.funnel.candidates > 0, JSON.stringify(trace.funnel));
    return trace.refused.find(({ offer }) => offer === "visiting-helsinki")?.why;
  };
  assert.equal(await unfit({}), "not_applicable");
  assert.equal(await unfit({ headers: { "accept-language": "fi,en;q=0.5" } }), "not_applicable");
  assert.notEqual(await unfit({ headers: { "accept-language": "de" } }), "not_applicable");
  assert.notEqual(await unfit({ cf: { country: "DE", latitude: "52.52", longitude: "13.405" } }), "not_applicable");
});

test("a store's own network is recognised by the address that the platform tells", async () => {
  const presence = async (address, cf) => {
    const body = JSON.stringify({ placement: "home", signals: [{ type: "consent", at: NOON, remember: true }] });
    const headers = { "content-type": "application/json", "cf-connecting-ip": address };
    const response = await miniflare.dispatchFetch(new URL("v1/decide", url), { method: "POST", body, headers, cf });
    const shopper = await remembered(response);
    const { tier } = shopper.moment(Date.now()).presence;
    return [tier, JSON.stringify(shopper.export()).includes("198.51")];
  };
  assert.deepEqual(await presence("198.51.100.5", { country: "FI" }), ["network", false]);
  assert.notEqual((await presence("203.0.113.5", { country: "FI" }))[0], "network");
});

test("what is no question is answered with what is wrong", async () => {
  await problem(await get("v1/decide"), 400, "missing");
  await problem(await get("v1/decide?placement=hme"), 400, "unknown-placement");
  await problem(await post('{"placement": '), 400, "bad-json");
  await problem(await post(JSON.stringify({ placement: "home", signals: [{ type: "scn", at: NOON }] })), 400, "bad-signal");
  await problem(await post("{}", { "content-type": "text/plain" }), 415, "not-json");
  await problem(await post(`{"placement":"home"${" ".repeat(70_000)}}`), 413, "too-large");
  await problem(await get("v1/decide", { method: "DELETE" }), 405, "method");
  await problem(await get("v1/nothing"), 404, "not-found");
});

test("only listed pages elsewhere may ask", async () => {
  const allowed = async (origin) => {
    const response = await get("v1/decide?placement=home", { headers: { origin } });
    return response.headers.get("access-control-allow-origin");
  };
  assert.equal(await allowed("https://shop.example"), "https://shop.example");
  assert.equal(await allowed("https://other.example"), null);
});

test("what a device tells is counted, and only the shop may read the counts", async () => {
  const report = { id: "0".repeat(32), week: weekOf(Date.now()) - 1, offer: "coffee", answer: "shown" };
  const told = (init) => get("v1/outcomes", { method: "POST", body: JSON.stringify(report), headers: { "content-type": "application/json", ...init } });
  assert.equal((await told()).status, 204);
  await problem(await told({ "sec-gpc": "1" }), 403, "gpc");
  await problem(await get("v1/outcomes"), 401, "no-key");
  const read = await get("v1/outcomes", { headers: { authorization: `Bearer ${SECRET}` } });
  assert.deepEqual([read.status, (await read.json()).offers], [200, []]);
});

test("everything else is a static asset", async () => {
  const page = await get("");
  assert.match(page.headers.get("content-type"), /^text\/html/);
  const served = new Uint8Array(await (await get("nordkorb.tact")).arrayBuffer());
  assert.deepEqual(served, new Uint8Array(pack));
  assert.equal((await get("core.wasm")).headers.get("content-type"), "application/wasm");
  assert.equal((await get("nothing.html")).status, 404);
  assert.equal((await get("traces/nothing.json")).status, 404);
});

test("a hundred requests at once keep their shoppers apart", async () => {
  const asked = Array.from({ length: 100 }, async (_, place) => {
    const cases = place % 2 ? [{ ...CARE_CASE, id: `c-${place}` }] : [];
    const response = await post(JSON.stringify({ placement: "home", signals: cases }));
    assert.equal((await remembered(response)).export().cases.length, cases.length, `request ${place}`);
  });
  await Promise.all(asked);
});

test("a port that is taken or none is refused in one line", async () => {
  const { port } = new URL(url);
  await assert.rejects(serve({ port: Number(port) }), { message: `port ${port} of 127.0.0.1 cannot be used (EADDRINUSE); choose another with \`--port\`` });
  for (const none of [NaN, -1, 65_536]) await assert.rejects(serve({ port: none }), { message: `${none} is no port from 0 to 65535; choose another with \`--port\`` });
});

test("a recorded walk is served where the machine has one", async () => {
  const response = await get("traces/p040.json");
  const there = existsSync(new URL("../../../shared/data/visits/traces.jsonl.gz", import.meta.url));
  assert.equal(response.status, there ? 200 : 404);
  if (!there) return;
  const { fields, fixes } = await response.json();
  assert.deepEqual(fields, ["seconds", "latitude", "longitude", "accuracy_m"]);
  assert.ok(fixes.length > 100 && fixes.every((fix) => fix.length === 4 && fix.every(Number.isFinite)));
});
