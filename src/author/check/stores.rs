//! Where and when: stores with their ground, hours and marks, and the days of occasions.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;

use opening_hours::localization::Country;

use super::super::{Fault, cel, hours, shape};
use super::{Checker, escaped};
use crate::catalog::{Occasion, Store};
use crate::store::{Footprint, OpeningHours, Point, StoreIx};
use crate::value::Key;

/// Most occasions of a catalog: conditions on all of them are read in a second.
const MOST_OCCASIONS: usize = 100;

impl Checker {
    /// Reads the days of occasions, and returns those that have a name.
    pub(super) fn occasions(&mut self, shape: &shape::Catalog, country: Option<Country>) -> Vec<Occasion> {
        if shape.occasions.len() > MOST_OCCASIONS {
            self.fault("/occasions", Fault::Rule("a catalog has at most 100 occasions; leave out those of no offer"));
        }
        let (mut occasions, mut remembered, horizon) = (BTreeMap::new(), Vec::new(), self.horizon);
        for (name, days) in shape.occasions.iter().take(MOST_OCCASIONS) {
            let path = format!("/occasions/{}", escaped(name));
            let days = match days {
                shape::Occasion::Days(text) => hours::days(text, country, horizon),
                shape::Occasion::EachMonth(each) => Ok(hours::days_of_month(&each.days_of_month, country, horizon)),
                shape::Occasion::Named(named) => {
                    let words = self.words(&format!("{path}/name"), &named.name, |text| text);
                    let times = hours::times(&named.days, country, horizon).unwrap_or_default();
                    remembered.push(Occasion { key: Key::default(), id: self.text(name), name: words, times });
                    hours::days(&named.days, country, horizon)
                }
            };
            let Some(days) = self.ok(&path, days) else { continue };
            if !days.contains(&true) {
                self.fault(&path, Fault::NoDay { first: horizon.first, last: horizon.last });
            }
            occasions.insert(name.clone(), days);
        }
        let holidays = country.map(|country| hours::holidays(country, horizon));
        self.vocabulary.calendar = cel::Calendar { first: horizon.first_day(), occasions, holidays, south: false };
        remembered
    }

    /// Compiles the stores that are kept; the others are names in conditions, which no place of a store has.
    pub(super) fn stores(
        &mut self,
        (kept, others): (&[&shape::Store], &[&shape::Store]),
        country: Option<Country>,
    ) -> Vec<Store> {
        let mut stores = Vec::new();
        // NOTE: a chain has few sorts of hours, and expanding them takes most of the time.
        let mut known: BTreeMap<&str, Arc<OpeningHours>> = BTreeMap::new();
        for (at, store) in kept.iter().enumerate() {
            let path = format!("/stores/{at}");
            self.vocabulary.stores.push(store.id.clone());
            let footprint = self.ok(format!("{path}/geometry"), footprint(&store.geometry, store.radius_m));
            if !known.contains_key(&*store.opening_hours) {
                let read = hours::opening_hours(&store.opening_hours, country, self.horizon);
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
        let mut north: i64 = stores.iter().map(|store| i64::from(store.footprint.centre().lat_e7)).sum();
        for other in others {
            self.vocabulary.stores.push(other.id.clone());
            let footprint = footprint(&other.geometry, other.radius_m);
            north += footprint.map_or(0, |footprint| i64::from(footprint.centre().lat_e7));
        }
        self.vocabulary.calendar.south = north < 0;
        stores
    }
}

/// Returns the stores of a catalog that are kept, all where `only` is none, and the others.
pub(super) fn of<'a>(
    shape: &'a shape::Catalog,
    only: Option<&[StoreIx]>,
) -> (Vec<&'a shape::Store>, Vec<&'a shape::Store>) {
    let is_kept = |place: StoreIx| only.is_none_or(|only| only.binary_search(&place).is_ok());
    let (kept, others): (Vec<_>, Vec<_>) =
        (0..).map(StoreIx).zip(&shape.stores).partition(|(place, _)| is_kept(*place));
    let stores = |placed: Vec<(StoreIx, &'a shape::Store)>| placed.into_iter().map(|(_, store)| store).collect();
    (stores(kept), stores(others))
}

fn footprint(geometry: &shape::Geometry, radius_m: Option<u16>) -> Result<Footprint, Fault> {
    match (geometry.kind, radius_m) {
        (shape::GeometryKind::Point, Some(radius)) => {
            Ok(Footprint::Disc { centre: position(&geometry.coordinates)?, radius_cm: u32::from(radius) * 100 })
        }
        (shape::GeometryKind::Point, None) => Err(Fault::Geometry("a Point needs a `radius_m`")),
        (shape::GeometryKind::Polygon, Some(_)) => Err(Fault::Geometry("only a Point has a `radius_m`")),
        (shape::GeometryKind::Polygon, None) => polygon(&geometry.coordinates),
    }
}

fn position(value: &serde_json::Value) -> Result<Point, Fault> {
    let wrong = Fault::Geometry("a position is `[longitude, latitude]` in degrees, such as `[24.94, 60.17]`");
    let numbers: Vec<f64> =
        value.as_array().ok_or(wrong.clone())?.iter().filter_map(serde_json::Value::as_f64).collect();
    let [lon, lat] = numbers.as_slice() else { return Err(wrong) };
    if lat.abs() > 90.0 || lon.abs() > 180.0 {
        return Err(Fault::Geometry("longitude is -180 to 180 and latitude -90 to 90; GeoJSON has longitude first"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "degrees x 10^7 fit")]
    let e7 = |degrees: f64| libm::round(degrees * 1e7) as i32;
    Ok(Point { lat_e7: e7(*lat), lon_e7: e7(*lon) })
}

fn polygon(value: &serde_json::Value) -> Result<Footprint, Fault> {
    let wrong = Fault::Geometry("a Polygon has rings of positions: `[[[lon, lat], …]]`");
    let rings = value.as_array().filter(|rings| !rings.is_empty()).ok_or(wrong.clone())?;
    let rings =
        rings.iter().map(|ring| ring_of(ring.as_array().ok_or(wrong.clone())?)).collect::<Result<Vec<_>, _>>()?;
    let footprint = Footprint::Polygon(rings);
    if footprint.area_m2() < 10 {
        return Err(Fault::Geometry("the polygon covers less than 10 square metres; are its corners in order?"));
    }
    Ok(footprint)
}

fn ring_of(positions: &[serde_json::Value]) -> Result<Vec<Point>, Fault> {
    let mut ring = positions.iter().map(position).collect::<Result<Vec<_>, _>>()?;
    if ring.len() < 4 || ring.first() != ring.last() {
        return Err(Fault::Geometry("a ring needs at least three corners and ends where it begins"));
    }
    ring.pop();
    if ring.len() > 1_000 {
        return Err(Fault::Geometry("a ring has at most 1,000 corners; simplify it"));
    }
    if crosses_itself(&ring) {
        return Err(Fault::Geometry("the ring crosses itself; put its corners in order"));
    }
    Ok(ring)
}

/// Tells whether two edges that do not touch cross. Cost: corners squared, at most a million pairs.
fn crosses_itself(ring: &[Point]) -> bool {
    let edges: Vec<(Point, Point)> = ring.iter().copied().zip(ring.iter().copied().cycle().skip(1)).collect();
    let apart = |a: usize, b: usize| b > a + 1 && !(a == 0 && b + 1 == edges.len());
    edges
        .iter()
        .enumerate()
        .any(|(a, first)| edges.iter().enumerate().any(|(b, second)| apart(a, b) && cross(*first, *second)))
}

fn cross((a, b): (Point, Point), (c, d): (Point, Point)) -> bool {
    let side = |p: Point, q: Point, r: Point| {
        let along = |from: i32, to: i32| i128::from(to) - i128::from(from);
        (along(p.lon_e7, q.lon_e7) * along(p.lat_e7, r.lat_e7) - along(p.lat_e7, q.lat_e7) * along(p.lon_e7, r.lon_e7))
            .signum()
    };
    side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0
}
