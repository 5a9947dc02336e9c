/** Answers that say no: RFC 9457 problem details, with a `reason` of a closed list that a program can act on. */
import type { Wrong } from "./schema.js";

/** Why something was refused, with the status it is told with and a sentence about it. */
export const REASONS = {
  malformed: [400, "the request is not as `/v1/openapi.json` says"],
  no_key: [401, "a key is needed: `authorization: Bearer KEY`"],
  other_till: [403, "the key is of another till than the request"],
  not_found: [404, "there is nothing under this address"],
  unknown_coupon: [404, "there is no coupon of this id that can be claimed"],
  unknown_code: [404, "this code cannot be redeemed"],
  method: [405, "this address does not take the method"],
  exhausted: [409, "all coupons of this kind are taken"],
  per_person: [409, "this shopper has taken as many as one may"],
  per_store: [409, "this store has given as many as it may"],
  not_started: [409, "the coupon has not begun"],
  paused: [409, "the coupon is paused"],
  spent: [409, "the token was redeemed already"],
  not_redeemed: [409, "there is no redemption of this till and receipt to take back"],
  other_receipt: [409, "another till or receipt has redeemed it"],
  ended: [410, "the coupon is over"],
  too_large: [413, "the body is too long"],
  not_json: [415, "the body must be `content-type: application/json`"],
  key_reused: [422, "the idempotency key was used for another request"],
  forged: [422, "the token is not one of this shop"],
  expired: [422, "the token is not valid any more"],
  not_yet: [422, "the token is not valid yet"],
  wrong_store: [422, "the token is for other stores"],
  internal: [500, "it is not known whether it was done; send the same request again"],
  busy: [503, "too much at once; send the same request again, after the seconds of `retry-after`"],
} as const satisfies Record<string, readonly [number, string]>;

/** Why something was refused. */
export type Reason = keyof typeof REASONS;

/** A refusal on its way to the answer. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly reason: Reason;
  readonly wrongs: readonly Wrong[];
  /** When it may be otherwise, ms since 1970. */
  readonly until: number | undefined;

  constructor(reason: Reason, { wrongs = [], until }: { wrongs?: readonly Wrong[]; until?: number | undefined } = {}) {
    super(REASONS[reason][1]);
    this.reason = reason;
    this.wrongs = wrongs;
    this.until = until;
  }
}

/** The answer of a refusal. Two refusals of one reason without `wrongs` and `until` are the same bytes. */
export function problem({ reason, wrongs, until }: Refusal, headers: Record<string, string> = {}): Response {
  const [status, detail] = REASONS[reason];
  const body = { type: `/v1/openapi.json#${reason}`, title: reason.replaceAll("_", " "), status, detail, reason, ...(wrongs.length > 0 && { wrongs }), ...(until !== undefined && { until }) };
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/problem+json", ...headers } });
}
