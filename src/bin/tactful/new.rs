//! `tactful new`: a shop to begin with, whose catalog is small, whole and fine.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use crate::failure::Failure;
use crate::files;
use crate::help;

/// Make a folder with a small catalog to begin with, its schema for editors, and one shopper's signals
///
/// The catalog is fine as it is; change what is said in it, and check it again.
#[derive(clap::Args)]
#[command(after_help = help!("tactful new shop\n  tactful check shop/catalog.json"))]
pub struct Args {
    /// The folder to make
    folder: PathBuf,
}

const CATALOG: &str = include_str!("../../../examples/corner/catalog.json");
const SIGNALS: &str = include_str!("../../../examples/corner/signals.jsonl");

/// Makes the folder; one that is there already is left alone.
pub fn new(args: &Args) -> Result<(), Failure> {
    let failed = |cause| Failure::Write { file: files::name(&args.folder), cause };
    fs::create_dir(&args.folder).map_err(failed)?;
    let put = |name: &str, text: &str| files::write(&args.folder.join(name), |file| file.write_all(text.as_bytes()));
    put("catalog.json", CATALOG)?;
    put("signals.jsonl", SIGNALS)?;
    put("catalog.schema.json", &format!("{:#}\n", tactful::author::schema()))?;
    let shop = files::name(&args.folder);
    writeln!(
        io::stdout(),
        "{shop}/catalog.json: three offers to begin with; an editor completes them by catalog.schema.json beside it\n  \
         tactful check {shop}/catalog.json\n  \
         tactful compile {shop}/catalog.json -o {shop}/shop.tact\n  \
         tactful decide {shop}/shop.tact {shop}/signals.jsonl --explain en,shop\n  \
         tactful simulate {shop}/catalog.json -o {shop}/report.html"
    )?;
    Ok(())
}
