/** The README's examples, run as a reader would run them from the repository's folder. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);

test("the README's examples print what the README says", async () => {
  const text = await readFile(new URL("README.md", root), "utf8");
  const blocks = (language) => text.split(`\`\`\`${language}\n`).slice(1).map((rest) => rest.split("```")[0]);
  const run = (script) =>
    execFileSync(process.execPath, ["--input-type=module", "--eval", script], { cwd: fileURLToPath(root), encoding: "utf8" });
  assert.deepEqual(blocks("js").map(run), blocks("text"));
  assert.equal(blocks("js").length, 2);
});
