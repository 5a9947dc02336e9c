//! Who is a candidate: all conditions of a placement at once, as bitmaps.
//!
//! The offers of a placement lie in falling priority, and each of their conjunctions is one bit of its [`Block`]. For an
//! attribute that many conjunctions ask about, the thresholds cut the numbers into pieces, and each piece holds a bitmap
//! of the conjunctions that accept it: matching is one look-up per attribute and an AND, the same for every shopper. What
//! only few ask about (a category of sixty in the basket) is looked at for the few that are left. The first bit that
//! holds is the best static answer.

mod block;

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use once_cell::race::OnceBox;

pub use block::{Block, Cursor, Step, Work};

use crate::catalog::rules::{ABSENT, UNTOLD, seen};
use crate::catalog::{Attribute, Catalog, OfferIx, PlacementIx};

/// The three questions of fit, in the order in which they are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// May they have it?
    Eligible,
    /// Does it make sense now?
    Applicable,
    /// Is it good for the person?
    Suitable,
}

const QUESTIONS: [Question; 3] = [Question::Eligible, Question::Applicable, Question::Suitable];

/// The conditions of a catalog, compiled for each placement when it is first asked for.
#[derive(Debug)]
pub struct Index {
    blocks: Vec<OnceBox<Block>>,
}

impl Index {
    /// Returns the index of `catalog`. Cost: none; each placement is compiled when it is first asked for.
    pub fn new(catalog: &Catalog) -> Self {
        Self { blocks: catalog.placements.iter().map(|_| OnceBox::new()).collect() }
    }

    /// Returns the block of a placement, `None` where there is no such placement.
    ///
    /// Cost: the first time, the placement's predicates x the pieces of their attributes; nothing afterwards.
    pub fn block(&self, catalog: &Catalog, placement: PlacementIx) -> Option<&Block> {
        Some(self.blocks.get(usize::from(placement.0))?.get_or_init(|| Box::new(Block::new(catalog, placement))))
    }
}

/// The values of a catalog's attributes, each at its place; [`ABSENT`] where nothing is known, [`UNTOLD`] where a host was
/// not asked yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values(pub Vec<i32>);

impl Values {
    /// Returns values of which none was told, with as much room again behind them for what tells so of sets
    /// and maps, of which there are no more than attributes.
    pub fn untold(catalog: &Catalog) -> Self {
        Self(vec![UNTOLD; 2 * catalog.offers.rules.attributes.len()])
    }

    /// Returns what `value` tells of everything that a placement asks about.
    pub fn of(catalog: &Catalog, block: &Block, value: impl Fn(Attribute) -> Option<i64>) -> Self {
        let mut values = Self(vec![ABSENT; catalog.offers.rules.attributes.len()]);
        for place in &block.asked {
            let attribute = catalog.offers.rules.attribute(*place);
            if let (Some(slot), Some(attribute)) = (values.0.get_mut(usize::from(place.0)), attribute) {
                *slot = seen(value(attribute));
            }
        }
        values
    }
}

/// Returns the first question that an offer fails, or `None` where it fails none.
///
/// The dumb way, one predicate after the other: it tells a trace why, and the bitmaps must agree with it.
pub fn refusal(catalog: &Catalog, offer: OfferIx, values: &Values) -> Option<Question> {
    let rules = &catalog.offers.rules;
    let asked = QUESTIONS.into_iter().zip(catalog.offers.questions(offer));
    asked
        .filter_map(|(question, rule)| rule.map(|rule| (question, rule)))
        .find(|(_, rule)| !rules.holds(*rule, |place| values.get(place)))
        .map(|(question, _)| question)
}
