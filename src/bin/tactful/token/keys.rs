//! `tactful token keys`: a folder with the roots, the keys that sign tokens, and the key set that tills read.
//!
//! Private keys are JSON Web Keys that only their owner may read, and are never written over. Keys sign for seven days each;
//! the two that follow are in the set before they are needed, so that a till that was away knows them already.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};
use tactful::token::keys::{KeySet, TokenKey};
use tactful::token::signed::{PrivateKey, Roots, Trust, of_hex};
use tactful::token::{Campaign, Environment, Kid, Merchant};
use tactful::value::{Span, Timestamp};

use crate::failure::Failure;
use crate::files;
use crate::help;
use crate::keyring::{self, clock, rfc3339};
use crate::report::say;

/// How long a key signs.
const EPOCH: Span = Span::days(7);
/// Keys that are in a set before they are needed.
const AHEAD: u32 = 2;
/// How long a till without a network goes by a set.
const FRESH: Span = Span::days(3);
/// How long anybody does.
const LIFE: Span = Span::days(30);
/// How long after its last day tokens of a key are valid.
const TAIL: Span = Span::days(45);

/// Make, renew and call back the keys of a shop
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    New(NewArgs),
    Rotate(RotateArgs),
    Revoke(RevokeArgs),
}

/// Make roots, keys and the first key set in a new folder
///
/// Keep the `root-*.jwk` away from any network: they sign key sets. `trust.json` goes to every till once, `keys.json` whenever it
/// changes; the other `.jwk` are for who issues tokens. A till without a network goes by a set for three days, others for 30.
#[derive(clap::Args)]
#[command(after_help = help!("tactful token keys new keys --merchant 77"))]
struct NewArgs {
    /// The folder to make
    folder: PathBuf,
    /// The shop's number
    #[arg(long, value_name = "N")]
    merchant: u32,
    /// Are tokens worth money?
    #[arg(long, value_enum, default_value_t = Env::Production)]
    env: Env,
    /// How many roots
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=16))]
    roots: u8,
    /// How many of them have to sign a key set
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=16))]
    threshold: u8,
    /// When it is (RFC 3339); without it, now
    #[arg(long, value_name = "TIME")]
    now: Option<jiff::Timestamp>,
}

/// Sign the next key set: keys for this week and the two that follow, fresh again
#[derive(clap::Args)]
#[command(after_help = help!("tactful token keys rotate keys"))]
struct RotateArgs {
    #[command(flatten)]
    folder: Folder,
}

/// Call keys or campaigns back, and sign the next key set
#[derive(clap::Args)]
#[command(after_help = help!("tactful token keys revoke keys --coupon oat-milk"))]
struct RevokeArgs {
    #[command(flatten)]
    folder: Folder,
    /// Short name of a key that was lost or stolen; nothing that it signed counts any more
    #[arg(long, value_name = "KID", required_unless_present = "coupon")]
    kid: Vec<String>,
    /// Id of a coupon offer whose tokens no longer count
    #[arg(long, value_name = "ID")]
    coupon: Vec<String>,
}

#[derive(clap::Args)]
struct Folder {
    /// The folder that `tactful token keys new` made
    folder: PathBuf,
    /// Private keys of roots; without it, every root-*.jwk of the folder
    #[arg(long, value_name = "FILE")]
    root: Vec<PathBuf>,
    /// When it is (RFC 3339); without it, now
    #[arg(long, value_name = "TIME")]
    now: Option<jiff::Timestamp>,
}

/// Whether tokens are worth money.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Env {
    /// For trying things out
    Test,
    /// For shoppers
    Production,
}

impl From<Env> for Environment {
    fn from(env: Env) -> Self {
        match env {
            Env::Test => Self::Test,
            Env::Production => Self::Production,
        }
    }
}

/// Makes, renews or calls back.
pub fn keys(args: &Args) -> Result<(), Failure> {
    match &args.command {
        Command::New(args) => new(args),
        Command::Rotate(args) => args.folder.change(|_| Ok(())),
        Command::Revoke(args) => args.folder.change(|set| revoke(set, &args.kid, &args.coupon)),
    }
}

fn new(args: &NewArgs) -> Result<(), Failure> {
    if args.threshold > args.roots {
        return Err(Failure::Threshold { threshold: args.threshold, roots: args.roots });
    }
    let failed = |cause| Failure::Write { file: files::name(&args.folder), cause };
    fs::create_dir(&args.folder).map_err(failed)?;
    let mut roots = Vec::new();
    for number in 1..=args.roots {
        roots.push(keyring::make_key(&args.folder, |_| format!("root-{number}"))?);
    }
    let now = clock(args.now);
    let public = Roots { keys: roots.iter().map(PrivateKey::public).collect(), threshold: args.threshold };
    keyring::write_trust(&args.folder, 0, &public)?;
    let (merchant, environment) = (Merchant(args.merchant), args.env.into());
    let first = make_token_key(&args.folder, merchant, environment, (0, now))?;
    let mut set = KeySet {
        version: 0,
        issued: now,
        fresh_until: now,
        expires: now,
        roots: public,
        keys: vec![first],
        revoked_keys: Vec::new(),
        revoked_campaigns: Vec::new(),
    };
    next(&mut set, &args.folder, now)?;
    publish(&set, &args.folder, &roots)
}

impl Folder {
    /// Takes the set of the folder, changes it and signs it as the next one.
    fn change(&self, change: impl FnOnce(&mut KeySet) -> Result<(), Failure>) -> Result<(), Failure> {
        let mut set = open(&self.folder.join("keys.json"), &self.folder.join("trust.json"))?;
        change(&mut set)?;
        next(&mut set, &self.folder, clock(self.now))?;
        publish(&set, &self.folder, &keyring::roots(&self.folder, &self.root)?)
    }
}

/// Reads a key set and the roots that a till was set up with.
pub fn open(keys: &Path, trust: &Path) -> Result<KeySet, Failure> {
    let trust = keyring::trust(trust)?;
    KeySet::open(&files::text(keys)?, &trust).map_err(|fault| Failure::Keys { file: files::name(keys), fault })
}

fn revoke(set: &mut KeySet, kids: &[String], coupons: &[String]) -> Result<(), Failure> {
    for name in kids {
        let kid = of_hex(name).map(Kid).filter(|kid| set.keys.iter().any(|key| key.kid == *kid));
        set.revoked_keys.push(kid.ok_or_else(|| Failure::NoKid(name.clone()))?);
    }
    set.revoked_campaigns.extend(coupons.iter().map(|id| Campaign::of(id)));
    set.revoked_keys.sort_unstable();
    set.revoked_keys.dedup();
    set.revoked_campaigns.sort_unstable();
    set.revoked_campaigns.dedup();
    Ok(())
}

/// Makes the set the next one: keys whose tokens are all over leave, and those of the weeks to come join.
fn next(set: &mut KeySet, folder: &Path, now: Timestamp) -> Result<(), Failure> {
    let Some(first) = set.keys.iter().min_by_key(|key| key.epoch).copied() else {
        return Err(Failure::NoKid("any".into()));
    };
    let passed = u32::try_from(now.since(first.not_before).ms() / EPOCH.ms()).unwrap_or(u32::MAX - first.epoch - AHEAD);
    let current = first.epoch + passed;
    for epoch in current..=current + AHEAD {
        if !set.keys.iter().any(|key| key.epoch == epoch && !set.revoked_keys.contains(&key.kid)) {
            let weeks = Span::from_ms(i64::from(epoch - first.epoch) * EPOCH.ms());
            let from = first.not_before.after(weeks);
            set.keys.push(make_token_key(folder, first.merchant, first.environment, (epoch, from))?);
        }
    }
    set.keys.retain(|key| key.epoch >= current || now < key.not_after.after(TAIL));
    let kept = &set.keys;
    set.revoked_keys.retain(|kid| kept.iter().any(|key| key.kid == *kid));
    set.keys.sort_by_key(|key| (key.epoch, key.kid));
    set.version += 1;
    (set.issued, set.fresh_until, set.expires) = (now, now.after(FRESH), now.after(LIFE));
    Ok(())
}

fn publish(set: &KeySet, folder: &Path, roots: &[PrivateKey]) -> Result<(), Failure> {
    let path = folder.join("keys.json");
    let fault = |fault| Failure::Keys { file: files::name(&path), fault };
    let signed = set.sign(roots).map_err(fault)?;
    // Nobody could read a set that too few have signed.
    KeySet::open(&signed, &Trust { version: 0, roots: set.roots.clone() }).map_err(fault)?;
    files::write(&path, |file| writeln!(file, "{signed}"))?;
    let (keys, revoked) = (set.keys.len(), set.revoked_keys.len());
    say(format_args!(
        "{}: version {}, {keys} keys ({revoked} called back), until {}, without a network until {}",
        files::name(&path),
        set.version,
        rfc3339(set.expires),
        rfc3339(set.fresh_until),
    ));
    Ok(())
}

fn make_token_key(
    folder: &Path,
    merchant: Merchant,
    environment: Environment,
    (epoch, not_before): (u32, Timestamp),
) -> Result<TokenKey, Failure> {
    let public = keyring::make_key(folder, |public| public.kid().to_string())?.public();
    let not_after = not_before.after(EPOCH);
    Ok(TokenKey { public, kid: public.kid(), merchant, epoch, not_before, not_after, environment })
}
