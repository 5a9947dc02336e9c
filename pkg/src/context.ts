/**
 * Encodes what a host tells of a visitor: one writer for each placement, made once from what the placement asks about.
 *
 * What many of its conditions compare with is written before the search, the rest only when the core asks for it; what
 * nothing compares with is never read. A value is a whole number of 32 bits at its place in the core's memory: texts
 * stand there by their place among the declared values, members of sets as 0 or 1. No code is generated, so a strict
 * Content-Security-Policy and Workers are fine.
 */
import type { Reader } from "./codec.js";
import { TactfulError } from "./errors.js";
import { kind } from "./form.js";
import type { Context, Issue } from "./types.js";

/** Stands for a value that was not told yet. */
const UNTOLD = -0x8000_0000;
/** The value of which nothing is known. */
const ABSENT = UNTOLD + 1;
const SMALLEST = UNTOLD + 2;
const LARGEST = 0x7fff_ffff;
/** A text that no condition compares with. */
const OTHER = -1;
/** No number stands for a value of the wrong type. */
const WRONG = UNTOLD;

/** How a field is read. */
const FLAG = 0;
const NUMBER = 1;
const SHARE = 2;
const MONEY = 3;
const TEXT = 4;
const LETTERS = 5;
const SET = 6;
const MAP = 7;

/** A value that is asked for. All have the same shape, so that one piece of machine code reads them all. */
interface Field {
  readonly group: string;
  readonly name: string;
  readonly kind: number;
  readonly place: number;
  /** Of a set or map: the member or entry, and where it stands that all of them were told. */
  readonly member: string;
  readonly toldAt: number;
  /** Of a number: how many of its units make one of the host's. */
  readonly scale: number;
  /** Of a text: the values by their numbers, and the numbers by their values where these are many. */
  readonly texts: readonly string[];
  readonly numbers: ReadonlyMap<string, number> | undefined;
}

/** The attributes without an argument, in the order of the codes of `src/wire/columns.rs`; `undefined` for the clock's. */
const PLAIN: readonly (readonly [group: string, name: string, kind: number, texts?: readonly string[]] | undefined)[] = [
  ["presence", "in_store", FLAG],
  ["presence", "near", FLAG],
  ["presence", "store", TEXT],
  ["presence", "probability", SHARE],
  ["presence", "scanned", FLAG],
  ["intent", "stage", TEXT, ["browse", "consider", "decide", "checkout", "compare", "hesitate", "leave"]],
  ["intent", "purchase", SHARE],
  undefined,
  undefined,
  undefined,
  undefined,
  ["occasion", "store_open", FLAG],
  ["", "stage", TEXT, ["discovery", "sale", "service"]],
  ["basket", "total", MONEY],
  ["basket", "items", NUMBER],
  ["bought", "total", NUMBER],
  ["request", "country", LETTERS],
  ["request", "language", LETTERS],
  ["care", "open", FLAG],
  ["care", "topic", TEXT, ["complaint", "return", "late_delivery", "question"]],
  undefined,
  ["care", "age", NUMBER],
  ["scan", "expires_in", NUMBER],
  ["care", "closed_since", NUMBER],
  ["wanted", "price_fell", FLAG],
];
/** What no host can tell: whether an offer is for this device. */
const UNTELLABLE = ["", "", FLAG] as const;

/** The attributes about a category or a product, from this code on; `undefined` for the shop's own. */
const FIRST_ABOUT = 32;
const ABOUT = [
  ["intent", "categories", SET],
  ["need", "due_in", MAP],
  ["basket", "categories", SET],
  ["basket", "products", SET],
  ["bought", "count", MAP],
  ["bought", "since", MAP],
  ["memory", "categories", SET],
  undefined,
  undefined,
  ["wanted", "products", SET],
] as const satisfies readonly (readonly [string, string, unknown] | undefined)[];
const OWN = 39;
const OWN_MEMBER = 40;
/** The kinds of declared attributes, in the order of their codes. */
const OWN_KINDS = [TEXT, NUMBER, FLAG, MONEY, SET, MAP];

/** Of fewer texts each is compared; more are looked up. */
const FEW = 8;

/** The names that have a site in `write`, by their kind; shared by all writers of a catalog. */
export type Sites = Map<string, string[]>;

/** Makes the writer of one placement. `decimals` are those of the currency. */
export function readWriter(from: Reader, decimals: number, sites: Sites): Writer {
  const first: Field[] = [];
  const later: Field[] = [];
  from.list(() => {
    const [place, isFirst, toldAt] = [from.whole(), from.flag(), from.whole()];
    const [code, name, member] = [from.byte(), from.text(), from.text()];
    const ownKind = OWN_KINDS[from.byte()] as number;
    const values = from.list(() => from.text());
    const field = (group: string, name: string, kind: number, texts: readonly string[] = values): Field => {
      const numbers = texts.length > FEW ? new Map(texts.map((text, number) => [text, number])) : undefined;
      const scale = kind === MONEY ? 10 ** decimals : kind === SHARE ? 1e6 : 1;
      return { group, name, kind, place, member, toldAt, scale, texts: texts.map(interned), numbers };
    };
    const [about, plain] = [ABOUT[code - FIRST_ABOUT], PLAIN[code] ?? UNTELLABLE];
    const isOwn = code === OWN || code === OWN_MEMBER;
    const asked = isOwn ? field("attributes", name, ownKind) : about ? field(about[0], about[1], about[2] as number) : undefined;
    (isFirst ? first : later).push(asked ?? field(plain[0], plain[1], plain[2], plain[3]));
  });
  return new Writer(first, later, sites);
}

type Fields = Readonly<Record<string, unknown>>;

/** The same text as engines keep the names of properties: only once, so that it is compared by its place. */
function interned(text: string): string {
  return Object.keys({ [text]: 0 })[0] as string;
}

/** The fields of one group that are written before the search: those with a site in `write`, and the others. */
interface Group {
  readonly name: string;
  readonly fields: readonly Field[];
  readonly flags: (Field | undefined)[];
  readonly numbers: (Field | undefined)[];
  readonly texts: (Field | undefined)[];
  readonly others: Field[];
}

/** Writes the contexts of one placement. */
export class Writer {
  readonly #groups: readonly Group[];
  /** The places of what a search begins with. */
  readonly #first: readonly number[];
  readonly #later: (Field | undefined)[] = [];
  readonly #all: readonly Field[];
  /** The places of the members of each set and map, by where it stands that they were told. */
  readonly #members: Map<string, number>[] = [];
  /** Places that were told on the way, and so many of them. */
  readonly #told: number[] = [];
  #tolds = 0;
  /** What stands at each place before it is told. */
  readonly #usual: number[] = [];
  #started = false;

  constructor(first: readonly Field[], later: readonly Field[], sites: Sites) {
    const names = [...new Set(first.map(({ group }) => group))];
    this.#groups = names.map((name) => grouped(name, first.filter(({ group }) => group === name), sites));
    this.#first = first.map(({ place }) => place);
    for (const { place, kind } of [...first, ...later]) this.#usual[place] = usual(kind);
    for (const { toldAt } of later) this.#usual[toldAt] ??= UNTOLD;
    for (const field of later) {
      this.#later[field.place] = field;
      if (field.kind === SET || field.kind === MAP) {
        (this.#members[field.toldAt] ??= new Map()).set(field.member, field.place);
      }
    }
    this.#all = [...first, ...later];
  }

  /** Writes what a search begins with; false where something has the wrong type. */
  begin(context: Context, values: Int32Array): boolean {
    if (!this.#started) this.#start(values);
    let fine = true;
    for (let at = 0; at < this.#groups.length; at++) {
      const group = this.#groups[at] as Group;
      const from = group.name === "" ? context : (context as Fields)[group.name];
      if (from === undefined || from === null) forget(group, values);
      else if (typeof from !== "object" || !write(group, from as Fields, values)) fine = false;
    }
    return fine;
  }

  /** Nobody is in a set, and nothing in a map, until it is told. */
  #start(values: Int32Array): void {
    for (const { place } of this.#all) values[place] = this.#usual[place] as number;
    this.#started = true;
  }

  /** Writes the value that the core asks for, of a set or map all of it; false where it has the wrong type. */
  tell(place: number, context: Context, values: Int32Array): boolean {
    const field = this.#later[place] as Field;
    const from = field.group === "" ? context : (context as Fields)[field.group];
    const value = from === undefined || from === null ? undefined : (from as Fields)[field.name];
    if (field.kind === SET) return this.#tellSet(field, value, values);
    if (field.kind === MAP) return this.#tellMap(field, value, values);
    const told = number(field, value);
    this.#put(place, told === WRONG ? ABSENT : told, values);
    return told !== WRONG;
  }

  #tellSet({ toldAt }: Field, value: unknown, values: Int32Array): boolean {
    const members = this.#members[toldAt] as ReadonlyMap<string, number>;
    this.#put(toldAt, ABSENT, values);
    if (!Array.isArray(value)) {
      for (const place of members.values()) this.#put(place, ABSENT, values);
      return value === undefined || value === null;
    }
    for (let at = 0; at < value.length; at++) {
      const place = members.get(value[at]);
      if (place !== undefined) this.#put(place, 1, values);
    }
    return true;
  }

  #tellMap({ toldAt }: Field, value: unknown, values: Int32Array): boolean {
    const members = this.#members[toldAt] as ReadonlyMap<string, number>;
    this.#put(toldAt, ABSENT, values);
    if (value === undefined || value === null) return true;
    if (typeof value !== "object") return false;
    let fine = true;
    for (const name in value) {
      const place = members.get(name);
      if (place === undefined) continue;
      const told = entry((value as Fields)[name]);
      if (told === WRONG) fine = false;
      this.#put(place, told, values);
    }
    return fine;
  }

  /** Writes a value that `clear` takes back. */
  #put(place: number, told: number, values: Int32Array): void {
    values[place] = told;
    this.#told[this.#tolds++] = place;
  }

  /** Forgets what was told: the next context is another, and may be for a placement that begins with less. */
  clear(values: Int32Array): void {
    for (let at = 0; at < this.#first.length; at++) {
      const place = this.#first[at] as number;
      values[place] = this.#usual[place] as number;
    }
    for (let at = 0; at < this.#tolds; at++) {
      const place = this.#told[at] as number;
      values[place] = this.#usual[place] as number;
    }
    this.#tolds = 0;
  }

  /** Everything that is wrong with a context, as far as this placement asks about it. */
  issues(context: Context): Issue[] {
    const wrong = new Map<string, Issue>();
    for (const field of this.#all) {
      const from = field.group === "" ? context : (context as Fields)[field.group];
      if (from === undefined || from === null) continue;
      const path = `${field.group && `/${field.group}`}`;
      if (typeof from !== "object") wrong.set(path, issue(path, "an object", from));
      else if (number(field, (from as Fields)[field.name]) === WRONG) {
        wrong.set(`${path}/${field.name}`, issue(`${path}/${field.name}`, WANTED[field.kind] as string, (from as Fields)[field.name]));
      }
    }
    return [...wrong.values()];
  }
}

function grouped(name: string, fields: readonly Field[], known: Sites): Group {
  const group = { name, fields, flags: [], numbers: [], texts: [], others: [] } as Group;
  for (const field of fields) {
    const [of, sites] = field.kind === FLAG ? ["flags", group.flags] as const
      : field.kind <= MONEY ? ["numbers", group.numbers] as const
      : field.kind === TEXT ? ["texts", group.texts] as const : ["others", group.others] as const;
    const names = known.get(of) ?? [];
    known.set(of, names);
    const full = `${name}.${field.name}`;
    if (!names.includes(full)) names.push(full);
    const site = names.indexOf(full);
    if (of !== "others" && site < SITES) sites[site] = field;
    else group.others.push(field);
  }
  return group;
}

/** How many sites `write` has for each kind. */
const SITES = 8;

/**
 * Writes the fields of one group; false where one has the wrong type.
 *
 * One line of code for each name: an engine remembers for each line where in an object its name was found and what it
 * held, and is done at once. In a loop there would be one line for all, and each name had to be looked up.
 */
function write({ flags, numbers, texts, others }: Group, from: Fields, values: Int32Array): boolean {
  let fine = true;
  let field: Field | undefined;
  if ((field = flags[0]) !== undefined) fine = put(field, flag(field, from[field.name]), values) && fine;
  if ((field = flags[1]) !== undefined) fine = put(field, flag(field, from[field.name]), values) && fine;
  if ((field = flags[2]) !== undefined) fine = put(field, flag(field, from[field.name]), values) && fine;
  if ((field = flags[3]) !== undefined) fine = put(field, flag(field, from[field.name]), values) && fine;
  if ((field = flags[4]) !== undefined) fine = put(field, flag(field, from[field.name]), values) && fine;
  if ((field = flags[5]) !== undefined) fine = put(field, flag(field, from[field.name]), values) && fine;
  if ((field = flags[6]) !== undefined) fine = put(field, flag(field, from[field.name]), values) && fine;
  if ((field = flags[7]) !== undefined) fine = put(field, flag(field, from[field.name]), values) && fine;
  if ((field = numbers[0]) !== undefined) fine = put(field, scaled(field, from[field.name]), values) && fine;
  if ((field = numbers[1]) !== undefined) fine = put(field, scaled(field, from[field.name]), values) && fine;
  if ((field = numbers[2]) !== undefined) fine = put(field, scaled(field, from[field.name]), values) && fine;
  if ((field = numbers[3]) !== undefined) fine = put(field, scaled(field, from[field.name]), values) && fine;
  if ((field = numbers[4]) !== undefined) fine = put(field, scaled(field, from[field.name]), values) && fine;
  if ((field = numbers[5]) !== undefined) fine = put(field, scaled(field, from[field.name]), values) && fine;
  if ((field = numbers[6]) !== undefined) fine = put(field, scaled(field, from[field.name]), values) && fine;
  if ((field = numbers[7]) !== undefined) fine = put(field, scaled(field, from[field.name]), values) && fine;
  if ((field = texts[0]) !== undefined) fine = put(field, text(field, from[field.name]), values) && fine;
  if ((field = texts[1]) !== undefined) fine = put(field, text(field, from[field.name]), values) && fine;
  if ((field = texts[2]) !== undefined) fine = put(field, text(field, from[field.name]), values) && fine;
  if ((field = texts[3]) !== undefined) fine = put(field, text(field, from[field.name]), values) && fine;
  if ((field = texts[4]) !== undefined) fine = put(field, text(field, from[field.name]), values) && fine;
  if ((field = texts[5]) !== undefined) fine = put(field, text(field, from[field.name]), values) && fine;
  if ((field = texts[6]) !== undefined) fine = put(field, text(field, from[field.name]), values) && fine;
  if ((field = texts[7]) !== undefined) fine = put(field, text(field, from[field.name]), values) && fine;
  for (let at = 0; at < others.length; at++) {
    field = others[at] as Field;
    fine = put(field, number(field, from[field.name]), values) && fine;
  }
  return fine;
}

function put(field: Field, told: number, values: Int32Array): boolean {
  values[field.place] = told;
  return told !== WRONG;
}

/** What stands at a place until it is told; the members of a set are not in it, a map has no entries. */
function usual(kind: number): number {
  return kind === SET ? 0 : kind === MAP ? ABSENT : UNTOLD;
}

function forget({ fields }: Group, values: Int32Array): void {
  for (const { place } of fields) values[place] = ABSENT;
}

/** The number that stands for a value. */
function number(field: Field, value: unknown): number {
  switch (field.kind) {
    case FLAG: return flag(field, value);
    case NUMBER:
    case SHARE:
    case MONEY: return scaled(field, value);
    case TEXT: return text(field, value);
  }
  if (value === undefined || value === null) return ABSENT;
  switch (field.kind) {
    case LETTERS: return typeof value === "string" && value.length >= 2 ? letters(value, field.name) : WRONG;
    case SET: return Array.isArray(value) ? (value.includes(field.member) ? 1 : 0) : WRONG;
    case MAP: return typeof value === "object" ? entry((value as Fields)[field.member]) : WRONG;
    default: return WRONG;
  }
}

function flag(_: Field, value: unknown): number {
  return value === true ? 1 : value === false ? 0 : value === undefined || value === null ? ABSENT : WRONG;
}

function scaled({ scale }: Field, value: unknown): number {
  if (typeof value !== "number") return value === undefined || value === null ? ABSENT : WRONG;
  return held(scale === 1 ? value : Math.round(value * scale));
}

function text({ texts, numbers }: Field, value: unknown): number {
  if (typeof value !== "string") return value === undefined || value === null ? ABSENT : WRONG;
  if (numbers !== undefined) return numbers.get(value) ?? OTHER;
  for (let at = 0; at < texts.length; at++) if (texts[at] === value) return at;
  return OTHER;
}

function entry(value: unknown): number {
  if (typeof value !== "number") return value === undefined || value === null ? ABSENT : WRONG;
  return held(value);
}

/** A whole number, held between the ends of 32 bits. */
function held(value: number): number {
  if ((value | 0) === value && value >= SMALLEST) return value;
  return Math.trunc(value) !== value ? WRONG : value < 0 ? SMALLEST : LARGEST;
}

/** A language in small letters (`de`), a country in capitals (`FI`), as conditions have them. */
function letters(value: string, name: string): number {
  const [first, second] = [value.charCodeAt(0), value.charCodeAt(1)];
  return name === "language" ? (first | 32) * 256 + (second | 32) : (first & ~32) * 256 + (second & ~32);
}

/** What a field must be, in words, in the order of the kinds. */
const WANTED = [
  "true or false",
  "a whole number",
  "a number from 0 to 1",
  "an amount in major units, such as 19.99",
  "a text",
  "a code of two letters",
  "a list of texts",
  "an object of whole numbers",
];

function issue(path: string, wanted: string, value: unknown): Issue {
  return { code: "wrong-type", path, message: `this must be ${wanted}, not ${kind(value)}` };
}

/** The error for a context that cannot be read. */
export function badContext(issues: Issue[]): TactfulError {
  return new TactfulError("bad-context", issues);
}
