//! What a shard and the root say to each other: what was used of what was lent, and what is lent next.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::account::Tally;
use super::json;
use crate::value::{Span, Timestamp};

const HOUR: Span = Span::hours(1);

/// What a coupon is taken out of. A coupon takes one of each that its terms limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pool {
    /// All coupons there are.
    Total,
    /// Those of one store, by its number.
    Store(u16),
    /// Those of one hour: hours since 1970.
    Hour(u32),
}

impl Pool {
    /// Returns the pool of the hour of `at`.
    pub fn hour(at: Timestamp) -> Self {
        Self::Hour(u32::try_from(at.ms() / HOUR.ms()).unwrap_or(u32::MAX))
    }

    /// Returns the end of a pool's hour.
    pub fn end(self) -> Option<Timestamp> {
        let Self::Hour(hour) = self else { return None };
        Some(Timestamp::from_ms(HOUR.ms().saturating_mul(i64::from(hour) + 1)))
    }
}

/// A block that a shard may give out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Its number at the root, never used again.
    pub number: u32,
    /// What it is a block of.
    pub pool: Pool,
    /// Coupons in it.
    pub size: u32,
    /// Coupons of it that were given out.
    pub used: u32,
    /// First instant at which nothing may be given out of it.
    #[serde(with = "json::ms")]
    pub expires: Timestamp,
}

impl Lease {
    /// Returns how many coupons are left at an instant.
    pub fn left(&self, at: Timestamp) -> u32 {
        if at < self.expires { self.size.saturating_sub(self.used) } else { 0 }
    }
}

/// What a shard tells of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// The block.
    pub lease: u32,
    /// Coupons of it that were given out.
    pub used: u32,
    /// No more will be: what is left goes back.
    pub closed: bool,
}

/// What a shard tells the root, and what it asks for. It is sent until it is answered; the root carries it out once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renewal {
    /// The coupon.
    pub coupon: String,
    /// The shard.
    pub shard: u8,
    /// One more than that of the renewal before.
    pub number: u32,
    /// When it was made.
    #[serde(with = "json::ms")]
    pub at: Timestamp,
    /// What became of what was lent.
    pub leases: Vec<Used>,
    /// Coupons that expired unused since the renewal before: of each store, by its number, or of all (0).
    pub returned: BTreeMap<u16, u32>,
    /// What is to be lent, each pool once.
    pub want: Vec<Want>,
    /// What happened so far in this shard.
    pub tally: Tally,
}

/// A pool that a shard has no block of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Want {
    /// The pool.
    pub pool: Pool,
    /// Claims that wait for it.
    pub waiting: u32,
}

/// What the root answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The number of the renewal.
    pub number: u32,
    /// What is lent.
    pub leases: Vec<Lease>,
    /// Where nothing is left to lend.
    pub dry: Vec<Dry>,
    /// May coupons be given out?
    pub standing: Standing,
}

/// A pool that has nothing left to lend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dry {
    /// The pool.
    pub pool: Pool,
    /// When to ask again.
    #[serde(with = "json::ms")]
    pub again: Timestamp,
    /// When there may be some again, where that can be told.
    #[serde(with = "json::maybe_ms", default)]
    pub until: Option<Timestamp>,
}

/// Whether coupons may be given out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// One more at each change, so that an older word never undoes a newer one.
    pub number: u32,
    /// Why not.
    #[serde(default)]
    pub pause: Option<Pause>,
}

/// Why no coupons are given out until the shop resumes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pause {
    /// The shop said so.
    Shop,
    /// All coupons of an hour were taken.
    PerHour,
}
