/** The shared cases in Deno, which takes the package as Node does, from `node_modules` and with leave to read alone. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { cases, root, title } from "./hosts.mjs";

const all = await cases();
const input = JSON.stringify(all.map((one) => ({ case: one, pack: join(root, "www/dist", `${one.catalog ?? "nordkorb"}.tact`) })));
const deno = [process.env.DENO, join(root, "node_modules/@deno/linux-x64-glibc/deno")].find((path) => path && existsSync(path));
const skip = deno === undefined && "there is no Deno here; DENO may name one";
const given = ["run", "--no-prompt", "--no-remote", "--allow-read", join(root, "pkg/test/deno.mjs")];
const options = { cwd: root, input, encoding: "utf8", maxBuffer: 1 << 26 };
const { status, stdout, stderr } = skip ? { status: 0, stdout: "[]" } : spawnSync(deno, given, options);
const told = status === 0 ? JSON.parse(stdout) : [];

test("Deno runs", { skip }, () => assert.equal(status, 0, stderr));
all.forEach((one, at) => test(title(one), { skip }, () => assert.deepEqual(told[at], [])));
