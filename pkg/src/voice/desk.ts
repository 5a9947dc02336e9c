/** The Durable Object with SQLite that keeps what shoppers say, what the shop does about it, and what it runs out of. The time comes with every request. */
import { TactfulError, refuse } from "../errors.js";
import { problem } from "../edge/http.js";
import { fromUrl, toUrl } from "../till/text.js";
import type { Timestamp } from "../types.js";
import { Book, type Sought } from "./book.js";
import { type Allowance, Issuer } from "./issuer.js";
import type { Storage } from "./storage.js";
import type { Supply, ToldSupply } from "./supply.js";
import type { Change, Said } from "./topics.js";

/** What the handler asks for; shapes were checked at the door. */
export type Ask = { now: Timestamp } & (
  | { ask: "directory" }
  | { ask: "issue"; request: string; network: string; allowance: Allowance }
  | { ask: "say"; said: Said; token: string; issuer: string }
  | { ask: "vote"; id: string; token: string; issuer: string }
  | { ask: "shown" | "answers" | "answered" }
  | { ask: "inbox"; sought: Sought }
  | { ask: "export"; after: string; most: number }
  | { ask: "change"; id: string; change: Change }
  | { ask: "merge"; id: string; into: string | null }
  | { ask: "alike"; id: string }
  | { ask: "supply" }
  | { ask: "supplied"; report: Supply }
);

const DAY_MS = 86_400_000;
/** The answer's status for what was refused; 400 for the rest. */
const STATUS: Record<string, number> = { "wrong-token": 401, spent: 409, taken: 409, merged: 409, hidden: 409, "other-kind": 409, "unknown-topic": 404, "too-many": 429, full: 503 };

/** The Durable Object of all topics of one shop. */
export class VoiceDesk {
  readonly #storage: Storage;
  readonly #issuer: Issuer;
  readonly #book: Book;
  #tidied = -1;

  constructor({ storage }: { storage: Storage }) {
    this.#storage = storage;
    this.#issuer = new Issuer(storage);
    this.#book = new Book(storage);
    storage.sql.exec("CREATE TABLE IF NOT EXISTS supply (report TEXT NOT NULL, told_ms INTEGER NOT NULL)");
  }

  async fetch(request: Request): Promise<Response> {
    const ask = (await request.json()) as Ask;
    try {
      await this.#tidy(ask.now);
      const [status, body] = await this.#answer(ask);
      return Response.json(body, { status, headers: { "x-edition": String(this.#book.edition) } });
    } catch (error) {
      if (!(error instanceof TactfulError)) throw error;
      const response = problem(STATUS[error.code] ?? 400, error);
      if (response.status === 429) response.headers.set("retry-after", String(Math.ceil((DAY_MS - (ask.now % DAY_MS)) / 1_000)));
      return response;
    }
  }

  /** The day is over: its salt and counts go, and what is too old, whether anybody comes or not. */
  alarm(): Promise<void> {
    return this.#tidy(Date.now());
  }

  async #answer(ask: Ask): Promise<[status: number, body: unknown]> {
    switch (ask.ask) {
      case "directory": return [200, await this.#issuer.directory(ask.now)];
      case "issue": return [200, toUrl(await this.#issuer.issue(fromUrl(ask.request)!, ask.network, ask.allowance, ask.now))];
      case "say": return this.#say(ask);
      case "vote": return this.#vote(ask);
      case "shown": return [200, { topics: this.#book.shown() }];
      case "answers": return [200, { answers: this.#book.answers() }];
      case "answered": return [200, { topics: this.#book.answered(ask.now) }];
      case "inbox": return [200, this.#book.inbox(ask.sought)];
      case "export": return [200, this.#book.exported(ask.after, ask.most)];
      case "change": return [200, this.#storage.transactionSync(() => this.#book.change(ask.id, ask.change))];
      case "merge": return [200, this.#storage.transactionSync(() => this.#book.merge(ask.id, ask.into))];
      case "alike": return [200, { alike: this.#book.alike(ask.id) }];
      case "supply": return [200, this.#supply()];
      case "supplied": return [200, this.#supplied(ask.report, ask.now)];
    }
  }

  /** What was said is kept once; whoever says it again, in the same words, is told so, and spends no other token. */
  async #say({ said, token, issuer, now }: Extract<Ask, { ask: "say" }>): Promise<[number, unknown]> {
    if (this.#book.has(said)) return [200, { id: said.id }];
    const checked = await this.#issuer.check(token, issuer, now);
    return this.#storage.transactionSync(() => {
      if (this.#book.has(said)) return [200, { id: said.id }];
      if (!this.#issuer.spend(checked, `say ${said.id}`)) throw refuse("spent", "", "the token was spent on words that are gone");
      this.#book.say(said, now);
      return [201, { id: said.id }];
    });
  }

  /** A vote counts once for its token. */
  async #vote({ id, token, issuer, now }: Extract<Ask, { ask: "vote" }>): Promise<[number, unknown]> {
    const checked = await this.#issuer.check(token, issuer, now);
    return this.#storage.transactionSync(() => {
      if (!this.#issuer.spend(checked, `vote ${id}`)) return [200, { id }];
      this.#book.vote(id);
      return [201, { id }];
    });
  }

  #supply(): ToldSupply | null {
    const [kept] = this.#storage.sql.exec("SELECT report, told_ms FROM supply").toArray() as [{ report: string; told_ms: Timestamp }?];
    return kept ? { report: JSON.parse(kept.report) as Supply, told_ms: kept.told_ms } : null;
  }

  #supplied(report: Supply, now: Timestamp): { told_ms: Timestamp } {
    this.#storage.transactionSync(() => {
      this.#storage.sql.exec("DELETE FROM supply");
      this.#storage.sql.exec("INSERT INTO supply VALUES (?, ?)", JSON.stringify(report), now);
    });
    return { told_ms: now };
  }

  async #tidy(now: Timestamp): Promise<void> {
    const day = Math.floor(now / DAY_MS);
    if (this.#tidied === day) return;
    this.#tidied = day;
    this.#issuer.tidy(now);
    this.#book.tidy(now);
    await this.#storage.setAlarm((day + 1) * DAY_MS);
  }
}
