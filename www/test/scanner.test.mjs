// The camera, from a picture of a barcode to a decision: Chromium with a camera that shows a file.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import bwipjs from "bwip-js/node";
import { build } from "esbuild";
import { launch } from "../../pkg/test/hosts.mjs";
import { serve } from "../serve.mjs";

const VISIT = "?at=2026-11-21T10:05:00%2B02:00&seed=7&language=en";
const PATIENCE_MS = 60_000;
const [WIDTH, HEIGHT] = [640, 480];
/** Butter rings. */
const BUTTER = "2000042000325";

let server, folder, modules;

before(async () => {
  server = await serve({ port: 0 });
  folder = await mkdtemp(join(tmpdir(), "tactful-camera-"));
  const barcode = fileURLToPath(new URL("../src/lib/barcode.ts", import.meta.url));
  const { outputFiles } = await build({ entryPoints: [barcode], bundle: true, format: "esm", write: false });
  ({ modules } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`));
});

after(async () => {
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A film of two pictures, grey and then what `dark` says of each point (YUV4MPEG2, 4:2:0). */
async function film(name, dark) {
  const chroma = Buffer.alloc((WIDTH * HEIGHT) / 2, 128);
  const frame = (luma) => [Buffer.from("FRAME\n"), luma, chroma];
  const picture = Buffer.alloc(WIDTH * HEIGHT, 235);
  for (let y = 0; y < HEIGHT; y += 1) for (let x = 0; x < WIDTH; x += 1) if (dark(x, y)) picture[y * WIDTH + x] = 16;
  const path = join(folder, `${name}.y4m`);
  const header = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\n`);
  await writeFile(path, Buffer.concat([header, ...frame(Buffer.alloc(WIDTH * HEIGHT, 128)), ...frame(picture)]));
  return path;
}

/** The label on the shelf, as the demo itself draws it. */
const shelf = (gtin) => {
  const bars = modules(gtin);
  const [module, left] = [4, Math.round((WIDTH - 4 * bars.length) / 2)];
  return film(gtin, (x, y) => y > 120 && y < 360 && bars[Math.floor((x - left) / module)] === "1");
};

/** A square symbol, as printers of labels draw it. */
const square = async (name, bcid, text) => {
  const [{ pixs, pixx, pixy }] = bwipjs.raw({ bcid, text });
  const module = Math.floor((HEIGHT - 80) / pixy);
  const place = (at, all, count) => Math.floor((at - (all - count * module) / 2) / module);
  return film(name, (x, y) => {
    const [column, row] = [place(x, WIDTH, pixx), place(y, HEIGHT, pixy)];
    return column >= 0 && row >= 0 && column < pixx && row < pixy && pixs[row * pixx + column] === 1;
  });
};

const FAKE = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"];
const seeing = (path) => [...FAKE, `--use-file-for-fake-video-capture=${path}`];

/** Opens the scan screen in a browser with these flags. What the page asked for is in `asked`. */
async function visit(flags, act, prepare = () => undefined) {
  const browser = await launch(...flags);
  try {
    const page = await browser.newPage({ locale: "en-GB", reducedMotion: "reduce" });
    page.setDefaultTimeout(PATIENCE_MS);
    const [asked, faults] = [[], []];
    page.on("request", (request) => asked.push(new URL(request.url())));
    page.on("pageerror", (error) => faults.push(String(error)));
    await page.addInitScript(prepare);
    await page.goto(new URL(VISIT, server.url).href);
    await page.waitForSelector("html[data-ready]");
    await page.getByTestId("tab-scan").click();
    await act(page, asked);
    assert.deepEqual(faults, [], "the page reports no error");
    assert.deepEqual(asked.filter(({ hostname }) => hostname !== "127.0.0.1").map(String), [], "no request leaves this machine");
  } finally {
    await browser.close();
  }
}

const said = (page, text) => page.getByTestId("scanned").filter({ hasText: text }).waitFor();
const open = (page) => page.getByTestId("camera").click();
/** They do not say where they are, and are told what holds everywhere. */
const decided = async (page) => {
  await page.getByTestId("locate-no").click();
  await page.waitForSelector("[data-testid=verdict][data-kind=show]", { state: "attached" });
};
/** Every camera that the page opened. */
const watchCameras = () => {
  const { mediaDevices } = navigator;
  const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices);
  globalThis.streams = [];
  mediaDevices.getUserMedia = async (wish) => {
    const stream = await getUserMedia(wish);
    globalThis.streams.push(stream);
    return stream;
  };
};
const cameras = (page) => page.evaluate(() => globalThis.streams.map(({ active }) => active));
const READER = /zxing_reader\.wasm$/;

describe("the camera", () => {
  test("sees a shelf label, and the engine decides", async () =>
    visit(seeing(await shelf(BUTTER)), async (page, asked) => {
      assert.ok(!asked.some(({ pathname }) => READER.test(pathname)), "nothing is loaded for a camera that nobody opened");
      const before = asked.length;
      await open(page);
      await said(page, "Butter rings");
      await decided(page);
      assert.match(await page.getByTestId("sentence").textContent(), /scanned Butter rings/);
      assert.deepEqual(await cameras(page), [false], "the camera is off");
      assert.ok(asked.slice(before).some(({ pathname }) => READER.test(pathname)));
    }, watchCameras));

  test("sees GS1 Digital Links and element strings in square symbols", async () => {
    const link = `https://nordkorb.example/01/0${BUTTER}/10/A1?17=261130`;
    for (const [name, bcid, text] of [["link", "gs1dlqrcode", link], ["elements", "gs1datamatrix", `(01)0${BUTTER}(17)261130(10)A1`]]) {
      await visit(seeing(await square(name, bcid, text)), async (page) => {
        await open(page);
        await said(page, "Butter rings");
        await decided(page);
      });
    }
  });

  test("is off when the shopper stops it or leaves the screen", async () =>
    visit(seeing(await film("nothing", () => false)), async (page) => {
      await open(page);
      await page.waitForFunction(() => globalThis.streams.length === 1);
      await page.getByTestId("camera").filter({ hasText: "Stop the camera" }).click();
      await page.getByTestId("camera").filter({ hasText: "Use the camera" }).click();
      await page.waitForFunction(() => globalThis.streams.length === 2 && !globalThis.streams[0].active);
      await page.getByTestId("tab-shop").click();
      await page.waitForFunction(() => globalThis.streams.every(({ active }) => !active));
    }, watchCameras));

  test("begins again on the same video before the scan that was stopped has ended", async () =>
    visit(seeing(await shelf(BUTTER)), async (page) => {
      const folder = fileURLToPath(new URL(".", import.meta.url));
      const contents = `
        import { scan } from "tactful/scanner";
        globalThis.again = async () => {
          const video = document.body.appendChild(document.createElement("video"));
          const [first, second] = [new AbortController(), new AbortController()];
          let looks, done;
          const [looking, seen] = [new Promise((resolve) => (looks = resolve)), new Promise((resolve) => (done = resolve))];
          // A detector that takes its time, as on a phone.
          class BarcodeDetector {
            static getSupportedFormats = async () => ["ean_13"];
            detect = () => (looks(), seen);
          }
          const stopped = scan({ video, signal: first.signal, fallback: async () => ({ BarcodeDetector }) });
          await looking;
          const before = video.srcObject;
          first.abort();
          const found = scan({ video, signal: second.signal, fallback: () => import("../src/lib/detector.ts") });
          while (video.srcObject === before) await new Promise((resolve) => setTimeout(resolve));
          done([]);
          const { kind } = await stopped;
          setTimeout(() => second.abort(), 20_000);
          const { code } = await found;
          return [kind, code, video.srcObject];
        };`;
      const { outputFiles } = await build({ stdin: { contents, resolveDir: folder, sourcefile: "again.js" }, bundle: true, format: "esm", write: false, target: "es2022" });
      await page.route("**/app/again.js", (route) => route.fulfill({ contentType: "text/javascript", body: outputFiles[0].text }));
      await page.evaluate(() => import("/app/again.js"));
      assert.deepEqual(await page.evaluate(() => again()), ["stopped", BUTTER, null]);
    }));

  test("uses the browser's own detector where it reads product codes, and loads no other", async () =>
    visit(seeing(await shelf(BUTTER)), async (page, asked) => {
      await open(page);
      await said(page, "Butter rings");
      assert.ok(!asked.some(({ pathname }) => READER.test(pathname)));
    }, () => {
      globalThis.BarcodeDetector = class {
        static getSupportedFormats = async () => ["ean_13", "qr_code"];
        detect = async () => [{ rawValue: "2000042000325", format: "ean_13" }];
      };
    }));

  test("passes over a browser's detector that reads nothing, as on systems without one", async () =>
    visit(seeing(await shelf(BUTTER)), async (page, asked) => {
      await open(page);
      await said(page, "Butter rings");
      assert.ok(asked.some(({ pathname }) => READER.test(pathname)));
    }, () => {
      globalThis.BarcodeDetector = class { static getSupportedFormats = async () => []; };
    }));

  test("sees a code that is none of ours, and says so", async () =>
    visit(seeing(await square("stranger", "qrcode", "https://elsewhere.example/about")), async (page) => {
      await open(page);
      await said(page, "This code names no product and no store.");
    }));

  for (const [why, flags, text, prepare] of [
    ["is refused", ["--use-fake-ui-for-media-stream=deny", "--use-fake-device-for-media-stream"], "may not be used"],
    ["is not there", ["--use-fake-ui-for-media-stream"], "No camera was found"],
    ["is in use", FAKE, "does not answer", () => {
      navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("busy", "NotReadableError"); };
    }],
    ["works, but its detector does not", FAKE, "cannot read barcodes", () => {
      globalThis.BarcodeDetector = class {
        static getSupportedFormats = async () => ["ean_13"];
        detect = async () => { throw new DOMException("gone", "InvalidStateError"); };
      };
    }],
  ]) {
    test(`${why}: the screen says what to do`, () =>
      visit(flags, async (page) => {
        await open(page);
        await said(page, text);
        await page.getByTestId("camera").filter({ hasText: "Use the camera" }).waitFor();
      }, prepare));
  }

  test("has no detector when its module cannot be had", async () =>
    visit(FAKE, async (page) => {
      await page.route(READER, (route) => route.abort());
      await open(page);
      await said(page, "cannot read barcodes");
    }));
});
