//! Which purchases were told already: of the last ones the keys, of those before a Bloom filter.
//!
//! So a history that is imported twice counts once. A shopper of few purchases keeps no filter.

use alloc::vec;
use alloc::vec::Vec;

use crate::value::Key;

/// Purchases, and what was taken back of them, by the keys of their transactions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipts {
    /// The last ones, newest last, at most [`Self::LAST`].
    pub last: Vec<Key>,
    /// Those before: [`Self::WORDS`] words, or none.
    pub before: Vec<u64>,
}

impl Receipts {
    /// Keys that are kept.
    pub const LAST: usize = 32;
    /// Words of the filter. With four bits for each, 0.2 % of new purchases are taken for known ones after 1,000 and 2 %
    /// after 2,000. Source: Bloom, "Space/Time Trade-offs in Hash Coding with Allowable Errors" (1970).
    pub const WORDS: usize = 256;
    const BITS: u64 = 4;

    /// Notes a transaction; tells whether it is new. Cost: a look at the last ones and at four bits.
    pub fn note(&mut self, receipt: Key) -> bool {
        let is_new = !self.last.contains(&receipt) && !self.was_before(receipt);
        if is_new {
            self.last.push(receipt);
            if self.last.len() > Self::LAST {
                let oldest = self.last.remove(0);
                self.set(oldest);
            }
        }
        is_new
    }

    /// Notes all that another device was told.
    pub fn merge(&mut self, other: &Self) {
        if self.before.is_empty() {
            self.before.clone_from(&other.before);
        }
        self.before.iter_mut().zip(&other.before).for_each(|(word, other)| *word |= other);
        for receipt in &other.last {
            self.note(*receipt);
        }
    }

    fn was_before(&self, receipt: Key) -> bool {
        places(receipt).all(|(word, bit)| self.before.get(word).is_some_and(|word| word & bit != 0))
    }

    fn set(&mut self, receipt: Key) {
        if self.before.is_empty() {
            self.before = vec![0; Self::WORDS];
        }
        for (word, bit) in places(receipt) {
            self.before.iter_mut().skip(word).take(1).for_each(|word| *word |= bit);
        }
    }
}

/// Returns the word and the bit of each place. Source: Kirsch, Mitzenmacher, "Less Hashing, Same Performance" (2006): two
/// hashes make them all.
fn places(receipt: Key) -> impl Iterator<Item = (usize, u64)> {
    let (first, step) = (receipt.0 >> 32, (receipt.0 & 0xffff_ffff) | 1);
    (0..Receipts::BITS).map(move |nth| {
        let place = first.wrapping_add(nth.wrapping_mul(step));
        (usize::from(place.to_le_bytes()[1]), 1 << (place & 63))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn receipt(nth: u32) -> Key {
        Key::of(&format!("receipt-{nth}"))
    }

    #[test]
    fn a_history_that_is_told_twice_is_known() {
        let mut receipts = Receipts::default();
        let new = (0..1_000).filter(|nth| receipts.note(receipt(*nth))).count();
        assert!((990..=1_000).contains(&new), "{new} of 1,000 were new");
        assert_eq!((0..1_000).filter(|nth| receipts.note(receipt(*nth))).count(), 0);
    }

    #[test]
    fn few_need_no_filter() {
        let mut receipts = Receipts::default();
        assert!((0..32).all(|nth| receipts.note(receipt(nth))));
        assert!(receipts.before.is_empty() && !receipts.note(receipt(0)));
    }

    #[test]
    fn two_devices_know_what_each_was_told() {
        let told = |from: u32, until: u32| {
            let mut receipts = Receipts::default();
            for nth in from..until {
                receipts.note(receipt(nth));
            }
            receipts
        };
        let mut both = told(0, 100);
        both.merge(&told(100, 200));
        assert_eq!((0..200).filter(|nth| both.note(receipt(*nth))).count(), 0);
    }
}
