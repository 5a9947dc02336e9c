//! What a household will need: properties of the sketch of its purchases and of the probabilities from it.
#![cfg(all(feature = "author", not(target_arch = "wasm32")))]
#![allow(missing_docs, clippy::unwrap_used)]

use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use tactful::author;
use tactful::catalog::Catalog;
use tactful::moment::need::{self, within};
use tactful::moment::next;
use tactful::product::CategoryIx;
use tactful::profile::{Habit, Profile};
use tactful::value::{Local, Seed, Timestamp};

static CATALOG: LazyLock<Catalog> =
    LazyLock::new(|| author::compile(include_str!("../examples/nordkorb/catalog.json")).unwrap());
const BREAD: CategoryIx = CategoryIx(0);

fn on(day: i32) -> Local {
    let at = Timestamp::from_ms(i64::from(day) * 86_400_000);
    Local::new(at, 0)
}

fn habit(days: impl IntoIterator<Item = i32>) -> Habit {
    let mut habit = Habit::default();
    days.into_iter().for_each(|day| habit.add(on(day)));
    habit
}

/// A household that bought from the first category on `bought` and anything at all on `shopped` as well.
fn household(bought: &[i32], shopped: &[i32]) -> Profile {
    let mut profile = Profile::new(Seed(1));
    let key = CATALOG.category(BREAD).unwrap().key;
    bought.iter().for_each(|day| profile.categories.add(key, on(*day), 8));
    profile.shopping = habit(bought.iter().chain(shopped).copied());
    profile
}

fn chance(profile: &Profile, today: i32, days: u8) -> u32 {
    within(&CATALOG, profile, BREAD, on(today), days).parts()
}

const START: i32 = 20_000;

#[test]
fn a_weekly_habit_is_likely_within_a_week_and_one_that_stopped_is_not() {
    let weekly: Vec<i32> = (0..30).map(|week| START + 7 * week).collect();
    let today = START + 7 * 30;
    let monthly: Vec<i32> = weekly.iter().copied().step_by(4).collect();
    let own = chance(&household(&weekly, &[]), today, 7);
    let seldom = chance(&household(&monthly, &weekly), today, 7);
    let stopped = chance(&household(&weekly, &[]), today + 120, 7);
    assert!(own > 600_000 && seldom < own / 2 && stopped < own / 4, "{own} {seldom} {stopped}");
    assert_eq!(chance(&household(&[], &weekly), today, 7), 0);
    let need = need::of(&CATALOG, &household(&weekly, &[]), BREAD, on(today)).unwrap();
    assert_eq!(need.within_week.parts(), own);
}

#[test]
fn what_they_buy_on_every_shopping_day_stands_before_what_they_tried_once() {
    let weekly: Vec<i32> = (0..20).map(|week| START + 7 * week).collect();
    let mut profile = household(&weekly, &[]);
    let tried = CategoryIx(1);
    profile.categories.add(CATALOG.category(tried).unwrap().key, on(START + 7), 8);
    assert_eq!(next::categories(&CATALOG, &profile, on(START + 140), 2), [BREAD, tried]);
}

#[test]
fn a_count_fades_to_a_third_and_rounds_once() {
    let habit = habit([START]);
    assert_eq!(habit.faded(START), [64, 64]);
    assert_eq!(habit.faded(START + 30), [24, 55]);
    assert_eq!(habit.faded(START + 200), [0, 24]);
    assert_eq!(habit.faded(START - 9), [64, 64]);
    assert_eq!(habit.faded(i32::MAX), [0, 0]);
}

#[test]
fn every_day_for_ten_years_does_not_overflow() {
    let habit = habit((0..3_650).map(|day| START + day));
    assert_eq!(habit.days, 3_650);
    let [now, usually] = habit.faded(START + 3_649);
    assert!((1_900..2_000).contains(&now) && (12_700..12_900).contains(&usually), "{now} {usually}");
}

proptest! {
    #[test]
    fn a_longer_horizon_is_never_less_likely(
        bought in vec(START..START + 400, 1..60), shopped in vec(START..START + 400, 0..60), today in START..START + 500,
    ) {
        let profile = household(&bought, &shopped);
        let chances: Vec<u32> = (0..=30).map(|days| chance(&profile, today, days)).collect();
        prop_assert!(chances.is_sorted() && chances[0] == 0, "{:?}", chances);
    }

    #[test]
    fn any_days_in_any_order_are_a_habit_and_a_chance(
        bought in vec(any::<i32>(), 0..20), shopped in vec(any::<i32>(), 0..20), today: i32, days: u8,
    ) {
        let profile = household(&bought, &shopped);
        prop_assert!(chance(&profile, today, days) <= 1_000_000);
        let _ = next::categories(&CATALOG, &profile, on(today), 20);
    }

    /// The counts are rounded at each step, so another order may differ by some 64ths of a day.
    #[test]
    fn the_order_of_days_does_not_matter(days in vec(START..START + 300, 1..40), seed: u64) {
        let mut days = days;
        days.sort_unstable();
        days.dedup();
        let told = habit(days.iter().copied());
        let mut other = days.clone();
        let by = usize::try_from(seed % 40).unwrap() % other.len();
        other.rotate_left(by);
        let mixed = habit(other);
        prop_assert_eq!(
            (told.days, told.first, told.last, told.calendar),
            (mixed.days, mixed.first, mixed.last, mixed.calendar)
        );
        let apart = told.faded.iter().zip(mixed.faded).map(|(a, b)| a.abs_diff(b)).max().unwrap();
        prop_assert!(apart <= 40, "{} apart", apart);
    }

    #[test]
    fn a_day_counts_once(day in START..START + 300, times in 1_usize..9) {
        prop_assert_eq!(habit(std::iter::repeat_n(day, times)), habit([day]));
    }

    #[test]
    fn a_purchase_more_is_never_a_smaller_count(days in vec(START..START + 300, 1..40)) {
        let before = habit(days.iter().copied());
        let after = habit(days.into_iter().chain([START + 300]));
        prop_assert!(before.faded(START + 300).iter().zip(after.faded(START + 300)).all(|(a, b)| *a < b));
    }
}
