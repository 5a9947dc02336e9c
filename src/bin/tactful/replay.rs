//! `tactful replay`: decides every line of a log anew, and holds it to the same bytes.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tactful::author::json::{SignalIssue, decision_json};
use tactful::decide::Decision;
use tactful::session::Engine;
use tactful::wire::decision::{DecisionView, TraceView};

use crate::failure::Failure;
use crate::files::{self, Lines};
use crate::help;
use crate::log::Entry;
use crate::past::{Ask, Past, issue, other_version, packs};
use crate::report::Finding;

/// Decide every line of a log anew, and say where a decision is not the same bytes
///
/// The log is one of `tactful decide --log`, of `tactful run --log` or of `tactful/log` in a browser, in Node or at the
/// edge. Of each shopper the first difference is told, with the field, what was logged and what is decided now; what
/// comes after it is not compared, up to their next line with a `start`.
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
    let packs = packs(&args.packs)?;
    let (mut past, mut refused, mut decisions) = (Past::new(&packs), Refused::default(), 0_u64);
    read(&args.log, &mut |number, text, entry| {
        let taken = past.lead(&entry).and_then(|(life, ask)| {
            let Some(Ask { placement, at }) = ask else { return Ok(()) };
            decisions += 1;
            let decision = life.session.ask(life.engine, placement, at);
            same(text, &entry, &json_of(life.engine, &decision))
        });
        if let Err(issue) = taken {
            past.lose(&entry);
            refused.add(&args.log, number, text, issue);
        }
    })?;
    refused.finish()?;
    let shoppers = past.shoppers() as u64;
    let text = if args.json {
        json!({"decisions": decisions, "shoppers": shoppers}).to_string()
    } else {
        format!("{} of {}: the same bytes", count(decisions, "decision"), count(shoppers, "shopper"))
    };
    writeln!(io::stdout(), "{text}")?;
    Ok(())
}

/// Lines that were refused.
#[derive(Default)]
pub struct Refused {
    findings: Vec<Finding>,
    more: usize,
}

impl Refused {
    /// Problems that are told; of the others only the number.
    const TOLD: usize = 20;

    /// Notes why a line was refused; what only follows from another refusal is not told again.
    pub fn add(&mut self, log: &Path, number: usize, text: &str, issue: SignalIssue) {
        if issue.code == "no-start" && !self.findings.is_empty() {
            return;
        }
        if self.findings.len() < Self::TOLD {
            self.findings.push(Finding::in_line(&files::name(log), text, number, issue));
        } else {
            self.more += 1;
        }
    }

    /// Fails where something was refused.
    pub fn finish(self) -> Result<(), Failure> {
        let Self { findings, more } = self;
        if findings.is_empty() { Ok(()) } else { Err(Failure::Wrong { findings, more }) }
    }
}

/// Counts things in words.
pub fn count(of: u64, what: &str) -> String {
    if of == 1 { format!("1 {what}") } else { format!("{of} {what}s") }
}

/// Reads every line of a log but those of `askIn`.
pub fn read(path: &Path, take: &mut dyn FnMut(usize, &str, Entry)) -> Result<(), Failure> {
    let progress = files::progress("log");
    let (mut lines, mut line) = (Lines::open(path, &progress)?, Vec::new());
    while let Some(number) = lines.next(&mut line)? {
        let text = String::from_utf8_lossy(&line);
        let file = || files::name(path);
        let entry: Entry = serde_json::from_str(&text).map_err(|cause| match number {
            1 => Failure::NoLog { file: file(), cause },
            line => Failure::Json { file: file(), line, cause },
        })?;
        if entry.answer.is_none() {
            take(number, &text, entry);
        }
    }
    progress.finish_and_clear();
    Ok(())
}

/// Returns a decision as the log has it.
pub fn json_of(engine: &Engine, decision: &Decision) -> Value {
    decision_json(&DecisionView::new(&engine.catalog, decision), &TraceView::new(engine, decision))
}

/// Holds what was decided anew to the bytes of a line.
pub fn same(text: &str, entry: &Entry, decided: &Value) -> Result<(), SignalIssue> {
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
