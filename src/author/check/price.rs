//! What the law asks of a price that is announced as reduced: the lowest price of the last 30 days.
//!
//! Sources: Directive 98/6/EC, article 6a (as of Directive (EU) 2019/2161, EEA relevance); in Germany
//! Preisangabenverordnung section 11 (1). A reduction is determined from that lowest price (Court of Justice of the European
//! Union, 26 September 2024, C-330/23). Exempt by section 11 (4) are individual reductions (number 1) and goods that would
//! soon spoil or expire where that is made recognisable (number 2). What counts as individual is narrow in Germany; only the
//! shop can know, and says so in `value.reduction`.
//!
//! Asked of a shop whose `country` is in the European Economic Area; a time zone says nothing of the law, so without a
//! `country` nothing is asked. Asked of percents and amounts off goods that the scope names. Not asked of pieces, free
//! pieces and bundles, which are conditional offers and no reduction of one good, nor of coupons on everything, where the
//! price of each good stands on its label: both as the Commission's notice 2021/C 526/02 is commonly read (its sections 1.1
//! and 2.2). This is a guard, not advice.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::super::{Fault, shape};
use super::Checker;
use crate::catalog::{Language, Off, Product, Scope, Value};
use crate::product::ProductIx;
use crate::savings::refusal::Currency;
use crate::value::Minor;

/// The member states of the European Economic Area, by ISO 3166-1.
const EEA: [&str; 30] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT",
    "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// Goods of a scope that are told of by name; more stand on their labels.
const NAMED: usize = 3;

/// Tells whether the law of a country asks for the lowest price of the last 30 days.
pub(super) fn is_asked(country: Option<&str>) -> bool {
    country.is_some_and(|country| EEA.contains(&country))
}

impl Checker {
    /// Checks what a product was reduced from, and returns its lowest price of the last 30 days.
    pub(super) fn lowest(&mut self, path: &str, product: &shape::Product, price: Minor) -> Option<Minor> {
        let lowest = product.lowest_30_days.map(|lowest| self.money(format!("{path}/lowest_30_days"), lowest));
        let Some(reference) = product.reference_price else {
            if lowest > Some(price) {
                let rule = "the lowest price of the last 30 days cannot be above the price of today, but for what is \
                            reduced from a `reference_price`";
                self.fault(format!("{path}/lowest_30_days"), Fault::Rule(rule));
            }
            return lowest;
        };
        let at = format!("{path}/reference_price");
        let reference = self.money(&at, reference);
        if reference <= price {
            self.fault(&at, Fault::Rule("a `reference_price` that is not above the price announces no reduction"));
        } else if self.price_law && lowest.is_none() {
            self.fault(path, self.no_lowest(&product.id));
        } else if self.price_law && lowest != Some(reference) {
            let rule = "only the lowest price of the 30 days before a reduction may be struck out: `lowest_30_days`";
            self.fault(&at, Fault::PriceLaw(rule.into()));
        }
        lowest
    }

    fn no_lowest(&self, product: &str) -> Fault {
        let country = &self.country;
        Fault::PriceLaw(format!(
            "a reduction of `{product}` is announced, for which {country} asks its lowest price of the last 30 days; give it \
             `lowest_30_days`"
        ))
    }

    /// Checks the claim of a coupon; returns the goods whose lowest prices it tells, a few at most.
    pub(super) fn reduction(
        &mut self,
        path: &str,
        shape: &shape::Value,
        (value, scope): (&Value, &Scope),
        (shapes, products): (&[shape::Product], &[Product]),
    ) -> Vec<usize> {
        let is_reduction = matches!(value.off, Off::Percent(_) | Off::Amount(_) | Off::Tiers(..));
        let is_announced = shape.reduction == shape::Reduction::Announced && is_reduction;
        if !self.price_law || !is_announced || scope.is_everything() {
            return Vec::new();
        }
        let covered = (0..).map(ProductIx).zip(products).enumerate();
        let covered = covered.filter(|(_, (ix, product))| scope.covers(Some(*ix), Some(product.category)));
        let covered: Vec<(usize, Minor)> = covered.map(|(at, (_, product))| (at, product.price)).collect();
        let id_of = |at: usize| shapes.get(at).map_or("", |product| product.id.as_str());
        let lowest = |at: usize| self.lowest.get(at).copied().flatten();
        let unknown = covered.iter().find(|(at, _)| lowest(*at).is_none());
        let was_cheaper = covered.iter().find(|(at, price)| lowest(*at).is_some_and(|lowest| lowest < *price));
        let fault = match (unknown, was_cheaper) {
            (Some((at, _)), _) => Some(self.no_lowest(id_of(*at))),
            (None, Some((at, _))) => Some(Fault::PriceLaw(format!(
                "`{}` was cheaper in the last 30 days than it is now, so a reduction from its price of now may not be \
                 announced; lower the price, or take it out with `scope.except`",
                id_of(*at)
            ))),
            (None, None) => None,
        };
        if let Some(fault) = fault {
            self.fault(path, fault);
        }
        let is_told = covered.len() <= NAMED && !scope.products.is_empty();
        if is_told { covered.into_iter().map(|(at, _)| at).collect() } else { Vec::new() }
    }

    /// Returns the texts of an offer, which end with the lowest prices of the goods that it reduces.
    pub(super) fn texts(
        &self,
        creative: &BTreeMap<String, shape::Creative>,
        goods: &[usize],
        products: &[shape::Product],
    ) -> BTreeMap<String, String> {
        let with = |(code, creative): (&String, &shape::Creative)| {
            let told = self.told(code, goods, products);
            (code.clone(), if told.is_empty() { creative.text.clone() } else { format!("{} {told}", creative.text) })
        };
        creative.iter().map(with).collect()
    }

    pub(super) fn told(&self, code: &str, goods: &[usize], products: &[shape::Product]) -> String {
        let language = if code == "de" { Language::De } else { Language::En };
        let currency =
            Currency { code: self.currency.as_bytes().try_into().unwrap_or(*b"EUR"), decimals: self.decimals };
        let price = |at: &usize| {
            let said = currency.said(self.lowest.get(*at).copied().flatten()?, language);
            let name = products.get(*at)?.name.get(code).filter(|_| goods.len() > 1);
            Some(name.map_or_else(|| said.to_string(), |name| format!("{name} {said}")))
        };
        let prices: Vec<String> = goods.iter().filter_map(price).collect();
        if prices.is_empty() {
            return String::new();
        }
        let lead = if language == Language::De {
            "Niedrigster Preis der letzten 30 Tage:"
        } else {
            "Lowest price of the last 30 days:"
        };
        format!("{lead} {}.", prices.join(", "))
    }
}
