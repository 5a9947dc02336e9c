/** The till's page: shows what is scanned, pasted or typed as accepted or not, in words for the counter. */
import type { Language, Timestamp } from "tactful";
import { scan } from "tactful/scanner";
import { type Answer, type Coupon, type Denial, type Entry, sentence } from "tactful/till";
import { find, h, redraw, type Child } from "../lib/dom.js";
import { keepsNothing } from "../lib/storage.js";
import { type Accepted, type Counter, edge, keepSetUp, openCounter, readLink, renew, setUp } from "./counter.js";
import { nextReceipt, thisReceipt } from "./receipt.js";
import { WORDS, type Words } from "./words.js";

/** The till tries again by itself this often, milliseconds. */
const REPORT_MS = 60_000;

type Shown = { kind: "ready" | "checking" | "undone" | "broken" } | { kind: "answer"; answer: Answer };

let language: Language = navigator.language.startsWith("de") ? "de" : "en";
let counter: Counter | undefined;
let shown: Shown = { kind: "ready" };
/** The number of this customer's receipt; without one that is written down the till takes nothing. */
let number: number | undefined;
/** Resolves when it is known whether there is one. */
let numbering: Promise<void> = Promise.resolve();
let left = 0;
let doubles: readonly Entry[] = [];
let watching: AbortController | undefined;
let wrong = "";
/** What the fields hold while the page is drawn anew. */
const typed = { code: "", worth: "" };

void start();

async function start(): Promise<void> {
  const link = readLink(location.hash);
  if (link) keepSetUp(link);
  // The key of the till is not for the address bar.
  if (location.hash) history.replaceState(undefined, "", location.pathname);
  find("language").addEventListener("click", () => {
    language = language === "de" ? "en" : "de";
    draw();
  });
  // A link that is opened where the till is open already.
  addEventListener("hashchange", () => location.reload());
  for (const name of ["online", "offline"]) addEventListener(name, () => void connect());
  setInterval(() => void connect(), REPORT_MS);
  await numbered(thisReceipt);
  await connect();
  void install();
  document.documentElement.dataset["ready"] = "";
}

/** With no network from now on as well. */
async function install(): Promise<void> {
  const trusted = (globalThis as { trustedTypes?: { createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string } } }).trustedTypes;
  const policy = trusted?.createPolicy("till", { createScriptURL: () => "sw.js" });
  await navigator.serviceWorker?.register(policy?.createScriptURL("sw.js") ?? "sw.js").catch((fault: unknown) => console.warn("the till needs a network to open:", fault));
}

/** Asks the edge for what is new, and tells it what waits. */
async function connect(): Promise<void> {
  const known = setUp();
  if (counter) await renew(counter);
  else if (known) counter = await openCounter(known);
  await report();
  draw();
}

async function report(): Promise<void> {
  if (!counter) return;
  const told = await counter.till.report().catch(() => undefined);
  if (told) ({ left, doubles } = told);
  else shown = { kind: "broken" };
}

async function check(code: string): Promise<void> {
  if (!counter || code.trim() === "") return;
  typed.code = "";
  shown = { kind: "checking" };
  draw();
  await numbering;
  if (number === undefined) await numbered(nextReceipt);
  if (number === undefined) return draw();
  const worth = minor(typed.worth);
  const answer = await counter.till.accept(code, receipt(), worth === undefined ? {} : { worth }).catch(() => undefined);
  if (answer?.kind === "accepted" && answer.offline) edge.answers = false;
  shown = answer ? { kind: "answer", answer } : { kind: "broken" };
  draw();
  await report();
  draw();
}

async function undo({ code }: Accepted): Promise<void> {
  if (!(await counter?.till.rollback(code, receipt()))) return;
  shown = { kind: "undone" };
  await report();
  draw();
}

/** What is scanned from now on is the next customer's, also while the number is being written. */
async function next(): Promise<void> {
  Object.assign(typed, { code: "", worth: "" });
  draw();
  find("code").focus();
  await numbered(nextReceipt);
  if (number !== undefined) shown = { kind: "ready" };
  draw();
}

async function note(): Promise<void> {
  await counter?.till.noted(doubles.map(({ code }) => code));
  await report();
  draw();
}

async function camera(): Promise<void> {
  if (watching) return watching.abort();
  watching = new AbortController();
  draw();
  const video = find<HTMLVideoElement>("video");
  const ended = await scan({ video, signal: watching.signal, formats: ["qr_code", "code_128"], fallback: () => import("../lib/detector.js") });
  watching = undefined;
  wrong = ended.kind === "failed" ? words().cameraFailed : "";
  draw();
  if (ended.kind === "found") await check(ended.code);
}

function words(): Words {
  return WORDS[language];
}

function numbered(ask: () => Promise<number>): Promise<void> {
  number = undefined;
  return (numbering = ask().then((asked) => void (number = asked), () => void (shown = { kind: "broken" })));
}

/** One for each customer, unlike those of other days. */
function receipt(): string {
  return `${new Date().toISOString().slice(0, 10)}-${number}`;
}

function minor(text: string): number | undefined {
  const value = Number(text.replace(",", "."));
  return text.trim() && Number.isFinite(value) && value >= 0 ? Math.round(value * 10 ** (counter?.terms.decimals ?? 2)) : undefined;
}

function draw(): void {
  const say = words();
  document.documentElement.lang = language;
  document.title = `${say.title} · Nordkorb`;
  find("title").textContent = say.title;
  find("where").textContent = counter ? `${counter.setUp.till} · ${counter.setUp.store}` : "";
  const network = find("network");
  network.textContent = edge.answers === undefined ? "" : edge.answers ? say.online : say.offline;
  network.classList.toggle("off", edge.answers === false);
  const other = find("language");
  other.textContent = language === "de" ? "EN" : "DE";
  other.setAttribute("aria-label", language === "de" ? "In English" : "Auf Deutsch");
  if (watching && document.getElementById("video")) return;
  redraw(find("screen"), keepsNothing && h("p", { class: "panel", "data-testid": "forgets" }, say.forgets), ...(counter ? counting(say, counter) : settingUp(say)));
}

function settingUp(say: Words): Child[] {
  const known = setUp();
  const field = h("input", { id: "link", type: "text", autocomplete: "off", spellcheck: "false", "data-testid": "link" });
  const take = (event: Event): void => {
    event.preventDefault();
    const link = readLink(field.value);
    wrong = link ? "" : say.setUpWrong;
    if (link) keepSetUp(link);
    void connect();
  };
  return [
    h("section", { class: "panel" },
      h("h2", {}, say.setUp),
      h("p", {}, !known ? say.setUpText : edge.answers ? say.notFitting : say.notReady),
      h("form", { onsubmit: take }, h("label", { for: "link" }, say.setUpField), field, h("button", { class: "main", type: "submit" }, say.setUpButton)),
      wrong && h("p", { class: "wrong", role: "alert" }, wrong),
    ),
  ];
}

function counting(say: Words, { terms }: Counter): Child[] {
  const code = h("input", {
    id: "code", type: "text", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", enterkeyhint: "go", value: typed.code, "aria-describedby": "code-hint", "data-testid": "code",
    oninput: () => (typed.code = code.value),
  });
  const worth = h("input", { id: "worth", type: "text", inputmode: "decimal", autocomplete: "off", value: typed.worth, oninput: () => (typed.worth = worth.value), "data-testid": "worth" });
  const submit = (event: Event): void => {
    event.preventDefault();
    void check(code.value);
  };
  return [
    result(say, terms),
    h("section", { class: "panel" },
      h("form", { onsubmit: submit },
        h("label", { for: "code" }, say.code),
        h("div", { class: "row" }, code, h("button", { class: "main", type: "submit", "data-testid": "check" }, say.check)),
        h("p", { id: "code-hint", class: "hint" }, say.codeHint),
        h("label", { for: "worth" }, say.worth(terms.currency)),
        worth,
      ),
      h("video", { id: "video", playsinline: true, hidden: !watching, "aria-label": say.camera }),
      h("button", { class: "second wide", type: "button", "data-testid": "camera", onclick: () => void camera() }, watching ? say.cameraOff : say.camera),
      wrong && h("p", { class: "wrong", role: "alert" }, wrong),
    ),
    h("section", { class: "panel foot" },
      h("p", { "data-testid": "receipt" }, number !== undefined && say.receipt(receipt())),
      h("button", { class: shown.kind === "answer" ? "main" : "second", type: "button", "data-testid": "next", onclick: () => void next() }, say.next),
      h("p", { role: "status", "data-testid": "waiting" }, left > 0 ? say.waiting(left) : say.nothingWaiting),
      left > 0 && h("button", { class: "second", type: "button", "data-testid": "report", onclick: () => void connect() }, say.report),
    ),
    doubles.length > 0 && h("section", { class: "panel", "data-testid": "doubles" },
      h("h2", {}, say.doubles),
      h("ul", {}, ...doubles.flatMap(({ code, receipt, double }) => double && h("li", {}, say.double(code, receipt, why(say, double).join(" "))))),
      h("button", { class: "second", type: "button", "data-testid": "noted", onclick: () => void note() }, say.noted),
    ),
  ];
}

/** Why a coupon is not good, where it was used first, and until when it is held, as far as that is known. */
function why(say: Words, { reason, first: { till, receipt, at } = {}, until }: Denial): string[] {
  const time = (instant: Timestamp | undefined, style: Intl.DateTimeFormatOptions): string => (instant === undefined ? "" : new Intl.DateTimeFormat(language, style).format(instant));
  return [
    sentence(reason, language),
    ...(till && receipt ? [say.first(till, receipt, time(at, { dateStyle: "medium", timeStyle: "short" }))] : []),
    ...(until !== undefined ? [say.held(time(until, { timeStyle: "short" }))] : []),
  ];
}

/** Accepted or not: by colour, sign, and words. */
function result(say: Words, terms: Counter["terms"]): HTMLElement {
  const { kind } = shown.kind === "answer" ? shown.answer : shown;
  const sign = { accepted: "✓", refused: "✕", broken: "✕", ready: "", checking: "", undone: "↺" }[kind];
  const lines = shown.kind === "answer" ? answerLines(say, shown.answer, terms) : [h("h2", {}, kind === "undone" ? say.undone : kind === "broken" ? say.broken : kind === "checking" ? say.checking : say.ready), kind === "ready" && h("p", {}, say.readyText)];
  return h("section", { class: `result ${kind}`, role: "status", "aria-live": "assertive", "data-testid": "result", "data-kind": kind },
    sign && h("span", { class: "sign", "aria-hidden": "true" }, sign),
    h("div", { class: "words" }, ...lines),
  );
}

function answerLines(say: Words, answer: Answer, terms: Counter["terms"]): Child[] {
  if (answer.kind === "refused") {
    const [reason, ...more] = why(say, answer);
    return [
      h("h2", {}, say.refused),
      h("p", { class: "reason", "data-reason": answer.reason }, reason),
      ...more.map((line) => h("p", { "data-testid": "more" }, line)),
    ];
  }
  const known = terms.coupons.find(({ campaign }) => campaign === answer.coupon?.campaign);
  return [
    h("h2", {}, say.accepted),
    known && h("p", { class: "offer" }, known.title[language]),
    ...(answer.coupon ? benefit(say, answer.coupon, known?.minimum_spend, terms.currency, terms.decimals) : []),
    answer.again && h("p", {}, say.again),
    answer.offline && h("p", {}, say.offlineAccepted),
    h("p", { class: "letters" }, answer.code.replace(/(.{4})(?=.)/g, "$1 ")),
    h("button", { class: "second", type: "button", "data-testid": "undo", onclick: () => void undo(answer) }, say.undo),
  ];
}

function benefit(say: Words, { benefit: { kind, value }, minimum }: Coupon, spend: number | undefined, currency: string, decimals: number): Child[] {
  const money = (amount: number): string => new Intl.NumberFormat(language, { style: "currency", currency }).format(amount / 10 ** decimals);
  const rate = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 2 }).format(value / 10_000);
  const least = minimum === "terms" ? (spend ?? 0) : minimum;
  return [
    h("p", { class: "benefit" }, kind === "percent" ? say.percent(rate) : kind === "amount" ? say.amount(money(value)) : say.terms),
    least > 0 && h("p", {}, say.minimum(money(least))),
  ];
}
