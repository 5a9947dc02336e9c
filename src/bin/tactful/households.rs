//! Households: what each bought on which day, as the engine takes it; the benchmark's, with the questions about them, or
//! those of a shop's log.
//!
//! Knows the layout of the data (its README). There, an item is a category, a type or a product, as the level says, and
//! becomes both a category and a product of a catalog that has nothing to say.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::json;
use tactful::author;
use tactful::basket::Line;
use tactful::catalog::need::{Odds, Usual};
use tactful::catalog::{Catalog, Category};
use tactful::moment::need::{self, Evidence};
use tactful::product::CategoryIx;
use tactful::profile::{Habit, Habits, Profile};
use tactful::signal::{Fact, ShopEvent, ShopEventKind, Signal};
use tactful::value::{Key, Minor, Ppm, Seed, Span, Timestamp};

use crate::failure::Failure;
use crate::files::{self, Lines};
use crate::predict::find;
use crate::report::Finding;
use crate::steps::{Reader, Step};
use crate::table;

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Level {
    /// A category, such as `APPLES`
    Category,
    /// A type in a category, such as `BAG SNACKS / PRETZELS`
    Type,
    /// A single product, by its number
    Product,
}

impl Level {
    /// Its name in the data.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Category => "category",
            Self::Type => "type",
            Self::Product => "product",
        }
    }
}

/// An item's place in [`Households::items`].
pub type Item = u16;
/// Days since the first of the data.
pub type Day = u32;
/// What was bought on a day, with the pieces; nothing where no bought product is an item of the level.
type Bought = BTreeMap<Item, u16>;

/// All households of the data.
pub struct Households {
    /// What an item is.
    pub level: Level,
    /// The names of the items.
    pub items: Vec<String>,
    /// A catalog with these items.
    pub catalog: Catalog,
    /// Noon of day 0.
    noon: Timestamp,
    /// What each household bought.
    pub histories: BTreeMap<u32, BTreeMap<Day, Bought>>,
}

#[derive(Deserialize)]
struct Purchase {
    household: u32,
    day: Day,
    product: u32,
    qty: u32,
}

#[derive(Deserialize)]
struct Product {
    product: u32,
    category: String,
    r#type: String,
}

/// A row of `stats_LEVEL.csv.gz`; an interval is missing where nobody bought twice.
#[derive(Deserialize)]
struct Statistic {
    item: String,
    per_basket: f64,
    mean_interval_days: Option<f64>,
}

/// A row of `due_LEVEL.csv.gz` or `comeback_LEVEL.csv.gz`.
#[derive(Deserialize)]
pub struct Question {
    /// Whom it is about.
    pub household: u32,
    /// The day before which everything is known.
    pub day: Day,
    /// The item's name.
    pub item: String,
}

/// Reads the households of a folder.
pub fn read(folder: &Path, level: Level) -> Result<Households, Failure> {
    let statistics = format!("next_need/stats_{}.csv.gz", level.name());
    let wanted = ["next_need/purchases.csv.gz", "next_need/products.csv.gz", &statistics];
    let [purchases, products, statistics] = find(folder, "households", wanted)?;
    let mut known: Vec<Statistic> = Vec::new();
    table::rows(&statistics, "items", |row| known.push(row))?;
    let places: BTreeMap<&str, Item> = known.iter().map(|row| row.item.as_str()).zip(0..).collect();
    let mut items = BTreeMap::new();
    table::rows(&products, "products", |row: Product| {
        items.extend(places.get(name(&row, level).as_str()).map(|item| (row.product, *item)));
    })?;
    let mut histories: BTreeMap<u32, BTreeMap<Day, Bought>> = BTreeMap::new();
    table::rows(&purchases, "purchases", |row: Purchase| {
        let day = histories.entry(row.household).or_default().entry(row.day).or_default();
        if let Some(item) = items.get(&row.product) {
            let pieces = day.entry(*item).or_default();
            *pieces = pieces.saturating_add(u16::try_from(row.qty).unwrap_or(u16::MAX));
        }
    })?;
    let catalog = compile(&statistics, &known)?;
    Ok(Households { level, items: known.into_iter().map(|row| row.item).collect(), noon: NOON, catalog, histories })
}

fn name(row: &Product, level: Level) -> String {
    match level {
        Level::Category => row.category.clone(),
        Level::Type if row.r#type.is_empty() => format!("{0} / {0}", row.category),
        Level::Type => format!("{} / {}", row.category, row.r#type),
        Level::Product => row.product.to_string(),
    }
}

/// Returns a catalog in which the item at place 7 is the category `7`.
///
/// A pack has fewer categories than the data has types, so all after the first are put in without being authored.
fn compile(statistics: &Path, known: &[Statistic]) -> Result<Catalog, Failure> {
    let text = json!({
        "name": "Households", "version": 1, "purpose": "To be measured.", "currency": "USD", "languages": ["en"],
        "timezone": "UTC",
        "goals": { "usefulness": 100, "margin": 0, "reach": 0 },
        "cadence": { "gap_minutes": 60, "caps": [{ "impressions": 1, "hours": 24 }] },
        "categories": [{ "id": "0", "name": { "en": "First" } }],
        "stores": [], "products": [], "placements": [{ "id": "home" }], "offers": [],
    });
    let text = text.to_string();
    let finding = |issue| Finding::in_catalog(&files::name(statistics), &text, issue);
    let mut catalog = author::compile(&text)
        .map_err(|issues| Failure::Wrong { findings: issues.into_iter().map(finding).collect(), more: 0 })?;
    let first = catalog.categories.pop();
    catalog.need.usual = known.iter().map(|row| usual(row.per_basket, row.mean_interval_days)).collect();
    let category = |(place, first): (Item, Category)| Category { key: key(place), ..first };
    catalog.categories = (0..)
        .zip(known.iter().zip(first.into_iter().cycle()))
        .map(|(place, (_, first))| category((place, first)))
        .collect();
    Ok(catalog)
}

/// Returns what is usual of an item in the numbers of a table.
fn usual(share: f64, interval_days: Option<f64>) -> Usual {
    let short = |number: u32| u16::try_from(number).unwrap_or(u16::MAX);
    let interval = interval_days.map_or(0, |days| whole(days).max(1));
    Usual { share: short(whole(share * 65_536.0)), interval: short(interval) }
}

/// Returns the nearest whole number.
pub fn whole(number: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    let whole = number.round() as u32;
    whole
}

/// Returns the key of an item.
pub fn key(item: Item) -> Key {
    Key::of(&item.to_string())
}

/// Noon of day 0 of the data. Source: its README, 2017-01-01.
const NOON: Timestamp = Timestamp::from_ms(1_483_272_000_000);

impl Households {
    /// Returns noon of a day.
    fn noon(&self, day: Day) -> Timestamp {
        self.noon.after(Span::days(day))
    }

    /// Returns the first day on which anybody bought anything; 0 where nobody did.
    pub fn first_day(&self) -> Day {
        let firsts = self.histories.values().filter_map(|days| days.keys().next());
        firsts.min().copied().unwrap_or_default()
    }

    /// Returns the last such day.
    pub fn last_day(&self) -> Day {
        let lasts = self.histories.values().filter_map(|days| days.keys().next_back());
        lasts.max().copied().unwrap_or_default()
    }

    /// Tells whether a household bought an item on one of the days.
    pub fn bought(&self, household: u32, item: Item, days: Range<Day>) -> bool {
        let history = self.histories.get(&household);
        history.is_some_and(|history| history.range(days).any(|(_, bought)| bought.contains_key(&item)))
    }

    /// Counts what is usual of each item.
    fn count(&self) -> Vec<Usual> {
        let shopping: usize = self.histories.values().map(BTreeMap::len).sum();
        let mut counts = vec![(0_u32, 0_u32, 0_u32); self.items.len()];
        for history in self.histories.values() {
            let mut own: BTreeMap<Item, (Day, Day, u32)> = BTreeMap::new();
            for (day, item) in history.iter().flat_map(|(day, bought)| bought.keys().map(move |item| (*day, *item))) {
                let (_, last, days) = own.entry(item).or_insert((day, day, 0));
                (*last, *days) = (day, *days + 1);
            }
            for (item, (first, last, days)) in own {
                if let Some((all, gaps, span)) = counts.get_mut(usize::from(item)) {
                    (*all, *gaps, *span) = (*all + days, *gaps + days - 1, *span + last - first);
                }
            }
        }
        let of = |part: u32, all: u32| if all == 0 { 0.0 } else { f64::from(part) / f64::from(all) };
        let all = u32::try_from(shopping).unwrap_or(u32::MAX);
        counts.into_iter().map(|(days, gaps, span)| usual(of(days, all), (gaps > 0).then(|| of(span, gaps)))).collect()
    }
}

/// What a device knows on one day.
pub struct Known<'a> {
    catalog: &'a Catalog,
    /// What was bought, by item.
    pub habits: &'a Habits,
    /// The days on which anything was.
    pub shopping: Habit,
    /// The day, local, since 1970-01-01.
    pub today: i32,
    /// What is known of all that they buy.
    pub household: need::Household,
}

impl<'a> Known<'a> {
    /// Looks at a profile at the beginning of a day.
    pub fn new(households: &'a Households, profile: &'a Profile, day: Day) -> Self {
        let habits = if households.level == Level::Product { &profile.products } else { &profile.categories };
        let (catalog, shopping) = (&households.catalog, profile.shopping);
        let today = catalog.local(households.noon(day)).day;
        Self { catalog, habits, shopping, today, household: need::Household::new(&shopping, habits, today) }
    }

    /// Returns what is known of an item that was bought or not.
    pub fn of(&self, item: Item) -> Option<Evidence> {
        let kind = self.catalog.category(CategoryIx(item))?;
        let habit: Habit = self.habits.get(kind.key).copied().unwrap_or_default();
        Some(Evidence::new(self.catalog, CategoryIx(item), kind, habit))
    }

    /// Returns the chance of an item; 0 of one that they never bought.
    pub fn chance(&self, odds: &Odds, item: Item) -> Ppm {
        let known = self.of(item).filter(|known| known.habit.days > 0);
        known.map_or(Ppm::ZERO, |known| need::chance(odds, &self.household, &known, 1.0))
    }
}

/// Walks through one household's history; what it is asked about a day knows the days before.
pub struct Walk<'a> {
    households: &'a Households,
    /// What the device remembers.
    pub profile: Profile,
    ahead: std::collections::btree_map::Iter<'a, Day, Bought>,
    next: Option<(&'a Day, &'a Bought)>,
}

impl<'a> Walk<'a> {
    /// Starts before the first day; `None` for a household that is not in the data.
    pub fn new(households: &'a Households, household: u32) -> Option<Self> {
        let mut ahead = households.histories.get(&household)?.iter();
        let next = ahead.next();
        Some(Self { households, profile: Profile::new(Seed(0)), ahead, next })
    }

    /// Remembers every day before `day`, and returns what is known then.
    pub fn to(&mut self, day: Day) -> Known<'_> {
        while let Some((known, bought)) = self.next.filter(|(known, _)| **known < day) {
            self.profile.remember(&self.households.catalog, &signal(self.households, *known, bought));
            self.next = self.ahead.next();
        }
        Known::new(self.households, &self.profile, day)
    }
}

fn signal(households: &Households, day: Day, bought: &Bought) -> Signal {
    let line = |(item, pieces): (&Item, &u16)| Line {
        item: key(*item),
        product: None,
        category: Some(CategoryIx(*item)),
        price: Minor::default(),
        quantity: (*pieces).max(1),
        lot: None,
    };
    let lines = bought.iter().map(line).collect();
    let event = ShopEvent { kind: ShopEventKind::Purchase, lines, transaction: None, searched: Vec::new() };
    Signal { at: households.noon(day), fact: Fact::Shop(event) }
}

/// Reads the purchases of a shop's log; an item is a category of its catalog, and what is usual is counted.
pub fn log(path: &Path, catalog: Catalog) -> Result<Households, Failure> {
    let file = files::name(path);
    let progress = files::progress("log");
    let (mut lines, mut line) = (Lines::open(path, &progress)?, Vec::new());
    let mut reader = Reader::new(&file, &catalog, TOLD);
    let (mut shoppers, mut histories) = (BTreeMap::new(), BTreeMap::<u32, BTreeMap<Day, Bought>>::new());
    while let Some(number) = lines.next(&mut line)? {
        let head: Head = serde_json::from_slice(&line).unwrap_or_default();
        if head.kind.as_deref().is_some_and(|kind| kind != "purchase") {
            continue;
        }
        let Some(read) = reader.read(number, &line) else { continue };
        let Step::Signal(Signal { at, fact: Fact::Shop(event) }) = read.step else { continue };
        let next = u32::try_from(shoppers.len()).unwrap_or(u32::MAX);
        let household = *shoppers.entry(read.shopper.unwrap_or_default()).or_insert(next);
        let day = Day::try_from(catalog.local(at).day).unwrap_or_default();
        let bought = histories.entry(household).or_default().entry(day).or_default();
        bought.extend(event.lines.iter().filter_map(|line| Some((line.category?.0, line.quantity))));
    }
    progress.finish_and_clear();
    reader.finish()?;
    let items = catalog.categories.iter().map(|category| catalog.text(category.id).to_owned()).collect();
    let noon = Timestamp::from_ms(43_200_000);
    let mut households = Households { level: Level::Category, items, noon, catalog, histories };
    households.catalog.need.usual = households.count();
    Ok(households)
}

/// Problems that are told; of the others only the number.
const TOLD: usize = 20;

#[derive(Default, Deserialize)]
struct Head {
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// Returns the path of the questions `what` at a level.
pub fn questions(folder: &Path, what: &'static str, level: Level) -> Result<PathBuf, Failure> {
    let [path] = find(folder, "questions", [&format!("next_need/{what}_{}.csv.gz", level.name())])?;
    Ok(path)
}
