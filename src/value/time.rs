//! Instants, lengths and local time. The clock is the host's: time enters as a value.

use core::cell::Cell;

/// An instant: whole milliseconds since the Unix epoch, UTC, from 1970 to the year 285 428.
///
/// Kept below 2^53, so every instant is also an exact JS number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(i64);

/// A length of time in whole milliseconds, never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(i64);

const MAX_MS: i64 = (1 << 53) - 1;
const MS_PER_MINUTE: i64 = 60_000;
const MS_PER_HOUR: i64 = 3_600_000;
const MS_PER_DAY: i64 = 86_400_000;

impl Timestamp {
    /// Returns the instant `ms` after the epoch, held inside the valid range.
    pub const fn from_ms(ms: i64) -> Self {
        Self(if ms < 0 {
            0
        } else if ms > MAX_MS {
            MAX_MS
        } else {
            ms
        })
    }

    /// Returns milliseconds since the epoch.
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// Returns the time from `earlier` until now, or zero when `earlier` is later (a clock set back).
    pub const fn since(self, earlier: Self) -> Span {
        Span::from_ms(self.0 - earlier.0)
    }

    /// Returns the instant `span` later.
    #[must_use]
    pub const fn after(self, span: Span) -> Self {
        Self::from_ms(self.0.saturating_add(span.0))
    }

    /// Returns the instant `span` earlier, not before the epoch.
    #[must_use]
    pub const fn before(self, span: Span) -> Self {
        Self::from_ms(self.0 - span.0)
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// Returns a span of `ms` milliseconds; a negative one is zero.
    pub const fn from_ms(ms: i64) -> Self {
        Self(if ms < 0 { 0 } else { ms })
    }

    /// Returns a span of `n` minutes.
    pub const fn minutes(n: u32) -> Self {
        Self(n as i64 * MS_PER_MINUTE)
    }

    /// Returns a span of `n` hours.
    pub const fn hours(n: u32) -> Self {
        Self(n as i64 * MS_PER_HOUR)
    }

    /// Returns a span of `n` days of 24 hours.
    pub const fn days(n: u32) -> Self {
        Self(n as i64 * MS_PER_DAY)
    }

    /// Returns the number of milliseconds.
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// Returns whole minutes, rounded down.
    pub const fn whole_minutes(self) -> i64 {
        self.0 / MS_PER_MINUTE
    }
}

/// The instant of a question, which keeps in mind until when its answers stay true.
///
/// Whatever depends on time asks it whether another instant has come. The nearest of those that have not is when something
/// may be otherwise: answers flip by a schedule, and nobody lists by hand what depends on time.
///
/// ```
/// use tactful::value::{Now, Timestamp};
/// let now = Now::new(Timestamp::from_ms(5));
/// assert!(now.has_reached(Timestamp::from_ms(5)) && !now.has_reached(Timestamp::from_ms(9)));
/// assert_eq!(now.until(), Timestamp::from_ms(9));
/// ```
#[derive(Clone, Debug)]
pub struct Now {
    at: Timestamp,
    until: Cell<Timestamp>,
}

impl Now {
    /// Returns the instant `at`, about which nothing was asked yet.
    pub const fn new(at: Timestamp) -> Self {
        Self { at, until: Cell::new(Timestamp(MAX_MS)) }
    }

    /// Returns the instant. Whoever decides something by it says [when that changes](Self::changes_at).
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// Tells whether `instant` has come.
    pub fn has_reached(&self, instant: Timestamp) -> bool {
        let reached = self.at >= instant;
        if !reached {
            self.changes_at(instant);
        }
        reached
    }

    /// Tells whether `instant` is over.
    pub fn is_past(&self, instant: Timestamp) -> bool {
        self.has_reached(instant.after(Span(1)))
    }

    /// Keeps in mind that from `instant`, which is to come, something may be otherwise.
    pub fn changes_at(&self, instant: Timestamp) {
        self.until.set(self.until.get().min(instant));
    }

    /// Returns the first instant at which one of the answers so far may be another.
    pub const fn until(&self) -> Timestamp {
        self.until.get()
    }
}

/// An instant as the shop's clock and calendar show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Local {
    /// Days since 1970-01-01 in local time.
    pub day: i32,
    /// Minute of the day, 0 to 1 439.
    pub minute: u16,
    /// Proleptic Gregorian year.
    pub year: i32,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day_of_month: u8,
}

impl Local {
    /// Reads `at` with the zone `offset_minutes` east of Greenwich.
    pub fn new(at: Timestamp, offset_minutes: i16) -> Self {
        let minutes = at.ms().div_euclid(MS_PER_MINUTE) + i64::from(offset_minutes);
        let day = i32::try_from(minutes.div_euclid(1_440)).unwrap_or(i32::MAX);
        let minute = u16::try_from(minutes.rem_euclid(1_440)).unwrap_or(0);
        let (year, month, day_of_month) = civil(day);
        Self { day, minute, year, month, day_of_month }
    }

    /// Returns the beginning of a day, counted from 1970-01-01 in local time.
    pub fn of_day(day: i32) -> Self {
        Self::new(Timestamp::from_ms(i64::from(day) * 1_440 * MS_PER_MINUTE), 0)
    }

    /// Returns the ISO weekday, 1 (Monday) to 7 (Sunday).
    pub fn weekday(self) -> u8 {
        // NOTE: day 0, 1970-01-01, was a Thursday.
        u8::try_from((self.day + 3).rem_euclid(7)).unwrap_or(0) + 1
    }

    /// Returns the hour, 0 to 23.
    pub fn hour(self) -> u8 {
        u8::try_from(self.minute / 60).unwrap_or(0)
    }

    /// Returns the next instant after `at`, which is this local time, at which a clock that nobody changes shows the
    /// minute `minute` of the day; 1 440 is midnight, as 0 is.
    pub fn next(self, at: Timestamp, minute: u16) -> Timestamp {
        let ahead = (u32::from(minute) + 1_440 - u32::from(self.minute)) % 1_440;
        let into_minute = Span::from_ms(at.ms() % MS_PER_MINUTE);
        at.before(into_minute).after(Span::minutes(if ahead == 0 { 1_440 } else { ahead }))
    }

    /// Returns the minute of the week, 0 (Monday 00:00) to 10 079.
    pub fn minute_of_week(self) -> u16 {
        (u16::from(self.weekday()) - 1) * 1_440 + self.minute
    }
}

/// Turns days since 1970-01-01 into (year, month, day).
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
fn civil(day: i32) -> (i32, u8, u8) {
    let shifted = i64::from(day) + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day_of_month = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (i32::try_from(year).unwrap_or(i32::MAX), u8::try_from(month).unwrap_or(1), u8::try_from(day_of_month).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(ms: i64, offset: i16) -> (i32, u8, u8, u8, u16) {
        let local = Local::new(Timestamp::from_ms(ms), offset);
        (local.year, local.month, local.day_of_month, local.weekday(), local.minute)
    }

    #[test]
    fn the_calendar_knows_leap_days_weekdays_and_offsets() {
        assert_eq!(local(0, 0), (1970, 1, 1, 4, 0));
        assert_eq!(local(1_709_164_800_000, 0), (2024, 2, 29, 4, 0));
        assert_eq!(local(1_795_281_300_000, 120), (2026, 11, 21, 6, 19 * 60 + 15));
        assert_eq!(local(0, -60), (1969, 12, 31, 3, 1_380));
    }

    #[test]
    fn a_clock_set_back_gives_no_time_passed() {
        assert_eq!(Timestamp::from_ms(5).since(Timestamp::from_ms(9)), Span::ZERO);
    }
}
