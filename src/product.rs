//! Products and their kinds, as places in the compiled catalog, and the numbers that identify them.

/// A product's place in the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProductIx(pub u32);

/// A category's place in the catalog.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct CategoryIx(pub u16);

/// A GS1 number with its check digit, right-aligned: GTIN-8, -12, -13, -14 or GLN are the same number padded with zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gs1Number(u64);

impl Gs1Number {
    /// Reads 8, 12, 13 or 14 digits; `None` for any other length, a non-digit or a wrong check digit.
    ///
    /// Source: GS1 General Specifications, section 7.9 (modulo 10, weights 3 and 1 from the right).
    ///
    /// ```
    /// use tactful::product::Gs1Number;
    /// assert!(Gs1Number::parse("4006381333931").is_some());
    /// assert!(Gs1Number::parse("4006381333932").is_none());
    /// ```
    pub fn parse(digits: &str) -> Option<Self> {
        if !matches!(digits.len(), 8 | 12 | 13 | 14) || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let weighed: u32 = digits
            .bytes()
            .rev()
            .zip([1u32, 3].into_iter().cycle())
            .map(|(digit, weight)| u32::from(digit - b'0') * weight)
            .sum();
        weighed.is_multiple_of(10).then(|| digits.parse().ok().map(Self)).flatten()
    }

    /// Returns the number as an integer below 10^14.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Trusts a number that was checked when the catalog was compiled.
    pub const fn from_checked(number: u64) -> Self {
        Self(number)
    }
}
