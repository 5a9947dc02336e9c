/**
 * Tills that die at any step, ledgers that do not answer or are not heard, sales that are undone: whatever the order, no coupon is
 * honoured twice at one till, a double of two tills that were cut off is named, and nothing stays spent that nobody was given.
 *
 * `SEEDS=10000 node --test pkg/test/till-crash.test.mjs` runs more of them.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { createTill, inMemory } from "tactful/till";
import { NOW, chance, shop } from "./tokens.mjs";

const SEEDS = Number(process.env.SEEDS ?? 150);
const STEPS = 60;
const here = shop();
const keys = await here.keys();
const coupons = here.issue("--amount", "300", "--offline", "--count", "4", "--seed", "5");
const campaign = createHash("sha256").update("oat-milk").digest("hex").slice(0, 16);
const terms = { coupons: [{ campaign, budget: { offline: { per_till: 100 } } }] };

/** A ledger as the edge's: idempotent by coupon, till and receipt; what was rolled back is void for good. */
function ledgerOf(draw, state) {
  const [spent, voided] = [new Map(), new Set()];
  const reached = (work) => async (redemption) => {
    const way = state.calm ? 9 : draw(10);
    if (way === 0) return { kind: "unreachable" };
    const heard = work(redemption);
    return way === 1 ? { kind: "unreachable" } : heard;
  };
  const name = ({ token, till, receipt }) => `${token} ${till} ${receipt}`;
  return {
    spent,
    redeem: reached((redemption) => {
      if (voided.has(name(redemption))) return { kind: "refused", reason: "unknown" };
      const first = spent.get(redemption.token);
      if (!first) spent.set(redemption.token, redemption);
      return !first || name(first) === name(redemption) ? { kind: "granted" } : { kind: "refused", reason: "spent", first: { till: first.till, receipt: first.receipt } };
    }),
    rollback: reached((redemption) => {
      voided.add(name(redemption));
      const first = spent.get(redemption.token);
      if (first && name(first) === name(redemption)) spent.delete(redemption.token);
      return { kind: "granted" };
    }),
  };
}

/** Dies before or after any call, once in a while. */
function mortal(calls, draw, state) {
  const die = () => {
    if (!state.calm && draw(12) === 0) throw new Error("killed");
  };
  return Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, async (...args) => {
    die();
    const done = await call(...args);
    die();
    return done;
  }]));
}

async function live(seed, ids) {
  const [draw, state] = [chance(seed), { calm: false }];
  const ledger = ledgerOf(draw, state);
  const stores = new Map(ids.map((id) => [id, inMemory()]));
  const till = (id) => createTill({
    id, merchant: 77, stores: [12], keys, terms, clock: () => NOW,
    spent: mortal(stores.get(id), draw, state), ledger: mortal({ redeem: ledger.redeem, rollback: ledger.rollback }, draw, state),
  });
  /** Coupon and till to the receipts that it was honoured on and not given back. */
  const [honoured, doubles] = [new Map(), []];
  const of = (token, id) => honoured.get(`${token} ${id}`) ?? honoured.set(`${token} ${id}`, new Set()).get(`${token} ${id}`);
  for (let step = 0; step < STEPS; step++) {
    const [id, { token, code }, receipt] = [ids[draw(ids.length)], coupons[draw(coupons.length)], `R-${draw(6)}`];
    const on = of(token, id);
    const act = draw(10);
    if (act < 7) {
      const answer = await till(id).accept(token, receipt).catch(() => undefined);
      // Killed when all was written and the answer on its way: the same receipt would get it again.
      const entry = await stores.get(id).get(code);
      const was = !answer && entry?.receipt === receipt && !entry.undone && (entry.offline || !entry.pending);
      if (answer?.kind === "accepted" || was) on.add(receipt);
    } else if (act < 8) {
      const [before, entry] = [on.has(receipt), await stores.get(id).get(code)];
      await till(id).rollback(code, receipt).catch(() => undefined);
      const after = await stores.get(id).get(code);
      if (before && entry?.receipt === receipt && after?.undone) on.delete(receipt);
    } else {
      await till(id).report().then((told) => doubles.push(...told.doubles), () => undefined);
      if (draw(2)) await till(id).noted(doubles.filter((one) => one.till === id).map(({ code }) => code)).catch(() => undefined);
    }
    assert.ok(on.size <= 1, `seed ${seed}, step ${step}: ${[...on]}`);
  }
  state.calm = true;
  for (const id of ids) {
    const told = await till(id).report();
    assert.equal(told.left, 0);
    doubles.push(...told.doubles);
  }
  return { ledger, of, doubles };
}

test(`${SEEDS} lives of a till: honoured once, and in the end the ledger has exactly what was honoured`, async () => {
  let count = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { ledger, of, doubles } = await live(seed, ["till-1"]);
    assert.deepEqual(doubles, []);
    for (const { token } of coupons) {
      const [receipt] = of(token, "till-1");
      assert.equal(ledger.spent.get(token)?.receipt.split("/")[0], receipt, `seed ${seed}`);
      count += receipt ? 1 : 0;
    }
  }
  assert.ok(count > SEEDS);
});

test(`${SEEDS} lives of three tills: whatever two honoured is named by all but the first`, async () => {
  let named = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const ids = ["till-1", "till-2", "till-3"];
    const { ledger, of, doubles } = await live(seed + 1_000_000, ids);
    for (const { token, code } of coupons) {
      const holders = ids.filter((id) => of(token, id).size > 0);
      const first = ledger.spent.get(token)?.till;
      const told = new Set(doubles.filter((one) => one.code === code).map(({ till }) => till));
      for (const id of holders.filter((id) => id !== first)) assert.ok(told.has(id), `seed ${seed}: ${id} of ${holders} honoured ${code}, first ${first}`);
      named += told.size;
    }
  }
  assert.ok(named > 0);
});
