/** Tells the engine what is left of the coupons' budgets; it goes by such news for half an hour. */
import { ENGINE, must } from "../errors.js";
import type { BudgetsSignal } from "../types.js";
import { type Asking, DOCUMENT, regularly } from "./regularly.js";
import type { Observer } from "./told.js";

/** Where budgets are told (`/v1/budgets` where missing), and how often it is asked. */
export type BudgetsOptions = Partial<Asking>;

/** Asks at once and again from time to time, not while the page is out of sight. Returns a function that stops. */
export function watchBudgets(document: Document, tact: Observer, options: BudgetsOptions = {}): () => void {
  must([document, "document", DOCUMENT, "addEventListener"], [tact, "tact", ENGINE, "observe"]);
  return regularly(document, "what is left of budgets", { url: "/v1/budgets", ...options }, (told, at) => {
    const { left } = told as Pick<BudgetsSignal, "left">;
    tact.observe({ type: "budgets", at, left });
  });
}
