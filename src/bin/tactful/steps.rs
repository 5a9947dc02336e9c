//! One line of JSON becomes one step of a replay: a signal, a reply to the last shown decision, or an ask.

use serde_json::{Map, Value, json};
use tactful::author::json::{Notice, SignalIssue, parse_signal};
use tactful::catalog::{Catalog, PlacementIx};
use tactful::signal::{Fact, Reply, Signal};
use tactful::value::Timestamp;
use tactful::wire::pack::PackFault;
use tactful::wire::signal::{FactTwin, SignalTwin};

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
    /// The text of a reply, to point at if nothing was shown that it could answer.
    pub source: Option<String>,
}

/// What to do with a line.
pub enum Step {
    /// Observe a signal.
    Signal(Signal),
    /// Observe a reply to the last shown decision (`"decision":"last"`).
    ReplyToLast(Reply, Timestamp),
    /// Decide.
    Ask(PlacementIx, Timestamp),
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
                Some(Line { number, shopper, step, source })
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
        let (column, cause) = match std::str::from_utf8(line) {
            _ if line.len() as u64 > Lines::LONGEST => (1, format!("the line has more than {} bytes", Lines::LONGEST)),
            Err(error) => (error.valid_up_to() + 1, "the line is no text in UTF-8; save the file as UTF-8".into()),
            Ok(text) => match serde_json::from_str(text) {
                Ok(value) => return Some(value),
                Err(error) => (error.column(), no_json(text, &error)),
            },
        };
        let text = String::from_utf8_lossy(line);
        let finding = Finding::no_json(&self.file, &text, (number, column), cause);
        self.keep(finding);
        None
    }
}

fn is_reply(step: &Step) -> bool {
    matches!(step, Step::ReplyToLast(..) | Step::Signal(Signal { fact: Fact::Reply { .. }, .. }))
}

/// Says what serde_json found, with a fix where programs are known to write the same wrong thing.
fn no_json(text: &str, error: &serde_json::Error) -> String {
    let cause = error.to_string();
    let cause = cause.split(" at line ").next().unwrap_or_default();
    let rest = text.get(error.column().saturating_sub(1)..).unwrap_or_default();
    if ["NaN", "nan", "Infinity", "inf"].iter().any(|word| rest.starts_with(word)) {
        "this is no JSON: there is no NaN and no infinity in JSON; leave the field out".into()
    } else if error.is_eof() {
        format!("this is no JSON: the line ends too early ({cause})")
    } else {
        format!("this is no JSON: {cause}")
    }
}

fn step(catalog: &Catalog, value: &Value) -> Result<(Step, Vec<Notice>), Issues> {
    match value.as_object() {
        Some(fields) if fields.get("type").and_then(Value::as_str) == Some("ask") => ask(catalog, fields),
        _ => signal(catalog, value),
    }
}

fn signal(catalog: &Catalog, value: &Value) -> Result<(Step, Vec<Notice>), Issues> {
    let (twin, notices) = parse_signal(value, catalog.decimals).map_err(with_ask)?;
    let step = match twin.fact {
        FactTwin::Reply { decision: "last", reply } => {
            let replies = Reply::ALL.get(usize::from(reply)).map(|(reply, _)| *reply);
            replies.map(|reply| Step::ReplyToLast(reply, at(&twin)))
        }
        _ => None,
    };
    match step {
        Some(step) => Ok((step, notices)),
        None => Ok((Step::Signal(twin.resolve(catalog).map_err(|fault| vec![issue(&fault)])?), notices)),
    }
}

/// `ask` is a type of line here, though no signal: a word near it means it.
fn with_ask(mut issues: Issues) -> Issues {
    for issue in issues.iter_mut().filter(|issue| issue.code == "unknown-type") {
        let word = issue.message.split('`').nth(3).unwrap_or_default();
        if strsim::damerau_levenshtein(&word.to_lowercase(), "ask") <= 1 {
            issue.message = format!("`type` has the unknown value `{word}`; the nearest known is `ask`");
        }
    }
    issues
}

fn issue(fault: &tactful::wire::signal::SignalFault) -> SignalIssue {
    SignalIssue { code: fault.code().into(), path: fault.path().into(), message: fault.to_string() }
}

fn at(twin: &SignalTwin) -> Timestamp {
    Timestamp::from_ms(i64::try_from(twin.at).unwrap_or(i64::MAX))
}

fn ask(catalog: &Catalog, fields: &Map<String, Value>) -> Result<(Step, Vec<Notice>), Issues> {
    // NOTE: a consent is the smallest signal, so that the time of an ask obeys the rules of every signal's.
    let clock = json!({"type": "consent", "remember": true, "at": fields.get("at")});
    let time = parse_signal(&clock, catalog.decimals).map(|(twin, _)| at(&twin));
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
    Err(vec![SignalIssue { code: fault.code().into(), path: "/at".into(), message: fault.to_string() }])
}

fn placement(catalog: &Catalog, value: Option<&Value>) -> Result<PlacementIx, SignalIssue> {
    let wrong = |code: &str, message: String| SignalIssue { code: code.into(), path: "/placement".into(), message };
    let Some(value) = value.filter(|value| !value.is_null()) else {
        return Err(wrong("missing", "`placement` is missing; it must be the id of a placement".into()));
    };
    let Some(id) = value.as_str() else {
        return Err(wrong("wrong-type", "`placement` must be a text, the id of a placement".into()));
    };
    catalog.placement_by_id(id).ok_or_else(|| {
        let known = catalog.placements.iter().map(|placement| catalog.text(placement.id));
        let short: String = id.chars().take(40).collect();
        let near = known.min_by_key(|known| strsim::damerau_levenshtein(&short, known)).unwrap_or_default();
        wrong("unknown-placement", format!("there is no placement `{short}`; the nearest known is `{near}`"))
    })
}

fn unknown_fields(fields: &Map<String, Value>) -> Vec<Notice> {
    let unknown = fields.keys().filter(|name| !["type", "at", "placement", "shopper"].contains(&name.as_str()));
    let notice = |name: &String| Notice { path: format!("/{name}"), message: format!("an ask has no field `{name}`") };
    unknown.map(notice).collect()
}
