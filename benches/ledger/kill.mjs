/**
 * Claims under kill -9: clients remember what they were promised, workerd is killed at random times and started again on the
 * same folder, and in the end every row is held against every promise.
 *
 *   cargo xtask bench ledger --claims 50000 --kills 30 [--connections 64] [--shards 8] [--minutes 20]
 *   node benches/ledger/kill.mjs [--claims 50000] [--kills 30] [--connections 64] [--shards 8]
 *
 * After so many minutes no new claim begins. Ends with 1 where more was given than there is, a promise was lost, or an answer changed.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { claimAll, claimOf, oracle, spend } from "./clients.mjs";
import { open } from "./connection.mjs";
import { server } from "./workerd.mjs";
import { COUPON, ENTRY, OBJECTS, variables } from "./worker.mjs";

/** So many of a hundred claims are by somebody who has one; shares of those given that are asked for again, and redeemed; of these held before. */
const [SECOND_CLAIMS, REPEATED, REDEEMED, HELD] = [3, 0.02, 0.05, 0.5];
/** Answered claims that are asked for again at the end, at most. */
const SAMPLE = 2_000;

/**
 * Runs it, and tells what came of it. `broken`: lines of the package to replace, see `mutants.mjs`; `quiet`: what workerd says of
 * it is not shown; `seconds`: what takes longer is stuck, as where a broken ledger has lost what it kept and lends nothing.
 */
export async function kill({ claims, kills, connections = 64, shards = 8, share = 0.6, broken, quiet = false, minutes = Infinity, seconds, log = () => {} }) {
  const folder = await mkdtemp(join(tmpdir(), "tactful-ledger-"));
  const budget = Math.round(claims * share);
  const truth = oracle(claims);
  const began = performance.now();
  const workerd = await server({ folder, entry: ENTRY, text: variables({ budget, shards }), objects: OBJECTS, broken, quiet });
  let isStuck = false;
  const stuck = () => {
    isStuck = true;
    void workerd.kill();
  };
  const limit = seconds && setTimeout(stuck, seconds * 1_000);
  try {
    const recoveries = [];
    const killer = killing(workerd, { claims, kills, recoveries, log });
    const run = { port: () => workerd.port, connections, coupon: COUPON, again: SECOND_CLAIMS, truth };
    const enough = () => performance.now() - began > minutes * 60_000;
    const sent = await claimAll({ ...run, to: claims, repeat: REPEATED, redeem: REDEEMED, held: HELD, answered: killer.answered, enough, over: () => isStuck });
    if (isStuck) return { isStuck };
    await killer.done(sent < claims);
    // What the last kill may have cost is seen after it.
    await workerd.kill();
    await workerd.start();
    const ms = performance.now() - began;
    const step = Math.max(1, Math.floor(claims / SAMPLE));
    for (let number = 0; number < claims; number += step) if (truth.isGiven(number)) await again(workerd.port, number, truth);
    const connection = open(workerd.port);
    for (const [number, { till, token }] of [...truth.grants].slice(0, SAMPLE)) {
      const job = { number, till, token, act: "redeem" };
      truth.spent(job, await spend(connection, job));
    }
    connection.close();
    const audited = await audit({ workerd, truth, claims, shards, budget });
    const sorted = recoveries.sort((a, b) => a - b);
    const at = (share) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
    return { claims: sent, budget, kills: killer.count(), seconds: Math.round(ms / 1e3), recovery_ms: { p50: at(0.5), p99: at(0.99), max: at(1) }, ...truth.counts, ...audited };
  } catch (error) {
    if (isStuck) return { isStuck };
    throw error;
  } finally {
    clearTimeout(limit);
    await workerd.close().catch(() => {});
    await rm(folder, { recursive: true, force: true });
  }
}

/** Kills when so many answers have come, at places drawn by chance, and a moment drawn by chance after that. */
function killing(workerd, { claims, kills, recoveries, log }) {
  const places = Array.from({ length: kills }, () => Math.floor(Math.random() * claims)).sort((a, b) => a - b);
  let [answers, killed, busy] = [0, 0, Promise.resolve()];
  let running = false;
  const once = async () => {
    running = true;
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
    const from = performance.now();
    await workerd.kill();
    await workerd.start();
    recoveries.push(performance.now() - from);
    killed += 1;
    if (killed % 50 === 0) log(`${killed} kills, ${answers} answers`);
    running = false;
  };
  const answered = () => {
    answers += 1;
    if (running || places.length === 0 || answers < places[0]) return;
    places.shift();
    busy = once();
    // Whoever waits for it hears of it; who gave up does not.
    busy.catch(() => {});
  };
  const done = async (isEarly) => {
    await busy;
    // Places that came while another kill was on its way.
    while (!isEarly && places.pop() !== undefined) await once();
  };
  return { answered, done, count: () => killed };
}

async function again(port, number, truth) {
  const connection = open(port);
  const { key, body } = claimOf(number, { coupon: COUPON, again: SECOND_CLAIMS });
  truth.told(number, await connection.ask("POST", "/v1/claims", { "idempotency-key": key }, body), false);
  connection.close();
}

/** Holds every row against what clients were told: rows that nobody was told of are fine, promises without a row are not. */
async function audit({ workerd, truth, claims, shards, budget }) {
  const payloads = new Map();
  const serials = new Set();
  let rows = 0;
  for (let shard = 0; shard < shards; shard++) {
    for (let after = 0; ;) {
      const page = await (await fetch(`http://127.0.0.1:${workerd.port}/rows?shard=${shard}&after=${after}`)).json();
      if (page.length === 0) break;
      for (const { serial, payload } of page) {
        rows += 1;
        serials.add(serial);
        payloads.set(payload, (payloads.get(payload) ?? 0) + 1);
      }
      after = page.at(-1).row;
    }
  }
  const promised = truth.payloads();
  const missing = promised.filter((payload) => !payloads.has(payload)).length;
  const doubled = promised.length - new Set(promised).size;
  const told = await (await fetch(`http://127.0.0.1:${workerd.port}/v1/coupons/${COUPON}/budget`, { headers: { authorization: "Bearer shop-key" } })).json();
  return { rows, over: Math.max(0, rows - budget), missing, doubled, same_serial: rows - serials.size, counted: told.issued, leased: told.leased, granted: truth.grants.size, redeemed: told.redeemed };
}

/** What is wrong with a run, in words; nothing where all is well. */
export function verdict({ isStuck, over, lost, twice, taken, granted, redeemed, changed, odd, missing, doubled, same_serial, rows, counted, leased, budget, given }) {
  if (isStuck) return ["it did not end"];
  const wrong = [];
  const say = (count, what) => count > 0 && wrong.push(`${count} ${what}`);
  say(over, "given above the budget");
  say(lost.length, "promises refused later");
  say(missing, "promises without a row");
  say(changed.length, "answers changed");
  say(twice.length, "coupons redeemed twice");
  say(taken.length, "coupons taken from the till that held them");
  say(Math.abs(granted - redeemed), `between ${granted} granted and ${redeemed} redeemed`);
  say(doubled, "claims with the token of another");
  say(same_serial, "rows with the serial of another");
  say(odd.length, `answers that should not be: ${JSON.stringify(odd[0])}`);
  say(Math.max(0, given - rows), "promises more than rows");
  say(Math.abs(rows - counted), `between ${rows} rows and ${counted} counted`);
  say(Math.max(0, counted + leased - budget), "issued and leased above the budget");
  return wrong;
}

/** Runs it as told on the command line. */
export async function main() {
  const number = (fallback) => ({ type: "string", default: String(fallback) });
  const { values } = parseArgs({ options: { claims: number(50_000), kills: number(30), connections: number(64), shards: number(8), minutes: number(Infinity) } });
  const plan = Object.fromEntries(Object.entries(values).map(([name, text]) => [name, Number(text)]));
  const told = await kill({ ...plan, log: (line) => console.error(line) });
  const wrong = verdict(told);
  console.log(JSON.stringify({ ...told, lost: told.lost.length, changed: told.changed.length, twice: told.twice.length, taken: told.taken.length, odd: told.odd.length }, null, 2));
  console.log(wrong.length === 0 ? `ok: ${told.claims} claims, ${told.kills} kills, ${told.rows} of ${told.budget} given, ${told.held} held, ${told.redeemed} redeemed, nothing lost, nothing changed` : `wrong: ${wrong.join("; ")}`);
  process.exitCode = wrong.length === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
