/** `tactful/slim`: you bring the compiled module, from wherever your platform keeps it, and the bytes of the pack. */
import { instantiate } from "./core.js";
import { createEngine } from "./engine.js";
import { must } from "./errors.js";
import type { Shopper, Tactful } from "./types.js";

export * from "./common.js";

/** What `load` needs where nothing is fetched. */
export interface SlimOptions extends Shopper {
  module: WebAssembly.Module;
  pack: Uint8Array | ArrayBuffer;
}

/** Loads an engine. */
export async function load(options: SlimOptions): Promise<Tactful> {
  must([options, "options", "`{ module, pack }`", "module", "pack"]);
  const { module, pack, ...shopper } = options;
  return createEngine(() => instantiate(module), new Uint8Array(pack), shopper);
}
