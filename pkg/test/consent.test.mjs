/** What the shopper allows: read from where pages keep it, the most restrictive source first, and obeyed by the engine. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { load } from "tactful";
import { watchConsent, watchDataLayer } from "tactful/page";
import { pack } from "./hosts.mjs";

const WAIT_MS = 10_000;

/** Watches, with a clock of its own; `told` are the signals without their times. */
function watching(context, sources, options) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const told = [];
  const observe = (signals) => {
    for (const { at, ...signal } of [signals].flat()) told.push(signal);
    return [];
  };
  const stop = watchConsent(sources, { observe }, { now: () => 7, ...options });
  return { told, stop, wait: (ms) => context.mock.timers.tick(ms), answers: () => told.map(({ remember }) => remember) };
}

/** As the snippet of gtag has it. */
const gtag = (layer) => function () { layer.push(arguments); };
const all = (value) => ({ ad_storage: value, ad_user_data: value, ad_personalization: value, analytics_storage: value });

describe("Google consent mode", () => {
  test("a default of no, then a yes, then a withdrawal", (context) => {
    const layer = [];
    gtag(layer)("consent", "default", { ...all("denied"), wait_for_update: 500 });
    const { told, stop, wait } = watching(context, { layer });
    assert.deepEqual(told, [], "what was allowed before holds until the shopper's answer is there");
    gtag(layer)("consent", "update", all("granted"));
    assert.deepEqual(told, [{ type: "consent", remember: true }]);
    gtag(layer)("consent", "update", { ad_storage: "granted" });
    wait(60_000);
    assert.equal(told.length, 1, "only changes are told");
    gtag(layer)("consent", "update", { ad_personalization: "denied" });
    assert.deepEqual(told.at(-1), { type: "consent", remember: false });
    stop();
    gtag(layer)("consent", "update", all("granted"));
    assert.equal(told.length, 2);
  });

  test("no answer in time is a no, and so is none at all", (context) => {
    const layer = [];
    gtag(layer)("consent", "default", all("denied"));
    const { answers, wait } = watching(context, { layer });
    wait(WAIT_MS - 1);
    assert.deepEqual(answers(), []);
    wait(1);
    assert.deepEqual(answers(), [false]);
  });

  test("who waits without end has no answer, rather than a no at once", async () => {
    const told = [];
    const layer = [];
    gtag(layer)("consent", "default", { personalization_storage: "granted", wait_for_update: 1e12 });
    const stops = [{}, { waitMs: Infinity }, { waitMs: 2 ** 31 }].map((options) => watchConsent({ layer }, { observe: (signals) => void told.push(signals) }, options));
    // A timer that is too long fires after one millisecond, before this one.
    await new Promise((resolve) => setTimeout(resolve, 20));
    stops.forEach((stop) => stop());
    assert.deepEqual(told, []);
  });

  test("nothing said is a no", (context) => {
    const { answers, wait } = watching(context, { layer: [{ event: "gtm.js" }, ["consent", "update", all("granted")], null] });
    wait(WAIT_MS);
    assert.deepEqual(answers(), [false]);
  });

  test("a default of yes counts when no update is waited for any more", (context) => {
    const layer = [];
    gtag(layer)("consent", "default", { ...all("granted"), wait_for_update: 500 });
    const { answers, wait } = watching(context, { layer });
    wait(499);
    assert.deepEqual(answers(), []);
    wait(1);
    assert.deepEqual(answers(), [true]);
  });

  test("what a template of the tag manager pushes is seen, also while another push is worked off", (context) => {
    const window = { dataLayer: [{ event: "gtm.js" }] };
    const { answers } = watching(context, { layer: window });
    const { dataLayer } = window;
    const { push } = dataLayer;
    // The container puts a `push` of its own in place, and runs the template as the tag of an event.
    const template = gtag(dataLayer);
    dataLayer.push = (...entries) => {
      const length = push.apply(dataLayer, entries);
      if (entries.some(({ event }) => event === "cmp_ready")) template("consent", "default", { ...all("denied"), wait_for_update: 500 });
      if (entries.some(({ event }) => event === "cmp_done")) template("consent", "update", all("granted"));
      return length;
    };
    dataLayer.push({ event: "cmp_ready" });
    assert.deepEqual(answers(), []);
    dataLayer.push({ event: "cmp_done" });
    assert.deepEqual(answers(), [true]);
    assert.equal(dataLayer.length, 5);
  });

  const needed = {
    "personalization_storage alone": [{ personalization_storage: "granted" }, true],
    "both for advertising": [{ ad_storage: "granted", ad_personalization: "granted" }, true],
    "ad_storage alone": [{ ad_storage: "granted" }, false],
    "statistics, function and security": [{ analytics_storage: "granted", functionality_storage: "granted", security_storage: "granted" }, false],
    "personalisation, but not of advertising": [{ personalization_storage: "granted", ad_personalization: "denied" }, false],
    "advertising, but no personalisation": [{ ...all("granted"), personalization_storage: "denied" }, false],
    "words that are no answer": [{ ad_storage: true, ad_personalization: "yes" }, false],
  };
  for (const [name, [update, remember]] of Object.entries(needed)) {
    test(`${name}: ${remember ? "may be remembered" : "may not"}`, (context) => {
      const layer = [];
      gtag(layer)("consent", "update", update);
      const { answers, wait } = watching(context, { layer });
      wait(WAIT_MS);
      assert.deepEqual(answers(), [remember]);
    });
  }

  const regions = [
    [undefined, [[all("granted")], [all("denied"), ["ES", "US-AK"]]], false, "a refusal for any region counts where the region is not known"],
    [undefined, [[all("denied"), ["ES"]], [all("granted")]], false, "in any order"],
    [undefined, [[all("granted"), ["US"]]], false, "a grant for some does not"],
    ["FI", [[all("granted")], [all("denied"), ["ES"]]], true, "what is for others does not matter"],
    ["ES", [[all("granted")], [all("denied"), ["ES"]]], false, "the shopper's country"],
    ["US-CA", [[all("denied"), ["US"]], [all("granted"), ["US-CA"]]], true, "the more specific region"],
    ["US-CA", [[all("granted"), ["US-CA"]], [all("denied"), ["US"]]], true, "in any order"],
    ["US-NY", [[all("granted")], [all("denied"), ["US"]]], false, "a country is of all its regions"],
    ["US", [[all("granted")], [all("denied"), ["US-CA"]]], false, "they may be in the one that refuses"],
    ["US", [[all("granted"), ["US-CA"]]], false, "and not in the one that grants"],
  ];
  for (const [region, defaults, remember, name] of regions) {
    test(`by region (${region ?? "unknown"}): ${name}`, (context) => {
      const layer = [];
      for (const [state, region] of defaults) gtag(layer)("consent", "default", { ...state, ...(region && { region }) });
      const { answers, wait } = watching(context, { layer }, { region });
      wait(WAIT_MS);
      assert.deepEqual(answers(), [remember]);
    });
  }

  test("a window whose layer comes later, beside the shop events", (context) => {
    const window = {};
    const seen = [];
    const end = watchDataLayer(window, { observe: (signal) => seen.push(signal) });
    const { answers, stop } = watching(context, { layer: window });
    window.dataLayer = [];
    gtag(window.dataLayer)("consent", "update", all("granted"));
    window.dataLayer.push({ event: "view_cart", ecommerce: { items: [] } });
    assert.deepEqual([answers(), seen.length], [[true], 1]);
    end();
    gtag(window.dataLayer)("consent", "update", all("denied"));
    assert.deepEqual(answers(), [true, false]);
    stop();
    assert.ok(!Object.hasOwn(window.dataLayer, "push"));
  });
});

/** A consent platform as the specification has it: a stub that keeps what it is asked, then the platform itself. */
function platform(window) {
  const queue = [];
  const listeners = new Map();
  window.__tcfapi = (...call) => queue.push(call);
  let data = { gdprApplies: undefined, eventStatus: undefined };
  const tell = () => listeners.forEach((callback, listenerId) => callback({ ...data, listenerId }, true));
  const api = (command, version, callback, parameter) => {
    assert.equal(version, 2);
    if (command === "addEventListener") {
      listeners.set(listeners.size, callback);
      callback({ ...data, listenerId: listeners.size - 1 }, true);
    } else if (command === "removeEventListener") callback(listeners.delete(parameter));
    else callback(null, false);
  };
  return {
    listeners,
    says(change) {
      data = { ...data, ...change };
      tell();
    },
    loads() {
      window.__tcfapi = api;
      queue.splice(0).forEach((call) => api(...call));
    },
  };
}

const purposes = (...granted) => ({ consents: Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((one) => [one, granted.includes(one)])) });

describe("TCF", () => {
  test("a stub, the question, a yes, a change of mind", (context) => {
    const window = {};
    const cmp = platform(window);
    const { answers, stop, wait } = watching(context, { tcf: window });
    cmp.says({ gdprApplies: true, eventStatus: "cmpuishown", purpose: purposes() });
    cmp.loads();
    assert.deepEqual(answers(), []);
    wait(WAIT_MS);
    assert.deepEqual(answers(), [false], "while they are asked, nothing is remembered");
    cmp.says({ eventStatus: "useractioncomplete", purpose: purposes(1, 2, 3, 4, 7) });
    cmp.says({ eventStatus: "cmpuishown" });
    cmp.says({ eventStatus: "useractioncomplete", purpose: purposes(1, 2) });
    assert.deepEqual(answers(), [false, true, false]);
    stop();
    assert.equal(cmp.listeners.size, 0);
  });

  test("a stub that answers after we have stopped is left, too", (context) => {
    const window = {};
    const cmp = platform(window);
    const { told, stop } = watching(context, { tcf: window });
    stop();
    cmp.loads();
    assert.deepEqual([cmp.listeners.size, told], [0, []]);
  });

  test("a platform that loads after us is found", (context) => {
    const window = {};
    const { answers, wait } = watching(context, { tcf: window });
    wait(1_000);
    const cmp = platform(window);
    cmp.loads();
    cmp.says({ gdprApplies: true, eventStatus: "tcloaded", purpose: purposes(1, 3, 4) });
    wait(250);
    assert.deepEqual(answers(), [true]);
  });

  const cases = {
    "purposes 1, 3 and 4 allow it": [{ gdprApplies: true, purpose: purposes(1, 3, 4) }, {}, true],
    "storing alone does not": [{ gdprApplies: true, purpose: purposes(1) }, {}, false],
    "profiles without storing do not": [{ gdprApplies: true, purpose: purposes(3, 4, 5, 6) }, {}, false],
    "content is not advertising": [{ gdprApplies: true, purpose: purposes(1, 5, 6) }, {}, false],
    "a legitimate interest is no consent": [{ gdprApplies: true, purpose: { consents: {}, legitimateInterests: { 1: true, 3: true, 4: true } } }, {}, false],
    "the publisher's own purposes count first, no": [{ gdprApplies: true, purpose: purposes(1, 3, 4), publisher: purposes(1, 2) }, {}, false],
    "the publisher's own purposes count first, yes": [{ gdprApplies: true, purpose: purposes(), publisher: purposes(1, 3, 4) }, {}, true],
    "whether the GDPR applies is not known": [{ purpose: purposes(1, 3, 4) }, {}, true],
    "the GDPR does not apply: nobody has allowed it": [{ gdprApplies: false }, {}, false],
    "the GDPR does not apply, and the shop says that this is enough": [{ gdprApplies: false }, { outsideGdpr: true }, true],
    "what was said to all publishers at once is invalid": [{ gdprApplies: true, isServiceSpecific: false, purpose: purposes(1, 3, 4) }, {}, false],
    "no data": [{ purpose: undefined, gdprApplies: true }, {}, false],
  };
  for (const [name, [data, options, remember]] of Object.entries(cases)) {
    test(name, (context) => {
      const window = {};
      const cmp = platform(window);
      const { answers } = watching(context, { tcf: window }, options);
      cmp.loads();
      cmp.says({ eventStatus: "tcloaded", ...data });
      assert.deepEqual(answers(), [remember]);
    });
  }

  test("a platform that breaks is no answer, and no fault of the page's", (context) => {
    context.mock.method(console, "debug", () => {});
    const tcf = { __tcfapi() { throw new TypeError("broken"); } };
    const { answers, stop, wait } = watching(context, { tcf });
    wait(WAIT_MS);
    assert.deepEqual(answers(), [false]);
    stop();
  });

  test("nor where it breaks when it is left", (context) => {
    context.mock.method(console, "debug", () => {});
    const { answers, stop } = watching(context, { tcf: { __tcfapi(command, _, callback) {
      if (command !== "addEventListener") throw new TypeError("broken");
      callback({ eventStatus: "tcloaded", gdprApplies: true, isServiceSpecific: true, listenerId: 1, purpose: { consents: { 1: true, 3: true, 4: true } } }, true);
    } } });
    assert.deepEqual(answers(), [true]);
    stop();
  });

  test("a platform in a faulty state says nothing", (context) => {
    const window = { __tcfapi: (command, version, callback) => callback(null, false) };
    const { answers, wait } = watching(context, { tcf: window });
    assert.deepEqual(answers(), []);
    wait(WAIT_MS);
    assert.deepEqual(answers(), [false]);
  });
});

describe("several sources", () => {
  test("must all allow it, and one that refuses is enough", (context) => {
    const [layer, window] = [[], {}];
    const cmp = platform(window);
    cmp.loads();
    const { answers } = watching(context, { layer, tcf: window, gpc: { globalPrivacyControl: false } });
    gtag(layer)("consent", "update", all("granted"));
    assert.deepEqual(answers(), []);
    cmp.says({ gdprApplies: true, eventStatus: "tcloaded", purpose: purposes(1, 3, 4) });
    assert.deepEqual(answers(), [true]);
    gtag(layer)("consent", "update", all("denied"));
    assert.deepEqual(answers(), [true, false]);
  });

  test("Global Privacy Control outweighs them all", (context) => {
    const layer = [];
    const { told, wait } = watching(context, { layer, gpc: { globalPrivacyControl: true } });
    gtag(layer)("consent", "update", all("granted"));
    wait(WAIT_MS);
    assert.deepEqual(told, [{ type: "request", gpc: true }, { type: "consent", remember: false }]);
  });

  test("no objection alone allows nothing", (context) => {
    const { told, wait } = watching(context, { gpc: { globalPrivacyControl: undefined } });
    wait(WAIT_MS);
    assert.deepEqual(told, []);
  });

  test("an engine that refuses does not reach the page's scripts", (context) => {
    const debug = context.mock.method(console, "debug", () => {});
    watchConsent({ gpc: { globalPrivacyControl: true } }, { observe() { throw new Error("freed"); } });
    assert.equal(debug.mock.callCount(), 1);
  });
});

describe("the engine obeys", () => {
  const AT = Date.parse("2026-11-21T12:00:00+02:00");
  const purchase = (transaction_id) => ({ type: "purchase", at: AT, transaction_id, items: [{ item_id: "nk-0032", price: 2.19 }] });
  const shopper = async () => {
    const bytes = await pack();
    const tact = await load({ pack: bytes, seed: 1, now: AT });
    return { tact, saved: async () => (await load({ pack: bytes, state: tact.save(), now: AT })).export() };
  };

  test("consent from the page makes purchases last, its withdrawal forgets them at once", async () => {
    const layer = [];
    const { tact, saved } = await shopper();
    const stop = watchConsent({ layer }, tact, { now: () => AT });
    tact.observe(purchase("a"));
    assert.deepEqual((await saved()).products, [], "before the answer");
    gtag(layer)("consent", "update", all("granted"));
    assert.equal((await saved()).products.length, 1);
    gtag(layer)("consent", "update", all("denied"));
    assert.deepEqual([(await saved()).products, tact.export().products, tact.export().purchases], [[], [], 0]);
    tact.observe(purchase("b"));
    assert.deepEqual(tact.export().products, [], "and nothing is noted from then on");
    stop();
  });

  test("Global Privacy Control keeps what was bought out of the bytes, whatever was allowed", async () => {
    const { tact, saved } = await shopper();
    tact.observe([{ type: "consent", at: AT, remember: true }, purchase("a")]);
    assert.equal((await saved()).products.length, 1);
    tact.observe([{ type: "request", at: AT, gpc: true }]);
    const { gpc, consent, products, categories, purchases, basket } = await saved();
    assert.deepEqual({ gpc, consent, products, categories, purchases, basket }, { gpc: true, consent: true, products: [], categories: [], purchases: 0, basket: [] });
  });
});
