/** What the tests of several hosts share: the cases, the packs, bundles, a static server and a browser. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const dist = join(root, "pkg/dist");

/** Every shared case with the file it is from. */
export async function cases() {
  const folder = join(root, "tests/cases");
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith(".json")).sort();
  if (files.length === 0) throw new Error("tests/cases has no cases");
  return Promise.all(files.map(async (file) => ({ file, ...JSON.parse(await readFile(join(folder, file), "utf8")) })));
}

/** A compiled catalog of the examples. */
export async function pack(catalog = "nordkorb") {
  return readFile(join(root, "www/dist", `${catalog}.tact`)).catch(() => {
    throw new Error(`www/dist/${catalog}.tact is missing: run \`cargo xtask build\``);
  });
}

/** Bundles a script text as a host would see it; modules of WebAssembly stay outside, as `./core.wasm`. */
export async function bundle(contents, options) {
  const wasm = { name: "wasm", setup: ({ onResolve }) => onResolve({ filter: /\.wasm$/ }, () => ({ path: "./core.wasm", external: true })) };
  const stdin = { contents, resolveDir: join(root, "pkg/test"), sourcefile: "entry.mjs" };
  const { outputFiles } = await build({ stdin, bundle: true, write: false, format: "esm", plugins: [wasm], logLevel: "warning", ...options });
  return outputFiles[0].text;
}

/** Serves `files` (path to body, or to what makes one of a request) on a free port of 127.0.0.1. */
export async function serveFiles(files) {
  const server = createServer(async (request, response) => {
    const file = files[request.url];
    const body = typeof file === "function" ? await file(request) : file;
    response.writeHead(body === undefined ? 404 : 200, { "content-type": mediaType(request.url) });
    response.end(body);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const close = () => new Promise((closed) => {
    server.close(closed);
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${server.address().port}`, close };
}

function mediaType(url) {
  const types = { html: "text/html", js: "text/javascript", wasm: "application/wasm" };
  return types[url.split(".").at(-1)] ?? "application/octet-stream";
}

/** How Chromium is started everywhere: without a screen, and talking to nobody on its own. */
const started = (flags) => ({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  headless: true,
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", ...flags,
  ],
});

/** Starts Chromium, for tests that open contexts of their own. */
export function launch(...flags) {
  return chromium.launch(started(flags));
}

/** What Chromium's settings call "block all cookies", which blocks all that a page may keep. */
export const BLOCKED = { profile: { default_content_setting_values: { cookies: 2 } } };

/** Starts Chromium with a fresh profile, with `settings`, that is kept on disk until it is closed. */
export async function browse(settings = {}) {
  const profile = await mkdtemp(join(tmpdir(), "tactful-chromium-"));
  await mkdir(join(profile, "Default"));
  await writeFile(join(profile, "Default/Preferences"), JSON.stringify(settings));
  const context = await chromium.launchPersistentContext(profile, started([]));
  const close = async () => {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  };
  return { page: context.pages()[0] ?? (await context.newPage()), close };
}

/** Starts Chromium on a profile that outlives it; `kill` ends it with all its processes, as a battery that is taken out would. */
export async function mortal(profile, tries = 5) {
  const { executablePath, args } = started(["--headless", "--remote-debugging-port=0", `--user-data-dir=${profile}`]);
  const child = spawn(executablePath, args, { detached: true, stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise((end) => child.once("exit", end));
  const kill = async () => {
    process.kill(-child.pid, "SIGKILL");
    await ended;
  };
  try {
    const [context] = (await chromium.connectOverCDP(await addressOf(child, ended), { timeout: 10_000 })).contexts();
    return { page: context.pages()[0] ?? (await context.newPage()), kill };
  } catch (error) {
    // NOTE: now and then one that was killed before takes the connection and never answers. Another one does.
    await kill().catch(() => {});
    if (tries === 1) throw error;
    return mortal(profile, tries - 1);
  }
}

/** Where Chromium says that it listens. */
function addressOf(child, ended) {
  return new Promise((found, failed) => {
    let said = "";
    child.stderr.on("data", (bytes) => {
      said += said.length < 100_000 ? bytes : "";
      const [, address] = /DevTools listening on (ws:\S+)/.exec(said) ?? [];
      if (address) found(address);
    });
    void ended.then(() => failed(new Error(`Chromium does not start: ${said}`)));
  });
}

/** Firefox, where there is one; `FIREFOX` names it. */
export const firefox = [process.env.FIREFOX, "/usr/bin/firefox", "/usr/bin/firefox-esr"].find((path) => path && existsSync(path));
const PATIENCE_MS = 120_000;

/** Runs a script in a Firefox with a profile of its own, and with `settings`; resolves with what the script posts to `/told`. */
export async function toldByFirefox(script, files, settings = {}) {
  const profile = await mkdtemp(join(tmpdir(), "tactful-firefox-"));
  await writeFile(join(profile, "user.js"), Object.entries(settings).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});\n`).join(""));
  let tell;
  const answer = new Promise((resolve) => (tell = resolve));
  const { url, close } = await serveFiles({
    "/page.html": `<!doctype html><title>Firefox</title><script type="module" src="/js/page.js"></script>`,
    "/js/page.js": await bundle(script, { platform: "browser", target: "es2022" }),
    "/core.wasm": await readFile(join(dist, "core.wasm")),
    "/told": async (request) => tell(await new Response(request).json()) ?? "",
    ...files,
  });
  const browser = spawn(firefox, ["--headless", "--no-remote", "--profile", profile, `${url}/page.html`], { stdio: "ignore" });
  const ended = new Promise((resolve) => browser.once("exit", resolve));
  const gone = ended.then((code) => Promise.reject(new Error(`Firefox ended with ${code}`)));
  const late = new Promise((_, refuse) => setTimeout(() => refuse(new Error("Firefox sent nothing")), PATIENCE_MS).unref());
  try {
    return await Promise.race([answer, gone, late]);
  } finally {
    gone.catch(() => {});
    browser.kill();
    await ended;
    await close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** Waits until a page answers yes. Playwright's `waitForFunction` takes the promise of an async function for a yes, and waits for nothing. */
export async function answers(page, question, arg) {
  for (const end = Date.now() + 60_000; !(await page.evaluate(question, arg)); ) {
    if (Date.now() > end) throw new Error(`for a minute the answer was no: ${question}`);
    await new Promise((later) => setTimeout(later, 20));
  }
}

/** The name under which a case is reported. */
export function title({ file, name }) {
  return `${join(dirname(file), basename(file, ".json"))}: ${name}`;
}

/** Decides for one request: a fork with its own profile and signals, gone afterwards. */
export function decideFor(engine, { signals, ...shopper }, placement, now) {
  const fork = engine.fork({ ...shopper, now });
  try {
    if (signals) fork.observe(signals);
    return fork.ask(placement, now);
  } finally {
    fork.free();
  }
}
