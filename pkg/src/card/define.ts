/** Registers `<tactful-card>`; where there are no custom elements (a server), nothing happens. */
import { TactfulCard, type TactfulCardEventMap } from "./card.js";

export * from "./card.js";

declare global {
  interface HTMLElementTagNameMap {
    "tactful-card": TactfulCard;
  }
  interface HTMLElementEventMap extends TactfulCardEventMap {}
}

if (globalThis.customElements) TactfulCard.define();
