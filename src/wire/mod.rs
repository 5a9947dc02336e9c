//! Where bytes become types and types become bytes. Core types do not serialise; their twins here do.
//!
//! Everything crosses in the postcard format (version 1 of its specification), so that a host needs one small codec.

mod attributes;
pub mod codec;
mod columns;
pub mod context;
pub mod decision;
pub mod fault;
pub mod pack;
pub mod signal;
pub mod state;
mod term;

pub use decision::{DecisionView, LocateView, MomentView, NextView, SaidView, ShowView, TraceView};
pub use pack::PackFault;
pub use signal::SignalFault;
