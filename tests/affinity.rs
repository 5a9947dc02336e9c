//! Of many coupons, the one that a household would use: what it buys anyway counts, and is told.
#![cfg(all(feature = "author", not(target_arch = "wasm32")))]
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::unreachable)]

use std::sync::LazyLock;

use serde_json::{Value, json};
use tactful::author;
use tactful::catalog::Language;
use tactful::decide::{Decision, Outcome};
use tactful::explain;
use tactful::profile::Profile;
use tactful::rank::{About, Reason};
use tactful::session::{Engine, Session};
use tactful::value::{Seed, Timestamp};
use tactful::wire::signal::{FactTwin, ItemTwin, SignalTwin};

const DAY: u64 = 86_400_000;
/// Noon in Helsinki on 2026-02-02.
const START: u64 = 1_770_026_400_000;
/// Noon ten weeks later, in summer time.
const TODAY: u64 = START + 70 * DAY;

/// A shop of two coupons alike: one for two sorts of coffee, one for the category of tea.
static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let mut catalog: Value = serde_json::from_str(include_str!("../examples/nordkorb/catalog.json")).unwrap();
    let offer = |id: &str, scope: Value| {
        json!({ "id": id, "kind": "coupon", "placements": ["home"], "scope": scope, "value": { "percent": 10 },
            "creative": { "en": { "title": "10 % off", "text": "10 % off." }, "de": { "title": "10 %", "text": "10 %." } } })
    };
    catalog["offers"] = json!([
        offer("for-coffee", json!({ "products": products(&catalog, "coffee") })),
        offer("for-tea", json!({ "categories": ["tea"] })),
    ]);
    catalog["cadence"]["interruption_cost"] = json!(0.0);
    // No law asks this shop for its lowest prices.
    catalog.as_object_mut().unwrap().remove("country");
    Engine::new(author::compile(&catalog.to_string()).unwrap())
});

/// The first two products of a category.
fn products(catalog: &Value, category: &str) -> Vec<Value> {
    let of = catalog["products"].as_array().unwrap().iter().filter(|product| product["category"] == category);
    of.map(|product| product["id"].clone()).take(2).collect()
}

/// A household that bought something of a category every week since [`START`], and bread as often.
fn buyer(category: &str) -> Session {
    let catalog: Value = serde_json::from_str(include_str!("../examples/nordkorb/catalog.json")).unwrap();
    let mut session = Session::new(Profile::new(Seed(7)));
    for (week, category) in (0..10).flat_map(|week| [(week, category), (week, "bread")]) {
        let id = products(&catalog, category)[0].as_str().unwrap().to_owned();
        let items = vec![ItemTwin { id: &id, category: "", price: Some(199), quantity: 1, lot: "" }];
        let transaction = format!("{category}-{week}");
        let (currency, term) = ("", "");
        let fact = FactTwin::Shop { event: 12, currency, transaction: &transaction, term, items };
        tell(&mut session, START + 7 * DAY * week, fact);
    }
    session
}

fn tell(session: &mut Session, at: u64, fact: FactTwin) {
    let signal = SignalTwin { at, fact }.resolve(&ENGINE.catalog).unwrap();
    session.observe(&ENGINE, &signal).unwrap();
}

fn ask(session: &mut Session) -> Decision {
    let home = ENGINE.catalog.placement_by_id("home").unwrap();
    session.ask(&ENGINE, home, Timestamp::from_ms(TODAY.cast_signed()))
}

/// The offers from best to worst, each with why it fits.
fn order(decision: &Decision) -> Vec<(&str, Vec<Reason>)> {
    let id = |offer| ENGINE.catalog.text(ENGINE.catalog.offer(offer).unwrap().id);
    decision.ready.ranked.iter().map(|ranked| (id(ranked.priced.offer), ranked.priced.because.to_vec())).collect()
}

#[test]
fn the_coupon_for_what_they_buy_comes_first() {
    for (bought, expected) in [("coffee", ["for-coffee", "for-tea"]), ("tea", ["for-tea", "for-coffee"])] {
        let decision = ask(&mut buyer(bought));
        let order = order(&decision);
        assert_eq!(order.iter().map(|(id, _)| *id).collect::<Vec<_>>(), expected);
        assert!(order[0].1.iter().any(|reason| matches!(reason, Reason::Bought(..))), "{order:?}");
        assert_eq!(order[1].1, [Reason::General]);
    }
}

#[test]
fn it_is_told_as_a_fact() {
    let decision = ask(&mut buyer("coffee"));
    let Outcome::Show(show) = decision.outcome else { unreachable!("{decision:?}") };
    assert!(matches!(show.because[..], [Reason::Bought(About::Product(_), _), ..]), "{:?}", show.because);
    let said = explain::sentence(&ENGINE.catalog, &decision, Language::En);
    assert!(said.starts_with("Because you have bought ") && said.ends_with(" before."), "{said}");
}

#[test]
fn a_stranger_is_told_nothing_of_the_kind() {
    let decision = ask(&mut Session::new(Profile::new(Seed(7))));
    assert!(order(&decision).iter().all(|(_, because)| *because == [Reason::General]));
}

#[test]
fn what_they_never_want_again_counts_for_nothing() {
    let mut session = buyer("coffee");
    tell(&mut session, TODAY - DAY, FactTwin::NeverAgain { about: 1, id: "coffee" });
    assert!(order(&ask(&mut session)).iter().all(|(_, because)| *because == [Reason::General]));
}
