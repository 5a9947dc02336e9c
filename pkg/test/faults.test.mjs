/** Faults of the module are worded here as its Rust words them for the command line. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { Reader } from "../dist/codec.js";
import { readFault } from "../dist/faults.js";

for (const { bytes, ...fault } of JSON.parse(await readFile(new URL("faults.json", import.meta.url), "utf8"))) {
  test(`${fault.code}: ${fault.message}`, () => {
    const from = new Reader(Uint8Array.from(bytes));
    assert.deepEqual(readFault(from), fault);
    assert.ok(from.atEnd);
  });
}
