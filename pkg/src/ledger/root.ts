/**
 * The root of one coupon: how much of its budget is lent to which shard, as one text in SQLite.
 *
 * What it is asked is done once, however often it is sent: the rules know a renewal again by its number. Every change is one
 * synchronous transaction.
 */
import type { Timestamp } from "../types.js";
import { type Namespace, shardName, tell } from "./objects.js";
import type { Grant, Renewal, Report, Rules, Standing } from "./rules.js";
import type { Storage } from "./shard.js";

/** What a root needs besides its storage. */
export interface RootHost {
  rules: Rules;
  shards: number;
  shard: Namespace;
  now: () => Timestamp;
  onError: (error: unknown) => void;
}

/** What a root is asked. */
export type RootAsk =
  | { op: "renew"; coupon: string; renewal: Renewal }
  | { op: "pause" | "resume" | "budget" | "left"; coupon: string };

/** So long after a block has expired its shard is asked for it, and asked again, ms. */
const AGAIN_MS = 30_000;

/** A root over its storage. */
export class Root {
  readonly #storage: Storage;
  readonly #host: RootHost;

  constructor(storage: Storage, host: RootHost) {
    this.#storage = storage;
    this.#host = host;
    storage.sql.exec("CREATE TABLE IF NOT EXISTS root (id INTEGER PRIMARY KEY CHECK (id = 0), coupon TEXT NOT NULL, text TEXT NOT NULL)");
  }

  /** Answers what it is asked; a standing has then reached every shard. What is left is told without asking them. */
  async take(ask: RootAsk): Promise<Grant | Report | number> {
    const { coupon, op } = ask;
    if (op === "renew") return this.#renew(coupon, ask.renewal);
    if (op === "left") return this.#host.rules.left(coupon, this.#kept()?.text, this.#host.now());
    if (op !== "budget") await this.#all({ kind: "stand", coupon, standing: this.#say(coupon, op) });
    return this.#report(coupon);
  }

  /** Asks the shards whose blocks have expired what became of them, in case they forgot. */
  async alarm(): Promise<void> {
    const { rules, shard, now, onError } = this.#host;
    const kept = this.#kept();
    if (!kept) return;
    const overdue = rules.overdue(kept.text, now());
    // What is lent and not given out has to come back some day: until then it looks again.
    if (overdue.length > 0 || rules.report(kept.coupon, kept.text, now()).leased > 0) await this.#storage.setAlarm(now() + AGAIN_MS);
    await Promise.all(overdue.map((one) => tell(shard, shardName(one), { kind: "renew", coupon: kept.coupon }).catch(onError)));
  }

  #renew(coupon: string, renewal: Renewal): Grant {
    const { rules, shards, now } = this.#host;
    return this.#storage.transactionSync(() => {
      const { root, grant, alarm } = rules.renew(this.#kept()?.text, shards, renewal, now());
      this.#keep(coupon, root);
      // A block that is told of in time needs no alarm of the root; one that is not, a little later.
      if (alarm !== null) void this.#storage.setAlarm(Math.max(alarm, now()) + AGAIN_MS);
      return grant;
    });
  }

  #say(coupon: string, op: "pause" | "resume"): Standing {
    return this.#storage.transactionSync(() => {
      const { root, standing } = this.#host.rules[op](this.#kept()?.text, this.#host.now());
      this.#keep(coupon, root);
      return standing;
    });
  }

  /** Tells every shard, each in its own time. */
  #all<Value>(message: unknown): Promise<Value[]> {
    const { shards, shard } = this.#host;
    return Promise.all(Array.from({ length: shards }, (_, one) => tell<Value>(shard, shardName(one), message)));
  }

  /** What the shop reads: the shards' own counts of now; what they have given since they last told is lent no more. */
  async #report(coupon: string): Promise<Report> {
    const tallies = await this.#all<Tally>({ kind: "tally", coupon });
    const sum = (field: keyof Tally) => tallies.reduce((sum, tally) => sum + tally[field], 0);
    const known = this.#host.rules.report(coupon, this.#kept()?.text, this.#host.now());
    const issued = sum("issued");
    return { ...known, issued, leased: Math.max(0, known.leased - (issued - known.issued)), redeemed: sum("redeemed"), released: sum("expired"), rolled_back: sum("rolled_back") };
  }

  #kept(): { coupon: string; text: string } | undefined {
    return this.#storage.sql.exec("SELECT coupon, text FROM root").toArray()[0] as { coupon: string; text: string } | undefined;
  }

  #keep(coupon: string, text: string): void {
    this.#storage.sql.exec("INSERT INTO root VALUES (0, ?, ?) ON CONFLICT DO UPDATE SET text = excluded.text", coupon, text);
  }
}

/** What happened in one shard so far. */
export type Tally = Record<"issued" | "redeemed" | "rolled_back" | "expired", number>;

/** The tally in the text of an account. */
export function tallyOf(account: string | undefined): Tally {
  const none = { issued: 0, redeemed: 0, rolled_back: 0, expired: 0 };
  return account === undefined ? none : { ...none, ...(JSON.parse(account) as { tally?: Tally }).tally };
}
