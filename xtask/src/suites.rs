//! The suites, one after the other, and what they add up to.

use crate::run::{Fault, Outcome, Step, Steps, cargo, last_lines};
use crate::setup::{Browser, Tools};
use std::fmt;
use std::iter::Sum;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};

/// Tests that one command runs.
struct Suite {
    name: &'static str,
    harness: Harness,
    command: Command,
}

/// Who runs the tests of a suite, and so how it writes its counts and failures.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Harness {
    Libtest,
    Node,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Totals {
    passed: u32,
    failed: u32,
    skipped: u32,
}

/// Runs every suite, also after one has failed; the last line is the totals.
pub fn run_all(tools: &Tools) -> Outcome<ExitCode> {
    let suites = suites(tools)?;
    let mut steps = Steps::new(suites.len());
    let each = suites.into_iter().map(|suite| run(steps.next(suite.name), suite));
    let totals = each.sum::<Outcome<Totals>>()?;
    println!("{totals}");
    Ok(if totals.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn suites(tools: &Tools) -> Outcome<[Suite; 5]> {
    let browser = tools.browser.as_ref().ok_or_else(|| Fault::new("the suites need a browser"))?;
    let mut in_chromium = cases(tools);
    in_chromium.env("WASM_BINDGEN_USE_BROWSER", "1").env("CHROMEDRIVER", &browser.driver);
    Ok([
        Suite { name: "rust", harness: Harness::Libtest, command: native() },
        Suite { name: "rust-in-node", harness: Harness::Libtest, command: cases(tools) },
        Suite { name: "rust-in-chromium", harness: Harness::Libtest, command: in_chromium },
        Suite { name: "package", harness: Harness::Node, command: node("pkg/test", browser) },
        Suite { name: "shop-and-edge", harness: Harness::Node, command: node("www/test", browser) },
    ])
}

/// Everything that runs on this machine: units, shared cases, properties, command line, documentation.
fn native() -> Command {
    let mut command = cargo();
    command.args(["test", "--workspace", "--features", "cli", "--no-fail-fast"]);
    command
}

/// The shared cases as WebAssembly, in Node unless a browser is asked for.
fn cases(tools: &Tools) -> Command {
    let mut command = cargo();
    command.args(["test", "--target", "wasm32-unknown-unknown", "--features", "studio", "--test", "cases"]);
    command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", tools.test_runner());
    command
}

fn node(folder: &str, browser: &Browser) -> Command {
    let mut command = Command::new("node");
    // One file at a time: each starts a browser or a worker of its own.
    command.args(["--test", "--test-reporter=spec", "--test-concurrency=1", "--test-timeout=300000"]);
    command.args(test_files(folder)).env_remove("FORCE_COLOR");
    command.env("CHROMIUM", &browser.chromium).env("CHROMEDRIVER", &browser.driver);
    command
}

/// The test files of a folder; where there is none, a name that Node then reports as missing.
fn test_files(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<_> = entries.filter(|file| file.to_string_lossy().ends_with(".test.mjs")).collect();
    files.sort();
    if files.is_empty() { vec![Path::new(folder).join("*.test.mjs")] } else { files }
}

fn run(step: Step, mut suite: Suite) -> Outcome<Totals> {
    let log = Path::new("target/test-logs").join(suite.name).with_extension("log");
    let status = step.watch("running", &mut suite.command, &log)?;
    let text = String::from_utf8_lossy(&std::fs::read(&log).unwrap_or_default()).into_owned();
    let (totals, crash) = judge(suite.harness.count(&text), status);
    step.done_with(&totals.to_string());
    if let Some(crash) = &crash {
        println!("    {crash}");
    }
    if totals.failed > 0 {
        println!("{}\n    (all of it: {})", suite.harness.failures(&text), log.display());
    }
    Ok(totals)
}

/// A suite that ran nothing, or broke off without a failed test, has one failure and says why.
fn judge(counted: Totals, status: ExitStatus) -> (Totals, Option<String>) {
    let crashed = Totals { failed: counted.failed + 1, ..counted };
    match counted {
        Totals { passed: 0, failed: 0, .. } => (crashed, Some(format!("ran no test, {status}"))),
        Totals { failed: 0, .. } if !status.success() => (crashed, Some(format!("no test failed, but {status}"))),
        _ => (counted, None),
    }
}

impl Harness {
    fn count(self, text: &str) -> Totals {
        let count = match self {
            Self::Libtest => libtest_line,
            Self::Node => node_line,
        };
        text.lines().filter_map(count).sum()
    }

    /// The part of an output that tells what failed; else its end.
    fn failures(self, text: &str) -> String {
        let (from, to) = match self {
            Self::Libtest => ("failures:", "test result: FAILED"),
            Self::Node => ("✖ failing tests:", "\0"),
        };
        let told: Vec<&str> =
            text.lines().skip_while(|line| *line != from).take_while(|line| !line.starts_with(to)).collect();
        let told = told.iter().take(80).map(|line| format!("    {line}"));
        let told = told.collect::<Vec<_>>().join("\n");
        if told.is_empty() { last_lines(text, 40) } else { told }
    }
}

/// Reads `test result: ok. 12 passed; 0 failed; 1 ignored; …`.
fn libtest_line(line: &str) -> Option<Totals> {
    let counts = line.strip_prefix("test result: ")?.split_once(". ")?.1;
    let count = |word| counts.split("; ").find_map(|part| part.strip_suffix(word)?.trim().parse().ok());
    Some(Totals { passed: count("passed")?, failed: count("failed")?, skipped: count("ignored").unwrap_or(0) })
}

/// Reads one of `ℹ pass 5`, `ℹ fail 0`, … (`#` instead of `ℹ` in TAP).
fn node_line(line: &str) -> Option<Totals> {
    let (word, count) = line.strip_prefix("ℹ ").or_else(|| line.strip_prefix("# "))?.split_once(' ')?;
    let count = count.parse().ok()?;
    match word {
        "pass" => Some(Totals { passed: count, ..Totals::default() }),
        "fail" | "cancelled" => Some(Totals { failed: count, ..Totals::default() }),
        "skipped" | "todo" => Some(Totals { skipped: count, ..Totals::default() }),
        _ => None,
    }
}

impl Sum for Totals {
    fn sum<I: Iterator<Item = Self>>(each: I) -> Self {
        each.fold(Self::default(), |sum, suite| Self {
            passed: sum.passed + suite.passed,
            failed: sum.failed + suite.failed,
            skipped: sum.skipped + suite.skipped,
        })
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 { write!(f, ", {} skipped", self.skipped) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(passed: u32, failed: u32, skipped: u32) -> Totals {
        Totals { passed, failed, skipped }
    }

    const CARGO: &str = "
running 2 tests
test a ... ok
test b ... FAILED

failures:

---- b stdout ----
left: 1, right: 2

failures:
    b

test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.00s

   Doc-tests tactful
test result: ok. 7 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.31s
";

    #[test]
    fn every_result_line_of_libtest_counts() {
        assert_eq!(Harness::Libtest.count(CARGO), totals(8, 1, 1));
        assert_eq!(
            Harness::Libtest.count("test result: ok. 5 passed; 0 failed; 0 ignored; 0 filtered out; finished in 0.1s"),
            totals(5, 0, 0)
        );
        assert_eq!(Harness::Libtest.count("error: could not compile `tactful`"), totals(0, 0, 0));
    }

    #[test]
    fn node_counts_in_both_of_its_reports() {
        let report =
            "ℹ tests 9\nℹ suites 1\nℹ pass 5\nℹ fail 1\nℹ cancelled 1\nℹ skipped 1\nℹ todo 1\nℹ duration_ms 91.2\n";
        assert_eq!(Harness::Node.count(report), totals(5, 2, 2));
        assert_eq!(Harness::Node.count(&report.replace('ℹ', "#")), totals(5, 2, 2));
    }

    #[test]
    fn a_failure_is_quoted_from_the_middle_of_a_log() {
        let quoted = Harness::Libtest.failures(CARGO);
        assert!(quoted.contains("left: 1, right: 2") && !quoted.contains("Doc-tests"), "{quoted}");
        assert_eq!(Harness::Node.failures("error: no such file"), "    error: no such file");
    }

    #[cfg(unix)]
    #[test]
    fn a_suite_that_runs_nothing_or_breaks_off_has_failed() {
        let status = |raw| <ExitStatus as std::os::unix::process::ExitStatusExt>::from_raw(raw);
        let check = |counted, raw, expected, crashed: bool| {
            let (judged, crash) = judge(counted, status(raw));
            assert_eq!((judged, crash.is_some()), (expected, crashed));
        };
        check(totals(3, 0, 0), 0, totals(3, 0, 0), false);
        check(totals(3, 2, 0), 256, totals(3, 2, 0), false);
        check(totals(3, 0, 0), 256, totals(3, 1, 0), true);
        check(totals(0, 0, 4), 0, totals(0, 1, 4), true);
    }

    #[test]
    fn totals_are_one_line() {
        assert_eq!(
            [totals(1, 2, 0), totals(3, 0, 4)].into_iter().sum::<Totals>().to_string(),
            "4 passed, 2 failed, 4 skipped"
        );
        assert_eq!(totals(1, 0, 0).to_string(), "1 passed, 0 failed");
    }
}
