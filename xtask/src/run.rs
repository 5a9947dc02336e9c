//! Starting other programs, and telling on one line how far they are.

use std::fmt;
use std::fs::File;
use std::io::{self, IsTerminal, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Why a step could not be done, and what the reader can do about it.
#[derive(Debug)]
pub struct Fault {
    what: String,
    fix: Option<String>,
    exit: u8,
}

pub type Outcome<T = ()> = Result<T, Fault>;

impl Fault {
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), fix: None, exit: 1 }
    }

    /// A command line that makes no sense: exit code 2.
    pub fn usage(what: impl Into<String>) -> Self {
        Self { exit: 2, ..Self::new(what) }
    }

    pub fn fix(self, fix: impl Into<String>) -> Self {
        Self { fix: Some(fix.into()), ..self }
    }

    /// Prints it, below the line of the step that it ends.
    pub fn report(&self) -> ExitCode {
        if io::stdout().is_terminal() {
            println!();
        }
        eprintln!("{self}");
        ExitCode::from(self.exit)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "error: {}", self.what)?;
        self.fix.iter().try_for_each(|fix| write!(f, "\n  fix: {fix}"))
    }
}

/// The cargo that started us, so that every step uses one toolchain.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // What `cargo run` says of xtask is not true of the packages that a nested cargo builds.
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")) {
            command.env_remove(name);
        }
    }
    command
}

pub fn npm() -> Command {
    Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" })
}

/// A program that npm installed.
pub fn npm_tool(program: &str) -> Command {
    let suffix = if cfg!(windows) { ".cmd" } else { "" };
    Command::new(Path::new("node_modules/.bin").join(format!("{program}{suffix}")))
}

/// Finds a program on PATH.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&std::env::var_os("PATH")?).map(|dir| dir.join(&name)).find(|file| file.is_file())
}

/// What a program prints, without the last newline; `None` when it is missing or fails.
pub fn printed(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

/// Ends this program by becoming another, so that Ctrl-C and signals reach it directly.
#[cfg(unix)]
pub fn replace(command: &mut Command) -> Outcome<ExitCode> {
    let error = std::os::unix::process::CommandExt::exec(command);
    Err(not_started(command, &error))
}

#[cfg(not(unix))]
pub fn replace(command: &mut Command) -> Outcome<ExitCode> {
    let status = command.status().map_err(|error| not_started(command, &error))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Characters on the line of a step that is under way: one more could wrap, and would then stay on the screen.
const LINE: usize = 79;

/// Steps of one command, each on its own line: `[2/6] wasm-bindgen 0.2.130 … present`.
pub struct Steps {
    total: usize,
    current: usize,
}

impl Steps {
    pub fn new(total: usize) -> Self {
        Self { total, current: 0 }
    }

    pub fn next(&mut self, name: impl fmt::Display) -> Step {
        self.current += 1;
        let step = Step { title: format!("[{}/{}] {name} …", self.current, self.total), started: Instant::now() };
        if io::stdout().is_terminal() {
            step.show("");
        }
        step
    }
}

/// One step while it is under way.
pub struct Step {
    title: String,
    started: Instant,
}

impl Step {
    /// Ends the step: nothing had to be done.
    pub fn present(self) {
        self.end("present");
    }

    /// Ends the step with the time it took.
    pub fn done(self) {
        self.done_with("done");
    }

    /// Ends the step with what came out and the time it took.
    pub fn done_with(self, result: &str) {
        self.end(&format!("{result} in {}", elapsed(self.started.elapsed())));
    }

    /// Runs `command`, or fails with the end of its log.
    pub fn run(&self, doing: &str, command: &mut Command, log: impl AsRef<Path>) -> Outcome {
        let log = log.as_ref();
        let status = self.watch(doing, command, log)?;
        if status.success() {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&std::fs::read(log).unwrap_or_default()).into_owned();
        let (command, end, log) = (shown(command), last_lines(&text, 30), log.display());
        Err(Fault::new(format!("`{command}` ended with {status}\n{end}\n    (all of it: {log})")))
    }

    /// Runs `command` with both outputs in `log` and says how far it is: on a terminal all the time, elsewhere after two
    /// seconds and then each half minute.
    pub fn watch(&self, doing: &str, command: &mut Command, log: &Path) -> Outcome<ExitStatus> {
        let (out, err) = create(log).map_err(|error| Fault::new(format!("cannot write {}: {error}", log.display())))?;
        let child = command.stdin(Stdio::null()).stdout(out).stderr(err).spawn();
        let mut child = child.map_err(|error| not_started(command, &error))?;
        let (first, pause) = if io::stdout().is_terminal() { (200, 200) } else { (2_000, 30_000) };
        let mut due = Instant::now() + Duration::from_millis(first);
        loop {
            if let Some(status) = child.try_wait().map_err(|error| not_started(command, &error))? {
                return Ok(status);
            }
            std::thread::sleep(Duration::from_millis(50));
            if Instant::now() > due {
                due += Duration::from_millis(pause);
                self.report(doing, &last_line(log));
            }
        }
    }

    fn report(&self, doing: &str, line: &str) {
        let took = elapsed(self.started.elapsed());
        let width = if io::stdout().is_terminal() { LINE } else { 2 * LINE };
        let room = width.saturating_sub(self.title.chars().count() + doing.len() + took.len() + " , : ".len());
        self.show(&format!("{doing}, {took}: {}", clipped(line, room)));
        if !io::stdout().is_terminal() {
            println!();
        }
    }

    fn end(&self, how: &str) {
        self.show(how);
        println!();
    }

    fn show(&self, note: &str) {
        let clear = if io::stdout().is_terminal() { "\r\x1b[K" } else { "" };
        print!("{clear}{} {note}", self.title);
        io::stdout().flush().ok();
    }
}

/// Two handles of one new file.
fn create(log: &Path) -> io::Result<(File, File)> {
    std::fs::create_dir_all(log.parent().unwrap_or(Path::new("")))?;
    let file = File::create(log)?;
    Ok((file.try_clone()?, file))
}

fn not_started(command: &Command, error: &io::Error) -> Fault {
    Fault::new(format!("cannot start `{}`: {error}", shown(command)))
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// The last `count` lines of a text, each indented.
pub fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let end = lines.iter().skip(lines.len().saturating_sub(count));
    end.map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

/// The last line, from the last 4 kB: a log may be long and is looked at often.
fn last_line(log: &Path) -> String {
    let mut end = Vec::new();
    let read = File::open(log).and_then(|mut file| {
        let length = file.seek(SeekFrom::End(0))?;
        file.seek(SeekFrom::Start(length.saturating_sub(4096)))?;
        file.read_to_end(&mut end)
    });
    let text = read.map(|_| String::from_utf8_lossy(&end)).unwrap_or_default();
    text.trim_end().lines().last().unwrap_or_default().trim().to_owned()
}

fn clipped(line: &str, width: usize) -> String {
    line.chars().filter(|c| !c.is_control()).take(width).collect()
}

/// A time for people: `0.4 s`, `42 s`, `3 min 05 s`.
pub fn elapsed(time: Duration) -> String {
    match time.as_secs() {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        seconds @ 10..60 => format!("{seconds} s"),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_like_speech() {
        let shown = [400, 9_960, 42_000, 185_000].map(|ms| elapsed(Duration::from_millis(ms)));
        assert_eq!(shown, ["0.4 s", "10.0 s", "42 s", "3 min 05 s"]);
    }

    #[test]
    fn a_fault_names_its_fix() {
        let fault = Fault::new("node is missing").fix("install Node 20");
        assert_eq!(fault.to_string(), "error: node is missing\n  fix: install Node 20");
    }
}
