/**
 * What the ledger gives on this machine: group commit beside one transaction for each request, patience under 256
 * connections, and what is left under three times as much as it can take.
 *
 *   cargo xtask bench ledger [--seconds 8] [--rounds 3]
 *
 * Read ratios of one run: generator and server share the machine. Modes take turns, so that what else it does falls on all.
 */
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { serialOf } from "../../pkg/dist/ledger/text.js";
import { claimOf } from "./clients.mjs";
import { open } from "./connection.mjs";
import { main as killed } from "./kill.mjs";
import { server } from "./workerd.mjs";
import { COUPON, ENTRY, OBJECTS, variables } from "./worker.mjs";

/** With `--claims` or `--kills` it is killed instead of measured. */
if (process.argv.some((word) => /^--(claims|kills)/.test(word))) {
  await killed();
  process.exit();
}
const { values } = parseArgs({ options: { seconds: { type: "string", default: "8" }, rounds: { type: "string", default: "3" } } });
const [SECONDS, ROUNDS] = [Number(values.seconds), Number(values.rounds)];
/** Seconds before anything is measured. */
const WARM_UP = 2;
/** Guesses of each kind. */
const GUESSES = 3_000;
const BUDGET = 100_000_000;
let runs = 0;

/** Starts a ledger, runs `work` with it, and removes it. */
async function withLedger(text, work) {
  const folder = await mkdtemp(join(tmpdir(), "tactful-ledger-"));
  const ledger = await server({ folder, entry: ENTRY, text: { ...variables({ budget: BUDGET, shards: 1 }), ...text }, objects: OBJECTS });
  try {
    // Code that runs for the first time is slow; so is the first block that a shard is lent.
    await closed(ledger, { connections: 32, seconds: WARM_UP });
    return await work(ledger);
  } finally {
    await ledger.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Sends claims over so many connections, each the next as soon as one is answered; a client that is told to wait does. */
async function closed({ port, pid }, { connections, seconds, waits = false }) {
  const run = `${process.pid} ${runs++}`;
  const times = [];
  const counts = { given: 0, busy: 0, cut: 0 };
  const busy = [];
  const until = performance.now() + seconds * 1e3;
  const before = processor(pid);
  let number = 0;
  const client = async () => {
    let connection = open(port);
    while (performance.now() < until) {
      const { key, body } = claimOf(number++, { coupon: COUPON, run });
      const from = performance.now();
      try {
        if (connection.closed) connection = open(port);
        const { status, head } = await connection.ask("POST", "/v1/claims", { "idempotency-key": key }, body);
        const took = performance.now() - from;
        // What is answered afterwards was not done in this time.
        if (performance.now() > until) break;
        if (status === 201) {
          counts.given += 1;
          times.push(took);
        } else {
          counts.busy += 1;
          busy.push(took);
          const after = Number(/retry-after: *(\d+)/i.exec(head)?.[1] ?? 1) * 1e3;
          if (waits) await new Promise((resolve) => setTimeout(resolve, Math.min(after * (0.5 + Math.random()), until - performance.now())));
        }
      } catch {
        counts.cut += 1;
        connection.close();
      }
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: connections }, client));
  const cpu = Math.round(((processor(pid) - before) / Math.max(1, counts.given)) * 1e6);
  return { rate: Math.round(counts.given / seconds), cpu, ...percentiles(times), ...counts, busy_p99: percentiles(busy).p99 };
}

/** Seconds of processor time that a process has had, where the system tells (Linux): it counts 100 to a second. */
function processor(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}

/** Starts a claim every so often, whatever became of those before, over connections that are free. */
async function opened({ port }, { rate, seconds, connections }) {
  const run = `${process.pid} ${runs++}`;
  const counts = { sent: 0, given: 0, busy: 0, cut: 0, unsent: 0 };
  const [times, busy] = [[], []];
  const free = [];
  for (let opened = 0; opened < connections; opened += 64) {
    const some = Array.from({ length: 64 }, () => open(port));
    await Promise.all(some.map(({ ready }) => ready));
    free.push(...some);
  }
  const began = performance.now();
  const under = new Set();
  const send = async (number) => {
    let connection = free.pop();
    if (!connection) return void (counts.unsent += 1);
    const { key, body } = claimOf(number, { coupon: COUPON, run });
    const from = performance.now();
    counts.sent += 1;
    try {
      const { status } = await connection.ask("POST", "/v1/claims", { "idempotency-key": key }, body);
      counts[status === 201 ? "given" : "busy"] += 1;
      (status === 201 ? times : busy).push(performance.now() - from);
    } catch {
      counts.cut += 1;
      connection = open(port);
    }
    free.push(connection);
  };
  for (let number = 0; performance.now() - began < seconds * 1e3;) {
    const due = Math.floor(((performance.now() - began) / 1e3) * rate);
    for (; number < due; number++) {
      const one = send(number).finally(() => under.delete(one));
      under.add(one);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const took = (performance.now() - began) / 1e3;
  const given = counts.given;
  await Promise.all(under);
  for (const connection of free) connection.close();
  return { rate: Math.round(given / took), ...percentiles(times), ...counts, busy_p99: percentiles(busy).p99 };
}

/** Claims inside the object, without messages: so many at once, for so long. */
async function inside({ port }, { many, seconds }) {
  const response = await fetch(`http://127.0.0.1:${port}/burst?many=${many}&seconds=${seconds}`);
  return Math.round((await response.json()).given / seconds);
}

function percentiles(times) {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share) => Math.round(10 * (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)) / 10;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Takes turns with modes, and prints what each came to and how they compare. */
async function turnsOf(title, modes, work) {
  const results = modes.map(() => []);
  for (let round = 0; round < ROUNDS; round++) for (const [place, text] of modes.entries()) results[place].push(await withLedger(text, work));
  const rates = results.map((each) => median(each.map((one) => one.rate ?? one)));
  console.log(`\n${title}`);
  for (const [place, { TURNS, SHARDS = 1 }] of modes.entries()) {
    console.log(`  ${TURNS === "group" ? "group commit        " : "one transaction each"}  ${SHARDS} shard(s)  ${rates[place]} a second, each round: ${results[place].map((one) => (one.rate === undefined ? one : `${one.rate} (p50 ${one.p50}, p99 ${one.p99} ms, ${one.cpu} µs of processor each${one.cut ? `, ${one.cut} cut` : ""})`)).join("; ")}`);
  }
  console.log(`  group commit gives ${(rates[0] / rates[1]).toFixed(1)} times as many`);
  return rates;
}

const BOTH = [{ TURNS: "group" }, { TURNS: "one" }];
await turnsOf("in one object, 256 claims at once, without messages", [{ TURNS: "group" }, { TURNS: "each" }], (ledger) => inside(ledger, { many: 256, seconds: SECONDS }));
await turnsOf("by HTTP, 64 connections", BOTH, (ledger) => closed(ledger, { connections: 64, seconds: SECONDS }));
await turnsOf("by HTTP, 256 connections", BOTH, (ledger) => closed(ledger, { connections: 256, seconds: SECONDS }));
await turnsOf("by HTTP, 64 connections", BOTH.map((mode) => ({ ...mode, SHARDS: 8 })), (ledger) => closed(ledger, { connections: 64, seconds: SECONDS }));

console.log("\nthree times as much as it can take, 8 shards");
for (let round = 0; round < ROUNDS; round++) {
  await withLedger({ SHARDS: 8 }, async (ledger) => {
    const peaks = [await closed(ledger, { connections: 64, seconds: SECONDS }), await closed(ledger, { connections: 256, seconds: SECONDS })];
    const peak = peaks[0].rate > peaks[1].rate ? peaks[0] : peaks[1];
    const patient = await closed(ledger, { connections: 768, seconds: SECONDS, waits: true });
    const over = await opened(ledger, { rate: 3 * peak.rate, seconds: SECONDS, connections: 1_024 });
    const share = (one) => `${Math.round((100 * one.rate) / peak.rate)} %`;
    console.log(`  peak ${peak.rate} a second; 768 clients that wait when told to: ${share(patient)}, ${JSON.stringify(patient)}`);
    console.log(`  ${3 * peak.rate} a second from clients that do not: ${share(over)}, ${JSON.stringify(over)}`);
  });
}

console.log("\nguesses: is a code that is spent answered in another time than one that was never given? (Welch's t; above 4.5 it could be told)");
// A till of its own for each round, since one that guesses has to rest.
await withLedger({ TILLS: GUESSES }, async ({ port }) => {
  const connection = open(port);
  const ask = (path, headers, body) => connection.ask("POST", path, headers, JSON.stringify(body));
  const claimed = [];
  for (let number = 0; number < 50; number++) {
    const { key, body } = claimOf(number, { coupon: COUPON, run: "guess" });
    const { code } = JSON.parse((await ask("/v1/claims", { "idempotency-key": key }, JSON.parse(body))).body);
    await redeem(ask, code, "first");
    claimed.push(code);
  }
  const times = { spent: [], unknown: [] };
  for (let round = 0; round < GUESSES; round++) {
    const mine = claimed[round % claimed.length];
    // Another code of the same form and shard, whose last letter is drawn until its check fits.
    for (const [kind, code] of Math.random() < 0.5 ? [["spent", mine], ["unknown", unknown(mine)]] : [["unknown", unknown(mine)], ["spent", mine]]) {
      const from = performance.now();
      const { status } = await redeem(ask, code, "guess", round + 1);
      times[kind].push(performance.now() - from);
      if (status !== 404) throw new Error(`a guess was answered ${status}`);
    }
  }
  connection.close();
  const [spent, never] = [moments(times.spent), moments(times.unknown)];
  console.log(`  spent ${spent.mean.toFixed(3)} ms, never given ${never.mean.toFixed(3)} ms, ${GUESSES} each: t = ${((spent.mean - never.mean) / Math.sqrt(spent.error ** 2 + never.error ** 2)).toFixed(1)}`);
});

function redeem(ask, code, receipt, till = 1) {
  return ask("/v1/redemptions", { authorization: `Bearer key-${till}` }, { code, till: `till-${till}`, receipt, store: "s-1" });
}

/** A code that was never given, on the same shard. */
function unknown(code) {
  const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const body = code.slice(0, 2) + Array.from({ length: 13 }, () => letters[Math.floor(Math.random() * 32)]).join("");
  return [...letters].map((last) => body + last).find((guess) => serialOf(guess));
}

function moments(times) {
  // What the machine did besides falls on the slowest.
  const kept = [...times].sort((a, b) => a - b).slice(0, Math.floor(times.length * 0.95));
  const mean = kept.reduce((sum, one) => sum + one, 0) / kept.length;
  const variance = kept.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (kept.length - 1);
  return { mean, error: Math.sqrt(variance / kept.length) };
}
