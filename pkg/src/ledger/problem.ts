/** Answers that say no: RFC 9457 problem details, with a `reason` of a closed list that a program can act on. */
import type { Wrong } from "./schema.js";

/** Why something was refused, with the status it is told with and a sentence about it. */
export const REASONS = {
  malformed: [400, "the request is not as `/v1/openapi.json` says"],
  no_key: [401, "a key is needed: `authorization: Bearer KEY`"],
  other_till: [403, "the key is of another till than the request"],
  not_found: [404, "there is nothing under this address"],
  unknown_coupon: [404, "there is no coupon of this id that can be claimed"],
  unknown: [404, "there is no such coupon to redeem"],
  mistyped: [404, "the code has a typing error"],
  forged: [404, "the token is not one of this shop"],
  method: [405, "this address does not take the method"],
  exhausted: [409, "all coupons of this kind are taken"],
  per_person: [409, "this shopper has had as many as one may"],
  per_store: [409, "this store has given as many as it may"],
  per_hour: [409, "this hour has given as many as it may"],
  not_started: [409, "the coupon has not begun"],
  paused: [409, "the coupon rests until the shop resumes it"],
  spent: [409, "the coupon was redeemed already"],
  reserved: [409, "another till holds the coupon"],
  voided: [409, "this receipt was rolled back"],
  not_redeemed: [409, "this till and receipt did not redeem it"],
  too_often: [409, "it was rolled back too often"],
  altered: [409, "the token says something else than the one that was given out"],
  not_yet: [409, "the coupon is not valid yet"],
  other_store: [409, "the coupon is good in another store"],
  ended: [410, "the coupon is over"],
  expired: [410, "the coupon is not valid any more"],
  too_large: [413, "the body is too long"],
  not_json: [415, "the body must be `content-type: application/json`"],
  other_request: [422, "the idempotency key was used for another request"],
  unknown_store: [422, "the coupon needs a store, and this is none"],
  too_many_codes: [429, "too many codes of this till were refused; show a token, or come again after the seconds of `retry-after`"],
  internal: [500, "it is not known whether it was done; send the same request again"],
  busy: [503, "too much at once; send the same request again, after the seconds of `retry-after`"],
} as const satisfies Record<string, readonly [number, string]>;

/** Why something was refused. */
export type Reason = keyof typeof REASONS;

/** Who redeemed a coupon first. */
export interface First {
  till: string;
  receipt: string;
  at: number;
}

/** What a refusal says besides its reason. */
export interface Saying {
  wrongs?: readonly Wrong[];
  /** When it may be otherwise, ms since 1970. */
  until?: number | undefined;
  /** Of a token that is spent: by whom. */
  first?: First | undefined;
}

/** A refusal on its way to the answer. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly reason: Reason;
  readonly saying: Saying;

  constructor(reason: Reason, saying: Saying = {}) {
    super(REASONS[reason][1]);
    this.reason = reason;
    this.saying = saying;
  }
}

/** The answer of a refusal. Two refusals of one reason that say nothing else are the same bytes. */
export function problem({ reason, saying }: Refusal, headers: Record<string, string> = {}): Response {
  const [status, detail] = REASONS[reason];
  const body = { type: `/v1/openapi.json#${reason}`, title: reason.replaceAll("_", " "), status, detail, reason, ...saying };
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/problem+json", ...headers } });
}
