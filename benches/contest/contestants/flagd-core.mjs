/**
 * The evaluator of OpenFeature's flagd: one flag per placement, its targeting one `if` chain, its variants the offers.
 *
 * It compiles with `new Function` too.
 */
import { FlagdCore } from "@openfeature/flagd-core";
import { rule } from "../json-logic.mjs";
import { ranked } from "../rank.mjs";

export const name = "flagd-core, compiled";

/** Why it cannot take part, where it cannot. */
export function excuse(platform, count) {
  const tooLarge = platform === "workerd" && count > 1_000;
  return tooLarge ? "workerd's memory grows beyond bounds while it optimises the compiled chain of 1,250 offers" : null;
}

export function prepare(offers) {
  const flag = (ranked) => ({
    state: "ENABLED",
    variants: Object.fromEntries([["none", ""], ...ranked.map(({ id }) => [id, id])]),
    defaultVariant: "none",
    targeting: { if: [...ranked.flatMap((offer) => [rule(offer), offer.id]), "none"] },
  });
  const flags = [...ranked(offers)].map(([placement, offers]) => [placement, flag(offers)]);
  return JSON.stringify({ flags: Object.fromEntries(flags) });
}

const silent = { error() {}, warn() {}, info() {}, debug() {} };

export function load(payload) {
  const core = new FlagdCore(undefined, silent);
  core.setConfigurations(payload);
  return (context, placement) => core.resolveStringEvaluation(placement, "", context, silent).value || null;
}
