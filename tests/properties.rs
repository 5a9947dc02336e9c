//! What must hold for every input: dumb twins, hostile bytes, permutations.
#![cfg(all(feature = "author", not(target_arch = "wasm32")))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use tactful::author;
use tactful::basket::{Basket, Line};
use tactful::cadence::free_at;
use tactful::catalog::need::Usual;
use tactful::catalog::{Cap, Catalog, Counted, Kind, OfferIx, PlacementIx};
use tactful::decide::Decision;
use tactful::mark::MarkIx;
use tactful::profile::habit::Calendar;
use tactful::profile::{
    Asked, Case, Grounds, Habit, Habits, Impression, Lot, Profile, Receipts, Standing, Wanted, limit,
};
use tactful::session::{Engine, Session};
use tactful::signal::{
    AskedKind, AttentionChange, Beacon, CareTopic, Dial, Fact, Fix, Matter, Reply, Request, Scan, ShopEvent,
    ShopEventKind, Signal,
};
use tactful::store::{Point, StoreIx};
use tactful::value::key::checksum;
use tactful::value::{Key, Minor, Now, Seed, Span, Timestamp};
use tactful::wire::{DecisionView, TraceView, pack, signal, state};

const SOURCE: &str = include_str!("../examples/nordkorb/catalog.json");
static CATALOG: LazyLock<Catalog> = LazyLock::new(|| author::compile(SOURCE).unwrap());
static PACK: LazyLock<Vec<u8>> = LazyLock::new(|| pack::encode(&CATALOG));

const NOON: i64 = 1_795_255_200_000; // 2026-11-21, noon in Helsinki

// --- caps against a list of all events

fn impression(at: i64) -> Impression {
    let none = Key(0);
    Impression {
        at: Timestamp::from_ms(at),
        decision: none,
        offer: none,
        kind: Kind::Coupon,
        group: None,
        about: None,
        reply: None,
        grounds: Grounds::default(),
        counted_hours: 0,
    }
}

proptest! {
    #[test]
    fn a_cap_frees_at_the_first_instant_that_a_list_of_events_allows(
        mut times in vec(0i64..500, 0..12), impressions in 1u16..4, hours in 1u32..4, now in 0i64..700,
    ) {
        // One unit is a minute.
        times.sort_unstable();
        let minute = 60_000;
        let window = Span::hours(hours);
        let mut profile = Profile::new(Seed(1));
        times.iter().for_each(|at| drop(profile.log(impression(at * minute))));
        let cap = Cap { of: Counted::All, impressions, window };
        let counted = |at: i64| times.iter().filter(|time| *time * minute + window.ms() > at).count();
        let free = (now..2_000).find(|at| counted(at * minute) < usize::from(impressions)).unwrap();
        let expected = (free > now).then(|| Timestamp::from_ms(free * minute));
        let now = Now::new(Timestamp::from_ms(now * minute));
        prop_assert_eq!(free_at(&profile, &profile.impressions, &cap, &now), expected);
        prop_assert!(expected.is_none_or(|expected| now.until() <= expected), "it is asked anew by then");
    }
}

// --- a session under random signals

#[derive(Clone, Debug)]
enum Step {
    Observe(Fact),
    Ask(u16),
    Reply(Reply),
    /// Minutes, below 0 where the clock is set back.
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let fix = (601_600_000i32..601_800_000, 249_200_000i32..249_600_000, 300u32..8_000)
        .prop_map(|(lat_e7, lon_e7, accuracy_cm)| Fact::Position(Fix { point: Point { lat_e7, lon_e7 }, accuracy_cm }));
    let scan = (0u32..172).prop_map(|product| {
        let product = tactful::product::ProductIx(product);
        let category = CATALOG.product(product).map(|p| p.category);
        let lot = product.0.is_multiple_of(2).then(|| Key::of("L26P03"));
        Fact::Scan(Scan { product: Some(product), category, store: None, expires: None, lot })
    });
    let asked = (0usize..4, any::<bool>()).prop_map(|(kind, answered)| {
        let topic = Key::of(if answered { "late-friday" } else { "something-else" });
        Fact::Asked { topic, kind: AskedKind::ALL[kind].0 }
    });
    let event = (0usize..14, vec(0u32..172, 0..4)).prop_map(|(kind, products)| {
        let kind = ShopEventKind::ALL[kind].0;
        // Bought of the lot that is called back, of another, or of none that is told.
        let lot =
            [Some("L26P03"), Some("L26P04"), None][products.len() % 3].filter(|_| kind == ShopEventKind::Purchase);
        // Two of them are called back or cost less now than they were seen at.
        let products =
            products.into_iter().map(|product| if product < 30 { [45, 58][product as usize % 2] } else { product });
        let line = |product: u32| {
            let known = CATALOG.product(tactful::product::ProductIx(product)).unwrap();
            let lot = lot.map(Key::of);
            let product = Some(tactful::product::ProductIx(product));
            let category = Some(known.category);
            Line { item: known.key, product, category, price: known.price.times(2), quantity: 1, lot }
        };
        let lines = products.map(line).collect();
        Fact::Shop(ShopEvent { kind, lines, transaction: None, searched: vec![] })
    });
    prop_oneof![
        2 => fix.prop_map(Step::Observe),
        2 => scan.prop_map(Step::Observe),
        1 => asked.prop_map(Step::Observe),
        4 => event.prop_map(Step::Observe),
        1 => (0u16..9).prop_map(|store| Step::Observe(Fact::CheckIn(StoreIx(store)))),
        2 => (0u32..7, prop_oneof![Just(None), (any::<i8>(), any::<i8>()).prop_map(Some)]).prop_map(|(mark, heard)| {
            let mark = Some(MarkIx(mark));
            Step::Observe(match heard {
                Some((rssi, power)) => Fact::Beacon(Beacon { mark, rssi, power }),
                None => Fact::Request(Request { network: mark, ..Request::default() }),
            })
        }),
        1 => any::<bool>().prop_map(|remember| Step::Observe(Fact::Consent { remember })),
        1 => (0u32..13, 0i64..17).prop_map(|(offer, left)| {
            let key = CATALOG.offer(OfferIx(offer)).map_or(Key(1), |offer| offer.key);
            Step::Observe(Fact::Budgets(vec![(key, left)]))
        }),
        6 => (0u16..6).prop_map(Step::Ask),
        2 => (0usize..10).prop_map(|reply| Step::Reply(Reply::ALL[reply].0)),
        1 => (-30i64..0).prop_map(Step::Wait),
        2 => (1i64..8).prop_map(Step::Wait),
        4 => (1i64..900).prop_map(Step::Wait),
        1 => (1i64..200).prop_map(|days| Step::Wait(days * 1_440)),
        2 => attention().prop_map(|change| Step::Observe(Fact::Attention(change))),
        1 => (0usize..4).prop_map(|dial| Step::Observe(Fact::Dial(Dial::ALL[dial].0))),
        1 => (0..4_u8, 0..CATALOG.products.len(), any::<bool>()).prop_map(|(about, place, never)| {
            let product = CATALOG.products[place];
            let about = match about {
                0 => Matter::Product(product.key),
                1 => Matter::Category(CATALOG.categories[usize::from(product.category.0)].key),
                2 => Matter::Occasion(CATALOG.occasions[place % CATALOG.occasions.len()].key),
                _ => Matter::Memories,
            };
            Step::Observe(if never { Fact::NeverAgain(about) } else { Fact::Forget(about) })
        }),
        1 => (0u64..3, any::<bool>()).prop_map(|(case, open)| {
            Step::Observe(Fact::Care { case: Key(case), topic: CareTopic::ALL[0].0, open })
        }),
    ]
}

/// Mostly quiet, so that there is something to decide.
fn attention() -> impl Strategy<Value = AttentionChange> {
    let flag = || prop_oneof![6 => Just(Some(false)), 1 => Just(Some(true)), 3 => Just(None)];
    let offset = prop_oneof![4 => Just(None), 1 => (-12_i16..=14).prop_map(|hours| Some(60 * hours))];
    (flag(), flag(), flag(), flag(), flag(), flag(), offset).prop_map(
        |(hidden, idle, typing, paying, full_screen, save_data, utc_offset)| {
            let (visible, playing) = (hidden.map(|hidden| !hidden), paying);
            AttentionChange { visible, idle, typing, playing, paying, full_screen, save_data, utc_offset }
        },
    )
}

fn told(engine: &Engine, decision: &Decision) -> Vec<u8> {
    [DecisionView::new(&engine.catalog, decision).to_bytes(), TraceView::new(engine, decision).to_bytes()].concat()
}

/// Plays the steps and returns the bytes of every decision, what was shown when, and the session.
fn play(engine: &Engine, steps: &[Step], reload_every: usize) -> (Vec<u8>, Vec<i64>, Session) {
    let mut session = Session::new(Profile { catalog_version: 1, ..Profile::new(Seed(7)) });
    let (mut now, mut last, mut bytes, mut shown) = (NOON, Key(0), Vec::new(), Vec::new());
    for (nth, step) in steps.iter().enumerate() {
        now += 1_000;
        let at = Timestamp::from_ms(now);
        match step {
            Step::Observe(fact) => session.observe(engine, &Signal { at, fact: fact.clone() }).unwrap(),
            Step::Wait(minutes) => now += minutes * 60_000,
            Step::Reply(reply) => {
                let _ = session
                    .observe(engine, &Signal { at, fact: Fact::Reply { decision: last, reply: *reply, until: None } });
            }
            Step::Ask(placement) => {
                let mut anew = Session::new(session.profile().clone());
                let decision = session.ask(engine, PlacementIx(*placement), at);
                let found_anew = anew.ask(engine, PlacementIx(*placement), at);
                assert_eq!(told(engine, &decision), told(engine, &found_anew), "what was kept is as good as new");
                assert_eq!(session.profile(), anew.profile());
                if decision.is_show() {
                    last = decision.id;
                    shown.push(now);
                }
                bytes.extend(told(engine, &decision));
            }
        }
        if reload_every > 0 && nth % reload_every == 0 && session.profile().consent == Some(true) {
            let saved = state::encode(&engine.catalog, session.profile());
            // NOTE: how attentive somebody is and what is left of budgets does not outlive the page; they are told again.
            let (attention, hidden) = (session.profile().attention, session.profile().session.hidden);
            let budgets = session.profile().budgets.clone();
            let mut profile = Profile { attention, budgets, ..state::decode(&engine.catalog, &saved).unwrap() };
            profile.session.hidden = hidden;
            session = Session::new(profile);
        }
    }
    (bytes, shown, session)
}

fn most_within(shown: &[i64], window: i64) -> usize {
    shown.iter().map(|from| shown.iter().filter(|at| (*from..from + window).contains(at)).count()).max().unwrap_or(0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_history_breaks_a_cap_or_the_gap(mut steps in vec(step(), 0..120)) {
        // NOTE: with an open case help does not wait for the gap behind an offer, and a recall waits for nothing.
        steps.retain(|step| !matches!(step, Step::Observe(Fact::Care { .. })));
        for step in &mut steps {
            if let Step::Observe(Fact::Shop(event)) = step {
                event.lines.iter_mut().for_each(|line| line.lot = None);
            }
        }
        let engine = Engine::new(CATALOG.clone());
        let (_, shown, _) = play(&engine, &steps, 0);
        let day = 86_400_000;
        prop_assert!(most_within(&shown, day) <= 3);
        prop_assert!(most_within(&shown, 7 * day) <= 12);
        prop_assert!(shown.windows(2).all(|pair| pair[1] - pair[0] >= 20 * 60_000));
    }

    #[test]
    fn saving_and_loading_between_any_two_signals_changes_no_decision(steps in vec(step(), 0..60)) {
        let engine = Engine::new(CATALOG.clone());
        let steps = [vec![Step::Observe(Fact::Consent { remember: true })], steps].concat();
        prop_assert_eq!(play(&engine, &steps, 0).0, play(&engine, &steps, 3).0);
    }
}

/// Turns every order round that means nothing: of offers, of the fields of an object, of declared attributes.
///
/// Order means something of products, categories, stores, placements and declared values: they are numbered as they lie.
fn turned_round(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Object(fields) => {
            fields.into_iter().rev().map(|(name, value)| (name, turned_round(value))).collect()
        }
        serde_json::Value::Array(values) => values.into_iter().map(turned_round).collect(),
        other => other,
    }
}

#[test]
fn an_order_that_means_nothing_changes_no_byte_of_a_pack() {
    let bytes = pack::encode(&CATALOG);
    assert!(pack::encode(&author::compile(SOURCE).unwrap()) == bytes, "the same catalog gave other bytes");
    let mut json = turned_round(serde_json::from_str(SOURCE).unwrap());
    json["offers"].as_array_mut().unwrap().reverse();
    let text = json.to_string();
    assert!(text.find("offers").unwrap() < text.find("purpose").unwrap(), "nothing was turned round");
    assert!(pack::encode(&author::compile(&text).unwrap()) == bytes, "another order gave other bytes");
}

// --- hostile bytes

#[test]
fn every_flipped_bit_and_every_truncation_of_a_pack_is_refused() {
    let bytes = pack::encode(&CATALOG);
    let now = Timestamp::from_ms(NOON);
    assert!(pack::decode(&bytes, now, 1).is_ok());
    // Every bit of the header, then one in 101.
    for bit in (0..32 * 8).chain((32 * 8..bytes.len() * 8).step_by(101)) {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(pack::decode(&flipped, now, 1).is_err(), "bit {bit}");
    }
    for length in (0..64).chain((64..bytes.len()).step_by(97)) {
        assert!(pack::decode(&bytes[..length], now, 1).is_err(), "{length} bytes");
    }
}

/// Returns the pack with its checksum made right again, as somebody could who wants to do harm.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let sum = checksum(&[&bytes[..24], &bytes[32..]]);
    bytes[24..32].copy_from_slice(&sum.to_le_bytes());
    bytes
}

/// Uses everything that can be asked of a catalog.
fn use_up(catalog: Catalog) {
    let engine = Engine::new(catalog);
    let mut session = Session::new(Profile::new(Seed(1)));
    for place in 0..8 {
        let at = Timestamp::from_ms(NOON + i64::from(place) * 86_400_000);
        let decision = session.ask(&engine, PlacementIx(place), at);
        let _ = DecisionView::new(&engine.catalog, &decision).to_bytes();
        let _ = tactful::explain::sentence(&engine.catalog, &decision, decision.language);
        let _ = session.observe(&engine, &Signal { at, fact: Fact::CheckIn(StoreIx(place)) });
    }
    let mut context = tactful::answer::Context::new(&engine.catalog);
    let _ = context.ask((&engine.catalog, &engine.index), PlacementIx(0), Timestamp::from_ms(NOON));
    let _ = state::encode(&engine.catalog, session.profile());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_pack_that_lies_under_a_right_checksum_breaks_nothing(
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4), in_the_rest: bool,
    ) {
        let mut bytes = PACK.clone();
        // The rest at the end has the codes and counts; half of the changes go there.
        let from = if in_the_rest { bytes.len() - 9_000 } else { 32 };
        for (place, byte) in changes {
            let at = from + place.index(bytes.len() - from);
            bytes[at] = byte;
        }
        if let Ok(catalog) = pack::decode(&sealed(bytes), Timestamp::from_ms(NOON), 0) {
            use_up(catalog);
        }
    }
}

#[test]
fn quiet_hours_beyond_a_day_are_refused() {
    for quiet in [(64_111, 360), (1_320, 1_441)] {
        let mut catalog = CATALOG.clone();
        catalog.cadence.quiet = Some(quiet);
        let refused = pack::decode(&pack::encode(&catalog), Timestamp::from_ms(NOON), 0).map_err(|fault| fault.code());
        assert_eq!(refused, Err("inconsistent-pack"), "{quiet:?}");
    }
}

#[test]
fn a_pack_of_another_format_is_refused_and_says_which_to_renew() {
    let bytes = pack::encode(&CATALOG);
    let reads = u16::from_le_bytes([bytes[4], bytes[5]]);
    let code = |format: u16| {
        let mut other = bytes.clone();
        other[4..6].copy_from_slice(&format.to_le_bytes());
        pack::decode(&sealed(other), Timestamp::from_ms(NOON), 0).map_err(|fault| fault.code())
    };
    assert_eq!(code(reads), Ok(CATALOG.clone()));
    assert_eq!((code(reads - 1), code(1), code(0)), (Err("older-format"), Err("older-format"), Err("older-format")));
    assert_eq!((code(reads + 1), code(u16::MAX)), (Err("newer-format"), Err("newer-format")));
}

#[test]
fn sections_behind_those_that_are_known_are_passed_over() {
    let mut catalog = CATALOG.clone();
    // NOTE: a last section that is as it ships is not written.
    catalog.need.usual = vec![Usual::UNKNOWN];
    let bytes = pack::encode(&catalog);
    let known = pack::SECTIONS.len();
    let unknown = b"for readers to come";
    // Those at the end that the example lacks are there then, and empty.
    let has = usize::try_from(u32::from_le_bytes(bytes[32..36].try_into().unwrap())).unwrap();
    let lengths = 36 + 4 * has;
    let mut longer = bytes.clone();
    longer[32..36].copy_from_slice(&u32::try_from(known + 1).unwrap().to_le_bytes());
    let behind = vec![0_u32; known - has].into_iter().chain([u32::try_from(unknown.len()).unwrap()]);
    longer.splice(lengths..lengths, behind.flat_map(u32::to_le_bytes));
    longer.extend(unknown);
    let body = u32::try_from(longer.len() - 32).unwrap();
    longer[20..24].copy_from_slice(&body.to_le_bytes());
    let read = |bytes: Vec<u8>| pack::decode(&sealed(bytes), Timestamp::from_ms(NOON), 0).map_err(|fault| fault.code());
    assert_eq!(read(longer.clone()), Ok(catalog));
    // One section too few is no older pack, but none.
    longer[32..36].copy_from_slice(&u32::try_from(known - 1).unwrap().to_le_bytes());
    assert_eq!(read(longer), Err("inconsistent-pack"));
}

#[test]
fn a_pack_refuses_to_go_back_and_to_outlive_its_time() {
    let mut catalog = CATALOG.clone();
    catalog.not_after = Timestamp::from_ms(NOON);
    let bytes = pack::encode(&catalog);
    let code = |now: i64, seen: u64| pack::decode(&bytes, Timestamp::from_ms(now), seen).unwrap_err().code();
    assert!(pack::decode(&bytes, Timestamp::from_ms(NOON - 1), 1).is_ok());
    assert_eq!(code(NOON, 1), "expired-pack");
    assert_eq!(code(NOON - 1, 2), "stale-pack");
}

proptest! {
    #[test]
    fn foreign_bytes_are_no_state_no_pack_and_no_signal(bytes in vec(any::<u8>(), 0..300)) {
        prop_assert!(state::decode(&CATALOG, &bytes).is_err());
        prop_assert!(pack::decode(&bytes, Timestamp::from_ms(NOON), 0).is_err());
        let _ = signal::decode(&bytes).map(|twin| twin.resolve(&CATALOG));
    }
}

#[test]
fn a_state_with_any_flipped_bit_starts_quietly() {
    let saved = state::encode(&CATALOG, &Profile::new(Seed(3)));
    for bit in 0..saved.len() * 8 {
        let mut bytes = saved.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let (profile, fault) = state::open(&CATALOG, &bytes, Seed(9), Timestamp::from_ms(NOON));
        assert!(fault.is_some(), "bit {bit}");
        assert_eq!(profile.unknown_since, Some(Timestamp::from_ms(NOON)));
    }
}

/// A profile of which every list is full, and every number as long as it can be.
fn fullest() -> Profile {
    let far = |nth: usize| Key(u64::MAX - u64::try_from(nth).unwrap());
    let last = 100_000;
    let mut calendar = Calendar::default();
    calendar.halves[Calendar::HALVES - Calendar::MOST..].fill(u8::MAX);
    let habit = |nth: usize, calendar| {
        (far(nth), Habit { days: u16::MAX, first: -100_000, last, calendar, faded: [1_985, 12_900] })
    };
    let habits = |count: usize, calendar| Habits((0..count).rev().map(|nth| habit(nth, calendar)).collect());
    let late = Timestamp::from_ms(i64::MAX);
    let full = Standing { rests_until: late, later: true, done: true, useful: u16::MAX, expected: u16::MAX };
    let mut profile = Profile { consent: Some(true), ..Profile::new(Seed(u64::MAX)) };
    profile.categories = habits(limit::CATEGORIES, Calendar::default());
    profile.products = habits(limit::PRODUCTS, calendar);
    profile.standings = (0..limit::STANDINGS).rev().map(|nth| (far(nth), full)).collect();
    profile.nevers = (0..limit::NEVERS).rev().map(far).collect();
    profile.attributes = (0..limit::ATTRIBUTES).rev().map(|nth| (far(nth), i64::MIN)).collect();
    profile.receipts =
        Receipts { last: (0..Receipts::LAST).map(far).collect(), before: vec![u64::MAX; Receipts::WORDS] };
    let shown = Impression {
        at: late,
        decision: far(1),
        offer: far(2),
        kind: Kind::Service,
        group: Some(far(3)),
        about: Some(far(4)),
        reply: Some(Reply::Useful),
        grounds: Grounds {
            odds: i16::MIN,
            sd: u8::MAX,
            clues: [(11, i16::MIN); Grounds::CLUES],
            again: u8::MAX,
            helped: true,
        },
        counted_hours: u16::MAX,
    };
    profile.impressions = std::iter::repeat_n(shown, limit::IMPRESSIONS).collect();
    profile.cases = vec![Case { key: far(1), topic: CareTopic::Question, since: late }; limit::CASES];
    profile.closed = Some(late);
    profile.asked = vec![Asked { topic: far(1), kind: AskedKind::Vote, at: late }; limit::ASKED];
    profile.lots = vec![Lot { product: far(1), lot: far(2), at: late }; limit::LOTS];
    profile.wanted = vec![Wanted { product: far(1), price: Minor::MAX, times: u8::MAX, at: late }; limit::WANTED];
    let (product, category, price, quantity) = (None, None, Minor::MAX, u16::MAX);
    let line = |nth| Line { item: far(nth), product, category, price, quantity, lot: None };
    profile.basket.add(&(0..Basket::LIMIT).map(line).collect::<Vec<_>>());
    profile
}

#[test]
fn the_fullest_profile_fits_and_reads_back_equal() {
    let profile = fullest();
    let bytes = state::encode(&CATALOG, &profile);
    assert!(bytes.len() <= state::LARGEST, "{} bytes", bytes.len());
    assert_eq!(state::decode(&CATALOG, &bytes).unwrap(), profile);
}

#[test]
fn what_is_not_stored_without_consent_is_what_a_no_forgets() {
    for consent in [None, Some(false)] {
        let mut profile = Profile { consent, ..fullest() };
        let stored = state::decode(&CATALOG, &state::encode(&CATALOG, &profile)).unwrap();
        assert_ne!(stored, profile);
        profile.forget_purchases();
        assert_eq!(stored, profile);
    }
}
