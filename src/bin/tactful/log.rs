//! The decision log: one line of JSON per decision, with everything that it was made of. `decide` and `run` write it, and
//! so does `tactful/log` of the package; `replay` and `evaluate` read it.
//!
//! | field | what it holds |
//! |---|---|
//! | `tactful` | version of the engine |
//! | `pack` | checksum of the pack, 16 hexadecimal digits: bytes 24 to 31 of its header, as a number |
//! | `shopper` | whose line it is, where several share a log |
//! | `start` | the saved state that `signals` begin with, hexadecimal; without it they go on from the shopper's line before |
//! | `signals` | what happened since then, in order: signals, `locate` and `update` |
//! | `state` | checksum of the state just before the ask: bytes 6 to 13 of the saved state, as a number |
//! | `placement`, `at` | the ask; not there in a last line that only tells what happened after the last ask |
//! | `context`, `answer` | in a line of its own with `placement` and `at`: what `askIn` was told and answered; passed over here |
//! | `decision` | the whole decision with its trace, as `tactful decide` prints it |
//!
//! The seed of chance lies in the state. A log holds what a shopper did: it is a developer's tool, and nobody writes one
//! unless told to.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tactful::author::json::decision_json;
use tactful::catalog::Catalog;
use tactful::decide::Decision;
use tactful::profile::Profile;
use tactful::session::Engine;
use tactful::wire::decision::{DecisionView, TraceView};
use tactful::wire::state;

/// The version that writes and replays.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Where a pack and a saved state have their checksums.
const OF_PACK: usize = 24;
const OF_STATE: usize = 6;

/// One line of a log.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Entry {
    /// Version of the engine.
    pub tactful: String,
    /// Checksum of the pack.
    pub pack: String,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shopper: Option<String>,
    /// The saved state that the signals begin with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// What happened since.
    #[serde(default)]
    pub signals: Vec<Value>,
    /// Checksum of the state after them.
    #[serde(default)]
    pub state: String,
    /// What `askIn` answered, which is not decided anew.
    #[serde(default, skip_serializing)]
    pub answer: Option<IgnoredAny>,
    /// Where it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placement: Option<String>,
    /// When, milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<i64>,
    /// What was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Value>,
}

/// Writes the log of one shopper.
pub struct Log {
    next: Entry,
    /// Whole lines.
    pub lines: Vec<u8>,
}

impl Log {
    /// Starts with what was opened from a saved state, or from none.
    pub fn new(catalog: &Catalog, pack: &str, shopper: Option<String>, profile: &Profile) -> Self {
        let start = Some(digits(&state::encode(catalog, profile)));
        let next = Entry { tactful: VERSION.into(), pack: pack.into(), shopper, start, ..Entry::default() };
        Self { next, lines: Vec::new() }
    }

    /// Notes a signal that was taken in.
    pub fn observed(&mut self, signal: Value) {
        self.next.signals.push(signal);
    }

    /// Notes the state before an ask; it replaces what led to it where it is shorter and all that there is to know.
    pub fn will_ask(&mut self, catalog: &Catalog, profile: &Profile) {
        let saved = state::encode(catalog, profile);
        self.next.state = state_sum(&saved);
        let told = serde_json::to_string(&self.next.signals).map_or(0, |text| text.len());
        let is_whole = || state::decode(catalog, &saved).is_ok_and(|opened| opened == *profile);
        if self.next.start.is_none() && told > 2 * saved.len() && is_whole() {
            self.next.start = Some(digits(&saved));
            self.next.signals.clear();
        }
    }

    /// Writes the line of a decision.
    pub fn decided(&mut self, engine: &Engine, decision: &Decision) {
        let view = DecisionView::new(&engine.catalog, decision);
        self.next.placement = Some(view.placement.into());
        self.next.at = Some(decision.at.ms());
        self.next.decision = Some(decision_json(&view, &TraceView::new(engine, decision)));
        self.write();
    }

    /// Writes what happened after the last ask, and returns all lines.
    pub fn finish(mut self, catalog: &Catalog, profile: &Profile) -> Vec<u8> {
        if !self.next.signals.is_empty() {
            self.next.state = state_sum(&state::encode(catalog, profile));
            self.write();
        }
        self.lines
    }

    fn write(&mut self) {
        let Entry { tactful, pack, shopper, .. } = &self.next;
        let next = Entry { tactful: tactful.clone(), pack: pack.clone(), shopper: shopper.clone(), ..Entry::default() };
        let entry = std::mem::replace(&mut self.next, next);
        // NOTE: a struct of texts, numbers and JSON cannot fail to become JSON.
        self.lines.extend(serde_json::to_string(&entry).unwrap_or_default().into_bytes());
        self.lines.push(b'\n');
    }
}

/// Returns the checksum of a pack, as a log has it.
pub fn pack_sum(pack: &[u8]) -> String {
    sum(pack, OF_PACK)
}

/// Returns the checksum of a saved state, as a log has it.
pub fn state_sum(saved: &[u8]) -> String {
    sum(saved, OF_STATE)
}

fn sum(bytes: &[u8], at: usize) -> String {
    let sum = bytes.get(at..at + 8).and_then(|sum| sum.try_into().ok());
    format!("{:016x}", sum.map_or(0, u64::from_le_bytes))
}

/// Returns bytes as hexadecimal digits.
fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the bytes that hexadecimal digits stand for, `None` where they stand for none.
pub fn bytes(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2));
    pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}
