//! Broken rules, each of which the simulation has to notice.

use core::cell::Cell;

use alloc::string::String;

use super::super::mutant::Mutant;
use super::live;

/// What a storage or network around the rules can do wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Careless {
    /// The accounts of a turn are written without its rows: a counter without what it counts.
    RowsNotWritten,
    /// New rows are written without their accounts: a transaction that was torn.
    AccountsNotWritten,
    /// What was loaded is of before another turn: something was awaited between check and write.
    LoadedBefore,
    /// Answers leave before the commit.
    AnsweredFirst,
    /// Renewals leave before the commit.
    SentFirst,
    /// A root answers before its commit.
    GrantedFirst,
}

std::thread_local! {
    static BROKEN: Cell<Option<Mutant>> = const { Cell::new(None) };
    static CARELESS: Cell<Option<Careless>> = const { Cell::new(None) };
}

/// Tells whether the world does this wrong in this test.
pub fn careless(what: Careless) -> bool {
    CARELESS.get() == Some(what)
}

/// Tells whether a rule is broken in this test.
pub(in super::super) fn broken(rule: Mutant) -> bool {
    BROKEN.get() == Some(rule)
}

/// Seeds that are lived for one broken rule, before it counts as not noticed.
const SEEDS: u64 = 3_000;

/// Each rule, and a promise that breaks with it, by the word that its message begins with.
const NOTICED: [(Mutant, &str); 28] = [
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
    (Mutant::HoldIgnored, "held"),
    (Mutant::HolderIgnored, "bound"),
    (Mutant::VoidForgotten, "void"),
    (Mutant::AnyTill, "till"),
    (Mutant::StoreIgnored, "store"),
    (Mutant::EndIgnored, "end"),
    (Mutant::KidOfNow, "repeat"),
];

/// What can be done wrong around the rules, and a promise that breaks with it.
const CARELESS_NOTICED: [(Careless, &str); 6] = [
    (Careless::RowsNotWritten, "count"),
    (Careless::AccountsNotWritten, "count"),
    (Careless::LoadedBefore, "books"),
    (Careless::AnsweredFirst, "lost"),
    (Careless::SentFirst, "idle"),
    (Careless::GrantedFirst, "books"),
];

/// Returns the first seed that breaks this promise.
fn noticed(promise: &str) -> Option<(u64, String)> {
    let broken = |seed| live(seed).err().filter(|message| message.starts_with(promise)).map(|message| (seed, message));
    (0..SEEDS).find_map(broken)
}

#[test]
fn every_broken_rule_is_noticed() {
    for (rule, promise) in NOTICED {
        BROKEN.set(Some(rule));
        let noticed = noticed(promise);
        BROKEN.set(None);
        std::println!("{rule:?}: {noticed:?}");
        assert!(noticed.is_some(), "{rule:?} breaks no promise of `{promise}` in {SEEDS} seeds");
    }
}

#[test]
fn every_careless_storage_is_noticed() {
    for (what, promise) in CARELESS_NOTICED {
        CARELESS.set(Some(what));
        let noticed = noticed(promise);
        CARELESS.set(None);
        std::println!("{what:?}: {noticed:?}");
        assert!(noticed.is_some(), "{what:?} breaks no promise of `{promise}` in {SEEDS} seeds");
    }
}
