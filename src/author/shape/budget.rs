//! How many of a coupon there are, as a shop writes it.

use schemars::JsonSchema;
use serde::Deserialize;

/// How many of a coupon there are. Its offer needs a `schedule` with an end, and a value with a most that one takes off.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// In all.
    #[schemars(range(min = 1, max = 100_000_000))]
    pub coupons: u32,
    /// For one person, as long as the offer runs; one that expired unused does not count.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 1_000))]
    pub per_person: u16,
    /// Of each store.
    #[serde(default)]
    #[schemars(range(min = 1, max = 100_000_000))]
    pub per_store: Option<u32>,
    /// In each hour of UTC; when they are gone, the coupon pauses until the shop resumes it.
    #[serde(default)]
    #[schemars(range(min = 1, max = 100_000_000))]
    pub per_hour: Option<u32>,
    /// How long one is good after it was claimed, days; not beyond the end of the offer.
    #[schemars(range(min = 1, max = 45))]
    pub valid_days: u16,
    /// What a till without network may take; nothing where missing.
    #[serde(default)]
    pub offline: Option<Offline>,
    /// Good in every store, and not only in the one that it was claimed for.
    #[serde(default)]
    pub all_stores: bool,
}

fn one() -> u16 {
    1
}

/// What a till without network may take of one coupon.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Offline {
    /// Coupons between two reports of one till.
    #[schemars(range(min = 1, max = 100_000))]
    pub per_till: u32,
    /// What a day's coupons may take off at one till, major units.
    #[schemars(range(min = 0))]
    pub value_per_day: f64,
}
