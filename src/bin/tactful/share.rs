//! `tactful share`: what a device would tell, byte for byte and in words. Nothing is sent.

use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tactful::catalog::Catalog;
use tactful::profile::Profile;
use tactful::share::{Outcome, PERIOD, TRUTH, Untold, Week, untold};
use tactful::value::{Seed, Timestamp};
use tactful::wire::state;

use crate::failure::Failure;
use crate::files;
use crate::help;
use crate::report::say;

/// Show what a saved state would tell a shop of the last finished week, byte for byte and in words; nothing is sent
///
/// A device tells only with a consent of its own, of one week in four that is drawn by chance, and never with Global Privacy
/// Control or the dial at never. It is one answer about one offer, drawn by chance; the answer is what happened with a
/// probability of 0.576, and each of the two others with 0.212: epsilon 1 a report, 13 in a year.
///
/// What is drawn here is an example of what a device would draw; a second run draws anew, a device does not.
#[derive(clap::Args)]
#[command(after_help = help!("tactful share nordkorb.tact shopper.state"))]
pub struct Args {
    /// The pack (.tact)
    pack: PathBuf,
    /// What was saved
    state: PathBuf,
    /// Ids of the offers that are asked about, with commas; without it, all of the pack
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    offers: Vec<String>,
    /// When it is (RFC 3339); without it, now
    #[arg(long, value_name = "TIME")]
    now: Option<jiff::Timestamp>,
    /// Draw the same again
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Print it as one line of JSON
    #[arg(long)]
    json: bool,
}

/// What would be told.
struct Telling {
    week: Week,
    /// Each offer that may be asked about, and what happened.
    happened: Vec<(String, Outcome)>,
    /// The report, or why there is none.
    report: Result<Report, Untold>,
}

struct Report {
    body: String,
    offer: String,
    truth: Outcome,
    answer: Outcome,
}

/// Shows what would be told.
pub fn share(args: &Args) -> Result<(), Failure> {
    let catalog = files::pack(&args.pack)?;
    Failure::unless_known(&args.offers, catalog.offers().map(|(_, offer)| catalog.text(offer.id)))?;
    let now = args.now.map_or_else(clock, |now| Timestamp::from_ms(now.as_millisecond()));
    let saved = files::bytes(&args.state)?;
    if saved.is_empty() {
        return Err(Failure::EmptyState(files::name(&args.state)));
    }
    let (profile, fault) = state::open(&catalog, &saved, Seed(0), now);
    if let Some(fault) = fault {
        say(format_args!("notice: {}: {fault}", files::name(&args.state)));
    }
    // NOTE: chance of this run alone, not the profile's; the standard library takes it from the system.
    let mut chance = Seed(args.seed.unwrap_or_else(|| RandomState::new().hash_one(0)));
    let week = Week::of(now).before().unwrap_or(Week(0));
    let telling = Telling::new(&catalog, &profile, week, &args.offers, &mut chance);
    let told = if args.json { telling.for_programs().to_string() } else { telling.for_people() };
    writeln!(io::stdout(), "{told}")?;
    Ok(())
}

fn clock() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

impl Telling {
    fn new(catalog: &Catalog, profile: &Profile, week: Week, asked: &[String], chance: &mut Seed) -> Self {
        let offers = catalog.offers().map(|(_, offer)| (String::from(catalog.text(offer.id)), offer.key));
        let offers = offers.filter(|(id, _)| asked.is_empty() || asked.contains(id));
        let happened: Vec<_> = offers.map(|(id, key)| (id, Outcome::of(profile, key, week))).collect();
        let report = untold(profile).map_or_else(|| Ok(Report::new(&happened, week, chance)), Err);
        Self { week, happened, report }
    }

    fn for_people(&self) -> String {
        let [monday, sunday] = [self.week.from(), Week(self.week.0 + 1).from()].map(|at| at.ms());
        let day = |ms: i64| jiff::Timestamp::from_millisecond(ms).unwrap_or_default().strftime("%Y-%m-%d").to_string();
        let week = format!("week {} ({} to {}, UTC)", self.week.0, day(monday), day(sunday - 1));
        let report = match &self.report {
            Err(why) => return format!("Nothing would be told of {week}: {why}."),
            Ok(report) => report,
        };
        let happened = self.happened.iter().filter(|(_, outcome)| *outcome != Outcome::NotShown);
        let happened: Vec<_> = happened.map(|(offer, outcome)| format!("  {offer}: {}", words(*outcome))).collect();
        let known = if happened.is_empty() { "  nothing was shown".into() } else { happened.join("\n") };
        let truth = if report.answer == report.truth { "which is so" } else { "which is not so" };
        format!(
            "If the shopper consents to it, and chance draws this one week of {PERIOD}, this would be sent and nothing else:\n\n  \
             POST /v1/outcomes\n  content-type: application/json\n\n  {}\n\n\
             In words: in {week} the offer `{}` was {}, {truth}; only this device knows that.\n\
             It is one of {} offers, drawn by chance. The answer is what happened with a probability of {:.3}: epsilon 1.\n\n\
             What this device remembers of that week, and does not send:\n{known}",
            report.body,
            report.offer,
            words(report.answer),
            self.happened.len(),
            // One of three lots is the truth, too.
            (f64::from(TRUTH.parts()) + f64::from(TRUTH.complement().parts()) / 3.0) / 1e6,
        )
    }

    fn for_programs(&self) -> Value {
        let happened: serde_json::Map<String, Value> =
            self.happened.iter().map(|(offer, outcome)| (offer.clone(), outcome.name().into())).collect();
        let (body, why) = match &self.report {
            Ok(report) => (Some(&report.body), None),
            Err(why) => (None, Some(why.to_string())),
        };
        json!({"week": self.week.0, "from_ms": self.week.from().ms(), "body": body, "untold": why, "happened": happened})
    }
}

impl Report {
    fn new(happened: &[(String, Outcome)], week: Week, chance: &mut Seed) -> Self {
        let drawn = usize::try_from(chance.below(u32::try_from(happened.len()).unwrap_or(u32::MAX))).unwrap_or(0);
        let (offer, truth) = happened.get(drawn).cloned().unwrap_or((String::new(), Outcome::NotShown));
        let answer = truth.blurred(|bound| chance.below(bound));
        let id = format!("{:016x}{:016x}", chance.draw(), chance.draw());
        let body = json!({"id": id, "week": week.0, "offer": offer, "answer": answer.name()}).to_string();
        Self { body, offer, truth, answer }
    }
}

const fn words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::NotShown => "not shown",
        Outcome::Shown => "shown",
        Outcome::Useful => "shown and useful",
    }
}
