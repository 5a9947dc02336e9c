//! `tactful predict due`, `basket` and `comeback`: what does the engine expect a household of the benchmark to buy?
//!
//! Every household is a shopper of its own: what is said about a day knows its purchases on the days before, and of
//! others nothing but the shares and intervals of `stats_LEVEL.csv.gz`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tactful::catalog::need::Odds;
use tactful::catalog::{Catalog, NeedOdds};
use tactful::moment::next;

use super::find;
use crate::failure::Failure;
use crate::files::{self, Lines};
use crate::help;
use crate::households::{self, Day, Households, Item, Known, Level, Question, Walk};
use crate::report::say;
use crate::table;
use crate::train;

/// Say for every asked item how likely a household buys it within seven days
///
/// Reads `next_need/purchases.csv.gz`, `products.csv.gz`, `stats_LEVEL.csv.gz` and `due_LEVEL.csv.gz`, and writes a line
/// `{"q":"1-309","item":"APPLES","p":0.15}` for every row of the last. An item that the engine has no need for has p = 0.
#[derive(clap::Args)]
#[command(after_help = help!(
    "tactful predict due ../shared/data --level category -o due.jsonl\n  \
     python3 ../shared/quality/score.py due category due.jsonl"
))]
pub struct Due {
    #[command(flatten)]
    args: Args,
}

/// Rank the items that a household may buy on a shopping day
///
/// Reads `next_need/purchases.csv.gz`, `products.csv.gz`, `stats_LEVEL.csv.gz` and `queries_next.jsonl.gz`, and writes
/// a line `{"q":"1-283","ranked":["CHEESE","SOFT DRINKS"]}` with at most 20 items for every query, also those that are
/// meant for tuning.
#[derive(clap::Args)]
#[command(after_help = help!(
    "tactful predict basket ../shared/data --level type -o basket.jsonl\n  \
     python3 ../shared/quality/score.py basket type basket.jsonl"
))]
pub struct Basket {
    #[command(flatten)]
    args: Args,
}

/// Say for every lapsed favourite how likely it comes back within eight weeks
///
/// Reads `next_need/purchases.csv.gz`, `products.csv.gz`, `stats_LEVEL.csv.gz` and `comeback_LEVEL.csv.gz`, and writes a
/// line `{"q":"1-273","item":"APPLES","p":0.43}` for every row of the last.
#[derive(clap::Args)]
#[command(after_help = help!(
    "tactful predict comeback ../shared/data --level product -o comeback.jsonl\n  \
     python3 ../shared/quality/score.py comeback product comeback.jsonl"
))]
pub struct Comeback {
    #[command(flatten)]
    args: Args,
}

#[derive(clap::Args)]
struct Args {
    /// The folder that holds `next_need/`
    data: PathBuf,
    /// What an item is
    #[arg(long, value_enum, default_value_t = Level::Category)]
    level: Level,
    /// The odds of a need (JSON), as `tactful train need` writes them; without it, the prior ones
    #[arg(long, value_name = "FILE")]
    need: Option<PathBuf>,
    /// Where to write (JSON Lines, packed if it ends in `.gz`), or `-` for standard output
    #[arg(short, long, default_value = "-", value_name = "FILE")]
    output: PathBuf,
}

/// One line of the prediction about an item.
#[derive(Serialize)]
struct Chance<'a> {
    q: String,
    item: &'a str,
    p: f64,
}

/// One line of the prediction of a basket.
#[derive(Serialize)]
struct Ranked<'a> {
    q: String,
    ranked: Vec<&'a str>,
}

/// A line of `queries_next.jsonl.gz`.
#[derive(Deserialize)]
struct Query {
    household: u32,
    day: Day,
}

/// Longest list that is read.
const LONGEST: usize = 20;

/// Predicts what is due.
pub fn due(args: &Due) -> Result<(), Failure> {
    chances(&args.args, "due", |catalog| &catalog.need.due)
}

/// Predicts what comes back.
pub fn comeback(args: &Comeback) -> Result<(), Failure> {
    chances(&args.args, "comeback", |catalog| &catalog.need.back)
}

/// Answers every question about an item.
fn chances(args: &Args, what: &'static str, odds: fn(&Catalog) -> &Odds) -> Result<(), Failure> {
    let questions = households::questions(&args.data, what, args.level)?;
    files::apart(&args.output, &[&questions])?;
    let mut households = households::read(&args.data, args.level)?;
    if let Some(path) = &args.need {
        let NeedOdds { due, back, .. } = train::read_need(path, &households.catalog)?;
        households.catalog.need = NeedOdds { due, back, ..households.catalog.need };
    }
    let places: BTreeMap<&str, Item> = households.items.iter().map(String::as_str).zip(0..).collect();
    let mut asked = Vec::new();
    table::rows(&questions, what, |row: Question| {
        asked.extend(places.get(row.item.as_str()).map(|item| (row.household, row.day, *item)));
    })?;
    // NOTE: sorted, so that each household is walked through once.
    asked.sort_unstable();
    let mut lines = Vec::new();
    for of_one in asked.chunk_by(|(a, ..), (b, ..)| a == b) {
        let Some(mut walk) = of_one.first().and_then(|first| Walk::new(&households, first.0)) else { continue };
        for of_day in of_one.chunk_by(|(_, a, _), (_, b, _)| a == b) {
            let known = walk.to(of_day.first().map_or(0, |first| first.1));
            lines.extend(of_day.iter().map(|&(household, day, item)| Chance {
                q: format!("{household}-{day}"),
                item: households.items.get(usize::from(item)).map_or("", String::as_str),
                p: f64::from(known.chance(odds(&households.catalog), item).parts()) / 1e6,
            }));
        }
    }
    write(args, &lines)?;
    say(format_args!("{} households, {} questions", households.histories.len(), lines.len()));
    Ok(())
}

/// Predicts baskets.
pub fn basket(args: &Basket) -> Result<(), Failure> {
    let args = &args.args;
    let [queries] = find(&args.data, "queries", ["next_need/queries_next.jsonl.gz"])?;
    files::apart(&args.output, &[&queries])?;
    let households = households::read(&args.data, args.level)?;
    let mut asked = read(&queries)?;
    asked.sort_by_key(|query| (query.household, query.day));
    let mut lines = Vec::new();
    for of_one in asked.chunk_by(|a, b| a.household == b.household) {
        let Some(mut walk) = of_one.first().and_then(|first| Walk::new(&households, first.household)) else { continue };
        for query in of_one {
            let q = format!("{}-{}", query.household, query.day);
            lines.push(Ranked { q, ranked: rank(&households, &walk.to(query.day)) });
        }
    }
    write(args, &lines)?;
    say(format_args!("{} households, {} queries", households.histories.len(), lines.len()));
    Ok(())
}

fn read(path: &std::path::Path) -> Result<Vec<Query>, Failure> {
    let progress = files::progress("queries");
    let (mut lines, mut line, mut queries) = (Lines::open(path, &progress)?, Vec::new(), Vec::new());
    while let Some(number) = lines.next(&mut line)? {
        let query = serde_json::from_slice(&line);
        queries.push(query.map_err(|cause| Failure::Json { file: files::name(path), line: number, cause })?);
    }
    progress.finish_and_clear();
    Ok(queries)
}

/// Ranks a household's own items and those that everybody buys.
fn rank<'a>(households: &'a Households, known: &Known) -> Vec<&'a str> {
    let weights = if households.level == Level::Product { &next::PRODUCTS } else { &next::CATEGORIES };
    let evidence = (0..).zip(&households.items).filter_map(|(item, name)| Some((known.of(item)?, name.as_str())));
    let asked = evidence.filter(|(evidence, _)| evidence.habit.days > 0 || evidence.share >= COMMON);
    let mut scored: Vec<_> =
        asked.map(|(evidence, name)| (next::wish(weights, &known.household, &evidence), name)).collect();
    scored.sort_by_key(|(wish, _)| std::cmp::Reverse(*wish));
    scored.into_iter().take(LONGEST).map(|(_, name)| name).collect()
}

/// What is bought on fewer shopping days is ranked only where they bought it themselves, 1/65 536.
const COMMON: u16 = 655;

fn write(args: &Args, lines: &[impl Serialize]) -> Result<(), Failure> {
    files::write(&args.output, |output| {
        lines.iter().try_for_each(|line| {
            serde_json::to_writer(&mut *output, line)?;
            output.write_all(b"\n")
        })
    })
}
