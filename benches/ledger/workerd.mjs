/** Starts workerd on a folder of its own, ends it as a power cut would, and starts it again on the same folder. */
import { spawn } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import workerd from "workerd";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/**
 * A server whose storage lies in `folder`. `entry` is the worker's text; `text` are its variables; `objects` the names of
 * bindings and classes; `far` are servers elsewhere by the names of their bindings, ports of 127.0.0.1; `flags` are compatibility flags,
 * `v8` those of the JavaScript engine; `quiet`: what it reports is not shown; `broken` says which lines of which files of the ledger or of publishing are replaced: `{ "shard.js": [[from, to]] }`.
 */
export async function server({ folder, entry, text = {}, objects = {}, far = {}, flags = [], v8 = [], broken = {}, quiet = false }) {
  await mkdir(join(folder, "storage"), { recursive: true });
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: here("."), sourcefile: "worker.mjs" },
    bundle: true, write: false, format: "esm", target: "es2022", external: ["cloudflare:*"], conditions: ["workerd", "worker"], logLevel: "warning",
    plugins: [replacing(broken), { name: "wasm", setup: ({ onResolve }) => onResolve({ filter: /\.wasm$/ }, ({ path }) => ({ path: `./${path.split("/").at(-1)}`, external: true })) }],
  });
  await writeFile(join(folder, "worker.js"), outputFiles[0].text);
  await writeFile(join(folder, "ledger.wasm"), await readFile(here("../../pkg/dist/wasm/ledger_bg.wasm")));
  const port = await free();
  const config = join(folder, "config.capnp");
  await writeFile(config, configuration({ folder, port, text, objects, far, flags, v8 }));
  let running;
  const start = async () => {
    const child = spawn(workerd.default ?? workerd, ["serve", "--experimental", config], { stdio: ["ignore", "inherit", "pipe"] });
    // What workerd says of alarms that come late after a kill is what they are meant for.
    child.stderr.on("data", (bytes) => quiet || process.stderr.write(String(bytes).replace(/^.*NOSENTRY.*\n?/gm, "")));
    const ended = new Promise((resolve) => child.once("exit", resolve));
    running = { child, ended };
    await answers(port, ended);
  };
  const end = async (signal) => {
    running.child.kill(signal);
    await running.ended;
  };
  await start();
  return { port, get pid() { return running.child.pid; }, start, kill: () => end("SIGKILL"), close: () => end("SIGTERM") };
}

/** Replaces lines, each of which must be there, so that what was to be broken is. */
function replacing(broken) {
  const load = async ({ path }) => {
    let contents = await readFile(path, "utf8");
    for (const [from, to] of broken[path.split(/[\\/]/).at(-1)] ?? []) {
      if (contents.split(from).length !== 2) throw new Error(`${path} has not exactly one line like this: ${from}`);
      contents = contents.replace(from, () => to);
    }
    return { contents };
  };
  return { name: "broken", setup: ({ onLoad }) => onLoad({ filter: /dist[\\/](?:ledger|publish)[\\/]\w+\.js$/ }, load) };
}

function configuration({ folder, port, text, objects, far, flags, v8 }) {
  const quoted = (value) => JSON.stringify(String(value));
  const bindings = [
    ...Object.entries(text).map(([name, value]) => `(name = ${quoted(name)}, text = ${quoted(value)})`),
    ...Object.keys(far).map((name) => `(name = ${quoted(name)}, service = ${quoted(name)})`),
    ...Object.entries(objects).map(([name, className]) => `(name = ${quoted(name)}, durableObjectNamespace = ${quoted(className)})`),
  ];
  const elsewhere = Object.entries(far).map(([name, port]) => `, (name = ${quoted(name)}, external = (address = "127.0.0.1:${port}", http = ()))`).join("");
  const namespaces = Object.values(objects).map((className) => `(className = ${quoted(className)}, uniqueKey = ${quoted(`tactful-${className}`)}, enableSql = true)`);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  v8Flags = [${v8.map(quoted).join(", ")}],
  services = [(name = "main", worker = .main), (name = "disk", disk = (path = ${quoted(join(folder, "storage"))}, writable = true))${elsewhere}],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js"), (name = "ledger.wasm", wasm = embed "ledger.wasm")],
  compatibilityDate = "2026-04-01",
  compatibilityFlags = [${flags.map(quoted).join(", ")}],
  bindings = [${bindings.join(", ")}],
  durableObjectNamespaces = [${namespaces.join(", ")}],
  durableObjectStorage = (localDisk = "disk"),
);
`;
}

/** Waits until somebody listens; fails where the server ends before. */
async function answers(port, ended) {
  const gone = ended.then(() => { throw new Error("workerd ended before it answered"); });
  gone.catch(() => {});
  for (;;) {
    const up = await Promise.race([gone, fetch(`http://127.0.0.1:${port}/v1/openapi.json`, { signal: AbortSignal.timeout(5_000) }).then(({ body }) => body.cancel().then(() => true), () => false)]);
    if (up) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A free port of 127.0.0.1. */
async function free() {
  const probe = createServer();
  await new Promise((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
