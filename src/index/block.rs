//! One placement's conditions as bitmaps.

use alloc::vec;
use alloc::vec::Vec;

use super::Values;
use crate::catalog::rules::{ABSENT, AttributeIx, PredicateIx, Rules, UNTOLD};
use crate::catalog::{Attribute, Catalog, OfferIx, PlacementIx};
use crate::value::order;

/// The conditions of one placement, compiled.
#[derive(Clone, Debug)]
pub struct Block {
    /// The offers that may appear there, in falling priority.
    pub offers: Vec<OfferIx>,
    /// What their three questions ask about, in order.
    pub asked: Vec<AttributeIx>,
    /// Those of them that the clock answers.
    pub clock: Vec<AttributeIx>,
    /// The offer of each conjunction.
    owners: Vec<OfferIx>,
    /// Words of one bitmap.
    words: usize,
    columns: Vec<Column>,
    /// The bitmaps of all columns, one after the other.
    bitmaps: Vec<u64>,
    /// Where each conjunction's predicates end that no column answers.
    rest_ends: Vec<u32>,
    rest: Vec<Rest>,
}

/// A predicate that no column answers.
#[derive(Clone, Copy, Debug)]
struct Rest {
    predicate: PredicateIx,
    attribute: AttributeIx,
    /// The place where it stands whether its value was told.
    told_at: u16,
    /// Whether it accepts everything from `low` to `high`, or only some of it.
    whole: bool,
    low: i32,
    high: i32,
}

/// An attribute that many conjunctions ask about.
#[derive(Clone, Debug)]
struct Column {
    attribute: AttributeIx,
    /// First number of each piece but the first, rising.
    cuts: Vec<i32>,
    /// Where the bitmap of each piece begins.
    bitmaps: Vec<u32>,
    /// Where the cuts lie close together: the smallest number of `direct`, which has where the bitmap of each number's piece
    /// begins; what lies beyond its ends is as the ends are.
    low: i32,
    direct: Vec<u32>,
}

/// How far a search for candidates has come.
#[derive(Clone, Debug, Default)]
pub struct Cursor {
    /// Where the bitmap of each column's piece begins.
    chosen: [u32; Block::MOST_COLUMNS],
    word: usize,
    left: u64,
}

/// Where a search has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The next offer whose conditions hold.
    Offer(OfferIx),
    /// The value of this attribute has to be told first.
    Untold(AttributeIx),
    /// No other offer fits.
    End,
}

/// What one decision costs at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Offers.
    pub offers: usize,
    /// Conjunctions: bits of a bitmap.
    pub conjunctions: usize,
    /// Attributes that bitmaps answer.
    pub columns: usize,
    /// Words of 64 bits that are read.
    pub words: usize,
    /// Predicates that are looked at one by one, when everything else holds.
    pub predicates: usize,
    /// Bytes of the bitmaps in memory.
    pub bytes: usize,
}

impl Block {
    /// Most attributes that bitmaps answer.
    pub const MOST_COLUMNS: usize = 32;
    /// An attribute gets bitmaps where at least one of so many conjunctions asks about it; a member of a set or map never,
    /// since these are told together and one by one are mostly not there.
    const DENSE: usize = 16;
    /// Fewer conjunctions are looked at one by one.
    const FEW: usize = 6;
    /// Widest distance between the first and the last cut that is looked up directly.
    const CLOSE: i32 = 250;

    /// Compiles the conditions of the offers that may appear in `placement`.
    pub fn new(catalog: &Catalog, placement: PlacementIx) -> Self {
        let (offers, rules) = (&catalog.offers, &catalog.offers.rules);
        let takes = |kind| catalog.placement(placement).is_some_and(|place| place.kinds.has(kind));
        let all = (0..offers.len()).filter_map(|place| u32::try_from(place).ok()).map(OfferIx);
        let meant: Vec<OfferIx> =
            all.filter(|at| offers.names(*at, placement) && offers.kind(*at).is_some_and(takes)).collect();
        let (mut owners, mut conjunctions) = (Vec::new(), Vec::new());
        for offer in &meant {
            for conjunction in offers.fit(*offer).map(|rule| rules.conjunctions(rule)).unwrap_or_default() {
                owners.push(*offer);
                conjunctions.push(conjunction);
            }
        }
        let mut asked = Vec::new();
        for offer in &meant {
            for rule in offers.questions(*offer).into_iter().flatten() {
                asked.extend(rules.conjunctions(rule));
            }
        }
        let asked: Vec<AttributeIx> = mentions(&asked, rules).map(|(attribute, _)| attribute).collect();
        let told = |asked: &AttributeIx| rules.attribute(*asked).is_some_and(Attribute::is_of_the_clock);
        let clock = asked.iter().copied().filter(told).collect();
        Self { offers: meant, asked, clock, ..Self::of(owners, &conjunctions, rules) }
    }

    fn of(owners: Vec<OfferIx>, conjunctions: &[usize], rules: &Rules) -> Self {
        let single = |asked: AttributeIx| rules.attribute(asked).is_some_and(|attribute| !attribute.is_member());
        let many = |count: usize| owners.len() >= Self::FEW && count * Self::DENSE >= owners.len();
        let enough = |(asked, count): &(AttributeIx, usize)| many(*count) && single(*asked);
        let most_first = |(_, count): &(_, usize)| u64::MAX - u64::try_from(*count).unwrap_or(u64::MAX);
        let dense = order::by_key(&mentions(conjunctions, rules).filter(enough).collect::<Vec<_>>(), most_first);
        let dense: Vec<AttributeIx> = dense.into_iter().map(|(asked, _)| asked).take(Self::MOST_COLUMNS).collect();
        let words = owners.len().div_ceil(64);
        let mut column_of = vec![dense.len(); rules.attributes.len()];
        for (column, attribute) in dense.iter().enumerate() {
            column_of.iter_mut().skip(usize::from(attribute.0)).take(1).for_each(|place| *place = column);
        }
        let mut asked: Vec<Vec<(usize, PredicateIx)>> = vec![Vec::new(); dense.len()];
        let (mut rest, mut rest_ends) = (Vec::new(), Vec::with_capacity(owners.len()));
        let mut families = Vec::new();
        for (bit, conjunction) in conjunctions.iter().enumerate() {
            for predicate in rules.predicates(*conjunction) {
                let column = rules.asks(predicate).and_then(|asked| column_of.get(usize::from(asked.0)));
                match column.and_then(|column| asked.get_mut(*column)) {
                    Some(asked) => asked.push((bit, predicate)),
                    None => rest.push(Rest::new(predicate, rules, &mut families)),
                }
            }
            rest_ends.push(u32::try_from(rest.len()).unwrap_or(u32::MAX));
        }
        let mut bitmaps = Vec::new();
        let columns = dense.into_iter().zip(asked);
        let columns = columns.map(|(attribute, asked)| Column::new(attribute, &asked, rules, words, &mut bitmaps));
        let columns = columns.collect();
        let (offers, asked, clock) = (Vec::new(), Vec::new(), Vec::new());
        bitmaps.shrink_to_fit();
        rest.shrink_to_fit();
        Self { offers, asked, clock, owners, words, columns, bitmaps, rest_ends, rest }
    }

    /// Returns the attributes that have to be told before a search begins; the others may be told when it asks for them.
    pub fn begins_with(&self) -> impl Iterator<Item = AttributeIx> {
        self.columns.iter().map(|column| column.attribute)
    }

    /// Returns the attributes that a search may ask for on its way, each as often as it may, and the place where it stands
    /// whether they were told: their own, or behind all values that of their set or map, whose members are told together.
    pub fn may_ask(&self) -> impl Iterator<Item = (AttributeIx, u16)> {
        self.rest.iter().map(|rest| (rest.attribute, rest.told_at))
    }

    /// Begins a search: one look-up per column.
    pub fn search(&self, cursor: &mut Cursor, values: &Values) {
        for (column, chosen) in self.columns.iter().zip(&mut cursor.chosen) {
            *chosen = column.bitmap(values.get(column.attribute));
        }
        cursor.word = 0;
        cursor.left = self.held(&cursor.chosen, 0);
    }

    /// Goes on to the next offer whose conditions hold, in falling priority; an offer may come twice in a row.
    ///
    /// Stops at a value that was not told, and goes on from there once it is.
    /// Cost of a whole search: columns x words, and the predicates without bitmaps of the conjunctions that are left.
    pub fn next(&self, cursor: &mut Cursor, rules: &Rules, values: &Values) -> Step {
        loop {
            while cursor.left == 0 {
                cursor.word += 1;
                if cursor.word >= self.words {
                    return Step::End;
                }
                cursor.left = self.held(&cursor.chosen, cursor.word);
            }
            let bit = usize::try_from(cursor.left.trailing_zeros()).unwrap_or(0);
            let conjunction = cursor.word * 64 + bit;
            let holds = match self.rest_holds(conjunction, rules, values) {
                Ok(holds) => holds,
                Err(untold) => return Step::Untold(untold),
            };
            cursor.left &= cursor.left - 1;
            if holds && let Some(offer) = self.owners.get(conjunction) {
                return Step::Offer(*offer);
            }
        }
    }

    /// Returns one word of the conjunctions that every column accepts.
    #[inline(always)]
    fn held(&self, chosen: &[u32; Self::MOST_COLUMNS], word: usize) -> u64 {
        let bits = self.owners.len().saturating_sub(word * 64);
        let mut held = if bits >= 64 { u64::MAX } else { (1 << bits) - 1 };
        for first in chosen.iter().take(self.columns.len()) {
            let accepted = usize::try_from(*first).ok().and_then(|first| self.bitmaps.get(first + word));
            held &= accepted.copied().unwrap_or(0);
            if held == 0 {
                break;
            }
        }
        held
    }

    /// Tells whether the predicates hold that no column answers, or which value has to be told first.
    #[inline(always)]
    fn rest_holds(&self, conjunction: usize, rules: &Rules, values: &Values) -> Result<bool, AttributeIx> {
        let end_of = |place: usize| self.rest_ends.get(place).and_then(|end| usize::try_from(*end).ok());
        let from = conjunction.checked_sub(1).map_or(Some(0), end_of);
        let rest = from.zip(end_of(conjunction)).and_then(|(from, until)| self.rest.get(from..until));
        for rest in rest.unwrap_or_default() {
            if values.at(rest.told_at) == UNTOLD {
                return Err(rest.attribute);
            }
            let value = values.get(rest.attribute);
            if value < rest.low || value > rest.high || !(rest.whole || rules.accepts(rest.predicate, value)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Returns what one search costs at most.
    pub fn work(&self) -> Work {
        Work {
            offers: self.offers.len(),
            conjunctions: self.owners.len(),
            columns: self.columns.len(),
            words: self.words * self.columns.len(),
            predicates: self.rest.len(),
            bytes: self.bitmaps.len() * 8,
        }
    }
}

impl Values {
    /// Returns the value of an attribute.
    #[inline(always)]
    pub fn get(&self, attribute: AttributeIx) -> i32 {
        self.at(attribute.0)
    }

    #[inline(always)]
    fn at(&self, place: u16) -> i32 {
        self.0.get(usize::from(place)).copied().unwrap_or(ABSENT)
    }
}

impl Rest {
    /// `families` are the sets and maps met so far.
    fn new(predicate: PredicateIx, rules: &Rules, families: &mut Vec<Attribute>) -> Self {
        let attribute = rules.asks(predicate).unwrap_or(AttributeIx(0));
        let told_at = told_at(attribute, rules, families);
        // NOTE: without a range nothing is accepted.
        let (mut low, mut high, mut count) = (i32::MAX, i32::MIN, 0);
        for range in rules.ranges(predicate) {
            (low, high, count) = (low.min(range.0), high.max(range.1), count + 1);
        }
        Self { predicate, attribute, told_at, whole: count <= 1, low, high }
    }
}

/// Returns where it stands whether an attribute's value was told: at its own place, or for a member of a set or map behind
/// all values.
fn told_at(place: AttributeIx, rules: &Rules, families: &mut Vec<Attribute>) -> u16 {
    let Some(attribute) = rules.attribute(place).filter(|attribute| attribute.is_member()) else { return place.0 };
    let known = families.iter().position(|family| *family == attribute.family());
    let nth = known.unwrap_or_else(|| {
        families.push(attribute.family());
        families.len() - 1
    });
    u16::try_from(rules.attributes.len() + nth).unwrap_or(place.0)
}

/// Returns how many of the conjunctions ask about each attribute, in order; at least one each.
fn mentions(conjunctions: &[usize], rules: &Rules) -> impl Iterator<Item = (AttributeIx, usize)> {
    let mut counts = vec![0_usize; rules.attributes.len()];
    for conjunction in conjunctions {
        for predicate in rules.predicates(*conjunction) {
            let slot = rules.asks(predicate).and_then(|asked| counts.get_mut(usize::from(asked.0)));
            if let Some(count) = slot {
                *count += 1;
            }
        }
    }
    (0..).map(AttributeIx).zip(counts).filter(|(_, count)| *count > 0)
}

impl Column {
    /// Cuts the attribute's numbers where acceptance changes, and appends a bitmap for each piece.
    fn new(
        attribute: AttributeIx,
        asked: &[(usize, PredicateIx)],
        rules: &Rules,
        words: usize,
        bitmaps: &mut Vec<u64>,
    ) -> Self {
        let cuts = cuts(asked.iter().map(|(_, predicate)| *predicate), rules);
        let first = bitmaps.len();
        // Who does not ask accepts every piece.
        let mut others = vec![u64::MAX; words];
        let accepts = |word: Option<&mut u64>, bit: usize, yes: bool| {
            word.into_iter().for_each(|word| *word = *word & !(1 << (bit % 64)) | u64::from(yes) << (bit % 64));
        };
        asked.iter().for_each(|(bit, _)| accepts(others.get_mut(bit / 64), *bit, false));
        (0..=cuts.len()).for_each(|_| bitmaps.extend(&others));
        let piece = |number: i32| cuts.partition_point(|cut| *cut <= number);
        for (bit, predicate) in asked {
            for (low, high) in rules.ranges(*predicate) {
                let words = (piece(low)..=piece(high)).map(|piece| first + piece * words + bit / 64);
                words.for_each(|word| accepts(bitmaps.get_mut(word), *bit, true));
            }
        }
        let begin = |piece: usize| u32::try_from(first + piece * words).unwrap_or(u32::MAX);
        let low = cuts.first().map_or(0, |cut| cut.saturating_sub(1));
        let direct = pieces(low, &cuts).into_iter().map(begin).collect();
        Self { attribute, low, direct, bitmaps: (0..=cuts.len()).map(begin).collect(), cuts }
    }

    /// Returns where the bitmap of a value's piece begins.
    #[inline(always)]
    fn bitmap(&self, value: i32) -> u32 {
        let found = match self.direct.as_slice() {
            [] => self.bitmaps.get(self.cuts.partition_point(|cut| *cut <= value)),
            [.., last] => {
                let close = usize::try_from(value.saturating_sub(self.low)).unwrap_or(0);
                Some(self.direct.get(close).unwrap_or(last))
            }
        };
        found.copied().unwrap_or(u32::MAX)
    }
}

/// Returns where the acceptance of any of the predicates changes, rising, each once.
fn cuts(predicates: impl Iterator<Item = PredicateIx>, rules: &Rules) -> Vec<i32> {
    let mut cuts: Vec<(u64, u32)> = Vec::new();
    for predicate in predicates {
        for (low, high) in rules.ranges(predicate) {
            cuts.push((order::signed(low.into()), 0));
            cuts.extend(high.checked_add(1).map(|next| (order::signed(next.into()), 0)));
        }
    }
    order::sort(&mut cuts);
    cuts.dedup();
    cuts.into_iter().filter_map(|(cut, _)| i32::try_from(order::unsigned(cut)).ok()).collect()
}

/// Returns the piece of each number from `low` to the last cut, or nothing where they lie far apart.
fn pieces(low: i32, cuts: &[i32]) -> Vec<usize> {
    let close = cuts.last().filter(|last| last.saturating_sub(low) <= Block::CLOSE);
    let piece = |number: i32| cuts.partition_point(|cut| *cut <= number);
    close.map(|last| (low..=*last).map(piece).collect()).unwrap_or_default()
}
