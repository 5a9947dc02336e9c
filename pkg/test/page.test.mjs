/** What a page knows, in headless Chromium: attention with real media, keys and screens, and pages that change. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { browse, bundle, serveFiles } from "./hosts.mjs";

const SCRIPT = `
  import * as page from "tactful/page";
  window.told = [];
  const observe = (signals) => { for (const { at, ...signal } of [signals].flat()) told.push(signal); return []; };
  Object.assign(window, { page, observer: { observe } });`;

/** A tone as a WAV file: 8 kHz, 8 bits, one channel. */
function tone(seconds) {
  const samples = Buffer.from(Array.from({ length: 8_000 * seconds }, (_, nth) => 128 + (nth % 16 < 8 ? 40 : -40)));
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + samples.length, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  [[1, 20], [1, 22], [1, 32], [8, 34]].forEach(([value, at]) => header.writeUInt16LE(value, at));
  [[8_000, 24], [8_000, 28]].forEach(([value, at]) => header.writeUInt32LE(value, at));
  header.write("data", 36);
  header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples]);
}

const BODY = `
  <p id="rest" tabindex="0">nothing</p>
  <input id="text"><input id="check" type="checkbox"><textarea id="area"></textarea><div id="rich" contenteditable>x</div>
  <input id="card" autocomplete="section-a cc-number"><input id="street" autocomplete="shipping street-address">
  <input id="code" autocomplete="one-time-code"><input id="mail" autocomplete="email"><select id="land" autocomplete="billing country"><option>FI</select>
  <form id="pay"><input id="iban"></form>
  <iframe id="frame" title="payment" allow="payment *" srcdoc="<input id='number'>"></iframe>
  <audio id="audio" src="/tone.wav" loop controls></audio>
  <div id="host"></div>
  <div id="wide">wide</div>`;

let server, chromium, page;

before(async () => {
  server = await serveFiles({
    "/page.html": `<!doctype html><html lang="en"><title>shop</title>${BODY}<script type="module" src="/page.js"></script>`,
    "/page.js": await bundle(SCRIPT, { platform: "browser", target: "es2022" }),
    "/tone.wav": tone(2),
    "/favicon.ico": "",
  });
  chromium = await browse();
  page = chromium.page;
});
after(async () => {
  await chromium?.close();
  await server?.close();
});
beforeEach(async () => {
  await page.clock.install({ time: 1_000 });
  await page.goto(`${server.url}/page.html`);
  await page.waitForFunction(() => "page" in window);
});

/** What was told since the last look. */
const news = () => page.evaluate(() => told.splice(0).map(({ type, ...rest }) => rest));
const heard = async (change) => {
  await page.waitForFunction((change) => told.some((signal) => Object.entries(change).every(([name, is]) => signal[name] === is)), change);
  return news();
};
const watch = (options = {}) => page.evaluate((options) => { window.stop = page.watchAttention(window, observer, options); }, options);

const AT_LEISURE = { visible: true, idle: false, typing: false, playing: false, paying: false, full_screen: false, save_data: false, utc_offset: -new Date().getTimezoneOffset() };

describe("attention", () => {
  test("tells everything at first, and nothing more after it was stopped", async () => {
    await watch();
    assert.deepEqual(await news(), [AT_LEISURE]);
    await page.evaluate(() => stop());
    await page.locator("#text").pressSequentially("secret");
    await page.clock.runFor(120_000);
    assert.deepEqual(await news(), []);
  });

  test("typing begins with a key in a field, and ends with a pause or with the field; what is typed is told nowhere", async () => {
    await watch();
    await news();
    for (const field of ["text", "area", "rich"]) {
      await page.locator(`#${field}`).pressSequentially("secret");
      assert.deepEqual(await news(), [{ typing: true }], field);
      await page.clock.runFor(3_000);
      assert.deepEqual(await news(), [{ typing: false }], field);
    }
    await page.locator("#text").press("s");
    await page.locator("#rest").focus();
    assert.deepEqual(await news(), [{ typing: true }, { typing: false }]);
    await page.locator("#check").click();
    await page.locator("#text").press("Tab");
    await page.evaluate(() => document.querySelector("#text").dispatchEvent(new Event("input", { bubbles: true })));
    assert.deepEqual(await news(), [], "a box, another key and a script type nothing");
  });

  test("a field in an open shadow root is a field", async () => {
    await page.evaluate(() => { document.querySelector("#host").attachShadow({ mode: "open" }).innerHTML = "<input id=inner>"; });
    await watch();
    await news();
    await page.locator("#inner").press("s");
    assert.deepEqual(await news(), [{ typing: true }]);
  });

  test("idle is a minute without a touch", async () => {
    await page.clock.pauseAt(5_000);
    await watch();
    await news();
    await page.clock.runFor(59_000);
    await page.mouse.move(5, 5);
    await page.clock.runFor(59_999);
    assert.deepEqual(await news(), []);
    await page.clock.runFor(1);
    assert.deepEqual(await news(), [{ idle: true }]);
    await page.mouse.move(9, 9);
    assert.deepEqual(await news(), [{ idle: false }]);
    await page.clock.runFor(60_000);
    assert.deepEqual(await news(), [{ idle: true }]);
    await page.keyboard.press("a");
    assert.deepEqual(await news(), [{ idle: false }]);
  });

  test("paying is the focus in a field for it, in a frame that may take payments, or where the shop says", async () => {
    await watch({ paying: "#pay" });
    await news();
    for (const id of ["card", "street", "code", "land", "iban", "frame"]) {
      await page.locator(`#${id}`).focus();
      assert.deepEqual(await heard({ paying: true }), [{ paying: true }], id);
      await page.locator("#mail").focus();
      assert.deepEqual(await heard({ paying: false }), [{ paying: false }], `${id}, left`);
    }
    await page.locator("#card").focus();
    await news();
    await page.evaluate(() => document.querySelector("#card").remove());
    await page.locator("#rest").click();
    assert.deepEqual(await heard({ paying: false }), [{ paying: false }], "a field that is gone");
  });

  test("in a frame the shopper types a card number", async () => {
    await watch();
    await news();
    await page.frameLocator("#frame").locator("#number").click();
    await page.clock.runFor(10);
    assert.deepEqual(await heard({ paying: true }), [{ paying: true }]);
  });

  test("playing is media that can be heard, as long as it can", async () => {
    await watch();
    await news();
    const media = (work) => page.evaluate(work);
    await media(() => document.querySelector("#audio").play());
    assert.deepEqual(await heard({ playing: true }), [{ playing: true }]);
    await media(() => { document.querySelector("#audio").muted = true; });
    assert.deepEqual(await heard({ playing: false }), [{ playing: false }]);
    await media(() => { document.querySelector("#audio").muted = false; });
    assert.deepEqual(await heard({ playing: true }), [{ playing: true }]);
    await media(() => { document.querySelector("#audio").volume = 0; });
    assert.deepEqual(await heard({ playing: false }), [{ playing: false }]);
    await media(() => { document.querySelector("#audio").volume = 1; });
    await heard({ playing: true });
    await media(() => document.querySelector("#audio").remove());
    assert.deepEqual(await heard({ playing: false }), [{ playing: false }], "what leaves the page falls silent");
  });

  test("what plays already is heard, and what ends", async () => {
    await page.evaluate(() => {
      const audio = document.querySelector("#audio");
      audio.loop = false;
      return audio.play();
    });
    await watch();
    assert.equal((await news())[0].playing, true);
    assert.deepEqual(await heard({ playing: false }), [{ playing: false }]);
  });

  test("media in an open shadow root are heard when a hand starts them", async () => {
    await page.evaluate(() => {
      const root = document.querySelector("#host").attachShadow({ mode: "open" });
      root.innerHTML = "<audio src=/tone.wav loop></audio><button>play</button>";
      root.querySelector("button").addEventListener("click", () => root.querySelector("audio").play());
    });
    await watch();
    await news();
    await page.getByRole("button", { name: "play", exact: true }).click();
    assert.deepEqual(await heard({ playing: true }), [{ playing: true }]);
  });

  test("full screen begins and ends", async () => {
    await watch();
    await news();
    await page.evaluate(() => document.querySelector("#wide").addEventListener("click", ({ target }) => target.requestFullscreen()));
    await page.locator("#wide").click();
    assert.deepEqual(await heard({ full_screen: true }), [{ full_screen: true }]);
    await page.evaluate(() => document.exitFullscreen());
    assert.deepEqual(await heard({ full_screen: false }), [{ full_screen: false }]);
  });

  test("a hidden, frozen or left page is not seen", async () => {
    await watch();
    await news();
    const happens = (target, name, state) => page.evaluate(([target, name, state]) => {
      Object.defineProperty(document, "visibilityState", { configurable: true, value: state });
      (target === "window" ? window : document).dispatchEvent(new Event(name));
    }, [target, name, state]);
    for (const [leaves, comes] of [[["document", "visibilitychange", "hidden"], ["document", "visibilitychange", "visible"]], [["document", "freeze", "visible"], ["document", "resume", "visible"]], [["window", "pagehide", "visible"], ["window", "pageshow", "visible"]]]) {
      await happens(...leaves);
      await happens(...comes);
      assert.deepEqual(await news(), [{ visible: false }, { visible: true }], leaves[1]);
    }
  });

  test("saved traffic is what the connection or the preference says", async () => {
    await page.evaluate(() => {
      const connection = Object.assign(new EventTarget(), { saveData: true });
      Object.defineProperty(navigator, "connection", { configurable: true, value: connection });
    });
    await watch();
    assert.equal((await news())[0].save_data, true);
    await page.evaluate(() => {
      navigator.connection.saveData = false;
      navigator.connection.dispatchEvent(new Event("change"));
    });
    assert.deepEqual(await news(), [{ save_data: false }]);
  });
});

describe("consent, in a page with the usual snippets", () => {
  /** The snippet of gtag, and a consent platform that is loaded already; then the watcher, given window and navigator. */
  const start = () => page.evaluate(() => {
    window.dataLayer = window.dataLayer || [];
    window.gtag = function gtag() { window.dataLayer.push(arguments); };
    gtag("consent", "default", { ad_storage: "denied", ad_personalization: "denied", wait_for_update: 500 });
    const listeners = [];
    window.__tcfapi = (command, version, callback) => callback({ listenerId: listeners.push(callback), gdprApplies: true, cmpStatus: "loading" }, true);
    window.platform = (eventStatus, ...purposes) => listeners.forEach((tell, at) =>
      tell({ listenerId: at + 1, gdprApplies: true, cmpStatus: "loaded", eventStatus, purpose: { consents: Object.fromEntries(purposes.map((one) => [one, true])) } }, true));
    page.watchConsent({ layer: window, tcf: window, gpc: navigator }, observer);
  });
  const says = (work) => page.evaluate(work);

  test("a default, both answers, a withdrawal", async () => {
    await start();
    await page.clock.runFor(1_000);
    await says(() => platform("cmpuishown"));
    await says(() => gtag("consent", "update", { ad_storage: "granted", ad_personalization: "granted" }));
    assert.deepEqual(await news(), []);
    await says(() => platform("useractioncomplete", 1, 2, 3, 4));
    assert.deepEqual(await news(), [{ remember: true }]);
    await says(() => gtag("consent", "update", { ad_personalization: "denied" }));
    assert.deepEqual(await news(), [{ remember: false }]);
    await says(() => gtag("consent", "update", { ad_personalization: "granted" }));
    await says(() => platform("useractioncomplete"));
    assert.deepEqual(await news(), [{ remember: true }, { remember: false }]);
  });

  test("no answer", async () => {
    await start();
    await page.clock.runFor(10_000);
    assert.deepEqual(await news(), [{ remember: false }]);
  });

  test("Global Privacy Control", async () => {
    await page.evaluate(() => Object.defineProperty(navigator, "globalPrivacyControl", { configurable: true, value: true }));
    await start();
    assert.deepEqual(await news(), [{ gpc: true }, { remember: false }]);
  });
});

describe("the structured data of a page that changes", () => {
  const put = (id, name = id) => page.evaluate(([id, name]) => {
    const script = document.querySelector("#data") ?? document.head.appendChild(Object.assign(document.createElement("script"), { id: "data", type: "application/ld+json" }));
    script.textContent = JSON.stringify({ "@type": "Product", sku: id, name });
  }, [id, name]);
  const layer = (id) => page.evaluate((id) => { (window.dataLayer ??= []).push({ event: "view_item", ecommerce: { items: [{ item_id: id }] } }); }, id);
  const start = (changes) => page.evaluate((changes) => {
    page.watchDataLayer(window, observer);
    window.stop = page.watchPage(document, observer, { changes });
  }, changes);
  const ids = async () => (await page.evaluate(() => told.splice(0))).map(({ items }) => items[0].item_id);
  const settle = () => page.clock.runFor(1_000);

  test("is told once, where the data layer says nothing", async () => {
    await put("nk-1");
    await start(false);
    assert.deepEqual(await ids(), []);
    await settle();
    assert.deepEqual(await ids(), ["nk-1"]);
    await layer("nk-1");
    assert.deepEqual(await ids(), [], "and what the data layer then says of it is the same look");
    await layer("nk-1");
    assert.deepEqual(await ids(), ["nk-1"], "but the next is another");
  });

  test("is not told where the data layer has said it already, by whatever id", async () => {
    await put("nk-1");
    await layer("4711");
    await start(false);
    await settle();
    assert.deepEqual(await ids(), ["4711"]);
  });

  test("is read again on each page of an app that changes its own", async () => {
    await start(true);
    await put("nk-1");
    await settle();
    await put("nk-1", "Another name for it");
    await settle();
    await page.evaluate(() => history.pushState(null, "", "/2"));
    await put("nk-2");
    await settle();
    await page.evaluate(() => history.pushState(null, "", "/3"));
    await layer("nk-3");
    await put("nk-3");
    await settle();
    assert.deepEqual(await ids(), ["nk-1", "nk-2", "nk-3"]);
    await page.evaluate(() => stop());
    await put("nk-4");
    await settle();
    assert.deepEqual(await ids(), []);
  });
});
