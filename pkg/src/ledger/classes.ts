/** The classes of the Durable Objects, made for one shop. */
import type { Timestamp } from "../types.js";
import { type Namespace, type Told } from "./objects.js";
import { Refusal } from "./problem.js";
import { Root, type RootAsk, tallyOf } from "./root.js";
import { type Answer, type Ask, rulesOf } from "./rules.js";
import { Shard, type ShardHost, type Storage, toldOf } from "./shard.js";
import { type SigningKey, epochs } from "./signing.js";
import type { Terms } from "./terms.js";
import { Busy } from "./turns.js";

/** What the objects of a shop need. A `LedgerHost` with these is one. */
export interface ObjectHost {
  /** The module of the package, `tactful/ledger.wasm`, compiled. */
  module: WebAssembly.Module;
  root: Namespace;
  shard: Namespace;
  shards: number;
  terms: Terms | (() => Promise<Terms>);
  /** Their public parts and epochs are read here; nothing is signed in an object. */
  keys: readonly SigningKey[];
  /** The number of the shop in tokens; 1 where missing. */
  merchant?: number;
  /** Are the tokens worth money? */
  production: boolean;
  now?: () => Timestamp;
  onError?: (error: unknown) => void;
  /** How a shard makes its turns; for benchmarks and for tests that break them. */
  turns?: ShardHost["turns"];
}

/** As much of a Durable Object's state as is used here. */
export interface ObjectState {
  storage: Storage;
}

/** What a Durable Object is to its platform. */
export interface LedgerObject {
  fetch(request: Request): Promise<Response>;
  alarm(): Promise<void>;
}

/** The two classes, to be exported by the worker under these names. */
export interface LedgerClasses<Env> {
  CouponRoot: new (state: ObjectState, env: Env) => LedgerObject;
  CouponShard: new (state: ObjectState, env: Env) => LedgerObject;
}

/** Makes the classes of a shop; `host` tells what its objects need, from the worker's variables and bindings. */
export function ledgerObjects<Env>(host: (env: Env) => ObjectHost): LedgerClasses<Env> {
  return {
    CouponRoot: class extends Base<Root, RootAsk> {
      constructor(state: ObjectState, env: Env) {
        super(state, host(env));
      }

      make(storage: Storage, host: Ready): Root {
        return new Root(storage, host);
      }

      async told(root: Root, ask: RootAsk): Promise<Told<unknown>> {
        return { value: await root.take(ask) };
      }
    },
    CouponShard: class extends Base<Shard, ShardMessage> {
      constructor(state: ObjectState, env: Env) {
        super(state, host(env));
      }

      make(storage: Storage, host: Ready): Shard {
        return new Shard(storage, host);
      }

      async told(shard: Shard, ask: ShardMessage): Promise<Told<unknown>> {
        if (ask.kind === "tally") return { value: tallyOf(shard.account(ask.coupon)) };
        const answer: Answer = await shard.take(ask);
        return toldOf(answer);
      }
    },
  };
}

/** What a shard is asked or told from outside. */
type ShardMessage = Ask | { kind: "tally"; coupon: string };

type Ready = ShardHost & { shards: number; shard: Namespace };

/** What both classes have in common: terms and rules are read once, then messages are taken. */
abstract class Base<Kept extends { alarm(): Promise<void> }, Message> implements LedgerObject {
  readonly #state: ObjectState;
  readonly #host: ObjectHost;
  #kept: Promise<Kept> | undefined;

  constructor(state: ObjectState, host: ObjectHost) {
    this.#state = state;
    this.#host = host;
  }

  abstract make(storage: Storage, host: Ready): Kept;
  abstract told(kept: Kept, message: Message): Promise<Told<unknown>>;

  async fetch(request: Request): Promise<Response> {
    try {
      return Response.json(await this.ask((await request.json()) as Message, decodeURIComponent(new URL(request.url).pathname.slice(1))));
    } catch (error) {
      if (error instanceof Busy) return new Response(null, { status: 503 });
      if (error instanceof Refusal) return Response.json({ reason: error.reason } satisfies Told<unknown>);
      throw error;
    }
  }

  /** Answers a message without HTTP. `name` is the object's own, where it may not know it yet. */
  async ask(message: Message, name?: string): Promise<Told<unknown>> {
    return this.told(await this.#ready(name), message);
  }

  async alarm(): Promise<void> {
    await (await this.#ready()).alarm();
  }

  #ready(name?: string): Promise<Kept> {
    this.#kept ??= this.#open(name).catch((error: unknown) => {
      this.#kept = undefined;
      throw error;
    });
    return this.#kept;
  }

  /** An alarm does not tell an object its name, so it is kept. */
  async #open(told?: string): Promise<Kept> {
    const { storage } = this.#state;
    storage.sql.exec("CREATE TABLE IF NOT EXISTS name (id INTEGER PRIMARY KEY CHECK (id = 0), text TEXT NOT NULL)");
    if (told !== undefined) storage.sql.exec("INSERT OR IGNORE INTO name VALUES (0, ?)", told);
    const [kept] = storage.sql.exec("SELECT text FROM name").toArray() as { text: string }[];
    const { module, root, shard, shards, terms, keys, merchant = 1, production, now = Date.now, onError = () => {}, turns } = this.#host;
    const kid = await epochs(keys);
    const number = Number(/^shard (\d+)$/.exec(kept?.text ?? "")?.[1] ?? 0);
    const book = typeof terms === "function" ? await terms() : terms;
    const rules = rulesOf({ module, terms: book, kid, merchant, production, shard: number });
    return this.make(storage, { rules, root, shard, shards, now, onError, turns });
  }
}
