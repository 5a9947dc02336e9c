//! `tactful run`: many histories, each with a fresh shopper, and a summary of what was decided.
//!
//! One thread reads and cuts the lines into histories; the others decide. The order in which histories are finished
//! does not change the summary.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Value, json};
use tactful::author::json::SignalIssue;
use tactful::catalog::{Catalog, Kind};
use tactful::decide::Decision;
use tactful::session::Engine;
use tactful::value::{Key, Seed, Timestamp};
use tactful::wire::decision::DecisionView;
use tactful::wire::state;

use crate::failure::Failure;
use crate::files::{self, Lines};
use crate::help;
use crate::log::{Log, pack_sum};
use crate::shopper::Shopper;
use crate::steps::{Reader, Step};

/// Decide over the histories of many shoppers and sum up what was decided
///
/// Each line is as for `tactful decide`, with its shopper: `{"shopper":"hh-1","type":"ask",…}`; the lines of one shopper
/// stand together. Every shopper starts new, with a seed made of `--seed` and their name.
#[derive(clap::Args)]
#[command(after_help = help!("tactful run nordkorb.tact histories.jsonl"))]
pub struct Args {
    /// The pack (.tact)
    pack: PathBuf,
    /// The histories (JSON Lines, also .gz), or `-` for standard input
    histories: PathBuf,
    /// Seed of chance: another seed may choose other offers
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    /// Log every decision with all that it was made of, for `tactful replay`; it holds what the shoppers did
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// Print the summary as one JSON object
    #[arg(long)]
    json: bool,
    /// Threads that decide; without it, one per core
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
}

/// Problems that are told; of the others only the number.
const TOLD: usize = 20;

/// The lines of one shopper as they were read.
#[derive(Default)]
struct History {
    /// Its place among all, from 0.
    place: usize,
    shopper: String,
    lines: Vec<(usize, Vec<u8>)>,
}

/// What all workers share.
struct Work<'a> {
    engine: &'a Engine,
    file: &'a str,
    seed: u64,
    queue: Mutex<Receiver<History>>,
    /// Checksum of the pack, where a log is wanted.
    pack: Option<String>,
}

/// The log of the history at a place, or that all of them are there.
enum Logged {
    History(usize, Vec<u8>),
    All,
}

/// Runs all histories.
pub fn run(args: &Args) -> Result<(), Failure> {
    if let Some(log) = &args.log {
        files::apart(log, &[&args.pack, &args.histories])?;
    }
    let engine = Engine::new(files::pack(&args.pack)?);
    let file = files::name(&args.histories);
    let threads = args.threads.map_or_else(cores, usize::from);
    let began = Instant::now();
    let (histories, queue) = sync_channel(threads * 2);
    let pack = args.log.is_some().then(|| files::bytes(&args.pack)).transpose()?;
    let pack = pack.map(|pack| pack_sum(&pack));
    let work = Work { engine: &engine, file: &file, seed: args.seed, queue: Mutex::new(queue), pack };
    let counts = thread::scope(|scope| {
        // NOTE: the ends of this channel are here, so that it closes whatever happens.
        let (logs, logged) = sync_channel(threads * 2);
        let writer = args.log.as_deref().map(|path| scope.spawn(move || write_logs(path, &logged)));
        let mut reader = Reader::new(&file, &engine.catalog, TOLD);
        let start = |logs: SyncSender<Logged>| scope.spawn(|| work.all(logs));
        let workers: Vec<_> = (0..threads).map(|_| start(logs.clone())).collect();
        let read = read(args, histories, &mut reader);
        let mut counts = Counts::default();
        let done = workers.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)));
        for (part, findings) in done {
            counts.merge(part);
            reader.merge(findings);
        }
        read?;
        reader.finish()?;
        let _ = logs.send(Logged::All);
        let written = writer.map(|writer| writer.join().unwrap_or_else(|panic| resume_unwind(panic)));
        written.unwrap_or(Ok(())).map(|()| counts)
    })?;
    let summary = counts.summary(&engine.catalog, began.elapsed(), threads);
    let text = if args.json { format!("{summary}\n") } else { readable(&summary) };
    io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

/// Writes logs in the order of their histories, whoever is done first; without [`Logged::All`] at the end, nothing.
fn write_logs(path: &Path, logged: &Receiver<Logged>) -> Result<(), Failure> {
    files::write(path, |file| {
        let (mut next, mut early) = (0, BTreeMap::new());
        while let Logged::History(place, log) = logged.recv().map_err(|_| io::ErrorKind::Interrupted)? {
            early.insert(place, log);
            while let Some(log) = early.remove(&next) {
                file.write_all(&log)?;
                next += 1;
            }
        }
        Ok(())
    })
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Cuts the lines into histories. Sending fails only when every worker has panicked, and then the panic is passed on.
fn read(args: &Args, histories: SyncSender<History>, reader: &mut Reader) -> Result<(), Failure> {
    let progress = files::progress("histories");
    let mut lines = Lines::open(&args.histories, &progress)?;
    let mut known = BTreeSet::new();
    let mut current = History::default();
    let mut line = Vec::new();
    let hand_over = |history: History| drop((!history.lines.is_empty()).then(|| histories.send(history)));
    while let Some(number) = lines.next(&mut line)? {
        let shopper = shopper(&line).unwrap_or(Cow::Borrowed(&current.shopper));
        if shopper != current.shopper {
            if !known.insert(shopper.to_string()) {
                reader.refuse(number, &String::from_utf8_lossy(&line), comes_back(&shopper));
            }
            let next = History {
                place: current.place + usize::from(!current.lines.is_empty()),
                shopper: shopper.into_owned(),
                lines: Vec::new(),
            };
            hand_over(std::mem::replace(&mut current, next));
        }
        current.lines.push((number, std::mem::take(&mut line)));
    }
    hand_over(current);
    progress.finish_and_clear();
    Ok(())
}

/// Reads whose line it is; `None` where the line does not say, which the reader of the whole line then refuses.
fn shopper(line: &[u8]) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Head<'a> {
        #[serde(borrow)]
        shopper: Cow<'a, str>,
    }
    serde_json::from_slice::<Head>(line).ok().map(|head| head.shopper)
}

fn comes_back(shopper: &str) -> SignalIssue {
    let message = format!("`{shopper}` comes back after another shopper; put the lines of each shopper together");
    SignalIssue { code: "scattered-shopper".into(), path: "/shopper".into(), message }
}

fn nameless() -> SignalIssue {
    let message = "`shopper` is missing; it must be a text, such as `hh-1`".into();
    SignalIssue { code: "missing".into(), path: "/shopper".into(), message }
}

impl<'a> Work<'a> {
    fn all(&self, logs: SyncSender<Logged>) -> (Counts, Reader<'a>) {
        let mut counts = Counts::default();
        let mut reader = Reader::new(self.file, &self.engine.catalog, TOLD);
        while let Some(history) = self.queue.lock().ok().and_then(|queue| queue.recv().ok()) {
            counts.shoppers += 1;
            if let Some(log) = self.one(&history, &mut reader, &mut counts) {
                // NOTE: fails only where the log cannot be written, which the writer tells.
                let _ = logs.send(Logged::History(history.place, log));
            }
        }
        (counts, reader)
    }

    /// Decides over one history, and returns its log where one is wanted.
    fn one(&self, history: &History, reader: &mut Reader, counts: &mut Counts) -> Option<Vec<u8>> {
        let catalog = &self.engine.catalog;
        let seed = Seed(Key::of(&history.shopper).with(self.seed).0);
        let mut shopper = Shopper::new(self.engine, state::open(catalog, &[], seed, Timestamp::default()).0);
        let log = |pack: &String| Log::new(catalog, pack, Some(history.shopper.clone()), shopper.session.profile());
        shopper.log = self.pack.as_ref().map(log);
        for (number, text) in &history.lines {
            let Some(line) = reader.read(*number, text) else { continue };
            let taken = if line.shopper.is_some() { shopper.take_line(&line) } else { Err(nameless()) };
            match taken {
                Ok(decision) => counts.add(catalog, &line.step, decision.as_ref()),
                Err(issue) => reader.refuse(*number, &String::from_utf8_lossy(text), issue),
            }
        }
        counts.asking += shopper.asking;
        let profile = shopper.session.profile();
        counts.largest_profile = counts.largest_profile.max(state::encode(catalog, profile).len());
        shopper.log.take().map(|log| log.finish(catalog, profile))
    }
}

/// What was decided.
#[derive(Default)]
struct Counts {
    shoppers: u64,
    signals: u64,
    asks: u64,
    shows: BTreeMap<&'static str, u64>,
    holds: BTreeMap<&'static str, u64>,
    offers: BTreeMap<String, u64>,
    asking: Duration,
    largest_profile: usize,
}

impl Counts {
    fn add(&mut self, catalog: &Catalog, step: &Step, decision: Option<&Decision>) {
        self.signals += u64::from(!matches!(step, Step::Ask(..)));
        let Some(decision) = decision else { return };
        self.asks += 1;
        let view = DecisionView::new(catalog, decision);
        if let Some(show) = &view.said.show {
            *self.shows.entry(show.kind).or_default() += 1;
            *self.offers.entry(show.offer.into()).or_default() += 1;
        }
        if let Some(hold) = &view.said.hold {
            *self.holds.entry(hold.why).or_default() += 1;
        }
    }

    fn merge(&mut self, other: Self) {
        self.shoppers += other.shoppers;
        self.signals += other.signals;
        self.asks += other.asks;
        self.asking += other.asking;
        self.largest_profile = self.largest_profile.max(other.largest_profile);
        other.shows.into_iter().for_each(|(kind, count)| *self.shows.entry(kind).or_default() += count);
        other.holds.into_iter().for_each(|(why, count)| *self.holds.entry(why).or_default() += count);
        other.offers.into_iter().for_each(|(offer, count)| *self.offers.entry(offer).or_default() += count);
    }

    fn summary(&self, catalog: &Catalog, wall: Duration, threads: usize) -> Value {
        let shows = Kind::ALL.map(|(_, kind)| (kind, self.shows.get(kind).copied().unwrap_or(0)));
        json!({
            "catalog": catalog.text(catalog.name),
            "version": catalog.version,
            "shoppers": self.shoppers,
            "signals": self.signals,
            "asks": self.asks,
            "shows": object(shows),
            "holds": object(falling(&self.holds)),
            "offers": object(falling(&self.offers).into_iter().take(10)),
            "wall_ms": whole(wall.as_millis()),
            "threads": threads,
            "asks_per_second": per_second(self.asks, wall),
            "ask_ns": whole(self.asking.as_nanos() / u128::from(self.asks.max(1))),
            "largest_profile_bytes": self.largest_profile,
        })
    }
}

/// Returns the counts, the largest first.
fn falling<K: AsRef<str>>(counts: &BTreeMap<K, u64>) -> Vec<(&str, u64)> {
    let mut counts: Vec<(&str, u64)> = counts.iter().map(|(name, count)| (name.as_ref(), *count)).collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

fn object<'a>(counts: impl IntoIterator<Item = (&'a str, u64)>) -> Value {
    Value::Object(counts.into_iter().map(|(name, count)| (name.into(), count.into())).collect())
}

fn whole(wide: u128) -> u64 {
    u64::try_from(wide).unwrap_or(u64::MAX)
}

fn per_second(count: u64, time: Duration) -> u64 {
    whole(u128::from(count) * 1_000_000_000 / time.as_nanos().max(1))
}

/// Returns the summary as lines for people.
fn readable(summary: &Value) -> String {
    let number = |name: &str| summary.get(name).and_then(Value::as_u64).unwrap_or(0);
    let list = |name: &str, asks: u64| {
        let fields = summary.get(name).and_then(Value::as_object).into_iter().flatten();
        let row = |(name, count): (&String, &Value)| row(name, count.as_u64().unwrap_or(0), asks);
        fields.map(row).collect::<String>()
    };
    let asks = number("asks");
    format!(
        "{} shoppers, {} signals, {asks} asks in {}.{:03} s on {} threads: {} asks per second with reading\n\
         {} ns per ask (mean, measured around the ask alone), largest profile {} bytes at the end of a history\n\
         \nshown\n{}\nheld\n{}\noffers shown most\n{}",
        number("shoppers"),
        number("signals"),
        number("wall_ms") / 1_000,
        number("wall_ms") % 1_000,
        number("threads"),
        number("asks_per_second"),
        number("ask_ns"),
        number("largest_profile_bytes"),
        list("shows", asks),
        list("holds", asks),
        list("offers", asks),
    )
}

/// One line of a list: name, count and share of all asks in tenths of a percent.
fn row(name: &str, count: u64, asks: u64) -> String {
    let tenths = (count * 1_000 + asks / 2) / asks.max(1);
    format!("  {name:28} {count:>9}  {:>3}.{} %\n", tenths / 10, tenths % 10)
}
