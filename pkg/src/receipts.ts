/**
 * A household's own history, from a loyalty export or its receipts, as the signals that tell of it. The rows come from any
 * reader of CSV or JSON; they are read in the page, and nothing of them leaves it.
 */
import { TactfulError, must } from "./errors.js";
import type { Issue, Item, ShopEvent, Timestamp } from "./types.js";

/** One line of a receipt, as a reader of CSV with a header or `JSON.parse` gives it. */
export type Row = Readonly<Record<string, unknown>>;

/** What the export calls each field; the field's own name where left out. */
export interface Columns {
  /** A day (`2026-11-02`, `02.11.2026`), an RFC 3339 time, a `Date`, or milliseconds. A day without a time counts as noon UTC. */
  date?: string;
  /** Number of the receipt: what is told twice counts once. Where it is missing, a day is one receipt. */
  receipt?: string;
  item_id?: string;
  item_name?: string;
  item_category?: string;
  /** Of one piece, in major units, with a point or a comma. A price below 0 is something given back. */
  price?: string;
  /** The lot of the pieces, for a recall. */
  lot?: string;
  /** Pieces, 1 where missing; a weight counts as at least one piece. Below 0 it was given back. */
  quantity?: string;
}

/** Most items of one event (`Basket::LIMIT`): of a longer receipt several are made. */
const MOST_ITEMS = 200;
const NOON = "T12:00:00Z";

/**
 * Returns the purchases and refunds of `rows`, the oldest first, for `tact.observe`. Rows without any value are passed over.
 * Throws one `bad-receipts` error that lists everything that is wrong, each with its row and column.
 */
export function receipts(rows: Iterable<Row>, columns: Columns = {}): ShopEvent[] {
  must([rows, "rows", "a list of rows", Symbol.iterator]);
  const issues: Issue[] = [];
  const found = new Map<string, { at: Timestamp; receipt: string; type: "purchase" | "refund"; items: Item[] }>();
  let place = -1;
  for (const row of rows) {
    place += 1;
    if (Object.values(row).every(isEmpty)) continue;
    const line = new Line(row, `/${place}`, columns, issues);
    const [at, item, [pieces, price]] = [line.date(), line.item(), [line.number("quantity") ?? 1, line.number("price")]];
    if (at === undefined || item === undefined || pieces === 0) continue;
    const type = pieces < 0 || (price ?? 0) < 0 ? "refund" : "purchase";
    const receipt = line.text("receipt") || new Date(at).toISOString().slice(0, 10);
    const key = JSON.stringify([receipt, type]);
    const event = found.get(key) ?? { at, receipt, type, items: [] };
    found.set(key, event);
    event.items.push({ ...item, ...(price === undefined ? {} : { price: Math.abs(price) }), quantity: Math.max(1, Math.round(Math.abs(pieces))) });
  }
  if (issues.length > 0) throw new TactfulError("bad-receipts", issues);
  return [...found.values()].flatMap(parts).sort((a, b) => a.at - b.at);
}

function parts({ at, receipt, type, items }: { at: Timestamp; receipt: string; type: "purchase" | "refund"; items: Item[] }): ShopEvent[] {
  return Array.from({ length: Math.ceil(items.length / MOST_ITEMS) }, (_, part) => ({
    type,
    at,
    transaction_id: part === 0 ? receipt : `${receipt}#${part + 1}`,
    items: items.slice(part * MOST_ITEMS, (part + 1) * MOST_ITEMS),
  }));
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || String(value).trim() === "";
}

/** One row, whose problems are noted. */
class Line {
  readonly #row: Row;
  readonly #path: string;
  readonly #columns: Columns;
  readonly #issues: Issue[];

  constructor(row: Row, path: string, columns: Columns, issues: Issue[]) {
    this.#row = row;
    this.#path = path;
    this.#columns = columns;
    this.#issues = issues;
  }

  text(field: keyof Columns): string {
    const value = this.#value(field);
    return isEmpty(value) ? "" : String(value).trim();
  }

  date(): Timestamp | undefined {
    const value = this.#value("date");
    const at = value instanceof Date ? value.getTime() : typeof value === "number" ? value : written(this.text("date"));
    if (Number.isInteger(at) && at >= 0) return at;
    return this.#refuse("date", "a day (`2026-11-02` or `02.11.2026`) or an RFC 3339 time since 1970");
  }

  item(): Item | undefined {
    const [item_id, item_name, item_category, lot] = [this.text("item_id"), this.text("item_name"), this.text("item_category"), this.text("lot")];
    if (item_id === "" && item_name === "") return this.#refuse("item_id", "the number of the product, or `item_name` its name");
    return { ...(item_id && { item_id }), ...(item_name && { item_name }), ...(item_category && { item_category }), ...(lot && { lot }) };
  }

  /** A number, or a text that is one: the last point or comma is the decimal one, and a currency beside it is none of it. */
  number(field: "price" | "quantity"): number | undefined {
    const value = this.#value(field);
    if (isEmpty(value)) return undefined;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    const [, sign = "", digits = ""] = /^([-−]?)\s*(?:\p{Sc}|[A-Z]{3})?\s*(\d[\d., ]*)\s*(?:\p{Sc}|[A-Z]{3})?$/u.exec(String(value).trim()) ?? [];
    const decimal = Math.max(digits.lastIndexOf("."), digits.lastIndexOf(","));
    const whole = (text: string): string => text.replace(/[., ]/g, "");
    const plain = decimal < 0 ? whole(digits) : `${whole(digits.slice(0, decimal))}.${whole(digits.slice(decimal + 1))}`;
    if (digits !== "") return Number(plain) * (sign ? -1 : 1);
    return this.#refuse(field, "a number such as `1.99` or `1,99`");
  }

  #value(field: keyof Columns): unknown {
    return this.#row[this.#columns[field] ?? field];
  }

  #refuse(field: keyof Columns, wanted: string): undefined {
    const column = this.#columns[field] ?? field;
    const got = isEmpty(this.#value(field)) ? "is missing; it must be" : `must be`;
    this.#issues.push({ code: `bad-${field.replace("_", "-")}`, path: `${this.#path}/${column}`, message: `\`${column}\` ${got} ${wanted}` });
    return undefined;
  }
}

/** Milliseconds of a day or time in words; no number where it is neither. */
function written(text: string): Timestamp {
  const [, day, month, year] = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(text) ?? [];
  const iso = year === undefined ? text : `${year}-${month!.padStart(2, "0")}-${day!.padStart(2, "0")}`;
  if (!/^\d{4}-\d{2}-\d{2}(?:$|[T ].*(?:Z|[+-]\d{2}:?\d{2})$)/.test(iso)) return NaN;
  const at = Date.parse(iso.length === 10 ? iso + NOON : iso);
  // A day that no month has, such as 31.02., would be read as another.
  return iso.length > 10 || new Date(at || 0).toISOString().startsWith(iso) ? at : NaN;
}
