//! Draws from repeatable chance: the same seed and the same question give the same luck, whatever happened before.
//!
//! Each question has a stream of its own, so that two catalogs meet the same people on the same days (common random
//! numbers): what one of them shows moves no other draw.

use crate::value::{Key, Seed};

/// What a stream of chance decides; streams of two of them never meet.
#[derive(Clone, Copy, Debug)]
pub enum Of {
    /// Who a person is.
    Person,
    /// What a person thinks of one category.
    Taste,
    /// The engine's own chance on this device.
    Device,
    /// What a person does on one day.
    Day,
    /// What a person does with what one ask shows.
    Answer,
    /// What was bought before the first day.
    History,
    /// How people answer.
    Model,
}

/// A stream of draws.
#[derive(Clone, Copy, Debug)]
pub struct Luck(Seed);

impl Luck {
    /// Opens the stream of a question: of the population's seed, what it is about, and numbers that name it.
    pub fn new(seed: u64, of: Of, parts: [u64; 3]) -> Self {
        Self(Seed(parts.into_iter().fold(Key(seed).with(of as u64), Key::with).0))
    }

    /// Returns a number in `[0, 1)`, in steps of 2^-32.
    pub fn share(&mut self) -> f64 {
        f64::from(u32::try_from(self.0.draw() >> 32).unwrap_or(0)) / 4_294_967_296.0
    }

    /// Returns true with this probability.
    pub fn happens(&mut self, chance: f64) -> bool {
        self.share() < chance
    }

    /// Returns a whole number in `0..bound`; 0 where that is empty.
    pub fn below(&mut self, bound: u32) -> u32 {
        self.0.below(bound)
    }

    /// Returns a number of the standard normal distribution.
    ///
    /// Source: Box, Muller 1958, "A Note on the Generation of Random Normal Deviates"; the second number is not used.
    pub fn normal(&mut self) -> f64 {
        let (radius, angle) = (self.share(), self.share());
        libm::sqrt(-2.0 * libm::log(1.0 - radius)) * libm::cos(core::f64::consts::TAU * angle)
    }

    /// Returns a log-normal number with this median, and this standard deviation of its logarithm.
    pub fn about(&mut self, median: f64, spread: f64) -> f64 {
        median * libm::exp(spread * self.normal())
    }

    /// Returns the place of a weight, drawn in proportion to the weights; the last where rounding leaves none.
    pub fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.share() * weights.iter().sum::<f64>();
        let hit = weights.iter().position(|weight| {
            left -= weight;
            left < 0.0
        });
        hit.unwrap_or(weights.len().saturating_sub(1))
    }

    /// Returns a seed for something that draws by itself.
    pub fn seed(&mut self) -> Seed {
        Seed(self.0.draw())
    }
}

/// Returns the share that lies at `log_odds`: 1 / (1 + e^-x).
pub fn share_at(log_odds: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-log_odds))
}

/// Returns a count as a number; above 2^53 the nearest.
pub fn real(count: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts of people and cents are far below 2^53")]
    let real = count as f64;
    real
}

/// Returns the nearest whole number, 0 for what is below.
pub fn whole(number: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    let whole = libm::round(number) as u64;
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_question_has_luck_of_its_own() {
        let luck = |of, parts| Luck::new(7, of, parts).share();
        assert_eq!(luck(Of::Day, [1, 2, 0]), luck(Of::Day, [1, 2, 0]));
        assert_ne!(luck(Of::Day, [1, 2, 0]), luck(Of::Day, [2, 1, 0]));
        assert_ne!(luck(Of::Day, [1, 2, 0]), luck(Of::Answer, [1, 2, 0]));
    }

    #[test]
    fn normal_numbers_have_mean_0_and_spread_1() {
        let mut luck = Luck::new(1, Of::Person, [0; 3]);
        let drawn: [f64; 4_000] = core::array::from_fn(|_| luck.normal());
        let mean = drawn.iter().sum::<f64>() / 4_000.0;
        let square = drawn.iter().map(|number| number * number).sum::<f64>() / 4_000.0;
        assert!(mean.abs() < 0.05 && (square - 1.0).abs() < 0.1, "{mean} {square}");
    }

    #[test]
    fn weights_are_kept() {
        let mut luck = Luck::new(1, Of::Person, [0; 3]);
        let hits = (0..3_000).filter(|_| luck.weighted(&[1.0, 2.0]) == 1).count();
        assert!((1_900..2_100).contains(&hits), "{hits}");
        assert_eq!(luck.weighted(&[]), 0);
    }
}
