/** The publication's handler when its object is slow, away or overrun: what it has in hand goes on. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createPublication } from "tactful/publish";
import { bodyOf, hex, shop } from "./publishing.mjs";

const NOON = Date.parse("2026-11-21T12:00:00+02:00");
const made = shop({ now: NOON });
const pack = Buffer.from("a pack".repeat(50));
const head = made.addHead({ packs: [pack] });

/** A handler whose object answers as the test says. */
function edge({ most = 3 } = {}) {
  const clock = { now: NOON };
  const asked = [];
  const object = { answer: ({ pathname }) => new Response(pathname === "/v1/head" ? head.envelope : pathname === "/v1/log" ? "{}" : pack) };
  const stub = { fetch: async (request) => {
    const url = new URL(request.url ?? request);
    asked.push(url.pathname);
    return object.answer(url);
  } };
  const objects = { idFromName: (name) => name, get: () => stub };
  const handle = createPublication({ trust: made.trust, publication: objects, hub: objects, hubs: 2, most, now: () => clock.now });
  const get = (path, init) => handle(new Request(`https://shop.example/${path}`, init));
  return { clock, asked, object, get };
}

test("many who ask at once are one question to the object", async () => {
  const { asked, get } = edge();
  const paths = ["v1/head", `v1/packs/${hex(pack)}`];
  const answers = await Promise.all(Array.from({ length: 200 }, (_, place) => get(paths[place % 2])));
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
  assert.deepEqual(asked, paths.map((path) => `/${path}`));
  const texts = await Promise.all(answers.map((answer) => answer.text()));
  assert.deepEqual([...new Set(texts)], [head.envelope, pack.toString()]);
});

test("what a neighbour asked for is as old as when they asked", async () => {
  const kept = new Map();
  globalThis.caches = { default: { match: async (key) => kept.get(key)?.clone(), put: async (key, response) => void kept.set(key, response) } };
  try {
    await (await edge().get("v1/head")).text();
    const neighbour = edge();
    neighbour.clock.now += 1_500;
    await (await neighbour.get("v1/head")).text();
    assert.deepEqual(neighbour.asked, []);
    kept.clear();
    neighbour.clock.now += 499;
    await (await neighbour.get("v1/head")).text();
    assert.deepEqual(neighbour.asked, []);
    neighbour.clock.now += 1;
    await (await neighbour.get("v1/head")).text();
    assert.deepEqual(neighbour.asked, ["/v1/head"]);
  } finally {
    delete globalThis.caches;
  }
});

test("above so many who wait the others are told to come later, and heads and packs go on", async () => {
  const { clock, object, get } = edge();
  await (await get("v1/head")).text();
  await (await get(`v1/packs/${hex(pack)}`)).text();
  let go;
  const held = new Promise((resolve) => (go = resolve));
  const { answer } = object;
  object.answer = async (url) => held.then(() => answer(url));
  const waiting = Array.from({ length: 3 }, () => get("v1/log"));
  for (let number = 0; number < 20; number++) {
    const shed = await get(number % 2 ? "v1/log" : "v1/live");
    assert.deepEqual([shed.status, (await shed.json()).code], [503, "busy"]);
    assert.match(shed.headers.get("retry-after"), /^[5-9]$/);
  }
  // Too old by now, and nobody to ask: the copy will do.
  clock.now += 60_000;
  assert.equal(await (await get("v1/head")).text(), head.envelope);
  assert.equal(await (await get(`v1/packs/${hex(pack)}`)).text(), pack.toString());
  assert.equal((await get("v1/head", { method: "POST", body: bodyOf(head) })).status, 503);
  go();
  assert.deepEqual((await Promise.all(waiting)).map(({ status }) => status), [200, 200, 200]);
  assert.equal((await get("v1/log")).status, 200);
});

test("an object that fails or never answers takes nothing away from who asks for the head", async () => {
  const { clock, object, get } = edge();
  await (await get("v1/head")).text();
  clock.now += 2_000;
  object.answer = () => Promise.reject(new Error("moved"));
  assert.equal(await (await get("v1/head")).text(), head.envelope);
  object.answer = () => new Promise(() => {});
  clock.now += 2_000;
  assert.equal(await (await get("v1/head")).text(), head.envelope);
  // Who never asked before has nothing to show.
  const another = edge();
  another.object.answer = () => Promise.reject(new Error("moved"));
  assert.equal((await another.get("v1/head")).status, 503);
  assert.equal((await another.get(`v1/packs/${hex(pack)}`)).status, 503);
});

test("what is not there is asked for once, until something is published", async () => {
  const { asked, object, get } = edge();
  object.answer = () => new Response(null, { status: 404 });
  for (let number = 0; number < 50; number++) assert.equal((await get(`v1/deltas/${hex("a")}/${hex("b")}`)).status, 404);
  assert.equal(asked.length, 1);
  object.answer = () => Response.json({ version: 2 }, { status: 201 });
  assert.equal((await get("v1/head", { method: "POST", body: bodyOf(head) })).status, 201);
  object.answer = () => new Response("delta");
  assert.equal(await (await get(`v1/deltas/${hex("a")}/${hex("b")}`)).text(), "delta");
});

test("what came twice, since who asked first seemed gone, takes the room of one", async () => {
  const { asked, object, get } = edge();
  const large = (path) => new Response(Buffer.alloc(9 * 1_048_576, path.at(-1)));
  let go;
  const held = new Promise((resolve) => (go = resolve));
  object.answer = async ({ pathname }) => held.then(() => large(pathname));
  const [one, other] = ["a", "b"].map((digit) => `v1/packs/${digit.repeat(64)}`);
  const first = get(one);
  while (asked.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  go();
  assert.equal((await (await first).arrayBuffer()).byteLength, 9 * 1_048_576);
  await (await get(other)).arrayBuffer();
  await (await get(one)).arrayBuffer();
  assert.deepEqual(asked, [one, one, other].map((path) => `/${path}`), "both fit");
});
