//! Broken rules, each of which the simulator has to notice.

use super::super::mutant::Mutant;

/// Tells whether a rule is broken in this test.
pub(in super::super) fn broken(_: Mutant) -> bool {
    false
}
