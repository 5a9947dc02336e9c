/** The shared cases on workerd, the runtime of Cloudflare Workers. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { Miniflare } from "miniflare";
import { bundle, cases, dist, pack, title } from "./hosts.mjs";

const WORKER = `
  import { load } from "tactful";
  import { runCase } from "./run-case.mjs";
  export default {
    async fetch(request) {
      const form = await request.formData();
      const pack = await form.get("pack").arrayBuffer();
      return Response.json(await runCase(JSON.parse(form.get("case")), pack, load));
    },
  };`;

const miniflare = new Miniflare({
  cf: false,
  compatibilityDate: "2026-04-01",
  modules: [
    { type: "ESModule", path: "worker.js", contents: await bundle(WORKER, { conditions: ["workerd", "worker"] }) },
    { type: "CompiledWasm", path: "core.wasm", contents: await readFile(join(dist, "core.wasm")) },
  ],
});
const url = await miniflare.ready;
after(() => miniflare.dispose());

for (const one of await cases()) {
  test(title(one), async () => {
    const body = new FormData();
    body.append("case", JSON.stringify(one));
    body.append("pack", new Blob([await pack(one.catalog)]));
    const response = await fetch(url, { method: "POST", body });
    assert.equal(response.status, 200, await response.clone().text());
    assert.deepEqual((await response.json()).failures, []);
  });
}
