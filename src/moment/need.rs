//! What a household will likely want next, from its own purchases shrunk to what is usual in the category.

use alloc::vec::Vec;

use super::to_ppm;
use crate::catalog::Catalog;
use crate::product::CategoryIx;
use crate::profile::Profile;
use crate::value::{Local, Ppm, order};

/// Most needs that a moment lists.
pub const MOST: usize = 8;
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
    /// Probability of a purchase within seven days.
    pub within_week: Ppm,
}

/// Returns the need for `category`; `None` where it was never bought, or not for so long that they stopped.
pub fn of(catalog: &Catalog, profile: &Profile, category: CategoryIx, today: Local) -> Option<Need> {
    let kind = catalog.category(category)?;
    let habit = profile.categories.get(kind.key)?;
    let usual = i32::try_from(kind.interval.whole_minutes() / 1_440).ok()?.max(1);
    let gaps = i32::from(habit.days) - 1;
    let interval = (PRIOR_GAPS * usual + gaps * habit.interval_days().unwrap_or(usual)) / (PRIOR_GAPS + gaps);
    let silent = today.day.saturating_sub(habit.last);
    if silent > STOPPED_DAYS.max(STOPPED_INTERVALS * interval) {
        return None;
    }
    let interval = interval.max(1);
    Some(Need { category, in_days: interval - silent.max(0), within_week: within_week(interval, silent) })
}

/// Returns the probability of a purchase within seven days: a Poisson process of the shrunk rate, doubted after two
/// silent intervals (a long silence mostly means that the person stopped).
fn within_week(interval: i32, silent: i32) -> Ppm {
    let due = 1.0 - libm::exp(-7.0 / f64::from(interval));
    let doubt = (2.0 * f64::from(interval) / f64::from(silent.max(1))).min(1.0);
    to_ppm(due * doubt * doubt)
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
