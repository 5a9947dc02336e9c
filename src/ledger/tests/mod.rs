//! The ledger held to its promises.

pub(super) mod mutants;
