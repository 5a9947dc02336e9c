//! Problems and notices as a person reads them: file, line, column, the text at fault and what would be right.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde::Serialize;
use tactful::author::json::SignalIssue;
use tactful::author::{Fault, Issue, Places};

use crate::failure::Failure;

/// One problem of an input, with the text around it.
#[derive(Debug, Serialize)]
pub struct Finding {
    /// A stable code for programs.
    pub code: String,
    /// JSON Pointer to the value.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong and what would be right.
    pub message: String,
    #[serde(skip)]
    file: String,
    #[serde(skip)]
    excerpt: Excerpt,
}

impl Finding {
    /// Makes a problem of a catalog readable.
    pub fn in_catalog(file: &str, text: &str, issue: Issue) -> Self {
        let Issue { code, path, line, column, span: (from, until), message } = issue;
        let excerpt = Excerpt::new(text, from..until);
        Self { code: code.into(), path, line, column, message: printable(&message), file: file.into(), excerpt }
    }

    /// Makes a problem of one line of signals readable.
    pub fn in_line(file: &str, text: &str, line: usize, issue: SignalIssue) -> Self {
        let places = Places::new(text);
        let (from, until) = span(&places, &issue.path);
        let SignalIssue { code, path, message } = issue;
        let (column, excerpt) = (places.line_column(from).1, Excerpt::new(text, from..until));
        Self { code, path, line, column, message: printable(&message), file: file.into(), excerpt }
    }

    /// Makes a problem of a JSON text readable.
    pub fn in_text(file: &str, text: &str, issue: SignalIssue) -> Self {
        let places = Places::new(text);
        let (line, _) = places.line_column(span(&places, &issue.path).0);
        Self::in_line(file, text, line, issue)
    }

    /// Makes a line readable that is no JSON, from the byte `at` on.
    pub fn no_json(file: &str, text: &str, (line, at): (usize, usize), message: &str) -> Self {
        let at = at.min(text.len());
        let column = text.char_indices().take_while(|(place, _)| *place < at).count() + 1;
        let (message, excerpt) = (printable(message), Excerpt::new(text, at..at));
        Self { code: "syntax".into(), path: String::new(), line, column, message, file: file.into(), excerpt }
    }

    fn render(&self, renderer: &Renderer) -> String {
        let mark = AnnotationKind::Primary.span(self.excerpt.span.clone()).label(printable(&self.path));
        let snippet = Snippet::source(&self.excerpt.text).path(&self.file).line_start(self.line).annotation(mark);
        let title = Level::ERROR.primary_title(&self.message).id(&self.code);
        let rendered = renderer.render(&[Group::with_title(title).element(snippet)]);
        // The renderer counts the column in the excerpt, which is not the whole of a long line.
        let place = |column: usize| format!("{}:{}:{column}", self.file, self.line);
        rendered.replacen(&place(self.excerpt.column()), &place(self.column), 1)
    }
}

/// Finds the bytes of a value, or of the innermost object that should have it.
fn span(places: &Places, path: &str) -> (usize, usize) {
    let any = Fault::Shape(String::new());
    match (places.span(path, &any), path.rsplit_once('/')) {
        ((0, 0), Some((parent, _))) => span(places, parent),
        (found, _) => found,
    }
}

/// The line around a problem, cut to a readable length, and where in it the problem is.
#[derive(Debug)]
struct Excerpt {
    text: String,
    span: Range<usize>,
}

impl Excerpt {
    /// Characters kept before the problem, and from its start on.
    const BEFORE: usize = 60;
    const AFTER: usize = 70;

    fn new(text: &str, span: Range<usize>) -> Self {
        let (before, rest) = text.split_at_checked(span.start).unwrap_or((text, ""));
        let before = before.rsplit('\n').next().unwrap_or_default();
        let rest = rest.split(['\n', '\r']).next().unwrap_or_default();
        let skipped = before.char_indices().rev().nth(Self::BEFORE - 1).map_or(0, |(at, _)| at);
        let kept = rest.char_indices().nth(Self::AFTER).map_or(rest.len(), |(at, _)| at);
        let start = if skipped > 0 { "…" } else { "" };
        let end = if kept < rest.len() { "…" } else { "" };
        let (head, tail) = (before.get(skipped..).unwrap_or_default(), rest.get(..kept).unwrap_or_default());
        let from = start.len() + head.len();
        let until = from + span.len().min(kept);
        Self { text: format!("{start}{head}{tail}{end}"), span: from..until }
    }

    /// Returns the column of the problem in the excerpt, from 1.
    fn column(&self) -> usize {
        self.text.get(..self.span.start).map_or(0, |before| before.chars().count()) + 1
    }
}

/// Returns text that cannot move the cursor of a terminal.
pub fn printable(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { '\u{fffd}' } else { char }).collect()
}

/// Says why a command stops: in words on standard error, or to a program that asked for it as lines of JSON on standard output.
pub fn tell(failure: &Failure, is_for_programs: bool) {
    match failure {
        failure if failure.is_quiet() => {}
        failure if is_for_programs && !failure.is_verdict() => for_programs(failure),
        failure => for_people(failure),
    }
}

/// Each problem of an input, or else the one thing that is in the way, which stands where its file begins.
fn for_programs(failure: &Failure) {
    let whole = |message: String| {
        let (code, line) = (failure.code(), failure.line());
        serde_json::json!({"code": code, "path": "", "line": line, "column": 1, "message": printable(&message)})
    };
    let mut output = std::io::stdout().lock();
    // NOTE: where nobody reads, there is nobody to tell.
    let mut print = |line: String| _ = writeln!(output, "{line}");
    let Failure::Wrong { findings, more } = failure else { return print(whole(failure.to_string()).to_string()) };
    findings.iter().filter_map(|finding| serde_json::to_string(finding).ok()).for_each(&mut print);
    if *more > 0 {
        print(whole(failure.to_string()).to_string());
    }
}

fn for_people(failure: &Failure) {
    if let Failure::Wrong { findings, .. } = failure {
        let renderer = renderer();
        findings.iter().for_each(|finding| say(format_args!("{}\n", finding.render(&renderer))));
    }
    say(format_args!("error: {}", printable(&failure.to_string())));
}

fn renderer() -> Renderer {
    let coloured = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty());
    let renderer = if coloured { Renderer::styled() } else { Renderer::plain() };
    renderer.decor_style(DecorStyle::Ascii)
}

/// Says a line on standard error; where nobody listens, there is nobody to tell.
pub fn say(line: impl Display) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// What was odd but harmless, the same thing once.
#[derive(Debug, Default)]
pub struct Notices {
    /// Message to its first place and how often it came.
    known: BTreeMap<String, (usize, String, usize)>,
    more: usize,
}

impl Notices {
    /// Different notices that are told.
    const MOST: usize = 20;

    /// Takes one in.
    pub fn add(&mut self, line: usize, path: &str, message: &str) {
        self.count(printable(message), (line, printable(path), 1));
    }

    /// Takes in those of another part of the same input.
    pub fn merge(&mut self, other: Self) {
        self.more += other.more;
        other.known.into_iter().for_each(|(message, place)| self.count(message, place));
    }

    fn count(&mut self, message: String, (line, path, times): (usize, String, usize)) {
        if let Some(known) = self.known.get_mut(&message) {
            known.2 += times;
            if line < known.0 {
                (known.0, known.1) = (line, path);
            }
        } else if self.known.len() < Self::MOST {
            self.known.insert(message, (line, path, times));
        } else {
            self.more += times;
        }
    }

    /// Says them on standard error, in the order of their first places.
    pub fn tell(&self, file: &str) {
        let mut told: Vec<_> = self.known.iter().collect();
        told.sort_by_key(|(_, (line, ..))| *line);
        for (message, (line, path, times)) in told {
            let again = if *times > 1 { format!(" ({times} times)") } else { String::new() };
            say(format_args!("notice: {file}:{line}: {path}: {message}{again}"));
        }
        if self.more > 0 {
            say(format_args!("notice: {file}: and {} more", self.more));
        }
    }
}
