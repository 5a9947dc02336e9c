/** What a function says that is called without its arguments, or with others: every function of every entry. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { browse, bundle, serveFiles } from "./hosts.mjs";

const PAGE = ["tactful", "tactful/page", "tactful/keep", "tactful/live", "tactful/regions", "tactful/share", "tactful/wallet", "tactful/till", "tactful/log", "tactful/needs", "tactful/receipts", "tactful/scanner"];
const SERVER = ["tactful", "tactful/slim", "tactful/edge", "tactful/outcomes", "tactful/ledger", "tactful/publish", "tactful/voice"];

/** These take a text or a number alone, have an answer to anything, or are called by the platform. */
const OTHERS = [
  "TactfulError", "OutcomeCounter", "VoiceDesk", "addressDigits", "placeOf", "tell", "plain", "readSupply", "kidOf", "signingKeys", "ledgerObjects", "publicationObjects",
  "arrived", "weekOf", "inBrowser", "inMemory", "openKeys", "readCode", "sentence", "verify", "holderKey", "holderTag", "keepPresenting", "makeHolderKey", "present", "qrOf", "sayRefused", "replayAnswers",
];

/** Calls them; resolves with what each says. Runs in a page, too. */
async function said(entries, others) {
  const all = [];
  for (const [entry, names] of Object.entries(entries)) {
    for (const [name, call] of Object.entries(names)) {
      if (typeof call !== "function" || others.includes(name)) continue;
      for (const given of [[], [undefined], [null], ["text"], [7], [{}], [{}, {}], [Promise.resolve({})]]) {
        const error = await (async () => call(...given))().then(() => undefined, (error) => error);
        all.push([`${entry} ${name}(${given.map((one) => (one instanceof Promise ? "a promise" : JSON.stringify(one)))})`, `${error?.name}: ${error?.message}`]);
      }
    }
  }
  return all;
}

function check(told, atLeast) {
  assert.ok(told.length >= atLeast * 8, `${told.length} calls`);
  const wrong = told.filter(([, error]) => !/^TactfulError: \/(\w+): .*(`\1` must be .+|the pack must be bytes or an address, not nothing)/.test(error));
  assert.deepEqual(wrong, []);
}

test("in Chromium: each says which argument is wrong, and what it should be", async () => {
  const script = `${PAGE.map((entry, place) => `import * as entry${place} from "${entry}";`).join("\n")}
    ${said}
    window.told = said({ ${PAGE.map((entry, place) => `"${entry}": entry${place}`).join(", ")} }, ${JSON.stringify(OTHERS)});`;
  const { url, close } = await serveFiles({
    "/page.html": `<!doctype html><title>Arguments</title><script type="module" src="/js/page.js"></script>`,
    "/js/page.js": await bundle(script, { platform: "browser", target: "es2022" }),
    "/core.wasm": "",
  });
  const { page, close: leave } = await browse();
  try {
    const faults = [];
    page.on("pageerror", (error) => faults.push(String(error)));
    await page.goto(`${url}/page.html`);
    await page.waitForFunction(() => window.told !== undefined);
    check(await page.evaluate(() => window.told), 18);
    assert.deepEqual(faults, []);
  } finally {
    await leave();
    await close();
  }
});

test("in Node: the same of what runs at the edge", async () => {
  check(await said(Object.fromEntries(await Promise.all(SERVER.map(async (entry) => [entry, await import(entry)]))), OTHERS), 9);
});

test("all that is wrong is told at once, and a promise that nobody awaited as that", async () => {
  const [{ keep }, { load }] = [await import("tactful/keep"), await import("tactful")];
  await assert.rejects(keep(), {
    code: "wrong-type",
    message: "/engine: `engine` must be an engine of `load`, not undefined; /options: `options` must be `{ allowed }`, not undefined",
  });
  await assert.rejects(keep(load({ pack: new Uint8Array() }).catch(() => {}), {}), {
    message: "/engine: `engine` must be an engine of `load`, not a promise: await it; /options: `options` must be `{ allowed }`, and has no allowed",
  });
  await assert.rejects(load("shop.tact"), { message: "/options: `options` must be `{ pack }`, not string" });
});
