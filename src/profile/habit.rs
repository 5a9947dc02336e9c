//! How often something is bought: a sketch of fixed size per category or product, updated in O(log n).

use alloc::vec::Vec;

use crate::value::{Key, Local};

/// The purchases of one category or product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Habit {
    /// Days on which it was bought.
    pub days: u16,
    /// The first such day, local, since 1970-01-01.
    pub first: i32,
    /// The last such day.
    pub last: i32,
    /// Months of the year in which it was bought; bit 0 is January.
    pub months: u16,
}

impl Habit {
    /// Returns the mean number of days between two purchases; `None` before the second.
    pub fn interval_days(&self) -> Option<i32> {
        let gaps = i32::from(self.days) - 1;
        (gaps > 0 && self.last > self.first).then(|| ((self.last - self.first) / gaps).max(1))
    }

    fn add(&mut self, day: i32, month: u8) {
        if day != self.last && day != self.first {
            self.days = self.days.saturating_add(1);
        }
        self.first = self.first.min(day);
        self.last = self.last.max(day);
        self.months |= month_bit(month);
    }
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
                    habit.add(on.day, on.month);
                }
            }
            Err(at) => {
                let habit = Habit { days: 1, first: on.day, last: on.day, months: month_bit(on.month) };
                self.0.insert(at, (key, habit));
                super::drop_least(&mut self.0, most, |(_, habit)| (habit.days, habit.last));
            }
        }
    }

    /// Takes a purchase back, as a refund does. The sketch keeps its first and last day.
    pub fn take_back(&mut self, key: Key) {
        if let Ok(at) = self.0.binary_search_by_key(&key, |(known, _)| *known) {
            match self.0.get_mut(at) {
                Some((_, habit)) if habit.days > 1 => habit.days -= 1,
                _ => drop(self.0.remove(at)),
            }
        }
    }
}
