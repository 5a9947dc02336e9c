/** What `tactful supply --json` found, opened as a file: where the shop runs out of fresh things to say. The file stays in the page. */
import { h, redraw } from "../lib/dom.js";
import type { Words } from "./words.js";

/** A week of a placement or an audience: moments in which we might speak, and those with something fresh. */
interface Week { permitted: number; fresh: number }
interface Place { id: string; weeks: Week[]; stale_from: number | null }

/** As much of the report as is shown. */
export interface Supply {
  from: string;
  days: number;
  people: number;
  placements: Place[];
  audiences: Place[];
  gaps: { category: string; moments: number }[];
  never_shown: string[];
  warnings: string[];
}

/** Reads a report, or undefined where it is none. */
export function supplyOf(text: string): Supply | undefined {
  try {
    const told = JSON.parse(text) as Partial<Supply> | null;
    const lists = [told?.placements, told?.audiences, told?.gaps, told?.never_shown, told?.warnings];
    return lists.every(Array.isArray) ? (told as Supply) : undefined;
  } catch {
    return undefined;
  }
}

/** Draws the section, or how to fill it. */
export function drawSupply(place: HTMLElement, say: Words, supply: Supply | undefined, wrong: boolean, take: (text: string) => void): void {
  const file = h("input", { id: "supply-file", type: "file", accept: ".json,application/json", "data-testid": "supply-file", onchange: () => void file.files?.[0]?.text().then(take) });
  redraw(place,
    h("div", { class: "panel" },
      h("h2", { id: "supply-title" }, say.supply),
      h("p", { class: "hint" }, say.supplyText),
      h("div", { class: "field" }, h("label", { for: "supply-file" }, say.supplyFile), file),
      wrong && h("p", { class: "wrong", role: "alert" }, say.noSupply),
      ...(supply ? report(say, supply) : []),
    ),
  );
}

function report(say: Words, { from, days, people, placements, audiences, gaps, never_shown, warnings }: Supply): HTMLElement[] {
  const rows = [...placements, ...audiences].filter(({ weeks }) => weeks.some(({ permitted }) => permitted > 0));
  return [
    h("p", {}, say.supplyOf(people, days, from)),
    warnings.length > 0
      ? h("ul", { class: "warnings", "data-testid": "supply-warnings" }, ...warnings.map((warning) => h("li", {}, warning)))
      : h("p", { class: "badge", "data-testid": "supply-warnings" }, say.noWarnings),
    h("div", { class: "scroll" },
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

function share(weeks: Week[]): string {
  const [fresh, permitted] = weeks.reduce(([fresh, permitted], week) => [fresh + week.fresh, permitted + week.permitted], [0, 0]);
  return permitted > 0 ? `${Math.floor((fresh * 100) / permitted)} %` : "–";
}
