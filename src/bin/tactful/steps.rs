//! One line of JSON becomes one step of a replay: a signal, a reply to the last shown decision, or an ask.

use serde_json::{Map, Value, json};
use tactful::author::json::{Notice, SignalIssue, parse_signal};
use tactful::author::no_json;
use tactful::catalog::{Catalog, PlacementIx};
use tactful::signal::{Fact, Reply, ShopEventKind, Signal};
use tactful::value::Timestamp;
use tactful::wire::pack::PackFault;
use tactful::wire::signal::{FactTwin, SignalFault, SignalTwin};

use crate::failure::Failure;
use crate::files::Lines;
use crate::report::{Finding, Notices};

/// One line that was understood.
pub struct Line {
    /// Its number, from 1.
    pub number: usize,
    /// Whose it is, where it says so.
    pub shopper: Option<String>,
    /// What to do.
    pub step: Step,
    /// What it says.
    pub json: Value,
    /// The text of a reply, to point at if nothing was shown that it could answer.
    pub source: Option<String>,
}

impl Line {
    /// Returns the line of a signal that was never JSON.
    pub const fn of(number: usize, signal: Signal) -> Self {
        Self { number, shopper: None, step: Step::Signal(signal), json: Value::Null, source: None }
    }
}

/// What to do with a line.
pub enum Step {
    /// Observe a signal.
    Signal(Signal),
    /// Observe a reply to the last shown decision (`"decision":"last"`).
    ReplyToLast((Reply, Option<Timestamp>), Timestamp),
    /// Decide.
    Ask(PlacementIx, Timestamp),
}

impl Step {
    /// When it happens.
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Signal(signal) => signal.at,
            Self::ReplyToLast(_, at) | Self::Ask(_, at) => *at,
        }
    }

    /// What it is, in the words of the signals.
    pub fn name(&self) -> &'static str {
        let Self::Signal(signal) = self else {
            return if matches!(self, Self::Ask(..)) { "ask" } else { "reply" };
        };
        match &signal.fact {
            Fact::Shop(event) => {
                ShopEventKind::ALL.iter().find(|(kind, _)| *kind == event.kind).map_or("", |(_, name)| name)
            }
            Fact::Position(_) => "position",
            Fact::PositionRefused => "position_refused",
            Fact::Scan(_) => "scan",
            Fact::CheckIn(_) => "check_in",
            Fact::Request(_) => "request",
            Fact::Attention(_) => "attention",
            Fact::Reply { .. } => "reply",
            Fact::Shown { .. } => "shown",
            Fact::Care { .. } => "care_case",
            Fact::Consent { .. } => "consent",
            Fact::Dial(_) => "dial",
            Fact::Attributes(_) => "attributes",
            Fact::Beacon(_) => "beacon",
            Fact::Budgets(_) => "budgets",
            Fact::NeverAgain(_) => "never_again",
            Fact::Forget(_) => "forget",
            Fact::Asked { .. } => "asked",
        }
    }
}

/// Reads lines and keeps what is wrong with them and what is odd.
pub struct Reader<'a> {
    file: String,
    catalog: &'a Catalog,
    /// Problems that are kept; of the others only the number.
    most: usize,
    /// What is wrong, in the order of reading.
    pub findings: Vec<Finding>,
    /// Problems beyond those kept.
    pub more: usize,
    /// What is odd but harmless.
    pub notices: Notices,
}

type Issues = Vec<SignalIssue>;

impl<'a> Reader<'a> {
    /// Reads lines of `file` in the words of `catalog`.
    pub fn new(file: &str, catalog: &'a Catalog, most: usize) -> Self {
        Self { file: file.into(), catalog, most, findings: Vec::new(), more: 0, notices: Notices::default() }
    }

    /// Reads one line; what is wrong with it is noted.
    pub fn read(&mut self, number: usize, line: &[u8]) -> Option<Line> {
        let value = self.parse(number, line)?;
        match step(self.catalog, &value) {
            Ok((step, notices)) => {
                let odd = notices.iter().filter(|notice| notice.path != "/shopper");
                odd.for_each(|notice| self.notices.add(number, &notice.path, &notice.message));
                let shopper = value.get("shopper").and_then(Value::as_str).map(String::from);
                let source = is_reply(&step).then(|| String::from_utf8_lossy(line).into_owned());
                Some(Line { number, shopper, step, json: value, source })
            }
            Err(issues) => {
                let text = String::from_utf8_lossy(line);
                issues.into_iter().for_each(|issue| self.refuse(number, &text, issue));
                None
            }
        }
    }

    /// Notes that a line is wrong.
    pub fn refuse(&mut self, number: usize, text: &str, issue: SignalIssue) {
        let finding = Finding::in_line(&self.file, text, number, issue);
        self.keep(finding);
    }

    /// Takes in what another reader of the same file found.
    pub fn merge(&mut self, other: Self) {
        self.more += other.more;
        self.notices.merge(other.notices);
        other.findings.into_iter().for_each(|finding| self.keep(finding));
    }

    /// Says the notices, and fails where something is wrong.
    pub fn finish(&mut self) -> Result<(), Failure> {
        std::mem::take(&mut self.notices).tell(&self.file);
        let mut findings = std::mem::take(&mut self.findings);
        findings.sort_by_key(|finding| (finding.line, finding.column));
        if findings.is_empty() { Ok(()) } else { Err(Failure::Wrong { findings, more: self.more }) }
    }

    fn keep(&mut self, finding: Finding) {
        if self.findings.len() < self.most {
            self.findings.push(finding);
        } else {
            self.more += 1;
        }
    }

    fn parse(&mut self, number: usize, line: &[u8]) -> Option<Value> {
        let (at, cause) = match std::str::from_utf8(line) {
            _ if line.len() as u64 > Lines::LONGEST => (0, format!("the line has more than {} bytes", Lines::LONGEST)),
            Err(error) => (error.valid_up_to(), "the line is no text in UTF-8; save the file as UTF-8".into()),
            Ok(text) => match serde_json::from_str(text) {
                Ok(value) => return Some(value),
                Err(error) => (before(&error), format!("this is no JSON: {}", cause(text, &error))),
            },
        };
        let finding = Finding::no_json(&self.file, &String::from_utf8_lossy(line), (number, at), &cause);
        self.keep(finding);
        None
    }
}

/// Returns the byte of the line at which serde_json stopped; after the last one where the line ends too early.
pub fn before(error: &serde_json::Error) -> usize {
    if error.is_eof() { error.column() } else { error.column().saturating_sub(1) }
}

/// Returns why a line is no JSON.
pub fn cause(line: &str, error: &serde_json::Error) -> String {
    let cause = no_json(line, before(error), error);
    if error.is_eof() { format!("{cause}; each line holds one whole object") } else { cause }
}

fn is_reply(step: &Step) -> bool {
    matches!(step, Step::ReplyToLast(..) | Step::Signal(Signal { fact: Fact::Reply { .. }, .. }))
}

fn step(catalog: &Catalog, value: &Value) -> Result<(Step, Vec<Notice>), Issues> {
    match value.as_object() {
        Some(fields) if fields.get("type").and_then(Value::as_str) == Some("ask") => ask(catalog, fields),
        _ => observe(catalog, value),
    }
}

fn observe(catalog: &Catalog, value: &Value) -> Result<(Step, Vec<Notice>), Issues> {
    let (twin, notices) = parse_signal(value, catalog.decimals).map_err(in_our_words)?;
    let step = match twin.fact {
        FactTwin::Reply { decision: "last", reply, until } => {
            let replies = Reply::ALL.get(usize::from(reply)).map(|(reply, _)| *reply);
            let until = until.map(|ms| Timestamp::from_ms(ms.try_into().unwrap_or(i64::MAX)));
            replies.map(|reply| Step::ReplyToLast((reply, until), at(&twin)))
        }
        _ => None,
    };
    match step {
        Some(step) => Ok((step, notices)),
        None => Ok((Step::Signal(resolve(catalog, &twin)?), notices)),
    }
}

/// Reads one signal.
pub fn signal(catalog: &Catalog, value: &Value) -> Result<Signal, Issues> {
    resolve(catalog, &parse_signal(value, catalog.decimals).map_err(in_our_words)?.0)
}

fn resolve(catalog: &Catalog, twin: &SignalTwin) -> Result<Signal, Issues> {
    twin.resolve(catalog).map_err(|fault| vec![issue(catalog, twin, &fault)])
}

/// A line may say more than a signal: `ask` is a type here, and a time may be a text.
fn in_our_words(mut issues: Issues) -> Issues {
    for issue in &mut issues {
        let word = issue.message.split('`').nth(3).unwrap_or_default().to_lowercase();
        if issue.code == "unknown-type" && strsim::damerau_levenshtein(&word, "ask") <= 1 {
            issue.message = format!("`type` has the unknown value `{word}`; the nearest known is `ask`");
        }
        if issue.path == "/at" {
            let wanted =
                "must be a time such as `2026-11-21T17:05:00+02:00`, or whole milliseconds (not seconds) since 1970";
            issue.message = format!("`at` {wanted}");
        }
    }
    issues
}

/// Names the value at fault rather than its number.
fn issue(catalog: &Catalog, twin: &SignalTwin, fault: &SignalFault) -> SignalIssue {
    let (mut path, mut message) = (String::from(fault.path()), fault.to_string());
    match (fault, &twin.fact) {
        (SignalFault::UnknownAttribute { place, near }, FactTwin::Attributes { values }) => {
            let name = values.get(*place).map(|(name, _)| *name).unwrap_or_default();
            path = format!("/values/{name}");
            message = format!("the catalog declares no attribute `{name}`; the nearest known is `{near}`");
        }
        (SignalFault::UnknownValue { place, near }, FactTwin::Attributes { values }) => {
            let name = values.get(*place).map(|(name, _)| *name).unwrap_or_default();
            path = format!("/values/{name}");
            message =
                format!("the attribute `{name}` does not list this among its `values`; the nearest known is `{near}`");
        }
        (SignalFault::AttributeType { place }, FactTwin::Attributes { values }) => {
            let name = values.get(*place).map(|(name, _)| *name).unwrap_or_default();
            path = format!("/values/{name}");
            message = format!("this is no value that the catalog declares for the attribute `{name}`");
        }
        (SignalFault::UnknownStore, FactTwin::CheckIn { store }) => {
            let known = catalog.stores.iter().map(|known| catalog.text(known.id));
            message = unknown("store", store, known);
        }
        (SignalFault::DecisionId, _) => message.push_str("; `last` stands for the last that was shown"),
        _ => {}
    }
    SignalIssue { code: fault.code().into(), path, message }
}

fn at(twin: &SignalTwin) -> Timestamp {
    Timestamp::from_ms(i64::try_from(twin.at).unwrap_or(i64::MAX))
}

fn ask(catalog: &Catalog, fields: &Map<String, Value>) -> Result<(Step, Vec<Notice>), Issues> {
    // NOTE: a consent is the smallest signal, so that the time of an ask obeys the rules of every signal's.
    let clock = json!({"type": "consent", "remember": true, "at": fields.get("at")});
    let time = parse_signal(&clock, catalog.decimals).map(|(twin, _)| at(&twin)).map_err(in_our_words);
    let time = time.and_then(|at| in_time(catalog, at));
    match (time, placement(catalog, fields.get("placement"))) {
        (Ok(at), Ok(placement)) => Ok((Step::Ask(placement, at), unknown_fields(fields))),
        (time, placement) => Err(time.err().into_iter().flatten().chain(placement.err()).collect()),
    }
}

fn in_time(catalog: &Catalog, at: Timestamp) -> Result<Timestamp, Issues> {
    if at < catalog.not_after {
        return Ok(at);
    }
    let fault = PackFault::Expired { not_after_ms: catalog.not_after.ms() };
    let until = jiff::Timestamp::from_millisecond(catalog.not_after.ms()).unwrap_or_default();
    let message = format!("the pack is not to be used from {until} on; publish a newer one");
    Err(vec![SignalIssue { code: fault.code().into(), path: "/at".into(), message }])
}

/// Finds a placement by its id.
pub fn placement(catalog: &Catalog, value: Option<&Value>) -> Result<PlacementIx, SignalIssue> {
    let wrong = |code: &str, message: String| SignalIssue { code: code.into(), path: "/placement".into(), message };
    let Some(value) = value.filter(|value| !value.is_null()) else {
        return Err(wrong("missing", "`placement` is missing; it must be the id of a placement".into()));
    };
    let Some(id) = value.as_str() else {
        return Err(wrong("wrong-type", "`placement` must be a text, the id of a placement".into()));
    };
    catalog.placement_by_id(id).ok_or_else(|| {
        let known = catalog.placements.iter().map(|placement| catalog.text(placement.id));
        wrong("unknown-placement", unknown("placement", id, known))
    })
}

/// Says that there is no such thing, and which comes nearest.
fn unknown<'a>(what: &str, id: &str, known: impl Iterator<Item = &'a str>) -> String {
    let short: String = id.chars().take(40).collect();
    let near = known.min_by_key(|known| strsim::damerau_levenshtein(&short, known)).unwrap_or_default();
    format!("there is no {what} `{short}`; the nearest known is `{near}`")
}

fn unknown_fields(fields: &Map<String, Value>) -> Vec<Notice> {
    let unknown = fields.keys().filter(|name| !["type", "at", "placement", "shopper"].contains(&name.as_str()));
    let notice = |name: &String| Notice { path: format!("/{name}"), message: format!("an ask has no field `{name}`") };
    unknown.map(notice).collect()
}
