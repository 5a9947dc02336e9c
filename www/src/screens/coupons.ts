/** What the shopper has taken: to show at the till, to fetch from the edge, or on its way. */
import type { App, Taken } from "../app.js";
import { h } from "../lib/dom.js";
import { backBar } from "./parts.js";

/** The place of its own. */
export function coupons(app: App): HTMLElement[] {
  const { words } = app;
  const rows = mine(app);
  return [
    backBar(app, words.taken),
    h("p", { class: "note", role: "status", "data-testid": "coupon-note" }, app.coupons?.note ?? ""),
    rows.length > 0 ? h("ul", { class: "purse" }, ...rows) : h("p", { class: "empty" }, words.couponsEmpty),
    ...(app.consent ? [] : [h("p", { class: "note" }, words.couponsConsent)]),
  ];
}

/** In the basket and at the till. */
export function taken(app: App): HTMLElement[] {
  const rows = mine(app, true);
  if (rows.length === 0) return [];
  return [
    h("section", { class: "taken", "aria-labelledby": "taken" }, h("h2", { id: "taken" }, app.words.taken), h("ul", {}, ...rows), h("p", {}, app.words.takenText)),
  ];
}

function mine(app: App, isNow = false): HTMLElement[] {
  const { words, format } = app;
  const had = (app.coupons?.had ?? []).filter(({ used, until }) => !isNow || (used === undefined && until > Date.now()));
  const shown = had.map((coupon) => {
    const state = coupon.used !== undefined ? words.couponUsed : coupon.until > Date.now() ? words.couponUntil(format.soon(coupon.until, Date.now())) : words.couponOver;
    return row(coupon.about, state, h("button", { class: "second", type: "button", "data-testid": "coupon-show", onclick: () => app.coupons?.show(coupon) }, words.couponShow));
  });
  const waiting = (app.coupons?.waiting ?? []).map((about) => row(about, words.couponWaiting));
  return [...shown, ...waiting, ...app.taken.map((one) => saved(app, one))];
}

/** Not claimed yet: that needs consent, since it is kept on the device. */
function saved(app: App, one: Taken): HTMLElement {
  if (one.offer === undefined || !app.claims) return row(one, "");
  const text = app.consent ? app.words.couponGet : app.words.couponAllow;
  return row(one, "", h("button", { class: "second", type: "button", "data-testid": "coupon-get", onclick: () => void app.claim(one) }, text));
}

function row({ title, picture }: { title: string; picture?: string | undefined }, state: string, button?: HTMLElement): HTMLElement {
  return h("li", {}, h("span", { "aria-hidden": "true" }, picture ?? "🏷️"), h("span", { class: "what" }, h("span", {}, title), state && h("small", {}, state)), button);
}
