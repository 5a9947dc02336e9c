/** The one error class of the package. */
import type { Issue } from "./types.js";

/** Something that Tactful could not take: `code` says what kind, `issues` every place that is wrong. */
export class TactfulError extends Error {
  override readonly name = "TactfulError";
  readonly code: string;
  readonly issues: readonly Issue[];

  constructor(code: string, issues: readonly Issue[]) {
    super(issues.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join("; "));
    this.code = code;
    this.issues = issues;
  }
}

/** An error with one issue. */
export function refuse(code: string, path: string, message: string): TactfulError {
  return new TactfulError(code, [{ code, path, message }]);
}

/** What was given, the name of the argument, what it must be, and what must be found in it. */
type Given = readonly [given: unknown, name: string, wanted: string, ...parts: PropertyKey[]];

/** What most functions take first. */
export const ENGINE = "an engine of `load`";

/** Refuses what is not what it must be, all at once: who writes without types is told nowhere else. */
export function must(...all: Given[]): void {
  const issues = all.flatMap(([given, name, wanted, ...parts]): Issue[] => {
    const thing = Object(given) as Record<PropertyKey, unknown>;
    const missing = parts.filter((part) => thing[part] === undefined).map(String);
    const why = thing !== given ? `not ${given && typeof given}` : given instanceof Promise ? "not a promise: await it" : `and has no ${missing.join(", ")}`;
    return thing === given && !missing[0] ? [] : [{ code: "wrong-type", path: `/${name}`, message: `\`${name}\` must be ${wanted}, ${why}` }];
  });
  if (issues[0]) throw new TactfulError("wrong-type", issues);
}
