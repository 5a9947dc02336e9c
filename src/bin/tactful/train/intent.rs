//! `tactful train intent`: the odds of a purchase, from a shop's own log or from the benchmark's sessions.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::json;
use tactful::author;
use tactful::catalog::IntentOdds;
use tactful::catalog::intent::CLUES;
use tactful::moment::intent::chance;

use super::log;
use crate::failure::Failure;
use crate::files;
use crate::fit::{Sample, Told, learn, measure};
use crate::help;
use crate::report::say;
use crate::table;

/// Learn how likely a session ends with a purchase from a shop's own log
///
/// A log has a line for each signal, as for `tactful decide`, with its shopper: `{"shopper":"a","type":"view_item",…}`;
/// the lines of one shopper stand together, by time. A session ends with a `purchase` or after 30 minutes without a
/// signal. At every signal, and after 1, 3 and 10 minutes of silence, it is learnt from what the device then knows,
/// whether a purchase followed. Asks, replies, positions, check-ins, attributes and care cases are passed over.
///
/// The table goes into a pack with `tactful compile --intent FILE`. The report is about shoppers whose own sessions were
/// not learnt from, in five parts.
///
/// A folder with the benchmark's `intent/sessions_public.csv.gz` is read as well: its sessions tell how many products
/// were looked at, who came before, and the weekend; this is where the odds come from that ship with every pack.
#[derive(clap::Args)]
#[command(after_help = help!(
    "tactful train intent log.jsonl --pack nordkorb.tact -o intent.json\n  \
     tactful compile examples/nordkorb/catalog.json --intent intent.json"
))]
pub struct Args {
    /// The log (JSON Lines, also .gz), `-` for standard input, or the folder of the benchmark data
    log: PathBuf,
    /// The shop's pack (.tact), for its clock; without it, days are those of UTC
    #[arg(long, value_name = "PACK")]
    pack: Option<PathBuf>,
    /// Where to write the table (JSON), or `-` for standard output
    #[arg(short, long, default_value = "-", value_name = "FILE")]
    output: PathBuf,
}

/// A table as it is written: the thousandths of log-odds that each answer adds, by clue.
#[derive(Serialize, Deserialize)]
struct Table {
    /// 1.
    format: u16,
    before: i16,
    answers: BTreeMap<String, Vec<i16>>,
    #[serde(default)]
    held_out: serde_json::Value,
}

/// Learns the table.
pub fn intent(args: &Args) -> Result<(), Failure> {
    let inputs: Vec<&Path> = [args.log.as_path()].into_iter().chain(args.pack.as_deref()).collect();
    files::apart(&args.output, &inputs)?;
    let (samples, sessions, before) = samples(args)?;
    let odds = learn(samples.iter(), &before);
    let (all, third) = (held_out(&samples, &before, |_| true), held_out(&samples, &before, |sample| sample.event == 3));
    let told = [("every instant", all), ("the third event", third)].into_iter().filter(|(_, told)| told.samples > 0);
    say(format_args!("{sessions} sessions, {} instants", samples.len()));
    told.clone().for_each(|(when, told)| say(sentence(when, told)));
    let table = Table {
        format: 1,
        before: odds.before,
        answers: answers(&odds),
        held_out: told.map(|(when, told)| (when.to_owned(), figures(told))).collect(),
    };
    files::write(&args.output, |output| {
        serde_json::to_writer_pretty(&mut *output, &table)?;
        output.write_all(b"\n")
    })
}

/// Returns the samples, how many sessions they are of, and what was known before them.
fn samples(args: &Args) -> Result<(Vec<Sample>, u64, IntentOdds), Failure> {
    if args.log.is_dir() {
        let samples = benchmark(&args.log)?;
        let sessions = samples.iter().filter(|sample| sample.event == 0).count();
        return Ok((samples, u64::try_from(sessions).unwrap_or(u64::MAX), assumed()));
    }
    let engine = match &args.pack {
        Some(pack) => files::pack(pack)?,
        None => nowhere()?,
    };
    let (samples, sessions) = log::read(&args.log, &engine)?;
    Ok((samples, sessions, IntentOdds::PRIOR))
}

/// A catalog with nothing in it, on UTC.
fn nowhere() -> Result<tactful::catalog::Catalog, Failure> {
    let text = json!({
        "name": "Log", "version": 1, "purpose": "To be learnt from.", "currency": "EUR", "languages": ["en"],
        "timezone": "UTC", "goals": { "usefulness": 100, "margin": 0, "reach": 0 },
        "cadence": { "gap_minutes": 60, "caps": [{ "impressions": 1, "hours": 24 }] },
        "categories": [{ "id": "all", "name": { "en": "All" }, "interval_days": 7 }], "products": [],
        "placements": [{ "id": "home" }], "offers": [],
    });
    let text = text.to_string();
    let finding = |issue| crate::report::Finding::in_catalog("the empty catalog", &text, issue);
    author::compile(&text)
        .map_err(|issues| Failure::Wrong { findings: issues.into_iter().map(finding).collect(), more: 0 })
}

/// Measures how well each part is told by odds that were learnt from the others.
fn held_out(samples: &[Sample], before: &IntentOdds, of: impl Fn(&Sample) -> bool) -> Told {
    let mut told = Vec::new();
    for fold in 0..log::FOLDS {
        let odds = learn(samples.iter().filter(|sample| sample.fold != fold), before);
        let own = samples.iter().filter(|sample| sample.fold == fold && of(sample));
        told.extend(own.map(|sample| (f64::from(chance(odds.sum(sample.answers)).parts()) / 1e6, sample.bought)));
    }
    measure(told)
}

fn sentence(when: &str, told: Told) -> String {
    let Told { samples, bought, auc, log_loss, calibration } = told;
    let of = format!("of {samples} instants, {bought} before a purchase");
    format!("held out, at {when}: AUC {auc:.3}, log-loss {log_loss:.3}, calibration error {calibration:.4}, {of}")
}

fn figures(told: Told) -> serde_json::Value {
    let digits = |value: f64| libm::round(value * 1e4) / 1e4;
    json!({
        "instants": told.samples, "before_a_purchase": told.bought, "auc": digits(told.auc),
        "log_loss": digits(told.log_loss), "calibration_error": digits(told.calibration),
    })
}

fn answers(odds: &IntentOdds) -> BTreeMap<String, Vec<i16>> {
    let mut rest = odds.answers.iter().copied();
    CLUES.iter().map(|(clue, levels)| ((*clue).into(), rest.by_ref().take(levels.len()).collect())).collect()
}

/// Reads a table that was written.
pub fn read(path: &Path) -> Result<IntentOdds, Failure> {
    let file = files::name(path);
    let wrong = |cause: serde_json::Error| Failure::Json { file: file.clone(), line: cause.line(), cause };
    let table: Table = serde_json::from_str(&files::text(path)?).map_err(wrong)?;
    let mut odds = IntentOdds { before: table.before, answers: [0; IntentOdds::LEVELS] };
    let found: Vec<i16> = CLUES
        .iter()
        .filter_map(|(clue, levels)| table.answers.get(*clue).filter(|found| found.len() == levels.len()))
        .flatten()
        .copied()
        .collect();
    if table.format != 1 || found.len() != IntentOdds::LEVELS {
        return Err(Failure::NoOdds { file });
    }
    odds.answers.iter_mut().zip(found).for_each(|(answer, found)| *answer = found);
    Ok(odds)
}

/// The clues that the benchmark's sessions tell; of the others, they leave the prior odds as they are.
const TOLD_BY_THE_BENCHMARK: [&str; 3] = ["products looked at", "visitor", "weekend"];

/// Returns the prior odds without what the benchmark tells.
fn assumed() -> IntentOdds {
    let mut odds = IntentOdds { before: 0, ..IntentOdds::PRIOR };
    let told = CLUES.iter().flat_map(|(clue, levels)| levels.iter().map(|_| TOLD_BY_THE_BENCHMARK.contains(clue)));
    odds.answers.iter_mut().zip(told).filter(|(_, told)| *told).for_each(|(answer, _)| *answer = 0);
    odds
}

/// A row of `sessions_public.csv.gz`, as far as a device knows it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Visit {
    #[serde(rename = "session")]
    session: u32,
    product_related: f64,
    visitor_type: String,
    weekend: u8,
    revenue: u8,
}

#[derive(Deserialize)]
struct Fold {
    session: u32,
    fold: u64,
}

/// Looks at a product from which the answer is another.
const LOOKS: [(f64, u8); 7] = [(0.0, 0), (1.0, 1), (2.0, 2), (3.0, 3), (4.0, 4), (6.0, 5), (10.0, 6)];

/// Returns the samples of the benchmark's sessions: one for each number of products on the way to the last.
///
/// NOTE: the data has totals. But who looked at ten products has looked at two before: so the share of buyers among all
/// who came to look at two is known.
fn benchmark(folder: &Path) -> Result<Vec<Sample>, Failure> {
    let wanted = ["intent/sessions_public.csv.gz", "intent/folds.csv"];
    let [visits, folds] = crate::predict::find(folder, "sessions", wanted)?;
    let mut fold_of = BTreeMap::new();
    table::rows(&folds, "folds", |fold: Fold| fold_of.extend([(fold.session, fold.fold)]))?;
    let mut samples = Vec::new();
    table::rows(&visits, "sessions", |visit: Visit| {
        let (bought, fold) = (visit.revenue == 1, fold_of.get(&visit.session).copied().unwrap_or_default());
        let returning = u8::from(visit.visitor_type == "Returning_Visitor");
        let answers = |looks| [looks, 0, 0, 0, 0, 0, 0, 0, returning, visit.weekend];
        let passed = LOOKS.iter().filter(|(least, _)| visit.product_related >= *least);
        samples.extend(passed.map(|(_, looks)| Sample {
            fold,
            answers: answers(*looks),
            event: (*looks).into(),
            bought,
        }));
    })?;
    Ok(samples)
}
