/** The order that all of the contest agrees on: highest priority first, ties by the smallest id. */

export function byRank(one, other) {
  return other.priority - one.priority || (one.id < other.id ? -1 : 1);
}

/** The offers of each placement, best first, each made into what a contestant decides on. */
export function ranked(offers, make = (offer) => offer) {
  const placements = new Map();
  for (const offer of [...offers].sort(byRank)) {
    if (!placements.has(offer.placement)) placements.set(offer.placement, []);
    placements.get(offer.placement).push(make(offer));
  }
  return placements;
}
