//! Thompson sampling with an exact propensity: 32 draws from the posterior, one of which is taken.
//!
//! The draws are made once with what may be said, from a stream fixed by the device and the offers; chance only says which
//! of them is taken, each alike. So the propensity of an offer is the share of the draws that it wins: no estimate. In 25
//! of them every offer has its mean: what is expected to be best is shown in most cases, and exploring is bounded by the
//! other seven. Equals keep the catalog's priority as often.
//!
//! What is not expected to be worth its interruption is in no draw: exploring costs no tact, and silence is certain.
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

/// Standard deviations of the posterior between the draws: 1 is Thompson sampling, 0 always takes the best.
///
/// From simulated years (`benches/learning.md`): exploring gains nothing, since one person gives too few replies to pay for
/// it, and the prior of the catalog knows what would be found. A width of 1 costs 0.015 of the oracle's value, one of 0.1
/// costs 0.002 and still keeps offers of like worth comparable.
pub const WIDTH: f64 = 0.1;

/// The draws: in each the place of the offer that wins it, or nothing where none is worth it. The first stands for all at the
/// mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draws([Option<u8>; 1 + QUANTILES.len()]);

/// Quantiles of the normal distribution at n/8, n = 1 to 7.
const QUANTILES: [f64; 7] = [-HIGHEST, -0.6745, -0.3186, 0.0, 0.3186, 0.6745, HIGHEST];
const HIGHEST: f64 = 1.1503;

impl Draws {
    /// How many there are: the smallest propensity is one in so many.
    pub const COUNT: u32 = 32;
    /// So many of them are at the mean.
    const MEAN: u32 = 25;

    /// Draws `width` standard deviations wide for all `stakes` that are worth `cost`; of equals the first wins.
    ///
    /// Cost: for each of these a look at every draw, and two multiplications where it may win.
    pub fn new(stakes: impl Iterator<Item = Stake>, cost: f64, width: f64, device: Key) -> Self {
        let mut best = [(f64::NEG_INFINITY, None); 1 + QUANTILES.len()];
        for (place, stake) in (0..=u8::MAX).zip(stakes).filter(|(_, stake)| stake.usefulness >= cost) {
            let score = |quantile| stake.weight * (stake.usefulness + width * quantile * stake.spread) + stake.rest;
            let compete = |best: &mut (f64, Option<u8>), quantile| {
                let score = score(quantile);
                if score > best.0 {
                    *best = (score, Some(place));
                }
            };
            let ([at_mean, drawn @ ..], highest) = (&mut best, score(HIGHEST));
            compete(at_mean, 0.0);
            // NOTE: what at its highest does not beat the winner of now is not drawn.
            let drawn = drawn.iter_mut().zip(stream(device.with(stake.key.0)));
            drawn.filter(|(best, _)| highest > best.0).for_each(|(best, quantile)| compete(best, quantile));
        }
        Self(best.map(|(_, place)| place))
    }

    /// Returns what wins where every offer is as useful as expected.
    pub fn expected(&self) -> Option<usize> {
        self.0.first().copied().flatten().map(usize::from)
    }

    /// Returns the exact probability of what has won a draw.
    fn propensity(&self, of: Option<u8>) -> Ppm {
        let shares = core::iter::once(Self::MEAN).chain(core::iter::repeat(1));
        let wins: u32 = self.0.iter().zip(shares).filter(|(won, _)| **won == of).map(|(_, share)| share).sum();
        Ppm::new(wins * (1_000_000 / Self::COUNT))
    }

    /// Returns the exact probability of the offer in this place.
    pub fn chance(&self, place: u8) -> Ppm {
        self.propensity(Some(place))
    }

    /// Takes one draw, each alike, and returns what has won it with the exact probability of that.
    pub fn take(&self, seed: &mut Seed) -> (Option<usize>, Ppm) {
        let draw = (seed.below(Self::COUNT) + 1).saturating_sub(Self::MEAN);
        let won = usize::try_from(draw).ok().and_then(|draw| self.0.get(draw).copied()).flatten();
        (won.map(usize::from), self.propensity(won))
    }
}

/// Returns the quantile of an offer in each draw but the first: each once, in an order of its own.
fn stream(key: Key) -> impl Iterator<Item = f64> {
    let mut seed = Seed(key.0);
    // NOTE: 7 is a prime, so any step but 0 comes by every quantile.
    let [step, mut at] = [1 + seed.below(6), seed.below(7)].map(|number| usize::try_from(number).unwrap_or(0));
    core::iter::from_fn(move || {
        let quantile = QUANTILES.get(at).copied();
        at = if at + step < QUANTILES.len() { at + step } else { at + step - QUANTILES.len() };
        quantile
    })
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

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
            let mut seen: Vec<f64> = stream(Key(key)).take(QUANTILES.len()).collect();
            seen.sort_by(f64::total_cmp);
            assert_eq!(seen, QUANTILES);
        }
    }

    #[test]
    fn the_propensity_is_how_often_an_offer_is_chosen() {
        const TRIES: u32 = 200_000;
        let draws = Draws::new(stakes(&[0.12, 0.11, 0.1, 0.09], 0.05).into_iter(), 0.1, 1.0, Key(7));
        let (mut seed, mut counts, mut told) = (Seed(42), [0_u32; 5], [Ppm::ZERO; 5]);
        for _ in 0..TRIES {
            let (won, propensity) = draws.take(&mut seed);
            counts[won.unwrap_or(4)] += 1;
            told[won.unwrap_or(4)] = propensity;
        }
        assert_eq!(told.iter().map(|share| share.parts()).sum::<u32>(), 1_000_000);
        for (place, told) in (0..4).zip(told) {
            assert_eq!(draws.chance(place), told, "{place}");
        }
        assert!(counts[0] > 7 * TRIES / 10 && counts[1] > 0, "{counts:?}");
        assert_eq!(counts[3..], [0, 0], "what is not worth it is never tried");
        for (count, share) in counts.iter().zip(told) {
            let seen = f64::from(*count) / f64::from(TRIES);
            assert!((seen - f64::from(share.parts()) / 1e6).abs() < 0.004, "{seen} {share:?}");
        }
    }

    #[test]
    fn nothing_is_chosen_below_the_cost_and_the_best_where_all_is_known() {
        let known =
            |usefulness: &[f64]| Draws::new(stakes(usefulness, 0.0).into_iter(), 0.1, 1.0, Key(7)).take(&mut Seed(1));
        assert_eq!(known(&[0.099, 0.005]), (None, Ppm::ONE));
        assert_eq!(known(&[]), (None, Ppm::ONE));
        assert_eq!(known(&[0.2, 0.3, 0.3]), (Some(1), Ppm::ONE));
    }
}
