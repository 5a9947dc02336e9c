/** A live moment from end to end, on workerd and in Chromium: what is published reaches open pages, and what is stopped leaves the screen. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { live } from "tactful/live";
import { openPages } from "../../benches/live/pages.mjs";
import { ENTRY, OBJECTS, variables } from "../../benches/live/worker.mjs";
import { server } from "../../benches/ledger/workerd.mjs";
import { pack, root } from "./hosts.mjs";
import { bodyOf, shop } from "./publishing.mjs";

const here = await mkdtemp(join(tmpdir(), "tactful-moment-"));
const regions = join(root, "www/dist/regions");
const { regions: [{ file }] } = JSON.parse(await readFile(join(regions, "regions.json"), "utf8"));
const [first, second] = [await pack(), await readFile(join(regions, file))];
const made = shop({ now: Date.now() });
const edge = await server({ folder: here, entry: ENTRY, text: variables({ trust: made.trust, hubs: 3 }), objects: OBJECTS, flags: ["enable_request_signal"] });
const from = `http://127.0.0.1:${edge.port}/`;
after(async () => {
  await edge.kill();
  await rm(here, { recursive: true, force: true });
});

async function post(path, body) {
  const response = await fetch(new URL(path, from), { method: "POST", body });
  assert.equal(response.status, 201, await response.text());
}
const publish = (head, packs = []) => post("v1/head", bodyOf(head, packs));
await post("v1/authority", made.authorities[0].envelope);
await publish(made.addHead({ packs: [first] }), [first]);

/** Waits until every page saw something. */
async function saw(open, kind, version) {
  const all = (one) => one.some((seen) => seen.kind.startsWith(kind) && seen.version === version);
  while (!(await open.seen()).every(all)) await new Promise((resolve) => setImmediate(resolve));
}

test("open pages decide on a new pack, a card on screen goes when its offer is stopped, and a hub that dies is found again", async (t) => {
  const pages = await openPages(2, { from, trust: made.trust, placement: "home" });
  const seen = Array.from({ length: 60 }, () => []);
  const open = await Promise.all(seen.map((one) => live({ from, trust: made.trust, onShop: (news) => one.push(news), onFault: (fault) => one.push({ kind: `fault ${fault}` }) })));
  const clients = { seen: () => seen, close: () => open.forEach((page) => page.close()) };
  t.after(async () => {
    clients.close();
    await pages.close();
  });
  const shown = () => Promise.all(pages.pages.map((page) => page.evaluate(() => document.querySelector("tactful-card").decision?.offer.id)));
  const [offer, same] = await shown();
  assert.ok(offer && offer === same);
  await publish(made.addHead({ packs: [first], stopped: [offer] }));
  await saw(pages, "closed", 2);
  await saw(clients, "head", 2);
  assert.deepEqual(await shown(), [undefined, undefined]);
  await publish(made.addHead({ packs: [second] }), [second]);
  await saw(pages, "decided", 3);
  await saw(clients, "pack", 3);
  assert.deepEqual(await shown(), [offer, offer], "nothing is stopped any more");
  const faults = [...(await pages.seen()), ...clients.seen()].flat().filter(({ kind }) => kind.startsWith("fault"));
  assert.deepEqual(faults, []);
  // Power cut: the pages come back by themselves, and hear of what was published meanwhile.
  await edge.kill();
  await edge.start();
  await publish(made.addHead({ packs: [first], stopped: [offer] }), []);
  await saw(pages, "closed", 4);
  await saw(clients, "pack", 4);
});

test("a page that is up to date hears less than 1,024 bytes an hour, its request among them", async () => {
  const request = "GET /v1/live?version=999999999 HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: */*\r\n\r\n";
  const socket = connect({ host: "127.0.0.1", port: edge.port });
  let heard = "";
  const signs = () => heard.split("\r\n\r\n").slice(1).join("\r\n\r\n").match(/:\n\n/g)?.length ?? 0;
  socket.write(request);
  await new Promise((resolve) => socket.on("data", (bytes) => {
    heard += bytes;
    if (signs() === 1) resolve();
  }));
  socket.destroy();
  const { SIGN_OF_LIFE_MS } = await import("../dist/publish/hub.js");
  // A sign is the chunk that came first: its length, three bytes, line ends.
  const [head] = heard.split("\r\n\r\n");
  const sign = Buffer.byteLength(heard) - Buffer.byteLength(head) - 4;
  const hour = request.length + Buffer.byteLength(heard) + (3_600_000 / SIGN_OF_LIFE_MS) * sign;
  assert.ok(hour < 1_024, `${hour} bytes`);
});
