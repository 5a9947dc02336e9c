//! Keys that sign, and who of several has signed: what every signed document of a shop is made of.
//!
//! Ed25519 (RFC 8032), strict. What is signed goes behind a domain, so that no signature counts for anything of another kind.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use super::payload::Kid;
use super::text;

/// An Ed25519 public key (RFC 8032), 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublicKey(pub [u8; 32]);

impl PublicKey {
    /// Returns the key that is written as base64url.
    pub fn of_url(url: &str) -> Option<Self> {
        text::of_url(url)?.try_into().ok().map(Self)
    }

    /// Returns the key as base64url.
    pub fn to_url(self) -> String {
        text::url(&self.0)
    }

    /// Returns its short name.
    pub fn kid(self) -> Kid {
        let [a, b, c, d, ..] = self.tag();
        Kid([a, b, c, d])
    }

    /// Returns the first 8 bytes of its SHA-256: what a token says of its [`Holder`](super::Holder).
    pub fn tag(self) -> [u8; 8] {
        let digest: [u8; 32] = Sha256::digest(self.0).into();
        let [a, b, c, d, e, f, g, h, ..] = digest;
        [a, b, c, d, e, f, g, h]
    }

    /// Tells whether this key has signed `domain` and `message`. Strict: a key or signature of small order is refused, as is
    /// a second spelling of the same signature.
    pub fn has_signed(self, domain: &[u8], message: &[u8], signature: &[u8; 64]) -> bool {
        let key = VerifyingKey::from_bytes(&self.0);
        key.is_ok_and(|key| key.verify_strict(&[domain, message].concat(), &Signature::from_bytes(signature)).is_ok())
    }
}

/// A private key, which signs.
pub struct PrivateKey(SigningKey);

impl PrivateKey {
    /// Returns the key of these 32 bytes, which have to be of chance and secret.
    pub fn new(seed: [u8; 32]) -> Self {
        Self(SigningKey::from_bytes(&seed))
    }

    /// Returns the public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Returns the 32 bytes.
    pub fn seed(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// Signs `domain` and `message`; the same bytes every time.
    pub fn sign(&self, domain: &[u8], message: &[u8]) -> [u8; 64] {
        self.0.sign(&[domain, message].concat()).to_bytes()
    }
}

/// The roots that sign a document, and how many of them have to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roots {
    /// Their keys.
    pub keys: Vec<PublicKey>,
    /// How many of them have to sign, 1 to all.
    pub threshold: u8,
}

/// What is known before a document is read that follows another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    /// The version of the document that was read last; 0 before the first.
    pub version: u32,
    /// The roots of that document, or those that were set up with.
    pub roots: Roots,
}

impl Roots {
    /// Tells whether enough of them have signed `message` behind `domain`; each counts once, however often it signed.
    ///
    /// A signature is the public key and the signature, base64url.
    pub fn have_signed<'a>(
        &self,
        domain: &[u8],
        message: &[u8],
        signatures: impl Iterator<Item = (&'a str, &'a str)> + Clone,
    ) -> bool {
        let has_signed = |root: &&PublicKey| {
            let name = root.to_url();
            signatures.clone().filter(|(key, _)| *key == name).any(|(_, signature)| {
                let signature = text::of_url(signature).and_then(|bytes| bytes.try_into().ok());
                signature.is_some_and(|signature| root.has_signed(domain, message, &signature))
            })
        };
        let mut keys = self.keys.clone();
        keys.sort_unstable();
        keys.dedup();
        self.threshold > 0 && keys.iter().filter(has_signed).count() >= usize::from(self.threshold)
    }
}

/// Returns the bytes as small hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Returns the bytes of exactly as many small hexadecimal digits.
pub fn of_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |letter: &u8| matches!(letter, b'0'..=b'9' | b'a'..=b'f').then(|| char::from(*letter).to_digit(16))?;
    let byte = |pair: &[u8]| if let [a, b] = pair { u8::try_from(digit(a)? * 16 + digit(b)?).ok() } else { None };
    let bytes: Option<Vec<u8>> = text.as_bytes().chunks(2).map(byte).collect();
    bytes?.try_into().ok()
}
