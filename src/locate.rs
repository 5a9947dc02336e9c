//! Is it worth asking the shopper where they are?
//!
//! A position is worth what it changes: what would be said if they were in a store is made ready beside what is said now,
//! and asking must pay for the interruption by what is gained, as often as they are in a store at all. Nothing here needs a
//! position: who never gives one is told all the same what fits without.

use crate::cadence::Silence;
use crate::catalog::{Catalog, OfferIx};
use crate::decide::Ready;
use crate::moment::SCAN_LASTS;
use crate::profile::{Place, Profile, Tier};
use crate::rank::{About, Priced};
use crate::store::StoreIx;
use crate::value::{Now, Ppm, Span, Timestamp};

/// Why it is worth asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// What could be said in a store.
    pub offer: OfferIx,
    /// What it is about.
    pub about: Option<About>,
    /// Probability that they are in a store, and what is said changes: at least [`LEAST_CHANCE`].
    pub chance: Ppm,
    /// What is gained then: usefulness above what interrupting costs, more than without.
    pub gain: Ppm,
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unwanted {
    /// It is known where they are.
    Known,
    /// They refused.
    Refused {
        /// May be asked again then.
        until: Timestamp,
    },
    /// They were asked lately, and did not answer.
    Asked {
        /// May be asked again then.
        until: Timestamp,
    },
    /// We may not speak at all.
    Silent(Silence),
    /// They are hardly in a store now.
    Unlikely,
    /// What is said would stay the same, or be hardly better.
    Useless,
}

/// At least every third position that is asked for changes what is said.
pub const LEAST_CHANCE: Ppm = Ppm::new(333_334);
/// Who refused is left alone for so long.
pub const REFUSED_LASTS: Span = Span::days(90);
/// Who did not answer is left alone for so long.
pub const ASKED_LASTS: Span = Span::days(1);
/// A position is news for so long.
const KNOWN_LASTS: Span = Span::minutes(5);
/// Before anything is known of this device, it counts as used so often in a store and elsewhere. Assumption.
const INSIDE: u32 = 1;
const OUTSIDE: u32 = 4;
/// Who scans a product stands so many times as likely at a shelf of ours as before their own. Assumption.
const SCANNED: u32 = 9;

/// Returns the store where they most probably are, and how probable it is that they are in one, if they may be asked at all.
///
/// Cost: one pass over the stores at most.
pub fn likeliest(catalog: &Catalog, profile: &Profile, now: &Now) -> Result<(StoreIx, Ppm), Unwanted> {
    let (belief, located) = (&profile.belief, profile.located);
    // NOTE: that they are near a store, by its network or a beacon, is what a position makes more of.
    let told = matches!(belief.tier, Tier::Position | Tier::Scan | Tier::CheckIn) || belief.place == Place::InStore;
    if told && !now.has_reached(belief.at.after(KNOWN_LASTS)) {
        return Err(Unwanted::Known);
    }
    let ahead = |at: Option<Timestamp>, lasts| at.map(|at| at.after(lasts)).filter(|until| !now.has_reached(*until));
    if let Some(until) = ahead(located.refused, REFUSED_LASTS) {
        return Err(Unwanted::Refused { until });
    }
    if let Some(until) = ahead(located.asked, ASKED_LASTS) {
        return Err(Unwanted::Asked { until });
    }
    let (local, chance) = (catalog.clock(now), chance(profile, now));
    let is_open = |place: StoreIx| catalog.store(place).is_some_and(|store| store.hours.open_at(local));
    let known =
        belief.store.into_iter().chain(belief.usual.iter().rev().filter_map(|usual| catalog.store_by_key(usual.store)));
    let store = known.chain((0..).map(StoreIx).take(catalog.stores.len())).find(|place| is_open(*place));
    store.filter(|_| chance >= LEAST_CHANCE).map(|store| (store, chance)).ok_or(Unwanted::Unlikely)
}

/// Tells whether what could be said in a store pays for asking, beside what may be said without.
pub fn wanted(without: &Ready, there: &Ready, chance: Ppm) -> Result<Wanted, Unwanted> {
    let (Priced { offer, about, .. }, net) = there.best().ok_or(Unwanted::Useless)?;
    let (before, less) = without.best().map_or((None, Ppm::ZERO), |(before, net)| (Some(before.offer), net));
    let gain = Ppm::new(net.parts().saturating_sub(less.parts()));
    let pays = before != Some(offer) && chance.of(gain) >= there.cost;
    if pays { Ok(Wanted { offer, about, chance, gain }) } else { Err(Unwanted::Useless) }
}

/// Returns how probable it is that they are in a store, by where this device was used so far.
fn chance(profile: &Profile, now: &Now) -> Ppm {
    let located = profile.located;
    let scanned = profile.session.scan.is_some_and(|(at, _)| !now.has_reached(at.after(SCAN_LASTS)));
    let inside = (INSIDE + u32::from(located.inside)) * if scanned { SCANNED } else { 1 };
    let outside = OUTSIDE + u32::from(located.known.saturating_sub(located.inside));
    Ppm::new(inside * 1_000_000 / (inside + outside))
}
