//! What is left of the coupons' budgets, what people take of it, and what their devices are told.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::{Budget, Plan};
use crate::catalog::{Catalog, OfferIx};
use crate::profile::Budgets;
use crate::value::{Key, Span, Timestamp};

/// The budgets of a plan. Without any, everybody gets what they take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Market {
    stocks: Vec<Stock>,
    delay: Span,
    /// As of when the news are that are told now.
    told: Option<Timestamp>,
}

/// One budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stock {
    /// Whose it is.
    pub offer: OfferIx,
    key: Key,
    /// Coupons there are.
    pub coupons: u32,
    /// When each was taken, as they were.
    pub taken: Vec<Timestamp>,
    per_person: u16,
    /// How many each person took, by number.
    by_person: BTreeMap<u32, u16>,
    /// Times that somebody wanted one and none was left.
    pub missed: u32,
    /// What was last told, sixteenths.
    told: i64,
}

impl Market {
    /// Opens the market of a plan with a catalog.
    pub fn new(catalog: &Catalog, plan: &Plan) -> Self {
        let stock = |budget: &Budget| {
            let Budget { offer: key, coupons, per_person } = *budget;
            let (offer, _) = catalog.offers().find(|(_, offer)| offer.key == key)?;
            let (taken, by_person) = (Vec::new(), BTreeMap::new());
            Some(Stock { offer, key, coupons, taken, per_person, by_person, missed: 0, told: Budgets::WHOLE })
        };
        Self { stocks: plan.budgets.iter().filter_map(stock).collect(), delay: plan.told_after, told: None }
    }

    /// Returns the budgets.
    pub fn stocks(&self) -> &[Stock] {
        &self.stocks
    }

    /// Takes one coupon; `false` where none is left, or not for this person. What has no budget is never gone.
    pub(super) fn take(&mut self, offer: OfferIx, person: u32, at: Timestamp) -> bool {
        let Some(stock) = self.stocks.iter_mut().find(|stock| stock.offer == offer) else { return true };
        let theirs = stock.by_person.entry(person).or_default();
        if *theirs >= stock.per_person {
            return false;
        }
        if stock.taken.len() >= usize::try_from(stock.coupons).unwrap_or(usize::MAX) {
            stock.missed += 1;
            return false;
        }
        *theirs += 1;
        stock.taken.push(at);
        true
    }

    /// Returns what a page is told at `at`, and as of when: renewed as often as the plan says, the same for everybody.
    pub(super) fn news(&mut self, at: Timestamp) -> Option<(Timestamp, Vec<(Key, i64)>)> {
        if self.stocks.is_empty() {
            return None;
        }
        if self.told.is_none_or(|told| at >= told.after(self.delay)) {
            self.told = Some(at);
            self.stocks.iter_mut().for_each(|stock| stock.told = stock.sixteenths());
        }
        // NOTE: as of the fetch, since nobody tells a page how old it is.
        Some((at, self.stocks.iter().map(|stock| (stock.key, stock.told)).collect()))
    }
}

impl Stock {
    fn left(&self) -> u32 {
        self.coupons.saturating_sub(u32::try_from(self.taken.len()).unwrap_or(u32::MAX))
    }

    /// Rounded up, as an edge tells it.
    fn sixteenths(&self) -> i64 {
        (i64::from(self.left()) * Budgets::WHOLE + i64::from(self.coupons) - 1) / i64::from(self.coupons.max(1))
    }
}
