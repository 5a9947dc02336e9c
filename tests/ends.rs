//! What lies at the ends: more offers than one decision weighs, a purchase that is given back, and
//! what a catalog may not leave to chance.
#![cfg(all(feature = "author", not(target_arch = "wasm32")))]
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

use serde_json::{Value, json};
use tactful::author;
use tactful::cadence::Exclusion;
use tactful::catalog::{Attribute, Kind, PlacementIx};
use tactful::decide::{Hold, MOST_CANDIDATES, MOST_PASSED, Outcome, Refusal};
use tactful::moment::Facts;
use tactful::product::CategoryIx;
use tactful::profile::{Grounds, Impression, Profile, limit};
use tactful::session::{Engine, Session};
use tactful::signal::{Fact, Reply, Signal};
use tactful::value::{Key, Local, Seed, Timestamp};
use tactful::wire::signal::{FactTwin, ItemTwin, SignalTwin};

const HERE: PlacementIx = PlacementIx(0);
const HOUR: i64 = 3_600_000;
/// Monday, 2 November 2026, midnight in Helsinki.
const MONDAY: i64 = 1_793_570_400_000;

fn offer(id: &str, from: &str, until: &str) -> Value {
    json!({ "id": id, "kind": "coupon", "purpose": "It costs less.", "creative": { "en": { "title": "t", "text": "t" } }, "value": { "amount": 1 },
        "usefulness": { "mean": 0.5, "weight": 20 }, "schedule": { "from": from, "until": until } })
}

fn store(id: &str, gln: &str) -> Value {
    json!({ "id": id, "name": id, "gln": gln, "geometry": { "type": "Point", "coordinates": [24.9, 60.1] },
        "radius_m": 30, "opening_hours": "24/7" })
}

fn shop(offers: &[Value]) -> Value {
    let product = |id, category| json!({ "id": id, "name": { "en": id }, "category": category, "price": 4.5 });
    json!({ "name": "Shop", "version": 1, "purpose": "A small shop.", "currency": "EUR", "languages": ["en"], "timezone": "Europe/Helsinki",
        "goals": { "usefulness": 100, "margin": 0, "reach": 0 },
        "categories": [{ "id": "coffee", "name": { "en": "Coffee" } }],
        "products": [product("beans", "coffee"), product("filter", "coffee")],
        "placements": [{ "id": "here" }], "cadence": { "gap_minutes": 0, "interruption_cost": 0.01 },
        "stores": [store("kamppi", "2900001000017")], "offers": offers })
}

fn engine(offers: &[Value]) -> Engine {
    Engine::new(author::compile(&shop(offers).to_string()).unwrap())
}

fn at(hours: i64) -> Timestamp {
    Timestamp::from_ms(MONDAY + hours * HOUR)
}

/// What is shown, by its id.
fn shown(engine: &Engine, session: &mut Session, now: Timestamp) -> Option<String> {
    match session.ask(engine, HERE, now).outcome {
        Outcome::Show(show) => engine.catalog.offer(show.offer).map(|offer| engine.catalog.text(offer.id).to_string()),
        Outcome::Hold(_) => None,
    }
}

#[test]
fn a_plan_for_more_weeks_than_are_weighed_speaks_in_each_of_them() {
    let day = |nth: i64| {
        // Midnight in Helsinki is the day before in Greenwich.
        let on = Local::of_day(i32::try_from(MONDAY / 86_400_000 + 1 + 7 * nth).unwrap());
        format!("{}-{:02}-{:02}", on.year, on.month, on.day_of_month)
    };
    let weeks = i64::try_from(MOST_CANDIDATES).unwrap() + 6;
    let offers: Vec<Value> = (0..weeks).map(|nth| offer(&format!("week-{nth}"), &day(nth), &day(nth + 1))).collect();
    let engine = engine(&offers);
    let mut kept = Session::new(Profile::new(Seed(1)));
    for nth in 0..weeks {
        let expected = Some(format!("week-{nth}"));
        // Clocks are changed by an hour in between.
        let now = at(7 * 24 * nth + 12);
        assert_eq!(shown(&engine, &mut Session::new(Profile::new(Seed(1))), now), expected);
        assert_eq!(shown(&engine, &mut kept, now), expected, "and where another was kept ready");
    }
}

#[test]
fn what_begins_while_too_many_fit_is_shown_at_once() {
    let always = |nth| {
        json!({ "id": format!("always-{nth:02}"), "kind": "coupon", "purpose": "It costs less.", "value": { "amount": 1 }, "priority": 1,
        "creative": { "en": { "title": "t", "text": "t" } }, "usefulness": { "mean": 0.1, "weight": 1_000 } })
    };
    let mut offers: Vec<Value> = (0..MOST_CANDIDATES).map(always).collect();
    let mut noon = offer("noon", "2026-11-02T12:07", "2026-11-02T13:00");
    noon["priority"] = json!(2);
    offers.push(noon);
    offers.extend((0..MOST_CANDIDATES).map(|nth| {
        let mut ended = offer(&format!("ended-{nth:02}"), "2026-10-01", "2026-11-02");
        ended["priority"] = json!(3);
        ended
    }));
    let engine = engine(&offers);
    let mut session = Session::new(Profile::new(Seed(1)));
    let minute = |minute: i64| Timestamp::from_ms(at(12).ms() + minute * 60_000);
    assert!(shown(&engine, &mut session, minute(6)).unwrap().starts_with("always"));
    session.observe(&engine, &Signal { at: minute(6), fact: Fact::Consent { remember: true } }).unwrap();
    assert_eq!(shown(&engine, &mut session, minute(7)).unwrap(), "noon");
    assert!(shown(&engine, &mut session, minute(60)).unwrap().starts_with("always"));
}

#[test]
fn where_few_fit_what_does_not_run_is_told() {
    let engine = engine(&[offer("ended", "2026-10-01", "2026-11-02")]);
    let decision = Session::new(Profile::new(Seed(1))).ask(&engine, HERE, at(12));
    let refused = decision.refused(&engine.catalog, engine.index.block(&engine.catalog, HERE));
    assert_eq!(refused.first().map(|(_, why)| *why), Some(Refusal::Excluded(Exclusion::Schedule { until: None })));
}

#[test]
fn what_has_not_begun_tells_when() {
    let engine = engine(&[offer("ended", "2026-10-01", "2026-11-02"), offer("next", "2026-12-01", "2026-12-24")]);
    let decision = Session::new(Profile::new(Seed(1))).ask(&engine, HERE, at(12));
    let begins = engine.catalog.offers().map(|(_, offer)| offer.from).max();
    assert_eq!(decision.outcome, Outcome::Hold(Hold::AllExcluded { until: begins }));
}

#[test]
fn what_was_asked_before_the_clock_was_set_back_is_not_asked_just_now() {
    let engine = engine(&[offer("any", "2026-10-01", "2027-11-02")]);
    let mut session = Session::new(Profile::new(Seed(1)));
    let fact = FactTwin::Shop { event: 3, currency: "", transaction: "", term: "Coffee", items: Vec::new() };
    let search = SignalTwin { at: at(36).ms().cast_unsigned(), fact }.resolve(&engine.catalog).unwrap();
    session.observe(&engine, &search).unwrap();
    let cost = |now| session.clone().ask(&engine, HERE, now).ready.cost;
    let [asked, before, later] = [at(36), at(12), at(37)].map(cost);
    assert!(asked < before && before == later, "{asked:?} {before:?} {later:?}");
}

fn event(
    session: &mut Session,
    engine: &Engine,
    (event, transaction): (u8, &str),
    ids: &[&'static str],
    now: Timestamp,
) {
    let item = |id: &&'static str| ItemTwin { id, category: "", price: None, quantity: 1, lot: "" };
    let items = ids.iter().map(item).collect();
    let fact = FactTwin::Shop { event, currency: "", transaction, term: "", items };
    let signal = SignalTwin { at: now.ms().cast_unsigned(), fact }.resolve(&engine.catalog).unwrap();
    session.observe(engine, &signal).unwrap();
}

#[test]
fn a_purchase_of_two_things_of_a_kind_is_given_back_once() {
    const PURCHASE: u8 = 12;
    const REFUND: u8 = 13;
    let engine = engine(&[offer("any", "2026-10-01", "2027-11-02")]);
    let mut session = Session::new(Profile::new(Seed(1)));
    session.observe(&engine, &Signal { at: at(0), fact: Fact::Consent { remember: true } }).unwrap();
    event(&mut session, &engine, (PURCHASE, "1"), &["beans"], at(9));
    event(&mut session, &engine, (PURCHASE, "2"), &["beans", "filter", "filter"], at(90));
    event(&mut session, &engine, (REFUND, "2"), &["beans", "filter", "filter"], at(91));
    let moment = session.moment(&engine, at(92));
    let facts = Facts { catalog: &engine.catalog, profile: session.profile(), moment: &moment };
    assert_eq!(facts.value(Attribute::BoughtCount(CategoryIx(0))), Some(1));
    let days = |id| session.profile().products.get(Key::of(id)).map(|habit| habit.days);
    assert_eq!([days("beans"), days("filter")], [Some(1), None]);
}

/// The place of each fault, and what is said of it.
fn faults(catalog: &Value) -> Vec<(String, String)> {
    let issues = author::compile(&catalog.to_string()).unwrap_err();
    issues.into_iter().map(|issue| (issue.path, issue.message)).collect()
}

#[test]
fn a_schedule_is_on_the_shops_clock_and_names_no_other() {
    for wrong in
        ["2026-12-19T10:00+05:00", "2026-12-19T10:00:00-03", "2026-12-19T10:00Z", "2026-12-19T10:00[Asia/Tokyo]"]
    {
        let faults = faults(&shop(&[offer("any", wrong, "2027-01-01")]));
        assert_eq!(faults.len(), 1, "{wrong}: {faults:?}");
        assert_eq!(faults[0].0, "/offers/0/schedule/from");
        assert!(faults[0].1.contains(wrong), "{faults:?}");
    }
    assert!(author::compile(&shop(&[offer("any", "2026-12-19T10:00:30", "2027-01-01")]).to_string()).is_ok());
}

#[test]
fn two_stores_have_no_number_in_common() {
    let mut catalog = shop(&[offer("any", "2026-10-01", "2027-11-02")]);
    catalog["stores"] = json!([store("kamppi", "2900001000017"), store("pasila", "2900001000017")]);
    let faults = faults(&catalog);
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(faults[0].0, "/stores/1/gln");
    assert!(faults[0].1.contains("/stores/0"), "{faults:?}");
}

#[test]
fn what_is_shown_elsewhere_takes_the_place_of_no_lesson() {
    let engine = engine(&[offer("always", "2026-10-01", "2027-10-01")]);
    let mut profile = Profile::new(Seed(1));
    let (offer, kind, grounds) = (Key::of("always"), Kind::Coupon, Grounds { sd: 50, ..Grounds::default() });
    let (group, about, reply, counted_hours) = (None, None, Some(Reply::Useful), 0);
    for nth in 0..limit::IMPRESSIONS as u64 {
        profile.log(Impression {
            at: at(1),
            decision: Key(nth),
            offer,
            kind,
            group,
            about,
            reply,
            grounds,
            counted_hours,
        });
    }
    let mut session = Session::new(profile);
    session.observe(&engine, &Signal { at: at(2), fact: Fact::Shown { decision: Key(1_000), offer: None } }).unwrap();
    assert_eq!(session.profile().impressions.len(), limit::IMPRESSIONS + 1 - limit::FORGOTTEN_AT_ONCE);
    assert_eq!(session.profile().standing(offer).useful, 32_000, "32 useful replies, in thousandths");
}

#[test]
fn an_archive_of_ended_offers_costs_no_more_than_some_of_it() {
    let speaks = |ended: usize| {
        let mut offers: Vec<Value> =
            (0..ended).map(|nth| offer(&format!("ended-{nth:04}"), "2026-10-01", "2026-11-01")).collect();
        offers.push(offer("running", "2026-10-01", "2027-10-01"));
        shown(&engine(&offers), &mut Session::new(Profile::new(Seed(1))), at(12))
    };
    assert_eq!(speaks(MOST_CANDIDATES + MOST_PASSED), Some("running".into()));
    // That many would have been refused as too much work; they are none, since the rest of them is not looked at.
    assert_eq!(speaks(8_000), None);
}
