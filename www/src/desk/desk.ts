/** The desk: reads what shoppers say, groups what is the same, answers in both languages. What was typed is only ever text. */
import type { Language } from "tactful";
import type { Alike, Change, HideReason, Inbox, Topic, TopicState } from "tactful/voice";
import { find, h, redraw, type Child } from "../lib/dom.js";
import { keepsNothing } from "../lib/storage.js";
import { type Filter, Refused, alike, change, inbox, keepKey, key, merge, readLink, save, supplied } from "./inbox.js";
import { type Report, drawSupply, supplyOf } from "./supply.js";
import { WORDS, type Words } from "./words.js";

type Panel = "answer" | "same" | "hide";

const LANGUAGES = ["de", "en"] as const;
const STATES: readonly TopicState[] = ["heard", "planned", "done", "not_possible"];

let language: Language = navigator.language.startsWith("de") ? "de" : "en";
let filter: Filter = { state: "heard", kind: "", show: "", text: "" };
let page: Inbox | undefined;
/** Where the pages began that were turned over, the newest first. */
let turned: string[] = [];
let open: { id: string; panel: Panel } | undefined;
/** What was typed and not saved yet. */
let draft: Change = {};
let same: { alike: Alike[]; merged: Topic[] } = { alike: [], merged: [] };
let wrong: (words: Words) => string = () => "";
let asked = 0;
let supply: { told: Report | undefined; wrong: boolean } = { told: undefined, wrong: false };

void start();

async function start(): Promise<void> {
  const link = readLink(location.hash);
  if (link) keepKey(link);
  // The key is not for the address bar.
  if (location.hash) history.replaceState(undefined, "", location.pathname);
  addEventListener("hashchange", () => location.reload());
  find("language").addEventListener("click", () => {
    language = language === "de" ? "en" : "de";
    draw();
  });
  find("leave").addEventListener("click", () => {
    keepKey(undefined);
    // What is still being read is for nobody any more.
    asked += 1;
    [page, supply] = [undefined, { told: undefined, wrong: false }];
    draw();
  });
  await read();
  document.documentElement.dataset["ready"] = "";
}

/** Reads the page that is turned to. An answer that comes after a later question is dropped. */
async function read(): Promise<void> {
  const mine = (asked += 1);
  if (!key()) return draw();
  await doing(async () => {
    const [topics, told] = await Promise.all([inbox(filter, turned.at(-1)), supply.told ?? supplied()]);
    if (mine !== asked) return;
    page = topics;
    supply.told ??= told;
  });
}

/** Does something, says what went wrong, and draws what came of it. */
async function doing(work: () => Promise<void>, done: (words: Words) => string = () => ""): Promise<boolean> {
  try {
    await work();
    wrong = done;
    return true;
  } catch (fault) {
    if (fault instanceof Refused && fault.code === "no-key") [page, wrong] = [undefined, (words) => words.wrongKey];
    else wrong = (words) => (fault instanceof Refused ? words.refused[fault.code] ?? fault.message : words.away);
    return false;
  } finally {
    draw();
  }
}

/** Turns to what was said earlier, or back. */
async function turn(to: string | undefined): Promise<void> {
  if (to) turned.push(to);
  else turned.pop();
  open = undefined;
  await read();
  scrollTo(0, 0);
}

async function changed(id: string, next: Change): Promise<void> {
  const ok = await doing(async () => {
    const topic = await change(id, next);
    if (page) page.topics = page.topics.map((one) => (one.id === id ? topic : one));
    [open, draft] = [undefined, {}];
  }, (words) => words.saved);
  if (ok) document.querySelector<HTMLElement>(`[data-testid="answer-${CSS.escape(id)}"]`)?.focus({ preventScroll: true });
}

async function joined(id: string, into: string | null): Promise<void> {
  if (await doing(async () => void (await merge(id, into)), (words) => words.saved)) {
    open = undefined;
    await read();
  }
}

async function unfold(topic: Topic, panel: Panel): Promise<void> {
  open = open?.id === topic.id && open.panel === panel ? undefined : { id: topic.id, panel };
  [draft, same] = [{}, { alike: [], merged: [] }];
  if (open?.panel !== "same") return draw();
  await doing(async () => {
    const [like, { topics }] = await Promise.all([alike(topic.id), inbox({ state: "", kind: "", show: "", text: "", into: topic.id })]);
    same = { alike: like, merged: topics };
  });
}

function seek(next: Partial<Filter>): void {
  filter = { ...filter, ...next };
  [open, turned] = [undefined, []];
  void read();
}

function draw(): void {
  const say = WORDS[language];
  document.documentElement.lang = language;
  document.title = `${say.title} · Nordkorb`;
  find("title").textContent = say.title;
  find("status").textContent = page ? wrong(say) : "";
  const other = find("language");
  other.textContent = language === "de" ? "EN" : "DE";
  other.setAttribute("aria-label", language === "de" ? "In English" : "Auf Deutsch");
  const leave = find("leave");
  leave.textContent = say.leave;
  leave.hidden = !key();
  find("supply").hidden = !page;
  drawSupply(find("supply"), say, supply.told, supply.wrong, (text) => {
    const told = supplyOf(text);
    supply = { told: told ?? supply.told, wrong: !told };
    draw();
  });
  redraw(find("voice"), keepsNothing && h("p", { class: "panel", "data-testid": "forgets" }, say.forgets), ...(page ? [filters(say, page), list(say, page)] : settingUp(say)));
}

function settingUp(say: Words): Child[] {
  const field = h("input", { id: "key", type: "password", autocomplete: "off", spellcheck: "false", "data-testid": "key" });
  const take = (event: Event): void => {
    event.preventDefault();
    keepKey(readLink(field.value) ?? (field.value.trim() || undefined));
    void read();
  };
  const text = wrong(say);
  return [
    h("section", { class: "panel" },
      h("h2", {}, say.setUp),
      h("p", {}, say.setUpText),
      h("form", { class: "fields", onsubmit: take }, h("label", { for: "key" }, say.setUpField), field, h("button", { class: "main", type: "submit" }, say.setUpButton)),
      text && h("p", { class: "wrong", role: "alert" }, text),
    ),
  ];
}

function filters(say: Words, { counts }: Inbox): HTMLElement {
  const states = ["", ...STATES].map((state) => {
    const count = state ? counts[state as TopicState] : Object.values(counts).reduce((sum, count) => sum + count, 0);
    return h("button", { type: "button", "aria-pressed": String(filter.state === state), "data-testid": `state-${state || "any"}`, onclick: () => seek({ state }) }, `${state ? say.state[state as TopicState] : say.any} ${count}`);
  });
  const words = h("input", { id: "words", type: "search", value: filter.text, autocomplete: "off", maxlength: 100, "data-testid": "words", onchange: () => seek({ text: words.value }) });
  return h("section", { class: "filters", "aria-label": say.title },
    h("div", { class: "choice", role: "group", "aria-label": say.states }, ...states),
    h("div", { class: "row" },
      select("kind", say.kinds, { "": say.any, ...say.kind }, filter.kind, (kind) => seek({ kind })),
      select("show", say.shows, { "": say.any, ...say.show }, filter.show, (show) => seek({ show })),
      h("div", { class: "field" }, h("label", { for: "words" }, say.search), words),
      h("button", { class: "second", type: "button", "data-testid": "csv", onclick: () => void doing(() => save("csv")) }, say.csv),
      h("button", { class: "second", type: "button", "data-testid": "json", onclick: () => void doing(() => save("json")) }, say.json),
    ),
  );
}

function select(id: string, label: string, options: Record<string, string>, chosen: string, choose: (value: string) => void): HTMLElement {
  const field = h("select", { id, "data-testid": id, onchange: () => choose(field.value) }, ...Object.entries(options).map(([value, name]) => h("option", { value, selected: value === chosen }, name)));
  return h("div", { class: "field" }, h("label", { for: id }, label), field);
}

function list(say: Words, { topics, next }: Inbox): HTMLElement {
  const rows = topics.map((topic) => row(say, topic));
  return h("section", { class: "list" },
    rows.length > 0 ? h("ul", { "data-testid": "topics" }, ...rows) : h("p", { class: "empty" }, say.none),
    (next ?? turned[0]) && h("nav", { class: "pages", "aria-label": say.pages },
      turned.length > 0 && h("button", { class: "second", type: "button", "data-testid": "newer", onclick: () => void turn(undefined) }, say.newer),
      next && h("button", { class: "second", type: "button", "data-testid": "older", onclick: () => void turn(next) }, say.older),
    ),
  );
}

function row(say: Words, topic: Topic): HTMLElement {
  const { id, kind, text, about, votes, state, public: shown, hidden, merged = [], said_ms } = topic;
  const panel = open?.id === id ? open.panel : undefined;
  const button = (name: Panel, label: string): HTMLElement =>
    h("button", { class: "second", type: "button", "aria-expanded": String(panel === name), "data-testid": `${name}-${id}`, onclick: () => void unfold(topic, name) }, label);
  const when = new Intl.DateTimeFormat(language === "de" ? "de" : "en-GB", { dateStyle: "medium", timeStyle: "short" }).format(said_ms);
  return h("li", { class: "topic", "data-id": id },
    h("p", { class: "meta" },
      h("strong", {}, say.kind[kind]),
      h("span", { class: "badge" }, say.state[state]),
      h("span", {}, say.votes(votes)),
      merged.length > 0 && h("span", {}, say.merged(merged.length)),
      about !== undefined && h("bdi", { class: "about" }, say.about(about)),
      h("span", {}, when),
    ),
    h("p", { class: "said", dir: "auto", tabindex: long(text) && 0, "data-testid": "said" }, text),
    hidden && h("p", { class: "wrong" }, `${say.hideText} ${say.hidden[hidden]}`),
    ...written(topic.answer),
    ...written(topic.reason),
    h("div", { class: "buttons" },
      button("answer", say.answer),
      button("same", say.same),
      !hidden && h("button", { class: "second", type: "button", "data-testid": `public-${id}`, onclick: () => void changed(id, { public: !shown }) }, shown ? say.unpublish : say.publish),
      hidden ? h("button", { class: "second", type: "button", "data-testid": `unhide-${id}`, onclick: () => void changed(id, { hidden: null }) }, say.unhide) : button("hide", say.hide),
    ),
    panel === "answer" && answering(say, topic),
    panel === "same" && grouping(say, topic),
    panel === "hide" && hiding(say, topic),
  );
}

/** The shop's own words, in each language that it wrote. */
function written(both: Topic["answer"] = {}): Child[] {
  return LANGUAGES.map((one) => both[one] && h("p", { class: "answer", lang: one, tabindex: long(both[one]) && 0 }, both[one]));
}

/** Longer than is shown at once, so that a keyboard can scroll it. */
function long(text: string): boolean {
  return text.length > 200 || text.split("\n").length > 6;
}

function answering(say: Words, { id, state, answer = {}, reason = {}, merged = [] }: Topic): HTMLElement {
  const next = draft.state ?? state;
  const area = (name: "answer" | "reason", one: Language, kept: string | undefined, label: string): Child[] => {
    const field = h("textarea", { id: `${name}-${one}`, lang: one, rows: 3, "data-testid": `${name}-${one}`, oninput: () => (draft = { ...draft, [name]: { ...draft[name], [one]: field.value } }) });
    field.value = draft[name]?.[one] ?? kept ?? "";
    return [h("div", { class: "field" }, h("label", { for: field.id }, label), field)];
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    void changed(id, draft);
  };
  const choose = (state: string): void => {
    draft = { ...draft, state: state as TopicState };
    draw();
  };
  return h("form", { class: "fields panel", onsubmit: submit },
    select("state", say.states, say.state, next, choose),
    h("p", { class: "hint" }, say.everybody),
    h("div", { class: "pair" }, ...LANGUAGES.flatMap((one) => area("answer", one, answer[one], say.answerIn[one]))),
    next === "not_possible" && h("div", { class: "pair" }, ...LANGUAGES.flatMap((one) => area("reason", one, reason[one], say.reasonIn[one]))),
    h("p", { class: "hint" }, say.catalog),
    h("pre", { tabindex: 0, "data-testid": "ids" }, `"answers": ${JSON.stringify([id, ...merged])}`),
    h("div", { class: "buttons" }, h("button", { class: "main", type: "submit", "data-testid": "save" }, say.save), cancel(say)),
  );
}

function grouping(say: Words, { id }: Topic): HTMLElement {
  const entry = (one: Pick<Topic, "id" | "text" | "votes">, label: string, act: () => Promise<void>): HTMLElement =>
    h("li", {}, h("p", { class: "said", dir: "auto" }, one.text), h("span", { class: "hint" }, say.votes(one.votes)), h("button", { class: "second", type: "button", "data-testid": `join-${one.id}`, onclick: () => void act() }, label));
  return h("div", { class: "panel" },
    h("p", { class: "hint" }, same.alike.length > 0 ? say.sameText : say.sameNone),
    h("ul", { class: "alike" },
      ...same.alike.map((one) => entry(one, say.mergeInto, () => joined(id, one.id))),
      ...same.merged.map((one) => entry(one, say.separate, () => joined(one.id, null))),
    ),
    h("div", { class: "buttons" }, cancel(say)),
  );
}

function hiding(say: Words, { id }: Topic): HTMLElement {
  const buttons = Object.entries(say.hidden).map(([reason, name]) => h("button", { class: "second", type: "button", "data-testid": `hide-${reason}`, onclick: () => void changed(id, { hidden: reason as HideReason }) }, name));
  return h("div", { class: "panel" }, h("p", { class: "hint" }, say.hideWhy), h("div", { class: "buttons" }, ...buttons, cancel(say)));
}

function cancel(say: Words): HTMLElement {
  const close = (): void => {
    open = undefined;
    draw();
  };
  return h("button", { class: "second", type: "button", "data-testid": "cancel", onclick: close }, say.cancel);
}
