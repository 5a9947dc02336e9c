/** A publisher for tests: makes what `tactful publish` makes, with keys of its own. */
import { createHash, generateKeyPairSync, sign } from "node:crypto";

const DAY = 86_400_000;

export const sha256 = (...parts) => createHash("sha256").update(Buffer.concat(parts.map((part) => Buffer.from(part)))).digest();
export const hex = (...parts) => sha256(...parts).toString("hex");

/** A key pair; `key` is the public one in base64url. */
export function keyPair() {
  const { privateKey } = generateKeyPairSync("ed25519");
  return { key: privateKey.export({ format: "jwk" }).x, privateKey };
}

/** The envelope of a text, signed by some keys. */
export function signed(domain, text, ...by) {
  const signatures = by.map(({ key, privateKey }) => ({ key, signature: sign(null, Buffer.from(domain + text), privateKey).toString("base64url") }));
  return JSON.stringify({ signed: text, signatures });
}

/** The root of the tree over all entries (RFC 6962, 2.1), by its definition. */
export function treeRoot(entries) {
  if (entries.length === 1) return sha256([0], entries[0]);
  let half = 1;
  while (half * 2 < entries.length) half *= 2;
  return sha256([1], treeRoot(entries.slice(0, half)), treeRoot(entries.slice(half)));
}

/** A shop with two roots, publishers and a log. */
export function shop({ now }) {
  const roots = [keyPair(), keyPair(), keyPair()];
  const anna = keyPair();
  const people = new Map([["anna", anna]]);
  const entries = [];
  const authorities = [];

  const authorityText = (more = {}) => JSON.stringify({
    shop: "test", version: authorities.length + 1, issued_ms: now, expires_ms: now + 365 * DAY, roots: roots.map(({ key }) => key), threshold: 2,
    publishers: [...people].map(([name, { key }]) => ({ key, name, not_before_ms: now - DAY, not_after_ms: now + 90 * DAY })), ...more,
  });
  const authority = (more, by = roots.slice(0, 2)) => {
    const text = authorityText(more);
    const envelope = signed("tactful-authority/1\0", text, ...by);
    return { text, envelope, version: JSON.parse(text).version };
  };
  const addAuthority = (more, by) => {
    const made = authority(more, by);
    authorities.push(made);
    return made;
  };
  /** A head over `packs`, not yet in the log; `more` replaces fields of the entry, `log` of the log. */
  const head = ({ packs = [], by = anna, log, ...more } = {}) => {
    const newest = authorities.at(-1);
    const entry = JSON.stringify({
      version: entries.length + 1, authority: { version: newest.version, sha256: hex(newest.text) }, publisher: by.key, issued_ms: now, expires_ms: now + 7 * DAY, note: "",
      packs: packs.map((pack) => (pack.sha256 ? pack : packOf(pack))), regions: null, staged: null, stopped: [], claims: { jitter_ms: 0 }, ...more,
    });
    const all = [...entries, entry];
    const text = JSON.stringify({ entry, log: { size: all.length, root: treeRoot(all).toString("hex"), ...log } });
    return { entry, text, envelope: signed("tactful-head/1\0", text, by), version: JSON.parse(entry).version };
  };
  const addHead = (options) => {
    const made = head(options);
    entries.push(made.entry);
    return made;
  };
  addAuthority();
  const trust = { version: 1, roots: roots.map(({ key }) => key), threshold: 2 };
  return { roots, anna, people, entries, authorities, authority, addAuthority, head, addHead, trust };
}

/** How a head names a pack. */
export function packOf(pack, region = null, language = null) {
  const bytes = pack.bytes ?? pack;
  return { region: pack.region ?? region, language: pack.language ?? language, sha256: hex(bytes), bytes: bytes.length };
}

/** One part of a publication. */
export function frame(kind, ...parts) {
  const bytes = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const header = Buffer.alloc(5);
  header[0] = kind;
  header.writeUInt32LE(bytes.length, 1);
  return Buffer.concat([header, bytes]);
}

/** The body of a publication. */
export function bodyOf({ envelope }, packs = [], deltas = []) {
  const from = ({ to, from, delta }) => frame(3, Buffer.from(to, "hex"), Buffer.from(from, "hex"), delta);
  return Buffer.concat([frame(1, envelope), ...packs.map((pack) => frame(2, pack)), ...deltas.map(from)]);
}
