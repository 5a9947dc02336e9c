//! How much of what an offer is about a household buys anyway: of many coupons, which one it would use.

use super::{Facts, exp, to_ppm};
use crate::catalog::Scope;
use crate::product::{About, CategoryIx, ProductIx};
use crate::profile::Habit;
use crate::profile::habit::{FADES, WHOLE};
use crate::value::Ppm;

/// Days with a purchase that are expected within 32 days, for each day that counts still: with the shorter and the longer
/// of [`FADES`](crate::profile::habit::FADES).
///
/// Source: Poisson processes that fit the purchases from day 100 to 272 of every tenth public household of the Complete
/// Journey data best (benchmark data of uncertain provenance). Later, from day 250 on, the probabilities are up to .10 too high
/// in the middle, as less is bought at all then, and right at the top.
const OF_PRODUCT: [f64; 2] = [0.101, 0.103];
const OF_CATEGORY: [f64; 2] = [0.126, 0.204];

/// Returns the probability that they buy something of `scope` within 32 days, and what of it they buy most; `None` of what
/// they never bought, of what is about everything, and where they never want to hear again of what they buy most. Of
/// something sensitive that they stopped buying nothing is known.
///
/// Cost: for each product and category of the scope a binary search in the habits.
pub fn of(facts: Facts, scope: &Scope) -> Option<(About, Ppm)> {
    if facts.profile.products.0.is_empty() && facts.profile.categories.0.is_empty() {
        return None;
    }
    let products = scope.products.iter().filter_map(|ix| Some((About::Product(*ix), of_product(facts, *ix)?)));
    let categories = scope.categories.iter().filter_map(|ix| Some((About::Category(*ix), of_category(facts, *ix)?)));
    let (mut most, mut sum) = (None, 0.0);
    for (bought, expected) in products.chain(categories) {
        sum += expected;
        if most.is_none_or(|(_, least)| least < expected) {
            most = Some((bought, expected));
        }
    }
    let wanted = most.filter(|(bought, _)| is_wanted(facts, *bought));
    wanted.map(|(bought, _)| (bought, to_ppm(1.0 - exp(-sum))))
}

fn of_product(facts: Facts, place: ProductIx) -> Option<f64> {
    let product = facts.catalog.product(place)?;
    let habit = facts.profile.products.get(product.key)?;
    let is_sensitive = facts.catalog.category(product.category).is_none_or(|kind| kind.sensitive);
    (!is_sensitive).then(|| expected(habit, OF_PRODUCT, facts.moment.local.day))
}

fn of_category(facts: Facts, place: CategoryIx) -> Option<f64> {
    facts.habit(place).map(|habit| expected(habit, OF_CATEGORY, facts.moment.local.day))
}

/// Returns the days with a purchase that are expected. The counts fade as [`Habit::faded`] says, but for rounding.
fn expected(habit: &Habit, each: [f64; 2], today: i32) -> f64 {
    let age = f64::from(today.saturating_sub(habit.last).max(0));
    let days = habit.faded.into_iter().zip(FADES).zip(each);
    let sum: f64 = days.map(|((days, fades), each)| each * f64::from(days) * exp(-age / f64::from(fades))).sum();
    sum / f64::from(WHOLE)
}

/// Tells whether they may be told of it: neither it nor its category is something that they never want again.
fn is_wanted(facts: Facts, bought: About) -> bool {
    let product = match bought {
        About::Product(place) => facts.catalog.product(place),
        About::Category(_) => None,
    };
    let category = match bought {
        About::Category(place) => Some(place),
        About::Product(_) => product.map(|product| product.category),
    };
    let category = category.and_then(|place| facts.catalog.category(place)).map(|kind| kind.key);
    !product.map(|product| product.key).into_iter().chain(category).any(|key| facts.profile.is_never(key))
}
