/** What the ledger writes and reads besides the spellings of a token, which are those of `../till/text.ts`. */
import { type Bytes, CROCKFORD, readCode } from "../till/text.js";

/** The bytes of hexadecimal digits, two for each. */
export function unhex(digits: string): Bytes {
  return Uint8Array.from({ length: digits.length / 2 }, (_, place) => parseInt(digits.slice(2 * place, 2 * place + 2), 16));
}

/** The ten bytes of a short code; undefined where it is none, or has a typing error. */
export function serialOf(code: string): Bytes | undefined {
  const letters = readCode(code);
  if (letters === undefined) return undefined;
  const bits = Array.from(letters, (letter) => CROCKFORD.indexOf(letter)).reduce((bits, digit) => (bits << 5n) | BigInt(digit), 0n);
  return Uint8Array.from({ length: 10 }, (_, place) => Number((bits >> BigInt(72 - 8 * place)) & 255n));
}
