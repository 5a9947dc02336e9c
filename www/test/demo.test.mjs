// The demo as a shopper meets it: Chromium, the real worker, the real engine.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { launch } from "../../pkg/test/hosts.mjs";
import { serve } from "../serve.mjs";

/** A Saturday morning; a seed makes every visit the same. */
const VISIT = "?at=2026-11-21T10:05:00%2B02:00&seed=7&language=en";
const SCREENSHOTS = fileURLToPath(new URL("../../target/screenshots/", import.meta.url));
const CATALOG = fileURLToPath(new URL("../../examples/nordkorb/catalog.json", import.meta.url));
/** What a machine may lack: the walk of the benchmark, and a ledger that tells budgets. */
const OPTIONAL = /\/traces\/p040\.json$|\/v1\/budgets$/;
const PATIENCE_MS = 20_000;

/** The command line that `cargo xtask build` made; a year of 300 people is some megabytes of text. */
const PROGRAM = fileURLToPath(new URL("../../target/debug/tactful", import.meta.url));
const tactful = async (given) => (await promisify(execFile)(PROGRAM, given, { maxBuffer: 1 << 26 })).stdout;

let browser, server;

before(async () => {
  server = await serve({ port: 0 });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.close();
});

/** Opens the shop for somebody new, runs `visit`, and holds the page to what every visit must hold to. */
async function shopper(visit, { size = { width: 1280, height: 800 }, scheme = "light", path = VISIT, reducedMotion = "reduce" } = {}) {
  const context = await browser.newContext({ viewport: size, colorScheme: scheme, locale: "en-GB", reducedMotion });
  const faults = [];
  const asked = [];
  context.on("request", (request) => asked.push(request.url()));
  context.on("console", (message) => {
    if (message.type() === "error" && !OPTIONAL.test(message.location().url)) faults.push(message.text());
  });
  context.on("weberror", (error) => faults.push(String(error.error())));
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  try {
    await page.goto(new URL(path, server.url).href);
    await page.waitForSelector("html[data-ready]");
    await visit(page);
    assert.deepEqual(faults, [], "the page reports no error");
    const strangers = asked.filter((url) => new URL(url).hostname !== "127.0.0.1");
    assert.deepEqual(strangers, [], "no request leaves this machine");
  } finally {
    await context.close();
  }
}

const at = (page, id) => page.getByTestId(id);
const card = (page) => page.locator("tactful-card");
const button = (page, name) => card(page).getByRole("button", { name, exact: true });
const open = (page) => page.waitForFunction(() => document.querySelector("tactful-card").open);
const closed = (page) => page.waitForFunction(() => !document.querySelector("tactful-card").open);
const tab = (page, name) => at(page, `tab-${name}`).click();
const verdict = (page, kind, why) =>
  page.waitForSelector(`[data-testid=verdict][data-kind=${kind}]${why ? `[data-why=${why}]` : ""}`, { state: "attached" });

/** On the phone the panel is closed, but it understands all the same. */
const inStore = (page) => page.waitForSelector("[data-testid=presence][data-state=in_store]", { state: "attached" });

async function walkIn(page) {
  await tab(page, "map");
  await at(page, "speed").selectOption("30");
  await at(page, "walk").click();
  await inStore(page);
  await open(page);
}

/** Like walking in, without the way there. */
async function standIn(page) {
  await tab(page, "map");
  await at(page, "speed").selectOption("30");
  await at(page, "go-kaisaniemi").click();
  await inStore(page);
  await open(page);
}

async function scan(page, id = "nk-0032") {
  await tab(page, "scan");
  await at(page, `scan-${id}`).click();
}

describe("a visit", () => {
  test("opens quietly: nobody is spoken to because a page was opened", () =>
    shopper(async (page) => {
      assert.equal(await at(page, "verdict").getAttribute("data-kind"), "none");
      assert.equal(await card(page).evaluate((one) => one.open), false);
      assert.equal(await at(page, "presence").getAttribute("data-state"), "away");
    }));

  test("walking in makes the card appear with its reason, without taking the focus", () =>
    shopper(async (page) => {
      await walkIn(page);
      await verdict(page, "show");
      assert.match(await at(page, "presence").textContent(), /Nordkorb Kaisaniemi/);
      const sentence = await at(page, "sentence").textContent();
      assert.match(sentence, /Kaisaniemi/);
      const region = card(page).getByRole("region");
      assert.match(await region.textContent(), new RegExp(sentence.replace(".", "\\.")));
      assert.ok(await region.getByRole("heading").textContent());
      assert.equal(await page.evaluate(() => document.activeElement.localName === "tactful-card"), false);
    }));

  test("a closed card stays closed, and the panel says why and until when", () =>
    shopper(async (page) => {
      await walkIn(page);
      await page.waitForSelector("[data-testid=panel-open].speaks", { state: "attached" });
      await button(page, "Close").click();
      await closed(page);
      await page.waitForSelector("[data-testid=panel-open]:not(.speaks)", { state: "attached" });
      await scan(page);
      await verdict(page, "hold", "resting");
      assert.match(await at(page, "until").textContent(), /^until 10:2\d$/);
      assert.equal(await card(page).evaluate((one) => one.open), false);
      assert.match(await at(page, "scanned").textContent(), /Butter rings/);
    }));

  test("an open card is not replaced, whatever the shopper does meanwhile", () =>
    shopper(async (page) => {
      await standIn(page);
      const title = await card(page).getByRole("heading").textContent();
      await at(page, "clock-day").click();
      await scan(page);
      await tab(page, "shop");
      assert.equal(await card(page).getByRole("heading").textContent(), title);
      assert.equal(await at(page, "log").count(), 0, "nothing else was asked");
    }));

  test("a taken coupon waits in the basket and is gone after paying", () =>
    shopper(async (page) => {
      await standIn(page);
      const title = await card(page).getByRole("heading").textContent();
      await button(page, "Take it").click();
      await closed(page);
      await tab(page, "shop");
      await at(page, "add-nk-0001").click();
      await tab(page, "basket");
      assert.ok((await at(page, "total").textContent()).includes("1.49"));
      await page.getByRole("heading", { name: "Your coupons" }).waitFor();
      assert.ok((await page.locator(".taken").textContent()).includes(title));
      await at(page, "checkout").click();
      await page.waitForSelector("[data-testid=intent][data-stage=checkout]");
      await at(page, "pay").click();
      assert.match(await at(page, "paid").textContent(), /1\.49/);
      await tab(page, "basket");
      assert.equal(await page.locator(".taken").count(), 0);
    }));

  test("who pays is not spoken to, and afterwards may be", () =>
    shopper(async (page) => {
      await at(page, "add-nk-0001").click();
      await tab(page, "map");
      await at(page, "speed").selectOption("30");
      await at(page, "walk").click();
      await tab(page, "basket");
      await button(page, "Close").click();
      await at(page, "checkout").click();
      await inStore(page);
      await verdict(page, "hold", "busy");
      await at(page, "pay").click();
      await verdict(page, "hold", "resting");
    }));

  test("a scan is enough: presence and interest without any position", () =>
    shopper(async (page) => {
      await scan(page, "kamppi");
      await inStore(page);
      assert.match(await at(page, "presence").textContent(), /Kamppi.*from a scanned label/);
    }));

  test("at night nothing is said, and mornings end the night", () =>
    shopper(async (page) => {
      await at(page, "clock-evening").click();
      for (let hour = 0; hour < 3; hour += 1) await at(page, "clock-hour").click();
      await scan(page);
      await verdict(page, "hold", "quiet_hours");
      assert.match(await at(page, "until").textContent(), /07:30/);
      await at(page, "clock-morning").click();
      await at(page, "scan-nk-0032").click();
      await at(page, "locate-no").click();
      await verdict(page, "show");
    }));

  test("the dial is the shopper's: never means never", () =>
    shopper(async (page) => {
      await tab(page, "me");
      await at(page, "dial-never").click();
      assert.equal(await at(page, "dial-never").getAttribute("aria-pressed"), "true");
      await scan(page);
      await verdict(page, "hold", "dial_never");
    }));

  test("an open care case brings help and no sale, until it is solved", () =>
    shopper(async (page) => {
      await tab(page, "me");
      await at(page, "care-return").click();
      await open(page);
      assert.equal(await card(page).evaluate((one) => one.decision.offer.kind), "service");
      await page.waitForSelector("[data-testid=stage][data-stage=service]");
      await button(page, "Useful").click();
      await closed(page);
      await at(page, "care-close").click();
      await page.waitForSelector("[data-testid=stage]:not([data-stage=service])");
    }));

  test("a family's history brings needs and memories", () =>
    shopper(async (page) => {
      assert.match(await at(page, "needs").textContent(), /None known/);
      await at(page, "try-family").click();
      await page.waitForFunction(() => document.querySelectorAll("[data-testid=needs] li").length >= 3);
      assert.match(await at(page, "needs").textContent(), /Coffee/);
      assert.match(await at(page, "memories").textContent(), /Butter rings/);
    }));

  test("the basket asks what was forgotten, with the evidence, and no more once it is there", () =>
    shopper(async (page) => {
      await at(page, "try-family").click();
      await tab(page, "basket");
      const needed = page.locator(".needed li");
      await needed.first().waitFor();
      assert.match(await needed.first().textContent(), /bought it \d+ times, every \d+ (days|weeks) or so, last on \d+ \w+/);
      const before = await needed.allTextContents();
      assert.ok(before.length === 4 && before.some((one) => /Milk/.test(one)), before.join("\n"));
      await needed.filter({ hasText: "Milk" }).getByRole("button").click();
      await at(page, "add-nk-0001").click();
      await tab(page, "basket");
      await at(page, "total").waitFor();
      assert.doesNotMatch((await needed.allTextContents()).join(), /Milk/);
    }));

  test("a lapsed favourite is remembered in the store, not elsewhere, and never again means never again", () =>
    shopper(async (page) => {
      await at(page, "try-family").click();
      await standIn(page);
      assert.equal(await card(page).evaluate((one) => one.decision.offer.kind), "reminder");
      assert.match(await card(page).getByRole("heading").textContent(), /Gingerbread stars/);
      assert.match(await at(page, "sentence").textContent(), /^You bought Gingerbread stars 350 g around Christmas 2025\.$/);
      await button(page, "Never again").click();
      await page.waitForFunction(() => !/Gingerbread/.test(document.querySelector("[data-testid=memories]").textContent));
    }));

  test("a memory can be read, forgotten one by one, and wished away for good", () =>
    shopper(async (page) => {
      await at(page, "try-family").click();
      await tab(page, "me");
      const mine = at(page, "my-memories");
      assert.match(await mine.textContent(), /You bought Butter rings 200 g on \d+ days/);
      await at(page, "forget-nk-0032").click();
      await page.waitForFunction(() => !/Butter rings/.test(document.querySelector("[data-testid=my-memories]").textContent));
      await page.waitForFunction(() => !/Butter rings/.test(document.querySelector("[data-testid=memories]").textContent));
      await at(page, "never-memories").click();
      await mine.waitFor({ state: "detached" });
      await page.waitForFunction(() => /None known/.test(document.querySelector("[data-testid=memories]").textContent));
    }));

  test("searching, browsing and a product are understood as interest", () =>
    shopper(async (page) => {
      await at(page, "search").fill("coffee");
      await at(page, "product-nk-0052").click();
      await page.waitForFunction(() => /Coffee/.test(document.querySelector("[data-testid=intent]").textContent));
      await page.waitForSelector("[data-testid=intent]:not([data-stage=browse])");
      await at(page, "back").click();
      await at(page, "search").fill("");
      await at(page, "aisle-biscuits").click();
      assert.equal(await page.locator("#screen h1").textContent(), "Biscuits");
    }));

  test("both languages, for the page and for what is said", () =>
    shopper(async (page) => {
      await at(page, "language").click();
      assert.equal(await page.locator("html").getAttribute("lang"), "de");
      assert.match(await page.locator("#screen h1").textContent(), /Guten Morgen/);
      await standIn(page);
      assert.ok(await button(page, "Nehmen").isVisible());
      assert.match(await at(page, "sentence").textContent(), /^Weil /);
      await at(page, "language").click();
      assert.match(await at(page, "sentence").textContent(), /^Because /, "the panel explains in either language");
      assert.ok(await button(page, "Nehmen").isVisible(), "an open card stays as it was said");
    }));

  test("the dot moves by keyboard, and going to a store settles there", () =>
    shopper(async (page) => {
      await tab(page, "map");
      await at(page, "me-dot").focus();
      await page.keyboard.press("ArrowUp");
      await page.waitForFunction(() => /from position/.test(document.querySelector("[data-testid=presence]").textContent));
      await at(page, "stop").click();
      await at(page, "speed").selectOption("30");
      await at(page, "go-kamppi").click();
      await page.waitForFunction(() => /In Nordkorb Kamppi/.test(document.querySelector("[data-testid=presence]").textContent));
    }));

  test("who scans a product is asked where they are, with what for; a yes is seen on the map, a no is the last word", () =>
    shopper(async (page) => {
      await scan(page);
      assert.match(await at(page, "locate").textContent(), /^In our stores: .+May we see where you are\?/);
      await at(page, "locate-yes").click();
      await page.waitForFunction(() => /from position/.test(document.querySelector("[data-testid=presence]").textContent));
      assert.equal(await at(page, "locate").count(), 0);
      await shopper(async (page) => {
        await scan(page);
        await at(page, "locate-no").click();
        await scan(page, "nk-0052");
        assert.equal(await at(page, "locate").count(), 0);
      });
    }));

  test("the map shows how sure the engine is", () =>
    shopper(async (page) => {
      await standIn(page);
      await page.waitForFunction(() => / · [5-9]\d %$/.test(document.querySelector("[data-store=kaisaniemi] text").textContent));
      const belief = await page.locator("[data-store=kaisaniemi]").evaluate((store) => Number(store.style.getPropertyValue("--belief")));
      assert.ok(belief >= 0.5 && belief <= 1, String(belief));
      await page.screenshot({ path: `${SCREENSHOTS}map-belief.png` });
    }));

  test("the dot can be dragged into a store", () =>
    shopper(async (page) => {
      await tab(page, "map");
      await at(page, "speed").selectOption("30");
      await page.getByRole("button", { name: "Whole city" }).click();
      const centre = async (selector) => {
        const box = await page.locator(selector).boundingBox();
        return [box.x + box.width / 2, box.y + box.height / 2];
      };
      const [from, to] = [await centre("[data-testid=me-dot]"), await centre("[data-store=kluuvi] .pin")];
      await page.mouse.move(...from);
      await page.mouse.down();
      await page.mouse.move(...to, { steps: 8 });
      await page.mouse.up();
      await page.waitForFunction(() => /Kluuvi/.test(document.querySelector("[data-testid=presence]").textContent));
    }));

  test("the benchmark's walk plays where the machine has it", async (t) => {
    const { status } = await fetch(new URL("traces/p040.json", server.url));
    if (status !== 200) return t.skip("no ../shared/data/visits beside the repository");
    await shopper(async (page) => {
      await tab(page, "map");
      await at(page, "speed").selectOption("30");
      await at(page, "trace").click();
      await page.waitForFunction(() => /from position/.test(document.querySelector("[data-testid=presence]").textContent));
      await at(page, "pause").click();
      const before = await at(page, "clock").textContent();
      await at(page, "resume").click();
      await page.waitForFunction((old) => document.querySelector("[data-testid=clock]").textContent !== old, before);
    });
  });
});

describe("memory", () => {
  const remembered = async (page) => ({
    needs: await page.locator("[data-testid=needs] li").count(),
    basket: await at(page, "tab-basket").textContent(),
    consent: await tab(page, "me").then(() => at(page, "consent").getAttribute("aria-checked")),
  });
  /** What is in the database, read as the page would. */
  const kept = (page) =>
    page.evaluate(async () => {
      if (!(await indexedDB.databases()).some(({ name }) => name === "nordkorb")) return undefined;
      const done = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
      const database = await done(indexedDB.open("nordkorb"));
      const record = await done(database.transaction("records").objectStore("records").get("kept"));
      database.close();
      return record && Object.keys(record).length;
    });
  const wait = async (page, there) => {
    for (let tries = 0; Boolean(await kept(page)) !== there; tries += 1) {
      assert.ok(tries < 100, there ? "nothing was kept" : "something is still kept");
      await page.waitForTimeout(50);
    }
  };

  test("with consent a reload keeps profile, basket and time; without it nothing", () =>
    shopper(async (page) => {
      await at(page, "try-family").click();
      await at(page, "add-nk-0001").click();
      await page.reload();
      await page.waitForSelector("html[data-ready]");
      assert.deepEqual(await remembered(page), { needs: 0, basket: "Basket", consent: "false" });
      await at(page, "family").click();
      await tab(page, "shop");
      await at(page, "add-nk-0001").click();
      await at(page, "clock-day").click();
      await tab(page, "me");
      await at(page, "consent").click();
      await wait(page, true);
      const day = await page.locator(".day-now").textContent();
      await page.reload();
      await page.waitForSelector("html[data-ready]");
      const after = await remembered(page);
      assert.ok(after.needs >= 3);
      assert.deepEqual({ ...after, needs: 0 }, { needs: 0, basket: "Basket1", consent: "true" });
      assert.equal(await page.locator(".day-now").textContent(), day, "time does not run backwards");
      await at(page, "consent").click();
      await wait(page, false);
    }));

  test("what the shopper allows passes through the data layer, as in any shop", () =>
    shopper(async (page) => {
      await tab(page, "me");
      const told = () => page.evaluate(() => window.dataLayer.map((entry) => [...entry]).map(([command, kind, said]) => [command, kind, said.personalization_storage]));
      const allowed = async () => {
        await at(page, "export").click();
        const text = await page.locator("[data-testid=exported]:not(:empty)").textContent();
        await at(page, "export").click();
        return JSON.parse(text).consent;
      };
      assert.deepEqual([await told(), await allowed()], [[["consent", "default", "denied"]], undefined]);
      await at(page, "consent").click();
      assert.deepEqual([(await told()).at(-1), await allowed()], [["consent", "update", "granted"], true]);
      await wait(page, true);
      // A consent platform of another make is heard as well.
      await page.evaluate(() => (function () { window.dataLayer.push(arguments); })("consent", "update", { personalization_storage: "denied" }));
      assert.equal(await allowed(), false);
      await wait(page, false);
      assert.equal(await at(page, "consent").getAttribute("aria-checked"), "false");
    }));

  test("Global Privacy Control outweighs what is kept and what is clicked", () =>
    shopper(async (page) => {
      await tab(page, "me");
      await at(page, "consent").click();
      await wait(page, true);
      await page.addInitScript(() => Object.defineProperty(navigator, "globalPrivacyControl", { value: true }));
      await page.reload();
      await page.waitForSelector("html[data-ready]");
      await tab(page, "me");
      assert.equal(await at(page, "consent").count(), 0);
      assert.match(await page.locator("#screen").textContent(), /Global Privacy Control/);
      await at(page, "family").click();
      await wait(page, false);
      await at(page, "export").click();
      const { consent, gpc, purchases } = JSON.parse(await page.locator("[data-testid=exported]:not(:empty)").textContent());
      assert.deepEqual([consent, gpc, purchases], [false, true, 0]);
    }));

  test("nothing is told of a week before the shopper said so, and the page shows it word for word", () =>
    shopper(async (page) => {
      const months = async () => {
        for (let week = 0; week < 9; week += 1) await at(page, "clock-week").click();
      };
      const told = () => page.locator("pre[data-testid=told]");
      await tab(page, "me");
      assert.equal(await at(page, "share").count(), 0, "what was drawn has to be kept, so first that is asked");
      await at(page, "consent").click();
      assert.equal(await at(page, "share").getAttribute("aria-checked"), "false");
      await months();
      assert.equal(await told().count(), 0);
      await at(page, "share").click();
      // Nine weeks are at least one whole period of four, of which one week is told of.
      await months();
      const { id, week, offer, answer, ...rest } = JSON.parse(await told().textContent());
      assert.match(id, /^[0-9a-f]{32}$/);
      assert.ok(Number.isSafeInteger(week) && typeof offer === "string" && ["not_shown", "shown", "useful"].includes(answer));
      assert.deepEqual(rest, {}, "nothing else would leave");
      await at(page, "share").click();
      await months();
      assert.equal(JSON.parse(await told().textContent()).id, id, "taken back is taken back");
    }));

  test("what is remembered can be read, forgotten, and then the shop is quieter, not louder", () =>
    shopper(async (page) => {
      await at(page, "try-family").click();
      await tab(page, "me");
      await at(page, "consent").click();
      await wait(page, true);
      await at(page, "export").click();
      await page.waitForSelector("[data-testid=exported]:not(:empty)");
      const text = await at(page, "exported").textContent();
      assert.ok(Object.keys(JSON.parse(text)).length > 0);
      assert.ok(text.includes("nk-0032") || text.includes("Butter rings") || text.includes("biscuits"), "it names what was bought");
      assert.match(text, /"last": "202\d-\d\d-\d\dT/, "times can be read");
      await at(page, "forget").click();
      await page.waitForFunction(() => document.querySelectorAll("[data-testid=needs] li").length === 0);
      await wait(page, false);
      await scan(page);
      await verdict(page, "hold", "unknown_history");
    }));
});

describe("for everybody", () => {
  const SCREENS = ["shop", "basket", "map", "scan", "me"];

  test("every control has a name and is at least 44 pixels high and wide", () =>
    shopper(
      async (page) => {
        await at(page, "add-nk-0001").click();
        for (const screen of SCREENS) {
          await tab(page, screen);
          await page.waitForTimeout(50);
          const faults = await page.evaluate(() => {
            const name = (one) => one.getAttribute("aria-label") ?? one.labels?.[0]?.textContent ?? one.textContent;
            return [...document.querySelectorAll("button, a, input, select, summary, [role=button], [role=switch]")]
              .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest("[inert]"))
              .map((one) => ({ one: one.outerHTML.slice(0, 90), name: name(one).trim(), box: one.getBoundingClientRect() }))
              .filter(({ name, box }) => !name || Math.min(box.width, box.height) < 43.9)
              .map(({ one, name, box }) => `${one} name=${name} ${box.width}x${box.height}`);
          });
          assert.deepEqual(faults, [], screen);
        }
      },
      { size: { width: 390, height: 844 } },
    ));

  test("one heading of the first level on every screen, focused on arrival", () =>
    shopper(async (page) => {
      for (const screen of SCREENS.slice(1)) {
        await tab(page, screen);
        assert.equal(await page.locator("h1").count(), 1, screen);
        assert.equal(await page.evaluate(() => document.activeElement.localName), "h1", screen);
      }
    }));

  for (const language of ["en", "de"]) test(`nothing sticks out sideways on a small phone (${language})`, () =>
    shopper(
      async (page) => {
        for (const screen of SCREENS) {
          await tab(page, screen);
          const [wide, room] = await page.evaluate(() => {
            const one = document.getElementById("screen");
            return [one.scrollWidth, one.clientWidth];
          });
          assert.ok(wide <= room, `${screen}: ${wide} in ${room}`);
          assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), screen);
        }
      },
      { size: { width: 320, height: 640 }, path: VISIT.replace("language=en", `language=${language}`) },
    ));

  test("on a phone the panel is a sheet: opened by a button, closed by Escape, out of the tab order meanwhile", () =>
    shopper(
      async (page) => {
        assert.equal(await page.evaluate(() => document.getElementById("panel").inert), true);
        await at(page, "panel-open").click();
        assert.equal(await page.evaluate(() => document.getElementById("panel").inert), false);
        assert.equal(await page.evaluate(() => document.activeElement.dataset.testid), "panel-close");
        await page.keyboard.press("Escape");
        assert.equal(await page.evaluate(() => document.getElementById("panel").inert), true);
        assert.equal(await page.evaluate(() => document.activeElement.dataset.testid), "panel-open");
      },
      { size: { width: 390, height: 844 } },
    ));
});

describe("the studio", () => {
  const findings = async (page, what) => {
    await page.waitForFunction((source) => new RegExp(source).test(document.getElementById("verdict").textContent), what);
  };

  /** Chromium takes seconds to type 80 KB into any text area; a paste of the whole text is not what is tested here. */
  const write = (page, text) =>
    at(page, "catalog").evaluate((one, text) => {
      one.value = text;
      one.dispatchEvent(new Event("input"));
    }, text);

  test("lists problems with their place, goes there, and tries a good catalog in the shop", () =>
    shopper(
      async (page) => {
        await findings(page, "No problems");
        const text = await at(page, "catalog").inputValue();
        await write(page, text.replace("presence.in_store &&", "presence.in_shop &&"));
        await findings(page, "1 problem");
        const line = text.slice(0, text.indexOf("presence.in_store &&")).split("\n").length;
        assert.match(await at(page, "issue-0").textContent(), new RegExp(`^${line}:\\d+.*presence\\.in_shop`));
        await at(page, "issue-0").click();
        const chosen = await at(page, "catalog").evaluate((one) => one.value.slice(one.selectionStart, one.selectionEnd));
        assert.match(chosen, /in_shop/);
        await at(page, "try").click();
        assert.match(page.url(), /studio/, "a broken catalog is not tried");
        await write(page, text.replace('"name": "Nordkorb"', '"name": "Südkorb"'));
        await findings(page, "No problems");
        await at(page, "try").click();
        await page.waitForSelector("#trial:not([hidden])");
        assert.equal(await page.locator("#wordmark").textContent(), "Südkorb");
      },
      { path: "studio.html" },
    ));

  test("lives a year beside the page, says what the command line says, and stops when asked", () =>
    shopper(
      async (page) => {
        await findings(page, "No problems");
        await at(page, "year").click();
        await page.waitForSelector("#lived progress");
        await at(page, "year").click();
        await page.waitForSelector("#lived", { state: "hidden" });
        const text = await at(page, "catalog").inputValue();
        await write(page, text.replace('"most_messages_a_week": 2', '"most_messages_a_week": 0.01'));
        await findings(page, "No problems");
        await at(page, "year").click();
        await page.waitForSelector("#lived progress");
        await page.evaluate(() => {
          globalThis.ticks = 0;
          const tick = () => void (globalThis.ticks++, requestAnimationFrame(tick));
          tick();
        });
        await page.waitForSelector("#lived .tiles", { timeout: 120_000 });
        assert.ok((await page.evaluate(() => globalThis.ticks)) > 5, "the page went on drawing meanwhile");
        assert.equal(await page.locator("#lived .tiles li").count(), 6);
        assert.match(await at(page, "lived").textContent(), /most_messages_a_week.*more than the most of 0\.01/);
        assert.ok(await page.locator("#earlier").isHidden(), "it was lived with the text that stands there");
        await write(page, '{"name": ');
        await page.getByText("With the text before your last changes.").waitFor();
        const [saved] = await Promise.all([page.waitForEvent("download"), at(page, "report").click()]);
        assert.match(await readFile(await saved.path(), "utf8"), /^<!doctype html>[^]*365 days with Nordkorb/);
        const lived = JSON.parse(await at(page, "lived").evaluate((one) => one.dataset.json));
        const { thresholds: _, ...native } = JSON.parse(await tactful(["simulate", CATALOG, "--people", "300", "--json"]));
        const { thresholds: __, ...inTab } = lived;
        assert.equal(JSON.stringify(inTab), JSON.stringify(native), "the tab and the command line live the same year");
      },
      { path: "studio.html" },
    ));

  test("broken text is one problem with its place, not a crash", () =>
    shopper(
      async (page) => {
        await findings(page, "No problems");
        await write(page, '{"name": ');
        await findings(page, "1 problem");
        assert.match(await at(page, "issue-0").textContent(), /^1:\d+/);
      },
      { path: "studio.html" },
    ));
});

test("a report of `tactful simulate` is read on a phone", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tactful-report-"));
  const context = await browser.newContext({ viewport: { width: 360, height: 760 } });
  try {
    const file = join(folder, "report.html");
    // Where so few people keep no bound, the exit code says so.
    await tactful(["simulate", CATALOG, "--people", "20", "--days", "28", "-o", file]).catch(({ code }) => assert.equal(code, 1));
    const page = await context.newPage();
    await page.goto(pathToFileURL(file).href);
    const figures = await page.locator("svg text").evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height).filter((height) => height > 0));
    assert.ok(figures.length > 10 && Math.min(...figures) >= 9, `figures of ${Math.min(...figures)} px`);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing is beyond the edge");
  } finally {
    await context.close();
    await rm(folder, { recursive: true, force: true });
  }
});

describe("screenshots", () => {
  const SIZES = { phone: { width: 390, height: 844 }, desk: { width: 1280, height: 800 } };
  for (const [name, size] of Object.entries(SIZES)) {
    for (const scheme of ["light", "dark"]) {
      test(`${name}, ${scheme}`, async () => {
        await mkdir(SCREENSHOTS, { recursive: true });
        const shoot = (page, what) => page.screenshot({ path: `${SCREENSHOTS}${name}-${scheme}-${what}.png` });
        await shopper(
          async (page) => {
            await shoot(page, "home");
            await walkIn(page);
            await page.waitForTimeout(600);
            await shoot(page, "card");
            await button(page, "Close").click();
            await scan(page);
            await verdict(page, "hold");
            await shoot(page, "silence");
            if (name === "phone") {
              await at(page, "panel-open").click();
              await page.waitForTimeout(400);
              await shoot(page, "panel");
            }
          },
          { size, scheme, reducedMotion: "no-preference" },
        );
        await shopper(
          async (page) => {
            await page.waitForFunction(() => /No problems/.test(document.getElementById("verdict").textContent));
            await shoot(page, "studio");
          },
          { size, scheme, path: "studio.html" },
        );
      });
    }
  }
});
