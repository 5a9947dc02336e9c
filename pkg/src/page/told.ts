/** What a page has told an engine, so that nothing is told twice that the page has in several shapes. */
import type { Item, ShopEvent, Tactful } from "../types.js";

/** Whoever takes signals in. */
export type Observer = Pick<Tactful, "observe">;

/** A shop event that happens now. */
export type PageEvent = Omit<ShopEvent, "at">;

/** By whom: the data layer, gtag, Universal Analytics' enhanced ecommerce. */
export type Teller = "layer" | "gtag" | "enhanced";

/** The same event told in another shape within this time counts once, milliseconds. */
export const TWICE_MS = 1000;

/** Purchases that are recognised by their `transaction_id`, as many as the core remembers. */
const TRANSACTIONS = 32;

interface Told {
  readonly events: Map<string, { readonly by: Set<Teller>; readonly at: number }>;
  readonly transactions: Set<string>;
  /** When the data layer last told each type. */
  readonly types: Map<string, number>;
  /** Ids and names of what the structured data of the page told of each type, until the data layer says the same. */
  readonly page: Map<string, Set<string>>;
}

const observers = new WeakMap<Observer, Told>();

function toldTo(tact: Observer): Told {
  const told = observers.get(tact) ?? { events: new Map(), transactions: new Set(), types: new Map(), page: new Map() };
  observers.set(tact, told);
  return told;
}

/**
 * Tells an event of the data layer, unless it was told in another shape just now, or is a purchase that was told. One that
 * is refused was not told.
 */
export function tell(tact: Observer, event: PageEvent, by: Teller, at: number): void {
  const told = toldTo(tact);
  for (const [key, known] of told.events) if (at - known.at >= TWICE_MS) told.events.delete(key);
  if (isOfPage(told, event) || isAgain(told, event, by) || isBought(told, event)) return;
  tact.observe({ ...event, at });
  told.types.set(event.type, at);
  told.events.set(sameness(event), { by: new Set([by]), at });
  if (event.type === "purchase" && event.transaction_id !== undefined) told.transactions.add(event.transaction_id);
  for (const oldest of told.transactions) if (told.transactions.size > TRANSACTIONS) told.transactions.delete(oldest);
}

/** Tells what the structured data of the page say, unless the data layer has told of such an event since. */
export function tellPage(tact: Observer, event: PageEvent, since: number, at: number): void {
  const told = toldTo(tact);
  const last = told.types.get(event.type);
  if (last !== undefined && last >= since) return;
  tact.observe({ ...event, at });
  told.page.set(event.type, new Set(event.items?.flatMap(names)));
}

/** An event that another teller told just now; what the same one tells again has happened again. */
function isAgain({ events }: Told, event: PageEvent, by: Teller): boolean {
  const known = events.get(sameness(event));
  const again = known !== undefined && !known.by.has(by);
  if (again) known.by.add(by);
  return again;
}

function isBought({ transactions }: Told, { type, transaction_id }: PageEvent): boolean {
  return type === "purchase" && transaction_id !== undefined && transactions.has(transaction_id);
}

/** The page has told of the same product; once, since a second look is another. */
function isOfPage({ page }: Told, { type, items }: PageEvent): boolean {
  const known = page.get(type);
  const same = known !== undefined && items?.some((item) => names(item).some((name) => known.has(name))) === true;
  if (same) page.delete(type);
  return same;
}

/** What makes two shapes the same event. Prices and currencies are left out: not every shape has them. */
function sameness({ type, transaction_id, search_term, items }: PageEvent): string {
  return JSON.stringify([type, transaction_id, search_term, items?.map((item) => [names(item)[0], item.quantity ?? 1])]);
}

function names({ item_id, item_name }: Item): string[] {
  return [item_id, item_name].filter((name) => name !== undefined);
}
