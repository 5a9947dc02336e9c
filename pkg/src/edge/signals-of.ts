/** What one HTTP request tells of a moment: only what changes a decision, and only from who can know it. */
import { readHeaders } from "../headers.js";
import type { RequestSignal, ScanSignal, Timestamp } from "../types.js";

/** What Cloudflare tells of the network a request came through, as far as it is read. */
interface NetworkPlace {
  country?: unknown;
  latitude?: unknown;
  longitude?: unknown;
}

/**
 * The signals of a request, at `at`. Values of the platform that make no sense are left out.
 *
 * `address` is asked for the visitor's address; without it, `cf-connecting-ip` is read where the platform itself is
 * Cloudflare: there it always overwrites what a visitor sends, and elsewhere anybody could claim to be in a store.
 */
export function signalsOf(
  request: Request, at: Timestamp, address: (request: Request) => string | null | undefined = connecting,
): (RequestSignal | ScanSignal)[] {
  const { searchParams } = new URL(request.url);
  const { country, ...place } = networkPlace(request) ?? {};
  const [latitude, longitude] = [degrees(place.latitude, 90), degrees(place.longitude, 180)];
  const [product, category, from] = [searchParams.get("product"), searchParams.get("category"), address(request)];
  const signal: RequestSignal = {
    type: "request",
    at,
    ...readHeaders(request),
    ...(typeof country === "string" && country.length === 2 && { country }),
    ...(latitude !== undefined && longitude !== undefined && { latitude, longitude }),
    ...(from && { address: addressDigits(from) }),
    ...(product && { product }),
    ...(category && { category }),
  };
  const code = landing(searchParams.get("url") ?? request.url, searchParams.has("url") ? searchParams.get("referrer") : request.headers.get("referer"));
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

function connecting(request: Request): string | null {
  return networkPlace(request) ? request.headers.get("cf-connecting-ip") : null;
}

function degrees(value: unknown, most: number): number | undefined {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof number === "number" && Math.abs(number) <= most ? number : undefined;
}

/**
 * The code that somebody scanned to come here, as a GS1 Digital Link, or that a captive portal sent them to. A camera and
 * a portal name no page that they came from; who follows a link from one did not stand before a label.
 */
function landing(url: string, referrer: string | null): string | undefined {
  if (referrer) return undefined;
  const found: Record<string, string> = {};
  for (const [, identifier, digits] of url.split("#", 1)[0]!.matchAll(/[/?&;](01|414)[/=](\d{12,14})(?![^/?&;])/g)) {
    const fits = identifier === "01" || digits!.length === 13;
    if (fits && hasCheckDigit(digits!)) found[identifier!] ??= digits!;
  }
  const parts = Object.entries(found).map(([identifier, digits]) => `/${identifier}/${digits}`);
  return parts.length > 0 ? `https://id.gs1.org${parts.join("")}` : undefined;
}

/** Source: GS1 General Specifications, 7.9: digits weigh 1 and 3 in turn, the last 1; they sum to a multiple of ten. */
function hasCheckDigit(digits: string): boolean {
  const sum = Array.from(digits).reverse().reduce((sum, digit, place) => sum + Number(digit) * (place % 2 ? 3 : 1), 0);
  return sum % 10 === 0;
}
