//! One shopper with one catalog: signals in, decisions out. The only place where the profile changes.
//!
//! What may be said in a placement is made ready once and kept: until a signal changes what is known, or the first
//! instant at which time alone could. A signal that follows an ask makes the next answer ready at once, so that asking
//! costs next to nothing, however many offers there are; of several in a row the others only mark it as out of date.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::catalog::{Catalog, PlacementIx};
use crate::decide::{Decision, Ready, decide};
use crate::index::Index;
use crate::learn::{self, UnknownDecision};
use crate::locate::{self, Unwanted, Wanted};
use crate::moment::{Moment, Today, presence};
use crate::profile::{Place, Profile, Tier};
use crate::rank::clues::{Learned, condense};
use crate::signal::{Beacon, Fact, Reply, Request, ShopEvent, ShopEventKind, Signal};
use crate::value::{Key, Now, Seed, Timestamp};

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

/// One shopper of one engine: what is remembered, what may be said, and the last decisions.
#[derive(Clone, Debug)]
pub struct Session {
    profile: Profile,
    today: Option<Today>,
    learned: Option<Learned>,
    kept: Vec<Kept>,
    recent: VecDeque<Decision>,
}

/// What was made ready for one placement.
#[derive(Clone, Debug)]
struct Kept {
    placement: PlacementIx,
    ready: Arc<Ready>,
    /// Nothing was observed or shown since.
    is_current: bool,
    /// It was asked for since it was made ready: so it will be again.
    is_awaited: bool,
}

impl Session {
    /// How many decisions can be explained at least.
    pub const RECENT: usize = 8;

    /// Starts with what is remembered.
    pub const fn new(profile: Profile) -> Self {
        Self { profile, today: None, learned: None, kept: Vec::new(), recent: VecDeque::new() }
    }

    /// Returns what is remembered.
    pub const fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Takes one signal in; a refused one changes nothing.
    ///
    /// Cost: what the signal itself changes, and making ready what was asked for since the signal before.
    pub fn observe(&mut self, engine: &Engine, signal: &Signal) -> Result<(), UnknownDecision> {
        self.take(&engine.catalog, signal)?;
        let (habits, lessons) = changes(&signal.fact);
        self.today = self.today.take().filter(|_| !habits);
        self.learned = self.learned.take().filter(|_| !lessons);
        self.kept.iter_mut().for_each(|kept| kept.is_current = false);
        // NOTE: here and not when asked, who is in more of a hurry.
        self.recent.truncate(Self::RECENT);
        let is_awaited = |kept: &mut Kept| core::mem::take(&mut kept.is_awaited).then_some(kept.placement);
        let awaited = self.kept.iter_mut().filter_map(is_awaited);
        awaited.collect::<Vec<_>>().into_iter().for_each(|placement| drop(self.ready(engine, placement, signal.at)));
        Ok(())
    }

    fn take(&mut self, catalog: &Catalog, signal: &Signal) -> Result<(), UnknownDecision> {
        if let Fact::Reply { decision, reply, until } = signal.fact {
            return learn::reply(catalog, &mut self.profile, decision, (reply, until), signal.at);
        }
        self.profile.remember(catalog, signal);
        let belief = &mut self.profile.belief;
        match signal.fact {
            Fact::Position(fix) => {
                presence::follow(catalog, belief, fix, signal.at);
                self.profile.located.asked = None;
            }
            Fact::Shown { decision, offer } => {
                let forgotten = self.profile.told_elsewhere(catalog, (decision, offer), signal.at);
                condense(&catalog.usefulness, &mut self.profile, &forgotten);
            }
            Fact::CheckIn(store) => presence::settle(catalog, belief, store, Tier::CheckIn, signal.at),
            Fact::Scan(scan) => {
                if let Some(store) = scan.store {
                    presence::settle(catalog, belief, store, Tier::Scan, signal.at);
                }
            }
            Fact::Request(Request { network: Some(mark), .. }) => {
                presence::recognise(catalog, belief, (mark, None), signal.at);
            }
            Fact::Beacon(Beacon { mark: Some(mark), rssi, power }) => {
                presence::recognise(catalog, belief, (mark, Some((rssi, power))), signal.at);
            }
            // A network's coarse place is known, and never a reason to believe in a store.
            Fact::Request(Request { near: Some(_), .. }) => belief.tier = belief.tier.max(Tier::Request),
            _ => {}
        }
        self.profile.session.inside |= self.profile.belief.place == Place::InStore;
        Ok(())
    }

    /// Tells whether it is worth asking the shopper where they are, in order to decide for `placement`, and remembers that
    /// they are asked if so. Cost: twice that of an ask that nothing is ready for.
    pub fn locate(&mut self, engine: &Engine, placement: PlacementIx, now: Timestamp) -> Result<Wanted, Unwanted> {
        let without = self.ready(engine, placement, now);
        if let Some(silence) = without.silence {
            return Err(Unwanted::Silent(silence));
        }
        let (store, chance) = locate::likeliest(&engine.catalog, &self.profile, &Now::new(now))?;
        let belief = self.profile.belief.clone();
        presence::settle(&engine.catalog, &mut self.profile.belief, store, Tier::CheckIn, now);
        let there = self.make(engine, placement, now, Some(&without));
        self.profile.belief = belief;
        let wanted = locate::wanted(&without, &there, chance)?;
        self.profile.located.asked = Some(now);
        Ok(wanted)
    }

    /// Decides for `placement` at `now` and remembers the decision.
    ///
    /// Cost: the choice, where what may be said is ready; else [that](Ready::new) too.
    pub fn ask(&mut self, engine: &Engine, placement: PlacementIx, now: Timestamp) -> Decision {
        let ready = self.ready(engine, placement, now);
        let remembered = self.profile.impressions.len();
        let decision = decide(&engine.catalog, &mut self.profile, ready, placement, now);
        // NOTE: what is shown teaches nothing on its own day, unless a full list forgets others for it.
        if decision.is_show() && self.profile.impressions.len() <= remembered {
            self.learned = None;
        }
        for kept in &mut self.kept {
            kept.is_current &= !decision.is_show();
            kept.is_awaited |= kept.placement == placement;
        }
        if self.recent.len() > 2 * Self::RECENT {
            self.recent.truncate(Self::RECENT);
        }
        self.recent.push_front(decision.clone());
        decision
    }

    /// Returns what may be said in `placement` at `now`: what is kept, where that still holds.
    fn ready(&mut self, engine: &Engine, placement: PlacementIx, now: Timestamp) -> Arc<Ready> {
        let at = self.kept.iter().position(|kept| kept.placement == placement);
        let kept = at.and_then(|at| self.kept.get(at));
        let is_awaited = kept.is_some_and(|kept| kept.is_awaited);
        let kept = kept.filter(|kept| kept.ready.holds(now));
        if let Some(kept) = kept.filter(|kept| kept.is_current) {
            return Arc::clone(&kept.ready);
        }
        let before = kept.map(|kept| Arc::clone(&kept.ready));
        let ready = Arc::new(self.make(engine, placement, now, before.as_deref()));
        let fresh = Kept { placement, ready: Arc::clone(&ready), is_current: true, is_awaited };
        match at.and_then(|at| self.kept.get_mut(at)) {
            Some(kept) => *kept = fresh,
            None => self.kept.push(fresh),
        }
        ready
    }

    /// Finds out what may be said in `placement` at `now`.
    fn make(&mut self, engine: &Engine, placement: PlacementIx, now: Timestamp, before: Option<&Ready>) -> Ready {
        let (catalog, profile) = (&engine.catalog, &self.profile);
        let (local, now) = (catalog.local(now), Now::new(now));
        let today = self.today.take().filter(|today| today.is(local));
        let today = today.unwrap_or_else(|| Today::new(catalog, profile, local));
        let learned = self.learned.take().filter(|learned| learned.is(&now));
        let learned = learned.unwrap_or_else(|| Learned::new(&catalog.usefulness, profile, &now));
        let known = (profile, &today, &learned);
        let ready = Ready::new((catalog, &engine.index), known, placement, &now, before);
        (self.today, self.learned) = (Some(today), Some(learned));
        ready
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

/// Tells whether a fact may change what the habits mean, and what the replies teach.
const fn changes(fact: &Fact) -> (bool, bool) {
    match fact {
        Fact::Shop(ShopEvent { kind: ShopEventKind::Purchase | ShopEventKind::Refund, .. }) => (true, false),
        Fact::NeverAgain(_) => (true, false),
        Fact::Reply { reply, .. } => (matches!(reply, Reply::NeverAgain), true),
        Fact::Shown { .. } => (false, true),
        Fact::Consent { .. } | Fact::Forget(_) => (true, true),
        _ => (false, false),
    }
}
