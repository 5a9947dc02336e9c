/** The match in headless Chromium: each contestant with each catalog in a page and a profile of its own. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { core, forBrowser } from "./bundle.mjs";
import { contestant, momentsText, payload, root } from "./stage.mjs";

const page = ({ id, packed = false }) => `
  import { load } from "./contestants/${id}.mjs";
  import { stopwatch } from "./stopwatch.mjs";
  const clock = () => performance.now();
  const payload = async (key) => (await fetch("/${id}/" + key + "/payload")).${packed ? "arrayBuffer" : "text"}();
  window.start = async (key) => {
    const decide = await load(await payload(key));
    const moments = await (await fetch("/${id}/" + key + "/moments")).json();
    window.watch = stopwatch(decide, moments, clock);
  };
  ${packed ? `import { asking } from "./asking.mjs";
  window.asking = async (key, duration) => asking(await payload(key), clock, duration);` : ""}`;

/** Starts the browser and a server on 127.0.0.1 that it loads from. */
export async function browse() {
  const server = createServer((request, response) => answer(request.url).then(
    ([type, body]) => response.writeHead(200, { ...ISOLATED, "content-type": type }).end(body),
    (error) => response.writeHead(404).end(error.message),
  ));
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const origin = `http://127.0.0.1:${server.address().port}`;
  const { "goog:chromeOptions": { args } } = JSON.parse(await readFile(join(root, "webdriver.json"), "utf8"));
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args });
  const close = async () => {
    await browser.close();
    server.closeAllConnections();
    server.close();
  };
  return {
    version: browser.version(),
    open: (id, key) => open(browser, `${origin}/${id}/`, key),
    asking: (key, duration) => asking(browser, `${origin}/tactful/`, key, duration),
    close,
  };
}

/** With these a page's clock has ticks of 5 instead of 100 microseconds. */
const ISOLATED = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

const PAGE = '<!doctype html><title>contest</title><script type="module" src="page.js"></script>';

async function answer(path) {
  const [, id, key, what] = path.split("/");
  if (id === "core.wasm") return ["application/wasm", await core()];
  if (key === "") return ["text/html", PAGE];
  if (key === "page.js") return ["text/javascript", await forBrowser(page(await contestant(id)))];
  if (what === "moments") return ["application/json", await momentsText(id, key)];
  if (what === "payload") return ["application/octet-stream", await payload(await contestant(id), key)];
  throw new Error(`nothing is at ${path}`);
}

async function open(browser, url, key) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(url);
  await page.evaluate((key) => window.start(key), key);
  const call = (method, value) => page.evaluate(([method, value]) => window.watch[method](value), [method, value]);
  return {
    check: () => call("check"),
    warm: (duration) => call("warm", duration),
    round: (duration) => call("round", duration),
    result: () => call("result"),
    close: () => context.close(),
  };
}

async function asking(browser, url, key, duration) {
  const page = await browser.newPage();
  await page.goto(url);
  const result = await page.evaluate(([key, duration]) => window.asking(key, duration), [key, duration]);
  await page.close();
  return result;
}
