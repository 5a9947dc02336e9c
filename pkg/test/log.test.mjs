/** Decisions that were logged in Node, in Chromium and in workerd are decided anew by `tactful replay`, byte for byte. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { Miniflare } from "miniflare";
import { load } from "tactful";
import { createHandler } from "tactful/edge";
import { logDecisions, replayAnswers } from "tactful/log";
import { browse, bundle, cases, dist, pack, root, serveFiles } from "./hosts.mjs";
import { logCases } from "./log-cases.mjs";

const run = promisify(execFile);
const NOON = Date.parse("2026-11-21T12:00:00+02:00");
const PROGRAM = join(root, "target/debug", process.platform === "win32" ? "tactful.exe" : "tactful");

const nordkorb = await pack();
const played = (await cases()).filter(({ catalog }) => catalog === "nordkorb");

let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tactful-log-"));
  await writeFile(join(folder, "nordkorb.tact"), nordkorb);
});
after(() => rm(folder, { recursive: true, force: true }));

/** Replays lines, and returns the outcome or the problems. */
async function replay(lines, ...packs) {
  await writeFile(join(folder, "log.jsonl"), lines.map((line) => `${line}\n`).join(""));
  const named = ["nordkorb.tact", ...packs].flatMap((name) => ["--pack", name]);
  const ran = await run(PROGRAM, ["replay", "log.jsonl", "--json", ...named], { cwd: folder }).catch((error) => error);
  return ran.stdout.trim().split("\n").map((line) => JSON.parse(line));
}

/** The log of all cases, written on workerd. */
async function inWorkerd() {
  const worker = `
    import { load } from "tactful";
    import { logDecisions } from "tactful/log";
    import { logCases } from "./log-cases.mjs";
    export default {
      async fetch(request) {
        const form = await request.formData();
        const pack = new Uint8Array(await form.get("pack").arrayBuffer());
        return Response.json(await logCases(JSON.parse(form.get("cases")), pack, load, logDecisions));
      },
    };`;
  const miniflare = new Miniflare({
    cf: false,
    compatibilityDate: "2026-04-01",
    modules: [
      { type: "ESModule", path: "worker.js", contents: await bundle(worker, { conditions: ["workerd", "worker"] }) },
      { type: "CompiledWasm", path: "core.wasm", contents: await readFile(join(dist, "core.wasm")) },
    ],
  });
  try {
    const body = new FormData();
    body.append("cases", JSON.stringify(played));
    body.append("pack", new Blob([nordkorb]));
    return await (await fetch(await miniflare.ready, { method: "POST", body })).json();
  } finally {
    await miniflare.dispose();
  }
}

/** An engine at noon with the lines of its log. */
async function logging() {
  const lines = [];
  const tact = await load({ pack: nordkorb, seed: 1, now: NOON });
  return { tact: logDecisions(tact, { pack: nordkorb, write: (line) => lines.push(line) }), lines };
}

test("a log written in Node replays natively, and those written in Chromium and in workerd are the same", async () => {
  const inNode = await logCases(played, nordkorb, load, logDecisions);
  const asks = inNode.filter((line) => "decision" in JSON.parse(line)).length;
  assert.ok(asks >= 50, `${asks} asks`);
  assert.deepEqual(await replay(inNode), [{ decisions: asks, shoppers: played.length }]);
  const page = `
    import { load } from "tactful";
    import { logDecisions } from "tactful/log";
    import { logCases } from "./log-cases.mjs";
    window.run = async (cases) => {
      const pack = new Uint8Array(await (await fetch("/nordkorb.tact")).arrayBuffer());
      return logCases(cases, pack, load, logDecisions);
    };`;
  const server = await serveFiles({
    "/page.html": `<!doctype html><title>log</title><script type="module" src="/js/page.js"></script>`,
    "/js/page.js": await bundle(page, { platform: "browser", target: "es2022" }),
    "/core.wasm": await readFile(join(dist, "core.wasm")),
    "/nordkorb.tact": nordkorb,
    "/favicon.ico": "",
  });
  const { page: tab, close } = await browse();
  try {
    await tab.goto(`${server.url}/page.html`);
    await tab.waitForFunction(() => "run" in window);
    assert.deepEqual(await tab.evaluate((cases) => window.run(cases), played), inNode);
  } finally {
    await close();
    await server.close();
  }
  assert.deepEqual(await inWorkerd(), inNode);
});

test("forks, a position that was wanted, another pack and forgetting are logged too", async () => {
  const { tact, lines } = await logging();
  const newer = Buffer.from(nordkorb);
  await writeFile(join(folder, "same.tact"), newer);
  tact.observe({ type: "attention", at: NOON, idle: true });
  tact.locate("aisle", NOON);
  tact.observe([{ type: "search", at: NOON, search_term: "apples" }]);
  tact.ask("home", NOON);
  const fork = tact.fork({ seed: 5, now: NOON });
  fork.observeRequest(new Request("https://nordkorb.example/", { headers: { "accept-language": "de", "save-data": "on" } }), NOON);
  tact.observe({ type: "search", at: NOON + 1, search_term: "coffee" });
  fork.ask("home", NOON + 2);
  tact.update(newer, NOON + 3);
  tact.ask("home", NOON + 3);
  fork.free();
  tact.forget(NOON + 4);
  tact.ask("home", NOON + 5);
  tact.observe({ type: "dial", at: NOON + 6, dial: "often" });
  tact.free();
  assert.deepEqual(await replay(lines), [{ decisions: 4, shoppers: 2 }]);
  assert.deepEqual(lines.map((line) => JSON.parse(line)).map(({ shopper, start, at }) => [shopper, start !== undefined, at]), [
    ["1", true, NOON], ["1/1", true, NOON + 2], ["1", false, NOON + 3], ["1", true, NOON + 5], ["1", false, undefined],
  ]);
});

test("every visitor of an edge handler is logged, also those who come back with a capsule", async () => {
  const { tact, lines } = await logging();
  let now = NOON;
  const secrets = ["a secret of at least thirty-two characters"];
  const handle = createHandler({ engine: tact, now: () => now, seed: () => 3, secrets });
  const address = "https://shop.example/v1/decide?placement=home&category=coffee";
  const first = await handle(new Request(address, { headers: { "accept-language": "de" } }));
  now += 60_000;
  const cookie = first.headers.get("set-cookie").split(";")[0];
  const second = await handle(new Request(address, { headers: { cookie } }));
  const decided = lines.map((line) => JSON.parse(line).decision);
  assert.deepEqual(decided, [await first.json(), await second.json()]);
  assert.deepEqual(await replay(lines), [{ decisions: 2, shoppers: 2 }]);
});

test("what a host changes after a signal was taken does not change the log", async () => {
  const { tact, lines } = await logging();
  const signal = { type: "search", at: NOON, search_term: "apples" };
  tact.observe(signal);
  signal.search_term = "coffee";
  assert.throws(() => tact.observe({ type: "scan", at: NOON }), { code: "bad-signal" });
  assert.throws(() => tact.ask("nowhere", NOON), { code: "unknown-placement" });
  const decision = tact.ask("home", NOON);
  assert.equal(lines.length, 1);
  assert.deepEqual(JSON.parse(lines[0]).decision, JSON.parse(JSON.stringify(decision)));
  assert.deepEqual(await replay(lines), [{ decisions: 1, shoppers: 1 }]);
});

test("replay names the line and the field that differs, and why where it can tell", async () => {
  const { tact, lines } = await logging();
  for (const minute of [0, 1, 2]) tact.ask("home", NOON + minute * 60_000);
  const changed = (line, change) => lines.map((text, place) => (place === line ? JSON.stringify(change(JSON.parse(text))) : text));
  const [told, ...others] = await replay(changed(1, (entry) => ({ ...entry, decision: { ...entry.decision, at: 7 } })));
  assert.deepEqual([told.line, told.path, told.code], [2, "/decision/at", "other-decision"]);
  assert.match(told.message, /logged was `7`, decided is `1795255260000`/);
  assert.deepEqual(others, []);
  const expectations = [
    [(entry) => ({ ...entry, state: "0".repeat(16) }), "/state", "other-state", /a signal before it is missing or was changed/],
    [(entry) => ({ ...entry, state: "0".repeat(16), tactful: "0.0.9" }), "/state", "other-state", /version 0.0.9 wrote it/],
    [(entry) => ({ ...entry, pack: "f".repeat(16) }), "/pack", "other-pack", /name it with `--pack`/],
    [(entry) => ({ ...entry, signals: [{ type: "scan", at: NOON }] }), "/signals/0/code", "missing", /`code` is missing/],
  ];
  for (const [change, path, code, message] of expectations) {
    const [first] = await replay(changed(1, change));
    assert.deepEqual([first.line, first.path, first.code], [2, path, code]);
    assert.match(first.message, message);
  }
  const [lost] = await replay(lines.slice(1));
  assert.deepEqual([lost.line, lost.code], [1, "no-start"]);
});

test("the log tells the version of the package", async () => {
  const { version } = JSON.parse(await readFile(join(root, "pkg/package.json"), "utf8"));
  const { tact, lines } = await logging();
  tact.ask("home", NOON);
  assert.equal(JSON.parse(lines[0]).tactful, version);
});

test("what a context alone was answered is logged and answered anew, and a change is told", async () => {
  const { tact, lines } = await logging();
  const contexts = [{}, { basket: { total: 30, items: 4 } }, { presence: { in_store: true, near: true, store: "kaisaniemi" }, stage: "sale" }];
  const answers = contexts.map((context) => tact.askIn(context, "home", NOON));
  tact.ask("home", NOON + 1);
  tact.askIn({}, "home", NOON + 2);
  assert.equal(answers.some(({ kind }) => kind === "show"), true);
  const plain = await load({ pack: nordkorb, seed: 2, now: NOON });
  assert.equal(replayAnswers(plain, nordkorb, lines), 4);
  assert.deepEqual(await replay(lines), [{ decisions: 1, shoppers: 1 }]);
  const changed = lines.map((line) => line.replace(/"answer":.*/, '"answer":{"kind":"hold","why":"quiet_hours"}}'));
  assert.throws(() => replayAnswers(plain, nordkorb, changed), /answer 1: logged was .*quiet_hours.*answered is/);
  const other = lines.map((line) => line.replace(/"pack":"./, '"pack":"_'));
  assert.throws(() => replayAnswers(plain, nordkorb, other), /answer 1: the pack was _/);
});
