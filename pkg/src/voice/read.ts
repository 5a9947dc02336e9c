/** Reads what shoppers and the shop send. */
import { refuse } from "../errors.js";
import { isObject, kind as kindOf } from "../form.js";
import type { Language } from "../types.js";
import { LONGEST, lengthOf, plain } from "./text.js";
import { type Change, HIDDEN, ID, KINDS, STATES, type Said } from "./topics.js";

const LANGUAGES = ["de", "en"] as const;
/** Letters of a product's or category's id. */
const LONGEST_ABOUT = 128;

type Fields = Record<string, unknown>;

/** What is said, in words as they are kept. */
export function readSaid(body: unknown): Said {
  const { id, kind, text, language, about } = fields(body);
  if (typeof id !== "string" || !ID.test(id)) throw wrong("id", "16 random bytes in base64url");
  if (typeof text !== "string") throw wrong("text", "a text");
  const words = shortEnough(text, "text");
  if (words === "") throw refuse("empty", "/text", "`text` has no characters");
  if (about !== undefined && (typeof about !== "string" || plain(about) !== about || about === "" || about.length > LONGEST_ABOUT)) throw wrong("about", `the id of a product or category, at most ${LONGEST_ABOUT} letters`);
  return { id, kind: oneOf("kind", kind, KINDS), text: words, language: oneOf("language", language, LANGUAGES), ...(about !== undefined && { about }) };
}

/** What the shop changes about a topic. */
export function readChange(body: unknown): Change {
  const { state, answer, reason, public: shown, hidden } = fields(body);
  if (shown !== undefined && typeof shown !== "boolean") throw wrong("public", "true or false");
  return {
    ...(state !== undefined && { state: oneOf("state", state, STATES) }),
    ...(answer !== undefined && { answer: bothOf("answer", answer) }),
    ...(reason !== undefined && { reason: bothOf("reason", reason) }),
    ...(shown !== undefined && { public: shown }),
    ...(hidden !== undefined && { hidden: hidden === null ? null : oneOf("hidden", hidden, HIDDEN) }),
  };
}

/** The topic that another is merged into; null for none. */
export function readInto(body: unknown): string | null {
  const { into } = fields(body);
  if (into !== null && (typeof into !== "string" || !ID.test(into))) throw wrong("into", "the id of a topic, or null");
  return into;
}

/** Texts of the shop in its languages; an empty one is taken away. */
function bothOf(field: string, value: unknown): Partial<Record<Language, string | null>> {
  const given = Object.entries(fields(value, field)).filter(([language]) => LANGUAGES.includes(language as Language));
  return Object.fromEntries(given.map(([language, text]) => {
    if (text !== null && typeof text !== "string") throw wrong(`${field}/${language}`, "a text or null");
    return [language, shortEnough(text ?? "", `${field}/${language}`) || null];
  }));
}

function shortEnough(text: string, field: string): string {
  const words = plain(text);
  if (lengthOf(words) > LONGEST) throw refuse("too-long", `/${field}`, `\`${field}\` has ${lengthOf(words)} characters, above the maximum of ${LONGEST}`);
  return words;
}

function fields(body: unknown, field?: string): Fields {
  if (isObject(body)) return body as Fields;
  throw field ? wrong(field, "an object") : refuse("wrong-type", "", `the body must be an object, not ${kindOf(body)}`);
}

function oneOf<Word extends string>(field: string, value: unknown, words: readonly Word[]): Word {
  if (words.includes(value as Word)) return value as Word;
  throw wrong(field, words.join(", "));
}

function wrong(field: string, wanted: string): Error {
  return refuse("wrong-type", `/${field}`, `\`${field.split("/").at(-1)}\` must be ${wanted}`);
}
