//! Coupon tokens, `CT1`: what a shop has signed to honour once, in 114 bytes that a till checks without a network.
//!
//! A token is 50 bytes of [`Payload`] and 64 bytes of Ed25519 signature (RFC 8032) over [`DOMAIN`] and the payload. The layout
//! is fixed: nothing is chosen by who reads it, there is no field for an algorithm, and one meaning has one spelling. The
//! [`Serial`] is its name in the ledger and, written with 16 letters and digits, the [short code](Serial::code) that a
//! shopper can say aloud.
//!
//! With the feature `token`, [`signed`] has the keys, [`keys`] says who may sign and [`verify`](mod@verify) whether a till may honour it: the same answers as
//! `tactful/till` gives.
//!
//! Knows no clock, disk or network, and does not know whether a token was used: that is for the ledger and the till. Nothing
//! of this is in the module that a phone downloads.

#[cfg(feature = "token")]
pub mod keys;
mod payload;
mod serial;
#[cfg(feature = "token")]
pub mod signed;
pub mod text;
#[cfg(feature = "token")]
pub mod verify;

pub use payload::{
    Audience, Benefit, Campaign, Environment, Holder, Kid, Merchant, Minimum, Payload, PayloadFault, Window,
};
pub use serial::{CodeFault, Serial};

/// Goes before the payload in what is signed, so that no signature of another kind is ever one of a token.
pub const DOMAIN: &[u8; 17] = b"coupon-token/CT1\0";

/// Length of a signature, bytes.
pub const SIGNATURE: usize = 64;

/// Length of a token, bytes.
pub const LENGTH: usize = Payload::LENGTH + SIGNATURE;

/// A payload with its signature, which may be wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// The payload, byte for byte as it was signed.
    pub payload: [u8; Payload::LENGTH],
    /// The signature over [`DOMAIN`] and the payload.
    pub signature: [u8; SIGNATURE],
}

impl Token {
    /// Returns the token in `bytes`, or `None` where they are not exactly 114. Looks at nothing inside.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let (payload, signature) = bytes.split_first_chunk()?;
        Some(Self { payload: *payload, signature: signature.try_into().ok()? })
    }

    /// Returns the bytes.
    pub fn bytes(&self) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        bytes.iter_mut().zip(self.payload.iter().chain(&self.signature)).for_each(|(to, from)| *to = *from);
        bytes
    }
}

#[cfg(feature = "token")]
impl Token {
    /// Signs what is said; the same bytes every time.
    pub fn sign(payload: &Payload, key: &signed::PrivateKey) -> Self {
        let payload = payload.bytes();
        Self { payload, signature: key.sign(DOMAIN, &payload) }
    }
}

impl core::fmt::Debug for Token {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Token").field("payload", &Payload::parse(&self.payload)).finish_non_exhaustive()
    }
}
