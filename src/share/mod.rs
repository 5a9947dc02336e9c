//! What a device may tell of a finished week, and what the answers of many devices add up to.
//!
//! A report is one answer about one offer, which is drawn by chance from the same list for everybody: was it not shown, shown,
//! or shown and useful? The answer is true by chance only: with probability [`TRUTH`] it is what happened, otherwise one of the
//! three by lot. So whatever happened, no report is more than e times as likely as had anything else happened: epsilon 1 for
//! the whole report (randomised response with three answers: Warner 1965; Kairouz, Bonawitz, Ramage, "Discrete distribution
//! estimation under local privacy", ICML 2016). One offer and not several, since several would have to share that epsilon:
//! `m` offers give `m` times as many answers, each with about `m * m` times the variance.
//!
//! A device tells of at most one week in each [`PERIOD`] of four: 13 reports and so epsilon 13 in a year of 52 weeks, 14 at most
//! in any 52 weeks in a row. The schedule and what was drawn are kept by the host (`tactful/share`), so that asking again is
//! answered with the same bytes and nobody can average the noise away. Chance comes from the host, never from the
//! profile's seed. Nothing of this is in the module that a phone downloads.

use alloc::vec::Vec;
use core::fmt;

use crate::profile::Profile;
use crate::signal::{Dial, Reply};
use crate::value::{Key, Ppm, Timestamp};

/// The probability that an answer is what happened: `(e - 1) / (e + 2)`, rounded down, so that epsilon is at most 1.
pub const TRUTH: Ppm = Ppm::new(364_175);

/// Weeks of which a device tells of one, drawn by chance.
pub const PERIOD: u32 = 4;

/// Fewer answers about an offer than this tell nothing of it.
pub const LEAST: u64 = 500;

const DAY_MS: i64 = 86_400_000;

/// A week from Monday to Sunday, UTC: 0 is the one that begins on 1970-01-05.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Week(pub u32);

impl Week {
    /// Returns the week of an instant; what is earlier counts to week 0.
    pub fn of(at: Timestamp) -> Self {
        Self(u32::try_from((at.ms() - 4 * DAY_MS).div_euclid(7 * DAY_MS)).unwrap_or(0))
    }

    /// Returns its first instant.
    pub fn from(self) -> Timestamp {
        Timestamp::from_ms((i64::from(self.0) * 7 + 4) * DAY_MS)
    }

    /// Returns the week before, the newest that is over; week 0 has none.
    pub const fn before(self) -> Option<Self> {
        match self.0.checked_sub(1) {
            Some(week) => Some(Self(week)),
            None => None,
        }
    }
}

/// What came of an offer in a week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It was not shown.
    NotShown,
    /// It was shown, and nothing says that it was useful.
    Shown,
    /// It was shown, and then opened, saved, claimed, redeemed or called useful.
    Useful,
}

impl Outcome {
    /// Every outcome with its name, in the order of the codes.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::NotShown, "not_shown"), (Self::Shown, "shown"), (Self::Useful, "useful")];

    /// Returns what is remembered to have come of an offer in a week. A reply counts whenever it came.
    pub fn of(profile: &Profile, offer: Key, week: Week) -> Self {
        let shown = profile.impressions.iter().filter(|shown| shown.offer == offer && Week::of(shown.at) == week);
        let outcome = |reply: Option<Reply>| if reply.is_some_and(is_useful) { Self::Useful } else { Self::Shown };
        shown.map(|shown| outcome(shown.reply)).max().unwrap_or(Self::NotShown)
    }

    /// Returns the answer that is told where this happened. `below` draws a whole number from 0 up to its bound, without.
    #[must_use]
    pub fn blurred(self, mut below: impl FnMut(u32) -> u32) -> Self {
        if below(1_000_000) < TRUTH.parts() {
            return self;
        }
        let place = usize::try_from(below(3)).unwrap_or(0);
        Self::ALL.get(place).map_or(self, |(outcome, _)| *outcome)
    }

    /// Returns its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotShown => "not_shown",
            Self::Shown => "shown",
            Self::Useful => "useful",
        }
    }
}

const fn is_useful(reply: Reply) -> bool {
    matches!(reply, Reply::Opened | Reply::Saved | Reply::Claimed | Reply::Redeemed | Reply::Useful)
}

/// Why a device tells nothing, whatever was consented to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Untold {
    /// Global Privacy Control objects.
    Gpc,
    /// The shopper turned the dial to never.
    Dial,
}

impl fmt::Display for Untold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gpc => "Global Privacy Control objects",
            Self::Dial => "the dial is at never",
        })
    }
}

/// Returns why this device tells nothing even with consent, if so.
pub fn untold(profile: &Profile) -> Option<Untold> {
    match profile.dial {
        _ if profile.gpc => Some(Untold::Gpc),
        Dial::Never => Some(Untold::Dial),
        Dial::Rarely | Dial::Normal | Dial::Often => None,
    }
}

/// Answers about one offer, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Answers "not shown".
    pub not_shown: u64,
    /// Answers "shown".
    pub shown: u64,
    /// Answers "useful".
    pub useful: u64,
}

/// A share with its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The share. Unbiased where nothing is divided by it, and so it may lie below 0 or above 1.
    pub share: f64,
    /// Its standard error.
    pub error: f64,
}

impl Tally {
    /// Counts an answer.
    pub const fn count(&mut self, answer: Outcome) {
        match answer {
            Outcome::NotShown => self.not_shown += 1,
            Outcome::Shown => self.shown += 1,
            Outcome::Useful => self.useful += 1,
        }
    }

    /// Returns how many answers there are.
    pub const fn answers(&self) -> u64 {
        self.not_shown.saturating_add(self.shown).saturating_add(self.useful)
    }

    /// Returns the share of weeks in which the offer was shown to a device; `None` without answers.
    pub fn shown(&self) -> Option<Estimate> {
        let hidden = self.estimate(self.not_shown)?;
        Some(Estimate { share: 1.0 - hidden.share, ..hidden })
    }

    /// Returns the share of weeks in which it was shown and useful; `None` without answers.
    pub fn useful(&self) -> Option<Estimate> {
        self.estimate(self.useful)
    }

    /// Returns the share of the weeks in which it was shown that found it useful; `None` where it cannot be told that it was
    /// shown at all (less than twice the standard error).
    ///
    /// A ratio of two estimates, with the standard error of the delta method.
    pub fn usefulness(&self) -> Option<Estimate> {
        let (shown, useful) = (self.shown()?, self.useful()?);
        if shown.share <= 2.0 * shown.error {
            return None;
        }
        let share = useful.share / shown.share;
        let (all, f0, f2) = self.shares()?;
        let variance = f2 * (1.0 - f2) + share * share * f0 * (1.0 - f0) - 2.0 * share * f0 * f2;
        let error = libm::sqrt(variance.max(0.0) / all) / (truth() * shown.share);
        Some(Estimate { share, error })
    }

    /// Takes the noise out of a count of answers: `(share - (1 - TRUTH) / 3) / TRUTH`.
    fn estimate(&self, count: u64) -> Option<Estimate> {
        let all = number(self.answers());
        let share = (all > 0.0).then(|| number(count) / all)?;
        let error = libm::sqrt(share * (1.0 - share) / all) / truth();
        Some(Estimate { share: (share - (1.0 - truth()) / 3.0) / truth(), error })
    }

    /// The answers, and the shares of them that are "not shown" and "useful".
    fn shares(&self) -> Option<(f64, f64, f64)> {
        let all = number(self.answers());
        (all > 0.0).then(|| (all, number(self.not_shown) / all, number(self.useful) / all))
    }
}

fn truth() -> f64 {
    f64::from(TRUTH.parts()) / 1e6
}

/// Counts beyond four billion answers are that many.
fn number(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Returns what is to be believed of offers that were `believed` useful and then `measured`: each is moved towards what was
/// measured, by as much as the catalog was off about all of them, and by less where the noise is large.
///
/// Empirical Bayes with a normal model. How far the catalog is off is not one number estimated by moments (DerSimonian, Laird, 1986):
/// of few offers or much noise that is chance, and moves beliefs away from the truth. It is averaged over all that it may be, each
/// weighed by how well it explains what was measured and by a half-normal prior (Gelman, "Prior distributions for variance
/// parameters in hierarchical models", 2006). Costs 100 steps for each offer.
pub fn believe(offers: &[(f64, Estimate)]) -> impl Iterator<Item = f64> {
    let weighed: Vec<(f64, f64)> = (0..100).map(|step| off(f64::from(step) / 100.0, offers)).collect();
    let best = weighed.iter().fold(f64::NEG_INFINITY, |best, (_, log)| best.max(*log));
    let weighed: Vec<(f64, f64)> = weighed.into_iter().map(|(offs, log)| (offs, libm::exp(log - best))).collect();
    let all: f64 = weighed.iter().map(|(_, weight)| weight).sum();
    offers.iter().map(move |(believed, measured)| {
        let noise = noise(measured);
        let pull: f64 = weighed.iter().map(|(offs, weight)| weight * offs / (offs + noise)).sum();
        believed + pull / all * (measured.share - believed)
    })
}

/// The scale of that prior: in one catalog of three, beliefs deviate by more than this from the truth (one standard deviation).
/// Assumption.
const TYPICALLY_OFF: f64 = 0.1;

/// Returns the variance, and the logarithm of how probable it is, that the catalog is off about its offers by `off`.
fn off(off: f64, offers: &[(f64, Estimate)]) -> (f64, f64) {
    let explains = |(believed, measured): &(f64, Estimate)| {
        let variance = square(off) + noise(measured);
        libm::log(variance) + square(measured.share - believed) / variance
    };
    let explained: f64 = offers.iter().map(explains).sum();
    (square(off), -(square(off / TYPICALLY_OFF) + explained) / 2.0)
}

fn noise(measured: &Estimate) -> f64 {
    square(measured.error).max(1e-9)
}

fn square(number: f64) -> f64 {
    number * number
}

#[cfg(test)]
mod tests;
