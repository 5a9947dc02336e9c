//! `tactful simulate`: a year of a seeded population with a catalog, or with two on the same people.

mod households;
mod table;

use std::io::{self, Write};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use indicatif::{ProgressBar, ProgressStyle};
use jiff::civil::Date;
use tactful::author;
use tactful::session::Engine;
use tactful::simulate::summary::{Comparison, Summary};
use tactful::simulate::threshold::Threshold;
use tactful::simulate::{Outcome, Plan, World, report};
use tactful::value::Timestamp;
use tactful::wire::pack;

use crate::failure::Failure;
use crate::files;
use crate::help;
use crate::report::{Finding, for_programs, say};

/// Let a seeded population live a year with a catalog, and tell what came of it
///
/// People are drawn by a documented generator, or like the households of a folder; they visit, are asked for by the real
/// engine, and answer as a stated model says. Bounds in the catalog's `simulation` are checked: one that does not hold
/// is told, and the exit code is 1.
#[derive(clap::Args)]
#[command(after_help = help!(
    "tactful simulate examples/nordkorb/catalog.json --people 1000 -o report.html"
))]
pub struct Args {
    /// The shop: a catalog (JSON) or a pack (.tact), which has no bounds
    shop: PathBuf,
    /// People
    #[arg(long, default_value_t = 1_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(Plan::MOST_PEOPLE)))]
    people: u32,
    /// Days
    #[arg(long, default_value_t = 365, value_name = "D", value_parser = clap::value_parser!(u16).range(1..=i64::from(Plan::MOST_DAYS)))]
    days: u16,
    /// The first draw of all chance: another seed has other people
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// The first day
    #[arg(long, default_value = "2026-12-01", value_name = "DATE")]
    from: Date,
    /// Compare with this catalog or pack, on the same people and the same chance
    #[arg(long, value_name = "OTHER")]
    against: Option<PathBuf>,
    /// Make people like the households of this folder, which holds `next_need/`
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Draw N models of how people answer instead of the stated one, and tell how much a change hangs on them
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = clap::value_parser!(u32).range(..=1_000), requires = "against")]
    models: u32,
    /// Threads that live; without it, one per core. The result is the same
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// Print everything as one JSON object
    #[arg(long)]
    json: bool,
    /// Write a report for people (HTML, one file)
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// A shop that people can live with.
struct Shop {
    engine: Engine,
    held_to: Vec<Threshold>,
}

/// Simulates, tells, and holds to the bounds.
pub fn simulate(args: &Args) -> Result<(), Failure> {
    let inputs: Vec<&Path> =
        [Some(&args.shop), args.against.as_ref()].into_iter().flatten().map(PathBuf::as_path).collect();
    if let Some(output) = &args.output {
        files::apart(output, &inputs)?;
    }
    let one = for_programs(args.json, open(&args.shop))?;
    let other = for_programs(args.json, args.against.as_deref().map(open).transpose())?;
    let plan = plan(args, &one)?;
    let (summary, outcome) = live(args, &one, &plan, "people");
    let compared = other.map(|other| -> Result<_, Failure> {
        let plan = self::plan(args, &other)?;
        let (found, came) = live(args, &other, &plan, "people again");
        Ok(Comparison::new((summary.clone(), &outcome), (found, &came)))
    });
    let compared = compared.transpose()?;
    tell(args, &one, &summary, compared.as_ref())?;
    let broken: Vec<&str> = summary.breaches().collect();
    broken.iter().for_each(|sentence| say(format_args!("bound: {sentence}")));
    if broken.is_empty() { Ok(()) } else { Err(Failure::Bounds(broken.len())) }
}

/// Reads a catalog or a pack; a catalog begins with a brace.
fn open(path: &Path) -> Result<Shop, Failure> {
    let bytes = files::bytes(path)?;
    let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes).trim_ascii_start();
    if !text.starts_with(b"{") && path.extension().is_none_or(|extension| extension != "json") {
        let catalog = pack::decode(&bytes, Timestamp::from_ms(0), 0);
        let catalog = catalog.map_err(|fault| Failure::Pack { file: files::name(path), fault })?;
        return Ok(Shop { engine: Engine::new(catalog), held_to: Vec::new() });
    }
    let (file, text) = (files::name(path), files::text(path)?);
    let finding = |issue| Finding::in_catalog(&file, &text, issue);
    let wrong = |issues: Vec<_>| Failure::Wrong { findings: issues.into_iter().map(finding).collect(), more: 0 };
    let (catalog, held_to) = author::compile_held(&text).map_err(wrong)?;
    Ok(Shop { engine: Engine::new(catalog), held_to })
}

fn plan(args: &Args, shop: &Shop) -> Result<Plan, Failure> {
    let epoch = jiff::civil::date(1970, 1, 1);
    let from = (args.from - epoch).get_days();
    let mut plan = Plan { from, days: args.days, models: args.models, ..Plan::year(args.seed, args.people) };
    if let Some(folder) = &args.data {
        let (histories, mapping) = households::read(folder, &shop.engine.catalog)?;
        (plan.histories, plan.mapping) = (histories, Some(mapping));
    }
    Ok(plan)
}

/// People that one thread takes at a time.
const AT_ONCE: u32 = 16;

/// Lets everybody live. Which thread somebody lives on changes nothing: parts are put together in the order of people.
fn live(args: &Args, shop: &Shop, plan: &Plan, what: &'static str) -> (Summary, Outcome) {
    let world = World::new(&shop.engine);
    let (progress, next) = (progress(plan.people, what), AtomicU32::new(0));
    let work = || {
        let mut parts = Vec::new();
        loop {
            let first = next.fetch_add(AT_ONCE, Ordering::Relaxed);
            if first >= plan.people {
                return parts;
            }
            let mut part = Outcome::new();
            for number in first..first.saturating_add(AT_ONCE).min(plan.people) {
                part.live(&world, plan, number, &mut |_| {});
                progress.inc(1);
            }
            parts.push((first, part));
        }
    };
    let threads = args.threads.map_or_else(|| thread::available_parallelism().map_or(1, usize::from), usize::from);
    let mut parts = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let done = workers.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)));
        done.flatten().collect::<Vec<_>>()
    });
    progress.finish_and_clear();
    parts.sort_by_key(|(first, _)| *first);
    let mut outcome = Outcome::new();
    parts.into_iter().for_each(|(_, part)| outcome.merge(part));
    (Summary::new(&world, plan, &outcome, &shop.held_to), outcome)
}

fn progress(people: u32, what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} [{wide_bar}] {pos}/{len} {eta}");
    let bar = ProgressBar::new(people.into());
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())).with_message(what)
}

fn tell(args: &Args, shop: &Shop, summary: &Summary, compared: Option<&Comparison>) -> Result<(), Failure> {
    if let Some(output) = &args.output {
        let html = report::html(summary, compared, shop.engine.catalog.language(None));
        files::write(output, |file| file.write_all(html.as_bytes()))?;
    }
    let text = match (args.json, compared) {
        (true, Some(compared)) => serde_json::to_string(compared).map_err(io::Error::from)? + "\n",
        (true, None) => serde_json::to_string(summary).map_err(io::Error::from)? + "\n",
        (false, _) => table::readable(summary, compared),
    };
    if args.output.as_deref() == Some(Path::new("-")) {
        return Ok(());
    }
    io::stdout().write_all(text.as_bytes())?;
    Ok(())
}
