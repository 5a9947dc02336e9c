/** The shared cases in Node. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "tactful";
import { cases, pack, title } from "./hosts.mjs";
import { runCase } from "./run-case.mjs";

for (const one of await cases()) {
  test(title(one), async () => {
    const { failures } = await runCase(one, await pack(one.catalog), load);
    assert.deepEqual(failures, []);
  });
}
