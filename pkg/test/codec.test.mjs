/** The wire format: known bytes of its specification, and whatever is written can be read. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Reader, Writer } from "../dist/codec.js";

const MAX = Number.MAX_SAFE_INTEGER;

function bytes(write) {
  const out = new Writer();
  write(out);
  return Buffer.from(out.bytes).toString("hex");
}

function returns(value, kind) {
  const out = new Writer();
  out[kind](value);
  const from = new Reader(out.bytes);
  assert.equal(from[kind](), value, `${kind} ${value}`);
  assert.equal(from.atEnd, true, `${kind} ${value} leaves bytes over`);
}

/** Repeatable whole numbers of every size up to `most` (Lehmer's generator). */
function* numbers(most, count) {
  let seed = 42;
  for (let i = 0; i < count; i++) {
    seed = (seed * 48_271) % 2_147_483_647;
    const bits = 1 + (i % 53);
    yield Math.min(most, Math.floor((seed / 2_147_483_647) * 2 ** bits));
  }
}

test("bytes are those of the postcard specification", () => {
  assert.equal(bytes((out) => out.whole(0)), "00");
  assert.equal(bytes((out) => out.whole(127)), "7f");
  assert.equal(bytes((out) => out.whole(128)), "8001");
  assert.equal(bytes((out) => out.whole(65_535)), "ffff03");
  assert.equal(bytes((out) => out.whole(MAX)), "ffffffffffffff0f");
  assert.equal(bytes((out) => [0, -1, 1, -2, 63, -64, 64].forEach((n) => out.signed(n))), "000102037e7f8001");
  assert.equal(bytes((out) => out.text("é")), "02c3a9");
  assert.equal(bytes((out) => out.list(["a", "bc"], (text) => out.text(text))), "020161026263");
  assert.equal(bytes((out) => [true, false, undefined].forEach((flag) => out.option(flag, (flag) => out.flag(flag)))), "0101010000");
});

test("every number comes back as it was", () => {
  const edges = [0, 1, 127, 128, 16_383, 16_384, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 49 - 1, 2 ** 49, MAX - 1, MAX];
  for (const value of [...edges, ...numbers(MAX, 5_000)]) returns(value, "whole");
  const folded = [...numbers(2 ** 52 - 1, 5_000)].flatMap((value) => [value, -value - 1]);
  for (const value of [0, -1, 2 ** 52 - 1, -(2 ** 52), ...folded]) returns(value, "signed");
});

test("every text comes back as it was", () => {
  const long = "Grüße ☕ ".repeat(400);
  for (const value of ["", "a", "\u0000", "\ufeffmark", "𝄞", long]) returns(value, "text");
});

test("a lone surrogate becomes the replacement character, as everywhere in UTF-8", () => {
  const out = new Writer();
  out.text("a\ud800b");
  assert.equal(new Reader(out.bytes).text(), "a\ufffdb");
});

test("bytes that break off are refused at every length, and never read beyond", () => {
  const out = new Writer();
  out.text("placement");
  out.whole(MAX);
  out.list([1, 300], (value) => out.whole(value));
  const read = (from) => [from.text(), from.whole(), from.list(() => from.whole())];
  assert.deepEqual(read(new Reader(out.bytes)), ["placement", MAX, [1, 300]]);
  for (let end = 0; end < out.bytes.length; end++) {
    assert.throws(() => read(new Reader(out.bytes.subarray(0, end))), RangeError, `at ${end}`);
  }
});

test("a length that is larger than what follows is refused before anything is made", () => {
  const hostile = new Uint8Array([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]);
  assert.throws(() => new Reader(hostile).list(() => 0), /break off/);
  assert.throws(() => new Reader(hostile).text(), /break off/);
  assert.throws(() => new Reader(new Uint8Array(8).fill(0xff)).whole(), RangeError);
});
