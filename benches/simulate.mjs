// How long a simulated year takes on one core, natively and in a worker of Chromium, and that both live the same year:
// `node benches/simulate.mjs [people]`, after `cargo xtask build` and `cargo build --release --features cli`.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { serve } from "../www/serve.mjs";

const people = Number(process.argv[2] ?? 10_000);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const CATALOG = here("../examples/nordkorb/catalog.json");
const PROGRAM = here("../target/release/tactful");

const began = performance.now();
const given = ["simulate", CATALOG, "--people", String(people), "--threads", "1", "--json"];
const native = execFileSync(PROGRAM, given, { encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "inherit"] });
const nativeMs = performance.now() - began;

const server = await serve({ port: 0 });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
try {
  const page = await browser.newPage();
  await page.goto(new URL("studio.html", server.url).href);
  await page.waitForSelector("html[data-ready]");
  const { ms, json } = await page.evaluate(live, { text: readFileSync(CATALOG, "utf8"), people });
  assert.equal(`${json}\n`, native, "the same year, to the byte");
  const seconds = (ms) => (ms / 1_000).toFixed(1);
  console.log(`${people} people, a year: native ${seconds(nativeMs)} s, Chromium ${seconds(ms)} s (${(ms / nativeMs).toFixed(2)}x)`);
} finally {
  await browser.close();
  await server.close();
}

/** Runs in the page: the worker of the studio, with more people. */
function live({ text, people }) {
  const url = new URL("app/year.js", document.baseURI).href;
  const policy = trustedTypes.createPolicy("bench", { createScriptURL: (url) => url });
  const worker = new Worker(policy.createScriptURL(url), { type: "module" });
  const began = performance.now();
  return new Promise((resolve, reject) => {
    worker.addEventListener("message", ({ data }) => {
      if (data.kind === "done") resolve({ ms: performance.now() - began, json: data.json });
      if (data.kind === "failed") reject(new Error(data.message));
    });
    const studio = new URL("studio/studio.js", document.baseURI).href;
    worker.postMessage({ studio, text, people, days: 365, seed: 1, language: "en" });
  });
}
