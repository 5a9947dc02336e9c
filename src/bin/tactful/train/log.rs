//! A shop's log becomes samples: what a device knows at an instant of a session, and whether a purchase followed in it.
//!
//! The same profile and the same questions as on the device, so that what is learnt is what is asked there.

use serde::Deserialize;
use tactful::catalog::Catalog;
use tactful::moment::intent;
use tactful::profile::{Profile, Session};
use tactful::signal::{Fact, ShopEventKind, Signal};
use tactful::value::{Key, Now, Seed, Span, Timestamp};

use crate::failure::Failure;
use crate::files::{self, Lines};
use crate::fit::Sample;
use crate::steps::{Reader, Step};

/// Problems that are told; of the others only the number.
const TOLD: usize = 20;
/// Parts of which each is told by the others.
pub const FOLDS: u64 = 5;

/// Reads the samples of a log, shopper by shopper, and how many sessions there are.
pub fn read(path: &std::path::Path, catalog: &Catalog) -> Result<(Vec<Sample>, u64), Failure> {
    let file = files::name(path);
    let progress = files::progress("log");
    let mut lines = Lines::open(path, &progress)?;
    let mut reader = Reader::new(&file, catalog, TOLD);
    let mut watch = Watch::new(catalog);
    let mut line = Vec::new();
    while let Some(number) = lines.next(&mut line)? {
        let head: Head = serde_json::from_slice(&line).unwrap_or_default();
        if head.kind.as_deref().is_some_and(|kind| PASSED_OVER.contains(&kind)) {
            continue;
        }
        let Some(read) = reader.read(number, &line) else { continue };
        if let Step::Signal(signal) = read.step {
            watch.take(&read.shopper.unwrap_or_default(), &signal);
        }
    }
    progress.finish_and_clear();
    reader.finish()?;
    watch.end();
    Ok((watch.samples, watch.sessions))
}

/// Lines that tell nothing of a session, and may name what only the shop's pack knows.
const PASSED_OVER: [&str; 10] = [
    "ask",
    "reply",
    "attributes",
    "check_in",
    "position",
    "position_refused",
    "beacon",
    "care_case",
    "never_again",
    "forget",
];

#[derive(Default, Deserialize)]
struct Head {
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// Watches one shopper after the other.
struct Watch<'a> {
    catalog: &'a Catalog,
    shopper: Option<String>,
    profile: Profile,
    /// Samples of the session that is going on.
    open: Vec<Sample>,
    /// Events of this session so far, since the last purchase.
    events: u32,
    samples: Vec<Sample>,
    sessions: u64,
}

impl<'a> Watch<'a> {
    fn new(catalog: &'a Catalog) -> Self {
        let profile = Profile::new(Seed(0));
        Self { catalog, shopper: None, profile, open: Vec::new(), events: 0, samples: Vec::new(), sessions: 0 }
    }

    fn take(&mut self, shopper: &str, signal: &Signal) {
        if self.shopper.as_deref() != Some(shopper) {
            self.end();
            (self.shopper, self.profile) = (Some(shopper.into()), Profile::new(Seed(0)));
        }
        self.wait(signal.at);
        let bought = matches!(&signal.fact, Fact::Shop(event) if event.kind == ShopEventKind::Purchase);
        if bought {
            self.close(true);
            self.events = 0;
        }
        self.profile.remember(self.catalog, signal);
        if is_event(&signal.fact) {
            self.events += 1;
            self.sample(signal.at, self.events);
        }
    }

    /// Samples the silence before `until`, and ends a session that it ended.
    fn wait(&mut self, until: Timestamp) {
        let (last, hidden) = (self.profile.session.last, self.profile.session.hidden);
        if self.events == 0 {
            return;
        }
        let silences = intent::MINUTES.map(|minutes| last.after(Span::minutes(minutes)));
        let mut times: Vec<Timestamp> =
            silences.into_iter().chain(hidden.map(|since| since.after(intent::GLANCE))).collect();
        times.sort_unstable();
        times.into_iter().filter(|at| *at < until && *at > last).for_each(|at| self.sample(at, 0));
        if until.since(last) > Session::PAUSE {
            self.close(false);
            self.events = 0;
        }
    }

    /// Ends the shopper's last session.
    fn end(&mut self) {
        self.wait(Timestamp::from_ms(i64::MAX));
        self.close(false);
        self.events = 0;
    }

    fn close(&mut self, bought: bool) {
        self.sessions += u64::from(!self.open.is_empty());
        self.samples.extend(self.open.drain(..).map(|sample| Sample { bought, ..sample }));
    }

    fn sample(&mut self, at: Timestamp, event: u32) {
        let answers = intent::answers(&self.profile, self.catalog.local(at), &Now::new(at));
        let fold = Key::of(self.shopper.as_deref().unwrap_or_default()).0 % FOLDS;
        self.open.push(Sample { fold, answers, event, bought: false });
    }
}

/// Tells what counts as an event of a session, as the profile counts it.
fn is_event(fact: &Fact) -> bool {
    match fact {
        Fact::Shop(event) => !matches!(event.kind, ShopEventKind::Purchase | ShopEventKind::Refund),
        Fact::Scan(_) | Fact::Request(_) => true,
        _ => false,
    }
}
