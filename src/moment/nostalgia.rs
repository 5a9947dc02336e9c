//! Memories of good times: what somebody used to buy and might be glad to meet again, and the fact that it is remembered by.
//!
//! Tact: only from the shopper's own purchases; never young; never from a sensitive category or what only adults may buy;
//! never after "never again", which may be said of a product, a category, an occasion or all memories. A fact says what
//! they did and when, not what they felt.

use alloc::vec::Vec;

use super::need::{Evidence, Household, chance};
use super::{from_ppm, to_ppm};
use crate::catalog::{Catalog, Occasion};
use crate::product::{CategoryIx, ProductIx};
use crate::profile::habit::Calendar;
use crate::profile::{Habit, Profile};
use crate::signal::Matter;
use crate::value::{Key, Local, Ppm, order};

/// Most memories that a moment lists.
pub const MOST: usize = 4;
/// Of so many that they bought most often the scores are weighed.
const WEIGHED: usize = 16;
/// Bought on so many days, over so many days: a favourite. Source: shared yardstick "comeback", tightened for memory.
const FAVOURITE_DAYS: u16 = 3;
const FAVOURITE_SPAN: i32 = 21;
/// What is bought for an occasion is bought in so many days before it. An assumption.
const BEFORE_OCCASION: i32 = 14;
/// Bought for the first time so many days after the first purchase that is known, it was new to them.
const SETTLED: i32 = 60;
/// "This week" is so many days around the same date.
const SAME_WEEK: i32 = 3;
/// A memory of this time of the year is so much more welcome. An assumption.
const RESONANCE: f64 = 1.5;
/// What is bought once a year shows as much attachment as so many purchases of what is bought all year. An assumption.
const ONCE_A_YEAR: f64 = 4.0;

/// Something that they might be glad to be reminded of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Which product.
    pub product: ProductIx,
    /// Its category.
    pub category: CategoryIx,
    /// The first day it was bought, local, since 1970-01-01.
    pub first: i32,
    /// The last day.
    pub last: i32,
    /// Days on which it was bought.
    pub purchases: u16,
    /// What it is remembered by.
    pub recall: Recall,
    /// How welcome it might be.
    pub score: Ppm,
}

/// What something is remembered by: a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recall {
    /// Bought again and again, and not any more.
    Lapsed,
    /// Bought for the last time in this week of the year, so many years ago.
    YearsAgo(u8),
    /// Bought for the first time in this week of the year, so many years ago.
    FirstBought(u8),
    /// Bought in this month (1 to 12) of at least two years in a row, until the last.
    EveryYear(u8),
    /// Bought around the occasion at this place in the catalog, the last time in this year.
    Around(u8, i32),
}

impl Recall {
    /// Returns the name of what it is remembered by.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lapsed => "lapsed",
            Self::YearsAgo(_) => "years_ago",
            Self::FirstBought(_) => "first_bought",
            Self::EveryYear(_) => "every_year",
            Self::Around(..) => "around",
        }
    }
}

impl Memory {
    /// Returns the occasion around which it was bought.
    pub fn occasion<'a>(&self, catalog: &'a Catalog) -> Option<&'a Occasion> {
        match self.recall {
            Recall::Around(place, _) => catalog.occasions.get(usize::from(place)),
            _ => None,
        }
    }

    /// Returns the year that the fact is of, the last one where there are several.
    pub fn year(&self) -> i32 {
        match self.recall {
            Recall::Around(_, year) => year,
            Recall::FirstBought(_) => Local::of_day(self.first).year,
            _ => Local::of_day(self.last).year,
        }
    }
}

/// Returns the memories, dearest first.
///
/// Cost: one pass over the product habits, the occasions that are near, and the chances of 16 memories.
pub fn all(catalog: &Catalog, profile: &Profile, household: &Household, today: Local) -> Vec<Memory> {
    if profile.is_never(Matter::Memories.key()) {
        return Vec::new();
    }
    let near = coming(catalog, profile, today);
    let recalled = profile.products.0.iter().filter(|(key, _)| !profile.is_never(*key));
    let memories = recalled.filter_map(|(key, habit)| {
        let recall = recall(catalog, profile, (habit, today), &near)?;
        memory(catalog, profile, (*key, *habit), recall).map(|memory| (memory, *habit))
    });
    let dearest = order::least(memories, WEIGHED, |(memory, habit)| later(attachment(habit, memory.recall)));
    let scored = dearest.into_iter().map(|(memory, habit)| {
        let score = score(catalog, household, (&memory, habit));
        Memory { score, ..memory }
    });
    order::least(scored, MOST, |memory| later(memory.score))
}

/// Returns a key by which the larger share comes first.
fn later(share: Ppm) -> u64 {
    share.complement().parts().into()
}

fn memory(catalog: &Catalog, profile: &Profile, (key, habit): (Key, Habit), recall: Recall) -> Option<Memory> {
    let place = catalog.product_by_key(key)?;
    let product = catalog.product(place)?;
    let kind = catalog.category(product.category)?;
    let tactful = !kind.sensitive && !profile.is_never(kind.key) && product.age_limit == 0;
    let (Habit { first, last, days: purchases, .. }, score) = (habit, Ppm::ZERO);
    tactful.then_some(Memory { product: place, category: product.category, first, last, purchases, recall, score })
}

/// An occasion that is on or comes soon: its place, and the halves of months of its earlier times, the latest last.
type Coming = (u8, Vec<Half>);

/// A half of a month of a year, and the end of the time that it belongs to.
#[derive(Clone, Copy)]
struct Half {
    year: i32,
    half: usize,
    until: i32,
}

/// Returns the occasions of today and of the days to come, but for those that they do not want to be reminded of.
fn coming(catalog: &Catalog, profile: &Profile, today: Local) -> Vec<Coming> {
    let mut near = Vec::new();
    for (place, occasion) in (0..).zip(&catalog.occasions) {
        let next = occasion.times.partition_point(|(_, until)| *until <= today.day);
        let soon = |from: &i32| from.saturating_sub(BEFORE_OCCASION) <= today.day;
        if occasion.times.get(next).is_some_and(|(from, _)| soon(from)) && !profile.is_never(occasion.key) {
            near.push((place, halves(occasion.times.get(..next).unwrap_or_default())));
        }
    }
    near
}

/// Returns the halves of months in which these times lie, or the days before them, each once for every time.
fn halves(times: &[(i32, i32)]) -> Vec<Half> {
    let mut halves: Vec<Half> = Vec::new();
    for &(from, until) in times.iter().rev().take(Calendar::YEARS).rev() {
        let mut day = from.saturating_sub(BEFORE_OCCASION);
        while day < until.min(from.saturating_add(366)) {
            let on = Local::of_day(day);
            let (year, half) = (on.year, Calendar::half(on));
            if halves.last().is_none_or(|last| (last.year, last.half, last.until) != (year, half, until)) {
                halves.push(Half { year, half, until });
            }
            // To the first day of the second half, or to the last that every second half has, and day by day from there.
            let next = if on.day_of_month < 16 { 16 } else { 28 };
            day = day.saturating_add(i32::from(next - on.day_of_month.min(next)).max(1));
        }
    }
    halves
}

/// Returns what a product is remembered by: the first of these facts that is one, the most telling first.
fn recall(catalog: &Catalog, profile: &Profile, (habit, today): (&Habit, Local), near: &[Coming]) -> Option<Recall> {
    let silent = today.day.saturating_sub(habit.last);
    let age = i32::try_from(catalog.cadence.memory_age.whole_minutes() / 1_440).unwrap_or(i32::MAX);
    if silent < age {
        return first_bought(profile, habit, today).filter(|_| is_favourite(habit));
    }
    let lapsed = is_favourite(habit) && has_lapsed(habit, silent);
    let around = || near.iter().find_map(|coming| around(habit, coming, today.day.saturating_sub(age)));
    let years_ago = || years_since(habit.last, today).filter(|_| lapsed).map(Recall::YearsAgo);
    every_year(habit, today).or_else(around).or_else(years_ago).or(lapsed.then_some(Recall::Lapsed))
}

fn is_favourite(habit: &Habit) -> bool {
    habit.days >= FAVOURITE_DAYS && habit.last.saturating_sub(habit.first) >= FAVOURITE_SPAN
}

/// Silent for two and a half of its own intervals.
fn has_lapsed(habit: &Habit, silent: i32) -> bool {
    habit.interval_days().is_some_and(|interval| 2 * i64::from(silent) >= 5 * i64::from(interval))
}

/// Bought around the occasion at an earlier time that was over on the day `before`, and as often then as otherwise.
fn around(habit: &Habit, (occasion, halves): &Coming, before: i32) -> Option<Recall> {
    let last = habit.year();
    let bought = |at: &&Half| at.until <= before && habit.calendar.has(at.half, last.saturating_sub(at.year));
    let (mut count, mut until) = (0, None);
    for at in halves.iter().filter(bought) {
        (count, until) = (count + 1, Some(at.until));
    }
    let shown = habit.days > 1 && 2 * count >= habit.calendar.count();
    until.filter(|_| shown).map(|until| Recall::Around(*occasion, Local::of_day(until.saturating_sub(1)).year))
}

/// Bought in this month in at least two years in a row up to the last, and hardly in others.
fn every_year(habit: &Habit, today: Local) -> Option<Recall> {
    let half = usize::from(today.month.max(1) - 1) * 2;
    let of_month = [half, half + 1].map(|half| habit.calendar.years(half));
    let in_month: u32 = of_month.iter().map(|years| years.count_ones()).sum();
    let years = of_month.iter().fold(0, |all, years| all | years);
    let hardly_else = 2 * in_month > habit.calendar.count();
    (years.trailing_ones() > 1 && hardly_else).then_some(Recall::EveryYear(today.month))
}

/// Bought for the first time in this week of another year, when they had long been known.
fn first_bought(profile: &Profile, habit: &Habit, today: Local) -> Option<Recall> {
    let was_new = habit.first.saturating_sub(profile.shopping.first) >= SETTLED;
    years_since(habit.first, today).filter(|_| was_new).map(Recall::FirstBought)
}

/// Returns how many years ago a day was that lies in this week of the year; a year has 365.25 days.
fn years_since(day: i32, today: Local) -> Option<u8> {
    let quarters = i64::from(today.day) * 4 - i64::from(day) * 4;
    let years = (quarters + 730).div_euclid(1_461);
    let off = (quarters - years * 1_461).abs();
    u8::try_from(years).ok().filter(|years| *years > 0 && off <= i64::from(SAME_WEEK) * 4)
}

/// Returns how dear something is to them, cheaply: it grows with the purchases.
fn attachment(habit: &Habit, recall: Recall) -> Ppm {
    let once_a_year = matches!(recall, Recall::EveryYear(_) | Recall::Around(..));
    let days = f64::from(habit.days) * if once_a_year { ONCE_A_YEAR } else { 1.0 };
    to_ppm(days / (days + 4.0))
}

/// Returns how welcome a memory might be: the probability that they come back to a lapsed favourite within eight weeks,
/// raised in its week of the year; of what is bought once a year, and of what they still buy, how dear it is to them.
fn score(catalog: &Catalog, household: &Household, (memory, habit): (&Memory, Habit)) -> Ppm {
    let resonance = match memory.recall {
        Recall::Lapsed => 1.0,
        Recall::YearsAgo(_) => RESONANCE,
        _ => return attachment(&habit, memory.recall),
    };
    let Some(kind) = catalog.category(memory.category) else { return Ppm::ZERO };
    let known = Evidence::new(catalog, memory.category, kind, habit);
    to_ppm(from_ppm(chance(&catalog.need.back, household, &known, 1.0)) * resonance)
}
