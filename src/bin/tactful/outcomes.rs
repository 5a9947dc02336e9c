//! What devices told of offers, as `GET /v1/outcomes` answers it to the shop or kept in a file, put into the usefulness that a catalog gives its offers.
//!
//! What is measured is the share of a week's viewers for whom an offer was useful. That of its impressions is smaller where it is
//! shown several times a week, and what speaks for an offer in the moments it was shown in is in it as well.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};
use tactful::author::{self, Horizon, Places};
use tactful::catalog::Catalog;
use tactful::share::{Estimate, LEAST, TRUTH, Tally, believe};

use crate::address::{Address, Door};
use crate::failure::Failure;
use crate::files;
use crate::report::Finding;

/// Largest table of counts that is read from an address, bytes.
const LARGEST: u64 = 16 << 20;

/// Where the counts are, where some are given.
#[derive(clap::Args)]
pub struct OutcomesArgs {
    /// What devices told of offers: the address of the edge, or a file (JSON) as `GET /v1/outcomes` answers it
    #[arg(long, value_name = "URL|FILE")]
    outcomes: Option<String>,
    /// The file with the key that opens them at an address: the worker's secret `OUTCOMES_KEY`
    #[arg(long, value_name = "FILE", requires = "outcomes")]
    outcomes_key: Option<PathBuf>,
}

impl OutcomesArgs {
    /// Where they are.
    pub fn counts(&self) -> Option<Counts> {
        Some(Counts { from: self.outcomes.clone()?, key: self.outcomes_key.clone() })
    }
}

/// Where the counts are.
pub struct Counts {
    /// A file, or the address of the edge.
    pub from: String,
    /// The file with the key that opens the address.
    pub key: Option<PathBuf>,
}

/// As much of the counts as is read. What was estimated from them is estimated anew.
#[derive(Deserialize)]
struct Table {
    from: u32,
    until: u32,
    truth_ppm: u32,
    offers: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    offer: String,
    not_shown: u64,
    shown: u64,
    useful: u64,
}

/// A catalog that has learned, and what changed.
pub struct Learned {
    /// The catalog's text with what is believed now.
    pub text: String,
    /// The same, compiled.
    pub catalog: Catalog,
    weeks: (u32, u32),
    offers: Vec<Change>,
}

/// What was learned of one offer.
struct Change {
    offer: String,
    before: f64,
    after: f64,
    /// What was measured, or why nothing was.
    measured: Result<Estimate, &'static str>,
}

/// Beliefs are kept within these bounds, and in steps of a thousandth, as the schema has them.
const BOUNDS: (f64, f64) = (0.001, 0.999);
/// What the schema gives an offer without `usefulness`.
const UNSAID: (f64, u64) = (0.15, 10);

/// Reads counts and learns from them for the catalog at `path`, which was checked before.
pub fn learn(counts: &Counts, path: &Path, horizon: Horizon) -> Result<Learned, Failure> {
    let (file, table) = (files::name(path), read(counts)?);
    let text = files::text(path)?;
    let wrong = |cause: serde_json::Error| Failure::Json { file: file.clone(), line: cause.line(), cause };
    let catalog: Value = serde_json::from_str(&text).map_err(wrong)?;
    let changes = changes(catalog.get("offers").and_then(Value::as_array).map_or(&[][..], Vec::as_slice), &table);
    let text = put(&text, &changes);
    let catalog = author::compile_for(&text, horizon).map_err(|issues| {
        let finding = |issue| Finding::in_catalog(&file, &text, issue);
        Failure::Wrong { findings: issues.into_iter().map(finding).collect(), more: 0 }
    })?;
    Ok(Learned { text, catalog, weeks: (table.from, table.until), offers: changes })
}

/// Returns the useful share of each offer that enough was told of, with its standard error.
pub fn told(counts: &Counts) -> Result<BTreeMap<String, (f64, f64)>, Failure> {
    let tally = |row: &Row| Tally { not_shown: row.not_shown, shown: row.shown, useful: row.useful };
    let told = |row: &Row| {
        let Estimate { share, error } = tally(row).usefulness().filter(|_| tally(row).answers() >= LEAST)?;
        Some((row.offer.clone(), (share, error)))
    };
    Ok(read(counts)?.offers.iter().filter_map(told).collect())
}

fn read(Counts { from, key }: &Counts) -> Result<Table, Failure> {
    let path = Path::new(from);
    let (file, text) = match (Address::named(from), key) {
        (None, _) => (files::name(path), files::text(path)?.into_bytes()),
        (Some(_), Some(key)) => (from.clone(), Door::named(from, key, "OUTCOMES_KEY")?.get("v1/outcomes", LARGEST)?),
        (Some(_), None) => {
            return Err(Failure::NamelessKey { address: from.clone(), option: "`--outcomes-key FILE`" });
        }
    };
    let wrong = |cause: serde_json::Error| Failure::Json { file: file.clone(), line: cause.line(), cause };
    let table: Table = serde_json::from_slice(&text).map_err(wrong)?;
    if table.truth_ppm == TRUTH.parts() { Ok(table) } else { Err(Failure::NoOutcomes { file }) }
}

/// Returns what is learned of each offer, in the catalog's order.
fn changes(offers: &[Value], table: &Table) -> Vec<Change> {
    let mut changes: Vec<Change> = offers.iter().map(|offer| change(offer, table)).collect();
    let measured: Vec<(f64, Estimate)> =
        changes.iter().filter_map(|change| Some((change.before, change.measured.ok()?))).collect();
    let told = changes.iter_mut().filter(|change| change.measured.is_ok());
    for (change, believed) in told.zip(believe(&measured)) {
        change.after = libm::round(believed.clamp(BOUNDS.0, BOUNDS.1) * 1e3) / 1e3;
    }
    changes
}

fn change(offer: &Value, table: &Table) -> Change {
    let id = offer.get("id").and_then(Value::as_str).unwrap_or_default();
    let before = offer.pointer("/usefulness/mean").and_then(Value::as_f64).unwrap_or(UNSAID.0);
    let tally = table.offers.iter().find(|row| row.offer == id).map(|row| Tally {
        not_shown: row.not_shown,
        shown: row.shown,
        useful: row.useful,
    });
    let measured = match tally.filter(|tally| tally.answers() >= LEAST) {
        None => Err("too few answers"),
        Some(tally) => tally.usefulness().ok_or("hardly shown"),
    };
    Change { offer: id.into(), before, after: before, measured }
}

/// Changes the means and leaves every other letter as the author wrote it. The weights stay: they say how people differ, and of
/// that the counts tell nothing.
fn put(text: &str, changes: &[Change]) -> String {
    let places = Places::new(text);
    let mut text = text.to_string();
    // From the last on, so that places before stay where they are.
    for (nth, change) in changes.iter().enumerate().rev().filter(|(_, change)| change.is_moved()) {
        let offer = format!("/offers/{nth}");
        if let Some((from, until)) = places.range(&format!("{offer}/usefulness/mean")) {
            text.replace_range(from..until, &json!(change.after).to_string());
        } else if let Some((first, last)) = places.fields(&offer) {
            let before = text.get(..first).unwrap_or("");
            let space =
                before.get(before.rfind('\n').unwrap_or(0)..).filter(|space| space.trim().is_empty()).unwrap_or(" ");
            let space = space.to_string();
            let (mean, weight) = (change.after, UNSAID.1);
            text.insert_str(last, &format!(r#",{space}"usefulness": {{"mean": {mean}, "weight": {weight}}}"#));
        }
    }
    text
}

impl Change {
    fn is_moved(&self) -> bool {
        self.before.total_cmp(&self.after).is_ne()
    }

    fn why(&self) -> String {
        match self.measured {
            Err(why) => format!("as before: {why}"),
            Ok(_) if !self.is_moved() => "as before: what was measured may be noise".into(),
            Ok(told) => format!("measured {:.1} +- {:.1} %", told.share * 100.0, told.error * 100.0),
        }
    }

    fn for_programs(&self) -> Value {
        let measured = self.measured.ok();
        json!({
            "offer": self.offer,
            "before": self.before,
            "after": self.after,
            "measured": measured.map(|told| told.share),
            "error": measured.map(|told| told.error),
            "why": self.why(),
        })
    }
}

impl Learned {
    /// Tells whether nothing moved.
    pub fn is_nothing(&self) -> bool {
        !self.offers.iter().any(Change::is_moved)
    }

    /// Returns what changed, for people.
    pub fn for_people(&self) -> String {
        let moved = self.offers.iter().filter(|change| change.is_moved()).count();
        let (from, until) = self.weeks;
        let mut told = format!(
            "usefulness of {moved} of {} offers moved, by the outcomes of weeks {from} to {until}:",
            self.offers.len()
        );
        let width = self.offers.iter().map(|change| change.offer.chars().count()).max().unwrap_or(0);
        for change in &self.offers {
            let [before, after] = [change.before, change.after].map(|share| share * 100.0);
            let _ = write!(told, "\n  {:width$}  {before:5.1} -> {after:5.1} %  {}", change.offer, change.why());
        }
        told
    }

    /// Returns the same for programs.
    pub fn for_programs(&self) -> Value {
        let (from, until) = self.weeks;
        json!({"from": from, "until": until, "offers": self.offers.iter().map(Change::for_programs).collect::<Vec<_>>()})
    }
}
