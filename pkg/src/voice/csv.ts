/** Topics as CSV (RFC 4180), which a spreadsheet opens without running anything of it. */
import type { Topic } from "./topics.js";

const COLUMNS = ["id", "into", "kind", "language", "about", "text", "votes", "said", "state", "public", "hidden", "answer_de", "answer_en", "reason_de", "reason_en"] as const;

/** One line, or the line of the columns' names. */
export function csvOf(topic?: Topic): string {
  if (!topic) return `\ufeff${COLUMNS.join(",")}\r\n`;
  const { answer = {}, reason = {}, said_ms } = topic;
  const cells = { ...topic, said: new Date(said_ms).toISOString(), answer_de: answer.de, answer_en: answer.en, reason_de: reason.de, reason_en: reason.en };
  return `${COLUMNS.map((column) => cell(String(cells[column] ?? ""))).join(",")}\r\n`;
}

/**
 * A cell in quotes. Behind what a spreadsheet would take for the beginning of a formula, also after white space, or in full width,
 * stands an apostrophe first, as before one that was there: take one away to have the words again.
 */
function cell(text: string): string {
  const safe = text.replace(/^(?=['\s\p{Cf}]*[=+\-@|%＝＋－＠])|^(?=')/u, "'");
  return `"${safe.replaceAll('"', '""')}"`;
}
