//! Figures that a shop steers by, each a ratio of two counts with a 95 % interval over people, and differences of two
//! catalogs on the same people.
//!
//! Intervals are normal ones over people; for ratios by linearization (the delta method): the spread of
//! `x - R y` over people, divided by the mean of `y`. People are independent of one another, days of one person are not;
//! so people are what is counted. Source: Cochran 1977, "Sampling Techniques", 3rd ed., section 6.3.

use alloc::vec::Vec;

use super::count::{Count, Row};
use super::luck::real;

/// Standard deviations of a 95 % interval.
const SURE: f64 = 1.96;

/// What a figure is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A count for each of something.
    Number,
    /// A share of one.
    Share,
    /// Minor units of the catalog's currency.
    Money,
}

/// A figure: one count for each of another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// Its name.
    pub name: &'static str,
    /// What is counted.
    pub of: Count,
    /// For each of this.
    pub per: Count,
    /// So many of which are one: 7 days a week, 1,000 thousandths.
    pub times: f64,
    /// What it is measured in.
    pub unit: Unit,
}

impl Figure {
    /// Every figure, the most important first.
    pub const ALL: [Self; 13] = [
        figure("messages_a_week", Count::Messages, Count::Days, 7.0, Unit::Number),
        figure("useful_share", Count::Useful, Count::Messages, 1.0, Unit::Share),
        figure("useful_moments", Count::Useful, Count::People, 1.0, Unit::Number),
        figure("dismissed_share", Count::Dismissed, Count::Messages, 1.0, Unit::Share),
        figure("never_again_share", Count::NeverAgain, Count::Messages, 1.0, Unit::Share),
        figure("redemptions", Count::Redeemed, Count::People, 1.0, Unit::Number),
        figure("spend", Count::Spend, Count::People, 1.0, Unit::Money),
        figure("savings", Count::Savings, Count::People, 1.0, Unit::Money),
        figure("annoyance", Count::Annoyance, Count::Days, 0.001, Unit::Number),
        figure("turned_down", Count::TurnedDown, Count::People, 1.0, Unit::Share),
        figure("leavers", Count::Left, Count::People, 1.0, Unit::Share),
        figure("reached", Count::Reached, Count::People, 1.0, Unit::Share),
        figure("helped", Count::Helped, Count::People, 1.0, Unit::Share),
    ];

    /// Returns the figure with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|figure| figure.name == name)
    }

    fn counts(&self, row: &Row) -> (f64, f64) {
        (self.times * real(row.get(self.of)), real(row.get(self.per)))
    }

    /// Measures the figure on people. Nothing for each of nothing is nothing.
    pub fn measure(&self, rows: &[Row]) -> Estimate {
        let value = self.ratio(rows);
        let Estimate { value, low, high } = Estimate::around(value, &self.errors(rows, value));
        // NOTE: nothing that is counted is below 0; the interval is a normal one and does not know.
        Estimate { value, low: low.max(0.0), high }
    }

    /// Returns how much larger the figure is with `other` than with `one`, on the same people in the same order.
    pub fn difference(&self, one: &[Row], other: &[Row]) -> Estimate {
        let (before, after) = (self.ratio(one), self.ratio(other));
        let errors = self.errors(one, before).into_iter().zip(self.errors(other, after));
        Estimate::around(after - before, &errors.map(|(before, after)| after - before).collect::<Vec<_>>())
    }

    /// Returns that difference as a share of the figure with `one`; `None` where that is 0.
    pub fn change(&self, one: &[Row], other: &[Row]) -> Option<Estimate> {
        let (before, after) = (self.ratio(one), self.ratio(other));
        let ratio = (before > 0.0).then_some(after / before)?;
        let errors = self.errors(one, before).into_iter().zip(self.errors(other, after));
        let errors: Vec<f64> = errors.map(|(one, other)| (other - ratio * one) / before).collect();
        Some(Estimate::around(ratio - 1.0, &errors))
    }

    fn ratio(&self, rows: &[Row]) -> f64 {
        let sums = rows.iter().map(|row| self.counts(row));
        let (of, per) = sums.fold((0.0, 0.0), |(of, per), (x, y)| (of + x, per + y));
        if per > 0.0 { of / per } else { 0.0 }
    }

    /// Returns how much each person moves the ratio, times the number of people.
    fn errors(&self, rows: &[Row], ratio: f64) -> Vec<f64> {
        let per: f64 = rows.iter().map(|row| self.counts(row).1).sum();
        let mean = per / real(u64::try_from(rows.len().max(1)).unwrap_or(1));
        let error = |row: &Row| {
            let (x, y) = self.counts(row);
            if mean > 0.0 { (x - ratio * y) / mean } else { 0.0 }
        };
        rows.iter().map(error).collect()
    }
}

const fn figure(name: &'static str, of: Count, per: Count, times: f64, unit: Unit) -> Figure {
    Figure { name, of, per, times, unit }
}

/// A number with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The number on these people.
    pub value: f64,
    /// It lies above this, with 97.5 %.
    pub low: f64,
    /// It lies below this, with 97.5 %.
    pub high: f64,
}

impl Estimate {
    fn around(value: f64, errors: &[f64]) -> Self {
        let people = real(u64::try_from(errors.len()).unwrap_or(0));
        let square: f64 = errors.iter().map(|error| error * error).sum();
        let half = if people > 1.0 { SURE * libm::sqrt(square / (people * (people - 1.0))) } else { 0.0 };
        Self { value, low: value - half, high: value + half }
    }

    /// Returns the standard error.
    pub fn error(&self) -> f64 {
        (self.high - self.low) / (2.0 * SURE)
    }

    /// Tells whether 0 lies outside of the interval.
    pub fn is_sure(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(counts: &[(u64, u64)]) -> Vec<Row> {
        let row = |(messages, useful): &(u64, u64)| {
            let mut row = Row::default();
            row.add(Count::People, 1);
            row.add(Count::Messages, *messages);
            row.add(Count::Useful, *useful);
            row
        };
        counts.iter().map(row).collect()
    }

    #[test]
    fn a_mean_has_the_interval_of_the_textbook() {
        let useful = Figure::named("useful_moments").unwrap();
        // Mean 2, standard deviation 1, four people: 2 ± 1.96 × 1 / 2, with n - 1: sqrt(4/3)/2.
        let found = useful.measure(&rows(&[(9, 1), (9, 3), (9, 1), (9, 3)]));
        assert!((found.value - 2.0).abs() < 1e-12);
        assert!((found.high - 2.0 - 1.96 * (4.0_f64 / 3.0).sqrt() / 2.0).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn a_ratio_that_is_the_same_for_everybody_is_sure() {
        let share = Figure::named("useful_share").unwrap().measure(&rows(&[(2, 1), (20, 10), (4, 2)]));
        assert_eq!((share.value, share.low, share.high), (0.5, 0.5, 0.5));
    }

    #[test]
    fn the_same_people_twice_differ_by_nothing() {
        let people = rows(&[(2, 1), (20, 3), (4, 2)]);
        for figure in Figure::ALL {
            let none = figure.difference(&people, &people);
            assert_eq!((none.value, none.low, none.high), (0.0, 0.0, 0.0), "{}", figure.name);
        }
    }

    #[test]
    fn half_of_everything_is_a_change_of_a_half() {
        let (one, other) = (rows(&[(2, 2), (20, 20), (4, 4)]), rows(&[(2, 1), (20, 10), (4, 2)]));
        let change = Figure::named("useful_moments").unwrap().change(&one, &other).unwrap();
        assert!((change.value + 0.5).abs() < 1e-12 && change.is_sure(), "{change:?}");
    }
}
