//! `tactful compile --regions`: a pack for each region of a chain, one without stores, and an index of them all.
//!
//! Files are named by what is in them, so that they may be kept for ever by whoever serves them; the index comes last, and
//! names only files that are there.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use tactful::author::Horizon;
use tactful::author::regions::{Bounds, Chain, Cut, regions};
use tactful::catalog::Catalog;
use tactful::publish::Hash;
use tactful::store::StoreIx;
use tactful::wire::pack;

use crate::failure::Failure;
use crate::files;
use crate::weight::compressed;

/// How a chain is cut into regions.
#[derive(clap::Args)]
#[group(skip)]
pub struct Args {
    /// Write a pack for each region of a chain into this folder, too, and an index (regions.json): a page then loads only the
    /// stores around it
    #[arg(long, value_name = "FOLDER")]
    regions: Option<PathBuf>,
    #[command(flatten)]
    cut: CutArgs,
}

/// How large regions are.
#[derive(clap::Args)]
#[group(skip)]
pub struct CutArgs {
    /// Most stores in a region's pack, where they do not stand closer than the overlap
    #[arg(long, value_name = "COUNT", default_value_t = 200, requires = "regions", value_parser = clap::value_parser!(u16).range(1..))]
    region_stores: u16,
    /// How far beyond its bounds a region's pack has stores, metres: half of it is for those who walk out of it until the next
    /// pack is there
    #[arg(long, value_name = "METRES", default_value_t = 2_000, requires = "regions", value_parser = clap::value_parser!(u32).range(1_000..=50_000))]
    region_overlap: u32,
}

/// What was written.
pub struct Written {
    folder: PathBuf,
    index: Size,
    elsewhere: Size,
    regions: Vec<Size>,
}

/// Bytes of a file, and after brotli where that was asked for.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Size {
    bytes: usize,
    brotli: Option<usize>,
}

impl Size {
    fn of(bytes: &[u8], weigh: bool) -> Self {
        Self { bytes: bytes.len(), brotli: weigh.then(|| compressed(bytes)) }
    }

    fn for_people(self) -> String {
        let brotli = self.brotli.map(|brotli| format!(" ({brotli} after brotli)")).unwrap_or_default();
        format!("{} bytes{brotli}", self.bytes)
    }

    fn for_programs(self) -> Value {
        self.brotli.map_or(json!({"bytes": self.bytes}), |brotli| json!({"bytes": self.bytes, "brotli": brotli}))
    }
}

impl Args {
    /// Writes the regions of a catalog, if a folder was named; `weigh` also compresses each pack, which takes a while.
    pub fn write(&self, catalog: &Catalog, text: (&str, Horizon), weigh: bool) -> Result<Option<Written>, Failure> {
        let short = |name: &str, hash: &Hash| {
            let short: String = hash.0.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
            format!("{name}-{short}.tact")
        };
        let Some(folder) = &self.regions else { return Ok(None) };
        let Some(Made { index, packs }) = self.cut.make(catalog, text, catalog.version, short) else { return Ok(None) };
        fs::create_dir_all(folder).map_err(|cause| Failure::Write { file: files::name(folder), cause })?;
        for pack in &packs {
            files::write(&folder.join(&pack.file), |out| out.write_all(&pack.bytes))?;
        }
        files::write(&folder.join(INDEX), |file| file.write_all(index.as_bytes()))?;
        let mut regions: Vec<Size> = packs.iter().map(|pack| Size::of(&pack.bytes, weigh)).collect();
        let elsewhere = regions.pop().unwrap_or_default();
        let index = Size::of(index.as_bytes(), weigh);
        Ok(Some(Written { folder: folder.clone(), index, elsewhere, regions }))
    }
}

const INDEX: &str = "regions.json";

/// The regions of a chain as packs.
pub struct Made {
    /// Where each of them lies.
    pub index: String,
    /// The pack of each region, and last the one without stores.
    pub packs: Vec<Part>,
}

/// The pack of one region.
pub struct Part {
    /// The region.
    pub name: String,
    /// The pack.
    pub bytes: Vec<u8>,
    file: String,
}

impl CutArgs {
    /// Makes the regions of a catalog as packs of this version; `file` is told the name of a region and the hash of its pack.
    pub fn make(
        &self,
        catalog: &Catalog,
        (text, horizon): (&str, Horizon),
        version: u64,
        file: impl Fn(&str, &Hash) -> String,
    ) -> Option<Made> {
        let mut packs = Packs { chain: Chain::read(text, horizon)?, whole: catalog, version, file, made: Vec::new() };
        let cut = Cut { stores: self.region_stores.into(), overlap_m: self.region_overlap };
        let found = regions(catalog, cut);
        let digits = found.len().to_string().len();
        let mut rows = Vec::new();
        for (nth, region) in found.iter().enumerate() {
            rows.push(packs.add(&format!("r{:0digits$}", nth + 1), &region.stores, Some(region.bounds)));
        }
        let elsewhere = packs.add("elsewhere", &[], None);
        let index = json!({
            "shop": catalog.text(catalog.name),
            "version": version,
            "overlap_m": self.region_overlap,
            "elsewhere": elsewhere,
            "regions": rows,
        });
        Some(Made { index: index.to_string(), packs: packs.made })
    }
}

/// Makes packs of parts.
struct Packs<'a, File> {
    chain: Chain,
    whole: &'a Catalog,
    version: u64,
    file: File,
    made: Vec<Part>,
}

impl<File: Fn(&str, &Hash) -> String> Packs<'_, File> {
    /// Makes the pack with these stores, and returns its row of the index.
    fn add(&mut self, name: &str, stores: &[StoreIx], bounds: Option<Bounds>) -> Value {
        let part = self.chain.part(stores).map(|part| Catalog {
            intent: self.whole.intent,
            need: self.whole.need.clone(),
            usefulness: self.whole.usefulness,
            version: self.version,
            ..part
        });
        let bytes = pack::encode(part.as_ref().unwrap_or(self.whole));
        let hash = Hash::of(&bytes);
        let file = (self.file)(name, &hash);
        let mut row = json!({"name": name});
        if let (Some(fields), Some(Bounds { south, west, north, east })) = (row.as_object_mut(), bounds) {
            let ends = [("south", south), ("west", west), ("north", north), ("east", east)];
            fields.extend(ends.map(|(end, e7)| (end.into(), (f64::from(e7) / 1e7).into())));
        }
        if let Some(fields) = row.as_object_mut() {
            fields.insert("stores".into(), stores.len().into());
            fields.insert("file".into(), file.clone().into());
            fields.insert("bytes".into(), bytes.len().into());
            fields.insert("digest".into(), digest(&hash).into());
        }
        self.made.push(Part { name: name.into(), bytes, file });
        row
    }
}

/// Returns how an index names what is in a pack.
pub fn digest(hash: &Hash) -> String {
    format!("sha256-{}", base64(&hash.0))
}

/// Returns bytes as text. Source: RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letters = bytes.chunks(3).flat_map(|three| {
        let bits = (0..3).fold(0_usize, |bits, at| bits << 8 | usize::from(three.get(at).copied().unwrap_or(0)));
        let letter = move |at: usize| LETTERS.get(bits >> (18 - 6 * at) & 63).map_or('=', |letter| char::from(*letter));
        (0..4).map(move |at| if at <= three.len() { letter(at) } else { '=' })
    });
    letters.collect()
}

impl Written {
    /// Returns what was written as one object.
    pub fn for_programs(&self) -> Value {
        json!({
            "folder": files::name(&self.folder),
            "index": self.index.for_programs(),
            "elsewhere": self.elsewhere.for_programs(),
            "packs": self.regions.iter().map(|size| size.for_programs()).collect::<Vec<_>>(),
        })
    }

    /// Returns what was written as a line.
    pub fn for_people(&self) -> String {
        let (index, elsewhere) = (self.index.for_people(), self.elsewhere.for_people());
        let mut sizes = self.regions.clone();
        sizes.sort_unstable();
        let ends = match sizes.as_slice() {
            [] => String::new(),
            [one] => format!("a region of {}, ", one.for_people()),
            [least, .., most] => {
                format!("{} regions of {} to {}, ", sizes.len(), least.for_people(), most.for_people())
            }
        };
        format!("{}: {ends}a pack without stores of {elsewhere}, an index of {index}", files::name(&self.folder))
    }
}
