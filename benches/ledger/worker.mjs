/** The worker that is measured and killed: the ledger as it is shipped, with one coupon and keys for nobody else. */
import { generateKeyPairSync } from "node:crypto";

/** The coupon that everybody wants. */
export const COUPON = "rush";

/** Variables of a worker whose coupon has this budget. */
export function variables({ budget, shards, perPerson = 1, turns = "group", coupon = COUPON, tills = 2 }) {
  const { d, x } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  const terms = {
    name: "Rush", version: 1, currency: "EUR", decimals: 2, stores: [{ id: "s-1", number: 1 }],
    coupons: [{ coupon, campaign: "0102030405060708", benefit: { kind: "percent", value: 1000 }, minimum_spend: 0, budget: { coupons: budget, per_person: perPerson, valid_days: 30, all_stores: true } }],
  };
  return { TERMS: JSON.stringify(terms), KEYS: JSON.stringify([{ d, x, from: 0, until: 8e15 }]), SHARDS: shards, TURNS: turns, TILLS: tills };
}

/** The classes' bindings. */
export const OBJECTS = { COUPON_ROOT: "CouponRoot", COUPON_SHARD: "AuditedShard" };

/** The worker's text. What an audit reads, and what a benchmark compares with, is added here and nowhere else. */
export const ENTRY = `
  import module from "tactful/ledger.wasm";
  import { createLedger, ledgerObjects } from "tactful/ledger";

  // By HTTP each request is a turn of its own anyway; without messages it has to be made one.
  const one = { group: 1, later: (turn) => turn() };
  const each = { group: 1, later: (turn) => void setTimeout(turn, 0) };
  const host = (env) => ({
    module, root: env.COUPON_ROOT, shard: env.COUPON_SHARD, shards: Number(env.SHARDS), terms: JSON.parse(env.TERMS),
    keys: JSON.parse(env.KEYS), keySet: "{}", tills: Object.fromEntries(Array.from({ length: Number(env.TILLS) }, (_, nth) => ["till-" + (nth + 1), "key-" + (nth + 1)])), shopKey: env.SHOP_KEY ?? "shop-key", production: false,
    ...(env.TURNS === "one" && { turns: one }), ...(env.TURNS === "each" && { turns: each }), ...(env.MOST && { most: Number(env.MOST) }),
    onError: (error) => console.error(String(error?.stack ?? error)),
  });
  const { CouponRoot, CouponShard } = ledgerObjects(host);
  export { CouponRoot };

  /** A shard that lists its rows, a page at a time; and that claims from itself, to see what it takes without messages. */
  export class AuditedShard extends CouponShard {
    constructor(state, env) {
      super(state, env);
      this.sql = state.storage.sql;
    }
    async fetch(request) {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === "/burst") return this.burst(Number(searchParams.get("many")), Number(searchParams.get("seconds")));
      if (!pathname.startsWith("/rows")) return super.fetch(request);
      const rows = this.sql.exec("SELECT rowid AS row, text FROM claim WHERE rowid > ? ORDER BY rowid LIMIT 5000", Number(searchParams.get("after"))).toArray();
      return Response.json(rows.map(({ row, text }) => ({ row, text: JSON.parse(text) })).map(({ row, text: { serial, payload } }) => ({ row, serial, payload })));
    }
    async burst(many, seconds) {
      const until = Date.now() + seconds * 1e3;
      let given = 0;
      const client = async () => {
        while (Date.now() < until) {
          const told = await this.ask({ kind: "claim", key: text(24), coupon: ${JSON.stringify(COUPON)}, person: text(15) + "AA" });
          if (told.value) given += 1;
        }
      };
      await Promise.all(Array.from({ length: many }, client));
      return Response.json({ given });
    }
  }

  const text = (bytes) => btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(bytes)))).replaceAll("+", "-").replaceAll("/", "_");

  let handler;
  export default {
    async fetch(request, env) {
      const { pathname, search, searchParams } = new URL(request.url);
      if (pathname === "/burst") return env.COUPON_SHARD.get(env.COUPON_SHARD.idFromName("shard 0")).fetch("https://object/burst" + search);
      if (pathname === "/rows") return env.COUPON_SHARD.get(env.COUPON_SHARD.idFromName("shard " + searchParams.get("shard"))).fetch("https://object/rows" + search);
      return (handler ??= createLedger(host(env)))(request);
    },
  };`;
