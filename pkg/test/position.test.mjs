/** `askPosition` of `tactful/page`: when the shopper is asked where they are, and what the engine is told of it. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { load } from "../dist/entry/node.js";
import { askPosition } from "../dist/page/page.js";

const pack = await readFile(new URL("../../www/dist/nordkorb.tact", import.meta.url));
const NOW = Date.parse("2026-11-21T17:06:00+02:00");
const KAISANIEMI = { latitude: 60.17112, longitude: 24.94763, accuracy: 20 };

/** Somebody who has just scanned a box of biscuits, perhaps at a shelf. */
async function shopper() {
  const tact = await load({ pack, seed: 1, now: NOW });
  tact.observe({ type: "scan", at: NOW, code: "https://nordkorb.example/01/02000042000325" });
  return tact;
}

/** A browser's geolocation that answers as it is told: places, or an error's code. */
function places(...answers) {
  const asked = { times: 0, cleared: 0 };
  const geolocation = {
    watchPosition(came, failed) {
      asked.times += 1;
      setTimeout(() => answers.forEach((answer) => (typeof answer === "number" ? failed({ code: answer }) : came({ coords: answer }))));
      return 7;
    },
    clearWatch: (id) => (asked.cleared += id === 7 ? 1 : 0),
  };
  return { asked, geolocation };
}

const allowed = (state) => ({ query: async () => ({ state }) });

test("a yes tells positions for a while, and the engine knows where they are", async () => {
  const tact = await shopper();
  let at = NOW + 1_000;
  const { asked, geolocation } = places(...Array.from({ length: 30 }, () => KAISANIEMI));
  const questions = [];
  const ask = ({ sentence, chance }) => questions.push([sentence, chance >= 333_334]) > 0;
  const answer = await askPosition(tact, "aisle", { ask, geolocation, permissions: allowed("prompt"), watchMs: 40, now: () => (at += 5_000) });
  assert.equal(answer, "told");
  assert.deepEqual(questions, [["In our stores: 20 % off biscuits, here and now. May we see where you are?", true]]);
  assert.deepEqual(asked, { times: 1, cleared: 1 });
  assert.equal(tact.moment(at).presence.state, "in_store");
  assert.equal(await askPosition(tact, "aisle", { geolocation, now: () => at }), "known");
});

test("where nobody is asked twice: the browser's permission is enough", async () => {
  const tact = await shopper();
  const { asked, geolocation } = places(KAISANIEMI);
  const ask = () => assert.fail("was asked");
  assert.equal(await askPosition(tact, "aisle", { ask, geolocation, permissions: allowed("granted"), watchMs: 20, now: () => NOW + 1_000 }), "told");
  assert.equal(asked.times, 1);
});

test("a no lasts, to our question or to the browser's", async () => {
  for (const [options, tries] of [
    [{ ask: () => false, permissions: allowed("prompt"), ...places(KAISANIEMI) }, 0],
    [{ ask: async () => true, permissions: undefined, ...places(1) }, 1],
    [{ permissions: allowed("denied"), ...places(KAISANIEMI) }, 0],
  ]) {
    const tact = await shopper();
    assert.equal(await askPosition(tact, "aisle", { ...options, watchMs: 1_000, now: () => NOW + 1_000 }), "refused");
    assert.equal(options.asked.times, tries);
    const later = NOW + 60 * 86_400_000;
    tact.observe({ type: "scan", at: later, code: "02000042000325" });
    assert.equal(await askPosition(tact, "aisle", { ...options, now: () => later }), "refused");
    assert.equal(options.asked.times, tries, "the browser is not asked again");
  }
});

test("no answer is none, and an engine that has no use for it asks nobody", async () => {
  const tact = await shopper();
  const { asked, geolocation } = places(2, 3);
  assert.equal(await askPosition(tact, "aisle", { geolocation, permissions: allowed("prompt"), watchMs: 20, now: () => NOW + 1_000 }), "silent");
  assert.deepEqual(asked, { times: 1, cleared: 1 });
  assert.equal(await askPosition(tact, "aisle", { geolocation, now: () => NOW + 2_000 }), "asked");
  const nobody = await load({ pack, seed: 1, now: NOW });
  assert.equal(await askPosition(nobody, "aisle", { geolocation, now: () => NOW }), "unlikely");
  assert.equal(asked.times, 1);
});

test("who is watched without end is watched until the page is left", async () => {
  const tact = await shopper();
  const { asked, geolocation } = places(KAISANIEMI);
  const leaving = new AbortController();
  const answer = askPosition(tact, "aisle", { geolocation, permissions: allowed("granted"), watchMs: Infinity, signal: leaving.signal, now: () => NOW + 1_000 });
  // A timer that is too long fires after one millisecond, before this one.
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(asked.cleared, 0);
  leaving.abort();
  assert.equal(await answer, "told");
  assert.equal(asked.cleared, 1);
});

test("a page that asks often leaves nothing behind", async () => {
  const lived = new AbortController();
  let [heard, listening] = [lived.signal.addEventListener, 0];
  lived.signal.addEventListener = function (...one) { listening += 1; return heard.apply(this, one); };
  const { removeEventListener } = lived.signal;
  lived.signal.removeEventListener = function (...one) { listening -= 1; return removeEventListener.apply(this, one); };
  for (let times = 0; times < 3; times += 1) {
    const { geolocation } = places(KAISANIEMI);
    assert.equal(await askPosition(await shopper(), "aisle", { geolocation, permissions: allowed("granted"), watchMs: 10, signal: lived.signal, now: () => NOW + 1_000 }), "told");
  }
  assert.equal(listening, 0);
});

test("leaving the page ends it", async () => {
  const tact = await shopper();
  const { asked, geolocation } = places();
  const leaving = new AbortController();
  const answer = askPosition(tact, "aisle", { geolocation, permissions: allowed("granted"), signal: leaving.signal, now: () => NOW + 1_000 });
  setTimeout(() => leaving.abort(), 20);
  assert.equal(await answer, "silent");
  assert.equal(asked.cleared, 1);
});
