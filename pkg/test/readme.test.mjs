/** The README's example, run as a reader would run it from the repository's folder. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);

test("the README's example prints what the README says", async () => {
  const text = await readFile(new URL("README.md", root), "utf8");
  const block = (language) => text.split(`\`\`\`${language}\n`)[1].split("```")[0];
  const printed = execFileSync(process.execPath, ["--input-type=module", "--eval", block("js")], {
    cwd: fileURLToPath(root),
    encoding: "utf8",
  });
  assert.equal(printed, block("text"));
});
