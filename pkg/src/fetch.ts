/** Fetching what `load` needs, with errors that name the address. */
import { must, refuse } from "./errors.js";
import { kind } from "./form.js";
import type { LoadOptions } from "./types.js";

/** What `load` was given. */
export function asked(options: LoadOptions): LoadOptions {
  must([options, "options", "`{ pack }`"]);
  return options;
}

/** The bytes of a pack, fetched where an address was given. */
export async function packOf(pack: LoadOptions["pack"]): Promise<Uint8Array | ArrayBuffer> {
  if (pack instanceof Uint8Array || pack instanceof ArrayBuffer) return pack;
  if (typeof pack === "string" || pack instanceof URL) return (await fetched(pack)).arrayBuffer();
  throw refuse("wrong-type", "/pack", `the pack must be bytes or an address, not ${kind(pack)}`);
}

/** Compiles a module while it arrives; where the server names no media type, after it has. */
export async function compile(address: URL): Promise<WebAssembly.Module> {
  const response = await fetched(address);
  try {
    const streams = response.headers.get("content-type") === "application/wasm";
    return await (streams ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer()));
  } catch (error) {
    throw refuse("not-compiled", "", `${address}: ${said(error)}; a content security policy must allow 'wasm-unsafe-eval' in script-src`);
  }
}

/** The answer of an address; one that fails, is no success, or is a page in place of a file that is missing, is thrown. */
export async function fetched(address: URL | string, how?: RequestInit): Promise<Response> {
  const response = await fetch(address, how).catch((error: unknown) => {
    throw refuse("not-fetched", "", `${address} could not be fetched: ${said(error)}`);
  });
  const { ok, status, headers } = response;
  const answered = !ok ? status : /^text\/html/i.test(headers.get("content-type") ?? "") && "a page (text/html)";
  if (answered) throw refuse("not-fetched", "", `${address} answered ${answered}; put the file there`);
  return response;
}

const said = (error: unknown) => (error instanceof Error ? error.message : error);

/** What a file that cannot be read is refused with. */
export const unread = ({ message }: Error) => { throw refuse("not-read", "/pack", message); };
