/** The oracle: the plainest reading of an offer. Nobody times it; whoever disagrees with it has lost. */
import { byRank, ranked } from "./rank.mjs";

/** Which offer is shown at this moment: of those that may be, the highest priority, ties to the smallest id. */
export function winner(offers, { context, placement, now }) {
  const open = offers.filter((offer) => offer.placement === placement && fits(offer, context, now));
  return open.sort(byRank)[0]?.id ?? null;
}

/** Whether an offer runs now, is meant for this context, and was not yet shown too often. */
export function fits({ id, from, until, caps, all }, context, now) {
  const seldom = (context.shown[24][id] ?? 0) < caps.day && (context.shown[168][id] ?? 0) < caps.week;
  return from <= now && now < until && seldom && all.every((clause) => holds(clause, context));
}

/** Whether a clause holds, or a test. */
export function holds(clause, context) {
  if (clause.any) return clause.any.some((test) => holds(test, context));
  if (clause.not) return !holds(clause.not, context);
  const value = clause.of === undefined ? context[clause.on] : context[clause.on][clause.of];
  if ("is" in clause) return value === clause.is;
  if ("in" in clause) return clause.in.includes(value);
  if ("has" in clause) return value.includes(clause.has);
  return value !== undefined && inRange(clause, value);
}

function inRange({ from, until = Infinity }, value) {
  return from <= until ? from <= value && value < until : from <= value || value < until;
}

/** What the work is like: how many offers fit, how many answers are "none", and how far a scan goes. */
export function selectivity({ offers, moments }) {
  const placements = ranked(offers);
  const some = moments.filter((_, place) => place % Math.ceil(offers.length / 1_000) === 0);
  const fitting = sum(some, ({ context, now }) => offers.filter((offer) => fits(offer, context, now)).length);
  const sums = { scanned: 0, tested: 0 };
  for (const { context, placement, now, answer } of moments) {
    for (const offer of placements.get(placement) ?? []) {
      sums.scanned++;
      sums.tested += testsRead(offer, context, now);
      if (offer.id === answer) break;
    }
  }
  return {
    fittingPercent: (100 * fitting) / some.length / offers.length,
    nonePercent: (100 * moments.filter(({ answer }) => answer === null).length) / moments.length,
    scanned: sums.scanned / moments.length,
    tested: sums.tested / moments.length,
  };
}

function sum(list, value) {
  return list.reduce((total, one) => total + value(one), 0);
}

/** How many tests are read until an offer is known to fit or not, its time window first. */
function testsRead({ from, until, all }, context, now) {
  let read = 0;
  const asks = (clause) => {
    if (clause.any) return clause.any.some(asks);
    if (clause.not) return !asks(clause.not);
    read++;
    return holds(clause, context);
  };
  if (from <= now && now < until) all.every(asks);
  return read;
}
