/** Tells the engine what is left of the coupons' budgets: a request that is the same for everybody, whatever they are shown. */
import type { BudgetsSignal } from "../types.js";
import { quietly } from "./quietly.js";
import type { Observer } from "./told.js";

/** How often it is asked again while the page is looked at, milliseconds: the engine goes by news for half an hour. */
const EVERY_MS = 600_000;

/** Where budgets are told, and how often it is asked. */
export interface BudgetsOptions {
  /** The ledger's address; `/v1/budgets` where missing. */
  url?: string | URL;
  /** Milliseconds; ten minutes where missing. */
  everyMs?: number;
  /** Default to those of the page. */
  fetch?: typeof fetch;
  /** Defaults to `Date.now`. */
  now?: () => number;
}

/** Asks at once and again from time to time, not while the page is out of sight. Returns a function that stops. */
export function watchBudgets(document: Document, tact: Observer, options: BudgetsOptions = {}): () => void {
  const { url = "/v1/budgets", everyMs = EVERY_MS, fetch: ask = fetch, now = Date.now } = options;
  const over = new AbortController();
  let asked = -Infinity;
  const look = async (): Promise<void> => {
    // A little less, so that what a timer does too early is not left out.
    if (document.visibilityState === "hidden" || now() - asked < everyMs / 2) return;
    const at = (asked = now());
    // Who asks is nobody's business, so no cookie goes along.
    const response = await ask(url, { credentials: "omit", signal: over.signal });
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    const { left } = (await response.json()) as Pick<BudgetsSignal, "left">;
    quietly("what is left of budgets", () => void tact.observe({ type: "budgets", at, left }));
  };
  const again = (): void => void look().catch((error: unknown) => over.signal.aborted || console.debug("tactful: budgets were not told:", error));
  const timer = setInterval(again, everyMs);
  document.addEventListener("visibilitychange", again, { signal: over.signal });
  again();
  return () => {
    clearInterval(timer);
    over.abort();
  };
}
