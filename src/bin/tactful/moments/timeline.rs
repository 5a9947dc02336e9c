//! Every moment of a replay: after each signal, and whenever a moment changes by itself in between.

use serde_json::json;
use tactful::author::json::{SignalIssue, moment_json};
use tactful::catalog::{Catalog, Language};
use tactful::decide::Decision;
use tactful::explain::sentence;
use tactful::moment::{Moment, Today, understand_today};
use tactful::profile::{Place, Profile};
use tactful::session::Engine;
use tactful::value::{Local, Now, Ppm, Span, Timestamp};
use tactful::wire::decision::MomentView;

use crate::shopper::Shopper;
use crate::steps::Line;

/// For how long after a signal a moment is followed: by then beliefs have faded and sessions have ended.
const FOLLOWED: Span = Span::minutes(90);

/// One instant of a replay.
pub struct Instant {
    /// What happened; nothing where the moment changed by itself.
    pub signal: &'static str,
    /// What was understood then.
    pub moment: Moment,
    /// What was decided, in one sentence, where it was asked.
    pub decided: Option<String>,
}

/// All instants of a replay, by time.
pub struct Timeline {
    /// The instants.
    pub instants: Vec<Instant>,
}

impl Timeline {
    /// Replays the lines, and keeps what is at or after `from`; a reply to nothing is told to `refuse`.
    pub fn of(
        engine: &Engine,
        profile: Profile,
        lines: &[Line],
        from: Timestamp,
        mut refuse: impl FnMut(&Line, SignalIssue),
    ) -> Self {
        let mut shopper = Shopper::new(engine, profile);
        let mut instants = Vec::new();
        for (nth, line) in lines.iter().enumerate() {
            let step = &line.step;
            let decision = shopper.take(step).unwrap_or_else(|issue| {
                refuse(line, issue);
                None
            });
            let decided = decision.map(|decision| told(&engine.catalog, &decision));
            let next = lines.get(nth + 1).map(|next| next.step.at());
            let end = step.at().after(FOLLOWED).min(next.unwrap_or(Timestamp::from_ms(i64::MAX)));
            let (mut at, mut happened) = (step.at(), Some((step.name(), decided)));
            while happened.is_some() || at < end {
                let (moment, until) = understand(&engine.catalog, shopper.session.profile(), at);
                let (signal, decided) = happened.take().unwrap_or_default();
                if at >= from {
                    instants.push(Instant { signal, moment, decided });
                }
                at = until;
            }
        }
        Self { instants }
    }

    /// Writes a line of JSON for every instant.
    pub fn json(&self, catalog: &Catalog) -> String {
        let line = |instant: &Instant| {
            let mut line = json!({ "at": instant.moment.now.ms(), "signal": instant.signal });
            if let Some(fields) = line.as_object_mut() {
                fields.extend(instant.decided.clone().map(|decided| ("decided".into(), decided.into())));
                fields.insert("moment".into(), moment_json(&MomentView::new(catalog, &instant.moment, Language::En)));
            }
            format!("{line}\n")
        };
        self.instants.iter().map(line).collect()
    }

    /// Writes a line for every instant at which something is another, or was decided.
    pub fn text(&self, catalog: &Catalog) -> String {
        let mut text = format!(
            "{:19}  {:16} {:8} {:>4}  {:28} {:9} {:>4}  {}\n",
            "time", "signal", "where", "sure", "store", "intent", "buys", "stage"
        );
        let mut last: Option<&Instant> = None;
        for instant in &self.instants {
            if last.is_none_or(|last| differs(&last.moment, &instant.moment)) || instant.decided.is_some() {
                text.push_str(&row(catalog, instant));
                last = Some(instant);
            }
        }
        text
    }
}

/// Understands the moment, and tells until when it stays as it is.
fn understand(catalog: &Catalog, profile: &Profile, at: Timestamp) -> (Moment, Timestamp) {
    let now = Now::new(at);
    let today = Today::new(catalog, profile, catalog.local(at));
    (understand_today(catalog, profile, &today, &now), now.until())
}

fn told(catalog: &Catalog, decision: &Decision) -> String {
    let kind = if decision.is_show() { "show" } else { "hold" };
    format!("{kind}: {}", sentence(catalog, decision, Language::En))
}

/// Tells whether a reader would want to know: another place, store or stage, or a probability that moved by a tenth.
fn differs(before: &Moment, after: &Moment) -> bool {
    let said = |moment: &Moment| (moment.presence.place, moment.presence.store, moment.intent.stage, moment.stage);
    let moved = |before: Ppm, after: Ppm| before.parts().abs_diff(after.parts()) >= 100_000;
    said(before) != said(after)
        || moved(before.presence.probability, after.presence.probability)
        || moved(before.intent.purchase, after.intent.purchase)
}

fn row(catalog: &Catalog, instant: &Instant) -> String {
    let Instant { signal, moment, decided } = instant;
    let view = MomentView::new(catalog, moment, Language::En);
    let store = moment.presence.store.filter(|_| moment.presence.place != Place::Away);
    let store = store.and_then(|store| catalog.store(store)).map_or("", |store| catalog.text(store.name));
    let percent = |ppm: Ppm| format!("{} %", (ppm.parts() + 5_000) / 10_000);
    let row = format!(
        "{}  {:16} {:8} {:>5} {:28} {:9} {:>5} {}",
        clock(moment.local, moment.now),
        if signal.is_empty() { "·" } else { signal },
        view.place,
        percent(moment.presence.probability),
        store,
        view.intent,
        percent(moment.intent.purchase),
        view.stage
    );
    let decided = decided.as_ref().map_or_else(String::new, |decided| format!("{:21}{decided}\n", ""));
    format!("{}\n{decided}", row.trim_end())
}

/// Writes a time on the shop's clock.
pub fn clock(local: Local, at: Timestamp) -> String {
    let Local { year, month, day_of_month, minute, .. } = local;
    let seconds = at.ms().div_euclid(1_000).rem_euclid(60);
    format!("{year}-{month:02}-{day_of_month:02} {:02}:{:02}:{seconds:02}", minute / 60, minute % 60)
}
