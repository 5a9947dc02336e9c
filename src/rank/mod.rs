//! Which of the offers that may be shown helps most, and is it worth an interruption?
//!
//! Usefulness is a belief about this person, learned from replies ([`taste`]), put to what speaks for the offer in this
//! moment ([`clues`]). The other side of the scale is the cost of interrupting this person now. Which of the worthwhile
//! offers is taken, and with what propensity, [`choice`] says.

pub mod chance;
pub mod choice;
pub mod clues;
pub mod reason;
pub mod taste;

use alloc::vec::Vec;

pub use reason::{About, Because, Reason};

use crate::cadence::{asked_just_now, within};
use crate::catalog::{Catalog, Goals, Kind, Offer, OfferIx, PlacementIx};
use crate::moment::{from_ppm, to_ppm};
use crate::profile::{Grounds, Impression, Profile};
use crate::savings::Savings;
use crate::signal::{Dial, Reply};
use crate::value::{Key, Now, Ppm, Span, order};
use chance::Belief;
use choice::{Draws, Stake, WIDTH};

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
    /// On what grounds it is shown.
    pub grounds: Grounds,
}

/// How useful an offer is expected to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usefulness {
    /// Expected share of useful impressions.
    pub expected: Ppm,
    /// How far from it the share may lie: a standard deviation.
    pub spread: Ppm,
}

impl Usefulness {
    fn of(belief: Belief) -> Self {
        let chance = belief.chance();
        Self { expected: to_ppm(chance), spread: to_ppm(belief.spread(chance)) }
    }
}

/// A priced offer with its worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranked {
    /// The offer.
    pub priced: Priced,
    /// Expected share of useful impressions.
    pub usefulness: Ppm,
    /// How far from it the share may lie: a standard deviation.
    pub spread: Ppm,
    /// Usefulness, margin and reach as the goals weigh them.
    pub score: Ppm,
}

/// Returns the offers, best first; equals keep the catalog's priority.
pub fn rank(worths: &[Ranked]) -> Vec<Ranked> {
    let best_first = |ranked: &&Ranked| ranked.score.complement().parts().into();
    order::least(worths.iter(), worths.len(), best_first).into_iter().copied().collect()
}

/// Weighs one offer by how useful it is expected to be; it was shown `times` times. A recall is worth all there is, without a
/// doubt.
pub fn worth(goals: Goals, expected: Usefulness, offer: &Offer, priced: Priced, times: usize) -> Ranked {
    if offer.is_recall() {
        return Ranked { priced, usefulness: Ppm::ONE, spread: Ppm::ZERO, score: Ppm::ONE };
    }
    let Usefulness { expected: usefulness, spread } = expected;
    let reach = to_ppm(1.0 / (1.0 + f64::from(u32::try_from(times).unwrap_or(u32::MAX))));
    let parts = [goals.usefulness.of(usefulness), goals.margin.of(offer.margin), goals.reach.of(reach)];
    let score = Ppm::new(parts.iter().map(|part| part.parts()).sum());
    Ranked { priced, usefulness, spread, score }
}

/// Draws from those that are worth `cost`.
pub fn draws(goals: Goals, device: Key, ranked: &[Ranked], cost: Ppm) -> Draws {
    let stake = |ranked: &Ranked| {
        let of_usefulness = goals.usefulness.of(ranked.usefulness);
        Stake {
            key: ranked.priced.subject.offer,
            usefulness: from_ppm(ranked.usefulness),
            spread: from_ppm(ranked.spread),
            weight: from_ppm(goals.usefulness),
            rest: from_ppm(ranked.score) - from_ppm(of_usefulness),
        }
    };
    Draws::new(ranked.iter().map(stake), from_ppm(cost), WIDTH, device)
}

/// No answer is no refusal until so much time has passed.
/// Source of the time: the shared yardstick "learning", whose replies come within 14 days.
const ANSWER_TIME: Span = Span::days(14);

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
        + PER_REFUSAL * count(recent(Span::days(7)).filter(|shown| shown.reply.is_some_and(Reply::is_refusal)))
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

#[cfg(test)]
mod tests;
