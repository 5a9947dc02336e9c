//! What a shop says of how long its words are news, and of what it wants to be warned.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use chrono::{Days, NaiveDate};

use super::{Fault, hours, shape};

/// What `tactful supply` goes by; nothing of it is in a pack.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Supply {
    /// The days `[from, until)` since 1970-01-01 on which the words of an offer are news, by its id. Others always are.
    pub fresh: BTreeMap<String, (i32, i32)>,
    /// So many weeks ahead there should be something fresh to say.
    pub least_weeks: u16,
    /// An offer whose useful share is surely smaller counts as one that nobody finds useful, 0 to 1.
    pub least_useful_share: f64,
}

/// Reads it from the text of a catalog that was compiled without a fault; what cannot be read says nothing.
pub fn supply(text: &str) -> Supply {
    let Ok(shape) = serde_json::from_str::<shape::Catalog>(text) else { return Supply::default() };
    let days = |offer: &shape::Offer| Some((offer.id.clone(), days(offer.fresh.as_ref()?)?));
    let shape::Supply { least_weeks, least_useful_share } = shape.supply;
    Supply { fresh: shape.offers.iter().filter_map(days).collect(), least_weeks, least_useful_share }
}

/// Notes what cannot be meant.
pub(super) fn faults(shape: &shape::Catalog, faults: &mut Vec<(String, Fault)>) {
    for (nth, offer) in shape.offers.iter().enumerate() {
        if offer.fresh.as_ref().is_some_and(|fresh| days(fresh).is_none()) {
            let rule = "is no date; write it as `2026-12-01`";
            faults.push((format!("/offers/{nth}/fresh/from"), Fault::Rule(rule)));
        }
    }
}

fn days(fresh: &shape::Fresh) -> Option<(i32, i32)> {
    let from = NaiveDate::parse_from_str(&fresh.from, "%Y-%m-%d").ok()?;
    let until = from.checked_add_days(Days::new(fresh.days.into()))?;
    Some((hours::day_number(from), hours::day_number(until)))
}
