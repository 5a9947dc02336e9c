/** The studio: a shop's catalog as text, checked while it is written, tried in the shop. Nothing is uploaded. */
import { find, h, redraw } from "./lib/dom.js";
import * as keep from "./lib/keep.js";
import { reduce } from "./reduce.js";
import type { Heard, Wanted } from "./year.js";

interface Issue { code: string; path: string; line: number; column: number; message: string }
interface Studio {
  default(): Promise<unknown>;
  /** Throws an error with `issues`. */
  compile(text: string, year: number): Uint8Array;
}

/** A pause in typing after which the text is checked, milliseconds. */
const CHECK_MS = 350;
/** A population for a tab: small enough for seconds. */
const PEOPLE = 300;
const DAYS = 365;
/** Issues that are listed; the rest are counted. */
const LISTED = 100;

const WORDS = {
  en: {
    title: "Studio",
    lead: "Write a shop's catalog. It is checked while you type; nothing leaves this page.",
    text: "Catalog as JSON",
    check: "Check",
    tryIt: "Try it in the shop",
    reset: "Back to the example",
    back: "To the shop",
    year: "Try a year",
    stop: "Stop",
    living: (people: number) => `${people} people live a year with your catalog …`,
    yearOf: (people: number) => `A year of ${people} invented people`,
    to: "to",
    save: "Save the report",
    broken: "Not as you want it:",
    again: "Read differences rather than the numbers themselves: the people are invented, the decisions are real.",
    fine: (bytes: string) => `No problems. The pack has ${bytes} bytes.`,
    earlier: "With the text before your last changes.",
    found: (count: number) => (count === 1 ? "1 problem" : `${count} problems`),
    more: (count: number) => `and ${count} more`,
    missing: "The studio's module is not there. Build it with `cargo xtask build`.",
  },
  de: {
    title: "Studio",
    lead: "Schreib den Katalog eines Ladens. Er wird beim Tippen geprüft; nichts verlässt diese Seite.",
    text: "Katalog als JSON",
    check: "Prüfen",
    tryIt: "Im Laden ausprobieren",
    reset: "Zurück zum Beispiel",
    back: "Zum Laden",
    year: "Ein Jahr ausprobieren",
    stop: "Anhalten",
    living: (people: number) => `${people} Menschen leben ein Jahr mit deinem Katalog …`,
    yearOf: (people: number) => `Ein Jahr von ${people} erfundenen Menschen`,
    to: "bis",
    save: "Bericht sichern",
    broken: "Nicht so, wie du es willst:",
    again: "Lies eher Unterschiede als die Zahlen selbst: Die Menschen sind erfunden, die Entscheidungen echt.",
    fine: (bytes: string) => `Keine Fehler. Das Paket hat ${bytes} Bytes.`,
    earlier: "Mit dem Text vor deinen letzten Änderungen.",
    found: (count: number) => (count === 1 ? "1 Fehler" : `${count} Fehler`),
    more: (count: number) => `und ${count} weitere`,
    missing: "Das Modul des Studios fehlt. `cargo xtask build` baut es.",
  },
};

const language = navigator.language.startsWith("de") ? "de" : "en";
const words = WORDS[language];
const text = find<HTMLTextAreaElement>("text");
const gutter = find("gutter");

void start();

async function start(): Promise<void> {
  document.documentElement.lang = language;
  for (const [id, word] of Object.entries({ title: words.title, lead: words.lead, check: words.check, try: words.tryIt, year: words.year, reset: words.reset, back: words.back })) {
    find(id).textContent = word;
  }
  text.setAttribute("aria-label", words.text);
  const [studio] = await Promise.all([open(), example()]);
  if (!studio) return verdict(words.missing, "bad");
  listen(studio);
  check(studio);
  document.documentElement.dataset["ready"] = "";
}

/** The compiler weighs more than the whole shop, so only this page loads it. */
async function open(): Promise<Studio | undefined> {
  try {
    const studio = (await import(new URL("studio/studio.js", document.baseURI).href)) as Studio;
    await studio.default();
    return studio;
  } catch (fault) {
    console.warn(fault);
    return undefined;
  }
}

async function example(): Promise<void> {
  text.value = await (await fetch("catalog.json")).text();
  number();
}

function listen(studio: Studio): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  text.addEventListener("input", () => {
    number();
    clearTimeout(timer);
    timer = setTimeout(() => check(studio), CHECK_MS);
  });
  text.addEventListener("scroll", () => gutter.style.setProperty("--scrolled", `${-text.scrollTop}px`));
  find("check").addEventListener("click", () => check(studio));
  find("reset").addEventListener("click", () => void example().then(() => check(studio)));
  find("try").addEventListener("click", () => void tryIt(studio));
  find("year").addEventListener("click", () => (living ? stop() : live(studio)));
}

/** Compiles what is written; lists what stands in the way, and then returns nothing. */
function check(studio: Studio): Uint8Array | undefined {
  age();
  try {
    const pack = studio.compile(text.value, new Date().getFullYear());
    verdict(words.fine(pack.length.toLocaleString(language)), "good");
    list([]);
    return pack;
  } catch (fault) {
    const { issues } = fault as { issues?: Issue[] };
    if (!issues) throw fault;
    verdict(words.found(issues.length), "bad");
    list(issues);
    return undefined;
  }
}

async function tryIt(studio: Studio): Promise<void> {
  const pack = check(studio);
  if (!pack) return;
  await keep.write("tried", { pack, pages: reduce(JSON.parse(text.value)) });
  location.assign("./?tried");
}

/** The worker in which people live, while they do. */
let living: Worker | undefined;
/** The text with which they lived last. */
let livedWith = "";

/** Lets people live a year with what is written, beside the page. */
function live(studio: Studio): void {
  if (!check(studio)) return;
  const bar = h("progress", { max: String(PEOPLE), value: "0", "aria-label": words.living(PEOPLE) });
  const lived = find("lived");
  lived.hidden = false;
  redraw(lived, h("p", {}, words.living(PEOPLE)), bar);
  find("year").textContent = words.stop;
  livedWith = text.value;
  living = new Worker(workerUrl("app/year.js"), { type: "module" });
  living.addEventListener("message", ({ data }: MessageEvent<Heard>) => {
    if (data.kind === "lived") return bar.setAttribute("value", String(data.people));
    stop();
    if (data.kind === "failed") return redraw(lived, h("p", { class: "bad" }, data.message));
    tell(data);
  });
  living.addEventListener("error", () => {
    stop();
    redraw(lived, h("p", { class: "bad" }, words.missing));
  });
  const url = new URL("studio/studio.js", document.baseURI).href;
  living.postMessage({ studio: url, text: text.value, people: PEOPLE, days: DAYS, seed: 1, language } satisfies Wanted);
}

function stop(): void {
  living?.terminate();
  living = undefined;
  find("year").textContent = words.year;
  if (find("lived").querySelector("progress")) find("lived").hidden = true;
}

function tell({ json, report, tiles, breaches }: Extract<Heard, { kind: "done" }>): void {
  const lived = find("lived");
  lived.hidden = false;
  lived.dataset["json"] = json;
  const tile = ({ words: name, value, low, high }: (typeof tiles)[number]): HTMLElement =>
    h("li", {}, h("b", {}, value), h("span", {}, name), h("small", {}, `${low} ${words.to} ${high}`));
  const save = h("a", { class: "second", download: "simulation.html", href: URL.createObjectURL(new Blob([report], { type: "text/html" })), "data-testid": "report" }, words.save);
  redraw(
    lived,
    h("h2", {}, words.yearOf(PEOPLE)),
    h("p", { id: "earlier", class: "path" }, words.earlier),
    breaches.length > 0 && h("p", { class: "bad" }, words.broken),
    breaches.length > 0 && h("ul", {}, ...breaches.map((sentence) => h("li", {}, sentence))),
    h("ul", { class: "tiles" }, ...tiles.map(tile)),
    h("p", { class: "path" }, words.again),
    save,
  );
  age();
}

/** Says of a year whether it was lived with another text than the one that stands there now. */
function age(): void {
  const earlier = document.getElementById("earlier");
  if (earlier) earlier.hidden = livedWith === text.value;
}

/** Trusted Types ask for a policy before a worker is started: only the page's own. */
function workerUrl(path: string): string {
  const url = new URL(path, document.baseURI).href;
  const { trustedTypes } = globalThis as { trustedTypes?: { createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): unknown } } };
  return (trustedTypes?.createPolicy("year", { createScriptURL: (url) => url }).createScriptURL(url) ?? url) as string;
}

function verdict(said: string, look: "good" | "bad"): void {
  const line = find("verdict");
  line.textContent = said;
  line.className = `verdict ${look}`;
}

function list(issues: Issue[]): void {
  const rows = issues.slice(0, LISTED).map((issue, place) =>
    h(
      "li",
      {},
      h(
        "button",
        { type: "button", "data-testid": `issue-${place}`, onclick: () => show(issue) },
        h("span", { class: "where" }, `${issue.line}:${issue.column}`),
        h("span", {}, h("span", { class: "message" }, issue.message), h("span", { class: "path" }, `${issue.path || "/"} · ${issue.code}`)),
      ),
    ),
  );
  redraw(find("issues"), ...rows, issues.length > LISTED && h("li", { class: "path" }, words.more(issues.length - LISTED)));
}

/** Puts the cursor where the problem is. */
function show({ line, column }: Issue): void {
  const lines = text.value.split("\n");
  const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  // Columns count characters; a textarea counts UTF-16 units.
  const at = before + [...(lines[line - 1] ?? "")].slice(0, column - 1).join("").length;
  text.focus();
  text.setSelectionRange(at, before + (lines[line - 1]?.length ?? 0));
  text.scrollTop = Math.max(0, (line - 6) * Number.parseFloat(getComputedStyle(text).lineHeight));
}

function number(): void {
  const lines = text.value.split("\n").length;
  if (gutter.dataset["lines"] === String(lines)) return;
  gutter.dataset["lines"] = String(lines);
  gutter.firstElementChild?.replaceChildren(Array.from({ length: lines }, (_, line) => line + 1).join("\n"));
}
