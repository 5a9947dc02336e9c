/**
 * How long it takes from the command to each isolate of the edge deciding on what was published: so many workers of one workerd,
 * each an isolate with copies of its own, over the same Durable Objects and the same cache of the place.
 *
 * Half of them are asked all the time, half so seldom that hardly anybody asks twice within the seconds that matter.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Miniflare } from "miniflare";
import { bundle, dist } from "../../pkg/test/hosts.mjs";
import { open } from "../ledger/connection.mjs";
import { percentiles } from "./load.mjs";
import { NOON } from "./pages.mjs";
import { OBJECTS, variables } from "./worker.mjs";

/** Between two visitors of an isolate, ms: from and to. */
const GAPS = { busy: [20, 80], quiet: [500, 12_000] };
/** Nobody who comes so long after the command, ms, is looked at. */
const WINDOW_MS = 12_000;

const ENTRY = `
  import { load } from "tactful";
  import { createHandler } from "tactful/edge";
  import { createPublication, publicationObjects, published } from "tactful/publish";
  import { waitUntil } from "cloudflare:workers";
  const host = (env) => ({ trust: JSON.parse(env.AUTHORITY), publication: env.PUBLICATION, hub: env.LIVE_HUB, hubs: Number(env.HUBS), onError: (error) => console.error(String(error?.stack ?? error)) });
  export const { Publication, LiveHub } = publicationObjects(host);
  let publishing, deciding;
  const made = (env) => {
    publishing = createPublication(host(env));
    const engine = published({ from: "https://shop.local/", trust: JSON.parse(env.AUTHORITY), load, fetch: publishing, later: waitUntil, onError: (error) => console.error(String(error)) });
    return createHandler({ engine, now: () => ${NOON}, onError: (error) => console.error(String(error)) });
  };
  export default { fetch: (request, env) => {
    deciding ??= made(env);
    return (new URL(request.url).pathname === "/v1/decide" ? deciding : publishing)(request);
  } };`;

/** Publishes and stops so many times, and tells when each isolate followed. `told(from, …)` runs a command, `catalogs` are two that differ in a title. */
export async function isolates({ trust, told, catalogs, count, rounds }) {
  const modules = [{ type: "ESModule", path: "worker.js", contents: await bundle(ENTRY, { conditions: ["workerd", "worker"], external: ["cloudflare:*"] }) }, { type: "CompiledWasm", path: "core.wasm", contents: await readFile(join(dist, "core.wasm")) }];
  const names = Array.from({ length: count + 1 }, (_, number) => `edge-${number}`);
  const objects = (name) => Object.fromEntries(Object.entries(OBJECTS).map(([binding, className]) => [binding, { className, useSQLite: true, ...(name !== names[0] && { scriptName: names[0] }) }]));
  const worker = (name) => ({ name, modules, compatibilityDate: "2026-04-01", compatibilityFlags: ["enable_request_signal"], bindings: variables({ trust, hubs: 4 }), durableObjects: objects(name), unsafeDirectSockets: [{ host: "127.0.0.1" }] });
  const miniflare = new Miniflare({ cf: false, workers: names.map(worker) });
  const [first, ...edges] = await Promise.all(names.map((name) => miniflare.unsafeGetDirectURL(name)));
  await told(first.href, "publish", catalogs[0], "--skip-simulation");
  const answers = [];
  const visiting = { on: true };
  const visitors = edges.map((edge, number) => visits(edge.port, number % 2 ? "quiet" : "busy", (answer) => answers.push({ number, ...answer }), visiting));
  const steps = [];
  for (let round = 1; round <= rounds; round++) {
    const step = async (name, isNew, ...command) => {
      await rest(200 + 2_000 * Math.random());
      const { at, took } = await told(first.href, ...command);
      await rest(at + WINDOW_MS - Date.now());
      steps.push({ name, at, took, isNew });
    };
    const title = `Offer of minute ${round % 2}`;
    await step("a new pack", (offer) => offer === title, "publish", catalogs[round % 2], "--skip-simulation");
    await step("a stop", (offer) => offer === undefined, "stop", "always");
    await told(first.href, "stop", "always", "--resume");
    await rest(WINDOW_MS);
  }
  visiting.on = false;
  await Promise.all(visitors);
  await miniflare.dispose();
  console.log(`${rounds} times with ${count} isolates, half of them busy; ms from the start of the command, which took ${JSON.stringify(percentiles(steps.map(({ took }) => took)))}`);
  for (const name of ["a new pack", "a stop"]) {
    const seen = steps.filter((step) => step.name === name).flatMap(({ at, isNew }) => edges.map((_, number) => followed(answers.filter((one) => one.number === number && one.at >= at && one.at < at + WINDOW_MS), at, isNew)));
    const [busy, quiet] = [0, 1].map((kind) => seen.filter((_, place) => place % count % 2 === kind));
    console.log(`  ${name}, busy: the first who was answered by it ${JSON.stringify(percentiles(busy.map(({ first }) => first)))}, the last who was not ${JSON.stringify(percentiles(busy.map(({ last }) => last)))}`);
    console.log(`  ${name}, quiet: the last who was not ${JSON.stringify(percentiles(quiet.map(({ last }) => last)))} of ${quiet.reduce((sum, { of }) => sum + of, 0)} visitors, who waited ${JSON.stringify(percentiles(quiet.flatMap(({ waited }) => waited)))}`);
  }
}

/** Visitors of one isolate, one after the other; what each was offered, and when. */
async function visits(port, kind, note, visiting) {
  const [least, most] = GAPS[kind];
  let connection = open(port);
  while (visiting.on) {
    if (connection.closed) connection = open(port);
    const at = Date.now();
    const { status, body } = await connection.ask("GET", "/v1/decide?placement=place-0");
    if (status !== 200) throw new Error(`a visitor was answered ${status}: ${body}`);
    note({ at, done: Date.now(), offer: JSON.parse(body).offer?.title });
    await rest(least + (most - least) * Math.random());
  }
  connection.close();
}

/** When the first was answered by what is new, when the last was not (0 where all were), and how long each waited. */
function followed(answers, at, isNew) {
  const old = answers.filter(({ offer }) => !isNew(offer));
  const first = answers.find(({ offer }) => isNew(offer));
  return { first: first ? first.done - at : Infinity, last: Math.max(0, ...old.map(({ done }) => done - at)), of: answers.length, waited: answers.map(({ at, done }) => done - at) };
}

const rest = (ms) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
