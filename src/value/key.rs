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
