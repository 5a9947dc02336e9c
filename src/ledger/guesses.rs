//! How often a till may guess: each code that is refused counts against it, and is forgiven after a while.
//!
//! A token is not guessed, and never counts.

use serde::{Deserialize, Serialize};

use super::json;
use crate::value::{Span, Timestamp};

/// A till whose refused codes are all forgiven may have so many refused at once; then it rests.
const MOST: u32 = 10;
/// One refused code is forgiven after so long.
const FORGIVEN: Span = Span::from_ms(10_000);
/// As many as there can be are forgiven after so long.
const LONGEST: Span = Span::from_ms(FORGIVEN.ms() * MOST as i64);

/// What counts against a till: when the last of its refused codes is forgiven.
///
/// A clock that was set back by more than it takes to forgive all of it forgives all at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guesses(#[serde(with = "json::ms")] Timestamp);

impl Guesses {
    /// Tells whether the till has to rest: no code of it is looked at, right or wrong.
    pub(super) fn rests(self, now: Timestamp) -> bool {
        self.left(now).ms() > LONGEST.ms() - FORGIVEN.ms()
    }

    /// Returns what counts against the till after one more code was refused.
    pub(super) fn refused(self, now: Timestamp) -> Self {
        Self(now.after(self.left(now)).after(FORGIVEN))
    }

    /// Returns how long it takes until all is forgiven.
    fn left(self, now: Timestamp) -> Span {
        let left = self.0.since(now);
        if left.ms() > 2 * LONGEST.ms() { Span::default() } else { left.min(LONGEST) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_ms(1_000 * seconds)
    }

    /// Tries so many codes at an instant, all wrong; returns how many are looked at.
    fn guess(guesses: &mut Guesses, codes: u32, now: Timestamp) -> u32 {
        let mut looked_at = 0;
        for _ in 0..codes {
            if !guesses.rests(now) {
                *guesses = guesses.refused(now);
                looked_at += 1;
            }
        }
        looked_at
    }

    #[test]
    fn ten_at_once_then_one_each_ten_seconds() {
        let mut guesses = Guesses::default();
        assert_eq!(guess(&mut guesses, 1_000, at(0)), 10);
        assert_eq!((1..=1_000).map(|second| guess(&mut guesses, 5, at(second))).sum::<u32>(), 100);
        assert_eq!(guess(&mut guesses, 1_000, at(1_050)), 5);
    }

    #[test]
    fn who_seldom_mistakes_never_rests() {
        let mut guesses = Guesses::default();
        assert_eq!((0..1_000).map(|nth| guess(&mut guesses, 1, at(10 * nth))).sum::<u32>(), 1_000);
    }

    #[test]
    fn a_clock_that_is_set_back_far_keeps_nobody_waiting() {
        let mut guesses = Guesses::default();
        guess(&mut guesses, 10, at(1_000));
        assert!(guesses.rests(at(999)));
        assert!(!guesses.rests(at(800)));
    }
}
