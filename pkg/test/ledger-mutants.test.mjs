/** Whether the harness of kills would notice if the ledger's promises were broken. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { kill, verdict } from "../../benches/ledger/kill.mjs";
import { CONTROLS, MUTANTS } from "../../benches/ledger/mutants.mjs";

/** Enough for every mutant to show itself, with a kill in between and one at the end. */
const SMALL = { claims: 1_200, kills: 1, shards: 2, connections: 32, quiet: true };
/** A ledger that answers claims before it writes loses what it was lent, and then lends nothing for ever: that is seen too. */
const STUCK = /did not end/;

for (const { name, broken, claims } of CONTROLS) {
  test(`the harness has nothing to say of: ${name}`, async () => {
    assert.deepEqual(verdict(await kill({ ...SMALL, ...(claims && { claims }), broken, seconds: 120 })), []);
  });
}

for (const { name, broken, says } of MUTANTS) {
  test(`the harness notices: ${name}`, async () => {
    assert.match(verdict(await kill({ ...SMALL, broken, seconds: 25 })).join("; "), new RegExp(`${says.source}|${STUCK.source}`));
  });
}
