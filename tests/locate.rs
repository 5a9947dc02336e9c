//! When it is worth asking the shopper where they are, and what asking comes to over many shoppers.
#![cfg(all(feature = "author", not(target_arch = "wasm32")))]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::sync::LazyLock;

use tactful::author;
use tactful::catalog::{Language, PlacementIx};
use tactful::explain::question;
use tactful::locate::{LEAST_CHANCE, Unwanted, Wanted};
use tactful::profile::{Place, Profile};
use tactful::session::{Engine, Session};
use tactful::value::{Key, Seed, Span, Timestamp};
use tactful::wire::signal::{FactTwin, ItemTwin, SignalTwin};
use tactful::wire::state;

static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::new(author::compile(include_str!("../examples/nordkorb/catalog.json")).unwrap()));

/// Saturday 2026-11-21, noon in Helsinki: all stores are open.
const NOON: Timestamp = Timestamp::from_ms(1_795_255_200_000);

struct Shopper(Session);

impl Shopper {
    fn new() -> Self {
        let mut shopper = Self(Session::new(Profile::new(Seed(3))));
        shopper.tell(NOON, FactTwin::Consent { remember: true });
        shopper
    }

    fn tell(&mut self, at: Timestamp, fact: FactTwin) {
        let signal = SignalTwin { at: at.ms().try_into().unwrap(), fact };
        self.0.observe(&ENGINE, &signal.resolve(&ENGINE.catalog).unwrap()).unwrap();
    }

    fn scan(&mut self, at: Timestamp) {
        let gtin = ENGINE
            .catalog
            .product_by_key(Key::of("nk-0032"))
            .and_then(|place| ENGINE.catalog.product(place)?.gtin)
            .unwrap();
        self.tell(at, FactTwin::Scan { code: &gtin.get().to_string() });
    }

    fn look(&mut self, at: Timestamp) {
        let item = ItemTwin { id: "nk-0032", category: "biscuits", price: None, quantity: 1, lot: "" };
        self.tell(at, FactTwin::Shop { event: 2, currency: "", transaction: "", term: "", items: vec![item] });
    }

    /// A check-in, which tells as surely as any position, at the store or away from all.
    fn fix(&mut self, at: Timestamp, inside: bool) {
        let centre = ENGINE.catalog.stores.first().unwrap().footprint.centre();
        let south = if inside { 0 } else { 900_000 };
        for step in 0..30 {
            let at = at.after(Span::from_ms(step * 5_000));
            let accuracy_cm = if inside { 2_000 } else { 800 };
            let latitude_e7 = centre.lat_e7 - south;
            self.tell(at, FactTwin::Position { latitude_e7, longitude_e7: centre.lon_e7, accuracy_cm });
        }
    }

    fn locate(&mut self, at: Timestamp) -> Result<Wanted, Unwanted> {
        self.0.locate(&ENGINE, aisle(), at)
    }

    fn place(&self, at: Timestamp) -> Place {
        self.0.moment(&ENGINE, at).presence.place
    }
}

fn aisle() -> PlacementIx {
    ENGINE.catalog.placement_by_id("aisle").unwrap()
}

fn after(minutes: u32) -> Timestamp {
    NOON.after(Span::minutes(minutes))
}

#[test]
fn who_only_opens_the_page_is_not_asked() {
    assert_eq!(Shopper::new().locate(NOON), Err(Unwanted::Unlikely));
}

#[test]
fn who_scans_a_product_is_asked_once_with_what_for() {
    let mut shopper = Shopper::new();
    shopper.scan(NOON);
    let wanted = shopper.locate(after(1)).unwrap();
    assert!(wanted.chance >= LEAST_CHANCE && wanted.gain.parts() > 0, "{wanted:?}");
    let english = question(&ENGINE.catalog, &wanted, Language::En);
    assert!(english.starts_with("In our stores: ") && english.ends_with(". May we see where you are?"), "{english}");
    assert!(!english.contains(['{', '}']) && english.chars().count() <= 140, "{english}");
    assert!(question(&ENGINE.catalog, &wanted, Language::De).starts_with("In unseren Läden: "));
    assert_eq!(shopper.locate(after(2)), Err(Unwanted::Asked { until: after(1).after(Span::days(1)) }));
}

#[test]
fn a_refusal_lasts_ninety_days_also_without_consent_and_after_a_reload() {
    let mut shopper = Shopper::new();
    shopper.tell(NOON, FactTwin::Consent { remember: false });
    shopper.scan(NOON);
    assert!(shopper.locate(after(1)).is_ok());
    shopper.tell(after(1), FactTwin::PositionRefused);
    let saved = state::encode(&ENGINE.catalog, shopper.0.profile());
    let mut shopper = Shopper(Session::new(state::decode(&ENGINE.catalog, &saved).unwrap()));
    let until = after(1).after(Span::days(90));
    for days in [1, 30, 89] {
        let at = NOON.after(Span::days(days));
        shopper.scan(at);
        assert_eq!(shopper.locate(at), Err(Unwanted::Refused { until }), "after {days} days");
    }
    let at = NOON.after(Span::days(91));
    shopper.scan(at);
    assert!(shopper.locate(at).is_ok());
}

#[test]
fn what_is_known_closed_or_busy_is_not_asked_for() {
    let mut shopper = Shopper::new();
    shopper.fix(NOON, true);
    assert_eq!(shopper.place(after(2)), Place::InStore);
    shopper.scan(after(3));
    assert_eq!(shopper.locate(after(3)), Err(Unwanted::Known));

    let mut typing = Shopper::new();
    typing.scan(NOON);
    let (visible, idle, typed, playing, paying) = (None, None, Some(true), None, None);
    typing.tell(
        NOON,
        FactTwin::Attention {
            visible,
            idle,
            typing: typed,
            playing,
            paying,
            full_screen: None,
            save_data: None,
            utc_offset: None,
        },
    );
    assert!(matches!(typing.locate(after(1)), Err(Unwanted::Silent(_))));

    // Sunday morning at six: no quiet hours any more would be the only other reason, so both are fine.
    let mut early = Shopper::new();
    let dawn = NOON.after(Span::minutes(18 * 60));
    early.scan(dawn);
    assert!(matches!(early.locate(dawn), Err(Unwanted::Unlikely | Unwanted::Silent(_))));
}

#[test]
fn an_answer_changes_what_is_said() {
    let mut shopper = Shopper::new();
    shopper.scan(NOON);
    let wanted = shopper.locate(after(1)).unwrap();
    let before = shopper.0.ask(&ENGINE, aisle(), after(1)).ready.best().map(|(best, _)| best.offer);
    assert_ne!(before, Some(wanted.offer));
}

/// Simulated shoppers, who open the page in a store as often as is theirs, and answer most of the time when asked. Not
/// real ones: it is shown that the rule keeps to what it promises, whatever their habits are.
#[test]
fn in_simulation_every_third_answer_changes_the_decision() {
    let mut seed = Seed(7);
    let (mut asked, mut changed, mut visits, mut at_home) = (0, 0, 0, 0);
    for person in 0..60_u32 {
        let in_store = person * 100 / 60;
        let mut shopper = Shopper::new();
        for day in 1..80_u32 {
            visits += 1;
            let at = NOON.after(Span::days(day));
            let inside = seed.below(100) < in_store;
            shopper.look(at);
            // Some scan a product: most of them in a store.
            if seed.below(100) < if inside { 40 } else { 5 } {
                shopper.scan(at);
            }
            let Ok(_) = shopper.locate(at) else { continue };
            if seed.below(100) >= 70 {
                continue;
            }
            asked += 1;
            at_home += u32::from(in_store < 20);
            let without = shopper.0.clone().ask(&ENGINE, aisle(), at).ready.best().map(|(best, _)| best.offer);
            shopper.fix(at, inside);
            let later = at.after(Span::minutes(3));
            let with = shopper.0.clone().ask(&ENGINE, aisle(), later).ready.best().map(|(best, _)| best.offer);
            changed += u32::from(without != with);
        }
    }
    eprintln!(
        "{visits} visits, asked and told {asked} times, of which {changed} changed the decision; {at_home} times those who \
         are in a store at fewer than every fifth visit, which are a fifth of all"
    );
    assert!(asked > visits / 10, "asked {asked} times in {visits} visits");
    assert!(at_home * 4 < visits / 5, "who is seldom in a store was asked {at_home} times");
    assert!(changed * 3 >= asked, "{changed} of {asked}");
}
