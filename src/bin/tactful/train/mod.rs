//! `tactful train`: what a shop's own log teaches, as small tables that a pack can take.

mod again;
mod intent;
mod log;
mod need;
mod usefulness;

pub use intent::read;
pub use need::read_need;
pub use usefulness::read_usefulness;

use crate::failure::Failure;
use crate::help;

/// Learn a small table from a shop's own log, with a report of what it tells about shoppers it has not seen
#[derive(clap::Args)]
#[command(after_help = help!("tactful train intent log.jsonl --pack nordkorb.tact -o intent.json"))]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    Intent(intent::Args),
    Need(need::Args),
    Usefulness(usefulness::Args),
}

/// Trains.
pub fn train(args: &Args) -> Result<(), Failure> {
    match &args.what {
        What::Intent(args) => intent::intent(args),
        What::Need(args) => need::need(args),
        What::Usefulness(args) => usefulness::usefulness(args),
    }
}
