/** Closes a care case that the shopper opened in "tell us" once the shop has answered; its id is that of the topic. */
import { ENGINE, must } from "../errors.js";
import { quietly } from "./quietly.js";
import { type Asking, DOCUMENT, regularly } from "./regularly.js";
import type { Observer } from "./told.js";

/** Where answered topics are told (`/v1/voice/answered` where missing), how often it is asked, and what the device asked for. */
export interface AnswersOptions extends Partial<Asking> {
  /** Ids of the topics that this device asked for, as `voice-asked` told them. */
  asked: () => readonly string[];
  /** The page that follows its shop (`tactful/live`), which hears of most answers at once, without a request. */
  live?: { answered(take: (topics: readonly string[]) => void): () => void } | undefined;
}

const WHAT = "what the shop has answered";

/**
 * Asks at once and again from time to time, not while the page is out of sight. The shop tells everybody the same topics, and the
 * device looks for its own among them. Returns a function that stops.
 */
export function watchAnswers(document: Document, tact: Observer, answers: AnswersOptions): () => void {
  must([document, "document", DOCUMENT, "addEventListener"], [tact, "tact", ENGINE, "observe"], [answers, "options", "`{ asked }`", "asked"]);
  const { asked, live, ...options } = answers;
  const closed = new Set<string>();
  const take = (topics: readonly string[], at: number): void => {
    const answered = new Set(topics);
    for (const id of asked()) {
      if (!answered.has(id) || closed.has(id)) continue;
      // A case that is not open stays closed, whatever it was about.
      tact.observe({ type: "care_case", at, id, topic: "complaint", state: "closed" });
      closed.add(id);
    }
  };
  const { now = Date.now } = options;
  const deaf = live?.answered((topics) => quietly(WHAT, () => take(topics, now())));
  const stop = regularly(document, WHAT, { url: "/v1/voice/answered", ...options }, (told, at) => take((told as { topics: string[] }).topics, at));
  return () => {
    deaf?.();
    stop();
  };
}
