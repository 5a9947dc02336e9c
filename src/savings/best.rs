//! Which of several coupons go together, and what each takes off which line. For the till, the edge and the command line;
//! a phone asks [`evaluate`](super::evaluate) for one coupon.
//!
//! # What is legal
//!
//! A coupon without a stacking group is used alone. Coupons with one go together, one of each group. Whether a coupon's
//! minimum spend or tier is reached is asked of the basket as it stands on the shelf, so it does not depend on other coupons.
//!
//! # Which discount sees which price
//!
//! The coupons of a combination apply in three stages; within one by falling priority, equals by rising id.
//!
//! 1. **Pieces** (n for m, free pieces, bundles) see the price on the shelf. A piece serves one of them: those that one has
//!    used are not there for the next. An n-for-m uses all pieces of its whole groups, a free piece itself, a bundle its
//!    pieces; equal prices are used in the order of the lines. The discount is spread over the pieces used.
//! 2. **Shares** (percent, and tiers of percents) see what the first stage has left, and not each other.
//! 3. **Amounts** (and tiers of amounts) come last.
//!
//! A maximum limits each of them, and none takes more than is left of the lines in its scope, over which it is spread in
//! proportion to what is left, by [largest remainder](super::allocate). So a line never costs less than nothing, lines sum to the
//! whole exactly, and as long as nothing runs out a coupon is worth in company what it is worth alone.
//!
//! # How exact
//!
//! The best of all legal combinations where at most [`EXACT`] coupons take something off, with any basket. Beyond that the
//! search ends after [`STEPS`] steps with the best that it has found, at least the dearest coupon of each group taken
//! together, and [`Combination::at_most`] says what no combination can exceed. Of equal savings the combination with fewer
//! coupons is taken, then the one whose coupons apply first.

use alloc::vec::Vec;

use super::refusal::Refusal;
use super::settle::{Lines, Stage, Table, Take};
use crate::basket::Basket;
use crate::catalog::{Counting, Off, Offer, Scope, Tier, Value};
use crate::value::{Key, Minor};

/// So many coupons that take something off are combined exactly, whatever the basket.
pub const EXACT: usize = 12;
/// Steps after which the search takes what it has found; all subsets of [`EXACT`] coupons take fewer.
pub const STEPS: u32 = 1 << 13;
/// More coupons than this are not combined; those that take off most alone are.
const MOST: usize = 64;

/// A coupon as a till sees it.
#[derive(Clone, Copy, Debug)]
pub struct Coupon<'a> {
    /// Hash of its id.
    pub id: Key,
    /// Of the same stage, the higher applies first.
    pub priority: u16,
    /// What it takes off.
    pub value: &'a Value,
    /// What of.
    pub scope: &'a Scope,
}

impl<'a> Coupon<'a> {
    /// Returns the coupon of an offer, `None` where that is none.
    pub fn of(offer: &Offer<'a>) -> Option<Self> {
        Some(Self { id: offer.key, priority: offer.priority, value: offer.value?, scope: offer.scope })
    }
}

/// What coupons do to a basket together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Combination {
    /// Those that are used, in the order in which they apply.
    pub used: Vec<Used>,
    /// The others, in the order in which they were given.
    pub refused: Vec<Refused>,
    /// What each line of the basket then costs.
    pub lines: Vec<Minor>,
    /// What they take off together.
    pub saves: Minor,
    /// What the basket then costs.
    pub pays: Minor,
    /// No legal combination takes off more than this: `saves` where the search was complete.
    pub at_most: Minor,
}

impl Combination {
    /// Tells whether no legal combination saves more.
    pub fn is_exact(&self) -> bool {
        self.at_most == self.saves
    }
}

/// A coupon that is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Used {
    /// Its place among those given.
    pub coupon: usize,
    /// What it takes off.
    pub saves: Minor,
    /// What it takes off each line of the basket; sums to `saves`.
    pub lines: Vec<Minor>,
}

/// A coupon that is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its place among those given.
    pub coupon: usize,
    /// Why not.
    pub why: Refusal,
}

/// Returns the combination of `coupons` that takes most off `basket`.
///
/// Cost: one look at each line for each coupon, and the search; where no two coupons compete for the same money or pieces,
/// that is a walk through the groups.
pub fn best(coupons: &[Coupon], basket: &Basket) -> Combination {
    let mut table = Table::new(basket);
    let mut plans: Vec<Plan> =
        coupons.iter().enumerate().map(|(at, coupon)| Plan::of(at, *coupon, basket, &mut table)).collect();
    plans.sort_unstable_by_key(|plan| plan.rank);
    let useful = useful(&plans);
    let mut search = Search::new(&useful, &mut table);
    search.alone();
    search.descend(0, Choice::default(), Minor::ZERO);
    let (choice, is_complete) = (search.best, search.steps < STEPS);
    let used: Vec<&Plan> = chosen(&useful, choice.coupons).collect();
    let is_used = |plan: &Plan| used.iter().any(|used| used.at == plan.at);
    let is_all = useful.len() == plans.iter().filter(|plan| plan.refusal.is_none()).count();
    let at_most = if is_complete && is_all { choice.saves } else { upper(&plans).min(basket.total()) };
    let refused = |plan: &Plan| {
        let why = plan.refusal.unwrap_or_else(|| plan.passed_over(&used));
        (!is_used(plan)).then_some(Refused { coupon: plan.at, why })
    };
    let mut refused: Vec<Refused> = plans.iter().filter_map(refused).collect();
    refused.sort_unstable_by_key(|refused| refused.coupon);
    let used = table.settle(used.iter().map(|plan| (plan.at, &plan.take)));
    let saves = used.iter().map(|used| used.saves).sum();
    Combination {
        used,
        refused,
        lines: table.left,
        saves,
        pays: basket.total().minus(saves),
        at_most: at_most.max(saves),
    }
}

/// What is known of a coupon before any is chosen.
struct Plan {
    at: usize,
    /// The order in which coupons apply.
    rank: (Stage, u16, u64, usize),
    stacking: Option<Key>,
    take: Take,
    /// What the lines in its scope cost on the shelf.
    shelf: Minor,
    /// What it takes off alone; never more in company.
    worth: Minor,
    refusal: Option<Refusal>,
}

impl Plan {
    fn of(at: usize, coupon: Coupon, basket: &Basket, table: &mut Table) -> Self {
        let Coupon { id, priority, value, scope } = coupon;
        let lines = Lines::of(scope, basket);
        let shelf = lines.sum(&table.shelf);
        let reached = if counts_pieces(value) { pieces(&coupon, basket) } else { shelf.units() };
        let take = Take::of(value, lines, reached, basket);
        let off = table.alone(&take);
        let counts = if matches!(value.off, Off::Free(_)) { basket.total().minus(off) } else { shelf };
        let missing = value.minimum_spend.minus(counts);
        let worth = if missing > Minor::ZERO { Minor::ZERO } else { off.min(value.maximum).min(shelf) };
        let refusal = (worth == Minor::ZERO).then(|| refusal(&coupon, basket, shelf, missing));
        let rank = (take.stage(), u16::MAX - priority, id.0, at);
        Self { at, rank, stacking: value.stacking, take, shelf, worth, refusal }
    }

    /// Returns why it is not used beside those that are.
    fn passed_over(&self, used: &[&Self]) -> Refusal {
        if self.stacking.is_none() {
            Refusal::Alone
        } else if used.iter().any(|plan| plan.stacking.is_none()) {
            Refusal::BesideAlone
        } else if used.iter().any(|plan| plan.stacking == self.stacking) {
            Refusal::OneOfGroup
        } else {
            Refusal::NothingMore
        }
    }
}

fn counts_pieces(value: &Value) -> bool {
    matches!(value.off, Off::Tiers(Counting::Pieces, _))
}

/// Returns how many pieces are in scope.
fn pieces(coupon: &Coupon, basket: &Basket) -> u64 {
    let in_scope = basket.lines().iter().filter(|line| coupon.scope.covers(line.product, line.category));
    in_scope.map(|line| u64::from(line.quantity)).sum()
}

/// Returns why a coupon takes nothing off.
fn refusal(coupon: &Coupon, basket: &Basket, shelf: Minor, missing: Minor) -> Refusal {
    let pieces = pieces(coupon, basket);
    let lacking = |wanted: u64| u32::try_from(wanted.saturating_sub(pieces)).unwrap_or(u32::MAX);
    let parts = match &coupon.value.off {
        Off::Bundle(parts, _) => parts.as_slice(),
        _ => &[],
    };
    let is_there = |part: &&Scope| {
        let is_in = |product, category| part.covers(product, category) && coupon.scope.covers(product, category);
        basket.lines().iter().any(|line| is_in(line.product, line.category))
    };
    let wanted = match &coupon.value.off {
        Off::Pieces { of, .. } => u64::from(*of),
        Off::Tiers(Counting::Pieces, tiers) => tiers.first().map_or(0, |tier: &Tier| tier.from),
        Off::Bundle(..) => pieces + u64::try_from(parts.len() - parts.iter().filter(is_there).count()).unwrap_or(0),
        _ => 0,
    };
    if shelf == Minor::ZERO {
        Refusal::NotInBasket
    } else if missing > Minor::ZERO {
        Refusal::MinimumSpend { missing }
    } else if lacking(wanted) > 0 {
        Refusal::Pieces { missing: lacking(wanted) }
    } else {
        Refusal::NothingOff
    }
}

/// Returns those that take something off, at most [`MOST`] of them.
fn useful(plans: &[Plan]) -> Vec<&Plan> {
    let mut useful: Vec<&Plan> = plans.iter().filter(|plan| plan.refusal.is_none()).collect();
    if useful.len() > MOST {
        useful.sort_unstable_by_key(|plan| (Minor::MAX.minus(plan.worth), plan.rank));
        useful.truncate(MOST);
        useful.sort_unstable_by_key(|plan| plan.rank);
    }
    useful
}

/// Returns what no legal combination of these exceeds.
fn upper(plans: &[Plan]) -> Minor {
    let plans: Vec<&Plan> = plans.iter().collect();
    let alone = plans.iter().filter(|plan| plan.stacking.is_none()).map(|plan| plan.worth).max();
    let together = groups(&plans).iter().map(|group| worth_of(&plans, group.first())).sum();
    alone.unwrap_or_default().max(together)
}

fn worth_of(plans: &[&Plan], at: Option<&usize>) -> Minor {
    at.and_then(|at| plans.get(*at)).map_or(Minor::ZERO, |plan| plan.worth)
}

/// Returns the places of those that go together, by group, in each the dearest first, the dearest group first.
fn groups(plans: &[&Plan]) -> Vec<Vec<usize>> {
    let mut groups: Vec<(Key, Vec<usize>)> = Vec::new();
    for (at, plan) in plans.iter().enumerate() {
        let Some(group) = plan.stacking else { continue };
        match groups.iter_mut().find(|(known, _)| *known == group) {
            Some((_, members)) => members.push(at),
            None => groups.push((group, alloc::vec![at])),
        }
    }
    let worth = |at: &usize| Minor::MAX.minus(worth_of(plans, Some(at)));
    groups.iter_mut().for_each(|(_, members)| members.sort_by_key(worth));
    groups.sort_by_key(|(_, members)| members.first().map(worth));
    groups.into_iter().map(|(_, members)| members).collect()
}

/// Coupons by their place among the useful ones, one bit each.
#[derive(Clone, Copy, Default)]
struct Choice {
    coupons: u64,
    saves: Minor,
}

impl Choice {
    const fn with(self, at: usize) -> Self {
        Self { coupons: self.coupons | 1 << at, ..self }
    }

    /// Tells whether this one is to be preferred: it saves more, or as much with fewer coupons, or with as many that apply
    /// earlier.
    fn beats(self, other: Self) -> bool {
        let counts = (self.coupons.count_ones(), other.coupons.count_ones());
        let differ = self.coupons ^ other.coupons;
        let earlier = self.coupons >> (differ.trailing_zeros() & 63) & 1 == 1 && differ != 0;
        self.saves > other.saves
            || self.saves == other.saves && (counts.0 < counts.1 || counts.0 == counts.1 && earlier)
    }
}

/// Branch and bound over the groups.
struct Search<'s> {
    plans: &'s [&'s Plan],
    table: &'s mut Table,
    groups: Vec<Vec<usize>>,
    /// What the groups from each one on take off at most.
    bounds: Vec<Minor>,
    /// Of each coupon, those before it with a line in common.
    before: Vec<u64>,
    /// Of each coupon, those after it with a line in common.
    after: Vec<u64>,
    /// Of each coupon, those whose pieces or prices depend on it, or its on theirs.
    clashes: Vec<u64>,
    best: Choice,
    steps: u32,
}

impl<'s> Search<'s> {
    fn new(plans: &'s [&'s Plan], table: &'s mut Table) -> Self {
        let groups = groups(plans);
        let mut bounds: Vec<Minor> = Vec::with_capacity(groups.len() + 1);
        bounds.push(Minor::ZERO);
        for group in groups.iter().rev() {
            let rest = bounds.last().copied().unwrap_or_default();
            bounds.push(rest.plus(worth_of(plans, group.first())));
        }
        bounds.reverse();
        let meets = |at: usize, plan: &Plan, is_it: fn(Stage, Stage) -> bool| {
            let met = plans.iter().enumerate().take(at);
            let met =
                met.filter(|(_, other)| is_it(other.rank.0, plan.rank.0) && other.take.lines.meets(&plan.take.lines));
            met.fold(0, |met, (at, _)| met | 1 << at)
        };
        let before: Vec<u64> = plans.iter().enumerate().map(|(at, plan)| meets(at, plan, |_, _| true)).collect();
        let clashing = |first, then| first == Stage::Pieces && then != Stage::Amounts;
        let clashes = plans.iter().enumerate().map(|(at, plan)| meets(at, plan, clashing)).collect();
        let after = |at: usize| {
            let later = before.iter().enumerate().filter(|(_, before): &(usize, &u64)| **before >> at & 1 == 1);
            later.fold(0, |after, (later, _)| after | 1 << later)
        };
        let after = (0..plans.len()).map(after).collect();
        Self { plans, table, groups, bounds, before, after, clashes, best: Choice::default(), steps: 0 }
    }

    /// Tries each coupon that is used alone.
    fn alone(&mut self) {
        for (at, plan) in self.plans.iter().enumerate() {
            if plan.stacking.is_none() {
                self.offer(Choice { coupons: 1 << at, saves: plan.worth });
            }
        }
    }

    fn offer(&mut self, choice: Choice) {
        if choice.beats(self.best) {
            self.best = choice;
        }
    }

    /// Tries every member of the group at `depth`, and none, beside what is chosen, which is worth `worth` at most.
    fn descend(&mut self, depth: usize, choice: Choice, worth: Minor) {
        let bound = worth.plus(self.bounds.get(depth).copied().unwrap_or_default());
        let more = choice.coupons.count_ones() > self.best.coupons.count_ones();
        if self.steps >= STEPS || bound < self.best.saves || (bound == self.best.saves && more) {
            return;
        }
        self.steps += 1;
        let Some(group) = self.groups.get(depth) else {
            let saves = if self.is_plain(choice.coupons) { worth } else { self.saved(choice.coupons) };
            return self.offer(Choice { saves, ..choice });
        };
        for nth in 0..group.len() {
            let Some(at) = self.groups.get(depth).and_then(|group| group.get(nth)).copied() else { break };
            self.descend(depth + 1, choice.with(at), worth.plus(worth_of(self.plans, Some(&at))));
        }
        self.descend(depth + 1, choice, worth);
    }

    /// Tells whether each of these coupons is worth what it is worth alone: no two want the same pieces, and no line runs
    /// out.
    fn is_plain(&self, coupons: u64) -> bool {
        let mut rest = coupons;
        while rest != 0 {
            let at = usize::try_from(rest.trailing_zeros()).unwrap_or(0);
            rest &= rest - 1;
            let (Some(plan), Some(before), Some(clashes)) =
                (self.plans.get(at), self.before.get(at), self.clashes.get(at))
            else {
                return false;
            };
            let taken: Minor = chosen(self.plans, coupons & before).map(|plan| plan.worth).sum();
            if coupons & clashes != 0 || plan.shelf.minus(taken) < plan.worth {
                return false;
            }
        }
        true
    }

    fn saved(&mut self, coupons: u64) -> Minor {
        let after = self.after.iter().enumerate().filter(|(at, _)| coupons >> at & 1 == 1);
        let needed = after.map(|(_, after)| after & coupons != 0);
        self.table.apply(chosen(self.plans, coupons).map(|plan| &plan.take).zip(needed))
    }
}

/// Returns the plans whose bits are set, in the order in which they apply.
fn chosen<'s>(plans: &'s [&'s Plan], coupons: u64) -> impl Iterator<Item = &'s Plan> {
    let mut rest = coupons;
    core::iter::from_fn(move || {
        let at = usize::try_from(rest.trailing_zeros()).ok().filter(|_| rest != 0)?;
        rest &= rest - 1;
        plans.get(at).copied()
    })
}
