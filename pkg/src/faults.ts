/** What the core refuses, in words: it tells which fault, and what stands in them. */
import type { Reader } from "./codec.js";
import type { Issue } from "./types.js";

/** Code, path, and words, with the places of what the core tells: two numbers, the first as a day or a GS1 key, and a name. */
type Fault = readonly [code: string, path: string, words: string];

// INVARIANT: the list has the order of the numbers in `src/wire/fault.rs`; `test/faults.json` holds them together.
const FAULTS: readonly Fault[] = [
  ["malformed-signal", "", "the signal is not in the agreed format; host and module are of different versions"],
  ["wrong-currency", "/currency", "the currency is not the catalog's; convert prices to the catalog's currency"],
  ["unreadable-code", "/code", "the code is neither a GS1 Digital Link, nor a GS1 element string, nor a GTIN of 8, 12, 13 or 14 digits"],
  ["unreadable-code", "/code", "the code has a wrong check digit; scan it again"],
  ["unreadable-code", "/code", "the code has neither a product (`/01/…`, `(01)…`) nor a store (`/414/…`, `(414)…`); compressed links are not read"],
  ["unknown-store", "/store", "no store of the catalog has this id"],
  ["decision-id", "/decision", "a decision id is sixteen hexadecimal digits, as a decision carries it"],
  ["unknown-decision", "/decision", "no shown offer with this decision id is remembered"],
  ["unknown-attribute", "/values", "the catalog declares no attributes; add them to its `attributes`"],
  ["unknown-attribute", "/values", "the catalog declares no attribute number {first} of this signal; the nearest known is `{name}`"],
  ["unknown-value", "/values", "attribute number {first} does not list this among its `values`; the nearest known is `{name}`"],
  ["too-many-values", "/values", "{first} values, members and entries are more than the {second} that are remembered"],
  ["attribute-type", "/values", "the value of attribute number {first} is not of the declared type"],
  ["not-a-pack", "/pack", "this is no Tactful pack; make one with `tactful compile`"],
  ["newer-format", "/pack", "the pack has format {first}, and this module reads format {second}; update the module"],
  ["older-format", "/pack", "the pack has format {first}, and this module reads format {second}; compile the catalog again"],
  ["damaged-pack", "/pack", "the pack is damaged ({first} bytes after the header, {second} expected, or a changed byte); fetch it again"],
  ["expired-pack", "/pack", "the pack was not to be used from {day} on; publish a newer one"],
  ["stale-pack", "/pack", "the pack has version {first}, and this device has already seen version {second}; versions only go forward"],
  ["inconsistent-pack", "/pack", "the pack contradicts itself in {name}; compile it again"],
  ["damaged-state", "/state", "the saved state is damaged; starting quietly, as if everything might have been said already"],
  ["newer-format", "/state", "the saved state has format {first}, and this module reads {second}; starting quietly"],
  ["unreadable-code", "/code", "the code has parts behind its `/{key}/…` that do not belong there, or not in this order"],
  ["unreadable-code", "/code", "the code names {thing} (`{key}`), and neither a product (`01`) nor a store (`414`)"],
  ["unreadable-beacon", "/uuid", "a beacon has a `uuid` of 32 hexadecimal digits, or a `namespace` of 20 and an `instance` of 12"],
  ["unknown-matter", "/id", "the catalog has no product, category or named occasion with this id"],
];

/** What GS1 keys other than a product's or a store's stand for. */
const THINGS: Readonly<Record<number, string>> = {
  0: "a logistic unit", 253: "a document", 255: "a coupon", 401: "a consignment", 402: "a shipment", 415: "a party",
  417: "a party", 8003: "a returnable asset", 8004: "an asset", 8010: "a component", 8013: "a model",
};

/** Reads a fault. */
export function readFault(from: Reader): Issue {
  const [code, path, words] = FAULTS[from.byte()]!;
  const [first, second, name] = [from.whole(), from.whole(), from.text()];
  const values: Record<string, unknown> = {
    first, second, name, key: `${first}`.padStart(2, "0"), thing: THINGS[first] ?? "a service relation",
  };
  const day = () => new Date(first).toISOString().slice(0, 10);
  const told = (place: string) => (place === "day" ? day() : String(values[place]));
  return { code, path, message: words.replace(/\{(\w+)\}/g, (_, place: string) => told(place)) };
}
