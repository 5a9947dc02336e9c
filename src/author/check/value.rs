//! What a coupon takes off, and what of: every amount exact, and no coupon that takes nothing off.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::super::{Fault, shape};
use super::Checker;
use crate::catalog::{Counting, Goods, Off, Product, Scope, Tier, Value};
use crate::product::ProductIx;
use crate::value::{BasisPoints, Key, Minor};

/// What a coupon takes off where that cannot be said: nothing.
const NOTHING: Off = Off::Amount(Minor::ZERO);

/// What is named twice counts once.
fn push_new<T: PartialEq>(list: &mut Vec<T>, new: T) {
    if !list.contains(&new) {
        list.push(new);
    }
}

impl Checker {
    /// Returns what an offer is about; of a bundle, what its parts name.
    pub(super) fn scope(&mut self, path: &str, offer: &shape::Offer) -> Scope {
        let shape::Scope { categories, products, except } = &offer.scope;
        let Goods { categories, products } = self.goods(&format!("{path}/scope"), categories, products);
        let except = self.goods(&format!("{path}/scope/except"), &except.categories, &except.products);
        let scope = Scope { categories, products, except };
        let Some(bundle) = offer.value.as_ref().and_then(|value| value.bundle.as_ref()) else { return scope };
        if !scope.is_everything() {
            self.fault(
                format!("{path}/scope"),
                Fault::Rule("a bundle's scope is what its parts name; only `except` goes there"),
            );
        }
        // NOTE: faults of the parts are told with the value.
        let known = self.faults.len();
        let parts = self.parts(path, bundle);
        self.faults.truncate(known);
        let categories: BTreeSet<_> = parts.iter().flat_map(|part| part.categories.iter().copied()).collect();
        let products: BTreeSet<_> = parts.iter().flat_map(|part| part.products.iter().copied()).collect();
        Scope { categories: categories.into_iter().collect(), products: products.into_iter().collect(), ..scope }
    }

    /// What is named is also spoken of: nothing may be named and excepted.
    pub(super) fn names_what_it_means(&mut self, path: &str, scope: &Scope, products: &[Product]) {
        let is_out = |ix: &ProductIx| {
            let product = usize::try_from(ix.0).ok().and_then(|at| products.get(at));
            product.is_some_and(|product| scope.except.has(Some(*ix), Some(product.category)))
        };
        let is_excepted = scope.categories.iter().any(|category| scope.except.categories.contains(category));
        if is_excepted || scope.products.iter().any(is_out) {
            let rule = "the scope names what it excepts; take it out of one of them";
            self.fault(format!("{path}/scope/except"), Fault::Rule(rule));
        }
    }

    fn goods(&mut self, path: &str, categories: &[String], products: &[String]) -> Goods {
        let mut goods = Goods::default();
        for (at, id) in categories.iter().enumerate() {
            push_new(&mut goods.categories, self.category(format!("{path}/categories/{at}"), id));
        }
        for (at, id) in products.iter().enumerate() {
            push_new(&mut goods.products, self.product(format!("{path}/products/{at}"), id));
        }
        goods
    }

    fn parts(&mut self, path: &str, bundle: &shape::Bundle) -> Vec<Scope> {
        let mut part = |(at, part): (usize, &shape::Goods)| {
            let path = format!("{path}/bundle/parts/{at}");
            let Goods { categories, products } = self.goods(&path, &part.categories, &part.products);
            Scope { categories, products, except: Goods::NONE }
        };
        bundle.parts.iter().enumerate().map(&mut part).collect()
    }

    /// Returns what a coupon takes off.
    pub(super) fn value(&mut self, path: &str, value: &shape::Value, scope: &Scope, products: &[Product]) -> Value {
        let kinds = [
            value.percent.is_some(),
            value.amount.is_some(),
            value.pieces.is_some(),
            value.free.is_some(),
            !value.tiers.is_empty(),
            value.bundle.is_some(),
        ];
        if kinds.into_iter().filter(|is_there| *is_there).count() != 1 {
            let rule = "a coupon takes off one of `percent`, `amount`, `pieces`, `free`, `tiers` and `bundle`";
            self.fault(path, Fault::Rule(rule));
        }
        let off = self.off(path, value, scope, products);
        let maximum = value.maximum_discount.map(|amount| self.money(format!("{path}/maximum_discount"), amount));
        if (off == NOTHING && value.amount.is_some()) || maximum == Some(Minor::ZERO) {
            self.fault(path, Fault::Rule("a coupon must take something off"));
        }
        let mut minimum_spend = self.money(format!("{path}/minimum_spend"), value.minimum_spend);
        // NOTE: so the first tier is told like any other minimum.
        if let Off::Tiers(Counting::Spend, tiers) = &off {
            minimum_spend = minimum_spend.max(tiers.first().map_or(Minor::ZERO, |tier| Minor::new(tier.from)));
        }
        let stacking = value.stacking.as_deref().map(Key::of);
        Value { off, minimum_spend, maximum: maximum.unwrap_or(Minor::MAX), stacking }
    }

    fn off(&mut self, path: &str, value: &shape::Value, scope: &Scope, products: &[Product]) -> Off {
        if let Some(percent) = value.percent {
            Off::Percent(BasisPoints::percent(percent))
        } else if let Some(amount) = value.amount {
            Off::Amount(self.money(format!("{path}/amount"), amount))
        } else if let Some(shape::Pieces { of, pay }) = value.pieces {
            if pay >= of {
                self.fault(format!("{path}/pieces"), Fault::Rule("fewer pieces are paid for than are taken"));
            }
            Off::Pieces { of, pay }
        } else if let Some(count) = value.free {
            if scope.is_everything() && value.bundle.is_none() {
                self.fault(path, Fault::Rule("the offer's `scope` says which pieces are free"));
            }
            Off::Free(count)
        } else if let Some(bundle) = &value.bundle {
            self.bundle(path, bundle, scope, products)
        } else {
            self.tiers(path, &value.tiers)
        }
    }

    fn bundle(&mut self, path: &str, bundle: &shape::Bundle, scope: &Scope, products: &[Product]) -> Off {
        let parts = self.parts(path, bundle);
        let path = format!("{path}/bundle");
        if parts.iter().any(Scope::is_everything) {
            self.fault(format!("{path}/parts"), Fault::Rule("every part of a bundle names products or categories"));
            return Off::Bundle(parts, Minor::ZERO);
        }
        let places = || (0..).map(ProductIx).zip(products);
        let is_in = |part: &Scope, (ix, product): (ProductIx, &Product)| {
            part.covers(Some(ix), Some(product.category)) && scope.covers(Some(ix), Some(product.category))
        };
        if places().any(|product| parts.iter().filter(|part| is_in(part, product)).count() > 1) {
            self.fault(format!("{path}/parts"), Fault::Rule("a product is in at most one part of a bundle"));
        }
        let price = self.money(format!("{path}/price"), bundle.price);
        let dearest = |part: &Scope| {
            places().filter(|product| is_in(part, *product)).map(|(_, product)| product.price).max().unwrap_or_default()
        };
        if parts.iter().map(dearest).sum::<Minor>() <= price {
            let rule = "the dearest bundle costs no more than its price; a coupon must take something off";
            self.fault(format!("{path}/price"), Fault::Rule(rule));
        }
        Off::Bundle(parts, price)
    }

    fn tiers(&mut self, path: &str, tiers: &[shape::Tier]) -> Off {
        let mut known: Vec<(Counting, Tier)> = Vec::new();
        for (at, tier) in tiers.iter().enumerate() {
            let path = format!("{path}/tiers/{at}");
            let Some(tier) = self.tier(&path, tier) else { continue };
            if known.first().is_some_and(|(counting, _)| *counting != tier.0) {
                self.fault(&path, Fault::Rule("all tiers count the same: spend or pieces"));
            }
            if known.last().is_some_and(|(_, last)| last.from >= tier.1.from) {
                self.fault(&path, Fault::Rule("tiers rise, each with a higher `from_spend` or `from_pieces`"));
            }
            known.push(tier);
        }
        let counting = known.first().map_or(Counting::Spend, |(counting, _)| *counting);
        Off::Tiers(counting, known.into_iter().map(|(_, tier)| tier).collect())
    }

    fn tier(&mut self, path: &str, tier: &shape::Tier) -> Option<(Counting, Tier)> {
        let counted = match (tier.from_spend, tier.from_pieces) {
            (Some(spend), None) => (Counting::Spend, self.money(format!("{path}/from_spend"), spend).units()),
            (None, Some(pieces)) => (Counting::Pieces, u64::from(pieces)),
            _ => {
                self.fault(path, Fault::Rule("a tier begins either `from_spend` or `from_pieces`"));
                return None;
            }
        };
        let amount = tier.amount.map(|amount| self.money(format!("{path}/amount"), amount));
        if tier.percent.is_some() == amount.is_some() || amount == Some(Minor::ZERO) {
            self.fault(path, Fault::Rule("a tier takes off either a `percent` or an `amount` above 0"));
        }
        let percent = BasisPoints::percent(tier.percent.unwrap_or(0));
        Some((counted.0, Tier { from: counted.1, percent, amount: amount.unwrap_or_default() }))
    }
}
