/**
 * Two publishers at the same moment, on workerd with its SQLite: one is taken, the other is told why, and nothing of theirs is
 * there. The same is run with a check taken out on purpose, and has to notice.
 *
 * workerd checks signatures and hashes at once, so that nobody comes in between; a runtime that takes a thread for it lets
 * others in. The worker here has a door before them, which the test opens when all that it waits for stand in front of it.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { server } from "../../benches/ledger/workerd.mjs";
import { OBJECTS, variables } from "../../benches/live/worker.mjs";
import { root } from "./hosts.mjs";
import { bodyOf, hex, keyPair, shop } from "./publishing.mjs";

const ROUNDS = 12;
/** Who never comes to the door is not waited for for ever. */
const LIMIT = { timeout: 120_000 };
const PROGRAM = join(root, "target/debug/tactful");

const ENTRY = `
  import { createPublication, publicationObjects } from "tactful/publish";
  let [kind, came] = ["", 0];
  for (const name of ["verify", "digest"]) {
    const { [name]: work } = SubtleCrypto.prototype;
    SubtleCrypto.prototype[name] = async function (...given) {
      const stands = kind && new TextDecoder().decode(given.at(-1)).startsWith(kind);
      if (stands) came += 1;
      while (stands && kind) await new Promise((resolve) => setTimeout(resolve, 1));
      return work.apply(this, given);
    };
  }
  const host = (env) => ({ trust: JSON.parse(env.AUTHORITY), publication: env.PUBLICATION, hub: env.LIVE_HUB, hubs: Number(env.HUBS), onError: () => {} });
  export const { Publication, LiveHub } = publicationObjects(host);
  export default {
    fetch(request, env) {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname !== "/door") return createPublication(host(env))(request);
      if (searchParams.has("shut")) [kind, came] = [searchParams.get("shut"), 0];
      return new Response(String(came));
    },
  };`;

const folder = await mkdtemp(join(tmpdir(), "tactful-publishers-"));
const running = new Set();
after(async () => {
  await Promise.all([...running].map((edge) => edge.kill()));
  await rm(folder, { recursive: true, force: true });
});

/** A server of a shop's own, and the door. */
async function opened({ trust }, broken = {}) {
  const edge = await server({ folder: await mkdtemp(join(folder, "edge-")), entry: ENTRY, text: variables({ trust }), objects: OBJECTS, flags: ["enable_request_signal"], broken, quiet: true });
  running.add(edge);
  const from = `http://127.0.0.1:${edge.port}/`;
  const get = (path, init) => fetch(new URL(path, from), init);
  const door = async (query = "") => Number(await (await get(`door${query}`)).text());
  /** Nobody passes whose bytes begin so. */
  const shut = (kind) => door(`?shut=${encodeURIComponent(kind)}`);
  /** Waits for so many, and opens the door again after what else there is to do. */
  const met = async (all, meanwhile = () => {}) => {
    while ((await door()) < all);
    await meanwhile();
    await shut("");
  };
  const post = async (path, body) => {
    const response = await get(path, { method: "POST", body });
    const told = await response.json();
    return response.status === 201 ? "taken" : `${response.status} ${told.code}`;
  };
  const entries = async () => (await (await get("v1/log")).json()).entries;
  return { from, get, shut, met, entries, authority: ({ envelope }) => post("v1/authority", envelope), publish: (...parts) => post("v1/head", bodyOf(...parts)), close: () => running.delete(edge) && edge.kill() };
}

/** What is hashed of a head for the log (RFC 6962, a leaf): by then it was found to follow. */
const LEAF = "\0{";

/** Lets them work until all were found to follow, and then go on. */
async function together({ shut, met }, works) {
  await shut(LEAF);
  const done = works.map((work) => work());
  await met(works.length);
  return Promise.all(done);
}

/** What is not as it should be after two heads that follow the same one, and after a head of somebody who is taken out meanwhile. */
async function faults(broken) {
  const made = shop({ now: Date.now() });
  const ben = keyPair();
  made.people.set("ben", ben);
  made.authorities.pop();
  made.addAuthority();
  const edge = await opened(made, broken);
  const found = [];
  const wants = (name, got, wanted) => JSON.stringify(got) === JSON.stringify(wanted) || found.push(`${name}: ${String(got).slice(0, 80)}`);
  await edge.authority(made.authorities[0]);
  for (let round = 0; round < ROUNDS; round++) {
    const packs = ["anna", "ben"].map((name) => Buffer.from(`${name} ${round}`));
    const heads = [made.anna, ben].map((by, place) => made.head({ by, packs: [packs[place]] }));
    const answers = await together(edge, heads.map((head, place) => () => edge.publish(head, [packs[place]])));
    wants("answers", [...answers].sort(), ["409 not-next", "taken"]);
    const winner = Math.max(0, answers.indexOf("taken"));
    made.entries.push(heads[winner].entry);
    wants("the loser's pack", (await edge.get(`v1/packs/${hex(packs[1 - winner])}`)).status, 404);
    wants("the winner's pack", (await edge.get(`v1/packs/${hex(packs[winner])}`)).status, 200);
  }
  wants("log", await edge.entries(), made.entries);
  const late = made.head({ by: ben });
  made.people.delete("ben");
  await edge.shut(LEAF);
  const published = edge.publish(late);
  await edge.met(1, async () => wants("authority", await edge.authority(made.addAuthority()), "taken"));
  wants("head of who was taken out", await published, "409 not-next");
  wants("log", await edge.entries(), made.entries);
  await edge.shut("tactful-authority/1");
  const two = ["carla", "dora"].map((name) => edge.authority(made.authority({ publishers: [{ name, key: keyPair().key, not_before_ms: 0, not_after_ms: 1 }] })));
  // Of the one in force two signatures are checked at once: by then each has read it.
  await edge.met(4);
  wants("authorities", (await Promise.all(two)).sort(), ["409 not-next", "taken"]);
  await edge.close();
  return found;
}

test(`of two heads that follow the same one, one is taken and nothing of the other is there, ${ROUNDS} times`, LIMIT, async () => {
  assert.deepEqual(await faults(), []);
});

const [CHECK, ORDER] = ["if (!isNext)\n                throw notNext();", " UNION SELECT 1 FROM authority WHERE version > ?"];
/** What is taken out of `pkg/src/publish/store.ts`, and what the test above has to say of it. */
const MUTANTS = [
  { name: "no look for another head", says: /answers: 500 internal,taken.*head of who was taken out: taken/, broken: [[CHECK, ""]] },
  { name: "no look for another authority", says: /^head of who was taken out: taken/, broken: [[ORDER, ""], [", head.version, head.authority.version)", ", head.version)"]] },
  { name: "no look for the same authority", says: /authorities: 500 internal,taken/, broken: [['if (rows("SELECT 1 FROM authority WHERE version >= ?", version).length > 0)\n                throw notNext();', ""]] },
  { name: "packs outside the transaction", says: /the loser's pack: 200/, broken: [["const isNext =", "for (const { sha256, bytes } of contents) put(sha256, bytes);\n            const isNext ="], ["transactionSync(() => {", "(() => {"], ["NOT IN (SELECT name FROM needed)\");\n        }),", "NOT IN (SELECT name FROM needed)\");\n        })(),"]] },
];
for (const { name, says, broken } of MUTANTS) {
  test(`it is noticed: ${name}`, LIMIT, async () => {
    assert.match((await faults({ "store.js": broken })).join("; "), says);
  });
}

test(`of two \`tactful publish\` at the same moment one ends well and the other says why, ${ROUNDS} times`, LIMIT, async () => {
  const keys = Object.fromEntries(["anna", "ben"].map((name) => [name, join(folder, name)]));
  const tactful = (...given) => promisify(execFile)(PROGRAM, given);
  await tactful("authority", "new", keys.anna, "--shop", "nordkorb", "--publisher", "anna", "--publisher", "ben");
  await cp(keys.anna, keys.ben, { recursive: true });
  const edge = await opened({ trust: JSON.parse(await readFile(join(keys.anna, "trust.json"), "utf8")) });
  const publish = (name, ...given) => tactful("publish", ...given, "--to", edge.from, "--keys", keys[name], "--publisher", name, "--note", name);
  const tried = (name) => publish(name, "--renew").then(() => name, ({ code, stderr }) => `${code} ${stderr}`);
  await publish("anna", join(root, "examples/nordkorb/catalog.json"), "--skip-simulation");
  const winners = ["anna"];
  for (let round = 0; round < ROUNDS; round++) {
    const answers = await together(edge, Object.keys(keys).map((name) => () => tried(name)));
    const [refused, winner] = answers.sort();
    assert.ok(winner in keys, answers.join());
    assert.match(refused, /^1 .*somebody else published meanwhile, so nothing was published; look with `tactful log`, and run this again/s);
    winners.push(winner);
  }
  const { stdout } = await tactful("log", "--from", edge.from, "--trust", join(keys.anna, "trust.json"), "--json");
  assert.deepEqual(stdout.trim().split("\n").map((line) => JSON.parse(line).entry.note), winners);
  await edge.close();
});
