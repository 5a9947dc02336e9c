/** Reads the fields of one object that somebody passed, and notes everything that is wrong with them. */
import type { Issue, Notice } from "./types.js";

/** Longest text that is taken, in UTF-16 units as JavaScript counts. */
const LONGEST = 2048;

/** What a number must be, in words and in bounds. */
export interface Range {
  readonly wanted: string;
  readonly low: number;
  readonly high: number;
  readonly whole?: boolean;
  /** Code of the issue, where it is not `out-of-range`. */
  readonly code?: string;
}

/** What was found wrong or odd so far. */
export interface Findings {
  readonly issues: Issue[];
  readonly notices: Notice[];
}

/** The wording of every issue with a shape; Rust's reader of signals says the same. */
const say = {
  missing: (field: string, wanted: string) => `${quoted(field)} is missing; it must be ${wanted}`,
  wrongType: (field: string, wanted: string, value: unknown) => `${quoted(field)} must be ${wanted}, not ${kind(value)}`,
  outOfRange: (field: string, wanted: string, value: number) => `${quoted(field)} must be ${wanted}, not ${value}`,
  tooLong: (field: string, length: number) => `${quoted(field)} has ${length} characters, above the maximum of ${LONGEST}`,
  unknownValue: (field: string, value: string, near: string) =>
    `${quoted(field)} has the unknown value ${quoted(value)}; the nearest known is ${quoted(near)}`,
  tooMany: (field: string, length: number, most: number) =>
    `${length} ${field} are more than the ${most} that one event may have`,
  unknownField: (field: string) => `unknown field ${quoted(field)}`,
};

/** The fields of one object. What is wrong is noted, and something harmless returned, so that reading goes on. */
export class Form {
  readonly #value: Readonly<Record<string, unknown>>;
  /** Where it lies: below another form, or at a path. Mostly nobody asks. */
  readonly #above: Form | string;
  readonly #name: string;
  readonly #findings: Findings;
  readonly #read: string[] = [];

  constructor(value: object, above: Form | string, findings: Findings, name = "") {
    this.#value = value as Readonly<Record<string, unknown>>;
    this.#above = above;
    this.#name = name;
    this.#findings = findings;
  }

  get #path(): string {
    return typeof this.#above === "string" ? this.#above : pointer(this.#above.#path, short(this.#name));
  }

  issue(code: string, field: string, message: string): void {
    this.#findings.issues.push({ code, path: pointer(this.#path, short(field)), message });
  }

  notice(field: string, message: string): void {
    this.#findings.notices.push({ path: pointer(this.#path, short(field)), message });
  }

  /** Is something given under this name? */
  has(field: string): boolean {
    return (this.#value[field] ?? undefined) !== undefined;
  }

  /** A text; empty where it is not given. */
  text(field: string, required = false): string {
    const value = this.#take(field, "a text", required);
    if (value === undefined) return "";
    if (typeof value !== "string") this.#wrongType(field, "a text", value);
    else if (value.length > LONGEST) this.issue("too-long", field, say.tooLong(field, value.length));
    else if (required && value === "") this.issue("missing", field, say.missing(field, "a text"));
    else return value;
    return "?";
  }

  number(field: string, range: Range, required = false): number | undefined {
    const value = this.#take(field, range.wanted, required);
    if (value === undefined || this.#within(field, range, value)) return value;
    return undefined;
  }

  /** A number, or a text that is one (`"1.99"`). */
  decimal(field: string, range: Range): number | undefined {
    const value = this.#take(field, range.wanted, false);
    const number = typeof value === "string" && /^-?\d{1,20}(\.\d{1,20})?$/.test(value) ? Number(value) : value;
    if (number === undefined || this.#within(field, range, number)) return number;
    return undefined;
  }

  flag(field: string, required = false): boolean | undefined {
    const value = this.#take(field, "true or false", required);
    if (value === undefined || typeof value === "boolean") return value;
    this.#wrongType(field, "true or false", value);
    return undefined;
  }

  /** The place of a required word in the list of those that are known. */
  choice(field: string, known: readonly string[], code = "unknown-value"): number {
    const before = this.#findings.issues.length;
    const word = this.text(field, true);
    const place = known.indexOf(word);
    if (place >= 0 || this.#findings.issues.length > before) return Math.max(place, 0);
    this.issue(code, field, say.unknownValue(field, word, nearest(word, known)));
    return 0;
  }

  /** The elements of a list, each as a form of its own; none where it is not given. */
  forms(field: string, most: number): Form[] {
    const list = this.#take(field, "a list", false) ?? [];
    if (!Array.isArray(list)) {
      this.#wrongType(field, "a list", list);
      return [];
    }
    if (list.length > most) {
      this.issue(`too-many-${field}`, field, say.tooMany(field, list.length, most));
      return [];
    }
    const form = new Form(list, this, this.#findings, field);
    return list.map((_, place) => form.object(String(place)));
  }

  /** The required object in a field as a form of its own; an empty one where there is none. */
  object(field: string): Form {
    const value = this.#take(field, "an object", true) ?? {};
    if (!isObject(value)) this.#wrongType(field, "an object", value);
    return new Form(isObject(value) ? value : {}, this, this.#findings, field);
  }

  /** The list or object in a field as a form of its own. */
  inner(field: string): Form {
    return new Form(this.#value[field] as object, this, this.#findings, field);
  }

  /** What kind of value a field has; a number where it is none of the others. */
  kindOf(field: string): "left out" | "nothing" | "text" | "flag" | "list" | "object" | "number" {
    const value = this.#value[field];
    if (value === undefined) return "left out";
    if (value === null) return "nothing";
    if (typeof value === "string") return "text";
    if (typeof value === "boolean") return "flag";
    if (Array.isArray(value)) return "list";
    return isObject(value) ? "object" : "number";
  }

  get fields(): string[] {
    return Object.keys(this.#value);
  }

  /** Notes the fields that nobody asked for and that are not in `ignored`. */
  finish(ignored: ReadonlySet<string>): void {
    for (const field of this.fields) {
      if (this.#read.includes(field) || ignored.has(field)) continue;
      this.notice(field, say.unknownField(field));
    }
  }

  #take(field: string, wanted: string, required: boolean): unknown {
    this.#read.push(field);
    const value = this.#value[field] ?? undefined;
    if (value === undefined && required) this.issue("missing", field, say.missing(field, wanted));
    return value;
  }

  #within(field: string, range: Range, value: unknown): value is number {
    if (typeof value !== "number") {
      this.#wrongType(field, range.wanted, value);
      return false;
    }
    const fits = value >= range.low && value <= range.high && (!range.whole || Number.isInteger(value));
    if (!fits) this.issue(range.code ?? "out-of-range", field, say.outOfRange(field, range.wanted, value));
    return fits;
  }

  #wrongType(field: string, wanted: string, value: unknown): void {
    this.issue("wrong-type", field, say.wrongType(field, wanted, value));
  }
}

export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a value is, in a shopkeeper's words. */
export function kind(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  const kinds: Record<string, string> = { string: "a text", number: "a number", boolean: "true or false", object: "an object" };
  return kinds[typeof value] ?? `a ${typeof value}`;
}

function pointer(path: string, field: string): string {
  return `${path}/${field.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

export function quoted(text: string): string {
  return `\`${short(text)}\``;
}

/** Enough of a hostile text to recognise it by. */
function short(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

/** The known word that takes the fewest edits; of several, the first. */
function nearest(word: string, known: readonly string[]): string {
  const distances = known.map((other) => edits(short(word), other));
  return known[distances.indexOf(Math.min(...distances))] ?? "";
}

/** How many letters must be added, removed or changed (Levenshtein 1966). */
function edits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, place) => place);
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      const kept = row[j]! + (from[i] === to[j] ? 0 : 1);
      next.push(Math.min(kept, row[j + 1]! + 1, next[j]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
