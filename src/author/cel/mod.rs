//! Conditions in CEL (Common Expression Language), checked and lowered to typed ranges.
//!
//! The subset, all of it standard CEL but the three short durations:
//!
//! - comparisons of one name of the [`VOCABULARY`] with one constant, on either side: `basket.total >= 20.00`;
//! - `in`: `occasion.weekday in [6, 7]`, `"bread" in basket.categories`, `"coffee" in need.due_in` (is it known?);
//! - entries of maps: `bought.since["coffee"] >= days(5)`. The calls `bought.since("coffee")`, `bought.count(…)` and
//!   `need.due_in(…)` mean the same; the brackets are the main form, since every CEL tool reads them without our
//!   functions, and a shop's own maps have no other;
//! - `exists` and `all` over sets, maps and lists of constants: `basket.categories.exists(c, c in ["bread", "milk"])`;
//! - `&&`, `||`, `!`, `true`, `false`.
//!
//! Durations: `days(7)`, `hours(2)`, `minutes(5)`, and CEL's own `duration("36h")`. Money: `20.00` or `20`. Not in it:
//! arithmetic, `? :`, and comparing two names with each other.
//!
//! **What is not known is false.** A comparison or `in` on a value that is absent is false, and it is false under `!`
//! too: `!(x <= 5)` means `x > 5`. A declared set that was not told has no member and lacks none; once told, it has or
//! lacks every declared one. In CEL's own words: a condition holds where an interpreter to which absent values are
//! missing keys says true; false and an error are both no. `tests/cel_oracle.rs` holds our conditions to one.
//!
//! Lowering keeps to bounds: a condition has at most 2,000 bytes and nests 16 deep; a part may have 256 alternatives
//! while it is put together, of which [`Condition::MOST_CONJUNCTIONS`] may be left at the end.

mod calendar;
mod comparison;
mod constant;
mod lower;
mod scope;

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use cel::parser::{ParseErrors, Parser};

pub use calendar::Calendar;
pub use scope::{FORMS, Scope, UNKNOWN, VOCABULARY};

use super::Fault;
use crate::catalog::Condition;
use lower::Lowering;

/// Compiles one condition, or returns all that is wrong with it, each with its place; of a text that is no CEL, the first.
///
/// ```
/// use tactful::author::cel::{Scope, compile};
/// assert!(compile(&Scope::default(), "presence.in_store && basket.items >= 2").is_ok());
/// let faults = compile(&Scope::default(), "presence.in_stor && basket.items > 0.5").unwrap_err();
/// assert_eq!(faults[0].to_string(), "there is nothing called `presence.in_stor`; did you mean `presence.in_store`?");
/// assert_eq!(faults[1].to_string(), "expected a whole number");
/// ```
pub fn compile(scope: &Scope, source: &str) -> Result<Condition, Vec<Fault>> {
    bounded(source)?;
    let parsed = Parser::new().max_recursion_depth(32).parse_with_source_info(source);
    let (expression, places) = parsed.map_err(|errors| syntax(source, &errors))?;
    Lowering::new(scope, source, &places, &Default::default()).condition(&expression)
}

/// Longest condition, bytes, and how deep it may nest: the parser recurses, and a stack has an end.
const LONGEST: usize = 2_000;
const DEEPEST: usize = 16;

fn bounded(source: &str) -> Result<(), Vec<Fault>> {
    let refuse = |message: String| Err(vec![Fault::Condition { message, span: (0, source.len()) }]);
    if source.len() > LONGEST {
        return refuse(format!("a condition has at most {LONGEST} bytes, this one {}; split the offer", source.len()));
    }
    let (mut depth, mut negations, mut deepest) = (0_usize, 0_usize, 0_usize);
    for character in source.chars() {
        negations = if character == '!' { negations + 1 } else { 0 };
        depth = match character {
            '(' | '[' | '{' => depth + 1,
            ')' | ']' | '}' => depth.saturating_sub(1),
            _ => depth,
        };
        deepest = deepest.max(depth + negations);
    }
    if deepest > DEEPEST {
        return refuse(format!("a condition nests at most {DEEPEST} deep; take brackets out, or split the offer"));
    }
    Ok(())
}

/// Tells the first place where a text is no CEL; what the parser makes of the rest is guesswork.
fn syntax(source: &str, errors: &ParseErrors) -> Vec<Fault> {
    let first = errors.errors.first();
    let column = first.and_then(|error| usize::try_from(error.pos.1).ok()).unwrap_or(1).max(1);
    let at = source.char_indices().nth(column - 1).map_or(source.len(), |(at, _)| at);
    let message = first.map_or("", |error| error.msg.as_str()).lines().next().unwrap_or("");
    vec![Fault::Condition { message: format!("this is no CEL condition: {message}"), span: (at, at + 1) }]
}
