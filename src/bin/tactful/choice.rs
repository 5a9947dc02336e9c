//! Learns which of several things is chosen, from what is known of each.
//!
//! A conditional logit (McFadden, "Conditional Logit Analysis of Qualitative Choice Behavior", 1974): the chance of a
//! thing is the exponential of its weighted clues, as a share of those of all things in its list. A yes or no is a choice
//! between a thing and nothing, whose clues are all 0. Knows nothing of shopping. The same lists give the same bits on
//! every host: all functions come from `libm`, all sums have one order.

use crate::fit::solve;

/// Things of which some were chosen.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// Which part it belongs to; everything of one household is in the same.
    pub fold: u32,
    /// The clues of each thing; all things have as many.
    pub clues: Vec<Vec<f64>>,
    /// Whether each thing was chosen.
    pub chosen: Vec<bool>,
}

/// What each clue weighs, in log-odds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weights(pub Vec<f64>);

/// Most steps of Newton's method; it needs about ten.
const STEPS: usize = 50;
/// Most halvings of a step that goes too far.
const HALVINGS: usize = 30;

impl Weights {
    /// Learns from lists; those in which nothing was chosen teach nothing.
    ///
    /// Every weight is pulled to 0 as if it were known to be so to within one over the root of `pull` log-odds for a
    /// usual difference of its clue.
    pub fn learn<'a>(lists: impl Iterator<Item = &'a List>, pull: f64) -> Self {
        let lists: Vec<&List> = lists.filter(|list| list.chosen.contains(&true)).collect();
        let usual = differences(&lists);
        let lists: Vec<List> = lists.iter().map(|list| scaled(list, &usual)).collect();
        let mut weights = Self(vec![0.0; usual.len()]);
        let mut worth = weights.worth(&lists, pull);
        for _ in 0..STEPS {
            let step = solve(equations(&lists, &weights, pull));
            // NOTE: where one thing of many is nearly sure, a whole step goes far past the best weights.
            let halves = (0..HALVINGS).scan(1.0, |part, _| Some(std::mem::replace(part, *part / 2.0)));
            let mut tried =
                halves.map(|part| weights.moved(&step, part)).map(|tried| (tried.worth(&lists, pull), tried));
            let Some(better) = tried.find(|(tried, _)| *tried > worth + 1e-9) else { break };
            (worth, weights) = better;
        }
        weights.0.iter_mut().zip(&usual).for_each(|(weight, usual)| *weight /= usual);
        weights
    }

    /// Returns the log-odds of a thing against one whose clues are all 0.
    pub fn odds(&self, clues: &[f64]) -> f64 {
        self.0.iter().zip(clues).map(|(weight, clue)| weight * clue).sum()
    }

    fn moved(&self, step: &[f64], part: f64) -> Self {
        Self(self.0.iter().zip(step).map(|(weight, step)| weight + part * step).collect())
    }

    /// Returns the log-likelihood of the choices, less what the pull takes.
    fn worth(&self, lists: &[List], pull: f64) -> f64 {
        let pulled: f64 = self.0.iter().map(|weight| weight * weight).sum();
        let told = lists.iter().map(|list| {
            let chances = self.chances(&list.clues);
            let chosen = chances.iter().zip(&list.chosen).filter(|(_, chosen)| **chosen).map(|(chance, _)| *chance);
            let (sum, count) =
                chosen.fold((0.0, 0.0), |(sum, count), chance| (sum + libm::log(chance.max(1e-300)), count + 1.0));
            sum / count
        });
        told.sum::<f64>() - pull * pulled / 2.0
    }

    /// Returns the chance of each thing; they add up to 1.
    fn chances(&self, clues: &[Vec<f64>]) -> Vec<f64> {
        let odds: Vec<f64> = clues.iter().map(|clues| self.odds(clues)).collect();
        let most = odds.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let parts: Vec<f64> = odds.iter().map(|odds| libm::exp(odds - most)).collect();
        let all: f64 = parts.iter().sum();
        parts.iter().map(|part| part / all).collect()
    }
}

/// Returns the mean of each clue in a list, each thing weighing as `shares` say.
fn middle(list: &List, shares: &[f64]) -> Vec<f64> {
    let mut middle = vec![0.0; list.clues.first().map_or(0, Vec::len)];
    for (clues, share) in list.clues.iter().zip(shares) {
        middle.iter_mut().zip(clues).for_each(|(middle, clue)| *middle += share * clue);
    }
    middle
}

/// Returns by how much each clue usually differs inside a list: the root of its mean square distance from the middle.
fn differences(lists: &[&List]) -> Vec<f64> {
    let (mut squares, mut things) = (Vec::new(), 0.0);
    for list in lists {
        let count: f64 = list.clues.iter().map(|_| 1.0).sum();
        things += count;
        let middle = middle(list, &vec![1.0 / count; list.clues.len()]);
        squares.resize(middle.len(), 0.0);
        for clues in &list.clues {
            let apart = clues.iter().zip(&middle).map(|(clue, middle)| clue - middle);
            squares.iter_mut().zip(apart).for_each(|(square, apart)| *square += apart * apart);
        }
    }
    squares.iter().map(|square| libm::sqrt(square / things).max(1e-9)).collect()
}

fn scaled(list: &List, usual: &[f64]) -> List {
    let scale = |clues: &Vec<f64>| clues.iter().zip(usual).map(|(clue, usual)| clue / usual).collect();
    List { clues: list.clues.iter().map(scale).collect(), ..list.clone() }
}

/// Rows of the equations for the next step: bends, and the slope as the last column. Of several chosen things each counts
/// as one part of the list's one choice.
fn equations(lists: &[List], weights: &Weights, pull: f64) -> Vec<Vec<f64>> {
    let size = weights.0.len();
    let mut rows = vec![vec![0.0; size + 1]; size];
    for (at, (row, weight)) in rows.iter_mut().zip(&weights.0).enumerate() {
        row.iter_mut().skip(at).take(1).for_each(|cell| *cell += pull);
        row.iter_mut().skip(size).for_each(|cell| *cell -= pull * weight);
    }
    for list in lists {
        let shares = weights.chances(&list.clues);
        let middle = middle(list, &shares);
        let chosen: f64 = list.chosen.iter().map(|chosen| f64::from(u8::from(*chosen))).sum();
        for ((clues, share), chosen_this) in list.clues.iter().zip(&shares).zip(&list.chosen) {
            let apart: Vec<f64> = clues.iter().zip(&middle).map(|(clue, middle)| clue - middle).collect();
            let part = if *chosen_this { 1.0 / chosen } else { 0.0 };
            for (row, own) in rows.iter_mut().zip(&apart) {
                row.iter_mut().zip(&apart).for_each(|(cell, other)| *cell += share * own * other);
                row.iter_mut().skip(size).for_each(|cell| *cell += part * own);
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(clues: &[[f64; 2]], chosen: usize) -> List {
        let chosen = (0..clues.len()).map(|at| at == chosen).collect();
        List { fold: 0, clues: clues.iter().map(|clues| clues.to_vec()).collect(), chosen }
    }

    #[test]
    fn what_is_chosen_more_often_weighs_more_and_noise_nothing() {
        // NOTE: three of four choose the thing with the first clue, whatever the second one.
        let lists: Vec<List> = (0..400)
            .map(|n| {
                let noise = f64::from(n / 4 % 2);
                list(&[[1.0, noise], [0.0, 1.0 - noise]], usize::from(n % 4 == 0))
            })
            .collect();
        let Weights(weights) = Weights::learn(lists.iter(), 1e-6);
        assert!(weights.len() == 2 && (weights[0] - libm::log(3.0)).abs() < 0.01, "{weights:?}");
        assert!(weights[1].abs() < 1e-6, "{weights:?}");
        let Weights(pulled) = Weights::learn(lists.iter(), 1_000.0);
        assert!(pulled[0] > 0.0 && pulled[0] < 0.5, "{pulled:?}");
    }

    #[test]
    fn chances_of_a_yes_are_those_of_a_choice_against_nothing() {
        let asked = |n: u32| list(&[[0.0, 0.0], [1.0, 0.0]], usize::from(n < 20));
        let lists: Vec<List> = (0..100).map(asked).collect();
        let weights = Weights::learn(lists.iter(), 1e-6);
        assert!((crate::trees::chance(weights.odds(&[1.0, 0.0])) - 0.2).abs() < 0.001, "{weights:?}");
    }

    #[test]
    fn no_lists_and_lists_without_a_choice_teach_nothing() {
        assert_eq!(Weights::learn([].iter(), 1.0), Weights(Vec::new()));
        let none = List { chosen: vec![false, false], ..list(&[[1.0, 0.0], [0.0, 0.0]], 0) };
        assert_eq!(Weights::learn([none].iter(), 1.0), Weights(Vec::new()));
    }
}
