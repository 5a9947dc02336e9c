//! What of a catalog is read once and kept: one list per field, corners as differences. Texts, offers and conditions are
//! not here; they are read where they lie.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::codec::{FromWire, Reader, ToWire, fields, from_code};
use super::pack::{Header, PackFault};
use crate::catalog::offer::Shared;
use crate::catalog::rules::Rules;
use crate::catalog::{
    Attribute, Cadence, Cap, Catalog, Category, Counted, Goals, Kind, Kinds, Language, Names, Off, Offers,
    OwnAttribute, OwnCap, OwnIx, OwnKind, Placement, Prior, Product, Scope, Store, Text, Texts, Value, Words,
};
use crate::product::{CategoryIx, Gs1Number, ProductIx};
use crate::store::{Footprint, OpeningHours, Point};
use crate::value::{BasisPoints, Key, Minor, Ppm, Span, Timestamp};

/// Half-open ranges of minutes.
type Ranges = Vec<(u16, u16)>;

pub(super) struct Columns {
    name: u32,
    currency: [u8; 3],
    decimals: u8,
    languages: Vec<u8>,
    offset_from: Vec<i64>,
    offset_minutes: Vec<i16>,
    goals: (u32, u32, u32),
    cadence: CadenceTwin,
    holdout: u32,
    attributes: Vec<(u32, u8, Vec<u32>)>,
    category_text: [Vec<u32>; 3],
    category_days: Vec<u16>,
    category_sensitive: Vec<bool>,
    category_aliases: Vec<Vec<u32>>,
    product_text: [Vec<u32>; 5],
    product_category: Vec<u16>,
    product_price: Vec<u64>,
    product_gtin: Vec<u64>,
    product_age: Vec<u8>,
    store_text: [Vec<u32>; 2],
    store_gln: Vec<u64>,
    store_ground: Vec<FootprintTwin>,
    store_hours: Vec<u16>,
    /// Each once; days as differences to the one before.
    hours: Vec<(Ranges, Vec<(i32, Ranges)>)>,
    placement_text: Vec<u32>,
    placement_kinds: Vec<u8>,
    offer_placements: Vec<u64>,
    offer_groups: Vec<Option<u64>>,
    offer_scopes: Vec<(Vec<u16>, Vec<u32>)>,
    offer_values: Vec<Option<(bool, u64, u64, u64)>>,
    offer_caps: Vec<Vec<(u16, u32)>>,
    offer_worths: Vec<(u32, u16, u32)>,
    asked: Vec<(u8, u64)>,
}

fields!(Columns {
    name,
    currency,
    decimals,
    languages,
    offset_from,
    offset_minutes,
    goals,
    cadence,
    holdout,
    attributes,
    category_text,
    category_days,
    category_sensitive,
    category_aliases,
    product_text,
    product_category,
    product_price,
    product_gtin,
    product_age,
    store_text,
    store_gln,
    store_ground,
    store_hours,
    hours,
    placement_text,
    placement_kinds,
    offer_placements,
    offer_groups,
    offer_scopes,
    offer_values,
    offer_caps,
    offer_worths,
    asked
});

struct CadenceTwin {
    gap_min: u32,
    caps: Vec<CapTwin>,
    quiet: Option<(u16, u16)>,
    cool_off_days: u32,
    reminder_days: u32,
    interruption_cost: u32,
}

fields!(CadenceTwin { gap_min, caps, quiet, cool_off_days, reminder_days, interruption_cost });

/// What counts (0 all, 1 kind, 2 group, 3 offer) and its argument, impressions, hours.
type CapTwin = (u8, u64, u16, u32);

enum FootprintTwin {
    Disc(i32, i32, u32),
    /// Rings of corners, each but the first as the difference to the one before.
    Polygon(Vec<Vec<(i32, i32)>>),
}

impl Columns {
    pub(super) fn of(catalog: &Catalog) -> Self {
        let Shared { placements, groups, scopes, values, caps, worths } = &catalog.offers.shared;
        let categories = &catalog.categories;
        let products = &catalog.products;
        let stores = &catalog.stores;
        let hours = distinct(stores.iter().map(|store| &*store.hours));
        Self {
            name: catalog.name.0,
            currency: catalog.currency,
            decimals: catalog.decimals,
            languages: catalog.languages.iter().map(|language| *language as u8).collect(),
            offset_from: catalog.offsets.iter().map(|(from, _)| from.ms() / 1_000).collect(),
            offset_minutes: catalog.offsets.iter().map(|(_, minutes)| *minutes).collect(),
            goals: (catalog.goals.usefulness.parts(), catalog.goals.margin.parts(), catalog.goals.reach.parts()),
            cadence: CadenceTwin::of(&catalog.cadence),
            holdout: catalog.holdout.parts(),
            attributes: catalog.attributes.iter().map(attribute_twin).collect(),
            category_text: [
                categories.iter().map(|category| category.id.0).collect(),
                categories.iter().map(|category| category.name.de.0).collect(),
                categories.iter().map(|category| category.name.en.0).collect(),
            ],
            category_days: categories.iter().map(|category| whole_days(category.interval)).collect(),
            category_sensitive: categories.iter().map(|category| category.sensitive).collect(),
            category_aliases: categories.iter().map(|c| c.aliases.iter().map(|alias| alias.0).collect()).collect(),
            product_text: [
                products.iter().map(|product| product.id.0).collect(),
                products.iter().map(|product| product.name.de.0).collect(),
                products.iter().map(|product| product.name.en.0).collect(),
                products.iter().map(|product| product.brand.0).collect(),
                products.iter().map(|product| product.picture.0).collect(),
            ],
            product_category: products.iter().map(|product| product.category.0).collect(),
            product_price: products.iter().map(|product| product.price.units()).collect(),
            product_gtin: products.iter().map(|product| product.gtin.map_or(0, Gs1Number::get)).collect(),
            product_age: products.iter().map(|product| product.age_limit).collect(),
            store_text: [
                stores.iter().map(|store| store.id.0).collect(),
                stores.iter().map(|store| store.name.0).collect(),
            ],
            store_gln: stores.iter().map(|store| store.gln.map_or(0, Gs1Number::get)).collect(),
            store_ground: stores.iter().map(|store| FootprintTwin::of(&store.footprint)).collect(),
            store_hours: stores.iter().filter_map(|store| place_of(&hours, &store.hours)).collect(),
            hours: hours.into_iter().map(hours_twin).collect(),
            placement_text: catalog.placements.iter().map(|placement| placement.id.0).collect(),
            placement_kinds: catalog.placements.iter().map(|placement| placement.kinds.0).collect(),
            offer_placements: placements.clone(),
            offer_groups: groups.iter().map(|group| group.map(|key| key.0)).collect(),
            offer_scopes: scopes.iter().map(scope_twin).collect(),
            offer_values: values.iter().map(|value| value.map(value_twin)).collect(),
            offer_caps: caps.iter().map(|caps| caps.iter().map(own_cap_twin).collect()).collect(),
            offer_worths: worths.iter().map(worth_twin).collect(),
            asked: catalog.offers.rules.attributes.iter().map(|asked| attribute_code(*asked)).collect(),
        }
    }

    /// Puts the columns together again. A column that is too short, or a code that means nothing, is no catalog.
    pub(super) fn into_catalog(self, header: &Header, texts: Texts, offers: Offers) -> Result<Catalog, PackFault> {
        let broken = |part: &'static str| move || PackFault::Inconsistent { part };
        let (categories, products, stores) = (self.categories(), self.products(), self.stores());
        let (placements, shared) = (self.placements(), self.shared());
        let asked = self.asked.iter().map(|(code, argument)| attribute(*code, *argument)).collect::<Option<_>>();
        let attributes = self.attributes.into_iter().map(own_attribute).collect::<Option<Vec<_>>>();
        let languages = self.languages.iter().map(|code| from_code(&Language::ALL, *code)).collect::<Option<_>>();
        let from = self.offset_from.iter().map(|seconds| Timestamp::from_ms(seconds.saturating_mul(1_000)));
        let (usefulness, margin, reach) = self.goals;
        let mut catalog = Catalog {
            texts,
            name: Text(self.name),
            version: header.version,
            not_after: header.expiry(),
            currency: self.currency,
            decimals: self.decimals,
            languages: languages.ok_or_else(broken("its languages"))?,
            offsets: from.zip(self.offset_minutes).collect(),
            goals: Goals { usefulness: Ppm::new(usefulness), margin: Ppm::new(margin), reach: Ppm::new(reach) },
            cadence: self.cadence.into_cadence().ok_or_else(broken("its cadence"))?,
            holdout: Ppm::new(self.holdout),
            attributes: attributes.ok_or_else(broken("its attributes"))?,
            categories: categories.ok_or_else(broken("its categories"))?,
            products: products.ok_or_else(broken("its products"))?,
            stores: stores.ok_or_else(broken("its stores"))?,
            placements,
            offers: Offers {
                shared: shared.ok_or_else(broken("its offers"))?,
                rules: Rules { attributes: asked.ok_or_else(broken("its conditions"))?, ..offers.rules },
                ..offers
            },
            names: Names::default(),
        };
        if !catalog.offers.is_whole() {
            return Err(PackFault::Inconsistent { part: "its offers" });
        }
        catalog.index_names();
        Ok(catalog)
    }

    fn shared(&self) -> Option<Shared> {
        let caps = |caps: &Vec<(u16, u32)>| caps.iter().copied().map(own_cap).collect::<Option<_>>();
        Some(Shared {
            placements: self.offer_placements.clone(),
            groups: self.offer_groups.iter().map(|group| group.map(Key)).collect(),
            scopes: self.offer_scopes.iter().map(scope).collect(),
            values: self.offer_values.iter().map(|twin| twin.map(value)).collect(),
            caps: self.offer_caps.iter().map(caps).collect::<Option<_>>()?,
            worths: self.offer_worths.iter().map(worth).collect(),
        })
    }

    fn categories(&self) -> Option<Vec<Category>> {
        let [id, de, en] = &self.category_text;
        let category = |at: usize| {
            Some(Category {
                key: Key::default(),
                id: Text(*id.get(at)?),
                name: Words { de: Text(*de.get(at)?), en: Text(*en.get(at)?) },
                interval: Span::days(u32::from(*self.category_days.get(at)?)),
                sensitive: *self.category_sensitive.get(at)?,
                aliases: self.category_aliases.get(at)?.iter().copied().map(Text).collect(),
            })
        };
        (0..id.len()).map(category).collect()
    }

    fn products(&self) -> Option<Vec<Product>> {
        let [id, de, en, brand, picture] = &self.product_text;
        let product = |at: usize| {
            Some(Product {
                key: Key::default(),
                id: Text(*id.get(at)?),
                name: Words { de: Text(*de.get(at)?), en: Text(*en.get(at)?) },
                brand: Text(*brand.get(at)?),
                picture: Text(*picture.get(at)?),
                category: CategoryIx(*self.product_category.get(at)?),
                price: Minor::new(*self.product_price.get(at)?),
                gtin: gs1(*self.product_gtin.get(at)?),
                age_limit: *self.product_age.get(at)?,
            })
        };
        (0..id.len()).map(product).collect()
    }

    fn stores(&self) -> Option<Vec<Store>> {
        let [id, name] = &self.store_text;
        let hours: Vec<_> = self.hours.iter().map(|twin| Arc::new(opening_hours(twin))).collect();
        let store = |at: usize| {
            Some(Store {
                key: Key::default(),
                id: Text(*id.get(at)?),
                name: Text(*name.get(at)?),
                gln: gs1(*self.store_gln.get(at)?),
                footprint: self.store_ground.get(at)?.to_footprint(),
                hours: Arc::clone(hours.get(usize::from(*self.store_hours.get(at)?))?),
            })
        };
        (0..id.len()).map(store).collect()
    }

    fn placements(&self) -> Vec<Placement> {
        let kinds = self.placement_kinds.iter().map(|kinds| Kinds(*kinds));
        let placement = |(id, kinds): (&u32, Kinds)| Placement { key: Key::default(), id: Text(*id), kinds };
        self.placement_text.iter().zip(kinds).map(placement).collect()
    }
}

/// Reads a GS1 number; 0 stands for none.
fn gs1(number: u64) -> Option<Gs1Number> {
    (number > 0).then(|| Gs1Number::from_checked(number))
}

fn whole_days(span: Span) -> u16 {
    u16::try_from(span.whole_minutes() / 1_440).unwrap_or(u16::MAX)
}

const OWN_KINDS: [(OwnKind, ()); 6] = [
    (OwnKind::Text, ()),
    (OwnKind::Number, ()),
    (OwnKind::Boolean, ()),
    (OwnKind::Money, ()),
    (OwnKind::Set, ()),
    (OwnKind::Map, ()),
];

fn attribute_twin(own: &OwnAttribute) -> (u32, u8, Vec<u32>) {
    (own.name.0, own.kind as u8, own.values.iter().map(|value| value.0).collect())
}

fn own_attribute((name, kind, values): (u32, u8, Vec<u32>)) -> Option<OwnAttribute> {
    let (kind, values) = (from_code(&OWN_KINDS, kind)?, values.into_iter().map(Text).collect());
    Some(OwnAttribute { key: Key::default(), name: Text(name), kind, values, value_keys: Vec::new() })
}

impl CadenceTwin {
    fn of(cadence: &Cadence) -> Self {
        Self {
            gap_min: u32::try_from(cadence.gap.whole_minutes()).unwrap_or(u32::MAX),
            caps: cadence.caps.iter().map(cap_twin).collect(),
            quiet: cadence.quiet,
            cool_off_days: whole_days(cadence.cool_off).into(),
            reminder_days: whole_days(cadence.reminder_gap).into(),
            interruption_cost: cadence.interruption_cost.parts(),
        }
    }

    fn into_cadence(self) -> Option<Cadence> {
        Some(Cadence {
            gap: Span::minutes(self.gap_min),
            caps: self.caps.into_iter().map(cap).collect::<Option<_>>()?,
            quiet: self.quiet,
            cool_off: Span::days(self.cool_off_days),
            reminder_gap: Span::days(self.reminder_days),
            interruption_cost: Ppm::new(self.interruption_cost),
        })
    }
}

fn cap_twin(cap: &Cap) -> CapTwin {
    let (of, argument) = match cap.of {
        Counted::All => (0, 0),
        Counted::Kind(kind) => (1, kind as u64),
        Counted::Group(key) => (2, key.0),
        Counted::Offer(key) => (3, key.0),
    };
    (of, argument, cap.impressions, whole_hours(cap.window))
}

fn own_cap_twin(cap: &OwnCap) -> (u16, u32) {
    (cap.impressions, whole_hours(cap.window))
}

fn own_cap((impressions, hours): (u16, u32)) -> Option<OwnCap> {
    (impressions > 0).then_some(OwnCap { impressions, window: Span::hours(hours) })
}

fn whole_hours(span: Span) -> u32 {
    u32::try_from(span.whole_minutes() / 60).unwrap_or(u32::MAX)
}

fn cap((of, argument, impressions, hours): CapTwin) -> Option<Cap> {
    let of = match of {
        0 => Counted::All,
        1 => Counted::Kind(from_code(&Kind::ALL, u8::try_from(argument).ok()?)?),
        2 => Counted::Group(Key(argument)),
        3 => Counted::Offer(Key(argument)),
        _ => return None,
    };
    (impressions > 0).then_some(Cap { of, impressions, window: Span::hours(hours) })
}

impl ToWire for FootprintTwin {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Disc(lat_e7, lon_e7, radius_cm) => (0_u32, *lat_e7, *lon_e7, *radius_cm).write(out),
            Self::Polygon(rings) => {
                1_u32.write(out);
                rings.write(out);
            }
        }
    }
}

impl FromWire<'_> for FootprintTwin {
    fn read(from: &mut Reader) -> Self {
        match u32::read(from) {
            0 => Self::Disc(i32::read(from), i32::read(from), u32::read(from)),
            1 => Self::Polygon(Vec::read(from)),
            _ => Self::Polygon(from.refuse()),
        }
    }
}

impl FootprintTwin {
    fn of(footprint: &Footprint) -> Self {
        match footprint {
            Footprint::Disc { centre, radius_cm } => Self::Disc(centre.lat_e7, centre.lon_e7, *radius_cm),
            Footprint::Polygon(rings) => Self::Polygon(rings.iter().map(|ring| deltas(ring)).collect()),
        }
    }

    fn to_footprint(&self) -> Footprint {
        match self {
            Self::Disc(lat_e7, lon_e7, radius_cm) => {
                Footprint::Disc { centre: Point { lat_e7: *lat_e7, lon_e7: *lon_e7 }, radius_cm: *radius_cm }
            }
            Self::Polygon(rings) => Footprint::Polygon(rings.iter().map(|ring| corners(ring)).collect()),
        }
    }
}

fn deltas(ring: &[Point]) -> Vec<(i32, i32)> {
    let before = core::iter::once(Point { lat_e7: 0, lon_e7: 0 }).chain(ring.iter().copied());
    ring.iter()
        .zip(before)
        .map(|(to, from)| (to.lat_e7.wrapping_sub(from.lat_e7), to.lon_e7.wrapping_sub(from.lon_e7)))
        .collect()
}

fn corners(deltas: &[(i32, i32)]) -> Vec<Point> {
    let walk = |at: &mut Point, (lat, lon): &(i32, i32)| {
        *at = Point { lat_e7: at.lat_e7.wrapping_add(*lat), lon_e7: at.lon_e7.wrapping_add(*lon) };
        Some(*at)
    };
    deltas.iter().scan(Point { lat_e7: 0, lon_e7: 0 }, walk).collect()
}

fn distinct<'a>(all: impl Iterator<Item = &'a OpeningHours>) -> Vec<&'a OpeningHours> {
    let mut distinct = Vec::new();
    for hours in all {
        if !distinct.contains(&hours) {
            distinct.push(hours);
        }
    }
    distinct
}

/// Returns the place of these hours among the distinct ones.
fn place_of(distinct: &[&OpeningHours], hours: &OpeningHours) -> Option<u16> {
    distinct.iter().zip(0..).find(|(known, _)| **known == hours).map(|(_, place)| place)
}

fn hours_twin(hours: &OpeningHours) -> (Ranges, Vec<(i32, Ranges)>) {
    let before = core::iter::once(0).chain(hours.exceptions.iter().map(|(day, _)| *day));
    let exceptions = hours.exceptions.iter().zip(before);
    (hours.week.clone(), exceptions.map(|((day, ranges), before)| (day.wrapping_sub(before), ranges.clone())).collect())
}

fn opening_hours((week, exceptions): &(Ranges, Vec<(i32, Ranges)>)) -> OpeningHours {
    let mut last = 0_i32;
    let exceptions = exceptions.iter().map(|(days, ranges)| {
        last = last.wrapping_add(*days);
        (last, ranges.clone())
    });
    OpeningHours { week: week.clone(), exceptions: exceptions.collect() }
}

fn scope_twin(scope: &Scope) -> (Vec<u16>, Vec<u32>) {
    let categories = scope.categories.iter().map(|category| category.0);
    (categories.collect(), scope.products.iter().map(|product| product.0).collect())
}

fn scope((categories, products): &(Vec<u16>, Vec<u32>)) -> Scope {
    let categories = categories.iter().copied().map(CategoryIx);
    Scope { categories: categories.collect(), products: products.iter().copied().map(ProductIx).collect() }
}

/// Mean and weight of the prior, margin.
fn worth_twin((prior, margin): &(Prior, Ppm)) -> (u32, u16, u32) {
    (prior.mean.parts(), prior.weight, margin.parts())
}

fn worth((mean, weight, margin): &(u32, u16, u32)) -> (Prior, Ppm) {
    (Prior { mean: Ppm::new(*mean), weight: *weight }, Ppm::new(*margin))
}

/// Percent or amount, how much, minimum spend, maximum.
fn value_twin(value: Value) -> (bool, u64, u64, u64) {
    let (percent, off) = match value.off {
        Off::Percent(rate) => (true, u64::from(rate.get())),
        Off::Amount(amount) => (false, amount.units()),
    };
    (percent, off, value.minimum_spend.units(), value.maximum.units())
}

fn value((percent, off, minimum, maximum): (bool, u64, u64, u64)) -> Value {
    let off = if percent {
        Off::Percent(BasisPoints::new(u16::try_from(off).unwrap_or(u16::MAX)))
    } else {
        Off::Amount(Minor::new(off))
    };
    Value { off, minimum_spend: Minor::new(minimum), maximum: Minor::new(maximum) }
}

/// The attributes without an argument, in the order of their codes; those with one follow.
const PLAIN: [Attribute; 20] = [
    Attribute::InStore,
    Attribute::Near,
    Attribute::StoreAt,
    Attribute::PresenceProbability,
    Attribute::Scanned,
    Attribute::IntentStage,
    Attribute::IntentPurchase,
    Attribute::Weekday,
    Attribute::Hour,
    Attribute::Month,
    Attribute::DayOfMonth,
    Attribute::StoreOpen,
    Attribute::Stage,
    Attribute::BasketTotal,
    Attribute::BasketItems,
    Attribute::BoughtTotal,
    Attribute::Country,
    Attribute::Language,
    Attribute::CareOpen,
    Attribute::CareTopic,
];

pub(super) fn attribute_code(attribute: Attribute) -> (u8, u64) {
    match attribute {
        Attribute::IntentIn(category) => (32, category.0.into()),
        Attribute::DueIn(category) => (33, category.0.into()),
        Attribute::BasketCategory(category) => (34, category.0.into()),
        Attribute::BasketProduct(product) => (35, product.0.into()),
        Attribute::BoughtCount(category) => (36, category.0.into()),
        Attribute::BoughtSince(category) => (37, category.0.into()),
        Attribute::MemoryIn(category) => (38, category.0.into()),
        Attribute::Own(own) => (39, own.0.into()),
        Attribute::OwnMember(own, member) => (40, u64::from(own.0) << 16 | u64::from(member)),
        plain => (PLAIN.iter().zip(0..).find(|(known, _)| **known == plain).map_or(u8::MAX, |(_, code)| code), 0),
    }
}

fn attribute(code: u8, argument: u64) -> Option<Attribute> {
    let category = || u16::try_from(argument).ok().map(CategoryIx);
    match code {
        32 => category().map(Attribute::IntentIn),
        33 => category().map(Attribute::DueIn),
        34 => category().map(Attribute::BasketCategory),
        35 => u32::try_from(argument).ok().map(ProductIx).map(Attribute::BasketProduct),
        36 => category().map(Attribute::BoughtCount),
        37 => category().map(Attribute::BoughtSince),
        38 => category().map(Attribute::MemoryIn),
        39 => u16::try_from(argument).ok().map(|own| Attribute::Own(OwnIx(own))),
        40 => {
            let own = u16::try_from(argument >> 16).ok()?;
            Some(Attribute::OwnMember(OwnIx(own), u16::try_from(argument & 0xffff).ok()?))
        }
        plain => PLAIN.get(usize::from(plain)).copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attribute_has_a_code_of_its_own() {
        let category = CategoryIx(7);
        let with_argument = [
            Attribute::IntentIn(category),
            Attribute::DueIn(category),
            Attribute::BasketCategory(category),
            Attribute::BasketProduct(ProductIx(9)),
            Attribute::BoughtCount(category),
            Attribute::BoughtSince(category),
            Attribute::MemoryIn(category),
            Attribute::Own(OwnIx(11)),
            Attribute::OwnMember(OwnIx(3), 500),
        ];
        for known in PLAIN.into_iter().chain(with_argument) {
            let (code, argument) = attribute_code(known);
            assert_eq!(attribute(code, argument), Some(known));
        }
    }
}
