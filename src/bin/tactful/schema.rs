//! `tactful schema`: the JSON Schema of catalogs.

use std::io::{self, Write};

use crate::failure::Failure;
use crate::help;

/// Print the JSON Schema of catalogs, for editors
#[derive(clap::Args)]
#[command(after_help = help!("tactful schema > catalog.schema.json"))]
pub struct Args;

/// Prints the schema.
pub fn schema(Args: Args) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    serde_json::to_writer_pretty(&mut output, &tactful::author::schema()).map_err(io::Error::from)?;
    writeln!(output)?;
    Ok(())
}
