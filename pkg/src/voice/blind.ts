/**
 * The device's half of a blind signature: RSABSSA-SHA384-PSS-Deterministic (RFC 9474), with the browser's own large numbers.
 *
 * The issuer signs a number that it cannot tell from any other, so the token that comes of it cannot be joined with the
 * request. What comes back is verified by WebCrypto before it is used. No secret of the device outlives a token, so it does
 * not matter that large numbers take longer for some values than for others.
 */
import { type Bytes, fromUrl, join } from "../till/text.js";
import { KEY_BYTES, VERIFY } from "./pass.js";

/** Lengths of the digest and the salt, bytes. */
const [DIGEST, SALT] = [48, 48];

/** What is sent to be signed, and what takes the blinding off again. */
export interface Blinded { message: Bytes; unblind: (signature: Bytes) => Promise<Bytes> }

/** Blinds what is to be signed. `salt` and `r` are drawn, unless a test gives them. */
export async function blind(key: CryptoKey, signed: Bytes, salt = random(SALT), r?: bigint): Promise<Blinded> {
  const jwk = await crypto.subtle.exportKey("jwk", key);
  const [n, e] = [jwk.n, jwk.e].map((part) => number(fromUrl(part ?? "") ?? new Uint8Array())) as [bigint, bigint];
  const factor = r ?? below(n);
  const inverse = inverted(factor, n);
  const encoded = number(await encode(signed, salt));
  const unblind = async (blinded: Bytes): Promise<Bytes> => {
    const signature = bytes((number(blinded) * inverse) % n);
    if (!(await crypto.subtle.verify(VERIFY, key, signature, signed))) throw new Error("the issuer signed something else");
    return signature;
  };
  return { message: bytes((encoded * power(factor, e, n)) % n), unblind };
}

/** EMSA-PSS (RFC 8017, 9.1.1) for a modulus of 2048 bits. */
async function encode(message: Bytes, salt: Bytes): Promise<Bytes> {
  const hash = await sha384(join(new Uint8Array(8), await sha384(message), salt));
  const block = new Uint8Array(KEY_BYTES - DIGEST - 1);
  block[block.length - SALT - 1] = 1;
  block.set(salt, block.length - SALT);
  const mask = await stretch(hash, block.length);
  const masked = block.map((byte, at) => byte ^ (mask[at] ?? 0));
  // The number has 2047 bits.
  masked[0] = (masked[0] ?? 0) & 127;
  return join(masked, hash, new Uint8Array([0xbc]));
}

/** MGF1 (RFC 8017, B.2.1). */
async function stretch(seed: Bytes, length: number): Promise<Bytes> {
  const rounds = Array.from({ length: Math.ceil(length / DIGEST) }, (_, round) => sha384(join(seed, new Uint8Array([0, 0, 0, round]))));
  return join(...(await Promise.all(rounds))).slice(0, length);
}

async function sha384(message: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-384", message));
}

/** Each number from 1 to n - 1 with the same chance. */
function below(n: bigint): bigint {
  for (;;) {
    const drawn = number(random(KEY_BYTES));
    if (drawn > 0n && drawn < n) return drawn;
  }
}

/** The extended algorithm of Euclid; a number without an inverse would be a factor of n. */
function inverted(value: bigint, n: bigint): bigint {
  let [a, b, x, y] = [n, value, 0n, 1n];
  while (b > 0n) [a, b, x, y] = [b, a % b, y, x - (a / b) * y];
  if (a !== 1n) throw new Error("the issuer's key is no key");
  return ((x % n) + n) % n;
}

function power(base: bigint, exponent: bigint, n: bigint): bigint {
  let result = 1n;
  for (let square = base, left = exponent; left > 0n; left >>= 1n, square = (square * square) % n) if (left & 1n) result = (result * square) % n;
  return result;
}

function number(from: Bytes): bigint {
  return from.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

function bytes(value: bigint): Bytes {
  const digits = value.toString(16).padStart(2 * KEY_BYTES, "0");
  return Uint8Array.from({ length: KEY_BYTES }, (_, at) => parseInt(digits.slice(2 * at, 2 * at + 2), 16));
}

function random(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length));
}
