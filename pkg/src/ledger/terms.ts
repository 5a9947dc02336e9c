/** The file that `tactful compile --terms` writes, as far as it is read here; the rest is the ledger's own. */
import type { Timestamp } from "../types.js";

/** What the ledger knows of one coupon. */
export interface CouponTerms {
  /** Id of the offer. */
  coupon: string;
  from?: Timestamp | null;
  until?: Timestamp | null;
  budget: { coupons: number };
}

/** The terms of all coupons of a shop that have a budget. */
export interface Terms {
  name: string;
  version: number;
  stores: { id: string; number: number }[];
  coupons: CouponTerms[];
}
