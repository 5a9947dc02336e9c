/** Bundles, as a shop's own build would make them. */
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { here, place, root } from "./stage.mjs";

const CORE = join(root, "pkg/dist/core.wasm");

/** Bundles a script text; modules of WebAssembly and texts stay outside, each under its last name. */
async function bundle(contents, options) {
  const outside = {
    name: "outside",
    setup: ({ onResolve }) => onResolve({ filter: /\.(wasm|txt|tact)$/ }, ({ path }) => (
      { path: `./${path.split("/").at(-1)}`, external: true })),
  };
  const { outputFiles: [{ text }] } = await build({
    stdin: { contents, resolveDir: here, sourcefile: "entry.mjs" },
    bundle: true, minify: true, write: false, format: "esm", target: "es2022", legalComments: "none",
    define: { "process.env.NODE_ENV": '"production"' }, plugins: [outside], logLevel: "warning", ...options,
  });
  return text;
}

export const forBrowser = (contents) => bundle(contents, { platform: "browser" });
export const forWorkerd = (contents) => bundle(contents, { conditions: ["workerd", "worker", "browser"] });

/** What a page ships to decide: script, and module where there is one. */
export async function shipped({ id, packed }) {
  const script = Buffer.from(await forBrowser(`export { load } from "./contestants/${id}.mjs";`));
  return packed ? [script, await core()] : [script];
}

export function core() {
  return readFile(CORE);
}

/** A file that Node can import without looking for any package. */
export async function forNode({ id, packed }) {
  const file = await place("node", id, "index.mjs");
  const banner = { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' };
  await writeFile(file, await bundle(`export { load } from "./contestants/${id}.mjs";`, { platform: "node", banner }));
  if (packed) await copyFile(CORE, await place("node", "core.wasm")); // its entry looks one folder up
  return file;
}
