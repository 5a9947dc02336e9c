//! Probabilities from log-odds that are not known for certain.

use crate::moment::{exp, sqrt};

/// What is believed of log-odds: a Gaussian.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Belief {
    /// Log-odds.
    pub mean: f64,
    /// Their variance.
    pub variance: f64,
}

impl Belief {
    /// Returns the expected probability: three nodes of Gauss-Hermite quadrature.
    ///
    /// For means of -7 to 3 and variances up to 1.5, within 2 % of the integral.
    pub fn chance(self) -> f64 {
        let apart = sqrt(3.0 * self.variance);
        (4.0 * sigmoid(self.mean) + sigmoid(self.mean - apart) + sigmoid(self.mean + apart)) / 6.0
    }

    /// Returns how far the probability lies from the expected one, `chance`, usually: a standard deviation to first order.
    pub fn spread(self, chance: f64) -> f64 {
        chance * (1.0 - chance) * sqrt(self.variance)
    }
}

/// Returns the probability of log-odds.
pub fn sigmoid(odds: f64) -> f64 {
    1.0 / (1.0 + exp(-odds))
}

/// Returns the log-odds of a probability above 0 and below 1.
pub fn logit(chance: f64) -> f64 {
    libm::log(chance / (1.0 - chance))
}
