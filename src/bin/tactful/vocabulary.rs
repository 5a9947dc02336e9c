//! `tactful vocabulary`: the words that conditions may use.

use std::io::{self, Write};

use tactful::author::cel::VOCABULARY;

use crate::failure::Failure;
use crate::help;

/// Print the words that conditions may use, with what they hold
#[derive(clap::Args)]
#[command(after_help = help!("tactful vocabulary"))]
pub struct Args;

/// Prints each word and its type.
pub fn vocabulary(Args: Args) -> Result<(), Failure> {
    let width = VOCABULARY.iter().map(|(word, _)| word.len()).max().unwrap_or(0);
    let mut output = io::stdout().lock();
    for (word, holds) in VOCABULARY {
        writeln!(output, "{word:width$}  {holds}")?;
    }
    Ok(())
}
