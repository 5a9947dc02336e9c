//! `tactful authority`: who may publish. A folder with root keys, publishers' keys, and every authority that was signed.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use tactful::publish::{Authority, Known, Publisher};
use tactful::token::signed::{PrivateKey, PublicKey, Roots};
use tactful::value::{Span, Timestamp};

use crate::failure::Failure;
use crate::files;
use crate::help;
use crate::keyring::{self, clock, rfc3339};
use crate::report::say;

/// How long an authority is good for, and a publisher's key.
const LIFE: Span = Span::days(365);

/// Make, renew and change who may publish
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    New(NewArgs),
    Rotate(RotateArgs),
    Add(AddArgs),
    Remove(RemoveArgs),
}

/// Make roots, publishers' keys and the first authority in a new folder
///
/// Keep the `root-*.jwk` away from any network, each with somebody else; copies of the folder without them are for publishers.
/// `trust.json` goes to the edge and into the pages, once.
#[derive(clap::Args)]
#[command(after_help = help!("tactful authority new keys --shop nordkorb --publisher anna"))]
struct NewArgs {
    /// The folder to make
    folder: PathBuf,
    /// The shop
    #[arg(long, value_name = "NAME")]
    shop: String,
    /// Who may publish
    #[arg(long, value_name = "NAME", required = true)]
    publisher: Vec<String>,
    /// How many roots
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=16))]
    roots: u8,
    /// How many of them have to sign an authority
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=16))]
    threshold: u8,
    /// When it is (RFC 3339); without it, now
    #[arg(long, value_name = "TIME")]
    now: Option<jiff::Timestamp>,
}

/// Sign the next authority: the same publishers for another year, and another root in the place of one that was lost
#[derive(clap::Args)]
#[command(after_help = help!("tactful authority rotate keys --replace root-2"))]
struct RotateArgs {
    #[command(flatten)]
    folder: Folder,
    /// A root that a new one takes the place of: the name of its file, or its public key
    #[arg(long, value_name = "ROOT")]
    replace: Option<String>,
}

/// Let somebody publish, with a new key
#[derive(clap::Args)]
#[command(after_help = help!("tactful authority add keys ben"))]
struct AddArgs {
    #[command(flatten)]
    folder: Folder,
    /// Who
    name: String,
    /// Their public key (base64url); without it, a new private key is made in the folder
    #[arg(long, value_name = "KEY", value_parser = public_key, allow_hyphen_values = true)]
    key: Option<PublicKey>,
}

/// Let somebody publish no more: their key was stolen, or they left
///
/// Then publish, or `tactful publish --renew`: what their key signed is refused from then on.
#[derive(clap::Args)]
#[command(after_help = help!("tactful authority remove keys ben"))]
struct RemoveArgs {
    #[command(flatten)]
    folder: Folder,
    /// Who: their name, or their public key
    #[arg(allow_hyphen_values = true)]
    name: String,
}

#[derive(clap::Args)]
struct Folder {
    /// The folder that `tactful authority new` made
    folder: PathBuf,
    /// Private keys of roots; without it, every root-*.jwk of the folder
    #[arg(long, value_name = "FILE")]
    root: Vec<PathBuf>,
    /// When it is (RFC 3339); without it, now
    #[arg(long, value_name = "TIME")]
    now: Option<jiff::Timestamp>,
}

/// Makes, renews or changes.
pub fn authority(args: &Args) -> Result<(), Failure> {
    match &args.command {
        Command::New(args) => new(args),
        Command::Rotate(args) => args.folder.change(|next, at| rotate(next, at, args)),
        Command::Add(args) => args.folder.change(|next, at| add(next, at, args)),
        Command::Remove(args) => args.folder.change(|next, _| remove(next, &args.name)),
    }
}

fn new(args: &NewArgs) -> Result<(), Failure> {
    if args.threshold > args.roots {
        return Err(Failure::Threshold { threshold: args.threshold, roots: args.roots });
    }
    let failed = |cause| Failure::Write { file: files::name(&args.folder), cause };
    fs::create_dir(&args.folder).and_then(|()| fs::create_dir(args.folder.join("authority"))).map_err(failed)?;
    let (now, mut roots) = (clock(args.now), Vec::new());
    for number in 1..=args.roots {
        roots.push(keyring::make_key(&args.folder, |_| format!("root-{number}"))?);
    }
    let keys = Roots { keys: roots.iter().map(PrivateKey::public).collect(), threshold: args.threshold };
    keyring::write_trust(&args.folder, 1, &keys)?;
    let publishers: Result<Vec<_>, _> = args.publisher.iter().map(|name| publisher(&args.folder, name, now)).collect();
    let first = Authority {
        shop: args.shop.clone(),
        version: 1,
        issued: now,
        expires: now.after(LIFE),
        roots: keys,
        publishers: publishers?,
    };
    sign(&args.folder, &first, &roots)
}

impl Folder {
    /// Takes the last authority of the folder, changes it and signs it as the next one.
    fn change(&self, change: impl FnOnce(&mut Authority, At<'_>) -> Result<(), Failure>) -> Result<(), Failure> {
        let known = known(&self.folder)?;
        let last = known.authority().ok_or_else(|| Failure::NoTrust { file: files::name(&self.folder) })?;
        let now = clock(self.now);
        let mut next = Authority { version: last.version + 1, issued: now, expires: now.after(LIFE), ..last.clone() };
        let before = keyring::roots(&self.folder, &self.root)?;
        change(&mut next, At { folder: &self.folder, now })?;
        let after = keyring::roots(&self.folder, &self.root)?;
        let mut roots = before;
        roots.extend(after.into_iter().filter(|root| next.roots.keys.contains(&root.public())));
        roots.sort_by_key(PrivateKey::public);
        roots.dedup_by_key(|root| root.public());
        sign(&self.folder, &next, &roots)
    }
}

/// Where and when an authority is changed.
#[derive(Clone, Copy)]
struct At<'a> {
    folder: &'a Path,
    now: Timestamp,
}

fn rotate(next: &mut Authority, at: At<'_>, args: &RotateArgs) -> Result<(), Failure> {
    next.publishers.iter_mut().for_each(|by| by.not_after = at.now.after(LIFE));
    let Some(name) = &args.replace else { return Ok(()) };
    let file = at.folder.join(name).with_extension("jwk");
    let old = match PublicKey::of_url(name) {
        Some(key) => key,
        None => keyring::private_key(&file)?.public(),
    };
    let place = next.roots.keys.iter_mut().find(|root| **root == old).ok_or_else(|| Failure::NoKid(name.clone()))?;
    *place = keyring::make_key(at.folder, |_| free_name(at.folder))?.public();
    Ok(())
}

/// The name of a root that there is none of.
fn free_name(folder: &Path) -> String {
    let is_free = |name: &String| !folder.join(name).with_extension("jwk").exists();
    (1_u32..).map(|number| format!("root-{number}")).find(is_free).unwrap_or_default()
}

fn add(next: &mut Authority, at: At<'_>, args: &AddArgs) -> Result<(), Failure> {
    let by = match args.key {
        Some(key) => Publisher { key, name: args.name.clone(), not_before: at.now, not_after: at.now.after(LIFE) },
        None => publisher(at.folder, &args.name, at.now)?,
    };
    next.publishers.push(by);
    Ok(())
}

fn public_key(text: &str) -> Result<PublicKey, String> {
    PublicKey::of_url(text).ok_or_else(|| "a public key is the base64url of 32 bytes: 43 letters".into())
}

fn remove(next: &mut Authority, name: &str) -> Result<(), Failure> {
    let before = next.publishers.len();
    next.publishers.retain(|by| by.name != name && by.key.to_url() != name);
    if next.publishers.len() < before { Ok(()) } else { Err(Failure::NoKid(name.into())) }
}

/// Makes a publisher's key. One that was removed and comes back needs another name, since no key is written over.
fn publisher(folder: &Path, name: &str, now: Timestamp) -> Result<Publisher, Failure> {
    let is_plain = !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || letter == '-');
    if !is_plain || keyring::is_root(Path::new(name)) {
        return Err(Failure::NoName(name.into()));
    }
    let key = keyring::make_key(folder, |_| name.into())?.public();
    Ok(Publisher { key, name: name.into(), not_before: now, not_after: now.after(LIFE) })
}

/// Reads every authority of a folder, each of which has to follow from the one before.
fn known(folder: &Path) -> Result<Known, Failure> {
    let mut known = Known::new(keyring::trust(&folder.join("trust.json"))?);
    loop {
        let path = folder.join(format!("authority/{}", known.next().map_err(Failure::Publish)?));
        if !path.exists() {
            return Ok(known);
        }
        known.take_authority(&files::text(&path)?).map_err(Failure::Publish)?;
    }
}

/// Signs an authority and writes it, if readers who know the ones before would take it.
fn sign(folder: &Path, next: &Authority, roots: &[PrivateKey]) -> Result<(), Failure> {
    let text = next.sign(roots).map_err(Failure::Publish)?;
    let mut known = known(folder)?;
    known.take_authority(&text).map_err(Failure::Publish)?;
    let path = folder.join(format!("authority/{}", next.version));
    files::write(&path, |file| file.write_all(text.as_bytes()))?;
    let names: Vec<&str> = next.publishers.iter().map(|by| by.name.as_str()).collect();
    say(format_args!(
        "{}: authority {} of `{}`, until {}; {} may publish",
        files::name(folder),
        next.version,
        next.shop,
        rfc3339(next.expires),
        names.join(", ")
    ));
    Ok(())
}
