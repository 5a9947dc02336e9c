//! Off-policy estimates against the truth that only a simulation knows: what a quieter catalog would have come to at the asks
//! of a log, estimated from what was done there and how likely it was.
#![cfg(all(feature = "author", not(target_arch = "wasm32")))]
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_precision_loss)]

use std::collections::BTreeMap;

use tactful::author;
use tactful::catalog::OfferIx;
use tactful::decide::{Outcome as Decided, Ready};
use tactful::rank::Ranked;
use tactful::session::Engine;
use tactful::simulate::{Event, Outcome, Plan, World};
use tactful::value::Ppm;

#[allow(dead_code, reason = "the command line uses the rest")]
#[path = "../src/bin/tactful/estimate.rs"]
mod estimate;

use estimate::{Ask, Estimator, Sample};

const EXAMPLE: &str = include_str!("../examples/nordkorb/catalog.json");
const PEOPLE: u32 = 80;
const DAYS: u16 = 120;

/// The example with another cost of interrupting.
fn shop(cost: f64) -> Engine {
    let mut shop: serde_json::Value = serde_json::from_str(EXAMPLE).unwrap();
    shop["cadence"]["interruption_cost"] = serde_json::json!(cost);
    Engine::new(author::compile(&shop.to_string()).unwrap())
}

/// What is done, and how likely; nothing stands for silence.
fn chances(ready: &Ready) -> BTreeMap<Option<OfferIx>, f64> {
    let share = |part: Ppm| f64::from(part.parts()) / 1e6;
    let mut chances: BTreeMap<_, _> =
        ready.chances().map(|(ranked, chance)| (Some(ranked.priced.offer), share(chance))).collect();
    let silence = 1.0 - chances.values().sum::<f64>();
    if silence > 1e-9 {
        chances.insert(None, silence);
    }
    chances
}

/// Lets a population live with one catalog, and returns its asks as seen by another, and what that one would have earned.
fn logged(seed: u64, here: &Engine, other: &Engine) -> (Vec<Ask>, f64) {
    let (world, plan) = (World::new(here), Plan { days: DAYS, ..Plan::year(seed, PEOPLE) });
    let (mut asks, mut truth, mut missing) = (Vec::new(), 0.0, 0.0);
    let (mut wanted, mut useful) = (BTreeMap::new(), BTreeMap::new());
    let mut outcome = Outcome::new();
    for number in 0..PEOPLE {
        outcome.live(&world, &plan, number, &mut |event| match event {
            Event::Asking(asking) => {
                let ready = Ready::of((&other.catalog, &other.index), asking.profile, asking.placement, asking.at);
                wanted = chances(&ready);
                let of = |(ranked, _): (&Ranked, _)| (ranked.priced.offer, (asking.usefulness)(&ranked.priced));
                useful = ready.chances().map(of).collect();
            }
            Event::Decided(decision) => {
                let could = chances(&decision.ready);
                let done = match decision.outcome {
                    Decided::Show(show) => Some(show.offer),
                    Decided::Hold(_) => None,
                };
                for (offer, chance) in wanted.iter().filter_map(|(done, chance)| Some(((*done)?, chance))) {
                    // What the log never could is left out by all, and is next to nothing.
                    let part = if could.contains_key(&Some(offer)) { &mut truth } else { &mut missing };
                    *part += chance * useful[&offer];
                }
                // What nobody knows better: of each message one in ten is useful.
                let guess = |done: &Option<OfferIx>| if done.is_some() { 0.1 } else { 0.0 };
                asks.push(Ask {
                    person: number as usize,
                    useful: false,
                    reward: 0.0,
                    propensity: could[&done],
                    chance: wanted.get(&done).copied().unwrap_or(0.0),
                    expected: guess(&done),
                    direct: wanted.iter().map(|(done, chance)| chance * guess(done)).sum(),
                    known: wanted.get(&None).copied().filter(|_| !could.contains_key(&None)).unwrap_or(0.0),
                });
            }
            Event::Found(found) => {
                let ask = asks.last_mut().unwrap();
                (ask.useful, ask.reward) = (found.useful, if found.useful { 1.0 } else { 0.0 });
            }
            Event::Began(_) | Event::Told(_) | Event::Ended(_) => {}
        });
    }
    assert!(missing < 0.02 * truth, "{missing} of {truth} is missing in the log");
    let truth = truth / asks.len() as f64;
    (asks, truth)
}

#[test]
fn intervals_from_a_log_hold_what_a_quieter_catalog_would_have_come_to() {
    let (here, other) = (shop(0.08), shop(0.3));
    for seed in 1..4 {
        let (asks, truth) = logged(seed, &here, &other);
        let sample = Sample::new(&asks);
        for estimator in [Estimator::Ips, Estimator::Snips, Estimator::DoublyRobust] {
            let estimate = sample.estimate(estimator);
            for (low, high) in [estimate.bootstrap.unwrap(), estimate.normal.unwrap()] {
                assert!(low <= truth && truth <= high, "seed {seed}: {truth} by {estimator:?} in {low} to {high}");
            }
        }
        let (_, high) = sample.gain(Estimator::DoublyRobust).bootstrap.unwrap();
        assert!(high < 0.0, "quieter has fewer useful moments: {high}");
    }
}
