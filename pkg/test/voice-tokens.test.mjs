/** Blinded tokens: as RFC 9578 writes them, given so often, spent once, and by nobody joined with who got them. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fromUrl, join, toHex, toUrl } from "../dist/till/text.js";
import { blind } from "../dist/voice/blind.js";
import { challengeOf, importKey, toSign, withParameters } from "../dist/voice/pass.js";
import { DAY, MONDAY, WEEK, shop } from "./voice-shop.mjs";

const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));

/** RFC 9578, appendix B.2, the second vector. */
const RFC = {
  spki: "30820152303d06092a864886f70d01010a3030a00d300b0609608648016503040202a11a301806092a864886f70d010108300b0609608648016503040202a2030201300382010f003082010a0282010100cb1aed6b6a95f5b1ce013a4cfcab25b94b2e64a23034e4250a7eab43c0df3a8c12993af12b111908d4b471bec31d4b6c9ad9cdda90612a2ee903523e6de5a224d6b02f09e5c374d0cfe01d8f529c500a78a2f67908fa682b5a2b430c81eaf1af72d7b5e794fc98a3139276879757ce453b526ef9bf6ceb99979b8423b90f4461a22af37aab0cf5733f7597abe44d31c732db68a181c6cbbe607d8c0e52e0655fd9996dc584eca0be87afbcd78a337d17b1dba9e828bbd81e291317144e7ff89f55619709b096cbb9ea474cead264c2073fe49740c01f00e109106066983d21e5f83f086e2e823c879cd43cef700d2a352a9babd612d03cad02db134b7e225a5f0203010001",
  challenge: "0002000e6973737565722e6578616d706c6500000e6f726967696e2e6578616d706c65",
  nonce: "98c1345ff38a554b429b428b0f206cfe4f3892f8041995f2c24873d90e84488d",
  blind: "7bb85f89c9b83a0e2b02938b3396f06f8f3df0018a91f1a2cc5416aaa552994d063f634d50bea13bffe8d5e01431e646e2e384549cefd695ac3affff665a1ebf0113df2520006bd66e468d37a58266daa8a3a75692535e1fc46d0c1d6fb6f37c949808172e20c0b77a48570a1fcb474325bdd23cdbce52b5d6a9e39f7aec73b09004eae8c8bfff2b4b533ea63bcf467a4cd95ccfb0cb4e43bc4992c1fd0be7a77a4475dbf8094cf25125ece901abbcea607a9050ad9f8ec3d0d66341f6eab40ee9c9c22c0b560b8377f8543d8878c7458885fd285c7556cc88fc6021617075b42c83a86005169a6f13352e789b28fdbbe3d0288e1dd7c801497573893146aea3",
  salt: "b6b4378421ab0ea677ce3f4036fd0489dee458ad81ea519c3e8bde3fcd5ec1505d28e110d7b44dcac5e04ecedd54d11a",
  request: "00020892d26a271c0104657ba10c0b5cb2827bb209d86e80027f96bfb861e0f40cb897f0fc426498433141ce9bc8b4a95914fefe4e40bdd3802a121cb0b59a4ae7e03255275c4abf071d991c82ead402606c0ef912178b0a0f68d303e06a966079230592827b84979dbcb5f21ab8904e9908638ddf705c4f8af8a053c19a66090726b60c6b4063976e4c66eab33522dd3f9d64828441db4aa82d55adcc3d3920592884cd1e5a3f490d5c81f1306705dcc5c61d82373f1dbd7d2ae4b2fea0f7339f5d868415f59312766e3074ee4a7305f5f053da82673ee6747a727a26d8d10ea1b1a3491d26b0c38b962c02a774ac78932153aae9dcc98a9b1db1f5389644682f7727",
  response: "113a5124c1aef6fc230d9fc42b789226f45ca941aad4da3f48cf37c7744a8d7fd1dcfd71cd39d09e9324760180ea0bade3360efaf7322a1fa15f41247be3857fde8c5c92ec6d67a7ee33be8fdadf8b27bb0db706117448e55bce9927cb6bfb1f87f9edb054181a4558af0c0d3973d7033b9599e674c20cf08a7bbcf0da815a2edaab7c4fb80dee4ea2cc53576a9691e857da931c6c592d2c69dd21afda8ea653dd90157adfe80e2375c08e75beb497df8b7b73192fbbd4e80359d9bbaecea14e0acebdda92596f71ec1d57e26b6497b3152976bc07a4409148cb84389eb207fb8e841106012408c6e19b4f964008b6a909aaab767a661a061c97da1643040455",
  token: "000298c1345ff38a554b429b428b0f206cfe4f3892f8041995f2c24873d90e84488d11e15c91a7c2ad02abd66645802373db1d823bea80f08d452541fb2b62b5898bca572f8982a9ca248a3056186322d93ca147266121ddeb5632c07f1f71cd27083350a206c5e9b7c0898f97611ce0bb8d74d310bb194ab67e094e32ff6da90886924b1b9e7b569402c1101d896d2fc3a7371ef77f02310db1dc9f81c8535828c2d0e9d9051720d182cd54e1c2c3bf417da2fc7aa72bb70ccc834ef274a2e809c9821b3d395d6535423f7428b3f29175d6eb840b4b7685336e57e2b6afeaabc0c17ea4f557e8a9cc2f624e245c6ccd7cbdd6c32c97c5c6974e802f688e2d25f0aba4215f609f692244517d5d3407e0172273982c001c158f5fcbe1b5d2447c26a87e89f5a9e72b498b0c59ce749823d2cf253d3cf6cd4e64fa0e434d95e488789247a9ceed756ff4ff33a8d2402c0db381236d331092838b608a42002552092897",
};

test("requests and tokens are those of RFC 9578, bit for bit", async () => {
  const spki = bytes(RFC.spki);
  const key = await importKey(spki);
  assert.equal(toHex(withParameters(new Uint8Array(await crypto.subtle.exportKey("spki", key)))), RFC.spki);
  const signed = await toSign(bytes(RFC.nonce), bytes(RFC.challenge), spki);
  const { message, unblind } = await blind(key, signed, bytes(RFC.salt), BigInt(`0x${RFC.blind}`));
  assert.equal(toHex(join(bytes("0002"), signed.slice(-1), message)), RFC.request);
  assert.equal(toHex(join(signed, await unblind(bytes(RFC.response)))), RFC.token);
  const other = bytes(RFC.response);
  other[255] ^= 1;
  await assert.rejects(unblind(other), /something else/);
});

describe("the issuer", () => {
  let one;
  before(async () => (one = await shop({ tokens: { network: 5, day: 12 } })));
  after(() => one?.close());
  const answer = async (token) => {
    const { status, body } = await one.spend("", one.said(), { token });
    return [status, body.code].filter(Boolean);
  };
  const at = (now) => one.asked("", { "x-now": String(now) });

  test("a network gets so many in a day, all together so many, and the next day again", async () => {
    await at(MONDAY + DAY);
    const take = async (address, count) => {
      for (let taken = 0; taken < count; taken++) await one.token({ "x-address": address });
    };
    await take("192.0.2.1", 5);
    await assert.rejects(one.token({ "x-address": "192.0.2.1" }), { code: "too-many" });
    await take("192.0.2.2", 5);
    await take("2001:db8::1", 2);
    await assert.rejects(one.token({ "x-address": "198.51.100.1" }), { code: "too-many" });
    const [key] = JSON.parse((await one.asked("/tokens")).text)["token-keys"];
    const last = new Uint8Array(await crypto.subtle.digest("SHA-256", fromUrl(key["token-key"]))).slice(-1);
    const late = await fetch(one.at("/tokens"), { method: "POST", body: join(bytes("0002"), last, new Uint8Array(256)), headers: { "tactful-consent": "given", "x-address": "192.0.2.1" } });
    assert.deepEqual([late.status, late.headers.get("retry-after")], [429, "86400"]);
    const [networks, [{ salt, given }]] = [await one.rows("network"), await one.rows("day")];
    assert.deepEqual([networks.map((row) => row.given).sort(), given], [[2, 5, 5], 12]);
    assert.doesNotMatch(JSON.stringify([networks, await one.rows("topic"), await one.rows("spent")]), /192\.0|2001:db8/);
    await at(MONDAY + 2 * DAY);
    assert.deepEqual([await one.rows("network"), await one.rows("day")], [[], []], "the day's hashes and salt are gone");
    await one.token();
    assert.notEqual((await one.rows("day"))[0].salt, salt);
  });

  test("a token is spent once; forged, changed, another shop's and another key's are refused", async () => {
    await at(MONDAY + 3 * DAY);
    const token = await one.token();
    for (const at of [0, 1, 2, 33, 34, 65, 66, 97, 98, 353]) {
      const changed = fromUrl(token);
      changed[at] ^= 1;
      assert.deepEqual(await answer(toUrl(changed)), [401, "wrong-token"], `byte ${at}`);
    }
    for (const text of [token.slice(1), `${token}AA`, "AAAA", toUrl(crypto.getRandomValues(new Uint8Array(354)))]) assert.deepEqual(await answer(text), [401, "wrong-token"]);
    assert.equal((await one.spend("", one.said(), { authorization: "Bearer none", token })).body.code, "no-token");
    // A signature by a key that is not this shop's, over a token that names this shop's.
    const pair = await crypto.subtle.generateKey({ name: "RSA-PSS", hash: "SHA-384", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }, true, ["sign", "verify"]);
    const signed = fromUrl(token).slice(0, 98);
    assert.deepEqual(await answer(toUrl(join(signed, new Uint8Array(await crypto.subtle.sign({ name: "RSA-PSS", saltLength: 48 }, pair.privateKey, signed))))), [401, "wrong-token"]);
    const spki = withParameters(new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey)));
    const own = await toSign(new Uint8Array(32), challengeOf(one.url.host), spki);
    assert.deepEqual(await answer(toUrl(join(own, new Uint8Array(await crypto.subtle.sign({ name: "RSA-PSS", saltLength: 48 }, pair.privateKey, own))))), [401, "wrong-token"]);
    // As if for a shop of another name.
    const directory = JSON.parse((await one.asked("/tokens")).text);
    const key = fromUrl(directory["token-keys"][0]["token-key"]);
    const foreign = await toSign(new Uint8Array(32), challengeOf("other.example"), key);
    const { message, unblind } = await blind(await importKey(key), foreign);
    const response = await fetch(one.at("/tokens"), { method: "POST", body: join(bytes("0002"), foreign.slice(-1), message), headers: { "tactful-consent": "given" } });
    assert.deepEqual(await answer(toUrl(join(foreign, await unblind(new Uint8Array(await response.arrayBuffer()))))), [401, "wrong-token"]);
    assert.deepEqual(await answer(token), [201]);
    assert.deepEqual(await answer(token), [409, "spent"]);
    const twenty = await Promise.all(Array.from({ length: 20 }, async (_, place) => answer(place ? token : await one.token())));
    assert.deepEqual(twenty.flat().filter((told) => told === 201), [201]);
  });

  test("of twenty that spend the same token at once, one wins", async () => {
    await at(MONDAY + 4 * DAY);
    const token = await one.token();
    const told = await Promise.all(Array.from({ length: 20 }, () => answer(token)));
    assert.equal(told.filter(([status]) => status === 201).length, 1);
    assert.equal(told.filter(([status]) => status === 409).length, 19);
  });

  test("keys change with the week; a token is good until the end of the next one", async () => {
    await at(MONDAY + 5 * DAY);
    const tokens = [await one.token(), await one.token(), await one.token()];
    const key = async () => JSON.parse((await one.asked("/tokens")).text)["token-keys"][0]["token-key"];
    const first = await key();
    await at(MONDAY + WEEK);
    assert.notEqual(await key(), first);
    assert.deepEqual(await answer(tokens[0]), [201]);
    await at(MONDAY + 2 * WEEK - 1);
    assert.deepEqual(await answer(tokens[1]), [201]);
    await at(MONDAY + 2 * WEEK);
    assert.deepEqual(await answer(tokens[2]), [401, "wrong-token"]);
    assert.deepEqual(await answer(tokens[0]), [401, "wrong-token"]);
    const [spent, weeks] = [await one.rows("spent"), await one.rows("week")];
    assert.deepEqual([spent.length, weeks.length <= 2], [0, true], "what was spent with a key is forgotten with it");
  });

  test("what is no request gets no signature", async () => {
    await at(MONDAY + 3 * WEEK);
    const post = async (body) => (await fetch(one.at("/tokens"), { method: "POST", body, headers: { "tactful-consent": "given" } })).status;
    const last = (await crypto.subtle.digest("SHA-256", fromUrl(JSON.parse((await one.asked("/tokens")).text)["token-keys"][0]["token-key"]))).slice(-1);
    const request = (message) => join(bytes("0002"), new Uint8Array(last), message);
    assert.equal(await post(request(new Uint8Array(256).fill(1))), 200);
    assert.equal(await post(request(new Uint8Array(256).fill(255))), 400);
    assert.equal(await post(request(new Uint8Array(255))), 400);
    assert.equal(await post(request(new Uint8Array(257))), 413);
    assert.equal(await post(join(bytes("0001"), new Uint8Array(257))), 400);
    assert.equal(await post(new Uint8Array()), 400);
  });

  test("what is kept joins no token with who got it, nor two topics of one shopper", async () => {
    await at(MONDAY + 4 * WEEK);
    const tokens = [await one.token(), await one.token()];
    for (const token of tokens) await one.spend("", one.said(), { token });
    const columns = async (table) => Object.keys((await one.rows(table))[0]).sort();
    assert.deepEqual(await columns("network"), ["given", "network"]);
    assert.deepEqual(await columns("day"), ["day", "given", "salt"]);
    assert.deepEqual(await columns("spent"), ["token", "use", "week"]);
    assert.deepEqual(await columns("topic"), ["about", "answer_de", "answer_en", "hidden", "id", "joined", "kind", "language", "own", "public", "reason_de", "reason_en", "said_ms", "state", "text"]);
    assert.ok((await one.rows("topic")).every(({ said_ms }) => said_ms % 3_600_000 === 0));
  });
});
