/** The ledger of the demo: as `cargo xtask demo` starts it, with the terms of the example and keys of this machine. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createTill, inMemory, ledgerAt, openKeys } from "tactful/till";
import { ledgerKeys } from "../ledger-keys.mjs";
import { serve } from "../serve.mjs";

const TACTFUL = process.env.TACTFUL ?? fileURLToPath(new URL(`../../target/debug/tactful${process.platform === "win32" ? ".exe" : ""}`, import.meta.url));
const [COUPON, DAY] = ["welcome-basket", 86_400_000];

let folder, keys, server;
const start = async () => {
  keys = await ledgerKeys(join(folder, "keys.json"));
  server = await serve({ port: 0, bindings: { ...keys.bindings, ORIGINS: "https://shop.example" }, kept: join(folder, "objects") });
};
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tactful-demo-"));
  await start();
});
after(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const get = (path, headers = {}) => fetch(new URL(path, server.url), { headers });
const post = async (path, body, headers) => {
  const response = await fetch(new URL(path, server.url), { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json", ...headers } });
  return { status: response.status, headers: response.headers, ...(await response.json()) };
};
const CLAIM = { coupon: COUPON, person: randomBytes(16).toString("base64url") };
const KEY = { "idempotency-key": randomBytes(16).toString("hex") };

test("a coupon is claimed, checked without a network, redeemed at a till and counted, also after a restart", async () => {
  const first = await post("v1/claims", CLAIM, KEY);
  assert.equal(first.status, 201, JSON.stringify(first));
  await server.close();
  await start();
  const { headers: _, status, ...again } = await post("v1/claims", CLAIM, KEY);
  assert.deepEqual([status, again.token, again.code], [200, first.token, first.code]);

  await writeFile(join(folder, "set.json"), await (await get("v1/keys")).text());
  await writeFile(join(folder, "trust.json"), JSON.stringify(keys.trust));
  const args = ["token", "verify", first.token, "--keys", join(folder, "set.json"), "--trust", join(folder, "trust.json"), "--merchant", "1", "--env", "test", "--json"];
  assert.match((await promisify(execFile)(TACTFUL, args)).stdout, /"accepted"/);

  const [till, key] = keys.till;
  const atTill = (path) => post(path, { token: first.token, till, receipt: "1", store: "kaisaniemi" }, { authorization: `Bearer ${key}` });
  const [held, released] = [await atTill("v1/reservations"), await atTill("v1/reservations/release")];
  assert.deepEqual([held.status, held.code, released.status, released.code], [200, first.code, 200, first.code]);
  assert.ok(held.until > Date.now() && held.until <= Date.now() + 600_000);
  const spent = await atTill("v1/redemptions");
  assert.deepEqual([spent.status, spent.coupon, spent.code], [200, COUPON, first.code]);
  const counted = await (await get(`v1/coupons/${COUPON}/budget`, { authorization: `Bearer ${keys.shop}` })).json();
  assert.deepEqual([counted.budget, counted.issued, counted.redeemed], [5_000, 1, 1]);
});

test("tills of the package ask it: the first grants, the second names the first, and a rolled back coupon counts again", async () => {
  const { code, token } = await post("v1/claims", { ...CLAIM, person: randomBytes(16).toString("base64url") }, { "idempotency-key": randomBytes(16).toString("hex") });
  const [id, key] = keys.till;
  const set = await openKeys(await (await get("v1/keys")).text(), keys.trust);
  const till = () => createTill({ id, merchant: 1, stores: [], env: "test", keys: set, spent: inMemory(), ledger: ledgerAt({ url: server.url, key, store: "kaisaniemi" }) });
  const [first, second] = [till(), till()];
  assert.equal((await first.accept(token, "r-1")).kind, "accepted");
  const { kind, reason, first: by } = await second.accept(token, "r-2");
  assert.deepEqual([kind, reason, by.till, by.receipt], ["refused", "spent", id, "r-1"]);
  assert.equal(await first.rollback(code, "r-1"), true);
  assert.equal((await first.report()).left, 0);
  assert.equal((await till().accept(code, "r-3")).kind, "accepted");
});

test("a listed shop page elsewhere may claim, and nobody reads the terms", async () => {
  const { headers } = await post("v1/claims", CLAIM, { ...KEY, origin: "https://shop.example" });
  assert.equal(headers.get("access-control-allow-origin"), "https://shop.example");
  const preflight = await fetch(new URL("v1/claims", server.url), { method: "OPTIONS", headers: { origin: "https://shop.example", "access-control-request-method": "POST" } });
  assert.match(preflight.headers.get("access-control-allow-headers"), /idempotency-key/);
  assert.equal((await get("coupons.json")).status, 404);
});

test("a private key is for its owner, and two epochs ahead are made before they are needed", async () => {
  const file = join(folder, "epochs.json");
  const epochs = async (now) => JSON.parse((await ledgerKeys(file, now)).bindings.LEDGER_KEYS);
  const first = await epochs(Date.now());
  if (process.platform !== "win32") assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.equal(first.length, 3);
  const later = await epochs(Date.now() + 15 * DAY);
  assert.deepEqual(later.slice(0, 3), first);
  assert.ok(later.filter(({ until }) => until > Date.now() + 15 * DAY).length >= 3);
});
