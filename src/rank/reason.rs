//! Why an offer fits this moment: each reason with its subject and its strength.

use alloc::vec::Vec;

use crate::catalog::{Kind, Offer, Scope};
use crate::moment::{Facts, from_ppm};
use crate::product::{CategoryIx, ProductIx};
use crate::profile::How;
use crate::savings::Savings;
use crate::store::StoreIx;
use crate::value::{Minor, Ppm};

/// What an offer is about in this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// One product.
    Product(ProductIx),
    /// One category.
    Category(CategoryIx),
}

/// Why an offer fits this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It helps with an open case.
    Care,
    /// What it is about was scanned.
    Scanned(About),
    /// It reminds of a lapsed favourite that is so welcome.
    Memory(ProductIx, Ppm),
    /// What it is about was searched for.
    Searched(CategoryIx),
    /// What it is about is probably running out, with so much probability within a week.
    NeedDue(CategoryIx, Ppm),
    /// It saves money on this basket.
    Saves(Minor),
    /// What it is about is in the basket.
    InBasket(CategoryIx),
    /// What it is about was looked at.
    Viewed(CategoryIx),
    /// They are in this store.
    InStore(StoreIx),
    /// It may be of use to anybody.
    General,
}

impl Reason {
    /// Returns how much the reason moves the log-odds of usefulness. Assumptions, to be learned from replies.
    pub fn strength(self) -> f64 {
        match self {
            Self::Care => 2.5,
            Self::Scanned(_) => 2.0,
            Self::Memory(_, score) => 0.5 + from_ppm(score),
            Self::Searched(_) => 1.2,
            Self::NeedDue(_, within_week) => 0.2 + from_ppm(within_week),
            Self::Saves(_) => 0.9,
            Self::InBasket(_) | Self::InStore(_) => 0.5,
            Self::Viewed(_) => 0.6,
            Self::General => -0.7,
        }
    }
}

/// Returns why `offer` fits, strongest first, and what it is then about.
pub fn reasons(facts: Facts, offer: &Offer, savings: Option<Savings>) -> (Vec<Reason>, Option<About>) {
    let scope = &offer.scope;
    let scanned = scanned(facts, scope);
    let found = [
        care(facts, offer),
        scanned,
        memory(facts, offer),
        // NOTE: a scan is also interest; one fact is told once.
        if scanned.is_none() { interest(facts, scope) } else { None },
        need(facts, scope),
        savings.filter(|savings| savings.saves > Minor::ZERO).map(|savings| Reason::Saves(savings.saves)),
        in_basket(facts, scope),
        facts.moment.presence.store.filter(|_| facts.moment.presence.in_store()).map(Reason::InStore),
    ];
    let mut reasons = Vec::new();
    found.into_iter().flatten().for_each(|reason| insert(&mut reasons, reason));
    if reasons.is_empty() {
        reasons.push(Reason::General);
    }
    let about = reasons.iter().find_map(|reason| about(*reason)).or_else(|| only(scope));
    (reasons, about)
}

/// Keeps the reasons in falling strength; equals in the order in which they came.
fn insert(reasons: &mut Vec<Reason>, reason: Reason) {
    let weaker = reasons.iter().position(|known| known.strength() < reason.strength());
    reasons.insert(weaker.unwrap_or(reasons.len()), reason);
}

fn about(reason: Reason) -> Option<About> {
    match reason {
        Reason::Scanned(about) => Some(about),
        Reason::Memory(product, _) => Some(About::Product(product)),
        Reason::Searched(category) | Reason::NeedDue(category, _) => Some(About::Category(category)),
        Reason::InBasket(category) | Reason::Viewed(category) => Some(About::Category(category)),
        Reason::Care | Reason::Saves(_) | Reason::InStore(_) | Reason::General => None,
    }
}

/// A scope of one thing is about that thing.
pub fn only(scope: &Scope) -> Option<About> {
    match (scope.products.as_slice(), scope.categories.as_slice()) {
        ([product], []) => Some(About::Product(*product)),
        ([], [category]) => Some(About::Category(*category)),
        _ => None,
    }
}

fn care(facts: Facts, offer: &Offer) -> Option<Reason> {
    (offer.kind == Kind::Service && !facts.profile.cases.is_empty()).then_some(Reason::Care)
}

fn scanned(facts: Facts, scope: &Scope) -> Option<Reason> {
    let scan = facts.moment.scan?;
    if scope.is_everything() || !scope.covers(scan.product, scan.category) {
        return None;
    }
    let about = scan.product.map(About::Product).or(scan.category.map(About::Category))?;
    Some(Reason::Scanned(about))
}

/// The dearest memory in scope; only a reminder may speak of it.
fn memory(facts: Facts, offer: &Offer) -> Option<Reason> {
    let mut memories = facts.moment.memories.iter().filter(|_| offer.kind == Kind::Reminder);
    let memory = memories.find(|memory| offer.scope.covers(Some(memory.product), Some(memory.category)))?;
    Some(Reason::Memory(memory.product, memory.score))
}

fn interest(facts: Facts, scope: &Scope) -> Option<Reason> {
    let named = |interest: &&crate::profile::Interest| in_scope(facts, scope, interest.category);
    let interest = facts.moment.intent.interests.iter().filter(named).max_by_key(|interest| interest.how)?;
    Some(match interest.how {
        How::Searched => Reason::Searched(interest.category),
        How::Viewed | How::Scanned => Reason::Viewed(interest.category),
    })
}

fn need(facts: Facts, scope: &Scope) -> Option<Reason> {
    let need = facts.moment.needs.iter().find(|need| in_scope(facts, scope, need.category))?;
    Some(Reason::NeedDue(need.category, need.within_week))
}

fn in_basket(facts: Facts, scope: &Scope) -> Option<Reason> {
    let lines = facts.profile.basket.lines().iter();
    let mut categories = lines.filter(|line| !scope.is_everything() && scope.covers(line.product, line.category));
    categories.find_map(|line| line.category).map(Reason::InBasket)
}

/// Tells whether the scope names the category, itself or by one of its products.
fn in_scope(facts: Facts, scope: &Scope, category: CategoryIx) -> bool {
    let of_category = |product: &ProductIx| facts.catalog.product(*product).is_some_and(|p| p.category == category);
    scope.categories.contains(&category) || scope.products.iter().any(of_category)
}
