//! Exact money: whole minor units, no floats, rounding said in the name or the doc.

use core::iter::Sum;

/// An amount of money in minor units of the catalog's currency (ISO 4217): cents for EUR, yen for JPY.
///
/// At most 2^53 − 1, so every amount is also an exact JS number; sums stop there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Minor(u64);

impl Minor {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount.
    pub const MAX: Self = Self((1 << 53) - 1);

    /// Returns `units` minor units, or [`Minor::MAX`] where that is more.
    pub const fn new(units: u64) -> Self {
        if units > Self::MAX.0 { Self::MAX } else { Self(units) }
    }

    /// Returns the number of minor units.
    pub const fn units(self) -> u64 {
        self.0
    }

    /// Adds, stopping at [`Minor::MAX`].
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self::new(self.0.saturating_add(other.0))
    }

    /// Subtracts, stopping at zero.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Returns `count` times this amount, stopping at [`Minor::MAX`].
    #[must_use]
    pub const fn times(self, count: u32) -> Self {
        // NOTE: WebAssembly finds an overflow only by multiplying 128 bits, and dividing is one instruction.
        let most = if count == 0 { 0 } else { Self::MAX.0 / count as u64 };
        if self.0 > most && count > 0 { Self::MAX } else { Self(self.0 * count as u64) }
    }

    /// Returns `rate` of this amount, rounded half up; never more than the amount itself.
    ///
    /// ```
    /// use tactful::value::{BasisPoints, Minor};
    /// assert_eq!(Minor::new(199).share(BasisPoints::percent(25)), Minor::new(50));
    /// ```
    #[must_use]
    pub const fn share(self, rate: BasisPoints) -> Self {
        // NOTE: the whole ten thousands and the rest apart, so that nothing overflows: dividing 128 bits is half a kilobyte.
        let (whole, rest, rate) = (self.0 / 10_000, self.0 % 10_000, rate.0 as u64);
        Self(whole * rate + (rest * rate + 5_000) / 10_000)
    }
}

impl Sum for Minor {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Self::plus)
    }
}

/// A rate in hundredths of a percent, 0 to 10 000.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct BasisPoints(u16);

impl BasisPoints {
    /// Returns `rate` basis points, or 10 000 where that is more.
    pub const fn new(rate: u16) -> Self {
        if rate > 10_000 { Self(10_000) } else { Self(rate) }
    }

    /// Returns `percent` percent, at most 100.
    pub const fn percent(percent: u8) -> Self {
        Self::new(percent as u16 * 100)
    }

    /// Returns the number of basis points.
    pub const fn get(self) -> u16 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_rounds_half_up_and_never_exceeds_the_amount() {
        assert_eq!(Minor::new(1).share(BasisPoints::percent(50)), Minor::new(1));
        assert_eq!(Minor::new(333).share(BasisPoints::new(3_333)), Minor::new(111));
        assert_eq!(Minor::MAX.share(BasisPoints::percent(100)), Minor::MAX);
        let mut seed = crate::value::Seed(1);
        for _ in 0..10_000 {
            let (amount, rate) = (Minor::new(seed.draw() >> seed.below(64)), seed.below(10_001));
            let exact = (u128::from(amount.units()) * u128::from(rate) + 5_000) / 10_000;
            let share = amount.share(BasisPoints::new(u16::try_from(rate).unwrap()));
            assert_eq!(u128::from(share.units()), exact, "{amount:?} {rate}");
        }
    }

    #[test]
    fn products_stop_at_the_largest_amount_too() {
        let times = |amount: u64, count| Minor::new(amount).times(count).units();
        assert_eq!([times(0, u32::MAX), times(u64::MAX, 0), times(199, 3)], [0, 0, 597]);
        assert_eq!(
            [times(1 << 52, 1), times(1 << 52, 2), times(u64::MAX, u32::MAX)],
            [1 << 52, (1 << 53) - 1, (1 << 53) - 1]
        );
    }

    #[test]
    fn sums_stop_at_the_largest_exact_js_number() {
        assert_eq!(Minor::MAX.plus(Minor::new(1)), Minor::MAX);
        assert_eq!(Minor::new(u64::MAX).units(), 9_007_199_254_740_991);
    }
}
