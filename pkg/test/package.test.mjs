/** The package as npm would publish it, installed into an empty project and run under every condition it names. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { access, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { browse, decideFor, pack, root, serveFiles } from "./hosts.mjs";

const run = promisify(execFile);
const NOON = Date.parse("2026-11-21T12:00:00+02:00");
const MANIFEST = JSON.parse(await readFile(join(root, "pkg/package.json"), "utf8"));

let project;
let files;

before(async () => {
  project = await mkdtemp(join(tmpdir(), "tactful-package-"));
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", project], { cwd: join(root, "pkg") });
  const [{ filename, files: packed }] = [JSON.parse(stdout)].flat().map((one) => one.tactful ?? one);
  files = packed.map(({ path }) => path);
  await writeFile(join(project, "package.json"), JSON.stringify({ name: "empty", private: true, type: "module" }));
  await run("npm", ["install", "--offline", "--no-audit", "--no-fund", `./${filename}`], { cwd: project });
});
after(() => rm(project, { recursive: true, force: true }));

/** Runs a script in the project and returns what it printed, as JSON. */
async function node(script, ...flags) {
  const { stdout } = await run(process.execPath, [...flags, "--input-type=module", "--eval", script], { cwd: project });
  return JSON.parse(stdout);
}

/** Bundles a script of the project as a shop's own build would. */
async function bundle(contents, options) {
  const wasm = { name: "wasm", setup: ({ onResolve }) => onResolve({ filter: /\.wasm$/ }, () => ({ path: "./core.wasm", external: true })) };
  const stdin = { contents, resolveDir: project, sourcefile: "entry.js" };
  const { outputFiles } = await build({ stdin, bundle: true, minify: true, write: false, format: "esm", target: "es2022", plugins: [wasm], logLevel: "warning", ...options });
  return outputFiles[0].text;
}

const coreWasm = () => readFile(join(project, "node_modules/tactful/dist/core.wasm"));

/** What every host must answer. */
async function expected() {
  const { load } = await import("tactful");
  return JSON.parse(JSON.stringify((await load({ pack: await pack(), seed: 1, now: NOON })).ask("home", NOON)));
}

test("the tarball holds what was built and nothing else", () => {
  const odd = files.filter((file) => !/^(package\.json|README\.md|LICENSE.*|dist\/[\w/-]+\.(js|d\.ts|wasm)|dist\/(ledger\/openapi|custom-elements)\.json)$/.test(file));
  assert.deepEqual(odd, []);
  assert.equal(files.filter((file) => file.endsWith(".wasm")).length, 2);
});

test("nothing in it names the machine that built it", async () => {
  for (const file of files) {
    const text = await readFile(join(project, "node_modules/tactful", file), "latin1");
    assert.ok(!text.includes(root), `${file} names ${root}`);
  }
});

test("publint has nothing to say", async () => {
  const { messages, pkg } = await publint({ pkgDir: join(project, "node_modules/tactful"), strict: true, pack: false });
  assert.deepEqual(messages.map((message) => formatMessage(message, pkg, { color: false })), []);
});

test("every export leads to a file, types first", async () => {
  for (const [name, target] of Object.entries(MANIFEST.exports)) {
    const conditions = typeof target === "string" ? { default: target } : target;
    if (typeof target !== "string") assert.equal(Object.keys(target)[0], "types", name);
    for (const path of Object.values(conditions)) await access(join(project, "node_modules/tactful", path));
  }
});

test("every script entry can be imported in Node, where there is no page", async () => {
  const entries = ["tactful", "tactful/slim", "tactful/edge", "tactful/page", "tactful/regions", "tactful/card", "tactful/card/define", "tactful/needs", "tactful/receipts", "tactful/log", "tactful/share", "tactful/outcomes", "tactful/till", "tactful/wallet", "tactful/ledger", "tactful/keep", "tactful/coupon", "tactful/coupon/define", "tactful/live", "tactful/publish", "tactful/voice", "tactful/voice/form", "tactful/voice/form/define"];
  const script = `const names = {}; for (const entry of ${JSON.stringify(entries)}) names[entry] = Object.keys(await import(entry)); console.log(JSON.stringify(names));`;
  const names = await node(script);
  assert.deepEqual(names.tactful, ["TactfulError", "load"]);
  assert.deepEqual(names["tactful/slim"], names.tactful);
  assert.deepEqual(names["tactful/edge"], ["addressDigits", "createHandler", "createPackHandler", "placeOf", "signalsOf"]);
  assert.deepEqual(names["tactful/regions"], ["openRegions", "regionFor"]);
  assert.deepEqual(names["tactful/needs"], ["sayNeed"]);
  assert.deepEqual(names["tactful/receipts"], ["receipts"]);
  assert.deepEqual(names["tactful/log"], ["logDecisions", "replayAnswers"]);
  assert.deepEqual(names["tactful/share"], ["PERIOD_WEEKS", "TRUTH_PPM", "arrived", "bodyOf", "nextReport", "send", "weekOf"]);
  assert.deepEqual(names["tactful/till"], ["REASONS", "createTill", "inBrowser", "inMemory", "ledgerAt", "openKeys", "readCode", "sentence", "verify"]);
  assert.deepEqual(names["tactful/wallet"], ["RENEW_MS", "TRIES_AN_HOUR", "holderKey", "holderTag", "keepPresenting", "makeHolderKey", "openWallet", "present", "qrOf", "sayRefused"]);
  assert.deepEqual(names["tactful/coupon"], ["TactfulCoupon"]);
  assert.deepEqual(names["tactful/outcomes"], ["COUNTED_WEEKS", "LEAST_ANSWERS", "OPEN_WEEKS", "OutcomeCounter", "createCounter", "tell"]);
  assert.deepEqual(names["tactful/voice"], ["LONGEST", "VoiceDesk", "createVoice", "plain", "readSupply"]);
  assert.deepEqual(names["tactful/voice/form"], ["LONGEST", "TactfulVoice", "plain", "voiceAt"]);
  assert.deepEqual(names["tactful/ledger"], ["EPOCH_MS", "OPENAPI", "createLedger", "kidOf", "ledgerObjects", "signingKeys"]);
  assert.deepEqual(names["tactful/page"], ["IDLE_MS", "TYPING_MS", "WATCHED_MS", "askPosition", "readPage", "watchAnswers", "watchAttention", "watchBudgets", "watchConsent", "watchDataLayer", "watchPage"]);
  assert.deepEqual(names["tactful/live"], ["live"]);
  assert.deepEqual(names["tactful/publish"], ["createPublication", "publicationObjects", "published"]);
  assert.deepEqual(names["tactful/page"], ["IDLE_MS", "TYPING_MS", "WATCHED_MS", "askPosition", "readPage", "watchAnswers", "watchAttention", "watchBudgets", "watchConsent", "watchDataLayer", "watchPage"]);
});

test("entries are short, and wait for nothing while they are imported", async () => {
  for (const entry of ["entry/web", "entry/node", "entry/workerd", "slim"]) {
    const source = await readFile(join(root, `pkg/src/${entry}.ts`), "utf8");
    assert.ok(source.trimEnd().split("\n").length <= 20, `${entry}.ts has more than 20 lines`);
  }
  for (const file of files.filter((file) => file.endsWith(".js"))) {
    assert.doesNotMatch(await readFile(join(project, "node_modules/tactful", file), "utf8"), /^(?:const \w+ = )?await /m, file);
  }
});

test("Node decides from the installed package", async () => {
  await writeFile(join(project, "nordkorb.tact"), await pack());
  const script = `
    import { load } from "tactful";
    const tact = await load({ pack: "nordkorb.tact", seed: 1, now: ${NOON} });
    console.log(JSON.stringify(tact.ask("home", ${NOON})));`;
  assert.deepEqual(await node(script), await expected());
});

test("the slim entry decides with a module of one's own", async () => {
  await writeFile(join(project, "nordkorb.tact"), await pack());
  const script = `
    import { readFile } from "node:fs/promises";
    import { fileURLToPath } from "node:url";
    import { load } from "tactful/slim";
    const module = await WebAssembly.compile(await readFile(fileURLToPath(import.meta.resolve("tactful/core.wasm"))));
    const tact = await load({ module, pack: await readFile("nordkorb.tact"), seed: 1, now: ${NOON} });
    console.log(JSON.stringify(tact.ask("home", ${NOON})));`;
  assert.deepEqual(await node(script), await expected());
});

test("a page decides from a bundle with the module beside it", async () => {
  const script = `import { load } from "tactful"; window.ask = async () => (await load({ pack: "/nordkorb.tact", seed: 1, now: ${NOON} })).ask("home", ${NOON});`;
  const page = {
    "/page.html": `<!doctype html><title>shop</title><script type="module" src="/js/page.js"></script>`,
    "/js/page.js": await bundle(script, { platform: "browser" }),
    "/nordkorb.tact": await pack(),
    "/favicon.ico": "",
  };
  for (const type of ["core.wasm", "core.bin"]) {
    // NOTE: a server that does not know the media type of modules is common; the page compiles without streaming then.
    const script = page["/js/page.js"].replace("core.wasm", type);
    const server = await serveFiles({ ...page, "/js/page.js": script, [`/${type}`]: await coreWasm() });
    const chromium = await browse();
    try {
      await chromium.page.goto(`${server.url}/page.html`);
      await chromium.page.waitForFunction(() => "ask" in window);
      const asked = await chromium.page.evaluate(async () => JSON.stringify(await window.ask()));
      assert.deepEqual(JSON.parse(asked), await expected(), type);
    } finally {
      await chromium.close();
      await server.close();
    }
  }
});

test("the page of the README shows a card and takes its reply", async () => {
  const readme = await readFile(join(project, "node_modules/tactful/README.md"), "utf8");
  const [, , page] = readme.split("```js\n").map((block) => block.split("```")[0]);
  const script = `${page}\nObject.assign(window, { moment, tact });`;
  const server = await serveFiles({
    "/page.html": `<!doctype html><html lang="de"><title>shop</title><tactful-card></tactful-card><script type="module" src="/js/page.js"></script>`,
    "/js/page.js": await bundle(script, { platform: "browser" }),
    "/core.wasm": await coreWasm(),
    "/nordkorb.tact": await pack(),
    "/favicon.ico": "",
  });
  const chromium = await browse();
  try {
    await chromium.page.clock.setFixedTime(NOON);
    // Left to chance, one decision in twenty tries another offer.
    await chromium.page.addInitScript(() => (crypto.getRandomValues = (numbers) => numbers.fill(1)));
    await chromium.page.goto(`${server.url}/page.html`);
    await chromium.page.waitForFunction(() => "moment" in window);
    await chromium.page.evaluate((at) => {
      window.tact.observe([{ type: "check_in", at, store: "kaisaniemi" }, { type: "scan", at, code: "02000042000325" }]);
      window.moment("aisle");
    }, NOON);
    const card = chromium.page.locator("tactful-card");
    const text = await card.getByRole("region").textContent();
    assert.match(text, /20 % auf Kekse/, "the offer speaks the page's language");
    assert.match(text, /Weil du Butterringe 200 g gescannt hast/);
    await card.getByRole("button", { name: "Nie wieder" }).click();
    assert.equal((await chromium.page.evaluate(() => window.tact.export())).never_again.length, 1);
  } finally {
    await chromium.close();
    await server.close();
  }
});

test("a page without a bundler decides by the import map of the README", async () => {
  const readme = await readFile(join(project, "node_modules/tactful/README.md"), "utf8");
  const [, html] = /```html\n(.*?)```/s.exec(readme);
  const [, , script] = readme.split("```js\n").map((block) => block.split("```")[0]);
  const installed = files.map(async (file) => [`/node_modules/tactful/${file}`, await readFile(join(project, "node_modules/tactful", file))]);
  const server = await serveFiles({
    ...Object.fromEntries(await Promise.all(installed)),
    "/page.html": html,
    "/shop.js": `${script}\nObject.assign(window, { moment });`,
    "/nordkorb.tact": await pack(),
    "/favicon.ico": "",
  });
  const chromium = await browse();
  try {
    await chromium.page.clock.setFixedTime(NOON);
    await chromium.page.goto(`${server.url}/page.html`);
    await chromium.page.waitForFunction(() => "moment" in window);
    await chromium.page.evaluate(() => window.moment("home"));
    assert.match(await chromium.page.locator("tactful-card").getByRole("region").textContent(), /\S/);
  } finally {
    await chromium.close();
    await server.close();
  }
});

test("a page that finds no module or no pack is told which address failed, and may try again", async () => {
  const script = `import { load } from "tactful"; window.start = (pack) => load({ pack }).then(({ shop }) => shop.name, ({ code, message }) => code + " " + message);`;
  const files = {
    "/page.html": `<!doctype html><title>shop</title><script type="module" src="/js/page.js"></script>`,
    "/js/page.js": await bundle(script, { platform: "browser" }),
    "/nordkorb.tact": await pack(),
    "/favicon.ico": "",
  };
  const server = await serveFiles(files);
  const chromium = await browse();
  try {
    await chromium.page.goto(`${server.url}/page.html`);
    await chromium.page.waitForFunction(() => "start" in window);
    const start = (pack) => chromium.page.evaluate((pack) => window.start(pack), pack);
    assert.equal(await start("/nordkorb.tact"), `not-fetched ${server.url}/core.wasm answered 404; put the file there`);
    files["/core.wasm"] = await coreWasm();
    assert.equal(await start("/nothing.tact"), "not-fetched /nothing.tact answered 404; put the file there");
    // What answers every address with its one page says 200 for files that it does not have, too.
    assert.equal(await start("/page.html"), "not-fetched /page.html answered a page (text/html); put the file there");
    assert.equal(await start("/nordkorb.tact"), "Nordkorb");
  } finally {
    await chromium.close();
    await server.close();
  }
});

test("a page whose content security policy allows no WebAssembly is told what to allow", async () => {
  const policy = "script-src 'self'";
  const server = await serveFiles({
    "/page.html": `<!doctype html><meta http-equiv="content-security-policy" content="${policy}"><script type="module" src="/js/page.js"></script>`,
    "/js/page.js": await bundle(`import { load } from "tactful"; load({ pack: "/nordkorb.tact" }).catch((error) => (window.refused = error));`, { platform: "browser" }),
    "/core.wasm": await coreWasm(),
    "/nordkorb.tact": await pack(),
    "/favicon.ico": "",
  });
  const chromium = await browse();
  try {
    await chromium.page.goto(`${server.url}/page.html`);
    await chromium.page.waitForFunction(() => "refused" in window);
    const { code, message } = await chromium.page.evaluate(() => ({ code: refused.code, message: refused.message }));
    assert.equal(code, "not-compiled");
    assert.match(message, /^http:.*core\.wasm: .*; a content security policy must allow 'wasm-unsafe-eval' in script-src$/);
  } finally {
    await chromium.close();
    await server.close();
  }
});

test("the worker of the README decides on workerd", async () => {
  const readme = await readFile(join(project, "node_modules/tactful/README.md"), "utf8");
  const [, example] = /```ts\n([^`]*createHandler.*?)```/s.exec(readme);
  // Chance and the clock are the test's.
  const script = example.replace("createHandler({ engine: () => load({ pack }) })",
    `createHandler({ engine: () => load({ pack, seed: 1, now: ${NOON} }), now: () => ${NOON}, seed: () => 1 })`);
  assert.notEqual(script, example);
  const contents = await bundle(script, { conditions: ["workerd", "worker"], external: ["./shop.tact"] });
  const miniflare = new Miniflare({
    cf: false,
    compatibilityDate: "2026-04-01",
    modules: [
      { type: "ESModule", path: "worker.js", contents },
      { type: "CompiledWasm", path: "core.wasm", contents: await coreWasm() },
      { type: "Data", path: "shop.tact", contents: await pack() },
    ],
  });
  try {
    const response = await fetch(new URL("v1/decide?placement=home", await miniflare.ready));
    assert.equal(response.status, 200, await response.clone().text());
    const { load } = await import("tactful");
    const engine = await load({ pack: await pack(), seed: 1, now: NOON });
    const signals = [{ type: "request", at: NOON }];
    assert.deepEqual(await response.json(), decideFor(engine, { seed: 1, signals }, "home", NOON).toJSON());
  } finally {
    await miniflare.dispose();
  }
});

test("TypeScript knows the types of every entry, strictly", async () => {
  const consumer = `
    import { type Decision, type Signal, TactfulError, load } from "tactful";
    import { type PageEvent, readPage, watchAttention, watchConsent, watchDataLayer, watchPage } from "tactful/page";
    import { load as slim } from "tactful/slim";
    import { type Host, createHandler, createPackHandler } from "tactful/edge";
    import { type Regions, openRegions } from "tactful/regions";
    import core from "tactful/core.wasm";
    import ledger from "tactful/ledger.wasm";
    const modules: WebAssembly.Module[] = [core, ledger];
    const signal: Signal = { type: "scan", at: 0, code: "1" };
    // @ts-expect-error: a scan needs its code
    const broken: Signal = { type: "scan", at: 0 };
    const tact = await load({ pack: new Uint8Array(), state: undefined, seed: 1 });
    const decision: Decision = tact.ask("home");
    if (decision.kind === "show") decision.offer.title.length;
    else decision.why.length;
    // @ts-expect-error: a hold has no offer
    decision.offer;
    const stop: () => void = watchDataLayer([], tact);
    const stops: (() => void)[] = [
      watchDataLayer(window, tact), watchPage(document, tact, { changes: true }), watchAttention(window, tact, { paying: "form" }),
      watchConsent({ layer: window, tcf: window, gpc: navigator }, tact, { region: "FI" }),
    ];
    const events: PageEvent[] = readPage(document);
    const host: Host = { engine: () => slim({ module: new WebAssembly.Module(new Uint8Array()), pack: new ArrayBuffer(0) }) };
    const handle: (request: Request) => Promise<Response> = createHandler(host);
    const packs: typeof handle = createPackHandler({ index: "/regions.json", file: fetch });
    const regions: Regions = openRegions({ index: "/regions.json", here: "/shop.tact", storage: localStorage });
    tact.update(await regions.first());
    regions.follow(tact).observe(signal);
    export { TactfulError, broken, events, handle, modules, packs, signal, stop, stops };`;
  await writeFile(join(project, "consumer.ts"), consumer);
  const options = { strict: true, exactOptionalPropertyTypes: true, noEmit: true, target: "es2022", lib: ["es2022", "dom"], types: [] };
  for (const [module, moduleResolution] of [["nodenext", "nodenext"], ["esnext", "bundler"]]) {
    const config = { compilerOptions: { ...options, module, moduleResolution }, files: ["consumer.ts"] };
    await writeFile(join(project, "tsconfig.json"), JSON.stringify(config));
    await run(join(root, "node_modules/.bin/tsc"), ["-p", project]).catch(({ stdout }) => assert.fail(stdout));
  }
});

test("the example of the README prints what it says", async () => {
  await writeFile(join(project, "nordkorb.tact"), await pack());
  const readme = await readFile(join(project, "node_modules/tactful/README.md"), "utf8");
  const [, script, output] = /```js\n(.*?)```\n+```text\n(.*?)```/s.exec(readme);
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script], { cwd: project });
  assert.equal(stdout, output);
});
