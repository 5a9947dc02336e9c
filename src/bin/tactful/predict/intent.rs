//! `tactful predict intent`: how likely did each session of the benchmark end with a purchase?
//!
//! Knows the columns of the data (its README) and which of them a device could know. Every session is told by trees that
//! saw only sessions of other folds, or of earlier months.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::find;
use crate::failure::Failure;
use crate::files;
use crate::help;
use crate::report::say;
use crate::table;
use crate::trees::{Row, Trees};

/// Say for every recorded session how likely it ends with a purchase
///
/// Reads `intent/sessions_public.csv.gz` and `intent/folds.csv`, learns trees from four folds and writes a line
/// `{"session":2,"p":0.08}` for every session of the fifth; with `--late` it learns from the sessions of February to
/// September and writes those of October to December. The engine itself has a smaller model, which this is the yardstick
/// of: only `landing` and `early` are known while a session goes on, and `all` needs a shop's analytics.
#[derive(clap::Args)]
#[command(after_help = help!(
    "tactful predict intent ../shared/data --columns early -o intent.jsonl\n  \
     python3 ../shared/quality/score.py intent intent.jsonl"
))]
pub struct Args {
    /// The folder that holds `intent/sessions_public.csv.gz` and `intent/folds.csv`
    data: PathBuf,
    /// What may be known of a session
    #[arg(long, value_enum, default_value_t = Columns::All)]
    columns: Columns,
    /// Learn from February to September, and predict October to December
    #[arg(long)]
    late: bool,
    /// Learn from so many percent of the sessions only, for a learning curve
    #[arg(long, default_value_t = 100, value_name = "PERCENT", value_parser = clap::value_parser!(u32).range(1..=100))]
    share: u32,
    /// Where to write (JSON Lines, packed if it ends in `.gz`), or `-` for standard output
    #[arg(short, long, default_value = "-", value_name = "FILE")]
    output: PathBuf,
}

/// What may be known of a session; each knows what the one before knows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
enum Columns {
    /// Day, source, device, region and visitor
    Landing,
    /// And how many pages of each kind, counted to three
    Early,
    /// And all pages and their durations: what a device knows at the end
    Session,
    /// And what only the shop's analytics know, afterwards: bounce and exit rates, page values
    All,
}

/// A row of `sessions_public.csv.gz`; durations are seconds, rates and values as the source computed them.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Visit {
    #[serde(rename = "session")]
    session: u32,
    administrative: f64,
    #[serde(rename = "Administrative_Duration")]
    administrative_duration: f64,
    informational: f64,
    #[serde(rename = "Informational_Duration")]
    informational_duration: f64,
    product_related: f64,
    #[serde(rename = "ProductRelated_Duration")]
    product_related_duration: f64,
    bounce_rates: f64,
    exit_rates: f64,
    page_values: f64,
    special_day: f64,
    month: String,
    operating_systems: u32,
    browser: u32,
    region: u32,
    traffic_type: u32,
    visitor_type: String,
    weekend: u8,
    revenue: u8,
}

/// A row of `folds.csv`.
#[derive(Deserialize)]
struct Fold {
    session: u32,
    fold: u32,
    period: String,
}

/// A session with its part: the fold, or 0 for what is learnt from and 1 for what is predicted.
struct Session {
    number: u32,
    part: u32,
    row: Row,
}

/// One line of the prediction.
#[derive(Serialize)]
struct Line {
    session: u32,
    p: f64,
}

/// Predicts the sessions.
pub fn intent(args: &Args) -> Result<(), Failure> {
    let [visits, folds] = find(&args.data, "sessions", ["intent/sessions_public.csv.gz", "intent/folds.csv"])?;
    files::apart(&args.output, &[&visits, &folds])?;
    let part = |fold: Fold| (fold.session, if args.late { u32::from(fold.period == "test") } else { fold.fold });
    let mut parts = BTreeMap::new();
    table::rows(&folds, "folds", |fold: Fold| parts.extend([part(fold)]))?;
    let mut sessions = Vec::new();
    table::rows(&visits, "sessions", |visit: Visit| {
        let part = parts.get(&visit.session).copied();
        sessions.extend(part.map(|part| Session { number: visit.session, part, row: visit.row(args) }));
    })?;
    let lines = predict(&sessions, args);
    files::write(&args.output, |output| {
        lines.iter().try_for_each(|line| {
            serde_json::to_writer(&mut *output, line)?;
            output.write_all(b"\n")
        })
    })?;
    say(format_args!("{} sessions, {} predicted", sessions.len(), lines.len()));
    Ok(())
}

/// Predicts every part from the others, in the order of the sessions; `late` only part 1.
fn predict(sessions: &[Session], args: &Args) -> Vec<Line> {
    // NOTE: the same sessions each time, spread by the golden ratio; and a smaller share is a part of a larger.
    let is_learnt = |session: &Session| session.number.wrapping_mul(0x9e37_79b9) >> 16 < args.share * 65_536 / 100;
    let mut parts: Vec<u32> =
        sessions.iter().map(|session| session.part).filter(|part| !args.late || *part == 1).collect();
    parts.sort_unstable();
    parts.dedup();
    let mut lines = Vec::new();
    for part in parts {
        let others = sessions.iter().filter(|other| other.part != part && is_learnt(other));
        let trees = Trees::learn(&others.map(|other| &other.row).collect::<Vec<_>>());
        let own = sessions.iter().filter(|session| session.part == part);
        lines.extend(own.map(|session| Line { session: session.number, p: trees.chance(&session.row) }));
    }
    lines.sort_by_key(|line| line.session);
    lines
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "June", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const VISITORS: [&str; 2] = ["Returning_Visitor", "New_Visitor"];

impl Visit {
    fn row(&self, args: &Args) -> Row {
        let mut row = Row { numbers: Vec::new(), kinds: Vec::new(), yes: self.revenue == 1 };
        self.landing(&mut row, args.late);
        if args.columns >= Columns::Early {
            self.pages(&mut row, if args.columns == Columns::Early { 3.0 } else { f64::INFINITY });
        }
        if args.columns >= Columns::Session {
            self.durations(&mut row);
        }
        if args.columns >= Columns::All {
            self.analytics(&mut row);
        }
        row
    }

    /// What is known when they come. The month only where every month is learnt from: one never seen can only mislead
    /// (learning from all months before and asked for each of June to September, the AUC is 0.006 better without).
    fn landing(&self, row: &mut Row, late: bool) {
        let place =
            |names: &[&str], name: &str| (1..).zip(names).find(|(_, known)| **known == name).map_or(0, |(at, _)| at);
        let visitor: u32 = place(&VISITORS, &self.visitor_type);
        row.numbers.extend([self.special_day, self.weekend.into(), f64::from(u8::from(visitor == 1))]);
        row.kinds.extend([self.operating_systems, self.browser, self.region, self.traffic_type, visitor]);
        if !late {
            let month: u32 = place(&MONTHS, &self.month);
            row.numbers.push(month.into());
            row.kinds.push(month);
        }
    }

    /// Pages of each kind, counted up to `most`.
    fn pages(&self, row: &mut Row, most: f64) {
        let counts = [self.administrative, self.informational, self.product_related].map(|count| count.min(most));
        row.numbers.extend(counts);
        row.numbers.push(counts.iter().sum());
    }

    /// Seconds on pages of each kind, in all and for each page.
    fn durations(&self, row: &mut Row) {
        let seconds = [self.administrative_duration, self.informational_duration, self.product_related_duration];
        let pages = [self.administrative, self.informational, self.product_related];
        row.numbers.extend(seconds);
        row.numbers.extend(seconds.iter().zip(&pages).map(|(seconds, pages)| seconds / pages.max(1.0)));
        row.numbers.push(seconds.iter().sum());
        row.numbers.push(self.product_related / self.all().max(1.0));
    }

    /// What the shop's analytics computed from finished sessions.
    fn analytics(&self, row: &mut Row) {
        let (bounce, exit, value) = (self.bounce_rates, self.exit_rates, self.page_values);
        row.numbers.extend([
            bounce,
            exit,
            exit - bounce,
            exit * self.all(),
            bounce * self.all(),
            bounce / exit.max(1e-9),
        ]);
        let seconds = self.administrative_duration + self.informational_duration + self.product_related_duration;
        let spread = [self.all(), self.product_related, exit].map(|by| value * by);
        row.numbers.extend([value, value / (seconds + 1.0)].into_iter().chain(spread));
    }

    fn all(&self) -> f64 {
        self.administrative + self.informational + self.product_related
    }
}
