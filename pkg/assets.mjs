/** Puts what the package ships beside its scripts: the modules, the glue of the second, the ledger's document, the manifest of the elements, and the licence. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { manifest } from "./elements.mjs";

const here = (path) => new URL(path, import.meta.url);
copyFileSync(here("wasm/core.wasm"), here("dist/core.wasm"));
mkdirSync(here("dist/wasm/"), { recursive: true });
for (const name of ["ledger.js", "ledger_bg.wasm"]) copyFileSync(here(`wasm/${name}`), here(`dist/wasm/${name}`));
for (const types of ["module", "ledger/module"]) copyFileSync(here(`src/${types}.d.ts`), here(`dist/${types}.d.ts`));
writeFileSync(here("dist/ledger/module.js"), wrapped(readFileSync(here("wasm/ledger.js"), "utf8")));
const { OPENAPI } = await import("./dist/ledger/openapi.js");
writeFileSync(here("dist/ledger/openapi.json"), `${JSON.stringify(OPENAPI, undefined, 2)}\n`);
writeFileSync(here("dist/custom-elements.json"), `${JSON.stringify(manifest(), undefined, 2)}\n`);
copyFileSync(here("../LICENSE"), here("LICENSE"));

/** Glue that keeps its instance in variables of a call instead of the file's, without the way to fetch a module. */
function wrapped(glue) {
  const body = glue.replace(/^export (?=class|function)/gm, "").replace(/^export \{[^}]*\};?$/gm, "").replace(/^export default .*$/gm, "");
  const kept = body.split("let __wbg_init_promise")[0];
  if (/^export|import\.meta/m.test(kept) || !/^function initSync/m.test(kept)) throw new Error("wasm-bindgen writes its glue in another way than before");
  return `export function instantiate(module) {\n${kept}\ninitSync({ module });\nreturn { Ledger };\n}\n`;
}
