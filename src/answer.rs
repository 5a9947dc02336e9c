//! What the catalog alone answers to a host that tells what it knows: of the offers that fit and run now, the one of the
//! highest priority.
//!
//! Knows no profile: nothing is remembered, learned, weighed or tried. Reminders, goods for adults and what is for some devices
//! alone are never answered, since a host that tells a context tells neither a memory nor an age.

use alloc::vec;
use alloc::vec::Vec;

use crate::cadence::{Silence, quiet_hours};
use crate::catalog::rules::seen;
use crate::catalog::{Catalog, Kind, OfferIx, OwnCap, PlacementIx};
use crate::index::{Block, Cursor, Index, Step, Values};
use crate::value::{Local, Now, Span, Timestamp};

/// What a host tells, and how far the search has come.
#[derive(Clone, Debug)]
pub struct Context {
    /// Values of what conditions ask about.
    pub values: Values,
    /// How often the offer in question was shown within each of [`windows`].
    pub shown: Vec<u32>,
    windows: Vec<Span>,
    search: Option<Search>,
    cursor: Cursor,
}

#[derive(Clone, Debug)]
struct Search {
    placement: PlacementIx,
    now: Now,
}

/// Returns the windows of the offers' own caps, each once, the longest first.
pub fn windows(catalog: &Catalog) -> Vec<Span> {
    let mut windows = Vec::new();
    for cap in catalog.offers.shared.caps.iter().flatten() {
        let place = windows.partition_point(|known: &Span| known.ms() > cap.window.ms());
        if windows.get(place) != Some(&cap.window) {
            windows.insert(place, cap.window);
        }
    }
    windows
}

impl Context {
    /// Returns a context of which nothing is known.
    pub fn new(catalog: &Catalog) -> Self {
        let windows = windows(catalog);
        Self {
            values: Values::untold(catalog),
            shown: vec![0; windows.len()],
            windows,
            search: None,
            cursor: Cursor::default(),
        }
    }

    /// Begins a search and goes to the best offer for `placement` at `now`, which its own caps may yet [forbid](Self::allows).
    ///
    /// Cost: one look-up for each column of the block, and an AND of its words as far as the first that fits.
    pub fn ask(
        &mut self,
        (catalog, index): (&Catalog, &Index),
        placement: PlacementIx,
        now: Timestamp,
    ) -> Result<Step, Silence> {
        let Some(block) = index.block(catalog, placement) else { return Ok(Step::End) };
        if now >= catalog.not_after {
            return Err(Silence::Expired);
        }
        if !block.clock.is_empty() || catalog.cadence.quiet.is_some() {
            let local = catalog.local(now);
            if let Some(until) = quiet_hours(catalog, local, now) {
                return Err(Silence::QuietHours { until });
            }
            self.tell_time(catalog, block, local);
        }
        block.search(&mut self.cursor, &self.values);
        self.search = Some(Search { placement, now: Now::new(now) });
        Ok(self.go_on((catalog, index)))
    }

    /// Goes on with the search, from where it stopped at a value that was not told, or behind the last offer.
    pub fn go_on(&mut self, (catalog, index): (&Catalog, &Index)) -> Step {
        let Some(search) = &self.search else { return Step::End };
        let Some(block) = index.block(catalog, search.placement) else { return Step::End };
        loop {
            match block.next(&mut self.cursor, &catalog.offers.rules, &self.values) {
                Step::Offer(offer) if !catalog.offers.runs(offer, &search.now) || !may_be_answered(catalog, offer) => {}
                step => return step,
            }
        }
    }

    /// Tells whether the own caps of `offer` allow what [`shown`](Self::shown) tells of it.
    pub fn allows(&self, catalog: &Catalog, offer: OfferIx) -> bool {
        let shown = |window: Span| self.windows.iter().zip(&self.shown).find(|(known, _)| **known == window);
        let used_up = |cap: &OwnCap| shown(cap.window).is_some_and(|(_, count)| *count >= cap.impressions.into());
        !catalog.offers.caps(offer).iter().any(used_up)
    }

    fn tell_time(&mut self, catalog: &Catalog, block: &Block, local: Local) {
        for place in &block.clock {
            let value = catalog.offers.rules.attribute(*place).and_then(|attribute| attribute.on_the_clock(local));
            if let Some(slot) = self.values.0.get_mut(usize::from(place.0)) {
                *slot = seen(value);
            }
        }
    }
}

fn may_be_answered(catalog: &Catalog, offer: OfferIx) -> bool {
    match catalog.offers.kind(offer).filter(|_| !catalog.offers.is_for_some(offer)) {
        Some(Kind::Service) => true,
        Some(Kind::Coupon) => !catalog.offers.is_adult(offer),
        _ => false,
    }
}
