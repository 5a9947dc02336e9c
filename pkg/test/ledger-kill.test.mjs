/** Promises of the ledger while workerd is killed under it; and whether the harness would notice if they were broken. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { kill, verdict } from "../../benches/ledger/kill.mjs";
import { CONTROLS, MUTANTS } from "../../benches/ledger/mutants.mjs";

/** `CLAIMS=1000000 KILLS=500` for the whole of it. */
const { CLAIMS = "10000", KILLS = "30" } = process.env;
/** Enough for every mutant to show itself, with a kill in between and one at the end. */
const SMALL = { claims: 1_200, kills: 1, shards: 2, connections: 32 };

test("nothing is given twice, lost or changed, whenever workerd is killed", { timeout: 1_800_000 }, async (t) => {
  const told = await kill({ claims: Number(CLAIMS), kills: Number(KILLS) });
  assert.deepEqual(verdict(told), []);
  assert.equal(told.kills, Number(KILLS));
  t.diagnostic(`${told.claims} claims, ${told.kills} kills, ${told.rows} of ${told.budget} given, ${told.redeemed} redeemed, ${told.cut} cut, of those ${told.found} committed`);
});

for (const { name, broken, claims } of CONTROLS) {
  test(`the harness has nothing to say of: ${name}`, async () => {
    assert.deepEqual(verdict(await kill({ ...SMALL, ...(claims && { claims }), broken, quiet: true })), []);
  });
}

for (const { name, broken, says } of MUTANTS) {
  test(`the harness notices: ${name}`, async () => {
    assert.match(verdict(await kill({ ...SMALL, broken, quiet: true })).join("; "), says);
  });
}
