/** What the elements of this package are made of. */
import type { Language } from "../types.js";

/** What an element extends; a stand-in where there is no page. */
export const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

/** An element with a part, a class and a text. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  part: string,
  look = "",
  text = "",
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  if (part) element.setAttribute("part", part);
  if (look) element.className = look;
  element.textContent = text;
  return element;
}

/** An emoji or an `https` image; any other address is left out rather than fetched. */
export function picture(value: string | undefined): HTMLElement[] {
  if (!value || /^(?!https:)[a-z][a-z0-9+.-]*:|^\//i.test(value)) return [];
  const tile = make("span", "picture", "picture");
  tile.setAttribute("aria-hidden", "true");
  if (!value.startsWith("https:")) tile.textContent = value;
  else tile.append(image(value, () => tile.remove()));
  return [tile];
}

function image(address: string, broken: () => void): HTMLImageElement {
  const element = make("img", "");
  element.alt = "";
  element.referrerPolicy = "no-referrer";
  element.addEventListener("error", broken);
  element.src = address;
  return element;
}

/** Writes minor units as the language does; how many digits they have is the currency's. */
export function money(minor: number, currency: string, language: Language): string {
  const format = new Intl.NumberFormat(language, { style: "currency", currency });
  return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

/** A style sheet that elements share. */
export function sheetOf(style: string): CSSStyleSheet {
  const made = new CSSStyleSheet();
  made.replaceSync(style);
  return made;
}
