/** What one HTTP request tells of a moment: only what changes a decision, and only from who can know it. */
import { must } from "../errors.js";
import { readHeaders } from "../headers.js";
import type { Place, RequestSignal, ScanSignal, Timestamp } from "../types.js";

/** Where a request comes from, as far as its platform tells: off by kilometres, often by a city. */
export function placeOf(request: Request): Place | undefined {
  const place = networkPlace(request);
  const [latitude, longitude] = [degrees(place?.latitude, 90), degrees(place?.longitude, 180)];
  return latitude === undefined || longitude === undefined ? undefined : { latitude, longitude };
}

/** What Cloudflare tells of the network a request came through, as far as it is read. */
interface NetworkPlace {
  country?: unknown;
  latitude?: unknown;
  longitude?: unknown;
}

/**
 * The signals of a request, at `at`. Values of the platform that make no sense are left out. A scan among them is an address that
 * looks like a code; one that is none is refused when it is observed, as any other, so observe it for itself.
 *
 * `address` is asked for the visitor's address; without it, `cf-connecting-ip` is read where the platform itself is
 * Cloudflare: there it always overwrites what a visitor sends, and elsewhere anybody could claim to be in a store.
 */
export function signalsOf(
  request: Request, at: Timestamp, address: (request: Request) => string | null | undefined = connecting,
): (RequestSignal | ScanSignal)[] {
  must([request, "request", "a request", "url", "headers"]);
  const { searchParams } = new URL(request.url);
  const { country } = networkPlace(request) ?? {};
  const [product, category, from] = [searchParams.get("product"), searchParams.get("category"), address(request)];
  const signal: RequestSignal = {
    type: "request",
    at,
    ...readHeaders(request),
    ...(typeof country === "string" && country.length === 2 && { country }),
    ...placeOf(request),
    ...(from && { address: addressDigits(from) }),
    ...(product && { product }),
    ...(category && { category }),
  };
  const code = searchParams.has("url")
    ? landing(absolute(searchParams.get("url")!, request.url), searchParams.get("referrer"))
    : landing(request.url, request.headers.get("referer"));
  return code ? [signal, { type: "scan", at, code }] : [signal];
}

/** An IPv4 or IPv6 address as hexadecimal digits, 8 or 32; empty where it is none. */
export function addressDigits(address: string): string {
  const v4 = /^(?:::ffff:)?(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/i.exec(address);
  if (v4) return v4.slice(1).every((byte) => Number(byte) < 256) ? v4.slice(1).map((byte) => hex(Number(byte), 2)).join("") : "";
  const [head = "", tail, more] = address.split("::");
  const groups = (text: string | undefined) => (text ? text.split(":") : []);
  const [before, after] = [groups(head), groups(tail)];
  const left = 8 - before.length - after.length;
  if (more !== undefined || (tail === undefined ? left !== 0 : left < 1)) return "";
  const all = [...before, ...Array<string>(left).fill("0"), ...after];
  return all.every((group) => /^[\da-f]{1,4}$/i.test(group)) ? all.map((group) => group.toLowerCase().padStart(4, "0")).join("") : "";
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, "0");
}

function networkPlace(request: Request): NetworkPlace | undefined {
  return (request as Request & { cf?: NetworkPlace }).cf;
}

/** The address that Cloudflare tells, where it is Cloudflare. */
export function connecting(request: Request): string | null {
  return networkPlace(request) ? request.headers.get("cf-connecting-ip") : null;
}

function degrees(value: unknown, most: number): number | undefined {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof number === "number" && Math.abs(number) <= most ? number : undefined;
}

/** What may be a GS1 Digital Link of a product or a store. Whether it is one, the core decides. */
const LIKE_A_CODE = /[/?&](?:01|414|8006)[/=][\d%]/;

/**
 * The code that somebody scanned to come here, or that a captive portal sent them to. A camera and a portal name no page that
 * they came from; who follows a link from one did not stand before a label.
 */
function landing(url: string, referrer: string | null): string | undefined {
  const [code = ""] = url.split("#");
  return !referrer && LIKE_A_CODE.test(code) ? code : undefined;
}

function absolute(url: string, base: string): string {
  try {
    return new URL(url, base).href;
  } catch {
    return url;
  }
}
