/** Publishing on workerd with its SQLite: only what follows is taken, and every page that listens hears of it. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Miniflare } from "miniflare";
import { bundle } from "./hosts.mjs";
import { bodyOf, hex, keyPair, packOf, shop } from "./publishing.mjs";

const [NOON, DAY] = [Date.parse("2026-11-21T12:00:00+02:00"), 86_400_000];

const WORKER = `
  import { createPublication, publicationObjects } from "tactful/publish";
  let clock = ${NOON};
  const host = (env) => ({
    trust: JSON.parse(env.AUTHORITY), publication: env.PUBLICATION, hub: env.LIVE_HUB, hubs: 3, listeners: 20, now: () => clock, onError: (error) => console.error(error),
  });
  export const { Publication, LiveHub } = publicationObjects(host);
  let handler;
  export default {
    fetch(request, env) {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === "/clock") return new Response(clock = Number(searchParams.get("to")));
      // A handler that was just made knows nothing yet, as in another isolate.
      if (searchParams.has("fresh")) handler = undefined;
      return (handler ??= createPublication(host(env)))(request);
    },
  };`;

const script = await bundle(WORKER, { conditions: ["workerd", "worker"] });
const folder = await mkdtemp(join(tmpdir(), "tactful-publication-"));
const running = [];
/** A worker of a shop's own, with nothing published. */
async function worker({ trust }, { place = String(running.length), ...options } = {}) {
  const miniflare = new Miniflare({
    cf: false,
    compatibilityDate: "2026-04-01",
    compatibilityFlags: ["enable_request_signal"],
    modules: [{ type: "ESModule", path: "worker.js", contents: script }],
    bindings: { AUTHORITY: JSON.stringify(trust) },
    durableObjects: { PUBLICATION: { className: "Publication", useSQLite: true }, LIVE_HUB: { className: "LiveHub", useSQLite: true } },
    durableObjectsPersist: join(folder, place),
    ...options,
  });
  running.push(miniflare);
  const url = await miniflare.ready;
  const get = (path, init) => fetch(new URL(path, url), init);
  const post = async (path, body) => {
    const response = await get(path, { method: "POST", body });
    const told = await response.json();
    return response.status === 201 ? told.version : `${response.status} ${told.code}`;
  };
  return { url, miniflare, get, end: () => miniflare.dispose(), authority: ({ envelope }) => post("v1/authority", envelope), publish: (...parts) => post("v1/head", bodyOf(...parts)), post };
}
after(async () => {
  await Promise.all(running.map((miniflare) => miniflare.dispose().catch(() => {})));
  await rm(folder, { recursive: true, force: true });
});

/** A shop and its worker, which knows the first authority. */
async function opened(options) {
  const made = shop({ now: NOON });
  const edge = await worker(made, options);
  assert.equal(await edge.authority(made.authorities[0]), 1);
  return { made, edge };
}

const packs = ["tea", "coffee"].map((name) => Buffer.from(name.repeat(500)));

/** Reads events until `enough` of them came. */
async function listen(response, enough) {
  const reader = response.body.getReader();
  let text = "";
  const next = async () => {
    while (!enough(text)) {
      const { done, value } = await reader.read();
      if (done) return text;
      text += new TextDecoder().decode(value);
    }
    return text;
  };
  return { next, text: () => text, close: () => reader.cancel() };
}

test("what is published is served by its hash, with tags, and stays after a restart", async () => {
  const made = shop({ now: NOON });
  let edge = await worker(made, { place: "kept" });
  assert.equal((await edge.get("v1/head")).status, 404);
  assert.equal(await edge.authority(made.authorities[0]), 1);
  const first = made.addHead({ packs: [packs[0]] });
  assert.equal(await edge.publish(first, [packs[0]]), 1);
  const head = await edge.get("v1/head");
  assert.deepEqual([head.status, await head.text(), head.headers.get("etag"), head.headers.get("cache-control")], [200, first.envelope, '"1"', "public, max-age=2"]);
  assert.equal((await edge.get("v1/head", { headers: { "if-none-match": '"1"' } })).status, 304);
  const pack = await edge.get(`v1/packs/${hex(packs[0])}`);
  assert.deepEqual([Buffer.from(await pack.arrayBuffer()), pack.headers.get("cache-control")], [packs[0], "public, max-age=31536000, immutable"]);
  await edge.end();
  edge = await worker(made, { place: "kept" });
  const second = made.addHead({ packs });
  // The first pack is there already.
  assert.equal(await edge.publish(second, [packs[1]]), 2);
  assert.equal(await (await edge.get("v1/head")).text(), second.envelope);
  assert.deepEqual(await (await edge.get("v1/log")).json(), { entries: made.entries });
  assert.deepEqual(await (await edge.get("v1/log?from=1")).json(), { entries: made.entries.slice(1) });
  assert.equal(await (await edge.get("v1/authority/1")).text(), made.authorities[0].envelope);
  for (const path of ["v1/authority/2", `v1/packs/${hex("none")}`, `v1/deltas/${hex(packs[1])}/${hex(packs[0])}`, "v1/other"]) assert.equal((await edge.get(path)).status, 404, path);
  assert.equal((await edge.get("v1/head", { method: "PUT" })).status, 405);
});

test("only what follows is taken, and what is refused changes nothing", async () => {
  const { made, edge } = await opened();
  const good = () => made.head({ packs });
  const stranger = keyPair();
  const twice = (name) => ({ ...packOf(packs[0]), language: name });
  assert.equal(await edge.publish(made.addHead({ packs }), packs), 1);
  const refused = {
    "403 untrusted": [made.head({ packs, by: stranger }), made.head({ packs, publisher: stranger.key }), made.head({ packs, authority: { version: 1, sha256: hex("other") } }),
      made.head({ packs, issued_ms: NOON + 2 * DAY, expires_ms: NOON + 3 * DAY }), made.head({ packs, issued_ms: NOON - 9 * DAY, expires_ms: NOON - DAY }), made.head({ packs, version: NOON / 1000 + 1 })],
    "409 not-next": [made.head({ packs, version: 1, note: "other" }), made.head({ packs, log: { size: 3 } }), made.head({ packs, log: { root: hex("other") } })],
    "422 missing-pack": [made.head({ packs: [Buffer.from("nobody has it")] }), made.head({ packs, staged: { permille: 1, salt: "", packs: [], regions: packOf(Buffer.from("nor this")) } })],
    "422 wrong-pack": [made.head({ packs: [{ ...packOf(packs[0]), bytes: 7 }] })],
    "400 malformed": [{ envelope: "{}" }, { envelope: good().envelope.slice(1) }, made.head({ packs, expires_ms: NOON + 31 * DAY }), made.head({ packs, stopped: Array(101).fill("a") }), made.head({ packs, claims: { jitter_ms: 600_001 } }), made.head({ packs, staged: { permille: 1, salt: "", packs: [], regions: {} } })],
  };
  for (const [answer, heads] of Object.entries(refused)) for (const head of heads) assert.equal(await edge.publish(head), answer, head.text);
  assert.equal(await edge.publish(good(), [Buffer.from("what the head does not name")]), "422 wrong-pack");
  assert.equal(await edge.publish(good(), [Buffer.alloc(4_000)]), "413 too-large");
  // Who is refused hears why, whatever else they had to say.
  assert.equal(await edge.publish(made.head({ packs, by: stranger }), [Buffer.alloc(3_000_000)]), "403 untrusted");
  assert.equal(await edge.post("v1/head", bodyOf(good(), packs).subarray(0, -1)), "400 malformed");
  assert.equal(await edge.post("v1/head", ""), "400 malformed");
  assert.deepEqual((await (await edge.get("v1/log")).json()).entries, made.entries);
  // Who gets no answer sends the same again.
  const next = made.addHead({ packs: [twice("de"), twice("en")] });
  assert.deepEqual([await edge.publish(next), await edge.publish(next)], [2, 2]);
  assert.equal((await (await edge.get("v1/log")).json()).entries.length, 2);
});

test("roots change who may publish, one step at a time", async () => {
  const { made, edge } = await opened();
  assert.equal(await edge.publish(made.addHead({ packs }), packs), 1);
  made.people.clear();
  const [ben, mallory] = [keyPair(), keyPair()];
  made.people.set("ben", ben);
  assert.equal(await edge.authority(made.authority({}, [made.roots[0], made.roots[0]])), "403 untrusted");
  assert.equal(await edge.authority(made.authority({}, [mallory, keyPair()])), "403 untrusted");
  assert.equal(await edge.authority(made.authority({ roots: [mallory.key], threshold: 1 })), "403 untrusted");
  assert.equal(await edge.authority(made.authority({ version: 3 })), "409 not-next");
  assert.equal(await edge.authority(made.authority({ shop: "other" })), "403 untrusted");
  assert.equal(await edge.authority(made.addAuthority()), 2);
  assert.equal(await edge.authority(made.authorities[1]), 2);
  assert.equal(await edge.publish(made.head({ packs })), "403 untrusted");
  assert.equal(await edge.publish(made.addHead({ packs, by: ben })), 2);
});

test("of many who publish at once, one is taken", async () => {
  const { made, edge } = await opened();
  const notes = Array.from({ length: 12 }, (_, place) => `publisher ${place}`);
  const answers = await Promise.all(notes.map((note) => edge.publish(made.head({ packs, note }), packs)));
  assert.deepEqual(answers.map(String).sort(), ["1", ...notes.slice(1).map(() => "409 not-next")]);
  assert.equal((await (await edge.get("v1/log")).json()).entries.length, 1);
});

test("a large pack lies in several rows, and old ones go", async () => {
  const { made, edge } = await opened({ cache: false });
  const large = Buffer.alloc(2_500_000, "0123456789abcdef-");
  assert.equal(await edge.publish(made.addHead({ packs: [large] }), [large]), 1);
  assert.deepEqual(Buffer.from(await (await edge.get(`v1/packs/${hex(large)}?fresh`)).arrayBuffer()), large);
  for (let version = 2; version <= 9; version++) assert.equal(await edge.publish(made.addHead({ packs }), packs), version);
  assert.equal((await edge.get(`v1/packs/${hex(large)}?fresh`)).status, 404);
  assert.equal((await edge.get(`v1/packs/${hex(packs[0])}?fresh`)).status, 200);
});

test("who listens hears of the head at once, and of the next one when it is published", async () => {
  const { made, edge } = await opened();
  const first = made.addHead({ packs });
  await edge.publish(first, packs);
  const event = ({ version, envelope }) => `id: ${version}\nevent: head\ndata: ${envelope}\n\n`;
  const { headers, body } = await edge.get("v1/live");
  assert.deepEqual(["content-type", "cache-control", "x-accel-buffering"].map((name) => headers.get(name)), ["text/event-stream", "no-store, no-transform", "no"]);
  await body.cancel();
  const open = async (query = "", init) => listen(await edge.get(`v1/live${query}`, init), (text) => text.includes("id: 2"));
  const pages = await Promise.all([...Array.from({ length: 5 }, () => open()), open("?version=1"), open("", { headers: { "last-event-id": "1" } })]);
  const second = made.addHead({ packs, stopped: ["tea"] });
  await edge.publish(second);
  const texts = await Promise.all(pages.map(({ next }) => next()));
  for (const text of texts.slice(0, 5)) assert.equal(text, event(first) + event(second));
  // Who has the first is told nothing of it.
  for (const text of texts.slice(5)) assert.equal(text, `:\n\n${event(second)}`);
  await Promise.all(pages.map(({ close }) => close()));
});

test("a socket carries the same, and a hub that is full says so", async () => {
  const { made, edge } = await opened();
  const first = made.addHead({ packs });
  await edge.publish(first, packs);
  const { webSocket: socket } = await edge.miniflare.dispatchFetch("http://edge/v1/live?version=1", { headers: { upgrade: "websocket" } });
  const next = () => new Promise((resolve) => socket.addEventListener("message", ({ data }) => resolve(data), { once: true }));
  socket.accept();
  socket.send("ping");
  assert.equal(await next(), "pong");
  const second = made.addHead({ packs });
  const heard = next();
  await edge.publish(second);
  assert.equal(await heard, second.envelope);
  socket.close();
  const open = [];
  let response;
  do {
    response = await edge.get("v1/live?version=2");
    if (response.ok) open.push(response);
  } while (response.ok && open.length < 61);
  assert.ok(open.length >= 20 && open.length <= 60, `${open.length} listen`);
  assert.equal(response.status, 503);
  assert.match(response.headers.get("retry-after"), /^[5-9]$/);
  await response.body.cancel();
  // Who goes makes room.
  await Promise.all(open.map(({ body }) => body.cancel()));
  const free = async () => {
    const response = await edge.get("v1/live?version=2");
    await response.body.cancel();
    return response.ok;
  };
  while (!(await free()));
});
