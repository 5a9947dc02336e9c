//! A simulated year: the same again for the same seed, nothing lost in counting, nothing shown that may not be, and bounds
//! that can fail a build.
#![cfg(all(feature = "author", not(target_arch = "wasm32")))]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_precision_loss
)]

use std::collections::BTreeMap;

use tactful::author;
use tactful::catalog::{Cap, Catalog, Counted};
use tactful::decide::Outcome as Decided;
use tactful::session::Engine;
use tactful::signal::Dial;
use tactful::simulate::count::{Count, Row};
use tactful::simulate::figure::Figure;
use tactful::simulate::history::History;
use tactful::simulate::summary::{BudgetView, Comparison, Summary};
use tactful::simulate::{Budget, Event, Outcome, Plan, World, simulate, together};
use tactful::value::{Key, Ppm, Span, Timestamp};

const EXAMPLE: &str = include_str!("../examples/nordkorb/catalog.json");

/// People of each simulation here; unoptimised, somebody lives a year in a tenth of a second.
const PEOPLE: u32 = 40;

fn catalog() -> Catalog {
    author::compile(EXAMPLE).unwrap()
}

fn live(catalog: Catalog, plan: &Plan) -> (Summary, Outcome) {
    let engine = Engine::new(catalog);
    let world = World::new(&engine);
    let outcome = simulate(&world, plan, &mut |_| {});
    (Summary::new(&world, plan, &outcome, &[]), outcome)
}

fn json(summary: &Summary) -> String {
    serde_json::to_string(summary).unwrap()
}

fn sum(outcome: &Outcome, count: Count) -> u64 {
    outcome.rows.iter().map(|row| row.get(count)).sum()
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_other_people() {
    let plan = Plan { days: 120, ..Plan::year(3, 12) };
    let (again, other) = (live(catalog(), &plan).0, live(catalog(), &Plan { seed: 4, ..plan.clone() }).0);
    assert_eq!(json(&live(catalog(), &plan).0), json(&again));
    assert_ne!(again.counts, other.counts);
}

#[test]
fn people_who_live_apart_are_counted_as_if_together() {
    let plan = Plan { days: 60, ..Plan::year(3, 10) };
    let engine = Engine::new(catalog());
    let world = World::new(&engine);
    let part = |people: std::ops::Range<u32>| {
        let mut part = Outcome::new();
        people.for_each(|number| part.live(&world, &plan, number, &mut |_| {}));
        part
    };
    let (mut first, second) = (part(0..7), part(7..10));
    first.merge(second);
    assert_eq!(first, simulate(&world, &plan, &mut |_| {}));
}

#[test]
fn nothing_is_lost_in_counting() {
    let (summary, outcome) = live(catalog(), &Plan::year(1, PEOPLE));
    let totals = &outcome.totals;
    let messages = sum(&outcome, Count::Messages);
    assert!(messages > 500, "{messages} messages");
    assert_eq!(sum(&outcome, Count::People), u64::from(PEOPLE));
    let offers =
        |count: fn(&tactful::simulate::count::OfferCount) -> u64| totals.offers.values().map(count).sum::<u64>();
    assert_eq!(offers(|offer| offer.shown), messages);
    assert_eq!(offers(|offer| offer.useful), sum(&outcome, Count::Useful));
    assert_eq!(offers(|offer| offer.claimed), sum(&outcome, Count::Claimed));
    assert_eq!(offers(|offer| offer.redeemed), sum(&outcome, Count::Redeemed));
    assert_eq!(offers(|offer| offer.savings), sum(&outcome, Count::Savings));
    let refused = [Count::Dismissed, Count::NeverAgain, Count::LessLikeThis].map(|count| sum(&outcome, count));
    assert_eq!(offers(|offer| offer.refused), refused.iter().sum::<u64>());
    let asked: u64 = summary.placements.iter().map(|placement| placement.all.asks).sum();
    let shown: u64 = summary.placements.iter().map(|placement| placement.all.shown).sum();
    assert_eq!((asked, shown), (sum(&outcome, Count::Asks), messages));
    assert_eq!(totals.holds.values().sum::<u64>(), asked - shown);
    for placement in &summary.placements {
        let all = placement.all;
        let steps = [all.asks, all.permitted, all.fitting, all.free, all.shown, all.useful];
        assert!(steps.is_sorted_by(|a, b| a >= b), "{}: {steps:?}", placement.id);
        let held: u64 = placement.holds.iter().map(|hold| hold.count).sum();
        assert_eq!(held, all.asks - all.shown, "{}", placement.id);
    }
    for offer in &summary.offers {
        assert!(offer.redeemed <= offer.claimed && offer.useful + offer.refused <= offer.shown, "{offer:?}");
        assert!(offer.liability_end <= offer.liability_most, "{offer:?}");
    }
    assert!(summary.offers.iter().any(|offer| offer.liability_end > 0), "some coupons are still open at the end");
    for gap in &summary.gaps {
        let (places, whys) = (gap.placements.values().sum::<u64>(), gap.whys.iter().map(|why| why.count).sum::<u64>());
        assert_eq!((places, whys), (gap.moments, gap.moments), "{}", gap.category);
    }
    let silent: u64 = summary.placements.iter().map(|placement| placement.all.permitted - placement.all.shown).sum();
    assert!(summary.gaps.iter().map(|gap| gap.moments).sum::<u64>() <= silent);
    let weeks: u64 = totals.weeks.iter().sum();
    assert!(weeks <= u64::from(PEOPLE) * 52 && weeks >= sum(&outcome, Count::Days) / 7 - u64::from(PEOPLE));
    assert_eq!(summary.counts["spend"], sum(&outcome, Count::Spend));
}

/// A shown offer: when, its key, kind and group.
type Shown = (Timestamp, Key, Counted, Option<Key>);

/// Returns every time that a cap of the catalog, or the gap, was not kept, by a list of everything that was shown.
fn violations(catalog: &Catalog, held_to: &Catalog, plan: &Plan) -> usize {
    let engine = Engine::new(catalog.clone());
    let world = World::new(&engine);
    let mut found = 0;
    for number in 0..plan.people {
        let mut shown: Vec<Shown> = Vec::new();
        Outcome::new().live(&world, plan, number, &mut |event| match event {
            // What was shown before is gone with the device; what then may be shown is a rule of its own.
            Event::Began(_) => shown.clear(),
            Event::Told(_) | Event::Asking(_) | Event::Found(_) | Event::Ended(_) => {}
            Event::Decided(decision) => {
                let Decided::Show(show) = &decision.outcome else { return };
                let offer = engine.catalog.offer(show.offer).unwrap();
                shown.push((decision.at, offer.key, Counted::Kind(offer.kind), offer.group));
                let caps = held_to.cadence.caps.iter().copied().chain(offer.caps.iter().map(|cap| cap.on(offer.key)));
                found += caps.filter(|cap| is_broken(cap, &shown)).count();
                let before = shown.iter().rev().nth(1).map(|(at, ..)| *at);
                found += usize::from(before.is_some_and(|before| decision.at.since(before) < held_to.cadence.gap));
            }
        });
    }
    found
}

fn is_broken(cap: &Cap, shown: &[Shown]) -> bool {
    let (last, key, kind, group) = shown[shown.len() - 1];
    let counts = |of: &(Timestamp, Key, Counted, Option<Key>)| match cap.of {
        Counted::All => true,
        Counted::Kind(_) => cap.of == of.2,
        Counted::Group(group) => of.3 == Some(group),
        Counted::Offer(offer) => of.1 == offer,
    };
    let concerns = counts(&(last, key, kind, group));
    concerns && shown.iter().filter(|of| counts(of) && last.since(of.0) < cap.window).count() > cap.impressions.into()
}

/// The engine as it would be if it showed whatever fits: the mutant that a simulation has to tell apart.
fn shows_everything() -> Catalog {
    let mut catalog = catalog();
    catalog.cadence.caps.clear();
    catalog.cadence.gap = Span::ZERO;
    catalog.cadence.quiet = None;
    catalog.cadence.interruption_cost = Ppm::ZERO;
    catalog
}

#[test]
fn caps_and_gaps_hold_all_year_and_an_engine_that_shows_everything_is_found() {
    let plan = Plan::year(5, PEOPLE);
    assert_eq!(violations(&catalog(), &catalog(), &plan), 0);
    let found = violations(&shows_everything(), &catalog(), &plan);
    assert!(found > 1_000, "{found} violations of an engine that keeps to nothing");
}

#[test]
fn an_engine_that_shows_everything_is_worse_by_every_figure_of_tact() {
    let plan = Plan::year(5, PEOPLE);
    let (one, other) = (live(catalog(), &plan), live(shows_everything(), &plan));
    let compared = Comparison::new((one.0, &one.1), (other.0, &other.1));
    let difference = |name: &str| compared.differences.iter().find(|difference| difference.name == name).unwrap();
    for name in ["messages_a_week", "annoyance", "turned_down"] {
        let found = difference(name);
        assert!(found.is_sure && found.difference.value > 0.0, "{name}: {found:?}");
    }
    assert!(difference("messages_a_week").change.unwrap().value > 0.3);
}

#[test]
fn people_who_answer_otherwise_than_stated_make_every_figure_uncertain() {
    let plan = Plan { days: 90, models: 4, ..Plan::year(5, PEOPLE) };
    let models: Vec<_> = (0..4).map(|number| plan.model(number)).collect();
    assert!(models.windows(2).all(|pair| pair[0] != pair[1]), "each is a draw of its own");
    assert_eq!((plan.model(4), plan.model(7)), (models[0], models[3]), "people are dealt out in turn");
    let (one, other) = (live(catalog(), &plan), live(shows_everything(), &plan));
    let compared = Comparison::new((one.0, &one.1), (other.0, &other.1));
    let messages = compared.differences.iter().find(|difference| difference.name == "messages_a_week").unwrap();
    let spread = messages.over_models.unwrap();
    assert!(spread.low <= spread.mean && spread.mean <= spread.high, "{spread:?}");
    assert!(spread.mean > 0.3, "who shows everything says more, however people answer: {spread:?}");
    let (stated, _) = live(catalog(), &Plan { models: 0, ..plan });
    assert_ne!(stated.counts, compared.one.counts);
}

#[test]
fn the_same_catalog_twice_differs_by_nothing() {
    let plan = Plan { days: 60, ..Plan::year(1, 10) };
    let (one, other) = (live(catalog(), &plan), live(catalog(), &plan));
    let compared = Comparison::new((one.0, &one.1), (other.0, &other.1));
    for difference in compared.differences {
        assert_eq!((difference.difference.value, difference.is_sure), (0.0, false), "{}", difference.name);
    }
}

#[test]
fn another_catalog_meets_the_same_people_on_the_same_days() {
    let plan = Plan { days: 200, ..Plan::year(2, 15) };
    let mut silent = catalog();
    silent.not_after = Timestamp::from_ms(0);
    let (one, other) = (live(catalog(), &plan).1, live(silent, &plan).1);
    assert_eq!(sum(&other, Count::Messages), 0);
    // Who leaves visits no more, so only who stays can be compared visit by visit.
    let stays = |(one, other): &(&Row, &Row)| one.get(Count::Left) == 0 && other.get(Count::Left) == 0;
    let pairs: Vec<_> = one.rows.iter().zip(&other.rows).filter(stays).collect();
    assert!(pairs.len() > 5);
    for (one, other) in pairs {
        for count in [Count::Days, Count::Visits, Count::Purchases] {
            assert_eq!(one.get(count), other.get(count), "{count:?}");
        }
    }
}

#[test]
fn who_turns_the_dial_to_never_hears_nothing() {
    let plan = Plan::year(1, 300);
    let engine = Engine::new(catalog());
    let world = World::new(&engine);
    let quiet = |number: &u32| tactful::simulate::person::Person::new(&world, 1, *number).dial == Dial::Never;
    let number = (0..300).find(quiet).expect("one in a hundred");
    let mut outcome = Outcome::new();
    outcome.live(&world, &plan, number, &mut |_| {});
    assert_eq!((sum(&outcome, Count::Messages), sum(&outcome, Count::Asks) > 0), (0, true));
}

#[test]
fn people_can_be_made_like_households() {
    let catalog = catalog();
    let milk = catalog.category_by_key(Key::of("milk")).unwrap();
    let history = History((0..52).map(|week| (week * 7, vec![milk])).collect());
    let plan = Plan { histories: vec![history], ..Plan::year(1, 4) };
    let engine = Engine::new(catalog);
    let world = World::new(&engine);
    let outcome = simulate(&world, &plan, &mut |_| {});
    let purchases = sum(&outcome, Count::Purchases) / 4;
    assert!((30..75).contains(&purchases), "{purchases} purchases of somebody who shops once a week");
    let needed: Vec<_> = outcome.totals.gaps.keys().map(|(category, ..)| *category).collect();
    assert!(needed.iter().all(|category| *category == milk), "{needed:?}");
}

// --- bounds

fn held_to(bounds: serde_json::Value) -> Result<Vec<String>, Vec<String>> {
    let mut text: serde_json::Value = serde_json::from_str(EXAMPLE).unwrap();
    text["simulation"] = bounds;
    let said = |issue: author::Issue| format!("{} [{}] {}", issue.path, issue.code, issue.message);
    let compiled = author::compile_held(&format!("{text:#}"), author::Horizon::default());
    let (catalog, thresholds) = compiled.map_err(|issues| issues.into_iter().map(said).collect::<Vec<_>>())?;
    let engine = Engine::new(catalog);
    let (world, plan) = (World::new(&engine), Plan { days: 120, ..Plan::year(1, PEOPLE) });
    let outcome = simulate(&world, &plan, &mut |_| {});
    Ok(Summary::new(&world, &plan, &outcome, &thresholds).breaches().map(String::from).collect())
}

#[test]
fn bounds_that_hold_say_nothing() {
    let bounds = serde_json::json!({"most_messages_a_week": 12, "most_messages_in_a_week": 12, "most_leavers": 1});
    assert_eq!(held_to(bounds), Ok(vec![]));
}

#[test]
fn a_bound_that_does_not_hold_is_told_in_a_sentence() {
    let found = held_to(serde_json::json!({"least_useful_share": 0.99, "most_savings": 0.01})).unwrap();
    let [useful, savings] = found.as_slice() else { panic!("{found:?}") };
    assert!(useful.starts_with("`least_useful_share`: share of messages that are useful: 0."), "{useful}");
    assert!(useful.ends_with("less than the least of 0.99"), "{useful}");
    assert!(savings.ends_with("EUR), more than the most of 0.01 EUR"), "{savings}");
}

#[test]
fn bounds_are_checked_like_everything_else() {
    let wrong = serde_json::json!({"most_leaver": 0.1, "least_helped": 2, "most_messages_a_week": 9, "most_messages_in_a_week": 3});
    let found = held_to(wrong).unwrap_err().join("\n");
    assert!(
        found.contains("/simulation [unknown-field] unknown field `most_leaver`; did you mean `most_leavers`?"),
        "{found}"
    );
    assert!(found.contains("/simulation/least_helped [shape] `2` is above the maximum of 1"), "{found}");
    assert!(
        held_to(serde_json::json!({"most_messages_a_week": 9, "most_messages_in_a_week": 3})).unwrap_err()[0]
            .starts_with("/simulation/most_messages_in_a_week [rule]")
    );
}

#[test]
fn every_figure_is_between_the_ends_of_its_interval() {
    let (_, outcome) = live(catalog(), &Plan { days: 90, ..Plan::year(9, 20) });
    for figure in Figure::ALL {
        let found = figure.measure(&outcome.rows);
        assert!(found.low <= found.value && found.value <= found.high, "{}: {found:?}", figure.name);
    }
    let by_name: BTreeMap<_, _> = Count::ALL.into_iter().map(|(count, name)| (name, count as usize)).collect();
    assert_eq!(by_name.len(), Count::ALL.len());
    assert!(Count::ALL.iter().zip(0..).all(|((count, _), place)| *count as usize == place));
}

// --- budgets

#[test]
fn people_who_live_side_by_side_live_as_if_alone_where_nothing_runs_out() {
    let plan = Plan { days: 40, ..Plan::year(3, 12) };
    let engine = Engine::new(catalog());
    let world = World::new(&engine);
    let mut days = 0;
    let side_by_side = together(&world, &plan, &mut |_| days += 1);
    let alone = simulate(&world, &plan, &mut |_| {});
    assert_eq!(side_by_side.rows, alone.rows);
    assert!(side_by_side.totals == alone.totals && days == 40);
}

/// Four weeks of one coupon that everybody likes, of which there are twenty for a hundred and fifty people; told so late.
fn four_weeks(pacing: Option<&str>, seed: u64, told_after: Span) -> BudgetView {
    let mut shop: serde_json::Value = serde_json::from_str(EXAMPLE).unwrap();
    let words = serde_json::json!({ "title": "t", "text": "t" });
    shop["offers"] = serde_json::json!([{ "id": "all-20", "kind": "coupon", "creative": { "de": words, "en": words },
        "usefulness": { "mean": 0.9, "weight": 1_000 }, "value": { "percent": 20, "maximum_discount": 5 },
        "schedule": { "from": "2026-12-01", "until": "2026-12-29" },
        "budget": { "coupons": 20, "valid_days": 7, "all_stores": true } }]);
    if let Some(pacing) = pacing {
        shop["offers"][0]["pacing"] = serde_json::json!(pacing);
    }
    shop["cadence"] =
        serde_json::json!({ "gap_minutes": 0, "interruption_cost": 0.0, "caps": [{ "impressions": 1, "hours": 24 }] });
    let budgets = vec![Budget { offer: Key::of("all-20"), coupons: 20, per_person: 1 }];
    let plan = Plan { days: 28, budgets, told_after, ..Plan::year(seed, 150) };
    live(author::compile(&shop.to_string()).unwrap(), &plan).0.budgets.remove(0)
}

#[test]
fn a_budget_lasts_where_devices_are_told_what_is_left_of_it() {
    for seed in 1..3 {
        let [at_once, even, budget] =
            [None, Some("even"), Some("budget")].map(|pacing| four_weeks(pacing, seed, Plan::TOLD_AFTER));
        let gone = |view: &BudgetView| view.gone_after.unwrap_or(1.0);
        assert!(gone(&at_once) < 0.6 && gone(&even) < 0.8, "{at_once:?} {even:?}");
        assert!(gone(&budget) > 0.9 && budget.taken >= 18, "{budget:?}");
        let half: u64 = budget.tenths.iter().take(5).sum();
        assert!((7..16).contains(&half), "half of it in half of the time, and an eighth more: {budget:?}");
        assert!(budget.tenths.iter().all(|taken| *taken <= 8), "no rush: {budget:?}");
        for view in [&at_once, &even, &budget] {
            assert!(view.taken <= 20, "never more than there are: {view:?}");
        }
    }
}

#[test]
fn news_that_come_late_let_more_be_taken_and_never_too_much() {
    let late = four_weeks(Some("budget"), 1, Span::days(1));
    assert!(late.taken <= 20 && late.gone_after.unwrap_or(1.0) > 0.7, "{late:?}");
    let never = four_weeks(None, 1, Span::days(100));
    assert!(never.taken == 20 && never.missed > 5, "nobody is told that none is left: {never:?}");
}
