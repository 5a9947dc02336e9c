//! One decision as the shop and as the developer read it: how many offers were left where, and the smallest change that
//! would have turned it. The shopper's reading is [`crate::explain::sentence`].
//!
//! What would have turned it is not guessed: the decision is made ready again with one rule lifted at a time, until
//! something would have been shown. A phone has neither the room nor a reader for this.

mod asked;
mod json;
mod said;

use alloc::vec::Vec;

pub use json::{developer_json, shop_json};

use crate::cadence::{Exclusion, Silence};
use crate::catalog::rules::{AttributeIx, PredicateIx};
use crate::catalog::{Catalog, Counted, OfferIx, PlacementIx};
use crate::decide::{Decision, Ready};
use crate::index::{Index, Values};
use crate::profile::{Attention, Profile, Standing};
use crate::session::Engine;
use crate::signal::Dial;
use crate::value::{Now, Ppm, Span, Timestamp};

/// Something that stands between an offer and the shopper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// We may not speak.
    Silence(Silence),
    /// A condition asks for another value.
    Fit(Lack),
    /// This offer may not be shown.
    Exclusion(OfferIx, Exclusion),
    /// It is not useful enough.
    NotWorthIt {
        /// How useful it is expected to be.
        usefulness: Ppm,
        /// What it would have to be at least.
        cost: Ppm,
    },
}

/// A value that a condition does not accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lack {
    /// What is asked about.
    pub attribute: AttributeIx,
    /// Its value.
    pub got: i32,
    /// The nearest that is accepted: the first and the last number of its range.
    pub wanted: (i32, i32),
}

/// The smallest change that was found to turn a silence into an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What would be shown.
    pub offer: OfferIx,
    /// What would have to be lifted for it, in this order; the first is what decided.
    pub rules: Vec<Rule>,
}

/// What a decision is made from.
#[derive(Clone)]
pub struct Given<'a> {
    catalog: Catalog,
    index: &'a Index,
    profile: Profile,
    placement: PlacementIx,
    at: Timestamp,
}

/// Offers that are looked at where all candidates are excluded, and rules that are lifted for one.
const MOST_OFFERS: usize = 8;
const MOST_RULES: usize = 4;
/// As many silences as there are: one that is lifted does not come back.
const MOST_SILENCES: usize = 10;

impl<'a> Given<'a> {
    /// Returns what a decision at `at` for `placement` is made from; `profile` is from before it.
    pub fn new(engine: &'a Engine, profile: &Profile, placement: PlacementIx, at: Timestamp) -> Self {
        let (catalog, profile) = (engine.catalog.clone(), profile.clone());
        Self { catalog, index: &engine.index, profile, placement, at }
    }

    /// Finds out what may be said.
    pub fn ready(&self) -> Ready {
        Ready::of((&self.catalog, self.index), &self.profile, self.placement, self.at)
    }

    /// Returns the same without a rule; `None` for a rule that nothing here can lift.
    pub fn without(&self, rule: Rule) -> Option<Self> {
        let mut given = self.clone();
        match rule {
            Rule::Silence(silence) => given.speak(silence),
            Rule::Exclusion(offer, exclusion) => given.allow(offer, exclusion)?,
            Rule::NotWorthIt { usefulness, cost } => given.cheapen(usefulness, cost),
            Rule::Fit(_) => return None,
        }
        Some(given)
    }

    fn speak(&mut self, silence: Silence) {
        let Self { catalog, profile, .. } = self;
        match silence {
            Silence::DialNever => profile.dial = Dial::Normal,
            Silence::Busy => {
                // NOTE: the shopper's clock came with attention, and stays.
                profile.attention = Attention { utc_offset: profile.attention.utc_offset, ..Attention::default() };
            }
            Silence::QuietHours { .. } => catalog.cadence.quiet = None,
            Silence::Resting { .. } => {
                catalog.cadence.gap = Span::from_ms(0);
                // NOTE: by a clock set back, some were shown later than now.
                profile.impressions.iter_mut().for_each(|shown| shown.at = shown.at.min(self.at));
            }
            Silence::CapReached { .. } => catalog.cadence.caps.retain(|cap| cap.of != Counted::All),
            Silence::UnknownHistory { .. } => profile.unknown_since = None,
            Silence::Riding { .. } => profile.belief.track.rode = Timestamp::default(),
            Silence::Holdout { until: None } => catalog.holdout = Ppm::ZERO,
            Silence::Holdout { until: Some(_) } => catalog.holdout_days = Ppm::ZERO,
            Silence::Expired => catalog.not_after = Timestamp::from_ms(i64::MAX),
        }
    }

    /// Lifts what excludes one offer; others that are excluded by the same may be free then, too.
    fn allow(&mut self, offer: OfferIx, exclusion: Exclusion) -> Option<()> {
        let known = self.catalog.offer(offer)?;
        let key = known.key;
        let categories = [known.scope.categories.clone(), self.categories(&known.scope.products)].concat();
        let scope: Vec<_> = known.scope.products.iter().filter_map(|ix| self.catalog.product(*ix)).collect();
        let about: Vec<_> = scope.iter().map(|product| product.key).chain([key]).collect();
        let is_recall = known.is_recall();
        let Self { catalog, profile, .. } = self;
        match exclusion {
            Exclusion::Cap { .. } if is_recall => profile.impressions.retain(|shown| shown.offer != key),
            Exclusion::Schedule { .. } => catalog.offers.run_always(),
            Exclusion::Cap { .. } => {
                catalog.cadence.caps.retain(|cap| cap.of == Counted::All);
                catalog.offers.shared.caps.iter_mut().for_each(Vec::clear);
            }
            Exclusion::Tired { .. } => catalog.cadence.fatigue.clear(),
            Exclusion::Pacing { .. } => catalog.offers.pace_never(),
            Exclusion::Exhausted => profile.budgets.left.clear(),
            Exclusion::CoolingOff { .. } | Exclusion::Later { .. } => {
                profile.set_standing(key, Standing { rests_until: Timestamp::default(), ..profile.standing(key) });
            }
            Exclusion::NeverAgain => {
                let keys = categories.iter().filter_map(|ix| catalog.category(*ix)).map(|category| category.key);
                let wanted: Vec<_> = keys.chain(about).collect();
                profile.nevers.retain(|never| !wanted.contains(never));
            }
            Exclusion::Converted => profile.set_standing(key, Standing { done: false, ..profile.standing(key) }),
            Exclusion::CareFirst => profile.cases.clear(),
            Exclusion::Careful { .. } => (catalog.cadence.careful, profile.closed) = (Span::from_ms(0), None),
            Exclusion::Consent => (profile.consent, profile.gpc) = (Some(true), false),
            Exclusion::Sensitive => {
                let places = categories.iter().map(|ix| usize::from(ix.0));
                places.for_each(|place| {
                    catalog.categories.iter_mut().skip(place).take(1).for_each(|it| it.sensitive = false)
                });
            }
            Exclusion::ReminderGap { .. } => catalog.cadence.reminder_gap = Span::from_ms(0),
            // A memory that there is not, and an age that nobody tells.
            Exclusion::NoMemory | Exclusion::Age => return None,
        }
        Some(())
    }

    fn categories(&self, products: &[crate::product::ProductIx]) -> Vec<crate::product::CategoryIx> {
        products.iter().filter_map(|ix| self.catalog.product(*ix)).map(|product| product.category).collect()
    }

    /// Makes an interruption cost no more than what is expected of an offer.
    fn cheapen(&mut self, usefulness: Ppm, cost: Ppm) {
        let base = u64::from(self.catalog.cadence.interruption_cost.parts());
        let cheap = base * u64::from(usefulness.parts()) / u64::from(cost.parts().max(1));
        self.catalog.cadence.interruption_cost = Ppm::new(u32::try_from(cheap).unwrap_or(0));
        // NOTE: what a cost comes to is at most one, so it may have to fall by more than it seems.
        while self.catalog.cadence.interruption_cost > Ppm::ZERO && self.ready().best().is_none() {
            self.catalog.cadence.interruption_cost = Ppm::new(self.catalog.cadence.interruption_cost.parts() / 2);
        }
    }

    /// Finds the fewest rules without which something would be shown, `None` where nothing that can be lifted is enough.
    ///
    /// Of candidates that need as many the one of the highest priority is told. Cost: one decision made ready for each rule
    /// that is tried.
    pub fn change(&self) -> Option<Change> {
        let (given, silences) = self.spoken();
        given.change_after(silences)
    }

    /// Returns the change where these silences were lifted before.
    fn change_after(&self, silences: Vec<Silence>) -> Option<Change> {
        let Change { offer, rules } = self.lift(MOST_RULES)?;
        Some(Change { offer, rules: silences.into_iter().map(Rule::Silence).chain(rules).collect() })
    }

    /// Returns the same without any silence, and which were lifted for it, in this order.
    fn spoken(&self) -> (Self, Vec<Silence>) {
        let (mut given, mut silences) = (self.clone(), Vec::new());
        while let Some(silence) = given.ready().silence.filter(|_| silences.len() < MOST_SILENCES) {
            given.speak(silence);
            silences.push(silence);
        }
        (given, silences)
    }

    fn lift(&self, most: usize) -> Option<Change> {
        let ready = self.ready();
        if let Some((best, _)) = ready.best() {
            return Some(Change { offer: best.offer, rules: Vec::new() });
        }
        let most = most.checked_sub(1)?;
        if let Some(best) = ready.ranked.iter().max_by_key(|ranked| ranked.usefulness) {
            return self.past(Rule::NotWorthIt { usefulness: best.usefulness, cost: ready.cost }, most);
        }
        if ready.excluded.is_empty() {
            let (offer, lacks) = self.nearest(&ready)?;
            return Some(Change { offer, rules: lacks.into_iter().map(Rule::Fit).collect() });
        }
        let candidates = ready.excluded.iter().take(MOST_OFFERS);
        let changes = candidates.filter_map(|(offer, why)| self.past(Rule::Exclusion(*offer, *why), most));
        changes.min_by_key(|change| change.rules.len())
    }

    fn past(&self, rule: Rule, most: usize) -> Option<Change> {
        let mut change = self.without(rule)?.lift(most)?;
        change.rules.insert(0, rule);
        Some(change)
    }

    /// Returns the offer whose conditions lack the fewest values, and which; of equals the one of the highest priority.
    pub fn nearest(&self, ready: &Ready) -> Option<(OfferIx, Vec<Lack>)> {
        let (block, matched) = (self.index.block(&self.catalog, self.placement)?, ready.matched.as_ref()?);
        let offers = &self.catalog.offers;
        let now = Now::new(self.at);
        let lacks = block.offers.iter().filter(|offer| offers.runs(**offer, &now)).flat_map(|offer| {
            let conjunctions = offers.fit(*offer).map(|rule| offers.rules.conjunctions(rule)).unwrap_or_default();
            conjunctions.filter_map(|at| Some((*offer, self.lacks(at, &matched.values)?)))
        });
        lacks.min_by_key(|(_, lacks)| lacks.len())
    }

    /// Returns what a conjunction lacks; `None` where no value at all would do.
    fn lacks(&self, conjunction: usize, values: &Values) -> Option<Vec<Lack>> {
        let rules = &self.catalog.offers.rules;
        let lack = |predicate: PredicateIx| {
            let attribute = rules.asks(predicate)?;
            let got = values.get(attribute);
            let away = |(low, high): &(i32, i32)| {
                i64::from(*low).abs_diff(got.into()).min(i64::from(*high).abs_diff(got.into()))
            };
            let wanted = rules.ranges(predicate).min_by_key(away)?;
            Some(Lack { attribute, got, wanted })
        };
        let refuses = |predicate: &PredicateIx| {
            rules.asks(*predicate).is_none_or(|asked| !rules.accepts(*predicate, values.get(asked)))
        };
        rules.predicates(conjunction).filter(refuses).map(lack).collect()
    }
}

/// Everything that the shop and the developer read of one decision.
pub struct Reading<'a> {
    engine: &'a Engine,
    decision: &'a Decision,
    /// What was ready, or would have been where we may not speak: every silence lifted.
    ready: Ready,
    change: Option<Change>,
}

impl<'a> Reading<'a> {
    /// Reads a decision; `profile` is from before it.
    pub fn new(engine: &'a Engine, profile: &Profile, decision: &'a Decision) -> Self {
        let given = Given::new(engine, profile, decision.placement, decision.at);
        if decision.is_show() {
            return Self { engine, decision, ready: (*decision.ready).clone(), change: None };
        }
        let (given, silences) = given.spoken();
        Self { engine, decision, ready: given.ready(), change: given.change_after(silences) }
    }

    /// Returns what would have turned a silence.
    pub const fn change(&self) -> Option<&Change> {
        self.change.as_ref()
    }
}
