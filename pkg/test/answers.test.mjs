/** `watchAnswers` of `tactful/page`: what is asked, and which care cases the engine closes by it. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { load } from "../dist/entry/node.js";
import { watchAnswers } from "../dist/page/page.js";

const pack = await readFile(new URL("../../www/dist/nordkorb.tact", import.meta.url));
const NOW = Date.parse("2026-11-21T17:06:00+02:00");
const DAY = 86_400_000;

/** A page with an engine, and an edge that tells what the test says is answered. */
async function page(asked) {
  const tact = await load({ pack, seed: 1, now: NOW - DAY });
  const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  const edge = { answered: [], asked: [], told: [], at: NOW };
  const fetch = async (...request) => {
    edge.asked.push(request.map((one) => one.credentials ?? one));
    return Response.json(edge.answered);
  };
  const observe = (signal) => {
    edge.told.push(signal.id);
    return tact.observe(signal);
  };
  const opens = (id, topic) => tact.observe({ type: "care_case", at: NOW - 3_600_000, id, topic, state: "open" });
  const watch = () => watchAnswers(document, { observe }, { asked: () => asked, fetch, now: () => edge.at });
  const look = async (later) => {
    edge.at += later;
    document.dispatchEvent(new Event("visibilitychange"));
    await setImmediate();
    return tact.export().cases.map(({ topic }) => topic);
  };
  return { tact, edge, opens, watch, look };
}

test("a case is closed once the shop has answered its topic, told once, and care stays behind", async () => {
  const { tact, edge, opens, watch, look } = await page(["milk", "bread"]);
  opens("milk", "complaint");
  opens("bread", "question");
  edge.answered = { topics: ["somebody-elses"] };
  const stop = watch();
  await setImmediate();
  assert.deepEqual(edge.asked, [["/v1/voice/answered", "omit"]], "nothing that says who asks or what for");
  assert.deepEqual(await look(600_000), ["complaint", "question"]);
  edge.answered = { topics: ["milk", "somebody-elses"] };
  assert.deepEqual(await look(600_000), ["question"]);
  assert.equal(tact.export().care_closed, edge.at);
  assert.deepEqual(await look(600_000), ["question"]);
  assert.deepEqual(edge.told, ["milk"]);
  assert.equal(tact.export().care_closed, edge.at - 600_000);
  stop();
  edge.answered = { topics: ["bread"] };
  assert.deepEqual(await look(600_000), ["question"]);
});

test("what was not a case, or is told as nonsense, changes nothing", async () => {
  const { tact, edge, watch, look } = await page(["milk"]);
  const before = tact.export();
  for (const answered of [{ topics: ["milk"] }, { topics: 7 }, null]) {
    edge.answered = answered;
    const stop = watch();
    await setImmediate();
    assert.deepEqual(await look(0), []);
    stop();
  }
  assert.deepEqual(edge.told, ["milk"]);
  assert.deepEqual(tact.export(), before);
});
