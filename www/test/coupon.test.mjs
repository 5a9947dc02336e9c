// The coupon by itself, in a page with a strict policy: what a till reads from it, what it says, what it never does.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { browse, serveFiles } from "../../pkg/test/hosts.mjs";
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const require = createRequire(import.meta.url);
const NOON = Date.parse("2026-11-21T12:00:00Z");
const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000];
/** 114 bytes as a QR code has them. */
const QR = `CT1:${"6BF+70 R30T:AFPM$2*/J".repeat(9).slice(0, 171)}`;
const COUPON = {
  title: "Butter rings", text: "For your next basket.", picture: "🍪", benefit: { kind: "percent", value: 2_000 }, minimum: 1_000, currency: "EUR",
  code: "0C3GE1R70W3GE1RV", from: NOON, until: NOON + 2 * DAY + 5 * HOUR, qr: QR,
};
const SCRIPT = `
  import "tactful/coupon/define";
  window.loads = 0;
  window.fresh = (coupon, { language = "en", now = ${NOON}, codes = () => { window.loads += 1; return import("${here("../src/lib/codes.ts")}"); } } = {}) => {
    document.querySelector("tactful-coupon")?.remove();
    const element = document.createElement("tactful-coupon");
    const events = [];
    for (const name of ["coupon-use", "coupon-close"]) element.addEventListener(name, ({ type, detail, bubbles, composed, cancelable }) => events.push([type, detail.coupon.code, bubbles && composed && cancelable]));
    window.now = now;
    Object.assign(element, { clock: () => window.now, language, codes, coupon });
    document.querySelector("main").append(element);
    const part = (name) => element.shadowRoot.querySelector('[part~="' + name + '"]');
    return (window.held = { element, events, part });
  };`;
const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>coupon</title>
  <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; require-trusted-types-for 'script'">
  <link rel="stylesheet" href="/page.css"><main><h1>Coupons</h1></main><script type="module" src="/app/page.js"></script>`;
const CSS = ":root { color-scheme: light dark } body { margin: 0; padding: 8px; background: Canvas } h1 { font-size: 1rem }";

let server, browser, page;

before(async () => {
  const { outputFiles } = await build({ stdin: { contents: SCRIPT, resolveDir: here("."), sourcefile: "page.js" }, bundle: true, splitting: true, format: "esm", write: false, target: "es2022", outdir: "/app", entryNames: "page", chunkNames: "part-[hash]" });
  const scripts = Object.fromEntries(outputFiles.map(({ path, text }) => [path.replace("stdin", "page"), text]));
  server = await serveFiles({ ...scripts, "/page.html": PAGE, "/page.css": CSS, "/favicon.ico": "" });
  browser = await browse();
  await prepareZXingModule({ overrides: { wasmBinary: (await readFile(require.resolve("zxing-wasm/reader/zxing_reader.wasm"))).buffer } });
});
after(async () => {
  await browser?.close();
  await server?.close();
});

const faults = [];
beforeEach(async () => {
  await page?.context().close();
  page = await visit({});
});

async function visit(options) {
  const context = await browser.page.context().browser().newContext({ viewport: { width: 360, height: 740 }, reducedMotion: "no-preference", ...options });
  const opened = await context.newPage();
  opened.on("pageerror", (error) => faults.push(String(error)));
  opened.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  await opened.goto(`${server.url}/page.html`);
  await opened.waitForFunction(() => "fresh" in window);
  return opened;
}
const open = (coupon = {}, options = {}, where = page) => where.evaluate(([coupon, options]) => void fresh(coupon, options), [{ ...COUPON, ...coupon }, options]);
const drawn = (where = page) => where.waitForFunction(() => held.part("qr"));
const text = (name, where = page) => where.evaluate((name) => held.part(name)?.textContent.replace(/\s+/g, " ").trim(), name);
const aloud = (where = page) => where.evaluate(() => held.element.shadowRoot.querySelector("[aria-live=polite]").textContent.replace(/\s+/g, " "));

/** What a reader finds on the screen, once the coupon has come up: while it still moves and fades in, bars are now and then missed. */
async function read(where) {
  const picture = await where.locator("tactful-coupon").screenshot({ animations: "disabled" });
  return (await readBarcodes(new Uint8Array(picture), { tryHarder: true, formats: [] })).map(({ format, text }) => [format, text]).sort();
}

describe("what a till reads", () => {
  const bars = { symbology: "code_128", text: COUPON.code };
  const looks = [
    ["a small phone in the light", { viewport: { width: 320, height: 640 } }],
    ["a phone in the dark", { viewport: { width: 390, height: 844 }, colorScheme: "dark", deviceScaleFactor: 2 }],
    ["a page at 200 %", { viewport: { width: 195, height: 422 }, deviceScaleFactor: 2 }],
    ["forced colours", { viewport: { width: 390, height: 844 }, forcedColors: "active", colorScheme: "dark" }],
    ["a desk", { viewport: { width: 1280, height: 800 } }],
  ];
  for (const [look, options] of looks) {
    test(`is what stands in the QR code and the bars, on ${look}`, async () => {
      const there = await visit(options);
      await open({ bars }, {}, there);
      await drawn(there);
      assert.deepEqual(await read(there), [["Code128", COUPON.code], ["QRCode", QR]]);
      assert.equal(await there.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, "nothing is cut off at the side");
      await there.context().close();
    });
  }

  test("is every kind of bars that a shop may need", async () => {
    const kinds = [
      ["ean_13", "2000042000325", "EAN13", "2000042000325"],
      ["gs1_128", "(255)4012345000009123456", "Code128", "2554012345000009123456"],
      ["databar", "(01)04012345000009", "DataBar", "0104012345000009"],
      ["databar_expanded", "(255)4012345000009123456", "DataBarExpanded", "2554012345000009123456"],
    ];
    for (const [symbology, given, format, found] of kinds) {
      await open({ bars: { symbology, text: given } });
      await drawn();
      const seen = (await read(page)).find(([format]) => format !== "QRCode");
      assert.deepEqual([seen?.[0].replace(/(Omni|Stacked|Exp).*$/, ""), seen?.[1].replace(/[()\x1d]/g, "")], [format.replace(/Exp.*/, ""), found], symbology);
    }
  });

  test("is the QR code alone where bars cannot be drawn", async () => {
    await open({ bars: { symbology: "gs1_128", text: "(01)none" } });
    await drawn();
    assert.deepEqual(await read(page), [["QRCode", QR]]);
  });

  test("is signed anew when the phone comes back, also where it went away while the code was being drawn", async () => {
    await page.clock.install();
    const see = (state) => page.evaluate((state) => {
      Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, state);
    await open();
    await page.evaluate((coupon) => {
      const load = held.element.codes;
      const loading = new Promise((resolve) => (window.go = resolve));
      let times = 0;
      fresh({ ...coupon, qr: async () => `CT1:TIME ${(times += 1)}` }, { codes: () => loading.then(load) });
    }, COUPON);
    await see("hidden");
    await page.evaluate(() => go());
    // As many turns as loading and drawing may take, while nobody looks.
    await page.evaluate(async () => {
      const { draw } = await held.element.codes();
      await draw("qr_code", "CT1:");
      for (let turn = 0; turn < 100; turn += 1) await null;
    });
    await see("visible");
    await drawn();
    assert.equal((await read(page))[0][1], "CT1:TIME 2");
  });

  test("is signed anew every 15 seconds where the coupon is bound to the phone, and not while nobody looks", async () => {
    await page.clock.install();
    await page.evaluate((coupon) => {
      let times = 0;
      fresh({ ...coupon, qr: async () => `CT1:TIME ${(times += 1)}` });
    }, COUPON);
    await drawn();
    const shown = async () => (await read(page))[0][1];
    assert.equal(await shown(), "CT1:TIME 1");
    for (const time of [2, 3]) {
      await page.clock.runFor(15 * SECOND);
      await page.waitForFunction((time) => held.element.shadowRoot.querySelector("svg"), time);
      assert.equal(await shown(), `CT1:TIME ${time}`);
    }
    await page.evaluate(() => (held.element.coupon = undefined));
    await page.clock.runFor(60 * SECOND);
    assert.equal(await page.evaluate(() => held.element.shadowRoot.querySelector("svg")), null);
  });
});

describe("what it says", () => {
  test("what it is worth, until when, and letters for the eye and the ear", async () => {
    await open();
    await drawn();
    assert.deepEqual([await text("title"), await text("benefit"), await text("minimum")], ["Butter rings", "20% off", "from a basket of €10.00"]);
    assert.match(await text("validity"), /^2 days leftuntil Mon,? /);
    await open({ timeZone: "Asia/Tokyo" });
    assert.match(await text("validity"), /until Tue, Nov 24, 2:00 AM$/);
    await open();
    await drawn();
    assert.match(await aloud(), /^Butter rings\. 20% off\. 2 days left\. until Mon/);
    assert.equal(await text("code"), "0C3G E1R7 0W3G E1RV");
    const tree = await page.locator("tactful-coupon").ariaSnapshot();
    assert.match(tree, /Code to read aloud: 0 C 3 G, E 1 R 7, 0 W 3 G, E 1 R V/);
    assert.match(tree, /img "QR code for the till"/);
    assert.doesNotMatch(tree, /0C3G/);
    const copied = await page.evaluate(() => {
      getSelection().selectAllChildren(held.part("code"));
      return held.part("code").innerText;
    });
    assert.equal(copied.replace(/\s+/g, ""), COUPON.code);
  });

  test("the same in German, in the money of the coupon", async () => {
    await open({ benefit: { kind: "amount", value: 250 }, bars: undefined }, { language: "de" });
    assert.deepEqual([await text("benefit"), await text("minimum")], ["2,50 € Rabatt", "ab 10,00 € Einkauf"]);
    assert.match(await text("validity"), /^noch 2 Tagebis Mo/);
    await open({ benefit: { kind: "terms", value: 0 }, minimum: "terms" }, { language: "de" });
    assert.deepEqual([await text("benefit"), await text("minimum")], [undefined, undefined]);
  });

  test("time that runs out: each minute, then each second, and aloud at a few steps only", async () => {
    await page.clock.install({ time: NOON - MINUTE });
    await page.clock.pauseAt(NOON);
    await page.evaluate((coupon) => {
      fresh();
      held.element.clock = () => Date.now();
      held.element.coupon = coupon;
      held.heard = [];
      new MutationObserver(() => held.heard.push(held.element.shadowRoot.querySelector("[aria-live=polite]").textContent.split(".")[0])).observe(held.element.shadowRoot.querySelector("[aria-live=polite]"), { childList: true });
    }, { ...COUPON, until: NOON + HOUR + 30 * MINUTE });
    assert.match(await text("validity"), /^1 hour 30 minutes left/);
    await page.clock.runFor(MINUTE);
    assert.match(await text("validity"), /^1 hour 29 minutes left/);
    await page.clock.runFor(HOUR + 20 * MINUTE + SECOND);
    assert.match(await text("validity"), /^8:59 min left/);
    await page.clock.runFor(SECOND);
    assert.match(await text("validity"), /^8:58 min left/);
    await page.clock.runFor(9 * MINUTE);
    assert.equal(await page.evaluate(() => held.element.state), "expired");
    assert.equal(await page.evaluate(() => held.part("qr")), null);
    assert.deepEqual(await page.evaluate(() => held.heard), ["1 hour left", "10 minutes left", "1 minute left", "Expired"]);
  });

  test("where motion is unwelcome no second is counted", async () => {
    await page.emulateMedia({ reducedMotion: "reduce" });
    await open({ until: NOON + 5 * MINUTE + 30 * SECOND });
    assert.match(await text("validity"), /^5 minutes left/);
    assert.equal(await page.evaluate(() => getComputedStyle(held.part("coupon")).animationName), "none");
  });

  test("not yet, over, and used; before its time it can be read all the same", async () => {
    await open({ from: NOON + HOUR });
    await drawn();
    assert.match(await text("validity"), /^Not valid yetfrom Sat/);
    await open({ until: NOON });
    assert.deepEqual([await text("stamp"), await page.evaluate(() => held.part("qr"))], ["✕ Expired", null]);
    await open({ used: NOON + MINUTE });
    assert.deepEqual([await text("stamp"), await page.evaluate(() => held.part("qr")), await text("use")], ["✓ Used", null, undefined]);
    await open({ used: NOON }, { language: "de" });
    assert.equal(await text("stamp"), "✓ Eingelöst");
  });

  test("when there is no network, that this does not matter", async () => {
    await open();
    await page.context().setOffline(true);
    await page.waitForFunction(() => /No network/.test(held.part("coupon").textContent));
    await page.context().setOffline(false);
    await page.waitForFunction(() => !/No network/.test(held.part("coupon").textContent));
  });
});

describe("what it does", () => {
  test("loads what draws codes when a coupon is opened, and shows letters where that fails", async () => {
    await page.evaluate(() => fresh(undefined));
    assert.equal(await page.evaluate(() => loads), 0);
    await open();
    await drawn();
    assert.equal(await page.evaluate(() => loads), 1);
    await page.evaluate((coupon) => fresh(coupon, { codes: () => Promise.reject(new Error("gone")) }), COUPON);
    await page.waitForFunction(() => /could not be drawn/.test(held.part("note")?.textContent));
    assert.equal(await text("code"), "0C3G E1R7 0W3G E1RV");
    await page.evaluate(({ code, ...bound }) => fresh(bound, { codes: () => Promise.reject(new Error("gone")) }), COUPON);
    await page.waitForFunction(() => /open the coupon again/.test(held.part("note")?.textContent));
    assert.equal(await page.evaluate(() => held.part("code") ?? "none"), "none", "a coupon that is bound has no letters");
  });

  test("reports use and closing by keyboard, which the page may refuse; the focus goes back", async () => {
    await page.evaluate((coupon) => {
      const opener = document.createElement("button");
      opener.textContent = "open";
      document.querySelector("main").append(opener);
      opener.focus();
      window.opener1 = opener;
      fresh(coupon);
      held.stay = (event) => event.preventDefault();
      held.element.addEventListener("coupon-use", held.stay);
    }, COUPON);
    assert.equal(await page.evaluate(() => document.activeElement === opener1), true, "opening takes no focus");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => held.element.state), "ready", "refused");
    await page.evaluate(() => held.element.removeEventListener("coupon-use", held.stay));
    await page.keyboard.press("Enter");
    assert.deepEqual(await page.evaluate(() => [held.element.state, held.element.coupon.used]), ["used", NOON]);
    await page.keyboard.press("Escape");
    assert.deepEqual(await page.evaluate(() => [held.element.open, held.element.coupon ?? null]), [false, null]);
    assert.equal(await page.evaluate(() => document.activeElement === opener1), true);
    assert.deepEqual(await page.evaluate(() => held.events), [["coupon-use", COUPON.code, true], ["coupon-use", COUPON.code, true], ["coupon-close", COUPON.code, true]]);
  });

  test("keeps the screen on while a coupon can be read, and lets go of it", async () => {
    await page.evaluate(() => {
      window.locks = [];
      const request = async () => {
        const lock = { released: false, release: async () => void (lock.released = true) };
        locks.push(lock);
        return lock;
      };
      Object.defineProperty(navigator, "wakeLock", { value: { request }, configurable: true });
    });
    await open();
    await page.waitForFunction(() => locks.length === 1);
    await page.evaluate(() => (held.element.coupon = undefined));
    await page.waitForFunction(() => locks.every(({ released }) => released));
    await open({ until: NOON });
    assert.equal(await page.evaluate(() => held.element.state), "expired");
    assert.equal(await page.evaluate(() => locks.length), 1);
  });

  test("markup in words stays text, and only emoji and https pictures are shown", async () => {
    const evil = "<img src=x onerror=\"document.title='broken'\">";
    await open({ title: evil, text: evil, code: "<b>", picture: "javascript:alert(1)" });
    assert.deepEqual(await page.evaluate(() => [held.element.shadowRoot.querySelectorAll("img, b").length, held.part("title").textContent, document.title]), [0, evil, "coupon"]);
  });

  test("axe finds nothing in any state, light or dark", async () => {
    const axe = await readFile(require.resolve("axe-core/axe.min.js"), "utf8");
    for (const colorScheme of ["light", "dark"]) {
      const there = await visit({ colorScheme, reducedMotion: "reduce" });
      await there.evaluate(axe);
      for (const change of [{ bars: { symbology: "code_128", text: COUPON.code } }, { from: NOON + HOUR }, { until: NOON }, { used: NOON }]) {
        await open(change, {}, there);
        const { violations } = await there.evaluate(() => axe.run());
        assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), [], `${colorScheme} ${JSON.stringify(change)}`);
      }
      await there.context().close();
    }
  });

  test("nothing went wrong in the pages meanwhile", () => assert.deepEqual(faults, []));
});
