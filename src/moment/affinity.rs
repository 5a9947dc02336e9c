//! How much of what an offer is about a household buys anyway: of many coupons, which one it would use.

use super::{Facts, to_ppm};
use crate::catalog::Scope;
use crate::product::{CategoryIx, ProductIx};
use crate::profile::Habit;
use crate::profile::habit::WHOLE;
use crate::value::Ppm;

/// One thing that a household buys, of those that a scope names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bought {
    /// A product.
    Product(ProductIx),
    /// A category.
    Category(CategoryIx),
}

/// Days with a purchase that are expected within 32 days, for each day that counts still: with the shorter and the longer
/// of [`FADES`](crate::profile::habit::FADES).
///
/// Source: Poisson processes that fit the purchases from day 100 to 272 of every tenth public household of the Complete
/// Journey data best (benchmark data of uncertain provenance). Later, from day 250 on, the probabilities are up to .10 too high
/// in the middle, as less is bought at all then, and right at the top.
const OF_PRODUCT: [f64; 2] = [0.101, 0.103];
const OF_CATEGORY: [f64; 2] = [0.126, 0.204];

/// Returns the probability that they buy something of `scope` within 32 days, and what of it they buy most; `None` of what
/// they never bought, do not want to hear of, or what is about everything. Of something sensitive that they stopped buying,
/// nothing is known.
///
/// Cost: for each product and category of the scope a binary search in the habits.
pub fn of(facts: Facts, scope: &Scope) -> Option<(Bought, Ppm)> {
    let products = scope.products.iter().filter_map(|ix| Some((Bought::Product(*ix), of_product(facts, *ix)?)));
    let categories = scope.categories.iter().filter_map(|ix| Some((Bought::Category(*ix), of_category(facts, *ix)?)));
    let (mut most, mut sum) = (None, 0.0);
    for (bought, expected) in products.chain(categories) {
        sum += expected;
        if most.is_none_or(|(_, least)| least < expected) {
            most = Some((bought, expected));
        }
    }
    most.map(|(bought, _)| (bought, to_ppm(1.0 - libm::exp(-sum))))
}

fn of_product(facts: Facts, place: ProductIx) -> Option<f64> {
    let product = facts.catalog.product(place)?;
    let habit = facts.profile.products.get(product.key)?;
    let kind = facts.catalog.category(product.category)?;
    let wanted = !kind.sensitive && !facts.profile.is_never(kind.key) && !facts.profile.is_never(product.key);
    wanted.then(|| expected(habit, OF_PRODUCT, facts.moment.local.day))
}

fn of_category(facts: Facts, place: CategoryIx) -> Option<f64> {
    let habit = facts.habit(place)?;
    let wanted = facts.catalog.category(place).is_some_and(|kind| !facts.profile.is_never(kind.key));
    wanted.then(|| expected(habit, OF_CATEGORY, facts.moment.local.day))
}

fn expected(habit: &Habit, each: [f64; 2], today: i32) -> f64 {
    let days = habit.faded(today).into_iter().zip(each);
    days.map(|(count, each)| each * f64::from(count) / f64::from(WHOLE)).sum()
}
