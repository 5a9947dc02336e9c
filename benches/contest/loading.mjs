/**
 * Loading 10,000 offers in a fresh process: the pack beside `JSON.parse` of the catalog it was made from; and the
 * memory.
 *
 * The pack is loaded by `load` of an instance that is there, twice, since V8 compiles a function of a module when
 * it is first called: `freshMs` is the first load in the process and has that in it, `packMs` is the next, into an
 * instance of its own. `JSON.parse` runs once, before or after both, in turns. Making the module and the instance is in
 * the cold start, where everything counts.
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
const NO_STATE = new Uint8Array();

/** Medians over so many processes: milliseconds, and bytes of the module's memory. */
export async function loading(rounds, log) {
  const samples = [];
  for (let round = 0; round < rounds; round++) samples.push(await fresh("loading.mjs", [round % 2 ? "pack" : "json"]));
  const middle = (name) => median(samples.map(({ [name]: value }) => value));
  const result = Object.fromEntries(Object.keys(samples[0]).map((name) => [name, middle(name)]));
  const [warm, cold, json] = [result.packMs, result.freshMs, result.jsonMs].map((ms) => ms.toFixed(2));
  log(`10,000 offers: pack ${warm} ms, in an unused module ${cold} ms, JSON.parse ${json} ms`);
  return result;
}

async function sample(first) {
  const module = await WebAssembly.compile(await core());
  const pack = await payload({ id: "tactful", packed: true }, KEY);
  const json = await readFile(await place("tactful", `${KEY}.json`), "utf8");
  const load = (pack) => {
    const instance = instantiate(module);
    return timed(() => instance.load(pack, NO_STATE, 1, 0, 0));
  };
  const parse = () => timed(() => JSON.parse(json));
  const [early] = first === "json" ? [parse()] : [];
  const [freshMs, packMs] = [load(pack), load(pack)];
  const jsonMs = early ?? parse();
  return { packMs, freshMs, jsonMs, packBytes: pack.length, jsonBytes: json.length, ...await memory(module, pack) };
}

/** Bytes of memory with the catalog in use, and of a module that was only just started. */
async function memory(module, pack) {
  let instance;
  const moments = JSON.parse(await momentsText("tactful", KEY));
  const engine = createEngine(() => (instance = instantiate(module)), pack, { seed: 1, now: moments[0].now });
  for (const { context, placement, now } of moments) engine.askIn(context, placement, now);
  return { memory: instance.memory.buffer.byteLength, emptyMemory: instantiate(module).memory.buffer.byteLength };
}

function timed(work) {
  const start = performance.now();
  work();
  return performance.now() - start;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) console.log(JSON.stringify(await sample(process.argv[2])));
