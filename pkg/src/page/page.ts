/** `tactful/page`: what a page knows by itself, told to an engine. What is not imported costs nothing. */
export { watchDataLayer } from "./data-layer.js";
export { type DataLayer } from "./layer.js";
export { type Observer } from "./told.js";
