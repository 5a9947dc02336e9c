//! Learns the odds of a purchase from samples, and measures what they tell about samples that were not learnt from.
//!
//! Logistic regression with a pull to odds that were known before (a Gaussian prior around them), by Newton's method.
//! The same samples give the same bits on every host: all functions come from `libm`, all sums have one order.

use std::collections::BTreeMap;

use tactful::catalog::IntentOdds;
use tactful::catalog::intent::{Answers, places};

use crate::trees::chance;

/// What was known at an instant of a session, and whether a purchase followed in it.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Which part it belongs to; everything of one shopper is in the same.
    pub fold: u64,
    /// What was known.
    pub answers: Answers,
    /// Which event of the session it is; 0 for a silence.
    pub event: u32,
    /// Whether a purchase followed.
    pub bought: bool,
}

/// How much evidence outweighs what was known before: as if its log-odds were known to within 0.7 (one over the root).
const PULL: f64 = 2.0;
/// The same for the odds before anything is known, which are the shop's own.
const PULL_BEFORE: f64 = 0.02;
/// The same for the first answer of each clue, which adds nothing: the others are told against it.
const FIXED: f64 = 1e12;
/// Most steps of Newton's method; it needs about ten.
const STEPS: usize = 50;
/// Longest step, log-odds: a full one from odds far from the shop's own may go past them, and farther each time.
const LONGEST_STEP: f64 = 1.0;
const SIZE: usize = IntentOdds::LEVELS + 1;

/// Samples with the same answers: how many, and how many of them bought.
type Counts = BTreeMap<Answers, (f64, f64)>;

/// Learns odds from samples; where these say little, the odds stay near `before`.
pub fn learn<'a>(samples: impl Iterator<Item = &'a Sample>, before: &IntentOdds) -> IntentOdds {
    let mut counts = Counts::new();
    for sample in samples {
        let (all, bought) = counts.entry(sample.answers).or_default();
        (*all, *bought) = (*all + 1.0, *bought + f64::from(u8::from(sample.bought)));
    }
    let known: Vec<f64> =
        [before.before].iter().chain(&before.answers).map(|odds| f64::from(*odds) / 1_000.0).collect();
    let mut odds = known.clone();
    for _ in 0..STEPS {
        let step = solve(equations(&counts, &odds, &known));
        let longest = step.iter().fold(0.0, |longest: f64, step| longest.max(step.abs()));
        odds.iter_mut().zip(&step).for_each(|(odds, step)| *odds += step * (LONGEST_STEP / longest).min(1.0));
        if longest < 1e-9 {
            break;
        }
    }
    let mut whole = odds.into_iter().map(thousandths);
    let before = whole.next().unwrap_or_default();
    let mut answers = [0; IntentOdds::LEVELS];
    answers.iter_mut().zip(whole).for_each(|(answer, odds)| *answer = odds);
    IntentOdds { before, answers }
}

/// Learns what numbers weigh, in thousandths of log-odds: first what is there where all are 0. Where the rows say little,
/// the weights stay near `before`.
pub fn weigh(rows: &[(&[f32], bool)], before: &[f64]) -> Vec<i16> {
    let mut odds = before.to_vec();
    for _ in 0..STEPS {
        let step = solve(slopes(rows, &odds, before));
        let longest = step.iter().fold(0.0, |longest: f64, step| longest.max(step.abs()));
        odds.iter_mut().zip(&step).for_each(|(odds, step)| *odds += step * (LONGEST_STEP / longest).min(1.0));
        if longest < 1e-6 {
            break;
        }
    }
    odds.into_iter().map(thousandths).collect()
}

/// Rows of the equations for the next step, as in [`equations`], of numbers.
fn slopes(rows: &[(&[f32], bool)], odds: &[f64], before: &[f64]) -> Vec<Vec<f64>> {
    let size = odds.len();
    let mut sums = vec![vec![0.0; size + 1]; size];
    for (at, (sum, (odds, before))) in sums.iter_mut().zip(odds.iter().zip(before)).enumerate() {
        let pull = if at == 0 { PULL_BEFORE } else { PULL };
        add(sum, at, pull);
        add(sum, size, pull * (before - odds));
    }
    let mut numbers = vec![1.0; size];
    for (clues, bought) in rows {
        numbers.iter_mut().skip(1).zip(*clues).for_each(|(number, clue)| *number = f64::from(*clue));
        let chance = chance(numbers.iter().zip(odds).map(|(number, odds)| number * odds).sum());
        let (slope, bend) = (f64::from(u8::from(*bought)) - chance, chance * (1.0 - chance));
        for (sum, number) in sums.iter_mut().zip(&numbers) {
            sum.iter_mut().zip(&numbers).for_each(|(sum, other)| *sum += bend * number * other);
            add(sum, size, slope * number);
        }
    }
    sums
}

/// Rows of the equations for the next step: bends, and the slope as the last column.
fn equations(counts: &Counts, odds: &[f64], known: &[f64]) -> Vec<Vec<f64>> {
    let mut rows = vec![vec![0.0; SIZE + 1]; SIZE];
    let firsts: Vec<usize> = places(Answers::default()).map(|place| place + 1).collect();
    for (at, (row, (odds, known))) in rows.iter_mut().zip(odds.iter().zip(known)).enumerate() {
        let pull = match at {
            0 => PULL_BEFORE,
            _ if firsts.contains(&at) => FIXED,
            _ => PULL,
        };
        add(row, at, pull);
        add(row, SIZE, pull * (known - odds));
    }
    for (answers, (all, bought)) in counts {
        let at: Vec<usize> = [0].into_iter().chain(places(*answers).map(|place| place + 1)).collect();
        let chance = chance(at.iter().filter_map(|at| odds.get(*at)).sum());
        let (slope, bend) = (bought - all * chance, all * chance * (1.0 - chance));
        for place in &at {
            if let Some(row) = rows.get_mut(*place) {
                at.iter().for_each(|other| add(row, *other, bend));
                add(row, SIZE, slope);
            }
        }
    }
    rows
}

fn add(row: &mut [f64], at: usize, value: f64) {
    if let Some(cell) = row.get_mut(at) {
        *cell += value;
    }
}

/// Solves positive definite equations, whose last column is the right side, by elimination.
pub fn solve(mut rows: Vec<Vec<f64>>) -> Vec<f64> {
    for at in 0..rows.len() {
        let (done, rest) = rows.split_at_mut(at + 1);
        let Some(pivot) = done.last() else { continue };
        for row in rest {
            let share = cell(row, at) / cell(pivot, at);
            row.iter_mut().zip(pivot).skip(at).for_each(|(cell, pivot)| *cell -= share * pivot);
        }
    }
    let mut solved: Vec<f64> = Vec::new();
    for (at, row) in rows.iter().enumerate().rev() {
        let right = row.last().copied().unwrap_or_default();
        let known: f64 = solved.iter().rev().zip(row.iter().skip(at + 1)).map(|(value, factor)| value * factor).sum();
        solved.push((right - known) / cell(row, at));
    }
    solved.reverse();
    solved
}

fn cell(row: &[f64], at: usize) -> f64 {
    row.get(at).copied().unwrap_or_default()
}

pub fn thousandths(odds: f64) -> i16 {
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and odds beyond e^32 mean the same")]
    let whole = libm::round(odds * 1_000.0) as i16;
    whole
}

/// What chances tell about what happened.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// Samples, and how many of them bought.
    pub samples: usize,
    /// How many of them bought.
    pub bought: usize,
    /// How often a sample that bought has a higher chance than one that did not; ties count half.
    pub auc: f64,
    /// Mean of the negative logarithm of the chance of what happened.
    pub log_loss: f64,
    /// Mean distance of chance and share in ten parts with as many samples, by rising chance.
    pub calibration: f64,
}

/// Measures chances against what happened; an AUC of one half where all ended alike.
pub fn measure(mut told: Vec<(f64, bool)>) -> Told {
    told.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let count = |list: &[(f64, bool)]| list.iter().fold(0.0, |sum, (_, bought)| sum + f64::from(u8::from(*bought)));
    let (all, bought) = (told.iter().fold(0.0, |sum, _| sum + 1.0), count(&told));
    let (mut below, mut wins) = (0.0, 0.0);
    for tied in told.chunk_by(|(a, _), (b, _)| a.total_cmp(b).is_eq()) {
        let yes = count(tied);
        let no = tied.iter().fold(0.0, |sum, _| sum + 1.0) - yes;
        wins += yes * (below + no / 2.0);
        below += no;
    }
    let pairs = bought * (all - bought);
    let loss = |(chance, bought): &(f64, bool)| -libm::log(if *bought { *chance } else { 1.0 - chance }.max(1e-6));
    let part = |part: usize| told.len() * part / 10;
    let apart = |at: usize| {
        let list = told.get(part(at)..part(at + 1)).unwrap_or_default();
        (list.iter().map(|(chance, _)| chance).sum::<f64>() - count(list)).abs()
    };
    Told {
        samples: told.len(),
        bought: told.iter().filter(|(_, bought)| *bought).count(),
        auc: if pairs > 0.0 { wins / pairs } else { 0.5 },
        log_loss: told.iter().map(loss).sum::<f64>() / f64::max(all, 1.0),
        calibration: (0..10).map(apart).sum::<f64>() / f64::max(all, 1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn measures_are_those_of_the_scorer() {
        let told = measure(vec![(0.1, false), (0.4, false), (0.35, true), (0.8, true)]);
        assert!(close(told.auc, 0.75) && (told.samples, told.bought) == (4, 2), "{told:?}");
        assert!(close(measure(vec![(0.4, false), (0.4, true)]).auc, 0.5) && close(measure(Vec::new()).auc, 0.5));
        assert!(close(measure(vec![(0.5, true), (0.5, false)]).log_loss, libm::log(2.0)));
        let sure = measure((0..20).map(|n| (f64::from(u8::from(n < 5)), n < 5)).collect());
        assert!(close(sure.calibration, 0.0) && close(sure.auc, 1.0), "{sure:?}");
    }

    #[test]
    fn equations_are_solved() {
        let solved = solve(vec![vec![4.0, 1.0, 9.0], vec![1.0, 3.0, 5.0]]);
        assert!(solved.iter().zip([2.0, 1.0]).all(|(a, b)| close(*a, b)), "{solved:?}");
    }

    fn sample(basket: u8, bought: bool) -> Sample {
        Sample { fold: 0, answers: [0, 0, basket, 0, 0, 0, 0, 0, 0, 0], event: 1, bought }
    }

    #[test]
    fn many_samples_outweigh_what_was_known_and_none_change_nothing() {
        let samples: Vec<Sample> = (0..4_000).map(|n| sample(u8::from(n % 2 == 1), n % 10 < 4 && n % 2 == 1)).collect();
        let odds = learn(samples.iter(), &IntentOdds::PRIOR);
        let told = |basket| chance(f64::from(odds.sum(sample(basket, true).answers)) / 1_000.0);
        assert!((told(1) - 0.4).abs() < 0.01 && told(0) < 0.03, "{} {}", told(0), told(1));
        let far = learn(samples.iter(), &IntentOdds { before: -9_000, ..IntentOdds::PRIOR });
        assert!((far.before - odds.before).abs() < 100, "{} {}", far.before, odds.before);
        assert_eq!(learn([].iter(), &IntentOdds::PRIOR), IntentOdds::PRIOR);
    }
}
