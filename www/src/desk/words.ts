/** What the desk says, in both languages. */
import type { Language } from "tactful";
import type { HideReason, TopicState, VoiceKind, Warning } from "tactful/voice";

export interface Words {
  title: string;
  supply: string;
  supplyText: string;
  supplyAge: (days: number) => string;
  supplyOld: string;
  supplyFile: string;
  supplyOf: (people: number, days: number, from: string) => string;
  noSupply: string;
  noWarnings: string;
  warning: (warning: Warning) => string;
  fresh: string;
  supplyColumns: readonly string[];
  week: (number: number) => string;
  gaps: string;
  neverShown: string;
  setUp: string;
  setUpText: string;
  setUpField: string;
  setUpButton: string;
  wrongKey: string;
  away: string;
  /** Refusals that a shopkeeper meets, by their code. */
  refused: Readonly<Record<string, string>>;
  catalog: string;
  leave: string;
  forgets: string;
  any: string;
  states: string;
  state: Record<TopicState, string>;
  kinds: string;
  kind: Record<VoiceKind, string>;
  shows: string;
  show: Record<"new" | "public" | "hidden", string>;
  search: string;
  csv: string;
  json: string;
  none: string;
  pages: string;
  older: string;
  newer: string;
  votes: (count: number) => string;
  about: (what: string) => string;
  merged: (count: number) => string;
  answer: string;
  answerIn: Record<Language, string>;
  reasonIn: Record<Language, string>;
  everybody: string;
  save: string;
  saved: string;
  publish: string;
  unpublish: string;
  same: string;
  sameText: string;
  sameNone: string;
  mergeInto: string;
  separate: string;
  hide: string;
  hideText: string;
  hideWhy: string;
  unhide: string;
  hidden: Record<HideReason, string>;
  cancel: string;
}

export const WORDS: Record<Language, Words> = {
  en: {
    supply: "Supply",
    supplyText: "When the shop runs out of fresh things to say, this tells it here; desk.key is a file with the shop's key:",
    supplyAge: (days) => `Told ${ago("en", days)}.`,
    supplyOld: "Much may have changed since: let tactful supply look again.",
    supplyFile: "Or a report of tactful supply --json; it stays in this page",
    supplyOf: (people, days, from) => `${people} simulated people, ${days} days from ${from}`,
    noSupply: "This is no report of tactful supply.",
    noWarnings: "Nothing runs out soon",
    warning: (warning) => {
      switch (warning.kind) {
        case "stale": return `${warning.of} ${warning.id}: nothing fresh to say from week ${warning.week} on; wanted: ${weeks(warning.wanted_weeks)}`;
        case "aging": return warning.days > 0
          ? `${warning.offer}: its words are news for ${count(warning.days, "more day", "more days")}; wanted: ${weeks(warning.wanted_weeks)}`
          : `${warning.offer}: its words are no news any more; write new ones and a new fresh`;
        case "useless": return `${warning.offer}: useful to hardly anybody ${warning.by === "devices" ? "as devices told" : "in the simulation"}: ${percent("en", warning.useful_share)} of what was shown, surely below ${percent("en", warning.surely_below)}`;
      }
    },
    fresh: "Moments with something fresh to say",
    supplyColumns: ["Where or for whom", "First 4 weeks", "Last 4 weeks", "Runs out"],
    week: (number) => `in week ${number}`,
    gaps: "Needed most where nothing was said",
    neverShown: "Never shown",
    title: "Desk",
    setUp: "Open the desk",
    setUpText: "Open the link with the shop's key, or put the key here. It stays in this browser.",
    setUpField: "The shop's key",
    setUpButton: "Open",
    wrongKey: "That key does not open this desk.",
    away: "The edge does not answer. Try again.",
    refused: { "no-reason": "Say why it is not possible, in German or English.", "too-long": "A text has more than 500 characters; nothing was saved." },
    catalog: "An offer of the kind service with these lines in the catalog reaches those who asked:",
    leave: "Leave",
    forgets: "This browser keeps nothing, since cookies and site data are blocked. The key is forgotten when this page is closed.",
    any: "All",
    states: "State",
    state: { heard: "Heard", planned: "Planned", done: "Done", not_possible: "Not possible" },
    kinds: "Kind",
    kind: { wish: "Wish", question: "Question", complaint: "Complaint" },
    shows: "Shown",
    show: { new: "Not yet looked at", public: "To everybody", hidden: "Hidden" },
    search: "Words",
    csv: "Export CSV",
    json: "Export JSON",
    none: "Nothing here.",
    pages: "Pages",
    older: "Older",
    newer: "Newer",
    votes: (count) => `${count} ${count === 1 ? "vote" : "votes"}`,
    about: (what) => `about ${what}`,
    merged: (count) => `${count} merged`,
    answer: "Answer",
    answerIn: { de: "Answer in German", en: "Answer in English" },
    reasonIn: { de: "Why not, in German", en: "Why not, in English" },
    everybody: "Everybody can read answers, also to what is not shown: write nothing personal.",
    save: "Save",
    saved: "Saved.",
    publish: "Show to everybody",
    unpublish: "Show no longer",
    same: "Same as …",
    sameText: "Topics with the same words. Votes add up, and who asked here finds the answer.",
    sameNone: "No topic has the same words.",
    mergeInto: "It is this one",
    separate: "Separate",
    hide: "Hide",
    hideText: "Hidden:",
    hideWhy: "Hide it from others, because …",
    unhide: "Hide no longer",
    hidden: { insult: "it insults somebody", advertising: "it advertises", personal: "it says who somebody is", unlawful: "it is against the law", off_topic: "it is not about the shop" },
    cancel: "Close",
  },
  de: {
    supply: "Vorrat",
    supplyText: "Wann dem Laden Neues zu sagen ausgeht, meldet dies hierher; desk.key ist eine Datei mit dem Schlüssel des Ladens:",
    supplyAge: (days) => `Gemeldet ${ago("de", days)}.`,
    supplyOld: "Seither kann sich viel geändert haben: Lassen Sie tactful supply noch einmal nachsehen.",
    supplyFile: "Oder ein Bericht von tactful supply --json; er bleibt in dieser Seite",
    supplyOf: (people, days, from) => `${people} simulierte Menschen, ${days} Tage ab ${from}`,
    noSupply: "Das ist kein Bericht von tactful supply.",
    noWarnings: "Nichts geht bald aus",
    warning: (warning) => {
      switch (warning.kind) {
        case "stale": return `${warning.of === "placement" ? "Platz" : "Zielgruppe"} ${warning.id}: ab Woche ${warning.week} nichts Neues zu sagen; gewünscht: ${wochen(warning.wanted_weeks)}`;
        case "aging": return warning.days > 0
          ? `${warning.offer}: die Worte sind noch ${count(warning.days, "Tag", "Tage")} neu; gewünscht: ${wochen(warning.wanted_weeks)}`
          : `${warning.offer}: die Worte sind nicht mehr neu; schreiben Sie andere, und ein neues fresh`;
        case "useless": return `${warning.offer}: nützt ${warning.by === "devices" ? "laut den Geräten" : "in der Simulation"} kaum jemandem: ${percent("de", warning.useful_share)} von allem Gezeigten, sicher unter ${percent("de", warning.surely_below)}`;
      }
    },
    fresh: "Momente, in denen es Neues zu sagen gibt",
    supplyColumns: ["Wo oder für wen", "Erste 4 Wochen", "Letzte 4 Wochen", "Geht aus"],
    week: (number) => `in Woche ${number}`,
    gaps: "Am meisten gebraucht, wo nichts gesagt wurde",
    neverShown: "Nie gezeigt",
    title: "Pult",
    setUp: "Das Pult öffnen",
    setUpText: "Öffnen Sie den Link mit dem Schlüssel des Ladens, oder geben Sie den Schlüssel hier ein. Er bleibt in diesem Browser.",
    setUpField: "Schlüssel des Ladens",
    setUpButton: "Öffnen",
    wrongKey: "Dieser Schlüssel öffnet das Pult nicht.",
    away: "Der Server antwortet nicht. Versuchen Sie es noch einmal.",
    refused: { "no-reason": "Sagen Sie auf Deutsch oder Englisch, warum es nicht geht.", "too-long": "Ein Text hat mehr als 500 Zeichen; gespeichert wurde nichts." },
    catalog: "Ein Angebot der Art service mit diesen Zeilen im Katalog erreicht die, die gefragt haben:",
    leave: "Verlassen",
    forgets: "Dieser Browser bewahrt nichts auf, da Cookies und Website-Daten blockiert sind. Der Schlüssel ist vergessen, wenn diese Seite geschlossen wird.",
    any: "Alle",
    states: "Stand",
    state: { heard: "Gehört", planned: "Geplant", done: "Erledigt", not_possible: "Nicht möglich" },
    kinds: "Art",
    kind: { wish: "Wunsch", question: "Frage", complaint: "Beschwerde" },
    shows: "Gezeigt",
    show: { new: "Noch nicht angesehen", public: "Allen", hidden: "Verborgen" },
    search: "Wörter",
    csv: "CSV-Export",
    json: "JSON-Export",
    none: "Hier ist nichts.",
    pages: "Seiten",
    older: "Älteres",
    newer: "Neueres",
    votes: (count) => `${count} ${count === 1 ? "Stimme" : "Stimmen"}`,
    about: (what) => `zu ${what}`,
    merged: (count) => `${count} vereint`,
    answer: "Antworten",
    answerIn: { de: "Antwort auf Deutsch", en: "Antwort auf Englisch" },
    reasonIn: { de: "Warum nicht, auf Deutsch", en: "Warum nicht, auf Englisch" },
    everybody: "Antworten können alle lesen, auch auf das, was nicht gezeigt wird: Schreiben Sie nichts Persönliches.",
    save: "Speichern",
    saved: "Gespeichert.",
    publish: "Allen zeigen",
    unpublish: "Nicht mehr zeigen",
    same: "Dasselbe wie …",
    sameText: "Themen mit denselben Wörtern. Stimmen werden addiert, und wer hier gefragt hat, findet die Antwort.",
    sameNone: "Kein Thema hat dieselben Wörter.",
    mergeInto: "Es ist dieses",
    separate: "Trennen",
    hide: "Verbergen",
    hideText: "Verborgen:",
    hideWhy: "Vor anderen verbergen, denn …",
    unhide: "Nicht mehr verbergen",
    hidden: { insult: "es beleidigt jemanden", advertising: "es wirbt", personal: "es verrät, wer jemand ist", unlawful: "es ist verboten", off_topic: "es betrifft den Laden nicht" },
    cancel: "Schließen",
  },
};

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}

const weeks = (number: number): string => count(number, "week", "weeks");
const wochen = (number: number): string => count(number, "Woche", "Wochen");

function percent(language: Language, share: number): string {
  return new Intl.NumberFormat(language, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(share);
}

/** `today`, `yesterday`, `3 days ago`. */
function ago(language: Language, days: number): string {
  return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(-days, "day");
}
