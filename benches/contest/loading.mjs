/**
 * Loading 10,000 offers in a fresh process: the pack beside `JSON.parse` of the catalog it was made from; and the
 * memory.
 *
 * The module is compiled before, as it is on every page view but the first.
 */
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { createEngine } from "../../pkg/dist/engine.js";
import { instantiate } from "../../pkg/dist/core.js";
import { core } from "./bundle.mjs";
import { fresh } from "./cold.mjs";
import { momentsText, payload, place } from "./stage.mjs";
import { median } from "./stopwatch.mjs";

const KEY = "10000";

/** Medians over so many processes: milliseconds, and bytes of the module's memory. */
export async function loading(rounds, log) {
  const samples = [];
  for (let round = 0; round < rounds; round++) samples.push(await fresh("loading.mjs", [round % 2 ? "pack" : "json"]));
  const middle = (name) => median(samples.map(({ [name]: value }) => value));
  const result = Object.fromEntries(Object.keys(samples[0]).map((name) => [name, middle(name)]));
  log(`10,000 offers: pack ${result.packMs.toFixed(2)} ms, JSON.parse ${result.jsonMs.toFixed(2)} ms`);
  return result;
}

async function sample(first) {
  const module = await WebAssembly.compile(await core());
  const pack = await payload({ id: "tactful", packed: true }, KEY);
  const json = await readFile(await place("tactful", `${KEY}.json`), "utf8");
  let [instance, engine] = [];
  const load = () => { engine = createEngine(() => (instance = instantiate(module)), pack, { seed: 1, now: 0 }); };
  const parse = () => JSON.parse(json).offers.length;
  const times = first === "pack" ? [timed(load), timed(parse)] : [timed(parse), timed(load)].reverse();
  const moments = JSON.parse(await momentsText("tactful", KEY));
  for (const { context, placement, now } of moments) engine.askIn(context, placement, now);
  const [packMs, jsonMs] = times;
  return { packMs, jsonMs, packBytes: pack.length, jsonBytes: json.length, ...memory(module, instance) };
}

/** Bytes of memory with the catalog in use, and of a module that was only just started. */
function memory(module, { memory }) {
  return { memory: memory.buffer.byteLength, emptyMemory: instantiate(module).memory.buffer.byteLength };
}

function timed(work) {
  const start = performance.now();
  work();
  return performance.now() - start;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) console.log(JSON.stringify(await sample(process.argv[2])));
