/** The shared cases in Firefox, where there is one (`FIREFOX` names it): the page plays them by itself and sends what came of it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { bundle, cases, dist, pack, serveFiles, title } from "./hosts.mjs";

const PAGE = `
  import { load } from "tactful";
  import { runCase } from "./run-case.mjs";
  const told = [];
  for (const one of await (await fetch("/cases.json")).json()) {
    const { failures } = await runCase(one, "/" + one.catalog + ".tact", load).catch((error) => ({ failures: [String(error)] }));
    told.push(failures);
  }
  await fetch("/told", { method: "POST", body: JSON.stringify(told) });`;

const PATIENCE_MS = 120_000;
const firefox = [process.env.FIREFOX, "/usr/bin/firefox", "/usr/bin/firefox-esr"].find((path) => path && existsSync(path));
const skip = firefox === undefined && "there is no Firefox here";

const all = await cases();
const told = skip ? [] : await play();
all.forEach((one, at) => test(title(one), { skip }, () => assert.deepEqual(told[at], [])));

/** Opens the page in a Firefox with a profile of its own, and resolves with what it sends. */
async function play() {
  const profile = await mkdtemp(join(tmpdir(), "tactful-firefox-"));
  let tell;
  const answer = new Promise((resolve) => (tell = resolve));
  const { url, close } = await serveFiles({
    "/page.html": `<!doctype html><title>cases</title><script type="module" src="/js/page.js"></script>`,
    "/js/page.js": await bundle(PAGE, { platform: "browser", target: "es2022" }),
    "/core.wasm": await readFile(join(dist, "core.wasm")),
    "/cases.json": JSON.stringify(all),
    "/told": async (request) => tell(await new Response(request).json()) ?? "",
    ...Object.fromEntries(await Promise.all([...new Set(all.map(({ catalog }) => catalog))].map(async (name) => [`/${name}.tact`, await pack(name)]))),
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
