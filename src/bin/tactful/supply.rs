//! `tactful supply`: when a shop runs out of fresh and useful things to say, and where it has none.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter, Write as _};
use std::io::{self, Write as _};
use std::path::PathBuf;

use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Value, json};
use tactful::author::Horizon;
use tactful::author::supply::{self, Supply};
use tactful::simulate::Plan;
use tactful::simulate::count::Funnel;
use tactful::simulate::summary::{GapView, OfferView, Summary};

use crate::address::Door;
use crate::failure::Failure;
use crate::files;
use crate::help;
use crate::outcomes;
use crate::report::say;
use crate::simulate::{day, first_day, live_with, open};

/// Tell when a shop runs out of fresh and useful things to say, and where it has none
///
/// A seeded population lives with the catalog, as in `tactful simulate`. A moment in which we might speak is well supplied where
/// an offer may be shown that is fresh: the person has not seen it in the last four weeks, and its words are news (`fresh` of an
/// offer; without it they always are). A placement or an audience runs out in the week from which on to the end fewer than one
/// such moment in twenty is. Offers nobody finds useful are told by the simulation, and by devices where `--outcomes` is given.
///
/// What is nearer than the catalog's `supply` allows is a warning. With `--to` the shop's desk shows what was found.
#[derive(clap::Args)]
#[command(after_help = help!(
    "tactful supply examples/nordkorb/catalog.json --people 500\n  \
     tactful supply catalog.json --to https://shop.example --desk-key desk.key"
))]
pub struct Args {
    /// The catalog (JSON)
    catalog: PathBuf,
    #[command(flatten)]
    outcomes: outcomes::OutcomesArgs,
    /// The address of the edge, whose desk is told
    #[arg(long, value_name = "URL", requires = "desk_key")]
    to: Option<String>,
    /// The file with the key that opens the desk: the worker's secret `DESK_KEY`
    #[arg(long, value_name = "FILE", requires = "to")]
    desk_key: Option<PathBuf>,
    /// People
    #[arg(long, default_value_t = 1_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(Plan::MOST_PEOPLE)))]
    people: u32,
    /// Days ahead
    #[arg(long, default_value_t = 182, value_name = "D", value_parser = clap::value_parser!(u16).range(28..=i64::from(Plan::MOST_DAYS)))]
    days: u16,
    /// The first draw of all chance: another seed has other people
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// The first day; without it, today (UTC)
    #[arg(long, value_name = "DATE", value_parser = first_day)]
    from: Option<Date>,
    /// Exit with 1 where there is something to warn of
    #[arg(long)]
    strict: bool,
    /// Print everything as one line of JSON
    #[arg(long)]
    json: bool,
}

/// What was found.
struct Stock<'a> {
    summary: &'a Summary,
    held: &'a Supply,
    /// The first day.
    from: i32,
    /// The useful share of offers and its standard error, as devices told.
    told: &'a BTreeMap<String, (f64, f64)>,
}

/// Looks ahead and tells.
pub fn supply(args: &Args) -> Result<(), Failure> {
    let first = args.from.unwrap_or_else(|| jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date());
    let shop = open(&args.catalog, Horizon::around(first.year().into()))?;
    let held = supply::supply(&files::text(&args.catalog)?);
    let desk = args.to.as_deref().zip(args.desk_key.as_deref());
    let desk = desk.map(|(to, key)| Door::named(to, key, "DESK_KEY")).transpose()?;
    let told = args.outcomes.counts().as_ref().map(outcomes::told).transpose()?.unwrap_or_default();
    let from = day(first);
    let plan = Plan { from, days: args.days, ..Plan::year(args.seed, args.people) };
    let (summary, _) = live_with(None, &shop, &plan, &held.fresh, "people");
    let stock = Stock { summary: &summary, held: &held, from, told: &told };
    let warnings = stock.warnings();
    let text = if args.json { stock.for_programs(&warnings).to_string() + "\n" } else { stock.for_people() };
    io::stdout().write_all(text.as_bytes())?;
    if let Some(desk) = desk {
        desk.put("v1/voice/supply", &stock.for_programs(&warnings))?;
        say("the desk shows it now");
    }
    warnings.iter().for_each(|warning| say(format_args!("warning: {warning}")));
    if args.strict && !warnings.is_empty() { Err(Failure::Supply(warnings.len())) } else { Ok(()) }
}

/// An offer is not judged by fewer impressions than so.
const FEWEST: u64 = 50;
/// Rows of a list.
const MOST: usize = 10;
/// Standard errors on either side of a 95 % interval.
const SURE: f64 = 1.96;

/// An offer that hardly anybody finds useful.
#[derive(Clone, Serialize)]
struct Useless<'a> {
    offer: &'a str,
    by: By,
    useful_share: f64,
    /// The upper end of its 95 % interval.
    surely_below: f64,
}

/// Who says so.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
enum By {
    Simulation,
    Devices,
}

/// Something that the shop runs out of sooner than it wants to, or that does not serve; whoever shows it finds the words.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Warning<'a> {
    /// A placement or an audience that has nothing fresh from a week on.
    Stale { of: &'static str, id: &'a str, week: usize, wanted_weeks: u16 },
    /// Words that are news for so many more days; 0 or less where they are none any more.
    Aging { offer: &'a str, days: i32, wanted_weeks: u16 },
    /// An offer that hardly anybody finds useful.
    Useless(Useless<'a>),
}

impl Display for Warning<'_> {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stale { of, id, week, wanted_weeks } => {
                write!(to, "{of} {id} has nothing fresh to say from week {week} on; {wanted_weeks} weeks are wanted")
            }
            Self::Aging { offer, days: ..=0, .. } => {
                write!(to, "`{offer}`: its words are no news any more; write new ones and a new `fresh`")
            }
            Self::Aging { offer, days, wanted_weeks } => {
                write!(to, "`{offer}`: its words are news for {days} more days; {wanted_weeks} weeks are wanted")
            }
            Self::Useless(Useless { offer, by, useful_share, surely_below }) => {
                let by = match by {
                    By::Simulation => "in the simulation",
                    By::Devices => "as devices told",
                };
                let [share, most] = [useful_share, surely_below].map(|share| share * 100.0);
                write!(
                    to,
                    "`{offer}` is useful to hardly anybody {by}: {share:.1} % of what was shown, surely below {most:.1} %"
                )
            }
        }
    }
}

impl Stock<'_> {
    /// Placements and audiences with how far their asks got, and the week from which on they have nothing fresh.
    fn places(&self) -> impl Iterator<Item = (&'static str, &str, &Funnel, &[Funnel], Option<usize>)> {
        let placements = self.summary.placements.iter();
        let placements = placements.map(|one| ("placement", &*one.id, &one.all, &one.weeks[..], one.stale_from));
        let audiences = self.summary.audiences.iter();
        let audiences = audiences.map(|one| ("audience", &*one.id, &one.all, &one.weeks[..], one.stale_from));
        placements.chain(audiences)
    }

    /// Offers whose words stop being news, and in how many days; 0 or less where they have.
    fn aging(&self) -> Vec<(&str, i32)> {
        let days = self.held.fresh.iter().map(|(offer, (_, until))| (offer.as_str(), until - self.from));
        let mut aging: Vec<_> = days.collect();
        aging.sort_by_key(|(_, days)| *days);
        aging
    }

    fn useless(&self) -> Vec<Useless<'_>> {
        let simulated = self.summary.offers.iter().filter(|offer| offer.shown >= FEWEST).map(|offer| {
            let (useful_share, surely_below) = wilson(offer);
            Useless { offer: &offer.id, by: By::Simulation, useful_share, surely_below }
        });
        let told = self.told.iter().map(|(offer, (share, error))| Useless {
            offer,
            by: By::Devices,
            useful_share: *share,
            surely_below: share + SURE * error,
        });
        simulated.chain(told).filter(|one| one.surely_below < self.held.least_useful_share).collect()
    }

    fn never_shown(&self) -> Vec<&str> {
        self.summary.offers.iter().filter(|offer| offer.shown == 0).map(|offer| offer.id.as_str()).collect()
    }

    fn warnings(&self) -> Vec<Warning<'_>> {
        let wanted_weeks = self.held.least_weeks;
        let ends = self.places().filter_map(|(of, id, _, _, stale)| {
            let week = stale.filter(|week| *week <= wanted_weeks.into())?;
            Some(Warning::Stale { of, id, week, wanted_weeks })
        });
        let soon = self.aging().into_iter().filter(|(_, days)| *days < 7 * i32::from(wanted_weeks));
        let soon = soon.map(|(offer, days)| Warning::Aging { offer, days, wanted_weeks });
        ends.chain(soon).chain(self.useless().into_iter().map(Warning::Useless)).collect()
    }

    fn for_people(&self) -> String {
        let Summary { catalog, version, people, days, from, seed, .. } = self.summary;
        let mut text =
            format!("{catalog} version {version}: {people} people, {days} days from {from}, seed {seed}\n\n");
        text += "moments with something fresh to say       first 4 weeks  last 4 weeks  runs out\n";
        for (of, id, _, weeks, stale) in self.places().filter(|(_, _, all, ..)| all.permitted > 0) {
            let name = format!("{of} {id}");
            let [first, last] =
                [weeks.get(..4).unwrap_or(weeks), weeks.get(weeks.len().saturating_sub(4)..).unwrap_or(weeks)]
                    .map(fresh);
            let end = stale.map_or_else(|| "-".into(), |week| format!("week {week}"));
            let _ = writeln!(text, "  {name:38} {first:>13}  {last:>12}  {end}");
        }
        let aging = self.aging();
        if !aging.is_empty() {
            text += "\nwords that are news for so many more days\n";
            aging.iter().for_each(|(offer, days)| _ = writeln!(text, "  {offer:38} {days:>13}"));
        }
        text += "\nneeded most where nothing was said        moments  offers about it\n";
        for GapView { category, moments, offers, .. } in self.summary.gaps.iter().take(MOST) {
            let _ = writeln!(text, "  {category:38} {moments:>8}  {offers}");
        }
        let silent = self.never_shown();
        if !silent.is_empty() {
            let _ = writeln!(text, "\nnever shown: {}", silent.join(", "));
        }
        text
    }

    fn for_programs(&self, warnings: &[Warning]) -> Value {
        json!({
            "from": self.summary.from, "days": self.summary.days, "people": self.summary.people, "seed": self.summary.seed,
            "placements": self.summary.placements, "audiences": self.summary.audiences, "gaps": self.summary.gaps,
            "aging": self.aging().iter().map(|(offer, days)| json!({"offer": offer, "days": days})).collect::<Vec<_>>(),
            "useless": self.useless(), "never_shown": self.never_shown(), "warnings": warnings,
        })
    }
}

/// Returns the share of permitted moments with something fresh to say.
fn fresh(weeks: &[Funnel]) -> String {
    let (fresh, permitted) = weeks.iter().fold((0, 0), |(x, y), week| (x + week.fresh, y + week.permitted));
    (fresh * 100).checked_div(permitted).map_or_else(|| "-".into(), |share| format!("{share} %"))
}

/// Returns the useful share of what was shown, and the upper end of its 95 % interval (Wilson 1927).
#[allow(clippy::cast_precision_loss, reason = "counts of a simulation")]
fn wilson(offer: &OfferView) -> (f64, f64) {
    let (useful, shown) = (offer.useful as f64, offer.shown as f64);
    let (share, square) = (useful / shown, SURE * SURE);
    let spread = SURE * (share * (1.0 - share) / shown + square / (4.0 * shown * shown)).sqrt();
    (share, (share + square / (2.0 * shown) + spread) / (1.0 + square / shown))
}
