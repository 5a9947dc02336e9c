//! Three readings of one decision. A sentence names the rule that decided: without that rule something else is decided.
#![cfg(all(feature = "author", not(target_arch = "wasm32")))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use tactful::author;
use tactful::author::reading::{Change, Given, Reading, Rule, developer_json, shop_json};
use tactful::basket::Line;
use tactful::cadence::{Exclusion, Silence};
use tactful::catalog::{Kind, Language, OfferIx, PlacementIx};
use tactful::decide::{Decision, Hold, Outcome, Ready};
use tactful::explain::{LONGEST, sentence};
use tactful::index::refusal;
use tactful::product::ProductIx;
use tactful::profile::Profile;
use tactful::rank::Reason;
use tactful::session::{Engine, Session};
use tactful::signal::{AttentionChange, CareTopic, Dial, Fact, Reply, Scan, ShopEvent, ShopEventKind, Signal};
use tactful::value::{Key, Seed, Timestamp};

const SOURCE: &str = include_str!("../examples/nordkorb/catalog.json");
const NOON: i64 = 1_795_255_200_000; // 2026-11-21, noon in Helsinki

/// The example, and catalogs in which other rules decide.
static ENGINES: LazyLock<Vec<Engine>> = LazyLock::new(|| {
    let example: Value = serde_json::from_str(SOURCE).unwrap();
    let engine = |change: &dyn Fn(&mut Value)| {
        let mut catalog = example.clone();
        change(&mut catalog);
        Engine::new(author::compile(&catalog.to_string()).unwrap_or_else(|issues| panic!("{issues:#?}")))
    };
    let free = |cadence: &mut Value| {
        cadence["gap_minutes"] = json!(0);
        cadence["caps"] = json!([]);
        cadence.as_object_mut().unwrap().remove("quiet_hours");
    };
    vec![
        engine(&|_| {}),
        engine(&|catalog| free(&mut catalog["cadence"])),
        engine(&|catalog| {
            free(&mut catalog["cadence"]);
            catalog["cadence"]["interruption_cost"] = json!(0.5);
        }),
        engine(&|catalog| {
            catalog["holdout_percent"] = json!(30);
            catalog["holdout_days_percent"] = json!(30);
            catalog["cadence"]["gap_minutes"] = json!(0);
            catalog["cadence"]["caps"] = json!([{"impressions": 1, "hours": 24}]);
        }),
        engine(&|catalog| {
            free(&mut catalog["cadence"]);
            catalog["cadence"]["caps"] = json!([
                {"impressions": 1, "hours": 24, "kind": "coupon"}, {"impressions": 1, "hours": 24, "kind": "service"},
            ]);
            catalog["cadence"]["fatigue"] = json!([{"group": "snacks", "messages": 1, "recovery_days": 2}]);
            catalog["offers"].as_array_mut().unwrap().iter_mut().for_each(|offer| {
                offer["schedule"] = json!({"from": "2026-11-01", "until": "2026-11-22"});
                offer["pacing"] = json!("even");
            });
        }),
        engine(&|catalog| {
            free(&mut catalog["cadence"]);
            // NOTE: few offers, so that often only one fits, and what is wrong with it decides.
            let offers = catalog["offers"].as_array_mut().unwrap();
            let mut place = 0;
            offers.retain(|offer| {
                place += 1;
                offer["kind"] == json!("reminder") || place % 7 == 0
            });
        }),
    ]
});

// --- histories

#[derive(Clone, Debug)]
enum Step {
    Observe(Fact),
    Reply(Reply),
    Never,
    Lose,
    Wait(i64),
    Ask(u16),
}

fn step() -> impl Strategy<Value = Step> {
    let products = || u32::try_from(ENGINES[0].catalog.products.len()).unwrap();
    let event = (0usize..14, vec(0..products(), 1..4)).prop_map(|(kind, products)| {
        let line = |product: u32| {
            let known = ENGINES[0].catalog.product(ProductIx(product)).unwrap();
            let product = Some(ProductIx(product));
            Line {
                item: known.key,
                product,
                category: Some(known.category),
                price: known.price,
                quantity: 1,
                lot: None,
            }
        };
        let lines = products.into_iter().map(line).collect();
        let kind = ShopEventKind::ALL[kind].0;
        Step::Observe(Fact::Shop(ShopEvent { kind, lines, transaction: None, searched: vec![] }))
    });
    let scan = (0..products()).prop_map(|product| {
        let known = ENGINES[0].catalog.product(ProductIx(product)).unwrap();
        let (product, category) = (Some(ProductIx(product)), Some(known.category));
        Step::Observe(Fact::Scan(Scan { product, category, store: None, expires: None, lot: None }))
    });
    let observe = |fact: Fact| Just(Step::Observe(fact));
    prop_oneof![
        6 => event,
        3 => scan,
        1 => any::<bool>().prop_map(|remember| Step::Observe(Fact::Consent { remember })),
        1 => (0usize..4).prop_map(|dial| Step::Observe(Fact::Dial(Dial::ALL[dial].0))),
        1 => any::<bool>().prop_map(|typing| {
            Step::Observe(Fact::Attention(AttentionChange { typing: Some(typing), ..AttentionChange::default() }))
        }),
        1 => any::<bool>().prop_map(|open| Step::Observe(Fact::Care { case: Key(1), topic: CareTopic::ALL[0].0, open })),
        1 => observe(Fact::Consent { remember: true }),
        1 => (0i64..3).prop_map(|left| {
            let offers = ENGINES[5].catalog.offers().filter(|(_, offer)| offer.kind == Kind::Coupon);
            Step::Observe(Fact::Budgets(offers.map(|(_, offer)| (offer.key, left)).collect()))
        }),
        3 => (0usize..10).prop_map(|reply| Step::Reply(Reply::ALL[reply].0)),
        1 => Just(Step::Never),
        1 => Just(Step::Lose),
        4 => (1i64..900).prop_map(Step::Wait),
        2 => (1i64..200).prop_map(|days| Step::Wait(days * 1_440)),
        1 => (-900i64..0).prop_map(Step::Wait),
        9 => (0u16..6).prop_map(Step::Ask),
    ]
}

/// Plays a history, and looks at every decision with the profile from before it.
fn play(engine: &Engine, steps: &[Step], mut look: impl FnMut(&Profile, &Decision)) {
    let mut session = Session::new(Profile { consent: Some(true), ..Profile::new(Seed(5)) });
    let (mut at, mut shown) = (NOON, None);
    for step in steps {
        let now = Timestamp::from_ms(at);
        let mut observe = |fact: Fact| session.observe(engine, &Signal { at: now, fact }).unwrap();
        match step {
            Step::Observe(fact) => observe(fact.clone()),
            Step::Reply(reply) => {
                if let Some(decision) = shown {
                    observe(Fact::Reply { decision, reply: *reply, until: None });
                }
            }
            Step::Never => {
                let product = engine.catalog.product(ProductIx(7)).unwrap().key;
                observe(Fact::NeverAgain(tactful::signal::Matter::Product(product)));
            }
            Step::Lose => {
                shown = None;
                session.forget(now);
            }
            Step::Wait(minutes) => at += minutes * 60_000,
            Step::Ask(placement) => {
                let before = session.profile().clone();
                let decision = session.ask(engine, PlacementIx(*placement), now);
                look(&before, &decision);
                shown = decision.is_show().then_some(decision.id).or(shown);
            }
        }
    }
}

// --- the shopper's sentence

const LATER: Timestamp = Timestamp::from_ms(NOON + 60_000);

fn silences() -> [Silence; 10] {
    let until = LATER;
    [
        Silence::DialNever,
        Silence::Busy,
        Silence::QuietHours { until },
        Silence::Resting { until },
        Silence::CapReached { until },
        Silence::UnknownHistory { until },
        Silence::Riding { until },
        Silence::Holdout { until: None },
        Silence::Holdout { until: Some(until) },
        Silence::Expired,
    ]
}

fn exclusions() -> [Exclusion; 17] {
    let until = LATER;
    [
        Exclusion::Schedule { until: None },
        Exclusion::Schedule { until: Some(until) },
        Exclusion::Cap { until },
        Exclusion::Tired { until },
        Exclusion::Pacing { until },
        Exclusion::Exhausted,
        Exclusion::CoolingOff { until },
        Exclusion::Later { until },
        Exclusion::NeverAgain,
        Exclusion::Converted,
        Exclusion::CareFirst,
        Exclusion::Careful { until },
        Exclusion::Consent,
        Exclusion::Sensitive,
        Exclusion::NoMemory,
        Exclusion::ReminderGap { until },
        Exclusion::Age,
    ]
}

/// A decision that holds for `hold`, where these were excluded.
fn holding(hold: Hold, excluded: &[Exclusion]) -> Decision {
    let engine = &ENGINES[0];
    let mut session = Session::new(Profile::new(Seed(1)));
    let decision = session.ask(engine, PlacementIx(0), Timestamp::from_ms(NOON));
    let mut ready = (*decision.ready).clone();
    ready.excluded = (0..).map(OfferIx).zip(excluded.iter().copied()).collect();
    Decision { outcome: Outcome::Hold(hold), ready: Arc::new(ready), ..decision }
}

#[test]
fn every_refusal_has_a_sentence_of_its_own_that_fits() {
    let silent = silences().map(|silence| holding(Hold::Silent(silence), &[]));
    let excluded = exclusions().map(|why| holding(Hold::AllExcluded { until: None }, &[why, Exclusion::Age]));
    let others = [holding(Hold::NothingFits, &[]), holding(Hold::NotWorthIt, &[])];
    let all: Vec<Decision> = silent.into_iter().chain(excluded).chain(others).collect();
    for language in [Language::De, Language::En] {
        let told: BTreeSet<String> =
            all.iter().map(|decision| sentence(&ENGINES[0].catalog, decision, language)).collect();
        assert_eq!(told.len(), all.len(), "two rules have the same sentence: {told:#?}");
        for sentence in &told {
            assert!(sentence.chars().count() <= LONGEST && sentence.ends_with('.'), "{sentence}");
        }
    }
}

/// Returns the rule that the sentence names.
fn named(decision: &Decision) -> Option<Rule> {
    let ready = &decision.ready;
    match decision.outcome {
        Outcome::Hold(Hold::Silent(silence)) => Some(Rule::Silence(silence)),
        Outcome::Hold(Hold::AllExcluded { .. }) => {
            ready.excluded.first().map(|(offer, exclusion)| Rule::Exclusion(*offer, *exclusion))
        }
        Outcome::Hold(Hold::NotWorthIt) => {
            let best = ready.ranked.iter().max_by_key(|ranked| ranked.usefulness).unwrap();
            Some(Rule::NotWorthIt { usefulness: best.usefulness, cost: ready.cost })
        }
        Outcome::Hold(Hold::NothingFits) | Outcome::Show(_) => None,
    }
}

/// What is decided, and by which rule.
fn decided(ready: &Ready) -> (Option<Silence>, Option<(OfferIx, Exclusion)>, usize, bool) {
    (ready.silence, ready.excluded.first().copied(), ready.ranked.len(), ready.best().is_some())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn without_the_rule_that_a_sentence_names_something_else_is_decided(
        catalog in 0usize..6, steps in vec(step(), 0..80),
    ) {
        let engine = &ENGINES[catalog];
        play(engine, &steps, |before, decision| {
            for language in [Language::De, Language::En] {
                let told = sentence(&engine.catalog, decision, language);
                assert!(!told.is_empty() && told.chars().count() <= LONGEST, "{told}");
            }
            let given = Given::new(engine, before, decision.placement, decision.at);
            assert_eq!(decided(&given.ready()), decided(&decision.ready), "a reading starts from what was decided");
            let Some(rule) = named(decision).filter(|_| decision.ready.best().is_none()) else { return };
            let Some(without) = given.without(rule) else {
                assert!(matches!(rule, Rule::Exclusion(_, Exclusion::NoMemory | Exclusion::Age)), "{rule:?}");
                return;
            };
            assert_ne!(decided(&without.ready()), decided(&decision.ready), "{rule:?} did not decide");
        });
    }

    #[test]
    fn without_the_reason_that_a_sentence_names_another_is_told_or_nothing(
        catalog in 1usize..3, steps in vec(step(), 0..60),
    ) {
        let engine = &ENGINES[catalog];
        play(engine, &steps, |before, decision| {
            let Outcome::Show(show) = decision.outcome else { return };
            let Some(without) = without_reason(before, show.because[0]) else { return };
            let ready = Given::new(engine, &without, decision.placement, decision.at).ready();
            let because = ready.ranked.iter().find(|ranked| ranked.priced.offer == show.offer);
            assert_ne!(because.map(|ranked| ranked.priced.because[0]), Some(show.because[0]));
        });
    }

    #[test]
    fn the_smallest_change_turns_a_silence_and_begins_with_what_decided(
        catalog in 0usize..6, steps in vec(step(), 0..60),
    ) {
        let engine = &ENGINES[catalog];
        play(engine, &steps, |before, decision| {
            let reading = Reading::new(engine, before, decision);
            assert!(!(decision.is_show() && reading.change().is_some()));
            let Some(Change { offer, rules }) = reading.change() else { return };
            let mut given = Given::new(engine, before, decision.placement, decision.at);
            for rule in rules {
                assert!(given.ready().best().is_none(), "{rules:?} has a rule too many");
                match given.without(*rule) {
                    Some(without) => given = without,
                    None => return lacks_nothing(engine, &given.ready(), *offer, rules),
                }
            }
            assert_eq!(given.ready().best().map(|(best, _)| best.offer), Some(*offer));
            if let Outcome::Hold(Hold::Silent(silence)) = decision.outcome {
                assert_eq!(rules[0], Rule::Silence(silence));
            }
        });
    }

    #[test]
    fn the_funnel_of_the_shop_adds_up(catalog in 0usize..6, steps in vec(step(), 0..60)) {
        let engine = &ENGINES[catalog];
        play(engine, &steps, |before, decision| {
            let reading = Reading::new(engine, before, decision);
            let (shop, developer) = (shop_json(&reading), developer_json(&reading));
            let number = |name: &str| shop["funnel"][name].as_u64().unwrap();
            let refused: u64 = shop["refused"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
            let free = if decision.is_show() { 1 } else { number("worthwhile") };
            assert_eq!(number("placement"), refused + free, "{shop}");
            assert!(number("offers") >= number("placement") && number("fit") >= number("allowed"), "{shop}");
            assert!(number("allowed") >= number("worthwhile"), "{shop}");
            let offers = developer["offers"].as_array().unwrap();
            assert_eq!(offers.len() as u64, number("placement"));
            let mut counted: BTreeMap<&str, u64> = BTreeMap::new();
            offers.iter().filter_map(|offer| offer["why"].as_str()).for_each(|why| *counted.entry(why).or_default() += 1);
            assert_eq!(json!(counted), shop["refused"]);
            if decision.is_show() {
                assert!(shop["change"]["en"].as_str().is_some_and(|said| !said.is_empty()), "{shop}");
            }
        });
    }
}

/// Returns a profile in which a reason for showing something does not hold, `None` for the one that always does.
fn without_reason(profile: &Profile, reason: Reason) -> Option<Profile> {
    let mut profile = profile.clone();
    match reason {
        Reason::Care => profile.cases.clear(),
        Reason::Asked(_) => profile.asked.clear(),
        Reason::Recalled(_) => (profile.products, profile.lots) = Default::default(),
        Reason::PriceFell(_) => profile.wanted.clear(),
        Reason::Scanned(_) => profile.session.scan = None,
        Reason::Searched(_) | Reason::Viewed(_) => profile.session.interests.clear(),
        Reason::Memory(..) | Reason::NeedDue(..) | Reason::Bought(..) => {
            (profile.products, profile.categories) = Default::default()
        }
        Reason::Saves | Reason::InBasket(_) => profile.basket = Default::default(),
        Reason::InStore(_) => profile.belief = Default::default(),
        Reason::General => return None,
    }
    Some(profile)
}

/// Holds that an offer fits once it has the values that it lacks.
fn lacks_nothing(engine: &Engine, ready: &Ready, offer: OfferIx, rules: &[Rule]) {
    let mut values = ready.matched.as_ref().unwrap().values.clone();
    assert!(refusal(&engine.catalog, offer, &values).is_some());
    for rule in rules {
        if let Rule::Fit(lack) = rule {
            values.0[usize::from(lack.attribute.0)] = lack.wanted.0;
        }
    }
    assert_eq!(refusal(&engine.catalog, offer, &values), None, "{rules:?}");
}

/// Holds that an offer is excluded for what `known` makes of a profile, and not without that rule.
fn lifts(offer: &str, placement: u16, known: impl Fn(&mut Profile, Key), is_it: impl Fn(Exclusion) -> bool) {
    let engine = &ENGINES[1];
    let (place, key) = engine
        .catalog
        .offers()
        .find(|(_, known)| engine.catalog.text(known.id) == offer)
        .map(|(ix, it)| (ix, it.key))
        .unwrap();
    let mut profile = Profile { consent: Some(true), ..Profile::new(Seed(5)) };
    known(&mut profile, key);
    let given = Given::new(engine, &profile, PlacementIx(placement), Timestamp::from_ms(NOON));
    let why = |given: &Given| given.ready().excluded.iter().find(|(at, _)| *at == place).map(|(_, why)| *why);
    let exclusion = why(&given).unwrap_or_else(|| panic!("{offer} is not excluded"));
    assert!(is_it(exclusion), "{exclusion:?}");
    assert_eq!(why(&given.without(Rule::Exclusion(place, exclusion)).unwrap()), None, "{exclusion:?} was not lifted");
}

#[test]
fn each_rule_of_an_offer_can_be_lifted_by_itself() {
    use tactful::profile::{Impression, Standing};
    let rests_until = LATER;
    let standing = |standing: Standing| move |profile: &mut Profile, key: Key| profile.set_standing(key, standing);
    let rests = Standing { rests_until, ..Standing::default() };
    lifts("welcome-basket", 0, standing(rests), |why| matches!(why, Exclusion::CoolingOff { .. }));
    lifts("welcome-basket", 0, standing(Standing { later: true, ..rests }), |why| {
        matches!(why, Exclusion::Later { .. })
    });
    let redeemed = Standing { done: true, ..Standing::default() };
    lifts("welcome-basket", 0, standing(redeemed), |why| why == Exclusion::Converted);
    lifts("welcome-basket", 0, |profile, key| profile.never_again(key), |why| why == Exclusion::NeverAgain);
    let shown = |profile: &mut Profile, offer: Key| {
        let (at, kind) = (Timestamp::from_ms(NOON - 1), tactful::catalog::Kind::Coupon);
        let (group, about, grounds) = Default::default();
        profile.log(Impression {
            at,
            decision: Key(1),
            offer,
            kind,
            group,
            about,
            reply: None,
            grounds,
            counted_hours: 0,
        });
    };
    lifts("fruit-for-five", 0, shown, |why| matches!(why, Exclusion::Cap { .. }));
}

// --- in words

/// What the shop reads of the last decision of these steps at noon.
fn shop(catalog: usize, steps: &[Step]) -> Value {
    let (engine, mut told) = (&ENGINES[catalog], Value::Null);
    play(engine, steps, |before, decision| told = shop_json(&Reading::new(engine, before, decision)));
    told
}

#[test]
fn a_silence_tells_what_it_withheld_and_what_would_have_been_enough() {
    let typing = AttentionChange { typing: Some(true), ..AttentionChange::default() };
    let told = shop(0, &[Step::Observe(Fact::Attention(typing)), Step::Ask(0)]);
    assert_eq!(told["change"]["rules"], json!(["busy"]));
    assert_eq!(told["change"]["en"], json!("for `welcome-basket`: a calm moment"));
    assert_eq!(told["change"]["de"], json!("für „welcome-basket“: ein ruhiger Moment"));
    assert!(told["funnel"]["worthwhile"].as_u64().unwrap() > 0, "{told}");
    // NOTE: ten hours behind UTC it is midnight at noon in Helsinki, also for who is not busy.
    let away = AttentionChange { typing: Some(true), utc_offset: Some(-600), ..AttentionChange::default() };
    let told = shop(0, &[Step::Observe(Fact::Attention(away)), Step::Ask(0)]);
    assert_eq!(told["change"]["rules"], json!(["busy", "quiet_hours"]));
    let told = shop(0, &[Step::Ask(0), Step::Wait(5), Step::Ask(0)]);
    assert_eq!(told["change"]["rules"][0], json!("resting"));
    assert!(told["change"]["en"].as_str().unwrap().contains("waiting until 12:20, or no gap"), "{told}");
    let told = shop(2, &[Step::Ask(0)]);
    assert_eq!(told["change"]["rules"], json!(["not_worth_it"]));
    let said = told["change"]["en"].as_str().unwrap();
    assert!(said.contains("usefulness ") && said.contains(" points to the cost of 50.0 %"), "{said}");
    let said = told["change"]["de"].as_str().unwrap();
    assert!(said.contains("fehlen ") && said.contains(" Punkte zu den Kosten von 50,0 %"), "{said}");
    // NOTE: a cost is at most one, so here it has to fall by more than its share of one.
    let idle = AttentionChange { idle: Some(true), ..AttentionChange::default() };
    let dearest = [Step::Observe(Fact::Dial(Dial::Rarely)), Step::Observe(Fact::Attention(idle)), Step::Ask(0)];
    assert_eq!(shop(2, &dearest)["change"]["rules"], json!(["not_worth_it"]));
    let told = shop(5, &[Step::Ask(4)]);
    assert!(told["change"]["en"].as_str().is_none_or(|said| said.contains(" has to be ")), "{told}");
}
