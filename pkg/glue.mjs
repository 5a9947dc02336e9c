/**
 * Turns the glue that wasm-bindgen writes (`wasm/core.js`) into `dist/core.js`, and puts the module beside it.
 *
 * As written, the glue holds one instance for the whole page, for good. Here the same text becomes the body of
 * `instantiate(module)`: every engine has an instance of its own, and one that broke down can be replaced. The loaders,
 * which look for the module by themselves, are left out: the entries do that, and bundlers see one URL, not two.
 */
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";

const source = new URL("wasm/core.js", import.meta.url);
const target = new URL("dist/core.js", import.meta.url);

/** The text before `mark`; the build stops where wasm-bindgen writes something else than expected. */
function before(text, mark) {
  const end = text.indexOf(mark);
  if (end < 0) throw new Error(`wasm/core.js has no \`${mark}\`: adapt glue.mjs to this version of wasm-bindgen`);
  return text.slice(0, end);
}

const glue = before(readFileSync(source, "utf8"), "let wasmModule, wasmInstance, wasm;").replace(/^\s*\/\*\*.*?\*\/\n/gms, "");
before(glue, "export class Core {");
before(glue, "function __wbg_get_imports() {");

writeFileSync(target, `export function instantiate(module) {
${glue.replaceAll(/^export /gm, "")}
  const wasm = new WebAssembly.Instance(module, __wbg_get_imports()).exports;
  wasm.__wbindgen_start();
  return { Core, memory: wasm.memory };
}
`);
copyFileSync(new URL("src/core.d.ts", import.meta.url), new URL("dist/core.d.ts", import.meta.url));
copyFileSync(new URL("wasm/core_bg.wasm", import.meta.url), new URL("dist/core.wasm", import.meta.url));
copyFileSync(new URL("../LICENSE", import.meta.url), new URL("LICENSE", import.meta.url));
