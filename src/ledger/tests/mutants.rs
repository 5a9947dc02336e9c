//! Broken rules, each of which the simulation has to notice.

use core::cell::Cell;

use alloc::string::String;

use super::super::mutant::Mutant;
use super::live;

std::thread_local! {
    static BROKEN: Cell<Option<Mutant>> = const { Cell::new(None) };
}

/// Tells whether a rule is broken in this test.
pub(in super::super) fn broken(rule: Mutant) -> bool {
    BROKEN.get() == Some(rule)
}

/// Seeds that are lived for one broken rule, before it counts as not noticed.
const SEEDS: u64 = 3_000;

/// Each rule, and a promise that breaks with it, by the word that its message begins with.
const NOTICED: [(Mutant, &str); 26] = [
    (Mutant::LeaseReclaimedTwice, "books"),
    (Mutant::LeaseNotReclaimed, "idle"),
    (Mutant::RenewalTwice, "idle"),
    (Mutant::AnyGrantTaken, "books"),
    (Mutant::ClosedLeaseKept, "books"),
    (Mutant::BlockTooLarge, "budget"),
    (Mutant::LeaseNotCounted, "books"),
    (Mutant::HourForgotten, "hour"),
    (Mutant::ClockFollowed, "end"),
    (Mutant::ReturnedTwice, "books"),
    (Mutant::ReturnedEarly, "early"),
    (Mutant::ExpiredTwice, "count"),
    (Mutant::OldWordTaken, "paused"),
    (Mutant::LimitBeforeKey, "repeat"),
    (Mutant::KeyIgnored, "repeat"),
    (Mutant::RequestIgnored, "request"),
    (Mutant::SerialIgnored, "unique"),
    (Mutant::BatchBlind, "unique"),
    (Mutant::PersonNotCounted, "person"),
    (Mutant::PauseIgnored, "paused"),
    (Mutant::SpentIgnored, "spent"),
    (Mutant::VoidForgotten, "void"),
    (Mutant::AnyTill, "till"),
    (Mutant::StoreIgnored, "store"),
    (Mutant::EndIgnored, "end"),
    (Mutant::KidOfNow, "repeat"),
];

/// Returns the first seed that breaks this promise where the rule is broken.
fn noticed(rule: Mutant, promise: &str) -> Option<(u64, String)> {
    BROKEN.set(Some(rule));
    let broken = |seed| live(seed).err().filter(|message| message.starts_with(promise)).map(|message| (seed, message));
    let noticed = (0..SEEDS).find_map(broken);
    BROKEN.set(None);
    noticed
}

#[test]
fn every_broken_rule_is_noticed() {
    for (rule, promise) in NOTICED {
        let noticed = noticed(rule, promise);
        std::println!("{rule:?}: {noticed:?}");
        assert!(noticed.is_some(), "{rule:?} breaks no promise of `{promise}` in {SEEDS} seeds");
    }
}
