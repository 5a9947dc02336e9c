use alloc::collections::BTreeSet;

use super::*;

fn ranked(usefulness: &[u32]) -> Vec<Ranked> {
    let offer = |(place, parts): (u32, &u32)| Ranked {
        priced: Priced {
            offer: OfferIx(place),
            savings: None,
            because: Because::GENERAL,
            about: None,
            subject: Subject { offer: Key(1), kind: Kind::Coupon, group: None, about: None },
        },
        usefulness: Ppm::new(*parts),
        score: Ppm::new(*parts),
    };
    (0..).zip(usefulness).map(offer).collect()
}

/// Chooses where an interruption costs a tenth.
fn pick(ranked: &[Ranked], seed: &mut Seed) -> Option<(usize, Ppm)> {
    choose(&worthwhile(ranked, Ppm::new(100_000)), seed)
}

#[test]
fn nothing_is_chosen_below_the_cost() {
    assert_eq!(pick(&ranked(&[99_999, 5]), &mut Seed(1)), None);
    assert_eq!(pick(&[], &mut Seed(1)), None);
}

#[test]
fn one_worthwhile_offer_is_chosen_for_certain() {
    assert_eq!(pick(&ranked(&[300_000, 5]), &mut Seed(1)), Some((0, Ppm::ONE)));
}

#[test]
fn the_logged_propensity_is_how_often_an_offer_is_chosen() {
    const DRAWS: u32 = 200_000;
    let offers = ranked(&[400_000, 300_000, 200_000, 10]);
    let mut seed = Seed(42);
    let mut counts = [0_u32; 4];
    let mut propensities = [Ppm::ZERO; 4];
    for _ in 0..DRAWS {
        let (place, propensity) = pick(&offers, &mut seed).unwrap();
        counts[place] += 1;
        propensities[place] = propensity;
    }
    assert_eq!(propensities.iter().map(|p| p.parts()).sum::<u32>(), 1_000_000);
    assert_eq!(counts[3], 0, "exploration never touches what is not worthwhile");
    for (count, propensity) in counts.iter().zip(propensities) {
        // Three standard deviations of the rarest are 0.0009.
        let share = f64::from(*count) / f64::from(DRAWS);
        assert!((share - from_ppm(propensity)).abs() < 0.002, "{share} against {propensity:?}");
    }
}

#[test]
fn the_chances_of_all_choices_are_their_propensities() {
    for many in 0..5 {
        let places: Vec<usize> = (0..many).map(|place| 2 * place).collect();
        let told: Vec<_> = chances(&places).collect();
        let seen = (0..500).filter_map(|seed| choose(&places, &mut Seed(seed))).collect::<BTreeSet<_>>();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), told, "{many} offers");
        assert!(many == 0 || told.iter().map(|(_, chance)| chance.parts()).sum::<u32>() == 1_000_000);
    }
}

#[test]
fn an_ignored_offer_fades_and_a_useful_one_grows() {
    let prior = crate::catalog::Prior { mean: Ppm::new(200_000), weight: 10 };
    let mean = |standing: Standing, ignored: f64| {
        let (useful, useless) = posterior(prior, standing, ignored);
        useful / (useful + useless)
    };
    let fresh = mean(Standing::default(), 0.0);
    assert!((fresh - 0.2).abs() < 1e-12);
    assert!((mean(Standing::default(), 10.0) - 2.0 / 15.0).abs() < 1e-12, "ten silences are five refusals");
    assert!(mean(Standing { useful: 1_000, ..Standing::default() }, 0.0) > fresh);
}
