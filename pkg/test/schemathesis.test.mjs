/** The running ledger against its own OpenAPI document, by requests that schemathesis makes up: well formed, and not. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { server } from "../../benches/ledger/workerd.mjs";
import { ENTRY, OBJECTS, variables } from "../../benches/ledger/worker.mjs";
import { root } from "./hosts.mjs";

const VERSION = "4.32.5";
const FOLDER = join(root, "target/schemathesis");
const PROGRAM = join(FOLDER, process.platform === "win32" ? "Scripts/schemathesis.exe" : "bin/schemathesis");

/** The program, installed below `target/` on first use; undefined where that cannot be done. */
function program() {
  if (existsSync(PROGRAM)) return PROGRAM;
  const run = (command, ...args) => spawnSync(command, args, { stdio: "ignore", timeout: 180_000 }).status === 0;
  const made = run("python3", "-m", "venv", FOLDER) && run(join(PROGRAM, "../pip"), "install", "--quiet", `schemathesis==${VERSION}`);
  return made && existsSync(PROGRAM) ? PROGRAM : undefined;
}

test("schemathesis finds no answer that the document does not describe", async (t) => {
  const found = program();
  if (!found) return t.skip(`no Python with venv, or PyPI is out of reach: python3 -m venv target/schemathesis && target/schemathesis/bin/pip install schemathesis==${VERSION}`);
  const folder = join(root, "target/ledger/schemathesis");
  await rm(folder, { recursive: true, force: true });
  const ledger = await server({ folder, entry: ENTRY, text: { ...variables({ budget: 40, shards: 3, coupon: "biscuits-20" }), SHOP_KEY: "key-1" }, objects: OBJECTS });
  try {
    const args = ["--config-file", join(root, "pkg/test/schemathesis.toml"), "run", `http://127.0.0.1:${ledger.port}/v1/openapi.json`, "--header", "Authorization: Bearer key-1", "--max-examples", "25", "--seed", "1", "--no-color"];
    const child = spawn(found, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (text += bytes));
    const status = await new Promise((resolve) => child.once("close", resolve));
    assert.equal(status, 0, text);
    assert.match(text, /9 selected \/ 9 total/);
  } finally {
    await ledger.close();
  }
});
