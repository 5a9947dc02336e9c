/** Rust, WebCrypto and a library of somebody else's say the same of every token, also of those that somebody changed. */
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { verifyAsync } from "@noble/ed25519";
import bwip from "bwip-js";
import { PublicProtocol } from "paseto";
import { PublicKeyFromCryptoKey, SignFactory, VerifyFactory } from "paseto/v4/public";
import { REASONS, openKeys, sentence, verify } from "tactful/till";
import { holderTag, makeHolderKey, present } from "tactful/wallet";
import { root } from "./hosts.mjs";
import { DAY, MINUTE, NOW, at, bytesOf, chance, flipped, respelled, shop, textOf } from "./tokens.mjs";

const DOMAIN = new TextEncoder().encode("coupon-token/CT1\0");
const place = { merchant: 77, stores: [3, 12], env: "production", online: true };
const COUNT = Number(process.env.TOKENS ?? 10_000);

/** What a library of somebody else's says of the signature alone. */
function noble(token, publicKey) {
  const message = Buffer.concat([DOMAIN, token.subarray(0, 50)]);
  return verifyAsync(token.subarray(50, 114), message, publicKey, { zip215: false });
}

/** One of the ways in which a token reaches a till, or is tampered with. */
const WAYS = [
  (token) => token,
  (token, draw) => flipped(token, draw(912)),
  (token, draw) => flipped(flipped(token, draw(912)), draw(912)),
  (token, draw) => flipped(token, 400 + draw(512)),
  (token, draw) => token.slice(0, draw(114)),
  (token, draw) => Uint8Array.from([...token, ...Array.from({ length: 1 + draw(120) }, () => draw(256))]),
  (token, _, other) => Uint8Array.from([...token.slice(0, 50), ...other.slice(50)]),
  (token, draw, other) => Uint8Array.from([...token.slice(0, 82 - draw(40)), ...other.slice(82 - draw(40))]).slice(0, 114),
  respelled,
  (_, draw) => Uint8Array.from({ length: 114 }, (_, place) => (place < 2 ? 1 : draw(256))),
];

async function tokens(here) {
  const kinds = [
    ["--percent", "20"], ["--amount", "300", "--offline"], ["--store", "12", "--minimum", "500"], ["--store", "4"], ["--stackable", "--days", "45"],
    ["--percent", "12.5", "--days", "1", "--offline"],
  ];
  const device = await makeHolderKey();
  const of = (kind, more = []) => here.issue(...kind, "--count", String(Math.ceil(COUNT / 20)), "--seed", String(kinds.indexOf(kind) + 1), ...more);
  const plain = kinds.flatMap((kind) => of(kind)).map(({ token }) => token);
  const bound = await Promise.all(of(["--percent", "20"], ["--holder", await holderTag(device)]).map(async ({ token }, index) => {
    return Buffer.from((await import("../dist/till/text.js")).fromText(await present(token, device, NOW + (index % 200) * 1_000))).toString("base64url");
  }));
  return [...plain, ...bound].map(bytesOf);
}

test(`${COUNT} tokens, as they were or changed: Rust and WebCrypto give the same answer, and noble the same of each signature`, async () => {
  const [here, draw] = [shop(), chance(7)];
  const all = await tokens(here);
  const lines = Array.from({ length: COUNT }, () => {
    const [token, other] = [all[draw(all.length)], all[draw(all.length)]];
    const shown = WAYS[draw(WAYS.length)](token, draw, other);
    return { token: textOf(shown), now_ms: NOW + [draw(MINUTE), draw(20 * DAY), -draw(DAY), 30_000][draw(4)], receipt: "one" };
  });
  const native = here.verify(lines, "--store", "3", "--store", "12");
  const keys = await here.keys();
  const publicKeys = new Map(keys.keys.map(({ kid, public_key }) => [kid, bytesOf(public_key)]));
  const seen = {};
  let checked = 0;
  for (const [index, { token, now_ms }] of lines.entries()) {
    const bytes = bytesOf(token);
    const told = await verify(token, keys, place, now_ms);
    const reason = told.kind === "refused" ? told.reason : "accepted";
    assert.equal(reason, native[index].reason ?? native[index].verdict, `line ${index}`);
    if (told.kind === "accepted") assert.deepEqual(words(told.coupon), native[index].token);
    seen[reason] = (seen[reason] ?? 0) + 1;
    if (reason !== "accepted" && REASONS.indexOf(reason) < REASONS.indexOf("forged")) continue;
    checked += 1;
    assert.equal(await noble(bytes, publicKeys.get(Buffer.from(bytes.subarray(2, 6)).toString("hex"))), reason !== "forged", `line ${index}`);
  }
  for (const reason of ["accepted", "damaged", "newer", "environment", "unknown_key", "forged", "clock", "expired", "other_store", "old_proof"]) {
    assert.ok(seen[reason] > 0, `no token was ${reason}: ${JSON.stringify(seen)}`);
  }
  assert.ok(checked > COUNT / 3, `noble saw ${checked}`);
});

/** A coupon as the command line writes it. */
function words({ from, until, holder = null, ...coupon }) {
  return { ...coupon, from_ms: from, until_ms: until, holder };
}

test("all 912 changed bits and all 114 cut ends of a token are refused", async () => {
  const here = shop();
  const [{ token }] = here.issue("--percent", "20", "--seed", "1");
  const [bytes, keys] = [bytesOf(token), await here.keys()];
  assert.equal((await verify(token, keys, place, NOW)).kind, "accepted");
  const changed = [...Array(912).keys()].map((bit) => flipped(bytes, bit));
  const cut = [...Array(114).keys()].map((length) => bytes.slice(0, length));
  for (const shown of [...changed, ...cut]) assert.equal((await verify(shown, keys, place, NOW)).kind, "refused");
  const { public_key } = keys.keys[0];
  const signed = await Promise.all(changed.map((shown) => noble(shown, bytesOf(public_key))));
  assert.equal(signed.filter(Boolean).length, 0);
  const native = here.verify([...changed, ...cut].map((shown) => ({ token: textOf(shown), now_ms: NOW })));
  assert.deepEqual([native.length, native.filter(({ verdict }) => verdict !== "refused")], [1_026, []]);
});

test("a text has one spelling, and both kinds are read", async () => {
  const here = shop();
  const keys = await here.keys();
  const ask = async (shown) => (await verify(shown, keys, place, NOW)).kind;
  for (const { token, qr } of here.issue("--count", "50", "--seed", "3")) {
    assert.deepEqual([await ask(token), await ask(qr), await ask(` ${qr}\r\n`)], ["accepted", "accepted", "accepted"]);
    for (const wrong of [qr.toLowerCase(), qr.slice(4), `${token}=`, `${token}A`, qr.slice(0, -1), `${qr}0`, ""]) assert.equal(await ask(wrong), "refused");
  }
});

test("a token is a small QR code, and one with the word of a device still fits the screen of a phone", async () => {
  const [here, device] = [shop(), await makeHolderKey()];
  const [{ qr, token }] = here.issue("--seed", "1");
  const modules = (text) => bwip.raw({ bcid: "qrcode", text, eclevel: "M" })[0].pixx;
  assert.deepEqual([modules(qr), modules(await present(token, device, NOW))], [45, 61]);
});

test("key sets: Rust's are read; changed, rolled back, or signed by others they are not", async () => {
  const [here, other] = [shop(), shop()];
  const first = here.read("keys.json");
  here.token("keys", "rotate", "keys", "--now", at(NOW + 7 * DAY));
  const second = await here.keys();
  assert.deepEqual([second.version, second.keys.map(({ epoch }) => epoch)], [2, [0, 1, 2, 3]]);
  const code = (text, trust) => openKeys(text, trust).then(() => "read", (error) => error.code);
  assert.equal(await code(first, here.trust), "read");
  assert.equal(await code(first, second), "old-keys");
  assert.equal(await code(first, other.trust), "untrusted-keys");
  assert.equal(await code(first, { ...here.trust, threshold: 2 }), "untrusted-keys");
  assert.equal(await code(first, { ...here.trust, threshold: 0 }), "untrusted-keys");
  assert.equal(await code(first.replace('\\"merchant\\":77', '\\"merchant\\":78'), here.trust), "untrusted-keys");
  for (const text of ["", "null", "{}", '{"signed":1,"signatures":[]}']) assert.equal(await code(text, here.trust), "no-key-set");
});

async function readPaseto(paseto, publicKey) {
  const key = await crypto.subtle.importKey("raw", publicKey, "Ed25519", true, ["verify"]);
  const { claims } = await new PublicProtocol(SignFactory, VerifyFactory).Verify(await PublicKeyFromCryptoKey(key), paseto, { now: new Date(NOW) });
  return claims;
}

test("the export is a PASETO that a library of somebody else's takes", async () => {
  const here = shop();
  const [{ token, code }] = here.issue("--percent", "20", "--store", "12", "--seed", "1");
  const names = (await readdir(join(here.folder, "keys"))).filter((name) => /^[0-9a-f]{8}\.jwk$/.test(name));
  const keys = await here.keys();
  const { kid } = keys.keys[0];
  assert.ok(names.includes(`${kid}.jwk`));
  const paseto = here.token("export", "--paseto", token, "--key", `keys/${kid}.jwk`).trim();
  const claims = await readPaseto(paseto, bytesOf(keys.keys[0].public_key));
  assert.deepEqual([claims.iss, claims.jti, claims.exp, claims.benefit], ["77", code, "2026-12-07T08:00:00Z", { kind: "percent", value: 2000 }]);
  const head = "v4.public.".length;
  const [body, footer] = paseto.slice(head).split(".");
  assert.equal(Buffer.from(footer, "base64url").toString(), JSON.stringify({ kid }));
  await assert.rejects(readPaseto(`v4.public.${textOf(flipped(bytesOf(body), 80))}.${footer}`, bytesOf(keys.keys[0].public_key)));
  assert.throws(() => here.token("export", "--paseto", textOf(flipped(bytesOf(token), 300)), "--key", `keys/${kid}.jwk`), /is not signed by the key/);
});

test("cashiers read the same sentences from Rust and from JavaScript", async () => {
  const source = await readFile(join(root, "src/token/verify.rs"), "utf8");
  for (const reason of REASONS) {
    assert.ok(source.includes(`["${reason}", "${sentence(reason, "de-AT")}", "${sentence(reason, "en")}"]`), reason);
  }
  assert.deepEqual([...source.matchAll(/=> \["(\w+)", "/g)].map(([, name]) => name), [...REASONS]);
});
