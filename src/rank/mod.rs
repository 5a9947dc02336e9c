//! Which of the offers that may be shown helps most, and is it worth an interruption?
//!
//! Usefulness is a belief learned from replies, moved by why the offer fits this moment. The other side of the scale is
//! the cost of interrupting this person now.

pub mod chance;
pub mod choice;
pub mod reason;
pub mod taste;

use alloc::vec::Vec;

pub use reason::{About, Because, Reason};

use crate::cadence::{asked_just_now, within};
use crate::catalog::{Catalog, Kind, Offer, OfferIx, PlacementIx, Prior};
use crate::moment::{from_ppm, to_ppm};
use crate::profile::{Impression, Profile, Standing};
use crate::savings::Savings;
use crate::signal::{Dial, Reply};
use crate::value::{Key, Now, Ppm, Seed, Span, order};

/// An offer with its price, ready to be ranked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Priced {
    /// Which.
    pub offer: OfferIx,
    /// What it saves, for a coupon.
    pub savings: Option<Savings>,
    /// Why it fits, strongest first.
    pub because: Because,
    /// What it is about.
    pub about: Option<About>,
    /// What an impression of it will be remembered by.
    pub subject: Subject,
}

/// What an impression of it will be remembered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The offer.
    pub offer: Key,
    /// Its kind.
    pub kind: Kind,
    /// Its group.
    pub group: Option<Key>,
    /// The product or category it is about.
    pub about: Option<Key>,
}

/// A priced offer with its worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranked {
    /// The offer.
    pub priced: Priced,
    /// Expected share of useful impressions.
    pub usefulness: Ppm,
    /// Usefulness, margin and reach as the goals weigh them.
    pub score: Ppm,
}

/// Share of decisions that try one of the worthwhile offers at random, so that all of them can be learned.
pub const EXPLORATION: Ppm = Ppm::new(50_000);

/// Returns the offers, best first; equals keep the catalog's priority.
pub fn rank(worths: Vec<Ranked>) -> Vec<Ranked> {
    order::by_key(worths, |ranked: &Ranked| ranked.score.complement().parts().into())
}

/// Weighs one offer; `shown` are its impressions.
pub fn worth(
    (catalog, profile): (&Catalog, &Profile),
    offer: &Offer,
    priced: Priced,
    shown: &[Impression],
    now: &Now,
) -> Ranked {
    let ignored = count(shown.iter().filter(|shown| is_ignored(shown, now)));
    let usefulness = to_ppm(usefulness(offer, profile.standing(offer.key), ignored, &priced.because));
    let reach = to_ppm(1.0 / (1.0 + count(shown.iter())));
    let goals = catalog.goals;
    let parts = [goals.usefulness.of(usefulness), goals.margin.of(offer.margin), goals.reach.of(reach)];
    let score = Ppm::new(parts.iter().map(|part| part.parts()).sum());
    Ranked { priced, usefulness, score }
}

/// Returns the expected usefulness: the mean of a Beta posterior, moved in log-odds by the two strongest reasons.
fn usefulness(offer: &Offer, standing: Standing, ignored: f64, because: &[Reason]) -> f64 {
    let (useful, useless) = posterior(offer.prior, standing, ignored);
    let mean = useful / (useful + useless);
    let fit: f64 = because.iter().take(2).map(|reason| reason.strength()).sum();
    let odds = libm::log(mean / (1.0 - mean)) + fit;
    1.0 / (1.0 + libm::exp(-odds))
}

/// Returns the parameters of the Beta posterior: the catalog's prior, this shopper's replies, and silences.
fn posterior(prior: Prior, standing: Standing, ignored: f64) -> (f64, f64) {
    let (mean, weight) = (from_ppm(prior.mean).clamp(0.001, 0.999), f64::from(prior.weight.max(1)));
    let useful = f64::from(standing.useful) / 1_000.0;
    let useless = f64::from(standing.useless) / 1_000.0 + IGNORED * ignored;
    (mean * weight + useful, (1.0 - mean) * weight + useless)
}

/// No answer is no refusal until so much time has passed; then it counts as half a one, as a dismissal does.
/// Source of the time: the shared yardstick "learning", whose replies come within 14 days.
const ANSWER_TIME: Span = Span::days(14);
const IGNORED: f64 = 0.5;

fn is_ignored(shown: &Impression, now: &Now) -> bool {
    shown.reply.is_none() && now.is_past(shown.at.after(ANSWER_TIME))
}

fn count<T>(entries: impl Iterator<Item = T>) -> f64 {
    f64::from(u32::try_from(entries.count()).unwrap_or(u32::MAX))
}

/// Cost added by each message of the last day, each refusal of the last week and each ignored message of the last quarter,
/// in shares of the catalog's cost. Assumptions, to be trained in simulation.
const PER_MESSAGE: f64 = 0.5;
const PER_REFUSAL: f64 = 1.0;
const PER_IGNORED: f64 = 0.25;
/// Factors for a person who asked for something just now, who is idle, and for the dial.
const ASKED: f64 = 0.3;
const IDLE: f64 = 1.5;
const RARELY: f64 = 2.0;
const OFTEN: f64 = 0.6;

/// Returns what interrupting costs now: rises with messages, refusals and low attention, falls when help was asked for.
///
/// Saved traffic does not raise it: who pays by the megabyte is owed the same help, and gets it without the picture.
pub fn interruption_cost(catalog: &Catalog, profile: &Profile, placement: PlacementIx, now: &Now) -> Ppm {
    let recent = |window: Span| within(&profile.impressions, window, now);
    let messages = PER_MESSAGE * count(recent(Span::days(1)))
        + PER_REFUSAL * count(recent(Span::days(7)).filter(|shown| shown.reply.is_some_and(refuses)))
        + PER_IGNORED * count(recent(Span::days(90)).filter(|shown| is_ignored(shown, now)));
    let asked = asked_just_now(profile, now) || catalog.placement(placement).is_some_and(|place| place.on_request);
    let dial = match profile.dial {
        Dial::Never | Dial::Rarely => RARELY,
        Dial::Normal => 1.0,
        Dial::Often => OFTEN,
    };
    let factor = dial * if asked { ASKED } else { 1.0 } * if profile.attention.idle { IDLE } else { 1.0 };
    to_ppm(from_ppm(catalog.cadence.interruption_cost) * (1.0 + messages) * factor)
}

/// Tells whether a reply says that the interruption was not welcome.
pub fn refuses(reply: Reply) -> bool {
    reply.is_refusal()
}

/// Returns the places in `ranked` of the offers that beat `cost`, the best first.
pub fn worthwhile(ranked: &[Ranked], cost: Ppm) -> Vec<usize> {
    ranked.iter().enumerate().filter(|(_, offer)| offer.usefulness >= cost).map(|(place, _)| place).collect()
}

/// Chooses one of the worthwhile offers, and returns its place among the ranked with the exact probability of that choice.
///
/// The best one, or with [`EXPLORATION`] any of them alike: of k worthwhile offers the best has the propensity
/// 1 - e + e / k and each other e / k. `None` where no offer is worth it. Cost: none that grows with k.
pub fn choose(worthwhile: &[usize], seed: &mut Seed) -> Option<(usize, Ppm)> {
    let count = u32::try_from(worthwhile.len()).ok()?;
    let best = *worthwhile.first()?;
    let each = EXPLORATION.parts() / count;
    let tries = seed.happens(EXPLORATION);
    let pick = seed.below(count);
    let chosen = if tries { usize::try_from(pick).ok().and_then(|pick| worthwhile.get(pick).copied()) } else { None };
    let place = chosen.unwrap_or(best);
    Some((place, Ppm::new(if place == best { 1_000_000 - each * (count - 1) } else { each })))
}

/// Returns the exact probability with which each of the worthwhile offers is [chosen](choose), in their order.
pub fn chances(worthwhile: &[usize]) -> impl Iterator<Item = (usize, Ppm)> {
    let count = u32::try_from(worthwhile.len()).unwrap_or(u32::MAX).max(1);
    let each = EXPLORATION.parts() / count;
    let best = Ppm::new(1_000_000 - each * (count - 1));
    worthwhile.iter().enumerate().map(move |(nth, place)| (*place, if nth == 0 { best } else { Ppm::new(each) }))
}

#[cfg(test)]
mod tests;
