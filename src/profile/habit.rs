//! How often something is bought: a sketch of fixed size per category or product, updated in O(log n).

use alloc::vec::Vec;

use crate::value::{Key, Local};

/// The purchases of one category or product, or all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Habit {
    /// Days on which it was bought.
    pub days: u16,
    /// The first such day, local, since 1970-01-01.
    pub first: i32,
    /// The last such day.
    pub last: i32,
    /// In which times of which years it was bought.
    pub calendar: Calendar,
    /// Those days as they counted on the last of them, in 64ths of a day: one that is so many days old as [`FADES`] says
    /// counts 1/e.
    pub faded: [u16; FADES.len()],
}

/// Days after which a purchase counts 1/e: for what they do now, and for what they usually do.
pub const FADES: [u16; 2] = [30, 200];
/// What a count keeps of itself each day, in 2^-32: exp(-1/30) and exp(-1/200).
const KEPT: [u64; FADES.len()] = [4_154_161_520, 4_273_546_057];
/// A day, in the unit of the counts; so that the most that can be, a purchase every day, is short on the wire.
pub const WHOLE: u16 = 64;

impl Habit {
    /// Returns the mean number of days between two purchases; `None` before the second.
    pub fn interval_days(&self) -> Option<i32> {
        let gaps = i32::from(self.days) - 1;
        (gaps > 0 && self.last > self.first).then(|| ((self.last - self.first) / gaps).max(1))
    }

    /// Returns the days as they count on `day` for what they do now: the first of [`Self::faded`].
    pub fn now(&self, day: i32) -> u16 {
        let ([count, _], [kept, _]) = (self.faded, KEPT);
        fade(count, day.max(self.last).abs_diff(self.last), kept)
    }

    /// Returns the days as they count on `day`, in 64ths of a day; a day before the last counts as the last.
    pub fn faded(&self, day: i32) -> [u16; FADES.len()] {
        self.at(day.max(self.last))
    }

    /// Adds a purchase, but not to the calendar; several on one day count once. Cost: O(log of the days since the last one).
    pub fn add(&mut self, on: Local) {
        let day = on.day;
        if self.days == 0 {
            let calendar = Calendar::default();
            *self = Self { days: 1, first: day, last: day, calendar, faded: [WHOLE; FADES.len()] };
        } else if day != self.last && day != self.first {
            let last = self.last.max(day);
            let (own, new) = (last.abs_diff(self.last), last.abs_diff(day));
            self.faded = self.each(|count, kept| fade(count, own, kept).saturating_add(fade(WHOLE, new, kept)));
            self.days = self.days.saturating_add(1);
        }
        let before = self.year();
        self.first = self.first.min(day);
        self.last = self.last.max(day);
        self.calendar.turn(self.year().abs_diff(before));
    }

    /// Puts two sketches of one thing together, such as those of two devices of a household.
    ///
    /// The same, whichever comes first, and as if all purchases had been added to one of them but for rounding: its counts
    /// are within some 64ths of a day. A day that both know counts once where it is the first or last of each; in between a
    /// sketch does not know its days, and one that both know counts twice. Cost: O(log of the days between them).
    #[must_use]
    pub fn merged(&self, other: &Self) -> Self {
        if self.days == 0 || other.days == 0 {
            return if self.days == 0 { *other } else { *self };
        }
        let (first, last) = (self.first.min(other.first), self.last.max(other.last));
        let is_of_other = |day: &i32| *day == other.first || *day == other.last;
        let ends = [self.first, self.last];
        let both: &[i32] = if self.first == self.last { &ends[..1] } else { &ends };
        let mut merged = Self { first, last, calendar: self.merged_calendar(other), ..*self };
        merged.days = self.days.saturating_add(other.days);
        let theirs = other.at(last);
        merged.faded = self.at(last);
        merged.faded.iter_mut().zip(theirs).for_each(|(count, theirs)| *count = count.saturating_add(theirs));
        for day in both.iter().filter(|day| is_of_other(day)) {
            merged.days -= 1;
            let once = Self { last: *day, faded: [WHOLE; FADES.len()], ..Self::default() }.at(last);
            merged.faded.iter_mut().zip(once).for_each(|(count, once)| *count = count.saturating_sub(once));
        }
        merged
    }

    /// Returns the years of both calendars, from the later last day; none where one of them is bought all year round.
    fn merged_calendar(&self, other: &Self) -> Calendar {
        if self.calendar.count() == 0 || other.calendar.count() == 0 {
            return Calendar::default();
        }
        let (earlier, later) = if self.last < other.last { (self, other) } else { (other, self) };
        let (mut calendar, mut older) = (later.calendar, earlier.calendar);
        older.turn(later.year().abs_diff(earlier.year()));
        calendar.halves.iter_mut().zip(older.halves).for_each(|(years, older)| *years |= older);
        calendar.unless_all_year()
    }

    /// Returns the days as they count on `day`, which is not before the last.
    fn at(&self, day: i32) -> [u16; FADES.len()] {
        let age = day.abs_diff(self.last);
        self.each(|count, kept| fade(count, age, kept))
    }

    /// Returns the year of the last day, from which the calendar counts back.
    pub fn year(&self) -> i32 {
        Local::of_day(self.last).year
    }

    /// Takes a purchase back that is not long ago. First and last day stay.
    fn take_back(&mut self) {
        self.days = self.days.saturating_sub(1);
        self.faded = self.faded.map(|count| count.saturating_sub(WHOLE));
    }

    fn each(&self, change: impl Fn(u16, u64) -> u16) -> [u16; FADES.len()] {
        let mut counts = self.faded;
        counts.iter_mut().zip(KEPT).for_each(|(count, kept)| *count = change(*count, kept));
        counts
    }
}

/// Returns what is left of a count after so many days, rounded half up.
fn fade(count: u16, mut days: u32, kept: u64) -> u16 {
    let (mut share, mut power) = (1 << 32, kept);
    while days > 0 {
        if days % 2 == 1 {
            share = (share * power) >> 32;
        }
        power = (power * power) >> 32;
        days /= 2;
    }
    u16::try_from((u64::from(count) * share + (1 << 31)) >> 32).unwrap_or(u16::MAX)
}

/// Halves of months in which something was bought, each with the years.
///
/// Only products have one. What is bought at more than [`Self::MOST`] times of the year is bought all year round: its calendar
/// is empty, and stays so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// For each half of a month, the first 15 days of January first, the years: bit k is k years before that of the last
    /// purchase.
    pub halves: [u8; Self::HALVES],
}

impl Calendar {
    /// Halves of months in a year.
    pub const HALVES: usize = 24;
    /// How many years it goes back, the current one among them.
    pub const YEARS: usize = 8;
    /// Most halves that it remembers.
    pub const MOST: usize = 5;

    /// Returns the half of a month that a day is in, 0 to 23.
    pub fn half(on: Local) -> usize {
        usize::from(on.month.clamp(1, 12) - 1) * 2 + usize::from(on.day_of_month > 15)
    }

    /// Returns the years in which it was bought in a half: bit k is k years before that of the last.
    pub fn years(&self, half: usize) -> u8 {
        self.halves.get(half % Self::HALVES).copied().unwrap_or(0)
    }

    /// Tells whether it was bought in a half of a month, so many years before that of the last purchase.
    pub fn has(&self, half: usize, years_before: i32) -> bool {
        let bit = u32::try_from(years_before).ok().and_then(|years| 1_u8.checked_shl(years));
        bit.is_some_and(|bit| self.years(half) & bit != 0)
    }

    /// Returns how many halves of how many years there are.
    pub fn count(&self) -> u32 {
        self.halves.iter().map(|years| years.count_ones()).sum()
    }

    /// Moves on by so many years.
    fn turn(&mut self, years: u32) {
        self.halves.iter_mut().for_each(|half| *half = half.checked_shl(years).unwrap_or(0));
    }

    /// Adds a day of the year that is so many before the last.
    fn add(&mut self, back: u32, on: Local) {
        let bit = 1_u8.checked_shl(back).unwrap_or(0);
        self.halves.iter_mut().skip(Self::half(on)).take(1).for_each(|years| *years |= bit);
        *self = self.unless_all_year();
    }

    fn unless_all_year(self) -> Self {
        let often = self.halves.iter().filter(|years| **years != 0).count() > Self::MOST;
        if often { Self::default() } else { self }
    }
}

/// Habits sorted by key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Habits(pub Vec<(Key, Habit)>);

impl Habits {
    /// Returns the habit of `key`.
    pub fn get(&self, key: Key) -> Option<&Habit> {
        let at = self.0.binary_search_by_key(&key, |(known, _)| *known).ok()?;
        self.0.get(at).map(|(_, habit)| habit)
    }

    /// Adds a purchase; several on one day count once. A list longer than `most` forgets the least bought, oldest one.
    pub fn add(&mut self, key: Key, on: Local, most: usize) {
        self.add_with(key, most, |habit| habit.add(on));
    }

    /// Adds a purchase with the time of the year in which it was.
    pub fn add_dated(&mut self, key: Key, on: Local, most: usize) {
        self.add_with(key, most, |habit| {
            let is_seasonal = habit.days == 0 || habit.calendar.count() > 0;
            habit.add(on);
            if is_seasonal {
                habit.calendar.add(habit.year().abs_diff(on.year), on);
            }
        });
    }

    fn add_with(&mut self, key: Key, most: usize, add: impl FnOnce(&mut Habit)) {
        match self.0.binary_search_by_key(&key, |(known, _)| *known) {
            Ok(at) => {
                if let Some((_, habit)) = self.0.get_mut(at) {
                    add(habit);
                }
            }
            Err(at) => {
                let mut habit = Habit::default();
                add(&mut habit);
                self.0.insert(at, (key, habit));
                super::drop_least(&mut self.0, most, |(_, habit)| (habit.days, habit.last));
            }
        }
    }

    /// Puts the habits of another device to these, as [`Habit::merged`] says; a list longer than `most` forgets the least
    /// bought, oldest ones.
    pub fn merge(&mut self, others: &Self, most: usize) {
        others.0.iter().for_each(|(key, other)| self.add_with(*key, most, |habit| *habit = habit.merged(other)));
    }

    /// Forgets the habits of these keys.
    pub fn forget(&mut self, of: impl Fn(Key) -> bool) {
        self.0.retain(|(key, _)| !of(*key));
    }

    /// Takes a purchase back, as a refund does. The sketch keeps its first and last day.
    pub fn take_back(&mut self, key: Key) {
        if let Ok(at) = self.0.binary_search_by_key(&key, |(known, _)| *known) {
            match self.0.get_mut(at) {
                Some((_, habit)) if habit.days > 1 => habit.take_back(),
                _ => drop(self.0.remove(at)),
            }
        }
    }
}
