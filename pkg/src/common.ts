/** What every entry exports beside its own `load`. */
export { TactfulError } from "./errors.js";
export type * from "./types.js";
