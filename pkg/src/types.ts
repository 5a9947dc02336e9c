/**
 * Every shape that crosses between a host and Tactful, written by hand in this one place.
 *
 * The shared cases in `tests/cases` hold it true: the same JSON runs through Rust and through this package.
 * Times are whole milliseconds since the Unix epoch (UTC); money is a whole number of minor units (cents for EUR);
 * shares of one are parts per million (`ppm`), so that every number is exact.
 */

/** Whole milliseconds since the Unix epoch, UTC, as `Date.now()` has them; from 100000000000 on, so that seconds are noticed. */
export type Timestamp = number;

/** Words of an offer or a category, per language (`de`, `en`). */
export type Language = "de" | "en";

/** One product in a shop event, as Google Analytics 4 names its fields. `item_id` or `item_name` is required. */
export interface Item {
  item_id?: string;
  item_name?: string;
  item_brand?: string;
  item_category?: string;
  /** In major units (1.99 for EUR 1.99), as GA4 has it; a numeric string is accepted, as many shops send one. */
  price?: number | string;
  /** Pieces; 1 where missing. */
  quantity?: number;
  /** Of a purchase: the lot of the pieces (GS1 application identifier 10), as the till knows it, for a recall. */
  lot?: string;
}

/** The GA4 ecommerce events that Tactful understands. */
export type ShopEventType =
  | "view_item_list" | "select_item" | "view_item" | "search" | "view_search_results" | "add_to_wishlist"
  | "add_to_cart" | "remove_from_cart" | "view_cart" | "begin_checkout" | "add_shipping_info" | "add_payment_info"
  | "purchase" | "refund";

/** A shop event in GA4 shape. `view_cart` replaces what is known of the basket by its items. */
export interface ShopEvent {
  type: ShopEventType;
  at: Timestamp;
  items?: Item[];
  /** ISO 4217; must be the catalog's currency where given. */
  currency?: string;
  /** What all of it comes to, in major units. */
  value?: number;
  /** Recognises a purchase that is sent twice. */
  transaction_id?: string;
  search_term?: string;
}

/** A place on earth, degrees, WGS 84. */
export interface Place { latitude: number; longitude: number }

/** A pack as the index of a chain's regions lists it. */
export interface RegionPack {
  name: string;
  /** Lies beside the index, and is named by what is in it: it never changes. */
  file: string;
  /** How many stores it has, also those around the region. */
  stores: number;
  /** Before compression. */
  bytes: number;
  /** Of its bytes, as `integrity` of `fetch` takes it. */
  digest: string;
}

/** A part of a chain: the places `[south, north)` x `[west, east)`, degrees. */
export interface Region extends RegionPack { south: number; west: number; north: number; east: number }

/** The regions of a chain, as `tactful compile --regions` writes them to `regions.json`. No place belongs to two of them. */
export interface RegionIndex {
  shop: string;
  version: number;
  /** How far beyond its bounds a region's pack has stores, metres. */
  overlap_m: number;
  /** For places in no region, and before any place is known: the pack without stores. */
  elsewhere: RegionPack;
  regions: Region[];
}

/** A position fix, with the field names of `GeolocationCoordinates`. */
export interface PositionSignal {
  type: "position";
  at: Timestamp;
  /** Degrees, WGS 84. */
  latitude: number;
  longitude: number;
  /** Radius in metres as the platform reports it, read as 68 %. */
  accuracy: number;
}

/**
 * A scanned code: a GS1 Digital Link URI (`https://…/01/{gtin}`, `…/414/{gln}`), a GS1 element string (`(01)…`, `]d201…`), or
 * the digits of an EAN, UPC or ITF-14.
 */
export interface ScanSignal { type: "scan"; at: Timestamp; code: string }

/** The shopper says which store they are in. */
export interface CheckInSignal { type: "check_in"; at: Timestamp; store: string }

/** What one HTTP request or page load tells. */
export interface RequestSignal {
  type: "request";
  at: Timestamp;
  /** BCP 47; the first that the catalog speaks is used for words. */
  language?: string;
  /** ISO 3166-1 alpha-2. */
  country?: string;
  /** Coarse position of the network, city level at best: never taken as being in a store. */
  latitude?: number;
  longitude?: number;
  /** Product or category the requested page is about. */
  product?: string;
  category?: string;
  /** Global Privacy Control (`Sec-GPC: 1`). */
  gpc?: boolean;
  /** As in `attention`, where the request tells it (`Save-Data: on`). */
  save_data?: boolean;
  /**
   * Address on the internet that the request came from, where a host knows it from its own platform; a page never does:
   * 8 hexadecimal digits of IPv4 or 32 of IPv6, as `addressDigits` of `tactful/edge` writes them. It is looked up among
   * the `networks` of the catalog's stores and forgotten in the same call.
   */
  address?: string;
}

/**
 * One packet of a Bluetooth beacon, as an app or a scanner of the platform hears it: an iBeacon with `uuid`, `major` and
 * `minor`, or an Eddystone-UID with `namespace` and `instance`. Beacons that no store lists are passed over.
 */
export interface BeaconSignal {
  type: "beacon";
  at: Timestamp;
  /** 32 hexadecimal digits; dashes may be left out. */
  uuid?: string;
  /** 0 to 65535; required with a `uuid`. */
  major?: number;
  minor?: number;
  /** 20 hexadecimal digits. */
  namespace?: string;
  /** 12 hexadecimal digits. */
  instance?: string;
  /** How strong it was received, whole dBm from -127 to 0. */
  rssi: number;
  /** How strong it is at 1 m, whole dBm; -59 where missing. Eddystone tells it at 0 m: take off 41. */
  power?: number;
}

/**
 * Whether the person can be interrupted. What is left out stays as it was. None of it is ever saved: a page tells it
 * anew (`watchAttention` of `tactful/page` does), and starts visible and at leisure.
 */
export interface AttentionSignal {
  type: "attention";
  at: Timestamp;
  visible?: boolean;
  idle?: boolean;
  typing?: boolean;
  /** Audible media is playing. */
  playing?: boolean;
  /** A payment or address form has the focus. */
  paying?: boolean;
  /** Something fills the whole screen. */
  full_screen?: boolean;
  /** The shopper saves traffic: offers come without pictures from the network. */
  save_data?: boolean;
  /** Minutes that the shopper's clock is ahead of UTC, -1,440 to 1,440: quiet hours go by it. */
  utc_offset?: number;
}

/** What the shopper did with a shown offer. */
export type ReplyKind =
  | "opened" | "saved" | "claimed" | "redeemed" | "dismissed" | "later" | "less_like_this" | "never_again"
  | "useful" | "not_useful";

/** `until` says when "later" is, at most 366 days ahead; 20 hours where it is left out. */
export interface ReplySignal { type: "reply"; at: Timestamp; decision: string; reply: ReplyKind; until?: Timestamp }

/**
 * Something was said to the shopper elsewhere, in a wallet, by the edge or by mail: it counts for gap, caps and fatigue as if
 * it had been said here. `decision` is that which chose it, sixteen hexadecimal digits, or where none did any that name the
 * message, so that it counts once. Without an `offer` that the catalog knows it counts as promotion.
 */
export interface ShownSignal { type: "shown"; at: Timestamp; decision: string; offer?: string }

/** A complaint, return, late delivery or question opens or closes. */
export interface CareCaseSignal {
  type: "care_case";
  at: Timestamp;
  id: string;
  topic: "complaint" | "return" | "late_delivery" | "question";
  state: "open" | "closed";
}

/**
 * The shopper told the shop something, or voted for what others told. The device remembers it for 366 days, and by it alone
 * finds the offers that answer (`answers` in the catalog); it never tells. `topic` is the shop's id for what it is about.
 */
export interface AskedSignal { type: "asked"; at: Timestamp; topic: string; kind: AskedKind }

/** How something that a shopper told the shop was meant. */
export type AskedKind = "wish" | "question" | "complaint" | "vote";

/**
 * What the shopper allows. Without it purchases are used while the page lives and are not saved; a no forgets them at
 * once. Global Privacy Control (`request.gpc`) outweighs a yes.
 */
export interface ConsentSignal { type: "consent"; at: Timestamp; remember: boolean }

/** The shopper does not want to tell their position: they are not asked again for 90 days. */
export interface PositionRefusedSignal { type: "position_refused"; at: Timestamp }

/**
 * How many sixteenths are left of the budgets of coupons, by the id of the offer, as `GET /v1/budgets` tells them. It takes
 * the place of all that was told before, and is forgotten with the page. A coupon of which nothing is left is not shown;
 * one with `"pacing": "budget"` to more devices the more is left.
 */
export interface BudgetsSignal { type: "budgets"; at: Timestamp; left: Readonly<Record<string, number>> }

/**
 * A wish of the shopper. `never_again`: nothing about this product, category or occasion is said any more, or no memory of
 * anything, for good. `forget`: their purchases of it are forgotten, as if they had never been; of `memories`, all of
 * them. `id` is the catalog's, or the sixteen digits that `export` has for a product it does not know any more.
 */
export interface WishSignal {
  type: "never_again" | "forget";
  at: Timestamp;
  about: "product" | "category" | "occasion" | "memories";
  id?: string;
}

/** The shopper's own wish for how often Tactful may speak. */
export interface DialSignal { type: "dial"; at: Timestamp; dial: "never" | "rarely" | "normal" | "often" }

/**
 * Values of the attributes that the catalog declares: one value, the members of a set (`["bread", "milk"]`), or the
 * entries of a map (`{"bread": 5}`, whole numbers). Each takes the place of all that was told of it before, and `null`
 * forgets it. An attribute that is left out stays as it was.
 */
export interface AttributesSignal {
  type: "attributes";
  at: Timestamp;
  values: Record<string, AttributeValue>;
}

/** What may be told of one declared attribute. */
export type AttributeValue = string | number | boolean | readonly string[] | Readonly<Record<string, number>> | null;

/** One observed fact with its time. */
export type Signal =
  | ShopEvent | PositionSignal | ScanSignal | CheckInSignal | BeaconSignal | RequestSignal | AttentionSignal | ReplySignal | ShownSignal
  | CareCaseSignal | ConsentSignal | DialSignal | AttributesSignal | PositionRefusedSignal
  | WishSignal | BudgetsSignal | AskedSignal;

/** A share of one, in parts per million: 1,000,000 is certain. */
export type Ppm = number;

/** Something that the shopper might be glad to be reminded of. */
export interface Memory {
  product: string;
  /** When it was bought last. */
  last: Timestamp;
  /** Days on which it was bought. */
  purchases: number;
  /** How welcome it might be. */
  score: Ppm;
  /** The fact that it is remembered by. */
  recall: "lapsed" | "years_ago" | "first_bought" | "every_year" | "around";
  /** The occasion around which it was bought. */
  occasion?: string;
  /** That fact in words: what they did and when. */
  sentence: string;
}

/** What the signals mean now. */
export interface Moment {
  presence: {
    state: "away" | "near" | "in_store";
    /** Of being in `store` (or in any store, where it is not known which). */
    probability: Ppm;
    tier: "none" | "request" | "network" | "position" | "beacon" | "scan" | "check_in";
    store?: string;
    /** Since when they are in it. */
    since?: Timestamp;
  };
  intent: { stage: "browse" | "consider" | "compare" | "decide" | "hesitate" | "checkout" | "leave"; purchase: Ppm; categories: string[] };
  /** Soonest first, at most eight. */
  needs: { category: string; due: Timestamp; within_week: Ppm }[];
  /** Lapsed favourites, dearest first, at most four. */
  memories: Memory[];
  /** Local to the shop: ISO weekday 1 (Monday) to 7, hour 0 to 23, month 1 to 12. */
  occasion: { weekday: number; hour: number; month: number };
  stage: "discovery" | "sale" | "service";
}

/** A category that the shopper may buy next, with what is known of it. `sayNeed` of `tactful/needs` puts it in words. */
export interface Need {
  category: string;
  /** In the shopper's language. */
  name: string;
  /** The day it is due by their own interval, past or to come; absent where they stopped buying it. */
  due?: Timestamp;
  /** Of buying it within seven days. */
  within_week: Ppm;
  /** On how many days they bought it, how many days apart (absent before the second), and the last of them. */
  days: number;
  /** Days from one to the next. */
  every_days?: number;
  /** The last of them. */
  last: Timestamp;
}

/** Why an offer fits, strongest first. `subject` is an id (category, product, store) where the reason has one; of `asked`, how it was meant. */
export interface Reason {
  reason:
    | "scanned" | "in_store" | "searched" | "in_basket" | "viewed" | "need_due" | "bought" | "memory" | "care"
    | "saves" | "general" | "asked" | "recalled" | "price_fell";
  subject?: string;
}

export type OfferKind = "coupon" | "reminder" | "service";

/** The offer that is shown, in words of one language. */
export interface ShownOffer {
  id: string;
  kind: OfferKind;
  title: string;
  text: string;
  /** One emoji or an image URL, as the catalog has it; no URL for a shopper who saves traffic. */
  picture?: string;
  /** The product or category it is about, where it is about one. */
  product?: string;
  category?: string;
}

/** What a coupon takes off the basket as it stands, in minor units. */
export interface Savings {
  currency: string;
  /** What the coupon takes off now; 0 while the minimum spend is not reached. */
  saves: number;
  /** What the basket then costs. */
  pays: number;
  /** What is missing to the minimum spend. */
  missing: number;
}

/** Why nothing is shown. `riding`, `quiet_hours`, `resting`, `cap_reached` and `unknown_history` carry `until`, `all_excluded` and `holdout` where it is known. */
export type HoldReason =
  | "dial_never" | "busy" | "riding" | "quiet_hours" | "resting" | "cap_reached" | "unknown_history" | "holdout"
  | "catalog_expired" | "nothing_fits" | "all_excluded" | "not_worth_it";

/** Whether it is worth asking the shopper where they are. */
export type Locate = LocateWanted | LocateUnwanted;

/** It is: what could be said in a store is worth the interruption. The engine counts it as asked. */
export interface LocateWanted {
  ask: true;
  /** The question, in the shopper's language: what for comes first. */
  sentence: string;
  /** Id of the offer that could be said then. */
  offer: string;
  /** Probability that what is said changes, parts per million: at least a third. */
  chance: number;
  /** What is gained then: usefulness above the cost of interrupting, parts per million. */
  gain: number;
}

/** It is not. `refused` and `asked` carry `until`, and so do the reasons of a hold that do there. */
export interface LocateUnwanted { ask: false; why: UnwantedReason; until?: Timestamp }

/** Why a position is not asked for: it is known, was refused in 90 days or asked for in one, would hardly be in a store, changes nothing that is worth it, or nothing may be said at all. */
export type UnwantedReason = "known" | "refused" | "asked" | "unlikely" | "useless" | HoldReason;

/** Why one offer was left out. */
export type Refusal =
  | "not_eligible" | "not_applicable" | "not_suitable" | "schedule" | "cap" | "cooling_off" | "never_again" | "later"
  | "converted" | "care_first" | "careful" | "consent" | "sensitive" | "no_memory" | "reminder_gap" | "tired" | "pacing" | "exhausted"
  | "age"
  | "outranked" | "not_worth_it";

/** How the decision came about; the same bytes for the same inputs. */
export interface Trace {
  /** Offers in the catalog, then left after each station. */
  funnel: { offers: number; candidates: number; survivors: number };
  refused: { offer: string; why: Refusal; until?: Timestamp }[];
  /** The best offer's expected usefulness, and what it had to beat. */
  usefulness?: Ppm;
  cost: Ppm;
  /** The best of the offers that lost. */
  runner_up?: string;
}

interface DecisionBase {
  /** Sixteen hexadecimal digits. */
  id: string;
  placement: string;
  at: Timestamp;
  /**
   * Made when it is first looked at, which must be before the eighth decision after this one. JSON has it; what copies
   * only an object's own fields (`{ ...decision }`, `structuredClone`) leaves it out.
   */
  readonly trace: Trace;
  /** All of it as one plain object. */
  toJSON(): object;
}

export interface Show extends DecisionBase {
  kind: "show";
  /** Frozen, as all that lies in a decision: the next one may say the same. */
  offer: Readonly<ShownOffer>;
  savings?: Readonly<Savings>;
  because: readonly Reason[];
  /** The probability with which this offer was chosen among those worth showing. */
  propensity: Ppm;
}

export interface Hold extends DecisionBase {
  kind: "hold";
  why: HoldReason;
  /** Until when it is so at least, where that is known. */
  until?: Timestamp;
}

/** Show one offer, or hold: silence is a decision. */
export type Decision = Show | Hold;

/** Something that was odd but did no harm, such as an unknown field. */
export interface Notice { path: string; message: string }

/** One thing that is wrong, and where. */
export interface Issue {
  code: string;
  /** JSON Pointer into the value that was passed; empty for the whole. */
  path: string;
  message: string;
}

/** What `load` needs. */
export interface LoadOptions {
  /** A compiled catalog (`.tact`): its bytes, or a URL (browser and edge) to fetch it from. */
  pack: Uint8Array | ArrayBuffer | URL | string;
  /** What `save` returned earlier. Damaged or foreign bytes lead to a quiet start and a notice, never to an error. */
  state?: Uint8Array | undefined;
  /** A whole number from 0 to 2^53 - 1 that makes chance repeatable; drawn from `crypto` where missing. */
  seed?: number;
  /** Defaults to `Date.now()`. */
  now?: Timestamp;
}

/**
 * What a host tells `askIn` of a visitor, by the names that conditions use: `attributes.tier` in a condition is
 * `attributes: { tier: "gold" }` here. What is not told is not known, and a condition on it is false. Amounts are in
 * major units (19.99), durations in whole minutes, sets are lists of texts, the clock (`occasion.hour`) is read from
 * `now`.
 */
export interface Context {
  attributes?: Readonly<Record<string, unknown>> | undefined;
  presence?: { in_store?: boolean; near?: boolean; store?: string; probability?: number; scanned?: boolean };
  intent?: { stage?: Moment["intent"]["stage"]; purchase?: number; categories?: readonly string[] };
  /** Minutes until each category is due. */
  need?: { due_in?: Readonly<Record<string, number>> };
  occasion?: { store_open?: boolean };
  stage?: Moment["stage"];
  basket?: { total?: number; items?: number; categories?: readonly string[]; products?: readonly string[] };
  /** Days on which each category was bought, minutes since it last was, purchases ever. */
  bought?: {
    count?: Readonly<Record<string, number>>;
    since?: Readonly<Record<string, number>>;
    total?: number;
  };
  memory?: { categories?: readonly string[] };
  request?: { country?: string; language?: string };
  /** Until the best-before or use-by date of what was scanned, minutes of whole days. */
  scan?: { expires_in?: number };
  /** `age` and `closed_since` in minutes. */
  care?: { open?: boolean; topic?: CareCaseSignal["topic"]; age?: number; closed_since?: number };
  wanted?: { products?: readonly string[]; price_fell?: boolean };
  /**
   * How often this visitor was shown each offer within the windows of its caps, by their hours: `{ 24: { id: 2 } }`. An
   * offer that is missing in the longest window counts as not shown in any.
   */
  shown?: Readonly<Record<number, Readonly<Record<string, number>> | undefined>> | undefined;
}

/** What the catalog alone answers: the offer of the highest priority that fits, or why there is none. */
export type Answer =
  | { readonly kind: "show"; readonly offer: ShownOffer }
  | {
      readonly kind: "hold";
      readonly why: Extract<HoldReason, "nothing_fits" | "all_excluded" | "catalog_expired" | "quiet_hours">;
      readonly until?: Timestamp;
    };

/** Who asks on a forked engine. */
export interface Shopper {
  /** A profile from `save`; without one the shopper counts as new, and damaged bytes lead to a quiet start. */
  state?: Uint8Array | undefined;
  /** Drawn from `crypto` where missing. */
  seed?: number;
  /** Defaults to `Date.now()`. */
  now?: Timestamp;
}

/** Everything that is remembered of a shopper, as `save` keeps it. Ids, or sixteen digits where the catalog does not know a thing (any more). */
export interface Export {
  /** What chance began with on this device, where it stands now, and how many asks there were. */
  device: string;
  seed: string;
  asks: number;
  catalog_version: number;
  /** Since when the history counts as lost. */
  unknown_since?: Timestamp;
  consent?: boolean;
  dial: DialSignal["dial"];
  gpc: boolean;
  language?: string;
  country?: string;
  /** Declared attributes: the text or the member that was told, or an entry of a map with its number; a set or map that was told stands there by itself, too. */
  attributes: { name: string; member?: string; value: number }[];
  currency: string;
  /** Prices in minor units. */
  basket: { id: string; category?: string; price: number; quantity: number }[];
  /** What happened since the person came. */
  session: Visit;
  /** Where they probably are. */
  presence: Whereabouts;
  /** When they last refused or were asked to tell where they are; in how many sessions that was known, and in how many they were in a store. */
  located: { refused?: Timestamp; asked?: Timestamp; known: number; inside: number };
  /** What they bought, by category and by product; on which days they shopped at all, and how often. */
  categories: (Bought & { id: string })[];
  products: (Bought & { id: string })[];
  shopping: Bought;
  purchases: number;
  /** Which purchases were told: the last ones, and a filter of those before. */
  receipts: { last: string[]; before: string[] };
  /** What was shown, and on what grounds: log-odds x 1,000, their deviation x 100, the two strongest clues, how often before; for how many hours caps count it. */
  impressions: {
    at: Timestamp; decision: string; offer: string; kind: OfferKind; group?: string; about?: string; reply?: ReplyKind;
    odds: number; sd: number; clues: number[][]; again: number; helped: boolean; counted_hours: number;
  }[];
  /** What was said about single offers; useful replies, and how many were expected, in thousandths. */
  standings: { offer: string; rests_until: Timestamp; later: boolean; done: boolean; useful: number; expected: number }[];
  never_again: string[];
  cases: { key: string; topic: CareCaseSignal["topic"]; since: Timestamp }[];
  /** When a complaint, return or late delivery was closed last. */
  care_closed?: Timestamp;
  /** What they told the shop; a topic by its sixteen digits. */
  asked: { topic: string; kind: AskedKind; at: Timestamp }[];
  /** Lots that were scanned or bought, each by its sixteen digits. */
  lots: { product: string; lot: string; at: Timestamp }[];
  /** What they may want, the lowest price they saw it at in minor units, and how often they came to it. */
  wanted: { product: string; price: number; times: number; at: Timestamp }[];
}

/** Days on which something was bought; in which halves of months (0 to 23) of which years back (bits); and how it faded. */
export interface Bought { days: number; first: Timestamp; last: Timestamp; times: [number, number][]; lately: number; usually: number }

/** A category that somebody showed interest in. */
export interface Interest { category: string; at: Timestamp; how: "viewed" | "searched" | "scanned" }

/** What is kept of a visit, to know how near somebody is to buying. */
export interface Visit {
  began: Timestamp;
  last: Timestamp;
  returning: boolean;
  views: number;
  searches: number;
  adds: number;
  /** Steps of the checkout that were taken. */
  checkout: number;
  looked: string;
  compared: number;
  carts: number;
  wavers: number;
  inside: boolean;
  interests: Interest[];
  scan?: { at: Timestamp; product?: string; category?: string; store?: string; expires?: Timestamp };
  asked?: Timestamp;
}

interface Position { latitude: number; longitude: number; accuracy: number }

/** What is kept of where somebody is: degrees, metres, and parts per million. */
export interface Whereabouts {
  at: Timestamp;
  fix?: Position;
  stores: { store: string; inside: number; near: number }[];
  tier: Moment["presence"]["tier"];
  state: Moment["presence"]["state"];
  store?: string;
  since: Timestamp;
  indoors: number;
  sky: number;
  jumps: number;
  rode: Timestamp;
  door?: Position & { at: Timestamp };
  stay?: Position & { since: Timestamp; weight: number; named?: string; visited?: string };
  /** Stores that they stay in or at again and again. */
  usual: { store: string; visits: number; stays: number }[];
}

/** What a pack says of itself. */
export interface Shop {
  name: string;
  version: number;
  /** ISO 4217, and how many digits its minor unit has. */
  currency: string;
  decimals: number;
  languages: Language[];
  placements: string[];
}

/** A loaded engine with one shopper's profile. */
export interface Tactful {
  /** Takes in one signal or several. All are checked first: either all are taken or none. Returns notices. */
  observe(signal: Signal | Signal[]): Notice[];
  /** Decides for a placement. A `show` counts as an impression from here on. */
  ask(placement: string, now?: Timestamp): Decision;
  /**
   * Answers from the context alone, in a few microseconds: of the offers that fit, run now and were not shown too
   * often, the one of the highest priority. Nothing is weighed, tried or kept, and this engine's own profile is neither
   * read nor changed. Reminders and goods for adults are never answered. For a shopper with a profile, `fork` and `ask`.
   */
  askIn(context: Context, placement: string, now?: Timestamp): Answer;
  /** Tells what the shopper did; short for a `reply` signal. */
  reply(decision: string, reply: ReplyKind, now?: Timestamp): void;
  /** One honest sentence of at most 140 characters for the shopper about a recent decision. */
  explain(decision: string, language?: Language): string;
  /** What is understood now. */
  moment(now?: Timestamp): Moment;
  /**
   * What the shopper may buy on their next shopping day, the likeliest first, at most twenty categories that they bought
   * before: for a shopping list or a page of theirs. Sensitive categories are left out, and what they want no more of. It
   * is no decision: nothing is counted, and whether to speak is for `ask`.
   */
  needs(now?: Timestamp): Need[];
  /**
   * Tells whether it is worth asking the shopper where they are, for what could be said in `placement`. Everything works
   * without. Where it says `ask`, show `sentence`, then tell `position` signals, or `position_refused`; see `askPosition` of
   * `tactful/page`. Who does not answer is not asked again for a day.
   */
  locate(placement: string, now?: Timestamp): Locate;
  /**
   * Goes on with another pack: that of the next region, or a newer one. The shopper stays as they are, with their basket, their
   * session and all that is remembered, also of stores that the next pack does not have. Decisions made so far stay whole and
   * may be replied to, but `explain` knows them no more. A pack that is refused (damaged, expired, older) changes nothing.
   */
  update(pack: Uint8Array | ArrayBuffer, now?: Timestamp): void;
  /** The profile as bytes, at most 64 KB; without consent to remember it holds no history of purchases. */
  save(): Uint8Array;
  /** Forgets everything about the shopper, and starts again quietly, as with any history that was lost. */
  forget(now?: Timestamp): void;
  /** Everything that is remembered, as JSON a person can read. */
  export(): Export;
  /** Takes in what the headers of a request tell at the edge: language, Global Privacy Control, saved traffic. */
  observeRequest(request: Request, now?: Timestamp): void;
  /** Another shopper on the same engine, cheap enough for one request. `free` it afterwards. */
  fork(shopper?: Shopper): Tactful;
  /** Gives memory back; nothing may be called afterwards. */
  free(): void;
  /** What the pack says of itself. */
  readonly shop: Shop;
  /** Notices of `load`, such as a damaged state. */
  readonly notices: Notice[];
}
