/** Runs one shared case on any host: nothing here is Node's or the browser's. */

/**
 * Plays the steps of a case on an engine, and returns what is not as the case says, one sentence each, and the digest of
 * all decisions. `start` loads an engine from `{ pack, seed, now }`.
 */
export async function runCase(test, pack, start) {
  const steps = test.steps.map((step) => ({ ...step, at: time(step.at) }));
  const tact = await start({ pack, seed: test.seed, now: steps[0].at });
  const run = { tact, last: "", digest: FNV_OFFSET, failures: [] };
  steps.forEach((step, place) => {
    for (const failure of play(run, step)) run.failures.push(`step ${place} (${step.type}): ${failure}`);
  });
  const digest = run.digest.toString(16).padStart(16, "0");
  if (digest !== test.digest) run.failures.push(`the digest is ${digest}, not ${test.digest}`);
  tact.free();
  return { digest, failures: run.failures };
}

function play(run, { expect, ...step }) {
  if (step.type === "ask") return ask(run, step, expect);
  if (step.type === "locate") return locate(run, step, expect);
  if (step.type === "moment") return differences(run.tact.moment(step.at), expect, "");
  if (step.type === "observe-error") return refused(run, step, expect);
  run.tact.observe(step.decision === "last" ? { ...step, decision: run.last } : step);
  return [];
}

function ask(run, { placement, at }, expect) {
  const decision = run.tact.ask(placement, at);
  if (decision.kind === "show") run.last = decision.id;
  run.digest = fnv1a(run.digest, `${JSON.stringify(decision)}\n`);
  return differences(decision, expect, "");
}

function locate(run, { placement, at }, expect) {
  const located = run.tact.locate(placement, at);
  run.digest = fnv1a(run.digest, `${JSON.stringify(located)}\n`);
  return differences(located, expect, "");
}

/** The signal of such a step must be refused with the expected issue, and leave the state as it was. */
function refused({ tact }, { signal }, expect) {
  const before = remembered(tact);
  try {
    tact.observe("at" in signal ? { ...signal, at: time(signal.at) } : signal);
    return ["was taken in"];
  } catch (error) {
    const wanted = error.issues?.some((issue) => differences(issue, expect, "").length === 0);
    if (!wanted) return [`was refused with ${JSON.stringify(error.issues ?? String(error))}`];
  }
  return before === remembered(tact) ? [] : ["changed the state"];
}

/** A time at which whatever is remembered tells the same. */
const LONG_AGO = 1e11;

/** Everything that a signal can change, also what is not saved without consent. */
function remembered(tact) {
  return JSON.stringify([...tact.save(), tact.export(), tact.moment(LONG_AGO)]);
}

function time(at) {
  return typeof at === "string" && Number.isFinite(Date.parse(at)) ? Date.parse(at) : at;
}

/** Every field in `expected` must be in `actual`, and lists must be as long; other fields may be anything. */
export function differences(actual, expected, path) {
  if (expected === undefined || expected === null || actual === expected) return [];
  const wrong = [`${path} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`];
  if (typeof expected !== "object") return wrong;
  if (Array.isArray(expected) && actual?.length !== expected.length) return wrong;
  return Object.entries(expected).flatMap(([name, value]) => differences(actual?.[name], value, `${path}/${name}`));
}

const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;

/** 64-bit FNV-1a over UTF-8 (Fowler, Noll, Vo). */
export function fnv1a(start, text) {
  return new TextEncoder().encode(text).reduce((hash, byte) => BigInt.asUintN(64, (hash ^ BigInt(byte)) * FNV_PRIME), start);
}
