/** "Tell us": the form lies over the shop until it is closed. Loaded when somebody opens it. */
import "tactful/voice/form/define";
import type { App } from "../app.js";
import { h } from "./dom.js";

/** Opens the form; `about` is what it is about. Which topics were asked for stays with the shopper, as everything else. */
export function tellUs(app: App, phone: HTMLElement, about?: { id: string; name: string }): void {
  const form = document.createElement("tactful-voice");
  const cameFrom = focused();
  const over = h("div", { class: "wallet", "data-testid": "tell" }, form);
  const others = [...phone.children];
  Object.assign(form, { language: app.language, asked: app.asked, about });
  form.addEventListener("voice-asked", ({ detail }) => app.asks(detail));
  form.addEventListener("voice-close", () => {
    for (const other of others) other.removeAttribute("inert");
    // What was drawn anew meanwhile is another element.
    const again = cameFrom?.isConnected ? cameFrom : phone.querySelector<HTMLElement>(`[data-testid="${CSS.escape(cameFrom?.dataset["testid"] ?? "")}"]`);
    again?.focus({ preventScroll: true });
    // Only now: a field that goes with the focus in it would count as being typed in for a while.
    over.remove();
    app.help();
  });
  phone.append(over);
  for (const other of others) other.setAttribute("inert", "");
  form.focus();
}

/** What has the focus, also inside of the card. */
function focused(): HTMLElement | undefined {
  let inner = document.activeElement;
  while (inner?.shadowRoot?.activeElement) inner = inner.shadowRoot.activeElement;
  return inner instanceof HTMLElement ? inner : undefined;
}
