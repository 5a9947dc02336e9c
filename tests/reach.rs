//! Answers, recalls, care after a case, and what costs less than it did: who is reached, when, and who is not.
#![cfg(all(feature = "author", not(target_arch = "wasm32")))]
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::sync::LazyLock;

use serde_json::{Value, json};
use tactful::author::{self, json::parse_signal};
use tactful::catalog::Language;
use tactful::decide::{Decision, Outcome};
use tactful::explain::{LONGEST, sentence};
use tactful::profile::Profile;
use tactful::session::{Engine, Session};
use tactful::value::{Ppm, Seed, Timestamp};
use tactful::wire::{TraceView, state};

const SOURCE: &str = include_str!("../examples/nordkorb/catalog.json");
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// 2026-11-21, noon in Helsinki.
const NOON: i64 = 1_795_255_200_000;
const NIGHT: i64 = NOON + 11 * HOUR;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(author::compile(SOURCE).unwrap()));

struct Shopper {
    session: Session,
    engine: &'static Engine,
}

impl Shopper {
    fn new() -> Self {
        Self::with(&ENGINE, Profile::new(Seed(1)))
    }

    fn with(engine: &'static Engine, profile: Profile) -> Self {
        Self { session: Session::new(profile), engine }
    }

    fn tell(&mut self, at: i64, mut signal: Value) {
        signal["at"] = json!(at);
        let (twin, notices) = parse_signal(&signal, 2).unwrap();
        assert!(notices.is_empty(), "{notices:?}");
        self.session.observe(self.engine, &twin.resolve(&self.engine.catalog).unwrap()).unwrap();
    }

    fn decide(&mut self, at: i64, placement: &str) -> Decision {
        let placement = self.engine.catalog.placement_by_id(placement).unwrap();
        self.session.ask(self.engine, placement, Timestamp::from_ms(at))
    }

    /// The offer that is shown, or nothing.
    fn ask(&mut self, at: i64, placement: &str) -> &'static str {
        let decision = self.decide(at, placement);
        match &decision.outcome {
            Outcome::Show(show) => self.engine.catalog.text(self.engine.catalog.offer(show.offer).unwrap().id),
            Outcome::Hold(_) => "",
        }
    }

    /// Why an offer is left out, and for how many hours.
    fn refused(&mut self, at: i64, placement: &str, offer: &str) -> (&'static str, Option<u64>) {
        let decision = self.decide(at, placement);
        let trace = TraceView::new(self.engine, &decision);
        let found = trace.refused.iter().find(|(id, ..)| *id == offer);
        let hours = |until: u64| (until - u64::try_from(at).unwrap()) / 3_600_000;
        found.map_or(("", None), |(_, why, until)| (why, until.map(hours)))
    }

    fn reply(&mut self, at: i64, decision: &Decision, reply: &str) {
        self.tell(at, json!({ "type": "reply", "decision": format!("{:016x}", decision.id.0), "reply": reply }));
    }

    fn care(&mut self, at: i64, topic: &str, state: &str) {
        self.tell(at, json!({ "type": "care_case", "id": "case-1", "topic": topic, "state": state }));
    }

    fn event(&mut self, at: i64, kind: &str, item: &str, price: f64) {
        self.tell(at, json!({ "type": kind, "items": [{ "item_id": item, "price": price }] }));
    }

    fn saved(&self) -> Self {
        let bytes = state::encode(&self.engine.catalog, self.session.profile());
        Self::with(self.engine, state::decode(&self.engine.catalog, &bytes).unwrap())
    }
}

fn sentences(catalog: &tactful::catalog::Catalog, decision: &Decision) -> [String; 2] {
    [Language::De, Language::En].map(|language| sentence(catalog, decision, language))
}

// --- asked and answered

fn asker() -> Shopper {
    let mut shopper = Shopper::new();
    shopper.tell(NOON, json!({ "type": "consent", "remember": true }));
    shopper.tell(NOON, json!({ "type": "asked", "topic": "late-friday", "kind": "question" }));
    shopper
}

#[test]
fn an_answer_reaches_who_asked_once_and_says_so() {
    let mut shopper = asker().saved();
    let decision = shopper.decide(NOON + DAY, "home");
    let Outcome::Show(show) = &decision.outcome else { panic!("{:?}", decision.outcome) };
    assert_eq!(ENGINE.catalog.text(ENGINE.catalog.offer(show.offer).unwrap().id), "answer-late-friday");
    let said = sentences(&ENGINE.catalog, &decision);
    assert_eq!(said, ["Weil du uns danach gefragt hast.", "Because you asked us about it."]);
    let mut again = shopper.saved();
    assert_eq!(again.refused(NOON + 2 * DAY, "home", "answer-late-friday"), ("converted", None));
    shopper.reply(NOON + DAY, &decision, "later");
    assert_eq!(shopper.ask(NOON + 2 * DAY, "home"), "answer-late-friday", "later is not never");
}

#[test]
fn an_answer_reaches_nobody_else() {
    let mut other = Shopper::new();
    other.tell(NOON, json!({ "type": "asked", "topic": "another", "kind": "vote" }));
    assert_eq!(other.refused(NOON, "home", "answer-late-friday"), ("not_eligible", None));
    let mut late = asker();
    late.tell(NOON + 367 * DAY, json!({ "type": "attention", "visible": true }));
    assert!(late.session.profile().asked.is_empty(), "an answer after a year answers nobody");
    let forgets = [json!({ "type": "forget", "about": "memories" }), json!({ "type": "consent", "remember": false })];
    for signal in forgets {
        let mut shopper = asker();
        shopper.tell(NOON, signal);
        assert!(shopper.session.profile().asked.is_empty());
    }
    let mut unasked = Shopper::new();
    unasked.tell(NOON, json!({ "type": "asked", "topic": "late-friday", "kind": "wish" }));
    assert_eq!(unasked.session.profile().asked.len(), 1);
    assert!(unasked.saved().session.profile().asked.is_empty(), "nothing is stored without consent");
}

#[test]
fn an_answer_is_no_promotion() {
    let mut shopper = asker();
    shopper.care(NOON, "complaint", "open");
    assert_eq!(shopper.ask(NOON + 1_000, "receipt"), "answer-late-friday");
}

#[test]
fn of_many_topics_the_oldest_are_forgotten() {
    let mut shopper = asker();
    for nth in 0..31 {
        shopper.tell(NOON, json!({ "type": "asked", "topic": format!("topic-{nth}"), "kind": "wish" }));
    }
    shopper.tell(NOON, json!({ "type": "asked", "topic": "topic-0", "kind": "vote" }));
    assert_eq!(shopper.session.profile().asked.len(), 32);
    assert_eq!(shopper.refused(NOON, "care", "answer-late-friday").0, "", "it is still reached");
    shopper.tell(NOON, json!({ "type": "asked", "topic": "topic-31", "kind": "wish" }));
    assert_eq!(shopper.refused(NOON + DAY, "home", "answer-late-friday").0, "not_eligible");
}

// --- recalls

const PRALINES: &str = "nk-0046";
const LOT: &str = "https://nordkorb.example/01/02000042000462/10/";

fn holder() -> Shopper {
    let mut shopper = Shopper::new();
    shopper.event(NOON - 10 * DAY, "purchase", PRALINES, 5.95);
    shopper
}

#[test]
fn a_recall_breaks_every_silence_but_three() {
    let mut shopper = holder();
    shopper.tell(NIGHT, json!({ "type": "dial", "dial": "never" }));
    assert_eq!(shopper.ask(NIGHT, "home"), "recall-pralines", "at night, with the dial at never");

    let mut lost = holder();
    let profile = Profile { unknown_since: Some(Timestamp::from_ms(NOON)), ..lost.session.profile().clone() };
    lost.session = Session::new(profile);
    for (placement, hour) in
        [("home", 0), ("aisle", 24), ("product", 48), ("basket", 72), ("care", 96), ("receipt", 120)]
    {
        assert_eq!(lost.ask(NOON + hour * HOUR, placement), "recall-pralines", "{placement}");
    }

    let mut busy = holder();
    busy.tell(NOON, json!({ "type": "attention", "paying": true }));
    assert_eq!(busy.ask(NOON, "home"), "", "nobody is warned while they pay");
    busy.tell(NOON, json!({ "type": "attention", "paying": false }));
    assert_eq!(busy.ask(NOON, "home"), "recall-pralines");
}

#[test]
fn a_recall_breaks_holdout_caps_and_gap() {
    static HELD: LazyLock<Engine> = LazyLock::new(|| {
        let mut catalog = author::compile(SOURCE).unwrap();
        (catalog.holdout, catalog.cadence.caps[0].impressions) = (Ppm::ONE, 1);
        Engine::new(catalog)
    });
    let mut shopper = Shopper::with(&HELD, holder().session.profile().clone());
    shopper.tell(NOON, json!({ "type": "shown", "decision": "00000000000000aa" }));
    assert_eq!(shopper.ask(NOON + 1_000, "home"), "recall-pralines");
    assert_eq!(shopper.ask(NOON + 2_000, "home"), "", "nothing else gets through");
}

#[test]
fn a_recall_comes_each_day_until_it_was_seen() {
    let mut shopper = holder();
    let first = shopper.decide(NOON, "home");
    assert_eq!(shopper.refused(NOON + HOUR, "home", "recall-pralines"), ("cap", Some(23)));
    shopper.reply(NOON + HOUR, &first, "dismissed");
    let second = shopper.decide(NOON + DAY, "home");
    assert!(second.is_show(), "a card that was closed may be unread");
    let said = sentences(&ENGINE.catalog, &second);
    assert!(said[1].starts_with("Because Hazelnut pralines 200 g is called back"), "{said:?}");
    assert!(said.iter().all(|said| said.chars().count() <= LONGEST));
    shopper.reply(NOON + DAY, &second, "opened");
    assert_eq!(shopper.saved().refused(NOON + 9 * DAY, "home", "recall-pralines").0, "not_eligible", "no consent");
    assert_eq!(shopper.refused(NOON + 9 * DAY, "home", "recall-pralines"), ("converted", None));
}

#[test]
fn a_recall_reaches_who_may_have_the_piece() {
    let reached = |tell: &dyn Fn(&mut Shopper)| {
        let mut shopper = Shopper::new();
        tell(&mut shopper);
        shopper.ask(NOON, "care") == "recall-pralines"
    };
    let scan = |shopper: &mut Shopper, lot: &str| {
        shopper.tell(NOON - DAY, json!({ "type": "scan", "code": format!("{LOT}{lot}") }));
    };
    let buy = |shopper: &mut Shopper, days: i64| shopper.event(NOON - days * DAY, "purchase", PRALINES, 5.95);
    assert!(!reached(&|_| {}));
    assert!(reached(&|shopper| buy(shopper, 10)));
    assert!(!reached(&|shopper| buy(shopper, 25)) && !reached(&|shopper| buy(shopper, 3)), "not sold in these days");
    assert!(reached(&|shopper| scan(shopper, "L26P03")), "the lot was in their hands");
    assert!(!reached(&|shopper| scan(shopper, "L26P04")), "another lot");
    assert!(!reached(&|shopper| (buy(shopper, 10), scan(shopper, "L26P04")).1), "they have another lot");
    assert!(reached(&|shopper| (scan(shopper, "L26P04"), scan(shopper, "L26P03")).1));
    assert!(reached(&|shopper| {
        buy(shopper, 10);
        shopper.tell(NOON, json!({ "type": "never_again", "about": "category", "id": "chocolate" }));
        shopper.care(NOON, "complaint", "open");
    }));
    assert!(!reached(&|shopper| {
        buy(shopper, 10);
        shopper.tell(NOON, json!({ "type": "forget", "about": "product", "id": PRALINES }));
    }));
}

#[test]
fn a_receipt_tells_the_lot_as_a_code_does() {
    static ALL_LOTS: LazyLock<Engine> = LazyLock::new(|| {
        let all = SOURCE.replace(r#""lots": ["L26P03"], "#, "");
        assert_ne!(all, SOURCE);
        Engine::new(author::compile(&all).unwrap())
    });
    // Lots, or none that is told, each of a purchase so many days ago.
    let reached = |engine, bought: &[(i64, Option<&str>)]| {
        let mut shopper = Shopper::with(engine, Profile::new(Seed(1)));
        for (days, lot) in bought {
            let item = json!({ "item_id": PRALINES, "price": 5.95, "lot": lot.unwrap_or("") });
            shopper.tell(NOON - days * DAY, json!({ "type": "purchase", "items": [item] }));
        }
        shopper.tell(NOON, json!({ "type": "consent", "remember": true }));
        shopper.saved().ask(NOON, "care") == "recall-pralines"
    };
    let (called_back, other) = (Some("L26P03"), Some("L26P04"));
    assert!(reached(&ENGINE, &[(10, called_back)]) && reached(&ENGINE, &[(10, other), (9, called_back)]));
    assert!(reached(&ENGINE, &[(3, called_back)]), "of the lot, whenever it was sold");
    assert!(!reached(&ENGINE, &[(10, other)]) && !reached(&ENGINE, &[(12, other), (10, Some("L26P05"))]));
    assert!(reached(&ENGINE, &[(12, None), (10, other)]), "nobody knows which lot the first was of");
    assert!(reached(&ALL_LOTS, &[(10, other)]) && reached(&ALL_LOTS, &[(10, other), (3, other)]));
    assert!(!reached(&ALL_LOTS, &[(3, other)]) && !reached(&ALL_LOTS, &[(25, other)]), "not sold in these days");
}

#[test]
fn without_consent_no_lot_of_a_purchase_is_remembered() {
    let mut shopper = Shopper::new();
    shopper.tell(NOON, json!({ "type": "consent", "remember": false }));
    shopper.tell(NOON, json!({ "type": "purchase", "items": [{ "item_id": PRALINES, "lot": "L26P03" }] }));
    assert_ne!(shopper.ask(NOON, "care"), "recall-pralines");
}

// --- care afterwards

#[test]
fn after_a_case_no_coupon_comes_unasked_for_two_weeks() {
    let mut shopper = Shopper::new();
    shopper.care(NOON - 2 * DAY, "complaint", "open");
    assert_eq!(shopper.refused(NOON - DAY, "home", "welcome-basket"), ("care_first", None));
    shopper.care(NOON, "complaint", "closed");
    assert_eq!(shopper.refused(NOON, "home", "welcome-basket"), ("careful", Some(14 * 24)));
    // Told again, as pages do that do not know whether they told it.
    shopper.care(NOON + 13 * DAY, "complaint", "closed");
    assert_eq!(shopper.saved().refused(NOON + 13 * DAY, "home", "welcome-basket"), ("careful", Some(24)));
    assert_ne!(shopper.refused(NOON + 14 * DAY, "home", "welcome-basket").0, "careful");
}

#[test]
fn a_coupon_that_is_asked_for_comes_also_after_a_case() {
    let mut shopper = Shopper::new();
    shopper.care(NOON - DAY, "late_delivery", "open");
    shopper.care(NOON - HOUR, "late_delivery", "closed");
    shopper.tell(NOON, json!({ "type": "search", "search_term": "coffee" }));
    assert_eq!(shopper.ask(NOON + 1_000, "product"), "welcome-coffee");
    let mut quiet = Shopper::new();
    quiet.event(NOON, "view_item", "nk-0052", 7.95);
    quiet.care(NOON, "question", "open");
    quiet.care(NOON, "question", "closed");
    assert_eq!(quiet.ask(NOON + 1_000, "product"), "welcome-coffee", "a question leaves nothing behind");
}

#[test]
fn a_shop_may_ask_how_long_a_case_is_closed() {
    static CAREFUL: LazyLock<Engine> = LazyLock::new(|| {
        let mut catalog: Value = serde_json::from_str(SOURCE).unwrap();
        let offers = catalog["offers"].as_array_mut().unwrap();
        offers.retain(|offer| offer["id"] == "store-open");
        offers[0]["applicable"] = json!("care.closed_since < days(3)");
        Engine::new(author::compile(&catalog.to_string()).unwrap())
    });
    let mut shopper = Shopper::with(&CAREFUL, Profile::new(Seed(1)));
    assert_eq!(shopper.ask(NOON, "home"), "", "absent where none was closed");
    shopper.care(NOON, "return", "open");
    shopper.care(NOON, "return", "closed");
    assert_eq!(shopper.ask(NOON + 3 * DAY - HOUR, "home"), "store-open");
    assert_eq!(shopper.refused(NOON + 3 * DAY, "home", "store-open").0, "not_applicable");
}

// --- what costs less than it did

const COCOA: &str = "nk-0059";

#[test]
fn who_came_back_to_look_hears_that_the_price_fell_and_the_lowest_of_30_days() {
    let mut shopper = Shopper::new();
    shopper.event(NOON - 3 * DAY, "view_item", COCOA, 4.49);
    shopper.event(NOON - 3 * DAY + 60_000, "view_item", COCOA, 4.49);
    assert_eq!(shopper.refused(NOON - 2 * DAY, "home", "price-fell").0, "not_eligible", "one visit is no wish");
    shopper.event(NOON - DAY, "view_item", COCOA, 4.49);
    let decision = shopper.decide(NOON, "product");
    let view = tactful::wire::DecisionView::new(&ENGINE.catalog, &decision);
    let show = view.said.show.unwrap();
    assert_eq!((show.offer, show.product), ("price-fell", COCOA));
    assert!(show.text.ends_with("Lowest price of the last 30 days: €4.49."), "{}", show.text);
    assert_eq!(
        sentences(&ENGINE.catalog, &decision)[1],
        "Because Drinking cocoa 400 g costs less than when you looked at it."
    );
}

#[test]
fn nobody_hears_of_a_price_that_did_not_fall_for_them() {
    let refused = |tell: &dyn Fn(&mut Shopper)| {
        let mut shopper = Shopper::new();
        shopper.event(NOON - 3 * DAY, "add_to_cart", COCOA, 4.49);
        tell(&mut shopper);
        shopper.refused(NOON, "home", "price-fell").0 == "not_eligible"
    };
    assert!(!refused(&|_| {}));
    assert!(!refused(&|shopper| shopper.event(NOON - DAY, "remove_from_cart", COCOA, 4.49)));
    assert!(refused(&|shopper| shopper.event(NOON - DAY, "purchase", COCOA, 4.49)), "they bought it");
    assert!(refused(&|shopper| shopper.event(NOON - DAY, "view_item", COCOA, 3.79)), "they saw it");
    assert!(refused(&|shopper| {
        shopper.tell(NOON - DAY, json!({ "type": "never_again", "about": "product", "id": COCOA }));
    }));
    let mut late = Shopper::new();
    late.event(NOON - 31 * DAY, "add_to_wishlist", COCOA, 4.49);
    late.event(NOON, "view_item", "nk-0001", 1.49);
    assert_eq!(late.refused(NOON, "home", "price-fell").0, "not_eligible", "a month is long enough");
    // It costs less than they saw, and more than in the last 30 days: no fall to speak of.
    let mut milk = Shopper::new();
    milk.event(NOON - DAY, "add_to_cart", "nk-0001", 1.99);
    assert_eq!(milk.refused(NOON, "home", "price-fell").0, "not_eligible");
}

// --- usefulness

#[test]
fn help_wins_over_a_coupon_until_it_is_not_useful() {
    let basket = json!([{ "item_id": "nk-0116" }, { "item_id": "nk-0087" }, { "item_id": "nk-0116", "quantity": 2 }]);
    let mut shopper = Shopper::new();
    let mut shown = Vec::new();
    for day in 0..12 {
        let at = NOON + day * 8 * DAY;
        shopper.tell(at, json!({ "type": "view_cart", "items": basket }));
        let decision = shopper.decide(at + 1_000, "basket");
        let Outcome::Show(show) = &decision.outcome else { continue };
        let id = ENGINE.catalog.text(ENGINE.catalog.offer(show.offer).unwrap().id);
        shown.push(id);
        let is_recipe = id.starts_with("recipe");
        shopper.reply(at + 2_000, &decision, if is_recipe { "not_useful" } else { "useful" });
    }
    println!("{shown:?}");
    assert_eq!(shown.first(), Some(&"recipe-tomato-pasta"), "{shown:?}");
    assert!(shown[1..].iter().any(|id| !id.starts_with("recipe")), "{shown:?}");
}

// --- what an author may write

#[test]
fn what_contradicts_itself_is_refused() {
    let told = |id: &str, change: Value| {
        let mut catalog: Value = serde_json::from_str(SOURCE).unwrap();
        let offers = catalog["offers"].as_array_mut().unwrap();
        let offer = offers.iter_mut().find(|offer| offer["id"] == id).unwrap();
        change.as_object().unwrap().iter().for_each(|(field, value)| offer[field] = value.clone());
        let issues = author::compile(&catalog.to_string()).map(|_| vec![]).unwrap_or_else(|issues| issues);
        issues
            .iter()
            .map(|issue| format!("{} {}", issue.code, issue.path.rsplit('/').next().unwrap()))
            .collect::<Vec<_>>()
    };
    assert_eq!(told("welcome-basket", json!({ "answers": ["a"] })), ["rule kind"]);
    assert_eq!(told("recall-pralines", json!({ "answers": ["a"] })), ["rule 44"]);
    assert_eq!(told("recall-pralines", json!({ "placements": ["home"] })), ["rule 44"]);
    assert_eq!(told("recall-pralines", json!({ "recall": { "products": ["nk-9999"] } })), ["unknown-name 0"]);
    let never = json!({ "products": [PRALINES], "bought_from": "2026-11-02", "bought_until": "2026-11-02" });
    assert_eq!(told("recall-pralines", json!({ "recall": never })), ["date recall"]);
    let words = json!({ "title": "t", "text": "It costs less." });
    let silent = told("price-fell", json!({ "creative": { "en": words, "de": words } }));
    assert_eq!(silent, ["price-law text", "price-law text"], "the law asks for the lowest price");
}
