//! What a simulation holds a catalog to.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Fault, check, shape};
use crate::simulate::threshold::Threshold;

/// Reads the thresholds of a catalog, and notes what cannot be meant.
pub(super) fn thresholds(shape: &shape::Catalog, faults: &mut Vec<(String, Fault)>) -> Vec<Threshold> {
    let held = &shape.simulation;
    let most_in_a_week = held.most_messages_in_a_week.map(f64::from);
    if held.most_messages_a_week.zip(most_in_a_week).is_some_and(|(mean, most)| mean > most) {
        let rule = "nobody has so few messages in a week where the mean may be more; see `most_messages_a_week`";
        faults.push(("/simulation/most_messages_in_a_week".into(), Fault::Rule(rule)));
    }
    let one = libm::pow(10.0, check::decimals(&shape.currency).unwrap_or(2).into());
    let bounds = [
        ("most_messages_a_week", held.most_messages_a_week),
        ("most_messages_in_a_week", most_in_a_week),
        ("least_useful_share", held.least_useful_share),
        ("most_dismissed_share", held.most_dismissed_share),
        ("most_never_again_share", held.most_never_again_share),
        ("least_redemptions", held.least_redemptions),
        ("most_savings", held.most_savings.map(|amount| libm::round(amount * one))),
        ("most_leavers", held.most_leavers),
        ("least_helped", held.least_helped),
    ];
    bounds.into_iter().filter_map(|(name, bound)| Threshold::named(name, bound?)).collect()
}
