/** The topics of a shop, in the tables of one Durable Object. Knows nothing of requests, tokens and keys; every function is one turn. */
import { refuse } from "../errors.js";
import type { Language, Timestamp } from "../types.js";
import { alike, wordsOf } from "./alike.js";
import type { Storage } from "./storage.js";
import { type Alike, type Answered, type Both, type Change, type Inbox, KINDS, type PublicTopic, STATES, type Said, type Topic, type TopicState } from "./topics.js";

/** Most topics that are kept, that everybody is shown, whose answers are told, and that are merged into one. */
const [MOST, MOST_PUBLIC, MOST_ANSWERED, MOST_MERGED] = [200_000, 100, 1_000, 500];
/** Topics of a page of the inbox or an export, and how many like one are suggested, from which likeness. */
const [PAGE, SUGGESTED, LEAST_ALIKE] = [50, 5, 0.25];
/** How long a topic is kept, ms. */
export const KEPT_MS = 730 * 86_400_000;
/** How long a care case may be open after it was said, ms: 90 days, and one for clocks that are wrong. */
const CASE_MS = 91 * 86_400_000;
const [HOUR_MS, LANGUAGES] = [3_600_000, ["de", "en"]] as const;

interface Row {
  id: string; kind: Topic["kind"]; text: string; language: Language; about: string | null; state: TopicState;
  answer_de: string | null; answer_en: string | null; reason_de: string | null; reason_en: string | null;
  own: number; votes: number; said_ms: Timestamp; public: number; hidden: Topic["hidden"] | null; joined: string | null; merged: string | null;
}

/** What the inbox is asked for. */
export interface Sought { state?: string; kind?: string; show?: string; text?: string; into?: string; after?: string; most?: number }

/** A topic with its group: the votes of all, the ids of the others. */
const SELECT = `SELECT t.*, t.own + COALESCE((SELECT SUM(own) FROM topic m WHERE m.joined = t.id), 0) AS votes,
  (SELECT group_concat(id, ' ') FROM topic m WHERE m.joined = t.id) AS merged FROM topic t`;

export class Book {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
    const { sql } = storage;
    // NOTE: kept in the order of the ids, which are drawn by chance; with the hour, nothing tells what was said after what.
    sql.exec(`CREATE TABLE IF NOT EXISTS topic (id TEXT PRIMARY KEY, kind TEXT NOT NULL, text TEXT NOT NULL, language TEXT NOT NULL, about TEXT,
      state TEXT NOT NULL DEFAULT 'heard', answer_de TEXT, answer_en TEXT, reason_de TEXT, reason_en TEXT, own INTEGER NOT NULL DEFAULT 1,
      said_ms INTEGER NOT NULL, public INTEGER NOT NULL DEFAULT 0, hidden TEXT, joined TEXT) WITHOUT ROWID`);
    sql.exec("CREATE INDEX IF NOT EXISTS topic_joined ON topic (joined)");
    sql.exec("CREATE INDEX IF NOT EXISTS topic_said ON topic (said_ms, id)");
    sql.exec("CREATE TABLE IF NOT EXISTS edition (number INTEGER NOT NULL)");
    sql.exec("INSERT INTO edition SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM edition)");
  }

  /** Grows with everything that everybody may read. */
  get edition(): number {
    return this.#rows<{ number: number }>("SELECT number FROM edition")[0]?.number ?? 0;
  }

  /** Whether this was said before; throws where the id has other words. */
  has({ id, kind, text, language, about }: Said): boolean {
    const row = this.#row(id);
    if (row && (row.kind !== kind || row.text !== text || row.language !== language || (row.about ?? undefined) !== about)) throw refuse("taken", "/id", "this id has other words; draw a new one");
    return row !== undefined;
  }

  /** Keeps what was said. */
  say({ id, kind, text, language, about }: Said, now: Timestamp): void {
    const [{ count }] = this.#rows<{ count: number }>("SELECT COUNT(*) AS count FROM topic") as [{ count: number }];
    if (count >= MOST) throw refuse("full", "", "the shop keeps no more topics; export and wait until old ones are forgotten");
    this.#rows("INSERT INTO topic (id, kind, text, language, about, said_ms) VALUES (?, ?, ?, ?, ?, ?)", id, kind, text, language, about ?? null, Math.floor(now / HOUR_MS) * HOUR_MS);
  }

  /** Counts a vote for a topic that everybody may see, or that was merged into one. */
  vote(id: string): void {
    const row = this.#row(id);
    const shown = row?.joined ? this.#row(row.joined) : row;
    if (!shown?.public) throw refuse("unknown-topic", "", "there is no such topic to vote for");
    this.#rows("UPDATE topic SET own = own + 1 WHERE id = ?", id);
    this.#turn();
  }

  /** What everybody may read, most wanted first. */
  shown(): PublicTopic[] {
    return this.#rows<Row>(`${SELECT} WHERE t.joined IS NULL AND t.public = 1 ORDER BY votes DESC, t.id LIMIT ${MOST_PUBLIC}`).map(toPublic);
  }

  /** What the shop has done, without anybody's words, as far as it has. */
  answers(): Answered[] {
    const answered = "t.state <> 'heard' OR t.answer_de IS NOT NULL OR t.answer_en IS NOT NULL OR t.hidden IS NOT NULL";
    return this.#rows<Row>(`${SELECT} WHERE t.joined IS NULL AND (${answered}) ORDER BY t.said_ms DESC, t.id LIMIT ${MOST_ANSWERED}`).map((row) => {
      const { id, kind, state, answer, reason, about, hidden, merged = [] } = toTopic(row);
      const languages = LANGUAGES.filter((language) => answer?.[language] ?? reason?.[language]);
      return { ids: [id, ...merged], kind, state, ...(answer && { answer }), ...(reason && { reason }), ...(about && { about }), ...(hidden && { hidden }), languages };
    });
  }

  /** Ids of questions and complaints that the shop has answered, merged ones too, the newest first: as long as a care case of theirs may be open. */
  answered(now: Timestamp): string[] {
    return this.#rows<{ id: string }>(
      `SELECT t.id FROM topic t JOIN topic main ON main.id = COALESCE(t.joined, t.id)
        WHERE t.said_ms > ? AND t.kind <> 'wish' AND (main.state IN ('done', 'not_possible') OR main.answer_de IS NOT NULL OR main.answer_en IS NOT NULL)
        ORDER BY t.said_ms DESC, t.id LIMIT ${MOST_ANSWERED}`,
      now - CASE_MS,
    ).map(({ id }) => id);
  }

  /** A page of what the shop reads, newest first, without what is merged or with `into` only that; capital letters do not matter. */
  inbox({ state, kind, show, text, into, after, most = PAGE }: Sought): Inbox {
    const [said, id] = /^(\d{1,16})\.([\w-]{22})$/.exec(after ?? "")?.slice(1) ?? [];
    const wheres: [string, ...(string | number)[]][] = [into ? ["t.joined = ?", into] : ["t.joined IS NULL"]];
    if (STATES.includes(state as TopicState)) wheres.push(["t.state = ?", state!]);
    if (KINDS.includes(kind as Topic["kind"])) wheres.push(["t.kind = ?", kind!]);
    if (show === "public") wheres.push(["t.public = 1"]);
    if (show === "new") wheres.push(["t.public = 0 AND t.hidden IS NULL"]);
    if (show === "hidden") wheres.push(["t.hidden IS NOT NULL"]);
    if (text) wheres.push(["instr(lower(t.text), lower(?)) > 0", text]);
    if (id) wheres.push(["(t.said_ms, t.id) < (?, ?)", Number(said), id]);
    const rows = this.#rows<Row>(`${SELECT} WHERE ${wheres.map(([where]) => where).join(" AND ")} ORDER BY t.said_ms DESC, t.id DESC LIMIT ${most + 1}`, ...wheres.flatMap(([, ...values]) => values));
    const page = rows.slice(0, most);
    const last = page.at(-1);
    return { topics: page.map(toTopic), ...(rows.length > most && last && { next: `${last.said_ms}.${last.id}` }), counts: this.#counts() };
  }

  /** So many topics in the order of their ids, after one, merged ones too. */
  exported(after: string, most: number): Topic[] {
    return this.#rows<Row>(`${SELECT} WHERE t.id > ? ORDER BY t.id LIMIT ?`, after, most).map(toTopic);
  }

  /** One topic of the shop's; throws where there is none. */
  topic(id: string): Topic {
    const [row] = this.#rows<Row>(`${SELECT} WHERE t.id = ?`, id);
    if (!row) throw refuse("unknown-topic", "", "there is no such topic");
    return toTopic(row);
  }

  change(id: string, { state, answer, reason, public: shown, hidden }: Change): Topic {
    const before = this.topic(id);
    if (before.into) throw refuse("merged", "", `the topic was merged into ${before.into}; change that one`);
    const next = { state: state ?? before.state, answer: { ...before.answer, ...answer }, reason: { ...before.reason, ...reason }, hidden: hidden === undefined ? before.hidden : hidden };
    if (next.state === "not_possible" && !next.reason.de && !next.reason.en) throw refuse("no-reason", "/reason", "say why it is not possible, in German or English");
    const open = !next.hidden && (shown ?? before.public);
    if (shown && next.hidden) throw refuse("hidden", "/public", "the topic is hidden; show it again first");
    this.#rows(
      "UPDATE topic SET state = ?, answer_de = ?, answer_en = ?, reason_de = ?, reason_en = ?, public = ?, hidden = ? WHERE id = ?",
      next.state, next.answer.de ?? null, next.answer.en ?? null, next.reason.de ?? null, next.reason.en ?? null, open ? 1 : 0, next.hidden ?? null, id,
    );
    this.#turn();
    return this.topic(id);
  }

  /** Makes one topic and those merged into it part of another, or with `null` a topic of its own again. */
  merge(id: string, into: string | null): Topic {
    const topic = this.topic(id);
    if (into === null) this.#rows("UPDATE topic SET joined = NULL WHERE id = ?", id);
    else {
      const target = this.topic(into);
      if (target.into || into === id) throw refuse("merged", "/into", "merge into a topic that is not merged itself");
      if (target.kind !== topic.kind) throw refuse("other-kind", "/into", `a ${topic.kind} is not merged into a ${target.kind}`);
      if ((topic.merged?.length ?? 0) + (target.merged?.length ?? 0) + 1 > MOST_MERGED) throw refuse("too-many", "/into", `a topic has at most ${MOST_MERGED} merged into it`);
      this.#rows("UPDATE topic SET joined = ? WHERE id = ? OR joined = ?", into, id, id);
    }
    this.#turn();
    return this.topic(into ?? id);
  }

  /** Topics of the same kind with the same words, most alike first. */
  alike(id: string): Alike[] {
    const { text, kind } = this.topic(id);
    const words = wordsOf(text);
    const others = this.#rows<Row>(`${SELECT} WHERE t.joined IS NULL AND t.kind = ? AND t.id <> ? ORDER BY t.said_ms DESC LIMIT 5000`, kind, id);
    const known = others.map(({ id, text, votes, state }) => ({ id, text, votes, state, alike: alike(words, wordsOf(text)) }));
    return known.filter((one) => one.alike >= LEAST_ALIKE).sort((a, b) => b.alike - a.alike || b.votes - a.votes).slice(0, SUGGESTED);
  }

  /** Forgets what was said too long ago; who was merged into it is a topic of its own again. */
  tidy(now: Timestamp): void {
    const gone = this.#storage.sql.exec("DELETE FROM topic WHERE said_ms < ?", now - KEPT_MS).rowsWritten;
    if (gone === 0) return;
    this.#rows("UPDATE topic SET joined = NULL WHERE joined IS NOT NULL AND joined NOT IN (SELECT id FROM topic)");
    this.#turn();
  }

  #counts(): Record<TopicState, number> {
    const counts = this.#rows<{ state: TopicState; count: number }>("SELECT state, COUNT(*) AS count FROM topic WHERE joined IS NULL GROUP BY state");
    return Object.fromEntries(STATES.map((state) => [state, counts.find((one) => one.state === state)?.count ?? 0])) as Record<TopicState, number>;
  }

  #row(id: string): Row | undefined {
    return this.#rows<Row>("SELECT * FROM topic WHERE id = ?", id)[0];
  }

  #turn(): void {
    this.#rows("UPDATE edition SET number = number + 1");
  }

  #rows<R>(query: string, ...values: (string | number | null)[]): R[] {
    return this.#storage.sql.exec(query, ...values).toArray() as R[];
  }
}

function toPublic({ id, kind, text, language, about, state, answer_de, answer_en, reason_de, reason_en, votes, said_ms }: Row): PublicTopic {
  const [answer, reason] = [both(answer_de, answer_en), both(reason_de, reason_en)];
  return { id, kind, text, language, ...(about !== null && { about }), state, ...(answer && { answer }), ...(reason && { reason }), votes, said_ms };
}

function toTopic(row: Row): Topic {
  const { public: shown, hidden, joined, merged } = row;
  return { ...toPublic(row), public: shown === 1, ...(hidden && { hidden }), ...(joined && { into: joined }), ...(merged && { merged: merged.split(" ") }) };
}

function both(de: string | null, en: string | null): Both | undefined {
  return de === null && en === null ? undefined : { ...(de !== null && { de }), ...(en !== null && { en }) };
}
