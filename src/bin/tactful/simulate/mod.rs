//! `tactful simulate`: a year of a seeded population with a catalog, or with two on the same people.

mod households;
mod log;
pub mod table;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use indicatif::{ProgressBar, ProgressStyle};
use jiff::civil::Date;
use tactful::author::{self, Horizon, coupons};
use tactful::catalog::Catalog;
use tactful::ledger::Terms;
use tactful::session::Engine;
use tactful::simulate::summary::{Comparison, Summary};
use tactful::simulate::threshold::Threshold;
use tactful::simulate::{Budget, Outcome, Plan, World, report, together};
use tactful::value::{Key, Span, Timestamp};
use tactful::wire::pack;

use crate::failure::Failure;
use crate::files;
use crate::help;
use crate::log::pack_sum;
use crate::report::{Finding, say};

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
    /// The shop: a catalog (JSON) or a pack (.tact), which has no bounds and no budgets
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
    #[arg(long, default_value = "2026-12-01", value_name = "DATE", value_parser = first_day)]
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
    /// Let budgets count: the shop has N shoppers, and these people get their share of each. They live side by side then, on one
    /// thread, and each visit is told what is left as the edge tells it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    shoppers: Option<u32>,
    /// Threads that live; without it, one per core. The result is the same
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// Log every decision with all that it was made of, for `tactful replay`, `evaluate` and `train usefulness`; the shop is a
    /// pack then, which a log names, and people live on one thread
    #[arg(long, value_name = "FILE", conflicts_with_all = ["shoppers", "threads"])]
    log: Option<PathBuf>,
    /// Print everything as one JSON object
    #[arg(long)]
    json: bool,
    /// Write a report for people (HTML, one file)
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// A shop that people can live with.
pub struct Shop {
    /// What decides.
    pub engine: Engine,
    /// The bounds of its catalog.
    pub held_to: Vec<Threshold>,
    /// The budgets of its coupons.
    pub budgets: Vec<Budget>,
}

impl Shop {
    /// Returns the shop of a catalog, without bounds and with budgets that nobody counts.
    pub fn of(catalog: Catalog) -> Self {
        Self { engine: Engine::new(catalog), held_to: Vec::new(), budgets: Vec::new() }
    }
}

/// Simulates, tells, and holds to the bounds.
pub fn simulate(args: &Args) -> Result<(), Failure> {
    let inputs: Vec<&Path> =
        [Some(&args.shop), args.against.as_ref()].into_iter().flatten().map(PathBuf::as_path).collect();
    for output in [&args.output, &args.log].into_iter().flatten() {
        files::apart(output, &inputs)?;
    }
    let horizon = Horizon::around(args.from.year().into());
    let one = open(&args.shop, horizon)?;
    let other = args.against.as_deref().map(|path| open(path, horizon)).transpose()?;
    let plan = plan(args, &one)?;
    let (summary, outcome) = match &args.log {
        Some(log) => logged(log, &args.shop, &one, &plan)?,
        None => live(args.threads, &one, &plan, "people"),
    };
    let compared = other.map(|other| -> Result<_, Failure> {
        let plan = self::plan(args, &other)?;
        let (found, came) = live(args.threads, &other, &plan, "people again");
        Ok(Comparison::new((summary.clone(), &outcome), (found, &came)))
    });
    let compared = compared.transpose()?;
    tell(args, &one, &summary, compared.as_ref())?;
    held(&summary)
}

/// Holds what came of a catalog to its bounds, and says which are broken.
pub fn held(summary: &Summary) -> Result<(), Failure> {
    let broken: Vec<&str> = summary.breaches().collect();
    broken.iter().for_each(|sentence| say(format_args!("bound: {sentence}")));
    if broken.is_empty() { Ok(()) } else { Err(Failure::Bounds(broken.len())) }
}

/// Reads a catalog, for these years, or a pack; a catalog begins with a brace.
pub fn open(path: &Path, horizon: Horizon) -> Result<Shop, Failure> {
    let bytes = files::bytes(path)?;
    let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes).trim_ascii_start();
    if !text.starts_with(b"{") && path.extension().is_none_or(|extension| extension != "json") {
        let catalog = pack::decode(&bytes, Timestamp::from_ms(0), 0);
        let catalog = catalog.map_err(|fault| Failure::Pack { file: files::name(path), fault })?;
        return Ok(Shop::of(catalog));
    }
    let (file, text) = (files::name(path), files::text(path)?);
    let finding = |issue| Finding::in_catalog(&file, &text, issue);
    let wrong = |issues: Vec<_>| Failure::Wrong { findings: issues.into_iter().map(finding).collect(), more: 0 };
    let (catalog, held_to) = author::compile_held(&text, horizon).map_err(wrong)?;
    let book = coupons::book(&text, &catalog);
    let budget = |terms: &Terms| {
        let (coupons, per_person) = (terms.budget.coupons, terms.budget.per_person);
        Budget { offer: Key::of(&terms.coupon), coupons, per_person }
    };
    let budgets = book.coupons.iter().map(budget).collect();
    Ok(Shop { engine: Engine::new(catalog), held_to, budgets })
}

/// Reads a first day. No signal is taken of before 1973, and no pack is good for centuries.
pub fn first_day(text: &str) -> Result<Date, String> {
    let day: Date = text.parse().map_err(|error: jiff::Error| error.to_string())?;
    let is_near = (1974..2200).contains(&day.year());
    if is_near { Ok(day) } else { Err("it must be a day from 1974-01-01 to 2199-12-31".into()) }
}

/// Returns the day of an instant, UTC, as a plan counts it.
pub fn day_of(at: Timestamp) -> i32 {
    i32::try_from(at.ms().div_euclid(Span::days(1).ms())).unwrap_or_default()
}

/// Returns a day as a plan counts it.
pub fn day(date: Date) -> i32 {
    (date - jiff::civil::date(1970, 1, 1)).get_days()
}

fn plan(args: &Args, shop: &Shop) -> Result<Plan, Failure> {
    let mut plan =
        Plan { from: day(args.from), days: args.days, models: args.models, ..Plan::year(args.seed, args.people) };
    if let Some(shoppers) = args.shoppers {
        let part = |all: u32| (u64::from(all) * u64::from(args.people)).div_ceil(u64::from(shoppers));
        let theirs = |all: &Budget| Budget { coupons: u32::try_from(part(all.coupons)).unwrap_or(u32::MAX), ..*all };
        plan.budgets = shop.budgets.iter().map(theirs).collect();
    }
    if let Some(folder) = &args.data {
        let (histories, mapping) = households::read(folder, &shop.engine.catalog)?;
        (plan.histories, plan.mapping) = (histories, Some(mapping));
    }
    Ok(plan)
}

/// People that one thread takes at a time.
const AT_ONCE: u32 = 16;

/// Lets everybody live with words that are always news.
pub fn live(threads: Option<u16>, shop: &Shop, plan: &Plan, what: &'static str) -> (Summary, Outcome) {
    live_with(threads, shop, plan, &BTreeMap::new(), what)
}

/// Lets everybody live; `fresh` as in [`World::with_fresh`]. Which thread somebody lives on changes nothing: parts are put
/// together in the order of people.
pub fn live_with(
    threads: Option<u16>,
    shop: &Shop,
    plan: &Plan,
    fresh: &BTreeMap<String, (i32, i32)>,
    what: &'static str,
) -> (Summary, Outcome) {
    let world = World::new(&shop.engine).with_fresh(fresh);
    if !plan.budgets.is_empty() {
        let progress = progress(plan.days.into(), "days");
        let outcome = together(&world, plan, &mut |_| progress.inc(1));
        progress.finish_and_clear();
        return (Summary::new(&world, plan, &outcome, &shop.held_to), outcome);
    }
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
    let threads = threads.map_or_else(|| thread::available_parallelism().map_or(1, usize::from), usize::from);
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

/// Lets everybody live, and logs what was decided.
fn logged(log: &Path, path: &Path, shop: &Shop, plan: &Plan) -> Result<(Summary, Outcome), Failure> {
    let pack = files::bytes(path)?;
    if !pack.starts_with(&pack::MAGIC) {
        return Err(Failure::LogOfCatalog(files::name(path)));
    }
    let (world, progress) = (World::new(&shop.engine), progress(plan.people, "people"));
    let outcome = log::write(log, &world, plan, &pack_sum(&pack), &mut || progress.inc(1))?;
    progress.finish_and_clear();
    Ok((Summary::new(&world, plan, &outcome, &shop.held_to), outcome))
}

fn progress(count: u32, what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} [{wide_bar}] {pos}/{len} {eta}");
    let bar = ProgressBar::new(count.into());
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
