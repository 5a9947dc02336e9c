//! A text and who signed it: how documents travel.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::fault::{Document, Fault};
use super::{Hash, LARGEST_DOCUMENT};
use crate::token::signed::{PrivateKey, Roots};
use crate::token::text;

#[derive(Serialize, Deserialize)]
pub struct Envelope {
    pub signed: String,
    signatures: Vec<By>,
}

#[derive(Serialize, Deserialize)]
struct By {
    key: String,
    signature: String,
}

/// Most signatures that are looked at.
const MOST_SIGNATURES: usize = 64;

impl Envelope {
    pub fn read(of: Document, text: &str) -> Result<Self, Fault> {
        if text.len() > LARGEST_DOCUMENT {
            return Err(Fault::TooLarge { of, most: LARGEST_DOCUMENT });
        }
        let envelope: Option<Self> = serde_json::from_str(text).ok();
        let few = |envelope: &Self| envelope.signatures.len() <= MOST_SIGNATURES;
        envelope.filter(few).ok_or(Fault::Unreadable(of))
    }

    /// Signs a text with these keys, and returns the envelope in one line.
    pub fn write(of: Document, signed: String, keys: &[PrivateKey]) -> Result<String, Fault> {
        let by = |key: &PrivateKey| By {
            key: key.public().to_url(),
            signature: text::url(&key.sign(of.domain(), signed.as_bytes())),
        };
        let envelope = Self { signatures: keys.iter().map(by).collect(), signed };
        let written = serde_json::to_string(&envelope).map_err(|_| Fault::Unreadable(of))?;
        if written.len() > LARGEST_DOCUMENT { Err(Fault::TooLarge { of, most: LARGEST_DOCUMENT }) } else { Ok(written) }
    }

    pub fn is_signed_by(&self, of: Document, roots: &Roots) -> bool {
        let signatures = self.signatures.iter().map(|by| (by.key.as_str(), by.signature.as_str()));
        roots.have_signed(of.domain(), self.signed.as_bytes(), signatures)
    }

    pub fn hash(&self) -> Hash {
        Hash::of(&self.signed)
    }
}
