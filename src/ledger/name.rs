//! Names that come from outside: bounded, and checked once.

use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};

/// A name of the wrong form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} has {least} to {most} letters, digits and signs of ASCII without spaces")]
pub struct NameFault {
    what: &'static str,
    least: usize,
    most: usize,
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $least:literal..=$most:literal, $allowed:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Returns the text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameFault;

            fn try_from(text: String) -> Result<Self, NameFault> {
                let fits = ($least..=$most).contains(&text.len()) && text.bytes().all($allowed);
                if fits { Ok(Self(text)) } else { Err(NameFault { what: $what, least: $least, most: $most }) }
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

name! {
    /// What a device calls its claim, the same at every retry: 16 to 64 visible characters of ASCII.
    ///
    /// Source: draft-ietf-httpapi-idempotency-key-header, section 2.
    IdempotencyKey, "an idempotency key", 16..=64, |byte| byte.is_ascii_graphic()
}

name! {
    /// A person as one coupon knows them: 16 bytes in base64url, made on the device for this coupon alone.
    Person, "a person", 22..=22, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

name! {
    /// What a shop calls a store, a till or a receipt: 1 to 64 visible characters of ASCII.
    Label, "a store, till or receipt", 1..=64, |byte| byte.is_ascii_graphic()
}
