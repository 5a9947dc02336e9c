/** What every entry exports beside its own `load`. */
export { TactfulError } from "./errors.js";
export { watchDataLayer } from "./data-layer.js";
export type * from "./types.js";
