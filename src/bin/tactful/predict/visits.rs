//! `tactful predict visits`: when does the engine say "in store", and in which, along recorded walks?
//!
//! Knows the layout of the data (its README) and hands every fix to the same session as a page does; it never sees where
//! the person really was.

use std::io::{self, Write};
use std::path::PathBuf;

use serde::Serialize;
use tactful::profile::Profile;
use tactful::session::{Engine, Session};
use tactful::store::StoreIx;
use tactful::value::Seed;

use super::find;
use crate::failure::Failure;
use crate::files;
use crate::help;
use crate::report::say;
use crate::walks::{self, Trace};

/// Say along every recorded walk when the shopper came into which store
///
/// The stores of `visits/stores.json` become a catalog, always open, since the data knows no hours. Every walk of
/// `visits/traces.jsonl.gz` is another shopper of whom nothing is known. Its fixes are told one by one, and each time
/// the engine begins to say "in store" becomes a line `{"trace":"p000","store":"s269","t":1234.5}`, with the time of the
/// fix on the walk's own clock, seconds.
#[derive(clap::Args)]
#[command(after_help = help!(
    "tactful predict visits ../shared/data -o visits.jsonl\n  \
     python3 ../shared/quality/score.py visits visits.jsonl"
))]
pub struct Args {
    /// The folder that holds `visits/stores.json` and `visits/traces.jsonl.gz`
    data: PathBuf,
    /// Where to write (JSON Lines, packed if it ends in `.gz`), or `-` for standard output
    #[arg(short, long, default_value = "-", value_name = "FILE")]
    output: PathBuf,
}

/// One line of the prediction.
#[derive(Serialize)]
struct Visit<'a> {
    trace: &'a str,
    store: &'a str,
    t: f64,
}

/// Predicts the visits of every walk.
pub fn visits(args: &Args) -> Result<(), Failure> {
    let [stores, traces] = find(&args.data, "walks", ["visits/stores.json", "visits/traces.jsonl.gz"])?;
    files::apart(&args.output, &[&stores, &traces])?;
    let places = walks::places(&stores)?;
    let engine = Engine::new(walks::compile(&places)?);
    let (mut said, mut count, mut fixes) = (Vec::new(), 0, 0);
    walks::each(&traces, |trace: Trace| {
        count += 1;
        fixes += trace.fixes.len();
        said.extend(walk(&engine, &trace).into_iter().map(|(store, t)| (trace.trace.clone(), store, t)));
    })?;
    files::write(&args.output, |output| said.iter().try_for_each(|visit| write(output, &engine, visit)))?;
    say(format_args!("{count} walks, {fixes} fixes, {} times in one of {} stores", said.len(), places.stores.len()));
    Ok(())
}

fn write(output: &mut dyn Write, engine: &Engine, (trace, store, t): &(String, StoreIx, f64)) -> io::Result<()> {
    let store = engine.catalog.store(*store).map_or("", |store| engine.catalog.text(store.id));
    serde_json::to_writer(&mut *output, &Visit { trace, store, t: *t })?;
    output.write_all(b"\n")
}

/// Returns the stores that a new shopper is said to come into along a walk, with the seconds on the walk's clock.
fn walk(engine: &Engine, trace: &Trace) -> Vec<(StoreIx, f64)> {
    let mut session = Session::new(Profile::new(Seed(0)));
    let mut inside = None;
    let mut visits = Vec::new();
    for (signal, &(seconds, ..)) in trace.signals().zip(&trace.fixes) {
        // NOTE: only a reply can be refused.
        let _ = session.observe(engine, &signal);
        let presence = session.moment(engine, signal.at).presence;
        let now = presence.store.filter(|_| presence.in_store());
        visits.extend(now.filter(|_| now != inside).map(|store| (store, seconds)));
        inside = now;
    }
    visits
}
