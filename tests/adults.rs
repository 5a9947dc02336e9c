//! Goods for adults are never promoted to an age that is not known: not by a session, and not to a host that tells what it
//! knows, in any placement. What is promoted is looked up in the products here, not in the flag that decides.
#![cfg(all(feature = "author", not(target_arch = "wasm32")))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};
use tactful::answer::Context;
use tactful::author;
use tactful::basket::Line;
use tactful::catalog::{Catalog, Kind, Offer, PlacementIx};
use tactful::decide::Outcome;
use tactful::index::Step;
use tactful::product::{About, ProductIx};
use tactful::profile::Profile;
use tactful::session::{Engine, Session};
use tactful::signal::{Fact, ShopEvent, ShopEventKind, Signal};
use tactful::value::{Seed, Timestamp};

const NOON: i64 = 1_795_255_200_000;

/// The example, in which every third product is for adults, whose offers ask nothing, and in which nothing rests.
fn adults() -> Catalog {
    let mut shop: Value = serde_json::from_str(include_str!("../examples/nordkorb/catalog.json")).unwrap();
    for (nth, product) in shop["products"].as_array_mut().unwrap().iter_mut().enumerate() {
        product["age_limit"] = json!(if nth % 3 == 0 { 18 } else { 0 });
    }
    let products = shop["products"].as_array().unwrap().clone();
    let adults = |category: &str| -> Vec<Value> {
        let limited = products.iter().filter(|product| product["age_limit"] == 18 && product["category"] == category);
        limited.map(|product| product["id"].clone()).collect()
    };
    for (nth, offer) in shop["offers"].as_array_mut().unwrap().iter_mut().enumerate() {
        let offer = offer.as_object_mut().unwrap();
        for field in [
            "eligible",
            "applicable",
            "suitable",
            "schedule",
            "placements",
            "caps",
            "pacing",
            "budget",
            "recall",
            "answers",
        ] {
            offer.remove(field);
        }
        let category = |nth: usize| ["milk", "bread", "coffee", "biscuits", "cheese"][nth % 5];
        let product = |nth: usize| format!("nk-{:04}", 1 + nth * 7 % 170);
        let scope = match nth % 4 {
            0 => json!({"products": [product(nth)]}),
            1 => json!({"categories": [category(nth)], "except": {"products": adults(category(nth))}}),
            2 => {
                json!({"categories": [category(nth)]})
            }
            _ => json!({}),
        };
        offer.insert("scope".into(), scope);
    }
    shop["cadence"] = json!({"gap_minutes": 0, "interruption_cost": 0});
    shop.as_object_mut().unwrap().remove("country");
    shop["placements"]
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .for_each(|place| drop(place.as_object_mut().unwrap().remove("kinds")));
    author::compile(&shop.to_string()).unwrap()
}

static SHOP: LazyLock<Engine> = LazyLock::new(|| Engine::new(adults()));

/// Tells whether an offer names a good for adults, itself or by a category.
fn names_adult_goods(catalog: &Catalog, offer: &Offer) -> bool {
    let scope = offer.scope;
    let named = |(ix, product): (ProductIx, &tactful::catalog::Product)| {
        let is_out = scope.except.products.contains(&ix) || scope.except.categories.contains(&product.category);
        let is_in = scope.products.contains(&ix) || scope.categories.contains(&product.category);
        product.age_limit > 0 && is_in && !is_out
    };
    (0..).map(ProductIx).zip(&catalog.products).any(named)
}

fn buys(nth: usize, kind: ShopEventKind) -> Fact {
    let catalog = &SHOP.catalog;
    let place = nth % catalog.products.len();
    let product = &catalog.products[place];
    let ix = ProductIx(u32::try_from(place).unwrap());
    let line = Line {
        item: product.key,
        product: Some(ix),
        category: Some(product.category),
        price: product.price,
        quantity: 1,
        lot: None,
    };
    Fact::Shop(ShopEvent { kind, lines: vec![line], transaction: None, searched: vec![] })
}

#[test]
fn the_shop_has_much_to_hide() {
    let catalog = &SHOP.catalog;
    let hidden = catalog.offers().filter(|(_, offer)| offer.kind != Kind::Service && names_adult_goods(catalog, offer));
    assert!(hidden.count() > 5);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_session_promotes_no_goods_for_adults(seed: u64, bought in prop::collection::vec((0_usize..172, 0_u8..3, 1_i64..600), 0..30)) {
        let (engine, catalog) = (&*SHOP, &SHOP.catalog);
        let mut session = Session::new(Profile::new(Seed(seed)));
        let mut at = NOON;
        for (nth, kind, minutes) in bought {
            at += minutes * 60_000;
            let kind = [ShopEventKind::ViewItem, ShopEventKind::AddToCart, ShopEventKind::Purchase][usize::from(kind)];
            session.observe(engine, &Signal { at: Timestamp::from_ms(at), fact: buys(nth, kind) }).unwrap();
            for placement in (0..).map(PlacementIx).take(catalog.placements.len()) {
                at += 60_000;
                let decision = session.ask(engine, placement, Timestamp::from_ms(at));
                let Outcome::Show(show) = &decision.outcome else { continue };
                let offer = catalog.offer(show.offer).unwrap();
                let is_help = offer.kind == Kind::Service;
                prop_assert!(is_help || !names_adult_goods(catalog, &offer), "{}", catalog.text(offer.id));
                if let (false, Some(About::Product(ix))) = (is_help, show.about) {
                    prop_assert_eq!(catalog.product(ix).unwrap().age_limit, 0);
                }
            }
        }
    }
}

#[test]
fn a_host_that_tells_what_it_knows_is_answered_no_goods_for_adults() {
    let (engine, catalog) = (&*SHOP, &SHOP.catalog);
    let mut answers = 0;
    for placement in (0..).map(PlacementIx).take(catalog.placements.len()) {
        let mut context = Context::new(catalog);
        let mut step = context.ask((catalog, &engine.index), placement, Timestamp::from_ms(NOON)).unwrap();
        while let Step::Offer(place) = step {
            let offer = catalog.offer(place).unwrap();
            assert!(offer.kind == Kind::Service || !names_adult_goods(catalog, &offer), "{}", catalog.text(offer.id));
            answers += 1;
            step = context.go_on((catalog, &engine.index));
        }
    }
    assert!(answers > 20, "{answers}");
}
