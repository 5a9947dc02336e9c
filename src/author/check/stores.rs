//! Where and when: stores with their ground, hours and marks, and the days of occasions.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;

use opening_hours::localization::Country;

use super::super::{Fault, cel, hours, shape};
use super::{Checker, footprint};
use crate::catalog::Store;
use crate::store::{Footprint, OpeningHours};
use crate::value::Key;

/// Most occasions of a catalog: conditions on all of them are read in a second.
const MOST_OCCASIONS: usize = 100;

impl Checker {
    pub(super) fn occasions(&mut self, shape: &shape::Catalog, country: Option<Country>) {
        if shape.occasions.len() > MOST_OCCASIONS {
            self.fault("/occasions", Fault::Rule("a catalog has at most 100 occasions; leave out those of no offer"));
        }
        let mut occasions = BTreeMap::new();
        for (name, days) in shape.occasions.iter().take(MOST_OCCASIONS) {
            let path = format!("/occasions/{}", name.replace('~', "~0").replace('/', "~1"));
            let days = match days {
                shape::Occasion::Days(text) => hours::days(text, country),
                shape::Occasion::EachMonth(each) => Ok(hours::days_of_month(&each.days_of_month, country)),
            };
            let Some(days) = self.ok(&path, days) else { continue };
            if !days.contains(&true) {
                self.fault(&path, Fault::Rule("none of these days is from 2024 to 2031; name the year that is meant"));
            }
            occasions.insert(name.clone(), days);
        }
        let holidays = country.map(hours::holidays);
        self.vocabulary.calendar = cel::Calendar { first: hours::first_day(), occasions, holidays, south: false };
    }

    pub(super) fn stores(&mut self, shape: &shape::Catalog, country: Option<Country>) -> Vec<Store> {
        let mut stores = Vec::new();
        // NOTE: a chain has few sorts of hours, and expanding them takes most of the time.
        let mut known: BTreeMap<&str, Arc<OpeningHours>> = BTreeMap::new();
        for (at, store) in shape.stores.iter().enumerate() {
            let path = format!("/stores/{at}");
            self.vocabulary.stores.push(store.id.clone());
            let footprint = self.ok(format!("{path}/geometry"), footprint(&store.geometry, store.radius_m));
            if !known.contains_key(&*store.opening_hours) {
                let read = hours::opening_hours(&store.opening_hours, country);
                let read = self.ok(format!("{path}/opening_hours"), read);
                known.extend(read.map(|hours| (&*store.opening_hours, Arc::new(hours))));
            }
            let hours = known.get(&*store.opening_hours).map(Arc::clone).unwrap_or_default();
            let gln = store.gln.as_deref();
            stores.push(Store {
                key: Key::default(),
                id: self.text(&store.id),
                name: self.text(&store.name),
                gln: gln.and_then(|gln| self.number(format!("{path}/gln"), gln, "GLN")),
                footprint: footprint.unwrap_or(Footprint::Polygon(Vec::new())),
                hours,
            });
        }
        let north: i64 = stores.iter().map(|store| i64::from(store.footprint.centre().lat_e7)).sum();
        self.vocabulary.calendar.south = north < 0;
        stores
    }
}
