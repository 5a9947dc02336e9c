//! One shopper of a catalog: takes their steps one after the other, measures what asking costs, and logs it if wished.

use std::time::{Duration, Instant};

use serde_json::Value;
use tactful::author::json::SignalIssue;
use tactful::decide::Decision;
use tactful::learn::UnknownDecision;
use tactful::profile::Profile;
use tactful::session::{Engine, Session};
use tactful::signal::{Fact, Reply, Signal};
use tactful::value::{Key, Timestamp};
use tactful::wire::decision::hex;
use tactful::wire::signal::SignalFault;

use crate::log::Log;
use crate::steps::{Line, Step};

/// One shopper.
pub struct Shopper<'a> {
    engine: &'a Engine,
    /// What they know and what is known of them.
    pub session: Session,
    shown: Option<Key>,
    /// Time spent in [`Session::ask`].
    pub asking: Duration,
    /// Where every decision is logged, if anywhere.
    pub log: Option<Log>,
}

impl<'a> Shopper<'a> {
    /// Starts with what is remembered.
    pub fn new(engine: &'a Engine, profile: Profile) -> Self {
        Self { engine, session: Session::new(profile), shown: None, asking: Duration::ZERO, log: None }
    }

    /// Takes the step of a line and logs it; an ask gives a decision.
    pub fn take_line(&mut self, line: &Line) -> Result<Option<Decision>, SignalIssue> {
        let catalog = &self.engine.catalog;
        if let (Step::Ask(..), Some(log)) = (&line.step, &mut self.log) {
            log.will_ask(catalog, self.session.profile());
        }
        let decision = self.take(&line.step)?;
        let shown = self.shown;
        if let Some(log) = &mut self.log {
            match &decision {
                Some(decision) => log.decided(self.engine, decision),
                None => log.observed(logged(line, shown)),
            }
        }
        Ok(decision)
    }

    /// Takes one step; an ask gives a decision.
    pub fn take(&mut self, step: &Step) -> Result<Option<Decision>, SignalIssue> {
        match step {
            Step::Signal(signal) => self.observe(signal)?,
            Step::ReplyToLast(reply, at) => self.reply_to_last(*reply, *at)?,
            Step::Ask(placement, now) => {
                let before = Instant::now();
                let decision = self.session.ask(self.engine, *placement, *now);
                self.asking += before.elapsed();
                if decision.is_show() {
                    self.shown = Some(decision.id);
                }
                return Ok(Some(decision));
            }
        }
        Ok(None)
    }

    fn observe(&mut self, signal: &Signal) -> Result<(), SignalIssue> {
        let unknown = |UnknownDecision| unknown(SignalFault::UnknownDecision.to_string());
        self.session.observe(self.engine, signal).map_err(unknown)
    }

    fn reply_to_last(&mut self, (reply, until): (Reply, Option<Timestamp>), at: Timestamp) -> Result<(), SignalIssue> {
        let nothing = || unknown("nothing was shown before this line, so there is no `last` decision".into());
        let decision = self.shown.ok_or_else(nothing)?;
        self.observe(&Signal { at, fact: Fact::Reply { decision, reply, until } })
    }
}

/// Returns a signal as the log has it: whose it is stands beside it, and a decision is named by its id.
fn logged(line: &Line, shown: Option<Key>) -> Value {
    let mut signal = line.json.clone();
    if let Some(fields) = signal.as_object_mut() {
        fields.shift_remove("shopper");
        if let (Step::ReplyToLast(..), Some(shown)) = (&line.step, shown) {
            fields.insert("decision".into(), hex(shown).into());
        }
    }
    signal
}

fn unknown(message: String) -> SignalIssue {
    let fault = SignalFault::UnknownDecision;
    SignalIssue { code: fault.code().into(), path: fault.path().into(), message }
}
