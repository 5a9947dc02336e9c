//! Who the people are: household, rhythm, tastes, what a discount weighs, patience, wishes.
//!
//! The engine never sees any of this. Constants that are marked "measured" are those of the 1,756 households of the
//! Complete Journey (dunnhumby; one year of purchases, 294 categories), which look real and are of uncertain provenance;
//! everything else is an assumption, and is called one.

use alloc::vec::Vec;

use super::luck::{Luck, Of};
use super::world::{Audience, World};
use crate::catalog::{Catalog, Category, OwnAttribute, OwnKind};
use crate::moment::need::usual_days;
use crate::product::{CategoryIx, ProductIx};
use crate::signal::Dial;
use crate::store::StoreIx;
use crate::value::Key;

/// Households of one to five people, shares. Assumption; the mean is 2.2.
const SIZES: [f64; 5] = [0.37, 0.30, 0.14, 0.13, 0.06];
/// The mean of those, people.
const MEAN_SIZE: f64 = 2.21;
/// Shopping trips to this shop in a year: median, spread of the logarithm (measured: 37, 1.07; 5 % have at most 4, 5 % at
/// least 133) and the range that is drawn from.
const TRIPS: (f64, f64) = (37.0, 1.07);
const TRIPS_RANGE: (f64, f64) = (3.0, 150.0);
/// Things on the list of a trip: median and spread of the logarithm (measured: categories a day, 7.9 and 0.57).
const LIST: (f64, f64) = (7.9, 0.57);
/// Visits without a purchase for each trip, between these. Assumption.
const LOOKS: (f64, f64) = (0.2, 1.2);
/// Share of people who rather shop online, and the share of trips that both sorts make online. Assumptions.
const ONLINE_PEOPLE: f64 = 0.35;
const ONLINE_TRIPS: (f64, f64) = (0.8, 0.15);
/// Share of trips to a store on which the phone is used in it, between these. Assumption.
const PHONE: (f64, f64) = (0.1, 0.8);
/// Share of people who buy a category at all; of one of which a sudden stop may mean loss. Assumptions (measured: 31 % of
/// much finer categories).
const BUYS: f64 = 0.65;
const BUYS_SENSITIVE: f64 = 0.2;
/// Spread of the logarithm of a household's interval in a category (measured: 0.51).
const INTERVAL_SPREAD: f64 = 0.51;
/// Share of the things they buy that they stop buying in the two years around the first day. Assumption.
const LAPSES: f64 = 0.15;
/// Share of a category's purchases that are the favourite. Assumption.
const LOYALTY: f64 = 0.7;
/// Patience: irritating messages at once that a person bears: median and spread of the logarithm. Assumptions.
const PATIENCE: (f64, f64) = (5.0, 0.6);
/// Share of people who set the dial by themselves: never, rarely, often. Assumption.
const DIALS: [f64; 3] = [0.01, 0.05, 0.04];
/// Share of people who say yes and no to remembering purchases; the others were not asked. Assumption.
const CONSENTS: [f64; 2] = [0.6, 0.12];
/// Share of people whose browser says no (Global Privacy Control). Assumption.
const GPC: f64 = 0.04;
/// Share of people whose purchases of the year before are known to the shop. Assumption.
const KNOWN: f64 = 0.6;
/// Devices lost or wiped in a year, for each person. Assumption.
const LOSSES: f64 = 0.2;
/// Days away in the summer, at most; a journey begins on the days 170 to 220 of a year. Assumption.
const HOLIDAY_DAYS: u32 = 21;
/// Share of people who read the shop's second language. Assumption.
const SECOND_LANGUAGE: f64 = 0.12;
/// How much a season moves an interval at most. Assumption: each category has a peak of its own.
const SEASON: f64 = 0.25;
/// Yes or no of a declared attribute, and a member of a set. Assumptions.
const ATTRIBUTE: f64 = 0.15;
/// Days of a year.
pub const YEAR: f64 = 365.0;

/// One person, and the household they shop for.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their number in the population, from 0.
    pub number: u32,
    /// People in the household.
    pub size: u8,
    /// Trips on a day, on the mean.
    pub trips: f64,
    /// Visits without a purchase on a day, on the mean.
    pub looks: f64,
    /// Things on the list of a trip, on the mean.
    pub list: f64,
    /// Share of trips made online.
    pub online: f64,
    /// Share of trips to a store on which the phone is used.
    pub phone: f64,
    /// What a discount weighs: 1 for most people, 0 for who does not care.
    pub thrift: f64,
    /// Irritating messages at once that they bear.
    pub patience: f64,
    /// How often they want to hear from us, at first.
    pub dial: Dial,
    /// May purchases be remembered?
    pub consent: Option<bool>,
    /// Their browser says no.
    pub gpc: bool,
    /// Two letters.
    pub language: Option<[u8; 2]>,
    /// The store they go to.
    pub store: Option<StoreIx>,
    /// Days `[from, until)` of each year on which they are away, from the first of January.
    pub away: (i32, i32),
    /// Devices lost on a day, on the mean.
    pub losses: f64,
    /// Their purchases of the year before are known.
    pub is_known: bool,
    /// What they buy, by category.
    pub wants: Vec<Want>,
    /// What the shop knows of them by itself.
    pub attributes: Vec<(Key, Option<i64>)>,
}

/// What a person wants of one category.
#[derive(Clone, Debug)]
pub struct Want {
    /// Which.
    pub category: CategoryIx,
    /// Days that a purchase lasts.
    pub interval: f64,
    /// How much they like it, as a standard normal number.
    pub fondness: f64,
    /// What they mostly buy of it.
    pub favourite: Option<ProductIx>,
    /// When it is due, in days after the first.
    pub due: f64,
    /// From this day on they do not buy it any more.
    pub lapses: f64,
    /// The day of the year on which it is wanted most.
    pub peak: f64,
}

impl Person {
    /// Draws a person. Cost: a draw for each category.
    pub fn new(world: &World, seed: u64, number: u32) -> Self {
        let catalog = world.catalog();
        let luck = &mut Luck::new(seed, Of::Person, [number.into(), 0, 0]);
        let size = u8::try_from(luck.weighted(&SIZES)).unwrap_or(0) + 1;
        let trips = luck.about(TRIPS.0, TRIPS.1).clamp(TRIPS_RANGE.0, TRIPS_RANGE.1) / YEAR;
        let list = luck.about(LIST.0, LIST.1).clamp(1.0, 40.0);
        let looks = trips * between(luck, LOOKS);
        let online = if luck.happens(ONLINE_PEOPLE) { ONLINE_TRIPS.0 } else { ONLINE_TRIPS.1 };
        let phone = between(luck, PHONE);
        let thrift = luck.about(1.0, 0.5).min(3.0);
        let patience = luck.about(PATIENCE.0, PATIENCE.1);
        let dial = dial(luck);
        let consent = match luck.weighted(&[CONSENTS[0], CONSENTS[1], 1.0 - CONSENTS[0] - CONSENTS[1]]) {
            0 => Some(true),
            1 => Some(false),
            _ => None,
        };
        let gpc = luck.happens(GPC);
        let language = language(catalog, luck);
        let store = u32::try_from(catalog.stores.len()).ok().filter(|stores| *stores > 0);
        let store = store.and_then(|stores| u16::try_from(luck.below(stores)).ok()).map(StoreIx);
        let leaves = 170 + i32::try_from(luck.below(50)).unwrap_or(0);
        let away = (leaves, leaves + i32::try_from(luck.below(HOLIDAY_DAYS + 1)).unwrap_or(0));
        let is_known = luck.happens(KNOWN);
        let attributes = catalog.attributes.iter().flat_map(|own| attribute(own, size, luck)).collect();
        let kinds = (0..).map(CategoryIx).zip(&catalog.categories);
        let wants = kinds.filter_map(|(place, kind)| Want::new(world, (seed, number, size), place, kind)).collect();
        let losses = LOSSES / YEAR;
        Self {
            number,
            size,
            trips,
            looks,
            list,
            online,
            phone,
            thrift,
            patience,
            dial,
            consent,
            gpc,
            language,
            store,
            away,
            losses,
            is_known,
            wants,
            attributes,
        }
    }

    /// Returns what they want of a category, `None` where they never buy it. Cost: one binary search.
    pub fn want(&self, category: CategoryIx) -> Option<&Want> {
        let at = self.wants.binary_search_by_key(&category, |want| want.category).ok()?;
        self.wants.get(at)
    }

    /// Tells whether they are away on a day of the year.
    pub fn is_away(&self, day_of_year: i32) -> bool {
        (self.away.0..self.away.1).contains(&day_of_year)
    }
}

impl Person {
    /// Tells whether they belong to an audience.
    pub fn is_of(&self, catalog: &Catalog, audience: Audience) -> bool {
        match audience {
            Audience::Household(size) => self.size.min(3) == size,
            Audience::Remembered(remembered) => (self.consent == Some(true)) == remembered,
            Audience::Language(language) => self.language == Some(language),
            Audience::Attribute(place) => {
                let key = catalog.attributes.get(place).map(|own| own.key);
                self.attributes.iter().any(|(known, value)| Some(*known) == key && *value == Some(1))
            }
        }
    }
}

impl Want {
    /// Draws what somebody wants of a category, by its key: another catalog with the same category finds the same.
    fn new(world: &World, (seed, number, size): (u64, u32, u8), category: CategoryIx, kind: &Category) -> Option<Self> {
        let luck = &mut Luck::new(seed, Of::Taste, [number.into(), kind.key.0, 0]);
        if !luck.happens(if kind.sensitive { BUYS_SENSITIVE } else { BUYS }) {
            return None;
        }
        // NOTE: a larger household needs more of everything, but not in proportion: the square root is an assumption.
        let usual = f64::from(usual_days(kind)) / libm::sqrt(f64::from(size) / MEAN_SIZE);
        let interval = luck.about(usual, INTERVAL_SPREAD).clamp(2.0, 2.0 * YEAR);
        let due = -YEAR + interval * luck.share();
        let fondness = luck.normal();
        let lapses = if luck.happens(LAPSES) { YEAR * (2.0 * luck.share() - 1.0) } else { f64::INFINITY };
        let peak = peak(kind);
        let favourite = world.shelves.get(usize::from(category.0)).and_then(|shelf| pick(shelf, luck));
        Some(Self { category, interval, fondness, favourite, due, lapses, peak })
    }

    /// Returns what a household that buys a category usually wants of it.
    pub(super) fn usual(world: &World, category: CategoryIx, luck: &mut Luck) -> Option<Self> {
        let kind = world.catalog().category(category)?;
        let favourite = world.shelves.get(usize::from(category.0)).and_then(|shelf| pick(shelf, luck));
        let (interval, fondness) = (f64::from(usual_days(kind)), luck.normal());
        let peak = peak(kind);
        Some(Self { category, interval, fondness, favourite, due: 0.0, lapses: f64::INFINITY, peak })
    }

    /// Returns how many days the next purchase lasts, where it is made on a day of the year.
    pub fn lasts(&self, day_of_year: i32, luck: &mut Luck) -> f64 {
        let season = 1.0 + SEASON * libm::cos(core::f64::consts::TAU * (f64::from(day_of_year) - self.peak) / YEAR);
        luck.about(self.interval, GAP_SPREAD) / season
    }

    /// Returns how much they need it on a day: 0 not at all, 1 at once. It rises over half an interval around the day on
    /// which it is due.
    pub fn need(&self, day: f64) -> f64 {
        if day >= self.lapses {
            return 0.0;
        }
        super::luck::share_at((day - self.due) / (self.interval / 8.0).max(0.5))
    }

    /// Returns what they buy of it this time.
    pub fn product(&self, world: &World, luck: &mut Luck) -> Option<ProductIx> {
        let is_favourite = luck.happens(LOYALTY);
        let other = world.shelves.get(usize::from(self.category.0)).and_then(|shelf| pick(shelf, luck));
        self.favourite.filter(|_| is_favourite).or(other)
    }
}

/// Spread of the logarithm of the time between two purchases. Measured: the gaps' standard deviation is 0.79 of their
/// mean, with the waiting for a trip in it, which is drawn by itself here.
const GAP_SPREAD: f64 = 0.5;

/// Returns the day of the year on which a category is wanted most, the same for everybody.
fn peak(kind: &Category) -> f64 {
    YEAR * Luck::new(0, Of::Taste, [kind.key.0, 0, 0]).share()
}

fn pick(shelf: &[ProductIx], luck: &mut Luck) -> Option<ProductIx> {
    let place = luck.below(u32::try_from(shelf.len()).unwrap_or(u32::MAX));
    shelf.get(usize::try_from(place).ok()?).copied()
}

fn between(luck: &mut Luck, (low, high): (f64, f64)) -> f64 {
    low + (high - low) * luck.share()
}

fn dial(luck: &mut Luck) -> Dial {
    let [never, rarely, often] = DIALS;
    match luck.weighted(&[never, rarely, often, 1.0 - never - rarely - often]) {
        0 => Dial::Never,
        1 => Dial::Rarely,
        2 => Dial::Often,
        _ => Dial::Normal,
    }
}

fn language(catalog: &Catalog, luck: &mut Luck) -> Option<[u8; 2]> {
    let place = usize::from(luck.happens(SECOND_LANGUAGE));
    let language = catalog.languages.get(place).or_else(|| catalog.languages.first())?;
    let (_, code) = crate::catalog::Language::ALL.into_iter().find(|(known, _)| known == language)?;
    code.as_bytes().try_into().ok()
}

/// Draws what the shop knows by itself: a number is the size of the household, the first text is what most have.
fn attribute(own: &OwnAttribute, size: u8, luck: &mut Luck) -> Vec<(Key, Option<i64>)> {
    let count = u32::try_from(own.value_keys.len()).unwrap_or(0);
    let one = |value: i64| alloc::vec![(own.key, Some(value))];
    let mut members = |value: &mut dyn FnMut(&mut Luck) -> Option<i64>| {
        let members = own.value_keys.iter().map(|member| (own.key.with(member.0), value(luck)));
        members.chain([(own.key, Some(1))]).collect()
    };
    match own.kind {
        OwnKind::Set => members(&mut |luck| luck.happens(ATTRIBUTE).then_some(1)),
        OwnKind::Map => members(&mut |luck| Some(luck.below(11).into())),
        OwnKind::Number => one(size.into()),
        OwnKind::Boolean => one(luck.happens(ATTRIBUTE).into()),
        OwnKind::Money => one(luck.below(10_000).into()),
        OwnKind::Text => {
            let place = if luck.happens(0.6) { 0 } else { luck.below(count) };
            let value = usize::try_from(place).ok().and_then(|place| own.value_keys.get(place));
            value.map_or_else(Vec::new, |key| one(key.0.cast_signed()))
        }
    }
}
