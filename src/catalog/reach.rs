//! Services that are for some devices alone, found on each by what it remembers: the shop never learns which they are.

use alloc::vec::Vec;

use crate::product::ProductIx;
use crate::value::Key;

/// What a service offer is shown for once, and to whom: it is of no use to anybody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// An answer, to those who told the shop something about one of these topics: the keys of their ids.
    Answer(Vec<Key>),
    /// A recall, to those who may have a piece that is called back.
    Recall(Recall),
    /// A fall of price, to those who saw what they want at a higher one.
    PriceFell,
}

/// Pieces that are called back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recall {
    /// The products.
    pub products: Vec<ProductIx>,
    /// The keys of the lots; any where empty.
    pub lots: Vec<Key>,
    /// First day on which they were sold, since 1970-01-01 on the shop's clock.
    pub from: i32,
    /// First day on which they were sold no more.
    pub until: i32,
}

/// The place of a reach among those of a catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReachIx(pub u16);
