//! The benchmark's households: what each bought on which day, as the engine takes it, and the questions about them.
//!
//! Knows the layout of the data (its README). An item is a category, a type or a product, as the level says, and becomes
//! both a category and a product of a catalog that has nothing to say.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::json;
use tactful::author;
use tactful::basket::Line;
use tactful::catalog::{Catalog, Category};
use tactful::product::CategoryIx;
use tactful::profile::Profile;
use tactful::signal::{Fact, ShopEvent, ShopEventKind, Signal};
use tactful::value::{Key, Minor, Seed, Span, Timestamp};

use crate::failure::Failure;
use crate::files;
use crate::predict::find;
use crate::report::Finding;
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
    /// The names of the items.
    pub items: Vec<String>,
    /// A catalog with these items.
    pub catalog: Catalog,
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
    Ok(Households { items: known.into_iter().map(|row| row.item).collect(), catalog, histories })
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
    let category = |((place, row), first): ((Item, &Statistic), Category)| {
        let days = row.mean_interval_days.map_or(USUAL, whole).clamp(1, LONGEST_INTERVAL);
        Category { key: key(place), interval: Span::days(days), ..first }
    };
    catalog.need.shares = known
        .iter()
        .map(|row| whole(row.per_basket * 65_536.0))
        .map(|share| u16::try_from(share).unwrap_or(u16::MAX))
        .collect();
    catalog.categories = (0..).zip(known).zip(first.into_iter().cycle()).map(category).collect();
    Ok(catalog)
}

/// Longest interval that a catalog may state, days.
const LONGEST_INTERVAL: u32 = 730;
/// Days between two purchases where the data tells none: the catalog's own default.
const USUAL: u32 = 28;

fn whole(number: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and is at most a year")]
    let whole = number.round() as u32;
    whole
}

/// Returns the key of an item.
pub fn key(item: Item) -> Key {
    Key::of(&item.to_string())
}

/// Noon of a day. Source: day 0 is 2017-01-01.
pub fn noon(day: Day) -> Timestamp {
    Timestamp::from_ms(1_483_272_000_000).after(Span::days(day))
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

    /// Remembers every day before `day`.
    pub fn to(&mut self, day: Day) {
        while let Some((known, bought)) = self.next.filter(|(known, _)| **known < day) {
            self.profile.remember(&self.households.catalog, &signal(*known, bought));
            self.next = self.ahead.next();
        }
    }
}

fn signal(day: Day, bought: &Bought) -> Signal {
    let line = |(item, pieces): (&Item, &u16)| Line {
        item: key(*item),
        product: None,
        category: Some(CategoryIx(*item)),
        price: Minor::default(),
        quantity: (*pieces).max(1),
    };
    let lines = bought.iter().map(line).collect();
    let event = ShopEvent { kind: ShopEventKind::Purchase, lines, transaction: None, searched: Vec::new() };
    Signal { at: noon(day), fact: Fact::Shop(event) }
}

/// Returns the path of the questions `what` at a level.
pub fn questions(folder: &Path, what: &'static str, level: Level) -> Result<PathBuf, Failure> {
    let [path] = find(folder, "questions", [&format!("next_need/{what}_{}.csv.gz", level.name())])?;
    Ok(path)
}
