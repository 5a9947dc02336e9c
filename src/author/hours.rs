//! Opening hours, occasions, holidays and time zones, expanded when authoring so that a phone needs neither a parser nor a
//! database of them.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use chrono::{Datelike, NaiveDate};
use jiff::tz::TimeZone;
use opening_hours::localization::Country;
use opening_hours::{Context, OpeningHours as Parsed, RuleKind};

use super::Fault;
use crate::profile::habit::Calendar;
use crate::store::OpeningHours;
use crate::value::Timestamp;

/// The years for which hours, holidays, occasions and offsets are expanded; after them the last offset and the week's hours hold.
///
/// Which years that are follows from the year in which somebody compiles: a value, so that the same text and the same
/// horizon make the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Horizon {
    /// The first year.
    pub first: i32,
    /// The last year.
    pub last: i32,
}

impl Horizon {
    /// Returns the years around the one in which somebody compiles: two back, for signals of before that are decided anew, and
    /// five ahead, for a pack that nobody renews.
    pub const fn around(year: i32) -> Self {
        Self { first: year - 2, last: year + 5 }
    }
}

/// The years around 2026, for what has no today of its own.
impl Default for Horizon {
    fn default() -> Self {
        Self::around(2026)
    }
}

/// Minutes of one day, half-open ranges.
type Day = Vec<(u16, u16)>;

/// Reads opening hours in OpenStreetMap syntax with the public holidays of a country.
pub(super) fn opening_hours(text: &str, country: Option<Country>, horizon: Horizon) -> Result<OpeningHours, Fault> {
    let parsed = parse(text, country).map_err(|why| Fault::OpeningHours { got: text.into(), why })?;
    let days: Vec<(NaiveDate, Day)> = horizon.days().map(|date| (date, open_minutes(&parsed, date))).collect();
    let usual = usual_week(&days);
    let differs = |(date, day): &&(NaiveDate, Day)| usual.get(&date.weekday().number_from_monday()) != Some(day);
    let exceptions = days.iter().filter(differs).map(|(date, day)| (day_number(*date), day.clone())).collect();
    Ok(OpeningHours { week: week(&usual), exceptions })
}

/// Reads OpenStreetMap's syntax; what is wrong comes in one line.
fn parse(text: &str, country: Option<Country>) -> Result<Parsed, String> {
    let in_one_line = |why: String| why.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let parsed = text.parse::<Parsed>().map_err(|error| in_one_line(error.to_string()))?;
    let context = country.map_or_else(Context::default, |country| Context::default().with_holidays(country.holidays()));
    Ok(parsed.with_context(context))
}

impl Horizon {
    /// Every day that is expanded.
    fn days(self) -> impl Iterator<Item = NaiveDate> {
        self.days_from(self.first)
    }

    /// Every day from the first of a year to the end.
    fn days_from(self, year: i32) -> impl Iterator<Item = NaiveDate> {
        let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
        let (first, last) = (day(year, 1, 1), day(self.last, 12, 31));
        first.iter_days().take_while(move |date| *date <= last)
    }

    /// Returns the first day that is expanded, since 1970-01-01.
    pub(super) fn first_day(self) -> i32 {
        self.days().next().map_or(0, day_number)
    }
}

/// Tells of each day whether it is one of those that OpenStreetMap's syntax means, such as `Dec 24-26` or `easter`.
pub(super) fn days(text: &str, country: Option<Country>, horizon: Horizon) -> Result<Vec<bool>, Fault> {
    let parsed = parse(text, country).map_err(|why| Fault::Days { got: text.into(), why })?;
    Ok(horizon.days().map(|date| !open_minutes(&parsed, date).is_empty()).collect())
}

/// Returns the times that OpenStreetMap's syntax means as days since 1970-01-01, each `[from, until)`, from as many years
/// before the horizon on as a habit remembers.
pub(super) fn times(text: &str, country: Option<Country>, horizon: Horizon) -> Result<Vec<(i32, i32)>, Fault> {
    let parsed = parse(text, country).map_err(|why| Fault::Days { got: text.into(), why })?;
    let mut times: Vec<(i32, i32)> = Vec::new();
    for date in horizon
        .days_from(horizon.first - i32::try_from(Calendar::YEARS).unwrap_or(0))
        .filter(|date| !open_minutes(&parsed, *date).is_empty())
    {
        let day = day_number(date);
        match times.last_mut().filter(|(_, until)| *until == day) {
            Some((_, until)) => *until = day + 1,
            None => times.push((day, day + 1)),
        }
    }
    Ok(times)
}

/// Tells of each day whether it is a public holiday.
pub(super) fn holidays(country: Country, horizon: Horizon) -> Vec<bool> {
    days("PH", Some(country), horizon).unwrap_or_default()
}

/// Tells of each day whether it is one of these days of a month, or for one on a weekend or holiday the workday before.
///
/// Days from 1, or from the end: -1 is the last. A month that is too short for a day has it on its last.
pub(super) fn days_of_month(wanted: &[i8], country: Option<Country>, horizon: Horizon) -> Vec<bool> {
    let off = country.map(|country| holidays(country, horizon)).unwrap_or_default();
    let dates: Vec<NaiveDate> = horizon.days().collect();
    let is_free = |at: usize| {
        let weekend = dates.get(at).is_some_and(|date| date.weekday().number_from_monday() > 5);
        weekend || off.get(at).copied().unwrap_or(false)
    };
    let mut days = alloc::vec![false; dates.len()];
    for (at, date) in dates.iter().enumerate() {
        let length = u32::from(date.num_days_in_month());
        let is_meant = |wanted: &i8| match u32::from(wanted.unsigned_abs()).min(length) {
            day if *wanted > 0 => date.day() == day,
            day => date.day() + day == length + 1,
        };
        if wanted.iter().any(is_meant) {
            let workday = (0..=at).rev().find(|at| !is_free(*at)).and_then(|at| days.get_mut(at));
            workday.into_iter().for_each(|day| *day = true);
        }
    }
    days
}

fn open_minutes(hours: &Parsed, date: NaiveDate) -> Day {
    let open = hours.schedule_at(date).into_iter().filter(|range| range.kind == RuleKind::Open);
    let minutes = |range: opening_hours::schedule::TimeRange| {
        (range.range.start.mins_from_midnight(), range.range.end.mins_from_midnight().min(1_440))
    };
    open.map(minutes).filter(|(from, until)| from < until).collect()
}

/// Returns what each weekday (1 to 7) mostly is.
fn usual_week(days: &[(NaiveDate, Day)]) -> BTreeMap<u32, Day> {
    let mut counts: BTreeMap<(u32, &Day), usize> = BTreeMap::new();
    for (date, day) in days {
        *counts.entry((date.weekday().number_from_monday(), day)).or_default() += 1;
    }
    let usual = |weekday: u32| {
        let of_weekday = counts.iter().filter(|((known, _), _)| *known == weekday);
        of_weekday.max_by_key(|(_, count)| **count).map(|((_, day), _)| (weekday, (*day).clone()))
    };
    (1..=7).filter_map(usual).collect()
}

fn week(usual: &BTreeMap<u32, Day>) -> Vec<(u16, u16)> {
    let shift = |weekday: u32| u16::try_from((weekday - 1) * 1_440).unwrap_or(0);
    usual
        .iter()
        .flat_map(|(weekday, day)| day.iter().map(|(from, until)| (shift(*weekday) + from, shift(*weekday) + until)))
        .collect()
}

pub(super) fn day_number(date: NaiveDate) -> i32 {
    date.signed_duration_since(NaiveDate::default()).num_days().try_into().unwrap_or(0)
}

/// Returns the country with this code.
pub(super) fn country(code: &str) -> Result<Country, Fault> {
    code.parse().map_err(|_| Fault::Country(code.into()))
}

/// Returns the time zone with this name.
pub(super) fn time_zone(name: &str) -> Result<TimeZone, Fault> {
    TimeZone::get(name).map_err(|_| Fault::TimeZone(name.into()))
}

/// Returns the zone's offsets from the epoch to the end of the horizon, each with the instant from which it holds.
pub(super) fn offsets(zone: &TimeZone, horizon: Horizon) -> Vec<(Timestamp, i16)> {
    let minutes = |offset: jiff::tz::Offset| i16::try_from(offset.seconds() / 60).unwrap_or(0);
    let start = civil_instant(zone, horizon.first);
    let end = civil_instant(zone, horizon.last + 1);
    let first = (Timestamp::from_ms(0), minutes(zone.to_offset(start)));
    let later = zone
        .following(start)
        .take_while(|transition| transition.timestamp() < end)
        .map(|transition| (Timestamp::from_ms(transition.timestamp().as_millisecond()), minutes(transition.offset())));
    core::iter::once(first).chain(later).collect()
}

fn civil_instant(zone: &TimeZone, year: i32) -> jiff::Timestamp {
    let year = i16::try_from(year).unwrap_or(i16::MAX);
    let first = jiff::civil::Date::new(year, 1, 1).unwrap_or(jiff::civil::Date::MAX).at(0, 0, 0, 0);
    zone.to_timestamp(first).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}

/// Reads a local date, or date and time, as an instant; one that names a zone or an offset is not local.
pub(super) fn local_instant(zone: &TimeZone, text: &str) -> Result<Timestamp, Fault> {
    // NOTE: jiff would read over them.
    let names_a_zone = text.contains('[') || text.parse::<jiff::Timestamp>().is_ok();
    if names_a_zone {
        return Err(Fault::Date(text.into()));
    }
    let date =
        text.parse::<jiff::civil::DateTime>().or_else(|_| text.parse::<jiff::civil::Date>().map(|d| d.at(0, 0, 0, 0)));
    let instant = date.and_then(|date| zone.to_timestamp(date)).map_err(|_| Fault::Date(text.into()))?;
    Ok(Timestamp::from_ms(instant.as_millisecond()))
}

/// Reads an instant with its offset (RFC 3339).
pub fn instant(text: &str) -> Result<Timestamp, Fault> {
    let parsed = text.parse::<jiff::Timestamp>().map_err(|_| Fault::Instant(text.into()))?;
    Ok(Timestamp::from_ms(parsed.as_millisecond()))
}
