/**
 * The ten attacks on updates (TUF 1.0.30, 1.5.2) against what a page follows a shop with, and every flipped bit. The server is
 * the attacker's; in the end it is honest again, and the page goes on.
 */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { packFor, takenBy } from "../dist/publish/documents.js";
import { follower } from "../dist/publish/follow.js";
import { reader } from "../dist/publish/get.js";
import { hex, keyPair, packOf, shop, signed } from "./publishing.mjs";

const [NOON, DAY] = [Date.parse("2026-11-21T12:00:00+02:00"), 86_400_000];
const STALL_MS = 300;

/** What the attacker's server does: bodies by path, or functions that answer themselves. */
let files = {};
let asked = [];
const server = createServer((request, response) => {
  asked.push(request.url);
  const body = files[request.url];
  if (typeof body === "function") return body(response);
  response.writeHead(body === undefined ? 404 : 200);
  response.end(body);
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
after(() => {
  server.close();
  server.closeAllConnections();
});
const from = `http://127.0.0.1:${server.address().port}/`;

/** What an honest server has of a shop. */
function served(made, head, packs) {
  return {
    "/v1/head": head.envelope,
    ...Object.fromEntries(made.authorities.map(({ version, envelope }) => [`/v1/authority/${version}`, envelope])),
    ...Object.fromEntries(packs.map((pack) => [`/v1/packs/${hex(pack)}`, pack])),
  };
}

const packs = ["tea", "two", "ten"].map((name) => Buffer.from(name.repeat(20)));

/** A page that took version 1, at a clock that can be moved. */
async function page() {
  const made = shop({ now: NOON });
  const clock = { now: NOON };
  const first = made.addHead({ packs: [packs[0]] });
  files = served(made, first, packs);
  const following = follower(reader(from, fetch, STALL_MS), made.trust, () => clock.now);
  const held = { current: undefined };
  /** Looks, and takes the pack for everybody. */
  const look = async () => {
    await following.look();
    const wanted = packFor((await takenBy(new Uint8Array(16), following.head)).packs, null, null);
    held.current = await following.content(wanted, held.current);
    return Buffer.from(held.current.bytes).toString();
  };
  assert.equal(await look(), packs[0].toString());
  return { made, clock, following, held, look, first };
}

/** Nothing of the attack is taken; afterwards an honest server is followed. */
async function withstands({ made, following, held, look }, code, publisher) {
  const before = [following.head.version, held.current.sha256];
  await assert.rejects(look(), (error) => error.code === code || assert.fail(`${error.code}: ${error.message}`));
  assert.deepEqual([following.head.version, held.current.sha256], before);
  const next = made.addHead({ packs: [packs[2]], by: publisher ?? made.anna });
  files = served(made, next, packs);
  assert.equal(await look(), packs[2].toString());
}

test("1, arbitrary installation: a head and a pack of the attacker's own", async () => {
  const it = await page();
  const mallory = keyPair();
  files["/v1/head"] = it.made.head({ packs: [packs[1]], by: mallory, version: 2, publisher: it.made.anna.key }).envelope;
  await withstands(it, "untrusted-head");
});

test("2, endless data: nothing is read beyond what was signed", async () => {
  const it = await page();
  let sent = 0;
  const endless = (response) => {
    const chunk = Buffer.alloc(65_536, 32);
    const more = () => {
      while (!response.destroyed && response.write(chunk)) sent += chunk.length;
      if (!response.destroyed) response.once("drain", more);
    };
    response.on("error", () => {});
    more();
  };
  const next = it.made.addHead({ packs: [packs[1]] });
  files = { ...served(it.made, next, packs), [`/v1/packs/${hex(packs[1])}`]: endless };
  const before = it.held.current;
  await assert.rejects(it.look(), { code: "too-large" });
  assert.equal(it.held.current, before);
  files["/v1/head"] = endless;
  await withstands(it, "too-large");
  // What lies in the buffers of both sides was sent, and no more.
  assert.ok(sent < 48 * 1_048_576, `${sent} bytes`);
});

test("3, extraneous dependencies: what no head names is not even asked for", async () => {
  const it = await page();
  asked = [];
  const entry = JSON.parse(it.made.head({ packs: [packs[1]] }).text);
  // Beside the signed text, where a careless reader would look.
  files["/v1/head"] = JSON.stringify({ ...JSON.parse(it.first.envelope), packs: [packOf(packs[2])], entry: entry.entry });
  assert.equal(await it.look(), packs[0].toString());
  assert.deepEqual(asked, ["/v1/head"]);
  files["/v1/head"] = signed("tactful-head/1\0", JSON.stringify(entry), keyPair());
  await withstands(it, "untrusted-head");
});

test("4, fast-forward: a stolen key goes a day ahead at most, and the roots go on from there", async () => {
  const it = await page();
  const second = (NOON + DAY) / 1000;
  files["/v1/head"] = it.made.head({ packs: [packs[1]], version: 2 ** 53 - 1 }).envelope;
  await assert.rejects(it.look(), { code: "early-head" });
  files["/v1/head"] = it.made.head({ packs: [packs[1]], version: second + 1, issued_ms: NOON + DAY + 1_000, expires_ms: NOON + 2 * DAY }).envelope;
  await assert.rejects(it.look(), { code: "early-head" });
  // As far as a thief gets.
  files["/v1/head"] = it.made.head({ packs: [packs[1]], version: second, issued_ms: NOON + DAY, expires_ms: NOON + 2 * DAY, log: { size: 2 ** 53 - 1 } }).envelope;
  assert.equal(await it.look(), packs[1].toString());
  const ben = keyPair();
  it.made.people.clear();
  it.made.people.set("ben", ben);
  it.made.addAuthority({ issued_ms: NOON + DAY });
  it.clock.now = NOON + DAY + 2_000;
  const next = it.made.addHead({ packs: [packs[2]], by: ben, version: second + 1, issued_ms: it.clock.now, expires_ms: NOON + 3 * DAY });
  files = served(it.made, next, packs);
  assert.equal(await it.look(), packs[2].toString());
  files["/v1/head"] = it.made.head({ packs: [packs[0]], by: it.made.anna, version: second + 2, issued_ms: it.clock.now, expires_ms: NOON + 3 * DAY }).envelope;
  await assert.rejects(it.look(), { code: "untrusted-head" });
});

test("5, indefinite freeze: an old head is good until it expires, and nobody makes one for longer than 30 days", async () => {
  const it = await page();
  const frozen = follower(reader(from, fetch, STALL_MS), it.made.trust, () => NOON + 7 * DAY);
  await assert.rejects(frozen.look(), { code: "expired-head" });
  files["/v1/head"] = it.made.head({ packs: [packs[1]], version: 2, expires_ms: NOON + 30 * DAY + 1 }).envelope;
  await withstands(it, "no-head");
});

test("6, a malicious mirror: one that stalls, drips or has nothing is not waited for, and nothing is lost", async () => {
  const it = await page();
  files["/v1/head"] = () => {};
  await assert.rejects(it.look(), { code: "not-fetched" });
  files["/v1/head"] = (response) => void response.write("{");
  await assert.rejects(it.look(), { code: "not-fetched" });
  files = {};
  await withstands(it, "not-found");
});

test("7, mix and match: each part is from the head that names it", async () => {
  const it = await page();
  const other = shop({ now: NOON });
  const [mine, theirs] = [it.made.head({ packs: [packs[1]] }), other.addHead({ packs: [packs[1]], version: 2 })].map(({ envelope }) => JSON.parse(envelope));
  files["/v1/head"] = JSON.stringify({ signed: mine.signed, signatures: theirs.signatures });
  await assert.rejects(it.look(), { code: "untrusted-head" });
  // Another authority of the same version.
  files["/v1/head"] = it.made.head({ packs: [packs[1]], authority: { version: 1, sha256: hex(other.authorities[0].text) } }).envelope;
  await assert.rejects(it.look(), { code: "untrusted-head" });
  // The log of another head.
  files["/v1/head"] = it.made.head({ packs: [packs[1]], version: 2, log: { size: 1 } }).envelope;
  await withstands(it, "old-head");
});

test("8, rollback: no version and no log goes back, and one version says one thing", async () => {
  const it = await page();
  const second = it.made.addHead({ packs: [packs[1]] });
  files = served(it.made, second, packs);
  assert.equal(await it.look(), packs[1].toString());
  files["/v1/head"] = it.first.envelope;
  await assert.rejects(it.look(), { code: "old-head" });
  files["/v1/head"] = it.made.head({ packs: [packs[0]], version: 2 }).envelope;
  await withstands(it, "old-head");
});

test("9, key compromise: publishers sign no authorities, and fewer roots than it takes none", async () => {
  const it = await page();
  const { made } = it;
  const mallory = keyPair();
  made.people.set("mallory", mallory);
  const tries = [
    made.authority({}, [made.anna, mallory]), made.authority({}, [made.roots[0]]), made.authority({}, [made.roots[0], made.roots[0]]),
    made.authority({ roots: [mallory.key], threshold: 1 }, [mallory]), made.authority({ threshold: 0 }, []),
    // Two roots of three were stolen would be enough; one, with the attacker's own set, is not.
    made.authority({ roots: [mallory.key, made.roots[0].key], threshold: 1 }, [mallory, made.roots[0]]),
  ];
  for (const attempt of tries) {
    files["/v1/authority/2"] = attempt.envelope;
    files["/v1/head"] = made.head({ packs: [packs[1]], by: mallory, authority: { version: 2, sha256: hex(attempt.text) } }).envelope;
    await assert.rejects(it.look(), { code: "untrusted-authority" });
  }
  // A key that was not valid yet, or not any more, publishes nothing.
  made.people.delete("mallory");
  files["/v1/head"] = made.head({ packs: [packs[1]], issued_ms: NOON - 2 * DAY, expires_ms: NOON + DAY }).envelope;
  await withstands(it, "untrusted-head");
});

test("10, wrong target: what was published for another name, or another pack under the hash, is not taken", async () => {
  const it = await page();
  const next = it.made.addHead({ packs: [packs[1]] });
  files = { ...served(it.made, next, packs), [`/v1/packs/${hex(packs[1])}`]: packs[0], [`/v1/deltas/${hex(packs[1])}/${hex(packs[0])}`]: Buffer.from([60, 0, 0]) };
  await assert.rejects(it.look(), { code: "wrong-pack" });
  assert.equal(it.held.current.sha256, hex(packs[0]));
  // An authority of another shop, whoever signed it.
  const authority = it.made.addAuthority({ shop: "other" });
  files = { ...served(it.made, it.made.head({ packs: [packs[1]], version: 3 }), packs), "/v1/authority/2": authority.envelope };
  await assert.rejects(it.look(), { code: "untrusted-head" });
  it.made.authorities.pop();
  files["/v1/head"] = "[]";
  await withstands(it, "no-head");
});

/** Every bit of some bytes, flipped one at a time. */
function* flips(bytes) {
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3] ^= 1 << (bit & 7);
    yield flipped;
  }
}

test("no flipped bit and no cut of authority, head, pack or delta is taken", async () => {
  const made = shop({ now: NOON });
  const head = made.addHead({ packs: [packs[1]] });
  const honest = served(made, head, packs);
  const delta = Buffer.concat([Buffer.from([1, 0, packs[1].length - 1]), packs[1].subarray(1)]);
  const read = (served) => async (path) => {
    const body = served[path];
    if (body === undefined) throw new Error("nothing");
    return new Uint8Array(Buffer.from(body));
  };
  let tried = 0;
  const refused = async (path, bytes, held) => {
    tried += 1;
    const following = follower(read({ ...honest, ...(held && { [`/v1/packs/${hex(packs[1])}`]: undefined }), [path]: bytes }), made.trust, () => NOON);
    const took = await following.look().then(() => following.content(following.head.packs[0], held)).then(({ sha256 }) => sha256, () => "refused");
    // A delta may be written in more than one way; what it makes is checked.
    if (!held || took !== hex(packs[1])) assert.equal(took, "refused", `${path}: ${bytes}`);
  };
  const held = { sha256: hex(packs[0]), bytes: new Uint8Array(packs[0]) };
  const by = `/v1/deltas/${hex(packs[1])}/${hex(packs[0])}`;
  const parts = [["/v1/authority/1", Buffer.from(made.authorities[0].envelope)], ["/v1/head", Buffer.from(head.envelope)], [`/v1/packs/${hex(packs[1])}`, packs[1]], [by, delta, held]];
  for (const [path, bytes, held] of parts) {
    for (const flipped of flips(bytes)) await refused(path, flipped, held);
    for (let length = 0; length < bytes.length; length++) await refused(path, bytes.subarray(0, length), held);
  }
  assert.ok(tried > 15_000, `${tried} tried`);
  const following = follower(read({ ...honest, [`/v1/packs/${hex(packs[1])}`]: undefined, [by]: delta }), made.trust, () => NOON);
  await following.look();
  assert.equal((await following.content(following.head.packs[0], held)).sha256, hex(packs[1]));
});
