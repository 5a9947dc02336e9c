/** What a need says in words: a fact of the shopper's own with its evidence. It tells nobody what to do. */
import { must } from "./errors.js";
import type { Language, Need, Timestamp } from "./types.js";

const DAY = 86_400_000;
/** Due within so many days is about time. */
const ABOUT_TIME_DAYS = 2;
/** From so many days on, an interval is told in weeks. */
const IN_WEEKS = 14;

/**
 * Says one need of `tact.needs()` in one sentence, such as `About time for Coffee? You bought it 6 times, every 3 weeks or
 * so, last on 2 Nov.`
 */
export function sayNeed(need: Need, language: Language = "en", now: Timestamp = Date.now()): string {
  must([need, "need", "one of `needs()`", "name", "last"]);
  const { name, days, due = Infinity, every_days: every = 0 } = need;
  const isDue = due <= now + ABOUT_TIME_DAYS * DAY;
  const [number, inWeeks] = every < IN_WEEKS ? [every, false] : [Math.round(every / 7), true];
  const last = when(need.last, language, now);
  if (language === "de") {
    const often = every === 1 ? "fast täglich" : `etwa alle ${number} ${inWeeks ? "Wochen" : "Tage"}`;
    const told = every === 0 ? `einmal gekauft, am ${last}` : `${days}-mal gekauft, ${often}, zuletzt am ${last}`;
    return `${isDue ? `Zeit für ${name}? Bei dir` : `${name}: bei dir`} ${full(told)}`;
  }
  const often = every === 1 ? "almost daily" : `every ${number} ${inWeeks ? "weeks" : "days"} or so`;
  const told = every === 0 ? `once, on ${last}` : `${days} times, ${often}, last on ${last}`;
  return `${isDue ? `About time for ${name}? You bought it` : `You bought ${name}`} ${full(told)}`;
}

/** A day as `2 Nov` or `2.11.`, with its year where that is another one. */
function when(day: Timestamp, language: Language, now: Timestamp): string {
  const isOld = new Date(day).getUTCFullYear() !== new Date(now).getUTCFullYear();
  const [locale, month] = language === "de" ? ["de-DE", "numeric"] as const : ["en-GB", "short"] as const;
  const shape = { day: "numeric", month, timeZone: "UTC" } as const;
  return new Intl.DateTimeFormat(locale, isOld ? { ...shape, year: "numeric" } : shape).format(day);
}

function full(told: string): string {
  return told.endsWith(".") ? told : `${told}.`;
}
