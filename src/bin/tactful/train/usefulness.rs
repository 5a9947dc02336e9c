//! `tactful train usefulness`: what a shop's own log teaches of what people find useful.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tactful::catalog::usefulness::{CLUES, UsefulnessPrior};
use tactful::profile::Profile;
use tactful::rank::clues::{Evidence, before, evidence};
use tactful::rank::taste::{Before, Lean, Taste};
use tactful::value::{Now, Timestamp};

use crate::failure::Failure;
use crate::files;
use crate::fit::thousandths;
use crate::help;
use crate::past::{Ask, packs};
use crate::replay::relive;
use crate::report::say;

/// Learn what people find useful from a shop's own logs of decisions and replies
///
/// A log is what `decide`, `run` or `simulate` with `--log` wrote, or `tactful/log` of the package; it is lived through again as
/// `tactful replay` does, and what each shopper's device then remembers is learnt from: how much each reason to show
/// something weighs for people, and how far they differ. Where a log says little, the table stays near the prior one.
///
/// The table goes into a pack with `tactful compile --usefulness FILE`. The report is about shoppers whose own replies were
/// not learnt from: how well the table foretells them before anything is known of them, beside the prior one.
#[derive(clap::Args)]
#[command(after_help = help!(
    "tactful train usefulness decisions.jsonl --pack nordkorb.tact -o usefulness.json\n  \
     tactful compile examples/nordkorb/catalog.json --usefulness usefulness.json"
))]
pub struct Args {
    /// The logs (JSON Lines, also .gz)
    #[arg(required = true, value_name = "LOG")]
    logs: Vec<PathBuf>,
    /// The pack that a log was written with (.tact); several, where it changed
    #[arg(long = "pack", value_name = "PACK", required = true)]
    packs: Vec<PathBuf>,
    /// Where to write the table (JSON), or `-` for standard output
    #[arg(short, long, default_value = "-", value_name = "FILE")]
    output: PathBuf,
}

/// A table as it is written.
#[derive(Serialize, Deserialize)]
struct Table {
    /// 1.
    format: u16,
    clues: BTreeMap<String, Weight>,
    #[serde(default)]
    held_out: Map<String, Value>,
}

/// Thousandths of log-odds for one unit of the clue.
#[derive(Serialize, Deserialize)]
struct Weight {
    mean: i16,
    spread: i16,
}

/// Fewer replies than so teach nothing: 13 means and as many spreads are learnt.
pub const FEWEST: u64 = 200;
/// The prior table counts as so many people. An assumption.
const PRIOR_PEOPLE: f64 = 5.0;
/// Steps of expectation and maximisation (Dempster, Laird and Rubin 1977); after thirty nothing moves by a hundredth.
const STEPS: usize = 30;
/// Parts of which each is told by the others.
const FOLDS: usize = 5;
/// Least spread, log-odds: surer is nobody.
const SURE: f64 = 0.05;

type People = Before<{ UsefulnessPrior::CLUES }>;

/// Learns the table.
pub fn usefulness(args: &Args) -> Result<(), Failure> {
    let inputs: Vec<&Path> = args.logs.iter().chain(&args.packs).map(PathBuf::as_path).collect();
    files::apart(&args.output, &inputs)?;
    files::once(&args.logs)?;
    let packs = packs(&args.packs)?;
    let (mut people, mut replies) = (Vec::new(), 0);
    for log in &args.logs {
        let mut end = Timestamp::default();
        let past = relive(log, &packs, |_, life, ask| {
            let Ask { placement, at } = ask?;
            end = end.max(at);
            Some(life.session.ask(life.engine, placement, at))
        })?;
        for profile in past.profiles() {
            replies += answered(profile);
            people.push(evidence(profile, &Now::new(end)));
        }
    }
    if replies < FEWEST {
        return Err(Failure::FewReplies { got: replies, fewest: FEWEST });
    }
    let prior = before(&UsefulnessPrior::PRIOR);
    let (own, shipped) = held_out(&people, &prior);
    say(format_args!(
        "{} shoppers, {replies} replies; held out, before anything is known of a shopper: log-loss {own:.4}, with the prior table \
         {shipped:.4}",
        people.len()
    ));
    let table = table(&learn(&people.iter().collect::<Vec<_>>(), &prior), own, shipped);
    files::write(&args.output, |output| {
        serde_json::to_writer_pretty(&mut *output, &table)?;
        output.write_all(b"\n")
    })
}

fn answered(profile: &Profile) -> u64 {
    profile.impressions.iter().filter(|shown| shown.reply.is_some()).count() as u64
}

/// Learns means and spreads over people: each person's weights are found with the table so far, and the table from these.
fn learn(people: &[&Evidence], prior: &People) -> People {
    let (mut table, count) = (*prior, PRIOR_PEOPLE + number(people.len()));
    for _ in 0..STEPS {
        let weights: Vec<_> = people.iter().map(|person| taste(&table, person).weights()).collect();
        let known = prior.mean.iter().zip(&prior.sd);
        let cells = table.mean.iter_mut().zip(&mut table.sd).zip(known);
        for (place, ((mean, sd), (known_mean, known_sd))) in cells.enumerate() {
            let of = || weights.iter().filter_map(|person| person.get(place));
            *mean = (PRIOR_PEOPLE * known_mean + of().map(|weight| weight.mean).sum::<f64>()) / count;
            let apart = |weight: f64| (weight - *mean) * (weight - *mean);
            let known = PRIOR_PEOPLE * (known_sd * known_sd + apart(*known_mean));
            let spread = of().map(|weight| weight.variance + apart(weight.mean)).sum::<f64>();
            *sd = libm::sqrt((known + spread) / count).max(SURE);
        }
    }
    table
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn taste(table: &People, person: &Evidence) -> Taste<{ UsefulnessPrior::CLUES }> {
    Taste::learn(table, person.leans.clone(), &person.seen)
}

/// Returns how badly people are foretold whose replies were not learnt from: by what the others teach, and by the prior.
fn held_out(people: &[Evidence], prior: &People) -> (f64, f64) {
    let mut losses = (0.0, 0.0, 0.0);
    for fold in 0..FOLDS {
        let of = |part: bool| people.iter().enumerate().filter(move |(place, _)| (place % FOLDS == fold) == part);
        let table = learn(&of(false).map(|(_, person)| person).collect::<Vec<_>>(), prior);
        for (_, person) in of(true) {
            let (own, said) = loss(&table, person);
            losses = (losses.0 + own, losses.1 + loss(prior, person).0, losses.2 + said);
        }
    }
    (losses.0 / losses.2, losses.1 / losses.2)
}

/// Returns the log-loss of what a person said, before anything is known of them, and how much they said.
fn loss(table: &People, person: &Evidence) -> (f64, f64) {
    let nobody = Taste::learn::<0>(table, Vec::new(), &[]);
    let mut sums = (0.0, 0.0);
    for seen in &person.seen {
        let Some(deviates) = person.leans.get(seen.offer).map(Lean::before) else { continue };
        let chance = nobody.belief(None, deviates, seen.odds, &seen.clues).chance();
        sums.0 -= seen.useful * libm::log(chance) + seen.useless * libm::log(1.0 - seen.told * chance);
        sums.1 += seen.useful + seen.useless;
    }
    sums
}

fn table(people: &People, own: f64, shipped: f64) -> Table {
    let prior = whole(people);
    let weights = prior.means.into_iter().zip(prior.spreads).map(|(mean, spread)| Weight { mean, spread });
    let clues = CLUES.iter().map(|clue| (*clue).to_owned()).zip(weights).collect();
    let digits = |value: f64| libm::round(value * 1e4) / 1e4;
    let told = [("log_loss", digits(own)), ("log_loss_of_the_prior_table", digits(shipped))];
    Table { format: 1, clues, held_out: told.into_iter().map(|(name, value)| (name.into(), json!(value))).collect() }
}

fn whole(people: &People) -> UsefulnessPrior {
    let [means, spreads] = [people.mean, people.sd].map(|table| table.map(thousandths));
    UsefulnessPrior { means, spreads: spreads.map(|spread| spread.max(1)) }
}

/// Reads a table that was written.
pub fn read_usefulness(path: &Path) -> Result<UsefulnessPrior, Failure> {
    let file = files::name(path);
    let wrong = |cause: serde_json::Error| Failure::Json { file: file.clone(), line: cause.line(), cause };
    let table: Table = serde_json::from_str(&files::text(path)?).map_err(wrong)?;
    let mut prior = UsefulnessPrior::PRIOR;
    for ((mean, spread), clue) in prior.means.iter_mut().zip(&mut prior.spreads).zip(CLUES) {
        let known = table.clues.get(clue).filter(|weight| weight.spread > 0 && table.format == 1);
        let Some(weight) = known else { return Err(Failure::NoUsefulness { file }) };
        (*mean, *spread) = (weight.mean, weight.spread);
    }
    Ok(prior)
}

#[cfg(test)]
mod tests {
    use tactful::catalog::Kind;
    use tactful::profile::{Grounds, Impression};
    use tactful::rank::chance::sigmoid;
    use tactful::signal::Reply;
    use tactful::value::{Key, Seed, Span};

    use super::*;

    const DAY: Timestamp = Timestamp::from_ms(1_795_255_200_000);

    /// People to whom a discount says twice what the prior table thinks, and a reminder nothing, by 60 impressions each.
    fn population(seed: u64) -> Vec<Evidence> {
        let mut chance = Seed(seed);
        let person = |_| {
            let mut profile = Profile::new(Seed(1));
            let person = f64::from(chance.below(1_000)) / 1_000.0 - 0.5;
            for day in 0..60 {
                let offer = Key(chance.below(8).into());
                let (clue, weight) = if chance.below(2) == 0 { (6, 2.0) } else { (3, 0.0) };
                let odds = -2.0 + person + 0.9 * weight;
                let is_useful = f64::from(chance.below(10_000)) / 1e4 < sigmoid(odds);
                let reply = Some(if is_useful { Reply::Useful } else { Reply::NotUseful });
                let grounds = Grounds { odds: -2_000, sd: 30, clues: [(clue, 900), (0, 0)], ..Grounds::default() };
                let (at, decision) = (DAY.after(Span::days(day)), Key(day.into()));
                let (kind, group, about) = (Kind::Coupon, None, None);
                profile.log(Impression { at, decision, offer, kind, group, about, reply, grounds, counted_hours: 0 });
            }
            evidence(&profile, &Now::new(DAY.after(Span::days(60))))
        };
        (0..60).map(person).collect()
    }

    #[test]
    fn what_was_learned_foretells_others_better_than_the_prior_table() {
        let prior = before(&UsefulnessPrior::PRIOR);
        for seed in 1..4 {
            let (own, shipped) = held_out(&population(seed), &prior);
            assert!(own < shipped - 0.02, "{own} {shipped}");
        }
    }

    #[test]
    fn means_are_found_and_what_nobody_met_stays_as_it_was() {
        let people = population(9);
        let table = whole(&learn(&people.iter().collect::<Vec<_>>(), &before(&UsefulnessPrior::PRIOR)));
        assert!((1_600..2_400).contains(&table.means[6]) && table.means[3].abs() < 400, "{table:?}");
        assert_eq!((table.means[1], table.spreads[1]), (1_000, 500));
        assert_eq!(whole(&learn(&[], &before(&UsefulnessPrior::PRIOR))), UsefulnessPrior::PRIOR);
    }
}
