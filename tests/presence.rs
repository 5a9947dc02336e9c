//! Walks, rides and stays, and what the filter says along them. Where nothing else is said: a fix every five seconds, its
//! error drawn from the accuracy that it claims, 8 m under the open sky and 16 m under a roof.
#![cfg(all(feature = "author", not(target_arch = "wasm32")))]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]

use proptest::prelude::*;
use serde_json::{Value, json};
use tactful::author;
use tactful::mark::MarkIx;
use tactful::moment::Presence;
use tactful::profile::{Place, Profile, Tier};
use tactful::session::{Engine, Session};
use tactful::signal::{Beacon, Fact, Fix, Request, Scan, Signal};
use tactful::store::{Point, StoreIx};
use tactful::value::{Key, Seed, Span, Timestamp};
use tactful::wire::state;

/// Tuesday 2026-01-06, noon in Helsinki.
const NOON: Timestamp = Timestamp::from_ms(1_767_693_600_000);
const STREET_M: f64 = 8.0;
const ROOF_M: f64 = 16.0;

/// Metres east and north of 60 degrees north, 25 degrees east.
type Spot = (f64, f64);

fn degrees((east, north): Spot) -> (f64, f64) {
    (60.0 + north / 111_319.0, 25.0 + east / (111_319.0 * 0.5))
}

fn ring((west, south): Spot, (east, north): Spot) -> Value {
    let corners = [(west, south), (east, south), (east, north), (west, north), (west, south)];
    corners.map(degrees).map(|(lat, lon)| json!([lon, lat])).into_iter().collect()
}

fn store(id: &str, rings: &[Value], hours: &str) -> Value {
    let geometry = json!({ "type": "Polygon", "coordinates": rings });
    json!({ "id": id, "name": id, "opening_hours": hours, "geometry": geometry })
}

fn shop(stores: &[Value]) -> Engine {
    let catalog = json!({
        "name": "Walks", "version": 1, "purpose": "To be walked by.", "currency": "EUR", "languages": ["en"],
        "timezone": "Europe/Helsinki", "goals": { "usefulness": 100, "margin": 0, "reach": 0 },
        "cadence": { "gap_minutes": 60, "caps": [{ "impressions": 1, "hours": 24 }] }, "stores": stores,
        "categories": [{ "id": "all", "name": { "en": "All" } }], "products": [], "offers": [],
        "placements": [{ "id": "home" }],
    });
    Engine::new(author::compile(&catalog.to_string()).unwrap())
}

/// A store of 24 m x 24 m, north of a street that runs from west to east along its wall; its door is at (12, 0).
fn corner_shop() -> Engine {
    shop(&[store("corner", &[ring((0.0, 0.0), (24.0, 24.0))], "24/7")])
}

const DOOR: Spot = (12.0, -2.0);
const INSIDE: Spot = (12.0, 12.0);
const DOWN_THE_STREET: Spot = (-200.0, -8.0);

/// One shopper with a phone.
struct Walk<'a> {
    engine: &'a Engine,
    session: Session,
    seconds: u32,
    chance: u64,
    /// What was said at each fix: seconds, place, store.
    said: Vec<(u32, Place, Option<StoreIx>)>,
}

impl<'a> Walk<'a> {
    fn new(engine: &'a Engine) -> Self {
        let mut walk =
            Self { engine, session: Session::new(Profile::new(Seed(1))), seconds: 0, chance: 7, said: vec![] };
        walk.tell(Fact::Consent { remember: true });
        walk
    }

    fn tell(&mut self, fact: Fact) {
        let at = NOON.after(Span::from_ms(i64::from(self.seconds) * 1_000));
        self.session.observe(self.engine, &Signal { at, fact }).unwrap();
    }

    fn presence(&self) -> Presence {
        let now = NOON.after(Span::from_ms(i64::from(self.seconds) * 1_000));
        self.session.moment(self.engine, now).presence
    }

    fn place(&self) -> Place {
        self.presence().place
    }

    /// A number between -1 and 1, most often near 0: the sum of some.
    fn noise(&mut self) -> f64 {
        let mut sum = 0.0;
        for _ in 0..6 {
            self.chance = self.chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            sum += f64::from((self.chance >> 40) as u32) / f64::from(1_u32 << 24) - 0.5;
        }
        sum / 3.0
    }

    /// A fix with an error of its own, whatever accuracy it claims, metres.
    fn fix_with(&mut self, (east, north): Spot, error: f64, claimed: f64) {
        // NOTE: the noise has a standard deviation of 0.24, an error of one axis that of its 68 % radius by 1.51.
        let shift = (self.noise() * error / 1.51 / 0.24, self.noise() * error / 1.51 / 0.24);
        let (lat, lon) = degrees((east + shift.0, north + shift.1));
        let point = Point { lat_e7: (lat * 1e7) as i32, lon_e7: (lon * 1e7) as i32 };
        self.tell(Fact::Position(Fix { point, accuracy_cm: (claimed * 100.0) as u32 }));
        let Presence { place, store, .. } = self.presence();
        self.said.push((self.seconds, place, store));
    }

    fn fix(&mut self, spot: Spot, accuracy: f64) {
        self.fix_with(spot, accuracy, accuracy);
    }

    fn stay(&mut self, spot: Spot, seconds: u32, accuracy: f64) {
        for _ in 0..seconds / 5 {
            self.seconds += 5;
            self.fix(spot, accuracy);
        }
    }

    /// Goes straight on, metres a second.
    fn go(&mut self, from: Spot, to: Spot, speed: f64, accuracy: f64) {
        let fixes = ((to.0 - from.0).hypot(to.1 - from.1) / speed / 5.0) as u32;
        for nth in 0..=fixes {
            let part = f64::from(nth) / f64::from(fixes.max(1));
            self.seconds += 5;
            self.fix((from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part), accuracy);
        }
    }

    fn walk(&mut self, from: Spot, to: Spot) {
        self.go(from, to, 1.3, STREET_M);
    }

    /// Comes along the street and in.
    fn enter(&mut self) {
        self.walk(DOWN_THE_STREET, DOOR);
    }

    fn was_ever_in(&self) -> bool {
        self.said.iter().any(|(_, place, _)| *place == Place::InStore)
    }

    /// Seconds from `since` until something else than `place` was said for the first time, or it was said first.
    fn until(&self, since: u32, place: Place) -> Option<u32> {
        let found = self.said.iter().find(|(at, said, _)| *at >= since && *said == place);
        found.map(|(at, ..)| at - since)
    }
}

#[test]
fn a_visit_is_said_within_a_minute_and_so_is_its_end() {
    let shop = corner_shop();
    let mut walk = Walk::new(&shop);
    walk.enter();
    assert!(!walk.was_ever_in(), "{:?}", walk.said);
    let came = walk.seconds;
    walk.stay(INSIDE, 300, ROOF_M);
    assert!(walk.until(came, Place::InStore).unwrap() <= 60, "{:?}", walk.said);
    assert_eq!((walk.place(), walk.presence().tier), (Place::InStore, Tier::Position));
    let left = walk.seconds;
    walk.walk(DOOR, DOWN_THE_STREET);
    assert!(walk.until(left, Place::Near).unwrap() <= 60 && walk.place() == Place::Away, "{:?}", walk.said);
    assert_eq!(walk.said.iter().filter(|(at, place, _)| *at > left + 60 && *place == Place::InStore).count(), 0);
}

#[test]
fn who_walks_past_is_near_and_no_more() {
    let shop = corner_shop();
    for lane in [-2.0, -5.0, -12.0] {
        let mut walk = Walk::new(&shop);
        walk.walk((-250.0, lane), (250.0, lane));
        assert!(!walk.was_ever_in() && walk.until(0, Place::Near).is_some(), "{:?}", walk.said);
        assert_eq!(walk.place(), Place::Away);
    }
}

#[test]
fn who_drives_past_is_neither_in_nor_near() {
    let shop = corner_shop();
    for speed in [7.0, 14.0, 28.0] {
        let mut walk = Walk::new(&shop);
        walk.go((-900.0, -8.0), (900.0, -8.0), speed, STREET_M);
        assert!(!walk.was_ever_in() && walk.until(0, Place::Near).is_none(), "{speed} m/s: {:?}", walk.said);
    }
}

#[test]
fn a_bus_that_stops_in_front_of_every_store_enters_none() {
    let stores: Vec<Value> = (0..6)
        .map(|nth| f64::from(nth) * 300.0)
        .collect::<Vec<_>>()
        .into_iter()
        .enumerate()
        .map(|(nth, west)| store(&format!("s{nth}"), &[ring((west, 0.0), (west + 24.0, 24.0))], "24/7"))
        .collect();
    let shop = shop(&stores);
    // Under the roof of a bus the accuracy is between that of the street and that of a building.
    for accuracy in [8.0, 12.0, 16.0] {
        let mut walk = Walk::new(&shop);
        walk.walk((-400.0, -8.0), (-300.0, -8.0));
        for nth in 0..6 {
            let west = f64::from(nth) * 300.0;
            walk.go((west - 290.0, -8.0), (west + 12.0, -8.0), 10.0, accuracy);
            walk.stay((west + 12.0, -8.0), 45, accuracy);
        }
        assert!(!walk.was_ever_in(), "{accuracy} m: {:?}", walk.said);
    }
}

#[test]
fn who_waits_at_the_door_is_near() {
    let shop = corner_shop();
    let mut walk = Walk::new(&shop);
    walk.enter();
    walk.stay((12.0, -4.0), 900, STREET_M);
    assert!(!walk.was_ever_in(), "{:?}", walk.said);
    assert_eq!(walk.place(), Place::Near);
}

#[test]
fn who_goes_next_door_is_near() {
    let shop = corner_shop();
    let mut walk = Walk::new(&shop);
    walk.walk(DOWN_THE_STREET, (-30.0, -2.0));
    walk.stay((-30.0, 12.0), 900, ROOF_M);
    assert!(!walk.was_ever_in(), "{:?}", walk.said);
    assert_eq!(walk.place(), Place::Near);
}

#[test]
fn a_gap_of_minutes_does_not_end_a_visit_and_one_of_an_hour_does() {
    let shop = corner_shop();
    let mut walk = Walk::new(&shop);
    walk.enter();
    walk.stay(INSIDE, 120, ROOF_M);
    walk.seconds += 240;
    assert_eq!(walk.place(), Place::InStore);
    walk.stay(INSIDE, 15, ROOF_M);
    assert_eq!(walk.place(), Place::InStore);
    walk.seconds += 3_600;
    assert_eq!(walk.place(), Place::Away);
    walk.stay(DOWN_THE_STREET, 10, STREET_M);
    assert_eq!(walk.place(), Place::Away);
}

#[test]
fn a_fix_that_jumps_neither_ends_a_visit_nor_makes_one() {
    let shop = corner_shop();
    let mut walk = Walk::new(&shop);
    walk.walk((-150.0, -60.0), (-100.0, -60.0));
    for _ in 0..8 {
        walk.stay((-100.0, -60.0), 20, STREET_M);
        walk.seconds += 5;
        walk.fix(INSIDE, ROOF_M);
    }
    assert!(!walk.was_ever_in(), "{:?}", walk.said);
    walk.walk((-100.0, -60.0), DOOR);
    walk.stay(INSIDE, 120, ROOF_M);
    walk.fix((150.0, 150.0), 6.0);
    assert_eq!(walk.place(), Place::InStore);
    walk.stay(INSIDE, 10, ROOF_M);
    assert_eq!(walk.place(), Place::InStore);
}

#[test]
fn an_accuracy_that_is_wrong_makes_no_visit() {
    let shop = corner_shop();
    // What the phone claims, and what is true, metres: boasting, timid, and coarse.
    for (claimed, error) in [(3.0, 12.0), (40.0, 8.0), (120.0, 80.0), (2_000.0, 900.0)] {
        let mut walk = Walk::new(&shop);
        for nth in 0..120 {
            walk.seconds += 5;
            walk.fix_with((f64::from(nth) * 6.5 - 390.0, -6.0), error, claimed);
        }
        for _ in 0..60 {
            walk.seconds += 5;
            walk.fix_with((12.0, -10.0), error, claimed);
        }
        assert!(!walk.was_ever_in(), "claims {claimed}, is {error}: {:?}", walk.said);
    }
}

#[test]
fn between_two_stores_that_share_a_wall_near_is_the_truth() {
    let wide = |west: f64| ring((west, 0.0), (west + 40.0, 40.0));
    let shop = shop(&[store("west", &[wide(-40.0)], "24/7"), store("east", &[wide(0.0)], "24/7")]);
    let mut deep = Walk::new(&shop);
    deep.walk((-150.0, -8.0), (-25.0, -2.0));
    deep.stay((-28.0, 20.0), 300, ROOF_M);
    assert_eq!((deep.place(), deep.presence().store), (Place::InStore, Some(StoreIx(0))));
    assert!(deep.said.iter().all(|(_, place, store)| *place != Place::InStore || *store == Some(StoreIx(0))));
    let mut between = Walk::new(&shop);
    between.walk((-150.0, -8.0), (0.0, -2.0));
    between.stay((0.0, 20.0), 300, ROOF_M);
    let wrong = between.said.iter().filter(|(_, place, _)| *place == Place::Away).count();
    assert!(between.presence().probability.parts() < 700_000 && wrong < 30, "{:?}", between.said);
}

#[test]
fn nobody_shops_in_a_store_that_is_shut() {
    let shop = shop(&[store("corner", &[ring((0.0, 0.0), (24.0, 24.0))], "Mo-Su 14:00-20:00")]);
    let mut walk = Walk::new(&shop);
    walk.enter();
    walk.stay(INSIDE, 600, ROOF_M);
    assert!(!walk.was_ever_in() && walk.place() == Place::Near, "{:?}", walk.said);
}

#[test]
fn a_courtyard_is_not_the_store_around_it() {
    let rings = [ring((-60.0, 0.0), (60.0, 120.0)), ring((-45.0, 15.0), (45.0, 105.0))];
    let shop = shop(&[store("block", &rings, "24/7")]);
    let mut court = Walk::new(&shop);
    court.walk((-250.0, -8.0), (0.0, -8.0));
    court.walk((0.0, -8.0), (0.0, 60.0));
    court.stay((0.0, 60.0), 600, STREET_M);
    assert_eq!(court.place(), Place::Near, "{:?}", court.said);
    let mut wing = Walk::new(&shop);
    wing.walk((-250.0, -8.0), (-52.0, -2.0));
    wing.stay((-52.0, 60.0), 300, ROOF_M);
    assert_eq!(wing.place(), Place::InStore, "{:?}", wing.said);
}

#[test]
fn who_lives_upstairs_is_at_home_and_the_phone_learns_it() {
    let shop = corner_shop();
    let mut walk = Walk::new(&shop);
    let evening = |walk: &mut Walk, minutes: u32| {
        walk.said.clear();
        walk.seconds += 43_200;
        walk.enter();
        walk.stay(INSIDE, minutes * 60, ROOF_M);
        let said = (walk.was_ever_in(), walk.place());
        walk.walk(DOOR, DOWN_THE_STREET);
        said
    };
    assert_eq!(evening(&mut walk, 150), (true, Place::Near), "after hours it is no visit, and at first nobody knows");
    for _ in 0..4 {
        evening(&mut walk, 90);
    }
    assert_eq!(evening(&mut walk, 90), (false, Place::Near));
    let usual = walk.session.profile().belief.usual.clone();
    assert_eq!((usual.len(), usual[0].store, usual[0].visits, usual[0].stays), (1, Key::of("corner"), 0, 6));
}

#[test]
fn a_usual_store_is_believed_sooner() {
    let shop = corner_shop();
    let mut walk = Walk::new(&shop);
    // A little off: not sure at first.
    let visit = |walk: &mut Walk| {
        walk.seconds += 43_200;
        walk.walk(DOWN_THE_STREET, (20.0, -6.0));
        walk.stay((30.0, 20.0), 400, ROOF_M);
        let probability = walk.presence().probability;
        walk.walk(DOOR, DOWN_THE_STREET);
        probability
    };
    let stranger = visit(&mut walk);
    for _ in 0..6 {
        walk.seconds += 43_200;
        walk.enter();
        walk.stay(INSIDE, 400, ROOF_M);
        walk.walk(DOOR, DOWN_THE_STREET);
    }
    assert!(walk.session.profile().belief.usual[0].visits >= 6);
    assert!(visit(&mut walk) > stranger);
}

#[test]
fn a_label_names_the_store_until_the_shopper_leaves_it() {
    let shop = corner_shop();
    let mut walk = Walk::new(&shop);
    walk.enter();
    walk.stay((18.0, 30.0), 20, ROOF_M);
    walk.tell(Fact::Scan(Scan { store: Some(StoreIx(0)), ..Scan::default() }));
    assert_eq!((walk.place(), walk.presence().tier), (Place::InStore, Tier::Scan));
    walk.stay((18.0, 30.0), 200, ROOF_M);
    assert_eq!((walk.place(), walk.presence().tier), (Place::InStore, Tier::Scan), "{:?}", walk.said);
    walk.walk(DOOR, DOWN_THE_STREET);
    assert_eq!((walk.place(), walk.presence().tier), (Place::Away, Tier::Position), "{:?}", walk.said);
}

#[test]
fn a_visit_goes_on_after_the_page_was_left_and_opened_again() {
    let shop = corner_shop();
    let mut walk = Walk::new(&shop);
    walk.enter();
    walk.stay(INSIDE, 60, ROOF_M);
    let saved = state::encode(&shop.catalog, walk.session.profile());
    let profile = state::decode(&shop.catalog, &saved).unwrap();
    assert_eq!(&profile, walk.session.profile());
    walk.session = Session::new(profile);
    walk.stay(INSIDE, 60, ROOF_M);
    assert_eq!(walk.place(), Place::InStore);
}

#[test]
fn a_habit_is_bounded_and_needs_consent() {
    let stores: Vec<Value> = (0..40)
        .map(|nth| (nth, f64::from(nth) * 300.0))
        .map(|(nth, west)| store(&format!("s{nth}"), &[ring((west, 0.0), (west + 24.0, 24.0))], "24/7"))
        .collect();
    let shop = shop(&stores);
    let mut walk = Walk::new(&shop);
    for nth in 0..40 {
        walk.seconds += 3_600;
        let west = f64::from(nth) * 300.0;
        walk.walk((west - 60.0, -8.0), (west + 12.0, -2.0));
        walk.stay((west + 12.0, 12.0), 300, ROOF_M);
        walk.walk((west + 12.0, -2.0), (west - 60.0, -8.0));
    }
    assert_eq!(walk.session.profile().belief.usual.len(), 16);
    walk.tell(Fact::Consent { remember: false });
    assert!(walk.session.profile().belief.usual.is_empty());
}

/// Fixes around two stores, some absurd, at times that also go back.
fn fixes() -> impl Strategy<Value = Vec<(i64, i32, i32, u32)>> {
    let near = (-4_000..4_000_i32, -8_000..8_000_i32).prop_map(|(lat, lon)| (600_000_000 + lat, 250_000_000 + lon));
    let anywhere = (any::<i32>(), any::<i32>());
    let step = prop_oneof![8 => 0..20_000_i64, 1 => -2_000_000..2_000_000_i64, 1 => any::<i32>().prop_map(i64::from)];
    let accuracy = prop_oneof![8 => 100..8_000_u32, 1 => any::<u32>()];
    let point = prop_oneof![12 => near, 1 => anywhere];
    prop::collection::vec((step, point, accuracy).prop_map(|(step, (lat, lon), acc)| (step, lat, lon, acc)), 1..120)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_told_beliefs_are_probabilities_and_survive_saving(fixes in fixes(), label in 0..60_usize) {
        let shop = shop(&[
            store("a", &[ring((0.0, 0.0), (24.0, 24.0))], "24/7"),
            store("b", &[ring((24.0, 0.0), (60.0, 24.0))], "Mo-Fr 08:00-20:00"),
        ]);
        let mut session = Session::new(Profile { consent: Some(true), ..Profile::new(Seed(1)) });
        let mut at = NOON.ms();
        for (nth, (step, lat_e7, lon_e7, accuracy_cm)) in fixes.into_iter().enumerate() {
            at = at.saturating_add(step);
            let now = Timestamp::from_ms(at);
            let fix = Fact::Position(Fix { point: Point { lat_e7, lon_e7 }, accuracy_cm });
            let fact = if nth == label { Fact::CheckIn(StoreIx(1)) } else { fix };
            session.observe(&shop, &Signal { at: now, fact }).unwrap();
            let belief = &session.profile().belief;
            let sum: u32 = belief.stores.iter().map(|store| store.inside.parts() + store.near.parts()).sum();
            prop_assert!(sum <= 1_000_000 && belief.stores.len() <= 8, "{belief:?}");
            for later in [0, 60_000, 600_000] {
                let presence = session.moment(&shop, Timestamp::from_ms(at.saturating_add(later))).presence;
                prop_assert!(presence.probability.parts() <= 1_000_000);
                prop_assert_eq!(presence.place == Place::Away, presence.store.is_none());
            }
            let saved = state::encode(&shop.catalog, session.profile());
            prop_assert_eq!(&state::decode(&shop.catalog, &saved).unwrap(), session.profile());
        }
    }
}

/// Two stores of 24 m x 24 m at 400 m from one another that share a network; the first has a beacon.
fn networked_shops() -> Engine {
    let mut first = store("first", &[ring((0.0, 0.0), (24.0, 24.0))], "Mo-Su 08:00-20:00");
    first["networks"] = json!(["198.51.100.0/28", "203.0.113.8"]);
    first["beacons"] = json!([{ "uuid": "f7826da6-4fa2-4e98-8024-bc5b71e0893e" }]);
    let mut second = store("second", &[ring((400.0, 0.0), (424.0, 24.0))], "24/7");
    second["networks"] = json!(["198.51.100.0/28"]);
    shop(&[first, second])
}

/// The marks above as they are sorted: by kind, and by name. Of those that are the same, the last.
const SHARED: MarkIx = MarkIx(1);
const OWN: MarkIx = MarkIx(2);
const BEACON: MarkIx = MarkIx(3);

impl Walk<'_> {
    fn request(&mut self, network: MarkIx) -> Presence {
        self.tell(Fact::Request(Request { network: Some(network), ..Request::default() }));
        self.presence()
    }

    fn hear(&mut self, rssi: i8) -> Presence {
        self.tell(Fact::Beacon(Beacon { mark: Some(BEACON), rssi, power: -59 }));
        self.presence()
    }
}

#[test]
fn a_network_of_one_store_names_it_and_saying_so_again_makes_it_no_surer() {
    let shops = networked_shops();
    let mut walk = Walk::new(&shops);
    let once = walk.request(OWN);
    assert_eq!((once.place, once.store, once.tier), (Place::InStore, Some(StoreIx(0)), Tier::Network));
    assert!((800_000..=900_000).contains(&once.probability.parts()), "{once:?}");
    for _ in 0..20 {
        walk.seconds += 30;
        assert!(walk.request(OWN).probability.parts() <= 900_000);
    }
    walk.seconds += 2 * 3_600;
    assert_eq!((walk.place(), walk.presence().tier), (Place::Away, Tier::None), "it fades");
}

#[test]
fn a_network_that_two_stores_share_is_near_both_until_a_fix_tells_which() {
    let shops = networked_shops();
    let mut walk = Walk::new(&shops);
    assert_eq!(walk.request(SHARED).place, Place::Near);
    let mut walk = Walk::new(&shops);
    walk.fix((412.0, -10.0), 10.0);
    walk.seconds += 30;
    let presence = walk.request(SHARED);
    assert_eq!((presence.place, presence.store), (Place::Near, Some(StoreIx(1))), "{presence:?}");
    walk.stay((412.0, 12.0), 10, ROOF_M);
    assert_eq!((walk.request(SHARED).place, walk.presence().store), (Place::InStore, Some(StoreIx(1))));
}

#[test]
fn a_network_and_a_beacon_say_nothing_to_who_is_far_away() {
    let shops = networked_shops();
    let mut walk = Walk::new(&shops);
    walk.fix((-2_000.0, 0.0), 10.0);
    walk.seconds += 10;
    assert_eq!((walk.request(OWN).place, walk.hear(-50).place), (Place::Away, Place::Away));
}

#[test]
fn a_store_that_is_shut_is_rather_passed_by() {
    let shops = networked_shops();
    let mut walk = Walk::new(&shops);
    walk.seconds += 10 * 3_600;
    assert_ne!(walk.request(OWN).place, Place::InStore);
}

#[test]
fn one_weak_packet_is_near_and_many_strong_ones_are_inside() {
    let shops = networked_shops();
    let mut walk = Walk::new(&shops);
    let weak = walk.hear(-98);
    assert_eq!((weak.place, weak.store, weak.tier), (Place::Near, Some(StoreIx(0)), Tier::Beacon));
    assert!(weak.probability.parts() < 200_000, "{weak:?}");
    for _ in 0..60 {
        walk.seconds += 1;
        walk.hear(-66);
    }
    let inside = walk.presence();
    assert_eq!(inside.place, Place::InStore);
    assert!((900_000..=970_000).contains(&inside.probability.parts()), "{inside:?}");
    for _ in 0..60 {
        walk.seconds += 1;
        walk.hear(-97);
    }
    assert_eq!(walk.place(), Place::Near, "they went out");
}

#[test]
fn who_walks_out_is_out_whatever_the_network_said() {
    let shops = networked_shops();
    let mut walk = Walk::new(&shops);
    walk.request(OWN);
    walk.stay(INSIDE, 60, ROOF_M);
    assert_eq!((walk.place(), walk.presence().tier), (Place::InStore, Tier::Network));
    walk.go(DOOR, DOWN_THE_STREET, 1.3, STREET_M);
    assert_eq!(walk.place(), Place::Away);
}

#[test]
fn a_check_in_is_not_called_a_guess_of_the_network() {
    let shops = networked_shops();
    let mut walk = Walk::new(&shops);
    walk.tell(Fact::CheckIn(StoreIx(0)));
    let before = walk.presence();
    assert_eq!(walk.request(OWN), before);
}
