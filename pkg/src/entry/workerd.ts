/** `tactful` in a worker on workerd: the module is imported, because it must not be compiled from bytes there. */
import module from "../core.wasm";
import { asked, packOf } from "../fetch.js";
import { load as start } from "../slim.js";
import type { LoadOptions, Tactful } from "../types.js";

export * from "../common.js";

/** Loads an engine. */
export async function load(options: LoadOptions): Promise<Tactful> {
  const { pack, ...shopper } = asked(options);
  return start({ module, pack: await packOf(pack), ...shopper });
}
