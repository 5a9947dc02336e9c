//! What the catalog alone answers to a host that tells what it knows: of the offers that fit and run now, the one of the
//! highest priority.
//!
//! Knows no profile: nothing is remembered, learned, weighed or tried. Reminders and goods for adults are never answered,
//! since a host that tells a context tells neither a memory nor an age.

use alloc::vec;
use alloc::vec::Vec;

use crate::cadence::{Silence, closed};
use crate::catalog::rules::seen;
use crate::catalog::{Attribute, Catalog, Kind, OfferIx, PlacementIx};
use crate::index::{Block, Cursor, Index, Values};
use crate::value::{Local, Span, Timestamp};

/// What a host tells, and how far the search has come.
#[derive(Clone, Debug)]
pub struct Context {
    /// Values of what conditions ask about.
    pub values: Values,
    /// How often the offer in question was shown within each of [`windows`].
    pub shown: Vec<u32>,
    windows: Vec<Span>,
    search: Option<Search>,
}

#[derive(Clone, Debug)]
struct Search {
    placement: PlacementIx,
    now: Timestamp,
    cursor: Cursor,
}

/// Returns the windows of the offers' own caps, each once, in the order of the offers.
pub fn windows(catalog: &Catalog) -> Vec<Span> {
    let mut windows = Vec::new();
    for cap in catalog.offers.shared.caps.iter().flatten() {
        if !windows.contains(&cap.window) {
            windows.push(cap.window);
        }
    }
    windows
}

impl Context {
    /// Returns a context of which nothing is known.
    pub fn new(catalog: &Catalog) -> Self {
        let windows = windows(catalog);
        Self { values: Values::unknown(catalog), shown: vec![0; windows.len()], windows, search: None }
    }

    /// Returns the best offer for `placement` at `now`, which is yet to be [settled](Self::settle); `None` where none fits.
    ///
    /// Cost: one look-up for each column of the block, and an AND of its words as far as the first that fits.
    pub fn ask(
        &mut self,
        (catalog, index): (&Catalog, &Index),
        placement: PlacementIx,
        now: Timestamp,
    ) -> Result<Option<OfferIx>, Silence> {
        let Some(block) = index.block(catalog, placement) else { return Ok(None) };
        let local = catalog.local(now);
        if let Some(silence) = closed(catalog, local, now) {
            return Err(silence);
        }
        self.tell_time(catalog, block, local);
        let search = self.search.insert(Search { placement, now, cursor: block.search(&self.values) });
        Ok(search.next(catalog, block, &self.values))
    }

    /// Returns `offer` where its own caps allow what [`shown`](Self::shown) tells of it, else the next one that fits,
    /// which is to be settled in its turn.
    pub fn settle(&mut self, (catalog, index): (&Catalog, &Index), offer: OfferIx) -> Option<OfferIx> {
        let shown = |window: Span| self.windows.iter().zip(&self.shown).find(|(known, _)| **known == window);
        let caps = catalog.offers.caps(offer);
        let used_up =
            caps.iter().any(|cap| shown(cap.window).is_some_and(|(_, count)| *count >= cap.impressions.into()));
        if !used_up {
            return Some(offer);
        }
        let search = self.search.as_mut()?;
        let block = index.block(catalog, search.placement)?;
        loop {
            match search.next(catalog, block, &self.values) {
                Some(same) if same == offer => {}
                other => return other,
            }
        }
    }

    fn tell_time(&mut self, catalog: &Catalog, block: &Block, local: Local) {
        for place in &block.clock {
            let value = match catalog.offers.rules.attribute(*place) {
                Some(Attribute::Weekday) => Some(local.weekday().into()),
                Some(Attribute::Hour) => Some(local.hour().into()),
                Some(Attribute::Month) => Some(local.month.into()),
                Some(Attribute::DayOfMonth) => Some(local.day_of_month.into()),
                _ => None,
            };
            if let Some(slot) = self.values.0.get_mut(usize::from(place.0)) {
                *slot = seen(value);
            }
        }
    }
}

impl Search {
    /// Returns the next offer that fits, runs now and may be answered to a stranger.
    fn next(&mut self, catalog: &Catalog, block: &Block, values: &Values) -> Option<OfferIx> {
        let offers = &catalog.offers;
        loop {
            let offer = block.next(&mut self.cursor, &offers.rules, values)?;
            if offers.runs(offer, self.now) && may_be_answered(catalog, offer) {
                return Some(offer);
            }
        }
    }
}

fn may_be_answered(catalog: &Catalog, offer: OfferIx) -> bool {
    match catalog.offers.kind(offer) {
        Some(Kind::Service) => true,
        Some(Kind::Coupon) => !catalog.offers.is_adult(offer),
        _ => false,
    }
}
