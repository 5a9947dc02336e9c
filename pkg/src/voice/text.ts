/**
 * What becomes of a shopper's words before they are sent, and again before they are kept; nothing else is ever changed.
 *
 * - a lone half of a surrogate pair, which is no character, becomes U+FFFD
 * - every kind of line end becomes one, three and more become two; a tab becomes a space
 * - control characters and those that turn the direction of what follows (U+202A to U+202E, U+2066 to U+206F, U+FFF9 to U+FFFB) are left out
 * - NFC, and no white space around it
 *
 * Marks of direction (U+200E, U+200F), joiners and variation selectors stay: emoji, Arabic and Persian need them.
 */

/** Most characters of a text, as Unicode counts them. */
export const LONGEST = 500;
const LINE_ENDS = /\r\n?|[\u0085\u2028\u2029]/g;
const LEFT_OUT = /(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u206f\ufff9-\ufffb]/gu;

/** The text as it is kept. Done twice it is the same. */
export function plain(text: string): string {
  const lines = text.replace(/\p{Surrogate}/gu, "\ufffd").replace(LINE_ENDS, "\n").replace(/\t/g, " ");
  return lines.replace(LEFT_OUT, "").normalize("NFC").replace(/\n{3,}/g, "\n\n").trim();
}

/** How many characters a text has. */
export function lengthOf(text: string): number {
  return [...text].length;
}
