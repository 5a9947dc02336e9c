/** Answers with the pack of the region that a request comes from, so that a page needs no position to begin with its own. */
import { must } from "../errors.js";
import { regionFor } from "../regions.js";
import type { RegionIndex } from "../types.js";
import { placeOf } from "./signals-of.js";

/** What a pack handler needs of its platform. */
export interface PackHost {
  /** Path of `regions.json` among the files; the packs lie beside it. */
  index: string;
  /** Gets one of the files. */
  file: (request: Request) => Promise<Response>;
}

/**
 * Makes a handler. `content-location` of its answer names the file, which is the same for everybody and may be kept for ever;
 * the answer itself is for one visitor. Where the platform tells no place, or one far from any store, it is the pack without
 * stores.
 */
export function createPackHandler(host: PackHost): (request: Request) => Promise<Response> {
  must([host, "host", "`{ index, file }`", "index", "file"]);
  const { index, file } = host;
  return async (request) => {
    if (request.method !== "GET" && request.method !== "HEAD") return new Response(null, { status: 405, headers: { allow: "GET, HEAD" } });
    const listed = await file(new Request(new URL(index, request.url)));
    if (!listed.ok) throw new Error(`the files have no ${index}: make it with \`tactful compile --regions\``);
    const address = new URL(regionFor((await listed.json()) as RegionIndex, placeOf(request)).file, new URL(index, request.url));
    // What a browser has of an earlier answer is asked about by its tag, which is the file's.
    const response = await file(new Request(address, request));
    const headers = new Headers(response.headers);
    headers.set("content-location", address.pathname);
    headers.set("cache-control", "private, no-cache");
    return new Response(response.body, { status: response.status, headers });
  };
}
