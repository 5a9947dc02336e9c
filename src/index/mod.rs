//! Who is a candidate: all conditions at once, as bitmaps.
//!
//! For every attribute, the thresholds of the catalog cut its numbers into pieces; each piece holds a bitmap of the
//! conjunctions that accept it, and one more bitmap stands for "absent". Matching is one look-up per attribute and an
//! AND, the same work for every shopper.

use alloc::vec;
use alloc::vec::Vec;

use crate::catalog::{Attribute, Catalog, Condition, Conjunction, OfferIx};
use crate::value::order;

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

/// All conditions of a catalog, compiled.
#[derive(Clone, Debug)]
pub struct Index {
    columns: Vec<Column>,
    /// For each offer and question, its conjunctions `[from, until)`, or `None` for "always".
    spans: Vec<[Option<(u32, u32)>; 3]>,
    words: usize,
}

#[derive(Clone, Debug)]
struct Column {
    attribute: Attribute,
    /// First number of each piece but the first, rising.
    cuts: Vec<i64>,
    /// One bitmap per piece, then the one for "absent"; each as long as the index has words.
    bitmaps: Vec<u64>,
}

/// The conjunctions that hold now.
#[derive(Clone, Debug)]
pub struct Matches<'a> {
    index: &'a Index,
    held: Vec<u64>,
}

const QUESTIONS: [Question; 3] = [Question::Eligible, Question::Applicable, Question::Suitable];

impl Index {
    /// Compiles the conditions of `catalog`. Cost: conjunctions x pieces of their attributes.
    pub fn new(catalog: &Catalog) -> Self {
        let mut conjunctions: Vec<&Conjunction> = Vec::new();
        let mut spans = Vec::with_capacity(catalog.offers.len());
        for offer in &catalog.offers {
            spans.push([&offer.eligible, &offer.applicable, &offer.suitable].map(|condition| {
                let from = conjunctions.len();
                conjunctions.extend(condition.conjunctions());
                let ends = (u32::try_from(from).ok()).zip(u32::try_from(conjunctions.len()).ok());
                (*condition != Condition::Always).then_some(ends).flatten()
            }));
        }
        let words = conjunctions.len().div_ceil(64);
        let mut attributes: Vec<Attribute> = Vec::new();
        for predicate in conjunctions.iter().flat_map(|conjunction| conjunction.iter()) {
            if let Err(place) = attributes.binary_search(&predicate.attribute) {
                attributes.insert(place, predicate.attribute);
            }
        }
        let columns = attributes.into_iter().map(|attribute| Column::new(attribute, &conjunctions, words)).collect();
        Self { columns, spans, words }
    }

    /// Matches all conditions against the values that `value` gives.
    ///
    /// Cost: attributes x (one binary search + words of the bitmap), whatever the values are.
    pub fn matches(&self, value: impl Fn(Attribute) -> Option<i64>) -> Matches<'_> {
        let mut held = vec![u64::MAX; self.words];
        for column in &self.columns {
            for (word, accepted) in held.iter_mut().zip(column.bitmap(value(column.attribute), self.words)) {
                *word &= accepted;
            }
        }
        Matches { index: self, held }
    }
}

impl Column {
    fn new(attribute: Attribute, conjunctions: &[&Conjunction], words: usize) -> Self {
        let cuts = cuts(attribute, conjunctions);
        let pieces = core::iter::once(i64::MIN).chain(cuts.iter().copied()).map(Some);
        let bitmaps = pieces
            .chain(core::iter::once(None))
            .flat_map(|piece| bitmap(conjunctions, words, |conjunction| accepts(conjunction, attribute, piece)))
            .collect();
        Self { attribute, cuts, bitmaps }
    }

    fn bitmap(&self, value: Option<i64>, words: usize) -> impl Iterator<Item = &u64> {
        let absent = self.cuts.len() + 1;
        let piece = value.map_or(absent, |value| self.cuts.partition_point(|cut| *cut <= value));
        self.bitmaps.iter().skip(piece * words).take(words)
    }
}

/// Returns where the acceptance of `attribute` changes, rising, each once.
fn cuts(attribute: Attribute, conjunctions: &[&Conjunction]) -> Vec<i64> {
    let mut cuts: Vec<(u64, u32)> = conjunctions
        .iter()
        .flat_map(|conjunction| conjunction.iter().filter(|predicate| predicate.attribute == attribute))
        .flat_map(|predicate| &predicate.ranges)
        .flat_map(|range| [Some(range.low).filter(|low| *low > i64::MIN), range.high.checked_add(1)])
        .flatten()
        .map(|cut| (order::signed(cut), 0))
        .collect();
    order::sort(&mut cuts);
    cuts.dedup();
    cuts.into_iter().map(|(cut, _)| order::unsigned(cut)).collect()
}

/// Tells whether every predicate on `attribute` accepts the piece that starts at `piece` (`None`: absent).
fn accepts(conjunction: &Conjunction, attribute: Attribute, piece: Option<i64>) -> bool {
    let mut asked = conjunction.iter().filter(|predicate| predicate.attribute == attribute);
    asked.all(|predicate| piece.is_some_and(|start| predicate.accepts(start)))
}

fn bitmap(conjunctions: &[&Conjunction], words: usize, accepts: impl Fn(&Conjunction) -> bool) -> Vec<u64> {
    let mut words = vec![0; words];
    for (word, chunk) in words.iter_mut().zip(conjunctions.chunks(64)) {
        *word =
            chunk.iter().enumerate().fold(0, |word, (bit, conjunction)| word | u64::from(accepts(conjunction)) << bit);
    }
    words
}

impl Matches<'_> {
    /// Returns the first question that the offer fails, or `None` for a candidate.
    pub fn refusal(&self, offer: OfferIx) -> Option<Question> {
        let spans = usize::try_from(offer.0).ok().and_then(|at| self.index.spans.get(at))?;
        QUESTIONS.into_iter().zip(spans).find(|(_, span)| !span.is_none_or(|span| self.any(span))).map(|(q, _)| q)
    }

    fn any(&self, (from, until): (u32, u32)) -> bool {
        (from..until).any(|bit| {
            let word = usize::try_from(bit / 64).ok().and_then(|word| self.held.get(word)).copied().unwrap_or(0);
            word >> (bit % 64) & 1 == 1
        })
    }
}
