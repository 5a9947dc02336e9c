//! How close to buying: the stages follow what a shopper does, the probability rises and decays, and tables are learnt.
#![cfg(all(feature = "author", not(target_arch = "wasm32")))]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::cast_possible_wrap)]

use std::sync::LazyLock;

use tactful::author;
use tactful::catalog::intent::CLUES;
use tactful::catalog::{Catalog, IntentOdds};
use tactful::mark::Marks;
use tactful::moment::{Intent, IntentStage, understand};
use tactful::profile::Profile;
use tactful::value::{Seed, Timestamp};
use tactful::wire::pack::{self, PackFault};
use tactful::wire::signal::{FactTwin, ItemTwin, SignalTwin};
use tactful::wire::state;

static CATALOG: LazyLock<Catalog> =
    LazyLock::new(|| author::compile(include_str!("../examples/nordkorb/catalog.json")).unwrap());

const NOON: i64 = 1_795_255_200_000; // Saturday 2026-11-21, noon in Helsinki
const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;

/// A shopper who is told what happens, second by second.
struct Shopper(Profile);

impl Shopper {
    fn new() -> Self {
        Self(Profile::new(Seed(1)))
    }

    fn tell(&mut self, ms: i64, fact: FactTwin) {
        let signal = SignalTwin { at: (NOON + ms).cast_unsigned(), fact };
        self.0.remember(&CATALOG, &signal.resolve(&CATALOG).unwrap());
    }

    /// A shop event by its name, with one product.
    fn does(&mut self, ms: i64, name: &str, id: &str) {
        let known = tactful::signal::ShopEventKind::ALL.iter().zip(0..);
        let event = known.clone().find(|((_, known), _)| *known == name).unwrap().1;
        let items = vec![ItemTwin { id, category: "", price: Some(249), quantity: 1, lot: "" }];
        self.tell(ms, FactTwin::Shop { event, currency: "EUR", transaction: "", term: "", items });
    }

    fn intent(&self, ms: i64) -> Intent {
        understand(&CATALOG, &self.0, Timestamp::from_ms(NOON + ms)).intent
    }

    fn stage(&self, ms: i64) -> IntentStage {
        self.intent(ms).stage
    }

    fn purchase(&self, ms: i64) -> u32 {
        self.intent(ms).purchase.parts()
    }
}

/// Looks at so many cheeses, ten seconds apart.
fn looked(cheeses: usize) -> Shopper {
    let mut shopper = Shopper::new();
    let ids = ["nk-0009", "nk-0010", "nk-0011", "nk-0012"];
    for (id, nth) in ids.iter().cycle().zip(0..).take(cheeses) {
        shopper.does(nth * 10 * SECOND, "view_item", id);
    }
    shopper
}

#[test]
fn every_step_towards_buying_raises_the_probability() {
    let mut shopper = looked(1);
    let mut before = shopper.purchase(SECOND);
    let steps = ["search", "add_to_cart", "begin_checkout", "add_shipping_info", "add_payment_info"];
    for (step, at) in steps.iter().zip(1..) {
        shopper.does(at * 5 * SECOND, step, "nk-0009");
        let now = shopper.purchase(at * 5 * SECOND + SECOND);
        assert!(now > before, "{step}: {before} -> {now}");
        before = now;
    }
    assert_eq!(shopper.stage(26 * SECOND), IntentStage::Checkout);
}

#[test]
fn the_probability_decays_with_silence_and_comes_back_with_an_event() {
    let mut shopper = looked(3);
    let last = 20 * SECOND;
    let times = [0, 1, 3, 10].map(|minutes| shopper.purchase(last + minutes * MINUTE));
    assert!(times.is_sorted_by(|a, b| a > b), "{times:?}");
    assert_eq!(shopper.purchase(last + MINUTE - 1), times[0]);
    shopper.does(last + 12 * MINUTE, "view_item", "nk-0009");
    assert!(shopper.purchase(last + 12 * MINUTE) >= times[0]);
}

#[test]
fn a_session_that_ended_counts_for_nothing_but_that_they_came_before() {
    let (mut shopper, later) = (looked(4), 31 * MINUTE);
    let ended = shopper.intent(later);
    assert_eq!((ended.stage, ended.interests.len()), (IntentStage::Browse, 0));
    shopper.does(later, "view_item_list", "nk-0009");
    assert_eq!(shopper.purchase(later), ended.purchase.parts());
    assert!(shopper.0.session.returning && shopper.0.session.began == Timestamp::from_ms(NOON + later));
    assert!(ended.purchase.parts() < Shopper::new().purchase(later));
}

#[test]
fn a_search_before_the_first_look_compares_nothing() {
    let mut shopper = Shopper::new();
    let items = Vec::new();
    shopper.tell(0, FactTwin::Shop { event: 3, currency: "", transaction: "", term: "cheese", items });
    shopper.does(SECOND, "view_item", "nk-0009");
    shopper.does(2 * SECOND, "view_item", "nk-0010");
    assert_eq!(shopper.stage(2 * SECOND), IntentStage::Consider);
    shopper.does(3 * SECOND, "view_item", "nk-0011");
    assert_eq!(shopper.stage(3 * SECOND), IntentStage::Compare);
}

#[test]
fn three_looks_at_one_product_compare_nothing() {
    let mut shopper = Shopper::new();
    (0..3).for_each(|at| shopper.does(at * SECOND, "view_item", "nk-0009"));
    assert_eq!(shopper.stage(3 * SECOND), IntentStage::Consider);
}

#[test]
fn a_basket_that_was_emptied_is_no_hesitation() {
    let mut shopper = looked(1);
    shopper.does(20 * SECOND, "add_to_cart", "nk-0009");
    shopper.does(30 * SECOND, "add_to_cart", "nk-0010");
    shopper.does(40 * SECOND, "remove_from_cart", "nk-0010");
    assert_eq!(shopper.stage(41 * SECOND), IntentStage::Hesitate);
    shopper.does(50 * SECOND, "remove_from_cart", "nk-0009");
    assert_eq!(shopper.stage(51 * SECOND), IntentStage::Browse);
}

#[test]
fn a_purchase_ends_the_hesitation() {
    let mut shopper = looked(1);
    for (at, event) in (2..).zip(["add_to_cart", "view_cart", "view_cart", "purchase"]) {
        shopper.does(at * 10 * SECOND, event, "nk-0009");
    }
    let session = &shopper.0.session;
    assert_eq!((session.adds, session.carts, session.wavers, session.checkout), (0, 0, 0, 0));
}

#[test]
fn what_happened_in_a_session_survives_a_page_load() {
    let mut shopper = looked(3);
    shopper.tell(25 * SECOND, FactTwin::Consent { remember: true });
    shopper.does(30 * SECOND, "add_to_cart", "nk-0009");
    shopper.does(40 * SECOND, "view_cart", "nk-0009");
    shopper.does(50 * SECOND, "view_cart", "nk-0009");
    let load = |profile: &Profile| state::decode(&CATALOG, &state::encode(&CATALOG, profile)).unwrap().session;
    let before = load(&shopper.0);
    assert_eq!(before, shopper.0.session);
    assert!(before.wavers == 1 && before.compared == 2);
    // Whether the page is looked at is of that page alone.
    let (visible, idle, typing, playing, paying) = (Some(false), None, None, None, None);
    let hidden = FactTwin::Attention {
        visible,
        idle,
        typing,
        playing,
        paying,
        full_screen: None,
        save_data: None,
        utc_offset: None,
    };
    shopper.tell(60 * SECOND, hidden);
    assert!(shopper.0.session.hidden.is_some());
    assert_eq!(load(&shopper.0), before);
}

/// Every table entry is used by its answer, and by no other.
#[test]
fn an_answer_adds_its_own_odds() {
    let mut odds = IntentOdds { before: 7, answers: [0; IntentOdds::LEVELS] };
    odds.answers.iter_mut().zip(1..).for_each(|(odds, place)| *odds = place);
    let mut place = 0;
    let first: i32 = odds.sum([0; 10]);
    for (clue, (_, levels)) in CLUES.iter().enumerate() {
        for level in 0..levels.len() {
            let mut answers = [0; 10];
            answers[clue] = u8::try_from(level).unwrap();
            assert_eq!(odds.sum(answers), first + i32::try_from(level).unwrap());
            place += 1;
        }
    }
    assert_eq!(place, IntentOdds::LEVELS);
}

#[test]
fn a_pack_carries_the_odds_of_a_shop_and_nothing_for_the_prior_ones() {
    let read = |bytes: &[u8]| pack::decode(bytes, Timestamp::from_ms(NOON), 0);
    let prior = pack::encode(&CATALOG);
    assert_eq!(read(&prior).unwrap().intent, IntentOdds::PRIOR);
    let mut catalog = CATALOG.clone();
    catalog.intent.answers[3] = -1_234;
    let own = pack::encode(&catalog);
    assert_eq!((own.len() - prior.len(), read(&own).unwrap()), (2 * (IntentOdds::LEVELS + 1), catalog));
}

#[test]
fn a_pack_from_before_the_odds_has_the_prior_ones_and_half_a_table_is_none() {
    let sealed = |mut bytes: Vec<u8>| {
        let body = u32::try_from(bytes.len() - 32).unwrap();
        bytes[20..24].copy_from_slice(&body.to_le_bytes());
        let sum = tactful::value::key::checksum(&[&bytes[..24], &bytes[32..]]);
        bytes[24..32].copy_from_slice(&sum.to_le_bytes());
        pack::decode(&bytes, Timestamp::from_ms(NOON), 0)
    };
    let plain = Catalog { marks: Marks::default(), ..CATALOG.clone() };
    let (bytes, older) = (pack::encode(&plain), pack::SECTIONS.len() - 4);
    assert_eq!(bytes[32..36], u32::try_from(older).unwrap().to_le_bytes(), "what is empty is not written");
    assert_eq!(sealed(bytes.clone()), Ok(plain));
    let mut half = bytes;
    half[32..36].copy_from_slice(&u32::try_from(older + 1).unwrap().to_le_bytes());
    half.splice(36 + 4 * older..36 + 4 * older, [20, 0, 0, 0]);
    half.extend([0; 20]);
    assert_eq!(sealed(half), Err(PackFault::Inconsistent { part: "its columns" }));
}

/// The same sums as a dumb twin gives with the formula written out.
#[test]
fn the_chance_is_that_of_the_log_odds() {
    for odds in [-33_000, -4_900, -1_000, 0, 1, 2_197, 40_000] {
        let exact = 1.0 / (1.0 + (-f64::from(odds) / 1_000.0).exp());
        let parts = f64::from(tactful::moment::intent::chance(odds).parts());
        assert!((parts - exact * 1e6).abs() <= 1.0, "{odds}: {parts}");
    }
}
