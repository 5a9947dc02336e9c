/** What a publication holds, in SQLite: rows of at most 1 MB, and everything of one publication in one transaction. */
import { refuse } from "../errors.js";
import type { Bytes } from "../till/text.js";
import type { Content, Head } from "./documents.js";
import type { Held } from "./follow.js";

/** As much of a Durable Object's storage as is used here. */
export interface Storage {
  sql: { exec(query: string, ...values: (string | number | ArrayBuffer | null)[]): { toArray(): unknown[] } };
  transactionSync<T>(work: () => T): T;
  setAlarm(at: number): Promise<void>;
}

/** Largest part of a pack in one row, bytes. */
const PART = 1_048_576;
/** So many heads can be gone back to from devices that slept: their packs and deltas stay. */
const KEPT_HEADS = 8;

/** A delta with what it makes and what it is made from. */
export interface Delta {
  to: string;
  from: string;
  bytes: Bytes;
}

/** The tables of a publication. */
export interface Store {
  authority(version?: number): string | undefined;
  /** Adds the next authority; throws where another came in between. */
  addAuthority(version: number, envelope: string): void;
  /** The newest head: its document, and the complete subtrees of the log up to it, hexadecimal. */
  newest(): { envelope: string; size: number; subtrees: string } | undefined;
  entries(from: number, most: number): string[];
  /** A pack, an index, or a delta by `to/from`. */
  bytes(name: string): Bytes | undefined;
  /** Puts all of a publication down, or nothing; throws where another came in between. */
  publish(head: Head, subtrees: string, contents: readonly Held[], deltas: readonly Delta[]): void;
}

/** Opens the tables. */
export function openStore({ sql, transactionSync }: Pick<Storage, "sql"> & { transactionSync: Storage["transactionSync"] }): Store {
  sql.exec("CREATE TABLE IF NOT EXISTS authority (version INTEGER PRIMARY KEY, envelope TEXT NOT NULL)");
  sql.exec("CREATE TABLE IF NOT EXISTS head (size INTEGER PRIMARY KEY, version INTEGER NOT NULL UNIQUE, entry TEXT NOT NULL, envelope TEXT NOT NULL, subtrees TEXT NOT NULL)");
  sql.exec("CREATE TABLE IF NOT EXISTS part (name TEXT NOT NULL, number INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (name, number)) WITHOUT ROWID");
  /** Which head needs which name; what no kept head needs goes. */
  sql.exec("CREATE TABLE IF NOT EXISTS needed (size INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (size, name)) WITHOUT ROWID");
  const rows = <Row>(query: string, ...values: (string | number)[]): Row[] => sql.exec(query, ...values).toArray() as Row[];
  const put = (name: string, bytes: Uint8Array): void => {
    sql.exec("DELETE FROM part WHERE name = ?", name);
    for (let number = 0; number * PART < bytes.length || number === 0; number++) {
      sql.exec("INSERT INTO part VALUES (?, ?, ?)", name, number, bytes.slice(number * PART, (number + 1) * PART).buffer as ArrayBuffer);
    }
  };
  return {
    authority: (version) => {
      const [row] = rows<{ envelope: string }>(`SELECT envelope FROM authority ${version === undefined ? "" : `WHERE version = ${version} `}ORDER BY version DESC LIMIT 1`);
      return row?.envelope;
    },
    addAuthority: (version, envelope) => {
      if (rows("SELECT 1 FROM authority WHERE version >= ?", version).length > 0) throw notNext();
      sql.exec("INSERT INTO authority VALUES (?, ?)", version, envelope);
    },
    newest: () => rows<{ envelope: string; size: number; subtrees: string }>("SELECT envelope, size, subtrees FROM head ORDER BY size DESC LIMIT 1")[0],
    entries: (from, most) => rows<{ entry: string }>("SELECT entry FROM head WHERE size > ? ORDER BY size LIMIT ?", from, most).map(({ entry }) => entry),
    bytes: (name) => {
      const parts = rows<{ bytes: ArrayBuffer }>("SELECT bytes FROM part WHERE name = ? ORDER BY number", name).map(({ bytes }) => new Uint8Array(bytes));
      if (parts.length <= 1) return parts[0];
      const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
      parts.forEach((part, number) => whole.set(part, number * PART));
      return whole;
    },
    publish: (head, subtrees, contents, deltas) => transactionSync(() => {
      const { size } = head.log;
      const isNext = rows("SELECT 1 FROM head WHERE size >= ? OR version >= ? UNION SELECT 1 FROM authority WHERE version > ?", size, head.version, head.authority.version).length === 0;
      if (!isNext) throw notNext();
      sql.exec("INSERT INTO head VALUES (?, ?, ?, ?, ?)", size, head.version, head.entry, head.envelope, subtrees);
      for (const { sha256, bytes } of contents) put(sha256, bytes);
      for (const { to, from, bytes } of deltas) put(`${to}/${from}`, bytes);
      for (const { sha256 } of contentsOf(head)) sql.exec("INSERT OR IGNORE INTO needed VALUES (?, ?)", size, sha256);
      sql.exec("DELETE FROM needed WHERE size <= ?", size - KEPT_HEADS);
      sql.exec("DELETE FROM part WHERE substr(name, 1, 64) NOT IN (SELECT name FROM needed)");
    }),
  };
}

function notNext(): Error {
  return refuse("not-next", "", "somebody else published at the same moment; read what they did, and publish again");
}

/** Everything that a head names by its hash. */
export function contentsOf(head: Head): Content[] {
  return [head, ...(head.staged ? [head.staged] : [])].flatMap(({ packs, regions }) => [...packs, ...(regions ? [regions] : [])]);
}
