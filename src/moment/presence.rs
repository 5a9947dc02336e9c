//! Where the shopper is: a recursive Bayes filter over being away, near a store, or in it.
//!
//! Each fix is weighed by its accuracy and by how much time passed since the last one; labels and check-ins settle
//! the matter. Without evidence the belief fades.

use alloc::vec::Vec;

use super::{from_ppm, to_ppm};
use crate::catalog::{Catalog, Store};
use crate::profile::{Belief, Place, StoreBelief, Tier, limit};
use crate::signal::Fix;
use crate::store::{Footprint, StoreIx};
use crate::value::{Now, Ppm, Span, Timestamp, order};

/// Where the shopper is, how sure we are and how we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presence {
    /// Away, near or in store.
    pub place: Place,
    /// Probability of being in `store`, or in the likeliest store where none is named.
    pub probability: Ppm,
    /// How we know.
    pub tier: Tier,
    /// Which store, where near or inside.
    pub store: Option<StoreIx>,
    /// Since when.
    pub since: Timestamp,
}

impl Presence {
    /// Inside one of our stores.
    pub fn in_store(&self) -> bool {
        self.place == Place::InStore
    }

    /// Near one of our stores, not inside.
    pub fn near(&self) -> bool {
        self.place == Place::Near
    }
}

/// Being inside is said from this probability on ...
const ENTER: f64 = 0.7;
/// ... and until it falls below this: the same evidence to leave as to enter.
const LEAVE: f64 = 0.3;
/// How far "near" reaches from a store's wall, metres.
const NEAR_M: f64 = 60.0;
/// Stores farther than this (plus the accuracy) are left out, metres.
const HORIZON_M: f64 = 250.0;
/// Ground on which an absent shopper may be, square metres: a walkable square kilometre.
const ELSEWHERE_M2: f64 = 1_000_000.0;
/// Mean stay in a store and near it, seconds. Assumption, to be trained.
const STAY_S: f64 = 1_200.0;
const PASS_S: f64 = 240.0;
/// Share of those who leave "near" by walking in, with the store open and shut. Assumption, to be trained.
const WALK_IN_OPEN: f64 = 0.25;
const WALK_IN_SHUT: f64 = 0.01;
/// First belief about each store in the horizon: inside, near. Assumption, to be trained.
const FIRST: (f64, f64) = (0.01, 0.04);
/// Time in which the error of a phone's position forgets itself, seconds.
const ERROR_MEMORY_S: f64 = 40.0;
/// 68 % radius of a two-dimensional normal error in standard deviations. Source: sqrt(-2 ln(1 - 0.68)) = 1.51.
const RADIUS_68: f64 = 1.51;
/// Faster than this is not walking, metres a second.
const RIDING_M_S: f64 = 4.0;
/// Without news for this long the belief starts to fade ...
const FRESH: Span = Span::from_ms(90_000);
/// ... in steps of so much time.
const FADES: Span = Span::from_ms(15_000);

/// A fix this much older than the last one means that the clock was set back; a younger one just came late.
const CLOCK_SET_BACK: Span = Span::minutes(10);

/// Moves the belief by one position fix. One that came late is ignored; one from a clock set back starts anew.
///
/// Cost: one distance per store, then eight likelihoods.
pub fn follow(catalog: &Catalog, belief: &mut Belief, fix: Fix, at: Timestamp) {
    if belief.at.since(at) > CLOCK_SET_BACK {
        *belief = Belief::default();
    } else if at < belief.at {
        return;
    }
    let first = belief.fix.is_none();
    let seconds = seconds_between(belief.at, at);
    let riding = speed(belief, fix, seconds) > RIDING_M_S;
    let local = catalog.local(at);
    let mut hypotheses: Vec<Hypothesis> = nearest(catalog, fix)
        .into_iter()
        .map(|(place, store, distance)| Hypothesis {
            store: place,
            prior: prior(belief, place, seconds, store.hours.open_at(local) && !riding),
            likelihood: likelihood(&store.footprint, distance, fix),
        })
        .collect();
    let weight = if first { 0.5 } else { 1.0 - libm::exp(-seconds / ERROR_MEMORY_S) };
    update(&mut hypotheses, weight);
    belief.stores = hypotheses.iter().map(Hypothesis::to_belief).collect();
    belief.fix = Some(fix);
    belief.at = at;
    if belief.tier < Tier::Position || belief.place != Place::InStore {
        belief.tier = Tier::Position;
    }
    announce(belief, at);
}

/// Settles the belief: a label of `store` was scanned, or the shopper said they are there.
pub fn settle(belief: &mut Belief, store: StoreIx, tier: Tier, at: Timestamp) {
    let inside = if tier == Tier::CheckIn { 0.99 } else { 0.97 };
    belief.stores = alloc::vec![StoreBelief { store, inside: to_ppm(inside), near: Ppm::ZERO }];
    belief.tier = tier;
    belief.at = belief.at.max(at);
    announce(belief, at);
}

/// Returns the presence at `now`, faded where there was no news for a while: in steps of 15 seconds.
pub fn at(belief: &Belief, now: &Now) -> Presence {
    let mut faded = belief.clone();
    let fresh_until = belief.at.after(FRESH);
    if !belief.stores.is_empty() && now.has_reached(fresh_until) {
        let steps = now.at().since(fresh_until).ms() / FADES.ms();
        let step = fresh_until.after(Span::from_ms(steps * FADES.ms()));
        let kept = libm::exp(-seconds_between(fresh_until, step) / STAY_S);
        for store in &mut faded.stores {
            store.inside = to_ppm(from_ppm(store.inside) * kept);
            store.near = to_ppm(from_ppm(store.near) * kept);
        }
        announce(&mut faded, step);
        if faded.stores.iter().any(|store| store.inside.parts() + store.near.parts() > 0) {
            now.changes_at(step.after(FADES));
        }
    }
    let likeliest = faded.stores.iter().map(|store| store.inside).max();
    let named = faded.store.and_then(|named| faded.stores.iter().find(|store| store.store == named));
    Presence {
        place: faded.place,
        probability: named.map(|store| store.inside).or(likeliest).unwrap_or_default(),
        tier: if faded.place == Place::Away && faded.tier > Tier::Position { Tier::None } else { faded.tier },
        store: faded.store,
        since: faded.since,
    }
}

struct Hypothesis {
    store: StoreIx,
    prior: (f64, f64),
    /// Density of the fix if they are inside, near, elsewhere; per square metre.
    likelihood: (f64, f64, f64),
}

impl Hypothesis {
    fn to_belief(&self) -> StoreBelief {
        StoreBelief { store: self.store, inside: to_ppm(self.prior.0), near: to_ppm(self.prior.1) }
    }
}

/// Bayes' rule over all hypotheses together; `weight` below 1 tempers a fix whose error repeats the last one's.
fn update(hypotheses: &mut [Hypothesis], weight: f64) {
    let tempered = |density: f64| libm::exp(weight * libm::log(density.max(1e-12)));
    let known: f64 = hypotheses.iter().map(|h| h.prior.0 + h.prior.1).sum();
    let nowhere = hypotheses.iter().map(|h| h.likelihood.2).fold(1.0 / ELSEWHERE_M2, f64::min);
    let away = (1.0 - known).max(0.001) * tempered(nowhere);
    for h in hypotheses.iter_mut() {
        h.prior = (h.prior.0 * tempered(h.likelihood.0), h.prior.1 * tempered(h.likelihood.1));
    }
    let total: f64 = away + hypotheses.iter().map(|h| h.prior.0 + h.prior.1).sum::<f64>();
    for h in hypotheses.iter_mut() {
        h.prior = (h.prior.0 / total, h.prior.1 / total);
    }
}

/// Returns the belief in being inside and near a store before the new fix, moved on by the time that passed.
fn prior(belief: &Belief, place: StoreIx, seconds: f64, may_enter: bool) -> (f64, f64) {
    let Some(known) = belief.stores.iter().find(|store| store.store == place) else { return FIRST };
    let (inside, near) = (from_ppm(known.inside), from_ppm(known.near));
    let leaves = 1.0 - libm::exp(-seconds / STAY_S);
    let moves = 1.0 - libm::exp(-seconds / PASS_S);
    let walks_in = moves * if may_enter { WALK_IN_OPEN } else { WALK_IN_SHUT };
    let away = (1.0 - inside - near).max(0.0);
    let stays_in = inside * (1.0 - leaves) + near * walks_in;
    let stays_near = near * (1.0 - moves) + inside * leaves + away * moves * FIRST.1;
    (stays_in.max(FIRST.0 * 0.1), stays_near.max(FIRST.1 * 0.1))
}

/// Returns the densities of a fix at `distance_cm` from the wall (negative inside), blurred by its error.
///
/// A normal error over a region of area A has the density "share of the error's mass over the region, by the larger of
/// A and the error's own area"; the share is the normal distribution of the distance to the wall (flat-wall approximation).
fn likelihood(footprint: &Footprint, distance_cm: i64, fix: Fix) -> (f64, f64, f64) {
    let sigma = (metres(i64::from(fix.accuracy_cm)) / RADIUS_68).max(2.0);
    let distance = metres(distance_cm);
    let blur = 2.0 * core::f64::consts::PI * sigma * sigma;
    let inside_m2 = metres(footprint.area_m2() * 100);
    let radius = libm::sqrt(inside_m2 / core::f64::consts::PI);
    let near_m2 = core::f64::consts::PI * NEAR_M * (2.0 * radius + NEAR_M);
    let within = normal(-distance / sigma);
    let around = normal((NEAR_M - distance) / sigma);
    (
        within / inside_m2.max(blur),
        (around - within).max(0.0) / near_m2.max(blur),
        (1.0 - around).max(0.02) / ELSEWHERE_M2,
    )
}

/// Returns the standard normal distribution.
///
/// Source: Bowling et al., "A logistic approximation to the cumulative normal distribution" (2009): error below 0.01.
fn normal(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-1.702 * x))
}

/// Returns the stores within the horizon with their distances in centimetres, nearest first, at most eight.
fn nearest(catalog: &Catalog, fix: Fix) -> Vec<(StoreIx, &Store, i64)> {
    let horizon = HORIZON_M + metres(i64::from(fix.accuracy_cm));
    let stores: Vec<_> = catalog
        .stores
        .iter()
        .zip((0..).map(StoreIx))
        .map(|(store, place)| (place, store, store.footprint.signed_distance_cm(fix.point)))
        .filter(|(_, _, distance)| metres(*distance) < horizon)
        .collect();
    let mut stores = order::by_key(stores, |(_, _, distance)| order::signed(*distance));
    stores.truncate(limit::STORES);
    stores
}

/// Says where they are, and says something else only on as much evidence.
fn announce(belief: &mut Belief, at: Timestamp) {
    let Some(best) = belief.stores.iter().max_by_key(|store| (store.inside, store.near)).copied() else {
        return say(belief, Place::Away, None, at);
    };
    let stays = belief.store.and_then(|named| belief.stores.iter().find(|store| store.store == named)).copied();
    let still_in = stays.filter(|store| belief.place == Place::InStore && from_ppm(store.inside) >= LEAVE);
    let around: f64 = belief.stores.iter().map(|store| from_ppm(store.inside) + from_ppm(store.near)).sum();
    let nearest = belief.stores.iter().max_by_key(|store| store.inside.parts() + store.near.parts());
    if from_ppm(best.inside) >= ENTER {
        say(belief, Place::InStore, Some(best.store), at);
    } else if let Some(store) = still_in {
        say(belief, Place::InStore, Some(store.store), at);
    } else if around >= if belief.place == Place::Away { ENTER } else { LEAVE } {
        let store = nearest.map(|store| store.store);
        say(belief, Place::Near, store, at);
    } else {
        say(belief, Place::Away, None, at);
    }
}

fn say(belief: &mut Belief, place: Place, store: Option<StoreIx>, at: Timestamp) {
    if (belief.place, belief.store) != (place, store) {
        belief.since = at;
    }
    belief.place = place;
    belief.store = store;
}

/// Returns the speed since the last fix, metres a second, errors taken off; 0 where there is none or it is long ago.
fn speed(belief: &Belief, fix: Fix, seconds: f64) -> f64 {
    let Some(last) = belief.fix.filter(|_| (1.0..=120.0).contains(&seconds)) else { return 0.0 };
    let moved = Footprint::Disc { centre: last.point, radius_cm: last.accuracy_cm }.signed_distance_cm(fix.point);
    (metres(moved) - metres(i64::from(fix.accuracy_cm))).max(0.0) / seconds
}

fn seconds_between(earlier: Timestamp, later: Timestamp) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
    let ms = later.since(earlier).ms() as f64;
    ms / 1_000.0
}

fn metres(centimetres: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "distances on earth are below 2^53 centimetres")]
    let centimetres = centimetres as f64;
    centimetres / 100.0
}
