/** A till: spent before it is honoured, whatever breaks off; caps offline; doubles named; pictures of a bound coupon refused. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { createTill, inMemory, ledgerAt, openKeys, readCode } from "tactful/till";
import { holderTag, keepPresenting, makeHolderKey, present, qrOf } from "tactful/wallet";
import { browse, bundle, serveFiles } from "./hosts.mjs";
import { DAY, MINUTE, NOW, at, shop } from "./tokens.mjs";

const CAMPAIGN = createHash("sha256").update("oat-milk").digest("hex").slice(0, 16);
const here = shop();
const keys = await here.keys();
const issued = here.issue("--amount", "300", "--offline", "--count", "20", "--seed", "1");
const [{ token, qr, code }] = issued;
/** When a hold of another till is over. */
const HELD = NOW + 10 * MINUTE;
const terms = (offline = { per_till: 2 }) => ({ coupons: [{ campaign: CAMPAIGN, budget: { offline } }] });

function till(more = {}) {
  return createTill({ id: "till-1", merchant: 77, stores: [12], keys, terms: terms(), spent: inMemory(), clock: () => NOW, ...more });
}

/**
 * What a ledger keeps: each code with its first till and receipt, and receipts that were rolled back, which it takes no more.
 * `down` does not answer; `deaf` does it, and nobody hears; `says` is what it refuses with; `rests` looks at no code of this till.
 */
function ledger(state = {}) {
  const [spent, voided, asked] = [new Map(), new Set(), []];
  const name = ({ token, code }) => token ?? code;
  const answer = (kind, more) => (state.deaf ? { kind: "unreachable" } : { kind, ...more });
  return {
    spent,
    asked,
    async redeem(redemption) {
      asked.push(["redeem", redemption.receipt]);
      if (state.down) return { kind: "unreachable" };
      if (state.says) return answer("refused", state.says);
      if (state.rests && redemption.code) return answer("refused", { reason: "too_many_codes" });
      if (voided.has(`${name(redemption)} ${redemption.receipt}`)) return answer("refused", { reason: "unknown" });
      const first = spent.get(name(redemption)) ?? { till: redemption.till, receipt: redemption.receipt };
      spent.set(name(redemption), first);
      return first.till === redemption.till && first.receipt === redemption.receipt ? answer("granted") : answer("refused", { reason: "spent", first });
    },
    async rollback(redemption) {
      asked.push(["rollback", redemption.receipt]);
      if (state.down) return { kind: "unreachable" };
      if (state.rests && redemption.code) return answer("refused", { reason: "too_many_codes" });
      voided.add(`${name(redemption)} ${redemption.receipt}`);
      if (spent.get(name(redemption))?.receipt === redemption.receipt) spent.delete(name(redemption));
      return answer("granted");
    },
  };
}

const reason = ({ kind, reason }) => reason ?? kind;

test("a coupon is honoured once; the same receipt may ask again, another is told of the first", async () => {
  const here = till();
  const first = await here.accept(qr, "R-1");
  assert.deepEqual([first.kind, first.code, first.offline, first.again], ["accepted", code, true, false]);
  assert.deepEqual([first.coupon.benefit, first.coupon.campaign], [{ kind: "amount", value: 300 }, CAMPAIGN]);
  assert.deepEqual([(await here.accept(token, "R-1")).again, reason(await here.accept("no token", "R-1"))], [true, "damaged"]);
  assert.deepEqual(await here.accept(token, "R-2"), { kind: "refused", reason: "spent", first: { till: "till-1", receipt: "R-1", at: NOW } });
});

test("a hundred askers at once get one coupon once", async () => {
  const here = till();
  const answers = await Promise.all(Array.from({ length: 100 }, (_, receipt) => here.accept(token, `R-${receipt}`)));
  assert.deepEqual(answers.map(reason).filter((answer) => answer === "accepted").length, 1);
});

test("it is written down before it is honoured: where that fails, nothing is accepted and the ledger is not asked", async () => {
  const [asks, broken] = [ledger(), inMemory()];
  broken.take = async () => Promise.reject(new Error("the disk is full"));
  await assert.rejects(till({ spent: broken, ledger: asks }).accept(token, "R-1"), /disk is full/);
  assert.deepEqual(asks.asked, []);
  const order = [];
  const spent = inMemory();
  const watched = { ...spent, take: (entry) => spent.take(entry).finally(() => order.push("written")) };
  const told = { ...asks, redeem: (redemption) => (order.push("asked"), asks.redeem(redemption)) };
  await till({ spent: watched, ledger: told }).accept(token, "R-1").then(() => order.push("accepted"));
  assert.deepEqual(order, ["written", "asked", "accepted"]);
});

test("offline there is room for as many as the caps allow, and again after a report", async () => {
  const state = { down: true };
  const here = till({ ledger: ledger(state) });
  const ask = async (number) => reason(await here.accept(issued[number].token, `R-${number}`));
  assert.deepEqual([await ask(0), await ask(1), await ask(2)], ["accepted", "accepted", "offline_limit"]);
  assert.deepEqual(await here.report(), { left: 3, doubles: [] });
  state.down = false;
  assert.deepEqual(await here.report(), { left: 0, doubles: [] });
  state.down = true;
  assert.equal(await ask(3), "accepted");
  const money = till({ terms: terms({ per_till: 9, value_per_day: 700 }), spent: inMemory() });
  const paid = [];
  for (const { token } of issued.slice(0, 3)) paid.push(reason(await money.accept(token, "R")));
  assert.deepEqual(paid, ["accepted", "accepted", "offline_limit"]);
});

test("two at once do not share the room for one", async () => {
  const here = till({ terms: terms({ per_till: 1 }) });
  const answers = await Promise.all(issued.map(({ token }, number) => here.accept(token, `R-${number}`)));
  assert.equal(answers.map(reason).filter((answer) => answer === "accepted").length, 1);
});

test("a coupon that is not for offline, or of unknown caps, waits for the ledger; what was refused is given back", async () => {
  const [{ token }] = here.issue("--percent", "20", "--seed", "9");
  const state = { down: true };
  const asks = ledger(state);
  const at = till({ ledger: asks });
  assert.equal(reason(await at.accept(token, "R-1")), "online_only");
  state.down = false;
  assert.equal(reason(await at.accept(token, "R-2")), "accepted");
  assert.deepEqual(asks.asked, [["redeem", "R-1"], ["rollback", "R-1"], ["redeem", "R-2/2"]]);
  assert.equal(reason(await till({ terms: undefined }).accept(issued[0].token, "R-1")), "offline_limit");
});

test("an answer that was lost is asked for again and is the same", async () => {
  const state = { deaf: true };
  const asks = ledger(state);
  const [{ token }] = here.issue("--percent", "20", "--seed", "10");
  const at = till({ ledger: asks });
  assert.equal(reason(await at.accept(token, "R-1")), "online_only");
  assert.equal(asks.spent.size, 1);
  state.deaf = false;
  assert.equal(reason(await at.accept(token, "R-2")), "accepted", "what the ledger had taken for R-1 was given back first");
});

test("what another till had is refused, and stays refused", async () => {
  const asks = ledger();
  const [one, two] = [till({ ledger: asks }), till({ ledger: asks, id: "till-2" })];
  assert.equal(reason(await one.accept(token, "R-1")), "accepted");
  for (let again = 0; again < 2; again++) assert.equal(reason(await two.accept(token, "R-9")), "spent");
  assert.deepEqual((await till({ ledger: asks, id: "till-3" }).accept(token, "R-9")).first, { till: "till-1", receipt: "R-1" });
});

test("what the ledger said is spent is not honoured offline either, and is once it was given back there", async () => {
  const state = {};
  const asks = ledger(state);
  const [one, two] = [till({ ledger: asks }), till({ ledger: asks, id: "till-2" })];
  await one.accept(token, "R-1");
  assert.equal(reason(await two.accept(token, "R-2")), "spent");
  state.down = true;
  assert.deepEqual(await two.accept(token, "R-2"), { kind: "refused", reason: "spent", first: { till: "till-1", receipt: "R-1" } });
  state.down = false;
  await one.rollback(code, "R-1");
  assert.equal(reason(await two.accept(token, "R-2")), "accepted");
});

test("what the ledger refuses for now may be shown again", async () => {
  const state = { says: { reason: "paused" } };
  const at = till({ ledger: ledger(state) });
  assert.equal(reason(await at.accept(token, "R-1")), "paused");
  delete state.says;
  assert.equal(reason(await at.accept(token, "R-2")), "accepted");
});

test("what another till holds is told so, and may be shown again; with no ledger it waits for one", async () => {
  const [state, held] = [{}, { reason: "reserved", until: HELD }];
  let now = NOW;
  const at = till({ ledger: ledger(state), clock: () => now });
  state.says = held;
  assert.deepEqual(await at.accept(token, "R-1"), { kind: "refused", ...held });
  Object.assign(state, { says: undefined, down: true });
  assert.deepEqual(await at.accept(token, "R-2"), { kind: "refused", ...held }, "as long as it is held");
  now = HELD;
  assert.deepEqual(await at.accept(token, "R-3"), { kind: "refused", reason: "online_only" }, "what became of it only the ledger knows");
  state.down = false;
  assert.equal(reason(await at.accept(token, "R-4")), "accepted");
});

test("what was honoured offline while another till holds it is no double until that till has it", async () => {
  const state = { down: true };
  const at = till({ ledger: ledger(state) });
  assert.equal(reason(await at.accept(token, "R-1")), "accepted");
  Object.assign(state, { down: false, says: { reason: "reserved", until: HELD } });
  assert.deepEqual(await at.report(), { left: 1, doubles: [] });
  delete state.says;
  assert.deepEqual(await at.report(), { left: 0, doubles: [] });
});

test("a till that guessed is told so, and not that it is offline; nothing is taken, and what it gave back is told later", async () => {
  const state = { rests: true };
  const asks = ledger(state);
  const at = till({ ledger: asks });
  assert.deepEqual(await at.accept(code, "R-1"), { kind: "refused", reason: "too_many_codes" });
  assert.deepEqual(await at.report(), { left: 0, doubles: [] });
  assert.equal(reason(await at.accept(token, "R-2")), "accepted", "a token is not guessed");
  const [other, { code: typed }] = [till({ ledger: asks }), issued[5]];
  Object.assign(state, { rests: false, deaf: true });
  assert.equal(reason(await other.accept(typed, "R-3")), "online_only");
  Object.assign(state, { rests: true, deaf: false });
  assert.equal(reason(await other.accept(typed, "R-4")), "too_many_codes");
  assert.deepEqual(await other.report(), { left: 1, doubles: [] });
  state.rests = false;
  assert.deepEqual(await other.report(), { left: 0, doubles: [] });
  assert.equal(asks.spent.has(typed), false, "R-3 was given back");
  assert.equal(reason(await other.accept(typed, "R-5")), "accepted");
});

test("a receipt is what the ledger takes", async () => {
  for (const receipt of ["", "R 1", "x".repeat(61), "Größe"]) await assert.rejects(till().accept(token, receipt), { code: "bad-receipt" });
});

test("two tills that were cut off both honour it; the report names the double and where it was first", async () => {
  const state = { down: true };
  const asks = ledger(state);
  const [one, two] = [till({ ledger: asks }), till({ ledger: asks, id: "till-2" })];
  assert.deepEqual([reason(await one.accept(token, "R-1")), reason(await two.accept(token, "R-2"))], ["accepted", "accepted"]);
  state.down = false;
  assert.deepEqual((await one.report()).doubles, []);
  const { left, doubles } = await two.report();
  assert.equal(left, 0);
  assert.deepEqual(doubles.map(({ code, receipt, worth, double }) => [code, receipt, worth, double.reason, double.first]), [[code, "R-2", 300, "spent", { till: "till-1", receipt: "R-1" }]]);
  assert.equal((await two.report()).doubles.length, 1, "until somebody has noted it");
  await two.noted([code]);
  assert.deepEqual(await two.report(), { left: 0, doubles: [] });
  assert.equal((await two.accept(token, "R-2")).again, true, "what was honoured offline was honoured");
});

test("killed at every step: nothing is honoured twice, and the same receipt still gets it", async () => {
  for (let step = 0; step < 8; step++) {
    const [asks, spent] = [ledger(), inMemory()];
    let steps = 0;
    const dies = (work) => async (...args) => {
      if (steps++ === step) throw new Error("killed");
      const done = await work(...args);
      if (steps++ === step) throw new Error("killed");
      return done;
    };
    const dying = { ...spent, take: dies(spent.take), change: dies(spent.change) };
    const killed = await till({ spent: dying, ledger: { redeem: dies(asks.redeem), rollback: asks.rollback } }).accept(token, "R-1").then(reason, () => "killed");
    assert.equal(killed, step < 6 ? "killed" : "accepted");
    const other = till({ spent, ledger: asks });
    if (step % 2) {
      assert.equal(reason(await other.accept(token, "R-1")), "accepted", `step ${step}`);
      assert.equal(reason(await other.accept(token, "R-2")), "spent", `step ${step}`);
    } else if (killed === "killed") {
      // Nobody was told "accepted": what is left of it is given back, and the shopper still has the coupon.
      await other.report();
      assert.equal(reason(await other.accept(token, step % 4 ? "R-1" : "R-2")), "accepted", `step ${step}`);
    }
  }
});

test("a sale that is undone gives the coupon back, on its till and receipt alone", async () => {
  const asks = ledger();
  const at = till({ ledger: asks });
  await at.accept(token, "R-1");
  assert.deepEqual([await at.rollback(code, "R-2"), await at.rollback("0".repeat(16), "R-1")], [false, false]);
  assert.deepEqual([await at.rollback(code, "R-1"), await at.rollback(code, "R-1")], [true, false]);
  assert.equal(reason(await at.accept(token, "R-3")), "accepted");
  assert.deepEqual(asks.asked.map(([what]) => what), ["redeem", "rollback", "redeem"]);
});

test("a short code asks the ledger, and has its typing errors found", async () => {
  const asks = ledger();
  const written = `${code.slice(0, 4).toLowerCase()}-${code.slice(4, 8)} ${code.slice(8)}`;
  assert.equal(readCode(written), code);
  const online = await till({ ledger: asks }).accept(written, "R-1");
  assert.deepEqual([online.kind, online.code, online.coupon], ["accepted", code, undefined]);
  assert.equal(reason(await till().accept(code, "R-1")), "online_only");
  assert.equal(reason(await till({ ledger: asks }).accept(code.replace(/.$/, code.endsWith("0") ? "1" : "0"), "R-1")), "damaged");
  const both = till({ ledger: ledger() });
  assert.deepEqual([reason(await both.accept(token, "R-1")), reason(await both.accept(code, "R-2"))], ["accepted", "spent"]);
});

test("a newer key set counts at once, an older one never; what the edge pauses is paused", async () => {
  const own = shop();
  const [{ token }] = own.issue("--amount", "300", "--offline");
  const before = await own.keys();
  own.token("keys", "revoke", "keys", "--coupon", "oat-milk", "--now", at(NOW + MINUTE));
  const at2 = till({ keys: before, clock: () => NOW + 2 * MINUTE });
  at2.update(before, [CAMPAIGN]);
  assert.equal(reason(await at2.accept(token, "R-1")), "paused");
  at2.update(before, []);
  at2.update(await openKeys(own.read("keys.json"), before));
  at2.update(before);
  assert.equal(reason(await at2.accept(token, "R-1")), "paused");
});

test("a bound coupon needs its device, now: a picture is old after a minute", async () => {
  const device = await makeHolderKey();
  assert.equal(device.privateKey.extractable, false);
  const [{ token }] = here.issue("--amount", "100", "--offline", "--holder", await holderTag(device));
  const shown = await present(token, device, NOW);
  assert.equal(shown.length, 325);
  const ask = async (what, later = 0) => reason(await till({ clock: () => NOW + later }).accept(what, "R-1"));
  assert.deepEqual([await ask(shown), await ask(shown, MINUTE), await ask(shown, MINUTE + 1)], ["accepted", "accepted", "old_proof"]);
  assert.deepEqual([await ask(token), await ask(qrOf(token))], ["no_device", "no_device"]);
  assert.equal(await ask(await present(token, await makeHolderKey(), NOW)), "other_device");
  const [stop, seen] = await new Promise((resolve) => {
    const stop = keepPresenting(token, device, (qr) => resolve([stop, qr]), () => NOW);
  });
  stop();
  assert.equal(seen, shown);
});

test("an edge is asked as agreed, and what it does not answer is unreachable", async () => {
  const asked = [];
  const answering = (status, body = {}) => ledgerAt({
    url: "https://edge.example/", key: "secret", store: "centre",
    fetcher: async (url, { method, headers, body: sent }) => {
      asked.push([String(url), method, headers.authorization, JSON.parse(sent)]);
      return Response.json(body, { status });
    },
  });
  const redemption = { token: "t", till: "till-1", receipt: "R-1", at: NOW };
  assert.deepEqual(await answering(200, { code: "0C3GE1R70W3GE1RV" }).redeem(redemption), { kind: "granted" });
  assert.deepEqual(asked[0], ["https://edge.example/v1/redemptions", "POST", "Bearer secret", { ...redemption, store: "centre" }]);
  const first = { till: "till-2", receipt: "R-0", at: 5 };
  assert.deepEqual(await answering(409, { reason: "spent", first }).redeem(redemption), { kind: "refused", reason: "spent", first });
  assert.deepEqual(await answering(410, { reason: "expired" }).redeem(redemption), { kind: "refused", reason: "expired" });
  assert.deepEqual(await answering(404, { reason: "unknown" }).redeem(redemption), { kind: "refused", reason: "unknown" });
  assert.deepEqual(await answering(409, { reason: "reserved", until: NOW }).redeem(redemption), { kind: "refused", reason: "reserved", until: NOW });
  for (const ask of ["redeem", "rollback"]) assert.deepEqual(await answering(429, { reason: "too_many_codes" })[ask](redemption), { kind: "refused", reason: "too_many_codes" });
  for (const status of [401, 429, 500, 503]) assert.deepEqual(await answering(status).rollback(redemption), { kind: "unreachable" });
  const off = ledgerAt({ url: "https://edge.example/", key: "", store: "", fetcher: () => Promise.reject(new TypeError("offline")) });
  assert.deepEqual(await off.redeem(redemption), { kind: "unreachable" });
  // A sign-in to the network, a proxy: whoever answers for the edge neither grants nor refuses.
  for (const status of [200, 201, 404, 409, 410]) {
    for (const body of [{}, null, "code"]) for (const ask of ["redeem", "rollback"]) assert.deepEqual(await answering(status, body)[ask](redemption), { kind: "unreachable" });
    const portal = ledgerAt({ url: "https://edge.example/", key: "", store: "", fetcher: async () => new Response("<!doctype html><title>Sign in</title>", { status, headers: { "content-type": "text/html" } }) });
    assert.deepEqual(await portal.redeem(redemption), { kind: "unreachable" });
  }
});

test("in Chromium: spent in IndexedDB across pages, one of two pages at once, and a key that cannot be read out", async () => {
  const script = await bundle(`export * from "tactful/till"; export * from "tactful/wallet";`, { platform: "browser" });
  const site = await serveFiles({ "/index.html": "<!doctype html><title>till</title>", "/till.js": script });
  const browser = await browse();
  try {
    const args = { keys, tokens: issued.map(({ token }) => token), terms: terms({ per_till: 5 }), NOW, DAY };
    const inPage = async (page, work) => {
      await page.goto(`${site.url}/index.html`);
      return page.evaluate(work, args);
    };
    const answers = ({ keys, tokens, terms, NOW }) => import("/till.js").then(async ({ createTill }) => {
      const till = createTill({ id: "till-1", merchant: 77, stores: [12], keys, terms, clock: () => NOW });
      const asks = [[tokens[0], "R-1"], [tokens[0], "R-2"], [tokens[1], "R-3"]];
      return Promise.all(asks.map(async ([token, receipt]) => {
        const { kind, reason, again, first } = await till.accept(token, receipt);
        return [reason ?? kind, again ?? first.receipt];
      }));
    });
    assert.deepEqual(await inPage(browser.page, answers), [["accepted", false], ["spent", "R-1"], ["accepted", false]]);
    assert.deepEqual(await inPage(browser.page, answers), [["accepted", true], ["spent", "R-1"], ["accepted", true]]);
    const stores = async ({ NOW, DAY }) => {
      const { inBrowser } = await import("/till.js");
      const [one, two] = [inBrowser("both"), inBrowser("both")];
      const entry = (code, more) => ({ code, till: "t", receipt: "r", at: NOW, until: NOW + DAY, offline: true, undone: false, pending: true, tries: 0, undo: [], ...more });
      const codes = Array.from({ length: 50 }, (_, number) => `code-${number}`);
      const taken = await Promise.all(codes.flatMap((code) => [one.take(entry(code)), two.take(entry(code, { receipt: "s" }))]));
      await one.change("code-0", (kept) => ({ ...kept, pending: false, until: NOW - 1 }));
      await two.change("code-1", (kept) => ({ ...kept, undone: true, pending: false, undo: ["r"] }));
      await one.forget(NOW);
      const again = await two.take(entry("code-1", { receipt: "s" }));
      const kept = await one.get("code-1");
      return { first: taken.filter((first) => !first).length, gone: (await two.get("code-0")) === undefined, pending: (await one.pending()).length, since: (await one.since(NOW)).length, again: again === undefined, undo: kept.undo };
    };
    assert.deepEqual(await inPage(browser.page, stores), { first: 50, gone: true, pending: 49, since: 49, again: true, undo: ["r"] });
    const device = async () => {
      const { holderKey, holderTag } = await import("/till.js");
      const [one, two] = await Promise.all([holderKey(), holderKey()]);
      const read = await crypto.subtle.exportKey("pkcs8", one.privateKey).then(() => "read", ({ name }) => name);
      return { same: (await holderTag(one)) === (await holderTag(two)), tag: await holderTag(one), read };
    };
    const first = await inPage(browser.page, device);
    assert.deepEqual([first.same, first.read], [true, "InvalidAccessError"]);
    assert.equal((await inPage(browser.page, device)).tag, first.tag);
  } finally {
    await browser.close();
    await site.close();
  }
});
