//! What a coupon takes off a basket, exactly. Integers only; knows nothing of people.

use alloc::vec::Vec;

use crate::basket::{Basket, Part};
use crate::catalog::{Off, Scope, Value};
use crate::value::Minor;

/// What a coupon does to a basket as it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Savings {
    /// What it takes off; nothing while the minimum spend is not reached.
    pub saves: Minor,
    /// What the basket then costs.
    pub pays: Minor,
    /// What the lines in scope lack to the minimum spend.
    pub missing: Minor,
}

/// Evaluates a coupon. The discount never exceeds the lines in scope, the coupon's maximum, or the amount.
///
/// Cost: one search of the basket for each product and category of the scope.
pub fn evaluate(value: &Value, scope: &Scope, basket: &Basket) -> Savings {
    let total = basket.total();
    let in_scope = if scope.is_everything() { total } else { covered(scope, basket).map(|part| part.total).sum() };
    let missing = value.minimum_spend.minus(in_scope);
    if missing > Minor::ZERO || in_scope == Minor::ZERO {
        return Savings { saves: Minor::ZERO, pays: total, missing };
    }
    let off = match value.off {
        Off::Percent(rate) => in_scope.share(rate),
        Off::Amount(amount) => amount,
    };
    let saves = off.min(value.maximum).min(in_scope);
    Savings { saves, pays: total.minus(saves), missing }
}

/// Returns what a basket has of what a scope names, no line twice; nothing of a scope that is everything.
pub fn covered<'a>(scope: &'a Scope, basket: &'a Basket) -> impl Iterator<Item = Part> {
    let of_categories = scope.categories.iter().filter_map(|category| basket.of_category(*category));
    let counted = |part: &Part| {
        let category = basket.lines().get(part.first).and_then(|line| line.category);
        category.is_some_and(|category| scope.categories.contains(&category))
    };
    let of_products = scope.products.iter().filter_map(|product| basket.of_product(*product));
    of_categories.chain(of_products.filter(move |part| !counted(part)))
}

/// Splits `discount` over amounts in proportion, by largest remainder: the parts sum to the discount exactly.
///
/// Equal remainders go to the earlier amount. Nothing to weigh by gives no parts but zeros. Cost: one sort.
///
/// ```
/// use tactful::{savings::allocate, value::Minor};
/// let parts = allocate(Minor::new(100), &[Minor::new(1), Minor::new(1), Minor::new(1)]);
/// assert_eq!(parts, [34, 33, 33].map(Minor::new));
/// ```
pub fn allocate(discount: Minor, amounts: &[Minor]) -> Vec<Minor> {
    let total: u128 = amounts.iter().map(|amount| u128::from(amount.units())).sum();
    if total == 0 {
        return alloc::vec![Minor::ZERO; amounts.len()];
    }
    let product = |amount: &Minor| u128::from(discount.units()) * u128::from(amount.units());
    let mut parts: Vec<u64> = amounts.iter().map(|amount| narrow(product(amount) / total)).collect();
    let mut by_remainder: Vec<usize> = (0..amounts.len()).collect();
    by_remainder.sort_by_key(|at| core::cmp::Reverse(amounts.get(*at).map_or(0, |amount| product(amount) % total)));
    let left = discount.units() - parts.iter().sum::<u64>();
    for at in by_remainder.into_iter().take(usize::try_from(left).unwrap_or(usize::MAX)) {
        if let Some(part) = parts.get_mut(at) {
            *part += 1;
        }
    }
    parts.into_iter().map(Minor::new).collect()
}

fn narrow(wide: u128) -> u64 {
    u64::try_from(wide).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
