//! Bytes read where they lie: a part of what several owners share, with whole numbers in little-endian.

use alloc::sync::Arc;
use alloc::vec::Vec;

/// A part of shared bytes. Cloning copies no bytes; two parts are equal where their bytes are.
#[derive(Clone, Default)]
pub struct Part {
    whole: Arc<Vec<u8>>,
    from: usize,
    until: usize,
}

impl Part {
    /// Returns all of `bytes`. Copies nothing.
    pub fn whole(bytes: Vec<u8>) -> Self {
        let until = bytes.len();
        Self { whole: Arc::new(bytes), from: 0, until }
    }

    /// Returns parts of these lengths, one after the other from `place` on; they end where the bytes end.
    pub fn cut(&self, place: usize, lengths: &[usize]) -> Vec<Self> {
        let mut until = self.until.min(self.from.saturating_add(place));
        let part = |length: &usize| {
            let from = until;
            until = self.until.min(from.saturating_add(*length));
            Self { whole: Arc::clone(&self.whole), from, until }
        };
        lengths.iter().map(part).collect()
    }

    /// Returns the bytes.
    #[inline(always)]
    pub fn bytes(&self) -> &[u8] {
        self.whole.get(self.from..self.until).unwrap_or_default()
    }

    /// Returns how many bytes there are.
    pub const fn len(&self) -> usize {
        self.until - self.from
    }

    /// Tells whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.from == self.until
    }

    /// Returns the number at a place of a list of 16-bit numbers.
    #[inline(always)]
    pub fn u16_at(&self, place: usize) -> Option<u16> {
        self.bytes().as_chunks().0.get(place).copied().map(u16::from_le_bytes)
    }

    /// Returns the number at a place of a list of 32-bit numbers.
    #[inline(always)]
    pub fn u32_at(&self, place: usize) -> Option<u32> {
        self.bytes().as_chunks().0.get(place).copied().map(u32::from_le_bytes)
    }
}

impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for Part {}

impl core::fmt::Debug for Part {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} bytes", self.len())
    }
}

/// Returns the range `[from, until)` of list number `place`, where `ends` tells where each list ends in turn.
#[inline(always)]
pub fn span(ends: &Part, place: usize) -> Option<(usize, usize)> {
    let end_of = |place: usize| ends.u32_at(place).and_then(|end| usize::try_from(end).ok());
    let from = place.checked_sub(1).map_or(Some(0), end_of)?;
    Some((from, end_of(place)?))
}

/// Tells whether every number of a list of 16-bit numbers is below `most`. Cost: one pass.
#[inline(never)]
pub fn all_below(list: &[u8], most: usize) -> bool {
    // Two numbers at once, each with 16 bits of room above: `ROOM + last - number` keeps its bit of room where the
    // number is at most `last`.
    const LOW: u64 = 0xffff_0000_ffff;
    const ROOM: u64 = 0x1_0000_0001_0000;
    let Some(last) = most.min(0x1_0000).checked_sub(1).and_then(|last| u64::try_from(last).ok()) else {
        return list.is_empty();
    };
    let bound = ROOM + (last | last << 32);
    let (fours, rest) = list.as_chunks::<8>();
    let kept = fours.iter().fold(ROOM, |kept, four| {
        let four = u64::from_le_bytes(*four);
        kept & (bound - (four & LOW)) & (bound - (four >> 16 & LOW))
    });
    kept == ROOM && rest.as_chunks::<2>().0.iter().all(|number| u64::from(u16::from_le_bytes(*number)) <= last)
}

/// Appends numbers as 32 bits each.
pub fn extend_u32(out: &mut Vec<u8>, numbers: impl IntoIterator<Item = u32>) {
    numbers.into_iter().for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
}

/// Appends numbers as 16 bits each.
pub fn extend_u16(out: &mut Vec<u8>, numbers: impl IntoIterator<Item = u16>) {
    numbers.into_iter().for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn a_part_ends_where_it_ends() {
        let parts = Part::whole(vec![9, 1, 0, 2, 0, 0, 0, 9]).cut(1, &[2, 6, usize::MAX]);
        let [head, rest, none] = parts.as_slice() else { panic!("{parts:?}") };
        assert_eq!((head.u16_at(0), head.u16_at(1), head.u32_at(0)), (Some(1), None, None));
        assert_eq!((rest.u32_at(0), rest.u32_at(1), rest.len()), (Some(2), None, 5));
        assert!(none.is_empty() && rest.u16_at(usize::MAX).is_none());
    }

    #[test]
    fn lists_lie_one_after_the_other() {
        let mut ends = vec![];
        extend_u32(&mut ends, [2, 2, 5]);
        let ends = Part::whole(ends);
        assert_eq!([0, 1, 2, 3].map(|place| span(&ends, place)), [Some((0, 2)), Some((2, 2)), Some((2, 5)), None]);
    }

    #[test]
    fn the_highest_number_is_found_wherever_it_lies() {
        let numbers = [0, 1, 2, 3, 4, 5, 6, 7, 8, 65_535, 255, 256, 32_767, 32_768];
        for (length, at, high) in (1..12).flat_map(|l| (0..l).flat_map(move |at| numbers.map(|high| (l, at, high)))) {
            let mut list = vec![];
            extend_u16(&mut list, (0..length).map(|place| if place == at { high } else { 0 }));
            let high = usize::from(high);
            assert_eq!([high, high + 1, 0].map(|most| all_below(&list, most)), [false, true, false], "{length} {at}");
        }
        assert!(all_below(&[], 0) && all_below(&[], 1) && all_below(&[0xff; 8], usize::MAX));
    }
}
