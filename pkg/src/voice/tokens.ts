/** Gets blinded tokens for a device. A module of its own, which is loaded when somebody wants to say something. */
import { type Bytes, fromUrl, join, toUrl } from "../till/text.js";
import { blind } from "./blind.js";
import { KEY_BYTES, REQUEST_BYTES, TYPE, challengeOf, importKey, toSign } from "./pass.js";

/** What stands in the way of a token. */
export class TokenError extends Error {
  override readonly name = "TokenError";
  /** The code of the edge's answer, such as `too-many`. */
  readonly code: string;

  constructor(code: string) {
    super(`the edge gives no token: ${code}`);
    this.code = code;
  }
}

/** The issuer's directory (RFC 9578, 4), as far as it is read. */
interface Directory { "issuer-request-uri": string; "token-keys": readonly { "token-type": number; "token-key": string }[] }

/**
 * A token of the issuer at `address` (`/v1/voice/tokens`), in base64url. Only ask with the shopper's consent: `headers` say so.
 */
export async function nextToken(address: URL, headers: Record<string, string>, fetcher: typeof fetch = fetch): Promise<string> {
  const given = { credentials: "omit", referrerPolicy: "no-referrer", redirect: "error" } as const;
  const directory = (await (await taken(fetcher(address, given))).json()) as Directory;
  const spki = fromUrl(directory["token-keys"].find((key) => key["token-type"] === 2)?.["token-key"] ?? "");
  if (!spki) throw new TokenError("no-key");
  const key = await importKey(spki);
  const signed = await toSign(crypto.getRandomValues(new Uint8Array(32)), challengeOf(address.host), spki);
  const { message, unblind } = await blind(key, signed);
  const body: Bytes = join(TYPE, signed.slice(-1), message);
  if (body.length !== REQUEST_BYTES) throw new TokenError("no-key");
  const response = await taken(fetcher(address, { ...given, method: "POST", body, headers: { ...headers, "content-type": "application/private-token-request" } }));
  const signature = new Uint8Array(await response.arrayBuffer());
  if (signature.length !== KEY_BYTES) throw new TokenError("no-signature");
  return toUrl(join(signed, await unblind(signature)));
}

async function taken(asked: Promise<Response>): Promise<Response> {
  const response = await asked;
  if (response.ok) return response;
  const { code } = (await response.json().catch(() => ({}))) as { code?: string };
  throw new TokenError(code ?? String(response.status));
}
