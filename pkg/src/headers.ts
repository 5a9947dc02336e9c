/** What the headers of a request tell of a shopper. */

/** Longest language tag that is taken (RFC 5646, 4.4.1: room for 35). */
const LONGEST_TAG = 35;

/** Language, Global Privacy Control and saved traffic; other headers change no decision. */
export function readHeaders({ headers }: Request): { language: string; gpc: boolean; save_data: boolean } {
  const header = (name: string) => headers.get(name)?.trim() ?? "";
  const [language = ""] = header("accept-language").split(/[,;]/, 1);
  return {
    language: language.trim().slice(0, LONGEST_TAG),
    gpc: header("sec-gpc") === "1",
    save_data: header("save-data").toLowerCase() === "on" || header("sec-ch-prefers-reduced-data") === "reduce",
  };
}
