//! Lapsed favourites: products of good times that somebody used to buy and might be glad to meet again.
//!
//! Tact: only from the shopper's own purchases, never young, never from a sensitive category, never after "never again".

use alloc::vec::Vec;

use super::to_ppm;
use crate::catalog::Catalog;
use crate::product::{CategoryIx, ProductIx};
use crate::profile::{Habit, Profile};
use crate::value::{Key, Local, Ppm, order};

/// Most memories that a moment lists.
pub const MOST: usize = 4;
/// Bought on so many days, over so many days: a favourite. Source: shared yardstick "comeback", tightened for memory.
const FAVOURITE_DAYS: u16 = 3;
const FAVOURITE_SPAN: i32 = 21;
/// A memory is at least so old, days.
const MINIMUM_AGE: i32 = 90;
/// Bought again in the same month of the year, it resonates this much more.
const RESONANCE: f64 = 1.5;

/// A lapsed favourite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Which product.
    pub product: ProductIx,
    /// Its category.
    pub category: CategoryIx,
    /// The last day it was bought, local, since 1970-01-01.
    pub last: i32,
    /// Days on which it was bought.
    pub purchases: u16,
    /// Attachment x lapse x resonance: how welcome it might be.
    pub score: Ppm,
}

/// Returns the memories, dearest first. Cost: one pass over the product habits.
pub fn all(catalog: &Catalog, profile: &Profile, today: Local) -> Vec<Memory> {
    let memories = profile
        .products
        .0
        .iter()
        .filter(|(key, habit)| lapsed(habit, today) && !profile.is_never(*key))
        .filter_map(|(key, habit)| memory(catalog, profile, *key, habit, today));
    order::least(memories, MOST, |memory| memory.score.complement().parts().into())
}

fn lapsed(habit: &Habit, today: Local) -> bool {
    let silent = i64::from(today.day) - i64::from(habit.last);
    // Silent for two and a half of its own intervals.
    let long = habit.interval_days().is_some_and(|interval| 2 * silent >= 5 * i64::from(interval));
    let favourite = habit.days >= FAVOURITE_DAYS && habit.last - habit.first >= FAVOURITE_SPAN;
    favourite && long && silent >= i64::from(MINIMUM_AGE)
}

fn memory(catalog: &Catalog, profile: &Profile, key: Key, habit: &Habit, today: Local) -> Option<Memory> {
    let place = catalog.product_by_key(key)?;
    let product = catalog.product(place)?;
    let kind = catalog.category(product.category)?;
    let tactful = !kind.sensitive && !profile.is_never(kind.key) && product.age_limit == 0;
    tactful.then(|| Memory {
        product: place,
        category: product.category,
        last: habit.last,
        purchases: habit.days,
        score: welcome(habit, today),
    })
}

/// Returns how welcome a lapsed favourite might be: attachment grows with the purchases, longing fades over about three
/// years, the same month of the year resonates.
pub fn welcome(habit: &Habit, today: Local) -> Ppm {
    let days = f64::from(habit.days);
    let attachment = days / (days + 4.0);
    let years = f64::from(today.day - habit.last) / 365.0;
    let fading = libm::exp(-years / 3.0);
    let same_month = habit.months & (1 << (today.month.clamp(1, 12) - 1)) != 0;
    to_ppm(attachment * fading * if same_month { RESONANCE } else { 1.0 } / RESONANCE)
}
