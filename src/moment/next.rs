//! What a household will likely put into its next basket, from its own purchases and what everybody buys.

use alloc::vec::Vec;

use super::need::{Evidence, Household, chance, clues};
use super::{exp, rounded};
use crate::catalog::Catalog;
use crate::product::CategoryIx;
use crate::profile::{Habit, Profile};
use crate::value::{Local, Ppm, order};

/// How categories are weighed against each other: the share of their shopping days, usually and now, as logarithms and
/// as they are; days since, in its intervals; the same where it is over one, and where it is under one, squared; whether
/// they ever bought it; and on how many days, as a logarithm.
///
/// Source: shopping days from April to September of the public households of the Complete Journey data (benchmark data of
/// uncertain provenance), as choices among the items that a household bought before and those that everybody buys.
pub const CATEGORIES: [f64; WEIGHTS] = [0.126, 0.430, -0.605, 1.098, 0.287, -0.081, 0.026, 0.096, 0.430];
/// The same for single products, of which more are tried and left.
pub const PRODUCTS: [f64; WEIGHTS] = [-0.524, 0.382, -2.867, 3.296, 0.261, -0.171, 0.029, 1.408, 1.423];
const WEIGHTS: usize = 9;

/// Most categories that are told.
pub const MOST: usize = 20;

/// One category that they may buy, with the evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    /// Which category.
    pub category: CategoryIx,
    /// When they bought it.
    pub habit: Habit,
    /// In how many days it is due, below 0 where that is past; `None` where they stopped.
    pub due: Option<i32>,
    /// Probability of a purchase within seven days.
    pub within_week: Ppm,
}

/// Returns the categories that they may buy on a shopping day, the likeliest first: at most [`MOST`] of those that they
/// bought before. Sensitive ones are left out, and what they never want to hear of again.
///
/// Cost: one pass over the categories, each a binary search in the habits and a few logarithms.
pub fn all(catalog: &Catalog, profile: &Profile, today: Local) -> Vec<Next> {
    let household = Household::new(&profile.shopping, &profile.categories, today.day);
    let evidence = |category| {
        let kind = catalog.category(category).filter(|kind| !kind.sensitive && !profile.is_never(kind.key))?;
        Some(Evidence::new(catalog, category, kind, *profile.categories.get(kind.key)?))
    };
    let kinds = (0..).take(catalog.categories.len());
    let wished = kinds.filter_map(|place| {
        let wish = wish(&CATEGORIES, &household, &evidence(CategoryIx(place))?);
        Some((order::signed(-i64::from(wish)), place.into()))
    });
    let mut wished: Vec<(u64, u32)> = wished.collect();
    order::sort(&mut wished);
    let likeliest = wished.into_iter().take(MOST).filter_map(|(_, place)| u16::try_from(place).ok());
    let next = |place| {
        let category = CategoryIx(place);
        let known = evidence(category)?;
        Some(Next {
            category,
            habit: known.habit,
            due: known.due(today.day),
            within_week: chance(&catalog.need.due, &household, &known, 1.0),
        })
    };
    likeliest.filter_map(next).collect()
}

/// Returns how much something is wished on a shopping day, against other things of this household; thousandths.
///
/// Cost: a few logarithms.
pub fn wish(weights: &[f64; WEIGHTS], household: &Household, known: &Evidence) -> i32 {
    let [share, share_now, _, _, silence, late, ..] = clues(household, known);
    let early = silence.min(0.0);
    let ever = f64::from(u8::from(known.habit.days > 0));
    let days = libm::log(f64::from(known.habit.days.max(1)));
    let (silence, late, early) = (silence * ever, late * ever, early * early * ever);
    let clues = [share, share_now, exp(share), exp(share_now), silence, late, early, ever, days];
    rounded(clues.iter().zip(weights).map(|(clue, weight)| clue * weight).sum::<f64>() * 1_000.0)
}
