//! What a shard keeps of one coupon besides its claims: what it was lent, what it has to tell the root, and what happened.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::json;
use super::lease::{Dry, Grant, Lease, Pool, Renewal, Standing, Used, Want};
use super::mutant::{Mutant, broken};
use crate::value::{Span, Timestamp};

/// A renewal that was not answered is sent again after so long.
const PATIENCE: Span = Span::from_ms(2_000);

/// A paused shard asks so often whether it still is.
const PAUSE: Span = Span::minutes(1);

/// What a shard keeps of one coupon.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The latest instant that it was ever told: a clock set back stands still here.
    #[serde(with = "json::ms")]
    clock: Timestamp,
    standing: Standing,
    leases: Vec<Lease>,
    /// The number of the last renewal.
    number: u32,
    pending: Option<Renewal>,
    returned: BTreeMap<u16, u32>,
    dry: Vec<Dry>,
    tally: Tally,
}

/// What happened in one shard so far, in coupons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Given out.
    pub issued: u32,
    /// Redeemed, and not rolled back.
    pub redeemed: u32,
    /// Redemptions that were rolled back.
    pub rolled_back: u32,
    /// Not redeemed until they could no longer be.
    pub expired: u32,
}

impl Account {
    /// Takes in the time and returns the latest there was.
    pub(super) fn advance(&mut self, now: Timestamp) -> Timestamp {
        if broken(Mutant::ClockFollowed) {
            self.clock = now;
        }
        self.clock = self.clock.max(now);
        self.clock
    }

    /// Returns the latest instant there was.
    pub const fn clock(&self) -> Timestamp {
        self.clock
    }

    /// Returns whether coupons may be given out.
    pub const fn standing(&self) -> Standing {
        self.standing
    }

    /// Returns what happened so far.
    pub const fn tally(&self) -> Tally {
        self.tally
    }

    /// Returns the blocks that were lent and are not closed.
    pub fn leases(&self) -> &[Lease] {
        &self.leases
    }

    /// Returns the renewal that waits for its answer.
    pub const fn pending(&self) -> Option<&Renewal> {
        self.pending.as_ref()
    }

    pub(super) const fn tally_mut(&mut self) -> &mut Tally {
        &mut self.tally
    }

    /// Takes one coupon out of each pool, or of none where some have no more: then returns these.
    pub(super) fn take(&mut self, pools: &[Pool]) -> Result<(), Vec<Pool>> {
        let clock = self.clock;
        let open = |account: &Self, pool: Pool| {
            account.leases.iter().position(|lease| lease.pool == pool && lease.left(clock) > 0)
        };
        let lacking: Vec<Pool> = pools.iter().copied().filter(|pool| open(self, *pool).is_none()).collect();
        if !lacking.is_empty() {
            return Err(lacking);
        }
        for pool in pools.iter().filter(|_| !broken(Mutant::LeaseNotCounted)) {
            let at = open(self, *pool);
            if let Some(lease) = at.and_then(|at| self.leases.get_mut(at)) {
                lease.used += 1;
            }
        }
        Ok(())
    }

    /// Returns what the root told of a pool that has nothing left, as long as it need not be asked again.
    pub(super) fn dry(&self, pool: Pool) -> Option<Dry> {
        self.dry.iter().find(|dry| dry.pool == pool && self.clock < dry.again).copied()
    }

    /// Notes that a coupon of a store (0: of all) expired unused, to be told to the root.
    pub(super) fn give_back(&mut self, store: u16) {
        self.tally.expired += 1;
        *self.returned.entry(store).or_default() += 1;
    }

    /// Returns what is to be told to the root: the renewal that was not answered, or a new one, which is kept until it is.
    ///
    /// A block that is used up or expired is closed by it: nothing more is given out of it.
    pub(super) fn renewal(&mut self, (coupon, shard): (&str, u8), want: &BTreeMap<Pool, u32>) -> Renewal {
        if let Some(pending) = &self.pending {
            return pending.clone();
        }
        let clock = self.clock;
        let used = |lease: &Lease| Used { lease: lease.number, used: lease.used, closed: lease.left(clock) == 0 };
        let leases: Vec<Used> = self.leases.iter().map(used).collect();
        if !broken(Mutant::ClosedLeaseKept) {
            self.leases.retain(|lease| lease.left(clock) > 0);
        }
        self.number += 1;
        let renewal = Renewal {
            coupon: String::from(coupon),
            shard,
            number: self.number,
            at: clock,
            leases,
            returned: if broken(Mutant::ReturnedTwice) {
                self.returned.clone()
            } else {
                core::mem::take(&mut self.returned)
            },
            want: want.iter().map(|(pool, waiting)| Want { pool: *pool, waiting: *waiting }).collect(),
            tally: self.tally,
        };
        self.pending = Some(renewal.clone());
        renewal
    }

    /// Takes in an answer of the root; one that is not to the renewal that waits is dropped, whatever it lends.
    pub(super) fn granted(&mut self, grant: Grant) {
        let awaited = self.pending.as_ref().is_some_and(|pending| pending.number == grant.number);
        if awaited || broken(Mutant::AnyGrantTaken) {
            self.pending = None;
            self.leases.extend(grant.leases);
            self.dry = grant.dry;
        }
        self.stand(grant.standing);
    }

    /// Takes in whether coupons may be given out, unless a newer word was heard.
    pub(super) fn stand(&mut self, standing: Standing) {
        if standing.number > self.standing.number || broken(Mutant::OldWordTaken) {
            self.standing = standing;
        }
    }

    /// Tells whether the root is to be told or asked something although no claim waits for it.
    ///
    /// A paused shard asks whether it still is, since the word that goes on may have been lost.
    pub(super) fn has_news(&self) -> bool {
        let settles = self.leases.iter().any(|lease| lease.left(self.clock) == 0);
        settles || self.pending.is_some() || !self.returned.is_empty() || self.standing.pause.is_some()
    }

    /// Returns when to look again: when a block expires, an answer is overdue, or the shop may have gone on.
    pub fn alarm(&self) -> Option<Timestamp> {
        if self.pending.is_some() {
            return Some(self.clock.after(PATIENCE));
        }
        let told = (!self.returned.is_empty()).then_some(self.clock);
        let paused = self.standing.pause.map(|_| self.clock.after(PAUSE));
        self.leases.iter().map(|lease| lease.expires).chain(told).chain(paused).min()
    }
}
