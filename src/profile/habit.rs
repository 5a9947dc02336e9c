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
    /// Months of the year in which it was bought; bit 0 is January.
    pub months: u16,
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

    /// Returns the days as they count on `day`, in 64ths of a day; a day before the last counts as the last.
    pub fn faded(&self, day: i32) -> [u16; FADES.len()] {
        let age = u32::try_from(i64::from(day) - i64::from(self.last)).unwrap_or(0);
        self.each(|count, kept| fade(count, age, kept))
    }

    /// Adds a purchase; several on one day count once. Cost: O(log of the days since the last one).
    pub fn add(&mut self, on: Local) {
        let day = on.day;
        if self.days == 0 {
            *self = Self { days: 1, first: day, last: day, months: 0, faded: [WHOLE; FADES.len()] };
        } else if day != self.last && day != self.first {
            let last = self.last.max(day);
            let (own, new) = (last.abs_diff(self.last), last.abs_diff(day));
            self.faded = self.each(|count, kept| fade(count, own, kept).saturating_add(fade(WHOLE, new, kept)));
            self.days = self.days.saturating_add(1);
        }
        self.first = self.first.min(day);
        self.last = self.last.max(day);
        self.months |= month_bit(on.month);
    }

    /// Takes a purchase back that is not long ago.
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

fn month_bit(month: u8) -> u16 {
    1 << (month.clamp(1, 12) - 1)
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
        match self.0.binary_search_by_key(&key, |(known, _)| *known) {
            Ok(at) => {
                if let Some((_, habit)) = self.0.get_mut(at) {
                    habit.add(on);
                }
            }
            Err(at) => {
                let mut habit = Habit::default();
                habit.add(on);
                self.0.insert(at, (key, habit));
                super::drop_least(&mut self.0, most, |(_, habit)| (habit.days, habit.last));
            }
        }
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
