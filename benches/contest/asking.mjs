/**
 * The session: what `ask` takes after `observe`, beside a call into WebAssembly that does nothing.
 *
 * Only the asks are timed, over a row of shoppers each of whom has just seen something, so that no answer is an old
 * one.
 */
import { load } from "tactful";
import { median } from "./stopwatch.mjs";
import { CATEGORIES, PLACEMENTS } from "./work.mjs";

const NOON = Date.UTC(2026, 8, 7, 12);
const SHOPPERS = 8;
const CALLS = 200;
/** Rows of asks that make one sample: a page's clock has ticks of 5 microseconds. */
const ROWS = 100;

/** Nanoseconds of one `ask` and of one empty call: medians of the samples of so many milliseconds; so is `clock`. */
export async function asking(pack, clock, duration) {
  const engine = await load({ pack, seed: 1, now: NOON });
  const shoppers = Array.from({ length: SHOPPERS }, (_, seed) => engine.fork({ seed, now: NOON }));
  const empty = emptyCall();
  let now = NOON;
  const sample = () => {
    let [asked, called] = [0, 0];
    for (let row = 0; row < ROWS; row++) {
      now += 1_000;
      look(shoppers, CATEGORIES[row % CATEGORIES.length], now);
      let start = clock();
      for (const shopper of shoppers) if (shopper.ask(PLACEMENTS[0], now).kind !== "show") throw new Error("it held");
      asked += clock() - start;
      start = clock();
      for (let call = 0; call < CALLS; call++) empty();
      called += clock() - start;
    }
    return [asked / SHOPPERS, called / CALLS].map((took) => (1_000_000 * took) / ROWS);
  };
  samplesOf(sample, duration / 2, clock);
  const samples = samplesOf(sample, duration, clock);
  return { askNs: median(samples.map(([asked]) => asked)), emptyNs: median(samples.map(([, called]) => called)) };
}

function look(shoppers, item_category, at) {
  const signal = { type: "view_item", at, items: [{ item_id: `one of ${item_category}`, item_category }] };
  for (const shopper of shoppers) shopper.observe(signal);
}

function samplesOf(sample, duration, clock) {
  const start = clock();
  const samples = [];
  while (samples.length < 3 || clock() - start < duration) samples.push(sample());
  return samples;
}

/** `(module (func (export "empty")))` */
function emptyCall() {
  const type = [1, 4, 1, 0x60, 0, 0];
  const function_ = [3, 2, 1, 0];
  const export_ = [7, 9, 1, 5, ...new TextEncoder().encode("empty"), 0, 0];
  const code = [10, 4, 1, 2, 0, 0x0b];
  const bytes = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...type, ...function_, ...export_, ...code];
  return new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(bytes))).exports.empty;
}
