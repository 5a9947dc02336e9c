//! What a coupon is worth, as its number tells, and where a till seems to have taken one.

use std::collections::{BTreeMap, VecDeque};

use super::Purchase;

/// What a coupon takes off, and how many pieces have to be bought.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Value {
    /// Pieces that have to be bought.
    pub pieces: u8,
    /// What it takes off, cents.
    pub cents: u16,
}

/// What is supposed of a coupon whose number does not tell: a shop's own ones, and those that a cashier looks at.
const USUAL: Value = Value { pieces: 1, cents: 75 };
/// What a free piece is supposed to be worth, cents.
const FREE: u16 = 300;

/// Value codes for several pieces: code, pieces, cents.
const SEVERAL: [(u64, u8, u16); 44] = [
    (2, 4, FREE),
    (7, 3, 150),
    (8, 2, 300),
    (9, 3, 200),
    (13, 4, 100),
    (16, 2, FREE),
    (19, 3, FREE),
    (21, 2, 35),
    (22, 2, 40),
    (23, 2, 45),
    (24, 2, 50),
    (28, 2, 55),
    (31, 2, 60),
    (32, 2, 75),
    (33, 2, 100),
    (34, 2, 125),
    (36, 2, 150),
    (37, 3, 25),
    (38, 3, 30),
    (41, 3, 50),
    (42, 3, 100),
    (43, 2, 110),
    (44, 2, 135),
    (46, 2, 160),
    (47, 2, 175),
    (48, 2, 185),
    (51, 2, 200),
    (52, 3, 55),
    (53, 2, 10),
    (54, 2, 15),
    (56, 2, 20),
    (57, 2, 25),
    (58, 2, 30),
    (98, 2, 65),
    (1, 1, FREE),
    (14, 1, FREE),
    (3, 1, 110),
    (4, 1, 135),
    (5, 1, 140),
    (6, 1, 160),
    (11, 1, 185),
    (17, 1, 210),
    (18, 1, 260),
    (26, 1, 285),
];

/// Value codes from 61 on that are dollars off one piece: code, cents.
const DOLLARS: [(u64, u16); 28] = [
    (61, 1000),
    (62, 950),
    (63, 900),
    (64, 850),
    (66, 800),
    (67, 750),
    (68, 700),
    (71, 650),
    (72, 600),
    (73, 550),
    (74, 500),
    (76, 100),
    (77, 125),
    (78, 150),
    (81, 175),
    (82, 200),
    (83, 225),
    (84, 250),
    (86, 275),
    (87, 300),
    (88, 325),
    (91, 350),
    (92, 375),
    (93, 400),
    (94, 425),
    (96, 450),
    (0, USUAL.cents),
    (27, USUAL.cents),
];

/// Returns the value of a coupon by its number: `5`, five digits of the maker, three of the products, two of the value.
///
/// Source: the value codes of UPC-A coupons of the Uniform Code Council, from memory; most other codes are the cents
/// themselves (75 is 75 cents).
pub fn of(number: u64) -> Value {
    let code = number % 100;
    if number / 10_000_000_000 != 5 {
        return USUAL;
    }
    if let Some((_, pieces, cents)) = SEVERAL.iter().find(|(known, ..)| *known == code) {
        return Value { pieces: *pieces, cents: *cents };
    }
    let dollars = DOLLARS.iter().find(|(known, _)| *known == code).map(|(_, cents)| *cents);
    Value { pieces: 1, cents: dollars.or_else(|| u16::try_from(code).ok()).unwrap_or(USUAL.cents) }
}

/// What a coupon from elsewhere usually takes off, cents: most are for 50 cents or a dollar.
const WORTHS: [i64; 2] = [50, 100];
/// How many of the last prices of a product tell what it costs, and how many have to be known.
const LAST: usize = 9;
const LEAST: usize = 4;

/// Marks the purchases that cost more, before what was taken off, than the product did of late, by what a coupon is
/// worth: the maker pays, so that the retailer receives the whole price, and the till counts the coupon as taken off.
///
/// What a product costs is the median of the prices before; nothing later is known.
pub fn mark_coupons(purchases: &mut [Purchase]) {
    purchases.sort_by_key(|purchase| (purchase.day, purchase.household, purchase.product));
    let mut prices: BTreeMap<usize, VecDeque<i64>> = BTreeMap::new();
    for purchase in purchases {
        let known = prices.entry(purchase.product).or_default();
        let mut sorted: Vec<i64> = known.iter().copied().collect();
        sorted.sort_unstable();
        let usual = sorted.get(sorted.len() / 2).filter(|_| sorted.len() >= LEAST);
        let whole = i64::from(purchase.cents) + i64::from(purchase.off);
        let over = usual.map(|price| whole - price * i64::from(purchase.pieces) / 100);
        purchase.with_coupon = over.is_some_and(|over| WORTHS.contains(&over) && over <= i64::from(purchase.off));
        known.push_back(whole * 100 / i64::from(purchase.pieces.max(1)));
        if known.len() > LAST {
            known.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coupons_number_tells_its_value() {
        let told = |number, pieces, cents| assert_eq!(of(number), Value { pieces, cents }, "{number}");
        told(51_600_070_033, 2, 100);
        told(53_600_000_078, 1, 150);
        told(52_740_022_050, 1, 50);
        told(54_900_050_076, 1, 100);
        told(10_000_085_475, 1, 75);
        told(51_111_030_000, 1, 75);
    }

    #[test]
    fn a_code_is_listed_once() {
        let mut codes: Vec<u64> = SEVERAL.iter().map(|code| code.0).chain(DOLLARS.iter().map(|code| code.0)).collect();
        codes.sort_unstable();
        assert!(codes.windows(2).all(|two| two[0] < two[1]), "{codes:?}");
    }

    #[test]
    fn a_coupon_shows_in_the_price() {
        let bought = |household, cents, off| Purchase {
            household,
            day: 1,
            product: 0,
            pieces: 1,
            cents,
            off,
            with_coupon: false,
        };
        let mut purchases = [1, 2, 3, 4, 5, 6].map(|household| bought(household, 300, 0));
        purchases[1] = bought(2, 250, 50);
        purchases[5] = bought(6, 300, 100);
        mark_coupons(&mut purchases);
        assert_eq!(purchases.map(|purchase| purchase.with_coupon), [false, false, false, false, false, true]);
        let mut few = [bought(1, 300, 0), bought(4, 300, 100)];
        mark_coupons(&mut few);
        assert!(!few[1].with_coupon);
    }
}
