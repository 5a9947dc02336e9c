//! What people bought before the first day: drawn from real households, or made by the same rhythm as the year itself.

use alloc::vec::Vec;

use serde::Serialize;

use super::Plan;
use super::life::{day_key, day_of_year};
use super::luck::{Luck, Of, whole};
use super::person::{Person, Want, YEAR};
use super::world::World;
use crate::product::CategoryIx;
use crate::value::Local;

/// What one household bought: days from 0 on, rising, each with the catalog's categories.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History(pub Vec<(u16, Vec<CategoryIx>)>);

/// How the categories of histories were taken for those of a catalog.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Mapping {
    /// By a name that the catalog knows.
    pub by_name: usize,
    /// By the rank of their popularity, the most popular first.
    pub by_rank: usize,
    /// Left out: the catalog has no more.
    pub left_out: usize,
}

impl History {
    /// Longest history that is used, days.
    pub const DAYS: u16 = 365;
}

/// Purchases that make an interval their own; of fewer, the category's usual one is kept.
const OWN_INTERVAL: usize = 3;

/// Returns what a person bought in the year before, by day (below 0); where histories are given, makes the person like the
/// household that is drawn for them.
pub(super) fn past(world: &World, plan: &Plan, person: &mut Person) -> Vec<(i32, Vec<CategoryIx>)> {
    let luck = &mut Luck::new(plan.seed, Of::History, [person.number.into(), 0, 0]);
    let place = luck.below(u32::try_from(plan.histories.len()).unwrap_or(u32::MAX));
    match usize::try_from(place).ok().and_then(|place| plan.histories.get(place)) {
        Some(history) => like(world, plan.seed, person, history),
        None => generated(plan, person, luck),
    }
}

/// Lives a year of purchases without the engine.
fn generated(plan: &Plan, person: &mut Person, luck: &mut Luck) -> Vec<(i32, Vec<CategoryIx>)> {
    let mut past = Vec::new();
    for day in -365..0 {
        let of_year = day_of_year(Local::of_day(plan.from.saturating_add(day)));
        if !luck.happens(person.trips.min(0.9)) || person.is_away(of_year) {
            continue;
        }
        let most = usize::try_from(whole(person.list).max(1)).unwrap_or(usize::MAX);
        let today = f64::from(day);
        let due = person.wants.iter_mut().filter(|want| want.due <= today && today < want.lapses).take(most);
        let bought = due.map(|want| {
            want.due = today + want.lasts(of_year, luck);
            want.category
        });
        past.push((day, bought.collect()));
    }
    past
}

/// Makes a person like a household: its rhythm, the size of its lists, what it buys and how often.
fn like(world: &World, seed: u64, person: &mut Person, history: &History) -> Vec<(i32, Vec<CategoryIx>)> {
    let past: Vec<(i32, Vec<CategoryIx>)> =
        history.0.iter().map(|(day, bought)| (i32::from(*day) - i32::from(History::DAYS), bought.clone())).collect();
    let trips = super::luck::real(u64::try_from(past.len()).unwrap_or(0)).max(1.0);
    let bought: usize = past.iter().map(|(_, bought)| bought.len()).sum();
    person.looks *= trips / (person.trips * YEAR);
    person.trips = trips / YEAR;
    person.list = (super::luck::real(u64::try_from(bought).unwrap_or(0)) / trips).max(1.0);
    let kinds = (0..).map(CategoryIx).take(world.catalog().categories.len());
    let want = |category| {
        let days: Vec<i32> =
            past.iter().filter(|(_, bought)| bought.contains(&category)).map(|(day, _)| *day).collect();
        let (first, last) = (*days.first()?, *days.last()?);
        let luck = &mut Luck::new(seed, Of::Taste, [person.number.into(), day_key(last), u64::from(category.0)]);
        let mut want = person.want(category).cloned().or_else(|| Want::usual(world, category, luck))?;
        if days.len() >= OWN_INTERVAL {
            let gaps = i32::try_from(days.len() - 1).unwrap_or(1);
            want.interval = (f64::from(last - first) / f64::from(gaps)).max(2.0);
        }
        want.due = f64::from(last) + want.interval;
        // What they have not bought for three intervals they have stopped buying.
        want.lapses = if want.due + 2.0 * want.interval < 0.0 { want.due } else { want.lapses.max(0.0) };
        Some(want)
    };
    person.wants = kinds.filter_map(want).collect();
    past
}
