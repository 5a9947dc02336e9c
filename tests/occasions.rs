//! Occasions, holidays and seasons: written in words, lowered to days, asked on those days.
#![cfg(all(feature = "author", not(target_arch = "wasm32")))]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use serde_json::{Value, json};
use tactful::answer::Context;
use tactful::author::{self, Horizon};
use tactful::catalog::Catalog;
use tactful::index::{Index, Step};
use tactful::value::{Local, Timestamp};
use tactful::wire::pack;

/// A shop with one offer for those who come on certain days.
fn shop(condition: &str, change: impl Fn(&mut Value)) -> String {
    let mut catalog: Value = serde_json::from_str(include_str!("../examples/nordkorb/catalog.json")).unwrap();
    let mut offer =
        catalog["offers"].as_array().unwrap().iter().find(|offer| offer["kind"] == "service").unwrap().clone();
    for field in ["eligible", "suitable", "schedule"] {
        offer.as_object_mut().unwrap().remove(field);
    }
    offer["applicable"] = json!(condition);
    catalog["offers"] = json!([offer]);
    catalog["cadence"].as_object_mut().unwrap().remove("quiet_hours");
    catalog["occasions"] = json!({
        "christmas": "Dec 24-26", "easter": "easter -2 days-easter +1 day", "mothers": "May Su[2]",
        "payday": {"days_of_month": [15, -1]}, "holiday": "PH", "fair": "2026 Nov 27-2026 Nov 29",
    });
    change(&mut catalog);
    catalog.to_string()
}

/// Whether the offer is answered at noon of each day, in Helsinki.
fn answered(catalog: &str, days: &[&str]) -> Vec<bool> {
    let catalog = author::compile(catalog).unwrap_or_else(|issues| panic!("{issues:?}"));
    let catalog = pack::decode(&pack::encode(&catalog), Timestamp::from_ms(0), 0).unwrap();
    let index = Index::new(&catalog);
    let placement = catalog.placement_by_id("home").unwrap();
    let answered = |day: &&str| {
        let noon = author::instant(&format!("{day}T12:00:00+02:00")).unwrap();
        let mut context = Context::new(&catalog);
        matches!(context.ask((&catalog, &index), placement, noon), Ok(Step::Offer(_)))
    };
    days.iter().map(answered).collect()
}

fn told(catalog: &str) -> String {
    author::compile(catalog).unwrap_err().iter().map(|issue| format!("{} {}\n", issue.path, issue.message)).collect()
}

#[track_caller]
fn only_on(condition: &str, yes: &[&str], no: &[&str]) {
    let shop = shop(condition, |_| {});
    assert!(answered(&shop, yes).iter().all(|yes| *yes), "{condition}: {:?}", answered(&shop, yes));
    assert!(answered(&shop, no).iter().all(|yes| !*yes), "{condition}: {:?}", answered(&shop, no));
}

#[test]
fn occasions_are_days_in_words() {
    only_on(
        "\"christmas\" in occasion.today",
        &["2026-12-24", "2026-12-26", "2029-12-25"],
        &["2026-12-23", "2026-12-27"],
    );
    only_on("!(\"christmas\" in occasion.today)", &["2026-12-23"], &["2026-12-24"]);
    // Sources: Easter Sunday 2026-04-05 and 2027-03-28 (Meeus, Astronomical Algorithms, chapter 8).
    only_on("\"easter\" in occasion.today", &["2026-04-03", "2026-04-06", "2027-03-29"], &["2026-04-02", "2026-04-07"]);
    only_on("\"mothers\" in occasion.today", &["2026-05-10", "2027-05-09"], &["2026-05-03", "2026-05-11"]);
    only_on("\"fair\" in occasion.today", &["2026-11-27", "2026-11-29"], &["2027-11-27", "2026-11-30"]);
    only_on(
        "occasion.today.exists(day, day in [\"fair\", \"mothers\"])",
        &["2026-11-28", "2026-05-10"],
        &["2026-12-24"],
    );
}

#[test]
fn what_comes_is_asked_in_days() {
    only_on(
        "occasion.until[\"christmas\"] <= days(10)",
        &["2026-12-14", "2026-12-23", "2026-12-26"],
        &["2026-12-13", "2026-12-27"],
    );
    only_on("occasion.until[\"fair\"] > days(1)", &["2026-11-25"], &["2026-11-26", "2026-11-28", "2026-11-30"]);
    only_on("\"fair\" in occasion.until", &["2026-11-29", "2025-01-01"], &["2026-11-30"]);
}

#[test]
fn paydays_come_before_weekends_and_holidays() {
    // The 15th of August 2026 is a Saturday, the 31st of October too, and the 1st of January is a holiday.
    only_on(
        "\"payday\" in occasion.today",
        &["2026-08-14", "2026-10-30", "2026-09-15", "2027-02-26", "2028-02-29"],
        &["2026-08-15", "2026-10-31", "2026-09-14"],
    );
    let first = shop("\"payday\" in occasion.today", |catalog| {
        catalog["occasions"]["payday"] = json!({"days_of_month": [1, 31]})
    });
    assert_eq!(answered(&first, &["2025-12-31", "2026-01-01", "2026-04-30", "2026-05-01"]), [true, false, true, false]);
}

#[test]
fn holidays_are_those_of_the_country() {
    // Finland's Independence Day, and Germany's Day of Unity.
    only_on("occasion.holiday", &["2026-12-06", "2026-01-06"], &["2026-10-03", "2026-12-05"]);
    only_on("\"holiday\" in occasion.today", &["2026-12-06"], &["2026-10-03"]);
    let german = shop("occasion.holiday", |catalog| catalog["country"] = json!("DE"));
    assert_eq!(answered(&german, &["2026-10-03", "2026-12-06"]), [true, false]);
    let nowhere = shop("occasion.holiday", |catalog| {
        catalog.as_object_mut().unwrap().remove("country");
    });
    let issues = told(&nowhere);
    assert!(issues.contains("the catalog names no `country`"), "{issues}");
}

#[test]
fn seasons_are_those_where_the_stores_are() {
    only_on("occasion.season == \"winter\"", &["2026-12-01", "2026-02-28"], &["2026-03-01", "2026-11-30"]);
    only_on(
        "occasion.season in [\"summer\", \"autumn\"]",
        &["2026-06-01", "2026-11-30"],
        &["2026-05-31", "2026-12-01"],
    );
    let south = shop("occasion.season == \"winter\"", |catalog| {
        for store in catalog["stores"].as_array_mut().unwrap() {
            store["geometry"] = json!({"type": "Point", "coordinates": [151.2, -33.9]});
            store["radius_m"] = json!(30);
        }
    });
    assert_eq!(answered(&south, &["2026-07-01", "2026-01-01"]), [true, false]);
}

#[test]
fn days_that_mean_nothing_are_refused_with_the_place() {
    for (days, said) in [
        (json!("Decembr 24"), "are no days like `Dec 24-26`"),
        (json!("1999 Dec 24"), "none of these days is from 2024 to 2031"),
        (json!({"days_of_month": [32]}), "32"),
        (json!({"days_of_month": []}), "days_of_month"),
    ] {
        let catalog =
            shop("\"christmas\" in occasion.today", |catalog| catalog["occasions"]["christmas"] = days.clone());
        let issues = told(&catalog);
        assert!(issues.contains(said) && issues.contains("/occasions/christmas"), "{days}: {issues}");
    }
    let wrong = shop("\"chrismas\" in occasion.today", |_| {});
    let issues = told(&wrong);
    assert!(issues.contains("there is no occasion `chrismas`; did you mean `christmas`?"), "{issues}");
}

#[test]
fn what_is_expanded_follows_the_year_in_which_it_is_compiled() {
    let text = include_str!("../examples/nordkorb/catalog.json");
    let [now, later] = [2026, 2030].map(|year| author::compile_for(text, Horizon::around(year)).unwrap());
    let ends = |catalog: &Catalog| {
        let year = |at: Timestamp| Local::new(at, 0).year;
        let special = catalog.stores[0].hours.exceptions.iter().map(|(day, _)| i64::from(*day) * 86_400_000);
        let special = [special.clone().min(), special.max()].map(|day| year(Timestamp::from_ms(day.unwrap())));
        (year(catalog.offsets[1].0), year(catalog.offsets.last().unwrap().0), special)
    };
    assert_eq!(ends(&now), (2024, 2031, [2024, 2031]));
    assert_eq!(ends(&later), (2028, 2035, [2028, 2035]));
    assert_eq!(
        pack::encode(&author::compile(text).unwrap()),
        pack::encode(&now),
        "the years around 2026 are the usual ones"
    );
}
