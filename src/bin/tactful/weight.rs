//! What a pack weighs: the bytes of its sections, and what one decision over it costs at most.

use std::io::Write;

use serde_json::{Value, json};
use tactful::author::budget::{self, Cost, GOAL, LEARNING, LIMIT, UNITS};
use tactful::catalog::Catalog;
use tactful::wire::pack;

/// The sizes of one pack, and the costs of its placements.
pub struct Weight {
    catalog: Size,
    pack: Size,
    sections: Vec<(&'static str, Size)>,
    costs: Vec<Cost>,
}

/// Bytes as they are, and after brotli.
#[derive(Clone, Copy)]
struct Size {
    raw: usize,
    brotli: usize,
}

impl Weight {
    /// Weighs a catalog that was written as `text`.
    pub fn of(catalog: &Catalog, text: &str) -> Self {
        let sections = pack::SECTIONS.into_iter().zip(pack::sections(catalog));
        Self {
            catalog: Size::of(text.as_bytes()),
            pack: Size::of(&pack::encode(catalog)),
            sections: sections.map(|((name, _), bytes)| (name, Size::of(&bytes))).collect(),
            costs: budget::costs(catalog),
        }
    }

    /// Returns everything as one object.
    pub fn for_programs(&self, catalog: &Catalog) -> Value {
        let sections = self
            .sections
            .iter()
            .map(|(name, Size { raw, brotli })| json!({"section": name, "bytes": raw, "brotli": brotli}));
        let worst = self.worst().map(|cost| id(catalog, cost));
        json!({
            "catalog": {"bytes": self.catalog.raw, "brotli": self.catalog.brotli},
            "pack": {"bytes": self.pack.raw, "brotli": self.pack.brotli},
            "sections": sections.collect::<Vec<_>>(),
            "placements": self.costs.iter().map(|cost| placement(catalog, cost)).collect::<Vec<_>>(),
            "worst": worst,
            "budget": {"goal": GOAL, "limit": LIMIT, "learning": LEARNING},
        })
    }

    /// Returns everything as tables.
    pub fn for_people(&self, catalog: &Catalog) -> String {
        let size = |name: &str, Size { raw, brotli }: &Size| format!("  {name:26}{raw:>10}{brotli:>10}\n");
        let sections: String = self.sections.iter().map(|(name, each)| size(name, each)).collect();
        let placements: String = self.costs.iter().map(|cost| row(&id(catalog, cost), cost)).collect();
        format!(
            "  {:26}{:>10}{:>10}\n{sections}{}{}\n{}{placements}\n{}",
            "bytes of",
            "raw",
            "brotli",
            size("the pack", &self.pack),
            size("the catalog as JSON", &self.catalog),
            HEAD,
            self.verdict(catalog),
        )
    }

    /// Says where a decision costs most, and what of.
    fn verdict(&self, catalog: &Catalog) -> String {
        let Some(cost) = self.worst() else { return String::new() };
        let mut parts: Vec<(u64, usize, &str)> =
            cost.parts().zip(cost.counts).map(|((unit, part), count)| (part, count, unit.name)).collect();
        parts.sort_by(|a, b| b.cmp(a));
        let parts: String = parts
            .iter()
            .take_while(|(part, ..)| *part > 0)
            .map(|(part, count, name)| format!("  {part:>10}  {count} x {name}\n"))
            .collect();
        format!(
            "One decision for `{}` takes at most {} instructions (goal {GOAL}, refused above {LIMIT};\n\
             the first of a day and after a reply up to {LEARNING} more, to learn anew):\n{parts}",
            id(catalog, cost),
            cost.instructions(),
        )
    }

    fn worst(&self) -> Option<&Cost> {
        self.costs.iter().max_by_key(|cost| cost.instructions())
    }
}

impl Size {
    fn of(bytes: &[u8]) -> Self {
        Self { raw: bytes.len(), brotli: compressed(bytes) }
    }
}

/// Returns the length after brotli, quality 11, as a server would send it.
pub fn compressed(bytes: &[u8]) -> usize {
    let mut writer = brotli::CompressorWriter::new(Counter(0), 4_096, 11, 22);
    // NOTE: counting cannot fail.
    let _ = writer.write_all(bytes);
    writer.into_inner().0
}

/// Counts what is written.
struct Counter(usize);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

const HEAD: &str =
    "  placement                 offers  alternatives  columns   words  one by one  bitmaps, bytes  instructions\n";

fn row(id: &str, cost: &Cost) -> String {
    let work = cost.work;
    format!(
        "  {id:24}{:>8}{:>14}{:>9}{:>8}{:>12}{:>16}{:>14}\n",
        work.offers,
        work.conjunctions,
        work.columns,
        work.words,
        work.predicates,
        work.bytes,
        cost.instructions(),
    )
}

fn placement(catalog: &Catalog, cost: &Cost) -> Value {
    let work = cost.work;
    let counts = UNITS.iter().zip(cost.counts).map(|(unit, count)| (unit.name.into(), count.into()));
    json!({
        "placement": id(catalog, cost),
        "offers": work.offers,
        "alternatives": work.conjunctions,
        "columns": work.columns,
        "words": work.words,
        "one_by_one": work.predicates,
        "bitmap_bytes": work.bytes,
        "instructions": cost.instructions(),
        "counts": Value::Object(counts.collect()),
    })
}

fn id(catalog: &Catalog, cost: &Cost) -> String {
    catalog.placement(cost.placement).map_or("", |placement| catalog.text(placement.id)).into()
}
