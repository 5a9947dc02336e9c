//! `tactful decide`: one shopper's signals in, one decision per ask out. All lines are read before the first is taken.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use indicatif::ProgressBar;
use serde_json::Value;
use tactful::author::json::{SignalIssue, decision_json, moment_json};
use tactful::author::reading::{Reading, developer_json, shop_json};
use tactful::catalog::{Catalog, Language};
use tactful::decide::Decision;
use tactful::explain::sentence;
use tactful::profile::Profile;
use tactful::session::Engine;
use tactful::value::{Seed, Timestamp};
use tactful::wire::decision::{DecisionView, MomentView, TraceView};
use tactful::wire::pack::PackFault;
use tactful::wire::state;

use crate::failure::Failure;
use crate::files::{self, Lines};
use crate::help;
use crate::log::{Log, pack_sum};
use crate::report::say;
use crate::shopper::Shopper;
use crate::steps::{Line, Reader};

/// Decide over the signals of one shopper: JSON Lines in, one line of JSON per ask out
///
/// Each line is a signal, such as `{"type":"scan","at":"2026-11-21T17:08:20+02:00","code":"02000042000325"}`, or an ask,
/// `{"type":"ask","at":"2026-11-21T17:08:22+02:00","placement":"aisle"}`. `at` is RFC 3339 or milliseconds since 1970.
/// A reply may answer the decision `last`: the last that showed an offer.
///
/// The same pack, state, signals and seed give the same bytes. If any line is wrong, all wrong lines are told and
/// nothing is decided or saved.
#[derive(clap::Args)]
#[command(after_help = help!(
    "tactful decide nordkorb.tact examples/nordkorb/signals.jsonl --explain en"
))]
pub struct Args {
    /// The pack (.tact)
    pack: PathBuf,
    /// The signals (JSON Lines, also .gz), or `-` for standard input
    #[arg(default_value = "-")]
    signals: PathBuf,
    /// Start with what was saved; without it, with a new shopper
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Save what is remembered in the end; may be the same file as `--state`
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Log every decision with all that it was made of, for `tactful replay`; it holds what the shopper did
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// Seed of chance for a new shopper: another seed may choose other offers
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    /// Add why: `sentence` for the shopper in German or English, `shop` with the funnel and the smallest change that would
    /// have turned the decision, `developer` with every offer and value; several with commas
    #[arg(long, value_name = "READING", value_delimiter = ',')]
    explain: Vec<Explained>,
    /// Add `moment`: what was understood when the ask came
    #[arg(long)]
    moment: bool,
    /// Print each problem as one line of JSON: code, path, line, column, message
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Explained {
    De,
    En,
    Shop,
    Developer,
}

/// Decides for one shopper.
pub fn decide(args: &Args) -> Result<(), Failure> {
    for output in [&args.save, &args.log].into_iter().flatten() {
        files::apart(output, &[&args.pack, &args.signals])?;
    }
    let engine = Engine::new(files::pack(&args.pack)?);
    let mut reader = Reader::new(&files::name(&args.signals), &engine.catalog, usize::MAX);
    let lines = read(&args.signals, &mut reader)?;
    reader.finish()?;
    let mut shopper = Shopper::new(&engine, profile(args, &engine.catalog, &lines)?);
    if args.log.is_some() {
        let pack = pack_sum(&files::bytes(&args.pack)?);
        shopper.log = Some(Log::new(&engine.catalog, &pack, None, shopper.session.profile()));
    }
    let mut output = Vec::new();
    for line in &lines {
        if let Err(issue) = take(args, &engine, &mut shopper, line, &mut output) {
            reader.refuse(line.number, line.source.as_deref().unwrap_or_default(), issue);
        }
    }
    reader.finish()?;
    if let Some(path) = &args.save {
        let saved = state::encode(&engine.catalog, shopper.session.profile());
        files::write(path, |file| file.write_all(&saved))?;
    }
    if let (Some(path), Some(log)) = (&args.log, shopper.log.take()) {
        let lines = log.finish(&engine.catalog, shopper.session.profile());
        files::write(path, |file| file.write_all(&lines))?;
    }
    io::stdout().write_all(&output)?;
    Ok(())
}

/// Reads every line, and refuses lines of a second shopper.
pub fn read(path: &Path, reader: &mut Reader) -> Result<Vec<Line>, Failure> {
    if path == Path::new("-") && io::stdin().is_terminal() {
        say("reading signals from the keyboard, one JSON object per line; end with Ctrl-D");
    }
    let (mut input, mut text, mut lines) = (Lines::open(path, &ProgressBar::hidden())?, Vec::new(), Vec::new());
    let mut first = None;
    while let Some(number) = input.next(&mut text)? {
        let Some(line) = reader.read(number, &text) else {
            // A value over several lines is told once, not line by line.
            if lines.is_empty() && text.ends_with(b"{") { break } else { continue }
        };
        let shopper = line.shopper.as_deref().unwrap_or_default();
        let first = first.get_or_insert_with(|| String::from(shopper));
        if shopper == first {
            lines.push(line);
        } else {
            let message = format!(
                "this is `{shopper}`, and the lines before are of `{first}`; `tactful run` takes many shoppers"
            );
            let issue = SignalIssue { code: "other-shopper".into(), path: "/shopper".into(), message };
            reader.refuse(number, &String::from_utf8_lossy(&text), issue);
        }
    }
    Ok(lines)
}

/// Opens the saved state; one that is damaged makes a quiet start, and that is said.
fn profile(args: &Args, catalog: &Catalog, lines: &[Line]) -> Result<Profile, Failure> {
    let seed = Seed(args.seed);
    let Some(path) = &args.state else { return Ok(state::open(catalog, &[], seed, Timestamp::default()).0) };
    let saved = files::bytes(path)?;
    if saved.is_empty() {
        return Err(Failure::EmptyState(files::name(path)));
    }
    let now = lines.first().map_or(Timestamp::default(), |line| line.step.at());
    let (profile, fault) = state::open(catalog, &saved, seed, now);
    if let Some(fault) = fault {
        say(format_args!("notice: {}: {fault}", files::name(path)));
    }
    let (got, seen) = (catalog.version, profile.catalog_version);
    if got < seen {
        return Err(Failure::Pack { file: files::name(&args.pack), fault: PackFault::Stale { got, seen } });
    }
    Ok(profile)
}

/// Takes one step and writes the decision of an ask.
fn take(
    args: &Args,
    engine: &Engine,
    shopper: &mut Shopper,
    line: &Line,
    output: &mut Vec<u8>,
) -> Result<(), SignalIssue> {
    let language = engine.catalog.language(shopper.session.profile().language);
    let moment = args.moment.then(|| shopper.session.moment(engine, line.step.at()));
    let before = args.explain.iter().any(|reading| matches!(reading, Explained::Shop | Explained::Developer));
    let before = before.then(|| shopper.session.profile().clone());
    let Some(decision) = shopper.take_line(line)? else { return Ok(()) };
    let mut line = told(engine, &decision, &args.explain, before.as_ref());
    if let (Some(fields), Some(moment)) = (line.as_object_mut(), moment) {
        fields.insert("moment".into(), moment_json(&MomentView::new(&engine.catalog, &moment, language)));
    }
    output.extend(line.to_string().into_bytes());
    output.push(b'\n');
    Ok(())
}

fn told(engine: &Engine, decision: &Decision, explained: &[Explained], before: Option<&Profile>) -> Value {
    let catalog = &engine.catalog;
    let mut line = decision_json(&DecisionView::new(catalog, decision), &TraceView::new(engine, decision));
    let Some(fields) = line.as_object_mut() else { return line };
    let reading = before.map(|profile| Reading::new(engine, profile, decision));
    for explained in explained {
        let (name, value) = match (explained, &reading) {
            (Explained::Shop, Some(reading)) => ("shop", shop_json(reading)),
            (Explained::Developer, Some(reading)) => ("developer", developer_json(reading)),
            (Explained::De, _) => ("sentence", sentence(catalog, decision, Language::De).into()),
            _ => ("sentence", sentence(catalog, decision, Language::En).into()),
        };
        fields.insert(name.into(), value);
    }
    line
}
