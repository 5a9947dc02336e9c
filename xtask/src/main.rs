//! `cargo xtask <command>`: sets up, builds, tests and measures Tactful with nothing but Rust and Node to begin with.
//!
//! Every step says its name, is skipped when its result is there, and names the fix when it cannot be done.

mod bench;
mod build_steps;
mod run;
mod setup;
mod size;
mod stamp;
mod suites;
mod wasm;

use run::{Fault, Outcome};
use std::process::{Command, ExitCode};

/// A command's name, what it does in one line, and how it is done.
struct Task {
    name: &'static str,
    about: &'static str,
    run: fn(&[String]) -> Outcome<ExitCode>,
}

const TASKS: [Task; 6] = [
    Task { name: "setup", about: "install what is missing; --browsers adds Chromium and ChromeDriver", run: setup },
    Task { name: "build", about: "wasm, npm package, demo shop and example catalog", run: build },
    Task {
        name: "demo",
        about: "serve the demo shop and the edge worker on 127.0.0.1; --port N, else 8787",
        run: demo,
    },
    Task {
        name: "test",
        about: "run every suite natively, in Node, Chromium and workerd; last line is the totals",
        run: test,
    },
    Task {
        name: "bench",
        about: "native, then the contest in Node, Chromium and workerd (--quick); one by its name, also `instructions`, `ledger`, `live`",
        run: bench::bench,
    },
    Task { name: "size", about: "bytes a shopper's phone downloads, and where they go", run: size },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match enter_repository().and_then(|()| dispatch(&arguments)) {
        Ok(code) => code,
        Err(fault) => fault.report(),
    }
}

fn dispatch(arguments: &[String]) -> Outcome<ExitCode> {
    let Some((name, rest)) = arguments.split_first() else {
        println!("{}", list());
        return Ok(ExitCode::SUCCESS);
    };
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        println!("{}", list());
        return Ok(ExitCode::SUCCESS);
    }
    match TASKS.iter().find(|task| task.name == name) {
        Some(task) => (task.run)(rest),
        None => Err(Fault::usage(format!("there is no command `{name}`\n\n{}", list()))),
    }
}

fn list() -> String {
    let lines = TASKS.iter().map(|task| format!("  cargo xtask {:<6} {}", task.name, task.about));
    lines.collect::<Vec<_>>().join("\n")
}

/// Makes the repository the working directory, so that every path below is written from its root.
fn enter_repository() -> Outcome {
    let Some(manifest) = std::env::var_os("CARGO_MANIFEST_DIR") else {
        return Ok(()); // started without cargo: from the root, by hand
    };
    let root = std::path::Path::new(&manifest).join("..");
    std::env::set_current_dir(&root).map_err(|error| Fault::new(format!("cannot enter {}: {error}", root.display())))
}

fn setup(arguments: &[String]) -> Outcome<ExitCode> {
    let browsers = match arguments {
        [] => false,
        [flag] if flag == "--browsers" => true,
        other => return Err(unexpected("setup", other)),
    };
    setup::setup(browsers)?;
    Ok(ExitCode::SUCCESS)
}

fn build(arguments: &[String]) -> Outcome<ExitCode> {
    no_arguments("build", arguments)?;
    build_steps::build(&setup::setup(false)?)?;
    Ok(ExitCode::SUCCESS)
}

fn demo(arguments: &[String]) -> Outcome<ExitCode> {
    let port = match arguments {
        [] => "8787",
        [flag, port] if flag == "--port" && port.parse::<u16>().is_ok() => port,
        other => return Err(unexpected("demo", other)),
    };
    build_steps::build(&setup::setup(false)?)?;
    println!();
    run::replace(Command::new("node").args(["www/serve.mjs", "--port", port]))
}

fn test(arguments: &[String]) -> Outcome<ExitCode> {
    no_arguments("test", arguments)?;
    let tools = setup::setup(true)?;
    build_steps::build(&tools)?;
    suites::run_all(&tools)
}

fn size(arguments: &[String]) -> Outcome<ExitCode> {
    no_arguments("size", arguments)?;
    let tools = setup::setup(false)?;
    build_steps::build(&tools)?;
    size::print()?;
    Ok(ExitCode::SUCCESS)
}

fn no_arguments(task: &str, arguments: &[String]) -> Outcome {
    if arguments.is_empty() { Ok(()) } else { Err(unexpected(task, arguments)) }
}

fn unexpected(task: &str, arguments: &[String]) -> Fault {
    Fault::usage(format!("`{task}` does not take `{}`\n\n{}", arguments.join(" "), list()))
}
