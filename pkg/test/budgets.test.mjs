/** `watchBudgets` of `tactful/page`: what is asked, how often, and what the engine makes of it. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { load } from "../dist/entry/node.js";
import { watchBudgets } from "../dist/page/page.js";

const pack = await readFile(new URL("../../www/dist/nordkorb.tact", import.meta.url));
const NOW = Date.parse("2026-11-21T17:06:00+02:00");

/** A page with an engine, and an edge that answers `left`. */
function page(left) {
  const asked = [];
  const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  let at = NOW;
  const observed = [];
  const fetch = async (address, how) => {
    asked.push([address, how.credentials]);
    return left ? Response.json({ left }) : new Response(null, { status: 404 });
  };
  const stop = watchBudgets(document, { observe: (signal) => observed.push(signal) }, { fetch, now: () => at });
  const look = async (visibilityState, later) => {
    at += later;
    document.visibilityState = visibilityState;
    document.dispatchEvent(new Event("visibilitychange"));
    await setImmediate();
    return asked.length;
  };
  return { asked, observed, look, stop };
}

test("one request that says nothing of who asks, again when the page is looked at after a while", async () => {
  const { asked, observed, look, stop } = page({ "welcome-basket": 3 });
  await setImmediate();
  assert.deepEqual(asked, [["/v1/budgets", "omit"]]);
  assert.deepEqual(observed, [{ type: "budgets", at: NOW, left: { "welcome-basket": 3 } }]);
  assert.equal(await look("visible", 60_000), 1, "not again at once");
  assert.equal(await look("hidden", 3_600_000), 1, "not where nobody looks");
  assert.equal(await look("visible", 0), 2);
  assert.equal(await look("visible", -86_400_000), 3, "nor does a clock that is put back end it");
  assert.equal(await look("visible", 60_000), 3);
  assert.equal(await look("visible", 600_000), 4);
  stop();
  assert.equal(await look("visible", 3_600_000), 4);
});

test("an edge that tells nothing, or nonsense, disturbs nobody", async () => {
  for (const left of [undefined, 7]) {
    const { observed, stop } = page(left);
    await setImmediate();
    assert.equal(observed.length, left === undefined ? 0 : 1);
    stop();
  }
});

test("a coupon of which nothing is left is not shown, and the trace says why", async () => {
  const tact = await load({ pack, seed: 1, now: NOW });
  const ids = (left) => {
    tact.forget(NOW - 90 * 86_400_000);
    tact.observe({ type: "budgets", at: NOW, left });
    return tact.ask("home", NOW).trace.refused.filter(({ why }) => why === "exhausted").map(({ offer }) => offer);
  };
  assert.deepEqual(ids({}), []);
  assert.deepEqual(ids({ "fruit-for-five": 0, "household-stock": 1 }), ["fruit-for-five"]);
  assert.throws(() => tact.observe({ type: "budgets", at: NOW, left: { bread: 17 } }), /a whole number of sixteenths from 0 to 16/);
});
