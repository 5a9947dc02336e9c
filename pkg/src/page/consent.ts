/**
 * Reads what the shopper allows from where their page keeps it, and tells the engine whether it may remember: Google
 * consent mode, the IAB's Transparency and Consent Framework (TCF), Global Privacy Control (GPC).
 *
 * What is remembered are purchases, on this device, to choose the shop's own offers. So these must all be allowed:
 *
 * | source | what allows it |
 * |---|---|
 * | Google consent mode | `personalization_storage` granted, or both `ad_storage` and `ad_personalization`; none of the three denied |
 * | TCF 2.2 | consent to purpose 1 (store and access information on a device), 3 (create profiles for personalised advertising) and 4 (use them): a shop's offers are advertising, which a profile chooses |
 * | GPC | no objection |
 *
 * A legitimate interest is no consent, nor is TCF's purpose 1 where it was not asked (`purposeOneTreatment`). The publisher's own purposes (`publisher.consents`) count before those of vendors.
 * Where several sources are watched, all must allow it; one that says nothing does not allow it. Of consent mode is seen
 * what passes through the data layer, also from a template of the tag manager, and not what is set within that alone.
 */
import { ENGINE, must } from "../errors.js";
import { isObject } from "../form.js";
import { LONGEST_MS } from "../timer.js";
import type { ConsentSignal, RequestSignal } from "../types.js";
import { type DataLayer, hear } from "./layer.js";
import { quietly } from "./quietly.js";
import type { Observer } from "./told.js";

/** Where the page keeps what the shopper allows; what is left out is not asked. */
export interface ConsentSources {
  /** Google consent mode: the data layer, or the window that has it. */
  layer?: DataLayer;
  /** TCF: the window in which a consent platform puts `__tcfapi`, now or later. */
  tcf?: Window | Platform;
  /** GPC: the `navigator`. */
  gpc?: Navigator | Browser;
}

/** Whatever has a consent platform, as the window does. */
interface Platform { __tcfapi?: unknown }

/** Whatever tells Global Privacy Control, as the navigator does. */
interface Browser { globalPrivacyControl?: unknown }

/** How the sources are read. */
export interface ConsentOptions {
  /** Where the shopper is (ISO 3166-2, such as `US-CA`). Without it a refusal for any region counts, and a grant for some does not. */
  region?: string;
  /** Counts TCF as allowing where its platform says that the GDPR does not apply; without this it then allows nothing. */
  outsideGdpr?: boolean;
  /** How long the sources may take for their first answer, milliseconds; then no answer is a no. 10,000 where missing. */
  waitMs?: number;
  /** Defaults to `Date.now`. */
  now?: () => number;
}

/** Allowed, not allowed, or not said yet. */
type Allowed = boolean | undefined;

/**
 * How long sources may take at first. Long, since a no forgets: a returning shopper on a slow line must not lose what they
 * allowed. From a new one nothing is saved before a yes, however long that takes. Our assumption.
 */
const WAIT_MS = 10_000;
/** How often, and how many times, is looked for a consent platform that is not there yet. */
const [LOOK_MS, LOOKS] = [250, 240];

/**
 * Tells `consent` signals: one when all sources have answered, or have had their time, then one for each change; a
 * withdrawal at once, which forgets what was bought. GPC is told as a `request`, too. Returns a function that stops.
 *
 * Until the first answer nothing is told: what the shopper allowed at an earlier visit holds until then.
 */
export function watchConsent(sources: ConsentSources, tact: Observer, options: ConsentOptions = {}): () => void {
  must([sources, "sources", "`{ layer, tcf, gpc }`, or some of them"], [tact, "tact", ENGINE, "observe"]);
  const { waitMs = WAIT_MS, now = Date.now } = options;
  const answers: Allowed[] = [];
  let [told, waited]: [Allowed, boolean] = [undefined, false];

  const tell = (...signals: Unstamped[]): void =>
    quietly("what the shopper allows", () => void tact.observe(signals.map((signal) => ({ ...signal, at: now() }))));
  const settle = (): void => {
    const known = waited || answers.includes(false) || !answers.includes(undefined);
    const remember = answers.every((allowed) => allowed === true);
    if (!known || remember === told) return;
    told = remember;
    tell({ type: "consent", remember });
  };

  if ((sources.gpc as Browser | undefined)?.globalPrivacyControl === true) {
    tell({ type: "request", gpc: true }, { type: "consent", remember: false });
    return () => undefined;
  }
  const asked = [sources.layer && google(sources.layer, options), sources.tcf && tcf(sources.tcf as Platform, options)].filter((source) => source !== undefined);
  asked.forEach(() => answers.push(undefined));
  const stops = asked.map((listen, place) => listen((allowed) => {
    answers[place] = allowed;
    settle();
  }));
  const timer = setTimeout(() => {
    waited = true;
    if (answers.length > 0) settle();
  }, Math.min(waitMs, LONGEST_MS));
  return () => {
    clearTimeout(timer);
    stops.forEach((stop) => stop());
  };
}

type Unstamped = Omit<RequestSignal, "at"> | Omit<ConsentSignal, "at">;

/** Starts to listen to a source; returns a function that stops. */
type Source = (answer: (allowed: Allowed) => void) => () => void;

// Google consent mode

const KEYS = ["personalization_storage", "ad_storage", "ad_personalization"] as const;
type Key = (typeof KEYS)[number];
/** How closely a default names the shopper's place; an update outweighs them all. */
const [ELSEWHERE, EVERYWHERE, COUNTRY, REGION, UPDATE] = [-1, 0, 1, 2, 3];

/** `gtag("consent", "default" | "update", { ad_storage: "granted", …, region, wait_for_update })`, from the data layer. */
function google(layer: DataLayer, { region }: ConsentOptions): Source {
  return (answer) => {
    const said = new Map<Key, { granted: boolean; weight: number }>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let [waits, updated, replayed] = [false, false, false];
    const is = (key: Key): Allowed => said.get(key)?.granted;
    const settle = (): void => {
      const refused = KEYS.some((key) => is(key) === false);
      const granted = is("personalization_storage") === true || (is("ad_storage") === true && is("ad_personalization") === true);
      // A refusal by default holds until the shopper says something; it is not theirs, and withdraws nothing.
      const open = said.size === 0 || (!updated && (waits || refused));
      answer(open ? undefined : granted && !refused);
    };
    const wait = (ms: number): void => {
      waits = true;
      clearTimeout(timer);
      timer = setTimeout(() => {
        waits = false;
        settle();
      }, Math.min(ms, LONGEST_MS));
    };
    const stop = hear(layer, (entry) => {
      if (Object.prototype.toString.call(entry) !== "[object Arguments]") return;
      const [command, kind, fields] = Array.from(entry as ArrayLike<unknown>);
      if (command !== "consent" || (kind !== "default" && kind !== "update") || !isObject(fields)) return;
      const told = fields as Readonly<Record<string, unknown>>;
      updated ||= kind === "update";
      for (const key of KEYS) {
        const granted = told[key] === "granted";
        const weight = kind === "update" ? UPDATE : weigh(told.region, region, granted);
        if ((granted || told[key] === "denied") && weight >= (said.get(key)?.weight ?? EVERYWHERE)) said.set(key, { granted, weight });
      }
      if (kind === "default" && Number(told.wait_for_update) > 0) wait(Number(told.wait_for_update));
      if (replayed) settle();
    });
    replayed = true;
    settle();
    return () => {
      clearTimeout(timer);
      stop();
    };
  };
}

/** How much a default weighs that may be for some regions only; below every other where it is not for the shopper. */
function weigh(regions: unknown, place: string | undefined, granted: boolean): number {
  if (!Array.isArray(regions)) return EVERYWHERE;
  if (place === undefined) return granted ? ELSEWHERE : COUNTRY;
  if (regions.includes(place)) return place.includes("-") ? REGION : COUNTRY;
  const within = regions.some((region) => String(region).startsWith(`${place}-`));
  return regions.includes(place.split("-")[0]) || (within && !granted) ? COUNTRY : ELSEWHERE;
}

// IAB Transparency and Consent Framework

const PURPOSES = [1, 3, 4];

/** As much of `TCData` as is read. Source: IAB Tech Lab, Consent Management Platform API, version 2.2, "TCData". */
interface TCData {
  readonly eventStatus?: string;
  readonly gdprApplies?: boolean;
  readonly isServiceSpecific?: boolean;
  readonly listenerId?: number | null;
  readonly purpose?: { readonly consents?: Purposes };
  readonly publisher?: { readonly consents?: Purposes };
}
type Purposes = Readonly<Record<number, boolean | undefined>>;
type TcfApi = (command: string, version: number, callback: (data: TCData | null, success: boolean) => void, parameter?: unknown) => void;

/** Looks for a platform for a minute; a stub that stands in for it until it is loaded keeps what it is asked. */
function tcf(place: Platform, { outsideGdpr = false }: ConsentOptions): Source {
  return (answer) => {
    let [stopped, looks] = [false, 0];
    let timer: ReturnType<typeof setTimeout> | undefined;
    let listener: number | undefined;
    const platform = (): TcfApi | undefined => (typeof place.__tcfapi === "function" ? (place.__tcfapi as TcfApi) : undefined);
    const leave = (): void =>
      quietly("the consent platform's leave", () => listener !== undefined && platform()?.("removeEventListener", 2, () => undefined, listener));
    const hearing = (data: TCData | null, success: boolean): void => {
      if (!success || !data) return;
      listener = data.listenerId ?? undefined;
      // A stub may answer only after we have stopped.
      if (stopped) return leave();
      // NOTE: while they are asked (`cmpuishown`), what was said before still holds.
      if (data.gdprApplies === false) answer(outsideGdpr);
      else if (data.eventStatus === "tcloaded" || data.eventStatus === "useractioncomplete") answer(PURPOSES.every((purpose) => consents(data, purpose)));
    };
    const look = (): void => {
      const api = platform();
      if (api) quietly("the consent platform's answer", () => api("addEventListener", 2, hearing));
      else if (looks++ < LOOKS) timer = setTimeout(look, LOOK_MS);
    };
    look();
    return () => {
      stopped = true;
      clearTimeout(timer);
      leave();
    };
  };
}

/** What was said to all publishers together is no consent any more (`isServiceSpecific`, invalid since September 2021). */
function consents({ publisher, purpose, isServiceSpecific }: TCData, number: number): boolean {
  return isServiceSpecific !== false && (publisher?.consents?.[number] ?? purpose?.consents?.[number]) === true;
}
