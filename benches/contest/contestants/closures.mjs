/** What a good engineer writes by hand: sort once, make each condition a closure, stop at the first offer that fits. */
import { ranked } from "../rank.mjs";

export const name = "closures, by hand";

export function load(payload) {
  const placements = ranked(JSON.parse(payload), ({ id, from, until, caps, all }) => ({
    id, from, until, day: caps.day, week: caps.week, fits: every(all.map(clause)),
  }));
  return (context, placement, now) => {
    const offers = placements.get(placement);
    if (offers === undefined) return null;
    const today = context.shown[24];
    const lately = context.shown[168];
    for (let i = 0; i < offers.length; i++) {
      const offer = offers[i];
      if (now < offer.from || now >= offer.until || !offer.fits(context)) continue;
      if (!(today[offer.id] >= offer.day || lately[offer.id] >= offer.week)) return offer.id;
    }
    return null;
  };
}

function every(tests) {
  return (context) => {
    for (let i = 0; i < tests.length; i++) if (!tests[i](context)) return false;
    return true;
  };
}

function some(tests) {
  return (context) => {
    for (let i = 0; i < tests.length; i++) if (tests[i](context)) return true;
    return false;
  };
}

function clause(one) {
  if (one.any) return some(one.any.map(test));
  if (!one.not) return test(one);
  const holds = test(one.not);
  return (context) => !holds(context);
}

/** One function per field: reading `context[on]` by a name that varies would be several times slower. */
function test({ on, is, in: list, has, of, from, until }) {
  const known = new Set(list);
  switch (on) {
    case "presence": return (context) => context.presence === is;
    case "store": return (context) => known.has(context.store);
    case "cart": return (context) => context.cart.includes(has);
    case "total": return (context) => context.total >= from;
    case "intent": return (context) => context.intent >= from;
    case "since": return ({ since }) => inRange(since[of], from, until);
    case "tier": return (context) => known.has(context.tier);
    case "hour":
      if (from <= until) return ({ hour }) => hour >= from && hour < until;
      return ({ hour }) => hour >= from || hour < until;
    case "weekday": return (context) => known.has(context.weekday);
    case "language": return (context) => context.language === is;
    case "device": return (context) => context.device === is;
    case "returning": return (context) => context.returning === is;
    case "marketing": return (context) => context.marketing;
    case "profiling": return (context) => context.profiling;
    case "push": return (context) => context.push;
    default: throw new Error(`no closure for ${on}`);
  }
}

function inRange(value, from, until) {
  return value >= from && value < until; // no value is in no range
}
