/** The shared cases in headless Chromium: module and pack are fetched as a page does it. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { browse, bundle, cases, dist, pack, serveFiles, title } from "./hosts.mjs";

const PAGE = `
  import { load } from "tactful";
  import { runCase } from "./run-case.mjs";
  window.run = (test) => runCase(test, "/" + test.catalog + ".tact", load);`;

const all = await cases();
const catalogs = [...new Set(all.map(({ catalog }) => catalog))];
const packs = await Promise.all(catalogs.map(async (name) => [`/${name}.tact`, await pack(name)]));
const server = await serveFiles({
  "/page.html": `<!doctype html><title>cases</title><script type="module" src="/js/page.js"></script>`,
  "/js/page.js": await bundle(PAGE, { platform: "browser", target: "es2022" }),
  "/core.wasm": await readFile(join(dist, "core.wasm")),
  "/favicon.ico": "",
  ...Object.fromEntries(packs),
});
const { page, close } = await browse();
after(async () => {
  await close();
  await server.close();
});

await page.goto(`${server.url}/page.html`);
await page.waitForFunction(() => "run" in window);

for (const one of all) {
  test(title(one), async () => {
    const { failures } = await page.evaluate((test) => window.run(test), one);
    assert.deepEqual(failures, []);
  });
}
