//! The one sort of the core. Every other would be another kilobyte on a phone: sort keys are made to fit this one.

use alloc::vec::Vec;

/// Sorts pairs of a key and a place by key, then place. Cost: n log n.
pub fn sort(pairs: &mut [(u64, u32)]) {
    pairs.sort_unstable();
}

/// Returns `items` in rising order of `key`; equal keys keep their order. Cost: one sort of their keys.
pub fn by_key<T: Copy>(items: &[T], key: impl Fn(&T) -> u64) -> Vec<T> {
    let mut order: Vec<(u64, u32)> = items.iter().zip(0..).map(|(item, place)| (key(item), place)).collect();
    sort(&mut order);
    order.into_iter().filter_map(|(_, place)| items.get(usize::try_from(place).ok()?).copied()).collect()
}

/// Returns the `most` items with the smallest keys, in rising order; equal keys keep their order.
///
/// Cost: one pass; an item that is kept moves those above it.
pub fn least<T>(items: impl Iterator<Item = T>, most: usize, key: impl Fn(&T) -> u64) -> Vec<T> {
    let mut kept: Vec<(u64, T)> = Vec::with_capacity(most.min(items.size_hint().0));
    for item in items {
        let key = key(&item);
        if kept.len() < most || kept.last().is_some_and(|(last, _)| key < *last) {
            kept.insert(kept.partition_point(|(known, _)| *known <= key), (key, item));
            kept.truncate(most);
        }
    }
    kept.into_iter().map(|(_, item)| item).collect()
}

/// Returns a number that is ordered as `number` is, for use as a key.
pub const fn signed(number: i64) -> u64 {
    number.cast_unsigned() ^ (1 << 63)
}

/// Returns the number whose key this is.
pub const fn unsigned(key: u64) -> i64 {
    (key ^ (1 << 63)).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_keys_keep_their_order() {
        assert_eq!(by_key(&["bb", "a", "cc", "d"], |text| u64::from(text.len() == 2)), ["a", "d", "bb", "cc"]);
    }

    #[test]
    fn the_least_are_the_first_of_all_in_order() {
        let texts = alloc::vec!["dddd", "bb", "a", "ccc", "BB", "A", ""];
        let sorted = by_key(&texts, |text| text.len() as u64);
        for most in 0..9 {
            let least = least(texts.iter().copied(), most, |text| text.len() as u64);
            assert_eq!(least, sorted.iter().copied().take(most).collect::<Vec<_>>());
        }
    }

    #[test]
    fn signed_numbers_keep_their_order_as_keys() {
        let numbers = [i64::MIN, -7, 0, 7, i64::MAX];
        assert!(numbers.map(signed).is_sorted());
        assert_eq!(numbers.map(signed).map(unsigned), numbers);
    }
}
