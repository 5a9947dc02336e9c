/** Stores and the way to them: the map, walks to play, and a list for those who do not drag. */
import type { App } from "../app.js";
import { h, redraw } from "../lib/dom.js";
import { icon, type IconName } from "../lib/icon.js";
import { type Accuracy, parseWalk, type Place, stay, visit, type Walk, wayMs } from "../lib/walk.js";
import { centre, MapView } from "../map/view.js";

/** How long a person who is put somewhere stays there, seconds. */
const STAY_S = 120;
const SPEEDS = [1, 4, 8, 30] as const;
const ACCURACY: Record<"open" | "narrow" | "network", Accuracy> = {
  open: { outside: 8, inside: 20 },
  narrow: { outside: 20, inside: 45 },
  network: { outside: 300, inside: 300 },
};

let accuracy: keyof typeof ACCURACY = "open";
let view: MapView | undefined;
let trace: Walk | undefined;
let asked = false;

/** Draws the screen once; while it is open it keeps itself up to date and is not drawn anew. */
export function map(app: App): HTMLElement[] {
  const drawn = (view ??= open(app));
  const controls = h("div", { class: "walk" });
  const list = h("div", {});
  const update = (): void => {
    if (!controls.isConnected) return watching.abort();
    drawn.follow(app.trail);
    const { state, store, probability } = app.talk.moment().presence;
    drawn.believe({ state, store, probability: probability / 1e6 });
    redraw(controls, ...walking(app));
    redraw(list, ...stores(app, state === "in_store" ? store : undefined));
  };
  const watching = new AbortController();
  for (const source of [app.player, app.talk]) source.addEventListener("changed", update, { signal: watching.signal });
  queueMicrotask(update);
  void lookForTrace(update);
  drawn.name({ map: app.words.mapLabel, you: app.words.you });
  return [
    h("h1", { class: "title", tabindex: -1 }, app.words.mapTitle),
    h("p", { class: "lead" }, app.words.mapText),
    h("div", { class: "map-box" }, drawn.element, zoom(app, drawn)),
    controls,
    list,
    h("p", { class: "note" }, app.words.sketch),
  ];
}

function open(app: App): MapView {
  const opened = new MapView(app.shop.stores, { map: app.words.mapLabel, you: app.words.you });
  const radius = (): number => ACCURACY[accuracy][opened.indoors ? "inside" : "outside"];
  opened.addEventListener("dragged", (event) => {
    const { detail: place } = event as CustomEvent<Place>;
    app.player.stop();
    app.clock.advance(wayMs(app.trail.at(-1) ?? place, place));
    app.fix({ seconds: 0, ...place, accuracy: radius() });
  });
  opened.addEventListener("dropped", (event) => app.player.play(stay((event as CustomEvent<Place>).detail, radius(), STAY_S)));
  return opened;
}

function zoom(app: App, drawn: MapView): HTMLElement {
  const button = (look: IconName, label: string, act: () => void): HTMLElement =>
    h("button", { type: "button", "aria-label": label, title: label, onclick: act }, icon(look));
  return h(
    "div",
    { class: "zoom" },
    button("plus", app.words.zoomIn, () => drawn.closer(0.55)),
    button("minus", app.words.zoomOut, () => drawn.closer(1.8)),
    button("city", app.words.wholeCity, () => drawn.city()),
  );
}

function walking(app: App): HTMLElement[] {
  const { words, player } = app;
  const rows = [player.playing || player.halted ? moving(app) : starting(app)];
  if (trace) rows.push(h("p", { class: "note" }, words.traceNote));
  rows.push(
    h(
      "div",
      { class: "row" },
      pick(words.speed, "speed", SPEEDS.map((speed) => [String(speed), `${speed}×`]), String(player.speed), (speed) => (player.speed = Number(speed))),
      pick(words.accuracy, "accuracy", Object.entries(words.accuracyOf), accuracy, (one) => (accuracy = one as typeof accuracy)),
    ),
  );
  return rows;
}

function starting(app: App): HTMLElement {
  const { words } = app;
  const play = (walk: Walk): void => {
    const first = walk[0];
    if (first) view?.visit(first);
    app.go(walk);
  };
  const given = trace;
  return h(
    "div",
    { class: "row" },
    h("button", { class: "main", type: "button", "data-testid": "walk", onclick: () => void walk().then(play) }, icon("play"), words.playWalk),
    given && h("button", { class: "second", type: "button", "data-testid": "trace", onclick: () => play(given) }, words.playTrace),
  );
}

function moving(app: App): HTMLElement {
  const { words, player } = app;
  const toggle = player.playing
    ? h("button", { class: "second", type: "button", "data-testid": "pause", onclick: () => player.pause() }, icon("pause"), words.pause)
    : h("button", { class: "main", type: "button", "data-testid": "resume", onclick: () => player.resume() }, icon("play"), words.resume);
  const stop = h("button", { class: "second", type: "button", "data-testid": "stop", onclick: () => player.stop() }, icon("stop"), words.stop);
  return h("div", { class: "row" }, toggle, stop, h("progress", { "aria-label": words.walks, max: 1, value: player.progress }));
}

function pick(label: string, name: string, options: [string, string][], chosen: string, choose: (value: string) => void): HTMLElement {
  const select = h(
    "select",
    { "data-testid": name, onchange: (event: Event) => choose((event.target as HTMLSelectElement).value) },
    ...options.map(([value, text]) => h("option", { value, selected: value === chosen }, text)),
  );
  return h("label", { class: "pick" }, h("span", {}, label), select);
}

function stores(app: App, inside: string | undefined): HTMLElement[] {
  const rows = app.shop.stores.map((store) =>
    h(
      "li",
      {},
      h("span", {}, h("span", { class: "name" }, store.name), h("span", { class: "brand" }, store.address)),
      store.id === inside
        ? h("span", { class: "badge" }, app.words.standHere)
        : h(
            "button",
            {
              class: "second",
              type: "button",
              "aria-label": `${app.words.goTo}: ${store.name}`,
              "data-testid": `go-${store.id}`,
              onclick: () => {
                view?.visit(centre(store));
                view?.element.scrollIntoView({ block: "start", behavior: "smooth" });
                app.go(visit(centre(store), ACCURACY[accuracy], STAY_S));
              },
            },
            app.words.goTo,
          ),
    ),
  );
  return [h("h2", { class: "section" }, app.words.stores), h("ul", { class: "stores" }, ...rows)];
}

async function walk(): Promise<Walk> {
  return parseWalk(await (await fetch("walk.json")).json());
}

/** A walk from the benchmark, where the machine that serves the demo has one. */
async function lookForTrace(found: () => void): Promise<void> {
  if (asked) return;
  asked = true;
  const answer = await fetch("traces/p040.json");
  if (!answer.ok) return;
  trace = parseWalk(await answer.json());
  found();
}
