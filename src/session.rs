//! One shopper with one catalog: signals in, decisions out. The only place where the profile changes.

use alloc::collections::VecDeque;

use crate::catalog::{Catalog, PlacementIx};
use crate::decide::{self, Decision};
use crate::index::Index;
use crate::learn::{self, UnknownDecision};
use crate::moment::{Moment, presence};
use crate::profile::{Profile, Tier};
use crate::signal::{Fact, Request, Signal};
use crate::value::{Key, Seed, Timestamp};

/// A catalog made ready: read once, then shared by every session.
#[derive(Debug)]
pub struct Engine {
    /// What the shop has to say.
    pub catalog: Catalog,
    /// Its conditions, compiled.
    pub index: Index,
}

impl Engine {
    /// Compiles the conditions of `catalog`.
    pub fn new(catalog: Catalog) -> Self {
        Self { index: Index::new(&catalog), catalog }
    }
}

/// One shopper: what is remembered, and the last decisions.
#[derive(Clone, Debug)]
pub struct Session {
    profile: Profile,
    recent: VecDeque<Decision>,
}

impl Session {
    /// How many decisions can be explained.
    pub const RECENT: usize = 8;

    /// Starts with what is remembered.
    pub fn new(profile: Profile) -> Self {
        Self { profile, recent: VecDeque::new() }
    }

    /// Returns what is remembered.
    pub const fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Takes one signal in; a refused one changes nothing.
    pub fn observe(&mut self, engine: &Engine, signal: &Signal) -> Result<(), UnknownDecision> {
        let Engine { catalog, .. } = engine;
        if let Fact::Reply { decision, reply } = signal.fact {
            return learn::reply(catalog, &mut self.profile, decision, reply, signal.at);
        }
        self.profile.remember(catalog, signal);
        let belief = &mut self.profile.belief;
        match signal.fact {
            Fact::Position(fix) => presence::follow(catalog, belief, fix, signal.at),
            Fact::CheckIn(store) => presence::settle(belief, store, Tier::CheckIn, signal.at),
            Fact::Scan(scan) => {
                if let Some(store) = scan.store {
                    presence::settle(belief, store, Tier::Scan, signal.at);
                }
            }
            // A network's coarse place is known, and never a reason to believe in a store.
            Fact::Request(Request { near: Some(_), .. }) => belief.tier = belief.tier.max(Tier::Request),
            _ => {}
        }
        Ok(())
    }

    /// Decides for `placement` at `now` and remembers the decision.
    pub fn ask(&mut self, engine: &Engine, placement: PlacementIx, now: Timestamp) -> Decision {
        let mut seed = self.profile.seed;
        let decision = decide::decide((&engine.catalog, &engine.index), &self.profile, placement, now, &mut seed);
        decide::record(&engine.catalog, &mut self.profile, &decision, seed);
        self.recent.truncate(Self::RECENT - 1);
        self.recent.push_front(decision.clone());
        decision
    }

    /// Returns one of the last [`Session::RECENT`] decisions.
    pub fn recent(&self, decision: Key) -> Option<&Decision> {
        self.recent.iter().find(|known| known.id == decision)
    }

    /// Returns what is understood at `now`.
    pub fn moment(&self, engine: &Engine, now: Timestamp) -> Moment {
        crate::moment::understand(&engine.catalog, &self.profile, now)
    }

    /// Forgets everything, and starts again quietly, as with any history that was lost.
    pub fn forget(&mut self, now: Timestamp) {
        let mut seed = self.profile.seed;
        // NOTE: which catalogs were seen says nothing of the shopper, and keeps an old one from coming back.
        let catalog_version = self.profile.catalog_version;
        *self = Self::new(Profile { catalog_version, ..Profile::unknown(Seed(seed.draw()), now) });
    }
}
