//! `tactful import`: the purchase histories of the benchmark data become signals, one history per household.
//!
//! Knows the layout of the data (its README), not what the purchases mean.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tactful::catalog::Catalog;
use tactful::value::Key;

use crate::check;
use crate::failure::Failure;
use crate::files;
use crate::help;
use crate::report::say;
use crate::table;

/// Turn the purchase histories of the benchmark data into signals
///
/// Every day on which a household bought something becomes three lines: `view_cart` with the items at 17:00 UTC, an ask
/// for the placement `basket` a minute later, and the `purchase` ten minutes later. Each line begins with its shopper,
/// such as `hh-1`; lines are sorted by shopper, then time.
#[derive(clap::Args)]
#[command(after_help = help!("tactful import ../shared/data -o histories.jsonl"))]
pub struct Args {
    /// The folder that holds `next_need/purchases.csv.gz` and `next_need/products.csv.gz`
    data: PathBuf,
    /// Where to write (JSON Lines, packed if it ends in `.gz`), or `-` for standard output
    #[arg(short, long, default_value = "-", value_name = "FILE")]
    output: PathBuf,
    /// Tell how much of what was bought this catalog has a category for
    #[arg(long, value_name = "CATALOG")]
    catalog: Option<PathBuf>,
}

/// A row of `purchases.csv.gz`; `cents` is what the whole row cost.
#[derive(Deserialize)]
struct Purchase {
    household: u32,
    day: u32,
    product: u32,
    qty: u32,
    cents: u32,
}

/// A row of `products.csv.gz`.
#[derive(Deserialize)]
struct Product {
    product: u32,
    category: String,
}

/// What was bought on one day: product to pieces and cents.
type Day = BTreeMap<u32, (u32, u32)>;
/// Households, and their days.
type Histories = BTreeMap<u32, BTreeMap<u32, Day>>;
type Categories = BTreeMap<u32, String>;

/// Imports the histories.
pub fn import(args: &Args) -> Result<(), Failure> {
    let (purchases, products) = tables(&args.data)?;
    let catalog = args.catalog.as_deref().map(|path| check::read(path, check::horizon(None))).transpose()?;
    let mut categories = Categories::new();
    table::rows(&products, "products ", |row: Product| drop(categories.insert(row.product, row.category)))?;
    let mut histories = Histories::new();
    table::rows(&purchases, "purchases", |row| add(&mut histories, &row))?;
    files::write(&args.output, |output| write(output, &histories, &categories))?;
    let days: usize = histories.values().map(BTreeMap::len).sum();
    say(format_args!("{} shoppers, {days} days with purchases, {days} asks", histories.len()));
    if let Some(catalog) = catalog {
        say(coverage(&catalog, &histories, &categories));
    }
    Ok(())
}

fn tables(folder: &Path) -> Result<(PathBuf, PathBuf), Failure> {
    let wanted = ["next_need/purchases.csv.gz", "next_need/products.csv.gz"];
    let [purchases, products] = wanted.map(|name| folder.join(name));
    let absent = [&purchases, &products].into_iter().filter(|path| !path.is_file());
    let missing: Vec<String> = absent.map(|path| format!("`{}`", path.display())).collect();
    if missing.is_empty() {
        return Ok((purchases, products));
    }
    Err(Failure::NoData { folder: files::name(folder), wanted: missing.join(" and ") })
}

fn add(histories: &mut Histories, row: &Purchase) {
    let day = histories.entry(row.household).or_default().entry(row.day).or_default();
    let (pieces, cents) = day.entry(row.product).or_default();
    *pieces = pieces.saturating_add(row.qty);
    *cents = cents.saturating_add(row.cents);
}

/// Milliseconds of 2017-01-01 00:00 UTC, the day 0 of the data.
const DAY_0: u64 = 1_483_228_800_000;
const MINUTE: u64 = 60_000;
const DAY: u64 = 1_440 * MINUTE;
/// When a day's shopping is put down.
const EVENING: u64 = 17 * 60 * MINUTE;

/// One line, its fields in this order.
#[derive(Serialize)]
struct Line<'a> {
    shopper: &'a str,
    r#type: &'static str,
    at: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    remember: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    placement: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_id: Option<&'a str>,
    #[serde(skip_serializing_if = "<[Item]>::is_empty")]
    items: &'a [Item<'a>],
}

#[derive(Serialize)]
struct Item<'a> {
    item_id: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    item_category: &'a str,
    price: f64,
    quantity: u32,
}

fn write(output: &mut dyn Write, histories: &Histories, categories: &Categories) -> io::Result<()> {
    for (household, days) in histories {
        let shopper = format!("hh-{household}");
        let blank = Line {
            shopper: &shopper,
            r#type: "consent",
            at: days.keys().next().map_or(DAY_0, |first| evening(*first) - MINUTE),
            remember: None,
            placement: None,
            transaction_id: None,
            items: &[],
        };
        line(output, &Line { remember: Some(true), ..blank })?;
        for (day, bought) in days {
            let (at, transaction) = (evening(*day), format!("{shopper}-{day}"));
            let items: Vec<Item> = bought.iter().map(|(product, sum)| item(*product, *sum, categories)).collect();
            line(output, &Line { r#type: "view_cart", at, items: &items, ..blank })?;
            line(output, &Line { r#type: "ask", at: at + MINUTE, placement: Some("basket"), ..blank })?;
            let transaction_id = Some(transaction.as_str());
            line(output, &Line { r#type: "purchase", at: at + 10 * MINUTE, transaction_id, items: &items, ..blank })?;
        }
    }
    Ok(())
}

fn line(output: &mut dyn Write, line: &Line) -> io::Result<()> {
    serde_json::to_writer(&mut *output, line)?;
    output.write_all(b"\n")
}

fn evening(day: u32) -> u64 {
    DAY_0 + u64::from(day) * DAY + EVENING
}

/// One product of a day; the price of a piece in whole cents, rounded half up.
fn item(product: u32, (pieces, cents): (u32, u32), categories: &Categories) -> Item<'_> {
    let pieces = pieces.max(1);
    let piece = cents.saturating_add(pieces / 2) / pieces;
    Item {
        item_id: product.to_string(),
        item_category: categories.get(&product).map_or("", String::as_str),
        price: f64::from(piece) / 100.0,
        quantity: pieces,
    }
}

/// Says which share of the bought products has a category in `catalog`, and which categories are missed most.
fn coverage(catalog: &Catalog, histories: &Histories, categories: &Categories) -> String {
    let mut bought: BTreeMap<&str, u64> = BTreeMap::new();
    for product in histories.values().flat_map(BTreeMap::values).flat_map(BTreeMap::keys) {
        *bought.entry(categories.get(product).map_or("", String::as_str)).or_default() += 1;
    }
    let all: u64 = bought.values().sum();
    let mut missed: Vec<(&str, u64)> = bought.into_iter().filter(|(name, _)| !has(catalog, name)).collect();
    missed.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let known = all - missed.iter().map(|(_, count)| count).sum::<u64>();
    let most: Vec<String> = missed.iter().take(5).map(|(name, count)| format!("{name} ({count})")).collect();
    let percent = known * 100 / all.max(1);
    format!("{known} of {all} items ({percent} %) are in categories of the catalog; missed most: {}", most.join(", "))
}

fn has(catalog: &Catalog, category: &str) -> bool {
    catalog.category_by_key(Key::of(category)).is_some()
}
