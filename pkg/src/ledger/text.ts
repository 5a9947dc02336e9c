/** Bytes as text and back, in the two spellings of a token's name. */

/** Crockford's letters (https://www.crockford.com/base32.html), five bits each. */
const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Bytes in base64url (RFC 4648, section 5), without padding. */
export function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The bytes of a text in base64url; undefined where it is none, or has bits behind its last byte: each has one text only. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[\w-]*$/.test(text)) return undefined;
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
    return base64Url(bytes) === text ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** Bytes in hexadecimal digits. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The bytes of hexadecimal digits, two for each. */
export function unhex(digits: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: digits.length / 2 }, (_, place) => parseInt(digits.slice(2 * place, 2 * place + 2), 16));
}

/** The short code of a serial: 16 letters for 10 bytes. */
export function codeOf(serial: Uint8Array): string {
  const bits = serial.reduce((bits, byte) => (bits << 8n) | BigInt(byte), 0n);
  return Array.from({ length: 16 }, (_, place) => LETTERS[Number((bits >> BigInt(75 - 5 * place)) & 31n)]).join("");
}

/** The ten bytes of a short code; undefined where it has not 16 letters, or a typing error. */
export function serialOf(code: string): Uint8Array | undefined {
  const letters = code.toUpperCase().replace(/[ -]/g, "").replace(/[IL]/g, "1").replaceAll("O", "0");
  if (!/^[0-9A-HJKMNP-TV-Z]{16}$/.test(letters)) return undefined;
  const digits = Array.from(letters, (letter) => LETTERS.indexOf(letter));
  if (digits.slice(0, 15).reduce((sum, digit) => timesX(sum ^ digit), 0) !== digits[15]) return undefined;
  const bits = digits.reduce((bits, digit) => (bits << 5n) | BigInt(digit), 0n);
  return Uint8Array.from({ length: 10 }, (_, place) => Number((bits >> BigInt(72 - 8 * place)) & 255n));
}

/** Of the field of 32 (x^5 = x^2 + 1), in which the sum of `x^i * digit_i` of a code is zero: `src/token/serial.rs`. */
function timesX(digit: number): number {
  return ((digit << 1) ^ (digit & 16 ? 0b10_0101 : 0)) & 31;
}
