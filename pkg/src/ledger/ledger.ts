/**
 * `tactful/ledger`: coupons that settle, on Web standards and Durable Objects with SQLite.
 *
 * | request | answer |
 * |---|---|
 * | `POST /v1/claims` with `idempotency-key` | a signed token, the same bytes however often it is asked for |
 * | `POST /v1/redemptions`, `/v1/redemptions/rollback`, with the till's key | redeemed once, or why not |
 * | `POST /v1/reservations`, `/v1/reservations/release`, with the till's key | held while it is paid, and let go of |
 * | `GET /v1/keys` | the signed key set by which tills check tokens |
 * | `GET /v1/coupons/{id}/budget`, `POST …/pause`, `…/resume`, with the shop's key | what became of the budget |
 * | `GET /v1/openapi.json` | all of it, as OpenAPI 3.1 |
 */
export { type LedgerClasses, type ObjectHost, ledgerObjects } from "./classes.js";
export { type LedgerHost, createLedger } from "./handler.js";
export { OPENAPI } from "./openapi.js";
export type { Reason } from "./problem.js";
export { EPOCH_MS, type SigningKey, kidOf, signingKeys } from "./signing.js";
export type { CouponTerms, Terms } from "./terms.js";
