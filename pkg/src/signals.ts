/** Signals as hosts write them become the bytes that the core reads. What has a wrong shape never gets that far. */
import { Writer } from "./codec.js";
import { TactfulError } from "./errors.js";
import { Form, type Findings, type Range, isObject, kind } from "./form.js";
import { SHOP_EVENTS } from "./shop-events.js";
import { EARLIEST_MS, TIME } from "./time.js";
import type { Notice, ReplyKind, ShopEventType, Signal } from "./types.js";

// INVARIANT: these lists, too, have the order of the codes on the wire (`src/signal/mod.rs`).
const REPLIES: readonly ReplyKind[] = [
  "opened", "saved", "claimed", "redeemed", "dismissed", "later", "less_like_this", "never_again", "useful", "not_useful",
];
const ASKED = ["wish", "question", "complaint", "vote"];
const TOPICS = ["complaint", "return", "late_delivery", "question"];
const CASE_STATES = ["closed", "open"];
const MATTERS = ["product", "category", "occasion", "memories"];
const DIALS = ["never", "rarely", "normal", "often"];

/** Most items that one event may have (`Basket::LIMIT`). */
const MOST_ITEMS = 200;

/** Events that are about their items. */
const ABOUT_ITEMS: readonly string[] = ["view_item", "add_to_wishlist", "add_to_cart", "remove_from_cart", "purchase"];

/** What GA4 puts into an event or an item and Tactful has no use for: no reason for a notice. */
const GA4 = new Set([
  "affiliation", "coupon", "creative_name", "creative_slot", "currency", "customer_type", "discount", "index",
  "item_brand", "item_category2", "item_category3", "item_category4", "item_category5", "item_list_id",
  "item_list_name", "item_name", "item_variant", "location_id", "payment_type", "price", "promotion_id",
  "promotion_name", "quantity", "shipping", "shipping_tier", "tax", "value",
]);
const NOTHING: ReadonlySet<string> = new Set();

const WHEN: Range = { wanted: TIME, low: EARLIEST_MS, high: Number.MAX_SAFE_INTEGER, whole: true };
const LATITUDE: Range = { wanted: "degrees from -90 to 90", low: -90, high: 90, code: "off-earth" };
const LONGITUDE: Range = { wanted: "degrees from -180 to 180", low: -180, high: 180, code: "off-earth" };
const ACCURACY: Range = { wanted: "metres from 0 to 40000000", low: 0, high: 40_000_000 };
const PRICE: Range = { wanted: "a number (or a text that is one) from 0 to 1000000000", low: 0, high: 1e9 };
const QUANTITY: Range = { wanted: "a whole number of pieces from 1 to 65535", low: 1, high: 65_535, whole: true };
const MAJOR: Range = { wanted: "a whole number from 0 to 65535", low: 0, high: 65_535, whole: true };
const DBM: Range = { wanted: "whole decibels (dBm) from -127 to 0", low: -127, high: 0, whole: true };
const SIXTEENTHS: Range = { wanted: "a whole number of sixteenths from 0 to 16", low: 0, high: 16, whole: true };
const OFFSET: Range = { wanted: "whole minutes from -1440 to 1440", low: -1_440, high: 1_440, whole: true };
const VALUE: Range = { wanted: "a number from -1000000000 to 1000000000", low: -1e9, high: 1e9 };
const ENTRY: Range = { ...VALUE, wanted: "a whole number from -1000000000 to 1000000000", whole: true };

/** How strong a beacon is at 1 m where it does not tell, dBm: that of Apple's example, and of most makers. */
const USUAL_POWER = -59;

/** Writes the fact of one type of signal: its number, then its fields in the order of `FactTwin`. */
type Fact = (form: Form, out: Writer, decimals: number) => void;

const facts: Readonly<Record<string, Fact>> = {
  position(form, out) {
    out.byte(1);
    out.signed(e7(form.number("latitude", LATITUDE, true)));
    out.signed(e7(form.number("longitude", LONGITUDE, true)));
    out.whole(Math.round((form.number("accuracy", ACCURACY, true) ?? 0) * 100));
  },
  scan(form, out) {
    out.byte(2);
    out.text(form.text("code", true));
  },
  check_in(form, out) {
    out.byte(3);
    out.text(form.text("store", true));
  },
  request(form, out) {
    out.byte(4);
    for (const field of ["language", "country", "product", "category"]) out.text(form.text(field));
    out.option(near(form), ([latitude, longitude]) => {
      out.signed(latitude);
      out.signed(longitude);
    });
    out.flag(form.flag("gpc") ?? false);
    out.flag(form.flag("save_data") ?? false);
    out.text(form.text("address"));
  },
  attention(form, out) {
    out.byte(5);
    for (const field of ["visible", "idle", "typing", "playing", "paying", "full_screen", "save_data"]) {
      out.option(form.flag(field), (value) => out.flag(value));
    }
    out.option(form.number("utc_offset", OFFSET), (minutes) => out.whole(minutes + 1_440));
  },
  reply(form, out) {
    out.byte(6);
    out.text(form.text("decision", true));
    out.byte(form.choice("reply", REPLIES));
    out.option(form.number("until", WHEN), (until) => out.whole(until));
  },
  care_case(form, out) {
    out.byte(7);
    out.text(form.text("id", true));
    out.byte(form.choice("topic", TOPICS));
    out.byte(form.choice("state", CASE_STATES));
  },
  consent(form, out) {
    out.byte(8);
    out.flag(form.flag("remember", true) ?? false);
  },
  dial(form, out) {
    out.byte(9);
    out.byte(form.choice("dial", DIALS));
  },
  position_refused(_form, out) {
    out.byte(11);
  },
  attributes(form, out) {
    out.byte(10);
    const values = form.object("values");
    const given = values.fields.filter((name) => values.kindOf(name) !== "left out");
    out.list(given, (name) => {
      out.text(name);
      attribute(values, name, out);
    });
  },
  budgets(form, out) {
    out.byte(16);
    const left = form.object("left");
    out.list(left.fields, (offer) => {
      out.text(offer);
      out.signed(left.number(offer, SIXTEENTHS, true) ?? 0);
    });
  },
  never_again(form, out) {
    out.byte(13);
    matter(form, out);
  },
  forget(form, out) {
    out.byte(14);
    matter(form, out);
  },
  shown(form, out) {
    out.byte(15);
    out.text(form.text("decision", true));
    out.text(form.text("offer"));
  },
  beacon(form, out) {
    out.byte(12);
    const uuid = form.text("uuid");
    const hex = (field: string) => (form.number(field, MAJOR, uuid !== "") ?? 0).toString(16).padStart(4, "0");
    const ibeacon = uuid + hex("major") + hex("minor");
    const eddystone = form.text("namespace") + form.text("instance");
    out.text(uuid ? ibeacon : eddystone);
    out.byte(-(form.number("rssi", DBM, true) ?? 0));
    out.byte(-(form.number("power", DBM) ?? USUAL_POWER));
  },
  asked(form, out) {
    out.byte(17);
    out.text(form.text("topic", true));
    out.byte(form.choice("kind", ASKED));
  },
};

/** Writes what a wish is about, and its id; all memories have none. */
function matter(form: Form, out: Writer): void {
  const about = form.choice("about", MATTERS);
  out.byte(about);
  out.text(form.text("id", MATTERS[about] !== "memories"));
}

/** One signal is written at a time. */
const out = new Writer();

const TYPES: readonly string[] = [...SHOP_EVENTS, ...Object.keys(facts)];

/** Signals as bytes, one after the other, and what was odd about them. */
export interface Encoded {
  readonly signals: readonly Uint8Array[];
  readonly notices: Notice[];
}

/** Encodes one signal or several. Throws one `bad-signal` error that lists everything that is wrong in any of them. */
export function encode(signals: Signal | readonly Signal[], decimals: number): Encoded {
  const findings: Findings = { issues: [], notices: [] };
  const many: readonly unknown[] | undefined = Array.isArray(signals) ? signals : undefined;
  const encoded = (many ?? [signals]).map((signal, place) => one(signal, many ? `/${place}` : "", decimals, findings));
  if (findings.issues.length > 0) throw new TactfulError("bad-signal", findings.issues);
  return { signals: encoded, notices: findings.notices };
}

function one(signal: unknown, path: string, decimals: number, findings: Findings): Uint8Array {
  if (isObject(signal)) write(new Form(signal, path, findings), decimals, findings);
  else findings.issues.push({ code: "wrong-type", path, message: `a signal must be an object, not ${kind(signal)}` });
  return out.take();
}

function write(form: Form, decimals: number, findings: Findings): void {
  const before = findings.issues.length;
  const type = TYPES[form.choice("type", TYPES, "unknown-type")] ?? "";
  if (findings.issues.length > before) return;
  out.whole(form.number("at", WHEN, true) ?? 0);
  const shopEvent = SHOP_EVENTS.indexOf(type as ShopEventType);
  if (shopEvent < 0) facts[type]?.(form, out, decimals);
  else shop(shopEvent, form, out, decimals);
  form.finish(shopEvent < 0 ? NOTHING : GA4);
}

function shop(event: number, form: Form, out: Writer, decimals: number): void {
  out.byte(0);
  out.byte(event);
  for (const field of ["currency", "transaction_id", "search_term"]) out.text(form.text(field));
  const items = form.forms("items", MOST_ITEMS);
  const type = SHOP_EVENTS[event] ?? "";
  if (items.length === 0 && ABOUT_ITEMS.includes(type)) form.notice("items", `no \`items\`, so nobody knows what this \`${type}\` is about`);
  out.list(items, (entry, place) => item(entry, place, out, decimals));
}

function item(form: Form, place: number, out: Writer, decimals: number): void {
  const id = form.text("item_id") || form.text("item_name");
  if (id === "") form.issue("nameless-item", "item_id", `item ${place} has neither \`item_id\` nor \`item_name\``);
  out.text(id);
  out.text(form.text("item_category"));
  const price = form.decimal("price", PRICE);
  out.option(price, (major) => out.whole(Math.round(major * 10 ** decimals)));
  out.whole(form.number("quantity", QUANTITY) ?? 1);
  out.text(form.text("lot"));
  form.finish(GA4);
}

/** Writes the value of a declared attribute, whatever its type; nothing forgets it. */
function attribute(values: Form, name: string, out: Writer): void {
  switch (values.kindOf(name)) {
    case "text":
      out.byte(0);
      return out.text(values.text(name));
    case "flag":
      out.byte(2);
      return out.flag(values.flag(name) ?? false);
    case "list": {
      out.byte(3);
      const members = values.inner(name);
      return out.list(members.fields, (place) => {
        out.text(members.text(place, true));
        out.signed(1);
      });
    }
    case "object": {
      out.byte(4);
      const entries = values.inner(name);
      return out.list(entries.fields, (entry) => {
        out.text(entry);
        out.signed(entries.number(entry, ENTRY, true) ?? 0);
      });
    }
    case "nothing":
      return out.byte(5);
    default:
      out.byte(1);
      out.signed(Math.round((values.number(name, VALUE) ?? 0) * 1000));
  }
}

/** Where a request comes from, if it tells; latitude and longitude go together. */
function near(form: Form): [number, number] | undefined {
  const known = form.has("latitude") || form.has("longitude");
  const latitude = e7(form.number("latitude", LATITUDE, known));
  const longitude = e7(form.number("longitude", LONGITUDE, known));
  return known ? [latitude, longitude] : undefined;
}

function e7(degrees = 0): number {
  return Math.round(degrees * 1e7);
}
