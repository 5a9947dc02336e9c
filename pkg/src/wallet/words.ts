/** Why a coupon was not given, in a sentence for the shopper. */
import type { Language, Timestamp } from "../types.js";

const WORDS = {
  exhausted: ["Dieser Gutschein ist vergriffen.", "All of these coupons have been taken."],
  per_person: ["Diesen Gutschein hatten Sie schon.", "You have had this coupon already."],
  per_store: ["In dieser Filiale ist er vergriffen.", "This store has given out all of them."],
  per_hour: ["Gerade sind alle vergeben. Später gibt es wieder welche.", "There are none at the moment. There will be more later."],
  not_started: ["Diese Aktion hat noch nicht begonnen.", "This offer has not begun yet."],
  paused: ["Diese Aktion ruht gerade. Bitte später noch einmal versuchen.", "This offer rests at the moment. Please try again later."],
  ended: ["Diese Aktion ist beendet.", "This offer has ended."],
  unknown_store: ["Diesen Gutschein gibt es nur in einer Filiale.", "This coupon is given out in a store only."],
  unknown_coupon: ["Diesen Gutschein gibt es nicht mehr.", "This coupon does not exist any more."],
  no_consent: ["Ohne Ihre Zustimmung wird nichts gespeichert, auch kein Gutschein.", "Without your consent nothing is kept, and no coupon either."],
  not_possible: ["Der Gutschein lässt sich gerade nicht holen.", "The coupon cannot be had right now."],
  waiting: ["Noch keine Antwort. Der Gutschein kommt, sobald es wieder Netz gibt.", "No answer yet. The coupon comes as soon as there is a network."],
} as const satisfies Record<string, readonly [german: string, english: string]>;

const WHEN = { weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" } as const;

/** Why there is no coupon, and `waiting`: not yet. */
export type Refused = Exclude<keyof typeof WORDS, "waiting">;

/** The reason of an answer; what is not listed cannot be helped by the shopper. */
export function refusedAs(reason: unknown): Refused {
  return typeof reason === "string" && Object.hasOwn(WORDS, reason) && reason !== "waiting" ? (reason as Refused) : "not_possible";
}

/** One sentence: German for `de`, else English. `until` of `per_person`: when a coupon that lapsed unused makes room for the next. */
export function sayRefused(reason: Refused | "waiting", language: Language | (string & {}), until?: Timestamp): string {
  const isGerman = language.startsWith("de");
  if (reason !== "per_person" || until === undefined) return WORDS[reason][isGerman ? 0 : 1];
  const when = new Intl.DateTimeFormat(isGerman ? "de" : "en", WHEN).format(until);
  return isGerman ? `Den nächsten davon gibt es für Sie ab ${when}.` : `You can have the next one of these from ${when}.`;
}
