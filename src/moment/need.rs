//! What a household will need next, from its own intervals shrunk towards the category's usual one.

use alloc::vec::Vec;

use super::{exp, to_ppm};
use crate::catalog::need::Odds;
use crate::catalog::{Catalog, Category};
use crate::product::CategoryIx;
use crate::profile::habit::{FADES, WHOLE};
use crate::profile::{Habit, Habits, Profile};
use crate::value::{Local, Ppm, order};

/// Most needs that a moment lists.
pub const MOST: usize = 8;
/// Longest usual interval, days.
const LONGEST_DAYS: i32 = 730;
/// How many own gaps the category's usual interval is worth.
const PRIOR_GAPS: i32 = 2;
/// How many shopping days the share of anybody is worth.
const PRIOR_DAYS: f64 = 2.0;
/// A silence of so many intervals, and of so many days at least, means that they stopped.
/// Source: in the shared yardstick "due", a gap over the usual one predicts *no* purchase.
const STOPPED_INTERVALS: i32 = 3;
const STOPPED_DAYS: i32 = 21;
/// Only what is due within so many days is listed.
const SOON_DAYS: i32 = 14;
/// Days of a week.
const WEEK: f64 = 7.0;

/// One category that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// Which category.
    pub category: CategoryIx,
    /// In how many days, as the mean interval after the last purchase says; below 0 where that is past.
    pub in_days: i32,
    /// Probability of a purchase within seven days, from how often they buy it and shop at all.
    pub within_week: Ppm,
}

/// What is known of all that a household buys, on one day.
///
/// Cost: one pass over its categories.
#[derive(Clone, Copy, Debug)]
pub struct Household {
    today: i32,
    /// Shopping days, each with one of the [`FADES`].
    shopped: [f64; FADES.len()],
    /// Logarithms of the shopping days in a week.
    week: [f64; FADES.len()],
    /// Logarithms of the days since they shopped, and of the different things they buy now.
    since: f64,
    things: f64,
}

impl Household {
    /// Looks at their shopping days, and at the habits of all things of one level, at the beginning of the day `today`.
    pub fn new(shopping: &Habit, things: &Habits, today: i32) -> Self {
        let shopped = faded(shopping, today);
        let age = f64::from(today.saturating_sub(shopping.first).max(0)) + WEEK;
        let mut week = shopped;
        week.iter_mut().zip(FADES.map(f64::from)).for_each(|(week, fades)| {
            let rate = *week / (fades * (1.0 - exp(-age / fades)));
            *week = libm::log(rate * WEEK + 0.15);
        });
        let things: u32 = things.0.iter().map(|(_, habit)| u32::from(habit.now(today))).sum();
        let things = f64::from(things) / f64::from(WHOLE) + 0.5;
        Self { today, shopped, week, since: silence(shopping, today), things: libm::log(things) }
    }
}

/// What is known of a household's purchases of one thing.
#[derive(Clone, Copy, Debug)]
pub struct Evidence {
    /// Their own purchases of it; no days where there are none.
    pub habit: Habit,
    /// How many days one purchase usually lasts.
    pub interval: i32,
    /// Share of all shopping days on which anybody buys it, 1/65 536.
    pub share: u16,
}

impl Evidence {
    /// Finds out what is known of a category.
    pub fn new(catalog: &Catalog, category: CategoryIx, kind: &Category, habit: Habit) -> Self {
        let usual = catalog.need.usual(category);
        let interval = if usual.interval > 0 { usual.interval.into() } else { usual_days(kind) };
        Self { habit, interval: interval.clamp(1, LONGEST_DAYS), share: usual.share }
    }

    /// Returns the mean interval, the usual one counting as two gaps.
    fn mean_interval(&self) -> i32 {
        let gaps = i32::from(self.habit.days) - 1;
        let own = self.habit.interval_days().unwrap_or(self.interval);
        (PRIOR_GAPS * self.interval + gaps * own) / (PRIOR_GAPS + gaps)
    }

    /// Returns in how many days it is due, below 0 where that is past; `None` where they stopped.
    pub fn due(&self, today: i32) -> Option<i32> {
        let (interval, silent) = (self.mean_interval(), today.saturating_sub(self.habit.last));
        let stopped = silent > STOPPED_DAYS.max(STOPPED_INTERVALS * interval);
        (!stopped).then(|| interval.max(1) - silent.max(0))
    }
}

/// Returns how many days one purchase usually lasts, as the catalog says.
pub fn usual_days(kind: &Category) -> i32 {
    i32::try_from(kind.interval.whole_minutes() / 1_440).unwrap_or(i32::MAX).clamp(1, LONGEST_DAYS)
}

/// Returns in how many days `category` is due, below 0 where that is past; `None` where the shopper has not bought it
/// or stopped.
pub fn due_in(catalog: &Catalog, profile: &Profile, category: CategoryIx, today: Local) -> Option<i32> {
    let kind = catalog.category(category)?;
    Evidence::new(catalog, category, kind, *profile.categories.get(kind.key)?).due(today.day)
}

/// Returns the probability that `category` is bought within `days` days, today the first of them; 0 where they never
/// bought it. It rises with the days, at the rate of the first week.
pub fn within(catalog: &Catalog, profile: &Profile, category: CategoryIx, today: Local, days: u8) -> Ppm {
    let Some(kind) = catalog.category(category) else { return Ppm::ZERO };
    let Some(habit) = profile.categories.get(kind.key) else { return Ppm::ZERO };
    let known = Evidence::new(catalog, category, kind, *habit);
    let household = Household::new(&profile.shopping, &profile.categories, today.day);
    chance(&catalog.need.due, &household, &known, f64::from(days) / WEEK)
}

/// Returns the probability that it happens within `times` as long as the odds are about.
pub fn chance(odds: &Odds, household: &Household, known: &Evidence, times: f64) -> Ppm {
    let clues = clues(household, known);
    let sum =
        f64::from(odds.before) + clues.iter().zip(odds.clues).map(|(clue, odds)| clue * f64::from(odds)).sum::<f64>();
    // NOTE: the chance of none, 1/(1 + e^sum), to the power of the times.
    let none = exp(-libm::log(1.0 + exp(sum / 1_000.0)) * times);
    to_ppm(1.0 - none)
}

/// Returns what the odds weigh, in the order of [`CLUES`](crate::catalog::need::CLUES).
///
/// The personal share is shrunk to that of anybody, which counts as two shopping days; the interval to the usual one,
/// which counts as two gaps.
pub fn clues(household: &Household, known: &Evidence) -> [f64; Odds::CLUES] {
    let (Household { today, since: shop, things, .. }, habit) = (*household, &known.habit);
    let anybody = f64::from(known.share.max(1)) / 65_536.0;
    let mut shares = faded(habit, today);
    shares.iter_mut().zip(household.shopped).for_each(|(bought, shopped)| {
        *bought = libm::log((*bought + PRIOR_DAYS * anybody) / (shopped + PRIOR_DAYS));
    });
    let ([share_now, share], [week_now, week]) = (shares, household.week);
    let gaps = f64::from(habit.days.max(1)) - 1.0;
    let own = f64::from(habit.last.saturating_sub(habit.first));
    let interval = (f64::from(PRIOR_GAPS) * f64::from(known.interval) + own) / (f64::from(PRIOR_GAPS) + gaps);
    let since = silence(habit, today);
    let gap = (since - libm::log(interval)).clamp(-4.0, 3.0);
    let (late, days) = (gap.max(0.0), libm::log(gaps + 1.0));
    let (squares, anybody) = ([share * share, share * week, week * week], libm::log(anybody));
    let [shares, both, weeks] = squares;
    [share, share_now, week, week_now, gap, late * late, shop, shares, both, weeks, anybody, since, days, things]
}

fn faded(habit: &Habit, today: i32) -> [f64; FADES.len()] {
    habit.faded(today).map(|count| f64::from(count) / f64::from(WHOLE))
}

/// Returns the logarithm of the days since the last purchase, one at least.
fn silence(habit: &Habit, today: i32) -> f64 {
    libm::log(f64::from(today.saturating_sub(habit.last).max(1)))
}

/// Returns what is due within two weeks, soonest first; nothing sensitive, and nothing that they want no more of.
///
/// Cost: one pass over the categories, each a binary search in the habits, and the chances of those that are listed.
pub fn all(catalog: &Catalog, profile: &Profile, household: &Household, today: Local) -> Vec<Need> {
    let kinds = (0..).map(CategoryIx).zip(&catalog.categories);
    let kinds = kinds.filter(|(_, kind)| !kind.sensitive && !profile.is_never(kind.key));
    let soon = kinds.filter_map(|(category, kind)| {
        let known = Evidence::new(catalog, category, kind, *profile.categories.get(kind.key)?);
        let in_days = known.due(today.day).filter(|days| *days <= SOON_DAYS)?;
        Some((category, known, in_days))
    });
    let soonest = order::least(soon, MOST, |(.., in_days)| order::signed((*in_days).into()));
    let chance = |known: &Evidence| chance(&catalog.need.due, household, known, 1.0);
    let need = |(category, known, in_days)| Need { category, in_days, within_week: chance(&known) };
    soonest.into_iter().map(need).collect()
}
