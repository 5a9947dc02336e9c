//! Faults on the wire: which one, and what stands in its words. The words themselves are `pkg/src/faults.ts`, since text
//! that is almost never read need not be in the module; a test holds them to ours.

use super::codec::written;
use super::pack::PackFault;
use super::signal::SignalFault;
use super::state::StateFault;
use crate::signal::gs1::CodeFault;

/// A fault as a host gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultView<'a> {
    /// Which fault: its place in the list of `pkg/src/faults.ts`.
    pub fault: u8,
    /// The first two numbers in its words, 0 where it has fewer.
    pub numbers: [u64; 2],
    /// The name in its words, or empty.
    pub name: &'a str,
}

written!(FaultView<'a> { fault, numbers, name });

const fn plain<'a>(fault: u8) -> FaultView<'a> {
    numbered(fault, [0, 0])
}

const fn numbered<'a>(fault: u8, numbers: [u64; 2]) -> FaultView<'a> {
    FaultView { fault, numbers, name: "" }
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

impl<'a> From<&'a SignalFault> for FaultView<'a> {
    fn from(fault: &'a SignalFault) -> Self {
        match fault {
            // The package looks at shapes before it encodes: what it should have refused is a module it does not know.
            SignalFault::Malformed
            | SignalFault::UnknownCode { .. }
            | SignalFault::TooManyItems { .. }
            | SignalFault::NamelessItem { .. }
            | SignalFault::OffEarth => plain(0),
            SignalFault::WrongCurrency => plain(1),
            SignalFault::Code(CodeFault::Unreadable) => plain(2),
            SignalFault::Code(CodeFault::CheckDigit) => plain(3),
            SignalFault::Code(CodeFault::NoIdentifier) => plain(4),
            SignalFault::Code(CodeFault::Qualifiers { key }) => numbered(22, [*key, 0]),
            SignalFault::Code(CodeFault::Other { key }) => numbered(23, [*key, 0]),
            SignalFault::UnknownStore => plain(5),
            SignalFault::Beacon => plain(24),
            SignalFault::UnknownMatter => plain(25),
            SignalFault::DecisionId => plain(6),
            SignalFault::UnknownDecision => plain(7),
            SignalFault::NoAttributes => plain(8),
            SignalFault::UnknownAttribute { place, near } => {
                Self { fault: 9, numbers: [number(*place), 0], name: near.as_str() }
            }
            SignalFault::UnknownValue { place, near } => {
                Self { fault: 10, numbers: [number(*place), 0], name: near.as_str() }
            }
            SignalFault::TooManyValues { got, max } => numbered(11, [number(*got), number(*max)]),
            SignalFault::AttributeType { place } => numbered(12, [number(*place), 0]),
        }
    }
}

impl From<&PackFault> for FaultView<'_> {
    fn from(fault: &PackFault) -> Self {
        match *fault {
            PackFault::NotAPack => plain(13),
            PackFault::NewerFormat { got, reads } => numbered(14, [got.into(), reads.into()]),
            PackFault::OlderFormat { got, reads } => numbered(15, [got.into(), reads.into()]),
            PackFault::Damaged { got, expected } => numbered(16, [number(got), number(expected)]),
            PackFault::Expired { not_after_ms } => numbered(17, [not_after_ms.unsigned_abs(), 0]),
            PackFault::Stale { got, seen } => numbered(18, [got, seen]),
            PackFault::Inconsistent { part } => Self { fault: 19, numbers: [0, 0], name: part },
        }
    }
}

impl From<StateFault> for FaultView<'_> {
    fn from(fault: StateFault) -> Self {
        match fault {
            StateFault::Damaged => plain(20),
            StateFault::NewerFormat { got, reads } => numbered(21, [got.into(), reads.into()]),
        }
    }
}
