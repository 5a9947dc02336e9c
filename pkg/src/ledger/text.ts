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

/** The short code of a serial: 16 letters for 10 bytes. */
export function codeOf(serial: Uint8Array): string {
  const bits = serial.reduce((bits, byte) => (bits << 8n) | BigInt(byte), 0n);
  return Array.from({ length: 16 }, (_, place) => LETTERS[Number((bits >> BigInt(75 - 5 * place)) & 31n)]).join("");
}

/** The ten bytes of a short code, whose check bits are the ledger's to look at; undefined where it has not 16 letters. */
export function serialOf(code: string): Uint8Array | undefined {
  const letters = code.toUpperCase().replace(/[ -]/g, "").replace(/[IL]/g, "1").replaceAll("O", "0");
  if (!/^[0-9A-HJKMNP-TV-Z]{16}$/.test(letters)) return undefined;
  const bits = [...letters].reduce((bits, letter) => (bits << 5n) | BigInt(LETTERS.indexOf(letter)), 0n);
  return Uint8Array.from({ length: 10 }, (_, place) => Number((bits >> BigInt(72 - 8 * place)) & 255n));
}
