//! What a household will need: properties of the sketch of its purchases and of the probabilities from it.
#![cfg(all(feature = "author", not(target_arch = "wasm32")))]
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use tactful::author;
use tactful::basket::Line;
use tactful::catalog::need::{Odds, Usual};
use tactful::catalog::{Catalog, NeedOdds};
use tactful::moment::need::{self, Evidence, Household, within};
use tactful::moment::next;
use tactful::product::CategoryIx;
use tactful::profile::{Habit, Profile};
use tactful::signal::{Fact, ShopEvent, ShopEventKind, Signal};
use tactful::value::key::checksum;
use tactful::value::{Key, Local, Minor, Seed, Timestamp};
use tactful::wire::pack::{self, SECTIONS};

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
    let profile = household(&weekly, &[]);
    let needs = need::all(
        &CATALOG,
        &profile,
        &Household::new(&profile.shopping, &profile.categories, today - 3),
        on(today - 3),
    );
    let due = need::due_in(&CATALOG, &profile, BREAD, on(today - 3)).unwrap();
    assert!(needs.len() == 1 && needs[0].category == BREAD && needs[0].in_days == due, "{needs:?}");
    assert_eq!(needs[0].within_week.parts(), chance(&profile, today - 3, 7));
}

#[test]
fn what_they_buy_on_every_shopping_day_stands_before_what_they_tried_once() {
    let weekly: Vec<i32> = (0..20).map(|week| START + 7 * week).collect();
    let mut profile = household(&weekly, &[]);
    let tried = CategoryIx(1);
    profile.categories.add(CATALOG.category(tried).unwrap().key, on(START + 7), 8);
    let told = next::all(&CATALOG, &profile, on(START + 140));
    assert_eq!(told.iter().map(|next| next.category).collect::<Vec<_>>(), [BREAD, tried]);
    assert_eq!(told[0].within_week.parts(), chance(&profile, START + 140, 7));
    profile.nevers.push(CATALOG.category(BREAD).unwrap().key);
    assert_eq!(next::all(&CATALOG, &profile, on(START + 140)).len(), 1);
}

#[test]
fn what_they_bought_often_comes_back_rather_than_what_they_tried() {
    let shopped: Vec<i32> = (0..60).map(|week| START + 7 * week).collect();
    let back = |days: i32, ago: i32| {
        let today = START + 7 * 60;
        let bought: Vec<i32> = (0..days).map(|day| today - ago - 14 * day).collect();
        let profile = household(&bought, &shopped);
        let habit = *profile.categories.get(CATALOG.category(BREAD).unwrap().key).unwrap();
        let known = Evidence::new(&CATALOG, BREAD, CATALOG.category(BREAD).unwrap(), habit);
        let all = Household::new(&profile.shopping, &profile.categories, today);
        need::chance(&CATALOG.need.back, &all, &known, 1.0).parts()
    };
    assert!(back(12, 60) > back(4, 60) && back(12, 60) > back(12, 200), "{} {}", back(12, 60), back(4, 60));
}

#[test]
fn a_category_of_which_everybody_is_known_is_told_apart_from_one_of_which_nobody_is() {
    let weekly: Vec<i32> = (0..30).map(|week| START + 7 * week).collect();
    let profile = household(&weekly[20..23], &weekly);
    let mut catalog = CATALOG.clone();
    catalog.need.usual = vec![Usual { share: 30_000, interval: 7 }];
    let (own, prior) = (within(&catalog, &profile, BREAD, on(START + 210), 7), chance(&profile, START + 210, 7));
    assert!(own.parts() > prior, "{own:?} {prior}");
}

#[test]
fn what_is_given_back_twice_is_taken_back_once() {
    let line = |item: u64| Line {
        item: Key(item),
        product: None,
        category: Some(BREAD),
        price: Minor::default(),
        quantity: 1,
        lot: None,
    };
    let tell = |profile: &mut Profile, kind, day, transaction: u64, items: &[u64]| {
        let (lines, transaction) = (items.iter().copied().map(line).collect(), Some(Key(transaction)));
        let event = ShopEvent { kind, lines, transaction, searched: Vec::new() };
        let at = Timestamp::from_ms(i64::from(START + day) * 86_400_000);
        profile.remember(&CATALOG, &Signal { at, fact: Fact::Shop(event) });
    };
    let days = |profile: &Profile, item| profile.products.get(Key(item)).map(|habit| habit.days);
    let mut profile = Profile::new(Seed(1));
    (0..4)
        .for_each(|time| tell(&mut profile, ShopEventKind::Purchase, 7 * time, u64::try_from(time).unwrap(), &[5, 6]));
    for _ in 0..3 {
        tell(&mut profile, ShopEventKind::Refund, 22, 3, &[5]);
    }
    assert_eq!((days(&profile, 5), days(&profile, 6)), (Some(3), Some(4)));
    tell(&mut profile, ShopEventKind::Refund, 23, 3, &[6]);
    tell(&mut profile, ShopEventKind::Refund, 24, 2, &[5]);
    assert_eq!((days(&profile, 5), days(&profile, 6)), (Some(2), Some(3)));
}

/// Some of the odds and of what is usual are not the prior ones.
fn own_odds() -> Catalog {
    let mut catalog = CATALOG.clone();
    catalog.need.due.before = -1_234;
    catalog.need.back.clues[13] = 32_767;
    catalog.need.usual = vec![Usual { share: 65_535, interval: 9 }, Usual::UNKNOWN];
    catalog
}

#[test]
fn a_pack_carries_the_needs_of_a_shop_and_nothing_for_the_prior_ones() {
    let read = |bytes: &[u8]| pack::decode(bytes, Timestamp::default(), 0);
    let prior = pack::encode(&CATALOG);
    assert_eq!(read(&prior).unwrap().need, NeedOdds::PRIOR);
    let own = pack::encode(&own_odds());
    // NOTE: two rows of odds and two categories, and the lengths of the sections that were left out before.
    assert_eq!(
        own.len() - prior.len(),
        2 * 2 * (Odds::CLUES + 1) + 2 * 4 + 4 * (SECTIONS.len() - 1 - sections(&prior))
    );
    assert_eq!(read(&own).unwrap(), own_odds());
}

fn sections(pack: &[u8]) -> usize {
    usize::try_from(u32::from_le_bytes(pack[32..36].try_into().unwrap())).unwrap()
}

#[test]
fn a_pack_with_half_a_table_of_needs_is_none() {
    let whole = pack::encode(&own_odds());
    for cut in [1, 2, 4, 8 + 1, 8 + 2, 8 + 30] {
        let mut bytes = whole[..whole.len() - cut].to_vec();
        let last = 32 + 4 * sections(&bytes);
        let length = u32::from_le_bytes(bytes[last..last + 4].try_into().unwrap()) - u32::try_from(cut).unwrap();
        bytes[last..last + 4].copy_from_slice(&length.to_le_bytes());
        let body = u32::try_from(bytes.len() - 32).unwrap();
        bytes[20..24].copy_from_slice(&body.to_le_bytes());
        let sum = checksum(&[&bytes[..24], &bytes[32..]]);
        bytes[24..32].copy_from_slice(&sum.to_le_bytes());
        let read = pack::decode(&bytes, Timestamp::default(), 0);
        // NOTE: without its last category, the table is a whole one.
        assert_eq!(read.is_ok(), cut == 4, "{cut}: {:?}", read.err());
    }
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
        prop_assert!(next::all(&CATALOG, &profile, on(today)).len() <= 1);
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

    /// As if all had been told to one of them: days that both know only as first or last count once.
    #[test]
    fn two_devices_know_as_much_as_one(days in vec(START..START + 900, 2..40), of: Vec<bool>) {
        let (mut days, mut of) = (days, of.into_iter().cycle());
        days.sort_unstable();
        days.dedup();
        let (ours, theirs): (Vec<i32>, Vec<i32>) = days.iter().partition(|_| of.next().unwrap_or(true));
        let (one, other, all) = (habit(ours), habit(theirs), habit(days));
        let merged = one.merged(&other);
        prop_assert_eq!(merged, other.merged(&one));
        prop_assert_eq!((merged.days, merged.first, merged.last), (all.days, all.first, all.last));
        let apart = merged.faded.iter().zip(all.faded).map(|(a, b)| a.abs_diff(b)).max().unwrap();
        prop_assert!(apart <= 40, "{} apart", apart);
    }

    #[test]
    fn a_day_that_both_know_first_or_last_counts_once(days in vec(START..START + 300, 1..20), day in START..START + 300) {
        let all = habit(days);
        for day in [all.first, all.last] {
            prop_assert_eq!(all.merged(&habit([day])), all);
        }
        let more = all.merged(&habit([day]));
        prop_assert!(more.days <= all.days + 1 && more.days >= all.days);
    }

    #[test]
    fn three_devices_may_meet_in_any_order(days in vec(vec(START..START + 900, 0..15), 3)) {
        let [a, b, c] = [0, 1, 2].map(|place| habit(days[place].iter().copied()));
        let (left, right) = (a.merged(&b).merged(&c), a.merged(&b.merged(&c)));
        prop_assert_eq!((left.first, left.last), (right.first, right.last));
        // NOTE: a day that is the last of one and within another is known as the same only in one of the orders.
        prop_assert!(left.days.abs_diff(right.days) <= 4, "{:?} {:?}", left, right);
    }

    #[test]
    fn two_profiles_know_the_purchases_of_both(
        ours in vec(START..START + 300, 0..20), theirs in vec(START..START + 300, 0..20),
    ) {
        let [ours, theirs] = [ours, theirs].map(|days| household(&days, &[]));
        let (mut one, mut other) = (ours.clone(), theirs.clone());
        one.merge(&theirs);
        other.merge(&ours);
        prop_assert_eq!((&one.categories, one.shopping), (&other.categories, other.shopping));
        prop_assert_eq!(one.shopping, ours.shopping.merged(&theirs.shopping));
        let mut refused = Profile { consent: Some(false), ..Profile::new(Seed(1)) };
        refused.merge(&theirs);
        prop_assert!(refused.categories.0.is_empty() && refused.shopping.days == 0);
    }
}
