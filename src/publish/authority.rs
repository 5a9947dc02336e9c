//! Who may publish: signed by roots, and following from the authority before.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::Hash;
use super::envelope::Envelope;
use super::fault::{Document, Fault};
use super::form::ms;
use crate::token::signed::{PrivateKey, PublicKey, Roots, Trust};
use crate::value::Timestamp;

/// Most roots, and most publishers, of one authority.
pub const MOST_KEYS: usize = 64;

/// A key that may publish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publisher {
    /// The key.
    pub key: PublicKey,
    /// Whose it is, for the log; at most 1,024 bytes.
    pub name: String,
    /// The first instant at which it may publish.
    #[serde(rename = "not_before_ms", with = "ms")]
    pub not_before: Timestamp,
    /// When it may no longer.
    #[serde(rename = "not_after_ms", with = "ms")]
    pub not_after: Timestamp,
}

/// Who may publish, and who says so next time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    /// The shop; the same in every authority of it. At most 1,024 bytes.
    pub shop: String,
    /// 1 for the first, exactly one more for each that follows.
    pub version: u32,
    /// When it was signed.
    #[serde(rename = "issued_ms", with = "ms")]
    pub issued: Timestamp,
    /// When nothing is taken by it any more.
    #[serde(rename = "expires_ms", with = "ms")]
    pub expires: Timestamp,
    /// Who signs the one that follows.
    #[serde(flatten, with = "roots")]
    pub roots: Roots,
    /// Who may publish; a key that is lost or stolen is left out of the next authority.
    pub publishers: Vec<Publisher>,
}

impl Authority {
    /// Reads the authority of `version`: the one that is trusted itself, or the one after it. Returns it with the hash of its
    /// signed text, by which heads name it.
    pub fn open(text: &str, trust: &Roots, version: u32) -> Result<(Self, Hash), Fault> {
        let envelope = Envelope::read(Document::Authority, text)?;
        if !envelope.is_signed_by(Document::Authority, trust) {
            return Err(Fault::Untrusted);
        }
        let authority: Self =
            serde_json::from_str(&envelope.signed).map_err(|_| Fault::Unreadable(Document::Authority))?;
        if authority.roots.keys.len() > MOST_KEYS || authority.publishers.len() > MOST_KEYS {
            return Err(Fault::Unreadable(Document::Authority));
        }
        if !envelope.is_signed_by(Document::Authority, &authority.roots) {
            return Err(Fault::Unsigned);
        }
        if authority.version != version {
            return Err(Fault::NotNext { got: authority.version, next: version });
        }
        Ok((authority, envelope.hash()))
    }

    /// Returns the authority as a text of JSON, signed by these roots.
    pub fn sign(&self, roots: &[PrivateKey]) -> Result<String, Fault> {
        let signed = serde_json::to_string(self).map_err(|_| Fault::Unreadable(Document::Authority))?;
        Envelope::write(Document::Authority, signed, roots)
    }

    /// Returns what is trusted once this authority is.
    pub fn trust(&self) -> Trust {
        Trust { version: self.version, roots: self.roots.clone() }
    }

    /// Returns whose key this is, if it may publish at `at`.
    pub fn publisher(&self, key: PublicKey, at: Timestamp) -> Option<&Publisher> {
        let may = |by: &&Publisher| by.key == key && (by.not_before..by.not_after).contains(&at);
        self.publishers.iter().find(may)
    }
}

/// Roots as `roots` and `threshold`.
mod roots {
    use alloc::vec::Vec;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::token::signed::{PublicKey, Roots};

    #[derive(Serialize, Deserialize)]
    struct Written {
        roots: Vec<PublicKey>,
        threshold: u8,
    }

    pub fn serialize<S: Serializer>(roots: &Roots, to: S) -> Result<S::Ok, S::Error> {
        Written { roots: roots.keys.clone(), threshold: roots.threshold }.serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Roots, D::Error> {
        let Written { roots: keys, threshold } = Written::deserialize(from)?;
        Ok(Roots { keys, threshold })
    }
}
