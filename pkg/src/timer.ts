/** A timer of the browser waits no longer, milliseconds, 24.8 days: one that shall wait longer fires at once. */
export const LONGEST_MS = 2 ** 31 - 1;
