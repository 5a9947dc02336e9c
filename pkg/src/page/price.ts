/** Prices as shops write them. */

/** What stands before or behind an amount: a currency sign, an ISO 4217 code, or one of the few words that are neither. */
const CURRENCY = String.raw`(?:\p{Sc}|[A-Z]{3}|kr\.?|Kč|zł|Ft|lei|лв\.?|Fr\.|Rs\.?|\s)`;
const AROUND = new RegExp(`^${CURRENCY}+|(?:[.,][-–—])?${CURRENCY}*$`, "gu");
/** A space or an apostrophe between thousands. */
const GROUPS = /(?<=\d)[\s'’](?=\d{3}(?!\d))/gu;

/**
 * Reads a price in major units: a number, a text that is one (`"1299.00"`, as GA4 documents it), or one in local
 * notation (`"1.299,00 €"`, `"$1,299.00"`, `"1 299 kr"`, `"CHF 1’299.–"`).
 *
 * `undefined` for what could mean two prices, as `"1,299"` or `"1.299 €"` do, for what is negative and for what is no
 * price: no price is better than one that is a thousand times too high.
 */
export function readPrice(value: unknown): number | undefined {
  if (typeof value === "number") return value >= 0 && value < Infinity ? value : undefined;
  if (typeof value !== "string" || value.length > 40) return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value);
  const amount = value.replace(AROUND, "").replace(GROUPS, "");
  if (/^\d+([.,]\d\d?)?$/.test(amount)) return Number(amount.replace(",", "."));
  if (/^\d{1,3}(\.\d{3})+,\d\d?$|^\d{1,3}(\.\d{3}){2,}$/.test(amount)) return Number(amount.replaceAll(".", "").replace(",", "."));
  if (/^\d{1,3}(,\d{3})+\.\d\d?$|^\d{1,3}(,\d{3}){2,}$/.test(amount)) return Number(amount.replaceAll(",", ""));
  return undefined;
}
