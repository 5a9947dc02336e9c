/**
 * Watches whether the person at a page can be interrupted: are they looking, idle, typing, listening, paying, watching
 * something on the whole screen, saving traffic?
 *
 * Only that is told, when it changes. No key, text, place or address is read, and nothing is kept. Not seen is what plays
 * in frames, in closed shadow roots or outside of the document. Motion that is not welcome needs no signal: the card
 * follows `prefers-reduced-motion` by itself.
 */
import { ENGINE, must } from "../errors.js";
import type { AttentionSignal } from "../types.js";
import { quietly } from "./quietly.js";
import type { Observer } from "./told.js";

/** So long without touch, key, pointer or scroll is idle, milliseconds. Source: W3C Idle Detection, the least threshold. */
export const IDLE_MS = 60_000;

/** So long after a field last changed nobody types any more, milliseconds; leaving it ends that at once. Our assumption. */
export const TYPING_MS = 3_000;

/** How attention is watched. */
export interface AttentionOptions {
  /** A selector of where it is paid: while the focus is in such an element, the shopper is paying. */
  paying?: string;
  /** Defaults to `Date.now`. Where the host has a clock of its own, how far that is ahead of UTC is its to tell. */
  now?: () => number;
}

type Page = Window & typeof globalThis;
type Change = Partial<Omit<AttentionSignal, "type" | "at">>;

/** What each of the watchers below has. */
interface Watch {
  readonly page: Page;
  readonly options: AttentionOptions;
  /** Listens until watching stops. */
  on(target: EventTarget | null | undefined, names: string, listen: (event: Event) => void): void;
  tell(change: Change): void;
}

/**
 * Tells `attention` signals: everything at first, then what changes. Returns a function that stops.
 *
 * Paying is the focus in a field whose `autocomplete` is of a card, an address or a one-time code, in a frame that may
 * take payments (`allow="payment"`), or in what `options.paying` names.
 */
export function watchAttention(page: Page, tact: Observer, options: AttentionOptions = {}): () => void {
  must([page, "page", "the window", "AbortController"], [tact, "tact", ENGINE, "observe"]);
  const { signal, abort } = stopping(page);
  const known: Change = {};
  let started = false;
  const observe = (change: Change): void =>
    quietly("attention", () => void tact.observe({ type: "attention", at: (options.now ?? Date.now)(), ...change }));
  const tell = (change: Change): void => {
    const news = Object.entries(change).filter(([name, is]) => known[name as keyof Change] !== is);
    Object.assign(known, change);
    if (started && !signal.aborted && news.length > 0) observe(Object.fromEntries(news));
  };
  const on: Watch["on"] = (target, names, listen) =>
    names.split(" ").forEach((name) => target?.addEventListener(name, listen, { capture: true, passive: true, signal }));
  for (const watch of [visible, idle, typing, playing, paying, fullScreen, saveData]) watch({ page, options, on, tell });
  started = true;
  observe(known);
  return abort;
}

function stopping(page: Page): { signal: AbortSignal; abort: () => void } {
  const controller = new page.AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

function visible({ page, options, on, tell }: Watch): void {
  const { document } = page;
  // NOTE: who travels, or whose clock is put forward, looks away in between.
  const clock = (): Change => (options.now ? {} : { utc_offset: -new Date().getTimezoneOffset() });
  const look = (): void => tell({ visible: document.visibilityState === "visible", ...clock() });
  const gone = (): void => tell({ visible: false });
  look();
  on(document, "visibilitychange resume", look);
  on(page, "pageshow", look);
  on(document, "freeze", gone);
  on(page, "pagehide", gone);
}

function idle({ page, on, tell }: Watch): void {
  let last = page.performance.now();
  let resting = false;
  const rest = (): void => {
    const left = last + IDLE_MS - page.performance.now();
    if (left > 0) return void page.setTimeout(rest, left);
    resting = true;
    tell({ idle: true });
  };
  const touched = (event: Event): void => {
    // NOTE: what scrolls within a page may do so by itself.
    if (event.type === "scroll" && event.target !== page.document) return;
    last = page.performance.now();
    if (!resting) return;
    resting = false;
    tell({ idle: false });
    rest();
  };
  tell({ idle: false });
  rest();
  on(page, "pointerdown pointermove keydown wheel touchstart touchmove scroll", touched);
}

/** Fields that are changed by something else than keys. */
const NOT_TYPED = ["button", "checkbox", "color", "file", "image", "radio", "range", "reset", "submit"];

/** What was typed is not looked at: that a field changes is enough, whatever the keyboard. */
function typing({ page, on, tell }: Watch): void {
  let timer: number | undefined;
  const rest = (): void => {
    page.clearTimeout(timer);
    tell({ typing: false });
  };
  const isTyped = (target: EventTarget | undefined): boolean =>
    target instanceof page.HTMLInputElement ? !NOT_TYPED.includes(target.type)
    : target instanceof page.HTMLTextAreaElement || (target instanceof page.HTMLElement && target.isContentEditable);
  rest();
  on(page, "focusout", rest);
  on(page, "input", (event) => {
    if (!event.isTrusted || !isTyped(event.composedPath()[0])) return;
    tell({ typing: true });
    page.clearTimeout(timer);
    timer = page.setTimeout(rest, TYPING_MS);
  });
}

/** Media that can be heard: neither muted nor silent. Each is listened to by itself, since it may leave the document. */
function playing({ page, on, tell }: Watch): void {
  const met = new WeakSet<EventTarget>();
  const heard = new Set<HTMLMediaElement>();
  const look = (media: HTMLMediaElement): void => {
    const audible = !media.paused && !media.ended && !media.muted && media.volume > 0;
    if (audible) heard.add(media);
    else heard.delete(media);
    tell({ playing: heard.size > 0 });
  };
  const meet = (media: EventTarget | null): void => {
    if (!(media instanceof page.HTMLMediaElement) || met.has(media)) return;
    met.add(media);
    on(media, "play pause ended emptied volumechange", () => look(media));
    look(media);
  };
  const enter = (root: Document | ShadowRoot): void => {
    if (met.has(root)) return;
    met.add(root);
    on(root, "play volumechange", ({ target }) => meet(target));
    root.querySelectorAll("audio, video").forEach(meet);
  };
  tell({ playing: false });
  enter(page.document);
  // Events of media do not leave a shadow root; a hand that starts one passes through it.
  on(page, "pointerdown keydown", (event) => {
    for (const node of event.composedPath()) if (node instanceof page.ShadowRoot) enter(node);
  });
}

/** The fields of a payment or an address. Source: HTML, section "Autofill". */
const PAYS = /(?:^|\s)(?:cc-[a-z-]+|transaction-(?:amount|currency)|street-address|address-(?:line|level)\d|postal-code|country(?:-name)?|one-time-code|shipping|billing)(?=\s|$)/i;

function paying({ page, on, tell, options }: Watch): void {
  const look = (): void => {
    let focused = page.document.activeElement;
    let within = false;
    for (let root: Element | null | undefined = focused; root; root = root.shadowRoot?.activeElement) {
      focused = root;
      within ||= options.paying !== undefined && root.closest(options.paying) !== null;
    }
    const takes = focused?.matches("iframe[allow*=payment]") === true || PAYS.test(focused?.getAttribute("autocomplete") ?? "");
    tell({ paying: within || takes });
  };
  look();
  on(page, "focusin pointerdown keydown", look);
  // Where the focus goes to is known only afterwards; into a frame it goes without a `focusin`.
  on(page, "focusout blur", () => void page.setTimeout(look));
}

function fullScreen({ page: { document }, on, tell }: Watch): void {
  const look = (): void => tell({ full_screen: (document.fullscreenElement ?? null) !== null });
  look();
  on(document, "fullscreenchange", look);
}

function saveData({ page, on, tell }: Watch): void {
  const { connection } = page.navigator as { connection?: EventTarget & { saveData?: boolean } };
  const reduced = page.matchMedia("(prefers-reduced-data: reduce)");
  const look = (): void => tell({ save_data: connection?.saveData === true || reduced.matches });
  look();
  on(connection, "change", look);
  on(reduced, "change", look);
}
