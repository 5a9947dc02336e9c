/** Tactful: the real package, a pack from the real command line, and the whole context anew with every call. */
import { load as start } from "tactful";
import { catalog } from "../catalog.mjs";

export const name = "Tactful";

/** Its catalog is compiled before it is served: `payload` is the pack. */
export const packed = true;

export function prepare(offers) {
  return JSON.stringify(catalog(offers));
}

/** The context as Tactful's callers hold it. */
export function shape({ shown, now, ...attributes }) {
  return { attributes, shown };
}

export async function load(pack) {
  const engine = await start({ pack, seed: 1, now: 1e12 });
  return (context, placement, now) => {
    const decision = engine.askIn(context, placement, now);
    return decision.kind === "show" ? decision.offer.id : null;
  };
}
