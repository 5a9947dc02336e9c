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
    /// ```
    /// use tactful::product::Gs1Number;
    /// assert!(Gs1Number::parse("4006381333931").is_some());
    /// assert!(Gs1Number::parse("4006381333932").is_none());
    /// ```
    pub fn parse(digits: &str) -> Option<Self> {
        if !matches!(digits.len(), 8 | 12 | 13 | 14) || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        digits.parse().ok().and_then(Self::of)
    }

    /// Takes an integer below 10^14 whose last digit is the check digit; `None` for a wrong check digit.
    pub const fn of(number: u64) -> Option<Self> {
        if number < 100_000_000_000_000 && has_check_digit(number) { Some(Self(number)) } else { None }
    }

    /// Returns the number as an integer below 10^14.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Trusts a number whose check digit was looked at before.
    pub const fn from_checked(number: u64) -> Self {
        Self(number)
    }
}

/// Tells whether the last digit is the check digit of those before it. Zeros in front weigh nothing, so the length of the
/// key does not matter.
///
/// Source: GS1 General Specifications, section 7.9 (modulo 10, weights 3 and 1 from the right).
#[inline(never)]
pub const fn has_check_digit(mut number: u64) -> bool {
    let (mut sum, mut weight) = (0, 1);
    while number > 0 {
        sum += number % 10 * weight;
        weight = 4 - weight;
        number /= 10;
    }
    sum % 10 == 0
}

/// One product or one category: what an offer is about in a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// One product.
    Product(ProductIx),
    /// One category.
    Category(CategoryIx),
}
