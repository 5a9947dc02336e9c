/** Tells the products that the structured data of a page names, where the data layer does not. */
import { ENGINE, must } from "../errors.js";
import { SCRIPTS, readPage } from "./products.js";
import { quietly } from "./quietly.js";
import { type Observer, type PageEvent, tellPage } from "./told.js";

/** How a page is watched. */
export interface PageOptions {
  /** Looks again when the page changes, as one does that loads its products without being loaded itself. */
  changes?: boolean;
  /** How long the data layer has to say the same, milliseconds; 1,000 where missing. */
  waitMs?: number;
  /** Defaults to `Date.now`. */
  now?: () => number;
}

/** How long is waited after a change: a page is then built, and the data layer has told of it; milliseconds. */
const WAIT_MS = 1000;
/** The data layer may have told of a page so much before its address changes, milliseconds. */
const AHEAD_MS = 2000;

/**
 * Tells `view_item` and `view_item_list` as `readPage` finds them, a second after they are found, unless the data layer has
 * told such an event of this page by then. What it tells of the same product later is dropped once. Returns a function
 * that stops.
 */
export function watchPage(document: Document, tact: Observer, options: PageOptions = {}): () => void {
  must([document, "document", "a document", "querySelectorAll"], [tact, "tact", ENGINE, "observe"]);
  const { changes = false, waitMs = WAIT_MS, now = Date.now } = options;
  const here = new Map<string, string | undefined>();
  let [place, texts, since]: [string | undefined, string, number] = [undefined, "", -Infinity];
  let timer: ReturnType<typeof setTimeout> | undefined;

  const moved = (): void => {
    if (place !== undefined) since = now() - waitMs - AHEAD_MS;
    place = document.location.href;
    here.clear();
  };
  const look = (): void => {
    timer = undefined;
    if (document.location.href !== place) moved();
    const found = Array.from(document.querySelectorAll(SCRIPTS), ({ textContent }) => textContent).join("\n");
    if (found === texts) return;
    texts = found;
    for (const event of readPage(document)) {
      if (here.has(event.type) && here.get(event.type) === subject(event)) continue;
      here.set(event.type, subject(event));
      quietly("a product of the page", () => tellPage(tact, event, since, now()));
    }
  };
  // Not put off by what changes meanwhile: some pages never rest.
  const later = (): void => {
    timer ??= setTimeout(look, waitMs);
  };

  const observer = changes ? new MutationObserver(later) : undefined;
  observer?.observe(document, { childList: true, characterData: true, subtree: true });
  later();
  return () => {
    observer?.disconnect();
    clearTimeout(timer);
  };
}

/** What an event is about; a list that grows is the same list. */
function subject({ type, items }: PageEvent): string | undefined {
  return type === "view_item" ? (items?.[0]?.item_id ?? items?.[0]?.item_name) : undefined;
}
