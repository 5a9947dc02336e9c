//! `tactful vocabulary`: the words that conditions may use, and how they are put together.

use std::io::{self, Write};

use tactful::author::cel::{FORMS, UNKNOWN, VOCABULARY};

use crate::failure::Failure;
use crate::help;

/// Print the words that conditions may use, what they hold, and how conditions are written
#[derive(clap::Args)]
#[command(after_help = help!("tactful vocabulary"))]
pub struct Args;

/// Prints each word and its type, then the forms.
pub fn vocabulary(Args: Args) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    table(&mut output, &VOCABULARY)?;
    writeln!(output, "\nConditions are written in CEL:")?;
    table(&mut output, &FORMS)?;
    writeln!(output, "\n{UNKNOWN}")?;
    Ok(())
}

fn table(output: &mut impl Write, rows: &[(&str, &str)]) -> io::Result<()> {
    let width = rows.iter().map(|(left, _)| left.len()).max().unwrap_or(0);
    rows.iter().try_for_each(|(left, right)| writeln!(output, "{left:width$}  {right}"))
}
