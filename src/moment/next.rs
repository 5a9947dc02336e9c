//! What a household will likely put into its next basket, from its own purchases and what everybody buys.

use alloc::vec::Vec;

use super::need::{Evidence, Household, clues};
use super::to_thousandths;
use crate::catalog::Catalog;
use crate::product::CategoryIx;
use crate::profile::Profile;
use crate::value::{Local, order};

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

/// Returns the categories that they may buy on a shopping day, the likeliest first: `most` of those that they bought
/// before or that everybody buys; sensitive ones are left out.
pub fn categories(catalog: &Catalog, profile: &Profile, today: Local, most: usize) -> Vec<CategoryIx> {
    let household = Household::new(&profile.shopping, &profile.categories, today.day);
    let kinds = (0..).map(CategoryIx).zip(&catalog.categories).filter(|(_, kind)| !kind.sensitive);
    let scored = kinds.map(|(category, kind)| {
        let habit = profile.categories.get(kind.key).copied().unwrap_or_default();
        (category, wish(&CATEGORIES, &household, &Evidence::new(catalog, category, kind, habit)))
    });
    order::least(scored, most, |(_, wish)| order::signed(-i64::from(*wish))).into_iter().map(|(ix, _)| ix).collect()
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
    let clues = [share, share_now, libm::exp(share), libm::exp(share_now), silence, late, early, ever, days];
    to_thousandths(clues.iter().zip(weights).map(|(clue, weight)| clue * weight).sum())
}
