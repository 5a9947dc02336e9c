/**
 * `tactful/outcomes`: counts what devices tell with `tactful/share`, in one Durable Object with SQLite.
 *
 * | request | answer |
 * |---|---|
 * | `POST /v1/outcomes` with a report | 204 where it was counted, also where it had been before |
 * | `GET /v1/outcomes` with `authorization: Bearer KEY` | counts and estimates for each offer, of weeks that are closed |
 *
 * A report is added to a sum and forgotten; of it only the id is kept, without its answer, until its week is closed. Nothing is
 * told of an offer with fewer answers than `LEAST_ANSWERS`, nor of a week that is still open, so that asking before and after
 * a report shows no difference.
 */
import { TactfulError, must, refuse } from "../errors.js";
import { isObject, kind } from "../form.js";
import { type Outcome, type Report, TRUTH_PPM, weekOf } from "../share.js";
import type { Timestamp } from "../types.js";
import { jsonOf, methods, opens, problem } from "./http.js";

/** Fewer answers about an offer than this are not told. */
export const LEAST_ANSWERS = 500;
/** How many weeks after its own a report is still taken; then the week is closed. */
export const OPEN_WEEKS = 2;
/** How many closed weeks are counted together, then forgotten. */
export const COUNTED_WEEKS = 26;
/** Most offers that are counted in a week: a liar cannot fill the disk with names. */
const MOST_OFFERS = 4_096;
/** Reports a second that are taken on average, and at once. The rest is told to come again. */
const [PER_SECOND, AT_ONCE] = [100, 300];
/** Bytes of a report, and letters of an offer's id. */
const [LARGEST_REPORT, LONGEST_ID] = [512, 128];
const ANSWERS: readonly Outcome[] = ["not_shown", "shown", "useful"];

/** A share with its standard error; below 0 or above 1 where the noise is larger than what it hides. */
export interface Estimate { share: number; error: number }

/** What was answered about an offer. */
export interface Tally {
  offer: string;
  not_shown: number;
  shown: number;
  useful: number;
}

/** A tally without its noise. */
export interface Told extends Tally {
  answers: number;
  /** Share of the weeks in which a device was shown the offer, in which it was useful, and the second of the first. */
  estimates: { shown: Estimate; useful: Estimate; usefulness?: Estimate };
}

/** What `GET /v1/outcomes` answers. */
export interface Outcomes {
  /** The closed weeks that are counted, both included. */
  from: number;
  until: number;
  truth_ppm: number;
  least_answers: number;
  offers: Told[];
}

/** What a counter needs of its platform. */
export interface CounterHost {
  /** The namespace of `OutcomeCounter`. */
  counter: { idFromName(name: string): unknown; get(id: never): { fetch(request: Request): Promise<Response> } };
  /** Opens the counts to the shop. Without one nobody reads them. */
  key?: string | undefined;
  /** Defaults to `Date.now`. */
  now?: () => Timestamp;
  /** Told of errors that are ours. */
  onError?: (error: unknown) => void;
}

/** Makes a handler of `/v1/outcomes`. */
export function createCounter(host: CounterHost): (request: Request) => Promise<Response> {
  must([host, "host", "`{ counter }`", "counter"]);
  const object = (request: Request) => host.counter.get(host.counter.idFromName("outcomes") as never).fetch(request);
  const now = () => host.now?.() ?? Date.now();
  const answer = async (request: Request): Promise<Response> => {
    if (request.method === "OPTIONS") return new Response(null, { status: 204 });
    if (request.method === "GET") {
      if (!(await opens(request, host.key))) return problem(401, refuse("no-key", "", "send the shop's key as `authorization: Bearer KEY`"));
      return object(new Request(`https://counter/?now=${now()}`));
    }
    const refused = methods(request, ["GET", "POST"]);
    if (refused) return refused;
    const report = check(await jsonOf(request, LARGEST_REPORT), now());
    if (request.headers.get("sec-gpc")?.trim() === "1") throw refuse("gpc", "", "Global Privacy Control objects; nothing was counted");
    return object(new Request(`https://counter/?now=${now()}`, { method: "POST", body: JSON.stringify(report) }));
  };
  return async (request) => {
    const answered = await answer(request).catch((error: unknown) => {
      if (error instanceof TactfulError) return problem(error.code === "too-large" ? 413 : error.code === "gpc" ? 403 : 400, error);
      host.onError?.(error);
      // The same report may be sent again: it counts once.
      return problem(503, refuse("internal", "", "nothing was counted; send the same report again later"));
    });
    const response = new Response(answered.body, answered);
    response.headers.set("cache-control", "no-store");
    // A report has no cookies, so every page may send one.
    response.headers.set("access-control-allow-origin", "*");
    if (request.method === "OPTIONS") response.headers.set("access-control-allow-headers", "content-type");
    return response;
  };
}

/** A report that may be counted now. */
function check(body: unknown, now: Timestamp): Report {
  if (!isObject(body)) throw refuse("wrong-type", "", `the body must be a report, not ${kind(body)}`);
  const { id, week, offer, answer } = body as Partial<Record<keyof Report, unknown>>;
  const wrong = (field: keyof Report, wanted: string) => refuse("wrong-type", `/${field}`, `\`${field}\` must be ${wanted}`);
  if (typeof id !== "string" || !/^[0-9a-f]{32}$/.test(id)) throw wrong("id", "32 hexadecimal digits");
  if (typeof offer !== "string" || offer === "" || offer.length > LONGEST_ID) throw wrong("offer", `the id of an offer, at most ${LONGEST_ID} letters`);
  if (!ANSWERS.includes(answer as Outcome)) throw wrong("answer", ANSWERS.join(", "));
  const over = weekOf(now) - 1;
  if (!Number.isSafeInteger(week)) throw wrong("week", "a whole number");
  if ((week as number) > over) throw refuse("too-early", "/week", `week ${week} is not over; ${over} is the last that is`);
  if ((week as number) <= over - OPEN_WEEKS) throw refuse("too-late", "/week", `week ${week} is closed; ${over - OPEN_WEEKS + 1} is the first that is open`);
  return { id, week: week as number, offer, answer: answer as Outcome };
}

/** As much of a Durable Object's state as is used here. */
export interface CounterState {
  storage: {
    sql: { exec(query: string, ...values: (string | number)[]): { toArray(): unknown[]; readonly rowsWritten: number } };
    transactionSync<T>(work: () => T): T;
  };
}

/** The Durable Object that counts. It has no clock: the time comes with every request. */
export class OutcomeCounter {
  readonly #storage: CounterState["storage"];
  /** What may be taken at once, and since when. */
  #room = AT_ONCE;
  #at = 0;
  #tidied = -1;

  constructor({ storage }: CounterState) {
    this.#storage = storage;
    // NOTE: kept in the order of the ids, which are drawn by chance: nothing tells which report came after which.
    storage.sql.exec("CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY, week INTEGER NOT NULL) WITHOUT ROWID");
    storage.sql.exec(`CREATE TABLE IF NOT EXISTS tally (week INTEGER, offer TEXT, not_shown INTEGER NOT NULL DEFAULT 0,
      shown INTEGER NOT NULL DEFAULT 0, useful INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (week, offer)) WITHOUT ROWID`);
  }

  async fetch(request: Request): Promise<Response> {
    const now = Number(new URL(request.url).searchParams.get("now"));
    this.#tidy(weekOf(now));
    if (request.method === "GET") return Response.json(this.#tell(weekOf(now)));
    const report = (await request.json()) as Report;
    if (!this.#hasRoom(now)) {
      const response = problem(503, refuse("busy", "", "too many reports at once; send the same one again later"));
      response.headers.set("retry-after", "60");
      return response;
    }
    return this.#storage.transactionSync(() => this.#count(report))
      ? new Response(null, { status: 204 })
      : problem(400, refuse("too-many-offers", "/offer", `more than ${MOST_OFFERS} offers in one week are not counted`));
  }

  /** Adds a report to its sum, once. False where there are too many offers. */
  #count({ id, week, offer, answer }: Report): boolean {
    const { sql } = this.#storage;
    if (sql.exec("SELECT 1 FROM seen WHERE id = ?", id).toArray().length > 0) return true;
    const known = sql.exec("SELECT 1 FROM tally WHERE week = ? AND offer = ?", week, offer).toArray().length > 0;
    const [offers] = known ? [undefined] : (sql.exec("SELECT COUNT(*) AS count FROM tally WHERE week = ?", week).toArray() as { count: number }[]);
    if (offers && offers.count >= MOST_OFFERS) return false;
    sql.exec("INSERT INTO seen (id, week) VALUES (?, ?)", id, week);
    // The column is one of three words, checked at the door.
    const column = ANSWERS.find((one) => one === answer) ?? "not_shown";
    sql.exec(`INSERT INTO tally (week, offer, ${column}) VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET ${column} = ${column} + 1`, week, offer);
    return true;
  }

  #tell(thisWeek: number): Outcomes {
    const until = thisWeek - 1 - OPEN_WEEKS;
    const from = until - COUNTED_WEEKS + 1;
    const tallies = this.#storage.sql.exec(
      `SELECT offer, SUM(not_shown) AS not_shown, SUM(shown) AS shown, SUM(useful) AS useful FROM tally WHERE week BETWEEN ? AND ?
       GROUP BY offer HAVING SUM(not_shown) + SUM(shown) + SUM(useful) >= ? ORDER BY offer`,
      from, until, LEAST_ANSWERS,
    ).toArray() as Tally[];
    return { from, until, truth_ppm: TRUTH_PPM, least_answers: LEAST_ANSWERS, offers: tallies.map(tell) };
  }

  /** Forgets the ids of closed weeks, and sums that are too old. */
  #tidy(thisWeek: number): void {
    if (this.#tidied === thisWeek) return;
    this.#tidied = thisWeek;
    const { sql } = this.#storage;
    sql.exec("DELETE FROM seen WHERE week < ?", thisWeek - OPEN_WEEKS);
    sql.exec("DELETE FROM tally WHERE week < ?", thisWeek - OPEN_WEEKS - COUNTED_WEEKS);
  }

  #hasRoom(now: number): boolean {
    this.#room = Math.min(AT_ONCE, this.#room + (Math.max(0, now - this.#at) / 1_000) * PER_SECOND);
    this.#at = Math.max(this.#at, now);
    if (this.#room < 1) return false;
    this.#room -= 1;
    return true;
  }
}

/** Takes the noise out of a tally. The same formulas as in `src/share/mod.rs`, where their properties are tested. */
export function tell({ offer, not_shown, shown, useful }: Tally): Told {
  const [answers, truth] = [not_shown + shown + useful, TRUTH_PPM / 1e6];
  const estimate = (count: number): Estimate => {
    const share = count / answers;
    return { share: (share - (1 - truth) / 3) / truth, error: Math.sqrt((share * (1 - share)) / answers) / truth };
  };
  const hidden = estimate(not_shown);
  const told = { shown: { share: 1 - hidden.share, error: hidden.error }, useful: estimate(useful) };
  const tally = { offer, not_shown, shown, useful, answers };
  if (told.shown.share <= 2 * told.shown.error) return { ...tally, estimates: told };
  const share = told.useful.share / told.shown.share;
  const [f0, f2] = [not_shown / answers, useful / answers];
  const variance = f2 * (1 - f2) + share * share * f0 * (1 - f0) - 2 * share * f0 * f2;
  const error = Math.sqrt(Math.max(variance, 0) / answers) / (truth * told.shown.share);
  return { ...tally, estimates: { ...told, usefulness: { share, error } } };
}
