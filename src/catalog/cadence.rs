//! How often Tactful may speak, and when not: as the shop says it.

use alloc::vec::Vec;

use super::Kind;
use crate::value::{Key, Ppm, Span};

/// How often Tactful may speak, and when not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cadence {
    /// Shortest time between two offers of any kind.
    pub gap: Span,
    /// All of them hold at once.
    pub caps: Vec<Cap>,
    /// Groups of offers that tire people.
    pub fatigue: Vec<Fatigue>,
    /// Minutes of the day `[from, until)`, may span midnight.
    pub quiet: Option<(u16, u16)>,
    /// How long an offer rests after it was dismissed.
    pub cool_off: Span,
    /// For how long no coupon is shown unasked after a care case was closed.
    pub careful: Span,
    /// At most one reminder in this time.
    pub reminder_gap: Span,
    /// A memory is at least so old.
    pub memory_age: Span,
    /// Expected usefulness that is worth one interruption of a calm person.
    pub interruption_cost: Ppm,
}

impl Cadence {
    /// Returns for how many hours caps count an impression of an offer with these caps of its `own`, rounded up; 0 where none
    /// does.
    #[inline(never)]
    pub fn counted_hours(&self, of: (Key, Kind, Option<Key>), own: &[OwnCap]) -> u16 {
        let shared = self.caps.iter().filter(|cap| cap.of.counts(of)).map(|cap| cap.window);
        let longest = shared.chain(own.iter().map(|cap| cap.window)).max().unwrap_or_default();
        u16::try_from((longest.whole_minutes() + 59) / 60).unwrap_or(u16::MAX)
    }
}

/// How the turns of the devices are spread, in the order of the codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pacing {
    /// As many in each hour.
    Even = 1,
    /// Half of them in the first quarter of the day.
    Early,
    /// By what is left of the offer's budget and of its time.
    Budget,
}

/// A group of offers of which people tire: every message fills a bucket that drains evenly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fatigue {
    /// Which group.
    pub group: Key,
    /// Messages in a row that a rested person bears, at least 1.
    pub messages: u16,
    /// How long it takes to recover from one.
    pub recovery: Span,
}

/// At most so many impressions in any window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cap {
    /// What counts.
    pub of: Counted,
    /// How many, at least 1.
    pub impressions: u16,
    /// Length of the rolling window `(now - window, now]`.
    pub window: Span,
}

/// At most so many impressions of the offer that has it, in any window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OwnCap {
    /// How many, at least 1.
    pub impressions: u16,
    /// Length of the rolling window `(now - window, now]`.
    pub window: Span,
}

impl OwnCap {
    /// Returns the cap on the offer with this key.
    pub const fn on(self, offer: Key) -> Cap {
        Cap { of: Counted::Offer(offer), impressions: self.impressions, window: self.window }
    }
}

/// Which impressions a cap counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counted {
    /// Every one.
    All,
    /// Those of one kind.
    Kind(Kind),
    /// Those of one group.
    Group(Key),
    /// Those of one offer.
    Offer(Key),
}

impl Counted {
    /// Tells whether it counts impressions of this offer, kind and group.
    pub fn counts(self, (offer, kind, group): (Key, Kind, Option<Key>)) -> bool {
        match self {
            Self::All => true,
            Self::Kind(counted) => counted == kind,
            Self::Group(counted) => group == Some(counted),
            Self::Offer(counted) => counted == offer,
        }
    }
}
