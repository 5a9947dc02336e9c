//! `tactful predict visits`: when does the engine say "in store", and in which, along recorded walks?
//!
//! Knows the layout of the data (its README) and hands every fix to the same session as a page does; it never sees where
//! the person really was.

use std::io::{self, Write};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tactful::author;
use tactful::profile::Profile;
use tactful::session::{Engine, Session};
use tactful::signal::{Fact, Fix, Signal};
use tactful::store::{Point, StoreIx};
use tactful::value::{Seed, Span, Timestamp};

use super::find;
use crate::failure::Failure;
use crate::files::{self, Lines};
use crate::help;
use crate::report::{Finding, say};

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

#[derive(Deserialize)]
struct Places {
    stores: Vec<Place>,
}

/// A store of the data; the corners of its polygon are latitude and longitude, degrees.
#[derive(Deserialize)]
struct Place {
    store: String,
    polygon: Vec<(f64, f64)>,
}

/// A walk; a fix is seconds, latitude and longitude in degrees, and the accuracy in metres.
#[derive(Deserialize)]
struct Trace {
    trace: String,
    fixes: Vec<(f64, f64, f64, f64)>,
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
    let (file, text) = (files::name(&stores), files::text(&stores)?);
    let places: Places =
        serde_json::from_str(&text).map_err(|cause| Failure::Json { file, line: cause.line(), cause })?;
    let engine = Engine::new(compile(&places)?);
    let progress = files::progress("walks");
    let mut lines = Lines::open(&traces, &progress)?;
    let (mut line, mut said, mut walks, mut fixes) = (Vec::new(), Vec::new(), 0, 0);
    while let Some(number) = lines.next(&mut line)? {
        let trace: Trace = serde_json::from_slice(&line).map_err(|cause| Failure::Json {
            file: files::name(&traces),
            line: number,
            cause,
        })?;
        walks += 1;
        fixes += trace.fixes.len();
        let visits = walk(&engine, &trace).into_iter().map(|(store, t)| (trace.trace.clone(), store, t));
        said.extend(visits);
    }
    progress.finish_and_clear();
    files::write(&args.output, |output| said.iter().try_for_each(|visit| write(output, &engine, visit)))?;
    say(format_args!("{walks} walks, {fixes} fixes, {} times in one of {} stores", said.len(), places.stores.len()));
    Ok(())
}

fn write(output: &mut dyn Write, engine: &Engine, (trace, store, t): &(String, StoreIx, f64)) -> io::Result<()> {
    let store = engine.catalog.store(*store).map_or("", |store| engine.catalog.text(store.id));
    serde_json::to_writer(&mut *output, &Visit { trace, store, t: *t })?;
    output.write_all(b"\n")
}

/// Compiles a catalog that has these stores and nothing to say.
fn compile(places: &Places) -> Result<tactful::catalog::Catalog, Failure> {
    let text = json!({
        "name": "Walks", "version": 1, "purpose": "To be measured.", "currency": "EUR", "languages": ["en"],
        "timezone": "Europe/Helsinki",
        "goals": { "usefulness": 100, "margin": 0, "reach": 0 },
        "cadence": { "gap_minutes": 60, "caps": [{ "impressions": 1, "hours": 24 }] },
        "stores": places.stores.iter().map(store).collect::<Vec<_>>(),
        "categories": [{ "id": "all", "name": { "en": "All" }, "interval_days": 7 }], "products": [], "placements": [{ "id": "home" }], "offers": [],
    });
    let text = text.to_string();
    let finding = |issue| Finding::in_catalog("visits/stores.json, as a catalog", &text, issue);
    author::compile(&text)
        .map_err(|issues| Failure::Wrong { findings: issues.into_iter().map(finding).collect(), more: 0 })
}

fn store(place: &Place) -> Value {
    let mut ring: Vec<(f64, f64)> = place.polygon.iter().map(|(lat, lon)| (*lon, *lat)).collect();
    ring.dedup();
    json!({
        "id": place.store, "name": place.store, "opening_hours": "24/7",
        "geometry": { "type": "Polygon", "coordinates": [ring] },
    })
}

/// A Tuesday noon in Helsinki, when every walk starts.
const START: Timestamp = Timestamp::from_ms(1_767_693_600_000);

/// Returns the stores that a new shopper is said to come into along a walk, with the seconds on the walk's clock.
fn walk(engine: &Engine, trace: &Trace) -> Vec<(StoreIx, f64)> {
    let mut session = Session::new(Profile::new(Seed(0)));
    let mut inside = None;
    let mut visits = Vec::new();
    for &(seconds, lat, lon, accuracy) in &trace.fixes {
        let at = START.after(Span::from_ms(whole(seconds * 1_000.0).into()));
        let point = Point { lat_e7: whole(lat * 1e7), lon_e7: whole(lon * 1e7) };
        let accuracy_cm = whole((accuracy * 100.0).max(100.0)).unsigned_abs();
        let fix = Fact::Position(Fix { point, accuracy_cm });
        // NOTE: only a reply can be refused.
        let _ = session.observe(engine, &Signal { at, fact: fix });
        let presence = session.moment(engine, at).presence;
        let now = presence.store.filter(|_| presence.in_store());
        visits.extend(now.filter(|_| now != inside).map(|store| (store, seconds)));
        inside = now;
    }
    visits
}

fn whole(number: f64) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and degrees and metres on earth are smaller")]
    let whole = number.round() as i32;
    whole
}
