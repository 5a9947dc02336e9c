//! Where the shopper is: a recursive Bayes filter over being away, near a store, or in it.
//!
//! Two questions, asked at every fix. *Do they stay indoors?* is answered by how much worse than under the open sky the
//! accuracy is, by whether they move, and by how deep inside a store the fix lies. *Then where?* is answered by two
//! places: the last fix outside, which is where the door is, and the mean of the fixes since. Every store around competes
//! with the others, with what is above it and with what is next door. Labels and check-ins name a store; without evidence
//! the belief fades.

use alloc::vec::Vec;

use super::{exp, from_ppm, to_ppm};
use crate::catalog::{Catalog, Store};
use crate::mark::MarkIx;
use crate::profile::{Belief, Place, Stay, StoreBelief, Tier, Track, Usual, limit};
use crate::signal::Fix;
use crate::store::{Footprint, Point, StoreIx, root};
use crate::value::{Key, Local, Now, Ppm, Span, Timestamp, order};

/// Where the shopper is, how sure we are and how we know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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

/// Being inside is said when it is likelier than not ...
const ENTER: f64 = 0.5;
/// ... and until it is only half as likely as that.
const LEAVE: f64 = 0.25;
/// How far "near" reaches from a store's wall, metres.
const NEAR_M: f64 = 60.0;
/// Stores farther than this are left out, metres.
const HORIZON_M: i64 = 250;

/// Evidence for a stay indoors is kept between minus and plus this, nats (8 % and 92 %): as much to leave as to enter.
const SURE: f64 = 2.5;
/// One reason for or against a stay counts no more than this, nats.
const MOST: f64 = 2.5;
/// Seconds in which fixes repeat one another: evidence of those that follow faster counts as much less. Assumption.
const REPEATS_S: f64 = 10.0;
/// How much worse the accuracy is under a roof: twice, and its spread in both cases, natural logarithm. Assumption; the
/// yardstick has 2.06 and 0.3, and a spread taken as 0.3 to 0.45 finds the same visits.
const ROOF: f64 = 0.693;
const ROOF_SPREAD: f64 = 0.35;
/// Accuracy under the open sky before any is known, centimetres. Source: GPS.gov, "GPS Accuracy": phones reach 4.9 m in
/// the open; twice that between houses.
const SKY_CM: f64 = 1_000.0;
/// How much a fix outside teaches about that accuracy, and the limits of what is believed, centimetres.
const SKY_STEP: f64 = 0.01;
const SKY_LEAST_CM: f64 = 300.0;
const SKY_MOST_CM: f64 = 4_000.0;

/// 68 % radius of a two-dimensional normal error in standard deviations. Source: sqrt(-2 ln(1 - 0.68)) = 1.51.
const RADIUS_68: f64 = 1.51;
/// No position is more certain than this, metres: one standard deviation, whatever accuracy is claimed.
const FINEST_M: f64 = 3.0;
/// A fix coarser than this, centimetres, comes from a mobile network and says nothing of a store. Assumption.
const COARSEST_CM: u32 = 15_000;
/// Seconds in which the error of a phone's position forgets itself, and the share that stays all visit long. Assumption.
const ERROR_MEMORY_S: f64 = 40.0;
const ERROR_STAYS: f64 = 0.3;
/// Walking speed, metres a second. Source: Bohannon 1997, "Comfortable and maximum walking speed": 1.3 to 1.4.
const WALK_M_S: f64 = 1.3;
/// Of those outside, the share that stands. Assumption.
const STANDING: f64 = 0.5;
/// Faster than this is no walking, metres a second; so many such fixes in a row are a ride, and fewer are bad fixes.
const RIDING_M_S: f64 = 4.0;
const RIDE: u8 = 3;
/// Who rode so shortly ago still sits in the bus, which stops no longer, seconds. Assumption.
const ALIGHT_S: f64 = 60.0;

/// Other places for a stay, counted as stores of ours that are as often visited, per square metre: two or three a hectare.
/// Trained on the yardstick, so that what is called as likely as not is right half the time.
const RIVALS_M2: f64 = 0.000_25;
/// Stays above a store for each one in it. Trained on the yardstick: 96 stays upstairs, 422 visits.
const UPSTAIRS: f64 = 0.3;
/// After this time a stay is a visit e times less, seconds: who stays for hours lives or works there. Assumption.
const VISIT_S: f64 = 1_800.0;
/// Weight of a store that is shut, and of one that a label or check-in named. Assumptions.
const SHUT: f64 = 0.02;
const NAMED: f64 = 1_000.0;

/// How likely somebody of whom nothing is known is in the one store that is named now; twice as likely near. Assumption.
const CHANCE: f64 = 0.01;
/// How much rather a store's network is used by those inside than by those elsewhere, and the share of its use from the
/// street and the car park. Assumptions.
const NETWORK: f64 = 2_000.0;
const STREET: f64 = 0.05;
/// How much rather a beacon is heard by those inside or near than by those elsewhere, where it is a copy. Assumption.
const BEACON: f64 = 1_000.0;
/// No store is believed more than this for its network or its beacons alone. Assumptions.
const NETWORK_MOST: f64 = 0.9;
const BEACON_MOST: f64 = 0.97;
/// Signals fall with this power of the distance, and obstacles spread them by so many decibels. Source: Rappaport,
/// "Wireless Communications" (2nd ed. 2002), table 4.6: retail stores. Measured at 914 MHz; beacons send at 2.4 GHz.
const PATH_LOSS: f64 = 2.2;
const SHADOWS_DB: f64 = 8.7;
/// One packet never says more surely than this that they are inside, or that they are not. Assumption.
const UNSURE: f64 = 0.02;

/// A visit that counts as one of their usual lasts this long, and from an hour on it is none.
const SHORTEST_VISIT: Span = Span::minutes(2);
const LONG_STAY: Span = Span::minutes(60);
/// What is known of usual stores is halved when a count reaches this.
const USUAL_MOST: u8 = 16;

/// Without news for this long the belief starts to fade ...
const FRESH: Span = Span::from_ms(90_000);
/// ... in steps of so much time ...
const FADES: Span = Span::from_ms(15_000);
/// ... e times in that, seconds.
const FADES_S: f64 = 1_200.0;
/// After a gap this long a track starts anew, seconds; where a store was named, only after the time in which it fades.
const GAP_S: f64 = 300.0;
/// A fix this much older than the last one means that the clock was set back; a younger one just came late.
const CLOCK_SET_BACK: Span = Span::minutes(10);

/// Moves the belief by one position fix. One that came late or is too coarse is ignored; one from a clock set back starts
/// anew.
///
/// Cost: one search for the stores around, and at most two distances for each of them.
pub fn follow(catalog: &Catalog, belief: &mut Belief, fix: Fix, at: Timestamp) {
    if came_late(belief, at) || fix.accuracy_cm > COARSEST_CM {
        return;
    }
    let seconds = go_on(catalog, belief, at);
    let last = belief.fix.replace(fix);
    belief.at = at;
    if is_put_aside(&mut belief.track, last.is_some_and(|last| is_jump(last, fix, seconds)), at) {
        return;
    }
    let here = around(catalog, fix.point);
    let is_riding = seconds_between(belief.track.rode, at) < ALIGHT_S;
    belief.track.indoors = if is_riding { 0 } else { evidence(&belief.track, (last, fix), &here, (seconds, at)) };
    learn_sky(&mut belief.track, fix);
    belief.stores = if belief.track.indoors == 0 {
        end_stay(catalog, belief);
        belief.track.door = Some((at, fix));
        if is_riding { Vec::new() } else { passing(&here, fix) }
    } else {
        let stay = extend(&mut belief.track, fix, (seconds, at));
        weigh(catalog, belief, stay, at)
    };
    if belief.tier < Tier::Position || belief.place != Place::InStore {
        belief.tier = Tier::Position;
    }
    announce(catalog, belief, at);
}

/// Tells whether news is older than what is known; from a clock that was set back, it starts a new belief.
fn came_late(belief: &mut Belief, at: Timestamp) -> bool {
    if belief.at.since(at) > CLOCK_SET_BACK {
        *belief = Belief { usual: core::mem::take(&mut belief.usual), ..Belief::default() };
    }
    at < belief.at
}

/// Returns the seconds since the last fix, at most those of a gap, after which a track starts anew.
fn go_on(catalog: &Catalog, belief: &mut Belief, at: Timestamp) -> f64 {
    let seconds = seconds_between(belief.at, at);
    let is_named = belief.track.stay.is_some_and(|stay| stay.named.is_some());
    if seconds > if is_named { FADES_S } else { GAP_S } {
        end_stay(catalog, belief);
        belief.track = Track { sky_cm: belief.track.sky_cm, ..Track::default() };
        belief.fix = None;
    }
    seconds.min(GAP_S)
}

/// Tells whether a fix is put aside as a bad one: it jumped, and there were too few such in a row for a ride.
fn is_put_aside(track: &mut Track, jumped: bool, at: Timestamp) -> bool {
    if !jumped {
        track.jumps = track.jumps.saturating_sub(1);
        return false;
    }
    track.jumps = track.jumps.saturating_add(1).min(RIDE);
    if track.jumps == RIDE {
        track.rode = at;
    }
    track.jumps < RIDE
}

/// Settles the belief: a label of `store` was scanned, or the shopper said they are there.
pub fn settle(catalog: &Catalog, belief: &mut Belief, store: StoreIx, tier: Tier, at: Timestamp) {
    let inside = if tier == Tier::CheckIn { 0.99 } else { 0.97 };
    belief.stores = alloc::vec![StoreBelief { store, inside: to_ppm(inside), near: Ppm::ZERO }];
    belief.tier = tier;
    belief.at = belief.at.max(at);
    name(&mut belief.track, store, at);
    announce(catalog, belief, at);
}

/// Makes the stay one in a store that is named.
fn name(track: &mut Track, store: StoreIx, at: Timestamp) {
    // NOTE: where the fixes so far were taken says nothing against a store that is named: the next one tells where it is.
    let since = track.stay.map_or(at, |stay| stay.since);
    let middle = Fix { point: Point { lat_e7: 0, lon_e7: 0 }, accuracy_cm: 0 };
    track.stay = Some(Stay { since, middle, weight: 0, named: Some(store), visited: None });
    track.door = None;
    track.indoors = thousandths(2.0 * SURE);
}

/// How strong a beacon was where it was heard, and how strong it is at 1 m, both dBm.
pub type Strength = (i8, i8);

/// Moves the belief by a mark of stores: by one packet of a beacon, of this strength, or else by a request that came
/// through their network, which several may share.
///
/// Bayes' rule over what is known, which fades first, as it does for whoever asks. Stores that the last fix is far from
/// are passed over: another network may go through the store's, and a beacon may be copied.
pub fn recognise(catalog: &Catalog, belief: &mut Belief, (mark, heard): (MarkIx, Option<Strength>), at: Timestamp) {
    if came_late(belief, at) {
        return;
    }
    let seconds = seconds_between(belief.at, at);
    fade(&mut belief.stores, seconds_between(belief.at.after(FRESH), at));
    // NOTE: who goes on to use a network is no surer there than with their first request; that one fades.
    let news = |memory: f64| 1.0 - exp(-seconds / memory);
    let news = match heard {
        Some(_) => news(REPEATS_S),
        None if belief.tier == Tier::Network => news(FADES_S),
        None => 1.0,
    };
    let (mut said, mut odds) = (0, (NETWORK, NETWORK * STREET));
    let last = belief.fix.filter(|_| seconds < GAP_S);
    for store in catalog.marks.stores(mark).take(limit::STORES) {
        let Some(ground) = catalog.store(store) else { continue };
        if last.is_some_and(|fix| ground.footprint.signed_distance_cm(fix.point) > HORIZON_M * 100) {
            continue;
        }
        let known = belief.stores.iter().position(|known| known.store == store).map(|at| belief.stores.remove(at));
        let known = known.unwrap_or(StoreBelief { store, inside: Ppm::ZERO, near: Ppm::ZERO });
        let chance = to_ppm(CHANCE * prior(belief, (store, ground), None, catalog.local(at)));
        let (inside, near) = (known.inside.max(chance), known.near.max(to_ppm(2.0 * CHANCE)));
        belief.stores.push(StoreBelief { store, inside, near });
        odds = heard.map_or(odds, |strength| of_beacon(&ground.footprint, strength));
        said += 1;
    }
    let most = if heard.is_some() { BEACON_MOST } else { NETWORK_MOST };
    let unsaid = belief.stores.len() - said;
    let odds = (exp(libm::log(odds.0) * news), exp(libm::log(odds.1) * news));
    multiply(&mut belief.stores, unsaid, odds, most);
    belief.stores.drain(..belief.stores.len().saturating_sub(limit::STORES));
    belief.at = at;
    conclude(catalog, belief, if heard.is_some() { Tier::Beacon } else { Tier::Network }, at);
}

/// Returns how much rather a beacon is heard like this by those inside its store, and near it, than by those elsewhere.
///
/// The loss on the way tells how far they are from it, give or take a factor of 2.5: those nearer to it than the store's
/// walls are rather inside, and the others near.
fn of_beacon(ground: &Footprint, (rssi, power): Strength) -> (f64, f64) {
    let walls = metres(root(ground.area_m2() * 10_000)) / 2.0;
    let lost = f64::from(power) - f64::from(rssi) - 10.0 * PATH_LOSS / core::f64::consts::LN_10 * libm::log(walls);
    let inside = normal(-lost / SHADOWS_DB).clamp(UNSURE, 1.0 - UNSURE);
    (BEACON * inside, BEACON * (1.0 - inside))
}

/// Multiplies the stores from place `unsaid` on by these odds for being inside and near, and believes none of them more than
/// `most` for it.
fn multiply(stores: &mut [StoreBelief], unsaid: usize, (inside, near): (f64, f64), most: f64) {
    let odds = |place| if place < unsaid { (1.0, 1.0) } else { (inside, near) };
    let (mut known, mut all) = (0.0, 0.0);
    for (place, store) in stores.iter().enumerate() {
        let (inside, near) = odds(place);
        known += from_ppm(store.inside) + from_ppm(store.near);
        all += from_ppm(store.inside) * inside + from_ppm(store.near) * near;
    }
    all += (1.0 - known).max(UNSURE);
    for (place, store) in stores.iter_mut().enumerate() {
        let (inside, near) = odds(place);
        let before = from_ppm(store.inside);
        store.inside = to_ppm((before * inside / all).min(most.max(before)));
        store.near = to_ppm(from_ppm(store.near) * near / all);
    }
}

/// Lets a belief fade for so many seconds.
fn fade(stores: &mut [StoreBelief], seconds: f64) {
    let kept = exp(-seconds / FADES_S);
    for store in stores {
        store.inside = to_ppm(from_ppm(store.inside) * kept);
        store.near = to_ppm(from_ppm(store.near) * kept);
    }
}

/// Says where they are after what a network or a beacon said: to enter a store names it, and to leave one ends the stay.
fn conclude(catalog: &Catalog, belief: &mut Belief, tier: Tier, at: Timestamp) {
    let before = (belief.place, belief.store);
    let (place, store) = verdict(&belief.stores, before);
    if (place, store) != before || !matches!(belief.tier, Tier::Scan | Tier::CheckIn) {
        belief.tier = tier;
    }
    match store.filter(|_| place == Place::InStore) {
        Some(store) if belief.track.stay.and_then(|stay| stay.named) != Some(store) => {
            name(&mut belief.track, store, at);
        }
        None if before.0 == Place::InStore => {
            belief.track.indoors = 0;
            end_stay(catalog, belief);
        }
        _ => {}
    }
    announce(catalog, belief, at);
}

/// Returns the presence at `now`, faded where there was no news for a while: in steps of 15 seconds. News from a clock that was
/// set back since are none.
pub fn at(belief: &Belief, now: &Now) -> Presence {
    if !now.has_reached(belief.at.before(CLOCK_SET_BACK)) {
        return Presence::default();
    }
    let mut stores = belief.stores.clone();
    let mut said = (belief.place, belief.store);
    let mut since = belief.since;
    let fresh_until = belief.at.after(FRESH);
    if !stores.is_empty() && now.has_reached(fresh_until) {
        let steps = now.at().since(fresh_until).ms() / FADES.ms();
        let step = fresh_until.after(Span::from_ms(steps * FADES.ms()));
        fade(&mut stores, seconds_between(fresh_until, step));
        said = verdict(&stores, said);
        since = if said == (belief.place, belief.store) { since } else { step };
        if stores.iter().any(|store| store.inside.parts() + store.near.parts() > 0) {
            now.changes_at(step.after(FADES));
        }
    }
    let (place, store) = said;
    let likeliest = stores.iter().map(|store| store.inside).max();
    let named = store.and_then(|named| stores.iter().find(|store| store.store == named));
    Presence {
        place,
        probability: named.map(|store| store.inside).or(likeliest).unwrap_or_default(),
        tier: if place == Place::Away && belief.tier > Tier::Position { Tier::None } else { belief.tier },
        store,
        since,
    }
}

/// A store around, with its distance from the point that was asked about, metres: negative inside.
type Around<'a> = (StoreIx, &'a Store, f64);

/// Returns the stores within the horizon, nearest first, at most eight.
fn around(catalog: &Catalog, point: Point) -> Vec<Around<'_>> {
    let mut nearest = Vec::new();
    for place in catalog.stores_around(point, HORIZON_M * 100) {
        let distance = catalog.store(place).map_or(i64::MAX, |store| store.footprint.signed_distance_cm(point));
        if distance < HORIZON_M * 100 {
            nearest.push((order::signed(distance), u32::from(place.0)));
        }
    }
    order::sort(&mut nearest);
    let found = |(distance, place): (u64, u32)| {
        let place = StoreIx(u16::try_from(place).ok()?);
        Some((place, catalog.store(place)?, metres(order::unsigned(distance))))
    };
    nearest.into_iter().take(limit::STORES).filter_map(found).collect()
}

/// Tells whether nobody on foot gets from one fix to the other in this time, whatever the errors.
fn is_jump(last: Fix, fix: Fix, seconds: f64) -> bool {
    let errors = i64::from(last.accuracy_cm) + i64::from(fix.accuracy_cm);
    metres(last.point.distance_cm(fix.point) - errors) > RIDING_M_S * seconds.max(1.0)
}

/// Learns from a fix that was rather taken outside how good this device's positions are under the open sky.
fn learn_sky(track: &mut Track, fix: Fix) {
    let worse = worse_than_sky(track, fix);
    if from_thousandths(track.indoors) < SURE && worse < ROOF {
        let learnt = sky_cm(track) * exp(SKY_STEP * worse.max(-1.0));
        track.sky_cm = whole(learnt.clamp(SKY_LEAST_CM, SKY_MOST_CM)).unsigned_abs();
    }
}

fn sky_cm(track: &Track) -> f64 {
    if track.sky_cm == 0 { SKY_CM } else { f64::from(track.sky_cm) }
}

fn worse_than_sky(track: &Track, fix: Fix) -> f64 {
    libm::log(f64::from(fix.accuracy_cm.max(1)) / sky_cm(track))
}

/// Returns the evidence for a stay indoors after one more fix, as it is kept.
fn evidence(track: &Track, (last, fix): (Option<Fix>, Fix), here: &[Around], (seconds, at): (f64, Timestamp)) -> u16 {
    // Logarithm of the ratio of two log-normal densities with the same spread.
    let roof = (worse_than_sky(track, fix) - ROOF / 2.0) * ROOF / (ROOF_SPREAD * ROOF_SPREAD);
    let deep = here.first().map_or(0.0, |(_, _, distance)| -distance * LOGISTIC / sigma(fix));
    let since = |stay: Stay| (seconds_between(stay.since, at) + seconds) / 2.0;
    let still = match (known(track), last) {
        (Some(stay), _) => stillness((stay.middle, spread(stay)), fix, since(stay)),
        (None, Some(last)) => stillness((last, sigma(last) * sigma(last)), fix, seconds),
        (None, None) => 0.0,
    };
    let reasons = roof.clamp(-MOST, MOST) + deep.clamp(0.0, MOST) + still.clamp(-MOST, MOST);
    thousandths(from_thousandths(track.indoors) + reasons * (1.0 - exp(-seconds / REPEATS_S)))
}

/// Returns the stay, where a fix says where it is.
fn known(track: &Track) -> Option<Stay> {
    track.stay.filter(|stay| stay.weight > 0)
}

/// Returns how much rather someone who stays than someone outside, who walks or stands, is found where `fix` is.
fn stillness((place, variance): (Fix, f64), fix: Fix, seconds: f64) -> f64 {
    let square = square_m2(place.point, fix.point);
    let variance = variance + sigma(fix) * sigma(fix);
    let walked = WALK_M_S * seconds.min(120.0);
    // NOTE: the smallest term stands for bad fixes, which happen in both cases.
    let stays = normal_2d(square, variance) + 1e-4 / variance;
    let walks = normal_2d(square, variance + walked * walked / 2.0) + 1e-4 / variance;
    libm::log(stays / (STANDING * stays + (1.0 - STANDING) * walks))
}

/// Takes a fix into the mean of the stay, less where it repeats the one before and where it lies far off.
fn extend(track: &mut Track, fix: Fix, (seconds, at): (f64, Timestamp)) -> Stay {
    let before = track.stay.map(|stay| (stay.named, stay.visited)).unwrap_or_default();
    let fresh = Stay { since: at, middle: fix, weight: 1_000, named: before.0, visited: before.1 };
    let stay = known(track).map_or(fresh, |stay| {
        let off = square_m2(stay.middle.point, fix.point) / (2.0 * sigma(fix) * sigma(fix));
        let news = (1.0 - exp(-seconds / ERROR_MEMORY_S)) / (1.0 + (off / 2.0 - 1.0).max(0.0));
        let before = f64::from(stay.weight) / 1_000.0;
        Stay {
            middle: between(stay.middle, fix, news / (before + news)),
            weight: stay.weight.saturating_add(weight(news)),
            ..stay
        }
    });
    track.stay = Some(stay);
    stay
}

/// Returns the fix that lies `share` of the way from one to the other, with an accuracy between theirs.
fn between(from: Fix, to: Fix, share: f64) -> Fix {
    let part = |from: i32, to: i32| from.saturating_add(whole((f64::from(to) - f64::from(from)) * share));
    let accuracy = f64::from(from.accuracy_cm) + (f64::from(to.accuracy_cm) - f64::from(from.accuracy_cm)) * share;
    Fix {
        point: Point {
            lat_e7: part(from.point.lat_e7, to.point.lat_e7),
            lon_e7: part(from.point.lon_e7, to.point.lon_e7),
        },
        accuracy_cm: whole(accuracy).unsigned_abs(),
    }
}

/// Returns the variance of a stay's mean: part of the error is the same in every fix.
fn spread(stay: Stay) -> f64 {
    let sigma = sigma(stay.middle);
    sigma * sigma * (ERROR_STAYS + (1.0 - ERROR_STAYS) * 1_000.0 / f64::from(stay.weight.max(1_000)))
}

/// Ends the stay, and counts it where it was a visit, or too long for one at the store that was said last.
///
/// A full list forgets the store that was counted longest ago.
fn end_stay(catalog: &Catalog, belief: &mut Belief) {
    let Some(stay) = belief.track.stay.take() else { return };
    let lasted = belief.at.since(stay.since);
    let is_long = lasted >= LONG_STAY;
    let place = stay.visited.or(key(catalog, belief.store.filter(|_| is_long))).filter(|_| lasted >= SHORTEST_VISIT);
    let Some(store) = place else { return };
    let known = belief.usual.iter().position(|usual| usual.store == store);
    let before = known.map_or(Usual { store, visits: 0, stays: 0 }, |at| belief.usual.remove(at));
    let halves = u32::from(before.visits.max(before.stays) >= USUAL_MOST);
    if belief.usual.len() >= limit::USUAL {
        belief.usual.remove(0);
    }
    let (visits, stays) = (before.visits >> halves, before.stays >> halves);
    belief.usual.push(Usual { store, visits: visits + u8::from(!is_long), stays: stays + u8::from(is_long) });
}

fn key(catalog: &Catalog, store: Option<StoreIx>) -> Option<Key> {
    store.and_then(|place| catalog.store(place)).map(|store| store.key)
}

/// Returns the belief about the stores around someone outside.
fn passing(here: &[Around], fix: Fix) -> Vec<StoreBelief> {
    let mut stores = Vec::new();
    add_near(&mut stores, here, sigma(fix));
    stores
}

/// Returns the belief about the stores around a stay: Bayes' rule over them, what is above them, and what is elsewhere.
fn weigh(catalog: &Catalog, belief: &Belief, stay: Stay, at: Timestamp) -> Vec<StoreBelief> {
    let here = around(catalog, stay.middle.point);
    let local = catalog.local(at);
    let variance = spread(stay);
    let sigma = deviation(variance);
    let door = belief.track.door.map(|(left, fix)| (fix, door_spread(fix, seconds_between(left, stay.since))));
    let visits = exp(-seconds_between(stay.since, at) / VISIT_S);
    let (mut all, mut other_ground) = (0.0, 1.0);
    let mut weights = Vec::new();
    for (place, store, distance) in &here {
        let side = metres(root(store.footprint.area_m2() * 10_000));
        let entered = door.map_or(1.0, |(door, spread)| {
            within(side, metres(store.footprint.signed_distance_cm(door.point)), deviation(spread))
        });
        let stays = within(side, *distance, sigma);
        let weight = entered * stays * visits * prior(belief, (*place, store), stay.named, local);
        all += weight + entered * stays * UPSTAIRS;
        other_ground -= stays * side * side;
        weights.push((*place, weight));
    }
    let entered =
        door.map_or(1.0, |(door, spread)| normal_2d(square_m2(door.point, stay.middle.point), spread + variance));
    all += RIVALS_M2 * entered * other_ground.max(0.05);
    let indoors = 1.0 / (1.0 + exp(SURE - from_thousandths(belief.track.indoors)));
    let inside = |(store, weight): (StoreIx, f64)| StoreBelief {
        store,
        inside: to_ppm(indoors * weight / all.max(f64::MIN_POSITIVE)),
        near: Ppm::ZERO,
    };
    let mut stores: Vec<StoreBelief> = weights.into_iter().map(inside).collect();
    add_near(&mut stores, &here, sigma);
    stores
}

/// Gives what is left of the belief to the nearest store, as far as they are near it at all.
fn add_near(stores: &mut Vec<StoreBelief>, here: &[Around], sigma: f64) {
    let Some((store, _, distance)) = here.first() else { return };
    let left = 1_000_000_u32.saturating_sub(stores.iter().map(|store| store.inside.parts()).sum());
    let near = to_ppm(f64::from(left) / 1e6 * normal((NEAR_M - distance) / sigma));
    match stores.iter_mut().find(|known| known.store == *store) {
        Some(known) => known.near = near,
        None => stores.push(StoreBelief { store: *store, inside: Ppm::ZERO, near }),
    }
}

/// Returns how often this store is visited, for every visit to a store of which nothing is known.
fn prior(belief: &Belief, (place, store): (StoreIx, &Store), named: Option<StoreIx>, local: Local) -> f64 {
    let usual = belief.usual.iter().find(|usual| usual.store == store.key);
    let usual = usual.map_or(1.0, |usual| (f64::from(usual.visits) + 2.0) / (f64::from(usual.stays) + 2.0));
    let open = if store.hours.open_at(local) { 1.0 } else { SHUT };
    if named == Some(place) { NAMED } else { usual * open }
}

/// Returns the density of a place with this variance around someone who may be anywhere in a store; per square metre.
///
/// The store is taken as a square that is approached straight on.
fn within(side: f64, distance: f64, sigma: f64) -> f64 {
    let across = normal(-distance / sigma) - normal(-(distance + side) / sigma);
    let along = 2.0 * normal(side / 2.0 / sigma) - 1.0;
    across * along / (side * side)
}

/// Returns the variance of the door around the last fix outside: its error, and the walk to the door in between.
fn door_spread(door: Fix, seconds: f64) -> f64 {
    let walked = WALK_M_S * seconds;
    sigma(door) * sigma(door) + walked * walked / 6.0
}

/// Returns the density of a two-dimensional normal distribution at a distance, per square metre.
fn normal_2d(square: f64, variance: f64) -> f64 {
    exp(-square / (2.0 * variance)) / (2.0 * core::f64::consts::PI * variance)
}

/// What makes a logistic curve a normal distribution.
///
/// Source: Bowling et al., "A logistic approximation to the cumulative normal distribution" (2009): error below 0.01.
const LOGISTIC: f64 = 1.702;

/// Returns the standard normal distribution.
fn normal(x: f64) -> f64 {
    1.0 / (1.0 + exp(-LOGISTIC * x))
}

/// Says where they are.
fn announce(catalog: &Catalog, belief: &mut Belief, at: Timestamp) {
    let before = (belief.place, belief.store);
    (belief.place, belief.store) = verdict(&belief.stores, before);
    if (belief.place, belief.store) != before {
        belief.since = at;
    }
    if let (Place::InStore, Some(stay)) = (belief.place, &mut belief.track.stay) {
        stay.visited = key(catalog, belief.store);
    }
}

/// Returns where they are and at which store, which is what was said before, unless there is as much evidence against it.
fn verdict(stores: &[StoreBelief], before: (Place, Option<StoreIx>)) -> (Place, Option<StoreIx>) {
    let (mut inside, mut nearest, mut around) = (None, None, 0.0);
    for store in stores {
        let is_said = before == (Place::InStore, Some(store.store));
        let enough = if is_said { LEAVE } else { ENTER };
        let (here, there) = (from_ppm(store.inside), from_ppm(store.inside) + from_ppm(store.near));
        if here >= enough && inside.is_none_or(|(most, _)| here > most) {
            inside = Some((here, store.store));
        }
        if nearest.is_none_or(|(most, _)| there > most) {
            nearest = Some((there, store.store));
        }
        around += there;
    }
    let is_near = around >= if before.0 == Place::Away { ENTER } else { LEAVE };
    match (inside, nearest.filter(|_| is_near)) {
        (Some((_, store)), _) => (Place::InStore, Some(store)),
        (None, Some((_, store))) => (Place::Near, Some(store)),
        (None, None) => (Place::Away, None),
    }
}

/// Returns the standard deviation of a fix along one axis, metres.
fn sigma(fix: Fix) -> f64 {
    (f64::from(fix.accuracy_cm) / 100.0 / RADIUS_68).max(FINEST_M)
}

/// Returns the standard deviation of a variance, to the centimetre: metres of square metres.
fn deviation(variance: f64) -> f64 {
    metres(root(i64::from(whole(variance)) * 10_000))
}

fn square_m2(a: Point, b: Point) -> f64 {
    let distance = metres(a.distance_cm(b));
    distance * distance
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

/// Returns the nearest whole number, of two the higher.
fn whole(number: f64) -> i32 {
    let above = number + 0.5;
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    let whole = above as i32;
    whole.saturating_sub((f64::from(whole) > above).into())
}

/// Returns the weight of a fix as it is kept.
fn weight(news: f64) -> u32 {
    whole(news * 1_000.0).unsigned_abs()
}

/// Returns evidence as it is kept: above the least, and no more than the most.
fn thousandths(evidence: f64) -> u16 {
    u16::try_from(whole(evidence.clamp(0.0, 2.0 * SURE) * 1_000.0)).unwrap_or(0)
}

fn from_thousandths(evidence: u16) -> f64 {
    f64::from(evidence) / 1_000.0
}
