/** Promises of the ledger while workerd is killed under it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { kill, verdict } from "../../benches/ledger/kill.mjs";

/** `CLAIMS=1000000 KILLS=500` for the whole of it. */
const { CLAIMS = "50000", KILLS = "30" } = process.env;

test("nothing is given twice, lost or changed, whenever workerd is killed", { timeout: 1_800_000 }, async (t) => {
  const told = await kill({ claims: Number(CLAIMS), kills: Number(KILLS) });
  assert.deepEqual(verdict(told), []);
  assert.equal(told.kills, Number(KILLS));
  assert.ok(told.held > 0 && told.redeemed > told.held / 2, `${told.held} held, ${told.redeemed} redeemed`);
  t.diagnostic(`${told.claims} claims, ${told.kills} kills, ${told.rows} of ${told.budget} given, ${told.held} held, ${told.redeemed} redeemed, ${told.cut} cut, of those ${told.found} committed`);
});
