//! `tactful predict learning`: answers a simulated year of 80 people with the model that the engine learns by.
//!
//! Knows the protocol of the shared yardstick, and nothing of its worlds: the start message tells what a catalog would.

use std::io::{self, BufRead, Write};

use serde::Deserialize;
use serde_json::json;
use tactful::rank::choice::{Draws, Stake, WIDTH};
use tactful::rank::taste::{Aging, Before, Clue, Deviation, Lean, Seen, Taste};
use tactful::value::{Key, Seed};

use crate::failure::Failure;
use crate::help;

/// Answer the yardstick "learning": whom to show what, learned from late and missing replies
///
/// Reads JSON Lines from standard input as the head of `learning.py` says (`start`, `decide`, `feedback`, `end`) and answers
/// every `decide` with `{"arm":k}`, -1 for silence. The model is the engine's, `rank::taste` and `rank::choice`; what it
/// starts with are the means and deviations of the start message. The options are for trying out what they change.
#[derive(clap::Args)]
#[command(after_help = help!("python3 ../shared/quality/learning.py score -- tactful predict learning"))]
pub struct Args {
    /// Standard deviations between the draws: 1 is Thompson sampling, 0 takes the best
    #[arg(long, default_value_t = WIDTH, value_name = "NUMBER")]
    width: f64,
    /// How many times the cost the expected usefulness has to be
    #[arg(long, default_value_t = 1.0, value_name = "NUMBER")]
    bar: f64,
    /// Mean days until a reply comes; 0 counts what has no reply as refused at once
    #[arg(long, default_value_t = Aging::SHIPPED.delay, value_name = "DAYS")]
    delay: f64,
    /// Days after which an impression counts 1/e
    #[arg(long, default_value_t = Aging::SHIPPED.fades, value_name = "DAYS")]
    fades: f64,
    /// Learn nothing: decide by the prior alone
    #[arg(long)]
    forget: bool,
}

const CLUES: usize = 8;

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Message {
    Start {
        people: usize,
        offers: usize,
        cost: f64,
        prior_mean: [f64; CLUES],
        prior_sd: [f64; CLUES],
        offer_sd: f64,
        seed: u64,
    },
    Decide {
        person: usize,
        round: u64,
        day: f64,
        x: Vec<[f64; CLUES]>,
    },
    Feedback {
        person: usize,
        round: u64,
    },
    End,
}

/// The first clue of the yardstick is 1 always: the person.
type Clues = [Clue; CLUES - 1];

/// What a shop tells, and the people.
struct World<'a> {
    args: &'a Args,
    before: Before<CLUES>,
    offers: usize,
    deviation: Deviation,
    cost: f64,
    seed: u64,
    people: Vec<Vec<Shown>>,
}

struct Shown {
    round: u64,
    day: f64,
    offer: usize,
    clues: Clues,
    redeemed: bool,
}

/// Answers until the end.
pub fn learning(args: &Args) -> Result<(), Failure> {
    let (mut world, mut output) = (None, io::stdout().lock());
    for (number, line) in (1..).zip(io::stdin().lock().lines()) {
        let file = || "standard input".to_owned();
        let line = line.map_err(|cause| Failure::Read { file: file(), cause })?;
        let message =
            serde_json::from_str(&line).map_err(|cause| Failure::Json { file: file(), line: number, cause })?;
        match (message, &mut world) {
            (Message::Start { people, offers, cost, prior_mean: mean, prior_sd: sd, offer_sd, seed }, world) => {
                let deviation = Deviation::new(offer_sd, 0.0, 0.0);
                let people = (0..people).map(|_| Vec::new()).collect();
                *world = Some(World { args, before: Before { mean, sd }, offers, deviation, cost, seed, people });
            }
            (Message::Decide { person, round, day, x }, Some(world)) => {
                let arm = world.decide(person, round, day, &x).map_or(json!(-1), |arm| json!(arm));
                writeln!(output, "{}", json!({ "arm": arm }))?;
                output.flush()?;
            }
            (Message::Feedback { person, round }, Some(world)) => world.redeem(person, round),
            (Message::End, _) => break,
            (_, None) => {}
        }
    }
    Ok(())
}

impl World<'_> {
    fn decide(&mut self, person: usize, round: u64, day: f64, x: &[[f64; CLUES]]) -> Option<usize> {
        let taste = self.taste(person, day);
        let stakes = (0..).zip(x).map(|(offer, x)| self.stake(&taste, offer, &clues(x)));
        let device = Key(self.seed).with(person as u64);
        let draws = Draws::new(stakes, self.args.bar * self.cost, self.args.width, device);
        let offer = draws.take(&mut Seed(device.with(round).0)).0?;
        let shown = Shown { round, day, offer, clues: clues(x.get(offer)?), redeemed: false };
        self.people.get_mut(person)?.push(shown);
        Some(offer)
    }

    fn taste(&self, person: usize, day: f64) -> Taste<CLUES> {
        let known = self.people.get(person).filter(|_| !self.args.forget);
        let seen: Vec<_> = known.into_iter().flatten().map(|shown| self.seen(shown, day - shown.day)).collect();
        Taste::learn(&self.before, vec![Lean::new(self.deviation); self.offers], &seen)
    }

    fn seen(&self, shown: &Shown, days: f64) -> Seen<{ CLUES - 1 }> {
        let aging = Aging { delay: self.args.delay, fades: self.args.fades };
        let (kept, told) = (aging.kept(days), if self.args.delay > 0.0 { aging.told(days) } else { 1.0 });
        let (useful, useless) = if shown.redeemed { (kept, 0.0) } else { (0.0, kept) };
        Seen { offer: shown.offer, odds: 0.0, clues: shown.clues, useful, useless, told }
    }

    fn stake(&self, taste: &Taste<CLUES>, offer: usize, clues: &Clues) -> Stake {
        let belief = taste.belief(Some(offer), self.deviation, 0.0, clues);
        let usefulness = belief.chance();
        let spread = belief.spread(usefulness);
        Stake { key: Key(offer as u64), usefulness, spread, weight: 1.0, rest: 0.0 }
    }

    fn redeem(&mut self, person: usize, round: u64) {
        let shown = self.people.get_mut(person).into_iter().flatten().rev().find(|shown| shown.round == round);
        shown.into_iter().for_each(|shown| shown.redeemed = true);
    }
}

fn clues(x: &[f64; CLUES]) -> Clues {
    let mut clues = [(0, 0.0); CLUES - 1];
    clues.iter_mut().zip((1..).zip(x.iter().skip(1))).for_each(|(clue, (place, x))| *clue = (place, *x));
    clues
}
