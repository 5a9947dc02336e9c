/** `tactful` in Node: the module is read from the package, the pack from a file or the network. */
import { readFile } from "node:fs/promises";
import { asked, packOf, unread } from "../fetch.js";
import { load as start } from "../slim.js";
import type { LoadOptions, Tactful } from "../types.js";

export * from "../common.js";

let compiled: Promise<WebAssembly.Module> | undefined;

/** Loads an engine. A pack given as text is a path, or an address where it begins with `http:` or `https:`. */
export async function load(options: LoadOptions): Promise<Tactful> {
  const { pack, ...shopper } = asked(options);
  compiled ??= readFile(new URL("../core.wasm", import.meta.url)).then((bytes) => WebAssembly.compile(bytes));
  const isFile = pack instanceof URL ? pack.protocol === "file:" : typeof pack === "string" && !/^https?:/.test(pack);
  const [module, bytes] = await Promise.all([compiled, isFile ? readFile(pack as URL | string).catch(unread) : packOf(pack)]);
  return start({ module, pack: bytes, ...shopper });
}
