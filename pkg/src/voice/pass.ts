/**
 * Tokens of Privacy Pass (RFC 9577 and 9578, type 2: blind RSA, 2048 bits), as far as device and edge both need them.
 *
 * A token is `type u16, nonce 32, challenge digest 32, key id 32, signature 256`; what is signed is all before the signature.
 */
import { type Bytes, join, sha256, utf8 } from "../till/text.js";

/** Lengths in bytes. */
export const [KEY_BYTES, SIGNED_BYTES, TOKEN_BYTES, REQUEST_BYTES] = [256, 98, 354, 259];
/** The token's type in two bytes. */
export const TYPE: Bytes = new Uint8Array([0, 2]);
/** What WebCrypto calls the signature: SHA-384, MGF1 with the same, a salt of 48 bytes. */
export const [IMPORT, VERIFY] = [{ name: "RSA-PSS", hash: "SHA-384" }, { name: "RSA-PSS", saltLength: 48 }] as const;

/** What stands before a public key of 2048 bits as the RFC writes it (with the parameters of PSS), and as WebCrypto reads it (without). */
const [WITH, WITHOUT] = [
  "30820152303d06092a864886f70d01010a3030a00d300b0609608648016503040202a11a301806092a864886f70d010108300b0609608648016503040202a2030201300382010f00",
  "30820122300d06092a864886f70d01010105000382010f00",
].map((digits) => Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16))) as [Bytes, Bytes];

/** A public key (SubjectPublicKeyInfo) with its parameters. */
export function withParameters(spki: Bytes): Bytes {
  return join(WITH, spki.slice(WITHOUT.length));
}

/** The same for WebCrypto. */
export function importKey(spki: Bytes): Promise<CryptoKey> {
  return crypto.subtle.importKey("spki", join(WITHOUT, spki.slice(WITH.length)), IMPORT, true, ["verify"]);
}

/** What a token is for: this shop's voice, of no particular moment. */
export function challengeOf(issuer: string): Bytes {
  const name = utf8(issuer);
  return join(TYPE, new Uint8Array([name.length >> 8, name.length & 255]), name, new Uint8Array(3));
}

/** The part of a token that is signed. */
export async function toSign(nonce: Bytes, challenge: Bytes, spki: Bytes): Promise<Bytes> {
  return join(TYPE, nonce, await sha256(challenge), await sha256(spki));
}
