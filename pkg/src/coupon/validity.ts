/** How long a coupon is good for: its state, the words for it, and when they change. */
import type { Language, Timestamp } from "../types.js";
import { type CouponState, WORDS } from "./words.js";

/** What validity hangs on. */
export interface Lifetime {
  from: Timestamp;
  /** Without it. */
  until: Timestamp;
  /** When it was used, as far as the phone knows. */
  used?: Timestamp | undefined;
}

const [SECOND_MS, MINUTE_MS, HOUR_MS, DAY_MS] = [1_000, 60_000, 3_600_000, 86_400_000];
/** Below this, seconds are counted. */
const SECONDS_BELOW_MS = 10 * MINUTE_MS;
/** Below this, minutes are. */
const MINUTES_BELOW_MS = 2 * DAY_MS;
/** What is said aloud: once when so much is left, and nothing in between. */
const STEPS_MS = [DAY_MS, HOUR_MS, 10 * MINUTE_MS, MINUTE_MS];

/** How it stands at `now`. */
export function stateOf({ from, until, used }: Lifetime, now: Timestamp): CouponState {
  if (used !== undefined) return "used";
  return now < from ? "not_yet" : now < until ? "ready" : "expired";
}

/** The time that is left in words; `calm` counts no seconds. */
export function leftOf(ms: number, language: Language, calm: boolean): string {
  if (ms < SECONDS_BELOW_MS && !calm) return `${Math.floor(ms / MINUTE_MS)}:${String(Math.floor(ms / SECOND_MS) % 60).padStart(2, "0")} min`;
  const unit = (name: string, count: number): string => new Intl.NumberFormat(language, { style: "unit", unit: name, unitDisplay: "long" }).format(count);
  if (ms >= MINUTES_BELOW_MS) return unit("day", Math.floor(ms / DAY_MS));
  const [hours, minutes] = [Math.floor(ms / HOUR_MS), Math.floor(ms / MINUTE_MS) % 60];
  if (hours === 0 && minutes === 0) return WORDS[language].lastMinute;
  return [hours && unit("hour", hours), minutes && unit("minute", minutes)].filter(Boolean).join(" ");
}

/** When the words for it are others, in milliseconds from `now`; nothing where they stay. */
export function nextChange(lifetime: Lifetime, now: Timestamp, calm: boolean): number | undefined {
  const state = stateOf(lifetime, now);
  if (state === "not_yet") return Math.min(lifetime.from - now, DAY_MS);
  if (state !== "ready") return undefined;
  const left = lifetime.until - now;
  const grain = left < SECONDS_BELOW_MS && !calm ? SECOND_MS : MINUTE_MS;
  return left % grain || grain;
}

/** The step of what is said aloud: it is another one when something is to be said. */
export function stepOf(lifetime: Lifetime, now: Timestamp): string {
  const state = stateOf(lifetime, now);
  return state === "ready" ? `ready ${STEPS_MS.filter((step) => lifetime.until - now <= step).length}` : state;
}

/** The day and the time of an instant, in the words of the language. */
export function whenOf(at: Timestamp, language: Language, timeZone: string | undefined): string {
  return new Intl.DateTimeFormat(language, { ...(timeZone && { timeZone }), weekday: "short", day: "numeric", month: "short", hour: "numeric", minute: "2-digit" }).format(at);
}
