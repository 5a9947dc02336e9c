/** Puts the contestants and their work where every platform finds them: below `target/bench/contest`. */
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { householdCatalog, sessionCatalog } from "./catalog.mjs";
import { chain } from "./chain.mjs";
import { makeWork } from "./work.mjs";

export const here = dirname(fileURLToPath(import.meta.url));
export const root = join(here, "../..");
const target = join(root, "target/bench/contest");
const run = promisify(execFile);

/** Everybody who takes part, in the order of the tables. */
export const IDS = ["tactful", "bitset", "closures", "json-logic-engine", "flagd-core"];

export async function contestant(id) {
  return { id, ...(await import(`./contestants/${id}.mjs`)) };
}

export function contestants(ids) {
  return Promise.all(ids.map(contestant));
}

/** A file of the stage, its folder made. */
export async function place(...path) {
  const file = join(target, ...path);
  await mkdir(dirname(file), { recursive: true });
  return file;
}

/** Writes the work of each key for each contestant; `tactful` is the program that compiles packs. Returns the work. */
export async function setUp(everybody, keys, tactful) {
  const works = {};
  for (const key of keys) {
    const { offers, moments } = (works[key] = makeWork(key));
    for (const { id, prepare = JSON.stringify, packed, shape = (context) => context } of everybody) {
      const shaped = moments.map((moment) => ({ ...moment, context: shape(moment.context) }));
      await writeFile(await place(id, `${key}.moments.json`), JSON.stringify(shaped));
      await writeFile(await place(id, `${key}.json`), prepare(offers));
      if (packed) await compile(tactful, id, key);
    }
  }
  return works;
}

/** The sizes of the catalogs for sessions. */
export const SESSIONS = [10, 10_000];

/** Writes the packs for sessions. */
export async function setUpSessions(tactful) {
  for (const count of SESSIONS) {
    await writeFile(await place("tactful", `session-${count}.json`), JSON.stringify(sessionCatalog(count)));
    await compile(tactful, "tactful", `session-${count}`);
  }
}

/** Writes the pack of a chain of 10,000 stores; returns its catalog. */
export async function setUpChain(tactful) {
  const catalog = await chain(10_000);
  await writeFile(await place("tactful", "chain.json"), JSON.stringify(catalog));
  await compile(tactful, "tactful", "chain");
  return catalog;
}

/** Writes the pack of a shop with 300 categories; returns its catalog. */
export async function setUpHousehold(tactful) {
  const catalog = householdCatalog(300);
  await writeFile(await place("tactful", "household.json"), JSON.stringify(catalog));
  await compile(tactful, "tactful", "household");
  return catalog;
}

async function compile(tactful, id, key) {
  await run(tactful, ["compile", await place(id, `${key}.json`), "-o", await place(id, `${key}.tact`)]);
}

/** Where a contestant's payload is: what it loads. */
export function payloadFile({ id, packed }, key) {
  return place(id, `${key}.${packed ? "tact" : "json"}`);
}

export async function payload(one, key) {
  return readFile(await payloadFile(one, key), one.packed ? undefined : "utf8");
}

export async function momentsText(id, key) {
  return readFile(await place(id, `${key}.moments.json`), "utf8");
}
