//! What a store is known by besides its ground: the network its guests come from, and the beacons in it.
//!
//! Every mark is the beginning of a name, so many bits of it: of an internet address, of an iBeacon's UUID, major and
//! minor, or of an Eddystone-UID's namespace and instance. Knows nothing of signals or shoppers.

use alloc::vec::Vec;

use crate::store::StoreIx;
use crate::value::Part;

/// What a mark is a part of, in the order of the codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MarkKind {
    /// An address of IPv4: 4 bytes.
    IpV4,
    /// An address of IPv6: 16 bytes.
    IpV6,
    /// An iBeacon: UUID (16 bytes), major and minor (2 each, the high byte first).
    IBeacon,
    /// An Eddystone-UID: namespace (10 bytes) and instance (6).
    Eddystone,
}

impl MarkKind {
    /// Returns the bytes of a whole name.
    pub const fn bytes(self) -> usize {
        match self {
            Self::IpV4 => 4,
            Self::IpV6 | Self::Eddystone => 16,
            Self::IBeacon => LONGEST,
        }
    }
}

/// Bytes of the longest name; shorter ones end in zeros.
pub const LONGEST: usize = 20;

/// A name: a whole one, or the beginning of some, with zeros behind.
pub type Name = [u8; LONGEST];

/// One mark of one store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// What it is a part of.
    pub kind: MarkKind,
    /// Its bits, and zeros behind them.
    pub name: Name,
    /// How many bits count, at most 160.
    pub bits: u8,
    /// Whose it is.
    pub store: StoreIx,
}

impl Mark {
    /// Tells whether `name` begins with this mark.
    pub fn begins(&self, kind: MarkKind, name: &Name) -> bool {
        self.kind == kind && shared_bits(&self.name, name) >= self.bits.into()
    }
}

/// The place of a mark in the list of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkIx(pub u32);

/// Bytes of one mark in the list: kind, bits, store (16 bits), name.
const ROW: usize = 4 + LONGEST;

/// The marks of all stores, sorted by kind and name, and read where they lie. No two overlap, unless they are the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks(pub Part);

impl Marks {
    /// Writes marks that are sorted and do not overlap.
    pub fn of(marks: &[Mark]) -> Self {
        let mut bytes = Vec::with_capacity(marks.len() * ROW);
        for Mark { kind, name, bits, store } in marks {
            let [low, high] = store.0.to_le_bytes();
            bytes.extend([*kind as u8, *bits, low, high]);
            bytes.extend(name);
        }
        Self(Part::whole(bytes))
    }

    fn rows(&self) -> &[[u8; ROW]] {
        self.0.bytes().as_chunks().0
    }

    /// Returns the last of the marks that `name` begins with. Cost: one binary search.
    pub fn find(&self, kind: MarkKind, name: &Name) -> Option<MarkIx> {
        let rows = self.rows();
        let is_before = |[code, _, _, _, known @ ..]: &[u8; ROW]| (*code, known) <= (kind as u8, name);
        let last = rows.partition_point(is_before).checked_sub(1)?;
        let [code, bits, _, _, known @ ..] = rows.get(last)?;
        let is_it = *code == kind as u8 && shared_bits(known, name) >= (*bits).into();
        u32::try_from(last).ok().filter(|_| is_it).map(MarkIx)
    }

    /// Returns the stores that share a mark, of which this is the last: one, for nearly all.
    pub fn stores(&self, mark: MarkIx) -> impl Iterator<Item = StoreIx> {
        let last = usize::try_from(mark.0).unwrap_or(usize::MAX);
        let rows = self.rows().get(..last.saturating_add(1)).unwrap_or_default();
        let is_same = move |row: &&[u8; ROW]| {
            let ([code, _, _, _, name @ ..], Some([of, _, _, _, last @ ..])) = (row, rows.last()) else { return false };
            (code, name) == (of, last)
        };
        let store = |[_, _, low, high, ..]: &[u8; ROW]| StoreIx(u16::from_le_bytes([*low, *high]));
        rows.iter().rev().take_while(is_same).map(store)
    }
}

/// Returns how many bits two names begin with alike.
fn shared_bits(a: &Name, b: &Name) -> u32 {
    let mut bits = 0;
    for (a, b) in a.iter().zip(b) {
        bits += (a ^ b).leading_zeros();
        if a != b {
            break;
        }
    }
    bits
}

/// Returns the name that hexadecimal digits write, dashes left out; exactly so many bytes.
pub fn from_hex(name: &mut [u8], digits: &str) -> Option<()> {
    let mut digits = digits.bytes().filter(|byte| *byte != b'-').map(|byte| char::from(byte).to_digit(16));
    for byte in name {
        *byte = u8::try_from(digits.next()?? << 4 | digits.next()??).ok()?;
    }
    digits.next().is_none().then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn name(begin: &[u8]) -> Name {
        let mut name = [0; LONGEST];
        name[..begin.len()].copy_from_slice(begin);
        name
    }

    fn mark(kind: MarkKind, begin: &[u8], bits: u8, store: u16) -> Mark {
        Mark { kind, name: name(begin), bits, store: StoreIx(store) }
    }

    #[test]
    fn a_name_is_found_by_its_first_bits() {
        use MarkKind::{IBeacon, IpV6};
        let list = [
            mark(IpV6, &[10, 0x40], 10, 1),
            mark(IpV6, &[10, 0x80], 12, 2),
            mark(IpV6, &[10, 0x80], 12, 5),
            mark(IpV6, &[12], 8, 3),
            mark(IBeacon, &[10, 0x80], 16, 4),
        ];
        let marks = Marks::of(&list);
        let found = |kind, begin: &[u8]| match marks.find(kind, &name(begin)) {
            Some(mark) => marks.stores(mark).map(|store| store.0).collect(),
            None => vec![],
        };
        assert_eq!(found(IpV6, &[10, 0x7f, 9]), [1]);
        assert_eq!(found(IpV6, &[10, 0x8f, 9]), [5, 2], "two stores share it");
        assert_eq!(found(IpV6, &[12, 0xff]), [3]);
        assert_eq!(found(IBeacon, &[10, 0x80, 7]), [4]);
        for (kind, begin) in [(IpV6, [9, 0]), (IpV6, [10, 0x3f]), (IpV6, [10, 0x90]), (IBeacon, [10, 0x81])] {
            assert_eq!(found(kind, &begin), [0; 0], "{kind:?} {begin:?}");
        }
        assert!(Marks::default().find(IpV6, &name(&[1])).is_none());
    }

    #[test]
    fn digits_write_a_name_of_just_its_length() {
        let read = |digits| {
            let mut name = [0; 3];
            from_hex(&mut name, digits).map(|()| name)
        };
        assert_eq!(read("0a-F0b1"), Some([10, 0xf0, 0xb1]));
        for wrong in ["", "0af0b", "0af0b12", "0ag0b1", "0a f0b1"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
