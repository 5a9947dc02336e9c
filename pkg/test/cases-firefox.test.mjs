/** The shared cases in Firefox, where there is one: the page plays them by itself and sends what came of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { cases, firefox, pack, title, toldByFirefox } from "./hosts.mjs";

const PAGE = `
  import { load } from "tactful";
  import { runCase } from "./run-case.mjs";
  const told = [];
  for (const one of await (await fetch("/cases.json")).json()) {
    const { failures } = await runCase(one, "/" + one.catalog + ".tact", load).catch((error) => ({ failures: [String(error)] }));
    told.push(failures);
  }
  await fetch("/told", { method: "POST", body: JSON.stringify(told) });`;

const skip = firefox === undefined && "there is no Firefox here";

const all = await cases();
const told = skip ? [] : await play();
all.forEach((one, at) => test(title(one), { skip }, () => assert.deepEqual(told[at], [])));

async function play() {
  const packs = [...new Set(all.map(({ catalog }) => catalog))].map(async (name) => [`/${name}.tact`, await pack(name)]);
  return toldByFirefox(PAGE, { "/cases.json": JSON.stringify(all), ...Object.fromEntries(await Promise.all(packs)) });
}
