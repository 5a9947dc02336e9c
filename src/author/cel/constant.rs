//! Constants, and the number that each stands for where it meets an attribute.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::scope::{Asked, Family};
use crate::catalog::condition::two_letters;

/// A constant as written, or what the variable of `exists` and `all` stands for.
#[derive(Clone, PartialEq)]
pub(super) enum Literal {
    Boolean(bool),
    Whole(i64),
    Decimal(f64),
    Text(String),
    Minutes(i64),
    /// A member of a set, or the name of a map's entry.
    Member(Family, Asked, String),
}

/// How constants are read for an attribute.
#[derive(Clone, PartialEq)]
pub(super) enum Type {
    Boolean,
    Number,
    Share,
    Money,
    Duration,
    /// One of these texts; the place of each is its number.
    Text(Vec<String>),
    /// Two small letters.
    Language,
    /// Two capital letters.
    Country,
}

/// Why a constant does not go with an attribute.
pub(super) enum Mismatch {
    /// What would.
    Expected(String),
    /// A text that is none of those there are.
    Unknown(String),
}

impl Type {
    pub(super) fn is_ordered(&self) -> bool {
        matches!(self, Self::Number | Self::Share | Self::Money | Self::Duration)
    }

    /// Reads a constant as the number that an attribute of this type has; money with so many decimals.
    pub(super) fn read(&self, literal: &Literal, decimals: u8) -> Result<i64, Mismatch> {
        let expected = |what: &str| Err(Mismatch::Expected(what.into()));
        match (self, literal) {
            (Self::Boolean, Literal::Boolean(yes)) => Ok(i64::from(*yes)),
            (Self::Number, Literal::Whole(number)) => Ok(*number),
            (Self::Duration, Literal::Minutes(minutes)) => Ok(*minutes),
            (Self::Share, Literal::Whole(number @ 0..=1)) => Ok(number * 1_000_000),
            (Self::Share, Literal::Decimal(share)) if (0.0..=1.0).contains(share) => {
                scaled(*share, 6).map_or_else(|| expected("a number with at most 6 decimals"), Ok)
            }
            (Self::Money, Literal::Whole(amount)) => Ok(amount.saturating_mul(10_i64.pow(decimals.into()))),
            (Self::Money, Literal::Decimal(amount)) => scaled(*amount, decimals)
                .map_or_else(|| expected(&format!("an amount with at most {decimals} decimals")), Ok),
            (Self::Text(values), Literal::Text(text) | Literal::Member(.., text)) => {
                let place = values.iter().zip(0..).find(|(known, _)| *known == text).map(|(_, place)| place);
                place.ok_or_else(|| Mismatch::Unknown(text.clone()))
            }
            (Self::Language, Literal::Text(text)) => letters(text, u8::is_ascii_lowercase)
                .map_or_else(|| expected("a language in two small letters, such as \"de\""), Ok),
            (Self::Country, Literal::Text(text)) => letters(text, u8::is_ascii_uppercase)
                .map_or_else(|| expected("a country in two capital letters, such as \"FI\""), Ok),
            (Self::Boolean, _) => expected("true or false"),
            (Self::Number, _) => expected("a whole number"),
            (Self::Duration, _) => expected("a duration, such as days(7)"),
            (Self::Share, _) => expected("a number from 0 to 1"),
            (Self::Money, _) => expected("an amount, such as 20.00"),
            (Self::Text(_) | Self::Language | Self::Country, _) => expected("a text in quotes"),
        }
    }
}

fn letters(text: &str, right: impl Fn(&u8) -> bool) -> Option<i64> {
    let code: [u8; 2] = text.as_bytes().try_into().ok()?;
    code.iter().all(right).then(|| two_letters(code))
}

/// Returns `number` x 10^`decimals`, or `None` where it has more decimals than that.
fn scaled(number: f64, decimals: u8) -> Option<i64> {
    let exact = number * libm::pow(10.0, decimals.into());
    let rounded = libm::round(exact);
    let whole = libm::fabs(exact - rounded) < 1e-4 && libm::fabs(rounded) < 9e15;
    #[expect(clippy::cast_possible_truncation, reason = "checked to be a whole number below 2^53")]
    whole.then_some(rounded as i64)
}

/// Returns the minutes in one of `days(n)`, `hours(n)` and `minutes(n)`.
pub(super) fn minutes_in(unit: &str) -> Option<i64> {
    match unit {
        "days" => Some(1_440),
        "hours" => Some(60),
        "minutes" => Some(1),
        _ => None,
    }
}

/// Reads CEL's own durations in hours, minutes and seconds, such as `1h30m`, or says what would be right.
pub(super) fn duration(text: &str) -> Result<i64, String> {
    let wrong = || format!("`{text}` is no duration; write such as `36h` or `1h30m`");
    let (sign, rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let mut seconds = 0.0;
    let mut rest = rest;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| c != '.' && !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, unit) = rest.split_at_checked(digits).ok_or_else(wrong)?;
        let mut letters = unit.chars();
        let in_unit = match letters.next() {
            Some('h') => 3_600.0,
            Some('m') => 60.0,
            Some('s') => 1.0,
            _ => return Err(wrong()),
        };
        seconds += number.parse::<f64>().map_err(|_| wrong())? * in_unit;
        rest = letters.as_str();
    }
    if text.trim_start_matches('-').is_empty() {
        return Err(wrong());
    }
    let whole = scaled(seconds / 60.0, 0).map(|minutes| minutes * sign);
    whole.ok_or_else(|| format!("`{}` is no whole number of minutes; durations are", text))
}
