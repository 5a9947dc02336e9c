/**
 * The shop's pictures are there on every machine: the page brings a font of its own for systems that have none.
 *
 * The font is Noto Color Emoji as `@fontsource/noto-color-emoji` has it in one file, cut down to `unicode-range` of `pictures.css`:
 * `pyftsubset FILE --unicodes=… --flavor=woff2 --drop-tables+=SVG --layout-features=''`.
 */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { launch } from "../../pkg/test/hosts.mjs";
import { serve } from "../serve.mjs";

const VISIT = "?at=2026-11-21T10:05:00%2B02:00&seed=7&language=en";
/** What is drawn in colour; ↩, ⏳ and the like are older than the blocks of pictures. */
const PICTURES = /\p{Emoji_Presentation}|\p{Emoji}\uFE0F/gu;

let browser, server, page, own, drawn;

before(async () => {
  server = await serve({ port: 0 });
  browser = await launch();
  page = await browser.newPage({ viewport: { width: 390, height: 844 }, reducedMotion: "reduce" });
  // A network slower than the engine, and faster than the page's patience.
  const pack = page.waitForRequest("**/nordkorb.tact");
  await page.route("**/*.woff2", async (route) => {
    await pack;
    setTimeout(() => route.continue(), 700);
  });
  await page.addInitScript(() => {
    new MutationObserver((_, watch) => {
      if (!document.querySelector("#screen .tile")) return;
      globalThis.drawn = { pictures: true, font: [...document.fonts].find(({ family }) => family === "Pictures")?.status };
      watch.disconnect();
    }).observe(document, { childList: true, subtree: true });
  });
  await page.goto(new URL(VISIT, server.url).href);
  await page.waitForSelector("html[data-ready]");
  drawn = await page.evaluate(() => globalThis.drawn);
  own = await page.evaluate(() => {
    const brush = new OffscreenCanvas(24, 24).getContext("2d");
    brush.font = "16px sans-serif";
    brush.fillText("🥛", 0, 16);
    return brush.getImageData(0, 0, 24, 24).data.some((value, at, all) => at % 4 === 0 && value !== all[at + 1]);
  });
});

after(async () => {
  await browser?.close();
  await server?.close();
});

/** Every picture that the example and the pages name. */
async function named() {
  const source = new URL("../src/", import.meta.url);
  const scripts = (await readdir(source, { recursive: true })).filter((file) => file.endsWith(".ts")).map((file) => new URL(file, source));
  const files = [new URL("../../examples/nordkorb/catalog.json", import.meta.url), ...scripts];
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
  return [...new Set(texts.join("").match(PICTURES))];
}

test("the page's font has every picture that the example and the pages name", async (t) => {
  if (own) return t.skip("this system draws pictures by a font of its own");
  const pictures = await named();
  assert.ok(pictures.length > 90, `${pictures.length} pictures`);
  const missing = await page.evaluate(async (all) => {
    await document.fonts.load("32px Pictures", all.join(""));
    const brush = new OffscreenCanvas(48, 48).getContext("2d", { willReadFrequently: true });
    const drawn = (text, font) => {
      brush.clearRect(0, 0, 48, 48);
      brush.font = `32px ${font}`;
      brush.fillText(text, 0, 36);
      return String(brush.getImageData(0, 0, 48, 48).data);
    };
    return all.filter((picture) => drawn(picture, "Pictures") === drawn(picture, "sans-serif"));
  }, pictures);
  assert.deepEqual(missing, [], "draw them into www/src/pictures/pictures.woff2, and add them to unicode-range");
});

test("the font is there before the first picture is drawn, where the system has none, and else not fetched", () => {
  // NOTE: Chromium leaves what it drew before a font came as it was.
  assert.deepEqual(drawn, { pictures: true, font: own ? "unloaded" : "loaded" });
});
