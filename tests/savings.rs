//! The savings of coupons on a basket, held to a dumb twin: every subset of the coupons, one piece at a time, in wide
//! integers. `BASKETS=1000000 cargo test --test savings random` holds a million random baskets to it, in
//! 100 seconds of one core.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unreachable
)]

use proptest::prelude::*;
use tactful::basket::{Basket, Line};
use tactful::catalog::{Counting, Goods, Off, Scope, Tier, Value};
use tactful::product::{CategoryIx, ProductIx};
use tactful::savings::best::{Combination, Coupon, best};
use tactful::savings::evaluate;
use tactful::savings::refusal::Refusal;
use tactful::savings::returned::returned;
use tactful::savings::tax::Tax;
use tactful::value::{BasisPoints, Key, Minor};

/// A coupon that owns what it is about.
#[derive(Clone, Debug)]
struct Owned {
    id: u64,
    priority: u16,
    value: Value,
    scope: Scope,
}

fn lent(coupons: &[Owned]) -> Vec<Coupon<'_>> {
    coupons
        .iter()
        .map(|it| Coupon { id: Key(it.id), priority: it.priority, value: &it.value, scope: &it.scope })
        .collect()
}

fn line(item: u64, product: u32, category: u16, price: u64, quantity: u16) -> Line {
    let (product, category) = (Some(ProductIx(product)), Some(CategoryIx(category)));
    Line { item: Key(item), product, category, price: Minor::new(price), quantity, lot: None }
}

/// The dumb twin.
mod twin {
    use super::*;

    /// What a combination comes to.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Outcome {
        pub saves: i128,
        pub coupons: Vec<usize>,
        /// What is taken off, by coupon and line.
        pub off: Vec<Vec<i128>>,
        pub left: Vec<i128>,
    }

    fn in_goods(goods: &Goods, line: &Line) -> bool {
        goods.products.iter().any(|it| Some(*it) == line.product)
            || goods.categories.iter().any(|it| Some(*it) == line.category)
    }

    fn in_scope(scope: &Scope, line: &Line) -> bool {
        let named = Goods { categories: scope.categories.clone(), products: scope.products.clone() };
        (named.is_empty() || in_goods(&named, line)) && !in_goods(&scope.except, line)
    }

    fn money(amount: Minor) -> i128 {
        i128::from(amount.units())
    }

    fn half_up(amount: i128, rate: BasisPoints) -> i128 {
        (amount * i128::from(rate.get()) * 2 + 10_000) / 20_000
    }

    /// Splits one unit after the other: each to whom it is owed most.
    fn split(amount: i128, weights: &[i128]) -> Vec<i128> {
        let total: i128 = weights.iter().sum();
        if total == 0 {
            return vec![0; weights.len()];
        }
        let mut parts: Vec<i128> = weights.iter().map(|weight| amount * weight / total).collect();
        while parts.iter().sum::<i128>() < amount {
            let owed = |at: usize| amount * weights[at] - parts[at] * total;
            let most = (0..parts.len()).map(owed).max().unwrap();
            let at = (0..parts.len()).find(|at| owed(*at) == most).unwrap();
            parts[at] += 1;
        }
        parts
    }

    fn stage(off: &Off, reached: i128) -> u8 {
        match off {
            Off::Pieces { .. } | Off::Free(_) | Off::Bundle(..) => 0,
            Off::Percent(_) => 1,
            Off::Amount(_) => 2,
            Off::Tiers(_, tiers) => match tier(tiers, reached) {
                Some(tier) if tier.percent.get() > 0 => 1,
                _ => 2,
            },
        }
    }

    fn tier(tiers: &[Tier], reached: i128) -> Option<Tier> {
        tiers.iter().copied().filter(|tier| i128::from(tier.from) <= reached).max_by_key(|tier| tier.from)
    }

    /// Every piece with its line, the dearest first.
    fn pieces(lines: &[Line], free: &[Vec<bool>], is_in: impl Fn(&Line) -> bool) -> Vec<(i128, usize, usize)> {
        let mut pieces = Vec::new();
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| is_in(line)) {
            pieces.extend((0..free[at].len()).filter(|nth| free[at][*nth]).map(|nth| (money(line.price), at, nth)));
        }
        pieces.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
        pieces
    }

    /// Which pieces a coupon uses, and what it takes off.
    fn used(coupon: &Owned, lines: &[Line], free: &[Vec<bool>]) -> (Vec<(i128, usize, usize)>, i128) {
        let pieces_of = |part: Option<&Scope>| {
            pieces(lines, free, |line| in_scope(&coupon.scope, line) && part.is_none_or(|part| in_scope(part, line)))
        };
        match &coupon.value.off {
            Off::Pieces { of, pay } => {
                let groups: Vec<Vec<_>> = pieces_of(None).chunks_exact(usize::from(*of)).map(<[_]>::to_vec).collect();
                let off = groups.iter().flat_map(|group| group[usize::from(*pay)..].iter()).map(|piece| piece.0).sum();
                (groups.concat(), off)
            }
            Off::Free(count) => {
                let taken: Vec<_> = pieces_of(None).into_iter().take((*count).into()).collect();
                let off = taken.iter().map(|piece| piece.0).sum();
                (taken, off)
            }
            Off::Bundle(parts, price) => {
                let parts: Vec<Vec<_>> = parts.iter().map(|part| pieces_of(Some(part))).collect();
                let (mut taken, mut off) = (Vec::new(), 0);
                for nth in 0..parts.iter().map(Vec::len).min().unwrap_or(0) {
                    let bundle: Vec<_> = parts.iter().map(|part| part[nth]).collect();
                    let sum: i128 = bundle.iter().map(|piece| piece.0).sum();
                    if sum <= money(*price) {
                        break;
                    }
                    off += sum - money(*price);
                    taken.extend(bundle);
                }
                (taken, off)
            }
            _ => unreachable!(),
        }
    }

    fn reached(coupon: &Owned, lines: &[Line]) -> i128 {
        let in_scope = lines.iter().filter(|line| in_scope(&coupon.scope, line));
        match coupon.value.off {
            Off::Tiers(Counting::Pieces, _) => in_scope.map(|line| i128::from(line.quantity)).sum(),
            _ => in_scope.map(|line| money(line.price) * i128::from(line.quantity)).sum(),
        }
    }

    /// Is the minimum spend there, on the shelf?
    fn applies(coupon: &Owned, lines: &[Line]) -> bool {
        let all = |line: &&Line| matches!(coupon.value.off, Off::Free(_)) || in_scope(&coupon.scope, line);
        let sum: i128 = lines.iter().filter(all).map(|line| money(line.price) * i128::from(line.quantity)).sum();
        let whole: Vec<Vec<bool>> = lines.iter().map(|line| vec![true; line.quantity.into()]).collect();
        let free = if matches!(coupon.value.off, Off::Free(_)) { used(coupon, lines, &whole).1 } else { 0 };
        sum - free >= money(coupon.value.minimum_spend)
    }

    fn apply(coupons: &[Owned], chosen: &[usize], lines: &[Line]) -> Outcome {
        let mut order = chosen.to_vec();
        order.sort_by_key(|at| {
            let coupon = &coupons[*at];
            (stage(&coupon.value.off, reached(coupon, lines)), u16::MAX - coupon.priority, coupon.id, *at)
        });
        let mut left: Vec<i128> = lines.iter().map(|line| money(line.price) * i128::from(line.quantity)).collect();
        let mut free: Vec<Vec<bool>> = lines.iter().map(|line| vec![true; line.quantity.into()]).collect();
        let (mut base, mut off) = (None, Vec::new());
        for at in &order {
            let coupon = &coupons[*at];
            let maximum = money(coupon.value.maximum);
            let seen = |of: &[i128]| -> Vec<i128> {
                let seen = |(line, amount): (&Line, &i128)| if in_scope(&coupon.scope, line) { *amount } else { 0 };
                lines.iter().zip(of).map(seen).collect()
            };
            let parts = match stage(&coupon.value.off, reached(coupon, lines)) {
                0 => {
                    let (taken, off) = used(coupon, lines, &free);
                    let mut weights = vec![0; lines.len()];
                    taken.iter().for_each(|(price, at, _)| weights[*at] += price);
                    let off = off.min(maximum);
                    if off > 0 {
                        taken.iter().for_each(|(_, at, nth)| free[*at][*nth] = false);
                    }
                    split(off, &weights)
                }
                1 => {
                    let base: &Vec<i128> = base.get_or_insert_with(|| left.clone());
                    let rate = match &coupon.value.off {
                        Off::Percent(rate) => *rate,
                        Off::Tiers(_, tiers) => tier(tiers, reached(coupon, lines)).unwrap().percent,
                        _ => unreachable!(),
                    };
                    let weights = seen(&left);
                    let off = half_up(seen(base).iter().sum(), rate).min(maximum).min(weights.iter().sum());
                    split(off, &weights)
                }
                _ => {
                    let amount = match &coupon.value.off {
                        Off::Amount(amount) => *amount,
                        Off::Tiers(_, tiers) => {
                            tier(tiers, reached(coupon, lines)).map_or(Minor::ZERO, |tier| tier.amount)
                        }
                        _ => unreachable!(),
                    };
                    let weights = seen(&left);
                    split(money(amount).min(maximum).min(weights.iter().sum()), &weights)
                }
            };
            left.iter_mut().zip(&parts).for_each(|(left, part)| *left -= part);
            off.push(parts);
        }
        Outcome { saves: off.iter().flatten().sum(), coupons: order, off, left }
    }

    fn is_legal(coupons: &[Owned], chosen: &[usize]) -> bool {
        let group = |at: &usize| coupons[*at].value.stacking;
        chosen.len() < 2
            || chosen
                .iter()
                .all(|at| group(at).is_some() && chosen.iter().filter(|other| group(other) == group(at)).count() == 1)
    }

    /// The best of all subsets; of equals that with fewer coupons, then whose coupons apply first.
    pub fn best(coupons: &[Owned], basket: &Basket) -> Outcome {
        let lines = basket.lines();
        let all: Vec<usize> = (0..coupons.len()).collect();
        let rank = |at: usize| apply(coupons, &all, lines).coupons.iter().position(|it| *it == at).unwrap();
        let ranks: Vec<usize> = all.iter().map(|at| rank(*at)).collect();
        let mut best: Option<Outcome> = None;
        for bits in 0_u32..1 << coupons.len() {
            let chosen: Vec<usize> = all.iter().copied().filter(|at| bits >> at & 1 == 1).collect();
            if !is_legal(coupons, &chosen) || !chosen.iter().all(|at| applies(&coupons[*at], lines)) {
                continue;
            }
            let outcome = apply(coupons, &chosen, lines);
            let key = |it: &Outcome| {
                let ranks: Vec<usize> = it.coupons.iter().map(|at| ranks[*at]).collect();
                (-it.saves, it.coupons.len(), ranks)
            };
            if best.as_ref().is_none_or(|best| key(&outcome) < key(best)) {
                best = Some(outcome);
            }
        }
        best.unwrap()
    }
}

/// Chance that repeats: SplitMix64 (Steele, Lea and Flood 2014).
struct Luck(u64);

impl Luck {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn small(&mut self, bound: u16) -> u16 {
        u16::try_from(self.below(bound.into())).unwrap()
    }

    fn one_in(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }

    /// An amount of any size that shops see, often a round one, and sometimes none that any shop sees.
    fn price(&mut self) -> u64 {
        match self.below(12) {
            0 => 0,
            1..=3 => 100 * self.below(8),
            4..=8 => self.below(2_000),
            9..=10 => self.below(50),
            _ => self.below(1 << 40),
        }
    }

    fn goods(&mut self, most: u64) -> Goods {
        let mut goods = Goods::default();
        for _ in 0..self.below(most + 1) {
            if self.one_in(2) {
                goods.products.push(ProductIx(self.small(12).into()));
            } else {
                goods.categories.push(CategoryIx(self.small(4)));
            }
        }
        goods.products.sort();
        goods.products.dedup();
        goods.categories.sort();
        goods.categories.dedup();
        goods
    }

    fn basket(&mut self, most: u64) -> Basket {
        let mut basket = Basket::default();
        for item in 0..1 + self.below(most) {
            let product = self.small(12);
            let price = self.price();
            let quantity = 1 + if self.one_in(2) { 0 } else { self.small(5) };
            basket.add(&[line(item, product.into(), product % 4, price, quantity)]);
        }
        basket
    }

    fn tiers(&mut self) -> Off {
        let counting = if self.one_in(2) { Counting::Spend } else { Counting::Pieces };
        let step = if counting == Counting::Spend { 900 } else { 3 };
        let (mut tiers, mut from) = (Vec::new(), 0);
        for _ in 0..1 + self.below(3) {
            from += 1 + self.below(step);
            let (percent, amount) = if self.one_in(2) { (1 + self.small(100), 0) } else { (0, self.price()) };
            tiers.push(Tier { from, percent: BasisPoints::new(percent * 100), amount: Minor::new(amount) });
        }
        Off::Tiers(counting, tiers)
    }

    fn off(&mut self) -> Off {
        match self.below(8) {
            0..=1 => Off::Percent(BasisPoints::new(1 + self.small(10_000))),
            2..=3 => Off::Amount(Minor::new(self.price())),
            4 => {
                let of = 2 + self.small(4);
                Off::Pieces { of, pay: 1 + self.small(of - 1) }
            }
            5 => Off::Free(1 + self.small(3)),
            6 => self.tiers(),
            _ => {
                let first = self.small(3);
                let part = |category| Scope { categories: vec![CategoryIx(category)], ..Scope::default() };
                Off::Bundle(vec![part(first), part(3)], Minor::new(self.price()))
            }
        }
    }

    fn coupon(&mut self, id: u64, groups: u64) -> Owned {
        let off = self.off();
        let Goods { categories, products } = if self.one_in(4) { Goods::default() } else { self.goods(3) };
        let except = if self.one_in(3) { self.goods(2) } else { Goods::default() };
        let scope = match &off {
            Off::Bundle(parts, _) => Scope {
                categories: parts.iter().flat_map(|part| part.categories.clone()).collect(),
                products: vec![],
                except,
            },
            _ => Scope { categories, products, except },
        };
        let minimum = if self.one_in(3) { self.below(2_000) } else { 0 };
        let maximum = if self.one_in(3) { Minor::new(self.below(1_000)) } else { Minor::MAX };
        let stacking = (!self.one_in(6)).then(|| Key(self.below(groups)));
        let value = Value { off, minimum_spend: Minor::new(minimum), maximum, stacking };
        Owned { id, priority: self.small(3), value, scope }
    }

    fn coupons(&mut self, most: u64) -> Vec<Owned> {
        let groups = 1 + self.below(most + 2);
        (0..self.below(most + 1))
            .map(|_| self.next() % 1_000)
            .map(|id| (id, groups))
            .collect::<Vec<_>>()
            .into_iter()
            .map(|(id, groups)| self.coupon(id, groups))
            .collect()
    }
}

fn units(amounts: &[Minor]) -> Vec<i128> {
    amounts.iter().map(|amount| i128::from(amount.units())).collect()
}

fn agree(seed: u64) {
    let mut luck = Luck(seed);
    let (lines, most) = if luck.one_in(40) { (30, 7) } else { (6, 4) };
    let (basket, coupons) = (luck.basket(lines), luck.coupons(most));
    let ours = best(&lent(&coupons), &basket);
    let theirs = twin::best(&coupons, &basket);
    let told = twin::Outcome {
        saves: ours.saves.units().into(),
        coupons: ours.used.iter().map(|used| used.coupon).collect(),
        off: ours.used.iter().map(|used| units(&used.lines)).collect(),
        left: units(&ours.lines),
    };
    assert_eq!(told, theirs, "seed {seed}: {coupons:#?} on {:#?}", basket.lines());
    whole(&ours, &coupons, &basket);
}

/// What holds of every combination.
fn whole(ours: &Combination, coupons: &[Owned], basket: &Basket) {
    assert!(ours.is_exact() || coupons.len() > 12, "few coupons are combined exactly");
    assert_eq!(ours.lines.iter().copied().sum::<Minor>(), ours.pays, "the lines sum to the whole");
    assert_eq!(ours.saves.plus(ours.pays), basket.total(), "nothing is lost");
    assert!(ours.used.iter().all(|used| used.saves > Minor::ZERO), "no coupon is used for nothing");
    assert!(ours.used.iter().all(|used| used.lines.iter().copied().sum::<Minor>() == used.saves));
    assert_eq!(ours.used.len() + ours.refused.len(), coupons.len(), "every coupon is told of");
    for used in &ours.used {
        let Owned { value, scope, .. } = &coupons[used.coupon];
        assert!(used.saves <= evaluate(value, scope, basket).saves, "never worth more in company");
    }
}

#[test]
fn random_baskets_come_to_what_the_twin_says() {
    let baskets = std::env::var("BASKETS").ok().and_then(|text| text.parse().ok()).unwrap_or(3_000);
    (0..baskets).for_each(agree);
}

proptest! {
    #[test]
    fn one_coupon_is_worth_to_a_till_what_a_phone_says(seed: u64) {
        let mut luck = Luck(seed);
        let (basket, coupon) = (luck.basket(8), luck.coupon(1, 1));
        let phone = evaluate(&coupon.value, &coupon.scope, &basket);
        let till = best(&lent(std::slice::from_ref(&coupon)), &basket);
        prop_assert_eq!((till.saves, till.pays), (phone.saves, phone.pays));
        let missing = till.refused.first().map(|refused| refused.why);
        if phone.missing > Minor::ZERO && missing != Some(Refusal::NotInBasket) {
            prop_assert_eq!(missing, Some(Refusal::MinimumSpend { missing: phone.missing }));
        }
    }

    #[test]
    fn more_in_the_basket_saves_no_less(seed: u64) {
        let mut luck = Luck(seed);
        let (mut basket, coupon) = (luck.basket(6), luck.coupon(1, 1));
        let before = evaluate(&coupon.value, &coupon.scope, &basket).saves;
        let product = luck.small(12);
        basket.add(&[line(100, product.into(), product % 4, luck.price(), 1 + luck.small(3))]);
        let falls = matches!(&coupon.value.off, Off::Tiers(..));
        prop_assert!(falls || evaluate(&coupon.value, &coupon.scope, &basket).saves >= before);
    }

    #[test]
    fn another_coupon_never_makes_it_dearer(seed: u64) {
        let mut luck = Luck(seed);
        let (basket, coupons) = (luck.basket(6), luck.coupons(6));
        let fewer = best(&lent(coupons.get(1..).unwrap_or_default()), &basket);
        prop_assert!(best(&lent(&coupons), &basket).pays <= fewer.pays);
    }

    #[test]
    fn the_order_in_which_coupons_are_given_does_not_matter(seed: u64) {
        let mut luck = Luck(seed);
        let (basket, mut coupons) = (luck.basket(6), luck.coupons(6));
        for (at, coupon) in coupons.iter_mut().enumerate() {
            coupon.id = coupon.id * 10 + at as u64;
        }
        let before = best(&lent(&coupons), &basket);
        coupons.reverse();
        let after = best(&lent(&coupons), &basket);
        prop_assert_eq!((before.saves, before.lines), (after.saves, after.lines));
    }

    #[test]
    fn returns_pay_back_at_most_what_was_paid_and_never_take(seed: u64) {
        let mut luck = Luck(seed);
        let (bought, all) = (luck.basket(6), luck.coupons(5));
        let combination = best(&lent(&all), &bought);
        let used: Vec<Owned> = combination.used.iter().map(|used| all[used.coupon].clone()).collect();
        let (mut before, mut pieces) = (Minor::ZERO, Vec::new());
        for line in bought.lines() {
            pieces.push((line.item, 1 + luck.small(line.quantity)));
            let back = returned(&lent(&used), &bought, &pieces, before);
            before = before.plus(back.pays_back);
            prop_assert!(before <= combination.pays, "never more than was paid");
            prop_assert!(before <= bought.total().minus(back.kept.total()), "nor than the pieces cost on the shelf");
        }
        let everything: Vec<_> = bought.lines().iter().map(|line| (line.item, line.quantity)).collect();
        let last = returned(&lent(&used), &bought, &everything, before).pays_back;
        prop_assert_eq!(before.plus(last), combination.pays, "who returns everything has all of it back");
    }

    #[test]
    fn tax_is_part_of_the_price_or_comes_on_top(paid in 0_u64..1 << 50, rate in 0_u16..=10_000) {
        let (paid, rate) = (Minor::new(paid), BasisPoints::new(rate));
        prop_assert!(Tax::Included.of(rate, paid) <= paid.share(BasisPoints::percent(50)).plus(Minor::new(1)));
        prop_assert_eq!(Tax::Added.of(rate, paid), paid.share(rate));
    }
}
