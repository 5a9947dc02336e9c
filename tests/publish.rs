//! What a shop publishes, as a reader takes it: documents, log, packs, deltas; and that nothing else is taken.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod publish {
    pub mod attacks;
    pub mod deltas;
    pub mod golden;
    pub mod shop;
}
