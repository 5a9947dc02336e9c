//! What a given list of coupons, in the order in which they apply, takes off each line.

use alloc::vec::Vec;

use super::best::{Combination, Used};
use super::{allocate, free_of, whole_groups};
use crate::basket::{Basket, Line};
use crate::catalog::{Off, Scope, Tier, Value};
use crate::value::{BasisPoints, Minor};

/// When a coupon applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// First, on pieces at the price on the shelf.
    Pieces,
    /// Then, on what is left.
    Shares,
    /// Last.
    Amounts,
}

/// What a coupon takes off, its tier and minimum spend looked up.
pub(super) struct Take<'a> {
    how: How<'a>,
    maximum: Minor,
}

enum How<'a> {
    Groups { of: u32, pay: u32 },
    Free(u32),
    Bundles(&'a [Scope], Minor),
    Share(BasisPoints),
    Amount(Minor),
}

impl<'a> Take<'a> {
    /// Looks up the tier that `reached`, minor units or pieces, leads to.
    pub(super) fn of(value: &'a Value, reached: u64) -> Self {
        let how = match &value.off {
            Off::Pieces { of, pay } => How::Groups { of: u32::from(*of).max(1), pay: (*pay).into() },
            Off::Free(count) => How::Free((*count).into()),
            Off::Bundle(parts, price) => How::Bundles(parts, *price),
            Off::Percent(rate) => How::Share(*rate),
            Off::Amount(amount) => How::Amount(*amount),
            Off::Tiers(_, tiers) => match Tier::reached(tiers, reached) {
                Some(tier) if tier.percent > BasisPoints::default() => How::Share(tier.percent),
                tier => How::Amount(tier.map_or(Minor::ZERO, |tier| tier.amount)),
            },
        };
        Self { how, maximum: value.maximum }
    }

    pub(super) const fn stage(&self) -> Stage {
        match self.how {
            How::Groups { .. } | How::Free(_) | How::Bundles(..) => Stage::Pieces,
            How::Share(_) => Stage::Shares,
            How::Amount(_) => Stage::Amounts,
        }
    }
}

/// Applies coupons, each with its place among those given, in this order.
pub(super) fn settle<'a>(
    basket: &Basket,
    coupons: impl Iterator<Item = (usize, &'a Scope, &'a Take<'a>)>,
) -> Combination {
    let mut table = Table::new(basket);
    let mut used = Vec::new();
    let mut base: Option<Vec<Minor>> = None;
    for (coupon, scope, take) in coupons {
        let lines = match &take.how {
            How::Share(rate) => {
                let base = base.get_or_insert_with(|| table.left.clone());
                let seen: Minor = in_scope(scope, table.lines, base).sum();
                table.spread(scope, seen.share(*rate).min(take.maximum))
            }
            How::Amount(amount) => table.spread(scope, (*amount).min(take.maximum)),
            of_pieces => table.serve(of_pieces, scope, take.maximum),
        };
        used.push(Used { coupon, saves: lines.iter().copied().sum(), lines });
    }
    let saves = used.iter().map(|used| used.saves).sum();
    Combination { used, saves, pays: basket.total().minus(saves), lines: table.left, ..Combination::default() }
}

/// The basket while coupons apply.
struct Table<'b> {
    lines: &'b [Line],
    /// What each line still costs.
    left: Vec<Minor>,
    /// Pieces of each line that no coupon has used.
    pieces: Vec<u32>,
}

impl<'b> Table<'b> {
    fn new(basket: &'b Basket) -> Self {
        let lines = basket.lines();
        let left = lines.iter().map(Line::total).collect();
        Self { lines, left, pieces: lines.iter().map(|line| line.quantity.into()).collect() }
    }

    /// Takes `off` from the lines in scope, in proportion to what is left of them and no more than that.
    fn spread(&mut self, scope: &Scope, off: Minor) -> Vec<Minor> {
        let weights: Vec<Minor> = in_scope(scope, self.lines, &self.left).collect();
        let off = off.min(weights.iter().copied().sum());
        self.take(allocate(off, &weights))
    }

    /// Lets a coupon on pieces use those it can.
    fn serve(&mut self, how: &How, scope: &Scope, maximum: Minor) -> Vec<Minor> {
        let (used, off) = match how {
            How::Groups { of, pay } => {
                let pile = self.pile(|line| scope.covers(line.product, line.category));
                let count: u32 = pile.iter().map(|(_, pieces)| pieces).sum();
                self.first(&pile, whole_groups(count, *of), |rank| free_of(*of, *pay, rank))
            }
            How::Free(count) => {
                let pile = self.pile(|line| scope.covers(line.product, line.category));
                self.first(&pile, *count, |rank| rank)
            }
            How::Bundles(parts, price) => self.bundles(parts, *price, scope),
            How::Share(_) | How::Amount(_) => return Vec::new(),
        };
        let amounts: Vec<Minor> = self.lines.iter().zip(&used).map(|(line, used)| line.price.times(*used)).collect();
        let off = off.min(maximum).min(amounts.iter().copied().sum());
        if off > Minor::ZERO {
            self.pieces.iter_mut().zip(used).for_each(|(left, used)| *left = left.saturating_sub(used));
        }
        self.take(allocate(off, &amounts))
    }

    /// Takes shares from the lines, none more than it has.
    fn take(&mut self, mut shares: Vec<Minor>) -> Vec<Minor> {
        for (left, share) in self.left.iter_mut().zip(&mut shares) {
            *share = (*share).min(*left);
            *left = left.minus(*share);
        }
        shares
    }

    /// Returns the places of the lines with unused pieces that `is_in` lets through, the dearest first, each with them.
    fn pile(&self, is_in: impl Fn(&Line) -> bool) -> Vec<(usize, u32)> {
        let lines = self.lines.iter().zip(&self.pieces).enumerate();
        let there = lines.filter(|(_, (line, pieces))| **pieces > 0 && is_in(line));
        let mut pile: Vec<(usize, u32)> = there.map(|(place, (_, pieces))| (place, *pieces)).collect();
        pile.sort_by_key(|(place, _)| Minor::MAX.minus(self.price(*place)));
        pile
    }

    fn price(&self, place: usize) -> Minor {
        self.lines.get(place).map_or(Minor::ZERO, |line| line.price)
    }

    /// Uses the first `most` pieces of a pile, of which `free` tells how many of the first so many are free.
    fn first(&self, pile: &[(usize, u32)], most: u32, free: impl Fn(u32) -> u32) -> (Vec<u32>, Minor) {
        let mut used = alloc::vec![0; self.lines.len()];
        let (mut rank, mut off) = (0, Minor::ZERO);
        for (place, pieces) in pile {
            let upto = most.min(rank + pieces);
            off = off.plus(self.price(*place).times(free(upto) - free(rank)));
            used.iter_mut().skip(*place).take(1).for_each(|used| *used += upto - rank);
            rank = upto;
        }
        (used, off)
    }

    /// Puts bundles together from the dearest pieces down, as long as one costs less than its pieces.
    fn bundles(&self, parts: &[Scope], price: Minor, scope: &Scope) -> (Vec<u32>, Minor) {
        let is_in = |line: &Line, part: &Scope| {
            scope.covers(line.product, line.category) && part.covers(line.product, line.category)
        };
        let mut piles: Vec<Vec<(usize, u32)>> = parts.iter().map(|part| self.pile(|line| is_in(line, part))).collect();
        piles.iter_mut().for_each(|pile| pile.reverse());
        let (mut used, mut off) = (alloc::vec![0; self.lines.len()], Minor::ZERO);
        while let Some(tops) = piles.iter().map(|pile| pile.last().copied()).collect::<Option<Vec<_>>>() {
            let sum: Minor = tops.iter().map(|(place, _)| self.price(*place)).sum();
            let count = tops.iter().map(|(_, pieces)| *pieces).min().unwrap_or(0);
            if sum <= price || count == 0 {
                break;
            }
            off = off.plus(sum.minus(price).times(count));
            for (pile, (place, _)) in piles.iter_mut().zip(tops) {
                used.iter_mut().skip(place).take(1).for_each(|used| *used += count);
                pile.iter_mut().next_back().into_iter().for_each(|(_, pieces)| *pieces -= count);
                pile.pop_if(|(_, pieces)| *pieces == 0);
            }
        }
        (used, off)
    }
}

/// Returns these amounts of the lines in scope, and nothing of the others.
fn in_scope(scope: &Scope, lines: &[Line], amounts: &[Minor]) -> impl Iterator<Item = Minor> {
    let weigh = move |(line, amount): (&Line, &Minor)| {
        if scope.covers(line.product, line.category) { *amount } else { Minor::ZERO }
    };
    lines.iter().zip(amounts).map(weigh)
}
