/** An offer as one JsonLogic rule: its time window, its clauses, then its caps. */

export function rule({ id, from, until, caps, all }) {
  const now = { var: "now" };
  const seldom = (hours, most) => ({ "<": [{ var: [`shown.${hours}.${id}`, 0] }, most] });
  const runs = [{ ">=": [now, from] }, { "<": [now, until] }];
  return { and: [...runs, ...all.map(clause), seldom(24, caps.day), seldom(168, caps.week)] };
}

function clause(one) {
  if (one.any) return { or: one.any.map(test) };
  return one.not ? { "!": [test(one.not)] } : test(one);
}

function test({ on, is, in: list, has, of, from, until }) {
  const value = { var: on };
  if (typeof is === "boolean") return is ? value : { "!": [value] };
  if (is !== undefined) return { "===": [value, is] };
  if (list) return { in: [value, list] };
  if (has) return { in: [has, value] };
  if (of) return { "<=": [from, { var: [`${on}.${of}`, 0] }, until - 1] }; // no entry reads as 0, below every `from`
  if (until === undefined) return { ">=": [value, from] };
  return { [from <= until ? "and" : "or"]: [{ ">=": [value, from] }, { "<": [value, until] }] };
}
