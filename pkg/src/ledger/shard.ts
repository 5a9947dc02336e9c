/**
 * One shard: the claims of the people whose hash falls on it, of all coupons, in SQLite.
 *
 * It moves rows. What is asked waits for the next turn; a turn loads what the rules want, lets them decide, writes what they
 * say, all of it in one synchronous transaction; then it answers, and what is for the roots is sent. Nothing that counts is
 * kept in memory, so an object that dies has lost nothing that anybody was told.
 */
import type { Timestamp } from "../types.js";
import { type Namespace, type Told, rootName, tell } from "./objects.js";
import type { Answer, Ask, Found, Grant, Had, Renewal, Rules, Turn, Wanted } from "./rules.js";
import { toHex } from "../till/text.js";
import { Busy, type TurnHost, turns } from "./turns.js";

/** A value that SQLite keeps. */
type Cell = string | number | null;

/** As much of a Durable Object's storage as is used here. */
export interface Storage {
  sql: { exec(query: string, ...values: Cell[]): { toArray(): unknown[] } };
  transactionSync<T>(work: () => T): T;
  setAlarm(at: Timestamp): Promise<void>;
}

/** What a shard needs besides its storage. */
export interface ShardHost {
  rules: Rules;
  /** The coupons that there are. */
  coupons: ReadonlySet<string>;
  root: Namespace;
  now: () => Timestamp;
  onError: (error: unknown) => void;
  /** How turns are made; for benchmarks and for tests that break them. */
  turns?: Pick<TurnHost<Ask, Answer>, "group" | "most" | "later"> | undefined;
}

/** Claims that one alarm looks at; where more are due, the next alarm is at once. */
const DUE_AT_ONCE = 256;
/** An alarm comes no sooner than after so long, ms. */
const LEAST_WAIT = 1_000;
/** Drawing a serial that is taken: as likely as nothing, so a few tries are enough. */
const TRIES = 3;

/** The tables. A claim is found by key and by serial, counted by person, and looked at when its alarm comes. */
export const TABLES = [
  "CREATE TABLE IF NOT EXISTS claim (serial TEXT NOT NULL UNIQUE, key TEXT NOT NULL UNIQUE, person TEXT NOT NULL, alarm INTEGER, text TEXT NOT NULL)",
  "CREATE INDEX IF NOT EXISTS claim_person ON claim (person)",
  "CREATE INDEX IF NOT EXISTS claim_alarm ON claim (alarm) WHERE alarm IS NOT NULL",
  "CREATE TABLE IF NOT EXISTS account (coupon TEXT PRIMARY KEY, alarm INTEGER, text TEXT NOT NULL) WITHOUT ROWID",
  "CREATE TABLE IF NOT EXISTS till (till TEXT PRIMARY KEY, forgiven INTEGER NOT NULL) WITHOUT ROWID",
  "CREATE TABLE IF NOT EXISTS turn (id INTEGER PRIMARY KEY CHECK (id = 0), count INTEGER NOT NULL)",
  "INSERT OR IGNORE INTO turn VALUES (0, 0)",
] as const;

/** A shard over its storage. */
export class Shard {
  readonly #storage: Storage;
  readonly #host: ShardHost;
  readonly #take: (ask: Ask) => Promise<Answer>;
  /** Answers of roots that are on their way, by coupon; asked for again where an object has died in between. */
  readonly #away = new Map<string, Promise<void>>();
  /** What the turn that was decided last has for roots. */
  #outbox: readonly Renewal[] = [];
  /** The alarm that this instance has set, so that it is not set anew with each turn. */
  #alarm: Timestamp | undefined;

  constructor(storage: Storage, host: ShardHost) {
    this.#storage = storage;
    this.#host = host;
    for (const table of TABLES) storage.sql.exec(table);
    this.#take = turns<Ask, Answer>({ storage, decide: (asks) => this.#decide(asks), after: () => this.#written(), again: (ask) => this.#lent(ask), ...host.turns });
  }

  /** Asks or tells it something; resolves when that was written. */
  async take(ask: Ask): Promise<Answer> {
    // What was given before the coupon was withdrawn is answered as ever; but a name that means nothing leaves no row.
    if (ask.kind === "claim" && !this.#host.coupons.has(ask.coupon) && this.#rows("SELECT 1 FROM claim WHERE key = ?", ask.key).length === 0) {
      return { kind: "refused", reason: "unknown_coupon" };
    }
    for (let tried = 1; ; tried++) {
      const answer = await this.#take(ask.kind === "claim" ? { ...ask, chance: toHex(crypto.getRandomValues(new Uint8Array(9))) } : ask);
      if (answer.kind !== "refused" || answer.reason !== "clash") return answer;
      if (tried === TRIES) throw new Busy("no serial was free");
    }
  }

  /** What is kept of a coupon, as it was written last. */
  account(coupon: string): string | undefined {
    return this.#rows<{ text: string }>("SELECT text FROM account WHERE coupon = ?", coupon)[0]?.text;
  }

  /** Does what is due: as often as it is called, and however late. */
  async alarm(): Promise<void> {
    this.#alarm = undefined;
    const now = this.#host.now();
    const due = this.#rows<{ serial: string }>("SELECT serial FROM claim WHERE alarm <= ? ORDER BY alarm LIMIT ?", now, DUE_AT_ONCE);
    const accounts = this.#rows<{ coupon: string }>("SELECT coupon FROM account WHERE alarm <= ?", now);
    await Promise.all([
      ...due.map(({ serial }) => this.#take({ kind: "expire", serial })),
      ...accounts.map(({ coupon }) => this.#take({ kind: "renew", coupon })),
    ]);
    this.#wake(now);
  }

  /** One turn, inside a transaction. Nothing in it waits. */
  #decide(asks: readonly Ask[]): (Answer | undefined)[] {
    const { rules } = this.#host;
    const now = this.#host.now();
    this.#outbox = [];
    // Every turn writes, also one that refuses: so an object that was replaced finds out, and a code that was never given
    // takes as long as one that is spent.
    this.#storage.sql.exec("UPDATE turn SET count = count + 1");
    const found = this.#load(rules.wanted(asks, now));
    const turn = rules.turn(asks, found, now);
    this.#write(turn, found);
    this.#outbox = turn.renewals;
    return turn.answers.map((answer) => (answer.kind === "wait" ? undefined : answer));
  }

  #load({ keys, serials, persons, accounts, tills }: Wanted): Found {
    const found: Found = { keys: {}, serials: {}, persons: {}, accounts: {}, tills: {} };
    const coupons = new Set(accounts);
    const claim = (column: "key" | "serial", name: string) => {
      const [row] = this.#rows<{ person: string; text: string }>(`SELECT person, text FROM claim WHERE ${column} = ?`, name);
      if (row) coupons.add(couponOf(row.person));
      return row?.text ?? null;
    };
    for (const key of keys) found.keys[key] = claim("key", key);
    for (const serial of serials) found.serials[serial] = claim("serial", serial);
    for (const person of persons) {
      [found.persons[person]] = this.#rows<Had>("SELECT COUNT(*) AS count, MIN(alarm) AS due FROM claim WHERE person = ? AND text ->> '$.state.kind' <> 'expired'", person) as [Had];
    }
    for (const coupon of coupons) found.accounts[coupon] = this.account(coupon) ?? null;
    for (const till of tills) found.tills[till] = this.#rows<{ forgiven: Timestamp }>("SELECT forgiven FROM till WHERE till = ?", till)[0]?.forgiven ?? null;
    return found;
  }

  #write({ insert, update, accounts, tills }: Turn, found: Found): void {
    const { sql } = this.#storage;
    // A serial or key that is there already throws, and with it the whole turn.
    for (const { serial, key, coupon, person, alarm, text } of insert) sql.exec("INSERT INTO claim VALUES (?, ?, ?, ?, ?)", serial, key, `${coupon} ${person}`, alarm, text);
    // What was looked at and refused is as it was: that it is there must not show in the time it takes.
    const changed = update.filter(({ serial, text }) => found.serials[serial] !== text);
    for (const { serial, alarm, text } of changed) sql.exec("UPDATE claim SET alarm = ?, text = ? WHERE serial = ?", alarm, text, serial);
    for (const { coupon, alarm, text } of accounts) {
      sql.exec("INSERT INTO account VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET alarm = excluded.alarm, text = excluded.text", coupon, alarm, text);
    }
    for (const [till, forgiven] of Object.entries(tills)) sql.exec("INSERT INTO till VALUES (?, ?) ON CONFLICT DO UPDATE SET forgiven = excluded.forgiven", till, forgiven);
  }

  /** After a turn was written: what is for roots is sent, and the alarm set. */
  #written(): void {
    for (const renewal of this.#outbox) this.#send(renewal);
    this.#outbox = [];
    this.#wake(this.#host.now());
  }

  /** Sets the alarm to what is due first, unless it is set to that. */
  #wake(now: Timestamp): void {
    const [first] = this.#rows<{ at: number | null }>("SELECT MIN(at) AS at FROM (SELECT MIN(alarm) AS at FROM claim WHERE alarm IS NOT NULL UNION ALL SELECT MIN(alarm) FROM account)");
    if (first?.at == null) return;
    // What is due already waits for a moment, so that an alarm that cannot do its work does not come without end.
    const at = Math.max(first.at, now + LEAST_WAIT);
    if (this.#alarm !== undefined && this.#alarm > now && this.#alarm <= at) return;
    this.#alarm = at;
    void this.#storage.setAlarm(at);
  }

  /** Sends what a turn has for a root, and takes in the answer. What fails is sent again by the alarm. */
  #send(renewal: Renewal): void {
    const { coupon } = renewal;
    const answered = tell<Grant>(this.#host.root, rootName(coupon), { op: "renew", coupon, renewal })
      .then((grant) => this.#now({ kind: "granted", coupon, grant }))
      .finally(() => {
        if (this.#away.get(coupon) === answered) this.#away.delete(coupon);
      });
    answered.catch(this.#host.onError);
    this.#away.set(coupon, answered);
  }

  /** Waits for the answer of a root that a claim waits for; where none is on its way, what was asked for is sent again. */
  async #lent(ask: Ask): Promise<void> {
    if (!("coupon" in ask)) return;
    if (!this.#away.has(ask.coupon)) this.#now({ kind: "renew", coupon: ask.coupon });
    await this.#away.get(ask.coupon)?.catch(() => {
      throw new Busy("the root does not answer");
    });
  }

  /** A turn of its own, at once. */
  #now(ask: Ask): void {
    this.#storage.transactionSync(() => this.#decide([ask]));
    this.#written();
  }

  #rows<Row>(query: string, ...values: Cell[]): Row[] {
    return this.#storage.sql.exec(query, ...values).toArray() as Row[];
  }
}

/** The coupon of a person as the rules name one: the id, a space, and 22 letters. */
function couponOf(person: string): string {
  return person.slice(0, -23);
}

/** What an answer is to the handler. */
export function toldOf(answer: Answer): Told<Answer> {
  if (answer.kind !== "refused" && answer.kind !== "rejected") return { value: answer };
  const { reason, until, by, at } = answer;
  // A clash was drawn again before.
  if (reason === "clash") return { reason: "busy" };
  return { reason, saying: { ...(until != null && { until }), ...(by && at !== undefined && { first: { ...by, at } }) } };
}
