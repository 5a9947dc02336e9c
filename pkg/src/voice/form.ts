/**
 * `<tactful-voice>`: "tell us", in which a shopper says something, votes, and finds the shop's answers.
 *
 * Nothing leaves before the shopper said yes in the form, which shows word for word what is sent. It stores nothing: what was
 * asked is told by the event `voice-asked`, and given back as `asked`. Importing this file registers nothing, also where there
 * is no `HTMLElement`; what makes tokens is loaded with the yes.
 */
import { Base, dress, languageOf, make, sheetOf } from "../card/parts.js";
import type { Language } from "../types.js";
import { toUrl } from "../till/text.js";
import { type VoiceClient, bodyOf, voiceAt } from "./client.js";
import { STYLE } from "./style.js";
import { LONGEST, lengthOf, plain } from "./text.js";
import { type Answered, type Both, KINDS, type PublicTopic, type Said, type VoiceKind } from "./topics.js";
import { type Words, WORDS } from "./words.js";

export { type Sent, type VoiceClient, voiceAt } from "./client.js";
export { LONGEST, plain } from "./text.js";
export type { Answered, PublicTopic, Said, TopicState, VoiceKind } from "./topics.js";

/** What `voice-asked` tells once the shop has it: which topic this device asked for, as what. */
export interface VoiceAskedDetail { topic: string; kind: VoiceKind | "vote" }

export interface TactfulVoiceEventMap {
  "voice-asked": CustomEvent<VoiceAskedDetail>;
  "voice-close": CustomEvent<undefined>;
}

let sheet: CSSStyleSheet | undefined;
let forms = 0;

/**
 * The form.
 *
 * Parts: `voice`, `title`, `intro`, `kind`, `text`, `consent`, `sent` (what exactly is sent), `send`, `status`, `yours`, `others`, `topic`,
 * `answer`, `vote`, `again`, `close`. Custom properties are those of the card, and `--tactful-wrong`.
 */
export class TactfulVoice extends Base {
  #address: string | URL = "/v1/voice";
  #client: VoiceClient | undefined;
  #language: Language | undefined;
  #about: { id: string; name: string } | undefined;
  #asked = new Set<string>();
  #voted = new Set<string>();
  #kind: VoiceKind = "wish";
  /** What is in the form, and the id that it has as long as it stays. */
  #draft = "";
  #id = "";
  #consent = false;
  #busy = false;
  #told: Record<"status" | "votes", (words: Words) => string> = { status: () => "", votes: () => "" };
  #wrong: (words: Words) => string = () => "";
  /** What was said while the form is open; nothing keeps the words longer. */
  #heard = new Map<string, Said>();
  #topics: PublicTopic[] = [];
  #answers: Answered[] = [];
  /** The edge did not answer when it was asked last. */
  #unread = false;
  readonly #root: ShadowRoot;
  readonly #section = make("section", "voice");
  readonly #text = make("textarea", "text");
  readonly #count = make("p", "", "hint");
  readonly #status = make("p", "status");
  readonly #voting = make("p", "");
  readonly #exact = make("pre", "sent");
  readonly #lists = make("div", "");

  /** Registers the element; does nothing where `tag` is taken already. */
  static define(tag = "tactful-voice", registry: CustomElementRegistry = customElements): void {
    if (!registry.get(tag)) registry.define(tag, this);
  }

  constructor() {
    super();
    this.#root = this.attachShadow({ mode: "open" });
    this.#root.adoptedStyleSheets = [(sheet ??= sheetOf(STYLE))];
    this.#section.setAttribute("aria-labelledby", "title");
    this.#text.id = "text";
    this.#text.rows = 4;
    this.#text.setAttribute("aria-describedby", "count");
    this.#text.addEventListener("input", () => this.#typed());
    this.#count.id = "count";
    this.#exact.tabIndex = 0;
    for (const line of [this.#status, this.#voting]) line.setAttribute("role", "status");
    this.#section.addEventListener("keydown", (event) => this.#key(event));
    this.#root.append(this.#section);
  }

  /** Moved to another document, an element has lost its style. */
  adoptedCallback(): void {
    dress(this.#root, STYLE);
  }

  connectedCallback(): void {
    for (const name of ["address", "language", "about", "asked", "kind"] as const) this.#upgrade(name);
    this.#render();
    void this.refresh();
  }

  /** Where the shop listens; `/v1/voice` of the page's own origin where it was not set. */
  get address(): string | URL {
    return this.#address;
  }

  set address(address: string | URL) {
    this.#address = address;
    this.#client = undefined;
  }

  /** The language of the form's own words, and of what is said; where none was set, that of the nearest `lang`. */
  get language(): Language {
    return languageOf(this, this.#language);
  }

  set language(language: Language | undefined) {
    this.#language = language;
    this.#render();
  }

  /** The product or category that it is about, with its name; `undefined` for none. */
  get about(): { id: string; name: string } | undefined {
    return this.#about;
  }

  set about(about: { id: string; name: string } | undefined) {
    this.#about = about ?? undefined;
    this.#render();
  }

  /** Ids of the topics that this device asked for, as `voice-asked` told them. */
  get asked(): readonly string[] {
    return [...this.#asked];
  }

  set asked(topics: readonly string[]) {
    this.#asked = new Set(topics);
    this.#list();
  }

  /** What is being said: a wish, unless it was set. */
  get kind(): VoiceKind {
    return this.#kind;
  }

  set kind(kind: VoiceKind) {
    this.#kind = KINDS.includes(kind) ? kind : "wish";
    this.#render();
  }

  /** Goes to the first field. */
  override focus(options?: FocusOptions): void {
    (this.#root.getElementById(this.#kind) ?? this.#root.querySelector<HTMLElement>(".close"))?.focus(options);
  }

  /** Reads anew what others say and what the shop answers. */
  async refresh(): Promise<void> {
    const client = (this.#client ??= voiceAt(this.#address));
    const read = await Promise.all([client.topics(), client.answers()]).catch(() => undefined);
    if (read) [this.#topics, this.#answers] = read;
    this.#unread = !read;
    this.#list();
  }

  get #words(): Words {
    return WORDS[this.language];
  }

  /** What would be sent now. */
  get #said(): Said {
    const said = { kind: this.#kind, text: plain(this.#text.value), language: this.language, ...(this.#about && { about: this.#about.id }) };
    const draft = JSON.stringify(said);
    // The same words are the same topic, however often they are sent; others, which the shopper changed meanwhile, are another.
    if (draft !== this.#draft) [this.#draft, this.#id] = [draft, toUrl(crypto.getRandomValues(new Uint8Array(16)))];
    return { id: this.#id, ...said };
  }

  async #send(): Promise<void> {
    const words = this.#words;
    const said = this.#said;
    const over = lengthOf(said.text) - LONGEST;
    this.#wrong = over > 0 ? (words) => words.tooLong(over) : said.text === "" ? (words) => words.empty : () => "";
    this.#typed();
    if (this.#wrong(words)) return this.#text.focus();
    if (this.#busy || !this.#allowed("status")) return;
    this.#tell("status", (words) => words.sending, true);
    const sent = await (this.#client ??= voiceAt(this.#address)).say(said);
    if (sent === "sent") {
      // What was typed meanwhile stays.
      if (this.#said.id === said.id) this.#text.value = "";
      this.#heard.set(said.id, said);
      this.#remember({ topic: said.id, kind: said.kind });
    }
    this.#tell("status", (words) => words.sent[sent], false);
    this.#typed();
  }

  async #vote({ id }: PublicTopic): Promise<void> {
    if (this.#busy || this.#voted.has(id) || !this.#allowed("votes")) return;
    this.#tell("votes", (words) => words.sending, true);
    const sent = await (this.#client ??= voiceAt(this.#address)).vote(id);
    if (sent === "sent") {
      this.#topics = this.#topics.map((topic) => (topic.id === id ? { ...topic, votes: topic.votes + 1 } : topic));
      this.#voted.add(id);
      this.#remember({ topic: id, kind: "vote" });
    }
    this.#tell("votes", (words) => words.voted[sent], false);
    this.#list();
  }

  /** Only after the yes; else the form says so, where the shopper is. */
  #allowed(where: "status" | "votes"): boolean {
    if (this.#consent && !objects()) return true;
    this.#tell(where, (words) => (objects() ? words.objected : words.consentFirst), false);
    if (!objects()) this.#root.querySelector<HTMLElement>("#consent")?.focus();
    return false;
  }

  #remember(detail: VoiceAskedDetail): void {
    this.#asked.add(detail.topic);
    this.dispatchEvent(new CustomEvent("voice-asked", { detail, bubbles: true, composed: true }));
    this.#list();
  }

  #tell(where: "status" | "votes", say: (words: Words) => string, busy: boolean): void {
    this.#told[where] = say;
    this.#busy = busy;
    this.#section.setAttribute("aria-busy", String(busy));
    (where === "status" ? this.#status : this.#voting).textContent = say(this.#words);
  }

  #key(event: KeyboardEvent): void {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.stopPropagation();
    this.#close();
  }

  #close(): void {
    this.dispatchEvent(new CustomEvent("voice-close", { bubbles: true, composed: true }));
  }

  /** Counts, and shows what would be sent. */
  #typed(): void {
    const used = lengthOf(plain(this.#text.value));
    if (used <= LONGEST && used > 0) this.#wrong = () => "";
    const wrong = this.#wrong(this.#words);
    this.#text.setAttribute("aria-invalid", String(wrong !== ""));
    this.#count.className = wrong ? "hint wrong" : "hint";
    this.#count.textContent = wrong || this.#words.count(used, LONGEST);
    this.#exact.textContent = bodyOf(this.#said);
  }

  #render(): void {
    const words = this.#words;
    const focused = this.#root.activeElement?.id;
    const title = make("h2", "title", "title", words.title);
    title.id = "title";
    this.#section.lang = this.language;
    this.#section.replaceChildren(title, make("p", "intro", "intro", words.intro), objects() ? make("p", "", "hint", words.objected) : this.#form(words), this.#lists, this.#closeButton(words));
    this.#status.textContent = this.#told.status(words);
    this.#voting.textContent = this.#told.votes(words);
    this.#typed();
    this.#list();
    if (focused) this.#root.getElementById(focused)?.focus({ preventScroll: true });
  }

  #form(words: Words): HTMLElement {
    const form = make("form", "");
    form.noValidate = true;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#send();
    });
    const label = make("label", "", "field", words.textLabel[this.#kind]);
    label.htmlFor = "text";
    const details = make("details", "");
    details.append(make("summary", "", "", words.exactly), make("p", "", "hint", words.exactlyText), this.#exact);
    const send = make("button", "send", "main send", words.send);
    send.type = "submit";
    const about = this.#about ? [make("p", "", "hint", words.about(this.#about.name))] : [];
    form.append(this.#kinds(words), label, this.#text, this.#count, ...about, this.#agreement(words), details, send, this.#status);
    return form;
  }

  #kinds(words: Words): HTMLElement {
    const fields = make("fieldset", "kind");
    const row = make("div", "", "kinds");
    const name = `kind-${(forms += 1)}`;
    for (const kind of KINDS) {
      const input = make("input", "");
      Object.assign(input, { type: "radio", name, id: kind, value: kind, checked: kind === this.#kind });
      input.addEventListener("change", () => (this.kind = kind));
      const label = make("label", "");
      label.append(input, make("span", "", "", words.kind[kind]));
      row.append(label);
    }
    fields.append(make("legend", "", "", words.kindLabel), row);
    return fields;
  }

  #agreement(words: Words): HTMLElement {
    const label = make("label", "consent", "consent");
    const box = make("input", "");
    Object.assign(box, { type: "checkbox", id: "consent", checked: this.#consent });
    box.addEventListener("change", () => this.#agree(box.checked));
    const text = make("span", "", "hint");
    text.append(make("strong", "", "", words.consent), make("span", "", "", words.consentText));
    label.append(box, text);
    return label;
  }

  #agree(consent: boolean): void {
    this.#consent = consent;
    if (consent) (this.#client ??= voiceAt(this.#address)).allow();
    for (const where of ["status", "votes"] as const) this.#tell(where, () => "", this.#busy);
  }

  #closeButton(words: Words): HTMLElement {
    const button = make("button", "close", "close", "×");
    button.type = "button";
    button.setAttribute("aria-label", words.close);
    button.addEventListener("click", () => this.#close());
    return button;
  }

  /** What this device asked for, then what others say. */
  #list(): void {
    const words = this.#words;
    const focused = this.#root.activeElement?.id;
    const answers = new Map(this.#answers.flatMap((answer) => answer.ids.map((id) => [id, answer] as const)));
    const topics = new Map(this.#topics.map((topic) => [topic.id, topic]));
    const yours = [...new Set([...this.#asked].reverse().map((id) => answers.get(id)?.ids[0] ?? id))].map((id) => this.#mine(words, answers.get(id), topics.get(id) ?? this.#heard.get(id)));
    this.#lists.replaceChildren(
      ...(yours.length > 0 ? [make("h3", "", "", words.yours), listOf("yours", yours)] : []),
      make("h3", "", "", words.others),
      this.#voting,
      ...(this.#unread ? [this.#again(words)] : []),
      ...(this.#topics.length > 0 ? [listOf("others", this.#topics.map((topic) => this.#topic(words, topic)))] : this.#unread ? [] : [make("p", "", "hint", words.othersNone)]),
    );
    if (focused) this.#root.getElementById(focused)?.focus({ preventScroll: true });
  }

  #again(words: Words): HTMLElement {
    const line = make("p", "", "row");
    const button = make("button", "again", "vote", words.again);
    Object.assign(button, { type: "button", id: "again" });
    button.addEventListener("click", () => void this.refresh());
    line.append(make("span", "", "hint", words.unread), button);
    return line;
  }

  #mine(words: Words, answer: Answered | undefined, topic: Said | undefined): HTMLElement {
    const item = make("li", "topic");
    const head = make("p", "", "row");
    const kind = topic?.kind ?? answer?.kind;
    head.append(make("strong", "", "meta", kind ? words.named[kind] : words.yoursGone), make("span", "", "badge", words.state[answer?.state ?? "heard"]));
    item.append(head, ...(topic ? [said(topic.text)] : []), ...this.#answer(answer));
    if (!answer?.answer && !answer?.reason) item.append(make("p", "", "meta", answer?.hidden ? words.hidden[answer.hidden] : words.waiting));
    return item;
  }

  #topic(words: Words, topic: PublicTopic): HTMLElement {
    const { id, kind, text, votes, state } = topic;
    const item = make("li", "topic");
    const row = make("p", "", "row");
    row.append(make("span", "", "meta", `${words.named[kind]} · ${words.votes(votes)}`), make("span", "", "badge", words.state[state]));
    const [mine, open] = [this.#voted.has(id) || this.#asked.has(id), state === "heard" || state === "planned"];
    if (open && !objects()) row.append(this.#voteButton(words, topic, mine));
    item.append(said(text), ...this.#answer(topic), row);
    return item;
  }

  #voteButton(words: Words, topic: PublicTopic, mine: boolean): HTMLElement {
    const button = make("button", "vote", "vote", mine ? words.hasVoted : words.vote);
    Object.assign(button, { type: "button", id: `vote-${topic.id}` });
    button.setAttribute("aria-pressed", String(mine));
    button.setAttribute("aria-label", mine ? `${words.hasVoted}: ${topic.text}` : words.voteFor(topic.text));
    button.addEventListener("click", () => void (mine || this.#vote(topic)));
    return button;
  }

  /** The shop's words, in this language or the other. */
  #answer(told: { answer?: Both; reason?: Both } | undefined): HTMLElement[] {
    const other = this.language === "de" ? "en" : "de";
    return [told?.answer, told?.reason].flatMap((both) => {
      const text = both?.[this.language] ?? both?.[other];
      if (!text) return [];
      const shown = make("p", "answer", "answer", text);
      shown.lang = both?.[this.language] ? this.language : other;
      return [shown];
    });
  }

  /** Takes over a property that was set before the element was defined. */
  #upgrade(name: "address" | "language" | "about" | "asked" | "kind"): void {
    if (!Object.hasOwn(this, name)) return;
    const value = this[name];
    delete (this as Record<string, unknown>)[name];
    (this as Record<string, unknown>)[name] = value;
  }
}

/** A shopper's words: text, whatever it looks like, in its own direction. */
function said(text: string): HTMLElement {
  const shown = make("p", "", "said", text);
  shown.dir = "auto";
  return shown;
}

function listOf(part: string, items: HTMLElement[]): HTMLElement {
  const list = make("ul", part);
  list.append(...items);
  return list;
}

/** The browser objects for the shopper: Global Privacy Control. */
function objects(): boolean {
  return (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl === true;
}
