/** What the card says by itself, in the languages of the package. Words of an offer come with the decision. */
import type { Language, OfferKind, ReplyKind } from "../types.js";

/** Replies that a card offers; `dismissed` is its close button. */
export type CardReply = Extract<ReplyKind, "saved" | "useful" | "later" | "less_like_this" | "never_again" | "dismissed">;

export interface Words {
  kind: Record<OfferKind, string>;
  button: Record<CardReply, string>;
  /** Said after a reply; closing needs no answer. */
  thanks: Record<Exclude<CardReply, "dismissed">, string>;
  /** The way to say something else. */
  tell: string;
  saves: (amount: string) => string;
  pays: (amount: string) => string;
  missing: (amount: string) => string;
}

export const WORDS: Record<Language, Words> = {
  en: {
    kind: { coupon: "Coupon", reminder: "Reminder", service: "Good to know" },
    button: {
      saved: "Take it",
      useful: "Useful",
      later: "Later",
      less_like_this: "Less like this",
      never_again: "Never again",
      dismissed: "Close",
    },
    thanks: {
      saved: "Saved for the till.",
      useful: "Good to know, thank you.",
      later: "All right, later.",
      less_like_this: "Understood, less like this.",
      never_again: "Understood, never again.",
    },
    tell: "Tell us",
    saves: (amount) => `Saves ${amount}`,
    pays: (amount) => `basket then ${amount}`,
    missing: (amount) => `Add ${amount} to use it`,
  },
  de: {
    kind: { coupon: "Gutschein", reminder: "Erinnerung", service: "Gut zu wissen" },
    button: {
      saved: "Nehmen",
      useful: "Nützlich",
      later: "Später",
      less_like_this: "Weniger davon",
      never_again: "Nie wieder",
      dismissed: "Schließen",
    },
    thanks: {
      saved: "Für die Kasse gemerkt.",
      useful: "Gut zu wissen, danke.",
      later: "Gut, später.",
      less_like_this: "Verstanden, weniger davon.",
      never_again: "Verstanden, nie wieder.",
    },
    tell: "Sag es uns",
    saves: (amount) => `Spart ${amount}`,
    pays: (amount) => `Korb dann ${amount}`,
    missing: (amount) => `Noch ${amount}, dann gilt er`,
  },
};
