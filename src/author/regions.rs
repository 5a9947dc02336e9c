//! A chain in regions, so that a page loads the stores around it and not all of them.
//!
//! The ground of all stores is cut in two beside the median of them, across its longer side, again and again, until each part has few
//! enough. A region's pack has the stores of its part and those around, as far as the overlap reaches: whoever stands on a
//! border finds in either pack all that they would find in the whole one. The same catalog gives the same regions.

use alloc::vec::Vec;

use super::{Horizon, check, shape};
use crate::catalog::{Catalog, Store};
use crate::store::{Footprint, Point, StoreIx};

/// The places `[south, north)` x `[west, east)`, in E7.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The first latitude.
    pub south: i32,
    /// The first longitude.
    pub west: i32,
    /// The first latitude beyond.
    pub north: i32,
    /// The first longitude beyond.
    pub east: i32,
}

/// Metres of one degree of latitude, as [`crate::store`] has it, and a hundredth less, so that what grows never grows too
/// little.
const DEGREE_M: f64 = 111_319.49 * 0.99;

impl Bounds {
    const fn of(Point { lat_e7, lon_e7 }: Point) -> Self {
        Self { south: lat_e7, west: lon_e7, north: lat_e7 + 1, east: lon_e7 + 1 }
    }

    /// Tells whether a point is one of the places.
    pub const fn has(self, Point { lat_e7, lon_e7 }: Point) -> bool {
        self.south <= lat_e7 && lat_e7 < self.north && self.west <= lon_e7 && lon_e7 < self.east
    }

    fn with(self, other: Self) -> Self {
        let (south, west) = (self.south.min(other.south), self.west.min(other.west));
        Self { south, west, north: self.north.max(other.north), east: self.east.max(other.east) }
    }

    fn meets(self, other: Self) -> bool {
        self.south < other.north && other.south < self.north && self.west < other.east && other.west < self.east
    }

    /// Returns the bounds of all places no farther than so many metres, and of some that are; not across a pole or the 180th
    /// meridian.
    fn grown(self, metres: u32) -> Self {
        let north = f64::from(metres) / DEGREE_M * 1e7 + 2.0;
        let farthest = f64::from(self.south.unsigned_abs().max(self.north.unsigned_abs())) + north;
        let east = north / libm::cos((farthest / 1e7).to_radians()).max(1e-6);
        #[expect(clippy::cast_possible_truncation, reason = "held between the poles and the meridians")]
        let held = |at: f64, most: f64| at.clamp(-most, most + 1.0) as i32;
        Self {
            south: held(f64::from(self.south) - north, 9e8),
            west: held(f64::from(self.west) - east, 18e8),
            north: held(f64::from(self.north) + north, 9e8),
            east: held(f64::from(self.east) + east, 18e8),
        }
    }

    /// Tells whether it reaches farther from west to east than from south to north.
    fn is_wide(self) -> bool {
        let middle = f64::midpoint(self.south.into(), self.north.into()) / 1e7;
        let east = (f64::from(self.east) - f64::from(self.west)) * libm::cos(middle.to_radians());
        east > f64::from(self.north) - f64::from(self.south)
    }

    /// Returns both halves: west and east of a longitude, or south and north of a latitude, where the second half begins.
    const fn cut(self, at_longitude: bool, line: i32) -> [Self; 2] {
        if at_longitude {
            [Self { east: line, ..self }, Self { west: line, ..self }]
        } else {
            [Self { north: line, ..self }, Self { south: line, ..self }]
        }
    }
}

/// How a chain is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Most stores in a pack, where they do not stand closer than the overlap.
    pub stores: usize,
    /// How far beyond its bounds a region's pack has stores, metres.
    pub overlap_m: u32,
}

/// A part of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// The places that belong to it.
    pub bounds: Bounds,
    /// The stores of its pack, in the order of the catalog.
    pub stores: Vec<StoreIx>,
}

/// Returns the regions of a chain, none where there are no stores. Together they cover the stores and the overlap around them,
/// and no place belongs to two of them.
///
/// A part is left whole where a cut would leave more than three quarters of its stores in one pack.
///
/// Does not look across the 180th meridian. Cost: for each cut one pass over the stores of the part, and a sort of them.
pub fn regions(catalog: &Catalog, cut: Cut) -> Vec<Region> {
    let all: Vec<Spot> = (0..).map(StoreIx).zip(&catalog.stores).map(Spot::new).collect();
    let mut found = Vec::new();
    if let Some(ground) = all.iter().map(|spot| spot.ground).reduce(Bounds::with) {
        split(ground.grown(cut.overlap_m), &all, cut, &mut found);
    }
    found
}

/// A catalog of which parts can be compiled.
#[derive(Debug)]
pub struct Chain {
    shape: shape::Catalog,
    horizon: Horizon,
}

impl Chain {
    /// Reads a catalog that can be [compiled](super::compile_for) for these years; of others that says what is wrong.
    pub fn read(text: &str, horizon: Horizon) -> Option<Self> {
        serde_json::from_str(text).ok().map(|shape| Self { shape, horizon })
    }

    /// Compiles the catalog with these stores only, sorted. It says what the whole one says there; conditions on other stores
    /// are false.
    pub fn part(&self, stores: &[StoreIx]) -> Option<Catalog> {
        check::check(&self.shape, Some(stores), self.horizon).0
    }
}

/// A store on the map.
#[derive(Clone, Copy)]
struct Spot {
    store: StoreIx,
    middle: Point,
    /// The corners of its ground.
    ground: Bounds,
}

impl Spot {
    fn new((place, store): (StoreIx, &Store)) -> Self {
        let middle = store.footprint.centre();
        let ground = match &store.footprint {
            Footprint::Disc { centre, radius_cm } => Bounds::of(*centre).grown(radius_cm.div_ceil(100)),
            Footprint::Polygon(rings) => {
                rings.iter().flatten().fold(Bounds::of(middle), |all, corner| all.with(Bounds::of(*corner)))
            }
        };
        Self { store: place, middle, ground }
    }
}

/// Cuts `part` further, or takes it as a region; `around` are the stores of its pack.
fn split(part: Bounds, around: &[Spot], cut: Cut, found: &mut Vec<Region>) {
    let halves = (around.len() > cut.stores).then(|| halves(part, around, cut)).flatten();
    match halves {
        Some(halves) => halves.iter().for_each(|(half, around)| split(*half, around, cut, found)),
        None => found.push(Region { bounds: part, stores: around.iter().map(|spot| spot.store).collect() }),
    }
}

/// Returns both halves of a part with the stores of their packs, if cutting leaves each of them notably fewer.
fn halves(part: Bounds, around: &[Spot], cut: Cut) -> Option<[(Bounds, Vec<Spot>); 2]> {
    let own: Vec<Point> = around.iter().map(|spot| spot.middle).filter(|middle| part.has(*middle)).collect();
    let ground = own.iter().copied().map(Bounds::of).reduce(Bounds::with)?;
    let sides = if ground.is_wide() { [true, false] } else { [false, true] };
    sides.into_iter().find_map(|from_west| {
        let mut at: Vec<i32> = own.iter().map(|point| if from_west { point.lon_e7 } else { point.lat_e7 }).collect();
        at.sort_unstable();
        let (first, median) = (at.first()?, at.get(at.len() / 2)?);
        // NOTE: where half of them stand in one line, behind it.
        let behind = at.iter().find(|at| *at >= median && *at > first)?;
        let before = at.iter().rev().find(|at| *at < behind)?;
        let halves = part
            .cut(from_west, i32::midpoint(*before, *behind).max(*before + 1))
            .map(|half| (half, near(half, around, cut)));
        halves.iter().all(|(_, stores)| 4 * stores.len() <= 3 * around.len()).then_some(halves)
    })
}

/// Returns the stores with ground in a part or no farther from it than the overlap, and some that are farther.
fn near(part: Bounds, around: &[Spot], cut: Cut) -> Vec<Spot> {
    let within = part.grown(cut.overlap_m);
    around.iter().copied().filter(|spot| spot.ground.meets(within)).collect()
}
