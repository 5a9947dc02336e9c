//! Learns how likely a yes is from numbers and kinds: boosted trees, averaged over several of them.
//!
//! For reports and yardsticks on a desk; what a phone evaluates is a small table. Knows nothing of shopping. The same
//! rows in the same order give the same bits on every host: all functions come from `libm`, all chance from a seed.
//!
//! Sources: Friedman, "Greedy Function Approximation: A Gradient Boosting Machine" (2001), with the second-order leaves
//! of Chen, Guestrin, "XGBoost" (2016, section 2.2); kinds as the shrunk log-odds of other rows of the same kind,
//! Micci-Barreca, "A Preprocessing Scheme for High-Cardinality Categorical Attributes" (2001).

use std::collections::BTreeMap;

use tactful::value::{Ppm, Seed};

/// One thing that happened and how it ended.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// What has an order; every row has as many.
    pub numbers: Vec<f64>,
    /// What has none, such as a browser; every row has as many.
    pub kinds: Vec<u32>,
    /// Whether it ended with a yes.
    pub yes: bool,
}

/// Sets of trees, each learnt with other chance.
pub struct Trees {
    sets: Vec<Set>,
}

/// Sets of trees. More cost time and change the AUC of the benchmark by less than 0.001.
const SETS: u64 = 8;
/// Trees of a set, and how deep each is. Chosen by the five folds of the benchmark, where 100 to 400 trees of depth 3 to
/// 5 differ by 0.002.
const ROUNDS: usize = 150;
const DEPTH: u32 = 4;
/// What one tree may add, as a share of what it would like to.
const STEP: f64 = 0.05;
/// Least evidence of a leaf, in yes-or-no rows of variance; and what pulls a leaf to nothing.
const LEAST: f64 = 3.0;
const PULL: f64 = 5.0;
/// Shares of the rows and of the features that a tree or a split may look at.
const ROWS: Ppm = Ppm::new(600_000);
const FEATURES: Ppm = Ppm::new(500_000);
/// Most pieces a number is cut into.
const PIECES: usize = 48;
/// Rows of the whole that a kind is mixed with.
const MIXED: f64 = 20.0;
/// Parts for learning what a kind means without the row itself.
const PARTS: u32 = 5;

impl Trees {
    /// Learns from rows; they need a yes and a no among them, else every chance is near the share of yes.
    pub fn learn(rows: &[&Row]) -> Self {
        Self { sets: (0..SETS).map(|set| Set::learn(rows, Seed(set))).collect() }
    }

    /// Returns how likely a row ends with a yes, 0 to 1.
    pub fn chance(&self, row: &Row) -> f64 {
        let odds = self.sets.iter().map(|set| set.odds(row));
        chance(mean(odds))
    }
}

/// Returns the chance that log-odds mean.
pub fn chance(odds: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-odds))
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / f64::max(count, 1.0)
}

/// What kinds mean: the shrunk log-odds of a yes.
struct Kinds {
    before: f64,
    seen: Vec<BTreeMap<u32, (f64, f64)>>,
}

impl Kinds {
    fn learn<'a>(rows: impl Iterator<Item = &'a Row>) -> Self {
        let (mut all, mut yes) = (0.0, 0.0);
        let mut seen: Vec<BTreeMap<u32, (f64, f64)>> = Vec::new();
        for row in rows {
            let this = f64::from(u8::from(row.yes));
            (all, yes) = (all + 1.0, yes + this);
            seen.resize_with(row.kinds.len(), BTreeMap::new);
            for (seen, kind) in seen.iter_mut().zip(&row.kinds) {
                let (all, yes) = seen.entry(*kind).or_default();
                (*all, *yes) = (*all + 1.0, *yes + this);
            }
        }
        // NOTE: half a yes and half a no, so that rows that all end alike have log-odds.
        Self { before: (yes + 0.5) / (all + 1.0), seen }
    }

    /// Returns the numbers of a row, and a number for each kind; a kind never seen is as likely as any row.
    fn numbers(&self, row: &Row) -> Vec<f64> {
        let kinds = self.seen.iter().zip(&row.kinds).map(|(seen, kind)| {
            let (all, yes) = seen.get(kind).copied().unwrap_or_default();
            let share = (yes + MIXED * self.before) / (all + MIXED);
            libm::log(share / (1.0 - share))
        });
        row.numbers.iter().copied().chain(kinds).collect()
    }
}

/// Trees that were learnt one after the other, each from what the ones before could not tell.
struct Set {
    kinds: Kinds,
    cuts: Vec<Vec<f64>>,
    before: f64,
    trees: Vec<Tree>,
}

/// A row as a tree sees it.
struct Sample {
    pieces: Vec<u8>,
    yes: f64,
    odds: f64,
    /// How much the log-odds want to rise, and how certain that is: the first and second derivative of the likelihood.
    slope: f64,
    bend: f64,
}

impl Set {
    fn learn(rows: &[&Row], mut seed: Seed) -> Self {
        let kinds = Kinds::learn(rows.iter().copied());
        let before = libm::log(kinds.before / (1.0 - kinds.before));
        let numbers = apart(rows, &mut seed);
        let cuts = cuts(&numbers);
        let sample = |(row, numbers): (&&Row, &Vec<f64>)| Sample {
            pieces: pieces(&cuts, numbers),
            yes: f64::from(u8::from(row.yes)),
            odds: before,
            slope: 0.0,
            bend: 0.0,
        };
        let mut samples: Vec<Sample> = rows.iter().zip(&numbers).map(sample).collect();
        let trees = (0..ROUNDS).map(|_| round(&mut samples, cuts.len(), &mut seed)).collect();
        Self { kinds, cuts, before, trees }
    }

    fn odds(&self, row: &Row) -> f64 {
        let pieces = pieces(&self.cuts, &self.kinds.numbers(row));
        self.trees.iter().fold(self.before, |odds, tree| odds + STEP * tree.value(&pieces))
    }
}

/// Returns the numbers of every row, its kinds as other rows know them: no row is told its own end.
fn apart(rows: &[&Row], seed: &mut Seed) -> Vec<Vec<f64>> {
    let parts: Vec<u32> = rows.iter().map(|_| seed.below(PARTS)).collect();
    let others = |part| rows.iter().zip(&parts).filter(move |(_, own)| **own != part).map(|(row, _)| *row);
    let known: BTreeMap<u32, Kinds> = (0..PARTS).map(|part| (part, Kinds::learn(others(part)))).collect();
    let numbers = |(row, part): (&&Row, &u32)| known.get(part).map(|kinds| kinds.numbers(row)).unwrap_or_default();
    rows.iter().zip(&parts).map(numbers).collect()
}

/// Returns where each number is cut: between all its values, or into pieces of about as many rows.
fn cuts(rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let columns = rows.first().map_or(0, Vec::len);
    let column = |at| rows.iter().filter_map(|row| row.get(at).copied()).collect::<Vec<f64>>();
    (0..columns).map(|at| cut(column(at))).collect()
}

fn cut(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    let mut distinct = values.clone();
    distinct.dedup();
    let step = if distinct.len() <= PIECES { 1 } else { values.len() / PIECES };
    let wanted = values.iter().step_by(step.max(1)).filter_map(|value| {
        let below = distinct.partition_point(|other| other < value).checked_sub(1)?;
        distinct.get(below).map(|below| f64::midpoint(*below, *value))
    });
    let mut cuts: Vec<f64> = wanted.collect();
    cuts.dedup();
    cuts
}

fn pieces(cuts: &[Vec<f64>], numbers: &[f64]) -> Vec<u8> {
    let piece = |(cuts, number): (&Vec<f64>, &f64)| cuts.partition_point(|cut| cut <= number);
    cuts.iter().zip(numbers).map(|of| u8::try_from(piece(of)).unwrap_or(u8::MAX)).collect()
}

/// Learns one more tree, and moves the samples on.
fn round(samples: &mut [Sample], features: usize, seed: &mut Seed) -> Tree {
    for sample in samples.iter_mut() {
        let chance = chance(sample.odds);
        (sample.slope, sample.bend) = (sample.yes - chance, chance * (1.0 - chance));
    }
    let some: Vec<&Sample> = samples.iter().filter(|_| seed.happens(ROWS)).collect();
    let tree = Tree::grow(&some, features, DEPTH, seed);
    for sample in samples.iter_mut() {
        sample.odds += STEP * tree.value(&sample.pieces);
    }
    tree
}

enum Tree {
    Leaf(f64),
    /// Up to this piece of the feature on the low side.
    Split {
        feature: usize,
        piece: u8,
        low: Box<Self>,
        high: Box<Self>,
    },
}

/// Slope and bend of several samples together.
#[derive(Clone, Copy, Default)]
struct Sum {
    slope: f64,
    bend: f64,
}

impl Sum {
    fn add(&mut self, slope: f64, bend: f64) {
        (self.slope, self.bend) = (self.slope + slope, self.bend + bend);
    }

    const fn without(self, other: Self) -> Self {
        Self { slope: self.slope - other.slope, bend: self.bend - other.bend }
    }

    const fn gain(self) -> f64 {
        self.slope * self.slope / (self.bend + PULL)
    }
}

impl Tree {
    fn grow(samples: &[&Sample], features: usize, depth: u32, seed: &mut Seed) -> Self {
        let mut all = Sum::default();
        samples.iter().for_each(|sample| all.add(sample.slope, sample.bend));
        let split = if depth == 0 { None } else { best(samples, features, all, seed) };
        let Some((feature, piece)) = split else {
            return Self::Leaf(all.slope / (all.bend + PULL));
        };
        let is_low = |sample: &&Sample| sample.pieces.get(feature).is_some_and(|own| *own <= piece);
        let (low, high): (Vec<&Sample>, Vec<&Sample>) = samples.iter().partition(|sample| is_low(sample));
        let low = Box::new(Self::grow(&low, features, depth - 1, seed));
        let high = Box::new(Self::grow(&high, features, depth - 1, seed));
        Self::Split { feature, piece, low, high }
    }

    fn value(&self, pieces: &[u8]) -> f64 {
        match self {
            Self::Leaf(value) => *value,
            Self::Split { feature, piece, low, high } => {
                let is_low = pieces.get(*feature).is_some_and(|own| own <= piece);
                if is_low { low.value(pieces) } else { high.value(pieces) }
            }
        }
    }
}

/// Returns the feature and the piece that tell most, of those that chance looks at.
fn best(samples: &[&Sample], features: usize, all: Sum, seed: &mut Seed) -> Option<(usize, u8)> {
    let mut best = None;
    let mut most = all.gain() + 1e-9;
    for feature in (0..features).filter(|_| seed.happens(FEATURES)) {
        let mut low = Sum::default();
        for (piece, here) in (0..u8::MAX).zip(histogram(samples, feature)) {
            low.add(here.slope, here.bend);
            let high = all.without(low);
            let gain = low.gain() + high.gain();
            if low.bend >= LEAST && high.bend >= LEAST && gain > most {
                (best, most) = (Some((feature, piece)), gain);
            }
        }
    }
    best
}

fn histogram(samples: &[&Sample], feature: usize) -> [Sum; PIECES + 1] {
    let mut pieces = [Sum::default(); PIECES + 1];
    for sample in samples {
        let piece = sample.pieces.get(feature).and_then(|piece| pieces.get_mut(usize::from(*piece)));
        if let Some(piece) = piece {
            piece.add(sample.slope, sample.bend);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two numbers and a kind; yes where exactly one number is high, which no sum of the two can tell.
    fn rows() -> Vec<Row> {
        let mut seed = Seed(1);
        let mut row = || {
            let (a, b) = (seed.below(10), seed.below(10));
            Row { numbers: vec![a.into(), b.into()], kinds: vec![seed.below(4)], yes: (a < 5) != (b < 5) }
        };
        (0..400).map(|_| row()).collect()
    }

    fn asked(rows: &[Row], a: f64, b: f64) -> f64 {
        let trees = Trees::learn(&rows.iter().collect::<Vec<_>>());
        trees.chance(&Row { numbers: vec![a, b], kinds: vec![9], yes: false })
    }

    #[test]
    fn what_no_sum_can_tell_is_learnt() {
        let rows = rows();
        assert!(asked(&rows, 1.0, 1.0) < 0.1 && asked(&rows, 1.0, 8.0) > 0.9, "{}", asked(&rows, 1.0, 8.0));
    }

    #[test]
    fn the_same_rows_give_the_same_bits() {
        let rows = rows();
        assert_eq!(asked(&rows, 3.0, 7.0).to_bits(), asked(&rows, 3.0, 7.0).to_bits());
    }

    #[test]
    fn a_kind_is_learnt_and_one_never_seen_is_as_likely_as_any_row() {
        let rows: Vec<Row> =
            (0..300).map(|n| Row { numbers: Vec::new(), kinds: vec![n % 3], yes: n % 3 == 0 }).collect();
        let trees = Trees::learn(&rows.iter().collect::<Vec<_>>());
        let [first, second, other] = [0, 1, 7].map(|kind| trees.chance(&Row { kinds: vec![kind], ..Row::default() }));
        assert!(first > 0.8 && second < 0.2 && second < other && other < first, "{first} {second} {other}");
    }

    #[test]
    fn rows_that_all_end_alike_and_no_rows_are_no_fault() {
        let all: Vec<Row> = rows().into_iter().map(|row| Row { yes: true, ..row }).collect();
        assert!(asked(&all, 1.0, 1.0) > 0.99);
        assert!((asked(&[], 1.0, 1.0) - 0.5).abs() < 1e-9);
    }
}
