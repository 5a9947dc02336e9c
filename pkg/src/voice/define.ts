/** Registers `<tactful-voice>`; where there are no custom elements (a server), nothing happens. */
import { TactfulVoice, type TactfulVoiceEventMap } from "./form.js";

export * from "./form.js";

declare global {
  interface HTMLElementTagNameMap {
    "tactful-voice": TactfulVoice;
  }
  interface HTMLElementEventMap extends TactfulVoiceEventMap {}
}

if (globalThis.customElements) TactfulVoice.define();
