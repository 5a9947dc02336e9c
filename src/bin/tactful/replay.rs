//! Takes one shopper's steps one after the other, and measures what asking costs.

use std::time::{Duration, Instant};

use tactful::author::json::SignalIssue;
use tactful::decide::Decision;
use tactful::learn::UnknownDecision;
use tactful::profile::Profile;
use tactful::session::{Engine, Session};
use tactful::signal::{Fact, Reply, Signal};
use tactful::value::{Key, Timestamp};
use tactful::wire::signal::SignalFault;

use crate::steps::Step;

/// One shopper's replay.
pub struct Replay<'a> {
    engine: &'a Engine,
    /// The shopper.
    pub session: Session,
    shown: Option<Key>,
    /// Time spent in [`Session::ask`].
    pub asking: Duration,
}

impl<'a> Replay<'a> {
    /// Starts with what is remembered.
    pub fn new(engine: &'a Engine, profile: Profile) -> Self {
        Self { engine, session: Session::new(profile), shown: None, asking: Duration::ZERO }
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

    fn reply_to_last(&mut self, reply: Reply, at: Timestamp) -> Result<(), SignalIssue> {
        let nothing = || unknown("nothing was shown before this line, so there is no `last` decision".into());
        let decision = self.shown.ok_or_else(nothing)?;
        self.observe(&Signal { at, fact: Fact::Reply { decision, reply } })
    }
}

fn unknown(message: String) -> SignalIssue {
    let fault = SignalFault::UnknownDecision;
    SignalIssue { code: fault.code().into(), path: fault.path().into(), message }
}
