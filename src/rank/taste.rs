//! What one shopper finds useful: a Bayesian model learned from few, late and missing replies.
//!
//! The log-odds of a useful impression are what the catalog believes of the offer, plus clues of the moment times what they
//! weigh for this person, plus how this offer deviates for this person. Weights and deviations are Gaussian before
//! anything is known; after the replies they are so again, around the likeliest values and as wide as the curvature there
//! (Laplace's approximation; Bishop, "Pattern Recognition and Machine Learning", 2006, section 4.4). The likeliest values are
//! found from all remembered impressions by Newton's method, so they do not depend on the order in which replies came.
//!
//! Every deviation touches only its own offer, so the equations are solved for the weights alone: their cost grows with
//! the impressions, and hardly with the offers.
//!
//! Knows numbers only, not what a clue means.

use alloc::vec::Vec;

use super::chance::{Belief, sigmoid};

/// What is believed of the weights of `D` clues before anything is known of a person: means and standard deviations,
/// log-odds for one unit of the clue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Before<const D: usize> {
    /// Means.
    pub mean: [f64; D],
    /// Standard deviations, above 0.
    pub sd: [f64; D],
}

/// One remembered impression, as learning reads it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen<const D: usize> {
    /// Place of its offer among the [`Lean`]s.
    pub offer: usize,
    /// Log-odds that are not learned: what the catalog believes of the offer.
    pub odds: f64,
    /// What spoke for it.
    pub clues: [f64; D],
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
        if days >= Self::LAST { 1.0 } else { 1.0 - libm::exp(-days / self.delay) }
    }

    /// Returns the share of an impression that counts after so many days.
    pub fn kept(self, days: f64) -> f64 {
        libm::exp(-days / self.fades)
    }
}

/// What is known of one offer's deviation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lean<const D: usize> {
    /// Standard deviation before anything is known, log-odds.
    sd: f64,
    /// Useful replies to impressions that are remembered as a sum only.
    useful: f64,
    /// And how many were expected of them.
    expected: f64,
    mean: f64,
    precision: f64,
    /// The curvature that it has in common with the weights.
    shared: [f64; D],
}

impl<const D: usize> Lean<D> {
    /// Starts with the standard deviation `sd` (log-odds, above 0), and with impressions that are remembered as a sum only:
    /// `useful` replies where `expected` were.
    pub const fn new(sd: f64, useful: f64, expected: f64) -> Self {
        Self { sd, useful, expected, mean: 0.0, precision: 0.0, shared: [0.0; D] }
    }

    /// Returns the slope of its deviation and starts to sum its curvature: the prior, and a Poisson number of old replies.
    fn start(&mut self) -> f64 {
        let known = 1.0 / (self.sd * self.sd);
        let old = if self.expected > 0.0 { self.expected * libm::exp(self.mean) } else { 0.0 };
        self.precision = known + old;
        self.shared = [0.0; D];
        self.useful - old - known * self.mean
    }

    /// Tells whether an impression of it is remembered.
    fn is_seen(&self) -> bool {
        self.shared.iter().any(|shared| *shared != 0.0)
    }
}

/// What one shopper finds useful.
#[derive(Clone, Debug, PartialEq)]
pub struct Taste<const D: usize> {
    weights: [f64; D],
    root: Root<D>,
    leans: Vec<Lean<D>>,
}

/// Most steps of Newton's method, and when to stop before: a step so short changes no probability by a hundredth of itself.
const STEPS: usize = 12;
const SHORT: f64 = 0.05;
/// Longest step, log-odds: beyond, the curvature says nothing any more.
const LONG: f64 = 1.5;
/// Least curvature of an impression: of one without an answer, the likelihood may bend the other way.
const FLAT: f64 = 1e-6;

impl<const D: usize> Taste<D> {
    /// Learns from all that was `seen`.
    ///
    /// Cost: about four passes over it, each about D²/2 + 3 D multiplications and one `exp` an impression, and D² an offer.
    pub fn learn(before: &Before<D>, leans: Vec<Lean<D>>, seen: &[Seen<D>]) -> Self {
        let mut taste = Self { weights: before.mean, root: Root([[0.0; D]; D]), leans };
        let mut slopes = alloc::vec![0.0; taste.leans.len()];
        for _ in 0..STEPS {
            if taste.step(before, seen, &mut slopes) < SHORT {
                break;
            }
        }
        taste
    }

    /// Takes one step of Newton's method, and returns its longest part.
    fn step(&mut self, before: &Before<D>, seen: &[Seen<D>], slopes: &mut [f64]) -> f64 {
        let (mut curvature, mut slope) = self.start(before);
        slopes.iter_mut().zip(&mut self.leans).for_each(|(slope, lean)| *slope = lean.start());
        for seen in seen {
            let Some(lean) = self.leans.get_mut(seen.offer) else { continue };
            let (up, bend) = seen.likelihood(seen.odds + lean.mean + dot(&seen.clues, &self.weights));
            if let Some(slope) = slopes.get_mut(seen.offer) {
                *slope += up;
            }
            lean.precision += bend;
            add(&mut lean.shared, bend, &seen.clues);
            add(&mut slope, up, &seen.clues);
            add_square(&mut curvature, bend, &seen.clues);
        }
        // NOTE: an offer of which only sums are remembered has nothing in common with the weights.
        for (lean, own) in self.leans.iter().zip(slopes.iter()).filter(|(lean, _)| lean.is_seen()) {
            add(&mut slope, -own / lean.precision, &lean.shared);
            add_square(&mut curvature, -1.0 / lean.precision, &lean.shared);
        }
        self.root = Root::of(curvature);
        self.go(self.root.solve(slope), slopes)
    }

    /// The slope and the curvature of what was believed before.
    fn start(&self, before: &Before<D>) -> ([[f64; D]; D], [f64; D]) {
        let (mut curvature, mut slope) = ([[0.0; D]; D], [0.0; D]);
        let known = before.mean.iter().zip(&before.sd).zip(&self.weights);
        for (at, ((row, slope), ((mean, sd), weight))) in curvature.iter_mut().zip(&mut slope).zip(known).enumerate() {
            let precision = 1.0 / (sd * sd);
            row.iter_mut().skip(at).take(1).for_each(|cell| *cell = precision);
            *slope = precision * (mean - weight);
        }
        (curvature, slope)
    }

    fn go(&mut self, step: [f64; D], slopes: &mut [f64]) -> f64 {
        for (slope, lean) in slopes.iter_mut().zip(&self.leans) {
            let common = if lean.is_seen() { dot(&lean.shared, &step) } else { 0.0 };
            *slope = (*slope - common) / lean.precision;
        }
        let longest = step.iter().chain(slopes.iter()).fold(0.0, |longest: f64, part| longest.max(part.abs()));
        let share = if longest > LONG { LONG / longest } else { 1.0 };
        self.weights.iter_mut().zip(&step).for_each(|(weight, step)| *weight += share * step);
        self.leans.iter_mut().zip(slopes.iter()).for_each(|(lean, step)| lean.mean += share * step);
        longest
    }

    /// Returns what is believed of an offer in a moment: its log-odds, `odds` of them from the catalog. One that was never
    /// shown, so has no place among the leans, deviates by `sd`. Cost: D² / 2 multiplications.
    pub fn belief(&self, offer: Option<usize>, sd: f64, odds: f64, clues: &[f64; D]) -> Belief {
        let lean = offer.and_then(|offer| self.leans.get(offer));
        let mean = odds + dot(clues, &self.weights) + lean.map_or(0.0, |lean| lean.mean);
        let (mut apart, mut variance) = (*clues, sd * sd);
        if let Some(lean) = lean {
            variance = 1.0 / lean.precision;
            add(&mut apart, -variance, &lean.shared);
        }
        Belief { mean, variance: variance + self.root.square(apart) }
    }
}

impl<const D: usize> Seen<D> {
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
        (up, bend.max(FLAT))
    }
}

/// The lower triangle whose product with its mirror image is a positive definite matrix (Cholesky).
#[derive(Clone, Copy, Debug, PartialEq)]
struct Root<const D: usize>([[f64; D]; D]);

impl<const D: usize> Root<D> {
    /// Reads the lower triangle of `matrix` only.
    fn of(mut matrix: [[f64; D]; D]) -> Self {
        for at in 0..D {
            let (done, rest) = matrix.split_at_mut(at);
            let Some(row) = rest.first_mut() else { break };
            for (column, above) in done.iter().enumerate() {
                let known = dot_before(row, above, column);
                let pivot = cell(above, column);
                row.iter_mut().skip(column).take(1).for_each(|cell| *cell = (*cell - known) / pivot);
            }
            let known = dot_before(row, row, at);
            row.iter_mut().skip(at).take(1).for_each(|cell| *cell = libm::sqrt((*cell - known).max(FLAT)));
        }
        Self(matrix)
    }

    /// Divides by the triangle.
    fn forward(&self, mut right: [f64; D]) -> [f64; D] {
        for (at, row) in self.0.iter().enumerate() {
            let known = dot_before(row, &right, at);
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
        dot(&part, &part)
    }
}

fn dot<const D: usize>(a: &[f64; D], b: &[f64; D]) -> f64 {
    dot_before(a, b, D)
}

fn dot_before<const D: usize>(a: &[f64; D], b: &[f64; D], end: usize) -> f64 {
    a.iter().zip(b).take(end).fold(0.0, |sum, (a, b)| sum + a * b)
}

fn cell<const D: usize>(row: &[f64; D], at: usize) -> f64 {
    row.get(at).copied().unwrap_or_default()
}

fn add<const D: usize>(sum: &mut [f64; D], share: f64, of: &[f64; D]) {
    sum.iter_mut().zip(of).for_each(|(sum, value)| *sum += share * value);
}

/// Adds `share` of the product of `of` with itself, to the lower triangle. Cost: a row for each number that is not 0.
fn add_square<const D: usize>(sum: &mut [[f64; D]; D], share: f64, of: &[f64; D]) {
    for (at, (row, value)) in sum.iter_mut().zip(of).enumerate() {
        if *value == 0.0 {
            continue;
        }
        let share = share * value;
        row.iter_mut().zip(of).take(at + 1).for_each(|(sum, other)| *sum += share * other);
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    const BEFORE: Before<2> = Before { mean: [-3.0, 1.0], sd: [0.5, 0.6] };

    fn seen(offer: usize, clue: f64, useful: bool) -> Seen<2> {
        let (useful, useless) = if useful { (1.0, 0.0) } else { (0.0, 1.0) };
        Seen { offer, odds: 0.0, clues: [1.0, clue], useful, useless, told: 1.0 }
    }

    fn leans(count: usize) -> Vec<Lean<2>> {
        vec![Lean::new(0.7, 0.0, 0.0); count]
    }

    fn believed(seen: &[Seen<2>], offer: usize) -> Belief {
        Taste::learn(&BEFORE, leans(3), seen).belief(Some(offer), 0.7, 0.0, &[1.0, 0.5])
    }

    #[test]
    fn before_anything_is_known_the_prior_is_believed() {
        let belief = believed(&[], 0);
        assert!((belief.mean + 2.5).abs() < 1e-12 && (belief.variance - 0.83).abs() < 1e-12, "{belief:?}");
        let taste = Taste::learn(&BEFORE, Vec::new(), &[]);
        assert_eq!(taste.belief(None, 0.7, 0.0, &[1.0, 0.5]), belief);
    }

    #[test]
    fn the_likeliest_weights_are_where_the_posterior_is_flat() {
        let all: Vec<_> = (0..40_u8).map(|n| seen(usize::from(n % 3), f64::from(n % 5) / 5.0, n % 7 == 0)).collect();
        let mut taste = Taste::learn(&BEFORE, leans(3), &all);
        let mut slopes = vec![0.0; 3];
        assert!(taste.step(&BEFORE, &all, &mut slopes) < 1e-3, "another step changes nothing");
    }

    /// The dumb twin: the posterior of one clue and one offer, on a grid.
    #[test]
    fn the_approximation_is_near_the_integral() {
        let before = Before { mean: [-2.0], sd: [0.6] };
        let seen = |useful: bool| Seen {
            offer: 0,
            odds: 0.0,
            clues: [1.0],
            useful: f64::from(u8::from(useful)),
            useless: f64::from(u8::from(!useful)),
            told: 0.8,
        };
        let all: Vec<Seen<1>> = (0..20).map(|n| seen(n % 5 == 0)).collect();
        let belief = Taste::learn(&before, vec![Lean::new(0.7, 0.0, 0.0)], &all).belief(Some(0), 0.7, 0.0, &[1.0]);
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
            let leans = vec![Lean::new(0.7, useful, expected)];
            Taste::learn(&BEFORE, leans, &[]).belief(Some(0), 0.7, 0.0, &[1.0, 0.5]).mean
        };
        assert!((belief(2.0, 2.0) + 2.5).abs() < 1e-9, "as many as expected");
        assert!(belief(4.0, 2.0) > -2.5 && belief(0.0, 2.0) < -2.5);
    }
}
