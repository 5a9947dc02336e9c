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
