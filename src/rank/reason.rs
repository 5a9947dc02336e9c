//! Why an offer fits this moment: each reason with its subject and its strength.

use core::cmp::Reverse;
use core::ops::Deref;

use crate::basket::Part;
use crate::catalog::{Kind, Offer, Reach, Scope};
use crate::moment::{Facts, affinity, from_ppm};
pub use crate::product::About;
use crate::product::{CategoryIx, ProductIx};
use crate::profile::How;
use crate::savings::{Savings, covered};
use crate::signal::AskedKind;
use crate::store::StoreIx;
use crate::value::{Minor, Ppm};

/// Why an offer fits this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It helps with an open case.
    Care,
    /// It answers what they told the shop.
    Asked(AskedKind),
    /// It calls back this product, which they may have.
    Recalled(ProductIx),
    /// The price of this product, which they want, fell since they saw it.
    PriceFell(ProductIx),
    /// What it is about was scanned.
    Scanned(About),
    /// It reminds of something that they used to buy, and that is so welcome.
    Memory(ProductIx, Ppm),
    /// What it is about was searched for.
    Searched(CategoryIx),
    /// What it is about is probably running out, with so much probability within a week.
    NeedDue(CategoryIx, Ppm),
    /// They buy what it is about, with so much probability within 32 days.
    Bought(About, Ppm),
    /// It saves money on this basket.
    Saves,
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
            Self::Care | Self::Asked(_) | Self::Recalled(_) => 2.5,
            Self::Scanned(_) => 2.0,
            Self::Memory(_, score) => 0.5 + from_ppm(score),
            Self::Searched(_) | Self::PriceFell(_) => 1.2,
            Self::NeedDue(_, within_week) => 0.2 + from_ppm(within_week),
            Self::Bought(_, affinity) => AFFINITY * from_ppm(affinity),
            Self::Saves => 0.9,
            Self::InBasket(_) | Self::InStore(_) => 0.5,
            Self::Viewed(_) => 0.6,
            Self::General => -0.7,
        }
    }
}

/// What the certainty of a purchase adds to the log-odds of usefulness. Source: the shared yardstick "learning", an
/// assumption there too; in its coupons alone the order by affinity finds the redeemed one among the first three in 59 %.
const AFFINITY: f64 = 1.6;

/// Why an offer fits, strongest first; equals in the order in which they were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Because {
    reasons: [Reason; Self::MOST],
    len: u8,
}

impl Because {
    /// Most reasons that hold at once: one of each kind but the general one, of a search, a look or a scan one, and one of
    /// those that make an offer be for some devices alone.
    pub const MOST: usize = 10;

    /// Returns the one reason that holds for everybody.
    pub const GENERAL: Self = Self { reasons: [Reason::General; Self::MOST], len: 1 };

    fn add(&mut self, reason: Option<Reason>) {
        let Some(reason) = reason else { return };
        let weaker = self.iter().position(|known| known.strength() < reason.strength()).unwrap_or(self.len());
        // NOTE: there are as many places as can be found.
        self.len = self.len.saturating_add(1);
        if let Some(moved) = self.reasons.get_mut(weaker..usize::from(self.len)) {
            moved.rotate_right(1);
            moved.iter_mut().take(1).for_each(|place| *place = reason);
        }
    }
}

impl Deref for Because {
    type Target = [Reason];

    fn deref(&self) -> &[Reason] {
        self.reasons.get(..usize::from(self.len)).unwrap_or_default()
    }
}

/// Returns why `offer` fits, and what it is then about.
///
/// Cost: for each product and category of its scope a search of the basket and a look at what is of interest and needed.
pub fn reasons(facts: Facts, offer: &Offer, savings: Option<Savings>) -> (Because, Option<About>) {
    let scope = &offer.scope;
    let scanned = scanned(facts, scope);
    let (interest, need) = wanted(facts, scope);
    let mut because = Because { len: 0, ..Because::GENERAL };
    because.add(reached(facts, offer));
    because.add(care(facts, offer));
    because.add(scanned);
    because.add(memory(facts, offer));
    // NOTE: a scan is also interest; one fact is told once.
    because.add(interest.filter(|_| scanned.is_none()));
    because.add(need);
    because.add(bought(facts, offer));
    because.add(savings.filter(|savings| savings.saves > Minor::ZERO).map(|_| Reason::Saves));
    because.add(in_basket(facts, scope));
    because.add(facts.moment.presence.store.filter(|_| facts.moment.presence.in_store()).map(Reason::InStore));
    // NOTE: where none was found, the first is the general one.
    because.len = because.len.max(1);
    let about = because.iter().find_map(|reason| about(*reason)).or_else(|| only(scope));
    (because, about)
}

fn about(reason: Reason) -> Option<About> {
    match reason {
        Reason::Scanned(about) | Reason::Bought(about, _) => Some(about),
        Reason::Memory(product, _) | Reason::Recalled(product) | Reason::PriceFell(product) => {
            Some(About::Product(product))
        }
        Reason::Searched(category) | Reason::NeedDue(category, _) => Some(About::Category(category)),
        Reason::InBasket(category) | Reason::Viewed(category) => Some(About::Category(category)),
        Reason::Care | Reason::Asked(_) | Reason::Saves | Reason::InStore(_) | Reason::General => None,
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

/// What makes this device one of those that the offer is for.
fn reached(facts: Facts, offer: &Offer) -> Option<Reason> {
    match offer.reach? {
        Reach::Answer(topics) => facts.asked(topics).map(|asked| Reason::Asked(asked.kind)),
        Reach::Recall(recall) => facts.called_back(recall).map(Reason::Recalled),
        Reach::PriceFell => facts.price_fell(offer.scope).map(Reason::PriceFell),
    }
}

fn care(facts: Facts, offer: &Offer) -> Option<Reason> {
    (offer.kind == Kind::Service && facts.moment.case.is_some()).then_some(Reason::Care)
}

fn scanned(facts: Facts, scope: &Scope) -> Option<Reason> {
    let scan = facts.moment.scan?;
    if scope.is_everything() || !scope.covers(scan.product, scan.category) {
        return None;
    }
    let about = scan.product.map(About::Product).or(scan.category.map(About::Category))?;
    Some(Reason::Scanned(about))
}

/// What they buy of it. Of a reminder that is told by the memory: one fact is told once.
fn bought(facts: Facts, offer: &Offer) -> Option<Reason> {
    let (about, affinity) = affinity::of(facts, offer.scope).filter(|_| offer.kind != Kind::Reminder)?;
    Some(Reason::Bought(about, affinity))
}

/// The dearest memory in scope; only a reminder may speak of it.
fn memory(facts: Facts, offer: &Offer) -> Option<Reason> {
    let mut memories = facts.moment.memories.iter().filter(|_| offer.kind == Kind::Reminder);
    let memory = memories.find(|memory| offer.scope.covers(Some(memory.product), Some(memory.category)))?;
    Some(Reason::Memory(memory.product, memory.score))
}

/// Returns the strongest interest in what the scope names, among equals the newest, and the need that is due first.
fn wanted(facts: Facts, scope: &Scope) -> (Option<Reason>, Option<Reason>) {
    let (interests, needs) = (&facts.moment.intent.interests, &facts.moment.needs);
    if scope.is_everything() || (interests.is_empty() && needs.is_empty()) {
        return (None, None);
    }
    let (mut interest, mut need) = (None, None);
    for category in named(facts, scope) {
        let shown = interests.iter().enumerate().find(|(_, known)| known.category == category);
        interest = interest.max(shown.map(|(place, known)| (known.how, Reverse(place))));
        let due = needs.iter().position(|known| known.category == category).map(Reverse);
        need = need.max(due);
    }
    let interest = interest.and_then(|(_, Reverse(place))| interests.get(place)).map(|known| match known.how {
        How::Searched => Reason::Searched(known.category),
        How::Viewed | How::Scanned => Reason::Viewed(known.category),
    });
    let need = need.and_then(|Reverse(place)| needs.get(place));
    (interest, need.map(|need| Reason::NeedDue(need.category, need.within_week)))
}

/// Returns the categories that a scope names, themselves or by one of their products.
fn named<'a>(facts: Facts<'a>, scope: &'a Scope) -> impl Iterator<Item = CategoryIx> {
    let of_products = scope.products.iter().filter_map(move |product| facts.catalog.product(*product));
    scope.categories.iter().copied().chain(of_products.map(|product| product.category))
}

/// The first line of the basket that is in scope and of a known category.
fn in_basket(facts: Facts, scope: &Scope) -> Option<Reason> {
    let basket = &facts.profile.basket;
    if basket.lines().is_empty() {
        return None;
    }
    let of_category = |part: Part| Some((part.first, basket.lines().get(part.first)?.category?));
    covered(scope, basket).filter_map(of_category).min().map(|(_, category)| Reason::InBasket(category))
}
