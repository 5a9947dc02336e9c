/** What every handler of the edge needs of HTTP: bodies of bounded size, methods, and answers that say what is wrong. */
import { type TactfulError, refuse } from "../errors.js";
import type { Issue } from "../types.js";

/** The text of a body, kept no further than it may be long: `most` bytes. */
export async function limited(request: Request, most: number): Promise<string> {
  // A length that is told is kept to by HTTP, and reading at once takes half the time.
  const told = Number(request.headers.get("content-length") ?? NaN);
  return told <= most ? request.text() : (await blobOf(request, most)).text();
}

/** The bytes of a body, at most so many. */
export async function bodyBytes(request: Request, most: number): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await blobOf(request, most)).arrayBuffer());
}

async function blobOf(request: Request, most: number): Promise<Blob> {
  const bytes: Uint8Array[] = [];
  let length = 0;
  const reader = request.body?.getReader();
  // Who sends somewhat too much is heard out: to break off would break the connection, and nobody hears the answer.
  while (reader && length < Math.max(HEARD_OUT, most + 1)) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length <= most) bytes.push(value);
  }
  if (length > most) {
    await reader?.cancel();
    throw refuse("too-large", "", `the body is above the maximum of ${most} bytes`);
  }
  return new Blob(bytes as BlobPart[]);
}

/** So much of a body that is too long is read, and forgotten, bytes. */
const HEARD_OUT = 4 * 65_536;

/** The JSON of a body, which may be `most` bytes long. */
export async function jsonOf(request: Request, most: number): Promise<unknown> {
  // Read whatever it is: a body that is left breaks the connection, and with it the next request.
  const text = await limited(request, most);
  if (!/^application\/json\b/i.test(request.headers.get("content-type") ?? "")) {
    throw refuse("not-json", "", "send the body as `content-type: application/json`");
  }
  try {
    return JSON.parse(text);
  } catch {
    throw refuse("bad-json", "", "the body is no JSON; is it cut off?");
  }
}

/** The refusal of a method that is not allowed. */
export function methods(request: Request, allowed: readonly string[]): Response | undefined {
  if (allowed.includes(request.method)) return undefined;
  const response = problem(405, refuse("method", "", `use ${allowed.join(" or ")}`));
  response.headers.set("allow", allowed.join(", "));
  return response;
}

/** Lets a page of a listed origin read an answer; tells whether one asked. */
export function letRead({ headers }: Response, request: Request, origins: readonly string[]): boolean {
  headers.set("x-content-type-options", "nosniff");
  if (origins.length === 0) return false;
  headers.append("vary", "Origin");
  const origin = request.headers.get("origin");
  if (!origin || !origins.includes(origin)) return false;
  headers.set("access-control-allow-origin", origin);
  return true;
}

/** Is it the shop that asks? Digests are compared, so that the time it takes tells nothing of the key. */
export async function opens(request: Request, key: string | undefined): Promise<boolean> {
  const told = /^Bearer (\S+)$/.exec(request.headers.get("authorization") ?? "")?.[1];
  if (!key || !told) return false;
  const digest = async (text: string) => new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  const [mine, theirs] = await Promise.all([digest(key), digest(told)]);
  return mine.reduce((differs, byte, place) => differs | (byte ^ (theirs[place] ?? 0)), 0) === 0;
}

/** An answer that says what is wrong. */
export function problem(status: number, { code, issues }: TactfulError): Response {
  return Response.json({ code, issues: issues satisfies readonly Issue[] }, { status });
}
