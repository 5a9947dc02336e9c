/** A shop's keys and tokens, made by the command line in a folder of their own. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openKeys } from "tactful/till";
import { root } from "./hosts.mjs";

const PROGRAM = join(root, "target/debug/tactful");
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** When the keys are made. */
export const NOW = Date.parse("2026-11-23T08:00:00Z");
export const MINUTE = 60_000;
export const DAY = 1_440 * MINUTE;
export const at = (ms) => new Date(ms).toISOString();

/** A folder with keys. `token` runs the command line in it; `issue` resolves with lines of tokens. */
export function shop(env = "production") {
  const folder = mkdtempSync(join(tmpdir(), "tactful-token-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const token = (...args) => execFileSync(PROGRAM, ["token", ...args], { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1 << 28 });
  token("keys", "new", "keys", "--merchant", "77", "--env", env, "--now", at(NOW));
  const read = (name) => readFileSync(join(folder, "keys", name), "utf8");
  const trust = JSON.parse(read("trust.json"));
  return {
    folder,
    token,
    read,
    trust,
    keys: () => openKeys(read("keys.json"), trust),
    issue: (...args) => token("issue", "keys", "--coupon", "oat-milk", "--now", at(NOW), ...args).trim().split("\n").map((line) => JSON.parse(line)),
    /** What the command line says of each line. */
    verify(lines, ...args) {
      writeFileSync(join(folder, "lines.jsonl"), lines.map((line) => JSON.stringify(line)).join("\n"));
      const all = ["token", "verify", "lines.jsonl", "--keys", "keys/keys.json", "--merchant", "77", "--json", ...args];
      const ran = spawnSync(PROGRAM, all, { cwd: folder, encoding: "utf8", maxBuffer: 1 << 28 });
      if (ran.status > 1) throw new Error(ran.stderr);
      return ran.stdout.trim().split("\n").map((line) => JSON.parse(line));
    },
  };
}

/** Chance that can be told again: whole numbers below `bound`. */
export function chance(seed) {
  let state = BigInt(seed);
  return (bound) => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let mixed = state;
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n);
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn);
    return Number(((mixed ^ (mixed >> 31n)) >> 32n) * BigInt(bound) >> 32n);
  };
}

/** The bytes with one bit turned. */
export function flipped(bytes, bit) {
  const changed = Uint8Array.from(bytes);
  changed[bit >> 3] ^= 1 << (bit & 7);
  return changed;
}

/** The second spelling of a signature: its S with the order of the group added. */
export function respelled(token) {
  const changed = Uint8Array.from(token);
  let s = ORDER + token.slice(82).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  for (let place = 82; place < 114; place++, s >>= 8n) changed[place] = Number(s & 255n);
  return changed;
}

export const bytesOf = (text) => new Uint8Array(Buffer.from(text, "base64url"));
export const textOf = (bytes) => Buffer.from(bytes).toString("base64url");
