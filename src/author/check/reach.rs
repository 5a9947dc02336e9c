//! Whom alone a service is for: those who asked, those who may have what is called back, and those who want what costs
//! less now.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};

use super::super::{Fault, hours, shape};
use super::Checker;
use crate::catalog::condition::{Attribute, Condition, Range};
use crate::catalog::{Reach, ReachIx, Recall, Scope};
use crate::value::{Key, Minor, Span};

/// What a text has where it says that a price fell.
pub(super) const LOWEST: &str = "{lowest}";

impl Checker {
    /// Reads whom an offer is for; a recall is about what it calls back.
    pub(super) fn reach(&mut self, path: &str, offer: &shape::Offer, scope: &mut Scope) -> Option<ReachIx> {
        let is_about_a_price = |words: &shape::Creative| words.title.contains(LOWEST) || words.text.contains(LOWEST);
        let tells_lowest = offer.creative.values().any(is_about_a_price);
        let reach = match (&offer.recall, offer.answers.is_empty(), tells_lowest) {
            (None, true, false) => return None,
            (Some(recall), true, false) => self.recall(path, (offer, recall), scope),
            (None, false, false) => Reach::Answer(offer.answers.iter().map(|topic| Key::of(topic)).collect()),
            (None, true, true) => Reach::PriceFell,
            _ => {
                self.fault(
                    path,
                    Fault::Rule("an offer answers, calls something back or tells of a price that fell; one of them"),
                );
                return None;
            }
        };
        if offer.kind != shape::Kind::Service {
            self.fault(
                format!("{path}/kind"),
                Fault::Rule("only a `service` answers, calls something back or tells of a price that fell"),
            );
        }
        let place = u16::try_from(self.reaches.len()).unwrap_or(u16::MAX);
        self.reaches.push(reach);
        Some(ReachIx(place))
    }

    fn recall(&mut self, path: &str, (offer, recall): (&shape::Offer, &shape::Recall), scope: &mut Scope) -> Reach {
        if *scope != Scope::default() || !offer.placements.is_empty() || !offer.caps.is_empty() {
            let rule = "a recall is about its own products, appears wherever a service may, and above all caps; leave \
                        `scope`, `placements` and `caps` out";
            self.fault(path, Fault::Rule(rule));
        }
        let path = format!("{path}/recall");
        let products = recall.products.iter().enumerate();
        scope.products = products.map(|(at, id)| self.product(format!("{path}/products/{at}"), id)).collect();
        let mut day = |field: &str, date: &Option<String>| {
            let at =
                self.ok(format!("{path}/{field}"), hours::local_instant(&jiff::tz::TimeZone::UTC, date.as_deref()?))?;
            i32::try_from(at.ms() / Span::days(1).ms()).ok()
        };
        let (from, until) = (day("bought_from", &recall.bought_from), day("bought_until", &recall.bought_until));
        let (from, until) = (from.unwrap_or(i32::MIN), until.unwrap_or(i32::MAX));
        if until <= from {
            self.fault(&path, Fault::EmptySchedule);
        }
        let lots = recall.lots.iter().map(|lot| Key::of(lot)).collect();
        Reach::Recall(Recall { products: scope.products.clone(), lots, from, until })
    }

    /// Returns the condition that this device is one of those that an offer is for.
    pub(super) fn is_reached(&self, ReachIx(place): ReachIx) -> Condition {
        let attribute = match self.reaches.get(usize::from(place)) {
            Some(Reach::PriceFell) => Attribute::PriceFell,
            _ => Attribute::Reached(ReachIx(place)),
        };
        Condition::within(attribute, alloc::vec![Range { low: 1, high: 1 }])
    }

    /// Where the law asks for the lowest price of the last 30 days, who says that a price fell says that price.
    pub(super) fn says_the_lowest(&mut self, path: &str, offer: &shape::Offer, eligible: &Condition) {
        let asks = |predicate: &crate::catalog::Predicate| predicate.attribute == Attribute::PriceFell;
        if self.price_law && eligible.conjunctions().iter().flatten().any(asks) {
            for (code, _) in offer.creative.iter().filter(|(_, words)| !words.text.contains(LOWEST)) {
                let fault = Fault::PriceLaw(format!(
                    "who says that a price fell says the lowest price of the last 30 days, which {} asks for: put {LOWEST} \
                     into the text",
                    self.country
                ));
                self.fault(format!("{path}/creative/{code}/text"), fault);
            }
        }
    }

    /// Returns what says the lowest price of the last 30 days of a product, in each language, where it costs less now.
    pub(super) fn lowest_words(&self, at: usize, price: Minor, shapes: &[shape::Product]) -> BTreeMap<String, String> {
        let fell = self.lowest.get(at).copied().flatten().is_some_and(|lowest| price < lowest);
        let codes = self.languages.iter().map(|language| super::name(*language));
        codes
            .map(|code| (code.to_string(), if fell { self.told(code, &[at], shapes) } else { String::new() }))
            .collect()
    }
}
