use alloc::vec;

use super::clues::Learned;
use super::*;
use crate::catalog::{Prior, UsefulnessPrior};
use crate::profile::Standing;
use crate::signal::Reply;
use crate::value::{Seed, Timestamp};

const PRIOR: Prior = Prior { mean: Ppm::new(200_000), weight: 10 };
const PEOPLE: UsefulnessPrior = UsefulnessPrior::PRIOR;
const NOON: Timestamp = Timestamp::from_ms(1_795_255_200_000);

fn day(days: u32) -> Timestamp {
    NOON.after(Span::days(days))
}

fn grounds_of(prior: Prior, because: &[Reason], shown: &[Impression], now: &Now) -> Grounds {
    clues::grounds(&PEOPLE, prior, (because, shown), now, &mut Default::default())
}

/// What a person says of offers that are shown once a week, for no reason: key and reply each.
fn person(replies: &[(u64, Option<Reply>)]) -> Profile {
    let mut profile = Profile::new(Seed(1));
    for (week, (key, reply)) in (0..).zip(replies) {
        let now = Now::new(day(7 * week));
        let grounds = grounds_of(PRIOR, &Because::GENERAL, &[], &now);
        let (decision, kind, group, about) = (Key(week.into()), Kind::Coupon, None, None);
        let shown = Impression {
            at: now.at(),
            decision,
            offer: Key(*key),
            kind,
            group,
            about,
            reply: *reply,
            grounds,
            counted_hours: 0,
        };
        let forgotten = profile.log(shown);
        clues::condense(&PEOPLE, &mut profile, &forgotten);
    }
    profile
}

/// What is then expected of an offer on a day.
fn expected(profile: &Profile, key: u64, days: u32) -> f64 {
    let grounds = grounds_of(PRIOR, &[], &[], &Now::new(day(days)));
    Learned::new(&PEOPLE, profile, &Now::new(day(days)))
        .belief((Key(key), &profile.standing(Key(key))), &grounds)
        .chance()
}

#[test]
fn before_anybody_replied_the_catalogs_mean_is_expected() {
    for (mean, weight) in [(200_000, 10), (500_000, 2), (50_000, 40), (900_000, 30), (20_000, 100)] {
        let grounds = grounds_of(Prior { mean: Ppm::new(mean), weight }, &[], &[], &Now::new(NOON));
        let nobody = person(&[]);
        let chance =
            Learned::new(&PEOPLE, &nobody, &Now::new(NOON)).belief((Key(1), &Standing::default()), &grounds).chance();
        let wanted = f64::from(mean) / 1e6;
        assert!((chance / wanted - 1.0).abs() < 0.2, "{chance} where the catalog says {wanted}");
    }
}

#[test]
fn replies_teach_about_their_offer_and_a_little_about_others() {
    let nothing = expected(&person(&[]), 1, 70);
    for (reply, is_good) in [(Reply::Useful, true), (Reply::Redeemed, true), (Reply::NotUseful, false)] {
        let known = person(&[(1, Some(reply)); 5]);
        let (own, other) = (expected(&known, 1, 70), expected(&known, 2, 70));
        assert_eq!(
            (own > nothing, other > nothing, own > other),
            (is_good, is_good, is_good),
            "{reply:?} {own} {other}"
        );
    }
    assert!((expected(&person(&[(1, Some(Reply::Later)); 5]), 1, 70) - nothing).abs() < 1e-6, "later is no refusal");
}

#[test]
fn no_answer_is_no_refusal_before_one_would_have_come() {
    let nothing = expected(&person(&[]), 1, 0);
    let asked = person(&[(1, None)]);
    let after = |days| expected(&asked, 1, days);
    assert!((after(0) - nothing).abs() < 1e-6);
    assert!(after(0) > after(2) && after(2) > after(14), "{} {} {}", after(0), after(2), after(14));
    assert!(after(400) > after(14), "and is forgotten in time");
}

#[test]
fn what_was_shown_elsewhere_teaches_nothing_on_grounds_that_nobody_knows() {
    let mut known = person(&[(1, Some(Reply::Useful)), (2, None)]);
    known.impressions.iter_mut().for_each(|shown| shown.grounds = Grounds::default());
    assert_eq!(expected(&known, 1, 70).to_bits(), expected(&person(&[]), 1, 70).to_bits());
}

#[test]
fn the_same_said_again_counts_as_often_as_it_was_said() {
    let said = |times| expected(&person(&vec![(1, Some(Reply::NotUseful)); times]), 1, 70);
    assert!(said(1) > said(2) && said(2) > said(9), "{} {} {}", said(1), said(2), said(9));
}

#[test]
fn a_withdrawn_offer_leaves_the_others_alone() {
    let with = person(&[(1, Some(Reply::Useful)), (9, Some(Reply::NotUseful)), (1, Some(Reply::Useful))]);
    let mut without = with.clone();
    without.impressions.retain(|shown| shown.offer == Key(1));
    let change = expected(&with, 1, 30) - expected(&without, 1, 30);
    assert!(change < 0.0 && change > -0.05, "{change}");
}

#[test]
fn what_falls_out_of_the_log_is_still_known() {
    let mut replies = vec![(1, Some(Reply::Useful)); 20];
    replies.resize(crate::profile::limit::IMPRESSIONS + 1, (2, None));
    let known = person(&replies);
    assert!(known.impressions.iter().all(|shown| shown.offer != Key(1)));
    let days = 7 * 257;
    let (own, other) = (expected(&known, 1, days), expected(&known, 3, days));
    assert!(own > 2.0 * other, "{own} against {other}");
}

#[test]
fn what_is_shown_again_and_again_wears_out() {
    let now = Now::new(NOON);
    let shown: Vec<Impression> = person(&[(1, None)]).impressions.repeat(4);
    let (fresh, worn) = (grounds_of(PRIOR, &[], &[], &now), grounds_of(PRIOR, &[], &shown, &now));
    let nobody = person(&[]);
    let mean = |grounds| Learned::new(&PEOPLE, &nobody, &now).belief((Key(1), &Standing::default()), grounds).mean;
    assert!(mean(&worn) < mean(&fresh));
}

#[test]
fn a_reason_that_proved_right_counts_for_more() {
    let grounds = grounds_of(PRIOR, &[Reason::Saves], &[], &Now::new(NOON));
    let mut known = person(&[(1, Some(Reply::Useful)); 8]);
    known.impressions.iter_mut().for_each(|shown| shown.grounds = grounds);
    let believed = |profile: &Profile, grounds: &Grounds| {
        Learned::new(&PEOPLE, profile, &Now::new(day(60))).belief((Key(2), &profile.standing(Key(2))), grounds).mean
    };
    let other = grounds_of(PRIOR, &[Reason::Care], &[], &Now::new(NOON));
    let gains = [grounds, other].map(|of| believed(&known, &of) - believed(&person(&[]), &of));
    assert!(gains[0] > gains[1] + 0.1 && gains[1] > 0.0, "{gains:?}");
}

fn ranked(usefulness: &[u32]) -> Vec<Ranked> {
    let grounds = Grounds::default();
    let offer = |(place, parts): (u32, &u32)| Ranked {
        priced: Priced {
            offer: OfferIx(place),
            savings: None,
            because: Because::GENERAL,
            about: None,
            subject: Subject { offer: Key(place.into()), kind: Kind::Coupon, group: None, about: None, grounds },
        },
        usefulness: Ppm::new(*parts),
        spread: Ppm::new(parts / 4),
        score: Ppm::new(*parts),
    };
    (0..).zip(usefulness).map(offer).collect()
}

#[test]
fn margin_and_reach_count_as_the_goals_weigh_them() {
    let goals = Goals { usefulness: Ppm::ONE, margin: Ppm::ZERO, reach: Ppm::ZERO };
    let mut offers = ranked(&[300_000, 310_000]);
    let best = |goals, offers: &[Ranked]| draws(goals, Key(1), offers, Ppm::new(100_000)).expected();
    assert_eq!(best(goals, &offers), Some(1));
    offers[0].score = Ppm::new(350_000);
    assert_eq!(best(goals, &offers), Some(0), "what the other goals add is kept in the score");
    assert_eq!(best(goals, &ranked(&[99_999])), None, "and never makes an interruption worth it");
}
