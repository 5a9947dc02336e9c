/** The counter of what devices tell, on workerd with its SQLite; the time is the test's. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Miniflare } from "miniflare";
import { LEAST_ANSWERS, OPEN_WEEKS, tell } from "tactful/outcomes";
import { TRUTH_PPM, arrived, nextReport, send, weekOf } from "tactful/share";
import { bundle } from "./hosts.mjs";

const DAY = 86_400_000;
const WEEK = 7 * DAY;
const KEY = "the-key-of-the-shop";
/** Monday, 2026-11-16, the week 2967; each test has weeks of its own. */
const MONDAY = Date.parse("2026-11-16T00:00:00Z");

const WORKER = `
  import { createCounter } from "tactful/outcomes";
  export { OutcomeCounter } from "tactful/outcomes";
  export default {
    fetch: (request, env) => createCounter({ counter: env.OUTCOMES, key: env.KEY, now: () => Number(request.headers.get("x-now")) })(request),
  };`;

const miniflare = new Miniflare({
  cf: false,
  compatibilityDate: "2026-04-01",
  modules: [{ type: "ESModule", path: "worker.js", contents: await bundle(WORKER, { conditions: ["workerd", "worker"] }) }],
  bindings: { KEY },
  durableObjects: { OUTCOMES: { className: "OutcomeCounter", useSQLite: true } },
});
const url = await miniflare.ready;
after(() => miniflare.dispose());

const hex = (number) => number.toString(16).padStart(32, "0");
let ids = 0;
const report = (more = {}) => ({ id: hex(++ids), week: weekOf(MONDAY) - 1, offer: "coffee", answer: "shown", ...more });
// The clock goes on by a second, so that many reports find room.
let clock = 0;
const post = (body, now = MONDAY + (clock += 1_000), headers = {}) =>
  fetch(url, { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body), headers: { "content-type": "application/json", "x-now": String(now), ...headers } });
const read = (now, key = KEY) => fetch(url, { headers: { "x-now": String(now), ...(key && { authorization: `Bearer ${key}` }) } });
const counts = async (now) => Object.fromEntries((await (await read(now)).json()).offers.map(({ offer, not_shown, shown, useful }) => [offer, [not_shown, shown, useful]]));

async function refused(response, status, code) {
  const text = await response.text();
  assert.equal(response.status, status, text);
  assert.equal(JSON.parse(text).code, code);
  assert.doesNotMatch(text, /SQL|worker\.js/);
}

test("counts come back when the week is closed, from the minimum on; what is sent twice counts once", async () => {
  const closed = MONDAY + OPEN_WEEKS * WEEK;
  for (let one = 1; one < LEAST_ANSWERS; one++) {
    const body = report({ answer: one % 5 ? "not_shown" : "useful" });
    assert.equal((await post(body)).status, 204);
    // A replay, and the same id with another answer.
    if (one % 50 === 0) for (const again of [body, { ...body, answer: "shown" }, { ...body, offer: "bread" }]) assert.equal((await post(again)).status, 204);
  }
  assert.deepEqual(await counts(closed), {}, "one answer too few");
  await post(report({ answer: "shown" }));
  assert.deepEqual(await counts(MONDAY + WEEK), {}, "the week is open");
  assert.deepEqual(await counts(closed), { coffee: [400, 1, 99] });
  assert.deepEqual(await counts(closed + 25 * WEEK), { coffee: [400, 1, 99] });
  assert.deepEqual(await counts(closed + 26 * WEEK), {}, "half a year is forgotten");
});

test("nothing of a single report is left: ids stand apart from answers, and go when the week is closed", async () => {
  const namespace = await miniflare.getDurableObjectNamespace("OUTCOMES");
  assert.equal((await namespace.get(namespace.idFromName("outcomes")).fetch("https://counter/?now=0")).status, 200);
  await post(report({ week: weekOf(MONDAY + 30 * WEEK) - 1, id: hex(900_001) }), MONDAY + 30 * WEEK);
  await post(report({ week: weekOf(MONDAY + 30 * WEEK) - 1, id: hex(900_001) }), MONDAY + 32 * WEEK - DAY);
  // Closed: it is refused for its week, no longer for its id.
  await refused(await post(report({ week: weekOf(MONDAY + 30 * WEEK) - 1, id: hex(900_001) }), MONDAY + 33 * WEEK), 400, "too-late");
});

test("what is no report of an open week is refused", async () => {
  const over = weekOf(MONDAY) - 1;
  await refused(await post(report({ week: over + 1 })), 400, "too-early");
  await refused(await post(report({ week: over - OPEN_WEEKS })), 400, "too-late");
  assert.equal((await post(report({ week: over - OPEN_WEEKS + 1, offer: "late" }))).status, 204);
  const whole = JSON.stringify(report());
  for (let cut = 0; cut < whole.length; cut++) await refused(await post(whole.slice(0, cut)), 400, "bad-json");
  for (const wrong of [{ id: "1" }, { id: 7 }, { id: "G".repeat(32) }, { week: "1" }, { week: 1.5 }, { offer: "" }, { offer: "o".repeat(129) }, { answer: "maybe" }, { answer: "week = 0 --" }]) {
    await refused(await post(report(wrong)), 400, "wrong-type");
  }
  await refused(await post("[]"), 400, "wrong-type");
  await refused(await post(`{"id":"${" ".repeat(600)}"}`), 413, "too-large");
  await refused(await post(report(), undefined, { "content-type": "text/plain" }), 400, "not-json");
  await refused(await post(report(), undefined, { "sec-gpc": "1" }), 403, "gpc");
  await refused(await fetch(url, { method: "DELETE", headers: { "x-now": String(MONDAY) } }), 405, "method");
});

test("a device hears from the counter that its report has arrived, is refused for good, or may come again", async () => {
  const heard = (body, now) => send(url, body, (_, { body: sent }) => post(sent, now));
  const one = report();
  assert.deepEqual([await heard(one), await heard(one), await heard(report({ week: 1 })), await heard(report({ answer: "perhaps" }))], [true, true, true, true]);
});

test("only the shop reads, and any page may tell", async () => {
  for (const key of [null, "another-key", `${KEY}x`, KEY.slice(1)]) await refused(await read(MONDAY, key), 401, "no-key");
  const preflight = await fetch(url, { method: "OPTIONS", headers: { origin: "https://shop.example", "access-control-request-method": "POST" } });
  assert.deepEqual([preflight.status, preflight.headers.get("access-control-allow-origin"), preflight.headers.get("access-control-allow-headers")], [204, "*", "content-type"]);
});

test("too many at once are told to come again, and count once when they do", async () => {
  const at = MONDAY + 100 * WEEK;
  const bodies = Array.from({ length: 600 }, () => report({ week: weekOf(at) - 1, offer: "rush" }));
  // Some at a time, since a busy machine has only so many connections; for the counter it is one instant.
  const postAll = async (now) => {
    const statuses = [];
    for (let from = 0; from < bodies.length; from += 50) statuses.push(...(await Promise.all(bodies.slice(from, from + 50).map((body, place) => post(body, now(from + place))))));
    return [204, 503].map((status) => statuses.filter((response) => response.status === status).length);
  };
  assert.deepEqual(await postAll(() => at), [300, 300]);
  // A second makes room for a hundred more.
  assert.deepEqual(await postAll((place) => at + 10_000 + place * 20), [600, 0]);
  assert.deepEqual((await counts(at + OPEN_WEEKS * WEEK)).rush, [0, 600, 0]);
});

test("many devices together tell what happened, within what is said of the noise", async () => {
  const at = MONDAY + 200 * WEEK;
  const week = weekOf(at) - 1;
  const memo = JSON.stringify({ period: Math.floor(week / 4), week, from: 0 });
  const devices = 1_000;
  const fetcher = (_, { body }) => post(body, at + (clock += 20));
  const shown = (reply) => [{ at: at - DAY, decision: "0", offer: "tea", ...(reply && { reply }) }];
  for (let device = 0; device < devices; device += 20) {
    await Promise.all(Array.from({ length: 20 }, async (_, place) => {
      const impressions = place % 2 ? shown(place % 4 === 1 ? "redeemed" : undefined) : [];
      const next = nextReport({ export: () => ({ gpc: false, dial: "normal", impressions }) }, { consent: true, offers: ["tea"], memo, now: at });
      assert.equal(await send("https://shop.example/v1/outcomes", next.report, fetcher), true);
      assert.doesNotMatch(arrived(next.memo), /answer/);
    }));
  }
  const { offers } = await (await read(at + OPEN_WEEKS * WEEK)).json();
  const { answers, estimates } = offers.find(({ offer }) => offer === "tea");
  assert.equal(answers, devices);
  // Chance is the host's own here: five standard errors, once in two million times.
  for (const [what, truth] of [["shown", 0.5], ["useful", 0.25], ["usefulness", 0.5]]) {
    const { share, error } = estimates[what];
    assert.ok(Math.abs(share - truth) < 5 * error, `${what}: ${share} +- ${error}`);
  }
});

test("the estimates are those of the core", () => {
  // Also in src/share/tests.rs.
  assert.equal(TRUTH_PPM, 364_175);
  const parts = (estimate) => [estimate.share, estimate.error].map((one) => Math.round(one * 1e6));
  const { estimates } = tell({ offer: "a", not_shown: 5_000, shown: 2_600, useful: 2_400 });
  assert.deepEqual([estimates.shown, estimates.useful, estimates.usefulness].map(parts), [[209_011, 13_730], [77_046, 11_727], [368_623, 46_985]]);
  assert.equal(tell({ offer: "a", not_shown: 580, shown: 210, useful: 210 }).estimates.usefulness, undefined);
});
