/**
 * How long it takes from publishing to the last of so many open pages, what a hub and an isolate give, and what is left under
 * three times as much as they can.
 *
 *   cargo xtask bench live [moments overload shed isolates] [--pages 20] [--clients 980] [--rounds 10] [--seconds 60] [--isolates 8]
 *
 * Everything shares the machine: server, pages, clients, generator. Times are from before the command is started.
 */
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { sessionCatalog } from "../contest/catalog.mjs";
import { server } from "../ledger/workerd.mjs";
import { far } from "./far.mjs";
import { isolates } from "./isolates.mjs";
import { CONNECTIONS, closed, opened, percentiles, resident } from "./load.mjs";
import { openClients, openPages } from "./pages.mjs";
import { ENTRY, OBJECTS, variables } from "./worker.mjs";

const PARTS = { moments, overload, shed, isolates: edges };
const { values, positionals } = parseArgs({ allowPositionals: true, options: { pages: { type: "string", default: "20" }, clients: { type: "string", default: "980" }, rounds: { type: "string", default: "10" }, seconds: { type: "string", default: "60" }, isolates: { type: "string", default: "8" } } });
const [PAGES, CLIENTS, ROUNDS, SECONDS, ISOLATES] = ["pages", "clients", "rounds", "seconds", "isolates"].map((name) => Number(values[name]));
/** Who does not hear for so long is told as missing, ms. */
const PATIENCE_MS = 30_000;
const OFFERS = 1_000;
/** Requests that may wait for an object: few, so that it is seen what becomes of the others. */
const MOST = 16;

const folder = await mkdtemp(join(tmpdir(), "tactful-live-"));
const keys = join(folder, "keys");
await tactful("authority", "new", keys, "--shop", "contest", "--publisher", "anna");
const trust = JSON.parse(await readFile(join(keys, "trust.json"), "utf8"));
const catalogs = await Promise.all([0, 1].map(changed));
const edge = await server({ folder, entry: ENTRY, text: variables({ trust, hubs: 4, most: MOST }), objects: OBJECTS, flags: ["enable_request_signal"] });
const from = `http://127.0.0.1:${edge.port}/`;
try {
  await publish(catalogs[0]);
  for (const part of positionals.length > 0 ? positionals : Object.keys(PARTS)) await PARTS[part]();
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
function told(...given) {
  return toldAt(from, keys, ...given);
}

async function toldAt(to, keys, ...given) {
  const at = Date.now();
  const said = await tactful(...given, "--to", to, "--keys", keys);
  return { version: Number(/version (\d+)/.exec(said)[1]), at, took: Date.now() - at };
}

function publish(catalog) {
  return told("publish", catalog, "--skip-simulation");
}

/** A shop of the same keys, whose log begins anew: runs commands of it. */
async function another(name) {
  const own = join(folder, name);
  await cp(keys, own, { recursive: true });
  await rm(join(own, "seen.json"), { force: true });
  return (to, ...given) => toldAt(to, own, ...given);
}

async function edges() {
  await isolates({ trust, told: await another("isolates"), catalogs, count: ISOLATES, rounds: ROUNDS });
}

async function shed() {
  await far({ folder, trust, told: await another("far"), catalog: catalogs[0], most: MOST, seconds: SECONDS });
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
  const mixes = { "head and pack, from the copy": [["/v1/head"], ["/v1/head"], ["/v1/head"], [`/v1/packs/${sha256}`]], "the log, from the object": [["/v1/log?from=0"]] };
  for (const [name, mix] of Object.entries(mixes)) {
    await closed(edge, MOST, 3, mix);
    const peak = await closed(edge, MOST, 10, mix);
    console.log(`${name}: ${JSON.stringify(peak)}`);
    const over = await opened(edge, 3 * peak.rate, SECONDS, mix);
    console.log(`  three times as many for ${SECONDS} s, over ${CONNECTIONS} connections: goodput ${Math.round((100 * over.rate) / peak.rate)} % of peak, ${Math.round((100 * peak.cpu_us) / over.cpu_us)} % for each second of processor time, ${JSON.stringify(over)}`);
  }
  const { entries } = await (await fetch(new URL("v1/log", from))).json();
  console.log(`  afterwards the log has ${entries.length} entries of ${1 + 3 * ROUNDS}`);
}

