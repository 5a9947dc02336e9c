/**
 * json-logic-engine, compiled: each offer's rule becomes one native function, tried best first.
 *
 * It needs `new Function`, which a strict Content-Security-Policy forbids and workerd allows while it starts only.
 */
import { LogicEngine } from "json-logic-engine";
import { rule } from "../json-logic.mjs";
import { ranked } from "../rank.mjs";

export const name = "json-logic-engine, compiled";

export function prepare(offers) {
  return JSON.stringify([...ranked(offers, (offer) => ({ id: offer.id, rule: rule(offer) }))]);
}

export function load(payload) {
  const engine = new LogicEngine();
  const built = ([placement, offers]) => [placement, offers.map(({ id, rule }) => ({ id, fits: engine.build(rule) }))];
  const placements = new Map(JSON.parse(payload).map(built));
  return (context, placement) => {
    const offers = placements.get(placement);
    if (offers === undefined) return null;
    for (let i = 0; i < offers.length; i++) if (offers[i].fits(context)) return offers[i].id;
    return null;
  };
}
