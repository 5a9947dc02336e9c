// The till's page: real coupons of the real worker, accepted once, refused in words, with the edge gone as well.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { BLOCKED, browse, launch } from "../../pkg/test/hosts.mjs";
import { readCode } from "tactful/till";
import { holderTag, makeHolderKey, present, qrOf } from "tactful/wallet";
import { encode } from "uqr";
import { ledgerKeys } from "../ledger-keys.mjs";
import { serve } from "../serve.mjs";

const SCREENSHOTS = fileURLToPath(new URL("../../target/screenshots/", import.meta.url));
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
/** One that only the ledger accepts, and one that a till may honour without it. */
const [ONLINE, OFFLINE] = ["welcome-basket", "coffee-stamps"];
const STORE = "kaisaniemi";

let folder, keys, server, browser, context, page, faults;

const start = async (port = 0) => {
  keys = await ledgerKeys(join(folder, "keys.json"));
  server = await serve({ port, bindings: keys.bindings, kept: join(folder, "objects") });
};
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tactful-till-"));
  await start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  faults = [];
  await visit();
});
afterEach(async () => {
  await context.close();
  assert.deepEqual(faults, [], "the page reports no error");
});

async function visit(options = {}) {
  await context?.close();
  context = await browser.newContext({ viewport: { width: 412, height: 900 }, locale: "en-GB", reducedMotion: "reduce", ...options });
  context.on("weberror", (error) => faults.push(String(error.error())));
  page = await context.newPage();
  page.setDefaultTimeout(20_000);
}
const link = (more = {}) => `${new URL("till/", server.url).href}#${new URLSearchParams({ till: keys.till[0], key: keys.till[1], store: STORE, root: keys.trust.roots.join(","), ...more })}`;
const open = async (more) => {
  await page.goto(link(more));
  await page.waitForSelector("html[data-ready]");
};
const at = (id) => page.getByTestId(id);
const claim = async (coupon, store, holder) => {
  const response = await fetch(new URL("v1/claims", server.url), {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": randomBytes(16).toString("hex") },
    body: JSON.stringify({ coupon, person: randomBytes(16).toString("base64url"), store, holder }),
  });
  assert.equal(response.status, 201);
  const claimed = await response.json();
  return { ...claimed, qr: qrOf(claimed.token) };
};
const show = async (code, kind) => {
  await at("code").fill(code);
  await at("code").press("Enter");
  await page.waitForSelector(`[data-testid=result][data-kind=${kind}]`);
  return (await at("result").innerText()).replace(/\s+/g, " ");
};
const budget = async (coupon) => (await fetch(new URL(`v1/coupons/${coupon}/budget`, server.url), { headers: { authorization: `Bearer ${keys.shop}` } })).json();

describe("the till", () => {
  test("accepts a coupon once, says so in both languages, and takes a sale back", async () => {
    await open();
    const { qr, code } = await claim(ONLINE);
    const accepted = await show(qr, "accepted");
    assert.match(accepted, /✓ Accepted 5 € off your first shop €5\.00 off from a basket of €30\.00/);
    assert.match(await show(qr, "accepted"), /already on this receipt/);
    await at("next").click();
    assert.match(await show(qr, "refused"), /✕ Not accepted This coupon has already been used\. Used at till-1, receipt \d{4}-\d\d-\d\d-1,/);
    await at("language").click();
    assert.match((await at("result").innerText()).replace(/\s+/g, " "), /Nicht angenommen Dieser Gutschein wurde schon eingelöst\./);
    await at("language").click();
    assert.match(await show("CT1:NONE", "refused"), /incomplete/);
    const typed = await claim(ONLINE);
    await at("next").click();
    assert.match(await show(typed.code.toLowerCase(), "accepted"), new RegExp(typed.code.replace(/(.{4})(?=.)/g, "$1 ")));
    await at("undo").click();
    await page.waitForSelector("[data-testid=result][data-kind=undone]");
    await at("next").click();
    assert.match(await show(typed.qr, "accepted"), /Accepted/);
    assert.notEqual(code, typed.code);
  });

  test("accepts with no edge what may be, once, reports it when there is one, and opens with none", async () => {
    await open();
    await page.evaluate(() => navigator.serviceWorker.ready);
    const [one, other] = [await claim(OFFLINE, STORE), await claim(ONLINE)];
    const before = await budget(OFFLINE);
    const port = Number(new URL(server.url).port);
    await server.close();
    try {
      await page.reload();
      await page.waitForSelector("html[data-ready]");
      assert.equal(await at("network").textContent(), "No network");
      assert.match(await show(other.qr, "refused"), /cannot take this coupon while we are offline/);
      assert.match(await show(one.qr, "refused"), /another one today while we are offline/, "a share of an unknown basket is worth nobody knows what");
      await at("worth").fill("3,10");
      assert.match(await show(one.qr, "accepted"), /Checked without a network/);
      assert.match(await at("waiting").textContent(), /coupons? waits? to be reported/);
      await at("next").click();
      assert.match(await show(one.qr, "refused"), /already been used/);
      assert.match(await show(one.code, "refused"), /already been used|while we are offline/);
      await page.reload();
      await page.waitForSelector("html[data-ready]");
      await page.getByTestId("waiting").filter({ hasText: "to be reported" }).waitFor();
    } finally {
      await start(port);
    }
    await at("report").click();
    await page.getByTestId("waiting").filter({ hasText: "Everything is reported." }).waitFor();
    assert.equal(await at("network").textContent(), "Online");
    const { redeemed } = await budget(OFFLINE);
    assert.equal(redeemed, before.redeemed + 1);
  });

  test("keeps what it goes by where something on the way answers with a page of its own", async () => {
    await open();
    await page.evaluate(() => navigator.serviceWorker.ready);
    const { qr } = await claim(OFFLINE, STORE);
    const portal = (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><title>Sign in to this network</title>" });
    for (const address of ["**/v1/**", "**/till/terms.json"]) await context.route(address, portal);
    await page.reload();
    await page.waitForSelector("html[data-ready]");
    await at("worth").fill("3,10");
    assert.match(await show(qr, "accepted"), /Checked without a network/);
  });

  test("tells a coupon that was honoured offline and had been used elsewhere, until it is noted", async () => {
    await open();
    const one = await claim(OFFLINE, STORE);
    const port = Number(new URL(server.url).port);
    await server.close();
    try {
      await at("worth").fill("2");
      await show(one.qr, "accepted");
      assert.equal(await at("network").textContent(), "No network");
    } finally {
      await start(port);
    }
    const spent = await fetch(new URL("v1/redemptions", server.url), {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${keys.till[1]}` },
      body: JSON.stringify({ token: one.token, till: keys.till[0], receipt: "elsewhere", store: STORE }),
    });
    assert.equal(spent.status, 200);
    await at("report").click();
    await at("doubles").waitFor();
    assert.match(await at("doubles").innerText(), new RegExp(`Accepted offline, but not good\\s+${one.code}, receipt \\S+: This coupon has already been used. Used at till-1, receipt elsewhere, `));
    await at("language").click();
    assert.match(await at("doubles").innerText(), /Dieser Gutschein wurde schon eingelöst. Eingelöst an till-1, Bon elsewhere, /);
    await at("noted").click();
    await at("doubles").waitFor({ state: "detached" });
  });

  test("takes a coupon that is bound to a phone from that phone alone, and no picture of it", async () => {
    await open();
    const [phone, other] = [await makeHolderKey(), await makeHolderKey()];
    const { token, qr, code } = await claim(ONLINE, undefined, await holderTag(phone));
    assert.match(await show(qr, "refused"), /a picture is not enough/);
    await at("next").click();
    assert.match(await show(code, "refused"), /There is no such coupon/, "letters can be read off a picture");
    await at("next").click();
    assert.match(await show(await present(token, phone, Date.now() - 90_000), "refused"), /out of date/);
    await at("next").click();
    assert.match(await show(await present(token, other, Date.now()), "refused"), /belongs to another phone/);
    await at("next").click();
    assert.match(await show(await present(token, phone, Date.now()), "accepted"), /5 € off your first shop/);
  });

  test("opens where the browser keeps nothing, says so, and takes for the visit what the ledger takes", async () => {
    await context.close();
    const blocked = await browse(BLOCKED);
    try {
      ({ page } = blocked);
      context = page.context();
      context.on("weberror", (error) => faults.push(String(error.error())));
      await open();
      assert.match(await at("forgets").textContent(), /keeps nothing.*until this page is closed, and only with a network/);
      const receipt = await at("receipt").textContent();
      const [one, other] = [await claim(ONLINE), await claim(OFFLINE, STORE)];
      assert.match(await show(one.qr, "accepted"), /Accepted 5 € off/);
      await at("next").click();
      assert.match(await show(one.qr, "refused"), /already been used/);
      await context.setOffline(true);
      await at("worth").fill("3,10");
      assert.match(await show(other.qr, "refused"), /while we are offline/);
      await context.setOffline(false);
      assert.match(await show(other.qr, "accepted"), /Accepted/);
      await page.goto("about:blank");
      await open();
      assert.notEqual(await at("receipt").textContent(), receipt, "no customer has the number of another");
      assert.match(await show(one.qr, "refused"), /already been used/);
    } finally {
      await blocked.close();
    }
  });

  test("reads a code with the camera", async () => {
    const { qr } = await claim(ONLINE);
    await page.addInitScript((modules) => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [640, 480];
      const pen = canvas.getContext("2d");
      const paint = () => {
        pen.fillStyle = "#fff";
        pen.fillRect(0, 0, 640, 480);
        pen.fillStyle = "#000";
        modules.forEach((row, y) => row.forEach((dark, x) => dark && pen.fillRect(140 + 8 * x, 60 + 8 * y, 8, 8)));
      };
      setInterval(paint, 100);
      navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(10);
    }, encode(qr, { ecc: "M", border: 0 }).data);
    await open();
    await at("camera").click();
    await page.waitForSelector("[data-testid=result][data-kind=accepted]");
  });

  test("is set up by its link alone, whose key does not stay in the address", async () => {
    await page.goto(new URL("till/", server.url).href);
    await page.waitForSelector("html[data-ready]");
    assert.ok(!(await at("network").isVisible()), "nobody was asked yet");
    await at("link").fill("https://elsewhere.example/");
    await at("link").press("Enter");
    assert.match(await page.getByRole("alert").textContent(), /no link of a till/);
    await at("link").fill(link());
    await at("link").press("Enter");
    await at("code").waitFor();
    await page.goto(link());
    await page.waitForURL(new URL("till/", server.url).href);
    await at("code").waitFor();
    assert.equal(await page.evaluate(() => location.href), new URL("till/", server.url).href);
    await visit();
    await open({ key: "wrong" });
    assert.match(await page.locator("main").innerText(), /this link does not fit/);
    await visit();
    await open({ root: randomBytes(32).toString("base64url") });
    assert.match(await page.locator("main").innerText(), /this link does not fit/, "keys that are signed by others are none");
    for (const headers of [{}, { authorization: "Bearer wrong" }]) assert.equal((await fetch(new URL("till/terms.json", server.url), { headers })).status, 401);
    const told = await (await fetch(new URL("till/terms.json", server.url), { headers: { authorization: `Bearer ${keys.till[1]}` } })).text();
    assert.ok(!/"coupons":\s*\d/.test(told), "budgets are not for tills");
  });

  test("says until when another purchase holds a coupon, and when it typed too many wrong codes", async () => {
    await open();
    const { token, qr, code } = await claim(ONLINE);
    const hold = (address) => fetch(new URL(address, server.url), {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${keys.till[1]}` },
      body: JSON.stringify({ token, till: keys.till[0], receipt: "web-1", store: STORE }),
    });
    assert.equal((await hold("v1/reservations")).status, 200);
    assert.match(await show(qr, "refused"), /Not accepted This coupon is being held for another purchase right now\. It is held until \d+:\d\d [AP]M at the latest\.$/);
    await at("language").click();
    assert.match((await at("result").innerText()).replace(/\s+/g, " "), /für einen anderen Einkauf vorgemerkt\. Vorgemerkt bis spätestens \d\d:\d\d Uhr\.$/);
    await at("language").click();
    // Others of the same shard, whose last letter fits: about ten, since what an earlier test typed may still count, and one
    // is forgiven every ten seconds.
    const letters = [..."0123456789ABCDEFGHJKMNPQRSTVWXYZ"];
    const wrong = letters.map((letter) => letters.map((last) => `${code.slice(0, 2)}${letter.repeat(13)}${last}`).find(readCode));
    let guesses = 0;
    while (/There is no such coupon, or it has already been used/.test(await show(wrong[guesses], "refused"))) guesses += 1;
    assert.ok(guesses >= 5 && guesses <= 20, `${guesses} guesses`);
    assert.match(await show(code, "refused"), /Not accepted Too many codes were wrong here\. Please wait a moment, or let us scan the coupon\.$/);
    assert.equal((await hold("v1/reservations/release")).status, 200);
    assert.match(await show(qr, "accepted"), /Accepted 5 € off your first shop/);
    await at("waiting").filter({ hasText: "Everything is reported." }).waitFor();
  });

  test("axe finds nothing, in the light and in the dark, accepted and refused", async () => {
    const axe = await readFile(AXE, "utf8");
    await mkdir(SCREENSHOTS, { recursive: true });
    for (const [name, options] of [["phone", {}], ["dark", { colorScheme: "dark" }], ["desk", { viewport: { width: 1280, height: 800 } }]]) {
      await visit(options);
      const { qr } = await claim(ONLINE);
      await open();
      await page.evaluate(axe);
      for (const [state, act] of [["ready", async () => undefined], ["accepted", () => show(qr, "accepted")], ["refused", async () => (await at("next").click(), show(qr, "refused"))]]) {
        await act();
        const { violations } = await page.evaluate(() => axe.run());
        assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), [], `${name} ${state}`);
        await page.screenshot({ path: `${SCREENSHOTS}till-${name}-${state}.png` });
      }
    }
  });
});
