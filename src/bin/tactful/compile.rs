//! `tactful compile`: a catalog becomes a pack, or stays as it was.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use tactful::author::Horizon;
use tactful::catalog::Catalog;
use tactful::wire::pack;

use crate::check;
use crate::failure::Failure;
use crate::files;
use crate::help;
use crate::outcomes::{self, Learned};
use crate::regions::{self, Written};
use crate::report::say;
use crate::terms::{self, Coupons};
use crate::train;
use crate::weight::Weight;

/// Compile a catalog into a pack (.tact)
///
/// A catalog is refused if deciding could take more than 5,000,000 instructions of the module that a phone runs, and a
/// notice is given from 2,000,000 on; `--report` shows where they go.
#[derive(clap::Args)]
#[command(after_help = help!("tactful compile examples/nordkorb/catalog.json -o nordkorb.tact --report"))]
pub struct Args {
    /// The catalog (JSON)
    catalog: PathBuf,
    /// The pack; without it, the catalog's name with `.tact`
    #[arg(short, long, value_name = "PACK")]
    output: Option<PathBuf>,
    #[command(flatten)]
    tables: Tables,
    #[command(flatten)]
    outcomes: outcomes::OutcomesArgs,
    #[command(flatten)]
    regions: regions::Args,
    #[command(flatten)]
    terms: terms::Args,
    /// The day on which it is compiled: hours, holidays and time zones are in the pack from two years before to five after; without it,
    /// today. The same catalog makes the same bytes in the same year
    #[arg(long, value_name = "DATE")]
    today: Option<Date>,
    /// Print the bytes of each section of the pack, and what one decision costs at most, for each placement
    #[arg(long)]
    report: bool,
    /// Print what was written and the report as one line of JSON, or each problem as one
    #[arg(long)]
    json: bool,
}

/// What was learned, where it is not the prior tables.
#[derive(clap::Args)]
#[group(skip)]
pub struct Tables {
    /// The odds of a purchase (JSON), as `tactful train intent` writes them; without it, the prior ones
    #[arg(long, value_name = "FILE")]
    intent: Option<PathBuf>,
    /// The odds of a need (JSON), as `tactful train need` writes them; without it, the prior ones
    #[arg(long, value_name = "FILE")]
    need: Option<PathBuf>,
    /// What people find useful (JSON), as `tactful train usefulness` writes it; without it, the prior table
    #[arg(long, value_name = "FILE")]
    usefulness: Option<PathBuf>,
}

impl Tables {
    fn files(&self) -> Vec<&Path> {
        [&self.intent, &self.need, &self.usefulness].into_iter().flatten().map(PathBuf::as_path).collect()
    }

    /// Puts the tables into a catalog.
    pub fn put(&self, catalog: &mut Catalog) -> Result<(), Failure> {
        if let Some(odds) = &self.intent {
            catalog.intent = train::read(odds)?;
        }
        if let Some(odds) = &self.need {
            catalog.need = train::read_need(odds, catalog)?;
        }
        if let Some(table) = &self.usefulness {
            catalog.usefulness = train::read_usefulness(table)?;
        }
        Ok(())
    }
}

/// Compiles a catalog; a pack that was there before is replaced only by a whole new one.
pub fn compile(args: &Args) -> Result<(), Failure> {
    let output = args.output.clone().unwrap_or_else(|| args.catalog.with_extension("tact"));
    files::apart(&output, &[&args.catalog])?;
    let horizon = check::horizon(args.today);
    let mut catalog = check::read(&args.catalog, horizon)?;
    let learned = learned(args, &output, horizon)?;
    if let Some(learned) = &learned {
        catalog = learned.catalog.clone();
    }
    files::apart(&output, &args.tables.files())?;
    args.tables.put(&mut catalog)?;
    check::tell_notices(&args.catalog, &catalog);
    let bytes = pack::encode(&catalog);
    files::write(&output, |file| file.write_all(&bytes))?;
    let text = files::text(&args.catalog)?;
    let believed = learned.as_ref().map_or(&text, |learned| &learned.text);
    let regions = args.regions.write(&catalog, (believed, horizon), args.report)?;
    let coupons = args.terms.write(&catalog, (&args.catalog, &text))?;
    tell(args, (&output, bytes.len()), (&catalog, &text), (regions.as_ref(), learned.as_ref(), &coupons))
}

/// Learns from outcomes, where some are given.
fn learned(args: &Args, output: &Path, horizon: Horizon) -> Result<Option<Learned>, Failure> {
    let Some(counts) = args.outcomes.counts() else { return Ok(None) };
    files::apart(output, &[Path::new(&counts.from)])?;
    outcomes::learn(&counts, &args.catalog, horizon).map(Some)
}

/// Says what was written: on standard output, or on standard error where that has the pack.
fn tell(
    args: &Args,
    (output, bytes): (&Path, usize),
    (catalog, text): (&Catalog, &str),
    (regions, learned, coupons): (Option<&Written>, Option<&Learned>, &Coupons),
) -> Result<(), Failure> {
    let coupons = Some(coupons).filter(|coupons| args.terms.are_written() || args.report && !coupons.are_none());
    let weight = args.report.then(|| Weight::of(catalog, text));
    let told = if args.json {
        let mut told = serde_json::json!({"version": catalog.version, "bytes": bytes});
        if let Some(fields) = told.as_object_mut() {
            fields.extend(regions.map(|written| ("regions".into(), written.for_programs())));
            fields.extend(learned.map(|learned| ("outcomes".into(), learned.for_programs())));
            fields.extend(coupons.map(|coupons| ("coupons".into(), coupons.for_programs())));
            fields.extend(weight.map(|weight| ("report".into(), weight.for_programs(catalog))));
        }
        told.to_string()
    } else {
        let (from, to) = (files::name(&args.catalog), files::name(output));
        let mut first = format!("{from}: {} bytes; {to}: {bytes} bytes, version {}", text.len(), catalog.version);
        first.extend(regions.map(|written| format!("\n{}", written.for_people())));
        first.extend(learned.map(|learned| format!("\n{}", learned.for_people())));
        first.extend(coupons.and_then(Coupons::for_people).map(|coupons| format!("\n{coupons}")));
        weight.map_or(first.clone(), |weight| format!("{first}\n\n{}", weight.for_people(catalog)))
    };
    match output.as_os_str() == "-" {
        true if args.report || args.json || learned.is_some() => say(told.trim_end()),
        true => {}
        false => writeln!(io::stdout(), "{}", told.trim_end())?,
    }
    Ok(())
}
