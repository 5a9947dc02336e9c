/** What is said, asked and answered: the words that shopper, edge and desk share. */
import type { Language, Timestamp } from "../types.js";

/** What somebody wants: to have something, to know something, to have something put right. */
export const KINDS = ["wish", "question", "complaint"] as const;
export type VoiceKind = (typeof KINDS)[number];

/** How far the shop is. `not_possible` comes with the reason why. */
export const STATES = ["heard", "planned", "done", "not_possible"] as const;
export type TopicState = (typeof STATES)[number];

/** Why a topic is not shown to others. */
export const HIDDEN = ["insult", "advertising", "personal", "unlawful", "off_topic"] as const;
export type HideReason = (typeof HIDDEN)[number];

/** A text of the shop, in the languages that it wrote. */
export type Both = Partial<Record<Language, string>>;

/** What a shopper says. The device draws the id, so that saying it again is the same topic and not a second one. */
export interface Said {
  /** 16 random bytes in base64url. */
  id: string;
  kind: VoiceKind;
  /** As `plain` leaves it: 1 to 500 characters. */
  text: string;
  language: Language;
  /** Id of the product, category or offer that it is about, at most 128 letters. */
  about?: string;
}

/** A topic as everybody may read it. */
export interface PublicTopic extends Said {
  state: TopicState;
  answer?: Both;
  /** Why it is not possible. */
  reason?: Both;
  /** Tokens, not persons: one for having said it, one for each vote, and those of all topics merged into it. */
  votes: number;
  /** The hour in which it was said, ms since 1970. */
  said_ms: Timestamp;
}

/** A topic as the shop reads it. */
export interface Topic extends PublicTopic {
  /** Whether others may read it. Nothing is public before the shop says so. */
  public: boolean;
  hidden?: HideReason;
  /** The topic that this one was merged into. */
  into?: string;
  /** Those that were merged into this one. */
  merged?: readonly string[];
}

/** What the shop has done about a topic, without the shopper's words: everybody may read this. */
export interface Answered {
  /** The topic and those merged into it: who asked any of them finds the answer. */
  ids: readonly string[];
  kind: VoiceKind;
  state: TopicState;
  answer?: Both;
  reason?: Both;
  about?: string;
  hidden?: HideReason;
  /** The languages that the shop answered in. */
  languages: readonly Language[];
}

/** What `PATCH /v1/voice/{id}` changes; a language or reason that is null is taken away. */
export interface Change {
  state?: TopicState;
  answer?: Partial<Record<Language, string | null>>;
  reason?: Partial<Record<Language, string | null>>;
  public?: boolean;
  hidden?: HideReason | null;
}

/** A page of the inbox, newest first. */
export interface Inbox {
  topics: Topic[];
  /** Where the next page begins, as `after`. */
  next?: string;
  /** Topics that are not merged into another, of each state. */
  counts: Record<TopicState, number>;
}

/** A topic that uses the same words, and how much of them: 0 to 1. */
export interface Alike extends Pick<Topic, "id" | "text" | "votes" | "state"> { alike: number }

/** What a topic's id looks like. */
export const ID = /^[\w-]{22}$/;
