/**
 * What the core answers, as plain objects.
 *
 * Fields are read in the order of `src/wire` and put down in the order of `types.ts`, so that the JSON text of an
 * answer is the same on every host. What is absent is left out: an empty text or a missing option.
 */
import type { Reader } from "./codec.js";
import type { Said } from "./decision.js";
import { readFault } from "./faults.js";
import type {
  AskedKind, Export, Hold, HoldReason, Issue, Language, Locate, Memory, Moment, Need, OfferKind, Reason, Refusal, ReplyKind, Savings, Show,
  Shop, Trace, UnwantedReason,
} from "./types.js";

/** What the pack says of itself, and what was wrong with the state, if anything. */
export interface ShopView {
  readonly shop: Shop;
  /** Hours of the windows of the offers' own caps. */
  readonly windows: readonly number[];
  readonly stateFault: Issue | undefined;
}

export function readShop(from: Reader): ShopView {
  const shop = {
    name: from.text(),
    version: from.whole(),
    currency: from.text(),
    decimals: from.byte(),
    languages: from.list(() => from.text() as Language),
    placements: from.list(() => from.text()),
  };
  return { shop, windows: from.list(() => from.whole()), stateFault: from.option(() => readFault(from)) };
}

/** Frozen, since the next decision may say the same. */
export function readSaid(from: Reader): Said {
  const show = from.option(() => readShow(from));
  const hold = from.option(() => readHold(from));
  if (show) return { kind: "show", ...frozen(show) };
  if (hold) return { kind: "hold", ...hold };
  throw new RangeError("a decision is neither show nor hold");
}

export function readShow(from: Reader): Pick<Show, "offer" | "savings" | "because" | "propensity"> {
  const offer = {
    id: from.text(),
    kind: from.text() as OfferKind,
    title: from.text(),
    text: from.text(),
    ...given({ picture: from.text(), product: from.text(), category: from.text() }),
  };
  const savings = from.option((): Savings => {
    return { currency: from.text(), saves: from.whole(), pays: from.whole(), missing: from.whole() };
  });
  const because = from.list((): Reason => {
    return { reason: from.text() as Reason["reason"], ...given({ subject: from.text() }) };
  });
  return { offer, ...(savings && { savings }), because, propensity: from.whole() };
}

function readHold(from: Reader): Pick<Hold, "why" | "until"> {
  return { why: from.text() as HoldReason, ...given({ until: from.option(() => from.whole()) }) };
}

export function readTrace(from: Reader): Trace {
  return {
    funnel: { offers: from.whole(), candidates: from.whole(), survivors: from.whole() },
    refused: from.list(() => {
      const [offer, why] = [from.text(), from.text() as Refusal];
      return { offer, why, ...given({ until: from.option(() => from.whole()) }) };
    }),
    ...given({ usefulness: from.option(() => from.whole()) }),
    cost: from.whole(),
    ...given({ runner_up: from.text() }),
  };
}

export function readLocate(from: Reader): Locate {
  const [why, until] = [from.text() as UnwantedReason | "", from.option(() => from.whole())];
  const wanted = { sentence: from.text(), offer: from.text(), chance: from.whole(), gain: from.whole() };
  return why === "" ? { ask: true, ...wanted } : { ask: false, why, ...given({ until }) };
}

export function readMoment(from: Reader): Moment {
  return {
    presence: {
      state: from.text() as Moment["presence"]["state"],
      probability: from.whole(),
      tier: from.text() as Moment["presence"]["tier"],
      ...given({ store: from.text() }),
      ...given({ since: from.option(() => from.whole()) }),
    },
    intent: {
      stage: from.text() as Moment["intent"]["stage"],
      purchase: from.whole(),
      categories: from.list(() => from.text()),
    },
    needs: from.list(() => ({ category: from.text(), due: from.whole(), within_week: from.whole() })),
    memories: from.list(() => {
      const memory = { product: from.text(), last: from.whole(), purchases: from.whole(), score: from.whole() };
      const recall = from.text() as Memory["recall"];
      return { ...memory, recall, ...given({ occasion: from.text() }), sentence: from.text() };
    }),
    occasion: { weekday: from.byte(), hour: from.byte(), month: from.byte() },
    stage: from.text() as Moment["stage"],
  };
}

export function readNeeds(from: Reader): Need[] {
  return from.list(() => ({
    category: from.text(),
    name: from.text(),
    ...given({ due: from.option(() => from.whole()) }),
    within_week: from.whole(),
    days: from.whole(),
    ...given({ every_days: from.option(() => from.whole()) }),
    last: from.whole(),
  }));
}

export function readExport(from: Reader): Export {
  const habit = () => ({ id: from.text(), days: from.whole(), first: from.whole(), last: from.whole() });
  return {
    ...given({ consent: from.option(() => from.flag()) }),
    dial: from.text() as Export["dial"],
    gpc: from.flag(),
    ...given({ unknown_since: from.option(() => from.whole()) }),
    purchases: from.whole(),
    currency: from.text(),
    basket: from.list(() => ({ id: from.text(), quantity: from.whole(), price: from.whole() })),
    categories: from.list(habit),
    products: from.list(habit),
    impressions: from.list(() => {
      const shown = { at: from.whole(), decision: from.text(), offer: from.text() };
      return { ...shown, ...given({ reply: from.text() as ReplyKind | "" }) };
    }),
    never_again: from.list(() => from.text()),
    cases: from.list(() => {
      return { key: from.text(), topic: from.text() as Export["cases"][number]["topic"], since: from.whole() };
    }),
    ...given({ care_closed: from.option(() => from.whole()) }),
    asked: from.list(() => ({ topic: from.text(), kind: from.text() as AskedKind, at: from.whole() })),
    lots: from.list(() => ({ product: from.text(), lot: from.text(), at: from.whole() })),
    wanted: from.list(() => ({ product: from.text(), price: from.whole(), times: from.byte(), at: from.whole() })),
  };
}

/** Freezes what is below an object, and what is below that. */
function frozen<T extends object>(value: T): T {
  for (const below of Object.values(value)) if (typeof below === "object") Object.freeze(frozen(below));
  return value;
}

/** The fields that say something: neither empty nor missing. */
function given<T extends object>(fields: T): { [Name in keyof T]?: Exclude<T[Name], undefined | ""> } {
  const said: Partial<Record<keyof T, unknown>> = {};
  for (const name in fields) if (fields[name] !== "" && fields[name] !== undefined) said[name] = fields[name];
  return said as { [Name in keyof T]?: Exclude<T[Name], undefined | ""> };
}
