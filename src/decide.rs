//! The whole pipeline on one page: permission, candidates, exclusion, price, rank, show or hold.
//!
//! A pure function of catalog, profile, placement and time; what it decides is remembered by [`record`].

use alloc::vec::Vec;

use crate::cadence::{Exclusion, Silence, exclusion, permission};
use crate::catalog::{Catalog, Kind, Language, Offer, OfferIx, PlacementIx};
use crate::index::{self, Block, Cursor, Index, Question, Step, Values};
use crate::moment::{Facts, understand};
use crate::profile::{Impression, Profile};
use crate::rank::reason::reasons;
use crate::rank::{About, Priced, Ranked, Reason, choose, interruption_cost, rank};
use crate::savings::{Savings, evaluate};
use crate::value::{Key, Ppm, Seed, Timestamp};

/// One decision with the way to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Names it in replies.
    pub id: Key,
    /// Where it was asked for.
    pub placement: PlacementIx,
    /// When.
    pub at: Timestamp,
    /// Language for the shopper.
    pub language: Language,
    /// Show or hold.
    pub outcome: Outcome,
    /// How it came about.
    pub trace: Trace,
}

impl Decision {
    /// Tells whether an offer is shown.
    pub const fn is_show(&self) -> bool {
        matches!(self.outcome, Outcome::Show(_))
    }
}

/// Show one offer, or hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// One offer helps.
    Show(Show),
    /// The tactful thing is silence.
    Hold(Hold),
}

/// The offer that helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Show {
    /// Which.
    pub offer: OfferIx,
    /// What it is about.
    pub about: Option<About>,
    /// What it saves, for a coupon.
    pub savings: Option<Savings>,
    /// Why it fits, strongest first.
    pub because: Vec<Reason>,
    /// The exact probability with which it was chosen among those worth showing.
    pub propensity: Ppm,
}

/// Why nothing is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// We may not speak now.
    Silent(Silence),
    /// No offer is for this person and moment.
    NothingFits,
    /// Some would be, but none may be shown; the first instant at which one may, where that is known.
    AllExcluded {
        /// The first instant at which one may.
        until: Option<Timestamp>,
    },
    /// The best one would not be worth the interruption.
    NotWorthIt,
}

/// Why one offer was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It fails a question of fit.
    Unfit(Question),
    /// Cadence or tact speaks against it.
    Excluded(Exclusion),
    /// Another was better.
    Outranked,
    /// It would not be worth the interruption.
    NotWorthIt,
}

/// How a decision came about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// Offers that pass the three questions.
    pub candidates: u32,
    /// Offers that may also be shown.
    pub survivors: u32,
    /// Candidates that may not be shown and why, in the catalog's order.
    pub excluded: Vec<(OfferIx, Exclusion)>,
    /// Offers left out after that, and why.
    pub lost: Vec<(OfferIx, Refusal)>,
    /// What conditions asked about, where any was asked.
    pub values: Option<Values>,
    /// Expected usefulness of the best offer.
    pub usefulness: Option<Ppm>,
    /// What it had to beat.
    pub cost: Ppm,
    /// The best of those that lost.
    pub runner_up: Option<OfferIx>,
}

impl Trace {
    /// Most refusals that are told.
    pub const MOST: usize = 64;

    /// Returns the offers left out and why, at most [`Trace::MOST`]: what does not fit or may not be shown in the catalog's
    /// order, then what lost. Those of other placements are not told.
    ///
    /// Which question failed is found out here and not when deciding: most decisions are never looked into.
    pub fn refused(&self, catalog: &Catalog, block: Option<&Block>) -> Vec<(OfferIx, Refusal)> {
        let asked = self.values.as_ref().zip(block);
        let early = asked.into_iter().flat_map(|(values, block)| {
            block.offers.iter().filter_map(|place| Some((*place, self.early_refusal(catalog, *place, values)?)))
        });
        early.chain(self.lost.iter().copied()).take(Self::MOST).collect()
    }

    fn early_refusal(&self, catalog: &Catalog, place: OfferIx, values: &Values) -> Option<Refusal> {
        let excluded = self.excluded.iter().find(|(excluded, _)| *excluded == place);
        let excluded = excluded.map(|(_, exclusion)| Refusal::Excluded(*exclusion));
        excluded.or_else(|| index::refusal(catalog, place, values).map(Refusal::Unfit))
    }

    fn lose(&mut self, offer: OfferIx, refusal: Refusal) {
        self.lost.push((offer, refusal));
    }
}

/// Most offers that one decision weighs: of more that fit, those of the highest priority.
pub const MOST_CANDIDATES: usize = 64;

/// Decides for one placement at `now`; draws chance from `seed`.
///
/// Cost: one match of the index, then work for each candidate, at most [`MOST_CANDIDATES`]: caps, price, reasons.
pub fn decide(
    (catalog, index): (&Catalog, &Index),
    profile: &Profile,
    placement: PlacementIx,
    now: Timestamp,
    seed: &mut Seed,
) -> Decision {
    let moment = understand(catalog, profile, now);
    let mut trace = Trace { cost: interruption_cost(catalog, profile, now), ..Trace::default() };
    let outcome = match permission(catalog, profile, moment.local, now) {
        Some(silence) => Outcome::Hold(Hold::Silent(silence)),
        None => speak(Facts { catalog, profile, moment: &moment }, index, placement, seed, &mut trace),
    };
    let language = catalog.language(profile.language);
    Decision { id: id(catalog, profile, placement, now), placement, at: now, language, outcome, trace }
}

fn speak(facts: Facts, index: &Index, placement: PlacementIx, seed: &mut Seed, trace: &mut Trace) -> Outcome {
    let survivors = survivors(facts, index, placement, trace);
    let priced: Vec<Priced> = survivors.into_iter().filter_map(|(ix, offer)| price(facts, ix, &offer, trace)).collect();
    let ranked = rank(facts.catalog, facts.profile, priced, facts.moment.now);
    trace.survivors = u32::try_from(ranked.len()).unwrap_or(u32::MAX);
    trace.usefulness = ranked.first().map(|best| best.usefulness);
    let Some((chosen, propensity)) = choose(&ranked, trace.cost, seed) else { return hold(&ranked, trace) };
    for (place, lost) in ranked.iter().enumerate().filter(|(place, _)| *place != chosen) {
        trace.lose(lost.priced.offer, Refusal::Outranked);
        if trace.runner_up.is_none() && place <= 1 {
            trace.runner_up = Some(lost.priced.offer);
        }
    }
    match ranked.into_iter().nth(chosen) {
        Some(Ranked { priced: Priced { offer, savings, because, about }, .. }) => {
            Outcome::Show(Show { offer, about, savings, because, propensity })
        }
        None => Outcome::Hold(Hold::NotWorthIt),
    }
}

/// Returns the offers that fit and may be shown; the others go into the trace.
fn survivors<'a>(
    facts: Facts<'a>,
    index: &Index,
    placement: PlacementIx,
    trace: &mut Trace,
) -> Vec<(OfferIx, Offer<'a>)> {
    let Some(block) = index.block(facts.catalog, placement) else { return Vec::new() };
    let values = Values::of(facts.catalog, block, |attribute| facts.value(attribute));
    let candidates = candidates(facts.catalog, block, &values);
    trace.candidates = u32::try_from(candidates.len()).unwrap_or(u32::MAX);
    trace.values = Some(values);
    let mut survivors = Vec::new();
    for (place, offer) in candidates.into_iter().filter_map(|at| Some((at, facts.catalog.offer(at)?))) {
        match exclusion(facts.catalog, facts.profile, &offer, facts.moment.now) {
            Some(exclusion) => trace.excluded.push((place, exclusion)),
            None => survivors.push((place, offer)),
        }
    }
    survivors
}

/// Returns the offers that fit, at most [`MOST_CANDIDATES`], those of the highest priority.
fn candidates(catalog: &Catalog, block: &Block, values: &Values) -> Vec<OfferIx> {
    let mut found: Vec<OfferIx> = Vec::new();
    let mut cursor = Cursor::default();
    block.search(&mut cursor, values);
    while let Step::Offer(offer) = block.next(&mut cursor, &catalog.offers.rules, values) {
        if found.last() == Some(&offer) {
            continue;
        }
        found.push(offer);
        if found.len() == MOST_CANDIDATES {
            break;
        }
    }
    found
}

/// Finds why an offer fits and what it saves; a reminder of nothing goes into the trace.
fn price(facts: Facts, ix: OfferIx, offer: &Offer<'_>, trace: &mut Trace) -> Option<Priced> {
    let savings = offer.value.map(|value| evaluate(&value, offer.scope, &facts.profile.basket));
    let (because, about) = reasons(facts, offer, savings);
    let remembers = because.iter().any(|reason| matches!(reason, Reason::Memory(..)));
    if offer.kind == Kind::Reminder && !remembers {
        trace.lose(ix, Refusal::Excluded(Exclusion::NoMemory));
        None
    } else {
        Some(Priced { offer: ix, savings, because, about })
    }
}

fn hold(ranked: &[Ranked], trace: &mut Trace) -> Outcome {
    ranked.iter().for_each(|ranked| trace.lose(ranked.priced.offer, Refusal::NotWorthIt));
    trace.runner_up = ranked.first().map(|best| best.priced.offer);
    let hold = if !ranked.is_empty() {
        Hold::NotWorthIt
    } else if trace.candidates == 0 {
        Hold::NothingFits
    } else {
        Hold::AllExcluded { until: trace.excluded.iter().filter_map(|(_, exclusion)| free_at(*exclusion)).min() }
    };
    Outcome::Hold(hold)
}

fn free_at(exclusion: Exclusion) -> Option<Timestamp> {
    match exclusion {
        Exclusion::Cap { until }
        | Exclusion::CoolingOff { until }
        | Exclusion::Later { until }
        | Exclusion::ReminderGap { until } => Some(until),
        _ => None,
    }
}

/// Two decisions of one device never share an id: the number of the ask is in it.
fn id(catalog: &Catalog, profile: &Profile, placement: PlacementIx, now: Timestamp) -> Key {
    let parts = [catalog.version, profile.asks.into(), placement.0.into(), now.ms().cast_unsigned()];
    parts.into_iter().fold(profile.device.with(0), Key::with)
}

/// Remembers a decision: the ask is counted, chance moves on, and a shown offer is an impression from here on.
pub fn record(catalog: &Catalog, profile: &mut Profile, decision: &Decision, seed: Seed) {
    profile.asks = profile.asks.wrapping_add(1);
    profile.seed = seed;
    let Outcome::Show(show) = &decision.outcome else { return };
    let Some(offer) = catalog.offer(show.offer) else { return };
    let about = show.about.and_then(|about| match about {
        About::Product(product) => catalog.product(product).map(|product| product.key),
        About::Category(category) => catalog.category(category).map(|category| category.key),
    });
    profile.log(Impression {
        at: decision.at,
        decision: decision.id,
        offer: offer.key,
        kind: offer.kind,
        group: offer.group,
        about,
        reply: None,
    });
}
