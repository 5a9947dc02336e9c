/** Asks for what is the same for everybody, so that who asks, and when, tells nothing of the shopper. */
import { LONGEST_MS } from "../timer.js";
import { quietly } from "./quietly.js";

/** Where it is asked, and how often. */
export interface Asking {
  url: string | URL;
  /** Milliseconds; ten minutes where missing. */
  everyMs?: number;
  /** Default to those of the page. */
  fetch?: typeof fetch;
  /** Defaults to `Date.now`. */
  now?: () => number;
}

/** What is given first. */
export const DOCUMENT = "the `document` of the page";

const EVERY_MS = 600_000;

/**
 * Asks at once and again from time to time, not while the page is out of sight, and has the answer `taken` with the time of asking.
 * Returns a function that stops.
 */
export function regularly(document: Document, what: string, asking: Asking, taken: (told: unknown, at: number) => void): () => void {
  const { url, everyMs = EVERY_MS, fetch: ask = fetch, now = Date.now } = asking;
  const over = new AbortController();
  let asked = -Infinity;
  const look = async (): Promise<void> => {
    // A little less, so that what a timer does too early is not left out; a clock that is put back ends nothing.
    if (document.visibilityState === "hidden" || Math.abs(now() - asked) < everyMs / 2) return;
    const at = (asked = now());
    // Who asks is nobody's business, so no cookie goes along.
    const response = await ask(url, { credentials: "omit", signal: over.signal });
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    const told: unknown = await response.json();
    quietly(what, () => taken(told, at));
  };
  const again = (): void => void look().catch((error: unknown) => over.signal.aborted || console.debug(`tactful: ${what} was not told:`, error));
  const timer = setInterval(again, Math.min(everyMs, LONGEST_MS));
  document.addEventListener("visibilitychange", again, { signal: over.signal });
  again();
  return () => {
    clearInterval(timer);
    over.abort();
  };
}
