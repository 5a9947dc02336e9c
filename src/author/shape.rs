//! The shape of a catalog as a shop writes it: the one source of the published JSON Schema.
//!
//! Knows no meaning: what a value may be is checked by the schema, what it means by [`super::compile`].

mod budget;
mod value;

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use schemars::JsonSchema;
use serde::Deserialize;

pub use budget::{Budget, Offline};
pub use value::{Bundle, Goods, Pieces, Reduction, Scope, Tier, Value};

/// Words per language (`de`, `en`), every language of the catalog at least.
pub type Words = BTreeMap<String, String>;

/// A Tactful catalog: everything a shop has to say, to whom, when and how often.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Tactful catalog")]
pub struct Catalog {
    /// Where this schema lives, for editors; not read.
    #[serde(rename = "$schema", default)]
    pub schema: Option<String>,
    /// Name of the shop, shown to shoppers.
    #[schemars(length(min = 1, max = 80))]
    pub name: String,
    /// Rises with every publish; a device refuses to go back.
    #[schemars(range(min = 1, max = 9_007_199_254_740_991_u64))]
    pub version: u64,
    /// One sentence: what good this does for the people it serves. For the shop, whose offers are held to it; shoppers read why
    /// they see an offer instead, so it is not in the pack.
    #[schemars(length(min = 1, max = 300))]
    pub purpose: String,
    /// What a decision weighs, in percent; the three sum to 100.
    pub goals: Goals,
    /// ISO 4217 code of every price.
    #[schemars(regex(pattern = "^[A-Z]{3}$"))]
    pub currency: String,
    /// Languages of every text, the fallback first.
    #[schemars(length(min = 1, max = 2))]
    pub languages: Vec<Language>,
    /// IANA time zone that hours and days are meant in.
    pub timezone: String,
    /// ISO 3166-1 alpha-2, for the public holidays (`PH`) of the opening hours, and for what the law asks of prices.
    #[serde(default)]
    #[schemars(regex(pattern = "^[A-Z]{2}$"))]
    pub country: Option<String>,
    /// Devices stop deciding on this catalog at this instant (RFC 3339).
    #[serde(default)]
    pub not_after: Option<String>,
    /// The shop's own context, for use in conditions as `attributes.name`. A condition on a value that was not told is
    /// false, also under `!`.
    #[serde(default)]
    pub attributes: BTreeMap<String, Attribute>,
    /// Days with a name, for use in conditions: `"christmas" in occasion.today`, `occasion.until["christmas"] <= days(10)`.
    #[serde(default)]
    pub occasions: BTreeMap<String, Occasion>,
    /// Kinds of products, named in conditions and offers.
    #[schemars(length(min = 1, max = 2_000))]
    pub categories: Vec<Category>,
    /// What the shop sells.
    #[schemars(length(max = 20_000))]
    pub products: Vec<Product>,
    /// Where the shop is.
    #[serde(default)]
    #[schemars(length(max = 10_000))]
    pub stores: Vec<Store>,
    /// Places where one offer can be shown.
    #[schemars(length(min = 1, max = 64))]
    pub placements: Vec<Placement>,
    /// How often, and when not.
    pub cadence: Cadence,
    /// Percent of devices on which nothing is ever shown, to measure what silence costs.
    #[serde(default)]
    #[schemars(range(max = 50))]
    pub holdout_percent: u8,
    /// Percent of the days on each of the other devices on which nothing is shown, for the same reason.
    #[serde(default)]
    #[schemars(range(max = 50))]
    pub holdout_days_percent: u8,
    /// What can be shown.
    #[schemars(length(max = 10_000))]
    pub offers: Vec<Offer>,
    /// What `tactful simulate` holds this catalog to, so that a build can fail; not in the pack.
    #[serde(default)]
    pub simulation: Simulation,
    /// What `tactful supply` warns of; nothing of it is in the pack.
    #[serde(default)]
    pub supply: Supply,
}

/// Bounds on what comes of a simulated population; each is on the figure of these very people.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Simulation {
    /// Messages for each person and week, on the mean.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000))]
    pub most_messages_a_week: Option<f64>,
    /// Messages that anybody has in any week.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000))]
    pub most_messages_in_a_week: Option<u16>,
    /// Share of messages that are useful, 0 to 1.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1))]
    pub least_useful_share: Option<f64>,
    /// Share of messages that are dismissed, 0 to 1.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1))]
    pub most_dismissed_share: Option<f64>,
    /// Share of messages answered by "never again", 0 to 1.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1))]
    pub most_never_again_share: Option<f64>,
    /// Coupons used by each person, on the mean.
    #[serde(default)]
    #[schemars(range(min = 0, max = 10_000))]
    pub least_redemptions: Option<f64>,
    /// What coupons take off for each person, on the mean, major units.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub most_savings: Option<f64>,
    /// Share of people who leave for good, 0 to 1.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1))]
    pub most_leavers: Option<f64>,
    /// Share of people with a useful moment, 0 to 1.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1))]
    pub least_helped: Option<f64>,
}

/// What a shop wants to hear of before it runs out of things to say.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Supply {
    /// So many weeks ahead every placement and every audience should have something fresh to say.
    #[schemars(range(min = 1, max = 104))]
    pub least_weeks: u16,
    /// An offer whose useful share is surely smaller counts as one that nobody finds useful, 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub least_useful_share: f64,
}

impl Default for Supply {
    fn default() -> Self {
        Self { least_weeks: 6, least_useful_share: 0.03 }
    }
}

/// The days of an occasion.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Occasion {
    /// In the syntax of OpenStreetMap's opening hours: `Dec 24-26`, `easter -2 days-easter +1 day`, `May Su[2]`,
    /// `2026 Nov 27`, `PH` (the public holidays of `country`).
    Days(#[schemars(length(min = 1, max = 500))] String),
    /// Days of each month.
    EachMonth(EachMonth),
    /// Days that a memory may speak of.
    Named(NamedDays),
}

/// Days that a memory may speak of: around them a household is reminded of what it bought around them in other years.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedDays {
    /// In the syntax of OpenStreetMap's opening hours, as above.
    #[schemars(length(min = 1, max = 500))]
    pub days: String,
    /// Shown to shoppers, as in "around Christmas".
    pub name: Words,
}

/// Days of each month, such as paydays: for one on a weekend or public holiday, the workday before.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EachMonth {
    /// From 1, or from the end: -1 is the last day of the month.
    #[schemars(length(min = 1, max = 31), inner(range(min = -31, max = 31)))]
    pub days_of_month: Vec<i8>,
}

/// What a decision weighs, in percent.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Goals {
    /// How useful the offer is to the shopper.
    #[schemars(range(max = 100))]
    pub usefulness: u8,
    /// What it earns the shop (`offers[].margin`).
    #[schemars(range(max = 100))]
    pub margin: u8,
    /// How little this shopper has seen of it.
    #[schemars(range(max = 100))]
    pub reach: u8,
}

/// A language of the texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// German.
    De,
    /// English.
    En,
}

/// One declared attribute of the shop's own context.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// What its values are.
    #[serde(rename = "type")]
    pub kind: AttributeKind,
    /// The values a `string` may have, the members a `set` may have, or the names a `map` may have numbers for.
    #[serde(default)]
    #[schemars(length(max = 1_000))]
    pub values: Vec<String>,
}

/// The type of a declared attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AttributeKind {
    /// One of the listed `values`.
    String,
    /// A whole number.
    Number,
    /// True or false.
    Boolean,
    /// An amount in the catalog's currency.
    Money,
    /// Any of the listed `values`, asked as `"bread" in attributes.name`. Once told, it has or lacks each of them.
    Set,
    /// A whole number for some of the listed `values`, asked as `attributes.name["bread"] >= 5`.
    Map,
}

/// A kind of products.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Used in conditions and signals (`item_category`).
    #[schemars(regex(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$"))]
    pub id: String,
    /// Shown to shoppers.
    pub name: Words,
    /// How long one purchase usually lasts a household, in days, before its own habit is known.
    #[serde(default)]
    #[schemars(range(min = 1, max = 730))]
    pub interval_days: Option<u16>,
    /// A sudden stop may mean loss (baby, pet, medicine, diet, alcohol, mourning): never brought up from memory, and who
    /// stopped buying it counts as never having bought it. Where missing, known by the words of id and name.
    #[serde(default)]
    pub sensitive: Option<bool>,
    /// Other names that arrive as `item_category`.
    #[serde(default)]
    pub aliases: Vec<String>,
}

/// One product.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// The shop's number (SKU), as it arrives in `item_id`.
    #[schemars(length(min = 1, max = 64))]
    pub id: String,
    /// GTIN-8, -12, -13 or -14 with its check digit.
    #[serde(default)]
    pub gtin: Option<String>,
    /// Shown to shoppers.
    pub name: Words,
    /// The maker.
    #[serde(default)]
    pub brand: Option<String>,
    /// Id of its category.
    pub category: String,
    /// Price in major units (1.99), at most two decimals for EUR.
    #[schemars(range(min = 0))]
    pub price: f64,
    /// Lowest price of the last 30 days; of a product that is reduced now, of the 30 days before. Needed where a reduction is
    /// announced and the `country` is in the European Economic Area (Directive 98/6/EC, article 6a; German PAngV section 11).
    #[serde(default)]
    pub lowest_30_days: Option<f64>,
    /// The price that is struck out beside `price`, where this is reduced.
    #[serde(default)]
    pub reference_price: Option<f64>,
    /// The shopper must be at least this old.
    #[serde(default)]
    #[schemars(range(max = 21))]
    pub age_limit: u8,
    /// One emoji or an image URL.
    #[serde(default)]
    pub picture: Option<String>,
}

/// One shop on the street.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// Used in conditions and check-ins.
    #[schemars(regex(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$"))]
    pub id: String,
    /// Shown to shoppers.
    #[schemars(length(min = 1, max = 80))]
    pub name: String,
    /// Street and number.
    #[serde(default)]
    pub address: Option<String>,
    /// Global Location Number (13 digits), as in a GS1 Digital Link `/414/`.
    #[serde(default)]
    pub gln: Option<String>,
    /// GeoJSON Polygon, or Point together with `radius_m`.
    pub geometry: Geometry,
    /// Radius of a Point, metres.
    #[serde(default)]
    #[schemars(range(min = 3, max = 500))]
    pub radius_m: Option<u16>,
    /// OpenStreetMap syntax: `Mo-Sa 08:00-21:00; Su 10:00-18:00`.
    pub opening_hours: String,
    /// Addresses that the network of its guests shows to the internet, in CIDR notation: `198.51.100.0/28`,
    /// `2001:db8:7::/48`. Seen at the edge only. Stores that share a network list the same one.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub networks: Vec<String>,
    /// Beacons inside it.
    #[serde(default)]
    #[schemars(length(max = 64))]
    pub beacons: Vec<Beacon>,
}

/// A Bluetooth beacon: an iBeacon (`uuid`) or an Eddystone-UID (`namespace`). What is left out may be anything.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Beacon {
    /// iBeacon: 32 hexadecimal digits, dashes or none.
    #[serde(default)]
    pub uuid: Option<String>,
    /// iBeacon: often one a store.
    #[serde(default)]
    pub major: Option<u16>,
    /// iBeacon: often one a shelf; needs a `major`.
    #[serde(default)]
    pub minor: Option<u16>,
    /// Eddystone-UID: 20 hexadecimal digits.
    #[serde(default)]
    pub namespace: Option<String>,
    /// Eddystone-UID: 12 hexadecimal digits.
    #[serde(default)]
    pub instance: Option<String>,
}

/// A GeoJSON geometry; longitude before latitude.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Geometry {
    /// `Point` or `Polygon`.
    #[serde(rename = "type")]
    pub kind: GeometryKind,
    /// Point: `[lon, lat]`. Polygon: rings of `[lon, lat]`, the outer one first, each closed.
    pub coordinates: serde_json::Value,
}

/// The geometries that a store may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum GeometryKind {
    /// A centre; needs `radius_m`.
    Point,
    /// Rings; holes are allowed.
    Polygon,
}

/// A place where one offer can be shown.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Placement {
    /// Named by the host when it asks.
    #[schemars(regex(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$"))]
    pub id: String,
    /// Kinds of offers it takes; all where missing.
    #[serde(default)]
    pub kinds: Vec<Kind>,
    /// People open it to be shown something, such as a wallet: there an offer interrupts less.
    #[serde(default)]
    pub on_request: bool,
}

/// How the turns of the devices are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Pacing {
    /// As many in each hour.
    Even,
    /// Half of them in the first quarter of the day.
    Early,
    /// So that its `budget` lasts as long as its `schedule`, which needs a `from`: where less is left of the one than of the
    /// other, fewer devices have their turn. Evenly over the day where nobody tells what is left.
    Budget,
}

/// What kind of thing an offer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Money off.
    Coupon,
    /// A memory of good times (nostalgia).
    Reminder,
    /// Help, an answer, a tip.
    Service,
}

/// How often Tactful may speak, and when not.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cadence {
    /// Shortest time between two offers of any kind, minutes.
    #[schemars(range(max = 10_080))]
    pub gap_minutes: u32,
    /// At most so many impressions in a rolling window; all caps hold at once.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub caps: Vec<Cap>,
    /// Groups of offers that tire people: every message of one fills a bucket that drains evenly.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub fatigue: Vec<Fatigue>,
    /// Local time in which nothing is shown, on the shopper's clock where it is told, else on the shop's.
    #[serde(default)]
    pub quiet_hours: Option<QuietHours>,
    /// How long an offer rests after it was dismissed, days.
    #[serde(default = "fourteen")]
    #[schemars(range(max = 3_650))]
    pub cool_off_days: u16,
    /// For how long after a complaint, return or late delivery was closed no coupon is shown unasked, days; reminders and
    /// service may be. No source for a number is known: the default of 14 is an assumption.
    #[serde(default = "fourteen")]
    #[schemars(range(max = 366))]
    pub careful_days: u16,
    /// At most one reminder in so many days; not below 30.
    #[serde(default = "ninety")]
    #[schemars(range(min = 30, max = 3_650))]
    pub reminder_days: u16,
    /// A memory is at least so old, days; not below 56.
    #[serde(default = "ninety")]
    #[schemars(range(min = 56, max = 3_650))]
    pub memory_days: u16,
    /// Expected usefulness (0 to 1) that an offer must beat to be worth an interruption.
    #[serde(default = "tenth")]
    #[schemars(range(min = 0, max = 1))]
    pub interruption_cost: f64,
}

fn fourteen() -> u16 {
    14
}

fn ninety() -> u16 {
    90
}

fn tenth() -> f64 {
    0.1
}

/// At most `impressions` in any `hours`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cap {
    /// How many: a device remembers no more.
    #[schemars(range(min = 1, max = 224))]
    pub impressions: u16,
    /// Length of the rolling window, hours.
    #[schemars(range(min = 1, max = 8_784))]
    pub hours: u16,
    /// Only offers of this kind count.
    #[serde(default)]
    pub kind: Option<Kind>,
    /// Only offers of this group count.
    #[serde(default)]
    pub group: Option<String>,
}

/// A rested person bears so many messages of the group in a row, and recovers from one in so many days. A refused message
/// counts twice, a useful one not at all.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fatigue {
    /// The group of the offers.
    pub group: String,
    /// Messages in a row.
    #[schemars(range(min = 1, max = 100))]
    pub messages: u16,
    /// Days to recover from one.
    #[schemars(range(min = 1, max = 366))]
    pub recovery_days: u16,
}

/// Quiet hours in local time; may span midnight.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// First quiet minute, `HH:MM`.
    #[schemars(regex(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    pub from: String,
    /// First minute that is no longer quiet, `HH:MM`.
    #[schemars(regex(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    pub until: String,
}

/// Anything that can be shown.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// Unique and stable: impressions and replies are remembered by it.
    #[schemars(regex(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$"))]
    pub id: String,
    /// Coupon, reminder or service.
    pub kind: Kind,
    /// One sentence: what good it does for the person it is shown to; not in the pack.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    pub purpose: Option<String>,
    /// A service that answers: ids of the topics that people told the shop about (`asked` signals). It reaches only devices
    /// that remember one of them, once.
    #[serde(default)]
    #[schemars(length(max = 32), inner(length(min = 1, max = 64)))]
    pub answers: Vec<String>,
    /// A service that calls products back. It reaches only devices that remember them, at once and above all caps, each day
    /// until the shopper opens, keeps or judges it.
    #[serde(default)]
    pub recall: Option<Recall>,
    /// Among equals, the higher wins.
    #[serde(default)]
    pub priority: u16,
    /// Offers of one group share caps.
    #[serde(default)]
    pub group: Option<String>,
    /// Placements it may appear in; every placement of its kind where missing.
    #[serde(default)]
    pub placements: Vec<String>,
    /// Title and text per language. `{product}`, `{category}` and `{store}` are filled in; `{lowest}` says the lowest price of
    /// the last 30 days of a product whose price fell, and makes a service one for those who want it.
    pub creative: BTreeMap<String, Creative>,
    /// One emoji or an image URL.
    #[serde(default)]
    pub picture: Option<String>,
    /// When it runs; always where missing.
    #[serde(default)]
    pub schedule: Schedule,
    /// What it is about.
    #[serde(default)]
    pub scope: Scope,
    /// CEL, in the words of `tactful vocabulary`: may they have it? A condition on what is not known is false, also
    /// under `!`.
    #[serde(default)]
    pub eligible: Option<String>,
    /// CEL: does it make sense now?
    #[serde(default)]
    pub applicable: Option<String>,
    /// CEL: is it good for the person?
    #[serde(default)]
    pub suitable: Option<String>,
    /// What a coupon takes off; needed for coupons only.
    #[serde(default)]
    pub value: Option<Value>,
    /// How many of a coupon there are, for coupons that are claimed one by one and settled at the till; not in the pack.
    /// Without it, a coupon is shown and the shop counts for itself.
    #[serde(default)]
    pub budget: Option<Budget>,
    /// Caps of this offer alone.
    #[serde(default)]
    #[schemars(length(max = 4))]
    pub caps: Vec<OfferCap>,
    /// What is believed of its usefulness before anybody replied.
    #[serde(default)]
    pub usefulness: Prior,
    /// What it earns the shop, 0 to 1.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1))]
    pub margin: f64,
    /// How it is spread over the devices, for a budget that should last: over a day, in which each device gets its turn at a
    /// minute of its own outside of the quiet hours, or over the schedule by what is left of the budget. At once on all of
    /// them where missing.
    #[serde(default)]
    pub pacing: Option<Pacing>,
    /// It stops after it was redeemed once, a service after it was opened, kept or judged.
    #[serde(default)]
    pub once: bool,
    /// How long its words are news, for `tactful supply`; always where missing. It runs on afterwards, and is not in the pack.
    #[serde(default)]
    pub fresh: Option<Fresh>,
}

/// How long words are news.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fresh {
    /// The day on which they were written, such as `2026-12-01`.
    pub from: String,
    /// So many days, that one included.
    #[schemars(range(min = 1, max = 1_000))]
    pub days: u16,
}

/// What is called back: of these products, the lots that are listed, sold in these days.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recall {
    /// Ids of products; they stay in the catalog as long as the recall runs.
    #[schemars(length(min = 1, max = 64))]
    pub products: Vec<String>,
    /// Lots as they stand in the codes (application identifier 10); all where missing. Who bought the product and is not known to
    /// have another lot of each day is reached, too.
    #[serde(default)]
    #[schemars(length(max = 64), inner(length(min = 1, max = 20)))]
    pub lots: Vec<String>,
    /// First local date on which it was sold.
    #[serde(default)]
    pub bought_from: Option<String>,
    /// First local date on which it was sold no more.
    #[serde(default)]
    pub bought_until: Option<String>,
}

/// Words of an offer in one language.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Creative {
    /// A headline.
    #[schemars(length(min = 1, max = 80))]
    pub title: String,
    /// One or two sentences.
    #[schemars(length(min = 1, max = 240))]
    pub text: String,
}

/// When an offer runs: local date (`2026-12-01`) or date and time (`2026-12-01T08:00`).
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// First instant.
    #[serde(default)]
    pub from: Option<String>,
    /// First instant after the end.
    #[serde(default)]
    pub until: Option<String>,
}

/// At most `impressions` of one offer in any `hours`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferCap {
    /// How many: a device remembers no more.
    #[schemars(range(min = 1, max = 224))]
    pub impressions: u16,
    /// Length of the rolling window, hours.
    #[schemars(range(min = 1, max = 8_784))]
    pub hours: u16,
}

/// A belief about usefulness: `mean`, as sure as `weight` replies would make it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Prior {
    /// Expected share of impressions that are useful, above 0 and below 1.
    #[schemars(range(min = 0.001, max = 0.999))]
    pub mean: f64,
    /// How many replies this is worth.
    #[schemars(range(min = 1, max = 1_000))]
    pub weight: u16,
}

impl Default for Prior {
    fn default() -> Self {
        Self { mean: 0.15, weight: 10 }
    }
}
