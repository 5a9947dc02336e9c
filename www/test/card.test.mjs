// The card by itself, in a page with a strict policy: what it shows, what it reports, what it never does.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch } from "../../pkg/test/hosts.mjs";
import { serve } from "../serve.mjs";

const SHOW = {
  kind: "show",
  id: "0123456789abcdef",
  placement: "aisle",
  at: 0,
  offer: { id: "biscuits", kind: "coupon", title: "20 % off biscuits", text: "Here and now.", picture: "🍪" },
  savings: { currency: "EUR", saves: 200, pays: 1799, missing: 0 },
  because: [{ reason: "scanned", subject: "biscuits" }],
  propensity: 1_000_000,
  trace: { funnel: { offers: 1, candidates: 1, survivors: 1 }, refused: [], cost: 0 },
};

let browser, server, context, page;

before(async () => {
  server = await serve({ port: 0 });
  browser = await launch();
  context = await browser.newContext();
  page = await context.newPage();
  await page.goto(server.url);
  await page.waitForSelector("html[data-ready]");
  await page.evaluate(prepare);
});

after(async () => {
  await browser?.close();
  await server?.close();
});

/** Runs in the page: `fresh` puts a card there, and logs what it says. */
function prepare() {
  globalThis.fresh = (parent = document.body) => {
    document.querySelector("tactful-card.fresh")?.remove();
    const card = document.createElement("tactful-card");
    card.className = "fresh";
    const events = [];
    for (const name of ["offer-shown", "offer-reply", "offer-stopped"]) {
      card.addEventListener(name, ({ type, detail, bubbles, composed, cancelable }) =>
        events.push([type, detail.decision.id, detail.reply ?? "", bubbles && composed && cancelable]),
      );
    }
    parent.append(card);
    const part = (name) => card.shadowRoot.querySelector(`[part~="${name}"]`);
    return { card, events, part };
  };
}

/** The decision with something else in it. */
const showing = ({ offer, ...change } = {}) => ({ ...SHOW, ...change, offer: { ...SHOW.offer, ...offer } });

describe("the card", () => {
  test("importing it registers nothing, and works where there is no browser", async () => {
    const { TactfulCard } = await import("tactful/card");
    assert.equal(typeof TactfulCard.define, "function");
    await import("tactful/card/define");
    assert.equal(globalThis.customElements, undefined);
  });

  test("shows the offer, its saving and the reason, named by its title and read aloud once", async () => {
    const seen = await page.evaluate((show) => {
      const { card, part, events } = fresh();
      card.language = "en";
      card.reason = "Because you scanned Biscuits.";
      card.decision = show;
      const region = part("card");
      return {
        kind: part("kind").textContent,
        title: part("title").textContent,
        text: part("text").textContent,
        picture: part("picture").textContent,
        savings: part("savings").textContent.replace(/\s+/g, " "),
        reason: part("reason").textContent,
        role: region.getAttribute("role"),
        label: card.shadowRoot.getElementById(region.getAttribute("aria-labelledby")).textContent,
        aloud: [...card.shadowRoot.querySelectorAll("[aria-live=polite]")].map((one) => one.textContent),
        focused: document.activeElement === card,
        events,
        open: card.open,
      };
    }, SHOW);
    assert.deepEqual(seen, {
      kind: "Coupon",
      title: "20 % off biscuits",
      text: "Here and now.",
      picture: "🍪",
      savings: "Saves €2.00basket then €17.99",
      reason: "Because you scanned Biscuits.",
      role: "region",
      label: "20 % off biscuits",
      aloud: ["20 % off biscuits. Because you scanned Biscuits."],
      focused: false,
      events: [["offer-shown", SHOW.id, "", true]],
      open: true,
    });
  });

  test("speaks German, and counts in the currency's own minor units", async () => {
    const seen = await page.evaluate(
      (shows) =>
        shows.map((show) => {
          const { card, part } = fresh();
          card.language = "de";
          card.decision = show;
          return [part("card").lang, part("savings")?.textContent.replace(/\s+/g, " "), part("saved")?.textContent];
        }),
      [
        SHOW,
        showing({ savings: { currency: "EUR", saves: 0, pays: 1599, missing: 401 } }),
        showing({ savings: { currency: "JPY", saves: 200, pays: 1799, missing: 0 } }),
        showing({ savings: { currency: "HUF", saves: 100_000, pays: 899_900, missing: 0 } }),
        showing({ offer: { kind: "service" }, savings: undefined }),
      ],
    );
    assert.deepEqual(seen, [
      ["de", "Spart 2,00 €Korb dann 17,99 €", "Nehmen"],
      ["de", "Noch 4,01 €, dann gilt er", "Nehmen"],
      ["de", "Spart 200 ¥Korb dann 1.799 ¥", "Nehmen"],
      // Written without fillér, and counted in them.
      ["de", "Spart 1.000 HUFKorb dann 8.999 HUF", "Nehmen"],
      ["de", undefined, undefined],
    ]);
  });

  test("has an entry to say something else only where the page wants it, and stays open beside it", async () => {
    const seen = await page.evaluate((show) => {
      const { card, part, events } = fresh();
      card.language = "de";
      card.decision = show;
      const before = part("tell");
      let heard;
      card.addEventListener("voice-open", ({ detail }) => (heard = detail.decision.offer.id));
      card.voice = true;
      part("tell").click();
      return [before, part("tell").textContent, heard, card.open, events.length];
    }, SHOW);
    assert.deepEqual(seen, [null, "Sag es uns", "biscuits", true, 1]);
  });

  test("takes the language of a browser, with a region or another than its own two", async () => {
    const seen = await page.evaluate((show) => ["de-AT", "en-GB", "fr"].map((language) => {
      const { card, part } = fresh();
      card.language = language;
      card.decision = show;
      return [card.language, part("later").textContent];
    }), SHOW);
    assert.deepEqual(seen, [["de", "Später"], ["en", "Later"], ["en", "Later"]]);
  });

  test("takes its language from the page where none is set", async () => {
    const seen = await page.evaluate((show) => {
      const place = document.createElement("div");
      place.lang = "de-AT";
      document.body.append(place);
      const { card, part } = fresh(place);
      card.decision = show;
      const said = part("useful").textContent;
      place.remove();
      return said;
    }, SHOW);
    assert.equal(seen, "Nützlich");
  });

  test("a hold is silence: it closes the card, and nothing is reported", async () => {
    const seen = await page.evaluate((show) => {
      const { card, events } = fresh();
      card.decision = show;
      card.decision = { ...show, kind: "hold", why: "resting", offer: undefined };
      return { open: card.open, decision: card.decision, events: events.map(([type]) => type) };
    }, SHOW);
    assert.deepEqual(seen, { open: false, decision: undefined, events: ["offer-shown"] });
  });

  for (const reply of ["saved", "useful", "later", "less_like_this", "never_again"]) {
    test(`the button for ${reply} reports it once, says so, and takes no second answer`, async () => {
      const seen = await page.evaluate(
        ([show, reply]) => {
          const { card, part, events } = fresh();
          card.language = "en";
          card.decision = show;
          const pressed = part(reply);
          pressed.click();
          pressed.click();
          return { events: events.slice(1), thanks: part("thanks").textContent, buttons: card.shadowRoot.querySelectorAll("button").length, open: card.open };
        },
        [SHOW, reply],
      );
      assert.deepEqual(seen.events, [["offer-reply", SHOW.id, reply, true]]);
      assert.ok(seen.thanks.length > 3);
      assert.deepEqual([seen.buttons, seen.open], [0, false]);
    });
  }

  test("is not shown again once it has its answer, wherever the page puts it meanwhile", async () => {
    const seen = await page.evaluate((show) => {
      const { card, part, events } = fresh();
      card.decision = show;
      part("never_again").click();
      const place = document.body.appendChild(document.createElement("div"));
      place.append(card);
      const moved = [card.open, card.decision, events.length];
      card.decision = show;
      document.body.append(card);
      const open = [card.open, card.decision?.id];
      place.remove();
      return { moved, open };
    }, SHOW);
    assert.deepEqual(seen, { moved: [false, undefined, 2], open: [true, SHOW.id] });
  });

  test("closes at once by its button, and by Escape only where the focus is inside", async () => {
    await page.evaluate((show) => {
      globalThis.held = fresh();
      held.card.decision = show;
    }, SHOW);
    await page.keyboard.press("Escape");
    assert.equal(await page.evaluate(() => held.card.open), true);
    await page.evaluate(() => held.part("useful").focus());
    await page.keyboard.press("Escape");
    assert.deepEqual(await page.evaluate(() => [held.card.open, held.card.decision, held.events.at(-1)[2]]), [false, undefined, "dismissed"]);
    const closed = await page.evaluate((show) => {
      const { card, part, events } = fresh();
      card.decision = show;
      part("close").click();
      return [card.open, events.at(-1)[2], part("close")];
    }, SHOW);
    assert.deepEqual(closed, [false, "dismissed", null]);
  });

  test("has room for its button, and full stops at the end, in a page that is written from right to left", async () => {
    const seen = await page.evaluate((show) => {
      const page = document.body.appendChild(document.createElement("div"));
      Object.assign(page.style, { position: "fixed", inset: "0 auto auto 0", inlineSize: "320px" });
      const found = ["ltr", "rtl"].map((dir) => {
        page.dir = dir;
        const { card, part } = fresh(page);
        card.reason = "Because you scanned Biscuits.";
        card.decision = show;
        const rects = (name) => {
          const range = document.createRange();
          range.selectNodeContents(part(name));
          return [...range.getClientRects()];
        };
        const close = part("close").getBoundingClientRect();
        const covered = rects("title").some((line) => line.left < close.right - 1 && line.right > close.left + 1 && line.top < close.bottom && line.bottom > close.top);
        const sentence = part("reason").firstChild;
        const letter = (at) => {
          const range = document.createRange();
          range.setStart(sentence, at);
          range.setEnd(sentence, at + 1);
          return range.getBoundingClientRect().left;
        };
        return [covered, letter(sentence.length - 1) > letter(sentence.length - 2)];
      });
      page.remove();
      return found;
    }, showing({ offer: { title: "a b c d e f g ".repeat(12).trim() } }));
    assert.deepEqual(seen, [[false, true], [false, true]]);
  });

  test("gives the focus back to where it came from", async () => {
    const before = await page.evaluate((show) => {
      const field = document.querySelector("[data-testid=search]");
      field.focus();
      globalThis.held = fresh();
      held.card.decision = show;
      const stolen = document.activeElement !== field;
      held.part("later").focus();
      held.part("later").click();
      return [stolen, document.activeElement === field];
    }, SHOW);
    assert.deepEqual(before, [false, true]);
  });

  test("markup in words stays text, and only emoji and https pictures are shown", async () => {
    const asked = [];
    const hear = (request) => asked.push(request.url());
    page.on("request", hear);
    const evil = "<img src=x onerror=\"document.title='broken'\"><b>bold</b>";
    const seen = await page.evaluate(
      ([evil, shows]) => {
        const pictures = shows.map((show) => {
          const { card, part } = fresh();
          card.reason = evil;
          card.decision = show;
          return part("picture")?.outerHTML ?? "";
        });
        const { card, part } = fresh();
        card.reason = evil;
        card.decision = shows[0];
        return { pictures, elements: card.shadowRoot.querySelectorAll("img, b").length, title: part("title").textContent, reason: part("reason").textContent, page: document.title };
      },
      [evil, ["http://127.0.0.1:9/x.png", "javascript:alert(1)", "data:image/png;base64,AA==", "//127.0.0.1:9/x.png", "/x.png"].map((picture) => showing({ offer: { title: evil, text: evil, picture } }))],
    );
    page.off("request", hear);
    assert.deepEqual(seen.pictures, ["", "", "", "", ""]);
    assert.deepEqual([seen.elements, seen.title, seen.reason], [0, evil, evil]);
    assert.notEqual(seen.page, "broken");
    assert.deepEqual(asked, []);
  });

  test("an https picture is an image without a referrer, and goes when it is broken", async () => {
    const attributes = await page.evaluate((show) => {
      globalThis.held = fresh();
      held.card.decision = show;
      const image = held.part("picture").querySelector("img");
      return [image.getAttribute("src"), image.alt, image.referrerPolicy];
    }, showing({ offer: { picture: "https://127.0.0.1:9/none.png" } }));
    assert.deepEqual(attributes, ["https://127.0.0.1:9/none.png", "", "no-referrer"]);
    await page.waitForFunction(() => held.part("picture") === null);
  });

  test("the page may refuse a card before it shows, and a reply before it counts", async () => {
    const seen = await page.evaluate((show) => {
      const refused = fresh();
      refused.card.addEventListener("offer-shown", (event) => event.preventDefault());
      refused.card.decision = show;
      const first = [refused.card.open, refused.card.decision ?? null];
      const kept = fresh();
      kept.card.decision = show;
      kept.card.addEventListener("offer-reply", (event) => event.preventDefault());
      kept.part("close").click();
      return [first, kept.card.open];
    }, SHOW);
    assert.deepEqual(seen, [[false, null], true]);
  });

  test("an offer that is stopped goes at once, gives the focus back, and does not come again", async () => {
    const seen = await page.evaluate((show) => {
      const before = document.body.appendChild(document.createElement("button"));
      before.focus();
      const { card, part, events } = fresh();
      card.decision = show;
      part("later").focus();
      card.stopped = ["another"];
      const still = card.open;
      card.stopped = ["another", show.offer.id];
      const gone = [card.open, card.decision ?? null, document.activeElement === before];
      card.decision = show;
      const again = card.open;
      card.stopped = [];
      card.decision = show;
      before.remove();
      return { still, gone, again, back: card.open, events: events.map(([type]) => type) };
    }, SHOW);
    assert.deepEqual(seen, { still: true, gone: [false, null, true], again: false, back: true, events: ["offer-shown", "offer-stopped", "offer-stopped", "offer-shown"] });
  });

  test("takes over what was set before it was defined, and shows it when it is", async () => {
    const seen = await page.evaluate((show) => {
      const late = document.createElement("late-card");
      late.decision = show;
      late.language = "de";
      document.body.append(late);
      const Late = class extends customElements.get("tactful-card") {};
      Late.define("late-card");
      Late.define("late-card");
      const title = late.shadowRoot.querySelector("[part=title]").textContent;
      const said = late.shadowRoot.querySelector("[part~=useful]").textContent;
      late.remove();
      return [title, said];
    }, SHOW);
    assert.deepEqual(seen, ["20 % off biscuits", "Nützlich"]);
  });

  test("new words in an open card keep the focus where it is", async () => {
    const seen = await page.evaluate((show) => {
      const { card, part } = fresh();
      card.language = "en";
      card.decision = show;
      part("later").focus();
      card.language = "de";
      return [card.shadowRoot.activeElement?.textContent, part("kind").textContent];
    }, SHOW);
    assert.deepEqual(seen, ["Später", "Gutschein"]);
  });

  test("moves only where motion is welcome, and shows its edges in forced colours", async () => {
    const moves = async (options) => {
      await page.emulateMedia(options);
      return page.evaluate((show) => {
        const { card, part } = fresh();
        card.decision = show;
        const style = getComputedStyle(part("card"));
        return [style.animationName, getComputedStyle(part("useful")).borderTopColor];
      }, SHOW);
    };
    const [usual] = await moves({ reducedMotion: "no-preference" });
    const [calm] = await moves({ reducedMotion: "reduce" });
    const [, edge] = await moves({ forcedColors: "active" });
    await page.emulateMedia({ reducedMotion: null, forcedColors: null });
    assert.deepEqual([usual, calm], ["rise", "none"]);
    assert.notEqual(edge, "rgba(0, 0, 0, 0)");
  });
});
