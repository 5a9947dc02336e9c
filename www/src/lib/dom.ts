/** Makes elements; text is always text, never HTML. */

export type Child = Node | string | number | false | null | undefined;
type Listener<E extends Event = never> = (event: E) => void;
export type Props = Record<string, string | number | boolean | undefined | Listener>;

const SVG = "http://www.w3.org/2000/svg";

/** `onclick` and the like listen, `--x` sets a custom property, the rest are attributes; `true` writes an empty one. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  return fill(document.createElement(tag), props, children);
}

/** The same for SVG. */
export function s<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  props: Props = {},
  ...children: Child[]
): SVGElementTagNameMap[Tag] {
  return fill(document.createElementNS(SVG, tag), props, children);
}

function fill<E extends HTMLElement | SVGElement>(element: E, props: Props, children: Child[]): E {
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(name.replace(/^on/, ""), value as EventListener);
    else if (name.startsWith("--")) element.style.setProperty(name, String(value));
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...real(children));
  return element;
}

function real(children: Child[]): (Node | string)[] {
  return children
    .filter((child): child is Node | string | number => child !== false && child !== null && child !== undefined)
    .map((child) => (typeof child === "number" ? String(child) : child));
}

/** Replaces what is in `place`; the element with the focus is found again by its `data-testid`. */
export function redraw(place: HTMLElement, ...children: Child[]): void {
  const focused = place.contains(document.activeElement) ? (document.activeElement as HTMLElement) : undefined;
  const known = focused?.dataset["testid"];
  place.replaceChildren(...real(children));
  if (known) place.querySelector<HTMLElement>(`[data-testid="${CSS.escape(known)}"]`)?.focus({ preventScroll: true });
}

/** Finds what the page must have. */
export function find<E extends HTMLElement>(id: string): E {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no element with the id \`${id}\``);
  return element as E;
}
