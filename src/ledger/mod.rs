//! The ledger of coupons: who was given what, what was redeemed, and that there was never more of it than the budget.
//!
//! One root for each coupon holds its budget and lends blocks of it to shards; a shard holds the claims of the people whose
//! hash falls on it, so that a limit per person is exact inside one shard, and gives coupons out of what it was lent.
//!
//! ```text
//! shard   requests --turn::wanted--> what to load --storage--> Found
//!         requests + Found + now --turn::turn--> answers, rows to write, renewals to send after the commit
//! root    Root + Renewal + now --Root::renew--> Root to write, Grant to send back
//! ```
//!
//! Values in, values out: it knows no clock, disk, network or chance, signs nothing, and changes nothing that its caller does not
//! write. Whatever is lost, doubled or late between them, `coupons given + coupons lent and not yet given <= budget`: a
//! renewal and its answer carry a number and are carried out once, and nothing that was lent counts as free before its
//! shard has told how much of it was used. A clock that is set back gives nothing more.
//!
//! All of it is stored as JSON, which is why these types can be read and written.

mod account;
mod claim;
mod guesses;
mod json;
mod lease;
mod mutant;
mod name;
mod redemption;
mod root;
mod terms;
#[cfg(test)]
mod tests;
mod turn;

pub use account::{Account, Tally};
pub use claim::{Claim, ClaimRequest, Had, ReceiptKey, Refusal, State};
pub use guesses::Guesses;
pub use lease::{Dry, Grant, Lease, Pause, Pool, Renewal, Standing, Used, Want};
pub use name::{IdempotencyKey, Label, NameFault, Person};
pub use redemption::{Rejection, SpendRequest};
pub use root::{Report, Root, RootFault};
pub use terms::{Book, Budget, Issuer, Offline, StoreNumber, Terms};
pub use turn::{Answer, Found, Request, Turn, TurnFault, Wanted, turn, wanted};

use crate::value::Span;

/// How long a shard may give coupons out of a block that it was lent: 5 minutes.
pub const LEASE: Span = Span::minutes(5);

/// How long a till holds a coupon that it has reserved: 10 minutes.
pub const RESERVATION: Span = Span::minutes(10);

/// How long after the end of a token a till that was offline may report that it took it: 72 hours, as long as its keys are
/// fresh. Only then does an unused coupon go back to the budget.
pub const REPORTING: Span = Span::hours(72);
