/**
 * One shard: the claims of the people whose hash falls on it, of all coupons, in SQLite.
 *
 * It moves rows. What is asked waits for the next turn; a turn loads what the rules want, lets them decide, writes what they
 * say, all of it in one synchronous transaction; then it answers, and what is for the roots is sent. Nothing that counts is
 * kept in memory, so an object that dies has lost nothing that anybody was told.
 */
import type { Timestamp } from "../types.js";
import { type Namespace, type Told, rootName, tell } from "./objects.js";
import type { Answer, Ask, Found, Grant, Renewal, Rules } from "./rules.js";
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

/**
 * The tables. A claim is found by its serial and by its person and key, counted by person, and looked at when its alarm comes.
 * Serial, person and key are numbers that the rules make of what the text says.
 */
const CLAIM = "CREATE TABLE claim (serial INTEGER NOT NULL UNIQUE, person INTEGER NOT NULL, key INTEGER NOT NULL, alarm INTEGER, text TEXT NOT NULL, UNIQUE (person, key))";
const TABLES = [
  "CREATE INDEX IF NOT EXISTS claim_alarm ON claim (alarm) WHERE alarm IS NOT NULL",
  "CREATE TABLE IF NOT EXISTS account (coupon TEXT PRIMARY KEY, alarm INTEGER, text TEXT NOT NULL) WITHOUT ROWID",
  "CREATE TABLE IF NOT EXISTS till (till TEXT PRIMARY KEY, forgiven INTEGER NOT NULL) WITHOUT ROWID",
  "CREATE TABLE IF NOT EXISTS turn (id INTEGER PRIMARY KEY CHECK (id = 0), count INTEGER NOT NULL)",
  "INSERT OR IGNORE INTO turn VALUES (0, 0)",
] as const;

/** What a turn wants (`?1`), by its places; of an account also those of coupons that were found (`?2`). */
const WANTED = {
  keys: "SELECT wanted.key AS place, text FROM json_each(?1, '$.keys') AS wanted CROSS JOIN claim ON person = wanted.value ->> 0 AND claim.key = wanted.value ->> 1",
  serials: "SELECT wanted.key AS place, text FROM json_each(?1, '$.serials') AS wanted CROSS JOIN claim ON serial = wanted.value",
  persons: `SELECT wanted.key AS place, COUNT(*) AS count, MIN(alarm) AS due FROM json_each(?1, '$.persons') AS wanted CROSS JOIN claim ON person = wanted.value ->> 0
    WHERE (text ->> '$.coupon') || ' ' || (text ->> '$.person') = wanted.value ->> 1 AND text ->> '$.state.kind' <> 'expired' GROUP BY place`,
  accounts: `SELECT wanted.value AS coupon, text FROM (SELECT value FROM json_each(?1, '$.accounts') UNION SELECT value FROM json_each(?2)) AS wanted
    LEFT JOIN account ON account.coupon = wanted.value`,
  tills: "SELECT wanted.key AS place, forgiven FROM json_each(?1, '$.tills') AS wanted CROSS JOIN till ON till = wanted.value",
} as const;

/** Writes the rows of a turn (`?1`). A serial or key that is there already throws, and with it the whole turn. */
const WRITE = {
  insert: "INSERT INTO claim SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?1, '$.insert')",
  // What stays as it was is not written: that it is there must not show in the time it takes.
  update: "UPDATE claim SET alarm = changed.value ->> 1, text = changed.value ->> 2 FROM json_each(?1, '$.update') AS changed WHERE serial = changed.value ->> 0 AND text <> changed.value ->> 2",
  accounts: "INSERT INTO account SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?1, '$.accounts') WHERE true ON CONFLICT DO UPDATE SET alarm = excluded.alarm, text = excluded.text",
  tills: "INSERT INTO till SELECT value ->> 0, value ->> 1 FROM json_each(?1, '$.tills') WHERE true ON CONFLICT DO UPDATE SET forgiven = excluded.forgiven",
} as const;

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
    this.#open();
    this.#take = turns<Ask, Answer>({ storage, decide: (asks) => this.#decide(asks), after: () => this.#written(), again: (ask) => this.#lent(ask), ...host.turns });
  }

  /** Makes the tables that are missing. Rows of another form are refused: they would be looked for in vain, and given again. */
  #open(): void {
    const [kept] = this.#rows<{ sql: string }>("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'claim'");
    if (kept && kept.sql !== CLAIM) throw new Error("the claims of this shard were kept by an older Tactful, whose rows this one cannot find: go on with that one until its coupons are over, and begin with new objects");
    for (const table of [...(kept ? [] : [CLAIM]), ...TABLES]) this.#storage.sql.exec(table);
  }

  /** Asks or tells it something; resolves when that was written. */
  async take(ask: Ask): Promise<Answer> {
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
    const due = this.#rows<{ serial: string }>("SELECT text ->> '$.serial' AS serial FROM claim WHERE alarm <= ? ORDER BY alarm LIMIT ?", now, DUE_AT_ONCE);
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
    const turn = rules.turn(found, now);
    this.#write(turn.rows);
    this.#outbox = turn.renewals;
    return turn.answers.map((answer) => (answer.kind === "wait" ? undefined : answer));
  }

  #load(wanted: string): Found {
    const keys = this.#rows<Found["keys"][0]>(WANTED.keys, wanted);
    const serials = this.#rows<Found["serials"][0]>(WANTED.serials, wanted);
    const persons = this.#rows<Found["persons"][0]>(WANTED.persons, wanted);
    const coupons = [...keys, ...serials].map(({ text }) => (JSON.parse(text) as { coupon: string }).coupon);
    const accounts = this.#rows<Found["accounts"][0]>(WANTED.accounts, wanted, JSON.stringify(coupons));
    return { keys, serials, persons, accounts, tills: this.#rows(WANTED.tills, wanted) };
  }

  #write(rows: string): void {
    this.#rows(WRITE.insert, rows);
    this.#rows(WRITE.update, rows);
    this.#rows(WRITE.accounts, rows);
    this.#rows(WRITE.tills, rows);
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

/** What an answer is to the handler. */
export function toldOf(answer: Answer): Told<Answer> {
  if (answer.kind !== "refused" && answer.kind !== "rejected") return { value: answer };
  const { reason, until, by, at } = answer;
  // A clash was drawn again before.
  if (reason === "clash") return { reason: "busy" };
  return { reason, saying: { ...(until != null && { until }), ...(by && at !== undefined && { first: { ...by, at } }) } };
}
