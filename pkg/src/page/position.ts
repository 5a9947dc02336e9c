/** Asks the shopper where they are, when that is worth it, and tells the engine what comes of it. */
import { ENGINE, must } from "../errors.js";
import { LONGEST_MS } from "../timer.js";
import type { LocateWanted, PositionSignal, Tactful, UnwantedReason } from "../types.js";
import { quietly } from "./quietly.js";

/** How long positions are told after a yes, milliseconds: the engine needs about a minute to tell a store from its door. */
export const WATCHED_MS = 120_000;
/** What the browser answers where the shopper refuses. Source: W3C Geolocation, GeolocationPositionError. */
const PERMISSION_DENIED = 1;

/** How the question is put. */
export interface PositionOptions {
  /**
   * Shows `sentence` and tells what the shopper says to it, before the browser asks in words of its own: `true` yes, `false`
   * no, `undefined` no answer. Not called where the browser has their permission already. Without it the browser alone asks.
   */
  ask?: (wanted: LocateWanted) => boolean | undefined | Promise<boolean | undefined>;
  /** How long positions are told, milliseconds. */
  watchMs?: number;
  /** Ends it sooner, as when the page is left. */
  signal?: AbortSignal;
  /** Default to those of the page. */
  geolocation?: Geolocation;
  permissions?: Permissions;
  /** Defaults to `Date.now`. */
  now?: () => number;
}

/** `told`: positions came; `refused`: the shopper does not want it; `silent`: no answer, or no position to be had; else why it was not asked for. */
export type PositionAnswer = "told" | "refused" | "silent" | UnwantedReason;

/**
 * Asks where the shopper is if the engine finds that worth it for `placement`, and tells it their positions for a while, or
 * that they refused. Resolves when that is over.
 */
export async function askPosition(
  tact: Pick<Tactful, "locate" | "observe">,
  placement: string,
  { ask, watchMs = WATCHED_MS, signal, geolocation, permissions, now = Date.now }: PositionOptions = {},
): Promise<PositionAnswer> {
  must([tact, "tact", ENGINE, "locate", "observe"]);
  const located = tact.locate(placement, now());
  if (!located.ask) return located.why;
  const refuse = (): PositionAnswer => {
    tact.observe({ type: "position_refused", at: now() });
    return "refused";
  };
  const browser = globalThis.navigator as Navigator | undefined;
  const permission = await state(permissions ?? browser?.permissions);
  if (permission === "denied") return refuse();
  if (ask && permission !== "granted") {
    const said = await ask(located);
    if (said === false) return refuse();
    if (said === undefined) return "silent";
  }
  const answer = await watched(geolocation ?? browser?.geolocation, { watchMs, signal }, ({ coords }) => {
    const { latitude, longitude, accuracy } = coords;
    const fix: PositionSignal = { type: "position", at: now(), latitude, longitude, accuracy };
    quietly("a position", () => void tact.observe(fix));
  });
  return answer === "refused" ? refuse() : answer;
}

/** What the browser was allowed; not every browser tells. */
async function state(permissions: Permissions | undefined): Promise<PermissionState | undefined> {
  try {
    return (await permissions?.query({ name: "geolocation" }))?.state;
  } catch {
    return undefined;
  }
}

/** Hands on positions until the time is over, the shopper refuses or it is ended. */
function watched(
  geolocation: Geolocation | undefined,
  { watchMs, signal }: { watchMs: number; signal: AbortSignal | undefined },
  take: (position: GeolocationPosition) => void,
): Promise<"told" | "refused" | "silent"> {
  if (!geolocation || signal?.aborted) return Promise.resolve("silent");
  return new Promise((resolve) => {
    let told = false;
    const end = (answer: "told" | "refused" | "silent"): void => {
      geolocation.clearWatch(watch);
      clearTimeout(timer);
      signal?.removeEventListener("abort", over);
      resolve(answer);
    };
    const over = (): void => end(told ? "told" : "silent");
    const timer = setTimeout(over, Math.min(watchMs, LONGEST_MS));
    signal?.addEventListener("abort", over);
    const came = (position: GeolocationPosition): void => {
      told = true;
      take(position);
    };
    // NOTE: that a position cannot be had just now is no answer of the shopper's; the next may come.
    const failed = ({ code }: GeolocationPositionError): void => (code === PERMISSION_DENIED ? end("refused") : undefined);
    const watch = geolocation.watchPosition(came, failed, { enableHighAccuracy: true, maximumAge: 0 });
  });
}
