//! The benchmarks: what the core takes natively, then the contest beside what a shop would use instead.

use crate::build_steps;
use crate::run::{self, Fault, Outcome, Steps, cargo};
use crate::setup::{self, Tools};
use std::process::{Command, ExitCode};

/// `bench`: both; `bench contest [--quick] [section …]`: the contest alone; `bench native`: what needs no Node;
/// `bench instructions [--fit]`: what decisions cost against the bound that publish refuses by;
/// `bench ledger [--seconds N] [--rounds N]`: claims a second, `bench ledger --claims N --kills N`: what a kill -9 costs;
/// `bench live [--pages N] [--clients N] [--rounds N] [--seconds N]`: from publishing to open pages.
pub fn bench(arguments: &[String]) -> Outcome<ExitCode> {
    match arguments.split_first() {
        Some((name, rest)) if name == "contest" => contest(rest),
        Some((name, [])) if name == "native" => run::replace(&mut native()),
        Some((name, rest)) if name == "instructions" => instructions(rest),
        Some((name, rest)) if name == "ledger" => ledger(rest),
        Some((name, rest)) if name == "live" => live(rest),
        None => both(&[]),
        Some((flag, [])) if flag == "--quick" => both(arguments),
        _ => Err(Fault::usage(format!("`bench` does not take `{}`", arguments.join(" ")))
            .fix("cargo xtask bench [--quick], bench native, bench instructions [--fit], bench ledger [--claims N --kills N], bench live [moments overload shed isolates], or bench contest [--quick] [section …]")),
    }
}

fn both(arguments: &[String]) -> Outcome<ExitCode> {
    let status = native().status().map_err(|error| Fault::new(format!("cannot start cargo: {error}")))?;
    if status.success() {
        contest(arguments)
    } else {
        Err(Fault::new(format!("the native benchmarks ended with {status}")))
    }
}

fn native() -> Command {
    let mut command = cargo();
    command.args(["bench", "--features", "cli"]);
    command
}

/// Runs the contest with the package and the command line as they are built from these sources.
fn contest(arguments: &[String]) -> Outcome<ExitCode> {
    in_browser("benches/contest/run.mjs", arguments)
}

/// Publishes to open pages, and asks for more than there is.
fn live(arguments: &[String]) -> Outcome<ExitCode> {
    in_browser("benches/live/run.mjs", arguments)
}

/// Runs a script that needs Chromium.
fn in_browser(script: &str, arguments: &[String]) -> Outcome<ExitCode> {
    let tools = setup::setup(true)?;
    let mut node = node(script, &tools, arguments)?;
    if let Some(browser) = &tools.browser {
        node.env("CHROMIUM", &browser.chromium);
    }
    run::replace(&mut node)
}

/// Counts the instructions of decisions with the module and the command line as they are built from these sources.
fn instructions(arguments: &[String]) -> Outcome<ExitCode> {
    run::replace(&mut node("benches/instructions/run.mjs", &setup::setup(false)?, arguments)?)
}

/// Runs the ledger on workerd, and measures or kills it.
fn ledger(arguments: &[String]) -> Outcome<ExitCode> {
    build_steps::build(&setup::setup(false)?)?;
    println!();
    run::replace(Command::new("node").arg("benches/ledger/run.mjs").args(arguments))
}

/// Builds everything, and returns the command that runs `script` with the command line, optimised.
fn node(script: &str, tools: &Tools, arguments: &[String]) -> Outcome<Command> {
    build_steps::build(tools)?;
    let mut steps = Steps::new(1);
    let step = steps.next("tactful: the command line, optimised");
    let mut build = cargo();
    build.args(["build", "--release", "--features", "cli", "--bin", "tactful"]);
    step.run("compiling", &mut build, "target/xtask/cli-release.log")?;
    step.done();
    println!();
    let mut node = Command::new("node");
    node.arg(script).args(arguments);
    node.env("TACTFUL", format!("target/release/tactful{}", std::env::consts::EXE_SUFFIX));
    Ok(node)
}
