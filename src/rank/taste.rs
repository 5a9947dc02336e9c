//! What one shopper finds useful: a Bayesian model learned from few, late and missing replies.
//!
//! The log-odds of a useful impression are what the catalog believes of the offer, plus clues of the moment times what they
//! weigh for this person, plus how this offer deviates for this person. Weights and deviations are Gaussian before
//! anything is known; after the replies they are so again, around the likeliest values and as wide as the curvature there
//! (Laplace's approximation; Bishop, "Pattern Recognition and Machine Learning", 2006, section 4.4). The likeliest values are
//! found from all remembered impressions by Newton's method, so they do not depend on the order in which replies came.
//!
//! An impression has few clues, so it is a short list of them; and every deviation touches only its own offer, so the
//! equations are solved for the weights alone: the cost grows with the impressions, and hardly with the offers.
//!
//! Knows numbers only, not what a clue means.

use alloc::vec::Vec;

use super::chance::{Belief, sigmoid};
use crate::moment::{exp, sqrt};

/// What is believed of the weights before anything is known of a person: means and standard deviations, log-odds for one
/// unit of the clue. The first weighs the person, who is a clue of 1 in every impression.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Before<const D: usize> {
    /// Means.
    pub mean: [f64; D],
    /// Standard deviations, above 0.
    pub sd: [f64; D],
}

/// Something that spoke for an impression: its place among the weights, 1 to 31, and how strong it was; 0 where there is
/// nothing.
pub type Clue = (usize, f64);

/// The clue that everything has, with a strength of 1: its place among the weights.
pub const PERSON: usize = 0;

/// One remembered impression, as learning reads it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen<const N: usize> {
    /// Place of its offer among the [`Lean`]s.
    pub offer: usize,
    /// Log-odds that are not learned: what the catalog believes of the offer.
    pub odds: f64,
    /// What spoke for it beside the person, by rising place.
    pub clues: [Clue; N],
    /// How much was said for it, in replies.
    pub useful: f64,
    /// How much was said against it, or not said at all, in replies.
    pub useless: f64,
    /// Probability that a useful reply would have come by now; 1 where somebody replied.
    pub told: f64,
}

/// How impressions age.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aging {
    /// Mean days until a useful reply comes, where one comes.
    pub delay: f64,
    /// Days after which an impression says about today's taste 1/e of what it said when it was new.
    pub fades: f64,
}

impl Aging {
    /// What ships. Assumptions: half of the replies within three days, none after [`Self::LAST`]; tastes that last about a
    /// year. `benches/learning.md` tells how little hangs on either.
    pub const SHIPPED: Self = Self { delay: 4.0, fades: 300.0 };

    /// No reply is expected after so many days. Source: the shared yardstick "learning".
    pub const LAST: f64 = 14.0;

    /// Returns the probability that a useful reply has come after so many days.
    pub fn told(self, days: f64) -> f64 {
        if days >= Self::LAST { 1.0 } else { 1.0 - exp(-days / self.delay) }
    }

    /// Returns the share of an impression that counts after so many days.
    pub fn kept(self, days: f64) -> f64 {
        exp(-days / self.fades)
    }
}

/// What is believed of one offer's deviation: a Gaussian.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Deviation {
    mean: f64,
    /// 1 / variance.
    precision: f64,
}

impl Deviation {
    /// Starts with the standard deviation `sd` (log-odds, above 0), and with impressions that are remembered as a sum only:
    /// `useful` replies where `expected` were.
    ///
    /// The replies are a Poisson number. Its conjugate gamma distribution, as wide as the deviation, takes them in: it is
    /// one again after them (Gelman et al., "Bayesian Data Analysis", 2013, section 2.6).
    pub fn new(sd: f64, useful: f64, expected: f64) -> Self {
        let wide = 1.0 / (sd * sd);
        let mean = if expected > 0.0 { libm::log((wide + useful) / (wide + expected)) } else { 0.0 };
        Self { mean, precision: wide + useful }
    }
}

/// What is known of one offer's deviation after all that was seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lean<const D: usize> {
    before: Deviation,
    mean: f64,
    precision: f64,
    slope: f64,
    /// The curvature that it has in common with the weights.
    shared: [f64; D],
    /// Where that is not 0: a bit for each place.
    places: u32,
}

impl<const D: usize> Lean<D> {
    /// Starts with what is believed of the deviation.
    pub const fn new(before: Deviation) -> Self {
        let Deviation { mean, precision } = before;
        Self { before, mean, precision, slope: 0.0, shared: [0.0; D], places: 0 }
    }

    /// Returns what was believed of the deviation before anything was seen.
    pub const fn before(&self) -> Deviation {
        self.before
    }

    fn begin(&mut self) {
        self.precision = self.before.precision;
        self.slope = self.precision * (self.before.mean - self.mean);
        self.shared = [0.0; D];
    }

    /// Solves for the deviation, so that only the weights are left.
    ///
    /// The person is a clue of 1 in every impression, so what it has in common with the others is what the offer has: it is
    /// added here, and not impression by impression.
    fn eliminate(&self, curvature: &mut [[f64; D]; D], slope: &mut [f64; D]) {
        let (up, kept) = (self.slope / self.precision, self.before.precision / self.precision);
        for (place, shared) in self.common(u32::MAX) {
            add_to(slope, place, -up * shared);
            let Some(row) = curvature.get_mut(place) else { continue };
            add_to(row, PERSON, kept * shared);
            let share = shared / self.precision;
            let up_to_it = (2_u32 << (place % 32)).wrapping_sub(2 << PERSON);
            self.common(up_to_it).for_each(|(other, shared)| add_to(row, other, -share * shared));
        }
    }

    /// What it has in common with these weights, with their places, rising.
    fn common(&self, places: u32) -> impl Iterator<Item = (usize, f64)> {
        let mut left = self.places & places;
        core::iter::from_fn(move || {
            let place = usize::try_from(left.trailing_zeros()).ok().filter(|_| left != 0)?;
            left &= left.wrapping_sub(1);
            Some((place, cell(&self.shared, place)))
        })
    }
}

/// What one shopper finds useful.
#[derive(Clone, Debug, PartialEq)]
pub struct Taste<const D: usize> {
    weights: [f64; D],
    root: Root<D>,
    leans: Vec<Lean<D>>,
}

/// Steps of Newton's method. On the shared yardstick "learning", three are as good as any number, two cost 0.003 of the
/// oracle's value (`benches/learning.md`).
const STEPS: usize = 3;
/// Longest step, log-odds: beyond, the curvature says nothing any more.
const LONG: f64 = 1.5;
/// Least curvature of an impression: of one without an answer, the likelihood may bend the other way.
const FLAT: f64 = 1e-6;

impl<const D: usize> Taste<D> {
    /// Learns from all that was `seen`.
    ///
    /// Cost: three passes over it, each one `exp` an impression, and two multiplications for each pair of its clues; and as
    /// many for each pair of the clues that an offer ever had.
    pub fn learn<const N: usize>(before: &Before<D>, leans: Vec<Lean<D>>, seen: &[Seen<N>]) -> Self {
        let mut taste =
            Self { weights: before.mean, root: Root(diagonal(|place| 1.0 / cell(&before.sd, place))), leans };
        for seen in seen {
            let spoke = seen.clues.iter().filter(|(_, clue)| *clue != 0.0);
            let places = spoke.fold(1 << PERSON, |places, (place, _)| places | 1 << (place % 32));
            taste.leans.get_mut(seen.offer).into_iter().for_each(|lean| lean.places |= places);
        }
        for _ in 0..if seen.is_empty() { 0 } else { STEPS } {
            taste.step(before, seen);
        }
        taste
    }

    /// Takes one step of Newton's method, and returns its longest part.
    fn step<const N: usize>(&mut self, before: &Before<D>, seen: &[Seen<N>]) -> f64 {
        let (mut curvature, mut slope) = self.start(before);
        self.leans.iter_mut().for_each(Lean::begin);
        for seen in seen {
            let Some(lean) = self.leans.get_mut(seen.offer) else { continue };
            let (up, bend) = seen.likelihood(seen.odds + lean.mean + dot(&self.weights, &seen.clues));
            lean.slope += up;
            lean.precision += bend;
            add_to(&mut slope, PERSON, up);
            add_to(&mut lean.shared, PERSON, bend);
            for (last, (place, clue)) in seen.clues.iter().enumerate().filter(|(_, (_, clue))| *clue != 0.0) {
                let (up, bend) = (up * clue, bend * clue);
                let sums = (slope.get_mut(*place), lean.shared.get_mut(*place), curvature.get_mut(*place));
                let (Some(slope), Some(shared), Some(row)) = sums else { continue };
                (*slope, *shared) = (*slope + up, *shared + bend);
                seen.clues.iter().take(last + 1).for_each(|(other, clue)| add_to(row, *other, bend * clue));
            }
        }
        self.leans.iter().for_each(|lean| lean.eliminate(&mut curvature, &mut slope));
        self.root = Root::of(curvature);
        self.go(&self.root.solve(slope))
    }

    /// The curvature and the slope of what was believed before.
    fn start(&self, before: &Before<D>) -> ([[f64; D]; D], [f64; D]) {
        let known = |place| 1.0 / (cell(&before.sd, place) * cell(&before.sd, place));
        let left = |place| cell(&before.mean, place) - cell(&self.weights, place);
        (diagonal(known), core::array::from_fn(|place| known(place) * left(place)))
    }

    fn go(&mut self, step: &[f64; D]) -> f64 {
        let mut longest = step.iter().fold(0.0, |longest, part| larger(part.abs(), longest));
        for lean in &mut self.leans {
            let common: f64 = lean.common(u32::MAX).map(|(place, shared)| shared * cell(step, place)).sum();
            lean.slope = (lean.slope - common) / lean.precision;
            longest = larger(lean.slope.abs(), longest);
        }
        let share = if longest > LONG { LONG / longest } else { 1.0 };
        self.weights.iter_mut().zip(step).for_each(|(weight, step)| *weight += share * step);
        self.leans.iter_mut().for_each(|lean| lean.mean += share * lean.slope);
        longest
    }

    /// Returns what is believed of each weight.
    pub fn weights(&self) -> [Belief; D] {
        core::array::from_fn(|place| {
            let mut alone = [0.0; D];
            add_to(&mut alone, place, 1.0);
            Belief { mean: cell(&self.weights, place), variance: self.root.square(alone) }
        })
    }

    /// Returns what is believed of an offer in a moment: its log-odds, `odds` of them from the catalog. One that has no place
    /// among the leans deviates as `before`. Cost: D² / 2 multiplications.
    pub fn belief(&self, offer: Option<usize>, before: Deviation, odds: f64, clues: &[Clue]) -> Belief {
        let known = offer.and_then(|offer| self.leans.get(offer));
        let Deviation { mean, precision } =
            known.map_or(before, |lean| Deviation { mean: lean.mean, precision: lean.precision });
        let mut apart = [0.0; D];
        add(&mut apart, 1.0, clues);
        if let Some(lean) = known {
            apart.iter_mut().zip(&lean.shared).for_each(|(apart, shared)| *apart -= shared / precision);
        }
        let mean = odds + dot(&self.weights, clues) + mean;
        Belief { mean, variance: 1.0 / precision + self.root.square(apart) }
    }
}

impl<const N: usize> Seen<N> {
    /// The slope of the log-likelihood at these log-odds and, positive, how it bends.
    ///
    /// Useful replies count as successes. Where nothing was said, a success may still be on its way: the likelihood of the
    /// silence is 1 - told · p (Chapelle, "Modeling Delayed Feedback in Display Advertising", KDD 2014, equation 8).
    fn likelihood(&self, odds: f64) -> (f64, f64) {
        let p = sigmoid(odds);
        let (missed, alone) = (1.0 - p, p * (1.0 - p));
        let quiet = self.told * p;
        let against = quiet * missed / (1.0 - quiet);
        let bend = against * (1.0 - 2.0 * p) + against * against;
        let (up, bend) = (self.useful * missed - self.useless * against, self.useful * alone + self.useless * bend);
        (up, larger(bend, FLAT))
    }
}

/// The lower triangle whose product with its mirror image is a positive definite matrix (Cholesky).
#[derive(Clone, Copy, Debug, PartialEq)]
struct Root<const D: usize>([[f64; D]; D]);

impl<const D: usize> Root<D> {
    /// Reads the lower triangle of `matrix` only. Where two places have nothing in common, there is nothing to do.
    fn of(mut matrix: [[f64; D]; D]) -> Self {
        for at in 0..D {
            let mut column = [0.0; D];
            let pivot = sqrt(matrix.get(at).map_or(FLAT, |row| larger(cell(row, at), FLAT)));
            for (place, row) in matrix.iter_mut().enumerate().skip(at) {
                let Some([share, behind @ ..]) = row.get_mut(at..=place) else { continue };
                *share = if place == at { pivot } else { *share / pivot };
                if *share != 0.0 {
                    column.get_mut(place).into_iter().for_each(|column| *column = *share);
                    let others = column.get(at + 1..).unwrap_or_default();
                    behind.iter_mut().zip(others).for_each(|(cell, other)| *cell -= *share * other);
                }
            }
        }
        Self(matrix)
    }

    /// Divides by the triangle.
    fn forward(&self, mut right: [f64; D]) -> [f64; D] {
        for (at, row) in self.0.iter().enumerate() {
            let known = product(row, &right, at);
            right.iter_mut().skip(at).take(1).for_each(|value| *value = (*value - known) / cell(row, at));
        }
        right
    }

    /// Divides by the matrix.
    fn solve(&self, right: [f64; D]) -> [f64; D] {
        let mut solved = self.forward(right);
        for (at, row) in self.0.iter().enumerate().rev() {
            let value = cell(&solved, at) / cell(row, at);
            solved.iter_mut().zip(row).take(at).for_each(|(other, share)| *other -= share * value);
            solved.iter_mut().skip(at).take(1).for_each(|solved| *solved = value);
        }
        solved
    }

    /// Returns `of` times itself, divided by the matrix.
    fn square(&self, of: [f64; D]) -> f64 {
        let part = self.forward(of);
        product(&part, &part, D)
    }
}

/// Returns the sum of the first `end` products.
fn product<const D: usize>(a: &[f64; D], b: &[f64; D], end: usize) -> f64 {
    a.iter().zip(b).take(end).fold(0.0, |sum, (a, b)| sum + a * b)
}

fn diagonal<const D: usize>(of: impl Fn(usize) -> f64) -> [[f64; D]; D] {
    let mut matrix = [[0.0; D]; D];
    matrix.iter_mut().enumerate().for_each(|(place, row)| add_to(row, place, of(place)));
    matrix
}

fn cell<const D: usize>(row: &[f64; D], at: usize) -> f64 {
    row.get(at).copied().unwrap_or_default()
}

/// Returns what the clues add to the log-odds, and the person.
pub(super) fn dot<const D: usize>(weights: &[f64; D], clues: &[Clue]) -> f64 {
    clues.iter().fold(cell(weights, PERSON), |sum, (place, clue)| sum + cell(weights, *place) * clue)
}

/// Adds `share` of the person, and of the clues.
fn add<const D: usize>(sum: &mut [f64; D], share: f64, clues: &[Clue]) {
    add_to(sum, PERSON, share);
    clues.iter().for_each(|(place, clue)| add_to(sum, *place, share * clue));
}

fn add_to<const D: usize>(sum: &mut [f64; D], place: usize, more: f64) {
    if let Some(sum) = sum.get_mut(place) {
        *sum += more;
    }
}

/// As `f64::max`, which is a call in a module.
const fn larger(one: f64, other: f64) -> f64 {
    if one > other { one } else { other }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    const BEFORE: Before<2> = Before { mean: [-3.0, 1.0], sd: [0.5, 0.6] };

    const WIDE: Deviation = Deviation { mean: 0.0, precision: 1.0 / 0.49 };

    fn seen(offer: usize, clue: f64, useful: bool) -> Seen<1> {
        let (useful, useless) = if useful { (1.0, 0.0) } else { (0.0, 1.0) };
        Seen { offer, odds: 0.0, clues: [(1, clue)], useful, useless, told: 1.0 }
    }

    fn leans(count: usize) -> Vec<Lean<2>> {
        vec![Lean::new(WIDE); count]
    }

    fn believed(seen: &[Seen<1>], offer: usize) -> Belief {
        Taste::learn(&BEFORE, leans(3), seen).belief(Some(offer), WIDE, 0.0, &[(1, 0.5)])
    }

    #[test]
    fn before_anything_is_known_the_prior_is_believed() {
        let belief = believed(&[], 0);
        assert!((belief.mean + 2.5).abs() < 1e-12 && (belief.variance - 0.83).abs() < 1e-12, "{belief:?}");
        let taste = Taste::learn::<0>(&BEFORE, Vec::new(), &[]);
        assert_eq!(taste.belief(None, WIDE, 0.0, &[(1, 0.5)]), belief);
    }

    #[test]
    fn the_likeliest_weights_are_where_the_posterior_is_flat() {
        let all: Vec<_> = (0..40_u8).map(|n| seen(usize::from(n % 3), f64::from(n % 5) / 5.0, n % 7 == 0)).collect();
        let mut taste = Taste::learn(&BEFORE, leans(3), &all);
        assert!(taste.step(&BEFORE, &all) < 1e-3, "another step changes nothing");
    }

    /// The dumb twin: the posterior of one clue and one offer, on a grid.
    #[test]
    fn the_approximation_is_near_the_integral() {
        let before = Before { mean: [-2.0], sd: [0.6] };
        let seen = |useful: bool| Seen {
            offer: 0,
            odds: 0.0,
            clues: [],
            useful: f64::from(u8::from(useful)),
            useless: f64::from(u8::from(!useful)),
            told: 0.8,
        };
        let all: Vec<Seen<0>> = (0..20).map(|n| seen(n % 5 == 0)).collect();
        let belief = Taste::learn(&before, vec![Lean::new(WIDE)], &all).belief(Some(0), WIDE, 0.0, &[]);
        let (mut mass, mut mean) = (0.0, 0.0);
        for at in -600..600 {
            // NOTE: both are constant here, so only their sum matters, with the sum of the variances.
            let odds = f64::from(at) / 100.0;
            let p = sigmoid(odds);
            let log = all.iter().fold(-(odds + 2.0) * (odds + 2.0) / (2.0 * 0.85), |log, seen| {
                log + seen.useful * libm::log(p) + seen.useless * libm::log(1.0 - seen.told * p)
            });
            mass += libm::exp(log);
            mean += p * libm::exp(log);
        }
        assert!((belief.chance() - mean / mass).abs() < 0.01, "{} {}", belief.chance(), mean / mass);
    }

    #[test]
    fn a_miss_that_may_still_come_says_less() {
        let late = |told| believed(&[Seen { told, ..seen(0, 0.5, false) }], 0).mean;
        assert!(late(0.0) > late(0.3) && late(0.3) > late(1.0));
        assert!((late(0.0) + 2.5).abs() < 1e-9, "one that was shown just now says nothing");
    }

    #[test]
    fn what_is_known_of_one_offer_moves_the_others_less() {
        let refused: Vec<_> = (0..30).map(|_| seen(0, 0.5, false)).collect();
        let (own, other) = (believed(&refused, 0), believed(&refused, 1));
        assert!(own.mean < other.mean && other.mean < -2.5, "{own:?} {other:?}");
        assert!(own.variance < other.variance);
    }

    #[test]
    fn the_order_of_replies_changes_nothing_to_speak_of() {
        let mut all: Vec<_> =
            (0..50_u8).map(|n| seen(usize::from(n % 3), f64::from(n % 4) / 4.0, n % 6 == 0)).collect();
        let forth = believed(&all, 1);
        all.reverse();
        assert!((believed(&all, 1).mean - forth.mean).abs() < 1e-9);
    }

    #[test]
    fn many_useful_replies_do_not_lead_the_search_astray() {
        let belief = believed(&vec![seen(1, 1.0, true); 200], 1);
        assert!(belief.chance() > 0.5 && belief.mean < 10.0, "{belief:?}");
    }

    #[test]
    fn old_impressions_count_as_a_sum() {
        let belief = |useful, expected| {
            let leans = vec![Lean::new(Deviation::new(0.7, useful, expected))];
            Taste::learn::<0>(&BEFORE, leans, &[]).belief(Some(0), WIDE, 0.0, &[(1, 0.5)]).mean
        };
        assert!((belief(2.0, 2.0) + 2.5).abs() < 1e-9, "as many as expected");
        assert!(belief(4.0, 2.0) > -2.5 && belief(0.0, 2.0) < -2.5);
    }
}
