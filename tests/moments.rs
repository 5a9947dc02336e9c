//! What signals come to mean: presence from fixes, needs and memories from purchases.
#![cfg(all(feature = "author", not(target_arch = "wasm32")))]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::cast_possible_truncation)]

use std::sync::LazyLock;

use tactful::author;
use tactful::catalog::{Attribute, Catalog};
use tactful::moment::{Facts, Moment, Stage, understand};
use tactful::profile::{Place, Profile, Tier};
use tactful::session::{Engine, Session};
use tactful::signal::Signal;
use tactful::value::{Seed, Timestamp};
use tactful::wire::signal::{FactTwin, ItemTwin, SignalTwin};
use tactful::wire::state;

static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::new(author::compile(include_str!("../examples/nordkorb/catalog.json")).unwrap()));

const NOON: u64 = 1_795_255_200_000; // Saturday 2026-11-21, noon in Helsinki
const DAY: u64 = 86_400_000;

#[test]
fn a_care_case_ages_and_is_forgotten_where_nobody_closes_it() {
    let mut shopper = Shopper::new();
    shopper.see(NOON, FactTwin::Care { case: "c", topic: 1, open: true });
    let asked = |after: u64| {
        let moment = shopper.0.moment(&ENGINE, Timestamp::from_ms((NOON + after).cast_signed()));
        let facts = Facts { catalog: &ENGINE.catalog, profile: shopper.0.profile(), moment: &moment };
        (moment.stage, facts.value(Attribute::CareAge), facts.value(Attribute::CareOpen))
    };
    assert_eq!(asked(0), (Stage::Service, Some(0), Some(1)));
    assert_eq!(asked(3 * DAY + 5_000), (Stage::Service, Some(4_320), Some(1)));
    assert_eq!(asked(90 * DAY - 1).0, Stage::Service);
    assert_eq!(asked(90 * DAY), (Stage::Discovery, None, Some(0)));
}

#[test]
fn what_was_scanned_expires_on_the_day_that_its_code_tells() {
    let mut shopper = Shopper::new();
    let mut asked = |query: &str, after: u64| {
        let code = format!("https://nordkorb.example/01/02000042000325?{query}");
        shopper.see(NOON, FactTwin::Scan { code: &code });
        let saved = state::encode(&ENGINE.catalog, shopper.0.profile());
        let profile = state::decode(&ENGINE.catalog, &saved).unwrap();
        let moment = understand(&ENGINE.catalog, &profile, Timestamp::from_ms((NOON + after).cast_signed()));
        Facts { catalog: &ENGINE.catalog, profile: &profile, moment: &moment }.value(Attribute::ExpiresIn)
    };
    assert_eq!(asked("17=261124", 0), Some(3 * 1_440));
    assert_eq!(asked("15=261121", 0), Some(0), "today it is fine");
    assert_eq!(asked("17=261120", 0), Some(-1_440));
    assert_eq!(asked("", 0), None);
    assert_eq!(asked("17=261124", 11 * 60_000), None, "they have gone on");
}

struct Shopper(Session);

impl Shopper {
    fn new() -> Self {
        let mut shopper = Self(Session::new(Profile::new(Seed(1))));
        shopper.see(0, FactTwin::Consent { remember: true });
        shopper
    }

    fn see(&mut self, at: u64, fact: FactTwin) {
        let signal: Signal = SignalTwin { at, fact }.resolve(&ENGINE.catalog).unwrap();
        self.0.observe(&ENGINE, &signal).unwrap();
    }

    /// A fix so many metres north and east of the middle of the store `kaisaniemi`.
    fn fix(&mut self, seconds: u64, north: f64, east: f64, accuracy_m: u32) {
        let centre = store("kaisaniemi").footprint.centre();
        let e7 = |metres: f64, metres_per_e7: f64| (metres / metres_per_e7) as i32;
        self.see(
            NOON + seconds * 1_000,
            FactTwin::Position {
                latitude_e7: centre.lat_e7 + e7(north, 0.011_132),
                longitude_e7: centre.lon_e7 + e7(east, 0.005_537),
                accuracy_cm: accuracy_m * 100,
            },
        );
    }

    fn buy(&mut self, at: u64, product: &str) {
        let id = format!("receipt-{at}");
        let items = vec![ItemTwin { id: product, category: "", price: None, quantity: 1, lot: "" }];
        self.see(at, FactTwin::Shop { event: 12, currency: "EUR", transaction: &id, term: "", items });
    }

    fn moment(&self, at: u64) -> Moment {
        understand(&ENGINE.catalog, self.0.profile(), Timestamp::from_ms(at.try_into().unwrap()))
    }

    fn place(&self, seconds: u64) -> Place {
        self.moment(NOON + seconds * 1_000).presence.place
    }
}

fn catalog() -> &'static Catalog {
    &ENGINE.catalog
}

fn store(id: &str) -> &'static tactful::catalog::Store {
    catalog().stores.iter().find(|store| catalog().text(store.id) == id).unwrap()
}

fn product(category: &str) -> &'static str {
    let kind = catalog().categories.iter().position(|kind| catalog().text(kind.id) == category).unwrap();
    let found = catalog().products.iter().find(|product| usize::from(product.category.0) == kind).unwrap();
    catalog().text(found.id)
}

#[test]
fn standing_inside_for_a_minute_is_being_in_the_store() {
    let mut shopper = Shopper::new();
    (0..12).for_each(|nth| shopper.fix(nth * 5, 0.0, 0.0, 10));
    let presence = shopper.moment(NOON + 60_000).presence;
    assert_eq!((presence.place, presence.tier), (Place::InStore, Tier::Position));
}

#[test]
fn one_fix_alone_is_not_enough() {
    let mut shopper = Shopper::new();
    shopper.fix(0, 0.0, 0.0, 10);
    assert_ne!(shopper.place(1), Place::InStore);
}

#[test]
fn driving_past_is_not_walking_in() {
    let mut shopper = Shopper::new();
    for nth in 0..40_u32 {
        shopper.fix(u64::from(nth) * 2, 0.0, -500.0 + f64::from(nth) * 25.0, 8);
        assert_ne!(shopper.place(u64::from(nth) * 2), Place::InStore, "fix {nth}");
    }
}

#[test]
fn one_stray_fix_does_not_end_a_visit_and_leaving_does() {
    let mut shopper = Shopper::new();
    (0..24).for_each(|nth| shopper.fix(nth * 5, 0.0, 0.0, 10));
    shopper.fix(120, 0.0, 150.0, 12);
    assert_eq!(shopper.place(121), Place::InStore);
    (0..24).for_each(|nth| shopper.fix(125 + nth * 5, 0.0, 150.0, 12));
    assert_ne!(shopper.place(245), Place::InStore);
}

#[test]
fn without_news_the_belief_fades_and_a_check_in_too() {
    let mut shopper = Shopper::new();
    shopper.see(NOON, FactTwin::CheckIn { store: "kamppi" });
    assert_eq!(shopper.place(60), Place::InStore);
    assert_eq!(shopper.place(2 * 3_600), Place::Away);
}

#[test]
fn a_check_in_by_a_clock_that_was_set_back_since_says_nothing() {
    let mut shopper = Shopper::new();
    shopper.see(NOON + 30 * DAY, FactTwin::CheckIn { store: "kamppi" });
    assert_eq!(shopper.place(60), Place::Away);
    assert_eq!(shopper.place(30 * 86_400 - 600), Place::InStore, "ten minutes ahead is no other clock");
}

#[test]
fn an_old_fix_that_comes_late_changes_nothing() {
    let mut shopper = Shopper::new();
    (0..24).for_each(|nth| shopper.fix(60 + nth * 5, 0.0, 0.0, 10));
    let before = shopper.moment(NOON + 180_000).presence;
    shopper.fix(0, 400.0, 400.0, 5);
    assert_eq!(shopper.moment(NOON + 180_000).presence, before);
}

#[test]
fn a_clock_set_back_does_not_blind_the_filter() {
    let mut shopper = Shopper::new();
    shopper.fix(1_000_000_000, 400.0, 400.0, 5);
    (0..12).for_each(|nth| shopper.fix(nth * 5, 0.0, 0.0, 10));
    assert_eq!(shopper.place(60), Place::InStore);
}

#[test]
fn a_habit_moves_the_due_date_from_what_is_usual_to_ones_own() {
    let coffee = product("coffee");
    let due_days = |purchases: u64, every: u64| {
        let mut shopper = Shopper::new();
        let last = NOON - 10 * DAY;
        (0..purchases).rev().for_each(|nth| shopper.buy(last - nth * every * DAY, coffee));
        let moment = shopper.moment(NOON);
        let need = moment.needs.first().copied();
        need.map(|need| need.in_days + 10)
    };
    let usual = due_days(1, 1).unwrap();
    let quick = due_days(8, 12).unwrap();
    assert!(quick < usual && quick >= 12, "{quick} days for a quick drinker, {usual} usually");
}

#[test]
fn who_stopped_needs_nothing() {
    let mut shopper = Shopper::new();
    (0..6).for_each(|nth| shopper.buy(NOON - (300 + nth * 14) * DAY, product("coffee")));
    assert!(shopper.moment(NOON).needs.is_empty());
}

#[test]
fn a_memory_has_an_age_and_never_hurts() {
    let memories = |category: &str, last_days_ago: u64| {
        let mut shopper = Shopper::new();
        (0..6).rev().for_each(|nth| shopper.buy(NOON - (last_days_ago + nth * 20) * DAY, product(category)));
        shopper.moment(NOON).memories.len()
    };
    assert_eq!(memories("biscuits", 200), 1);
    assert_eq!(memories("biscuits", 80), 0, "too young");
    assert_eq!(memories("nappies", 200), 0, "a sudden stop may mean loss");
    assert_eq!(memories("wine", 200), 0, "for adults only");
}

#[test]
fn without_consent_nothing_of_what_was_bought_is_stored() {
    use tactful::wire::state;
    let stored = |consent: Option<bool>| {
        let mut shopper = Shopper(Session::new(Profile::new(Seed(1))));
        shopper.see(NOON - DAY, FactTwin::CheckIn { store: "kamppi" });
        if let Some(remember) = consent {
            shopper.see(NOON - DAY, FactTwin::Consent { remember });
        }
        shopper.buy(NOON, product("coffee"));
        state::decode(catalog(), &state::encode(catalog(), shopper.0.profile())).unwrap()
    };
    for profile in [stored(None), stored(Some(false))] {
        assert_eq!((profile.purchases, profile.categories.0.len(), profile.products.0.len()), (0, 0, 0));
        assert_eq!(profile.belief.store, None);
    }
    assert_eq!(stored(Some(true)).products.0.len(), 1);
}

#[test]
fn a_network_tells_a_tier_and_never_a_store() {
    let mut shopper = Shopper::new();
    let centre = store("kaisaniemi").footprint.centre();
    let near = Some((centre.lat_e7, centre.lon_e7));
    let (language, country, product, category) = ("", "", "", "");
    let (gpc, save_data, address) = (false, false, "");
    shopper.see(NOON, FactTwin::Request { language, country, product, category, near, gpc, save_data, address });
    let presence = shopper.moment(NOON).presence;
    assert_eq!((presence.place, presence.tier, presence.store), (Place::Away, Tier::Request, None));
}

#[test]
fn forgetting_keeps_an_old_catalog_from_coming_back() {
    let mut session = Session::new(Profile { catalog_version: 7, ..Profile::new(Seed(1)) });
    session.forget(Timestamp::from_ms(9));
    let profile = session.profile();
    assert_eq!((profile.catalog_version, profile.unknown_since), (7, Some(Timestamp::from_ms(9))));
}

#[test]
fn a_history_that_is_imported_twice_counts_once() {
    let mut once = Shopper::new();
    let mut twice = Shopper::new();
    let day = |nth: u64| NOON - (400 - 3 * nth) * DAY;
    let import = |shopper: &mut Shopper| {
        for nth in 0..100 {
            let items = vec![ItemTwin { id: product("coffee"), category: "", price: Some(499), quantity: 1, lot: "" }];
            let transaction = format!("receipt-{nth}");
            let (currency, term) = ("", "");
            shopper.see(day(nth), FactTwin::Shop { event: 12, currency, transaction: &transaction, term, items });
        }
    };
    import(&mut once);
    import(&mut twice);
    import(&mut twice);
    assert_eq!(once.0.profile().products, twice.0.profile().products);
    assert_eq!((once.0.profile().purchases, twice.0.profile().purchases), (100, 100));
    let saved = tactful::wire::state::encode(&ENGINE.catalog, twice.0.profile());
    assert_eq!(&tactful::wire::state::decode(&ENGINE.catalog, &saved).unwrap(), twice.0.profile());
}
