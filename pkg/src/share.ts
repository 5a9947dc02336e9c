/**
 * `tactful/share`: what a device may tell of a finished week, noised before it leaves. Nothing is told without a consent of
 * its own, where Global Privacy Control objects, or where the shopper turned the dial to never.
 *
 * A report is one answer about one offer, drawn by chance from the same list for everybody: not shown, shown, or shown and
 * useful. The answer is what happened with a probability of 0.364175 only, otherwise one of the three by lot, so that no
 * report is more than e times as likely as had anything else happened: epsilon 1 for the whole of it. A device tells of at
 * most one week in each four, drawn by chance: epsilon 13 in a year of 52 weeks, 14 at most in any 52 weeks in a row.
 *
 * It has no identity and no order; its time is the week; its id is drawn for it alone, so that what arrives twice counts once.
 * The `memo` says what was drawn already: keep it beside the state, or asking again would tell more than is said here.
 */
import { ENGINE, must } from "./errors.js";
import { time } from "./time.js";
import type { Export, ReplyKind, Timestamp } from "./types.js";

/** What came of an offer in a week. */
export type Outcome = "not_shown" | "shown" | "useful";

/** All that leaves the device, in this order. */
export interface Report {
  /** Drawn for this report alone: 32 hexadecimal digits. */
  id: string;
  /** Monday to Sunday, UTC; 0 begins on 1970-01-05. */
  week: number;
  offer: string;
  /** By chance, what happened. */
  answer: Outcome;
}

/** Why nothing is told: no consent, an objection, the dial at never, nothing to ask about, or not in this week. */
export type Untold = "no_consent" | "gpc" | "dial" | "no_offers" | "not_now";

/** A report to send, or why there is none. Keep the memo in either case. */
export type Telling = { memo: string; report: Report; why?: undefined } | { memo: string; report?: undefined; why: Untold };

/** What a report is made of. */
export interface ShareOptions {
  /** Did the shopper agree to this, apart from what may be remembered? */
  consent: boolean;
  /** Ids of the offers that are asked about: the same list for everybody, never one that was made for this shopper. */
  offers: readonly string[];
  /** What the call before returned. */
  memo?: string | null | undefined;
  now?: Timestamp;
  /** Draws a whole number from 0 up to `bound`, without it; from `crypto.getRandomValues` where missing. */
  draw?: (bound: number) => number;
}

/** Parts of a million in which an answer is what happened: `(e - 1) / (e + 2)`, rounded down. */
export const TRUTH_PPM = 364_175;
/** Weeks of which a device tells of one. */
export const PERIOD_WEEKS = 4;

const DAY_MS = 86_400_000;
const OUTCOMES: readonly Outcome[] = ["not_shown", "shown", "useful"];
const USEFUL: readonly ReplyKind[] = ["opened", "saved", "claimed", "redeemed", "useful"];

/** The week of an instant. */
export function weekOf(at: Timestamp): number {
  return Math.max(0, Math.floor((at / DAY_MS - 4) / 7));
}

/** What was drawn, and what stands to be told. */
interface Memo {
  /** Four weeks. */
  period: number;
  /** The one of them that is told of; none where that is done. */
  week?: number;
  /** The first week that lies wholly after consent. */
  from?: number;
  /** Stands until it has arrived. */
  report?: Report;
}

/** What is to be sent now. Asked again it is the same report, byte for byte, until `arrived` was called. */
export function nextReport(tact: { export(): Export }, options: ShareOptions): Telling {
  must([tact, "tact", ENGINE, "export"], [options, "options", "`{ consent, offers }`", "consent", "offers"]);
  const { consent, offers, memo, now = Date.now(), draw = below } = options;
  time(now);
  const known = read(memo);
  const kept = consent ? tact.export() : undefined;
  const why = !kept ? "no_consent" : kept.gpc ? "gpc" : kept.dial === "never" ? "dial" : offers.length === 0 ? "no_offers" : undefined;
  if (!kept || why) return { memo: withdrawn(known), why: why ?? "no_consent" };
  const thisWeek = weekOf(now);
  const memoOfNow = moved(known, thisWeek, memo && !known ? undefined : draw);
  const { week, from = thisWeek + 1, report } = memoOfNow;
  if (report) return { memo: JSON.stringify(memoOfNow), report };
  if (week === undefined || week >= thisWeek) return { memo: JSON.stringify(memoOfNow), why: "not_now" };
  delete memoOfNow.week;
  if (week >= from) memoOfNow.report = make(kept, offers, week, draw);
  const made = memoOfNow.report;
  return made ? { memo: JSON.stringify(memoOfNow), report: made } : { memo: JSON.stringify(memoOfNow), why: "not_now" };
}

/** The memo once a report has arrived, or was refused for good. */
export function arrived(memo: string): string {
  const known = read(memo);
  if (known) delete known.report;
  return JSON.stringify(known ?? {});
}

/**
 * Sends a report without cookies, address of the page or anything else of the shopper. True where `tactful/outcomes` says that it
 * has arrived, or why it never will; false where it is worth trying again later, with the same report.
 */
export async function send(url: string | URL, report: Report, fetcher: typeof fetch = fetch): Promise<boolean> {
  const body = bodyOf(report);
  try {
    const answer = await fetcher(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      credentials: "omit",
      referrerPolicy: "no-referrer",
      cache: "no-store",
    });
    return answer.status === 204 || (await isRefused(answer));
  } catch {
    return false;
  }
}

/** Refused for good, with the reason. Somebody on the way who gives none (a captive portal, a proxy) did not ask the counter. */
async function isRefused(answer: Response): Promise<boolean> {
  const { code, issues } = (await answer.json()) as { code?: unknown; issues?: unknown };
  return answer.status >= 400 && answer.status < 500 && answer.status !== 429 && typeof code === "string" && Array.isArray(issues);
}

/** The bytes of a report as they are sent; `tactful share` shows the same. */
export function bodyOf(report: Report): string {
  must([report, "report", "a report of `nextReport`", "id", "week", "offer", "answer"]);
  const { id, week, offer, answer } = report;
  return JSON.stringify({ id, week, offer, answer });
}

/** The memo of now: a new period draws its week. A clock that was set back finds nothing to tell, nor does a damaged memo. */
function moved(known: Memo | undefined, thisWeek: number, draw: ((bound: number) => number) | undefined): Memo {
  const from = known?.from ?? thisWeek + 1;
  // The week that is over counts: the last of a period is told of in the first of the next.
  const period = Math.floor(Math.max(0, thisWeek - 1) / PERIOD_WEEKS);
  if (known && known.period >= period) return { ...known, from };
  return { period, from, ...(draw && { week: period * PERIOD_WEEKS + draw(PERIOD_WEEKS) }) };
}

/** Without consent nothing stands to be told, and nothing new is kept. What was drawn stays drawn. */
function withdrawn(known: Memo | undefined): string {
  if (!known) return "";
  const { period, week } = known;
  return JSON.stringify({ period, ...(week !== undefined && { week }) });
}

function make({ impressions }: Export, offers: readonly string[], week: number, draw: (bound: number) => number): Report {
  const offer = offers[draw(offers.length)] as string;
  const shown = impressions.filter((one) => one.offer === offer && weekOf(one.at) === week);
  const useful = shown.some(({ reply }) => reply !== undefined && USEFUL.includes(reply));
  const truth: Outcome = useful ? "useful" : shown.length > 0 ? "shown" : "not_shown";
  const answer = draw(1_000_000) < TRUTH_PPM ? truth : (OUTCOMES[draw(3)] as Outcome);
  return { id: Array.from({ length: 32 }, () => draw(16).toString(16)).join(""), week, offer, answer };
}

/** The memo in words, where it is one. */
function read(memo: string | null | undefined): Memo | undefined {
  try {
    const known = JSON.parse(memo || "null") as Memo | null;
    return known && Number.isSafeInteger(known.period) ? known : undefined;
  } catch {
    return undefined;
  }
}

/** Evenly from 0 up to `bound`: what lies above the last whole multiple is drawn again. */
function below(bound: number): number {
  const most = Math.floor(2 ** 32 / bound) * bound;
  const [drawn = 0] = crypto.getRandomValues(new Uint32Array(1));
  return drawn < most ? drawn % bound : below(bound);
}
