//! The root of one coupon: lends blocks of its budget to shards, and never more than there is.

use alloc::collections::BTreeMap;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::account::Tally;
use super::lease::{Dry, Grant, Lease, Pause, Pool, Renewal, Standing, Want};
use super::mutant::{Mutant, broken};
use super::terms::Terms;
use super::{LEASE, json};
use crate::value::{Span, Timestamp};

/// The largest block.
const LARGEST: u32 = 10_000;
/// Where nothing is left, a shard asks again after so long.
const AGAIN: Span = Span::minutes(1);

/// What the root of a coupon keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Root {
    #[serde(with = "json::ms")]
    clock: Timestamp,
    standing: Standing,
    /// The hour that the shop last resumed it in.
    resumed: Option<u32>,
    /// The number of the last block.
    number: u32,
    leases: BTreeMap<u32, Lent>,
    /// Coupons that were lent or given out, and did not come back: of all, of each store, of the last hours.
    total: u32,
    stores: BTreeMap<u16, u32>,
    hours: BTreeMap<u32, u32>,
    shards: BTreeMap<u8, Told>,
}

/// A block that was lent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Lent {
    shard: u8,
    #[serde(flatten)]
    lease: Lease,
}

/// What a shard last told, and what it was answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Told {
    grant: Grant,
    tally: Tally,
}

/// Why a renewal is not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum RootFault {
    /// A later one was answered before; the shard has forgotten this one.
    #[error("renewal {got} is late: {last} was answered before")]
    Late {
        /// Its number.
        got: u32,
        /// The last number.
        last: u32,
    },
    /// One between was never seen: the root or the shard has lost what it kept. Nothing is lent until someone looks.
    #[error("renewal {got} follows on {last}: the root or the shard has lost what it kept")]
    Gap {
        /// Its number.
        got: u32,
        /// The last number.
        last: u32,
    },
}

/// What a shop reads of a coupon's budget, as of what its shards last told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Coupons there are.
    pub budget: u32,
    /// Lent to shards, and not known to be given out.
    pub leased: u32,
    /// Given out.
    pub issued: u32,
    /// Redeemed.
    pub redeemed: u32,
    /// Came back to the budget, since they expired unused.
    pub released: u32,
    /// Redemptions that were rolled back.
    pub rolled_back: u32,
    /// Lent or given out in this hour.
    pub this_hour: u32,
    /// Why it is paused.
    pub paused: Option<Pause>,
}

impl Root {
    /// Carries out a renewal, or answers it as before where that was done.
    ///
    /// `terms` are those of now, `None` where the coupon is gone: then nothing is lent. `shards`: how many there are.
    pub fn renew(
        &mut self,
        (terms, shards): (Option<&Terms>, u8),
        renewal: &Renewal,
        now: Timestamp,
    ) -> Result<Grant, RootFault> {
        let told = self.shards.entry(renewal.shard).or_default();
        let (got, last) = (renewal.number, told.grant.number);
        if got == last && !broken(Mutant::RenewalTwice) {
            return Ok(told.grant.clone());
        }
        if got < last {
            return Err(RootFault::Late { got, last });
        }
        if got > last.saturating_add(1) {
            return Err(RootFault::Gap { got, last });
        }
        told.tally = renewal.tally;
        self.clock = self.clock.max(now);
        self.settle(renewal);
        let mut grant = Grant { number: got, ..Grant::default() };
        for want in &renewal.want {
            match terms.and_then(|terms| self.lend(terms, (renewal.shard, shards.max(1)), *want)) {
                Some(Ok(lease)) => grant.leases.push(lease),
                Some(Err(dry)) => grant.dry.push(dry),
                None => grant.dry.push(Dry { pool: want.pool, again: self.clock.after(AGAIN), until: None }),
            }
        }
        grant.standing = self.standing;
        self.shards.entry(renewal.shard).or_default().grant = grant.clone();
        Ok(grant)
    }

    /// Takes back what was not used of blocks that are closed, and what expired.
    fn settle(&mut self, renewal: &Renewal) {
        for told in &renewal.leases {
            let Some(lent) = self.leases.get_mut(&told.lease).filter(|lent| lent.shard == renewal.shard) else {
                continue;
            };
            lent.lease.used = told.used.clamp(lent.lease.used, lent.lease.size);
            let (pool, back) = (lent.lease.pool, lent.lease.size - lent.lease.used);
            if told.closed && !broken(Mutant::LeaseNotReclaimed) {
                self.leases.remove(&told.lease);
                self.take_back(pool, if broken(Mutant::LeaseReclaimedTwice) { 2 * back } else { back });
            }
        }
        for (store, count) in &renewal.returned {
            self.take_back(Pool::Total, *count);
            self.take_back(Pool::Store(*store), *count);
        }
    }

    fn take_back(&mut self, pool: Pool, count: u32) {
        if let Some(taken) = self.taken(pool) {
            *taken = taken.saturating_sub(count);
        }
    }

    /// Returns what is lent or given out of a pool, where that is known.
    fn taken(&mut self, pool: Pool) -> Option<&mut u32> {
        match pool {
            Pool::Total => Some(&mut self.total),
            Pool::Store(store) => self.stores.get_mut(&store),
            Pool::Hour(hour) => self.hours.get_mut(&hour),
        }
    }

    /// Lends a block; `None` for what the terms do not limit.
    ///
    /// A quarter of the shard's share of what is left, so that little lies idle where nobody asks; all of its share where as
    /// many claims already wait, so that the last coupons are not lent one by one.
    fn lend(&mut self, terms: &Terms, (shard, shards): (u8, u8), want: Want) -> Option<Result<Lease, Dry>> {
        let pool = want.pool;
        let limit = match pool {
            Pool::Total => terms.budget.coupons,
            Pool::Store(_) => terms.budget.per_store?,
            Pool::Hour(_) => terms.budget.per_hour?,
        };
        if let Some(dry) = self.closed(terms, pool) {
            return Some(Err(dry));
        }
        let taken = match pool {
            Pool::Total => &mut self.total,
            Pool::Store(store) => self.stores.entry(store).or_default(),
            Pool::Hour(hour) => self.hours.entry(hour).or_default(),
        };
        let free = limit.saturating_sub(*taken);
        if free == 0 {
            return Some(Err(self.dry(pool)));
        }
        let waiting = want.waiting.min(free.div_ceil(u32::from(shards)));
        let size = (free / (4 * u32::from(shards))).max(waiting).clamp(1, LARGEST);
        let size = if broken(Mutant::BlockTooLarge) { LARGEST } else { size };
        *taken += size;
        self.number += 1;
        let expires = pool.end().map_or(self.clock.after(LEASE), |end| end.min(self.clock.after(LEASE)));
        let lease = Lease { number: self.number, pool, size, used: 0, expires };
        self.leases.insert(lease.number, Lent { shard, lease });
        Some(Ok(lease))
    }

    /// Tells why nothing is lent of a pool, whatever is left in it. Forgets hours that nothing will be lent of again.
    fn closed(&mut self, terms: &Terms, pool: Pool) -> Option<Dry> {
        let over = terms.until.is_some_and(|until| self.clock >= until);
        let Pool::Hour(here) = Pool::hour(self.clock) else { return None };
        self.hours.retain(|hour, _| hour.saturating_add(1) >= here && !broken(Mutant::HourForgotten));
        // NOTE: the clocks of shard and root may lie on two sides of a full hour, but no further apart.
        let far = matches!(pool, Pool::Hour(hour) if hour.abs_diff(here) > 1);
        (over || far || self.standing.pause.is_some()).then(|| Dry {
            pool,
            again: self.clock.after(AGAIN),
            until: None,
        })
    }

    /// Tells when there may be something to lend again, and pauses when all coupons of an hour were given out.
    fn dry(&mut self, pool: Pool) -> Dry {
        let open: Vec<Lease> = self.leases.values().map(|lent| lent.lease).filter(|lease| lease.pool == pool).collect();
        let unused = open.iter().filter(|lease| lease.used < lease.size);
        let back = unused.map(|lease| lease.expires.max(self.clock)).min();
        if let (Pool::Hour(hour), None) = (pool, back)
            && self.resumed != Some(hour)
        {
            self.pause(Pause::PerHour);
        }
        let again = back.map_or(self.clock.after(AGAIN), |back| back.max(self.clock.after(Span::from_ms(1_000))));
        Dry { pool, again, until: back.or(pool.end()) }
    }

    /// Stops lending until the shop resumes it; returns what the shards are to be told.
    pub fn pause(&mut self, why: Pause) -> Standing {
        if self.standing.pause.is_none() {
            self.standing = Standing { number: self.standing.number.saturating_add(1), pause: Some(why) };
        }
        self.standing
    }

    /// Goes on lending, by the shop's word; returns what the shards are to be told.
    ///
    /// In this hour it will not pause by itself again: when its coupons are gone, the next hour brings new ones.
    pub fn resume(&mut self, now: Timestamp) -> Standing {
        self.clock = self.clock.max(now);
        if let Pool::Hour(hour) = Pool::hour(self.clock) {
            self.resumed = Some(hour);
        }
        if self.standing.pause.is_some() {
            self.standing = Standing { number: self.standing.number.saturating_add(1), pause: None };
        }
        self.standing
    }

    /// Returns whether coupons may be given out.
    pub const fn standing(&self) -> Standing {
        self.standing
    }

    /// Returns the shards whose blocks have expired: they are to be asked for a renewal, in case they forgot.
    pub fn overdue(&self, now: Timestamp) -> BTreeSet<u8> {
        let clock = self.clock.max(now);
        self.leases.values().filter(|lent| lent.lease.expires <= clock).map(|lent| lent.shard).collect()
    }

    /// Returns when the next block expires.
    pub fn alarm(&self) -> Option<Timestamp> {
        self.leases.values().map(|lent| lent.lease.expires).min()
    }

    /// Returns what is lent or given out and did not come back.
    pub const fn taken_in_all(&self) -> u32 {
        self.total
    }

    /// Returns what is lent and, as far as is known, not given out.
    pub fn leased(&self) -> u32 {
        self.unused(Pool::Total)
    }

    /// Returns how many sixteenths of the budget are left, 0 to 16, as everybody may know: so coarse that hardly anything can
    /// be read from it about sales. 0 only where nothing can be claimed now: none is left, in all or in this hour, the
    /// coupon is paused or its time over.
    ///
    /// What is lent is given out by half, for all that is known here until its shard tells.
    pub fn left(&self, terms: Option<&Terms>, now: Timestamp) -> u8 {
        let clock = self.clock.max(now);
        let is_open = |terms: &&Terms| self.standing.pause.is_none() && terms.until.is_none_or(|until| clock < until);
        let Some(terms) = terms.filter(is_open) else { return 0 };
        let hour = Pool::hour(clock);
        let this_hour = match hour {
            Pool::Hour(hour) => self.hours.get(&hour).copied().unwrap_or(0),
            Pool::Total | Pool::Store(_) => 0,
        };
        let in_hour = terms.budget.per_hour.map(|limit| self.sixteenths(hour, limit, this_hour));
        if in_hour == Some(0) { 0 } else { self.sixteenths(Pool::Total, terms.budget.coupons, self.total) }
    }

    /// Returns the sixteenths of a pool that are left, rounded up.
    fn sixteenths(&self, pool: Pool, limit: u32, taken: u32) -> u8 {
        let free = u64::from(limit.saturating_sub(taken));
        let halves = 2 * free + u64::from(self.unused(pool));
        u8::try_from((16 * halves).div_ceil(2 * u64::from(limit.max(1)))).unwrap_or(16).min(16)
    }

    fn unused(&self, pool: Pool) -> u32 {
        let open = self.leases.values().filter(|lent| lent.lease.pool == pool);
        open.map(|lent| lent.lease.size - lent.lease.used).sum()
    }

    /// Returns what a shop reads of the budget.
    pub fn report(&self, terms: Option<&Terms>, now: Timestamp) -> Report {
        let tallies = || self.shards.values().map(|told| told.tally);
        let this_hour = match Pool::hour(self.clock.max(now)) {
            Pool::Hour(hour) => self.hours.get(&hour).copied().unwrap_or(0),
            Pool::Total | Pool::Store(_) => 0,
        };
        Report {
            budget: terms.map_or(0, |terms| terms.budget.coupons),
            leased: self.leased(),
            issued: tallies().map(|tally| tally.issued).sum(),
            redeemed: tallies().map(|tally| tally.redeemed).sum(),
            released: tallies().map(|tally| tally.expired).sum(),
            rolled_back: tallies().map(|tally| tally.rolled_back).sum(),
            this_hour,
            paused: self.standing.pause,
        }
    }
}
