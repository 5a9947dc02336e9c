/** What the shop answers reaches open pages, on workerd and in Chromium: at once, without a request that says who asked. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createVoice } from "tactful/voice";
import { server } from "../../benches/ledger/workerd.mjs";
import { answers, browse, bundle, dist, pack, serveFiles } from "./hosts.mjs";
import { bodyOf, shop } from "./publishing.mjs";
import { KEY, client } from "./voice-shop.mjs";

const ENTRY = `
  import { createPublication, publicationObjects } from "tactful/publish";
  import { createVoice } from "tactful/voice";
  export { VoiceDesk } from "tactful/voice";
  const host = (env) => ({ trust: JSON.parse(env.AUTHORITY), publication: env.PUBLICATION, hub: env.LIVE_HUB, hubs: 3, now: () => Number(env.START), onError: (error) => console.error(error) });
  export const { Publication, LiveHub } = publicationObjects(host);
  let publication, voice;
  export default {
    fetch(request, env) {
      publication ??= createPublication(host(env));
      voice ??= createVoice({ desk: env.VOICE, key: env.KEY, origins: [env.ORIGIN], tokens: { network: 1e6, day: 1e6 }, live: host(env) });
      return new URL(request.url).pathname.startsWith("/v1/voice") ? voice(request) : publication(request);
    },
  };`;

/** A page that remembers to have asked, or to have asked nothing. */
const SCRIPT = `
  import { live } from "tactful/live";
  import { watchAnswers } from "tactful/page";
  import { load } from "tactful/slim";
  globalThis.follow = async ({ from, trust, by, asked }) => {
    const shop = await live({ from, trust, by });
    const tact = await load({ module: await WebAssembly.compileStreaming(fetch("/core.wasm")), pack: shop.pack });
    for (const id of asked) tact.observe({ type: "care_case", at: Date.now() - 1_000, id, topic: "complaint", state: "open" });
    watchAnswers(document, tact, { asked: () => asked, live: shop, url: new URL("v1/voice/answered", from) });
    shop.answered((topics) => globalThis.heard.push(...topics));
    Object.assign(globalThis, { open: () => tact.export().cases.length, heard: [] });
  };`;

const [real, script] = [await pack(), await bundle(SCRIPT, { conditions: ["browser"] })];
const site = await serveFiles({ "/index.html": "<!doctype html><title>shop</title><script type=module src=/page.js></script>", "/page.js": script, "/core.wasm": await readFile(join(dist, "core.wasm")), "/favicon.ico": "" });
const folder = await mkdtemp(join(tmpdir(), "tactful-answered-"));
const made = shop({ now: Date.now() });
const edge = await server({ folder, entry: ENTRY, text: { AUTHORITY: JSON.stringify(made.trust), START: String(Date.now()), KEY, ORIGIN: site.url }, objects: { PUBLICATION: "Publication", LIVE_HUB: "LiveHub", VOICE: "VoiceDesk" }, flags: ["enable_request_signal"] });
const from = `http://127.0.0.1:${edge.port}/`;
const { say, desk } = client(from);
for (const [path, body] of [["v1/authority", made.authorities[0].envelope], ["v1/head", bodyOf(made.addHead({ packs: [real] }), [real])]]) {
  assert.equal((await fetch(new URL(path, from), { method: "POST", body })).status, 201);
}
after(async () => {
  await edge.kill();
  await site.close();
  await rm(folder, { recursive: true, force: true });
});

/** Somebody says something, and the shop answers. */
async function said(kind) {
  const { status, topic } = await say({ kind });
  assert.equal(status, 201);
  return topic.id;
}
const answer = async (id, change = { answer: { en: "It is on the shelf." } }) => assert.equal((await desk(`/${id}`, change)).status, 200);

test("a page hears at once that its topic is answered, by events and by a socket, and asks for nothing", async (t) => {
  const [mine, joined, wish] = [await said("complaint"), await said("complaint"), await said("wish")];
  const chromium = await browse();
  t.after(chromium.close);
  const [asked, pages] = [[], []];
  for (const [number, [by, topics]] of [["events", [mine]], ["socket", [joined]], ["events", []]].entries()) {
    const page = number === 0 ? chromium.page : await chromium.page.context().newPage();
    page.on("request", (request) => request.url().includes("/v1/voice") && asked.push(number));
    await page.goto(`${site.url}/index.html`);
    await page.waitForFunction(() => globalThis.follow);
    await page.evaluate((options) => globalThis.follow(options), { from: from.replace("127.0.0.1", `page-${number}.localhost`), trust: made.trust, by, asked: topics });
    await page.evaluate(() => Object.defineProperty(document, "visibilityState", { value: "visible" }));
    pages.push(page);
  }
  const open = () => Promise.all(pages.map((page) => page.evaluate(() => globalThis.open())));
  assert.deepEqual(await open(), [1, 1, 0]);
  // A wish, and what is only planned, is nothing that anybody waits for.
  await answer(wish);
  await answer(mine, { state: "planned" });
  await answer(mine, { state: "done" });
  for (const page of pages) await answers(page, (id) => globalThis.heard.includes(id), mine);
  assert.deepEqual(await open(), [0, 1, 0]);
  assert.equal((await desk(`/${joined}/merge`, { into: mine }, "POST")).status, 200);
  for (const page of pages) await answers(page, (id) => globalThis.heard.includes(id), joined);
  assert.deepEqual(await open(), [0, 0, 0]);
  assert.deepEqual(await pages.at(-1).evaluate(() => globalThis.heard), [mine, joined], "each once, the same on every page");
  assert.deepEqual(asked.sort(), [0, 1, 2], "every page asked once, when it was opened");
});

test("a page hears less than 1,024 bytes an hour, however much the shop answers", async (t) => {
  const topics = [];
  for (let number = 0; number < 20; number++) topics.push(await said("question"));
  const request = "GET /v1/live?version=999999999 HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: */*\r\n\r\n";
  const socket = connect({ host: "127.0.0.1", port: edge.port });
  t.after(() => socket.destroy());
  let heard = "";
  socket.setEncoding("utf8").on("data", (text) => (heard += text));
  const comes = async (what) => {
    while (!heard.includes(what)) await new Promise((resolve) => setImmediate(resolve));
  };
  socket.write(request);
  await comes(":\n\n");
  for (const topic of topics) await answer(topic);
  // What comes after them has come: a head, which is left out.
  const last = made.addHead({ packs: [real] });
  assert.equal((await fetch(new URL("v1/head", from), { method: "POST", body: bodyOf(last) })).status, 201);
  await comes("id: 2");
  const told = heard.slice(0, heard.lastIndexOf("\r\n", heard.indexOf("id: 2") - 3) + 2);
  const { SIGN_OF_LIFE_MS } = await import("../dist/publish/hub.js");
  const hour = request.length + told.length + (3_600_000 / SIGN_OF_LIFE_MS) * "3\r\n:\n\n\r\n".length;
  assert.ok(told.match(/answered: /g).length >= 6, told);
  assert.ok(hour < 1_024, `${hour} bytes`);
});

test("a hub that is away keeps the shop from nothing", async () => {
  const topic = { id: "a".repeat(22), kind: "question", state: "done" };
  const object = (answer) => ({ idFromName: (name) => name, get: () => ({ fetch: answer }) });
  const faults = [];
  const handle = createVoice({ desk: object(async () => Response.json(topic)), key: KEY, live: { hub: object(() => Promise.reject(new Error("away"))), hubs: 2 }, onError: (error) => faults.push(error.message) });
  const response = await handle(new Request(`https://shop.example/v1/voice/${topic.id}`, { method: "PATCH", headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" }, body: JSON.stringify({ state: "done" }) }));
  assert.deepEqual([response.status, await response.json(), faults], [200, topic, ["away"]]);
});
