//! What a log tells, lived through again: every shopper with the pack and the state that they had.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;
use tactful::author::json::SignalIssue;
use tactful::catalog::{Catalog, PlacementIx};
use tactful::profile::Profile;
use tactful::session::{Engine, Session};
use tactful::signal::Signal;
use tactful::value::{Seed, Timestamp};
use tactful::wire::state;

use crate::failure::Failure;
use crate::files;
use crate::log::{self, Entry, VERSION, state_sum};
use crate::steps::{placement, signal};

/// Packs by their checksums.
pub type Packs = BTreeMap<String, Engine>;

/// Reads packs.
pub fn packs(paths: &[PathBuf]) -> Result<Packs, Failure> {
    paths.iter().map(|path| Ok((log::pack_sum(&files::bytes(path)?), Engine::new(files::pack(path)?)))).collect()
}

/// The shoppers of a log as they were at its last line that was read.
pub struct Past<'a> {
    packs: &'a Packs,
    shoppers: BTreeMap<String, Life<'a>>,
}

/// One shopper.
pub struct Life<'a> {
    /// The pack that they have.
    pub engine: &'a Engine,
    /// The rest.
    pub session: Session,
    /// What happened since their line before.
    pub signals: Vec<Signal>,
}

/// An ask of the log.
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    /// Where.
    pub placement: PlacementIx,
    /// When.
    pub at: Timestamp,
}

impl<'a> Past<'a> {
    /// Starts with nobody.
    pub const fn new(packs: &'a Packs) -> Self {
        Self { packs, shoppers: BTreeMap::new() }
    }

    /// Returns what the device of every shopper remembers, by their names.
    pub fn profiles(&self) -> impl Iterator<Item = &Profile> {
        self.shoppers.values().map(|life| life.session.profile())
    }

    /// Returns how many shoppers there are.
    pub fn shoppers(&self) -> usize {
        self.shoppers.len()
    }

    /// Leads a shopper up to the ask of a line, which is `None` in a line that only tells what happened.
    ///
    /// Of somebody whose line is refused nothing more is known until a line of theirs has a `start`.
    pub fn lead(&mut self, entry: &Entry) -> Result<(&mut Life<'a>, Option<Ask>), SignalIssue> {
        let name = entry.shopper.clone().unwrap_or_default();
        let before = self.shoppers.remove(&name);
        let mut life = match &entry.start {
            Some(start) => self.start(entry, start)?,
            None => before.ok_or_else(|| issue("no-start", "/start", no_start(&name)))?,
        };
        life.signals.clear();
        for (place, json) in entry.signals.iter().enumerate() {
            let inside = |issue: SignalIssue| SignalIssue { path: format!("/signals/{place}{}", issue.path), ..issue };
            self.take(&mut life, json).map_err(inside)?;
        }
        self.same_pack(entry, &life)?;
        same_state(entry, &life)?;
        let ask = ask(&life.engine.catalog, entry)?;
        Ok((self.shoppers.entry(name).insert_entry(life).into_mut(), ask))
    }

    /// Forgets a shopper of whom something went wrong.
    pub fn lose(&mut self, entry: &Entry) {
        self.shoppers.remove(entry.shopper.as_deref().unwrap_or_default());
    }

    fn start(&self, entry: &Entry, start: &str) -> Result<Life<'a>, SignalIssue> {
        let wrong = |why: String| issue("bad-start", "/start", format!("this is no saved state: {why}"));
        let engine = self.pack(first_pack(entry), "/pack")?;
        let saved = log::bytes(start).ok_or_else(|| wrong("an even number of hexadecimal digits is wanted".into()))?;
        let (profile, fault) = state::open(&engine.catalog, &saved, Seed(0), Timestamp::default());
        match fault {
            Some(fault) => Err(wrong(fault.to_string())),
            None => Ok(Life { engine, session: Session::new(profile), signals: Vec::new() }),
        }
    }

    fn pack(&self, sum: &str, path: &str) -> Result<&'a Engine, SignalIssue> {
        let known = || self.packs.keys().map(|sum| format!("`{sum}`")).collect::<Vec<_>>().join(", ");
        self.packs.get(sum).ok_or_else(|| {
            let message = format!("decided with the pack `{sum}`, and given is {}; name it with `--pack`", known());
            issue("other-pack", path, message)
        })
    }

    fn same_pack(&self, entry: &Entry, life: &Life) -> Result<(), SignalIssue> {
        let wanted = self.pack(&entry.pack, "/pack")?;
        let message = "the line before had another pack, and no `update` is between them";
        if std::ptr::eq(wanted, life.engine) { Ok(()) } else { Err(issue("no-update", "/pack", message.into())) }
    }

    /// Takes one thing in that happened.
    fn take(&self, life: &mut Life<'a>, json: &Value) -> Result<(), SignalIssue> {
        let text = |name: &str| json.get(name).and_then(Value::as_str).unwrap_or_default();
        let at = Timestamp::from_ms(json.get("at").and_then(Value::as_i64).unwrap_or(0));
        let catalog = &life.engine.catalog;
        match text("type") {
            "locate" => {
                let place = placement(catalog, json.get("placement"))?;
                let _ = life.session.locate(life.engine, place, at);
            }
            "update" => {
                let next = self.pack(text("pack"), "/pack")?;
                let profile = state::carry(catalog, &next.catalog, life.session.profile(), at);
                (life.engine, life.session) = (next, Session::new(profile));
            }
            _ => {
                let signal = signal(catalog, json).map_err(first)?;
                life.session.observe(life.engine, &signal).map_err(|_| {
                    issue("unknown-decision", "/decision", "no shown decision of the log has this id".into())
                })?;
                life.signals.push(signal);
            }
        }
        Ok(())
    }
}

/// Returns the checksum of the pack that a line begins with: where it changes, of the one before.
fn first_pack(entry: &Entry) -> &str {
    let mut updates = entry.signals.iter().filter(|json| json.get("type").and_then(Value::as_str) == Some("update"));
    updates.next().and_then(|update| update.get("from")?.as_str()).unwrap_or(&entry.pack)
}

fn first(issues: Vec<SignalIssue>) -> SignalIssue {
    issues.into_iter().next().unwrap_or_else(|| issue("bad-signal", "", "this is no signal".into()))
}

fn same_state(entry: &Entry, life: &Life) -> Result<(), SignalIssue> {
    let got = state_sum(&state::encode(&life.engine.catalog, life.session.profile()));
    if got == entry.state {
        return Ok(());
    }
    let why = other_version(entry).unwrap_or_else(|| "a signal before it is missing or was changed".into());
    Err(issue(
        "other-state",
        "/state",
        format!("the state before the ask is `{got}`, logged was `{}`; {why}", entry.state),
    ))
}

fn ask(catalog: &Catalog, entry: &Entry) -> Result<Option<Ask>, SignalIssue> {
    if entry.placement.is_none() && entry.decision.is_none() {
        return Ok(None);
    }
    let placement = placement(catalog, entry.placement.as_deref().map(Value::from).as_ref())?;
    let at = entry
        .at
        .ok_or_else(|| issue("missing", "/at", "`at` is missing; it must be milliseconds since 1970".into()))?;
    Ok(Some(Ask { placement, at: Timestamp::from_ms(at) }))
}

/// Says that another version wrote a line, where one did.
pub fn other_version(entry: &Entry) -> Option<String> {
    (entry.tactful != VERSION).then(|| format!("version {} wrote it, and this is {VERSION}", entry.tactful))
}

fn no_start(name: &str) -> String {
    let whose = if name.is_empty() { String::new() } else { format!(" of `{name}`") };
    format!("the lines{whose} before this one are missing or were refused, and it has no `start`")
}

/// Makes a problem of a line.
pub fn issue(code: &str, path: &str, message: String) -> SignalIssue {
    SignalIssue { code: code.into(), path: path.into(), message }
}
