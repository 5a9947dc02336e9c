use super::*;
use crate::catalog::{Cadence, Goals, Offers, Texts};
use crate::profile::{Attention, Budgets};
use crate::value::{Ppm, Span};
use alloc::vec;

const SNACKS: Key = Key(77);

/// A shop in Helsinki around the switch to winter time, with quiet hours from 22:00 to 07:00.
pub(crate) fn shop() -> Catalog {
    let all = Cap { of: Counted::All, impressions: 2, window: Span::hours(24) };
    Catalog {
        texts: Texts::default(),
        name: crate::catalog::Text::default(),
        version: 1,
        not_after: Timestamp::from_ms(i64::MAX),
        currency: *b"EUR",
        decimals: 2,
        languages: vec![],
        // 2026-10-25 01:00 UTC: clocks go from 04:00 back to 03:00.
        offsets: vec![(Timestamp::from_ms(0), 180), (Timestamp::from_ms(1_792_890_000_000), 120)],
        goals: Goals { usefulness: Ppm::ONE, margin: Ppm::ZERO, reach: Ppm::ZERO },
        cadence: Cadence {
            gap: Span::minutes(30),
            caps: vec![all],
            fatigue: vec![Fatigue { group: SNACKS, messages: 2, recovery: Span::days(3) }],
            quiet: Some((22 * 60, 7 * 60)),
            cool_off: Span::days(14),
            careful: Span::days(14),
            reminder_gap: Span::days(90),
            memory_age: Span::days(90),
            interruption_cost: Ppm::new(100_000),
        },
        holdout: Ppm::ZERO,
        holdout_days: Ppm::ZERO,
        intent: crate::catalog::IntentOdds::PRIOR,
        need: crate::catalog::NeedOdds::PRIOR,
        usefulness: crate::catalog::UsefulnessPrior::PRIOR,
        attributes: vec![],
        categories: vec![],
        occasions: Vec::new(),
        products: vec![],
        stores: vec![],
        marks: crate::mark::Marks::default(),
        placements: vec![],
        offers: Offers::default(),
        names: crate::catalog::Names::default(),
    }
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

fn ask(profile: &Profile, now: Timestamp) -> Option<Silence> {
    let catalog = shop();
    permission(&catalog, profile, catalog.local(now), &Now::new(now))
}

fn shown(times: &[i64]) -> Profile {
    let mut profile = Profile::new(Seed(1));
    for ms in times {
        let (decision, offer) = (Key(1), Key(2));
        let kind = Kind::Coupon;
        profile.log(Impression {
            at: at(*ms),
            decision,
            offer,
            kind,
            group: None,
            about: None,
            reply: None,
            grounds: crate::profile::Grounds::default(),
            counted_hours: 0,
        });
    }
    profile
}

const NOON: i64 = 1_792_922_400_000; // 2026-10-25 12:00 in Helsinki

#[test]
fn quiet_hours_end_at_their_minute_also_in_the_night_the_clock_goes_back() {
    // 2026-10-25 00:30 UTC is 03:30 summer time; 07:00 winter time is 05:00 UTC.
    let until = |now| match ask(&Profile::new(Seed(1)), at(now)) {
        Some(Silence::QuietHours { until }) => until.ms() - now,
        other => panic!("{other:?}"),
    };
    assert_eq!(until(1_792_893_600_000), 3 * 3_600_000, "04:00 winter time");
    assert_eq!(until(1_792_886_400_000), 5 * 3_600_000, "03:00 summer time: an hour comes twice");
    assert_eq!(ask(&Profile::new(Seed(1)), at(1_792_904_400_000)), None, "07:00 winter time");
}

#[test]
fn quiet_hours_end_when_the_clock_is_put_forward_over_their_end() {
    // 2027-03-28 01:00 UTC: clocks go from 03:00 to 04:00. Quiet from 22:00 to 03:30, a minute that night has not.
    let forward = Timestamp::from_ms(1_806_195_600_000);
    let offsets = vec![(Timestamp::from_ms(0), 120), (forward, 180)];
    let catalog = |until| Catalog {
        offsets: offsets.clone(),
        cadence: Cadence { quiet: Some((22 * 60, until)), ..shop().cadence },
        ..shop()
    };
    let until = |minute| {
        let (catalog, now) = (catalog(minute), forward.before(Span::minutes(30)));
        quiet_hours(&catalog, catalog.local(now), now)
    };
    assert_eq!(until(210), Some(forward));
    assert_eq!(until(7 * 60), Some(forward.after(Span::hours(3))));
    assert_eq!(until(180), Some(forward));
}

#[test]
fn the_gap_rests_and_a_clock_set_back_rests_longer() {
    let profile = shown(&[NOON]);
    assert_eq!(ask(&profile, at(NOON + 60_000)), Some(Silence::Resting { until: at(NOON + 1_800_000) }));
    assert_eq!(ask(&profile, at(NOON - 3_600_000)), Some(Silence::Resting { until: at(NOON + 1_800_000) }));
    assert_eq!(ask(&profile, at(NOON + 1_800_000)), None);
}

#[test]
fn an_open_case_is_not_kept_waiting_by_an_offer_of_just_now() {
    let mut profile = shown(&[NOON]);
    let topic = crate::signal::CareTopic::Return;
    profile.cases.push(crate::profile::Case { key: Key(5), topic, since: at(NOON) });
    assert_eq!(ask(&profile, at(NOON + 60_000)), None);
}

#[test]
fn a_catalog_whose_time_is_over_is_silent_also_in_an_open_page() {
    let mut catalog = shop();
    catalog.not_after = at(NOON);
    let ask = |now| permission(&catalog, &Profile::new(Seed(1)), catalog.local(now), &Now::new(now));
    assert_eq!((ask(at(NOON - 1)), ask(at(NOON))), (None, Some(Silence::Expired)));
}

#[test]
fn the_dial_at_rarely_halves_the_cap_and_doubles_the_gap() {
    let mut profile = shown(&[NOON]);
    profile.dial = Dial::Rarely;
    assert_eq!(ask(&profile, at(NOON + 1_800_000)), Some(Silence::Resting { until: at(NOON + 3_600_000) }));
    assert_eq!(ask(&profile, at(NOON + 3_600_000)), Some(Silence::CapReached { until: at(NOON + 86_400_000) }));
}

#[test]
fn lost_memory_is_quiet_for_as_long_as_a_cap_could_be_full() {
    let profile = Profile::unknown(Seed(1), at(NOON));
    assert_eq!(ask(&profile, at(NOON)), Some(Silence::UnknownHistory { until: at(NOON + 86_400_000) }));
    assert_eq!(ask(&profile, at(NOON + 86_400_000)), None);
}

#[test]
fn a_holdout_is_a_stable_share_of_devices() {
    let mut catalog = shop();
    catalog.holdout = Ppm::new(200_000);
    let held = (0..2_000_u64).filter(|device| {
        let silence =
            || permission(&catalog, &Profile::new(Seed(*device)), catalog.local(at(NOON)), &Now::new(at(NOON)));
        assert_eq!(silence(), silence());
        silence() == Some(Silence::Holdout { until: None })
    });
    let held = held.count();
    assert!((340..460).contains(&held), "{held} of 2000");
}

/// A service offer without a care in the world.
fn offer() -> Offer<'static> {
    use crate::catalog::{Prior, Scope, Text};
    static EVERYTHING: Scope = Scope {
        categories: alloc::vec::Vec::new(),
        products: alloc::vec::Vec::new(),
        except: crate::catalog::Goods::NONE,
    };
    Offer {
        key: Key(9),
        id: Text::default(),
        kind: Kind::Service,
        priority: 0,
        group: None,
        from: at(0),
        until: at(i64::MAX),
        scope: &EVERYTHING,
        value: None,
        caps: &[],
        prior: Prior { mean: Ppm::new(200_000), weight: 10 },
        margin: Ppm::ZERO,
        pacing: None,
        once: false,
        adult: false,
        reach: None,
    }
}

fn excluded(offer: &Offer, profile: &Profile) -> Option<Exclusion> {
    let (catalog, now) = (shop(), Now::new(at(NOON)));
    let ledger = Ledger::new(&catalog, profile, PlacementIx(0), catalog.local(now.at()), &now);
    exclusion((&catalog, profile, &ledger), offer, &ledger.past(profile, offer), &now)
}

#[test]
fn goods_for_adults_are_not_promoted_to_an_unknown_age() {
    let nobody = Profile::new(Seed(1));
    assert_eq!(excluded(&Offer { kind: Kind::Coupon, adult: true, ..offer() }, &nobody), Some(Exclusion::Age));
    assert_eq!(excluded(&Offer { adult: true, ..offer() }, &nobody), None, "help with them is help");
}

#[test]
fn what_runs_once_stops_when_it_was_redeemed() {
    let mut profile = Profile::new(Seed(1));
    profile.set_standing(Key(9), crate::profile::Standing { done: true, ..Default::default() });
    assert_eq!(excluded(&Offer { once: true, ..offer() }, &profile), Some(Exclusion::Converted));
    assert_eq!(excluded(&offer(), &profile), None);
}

#[test]
fn an_open_case_silences_promotion_and_not_help() {
    let mut profile = Profile::new(Seed(1));
    let topic = crate::signal::CareTopic::Return;
    profile.cases.push(crate::profile::Case { key: Key(5), topic, since: at(NOON) });
    assert_eq!(excluded(&Offer { kind: Kind::Coupon, ..offer() }, &profile), Some(Exclusion::CareFirst));
    assert_eq!(excluded(&offer(), &profile), None);
    // Nobody closed it, and it is long ago.
    profile.cases[0].since = at(NOON - crate::profile::Case::LASTS.ms());
    let until = at(NOON + 14 * 86_400_000);
    assert_eq!(excluded(&Offer { kind: Kind::Coupon, ..offer() }, &profile), Some(Exclusion::Careful { until }));
    profile.cases[0].since = at(NOON - (90 + 14) * 86_400_000);
    assert_eq!(excluded(&Offer { kind: Kind::Coupon, ..offer() }, &profile), None);
}

#[test]
fn memories_need_a_shopper_who_wants_to_be_remembered() {
    let reminder = Offer { kind: Kind::Reminder, ..offer() };
    assert_eq!(excluded(&reminder, &Profile::new(Seed(1))), None);
    assert_eq!(
        excluded(&reminder, &Profile { consent: Some(false), ..Profile::new(Seed(1)) }),
        Some(Exclusion::Consent)
    );
    assert_eq!(excluded(&reminder, &Profile { gpc: true, ..Profile::new(Seed(1)) }), Some(Exclusion::Consent));
}

#[test]
fn outside_its_schedule_an_offer_rests() {
    let ended = Offer { until: at(NOON), ..offer() };
    assert_eq!(
        excluded(&ended, &Profile::new(Seed(1))),
        Some(Exclusion::Schedule { until: None }),
        "the end is not included"
    );
    assert_eq!(excluded(&Offer { from: at(NOON), ..offer() }, &Profile::new(Seed(1))), None, "the start is");
}

/// A coupon for snacks, of which people tire.
fn snack() -> Offer<'static> {
    Offer { kind: Kind::Coupon, group: Some(SNACKS), ..offer() }
}

/// Messages about snacks so many days before [`NOON`], each with its reply.
fn snacked(messages: &[(i64, Option<Reply>)]) -> Profile {
    let mut profile = Profile::new(Seed(1));
    for (days, reply) in messages {
        let (at, decision, kind) = (at(NOON - days * 86_400_000), Key(1), Kind::Coupon);
        let (offer, group, about) = (Key(2), Some(SNACKS), None);
        let grounds = crate::profile::Grounds::default();
        profile.log(Impression { at, decision, offer, kind, group, about, reply: *reply, grounds, counted_hours: 0 });
    }
    profile
}

#[test]
fn people_tire_of_a_group_and_recover() {
    let tired = |messages: &[_]| match excluded(&snack(), &snacked(messages)) {
        Some(Exclusion::Tired { until }) => Some((until.ms() - NOON) / 86_400_000),
        other => other.map(|_| -1),
    };
    // They bear two in a row and recover from one in three days.
    assert_eq!(tired(&[(1, None)]), None);
    assert_eq!(tired(&[(2, None), (1, None)]), Some(1), "five days' worth are left of six, and a third adds three");
    assert_eq!(tired(&[(9, None), (8, None), (7, None)]), None);
    assert_eq!(tired(&[(1, Some(Reply::Dismissed))]), Some(2), "what was refused counts twice");
    assert_eq!(tired(&[(2, Some(Reply::Useful)), (1, None)]), None, "what was useful tires nobody");
    assert_eq!(tired(&[(-3, None), (-3, None)]), Some(3), "a clock set back can only make us quieter");
    assert_eq!(excluded(&offer(), &snacked(&[(2, None), (1, None)])), None, "another group");
}

#[test]
fn devices_get_their_turn_over_the_day_evenly_or_early() {
    let catalog = shop();
    let waiting = |pacing, hour: i64| {
        let now = at(NOON + (hour - 12) * 3_600_000);
        let waits = |device: &u64| {
            let (profile, now) = (Profile::new(Seed(*device)), Now::new(now));
            let ledger = Ledger::new(&catalog, &profile, PlacementIx(0), catalog.local(now.at()), &now);
            let offer = Offer { pacing, ..offer() };
            match exclusion((&catalog, &profile, &ledger), &offer, &ledger.past(&profile, &offer), &now) {
                Some(Exclusion::Pacing { until }) => {
                    assert!(until > now.at() && until.since(now.at()) < Span::hours(15));
                    true
                }
                other => other.is_some(),
            }
        };
        (0..1_000_u64).filter(waits).count()
    };
    // The day of the turns goes from 07:00 to 22:00.
    assert_eq!(waiting(None, 8), 0);
    let even = [7, 10, 13, 16, 19, 22].map(|hour| waiting(Some(Pacing::Even), hour));
    assert!(
        even.iter().zip([1_000_usize, 800, 600, 400, 200, 0]).all(|(got, share)| share.abs_diff(*got) < 50),
        "{even:?}"
    );
    let early = [7, 10, 13, 16, 19, 22].map(|hour| waiting(Some(Pacing::Early), hour));
    let roots = [1_000_usize, 553, 368, 225, 106, 0];
    assert!(early.iter().zip(roots).all(|(got, share)| share.abs_diff(*got) < 50), "{early:?}");
}

/// A coupon that runs for 160 hours, of which so many are over at [`NOON`].
fn lasting(hours_over: i64) -> Offer<'static> {
    let (from, until) = (at(NOON - hours_over * 3_600_000), at(NOON + (160 - hours_over) * 3_600_000));
    Offer { kind: Kind::Coupon, from, until, pacing: Some(Pacing::Budget), ..offer() }
}

/// A device that was told so many minutes ago how many sixteenths are left.
fn told(device: u64, left: i64, minutes_ago: i64) -> Profile {
    let budgets = Budgets::new(at(NOON - minutes_ago * 60_000), &[(Key(9), 16), (Key(8), 0), (Key(9), left)]);
    Profile { budgets, ..Profile::new(Seed(device)) }
}

#[test]
fn a_budget_that_is_gone_stops_its_coupon_however_it_is_paced() {
    for pacing in [None, Some(Pacing::Even), Some(Pacing::Early), Some(Pacing::Budget)] {
        let coupon = Offer { pacing, ..lasting(80) };
        for minutes_ago in [-60, 0, 29, 10_000] {
            assert_eq!(excluded(&coupon, &told(1, 0, minutes_ago)), Some(Exclusion::Exhausted));
        }
    }
    assert_eq!(excluded(&offer(), &told(1, 1, 0)), None);
}

#[test]
fn the_less_is_left_of_a_budget_than_of_the_time_the_fewer_devices_take_part() {
    let share = |left: i64, hours_over: i64| {
        let waits = |device: &u64| match excluded(&lasting(hours_over), &told(*device, left, 0)) {
            Some(Exclusion::Pacing { until }) => {
                assert!(until > at(NOON));
                true
            }
            other => other.is_some(),
        };
        1_000 - (0..1_000_u64).filter(waits).count()
    };
    // Half of the time is over, and 8 b / t - 7 is -0.5, 0.5 and 1.5 with 13, 15 and 17 of 32 left.
    let near = |got: usize, wanted: usize| assert!(got.abs_diff(wanted) < 50, "{got} of {wanted}");
    near(share(16, 80), 1_000);
    near(share(9, 80), 1_000);
    near(share(8, 80), 500);
    near(share(7, 80), 0);
    near(share(16, 0), 750);
    near(share(1, 156), 1_000);
}

#[test]
fn a_device_waits_no_longer_than_it_says_and_no_less() {
    let catalog = shop();
    for device in 0..200 {
        let (profile, coupon) = (told(device, 8, 0), lasting(81));
        let paced = |at: Timestamp| {
            let now = Now::new(at);
            let profile = Profile { budgets: Budgets { at, ..profile.budgets.clone() }, ..profile.clone() };
            let ledger = Ledger::new(&catalog, &profile, PlacementIx(0), catalog.local(at), &now);
            (exclusion((&catalog, &profile, &ledger), &coupon, &ledger.past(&profile, &coupon), &now), now.until())
        };
        let Some(Exclusion::Pacing { until }) = paced(at(NOON)).0 else { continue };
        assert!(paced(until.before(Span::from_ms(1))).0.is_some(), "not yet");
        assert!(paced(at(NOON)).1 <= until, "what was found out holds no longer than that");
        let next_day = catalog.next(at(NOON), 7 * 60);
        assert!(until == next_day || paced(until).0.is_none() && until < next_day, "now");
    }
}

#[test]
fn old_news_count_together_with_a_turn_in_the_day() {
    let count = |left, minutes_ago| {
        (0..1_000).filter(|device| excluded(&lasting(80), &told(*device, left, minutes_ago)).is_none()).count()
    };
    // At noon a third of the day of the turns is over.
    let near = |got: usize, wanted: usize| assert!(got.abs_diff(wanted) < 50, "{got} of {wanted}");
    near(count(16, 29), 1_000);
    near(count(16, 30), 333);
    near(count(16, -1), 333);
    near(count(7, 10_000), 0);
    let nothing_told = |device: &u64| excluded(&lasting(80), &Profile::new(Seed(*device))).is_none();
    near((0..1_000).filter(nothing_told).count(), 333);
}

#[test]
fn some_days_of_a_device_are_held_to_compare() {
    let catalog = Catalog { holdout_days: Ppm::new(200_000), ..shop() };
    let held = |device, day: i64| {
        let now = at(NOON + day * 86_400_000);
        match permission(&catalog, &Profile::new(Seed(device)), catalog.local(now), &Now::new(now)) {
            Some(Silence::Holdout { until: Some(until) }) => {
                assert_eq!(until.ms() - now.ms(), 12 * 3_600_000, "until midnight");
                true
            }
            other => other.is_some(),
        }
    };
    let days = (0..40_u64).flat_map(|device| (1..50).map(move |day| (device, day)));
    let share = days.filter(|(device, day)| held(*device, *day)).count();
    assert!((330..450).contains(&share), "{share} of 1960");
    assert_eq!(held(3, 4), held(3, 4));
}

#[test]
fn who_rides_is_left_alone_unless_they_ask() {
    let mut profile = Profile::new(Seed(1));
    profile.belief.track.rode = at(NOON - 60_000);
    assert_eq!(ask(&profile, at(NOON)), Some(Silence::Riding { until: at(NOON + 120_000) }));
    assert_eq!(ask(&profile, at(NOON + 120_000)), None);
    profile.session.asked = Some(at(NOON - 1_000));
    assert_eq!(ask(&profile, at(NOON)), None);
}

#[test]
fn quiet_hours_travel_with_the_shopper() {
    let mut profile = Profile::new(Seed(1));
    assert_eq!(ask(&profile, at(NOON)), None);
    // In New York it is six in the morning.
    profile.attention = Attention { utc_offset: Some(-240), ..Attention::default() };
    assert_eq!(ask(&profile, at(NOON)), Some(Silence::QuietHours { until: at(NOON + 3_600_000) }));
    assert_eq!(ask(&profile, at(NOON + 3_600_000)), None);
    assert_eq!(ask(&profile, at(NOON + 11 * 3_600_000)), None, "night in the shop, day where they are");
}
