//! Keys: what is remembered across catalogs is remembered by the hash of its id, never by its place in a list.

/// The 64-bit FNV-1a hash of an author's id. Two ids of one catalog with the same key are refused when compiling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(pub u64);

impl Key {
    /// Returns the key of `id`.
    pub fn of(id: &str) -> Self {
        Self(fnv1a(FNV_OFFSET, id.as_bytes()))
    }

    /// Returns this key mixed with another number, for ids made of several parts.
    #[must_use]
    pub fn with(self, part: u64) -> Self {
        Self(fnv1a(self.0, &part.to_le_bytes()))
    }
}

/// The starting value of FNV-1a. Source: Fowler, Noll, Vo, "The FNV Non-Cryptographic Hash Algorithm", 64 bit.
pub const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

/// Continues the FNV-1a hash `state` over `bytes`. Every step is a bijection: one changed byte always shows.
pub fn fnv1a(state: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(state, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// Returns a checksum of the parts, one after the other; each part counts as filled up with zeros to whole words.
///
/// FNV-1a over words of 64 bits, with the upper half folded into the lower after each, so that no two changed bits of
/// different words cancel each other: eight times as fast as byte by byte. Every step is a bijection of the state: one
/// changed word always shows.
pub fn checksum(parts: &[&[u8]]) -> u64 {
    let step = |hash: u64, word: u64| {
        let mixed = (hash ^ word).wrapping_mul(0x0000_0100_0000_01b3);
        mixed ^ (mixed >> 32)
    };
    parts.iter().fold(FNV_OFFSET, |hash, part| {
        let (words, rest) = part.as_chunks::<8>();
        let hash = words.iter().fold(hash, |hash, word| step(hash, u64::from_le_bytes(*word)));
        let mut last = [0; 8];
        last.iter_mut().zip(rest).for_each(|(byte, rest)| *byte = *rest);
        if rest.is_empty() { hash } else { step(hash, u64::from_le_bytes(last)) }
    })
}
