/** Tokens as text: `CT1:` and base 45 (RFC 9285) for a QR code, base64url for addresses, Crockford's letters for short codes. */

/** What a QR code begins with. */
const PREFIX = "CT1:";
const BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/** Crockford's letters (https://www.crockford.com/base32.html), five bits each. */
export const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Bytes that WebCrypto takes. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** The text for a QR code. */
export function toQr(bytes: Bytes): string {
  let text = PREFIX;
  for (let at = 0; at < bytes.length; at += 2) {
    const pair = [...bytes.subarray(at, at + 2)];
    let value = pair.reduce((sum, byte) => sum * 256 + byte, 0);
    for (let letter = 0; letter <= pair.length; letter++, value = Math.floor(value / 45)) text += BASE45[value % 45];
  }
  return text;
}

/** The text for an address. */
export function toUrl(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** The bytes of a text of either kind; nothing where it is neither, or no text at all. One token has one spelling in each. */
export function fromText(text: string): Bytes | undefined {
  const trimmed = String(text).replace(/^[\t\n\f\r ]+|[\t\n\f\r ]+$/g, "");
  return trimmed.startsWith(PREFIX) ? fromBase45(trimmed.slice(PREFIX.length)) : fromUrl(trimmed);
}

/** The bytes of base64url. */
export function fromUrl(text: string): Bytes | undefined {
  if (text.length % 4 === 1 || [...text].some((letter) => !BASE64.includes(letter))) return undefined;
  const bytes = Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  return toUrl(bytes) === text ? bytes : undefined;
}

function fromBase45(text: string): Bytes | undefined {
  if (text.length % 3 === 1) return undefined;
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at += 3) {
    const digits = [...text.slice(at, at + 3)].map((letter) => BASE45.indexOf(letter));
    const value = digits.reduceRight((sum, digit) => sum * 45 + digit, 0);
    if (digits.includes(-1) || value >= 256 ** (digits.length - 1)) return undefined;
    bytes.push(...(digits.length === 3 ? [value >> 8, value & 255] : [value]));
  }
  return new Uint8Array(bytes);
}

/** The short code of a serial: 80 bits, five a letter. */
export function toCode(serial: Uint8Array): string {
  const bits = serial.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return Array.from({ length: 16 }, (_, at) => CROCKFORD[Number((bits >> BigInt(75 - 5 * at)) & 31n)]).join("");
}

/** The short code that somebody wrote, as it is written; nothing where it is none or has a typing error. */
export function readCode(text: string): string | undefined {
  const code = String(text).replace(/[\s-]/g, "").toUpperCase().replace(/[IL]/g, "1").replace(/O/g, "0");
  const digits = [...code].map((letter) => CROCKFORD.indexOf(letter));
  return digits.length === 16 && !digits.includes(-1) && checks(digits) ? code : undefined;
}

/** Do the last five bits check the others? The sum of x^i * digit over the field of 32 (x^5 = x^2 + 1) is 0. */
function checks(digits: number[]): boolean {
  const timesX = (digit: number) => ((digit << 1) ^ (digit & 16 ? 0b100101 : 0)) & 31;
  return digits.slice(0, -1).reduce((sum, digit) => timesX(sum ^ digit), 0) === digits[15];
}

/** Is the serial one whose check bits fit? */
export function isSerial(serial: Bytes): boolean {
  return readCode(toCode(serial)) !== undefined;
}

/** One after the other. */
export function join(...parts: readonly Bytes[]): Bytes {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Small hexadecimal digits. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** SHA-256. */
export async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** The bytes of a text. */
export function utf8(text: string): Bytes {
  return new TextEncoder().encode(text);
}

/** What is signed goes behind one of these, so that no signature is ever taken for one of another kind. */
export const DOMAINS = { token: utf8("coupon-token/CT1\0"), keys: utf8("coupon-keys/CT1\0"), holder: utf8("coupon-holder/CT1\0") };

/** Length of a token, bytes; its signature is the last 64 of them. */
export const LENGTH = 114;
