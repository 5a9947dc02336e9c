/** What is downloaded: the script (and module) of each contestant, and a catalog of 1,000 offers in its own form. */
import { brotliCompressSync } from "node:zlib";
import { shipped } from "./bundle.mjs";
import { payload, place } from "./stage.mjs";
import { readFile } from "node:fs/promises";

/** Bytes by contestant, raw and in brotli. */
export async function sizes(contestants) {
  const one = async (contestant) => [contestant.id, {
    program: weigh(...await shipped(contestant)),
    catalog: weigh(Buffer.from(await payload(contestant, "1000"))),
  }];
  return Object.fromEntries(await Promise.all(contestants.map(one)));
}

/** Tactful's catalog of 1,000 offers as the shop writes it. */
export async function written() {
  return weigh(await readFile(await place("tactful", "1000.json")));
}

function weigh(...files) {
  const sum = (bytes) => files.reduce((total, file) => total + bytes(file), 0);
  return { raw: sum((file) => file.length), brotli: sum((file) => brotliCompressSync(file).length) };
}
