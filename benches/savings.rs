//! Times what a till asks: the best combination of ten coupons on a basket of thirty lines, beside one coupon as a phone asks.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::cast_precision_loss)]

use std::hint::black_box;
use std::time::Instant;

use tactful::basket::{Basket, Line};
use tactful::catalog::{Counting, Goods, Off, Scope, Tier, Value};
use tactful::product::{CategoryIx, ProductIx};
use tactful::savings::best::{Coupon, best};
use tactful::savings::evaluate;
use tactful::savings::returned::returned;
use tactful::value::{BasisPoints, Key, Minor};

const ROUNDS: usize = 501;
/// Few, so that on a busy machine some batches are not interrupted.
const CALLS: u32 = 50;

fn basket(lines: u16) -> Basket {
    let mut basket = Basket::default();
    let line = |nth: u16| Line {
        item: Key(nth.into()),
        product: Some(ProductIx(nth.into())),
        category: Some(CategoryIx(nth % 10)),
        price: Minor::new(89 + u64::from(nth) * 37 % 500),
        quantity: 1 + nth % 3,
        lot: None,
    };
    basket.add(&(0..lines).map(line).collect::<Vec<_>>());
    basket
}

/// Ten coupons of all kinds; each in a group of its own where `apart`, and all of them on everything where `wide`.
fn coupons(apart: bool, wide: bool) -> Vec<(Value, Scope)> {
    let category = |nth: u16| Scope { categories: vec![CategoryIx(nth)], ..Scope::default() };
    let percent = |rate| Off::Percent(BasisPoints::percent(rate));
    let amount = |units| Off::Amount(Minor::new(units));
    let tier = |from, rate| Tier { from, percent: BasisPoints::percent(rate), amount: Minor::ZERO };
    let offs = [
        percent(10),
        percent(20),
        amount(150),
        amount(500),
        Off::Pieces { of: 3, pay: 2 },
        Off::Free(1),
        Off::Tiers(Counting::Spend, vec![tier(500, 5), tier(1_500, 12)]),
        Off::Bundle(vec![category(7), category(8)], Minor::new(300)),
        percent(15),
        amount(100),
    ];
    let coupon = |(nth, off): (u16, Off)| {
        let named = match &off {
            Off::Bundle(..) => Scope { categories: vec![CategoryIx(7), CategoryIx(8)], ..Scope::default() },
            _ if wide || nth % 5 == 3 => {
                Scope { except: Goods { products: vec![ProductIx(5)], ..Goods::NONE }, ..Scope::default() }
            }
            _ => category(nth),
        };
        let stacking = Some(Key(if apart { nth.into() } else { u64::from(nth) % 4 }));
        let value = Value { off, minimum_spend: Minor::new(200), maximum: Minor::new(2_000), stacking };
        (value, named)
    };
    (0..).zip(offs).map(coupon).collect()
}

fn lent(coupons: &[(Value, Scope)]) -> Vec<Coupon<'_>> {
    (0..).zip(coupons).map(|(id, (value, scope))| Coupon { id: Key(id), priority: 0, value, scope }).collect()
}

fn median(name: &str, mut work: impl FnMut()) {
    let sample = |_| {
        let start = Instant::now();
        (0..CALLS).for_each(|_| work());
        start.elapsed().as_nanos() as f64 / f64::from(CALLS)
    };
    let mut samples: Vec<f64> = (0..ROUNDS).map(sample).collect();
    samples.sort_by(f64::total_cmp);
    println!("  {name:<64} {:>9.0} ns, at least {:>9.0}", samples[ROUNDS / 2], samples[0]);
}

fn main() {
    let basket = basket(30);
    println!("30 lines, 10 coupons");
    for (name, apart, wide) in [
        ("best of them, in four groups", false, false),
        ("best of them, each in a group of its own", true, false),
        ("best of them, in four groups, all on everything", false, true),
        ("best of them, each in a group of its own, all on everything", true, true),
    ] {
        let owned = coupons(apart, wide);
        let given = lent(&owned);
        let found = best(&given, &basket);
        assert!(found.is_exact());
        median(name, || drop(black_box(best(black_box(&given), black_box(&basket)))));
    }
    let owned = coupons(false, false);
    let given = lent(&owned);
    let back = [(Key(3), 1)];
    median("returned, one piece", || drop(black_box(returned(&given, &basket, &back, Minor::ZERO))));
    for at in [0, 4, 6, 7] {
        let (value, scope) = &owned[at];
        median(&format!("one coupon, {:?}", value.off), || {
            black_box(evaluate(black_box(value), scope, black_box(&basket)));
        });
    }
}
