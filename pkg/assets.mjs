/** Puts what the package ships beside its scripts: the module and the licence. */
import { copyFileSync } from "node:fs";

const here = (path) => new URL(path, import.meta.url);
copyFileSync(here("wasm/core.wasm"), here("dist/core.wasm"));
copyFileSync(here("../LICENSE"), here("LICENSE"));
