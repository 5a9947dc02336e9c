//! What people find useful before anything is known of one of them: a small table that ships with a catalog.
//!
//! Knows what is weighed and in which unit, not how it is learned: `rank` puts it to what a person replied.

/// What is weighed, in the order of the table: the person, each reason to show something, and how often an offer was shown of
/// late (as the logarithm of one more). A reason is as strong as `rank::reason` says.
pub const CLUES: [&str; UsefulnessPrior::CLUES] = [
    "the person",
    "an open case",
    "scanned",
    "remembered",
    "searched for",
    "due",
    "saves",
    "in the basket",
    "looked at",
    "in the store",
    "of use to anybody",
    "bought",
    "shown of late",
];

/// What the clues weigh for people, in thousandths of log-odds for one unit of the clue: a Gaussian each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsefulnessPrior {
    /// Means over all people.
    pub means: [i16; Self::CLUES],
    /// How far people lie from them: standard deviations, above 0.
    pub spreads: [i16; Self::CLUES],
}

impl UsefulnessPrior {
    /// How many clues are weighed.
    pub const CLUES: usize = 13;

    /// What ships with every catalog that has no table of its own: a reason counts as strongly as it says, for two of three
    /// people half as much to one and a half times as much; some people find everything more useful than others do; and
    /// what was shown of late is a little less so. Assumptions, to be learned by `tactful train usefulness`.
    pub const PRIOR: Self = Self {
        means: [0, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, -100],
        spreads: [500, 500, 500, 500, 500, 500, 500, 500, 500, 500, 500, 500, 200],
    };
}
