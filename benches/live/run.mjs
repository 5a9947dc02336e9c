/**
 * How long it takes from publishing to the last of so many open pages, what a hub and an isolate give, and what is left under
 * three times as much as they can.
 *
 *   cargo xtask bench live [--pages 20] [--clients 980] [--rounds 10] [--seconds 60]
 *
 * Everything shares the machine: server, pages, clients, generator. Times are from before the command is started.
 */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { sessionCatalog } from "../contest/catalog.mjs";
import { open } from "../ledger/connection.mjs";
import { server } from "../ledger/workerd.mjs";
import { openClients, openPages } from "./pages.mjs";
import { ENTRY, OBJECTS, variables } from "./worker.mjs";

const { values } = parseArgs({ options: { pages: { type: "string", default: "20" }, clients: { type: "string", default: "980" }, rounds: { type: "string", default: "10" }, seconds: { type: "string", default: "60" } } });
const [PAGES, CLIENTS, ROUNDS, SECONDS] = ["pages", "clients", "rounds", "seconds"].map((name) => Number(values[name]));
/** Who does not hear for so long is told as missing, ms. */
const PATIENCE_MS = 30_000;
const OFFERS = 1_000;
/** Requests that may wait for an object: few, so that it is seen what becomes of the others. */
const MOST = 16;
/** Of the generator, when it asks for more than there is. */
const CONNECTIONS = 256;

const folder = await mkdtemp(join(tmpdir(), "tactful-live-"));
const keys = join(folder, "keys");
await tactful("authority", "new", keys, "--shop", "contest", "--publisher", "anna");
const trust = JSON.parse(await readFile(join(keys, "trust.json"), "utf8"));
const catalogs = await Promise.all([0, 1].map(changed));
const edge = await server({ folder, entry: ENTRY, text: variables({ trust, hubs: 4, most: MOST }), objects: OBJECTS, flags: ["enable_request_signal"] });
const from = `http://127.0.0.1:${edge.port}/`;
try {
  await publish(catalogs[0]);
  await moments();
  await overload();
} finally {
  await edge.kill();
  await rm(folder, { recursive: true, force: true });
}
process.exit();

/** A catalog of 1,000 offers, of which one says something else. */
async function changed(number) {
  const catalog = sessionCatalog(OFFERS);
  catalog.offers.at(-1).creative.en.title = `Offer of minute ${number}`;
  const file = join(folder, `${number}.json`);
  await writeFile(file, JSON.stringify(catalog));
  return file;
}

async function tactful(...given) {
  return (await promisify(execFile)(process.env.TACTFUL ?? "target/release/tactful", given)).stdout;
}

/** Publishes, and tells the version, and when the command began and how long it took. */
async function told(...given) {
  const at = Date.now();
  const said = await tactful(...given, "--to", from, "--keys", keys);
  return { version: Number(/version (\d+)/.exec(said)[1]), at, took: Date.now() - at };
}

function publish(catalog) {
  return told("publish", catalog, "--skip-simulation");
}

/** The newest head's own words. */
async function entry() {
  const { signed } = await (await fetch(new URL("v1/head", from))).json();
  return JSON.parse(JSON.parse(signed).entry);
}

/** Publishes changed packs and stopped offers in turns, to pages that decide and clients that have the pack. */
async function moments() {
  const before = resident(edge.pid);
  const { packs: [{ sha256 }] } = await entry();
  const pack = Buffer.from(await (await fetch(new URL(`v1/packs/${sha256}`, from))).arrayBuffer());
  const pages = await openPages(PAGES, { from, trust, placement: "place-0" });
  const clients = await openClients(CLIENTS, { port: edge.port, pack });
  const each = Math.round((resident(edge.pid) - before) / (PAGES + CLIENTS));
  console.log(`${PAGES} pages in Chromium and ${CLIENTS} clients listen at 4 hubs: ${each} KB of workerd's memory each`);
  const times = { "new pack: Chromium decides": [], "new pack: clients have it": [], "stopped: the card is gone": [], "stopped: clients know": [], "the command is done": [] };
  for (let round = 1; round <= ROUNDS; round++) {
    const change = await publish(catalogs[round % 2]);
    await heard(pages, "decided", change, times["new pack: Chromium decides"]);
    await heard(clients, "pack", change, times["new pack: clients have it"]);
    const kill = await told("stop", "always");
    await heard(pages, "closed", kill, times["stopped: the card is gone"]);
    await heard(clients, "head", kill, times["stopped: clients know"]);
    times["the command is done"].push(change.took, kill.took);
    await told("stop", "always", "--resume");
  }
  console.log(`${ROUNDS} times \`tactful publish\` of one changed offer in ${OFFERS}, and \`tactful stop\`; ms from the start of the command`);
  for (const [name, all] of Object.entries(times)) console.log(`  ${name.padEnd(28)} ${JSON.stringify(percentiles(all))}`);
  // The command compiles, finds what changed and signs before anybody can hear of it.
  for (const [name, open, kind, stops] of [["Chromium decides", pages, "decided", false], ["clients have it", clients, "pack", false], ["the card is gone", pages, "closed", true], ["clients know", clients, "head", true]]) {
    console.log(`  ${name}, after the first page heard: ${JSON.stringify(percentiles(await since(open, kind, stops ? 1 : 0, [pages, clients])))}`);
  }
  const faults = [...(await pages.seen()), ...clients.seen()].flat().filter(({ kind }) => kind.startsWith("fault"));
  console.log(`  faults told: ${faults.length}${faults.length > 0 ? `, the first ${faults[0].kind}` : ""}`);
  clients.close();
  await pages.close();
}

/** How long after the first of all heard of a head each was done with it; heads come in threes: a pack, a stop, its end. */
async function since(open, kind, place, all) {
  const heads = (await Promise.all(all.map((one) => one.seen()))).flat(2).filter((one) => one.kind === "head");
  const first = new Map();
  for (const { version, at } of heads) first.set(version, Math.min(at, first.get(version) ?? at));
  const isOf = ({ version }) => version > 1 && (version - 2) % 3 === place;
  const ends = (await open.seen()).map((seen) => [...new Map(seen.filter((one) => one.kind.startsWith(kind) && isOf(one)).map((one) => [one.version, one])).values()]);
  return ends.flat().map(({ version, at }) => at - first.get(version));
}

/** Waits until all saw a version, and adds how long each took. */
async function heard(open, kind, { version, at }, times) {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = (await open.seen()).map((seen) => seen.find((one) => one.version === version && one.kind.startsWith(kind)));
    if (found.every(Boolean)) return void times.push(...found.map((one) => one.at - at));
    const faults = (await open.seen()).flat().filter(({ kind }) => kind.startsWith("fault"));
    if (Date.now() > until) throw new Error(`${faults.length} faults, the first ${faults[0]?.kind}; ${found.filter((one) => !one).length} of ${found.length} did not hear of version ${version}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Finds what the worker gives, then asks for three times as much. */
async function overload() {
  const { packs: [{ sha256 }] } = await entry();
  const mixes = { "head and pack, from the copy": ["v1/head", "v1/head", "v1/head", `v1/packs/${sha256}`], "the log, from the object": ["v1/log?from=0"] };
  for (const [name, mix] of Object.entries(mixes)) {
    await closed(MOST, 3, mix);
    const peak = await closed(MOST, 10, mix);
    console.log(`${name}: ${JSON.stringify(peak)}`);
    const over = await opened(3 * peak.rate, SECONDS, mix);
    console.log(`  three times as many for ${SECONDS} s, over ${CONNECTIONS} connections: goodput ${Math.round((100 * over.rate) / peak.rate)} % of peak, ${Math.round((100 * peak.cpu_us) / over.cpu_us)} % for each second of processor time, ${JSON.stringify(over)}`);
  }
  const { entries } = await (await fetch(new URL("v1/log", from))).json();
  console.log(`  afterwards the log has ${entries.length} entries of ${1 + 3 * ROUNDS}`);
}

/** Asks over so many connections, each the next as soon as one is answered. */
async function closed(connections, seconds, mix) {
  const [times, shed] = [[], []];
  const before = processor(edge.pid);
  const until = performance.now() + seconds * 1e3;
  const client = async (_, number) => {
    const connection = open(edge.port);
    for (; performance.now() < until; number++) {
      const at = performance.now();
      const { status } = await connection.ask("GET", `/${mix[number % mix.length]}`);
      (status === 200 ? times : shed).push(performance.now() - at);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: connections }, client));
  const cpu = Math.round(((processor(edge.pid) - before) / Math.max(1, times.length)) * 1e6);
  return { rate: Math.round(times.length / seconds), cpu_us: cpu, cores: Number(((cpu * times.length) / seconds / 1e6).toFixed(2)), ...percentiles(times), ...(shed.length > 0 && { shed: shed.length }) };
}

/** Starts a request every so often, whatever became of those before, over connections that are free. */
async function opened(rate, seconds, mix) {
  const [times, shed, free, under] = [[], [], [], new Set()];
  for (let count = 0; count < CONNECTIONS; count += 64) {
    const some = Array.from({ length: 64 }, () => open(edge.port));
    await Promise.all(some.map(({ ready }) => ready));
    free.push(...some);
  }
  let [cut, unsent] = [0, 0];
  const send = async (number) => {
    let connection = free.pop();
    if (!connection) return void (unsent += 1);
    const at = performance.now();
    try {
      const { status } = await connection.ask("GET", `/${mix[number % mix.length]}`);
      (status === 200 ? times : shed).push(performance.now() - at);
    } catch {
      cut += 1;
      connection = open(edge.port);
    }
    free.push(connection);
  };
  const [began, before] = [performance.now(), processor(edge.pid)];
  for (let number = 0; performance.now() - began < seconds * 1e3; ) {
    for (const due = Math.floor(((performance.now() - began) / 1e3) * rate); number < due; number++) {
      const one = send(number).finally(() => under.delete(one));
      under.add(one);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const given = times.length;
  const busy = processor(edge.pid) - before;
  await Promise.all(under);
  for (const connection of free) connection.close();
  return { rate: Math.round(given / seconds), cpu_us: Math.round((busy / Math.max(1, given)) * 1e6), cores: Number((busy / seconds).toFixed(2)), ...percentiles(times), shed: shed.length, shed_p50: percentiles(shed).p50, shed_p99: percentiles(shed).p99, cut, unsent };
}

function percentiles(times) {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share) => sorted.length > 0 && Number(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1));
  return { p50: at(0.5), p99: at(0.99), max: at(1), of: sorted.length };
}

/** Seconds of processor time that a process has had, where the system tells (Linux): it counts 100 to a second. */
function processor(pid) {
  const fields = stat(pid, "stat").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100 || 0;
}

/** Kilobytes of memory of a process, where the system tells. */
function resident(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(stat(pid, "status"))?.[1] ?? 0);
}

function stat(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
