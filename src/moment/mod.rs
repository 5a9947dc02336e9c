//! What the signals mean now: presence, intent, need, nostalgia, occasion, stage, each with a probability.
//!
//! Models are floats inside and whole numbers outside. Knows nothing of offers.

pub mod affinity;
mod float;
pub mod intent;
pub mod need;
pub mod next;
pub mod nostalgia;
pub mod presence;

use alloc::sync::Arc;

pub(crate) use float::{exp, rounded, sqrt};
pub use intent::{Intent, IntentStage};
pub use need::Need;
pub use nostalgia::{Memory, Recall};
pub use presence::Presence;

use crate::catalog::condition::two_letters;
use crate::catalog::{
    Attribute, Catalog, Category, OwnIx, OwnKind, Reach, ReachIx, Recall as CalledBack, Scope, Words,
};
use crate::product::{CategoryIx, ProductIx};
use crate::profile::{Asked, Case, Habit, Profile};
use crate::signal::Scan;
use crate::value::{Key, Local, Now, Ppm, Span, Timestamp};

/// Where the conversation stands, in the order of the codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// First interest.
    Discovery,
    /// On the way to a purchase.
    Sale,
    /// A care case is open.
    Service,
}

impl Stage {
    /// Every stage with its name, in the order of the codes.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Discovery, "discovery"), (Self::Sale, "sale"), (Self::Service, "service")];
}

/// What the signals mean at one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The instant.
    pub now: Timestamp,
    /// Where the shopper is.
    pub presence: Presence,
    /// What was scanned in the last ten minutes.
    pub scan: Option<Scan>,
    /// How close to buying, and what.
    pub intent: Intent,
    /// What they will likely want next, soonest first, at most [`need::MOST`].
    pub needs: Arc<[Need]>,
    /// What they might like to be reminded of, dearest first, at most [`nostalgia::MOST`].
    pub memories: Arc<[Memory]>,
    /// Time on the shop's clock.
    pub local: Local,
    /// Whether the store they are in or near is open.
    pub store_open: Option<bool>,
    /// The oldest open care case.
    pub case: Option<Case>,
    /// For how many whole days the last case that leaves care behind is closed.
    pub closed_days: Option<u32>,
    /// Where the conversation stands.
    pub stage: Stage,
}

/// How long a scan counts as "just now".
pub const SCAN_LASTS: Span = Span::minutes(10);

/// What the habits mean, which is the same for a whole day.
#[derive(Clone, Debug)]
pub struct Today {
    day: i32,
    needs: Arc<[Need]>,
    memories: Arc<[Memory]>,
}

impl Today {
    /// Understands the habits on a day. Cost: one pass over them, the dearest part of a moment.
    pub fn new(catalog: &Catalog, profile: &Profile, local: Local) -> Self {
        if profile.products.0.is_empty() && profile.categories.0.is_empty() {
            return Self { day: local.day, needs: Arc::default(), memories: Arc::default() };
        }
        let household = need::Household::new(&profile.shopping, &profile.categories, local.day);
        let needs = need::all(catalog, profile, &household, local);
        let memories = nostalgia::all(catalog, profile, &household, local);
        Self { day: local.day, needs: needs.into(), memories: memories.into() }
    }

    /// Tells whether `local` is on this day.
    pub const fn is(&self, local: Local) -> bool {
        self.day == local.day
    }
}

/// Understands the moment. Cost: one pass over the habits, the stores of the belief and the interests.
pub fn understand(catalog: &Catalog, profile: &Profile, now: Timestamp) -> Moment {
    let today = Today::new(catalog, profile, catalog.local(now));
    understand_today(catalog, profile, &today, &Now::new(now))
}

/// Understands the moment on a day that is understood. Cost: the stores of the belief, and the interests.
pub fn understand_today(catalog: &Catalog, profile: &Profile, today: &Today, now: &Now) -> Moment {
    let local = catalog.clock(now);
    let presence = presence::at(&profile.belief, now);
    let scan = profile.session.scan.filter(|(at, _)| !now.is_past(at.after(SCAN_LASTS))).map(|(_, scan)| scan);
    let intent = intent::of(catalog, profile, scan.is_some(), local, now);
    let case = profile.open_case(now);
    if let Some(case) = case {
        now.changes_at(case.since.after(Span::minutes(60 * (hours_open(case, now.at()) + 1))));
    }
    let closed = profile.last_closed(now);
    let closed_days = closed.map(|closed| u32::try_from(now.at().since(closed).whole_minutes() / 1_440).unwrap_or(0));
    if let Some((closed, days)) = closed.zip(closed_days) {
        now.changes_at(closed.after(Span::days(days + 1)));
    }
    let store = presence.store.and_then(|store| catalog.store(store));
    if store.is_some() {
        now.changes_at(local.next(now.at(), local.minute + 1));
    }
    Moment {
        now: now.at(),
        scan,
        needs: Arc::clone(&today.needs),
        memories: Arc::clone(&today.memories),
        store_open: store.map(|store| store.hours.open_at(local)),
        case,
        closed_days,
        stage: stage(case, &presence, &intent),
        presence,
        intent,
        local,
    }
}

/// Returns the whole hours that a case is open.
fn hours_open(case: Case, now: Timestamp) -> u32 {
    u32::try_from(now.since(case.since).whole_minutes() / 60).unwrap_or(0)
}

fn stage(case: Option<Case>, presence: &Presence, intent: &Intent) -> Stage {
    if case.is_some() {
        Stage::Service
    } else if presence.in_store() || intent.stage.is_interested() {
        Stage::Sale
    } else {
        Stage::Discovery
    }
}

/// Tells whether a habit goes on: they were not silent for more than one and a half times as long as one purchase lasts
/// them, or usually lasts where that is less.
fn goes_on(kind: &Category, habit: &Habit, today: Local) -> bool {
    let usual = need::usual_days(kind);
    let interval = habit.interval_days().map_or(usual, |own| own.min(usual));
    2 * i64::from(today.day.saturating_sub(habit.last)) <= 3 * i64::from(interval)
}

/// Everything that a condition can be asked about: the moment, and what it was understood from.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// The catalog.
    pub catalog: &'a Catalog,
    /// What is remembered.
    pub profile: &'a Profile,
    /// What it means now.
    pub moment: &'a Moment,
}

impl Facts<'_> {
    /// Returns the value of `attribute`, or `None` where nothing is known of it.
    pub fn value(&self, attribute: Attribute) -> Option<i64> {
        let (moment, profile) = (self.moment, self.profile);
        let yes = |yes: bool| Some(i64::from(yes));
        match attribute {
            Attribute::InStore => yes(moment.presence.in_store()),
            Attribute::Near => yes(moment.presence.near()),
            Attribute::StoreAt => moment.presence.store.map(|store| store.0.into()),
            Attribute::PresenceProbability => ppm(moment.presence.probability),
            Attribute::Scanned => yes(moment.scan.is_some()),
            Attribute::IntentStage => Some(moment.intent.stage as i64),
            Attribute::IntentPurchase => ppm(moment.intent.purchase),
            Attribute::IntentIn(category) => yes(moment.intent.has(category)),
            Attribute::DueIn(category) => self.due_in(category),
            Attribute::Weekday | Attribute::Hour | Attribute::Month | Attribute::DayOfMonth | Attribute::Day => {
                attribute.on_the_clock(moment.local)
            }
            Attribute::StoreOpen => moment.store_open.map(i64::from),
            Attribute::Stage => Some(moment.stage as i64),
            Attribute::BasketTotal => profile.basket.total().units().try_into().ok(),
            Attribute::BasketItems => Some(profile.basket.items().into()),
            Attribute::BasketCategory(category) => yes(profile.basket.of_category(category).is_some()),
            Attribute::BasketProduct(product) => yes(profile.basket.of_product(product).is_some()),
            Attribute::BoughtCount(category) => Some(self.habit(category).map_or(0, |habit| habit.days.into())),
            Attribute::BoughtSince(category) => self.bought_since(category),
            Attribute::BoughtTotal => Some(profile.purchases.into()),
            Attribute::MemoryIn(category) => yes(moment.memories.iter().any(|memory| memory.category == category)),
            Attribute::Country => profile.country.map(two_letters),
            Attribute::Language => profile.language.map(two_letters),
            Attribute::CareOpen => yes(moment.case.is_some()),
            Attribute::CareTopic => moment.case.map(|case| case.topic as i64),
            Attribute::CareAge => moment.case.map(|case| i64::from(hours_open(case, moment.now)) * 60),
            Attribute::CareClosed => moment.closed_days.map(|days| i64::from(days) * 1_440),
            Attribute::PriceFell => yes(self.price_fell(&Scope::default()).is_some()),
            Attribute::Wanted(product) => {
                let product = self.catalog.product(product)?;
                yes(profile.wants().any(|wanted| wanted.product == product.key))
            }
            Attribute::Reached(reach) => yes(self.is_reached(reach)),
            Attribute::ExpiresIn => self.expires_in(),
            Attribute::Own(own) => self.own(own),
            Attribute::OwnMember(own, member) => self.own_member(own, member),
        }
    }

    /// Tells whether this device is one of those that an offer is for.
    fn is_reached(&self, ReachIx(place): ReachIx) -> bool {
        match self.catalog.offers.shared.reaches.get(usize::from(place)) {
            Some(Reach::Answer(topics)) => self.asked(topics).is_some(),
            Some(Reach::Recall(recall)) => self.called_back(recall).is_some(),
            Some(Reach::PriceFell) => self.price_fell(&Scope::default()).is_some(),
            None => false,
        }
    }

    /// Returns what they told the shop about one of these topics, the newest.
    pub fn asked(&self, topics: &[Key]) -> Option<&Asked> {
        self.profile.asked.iter().rev().find(|asked| topics.contains(&asked.topic))
    }

    /// Returns the first product of a recall of which they may have a piece.
    ///
    /// Of habits only the first and the last day are known, so who bought before and after the days in question counts as
    /// having bought then, too: a warning too many harms less than one too few. Left in peace is who is known to have another
    /// lot for each day on which they bought the product, and where all lots are called back, who bought it later only.
    #[inline(never)]
    pub fn called_back(&self, recall: &CalledBack) -> Option<ProductIx> {
        recall.products.iter().copied().find(|product| {
            let Some(product) = self.catalog.product(*product) else { return false };
            let habit = self.profile.products.get(product.key);
            let mut others = 0;
            for lot in self.profile.lots.iter().filter(|lot| lot.product == product.key) {
                let later = habit.is_some_and(|habit| recall.until <= habit.first);
                let since = || recall.lots.is_empty() && !later && recall.from <= self.catalog.local(lot.at).day;
                if recall.lots.contains(&lot.lot) || since() {
                    return true;
                }
                others += u16::from(!recall.lots.is_empty());
            }
            habit.is_some_and(|habit| habit.first < recall.until && recall.from <= habit.last && others < habit.days)
        })
    }

    /// Returns the product in `scope` that they want and of which it may be said that its price fell since they saw it, the
    /// newest. Cost: a search for each product that they want.
    #[inline(never)]
    pub fn price_fell(&self, scope: &Scope) -> Option<ProductIx> {
        self.profile.wants().find_map(|wanted| {
            let place = self.catalog.product_by_key(wanted.product)?;
            let product = self.catalog.product(place)?;
            let fell = product.price < wanted.price && product.lowest != Words::default();
            let may = !self.profile.is_never(product.key) && scope.covers(Some(place), Some(product.category));
            (fell && may).then_some(place)
        })
    }

    /// Returns their habit; of a sensitive category that they stopped buying, nothing: it counts as never bought, until
    /// they buy it again.
    fn habit(&self, category: CategoryIx) -> Option<&Habit> {
        let kind = self.catalog.category(category)?;
        let habit = self.profile.categories.get(kind.key)?;
        (!kind.sensitive || goes_on(kind, habit, self.moment.local)).then_some(habit)
    }

    fn due_in(&self, category: CategoryIx) -> Option<i64> {
        self.habit(category)?;
        let days = need::due_in(self.catalog, self.profile, category, self.moment.local)?;
        Some(i64::from(days.max(0)) * 1_440)
    }

    fn expires_in(&self) -> Option<i64> {
        let day = self.moment.scan?.expires?;
        Some(i64::from(day - self.moment.local.day) * 1_440)
    }

    fn bought_since(&self, category: CategoryIx) -> Option<i64> {
        let days = self.moment.local.day.saturating_sub(self.habit(category)?.last);
        Some(i64::from(days.max(0)) * 1_440)
    }

    fn own(&self, own: OwnIx) -> Option<i64> {
        let own = self.catalog.attribute(own)?;
        let value = self.profile.attribute_value(own.key)?;
        if own.kind != OwnKind::Text {
            return Some(value);
        }
        let place = own.value_keys.iter().zip(0..).find(|(key, _)| key.0.cast_signed() == value);
        place.map(|(_, place)| place)
    }

    fn own_member(&self, own: OwnIx, member: u16) -> Option<i64> {
        let own = self.catalog.attribute(own)?;
        let member = own.value_keys.get(usize::from(member))?;
        let entry = self.profile.attribute_value(own.key.with(member.0));
        // NOTE: a set that is known has every member, 0 or 1; a map has the entries that were told.
        if own.kind == OwnKind::Set { self.profile.attribute_value(own.key).map(|_| entry.unwrap_or(0)) } else { entry }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "reads as one column in the table above")]
fn ppm(share: Ppm) -> Option<i64> {
    Some(share.parts().into())
}

/// Returns a probability as parts per million, rounded down; anything that is no probability counts as impossible.
pub(crate) fn to_ppm(probability: f64) -> Ppm {
    if probability.is_nan() || probability <= 0.0 {
        return Ppm::ZERO;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1 000 000")]
    let parts = (probability.min(1.0) * 1_000_000.0) as u32;
    Ppm::new(parts)
}

/// Returns a share as a probability.
pub(crate) fn from_ppm(share: Ppm) -> f64 {
    f64::from(share.parts()) / 1_000_000.0
}
