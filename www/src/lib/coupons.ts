/** Coupons that are claimed at the edge: what the shopper has, what waits, and the one that is shown. Loaded with the first. */
import "tactful/coupon/define";
import { type About, type Wallet, type WalletCoupon, openWallet } from "tactful/wallet";
import type { App, Taken } from "../app.js";
import { find } from "./dom.js";

export class Coupons {
  had: readonly WalletCoupon[] = [];
  waiting: readonly About[] = [];
  /** Why the last one could not be had. */
  note = "";
  readonly #app: App;
  readonly #wallet: Wallet;
  readonly #shown = find<HTMLElementTagNameMap["tactful-coupon"]>("coupon");
  #open: WalletCoupon | undefined;
  #cameFrom: Element | null = null;

  static async open(app: App): Promise<Coupons> {
    let coupons: Coupons | undefined;
    const wallet = await openWallet({
      url: "/v1", allowed: app.consent, name: "nordkorb-coupons",
      reply: (decision, reply) => app.talk.reply(decision, reply),
      onChange: () => void coupons?.look(),
    });
    coupons = new Coupons(app, wallet);
    await coupons.look();
    if (app.consent) void wallet.ahead(app.shop.ahead);
    return coupons;
  }

  private constructor(app: App, wallet: Wallet) {
    this.#app = app;
    this.#wallet = wallet;
    this.#shown.codes = () => import("./codes.js");
    this.#shown.clock = () => wallet.clock();
    this.#shown.addEventListener("coupon-close", () => this.#close());
    find("wallet").addEventListener("click", ({ target, currentTarget }) => {
      if (target === currentTarget) this.#close();
    });
    this.#shown.addEventListener("coupon-use", () => void (this.#open && wallet.used(this.#open.coupon)));
  }

  /** Sees what is there now. */
  async look(): Promise<void> {
    [this.had, this.waiting] = await Promise.all([this.#wallet.coupons(), this.#wallet.waiting()]);
    this.#app.changed();
    // Ready before the network is gone.
    if (this.had.length > 0) void import("./codes.js").then(({ draw }) => draw("code_128", "0")).catch(() => undefined);
  }

  /** Claims what was taken; what is given is shown at once. */
  async claim({ offer, decision, title, text, picture, store }: Taken): Promise<boolean> {
    if (offer === undefined) return false;
    const about = { title, text, picture, currency: this.#app.shop.currency };
    const claimed = await this.#wallet.claim(offer, { about, decision, ...(store !== undefined && { store }) });
    this.note = claimed.kind === "given" ? "" : claimed.say(this.#app.language);
    await this.look();
    if (claimed.kind === "given") this.show(claimed.coupon);
    else this.#app.openCoupons();
    return claimed.kind !== "refused" || claimed.reason !== "no_consent";
  }

  show(coupon: WalletCoupon): void {
    this.#open = coupon;
    this.#cameFrom = document.activeElement;
    this.#shown.language = this.#app.language;
    // For tills without a camera, which read bars.
    this.#shown.coupon = { ...this.#wallet.present(coupon), timeZone: this.#app.shop.timezone, bars: { symbology: "code_128", text: coupon.code } };
    cover(true);
    this.#shown.shadowRoot?.querySelector<HTMLElement>("[part~=close]")?.focus({ preventScroll: true });
  }

  async allow(allowed: boolean): Promise<void> {
    await this.#wallet.allow(allowed);
    if (!allowed) this.#close();
    await this.look();
  }

  #close(): void {
    this.#shown.coupon = undefined;
    cover(false);
    this.#open = undefined;
    if (this.#cameFrom instanceof HTMLElement && this.#cameFrom.isConnected) this.#cameFrom.focus({ preventScroll: true });
  }
}


/** An open coupon lies over the shop, which cannot be reached meanwhile. */
function cover(on: boolean): void {
  const wallet = find("wallet");
  wallet.hidden = !on;
  for (const other of wallet.parentElement?.children ?? []) if (other !== wallet) other.toggleAttribute("inert", on);
}
