/** The contest of `benches/contest`, without its clock: everybody who takes part still gives the oracle's answers. */
import { join } from "node:path";
import { test } from "node:test";
import { contestants, IDS, momentsText, payload, setUp } from "../../benches/contest/stage.mjs";
import { check } from "../../benches/contest/stopwatch.mjs";
import { root } from "./hosts.mjs";

const KEYS = ["10", "100"];
const everybody = await contestants(IDS);
await setUp(everybody, KEYS, join(root, "target/debug/tactful"));

for (const one of everybody) {
  for (const key of KEYS) {
    test(`${one.name} decides as the oracle does, ${key} offers`, async () => {
      check(await one.load(await payload(one, key)), JSON.parse(await momentsText(one.id, key)));
    });
  }
}
