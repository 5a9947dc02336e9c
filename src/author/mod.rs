//! Authoring: what a shop writes becomes a [`Catalog`], with every problem at once and its place.
//!
//! Built into the CLI and the studio, never into what a phone downloads.

pub mod budget;
pub mod cel;
mod check;
pub mod coupons;
mod fault;
mod hours;
pub mod json;
pub mod languages;
mod mark;
mod place;
pub mod reading;
pub mod regions;
mod schema;
pub mod shape;
mod simulation;
pub mod supply;
mod swapped;

use alloc::string::{String, ToString};
use alloc::vec::Vec;

pub use fault::{Fault, nearest};
pub use hours::{Horizon, instant};
pub use place::{Places, no_json};
pub use schema::schema;
pub use swapped::swapped;

use crate::catalog::Catalog;
use crate::simulate::threshold::Threshold;

/// One problem and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// A stable code for programs.
    pub code: &'static str,
    /// JSON Pointer (RFC 6901) to the value.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Bytes of the text that are at fault, `[from, until)`.
    pub span: (usize, usize),
    /// What is wrong and what would be right, on one line.
    pub message: String,
}

/// Largest catalog that is read, bytes.
pub const LARGEST: usize = 32 << 20;

/// Reads and compiles a catalog for the years around 2026; returns every problem that can be found in one go, in the order of
/// the text.
///
/// ```
/// let issues = tactful::author::compile("{").unwrap_err();
/// assert_eq!((issues[0].line, issues[0].code), (1, "syntax"));
/// ```
pub fn compile(text: &str) -> Result<Catalog, Vec<Issue>> {
    compile_for(text, Horizon::default())
}

/// Does the same for other years.
pub fn compile_for(text: &str, horizon: Horizon) -> Result<Catalog, Vec<Issue>> {
    compile_held(text, horizon).map(|(catalog, _)| catalog)
}

/// Does the same, and returns what a simulation holds the catalog to, which is not in a pack.
pub fn compile_held(text: &str, horizon: Horizon) -> Result<(Catalog, Vec<Threshold>), Vec<Issue>> {
    let value: serde_json::Value = parse(text).map_err(|issue| alloc::vec![issue])?;
    let places = Places::new(text);
    let mut found: Vec<(String, Fault)> = places.duplicates();
    found.extend(schema::faults(&value));
    let mut thresholds = Vec::new();
    let compiled = serde_json::from_value::<shape::Catalog>(value).ok().map(|shape| {
        thresholds = simulation::thresholds(&shape, &mut found);
        found.extend(coupons::faults(&shape));
        supply::faults(&shape, &mut found);
        check::check(&shape, None, horizon)
    });
    let catalog = match compiled {
        Some((catalog, faults)) => {
            found.extend(faults);
            catalog
        }
        None => None,
    };
    if let Some(catalog) = catalog.as_ref().filter(|_| found.is_empty()) {
        found = budget::faults(catalog);
    }
    match catalog {
        Some(catalog) if found.is_empty() => Ok((catalog, thresholds)),
        _ => Err(issues(&places, found)),
    }
}

/// What a catalog says that it is good for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Purpose {
    /// Of all of it.
    pub sentence: String,
    /// The ids of the offers that do not say what good they do.
    pub unsaid: Vec<String>,
    /// How many offers there are.
    pub offers: usize,
}

/// Reads it from the text of a catalog; a text that is none says nothing.
pub fn purpose(text: &str) -> Purpose {
    let Ok(catalog) = serde_json::from_str::<shape::Catalog>(text) else { return Purpose::default() };
    let offers = catalog.offers.len();
    let unsaid = catalog.offers.into_iter().filter(|offer| offer.purpose.is_none()).map(|offer| offer.id);
    Purpose { sentence: catalog.purpose, unsaid: unsaid.collect(), offers }
}

fn parse(text: &str) -> Result<serde_json::Value, Issue> {
    if text.len() > LARGEST {
        let message = Fault::TooLarge { got: text.len(), max: LARGEST }.to_string();
        return Err(Issue { code: "too-large", path: String::new(), line: 1, column: 1, span: (0, 0), message });
    }
    serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line().max(1), error.column().max(1));
        let at = place::offset(text, line, column);
        let message = Fault::Syntax(place::no_json(text, at, &error)).to_string();
        Issue { code: "syntax", path: String::new(), line, column, span: (at, at), message }
    })
}

fn issues(places: &Places, found: Vec<(String, Fault)>) -> Vec<Issue> {
    let mut issues: Vec<Issue> = found
        .into_iter()
        .map(|(path, fault)| {
            let span = places.span(&path, &fault);
            let (line, column) = places.line_column(span.0);
            Issue { code: fault.code(), line, column, span, message: fault.to_string(), path }
        })
        .collect();
    issues.sort_by_key(|issue| issue.span);
    issues.dedup();
    issues
}
