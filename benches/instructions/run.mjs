/**
 * Counts the instructions of decisions, and holds the bound of `tactful compile --report` against them.
 *
 * `cargo xtask bench instructions`: the table; ends with 1 where a decision exceeds its bound. `--fit`: also what one
 * of each kind of work costs, from the families alone, with 15 % more, for `src/author/budget.rs`.
 */
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fit } from "./fit.mjs";
import { FAMILIES, MIXTURES } from "./catalogs.mjs";
import { metered, watchInstances } from "./meter.mjs";
import { live, NOW, PAST } from "./shopper.mjs";

const COMMAND = process.env.TACTFUL ?? "target/release/tactful";
/** What the bound has more than was measured. */
const ROOM = 1.15;

const executed = watchInstances();
const module = metered(await readFile(new URL("../../pkg/dist/core.wasm", import.meta.url)));
const { load } = await import("../../pkg/dist/slim.js");

/** Compiles a catalog: the pack, and what its report says of the first placement. */
async function compiled(folder, catalog) {
  const [from, to] = [join(folder, "catalog.json"), join(folder, "catalog.tact")];
  await writeFile(from, JSON.stringify(catalog));
  const told = execFileSync(COMMAND, ["compile", from, "-o", to, "--report", "--json"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  const { placements: [first], budget } = JSON.parse(told).report;
  // NOTE: every ask that is counted is the first of its session, so it learns anew.
  return { pack: await readFile(to), ...first, instructions: first.instructions + budget.learning };
}

/** The instructions of the dearest of three asks, each of a session of its own that has kept nothing; the placement is compiled. */
async function dearest(pack, state) {
  const engine = await load({ module, pack, seed: 1, now: NOW });
  engine.ask("here", NOW);
  const asks = Array.from({ length: 3 }, (_, nth) => {
    const session = engine.fork({ state, seed: 1, now: NOW });
    const before = executed();
    session.ask("here", NOW + 100 * (nth + 1));
    const took = executed() - before;
    session.free();
    return took;
  });
  return Math.max(...asks);
}

async function main(fits) {
  const folder = await mkdtemp(join(tmpdir(), "instructions-"));
  const past = await compiled(folder, PAST);
  const state = live(await load({ module, pack: past.pack, seed: 1, now: NOW - 300 * 86_400_000 }));
  const count = async (name, catalog) => {
    const { pack, counts, instructions: most } = await compiled(folder, catalog);
    const one = { name, counts, most, got: await dearest(pack, state) };
    console.log(row(one));
    return one;
  };
  console.log(row({ name: "decisions over", got: "instructions", most: "at most" }));
  const families = [];
  for (const [name, kind, sizes, catalog] of FAMILIES) {
    const counted = [];
    for (const size of sizes) counted.push(await count(`${name}: ${size}`, catalog(size)));
    families.push({ kind, sizes: counted });
  }
  const mixtures = [];
  for (const [name, catalog] of Object.entries(MIXTURES)) mixtures.push(await count(name, catalog()));
  await rm(folder, { recursive: true });
  if (fits) console.log(JSON.stringify(fit(families, ROOM), null, 1));
  const over = [...families.flatMap(({ sizes }) => sizes), ...mixtures].filter(({ got, most }) => got > most);
  console.log(over.length === 0 ? "every decision is within its bound" : `${over.length} decisions exceed their bound`);
  process.exitCode = over.length === 0 ? 0 : 1;
}

function row({ name, got, most }) {
  const share = typeof got === "number" ? `${Math.round((100 * got) / most)} %` : "";
  return `${name.padEnd(48)}${String(got).padStart(14)}${String(most).padStart(14)}${share.padStart(8)}`;
}

await main(process.argv.includes("--fit"));
