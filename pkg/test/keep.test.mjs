/** One shopper in several tabs of headless Chromium: the caps of the shop hold over all of them, and nothing is stored unasked. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { answers, browse, bundle, dist, firefox, pack, root, serveFiles, toldByFirefox } from "./hosts.mjs";

const NOON = Date.parse("2026-11-21T12:00:00+02:00");
const MINUTE = 60_000;
const SCRIPT = `
  import { load } from "tactful";
  import { keep } from "tactful/keep";
  const engine = load({ pack: new URL("/nordkorb.tact", location.href), seed: 7, now: ${NOON} });
  window.open1 = async (options) => (window.kept = await keep(await engine, { allowed: true, now: () => ${NOON}, onChange: () => (window.changes = (window.changes ?? 0) + 1), ...options }));
  window.engine = engine;
  window.countRecords = () => new Promise((done) => {
    const request = indexedDB.open("tactful");
    request.onsuccess = () => {
      const count = request.result.transaction("shoppers").objectStore("shoppers").count();
      count.onsuccess = () => done(count.result, request.result.close());
    };
  });
  // Asks once in each minute, and says at which of them something was shown.
  window.askAll = async (minutes, arrive = true) => {
    const shown = [];
    for (const minute of minutes) {
      const at = ${NOON} + minute * ${MINUTE};
      if (arrive) kept.observe([{ type: "check_in", at, store: "kaisaniemi" }, { type: "scan", at, code: "https://nordkorb.example/01/02000042000325" }]);
      const decision = await kept.ask("aisle", at);
      if (decision.kind === "show") shown.push([minute, decision.id]);
    }
    return shown;
  };`;

let server, chromium;

before(async () => {
  server = await serveFiles({
    "/page.html": `<!doctype html><html lang="en"><title>shop</title><script type="module" src="/app/page.js"></script>`,
    "/app/page.js": await bundle(SCRIPT, { platform: "browser", target: "es2022" }),
    "/core.wasm": await readFile(join(dist, "core.wasm")),
    "/nordkorb.tact": await pack(),
    "/elsewhere.tact": await pack("regions/" + JSON.parse(await readFile(join(root, "www/dist/regions/regions.json"), "utf8")).elsewhere.file.replace(".tact", "")),
    "/favicon.ico": "",
  });
  chromium = await browse();
});
after(async () => {
  await chromium?.close();
  await server?.close();
});

/** Another tab of the same browser. */
async function tab() {
  const page = await chromium.page.context().newPage();
  await page.goto(`${server.url}/page.html`);
  await page.waitForFunction(() => "open1" in window);
  return page;
}
const open = (page, options = {}) => page.evaluate(async (options) => (await open1(options)).volatile, options);
const close = (...pages) => Promise.all(pages.map((page) => page.close()));
const minutes = (count, step = 1) => Array.from({ length: count }, (_, nth) => nth * step);
const records = (page) => page.evaluate(() => countRecords());
const stored = (page) => page.evaluate(async () => [(await indexedDB.databases()).length, localStorage.length, (await caches.keys()).length]);

beforeEach(async () => {
  const page = await tab();
  await page.evaluate(() => {
    localStorage.clear();
    return new Promise((done) => (indexedDB.deleteDatabase("tactful").onsuccess = done));
  });
  await page.close();
});

/** Every pair of messages closer than the gap, and every day with more than the cap: the example's are 20 minutes and 3. */
function violations(shown) {
  const at = shown.map(([minute]) => minute).sort((a, b) => a - b);
  const close = at.filter((minute, nth) => nth > 0 && minute - at[nth - 1] < 20).length;
  const many = at.filter((minute, nth) => nth > 2 && minute - at[nth - 3] < 24 * 60).length;
  return close + many;
}

describe("several tabs", () => {
  test("asking at the same time keep the shop's gap and caps exactly, where tabs that keep nothing do not", async () => {
    const cadence = JSON.parse(await readFile(new URL("../../examples/nordkorb/catalog.json", import.meta.url), "utf8")).cadence;
    assert.deepEqual([cadence.gap_minutes, cadence.caps[0]], [20, { impressions: 3, hours: 24 }], "the example's rules that this test counts by");
    const run = async (options) => {
      const pages = [await tab(), await tab(), await tab()];
      for (const page of pages) await open(page, options);
      const found = await Promise.all(pages.map((page) => page.evaluate((minutes) => askAll(minutes), minutes(60, 7))));
      await close(...pages);
      return found.flat();
    };
    const together = await run({});
    assert.ok(together.length >= 2, `something was shown: ${together.length}`);
    assert.equal(violations(together), 0, JSON.stringify(together));
    assert.equal(new Set(together.map(([, id]) => id)).size, together.length, "each decision has an id of its own");
    const apart = await run({ allowed: false });
    assert.ok(violations(apart) > 0, "each tab by itself breaks the rules, so the count can find it");
    // The bound that is told: three tabs that keep nothing exceed a cap by at most twice as much again.
    assert.ok(apart.length <= 3 * together.length + 3, `${apart.length} beside ${together.length}`);
  });

  test("what one tab was told the others know, and a reply may come from any of them", async () => {
    const [one, other] = [await tab(), await tab()];
    await open(one);
    await open(other);
    await one.evaluate((now) => kept.observe({ type: "consent", at: now, remember: true }), NOON);
    await one.evaluate((now) => kept.observe({ type: "purchase", at: now, id: "1", currency: "EUR", items: [{ item_id: "nk-0001", price: 2, quantity: 1 }] }), NOON);
    const [[, id]] = await one.evaluate(() => askAll([1]));
    await other.waitForFunction(() => kept.engine.export().impressions.length === 1);
    assert.equal(await other.evaluate(() => kept.engine.export().purchases), 1);
    await other.evaluate(([id, now]) => kept.reply(id, "dismissed", now), [id, NOON + 2 * MINUTE]);
    await other.evaluate(() => kept.flush());
    await one.waitForFunction(() => kept.engine.export().impressions[0]?.reply === "dismissed");
    for (const category of ["tea", "coffee", "bread"]) {
      await other.evaluate(([category, now]) => kept.observe({ type: "search", at: now, search_term: category }), [category, NOON + 3 * MINUTE]);
      const version = await one.evaluate(() => (window.changes ?? 0));
      await other.evaluate(() => kept.flush());
      await answers(one, (version) => window.changes > version, version);
    }
    assert.match(await one.evaluate((id) => kept.explain(id, "en"), id), /\w/);
    await close(one, other);
  });

  test("what is forgotten in one is forgotten in all, and what another had not yet written does not bring it back", async () => {
    const [one, other] = [await tab(), await tab()];
    await open(one);
    await open(other);
    await one.evaluate(() => askAll([1]));
    await other.evaluate((now) => kept.observe({ type: "view_item", at: now, currency: "EUR", items: [{ item_id: "nk-0001", price: 2 }] }), NOON + 2 * MINUTE);
    await one.evaluate((now) => kept.forget(now), NOON + 3 * MINUTE);
    await other.evaluate(() => kept.flush());
    const known = await other.evaluate(() => kept.engine.export());
    assert.deepEqual([known.impressions, known.unknown_since], [[], NOON + 3 * MINUTE]);
    await close(one, other);
  });
});

test("another pack is gone on with at once, and whatever other tabs tell later", async () => {
  const [one, other] = [await tab(), await tab()];
  await open(one);
  await open(other);
  await one.evaluate(() => askAll([1]));
  await one.evaluate(async () => kept.update(await (await fetch("/elsewhere.tact")).arrayBuffer()));
  const comesIn = () => one.evaluate((at) => {
    try {
      return kept.engine.observe({ type: "check_in", at, store: "kaisaniemi" });
    } catch ({ message }) {
      return message;
    }
  }, NOON + MINUTE);
  assert.match(await comesIn(), /no store of the catalog has this id/);
  const shown = (page) => page.evaluate(() => kept.engine.export().impressions.length);
  assert.equal(await shown(one), 1, "the shopper is the same");
  const changes = await one.evaluate(() => window.changes ?? 0);
  await other.evaluate(() => askAll([40]));
  await answers(one, (changes) => window.changes > changes, changes);
  assert.match(await comesIn(), /no store of the catalog has this id/);
  assert.equal(await shown(one), 2);
  await close(one, other);
});

describe("what is kept", () => {
  test("comes back with the next page, is deleted when consent is withdrawn, and nothing is stored before consent", async () => {
    const page = await tab();
    assert.equal(await open(page, { allowed: false }), true);
    await page.evaluate(() => askAll([1]));
    assert.deepEqual(await stored(page), [0, 0, 0]);
    await page.evaluate((now) => kept.observe({ type: "consent", at: now, remember: true }), NOON + 2 * MINUTE);
    await page.evaluate(() => kept.flush());
    assert.equal(await page.evaluate(() => kept.volatile), false);
    const again = await tab();
    await open(again);
    assert.equal(await again.evaluate(() => kept.engine.export().impressions.length), 1, "also of what happened before consent");
    await again.evaluate((now) => kept.observe({ type: "consent", at: now, remember: false }), NOON + 3 * MINUTE);
    await page.waitForFunction(() => kept.volatile);
    await page.waitForTimeout(1_200);
    const fresh = await tab();
    await open(fresh);
    assert.equal(await fresh.evaluate(() => kept.engine.export().impressions.length), 0);
    await close(page, again, fresh);
  });

  test("is deleted by a refusal also where the page began without consent", async () => {
    const page = await tab();
    await open(page);
    await page.evaluate(() => askAll([1]));
    await page.evaluate(() => kept.close());
    const again = await tab();
    await open(again, { allowed: false });
    assert.equal(await records(again), 1, "nothing was said yet: what an earlier visit kept stays");
    await again.evaluate((now) => kept.observe({ type: "consent", at: now, remember: false }), NOON + 3 * MINUTE);
    await answers(again, async () => (await countRecords()) === 0 && localStorage.length === 0);
    await close(page, again);
  });

  test("is gone after a withdrawal also where another tab writes before it hears of that", async () => {
    const [one, other] = [await tab(), await tab()];
    await open(one);
    await other.evaluate(() => {
      const { set } = Object.getOwnPropertyDescriptor(BroadcastChannel.prototype, "onmessage");
      const heard = new Promise((resolve) => (window.hear = resolve));
      Object.defineProperty(BroadcastChannel.prototype, "onmessage", { set(listen) { set.call(this, (event) => void heard.then(() => listen(event))); } });
    });
    await open(other);
    await one.evaluate(() => askAll([1]));
    await one.evaluate((now) => kept.observe({ type: "consent", at: now, remember: false }), NOON + 3 * MINUTE);
    await answers(one, async () => (await countRecords()) === 0);
    await other.evaluate(() => askAll([30]));
    assert.equal(await records(other), 1, "the other one does not know yet");
    await other.evaluate(() => hear());
    await answers(other, async () => kept.volatile && (await countRecords()) === 0);
    await close(one, other);
  });

  test("that is no state makes the shop quieter, and is written over", async () => {
    const page = await tab();
    await page.evaluate(() => {
      window.faults = [];
      addEventListener("unhandledrejection", ({ reason }) => faults.push(String(reason)));
      return new Promise((done) => {
        const request = indexedDB.open("tactful", 1);
        request.onupgradeneeded = () => request.result.createObjectStore("shoppers").put({ generation: 3, state: "of another version" }, "tactful");
        request.onsuccess = () => done(request.result.close());
      });
    });
    await open(page);
    assert.deepEqual(await page.evaluate(() => askAll([1])), []);
    assert.deepEqual(await page.evaluate(() => [kept.engine.export().unknown_since, faults]), [NOON, []]);
    await close(page);
  });

  test("a database that the browser lost makes the shop quieter, not louder", async () => {
    const page = await tab();
    await open(page);
    await page.evaluate(() => askAll([1]));
    await page.evaluate(() => kept.close());
    await page.evaluate(() => new Promise((done) => (indexedDB.deleteDatabase("tactful").onsuccess = done)));
    await open(page);
    assert.equal(await page.evaluate(() => kept.engine.export().unknown_since), NOON);
    assert.deepEqual(await page.evaluate(() => askAll([30])), []);
    await close(page);
  });

  test("storage that refuses, throws, hangs or is full never reaches the shop", async () => {
    const faults = {
      refuses: () => { indexedDB.open = () => { const request = {}; setTimeout(() => request.onerror(), 1); return request; }; },
      throws: () => { indexedDB.open = () => { throw new DOMException("no", "SecurityError"); }; },
      hangs: () => { indexedDB.open = () => ({}); },
      full: () => {
        const { put } = IDBObjectStore.prototype;
        IDBObjectStore.prototype.put = function (...record) {
          const request = put.apply(this, record);
          this.transaction.abort();
          return request;
        };
      },
    };
    for (const [name, fault] of Object.entries(faults)) {
      const page = await tab();
      await page.evaluate(`Object.setPrototypeOf(indexedDB, Object.create(IDBFactory.prototype)); (${fault})()`);
      assert.equal(await open(page), true, name);
      assert.equal((await page.evaluate(() => askAll([1]))).length, 1, `${name}: decided from memory`);
      assert.equal((await page.evaluate(() => askAll([2]))).length, 0, `${name}: and counted there`);
      assert.equal(await page.evaluate(() => kept.volatile), true, name);
      const known = await page.evaluate(() => kept.engine.export());
      assert.deepEqual([known.impressions.length, known.unknown_since], [1, undefined], `${name}: and was not taken for lost`);
      await close(page);
    }
  });

  test("storage that goes when another tab has news is no fault of the page", async () => {
    const page = await tab();
    const faults = [];
    page.on("pageerror", (error) => faults.push(String(error)));
    await open(page);
    await page.evaluate(() => {
      const { transaction } = IDBDatabase.prototype;
      IDBDatabase.prototype.transaction = function (store, ...how) {
        // As one that the browser is closing; a look says no more than the store.
        if (how.length === 0) throw new DOMException(`closing: ${(window.looked = true)}`, "InvalidStateError");
        return transaction.call(this, store, ...how);
      };
      new BroadcastChannel("tactful:tactful").postMessage("changed");
    });
    await page.waitForFunction(() => window.looked);
    assert.equal(typeof (await page.evaluate(async () => (await kept.ask("home")).kind)), "string");
    assert.deepEqual(faults, []);
    await page.close();
  });

  test("storage that answers late is let go of: whoever clears it does not wait for the page", async () => {
    const [holder, page] = [await tab(), await tab()];
    await holder.evaluate(() => new Promise((done) => {
      const request = indexedDB.open("tactful", 1);
      request.onupgradeneeded = () => request.result.createObjectStore("shoppers");
      request.onsuccess = () => done((window.held = request.result));
    }).then(() => {
      window.cleared = new Promise((done) => (indexedDB.deleteDatabase("tactful").onsuccess = () => done(true)));
    }));
    assert.equal(await open(page), true, "what waits behind the clearing does not answer");
    await holder.evaluate(() => held.close());
    await holder.evaluate(() => cleared);
    await answers(holder, async () => (await indexedDB.databases()).length === 1);
    assert.equal(await holder.evaluate(() => new Promise((done) => {
      const request = indexedDB.deleteDatabase("tactful");
      request.onsuccess = () => done("cleared");
      request.onblocked = () => setTimeout(() => done("blocked"), 1_000);
    })), "cleared");
    await close(holder, page);
  });

  test("a disk that fills up forgets nothing of what this page showed since", async () => {
    const page = await tab();
    await open(page);
    assert.equal((await page.evaluate(() => askAll([1]))).length, 1);
    await page.evaluate(() => {
      const { put } = IDBObjectStore.prototype;
      IDBObjectStore.prototype.put = function (...record) {
        const request = put.apply(this, record);
        this.transaction.abort();
        return request;
      };
    });
    const shown = [1, ...(await page.evaluate(() => askAll([30, 31, 32, 60, 61]))).map(([minute]) => minute)];
    assert.equal(violations(shown.map((minute) => [minute])), 0, JSON.stringify(shown));
    assert.ok(shown.length > 1, "it goes on from memory");
    await close(page);
  });

  test("where nothing can be written, what waits to be is bounded", async () => {
    const page = await tab();
    await page.evaluate(() => {
      const { put } = IDBObjectStore.prototype;
      IDBObjectStore.prototype.put = function (...record) {
        const request = put.apply(this, record);
        if (!window.roomy) this.transaction.abort();
        return request;
      };
    });
    await open(page);
    const told = await page.evaluate(async (now) => {
      const view = (at) => ({ type: "view_item", at, currency: "EUR", items: [{ item_id: "nk-0001", price: 2 }] });
      for (let at = now; at < now + 2_000; at += 1) kept.observe(view(at));
      await kept.flush();
      for (let at = now + 2_000; at < now + 3_000; at += 1) kept.observe(view(at));
      await kept.flush();
      // Another tab has written meanwhile: what waits is told to what that one knows.
      let told = 0;
      const { fork } = Object.getPrototypeOf(await engine);
      Object.getPrototypeOf(await engine).fork = function (...shopper) {
        const forked = fork.apply(this, shopper);
        const { observe } = forked;
        forked.observe = function (...signals) {
          told += 1;
          return observe.apply(this, signals);
        };
        return forked;
      };
      window.roomy = true;
      await new Promise((done) => {
        const request = indexedDB.open("tactful", 1);
        request.onsuccess = () => {
          const transaction = request.result.transaction("shoppers", "readwrite");
          transaction.objectStore("shoppers").put({ generation: 99, state: new Uint8Array(1) }, "tactful");
          transaction.oncomplete = () => done(request.result.close());
        };
      });
      await kept.flush();
      return told;
    }, NOON);
    assert.ok(told > 0 && told <= 501, `${told}`);
    await close(page);
  });

  test("a Firefox that blocks all storage is none, too", { skip: !firefox && "there is no Firefox here" }, async () => {
    const script = `
      import { load } from "tactful";
      import { keep } from "tactful/keep";
      const faults = [];
      addEventListener("unhandledrejection", ({ reason }) => faults.push(String(reason)));
      const visit = async () => {
        const kept = await keep(await load({ pack: "/nordkorb.tact" }), { allowed: true, now: () => ${NOON} });
        kept.observe([{ type: "check_in", at: ${NOON}, store: "kaisaniemi" }, { type: "scan", at: ${NOON}, code: "https://nordkorb.example/01/02000042000325" }]);
        const { kind } = await kept.ask("aisle");
        kept.observe({ type: "consent", at: ${NOON}, remember: false });
        await kept.close();
        return [kind, kept.volatile];
      };
      const told = await visit().catch(String);
      await fetch("/told", { method: "POST", body: JSON.stringify([told, faults]) });`;
    const blocked = { "network.cookie.cookieBehavior": 2 };
    assert.deepEqual(await toldByFirefox(script, { "/nordkorb.tact": await pack() }, blocked), [["show", true], []]);
  });

  test("a tab that is closed in the middle leaves all or nothing", async () => {
    for (let round = 0; round < 12; round += 1) {
      const page = await tab();
      await open(page);
      await page.evaluate((round) => void askAll(Array.from({ length: 40 }, (_, nth) => 100 * round + nth), true), round);
      await page.waitForTimeout(round * 4);
      await page.close();
    }
    const page = await tab();
    await open(page);
    const known = await page.evaluate(() => kept.engine.export());
    assert.equal(known.unknown_since, undefined, "never damaged");
    assert.equal(violations(known.impressions.map(({ at }) => [(at - NOON) / MINUTE])), 0);
    await close(page);
  });
});
