//! What a catalog may say of coupons: every kind is read, what contradicts itself is refused, and so is a reduction that the
//! price law does not allow.
#![cfg(all(feature = "author", not(target_arch = "wasm32")))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use serde_json::{Value, json};
use tactful::author;
use tactful::catalog::{Catalog, Language, Off, OfferIx};
use tactful::value::Timestamp;
use tactful::value::{Key, Minor};
use tactful::wire::pack;

/// A shop with milk, two kinds of coffee and a coupon with this value and scope.
fn shop(value: Value, scope: Value) -> Value {
    let text = |text: &str| json!({"de": text, "en": text});
    let words = json!({"title": "Title", "text": "Text."});
    json!({
        "name": "Shop", "version": 1, "purpose": "Help.", "currency": "EUR", "languages": ["de", "en"],
        "goals": {"usefulness": 100, "margin": 0, "reach": 0},
        "timezone": "Europe/Berlin", "country": "DE",
        "categories": [{"id": "milk", "name": text("Milch")}, {"id": "coffee", "name": text("Kaffee")}],
        "products": [
            {"id": "m1", "name": text("Milch 1 l"), "category": "milk", "price": 1.49, "lowest_30_days": 1.49},
            {"id": "c1", "name": text("Kaffee 500 g"), "category": "coffee", "price": 4.99, "lowest_30_days": 4.99},
            {"id": "c2", "name": text("Espresso 1 kg"), "category": "coffee", "price": 9.99, "lowest_30_days": 9.99},
        ],
        "stores": [],
        "placements": [{"id": "home"}],
        "cadence": {"gap_minutes": 0},
        "offers": [{"id": "it", "kind": "coupon", "creative": {"de": words, "en": words}, "value": value, "scope": scope}],
    })
}

fn compiled(shop: &Value) -> Result<Catalog, Vec<String>> {
    let told = |issues: Vec<author::Issue>| {
        issues.into_iter().map(|issue| format!("{} {}: {}", issue.code, issue.path, issue.message)).collect()
    };
    author::compile(&shop.to_string()).map_err(told)
}

fn off(value: Value, scope: Value) -> Off {
    let catalog = compiled(&shop(value, scope)).unwrap();
    let again = pack::decode(&pack::encode(&catalog), Timestamp::from_ms(0), 0).unwrap();
    let read = |catalog: &Catalog| catalog.offers().next().unwrap().1.value.unwrap().clone();
    assert_eq!(read(&again), read(&catalog), "a pack keeps it");
    read(&catalog).off
}

/// Holds that the shop is refused for this reason alone.
fn refused(shop: &Value, wanted: &str) {
    let issues = compiled(shop).expect_err(wanted);
    assert!(issues.len() == 1 && issues[0].contains(wanted), "{issues:#?}");
}

fn coffee() -> Value {
    json!({"categories": ["coffee"]})
}

#[test]
fn every_kind_of_coupon_is_read_and_kept_in_a_pack() {
    assert_eq!(off(json!({"pieces": {"of": 3, "pay": 2}}), coffee()), Off::Pieces { of: 3, pay: 2 });
    assert_eq!(off(json!({"free": 1, "minimum_spend": 20}), json!({"products": ["m1"]})), Off::Free(1));
    let tiers = off(json!({"tiers": [{"from_pieces": 2, "percent": 5}, {"from_pieces": 4, "percent": 10}]}), json!({}));
    assert!(matches!(tiers, Off::Tiers(_, tiers) if tiers.len() == 2));
    let parts = json!([{"products": ["m1"]}, {"categories": ["coffee"]}]);
    let bundle = off(json!({"bundle": {"parts": parts, "price": 5}}), json!({"except": {"products": ["c2"]}}));
    assert!(matches!(bundle, Off::Bundle(parts, price) if parts.len() == 2 && price == Minor::new(500)));
}

#[test]
fn the_first_tier_by_spend_is_the_minimum_spend() {
    let shop = shop(json!({"tiers": [{"from_spend": 20, "amount": 2}, {"from_spend": 40, "amount": 5}]}), json!({}));
    let catalog = compiled(&shop).unwrap();
    assert_eq!(catalog.offers().next().unwrap().1.value.unwrap().minimum_spend, Minor::new(2_000));
}

#[test]
fn a_stacking_group_is_kept() {
    let catalog = compiled(&shop(json!({"percent": 10, "stacking": "food"}), json!({}))).unwrap();
    assert_eq!(catalog.offers().next().unwrap().1.value.unwrap().stacking, Some(Key::of("food")));
}

#[test]
fn a_coupon_that_contradicts_itself_is_refused() {
    let check = |value: Value, scope: Value, wanted: &str| refused(&shop(value, scope), wanted);
    check(json!({"percent": 10, "amount": 1}), coffee(), "takes off one of");
    check(json!({}), coffee(), "takes off one of");
    let both = json!({"products": ["c1", "c2"], "except": {"products": ["c2"]}});
    check(json!({"percent": 10}), both, "names what it excepts");
    check(json!({"pieces": {"of": 2, "pay": 2}}), coffee(), "fewer pieces are paid for");
    check(json!({"free": 1}), json!({}), "says which pieces are free");
    check(
        json!({"tiers": [{"from_spend": 9, "percent": 5}, {"from_spend": 5, "percent": 9}]}),
        json!({}),
        "tiers rise",
    );
    check(
        json!({"tiers": [{"from_spend": 9, "percent": 5}, {"from_pieces": 1000, "percent": 9}]}),
        json!({}),
        "count the same",
    );
    check(json!({"tiers": [{"from_spend": 9}]}), json!({}), "either a `percent` or an `amount`");
    let bundle = |parts: Value, price: f64| json!({"bundle": {"parts": parts, "price": price}});
    let both = json!([{"categories": ["milk"]}, {"categories": ["coffee"]}]);
    check(bundle(both.clone(), 20.0), json!({}), "costs no more than its price");
    check(bundle(both, 5.0), coffee(), "a bundle's scope is what its parts name");
    check(bundle(json!([{"categories": ["coffee"]}, {"products": ["c1"]}]), 5.0), json!({}), "at most one part");
    check(bundle(json!([{"categories": ["coffee"]}, {}]), 5.0), json!({}), "names products or categories");
}

#[test]
fn an_announced_reduction_needs_the_lowest_price_of_every_good() {
    let mut shop = shop(json!({"percent": 20}), coffee());
    assert!(compiled(&shop).is_ok());
    shop["products"][2].as_object_mut().unwrap().remove("lowest_30_days");
    refused(&shop, "price-law /offers/0: a reduction of `c2` is announced, for which DE asks its lowest price");
    shop["offers"][0]["scope"]["except"] = json!({"products": ["c2"]});
    assert!(compiled(&shop).is_ok(), "what is excepted is not reduced");
}

#[test]
fn a_reduction_of_what_was_cheaper_is_refused() {
    let mut shop = shop(json!({"amount": 1}), coffee());
    shop["products"][1]["lowest_30_days"] = json!(4.49);
    refused(&shop, "`c1` was cheaper in the last 30 days");
}

#[test]
fn the_law_is_asked_where_it_holds_and_for_what_it_covers() {
    let allowed = |change: fn(&mut Value)| {
        let mut shop = shop(json!({"percent": 20}), coffee());
        shop["products"][1].as_object_mut().unwrap().remove("lowest_30_days");
        change(&mut shop);
        compiled(&shop).is_ok()
    };
    assert!(!allowed(|_| {}));
    assert!(!allowed(|shop| shop["country"] = json!("FI")));
    assert!(allowed(|shop| shop["country"] = json!("CH")), "not in the EEA");
    assert!(allowed(|shop| drop(shop.as_object_mut().unwrap().remove("country"))), "a time zone is no law");
    assert!(allowed(|shop| shop["offers"][0]["value"]["reduction"] = json!("individual")));
    assert!(allowed(|shop| shop["offers"][0]["value"]["reduction"] = json!("perishable")));
    assert!(allowed(|shop| shop["offers"][0]["value"] = json!({"pieces": {"of": 3, "pay": 2}})), "a conditional offer");
    assert!(allowed(|shop| shop["offers"][0]["scope"] = json!({})), "everything: the labels tell");
}

#[test]
fn only_the_lowest_price_may_be_struck_out() {
    let with = |price: f64, lowest: Option<f64>, reference: f64| {
        let mut shop = shop(json!({"pieces": {"of": 3, "pay": 2}}), coffee());
        let product = &mut shop["products"][0];
        product["price"] = json!(price);
        product["reference_price"] = json!(reference);
        product["lowest_30_days"] = json!(lowest);
        shop
    };
    assert!(compiled(&with(0.99, Some(1.49), 1.49)).is_ok());
    refused(&with(0.99, None, 1.49), "a reduction of `m1` is announced");
    refused(&with(0.99, Some(1.19), 1.49), "only the lowest price of the 30 days before a reduction may be struck out");
    refused(&with(1.49, Some(1.49), 1.49), "announces no reduction");
}

#[test]
fn the_text_of_a_reduction_ends_with_the_lowest_price() {
    let text = |scope: Value, language| {
        let catalog = compiled(&shop(json!({"percent": 20}), scope)).unwrap();
        let read = catalog.offers.creative(OfferIx(0)).unwrap();
        catalog.text(read.text.in_language(language)).to_owned()
    };
    let one = json!({"products": ["c1"]});
    assert_eq!(text(one.clone(), Language::De), "Text. Niedrigster Preis der letzten 30 Tage: 4,99 €.");
    assert_eq!(text(one, Language::En), "Text. Lowest price of the last 30 days: €4.99.");
    let two = json!({"products": ["c1", "m1"]});
    assert_eq!(text(two, Language::En), "Text. Lowest price of the last 30 days: Milch 1 l €1.49, Kaffee 500 g €4.99.");
    assert_eq!(text(coffee(), Language::En), "Text.", "of a whole category the labels tell");
}
