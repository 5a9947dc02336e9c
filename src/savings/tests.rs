use alloc::format;
use alloc::string::String;
use alloc::vec;

use super::*;
use crate::basket::Line;
use crate::product::CategoryIx;
use crate::value::{BasisPoints, Key};
use proptest::prelude::*;

/// A basket with one line in the coupon's scope and one of 5.00 outside.
fn saves(spend: u64, off: Off, minimum: u64, maximum: Option<u64>) -> String {
    let line = |id: &str, price: u64, category: u16| Line {
        item: Key::of(id),
        product: None,
        category: Some(CategoryIx(category)),
        price: Minor::new(price),
        quantity: 1,
        lot: None,
    };
    let mut basket = Basket::default();
    basket.add(&[line("in", spend, 1), line("out", 500, 2)]);
    let scope = Scope { categories: vec![CategoryIx(1)], products: vec![], ..Scope::default() };
    let value = Value {
        off,
        minimum_spend: Minor::new(minimum),
        maximum: maximum.map_or(Minor::MAX, Minor::new),
        stacking: None,
    };
    let Savings { saves, pays, missing } = evaluate(&value, &scope, &basket);
    format!("saves {}, pays {}, missing {}", saves.units(), pays.units(), missing.units())
}

#[test]
fn a_percent_coupon_counts_only_what_is_in_scope() {
    assert_eq!(saves(1_999, Off::Percent(BasisPoints::percent(25)), 0, None), "saves 500, pays 1999, missing 0");
}

#[test]
fn a_maximum_limits_a_percent_coupon() {
    assert_eq!(saves(1_999, Off::Percent(BasisPoints::percent(25)), 0, Some(300)), "saves 300, pays 2199, missing 0");
}

#[test]
fn a_coupon_says_what_is_missing_to_its_minimum_spend() {
    assert_eq!(saves(800, Off::Amount(Minor::new(200)), 1_000, None), "saves 0, pays 1300, missing 200");
}

#[test]
fn an_amount_never_exceeds_what_is_in_scope() {
    assert_eq!(saves(150, Off::Amount(Minor::new(200)), 0, None), "saves 150, pays 500, missing 0");
}

proptest! {
    #[test]
    fn shares_add_up_to_the_discount(discount in 0u64..1 << 40, amounts in prop::collection::vec(0u64..1 << 40, 1..20)) {
        let amounts: Vec<Minor> = amounts.into_iter().map(Minor::new).collect();
        let parts = allocate(Minor::new(discount), &amounts);
        let weighed = amounts.iter().any(|amount| *amount > Minor::ZERO);
        let expected = if weighed { discount } else { 0 };
        prop_assert_eq!(parts.iter().map(|part| part.units()).sum::<u64>(), expected);
    }
}
