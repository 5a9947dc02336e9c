//! What a household will likely want next, from its own purchases shrunk to what is usual in the category.

use alloc::vec::Vec;

use super::to_ppm;
use crate::catalog::Catalog;
use crate::product::CategoryIx;
use crate::profile::Profile;
use crate::value::{Ppm, Span, Timestamp, order};

/// Most needs that a moment lists.
pub const MOST: usize = 8;
/// How many own gaps the category's usual interval is worth.
const PRIOR_GAPS: i32 = 2;
/// A silence of so many intervals, and of so many days at least, means that they stopped.
const STOPPED_INTERVALS: i32 = 3;
const STOPPED_DAYS: i32 = 60;

/// One category that will be wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// Which.
    pub category: CategoryIx,
    /// When, as the mean interval after the last purchase says; may lie in the past.
    pub due: Timestamp,
    /// Probability of a purchase within seven days.
    pub within_week: Ppm,
}

/// Returns the need for `category`; `None` where it was never bought, or not for so long that they stopped.
pub fn of(catalog: &Catalog, profile: &Profile, category: CategoryIx, now: Timestamp) -> Option<Need> {
    let kind = catalog.category(category)?;
    let habit = profile.categories.get(kind.key)?;
    let usual = i32::try_from(kind.interval.whole_minutes() / 1_440).ok()?.max(1);
    let gaps = i32::from(habit.days) - 1;
    let interval = (PRIOR_GAPS * usual + gaps * habit.interval_days().unwrap_or(usual)) / (PRIOR_GAPS + gaps);
    let silent = catalog.local(now).day - habit.last;
    if silent > STOPPED_DAYS.max(STOPPED_INTERVALS * interval) {
        return None;
    }
    let ahead = Span::days(u32::try_from(interval.max(1)).ok()?);
    let back = Span::days(u32::try_from(silent.max(0)).ok()?);
    Some(Need { category, due: now.before(back).after(ahead), within_week: within_week(interval.max(1), silent) })
}

/// Returns the probability of a purchase within seven days: a Poisson process of the shrunk rate, doubted after two
/// silent intervals (a long silence mostly means that the person stopped).
fn within_week(interval: i32, silent: i32) -> Ppm {
    let due = 1.0 - libm::exp(-7.0 / f64::from(interval));
    let doubt = (2.0 * f64::from(interval) / f64::from(silent.max(1))).min(1.0);
    to_ppm(due * doubt * doubt)
}

/// Returns what is due within two weeks, soonest first.
pub fn all(catalog: &Catalog, profile: &Profile, now: Timestamp) -> Vec<Need> {
    let soon = now.after(Span::days(14));
    let needs = (0..)
        .map(CategoryIx)
        .zip(&catalog.categories)
        .filter(|(_, kind)| !kind.sensitive)
        .filter_map(|(category, _)| of(catalog, profile, category, now))
        .filter(|need| need.due <= soon);
    order::least(needs, MOST, |need| order::signed(need.due.ms()))
}
