//! Conditions as the device knows them: ranges of typed attributes, any of which may be absent.
//!
//! Authors write CEL; `author::cel` lowers it to this form, and a phone never parses an expression.

use alloc::vec::Vec;

use super::ReachIx;
use crate::product::{CategoryIx, ProductIx};
use crate::value::{Local, order};

/// A declared attribute's place in the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OwnIx(pub u16);

/// Something a condition can ask about. Every value is a whole number; a yes is 1 and a no is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attribute {
    /// Inside one of our stores: 0 or 1.
    InStore,
    /// Near one of our stores but not inside: 0 or 1.
    Near,
    /// The store one is in or near: its place in the catalog.
    StoreAt,
    /// Probability of being in a store, parts per million.
    PresenceProbability,
    /// A code was scanned in the last ten minutes: 0 or 1.
    Scanned,
    /// How close to buying: by the codes of `IntentStage`.
    IntentStage,
    /// Probability of a purchase in this session, parts per million.
    IntentPurchase,
    /// The category was looked at, searched or scanned in this session: 0 or 1.
    IntentIn(CategoryIx),
    /// Time until the category is due again, minutes; absent where no habit is known.
    DueIn(CategoryIx),
    /// ISO weekday, 1 to 7.
    Weekday,
    /// Hour, 0 to 23.
    Hour,
    /// Month, 1 to 12.
    Month,
    /// Day of the month, 1 to 31.
    DayOfMonth,
    /// The day, since 1970-01-01 on the shop's clock: what is asked of occasions and holidays becomes this.
    Day,
    /// The store one is in or near is open: 0 or 1; absent elsewhere.
    StoreOpen,
    /// Stage of the conversation: 0 discovery, 1 sale, 2 service.
    Stage,
    /// Price of the basket, minor units.
    BasketTotal,
    /// Pieces in the basket.
    BasketItems,
    /// The category is in the basket: 0 or 1.
    BasketCategory(CategoryIx),
    /// The product is in the basket: 0 or 1.
    BasketProduct(ProductIx),
    /// Days on which the category was bought.
    BoughtCount(CategoryIx),
    /// Time since the category was last bought, minutes; absent where never.
    BoughtSince(CategoryIx),
    /// Purchases ever.
    BoughtTotal,
    /// A lapsed favourite is in the category: 0 or 1.
    MemoryIn(CategoryIx),
    /// Country of the request, as [`two_letters`].
    Country,
    /// Language of the request, as [`two_letters`].
    Language,
    /// A care case is open: 0 or 1.
    CareOpen,
    /// Topic of the oldest open case, by its code; absent where none is open.
    CareTopic,
    /// For how long the oldest open case is open, minutes of whole hours; absent where none is open.
    CareAge,
    /// Time since a care case was closed last, minutes of whole days; absent where none was that leaves care behind.
    CareClosed,
    /// The price of something that they want is lower than they saw it: 0 or 1.
    PriceFell,
    /// They want the product: 0 or 1.
    Wanted(ProductIx),
    /// This device is one of those that an offer is for: 0 or 1.
    Reached(ReachIx),
    /// Days until what was scanned in the last ten minutes is not fine any more, minutes of whole days; below 0 where it is not.
    ExpiresIn,
    /// A declared attribute; a text is the place of its value in the declaration.
    Own(OwnIx),
    /// A member of a declared set, 0 or 1, or an entry of a declared map: the attribute, and the place of the name among
    /// its values. Absent where the set is not known, or the map has no such entry.
    OwnMember(OwnIx, u16),
}

impl Attribute {
    /// Returns what stands for all members of one set or entries of one map; of anything else, itself.
    #[must_use]
    pub const fn family(self) -> Self {
        match self {
            Self::IntentIn(_) => Self::IntentIn(CategoryIx(0)),
            Self::DueIn(_) => Self::DueIn(CategoryIx(0)),
            Self::BasketCategory(_) => Self::BasketCategory(CategoryIx(0)),
            Self::BasketProduct(_) => Self::BasketProduct(ProductIx(0)),
            Self::BoughtCount(_) => Self::BoughtCount(CategoryIx(0)),
            Self::BoughtSince(_) => Self::BoughtSince(CategoryIx(0)),
            Self::MemoryIn(_) => Self::MemoryIn(CategoryIx(0)),
            Self::Wanted(_) => Self::Wanted(ProductIx(0)),
            Self::OwnMember(own, _) => Self::OwnMember(own, 0),
            single => single,
        }
    }

    /// Tells whether it is a member of a set or an entry of a map.
    pub const fn is_member(self) -> bool {
        matches!(
            self,
            Self::IntentIn(_)
                | Self::DueIn(_)
                | Self::BasketCategory(_)
                | Self::BasketProduct(_)
                | Self::BoughtCount(_)
                | Self::BoughtSince(_)
                | Self::MemoryIn(_)
                | Self::Wanted(_)
                | Self::OwnMember(..)
        )
    }

    /// Tells whether the clock alone gives its value.
    pub const fn is_of_the_clock(self) -> bool {
        matches!(self, Self::Weekday | Self::Hour | Self::Month | Self::DayOfMonth | Self::Day)
    }

    /// Returns what the shop's clock says, where it alone gives the value.
    pub fn on_the_clock(self, local: Local) -> Option<i64> {
        Some(match self {
            Self::Weekday => local.weekday().into(),
            Self::Hour => local.hour().into(),
            Self::Month => local.month.into(),
            Self::DayOfMonth => local.day_of_month.into(),
            Self::Day => local.day.into(),
            _ => return None,
        })
    }
}

/// Returns the number that stands for a two-letter code.
pub fn two_letters(code: [u8; 2]) -> i64 {
    i64::from(u16::from_be_bytes(code))
}

/// Numbers from `low` to `high`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range {
    /// The smallest.
    pub low: i64,
    /// The largest.
    pub high: i64,
}

/// One attribute lies in one of the ranges. An absent value lies in none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Predicate {
    /// What is asked about.
    pub attribute: Attribute,
    /// Sorted, disjoint and not empty.
    pub ranges: Vec<Range>,
}

impl Predicate {
    /// Tells whether `value` lies in one of the ranges.
    pub fn accepts(&self, value: i64) -> bool {
        self.ranges.iter().any(|range| (range.low..=range.high).contains(&value))
    }
}

/// All predicates hold. Where it was lowered or combined here: one predicate for each attribute, by rising attribute.
pub type Conjunction = Vec<Predicate>;

/// Any of the conjunctions holds (disjunctive normal form).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Holds whatever happens; what an author who wrote no condition means.
    Always,
    /// Any of these holds; none of none.
    AnyOf(Vec<Conjunction>),
}

impl Condition {
    /// Most conjunctions that one condition may have.
    pub const MOST_CONJUNCTIONS: usize = 32;

    /// Holds never.
    pub const NEVER: Self = Self::AnyOf(Vec::new());

    /// Returns the condition that `attribute` lies in one of `ranges`, which are sorted and disjoint.
    pub fn within(attribute: Attribute, ranges: Vec<Range>) -> Self {
        let predicate = Predicate { attribute, ranges };
        if predicate.ranges.is_empty() { Self::NEVER } else { Self::AnyOf(alloc::vec![alloc::vec![predicate]]) }
    }

    /// Returns the condition that holds where both do, simplified as by [`or`](Self::or).
    ///
    /// Predicates on one attribute become one, and what can never hold goes. Cost: every pair of conjunctions, each
    /// compared with those that came before it; for two of [`MOST_CONJUNCTIONS`](Self::MOST_CONJUNCTIONS) at most a
    /// thousand pairs. Who does not trust a condition counts its conjunctions after every `and`.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let (left, right) = match (self, other) {
            (Self::Always, one) | (one, Self::Always) => return one.clone(),
            (Self::AnyOf(left), Self::AnyOf(right)) => (left, right),
        };
        let mut any = Vec::new();
        for left in left {
            right.iter().filter_map(|right| both(left, right)).for_each(|both| include(&mut any, both));
        }
        Self::any_of(any)
    }

    /// Returns the condition that holds where either does.
    ///
    /// A conjunction that another one covers goes, and two that differ in the ranges of one attribute become one, so
    /// that `a == 1 || a == 2` is a single conjunction. Cost: every new conjunction compared with the others.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        let (Self::AnyOf(left), Self::AnyOf(right)) = (self, other) else { return Self::Always };
        let mut any = Vec::new();
        left.iter().chain(right).filter_map(|one| both(one, &[])).for_each(|one| include(&mut any, one));
        Self::any_of(any)
    }

    fn any_of(any: Vec<Conjunction>) -> Self {
        if any.iter().any(Vec::is_empty) { Self::Always } else { Self::AnyOf(any) }
    }

    /// Tells whether the condition holds where `value` gives each attribute's value.
    ///
    /// The dumb way, one predicate after the other: the index must agree with it.
    pub fn holds(&self, value: impl Fn(Attribute) -> Option<i64>) -> bool {
        let all = |conjunction: &Conjunction| {
            conjunction.iter().all(|predicate| value(predicate.attribute).is_some_and(|v| predicate.accepts(v)))
        };
        match self {
            Self::Always => true,
            Self::AnyOf(conjunctions) => conjunctions.iter().any(all),
        }
    }

    /// Returns every conjunction.
    pub fn conjunctions(&self) -> &[Conjunction] {
        match self {
            Self::Always => &[],
            Self::AnyOf(conjunctions) => conjunctions,
        }
    }
}

/// Returns the conjunction that holds where both do, by rising attribute, or `None` where that is never.
fn both(left: &[Predicate], right: &[Predicate]) -> Option<Conjunction> {
    let mut all = Conjunction::with_capacity(left.len() + right.len());
    for predicate in left.iter().chain(right) {
        let place = all.partition_point(|known: &Predicate| known.attribute < predicate.attribute);
        match all.get_mut(place).filter(|known| known.attribute == predicate.attribute) {
            Some(known) => known.ranges = intersection(&known.ranges, &predicate.ranges),
            None => all.insert(place, predicate.clone()),
        }
    }
    all.iter().all(|predicate| !predicate.ranges.is_empty()).then_some(all)
}

/// Adds an alternative to those of `any`, none of which covers another or can become one with another.
fn include(any: &mut Vec<Conjunction>, mut new: Conjunction) {
    let mut at = 0;
    while let Some(known) = any.get(at) {
        if covers(known, &new) {
            return;
        }
        let joined = joined(known, &new);
        if joined.is_some() || covers(&new, known) {
            any.remove(at);
        } else {
            at += 1;
        }
        if let Some(joined) = joined {
            (at, new) = (0, joined);
        }
    }
    any.push(new);
}

/// Tells whether `wide` holds wherever `narrow` does.
fn covers(wide: &[Predicate], narrow: &[Predicate]) -> bool {
    let inside = |narrow: &Range, wide: &Range| wide.low <= narrow.low && narrow.high <= wide.high;
    let within = |wide: &Predicate, narrow: &Predicate| {
        let mut ranges = narrow.ranges.iter();
        wide.attribute == narrow.attribute && ranges.all(|narrow| wide.ranges.iter().any(|wide| inside(narrow, wide)))
    };
    wide.len() <= narrow.len() && wide.iter().all(|wide| narrow.iter().any(|narrow| within(wide, narrow)))
}

/// Returns the one conjunction that stands for both, if they differ in the ranges of one attribute only.
fn joined(left: &[Predicate], right: &[Predicate]) -> Option<Conjunction> {
    let same = left.len() == right.len() && left.iter().zip(right).all(|(a, b)| a.attribute == b.attribute);
    let mut differing = left.iter().zip(right).enumerate().filter(|(_, (a, b))| a.ranges != b.ranges);
    let (place, (a, b)) = differing.next().filter(|_| same)?;
    let mut all = left.to_vec();
    all.get_mut(place)?.ranges = union(&a.ranges, &b.ranges);
    differing.next().is_none().then_some(all)
}

/// Returns the numbers that lie in both, sorted and disjoint as they are.
fn intersection(left: &[Range], right: &[Range]) -> Vec<Range> {
    let common = |a: &Range, b: &Range| Range { low: a.low.max(b.low), high: a.high.min(b.high) };
    let all = left.iter().flat_map(|a| right.iter().map(move |b| common(a, b)));
    all.filter(|range| range.low <= range.high).collect()
}

/// Returns the numbers that lie in either, sorted, with ranges that touch made one.
pub fn union(left: &[Range], right: &[Range]) -> Vec<Range> {
    let mut union: Vec<Range> = Vec::new();
    for range in order::by_key(&[left, right].concat(), |range| order::signed(range.low)) {
        match union.last_mut().filter(|last| range.low <= last.high.saturating_add(1)) {
            Some(last) => last.high = last.high.max(range.high),
            None => union.push(range),
        }
    }
    union
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    const A: Attribute = Attribute::Hour;
    const B: Attribute = Attribute::Weekday;

    fn within(attribute: Attribute, low: i64, high: i64) -> Condition {
        Condition::within(attribute, vec![Range { low, high }])
    }

    type Ranges = Vec<(Attribute, Vec<(i64, i64)>)>;

    fn ranges(condition: &Condition) -> Vec<Ranges> {
        let predicate =
            |p: &Predicate| (p.attribute, p.ranges.iter().map(|range| (range.low, range.high)).collect::<Vec<_>>());
        condition.conjunctions().iter().map(|all| all.iter().map(predicate).collect()).collect()
    }

    #[test]
    fn what_is_asked_twice_becomes_one_question_and_the_impossible_goes() {
        let twice = within(B, 1, 5).and(&within(A, 0, 9)).and(&within(B, 3, 7));
        assert_eq!(ranges(&twice), [[(B, vec![(3, 5)]), (A, vec![(0, 9)])]]);
        assert_eq!(within(A, 1, 2).and(&within(A, 3, 4)), Condition::NEVER);
    }

    #[test]
    fn alternatives_that_differ_in_one_attribute_are_one() {
        let any = within(A, 1, 1).or(&within(A, 3, 3)).or(&within(A, 2, 2));
        assert_eq!(ranges(&any), [[(A, vec![(1, 3)])]]);
        let grid = within(A, 1, 1).and(&within(B, 1, 1)).or(&within(A, 2, 2).and(&within(B, 2, 2)));
        assert_eq!(grid.conjunctions().len(), 2, "they differ in two");
        let filled = grid.or(&within(A, 1, 1).and(&within(B, 2, 2))).or(&within(A, 2, 2).and(&within(B, 1, 1)));
        assert_eq!(ranges(&filled), [[(B, vec![(1, 2)]), (A, vec![(1, 2)])]]);
    }

    #[test]
    fn an_alternative_that_another_covers_goes() {
        let narrow = within(A, 5, 6).and(&within(B, 1, 1));
        assert_eq!(within(A, 0, 9).or(&narrow), within(A, 0, 9));
        assert_eq!(narrow.or(&within(A, 0, 9)), within(A, 0, 9));
        assert_eq!(narrow.or(&narrow), narrow);
    }

    #[test]
    fn always_and_never_are_the_ends() {
        let some = within(A, 1, 2);
        assert_eq!(some.and(&Condition::Always), some);
        assert_eq!(some.or(&Condition::Always), Condition::Always);
        assert_eq!(some.and(&Condition::NEVER), Condition::NEVER);
        assert_eq!(Condition::NEVER.or(&some), some);
    }

    #[test]
    fn every_number_from_end_to_end_still_asks_whether_it_is_known() {
        let known = within(A, i64::MIN, 4).or(&within(A, 4, i64::MAX));
        assert_eq!(ranges(&known), [[(A, vec![(i64::MIN, i64::MAX)])]]);
        assert!(known.holds(|_| Some(0)) && !known.holds(|_| None));
    }
}
