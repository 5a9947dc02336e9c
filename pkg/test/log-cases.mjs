/** Plays shared cases with their decisions logged, on any host: nothing here is Node's or the browser's. */
import { runCase } from "./run-case.mjs";

/** Returns the lines of one log of all cases, each with a shopper of its own. */
export async function logCases(cases, pack, load, logDecisions) {
  const lines = [];
  for (const [place, one] of cases.entries()) {
    const write = (line) => lines.push(line);
    const start = async (options) => logDecisions(await load(options), { pack, write, shopper: `case ${place}` });
    const { failures } = await runCase(one, pack, start);
    if (failures.length > 0) throw new Error(`${one.name}: ${failures.join("; ")}`);
  }
  return lines;
}
