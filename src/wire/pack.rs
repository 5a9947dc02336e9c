//! The pack (`.tact`): a compiled catalog as bytes, checked once when it is loaded.
//!
//! A header of 32 bytes, little-endian, then the catalog in columns in the postcard format:
//!
//! | offset | bytes | field |
//! |---|---|---|
//! | 0 | 4 | `TACT` |
//! | 4 | 2 | format, 1 |
//! | 6 | 2 | reserved for the signing key, 0 |
//! | 8 | 8 | version of the catalog |
//! | 16 | 4 | not after, seconds since the epoch; `u32::MAX` for never |
//! | 20 | 4 | bytes after the header |
//! | 24 | 8 | FNV-1a of everything else |

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::codec::{from_bytes, to_bytes};
use super::columns::Columns;
use crate::catalog::Catalog;
use crate::value::key::{FNV_OFFSET, fnv1a};
use crate::value::{Local, Timestamp};

const MAGIC: [u8; 4] = *b"TACT";
const FORMAT: u16 = 1;
const HEADER: usize = 32;
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
            Self::Damaged { .. } => "damaged-pack",
            Self::Expired { .. } => "expired-pack",
            Self::Stale { .. } => "stale-pack",
            Self::Inconsistent { .. } => "inconsistent-pack",
        }
    }
}

/// Writes a catalog as a pack. The same catalog gives the same bytes.
pub fn encode(catalog: &Catalog) -> Vec<u8> {
    let body = to_bytes(&Columns::of(catalog));
    let never = catalog.not_after.ms() / 1_000;
    let mut bytes = Vec::with_capacity(HEADER + body.len());
    bytes.extend(MAGIC);
    bytes.extend(FORMAT.to_le_bytes());
    bytes.extend([0; 2]);
    bytes.extend(catalog.version.to_le_bytes());
    bytes.extend(u32::try_from(never).unwrap_or(NEVER).to_le_bytes());
    bytes.extend(u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes());
    let checksum = fnv1a(fnv1a(FNV_OFFSET, &bytes), &body);
    bytes.extend(checksum.to_le_bytes());
    bytes.extend(body);
    bytes
}

/// Reads a pack that may be used at `now` on a device that has seen version `seen`.
///
/// Cost: one pass over the bytes for the checksum, one to read the columns, one sort of the names.
pub fn decode(bytes: &[u8], now: Timestamp, seen: u64) -> Result<Catalog, PackFault> {
    let (header, body) = split(bytes)?;
    if now >= header.expiry() {
        return Err(PackFault::Expired { not_after_ms: header.expiry().ms() });
    }
    if header.version < seen {
        return Err(PackFault::Stale { got: header.version, seen });
    }
    let columns: Columns = from_bytes(body).ok_or(PackFault::Inconsistent { part: "its columns" })?;
    columns.into_catalog(&header)
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

/// Checks everything that can be checked without reading the columns.
fn split(bytes: &[u8]) -> Result<(Header, &[u8]), PackFault> {
    if bytes.get(..MAGIC.len()) != Some(&MAGIC) {
        return Err(PackFault::NotAPack);
    }
    let cut_short = PackFault::Damaged { got: bytes.len().saturating_sub(HEADER), expected: 0 };
    let format = u16::from_le_bytes(field(bytes, 4).ok_or(cut_short.clone())?);
    if format != FORMAT {
        return Err(PackFault::NewerFormat { got: format, reads: FORMAT });
    }
    let (head, body) = bytes.split_at_checked(HEADER).ok_or(cut_short.clone())?;
    let read = || {
        let version = u64::from_le_bytes(field(head, 8)?);
        let not_after = u32::from_le_bytes(field(head, 16)?);
        let length = u32::from_le_bytes(field(head, 20)?);
        let checksum = u64::from_le_bytes(field(head, CHECKSUM_AT)?);
        Some((Header { version, not_after }, usize::try_from(length).ok()?, checksum))
    };
    let (header, expected, checksum) = read().ok_or(cut_short)?;
    let found = fnv1a(fnv1a(FNV_OFFSET, head.get(..CHECKSUM_AT).unwrap_or_default()), body);
    if body.len() != expected || found != checksum {
        return Err(PackFault::Damaged { got: body.len(), expected });
    }
    Ok((header, body))
}

fn field<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}
