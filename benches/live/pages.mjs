/** Open pages: real ones in Chromium, with engine and card, and clients that do all but draw. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { patched } from "../../pkg/dist/publish/delta.js";
import { browse, bundle, dist, serveFiles } from "../../pkg/test/hosts.mjs";
import { open } from "../ledger/connection.mjs";

/** When the engines think it is: the shop's noon, so that no quiet hours come in between. */
export const NOON = Date.parse("2026-11-21T12:00:00Z");

/** The script of a page: it follows its shop, asks anew on every pack, shows what is decided, and writes down when. */
const SCRIPT = `
  import "tactful/card/define";
  import { live } from "tactful/live";
  import { load } from "tactful/slim";
  globalThis.follow = async ({ from, trust, placement }) => {
    const seen = (globalThis.seen = []);
    const card = document.body.appendChild(document.createElement("tactful-card"));
    const note = (kind, version) => seen.push({ kind, version, at: Date.now() });
    const module = await WebAssembly.compileStreaming(fetch("/core.wasm"));
    const shop = await live({ from, trust, onFault: (fault) => note("fault " + fault), onShop: ({ kind, version, stopped }) => {
      card.stopped = stopped;
      note(kind, version);
      if (kind === "pack") ask(version);
    } });
    card.stopped = shop.stopped;
    card.addEventListener("offer-stopped", () => note("closed", shop.version));
    const tact = await load({ module, pack: shop.pack, seed: 1, now: ${NOON} });
    shop.follow({ update: (pack) => tact.update(pack, ${NOON}) });
    const ask = (version) => {
      const shopper = tact.fork({ seed: 1, now: ${NOON} });
      const decision = shopper.ask(placement, ${NOON});
      if (decision.kind === "show" && shop.allows(decision.offer.id)) card.decision = decision;
      note("decided " + (decision.offer?.title ?? decision.why), version);
      shopper.free();
    };
    ask(shop.version);
  };`;

/** Opens so many pages of one browser. */
export async function openPages(count, options) {
  const script = await bundle(SCRIPT, { conditions: ["browser"], minify: true });
  const site = await serveFiles({ "/index.html": "<!doctype html><title>shop</title><script type=module src=/page.js></script>", "/page.js": script, "/core.wasm": await readFile(join(dist, "core.wasm")), "/favicon.ico": "" });
  const browser = await browse();
  const pages = [];
  for (let number = 0; number < count; number++) {
    const page = number === 0 ? browser.page : await browser.page.context().newPage();
    await page.goto(`${site.url}/index.html`);
    await page.waitForFunction(() => globalThis.follow);
    // A browser has six connections of HTTP/1.1 to a name, for all its pages together.
    const from = options.from.replace("127.0.0.1", `page-${number}.localhost`);
    await page.evaluate((options) => globalThis.follow(options), { ...options, from });
    pages.push(page);
  }
  const seen = () => Promise.all(pages.map((page) => page.evaluate(() => globalThis.seen)));
  const close = async () => {
    await browser.close();
    await site.close();
  };
  return { pages, seen, close };
}

/**
 * So many clients in this process: they hear of heads, get deltas and make packs of the right hash. Signatures are left to the
 * pages, since a thousand devices have a thousand processors for that, and this one has what is left of its own.
 */
export async function openClients(count, { port, pack }) {
  const clients = [];
  const asking = pool(port);
  const held = { sha256: hash(pack), bytes: pack };
  for (let number = 0; number < count; number += 64) {
    const some = Array.from({ length: Math.min(64, count - number) }, () => client(port, held, asking));
    await Promise.all(some.map(({ ready }) => ready));
    clients.push(...some);
  }
  return { seen: () => clients.map(({ seen }) => seen), close: () => clients.forEach(({ close }) => close()) };
}

function client(port, held, ask) {
  const seen = [];
  const note = (kind, version) => seen.push({ kind, version, at: Date.now() });
  const take = async ({ entry }) => {
    const { version, packs: [wanted] } = JSON.parse(entry);
    note("head", version);
    if (wanted.sha256 !== held.sha256) {
      const delta = await ask(`/v1/deltas/${wanted.sha256}/${held.sha256}`);
      const made = delta.status === 200 ? patched(held.bytes, delta.bytes, wanted.bytes) : (await ask(`/v1/packs/${wanted.sha256}`)).bytes;
      if (hash(made) !== wanted.sha256) throw new Error("another pack");
      held = { sha256: wanted.sha256, bytes: made };
    }
    note("pack", version);
  };
  let socket;
  // Who is told to come later does.
  const listen = async () => {
    while (!(socket = await listening(port, take, (fault) => note(`fault ${fault}`)))) await new Promise((resolve) => setTimeout(resolve, 200 * Math.random()));
  };
  return { ready: listen(), seen, close: () => socket.destroy() };
}

/** A connection that hears; nothing where the server has no room. */
function listening(port, take, fault) {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  socket.write("GET /v1/live HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
  let text = "";
  return new Promise((resolve) => socket.on("data", (bytes) => {
    text += bytes.toString("latin1");
    if (/^HTTP\/1.1 (?!200)/.test(text)) {
      socket.destroy();
      return resolve(undefined);
    }
    resolve(socket);
    // A line without a length or a header: what is between the chunks of HTTP is not ours, and a head is one chunk.
    for (let end; (end = text.indexOf("\n\n")) >= 0; text = text.slice(end + 2)) {
      const [, envelope] = /^data: (.*)$/m.exec(text.slice(0, end)) ?? [];
      if (envelope) take(JSON.parse(JSON.parse(envelope).signed)).catch(fault);
    }
  }));
}

/** Asks over 64 connections: a thousand at once are more than a server has waiting to be accepted, and one in forty is then late by seconds. */
function pool(port) {
  const free = Array.from({ length: 64 }, () => open(port));
  const waiting = [];
  return async (path) => {
    let connection = free.pop() ?? (await new Promise((resolve) => waiting.push(resolve)));
    try {
      // A server closes what it has not heard of for a while, also just now.
      return await connection.ask("GET", path).catch(() => (connection = open(port)).ask("GET", path));
    } finally {
      const next = waiting.shift();
      if (next) next(connection);
      else free.push(connection);
    }
  };
}

const hash = (bytes) => createHash("sha256").update(bytes).digest("hex");
