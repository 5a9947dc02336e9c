//! What a shop publishes, and what everybody who reads it takes for true: nothing that is not signed, whole, and newer.
//!
//! Two documents, after The Update Framework (TUF 1.0.30). The [`Authority`] says who may publish; roots that stay away from
//! any network sign it, and each authority follows from the one before. The [`Head`] says what is published: which packs, by
//! their SHA-256, for whom, which offers are stopped at once, and where the [log](log::Tree) of all heads stands; one publisher
//! of the authority signs it. Packs are fetched by their hash, or made by a [delta](mod@delta) from the one before.
//!
//! ```text
//! trust --Known::take--> authority 1 .. N --> head --Content::check--> pack
//! ```
//!
//! A document travels as `{"signed": "<text of JSON>", "signatures": [{"key": …, "signature": …}]}`: signed is the text, byte for
//! byte, behind a domain. Fields that this version does not know are passed over.
//!
//! Knows no clock, disk or network: [`Known::take`] is given the time and asks its caller for authorities.

pub mod authority;
pub mod delta;
mod envelope;
mod fault;
mod form;
pub mod head;
mod known;
pub mod log;

pub use authority::{Authority, Publisher};
pub use fault::Fault;
pub use form::Hash;
pub use head::{Claims, Content, Entry, Head, Maker, PackOf, Staged};
pub use known::Known;

/// Longest authority or head, bytes.
pub const LARGEST_DOCUMENT: usize = 64 * 1_024;

/// Largest pack or region index that a head may name, bytes.
pub const LARGEST_CONTENT: u64 = 32 << 20;

/// Most authorities that are followed in one go.
pub const MOST_STEPS: u32 = 1_024;
