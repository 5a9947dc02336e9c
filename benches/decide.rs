//! Times a decision, and the bitmap index against a linear scan, in turns within one run: read the ratios.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::cast_precision_loss)]

use std::hint::black_box;
use std::time::Instant;

use tactful::author;
use tactful::catalog::{Catalog, PlacementIx};
use tactful::decide::Ready;
use tactful::index::{Block, Cursor, Index, Step, Values, refusal};
use tactful::moment::{Facts, understand};
use tactful::profile::Profile;
use tactful::session::{Engine, Session};
use tactful::signal::{Fact, Signal};
use tactful::store::StoreIx;
use tactful::value::{Seed, Timestamp};
use tactful::wire::pack;

const NOON: i64 = 1_795_255_200_000;
const ROUNDS: u32 = 31;

/// Nanoseconds of one call: the median over rounds of a batch of calls.
fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}

fn sample(calls: u32, work: &mut dyn FnMut()) -> f64 {
    let start = Instant::now();
    (0..calls).for_each(|_| work());
    start.elapsed().as_nanos() as f64 / f64::from(calls)
}

/// Times several kinds of work in turns, so that a slow moment of the machine hits all of them.
fn in_turns(calls: u32, work: &mut [(&str, &mut dyn FnMut())]) -> Vec<f64> {
    let mut samples = vec![Vec::new(); work.len()];
    for _ in 0..ROUNDS {
        for (place, (_, work)) in work.iter_mut().enumerate() {
            samples[place].push(sample(calls, work));
        }
    }
    let medians: Vec<f64> = samples.into_iter().map(median).collect();
    for ((name, _), median) in work.iter().zip(&medians) {
        println!("  {name:<34} {median:>12.0} ns   {:>7.2} x the first", median / medians[0]);
    }
    medians
}

/// The example with its offers repeated under new ids until there are `count`; without its recall, since no shop has hundreds.
fn grown(count: usize) -> Catalog {
    let source = include_str!("../examples/nordkorb/catalog.json");
    let mut shape: serde_json::Value = serde_json::from_str(source).unwrap();
    let common = shape["offers"].as_array().unwrap().iter().filter(|offer| offer.get("recall").is_none());
    let offers = common.cycle().take(count).cloned().enumerate();
    let renamed = offers.map(|(place, mut offer)| {
        offer["id"] = format!("{}-{place}", offer["id"].as_str().unwrap()).into();
        offer
    });
    shape["offers"] = renamed.collect::<Vec<_>>().into();
    author::compile(&shape.to_string()).unwrap()
}

fn main() {
    for offers in [42, 1_000, 10_000] {
        let engine = Engine::new(grown(offers));
        let catalog = &engine.catalog;
        let mut session = Session::new(Profile::new(Seed(1)));
        let arrival = Signal { at: Timestamp::from_ms(NOON), fact: Fact::CheckIn(StoreIx(0)) };
        session.observe(&engine, &arrival).unwrap();
        let now = Timestamp::from_ms(NOON + 60_000);
        let moment = understand(catalog, session.profile(), now);
        let facts = Facts { catalog, profile: session.profile(), moment: &moment };
        let placement = PlacementIx(1);
        let index = Index::new(catalog);
        let block = index.block(catalog, placement).unwrap();
        let rules = &catalog.offers.rules;
        let bytes = pack::encode(catalog);
        println!("{offers} offers, pack of {} bytes", bytes.len());
        in_turns(
            if offers > 1_000 { 20 } else { 200 },
            &mut [
                ("match by the index", &mut || {
                    let values = Values::of(catalog, block, |attribute| facts.value(attribute));
                    let mut cursor = Cursor::default();
                    block.search(&mut cursor, &values);
                    while let Step::Offer(offer) = block.next(&mut cursor, rules, &values) {
                        black_box(offer);
                    }
                }),
                ("match by a linear scan", &mut || {
                    let values = Values::of(catalog, block, |attribute| facts.value(attribute));
                    black_box(block.offers.iter().filter(|at| refusal(catalog, **at, &values).is_none()).count());
                }),
                ("compile the placement", &mut || drop(black_box(Block::new(catalog, placement)))),
                ("understand the moment", &mut || drop(black_box(understand(catalog, session.profile(), now)))),
                ("what may be said, found anew", &mut || {
                    black_box(Ready::of((catalog, &index), session.profile(), placement, now).candidates());
                }),
                ("ask, all of it", &mut || {
                    let mut session = session.clone();
                    black_box(session.ask(&engine, placement, now).is_show());
                }),
                ("load the pack", &mut || drop(black_box(pack::decode(&bytes, now, 0).unwrap()))),
            ],
        );
    }
}
