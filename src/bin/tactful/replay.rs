//! `tactful replay`: decides every line of a log anew, and holds it to the same bytes.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tactful::author::json::{SignalIssue, decision_json};
use tactful::decide::Decision;
use tactful::session::Engine;
use tactful::value::Key;
use tactful::wire::decision::{DecisionView, TraceView};

use crate::failure::Failure;
use crate::files::{self, Lines};
use crate::help;
use crate::log::Entry;
use crate::past::{Ask, Life, Packs, Past, issue, other_version, packs};
use crate::report::Finding;
use crate::steps::{before, cause};

/// Decide every line of a log anew, and say where a decision is not the same bytes
///
/// The log is one of `decide`, `run` or `simulate` with `--log`, or of `tactful/log` in a browser, in Node or at the edge. Of
/// each shopper the first difference is told, with the field, what was logged and what is decided now; what comes after
/// it is not compared, up to their next line with a `start`. A pack that is missing is told once.
#[derive(clap::Args)]
#[command(after_help = help!("tactful replay decisions.jsonl --pack nordkorb.tact"))]
pub struct Args {
    /// The log (JSON Lines, also .gz), or `-` for standard input
    log: PathBuf,
    /// The pack that the log was written with (.tact); several, where it changed
    #[arg(long = "pack", value_name = "PACK", required = true)]
    packs: Vec<PathBuf>,
    /// Print the outcome, or each problem, as one line of JSON
    #[arg(long)]
    json: bool,
}

/// Decides a log anew.
pub fn replay(args: &Args) -> Result<(), Failure> {
    let (packs, mut decisions) = (packs(&args.packs)?, 0_u64);
    let past = relive(&args.log, &packs, |_, life, ask| {
        let Ask { placement, at } = ask?;
        decisions += 1;
        Some(life.session.ask(life.engine, placement, at))
    })?;
    let shoppers = past.shoppers() as u64;
    let text = if args.json {
        json!({"decisions": decisions, "shoppers": shoppers}).to_string()
    } else {
        format!("{} of {}: the same bytes", count(decisions, "decision"), count(shoppers, "shopper"))
    };
    writeln!(io::stdout(), "{text}")?;
    Ok(())
}

/// Lives a log through again line by line, where `decide` decides each ask anew, and returns its shoppers at the end.
///
/// Fails with every line that is none of a log, or that is not decided to the same bytes.
pub fn relive<'a>(
    log: &Path,
    packs: &'a Packs,
    mut decide: impl FnMut(&Entry, &mut Life<'a>, Option<Ask>) -> Option<Decision>,
) -> Result<Past<'a>, Failure> {
    let (mut past, mut refused, mut shown) = (Past::new(packs), Refused::new(log), BTreeSet::new());
    read(log, &mut refused, &mut |text, entry| {
        let taken = past.lead(entry).and_then(|(life, ask)| {
            once(&mut shown, entry)?;
            let Some(decision) = decide(entry, life, ask) else { return Ok(()) };
            same(text, entry, &json_of(life.engine, &decision))
        });
        taken.inspect_err(|_| past.lose(entry))
    })?;
    refused.finish().map(|()| past)
}

/// Refuses what the log has shown before, to the same shopper in the same state: it would count twice.
fn once(shown: &mut BTreeSet<Key>, entry: &Entry) -> Result<(), SignalIssue> {
    let Entry { shopper, state, decision, .. } = entry;
    let of = |name: &str| decision.as_ref()?.get(name)?.as_str();
    if of("kind") != Some("show") || shown.insert(Key::of(&format!("{shopper:?} {state} {:?}", of("id")))) {
        return Ok(());
    }
    let message = "the log has told this decision before; each counts once, so give every line once";
    Err(issue("told-twice", "/decision/id", message.into()))
}

/// Reads every line of a log but those of `askIn`, and notes which are none or are refused.
fn read(
    path: &Path,
    refused: &mut Refused,
    take: &mut dyn FnMut(&str, &Entry) -> Result<(), SignalIssue>,
) -> Result<(), Failure> {
    let progress = files::progress("log");
    let (mut lines, mut line, mut last) = (Lines::open(path, &progress)?, Vec::new(), 0);
    while let Some(number) = lines.next(&mut line)? {
        let text = String::from_utf8_lossy(&line);
        match serde_json::from_str::<Entry>(&text) {
            Err(cause) if last == 0 => return Err(Failure::NoLog { file: files::name(path), cause }),
            Err(cause) => refused.add_no_entry(number, &text, &cause),
            Ok(entry) if entry.answer.is_some() => {}
            Ok(entry) => take(&text, &entry).unwrap_or_else(|issue| refused.add(number, &text, issue)),
        }
        last = number;
    }
    progress.finish_and_clear();
    if last == 0 { Err(Failure::EmptyLog(files::name(path))) } else { Ok(()) }
}

/// Lines that were refused.
struct Refused {
    log: String,
    findings: Vec<Finding>,
    /// What was told of packs that are missing.
    missing: BTreeSet<String>,
    more: usize,
}

impl Refused {
    /// Problems that are told; of the others only the number.
    const TOLD: usize = 20;

    fn new(log: &Path) -> Self {
        Self { log: files::name(log), findings: Vec::new(), missing: BTreeSet::new(), more: 0 }
    }

    /// Notes why a line was refused; what only follows from another refusal is not told again, nor a pack that is missing.
    fn add(&mut self, number: usize, text: &str, issue: SignalIssue) {
        let is_told = match issue.code.as_str() {
            "no-start" => !self.findings.is_empty(),
            "other-pack" => !self.missing.insert(issue.message.clone()),
            _ => false,
        };
        if !is_told {
            self.keep(|log| Finding::in_line(log, text, number, issue));
        }
    }

    /// Notes that a line is none of a log.
    fn add_no_entry(&mut self, number: usize, text: &str, error: &serde_json::Error) {
        let why = if error.is_data() { "this is no line of a log" } else { "this is no JSON" };
        let message = format!("{why}: {}", cause(text, error));
        self.keep(|log| Finding::no_json(log, text, (number, before(error)), &message));
    }

    fn keep(&mut self, finding: impl FnOnce(&str) -> Finding) {
        if self.findings.len() < Self::TOLD {
            self.findings.push(finding(&self.log));
        } else {
            self.more += 1;
        }
    }

    /// Fails where something was refused.
    fn finish(self) -> Result<(), Failure> {
        let Self { findings, more, .. } = self;
        if findings.is_empty() { Ok(()) } else { Err(Failure::Wrong { findings, more }) }
    }
}

/// Counts things in words.
pub fn count(of: u64, what: &str) -> String {
    if of == 1 { format!("1 {what}") } else { format!("{of} {what}s") }
}

/// Returns a decision as the log has it.
fn json_of(engine: &Engine, decision: &Decision) -> Value {
    decision_json(&DecisionView::new(&engine.catalog, decision), &TraceView::new(engine, decision))
}

/// Holds what was decided anew to the bytes of a line.
fn same(text: &str, entry: &Entry, decided: &Value) -> Result<(), SignalIssue> {
    let is_same = text.trim_end().ends_with(&format!("\"decision\":{decided}}}"));
    let logged = entry.decision.as_ref().unwrap_or(&Value::Null);
    if is_same { Ok(()) } else { Err(differs(entry, logged, decided)) }
}

fn differs(entry: &Entry, logged: &Value, decided: &Value) -> SignalIssue {
    let (path, logged, decided) = first_difference(logged, decided, String::new()).unwrap_or_default();
    let why = other_version(entry).unwrap_or_else(|| {
        "pack and state are those of the log, so it was changed, or another build of this version wrote it".into()
    });
    let message = if path.is_empty() && logged == decided {
        "the decision has the same values in other bytes".into()
    } else {
        format!("logged was {logged}, decided is {decided}; {why}")
    };
    issue("other-decision", &format!("/decision{path}"), message)
}

/// Returns the first place, in the order of the decision, where two values differ, and both.
fn first_difference(logged: &Value, decided: &Value, path: String) -> Option<(String, String, String)> {
    match (logged, decided) {
        (Value::Object(left), Value::Object(right)) => {
            let names = right.keys().chain(left.keys().filter(|name| !right.contains_key(*name)));
            let field = |fields: &serde_json::Map<String, Value>, name| fields.get(name).cloned().unwrap_or_default();
            let mut names = names.map(|name| (name, field(left, name), field(right, name)));
            names.find_map(|(name, left, right)| first_difference(&left, &right, format!("{path}/{name}")))
        }
        (Value::Array(left), Value::Array(right)) => {
            let place = |list: &[Value], at| list.get(at).cloned().unwrap_or_default();
            let mut places = (0..left.len().max(right.len())).map(|at| (at, place(left, at), place(right, at)));
            places.find_map(|(at, left, right)| first_difference(&left, &right, format!("{path}/{at}")))
        }
        _ if logged == decided => None,
        _ => Some((path, said(logged), said(decided))),
    }
}

/// Returns a value as a message names it.
fn said(value: &Value) -> String {
    let text = value.to_string();
    let short: String = text.chars().take(80).collect();
    match value {
        Value::Null => "nothing".into(),
        _ if short.len() < text.len() => format!("`{short}…`"),
        _ => format!("`{text}`"),
    }
}
