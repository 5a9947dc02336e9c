//! `tactful log`: who published what and when, held to the signed head and to what was seen before.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::json;
use tactful::publish::log::Tree;
use tactful::publish::{Entry, Fault, Head, Known};

use super::Place;
use super::desk::{see, seen, take};
use crate::failure::Failure;
use crate::help;
use crate::keyring;
use crate::report::say;

/// Tell who published what and when, and that nothing of it was changed since
///
/// The log is checked against the head, the head against the roots, and both against what was seen the last time.
#[derive(clap::Args)]
#[command(after_help = help!("tactful log --from https://shop.example --trust keys/trust.json"))]
pub struct Args {
    /// Where it is published: an address, or a folder
    #[arg(long, value_name = "URL|FOLDER")]
    from: String,
    /// The roots to trust (trust.json); without it, nobody's signature is checked
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// Where what was seen is kept; without it, seen-log.json beside the roots
    #[arg(long, value_name = "FILE")]
    seen: Option<PathBuf>,
    /// When it is (RFC 3339); without it, now
    #[arg(long, value_name = "TIME")]
    now: Option<jiff::Timestamp>,
    /// Print one line of JSON for each
    #[arg(long)]
    json: bool,
}

/// Tells the log.
pub fn log(args: &Args) -> Result<(), Failure> {
    let place = Place::named(&args.from);
    let text = place.head()?.ok_or_else(|| Failure::NothingPublished(args.from.clone()))?;
    let head = Head::parse(&text).map_err(Failure::Publish)?;
    let names = names(args, &place, &text)?;
    let kept = args.seen.clone().or_else(|| args.trust.as_deref().map(|trust| trust.with_file_name("seen-log.json")));
    let entries = place.entries(0, &head.log)?;
    let whole = followed(kept.as_deref(), &entries, &head)?;
    if let Some(kept) = &kept {
        see(kept, &whole)?;
    }
    if keyring::clock(args.now) >= head.entry.expires {
        say("notice: the last head is not acted on any more; publish it anew with `tactful publish --renew`");
    }
    let mut output = io::stdout().lock();
    for entry in &entries {
        let entry: Entry =
            serde_json::from_str(entry).map_err(|cause| Failure::Json { file: "log".into(), line: 1, cause })?;
        let who = names.get(&entry.publisher.to_url()).cloned().unwrap_or_else(|| entry.publisher.to_url());
        writeln!(output, "{}", if args.json { for_programs(&entry, &who) } else { for_people(&entry, &who) })?;
    }
    Ok(())
}

/// The names of all publishers' keys, of every authority on the way to the head's.
fn names(args: &Args, place: &Place, head: &str) -> Result<BTreeMap<String, String>, Failure> {
    let mut names = BTreeMap::new();
    let Some(trust) = &args.trust else {
        say("notice: without `--trust`, signatures are not checked, and publishers have no names");
        return Ok(names);
    };
    let mut known = Known::new(keyring::trust(trust)?);
    take(&mut known, head, keyring::clock(args.now), |version| place.authority(version))?;
    let last = known.authority().map_or(0, |authority| authority.version);
    let mut step = Known::new(keyring::trust(trust)?);
    while step.authority().map_or(0, |authority| authority.version) < last {
        let next = step.next().map_err(Failure::Publish)?;
        let text = place.authority(next)?.ok_or(Failure::Publish(Fault::NoAuthority(next)))?;
        let authority = step.take_authority(&text).map_err(Failure::Publish)?;
        names.extend(authority.publishers.iter().map(|by| (by.key.to_url(), by.name.clone())));
    }
    Ok(names)
}

/// Holds a log to what was seen of it and to its head.
fn followed(kept: Option<&Path>, entries: &[String], head: &Head) -> Result<Tree, Failure> {
    let before = kept.map(seen).transpose()?.unwrap_or_default();
    let size = usize::try_from(before.size()).unwrap_or(usize::MAX);
    let wrong = Failure::Publish(Fault::WrongLog { size: before.size() });
    let texts = || entries.iter().map(String::as_str);
    let older = Tree::default().follow(texts().take(size), &before.checkpoint()).map_err(|_| wrong)?;
    older.follow(texts().skip(size), &head.log).map_err(Failure::Publish)
}

fn for_people(entry: &Entry, who: &str) -> String {
    let bytes: u64 = entry.packs.iter().map(|pack| pack.content.bytes).sum();
    let mut told = format!("{:>4}  {}  {who}: {bytes} bytes of packs", entry.version, keyring::rfc3339(entry.issued));
    if let Some(staged) = &entry.staged {
        told += &format!(", {} of 100 devices", staged.permille / 10);
    }
    if !entry.stopped.is_empty() {
        told += &format!(", stopped {}", entry.stopped.join(" "));
    }
    if !entry.note.is_empty() {
        told += &format!(" ({})", entry.note.replace(char::is_control, "\u{fffd}"));
    }
    told
}

fn for_programs(entry: &Entry, who: &str) -> String {
    json!({"publisher_name": who, "entry": entry}).to_string()
}
