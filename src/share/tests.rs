use alloc::vec::Vec;

use super::*;
use crate::catalog::Kind;
use crate::profile::Impression;
use crate::value::Seed;

const OUTCOMES: [Outcome; 3] = [Outcome::NotShown, Outcome::Shown, Outcome::Useful];

/// How likely each answer is where `truth` happened, counted over every possible draw, in parts of 3,000,000.
fn answers(truth: Outcome) -> [u64; 3] {
    let mut counts = [0; 3];
    for first in 0..1_000_000 {
        for second in 0..3 {
            let mut draws = [first, second].into_iter();
            let answer = truth.blurred(|_| draws.next().unwrap());
            counts[OUTCOMES.iter().position(|known| *known == answer).unwrap()] += 1;
        }
    }
    counts
}

#[test]
fn no_report_is_more_than_e_times_as_likely_whatever_happened_to_three_offers() {
    let answers = OUTCOMES.map(answers);
    let mut largest = 0.0_f64;
    let worlds = || (0..27).map(|world| [world % 3, world / 3 % 3, world / 9]);
    for (one, other) in worlds().flat_map(|one| worlds().map(move |other| (one, other))) {
        // The offer is drawn from the same list whatever happened, so a third cancels out.
        for (offer, answer) in (0..3).flat_map(|offer| (0..3).map(move |answer| (offer, answer))) {
            let [one, other] = [one, other].map(|world| number(answers[world[offer]][answer]));
            largest = largest.max(one / other);
        }
    }
    let epsilon = libm::log(largest);
    assert!((0.999_99..=1.0).contains(&epsilon), "{epsilon}");
}

/// The answers of `devices`, to each of which this happened with these probabilities, percent.
fn tally(devices: u32, shown: u32, useful: u32, seed: &mut Seed) -> Tally {
    let mut tally = Tally::default();
    for _ in 0..devices {
        let truth = match seed.below(100) {
            lot if lot < useful => Outcome::Useful,
            lot if lot < shown => Outcome::Shown,
            _ => Outcome::NotShown,
        };
        tally.count(truth.blurred(|bound| seed.below(bound)));
    }
    tally
}

#[test]
fn the_interval_has_the_truth_in_it_as_often_as_it_says() {
    let mut seed = Seed(3);
    for (shown, useful) in [(0, 0), (10, 1), (40, 10), (70, 35), (100, 50), (100, 100)] {
        let mut held = [0; 3];
        let (mut sum, mut told) = (0.0, 0);
        for _ in 0..1_000 {
            let tally = tally(2_000, shown, useful, &mut seed);
            let holds = |estimate: Estimate, truth: f64| (estimate.share - truth).abs() <= 1.96 * estimate.error;
            let [is_shown, is_useful] = [shown, useful].map(|percent| f64::from(percent) / 100.0);
            held[0] += u32::from(holds(tally.shown().unwrap(), is_shown));
            held[1] += u32::from(holds(tally.useful().unwrap(), is_useful));
            sum += tally.useful().unwrap().share - is_useful;
            if shown >= 40 {
                told += 1;
                held[2] += u32::from(tally.usefulness().is_some_and(|rate| holds(rate, is_useful / is_shown)));
            }
        }
        // 95 %, and three standard errors of a thousand tries around it.
        let range = 929..=971;
        assert!(range.contains(&held[0]) && range.contains(&held[1]), "{shown} {useful}: {held:?}");
        assert!(told == 0 || range.contains(&held[2]), "{shown} {useful}: {held:?}");
        assert!((sum / 1_000.0).abs() < 0.003, "{shown} {useful}: biased by {}", sum / 1_000.0);
    }
}

#[test]
fn the_numbers_are_those_of_the_worker() {
    // Also in pkg/test/share.test.mjs.
    let tally = Tally { not_shown: 5_000, shown: 2_600, useful: 2_400 };
    let parts =
        |estimate: Option<Estimate>| estimate.map(|told| [told.share, told.error].map(|x| libm::round(x * 1e6)));
    assert_eq!(parts(tally.shown()), Some([209_011.0, 13_730.0]));
    assert_eq!(parts(tally.useful()), Some([77_046.0, 11_727.0]));
    assert_eq!(parts(tally.usefulness()), Some([368_623.0, 46_985.0]));
    assert_eq!(Tally { not_shown: 580, shown: 210, useful: 210 }.usefulness(), None);
    assert_eq!(Tally::default().shown(), None);
}

#[test]
fn a_week_begins_on_monday() {
    let day = |day: i64| Week::of(Timestamp::from_ms(day * DAY_MS));
    // Day 4 is Monday, 1970-01-05.
    assert_eq!([day(0), day(4), day(10), day(11)], [Week(0), Week(0), Week(0), Week(1)]);
    assert_eq!(Week(2_967).from().ms(), 1_794_787_200_000, "2026-11-16");
    assert_eq!((Week(0).before(), Week(2).before()), (None, Some(Week(1))));
    assert_eq!(Week::of(Timestamp::from_ms(i64::MIN / 2)), Week(0));
}

#[test]
fn what_came_of_an_offer_is_the_best_of_the_week() {
    let mut profile = Profile::new(Seed(1));
    let (kind, group, about, grounds) = (Kind::Coupon, None, None, Default::default());
    for (day, reply) in [(5, None), (6, Some(Reply::Opened)), (7, Some(Reply::Dismissed)), (12, Some(Reply::NotUseful))]
    {
        let (at, decision) = (Timestamp::from_ms(day * DAY_MS), Key(7));
        profile.log(Impression { at, decision, offer: Key(1), kind, group, about, reply, grounds, counted_hours: 0 });
    }
    let outcomes: Vec<_> = (0..3).map(|week| Outcome::of(&profile, Key(1), Week(week))).collect();
    assert_eq!(outcomes, [Outcome::Useful, Outcome::Shown, Outcome::NotShown]);
    assert_eq!(Outcome::of(&profile, Key(2), Week(0)), Outcome::NotShown);
}

#[test]
fn who_objects_tells_nothing() {
    let told = |gpc, dial| untold(&Profile { gpc, dial, ..Profile::new(Seed(1)) });
    assert_eq!(told(false, Dial::Rarely), None);
    assert_eq!(told(true, Dial::Often), Some(Untold::Gpc));
    assert_eq!(told(false, Dial::Never), Some(Untold::Dial));
}

#[test]
fn a_belief_moves_as_far_as_the_answers_carry_it() {
    let told = |share, error| Estimate { share, error };
    // Hardly more than noise: every measured share lies within its error.
    let still: Vec<_> = believe(&[(0.2, told(0.25, 0.1)), (0.3, told(0.28, 0.1))]).collect();
    assert!((0.2..0.215).contains(&still[0]) && (0.294..0.3).contains(&still[1]), "{still:?}");
    let moved: Vec<_> = believe(&[(0.2, told(0.6, 0.02)), (0.2, told(0.6, 0.4)), (0.2, told(0.2, 0.02))]).collect();
    assert!(moved[0] > 0.59 && (0.2..0.4).contains(&moved[1]) && (moved[2] - 0.2).abs() < 1e-9, "{moved:?}");
    assert_eq!(believe(&[]).count(), 0);
}

/// How far 500 catalogs of so many offers are off before and after, squared, where each offer is off by `off` and measured with
/// an error of `error` (standard deviations).
fn learned(offers: usize, off: f64, error: f64) -> (f64, f64) {
    let mut seed = Seed(7);
    // A sum of twelve uniform draws is normal enough.
    let mut normal = || (0..12).map(|_| f64::from(seed.below(1_000_000)) / 1e6).sum::<f64>() - 6.0;
    let (mut before, mut after) = (0.0, 0.0);
    for _ in 0..500 {
        let truths: Vec<f64> = (0..offers).map(|_| 0.3 + off * normal()).collect();
        let told = |truth: &f64| (0.3, Estimate { share: truth + error * normal(), error });
        let told: Vec<_> = truths.iter().map(told).collect();
        before += truths.iter().map(|truth| square(truth - 0.3)).sum::<f64>();
        after += believe(&told).zip(&truths).map(|(believed, truth)| square(believed - truth)).sum::<f64>();
    }
    (before, after)
}

#[test]
fn learning_from_few_offers_and_much_noise_does_not_lead_astray() {
    for (offers, off, error) in [(1, 0.1, 0.3), (3, 0.1, 0.3), (10, 0.1, 0.2), (3, 0.15, 0.4), (40, 0.1, 0.4)] {
        let (before, after) = learned(offers, off, error);
        assert!(after < 1.02 * before, "{offers} offers: {after} after {before}");
    }
    for (offers, off, error) in [(3, 0.1, 0.05), (10, 0.15, 0.1), (40, 0.3, 0.2)] {
        let (before, after) = learned(offers, off, error);
        assert!(after < 0.6 * before, "{offers} offers: {after} after {before}");
    }
}
