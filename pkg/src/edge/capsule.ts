/**
 * The profile capsule: what `save` returned, sealed with AES-GCM into the text of a cookie.
 *
 * One byte names the key, twelve are the nonce, then come ciphertext and tag, all in base64url. A key is derived from a
 * secret by HKDF (RFC 5869) with SHA-256; its name is derived with it. The first secret seals, any of them opens, so
 * that a secret is changed by putting the new one in front.
 */

/** Largest cookie, name included: browsers promise 4,096 bytes for a cookie with its attributes (RFC 6265, 6.1). */
const LARGEST = 3072;
const COOKIE = "tactful";
const MAX_AGE_S = 180 * 86_400;
const NONCE = 12;
/** Stands for a capsule that was there and cannot be opened: a core that gets it starts quietly. */
const DAMAGED = new Uint8Array(1);

/** Opens and seals capsules. */
export interface Capsules {
  /** The state in a `Cookie` header: undefined where there is no capsule, damaged bytes where it cannot be opened. */
  open(cookies: string | null): Promise<Uint8Array | undefined>;
  /** A `Set-Cookie` header, or undefined where the state is too large for one. */
  seal(state: Uint8Array): Promise<string | undefined>;
}

interface Key {
  readonly name: number;
  readonly key: CryptoKey;
}

/** Capsules under `secrets`, newest first; each must have at least 32 characters. */
export function capsules(secrets: readonly string[]): Capsules {
  if (secrets.length === 0 || secrets.some((secret) => secret.length < 32)) {
    throw new RangeError("a capsule secret needs at least 32 characters; `openssl rand -base64 32` makes one");
  }
  let derived: Promise<Key[]> | undefined;
  const keys = () => (derived ??= Promise.all(secrets.map(derive)));
  return {
    async open(cookies) {
      const text = cookieValue(cookies);
      return text === undefined ? undefined : unseal(await keys(), text);
    },
    async seal(state) {
      const [newest] = await keys();
      const cookie = `${COOKIE}=${await sealed(newest!, state)}`;
      if (cookie.length > LARGEST) return undefined;
      return `${cookie}; HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age=${MAX_AGE_S}`;
    },
  };
}

async function derive(secret: string): Promise<Key> {
  const encoder = new TextEncoder();
  const material = await crypto.subtle.importKey("raw", encoder.encode(secret), "HKDF", false, ["deriveKey", "deriveBits"]);
  const hkdf = (info: string) => ({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: encoder.encode(info) });
  const aes = { name: "AES-GCM", length: 256 };
  const [name] = new Uint8Array(await crypto.subtle.deriveBits(hkdf("tactful capsule name"), material, 8));
  const key = await crypto.subtle.deriveKey(hkdf("tactful capsule key"), material, aes, false, ["encrypt", "decrypt"]);
  return { name: name!, key };
}

async function sealed({ name, key }: Key, state: Uint8Array): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE));
  const text = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, state.slice());
  return toBase64Url(new Uint8Array([name, ...iv, ...new Uint8Array(text)]));
}

async function unseal(keys: readonly Key[], text: string): Promise<Uint8Array> {
  const bytes = fromBase64Url(text);
  const iv = bytes.slice(1, 1 + NONCE);
  for (const { name, key } of keys) {
    if (name !== bytes[0]) continue;
    try {
      return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, bytes.slice(1 + NONCE)));
    } catch {
      // Changed on its way, or sealed by another key of the same name: the next may fit.
    }
  }
  return DAMAGED;
}

function cookieValue(cookies: string | null): string | undefined {
  const ours = cookies?.split(";").map((cookie) => cookie.trim()).find((cookie) => cookie.startsWith(`${COOKIE}=`));
  return ours?.slice(COOKIE.length + 1);
}

function toBase64Url(bytes: Uint8Array): string {
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The bytes of a text; none where it is not in base64url, or has bits behind its last byte: each has one text only. */
function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  if (!/^[\w-]*$/.test(text) || text.length > LARGEST) return new Uint8Array();
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
    return toBase64Url(bytes) === text ? bytes : new Uint8Array();
  } catch {
    return new Uint8Array();
  }
}
