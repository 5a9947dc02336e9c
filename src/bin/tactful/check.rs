//! `tactful check`: everything that is wrong with a catalog, or what is in it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use tactful::author::{self, Horizon, Purpose, budget};
use tactful::catalog::{Catalog, Kind};
use tactful::decide::MOST_PASSED;
use tactful::wire::pack;

use crate::failure::Failure;
use crate::files;
use crate::help;
use crate::report::{Finding, printable, say};
use crate::terms::Coupons;

/// Check a catalog and tell every problem with its place
#[derive(clap::Args)]
#[command(after_help = help!("tactful check examples/nordkorb/catalog.json"))]
pub struct Args {
    /// The catalog (JSON)
    catalog: PathBuf,
    /// The day on which it is checked: hours, holidays and time zones are looked at from two years before to five after; without it,
    /// today
    #[arg(long, value_name = "DATE")]
    today: Option<Date>,
    /// Print each problem as one line of JSON: code, path, line, column, message
    #[arg(long)]
    json: bool,
}

/// Checks a catalog.
pub fn check(args: &Args) -> Result<(), Failure> {
    let catalog = read(&args.catalog, horizon(args.today))?;
    tell_notices(&args.catalog, &catalog);
    let text = files::text(&args.catalog)?;
    let purpose = author::purpose(&text);
    tell_unsaid(&args.catalog, &purpose);
    if args.json {
        return Ok(());
    }
    writeln!(io::stdout(), "{}: fine; {}", files::name(&args.catalog), summary(&catalog))?;
    writeln!(io::stdout(), "  purpose: {}", printable(&purpose.sentence))?;
    if let Some(coupons) = Coupons::of(&catalog, &text).for_people() {
        writeln!(io::stdout(), "{coupons}")?;
    }
    Ok(())
}

/// The years around a day, or around today.
pub fn horizon(today: Option<Date>) -> Horizon {
    let year = today.unwrap_or_else(|| jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()).year();
    Horizon::around(year.into())
}

/// Reads and compiles a catalog for these years.
pub fn read(path: &Path, horizon: Horizon) -> Result<Catalog, Failure> {
    let (file, text) = (files::name(path), files::text(path)?);
    let finding = |issue| Finding::in_catalog(&file, &text, issue);
    author::compile_for(&text, horizon)
        .map_err(|issues| Failure::Wrong { findings: issues.into_iter().map(finding).collect(), more: 0 })
}

/// Says on standard error what is odd about a catalog that can be compiled.
pub fn tell_notices(path: &Path, catalog: &Catalog) {
    notices(catalog).iter().for_each(|notice| say(format_args!("notice: {}: {notice}", files::name(path))));
}

/// Returns what is odd about a catalog that can be compiled, a sentence each.
pub fn notices(catalog: &Catalog) -> Vec<String> {
    [cost(catalog), crowded(catalog), swapped(catalog)].into_iter().flatten().collect()
}

/// Which stores seem to have longitude and latitude in the wrong order.
fn swapped(catalog: &Catalog) -> Option<String> {
    let swapped = author::swapped(catalog);
    let id = catalog.text(catalog.store(*swapped.first()?)?.id);
    let more = if swapped.len() > 1 { format!(" and {} more", swapped.len() - 1) } else { String::new() };
    Some(format!(
        "the store `{id}`{more} of {} lies far from where the shop is, and would not with its two numbers turned round; \
         GeoJSON has longitude first, such as `[24.94, 60.17]`",
        catalog.stores.len(),
    ))
}

/// Where one decision could cost more than it should.
fn cost(catalog: &Catalog) -> Option<String> {
    let worst = budget::worst(catalog).filter(|worst| worst.instructions() > budget::GOAL)?;
    let id = catalog.placement(worst.placement).map_or("", |placement| catalog.text(placement.id));
    Some(format!(
        "one decision for the placement `{id}` could take {} instructions, more than the {} that it should; \
         `tactful compile --report` shows what of",
        worst.instructions(),
        budget::GOAL,
    ))
}

/// Where offers could be silent behind others that do not run.
fn crowded(catalog: &Catalog) -> Option<String> {
    let (placement, scheduled) = budget::crowded(catalog)?;
    let id = catalog.placement(placement).map_or("", |placement| catalog.text(placement.id));
    Some(format!(
        "the placement `{id}` has {scheduled} offers with a schedule; where {MOST_PASSED} in a row fit and do not run, those of \
         lower priority are not looked at: take offers out that have ended"
    ))
}

/// Says on standard error which offers do not say what good they do.
fn tell_unsaid(path: &Path, Purpose { unsaid, offers, .. }: &Purpose) {
    if let [first, rest @ ..] = unsaid.as_slice() {
        let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
        say(format_args!(
            "notice: {}: `{first}`{more} of {offers} offers do not say what good they do for the person who sees them; give \
             each a `purpose`",
            files::name(path),
        ));
    }
}

fn summary(catalog: &Catalog) -> String {
    let kinds = Kind::ALL.map(|(kind, name)| {
        let count = catalog.offers().filter(|(_, offer)| offer.kind == kind).count();
        format!("{name} {count}")
    });
    format!(
        "{} offers ({}), {} products in {} categories, {} stores, {} placements; {} bytes as a pack",
        catalog.offers.len(),
        kinds.join(", "),
        catalog.products.len(),
        catalog.categories.len(),
        catalog.stores.len(),
        catalog.placements.len(),
        pack::encode(catalog).len(),
    )
}
