//! How much tax is in what is paid. Coupons take off shelf prices, and a minimum spend counts them, in both modes.

use crate::value::{BasisPoints, Minor};

/// Whether the prices on the shelf have the tax in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tax {
    /// They have, as shops must price for consumers in the EU (Directive 98/6/EC, article 2).
    #[default]
    Included,
    /// It is added at the till.
    Added,
}

impl Tax {
    /// Returns the tax at `rate` of a line that costs `paid` after all coupons, rounded half up; it is part of `paid` where
    /// prices include it, and comes on top where it is added.
    ///
    /// ```
    /// use tactful::savings::tax::Tax;
    /// use tactful::value::{BasisPoints, Minor};
    /// let (rate, paid) = (BasisPoints::percent(19), Minor::new(1_190));
    /// assert_eq!([Tax::Included, Tax::Added].map(|mode| mode.of(rate, paid).units()), [190, 226]);
    /// ```
    pub fn of(self, rate: BasisPoints, paid: Minor) -> Minor {
        let rate = u128::from(rate.get());
        let whole = 10_000 + if self == Self::Included { rate } else { 0 };
        // INVARIANT: below 2^53 x 10,000 x 2, and no more than the amount.
        let tax = (2 * u128::from(paid.units()) * rate + whole) / (2 * whole);
        Minor::new(u64::try_from(tax).unwrap_or(u64::MAX))
    }
}
