/** `tactful` in a browser: the module lies beside the script, and both it and the pack are fetched. */
import { asked, compile, packOf } from "../fetch.js";
import { load as start } from "../slim.js";
import type { LoadOptions, Tactful } from "../types.js";

export * from "../common.js";

let compiled: Promise<WebAssembly.Module> | undefined;

/** Loads an engine. The module is fetched once per page; a failed fetch is tried again by the next call. */
export async function load(options: LoadOptions): Promise<Tactful> {
  const { pack, ...shopper } = asked(options);
  compiled ??= compile(new URL("../core.wasm", import.meta.url));
  compiled.catch(() => (compiled = undefined));
  const [module, bytes] = await Promise.all([compiled, packOf(pack)]);
  return start({ module, pack: bytes, ...shopper });
}
