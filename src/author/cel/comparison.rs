//! The six comparisons, and the numbers for which they hold.

use alloc::vec;
use alloc::vec::Vec;

use cel::common::ast::operators;

use crate::catalog::Range;
use crate::catalog::condition::union;

/// How two numbers compare.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Comparison {
    pub(super) fn of(operator: &str) -> Option<Self> {
        Some(match operator {
            operators::EQUALS => Self::Equal,
            operators::NOT_EQUALS => Self::NotEqual,
            operators::LESS => Self::Less,
            operators::LESS_EQUALS => Self::AtMost,
            operators::GREATER => Self::More,
            operators::GREATER_EQUALS => Self::AtLeast,
            _ => return None,
        })
    }

    pub(super) fn is_equality(self) -> bool {
        matches!(self, Self::Equal | Self::NotEqual)
    }

    /// The same comparison, read from the right.
    pub(super) fn mirrored(self) -> Self {
        match self {
            Self::Less => Self::More,
            Self::AtMost => Self::AtLeast,
            Self::More => Self::Less,
            Self::AtLeast => Self::AtMost,
            same => same,
        }
    }

    pub(super) fn negated(self) -> Self {
        match self {
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
            Self::Less => Self::AtLeast,
            Self::AtMost => Self::More,
            Self::More => Self::AtMost,
            Self::AtLeast => Self::Less,
        }
    }

    /// Returns the numbers that compare so with `value`.
    pub(super) fn ranges(self, value: i64) -> Vec<Range> {
        let below = value.checked_sub(1).map(|high| Range { low: i64::MIN, high });
        let above = value.checked_add(1).map(|low| Range { low, high: i64::MAX });
        match self {
            Self::Equal => vec![Range { low: value, high: value }],
            Self::NotEqual => below.into_iter().chain(above).collect(),
            Self::Less => below.into_iter().collect(),
            Self::AtMost => vec![Range { low: i64::MIN, high: value }],
            Self::More => above.into_iter().collect(),
            Self::AtLeast => vec![Range { low: value, high: i64::MAX }],
        }
    }
}

/// Every number.
pub(super) const EVERY: Range = Range { low: i64::MIN, high: i64::MAX };

/// Returns sorted, disjoint ranges of single values.
pub(super) fn ranges_of(values: Vec<i64>) -> Vec<Range> {
    let single: Vec<Range> = values.into_iter().map(|value| Range { low: value, high: value }).collect();
    union(&single, &[])
}

/// Returns everything between sorted, disjoint ranges.
pub(super) fn complement(ranges: Vec<Range>) -> Vec<Range> {
    let mut low = Some(i64::MIN);
    let mut gaps = Vec::new();
    for range in ranges {
        if let (Some(low), Some(high)) = (low, range.low.checked_sub(1))
            && low <= high
        {
            gaps.push(Range { low, high });
        }
        low = range.high.checked_add(1);
    }
    gaps.extend(low.map(|low| Range { low, high: i64::MAX }));
    gaps
}
