//! What a coupon takes off a basket, exactly. Integers only; knows nothing of people.
//!
//! A phone asks for one coupon, [`evaluate`]. A till asks for the [best combination](best::best) of several, for what is
//! [paid back](returned::returned) when pieces are returned, and [why](refusal::Refusal) a coupon is not used.

pub mod best;
pub mod refusal;
pub mod returned;
mod settle;
pub mod tax;

use alloc::vec::Vec;

use crate::basket::{Basket, Part};
use crate::catalog::{Counting, Off, Scope, Tier, Value};
use crate::value::{BasisPoints, Minor, order};

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
/// Cost: one search of the basket for each product and category of the scope; where something is excepted from it, or
/// single pieces count, one pass over the lines, and a sort of those in scope.
pub fn evaluate(value: &Value, scope: &Scope, basket: &Basket) -> Savings {
    if basket.lines().is_empty() {
        return Savings { missing: value.minimum_spend, ..Savings::default() };
    }
    let total = basket.total();
    let in_scope = if !scope.except.is_empty() {
        pile(scope, scope, basket).1
    } else if scope.is_everything() {
        total
    } else {
        covered(scope, basket).map(|part| part.total).sum()
    };
    let (mut rate, mut off, mut counts) = (BasisPoints::default(), Minor::ZERO, in_scope);
    match &value.off {
        Off::Percent(percent) => rate = *percent,
        Off::Amount(amount) => off = *amount,
        Off::Tiers(counting, tiers) => {
            let pieces = || pile(scope, scope, basket).2.into();
            let number = if *counting == Counting::Spend { in_scope.units() } else { pieces() };
            if let Some(tier) = Tier::reached(tiers, number) {
                (rate, off) = (tier.percent, tier.amount);
            }
        }
        Off::Bundle(parts, price) => off = bundled(parts, *price, scope, basket),
        Off::Pieces { of, pay } => off = free_pieces((*of).into(), (*pay).into(), u32::MAX, scope, basket),
        Off::Free(count) => {
            off = free_pieces(1, 0, (*count).into(), scope, basket);
            counts = total.minus(off);
        }
    }
    off = off.plus(in_scope.share(rate));
    let missing = value.minimum_spend.minus(counts);
    let saves = if missing > Minor::ZERO { Minor::ZERO } else { off.min(value.maximum).min(in_scope) };
    Savings { saves, pays: total.minus(saves), missing }
}

/// Lines as the price of a piece and how many pieces there are, the dearest last.
type Pile = Vec<(u64, u32)>;

/// Returns the lines in scope, or of a part of it; what they cost, and how many pieces they have.
#[inline(never)]
fn pile(scope: &Scope, part: &Scope, basket: &Basket) -> (Pile, Minor, u32) {
    let (mut pile, mut total, mut pieces) = (Pile::new(), Minor::ZERO, 0);
    for line in basket.lines() {
        if scope.covers(line.product, line.category) && part.covers(line.product, line.category) {
            pile.push((line.price.units(), line.quantity.into()));
            total = total.plus(line.total());
            // NOTE: a basket has at most 200 lines of 65,535 pieces.
            pieces += u32::from(line.quantity);
        }
    }
    order::sort(&mut pile);
    (pile, total, pieces)
}

/// Adds up the free ones of the first `most` pieces in scope, the dearest first: of each `of` those behind the first `pay`,
/// in whole groups.
fn free_pieces(of: u32, pay: u32, most: u32, scope: &Scope, basket: &Basket) -> Minor {
    let (pile, _, pieces) = pile(scope, scope, basket);
    let most = most.min(whole_groups(pieces, of));
    let (mut rank, mut known, mut sum) = (0, 0, Minor::ZERO);
    for (price, pieces) in pile.into_iter().rev() {
        rank = most.min(rank + pieces);
        let free = free_of(of, pay, rank);
        sum = sum.plus(Minor::new(price).times(free - known));
        known = free;
    }
    sum
}

/// Returns how many of so many pieces are in whole groups of `of`.
const fn whole_groups(pieces: u32, of: u32) -> u32 {
    pieces - if of == 0 { 0 } else { pieces % of }
}

/// Returns how many of the first `rank` pieces are free, where of each `of` those behind the first `pay` are.
fn free_of(of: u32, pay: u32, rank: u32) -> u32 {
    let of = of.max(1);
    rank / of * of.saturating_sub(pay) + (rank % of).saturating_sub(pay)
}

/// Puts bundles together from the dearest pieces down, as long as one costs less than its pieces.
fn bundled(parts: &[Scope], price: Minor, scope: &Scope, basket: &Basket) -> Minor {
    let mut piles: Vec<Pile> = parts.iter().map(|part| pile(scope, part, basket).0).collect();
    let mut saves = Minor::ZERO;
    loop {
        let (mut sum, mut bundles) = (Minor::ZERO, u32::MAX);
        for pile in &piles {
            let (price, pieces) = pile.last().copied().unwrap_or_default();
            sum = sum.plus(Minor::new(price));
            bundles = bundles.min(pieces);
        }
        // NOTE: each turn uses up a line; where a part has none left there are no bundles.
        if bundles == 0 || sum <= price {
            return saves;
        }
        saves = saves.plus(sum.minus(price).times(bundles));
        for pile in &mut piles {
            if let Some((_, pieces)) = pile.last_mut() {
                *pieces -= bundles;
                if *pieces == 0 {
                    pile.pop();
                }
            }
        }
    }
}

/// Returns what a basket has of what a scope names, no line twice; nothing of a scope that is everything. What is excepted is
/// not looked at.
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
    let mut parts = Vec::new();
    share_out(discount, amounts, &mut parts, &mut Vec::new());
    parts
}

/// Splits as [`allocate`] does, into `parts`.
fn share_out(
    discount: Minor,
    amounts: &[Minor],
    parts: &mut Vec<Minor>,
    by_remainder: &mut Vec<(core::cmp::Reverse<u128>, usize)>,
) {
    parts.clear();
    by_remainder.clear();
    let total: u128 = amounts.iter().map(|amount| u128::from(amount.units())).sum();
    if total == 0 || discount == Minor::ZERO {
        return parts.resize(amounts.len(), Minor::ZERO);
    }
    // NOTE: what a till sees fits, and 64 bits are divided many times faster than 128.
    let small = u64::try_from(total).ok().filter(|total| discount.units().checked_mul(*total).is_some());
    let divided = |amount: &Minor| match small {
        Some(total) => {
            let product = discount.units() * amount.units();
            (product / total, u128::from(product % total))
        }
        None => {
            let product = u128::from(discount.units()) * u128::from(amount.units());
            (u64::try_from(product / total).unwrap_or(u64::MAX), product % total)
        }
    };
    for (at, amount) in amounts.iter().enumerate() {
        let (part, remainder) = divided(amount);
        parts.push(Minor::new(part));
        by_remainder.push((core::cmp::Reverse(remainder), at));
    }
    let left = discount.minus(parts.iter().copied().sum()).units();
    let left = usize::try_from(left).unwrap_or(usize::MAX).min(parts.len());
    if left > 0 && left < by_remainder.len() {
        by_remainder.select_nth_unstable(left);
    }
    for (_, at) in by_remainder.iter().take(left) {
        parts.iter_mut().skip(*at).take(1).for_each(|part| *part = part.plus(Minor::new(1)));
    }
}

#[cfg(test)]
mod tests;
