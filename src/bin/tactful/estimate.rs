//! What another policy would have earned, from what one policy earned and how likely it was to do what it did.
//!
//! Four estimators of the mean reward of an ask, n being the number of asks, r the reward, p the logged propensity, c the
//! chance that the other policy gives to what was done, w = c / p, q the expected reward of what was done and d that of
//! what the other policy would do:
//!
//! - inverse propensity (Horvitz and Thompson 1952): the sum of w r over n; right in the mean where nothing is missing,
//! - self-normalised (Swaminathan and Joachims 2015): the sum of w r over the sum of w; a little off, and steadier. What
//!   the log never does but is known to earn 0 counts in the sum of w with its chance: nothing has to be learned of it,
//! - direct: the sum of d over n; as good as the model of q and no better: its interval knows nothing of what the model
//!   gets wrong,
//! - doubly robust (Dudik, Langford and Li 2011): the sum of d + w (r - q) over n; right where either of both is.
//!
//! Equal to those of the Open Bandit Pipeline (Saito and others 2021), which a test holds to 1e-9 on its own sample. All
//! are ratios of sums over people, and that is what intervals are made of: asks of one person are not independent.

use tactful::value::Seed;

/// One ask.
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    /// Whose, from 0; asks of one person stand together or not.
    pub person: usize,
    /// Was what was done useful? Only to tell how much there is to learn from.
    pub useful: bool,
    /// What was earned.
    pub reward: f64,
    /// Probability with which the log did what it did, above 0.
    pub propensity: f64,
    /// Probability with which the other policy does the same.
    pub chance: f64,
    /// Expected reward of what was done.
    pub expected: f64,
    /// Expected reward of what the other policy does.
    pub direct: f64,
    /// Chance that the other policy does what the log never does and what is known to earn 0, such as silence.
    pub known: f64,
}

/// How an estimate is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Estimator {
    /// The mean of what was earned: the value of the policy that logged.
    Logged,
    /// Inverse propensity.
    Ips,
    /// Self-normalised inverse propensity.
    Snips,
    /// Direct.
    Direct,
    /// Doubly robust.
    DoublyRobust,
}

impl Estimator {
    /// Every estimator with its name.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Logged, "logged"),
        (Self::Ips, "ips"),
        (Self::Snips, "snips"),
        (Self::Direct, "direct"),
        (Self::DoublyRobust, "doubly_robust"),
    ];
}

/// Why a log cannot tell which of two policies is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// The other policy does what the log never could.
    #[error("more than {} % of what the other pack would do is not in the log", 100.0 * MOST_MISSING)]
    Missing,
    /// Few people.
    #[error("there are fewer than {FEWEST_PEOPLE} shoppers")]
    FewPeople,
    /// Few asks that tell of the other policy.
    #[error("the asks tell as much as fewer than {FEWEST_ASKS} of the other pack itself")]
    FewAsks,
    /// Little that was useful.
    #[error("the useful messages tell as much as fewer than {FEWEST_USEFUL} of the other pack itself")]
    FewUseful,
    /// The intervals hold better and worse.
    #[error("the intervals hold better and worse")]
    Intervals,
}

impl Doubt {
    /// Returns its name for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::FewPeople => "few_people",
            Self::FewAsks => "few_asks",
            Self::FewUseful => "few_useful",
            Self::Intervals => "intervals",
        }
    }
}

/// Share of what the other policy does above which nothing is called better, where the log could never do it.
const MOST_MISSING: f64 = 0.01;
/// What has to be there before anything is called better: intervals from less are too short, above all where weights differ
/// much. Conventions, on the careful side: the samples of the Open Bandit Dataset have 38 to 69 clicks, and rank nothing.
const FEWEST_PEOPLE: usize = 30;
const FEWEST_ASKS: f64 = 100.0;
const FEWEST_USEFUL: f64 = 100.0;

/// Sums over asks, of one person or of several.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    asks: f64,
    rewards: f64,
    weights: f64,
    weighted: f64,
    direct: f64,
    corrected: f64,
}

impl Sums {
    fn add(&mut self, ask: &Ask) {
        let weight = ask.chance / ask.propensity;
        self.asks += 1.0;
        self.rewards += ask.reward;
        self.weights += weight + ask.known;
        self.weighted += weight * ask.reward;
        self.direct += ask.direct;
        self.corrected += weight * (ask.reward - ask.expected);
    }

    fn merge(&mut self, other: &Self) {
        self.asks += other.asks;
        self.rewards += other.rewards;
        self.weights += other.weights;
        self.weighted += other.weighted;
        self.direct += other.direct;
        self.corrected += other.corrected;
    }

    /// Returns what is divided by what.
    const fn ratio(&self, estimator: Estimator) -> (f64, f64) {
        match estimator {
            Estimator::Logged => (self.rewards, self.asks),
            Estimator::Ips => (self.weighted, self.asks),
            Estimator::Snips => (self.weighted, self.weights),
            Estimator::Direct => (self.direct, self.asks),
            Estimator::DoublyRobust => (self.direct + self.corrected, self.asks),
        }
    }

    fn value(&self, estimator: Estimator) -> f64 {
        let (sum, of) = self.ratio(estimator);
        if of > 0.0 { sum / of } else { 0.0 }
    }
}

/// A value with two intervals that hold it in 95 % of all logs like this one, `None` for fewer than two people.
#[derive(Clone, Copy, Debug)]
pub struct Estimate {
    /// The value.
    pub value: f64,
    /// Percentiles of [`RESAMPLES`] logs whose people are drawn from those of this one, with replacement.
    pub bootstrap: Option<(f64, f64)>,
    /// From the variance between people of the linearised ratio.
    pub normal: Option<(f64, f64)>,
}

/// Logs that are drawn for an interval.
pub const RESAMPLES: usize = 2_000;
/// 97.5 % of a normal distribution lie below.
const NORMAL: f64 = 1.959_963_984_540_054;

/// The asks of a log, ready to be estimated from.
pub struct Sample {
    people: Vec<Sums>,
    all: Sums,
    effective: f64,
    effective_useful: f64,
    resampled: Vec<Sums>,
}

impl Sample {
    /// Sums up the asks. Cost: [`RESAMPLES`] times the number of people.
    pub fn new(asks: &[Ask]) -> Self {
        let people = asks.iter().map(|ask| ask.person + 1).max().unwrap_or(0);
        let mut people = vec![Sums::default(); people];
        for ask in asks {
            people.iter_mut().skip(ask.person).take(1).for_each(|sums| sums.add(ask));
        }
        people.retain(|sums| sums.asks > 0.0);
        let resampled = resampled(&people);
        Self {
            all: total(people.iter()),
            people,
            effective: effective(asks.iter()),
            effective_useful: effective(asks.iter().filter(|ask| ask.useful)),
            resampled,
        }
    }

    /// Returns how many people there are.
    pub fn people(&self) -> usize {
        self.people.len()
    }

    /// Returns how many asks of the other policy itself would tell as much.
    pub const fn effective(&self) -> f64 {
        self.effective
    }

    /// Returns why the sample does not tell which policy is better, where so much of the other is `missing` in the log:
    /// nothing where it does.
    pub fn doubts(&self, missing: f64) -> Vec<Doubt> {
        let doubts = [
            (Doubt::Missing, missing > MOST_MISSING),
            (Doubt::FewPeople, self.people() < FEWEST_PEOPLE),
            (Doubt::FewAsks, self.effective < FEWEST_ASKS),
            (Doubt::FewUseful, self.effective_useful < FEWEST_USEFUL),
            (Doubt::Intervals, !self.gains() && !self.loses()),
        ];
        doubts.into_iter().filter(|(_, holds)| *holds).map(|(doubt, _)| doubt).collect()
    }

    /// Tells whether both steady estimators say by both intervals that the other policy earns more.
    pub fn gains(&self) -> bool {
        self.differs(|(low, _)| low > 0.0)
    }

    fn loses(&self) -> bool {
        self.differs(|(_, high)| high < 0.0)
    }

    fn differs(&self, is_so: impl Fn((f64, f64)) -> bool) -> bool {
        let gains = [Estimator::Snips, Estimator::DoublyRobust].map(|estimator| self.gain(estimator));
        gains.iter().flat_map(|gain| [gain.bootstrap, gain.normal]).all(|interval| interval.is_some_and(&is_so))
    }

    /// Returns the value by `estimator`.
    pub fn estimate(&self, estimator: Estimator) -> Estimate {
        self.combined(&|sums| sums.value(estimator), &|sums, all| influence(sums, all, estimator))
    }

    /// Returns by how much the value by `estimator` is above what was earned, on the same people.
    pub fn gain(&self, estimator: Estimator) -> Estimate {
        let value = |sums: &Sums| sums.value(estimator) - sums.value(Estimator::Logged);
        self.combined(&value, &|sums, all| influence(sums, all, estimator) - influence(sums, all, Estimator::Logged))
    }

    fn combined(&self, value: &dyn Fn(&Sums) -> f64, influence: &dyn Fn(&Sums, &Sums) -> f64) -> Estimate {
        let enough = self.people.len() > 1;
        let mut drawn: Vec<f64> = self.resampled.iter().map(value).collect();
        drawn.sort_by(f64::total_cmp);
        let percentile = |per_mille: usize| drawn.get(per_mille * drawn.len().saturating_sub(1) / 1_000).copied();
        let people: f64 = self.people.iter().map(|_| 1.0).sum();
        let squares: f64 = self.people.iter().map(|sums| influence(sums, &self.all)).map(|part| part * part).sum();
        let half = NORMAL * libm::sqrt(squares * people / (people - 1.0).max(1.0));
        let value = value(&self.all);
        Estimate {
            value,
            bootstrap: percentile(25).zip(percentile(975)).filter(|_| enough),
            normal: enough.then_some((value - half, value + half)),
        }
    }
}

/// Returns how many asks of equal weight tell as much (Kish 1965): the square of the sum of the weights over the sum of
/// their squares.
fn effective<'a>(asks: impl Iterator<Item = &'a Ask>) -> f64 {
    let weights = asks.map(|ask| ask.chance / ask.propensity);
    let (sum, squares) = weights.fold((0.0, 0.0), |(sum, of), weight| (sum + weight, of + weight * weight));
    if squares > 0.0 { sum * sum / squares } else { 0.0 }
}

/// Returns how much one person moves the value.
fn influence(sums: &Sums, all: &Sums, estimator: Estimator) -> f64 {
    let ((sum, of), (_, all_of)) = (sums.ratio(estimator), all.ratio(estimator));
    if all_of > 0.0 { (sum - all.value(estimator) * of) / all_of } else { 0.0 }
}

fn total<'a>(sums: impl Iterator<Item = &'a Sums>) -> Sums {
    sums.fold(Sums::default(), |mut all, sums| {
        all.merge(sums);
        all
    })
}

fn resampled(people: &[Sums]) -> Vec<Sums> {
    let mut seed = Seed(0);
    let count = u32::try_from(people.len()).unwrap_or(u32::MAX);
    let mut draw = || usize::try_from(seed.below(count)).ok().and_then(|place| people.get(place));
    (0..RESAMPLES).map(|_| total(people.iter().filter_map(|_| draw()).collect::<Vec<_>>().into_iter())).collect()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    /// Rows of the Open Bandit Dataset (CC BY 4.0) with what the Open Bandit Pipeline estimates from them; made by
    /// `tests/obp/fixture.py`.
    #[derive(Deserialize)]
    struct Fixture {
        /// Item, position, click and propensity of each row.
        rows: Vec<(usize, usize, u8, f64)>,
        /// The chance that the other policy gives to each item, by position.
        policy: Vec<Vec<f64>>,
        /// The expected clicks of each item, by position.
        model: Vec<Vec<f64>>,
        estimates: Vec<(String, f64)>,
    }

    fn asks(fixture: &Fixture) -> Vec<Ask> {
        let row = |(person, (item, position, click, propensity)): (usize, &(usize, usize, u8, f64))| {
            let (chances, model) = (&fixture.policy[*position], &fixture.model[*position]);
            let direct = chances.iter().zip(model).map(|(chance, expected)| chance * expected).sum();
            let (chance, expected) = (chances[*item], model[*item]);
            Ask {
                person,
                useful: *click > 0,
                reward: f64::from(*click),
                propensity: *propensity,
                chance,
                expected,
                direct,
                known: 0.0,
            }
        };
        fixture.rows.iter().enumerate().map(row).collect()
    }

    fn agrees(text: &str) {
        let fixture: Fixture = serde_json::from_str(text).unwrap();
        let sample = Sample::new(&asks(&fixture));
        assert_eq!(fixture.estimates.len(), 4);
        for (name, theirs) in &fixture.estimates {
            let (estimator, _) = Estimator::ALL.iter().find(|(_, known)| known == name).unwrap();
            let ours = sample.estimate(*estimator).value;
            assert!((ours - theirs).abs() < 1e-9, "{name}: {ours}, and theirs is {theirs}");
        }
        assert!(sample.doubts(0.0).contains(&Doubt::FewUseful), "so few clicks rank no policies");
    }

    #[test]
    fn estimates_are_those_of_the_open_bandit_pipeline_on_its_own_sample() {
        agrees(include_str!("../../../tests/obp/fixture.json"));
        // NOTE: all 10,000 rows of a sample, where `tests/obp/fixture.py` has written them.
        for path in std::env::var("TACTFUL_OBP").iter().flat_map(|paths| paths.split(':')) {
            agrees(&std::fs::read_to_string(path).unwrap());
        }
    }

    /// A person per ask, who is shown one of two things; the first is worth 0.5 and the second 0.1.
    fn log(of: u32, chance: [f64; 2]) -> Vec<Ask> {
        let mut seed = Seed(3);
        let propensity = [0.8, 0.2];
        let worth = [500_000, 100_000];
        (0..of)
            .map(|person| {
                let shown = usize::from(!seed.happens(tactful::value::Ppm::new(800_000)));
                let useful = seed.below(1_000_000) < worth[shown];
                let reward = f64::from(u8::from(useful));
                let (propensity, expected) = (propensity[shown], [0.4, 0.2][shown]);
                let direct = chance[0] * 0.4 + chance[1] * 0.2;
                let person = usize::try_from(person).unwrap();
                Ask { person, useful, reward, propensity, chance: chance[shown], expected, direct, known: 0.0 }
            })
            .collect()
    }

    #[test]
    fn estimators_find_the_value_of_another_policy_and_say_how_surely() {
        let sample = Sample::new(&log(20_000, [0.3, 0.7]));
        for estimator in [Estimator::Ips, Estimator::Snips, Estimator::DoublyRobust] {
            let estimate = sample.estimate(estimator);
            assert!((estimate.value - 0.22).abs() < 0.02, "{estimator:?}: {estimate:?}");
            let ((low, high), (lower, upper)) = (estimate.bootstrap.unwrap(), estimate.normal.unwrap());
            assert!(low < 0.22 && high > 0.22 && (low - lower).abs() < 0.003 && (high - upper).abs() < 0.003);
        }
        assert!(sample.doubts(0.0).is_empty() && !sample.gains(), "it is worse than the log, which earns 0.42");
        assert_eq!(sample.doubts(0.02), [Doubt::Missing]);
        assert!(Sample::new(&log(20_000, [1.0, 0.0])).gains());
        let direct = sample.estimate(Estimator::Direct).value;
        assert!((direct - 0.26).abs() < 1e-9, "the model says 0.26, and nothing corrects it: {direct}");
    }

    #[test]
    fn the_same_policy_has_the_value_of_the_log() {
        let sample = Sample::new(&log(500, [0.8, 0.2]));
        let logged = sample.estimate(Estimator::Logged).value;
        assert!((sample.estimate(Estimator::Ips).value - logged).abs() < 1e-12);
        assert!((sample.effective() - 500.0).abs() < 1e-9);
        assert_eq!(sample.doubts(0.0), [Doubt::Intervals]);
        let gain = sample.gain(Estimator::Snips).normal.unwrap();
        assert!(gain.0.abs() < 1e-12 && gain.1.abs() < 1e-12);
    }

    #[test]
    fn what_is_known_to_earn_nothing_needs_no_sample() {
        // NOTE: the other policy is silent in half of its asks, which the log never was.
        let half = |ask: Ask| Ask { chance: ask.chance / 2.0, direct: ask.direct / 2.0, known: 0.5, ..ask };
        let sample = Sample::new(&log(20_000, [0.3, 0.7]).into_iter().map(half).collect::<Vec<_>>());
        for estimator in [Estimator::Ips, Estimator::Snips, Estimator::DoublyRobust] {
            assert!((sample.estimate(estimator).value - 0.11).abs() < 0.01, "{estimator:?}");
        }
    }

    #[test]
    fn one_person_has_no_interval_and_nobody_no_value() {
        let one: Vec<Ask> = log(50, [0.5, 0.5]).into_iter().map(|ask| Ask { person: 7, ..ask }).collect();
        assert!(Sample::new(&one).estimate(Estimator::Ips).normal.is_none());
        let nobody = Sample::new(&[]);
        assert!(nobody.estimate(Estimator::Snips).bootstrap.is_none() && nobody.people() == 0);
    }
}
