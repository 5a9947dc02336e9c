//! `tactful train need`: what a shop's own log, or the benchmark's households, teach about buying again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tactful::catalog::need::{CLUES, Odds, Usual};
use tactful::catalog::{Catalog, NeedOdds};

use super::again::{FOLDS, Row, Rows};
use crate::failure::Failure;
use crate::files;
use crate::fit::{Told, measure, weigh};
use crate::help;
use crate::households::{self, Households, Level, whole};
use crate::report::say;
use crate::trees::chance;

/// Learn how likely a household buys again from a shop's own log
///
/// A log has a line for each purchase, as for `tactful decide`, with its shopper: `{"shopper":"a","type":"purchase",…}`;
/// the lines of one shopper are in the order of time, and all other lines are passed over. It is learnt, week by week,
/// from what the device of each shopper then knows: whether something that they bought on three days is bought within
/// seven days, and whether something that they used to buy comes back within eight weeks. How often anybody buys from
/// a category, and at which interval, is counted.
///
/// The table goes into a pack with `tactful compile --need FILE`. The report is about households whose own purchases
/// were not learnt from, in five parts. A log of less than four months teaches nothing, and the prior odds stay.
///
/// A folder with the benchmark's `next_need/` is read as well, its first 273 days, by category and type (and by product
/// for what comes back); this is where the odds come from that ship with every pack.
#[derive(clap::Args)]
#[command(after_help = help!(
    "tactful train need log.jsonl --pack nordkorb.tact -o need.json\n  \
     tactful compile examples/nordkorb/catalog.json --need need.json"
))]
pub struct Args {
    /// The log (JSON Lines, also .gz), `-` for standard input, or the folder of the benchmark data
    log: PathBuf,
    /// The shop's pack (.tact), for its categories and its clock; a log needs it
    #[arg(long, value_name = "PACK")]
    pack: Option<PathBuf>,
    /// Where to write the table (JSON), or `-` for standard output
    #[arg(short, long, default_value = "-", value_name = "FILE")]
    output: PathBuf,
}

/// A table as it is written.
#[derive(Serialize, Deserialize)]
struct Table {
    /// 1.
    format: u16,
    due: Weights,
    back: Weights,
    categories: BTreeMap<String, Statistics>,
    #[serde(default)]
    held_out: Map<String, Value>,
}

/// Thousandths of log-odds, by clue.
#[derive(Serialize, Deserialize)]
struct Weights {
    before: i16,
    clues: BTreeMap<String, i16>,
}

/// What is known of a category from all households.
#[derive(Serialize, Deserialize)]
struct Statistics {
    /// Share of all shopping days on which it is bought, 0 to 1.
    share: f64,
    /// Mean days between two purchases; none where nobody bought twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    interval_days: Option<u16>,
}

/// The days of the benchmark that may be learnt from. Source: its README.
const TRAINING_DAYS: u32 = 273;

/// Learns the table.
pub fn need(args: &Args) -> Result<(), Failure> {
    let inputs: Vec<&Path> = [args.log.as_path()].into_iter().chain(args.pack.as_deref()).collect();
    files::apart(&args.output, &inputs)?;
    let (mut due, mut back) = (Rows::default(), Rows::default());
    let (categories, before) = if args.log.is_dir() {
        let categories = households::read(&args.log, Level::Category)?;
        due.add_due(&categories, TRAINING_DAYS);
        back.add_back(&categories, TRAINING_DAYS);
        let types = households::read(&args.log, Level::Type)?;
        due.add_due(&types, TRAINING_DAYS);
        back.add_back(&types, TRAINING_DAYS);
        back.add_back(&households::read(&args.log, Level::Product)?, TRAINING_DAYS);
        (categories, NOTHING)
    } else {
        let pack = args.pack.as_deref().ok_or_else(|| Failure::NoPack { file: files::name(&args.log) })?;
        let shop = households::log(&args.log, files::pack(pack)?)?;
        let end = shop.last_day() + 1;
        due.add_due(&shop, end);
        back.add_back(&shop, end);
        (shop, NeedOdds::PRIOR)
    };
    say(format_args!("{} households, {} items", categories.histories.len(), categories.items.len()));
    let mut held_out = Map::new();
    let mut tell = |what: &str, told: Option<Told>| {
        if let Some(told) = told {
            held_out.insert(what.into(), figures(told));
            say(sentence(what, told));
        }
    };
    let (due, told) = learn(&due.0, &before.due);
    tell("due within 7 days", told);
    let (back, told) = learn(&back.0, &before.back);
    tell("back within 8 weeks", told);
    let table = Table { format: 1, due: due.into(), back: back.into(), categories: statistics(&categories), held_out };
    files::write(&args.output, |output| {
        serde_json::to_writer_pretty(&mut *output, &table)?;
        output.write_all(b"\n")
    })
}

/// What is known before the benchmark is read.
const NOTHING: NeedOdds = {
    let odds = Odds { before: 0, clues: [0; Odds::CLUES] };
    NeedOdds { due: odds, back: odds, usual: Vec::new() }
};

/// Learns from all rows, and measures what each part is told by the others.
fn learn(rows: &[Row], before: &Odds) -> (Odds, Option<Told>) {
    let mut told = Vec::new();
    for fold in 0..FOLDS {
        let odds = fit(rows, before, |row| row.fold != fold);
        let own = rows.iter().filter(|row| row.fold == fold);
        told.extend(own.map(|row| (row.chance(&odds), row.bought)));
    }
    (fit(rows, before, |_| true), Some(measure(told)).filter(|told| told.samples > 0))
}

fn sentence(what: &str, told: Told) -> String {
    let Told { samples, bought, auc, log_loss, calibration } = told;
    let of = format!("of {samples} rows, {bought} bought");
    format!("held out, {what}: AUC {auc:.3}, log-loss {log_loss:.3}, calibration error {calibration:.4}, {of}")
}

fn fit(rows: &[Row], before: &Odds, of: impl Fn(&Row) -> bool) -> Odds {
    let known: Vec<f64> = [before.before].iter().chain(&before.clues).map(|odds| f64::from(*odds) / 1_000.0).collect();
    let rows: Vec<_> = rows.iter().filter(|row| of(row)).map(|row| (row.clues.as_slice(), row.bought)).collect();
    let mut whole = weigh(&rows, &known).into_iter();
    let mut odds = Odds { before: whole.next().unwrap_or_default(), clues: [0; Odds::CLUES] };
    odds.clues.iter_mut().zip(whole).for_each(|(clue, learnt)| *clue = learnt);
    odds
}

fn figures(told: Told) -> Value {
    let digits = |value: f64| libm::round(value * 1e4) / 1e4;
    json!({
        "rows": told.samples, "bought": told.bought, "auc": digits(told.auc),
        "log_loss": digits(told.log_loss), "calibration_error": digits(told.calibration),
    })
}

impl Row {
    fn chance(&self, odds: &Odds) -> f64 {
        let clues = self.clues.iter().zip(odds.clues).map(|(clue, odds)| f64::from(*clue) * f64::from(odds));
        chance((f64::from(odds.before) + clues.sum::<f64>()) / 1_000.0)
    }
}

fn statistics(households: &Households) -> BTreeMap<String, Statistics> {
    let digits = |share: u16| libm::round(f64::from(share) / 65_536.0 * 1e5) / 1e5;
    let usual = households.items.iter().zip(&households.catalog.need.usual);
    let told = usual.filter(|(_, usual)| usual.share > 0).map(|(item, Usual { share, interval })| {
        let interval_days = Some(*interval).filter(|days| *days > 0);
        (item.clone(), Statistics { share: digits(*share), interval_days })
    });
    told.collect()
}

impl From<Odds> for Weights {
    fn from(odds: Odds) -> Self {
        let clues = CLUES.iter().zip(odds.clues).map(|(clue, odds)| ((*clue).into(), odds));
        Self { before: odds.before, clues: clues.collect() }
    }
}

impl Weights {
    /// Returns the odds; `None` where they are about other clues.
    fn odds(&self) -> Option<Odds> {
        let mut odds = Odds { before: self.before, clues: [0; Odds::CLUES] };
        for (clue, name) in odds.clues.iter_mut().zip(CLUES) {
            *clue = *self.clues.get(name)?;
        }
        (self.clues.len() == Odds::CLUES).then_some(odds)
    }
}

/// Reads a table that was written, for the categories of a catalog; of one that it does not name nothing is known.
pub fn read_need(path: &Path, catalog: &Catalog) -> Result<NeedOdds, Failure> {
    let file = files::name(path);
    let wrong = |cause: serde_json::Error| Failure::Json { file: file.clone(), line: cause.line(), cause };
    let table: Table = serde_json::from_str(&files::text(path)?).map_err(wrong)?;
    let (Some(due), Some(back), 1) = (table.due.odds(), table.back.odds(), table.format) else {
        return Err(Failure::NoNeed { file });
    };
    let usual = |known: &Statistics| Usual {
        share: u16::try_from(whole(known.share * 65_536.0)).unwrap_or(u16::MAX),
        interval: known.interval_days.unwrap_or_default(),
    };
    let ids = catalog.categories.iter().map(|category| catalog.text(category.id));
    let usual: Vec<Usual> = ids.map(|id| table.categories.get(id).map_or(Usual::UNKNOWN, usual)).collect();
    Ok(NeedOdds { due, back, usual })
}
