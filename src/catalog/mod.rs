//! What a shop has to say, checked once when it was compiled and then trusted.
//!
//! Knows nothing of JSON or of the shopper. Every text stands once in [`Texts`].

pub mod cadence;
pub mod condition;
pub mod intent;
pub mod need;
pub mod offer;
pub mod reach;
pub mod rules;
pub mod texts;
pub mod usefulness;

use alloc::sync::Arc;
use alloc::vec::Vec;

pub use cadence::{Cadence, Cap, Counted, Fatigue, OwnCap, Pacing};
pub use condition::{Attribute, Condition, Conjunction, OwnIx, Predicate, Range};
pub use intent::IntentOdds;
pub use need::NeedOdds;
pub use offer::{Creative, Draft, Offer, OfferIx, Offers};
pub use reach::{Reach, ReachIx, Recall};
pub use texts::{Text, Texts};
pub use usefulness::UsefulnessPrior;

use crate::mark::Marks;
use crate::product::{CategoryIx, Gs1Number, ProductIx};
use crate::store::{Footprint, Ground, OpeningHours, Point, StoreIx};
use crate::value::{BasisPoints, Key, Local, Minor, Now, Ppm, Span, Timestamp, order};

/// A placement's place in the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlacementIx(pub u16);

/// A language of the texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// German.
    De,
    /// English.
    #[default]
    En,
}

impl Language {
    /// Every language with its ISO 639-1 code, in the order of the codes on the wire.
    pub const ALL: [(Self, &'static str); 2] = [(Self::De, "de"), (Self::En, "en")];

    /// Returns the language of a two-letter code.
    pub fn of(code: [u8; 2]) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, name)| name.as_bytes() == code).map(|(language, _)| language)
    }
}

/// One text per language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// German.
    pub de: Text,
    /// English.
    pub en: Text,
}

impl Words {
    /// Returns the text of `language`.
    pub const fn in_language(self, language: Language) -> Text {
        match language {
            Language::De => self.de,
            Language::En => self.en,
        }
    }
}

/// What a decision weighs; shares that sum to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Goals {
    /// Usefulness to the shopper.
    pub usefulness: Ppm,
    /// What the offer earns the shop.
    pub margin: Ppm,
    /// How little this shopper has seen of it.
    pub reach: Ppm,
}

/// A kind of products.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// Hash of the id.
    pub key: Key,
    /// Id.
    pub id: Text,
    /// Shown to shoppers.
    pub name: Words,
    /// How long one purchase usually lasts.
    pub interval: Span,
    /// A sudden stop may mean loss: never brought up from memory.
    pub sensitive: bool,
    /// Other names of it.
    pub aliases: Vec<Text>,
}

/// One product.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Product {
    /// Hash of the id.
    pub key: Key,
    /// Id.
    pub id: Text,
    /// Shown to shoppers.
    pub name: Words,
    /// The maker, or empty.
    pub brand: Text,
    /// Emoji or image URL, or empty.
    pub picture: Text,
    /// Its kind.
    pub category: CategoryIx,
    /// Price of one.
    pub price: Minor,
    /// Its GTIN, where it has one.
    pub gtin: Option<Gs1Number>,
    /// The shopper must be at least this old; 0 where anybody may.
    pub age_limit: u8,
    /// Says its lowest price of the last 30 days, where it costs less now; empty where nobody may say that its price fell.
    pub lowest: Words,
}

/// Days that a memory may speak of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Occasion {
    /// Hash of the id, which is no product's, category's or offer's.
    pub key: Key,
    /// Id.
    pub id: Text,
    /// Shown to shoppers.
    pub name: Words,
    /// Days since 1970-01-01, each time `[from, until)`, rising.
    pub times: Vec<(i32, i32)>,
}

impl Occasion {
    /// Returns the key of the occasion with this id: a category may have the same.
    pub fn key_of(id: &str) -> Key {
        Key::of(id).with(1)
    }
}

/// One shop on the street.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// Hash of the id.
    pub key: Key,
    /// Id.
    pub id: Text,
    /// Shown to shoppers.
    pub name: Text,
    /// Its Global Location Number, where it has one.
    pub gln: Option<Gs1Number>,
    /// The ground it covers.
    pub footprint: Footprint,
    /// When it is open; stores with the same hours share them.
    pub hours: Arc<OpeningHours>,
}

/// A place where one offer can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    /// Hash of the id.
    pub key: Key,
    /// Id.
    pub id: Text,
    /// Kinds it takes.
    pub kinds: Kinds,
    /// People open it to be shown something.
    pub on_request: bool,
}

/// What kind of thing an offer is, in the order of the codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Money off.
    Coupon,
    /// A memory of good times.
    Reminder,
    /// Help, an answer, a tip.
    Service,
}

impl Kind {
    /// Every kind with its name, in the order of the codes.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Coupon, "coupon"), (Self::Reminder, "reminder"), (Self::Service, "service")];
}

/// A set of kinds, one bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kinds(pub u8);

impl Kinds {
    /// Every kind.
    pub const ALL: Self = Self(0b111);

    /// Returns this set with `kind` in it.
    #[must_use]
    pub const fn with(self, kind: Kind) -> Self {
        Self(self.0 | 1 << kind as u8)
    }

    /// Tells whether `kind` is in the set.
    pub const fn has(self, kind: Kind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }
}

/// What an offer is about; everything where both lists are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scope {
    /// Categories.
    pub categories: Vec<CategoryIx>,
    /// Products.
    pub products: Vec<ProductIx>,
    /// What of them it is not about.
    pub except: Goods,
}

/// Goods that are listed, by category or one by one; nothing where both lists are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Goods {
    /// Categories.
    pub categories: Vec<CategoryIx>,
    /// Products.
    pub products: Vec<ProductIx>,
}

impl Goods {
    /// None.
    pub const NONE: Self = Self { categories: Vec::new(), products: Vec::new() };

    /// Tells whether none are listed.
    pub const fn is_empty(&self) -> bool {
        self.categories.is_empty() && self.products.is_empty()
    }

    /// Tells whether a product, or at least its category, is listed.
    pub fn has(&self, product: Option<ProductIx>, category: Option<CategoryIx>) -> bool {
        list(&self.categories, &self.products, product, category)
    }
}

#[inline(never)]
fn list(
    categories: &[CategoryIx],
    products: &[ProductIx],
    product: Option<ProductIx>,
    category: Option<CategoryIx>,
) -> bool {
    product.is_some_and(|product| products.contains(&product))
        || category.is_some_and(|category| categories.contains(&category))
}

impl Scope {
    /// Tells whether the scope is everything, but for what is excepted.
    pub const fn is_everything(&self) -> bool {
        self.categories.is_empty() && self.products.is_empty()
    }

    /// Tells whether a product, or at least its category, is in scope.
    pub fn covers(&self, product: Option<ProductIx>, category: Option<CategoryIx>) -> bool {
        (self.is_everything() || list(&self.categories, &self.products, product, category))
            && !self.except.has(product, category)
    }
}

/// What a coupon takes off the lines in its scope.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Value {
    /// How much.
    pub off: Off,
    /// What the lines in scope must cost at least, as they stand on the shelf; with [`Off::Free`], all other pieces.
    pub minimum_spend: Minor,
    /// Never takes off more than this.
    pub maximum: Minor,
    /// The stacking group: it goes together with coupons of other groups, one of each. Alone where missing.
    pub stacking: Option<Key>,
}

/// How much a coupon takes off.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Off {
    /// A share of the lines in scope.
    Percent(BasisPoints),
    /// An amount, at most what the lines in scope cost.
    Amount(Minor),
    /// Of each `of` pieces in scope only `pay` are paid for. They are counted from the dearest down, and the cheapest of
    /// each `of` are free: what paying in several baskets would come to.
    Pieces {
        /// How many are taken, at least 2.
        of: u16,
        /// How many of them are paid for, fewer than `of`.
        pay: u16,
    },
    /// So many pieces in scope, the dearest first, are free beside a purchase.
    Free(u16),
    /// What the highest tier that is reached takes off; tiers rise.
    Tiers(Counting, Vec<Tier>),
    /// A piece of each of these together costs so much, as often as they are there, the dearest first.
    Bundle(Vec<Scope>, Minor),
}

/// What leads from one tier to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counting {
    /// What the lines in scope cost as they stand on the shelf, in minor units.
    Spend,
    /// How many pieces are in scope.
    Pieces,
}

/// What is taken off from a number of minor units or pieces on: a share or an amount, the other is nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tier {
    /// The first number that reaches it.
    pub from: u64,
    /// A share of the lines in scope.
    pub percent: BasisPoints,
    /// An amount.
    pub amount: Minor,
}

impl Tier {
    /// Returns the highest of `tiers` that `number` reaches.
    pub fn reached(tiers: &[Self], number: u64) -> Option<&Self> {
        tiers.iter().rev().find(|tier| tier.from <= number)
    }
}

/// A belief about usefulness: `mean`, as sure as `weight` replies would make it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Prior {
    /// Expected share of useful impressions, above 0 and below 1.
    pub mean: Ppm,
    /// How many replies it is worth, at least 1.
    pub weight: u16,
}

/// A declared attribute of the shop's own context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnAttribute {
    /// Hash of the name.
    pub key: Key,
    /// Name.
    pub name: Text,
    /// What its values are.
    pub kind: OwnKind,
    /// The values a text may have, the members of a set, or the names of a map's entries.
    pub values: Vec<Text>,
    /// Hash of each value.
    pub value_keys: Vec<Key>,
}

/// The type of a declared attribute, in the order of the codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnKind {
    /// One of the listed texts.
    Text,
    /// A whole number.
    Number,
    /// Yes or no.
    Boolean,
    /// Minor units.
    Money,
    /// Any of the listed texts.
    Set,
    /// A whole number for some of the listed texts.
    Map,
}

/// A compiled catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalog {
    /// Every text.
    pub texts: Texts,
    /// Name of the shop.
    pub name: Text,
    /// Rises with every publish.
    pub version: u64,
    /// Not to be used from here on.
    pub not_after: Timestamp,
    /// ISO 4217.
    pub currency: [u8; 3],
    /// Decimal places of the currency.
    pub decimals: u8,
    /// The fallback first.
    pub languages: Vec<Language>,
    /// Minutes east of Greenwich from each instant on; rising, the first at the epoch.
    pub offsets: Vec<(Timestamp, i16)>,
    /// What a decision weighs.
    pub goals: Goals,
    /// How often, and when not.
    pub cadence: Cadence,
    /// Share of devices held on purpose.
    pub holdout: Ppm,
    /// Share of days held on purpose on each of the other devices.
    pub holdout_days: Ppm,
    /// How likely a session ends with a purchase.
    pub intent: IntentOdds,
    /// How likely a household buys again.
    pub need: NeedOdds,
    /// What people find useful.
    pub usefulness: UsefulnessPrior,
    /// Declared attributes.
    pub attributes: Vec<OwnAttribute>,
    /// Kinds of products.
    pub categories: Vec<Category>,
    /// What the shop sells.
    pub products: Vec<Product>,
    /// Days that a memory may speak of.
    pub occasions: Vec<Occasion>,
    /// Where the shop is.
    pub stores: Vec<Store>,
    /// The networks and beacons that the stores are known by.
    pub marks: Marks,
    /// Where offers can be shown.
    pub placements: Vec<Placement>,
    /// What can be shown, in falling priority.
    pub offers: Offers,
    /// Finds the above by id, and the stores by place.
    pub names: Names,
}

/// Sorted keys of everything that a signal may name, each with its place, and the stores by where they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    products: Vec<(u64, u32)>,
    gtins: Vec<(u64, u32)>,
    categories: Vec<(u64, u32)>,
    stores: Vec<(u64, u32)>,
    ground: Ground,
}

impl Names {
    fn new(catalog: &Catalog) -> Self {
        let Catalog { categories, products, stores, .. } = catalog;
        let mut named = Vec::new();
        for (category, place) in categories.iter().zip(0..) {
            named.push((category.key.0, place));
            named.extend(category.aliases.iter().map(|alias| (Key::of(catalog.text(*alias)).0, place)));
        }
        let gtin = |(product, place): (&Product, u32)| product.gtin.map(|gtin| (gtin.get(), place));
        Self {
            products: sorted(products.iter().zip(0..).map(|(product, place)| (product.key.0, place)).collect()),
            gtins: sorted(products.iter().zip(0..).filter_map(gtin).collect()),
            categories: sorted(named),
            stores: sorted(stores.iter().zip(0..).map(|(store, place)| (store.key.0, place)).collect()),
            ground: Ground::new(stores.iter().map(|store| &store.footprint)),
        }
    }
}

fn sorted(mut pairs: Vec<(u64, u32)>) -> Vec<(u64, u32)> {
    order::sort(&mut pairs);
    pairs
}

fn find(pairs: &[(u64, u32)], key: u64) -> Option<u32> {
    let at = pairs.binary_search_by_key(&key, |(known, _)| *known).ok()?;
    pairs.get(at).map(|(_, place)| *place)
}

impl Catalog {
    /// Gives everything the key of its id, and sorts the names. Cost: one pass over the ids, one sort of each list.
    pub fn index_names(&mut self) {
        let texts = &self.texts;
        let key = |id: Text| texts.key(id);
        for own in &mut self.attributes {
            own.key = key(own.name);
            own.value_keys = own.values.iter().map(|value| key(*value)).collect();
        }
        self.categories.iter_mut().for_each(|category| category.key = key(category.id));
        self.products.iter_mut().for_each(|product| product.key = key(product.id));
        self.occasions.iter_mut().for_each(|occasion| occasion.key = Occasion::key_of(texts.get(occasion.id)));
        self.stores.iter_mut().for_each(|store| store.key = key(store.id));
        self.placements.iter_mut().for_each(|placement| placement.key = key(placement.id));
        self.names = Names::new(self);
    }

    /// Returns a text.
    pub fn text(&self, text: Text) -> &str {
        self.texts.get(text)
    }

    /// Returns the product with this key.
    pub fn product_by_key(&self, key: Key) -> Option<ProductIx> {
        find(&self.names.products, key.0).map(ProductIx)
    }

    /// Returns the product with this GTIN.
    pub fn product_by_gtin(&self, gtin: Gs1Number) -> Option<ProductIx> {
        find(&self.names.gtins, gtin.get()).map(ProductIx)
    }

    /// Returns the category with this key of its id or of another name.
    pub fn category_by_key(&self, key: Key) -> Option<CategoryIx> {
        find(&self.names.categories, key.0).and_then(|place| u16::try_from(place).ok()).map(CategoryIx)
    }

    /// Returns the store with this key.
    pub fn store_by_key(&self, key: Key) -> Option<StoreIx> {
        find(&self.names.stores, key.0).and_then(|place| u16::try_from(place).ok()).map(StoreIx)
    }

    /// Returns the store with this Global Location Number. Cost: one pass over the stores.
    pub fn store_by_gln(&self, gln: Gs1Number) -> Option<StoreIx> {
        self.stores.iter().zip((0..).map(StoreIx)).find(|(store, _)| store.gln == Some(gln)).map(|(_, ix)| ix)
    }

    /// Returns every store with ground less than `within_cm` from `point`, and some that are farther away. Cost: one binary
    /// search for each 730 m from south to north.
    pub fn stores_around(&self, point: Point, within_cm: i64) -> Vec<StoreIx> {
        self.names.ground.around(point, within_cm)
    }

    /// Returns the placement with this id.
    pub fn placement_by_id(&self, id: &str) -> Option<PlacementIx> {
        let key = Key::of(id);
        let mut known = self.placements.iter().zip((0..).map(PlacementIx));
        known.find(|(placement, _)| placement.key == key).map(|(_, ix)| ix)
    }

    /// Returns the product at a place.
    pub fn product(&self, place: ProductIx) -> Option<&Product> {
        self.products.get(usize::try_from(place.0).ok()?)
    }

    /// Returns the category at a place.
    pub fn category(&self, place: CategoryIx) -> Option<&Category> {
        self.categories.get(usize::from(place.0))
    }

    /// Returns the declared attribute at a place.
    pub fn attribute(&self, place: OwnIx) -> Option<&OwnAttribute> {
        self.attributes.get(usize::from(place.0))
    }

    /// Returns the store at a place.
    pub fn store(&self, place: StoreIx) -> Option<&Store> {
        self.stores.get(usize::from(place.0))
    }

    /// Returns the placement at a place.
    pub fn placement(&self, place: PlacementIx) -> Option<&Placement> {
        self.placements.get(usize::from(place.0))
    }

    /// Returns the offer at a place.
    pub fn offer(&self, place: OfferIx) -> Option<Offer<'_>> {
        self.offers.get(place, &self.texts)
    }

    /// Returns the offers with their places, in falling priority.
    pub fn offers(&self) -> impl Iterator<Item = (OfferIx, Offer<'_>)> {
        (0..).map(OfferIx).map_while(|place| self.offer(place).map(|offer| (place, offer)))
    }

    /// Reads `at` on the shop's clock. Cost: one binary search.
    pub fn local(&self, at: Timestamp) -> Local {
        Local::new(at, self.offset(at))
    }

    /// Minutes east of Greenwich.
    fn offset(&self, at: Timestamp) -> i16 {
        let after = self.offsets.partition_point(|(from, _)| *from <= at);
        after.checked_sub(1).and_then(|place| self.offsets.get(place)).map_or(0, |(_, offset)| *offset)
    }

    /// When the clock is changed next, and the minutes east of Greenwich from then on.
    fn next_change(&self, at: Timestamp) -> Option<(Timestamp, i16)> {
        self.offsets.get(self.offsets.partition_point(|(from, _)| *from <= at)).copied()
    }

    /// Reads `now` on the shop's clock, which says something else from the next full hour on, or when clocks are changed;
    /// whoever looks at minutes says so. Cost: one binary search.
    pub fn clock(&self, now: &Now) -> Local {
        let local = self.local(now.at());
        now.changes_at(local.next(now.at(), (u16::from(local.hour()) + 1) * 60));
        self.next_change(now.at()).into_iter().for_each(|(change, _)| now.changes_at(change));
        local
    }

    /// Returns the first instant after `now` at which the shop's clock shows the minute `minute` of the day, or is put
    /// forward over it. Right within a day of one change of the clock.
    pub fn next(&self, now: Timestamp, minute: u16) -> Timestamp {
        let at = self.local(now).next(now, minute);
        let Some((change, offset)) = self.next_change(now).filter(|(change, _)| *change <= at) else { return at };
        let moved = i32::from(offset) - i32::from(self.offset(now));
        let by = Span::minutes(moved.unsigned_abs());
        if moved < 0 { at.after(by) } else { at.before(by).max(change) }
    }

    /// Returns the language for a shopper who asked for `code`, or the catalog's fallback.
    pub fn language(&self, code: Option<[u8; 2]>) -> Language {
        code.and_then(Language::of)
            .filter(|language| self.languages.contains(language))
            .or_else(|| self.languages.first().copied())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn kinds_are_a_set() {
        let kinds = Kinds(0).with(Kind::Service);
        assert!(kinds.has(Kind::Service) && !kinds.has(Kind::Coupon));
    }
}
