//! The published JSON Schema is the one that catalogs are checked against, and the example keeps to it.
//!
//! `UPDATE_SCHEMA=1 cargo test --features cli --test schema` writes it anew; read the change before committing it.
#![cfg(all(feature = "author", not(target_arch = "wasm32")))]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

use std::fs;

use tactful::author;

const PUBLISHED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/catalog.schema.json");

#[test]
fn the_published_schema_is_the_one_in_use() {
    let current = format!("{:#}\n", author::schema());
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        fs::write(PUBLISHED, &current).unwrap();
    }
    assert_eq!(fs::read_to_string(PUBLISHED).unwrap(), current, "UPDATE_SCHEMA=1 writes it anew");
}

#[test]
fn the_schema_is_a_schema() {
    assert!(jsonschema::meta::is_valid(&author::schema()));
}

#[test]
fn every_field_of_the_schema_is_described() {
    fn undescribed(value: &serde_json::Value, path: &str, found: &mut Vec<String>) {
        if let Some(fields) = value.get("properties").and_then(|p| p.as_object()) {
            for (name, field) in fields.iter().filter(|(_, field)| field.get("description").is_none()) {
                found.push(format!("{path}/{name}: {field}"));
            }
        }
        for (name, inner) in value.as_object().into_iter().flatten() {
            undescribed(inner, &format!("{path}/{name}"), found);
        }
    }
    let mut found = Vec::new();
    undescribed(&author::schema(), "", &mut found);
    assert!(found.is_empty(), "{found:#?}");
}

// --- broken catalogs: all problems at once, each with its place

fn issues(change: impl Fn(&mut serde_json::Value)) -> Vec<String> {
    let mut catalog: serde_json::Value =
        serde_json::from_str(include_str!("../examples/nordkorb/catalog.json")).unwrap();
    change(&mut catalog);
    let text = format!("{catalog:#}");
    let issues = author::compile(&text).map(|_| vec![]).unwrap_or_else(|issues| issues);
    issues.into_iter().map(|issue| format!("{} [{}] {}", issue.path, issue.code, issue.message)).collect()
}

#[test]
fn all_problems_are_told_at_once() {
    let found = issues(|catalog| {
        catalog["purpos"] = catalog["purpose"].take();
        catalog.as_object_mut().unwrap().remove("purpose");
        catalog["goals"]["reach"] = 30.into();
        catalog["products"][0]["price"] = 1.999.into();
        catalog["products"][1]["gtin"] = "2000042000326".into();
        catalog["offers"][0]["applicable"] = "presence.in_stor".into();
    });
    let expected =
        [" [unknown-field] unknown field `purpos`; did you mean `purpose`?", " [missing-field] `purpose` is missing"];
    assert!(expected.iter().all(|line| found.iter().any(|issue| issue == line)), "{found:#?}");
}

#[test]
fn what_a_catalog_means_is_told_at_once() {
    let found = issues(|catalog| {
        catalog["goals"]["reach"] = 30.into();
        catalog["timezone"] = "Europe/Helsinky".into();
        catalog["products"][0]["price"] = 1.999.into();
        catalog["products"][1]["gtin"] = "2000042000326".into();
        catalog["products"][2]["category"] = "biscuit".into();
        catalog["products"][3]["id"] = catalog["products"][4]["id"].clone();
        catalog["products"][5]["name"].as_object_mut().unwrap().remove("de");
        catalog["stores"][0]["opening_hours"] = "Mo-Fr 8 bis 20".into();
        catalog["stores"][1]["geometry"]["coordinates"][0].as_array_mut().unwrap().pop();
        catalog["offers"][0]["applicable"] = "presence.in_stor && basket.total >= 3.999".into();
        catalog["offers"][1]["scope"]["categories"][0] = "cofee".into();
        catalog["offers"][2]["value"]["amount"] = 1.into();
        catalog["offers"][3]["schedule"] = serde_json::json!({"from": "2026-12-24", "until": "2026-12-01"});
        catalog["offers"][4]["creative"]["en"]["text"] = "Only {days} left".into();
    });
    let codes: Vec<&str> = found.iter().filter_map(|issue| issue.split(['[', ']']).nth(1)).collect();
    for code in [
        "goals",
        "time-zone",
        "money",
        "gs1-number",
        "unknown-name",
        "duplicate-id",
        "language",
        "opening-hours",
        "geometry",
        "condition",
        "rule",
        "date",
        "placeholder",
    ] {
        assert!(codes.contains(&code), "no `{code}` in {found:#?}");
    }
    assert!(found.iter().any(|issue| issue.ends_with("did you mean `coffee`?")), "{found:#?}");
}

#[test]
fn attributes_list_their_values_or_do_not() {
    let found = issues(|catalog| {
        let attributes = serde_json::json!({
            "cart": {"type": "set"},
            "since": {"type": "map", "values": ["bread", "milk", "bread"]},
            "size": {"type": "number", "values": ["one"]},
            "eye colour": {"type": "boolean"},
            "many": {"type": "set", "values": (0..1_001).map(|n| n.to_string()).collect::<Vec<_>>()},
        });
        for (name, declared) in attributes.as_object().unwrap() {
            catalog["attributes"][name] = declared.clone();
        }
    });
    for wanted in [
        "/attributes/cart [rule] a `string`, `set` or `map` attribute lists its `values`, and no other does",
        "/attributes/since/values/2 [duplicate-id] value `bread` is already used by /attributes/since/values/0",
        "/attributes/size [rule] a `string`, `set` or `map` attribute lists its `values`, and no other does",
        "/attributes/eye colour [rule] conditions write an attribute's name as it is: letters, digits and `_`, no digit \
         first",
        "/attributes/many/values [shape] the list has more than the 1000 entries it may have",
    ] {
        assert!(found.iter().any(|issue| issue == wanted), "no {wanted} in {found:#?}");
    }
    let told = |kind: &str| issues(|catalog| catalog["attributes"]["odd"] = serde_json::json!({"type": kind}));
    assert_eq!(told("boolean"), [""; 0]);
    let unknown = told("list");
    assert!(unknown.first().is_some_and(|issue| issue.starts_with("/attributes/odd/type")), "{unknown:#?}");
}

#[test]
fn an_id_that_an_offer_shares_with_a_product_is_told_with_both_places() {
    let found = issues(|catalog| {
        catalog["offers"][3]["id"] = catalog["products"][5]["id"].clone();
        catalog["products"][7]["id"] = catalog["categories"][2]["id"].clone();
    });
    let says = |path: &str, first: &str| {
        let (from, until) = (format!("{path} [duplicate-id] id `"), format!("` is already used by {first}"));
        found.iter().filter(|issue| issue.starts_with(&from) && issue.ends_with(&until)).count()
    };
    assert_eq!([says("/offers/3/id", "/products/5"), says("/products/7/id", "/categories/2")], [1, 1], "{found:#?}");
}

#[test]
fn conditions_of_an_offer_are_counted_together() {
    let any = |name: &str, count: u8| {
        (0..count).map(|n| format!("({name} == {n} && basket.items == {n})")).collect::<Vec<_>>().join(" || ")
    };
    let fit = |eligible: String, applicable: String| {
        issues(|catalog| {
            catalog["offers"][0]["eligible"] = eligible.clone().into();
            catalog["offers"][0]["applicable"] = applicable.clone().into();
            catalog["offers"][0]["suitable"] = "occasion.month != 2 || care.open".into();
        })
    };
    assert_eq!(fit(any("occasion.hour", 16), any("occasion.day", 16)), [""; 0], "they share the pieces in the basket");
    let days =
        (0..17).map(|n| format!("(occasion.day == {n} && bought.total == {n})")).collect::<Vec<_>>().join(" || ");
    let found = fit(any("occasion.hour", 3), days);
    let wanted = "/offers/0/applicable [condition] `eligible`, `applicable` and `suitable` have 3 x 17 x 2 alternatives, \
                  51 together, more than the 32 of an offer; make several offers, each with some of those of `applicable`";
    assert_eq!(found, [wanted]);
}

#[test]
fn a_bad_polygon_says_what_is_wrong_with_it() {
    let square = |corners: &str| {
        let found =
            issues(|catalog| catalog["stores"][0]["geometry"]["coordinates"] = serde_json::from_str(corners).unwrap());
        found.first().cloned().unwrap_or_default()
    };
    let says = [
        ("[[[24.94,60.17],[24.95,60.17],[24.95,60.18],[24.94,60.18]]]", "ends where it begins"),
        ("[[[24.94,60.17],[24.95,60.18],[24.95,60.17],[24.94,60.18],[24.94,60.17]]]", "crosses itself"),
        ("[[[60.17,124.94],[60.17,24.95],[60.18,24.95],[60.17,124.94]]]", "longitude first"),
        ("[[[24.94,60.17],[24.94,60.17],[24.94,60.17],[24.94,60.17]]]", "less than 10 square metres"),
        ("[[1, 2]]", "a position is"),
    ];
    for (corners, said) in says {
        assert!(square(corners).contains(said), "{corners}: {}", square(corners));
    }
}

#[test]
fn the_place_is_that_of_the_part_of_a_condition() {
    let text = include_str!("../examples/nordkorb/catalog.json");
    let broken = text.replacen("bought.total < 1", "bought.total < \\\"1\\\"", 1);
    let issues = author::compile(&broken).unwrap_err();
    let at = broken.find("\\\"1\\\"").unwrap();
    assert_eq!(issues.len(), 1);
    assert_eq!((issues[0].span.0, issues[0].message.as_str()), (at, "expected a whole number"));
    let line = broken[..at].matches('\n').count() + 1;
    assert_eq!(issues[0].line, line);
}
