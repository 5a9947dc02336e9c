/**
 * The contest: `node run.mjs [--quick] [section or contestant …]`; without names, all of it.
 *
 * It prints the tables and leaves `contest.md` and `contest.json` in `target/bench/contest`. TACTFUL names the program
 * that compiles packs, CHROMIUM the browser.
 */
import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { asking } from "./asking.mjs";
import { browse } from "./chromium.mjs";
import { coldStart } from "./cold.mjs";
import { loading } from "./loading.mjs";
import { match } from "./match.mjs";
import { needing } from "./needing.mjs";
import * as node from "./node.mjs";
import { observing } from "./observing.mjs";
import { selectivity } from "./oracle.mjs";
import { report } from "./report.mjs";
import { sizes, written } from "./sizes.mjs";
import { IDS, SESSIONS, contestants, payload, place, root, setUp, setUpChain, setUpHousehold, setUpSessions } from "./stage.mjs";
import * as workerd from "./workerd.mjs";
import { CATALOGS } from "./work.mjs";

const SECTIONS = ["node", "chromium", "workerd", "cold", "sizes", "asking", "signals", "loading"];
/** How long it takes its time: milliseconds, rounds, and samples. */
const FULL = { warm: 300, round: 15, rounds: 9, slowest: 2_500, processes: 9, asking: 2_000 };
const QUICK = { warm: 200, round: 5, rounds: 3, slowest: 300, processes: 3, asking: 300 };

await main(process.argv.slice(2));

async function main(words) {
  const unknown = words.find((word) => ![...SECTIONS, ...IDS, "--quick"].includes(word));
  if (unknown !== undefined) throw new Error(`${unknown} is none of ${[...SECTIONS, ...IDS].join(", ")}, --quick`);
  const [sections, ids] = [SECTIONS, IDS].map((all) => all.filter((name) => words.includes(name)));
  const chosen = { sections: new Set(sections.length > 0 ? sections : SECTIONS), ids: ids.length > 0 ? ids : IDS };
  const quick = words.includes("--quick");
  const keys = quick ? ["10", "1000", "10000"] : Object.keys(CATALOGS);
  const results = await contest({ ...chosen, keys, pace: quick ? QUICK : FULL });
  const markdown = report(results);
  await writeFile(await place("contest.json"), `${JSON.stringify(results, null, 1)}\n`);
  await writeFile(await place("contest.md"), markdown);
  console.log(`\n${markdown}`);
}

async function contest({ sections, ids, keys, pace }) {
  const start = performance.now();
  const log = (line) => console.log(`${((performance.now() - start) / 1_000).toFixed(0).padStart(4)} s  ${line}`);
  const everybody = await contestants(ids);
  const tactful = process.env.TACTFUL ?? join(root, "target/release/tactful");
  const works = await setUp(everybody, keys, tactful);
  if (sections.has("asking")) await setUpSessions(tactful);
  log("the work is laid out");
  const all = { contestants: everybody, keys, pace, log };
  const results = {
    contestants: everybody.map(({ id, name }) => [id, name]),
    work: Object.fromEntries(keys.map((key) => [key, selectivity(works[key])])),
    ...(await matches(sections, all)),
  };
  if (sections.has("cold")) results.cold = await coldStart(everybody, pace.processes, log);
  if (sections.has("sizes")) [results.sizes, results.written] = [await sizes(everybody), await written()];
  if (sections.has("signals")) results.signals = await signals(tactful, pace.asking, log);
  if (sections.has("loading")) results.loading = await loading(pace.processes, log);
  return results;
}

async function signals(tactful, duration, log) {
  const catalog = await setUpChain(tactful);
  const pack = await payload({ id: "tactful", packed: true }, "chain");
  const took = await observing(pack, catalog, () => performance.now(), duration);
  log(`a position among ${catalog.stores.length} stores: ${took.positionUs.toFixed(2)} µs`);
  const shop = await setUpHousehold(tactful);
  const needs = await needing(await payload({ id: "tactful", packed: true }, "household"), shop, () => performance.now(), duration);
  log(`needs of ${shop.categories.length} categories: ${needs.needsUs.toFixed(2)} µs`);
  return { ...took, ...needs };
}

/** What runs on several platforms, one platform after the other. */
async function matches(sections, all) {
  const machine = `${cpus().length} cores (${cpus()[0].model.trim()}), Node ${process.version}`;
  const results = { machine, matches: {}, asking: {} };
  const play = async (platform, open) => {
    if (sections.has(platform)) results.matches[platform] = await match({ platform, open, ...all });
  };
  await play("node", node.open);
  if (sections.has("asking")) results.asking.node = await sessions(inNode, all);
  if (sections.has("chromium") || sections.has("asking")) {
    const browser = await browse();
    results.machine += `, Chromium ${browser.version}`;
    await play("chromium", browser.open);
    if (sections.has("asking")) results.asking.chromium = await sessions(browser.asking, all);
    await browser.close();
  }
  await play("workerd", workerd.open);
  return results;
}

async function sessions(ask, { pace, log }) {
  const results = {};
  for (const count of SESSIONS) {
    results[count] = await ask(`session-${count}`, pace.asking);
    log(`ask after observe, ${count} offers: ${results[count].askNs.toFixed(0)} ns`);
  }
  return results;
}

async function inNode(key, duration) {
  return asking(await payload({ id: "tactful", packed: true }, key), () => performance.now(), duration);
}
