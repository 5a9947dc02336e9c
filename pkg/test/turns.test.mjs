/** Group commit: what is decided together, what happens to what throws, and who is told to come again. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Busy, turns } from "../dist/ledger/turns.js";

/** Storage that counts its transactions, and forgets what was written in one that threw. */
function memory() {
  const storage = { rows: [], transactions: 0, transactionSync(work) {
    const before = [...storage.rows];
    storage.transactions += 1;
    try {
      return work();
    } catch (error) {
      storage.rows = before;
      throw error;
    }
  } };
  return storage;
}

/** Turns that begin when the test says so. */
function clocked(host) {
  const planned = [];
  const take = turns({ ...host, later: (turn) => planned.push(turn) });
  const run = () => { while (planned.length > 0) planned.shift()(); };
  return { take, run, planned };
}

test("requests that wait together are one transaction, in their order", async () => {
  const storage = memory();
  const decide = (asks) => asks.map((ask) => storage.rows.push(ask));
  const { take, run } = clocked({ storage, decide });
  const answers = Promise.all(["a", "b", "c"].map(take));
  run();
  assert.deepEqual(await answers, [1, 2, 3]);
  assert.deepEqual([storage.rows, storage.transactions], [["a", "b", "c"], 1]);
});

test("a group is at most as large as is said", async () => {
  const storage = memory();
  const { take, run } = clocked({ storage, decide: (asks) => asks.map(() => asks.length), group: 2 });
  const answers = Promise.all(Array.from({ length: 5 }, take));
  run();
  assert.deepEqual(await answers, [2, 2, 2, 2, 1]);
});

test("a group that is full begins at once, and what was planned before finds nothing or what came since", async () => {
  const [storage, planned] = [memory(), []];
  const take = turns({ storage, decide: (asks) => asks, group: 2, later: (turn, isFull) => planned.push({ turn, isFull }) });
  const answers = Promise.all(["a", "b", "c"].map(take));
  assert.deepEqual(planned.map(({ isFull }) => isFull), [false, true], "a group that is full is planned once");
  for (const place of [1, 0]) planned[place].turn();
  assert.deepEqual(await answers, ["a", "b", "c"]);
  planned[2].turn();
  assert.equal(storage.transactions, 2);
});

test("what throws leaves nothing behind, and takes nobody along", async () => {
  const storage = memory();
  const decide = (asks) => asks.map((ask) => {
    storage.rows.push(ask);
    if (ask === "bad") throw new Error("bad");
    return ask;
  });
  const { take, run } = clocked({ storage, decide });
  const answers = Promise.allSettled(["a", "bad", "c"].map(take));
  run();
  assert.deepEqual((await answers).map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
  assert.deepEqual(storage.rows, ["a", "c"]);
});

test("more than may wait are refused at once, those that wait for others too", async () => {
  const { take, run, planned } = clocked({ storage: memory(), decide: (asks) => asks.map(() => undefined), again: () => new Promise(() => {}), most: 2 });
  const [first, second] = [take("a"), take("b")];
  await assert.rejects(take("c"), Busy);
  run();
  await assert.rejects(take("d"), Busy);
  assert.equal(planned.length, 0);
  assert.deepEqual(await Promise.race([first, second, "waits"]), "waits");
});

test("who waits for one that never answers keeps nobody else waiting", async () => {
  const { take, run } = clocked({
    storage: memory(), decide: (asks) => asks.map((ask) => ask.done), again: async (ask) => { if (ask.name === "never") throw new Busy("no"); ask.done = ask.name; },
  });
  const answers = Promise.allSettled([{ name: "never" }, { name: "soon" }].map(take));
  run();
  await new Promise(setImmediate);
  run();
  assert.deepEqual((await answers).map(({ status, value }) => value ?? status), ["rejected", "soon"]);
});

test("what waits is decided again before what came later, and not for ever", async () => {
  const storage = memory();
  let open = false;
  const decide = (asks) => asks.map((ask) => (ask === "first" && !open ? undefined : storage.rows.push(ask)));
  const { take, run } = clocked({ storage, decide, again: async () => { open = true; } });
  const first = take("first");
  run();
  const second = take("second");
  await new Promise(setImmediate);
  run();
  assert.deepEqual([await first, await second], [1, 2]);
  const never = clocked({ storage, decide: (asks) => asks.map(() => undefined), again: async () => {} });
  const refused = assert.rejects(never.take("x"), Busy);
  for (let tries = 0; tries < 100; tries++) {
    never.run();
    await new Promise(setImmediate);
  }
  await refused;
});
