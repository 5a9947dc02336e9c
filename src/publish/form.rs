//! How the values of a document are written in JSON: hashes in hexadecimal, keys in base64url, instants in ms.

use alloc::string::String;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::token::signed::{PublicKey, hex, of_hex};

/// A SHA-256 (FIPS 180-4); written as 64 small hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// Returns the hash of these bytes.
    pub fn of(bytes: impl AsRef<[u8]>) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Returns the hash that is written so.
    pub fn of_hex(text: &str) -> Option<Self> {
        of_hex(text).map(Self)
    }
}

impl core::fmt::Display for Hash {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::of_hex(&String::deserialize(from)?).ok_or_else(|| D::Error::custom("64 hexadecimal digits expected"))
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.to_url())
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::of_url(&String::deserialize(from)?).ok_or_else(|| D::Error::custom("32 bytes in base64url expected"))
    }
}

/// Instants as whole ms since the Unix epoch that are exact numbers in JavaScript.
pub mod ms {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::value::Timestamp;

    pub fn serialize<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(at.ms().unsigned_abs())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        let ms = i64::try_from(u64::deserialize(from)?).ok().filter(|ms| Timestamp::from_ms(*ms).ms() == *ms);
        ms.map(Timestamp::from_ms).ok_or_else(|| D::Error::custom("an instant in ms expected"))
    }
}
