// Publishing onto the running demo: `tactful publish` and `tactful stop` change a page that is open.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { launch } from "../../pkg/test/hosts.mjs";
import { serve } from "../serve.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const VISIT = "?at=2026-11-21T10:05:00%2B02:00&seed=7&language=en";
const CATALOG = here("../../examples/nordkorb/catalog.json");

let browser, server, folder;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tactful-publish-"));
  await tactful("authority", "new", join(folder, "keys"), "--shop", "nordkorb", "--publisher", "anna");
  server = await serve({ port: 0, bindings: { AUTHORITY: await readFile(join(folder, "keys/trust.json"), "utf8") } });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

async function tactful(...given) {
  return (await promisify(execFile)(here("../../target/debug/tactful"), given, { maxBuffer: 1 << 26 })).stdout;
}

const to = () => ["--to", server.url, "--keys", join(folder, "keys")];

async function visit() {
  const page = await (await browser.newContext({ locale: "en-GB", reducedMotion: "reduce" })).newPage();
  await page.goto(new URL(VISIT, server.url).href);
  await page.waitForSelector("html[data-ready]");
  return page;
}

/** Stands in a store, and waits for the card. */
async function standIn(page) {
  await page.getByTestId("tab-map").click();
  await page.getByTestId("speed").selectOption("30");
  await page.getByTestId("go-kaisaniemi").click();
  await page.waitForFunction(() => document.querySelector("tactful-card").open);
  return page.evaluate(() => document.querySelector("tactful-card").decision.offer);
}

test("a page that was opened before anything was published follows the first publication, without a reload", async () => {
  const page = await visit();
  const early = await standIn(page);
  const visits = await page.evaluate(() => (globalThis.visits = 1));
  const other = await visit();
  const first = JSON.parse(await readFile(CATALOG, "utf8"));
  for (const language of Object.values(first.offers.find(({ id }) => id === early.id).creative)) language.title = "The first publication";
  await writeFile(join(folder, "first.json"), JSON.stringify(first));
  const fetched = other.waitForResponse((response) => /\/v1\/packs\//.test(response.url()) && response.ok());
  await tactful("publish", join(folder, "first.json"), ...to(), "--skip-simulation");
  await fetched;
  assert.equal((await standIn(other)).title, "The first publication");
  await tactful("stop", early.id, ...to());
  await page.waitForFunction(() => !document.querySelector("tactful-card").open);
  assert.deepEqual([early.title === "The first publication", await page.evaluate(() => globalThis.visits)], [false, visits]);
  await tactful("stop", "--resume", early.id, ...to());
});

test("what is stopped leaves the screen, what is published is decided on, in pages and at the edge", async () => {
  await tactful("publish", CATALOG, ...to(), "--skip-simulation");
  const page = await visit();
  const offer = await standIn(page);
  await tactful("stop", offer.id, ...to());
  await page.waitForFunction(() => !document.querySelector("tactful-card").open);
  assert.equal(await page.evaluate(() => document.body.classList.contains("speaking")), false);
  // The next visitor does not see it either.
  const other = await visit();
  const catalog = JSON.parse(await readFile(CATALOG, "utf8"));
  const changed = catalog.offers.find(({ id }) => id === offer.id);
  for (const language of Object.values(changed.creative)) language.title = "Candles and torches";
  await writeFile(join(folder, "changed.json"), JSON.stringify(catalog));
  const fetched = other.waitForResponse((response) => /\/v1\/(?:deltas|packs)\//.test(response.url()) && response.ok());
  await tactful("stop", "--resume", offer.id, ...to());
  await tactful("publish", join(folder, "changed.json"), ...to(), "--skip-simulation");
  await fetched;
  await other.waitForFunction(() => document.querySelector("tactful-card").stopped.length === 0);
  assert.equal((await standIn(other)).title, "Candles and torches");
  const { entries } = await (await fetch(new URL("v1/log", server.url))).json();
  const health = async () => (await (await fetch(new URL("v1/health", server.url))).json()).version;
  while ((await health()) !== JSON.parse(entries.at(-1)).version);
});
