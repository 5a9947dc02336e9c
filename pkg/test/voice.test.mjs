/** Voice on workerd with its SQLite: what is said once is kept once, by whom nobody knows, and answered for whoever asked. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { LONGEST, plain } from "tactful/voice";
import { alike, wordsOf } from "../dist/voice/alike.js";
import { csvOf } from "../dist/voice/csv.js";
import { networkOf } from "../dist/voice/network.js";
import { DAY, HOUR, KEY, MONDAY, WEEK, shop } from "./voice-shop.mjs";

let one;
before(async () => (one = await shop()));
after(() => one?.close());

const refused = ({ status, text }, wanted, code) => {
  assert.equal(status, wanted, text);
  assert.equal(JSON.parse(text).code, code);
  assert.doesNotMatch(text, /SQL|worker\.js/);
};
const topic = async (id) => (await one.desk(`/inbox?text=`)).body.topics.find((known) => known.id === id);

describe("saying", () => {
  test("what is said reaches the desk, of the hour and nobody, and is not public before the shop says so", async () => {
    const { status, topic: said } = await one.say({ text: " Schönes\tBrot\u0000\r\nbitte ", language: "de", about: "bread" }, { "x-now": String(MONDAY + 90 * 60_000) });
    assert.equal(status, 201);
    assert.deepEqual(await topic(said.id), { id: said.id, kind: "wish", text: "Schönes Brot\nbitte", language: "de", about: "bread", state: "heard", votes: 1, said_ms: MONDAY + HOUR, public: false });
    assert.deepEqual((await one.asked("")).body.topics.filter(({ id }) => id === said.id), []);
    assert.equal((await one.desk(`/${said.id}`, { public: true })).body.public, true);
    assert.equal((await one.asked("")).body.topics.find(({ id }) => id === said.id).text, "Schönes Brot\nbitte");
  });

  test("said again it is the same topic and costs no token; other words under the same id are refused", async () => {
    const { topic: said } = await one.say();
    const again = await one.spend("", said, { token: await one.token() });
    assert.equal(again.status, 200);
    const token = await one.token();
    assert.equal((await one.spend("", said, { token })).status, 200);
    refused(await one.spend("", { ...said, text: "Else" }, { token }), 409, "taken");
    assert.equal((await one.spend("", one.said(), { token })).status, 201, "the token was not spent");
    assert.equal((await topic(said.id)).votes, 1);
  });

  test("what is not a topic is refused, and keeps its token", async () => {
    const token = await one.token();
    const wrong = [
      [{ id: "short" }, "wrong-type"], [{ kind: "order" }, "wrong-type"], [{ text: 7 }, "wrong-type"], [{ text: " \u202e\n" }, "empty"], [{ language: "fi" }, "wrong-type"],
      [{ about: "" }, "wrong-type"], [{ about: "x".repeat(129) }, "wrong-type"], [{ text: "x".repeat(LONGEST + 1) }, "too-long"], [{ text: "🥖".repeat(LONGEST + 1) }, "too-long"],
    ];
    for (const [more, code] of wrong) refused(await one.spend("", one.said(more), { token }), 400, code);
    refused(await one.spend("", "[]", { token }), 400, "wrong-type");
    refused(await one.spend("", "{", { token }), 400, "bad-json");
    refused(await one.spend("", one.said({ text: "x".repeat(10_000) }), { token }), 413, "too-large");
    refused(await one.asked("", { method: "DELETE" }), 405, "method");
    refused(await one.asked("/nothing"), 404, "not-found");
    const longest = "👨‍👩‍👧".repeat(100);
    assert.equal((await one.spend("", one.said({ text: longest }), { token })).status, 201);
  });

  test("nothing is taken without consent, or where Global Privacy Control objects", async () => {
    const token = await one.token();
    for (const path of ["", `/${randomBytes(16).toString("base64url")}/votes`]) {
      const body = path ? undefined : one.said();
      refused(await one.spend(path, body, { token, "tactful-consent": "no" }), 403, "no-consent");
      refused(await one.spend(path, body, { token, "sec-gpc": "1" }), 403, "gpc");
    }
    await assert.rejects(one.token({ "tactful-consent": "" }), { code: "no-consent" });
    await assert.rejects(one.token({ "sec-gpc": "1" }), { code: "gpc" });
  });

  test("the normalisation does what it says, and twice the same", () => {
    const kept = ["a\u200db", "👩‍🚀", "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}", "שלום\u200f!", "a\n\nb"];
    for (const text of kept) assert.equal(plain(text), text.normalize("NFC"));
    const changed = [["\ud83d", "\ufffd"], ["x\u202egnp.exe", "xgnp.exe"], ["a\r\n\r\n\n\u2028b", "a\n\nb"], ["e\u0301", "é"], ["\u0000\u0007a\u0085b\u009f", "a\nb"], ["\u2066x\u2069", "x"]];
    for (const [from, to] of changed) assert.equal(plain(from), to);
    for (const text of [...kept, ...changed.flat(), "e\u0000\u0301", "\r\u202e\n\n\n"]) assert.equal(plain(plain(text)), plain(text));
  });
});

describe("voting and answering", () => {
  test("a vote counts once for its token, also when it is sent again, and only for what is public", async () => {
    const { topic: said } = await one.say();
    refused(await one.vote(said.id), 404, "unknown-topic");
    await one.desk(`/${said.id}`, { public: true });
    const token = await one.token();
    assert.deepEqual([(await one.vote(said.id, { token })).status, (await one.vote(said.id, { token })).status], [201, 200]);
    assert.equal((await one.vote(said.id)).status, 201);
    assert.equal((await topic(said.id)).votes, 3);
    refused(await one.vote((await one.say()).topic.id, { token }), 409, "spent");
    refused(await one.spend("", one.said(), { token }), 409, "spent");
  });

  test("merged topics add up, answer under every id, and come apart again", async () => {
    const [a, b, c] = await Promise.all(["Oat milk please", "please: oat milk!", "Sell oat milk"].map(async (text) => (await one.say({ text })).topic.id));
    await one.desk(`/${b}`, { public: true });
    await one.vote(b);
    assert.deepEqual((await one.desk(`/${a}/alike`)).body.alike.slice(0, 1).map(({ alike }) => alike), [1]);
    assert.equal((await one.desk(`/${c}/merge`, { into: a }, "POST")).body.votes, 2);
    const merged = (await one.desk(`/${a}/merge`, { into: b }, "POST")).body;
    assert.deepEqual([merged.votes, [...merged.merged].sort()], [4, [a, c].sort()]);
    refused(await one.desk(`/${a}`, { state: "done" }), 409, "merged");
    refused(await one.desk(`/${b}/merge`, { into: a }, "POST"), 409, "merged");
    assert.equal((await one.vote(a)).status, 201, "who voted there still may");
    await one.desk(`/${b}`, { state: "done", answer: { de: "Ist da.", en: "It is here." } });
    const answers = (await one.asked("/answers")).body.answers.filter(({ ids }) => ids.includes(c));
    assert.equal(answers.length, 1);
    assert.deepEqual({ ...answers[0], ids: [...answers[0].ids].sort() }, { ids: [a, b, c].sort(), kind: "wish", state: "done", answer: { de: "Ist da.", en: "It is here." }, languages: ["de", "en"] });
    assert.equal((await one.desk(`/${a}/merge`, { into: null }, "POST")).body.votes, 2);
    assert.equal((await topic(b)).votes, 3);
    refused(await one.desk(`/${a}/merge`, { into: (await one.say({ kind: "question" })).topic.id }, "POST"), 409, "other-kind");
  });

  test("pages are told which questions and complaints are answered, and of no other topic", async () => {
    const said = async (kind = "complaint") => (await one.say({ kind })).topic.id;
    const all = [await said(), await said("question"), await said(), await said(), await said(), await said("wish"), await said()];
    const [done, refused, told, planned, hidden, wish, merged] = all;
    await one.desk(`/${merged}/merge`, { into: done }, "POST");
    for (const id of [done, wish]) await one.desk(`/${id}`, { state: "done" });
    await one.desk(`/${refused}`, { state: "not_possible", reason: { en: "The law forbids it." } });
    await one.desk(`/${told}`, { answer: { de: "Wir holen es ab." } });
    await one.desk(`/${planned}`, { state: "planned" });
    await one.desk(`/${hidden}`, { hidden: "insult" });
    const answered = async () => (await one.asked("/answered")).body.topics.filter((id) => all.includes(id)).sort();
    assert.deepEqual(await answered(), [done, refused, told, merged].sort());
    await one.desk(`/${merged}/merge`, { into: null }, "POST");
    assert.deepEqual(await answered(), [done, refused, told].sort());
    assert.equal((await one.asked("/answered")).headers.get("cache-control"), "public, max-age=20");
  });

  test("not possible needs its reason; hidden is not public, and says why", async () => {
    const { topic: said } = await one.say({ text: "Call 0123 456 789" });
    refused(await one.desk(`/${said.id}`, { state: "not_possible" }), 400, "no-reason");
    assert.deepEqual((await one.desk(`/${said.id}`, { state: "not_possible", reason: { en: "We may not." } })).body.reason, { en: "We may not." });
    refused(await one.desk(`/${said.id}`, { reason: { en: "" } }), 400, "no-reason");
    await one.desk(`/${said.id}`, { public: true });
    assert.equal((await one.desk(`/${said.id}`, { hidden: "personal" })).body.public, false);
    refused(await one.desk(`/${said.id}`, { public: true }), 409, "hidden");
    assert.equal((await one.asked("/answers")).body.answers.find(({ ids }) => ids[0] === said.id).hidden, "personal");
    assert.doesNotMatch((await one.asked("/answers")).text, /0123/, "answers have nobody's words");
    assert.equal((await one.desk(`/${said.id}`, { hidden: null })).body.hidden, undefined);
    refused(await one.desk(`/${said.id}`, { state: "later" }), 400, "wrong-type");
    refused(await one.desk(`/${said.id}`, { answer: { de: "x".repeat(501) } }), 400, "too-long");
  });

  test("what everybody may read is the same for everybody, and told once", async () => {
    const [first, second] = await Promise.all([one.asked("", { "x-address": "192.0.2.7" }), one.asked("", { "x-address": "198.51.100.9", cookie: "a=b" })]);
    assert.equal(first.text, second.text);
    assert.equal(first.headers.get("cache-control"), "public, max-age=20");
    assert.equal((await one.asked("", { "if-none-match": first.headers.get("etag") })).status, 304);
    await one.vote(first.body.topics[0].id);
    assert.equal((await one.asked("", { "if-none-match": first.headers.get("etag") })).status, 200);
    const elsewhere = await one.asked("", { origin: "https://shop.example" });
    assert.equal(elsewhere.headers.get("access-control-allow-origin"), "https://shop.example");
    assert.equal((await one.asked("", { origin: "https://other.example" })).headers.get("access-control-allow-origin"), null);
  });

  test("the desk is for who has its key; pages, filters and exports lose nothing", async () => {
    for (const path of ["/inbox", "/export", `/${randomBytes(16).toString("base64url")}/alike`]) {
      refused(await one.asked(path), 401, "no-key");
      refused(await one.asked(path, { authorization: `Bearer ${KEY}x` }), 401, "no-key");
    }
    const texts = Array.from({ length: 120 }, (_, place) => `page ${place}`);
    await Promise.all(texts.map((text) => one.say({ text, kind: "question" })));
    const read = [];
    for (let after = ""; after !== undefined;) {
      const { topics, next } = (await one.desk(`/inbox?kind=question&text=PAGE&after=${after}`)).body;
      read.push(...topics.map(({ text }) => text));
      after = next;
    }
    assert.deepEqual(read.sort(), texts.sort());
    const { topics } = JSON.parse((await one.desk("/export?format=json")).text);
    const csv = (await one.desk("/export?format=csv")).text;
    assert.equal(csv.split("\r\n").length - 2, topics.length);
    for (const text of texts) assert.ok(topics.some((known) => known.text === text) && csv.includes(`"${text}"`), text);
  });

  test("the last report of what runs out is kept for the shop, and what is none is refused with all that is wrong", async () => {
    const place = { id: "home", weeks: [{ permitted: 7, fresh: 3 }], stale_from: null };
    const report = { from: "2031-11-17", days: 182, people: 500, placements: [place], audiences: [{ ...place, id: "household-1", stale_from: 4 }], gaps: [{ category: "milk", moments: 9 }], never_shown: ["old-offer"], warnings: [{ kind: "stale", of: "placement", id: "home\u202e", week: 3, wanted_weeks: 6 }, { kind: "aging", offer: "old-offer", days: -2, wanted_weeks: 6 }, { kind: "useless", offer: "dull", by: "devices", useful_share: 0.01, surely_below: 0.02 }] };
    const put = (body, headers = {}) => one.asked("/supply", { method: "PUT", body, authorization: `Bearer ${KEY}`, ...headers });
    assert.equal((await one.desk("/supply")).body, null);
    refused(await one.asked("/supply"), 401, "no-key");
    refused(await put(report, { authorization: "Bearer no" }), 401, "no-key");
    refused(await put(report, { "content-type": "text/plain" }), 400, "not-json");
    refused(await put([]), 400, "wrong-type");
    const wrong = await put({ ...report, from: "today", people: -1, placements: [{ ...place, id: 7 }], gaps: "many", never_shown: undefined, warnings: ["x", { ...report.warnings[1], offer: "x".repeat(2_049), days: 0.5 }, { ...report.warnings[2], surely_below: -1 }] });
    refused(wrong, 400, "wrong-report");
    assert.deepEqual(wrong.body.issues.map(({ path }) => path), ["/from", "/people", "/placements/0/id", "/gaps", "/never_shown", "/warnings/0", "/warnings/0/kind", "/warnings/0/of", "/warnings/0/id", "/warnings/0/week", "/warnings/0/wanted_weeks", "/warnings/1/offer", "/warnings/1/days", "/warnings/2/surely_below"]);
    assert.equal((await put({ ...report, warnings: Array(5_000).fill(0) })).body.issues.length, 20);
    refused(await put({ ...report, more: "x".repeat(1_000_000) }), 413, "too-large");
    assert.equal((await one.desk("/supply")).body, null);
    const warnings = Array.from({ length: 500 }, (_, place) => ({ ...report.warnings[1], offer: `${place} ${"x".repeat(1_500)}` }));
    assert.equal((await put({ ...report, warnings }, { "x-now": String(MONDAY) })).status, 200);
    assert.deepEqual((await put({ ...report, seed: 1 }, { "x-now": String(MONDAY + HOUR) })).body, { told_ms: MONDAY + HOUR });
    assert.deepEqual((await one.desk("/supply")).body, { report: { ...report, warnings: [{ ...report.warnings[0], id: "home" }, ...report.warnings.slice(1)] }, told_ms: MONDAY + HOUR });
    await one.asked("", { "x-now": String(MONDAY) });
  });

  test("words and years: what is long ago is forgotten", async () => {
    await one.asked("", { "x-now": String(MONDAY + 3 * WEEK) });
    const { topic: said } = await one.say({ kind: "question" });
    await one.desk(`/${said.id}`, { state: "done" });
    const answered = async (days) => (await one.asked("/answered", { "x-now": String(MONDAY + 3 * WEEK + days * DAY) })).body.topics;
    assert.deepEqual([await answered(90), await answered(91)], [[said.id], []], "no care case is open any more");
    await one.asked("/answers", { "x-now": String(MONDAY + 3 * WEEK + 729 * DAY) });
    assert.ok(await topic(said.id));
    await one.asked("/answers", { "x-now": String(MONDAY + 3 * WEEK + 731 * DAY) });
    assert.equal(await topic(said.id), undefined);
  });
});

test("a spreadsheet takes nothing for a formula, and every text can be had again", () => {
  const texts = ["=1+1", "+1", "-1", "@SUM(A1)", "\u200b=cmd|' /C calc'!A0", "'=x", "＝1+1", "a,b", 'say "hi"', "a\nb", "'quoted'", "plain", "%0A", "|x"];
  for (const text of texts) {
    const line = csvOf({ id: "i", kind: "wish", text, language: "en", state: "heard", votes: 1, said_ms: 0, public: false });
    const cell = /"en","","((?:[^"]|"")*)","1"/.exec(line)[1].replaceAll('""', '"');
    assert.doesNotMatch(cell, /^[\s\p{Cf}]*[=+\-@|%＝＋－＠]/u);
    assert.equal(cell.replace(/^'/, ""), text);
  }
});

test("likeness is of words, whatever their endings", () => {
  const like = (a, b) => alike(wordsOf(a), wordsOf(b));
  assert.equal(like("Laktosefreie Milch bitte", "Bitte laktosefreier Milch!"), 1);
  assert.equal(like("Öffnungszeiten am Sonntag", "offnungszeit sonntags"), 1);
  assert.equal(like("oat milk", "rye bread"), 0);
  assert.equal(like("", ""), 0);
});

test("a household is one network", () => {
  assert.equal(networkOf("192.0.2.1"), "192.0.2.1");
  assert.equal(networkOf("2001:db8:1:2ff::1"), networkOf("2001:DB8:1:2aa:5:6:7:8"));
  assert.notEqual(networkOf("2001:db8:1:2ff::1"), networkOf("2001:db8:1:3ff::1"));
  assert.equal(networkOf("2001:db8::1"), networkOf("2001:0db8:0000:0000::2"));
  assert.notEqual(networkOf("::1"), networkOf("2001::1"));
});
