//! What is paid back when pieces of a purchase are returned: what is kept is priced anew with the coupons that were used.

use super::best::{Combination, Coupon, best};
use crate::basket::Basket;
use crate::value::{Key, Minor};

/// What a return comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returned {
    /// What is paid back now.
    pub pays_back: Minor,
    /// What is kept.
    pub kept: Basket,
    /// The coupons on what is kept.
    pub combination: Combination,
}

/// Prices a return: `coupons` are those that were used on `bought`, `pieces` all that were returned so far with those of now,
/// and `before` is what was paid back for the earlier ones.
///
/// Paid back is what was paid, less what the kept pieces cost with the same coupons, less `before`. Never less than nothing:
/// who keeps too little for a coupon may get back less than the returned pieces had cost, even nothing, and never owes
/// anything. Never more than was paid, nor than the returned pieces cost on the shelf. Returns one by one pay back what one
/// return of all of them does, or more where the shop has given in between.
///
/// Whether a faulty piece is to be paid back in full is a question of law, not of coupons, and is not asked here.
pub fn returned(coupons: &[Coupon], bought: &Basket, pieces: &[(Key, u16)], before: Minor) -> Returned {
    let mut kept = bought.clone();
    pieces.iter().for_each(|(item, quantity)| kept.remove(*item, *quantity));
    let paid = best(coupons, bought).pays;
    let combination = best(coupons, &kept);
    let on_the_shelf = bought.total().minus(kept.total());
    let pays_back = paid.minus(combination.pays).min(on_the_shelf).minus(before);
    Returned { pays_back, kept, combination }
}
