//! What of a catalog is read once and kept: row by row, products by the column. Texts, offers and conditions are not
//! here; they are read where they lie.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::codec::{FromWire, Reader, ToWire, fields, from_code, written};
use super::pack::Header;
use crate::catalog::need::Usual;
use crate::catalog::offer::Shared;
use crate::catalog::rules::Rules;
use crate::catalog::{
    Attribute, Cadence, Cap, Catalog, Category, Counted, Counting, Fatigue, Goals, Goods, IntentOdds, Kind, Kinds,
    Language, Names, NeedOdds, Occasion, Off, Offers, OwnAttribute, OwnCap, OwnIx, OwnKind, Placement, Prior, Product,
    Reach, ReachIx, Recall, Scope, Store, Text, Texts, Tier, UsefulnessPrior, Value, Words,
};
use crate::mark::Marks;
use crate::product::{CategoryIx, Gs1Number, ProductIx};
use crate::store::{Footprint, OpeningHours, Point};
use crate::value::{BasisPoints, Key, Minor, Ppm, Span, Timestamp};

/// Writes what [`read`] reads.
pub(super) fn write(catalog: &Catalog) -> Vec<u8> {
    let mut out = Vec::new();
    catalog.name.write(&mut out);
    catalog.currency.write(&mut out);
    catalog.decimals.write(&mut out);
    catalog.languages.write(&mut out);
    catalog.offsets.write(&mut out);
    catalog.goals.write(&mut out);
    catalog.cadence.write(&mut out);
    catalog.holdout.write(&mut out);
    catalog.holdout_days.write(&mut out);
    catalog.attributes.write(&mut out);
    catalog.categories.write(&mut out);
    write_products(&catalog.products, &mut out);
    catalog.occasions.write(&mut out);
    catalog.stores.write(&mut out);
    write_hours(&catalog.stores, &mut out);
    catalog.placements.write(&mut out);
    catalog.offers.shared.write(&mut out);
    catalog.offers.rules.attributes.write(&mut out);
    out
}

/// Reads a catalog whose texts and offers are known. What breaks off, or has a code that means nothing, is no catalog.
pub(super) fn read(bytes: &[u8], header: &Header, texts: Texts, offers: Offers) -> Option<Catalog> {
    let mut from = Reader::new(bytes);
    let from = &mut from;
    // NOTE: fields of a struct expression are read in the order in which they are written.
    let catalog = Catalog {
        texts,
        version: header.version,
        not_after: header.expiry(),
        name: FromWire::read(from),
        currency: FromWire::read(from),
        decimals: FromWire::read(from),
        languages: FromWire::read(from),
        offsets: FromWire::read(from),
        goals: FromWire::read(from),
        cadence: FromWire::read(from),
        holdout: FromWire::read(from),
        holdout_days: FromWire::read(from),
        intent: IntentOdds::PRIOR,
        need: NeedOdds::PRIOR,
        usefulness: UsefulnessPrior::PRIOR,
        attributes: FromWire::read(from),
        categories: FromWire::read(from),
        products: read_products(from),
        occasions: FromWire::read(from),
        stores: read_stores(from),
        marks: Marks::default(),
        placements: FromWire::read(from),
        offers: Offers {
            shared: FromWire::read(from),
            rules: Rules { attributes: FromWire::read(from), ..offers.rules },
            ..offers
        },
        names: Names::default(),
    };
    from.is_done().then_some(catalog)
}

/// Writes what [`read_odds`] reads.
pub(super) fn write_odds(odds: &IntentOdds) -> Vec<u8> {
    let numbers = [odds.before].into_iter().chain(odds.answers);
    if *odds == IntentOdds::PRIOR { Vec::new() } else { numbers.flat_map(i16::to_le_bytes).collect() }
}

/// Reads the odds of a purchase; no bytes are the prior ones, and too few or too many none.
pub(super) fn read_odds(bytes: &[u8]) -> Option<IntentOdds> {
    let (numbers, rest) = bytes.as_chunks();
    let mut numbers = numbers.iter().map(|number| i16::from_le_bytes(*number));
    let Some(before) = numbers.next() else { return rest.is_empty().then_some(IntentOdds::PRIOR) };
    let mut answers = [0; IntentOdds::LEVELS];
    let whole = rest.is_empty() && numbers.len() == answers.len();
    answers.iter_mut().zip(numbers).for_each(|(answer, number)| *answer = number);
    whole.then_some(IntentOdds { before, answers })
}

/// Writes what [`read_needs`] reads.
pub(super) fn write_needs(needs: &NeedOdds) -> Vec<u8> {
    if *needs == NeedOdds::PRIOR {
        return Vec::new();
    }
    let odds = [&needs.due, &needs.back].into_iter().flat_map(|odds| [odds.before].into_iter().chain(odds.clues));
    let usual = needs.usual.iter().flat_map(|usual| [usual.share, usual.interval]);
    odds.map(i16::cast_unsigned).chain(usual).flat_map(u16::to_le_bytes).collect()
}

/// Reads the odds of a need; no bytes are the prior ones, and too few or an odd number none.
pub(super) fn read_needs(bytes: &[u8]) -> Option<NeedOdds> {
    let (numbers, []) = bytes.as_chunks() else { return None };
    let mut numbers = numbers.iter().map(|number| u16::from_le_bytes(*number));
    let mut needs = NeedOdds::PRIOR;
    if numbers.len() == 0 {
        return Some(needs);
    }
    for odds in [&mut needs.due, &mut needs.back] {
        odds.before = numbers.next()?.cast_signed();
        for clue in &mut odds.clues {
            *clue = numbers.next()?.cast_signed();
        }
    }
    while let Some(share) = numbers.next() {
        needs.usual.push(Usual { share, interval: numbers.next()? });
    }
    Some(needs)
}

/// Writes what [`read_usefulness`] reads.
pub(super) fn write_usefulness(prior: &UsefulnessPrior) -> Vec<u8> {
    let numbers = prior.means.into_iter().chain(prior.spreads);
    if *prior == UsefulnessPrior::PRIOR { Vec::new() } else { numbers.flat_map(i16::to_le_bytes).collect() }
}

/// Reads what people find useful; no bytes are the prior table, and too few, too many or a spread of nothing none.
pub(super) fn read_usefulness(bytes: &[u8]) -> Option<UsefulnessPrior> {
    let (numbers, rest) = bytes.as_chunks();
    let mut prior = UsefulnessPrior::PRIOR;
    let cells = prior.means.iter_mut().chain(&mut prior.spreads);
    cells.zip(numbers).for_each(|(cell, number)| *cell = i16::from_le_bytes(*number));
    let whole = rest.is_empty() && [0, 2 * UsefulnessPrior::CLUES].contains(&numbers.len());
    (whole && prior.spreads.iter().all(|spread| *spread > 0)).then_some(prior)
}

/// Implements writing and reading of a struct that is one number on the wire.
macro_rules! number {
    ($($name:ident: $number:ty, $into:expr, $from:expr;)*) => {$(
        impl ToWire for $name {
            fn write(&self, out: &mut Vec<u8>) {
                let into: fn(&Self) -> $number = $into;
                into(self).write(out);
            }
        }
        impl FromWire<'_> for $name {
            #[inline(always)]
            fn read(from: &mut Reader) -> Self {
                $from(<$number>::read(from))
            }
        }
    )*};
}

number! {
    Text: u32, |text| text.0, Text;
    Key: [u8; 8], |key| key.0.to_le_bytes(), |bytes| Key(u64::from_le_bytes(bytes));
    Kinds: u8, |kinds| kinds.0, Kinds;
    CategoryIx: u16, |category| category.0, CategoryIx;
    ProductIx: u32, |product| product.0, ProductIx;
    Gs1Number: u64, |number| number.get(), Gs1Number::from_checked;
    Minor: u64, |amount| amount.units(), Minor::new;
    BasisPoints: u16, |rate| rate.get(), BasisPoints::new;
    Ppm: u32, |share| share.parts(), Ppm::new;
    Span: u32, |span| u32::try_from(span.whole_minutes()).unwrap_or(u32::MAX), Span::minutes;
    Timestamp: i64, |at| at.ms() / 1_000, |seconds: i64| Timestamp::from_ms(seconds.clamp(0, 1 << 53) * 1_000);
}

/// Implements writing and reading of a value by its code: its place in a list of all.
macro_rules! coded {
    ($($name:ident, $all:expr, $first:expr;)*) => {$(
        impl ToWire for $name {
            fn write(&self, out: &mut Vec<u8>) {
                (*self as u8).write(out);
            }
        }
        impl FromWire<'_> for $name {
            fn read(from: &mut Reader) -> Self {
                let code = u8::read(from);
                from.known(from_code(&$all, code)).unwrap_or($first)
            }
        }
    )*};
}

coded! {
    Language, Language::ALL, Language::En;
    Kind, Kind::ALL, Kind::Service;
    OwnKind, OWN_KINDS, OwnKind::Text;
}

const OWN_KINDS: [(OwnKind, ()); 6] = [
    (OwnKind::Text, ()),
    (OwnKind::Number, ()),
    (OwnKind::Boolean, ()),
    (OwnKind::Money, ()),
    (OwnKind::Set, ()),
    (OwnKind::Map, ()),
];

/// Implements writing and reading of a struct, but for fields that are known only when everything is read.
macro_rules! but {
    ($name:ident { $($field:ident),* } $($later:ident)*) => {
        written!($name { $($field),* });
        impl FromWire<'_> for $name {
            fn read(from: &mut Reader) -> Self {
                Self { $($field: FromWire::read(from),)* $($later: Default::default()),* }
            }
        }
    };
}

fields!(Words { de, en });
fields!(Goals { usefulness, margin, reach });
fields!(Fatigue { group, messages, recovery });
fields!(Cadence { gap, caps, fatigue, quiet, cool_off, careful, reminder_gap, memory_age, interruption_cost });
fields!(Recall { products, lots, from, until });
fields!(Goods { categories, products });
fields!(Scope { categories, products, except });
fields!(Tier { from, percent, amount });
fields!(Prior { mean, weight });
fields!(Shared { placements, groups, scopes, values, caps, worths, reaches });
fields!(Point { lat_e7, lon_e7 });
but!(OwnAttribute { name, kind, values } key value_keys);
but!(Category { id, name, interval, sensitive, aliases } key);
but!(Occasion { id, name, times } key);
but!(Store { id, name, gln, footprint } key hours);
but!(Placement { id, kinds, on_request } key);

written!(OwnCap { impressions, window });

impl FromWire<'_> for OwnCap {
    fn read(from: &mut Reader) -> Self {
        let impressions = u16::read(from);
        from.known((impressions > 0).then_some(()));
        Self { impressions, window: FromWire::read(from) }
    }
}

impl ToWire for Cap {
    fn write(&self, out: &mut Vec<u8>) {
        let Self { of, impressions, window } = *self;
        let (code, argument): (u8, u64) = match of {
            Counted::All => (0, 0),
            Counted::Kind(kind) => (1, kind as u64),
            Counted::Group(key) => (2, key.0),
            Counted::Offer(key) => (3, key.0),
        };
        (code, argument).write(out);
        OwnCap { impressions, window }.write(out);
    }
}

impl FromWire<'_> for Cap {
    fn read(from: &mut Reader) -> Self {
        let (code, argument) = <(u8, u64)>::read(from);
        let of = match code {
            0 => Some(Counted::All),
            1 => u8::try_from(argument).ok().and_then(|kind| from_code(&Kind::ALL, kind)).map(Counted::Kind),
            2 => Some(Counted::Group(Key(argument))),
            3 => Some(Counted::Offer(Key(argument))),
            _ => None,
        };
        let of = from.known(of).unwrap_or(Counted::All);
        let OwnCap { impressions, window } = FromWire::read(from);
        Self { of, impressions, window }
    }
}

/// Code, two numbers, tiers and parts, of which each way of taking something off needs some; minimum spend, maximum and
/// stacking group.
impl ToWire for Value {
    fn write(&self, out: &mut Vec<u8>) {
        let (mut pay, mut tiers, mut parts) = (0, &Vec::new(), &Vec::new());
        let (code, number): (u8, u64) = match &self.off {
            Off::Percent(rate) => (0, rate.get().into()),
            Off::Amount(amount) => (1, amount.units()),
            Off::Pieces { of, pay: paid } => {
                pay = *paid;
                (2, u64::from(*of))
            }
            Off::Free(count) => (3, u64::from(*count)),
            Off::Tiers(counting, listed) => {
                tiers = listed;
                (4, *counting as u64)
            }
            Off::Bundle(listed, price) => {
                parts = listed;
                (5, price.units())
            }
        };
        (code, number, pay).write(out);
        tiers.write(out);
        parts.write(out);
        (self.minimum_spend, self.maximum, self.stacking).write(out);
    }
}

impl FromWire<'_> for Value {
    fn read(from: &mut Reader) -> Self {
        let (code, number, pay) = <(u8, u64, u16)>::read(from);
        let (tiers, parts) = (FromWire::read(from), FromWire::read(from));
        let narrow = u16::try_from(number).unwrap_or(u16::MAX);
        let amount = Minor::new(number);
        let off = match code {
            0 => Off::Percent(BasisPoints::new(narrow)),
            1 => Off::Amount(amount),
            2 => Off::Pieces { of: narrow, pay },
            3 => Off::Free(narrow),
            4 => Off::Tiers(if number == 0 { Counting::Spend } else { Counting::Pieces }, tiers),
            5 => Off::Bundle(parts, amount),
            _ => from.known(None).unwrap_or(Off::Amount(amount)),
        };
        Self { off, minimum_spend: FromWire::read(from), maximum: FromWire::read(from), stacking: FromWire::read(from) }
    }
}

impl ToWire for Reach {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Answer(topics) => {
                0_u8.write(out);
                topics.write(out);
            }
            Self::Recall(recall) => {
                1_u8.write(out);
                recall.write(out);
            }
            Self::PriceFell => 2_u8.write(out),
        }
    }
}

impl FromWire<'_> for Reach {
    fn read(from: &mut Reader) -> Self {
        match u8::read(from) {
            0 => Self::Answer(FromWire::read(from)),
            1 => Self::Recall(FromWire::read(from)),
            code => {
                from.known((code == 2).then_some(()));
                Self::PriceFell
            }
        }
    }
}

impl ToWire for Attribute {
    fn write(&self, out: &mut Vec<u8>) {
        attribute_code(*self).write(out);
    }
}

impl FromWire<'_> for Attribute {
    fn read(from: &mut Reader) -> Self {
        let (code, argument) = FromWire::read(from);
        from.known(attribute(code, argument)).unwrap_or(Self::InStore)
    }
}

/// Products by the column: how many, then each field of all of them. Texts are differences to the one above, since they
/// rise from product to product.
macro_rules! product_columns {
    ($($text:ident $(. $language:ident)?),*; $($field:ident),*) => {
        fn write_products(products: &[Product], out: &mut Vec<u8>) {
            u32::try_from(products.len()).unwrap_or(u32::MAX).write(out);
            $(
                let mut before = 0;
                for product in products {
                    let text = product.$text $(.$language)?.0;
                    text.wrapping_sub(core::mem::replace(&mut before, text)).cast_signed().write(out);
                }
            )*
            $(products.iter().for_each(|product| product.$field.write(out));)*
        }

        fn read_products(from: &mut Reader) -> Vec<Product> {
            const COLUMNS: usize = [$(stringify!($text $(.$language)?),)* $(stringify!($field)),*].len();
            let mut products: Vec<Product> = from.rows(COLUMNS);
            $(
                let mut before = 0_u32;
                for product in &mut products {
                    before = before.wrapping_add_signed(i32::read(from));
                    product.$text $(.$language)? = Text(before);
                }
            )*
            $(products.iter_mut().for_each(|product| product.$field = FromWire::read(from));)*
            products
        }
    };
}

product_columns!(id, name.de, name.en, brand, picture, lowest.de, lowest.en; category, price, gtin, age_limit);

/// Writes the different opening hours, and which of them each store has.
fn write_hours(stores: &[Store], out: &mut Vec<u8>) {
    let mut hours: Vec<OpeningHours> = Vec::new();
    let place = |store: &Store| {
        let known = hours.iter().position(|known| *known == *store.hours);
        known.unwrap_or_else(|| {
            hours.push(OpeningHours::clone(&store.hours));
            hours.len() - 1
        })
    };
    let places: Vec<usize> = stores.iter().map(place).collect();
    hours.write(out);
    places.into_iter().for_each(|place| u32::try_from(place).unwrap_or(u32::MAX).write(out));
}

fn read_stores(from: &mut Reader) -> Vec<Store> {
    let mut stores = Vec::<Store>::read(from);
    let hours: Vec<Arc<OpeningHours>> = Vec::read(from).into_iter().map(Arc::new).collect();
    for store in &mut stores {
        let place = usize::try_from(u32::read(from)).unwrap_or(usize::MAX);
        store.hours = from.known(hours.get(place)).cloned().unwrap_or_default();
    }
    stores
}

impl ToWire for OpeningHours {
    fn write(&self, out: &mut Vec<u8>) {
        let Self { week, mut exceptions } = self.clone();
        take_apart(exceptions.iter_mut().map(|(day, _)| day));
        week.write(out);
        exceptions.write(out);
    }
}

impl FromWire<'_> for OpeningHours {
    fn read(from: &mut Reader) -> Self {
        let mut hours = Self { week: FromWire::read(from), exceptions: FromWire::read(from) };
        put_together(hours.exceptions.iter_mut().map(|(day, _)| day));
        hours
    }
}

impl ToWire for Footprint {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Disc { centre, radius_cm } => (0_u8, *centre, *radius_cm).write(out),
            Self::Polygon(rings) => {
                let mut rings = rings.clone();
                for ring in &mut rings {
                    take_apart(ring.iter_mut().map(|corner| &mut corner.lat_e7));
                    take_apart(ring.iter_mut().map(|corner| &mut corner.lon_e7));
                }
                1_u8.write(out);
                rings.write(out);
            }
        }
    }
}

impl FromWire<'_> for Footprint {
    fn read(from: &mut Reader) -> Self {
        let code = u8::read(from);
        if code == 0 {
            return Self::Disc { centre: FromWire::read(from), radius_cm: FromWire::read(from) };
        }
        from.known((code == 1).then_some(()));
        let mut rings = Vec::<Vec<Point>>::read(from);
        for ring in &mut rings {
            put_together(ring.iter_mut().map(|corner| &mut corner.lat_e7));
            put_together(ring.iter_mut().map(|corner| &mut corner.lon_e7));
        }
        Self::Polygon(rings)
    }
}

/// Replaces numbers by their differences to the one before.
fn take_apart<'a>(numbers: impl Iterator<Item = &'a mut i32>) {
    let mut before = 0;
    for number in numbers {
        let difference = number.wrapping_sub(before);
        before = core::mem::replace(number, difference);
    }
}

/// Replaces differences by the numbers that they lead to.
fn put_together<'a>(differences: impl Iterator<Item = &'a mut i32>) {
    let mut before = 0_i32;
    for difference in differences {
        before = before.wrapping_add(*difference);
        *difference = before;
    }
}

/// The attributes without an argument, in the order of their codes; those with one follow.
const PLAIN: [Attribute; 25] = [
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
    Attribute::Day,
    Attribute::CareAge,
    Attribute::ExpiresIn,
    Attribute::CareClosed,
    Attribute::PriceFell,
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
        Attribute::Wanted(product) => (41, product.0.into()),
        Attribute::Reached(reach) => (42, reach.0.into()),
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
        41 => u32::try_from(argument).ok().map(ProductIx).map(Attribute::Wanted),
        42 => u16::try_from(argument).ok().map(ReachIx).map(Attribute::Reached),
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
            Attribute::Wanted(ProductIx(9)),
            Attribute::Reached(ReachIx(2)),
        ];
        for known in PLAIN.into_iter().chain(with_argument) {
            let (code, argument) = attribute_code(known);
            assert_eq!(attribute(code, argument), Some(known));
        }
    }
}
