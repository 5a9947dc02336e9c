//! `tactful learn`: what devices told becomes the catalog's beliefs, unless people would be worse off.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::failure::Failure;
use crate::files;
use crate::guard;
use crate::help;
use crate::outcomes::{self, Counts};
use crate::simulate::{Shop, open, table};

/// Learn from what devices told, and write the next catalog
///
/// Devices whose owners agreed tell, noised, which offers were useful (`tactful/outcomes` counts them). What the catalog
/// believes of its offers (`usefulness`) is moved as far as the counts carry that, and nothing else of the file is touched; each
/// change is told with its reason. Then the same people live with both catalogs: where the useful moments of each person, or
/// the share of messages that are useful, surely fall (the whole 95 % interval), nothing is written and the exit code is 1.
#[derive(clap::Args)]
#[command(after_help = help!(
    "tactful learn catalog.json --outcomes https://shop.example --outcomes-key outcomes.key -o next.json"
))]
pub struct Args {
    /// The catalog (JSON)
    catalog: PathBuf,
    /// What devices told: the address of the edge, or a file (JSON) as `GET /v1/outcomes` answers it
    #[arg(long, value_name = "URL|FILE")]
    outcomes: String,
    /// The file with the key that opens them at an address: the worker's secret `OUTCOMES_KEY`
    #[arg(long, value_name = "FILE")]
    outcomes_key: Option<PathBuf>,
    /// Where to write the catalog that has learned; without it, it is only told what would change
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    guard: guard::Args,
    /// Print what changed and the comparison as one line of JSON
    #[arg(long)]
    json: bool,
}

/// Learns, compares, and writes.
pub fn learn(args: &Args) -> Result<(), Failure> {
    if let Some(output) = &args.output {
        files::apart(output, &[&args.catalog, Path::new(&args.outcomes)])?;
    }
    let horizon = args.guard.horizon();
    let now = open(&args.catalog, horizon)?;
    let counts = Counts { from: args.outcomes.clone(), key: args.outcomes_key.clone() };
    let learned = outcomes::learn(&counts, &args.catalog, horizon)?;
    let next = Shop::of(learned.catalog.clone());
    // Where nothing moved there is nothing to compare.
    let compared = (!learned.is_nothing()).then(|| guard::compare(&now, &next, &args.guard.plan()));
    let told = if args.json {
        let fell = compared.iter().flat_map(guard::fallen).map(|fall| fall.name).collect::<Vec<_>>();
        let differences = compared.as_ref().map(|compared| &compared.differences);
        json!({"outcomes": learned.for_programs(), "differences": differences, "fell": fell}).to_string()
    } else {
        learned.for_people()
            + &compared.as_ref().map_or_else(String::new, |one| format!("\n{}", table::differences(one)))
    };
    writeln!(io::stdout(), "{}", told.trim_end())?;
    compared.as_ref().map_or(Ok(()), |compared| args.guard.judge(compared))?;
    if let Some(output) = &args.output {
        files::write(output, |file| file.write_all(learned.text.as_bytes()))?;
    }
    Ok(())
}
