/** One request of `POST /v1/claims`, and what its answer means. */
import { type Coupon, parse } from "../till/verify.js";
import { LENGTH, fromUrl } from "../till/text.js";
import type { Timestamp } from "../types.js";
import type { Entry } from "./shelf.js";
import { type Refused, refusedAs } from "./words.js";

/** What came back. `unheard`: it is not known whether it was given, so the same request is worth sending again. */
export type Heard =
  | { kind: "given"; token: string }
  | { kind: "refused"; reason: Refused; until?: Timestamp }
  | { kind: "unheard"; afterMs: number };

/** How it is asked. */
export interface Asking {
  url: string | URL;
  fetcher: typeof fetch;
  /** Told what time it is at the edge. */
  heard: (edge: Timestamp) => void;
}

/** A request without an answer for so long, milliseconds, is taken for lost. */
const PATIENCE_MS = 10_000;
const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

/** Sends a claim as it is written down: without cookies, without the address of the page, not kept by anybody. */
export async function ask({ key, body }: Entry, { url, fetcher, heard }: Asking): Promise<Heard> {
  try {
    const answer = await fetcher(`${String(url).replace(/\/$/, "")}/claims`, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": key },
      body,
      credentials: "omit",
      referrerPolicy: "no-referrer",
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const edge = Date.parse(answer.headers.get("date") ?? "");
    if (Number.isFinite(edge)) heard(edge);
    return await meaning(answer);
  } catch {
    return { kind: "unheard", afterMs: 0 };
  }
}

async function meaning(answer: Response): Promise<Heard> {
  const { token, reason, until } = (await answer.json().catch(() => ({}))) as { token?: unknown; reason?: unknown; until?: unknown };
  if (answer.ok && typeof token === "string" && couponOf(token)) return { kind: "given", token };
  // What is the shopper's or the coupon's is refused for good; what is the edge's, or of somebody on the way who gives no reason (a
  // captive portal, a proxy), may be otherwise the next time.
  if (answer.ok || typeof reason !== "string" || answer.status === 408 || answer.status === 429 || answer.status >= 500) return { kind: "unheard", afterMs: retryAfter(answer) };
  return { kind: "refused", reason: refusedAs(reason), ...(typeof until === "number" && { until }) };
}

/** `Retry-After` in milliseconds, at most a day: RFC 9110 has it as seconds or as a date. */
function retryAfter({ headers }: Response): number {
  const text = headers.get("retry-after") ?? "";
  const ms = /^\d+$/.test(text) ? Number(text) * SECOND_MS : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), DAY_MS) : 0;
}

/** What a token says; nothing where it is none. Whether it is genuine is for the till to see. */
export function couponOf(token: string): Coupon | undefined {
  const bytes = fromUrl(token);
  return bytes?.length === LENGTH ? parse(bytes) : undefined;
}
