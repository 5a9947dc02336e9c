//! `tactful compile`: a catalog becomes a pack, or stays as it was.

use std::io::{self, Write};
use std::path::PathBuf;

use tactful::wire::pack;

use crate::check;
use crate::failure::Failure;
use crate::files;
use crate::help;

/// Compile a catalog into a pack (.tact)
#[derive(clap::Args)]
#[command(after_help = help!("tactful compile examples/nordkorb/catalog.json -o nordkorb.tact"))]
pub struct Args {
    /// The catalog (JSON)
    catalog: PathBuf,
    /// The pack; without it, the catalog's name with `.tact`
    #[arg(short, long, value_name = "PACK")]
    output: Option<PathBuf>,
}

/// Compiles a catalog; a pack that was there before is replaced only by a whole new one.
pub fn compile(args: &Args) -> Result<(), Failure> {
    let output = args.output.clone().unwrap_or_else(|| args.catalog.with_extension("tact"));
    files::apart(&output, &[&args.catalog])?;
    let catalog = check::read(&args.catalog)?;
    let bytes = pack::encode(&catalog);
    files::write(&output, |file| file.write_all(&bytes))?;
    if output.as_os_str() != "-" {
        let (from, to) = (files::name(&args.catalog), files::name(&output));
        let read = files::bytes(&args.catalog)?.len();
        writeln!(io::stdout(), "{from}: {read} bytes; {to}: {} bytes, version {}", bytes.len(), catalog.version)?;
    }
    Ok(())
}
