/** A match on one platform: all contestants on one catalog after the other, in turns and in random order. */
import { CATALOGS } from "./work.mjs";

/**
 * Runs the match; the result has `{ us }` or `{ skipped }` by contestant and catalog.
 *
 * `open(id, key)` brings a contestant to the start on a platform: `{ check, warm, round, result, close }`. A wrong
 * answer ends everything.
 */
export async function match({ platform, open, contestants, keys, pace, log }) {
  const results = Object.fromEntries(contestants.map(({ id }) => [id, {}]));
  for (const key of keys) {
    const runners = [];
    try {
      for (const { id, excuse } of contestants) {
        const skipped = excuse?.(platform, CATALOGS[key].offers);
        results[id][key] = skipped ? { skipped } : {};
        if (skipped) log(`  ${id} does not run ${key} in ${platform}: ${skipped}`);
        else runners.push(await ready(open, id, key, pace));
      }
      await race(runners, pace);
      for (const { id, run } of runners) results[id][key] = { us: (await run.result()).us };
    } finally {
      await Promise.all(runners.map(({ run }) => run.close()));
    }
    log(`${platform}, ${key}: ${runners.map(({ id }) => `${id} ${results[id][key].us.toFixed(3)} µs`).join(", ")}`);
  }
  return results;
}

async function ready(open, id, key, { warm, rounds, slowest }) {
  const run = await open(id, key);
  try {
    await run.check();
    const sweep = await run.warm(warm);
    return { id, run, rounds: Math.max(3, Math.min(rounds, Math.round(slowest / sweep))) };
  } catch (error) {
    await run.close();
    throw new Error(`${id}, ${key}: ${error.message}`, { cause: error });
  }
}

async function race(runners, { rounds, round }) {
  for (let turn = 0; turn < rounds; turn++) {
    for (const runner of shuffled(runners)) if (turn < runner.rounds) await runner.run.round(round);
  }
}

export function shuffled(list) {
  const drawn = list.map((one) => ({ one, lot: Math.random() }));
  return drawn.sort((a, b) => a.lot - b.lot).map(({ one }) => one);
}
