/**
 * What purchases and needs take in Node, as a host sees them: a household that bought from every category of the shop, over two
 * years.
 */
import { load } from "tactful";
import { timed } from "./observing.mjs";

const NOON = Date.UTC(2026, 8, 7, 12);
const [HOUR, DAY] = [3_600_000, 86_400_000];
const WEEKS = 100;
/** Calls of one sample. */
const ROW = 100;

/** Microseconds of one of each: medians of the samples of so many milliseconds. */
export async function needing(pack, { categories }, clock, duration) {
  const engine = await load({ pack, seed: 1, now: NOON });
  const ids = categories.map(({ id }) => id);
  engine.observe(history(ids));
  if (engine.needs(NOON).length !== 20) throw new Error("the household needs something else");
  const days = () => Array.from({ length: ROW }, (_, nth) => NOON + (nth % 28) * DAY);
  let sent = 0;
  const bought = () => Array.from({ length: ROW }, () => purchase(NOON + ++sent * HOUR, [ids[sent % ids.length]]));
  return {
    // A day is understood once: each is another one than the day before.
    momentUs: timed(days, (row) => row.forEach((at) => engine.moment(at)), clock, duration),
    needsUs: timed(days, (row) => row.forEach((at) => engine.needs(at)), clock, duration),
    purchaseUs: timed(bought, (row) => row.forEach((signal) => engine.observe(signal)), clock, duration),
  };
}

/** Each week something of a third of the categories. */
function history(ids) {
  return Array.from({ length: WEEKS }, (_, week) => {
    return purchase(NOON - (WEEKS - week) * 7 * DAY, ids.filter((_, place) => (place + week) % 3 === 0));
  });
}

function purchase(at, ids) {
  return { type: "purchase", at, items: ids.map((id) => ({ item_id: id, item_category: id, price: 3.49 })) };
}
