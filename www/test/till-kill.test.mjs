/**
 * The till's page in Chromium that is killed between a scan and its answer, or as soon as the next customer is there, and started
 * again on the same profile: what was said to be accepted is accepted on no other receipt, what nobody was told can be shown again,
 * and in the end the ledger has heard of each.
 *
 * `KILLS=200 node --test www/test/till-kill.test.mjs` kills more often.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { qrOf } from "tactful/wallet";
import { answers, mortal } from "../../pkg/test/hosts.mjs";
import { ledgerKeys } from "../ledger-keys.mjs";
import { serve } from "../serve.mjs";

const KILLS = Number(process.env.KILLS ?? 12);
/** One that a till may honour without the ledger, and one that it may not. */
const [OFFLINE, ONLINE] = ["coffee-stamps", "welcome-basket"];
const STORE = "kaisaniemi";
/** So many of a hundred coupons are shown where the ledger cannot be reached. */
const CUT_OFF = 70;
/** A coupon that is accepted first and written down later: the till that the lives must not go by. */
const GRANTED_FIRST = ["const first = await spent.take(entry);", "setTimeout(() => void spent.take(entry), 200); const first = await spent.get(entry.code);"];

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
let folder, keys;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tactful-till-kill-"));
  keys = await ledgerKeys(join(folder, "keys.json"));
});
after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

/** The pages with a till of which one line is another. */
async function broken([from, to]) {
  const assets = join(folder, "dist");
  await cp(here("../dist"), assets, { recursive: true });
  const load = async ({ path }) => {
    const text = await readFile(path, "utf8");
    assert.equal(text.split(from).length, 2, `${path} has one line like this: ${from}`);
    return { contents: text.replace(from, () => to) };
  };
  await build({
    entryPoints: { till: here("../src/till/till.ts") }, outdir: join(assets, "app"), bundle: true, splitting: true, format: "esm", logLevel: "warning",
    plugins: [{ name: "broken", setup: ({ onLoad }) => onLoad({ filter: /dist[\\/]till[\\/]till\.js$/ }, load) }],
  });
  return assets;
}

/** Lives of one till on one profile; returns what it did wrong, in words, and what it did. */
async function lives(name, kills, options = {}) {
  const server = await serve({ port: 0, bindings: keys.bindings, kept: join(folder, name, "objects"), ...options });
  const [wrongs, said] = [[], []];
  const link = `${new URL("till/", server.url).href}#${new URLSearchParams({ till: keys.till[0], key: keys.till[1], store: STORE, root: keys.trust.roots.join(",") })}`;
  /** Until when half of the answers are there, milliseconds. */
  let usual = 300;
  let [last, cutShort] = [undefined, 0];
  const opened = async () => {
    const chromium = await mortal(join(folder, name, "profile"));
    chromium.page.setDefaultTimeout(60_000);
    return chromium;
  };
  const wrong = (what) => wrongs.push(`${what} (after ${said.length} coupons)`);
  try {
    for (let round = 0; round < kills && wrongs.length === 0; round += 1) {
      // While it opens, and tells the ledger what waits.
      if (Math.random() < 0.25) {
        const dying = await opened();
        void dying.page.goto(link).catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, 4 * Math.random() * usual));
        await dying.kill();
      }
      const { page, kill } = await opened();
      try {
        await page.goto(link);
        await page.waitForSelector("html[data-ready]");
        if (last) {
          const kind = await show(page, last.qr);
          const wanted = last.isGone ? "refused" : "accepted";
          if (kind !== wanted) wrong(`${last.isGone ? "a coupon of the customer before" : last.isSaid ? "the same coupon on the same receipt" : "a coupon of which nobody was told"} is ${kind}`);
          if (!last.isSaid) said.push(last);
          if (!last.isGone) await next(page);
        }
        for (const one of [last, said[Math.floor(Math.random() * said.length)]]) {
          if (one && (await show(page, one.qr)) !== "refused") wrong("a coupon of another receipt is accepted");
        }
        const isCut = Math.random() * 100 < CUT_OFF;
        last = { qr: await claim(server, isCut ? OFFLINE : ONLINE), isSaid: false, isGone: false };
        if (isCut) await page.route("**/v1/redemptions**", (route) => route.abort());
        const from = performance.now();
        const heard = show(page, last.qr).then((kind) => {
          if (kind !== "accepted") wrong(`a new coupon is ${kind}`);
          usual = 0.8 * usual + 0.2 * (performance.now() - from);
          return true;
        }, () => false);
        const isHeard = await Promise.race([heard, new Promise((resolve) => setTimeout(resolve, 2 * Math.random() * usual, false))]);
        if (isHeard && Math.random() < 0.5) {
          await next(page);
          last.isGone = true;
        }
        await kill();
        // What was said while it was killed was said.
        last.isSaid = (await heard) && true;
        if (last.isSaid) said.push(last);
        else cutShort += 1;
      } catch (error) {
        await kill().catch(() => {});
        throw error;
      }
    }
    if (wrongs.length > 0) return { wrongs };
    const { page, kill } = await opened();
    try {
      await page.goto(link);
      await page.waitForSelector("html[data-ready]");
      if (!last.isSaid) {
        await show(page, last.qr);
        said.push(last);
      }
      await answers(page, waiting, undefined);
      const doubles = await page.getByTestId("doubles").count();
      if (doubles > 0) wrong("a coupon counts as honoured twice");
    } finally {
      await kill();
    }
    const redeemed = (await Promise.all([OFFLINE, ONLINE].map((coupon) => budget(server, coupon)))).reduce((sum, { redeemed }) => sum + redeemed, 0);
    if (redeemed !== said.length) wrong(`the ledger heard of ${redeemed} of ${said.length} coupons`);
    return { wrongs, said: said.length, cutShort };
  } finally {
    await server.close();
  }
}

async function claim({ url }, coupon) {
  const response = await fetch(new URL("v1/claims", url), {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": randomBytes(16).toString("hex") },
    body: JSON.stringify({ coupon, person: randomBytes(16).toString("base64url"), ...(coupon === OFFLINE && { store: STORE }) }),
  });
  assert.equal(response.status, 201);
  return qrOf((await response.json()).token);
}

const budget = async ({ url }, coupon) => (await fetch(new URL(`v1/coupons/${coupon}/budget`, url), { headers: { authorization: `Bearer ${keys.shop}` } })).json();

/** Shows a coupon to the till; resolves with what it says. */
async function show(page, qr) {
  await page.getByTestId("worth").fill("0.01");
  await page.getByTestId("code").fill(qr);
  await page.getByTestId("code").press("Enter");
  const result = await page.waitForSelector("[data-testid=result]:is([data-kind=accepted], [data-kind=refused], [data-kind=broken])");
  return result.getAttribute("data-kind");
}

/** The next customer. */
async function next(page) {
  await page.getByTestId("next").click();
  await page.waitForSelector("[data-testid=result][data-kind=ready]");
}

/** Runs in the page: has the ledger heard of everything that is written down? */
async function waiting() {
  document.querySelector("[data-testid=report]")?.click();
  const opened = indexedDB.open("tactful-till", 1);
  const database = await new Promise((done) => (opened.onsuccess = () => done(opened.result)));
  const counted = database.transaction("spent").objectStore("spent").index("open").count();
  const open = await new Promise((done) => (counted.onsuccess = () => done(counted.result)));
  database.close();
  return open === 0;
}

test("what was said to be accepted is so once, whenever the till is killed", { timeout: 1_800_000 }, async (t) => {
  const { wrongs, said, cutShort } = await lives("till", KILLS);
  assert.deepEqual(wrongs, []);
  t.diagnostic(`${KILLS} kills, ${cutShort} of them before the answer, ${said} coupons`);
});

test("a till that accepts first and writes afterwards is noticed", { timeout: 600_000 }, async () => {
  const { wrongs } = await lives("careless", 40, { assets: await broken(GRANTED_FIRST) });
  assert.match(String(wrongs), /coupon/);
});
