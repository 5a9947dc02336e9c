//! What holds back a catalog with which people would be worse off than with the one before.

use jiff::civil::Date;
use tactful::author::Horizon;
use tactful::simulate::Plan;
use tactful::simulate::summary::{Comparison, DifferenceView};

use crate::failure::Failure;
use crate::simulate::{Shop, day, first_day, live};

/// On whom two catalogs are compared.
#[derive(clap::Args)]
#[group(skip)]
pub struct Args {
    /// People that the two catalogs are compared on
    #[arg(long, default_value_t = 1_000, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=i64::from(Plan::MOST_PEOPLE)))]
    people: u32,
    /// Days that they live
    #[arg(long, default_value_t = 91, value_name = "D", value_parser = clap::value_parser!(u16).range(7..=i64::from(Plan::MOST_DAYS)))]
    days: u16,
    /// The first draw of all chance: another seed has other people
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// The first day
    #[arg(long, default_value = "2026-12-01", value_name = "DATE", value_parser = first_day)]
    from: Date,
    /// Go on although people would be worse off
    #[arg(long)]
    allow_worse: bool,
}

/// What has to be no worse: how often somebody is helped, and how seldom bothered in vain.
const HELD: [&str; 2] = ["useful_moments", "useful_share"];

impl Args {
    /// Returns on whom.
    pub fn plan(&self) -> Plan {
        Plan { from: day(self.from), days: self.days, ..Plan::year(self.seed, self.people) }
    }

    /// Returns the years around those days.
    pub fn horizon(&self) -> Horizon {
        Horizon::around(self.from.year().into())
    }

    /// Judges, unless it was said to go on whatever comes of it.
    pub fn judge(&self, compared: &Comparison) -> Result<(), Failure> {
        if self.allow_worse { Ok(()) } else { judge(compared).map_err(Failure::Worse) }
    }
}

/// Lets the same people live with the catalog of now and with the next one.
pub fn compare(now: &Shop, next: &Shop, plan: &Plan) -> Comparison {
    let (one, of) = live(None, now, plan, "people with the catalog of now");
    let (other, other_of) = live(None, next, plan, "people with the next one");
    Comparison::new((one, &of), (other, &other_of))
}

/// Refuses a catalog with which one of [`HELD`] is surely smaller, its whole 95 % interval below 0, and says by how much.
pub fn judge(compared: &Comparison) -> Result<(), String> {
    let said = fallen(compared).filter_map(|fall| {
        let change = fall.change?;
        let [value, low, high] = [change.value, change.low, change.high].map(|share| share * 100.0);
        let words = tactful::simulate::threshold::words(fall.name);
        Some(format!("{words}: {value:+.1} % ({low:+.1} to {high:+.1})"))
    });
    let said: Vec<String> = said.collect();
    if said.is_empty() { Ok(()) } else { Err(said.join("; ")) }
}

/// Returns the figures that fell.
pub fn fallen(compared: &Comparison) -> impl Iterator<Item = &DifferenceView> {
    compared.differences.iter().filter(|one| HELD.contains(&one.name) && one.difference.high < 0.0)
}
