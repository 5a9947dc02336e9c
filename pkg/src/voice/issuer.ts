/**
 * Gives blinded tokens out, so many per network and day, and spends each once. Kept in the tables of one Durable Object.
 *
 * Each week has a key of its own, made here, which nobody sees. Tokens of a week are good until the end of the next one. Of
 * who asked, only a hash of the network under the day's salt is kept, with a count; salt and counts go when the day is over.
 */
import { refuse } from "../errors.js";
import { weekOf } from "../share.js";
import { type Bytes, fromUrl, join, sha256, toHex, toUrl, utf8 } from "../till/text.js";
import type { Timestamp } from "../types.js";
import { IMPORT, KEY_BYTES, REQUEST_BYTES, SIGNED_BYTES, TOKEN_BYTES, VERIFY, challengeOf, importKey, toSign, withParameters } from "./pass.js";
import type { Storage } from "./storage.js";

/** How many tokens a network gets in a day (UTC), and all together. */
export interface Allowance { network: number; day: number }

interface Key { week: number; id: Bytes; spki: Bytes; checks: CryptoKey; signs: CryptoKey }

const DAY_MS = 86_400_000;
/** What workerd calls RSA without padding, which is what a blind signature is. */
const RAW = { name: "RSA-RAW", hash: "SHA-384" };

export class Issuer {
  readonly #storage: Storage;
  readonly #keys = new Map<number, Promise<Key>>();

  constructor(storage: Storage) {
    this.#storage = storage;
    const { sql } = storage;
    sql.exec("CREATE TABLE IF NOT EXISTS week (week INTEGER PRIMARY KEY, secret TEXT NOT NULL, spki TEXT NOT NULL)");
    sql.exec("CREATE TABLE IF NOT EXISTS day (day INTEGER PRIMARY KEY, salt TEXT NOT NULL, given INTEGER NOT NULL DEFAULT 0)");
    sql.exec("CREATE TABLE IF NOT EXISTS network (network TEXT PRIMARY KEY, given INTEGER NOT NULL) WITHOUT ROWID");
    // NOTE: in the order of the hashes, so nothing tells which token was spent after which.
    sql.exec("CREATE TABLE IF NOT EXISTS spent (token TEXT PRIMARY KEY, week INTEGER NOT NULL, use TEXT NOT NULL) WITHOUT ROWID");
  }

  /** The issuer's directory (RFC 9578, 4). */
  async directory(now: Timestamp): Promise<object> {
    const { spki, week } = await this.#key(weekOf(now));
    const key = { "token-type": 2, "token-key": toUrl(spki), "not-before": (week * 7 + 4) * (DAY_MS / 1_000) };
    return { "issuer-request-uri": "/v1/voice/tokens", "token-keys": [key] };
  }

  /** Signs a blinded request of a network, while it and all together have some left. */
  async issue(request: Bytes, network: string, allowance: Allowance, now: Timestamp): Promise<Bytes> {
    const wrong = (message: string) => refuse("wrong-request", "", message);
    if (request.length !== REQUEST_BYTES || request[0] !== 0 || request[1] !== 2) throw wrong("the body must be a request of type 2 (RFC 9578)");
    const key = (await this.#known(now)).find(({ id }) => id.at(-1) === request[2]);
    if (!key) throw wrong("the request is for another key; read the directory again");
    const message = request.slice(3);
    // The signature below fails for a number that is not below the key's.
    const hash = await this.#hash(network, now);
    this.#storage.transactionSync(() => this.#count(hash, allowance, now));
    const signature = await crypto.subtle.sign(RAW, key.signs, message).catch(() => undefined);
    if (signature?.byteLength !== KEY_BYTES) throw wrong("the blinded message is no number below the key's");
    return new Uint8Array(signature);
  }

  /** The name under which a token is spent, with its week; throws where this issuer did not sign it for itself. */
  async check(text: string, issuer: string, now: Timestamp): Promise<{ token: string; week: number }> {
    const wrong = refuse("wrong-token", "", "the token is not of this shop or too old; get another one");
    const bytes = fromUrl(text);
    if (bytes?.length !== TOKEN_BYTES) throw wrong;
    const [signed, nonce] = [bytes.slice(0, SIGNED_BYTES), bytes.slice(2, 34)];
    for (const key of await this.#known(now)) {
      const mine = await toSign(nonce, challengeOf(issuer), key.spki);
      if (toHex(mine) !== toHex(signed)) continue;
      if (await crypto.subtle.verify(VERIFY, key.checks, bytes.slice(SIGNED_BYTES), signed)) return { token: toHex(await sha256(signed)), week: key.week };
    }
    throw wrong;
  }

  /** Spends a token, inside of the transaction of what it is spent on. False where it was spent on the same before. */
  spend({ token, week }: { token: string; week: number }, use: string): boolean {
    const { sql } = this.#storage;
    const [before] = sql.exec("SELECT use FROM spent WHERE token = ?", token).toArray() as { use: string }[];
    if (before && before.use !== use) throw refuse("spent", "", "the token was spent on something else; get another one");
    if (!before) sql.exec("INSERT INTO spent (token, week, use) VALUES (?, ?, ?)", token, week, use);
    return !before;
  }

  /** Forgets what days and weeks that are over have left. */
  tidy(now: Timestamp): void {
    const { sql } = this.#storage;
    const day = Math.floor(now / DAY_MS);
    if (sql.exec("DELETE FROM day WHERE day <> ?", day).rowsWritten > 0) sql.exec("DELETE FROM network");
    sql.exec("DELETE FROM week WHERE week < ?", weekOf(now) - 1);
    sql.exec("DELETE FROM spent WHERE week < ?", weekOf(now) - 1);
    for (const week of this.#keys.keys()) if (week < weekOf(now) - 1) this.#keys.delete(week);
  }

  async #hash(network: string, now: Timestamp): Promise<string> {
    const day = Math.floor(now / DAY_MS);
    const { sql } = this.#storage;
    sql.exec("INSERT OR IGNORE INTO day (day, salt) VALUES (?, ?)", day, toHex(crypto.getRandomValues(new Uint8Array(16))));
    const [{ salt }] = sql.exec("SELECT salt FROM day WHERE day = ?", day).toArray() as [{ salt: string }];
    return toHex(await sha256(join(utf8(salt), utf8(network)))).slice(0, 32);
  }

  #count(hash: string, allowance: Allowance, now: Timestamp): void {
    const { sql } = this.#storage;
    const given = (rows: unknown[]) => (rows[0] as { given: number } | undefined)?.given ?? 0;
    const day = Math.floor(now / DAY_MS);
    if (given(sql.exec("SELECT given FROM network WHERE network = ?", hash).toArray()) >= allowance.network) throw refuse("too-many", "", "your network has said a lot today; come again tomorrow");
    if (given(sql.exec("SELECT given FROM day WHERE day = ?", day).toArray()) >= allowance.day) throw refuse("too-many", "", "the shop has heard a lot today; come again tomorrow");
    sql.exec("INSERT INTO network (network, given) VALUES (?, 1) ON CONFLICT DO UPDATE SET given = given + 1", hash);
    sql.exec("UPDATE day SET given = given + 1 WHERE day = ?", day);
  }

  /** The keys whose tokens are good: this week's, and the last one's where there is one. */
  async #known(now: Timestamp): Promise<Key[]> {
    const week = weekOf(now);
    const last = this.#storage.sql.exec("SELECT 1 FROM week WHERE week = ?", week - 1).toArray().length > 0;
    return Promise.all([this.#key(week), ...(last ? [this.#key(week - 1)] : [])]);
  }

  #key(week: number): Promise<Key> {
    let key = this.#keys.get(week);
    if (!key) {
      key = this.#open(week);
      this.#keys.set(week, key);
      key.catch(() => this.#keys.delete(week));
    }
    return key;
  }

  async #open(week: number): Promise<Key> {
    const { sql } = this.#storage;
    const read = () => sql.exec("SELECT secret, spki FROM week WHERE week = ?", week).toArray() as { secret: string; spki: string }[];
    let [kept] = read();
    while (!kept) {
      const fresh = await made();
      // The last byte of a key's name tells it apart from the one before.
      const before = sql.exec("SELECT spki FROM week WHERE week = ?", week - 1).toArray() as { spki: string }[];
      const ends = await Promise.all([fresh, ...before].map(async ({ spki }) => (await sha256(fromUrl(spki)!)).at(-1)));
      if (new Set(ends).size < ends.length) continue;
      sql.exec("INSERT OR IGNORE INTO week (week, secret, spki) VALUES (?, ?, ?)", week, fresh.secret, fresh.spki);
      [kept] = read();
    }
    const spki = fromUrl(kept.spki)!;
    const signs = await crypto.subtle.importKey("pkcs8", fromUrl(kept.secret)!, RAW, false, ["sign"]);
    return { week, spki, id: await sha256(spki), checks: await importKey(spki), signs };
  }
}

async function made(): Promise<{ secret: string; spki: string }> {
  const asked = { ...IMPORT, modulusLength: 8 * KEY_BYTES, publicExponent: new Uint8Array([1, 0, 1]) };
  const { privateKey, publicKey } = (await crypto.subtle.generateKey(asked, true, ["sign", "verify"])) as CryptoKeyPair;
  const [secret, spki] = await Promise.all([crypto.subtle.exportKey("pkcs8", privateKey), crypto.subtle.exportKey("spki", publicKey)]);
  return { secret: toUrl(new Uint8Array(secret as ArrayBuffer)), spki: toUrl(withParameters(new Uint8Array(spki as ArrayBuffer))) };
}
