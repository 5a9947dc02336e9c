//! Households become rows: what a device knew of something on a day, and whether it was bought soon after.
//!
//! The same profile and the same clues as on the device, so that what is learnt is what is asked there.

use std::collections::BTreeMap;

use tactful::catalog::need::Odds;
use tactful::moment::need::clues;
use tactful::profile::Habit;
use tactful::value::Key;

use crate::households::{Day, Households, Item, Known, Walk};

/// Parts of which each is told by the others.
pub const FOLDS: u32 = 5;
/// The first days of all are too early to know a household.
const WARMING_UP: Day = 92;
/// Each household is asked about what is due in every third week, in turns, since the weeks are much alike.
const EVERY: Day = 3;
const WEEK: Day = 7;
/// Days within which a lapsed favourite comes back. Source: the shared yardstick "comeback", as are the rules of it.
const BACK_WITHIN: Day = 56;

/// What was known of one thing on one day, and whether it was bought soon after.
pub struct Row {
    /// Which part it belongs to; all of one household are in the same.
    pub fold: u32,
    /// What was known.
    pub clues: [f32; Odds::CLUES],
    /// Whether it was bought.
    pub bought: bool,
}

/// Rows of many households.
#[derive(Default)]
pub struct Rows(pub Vec<Row>);

impl Rows {
    /// Asks what is due before the day `end`: what was bought on three days, of who shopped on eight.
    pub fn add_due(&mut self, households: &Households, end: Day) {
        let asked = |household: u32, day: Day| (household + day / WEEK).is_multiple_of(EVERY);
        self.add(households, (end, WEEK), asked, |known, habit, _| known.shopping.days >= 8 && habit.days >= 3);
    }

    /// Asks what comes back before the day `end`: what was bought on four days over three weeks, and then not for six weeks
    /// and for two and a half intervals, of who shopped within three weeks.
    pub fn add_back(&mut self, households: &Households, end: Day) {
        self.add(
            households,
            (end, BACK_WITHIN),
            |_, _| true,
            |known, habit, today| {
                let (silent, span) = (today.saturating_sub(habit.last), habit.last.saturating_sub(habit.first));
                let lapsed = 2 * silent * (i32::from(habit.days) - 1) >= 5 * span && silent >= 42;
                let active = today.saturating_sub(known.shopping.last) <= 21;
                active && habit.days >= 4 && span >= 21 && lapsed
            },
        );
    }

    fn add(
        &mut self,
        households: &Households,
        (end, within): (Day, Day),
        asked: impl Fn(u32, Day) -> bool,
        of: impl Fn(&Known, &Habit, i32) -> bool,
    ) {
        let keys = households.catalog.categories.iter().map(|category| category.key);
        let items: BTreeMap<Key, Item> = keys.zip(0..).collect();
        let first = households.first_day() + WARMING_UP;
        for household in households.histories.keys().copied() {
            let Some(mut walk) = Walk::new(households, household) else { continue };
            let days = (first..(end + 1).saturating_sub(within)).step_by(WEEK as usize);
            for day in days.filter(|day| asked(household, *day)) {
                let known = walk.to(day);
                let habits = known.habits.0.iter().filter(|(_, habit)| of(&known, habit, known.today));
                self.0.extend(habits.filter_map(|(key, _)| {
                    let item = *items.get(key)?;
                    let told = clues(&known.household, &known.of(item)?);
                    let bought = households.bought(household, item, day..day + within);
                    Some(Row { fold: household % FOLDS, clues: told.map(short), bought })
                }));
            }
        }
    }
}

fn short(clue: f64) -> f32 {
    #[expect(clippy::cast_possible_truncation, reason = "seven digits are more than the clues have")]
    let short = clue as f32;
    short
}
