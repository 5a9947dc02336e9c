//! Probabilities that leave a model, and repeatable chance. No floats: those stay where models are.

/// A share of one in parts per million, 0 to 1 000 000.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ppm(u32);

impl Ppm {
    /// Impossible.
    pub const ZERO: Self = Self(0);
    /// Certain.
    pub const ONE: Self = Self(1_000_000);

    /// Returns `parts` per million, at most one.
    pub const fn new(parts: u32) -> Self {
        Self(if parts > 1_000_000 { 1_000_000 } else { parts })
    }

    /// Returns the number of parts per million.
    pub const fn parts(self) -> u32 {
        self.0
    }

    /// Returns what is missing to certainty.
    #[must_use]
    pub const fn complement(self) -> Self {
        Self(1_000_000 - self.0)
    }

    /// Returns the product of two shares, rounded down.
    #[must_use]
    pub fn of(self, other: Self) -> Self {
        let product = u64::from(self.0) * u64::from(other.0) / 1_000_000;
        Self(u32::try_from(product).unwrap_or(1_000_000))
    }
}

/// The state of repeatable chance. The host brings the first seed; the same seed gives the same decisions.
///
/// Source: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators" (OOPSLA 2014), SplitMix64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seed(pub u64);

impl Seed {
    /// Returns the next 64 random bits and moves on.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number in `0..bound`, or 0 for an empty range. Bias below 2^-32 for the small bounds used here.
    pub fn below(&mut self, bound: u32) -> u32 {
        u32::try_from(((self.draw() >> 32) * u64::from(bound)) >> 32).unwrap_or(0)
    }

    /// Returns true with probability `share`.
    pub fn happens(&mut self, share: Ppm) -> bool {
        self.below(1_000_000) < share.parts()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitmix_gives_the_published_first_numbers() {
        // Source: reference implementation by Sebastiano Vigna, seed 1234567.
        let mut seed = Seed(1_234_567);
        assert_eq!([seed.draw(), seed.draw()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn certain_and_impossible_are_exact() {
        let mut seed = Seed(7);
        assert!((0..1_000).all(|_| seed.happens(Ppm::ONE)));
        assert!((0..1_000).all(|_| !seed.happens(Ppm::ZERO)));
    }
}
