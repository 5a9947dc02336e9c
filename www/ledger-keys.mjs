/**
 * Keys of the demo's ledger, for this machine only: made on the first start below `target/`, renewed when their weeks are over.
 *
 * A shop's own come from `tactful token keys`; these have the same form, so that tills and tests read both.
 */
import { createHash, generateKeyPairSync, randomBytes, sign, createPrivateKey } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

const DAY = 86_400_000;
const WEEK = 7 * DAY;
/** Keys in a set before they are needed. */
const AHEAD = 2;

/** The keys in a file, which is made or renewed where that is needed: variables of the worker, and the roots of tills. */
export async function ledgerKeys(file, now = Date.now()) {
  const kept = await readFile(file, "utf8").then(JSON.parse, () => undefined);
  const keys = renewed(kept ?? fresh(), now);
  await mkdir(dirname(file), { recursive: true });
  // Private keys are for the owner's eyes.
  await writeFile(file, JSON.stringify(keys), { mode: 0o600 });
  return {
    bindings: { KEY_SET: keySet(keys, now), LEDGER_KEYS: JSON.stringify(keys.epochs), TILLS: JSON.stringify(keys.tills), SHOP_KEY: keys.shop },
    trust: { version: 0, roots: [keys.root.x], threshold: 1 },
    till: Object.entries(keys.tills)[0],
    shop: keys.shop,
  };
}

function fresh() {
  return { version: 0, root: pair(), epochs: [], tills: { "till-1": randomBytes(16).toString("hex") }, shop: randomBytes(16).toString("hex") };
}

function pair() {
  const { d, x } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  return { d, x };
}

/** The same with keys for this week and those that follow. */
function renewed(keys, now) {
  const epochs = [...keys.epochs];
  while (epochs.filter(({ until }) => until > now).length <= AHEAD) {
    const from = Math.max(epochs.at(-1)?.until ?? 0, now - DAY);
    epochs.push({ ...pair(), epoch: epochs.length, from, until: from + WEEK });
  }
  return { ...keys, version: keys.version + 1, epochs };
}

/** The set as `GET /v1/keys` tells it: what is signed is the text between the quotes. */
function keySet({ version, root, epochs }, now) {
  const kid = (x) => createHash("sha256").update(Buffer.from(x, "base64url")).digest("hex").slice(0, 8);
  const keys = epochs.map(({ x, epoch, from, until }) => ({ kid: kid(x), public_key: x, merchant: 1, epoch, not_before_ms: from, not_after_ms: until, env: "test" }));
  const set = { version, issued_ms: now, fresh_until_ms: now + 3 * DAY, expires_ms: now + 30 * DAY, roots: [root.x], threshold: 1, keys, revoked_keys: [], revoked_campaigns: [] };
  const signed = JSON.stringify(set);
  const key = createPrivateKey({ key: { kty: "OKP", crv: "Ed25519", ...root }, format: "jwk" });
  const signature = sign(null, Buffer.concat([Buffer.from("coupon-keys/CT1\0"), Buffer.from(signed)]), key).toString("base64url");
  return JSON.stringify({ signed, signatures: [{ root: root.x, signature }] });
}
