//! Every condition of a catalog as one table, read where it lies: predicates that occur once each, the conjunctions
//! made of them, and the conditions made of those.
//!
//! Values are whole numbers of 32 bits with [`ABSENT`] and [`UNTOLD`] below them all, so that no range holds what is not
//! known.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use super::condition::{Attribute, Condition, Conjunction, Predicate, Range};
use crate::value::part::{Part, all_below, extend_u16, extend_u32, span};

/// Stands for a value that a host was not asked for yet; it lies in no range.
pub const UNTOLD: i32 = i32::MIN;

/// The value of an attribute of which nothing is known; it lies in no range.
pub const ABSENT: i32 = i32::MIN + 1;

/// Smallest and largest number that a condition can tell apart from its neighbours; what lies beyond counts as these.
pub const SMALLEST: i32 = i32::MIN + 2;
/// See [`SMALLEST`].
pub const LARGEST: i32 = i32::MAX;

/// Returns a value as conditions see it.
pub fn seen(value: Option<i64>) -> i32 {
    let held = |value: i64| value.clamp(SMALLEST.into(), LARGEST.into());
    value.map_or(ABSENT, |value| i32::try_from(held(value)).unwrap_or(ABSENT))
}

/// An attribute's place among those that a catalog asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AttributeIx(pub u16);

/// A predicate's place in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PredicateIx(pub u16);

/// A condition's place in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleIx(pub u16);

/// All conditions of a catalog.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// What is asked about, each once, in order.
    pub attributes: Vec<Attribute>,
    /// The attribute of each predicate, 16 bits.
    pub predicate_attributes: Part,
    /// Where each predicate's ranges end, 32 bits.
    pub range_ends: Part,
    /// First and last number of each range, 32 bits each.
    pub ranges: Part,
    /// Where each conjunction's predicates end, 32 bits.
    pub conjunction_ends: Part,
    /// The predicates of the conjunctions, 16 bits each.
    pub conjunctions: Part,
    /// Where each condition's conjunctions end, 32 bits.
    pub rule_ends: Part,
}

impl Rules {
    /// Returns the attribute at a place.
    pub fn attribute(&self, place: AttributeIx) -> Option<Attribute> {
        self.attributes.get(usize::from(place.0)).copied()
    }

    /// Returns what a predicate asks about.
    #[inline(always)]
    pub fn asks(&self, predicate: PredicateIx) -> Option<AttributeIx> {
        self.predicate_attributes.u16_at(predicate.0.into()).map(AttributeIx)
    }

    /// Returns the ranges of a predicate, first and last number of each.
    #[inline(always)]
    pub fn ranges(&self, predicate: PredicateIx) -> impl Iterator<Item = (i32, i32)> {
        let (from, until) = span(&self.range_ends, predicate.0.into()).unwrap_or((0, 0));
        let number = |place| self.ranges.u32_at(place).map(u32::cast_signed);
        (from..until).filter_map(move |range| number(2 * range).zip(number(2 * range + 1)))
    }

    /// Tells whether a predicate accepts `value`.
    #[inline(always)]
    pub fn accepts(&self, predicate: PredicateIx, value: i32) -> bool {
        self.ranges(predicate).any(|(low, high)| low <= value && value <= high)
    }

    /// Returns the places of a condition's conjunctions.
    pub fn conjunctions(&self, rule: RuleIx) -> core::ops::Range<usize> {
        let (from, until) = span(&self.rule_ends, rule.0.into()).unwrap_or((0, 0));
        from..until
    }

    /// Returns the predicates of a conjunction; all of them must accept.
    pub fn predicates(&self, conjunction: usize) -> impl Iterator<Item = PredicateIx> {
        let (from, until) = span(&self.conjunction_ends, conjunction).unwrap_or((0, 0));
        (from..until).filter_map(|place| self.conjunctions.u16_at(place)).map(PredicateIx)
    }

    /// Tells whether a condition holds where `value` gives each attribute's value.
    ///
    /// The dumb way, one predicate after the other.
    pub fn holds(&self, rule: RuleIx, value: impl Fn(AttributeIx) -> i32) -> bool {
        let accepted = |predicate| self.asks(predicate).is_some_and(|asked| self.accepts(predicate, value(asked)));
        self.conjunctions(rule).any(|conjunction| self.predicates(conjunction).all(accepted))
    }

    /// Returns how many of each there are: predicates, ranges, conjunctions, predicates in conjunctions, conditions.
    pub fn counts(&self) -> [usize; 5] {
        let Self { range_ends, ranges, conjunction_ends, conjunctions, rule_ends, .. } = self;
        [
            range_ends.len() / 4,
            ranges.len() / 8,
            conjunction_ends.len() / 4,
            conjunctions.len() / 2,
            rule_ends.len() / 4,
        ]
    }

    /// Tells whether everything that is named is there.
    pub fn is_whole(&self) -> bool {
        let [predicates, ranges, conjunctions, named, rules] = self.counts();
        let last = |ends: &Part, count: usize| count.checked_sub(1).map_or(Some((0, 0)), |last| span(ends, last));
        let ends_at = |ends: &Part, count, most| last(ends, count).is_some_and(|(_, end)| end == most);
        all_below(self.predicate_attributes.bytes(), self.attributes.len())
            && all_below(self.conjunctions.bytes(), predicates)
            && self.predicate_attributes.len() == 2 * predicates
            && ends_at(&self.range_ends, predicates, ranges)
            && ends_at(&self.conjunction_ends, conjunctions, named)
            && ends_at(&self.rule_ends, rules, conjunctions)
    }
}

/// Gathers conditions, each predicate and each condition once.
#[derive(Default)]
pub struct Gathering {
    predicates: BTreeMap<(Attribute, Vec<Range>), u16>,
    rules: BTreeMap<Vec<Vec<u16>>, u16>,
    rules_in_order: Vec<Vec<Vec<u16>>>,
}

impl Gathering {
    /// Returns the place of a condition, or `None` where 65,536 predicates or conditions are not enough.
    pub fn add(&mut self, condition: &Condition) -> Option<RuleIx> {
        let conjunctions = match condition {
            Condition::Always => vec![vec![]],
            Condition::AnyOf(any) => any.iter().map(|all| self.conjunction(all)).collect::<Option<Vec<_>>>()?,
        };
        if let Some(known) = self.rules.get(&conjunctions) {
            return Some(RuleIx(*known));
        }
        let place = u16::try_from(self.rules_in_order.len()).ok()?;
        self.rules.insert(conjunctions.clone(), place);
        self.rules_in_order.push(conjunctions);
        Some(RuleIx(place))
    }

    fn conjunction(&mut self, all: &Conjunction) -> Option<Vec<u16>> {
        all.iter().map(|predicate| self.predicate(predicate)).collect()
    }

    fn predicate(&mut self, Predicate { attribute, ranges }: &Predicate) -> Option<u16> {
        let next = u16::try_from(self.predicates.len()).ok()?;
        Some(*self.predicates.entry((*attribute, ranges.clone())).or_insert(next))
    }

    /// Returns the table of what was gathered.
    pub fn finish(self) -> Rules {
        let mut attributes: Vec<Attribute> = self.predicates.keys().map(|(attribute, _)| *attribute).collect();
        attributes.dedup();
        let place = |asked: &Attribute| attributes.binary_search(asked).ok().and_then(|at| u16::try_from(at).ok());
        let [mut asked, mut range_ends, mut ranges] = [const { Vec::new() }; 3];
        let mut end = 0;
        for (attribute, accepted) in self.predicates.keys() {
            extend_u16(&mut asked, place(attribute));
            for range in accepted {
                let ends = [seen(Some(range.low)), seen(Some(range.high))];
                extend_u32(&mut ranges, ends.map(i32::cast_unsigned));
            }
            end += accepted.len();
            extend_u32(&mut range_ends, u32::try_from(end).ok());
        }
        // Each gets its place in the order of attributes and ranges, which compresses better than that of appearance.
        let sorted: BTreeMap<u16, u16> = self.predicates.values().copied().zip(0..).collect();
        let [mut conjunction_ends, mut conjunctions, mut rule_ends] = [const { Vec::new() }; 3];
        for rule in &self.rules_in_order {
            for all in rule {
                extend_u16(&mut conjunctions, all.iter().filter_map(|first| sorted.get(first).copied()));
                extend_u32(&mut conjunction_ends, u32::try_from(conjunctions.len() / 2).ok());
            }
            extend_u32(&mut rule_ends, u32::try_from(conjunction_ends.len() / 4).ok());
        }
        Rules {
            attributes,
            predicate_attributes: Part::whole(asked),
            range_ends: Part::whole(range_ends),
            ranges: Part::whole(ranges),
            conjunction_ends: Part::whole(conjunction_ends),
            conjunctions: Part::whole(conjunctions),
            rule_ends: Part::whole(rule_ends),
        }
    }
}
