/** The map: the sketch, the stores of the catalog, and the shopper, who can be dragged. Units are metres. */
import { h, s } from "../lib/dom.js";
import type { Store } from "../lib/pages.js";
import { type Fix, HOME, moved, type Place } from "../lib/walk.js";
import { LANDMARKS, NAMES, PARKS, RAILS, STREETS, WATER } from "./sketch.js";

type Point = readonly [number, number];

/** Metres per degree at this latitude: enough for a town. */
const NORTH_M = 110_540;
const EAST_M = 111_320 * Math.cos((60.17 * Math.PI) / 180);
const ORIGIN = { latitude: 60.1712, longitude: 24.9415 };
/** Middle of the town. */
const CITY = [24.9402, 60.1708] as const;
/** Widths of the view, metres. */
const CITY_M = 2_500;
const STREET_M = 330;
const [CLOSEST_M, FARTHEST_M] = [120, 4_000];
/** A finger that drags sends a position so often, milliseconds. */
const EVERY_MS = 250;
const STEP_M = 10;
/** From here on a way is too far to have been walked between two positions, metres. */
const LEAP_M = 150;

export interface MapText { map: string; you: string }

const toX = (longitude: number): number => (longitude - ORIGIN.longitude) * EAST_M;
const toY = (latitude: number): number => (ORIGIN.latitude - latitude) * NORTH_M;
const toPlace = (x: number, y: number): Place => ({
  latitude: ORIGIN.latitude - y / NORTH_M,
  longitude: ORIGIN.longitude + x / EAST_M,
});
const path = (line: readonly (readonly [number, number])[], close = false): string =>
  `M${line.map(([east, north]) => `${toX(east).toFixed(1)} ${toY(north).toFixed(1)}`).join("L")}${close ? "Z" : ""}`;

export function centre({ shape }: Store): Place {
  const corners = shape.length || 1;
  const sum = shape.reduce<[number, number]>(([east, north], corner) => [east + corner[0], north + corner[1]], [0, 0]);
  return { longitude: sum[0] / corners, latitude: sum[1] / corners };
}

/** Dispatches `dragged` while the dot is moved and `dropped` when it is let go, with the place as detail. */
export class MapView extends EventTarget {
  readonly element: HTMLElement;
  readonly #svg: SVGSVGElement;
  readonly #stores = s("g");
  readonly #trail = s("path", { class: "trail" });
  readonly #halo = s("circle", { class: "halo" });
  readonly #dot: SVGGElement;
  #view = { x: toX(CITY[0]), y: toY(CITY[1]), width: CITY_M };
  #me: Place = HOME;
  #accuracy = 8;

  constructor(stores: Store[], text: MapText) {
    super();
    this.#dot = s(
      "g",
      { class: "me", tabindex: 0, role: "button", "aria-label": text.you, "data-testid": "me-dot" },
      s("circle", { class: "grip" }),
      s("circle", { class: "core" }),
    );
    this.#svg = s("svg", { role: "group", "aria-label": text.map, class: "map" }, ...ground(), this.#stores, this.#halo, this.#trail, this.#dot);
    this.#stores.append(...stores.map(store));
    this.element = h("div", { class: "map-frame" }, this.#svg);
    this.#dragging();
    this.#panning();
    this.#keys();
    this.#frame();
    this.place(this.#me, this.#accuracy);
    new ResizeObserver(() => this.#frame()).observe(this.element);
  }

  get me(): Place {
    return this.#me;
  }

  /** Whether the shopper was put into one of the stores. */
  get indoors(): boolean {
    const here = new DOMPoint(toX(this.#me.longitude), toY(this.#me.latitude));
    return [...this.#stores.querySelectorAll<SVGGeometryElement>(".shape")].some((ground) => ground.isPointInFill(here));
  }

  name({ map, you }: MapText): void {
    this.#svg.setAttribute("aria-label", map);
    this.#dot.setAttribute("aria-label", you);
  }

  /** Puts the shopper somewhere; the circle holds the truth in 68 % of cases. The dot glides, but not across the town. */
  place(place: Place, accuracy: number): void {
    const far = Math.hypot(toX(place.longitude) - toX(this.#me.longitude), toY(place.latitude) - toY(this.#me.latitude));
    this.#svg.classList.toggle("leaps", far > LEAP_M);
    this.#me = place;
    this.#accuracy = accuracy;
    const at = `translate(${toX(place.longitude).toFixed(2)}px, ${toY(place.latitude).toFixed(2)}px)`;
    this.#dot.style.transform = at;
    this.#halo.style.transform = at;
    this.#halo.setAttribute("r", String(accuracy));
  }

  follow(trail: readonly Fix[]): void {
    this.#trail.setAttribute("d", trail.length > 1 ? path(trail.map(({ longitude, latitude }): Point => [longitude, latitude])) : "");
    const last = trail.at(-1);
    if (!last) return;
    this.place(last, last.accuracy);
    this.#keepInView();
  }

  /** Draws what the engine believes: in or near which store, and how sure it is that they are in it, 0 to 1. */
  believe({ state, store, probability }: { state: string; store: string | undefined; probability: number }): void {
    for (const drawn of this.#stores.children as Iterable<SVGElement> & HTMLCollection) {
      const here = state !== "away" && drawn.getAttribute("data-store") === store;
      drawn.classList.toggle("in", here && state === "in_store");
      drawn.style.setProperty("--belief", here ? probability.toFixed(2) : "0");
      const name = drawn.querySelector("text");
      if (name) name.textContent = here ? `${drawn.dataset["name"]} · ${Math.round(probability * 100)} %` : (drawn.dataset["name"] ?? "");
    }
  }

  city(): void {
    this.#view = { x: toX(CITY[0]), y: toY(CITY[1]), width: CITY_M };
    this.#frame();
  }

  closer(factor: number, around: Place = this.#me): void {
    const width = Math.min(FARTHEST_M, Math.max(CLOSEST_M, this.#view.width * factor));
    this.#view = { x: toX(around.longitude), y: toY(around.latitude), width };
    this.#frame();
  }

  /** Looks at one place from close by. */
  visit(place: Place): void {
    this.#view = { x: toX(place.longitude), y: toY(place.latitude), width: STREET_M };
    this.#frame();
  }

  #keepInView(): void {
    const [x, y] = [toX(this.#me.longitude), toY(this.#me.latitude)];
    const { width } = this.#view;
    const height = width * this.#ratio;
    if (Math.abs(x - this.#view.x) < width * 0.32 && Math.abs(y - this.#view.y) < height * 0.32) return;
    this.#view = { x, y, width };
    this.#frame();
  }

  get #ratio(): number {
    const { clientWidth, clientHeight } = this.element;
    return clientWidth > 0 ? clientHeight / clientWidth : 1;
  }

  #frame(): void {
    const { x, y, width } = this.#view;
    const height = width * this.#ratio;
    this.#svg.setAttribute("viewBox", `${x - width / 2} ${y - height / 2} ${width} ${height}`);
    // What is drawn in pixels (text, pins, the dot) needs to know how many metres one of them is.
    this.#svg.style.setProperty("--px", String(width / (this.element.clientWidth || 360)));
    this.#svg.classList.toggle("near", width < 900);
    this.#svg.classList.toggle("close", width < 520);
  }

  #toPlace(event: PointerEvent): Place {
    const matrix = this.#svg.getScreenCTM();
    if (!matrix) return this.#me;
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    return toPlace(x, y);
  }

  #dragging(): void {
    let told = 0;
    this.#dot.addEventListener("pointerdown", (event) => {
      event.stopPropagation();
      this.#dot.setPointerCapture(event.pointerId);
      this.#dot.classList.add("held");
    });
    this.#dot.addEventListener("pointermove", (event) => {
      if (!this.#dot.hasPointerCapture(event.pointerId)) return;
      this.place(this.#toPlace(event), this.#accuracy);
      if (event.timeStamp - told < EVERY_MS) return;
      told = event.timeStamp;
      this.#tell("dragged");
    });
    const drop = (event: PointerEvent): void => {
      if (!this.#dot.classList.contains("held")) return;
      this.#dot.classList.remove("held");
      this.#dot.releasePointerCapture(event.pointerId);
      this.#tell("dropped");
    };
    this.#dot.addEventListener("pointerup", drop);
    this.#dot.addEventListener("pointercancel", drop);
  }

  #panning(): void {
    let last: { x: number; y: number } | undefined;
    this.#svg.addEventListener("pointerdown", (event) => {
      last = { x: event.clientX, y: event.clientY };
      this.#svg.setPointerCapture(event.pointerId);
    });
    this.#svg.addEventListener("pointermove", (event) => {
      if (!last) return;
      const metres = this.#view.width / (this.element.clientWidth || 1);
      this.#view.x -= (event.clientX - last.x) * metres;
      this.#view.y -= (event.clientY - last.y) * metres;
      last = { x: event.clientX, y: event.clientY };
      this.#frame();
    });
    for (const end of ["pointerup", "pointercancel"] as const) this.#svg.addEventListener(end, () => (last = undefined));
    this.#svg.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        this.#view.width = Math.min(FARTHEST_M, Math.max(CLOSEST_M, this.#view.width * Math.exp(event.deltaY / 400)));
        this.#frame();
      },
      { passive: false },
    );
  }

  #keys(): void {
    const steps: Record<string, [number, number]> = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
    this.#dot.addEventListener("keydown", (event) => {
      const step = steps[event.key];
      if (!step) return;
      event.preventDefault();
      this.place(moved(this.#me, step[0] * STEP_M, step[1] * STEP_M), this.#accuracy);
      this.#keepInView();
      this.#tell("dragged");
    });
    this.#dot.addEventListener("keyup", (event) => {
      if (steps[event.key]) this.#tell("dropped");
    });
  }

  #tell(name: "dragged" | "dropped"): void {
    this.dispatchEvent(new CustomEvent<Place>(name, { detail: this.#me }));
  }
}

function ground(): SVGElement[] {
  const street = (look: string) => ({ wide, line }: (typeof STREETS)[number]): SVGElement =>
    s("path", { class: `${look}${wide ? " wide" : ""}`, d: path(line) });
  return [
    s("defs", {}, blocks()),
    s("rect", { class: "land", x: -6000, y: -6000, width: 12000, height: 12000 }),
    s("rect", { class: "town", x: -6000, y: -6000, width: 12000, height: 12000, fill: "url(#blocks)" }),
    ...PARKS.map((line) => s("path", { class: "park", d: path(line, true) })),
    ...WATER.map((line) => s("path", { class: "water", d: path(line, true) })),
    ...RAILS.map((line) => s("path", { class: "rail", d: path(line) })),
    ...LANDMARKS.map((line) => s("path", { class: "landmark", d: path(line, true) })),
    ...STREETS.map(street("kerb")),
    ...STREETS.map(street("street")),
    ...STREETS.flatMap(streetName),
    ...NAMES.map(({ name, at }) => s("text", { class: "quarter", x: toX(at[0]), y: toY(at[1]) }, name)),
  ];
}

/** City blocks as a pattern, turned as the streets are. */
function blocks(): SVGElement {
  return s(
    "pattern",
    { id: "blocks", width: 104, height: 84, patternUnits: "userSpaceOnUse", patternTransform: "rotate(-4)" },
    s("rect", { class: "block", x: 8, y: 8, width: 88, height: 68, rx: 5 }),
    s("rect", { class: "yard", x: 34, y: 30, width: 36, height: 24, rx: 3 }),
  );
}

/** The name runs along the street, never upside down. */
function streetName({ name, line }: (typeof STREETS)[number], place: number): SVGElement[] {
  const [first, last] = [line[0], line.at(-1)];
  if (!name || !first || !last) return [];
  const along = last[0] >= first[0] ? line : [...line].reverse();
  const id = `street-${place}`;
  return [
    s("path", { id, d: path(along), fill: "none" }),
    s("text", { class: "street-name" }, s("textPath", { href: `#${id}`, startOffset: "50%" }, name)),
  ];
}

function store(one: Store): SVGElement {
  const { latitude, longitude } = centre(one);
  const [x, y] = [toX(longitude), toY(latitude)];
  const foot = toY(Math.min(...one.shape.map((corner) => corner[1])));
  const name = one.name.replace(/^Nordkorb /, "");
  return s(
    "g",
    { class: "store", "data-store": one.id, "data-name": name },
    s("path", { class: "shape", d: path(one.shape, true) }),
    s("circle", { class: "pin", cx: x, cy: y }),
    s("text", { class: "store-name", x, y: foot }, name),
  );
}
