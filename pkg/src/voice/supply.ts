/** What `tactful supply` found, as far as the desk shows it: when the shop runs out of fresh and useful things to say. */
import { TactfulError, refuse } from "../errors.js";
import { type Findings, Form, isObject, kind } from "../form.js";
import type { Timestamp } from "../types.js";
import { plain } from "./text.js";

/** A week of a placement or an audience: moments in which we might speak, and those with something fresh. */
export interface Week { permitted: number; fresh: number }

/** A placement or an audience, and the week from which on it has nothing fresh; null where it never runs out. */
export interface Place { id: string; weeks: Week[]; stale_from: number | null }

export interface Supply {
  /** The first day, `YYYY-MM-DD`. */
  from: string;
  days: number;
  /** How many were simulated. */
  people: number;
  placements: Place[];
  audiences: Place[];
  /** What was needed where nothing was said, most needed first. */
  gaps: { category: string; moments: number }[];
  never_shown: string[];
  warnings: Warning[];
}

/** What is nearer than the shop wants it: where nothing is fresh from a week on, words that stop being news, offers of no use. */
export type Warning =
  | { kind: "stale"; of: Whose; id: string; week: number; wanted_weeks: number }
  /** In so many days; 0 or less where they have. */
  | { kind: "aging"; offer: string; days: number; wanted_weeks: number }
  /** What share of what was shown was useful, and what that share surely is below, 0 to 1. */
  | { kind: "useless"; offer: string; by: Judge; useful_share: number; surely_below: number };

type Whose = "placement" | "audience";
type Judge = "simulation" | "devices";

/** The last report, and when it came. */
export interface ToldSupply { report: Supply; told_ms: Timestamp }

const COUNT = { wanted: "a whole number that is not below 0", low: 0, high: Number.MAX_SAFE_INTEGER, whole: true };
const DAYS = { wanted: "a whole number of days", low: -Number.MAX_SAFE_INTEGER, high: Number.MAX_SAFE_INTEGER, whole: true };
const SHARE = { wanted: "a share that is not below 0", low: 0, high: Number.MAX_SAFE_INTEGER };
const KINDS: readonly [Warning["kind"], ...Warning["kind"][]] = ["stale", "aging", "useless"];
const WHOSE: readonly [Whose, ...Whose[]] = ["placement", "audience"];
const JUDGES: readonly [Judge, ...Judge[]] = ["simulation", "devices"];
/** So much of what is wrong is told. */
const MOST_ISSUES = 20;

/** Reads a report as `tactful supply --json` writes it. Fields that the desk does not show are left out. */
export function readSupply(body: unknown): Supply {
  if (!isObject(body)) throw refuse("wrong-type", "", `the body must be a report of tactful supply, not ${kind(body)}`);
  const findings: Findings = { issues: [], notices: [] };
  const form = new Form(body, "", findings);
  const supply = {
    from: dateOf(form),
    days: countOf(form, "days"),
    people: countOf(form, "people"),
    placements: listOf(form, "placements").map(placeOf),
    audiences: listOf(form, "audiences").map(placeOf),
    gaps: listOf(form, "gaps").map((gap) => ({ category: wordsOf(gap, "category"), moments: countOf(gap, "moments") })),
    never_shown: textsOf(form, "never_shown"),
    warnings: listOf(form, "warnings").map(warningOf),
  };
  if (findings.issues.length > 0) throw new TactfulError("wrong-report", findings.issues.slice(0, MOST_ISSUES));
  return supply;
}

function placeOf(place: Form): Place {
  const weeks = listOf(place, "weeks").map((week) => ({ permitted: countOf(week, "permitted"), fresh: countOf(week, "fresh") }));
  return { id: wordsOf(place, "id"), weeks, stale_from: place.has("stale_from") ? countOf(place, "stale_from") : null };
}

function warningOf(warning: Form): Warning {
  const offer = () => wordsOf(warning, "offer");
  const wanted_weeks = () => countOf(warning, "wanted_weeks");
  const share = (field: string) => warning.number(field, SHARE, true) ?? 0;
  switch (wordOf(warning, "kind", KINDS)) {
    case "stale":
      return { kind: "stale", of: wordOf(warning, "of", WHOSE), id: wordsOf(warning, "id"), week: countOf(warning, "week"), wanted_weeks: wanted_weeks() };
    case "aging":
      return { kind: "aging", offer: offer(), days: warning.number("days", DAYS, true) ?? 0, wanted_weeks: wanted_weeks() };
    case "useless":
      return { kind: "useless", offer: offer(), by: wordOf(warning, "by", JUDGES), useful_share: share("useful_share"), surely_below: share("surely_below") };
  }
}

/** One of the words that a field may have; the first where it has another, which is noted. */
function wordOf<Word extends string>(form: Form, field: string, words: readonly [Word, ...Word[]]): Word {
  return words[form.choice(field, words)] ?? words[0];
}

function dateOf(form: Form): string {
  const date = form.text("from", true);
  if (date !== "?" && !/^\d{4}-\d\d-\d\d$/.test(date)) form.issue("wrong-type", "from", "`from` must be a day such as `2026-12-01`");
  return date;
}

function countOf(form: Form, field: string): number {
  return form.number(field, COUNT, true) ?? 0;
}

function wordsOf(form: Form, field: string): string {
  return plain(form.text(field, true));
}

/** The objects of a list that has to be there. */
function listOf(form: Form, field: string): Form[] {
  if (!form.has(field)) form.issue("missing", field, `\`${field}\` is missing; it must be a list`);
  return form.forms(field, Infinity);
}

function textsOf(form: Form, field: string): string[] {
  if (form.kindOf(field) === "list") {
    const list = form.inner(field);
    return list.fields.map((place) => wordsOf(list, place));
  }
  form.issue("wrong-type", field, `\`${field}\` must be a list of texts`);
  return [];
}
