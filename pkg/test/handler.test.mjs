/** The edge handler on the real core, in Node: what it decides on, remembers and answers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "tactful";
import { addressDigits, createHandler, signalsOf } from "tactful/edge";
import { capsules } from "../dist/edge/capsule.js";
import { decideFor, pack } from "./hosts.mjs";

const NOON = Date.parse("2026-11-21T12:00:00+02:00");
const MINUTE = 60_000;
const SECRET = "the first secret, long enough to be one";
const NEXT_SECRET = "another secret, which comes to replace it";
const DECIDE = "https://shop.example/v1/decide";

const engine = await load({ pack: await pack(), seed: 1, now: NOON });

/** A handler at a clock that stands still until it is moved, with the errors that were ours. */
function edge(options = {}) {
  const clock = { now: NOON };
  const errors = [];
  const handle = createHandler({
    engine, now: () => clock.now, seed: () => 7, secrets: [SECRET], onError: (error) => errors.push(error), ...options,
  });
  const get = (query, init) => handle(withCf(new Request(`${DECIDE}?${query}`, init), init?.cf));
  const post = (body, init = {}) => {
    const headers = { "content-type": "application/json", ...init.headers };
    return handle(new Request(DECIDE, { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body), ...init, headers }));
  };
  return { handle, get, post, clock, errors };
}

/** Node's `Request` knows no `cf`. */
function withCf(request, cf) {
  return cf ? Object.assign(request, { cf }) : request;
}

/** The `Cookie` header that answers a `Set-Cookie`. */
function cookie(response) {
  const set = response.headers.get("set-cookie");
  return { cookie: set.slice(0, set.indexOf(";")) };
}

async function problem(response, status, code, path = "") {
  const text = await response.text();
  assert.equal(response.status, status, text);
  const body = JSON.parse(text);
  assert.deepEqual([body.code, body.issues[0].path], [code, path]);
  assert.doesNotMatch(text, /\bat .*:\d+|\.js|Error/);
  assert.equal(response.headers.get("cache-control"), "no-store");
}

/** The state inside a capsule, as an engine understands it. */
async function opened(response, secret = SECRET) {
  const state = await capsules([secret]).open(cookie(response).cookie);
  return load({ pack: await pack(), state, seed: 1, now: NOON });
}

test("a decision is the same as one from the context", async () => {
  const response = await edge().get("placement=home");
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "application/json");
  assert.equal(response.headers.get("cache-control"), "no-store");
  const signals = [{ type: "request", at: NOON }];
  assert.deepEqual(await response.json(), decideFor(engine, { seed: 7, signals }, "home", NOON).toJSON());
});

test("the visitor's own cookie remembers what was shown, and nothing else does", async () => {
  const { get, clock } = edge();
  const first = await get("placement=home");
  assert.equal((await first.clone().json()).kind, "show");
  assert.equal(first.headers.get("tactful-capsule"), "written");
  assert.match(first.headers.get("set-cookie"), /^tactful=[\w-]+; HttpOnly; Secure; SameSite=Lax; Path=\/; Max-Age=15552000$/);
  clock.now += MINUTE;
  const second = await get("placement=home", { headers: { cookie: `a=b; ${cookie(first).cookie}; c=d` } });
  assert.equal((await second.json()).why, "resting");
  assert.equal((await (await get("placement=home")).json()).kind, "show");
});

test("a capsule is sealed: nothing of it can be read, and no two are alike", async () => {
  const { post } = edge();
  const sent = () => post({ placement: "home", signals: [{ type: "care_case", at: NOON, id: "c-1", topic: "return", state: "open" }] });
  const [first, second] = [await sent(), await sent()];
  assert.notEqual(cookie(first).cookie, cookie(second).cookie);
  assert.doesNotMatch(Buffer.from(cookie(first).cookie.slice(8), "base64url").toString("latin1"), /TACP/);
  assert.deepEqual((await opened(first)).export(), (await opened(second)).export());
  assert.equal((await opened(first)).export().cases.length, 1);
});

test("a capsule that was changed, cut off or foreign counts as lost history, wherever it was changed", async () => {
  const { get } = edge();
  const { cookie: whole } = cookie(await get("placement=home"));
  const quiet = async (cookie) => {
    const response = await get("placement=home", { headers: { cookie } });
    const { kind, why } = await response.json();
    assert.deepEqual([response.status, kind, why], [200, "hold", "unknown_history"], cookie);
    assert.equal(response.headers.get("tactful-capsule"), "written");
  };
  for (let at = "tactful=".length; at < whole.length; at += 5) {
    await quiet(whole.slice(0, at));
    await quiet(whole.slice(0, at) + (whole[at] === "A" ? "B" : "A") + whole.slice(at + 1));
  }
  // Where bits are left over behind the last byte, the letter behind the last one has the same byte.
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  if ((whole.length - "tactful=".length) % 4 > 0) await quiet(whole.slice(0, -1) + letters[letters.indexOf(whole.at(-1)) + 1]);
  for (const foreign of ["tactful=", "tactful=%7B%7D", "tactful=====", `tactful=${"A".repeat(9_000)}`]) await quiet(foreign);
});

test("a secret is changed by putting the new one in front", async () => {
  const seen = cookie(await edge({ secrets: [SECRET] }).get("placement=home"));
  const why = async (secrets) => (await (await edge({ secrets }).get("placement=home", { headers: seen })).json()).why;
  assert.equal(await why([NEXT_SECRET, SECRET]), "resting");
  assert.equal(await why([NEXT_SECRET]), "unknown_history");
  const renewed = await edge({ secrets: [NEXT_SECRET, SECRET] }).get("placement=home", { headers: seen });
  assert.equal((await opened(renewed, NEXT_SECRET)).export().impressions.length, 1);
  assert.throws(() => edge({ secrets: ["too short"] }), /at least 32 characters/);
  assert.throws(() => edge({ secrets: [] }), /at least 32 characters/);
});

test("a capsule above three kilobytes is left as it was", async () => {
  const { post } = edge();
  const items = (from) => Array.from({ length: 100 }, (_, place) => ({ item_id: `item ${from + place}` }));
  const bought = [0, 100, 200].map((from) => ({ type: "purchase", at: NOON, items: items(from) }));
  const consent = { type: "consent", at: NOON, remember: true };
  const small = await post({ placement: "home", signals: [consent] });
  assert.ok(small.headers.get("set-cookie").length < 3072);
  const large = await post({ placement: "home", signals: [consent, ...bought] });
  assert.equal(large.status, 200);
  assert.equal(large.headers.get("tactful-capsule"), "too-large");
  assert.equal(large.headers.get("set-cookie"), null);
});

test("Global Privacy Control: decided for, and not remembered", async () => {
  const { get } = edge();
  const response = await get("placement=home", { headers: { "sec-gpc": "1" } });
  assert.equal((await response.json()).kind, "show");
  assert.equal(response.headers.get("tactful-capsule"), "off");
  assert.equal(response.headers.get("set-cookie"), null);
});

test("without a secret no visitor is remembered", async () => {
  const response = await edge({ secrets: undefined }).get("placement=home");
  assert.equal(response.status, 200);
  assert.deepEqual([response.headers.get("set-cookie"), response.headers.get("tactful-capsule")], [null, "off"]);
});

test("language, country, product and category of a request reach the decision", async () => {
  const { get } = edge();
  const refused = async (query, init) => {
    const { trace } = await (await get(query, init)).json();
    return trace.refused.find(({ offer }) => offer === "visiting-helsinki")?.why;
  };
  assert.equal(await refused("placement=home"), "not_applicable");
  assert.notEqual(await refused("placement=home", { cf: { country: "DE" } }), "not_applicable");
  assert.notEqual(await refused("placement=home", { headers: { "accept-language": "de-AT,de;q=0.9" } }), "not_applicable");
  assert.equal(await refused("placement=home", { cf: { country: "FI" }, headers: { "accept-language": "fi" } }), "not_applicable");
  const because = async (query) => (await (await get(query)).json()).because;
  assert.deepEqual(await because("placement=product&category=coffee"), [{ reason: "viewed", subject: "coffee" }]);
  assert.deepEqual(await because("placement=product&product=nk-0052"), [{ reason: "viewed", subject: "coffee" }]);
});

test("the place of the network is read as the platform writes it, and left out where it makes no sense", async () => {
  const seen = async (cf) => {
    const observed = [];
    const fork = (shopper) => {
      const forked = engine.fork(shopper);
      const observe = forked.observe.bind(forked);
      return Object.assign(forked, { observe: (signal) => (observed.push(signal), observe(signal)) });
    };
    const { get } = edge({ engine: { fork } });
    assert.equal((await get("placement=home", { cf })).status, 200);
    const [{ type, at, language, gpc, save_data, ...told }, ...more] = observed;
    assert.deepEqual([type, at, language, gpc, save_data, more], ["request", NOON, "", false, false, [[]]]);
    return told;
  };
  assert.deepEqual(await seen({ country: "FI", latitude: "60.1699", longitude: "24.9384", city: "Helsinki" }), { country: "FI", latitude: 60.1699, longitude: 24.9384 });
  assert.deepEqual(await seen({ latitude: 60, longitude: 24 }), { latitude: 60, longitude: 24 });
  for (const [latitude, longitude] of [["91", "0"], ["", "0"], ["north", "0"], [undefined, "0"], ["NaN", "0"], [null, null]]) {
    assert.deepEqual(await seen({ country: 7, latitude, longitude }), {});
  }
  assert.deepEqual(await seen(undefined), {});
});

test("signals of the body are observed, and refused with their place in it", async () => {
  const { post } = edge();
  const signals = [{ type: "check_in", at: NOON, store: "kaisaniemi" }, { type: "scan", at: NOON, code: "02000042000325" }];
  assert.equal((await (await post({ placement: "aisle", signals })).json()).offer.id, "biscuits-in-store");
  await problem(await post({ placement: "home", signals: [{ type: "scn", at: NOON }] }), 400, "bad-signal", "/signals/0/type");
  await problem(await post({ placement: "home", signals: [{ type: "check_in", at: NOON, store: "x" }] }), 400, "bad-signal", "/signals/0/store");
  const tomorrow = { type: "scan", at: NOON + 2 * 86_400_000, code: "2000042000325" };
  await problem(await post({ placement: "home", signals: [tomorrow] }), 400, "bad-signal", "/signals/0/at");
  await problem(await post({ placement: "home", signals: {} }), 400, "wrong-type", "/signals");
});

test("an address is told as digits, and only where the platform itself says whose it is", () => {
  const digits = [
    ["198.51.100.5", "c6336405"], ["::ffff:198.51.100.5", "c6336405"], ["2001:db8:7::1", "20010db8000700000000000000000001"],
    ["::", "0".repeat(32)], ["1:2:3:4:5:6:7:8", "00010002000300040005000600070008"], ["2001:DB8::", "20010db8".padEnd(32, "0")],
  ];
  for (const [address, wanted] of digits) assert.equal(addressDigits(address), wanted, address);
  for (const none of ["", "store", "198.51.100", "198.51.100.256", "1:2:3", "1:2:3:4:5:6:7:8:9", "1::2::3", "1:2:3:4:5:6:7::8", "12345::", "g::", "1.2.3.4:80", "[::1]"]) {
    assert.equal(addressDigits(none), "", none);
  }
  const asked = (cf, address) => {
    const request = withCf(new Request(`${DECIDE}?placement=home`, { headers: { "cf-connecting-ip": "198.51.100.5" } }), cf);
    return signalsOf(request, NOON, address)[0].address;
  };
  assert.deepEqual([asked({ country: "FI" }), asked(undefined), asked(undefined, () => "203.0.113.9"), asked({}, () => null)], ["c6336405", undefined, "cb007109", undefined]);
});

test("a page that was come to by a scan counts as one, and a link to it does not", () => {
  const label = "https://id.gs1.org/414/2900001000017";
  const told = (url, headers = {}) => signalsOf(new Request(url, { headers }), NOON).slice(1).map(({ code }) => code);
  assert.deepEqual(told("https://shop.example/fi/414/2900001000017?lang=fi"), ["https://shop.example/fi/414/2900001000017?lang=fi"]);
  assert.deepEqual(told("https://shop.example/fi/414/2900001000017", { referer: "https://search.example/" }), []);
  for (const none of ["/2026/01/", "/2026/01/recipes", "/#/414/2900001000017", "/"]) {
    assert.deepEqual(told(`https://shop.example${none}`), [], none);
  }
  const asked = (url, referrer) => told(`${DECIDE}?${new URLSearchParams({ placement: "home", url, ...(referrer && { referrer }) })}`, { referer: "https://shop.example/" });
  assert.deepEqual([asked(label), asked(label, "https://mail.example/"), asked("no url")], [[label], [], []]);
  assert.deepEqual(asked("/414/2900001000017"), [label.replace("id.gs1.org", "shop.example")], "a path, as a page may tell");
});

test("the core decides whether an address is a code; one that only looks like it is passed over", async () => {
  const yes = JSON.stringify({ placement: "home", signals: [{ type: "consent", at: NOON, remember: true }] });
  const presence = async (path) => {
    const address = `${DECIDE}?${new URLSearchParams({ url: `https://shop.example${path}` })}`;
    const response = await edge().handle(new Request(address, { method: "POST", body: yes, headers: { "content-type": "application/json" } }));
    assert.equal(response.status, 200, path);
    return (await opened(response)).moment(NOON).presence.store;
  };
  const told = [
    ["/414/2900001000017", "kaisaniemi"], ["/fi/414/2900001000017/254/7?lang=fi", "kaisaniemi"], ["/01/04006381333931?414=2900001000017", "kaisaniemi"],
    ["/%34%31%34/2900001000017", undefined], ["/414/2900001000018", undefined], ["/414/29000010000170", undefined], ["/01/40063813339", undefined],
    ["/414/2900001000017/shoes", undefined],
  ];
  for (const [path, store] of told) assert.equal(await presence(path), store, path);
});

test("reduced data is understood in both ways that browsers tell it", () => {
  const saves = (headers) => signalsOf(new Request(DECIDE, { headers }), NOON)[0].save_data;
  assert.deepEqual([saves({}), saves({ "save-data": "on" }), saves({ "sec-ch-prefers-reduced-data": "reduce" }), saves({ "sec-ch-prefers-reduced-data": "no-preference" })], [false, true, true, false]);
});

test("network, landing page and city reach the moment; the address is remembered nowhere", async () => {
  const yes = JSON.stringify({ placement: "home", signals: [{ type: "consent", at: NOON, remember: true }] });
  const presence = async (query, { headers, cf } = {}) => {
    const init = { method: "POST", body: yes, headers: { "content-type": "application/json", ...headers } };
    const response = await edge().handle(withCf(new Request(`${DECIDE}?${query}`, init), cf));
    const shopper = await opened(response);
    assert.doesNotMatch(JSON.stringify([await response.json(), shopper.export()]), /c633640|198\.51/);
    const { state, store, tier } = shopper.moment(NOON).presence;
    return [state, store, tier];
  };
  const from = (address, cf = {}) => ({ headers: { "cf-connecting-ip": address }, cf });
  assert.deepEqual(await presence("", from("198.51.100.5")), ["in_store", "kaisaniemi", "network"]);
  assert.deepEqual(await presence("", from("2001:db8:7::42")), ["in_store", "kaisaniemi", "network"]);
  assert.deepEqual(await presence("", from("203.0.113.5")), ["away", undefined, "none"]);
  assert.deepEqual(await presence("", from("203.0.113.5", { latitude: "60.17124", longitude: "24.94785" })), ["away", undefined, "request"], "a city is no store");
  assert.deepEqual(await presence(`url=${encodeURIComponent("https://shop.example/414/2900001000017")}`), ["in_store", "kaisaniemi", "scan"]);
});

test("what is no question is answered with what is wrong", async () => {
  const { handle, get, post } = edge();
  await problem(await get(""), 400, "missing", "/placement");
  await problem(await get("placement=hme"), 400, "unknown-placement", "/placement");
  await problem(await get(`placement=home&product=${"x".repeat(3_000)}`), 400, "bad-signal", "/product");
  await problem(await post({}), 400, "wrong-type", "/placement");
  await problem(await post([]), 400, "wrong-type");
  await problem(await post('{"placement": "home"'), 400, "bad-json");
  await problem(await post(""), 400, "bad-json");
  await problem(await post({ placement: "home" }, { headers: { "content-type": "text/plain" } }), 415, "not-json");
  await problem(await handle(new Request("https://shop.example/v1/nothing")), 404, "not-found");
  const put = await handle(new Request(DECIDE, { method: "PUT", body: "{}" }));
  assert.equal(put.headers.get("allow"), "GET, POST");
  await problem(put, 405, "method");
});

test("a body has at most 64 KB, and one that is endless is not read to its end", async () => {
  const { handle, post } = edge();
  const padded = (length) => `{"placement":"home"${" ".repeat(length - 20)}}`;
  assert.equal((await post(padded(65_536))).status, 200);
  await problem(await post(padded(65_537)), 413, "too-large");
  let pulled = 0;
  const endless = new ReadableStream({ pull: (to) => (pulled++, to.enqueue(new Uint8Array(16_384).fill(32))) });
  const init = { method: "POST", body: endless, duplex: "half", headers: { "content-type": "application/json" } };
  await problem(await handle(new Request(DECIDE, init)), 413, "too-large");
  assert.ok(pulled < 20, `${pulled} chunks were read`);
});

test("health tells what is served", async () => {
  const { handle } = edge();
  const response = await handle(new Request("https://shop.example/v1/health"));
  const { ok, shop, version } = await response.json();
  assert.deepEqual({ ok, shop, version }, { ok: true, shop: "Nordkorb", version: engine.shop.version });
  const head = await handle(new Request("https://shop.example/v1/health", { method: "HEAD" }));
  assert.equal(head.status, 200, "what watches a site often asks with HEAD");
});

test("errors that are ours tell the visitor nothing, and loading is tried again", async () => {
  let loads = 0;
  const loading = async () => {
    if (loads++ === 0) throw new Error("secret detail at /some/file.js:1");
    return engine;
  };
  const { get, errors } = edge({ engine: loading });
  await problem(await get("placement=home"), 500, "internal");
  assert.equal(errors[0].message, "secret detail at /some/file.js:1");
  assert.equal((await get("placement=home")).status, 200);
  assert.equal((await get("placement=home")).status, 200);
  assert.equal(loads, 2);
});

test("pages elsewhere may ask only where they are listed", async () => {
  const asked = async (origins, origin, init = {}) => {
    const { handle } = edge({ origins });
    const response = await handle(new Request(`${DECIDE}?placement=home`, { ...init, headers: { origin, ...init.headers } }));
    const { headers } = response;
    return [response.status, headers.get("access-control-allow-origin"), headers.get("vary"), headers.get("access-control-allow-methods")];
  };
  const preflight = { method: "OPTIONS", headers: { "access-control-request-method": "POST" } };
  const [shop, other] = ["https://shop.example", "https://other.example"];
  assert.deepEqual(await asked(undefined, shop), [200, null, null, null]);
  assert.deepEqual(await asked([shop], shop), [200, shop, "Origin", null]);
  assert.deepEqual(await asked([shop], other), [200, null, "Origin", null]);
  assert.deepEqual(await asked([shop], shop, preflight), [204, shop, "Origin", "GET, POST"]);
  assert.deepEqual(await asked([shop], other, preflight), [204, null, "Origin", null]);
  assert.deepEqual(await asked(undefined, shop, preflight), [204, null, null, null]);
});
