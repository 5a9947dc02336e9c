/** A wallet in headless Chromium, against an edge that loses answers, sheds and refuses: what is asked for once is had once. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { after, before, beforeEach, describe, test } from "node:test";
import { answers, browse, bundle } from "./hosts.mjs";

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const SCRIPT = `
  import { openWallet, sayRefused } from "tactful/wallet";
  window.rests = [];
  window.told = [];
  window.skew = 0;
  window.begin = async (options = {}) => {
    const rest = async (ms) => void rests.push(ms);
    window.wallet = await openWallet({ url: "/v1", allowed: true, now: () => Date.now() + skew, draw: () => 0.5, rest, reply: (...one) => told.push(one), ...options });
    return wallet.volatile;
  };
  window.take = async (coupon, more = {}) => {
    const { say, ...claimed } = await wallet.claim(coupon, { about: { title: coupon, currency: "EUR" }, ...more });
    return { ...claimed, ...(say && { said: [say("en"), say("de")] }) };
  };`;
const PAGE = `<!doctype html><html lang="en"><title>wallet</title><script type="module" src="/app/page.js"></script>`;

/** What an edge is: claims by their keys, and what happens to the next requests. */
const edge = { claims: new Map(), asked: [], next: [], until: undefined, offset: 0 };
let server, url, chromium, page;

before(async () => {
  const files = { "/page.html": PAGE, "/app/page.js": await bundle(SCRIPT, { platform: "browser", target: "es2022" }), "/favicon.ico": "" };
  server = createServer(async (request, response) => {
    const file = files[request.url];
    if (file !== undefined) return response.writeHead(200, { "content-type": request.url.endsWith("js") ? "text/javascript" : "text/html" }).end(file);
    let body = "";
    for await (const part of request) body += part;
    answer(request, body, response);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  url = `http://127.0.0.1:${server.address().port}`;
  chromium = await browse();
});
after(async () => {
  await chromium?.close();
  server?.closeAllConnections();
  server?.close();
});

beforeEach(async () => {
  Object.assign(edge, { claims: new Map(), asked: [], next: [], until: undefined, offset: 0 });
  await page?.close();
  page = await tab();
  await page.evaluate(async () => {
    for (const { name } of await indexedDB.databases()) await new Promise((done) => (indexedDB.deleteDatabase(name).onsuccess = done));
  });
  await page.reload();
  await page.waitForFunction(() => "begin" in window);
});

async function tab() {
  const opened = await chromium.page.context().newPage();
  await opened.goto(`${url}/page.html`);
  await opened.waitForFunction(() => "begin" in window);
  return opened;
}

function answer({ method, url, rawHeaders, headers }, body, response) {
  edge.heard?.();
  edge.asked.push({ method, url, rawHeaders, body, key: headers["idempotency-key"] });
  const { status, headers: more = {}, reason, until, lose } = edge.next.shift() ?? {};
  const date = new Date(Date.now() + edge.offset).toUTCString();
  const say = (code, told) => response.writeHead(code, { "content-type": "application/json", date, ...more }).end(JSON.stringify(told));
  if (status) return say(status, { reason, until });
  const first = !edge.claims.has(headers["idempotency-key"]);
  if (first) edge.claims.set(headers["idempotency-key"], { body, token: token(body) });
  const claim = edge.claims.get(headers["idempotency-key"]);
  if (claim.body !== body) return say(422, { reason: "other_request" });
  // Half of an answer: for none at all a browser may send it again by itself.
  if (lose) return response.writeHead(201, { "content-type": "application/json" }).end('{"token":"');
  say(first ? 201 : 200, { token: claim.token });
}

/** 20 % from 10.00 on, for a day or until then; signed by nobody, since a wallet does not look. */
function token(body) {
  const bytes = randomBytes(114);
  const { holder } = JSON.parse(body);
  bytes[0] = 1;
  bytes[1] = holder ? 7 : 3;
  const digits = Array.from({ length: 15 }, () => randomBytes(1)[0] & 31);
  const timesX = (digit) => ((digit << 1) ^ (digit & 16 ? 0b100101 : 0)) & 31;
  const code = [...digits, digits.reduce((sum, digit) => timesX(sum ^ digit), 0)];
  const serial = code.reduce((sum, digit) => (sum << 5n) | BigInt(digit), 0n);
  bytes.write(serial.toString(16).padStart(20, "0"), 14, "hex");
  const from = Math.floor((Date.now() + edge.offset) / MINUTE) - 1;
  bytes.writeUInt32BE(from, 24);
  bytes.writeUInt16BE(edge.until === undefined ? 1_440 : Math.max(1, Math.floor(edge.until / MINUTE) - from), 28);
  bytes.writeUInt32BE(1, 30);
  bytes.writeUInt16BE(0, 34);
  bytes[36] = 1;
  bytes.writeUIntBE(2_000, 37, 3);
  bytes.writeUInt16BE(1_000, 40);
  if (holder) bytes.write(holder, 42, "base64url");
  else bytes.fill(0, 42, 50);
  return bytes.toString("base64url");
}

const begin = (options, where = page) => where.evaluate((options) => begin(options), options);
const take = (coupon = "tea", more = {}, where = page) => where.evaluate(([coupon, more]) => take(coupon, more), [coupon, more]);
const had = (where = page) => where.evaluate(async () => (await wallet.coupons()).map(({ coupon, token, used }) => [coupon, token, used !== undefined]));
const reload = async () => {
  await page.reload();
  await page.waitForFunction(() => "begin" in window);
};
const stored = () => page.evaluate(async () => (await indexedDB.databases()).length);

describe("a claim", () => {
  test("is one request, and what it gives is shown as the token says, also after a reload", async () => {
    await begin();
    const { kind, coupon } = await take("tea", { decision: "d-1" });
    assert.equal(kind, "given");
    assert.deepEqual([coupon.benefit, coupon.minimum, coupon.until - coupon.from, coupon.about], [{ kind: "percent", value: 2_000 }, 1_000, DAY, { title: "tea", currency: "EUR" }]);
    const [{ method, url, body, key }] = edge.asked;
    assert.deepEqual([edge.asked.length, method, url, Object.keys(JSON.parse(body))], [1, "POST", "/v1/claims", ["coupon", "person"]]);
    assert.match(JSON.parse(body).person, /^[\w-]{22}$/);
    assert.match(key, /^[\w-]{22}$/);
    assert.deepEqual(await page.evaluate(() => told), [["d-1", "claimed"]]);
    await reload();
    await begin();
    const shown = await page.evaluate(async () => wallet.present((await wallet.coupons())[0]));
    assert.match(shown.qr, /^CT1:[0-9A-Z $%*+./:-]{171}$/);
    assert.equal(shown.code, coupon.code);
    assert.equal((await take()).coupon.token, coupon.token, "taking it twice asks nobody");
    assert.equal(edge.asked.length, 1);
  });

  test("whose answer is lost, three times in a row, is sent again byte for byte and had once", async () => {
    await begin();
    edge.next = [{ lose: true }, { lose: true }, { status: 503, reason: "busy", headers: { "retry-after": "2" } }];
    const first = await take();
    assert.deepEqual([first.kind, first.said], ["waiting", ["No answer yet. The coupon comes as soon as there is a network.", "Noch keine Antwort. Der Gutschein kommt, sobald es wieder Netz gibt."]]);
    assert.deepEqual(await page.evaluate(() => wallet.waiting()), [{ title: "tea", currency: "EUR" }]);
    await reload();
    await begin();
    await answers(page, async () => (await wallet.coupons()).length === 1);
    const [{ token }] = [...edge.claims.values()];
    assert.deepEqual(await had(), [["tea", token, false]]);
    assert.equal(edge.asked.length, 4);
    assert.deepEqual([edge.claims.size, new Set(edge.asked.map(({ key, body }) => `${key} ${body}`)).size], [1, 1]);
  });

  test("is written down before it is sent: a page that dies in between asks the same", async () => {
    await begin();
    edge.next = Array(20).fill({ lose: true });
    for (let deaths = 1; deaths <= 4; deaths += 1) {
      await page.evaluate((ms) => (skew = ms), 2 * HOUR * deaths);
      const asked = new Promise((done) => (edge.heard = done));
      void take().catch(() => undefined);
      await asked;
      await page.close();
      page = await tab();
      await begin({ allowed: false });
      await page.evaluate((ms) => (skew = ms), 2 * HOUR * deaths + HOUR + MINUTE);
      await page.evaluate(() => wallet.allow(true));
    }
    edge.next = [];
    await page.evaluate(() => wallet.resume());
    await answers(page, async () => (await wallet.coupons()).length === 1);
    assert.deepEqual([edge.claims.size, new Set(edge.asked.map(({ key, body }) => `${key} ${body}`)).size], [1, 1]);
  });

  test("is sent six times an hour at most, however often it is asked for, with rests that are drawn", async () => {
    await begin();
    edge.next = Array(50).fill({ status: 500, reason: "internal" });
    for (let times = 0; times < 10; times += 1) assert.equal((await take()).kind, "waiting");
    assert.equal(edge.asked.length, 6);
    assert.deepEqual(await page.evaluate(() => rests.slice(0, 2)), [500, 1_000]);
    await page.evaluate((ms) => (skew += ms), HOUR + MINUTE);
    await take();
    assert.equal(edge.asked.length, 9);
  });

  test("waits as long as it is told to", async () => {
    await begin();
    edge.next = [{ status: 503, reason: "busy", headers: { "retry-after": "3" } }];
    assert.equal((await take()).kind, "given");
    assert.deepEqual(await page.evaluate(() => rests), [3_500]);
    edge.next = [{ status: 503, reason: "busy", headers: { "retry-after": "120" } }];
    assert.equal((await take("coffee")).kind, "waiting", "not while the shopper looks on");
    assert.equal(edge.asked.length, 3);
  });

  test("that is refused says why in a sentence, and may be begun anew", async () => {
    await begin();
    for (const [status, reason] of [[409, "exhausted"], [409, "per_person"], [409, "per_hour"], [409, "paused"], [410, "ended"], [404, "unknown_coupon"]]) {
      edge.next = [{ status, reason, until: 5 }];
      const refused = await take();
      assert.deepEqual([refused.kind, refused.reason, refused.until], ["refused", reason, 5]);
      assert.ok(refused.said.every((said) => said.length > 10 && said.endsWith(".")));
    }
    edge.next = [{ status: 400, reason: "constructor" }];
    assert.equal((await take()).reason, "not_possible");
    assert.equal(new Set(edge.asked.map(({ key }) => key)).size, 7);
    assert.deepEqual(await page.evaluate(() => wallet.waiting()), []);
    assert.equal((await take()).kind, "given");
  });

  test("is given up by the ledger alone: what something on the way refuses is asked for again", async () => {
    await begin();
    edge.next = [{ lose: true }, { status: 403 }, { status: 404 }];
    assert.equal((await take()).kind, "waiting");
    await page.evaluate(() => wallet.resume());
    assert.deepEqual([(await had()).length, edge.claims.size], [1, 1], "what was given before anybody stood in the way is had");
  });

  test("that is made twice in one page is told once", async () => {
    await begin();
    const [one, two] = await Promise.all([take("tea", { decision: "d-1" }), take("tea", { decision: "d-1" })]);
    assert.deepEqual([one.kind, two.kind, await page.evaluate(() => told)], ["given", "given", [["d-1", "claimed"]]]);
  });

  test("whose answer comes after consent was taken back leaves nothing on the device", async () => {
    edge.offset = -3 * HOUR;
    await page.evaluate(async () => {
      let asked;
      const sent = new Promise((resolve) => (asked = resolve));
      const withdrawn = new Promise((resolve) => (window.withdrawn = resolve));
      const fetcher = async (...request) => {
        asked();
        await withdrawn;
        return fetch(...request);
      };
      await begin({ fetcher });
      window.taken = take("tea");
      await sent;
      await wallet.allow(false);
    });
    await answers(page, async () => (await indexedDB.databases()).length === 0);
    const { kind, reason } = await page.evaluate(() => (withdrawn(), taken));
    assert.deepEqual([kind, reason, await stored()], ["refused", "no_consent", 0]);
  });

  test("ends with an answer also where the browser's storage is cleared between two tries", async () => {
    const ended = await page.evaluate(async () => {
      const faults = [];
      addEventListener("unhandledrejection", ({ reason }) => faults.push(String(reason)));
      let cleared = false;
      const fetcher = async (...request) => {
        if (cleared) return fetch(...request);
        cleared = true;
        await new Promise((done) => (indexedDB.deleteDatabase("tactful-coupons").onsuccess = done));
        throw new TypeError("no network");
      };
      await begin({ fetcher });
      const first = await take("tea").catch(({ name }) => ({ reason: name }));
      return [first.reason, (await take("tea")).kind, faults];
    });
    assert.deepEqual(ended, ["not_possible", "given", []]);
  });

  test("an answer that is no token counts as none", async () => {
    await begin();
    edge.next = [{ status: 200 }];
    assert.equal((await take()).kind, "given");
    assert.equal(edge.asked.length, 2);
  });

  test("in two tabs at once is one claim", async () => {
    const other = await tab();
    await Promise.all([begin(), begin({}, other)]);
    const [one, two] = await Promise.all([take(), take("tea", {}, other)]);
    assert.equal(one.coupon.token, two.coupon.token);
    assert.equal(edge.claims.size, 1);
    await other.close();
  });

  test("nothing is stored or sent without consent, and what was is gone when it is taken back", async () => {
    await begin({ allowed: false });
    assert.equal((await take()).reason, "no_consent");
    await page.evaluate(() => wallet.ahead(["tea"]));
    assert.deepEqual([await stored(), edge.asked.length, await had()], [0, 0, []]);
    await page.evaluate(() => wallet.allow(true));
    const person = async () => JSON.parse(edge.asked.at(-1).body).person;
    await take();
    const first = await person();
    assert.equal(await stored(), 1);
    await page.evaluate(() => wallet.allow(false));
    await answers(page, async () => (await indexedDB.databases()).length === 0);
    assert.deepEqual(await had(), []);
    await page.evaluate(() => wallet.allow(true));
    await take();
    assert.notEqual(await person(), first, "another device, as far as anybody can tell");
  });

  test("a wallet that is closed asks for nothing by itself, and what waits is asked for by the next", async () => {
    await begin();
    edge.next = Array(3).fill({ lose: true });
    assert.equal((await take()).kind, "waiting");
    await page.evaluate(async () => {
      await wallet.close();
      dispatchEvent(new Event("online"));
      await new Promise((done) => (indexedDB.open("tactful-coupons").onsuccess = ({ target }) => done(target.result.close())));
    });
    assert.equal(edge.asked.length, 3);
    await begin();
    await answers(page, async () => (await wallet.coupons()).length === 1);
    assert.equal(edge.claims.size, 1);
  });

  test("a wallet that is closed while it asks is not woken by that answer, and ends a round of fetching ahead", async () => {
    edge.next = [{ status: 503, headers: { "retry-after": "9" } }];
    assert.deepEqual(await page.evaluate(async () => {
      let [hear, go] = [];
      const [heard, held] = [new Promise((done) => (hear = done)), new Promise((done) => (go = done))];
      await begin({ fetcher: async (...what) => {
        const answer = await fetch(...what);
        hear();
        await held;
        return answer;
      } });
      const taking = take("coffee");
      await heard;
      await wallet.close();
      const [timer, timers] = [setTimeout, []];
      window.setTimeout = (work, ms) => timer(work, (timers.push(ms), ms));
      go();
      return [(await taking).kind, timers.filter((ms) => ms >= 9_000)];
    }), ["waiting", []]);
    const asked = edge.asked.length;
    await page.evaluate(async () => {
      const rests = [];
      const rested = async (times) => {
        while (rests.length < times) await new Promise((done) => setTimeout(done, 5));
      };
      await begin({ rest: () => new Promise((done) => rests.push(done)) });
      const round = wallet.ahead(["bread", "milk"]);
      await rested(1);
      await wallet.close();
      rests[0]();
      await Promise.race([round, rested(2)]);
    });
    assert.deepEqual(edge.asked.slice(asked).filter(({ body }) => !body.includes("coffee")), []);
  });

  test("what was kept is forgotten also where consent is gone already", async () => {
    await begin();
    await take();
    await reload();
    await begin({ allowed: false });
    await page.evaluate(() => wallet.forget());
    await answers(page, async () => (await indexedDB.databases()).length === 0);
  });

  test("storage that does not answer is none, and the coupon is had all the same", async () => {
    await page.evaluate(() => Object.defineProperty(window, "indexedDB", { value: { open: () => ({}) } }));
    assert.equal(await begin(), true);
    assert.equal((await take()).kind, "given");
  });

  test("two coupons of one device have nothing in common", async () => {
    await begin({ bound: false });
    await take("tea");
    await take("coffee");
    await take("tea");
    const [tea, coffee] = edge.asked.map(({ body, key }) => ({ ...JSON.parse(body), key }));
    assert.deepEqual(Object.values(tea).filter((value) => Object.values(coffee).includes(value)), []);
    assert.equal(await page.evaluate(async () => {
      const database = await new Promise((done) => { const request = indexedDB.open("tactful-coupons"); request.onsuccess = () => done(request.result); });
      const key = await new Promise((done) => { const request = database.transaction("things").objectStore("things").get("key"); request.onsuccess = () => done(request.result); });
      database.close();
      return crypto.subtle.exportKey("raw", key).then(() => "read", ({ name }) => name);
    }), "InvalidAccessError");
  });

  test("where nothing can be kept a page has its coupons all the same, and says so", async () => {
    await page.evaluate(() => Object.defineProperty(window, "indexedDB", { value: { open() { throw new Error("private"); } } }));
    assert.equal(await begin(), true);
    assert.equal((await take()).kind, "given");
    assert.equal((await had()).length, 1);
  });
});

describe("a coupon that is had", () => {
  test("is shown with no network, and used; the engine hears of it once", async () => {
    await begin();
    await take("tea", { decision: "d-1" });
    await page.context().setOffline(true);
    assert.equal((await had()).length, 1);
    await page.evaluate(() => Promise.all(Array.from({ length: 20 }, () => wallet.used("tea"))));
    await page.context().setOffline(false);
    assert.deepEqual([(await had())[0][2], await page.evaluate(() => told)], [true, [["d-1", "claimed"], ["d-1", "redeemed"]]]);
    assert.notEqual((await take()).coupon?.token, (await had())[1]?.[1] ?? "", "another one is another claim");
    assert.equal(edge.claims.size, 2);
  });

  test("is bound to the device where the host wants that, and says so anew each time", async () => {
    await begin({ bound: true });
    const { coupon } = await take();
    assert.match(JSON.parse(edge.asked[0].body).holder, /^[\w-]{11}$/);
    assert.equal(coupon.holder, JSON.parse(edge.asked[0].body).holder);
    const shown = await page.evaluate(async () => {
      const { qr, code } = wallet.present((await wallet.coupons())[0]);
      const first = await qr();
      skew += 15_000;
      return [first, await qr(), code];
    });
    assert.ok(shown.slice(0, 2).every((qr) => qr.length === 4 + 321) && shown[0] !== shown[1]);
    assert.equal(shown[2] ?? undefined, undefined, "letters can be read by anybody");
  });

  test("is bound to a key that is on the disk, or to none", async () => {
    const [claimed, kept] = await page.evaluate(async () => {
      const { put } = IDBObjectStore.prototype;
      for (const name of ["put", "add"]) {
        const write = IDBObjectStore.prototype[name];
        IDBObjectStore.prototype[name] = function (...record) {
          const request = write.apply(this, record);
          if (this.name === "keys") this.transaction.abort();
          return request;
        };
      }
      await begin({ bound: true });
      const late = new Promise((resolve) => setTimeout(() => resolve({ kind: "never" }), 5_000));
      const { kind } = await Promise.race([take("tea"), late]);
      Object.assign(IDBObjectStore.prototype, { put });
      return [kind, (await wallet.coupons()).map(({ holder }) => holder)];
    });
    assert.deepEqual([claimed, kept], ["given", [undefined]]);
  });

  test("is over by the edge's clock, whatever the phone's says", async () => {
    edge.offset = -3 * HOUR;
    await begin();
    const { coupon } = await take();
    const off = await page.evaluate(() => wallet.clock() - Date.now());
    assert.ok(Math.abs(off + 3 * HOUR) < 5_000, `${off}`);
    assert.ok(coupon.from <= (await page.evaluate(() => wallet.clock())));
    await reload();
    await begin();
    assert.ok(Math.abs((await page.evaluate(() => wallet.clock() - Date.now())) + 3 * HOUR) < 5_000);
  });

  test("is forgotten a day after it is over", async () => {
    await begin();
    await take();
    await page.evaluate((ms) => (skew += ms), DAY + HOUR);
    assert.equal((await had()).length, 1);
    await page.evaluate((ms) => (skew += ms), DAY);
    assert.equal((await had()).length, 0);
  });
});

describe("fetched ahead", () => {
  const LIST = ["tea", "coffee", "bread", "milk", "soap"];
  /** What the network sees, without what is drawn for each device. */
  const trace = () => edge.asked.map(({ method, url, rawHeaders, body, key }) => JSON.stringify([method, url, rawHeaders, body]).replaceAll(key, "KEY").replace(/"person\\":\\"[\w-]{22}/, '"person\\":\\"PERSON'));

  test("20 shoppers who like other things send the same requests, byte for byte but for keys and persons", async () => {
    const traces = [];
    for (let nth = 0; nth < 20; nth += 1) {
      edge.asked = [];
      await page.evaluate(async ([nth, list]) => {
        await begin({ name: `shopper-${nth}` });
        const liked = list.filter((_, place) => (nth >> place) & 1);
        await wallet.ahead(list);
        for (const coupon of liked) await take(coupon);
        for (const coupon of liked.slice(1)) await wallet.used(coupon);
        skew += 2 * 86_400_000 * (nth % 2);
        skew += 1.1 * 86_400_000;
        await wallet.ahead(list);
        await wallet.ahead(list);
        skew = 0;
      }, [nth, LIST]);
      traces.push(trace());
    }
    assert.equal(traces[0].length, 2 * LIST.length, "two rounds, and taking one sends nothing");
    assert.deepEqual(traces[0].map((line) => /"coupon\\":\\"(\w+)/.exec(line)?.[1]), [...LIST, ...LIST]);
    for (const one of traces) assert.deepEqual(one, traces[0]);
    assert.ok(!traces[0].some((line) => /cookie|referer/i.test(line)));
  });

  test("is nobody's until it is taken, which works with no network; one that was refused is asked for then", async () => {
    await begin();
    edge.next = [{}, { status: 409, reason: "exhausted" }];
    await page.evaluate(() => wallet.ahead(["tea", "coffee"]));
    assert.deepEqual(await had(), []);
    await page.context().setOffline(true);
    assert.equal((await take("tea", { decision: "d-1" })).kind, "given");
    await page.context().setOffline(false);
    assert.deepEqual([edge.asked.length, await page.evaluate(() => told)], [2, [["d-1", "claimed"]]]);
    edge.next = [{ status: 409, reason: "exhausted" }];
    assert.equal((await take("coffee")).reason, "exhausted");
  });

  test("goes on where the browser's storage is cleared meanwhile, and keeps nothing once consent is taken back", async () => {
    const seen = await page.evaluate(async () => {
      const fetcher = async (...request) => {
        const { coupon } = JSON.parse(request[1].body);
        if (coupon === "tea") await new Promise((done) => (indexedDB.deleteDatabase("tactful-coupons").onsuccess = done));
        if (coupon === "milk") await wallet.allow(false);
        return fetch(...request);
      };
      await begin({ fetcher });
      const ended = () => wallet.ahead(["tea", "coffee", "milk", "soap"]).then(() => "ended", ({ name }) => name);
      return [await ended(), wallet.volatile];
    });
    assert.deepEqual([seen, edge.asked.map(({ body }) => JSON.parse(body).coupon)], [["ended", true], ["tea", "coffee", "milk"]]);
    await answers(page, async () => (await indexedDB.databases()).length === 0);
  });

  test("what lapsed is fetched anew, once a round; rounds and requests are spread", async () => {
    await begin();
    edge.until = Date.now() + 10 * MINUTE;
    await page.evaluate(() => wallet.ahead(["tea"], { everyMs: 3_600_000, spreadMs: 60_000 }));
    await page.evaluate(() => wallet.ahead(["tea"], { everyMs: 3_600_000 }));
    assert.deepEqual([edge.asked.length, await page.evaluate(() => rests)], [1, [60_000]]);
    await page.evaluate((ms) => (skew += ms), HOUR + MINUTE);
    await page.evaluate(() => wallet.ahead(["tea"], { everyMs: 3_600_000 }));
    assert.deepEqual([edge.asked.length, edge.claims.size], [2, 2]);
  });
});
