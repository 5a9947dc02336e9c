/** The studio: a shop's catalog as text, checked while it is written, tried in the shop. Nothing is uploaded. */
import { find, h, redraw } from "./lib/dom.js";
import * as keep from "./lib/keep.js";
import { reduce } from "./reduce.js";

interface Issue { code: string; path: string; line: number; column: number; message: string }
interface Studio {
  default(): Promise<unknown>;
  /** Throws an error with `issues`. */
  compile(text: string): Uint8Array;
}

/** A pause in typing after which the text is checked, milliseconds. */
const CHECK_MS = 350;
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
    fine: (bytes: string) => `No problems. The pack has ${bytes} bytes.`,
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
    fine: (bytes: string) => `Keine Fehler. Das Paket hat ${bytes} Bytes.`,
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
  for (const [id, word] of Object.entries({ title: words.title, lead: words.lead, check: words.check, try: words.tryIt, reset: words.reset, back: words.back })) {
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
}

/** Compiles what is written; lists what stands in the way, and then returns nothing. */
function check(studio: Studio): Uint8Array | undefined {
  try {
    const pack = studio.compile(text.value);
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
