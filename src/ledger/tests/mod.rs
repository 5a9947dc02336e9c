//! The ledger held to its promises, by a simulation from seeds: shards and roots that crash between any two steps, messages
//! that are lost, doubled and late, clocks that jump, alarms that come twice or never.
//!
//! `SEEDS=100000 cargo test --release --lib --features ledger ledger::tests` runs more of them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss)]

pub(super) mod mutants;
mod oracle;
mod world;

use alloc::format;
use alloc::string::String;

use world::World;

/// Steps of one seed, before everything is healed.
const STEPS: usize = 250;

/// Lives one seed; the first promise that does not hold is the error.
fn live(seed: u64) -> Result<(), String> {
    let mut world = World::new(seed);
    (0..STEPS).try_for_each(|_| world.step())?;
    world.heal()
}

fn seeds(usual: u64) -> u64 {
    std::env::var("SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(usual)
}

#[test]
fn no_promise_is_broken_whatever_dies() {
    let broken = (0..seeds(2_000)).find_map(|seed| Some((seed, live(seed).err()?)));
    assert_eq!(broken, None, "a seed and what it broke");
}

#[test]
fn the_simulation_reaches_every_answer() {
    let mut seen = alloc::collections::BTreeSet::new();
    for seed in 0..600 {
        let mut world = World::new(seed);
        (0..STEPS).try_for_each(|_| world.step()).unwrap();
        seen.extend(world.answered);
    }
    let refusals = "clash ended exhausted not_started other_request paused per_hour per_person per_store unknown_coupon unknown_store";
    let rejections = "expired not_redeemed other_store reserved spent unknown voided";
    let answers = "issued noted redeemed released reserved rolled_back wait";
    for word in [refusals, rejections, answers].into_iter().flat_map(|words| words.split(' ')) {
        assert!(seen.contains(word), "{word} is not among {seen:?}");
    }
}

#[test]
fn the_simulation_is_busy() {
    let mut counts = alloc::collections::BTreeMap::<String, usize>::new();
    for seed in 0..400 {
        let mut world = World::new(seed);
        (0..STEPS).try_for_each(|_| world.step()).unwrap();
        world.heal().unwrap();
        for (name, count) in world.oracle.counts() {
            *counts.entry(name.into()).or_default() += count;
        }
    }
    assert!(counts.len() == 4 && counts.values().all(|count| *count >= 10), "{counts:?}");
}

#[test]
fn the_same_seed_lives_the_same_life() {
    let life = |seed| {
        let mut world = World::new(seed);
        (0..STEPS).try_for_each(|_| world.step()).unwrap();
        format!("{:?}", world.shards)
    };
    assert_eq!(life(7), life(7));
}
