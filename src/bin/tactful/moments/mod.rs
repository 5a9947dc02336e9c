//! `tactful moments`: what is understood of one shopper's signals, as a timeline and as a picture.

mod picture;
mod timeline;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use tactful::author;
use tactful::session::Engine;
use tactful::value::{Seed, Timestamp};
use tactful::wire::state;

use crate::failure::Failure;
use crate::files;
use crate::help;
use crate::predict::find;
use crate::steps::{Line, Reader};
use crate::walks::{self, Trace, Truth};
use timeline::Timeline;

/// Show what is understood of one shopper's signals: where they are, how close to buying, and how sure that is
///
/// Reads what `tactful decide` reads, and prints a line whenever the moment changes: by a signal, or by itself, since
/// beliefs fade and sessions end. An ask adds what was decided.
///
/// `--picture` draws the probabilities over time (SVG), with long pauses shortened. Where it is known where the shopper
/// really was, `--truth` draws that beside it: lines such as
/// `{"store":"kluuvi","from":"2026-11-21T11:02:00+02:00","until":"2026-11-21T11:14:00+02:00"}`.
#[derive(clap::Args)]
#[command(after_help = help!(
    "tactful moments nordkorb.tact examples/nordkorb/signals.jsonl --picture day.svg\n  \
     tactful moments ../shared/data --walk p040 --picture walk.svg"
))]
pub struct Args {
    /// The pack (.tact); with `--walk`, the folder of the benchmark data
    pack: PathBuf,
    /// The signals (JSON Lines, also .gz), or `-` for standard input
    #[arg(default_value = "-")]
    signals: PathBuf,
    /// Show a walk of the benchmark instead, with the truth beside it
    #[arg(long, value_name = "ID", conflicts_with_all = ["signals", "truth"])]
    walk: Option<String>,
    /// Leave out what was before this instant (RFC 3339); it is taken in all the same
    #[arg(long, value_name = "AT", value_parser = |text: &str| instant(text))]
    from: Option<Timestamp>,
    /// Where the shopper really was (JSON Lines)
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
    /// Draw the probabilities over time (SVG)
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
    /// Print every moment as one line of JSON, and problems too
    #[arg(long)]
    json: bool,
}

/// A stay at a store that is known to be true.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Visit {
    store: String,
    #[serde(deserialize_with = "read_instant")]
    from: Timestamp,
    #[serde(deserialize_with = "read_instant")]
    until: Timestamp,
}

fn read_instant<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    instant(&String::deserialize(from)?).map_err(D::Error::custom)
}

/// Shows the moments.
pub fn moments(args: &Args) -> Result<(), Failure> {
    if let Some(picture) = &args.picture {
        files::apart(picture, &[&args.pack, &args.signals])?;
    }
    let (engine, lines, truth) = match &args.walk {
        Some(walk) => walked(&args.pack, walk)?,
        None => told(args)?,
    };
    let profile = state::open(&engine.catalog, &[], Seed(0), Timestamp::default()).0;
    let mut reader = Reader::new(&files::name(&args.signals), &engine.catalog, usize::MAX);
    let timeline = Timeline::of(&engine, profile, &lines, args.from.unwrap_or_default(), |line, issue| {
        reader.refuse(line.number, line.source.as_deref().unwrap_or_default(), issue);
    });
    reader.finish()?;
    if let Some(path) = &args.picture {
        let picture = picture::draw(&engine.catalog, &timeline, &truth);
        files::write(path, |file| file.write_all(picture.as_bytes()))?;
    }
    let text = if args.json { timeline.json(&engine.catalog) } else { timeline.text(&engine.catalog) };
    io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

fn instant(text: &str) -> Result<Timestamp, String> {
    author::instant(text).map_err(|fault| fault.to_string())
}

/// Reads what the arguments name.
fn told(args: &Args) -> Result<(Engine, Vec<Line>, Vec<Visit>), Failure> {
    let engine = Engine::new(files::pack(&args.pack)?);
    let mut reader = Reader::new(&files::name(&args.signals), &engine.catalog, usize::MAX);
    let lines = crate::decide::read(&args.signals, &mut reader)?;
    reader.finish()?;
    drop(reader);
    let truth = args.truth.as_deref().map_or(Ok(Vec::new()), truth)?;
    Ok((engine, lines, truth))
}

fn truth(path: &Path) -> Result<Vec<Visit>, Failure> {
    let mut visits = Vec::new();
    walks::each(path, |visit: Visit| visits.push(visit))?;
    Ok(visits)
}

/// Reads a walk of the benchmark, and where the person really was.
fn walked(data: &Path, id: &str) -> Result<(Engine, Vec<Line>, Vec<Visit>), Failure> {
    let wanted = ["visits/stores.json", "visits/traces.jsonl.gz", "visits/truth.jsonl.gz"];
    let [stores, traces, truth] = find(data, "walks", wanted)?;
    let engine = Engine::new(walks::compile(&walks::places(&stores)?)?);
    let (mut lines, mut visits) = (None, Vec::new());
    walks::each(&traces, |trace: Trace| {
        if trace.trace == id {
            let line = |(number, signal)| Line::of(number, signal);
            lines = Some((1..).zip(trace.signals()).map(line).collect());
        }
    })?;
    walks::each(&truth, |truth: Truth| {
        if truth.trace == id {
            visits.extend(truth.visits.into_iter().map(|stay| Visit {
                store: stay.store,
                from: walks::instant(stay.from),
                until: walks::instant(stay.until),
            }));
        }
    })?;
    let unknown = || Failure::NoWalk { walk: id.into(), file: files::name(&traces) };
    Ok((engine, lines.ok_or_else(unknown)?, visits))
}
