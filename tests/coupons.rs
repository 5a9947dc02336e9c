//! Coupons with a budget: what is refused, and what ledger, edge and tills are told.
#![cfg(all(feature = "cli", not(target_arch = "wasm32")))]
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

use serde_json::{Value, json};
use tactful::author::{self, coupons};
use tactful::ledger::Book;
use tactful::token::Campaign;
use tactful::value::Minor;

/// The smallest catalog with one coupon, changed by merging `change` into the offer; `null` takes away.
fn catalog(change: Value) -> String {
    let mut offer = json!({
        "id": "coffee", "kind": "coupon", "creative": {"en": {"title": "Coffee", "text": "Less."}},
        "schedule": {"until": "2027-01-01"},
        "value": {"percent": 20, "maximum_discount": 2.0},
        "budget": {"coupons": 1000, "valid_days": 14},
    });
    merge(&mut offer, change);
    let store = |id: &str| {
        json!({
            "id": id, "name": id, "geometry": {"type": "Point", "coordinates": [24.9, 60.1]}, "radius_m": 50,
            "opening_hours": "24/7",
        })
    };
    json!({
        "name": "Shop", "version": 3, "purpose": "Less waste.", "goals": {"usefulness": 100, "margin": 0, "reach": 0},
        "currency": "EUR", "languages": ["en"], "timezone": "UTC",
        "categories": [{"id": "beans", "name": {"en": "Beans"}}],
        "products": [{"id": "1", "name": {"en": "Beans"}, "category": "beans", "price": 4.0}],
        "stores": [store("north"), store("south")], "placements": [{"id": "home"}],
        "cadence": {"gap_minutes": 0}, "offers": [offer],
    })
    .to_string()
}

fn merge(into: &mut Value, change: Value) {
    match (into, change) {
        (Value::Object(into), Value::Object(change)) => {
            for (name, value) in change {
                if value.is_null() {
                    into.remove(&name);
                } else {
                    merge(into.entry(name).or_insert(Value::Null), value);
                }
            }
        }
        (into, value) => *into = value,
    }
}

fn check(change: Value, expected: &[&str]) {
    let found = author::compile(&catalog(change)).err().unwrap_or_default();
    let told: Vec<String> = found.iter().map(|issue| format!("{}: {}", issue.path, issue.message)).collect();
    assert_eq!(told, expected);
}

fn book(change: Value) -> Book {
    let text = catalog(change);
    coupons::book(&text, &author::compile(&text).unwrap())
}

#[test]
fn a_budget_that_can_be_meant_is_fine() {
    check(json!({}), &[]);
    check(json!({"budget": {"offline": {"per_till": 5, "value_per_day": 10.5}}}), &[]);
}

#[test]
fn a_budget_without_an_end_is_refused() {
    check(
        json!({"schedule": null}),
        &[
            "/offers/0/budget: coupons that can be claimed for ever cannot be paid for; give the offer a `schedule` with `until`",
        ],
    );
}

#[test]
fn coupons_of_which_nobody_can_say_what_they_cost_are_refused() {
    check(
        json!({"value": {"maximum_discount": null}}),
        &["/offers/0/budget: nobody can say what all of these coupons cost; give the `value` a `maximum_discount`"],
    );
}

#[test]
fn an_amount_above_every_price_is_refused() {
    let value = |amount: f64| json!({"value": {"percent": null, "maximum_discount": null, "amount": amount}});
    check(value(4.0), &[]);
    let more = "the `amount` is more than anything in its scope costs; give the `value` a `minimum_spend` as high";
    check(value(4.01), &[&format!("/offers/0/budget: {more}")]);
    let mut bounded = value(10.0);
    merge(&mut bounded, json!({"value": {"minimum_spend": 10.0}}));
    check(bounded, &[]);
}

#[test]
fn limits_above_the_budget_are_refused() {
    check(
        json!({"budget": {"coupons": 2, "per_person": 3, "per_store": 3, "per_hour": 3, "offline": {"per_till": 3, "value_per_day": 1.001}}}),
        &[
            "/offers/0/budget/per_person: one person cannot have more coupons than there are",
            "/offers/0/budget/per_store: one store cannot have more coupons than there are",
            "/offers/0/budget/per_hour: an hour cannot have more coupons than there are",
            "/offers/0/budget/offline/per_till: a till cannot take more coupons than there are",
            "/offers/0/budget/offline/value_per_day: 1.001 is no amount of money: EUR has 2 decimals, and amounts are from 0 to 90,071,992,547,409.91",
        ],
    );
}

#[test]
fn a_coupon_is_good_in_one_store_or_in_all() {
    let both = "a coupon that is good in all stores is of none of them; leave out `per_store` or `all_stores`";
    check(json!({"budget": {"per_store": 3, "all_stores": true}}), &[&format!("/offers/0/budget/per_store: {both}")]);
}

#[test]
fn only_a_coupon_has_a_budget() {
    check(json!({"kind": "service", "value": null}), &["/offers/0/budget: only a coupon has a `budget`"]);
}

#[test]
fn what_is_left_of_a_budget_paces_where_there_is_one_and_a_first_day() {
    let paced = |more: Value| {
        let mut change = json!({"pacing": "budget"});
        merge(&mut change, more);
        change
    };
    check(paced(json!({"schedule": {"from": "2026-12-01"}})), &[]);
    let rule = "/offers/0/pacing: what is left of a budget can only be told where there is one; give the offer a `budget` and a \
                `schedule` with `from`";
    check(paced(json!({})), &[rule]);
    check(json!({"pacing": "budget", "budget": null, "schedule": {"from": "2026-12-01"}}), &[rule]);
}

#[test]
fn bounds_are_those_of_the_schema() {
    check(
        json!({"budget": {"coupons": 0, "valid_days": 46, "per_hours": 3}}),
        &[
            "/offers/0/budget/coupons: `0` is below the minimum of 1",
            "/offers/0/budget/valid_days: `46` is above the maximum of 45",
            "/offers/0/budget: unknown field `per_hours`; did you mean `per_hour`?",
        ],
    );
}

#[test]
fn the_terms_have_what_a_token_says_and_what_it_cannot_say() {
    let book = book(json!({
        "scope": {"categories": ["beans"]},
        "value": {"minimum_spend": 5.0},
        "budget": {"per_store": 100, "offline": {"per_till": 5, "value_per_day": 10.5}},
    }));
    let terms = book.terms("coffee").unwrap();
    assert_eq!(u64::from_be_bytes(terms.campaign), Campaign::of("coffee").0);
    assert_eq!(terms.liability(), Some(Minor::new(200_000)));
    let mut written = serde_json::to_value(&book).unwrap();
    let stores = written["stores"].take();
    assert_eq!(stores.as_array().unwrap().len(), 2);
    assert_eq!(
        written["coupons"][0],
        json!({
            "coupon": "coffee", "campaign": Campaign::of("coffee").to_string(), "title": {"en": "Coffee"},
            "benefit": {"kind": "percent", "value": 2000}, "minimum_spend": 500, "maximum_discount": 200,
            "value": {"percent": 20, "maximum_discount": 2.0, "minimum_spend": 5.0}, "categories": ["beans"],
            "stackable": false, "from": null, "until": 1_798_761_600_000_u64,
            "budget": {
                "coupons": 1000, "per_person": 1, "per_store": 100, "valid_days": 14, "all_stores": false,
                "offline": {"per_till": 5, "value_per_day": 1050},
            },
        })
    );
    let read: Book = serde_json::from_str(&serde_json::to_string(&book).unwrap()).unwrap();
    assert_eq!(read, book);
}

#[test]
fn the_command_line_writes_the_terms_and_says_what_they_may_cost() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("coupons");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("catalog.json"), catalog(json!({}))).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tactful"));
        let output = command.current_dir(&folder).args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let told = "  coffee: 1000 coupons of at most 2.00 EUR take off at most 2000.00 EUR\n  \
                all 1000 coupons take off at most 2000.00 EUR\n";
    assert!(run(&["check", "catalog.json"]).ends_with(told));
    assert!(run(&["compile", "catalog.json", "--terms", "terms.json"]).ends_with(told));
    let written: Value = serde_json::from_str(&run(&["compile", "catalog.json", "--report", "--json"])).unwrap();
    assert_eq!(written["coupons"]["most"], 200_000);
    let text = std::fs::read_to_string(folder.join("terms.json")).unwrap();
    assert_eq!(serde_json::from_str::<Book>(&text).unwrap(), book(json!({})));
}

#[test]
fn the_pack_has_nothing_of_a_budget() {
    let pack = |change| tactful::wire::pack::encode(&author::compile(&catalog(change)).unwrap());
    assert_eq!(pack(json!({})), pack(json!({"budget": null})));
}

#[test]
fn a_store_keeps_its_number_when_others_come() {
    let few = book(json!({}));
    let mut text: Value = serde_json::from_str(&catalog(json!({}))).unwrap();
    let mut another = text["stores"][0].clone();
    another["id"] = json!("east");
    text["stores"].as_array_mut().unwrap().insert(0, another);
    let text = text.to_string();
    let more = coupons::book(&text, &author::compile(&text).unwrap());
    assert_eq!(few.stores.len() + 1, more.stores.len());
    assert!(few.stores.iter().all(|store| more.store(&store.id) == Some(store.number)));
}
