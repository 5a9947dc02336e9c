/** What the module asks of its host, and how large it is. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { brotliCompressSync } from "node:zlib";

const bytes = await readFile(new URL("../wasm/core.wasm", import.meta.url));

/** Largest module, bytes after brotli. Lower it when the module shrinks; the goal is 45,000. */
const CEILING = 80_050;

test("the core imports nothing: it has no power but to count", () => {
  assert.deepEqual(WebAssembly.Module.imports(new WebAssembly.Module(bytes)), []);
});

test("the core stays below its ceiling", () => {
  const size = brotliCompressSync(bytes).length;
  assert.ok(size <= CEILING, `${size} bytes after brotli, above ${CEILING}`);
});

test("the core names no folder of whoever built it", () => {
  assert.doesNotMatch(bytes.toString("latin1"), /\/(home|root|Users)\//);
});
