/** Puts what the package ships beside its scripts: the modules and the licence. */
import { copyFileSync, mkdirSync } from "node:fs";

const here = (path) => new URL(path, import.meta.url);
copyFileSync(here("wasm/core.wasm"), here("dist/core.wasm"));
mkdirSync(here("dist/wasm/"), { recursive: true });
for (const name of ["ledger.js", "ledger_bg.wasm"]) copyFileSync(here(`wasm/${name}`), here(`dist/wasm/${name}`));
copyFileSync(here("../LICENSE"), here("LICENSE"));
