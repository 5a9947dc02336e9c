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

/** The language of an element's own words: the one that was set, else that of the nearest `lang`; anything but German is English. */
export function languageOf(element: HTMLElement, own: Language | undefined): Language {
  return (own ?? element.closest("[lang]")?.getAttribute("lang"))?.startsWith("de") ? "de" : "en";
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

/** Digits of minor units where they are not two, as a catalog counts them (ISO 4217): a browser tells how people write, which is HUF without any. */
const DIGITS: Readonly<Record<string, number>> = { CLP: 0, ISK: 0, JPY: 0, KRW: 0, VND: 0, BHD: 3, JOD: 3, KWD: 3, OMR: 3, TND: 3 };

/** Writes minor units as the language does. */
export function money(minor: number, currency: string, language: Language): string {
  const digits = DIGITS[currency] ?? 2;
  return new Intl.NumberFormat(language, { style: "currency", currency, maximumFractionDigits: digits }).format(minor / 10 ** digits);
}

/** A style sheet that elements share. */
export function sheetOf(style: string, page: { CSSStyleSheet: typeof CSSStyleSheet } = globalThis): CSSStyleSheet {
  const made = new page.CSSStyleSheet();
  made.replaceSync(style);
  return made;
}

/** Gives a root the style of the document that it is in now, which takes none of another's. One that nobody sees needs none. */
export function dress(root: ShadowRoot, style: string): void {
  const page = root.ownerDocument.defaultView;
  if (page) root.adoptedStyleSheets = [sheetOf(style, page)];
}
