//! Decisions and moments as a host reads them: names instead of places.

use alloc::string::String;
use alloc::vec::Vec;

use super::codec::{name, to_bytes, written};
use crate::cadence::{Exclusion, Silence};
use crate::catalog::{Catalog, Creative, Kind, Language, OfferIx};
use crate::decide::{Decision, Hold, Outcome, Refusal, Show};
use crate::explain::{self, fill, question};
use crate::index::Question;
use crate::locate::{Unwanted, Wanted};
use crate::moment::next::{self, Next};
use crate::moment::{IntentStage, Memory, Moment, Stage};
use crate::product::{CategoryIx, ProductIx};
use crate::profile::{Place, Profile, Tier};
use crate::rank::reason::only;
use crate::rank::{About, Because, Reason};
use crate::session::Engine;
use crate::signal::AskedKind;
use crate::value::{Key, Ppm, Span, Timestamp};

/// A decision on the wire, fields in this order. Times are milliseconds, shares parts per million.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionView<'a> {
    /// Sixteen hexadecimal digits.
    pub id: String,
    /// Id of the placement.
    pub placement: &'a str,
    /// When.
    pub at: u64,
    /// What it says.
    pub said: SaidView<'a>,
}

written!(DecisionView<'a> { id, placement, at, said });

/// What a decision says, which the next one may say again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaidView<'a> {
    /// The offer, where one is shown.
    pub show: Option<ShowView<'a>>,
    /// Why nothing is shown, where nothing is.
    pub hold: Option<HoldView>,
}

written!(SaidView<'a> { show, hold });

/// A shown offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShowView<'a> {
    /// Id of the offer.
    pub offer: &'a str,
    /// `coupon`, `reminder` or `service`.
    pub kind: &'static str,
    /// Headline.
    pub title: String,
    /// One or two sentences.
    pub text: String,
    /// Emoji or image URL, or empty; no URL for a shopper who saves traffic.
    pub picture: &'a str,
    /// Id of the product it is about, or empty.
    pub product: &'a str,
    /// Id of the category it is about, or empty.
    pub category: &'a str,
    /// What it saves, for a coupon.
    pub savings: Option<SavingsView<'a>>,
    /// Reasons and their subjects.
    pub because: Vec<(&'static str, &'a str)>,
    /// Probability of this choice.
    pub propensity: u32,
}

written!(ShowView<'a> { offer, kind, title, text, picture, product, category, savings, because, propensity });

/// What a coupon saves, in minor units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavingsView<'a> {
    /// ISO 4217.
    pub currency: &'a str,
    /// Taken off now.
    pub saves: u64,
    /// What the basket then costs.
    pub pays: u64,
    /// Missing to the minimum spend.
    pub missing: u64,
}

written!(SavingsView<'a> { currency, saves, pays, missing });

/// Why nothing is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldView {
    /// The reason.
    pub why: &'static str,
    /// Until when, where that is known.
    pub until: Option<u64>,
}

written!(HoldView { why, until });

/// How a decision came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceView<'a> {
    /// Offers in the catalog.
    pub offers: u32,
    /// Offers that fit.
    pub candidates: u32,
    /// Offers that may also be shown.
    pub survivors: u32,
    /// Offers left out, why, and until when.
    pub refused: Vec<(&'a str, &'static str, Option<u64>)>,
    /// Expected usefulness of the best.
    pub usefulness: Option<u32>,
    /// What it had to beat.
    pub cost: u32,
    /// Id of the best that lost, or empty.
    pub runner_up: &'a str,
}

written!(TraceView<'a> { offers, candidates, survivors, refused, usefulness, cost, runner_up });

impl<'a> DecisionView<'a> {
    /// Views a decision in the words of its language.
    pub fn new(catalog: &'a Catalog, decision: &Decision) -> Self {
        Self {
            id: hex(decision.id),
            placement: catalog.placement(decision.placement).map_or("", |placement| catalog.text(placement.id)),
            at: ms(decision.at),
            said: SaidView::new(catalog, decision),
        }
    }

    /// Returns the view as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        to_bytes(self)
    }
}

impl<'a> SaidView<'a> {
    /// Views what a decision says, in the words of its language.
    pub fn new(catalog: &'a Catalog, decision: &Decision) -> Self {
        match &decision.outcome {
            Outcome::Show(show) => Self { show: ShowView::new(catalog, show, decision.language), hold: None },
            Outcome::Hold(hold) => Self { show: None, hold: Some(hold_view(*hold)) },
        }
    }

    /// Returns the view as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        to_bytes(self)
    }
}

/// Returns the sixteen digits of a decision's id.
pub fn hex(key: Key) -> String {
    digits(key).into_iter().map(char::from).collect()
}

/// Returns the sixteen digits of a decision's id, in ASCII.
pub fn digits(Key(key): Key) -> [u8; 16] {
    core::array::from_fn(|nth| {
        let digit = key.rotate_left(4 * u32::try_from(nth + 1).unwrap_or(0)).to_le_bytes()[0] & 0xf;
        if digit < 10 { b'0' + digit } else { b'a' - 10 + digit }
    })
}

fn ms(at: Timestamp) -> u64 {
    u64::try_from(at.ms()).unwrap_or(0)
}

impl<'a> ShowView<'a> {
    /// Views an offer that is shown for what it says alone, to somebody of whom nothing else is known.
    pub fn plain(catalog: &'a Catalog, offer: OfferIx, language: Language) -> Option<Self> {
        let about = only(catalog.offer(offer)?.scope);
        let because = Because::GENERAL;
        let show = Show { offer, about, savings: None, because, propensity: Ppm::ONE, save_data: false };
        Self::new(catalog, &show, language)
    }

    /// Returns the view as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        to_bytes(self)
    }

    fn new(catalog: &'a Catalog, show: &Show, language: Language) -> Option<Self> {
        let offer = catalog.offer(show.offer)?;
        let Creative { title, text, picture } = catalog.offers.creative(show.offer)?;
        let picture = catalog.text(picture);
        let say = |words: crate::catalog::Words| fill(catalog, words.in_language(language), show, language);
        let (product, category) = match show.about {
            Some(About::Product(ix)) => (product_id(catalog, ix), product_category(catalog, ix)),
            Some(About::Category(ix)) => ("", category_id(catalog, ix)),
            None => ("", ""),
        };
        Some(Self {
            offer: catalog.text(offer.id),
            kind: name(&Kind::ALL, offer.kind),
            title: say(title),
            text: say(text),
            picture: if show.save_data && picture.starts_with("https:") { "" } else { picture },
            product,
            category,
            savings: show.savings.map(|savings| SavingsView {
                currency: currency(catalog),
                saves: savings.saves.units(),
                pays: savings.pays.units(),
                missing: savings.missing.units(),
            }),
            because: show.because.iter().map(|reason| reason_view(catalog, *reason)).collect(),
            propensity: show.propensity.parts(),
        })
    }
}

/// Returns the catalog's currency code.
pub fn currency(catalog: &Catalog) -> &str {
    core::str::from_utf8(&catalog.currency).unwrap_or("")
}

fn product_id(catalog: &Catalog, place: ProductIx) -> &str {
    catalog.product(place).map_or("", |product| catalog.text(product.id))
}

fn product_category(catalog: &Catalog, place: ProductIx) -> &str {
    catalog.product(place).map_or("", |product| category_id(catalog, product.category))
}

fn category_id(catalog: &Catalog, place: CategoryIx) -> &str {
    catalog.category(place).map_or("", |category| catalog.text(category.id))
}

fn offer_id(catalog: &Catalog, place: OfferIx) -> &str {
    catalog.offer(place).map_or("", |offer| catalog.text(offer.id))
}

fn about_id(catalog: &Catalog, about: About) -> &str {
    match about {
        About::Product(product) => product_id(catalog, product),
        About::Category(category) => category_id(catalog, category),
    }
}

/// Returns why an offer fits, in a word, and the id of what that is about.
pub fn reason_view(catalog: &Catalog, reason: Reason) -> (&'static str, &str) {
    match reason {
        Reason::Care => ("care", ""),
        Reason::Asked(kind) => ("asked", name(&AskedKind::ALL, kind)),
        Reason::Recalled(product) => ("recalled", product_id(catalog, product)),
        Reason::PriceFell(product) => ("price_fell", product_id(catalog, product)),
        Reason::Scanned(about) => ("scanned", about_id(catalog, about)),
        Reason::Memory(product, _) => ("memory", product_id(catalog, product)),
        Reason::Searched(ix) => ("searched", category_id(catalog, ix)),
        Reason::NeedDue(ix, _) => ("need_due", category_id(catalog, ix)),
        Reason::Bought(about, _) => ("bought", about_id(catalog, about)),
        Reason::Saves => ("saves", ""),
        Reason::InBasket(ix) => ("in_basket", category_id(catalog, ix)),
        Reason::Viewed(ix) => ("viewed", category_id(catalog, ix)),
        Reason::InStore(ix) => ("in_store", catalog.store(ix).map_or("", |store| catalog.text(store.id))),
        Reason::General => ("general", ""),
    }
}

/// Views a hold.
pub fn hold_view(hold: Hold) -> HoldView {
    let (why, until) = match hold {
        Hold::Silent(Silence::DialNever) => ("dial_never", None),
        Hold::Silent(Silence::Busy) => ("busy", None),
        Hold::Silent(Silence::QuietHours { until }) => ("quiet_hours", Some(until)),
        Hold::Silent(Silence::Resting { until }) => ("resting", Some(until)),
        Hold::Silent(Silence::CapReached { until }) => ("cap_reached", Some(until)),
        Hold::Silent(Silence::UnknownHistory { until }) => ("unknown_history", Some(until)),
        Hold::Silent(Silence::Riding { until }) => ("riding", Some(until)),
        Hold::Silent(Silence::Holdout { until }) => ("holdout", until),
        Hold::Silent(Silence::Expired) => ("catalog_expired", None),
        Hold::NothingFits => ("nothing_fits", None),
        Hold::AllExcluded { until } => ("all_excluded", until),
        Hold::NotWorthIt => ("not_worth_it", None),
    };
    HoldView { why, until: until.map(ms) }
}

/// Whether it is worth asking where the shopper is, as a host reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocateView<'a> {
    /// Why not, or empty.
    pub why: &'static str,
    /// When it may be asked again, where that is known.
    pub until: Option<u64>,
    /// The question with what it is for, or empty.
    pub sentence: String,
    /// Id of the offer that could be said then, or empty.
    pub offer: &'a str,
    /// Probability that what is said changes, parts per million.
    pub chance: u32,
    /// What is gained then, parts per million.
    pub gain: u32,
}

written!(LocateView<'a> { why, until, sentence, offer, chance, gain });

impl<'a> LocateView<'a> {
    /// Views what came of it.
    pub fn new(catalog: &'a Catalog, located: Result<Wanted, Unwanted>, language: Language) -> Self {
        let mut view = Self { why: "", until: None, sentence: String::new(), offer: "", chance: 0, gain: 0 };
        match located {
            Ok(wanted) => {
                view.sentence = question(catalog, &wanted, language);
                view.offer = offer_id(catalog, wanted.offer);
                (view.chance, view.gain) = (wanted.chance.parts(), wanted.gain.parts());
            }
            Err(unwanted) => HoldView { why: view.why, until: view.until } = unwanted_view(unwanted),
        }
        view
    }

    /// Returns the view as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        to_bytes(self)
    }
}

fn unwanted_view(unwanted: Unwanted) -> HoldView {
    let (why, until) = match unwanted {
        Unwanted::Silent(silence) => return hold_view(Hold::Silent(silence)),
        Unwanted::Known => ("known", None),
        Unwanted::Refused { until } => ("refused", Some(until)),
        Unwanted::Asked { until } => ("asked", Some(until)),
        Unwanted::Unlikely => ("unlikely", None),
        Unwanted::Useless => ("useless", None),
    };
    HoldView { why, until: until.map(ms) }
}

/// Names a refusal, and says until when it holds, where that is known.
pub fn refusal_view(refusal: Refusal) -> (&'static str, Option<u64>) {
    let (why, until) = match refusal {
        Refusal::Unfit(Question::Eligible) => ("not_eligible", None),
        Refusal::Unfit(Question::Applicable) => ("not_applicable", None),
        Refusal::Unfit(Question::Suitable) => ("not_suitable", None),
        Refusal::Excluded(Exclusion::Schedule { until }) => ("schedule", until),
        Refusal::Excluded(Exclusion::Cap { until }) => ("cap", Some(until)),
        Refusal::Excluded(Exclusion::CoolingOff { until }) => ("cooling_off", Some(until)),
        Refusal::Excluded(Exclusion::Later { until }) => ("later", Some(until)),
        Refusal::Excluded(Exclusion::NeverAgain) => ("never_again", None),
        Refusal::Excluded(Exclusion::Converted) => ("converted", None),
        Refusal::Excluded(Exclusion::CareFirst) => ("care_first", None),
        Refusal::Excluded(Exclusion::Careful { until }) => ("careful", Some(until)),
        Refusal::Excluded(Exclusion::Consent) => ("consent", None),
        Refusal::Excluded(Exclusion::Sensitive) => ("sensitive", None),
        Refusal::Excluded(Exclusion::NoMemory) => ("no_memory", None),
        Refusal::Excluded(Exclusion::Tired { until }) => ("tired", Some(until)),
        Refusal::Excluded(Exclusion::Pacing { until }) => ("pacing", Some(until)),
        Refusal::Excluded(Exclusion::Exhausted) => ("exhausted", None),
        Refusal::Excluded(Exclusion::ReminderGap { until }) => ("reminder_gap", Some(until)),
        Refusal::Excluded(Exclusion::Age) => ("age", None),
        Refusal::Outranked => ("outranked", None),
        Refusal::NotWorthIt => ("not_worth_it", None),
    };
    (why, until.map(ms))
}

impl<'a> TraceView<'a> {
    /// Views how a decision came about. Finds out for each offer that does not fit which question it fails.
    pub fn new(Engine { catalog, index }: &'a Engine, decision: &Decision) -> Self {
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let refused = decision.refused(catalog, index.block(catalog, decision.placement)).into_iter();
        let refused = refused.map(|(offer, refusal)| {
            let (why, until) = refusal_view(refusal);
            (offer_id(catalog, offer), why, until)
        });
        let ready = &decision.ready;
        Self {
            offers: count(catalog.offers.len()),
            candidates: count(ready.candidates()),
            survivors: count(ready.ranked.len()),
            refused: refused.collect(),
            usefulness: ready.ranked.first().map(|best| best.usefulness.parts()),
            cost: ready.cost.parts(),
            runner_up: decision.runner_up().map_or("", |offer| offer_id(catalog, offer)),
        }
    }

    /// Returns the view as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        to_bytes(self)
    }
}

/// A moment on the wire, fields in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MomentView<'a> {
    /// `away`, `near` or `in_store`.
    pub place: &'static str,
    /// Probability of being in the store.
    pub probability: u32,
    /// How it is known.
    pub tier: &'static str,
    /// Id of the store, or empty.
    pub store: &'a str,
    /// Since when they are in or near it.
    pub since: Option<u64>,
    /// How close to buying.
    pub intent: &'static str,
    /// Probability of a purchase.
    pub purchase: u32,
    /// Categories of interest, newest first.
    pub interests: Vec<&'a str>,
    /// Category, due date, probability within a week.
    pub needs: Vec<(&'a str, u64, u32)>,
    /// What they might be reminded of, dearest first.
    pub memories: Vec<MemoryView<'a>>,
    /// ISO weekday, hour, month.
    pub occasion: (u8, u8, u8),
    /// Stage of the conversation.
    pub stage: &'static str,
}

written!(MomentView<'a> { place, probability, tier, store, since, intent, purchase, interests, needs, memories, occasion, stage });

impl<'a> MomentView<'a> {
    /// Views a moment.
    pub fn new(catalog: &'a Catalog, moment: &Moment, language: Language) -> Self {
        let presence = moment.presence;
        let needs = moment.needs.iter();
        Self {
            place: name(&Place::ALL, presence.place),
            probability: presence.probability.parts(),
            tier: name(&Tier::ALL, presence.tier),
            store: presence.store.and_then(|ix| catalog.store(ix)).map_or("", |store| catalog.text(store.id)),
            since: presence.store.map(|_| ms(presence.since)),
            intent: name(&IntentStage::ALL, moment.intent.stage),
            purchase: moment.intent.purchase.parts(),
            interests: moment.intent.interests.iter().map(|i| category_id(catalog, i.category)).collect(),
            needs: needs
                .map(|need| {
                    (category_id(catalog, need.category), due(moment.now, need.in_days), need.within_week.parts())
                })
                .collect(),
            memories: moment.memories.iter().map(|memory| MemoryView::new(catalog, memory, language)).collect(),
            occasion: (moment.local.weekday(), moment.local.hour(), moment.local.month),
            stage: name(&Stage::ALL, moment.stage),
        }
    }

    /// Returns the view as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        to_bytes(self)
    }
}

/// What a shopper may buy next, the likeliest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextView<'a> {
    /// Id of a category.
    pub category: &'a str,
    /// Its name in the shopper's language.
    pub name: &'a str,
    /// When it is due; absent where they stopped.
    pub due: Option<u64>,
    /// Probability of a purchase within a week.
    pub within_week: u32,
    /// Days on which they bought it.
    pub days: u32,
    /// Mean days between them; absent before the second.
    pub every_days: Option<u32>,
    /// The last of them.
    pub last: u64,
}

written!(NextView<'a> { category, name, due, within_week, days, every_days, last });

impl<'a> NextView<'a> {
    /// Views all that a shopper may buy next.
    pub fn all(catalog: &'a Catalog, profile: &Profile, now: Timestamp) -> Vec<Self> {
        let (today, language) = (catalog.local(now), catalog.language(profile.language));
        let view = |next: Next| Self {
            category: category_id(catalog, next.category),
            name: catalog.category(next.category).map_or("", |kind| catalog.text(kind.name.in_language(language))),
            due: next.due.map(|days| due(now, days)),
            within_week: next.within_week.parts(),
            days: next.habit.days.into(),
            every_days: next.habit.interval_days().map(i32::unsigned_abs),
            last: day(next.habit.last),
        };
        next::all(catalog, profile, today).into_iter().map(view).collect()
    }
}

/// Returns the instant so many days from now.
fn due(now: Timestamp, in_days: i32) -> u64 {
    let days = Span::days(in_days.unsigned_abs());
    ms(if in_days < 0 { now.before(days) } else { now.after(days) })
}

/// Something that they might be reminded of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryView<'a> {
    /// Id of the product.
    pub product: &'a str,
    /// Last purchase, milliseconds since the epoch.
    pub last: u64,
    /// Days on which it was bought.
    pub purchases: u32,
    /// How welcome it might be.
    pub score: u32,
    /// What it is remembered by.
    pub recall: &'static str,
    /// Id of the occasion, or empty.
    pub occasion: &'a str,
    /// The fact in words.
    pub sentence: String,
}

written!(MemoryView<'a> { product, last, purchases, score, recall, occasion, sentence });

impl<'a> MemoryView<'a> {
    fn new(catalog: &'a Catalog, memory: &Memory, language: Language) -> Self {
        Self {
            product: product_id(catalog, memory.product),
            last: day(memory.last),
            purchases: memory.purchases.into(),
            score: memory.score.parts(),
            recall: memory.recall.name(),
            occasion: memory.occasion(catalog).map_or("", |occasion| catalog.text(occasion.id)),
            sentence: explain::memory(catalog, memory, language),
        }
    }
}

/// Returns the first instant of a day since 1970-01-01.
pub(super) fn day(day: i32) -> u64 {
    u64::try_from(day).unwrap_or(0) * 86_400_000
}
