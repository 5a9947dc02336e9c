/**
 * What one of each kind of work costs. Every family grows in one kind; what two of its sizes differ by, without the kinds
 * that are known already, is that kind's. The steepest step counts. What is left of the dearest decision is its own.
 */

/** Returns the price of each kind that `counts` names, times `room`, rounded up. */
export function fit(families, room) {
  const kinds = Object.keys(families[0].sizes[0].counts);
  const prices = Object.fromEntries(kinds.map((kind) => [kind, 0]));
  for (const { kind, sizes } of families) {
    const others = { ...prices, [kind]: 0 };
    const slopes = sizes.slice(1).map((one, before) => slope(kind, one, sizes[before], others));
    prices[kind] = Math.max(prices[kind], ...slopes);
  }
  const all = families.flatMap(({ sizes }) => sizes);
  prices.decision = Math.max(...all.map(({ counts, got }) => got - cost(counts, prices)));
  return Object.fromEntries(kinds.map((kind) => [kind, Math.ceil(prices[kind] * room)]));
}

function slope(kind, one, before, others) {
  const more = one.got - before.got - (cost(one.counts, others) - cost(before.counts, others));
  const count = one.counts[kind] - before.counts[kind];
  return count > 0 ? more / count : 0;
}

function cost(counts, prices) {
  return Object.entries(counts).reduce((sum, [kind, count]) => sum + count * prices[kind], 0);
}
