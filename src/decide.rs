//! The whole pipeline on one page, in two halves: make ready (permission, candidates, exclusion, price, rank), then
//! choose (show or hold).
//!
//! [`Ready`] is a pure function of catalog, profile, placement and time, and keeps until when it stays true; so what was
//! made ready before is as good as what would be made now. Choosing draws chance and takes the same time however many
//! offers there are.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::cadence::{Exclusion, Ledger, Silence, exclusion, permission};
use crate::catalog::{Catalog, Kind, Language, Offer, OfferIx, PlacementIx, Reach};
use crate::index::{self, Block, Cursor, Index, Question, Step, Values};
use crate::moment::{Facts, Memory, Today, understand_today};
use crate::profile::{Impression, Profile};
use crate::rank::choice::Draws;
use crate::rank::clues::{Last, Learned, condense, grounds};
use crate::rank::reason::reasons;
use crate::rank::{About, Because, Priced, Ranked, Reason, Subject, draws, interruption_cost, rank, worth};
use crate::savings::{Savings, evaluate};
use crate::value::{Key, Now, Ppm, Seed, Timestamp};

/// One decision with the way to it.
#[derive(Clone, Debug)]
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
    /// What it was chosen from.
    pub ready: Arc<Ready>,
}

/// Show one offer, or hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// One offer helps.
    Show(Show),
    /// The tactful thing is silence.
    Hold(Hold),
}

/// The offer that helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Show {
    /// Which.
    pub offer: OfferIx,
    /// What it is about.
    pub about: Option<About>,
    /// What it saves, for a coupon.
    pub savings: Option<Savings>,
    /// Why it fits, strongest first.
    pub because: Because,
    /// The exact probability with which it was chosen among those worth showing, a multiple of 1/32.
    pub propensity: Ppm,
    /// The shopper saves traffic: no picture is fetched for it.
    pub save_data: bool,
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

/// What may be said in one placement, found out from what is known: everything of a decision but the choice.
#[derive(Clone, Debug)]
pub struct Ready {
    from: Timestamp,
    until: Timestamp,
    /// Why nothing may be said; the rest is then empty.
    pub silence: Option<Silence>,
    /// What a message has to be worth.
    pub cost: Ppm,
    /// What conditions asked about, and who fits, where anything was asked.
    pub matched: Option<Arc<Matched>>,
    /// What they might be reminded of, and by what fact.
    pub memories: Arc<[Memory]>,
    /// Candidates that may not be shown and why, in the catalog's order.
    pub excluded: Vec<(OfferIx, Exclusion)>,
    /// The others, best first.
    pub ranked: Vec<Ranked>,
    draws: Draws,
}

/// The answers of a placement's conditions.
#[derive(Clone, Debug)]
pub struct Matched {
    /// What they asked about.
    pub values: Values,
    /// The offers that fit, in the catalog's order, at most [`MOST_CANDIDATES`].
    pub candidates: Vec<OfferIx>,
}

/// Most offers that one decision weighs: of more that fit, those of the highest priority.
pub const MOST_CANDIDATES: usize = 64;

/// Most offers that do not run and are passed over for others, where more fit than are weighed.
pub const MOST_PASSED: usize = 2_048;

/// Most refusals that are told of one decision.
pub const MOST_REFUSALS: usize = 64;

impl Ready {
    /// Finds out what may be said in `placement` at `now`, `today` being what the habits mean on that day and `learned` what
    /// the replies do. Where the values that conditions ask about are as they were `before`, which still holds but for what was
    /// observed, those who fit are too.
    ///
    /// A recall that reaches this device breaks the silence, and nothing else is then in question.
    ///
    /// Cost: one match of the index, then work for each candidate, at most [`MOST_CANDIDATES`]: caps, price, reasons.
    pub fn new(
        (catalog, index): (&Catalog, &Index),
        (profile, today, learned): (&Profile, &Today, &Learned),
        placement: PlacementIx,
        now: &Now,
        before: Option<&Self>,
    ) -> Self {
        let moment = understand_today(catalog, profile, today, now);
        let (silence, cost) =
            (permission(catalog, profile, moment.local, now), interruption_cost(catalog, profile, placement, now));
        let facts = Facts { catalog, profile, moment: &moment };
        let warns = catalog.offers.have_recalls() && !silence.is_some_and(Silence::holds_for_recalls);
        let block = index.block(catalog, placement).filter(|_| silence.is_none() || warns);
        let mut matched = block.map(|block| matched(facts, block, before, now));
        let candidates = matched.as_ref().map_or(&[][..], |matched| &matched.candidates);
        let (mut excluded, worths) = weigh(facts, learned, (placement, candidates), now);
        let mut ranked = rank(&worths);
        let is_recall = |ranked: &&Ranked| catalog.offer(ranked.priced.offer).is_some_and(|offer| offer.is_recall());
        let recalls = ranked.iter().take_while(|ranked| warns && is_recall(ranked)).count();
        let silence = silence.filter(|_| recalls == 0);
        if silence.is_some() {
            (matched, excluded, ranked) = Default::default();
        }
        let in_question = ranked.get(..recalls).filter(|recalls| !recalls.is_empty()).unwrap_or(&ranked);
        let draws = draws(catalog.goals, profile.device, in_question, cost);
        let memories = Arc::clone(&moment.memories);
        Self { from: now.at(), until: now.until(), silence, cost, matched, memories, excluded, ranked, draws }
    }

    /// Finds out what may be said to a profile of which nothing is kept: to evaluate or explain, never on a phone.
    pub fn of(compiled: (&Catalog, &Index), profile: &Profile, placement: PlacementIx, at: Timestamp) -> Self {
        let now = Now::new(at);
        let (today, learned) = (
            Today::new(compiled.0, profile, compiled.0.local(at)),
            Learned::new(&compiled.0.usefulness, profile, &now),
        );
        Self::new(compiled, (profile, &today, &learned), placement, &now, None)
    }

    /// Tells whether this still holds at `now`, where nothing was observed meanwhile.
    pub fn holds(&self, now: Timestamp) -> bool {
        (self.from..self.until).contains(&now)
    }

    /// Returns how many offers fit.
    pub fn candidates(&self) -> usize {
        self.matched.as_ref().map_or(0, |matched| matched.candidates.len())
    }

    /// Chooses what to show, if anything; draws chance from `seed`. Cost: the same for any number of offers.
    fn choose(&self, seed: &mut Seed) -> Option<(&Ranked, Ppm)> {
        self.draws.expected()?;
        let (place, propensity) = self.draws.take(seed);
        Some((self.ranked.get(place?)?, propensity))
    }

    /// Returns every offer that may be chosen with the exact probability of that choice; what is missing to certainty is
    /// that of silence. For evaluating what another catalog would do, never on a phone.
    pub fn chances(&self) -> impl Iterator<Item = (&Ranked, Ppm)> {
        let chances = (0..).zip(&self.ranked).map(|(place, ranked)| (ranked, self.draws.chance(place)));
        chances.filter(|(_, chance)| *chance > Ppm::ZERO)
    }

    /// Returns the best offer that is worth showing, and by how much its usefulness beats the cost.
    pub fn best(&self) -> Option<(Priced, Ppm)> {
        let best = self.ranked.get(self.draws.expected()?)?;
        Some((best.priced, Ppm::new(best.usefulness.parts().saturating_sub(self.cost.parts()))))
    }

    fn hold(&self) -> Hold {
        match self.silence {
            Some(silence) => Hold::Silent(silence),
            None if !self.ranked.is_empty() => Hold::NotWorthIt,
            None if self.candidates() == 0 => Hold::NothingFits,
            None => Hold::AllExcluded { until: self.excluded.iter().filter_map(|(_, why)| free_at(*why)).min() },
        }
    }
}

impl Decision {
    /// Tells whether an offer is shown.
    pub const fn is_show(&self) -> bool {
        matches!(self.outcome, Outcome::Show(_))
    }

    /// Returns the best of those that lost.
    pub fn runner_up(&self) -> Option<OfferIx> {
        self.lost().map(|(offer, _)| offer).next()
    }

    /// Returns the offers left out and why, at most [`MOST_REFUSALS`]: what does not fit or may not be shown in the
    /// catalog's order, then what lost. Those of other placements are not told.
    ///
    /// Which question failed is found out here and not when deciding: most decisions are never looked into.
    pub fn refused(&self, catalog: &Catalog, block: Option<&Block>) -> Vec<(OfferIx, Refusal)> {
        let asked = self.ready.matched.as_ref().zip(block);
        let early = asked.into_iter().flat_map(|(matched, block)| {
            let refusal = |place| self.early_refusal(catalog, place, &matched.values);
            block.offers.iter().filter_map(move |place| Some((*place, refusal(*place)?)))
        });
        early.chain(self.lost()).take(MOST_REFUSALS).collect()
    }

    fn early_refusal(&self, catalog: &Catalog, place: OfferIx, values: &Values) -> Option<Refusal> {
        let excluded = self.ready.excluded.iter().find(|(excluded, _)| *excluded == place);
        let excluded = excluded.map(|(_, exclusion)| Refusal::Excluded(*exclusion));
        excluded.or_else(|| index::refusal(catalog, place, values).map(Refusal::Unfit))
    }

    /// What might have been shown, and was not.
    fn lost(&self) -> impl Iterator<Item = (OfferIx, Refusal)> {
        let (shown, why) = match &self.outcome {
            Outcome::Show(show) => (Some(show.offer), Refusal::Outranked),
            Outcome::Hold(_) => (None, Refusal::NotWorthIt),
        };
        let offers = self.ready.ranked.iter().map(|ranked| ranked.priced.offer);
        offers.filter(move |offer| Some(*offer) != shown).map(move |offer| (offer, why))
    }
}

/// Asks the conditions, unless they were asked about the same values `before`, and nothing began or ended since.
fn matched(facts: Facts, block: &Block, before: Option<&Ready>, now: &Now) -> Arc<Matched> {
    let values = Values::of(facts.catalog, block, |attribute| facts.value(attribute));
    let before = before.and_then(|before| Some((before.until, before.matched.as_ref()?)));
    if let Some((until, known)) = before.filter(|(_, known)| known.values == values) {
        now.changes_at(until);
        return Arc::clone(known);
    }
    Arc::new(Matched { candidates: candidates(facts.catalog, block, &values, now), values })
}

/// Returns the offers that fit, at most [`MOST_CANDIDATES`], those of the highest priority; where more fit, the last that do not
/// run now make room for those that do, of which [`MOST_PASSED`] that do not are passed over.
fn candidates(catalog: &Catalog, block: &Block, values: &Values, now: &Now) -> Vec<OfferIx> {
    let idle = |offer: &OfferIx| !catalog.offers.runs(*offer, now);
    // Those from here on run.
    let (mut found, mut running, mut passed) = (Vec::new(), MOST_CANDIDATES, 0);
    let mut cursor = Cursor::default();
    block.search(&mut cursor, values);
    while let Step::Offer(offer) = block.next(&mut cursor, &catalog.offers.rules, values) {
        if found.last() == Some(&offer) {
            continue;
        }
        if found.len() == MOST_CANDIDATES {
            if idle(&offer) {
                passed += 1;
                if passed > MOST_PASSED {
                    break;
                }
                continue;
            }
            let Some(place) = found.iter().take(running).rposition(idle) else { break };
            found.remove(place);
            running = place;
        }
        found.push(offer);
    }
    found
}

/// Parts the candidates into those that may not be shown, and the others with their worth.
fn weigh(
    facts: Facts,
    learned: &Learned,
    (placement, candidates): (PlacementIx, &[OfferIx]),
    now: &Now,
) -> (Vec<(OfferIx, Exclusion)>, Vec<Ranked>) {
    let (catalog, profile) = (facts.catalog, facts.profile);
    let ledger = Ledger::new(catalog, profile, placement, facts.moment.local, now);
    let (mut excluded, mut worths) = (Vec::new(), Vec::with_capacity(candidates.len()));
    let mut last = Last::default();
    for (place, offer) in candidates.iter().filter_map(|place| Some((*place, catalog.offer(*place)?))) {
        let past = ledger.past(profile, &offer);
        let exclusion = exclusion((catalog, profile, &ledger), &offer, &past, now);
        match exclusion.map_or_else(|| price(facts, place, (&offer, &past.shown), now, &mut last), Err) {
            Err(exclusion) => excluded.push((place, exclusion)),
            Ok(priced) => {
                let usefulness = learned.usefulness((offer.key, &past.standing), &priced.subject.grounds, &mut last);
                worths.push(worth(catalog.goals, usefulness, &offer, priced, past.shown.len()));
            }
        }
    }
    (excluded, worths)
}

/// Finds why an offer fits and what it saves; a reminder of nothing may not be shown, nor a fall of no price.
fn price(
    facts: Facts,
    place: OfferIx,
    (offer, shown): (&Offer<'_>, &[Impression]),
    now: &Now,
    last: &mut Last,
) -> Result<Priced, Exclusion> {
    let savings = offer.value.map(|value| evaluate(value, offer.scope, &facts.profile.basket));
    let (because, about) = reasons(facts, offer, savings);
    let reminds = offer.kind == Kind::Reminder || matches!(offer.reach, Some(Reach::PriceFell));
    if reminds && !because.iter().any(|reason| matches!(reason, Reason::Memory(..) | Reason::PriceFell(_))) {
        return Err(Exclusion::NoMemory);
    }
    let about_key = about.and_then(|about| match about {
        About::Product(product) => facts.catalog.product(product).map(|product| product.key),
        About::Category(category) => facts.catalog.category(category).map(|category| category.key),
    });
    let grounds = grounds(&facts.catalog.usefulness, offer.prior, (&because, shown), now, last);
    let subject = Subject { offer: offer.key, kind: offer.kind, group: offer.group, about: about_key, grounds };
    Ok(Priced { offer: place, savings, because, about, subject })
}

fn free_at(exclusion: Exclusion) -> Option<Timestamp> {
    match exclusion {
        Exclusion::Cap { until }
        | Exclusion::CoolingOff { until }
        | Exclusion::Later { until }
        | Exclusion::Tired { until }
        | Exclusion::Pacing { until }
        | Exclusion::Careful { until }
        | Exclusion::ReminderGap { until } => Some(until),
        Exclusion::Schedule { until } => until,
        _ => None,
    }
}

/// Chooses from what was made ready for `placement` at `at`, and remembers it: the ask is counted, chance moves on, and a
/// shown offer is an impression from here on.
pub fn decide(
    catalog: &Catalog,
    profile: &mut Profile,
    ready: Arc<Ready>,
    placement: PlacementIx,
    at: Timestamp,
) -> Decision {
    let (id, language) = (id(catalog, profile, placement, at), catalog.language(profile.language));
    profile.asks = profile.asks.wrapping_add(1);
    let outcome = match ready.choose(&mut profile.seed) {
        Some((Ranked { priced: Priced { offer, about, savings, because, subject }, .. }, propensity)) => {
            let forgotten = profile.log(impression(catalog, *offer, subject, (id, at)));
            condense(&catalog.usefulness, profile, &forgotten);
            if catalog.offer(*offer).is_some_and(|offer| offer.is_answer()) {
                let mut standing = profile.standing(subject.offer);
                standing.finish(at);
                profile.set_standing(subject.offer, standing);
            }
            let (offer, about, savings, because) = (*offer, *about, *savings, *because);
            let save_data = profile.attention.save_data;
            Outcome::Show(Show { offer, about, savings, because, propensity, save_data })
        }
        None => Outcome::Hold(ready.hold()),
    };
    Decision { id, placement, at, language, outcome, ready }
}

/// What is remembered of an offer that is shown.
fn impression(catalog: &Catalog, place: OfferIx, subject: &Subject, (decision, at): (Key, Timestamp)) -> Impression {
    let Subject { offer, kind, group, about, grounds } = *subject;
    let counted_hours = catalog.cadence.counted_hours((offer, kind, group), catalog.offers.caps(place));
    Impression { at, decision, offer, kind, group, about, reply: None, grounds, counted_hours }
}

/// Two decisions of one device never share an id: the number of the ask is in it.
fn id(catalog: &Catalog, profile: &Profile, placement: PlacementIx, now: Timestamp) -> Key {
    let parts = [catalog.version, profile.asks.into(), placement.0.into(), now.ms().cast_unsigned()];
    parts.into_iter().fold(profile.device.with(0), Key::with)
}
