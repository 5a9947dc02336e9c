// Builds the demo shop and the studio into `dist/`: `npm run build --workspace www`.
// The pack (`nordkorb.tact`) and the studio module are put there by `cargo xtask build`, so nothing is wiped here.
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const EXAMPLE = "../examples/nordkorb";

await mkdir(here("dist/app"), { recursive: true });
await Promise.all([bundle(), pages(), example()]);

/** One bundle per page, and one for the worker; what several use, and what is loaded late, become chunks of their own. */
async function bundle() {
  await build({
    entryPoints: { shop: here("src/shop.ts"), studio: here("src/studio.ts"), year: here("src/year.ts"), "shop-style": here("src/style/shop.css"), "studio-style": here("src/style/studio.css") },
    outdir: here("dist/app"),
    entryNames: "[name]",
    chunkNames: "part-[hash]",
    bundle: true,
    splitting: true,
    minify: true,
    sourcemap: true,
    format: "esm",
    target: ["es2022", "chrome120", "firefox121", "safari17.2"],
    logLevel: "warning",
  });
}

async function pages() {
  for (const name of ["index.html", "studio.html", "icon.svg"]) await copyFile(here(`src/${name}`), here(`dist/${name}`));
  // NOTE: the package's browser entry finds its module at `../core.wasm`, seen from the bundle.
  await copyFile(here("../pkg/dist/core.wasm"), here("dist/core.wasm"));
  // Beside the chunk that asks for it, which only a camera without a detector of its own loads.
  const zxing = createRequire(import.meta.resolve("barcode-detector")).resolve("zxing-wasm/reader/zxing_reader.wasm");
  await copyFile(zxing, here("dist/app/zxing_reader.wasm"));
}

/** The example shop: the whole catalog for the studio, what the pages show of it, and the walk. */
async function example() {
  const text = await readFile(here(`${EXAMPLE}/catalog.json`), "utf8");
  const { reduce } = await compiled("src/reduce.ts");
  await writeFile(here("dist/catalog.json"), text);
  await writeFile(here("dist/shop.json"), JSON.stringify(reduce(JSON.parse(text))));
  await copyFile(here(`${EXAMPLE}/walk.json`), here("dist/walk.json"));
}

/** Runs a TypeScript module of the page here, so that build and studio reduce a catalog by the same lines. */
async function compiled(path) {
  const { outputFiles } = await build({ entryPoints: [here(path)], bundle: true, format: "esm", write: false });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}
