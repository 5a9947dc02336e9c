//! Why something that claims to be published is not taken; what was known before stays in force.

use alloc::string::String;

use super::{Hash, MOST_STEPS};

/// One of the two documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    /// Who may publish.
    Authority,
    /// What is published.
    Head,
}

impl Document {
    /// Goes before the document in what is signed, so that no signature of another kind is ever one of it.
    pub const fn domain(self) -> &'static [u8] {
        match self {
            Self::Authority => b"tactful-authority/1\0",
            Self::Head => b"tactful-head/1\0",
        }
    }
}

impl core::fmt::Display for Document {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(if matches!(self, Self::Authority) { "authority" } else { "head" })
    }
}

/// Why a document, a pack or a delta is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// More bytes than one may have.
    #[error("the {of} has more than {most} bytes; publish fewer packs or publishers at once")]
    TooLarge {
        /// Which.
        of: Document,
        /// How many it may have.
        most: usize,
    },
    /// No such document, or one that says what cannot be.
    #[error("this is no {0}")]
    Unreadable(Document),
    /// Too few of the roots that were trusted before have signed.
    #[error("the authority is not signed by enough of the roots that are trusted; sign it with more of the root keys")]
    Untrusted,
    /// Too few of its own roots have signed.
    #[error("the authority is not signed by enough of its own roots; sign it with more of the root keys")]
    Unsigned,
    /// Not the authority that follows.
    #[error("the authority has version {got}, and version {next} comes next")]
    NotNext {
        /// Its version.
        got: u32,
        /// The version that follows.
        next: u32,
    },
    /// Of another shop.
    #[error("this is of the shop `{got}`, and `{known}` is followed")]
    OtherShop {
        /// Whose it is.
        got: String,
        /// Who is followed.
        known: String,
    },
    /// Too many authorities to follow.
    #[error("there are more than {MOST_STEPS} authorities between the known one and the head's")]
    TooManySteps,
    /// An authority that is not to be had.
    #[error("authority {0} cannot be read; publish it beside the head")]
    NoAuthority(u32),
    /// The head goes by another authority than it should.
    #[error(
        "the head goes by authority {got}, and authority {known} is known; publish it anew with `tactful publish --renew`"
    )]
    OtherAuthority {
        /// Its authority.
        got: u32,
        /// The one that is known.
        known: u32,
    },
    /// The authority is too old to publish by.
    #[error("authority {0} is not valid any more; sign the next one with `tactful authority rotate`")]
    AuthorityExpired(u32),
    /// Published by somebody who may not, or not at that time.
    #[error(
        "authority {authority} lets nobody with the key {key} publish at that time; add it with `tactful authority add`"
    )]
    NoPublisher {
        /// The version of the authority.
        authority: u32,
        /// The key, base64url.
        key: String,
    },
    /// Not signed by the publisher that it names.
    #[error("the head is not signed by its publisher")]
    WrongSignature,
    /// Its time is over.
    #[error("the head was not to be acted on from {expires_ms} ms on; publish it anew with `tactful publish --renew`")]
    Expired {
        /// When its time was over, ms since 1970 UTC.
        expires_ms: i64,
    },
    /// From the future.
    #[error(
        "the head of version {version} comes from the future; a version may be no higher than the seconds since 1970 at which it was published, and that no more than a day ahead"
    )]
    Early {
        /// Its version.
        version: u64,
    },
    /// Valid for longer than a head may be.
    #[error("the head would be valid for more than 30 days; publish with fewer `--expires`")]
    LongLived,
    /// Not newer than what is known.
    #[error("the head has version {got}, and version {known} is known already; versions only go forward")]
    Rollback {
        /// Its version.
        got: u64,
        /// The version that is known.
        known: u64,
    },
    /// Bytes that are not those that the head names.
    #[error("what was served as {0} is not what was published; fetch it again")]
    WrongContent(Hash),
    /// A delta that makes nothing, or too much.
    #[error("the delta is damaged; fetch the whole pack")]
    WrongDelta,
    /// A log that is not the one that the head is part of.
    #[error(
        "the log of {size} heads does not lead to what the head says of it: entries were changed, left out or added"
    )]
    WrongLog {
        /// How many heads it should have.
        size: u64,
    },
}

impl Fault {
    /// Returns a stable code for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too-large",
            Self::Unreadable(Document::Authority) => "no-authority",
            Self::Unreadable(Document::Head) | Self::LongLived => "no-head",
            Self::Untrusted | Self::TooManySteps => "untrusted-authority",
            Self::Unsigned => "unsigned-authority",
            Self::NotNext { .. } => "not-next",
            Self::NoAuthority(_) => "not-fetched",
            Self::OtherShop { .. }
            | Self::OtherAuthority { .. }
            | Self::AuthorityExpired(_)
            | Self::NoPublisher { .. }
            | Self::WrongSignature => "untrusted-head",
            Self::Expired { .. } => "expired-head",
            Self::Early { .. } => "early-head",
            Self::Rollback { .. } => "old-head",
            Self::WrongContent(_) => "wrong-pack",
            Self::WrongDelta => "wrong-delta",
            Self::WrongLog { .. } => "wrong-log",
        }
    }
}
