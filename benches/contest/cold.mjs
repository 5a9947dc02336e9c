/**
 * The cold start: a fresh process of Node imports one bundled file, reads and loads the catalog of 1,000 offers, and
 * makes its first decision. Starting Node itself is not in it; compiling what is to be compiled is.
 */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { forNode } from "./bundle.mjs";
import { shuffled } from "./match.mjs";
import { here, momentsText, payloadFile, place } from "./stage.mjs";
import { median } from "./stopwatch.mjs";

const KEY = "1000";

/** Milliseconds to the first decision by contestant: the median of so many fresh processes each, started in turns. */
export async function coldStart(contestants, rounds, log) {
  const starts = await Promise.all(contestants.map(ready));
  for (let round = 0; round < rounds; round++) {
    for (const { command, times, id } of shuffled(starts)) {
      const { ms, right } = await fresh("cold.mjs", command);
      if (!right) throw new Error(`${id}: the first decision is wrong`);
      times.push(ms);
    }
  }
  const results = Object.fromEntries(starts.map(({ id, times }) => [id, { ms: median(times) }]));
  log(`cold start: ${starts.map(({ id }) => `${id} ${results[id].ms.toFixed(1)} ms`).join(", ")}`);
  return results;
}

async function ready(one) {
  const command = [await forNode(one), await payloadFile(one, KEY), await place(one.id, `${KEY}.moments.json`)];
  return { id: one.id, command, times: [] };
}

/** Runs a script of ours in a process of its own; it prints JSON. */
export async function fresh(script, values = []) {
  const env = { ...process.env, NODE_ENV: "production" };
  const { stdout } = await promisify(execFile)(process.execPath, [join(here, script), ...values], { env });
  return JSON.parse(stdout);
}

async function firstDecision(bundle, payload, moments) {
  const shown = JSON.parse(await readFile(moments, "utf8")).find(({ answer }) => answer !== null);
  const { context, placement, now, answer } = shown;
  const encoding = payload.endsWith(".json") ? "utf8" : undefined;
  const start = performance.now();
  const { load } = await import(pathToFileURL(bundle).href);
  const decide = await load(await readFile(payload, encoding));
  const right = decide(context, placement, now) === answer;
  return { ms: performance.now() - start, right };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(JSON.stringify(await firstDecision(...process.argv.slice(2))));
}
