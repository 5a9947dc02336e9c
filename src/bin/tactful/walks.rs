//! The benchmark's walks: recorded fixes among real stores, as the engine takes them, and where the person really was.

use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tactful::author;
use tactful::catalog::Catalog;
use tactful::signal::{Fact, Fix, Signal};
use tactful::store::Point;
use tactful::value::{Span, Timestamp};

use crate::failure::Failure;
use crate::files::{self, Lines};
use crate::report::Finding;

/// The stores of the data.
#[derive(Deserialize)]
pub struct Places {
    /// The stores.
    pub stores: Vec<Place>,
}

/// A store of the data; the corners of its polygon are latitude and longitude, degrees.
#[derive(Deserialize)]
pub struct Place {
    store: String,
    polygon: Vec<(f64, f64)>,
}

/// A walk; a fix is seconds, latitude and longitude in degrees, and the accuracy in metres.
#[derive(Deserialize)]
pub struct Trace {
    /// Its id.
    pub trace: String,
    /// Its fixes.
    pub fixes: Vec<(f64, f64, f64, f64)>,
}

/// Where a person on a walk really was.
#[derive(Deserialize)]
pub struct Truth {
    /// The walk's id.
    pub trace: String,
    /// Every visit.
    pub visits: Vec<Stay>,
}

/// One visit: the store, and when they came and went on the walk's clock, seconds.
#[derive(Deserialize)]
pub struct Stay {
    /// Its id.
    pub store: String,
    /// When they came.
    #[serde(rename = "in")]
    pub from: f64,
    /// When they went.
    #[serde(rename = "out")]
    pub until: f64,
}

impl Trace {
    /// Returns the fixes as signals.
    pub fn signals(&self) -> impl Iterator<Item = Signal> + '_ {
        self.fixes.iter().map(|&(seconds, lat, lon, accuracy)| {
            let point = Point { lat_e7: whole(lat * 1e7), lon_e7: whole(lon * 1e7) };
            let accuracy_cm = whole((accuracy * 100.0).max(100.0)).unsigned_abs();
            Signal { at: instant(seconds), fact: Fact::Position(Fix { point, accuracy_cm }) }
        })
    }
}

/// Returns the instant of a time on a walk's clock.
pub fn instant(seconds: f64) -> Timestamp {
    START.after(Span::from_ms(whole(seconds * 1_000.0).into()))
}

/// Reads the stores.
pub fn places(path: &Path) -> Result<Places, Failure> {
    let (file, text) = (files::name(path), files::text(path)?);
    serde_json::from_str(&text).map_err(|cause| Failure::Json { file, line: cause.line(), cause })
}

/// Hands every line of a file to `take`.
pub fn each<T: DeserializeOwned>(path: &Path, mut take: impl FnMut(T)) -> Result<(), Failure> {
    let progress = files::progress("walks");
    let (mut lines, mut line) = (Lines::open(path, &progress)?, Vec::new());
    while let Some(number) = lines.next(&mut line)? {
        take(serde_json::from_slice(&line).map_err(|cause| Failure::Json {
            file: files::name(path),
            line: number,
            cause,
        })?);
    }
    progress.finish_and_clear();
    Ok(())
}

/// Compiles a catalog that has these stores and nothing to say.
pub fn compile(places: &Places) -> Result<Catalog, Failure> {
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

fn whole(number: f64) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and degrees and metres on earth are smaller")]
    let whole = number.round() as i32;
    whole
}
