/**
 * Encodes what a host tells of a visitor: one writer for each placement, made once from what the placement asks about.
 *
 * Only what the placement's conditions compare with is read. A value is a whole number of 32 bits at its place in the
 * core's memory: texts stand there by their place among the declared values, members of sets as 0 or 1. No code is
 * generated, so a strict Content-Security-Policy and Workers are fine.
 */
import type { Reader } from "./codec.js";
import { TactfulError } from "./errors.js";
import { kind } from "./form.js";
import type { Context, Issue } from "./types.js";

/** The value of which nothing is known. */
const ABSENT = -0x8000_0000;
const SMALLEST = -0x7fff_ffff;
const LARGEST = 0x7fff_ffff;
/** A text that no condition compares with. */
const OTHER = -1;

/** Writes a context; returns what is wrong with it where something is. */
export interface Writer {
  write(context: Context, values: Int32Array): boolean;
  /** Puts back what the next context must not see. */
  clear(values: Int32Array): void;
  issues(context: Context): Issue[];
}

/** How a field is read. */
type Scalar = "flag" | "number" | "share" | "money" | "text" | "letters";
interface One { readonly kind: Scalar; readonly name: string; readonly place: number; readonly texts: ReadonlyMap<string, number> }
interface Many { readonly kind: "set" | "map"; readonly name: string; readonly members: Map<string, number> }
interface Group { readonly name: string; readonly ones: One[]; readonly sets: Many[]; readonly maps: Many[] }

/** The attributes without an argument, in the order of the codes of `src/wire/columns.rs`; `undefined` for the clock's. */
const PLAIN: readonly (readonly [group: string, name: string, kind: Scalar, texts?: readonly string[]] | undefined)[] = [
  ["presence", "in_store", "flag"],
  ["presence", "near", "flag"],
  ["presence", "store", "text"],
  ["presence", "probability", "share"],
  ["presence", "scanned", "flag"],
  ["intent", "stage", "text", ["browse", "consider", "decide", "checkout"]],
  ["intent", "purchase", "share"],
  undefined,
  undefined,
  undefined,
  undefined,
  ["occasion", "store_open", "flag"],
  ["", "stage", "text", ["discovery", "sale", "service"]],
  ["basket", "total", "money"],
  ["basket", "items", "number"],
  ["bought", "total", "number"],
  ["request", "country", "letters"],
  ["request", "language", "letters"],
  ["care", "open", "flag"],
  ["care", "topic", "text", ["complaint", "return", "late_delivery", "question"]],
];

/** The attributes about a category or a product, from this code on. */
const FIRST_ABOUT = 32;
const ABOUT = [
  ["intent", "categories", "set"],
  ["need", "due_in", "map"],
  ["basket", "categories", "set"],
  ["basket", "products", "set"],
  ["bought", "count", "map"],
  ["bought", "since", "map"],
  ["memory", "categories", "set"],
] as const;
const OWN = 39;
const OWN_MEMBER = 40;
/** The kinds of declared attributes, in the order of their codes. */
const OWN_KINDS = ["text", "number", "flag", "money", "set", "map"] as const;

const NO_TEXTS: ReadonlyMap<string, number> = new Map();
/** So many entries of a map are looked for one by one; of more, those that the context has. */
const FEW = 4;

/** Makes the writer of one placement. `decimals` are those of the currency. */
export function readWriter(from: Reader, decimals: number): Writer {
  const groups = new Map<string, Group>();
  const group = (name: string) => {
    const known = groups.get(name) ?? { name, ones: [], sets: [], maps: [] };
    groups.set(name, known);
    return known;
  };
  const one = (of: string, name: string, kind: Scalar, place: number, texts: readonly string[]) => {
    const numbered = texts.length > 0 ? new Map(texts.map((text, number) => [text, number])) : NO_TEXTS;
    group(of).ones.push({ kind, name, place, texts: numbered });
  };
  const many = (of: string, name: string, kind: "set" | "map", place: number, member: string) => {
    const list = kind === "set" ? group(of).sets : group(of).maps;
    const known = list.find((many) => many.name === name);
    if (known) known.members.set(member, place);
    else list.push({ kind, name, members: new Map([[member, place]]) });
  };
  from.list(() => {
    const [place, code, name, member, ownKind] = [from.whole(), from.byte(), from.text(), from.text(), from.byte()];
    const values = from.list(() => from.text());
    if (code === OWN) return one("attributes", name, OWN_KINDS[ownKind] as Scalar, place, values);
    if (code === OWN_MEMBER) return many("attributes", name, OWN_KINDS[ownKind] as "set" | "map", place, member);
    const about = ABOUT[code - FIRST_ABOUT];
    if (about) return many(about[0], about[1], about[2], place, member);
    const plain = PLAIN[code];
    if (plain) one(plain[0], plain[1], plain[2], place, plain[3] ?? values);
  });
  return writer([...groups.values()], 10 ** decimals);
}

type Fields = Readonly<Record<string, unknown>>;

function writer(groups: readonly Group[], scale: number): Writer {
  const sets = groups.flatMap(({ sets }) => sets.flatMap(({ members }) => [...members.values()]));
  const usual = new Map(sets.map((place) => [place, 0]));
  /** Places that a context changed, and what usually stands there. */
  const changed: number[] = [];
  let started = false;

  const group = ({ name, ones, sets, maps }: Group, context: Fields, values: Int32Array): boolean => {
    const from = name === "" ? context : context[name];
    if (from === undefined || from === null) {
      for (const { place } of ones) values[place] = ABSENT;
      for (const set of sets) forget(set, values);
      return true;
    }
    if (typeof from !== "object") return false;
    let fine = true;
    for (const field of ones) {
      const number = scalar(field, (from as Fields)[field.name], scale);
      if (number === undefined) fine = false;
      else values[field.place] = number;
    }
    for (const set of sets) fine = members(set, (from as Fields)[set.name], values) && fine;
    for (const map of maps) fine = entries(map, (from as Fields)[map.name], values) && fine;
    return fine;
  };

  const put = (place: number, number: number, values: Int32Array) => {
    values[place] = number;
    changed.push(place);
  };

  const forget = ({ members }: Many, values: Int32Array) => {
    for (const place of members.values()) put(place, ABSENT, values);
  };

  const members = (set: Many, value: unknown, values: Int32Array): boolean => {
    if (value === undefined || value === null) {
      forget(set, values);
      return true;
    }
    if (!Array.isArray(value)) return false;
    for (let at = 0; at < value.length; at++) {
      const place = set.members.get(value[at]);
      if (place !== undefined) put(place, 1, values);
      else if (typeof value[at] !== "string") return false;
    }
    return true;
  };

  const entries = ({ members }: Many, value: unknown, values: Int32Array): boolean => {
    if (value === undefined || value === null) return true;
    if (typeof value !== "object") return false;
    const map = value as Fields;
    let fine = true;
    const entry = (name: string, place: number) => {
      const number = whole(map[name]);
      if (number === undefined) fine = false;
      else if (number !== ABSENT) put(place, number, values);
    };
    if (members.size <= FEW) {
      members.forEach((place, name) => entry(name, place));
    } else {
      for (const name in map) {
        const place = members.get(name);
        if (place !== undefined) entry(name, place);
      }
    }
    return fine;
  };

  return {
    write(context, values) {
      if (!started) {
        for (const place of sets) values[place] = 0;
        started = true;
      }
      let fine = true;
      for (const one of groups) fine = group(one, context as Fields, values) && fine;
      return fine;
    },
    clear(values) {
      for (const place of changed) values[place] = usual.get(place) ?? ABSENT;
      changed.length = 0;
    },
    issues: (context) => groups.flatMap((group) => problems(group, context as Fields, scale)),
  };
}

/** The number that stands for a value; `undefined` for one of the wrong type. */
function scalar({ kind, name, texts }: One, value: unknown, scale: number): number | undefined {
  if (value === undefined || value === null) return ABSENT;
  switch (kind) {
    case "flag": return value === true ? 1 : value === false ? 0 : undefined;
    case "text": return texts.get(value as string) ?? (typeof value === "string" ? OTHER : undefined);
    case "number": return whole(value);
    case "money": return typeof value === "number" ? whole(Math.round(value * scale)) : undefined;
    case "share": return typeof value === "number" && value >= 0 && value <= 1 ? Math.floor(value * 1e6) : undefined;
    case "letters": return typeof value === "string" && value.length >= 2 ? letters(value, name) : undefined;
  }
}

/** A whole number, held between the ends of 32 bits; `undefined` for anything else. */
function whole(value: unknown): number | undefined {
  if (value === undefined || value === null) return ABSENT;
  if (typeof value !== "number" || !Number.isInteger(value)) return undefined;
  return value < SMALLEST ? SMALLEST : value > LARGEST ? LARGEST : value;
}

/** A language in small letters (`de`), a country in capitals (`FI`), as conditions have them. */
function letters(value: string, name: string): number {
  const [first, second] = [value.charCodeAt(0), value.charCodeAt(1)];
  return name === "language" ? (first | 32) * 256 + (second | 32) : (first & ~32) * 256 + (second & ~32);
}

const WANTED: Readonly<Record<Scalar | "set" | "map", string>> = {
  flag: "true or false",
  number: "a whole number",
  share: "a number from 0 to 1",
  money: "an amount in major units, such as 19.99",
  text: "a text",
  letters: "a code of two letters",
  set: "a list of texts",
  map: "an object of whole numbers",
};

/** Everything that is wrong with one group, in words. */
function problems({ name, ones, sets, maps }: Group, context: Fields, scale: number): Issue[] {
  const from = name === "" ? context : context[name];
  if (from === undefined || from === null) return [];
  const path = name === "" ? "" : `/${name}`;
  if (typeof from !== "object") return [wrong(path, "an object", from)];
  const fields = from as Fields;
  const bad = (value: unknown, many: Many): boolean => {
    if (value === undefined || value === null) return false;
    if (many.kind === "set") return !Array.isArray(value) || value.some((member) => typeof member !== "string");
    if (typeof value !== "object") return true;
    return Object.entries(value).some(([name, number]) => many.members.has(name) && whole(number) === undefined);
  };
  return [
    ...ones.filter((one) => scalar(one, fields[one.name], scale) === undefined),
    ...[...sets, ...maps].filter((many) => bad(fields[many.name], many)),
  ].map(({ name, kind }) => wrong(`${path}/${name}`, WANTED[kind], fields[name]));
}

function wrong(path: string, wanted: string, value: unknown): Issue {
  return { code: "wrong-type", path, message: `this must be ${wanted}, not ${kind(value)}` };
}

/** The error for a context that cannot be read. */
export function badContext(issues: Issue[]): TactfulError {
  return new TactfulError("bad-context", issues);
}
