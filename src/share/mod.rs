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
/// Empirical Bayes with a normal model; how far the catalog is off between offers is estimated by moments (DerSimonian, Laird,
/// "Meta-analysis in clinical trials", 1986, with the catalog's belief in the place of the common mean). What cannot be told
/// apart from the noise stays as it was believed.
pub fn believe(offers: &[(f64, Estimate)]) -> impl Iterator<Item = f64> {
    let sum = |of: fn(&(f64, Estimate)) -> f64| offers.iter().map(of).sum::<f64>();
    let weight = sum(|(_, measured)| precision(measured));
    let misfit = sum(|(believed, measured)| precision(measured) * square(measured.share - believed));
    let offs = if weight > 0.0 { ((misfit - sum(|_| 1.0)) / weight).max(0.0) } else { 0.0 };
    offers.iter().map(move |(believed, measured)| {
        let pull = offs / (offs + square(measured.error).max(1e-9));
        believed + pull * (measured.share - believed)
    })
}

fn precision(measured: &Estimate) -> f64 {
    1.0 / square(measured.error).max(1e-9)
}

fn square(number: f64) -> f64 {
    number * number
}

#[cfg(test)]
mod tests;
