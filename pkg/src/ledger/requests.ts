/** Reads what somebody asks for: bodies by their schema, keys of tills and of the shop. */
import { TactfulError } from "../errors.js";
import { jsonOf } from "../edge/http.js";
import { KEY, LARGEST_BODY, SCHEMAS } from "./openapi.js";
import { Refusal } from "./problem.js";
import { wrongs } from "./schema.js";
import { toUrl } from "../till/text.js";

/** The body of `POST /v1/claims`. */
export interface Claim {
  coupon: string;
  person: string;
  store?: string;
  holder?: string;
}

/** The body of `POST /v1/redemptions`: with a token or a code. */
export interface Redemption {
  token?: string;
  code?: string;
  till: string;
  receipt: string;
  store: string;
  at?: number;
  amount?: number;
}

/** The body of `POST /v1/reservations` and of `POST /v1/reservations/release`. */
export type Reservation = Pick<Redemption, "token" | "code" | "till" | "receipt" | "store">;

/** The body of `POST /v1/redemptions/rollback`. */
export type Rollback = Pick<Redemption, "token" | "code" | "till" | "receipt">;

interface Bodies {
  Claim: Claim;
  Redemption: Redemption;
  Reservation: Reservation;
  Rollback: Rollback;
}

/** The body of a request, which is as the schema of this name says. */
export async function bodyOf<Name extends keyof Bodies>(request: Request, name: Name): Promise<Bodies[Name]> {
  const body = await jsonOf(request, LARGEST_BODY).catch((error: unknown) => {
    if (!(error instanceof TactfulError)) throw error;
    const reason = error.code === "too-large" ? "too_large" : error.code === "not-json" ? "not_json" : "malformed";
    throw new Refusal(reason, { wrongs: error.issues.map(({ path, message }) => ({ path, message })) });
  });
  const found = wrongs(SCHEMAS[name], body);
  if (found.length > 0) throw new Refusal("malformed", { wrongs: found });
  return body as Bodies[Name];
}

/** The idempotency key, without quotes. */
export function keyOf(request: Request): string {
  const header = request.headers.get("idempotency-key") ?? "";
  if (KEY.test(header)) return header.replaceAll('"', "");
  const message = header ? "must be 16 to 64 of A-Z a-z 0-9 _ -, quoted or not" : "is missing";
  throw new Refusal("malformed", { wrongs: [{ path: "", message: `the header \`idempotency-key\` ${message}` }] });
}

/** Who may do something with which key: a name for each digest, so that looking one up tells nothing of the others. */
export type Keyring = ReadonlyMap<string, string>;

/** A keyring of names with their keys. */
export async function keyring(keys: Readonly<Record<string, string>>): Promise<Keyring> {
  return new Map(await Promise.all(Object.entries(keys).map(async ([name, key]) => [await digest(key), name] as const)));
}

/** Whose key a request carries. */
export async function bearerOf(request: Request, keys: Keyring): Promise<string> {
  const key = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  const name = key && keys.get(await digest(key));
  if (!name) throw new Refusal("no_key");
  return name;
}

/** SHA-256 of a text, in base64url. */
export async function digest(text: string): Promise<string> {
  return toUrl(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));
}
