/** A chain in regions: which pack a place has, changing packs without losing the shopper, and a walk through two of them in Chromium. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createPackHandler } from "tactful/edge";
import { load } from "tactful";
import { openRegions, regionFor } from "tactful/regions";
import { browse, bundle, dist, root, serveFiles } from "./hosts.mjs";

const NOON = Date.parse("2026-01-06T12:00:00+02:00");
/** Stores of two towns, 111 km apart, one every 500 m. */
const NORTH = { latitude: 61.5, longitude: 24 };
const SOUTH = { latitude: 60.5, longitude: 24 };
const DEGREE_M = 111_319.49;

let folder, index, files;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "tactful-regions-"));
  publish(1);
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Compiles the chain as a shop would. */
function publish(version) {
  writeFileSync(join(folder, "chain.json"), JSON.stringify(chain(version)));
  const cut = ["--regions", join(folder, "regions"), "--region-stores", "12"];
  execFileSync(join(root, "target/debug/tactful"), ["compile", join(folder, "chain.json"), "-o", join(folder, "whole.tact"), ...cut]);
  files = Object.fromEntries(readdirSync(join(folder, "regions")).map((file) => [`/regions/${file}`, readFileSync(join(folder, "regions", file))]));
  index = JSON.parse(files["/regions/regions.json"]);
}

function chain(version) {
  const town = (name, { latitude, longitude }) => Array.from({ length: 12 }, (_, nth) => ({
    id: `${name}-${nth}`, name: `${name} ${nth}`, opening_hours: "24/7", radius_m: 20,
    geometry: { type: "Point", coordinates: [longitude, latitude + (500 * nth) / DEGREE_M] },
  }));
  const words = (text) => ({ en: { title: text, text: `${text}.` } });
  return {
    name: "Chain", version, purpose: "To be walked through.", currency: "EUR", languages: ["en"], timezone: "Europe/Helsinki",
    goals: { usefulness: 100, margin: 0, reach: 0 }, cadence: { gap_minutes: 0, interruption_cost: 0 },
    categories: [{ id: "bread", name: { en: "Bread" } }], products: [{ id: "rye", name: { en: "Rye" }, category: "bread", price: 2 }],
    placements: [{ id: "home" }], stores: [...town("north", NORTH), ...town("south", SOUTH)],
    offers: [
      { id: "here", kind: "service", placements: ["home"], priority: 2, applicable: "presence.in_store", creative: words("Ask us") },
      { id: "any", kind: "service", placements: ["home"], priority: 1, applicable: "!presence.in_store", creative: words("Good day") },
    ],
  };
}

const packOf = ({ file }) => files[`/regions/${file}`];
const whole = () => readFileSync(join(folder, "whole.tact"));
const named = (place, before) => regionFor(index, place, before).name;

test("a place has one region; its south and west belong to it, its north and east do not", () => {
  const [first, second] = index.regions;
  assert.deepEqual(index.regions.map(({ name, stores }) => [name, stores]), [["r1", 12], ["r2", 12]]);
  assert.deepEqual([named(SOUTH), named(NORTH), named(undefined), named({ latitude: 48, longitude: 24 })], ["r1", "r2", "elsewhere", "elsewhere"]);
  assert.equal(first.north, second.south);
  const corner = { latitude: first.north, longitude: first.west };
  assert.deepEqual([named(corner), named({ ...corner, latitude: first.north - 1e-7 }), named({ ...corner, longitude: first.east })], ["r2", "r1", "elsewhere"]);
});

test("who walks out of a region keeps its pack for half of the overlap", () => {
  const { north, file } = index.regions[0];
  const beyond = (metres) => ({ latitude: north + metres / DEGREE_M, longitude: 24 });
  assert.deepEqual([named(beyond(990), file), named(beyond(1_010), file), named(beyond(990))], ["r1", "r2", "r2"]);
  assert.deepEqual([named(undefined, file), named(SOUTH, "gone.tact")], ["r1", "r1"]);
});

test("another pack takes nothing from the shopper, also without consent", async () => {
  const tact = await load({ pack: packOf(index.regions[0]), seed: 1, now: NOON });
  tact.observe([
    { type: "add_to_cart", at: NOON, currency: "EUR", items: [{ item_id: "rye", price: 2, quantity: 3 }] },
    { type: "check_in", at: NOON, store: "south-3" },
    { type: "attention", at: NOON, typing: true },
  ]);
  assert.equal(tact.ask("home", NOON).why, "busy");
  tact.observe({ type: "attention", at: NOON + 1_000, typing: false, idle: true });
  const shown = tact.ask("home", NOON + 1_000);
  const { presence: there, ...before } = tact.export();
  tact.update(packOf(index.regions[1]), NOON + 2_000);
  const { presence: here, ...after } = tact.export();
  assert.deepEqual(after, before);
  assert.deepEqual([there.store, here.store, here.stay.visited.length], ["south-3", undefined, 16], "a store that the other pack does not have");
  assert.equal(shown.trace.funnel.offers, 2, "a decision made before is whole");
  assert.throws(() => tact.explain(shown.id), { code: "unknown-decision" });
  tact.reply(shown.id, "useful", NOON + 3_000);
  assert.equal(tact.moment(NOON + 3_000).presence.state, "away", "no store of the north");
  assert.throws(() => tact.observe({ type: "check_in", at: NOON + 4_000, store: "south-3" }), { code: "bad-signal" });
  assert.equal(tact.ask("home", NOON + 5_000).offer.id, "any");
  assert.equal(tact.askIn({ presence: { in_store: true } }, "home", NOON + 5_000).offer.id, "here");
  tact.update(whole(), NOON + 6_000);
  tact.observe({ type: "check_in", at: NOON + 6_000, store: "south-3" });
  assert.deepEqual([tact.moment(NOON + 6_000).presence.store, tact.export().basket], ["south-3", before.basket]);
});

test("a pack that is refused changes nothing", async () => {
  const tact = await load({ pack: whole(), seed: 1, now: NOON });
  tact.observe({ type: "check_in", at: NOON, store: "south-3" });
  const damaged = new Uint8Array(whole());
  damaged[80] ^= 1;
  for (const [pack, code] of [[damaged, "damaged-pack"], [new Uint8Array(3), "not-a-pack"], [new ArrayBuffer(0), "not-a-pack"]]) {
    assert.throws(() => tact.update(pack, NOON), { code });
  }
  const older = whole();
  publish(2);
  tact.update(whole(), NOON);
  assert.throws(() => tact.update(older, NOON), { code: "stale-pack" });
  assert.deepEqual([tact.shop.version, tact.moment(NOON).presence.store], [2, "south-3"]);
});

test("an edge answers with the pack of the place its platform tells", async () => {
  const asked = [];
  const file = async (request) => {
    const { pathname } = new URL(request.url);
    asked.push([pathname, request.headers.get("if-none-match")]);
    return new Response(files[pathname], { status: files[pathname] ? 200 : 404, headers: { etag: `"${pathname}"`, "cache-control": "public, max-age=31536000" } });
  };
  const handle = createPackHandler({ index: "/regions/regions.json", file });
  const from = (cf, init) => handle(Object.assign(new Request("https://shop.example/shop.tact", init), cf && { cf }));
  const chosen = async (cf) => (await from(cf)).headers.get("content-location");
  const cf = ({ latitude, longitude }) => ({ latitude: String(latitude), longitude: String(longitude) });
  const [south, north] = index.regions.map(({ file }) => `/regions/${file}`);
  const none = `/regions/${index.elsewhere.file}`;
  assert.deepEqual([await chosen(cf(NORTH)), await chosen(cf(SOUTH))], [north, south]);
  for (const place of [undefined, {}, { latitude: "0", longitude: "0" }, { latitude: "x", longitude: "24" }]) assert.equal(await chosen(place), none);
  const response = await from(cf(NORTH), { headers: { "if-none-match": '"x"' } });
  assert.deepEqual(asked.at(-1), [north, '"x"']);
  assert.equal(response.headers.get("cache-control"), "private, no-cache", "no cache gives it to others");
  assert.deepEqual(Buffer.from(await response.arrayBuffer()), files[north]);
  assert.equal((await from(undefined, { method: "POST" })).status, 405);
  await assert.rejects(createPackHandler({ index: "/none.json", file })(new Request("https://shop.example/shop.tact")), /--regions/);
});

test("a page begins with what the edge chose, else with the last region, else without stores", async () => {
  const kept = new Map();
  const storage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value), removeItem: (key) => kept.delete(key) };
  const served = { ...files };
  const server = await serveFiles(served);
  const open = (options) => openRegions({ index: `${server.url}/regions/regions.json`, ...options });
  const first = async (options) => Buffer.from(await open(options).first());
  try {
    assert.deepEqual(await first({ storage }), packOf(index.elsewhere));
    const tact = await load({ pack: packOf(index.elsewhere), seed: 1, now: NOON });
    const regions = open({ storage });
    assert.deepEqual([await regions.go(tact, NORTH), await regions.go(tact, NORTH)], [true, false]);
    assert.deepEqual(await first({ storage }), packOf(index.regions[1]));
    assert.deepEqual(await first({ storage, here: `${server.url}/shop.tact` }), packOf(index.regions[1]), "an edge that fails is passed over");
    for (const page of ["<!doctype html><title>Sign in to this network</title>", "", "TAC"]) {
      served["/shop.tact"] = page;
      assert.deepEqual(await first({ storage, here: `${server.url}/shop.tact` }), packOf(index.regions[1]), "so is one that is somebody else's");
    }
    served["/shop.tact"] = packOf(index.regions[0]);
    assert.deepEqual(await first({ storage, here: `${server.url}/shop.tact` }), packOf(index.regions[0]));
    kept.clear();
    const chosen = open({ storage, here: `${server.url}/located.tact` });
    served["/located.tact"] = packOf(index.regions[0]);
    await chosen.first();
    assert.equal(kept.size, 0, "what a network tells is no place where they were");
    await chosen.go(tact, SOUTH);
    assert.equal(kept.size, 1);
    chosen.forget();
    assert.deepEqual([kept.size, await first({ storage })], [0, packOf(index.elsewhere)]);
    kept.set("tactful-region", "{");
    assert.deepEqual(await first({ storage }), packOf(index.elsewhere));
  } finally {
    await server.close();
  }
});

test("somebody walks from one region to another, and is still the same", async () => {
  const script = `
    import { load } from "tactful";
    import { openRegions } from "tactful/regions";
    const regions = openRegions({ index: "/regions/regions.json", storage: localStorage });
    const tact = await load({ pack: await regions.first(), seed: 1, now: ${NOON} });
    Object.assign(window, { regions, tact, walk: regions.follow(tact) });`;
  const served = {
    "/page.html": `<!doctype html><title>shop</title><script type="module" src="/js/page.js"></script>`,
    "/js/page.js": await bundle(script, { platform: "browser", target: "es2022" }),
    "/core.wasm": readFileSync(join(dist, "core.wasm")),
    "/favicon.ico": "",
    ...files,
  };
  const server = await serveFiles(served);
  const chromium = await browse();
  const packs = [];
  chromium.page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.endsWith(".tact")) packs.push(pathname.slice("/regions/".length).split("-")[0]);
  });
  const open = async () => {
    await chromium.page.goto(`${server.url}/page.html`);
    await chromium.page.waitForFunction(() => "walk" in window);
  };
  /** Positions five seconds apart: along the street to a store, then inside. */
  const visit = async (at, { latitude, longitude }) => {
    await chromium.page.evaluate(([at, latitude, longitude]) => {
      const outside = Array.from({ length: 8 }, (_, nth) => [nth * 0.0001 - 0.0009, 8]);
      const fixes = [...outside, ...Array(40).fill([0, 16])];
      fixes.forEach(([north, accuracy], nth) => window.walk.observe({ type: "position", at: at + 5_000 * nth, latitude: latitude + north, longitude, accuracy }));
    }, [at, latitude, longitude]);
    const until = at + 5_000 * 47;
    await chromium.page.waitForFunction((now) => window.tact.moment(now).presence.state === "in_store", until);
    return chromium.page.evaluate((now) => {
      const { presence } = window.tact.moment(now);
      return [presence.store, window.tact.export().basket, window.tact.ask("home", now).offer.id];
    }, until);
  };
  try {
    await open();
    await chromium.page.evaluate((at) => {
      window.walk.observe([
        { type: "consent", at, remember: true },
        { type: "add_to_cart", at, currency: "EUR", items: [{ item_id: "rye", price: 2, quantity: 3 }] },
      ]);
    }, NOON);
    const basket = [{ id: "rye", category: "bread", price: 200, quantity: 3 }];
    assert.deepEqual(await visit(NOON + 60_000, NORTH), ["north-0", basket, "here"]);
    assert.deepEqual(await visit(NOON + 7_200_000, SOUTH), ["south-0", basket, "here"]);
    assert.deepEqual(packs, ["elsewhere", "r2", "r1"], "a page loads its region, and never the whole");
    // What is saved is of no region: the next visit begins in the last one, and knows it.
    const impressions = await chromium.page.evaluate(() => window.tact.export().impressions.length);
    assert.equal(impressions, 2);
    await open();
    assert.deepEqual(packs.splice(0).slice(3), ["r1"]);
    // A file that is not what the index says is not taken, and nothing breaks.
    served[`/regions/${index.regions[1].file}`] = packOf(index.regions[0]);
    await assert.rejects(chromium.page.evaluate((place) => window.regions.go(window.tact, place), NORTH), /could not be fetched/);
    assert.equal(await chromium.page.evaluate((at) => window.tact.moment(at).presence.state, NOON), "away");
  } finally {
    await chromium.close();
    await server.close();
  }
});
