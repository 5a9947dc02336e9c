/** What the form says, in the languages of the package. */
import type { Language } from "../types.js";
import type { Sent } from "./client.js";
import type { HideReason, TopicState, VoiceKind } from "./topics.js";

export interface Words {
  title: string;
  intro: string;
  kindLabel: string;
  kind: Record<VoiceKind, string>;
  /** What a topic is called in a list. */
  named: Record<VoiceKind, string>;
  textLabel: Record<VoiceKind, string>;
  count: (used: number, most: number) => string;
  tooLong: (over: number) => string;
  empty: string;
  about: (what: string) => string;
  consent: string;
  consentText: string;
  consentFirst: string;
  objected: string;
  exactly: string;
  exactlyText: string;
  send: string;
  sending: string;
  sent: Record<Sent, string>;
  voted: Record<Sent, string>;
  yours: string;
  yoursGone: string;
  waiting: string;
  others: string;
  othersNone: string;
  unread: string;
  again: string;
  vote: string;
  voteFor: (text: string) => string;
  hasVoted: string;
  votes: (count: number) => string;
  state: Record<TopicState, string>;
  hidden: Record<HideReason, string>;
  close: string;
}

export const WORDS: Record<Language, Words> = {
  en: {
    title: "Tell us",
    intro: "A wish, a question, a complaint: the shop reads it and answers here.",
    kindLabel: "What is it?",
    kind: { wish: "A wish", question: "A question", complaint: "A complaint" },
    named: { wish: "Wish", question: "Question", complaint: "Complaint" },
    textLabel: { wish: "What do you wish for?", question: "What do you want to know?", complaint: "What went wrong?" },
    count: (used, most) => `${used} of ${most} characters`,
    tooLong: (over) => `${over} characters too many. Nothing is cut off: please make it shorter.`,
    empty: "Please write something first.",
    about: (what) => `About: ${what}`,
    consent: "Yes, send it to the shop",
    consentText: "Without your name, account or device. Please write nothing that says who you or others are. The shop keeps it for two years and may show it to others, together with votes.",
    consentFirst: "Please say yes to sending first.",
    objected: "Your browser objects to it (Global Privacy Control), so nothing is sent. You can read what others said.",
    exactly: "What exactly is sent",
    exactlyText: "These words, and a blinded token: it shows that you have not sent too much today, and not who you are.",
    send: "Send",
    sending: "Sending …",
    sent: {
      sent: "Heard, thank you. The shop's answer will be here.",
      "too-many": "Enough has come from your network today. Your words are still here: try again tomorrow.",
      away: "That did not get through. Your words are still here: try again.",
      refused: "The shop could not take that. Your words are still here.",
    },
    voted: { sent: "Your vote counts.", "too-many": "Enough has come from your network today. Try again tomorrow.", away: "That did not get through. Try again.", refused: "The shop could not take that vote." },
    yours: "Yours",
    yoursGone: "What you said",
    waiting: "No answer yet.",
    others: "What others say",
    othersNone: "Nothing is shown here yet.",
    unread: "What others say and the shop answers could not be read.",
    again: "Try again",
    vote: "Me too",
    voteFor: (text) => `Me too: ${text}`,
    hasVoted: "You too",
    votes: (count) => `${count} ${count === 1 ? "vote" : "votes"}`,
    state: { heard: "Heard", planned: "Planned", done: "Done", not_possible: "Not possible" },
    hidden: {
      insult: "Not shown to others: it insults somebody.",
      advertising: "Not shown to others: it advertises something.",
      personal: "Not shown to others: it says who somebody is.",
      unlawful: "Not shown to others: the law forbids it.",
      off_topic: "Not shown to others: it is not about this shop.",
    },
    close: "Close",
  },
  de: {
    title: "Sag es uns",
    intro: "Ein Wunsch, eine Frage, eine Beschwerde: Der Laden liest es und antwortet hier.",
    kindLabel: "Was ist es?",
    kind: { wish: "Ein Wunsch", question: "Eine Frage", complaint: "Eine Beschwerde" },
    named: { wish: "Wunsch", question: "Frage", complaint: "Beschwerde" },
    textLabel: { wish: "Was wünschst du dir?", question: "Was möchtest du wissen?", complaint: "Was ist schiefgelaufen?" },
    count: (used, most) => `${used} von ${most} Zeichen`,
    tooLong: (over) => `${over} Zeichen zu viel. Abgeschnitten wird nichts: Bitte kürze den Text.`,
    empty: "Bitte schreib zuerst etwas.",
    about: (what) => `Es geht um: ${what}`,
    consent: "Ja, an den Laden senden",
    consentText: "Ohne deinen Namen, dein Konto oder dein Gerät. Bitte schreib nichts, das verrät, wer du oder andere sind. Der Laden bewahrt es zwei Jahre auf und darf es mit den Stimmen anderen zeigen.",
    consentFirst: "Bitte stimme zuerst dem Senden zu.",
    objected: "Dein Browser widerspricht (Global Privacy Control), darum wird nichts gesendet. Du kannst lesen, was andere sagen.",
    exactly: "Was genau gesendet wird",
    exactlyText: "Diese Worte und eine verblindete Marke: Sie zeigt, dass du heute nicht zu viel gesendet hast, und nicht, wer du bist.",
    send: "Senden",
    sending: "Wird gesendet …",
    sent: {
      sent: "Gehört, danke. Die Antwort des Ladens steht dann hier.",
      "too-many": "Aus deinem Netz kam heute schon genug. Dein Text ist noch da: Versuch es morgen wieder.",
      away: "Das kam nicht an. Dein Text ist noch da: Versuch es noch einmal.",
      refused: "Das konnte der Laden nicht annehmen. Dein Text ist noch da.",
    },
    voted: { sent: "Deine Stimme zählt.", "too-many": "Aus deinem Netz kam heute schon genug. Versuch es morgen wieder.", away: "Das kam nicht an. Versuch es noch einmal.", refused: "Diese Stimme konnte der Laden nicht annehmen." },
    yours: "Von dir",
    yoursGone: "Was du gesagt hast",
    waiting: "Noch keine Antwort.",
    others: "Was andere sagen",
    othersNone: "Hier steht noch nichts.",
    unread: "Was andere sagen und der Laden antwortet, war nicht zu lesen.",
    again: "Noch einmal",
    vote: "Ich auch",
    voteFor: (text) => `Ich auch: ${text}`,
    hasVoted: "Du auch",
    votes: (count) => `${count} ${count === 1 ? "Stimme" : "Stimmen"}`,
    state: { heard: "Gehört", planned: "Geplant", done: "Erledigt", not_possible: "Nicht möglich" },
    hidden: {
      insult: "Anderen nicht gezeigt: Es beleidigt jemanden.",
      advertising: "Anderen nicht gezeigt: Es wirbt für etwas.",
      personal: "Anderen nicht gezeigt: Es verrät, wer jemand ist.",
      unlawful: "Anderen nicht gezeigt: Das Gesetz verbietet es.",
      off_topic: "Anderen nicht gezeigt: Es geht nicht um diesen Laden.",
    },
    close: "Schließen",
  },
};
