//! `tactful check`: everything that is wrong with a catalog, or what is in it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tactful::author;
use tactful::catalog::{Catalog, Kind};
use tactful::wire::pack;

use crate::failure::Failure;
use crate::files;
use crate::help;
use crate::report::Finding;

/// Check a catalog and tell every problem with its place
#[derive(clap::Args)]
#[command(after_help = help!("tactful check examples/nordkorb/catalog.json"))]
pub struct Args {
    /// The catalog (JSON)
    catalog: PathBuf,
    /// Print each problem as one line of JSON: code, path, line, column, message
    #[arg(long)]
    json: bool,
}

/// Checks a catalog.
pub fn check(args: &Args) -> Result<(), Failure> {
    let compiled = read(&args.catalog);
    if args.json {
        return as_json(compiled);
    }
    let catalog = compiled?;
    writeln!(io::stdout(), "{}: fine; {}", files::name(&args.catalog), summary(&catalog))?;
    Ok(())
}

/// Reads and compiles a catalog.
pub fn read(path: &Path) -> Result<Catalog, Failure> {
    let (file, text) = (files::name(path), files::text(path)?);
    let finding = |issue| Finding::in_catalog(&file, &text, issue);
    author::compile(&text)
        .map_err(|issues| Failure::Wrong { findings: issues.into_iter().map(finding).collect(), more: 0 })
}

fn as_json(compiled: Result<Catalog, Failure>) -> Result<(), Failure> {
    match compiled {
        Err(Failure::Wrong { findings, .. }) => {
            let mut output = io::stdout().lock();
            for finding in findings {
                writeln!(output, "{}", serde_json::to_string(&finding).map_err(io::Error::from)?)?;
            }
            Err(Failure::Told)
        }
        compiled => compiled.map(|_| ()),
    }
}

fn summary(catalog: &Catalog) -> String {
    let kinds = Kind::ALL.map(|(kind, name)| {
        let count = catalog.offers().filter(|(_, offer)| offer.kind == kind).count();
        format!("{name} {count}")
    });
    format!(
        "{} offers ({}), {} products in {} categories, {} stores, {} placements; {} bytes as a pack",
        catalog.offers.len(),
        kinds.join(", "),
        catalog.products.len(),
        catalog.categories.len(),
        catalog.stores.len(),
        catalog.placements.len(),
        pack::encode(catalog).len(),
    )
}
