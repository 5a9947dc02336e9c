/** Registers `<tactful-coupon>`; where there are no custom elements (a server), nothing happens. */
import { TactfulCoupon, type TactfulCouponEventMap } from "./coupon.js";

export * from "./coupon.js";

declare global {
  interface HTMLElementTagNameMap {
    "tactful-coupon": TactfulCoupon;
  }
  interface HTMLElementEventMap extends TactfulCouponEventMap {}
}

if (globalThis.customElements) TactfulCoupon.define();
