/** What `tactful publish` writes, as `tests/publish/golden.rs` has it, read by what pages and edges read with. */
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { follower } from "../dist/publish/follow.js";
import { grown, rootOf } from "../dist/publish/tree.js";
import { root } from "./hosts.mjs";

const GOLDEN = join(root, "tests/publish/golden");
const text = (path) => readFile(join(GOLDEN, path), "utf8");
const asked = [];
const get = async (path) => {
  asked.push(path);
  return new Uint8Array(await readFile(join(GOLDEN, path)));
};

test("the heads of the golden publication are taken one after the other, and its packs by their deltas", async () => {
  const trust = JSON.parse(await text("trust.json"));
  const heads = await Promise.all((await readdir(join(GOLDEN, "heads"))).sort().map((name) => text(`heads/${name}`)));
  const { entries } = JSON.parse(await text("v1/log"));
  const issued = JSON.parse(entries.at(-1)).issued_ms;
  const following = follower(get, trust, () => issued);
  let held;
  let subtrees = [];
  for (const [place, head] of heads.entries()) {
    const { entry, log, packs } = await following.take(head);
    assert.equal(entry, entries[place]);
    subtrees = await grown(subtrees, place, entry);
    assert.deepEqual(log, { size: place + 1, root: Buffer.from(await rootOf(subtrees)).toString("hex") });
    held = await following.content(packs[0], held);
    assert.equal(held.sha256, packs[0].sha256);
  }
  assert.equal(await following.look(), undefined, "the last one is the one that is served");
  assert.ok(asked.some((path) => path.startsWith("/v1/deltas/")), "no delta was asked for");
  const wholes = asked.filter((path) => path.startsWith("/v1/packs/"));
  assert.equal(wholes.length, 1, `fetched whole: ${wholes}`);
});
