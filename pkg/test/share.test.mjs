/** What a device tells of a finished week: only with consent, only noised, and only once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "tactful";
import { PERIOD_WEEKS, TRUTH_PPM, arrived, bodyOf, nextReport, send, weekOf } from "tactful/share";
import { pack, serveFiles } from "./hosts.mjs";

const DAY = 86_400_000;
const WEEK = 7 * DAY;
/** Monday, 2026-11-16, the week 2967. */
const MONDAY = Date.parse("2026-11-16T00:00:00Z");
const OFFERS = ["coffee", "bread", "milk"];

const shopper = (impressions = [], more = {}) => ({ export: () => ({ gpc: false, dial: "normal", impressions, ...more }) });
const shown = (offer, at, reply) => ({ at, decision: "0", offer, ...(reply && { reply }) });

/** Chance that can be told again: draws what SplitMix would, scaled. */
function chance(seed) {
  let state = BigInt(seed);
  return (bound) => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let mixed = state;
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n);
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn);
    return Number(((mixed ^ (mixed >> 31n)) >> 32n) * BigInt(bound) >> 32n);
  };
}

/** A device that comes every day for so many weeks; what it sent, with the week in which. */
function live(weeks, { tact = shopper(), seed = 1, perDay = 1 } = {}) {
  const [draw, sent] = [chance(seed), []];
  let memo;
  for (let day = 0; day < weeks * 7; day++) {
    for (let visit = 0; visit < perDay; visit++) {
      const now = MONDAY + day * DAY + visit * 1_000;
      const next = nextReport(tact, { consent: true, offers: OFFERS, memo, now, draw });
      memo = next.memo;
      if (next.report) {
        sent.push({ ...next.report, sentIn: weekOf(now) });
        memo = arrived(memo);
      }
    }
  }
  return sent;
}

test("a week begins on Monday, UTC", () => {
  assert.deepEqual([weekOf(MONDAY - 1), weekOf(MONDAY), weekOf(MONDAY + WEEK - 1)], [2966, 2967, 2967]);
  assert.deepEqual([weekOf(0), weekOf(4 * DAY), weekOf(11 * DAY)], [0, 0, 1]);
});

test("a year is 13 reports, and any 52 weeks have 14 at most, each of another week that was over", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const sent = live(208, { seed, perDay: 2 });
    const weeks = sent.map(({ week }) => week);
    assert.equal(new Set(weeks).size, weeks.length);
    assert.equal(new Set(weeks.map((week) => Math.floor(week / PERIOD_WEEKS))).size, weeks.length);
    assert.ok(sent.length >= 50 && sent.length <= 52, `${sent.length} in four years`);
    assert.ok(sent.every(({ week, sentIn }) => week < sentIn));
    for (const first of weeks) assert.ok(weeks.filter((week) => week >= first && week < first + 52).length <= 14);
  }
});

test("nothing is told of a week in which there was no consent yet", () => {
  for (let seed = 1; seed <= 50; seed++) assert.ok(live(12, { seed }).every(({ week }) => week > weekOf(MONDAY)));
});

test("asked again, it is the same report byte for byte, whatever has happened since", () => {
  const draw = chance(4);
  let memo;
  for (let now = MONDAY; now < MONDAY + 12 * WEEK; now += DAY) {
    const first = nextReport(shopper(), { consent: true, offers: OFFERS, memo, now, draw });
    memo = first.memo;
    if (!first.report) continue;
    const happened = shopper(OFFERS.map((offer) => shown(offer, first.report.week * WEEK + 5 * DAY, "useful")));
    for (let again = 0; again < 20; again++) {
      const next = nextReport(happened, { consent: true, offers: ["milk"], memo, now: now + again * 1_000, draw });
      assert.deepEqual([bodyOf(next.report), next.memo], [bodyOf(first.report), memo]);
    }
    memo = arrived(memo);
    assert.equal(nextReport(happened, { consent: true, offers: OFFERS, memo, now, draw }).why, "not_now");
    return;
  }
  assert.fail("nothing was told in twelve weeks");
});

/** A memo with which there is a report of the week before. */
const due = (week) => JSON.stringify({ period: Math.floor(week / PERIOD_WEEKS), week, from: 0 });
const NOW = MONDAY + 3_600_000;
const ready = { consent: true, offers: OFFERS, memo: due(2966), now: NOW };

test("no consent, an objection or the dial at never tell nothing, and take back what stood to be told", () => {
  assert.ok(nextReport(shopper(), ready).report);
  const { memo } = nextReport(shopper(), ready);
  const untold = (tact, more) => {
    const next = nextReport(tact, { ...ready, memo, ...more });
    assert.equal(next.report, undefined);
    assert.doesNotMatch(next.memo, /answer/);
    assert.equal(nextReport(shopper(), { ...ready, memo: next.memo }).why, "not_now", "what was drawn stays drawn");
    return next.why;
  };
  assert.equal(untold(shopper(), { consent: false }), "no_consent");
  assert.equal(untold(shopper([], { gpc: true })), "gpc");
  assert.equal(untold(shopper([], { dial: "never" })), "dial");
  assert.equal(untold(shopper(), { offers: [] }), "no_offers");
});

test("without consent nothing is read and nothing is kept", () => {
  const locked = { export: () => assert.fail("it was read") };
  assert.deepEqual(nextReport(locked, { consent: false, offers: OFFERS, now: NOW }), { memo: "", why: "no_consent" });
});

test("a clock that was set back and a memo that was damaged tell nothing", () => {
  const { memo } = nextReport(shopper(), ready);
  const done = arrived(memo);
  for (const back of [0, 1, 5, 60]) assert.equal(nextReport(shopper(), { ...ready, memo: done, now: NOW - back * WEEK }).why, "not_now");
  // In the second of four weeks: a new draw could name one of the two to come.
  const second = MONDAY - 2 * WEEK;
  for (const damaged of ["{", "[]", "1", memo.slice(0, 20), "null "]) {
    for (let seed = 1; seed <= 20; seed++) {
      let [kept, draw] = [damaged, chance(seed)];
      for (let now = second; now < second + 3 * WEEK; now += DAY) {
        const next = nextReport(shopper(), { ...ready, memo: kept, now, draw });
        assert.equal(next.why, "not_now");
        kept = next.memo;
      }
    }
  }
});

test("a memo that was lost tells of no week again", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const draw = chance(seed);
    const weeks = [];
    let memo;
    for (let day = 0; day < 364; day++) {
      if (day % 9 === 0) memo = undefined;
      const next = nextReport(shopper(), { consent: true, offers: OFFERS, memo, now: MONDAY + day * DAY, draw });
      memo = next.report ? arrived(next.memo) : next.memo;
      if (next.report) weeks.push(next.report.week);
    }
    assert.equal(new Set(weeks).size, weeks.length);
  }
});

test("the answer is what happened in 0.576 of all cases, each of the others in 0.212, and every offer is asked about as often", () => {
  const all = 60_000;
  const week = 2966;
  const at = MONDAY - DAY;
  const histories = {
    not_shown: [shown("coffee", MONDAY, "useful"), shown("coffee", MONDAY - 8 * DAY, "useful")],
    shown: [shown("coffee", at), shown("coffee", at + 1, "dismissed"), shown("bread", at, "useful")],
    useful: [shown("coffee", at, "redeemed"), shown("coffee", at + 1, "dismissed")],
  };
  const draw = chance(9);
  const near = (got, share) => assert.ok(Math.abs(got / all - share) < 4 * Math.sqrt(share * (1 - share) / all), `${got / all} of ${share}`);
  for (const [truth, impressions] of Object.entries(histories)) {
    const counts = { not_shown: 0, shown: 0, useful: 0 };
    for (let one = 0; one < all; one++) counts[nextReport(shopper(impressions), { ...ready, memo: due(week), offers: ["coffee"], draw }).report.answer]++;
    for (const [answer, count] of Object.entries(counts)) near(count, answer === truth ? (1 + 2 * TRUTH_PPM / 1e6) / 3 : (1 - TRUTH_PPM / 1e6) / 3);
  }
  const asked = Object.fromEntries(OFFERS.map((offer) => [offer, 0]));
  for (let one = 0; one < all; one++) asked[nextReport(shopper(histories.useful), { ...ready, draw }).report.offer]++;
  for (const count of Object.values(asked)) near(count, 1 / 3);
});

test("what an engine remembers is what is told", async () => {
  const at = Date.parse("2026-11-21T17:06:00+02:00");
  const tact = await load({ pack: await pack(), seed: 1, now: at });
  tact.observe([{ type: "check_in", at, store: "kaisaniemi" }, { type: "scan", at, code: "https://nordkorb.example/01/02000042000325" }]);
  const { id, offer } = tact.ask("aisle", at + 2_000);
  const answer = (now) => nextReport(tact, { consent: true, offers: [offer.id], memo: due(weekOf(now) - 1), now, draw: () => 0 }).report.answer;
  assert.deepEqual([answer(at + 7 * DAY), answer(at + 14 * DAY)], ["shown", "not_shown"]);
  tact.reply(id, "useful", at + 9_000);
  assert.equal(answer(at + 7 * DAY), "useful");
  tact.observe({ type: "dial", at: at + DAY, dial: "never" });
  assert.equal(nextReport(tact, { ...ready, now: at + 7 * DAY }).why, "dial");
  tact.observe({ type: "request", at: at + DAY, gpc: true });
  assert.equal(nextReport(tact, { ...ready, now: at + 7 * DAY }).why, "gpc");
});

test("chance comes from the host, and no two reports have the same id", () => {
  const ids = new Set(Array.from({ length: 1_000 }, () => nextReport(shopper(), ready).report.id));
  assert.equal(ids.size, 1_000);
  for (const id of ids) assert.match(id, /^[0-9a-f]{32}$/);
});

test("the bytes of a report are those that `tactful share` shows", () => {
  // Also in tests/share.rs.
  const body = '{"id":"00000000000000000000000000000001","week":2967,"offer":"coffee-time","answer":"useful"}';
  assert.equal(bodyOf({ answer: "useful", offer: "coffee-time", week: 2967, id: "0".repeat(31) + "1", more: 1 }), body);
});

test("what is sent is the report and nothing else", async () => {
  const { report } = nextReport(shopper([shown("coffee", MONDAY - DAY)]), ready);
  const requests = [];
  const fetcher = (status) => async (url, init) => {
    requests.push([url, init]);
    if (status === 0) throw new TypeError("no network");
    return status === 204 ? new Response(null, { status }) : Response.json({ code: "any", issues: [] }, { status });
  };
  const results = [];
  for (const status of [204, 400, 0, 429, 503]) results.push(await send("https://shop.example/v1/outcomes", report, fetcher(status)));
  assert.deepEqual(results, [true, true, false, false, false]);
  const [url, { body, ...init }] = requests[0];
  assert.equal(url, "https://shop.example/v1/outcomes");
  assert.deepEqual(Object.keys(JSON.parse(body)), ["id", "week", "offer", "answer"]);
  assert.deepEqual(init, { method: "POST", headers: { "content-type": "application/json" }, credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store" });
  assert.ok(requests.every(([, sent]) => sent.body === body));
});

test("somebody on the way is not the counter: what it did not answer is sent again", async () => {
  const { report } = nextReport(shopper([shown("coffee", MONDAY - DAY)]), ready);
  const page = "<!doctype html><title>Sign in to this network</title>";
  const { url, close } = await serveFiles({ "/login.html": page, "/v1/outcomes": page, "/any.js": "{}" });
  try {
    for (const path of ["login.html", "v1/outcomes", "any.js", "missing.html"]) assert.equal(await send(`${url}/${path}`, report), false, path);
  } finally {
    await close();
  }
  const refusals = [[403, page], [404, "null"], [200, '{"code":"any","issues":[]}'], [400, '{"code":400,"issues":[]}'], [400, '{"code":"any"}']];
  for (const [status, body] of refusals) assert.equal(await send("https://shop.example/v1/outcomes", report, async () => new Response(body, { status })), false, body);
});
