/**
 * What a shop publishes, as signed documents: who may publish (the authority, signed by offline roots), and what is published
 * (the head, signed by one of the authority's publishers). Nothing is taken from either before its signatures were checked.
 */
import { refuse } from "../errors.js";
import type { Trust } from "../till/keys.js";
import { signersOf } from "../till/signature.js";
import { type Bytes, fromUrl, sha256, toHex, utf8 } from "../till/text.js";
import type { Timestamp } from "../types.js";

export type { Trust } from "../till/keys.js";

/** Longest authority or head, bytes. */
export const LARGEST_DOCUMENT = 65_536;
/** Largest pack or index of regions that a head may name, bytes. */
export const LARGEST_OBJECT = 32 * 1_048_576;
/** Most authorities that are followed in one go. */
export const MOST_STEPS = 1_024;
/** Most offers that a head stops. */
const MOST_STOPPED = 100;
/** Longest that a page waits before it claims, ms. */
const LONGEST_JITTER_MS = 600_000;
const DAY_MS = 86_400_000;
/** A head is good for so long at most: who keeps newer ones back (a freeze) gains no more than that. */
const LONGEST_LIFE_MS = 30 * DAY_MS;

/** What is signed goes behind one of these, so that no signature is taken for one of another kind. */
const AUTHORITY = "tactful-authority/1\0";
const HEAD = "tactful-head/1\0";

/** A key that may publish, from `not_before_ms` until before `not_after_ms`. */
export interface Publisher {
  /** Public key, base64url. */
  key: string;
  name: string;
  not_before_ms: Timestamp;
  not_after_ms: Timestamp;
}

/** Who may publish; `roots` and `threshold` say who signs the next one. */
export interface Authority extends Trust {
  shop: string;
  issued_ms: Timestamp;
  /** Until before when anything is published by it. */
  expires_ms: Timestamp;
  publishers: readonly Publisher[];
  /** SHA-256 of the signed text, hexadecimal. Not a field of the document. */
  sha256: string;
}

/** Something that is fetched by its hash. */
export interface Content {
  /** Hexadecimal. */
  sha256: string;
  bytes: number;
}

/** A pack, with whom it is for; null is for everybody. */
export interface PackOf extends Content {
  region: string | null;
  language: string | null;
}

/** What a device takes: packs, and the index of their regions. */
export interface Taken {
  packs: readonly PackOf[];
  regions: Content | null;
}

/** What a share of the devices takes first. */
export interface Staged extends Taken {
  /** Of a thousand devices. */
  permille: number;
  salt: string;
}

/** What is published. */
export interface Head extends Taken {
  version: number;
  authority: { version: number; sha256: string };
  /** Public key of who published it, base64url. */
  publisher: string;
  issued_ms: Timestamp;
  /** Until before when it is acted on. */
  expires_ms: Timestamp;
  note: string;
  staged: Staged | null;
  /** Ids of offers that no card shows any more. */
  stopped: readonly string[];
  /** A page draws a wait below this before it claims, ms. */
  claims: { jitter_ms: number };
  /** The log of all heads, this one included (RFC 6962). Not a field of the entry. */
  log: { size: number; root: string };
  /** The text that the log has as its leaf. */
  entry: string;
  /** The whole document in one line. */
  envelope: string;
}

interface Envelope {
  signed: string;
  signatures: readonly { key: string; signature: string }[];
}

/** Reads the authority of a version: the one that is trusted itself, or the next. Throws where it does not follow. */
export async function openAuthority(text: string, trust: Trust, version: number): Promise<Authority> {
  const { signed, signatures } = envelopeOf(text, "no-authority");
  const by = async ({ roots, threshold }: Trust) => threshold > 0 && (await signersOf(roots, utf8(AUTHORITY), signed, signatures)).length >= threshold;
  if (!(await by(trust))) throw refuse("untrusted-authority", "", "the authority is not signed by enough of the roots that are trusted");
  const authority = parse(signed) as Authority;
  if (!isAuthority(authority)) throw refuse("no-authority", "", "this is no authority");
  if (!(await by(authority))) throw refuse("unsigned-authority", "", "the authority is not signed by enough of its own roots");
  if (authority.version !== version) throw refuse("not-next", "/version", `the authority has version ${authority.version}, and ${version} comes next`);
  return { ...authority, sha256: await digest(utf8(signed)) };
}

/**
 * Reads a head. Throws where the authority did not publish it, where it is too old or too new, and where it is not above
 * `known`; the same one again is fine.
 */
export async function openHead(text: string, authority: Authority, now: Timestamp, known?: Head): Promise<Head> {
  const head = readHead(text);
  const { version, publisher, issued_ms, expires_ms } = head;
  const by = authority.publishers.find(({ key }) => key === publisher);
  const isBy = head.authority.version === authority.version && head.authority.sha256 === authority.sha256;
  const isTime = by && issued_ms >= by.not_before_ms && issued_ms < by.not_after_ms && now < authority.expires_ms;
  if (!isBy || !isTime) throw refuse("untrusted-head", "/publisher", "the authority lets nobody of this key publish now");
  const { signed, signatures } = envelopeOf(text, "no-head");
  if ((await signersOf([publisher], utf8(HEAD), signed, signatures)).length === 0) throw refuse("untrusted-head", "", "the head is not signed by its publisher");
  if (now >= expires_ms) throw refuse("expired-head", "/expires_ms", "the head is not valid any more");
  if (issued_ms > now + DAY_MS || version > issued_ms / 1_000) throw refuse("early-head", "/issued_ms", "the head comes from the future");
  if (expires_ms <= issued_ms || expires_ms - issued_ms > LONGEST_LIFE_MS) throw refuse("no-head", "/expires_ms", "the head would be valid for more than 30 days");
  if (known && head.entry !== known.entry && !isAfter(head, known)) throw refuse("old-head", "/version", `the head has version ${version}, and version ${known.version} is known already`);
  return head;
}

/** The version is bound to the time, the log's size to nothing: what a thief of a key said of it ends with the authority that let them. */
function isAfter(head: Head, known: Head): boolean {
  return head.version > known.version && (head.log.size > known.log.size || head.authority.version > known.authority.version);
}

/** A pack for a region and a language: one for just these, else for the region, else for the language, else for everybody. */
export function packFor(packs: readonly PackOf[], region: string | null, language: string | null): PackOf | undefined {
  const fits = (pack: PackOf) => (pack.region === region || pack.region === null) && (pack.language === language || pack.language === null);
  const weight = (pack: PackOf) => (pack.region === null ? 0 : 2) + (pack.language === null ? 0 : 1);
  return packs.filter(fits).sort((a, b) => weight(b) - weight(a))[0];
}

/** What a device takes of a head. */
export async function takenBy(device: Bytes, head: Head): Promise<Taken> {
  return head.staged && (await isStaged(head.staged, device)) ? head.staged : head;
}

/** Is a device among the share that takes the staged packs? */
export async function isStaged({ permille, salt }: Staged, device: Bytes): Promise<boolean> {
  const hash = new DataView((await sha256(new Uint8Array([...device, ...utf8(salt)]))).buffer);
  return hash.getUint32(0) % 1_000 < permille;
}

/** SHA-256, hexadecimal. */
export async function digest(bytes: Uint8Array): Promise<string> {
  return toHex(await sha256(bytes as Bytes));
}

/** Reads a head by its form alone: for one that was checked before, or to learn which authority has to check it. */
export function readHead(text: string): Head {
  const { signed, signatures } = envelopeOf(text, "no-head");
  const { entry: own, log } = (parse(signed) ?? {}) as { entry?: string; log?: Head["log"] };
  const entry = typeof own === "string" && (parse(own) as Head | null);
  if (!entry || !isEntry(entry) || !isWhole(log?.size) || !isHash(log?.root)) throw refuse("no-head", "", "this is no head");
  const { note = "", regions = null, staged = null, stopped = [], claims = { jitter_ms: 0 } } = entry;
  return { ...entry, note, regions, staged: staged && { ...staged, regions: staged.regions ?? null }, stopped, claims, log: log!, entry: own!, envelope: JSON.stringify({ signed, signatures }) };
}

function envelopeOf(text: string, code: string): Envelope {
  const envelope = text.length <= LARGEST_DOCUMENT ? (parse(text) as Envelope | null) : undefined;
  const isSignature = (one: Envelope["signatures"][number]) => typeof one?.key === "string" && typeof one.signature === "string";
  const isOne = typeof envelope?.signed === "string" && Array.isArray(envelope.signatures) && envelope.signatures.length <= 64 && envelope.signatures.every(isSignature);
  if (!isOne) throw refuse(code, "", "this is no signed document");
  return envelope;
}

function isAuthority(it: Authority): boolean {
  const isPublisher = (one: Publisher) => isKey(one?.key) && isText(one.name) && isWhole(one.not_before_ms) && isWhole(one.not_after_ms);
  return isText(it?.shop) && [it.version, it.threshold, it.issued_ms, it.expires_ms].every(isWhole) && isList(it.roots, 64, isKey) && isList(it.publishers, 64, isPublisher);
}

function isEntry(it: Head): boolean {
  const isPack = (one: PackOf) => isContent(one) && [one.region, one.language].every((name) => name === null || isText(name));
  const isTaken = ({ packs, regions }: Taken) => isList(packs, 4_096, isPack) && (regions == null || isContent(regions));
  const { staged, stopped, claims, note } = it;
  return (
    [it.version, it.issued_ms, it.expires_ms, it.authority?.version].every(isWhole) && isHash(it.authority?.sha256) && isText(it.publisher) && isTaken(it) &&
    (note === undefined || isText(note)) && (stopped === undefined || isList(stopped, MOST_STOPPED, isText)) &&
    (staged == null || (isWhole(staged.permille) && staged.permille <= 1_000 && isText(staged.salt) && isTaken(staged))) &&
    (claims === undefined || (isWhole(claims?.jitter_ms) && claims.jitter_ms <= LONGEST_JITTER_MS))
  );
}

const isText = (it: unknown): it is string => typeof it === "string" && it.length <= 1_024;
const isWhole = (it: unknown): boolean => Number.isSafeInteger(it) && (it as number) >= 0;
const isHash = (it: unknown): boolean => typeof it === "string" && /^[0-9a-f]{64}$/.test(it);
const isKey = (it: unknown): boolean => isText(it) && fromUrl(it)?.length === 32;
const isContent = (it: Content): boolean => isHash(it?.sha256) && isWhole(it.bytes) && it.bytes <= LARGEST_OBJECT;

function isList<One>(it: unknown, most: number, isOne: (one: One) => boolean): boolean {
  return Array.isArray(it) && it.length <= most && it.every(isOne);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
