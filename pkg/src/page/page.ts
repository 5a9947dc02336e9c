/** `tactful/page`: what a page knows by itself, told to an engine. Each is its own, and what is not imported costs nothing. */
export { type AnswersOptions, watchAnswers } from "./answers.js";
export { type AttentionOptions, IDLE_MS, TYPING_MS, watchAttention } from "./attention.js";
export { type BudgetsOptions, watchBudgets } from "./budgets.js";
export { type ConsentOptions, type ConsentSources, watchConsent } from "./consent.js";
export { watchDataLayer } from "./data-layer.js";
export { type DataLayer } from "./layer.js";
export { askPosition, type PositionAnswer, type PositionOptions, WATCHED_MS } from "./position.js";
export { readPage } from "./products.js";
export { type Observer, type PageEvent } from "./told.js";
export { type PageOptions, watchPage } from "./watch-page.js";
