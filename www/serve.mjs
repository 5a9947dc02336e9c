/**
 * Serves the demo on this machine: the same worker and assets as in the cloud, on workerd.
 *
 *   node www/serve.mjs [--port 8787]
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { build } from "esbuild";
import { Log, LogLevel, Miniflare, Response } from "miniflare";
import { ledgerKeys } from "./ledger-keys.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Stands in for what the cloud would tell of the network: somebody in Helsinki. */
const NETWORK = { country: "FI", city: "Helsinki", latitude: "60.1699", longitude: "24.9384" };
/** What the demo keeps of coupons that were claimed, and its keys, from one start to the next; nothing of it is for a shop. */
const KEPT = here("../target/demo");
/** Whom the demo lets publish. */
const TRUST = `${KEPT}/authority/trust.json`;
/** Recorded walks of a benchmark, where they lie beside the repository. They are read, never copied into it. */
const TRACES = here("../../shared/data/visits/traces.jsonl.gz");
const TRACE = "p040";
/** A coupon of the example that has a budget. */
const COUPON = "welcome-basket";

/** The worker as the cloud knows it. JSON with comments is JavaScript. */
const WORKER = (await import(`data:text/javascript,export default ${encodeURIComponent(await readFile(here("wrangler.jsonc"), "utf8"))}`)).default;
const SQLITE = WORKER.migrations.flatMap(({ new_sqlite_classes: classes }) => classes);
const OBJECTS = WORKER.durable_objects.bindings.map(({ name, class_name: className }) => [name, { className, useSQLite: SQLITE.includes(className) }]);

/**
 * Starts the worker on 127.0.0.1; port 0 takes any free one. `bindings` replace or add to the worker's variables; what is
 * claimed is kept in the folder `kept`, or until the end where there is none; `assets` is the folder of the pages. Resolves to the address, the `Miniflare` that
 * runs it, and a function that ends it.
 */
export async function serve({ port = 8787, bindings = {}, kept, assets = here("dist") } = {}) {
  await free(port);
  const miniflare = new Miniflare({
    host: "127.0.0.1",
    port,
    cf: NETWORK,
    log: new Log(LogLevel.WARN),
    compatibilityDate: WORKER.compatibility_date,
    compatibilityFlags: WORKER.compatibility_flags,
    modules: [
      { type: "ESModule", path: "worker.js", contents: await bundle() },
      { type: "CompiledWasm", path: "core.wasm", contents: await readFile(here("../pkg/dist/core.wasm")) },
      { type: "CompiledWasm", path: "ledger.wasm", contents: await readFile(here("../pkg/dist/wasm/ledger_bg.wasm")) },
    ],
    bindings: { ...WORKER.vars, CAPSULE_KEY: process.env.CAPSULE_KEY ?? randomBytes(32).toString("base64"), ...bindings },
    assets: {
      directory: assets,
      binding: WORKER.assets.binding,
      routerConfig: { has_user_worker: true, static_routing: { user_worker: WORKER.assets.run_worker_first } },
    },
    durableObjects: Object.fromEntries(OBJECTS),
    ...(kept && { durableObjectsPersist: kept }),
    serviceBindings: { TRACES: trace },
  });
  const url = (await miniflare.ready).href;
  return { url, miniflare, close: () => miniflare.dispose() };
}

/** Fails where the port is no port, or somebody listens there: the runtime would only say so at length. */
function free(port) {
  return new Promise((resolve, reject) => {
    const refuse = (why) => reject(new Error(`${why}; choose another with \`--port\``));
    if (!(Number.isInteger(port) && port >= 0 && port <= 65_535)) return refuse(`${port} is no port from 0 to 65535`);
    const probe = createServer();
    probe.once("error", ({ code }) => refuse(`port ${port} of 127.0.0.1 cannot be used (${code})`));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve()));
  });
}

/** The worker in one file; the modules stay modules of their own, because workerd compiles none from bytes. */
async function bundle() {
  const module = { name: "wasm", setup: ({ onResolve }) => onResolve({ filter: /\.wasm$/ }, ({ path }) => ({ path: `./${path.split("/").at(-1)}`, external: true })) };
  const { outputFiles } = await build({
    entryPoints: [here("worker.ts")],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    conditions: ["workerd", "worker"],
    plugins: [module],
    external: ["cloudflare:*"],
    logLevel: "warning",
  });
  return outputFiles[0].text;
}

/** One recorded walk; its fixes are seconds, latitude, longitude and accuracy in metres. */
async function trace({ url }) {
  if (new URL(url).pathname !== `/traces/${TRACE}.json` || !existsSync(TRACES)) return new Response("no such walk", { status: 404 });
  const lines = gunzipSync(await readFile(TRACES)).toString("utf8").split("\n");
  const line = lines.find((line) => line.startsWith(`{"trace":"${TRACE}"`));
  if (!line) return new Response("no such walk", { status: 404 });
  const about = "A simulated walk over real streets and buildings of central Helsinki, (c) OpenStreetMap contributors, ODbL 1.0";
  const fields = ["seconds", "latitude", "longitude", "accuracy_m"];
  return Response.json({ about, fields, ...JSON.parse(line) });
}

/** Serves until somebody ends it. */
async function main() {
  const { values } = parseArgs({ options: { port: { type: "string", default: "8787" } } });
  const missing = ["dist/index.html", "dist/nordkorb.tact", "../pkg/dist/core.wasm", "../pkg/dist/wasm/ledger_bg.wasm"].filter((file) => !existsSync(here(file)));
  if (missing.length > 0) throw new Error(`${missing.join(", ")} missing: run \`cargo xtask build\` first`);
  const { bindings, trust, till: [till, key], shop } = await ledgerKeys(`${KEPT}/keys.json`);
  if (existsSync(TRUST)) bindings.AUTHORITY = await readFile(TRUST, "utf8");
  const { url, close } = await serve({ port: Number(values.port), bindings: { ...bindings, DESK_KEY: shop }, kept: `${KEPT}/objects` });
  const link = new URLSearchParams({ till, key, store: "kaisaniemi", root: trust.roots.join(",") });
  const person = randomBytes(16).toString("base64url");
  console.log(`Nordkorb is open at ${url}
  try first: open "Stores", play the walk, and see Tactful speak up inside; then dismiss the card and walk on.
  the edge:  curl '${url}v1/decide?placement=home&category=coffee'
  a coupon:  curl -d '{"coupon":"${COUPON}","person":"${person}"}' -H 'content-type: application/json' -H 'idempotency-key: ${randomBytes(8).toString("hex")}' '${url}v1/claims'
  its till:  ${url}till/#${link}
  a till:    curl -d '{"code":"CODE","till":"${till}","receipt":"1","store":"kaisaniemi"}' -H 'content-type: application/json' -H 'authorization: Bearer ${key}' '${url}v1/redemptions'
  a budget:  curl -H 'authorization: Bearer ${shop}' '${url}v1/coupons/${COUPON}/budget'
  the desk:  ${url}desk/#key=${shop} (what is said in "Tell us")
${existsSync(TRUST) ? `  publish:   tactful publish examples/nordkorb/catalog.json --to ${url} --keys target/demo/authority` : "  to publish to open pages: tactful authority new target/demo/authority --shop nordkorb --publisher me, and start again"}
  end with Ctrl-C`);
  const end = () => close().then(() => process.exit(0));
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, end);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main().catch((error) => {
    console.error(error.message);
    process.exit(1);
  });
}
