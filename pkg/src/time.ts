/** What is taken for a time. */
import { refuse } from "./errors.js";
import type { Timestamp } from "./types.js";

/** Below lies March 1973, and what was told in seconds. */
export const EARLIEST_MS = 100_000_000_000;

/** A time in words. */
export const TIME = "a whole number of milliseconds (not seconds) since 1970";

/** The same time; any other number is thrown. */
export function time(now: Timestamp): Timestamp {
  if (Number.isSafeInteger(now) && now >= EARLIEST_MS) return now;
  throw refuse("bad-time", "/now", `the time must be ${TIME}, not ${now}`);
}
