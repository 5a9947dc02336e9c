//! Stores whose longitude and latitude seem to have changed places: GeoJSON has longitude first, many maps have it second.
//!
//! Knows no borders: where a shop is, the other stores tell, and the time zone of the catalog.

use alloc::vec::Vec;

use crate::catalog::Catalog;
use crate::store::{Point, StoreIx};

/// A longitude that is so far from that of its time zone, in minutes of the sun, may be none. Farther are few places on earth:
/// Spain's west has 95, Patagonia 110; China's west and Siberia, run by Moscow's clock, do not come nearer when turned round.
const FAR_MINUTES: i64 = 114;

/// Turned round, it has to be so many times nearer to where it should be.
const NEARER: i64 = 4;

/// A store that is less far from the others, in degrees x 10^7, may well be one of theirs.
const FAR_E7: i64 = 100_000_000;

/// Returns the stores that lie far from where the shop is, and would not if their two numbers changed places.
///
/// One alone has to lie far from the others; where more than half of all do not fit the time zone, all of these are meant.
pub fn swapped(catalog: &Catalog) -> Vec<StoreIx> {
    let offset = catalog.offsets.iter().map(|(_, minutes)| i64::from(*minutes)).min().unwrap_or(0);
    let misfit = |point: Point| (i64::from(point.lon_e7) / 2_500_000 - offset).abs();
    let centres: Vec<Point> = catalog.stores.iter().map(|store| store.footprint.centre()).collect();
    let others = Others::of(&centres);
    let by_clock = |point: Point| {
        let (is, would) = (misfit(point), turned(point).map_or(i64::MAX, misfit));
        is >= FAR_MINUTES && would < is / NEARER
    };
    let by_others = |point: Point| {
        let (Some(turned), Some(middle)) = (turned(point), others.middle(point)) else { return false };
        let (is, would) = (degrees(point, middle), degrees(turned, middle));
        is > FAR_E7 && would < is / NEARER && misfit(turned) <= misfit(point)
    };
    let most_by_clock = centres.iter().filter(|point| by_clock(**point)).count() * 2 > centres.len();
    let is_swapped = |point: Point| if most_by_clock { by_clock(point) } else { by_others(point) };
    (0..).map(StoreIx).zip(centres.iter().copied()).filter(|(_, point)| is_swapped(*point)).map(|(ix, _)| ix).collect()
}

/// Returns the point with its two numbers turned round, where that is on earth.
fn turned(Point { lat_e7, lon_e7 }: Point) -> Option<Point> {
    (lon_e7.abs() <= 900_000_000).then_some(Point { lat_e7: lon_e7, lon_e7: lat_e7 })
}

/// Degrees x 10^7 to walk on the map, first north and then east.
fn degrees(one: Point, other: Point) -> i64 {
    let apart = |a: i32, b: i32| (i64::from(a) - i64::from(b)).abs();
    apart(one.lat_e7, other.lat_e7) + apart(one.lon_e7, other.lon_e7)
}

/// The numbers of all stores, sorted.
struct Others {
    lats: Vec<i32>,
    lons: Vec<i32>,
}

impl Others {
    fn of(points: &[Point]) -> Self {
        let sorted = |number: fn(&Point) -> i32| {
            let mut numbers: Vec<i32> = points.iter().map(number).collect();
            numbers.sort_unstable();
            numbers
        };
        Self { lats: sorted(|point| point.lat_e7), lons: sorted(|point| point.lon_e7) }
    }

    /// Returns the median of all points but this one, `None` where there is no other.
    fn middle(&self, but: Point) -> Option<Point> {
        let median = |sorted: &[i32], but: i32| {
            let (middle, out) = (sorted.len().checked_sub(2)? / 2, sorted.partition_point(|number| *number < but));
            sorted.get(if middle < out { middle } else { middle + 1 }).copied()
        };
        Some(Point { lat_e7: median(&self.lats, but.lat_e7)?, lon_e7: median(&self.lons, but.lon_e7)? })
    }
}
