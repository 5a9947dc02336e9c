/** A page that follows its shop: real heads and packs from a real server, in Node and in Chromium; no clock but the test's. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { brotliCompressSync } from "node:zlib";
import { load } from "tactful";
import { createHandler } from "tactful/edge";
import { live } from "tactful/live";
import { published } from "tactful/publish";
import { browse, bundle, dist, pack, serveFiles } from "./hosts.mjs";
import { hex, packOf, shop } from "./publishing.mjs";

const [NOON, DAY] = [Date.parse("2026-11-21T12:00:00+02:00"), 86_400_000];
const real = await pack();

/** A server of one shop: files by path, and pages that listen. */
async function serving(made) {
  const files = {};
  const listening = new Set();
  const asked = [];
  const server = createServer(async (request, response) => {
    asked.push(request.url);
    response.setHeader("access-control-allow-origin", "*");
    if (request.url.startsWith("/v1/live") && files.live !== undefined) return files.live(response);
    if (request.url.startsWith("/v1/live")) {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(":\n\n");
      listening.add(response);
      response.on("close", () => listening.delete(response));
      return;
    }
    const body = files[request.url];
    if (request.url.startsWith("/v1/packs")) await files.slow;
    response.writeHead(body === undefined ? 404 : 200);
    response.end(body);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const put = (head, packs) => {
    files["/v1/head"] = head.envelope;
    for (const { version, envelope } of made.authorities) files[`/v1/authority/${version}`] = envelope;
    for (const one of packs) files[`/v1/packs/${hex(one)}`] = one;
  };
  const tell = ({ version, envelope }) => {
    for (const page of listening) page.write(`id: ${version}\nevent: head\ndata: ${envelope}\n\n`);
  };
  const heard = () => until(() => listening.size > 0);
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { from: `http://127.0.0.1:${server.address().port}/shop-is-elsewhere/..`, files, asked, put, tell, heard, listening };
}

/** Waits for something to become true; that it does is the test. */
async function until(what) {
  while (!(await what())) await new Promise((resolve) => setImmediate(resolve));
}

/** A page of a shop that published its first pack. */
async function opened(options = {}, packs = [Buffer.from("one".repeat(40))]) {
  const made = shop({ now: NOON });
  const server = await serving(made);
  server.put(made.addHead({ packs }), packs);
  const [news, faults] = [[], []];
  const clock = { now: NOON };
  const page = await live({ from: server.from, trust: made.trust, now: () => clock.now, onShop: (one) => news.push(one), onFault: (fault) => faults.push(fault), ...options });
  after(() => page.close());
  return { made, server, page, news, faults, clock };
}

const text = ({ pack }) => Buffer.from(pack).toString();
const other = Buffer.from(`${"one".repeat(40)}, and two`);

test("a page that was opened before anything was published begins with its own pack, and follows the first publication", async () => {
  const made = shop({ now: NOON });
  const server = await serving(made);
  const [news, faults] = [[], []];
  const options = { from: server.from, trust: made.trust, now: () => NOON, onShop: ({ kind, version }) => news.push(`${kind} ${version}`), onFault: (fault) => faults.push(fault) };
  await assert.rejects(live(options), { code: "not-found" });
  const page = await live({ ...options, until: async () => new Uint8Array(real) });
  after(() => page.close());
  const tact = await load({ pack: page.pack, seed: 1, now: NOON });
  page.follow(tact);
  const { offer } = tact.ask("home", NOON);
  assert.deepEqual([hex(page.pack), page.version, page.stopped, page.allows(offer.id), page.claimWait(), await page.regions()], [hex(real), 0, [], true, 0, undefined]);
  await page.change({ language: "de" });
  await server.heard();
  assert.ok(server.asked.at(-1).endsWith("/v1/live?version=0"));
  const first = made.addHead({ packs: [real], stopped: [offer.id] });
  server.put(first, []);
  server.tell(first);
  await until(() => news.length === 2);
  assert.deepEqual([news, faults, page.version, page.allows(offer.id), tact.ask("home", NOON + 1_000).why], [["head 1", "pack 1"], [], 1, false, "resting"]);
  // The pack is the same, so nothing was loaded.
  assert.ok(!server.asked.some((path) => path.startsWith("/v1/packs")));
});

test("an engine that is freed, as with a part of the page that goes, keeps no other from the next pack", async () => {
  const { made, server, page, news, faults } = await opened({}, [real]);
  const freed = await load({ pack: page.pack, seed: 1, now: NOON });
  const updated = [];
  page.follow(freed);
  const stop = page.follow({ update: () => updated.push("stopped") });
  page.follow({ update: (bytes) => updated.push(hex(bytes)) });
  freed.free();
  stop();
  const next = Buffer.from("another pack");
  const second = made.addHead({ packs: [next] });
  await server.heard();
  server.put(second, [next]);
  server.tell(second);
  await until(() => news.length > 1 || faults.length > 0);
  assert.deepEqual([faults, updated, hex(page.pack)], [[], [hex(next)], hex(next)]);
});

test("where a browser keeps nothing a page begins and goes on all the same", async () => {
  const { page, faults } = await opened({ keep: true });
  assert.equal(typeof globalThis.caches, "undefined", "as in a frame without an origin of its own");
  assert.equal(text(page), "one".repeat(40));
  await page.change({ keep: false });
  assert.ok(faults.every(({ name }) => name === "ReferenceError"), String(faults));
});

test("a page with a pack of its own begins with it where the server is away or the attacker's, and is told", async () => {
  const made = shop({ now: NOON });
  const server = await serving(made);
  const own = new Uint8Array(other);
  const open = async () => {
    const faults = [];
    const page = await live({ from: server.from, trust: made.trust, now: () => NOON, by: "asking", until: async () => own, onFault: ({ code }) => faults.push(code) });
    page.close();
    return [Buffer.from(page.pack).equals(other), page.version, faults[0]];
  };
  server.put(made.head({ packs: [real], by: shop({ now: NOON }).anna }), [real]);
  assert.deepEqual(await open(), [true, 0, "untrusted-head"]);
  const head = made.addHead({ packs: [real] });
  server.put(head, [real]);
  delete server.files[`/v1/packs/${hex(real)}`];
  assert.deepEqual(await open(), [true, 1, "not-fetched"]);
  delete server.files["/v1/authority/1"];
  assert.deepEqual(await open(), [true, 0, "not-fetched"], "a head without its authority is not nothing");
  server.files["/v1/head"] = "[]";
  assert.deepEqual(await open(), [true, 0, "no-head"]);
});

test("a page that is closed while a pack is on its way neither tells of it nor exchanges it", async () => {
  const { made, server, page, news, faults } = await opened();
  const updated = [];
  page.follow({ update: (bytes) => updated.push(hex(bytes)) });
  await server.heard();
  const next = made.addHead({ packs: [other] });
  server.put(next, [other]);
  let go;
  server.files.slow = new Promise((resolve) => (go = resolve));
  server.tell(next);
  await until(() => server.asked.includes(`/v1/packs/${hex(other)}`));
  page.close();
  go();
  server.files.slow = undefined;
  assert.equal((await fetch(new URL(`/v1/packs/${hex(other)}`, server.from))).status, 200);
  // The page's own answer came before that one.
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([news.map(({ kind }) => kind), updated, text(page), faults], [["head"], [], "one".repeat(40), []]);
});

test("a page that listens hears what is stopped, then decides on the pack, which came as a delta", async () => {
  const { made, server, page, news } = await opened();
  const packs = [];
  page.follow({ update: (bytes) => packs.push(Buffer.from(bytes).toString()) });
  await server.heard();
  const next = made.addHead({ packs: [other], stopped: ["tea"], note: "lights out" });
  // The delta alone: the whole pack is not there.
  const one = Buffer.from("one".repeat(40));
  server.files[`/v1/deltas/${hex(other)}/${hex(one)}`] = Buffer.concat([Buffer.from([one.length, 0, 9]), other.subarray(one.length)]);
  server.tell(next);
  await until(() => news.length === 2);
  assert.deepEqual(news, ["head", "pack"].map((kind) => ({ kind, version: 2, note: "lights out", stopped: ["tea"] })));
  assert.deepEqual([page.version, page.stopped, page.allows("tea"), page.allows("coffee"), text(page), packs], [2, ["tea"], false, true, other.toString(), [other.toString()]]);
  // What is known already changes nothing.
  server.tell(next);
  const third = made.addHead({ packs: [other] });
  server.tell(third);
  await until(() => news.length === 4);
  assert.deepEqual(news.slice(2).map(({ kind, version }) => `${kind} ${version}`), ["head 3", "pack 3"]);
  assert.equal(packs.length, 1);
});

test("an engine goes on with the new pack and its shopper, and a pack that it refuses changes nothing", async () => {
  const { made, server, page, news, faults } = await opened({}, [real]);
  const tact = await load({ pack: page.pack, seed: 1, now: NOON });
  page.follow(tact);
  assert.equal(tact.ask("home", NOON).kind, "show");
  await server.heard();
  const broken = Buffer.from(real);
  broken[broken.length >> 1] ^= 1;
  server.files[`/v1/packs/${hex(broken)}`] = broken;
  server.tell(made.addHead({ packs: [broken], stopped: ["tea"] }));
  await until(() => faults.length > 0);
  assert.deepEqual([news.map(({ kind }) => kind), page.stopped, hex(page.pack)], [["head"], ["tea"], hex(real)]);
  assert.equal(tact.ask("home", NOON + 1_000).why, "resting", "the shopper stayed");
});

test("whatever a server says, the page keeps what it has and is told of it", async () => {
  const { made, server, page, news, faults } = await opened();
  const one = text(page);
  await server.heard();
  const hostile = [
    (response) => response.end(`data: ${"x".repeat(300_000)}`), (response) => response.end("data: {}\n\n"), (response) => response.destroy(),
    (response) => response.writeHead(500).end(), (response) => response.writeHead(503, { "retry-after": "1e9" }).end(),
    (response) => response.end(`data: ${made.head({ packs: [other], by: shop({ now: NOON }).anna }).envelope}\n\n`),
  ];
  for (const answer of hostile) {
    server.files.live = (response) => {
      response.setHeader("content-type", "text/event-stream");
      answer(response);
    };
    const [told, from] = [[], new URL(server.from)];
    const listening = await live({ from, trust: made.trust, now: () => NOON, onFault: (fault) => told.push(fault), onShop: () => assert.fail("news") });
    await until(() => told.length > 0);
    assert.equal(text(listening), one);
    listening.close();
  }
  assert.deepEqual([text(page), news, faults], [one, [], []]);
});

test("where there are no events a page asks now and then", async () => {
  const made = shop({ now: NOON });
  const server = await serving(made);
  server.put(made.addHead({ packs: [other] }), [other]);
  const faults = [];
  for (const answer of [(response) => response.writeHead(404).end(), (response) => response.end("<h1>Home</h1>")]) {
    server.asked.length = 0;
    server.files.live = answer;
    const asking = await live({ from: server.from, trust: made.trust, now: () => NOON, onFault: (fault) => faults.push(fault) });
    await until(() => server.asked.filter((path) => path === "/v1/head").length === 2);
    asking.close();
    assert.deepEqual(server.asked.filter((path) => path.startsWith("/v1/live")), ["/v1/live?version=1"]);
  }
  assert.deepEqual(faults, []);
});

test("region and language choose the pack, and staged packs go to a share of the devices", async () => {
  const made = shop({ now: NOON });
  const server = await serving(made);
  const names = ["all", "north", "north in german", "staged"];
  const [all, north, german, staged] = names.map((name) => Buffer.from(name));
  const packs = [packOf(all), packOf(north, "north"), packOf(german, "north", "de")];
  server.put(made.addHead({ packs, staged: { permille: 300, salt: "first", packs: [packOf(staged)] } }), [all, north, german, staged]);
  const open = (options) => live({ from: server.from, trust: made.trust, now: () => NOON, by: "asking", ...options });
  const told = { staged: 0 };
  const device = (number) => Uint8Array.from({ length: 16 }, (_, place) => (place === 0 ? number : 7));
  const isStaged = (number) => Buffer.from(hex(device(number), "first"), "hex").readUInt32BE() % 1_000 < 300;
  for (let number = 0; number < 40; number++) {
    const page = await open({ device: device(number) });
    assert.equal(text(page), isStaged(number) ? "staged" : "all");
    told.staged += text(page) === "staged";
    page.close();
  }
  assert.ok(told.staged > 3 && told.staged < 25, `${told.staged} of 40`);
  const plain = device([0, 1, 2, 3, 4, 5, 6, 7].find((number) => !isStaged(number)));
  const page = await open({ device: plain, region: "north", language: "en" });
  assert.equal(text(page), "north");
  await page.change({ language: "de" });
  assert.equal(text(page), "north in german");
  await page.change({ region: "south", language: null });
  assert.equal(text(page), "all");
  page.close();
});

test("a share of the devices has the index of the regions that it takes, and the others theirs", async () => {
  const made = shop({ now: NOON });
  const server = await serving(made);
  const [mine, theirs] = ["mine", "theirs"].map((name) => Buffer.from(JSON.stringify({ regions: [], name })));
  const content = (bytes) => ({ sha256: hex(bytes), bytes: bytes.length });
  const name = async (permille, regions) => {
    server.put(made.addHead({ packs: [other], regions: content(theirs), staged: { permille, salt: "s", packs: [packOf(real)], regions } }), [other, real, mine, theirs]);
    const page = await live({ from: server.from, trust: made.trust, now: () => NOON, by: "asking" });
    page.close();
    return (await page.regions())?.name;
  };
  assert.deepEqual([await name(0, content(mine)), await name(1_000, content(mine)), await name(1_000, null), await name(1_000)], ["theirs", "mine", undefined, undefined]);
});

test("a head that expires allows nothing any more, and claims wait as long as it says", async () => {
  const { page, clock } = await opened();
  assert.equal(page.claimWait(), 0);
  clock.now = NOON + 7 * DAY - 1;
  assert.ok(page.allows("tea"));
  clock.now += 1;
  assert.ok(!page.allows("tea"));
  const made = shop({ now: NOON });
  const server = await serving(made);
  server.put(made.addHead({ packs: [other], claims: { jitter_ms: 1_000 } }), [other]);
  const waiting = await live({ from: server.from, trust: made.trust, now: () => NOON });
  const waits = Array.from({ length: 500 }, () => waiting.claimWait());
  assert.ok(waits.every((wait) => Number.isInteger(wait) && wait >= 0 && wait <= 1_000));
  assert.ok(Math.min(...waits) < 100 && Math.max(...waits) > 900);
  waiting.close();
});

test("an edge decides on a pack of its own until anything is published, and is told of a server that is away", async () => {
  const made = shop({ now: NOON });
  const server = await serving(made);
  const own = await load({ pack: real, now: NOON });
  const errors = [];
  const open = (options) => published({ from: server.from, trust: made.trust, load, now: () => NOON, onError: ({ code }) => errors.push(code), ...options });
  assert.equal(await open({ until: async () => own }).engineFor("anna"), own);
  assert.deepEqual(errors, []);
  await assert.rejects(open().engineFor("anna"), { code: "not-found" });
  server.files["/v1/head"] = "[]";
  assert.equal(await open({ until: async () => own }).engineFor("anna"), own);
  server.put(made.addHead({ packs: [other] }), []);
  assert.equal(await open({ until: async () => own }).engineFor("anna"), own);
  delete server.files["/v1/authority/1"];
  assert.equal(await open({ until: async () => own }).engineFor("anna"), own);
  assert.deepEqual(errors, ["no-head", "not-fetched", "not-fetched"]);
});

test("an edge decides on what is published, and its visitors do not wait for the next one", async () => {
  const made = shop({ now: NOON });
  const server = await serving(made);
  const clock = { now: NOON };
  const errors = [];
  server.put(made.addHead({ packs: [real] }), [real]);
  let holds;
  const slow = async (request) => {
    await holds;
    return fetch(request);
  };
  const engine = published({ from: server.from, trust: made.trust, load: ({ pack }) => load({ pack, now: NOON }), fetch: slow, now: () => clock.now, onError: (error) => errors.push(error) });
  const handle = createHandler({ engine, now: () => clock.now, seed: () => 7 });
  const ask = async () => (await handle(new Request("https://shop.example/v1/decide?placement=home"))).json();
  const first = await ask();
  assert.equal(first.kind, "show");
  server.put(made.addHead({ packs: [real], stopped: [first.offer.id] }), []);
  // Within a second nobody asks.
  const before = server.asked.length;
  clock.now += 999;
  assert.equal((await ask()).offer.id, first.offer.id);
  assert.equal(server.asked.length, before);
  // The server does not answer, the visitors are answered.
  let go;
  holds = new Promise((resolve) => (go = resolve));
  clock.now += 1;
  assert.equal((await ask()).offer.id, first.offer.id);
  go();
  await until(() => engine.isStopped(first.offer.id));
  const stopped = await ask();
  assert.deepEqual([stopped.kind, stopped.why], ["hold", "all_excluded"]);
  // Where nobody came for a while the next visitor waits for what is published now, each of many who come at once.
  server.put(made.addHead({ packs: [real] }), []);
  clock.now += 60_000;
  assert.deepEqual((await Promise.all([ask(), ask(), ask()])).map(({ offer }) => offer?.id), Array(3).fill(first.offer.id));
  // But not for ever, and once only.
  server.put(made.addHead({ packs: [real], stopped: [first.offer.id] }), []);
  holds = new Promise((resolve) => (go = resolve));
  clock.now += 60_000;
  assert.equal((await ask()).offer.id, first.offer.id);
  clock.now += 4_000;
  assert.equal((await ask()).offer.id, first.offer.id);
  go();
  await until(() => engine.isStopped(first.offer.id));
  // A server that is away, or an attacker's, changes nothing until the head expires.
  server.put(made.head({ packs: [other], by: shop({ now: NOON }).anna }), []);
  clock.now += 2_000;
  assert.equal((await ask()).kind, "hold");
  await until(() => errors.length > 0);
  clock.now = NOON + 7 * DAY;
  assert.equal((await handle(new Request("https://shop.example/v1/decide?placement=home"))).status, 500);
});

test("in Chromium: a page hears of it while it is seen, looks when it comes back, and begins without a network where it may keep", async () => {
  const made = shop({ now: Date.now() });
  const server = await serving(made);
  const first = made.addHead({ packs: [real] });
  server.put(first, [real]);
  const script = await bundle(`
    import { live } from "tactful/live";
    import { load } from "tactful/slim";
    const module = WebAssembly.compileStreaming(fetch("/core.wasm"));
    const until = async () => new Uint8Array(await (await fetch("/own.tact")).arrayBuffer());
    globalThis.open = async ({ own, ...options }) => {
      const news = [];
      const page = await live({ trust: ${JSON.stringify(made.trust)}, ...(own && { until }), onShop: ({ kind, version }) => news.push(kind + " " + version), ...options });
      const tact = await load({ module: await module, pack: page.pack });
      page.follow(tact);
      return Object.assign(globalThis, { page, news, tact });
    };`, { conditions: ["browser"] });
  const site = await serveFiles({ "/index.html": "<!doctype html><title>shop</title><script type=module src=/page.js></script>", "/page.js": script, "/own.tact": real, "/core.wasm": await readFile(join(dist, "core.wasm")), "/favicon.ico": "" });
  const chromium = await browse();
  after(async () => {
    await chromium.close();
    await site.close();
  });
  const { page } = chromium;
  const visit = async (options) => {
    await page.goto(`${site.url}/index.html`);
    await page.waitForFunction(() => globalThis.open);
    await page.evaluate((options) => globalThis.open(options).then(() => undefined), { from: server.from, ...options });
  };
  const see = async (state) => {
    await page.evaluate((state) => {
      Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, state);
  };
  await visit({ keep: false });
  await server.heard();
  assert.deepEqual(await page.evaluate(() => caches.keys()), [], "nothing is kept without consent");
  const hears = async (next) => {
    const { version } = next;
    await page.waitForFunction((version) => globalThis.news.includes(`pack ${version}`), version);
  };
  const second = made.addHead({ packs: [real], stopped: ["tea"] });
  server.put(second, []);
  server.tell(second);
  await hears(second);
  assert.deepEqual(await page.evaluate(() => [globalThis.news, globalThis.page.allows("tea")]), [["head 2", "pack 2"], false]);
  await see("hidden");
  await until(() => server.listening.size === 0);
  await see("visible");
  await server.heard();
  assert.ok(server.asked.at(-1).endsWith("/v1/live?version=2"));
  // Before anything is published, where nobody tells: it asks when it comes back.
  const published = server.files["/v1/head"];
  delete server.files["/v1/head"];
  await visit({ by: "asking", own: true });
  assert.deepEqual(await page.evaluate(() => [globalThis.page.version, globalThis.tact.shop.name]), [0, "Nordkorb"]);
  server.files["/v1/head"] = published;
  await see("visible");
  await hears(second);
  await visit({ keep: true });
  // Head, authority, pack, and the device's number.
  const kept = () => page.evaluate(async () => {
    await globalThis.page.change({ keep: true });
    const cache = await caches.open((await caches.keys())[0]);
    return (await cache.keys()).map(({ url }) => new URL(url).pathname + new URL(url).search).sort();
  });
  const files = (version) => [`/v1/authority/1`, `/v1/device`, `/v1/head?version=${version}`, `/v1/packs/${hex(real)}`];
  assert.deepEqual(await kept(), files(2));
  const third = made.addHead({ packs: [real], stopped: ["tea"] });
  server.put(third, []);
  server.tell(third);
  await hears(third);
  assert.deepEqual(await kept(), files(3), "and nothing from before");
  // The server is gone.
  for (const path of Object.keys(server.files)) delete server.files[path];
  server.files.live = (response) => response.destroy();
  await visit({ keep: true });
  assert.deepEqual(await page.evaluate(() => [globalThis.page.version, globalThis.page.allows("tea"), globalThis.tact.shop.name]), [3, false, "Nordkorb"]);
  assert.deepEqual(await page.evaluate(async () => { void globalThis.page.change({ keep: true }); await globalThis.page.change({ keep: false }); return caches.keys(); }), []);
});

test("it is small", async () => {
  const bytes = await bundle(`export * from "tactful/live";`, { minify: true, target: "es2022", conditions: ["browser"] });
  const size = brotliCompressSync(bytes).length;
  assert.ok(size <= 6_300, `${size} bytes after brotli`);
});
