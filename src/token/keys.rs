//! Which keys sign tokens: a set that its roots sign, and that a till takes over from the set that it trusted before.
//!
//! A set travels as `{"signed": "<the set as a text of JSON>", "signatures": [{"root": …, "signature": …}]}`: what is signed is
//! the text between the quotes, byte for byte, so nobody has to write JSON the same way twice. A set counts when enough roots
//! of the set before **and** enough of its own have signed it, and its version is not lower (The Update Framework, section
//! 5.3, for roots). Fields that this version does not know are passed over.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::payload::{Campaign, Environment, Kid, Merchant};
use super::signed::{PrivateKey, PublicKey, Roots, Trust, hex, of_hex};
use super::text;
use crate::value::Timestamp;

/// Goes before a key set in what its roots sign.
pub const KEYS_DOMAIN: &[u8; 16] = b"coupon-keys/CT1\0";

impl Campaign {
    /// Returns the campaign of a coupon offer.
    pub fn of(offer: &str) -> Self {
        let digest: [u8; 32] = Sha256::digest(offer).into();
        let [a, b, c, d, e, f, g, h, ..] = digest;
        Self(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
    }
}

/// A key that signs tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenKey {
    /// The key.
    pub public: PublicKey,
    /// Its short name.
    pub kid: Kid,
    /// Whose tokens it signs.
    pub merchant: Merchant,
    /// Which of the merchant's keys, counted from 0.
    pub epoch: u32,
    /// The first instant at which a token of it may begin.
    pub not_before: Timestamp,
    /// When it stops signing; what it signed is over 45 days later at the latest.
    pub not_after: Timestamp,
    /// Are its tokens worth money?
    pub environment: Environment,
}

/// The keys that sign tokens, and what has been called back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySet {
    /// 1 for the first, one more for each that follows.
    pub version: u32,
    /// When it was signed.
    pub issued: Timestamp,
    /// Until when a till without a network may go by it.
    pub fresh_until: Timestamp,
    /// Until when anybody may.
    pub expires: Timestamp,
    /// Who signs the set that follows.
    pub roots: Roots,
    /// The keys, no two with the same short name.
    pub keys: Vec<TokenKey>,
    /// Keys that were lost or stolen: nothing that they ever signed is honoured.
    pub revoked_keys: Vec<Kid>,
    /// Campaigns that are over before their time.
    pub revoked_campaigns: Vec<Campaign>,
}

/// Why a key set is not taken over; what was known before stays in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeySetFault {
    /// No key set, or one that says what cannot be.
    #[error("this is no key set")]
    Unreadable,
    /// Signed by too few of the roots that were trusted before.
    #[error("the key set is not signed by enough of the roots that are trusted")]
    Untrusted,
    /// Signed by too few of its own roots.
    #[error("the key set is not signed by enough of its own roots")]
    Unsigned,
    /// Older than what is known.
    #[error("the key set has version {got}, and version {known} is known already")]
    Rollback {
        /// Its version.
        got: u32,
        /// The version that is known.
        known: u32,
    },
    /// Two keys with the same short name.
    #[error("the key set has two keys that are both called `{0}`")]
    Ambiguous(Kid),
}

impl KeySet {
    /// Reads a set, which has to follow from what is trusted. Whether it is still fresh is asked of each token.
    pub fn open(text: &str, trust: &Trust) -> Result<Self, KeySetFault> {
        let envelope: Envelope = serde_json::from_str(text).map_err(|_| KeySetFault::Unreadable)?;
        if !envelope.is_signed_by(&trust.roots) {
            return Err(KeySetFault::Untrusted);
        }
        let set: Written = serde_json::from_str(&envelope.signed).map_err(|_| KeySetFault::Unreadable)?;
        let set = set.read().ok_or(KeySetFault::Unreadable)?;
        if !envelope.is_signed_by(&set.roots) {
            return Err(KeySetFault::Unsigned);
        }
        if set.version < trust.version {
            return Err(KeySetFault::Rollback { got: set.version, known: trust.version });
        }
        set.twin().map_or(Ok(()), |kid| Err(KeySetFault::Ambiguous(kid)))?;
        Ok(set)
    }

    /// Returns the set as a text of JSON, signed by these roots. A set with two keys of one name is refused.
    pub fn sign(&self, roots: &[PrivateKey]) -> Result<String, KeySetFault> {
        self.twin().map_or(Ok(()), |kid| Err(KeySetFault::Ambiguous(kid)))?;
        let signed = serde_json::to_string(&Written::of(self)).map_err(|_| KeySetFault::Unreadable)?;
        let sign = |root: &PrivateKey| Signed {
            root: text::url(&root.public().0),
            signature: text::url(&root.sign(KEYS_DOMAIN, signed.as_bytes())),
        };
        let envelope = Envelope { signatures: roots.iter().map(sign).collect(), signed };
        serde_json::to_string(&envelope).map_err(|_| KeySetFault::Unreadable)
    }

    /// Returns what is known once this set is.
    pub fn trust(&self) -> Trust {
        Trust { version: self.version, roots: self.roots.clone() }
    }

    /// Returns the key of this name and environment.
    pub fn key(&self, kid: Kid, environment: Environment) -> Option<&TokenKey> {
        self.keys.iter().find(|key| key.kid == kid && key.environment == environment)
    }

    fn twin(&self) -> Option<Kid> {
        let mut kids: Vec<Kid> = self.keys.iter().map(|key| key.kid).collect();
        kids.sort_unstable();
        kids.windows(2).find_map(|pair| if let [a, b] = pair { (a == b).then_some(*a) } else { None })
    }
}

#[derive(Serialize, Deserialize)]
struct Envelope {
    signed: String,
    signatures: Vec<Signed>,
}

#[derive(Serialize, Deserialize)]
struct Signed {
    root: String,
    signature: String,
}

impl Envelope {
    fn is_signed_by(&self, roots: &Roots) -> bool {
        let signatures = self.signatures.iter().map(|signed| (signed.root.as_str(), signed.signature.as_str()));
        roots.have_signed(KEYS_DOMAIN, self.signed.as_bytes(), signatures)
    }
}

#[derive(Serialize, Deserialize)]
struct Written {
    version: u32,
    issued_ms: u64,
    fresh_until_ms: u64,
    expires_ms: u64,
    roots: Vec<String>,
    threshold: u8,
    keys: Vec<WrittenKey>,
    revoked_keys: Vec<String>,
    revoked_campaigns: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct WrittenKey {
    kid: String,
    public_key: String,
    merchant: u32,
    epoch: u32,
    not_before_ms: u64,
    not_after_ms: u64,
    env: String,
}

impl Written {
    fn of(set: &KeySet) -> Self {
        let key = |key: &TokenKey| WrittenKey {
            kid: hex(&key.kid.0),
            public_key: text::url(&key.public.0),
            merchant: key.merchant.0,
            epoch: key.epoch,
            not_before_ms: ms(key.not_before),
            not_after_ms: ms(key.not_after),
            env: key.environment.name().into(),
        };
        Self {
            version: set.version,
            issued_ms: ms(set.issued),
            fresh_until_ms: ms(set.fresh_until),
            expires_ms: ms(set.expires),
            roots: set.roots.keys.iter().map(|root| text::url(&root.0)).collect(),
            threshold: set.roots.threshold,
            keys: set.keys.iter().map(key).collect(),
            revoked_keys: set.revoked_keys.iter().map(|kid| hex(&kid.0)).collect(),
            revoked_campaigns: set.revoked_campaigns.iter().map(|of| hex(&of.0.to_be_bytes())).collect(),
        }
    }

    fn read(self) -> Option<KeySet> {
        let roots: Option<Vec<_>> = self.roots.iter().map(|root| PublicKey::of_url(root)).collect();
        let roots = Roots { keys: roots?, threshold: self.threshold };
        let keys: Option<Vec<_>> = self.keys.iter().map(WrittenKey::read).collect();
        let revoked_keys: Option<Vec<_>> = self.revoked_keys.iter().map(|kid| of_hex(kid).map(Kid)).collect();
        let campaign = |of: &String| of_hex(of).map(|of| Campaign(u64::from_be_bytes(of)));
        let revoked_campaigns: Option<Vec<_>> = self.revoked_campaigns.iter().map(campaign).collect();
        Some(KeySet {
            version: self.version,
            issued: instant(self.issued_ms)?,
            fresh_until: instant(self.fresh_until_ms)?,
            expires: instant(self.expires_ms)?,
            roots,
            keys: keys?,
            revoked_keys: revoked_keys?,
            revoked_campaigns: revoked_campaigns?,
        })
    }
}

impl WrittenKey {
    fn read(&self) -> Option<TokenKey> {
        let public = PublicKey::of_url(&self.public_key)?;
        Some(TokenKey {
            public,
            kid: of_hex(&self.kid).map(Kid).filter(|kid| *kid == public.kid())?,
            merchant: Merchant(self.merchant),
            epoch: self.epoch,
            not_before: instant(self.not_before_ms)?,
            not_after: instant(self.not_after_ms)?,
            environment: Environment::named(&self.env)?,
        })
    }
}

fn ms(at: Timestamp) -> u64 {
    at.ms().unsigned_abs()
}

/// An instant that is also an exact JS number.
fn instant(ms: u64) -> Option<Timestamp> {
    i64::try_from(ms).ok().filter(|ms| Timestamp::from_ms(*ms).ms() == *ms).map(Timestamp::from_ms)
}
