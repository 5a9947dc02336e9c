//! Thompson sampling with an exact propensity: a fixed number of draws from the posterior, one of which is taken.
//!
//! The draws are made once with what may be said, from a stream fixed by the device and the offers; chance only says which
//! of them is taken, each alike. So the propensity of an offer, and of silence, is the share of the draws that it wins: no
//! estimate. The first draw is the mean of every offer, so what is expected to be best always has a propensity above 0.
//!
//! Knows nothing of caps, consent or tact: who may not be shown does not come this far.

use crate::value::{Key, Ppm, Seed};

/// One offer as the choice sees it; all but the key are shares of one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stake {
    /// The offer.
    pub key: Key,
    /// Expected usefulness.
    pub usefulness: f64,
    /// How far from it the usefulness may lie: a standard deviation.
    pub spread: f64,
    /// What usefulness weighs among the goals.
    pub weight: f64,
    /// What the other goals add.
    pub rest: f64,
}

/// How much is hoped for and tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Boldness {
    /// Standard deviations that usefulness counts for more than is expected: what is learned from an answer is worth
    /// something too.
    pub hope: f64,
    /// Standard deviations between the draws: 1 samples the posterior, 0 takes the best.
    pub width: f64,
    /// How many times the cost the expected usefulness has to be, whatever is hoped for.
    pub floor: f64,
}

impl Boldness {
    /// What ships: what is not expected to be worth its interruption is never tried, so exploring costs no tact.
    ///
    /// Of what is worth it, the one that is hoped for most is shown, with draws a tenth as wide as the posterior. From
    /// simulated years in worlds that are not those of the benchmark (`benches/learning.md`): hope pays for itself, a width
    /// of a tenth costs next to nothing, and sampling the posterior in full loses a third of the value.
    pub const SHIPPED: Self = Self { hope: 0.3, width: 0.1, floor: 1.0 };
}

/// The draws: in each the place of the offer that wins it, or nothing where silence does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draws([Option<u8>; Self::COUNT]);

/// Quantiles of the normal distribution at n/32, n = 1 to 31.
const QUANTILES: [f64; 31] = [
    -1.8627, -1.5341, -1.318, -1.1503, -1.01, -0.8871, -0.7764, -0.6745, -0.5791, -0.4888, -0.4023, -0.3186, -0.2372,
    -0.1573, -0.0784, 0.0, 0.0784, 0.1573, 0.2372, 0.3186, 0.4023, 0.4888, 0.5791, 0.6745, 0.7764, 0.8871, 1.01,
    1.1503, 1.318, 1.5341, 1.8627,
];

impl Draws {
    /// How many there are: the smallest propensity is one in so many.
    pub const COUNT: usize = 32;

    /// Silence in every draw.
    pub const SILENCE: Self = Self([None; Self::COUNT]);

    /// Draws for all `stakes` where an interruption costs `cost`; of equals the first wins.
    ///
    /// Cost: for each draw a multiplication for each of the offers that could be worth it at all.
    pub fn new(stakes: &[Stake], cost: f64, boldness: Boldness, device: Key) -> Self {
        let Boldness { hope, width, floor } = boldness;
        let most = hope + width * QUANTILES.last().copied().unwrap_or_default();
        let mut best = [(f64::NEG_INFINITY, None); Self::COUNT];
        for (place, stake) in (0..=u8::MAX).zip(stakes) {
            let is_hopeless = stake.usefulness + most * stake.spread < cost || stake.usefulness < floor * cost;
            if is_hopeless {
                continue;
            }
            for (best, quantile) in best.iter_mut().zip(stream(device.with(stake.key.0))) {
                let usefulness = stake.usefulness + (hope + width * quantile) * stake.spread;
                let score = stake.weight * usefulness + stake.rest;
                if usefulness >= cost && score > best.0 {
                    *best = (score, Some(place));
                }
            }
        }
        Self(best.map(|(_, place)| place))
    }

    /// Returns what wins where every offer is as useful as expected.
    pub fn expected(&self) -> Option<usize> {
        self.0.first().copied().flatten().map(usize::from)
    }

    /// Returns the exact probability of what has won a draw.
    fn propensity(&self, of: Option<u8>) -> Ppm {
        let wins = self.0.iter().filter(|won| **won == of).fold(0, |wins, _| wins + 1);
        Ppm::new(wins * (1_000_000 / 32))
    }

    /// Takes one draw, each alike, and returns what has won it with the exact probability of that.
    pub fn take(&self, seed: &mut Seed) -> (Option<usize>, Ppm) {
        let draw = seed.below(32);
        let won = usize::try_from(draw).ok().and_then(|draw| self.0.get(draw).copied()).flatten();
        (won.map(usize::from), self.propensity(won))
    }
}

/// Returns the quantile of an offer in each draw: 0 in the first, then each quantile once, in an order of its own.
fn stream(key: Key) -> impl Iterator<Item = f64> {
    let mut seed = Seed(key.0);
    // NOTE: 31 is a prime, so any step but 0 comes by every quantile.
    let (step, start) = (1 + seed.below(30), seed.below(31));
    let quantile = move |draw: u32| {
        let at = usize::try_from((start + step * draw) % 31).ok();
        at.and_then(|at| QUANTILES.get(at).copied()).unwrap_or_default()
    };
    core::iter::once(0.0).chain((0..31).map(quantile))
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    const BOLD: Boldness = Boldness { hope: 0.0, width: 1.0, floor: 0.0 };

    fn stakes(usefulness: &[f64], spread: f64) -> Vec<Stake> {
        let stake = |(key, usefulness): (u64, &f64)| Stake {
            key: Key(key),
            usefulness: *usefulness,
            spread,
            weight: 1.0,
            rest: 0.0,
        };
        (1..).zip(usefulness).map(stake).collect()
    }

    #[test]
    fn every_quantile_comes_once() {
        for key in 0..200 {
            let mut seen: Vec<f64> = stream(Key(key)).collect();
            assert_eq!((seen.len(), seen.remove(0)), (Draws::COUNT, 0.0));
            seen.sort_by(f64::total_cmp);
            assert_eq!(seen, QUANTILES);
        }
    }

    #[test]
    fn the_propensity_is_how_often_an_offer_or_silence_is_chosen() {
        const TRIES: u32 = 200_000;
        let draws = Draws::new(&stakes(&[0.12, 0.1, 0.09, 0.01], 0.05), 0.1, BOLD, Key(7));
        let (mut seed, mut counts, mut told) = (Seed(42), [0_u32; 5], [Ppm::ZERO; 5]);
        for _ in 0..TRIES {
            let (won, propensity) = draws.take(&mut seed);
            counts[won.unwrap_or(4)] += 1;
            told[won.unwrap_or(4)] = propensity;
        }
        assert_eq!(told.iter().map(|share| share.parts()).sum::<u32>(), 1_000_000);
        assert!(counts[0] > counts[1] && counts[2] > 0 && counts[4] > 0, "{counts:?}");
        assert_eq!(counts[3], 0, "what is never worth it is never tried");
        for (count, share) in counts.iter().zip(told) {
            let seen = f64::from(*count) / f64::from(TRIES);
            assert!((seen - f64::from(share.parts()) / 1e6).abs() < 0.004, "{seen} {share:?}");
        }
    }

    #[test]
    fn nothing_is_chosen_below_the_cost_and_the_best_where_all_is_known() {
        let known = |usefulness: &[f64]| Draws::new(&stakes(usefulness, 0.0), 0.1, BOLD, Key(7)).take(&mut Seed(1));
        assert_eq!(known(&[0.099, 0.005]), (None, Ppm::ONE));
        assert_eq!(known(&[]), (None, Ppm::ONE));
        assert_eq!(known(&[0.2, 0.3, 0.3]), (Some(1), Ppm::ONE));
    }

    #[test]
    fn no_hope_lifts_an_offer_over_the_floor() {
        let floor = Boldness { hope: 9.0, floor: 0.5, ..BOLD };
        assert_eq!(Draws::new(&stakes(&[0.049, 0.01], 0.5), 0.1, floor, Key(7)), Draws::SILENCE);
    }
}
