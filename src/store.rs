//! Stores on the ground: where they are and when they are open. Integers only.

use alloc::vec::Vec;

use crate::value::{Local, order};

/// A store's place in the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoreIx(pub u16);

/// A place on earth in ten-millionths of a degree (E7, about 1 cm), WGS 84.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// Latitude x 10^7, -900 000 000 to 900 000 000.
    pub lat_e7: i32,
    /// Longitude x 10^7, -1 800 000 000 to 1 800 000 000.
    pub lon_e7: i32,
}

impl Point {
    /// Returns the distance to `other` in centimetres, as the crow flies. Flat-earth: the error is below 0.1 % within 10 km.
    pub fn distance_cm(self, other: Self) -> i64 {
        length(offset(self, other))
    }
}

/// The ground a store covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Footprint {
    /// A disc.
    Disc {
        /// Its middle.
        centre: Point,
        /// Its radius, centimetres.
        radius_cm: u32,
    },
    /// Rings of corners, the outer first; a point is inside when it is inside an odd number of rings.
    Polygon(Vec<Vec<Point>>),
}

/// When a store is open: minutes of the week, and days that differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpeningHours {
    /// Half-open ranges `[from, until)` of minutes of the week, Monday 00:00 = 0, sorted, at most 10 080.
    pub week: Vec<(u16, u16)>,
    /// Local days (since 1970-01-01), sorted, whose half-open ranges of minutes of the day replace the week's.
    pub exceptions: Vec<(i32, Vec<(u16, u16)>)>,
}

impl OpeningHours {
    /// Tells whether the store is open at `local`. Cost: one binary search and the ranges of a week.
    pub fn open_at(&self, local: Local) -> bool {
        match self.exceptions.binary_search_by_key(&local.day, |(day, _)| *day) {
            Ok(found) => self.exceptions.get(found).is_some_and(|(_, ranges)| within(ranges, local.minute)),
            Err(_) => within(&self.week, local.minute_of_week()),
        }
    }
}

fn within(ranges: &[(u16, u16)], minute: u16) -> bool {
    ranges.iter().any(|&(from, until)| (from..until).contains(&minute))
}

/// A vector on the ground in centimetres: east, north.
type Offset = (i64, i64);

impl Footprint {
    /// Returns the distance from `point` to the edge in centimetres: negative inside, positive outside.
    ///
    /// Flat-earth around `point`: the error is below 0.1 % within 10 km. Cost: one pass over the corners.
    pub fn signed_distance_cm(&self, point: Point) -> i64 {
        match self {
            Self::Disc { centre, radius_cm } => length(offset(point, *centre)) - i64::from(*radius_cm),
            Self::Polygon(rings) => {
                let mut inside = false;
                let mut nearest = i64::MAX;
                for ring in rings {
                    each_edge(ring, |a, b| {
                        let (a, b) = (offset(point, a), offset(point, b));
                        inside ^= crosses_ray(a, b);
                        nearest = nearest.min(to_segment(a, b));
                    });
                }
                if inside { -root(nearest) } else { root(nearest) }
            }
        }
    }

    /// Returns the area in square metres, at least 1.
    pub fn area_m2(&self) -> i64 {
        let cm2 = match self {
            // NOTE: 355/113 is pi to seven digits.
            Self::Disc { radius_cm, .. } => i64::from(*radius_cm) * i64::from(*radius_cm) * 355 / 113,
            Self::Polygon(rings) => rings.iter().enumerate().fold(0, |area, (nth, ring)| {
                let ring_area = doubled_area(ring).abs() / 2;
                if nth == 0 { ring_area } else { area - ring_area }
            }),
        };
        (cm2 / 10_000).max(1)
    }

    /// Returns the middle of the disc, or of the first ring's corners.
    pub fn centre(&self) -> Point {
        match self {
            Self::Disc { centre, .. } => *centre,
            Self::Polygon(rings) => rings.first().map_or(Point { lat_e7: 0, lon_e7: 0 }, |ring| mean(ring)),
        }
    }

    /// Returns how far the ground reaches from its middle, centimetres.
    fn reach_cm(&self) -> i64 {
        match self {
            Self::Disc { radius_cm, .. } => i64::from(*radius_cm),
            Self::Polygon(rings) => {
                let centre = self.centre();
                rings.iter().flatten().map(|corner| centre.distance_cm(*corner)).max().unwrap_or(0)
            }
        }
    }
}

/// The stores in rows of latitude: finds those around a point without looking at all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ground {
    /// Row and longitude of the middle, and the store's place; sorted.
    spots: Vec<(u64, u32)>,
    /// How far the widest store reaches from its middle, centimetres.
    reach_cm: i64,
}

impl Ground {
    /// Sorts the stores with these footprints. Cost: one pass over the corners and one sort.
    pub fn new<'a>(footprints: impl Iterator<Item = &'a Footprint> + Clone) -> Self {
        let spot = |(footprint, place): (&Footprint, u32)| {
            let centre = footprint.centre();
            (spot(i64::from(centre.lat_e7), i64::from(centre.lon_e7)), place)
        };
        let reach_cm = footprints.clone().map(Footprint::reach_cm).max().unwrap_or(0);
        let mut spots: Vec<_> = footprints.zip(0..).map(spot).collect();
        order::sort(&mut spots);
        Self { spots, reach_cm }
    }

    /// Returns every store with ground less than `within_cm` from `point`, and some that are farther away.
    ///
    /// Does not look across the 180th meridian. Cost: one binary search for each 730 m from south to north.
    pub fn around(&self, point: Point, within_cm: i64) -> Vec<StoreIx> {
        let (lat, lon) = (i64::from(point.lat_e7), i64::from(point.lon_e7));
        let north = (within_cm + self.reach_cm) * 100_000 / 111_319 + 1;
        // NOTE: a half more, because the cosine is an approximation, and smaller farther from the equator.
        let east = north.min(1 << 45) * 150_000 / i64::from(cos_permille(point.lat_e7)).max(1);
        let mut found = Vec::new();
        for row in row(lat - north)..=row(lat + north) {
            let (from, until) = (key(row, lon - east), key(row, lon + east));
            let start = self.spots.partition_point(|(spot, _)| *spot < from);
            for (spot, place) in self.spots.get(start..).unwrap_or_default() {
                if *spot > until {
                    break;
                }
                found.extend(u16::try_from(*place).ok().map(StoreIx));
            }
        }
        found
    }
}

/// Returns the row of a latitude x 10^7: 65 536 of these, about 730 m, from the south pole on.
fn row(lat: i64) -> u64 {
    u64::try_from(lat + 900_000_000).unwrap_or(0) >> 16
}

fn key(row: u64, lon: i64) -> u64 {
    row << 32 | u64::try_from(lon + 1_800_000_000).unwrap_or(0).min(u64::from(u32::MAX))
}

fn spot(lat: i64, lon: i64) -> u64 {
    key(row(lat), lon)
}

/// What is farther counts as so far: 5,369 km in centimetres. Twice its square still fits.
const FARTHEST_CM: i64 = 1 << 29;

/// Returns the vector from `origin` to `point`, distances in centimetres.
///
/// One E7 degree of latitude is 1.1132 cm (WGS 84 equator: 111 319.49 m a degree); longitude shrinks with the cosine.
fn offset(origin: Point, point: Point) -> Offset {
    let north = i64::from(point.lat_e7) - i64::from(origin.lat_e7);
    let east = i64::from(point.lon_e7) - i64::from(origin.lon_e7);
    let far = |cm: i64| cm.clamp(-FARTHEST_CM, FARTHEST_CM);
    (far(east * 111_319 / 100_000 * i64::from(cos_permille(origin.lat_e7)) / 100_000), far(north * 111_319 / 100_000))
}

/// Returns the cosine of a latitude x 100 000, by Bhaskara's formula (error below 0.2 %).
///
/// Source: Bhaskara I, Mahabhaskariya, 7th century: cos x = (180² - 4x²) / (180² + x²), x in degrees.
fn cos_permille(lat_e7: i32) -> u32 {
    let x = i64::from(lat_e7) / 10_000; // thousandths of a degree
    let square = x * x;
    let half_turn = 180_000_i64 * 180_000;
    u32::try_from((half_turn - 4 * square).max(0) * 100_000 / (half_turn + square)).unwrap_or(0)
}

/// Goes along a ring, and from its last corner to the first.
fn each_edge(ring: &[Point], mut edge: impl FnMut(Point, Point)) {
    let Some((first, corners)) = ring.split_first() else { return };
    let mut before = *first;
    for corner in corners.iter().chain([first]) {
        edge(before, *corner);
        before = *corner;
    }
}

fn length(offset: Offset) -> i64 {
    root(square(offset))
}

fn square((east, north): Offset) -> i64 {
    east * east + north * north
}

/// Returns the square root, rounded down; of a negative number 0.
///
/// Newton's method from a start above the root, which falls until it is reached. Half the code of [`i64::isqrt`].
pub fn root(square: i64) -> i64 {
    if square < 1 {
        return 0;
    }
    let bits = i64::BITS - square.leading_zeros();
    let mut root = 1_i64 << bits.div_ceil(2);
    loop {
        // INVARIANT: the mean of a number of at least 1 and the square by it is at least 1, rounded down.
        let next = i64::midpoint(root, square / root);
        if next >= root {
            return root;
        }
        root = next;
    }
}

/// Tells whether the segment crosses the ray that runs east from the origin.
fn crosses_ray((ax, ay): Offset, (bx, by): Offset) -> bool {
    (ay > 0) != (by > 0) && (ax * by > bx * ay) == (by > ay)
}

/// Returns the square of the distance from the origin to the segment.
fn to_segment(a: Offset, b: Offset) -> i64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let long = square((dx, dy));
    let along = (-(a.0 * dx + a.1 * dy)).clamp(0, long);
    // 32 bits of the share are enough, and fit when they are multiplied by a distance.
    let spare = (i64::BITS - long.leading_zeros()).saturating_sub(32);
    let (along, long) = (along >> spare, (long >> spare).max(1));
    square((a.0 + dx * along / long, a.1 + dy * along / long))
}

/// Returns twice the signed area of a ring in square centimetres.
fn doubled_area(ring: &[Point]) -> i64 {
    let Some(&origin) = ring.first() else { return 0 };
    let mut area = 0_i64;
    each_edge(ring, |a, b| {
        let (a, b) = (offset(origin, a), offset(origin, b));
        area = area.saturating_add(a.0 * b.1 - b.0 * a.1);
    });
    area
}

fn mean(ring: &[Point]) -> Point {
    let count = i64::try_from(ring.len()).unwrap_or(1).max(1);
    let average = |pick: fn(&Point) -> i32| {
        i32::try_from(ring.iter().map(|point| i64::from(pick(point))).sum::<i64>() / count).unwrap_or(0)
    };
    Point { lat_e7: average(|p| p.lat_e7), lon_e7: average(|p| p.lon_e7) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn point(lat: i32, lon: i32) -> Point {
        Point { lat_e7: lat, lon_e7: lon }
    }

    /// About 100 m north-south and 100 m east-west at 60 degrees north, with a hole of 20 m in its middle.
    fn block() -> Footprint {
        let square = |half: i32| {
            vec![
                point(600_000_000 - half, 250_000_000 - 2 * half),
                point(600_000_000 - half, 250_000_000 + 2 * half),
                point(600_000_000 + half, 250_000_000 + 2 * half),
                point(600_000_000 + half, 250_000_000 - 2 * half),
            ]
        };
        Footprint::Polygon(vec![square(4_492), square(898)])
    }

    #[test]
    fn distance_is_negative_inside_and_positive_outside_and_in_the_hole() {
        let inside = block().signed_distance_cm(point(600_000_000 + 2_695, 250_000_000));
        assert!((-2_010..-1_950).contains(&inside), "{inside}");
        let hole = block().signed_distance_cm(point(600_000_000, 250_000_000));
        assert!((980..1_010).contains(&hole), "{hole}");
        let outside = block().signed_distance_cm(point(600_000_000 + 8_984, 250_000_000));
        assert!((4_950..5_050).contains(&outside), "{outside}");
    }

    #[test]
    fn area_leaves_the_hole_out() {
        let area = block().area_m2();
        assert!((9_400..9_800).contains(&area), "{area}");
    }

    #[test]
    fn a_disc_measures_from_its_edge() {
        let disc = Footprint::Disc { centre: point(0, 0), radius_cm: 1_000 };
        assert_eq!(disc.signed_distance_cm(point(0, 0)), -1_000);
        assert!((disc.signed_distance_cm(point(8_983, 0)) - 9_000).abs() < 10);
        assert_eq!(disc.area_m2(), 314);
    }

    /// Numbers as if by chance, below `most`.
    fn chance(seed: &mut u64, most: u32) -> i32 {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i32::try_from((*seed >> 33) % u64::from(most)).unwrap()
    }

    #[test]
    fn stores_around_a_point_are_found_without_looking_at_all() {
        let mut seed = 1;
        for (south, west) in
            [(601_000_000, 249_000_000), (-340_000_000, -1_800_000_000), (-10_000, -10_000), (899_900_000, 0)]
        {
            let mut spot =
                |most: u32| point(south + chance(&mut seed, most.min(100_000)), west + chance(&mut seed, most));
            let mut stores: Vec<Footprint> =
                (0..500).map(|nth| Footprint::Disc { centre: spot(2_000_000), radius_cm: 300 + nth }).collect();
            stores.push(block());
            let ground = Ground::new(stores.iter());
            for _ in 0..50 {
                let here = spot(2_000_000);
                let found: Vec<StoreIx> = ground.around(here, 25_000);
                let all = stores.iter().zip((0..).map(StoreIx));
                for (store, place) in all {
                    let is_near = store.signed_distance_cm(here) < 25_000;
                    assert!(!is_near || found.contains(&place), "{here:?} {store:?}");
                }
                assert!(found.len() < 250 || south > 890_000_000, "{} of 501", found.len());
            }
        }
    }

    #[test]
    fn roots_are_those_of_the_standard_library() {
        let mut seed = 7;
        let some = (0..1_000).map(|_| i64::from(chance(&mut seed, 1 << 31)) << (chance(&mut seed, 33)));
        for number in some.chain(0..300).chain([i64::MAX, (1 << 62) - 1, 1 << 62, 999_999_999_999]) {
            assert_eq!(root(number), number.isqrt(), "{number}");
        }
        assert_eq!(root(-5), 0);
    }

    #[test]
    fn a_segment_across_the_earth_is_measured_without_overflow() {
        let far = |lat, lon| point(lat * 10_000_000, lon * 10_000_000);
        let band = Footprint::Polygon(vec![vec![far(-80, -179), far(-80, 179), far(80, 179), far(80, -179)]]);
        assert!(band.signed_distance_cm(far(0, 0)) < -100_000_000);
        assert!(band.signed_distance_cm(far(89, 0)) > 90_000_000);
    }

    #[test]
    fn a_week_is_half_open_and_a_holiday_replaces_it() {
        let hours = OpeningHours { week: vec![(480, 1_260)], exceptions: vec![(20_000, vec![])] };
        let at = |day: i32, minute: u16| Local { day, minute, year: 0, month: 1, day_of_month: 1 };
        // Day 4 was Monday, 1970-01-05.
        assert!(hours.open_at(at(4, 480)) && !hours.open_at(at(4, 1_260)) && !hours.open_at(at(5, 480)));
        assert!(!hours.open_at(at(20_000, 600)));
    }
}
