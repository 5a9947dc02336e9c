//! The pack (`.tact`): a compiled catalog as bytes, checked once when it is loaded, and then read where they lie.
//!
//! A header of 32 bytes, little-endian:
//!
//! | offset | bytes | field |
//! |---|---|---|
//! | 0 | 4 | `TACT` |
//! | 4 | 2 | format, 6 |
//! | 6 | 2 | reserved for the signing key, 0 |
//! | 8 | 8 | version of the catalog |
//! | 16 | 4 | not after, seconds since the epoch; `u32::MAX` for never |
//! | 20 | 4 | bytes after the header |
//! | 24 | 8 | [`checksum`] of everything else |
//!
//! Then how many sections there are and how long each is (32 bits each), and the sections, in the order of
//! [`SECTIONS`]. Texts, offers and conditions are lists of numbers of a fixed width that are read in place; lists that
//! rise are written as differences (zigzag), since these compress, and are summed up once at load. The last section but
//! four is everything else, in the postcard format. A pack may lack the four behind it: the [odds of a
//! purchase](crate::catalog::IntentOdds) where they are not the prior ones, numbers of 16 bits, the
//! [marks](crate::mark::Marks) of stores, the [odds of a need](crate::catalog::NeedOdds) and [what people find
//! useful](crate::catalog::UsefulnessPrior) where they are not the prior ones, numbers of 16 bits. Sections behind those are for readers to come, and are passed over.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::columns;
use crate::catalog::offer::Shared;
use crate::catalog::rules::Rules;
use crate::catalog::{Catalog, Offers, Texts};
use crate::mark::Marks;
use crate::value::key::checksum;
use crate::value::{Local, Part, Timestamp};

/// How a pack begins.
pub const MAGIC: [u8; 4] = *b"TACT";
const FORMAT: u16 = 6;
const HEADER: usize = 32;
const VERSION_AT: usize = 8;
const CHECKSUM_AT: usize = 24;
const NEVER: u32 = u32::MAX;

/// Why bytes are no catalog that may be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackFault {
    /// The first bytes are not a pack's.
    #[error("this is no Tactful pack; make one with `tactful compile`")]
    NotAPack,
    /// Written by a newer compiler.
    #[error("the pack has format {got}, and this module reads format {reads}; update the module")]
    NewerFormat {
        /// Its format.
        got: u16,
        /// The format that is read.
        reads: u16,
    },
    /// Written by an older compiler.
    #[error("the pack has format {got}, and this module reads format {reads}; compile the catalog again")]
    OlderFormat {
        /// Its format.
        got: u16,
        /// The format that is read.
        reads: u16,
    },
    /// Bytes are missing, too many or changed.
    #[error(
        "the pack is damaged ({got} bytes after the header, {expected} expected, or a changed byte); fetch it again"
    )]
    Damaged {
        /// Bytes after the header.
        got: usize,
        /// Bytes that the header promises.
        expected: usize,
    },
    /// Its time is over.
    #[error("the pack was not to be used from {} on; publish a newer one", date(*.not_after_ms))]
    Expired {
        /// When its time was over.
        not_after_ms: i64,
    },
    /// This device has seen a newer one.
    #[error("the pack has version {got}, and this device has already seen version {seen}; versions only go forward")]
    Stale {
        /// Its version.
        got: u64,
        /// The newest version seen.
        seen: u64,
    },
    /// The columns do not fit each other.
    #[error("the pack contradicts itself in {part}; compile it again")]
    Inconsistent {
        /// Which part.
        part: &'static str,
    },
}

/// Returns the day of an instant, UTC, as `2026-12-01`.
fn date(ms: i64) -> String {
    let day = Local::new(Timestamp::from_ms(ms), 0);
    format!("{:04}-{:02}-{:02}", day.year, day.month, day.day_of_month)
}

impl PackFault {
    /// Returns a stable code for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotAPack => "not-a-pack",
            Self::NewerFormat { .. } => "newer-format",
            Self::OlderFormat { .. } => "older-format",
            Self::Damaged { .. } => "damaged-pack",
            Self::Expired { .. } => "expired-pack",
            Self::Stale { .. } => "stale-pack",
            Self::Inconsistent { .. } => "inconsistent-pack",
        }
    }
}

/// The name of each section, and whether its numbers are written as differences.
pub const SECTIONS: [(&str, Differences); 13 + Offers::WIDE + Offers::NARROW] = [
    ("ends of texts", Differences::Wide),
    ("texts", Differences::None),
    ("ids of offers", Differences::Wide),
    ("titles in German", Differences::Wide),
    ("titles in English", Differences::Wide),
    ("sentences in German", Differences::Wide),
    ("sentences in English", Differences::Wide),
    ("pictures", Differences::None),
    ("when offers begin", Differences::None),
    ("how long they last", Differences::None),
    ("kinds", Differences::None),
    ("priorities", Differences::Narrow),
    ("groups", Differences::None),
    ("placements", Differences::None),
    ("scopes", Differences::None),
    ("values", Differences::None),
    ("caps", Differences::None),
    ("usefulness and margins", Differences::None),
    ("whom they are for", Differences::None),
    ("eligible", Differences::Narrow),
    ("applicable", Differences::Narrow),
    ("suitable", Differences::Narrow),
    ("all three of them", Differences::Narrow),
    ("attributes of predicates", Differences::Narrow),
    ("ends of ranges", Differences::Wide),
    ("ranges", Differences::None),
    ("ends of conjunctions", Differences::Wide),
    ("conjunctions", Differences::None),
    ("ends of conditions", Differences::Wide),
    ("everything else", Differences::None),
    ("odds of a purchase", Differences::None),
    ("networks and beacons of stores", Differences::None),
    ("odds of a need", Differences::None),
    ("what people find useful", Differences::None),
];

/// The second column of [`SECTIONS`] alone: a phone has no use for the names.
const DIFFERENCES: [Differences; SECTIONS.len()] = {
    let mut differences = [Differences::None; SECTIONS.len()];
    let mut place = 0;
    while place < SECTIONS.len() {
        #[expect(clippy::indexing_slicing, reason = "of equal length, and at compile time")]
        {
            differences[place] = SECTIONS[place].1;
        }
        place += 1;
    }
    differences
};

/// Which numbers of a section are written as differences to the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Differences {
    /// None.
    None,
    /// Every one, of 32 bits each.
    Wide,
    /// Every one, of 16 bits each.
    Narrow,
}

/// Writes a catalog as a pack. The same catalog gives the same bytes.
pub fn encode(catalog: &Catalog) -> Vec<u8> {
    let body = body(catalog);
    let never = catalog.not_after.ms() / 1_000;
    let mut bytes = Vec::with_capacity(HEADER + body.len());
    bytes.extend(MAGIC);
    bytes.extend(FORMAT.to_le_bytes());
    bytes.extend([0; 2]);
    bytes.extend(catalog.version.to_le_bytes());
    bytes.extend(u32::try_from(never).unwrap_or(NEVER).to_le_bytes());
    bytes.extend(u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes());
    let checksum = checksum(&[&bytes, &body]);
    bytes.extend(checksum.to_le_bytes());
    bytes.extend(body);
    bytes
}

/// Writes another version into a pack: the same content, published again. Returns the version that it had.
pub fn stamp(bytes: &mut [u8], version: u64) -> Result<u64, PackFault> {
    let before = check(bytes)?.version;
    if let Some((head, body)) = bytes.split_first_chunk_mut::<HEADER>() {
        let (counted, own) = head.split_at_mut(CHECKSUM_AT);
        if let Some(field) = counted.get_mut(VERSION_AT..VERSION_AT + 8) {
            field.copy_from_slice(&version.to_le_bytes());
        }
        own.copy_from_slice(&checksum(&[counted, body]).to_le_bytes());
    }
    Ok(before)
}

/// Returns every section as it is written.
pub fn sections(catalog: &Catalog) -> [Vec<u8>; SECTIONS.len()] {
    let Catalog { texts, offers, .. } = catalog;
    let rules = &offers.rules;
    let rest = columns::write(catalog);
    let odds = columns::write_odds(&catalog.intent);
    let conditions = [
        &rules.predicate_attributes,
        &rules.range_ends,
        &rules.ranges,
        &rules.conjunction_ends,
        &rules.conjunctions,
        &rules.rule_ends,
    ];
    let parts = [&texts.ends, &texts.heap].into_iter().chain(&offers.wide).chain(&offers.narrow).chain(conditions);
    let needs = columns::write_needs(&catalog.need);
    let useful = columns::write_usefulness(&catalog.usefulness);
    let mut bytes = parts.map(Part::bytes).chain([rest.as_slice(), &odds, catalog.marks.0.bytes(), &needs, &useful]);
    SECTIONS.map(|(_, differences)| {
        let mut section = bytes.next().unwrap_or_default().to_vec();
        take_apart(&mut section, differences);
        section
    })
}

fn body(catalog: &Catalog) -> Vec<u8> {
    let all = sections(catalog);
    // NOTE: what a pack may lack costs nothing where it is empty.
    let empty = all.iter().rev().take_while(|section| section.is_empty()).count();
    let sections = all.get(..all.len() - empty.min(OPTIONAL)).unwrap_or_default();
    let length = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
    let mut body = Vec::new();
    body.extend(length(sections.len()));
    sections.iter().for_each(|section| body.extend(length(section.len())));
    sections.iter().for_each(|section| body.extend(section));
    body
}

/// Reads a pack that may be used at `now` on a device that has seen version `seen`.
///
/// Cost: one pass over the bytes for the checksum, one over the columns of offers and conditions, and the small rest is
/// read and sorted by name. The bytes are kept: texts, offers and conditions are read where they lie.
pub fn open(mut bytes: Vec<u8>, now: Timestamp, seen: u64) -> Result<Catalog, PackFault> {
    let header = check(&bytes)?;
    if now >= header.expiry() {
        return Err(PackFault::Expired { not_after_ms: header.expiry().ms() });
    }
    if header.version < seen {
        return Err(PackFault::Stale { got: header.version, seen });
    }
    let lengths = lengths(&bytes).ok_or(PackFault::Inconsistent { part: "its sections" })?;
    let mut from = HEADER + 4 * (1 + lengths.len());
    for (length, differences) in lengths.iter().zip(DIFFERENCES) {
        put_together(bytes.get_mut(from..from + length).unwrap_or_default(), differences);
        from += length;
    }
    read(Part::whole(bytes), &header, &lengths).ok_or(PackFault::Inconsistent { part: "its columns" })
}

/// Reads a copy of a pack, as [`open`] does.
pub fn decode(bytes: &[u8], now: Timestamp, seen: u64) -> Result<Catalog, PackFault> {
    open(bytes.to_vec(), now, seen)
}

/// Returns the lengths of all sections; together they are as long as the bytes.
fn lengths(bytes: &[u8]) -> Option<Vec<usize>> {
    let number = |place: usize| Some(u32::from_le_bytes(field(bytes, HEADER + 4 * place)?));
    let count =
        usize::try_from(number(0)?).ok().filter(|count| (SECTIONS.len() - OPTIONAL..=MOST_SECTIONS).contains(count))?;
    let (mut lengths, mut end) = (Vec::new(), HEADER + 4 * (1 + count));
    for place in 1..=count {
        let length = usize::try_from(number(place)?).ok()?;
        end = end.checked_add(length)?;
        lengths.push(length);
    }
    (end == bytes.len()).then_some(lengths)
}

const MOST_SECTIONS: usize = 64;
/// How many of the last sections a pack may lack.
const OPTIONAL: usize = 4;

fn read(bytes: Part, header: &Header, lengths: &[usize]) -> Option<Catalog> {
    let parts = bytes.cut(HEADER + 4 * (1 + lengths.len()), lengths);
    let (texts, parts) = parts.split_at_checked(2)?;
    let (wide, parts) = parts.split_at_checked(Offers::WIDE)?;
    let (narrow, parts) = parts.split_at_checked(Offers::NARROW)?;
    let [ends, heap] = texts else { return None };
    let [asked, range_ends, ranges, conjunction_ends, conjunctions, rule_ends, rest, lacking @ ..] = parts else {
        return None;
    };
    let rules = Rules {
        attributes: Vec::new(),
        predicate_attributes: asked.clone(),
        range_ends: range_ends.clone(),
        ranges: ranges.clone(),
        conjunction_ends: conjunction_ends.clone(),
        conjunctions: conjunctions.clone(),
        rule_ends: rule_ends.clone(),
    };
    let offers = Offers { wide: wide.to_vec(), narrow: narrow.to_vec(), shared: Shared::default(), rules };
    let texts = Texts { heap: heap.clone(), ends: ends.clone() };
    let mut catalog = columns::read(rest.bytes(), header, texts, offers)?;
    catalog.intent = columns::read_odds(lacking.first().map_or(&[], Part::bytes))?;
    catalog.marks = Marks(lacking.get(1).cloned().unwrap_or_default());
    catalog.need = columns::read_needs(lacking.get(2).map_or(&[], Part::bytes))?;
    catalog.usefulness = columns::read_usefulness(lacking.get(3).map_or(&[], Part::bytes))?;
    let is_in_a_day = |(from, until)| from <= 1_440_u16 && until <= 1_440_u16;
    if !catalog.offers.is_whole() || !catalog.cadence.quiet.is_none_or(is_in_a_day) {
        return None;
    }
    catalog.index_names();
    Some(catalog)
}

/// Goes through numbers of one width, and replaces each by what `change` makes of the one before and it.
macro_rules! each {
    ($number:ty, $section:expr, $change:expr) => {{
        let (change, mut before): (fn(&mut $number, $number) -> $number, _) = ($change, 0);
        for bytes in $section.as_chunks_mut().0 {
            *bytes = change(&mut before, <$number>::from_le_bytes(*bytes)).to_le_bytes();
        }
    }};
}

/// Replaces numbers by their differences to the one before.
fn take_apart(section: &mut [u8], differences: Differences) {
    match differences {
        Differences::None => {}
        Differences::Wide => each!(u32, section, |before, number| {
            let difference = number.wrapping_sub(core::mem::replace(before, number)).cast_signed();
            ((difference << 1) ^ (difference >> 31)).cast_unsigned()
        }),
        Differences::Narrow => each!(u16, section, |before, number| {
            let difference = number.wrapping_sub(core::mem::replace(before, number)).cast_signed();
            ((difference << 1) ^ (difference >> 15)).cast_unsigned()
        }),
    }
}

/// Replaces differences by the numbers that they lead to.
fn put_together(section: &mut [u8], differences: Differences) {
    match differences {
        Differences::None => {}
        Differences::Wide => each!(u32, section, |before, zigzag| {
            *before = before.wrapping_add((zigzag >> 1) ^ (zigzag & 1).wrapping_neg());
            *before
        }),
        Differences::Narrow => each!(u16, section, |before, zigzag| {
            *before = before.wrapping_add((zigzag >> 1) ^ (zigzag & 1).wrapping_neg());
            *before
        }),
    }
}

pub(super) struct Header {
    pub(super) version: u64,
    pub(super) not_after: u32,
}

impl Header {
    /// Returns the instant from which the pack may not be used.
    pub(super) fn expiry(&self) -> Timestamp {
        let never = self.not_after == NEVER;
        Timestamp::from_ms(if never { i64::MAX } else { i64::from(self.not_after) * 1_000 })
    }
}

/// Checks everything that can be checked without reading the sections.
fn check(bytes: &[u8]) -> Result<Header, PackFault> {
    if bytes.get(..MAGIC.len()) != Some(&MAGIC) {
        return Err(PackFault::NotAPack);
    }
    let cut_short = PackFault::Damaged { got: bytes.len().saturating_sub(HEADER), expected: 0 };
    let got = u16::from_le_bytes(field(bytes, 4).ok_or(cut_short.clone())?);
    let reads = FORMAT;
    match got.cmp(&reads) {
        core::cmp::Ordering::Greater => return Err(PackFault::NewerFormat { got, reads }),
        core::cmp::Ordering::Less => return Err(PackFault::OlderFormat { got, reads }),
        core::cmp::Ordering::Equal => {}
    }
    let (head, body) = bytes.split_at_checked(HEADER).ok_or(cut_short.clone())?;
    let read = || {
        let version = u64::from_le_bytes(field(head, VERSION_AT)?);
        let not_after = u32::from_le_bytes(field(head, 16)?);
        let length = u32::from_le_bytes(field(head, 20)?);
        let checksum = u64::from_le_bytes(field(head, CHECKSUM_AT)?);
        Some((Header { version, not_after }, usize::try_from(length).ok()?, checksum))
    };
    let (header, expected, promised) = read().ok_or(cut_short)?;
    let found = checksum(&[head.get(..CHECKSUM_AT).unwrap_or_default(), body]);
    if body.len() != expected || found != promised {
        return Err(PackFault::Damaged { got: body.len(), expected });
    }
    Ok(header)
}

fn field<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}
