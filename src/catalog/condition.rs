//! Conditions as the device knows them: ranges of typed attributes, any of which may be absent.
//!
//! Authors write CEL; `author::cel` lowers it to this form, and a phone never parses an expression.

use alloc::vec::Vec;

use crate::product::{CategoryIx, ProductIx};

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
    /// How close to buying: 0 browse, 1 consider, 2 decide, 3 checkout.
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
    /// A declared attribute; a text is the place of its value in the declaration.
    Own(OwnIx),
    /// A member of a declared set, 0 or 1, or an entry of a declared map: the attribute, and the place of the name among
    /// its values. Absent where the set is not known, or the map has no such entry.
    OwnMember(OwnIx, u16),
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

/// All predicates hold.
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
