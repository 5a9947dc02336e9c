//! `tactful predict`: what the engine says about the benchmark data, in the form its scorer reads.

mod coupons;
mod intent;
mod learning;
mod next;
mod visits;

use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::files;
use crate::help;

/// Predict for the benchmark data with the engine that ships, as lines that its scorer reads
#[derive(clap::Args)]
#[command(after_help = help!("tactful predict visits ../shared/data -o visits.jsonl"))]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    Basket(next::Basket),
    Comeback(next::Comeback),
    Coupons(coupons::Coupons),
    Due(next::Due),
    Intent(intent::Args),
    Learning(learning::Args),
    Redeem(coupons::Redeem),
    Visits(visits::Args),
}

/// Predicts.
pub fn predict(args: &Args) -> Result<(), Failure> {
    match &args.what {
        What::Basket(args) => next::basket(args),
        What::Comeback(args) => next::comeback(args),
        What::Coupons(args) => coupons::coupons(args),
        What::Due(args) => next::due(args),
        What::Intent(args) => intent::intent(args),
        What::Learning(args) => learning::learning(args),
        What::Redeem(args) => coupons::redeem(args),
        What::Visits(args) => visits::visits(args),
    }
}

/// Returns the paths of `wanted` below `folder` where all of them are files.
pub fn find<const N: usize>(folder: &Path, what: &'static str, wanted: [&str; N]) -> Result<[PathBuf; N], Failure> {
    let paths = wanted.map(|name| folder.join(name));
    let missing: Vec<String> =
        paths.iter().filter(|path| !path.is_file()).map(|path| format!("`{}`", path.display())).collect();
    if missing.is_empty() {
        return Ok(paths);
    }
    Err(Failure::NoBenchmark { folder: files::name(folder), what, wanted: missing.join(" and ") })
}
