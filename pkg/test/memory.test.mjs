/** What the core takes of memory: no more with every decision, and little of its stack. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { instantiate } from "../dist/core.js";
import { createEngine } from "../dist/engine.js";
import { cases, dist, pack, title } from "./hosts.mjs";
import { runCase } from "./run-case.mjs";

const module = await WebAssembly.compile(await readFile(join(dist, "core.wasm")));
const nordkorb = new Uint8Array(await pack());
const NOON = Date.parse("2026-11-21T12:00:00+02:00");

/** Bytes of the stack, as the build says; it begins at the end and grows down to address 0, below which a call traps. */
const STACK = 65_536;
/** What is written where the stack was not yet. */
const UNTOUCHED = 0xa5;

/** An instance whose stack shows how far it was used. */
function painted() {
  const instance = instantiate(module);
  new Uint8Array(instance.memory.buffer, 0, STACK - 64).fill(UNTOUCHED);
  return instance;
}

/** Bytes of the stack that were used. */
function depth({ memory }) {
  return STACK - new Uint8Array(memory.buffer, 0, STACK).findIndex((byte) => byte !== UNTOUCHED);
}

/** Asserts that the stack was used, and for the most part was not. */
function shallow(instance) {
  const used = depth(instance);
  assert.ok(used > 500 && used < STACK / 4, `${used} of ${STACK} bytes of the stack are used`);
}

/** A generator of whole numbers below a bound; the same every time. */
function chance(state = 1) {
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

for (const one of await cases()) {
  test(`shallow: ${title(one)}`, async () => {
    let instance;
    const start = ({ pack, ...shopper }) => createEngine(() => (instance = painted()), pack, shopper);
    await runCase(one, await pack(one.catalog), start);
    shallow(instance);
  });
}

test("hostile bytes of signals, states and packs use little of the stack and break nothing", () => {
  const instance = painted();
  const below = chance();
  const bytes = (length) => Uint8Array.from({ length }, () => below(256));
  const core = instance.load(nordkorb, new Uint8Array(), 1, 0, NOON);
  const put = (signal) => new Uint8Array(instance.memory.buffer, core.input(signal.length), signal.length).set(signal);
  for (let round = 0; round < 20_000; round++) {
    const signal = bytes(below(80));
    signal[6] = below(20); // behind six bytes of time is the kind
    signal.fill(0x80, 0, Math.min(5, signal.length));
    put(signal);
    if (core.check() === 0) core.observe();
    core.placement();
    core.explain(below(3));
  }
  for (let round = 0; round < 300; round++) {
    const damaged = nordkorb.slice();
    damaged[below(round % 2 ? 64 : damaged.length)] ^= 1 + below(255);
    assert.throws(() => instance.load(damaged, new Uint8Array(), 1, 0, NOON), { name: "TactfulError" });
    put(bytes(below(400)));
    core.fork(1, 0, NOON).free();
  }
  const length = core.save();
  const state = new Uint8Array(instance.memory.buffer, core.output(), length).slice();
  for (let at = 0; at < state.length; at++) {
    put(state.with(at, state[at] ^ (1 + below(255))));
    core.fork(1, 0, NOON).free();
  }
  core.export();
  core.moment(NOON);
  shallow(instance);
});

/** Decisions after which the profile of the shopper below has grown as far as it may. */
const FULL = 300_000;

test("once the profile is full, 100,000 more decisions take no more memory", () => {
  let instance;
  const tact = createEngine(() => (instance = instantiate(module)), nordkorb, { seed: 1, now: NOON });
  const { placements } = tact.shop;
  const decide = (round) => {
    const [placement, now] = [placements[round % placements.length], NOON + round * 60_000];
    if (round % 10 === 0) tact.observe({ type: "scan", at: now, code: "https://nordkorb.example/01/02000042000325" });
    const decision = tact.ask(placement, now);
    if (decision.kind === "show" && round % 3 === 0) tact.reply(decision.id, "useful", now);
    tact.askIn({}, placement, now);
  };
  for (let round = 0; round < FULL; round++) decide(round);
  const before = instance.memory.buffer.byteLength;
  for (let round = FULL; round < FULL + 100_000; round++) decide(round);
  assert.equal(instance.memory.buffer.byteLength, before);
});
