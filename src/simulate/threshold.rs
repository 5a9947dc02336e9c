//! What a shop holds its own catalog to: bounds on figures, which can fail a build.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::count::{Count, Row};
use super::figure::{Estimate, Figure, Unit};
use super::luck::{real, whole};

/// Which side of a bound is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The figure may not be larger.
    Most,
    /// The figure may not be smaller.
    Least,
}

/// A bound on a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// Its name in the catalog.
    pub name: &'static str,
    /// The figure; `None` for the messages of the busiest week of anybody.
    pub figure: Option<Figure>,
    /// Which side is wrong.
    pub side: Side,
    /// The bound; money in minor units.
    pub bound: f64,
}

/// A bound that does not hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Breach {
    /// The name of the threshold.
    pub name: &'static str,
    /// What it is.
    pub found: Estimate,
    /// What it should be.
    pub bound: f64,
    /// That in a sentence.
    pub sentence: String,
}

impl Threshold {
    /// Every threshold with its figure and side.
    pub const ALL: [(&'static str, Option<&'static str>, Side); 9] = [
        ("most_messages_a_week", Some("messages_a_week"), Side::Most),
        ("most_messages_in_a_week", None, Side::Most),
        ("least_useful_share", Some("useful_share"), Side::Least),
        ("most_dismissed_share", Some("dismissed_share"), Side::Most),
        ("most_never_again_share", Some("never_again_share"), Side::Most),
        ("least_redemptions", Some("redemptions"), Side::Least),
        ("most_savings", Some("savings"), Side::Most),
        ("most_leavers", Some("leavers"), Side::Most),
        ("least_helped", Some("helped"), Side::Least),
    ];

    /// Returns the threshold with this name.
    pub fn named(name: &str, bound: f64) -> Option<Self> {
        let (name, figure, side) = Self::ALL.into_iter().find(|(known, ..)| *known == name)?;
        Some(Self { name, figure: figure.and_then(Figure::named), side, bound })
    }

    /// Returns what the figure is.
    pub fn measure(&self, rows: &[Row]) -> Estimate {
        match self.figure {
            Some(figure) => figure.measure(rows),
            None => {
                let most = rows.iter().map(|row| row.get(Count::BusiestWeek)).max().unwrap_or(0);
                Estimate { value: real(most), low: real(most), high: real(most) }
            }
        }
    }

    /// Returns the breach, where the figure of these people is on the wrong side. Chance is the same each time, so a build
    /// that passes goes on passing; the interval tells how near it was.
    pub fn breach(&self, rows: &[Row], money: impl Fn(u64) -> String) -> Option<Breach> {
        let found = self.measure(rows);
        let (is_wrong, than) = match self.side {
            Side::Most => (found.value > self.bound, "more than the most of"),
            Side::Least => (found.value < self.bound, "less than the least of"),
        };
        let say = |number: f64| match self.figure.map(|figure| figure.unit) {
            Some(Unit::Money) => money(whole(number)),
            _ => plain(number),
        };
        let of = self.figure.map_or("the most messages that anybody has in a week", |figure| words(figure.name));
        let [value, low, high, bound] = [found.value, found.low, found.high, self.bound].map(say);
        let sentence = format!("`{}`: {of}: {value} ({low} to {high}), {than} {bound}", self.name);
        is_wrong.then_some(Breach { name: self.name, found, bound: self.bound, sentence })
    }
}

/// Judges all thresholds.
pub fn judge(thresholds: &[Threshold], rows: &[Row], money: impl Fn(u64) -> String) -> Vec<Breach> {
    thresholds.iter().filter_map(|threshold| threshold.breach(rows, &money)).collect()
}

/// Returns what a figure is in a shopkeeper's words.
pub fn words(figure: &str) -> &'static str {
    match figure {
        "messages_a_week" => "messages for each person and week",
        "useful_share" => "share of messages that are useful",
        "useful_moments" => "useful moments for each person",
        "dismissed_share" => "share of messages that are dismissed",
        "never_again_share" => "share of messages answered by \"never again\"",
        "redemptions" => "coupons used by each person",
        "spend" => "spent by each person",
        "savings" => "saved by each person with coupons",
        "annoyance" => "irritating messages that rankle, on a usual day",
        "turned_down" => "share of people who turn the dial down",
        "leavers" => "share of people who leave",
        "reached" => "share of people who see a message",
        "helped" => "share of people with a useful moment",
        _ => "",
    }
}

/// Returns a number with as many places as matter: three from 0 on.
fn plain(number: f64) -> String {
    let text = format!("{number:.3}");
    let short = text.trim_end_matches('0').trim_end_matches('.');
    String::from(if short == "-0" { "0" } else { short })
}
