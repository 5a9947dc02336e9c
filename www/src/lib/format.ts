/** Writes money, times and shares as the language does. */
import type { Language } from "tactful";

export interface Format {
  money: (minor: number) => string;
  /** Weekday, day, month. */
  date: (at: number) => string;
  /** Hours and minutes. */
  time: (at: number) => string;
  /** Month and year. */
  month: (at: number) => string;
  /** The time alone where it is on the same day as `now`, else with its date. */
  soon: (at: number, now: number) => string;
  /** A share in parts per million as a percentage. */
  share: (ppm: number) => string;
}

export function formats(language: Language, currency: string, timeZone: string): Format {
  const locale = language === "de" ? "de" : "en-GB";
  const money = new Intl.NumberFormat(locale, { style: "currency", currency });
  const digits = 10 ** (money.resolvedOptions().maximumFractionDigits ?? 2);
  const when = (options: Intl.DateTimeFormatOptions): ((at: number) => string) => {
    const format = new Intl.DateTimeFormat(locale, { timeZone, ...options });
    return (at) => format.format(at);
  };
  const date = when({ weekday: "short", day: "numeric", month: "short" });
  const time = when({ hour: "2-digit", minute: "2-digit" });
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumSignificantDigits: 3, maximumFractionDigits: 1, roundingPriority: "lessPrecision" });
  return {
    money: (minor) => money.format(minor / digits),
    date,
    time,
    month: when({ month: "long", year: "numeric" }),
    soon: (at, now) => (date(at) === date(now) ? time(at) : `${date(at)}, ${time(at)}`),
    share: (ppm) => percent.format(ppm / 1_000_000),
  };
}
