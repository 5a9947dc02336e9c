/**
 * Signs what the ledger has given: Ed25519 (RFC 8032) over the domain of `CT1` and 50 bytes of payload, after the commit.
 *
 * The signature is a function of key and payload, so a claim that is sent again gets the same bytes, and none are stored. A
 * key signs for one epoch of seven days; the next epoch's is published with it, so that a till that was offline for days knows
 * it. Keep a private key for as long as claims made with it may be sent again: until the coupons of its epoch are over.
 */
import type { Timestamp } from "../types.js";
import { fromUrl, toHex, toUrl } from "../till/text.js";

/** A private key as JWK (RFC 8037) with when it signs, ms since 1970: from `from`, before `until`. */
export interface SigningKey {
  /** The private part, 32 bytes in base64url. */
  d: string;
  /** The public part, 32 bytes in base64url. */
  x: string;
  from: Timestamp;
  until: Timestamp;
}

/**
 * The signing keys of JWKs, with the epochs that the key set gives them: `keySet` is the text of `keys.json` that `tactful token
 * keys` wrote, which names public keys; a private key that it does not name signs nothing and is left out.
 */
export function signingKeys(keySet: string, jwks: readonly { d: string; x: string }[]): SigningKey[] {
  const { signed } = JSON.parse(keySet) as { signed: string };
  const { keys } = JSON.parse(signed) as { keys: { public_key: string; not_before_ms: Timestamp; not_after_ms: Timestamp }[] };
  return keys.flatMap(({ public_key: x, not_before_ms: from, not_after_ms: until }) => {
    const jwk = jwks.find((jwk) => jwk.x === x);
    return jwk ? [{ d: jwk.d, x, from, until }] : [];
  });
}

/** Length of an epoch, ms. */
export const EPOCH_MS = 7 * 86_400_000;
const DOMAIN = new TextEncoder().encode("coupon-token/CT1\0");
const [PAYLOAD, SIGNATURE, KID_AT] = [50, 64, 2];

/** Signs and checks tokens. */
export interface Signer {
  /** The token of a payload, in base64url, with the key that the payload names. */
  token(payload: Uint8Array): Promise<string>;
  /** The payload of a token that one of the keys has signed. */
  payload(token: string): Promise<Uint8Array | undefined>;
}

interface Known {
  kid: string;
  signs: CryptoKey;
  checks: CryptoKey;
}

/** A signer with these keys. */
export function signer(keys: readonly SigningKey[]): Signer {
  let read: Promise<Known[]> | undefined;
  const known = () => (read ??= Promise.all(keys.map(knownOf)));
  const named = async (payload: Uint8Array) => {
    const kid = toHex(payload.subarray(KID_AT, KID_AT + 4));
    return (await known()).find((key) => key.kid === kid);
  };
  return {
    async token(payload) {
      const key = await named(payload);
      if (!key) throw new Error("the key that the payload names is gone; keep it until its coupons are over");
      const signature = new Uint8Array(await crypto.subtle.sign("Ed25519", key.signs, signed(payload)));
      return toUrl(joined(payload, signature));
    },
    async payload(token) {
      const bytes = fromUrl(token);
      if (bytes?.length !== PAYLOAD + SIGNATURE) return undefined;
      const [payload, signature] = [bytes.slice(0, PAYLOAD), bytes.slice(PAYLOAD)];
      const key = await named(payload);
      return key && (await crypto.subtle.verify("Ed25519", key.checks, signature, signed(payload))) ? payload : undefined;
    },
  };
}

/** The name of the key whose epoch an instant is in; throws where there is none. */
export async function epochs(keys: readonly SigningKey[]): Promise<(now: Timestamp) => string> {
  const named = await Promise.all(keys.map(async ({ x, from, until }) => ({ kid: await kidOf(fromUrl(x)!), from, until })));
  return (now) => {
    const key = named.find(({ from, until }) => from <= now && now < until);
    if (!key) throw new Error("no signing key has this epoch; make the next ones before the last is over");
    return key.kid;
  };
}

/** The short name of a public key: the first 4 bytes of its SHA-256, in hexadecimal digits. */
export async function kidOf(publicKey: Uint8Array<ArrayBuffer>): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", publicKey)).subarray(0, 4));
}

async function knownOf({ d, x }: SigningKey): Promise<Known> {
  const bytes = fromUrl(x);
  if (bytes?.length !== 32 || fromUrl(d)?.length !== 32) throw new RangeError("a signing key has `d` and `x` of 32 bytes in base64url");
  const jwk = { kty: "OKP", crv: "Ed25519", x };
  const [signs, checks, kid] = await Promise.all([
    crypto.subtle.importKey("jwk", { ...jwk, d }, "Ed25519", false, ["sign"]),
    crypto.subtle.importKey("jwk", jwk, "Ed25519", false, ["verify"]),
    kidOf(bytes),
  ]);
  return { kid, signs, checks };
}

const signed = (payload: Uint8Array) => joined(DOMAIN, payload);

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
