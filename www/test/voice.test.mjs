// "Tell us" and the desk in a real browser: a shopper asks, the shop answers, the answer is found; and nothing that anybody types does anything.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { plain } from "tactful/voice";
import { hostile } from "../../pkg/test/hostile.mjs";
import { BLOCKED, browse, bundle, launch } from "../../pkg/test/hosts.mjs";
import { KEY, client } from "../../pkg/test/voice-shop.mjs";
import { serve } from "../serve.mjs";

const SCREENSHOTS = fileURLToPath(new URL("../../target/screenshots/", import.meta.url));
const TACTFUL = fileURLToPath(new URL("../../target/debug/tactful", import.meta.url));
const CATALOG = fileURLToPath(new URL("../../examples/nordkorb/catalog.json", import.meta.url));
const run = promisify(execFile);
/** The key of the counts. */
const OUTCOMES = "the-key-of-the-counts";
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
/** `HOSTILE=5000` for the whole of it. */
const { HOSTILE = "400" } = process.env;
/** A page with nothing but the form, as strict as a page can be. */
const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>shop</title>
  <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'">
  <main><h1>Shop</h1><tactful-voice></tactful-voice></main><script type="module" src="/form.js"></script></html>`;

let server, shop, browser, script;
const contexts = [];
const faults = [];

before(async () => {
  script = await bundle(`import "tactful/voice/form/define";`, { platform: "browser" });
  server = await serve({ port: 0, bindings: { DESK_KEY: KEY, OUTCOMES_KEY: OUTCOMES, VOICE_TOKENS: JSON.stringify({ network: 1e6, day: 1e6 }) } });
  shop = client(server.url);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.close();
});
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
  assert.deepEqual(faults.splice(0), [], "the page reports no error");
});

/** A page of a shopper of one's own; what the page does against its policy is a fault. */
async function visit(options = {}, prepare = () => {}) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: "en-GB", reducedMotion: "reduce", ...options });
  contexts.push(context);
  context.on("weberror", (error) => faults.push(String(error.error())));
  context.on("dialog", (dialog) => faults.push(`dialog: ${dialog.message()}`));
  context.on("console", (message) => message.type() === "error" && !/Failed to load resource/.test(message.text()) && faults.push(message.text()));
  await context.addInitScript(() => addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => console.error(`policy: ${violatedDirective} ${blockedURI}`)));
  await context.addInitScript(prepare);
  await context.route("**/form.html", (route) => route.fulfill({ contentType: "text/html", body: PAGE }));
  await context.route("**/form.js", (route) => route.fulfill({ contentType: "text/javascript", body: script }));
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  return page;
}
const form = async (options, prepare) => {
  const page = await visit(options, prepare);
  await page.goto(new URL("form.html", server.url).href);
  await page.evaluate(() => customElements.whenDefined("tactful-voice"));
  return page;
};
const desk = async (options) => {
  const page = await visit({ viewport: { width: 1_280, height: 900 }, ...options });
  await page.goto(new URL(`desk/#key=${KEY}`, server.url).href);
  await page.waitForSelector("html[data-ready]");
  return page;
};
const picture = async (page, name) => {
  await mkdir(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: `${SCREENSHOTS}${name}.png` });
};
const accessible = async (page) => {
  await page.evaluate(() => document.fonts.ready);
  await page.context().addInitScript({ path: AXE });
  const axe = await (await import("node:fs/promises")).readFile(AXE, "utf8");
  // Outside of the page's policy, as an extension would.
  const session = await page.context().newCDPSession(page);
  const { result } = await session.send("Runtime.evaluate", { expression: `${axe}; axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => JSON.stringify(violations.map(({ id, nodes }) => [id, ...nodes.map(({ target, any }) => [String(target), any[0]?.message])])))`, awaitPromise: true, returnByValue: true });
  assert.deepEqual(JSON.parse(result.value), []);
};

describe("tell us", () => {
  test("nothing leaves before the yes; what is shown is what is sent; the answer is found", async () => {
    const page = await form();
    const sent = [];
    page.on("request", (request) => request.method() !== "GET" && sent.push(request));
    const asked = await page.evaluate(() => {
      globalThis.heard = [];
      addEventListener("voice-asked", ({ detail }) => heard.push(detail));
      return document.querySelector("tactful-voice").asked;
    });
    assert.deepEqual(asked, []);
    await page.getByRole("radio", { name: "A question" }).check();
    await page.getByLabel("What do you want to know?").fill("  When is <b>fresh</b>\u202e bread\tthere? 🥖 ");
    await page.getByRole("button", { name: "Send" }).click();
    assert.match(await page.getByRole("status").first().innerText(), /say yes/);
    assert.deepEqual(sent, [], "nothing was sent");
    await page.getByText("What exactly is sent").click();
    const exact = await page.locator("[part=sent]").innerText();
    assert.equal(JSON.parse(exact).text, "When is <b>fresh</b> bread there? 🥖");
    await page.getByRole("checkbox").check();
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText("Heard, thank you.").waitFor();
    const posts = sent.filter((request) => new URL(request.url()).pathname === "/v1/voice");
    assert.deepEqual(posts.map((request) => request.postData()), [exact]);
    const { id } = JSON.parse(exact);
    assert.deepEqual(await page.evaluate(() => heard), [{ topic: id, kind: "question" }]);
    await shop.desk(`/${id}`, { state: "done", answer: { en: "At seven <i>sharp</i>.", de: "Um sieben." } });
    await page.evaluate(() => document.querySelector("tactful-voice").refresh());
    assert.match(await page.locator("[part=yours]").innerText(), /Question\s+Done\s+When is <b>fresh<\/b> bread there\? 🥖\s+At seven <i>sharp<\/i>\./);
    await page.evaluate(() => (document.querySelector("tactful-voice").language = "de"));
    assert.match(await page.locator("[part=yours]").innerText(), /Frage\s+Erledigt\s+When is .* 🥖\s+Um sieben\./);
  });

  test("votes count once, on what the shop made public; a lost answer is sent again with the same token", async () => {
    const { topic } = await shop.say({ text: "A bench at the door" });
    await shop.desk(`/${topic.id}`, { public: true });
    const page = await form();
    const button = page.getByRole("button", { name: "Me too: A bench at the door" });
    await button.click();
    assert.match(await page.locator("#consent").evaluate((box) => box.getRootNode().activeElement.id), /consent/, "the yes comes first");
    await page.getByRole("checkbox").check();
    let lost = true;
    await page.route("**/votes", async (route) => {
      if (!lost) return route.continue();
      lost = false;
      await route.fetch();
      return route.abort();
    });
    await button.click();
    await page.getByText("That did not get through. Try again.").waitFor();
    await button.click();
    await page.getByText("Your vote counts.").waitFor();
    assert.equal((await shop.asked("")).body.topics.find(({ id }) => id === topic.id).votes, 2);
    assert.equal(await page.getByRole("button", { name: "You too: A bench at the door" }).getAttribute("aria-pressed"), "true");
  });

  test("too long is said and not cut off, nothing is sent of it, and words stay where the edge is away", async () => {
    const page = await form();
    const field = page.getByLabel("What do you wish for?");
    await field.fill("x".repeat(512));
    await page.getByRole("checkbox").check();
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText("12 characters too many").waitFor();
    assert.equal((await field.inputValue()).length, 512);
    await field.fill("Longer evenings");
    await page.route("**/v1/voice", (route) => route.abort());
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText("Your words are still here: try again.").waitFor();
    assert.equal(await field.inputValue(), "Longer evenings");
    await page.evaluate(() => document.querySelector("tactful-voice").refresh());
    await page.getByText("could not be read").waitFor();
    await page.unroute("**/v1/voice");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText("could not be read").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText("Heard, thank you.").waitFor();
    const { topics } = (await shop.desk("/inbox?text=Longer%20evenings")).body;
    assert.equal(topics.length, 1);
  });

  test("what is typed while something is being sent stays, and is another thing to say", async () => {
    const page = await form();
    let go;
    const typed = new Promise((resolve) => (go = resolve));
    let posts = 0;
    await page.route("**/v1/voice", async (route) => {
      if (route.request().method() === "POST") posts += 1;
      await typed;
      await route.continue();
    });
    await page.evaluate(() => {
      window.told = [];
      document.addEventListener("voice-asked", ({ detail }) => told.push(detail.topic));
    });
    const field = page.getByRole("textbox");
    await field.fill("A bench by the door");
    await page.getByRole("checkbox").check();
    const sent = page.waitForRequest((request) => request.method() === "POST" && request.url().endsWith("/v1/voice"));
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await sent;
    await page.getByRole("checkbox").uncheck();
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await page.getByRole("checkbox").check();
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await field.fill("And longer opening hours");
    go();
    await page.getByText("Heard, thank you.").waitFor();
    assert.deepEqual([await field.inputValue(), posts, await page.evaluate(() => told.length)], ["And longer opening hours", 1, 1]);
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await page.waitForFunction(() => told.length === 2);
    assert.equal(await field.inputValue(), "");
    const { topics } = (await shop.desk("/inbox?kind=wish&text=by%20the%20door")).body;
    assert.equal(topics.length, 1);
  });

  test("a token that cannot be had costs no other", async () => {
    const page = await form();
    let [gets, posts, go] = [0, 0];
    const clicked = new Promise((resolve) => (go = resolve));
    await page.route("**/v1/voice/tokens", async (route) => {
      if (route.request().method() === "POST") posts += 1;
      else if ((gets += 1) === 1) return clicked.then(() => route.abort());
      await route.continue();
    });
    await page.getByRole("textbox").fill("Bread");
    await page.getByRole("checkbox").check();
    const send = page.getByRole("button", { name: "Send", exact: true });
    for (const [text, said] of [["Bread", "Your words are still here"], ["Bread", "Heard, thank you."], ["Butter", "Heard, thank you."]]) {
      await page.getByRole("textbox").fill(text);
      await send.click();
      go();
      await page.locator("[part=status]").filter({ hasText: said }).waitFor();
      await page.locator("[part=voice][aria-busy=false]").waitFor();
    }
    assert.equal(posts, 2);
  });

  test("words that are changed after an answer was lost are heard, beside those that had arrived", async () => {
    const page = await form();
    await page.route("**/v1/voice", async (route) => {
      if (route.request().method() !== "POST") return route.continue();
      await route.fetch();
      await route.abort();
    });
    const field = page.getByRole("textbox");
    await field.fill("Lamps in the yard");
    await page.getByRole("checkbox").check();
    const send = page.getByRole("button", { name: "Send", exact: true });
    await send.click();
    await page.getByText("Your words are still here: try again.").waitFor();
    await page.unroute("**/v1/voice");
    await field.fill("Lamps in the yard, please");
    await send.click();
    await page.getByText("Heard, thank you.").waitFor();
    const { topics } = (await shop.desk("/inbox?text=Lamps")).body;
    assert.deepEqual(topics.map(({ text }) => text).sort(), ["Lamps in the yard", "Lamps in the yard, please"]);
  });

  test("where Global Privacy Control objects there is nothing to send", async () => {
    const page = await form({}, () => Object.defineProperty(navigator, "globalPrivacyControl", { value: true }));
    await page.getByText("Global Privacy Control").waitFor();
    assert.deepEqual([await page.getByRole("textbox").count(), await page.getByRole("checkbox").count(), await page.locator("[part=vote]").count()], [0, 0, 0]);
  });

  test("requests of twenty shoppers look the same", async () => {
    const shapes = [];
    const kinds = [/^A wish|^Ein Wunsch/, /question|Frage/, /complaint|Beschwerde/];
    for (let shopper = 0; shopper < 20; shopper++) {
      const page = await form({ locale: shopper % 2 ? "de-DE" : "en-GB", viewport: { width: 360 + 40 * shopper, height: 800 } });
      const shape = [];
      page.on("request", (request) => shape.push(request));
      await page.evaluate((shopper) => {
        document.cookie = `who=${shopper}`;
        localStorage.setItem("who", String(shopper));
        const form = document.querySelector("tactful-voice");
        form.asked = Array.from({ length: shopper * 3 }, (_, place) => `${"A".repeat(20)}${String(place).padStart(2, "0")}`);
        form.about = { id: ["bread", "milk"][shopper % 2], name: "Thing" };
        return form.refresh();
      }, shopper);
      await page.getByRole("radio", { name: kinds[shopper % 3] }).check();
      await page.getByRole("textbox").fill(`Words of shopper ${shopper} `.repeat(1 + (shopper % 5)));
      await page.getByRole("checkbox").check();
      await page.getByRole("button", { name: "Send", exact: true }).click();
      await page.getByText("Heard, thank you.").waitFor();
      const seen = await Promise.all(shape.map(async (request) => {
        const headers = await request.allHeaders();
        const token = /token="([\w-]+)"/.exec(headers.authorization ?? "")?.[1].length;
        const body = request.postDataBuffer();
        const fields = headers["content-type"] === "application/json" ? Object.keys(JSON.parse(body)).join() : body?.length;
        return [request.method(), new URL(request.url()).pathname, Object.keys(headers).filter((name) => !/^:|^(?:content-length|host)$/.test(name)).sort().join(), headers.cookie, headers.referer, token, fields].join(" | ");
      }));
      shapes.push(JSON.stringify(seen.sort()));
      await page.context().close();
      contexts.length = 0;
    }
    assert.equal(new Set(shapes).size, 1, [...new Set(shapes)].slice(0, 2).join("\n"));
    assert.doesNotMatch(shapes[0], /cookie|who=/);
  });

  test("is accessible in both languages, light and dark, by keyboard as well", async () => {
    const { topic } = await shop.say({ text: "Bitte mehr Schatten" });
    await shop.desk(`/${topic.id}`, { public: true, state: "planned", answer: { de: "Bäume kommen im Mai.", en: "Trees come in May." } });
    for (const [language, scheme] of [["en", "light"], ["de", "dark"]]) {
      const page = await form({ colorScheme: scheme });
      await page.evaluate(([language, id]) => Object.assign(document.querySelector("tactful-voice"), { language, asked: [id] }), [language, topic.id]);
      await page.locator("summary").click();
      await page.getByRole("textbox").fill("Mehr Bänke");
      await accessible(page);
      await picture(page, `voice-form-${language}-${scheme}`);
      await page.evaluate(() => document.querySelector("tactful-voice").focus());
      const order = [];
      for (let step = 0; step < 6; step++) {
        order.push(await page.evaluate(() => document.querySelector("tactful-voice").shadowRoot.activeElement?.id || document.querySelector("tactful-voice").shadowRoot.activeElement?.localName));
        await page.keyboard.press("Tab");
      }
      assert.deepEqual(order, ["wish", "text", "consent", "summary", "pre", "button"]);
    }
  });
});

describe("the desk", () => {
  test("shows what the shop runs out of, as the command line told it or from its file, and how old that is", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tactful-supply-"));
    const file = (name) => join(folder, name);
    await Promise.all([writeFile(file("desk.key"), `${KEY}\n`), writeFile(file("wrong.key"), "wrong"), writeFile(file("no.key"), "two words"), writeFile(file("other.json"), "{}")]);
    const supply = (...more) => run(TACTFUL, ["supply", CATALOG, "--people", "4", "--days", "56", "--from", "2027-04-20", "--json", ...more], { maxBuffer: 1e8 });
    const refused = async (words, code, ...more) => {
      const failed = await supply(...more).then(() => assert.fail("it went through"), (error) => error);
      assert.match(failed.stdout + failed.stderr, words);
      assert.equal(failed.code, code);
    };
    await refused(/no\.key` holds no key; put the worker's secret DESK_KEY into it/, 1, "--to", server.url, "--desk-key", file("no.key"));
    await refused(/wrong\.key` does not open `http:\/\/127\.0\.0\.1:\d+`; put the worker's secret DESK_KEY into it/, 1, "--to", server.url, "--desk-key", file("wrong.key"));
    await refused(/is neither https nor this machine, so the key DESK_KEY is not sent there/, 2, "--to", "http://127.0.0.1.example", "--desk-key", file("desk.key"));
    await refused(/`folder` is no address/, 2, "--to", "folder", "--desk-key", file("desk.key"));
    await refused(/opens to the shop alone; name the file with its key, `--outcomes-key FILE`/, 2, "--outcomes", server.url);
    await refused(/answered 404/, 3, "--to", `${server.url}elsewhere`, "--desk-key", file("desk.key"));
    assert.equal((await shop.desk("/supply")).body, null);
    await writeFile(file("outcomes.key"), OUTCOMES);
    const { stdout, stderr } = await supply("--to", server.url, "--desk-key", file("desk.key"), "--outcomes", server.url, "--outcomes-key", file("outcomes.key"));
    assert.match(stderr, /the desk shows it now/);
    await writeFile(file("supply.json"), stdout);
    const runsOut = async (page, language) => {
      // The recipes of the example are news for 180 days from 2026-11-01 on.
      const words = language === "de" ? /recipe-oven-fish: die Worte sind noch 10 Tage neu; gewünscht: \d+ Wochen/ : /recipe-oven-fish: its words are news for 10 more days; wanted: \d+ weeks/;
      assert.match(await page.getByTestId("supply-warnings").innerText(), words);
      const rows = await page.getByTestId("supply-table").locator("tbody tr").allInnerTexts();
      assert.ok(rows.some((row) => /^home\s+\d+ %/.test(row)) && rows.some((row) => row.startsWith("household-")), rows.join("; "));
    };
    for (const [language, colorScheme, width] of [["en", "light", 1_280], ["de", "dark", 390], ["de", "light", 390], ["en", "dark", 320]]) {
      const page = await desk({ colorScheme, viewport: { width, height: 900 } });
      if (language === "de") await page.getByTestId("language").click();
      await runsOut(page, language);
      assert.equal(await page.getByTestId("supply-age").innerText(), language === "de" ? "Gemeldet heute." : "Told today.");
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, "nothing to scroll sideways");
      await accessible(page);
      await page.locator("#supply").scrollIntoViewIfNeeded();
      await picture(page, `desk-supply-${language}-${colorScheme}-${width}`);
      await page.clock.setFixedTime(Date.now() + 8.5 * 86_400_000);
      await page.getByTestId("language").click();
      await page.getByTestId("language").click();
      assert.match(await page.getByTestId("supply-age").innerText(), language === "de" ? /^Gemeldet vor 8 Tagen\. Seither kann sich viel/ : /^Told 8 days ago\. Much may have changed/);
      await accessible(page);
      await picture(page, `desk-supply-old-${language}-${colorScheme}-${width}`);
      await page.getByTestId("supply-file").setInputFiles(file("other.json"));
      await page.getByRole("alert").waitFor();
      await runsOut(page, language);
      await page.getByTestId("supply-file").setInputFiles(file("supply.json"));
      await page.getByTestId("supply-age").waitFor({ state: "detached" });
      await runsOut(page, language);
      assert.equal(await page.getByRole("alert").count(), 0);
    }
    await rm(folder, { recursive: true });
  });

  test("of a hostile report nothing runs and nothing is markup", async () => {
    const texts = hostile(200).map((text) => plain(text)).filter((text) => text !== "");
    const text = (place) => texts[place % texts.length];
    const place = (id) => ({ id, weeks: [{ permitted: 2, fresh: 1 }], stale_from: 1 });
    const report = { from: "2031-11-17", days: 7, people: 1, placements: texts.map(place), audiences: [place("<img src=x onerror=globalThis.harmed=1>")], gaps: [{ category: text(1), moments: 1 }], never_shown: [text(2), "<script>harmed=1</script>"], warnings: texts.map((id) => ({ kind: "stale", of: "placement", id, week: 1, wanted_weeks: 1 })) };
    const told = await shop.asked("/supply", { method: "PUT", body: report, authorization: `Bearer ${KEY}` });
    assert.equal(told.status, 200, told.text);
    const page = await desk({ viewport: { width: 390, height: 844 } });
    const shown = await page.evaluate(() => {
      const all = (selector) => [...document.querySelectorAll(selector)].map((one) => one.textContent);
      const section = document.getElementById("supply");
      return { warnings: all("#supply .warnings li"), ids: all("#supply tbody th"), text: section.textContent, tags: [...new Set([...section.querySelectorAll("*")].map((one) => one.localName))].sort(), wide: document.scrollingElement.scrollWidth > innerWidth, harmed: globalThis.harmed ?? 0 };
    });
    assert.deepEqual([shown.warnings, shown.ids.slice(0, -1)], [texts.map((id) => `placement ${id}: nothing fresh to say from week 1 on; wanted: 1 week`), texts]);
    assert.ok([report.audiences[0].id, ...report.never_shown, text(1)].every((one) => shown.text.includes(one)));
    assert.deepEqual(shown.tags, ["caption", "div", "h2", "input", "label", "li", "p", "pre", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"]);
    assert.deepEqual([shown.wide, shown.harmed], [false, 0]);
  });

  test("opens with its key only, which leaves the address, and closes when somebody leaves", async () => {
    const page = await visit();
    await page.goto(new URL("desk/#key=wrong", server.url).href);
    await page.getByText("That key does not open this desk.").waitFor();
    assert.equal(new URL(page.url()).hash, "");
    await page.getByTestId("key").fill(KEY);
    await page.getByRole("button", { name: "Open" }).click();
    await page.getByTestId("state-heard").waitFor();
    await page.getByTestId("leave").click();
    await page.getByTestId("key").waitFor();
    assert.equal(await page.evaluate(() => localStorage.length), 0);
  });

  test("opens where the browser keeps nothing, says so, and works for the visit", async () => {
    const { page, close } = await browse(BLOCKED);
    try {
      const faults = [];
      page.context().on("weberror", (error) => faults.push(String(error.error())));
      await page.goto(new URL("desk/", server.url).href);
      await page.waitForSelector("html[data-ready]");
      assert.match(await page.getByTestId("forgets").textContent(), /keeps nothing.*forgotten when this page is closed/);
      await page.getByTestId("key").fill(KEY);
      await page.getByTestId("key").press("Enter");
      await page.getByTestId("state-any").click();
      await page.getByTestId("leave").click();
      await page.getByTestId("key").waitFor();
      assert.deepEqual(faults, []);
    } finally {
      await close();
    }
  });

  test("shows nothing any more to who has left, also of what was still being read", async () => {
    await shop.say({ text: "For the shop alone" });
    const page = await desk();
    await page.waitForSelector(".topic");
    let go;
    const left = new Promise((resolve) => (go = resolve));
    await page.route("**/v1/voice/inbox**", async (route) => {
      await left;
      await route.continue();
    });
    const asked = page.waitForRequest("**/v1/voice/inbox**");
    await page.getByTestId("state-any").click();
    await asked;
    const told = page.waitForResponse("**/v1/voice/inbox**");
    await page.locator("#leave").click();
    await page.getByTestId("key").waitFor();
    go();
    await (await told).finished();
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn))));
    assert.deepEqual([await page.locator(".topic").count(), await page.getByTestId("key").count()], [0, 1]);
  });

  test("answers, shows, hides, merges and exports", async () => {
    const said = await Promise.all(["Please sell spelt bread", "spelt bread please!"].map(async (text) => (await shop.say({ text })).topic.id));
    const page = await desk();
    const at = (id) => page.getByTestId(id);
    await at("words").fill("SPELT");
    await at("words").press("Enter");
    await at("state-any").click();
    await page.waitForFunction(() => document.querySelectorAll(".topic").length === 2);
    await at(`answer-${said[0]}`).click();
    await at("state").selectOption("not_possible");
    await at("save").click();
    await page.getByText("Say why it is not possible").waitFor();
    await at("reason-de").fill("Die Mühle <b>schließt</b>.");
    await at("answer-en").fill("We are sorry.");
    await at("save").click();
    await page.getByText("Saved.").waitFor();
    await at(`public-${said[0]}`).click();
    await page.getByText("Show no longer").waitFor();
    assert.deepEqual((await shop.asked("")).body.topics.filter(({ id }) => id === said[0]).map(({ reason, answer, state }) => [reason, answer, state]), [[{ de: "Die Mühle <b>schließt</b>." }, { en: "We are sorry." }, "not_possible"]]);
    await at(`same-${said[1]}`).click();
    await at(`join-${said[0]}`).click();
    await page.waitForFunction(() => document.querySelectorAll(".topic").length === 1);
    assert.match(await page.locator(".topic").innerText(), /2 votes\s+1 merged/);
    await at(`same-${said[0]}`).click();
    await at(`join-${said[1]}`).click();
    await page.waitForFunction(() => document.querySelectorAll(".topic").length === 2);
    await at(`hide-${said[1]}`).click();
    await at("hide-advertising").click();
    await page.getByText("Hidden: it advertises").waitFor();
    await at("show").selectOption("hidden");
    await page.waitForFunction(() => document.querySelectorAll(".topic").length === 1);
    const [download] = await Promise.all([page.waitForEvent("download"), at("csv").click()]);
    assert.equal(download.suggestedFilename(), "voice.csv");
  });

  test("is accessible in both languages, light and dark, on a phone and on a desk", async () => {
    const { topic } = await shop.say({ text: "Könnt ihr sonntags früher öffnen? Frühstück wäre schön.", language: "de", kind: "question", about: "hours" });
    for (const [language, colorScheme, width] of [["en", "light", 1_280], ["de", "dark", 390]]) {
      const page = await desk({ colorScheme, viewport: { width, height: 900 } });
      if (language === "de") await page.getByTestId("language").click();
      await page.getByTestId("state-any").click();
      await accessible(page);
      await picture(page, `desk-${language}-${colorScheme}`);
      for (const panel of ["answer", "same", "hide"]) {
        await page.getByTestId(`${panel}-${topic.id}`).click();
        if (panel === "answer") await page.getByTestId("state").selectOption("not_possible");
        if (panel === "same") await page.locator(".alike").waitFor({ state: "attached" });
        await accessible(page);
        await page.getByTestId(`${panel}-${topic.id}`).scrollIntoViewIfNeeded();
        await picture(page, `desk-${panel}-${language}-${colorScheme}`);
      }
    }
  });
});

test("in the demo a shopper asks from the card or their own page, and finds the answer after a reload", async () => {
  const page = await visit();
  const at = (id) => page.getByTestId(id);
  await page.goto(`${server.url}?at=2026-11-22T10:00:00Z&seed=7&language=en`);
  await page.waitForSelector("html[data-ready]");
  await at("tab-me").click();
  await at("consent").click();
  await at("tell-us").click();
  const form = at("tell");
  await form.getByRole("radio", { name: "A question" }).check();
  assert.ok(await page.evaluate(() => document.getElementById("screen").inert), "the shop behind cannot be reached");
  await form.getByRole("textbox").fill("Is there a bike pump?");
  await form.getByRole("checkbox").check();
  await form.getByRole("button", { name: "Send" }).click();
  await form.getByText("Heard, thank you.").waitFor();
  await picture(page, "voice-demo");
  await page.keyboard.press("Escape");
  await form.waitFor({ state: "detached" });
  assert.equal(await page.evaluate(() => document.activeElement.dataset.testid), "tell-us");
  const { topics: [{ id }] } = (await shop.desk("/inbox?text=bike%20pump")).body;
  await shop.desk(`/${id}`, { state: "done", answer: { en: "Beside the door." } });
  const isKept = () => page.evaluate((id) => new Promise((resolve) => {
    const open = indexedDB.open("nordkorb", 1);
    open.onsuccess = () => {
      const get = open.result.transaction("records").objectStore("records").get("kept");
      get.onsuccess = () => (open.result.close(), resolve(get.result?.asked?.includes(id) ?? false));
    };
  }), id);
  for (let tries = 0; !(await isKept()); tries += 1) {
    assert.ok(tries < 200, "the shop keeps what it may");
    await page.waitForTimeout(100);
  }
  await page.goto(server.url);
  await page.waitForSelector("html[data-ready]");
  await at("tab-map").click();
  await at("speed").selectOption("30");
  await at("go-kaisaniemi").click();
  await page.waitForFunction(() => document.querySelector("tactful-card").open);
  await page.getByRole("button", { name: "Tell us" }).click();
  await at("tell").locator("[part=yours]").getByText("Beside the door.").waitFor();
  await picture(page, "voice-demo-answer");
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => document.querySelector("tactful-card").shadowRoot.activeElement.textContent), "Tell us", "the card stays, and has the focus back");
  await picture(page, "voice-demo-card");
});

test("a complaint brings help and no sale until the desk has answered; then the tone stays careful, for two weeks", async () => {
  const page = await visit({ viewport: { width: 1_280, height: 900 } });
  // A walk through the city takes ten seconds on a quiet machine.
  page.setDefaultTimeout(90_000);
  const at = (id) => page.getByTestId(id);
  /** Lets time pass, walks from home into the store, and returns what kind of offer is said there, or why there is silence. */
  const comes = async (...pauses) => {
    await at("tab-map").click();
    for (const pause of pauses) await at(`clock-${pause}`).click();
    const before = await at("verdict").innerText();
    await at("speed").selectOption("30");
    await at("walk").click();
    await page.waitForFunction((before) => {
      const now = document.querySelector("[data-testid=verdict]").innerText;
      return now !== before && /asked for: aisle/.test(now);
    }, before);
    await picture(page, `voice-care-${pauses.join("-")}`);
    return page.evaluate(() => document.querySelector("tactful-card").decision?.offer.kind ?? document.querySelector("[data-testid=sentence]").textContent);
  };
  await page.goto(`${server.url}?at=2026-11-21T08:05:00Z&seed=7&language=en`);
  await page.waitForSelector("html[data-ready]");
  await at("tab-me").click();
  await at("consent").click();
  await at("tell-us").click();
  const form = at("tell");
  await form.getByRole("radio", { name: "A complaint" }).check();
  await form.getByRole("textbox").fill("The milk was sour.");
  await form.getByRole("checkbox").check();
  await form.getByRole("button", { name: "Send" }).click();
  await form.getByText("Heard, thank you.").waitFor();
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.querySelector("tactful-card").open);
  assert.equal(await page.evaluate(() => document.querySelector("tactful-card").decision.offer.id), "help-complaint");
  await picture(page, "voice-care-help");
  await page.getByRole("button", { name: "Useful", exact: true }).click();
  assert.equal(await comes("hour"), "Something is still open for you, and help comes first.");

  const desktop = await desk();
  await desktop.getByTestId("words").fill("milk was sour");
  await desktop.getByTestId("words").press("Enter");
  await desktop.waitForFunction(() => document.querySelectorAll(".topic").length === 1);
  await desktop.getByRole("button", { name: "Answer" }).click();
  await desktop.getByTestId("state").selectOption("done");
  await desktop.getByTestId("answer-en").fill("The fridge is mended.");
  await desktop.getByTestId("save").click();
  await desktop.getByText("Saved.").waitFor();

  // What pages are told may be 20 seconds old.
  for (let tries = 0; (await at("stage").getAttribute("data-stage")) === "service"; tries += 1) {
    assert.ok(tries < 120, "the page hears of the answer");
    await at("clock-hour").click();
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await page.waitForTimeout(500);
  }
  // Not on a Sunday morning, when the store is closed.
  assert.equal(await comes("morning", "day", "hour", "hour"), "Something went wrong for you not long ago, so it is too soon for offers.");
  await at("tab-me").click();
  await at("care-complaint").waitFor();
  assert.equal(await comes("week", "week"), "coupon");
});

test("of hostile texts nothing runs, nothing is lost, and nothing leaves its place", { timeout: 1_800_000 }, async (t) => {
  const texts = hostile(Number(HOSTILE));
  const sent = new Map();
  const queue = texts.map((text, place) => [text, place]);
  const short = (text) => [...plain(text)].slice(0, 60).join("").trim();
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [text, place] = next;
      const [about, de, en] = [short(texts[(place + 1) % texts.length]), texts[(place + 2) % texts.length], texts[(place + 3) % texts.length]];
      const { status, topic, body } = await shop.say({ text, ...(plain(about) === about && about && { about }) });
      // What has no character left once it is plain is refused, and so not lost.
      if (plain(text) === "") assert.deepEqual([status, body.code], [400, "empty"]);
      else {
        assert.equal(status, 201, JSON.stringify(text));
        assert.equal((await shop.desk(`/${topic.id}`, { answer: { de, en }, reason: { de: en, en: de } })).status, 200);
        sent.set(topic.id, { text: plain(text), about: topic.about, answer: [plain(de), plain(en)], reason: [plain(en), plain(de)] });
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));

  const page = await desk({ viewport: { width: 390, height: 844 } });
  await page.getByTestId("state-any").click();
  const shown = {};
  for (let pages = 0; ; pages += 1) {
    const rows = await page.evaluate(() => Object.fromEntries([...document.querySelectorAll(".topic")].map((row) => [row.dataset.id, { text: row.querySelector(".said").textContent, about: row.querySelector(".about")?.textContent, answers: [...row.querySelectorAll(".answer")].map((line) => line.textContent) }])));
    Object.assign(shown, rows);
    for (const [width, height] of [[320, 640], [390, 844], [1_280, 900]]) {
      await page.setViewportSize({ width, height });
      assert.deepEqual(await page.evaluate(breaks), [], `page ${pages} at ${width} pixels`);
    }
    const older = page.getByTestId("older");
    if ((await older.count()) === 0) break;
    await older.click();
    await page.waitForFunction((id) => document.querySelector(".topic").dataset.id !== id, Object.keys(rows)[0]);
  }
  const lost = [...sent].filter(([id, { text, about, answer, reason }]) => shown[id]?.text !== text || shown[id].about !== (about && `about ${about}`) || JSON.stringify(shown[id].answers) !== JSON.stringify([...answer, ...reason].filter(Boolean)));
  assert.deepEqual(lost, [], "the desk shows every word");
  const exported = new Map(JSON.parse((await shop.desk("/export?format=json")).text).topics.map((topic) => [topic.id, topic]));
  assert.deepEqual([...sent].filter(([id, { text, about }]) => exported.get(id)?.text !== text || exported.get(id).about !== about), [], "the export has every word");
  const all = await shopper([...sent].map(([id]) => exported.get(id)));
  const typed = await typing(texts.slice(20, 100));
  assert.deepEqual([await page.evaluate(() => globalThis.harmed ?? 0), all.harmed, typed.harmed], [0, 0, 0]);
  t.diagnostic(`${texts.length} texts in each of five fields: ${sent.size} kept, ${texts.length - sent.size} empty, 0 ran, 0 lost, 0 broke a layout`);
});

/** The same texts as others read them in the form, a hundred at a time. */
async function shopper(topics) {
  const page = await form({ viewport: { width: 320, height: 640 } });
  for (let from = 0; from < topics.length; from += 100) {
    const some = topics.slice(from, from + 100);
    await page.route("**/v1/voice", (route) => route.fulfill({ json: { topics: some } }));
    await page.evaluate(() => document.querySelector("tactful-voice").refresh());
    const read = await page.evaluate(() => {
      const { shadowRoot } = document.querySelector("tactful-voice");
      const buttons = [...shadowRoot.querySelectorAll("button")].map((button) => button.getBoundingClientRect());
      return { texts: [...shadowRoot.querySelectorAll("[part=others] .said")].map((line) => line.textContent), wide: document.scrollingElement.scrollWidth > innerWidth, out: buttons.filter(({ left, right, width }) => left < 0 || right > innerWidth || width < 20).length };
    });
    assert.deepEqual(read, { texts: some.map(({ text }) => text), wide: false, out: 0 });
    await page.unroute("**/v1/voice");
  }
  return { harmed: await page.evaluate(() => globalThis.harmed ?? 0) };
}

/** Some of them typed into the form: what was shown as sent is what is kept. */
async function typing(texts) {
  const page = await form();
  const sent = [];
  await page.getByRole("checkbox").check();
  for (const text of texts.filter((text) => plain(text) !== "")) {
    const exact = await page.evaluate((text) => {
      const { shadowRoot } = document.querySelector("tactful-voice");
      const field = shadowRoot.querySelector("textarea");
      field.value = text;
      field.dispatchEvent(new Event("input"));
      shadowRoot.querySelector("[part=status]").textContent = "";
      shadowRoot.querySelector("[part=send]").click();
      return shadowRoot.querySelector("[part=sent]").textContent;
    }, text);
    await page.getByText("Heard, thank you.").waitFor();
    // A text field has one kind of line end only, as `plain` has.
    assert.equal(JSON.parse(exact).text, plain(text));
    sent.push(JSON.parse(exact));
  }
  const kept = new Map(JSON.parse((await shop.desk("/export?format=json")).text).topics.map((topic) => [topic.id, topic.text]));
  assert.deepEqual(sent.filter(({ id, text }) => kept.get(id) !== text), []);
  return { harmed: await page.evaluate(() => globalThis.harmed ?? 0) };
}

/** Runs in the page: what is wider than it, lies outside of it, or covers what is not its own. */
function breaks() {
  const wrong = [];
  if (document.scrollingElement.scrollWidth > innerWidth) wrong.push(`the page is ${document.scrollingElement.scrollWidth} wide`);
  for (const row of document.querySelectorAll(".topic")) {
    const box = row.getBoundingClientRect();
    if (box.height > 1_600) wrong.push(`${row.dataset.id} is ${box.height} high`);
    for (const button of row.querySelectorAll(".buttons button")) {
      const { left, right, width, height } = button.getBoundingClientRect();
      if (left < 0 || right > innerWidth || width < 40 || height < 40) wrong.push(`a button of ${row.dataset.id}`);
    }
  }
  const middle = [...document.querySelectorAll(".topic .buttons button")].filter((button, place) => place % 37 === 0);
  for (const button of middle) {
    button.scrollIntoView({ block: "center" });
    const { left, top, width, height } = button.getBoundingClientRect();
    if (document.elementFromPoint(left + width / 2, top + height / 2) !== button) wrong.push("something covers a button");
  }
  return wrong;
}
