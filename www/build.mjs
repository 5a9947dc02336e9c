// Builds the demo shop and the studio into `dist/`: `npm run build --workspace www`.
// The pack (`nordkorb.tact`) and the studio module are put there by `cargo xtask build`, so nothing is wiped here.
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const EXAMPLE = "../examples/nordkorb";

await mkdir(here("dist/app"), { recursive: true });
await mkdir(here("dist/till"), { recursive: true });
await mkdir(here("dist/desk"), { recursive: true });
const [built] = await Promise.all([bundle(), pages(), example()]);
await till(built);

/** One bundle per page, and one for the worker; what several use, and what is loaded late, become chunks of their own. */
async function bundle() {
  const { metafile } = await build({
    entryPoints: { shop: here("src/shop.ts"), till: here("src/till/till.ts"), "till-style": here("src/style/till.css"), desk: here("src/desk/desk.ts"), "desk-style": here("src/style/desk.css"), studio: here("src/studio.ts"), year: here("src/year.ts"), "shop-style": here("src/style/shop.css"), "studio-style": here("src/style/studio.css") },
    outdir: here("dist/app"),
    entryNames: "[name]",
    chunkNames: "part-[hash]",
    assetNames: "[name]-[hash]",
    loader: { ".woff2": "file" },
    bundle: true,
    splitting: true,
    minify: true,
    sourcemap: true,
    format: "esm",
    target: ["es2022", "chrome120", "firefox121", "safari17.2"],
    logLevel: "warning",
    metafile: true,
    absWorkingDir: here("."),
  });
  return metafile.outputs;
}

async function pages() {
  for (const name of ["index.html", "studio.html", "icon.svg", "till/index.html", "desk/index.html"]) await copyFile(here(`src/${name}`), here(`dist/${name}`));
  // NOTE: the package's browser entry finds its module at `../core.wasm`, seen from the bundle.
  await copyFile(here("../pkg/dist/core.wasm"), here("dist/core.wasm"));
  // Beside the chunk that asks for it, which only a camera without a detector of its own loads.
  const zxing = createRequire(import.meta.resolve("barcode-detector")).resolve("zxing-wasm/reader/zxing_reader.wasm");
  await copyFile(zxing, here("dist/app/zxing_reader.wasm"));
}

/** The service worker of the till, with every file that the till needs, also those it loads late. */
async function till(outputs) {
  const needed = new Set();
  const need = (path) => {
    if (needed.has(path)) return;
    needed.add(path);
    for (const { path: next, external } of outputs[path].imports) if (!external) need(next);
  };
  need("dist/app/till.js");
  const files = ["/till/", "/icon.svg", "/app/till-style.css", "/app/zxing_reader.wasm", ...[...needed].map((path) => path.replace("dist", "")).sort()];
  const bytes = await Promise.all(files.map((file) => readFile(here(`dist${file.replace(/\/$/, "/index.html")}`))));
  const version = createHash("sha256").update(Buffer.concat(bytes)).digest("hex").slice(0, 16);
  await build({ entryPoints: [here("src/till/sw.js")], outfile: here("dist/till/sw.js"), minify: true, define: { FILES: JSON.stringify(files), VERSION: JSON.stringify(version) }, logLevel: "warning" });
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
