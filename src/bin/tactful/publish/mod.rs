//! `tactful publish`, `rollback`, `stop`: what a shop says reaches every page within seconds, signed and logged.

pub mod desk;
pub mod history;
mod place;
mod told;
pub use place::Place;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tactful::author::json::SignalIssue;
use tactful::author::{self, Horizon};
use tactful::catalog::Catalog;
use tactful::publish::{Claims, Content, Entry, PackOf, Staged};
use tactful::simulate::Plan;
use tactful::simulate::summary::{Comparison, Summary, ThresholdView};
use tactful::token::text::url;
use tactful::value::Timestamp;
use tactful::wire::pack;

use crate::check;
use crate::compile::Tables;
use crate::failure::Failure;
use crate::files;
use crate::guard;
use crate::help;
use crate::regions::{self, CutArgs};
use crate::report::Finding;
use crate::simulate::{self, Shop};
use crate::terms::Coupons;
use desk::{At, Desk};
use told::Told;

/// Publish a catalog: checked, simulated against its own bounds, compiled, signed, and announced
///
/// Open pages have it within seconds. Only what follows what is published now is taken: a second publisher who was slower is
/// refused, and nothing of it is there.
#[derive(clap::Args)]
#[command(after_help = help!(
    "tactful publish catalog.json --to https://shop.example --keys keys --note \"lights out\"\n  \
     tactful publish catalog.json --to https://shop.example --keys keys --stage 10\n  \
     tactful publish --promote --to https://shop.example --keys keys"
))]
pub struct Args {
    /// The catalog (JSON)
    #[arg(required_unless_present_any = ["promote", "renew"], conflicts_with_all = ["promote", "renew"])]
    catalog: Option<PathBuf>,
    #[command(flatten)]
    at: At,
    /// Only for so many of 100 devices at first; everybody else keeps what they have
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u16).range(1..=99))]
    stage: Option<u16>,
    /// Give everybody what is staged now, or with `--stage` a larger share
    #[arg(long, conflicts_with = "renew")]
    promote: bool,
    /// Publish what is published now again, before its time is over or after an authority changed
    #[arg(long)]
    renew: bool,
    /// Pages wait up to so long before they claim a coupon, each for itself, so that a million of them do not come at once
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(..=600))]
    claim_jitter: Option<u32>,
    /// Publish without holding the catalog to the bounds in its `simulation`, and to what is published now
    #[arg(long)]
    skip_simulation: bool,
    /// Publish although the simulated people would be worse off than with what is published now
    #[arg(long)]
    allow_worse: bool,
    /// People who live the simulated year
    #[arg(long, default_value_t = 300, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    people: u32,
    /// Tills of the shop, for what they could honour too much while they are cut off
    #[arg(long, value_name = "N", default_value_t = 1)]
    tills: u32,
    /// A pack for each region of the chain, too: a page then loads only the stores around it
    #[arg(long)]
    regions: bool,
    #[command(flatten)]
    cut: CutArgs,
    /// A pack for each language, too, with `--regions` for each language of each: a page then loads only the texts of its own
    #[arg(long)]
    languages: bool,
    #[command(flatten)]
    tables: Tables,
}

/// Publish a version of before again, as a new one
///
/// Versions only go forward, so going back is a new version with old content.
#[derive(clap::Args)]
#[command(after_help = help!("tactful rollback 16 --to https://shop.example --keys keys --note \"wrong prices\""))]
pub struct RollbackArgs {
    /// The version whose packs are published again
    version: u64,
    #[command(flatten)]
    at: At,
}

/// Stop offers at once, also on cards that are already on a screen
///
/// The head names them; the next `tactful publish` leaves them out of the pack.
#[derive(clap::Args)]
#[command(after_help = help!("tactful stop welcome-basket --to https://shop.example --keys keys --note \"wrong amount\""))]
pub struct StopArgs {
    /// Ids of offers
    #[arg(required = true)]
    offers: Vec<String>,
    #[command(flatten)]
    at: At,
    /// Let them be shown again
    #[arg(long)]
    resume: bool,
}

/// Publishes.
pub fn publish(args: &Args) -> Result<(), Failure> {
    let mut desk = Desk::open(&args.at)?;
    let claims = args.claim_jitter.map(|seconds| Claims { jitter_ms: seconds * 1_000 });
    let claim = |entry: &mut Entry| entry.claims = claims.unwrap_or(entry.claims);
    let Some(path) = &args.catalog else {
        let now = if args.renew { renewed(&desk)? } else { promoted(&desk, args.stage)? };
        let done = desk.publish(|entry| {
            (entry.packs, entry.regions, entry.staged) = now;
            claim(entry);
        })?;
        return Told::new(&args.at, &done).tell();
    };
    let (catalog, text) = compiled(args, path, &desk)?;
    if !args.skip_simulation {
        guarded(args, &desk, (path, &catalog, &text))?;
    }
    let (packs, regions) = packs(args, &mut desk, &catalog, &text)?;
    let staged = args.stage.map(|percent| Ok::<_, Failure>((salt()?, percent * 10))).transpose()?;
    let done = match staged {
        None => desk.publish(|entry| {
            (entry.packs, entry.regions) = (packs, regions);
            claim(entry);
        })?,
        Some((salt, permille)) => {
            let current = desk.current()?.clone();
            let others = match current.staged {
                Some(_) => again(&mut desk, &current)?,
                None => (current.packs, current.regions),
            };
            desk.publish(|entry| {
                (entry.packs, entry.regions) = others;
                entry.staged = Some(Staged { permille, salt, packs, regions });
                claim(entry);
            })?
        }
    };
    let (notices, coupons) = (check::notices(&catalog), Coupons::of(&catalog, &text));
    Told::new(&args.at, &done).of_catalog(notices, coupons, args.tills).tell()
}

/// Lets people live with what is to be published: it has to keep its own bounds, and they may not surely be worse off than with
/// what is published now. That is not asked where offers were stopped, since the pack of now still has them.
fn guarded(args: &Args, desk: &Desk<'_>, (path, catalog, text): (&Path, &Catalog, &str)) -> Result<(), Failure> {
    let held_to = author::compile_held(text, desk.horizon()).map(|(_, held_to)| held_to).unwrap_or_default();
    let next = Shop { held_to, ..Shop::of(catalog.clone()) };
    let current = desk.current().ok().filter(|entry| entry.stopped.is_empty() && !args.allow_worse);
    let current = current.and_then(|entry| Some((entry, entry.packs.iter().find(|part| part.is_whole())?)));
    if next.held_to.is_empty() && current.is_none() {
        return Ok(());
    }
    let plan = Plan { from: simulate::day_of(desk.now()), ..Plan::year(1, args.people) };
    let (then, of) = simulate::live(None, &next, &plan, "people with the next catalog");
    kept(path, &then)?;
    let Some((entry, part)) = current else { return Ok(()) };
    let now = Shop::of(opened(desk, entry, part)?);
    let (before, of_before) = simulate::live(None, &now, &plan, "people with the catalog of now");
    guard::judge(&Comparison::new((before, &of_before), (then, &of))).map_err(Failure::HeldBack)
}

/// Refuses a catalog that does not keep its own bounds, each at its place.
fn kept(path: &Path, then: &Summary) -> Result<(), Failure> {
    let (file, text) = (files::name(path), files::text(path)?);
    let finding = |bound: &ThresholdView| {
        let (code, path) = ("bounds".into(), format!("/simulation/{}", bound.name));
        let message = bound.breach.clone()?;
        Some(Finding::in_text(&file, &text, SignalIssue { code, path, message }))
    };
    let findings: Vec<Finding> = then.thresholds.iter().filter_map(finding).collect();
    if findings.is_empty() { Ok(()) } else { Err(Failure::Wrong { findings, more: 0 }) }
}

/// Publishes a version of before.
pub fn rollback(args: &RollbackArgs) -> Result<(), Failure> {
    let mut desk = Desk::open(&args.at)?;
    let old = desk.history()?.into_iter().find(|entry| entry.version == args.version);
    let old = old.ok_or(Failure::NoVersion(args.version))?;
    let packs = again(&mut desk, &old)?;
    let done = desk.publish(|entry| (entry.packs, entry.regions) = packs)?;
    Told::new(&args.at, &done).tell()
}

/// Stops offers, or lets them be shown again.
pub fn stop(args: &StopArgs) -> Result<(), Failure> {
    let desk = Desk::open(&args.at)?;
    let current = desk.current()?.clone();
    let mut stopped: BTreeSet<String> = current.stopped.iter().cloned().collect();
    if args.resume {
        let shown: Vec<&str> =
            args.offers.iter().filter(|offer| !stopped.contains(*offer)).map(String::as_str).collect();
        if !shown.is_empty() {
            return Err(Failure::NotStopped(shown.join("`, `")));
        }
        stopped.retain(|offer| !args.offers.contains(offer));
    } else {
        Failure::unless_known(&args.offers, offers(&desk, &current)?.iter().map(String::as_str))?;
        stopped.extend(args.offers.iter().cloned());
    }
    let now = renewed(&desk)?;
    let done = desk.publish(|entry| {
        (entry.packs, entry.regions, entry.staged) = now;
        entry.stopped = stopped.into_iter().collect();
    })?;
    Told::new(&args.at, &done).tell()
}

/// Packs, their regions, and what is staged.
type Shown = (Vec<PackOf>, Option<Content>, Option<Staged>);

/// What is published now.
fn renewed(desk: &Desk<'_>) -> Result<Shown, Failure> {
    let Entry { packs, regions, staged, .. } = desk.current()?.clone();
    Ok((packs, regions, staged))
}

/// What is staged now, for everybody or a larger share.
fn promoted(desk: &Desk<'_>, percent: Option<u16>) -> Result<Shown, Failure> {
    let (packs, regions, staged) = renewed(desk)?;
    let staged = staged.ok_or(Failure::NothingStaged)?;
    match percent.map(|percent| percent * 10) {
        None => Ok((staged.packs, staged.regions, None)),
        Some(permille) if permille < staged.permille => {
            Err(Failure::SmallerStage { got: permille / 10, known: staged.permille / 10 })
        }
        Some(permille) => Ok((packs, regions, Some(Staged { permille, ..staged }))),
    }
}

/// Checks and compiles a catalog, without what is stopped; returns it with its text.
fn compiled(args: &Args, path: &Path, desk: &Desk<'_>) -> Result<(Catalog, String), Failure> {
    let (mut catalog, mut text) = (check::read(path, desk.horizon())?, files::text(path)?);
    check::tell_notices(path, &catalog);
    let stopped = desk.current().map(|entry| entry.stopped.clone()).unwrap_or_default();
    if !stopped.is_empty() {
        text = without(&text, |offer| stopped.iter().any(|id| offer.get("id").and_then(Value::as_str) == Some(id)));
        catalog = recompiled(&text, desk.horizon())?;
    }
    args.tables.put(&mut catalog)?;
    Ok((catalog, text))
}

/// A catalog that compiled before, changed.
fn recompiled(text: &str, horizon: Horizon) -> Result<Catalog, Failure> {
    author::compile_for(text, horizon).map_err(|issues| {
        let message = issues.into_iter().next().map(|issue| issue.message).unwrap_or_default();
        Failure::WithoutStopped(message)
    })
}

/// The text of a catalog without some offers.
fn without(text: &str, is_out: impl Fn(&Value) -> bool) -> String {
    let mut catalog: Value = serde_json::from_str(text).unwrap_or_default();
    if let Some(offers) = catalog.get_mut("offers").and_then(Value::as_array_mut) {
        offers.retain(|offer| !is_out(offer));
    }
    catalog.to_string()
}

/// The packs of a catalog: one for everybody, and one for each region, each language, and each language of each region where
/// that is wanted; with the index of the regions.
fn packs(
    args: &Args,
    desk: &mut Desk<'_>,
    catalog: &Catalog,
    text: &str,
) -> Result<(Vec<PackOf>, Option<Content>), Failure> {
    let (version, horizon) = (desk.version(), desk.horizon());
    let (mut packs, mut index) = (Vec::new(), None);
    let mut add = |language: Option<&str>, catalog: &Catalog, text: &str| {
        let whole = Catalog { version, ..catalog.clone() };
        packs.push(desk.add(None, language, pack::encode(&whole))?);
        let made = if args.regions {
            args.cut.make(&whole, (text, horizon), version, |_, hash| hash.to_string())
        } else {
            None
        };
        let Some(made) = made else { return Ok(()) };
        for part in made.packs {
            packs.push(desk.add(Some(&part.name), language, part.bytes)?);
        }
        // It names the packs of all languages; what is in each language lies beside them.
        index.get_or_insert(made.index);
        Ok::<_, Failure>(())
    };
    add(None, catalog, text)?;
    let languages = if args.languages { author::languages::each(text) } else { Vec::new() };
    for (language, text) in languages {
        let mut part = recompiled(&text, horizon)?;
        args.tables.put(&mut part)?;
        add(Some(&language), &part, &text)?;
    }
    Ok((packs, index.map(|index| desk.add_index(index.into_bytes()))))
}

/// The packs of an entry of before and their index, as content of the version that comes next.
fn again(desk: &mut Desk<'_>, old: &Entry) -> Result<(Vec<PackOf>, Option<Content>), Failure> {
    let packs = desk.again(&old.packs, desk.version())?;
    let regions = old.regions.as_ref().map(|index| moved(desk, index, &old.packs, &packs)).transpose()?;
    Ok((packs, regions))
}

/// A region index whose packs were published again.
fn moved(desk: &mut Desk<'_>, index: &Content, old: &[PackOf], new: &[PackOf]) -> Result<Content, Failure> {
    let version = desk.version();
    let mut text = String::from_utf8_lossy(&desk.content(index, version)?).into_owned();
    for (old, new) in old.iter().zip(new) {
        let (from, to) = (old.content.sha256, new.content.sha256);
        text = text.replace(&from.to_string(), &to.to_string()).replace(&regions::digest(&from), &regions::digest(&to));
    }
    let mut index: Value = serde_json::from_str(&text).unwrap_or_default();
    if let Some(field) = index.get_mut("version") {
        *field = version.into();
    }
    Ok(desk.add_index(index.to_string().into_bytes()))
}

/// The ids of all offers that are published, staged ones too.
fn offers(desk: &Desk<'_>, entry: &Entry) -> Result<BTreeSet<String>, Failure> {
    let mut found = BTreeSet::new();
    let staged = entry.staged.iter().flat_map(|staged| &staged.packs);
    for part in entry.packs.iter().chain(staged).filter(|part| part.is_whole()) {
        let catalog = opened(desk, entry, part)?;
        found.extend(catalog.offers().map(|(_, offer)| catalog.text(offer.id).to_owned()));
    }
    Ok(found)
}

fn opened(desk: &Desk<'_>, entry: &Entry, part: &PackOf) -> Result<Catalog, Failure> {
    let catalog = pack::open(desk.content(&part.content, entry.version)?, Timestamp::from_ms(0), 0);
    catalog.map_err(|fault| Failure::Pack { file: part.content.sha256.to_string(), fault })
}

fn salt() -> Result<String, Failure> {
    let mut salt = [0; 9];
    getrandom::fill(&mut salt).map_err(|cause| Failure::Chance(cause.to_string()))?;
    Ok(url(&salt))
}
