/** What `tactful supply` found: where the shop runs out of fresh things to say. Told to the desk, or opened as a file, which stays in the page. */
import { type Supply, type ToldSupply, readSupply } from "tactful/voice";
import { h, redraw } from "../lib/dom.js";
import type { Words } from "./words.js";

/** A report; one from a file was not told. */
export type Report = ToldSupply | { report: Supply; told_ms?: undefined };

const DAY_MS = 86_400_000;
/** A report is out of date after so many days. */
const FRESH_DAYS = 7;

/** Reads a file, or returns undefined where it has no report. */
export function supplyOf(text: string): Report | undefined {
  try {
    return { report: readSupply(JSON.parse(text)) };
  } catch {
    return undefined;
  }
}

/** Draws the section, or how to fill it. */
export function drawSupply(place: HTMLElement, say: Words, told: Report | undefined, wrong: boolean, take: (text: string) => void): void {
  const file = h("input", { id: "supply-file", type: "file", accept: ".json,application/json", "data-testid": "supply-file", onchange: () => void file.files?.[0]?.text().then(take) });
  redraw(place,
    h("div", { class: "panel" },
      h("h2", { id: "supply-title" }, say.supply),
      told?.told_ms !== undefined && age(say, Math.max(0, Math.floor((Date.now() - told.told_ms) / DAY_MS))),
      ...(told ? report(say, told.report) : []),
      h("p", { class: "hint" }, say.supplyText),
      h("pre", { tabindex: 0 }, `tactful supply catalog.json --to ${location.origin} --desk-key desk.key`),
      h("div", { class: "field" }, h("label", { for: "supply-file" }, say.supplyFile), file),
      wrong && h("p", { class: "wrong", role: "alert" }, say.noSupply),
    ),
  );
}

function age(say: Words, days: number): HTMLElement {
  return h("p", { class: days > FRESH_DAYS ? "wrong" : "hint", "data-testid": "supply-age" }, say.supplyAge(days), days > FRESH_DAYS && ` ${say.supplyOld}`);
}

function report(say: Words, { from, days, people, placements, audiences, gaps, never_shown, warnings }: Supply): HTMLElement[] {
  const rows = [...placements, ...audiences].filter(({ weeks }) => weeks.some(({ permitted }) => permitted > 0));
  return [
    h("p", {}, say.supplyOf(people, days, from)),
    warnings.length > 0
      ? h("ul", { class: "warnings", "data-testid": "supply-warnings" }, ...warnings.map((warning) => h("li", {}, say.warning(warning))))
      : h("p", { class: "badge", "data-testid": "supply-warnings" }, say.noWarnings),
    h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": say.fresh },
      h("table", { "data-testid": "supply-table" },
        h("caption", {}, say.fresh),
        h("thead", {}, h("tr", {}, ...say.supplyColumns.map((name) => h("th", { scope: "col" }, name)))),
        h("tbody", {}, ...rows.map(({ id, weeks, stale_from }) => h("tr", {},
          h("th", { scope: "row" }, id),
          h("td", {}, share(weeks.slice(0, 4))),
          h("td", {}, share(weeks.slice(-4))),
          h("td", {}, stale_from === null ? "–" : say.week(stale_from)),
        ))),
      ),
    ),
    h("p", {}, h("strong", {}, `${say.gaps}: `), gaps.slice(0, 8).map(({ category, moments }) => `${category} (${moments})`).join(", ") || "–"),
    h("p", {}, h("strong", {}, `${say.neverShown}: `), never_shown.join(", ") || "–"),
  ];
}

function share(weeks: Supply["placements"][number]["weeks"]): string {
  const [fresh, permitted] = weeks.reduce(([fresh, permitted], week) => [fresh + week.fresh, permitted + week.permitted], [0, 0]);
  return permitted > 0 ? `${Math.floor((fresh * 100) / permitted)} %` : "–";
}
