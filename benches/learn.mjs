/**
 * Does `tactful learn` find by noised counts what offers are worth, and does it harm where there are few? Simulated people
 * live a year; devices that are drawn from them tell, as `tactful/share` would, of one week in four and one offer.
 *
 *     cargo build --release --features cli && node benches/learn.mjs [people] [times]
 */
import { execFileSync } from "node:child_process";
import { createReadStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createGunzip } from "node:zlib";

const [people = 2_000, times = 5] = process.argv.slice(2).map(Number);
const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "tactful-learn-"));
const catalog = join(root, "examples/nordkorb/catalog.json");
const [pack, log, counts] = ["shop.tact", "log.jsonl.gz", "outcomes.json"].map((name) => join(folder, name));
const tactful = (...args) => execFileSync(join(root, "target/release/tactful"), args, { encoding: "utf8", maxBuffer: 1e9 });

/** As `src/share` has them. */
const TRUTH_PPM = 364_175;
const USEFUL = new Set(["opened", "saved", "claimed", "redeemed", "useful"]);
const [NOT_SHOWN, SHOWN, WAS_USEFUL] = [0, 1, 2];
const DAY_MS = 86_400_000;
const weekOf = (at) => Math.floor((at - 4 * DAY_MS) / (7 * DAY_MS));

/** Chance from a seed: SplitMix32. */
function chance(seed) {
  return () => {
    seed = (seed + 0x9e3779b9) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** What came of each offer in each week of each person: `persons[n].get("week offer")`. */
async function outcomes() {
  const [persons, shown] = [new Map(), new Map()];
  for await (const line of createInterface({ input: createReadStream(log).pipe(createGunzip()) })) {
    const { shopper, signals, decision } = JSON.parse(line);
    if (!persons.has(shopper)) persons.set(shopper, new Map());
    for (const { type, decision: id, reply } of signals) {
      if (type === "reply" && USEFUL.has(reply) && shown.has(id)) persons.get(shopper).set(shown.get(id), WAS_USEFUL);
    }
    if (decision?.kind !== "show") continue;
    const cell = `${weekOf(decision.at)} ${decision.offer.id}`;
    shown.set(decision.id, cell);
    if (!persons.get(shopper).has(cell)) persons.get(shopper).set(cell, SHOWN);
  }
  return [...persons.values()];
}

/** The share of the weeks in which an offer was shown that found it useful, and how many these are. */
function truths(persons) {
  const truth = new Map();
  for (const [cell, outcome] of persons.flatMap((person) => [...person])) {
    const offer = cell.split(" ")[1];
    const [weeks, useful] = truth.get(offer) ?? [0, 0];
    truth.set(offer, [weeks + 1, useful + (outcome === WAS_USEFUL)]);
  }
  return truth;
}

/** Lets devices tell for a year, each of 13 weeks. */
function tell(persons, offers, devices, first, draw) {
  const tallies = offers.map((offer) => ({ offer, not_shown: 0, shown: 0, useful: 0 }));
  const below = (bound) => Math.floor(draw() * bound);
  for (let device = 0; device < devices; device++) {
    const person = persons[below(persons.length)];
    for (let period = 0; period < 13; period++) {
      const tally = tallies[below(offers.length)];
      const happened = person.get(`${first + 4 * period + below(4)} ${tally.offer}`) ?? NOT_SHOWN;
      const told = draw() < TRUTH_PPM / 1e6 ? happened : below(3);
      tally[["not_shown", "shown", "useful"][told]] += 1;
    }
  }
  return { from: first, until: first + 51, truth_ppm: TRUTH_PPM, least_answers: 500, offers: tallies };
}

const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

tactful("compile", catalog, "-o", pack);
tactful("simulate", pack, "--people", `${people}`, "--log", log);
const persons = await outcomes();
const truth = truths(persons);
const offers = JSON.parse(readFileSync(catalog, "utf8")).offers.map(({ id }) => id);
const first = weekOf(Date.parse("2026-12-01T00:00:00Z")) + 1;
console.log("| devices | reports | offers moved | off the truth before | after | useful share of messages | messages a week | useful moments | not written |");
console.log("|---:|---:|---:|---:|---:|---|---|---|---:|");
for (const devices of [1_000, 3_000, 10_000, 30_000, 100_000, 1_000_000]) {
  const rounds = Array.from({ length: times }, (_, nth) => {
    writeFileSync(counts, JSON.stringify(tell(persons, offers, devices, first, chance(devices + nth))));
    const told = JSON.parse(tactful("learn", catalog, "--outcomes", counts, "--seed", "7", "--allow-worse", "--json"));
    const rows = told.outcomes.offers.filter(({ offer }) => truth.has(offer));
    // An offer counts by the weeks in which it was shown.
    const weeks = rows.reduce((sum, { offer }) => sum + truth.get(offer)[0], 0);
    const off = (belief) => Math.sqrt(rows.reduce((sum, row) => {
      const [shown, useful] = truth.get(row.offer);
      return sum + shown * (row[belief] - useful / shown) ** 2 / weeks;
    }, 0));
    const change = (name) => told.differences?.find((one) => one.name === name).change?.value ?? 0;
    return {
      moved: told.outcomes.offers.filter(({ before, after }) => before !== after).length,
      before: off("before"), after: off("after"), fell: told.fell.length > 0,
      share: change("useful_share"), messages: change("messages_a_week"), moments: change("useful_moments"),
    };
  });
  const percent = (name) => `${(100 * mean(rounds.map((round) => round[name]))).toFixed(1)} %`;
  const span = (name) => `${percent(name)} (${[Math.min, Math.max].map((end) => (100 * end(...rounds.map((round) => round[name]))).toFixed(1)).join(" to ")})`;
  console.log(`| ${[devices.toLocaleString("en"), (13 * devices).toLocaleString("en"), mean(rounds.map(({ moved }) => moved)).toFixed(1), percent("before"), percent("after"), span("share"), span("messages"), span("moments"), `${rounds.filter(({ fell }) => fell).length} of ${times}`].join(" | ")} |`);
}
rmSync(folder, { recursive: true });
