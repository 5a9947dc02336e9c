/**
 * Scanned codes against BWIPP (`bwip-js`), which reads GS1 data by its own implementation of the Barcode Syntax Dictionary
 * and refuses to draw what is wrong: ten thousand codes, right and broken, made anew from one seed.
 *
 * It is a writer of symbols and so knows more than a reader needs: it also judges what we pass over. Each such judgement
 * is listed below with its reason; any other disagreement fails.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import bwipjs from "bwip-js/node";
import { root } from "./hosts.mjs";

const CODES = 12_000;
const PROGRAM = join(root, "target/debug/tactful");

let folder;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "tactful-scan-"));
  execFileSync(PROGRAM, ["compile", join(root, "examples/nordkorb/catalog.json"), "-o", join(folder, "nk.tact")]);
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** What the core reads from each code. */
function scan(codes) {
  const out = execFileSync(PROGRAM, ["scan", join(folder, "nk.tact")], { input: codes.join("\n"), maxBuffer: 1 << 28 });
  return out.toString().trimEnd().split("\n").map((line) => JSON.parse(line));
}

/** Why BWIPP would not draw it, such as `GS1badChecksum#3251: AI 01: Bad checksum`; undefined when it would. */
function refusal(symbol, text) {
  try {
    bwipjs.raw({ bcid: symbol, text });
  } catch ({ message }) {
    return message.replace(/^bwipp\./, "");
  }
}

/** Mulberry32: the same codes in every run. */
function chance(seed) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit) => Math.floor(next() * limit);
  const one = (list) => list[below(list.length)];
  const text = (signs, length) => Array.from({ length }, () => one(signs)).join("");
  return { below, one, text, often: (share) => next() < share };
}

const DIGITS = "0123456789";
const LETTERS = `${DIGITS}ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.`;

/** Digits and their check digit, modulo 10 with weights 3 and 1 from the right. */
function checked(body) {
  const sum = [...body].reverse().reduce((total, digit, place) => total + Number(digit) * (place % 2 ? 1 : 3), 0);
  return body + ((10 - (sum % 10)) % 10);
}

/** A number with a check digit, of a company prefix that is in use. */
const numbered = (dice, length) => checked(`${dice.one(["0950", "0400", "0978", "0020", "1950", "0029"]).slice(length === 14 ? 0 : 1)}${dice.text(DIGITS, 30)}`.slice(0, length - 1));
const day = (dice) => `${20 + dice.below(15)}${String(1 + dice.below(12)).padStart(2, "0")}${String(dice.below(29)).padStart(2, "0")}`;

/** Keys with their qualifiers, in order, and how a value is made. */
const KEYS = [
  ["01", (dice) => numbered(dice, 14), [["22", 20], ["10", 20], ["21", 20]]],
  ["01", (dice) => numbered(dice, 14), [["235", 28]]],
  ["414", (dice) => numbered(dice, 13), [["254", 20]]],
  ["8006", (dice) => `${numbered(dice, 14)}0102`, [["22", 20], ["10", 20], ["21", 20]]],
  ["00", (dice) => checked(`0952${dice.text(DIGITS, 13)}`), []],
  ["253", (dice) => numbered(dice, 13) + dice.text(LETTERS, dice.below(5)), []],
  ["402", (dice) => checked(`0952${dice.text(DIGITS, 12)}`), []],
  ["417", (dice) => numbered(dice, 13), []],
  ["8003", (dice) => `0${numbered(dice, 13)}`, []],
  ["8004", (dice) => `9520123${dice.text(LETTERS, 1 + dice.below(9))}`, []],
  ["8018", (dice) => checked(`9520${dice.text(DIGITS, 13)}`), [["8019", 0]]],
];
const ATTRIBUTES = [["15", day], ["17", day], ["11", day], ["3103", (dice) => dice.text(DIGITS, 6)], ["3922", (dice) => `0${dice.text(DIGITS, 3)}`], ["99", (dice) => dice.text(LETTERS, 6)]];

/** A code in parts: its key, qualifiers and attributes, each `[identifier, value]`. */
function parts(dice) {
  const [key, value, qualifiers] = dice.one(dice.often(0.6) ? KEYS.slice(0, 4) : KEYS);
  const chosen = qualifiers.filter(() => dice.often(0.4));
  const attributes = ATTRIBUTES.filter(() => key === "01" && dice.often(0.2));
  return {
    key: [key, value(dice)],
    qualifiers: chosen.map(([name, most]) => [name, most ? dice.text(LETTERS, 1 + dice.below(most - 1)) : dice.text(DIGITS, 4)]),
    attributes: attributes.map(([name, make]) => [name, make(dice)]),
  };
}

const percent = (dice, text) => [...text].map((sign) => (dice.often(0.02) ? `%${sign.charCodeAt(0).toString(16)}` : sign)).join("");

/** The same as a Digital Link. */
function link(dice, { key, qualifiers, attributes }) {
  const stem = dice.one(["https://id.gs1.org", "http://shop.example", "https://shop.example/a/b", "HTTPS://X.EXAMPLE", "https://shop.example/00/faux", "https://shop.example:8443/01"]);
  const path = [key, ...qualifiers].map(([name, value]) => `/${name}/${percent(dice, value)}`).join("");
  const extra = dice.often(0.2) ? [["linkType", "gs1:pip"]] : [];
  if (key[0] === "01" && qualifiers.length === 0 && dice.often(0.1)) extra.push(["10", "A1"]);
  const end = dice.often(0.02) ? "/" : "";
  const query = [...attributes, ...extra].map(([name, value]) => `${name}=${percent(dice, value)}`).join("&");
  return `${stem}${path}${end}${query && `?${query}`}${dice.often(0.1) ? "#top" : ""}`;
}

/** The same in brackets, in any order, and as a scanner sends it. */
const bracketed = (all) => all.map(([name, value]) => `(${name})${value}`).join("");
const FIXED = /^(0[0-4]|1[1-9]|20|3[1-6]|41)/;
const sent = (dice, all) =>
  dice.one(["]C1", "]d2", "]Q3", "]e0", "\u001d"]) + all.map(([name, value]) => name + value + (FIXED.test(name) ? "" : "\u001d")).join("");

/** Breaks a code in one place: another sign, one less, one more, two changed over. */
function broken(dice, text, from = 0) {
  const at = from + dice.below(text.length - from);
  const sign = dice.one(`${DIGITS}${DIGITS}A/(`);
  return dice.one([
    () => text.slice(0, at) + sign + text.slice(at + 1),
    () => text.slice(0, at) + text.slice(at + 1),
    () => text.slice(0, at) + sign + text.slice(at),
    () => text.slice(0, at) + (text[at + 1] ?? "") + text[at] + text.slice(at + 2),
  ])();
}

/** The symbols of plain digits, by how many there are. */
const SYMBOLS = { 8: ["ean8", "upce"], 12: ["upca"], 13: ["ean13"], 14: ["itf14"] };

/** What BWIPP says to plain digits: the first refusal where no symbol of that length takes them. */
function digitsRefusal(code) {
  const symbols = /^\d+$/.test(code) ? (SYMBOLS[code.length] ?? []) : [];
  const said = symbols.filter((symbol) => symbol !== "upce" || code.startsWith("0")).map((symbol) => refusal(symbol, code));
  return said.includes(undefined) && said.length > 0 ? undefined : (said[0] ?? "form");
}

/** Every code with BWIPP's word on it, and the key that is in it where it was not broken. */
function codes(seed) {
  const dice = chance(seed);
  const made = [];
  const take = (form, code, detail, key) => made.push({ form, code, detail, refused: detail?.replace(/\W.*/s, ""), key });
  while (made.length < CODES) {
    const whole = parts(dice);
    const all = [whole.key, ...whole.qualifiers, ...whole.attributes];
    const isBroken = dice.often(0.5);
    const kept = (key) => (isBroken ? undefined : key);
    const kind = dice.below(4);
    if (kind < 2) {
      const right = link(dice, whole);
      const code = isBroken ? broken(dice, right, 8) : right;
      take("link", code, refusal("gs1dldatamatrix", code), kept(whole.key));
    } else if (kind === 2) {
      const elements = dice.often(0.5) ? all : [...all].reverse();
      const right = bracketed(elements);
      const code = isBroken ? broken(dice, right) : right;
      const said = refusal("gs1-128", code);
      take("elements", code, said, kept(whole.key));
      if (!isBroken) take("elements", sent(dice, elements), said, whole.key);
    } else {
      const right = numbered(dice, dice.one([8, 12, 13, 14]));
      const code = isBroken ? broken(dice, right) : right;
      take("digits", code, digitsRefusal(code), kept(["01", right]));
    }
  }
  return made;
}

/**
 * Judgements of BWIPP that we do not share, and why. Slashes and pieces apart, they are about parts that name neither a
 * product nor a store: weights, dates, lots. Whoever stands at the shelf with a right number in hand gets an answer.
 */
const READ = {
  // A link may end with a slash: web servers add one. BWIPP reads an empty value behind it.
  GS1dlNoAIinfo: endsInSlash,
  GS1dlBadPathInfo: endsInSlash,
  // Which piece of how many is not asked; the number of digits is.
  GS1pieceExceedsTotal: () => true,
  GS1badPieceNumber: () => true,
  // Attributes that need others beside them (a price per weight needs a weight).
  GS1missingAIs: () => true,
  // Lengths, signs and days of parts that are passed over.
  GS1valueTooShort: passedOver,
  GS1valueTooLong: passedOver,
  GS1notNumeric: passedOver,
  GS1badMonth: passedOver,
  GS1badDay: passedOver,
  GS1badCSET82character: passedOver,
  // A percent sign that encodes nothing, in such a part.
  GS1dlBadHexCharacter: () => true,
  // Identifiers that the dictionary of today does not have, or not in a link: tomorrow's may.
  GS1unknownAI: () => true,
  GS1dlInvalidDataAttribute: () => true,
  // A lot belongs into the path, not into the query; it is passed over in both.
  GS1dlAttributeMustBeQualifier: () => true,
};

function endsInSlash({ code }) {
  return /\/([?#].*)?$/.test(code);
}

/** The part that BWIPP names is no key. */
function passedOver({ detail }) {
  const part = /AI (\d+)/.exec(detail)?.[1];
  return part !== undefined && !["01", "414", "8006"].includes(part);
}

/** The keys that a code holds, found by a search for the signs alone. */
function twin({ form, code }) {
  if (form === "digits") return { gtin: code.padStart(14, "0") };
  const text = code.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  const found = (pattern) => [...text.matchAll(pattern)].at(-1)?.[1];
  if (form === "link") return { gtin: found(/\/(?:01|8006)\/(\d{8,14})/g)?.padStart(14, "0"), gln: found(/\/414\/(\d{13})/g) };
  return { gtin: found(/\((?:01|8006)\)(\d{14})/g), gln: found(/\(414\)(\d{13})/g) };
}

test("twelve thousand scanned codes, right and broken, are read as BWIPP writes them", () => {
  const made = codes(20_261_122);
  const right = made.filter(({ refused }) => !refused).length;
  assert.ok(made.length >= 12_000 && right > 4_000 && right < 9_000, `${right} of ${made.length} are right`);
  const told = scan(made.map(({ code }) => code));
  assert.equal(told.length, made.length);
  const passed = [];
  made.forEach((one, place) => {
    const ours = told[place];
    const name = `${one.form} ${JSON.stringify(one.code)}: BWIPP ${one.detail ?? "writes it"}, we ${JSON.stringify(ours)}`;
    const isRead = !ours.fault;
    if (isRead && one.refused) {
      assert.ok(READ[one.refused]?.(one), name);
      passed.push(one.refused);
    }
    const isSent = one.form === "elements" && !one.code.startsWith("(");
    const { gtin, gln } = isSent ? ours : twin(one);
    if (isRead && !(ours.upc && !ours.gtin)) assert.deepEqual([ours.gtin, ours.gln], [gtin, gln], name);
    // BWIPP writes any element; we are asked for a product or a store.
    if (!isRead && !one.refused) assert.deepEqual([gtin, gln], [undefined, undefined], name);
    if (one.key) {
      const [key, value] = one.key;
      if (["01", "8006"].includes(key) && isRead) assert.equal(ours.gtin, value.slice(0, 14).padStart(14, "0"), name);
      if (key === "414" && isRead) assert.equal(ours.gln, value, name);
      if (!["01", "414", "8006"].includes(key)) assert.match(ours.fault ?? "", new RegExp(`names .+ \\(.${key}.\\)`), name);
      else assert.ok(isRead, name);
    }
  });
  assert.ok(made.length - passed.length > 10_000, `${passed.length} of ${made.length} are read though BWIPP refuses them`);
  assert.deepEqual([...new Set(passed)].sort(), Object.keys(READ).sort(), "each judgement listed is one that was seen");
});

/** Each is drawn by BWIPP too, so each is right. */
const PUBLISHED = [
  // GS1 Digital Link: URI Syntax, sections 4.11, 5 and 6.
  ["gs1dldatamatrix", "https://id.gs1.org/01/09520123456788", "09520123456788"],
  ["gs1dldatamatrix", "https://id.gs1.org/01/09520123456788/10/ABC1/21/12345?17=180426", "09520123456788"],
  ["gs1dldatamatrix", "https://id.gs1.org/01/09520123456788?3103=000195", "09520123456788"],
  ["gs1dldatamatrix", "https://id.gs1.org/414/9520123456788/254/32a%2Fb", "9520123456788"],
  // GS1 General Specifications, section 5.2.2.4.2: UPC-E, and the number that it stands for.
  ["upce", "01234505", "00012000003455"],
  ["upce", "01234565", "00012345000065"],
];

for (const [symbol, code, number] of PUBLISHED) {
  test(`${code} names ${number}`, () => {
    assert.equal(refusal(symbol, code), undefined);
    const [{ gtin, upc, gln }] = scan([code]);
    assert.ok([gtin, upc, gln].includes(number));
  });
}
