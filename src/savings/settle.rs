//! What a given list of coupons, in the order in which they apply, takes off each line.

use alloc::vec::Vec;

use super::best::Used;
use super::{free_of, share_out, whole_groups};
use crate::basket::{Basket, Line};
use crate::catalog::{Off, Scope, Tier, Value};
use crate::product::{CategoryIx, ProductIx};
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

/// Places of lines, one bit each: a basket has at most [`Basket::LIMIT`].
#[derive(Clone, Copy, Default)]
pub(super) struct Lines([u64; 4]);

impl Lines {
    /// Returns the lines in scope. Cost: a search of the basket for each product and category that the scope names, and one
    /// pass over the lines for each that is there.
    pub(super) fn of(scope: &Scope, basket: &Basket) -> Self {
        let Scope { categories, products, except } = scope;
        let all = || Self::those(basket, |_| true);
        let named = if scope.is_everything() { all() } else { Self::named(categories, products, basket) };
        named.without(Self::named(&except.categories, &except.products, basket))
    }

    fn named(categories: &[CategoryIx], products: &[ProductIx], basket: &Basket) -> Self {
        let categories = categories.iter().filter(|category| basket.of_category(**category).is_some());
        let products = products.iter().filter(|product| basket.of_product(**product).is_some());
        let lines = categories.fold(Self::default(), |lines, category| {
            lines.with(Self::those(basket, |line| line.category == Some(*category)))
        });
        products.fold(lines, |lines, product| lines.with(Self::those(basket, |line| line.product == Some(*product))))
    }

    fn those(basket: &Basket, is_it: impl Fn(&Line) -> bool) -> Self {
        let mut lines = Self::default();
        for (word, chunk) in lines.0.iter_mut().zip(basket.lines().chunks(64)) {
            *word = chunk.iter().rev().fold(0, |word, line| word << 1 | u64::from(is_it(line)));
        }
        lines
    }

    fn with(mut self, other: Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(one, other)| *one |= other);
        self
    }

    fn without(mut self, other: Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(one, other)| *one &= !other);
        self
    }

    fn within(mut self, other: Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(one, other)| *one &= other);
        self
    }

    pub(super) fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(other.0).any(|(one, other)| one & other != 0)
    }

    fn has(&self, place: usize) -> bool {
        self.0.get(place / 64).is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    /// Returns what there is of `all` at these places, in their order.
    fn pick<T>(self, all: &[T]) -> impl Iterator<Item = (usize, &T)> {
        let words = self.0.into_iter().zip((0..).step_by(64));
        let places = words.flat_map(|(word, from)| {
            let mut rest = word;
            core::iter::from_fn(move || {
                let at = usize::try_from(rest.trailing_zeros()).ok().filter(|_| rest != 0)?;
                rest &= rest - 1;
                Some(from + at)
            })
        });
        places.filter_map(|place| Some((place, all.get(place)?)))
    }

    pub(super) fn sum(self, amounts: &[Minor]) -> Minor {
        self.pick(amounts).map(|(_, amount)| *amount).sum()
    }
}

/// What a coupon takes off, its tier looked up, and where.
pub(super) struct Take {
    how: How,
    maximum: Minor,
    /// The lines in its scope.
    pub(super) lines: Lines,
}

enum How {
    Groups { of: u32, pay: u32 },
    Free(u32),
    Bundles(Vec<Lines>, Minor),
    Share(BasisPoints),
    Amount(Minor),
}

impl Take {
    /// Looks up the tier that `reached`, minor units or pieces, leads to.
    pub(super) fn of(value: &Value, lines: Lines, reached: u64, basket: &Basket) -> Self {
        let part = |part: &Scope| lines.within(Lines::of(part, basket));
        let how = match &value.off {
            Off::Pieces { of, pay } => How::Groups { of: u32::from(*of).max(1), pay: (*pay).into() },
            Off::Free(count) => How::Free((*count).into()),
            Off::Bundle(parts, price) => How::Bundles(parts.iter().map(part).collect(), *price),
            Off::Percent(rate) => How::Share(*rate),
            Off::Amount(amount) => How::Amount(*amount),
            Off::Tiers(_, tiers) => match Tier::reached(tiers, reached) {
                Some(tier) if tier.percent > BasisPoints::default() => How::Share(tier.percent),
                tier => How::Amount(tier.map_or(Minor::ZERO, |tier| tier.amount)),
            },
        };
        Self { how, maximum: value.maximum, lines }
    }

    pub(super) const fn stage(&self) -> Stage {
        match self.how {
            How::Groups { .. } | How::Free(_) | How::Bundles(..) => Stage::Pieces,
            How::Share(_) => Stage::Shares,
            How::Amount(_) => Stage::Amounts,
        }
    }
}

/// The basket while coupons apply, one list after the other.
pub(super) struct Table {
    prices: Vec<Minor>,
    quantities: Vec<u32>,
    /// What each line costs on the shelf.
    pub(super) shelf: Vec<Minor>,
    /// The places of the lines, the dearest piece first.
    dearest: Vec<usize>,
    /// What each line still costs.
    pub(super) left: Vec<Minor>,
    /// What each line cost before the shares.
    base: Vec<Minor>,
    /// Pieces of each line that no coupon has used.
    pieces: Vec<u32>,
    /// Pieces of each line that the coupon of now uses.
    used: Vec<u32>,
    weights: Vec<Minor>,
    parts: Vec<Minor>,
    remainders: Vec<(core::cmp::Reverse<u128>, usize)>,
}

impl Table {
    pub(super) fn new(basket: &Basket) -> Self {
        let lines = basket.lines();
        let mut dearest: Vec<usize> = (0..lines.len()).collect();
        dearest.sort_by_key(|place| core::cmp::Reverse(lines.get(*place).map(|line| line.price)));
        let shelf: Vec<Minor> = lines.iter().map(Line::total).collect();
        Self {
            prices: lines.iter().map(|line| line.price).collect(),
            quantities: lines.iter().map(|line| line.quantity.into()).collect(),
            left: shelf.clone(),
            base: shelf.clone(),
            shelf,
            dearest,
            pieces: lines.iter().map(|line| line.quantity.into()).collect(),
            used: alloc::vec![0; lines.len()],
            weights: Vec::with_capacity(lines.len()),
            parts: Vec::with_capacity(lines.len()),
            remainders: Vec::with_capacity(lines.len()),
        }
    }

    /// Puts everything back on the shelf.
    pub(super) fn reset(&mut self) {
        self.left.copy_from_slice(&self.shelf);
        self.pieces.copy_from_slice(&self.quantities);
    }

    /// Returns what one coupon takes off all of the shelf, but for its maximum and minimum spend.
    pub(super) fn alone(&mut self, take: &Take) -> Minor {
        let in_scope = take.lines.sum(&self.shelf);
        match &take.how {
            How::Share(rate) => in_scope.share(*rate),
            How::Amount(amount) => (*amount).min(in_scope),
            of_pieces => self.serve(of_pieces, take.lines),
        }
    }

    /// Applies coupons in this order, each with whether a later one needs to know what it leaves; returns what they save.
    pub(super) fn apply<'a>(&mut self, takes: impl Iterator<Item = (&'a Take, bool)>) -> Minor {
        self.reset();
        let (mut saves, mut has_base) = (Minor::ZERO, false);
        for (take, is_needed) in takes {
            if take.stage() == Stage::Shares && !has_base {
                self.base.copy_from_slice(&self.left);
                has_base = true;
            }
            saves = saves.plus(self.take(take, is_needed));
        }
        saves
    }

    /// Applies coupons in this order, and tells what each takes off which line.
    pub(super) fn settle<'a>(&mut self, takes: impl Iterator<Item = (usize, &'a Take)>) -> Vec<Used> {
        self.reset();
        let (mut used, mut has_base) = (Vec::new(), false);
        for (coupon, take) in takes {
            if take.stage() == Stage::Shares && !has_base {
                self.base.copy_from_slice(&self.left);
                has_base = true;
            }
            let before = self.left.clone();
            let saves = self.take(take, true);
            let lines = before.iter().zip(&self.left).map(|(before, left)| before.minus(*left)).collect();
            used.push(Used { coupon, saves, lines });
        }
        used
    }

    /// Takes off what one coupon does, from the lines only where that `is_needed`.
    fn take(&mut self, take: &Take, is_needed: bool) -> Minor {
        let lines = take.lines;
        let (off, is_of_pieces) = match &take.how {
            How::Share(rate) => (lines.sum(&self.base).share(*rate), false),
            How::Amount(amount) => (*amount, false),
            of_pieces => (self.serve(of_pieces, lines), true),
        };
        let mut off = off.min(take.maximum).min(lines.sum(&self.left));
        if !is_needed || off == Minor::ZERO {
            return off;
        }
        self.weights.clear();
        if is_of_pieces {
            let amount = |(at, used): (usize, &u32)| Some(self.prices.get(at)?.times(*used));
            self.weights.extend(lines.pick(&self.used).filter_map(amount));
            self.pieces.iter_mut().zip(&self.used).for_each(|(left, used)| *left = left.saturating_sub(*used));
            off = off.min(self.weights.iter().copied().sum());
        } else {
            self.weights.extend(lines.pick(&self.left).map(|(_, left)| *left));
        }
        share_out(off, &self.weights, &mut self.parts, &mut self.remainders);
        let mut taken = Minor::ZERO;
        let mut parts = self.parts.iter();
        for (_, left) in self.left.iter_mut().enumerate().filter(|(place, _)| lines.has(*place)) {
            let part = parts.next().map_or(Minor::ZERO, |part| (*part).min(*left));
            *left = left.minus(part);
            taken = taken.plus(part);
        }
        taken
    }

    /// Notes the pieces that a coupon uses, and returns what it takes off them.
    fn serve(&mut self, how: &How, lines: Lines) -> Minor {
        self.used.fill(0);
        match how {
            How::Groups { of, pay } => {
                let count = lines.pick(&self.pieces).map(|(_, pieces)| *pieces).sum();
                self.first(lines, whole_groups(count, *of), |rank| free_of(*of, *pay, rank))
            }
            How::Free(count) => self.first(lines, *count, |rank| rank),
            How::Bundles(parts, price) => self.bundles(parts, *price),
            How::Share(_) | How::Amount(_) => Minor::ZERO,
        }
    }

    /// Uses the first `most` pieces, the dearest first, of which `free` tells how many of the first so many are free.
    fn first(&mut self, lines: Lines, most: u32, free: impl Fn(u32) -> u32) -> Minor {
        let (mut rank, mut known, mut off) = (0, 0, Minor::ZERO);
        for place in self.dearest.iter().copied().filter(|place| lines.has(*place)) {
            let upto = most.min(rank + self.pieces.get(place).copied().unwrap_or(0));
            let price = self.prices.get(place).copied().unwrap_or_default();
            let now = free(upto);
            off = off.plus(price.times(now - known));
            self.used.iter_mut().skip(place).take(1).for_each(|used| *used += upto - rank);
            (rank, known) = (upto, now);
            if rank == most {
                break;
            }
        }
        off
    }

    /// Puts bundles together from the dearest pieces down, as long as one costs less than its pieces.
    fn bundles(&mut self, parts: &[Lines], price: Minor) -> Minor {
        let pile = |part: &Lines| -> Vec<(usize, u32)> {
            let places = self.dearest.iter().rev().copied().filter(|place| part.has(*place));
            places
                .filter_map(|place| Some((place, *self.pieces.get(place)?)))
                .filter(|(_, pieces)| *pieces > 0)
                .collect()
        };
        let mut piles: Vec<Vec<(usize, u32)>> = parts.iter().map(pile).collect();
        let mut off = Minor::ZERO;
        loop {
            let (mut sum, mut count) = (Minor::ZERO, u32::MAX);
            for pile in &piles {
                let (place, pieces) = pile.last().copied().unwrap_or_default();
                sum = sum.plus(self.prices.get(place).copied().unwrap_or_default());
                count = count.min(pieces);
            }
            // NOTE: each turn uses up a line; where a part has none left there are no bundles.
            if count == 0 || sum <= price {
                return off;
            }
            off = off.plus(sum.minus(price).times(count));
            for pile in &mut piles {
                let Some((place, pieces)) = pile.last_mut() else { continue };
                self.used.iter_mut().skip(*place).take(1).for_each(|used| *used += count);
                *pieces -= count;
                if *pieces == 0 {
                    pile.pop();
                }
            }
        }
    }
}
