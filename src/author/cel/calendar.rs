//! What the calendar knows in advance: occasions, holidays and seasons, lowered to days and months.
//!
//! A phone knows only which day it is: what a condition asks of an occasion becomes the days on which that is so.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::catalog::{Attribute, Condition, Range};

/// The occasions and holidays of the days that were expanded, and the seasons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// The first day, since 1970-01-01.
    pub first: i32,
    /// Which days belong to each occasion, from the first day on.
    pub occasions: BTreeMap<String, Vec<bool>>,
    /// Which days are public holidays; `None` where the catalog names no country.
    pub holidays: Option<Vec<bool>>,
    /// The shop is south of the equator.
    pub south: bool,
}

/// Something that the calendar knows in advance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Dated {
    /// The day belongs to the occasion at this place: 0 or 1.
    Today(u16),
    /// Minutes from the day's beginning until the occasion at this place begins, 0 while it lasts; absent after the last.
    Until(u16),
    /// The day is a public holiday: 0 or 1.
    Holiday,
    /// The season: its place in [`SEASONS`].
    Season,
}

/// The seasons as meteorologists count them, by whole months; winter has December in the north, and June in the south.
pub(super) const SEASONS: [&str; 4] = ["winter", "spring", "summer", "autumn"];

impl Calendar {
    /// Finds the place of an occasion.
    pub(super) fn place(&self, name: &str) -> Option<u16> {
        let mut known = self.occasions.keys().zip(0..);
        known.find(|(known, _)| *known == name).map(|(_, place)| place)
    }

    /// Returns the condition that `dated` lies in one of `ranges`. Cost: one look at every day.
    pub(super) fn within(&self, dated: Dated, ranges: &[Range]) -> Condition {
        let accepts = |value: i64| ranges.iter().any(|range| (range.low..=range.high).contains(&value));
        let (attribute, first, values) = match dated {
            Dated::Today(place) => (Attribute::Day, self.first, yes_or_no(self.days(place))),
            Dated::Until(place) => (Attribute::Day, self.first, minutes_until(self.days(place))),
            Dated::Holiday => (Attribute::Day, self.first, yes_or_no(self.holidays.as_deref().unwrap_or_default())),
            Dated::Season => (Attribute::Month, 1, (1..=12).map(|month| Some(self.season(month))).collect()),
        };
        let mut found: Vec<Range> = Vec::new();
        for (at, value) in (i64::from(first)..).zip(values) {
            if !value.is_some_and(accepts) {
                continue;
            }
            match found.last_mut().filter(|last| last.high + 1 == at) {
                Some(last) => last.high = at,
                None => found.push(Range { low: at, high: at }),
            }
        }
        Condition::within(attribute, found)
    }

    fn days(&self, place: u16) -> &[bool] {
        self.occasions.values().nth(place.into()).map_or(&[], Vec::as_slice)
    }

    fn season(&self, month: i64) -> i64 {
        (month + if self.south { 6 } else { 0 }) % 12 / 3
    }
}

fn yes_or_no(days: &[bool]) -> Vec<Option<i64>> {
    days.iter().map(|yes| Some(i64::from(*yes))).collect()
}

fn minutes_until(days: &[bool]) -> Vec<Option<i64>> {
    let mut until: Option<i64> = None;
    let mut found: Vec<Option<i64>> = days
        .iter()
        .rev()
        .map(|begins| {
            until = if *begins { Some(0) } else { until.map(|minutes| minutes + 1_440) };
            until
        })
        .collect();
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn calendar(days: &[bool]) -> Calendar {
        Calendar { first: 100, occasions: BTreeMap::from([("fair".into(), days.to_vec())]), ..Calendar::default() }
    }

    fn days(calendar: &Calendar, dated: Dated, low: i64, high: i64) -> Vec<(i64, i64)> {
        let condition = calendar.within(dated, &[Range { low, high }]);
        let all = condition.conjunctions().iter().flatten().flat_map(|predicate| predicate.ranges.clone());
        all.map(|range| (range.low, range.high)).collect()
    }

    #[test]
    fn an_occasion_is_the_days_it_has_and_those_before_it() {
        let fair = calendar(&[false, false, true, true, false, true, false]);
        assert_eq!(days(&fair, Dated::Today(0), 1, 1), [(102, 103), (105, 105)]);
        assert_eq!(days(&fair, Dated::Today(0), 0, 0), [(100, 101), (104, 104), (106, 106)]);
        assert_eq!(days(&fair, Dated::Until(0), 0, 1_440), [(101, 105)]);
        assert_eq!(days(&fair, Dated::Until(0), 1, i64::MAX), [(100, 101), (104, 104)]);
        assert_eq!(days(&fair, Dated::Until(1), 0, i64::MAX), []);
    }

    #[test]
    fn seasons_are_turned_around_in_the_south() {
        let south = Calendar { south: true, ..Calendar::default() };
        assert_eq!(days(&Calendar::default(), Dated::Season, 2, 2), [(6, 8)]);
        assert_eq!(days(&south, Dated::Season, 2, 2), [(1, 2), (12, 12)]);
        assert_eq!(days(&south, Dated::Season, 0, 0), vec![(6, 8)]);
    }
}
