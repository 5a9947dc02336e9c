//! What a decision may cost, as a shopkeeper meets it: the report, the notice, and the refusal with its reason.
#![cfg(feature = "cli")]
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tactful::author;
use tactful::author::budget::{self, GOAL, LEARNING, LIMIT, UNITS};

const SOURCE: &str = include_str!("../examples/nordkorb/catalog.json");

fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("budget-{test}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn run(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tactful")).current_dir(folder).args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// A catalog of `count` coupons for one placement, with `caps` of their kind and scopes of `products`.
fn catalog(count: usize, caps: usize, products: usize) -> Value {
    let ids: Vec<String> = (0..products).map(|place| format!("p-{place}")).collect();
    let offers = (0..count).map(|place| {
        json!({
            "id": format!("offer-{place}"), "kind": "coupon", "placements": ["here"], "value": {"percent": 5},
            "creative": {"en": {"title": "Five off", "text": "Five percent off."}}, "scope": {"products": ids},
        })
    });
    let goods = ids.iter().map(|id| json!({"id": id, "name": {"en": id}, "category": "all", "price": 1.0}));
    json!({
        "name": "Budget", "version": 1, "purpose": "Holds what a decision may cost.", "currency": "EUR",
        "goals": {"usefulness": 100, "margin": 0, "reach": 0}, "languages": ["en"], "timezone": "UTC",
        "categories": [{"id": "all", "name": {"en": "All"}}], "products": goods.collect::<Vec<_>>(),
        "placements": [{"id": "there"}, {"id": "here"}], "offers": offers.collect::<Vec<_>>(),
        "cadence": {
            "gap_minutes": 0, "interruption_cost": 0,
            "caps": vec![json!({"impressions": 3, "hours": 24, "kind": "coupon"}); caps],
        },
    })
}

#[test]
fn a_catalog_over_the_budget_is_refused_with_the_placement_the_number_and_what_to_do() {
    let folder = folder("over");
    fs::write(folder.join("over.json"), catalog(64, 16, 0).to_string()).unwrap();
    fs::write(folder.join("over.tact"), "as it was").unwrap();
    for command in ["check", "compile"] {
        let ran = run(&folder, &[command, "over.json"]);
        let told = text(&ran.stderr);
        assert_eq!(ran.status.code(), Some(1), "{told}");
        for part in ["error[too-much-work]", "placement `here`, with its 64 offers", "fewer `caps` in the `cadence`"] {
            assert!(told.contains(part), "{part:?} is not in\n{told}");
        }
        let ran = run(&folder, &[command, "over.json", "--json"]);
        let fault: Value = serde_json::from_str(text(&ran.stdout)).unwrap();
        assert_eq!((&fault["code"], &fault["path"]), (&json!("too-much-work"), &json!("/placements/1")));
        assert_eq!((ran.status.code(), text(&ran.stderr)), (Some(1), ""));
    }
    assert_eq!(fs::read(folder.join("over.tact")).unwrap(), b"as it was");
}

#[test]
fn what_costs_most_is_what_the_fix_names() {
    let fix = |catalog: Value| author::compile(&catalog.to_string()).unwrap_err().remove(0).message;
    assert!(fix(catalog(64, 16, 0)).ends_with("have fewer `caps` in the `cadence`"));
    assert!(fix(catalog(64, 0, 60)).ends_with("fewer products and categories in the `scope` of each of its offers"));
}

#[test]
fn a_catalog_above_the_goal_passes_with_a_notice_and_one_below_without() {
    let folder = folder("goal");
    for (products, noticed) in [(20, true), (2, false)] {
        fs::write(folder.join("shop.json"), catalog(64, 0, products).to_string()).unwrap();
        let ran = run(&folder, &["compile", "shop.json"]);
        let told = text(&ran.stderr);
        assert_eq!(
            (ran.status.code(), told.contains("more than the 2000000 that it should")),
            (Some(0), noticed),
            "{told}"
        );
    }
}

#[test]
fn the_report_adds_up() {
    let folder = folder("report");
    fs::write(folder.join("nk.json"), SOURCE).unwrap();
    let ran = run(&folder, &["compile", "nk.json", "--report", "--json"]);
    let told: Value = serde_json::from_str(text(&ran.stdout)).unwrap();
    let (report, pack) = (&told["report"], fs::read(folder.join("nk.tact")).unwrap());
    let number = |value: &Value| value.as_u64().unwrap();
    let sections = report["sections"].as_array().unwrap();
    let in_sections: u64 = sections.iter().map(|section| number(&section["bytes"])).sum();
    // Beside the sections: a header of 32 bytes, how many sections there are, and how long each is.
    // Of those that the example lacks the last are not even there.
    let there = u64::from(u32::from_le_bytes(pack[32..36].try_into().unwrap()));
    assert!(there <= sections.len() as u64, "{there} sections");
    assert_eq!(in_sections + 32 + 4 * (1 + there), pack.len() as u64);
    assert_eq!((number(&told["bytes"]), number(&report["catalog"]["bytes"])), (pack.len() as u64, SOURCE.len() as u64));
    assert!(number(&report["pack"]["brotli"]) * 2 < pack.len() as u64, "{report}");
    for placement in report["placements"].as_array().unwrap() {
        let counts = placement["counts"].as_object().unwrap();
        let sum: u64 = UNITS.iter().map(|unit| unit.instructions * number(&counts[unit.name])).sum();
        assert_eq!(sum, number(&placement["instructions"]), "{placement}");
        assert!(number(&placement["bitmap_bytes"]) % 8 == 0 && sum <= LIMIT);
    }
    let home = &report["placements"][0];
    let worst = budget::worst(&author::compile(SOURCE).unwrap()).unwrap().instructions();
    assert!(number(&home["instructions"]) <= worst && home["offers"] == 37, "{home}");
    assert_eq!(report["budget"], json!({"goal": GOAL, "limit": LIMIT, "learning": LEARNING}));
}

#[test]
fn the_report_for_people_has_every_section_and_placement() {
    let folder = folder("people");
    fs::write(folder.join("nk.json"), SOURCE).unwrap();
    let told = run(&folder, &["compile", "nk.json", "--report"]).stdout;
    let catalog: Value = serde_json::from_str(SOURCE).unwrap();
    let sections = tactful::wire::pack::SECTIONS.map(|(name, _)| name);
    let placements =
        catalog["placements"].as_array().unwrap().iter().map(|placement| placement["id"].as_str().unwrap());
    for name in sections.into_iter().chain(placements) {
        assert!(text(&told).lines().any(|line| line.starts_with(&format!("  {name} "))), "{name}");
    }
    let piped = run(&folder, &["compile", "nk.json", "-o", "-", "--report"]);
    assert_eq!(piped.stdout, fs::read(folder.join("nk.tact")).unwrap());
    assert!(text(&piped.stderr).contains("bytes of"));
}
