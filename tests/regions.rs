//! A chain in regions: whoever has the pack of the region they are in finds all that the whole pack would find there, says
//! the same, and takes what is remembered along.
#![cfg(all(feature = "author", not(target_arch = "wasm32")))]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]

use proptest::prelude::*;
use serde_json::{Value, json};
use tactful::author::regions::{Chain, Cut, Region, regions};
use tactful::author::{self, Horizon};
use tactful::catalog::{Catalog, PlacementIx};
use tactful::decide::Outcome;
use tactful::profile::{Place, Profile};
use tactful::session::{Engine, Session};
use tactful::signal::{Fact, Fix, Signal};
use tactful::store::{Point, StoreIx};
use tactful::value::{Key, Seed, Span, Timestamp};
use tactful::wire::state;

/// Tuesday 2026-01-06, noon in Helsinki.
const NOON: Timestamp = Timestamp::from_ms(1_767_693_600_000);

/// Latitude and longitude, degrees.
type Spot = (f64, f64);

/// A store of so many metres from wall to wall around a spot: a disc, or eight corners.
fn store(nth: usize, (lat, lon): Spot, wide: f64) -> Value {
    let geometry = if nth.is_multiple_of(2) {
        let corner = |at: u8| {
            let (sin, cos) = (f64::from(at) * core::f64::consts::TAU / 8.0).sin_cos();
            let (north, east) = (wide / 2.0 * sin / 111_319.0, wide / 2.0 * cos / 111_319.0 / lat.to_radians().cos());
            json!([lon + east, lat + north])
        };
        let ring = [0, 1, 2, 3, 4, 5, 6, 7, 0].map(corner);
        json!({ "type": "Polygon", "coordinates": [ring] })
    } else {
        json!({ "type": "Point", "coordinates": [lon, lat] })
    };
    let mut store = json!({ "id": format!("s{nth}"), "name": format!("Store {nth}"), "opening_hours": "24/7", "geometry": geometry });
    if nth % 2 == 1 {
        store["radius_m"] = json!((wide / 2.0) as u32);
    }
    store
}

/// A chain whose every third store has an offer of its own.
fn chain(spots: &[Spot]) -> (String, Catalog) {
    let offer = |nth: usize| {
        json!({
            "id": format!("o{nth}"), "kind": "service", "placements": ["home"], "applicable": format!("presence.store == 's{nth}'"),
            "creative": { "en": { "title": format!("Help {nth}"), "text": "Ask us." } }, "priority": nth % 900,
        })
    };
    let elsewhere = json!({
        "id": "elsewhere", "kind": "service", "placements": ["home"], "applicable": "presence.in_store && presence.store != 's0'",
        "creative": { "en": { "title": "Not the first", "text": "Ask us." } }, "priority": 0,
    });
    let stores: Vec<Value> = spots.iter().enumerate().map(|(nth, spot)| store(nth, *spot, 40.0)).collect();
    let offers: Vec<Value> = (0..spots.len()).step_by(3).map(offer).chain([elsewhere]).collect();
    let text = json!({
        "name": "Chain", "version": 1, "purpose": "To be cut.", "currency": "EUR", "languages": ["en"],
        "timezone": "Europe/Helsinki", "goals": { "usefulness": 100, "margin": 0, "reach": 0 },
        "cadence": { "gap_minutes": 0, "interruption_cost": 0 }, "stores": stores, "products": [], "offers": offers,
        "categories": [{ "id": "all", "name": { "en": "All" } }], "placements": [{ "id": "home" }],
    })
    .to_string();
    let catalog = author::compile(&text).unwrap();
    (text, catalog)
}

fn point((lat, lon): Spot) -> Point {
    Point { lat_e7: (lat * 1e7) as i32, lon_e7: (lon * 1e7) as i32 }
}

/// The region that a point belongs to: one, where there is any.
fn region_of(found: &[Region], point: Point) -> Option<&Region> {
    let mut having = found.iter().filter(|region| region.bounds.has(point));
    let region = having.next();
    assert!(having.next().is_none(), "{point:?} belongs to two regions");
    region
}

/// A spot so many metres to the north and to the east.
fn beside((lat, lon): Spot, (north, east): Spot) -> Spot {
    (lat + north / 111_319.0, lon + east / 111_319.0 / lat.to_radians().cos())
}

/// Spots of stores: some towns, and some stores on their own, anywhere between the polar circles.
fn spots() -> impl Strategy<Value = Vec<Spot>> {
    let anywhere = (-66.0..66.0_f64, -179.0..179.0_f64);
    let alone = (-0.5..0.5_f64, -0.5..0.5_f64);
    (
        anywhere,
        prop::collection::vec(alone, 1..60),
        prop::collection::vec((-2_000.0..2_000.0, -2_000.0..2_000.0), 0..60),
    )
        .prop_map(|(middle, alone, town)| {
            let alone = alone.into_iter().map(|(lat, lon)| (middle.0 + lat, middle.1 + lon));
            alone.chain(town.into_iter().map(|aside| beside(middle, aside))).collect()
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn who_is_within_reach_of_a_store_finds_it_in_the_pack_of_their_region(
        spots in spots(), stores in 1..30_usize, overlap_m in 1_000..3_000_u32,
        near in prop::collection::vec((any::<prop::sample::Index>(), -1.0..1.0_f64, -1.0..1.0_f64), 1..60),
    ) {
        let (_, catalog) = chain(&spots);
        let found = regions(&catalog, Cut { stores, overlap_m });
        for (of, north, east) in near {
            let reach = f64::from(overlap_m) + 20.0;
            let here = point(beside(*of.get(&spots), (north * reach, east * reach)));
            for (place, store) in (0..).map(StoreIx).zip(&catalog.stores) {
                if store.footprint.signed_distance_cm(here) < i64::from(overlap_m) * 100 {
                    let region = region_of(&found, here);
                    prop_assert!(region.is_some_and(|region| region.stores.contains(&place)), "{:?} {:?}", here, store);
                }
            }
        }
        prop_assert!(found.iter().all(|region| region.stores.is_sorted()));
        let again = regions(&catalog, Cut { stores, overlap_m });
        prop_assert_eq!(again, found);
    }
}

/// A grid of stores every 5 km, 20 by 20, in the south of Finland.
fn country() -> Vec<Spot> {
    (0..400).map(|nth| beside((61.0, 24.0), (f64::from(nth / 20) * 5_000.0, f64::from(nth % 20) * 5_000.0))).collect()
}

#[test]
fn no_pack_has_more_stores_than_asked_for_where_they_stand_apart() {
    let (_, catalog) = chain(&country());
    let found = regions(&catalog, Cut { stores: 60, overlap_m: 2_000 });
    let counts: Vec<usize> = found.iter().map(|region| region.stores.len()).collect();
    assert!(counts.iter().all(|count| (20..=60).contains(count)) && counts.len() < 16, "{counts:?}");
    assert!(regions(&catalog, Cut { stores: 400, overlap_m: 2_000 }).len() == 1);
}

#[test]
fn stores_that_stand_too_close_stay_together() {
    let (_, catalog) =
        chain(&(0..40).map(|nth| beside((61.0, 24.0), (f64::from(nth) * 50.0, 0.0))).collect::<Vec<_>>());
    assert_eq!(regions(&catalog, Cut { stores: 10, overlap_m: 2_000 }).len(), 1);
    let (text, catalog) = chain(&[(61.0, 24.0); 5]);
    assert_eq!(regions(&catalog, Cut { stores: 1, overlap_m: 2_000 }).len(), 1);
    let none = Chain::read(&text, Horizon::default()).unwrap().part(&[]).unwrap();
    assert_eq!(regions(&none, Cut { stores: 1, overlap_m: 2_000 }), []);
}

/// A shopper with a phone, on one pack after the other.
struct Shopper {
    engine: Engine,
    session: Session,
    seconds: i64,
}

impl Shopper {
    fn new(catalog: Catalog) -> Self {
        let mut shopper =
            Self { engine: Engine::new(catalog), session: Session::new(Profile::new(Seed(1))), seconds: 0 };
        shopper.tell(Fact::Consent { remember: true });
        shopper
    }

    fn now(&self) -> Timestamp {
        NOON.after(Span::from_ms(self.seconds * 1_000))
    }

    fn tell(&mut self, fact: Fact) {
        let at = self.now();
        self.session.observe(&self.engine, &Signal { at, fact }).unwrap();
    }

    /// Fixes for a while, five seconds apart.
    fn stay(&mut self, spot: Spot, accuracy_cm: u32, fixes: usize) {
        for _ in 0..fixes {
            self.seconds += 5;
            self.tell(Fact::Position(Fix { point: point(spot), accuracy_cm }));
        }
    }

    /// Comes along the street to the door of a store and stays inside for six minutes.
    fn enter(&mut self, spot: Spot) {
        self.seconds += 7_200;
        self.stay(beside(spot, (-90.0, 0.0)), 800, 12);
        self.stay(beside(spot, (-22.0, 0.0)), 800, 3);
        self.stay(spot, 1_600, 72);
    }

    fn visit(&mut self, spot: Spot) {
        self.enter(spot);
        self.stay(beside(spot, (-90.0, 0.0)), 800, 12);
    }

    fn update(&mut self, catalog: Catalog) {
        let profile = state::carry(&self.engine.catalog, &catalog, self.session.profile(), self.now());
        *self = Self { engine: Engine::new(catalog), session: Session::new(profile), seconds: self.seconds };
    }

    /// Where they are, how surely, in the store of which id, and what is said there.
    fn said(&mut self) -> (Place, u32, Option<String>, Option<String>) {
        let (now, catalog) = (self.now(), &self.engine.catalog);
        let presence = self.session.moment(&self.engine, now).presence;
        let store =
            presence.store.and_then(|place| catalog.store(place)).map(|store| catalog.text(store.id).to_string());
        let decision = self.session.ask(&self.engine, PlacementIx(0), now);
        let offer = match decision.outcome {
            Outcome::Show(show) => {
                self.engine.catalog.offer(show.offer).map(|offer| self.engine.catalog.text(offer.id).to_string())
            }
            Outcome::Hold(_) => None,
        };
        (presence.place, presence.probability.parts(), store, offer)
    }
}

#[test]
fn a_region_says_what_the_whole_chain_says_there() {
    let spots = country();
    let (text, whole) = chain(&spots);
    let chain = Chain::read(&text, Horizon::default()).unwrap();
    let found = regions(&whole, Cut { stores: 60, overlap_m: 2_000 });
    for nth in [0, 1, 45, 210, 399] {
        let region = region_of(&found, point(spots[nth])).unwrap();
        let (mut all, mut part) = (Shopper::new(whole.clone()), Shopper::new(chain.part(&region.stores).unwrap()));
        for shopper in [&mut all, &mut part] {
            shopper.stay(beside(spots[nth], (-90.0, 0.0)), 800, 12);
            shopper.stay(spots[nth], 1_600, 40);
        }
        let said = all.said();
        assert_eq!(said, part.said());
        assert_eq!((said.0, said.2), (Place::InStore, Some(format!("s{nth}"))));
        let offer = if nth % 3 == 0 { format!("o{nth}") } else { "elsewhere".into() };
        assert_eq!(said.3, Some(offer));
    }
}

#[test]
fn a_part_without_stores_has_the_same_offers() {
    let (text, whole) = chain(&country());
    let none = Chain::read(&text, Horizon::default()).unwrap().part(&[]).unwrap();
    assert_eq!((none.stores.len(), none.offers.len()), (0, whole.offers.len()));
    let mut shopper = Shopper::new(none);
    shopper.stay((61.0, 24.0), 800, 20);
    assert_eq!(shopper.said(), (Place::Away, 0, None, None));
}

#[test]
fn what_is_known_of_a_store_outlasts_other_regions() {
    let spots = country();
    let (text, whole) = chain(&spots);
    let chain = Chain::read(&text, Horizon::default()).unwrap();
    let found = regions(&whole, Cut { stores: 60, overlap_m: 2_000 });
    let part = |nth: usize| chain.part(&region_of(&found, point(spots[nth])).unwrap().stores).unwrap();
    let mut shopper = Shopper::new(part(0));
    shopper.visit(spots[0]);
    shopper.enter(spots[0]);
    let home = shopper.session.profile().belief.usual.clone();
    assert_eq!((home[0].store, home[0].visits), (Key::of("s0"), 1), "the second visit has not ended");
    // It is counted on the way, by an engine that does not know the store.
    shopper.update(part(399));
    assert_eq!(shopper.engine.catalog.store_by_key(Key::of("s0")), None);
    shopper.visit(spots[399]);
    let saved = state::encode(&shopper.engine.catalog, shopper.session.profile());
    let back = part(0);
    let profile = state::decode(&back, &saved).unwrap();
    let usual: Vec<_> = profile.belief.usual.iter().map(|usual| (usual.store, usual.visits)).collect();
    assert_eq!(usual, [(Key::of("s0"), 2), (Key::of("s399"), 1)]);
}

#[test]
fn nobody_is_in_a_store_that_the_next_pack_does_not_have() {
    let spots = country();
    let (text, whole) = chain(&spots);
    let chain = Chain::read(&text, Horizon::default()).unwrap();
    let mut shopper = Shopper::new(whole);
    shopper.stay(beside(spots[0], (-90.0, 0.0)), 800, 12);
    shopper.stay(spots[0], 1_600, 40);
    assert_eq!(shopper.said().0, Place::InStore);
    shopper.update(chain.part(&[StoreIx(0), StoreIx(7)]).unwrap());
    assert_eq!((shopper.said().0, shopper.said().2.as_deref()), (Place::InStore, Some("s0")));
    shopper.update(chain.part(&[StoreIx(7)]).unwrap());
    assert_eq!(shopper.said(), (Place::Away, 0, None, None));
}

#[cfg(feature = "cli")]
mod files {
    use super::*;
    use sha2::{Digest, Sha256};
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::process::{Command, Output};
    use tactful::wire::pack;

    fn folder(test: &str) -> PathBuf {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("regions-{test}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("chain.json"), chain(&country()[..100]).0).unwrap();
        folder
    }

    fn compile(folder: &Path, more: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tactful"));
        command.current_dir(folder).args(["compile", "chain.json", "--regions", "out"]).args(more).output().unwrap()
    }

    #[test]
    fn every_region_is_a_file_of_its_own_that_the_index_names() {
        let folder = folder("files");
        let ran = compile(&folder, &["--region-stores", "40", "--json", "--report"]);
        assert!(ran.status.success(), "{ran:?}");
        let told: Value = serde_json::from_slice(&ran.stdout).unwrap();
        let index: Value = serde_json::from_slice(&fs::read(folder.join("out/regions.json")).unwrap()).unwrap();
        assert_eq!(
            (&index["shop"], &index["version"], &index["overlap_m"]),
            (&json!("Chain"), &json!(1), &json!(2_000))
        );
        let rows: Vec<&Value> = index["regions"].as_array().unwrap().iter().chain([&index["elsewhere"]]).collect();
        assert_eq!(
            rows.iter().map(|row| row["name"].as_str().unwrap()).collect::<Vec<_>>(),
            ["r1", "r2", "r3", "r4", "elsewhere"]
        );
        for row in rows {
            let bytes = fs::read(folder.join("out").join(row["file"].as_str().unwrap())).unwrap();
            assert_eq!(row["bytes"], bytes.len());
            let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(from_base64(row["digest"].as_str().unwrap().strip_prefix("sha256-").unwrap()), digest);
            let catalog = pack::decode(&bytes, NOON, 0).unwrap();
            assert_eq!(row["stores"], catalog.stores.len());
        }
        assert_eq!(index["elsewhere"]["stores"], 0);
        assert_eq!(index["elsewhere"].get("south"), None);
        let (first, second) = (&index["regions"][0], &index["regions"][1]);
        assert!(first["south"].as_f64() < first["north"].as_f64() && first["west"].as_f64() < first["east"].as_f64());
        let is_beside = first["north"] == second["south"] || first["east"] == second["west"];
        assert!(is_beside, "one begins where the other ends");
        assert_eq!(told["regions"]["packs"].as_array().unwrap().len(), 4);
        assert!(told["regions"]["packs"][0]["brotli"].as_u64() < told["regions"]["packs"][0]["bytes"].as_u64());
        let files = |folder: &Path| {
            let mut files: Vec<_> =
                fs::read_dir(folder.join("out")).unwrap().map(|file| file.unwrap().file_name()).collect();
            files.sort();
            files
        };
        let before = files(&folder);
        let again = compile(&folder, &["--region-stores", "40"]);
        assert!(String::from_utf8_lossy(&again.stdout).contains("out: 4 regions of "), "{again:?}");
        assert_eq!(files(&folder), before, "the same catalog makes the same files");
    }

    #[test]
    fn the_pack_of_an_only_region_is_the_whole_one() {
        let folder = folder("whole");
        let ran = compile(&folder, &["-o", "whole.tact"]);
        assert!(ran.status.success(), "{ran:?}");
        let index: Value = serde_json::from_slice(&fs::read(folder.join("out/regions.json")).unwrap()).unwrap();
        let [region] = index["regions"].as_array().unwrap().as_slice() else { panic!("{index}") };
        let bytes = |file: &Path| fs::read(folder.join(file)).unwrap();
        let whole = bytes(Path::new("whole.tact"));
        assert_eq!(bytes(&Path::new("out").join(region["file"].as_str().unwrap())), whole);
        assert!(index["elsewhere"]["bytes"].as_u64() < Some(whole.len() as u64), "who is away takes less");
    }

    #[test]
    fn numbers_that_make_no_sense_are_refused() {
        let folder = folder("wrong");
        for wrong in [["--region-stores", "0"], ["--region-overlap", "999"], ["--region-overlap", "50001"]] {
            assert_eq!(compile(&folder, &wrong).status.code(), Some(2), "{wrong:?}");
        }
        let mut alone = Command::new(env!("CARGO_BIN_EXE_tactful"));
        let ran = alone.current_dir(&folder).args(["compile", "chain.json", "--region-stores", "10"]).output().unwrap();
        assert_eq!(ran.status.code(), Some(2), "{ran:?}");
    }

    /// The bytes of a text, in hexadecimal digits.
    fn from_base64(text: &str) -> String {
        let place = |letter: u8| match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            _ => 63,
        };
        let bits: String = text.trim_end_matches('=').bytes().map(|letter| format!("{:06b}", place(letter))).collect();
        let bytes = bits.as_bytes().chunks_exact(8).map(|byte| std::str::from_utf8(byte).unwrap());
        bytes.map(|byte| format!("{:02x}", u8::from_str_radix(byte, 2).unwrap())).collect()
    }
}
