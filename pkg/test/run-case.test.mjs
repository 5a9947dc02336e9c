/** The runner of the shared cases itself: it must be able to fail. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "tactful";
import { cases, pack } from "./hosts.mjs";
import { differences, fnv1a, runCase } from "./run-case.mjs";

const AT = "2026-11-21T12:00:00+02:00";

async function failures(steps, digest = "") {
  const ran = await runCase({ seed: 1, steps, digest }, await pack(), load);
  return ran.failures.filter((failure) => digest !== "" || !failure.startsWith("the digest"));
}

test("FNV-1a gives the values of its authors", () => {
  const hash = (text) => fnv1a(0xcbf29ce484222325n, text).toString(16);
  assert.deepEqual([hash(""), hash("a"), hash("foobar")], ["cbf29ce484222325", "af63dc4c8601ec8c", "85944171f73967e8"]);
});

test("every case stands on its digest", async () => {
  for (const one of (await cases()).filter(({ steps }) => steps.some(({ type }) => type === "ask"))) {
    const { failures } = await runCase({ ...one, digest: "0000000000000000" }, await pack(one.catalog), load);
    assert.match(failures.join(), /^the digest is [0-9a-f]{16}, not 0000000000000000$/, one.file);
  }
});

test("what is expected and does not come is a failure with its step", async () => {
  const ask = { type: "ask", at: AT, placement: "home" };
  const signal = { type: "check_in", at: AT, store: "kamppi" };
  assert.deepEqual(await failures([{ ...ask, expect: { placement: "home" } }]), []);
  assert.match((await failures([signal, { ...ask, expect: { kind: "neither" } }])).join(), /^step 1 \(ask\): \/kind is "(show|hold)", not "neither"$/);
  assert.deepEqual(await failures([{ type: "observe-error", signal, expect: {} }]), ["step 0 (observe-error): was taken in"]);
  const wrong = { type: "observe-error", signal: { ...signal, store: "x" }, expect: { code: "off-earth" } };
  assert.match((await failures([wrong])).join(), /was refused with .*unknown-store/);
  assert.match((await failures([{ type: "moment", at: AT, expect: { stage: "sale" } }])).join(), /^step 0 \(moment\): \/stage is "discovery"/);
});

test("a match may leave out fields, and neither elements nor values", () => {
  const differs = (actual, expected) => differences(actual, expected, "").length > 0;
  assert.equal(differs({ a: 1, b: [{ c: 2, d: 3 }] }, { b: [{ c: 2 }] }), false);
  assert.equal(differs({ b: [{ c: 2 }, { c: 3 }] }, { b: [{ c: 2 }] }), true);
  assert.equal(differs({ a: "1" }, { a: 1 }), true);
  assert.equal(differs({}, { a: { b: 1 } }), true);
  assert.equal(differs({ a: 1 }, { a: { b: 1 } }), true);
});
