//! What a household will likely want next, from its own purchases shrunk to what is usual in the category.

use alloc::vec::Vec;

use super::to_ppm;
use crate::catalog::{Catalog, Category, NeedOdds};
use crate::product::CategoryIx;
use crate::profile::habit::{FADES, WHOLE};
use crate::profile::{Habit, Profile};
use crate::value::{Local, Ppm, order};

/// Most needs that a moment lists.
pub const MOST: usize = 8;
/// Longest usual interval, days.
const LONGEST_DAYS: i32 = 730;
/// How many own gaps the category's usual interval is worth.
const PRIOR_GAPS: i32 = 2;
/// A silence of so many intervals, and of so many days at least, means that they stopped.
const STOPPED_INTERVALS: i32 = 3;
const STOPPED_DAYS: i32 = 60;

/// What is due within so many days is listed.
const SOON_DAYS: i32 = 14;

/// One category that will be wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// Which.
    pub category: CategoryIx,
    /// In how many days, as the mean interval after the last purchase says; below 0 where that is past.
    pub in_days: i32,
    /// Probability of a purchase within seven days, from how often they buy it and shop at all.
    pub within_week: Ppm,
}

/// Returns the need for `category`; `None` where it was never bought, or not for so long that they stopped.
pub fn of(catalog: &Catalog, profile: &Profile, category: CategoryIx, today: Local) -> Option<Need> {
    let kind = catalog.category(category)?;
    let habit = profile.categories.get(kind.key)?;
    let usual = usual_days(kind);
    let gaps = i32::from(habit.days) - 1;
    let interval = (PRIOR_GAPS * usual + gaps * habit.interval_days().unwrap_or(usual)) / (PRIOR_GAPS + gaps);
    let silent = today.day.saturating_sub(habit.last);
    if silent > STOPPED_DAYS.max(STOPPED_INTERVALS * interval) {
        return None;
    }
    let in_days = interval.max(1) - silent.max(0);
    Some(Need { category, in_days, within_week: within(catalog, profile, category, today, 7) })
}

/// Returns how many days one purchase usually lasts.
pub fn usual_days(kind: &Category) -> i32 {
    i32::try_from(kind.interval.whole_minutes() / 1_440).unwrap_or(i32::MAX).clamp(1, LONGEST_DAYS)
}

/// Returns the probability that `category` is bought within `days` days, today the first of them; 0 where they never
/// bought it. It rises with the days, at the rate of the first week.
pub fn within(catalog: &Catalog, profile: &Profile, category: CategoryIx, today: Local, days: u8) -> Ppm {
    let Some(kind) = catalog.category(category) else { return Ppm::ZERO };
    let Some(habit) = profile.categories.get(kind.key) else { return Ppm::ZERO };
    let known = Evidence {
        habit: *habit,
        shopping: profile.shopping,
        usual: usual_days(kind),
        share: catalog.need.share(category),
        today: today.day,
    };
    let clues = clues(&known);
    let odds = f64::from(catalog.need.before)
        + clues.iter().zip(catalog.need.clues).map(|(clue, odds)| clue * f64::from(odds)).sum::<f64>();
    // NOTE: the chance of no purchase, 1/(1 + e^odds), to the power of the weeks.
    let none = libm::exp(-libm::log(1.0 + libm::exp(odds / 1_000.0)) * f64::from(days) / 7.0);
    to_ppm(1.0 - none)
}

/// What is known of a household's purchases of one thing.
#[derive(Clone, Copy, Debug)]
pub struct Evidence {
    /// Their own purchases of it; no days where there are none.
    pub habit: Habit,
    /// The days on which they bought anything.
    pub shopping: Habit,
    /// How many days one purchase usually lasts.
    pub usual: i32,
    /// Share of all shopping days on which anybody buys it, 1/65 536.
    pub share: u16,
    /// The day that is asked about, local, since 1970-01-01.
    pub today: i32,
}

/// Returns what the [odds](crate::catalog::NeedOdds) weigh, in the order of [`CLUES`](crate::catalog::need::CLUES).
///
/// The personal share is shrunk to that of anybody, which counts as two shopping days; the interval to the usual one,
/// which counts as two gaps.
pub fn clues(known: &Evidence) -> [f64; NeedOdds::CLUES] {
    let Evidence { habit, shopping, usual, share, today } = known;
    let (usual, share, today) = (*usual, *share, *today);
    let anybody = f64::from(share.max(1)) / 65_536.0;
    let since = |habit: &Habit| f64::from(today.saturating_sub(habit.last).max(1));
    let age = f64::from(today.saturating_sub(shopping.first).max(0)) + 7.0;
    let whole = |count| f64::from(count) / f64::from(WHOLE);
    let (bought, shopped) = (habit.faded(today).map(whole), shopping.faded(today).map(whole));
    let mut own = [0.0; 4];
    let counts = bought.into_iter().zip(shopped).zip(FADES.map(f64::from));
    for (pair, ((bought, shopped), fades)) in own.as_chunks_mut::<2>().0.iter_mut().rev().zip(counts) {
        let rate = shopped / (fades * (1.0 - libm::exp(-age / fades)));
        let share = (bought + 2.0 * anybody) / (shopped + 2.0);
        *pair = [libm::log(share), libm::log(rate * 7.0 + 0.15)];
    }
    let [share, week, share_now, week_now] = own;
    let gaps = f64::from(habit.days.max(1)) - 1.0;
    let interval = (2.0 * f64::from(usual) + f64::from(habit.last.saturating_sub(habit.first))) / (2.0 + gaps);
    let silence = libm::log(since(habit) / interval).clamp(-4.0, 3.0);
    let late = silence.max(0.0);
    let shop = libm::log(since(shopping));
    [share, share_now, week, week_now, silence, late * late, shop, share * share, share * week, week * week]
}

/// Returns what is due within two weeks, soonest first.
pub fn all(catalog: &Catalog, profile: &Profile, today: Local) -> Vec<Need> {
    let needs = (0..)
        .map(CategoryIx)
        .zip(&catalog.categories)
        .filter(|(_, kind)| !kind.sensitive)
        .filter_map(|(category, _)| of(catalog, profile, category, today))
        .filter(|need| need.in_days <= SOON_DAYS);
    order::least(needs, MOST, |need| order::signed(need.in_days.into()))
}
