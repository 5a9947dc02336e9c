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
  Export, Hold, HoldReason, Issue, Language, Locate, Memory, Moment, Need, OfferKind, Reason, Refusal, ReplyKind, Savings, Show,
  Shop, Trace, UnwantedReason, Visit, Whereabouts,
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

/** How each field of a thing is read; what is absent is undefined, or an empty text. */
type Reads<T> = { [Name in keyof Required<T>]: () => T[Name] };
/** One of the things of a list that is told. */
type One<Name extends keyof Export> = Export[Name] extends (infer Thing)[] ? Thing : never;

/**
 * Everything that is remembered, in the order of a saved state (`src/wire/state.rs`): what is saved is also told, or this does
 * not come to the end of what it reads. What is absent is left out.
 */
export function readExport(from: Reader, currency: string): Export {
  const [text, whole, signed, flag, byte] = [<Word extends string>() => from.text() as Word, () => from.whole(), () => from.signed(), () => from.flag(), () => from.byte()];
  const all = <T extends object>(fields: Reads<T>) => (): T => {
    const told: Partial<T> = {};
    for (const name in fields) {
      const value = fields[name]();
      if (value !== undefined && value !== "") told[name] = value;
    }
    return told as T;
  };
  const list = <T>(each: () => T) => () => from.list(each);
  const maybe = <T>(read: () => T) => () => from.option(read);
  const letters = () => String.fromCharCode(byte(), byte());
  const day = () => signed() * 86_400_000;
  const degrees = () => signed() / 1e7;
  const metres = () => whole() / 100;
  const days = () => whole() / 64;
  const place = { latitude: degrees, longitude: degrees, accuracy: metres };
  const clue = () => [byte(), signed()];
  const times = () => {
    const halves = whole();
    return Array.from({ length: 24 }, (_, half): [number, number][] => ((halves >> half) & 1 ? [[half, byte()]] : [])).flat();
  };
  const habit = { days: whole, first: day, last: day, times, lately: days, usually: days };
  const habits = list(all({ id: text, ...habit }));
  const told = all<Export>({
    device: text, seed: text, asks: whole, catalog_version: whole, unknown_since: maybe(signed), consent: maybe(flag), dial: text, gpc: flag,
    language: maybe(letters), country: maybe(letters),
    attributes: list(all<One<"attributes">>({ name: text, member: text, value: signed })),
    currency: () => currency,
    basket: list(all<One<"basket">>({ id: text, category: maybe(text), price: whole, quantity: whole })),
    session: all<Visit>({
      began: signed, last: signed, returning: flag, views: whole, searches: whole, adds: whole, checkout: byte, looked: text, compared: whole,
      carts: whole, wavers: whole, inside: flag,
      interests: list(all<Visit["interests"][number]>({ category: text, at: signed, how: text })),
      scan: maybe(all<NonNullable<Visit["scan"]>>({ at: signed, product: maybe(text), category: maybe(text), store: maybe(text), expires: maybe(day) })),
      asked: maybe(signed),
    }),
    presence: all<Whereabouts>({
      at: signed, fix: maybe(all(place)), stores: list(all({ store: text, inside: whole, near: whole })), tier: text, state: text,
      store: maybe(text), since: signed, indoors: whole, sky: metres, jumps: byte, rode: signed,
      door: maybe(all({ at: signed, ...place })),
      stay: maybe(all<NonNullable<Whereabouts["stay"]>>({ since: signed, ...place, weight: whole, named: maybe(text), visited: maybe(text) })),
      usual: list(all({ store: text, visits: byte, stays: byte })),
    }),
    located: all<Export["located"]>({ refused: maybe(signed), asked: maybe(signed), known: byte, inside: byte }),
    categories: habits, products: habits, shopping: all(habit), purchases: whole,
    receipts: all({ last: list(text), before: list(text) }),
    impressions: list(all<One<"impressions">>({
      at: signed, decision: text, offer: text, kind: text, group: maybe(text), about: maybe(text), reply: maybe(text<ReplyKind>), odds: signed,
      sd: byte, clues: () => [clue(), clue()], again: byte, helped: flag, counted_hours: whole,
    })),
    standings: list(all({ offer: text, rests_until: signed, later: flag, done: flag, useful: whole, expected: whole })),
    never_again: list(text),
    cases: list(all<One<"cases">>({ key: text, topic: text, since: signed })),
    care_closed: maybe(signed),
    asked: list(all<One<"asked">>({ topic: text, kind: text, at: signed })),
    lots: list(all({ product: text, lot: text, at: signed })),
    wanted: list(all({ product: text, price: whole, times: byte, at: signed })),
  })();
  if (!from.atEnd) throw new RangeError("more is remembered than is told");
  return told;
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
