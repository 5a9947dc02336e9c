/** Strict Ed25519 (RFC 8032) by WebCrypto: the same answers as `verify_strict` of the Rust library. */
import { refuse } from "../errors.js";
import { type Bytes, fromUrl, join, toHex, utf8 } from "./text.js";

/** The y of points of small order, without the sign: such a key or R is taken for a signature of anything. */
const SMALL = [
  "00".repeat(32), `01${"00".repeat(31)}`, `ec${"ff".repeat(30)}7f`, `ed${"ff".repeat(30)}7f`, `ee${"ff".repeat(30)}7f`,
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
];

/** Has this key signed it? S above the order of the group is refused by every WebCrypto, as RFC 8032 wants it. */
export async function hasSigned(publicKey: Bytes, domain: Bytes, message: Bytes, signature: Bytes): Promise<boolean> {
  if (signature.length !== 64 || isSmall(publicKey) || isSmall(signature.subarray(0, 32))) return false;
  try {
    return await crypto.subtle.verify("Ed25519", await imported(publicKey), signature, join(domain, message));
  } catch (error) {
    if (error instanceof Error && error.name === "NotSupportedError") throw refuse("no-ed25519", "", "this browser cannot check Ed25519 signatures");
    return false;
  }
}

/** Which of the keys (base64url) signed the text? Each is told once, however often it signed. */
export async function signersOf(keys: readonly string[], domain: Bytes, text: string, signatures: readonly { key: string; signature: string }[]): Promise<string[]> {
  const signed = async (name: string): Promise<boolean> => {
    const key = fromUrl(name);
    const checks = signatures.map(async (one) => {
      const signature = one.key === name && fromUrl(one.signature);
      return !!key && !!signature && (await hasSigned(key, domain, utf8(text), signature));
    });
    return (await Promise.all(checks)).includes(true);
  };
  const names = [...new Set(keys)];
  const found = await Promise.all(names.map(signed));
  return names.filter((_, place) => found[place]);
}

function isSmall(point: Bytes): boolean {
  const bytes = new Uint8Array(point);
  bytes[31] = (bytes[31] ?? 0) & 127;
  return SMALL.includes(toHex(bytes));
}

/** Keys of the last calls: a till has a handful. */
const known = new Map<string, Promise<CryptoKey>>();

function imported(publicKey: Bytes): Promise<CryptoKey> {
  const name = toHex(publicKey);
  const key = known.get(name) ?? crypto.subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
  if (known.size > 64) known.clear();
  known.set(name, key);
  return key;
}
