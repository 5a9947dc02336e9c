/** Fetching what `load` needs, with errors that name the address. */
import { refuse } from "./errors.js";
import { kind } from "./form.js";
import type { LoadOptions } from "./types.js";

/** The bytes of a pack, fetched where an address was given. */
export async function packOf(pack: LoadOptions["pack"]): Promise<Uint8Array | ArrayBuffer> {
  if (pack instanceof Uint8Array || pack instanceof ArrayBuffer) return pack;
  if (typeof pack === "string" || pack instanceof URL) return (await fetched(pack)).arrayBuffer();
  throw refuse("wrong-type", "/pack", `the pack must be bytes or an address, not ${kind(pack)}`);
}

/** Compiles a module while it arrives; where the server names no media type, after it has. */
export async function compile(address: URL): Promise<WebAssembly.Module> {
  const response = await fetched(address);
  const streams = response.headers.get("content-type") === "application/wasm";
  return streams ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}

/** The answer of an address; one that fails or is no success is thrown. */
export async function fetched(address: URL | string, how?: RequestInit): Promise<Response> {
  const response = await fetch(address, how).catch((error: unknown) => {
    throw refuse("not-fetched", "", `${address} could not be fetched: ${error instanceof Error ? error.message : error}`);
  });
  if (!response.ok) throw refuse("not-fetched", "", `${address} answered ${response.status}; put the file there`);
  return response;
}
