/**
 * Does `tactful evaluate` find what another pack is really worth? Simulated shoppers whose replies have known chances are
 * asked once each, logged under one pack and, many more of them, shown what other packs choose.
 *
 *     cargo xtask build && node benches/evaluate.mjs [logs] [shoppers of a log] [shoppers of the truth]
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { load } from "tactful";
import { logDecisions } from "tactful/log";

const [logs = 100, people = 1_000, many = 40_000] = process.argv.slice(2).map(Number);
const root = fileURLToPath(new URL("..", import.meta.url));
const program = join(root, "target/debug/tactful");
const folder = mkdtempSync(join(tmpdir(), "tactful-evaluate-"));
const START = Date.parse("2026-11-21T09:00:00+02:00");
const TERMS = ["coffee", "pasta", "apples", "bread", "milk", undefined];

/** What each pack changes of the example, in which every minute may speak. */
const OTHERS = {
  same: () => {},
  margin: (catalog) => (catalog.goals = { usefulness: 20, margin: 70, reach: 10 }),
  dear: (catalog) => (catalog.cadence.interruption_cost = 0.2),
  doubt: (catalog) => (catalog.offers.find(({ id }) => id === "welcome-basket").usefulness = { mean: 0.02, weight: 20 }),
};

function compiled(name, change) {
  const catalog = JSON.parse(readFileSync(join(root, "examples/nordkorb/catalog.json"), "utf8"));
  catalog.cadence.gap_minutes = 0;
  change(catalog);
  const [source, pack] = [`${name}.json`, `${name}.tact`].map((file) => join(folder, file));
  writeFileSync(source, JSON.stringify(catalog));
  execFileSync(program, ["compile", source, "-o", pack]);
  return readFileSync(pack);
}

/** Chance from a seed: SplitMix32. */
function chance(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** The true chance that an offer is useful to who searched for `term`: anything from 0.1 to 0.6. */
function truth(offer, term = "") {
  const mixed = [...offer, ...term].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 16777619), 2166136261);
  return 0.1 + (0.5 * (mixed >>> 0)) / 2 ** 32;
}

/** Asks once for each of so many shoppers; the useful messages of an ask, and the log. */
async function asked(pack, shoppers, seed) {
  const engine = await load({ pack, seed: 1, now: START });
  const ids = [...readFileSync(join(root, "examples/nordkorb/catalog.json"), "utf8").matchAll(/"id": "(nk-\d+)"/g)].map(([, id]) => id);
  const lines = [];
  let useful = 0;
  for (let shopper = 0; shopper < shoppers; shopper++) {
    const draw = chance(seed * 1_000_003 + shopper);
    const one = (list) => list[Math.floor(draw() * list.length)];
    const fork = engine.fork({ seed: seed * 1_000_000 + shopper, now: START });
    const tact = logDecisions(fork, { pack, shopper: `${shopper}`, write: (line) => lines.push(line) });
    const term = one(TERMS);
    tact.observe({ type: "view_item", at: START + 1_000, items: [{ item_id: one(ids) }] });
    if (term) tact.observe({ type: "search", at: START + 9_000, search_term: term });
    tact.observe({ type: "add_to_cart", at: START + 9_500, items: [{ item_id: one(ids), price: 2.5 }] });
    const decision = tact.ask(one(["home", "basket"]), START + 10_000);
    if (decision.kind === "show" && draw() < truth(decision.offer.id, term)) {
      useful += 1;
      tact.reply(decision.id, "useful", START + 20_000);
    }
    tact.free();
  }
  return { useful: useful / shoppers, lines };
}

const packs = Object.fromEntries(Object.entries(OTHERS).map(([name, change]) => [name, compiled(name, change)]));
const rows = {};
for (const [name, pack] of Object.entries(packs)) {
  rows[name] = { truth: (await asked(pack, many, 1)).useful, found: {}, verdicts: {} };
}
for (let nth = 0; nth < logs; nth++) {
  writeFileSync(join(folder, "log.jsonl"), (await asked(packs.same, people, 2 + nth)).lines.join("\n"));
  for (const [name, row] of Object.entries(rows)) {
    const args = ["evaluate", "log.jsonl", `${name}.tact`, "--pack", "same.tact", "--json"];
    const told = JSON.parse(execFileSync(program, args, { cwd: folder }));
    row.verdicts[told.verdict] = (row.verdicts[told.verdict] ?? 0) + 1;
    for (const estimator of ["ips", "snips", "direct", "doubly_robust"]) {
      const { value, bootstrap, normal } = told.useful[estimator];
      const found = (row.found[estimator] ??= { sum: 0, squares: 0, bootstrap: 0, normal: 0 });
      found.sum += value;
      found.squares += (value - row.truth) ** 2;
      found.bootstrap += bootstrap[0] <= row.truth && row.truth <= bootstrap[1] ? 1 : 0;
      found.normal += normal[0] <= row.truth && row.truth <= normal[1] ? 1 : 0;
    }
  }
  if (process.stderr.isTTY) process.stderr.write(`\r${nth + 1} of ${logs} logs`);
}
rmSync(folder, { recursive: true });

const thousand = (value) => (1_000 * value).toFixed(1);
console.log(`useful messages per 1,000 asks; ${logs} logs of ${people} shoppers, truth from ${many}\n`);
console.log("| pack | truth | estimator | mean | root mean square error | truth in bootstrap, normal interval | verdicts |");
console.log("|---|---:|---|---:|---:|---:|---|");
for (const [name, { truth, found, verdicts }] of Object.entries(rows)) {
  for (const [estimator, { sum, squares, bootstrap, normal }] of Object.entries(found)) {
    const inside = [bootstrap, normal].map((count) => `${Math.round((100 * count) / logs)} %`).join(", ");
    const told = estimator === "ips" ? Object.entries(verdicts).map(([verdict, count]) => `${verdict} ${count}`).join(", ") : "";
    const row = [name, thousand(truth), estimator, thousand(sum / logs), thousand(Math.sqrt(squares / logs)), inside, told];
    console.log(`| ${row.join(" | ")} |`);
  }
}
