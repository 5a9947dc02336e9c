// A coupon from the card to the till: the real shop, worker, ledger and till's page, in Chromium and workerd.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { answers, launch } from "../../pkg/test/hosts.mjs";
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
import { ledgerKeys } from "../ledger-keys.mjs";
import { serve } from "../serve.mjs";

const VISIT = "?at=2026-11-21T10:05:00%2B02:00&seed=7&language=en";
const SCREENSHOTS = fileURLToPath(new URL("../../target/screenshots/", import.meta.url));
const require = createRequire(import.meta.url);
/** What the card offers who walks into this store. */
const [STORE, OFFER, TITLE] = ["kamppi", "kamppi-neighbours", "2 € off in Kamppi"];

let folder, keys, server, browser;

const start = async (port = 0) => {
  keys = await ledgerKeys(join(folder, "keys.json"));
  server = await serve({ port, bindings: keys.bindings, kept: join(folder, "objects") });
};
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tactful-claim-"));
  await mkdir(SCREENSHOTS, { recursive: true });
  await start();
  browser = await launch();
  await prepareZXingModule({ overrides: { wasmBinary: (await readFile(require.resolve("zxing-wasm/reader/zxing_reader.wasm"))).buffer } });
});
after(async () => {
  await browser?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A phone of its own; what it asks for is in `asked`. */
async function shopper(visit, { isAllowed = true, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 412, height: 900 }, deviceScaleFactor: 2, locale: "en-GB", reducedMotion: "reduce", ...options });
  const [faults, asked] = [[], []];
  context.on("weberror", (error) => faults.push(String(error.error())));
  context.on("request", (request) => asked.push(new URL(request.url()).pathname));
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    await opened(page, new URL(VISIT, server.url).href);
    if (isAllowed) {
      await at(page, "tab-me").click();
      await at(page, "consent").click();
    }
    await visit(page, asked, context);
    assert.deepEqual(faults, [], "the page reports no error");
  } finally {
    await context.close();
  }
}
const at = (page, id) => page.getByTestId(id);
const opened = async (page, url) => {
  await (url ? page.goto(url) : page.reload());
  await page.waitForSelector("html[data-ready]");
};

async function take(page) {
  await at(page, "tab-map").click();
  await at(page, "speed").selectOption("30");
  await at(page, `go-${STORE}`).click();
  await page.waitForFunction(() => document.querySelector("tactful-card").open);
  await page.locator("tactful-card").getByRole("button", { name: "Take it", exact: true }).click();
}
const shown = (page) => page.waitForFunction(() => document.querySelector("tactful-coupon").shadowRoot?.querySelector("[part=qr]"));

/** Waits until the shop has kept that it may. */
async function expectKept(page) {
  const isKept = () => page.evaluate(() => new Promise((done) => {
    const open = indexedDB.open("nordkorb", 1);
    open.onsuccess = () => {
      const get = open.result.transaction("records").objectStore("records").get("kept");
      get.onsuccess = () => (open.result.close(), done(get.result !== undefined));
    };
  }));
  for (let tries = 0; !(await isKept()); tries += 1) {
    assert.ok(tries < 200, "the shop keeps what it may");
    await page.waitForTimeout(100);
  }
}

/** What a till's camera would see on the phone. */
async function read(page) {
  await shown(page);
  await page.locator("tactful-coupon").evaluate((coupon) => coupon.shadowRoot.querySelector("[part=qr]").scrollIntoView());
  const found = await readBarcodes(new Uint8Array(await at(page, "coupon").screenshot({ animations: "disabled" })), { tryHarder: true, formats: [] });
  return Object.fromEntries(found.map(({ format, text }) => [format, text]));
}

/** A till of this store in a browser of its own. */
async function till(act, more = {}) {
  const context = await browser.newContext({ viewport: { width: 800, height: 900 }, locale: "de-DE", reducedMotion: "reduce" });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const link = new URLSearchParams({ till: keys.till[0], key: keys.till[1], store: STORE, root: keys.trust.roots.join(","), ...more });
  try {
    await opened(page, `${new URL("till/", server.url).href}#${link}`);
    await act({
      page,
      next: () => at(page, "next").click(),
      scan: async (code, kind) => {
        await at(page, "code").fill(code);
        await at(page, "code").press("Enter");
        await page.waitForSelector(`[data-testid=result][data-kind=${kind}]`);
        return (await at(page, "result").innerText()).replace(/\s+/g, " ");
      },
    });
  } finally {
    await context.close();
  }
}

describe("a coupon", () => {
  test("is taken in the card, shown as a code, accepted at the till, and refused the second time", () =>
    shopper(async (page, asked) => {
      const before = asked.length;
      await take(page);
      const { QRCode: qr, Code128: code } = await read(page);
      assert.match(qr, /^CT1:/);
      assert.deepEqual(asked.slice(before).filter((path) => path.startsWith("/v1/")), ["/v1/claims"]);
      await page.screenshot({ path: `${SCREENSHOTS}coupon-phone.png` });
      await till(async ({ scan, next }) => {
        assert.match(await scan(qr, "accepted"), /Angenommen 2 € Rabatt in Kamppi 2,00 € Rabatt ab 15,00 € Einkauf/);
        await next();
        assert.match(await scan(qr, "refused"), /Nicht angenommen Dieser Gutschein wurde schon eingelöst/);
        assert.match(await scan(code, "refused"), /schon eingelöst/);
      });
      await page.locator("tactful-coupon").getByRole("button", { name: "I have used it" }).click();
      assert.equal(await at(page, "coupon").evaluate(({ state }) => state), "used");
      await page.keyboard.press("Escape");
      await at(page, "tab-me").click();
      await at(page, "coupons").click();
      assert.match(await page.locator(".purse").innerText(), new RegExp(`${TITLE}\\s+used`));
      const { redeemed } = await (await fetch(new URL(`v1/coupons/${OFFER}/budget`, server.url), { headers: { authorization: `Bearer ${keys.shop}` } })).json();
      assert.equal(redeemed, 1);
    }));

  test("is there after a reload, also with the shop and the till cut off, and is reported later", () =>
    shopper(async (page, asked, context) => {
      await take(page);
      await shown(page);
      await page.locator("tactful-coupon").getByRole("button", { name: "Close" }).click();
      // The shop keeps itself when it has been quiet for a moment, and a walk is not.
      await expectKept(page);
      await opened(page);
      await at(page, "tab-basket").click();
      await at(page, "coupon-show").waitFor();
      // What draws codes is there as soon as there is a coupon.
      await page.waitForLoadState("networkidle");
      const claims = asked.filter((path) => path === "/v1/claims").length;
      await till(async ({ page: counter, scan, next }) => {
        const port = Number(new URL(server.url).port);
        await server.close();
        await context.setOffline(true);
        try {
          await at(page, "coupon-show").click();
          const { QRCode: qr } = await read(page);
          await page.waitForFunction(() => /No network/.test(document.querySelector("tactful-coupon").shadowRoot.textContent));
          assert.match(await scan(qr, "accepted"), /Ohne Netz geprüft/);
          await next();
          assert.match(await scan(qr, "refused"), /schon eingelöst/);
        } finally {
          await start(port);
        }
        await at(counter, "report").click();
        await counter.getByTestId("waiting").filter({ hasText: "Alles ist gemeldet." }).waitFor();
      });
      assert.equal(asked.filter((path) => path === "/v1/claims").length, claims);
    }));

  test("of another store is refused in words", () =>
    shopper(async (page) => {
      await take(page);
      const { QRCode: qr } = await read(page);
      await till(async ({ scan }) => assert.match(await scan(qr, "refused"), /gilt in einer anderen Filiale/), { store: "kaisaniemi" });
    }));

  test("is not claimed without consent, which the shopper may give with it, and take back", () =>
    shopper(async (page, asked) => {
      await take(page);
      await at(page, "tab-basket").click();
      assert.match(await page.locator(".taken").innerText(), /2 € off in Kamppi/);
      assert.ok(!asked.includes("/v1/claims"));
      assert.ok(!(await page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name))).includes("nordkorb-coupons"));
      await at(page, "coupon-get").click();
      await shown(page);
      assert.ok(asked.includes("/v1/claims"));
      await page.keyboard.press("Escape");
      await at(page, "tab-me").click();
      await at(page, "consent").click();
      await answers(page, async () => !(await indexedDB.databases()).some(({ name }) => name === "nordkorb-coupons"));
      await at(page, "coupons").click();
      assert.match(await page.locator("#screen").innerText(), /None yet/);
    }, { isAllowed: false }));

  test("looks right, and axe finds nothing, on a phone in the dark and at a desk", async () => {
    const axe = await readFile(require.resolve("axe-core/axe.min.js"), "utf8");
    for (const [name, options] of [["dark", { colorScheme: "dark" }], ["desk", { viewport: { width: 1280, height: 800 } }]]) {
      await shopper(async (page) => {
        await take(page);
        await shown(page);
        await page.evaluate(axe);
        const violations = async (within) => (await page.evaluate((within) => axe.run(within), within)).violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
        assert.deepEqual(await violations("#wallet"), [], name);
        await page.screenshot({ path: `${SCREENSHOTS}coupon-${name}.png` });
        await page.keyboard.press("Escape");
        await at(page, "tab-me").click();
        await at(page, "coupons").click();
        await at(page, "coupon-show").waitFor();
        assert.deepEqual(await violations("#screen"), [], name);
        await page.screenshot({ path: `${SCREENSHOTS}coupons-${name}.png` });
      }, options);
    }
  });
});
