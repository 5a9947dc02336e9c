//! What must be on the machine before anything can be built: looked for, and installed where that is possible.

use crate::run::{Fault, Outcome, Steps, cargo, npm, on_path, printed};
use crate::stamp::Stamp;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the programs are that are not simply on PATH.
pub struct Tools {
    /// The folder with `wasm-bindgen` and `wasm-bindgen-test-runner` of exactly the version in Cargo.lock.
    bindgen: PathBuf,
    /// Looked for only when asked.
    pub browser: Option<Browser>,
}

/// A browser and the program that drives it.
pub struct Browser {
    pub chromium: PathBuf,
    pub driver: PathBuf,
}

impl Tools {
    pub fn wasm_bindgen(&self) -> Command {
        Command::new(self.bindgen.join("wasm-bindgen"))
    }

    pub fn test_runner(&self) -> PathBuf {
        self.bindgen.join("wasm-bindgen-test-runner")
    }
}

/// Sets up everything, cheap checks first; `browsers` adds what only the tests need.
pub fn setup(browsers: bool) -> Outcome<Tools> {
    let mut steps = Steps::new(if browsers { 7 } else { 6 });
    rust(&mut steps)?;
    node(&mut steps)?;
    WASM_TARGET.add(&mut steps)?;
    LIBRARY_SOURCE.add(&mut steps)?;
    let bindgen = wasm_bindgen(&mut steps)?;
    npm_packages(&mut steps)?;
    let browser = if browsers { Some(browser(&mut steps)?) } else { None };
    Ok(Tools { bindgen, browser })
}

fn rust(steps: &mut Steps) -> Outcome {
    let manifest = read("Cargo.toml")?;
    let wanted = quoted(&manifest, "rust-version").ok_or_else(|| Fault::new("Cargo.toml has no rust-version"))?;
    let step = steps.next(format!("Rust {wanted} or newer"));
    let found = printed(Command::new("rustc").arg("--version"));
    match found.as_deref().and_then(version) {
        Some(found) if Some(found) >= version(wanted) => {
            step.present();
            Ok(())
        }
        _ => Err(Fault::new(format!("Rust {wanted} is needed, found: {}", found.unwrap_or("none".into())))
            .fix("rustup update stable && rustup default stable   (rustup itself: https://rustup.rs)")),
    }
}

fn node(steps: &mut Steps) -> Outcome {
    let step = steps.next("Node 20 or newer");
    let found = printed(Command::new("node").arg("--version"));
    match found.as_deref().and_then(version) {
        Some(found) if found >= [20, 0, 0] => {
            step.present();
            Ok(())
        }
        _ => Err(Fault::new(format!("Node 20 is needed, found: {}", found.unwrap_or("none".into())))
            .fix("install Node 20 or newer with npm, from https://nodejs.org or by your package manager")),
    }
}

/// A part of Rust that rustup adds.
struct Part {
    name: &'static str,
    rustup: [&'static str; 3],
    /// The file or folder by which it is known, from the sysroot.
    place: &'static str,
    /// What has it where there is no rustup.
    package: &'static str,
}

const WASM_TARGET: Part = Part {
    name: "Rust target wasm32-unknown-unknown",
    rustup: ["target", "add", "wasm32-unknown-unknown"],
    place: "lib/rustlib/wasm32-unknown-unknown/lib",
    package: "libstd-rust-dev-wasm32",
};

/// The core is built with a library of its own, made for size.
const LIBRARY_SOURCE: Part = Part {
    name: "source of Rust's library",
    rustup: ["component", "add", "rust-src"],
    place: "lib/rustlib/src/rust/library/Cargo.lock",
    package: "rust-src",
};

impl Part {
    fn add(&self, steps: &mut Steps) -> Outcome {
        let Self { name, rustup, package, .. } = self;
        let step = steps.next(name);
        if self.is_there() {
            step.present();
            return Ok(());
        }
        let command = rustup.join(" ");
        let by_hand = format!("rustup {command}   (without rustup: your distribution's package, on Debian {package})");
        if on_path("rustup").is_none() {
            return Err(Fault::new(format!("the {name} is missing and there is no rustup to add it")).fix(by_hand));
        }
        let log = format!("target/xtask/rustup-{}.log", rustup[2]);
        step.run("installing", Command::new("rustup").args(rustup), log)
            .map_err(|fault| fault.fix(by_hand.as_str()))?;
        if !self.is_there() {
            return Err(Fault::new(format!("rustup added the {name}, but not to the `rustc` on PATH")).fix(by_hand));
        }
        step.done();
        Ok(())
    }

    fn is_there(&self) -> bool {
        sysroot().is_ok_and(|root| Path::new(&root).join(self.place).exists())
    }
}

/// Where the compiler keeps its libraries.
pub fn sysroot() -> Outcome<String> {
    printed(Command::new("rustc").args(["--print", "sysroot"])).ok_or_else(|| Fault::new("rustc names no sysroot"))
}

fn wasm_bindgen(steps: &mut Steps) -> Outcome<PathBuf> {
    let lock = read("Cargo.lock")?;
    let wanted = locked(&lock, "wasm-bindgen").ok_or_else(|| Fault::new("Cargo.lock does not name wasm-bindgen"))?;
    let step = steps.next(format!("wasm-bindgen {wanted}"));
    let cached = cache()?.join(format!("wasm-bindgen-{wanted}"));
    let on_path = on_path("wasm-bindgen").and_then(|file| file.parent().map(Path::to_owned));
    if let Some(folder) = on_path.into_iter().chain([cached.join("bin")]).find(|folder| is_bindgen(folder, wanted)) {
        step.present();
        return Ok(folder);
    }
    // Without --locked: the lock file that it was published with names versions withdrawn since.
    let mut install = cargo();
    install.args(["install", "wasm-bindgen-cli", "--version", &format!("={wanted}"), "--root"]).arg(&cached);
    step.run("installing (about 3 minutes)", &mut install, "target/xtask/wasm-bindgen.log").map_err(|fault| {
        fault.fix(format!(
            "this step needs crates.io and a C compiler; by hand: cargo install wasm-bindgen-cli --version ={wanted}"
        ))
    })?;
    step.done();
    Ok(cached.join("bin"))
}

fn is_bindgen(folder: &Path, wanted: &str) -> bool {
    ["wasm-bindgen", "wasm-bindgen-test-runner"].iter().all(|program| {
        let said = printed(Command::new(folder.join(program)).arg("--version"));
        said.is_some_and(|said| said.split_whitespace().nth(1) == Some(wanted))
    })
}

/// The per-user folder for programs that every clone can share.
fn cache() -> Outcome<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = folder("XDG_CACHE_HOME")
        .or_else(|| folder("HOME").map(|home| home.join(".cache")))
        .or_else(|| folder("LOCALAPPDATA"));
    base.map(|base| base.join("tactful"))
        .ok_or_else(|| Fault::new("there is no folder for caches").fix("set HOME or XDG_CACHE_HOME"))
}

fn npm_packages(steps: &mut Steps) -> Outcome {
    let step = steps.next("npm packages");
    let manifests = ["package.json", "package-lock.json", "pkg/package.json", "www/package.json"];
    let inputs: Vec<&str> = manifests.into_iter().filter(|file| Path::new(file).exists()).collect();
    let stamp = Stamp::new("node_modules/.xtask-stamp", "npm ci", &inputs)?;
    stamp.make(step, &["node_modules/.package-lock.json"], |step| {
        let installed = step.run("installing", npm().args(["ci", "--no-audit", "--no-fund"]), "target/xtask/npm.log");
        installed.map_err(|fault| {
            fault.fix("this step needs npm and its registry; after a change of a package.json run `npm install` and commit package-lock.json")
        })
    })
}

fn browser(steps: &mut Steps) -> Outcome<Browser> {
    let step = steps.next("Chromium and ChromeDriver");
    if let Some(browser) = find_browser() {
        same_release(&browser)?;
        step.present();
        return Ok(browser);
    }
    let fix = "install Chromium (or Chrome) and the ChromeDriver of the same release; on Debian: apt-get install chromium chromium-driver; \
               or name them in the variables CHROMIUM and CHROMEDRIVER";
    let Some(become_root) = become_root().filter(|_| on_path("apt-get").is_some()) else {
        return Err(Fault::new("Chromium or ChromeDriver is missing and cannot be installed from here").fix(fix));
    };
    let apt = "apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium chromium-driver";
    let mut install = Command::new(become_root[0]);
    install.args(&become_root[1..]).args(["sh", "-c", apt]);
    step.run("installing (about 1 minute)", &mut install, "target/xtask/chromium.log")
        .map_err(|fault| fault.fix(fix))?;
    let browser = find_browser().ok_or_else(|| Fault::new("apt-get installed no Chromium").fix(fix))?;
    same_release(&browser)?;
    step.done();
    Ok(browser)
}

fn find_browser() -> Option<Browser> {
    let named = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let usual = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    Some(Browser {
        chromium: named("CHROMIUM").or_else(|| usual.iter().find_map(|name| on_path(name)))?,
        driver: named("CHROMEDRIVER").or_else(|| on_path("chromedriver"))?,
    })
}

/// A driver speaks only to the browser of its own major release.
fn same_release(browser: &Browser) -> Outcome {
    let release = |program: &Path| printed(Command::new(program).arg("--version")).as_deref().and_then(version);
    let (chromium, driver) = (release(&browser.chromium), release(&browser.driver));
    if chromium.is_some() && chromium.map(|[major, ..]| major) == driver.map(|[major, ..]| major) {
        return Ok(());
    }
    let say = |release: Option<[u32; 3]>| {
        release.map_or("does not start".into(), |[major, ..]| format!("is release {major}"))
    };
    let (browser_path, driver_path) = (browser.chromium.display(), browser.driver.display());
    Err(Fault::new(format!("{browser_path} {}, but {driver_path} {}", say(chromium), say(driver)))
        .fix("install both of one release, or name the right ones in the variables CHROMIUM and CHROMEDRIVER"))
}

/// How a command is started as root: nothing before it when we are, `sudo` when it asks for no password.
fn become_root() -> Option<&'static [&'static str]> {
    if printed(Command::new("id").arg("-u")).as_deref() == Some("0") {
        return Some(&["env"]);
    }
    printed(Command::new("sudo").args(["-n", "true"])).map(|_| ["sudo", "-n"].as_slice())
}

fn read(file: &str) -> Outcome<String> {
    std::fs::read_to_string(file).map_err(|error| Fault::new(format!("{file}: {error}")))
}

/// The first version in a text: `rustc 1.95.0 (…)` and `v20.20.2` both have one; parts that are missing are 0.
fn version(text: &str) -> Option<[u32; 3]> {
    let digits = &text[text.find(|c: char| c.is_ascii_digit())?..];
    let end = digits.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(digits.len());
    let mut parts = digits[..end].split('.').map(|part| part.parse().unwrap_or(0));
    Some([parts.next()?, parts.next().unwrap_or(0), parts.next().unwrap_or(0)])
}

/// The value of `key = "value"`.
fn quoted<'a>(toml: &'a str, key: &str) -> Option<&'a str> {
    let line = toml.lines().find(|line| line.split('=').next().is_some_and(|name| name.trim() == key))?;
    line.split('"').nth(1)
}

/// The version of a package in Cargo.lock.
fn locked<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let entry = lock.split("[[package]]").find(|entry| quoted(entry, "name") == Some(package))?;
    quoted(entry, "version")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_print() {
        let check = |text, expected| assert_eq!(version(text), expected, "{text}");
        check("rustc 1.95.0 (59807616e 2026-04-14)", Some([1, 95, 0]));
        check("rustc 1.97.0-nightly (f1b 2026-04-14)", Some([1, 97, 0]));
        check("v20.20.2", Some([20, 20, 2]));
        check("1.95", Some([1, 95, 0]));
        check("Chromium 156.0.8078.79 built on Debian GNU/Linux 12", Some([156, 0, 8078]));
        check("command not found", None);
    }

    #[test]
    fn versions_compare_by_number_not_by_text() {
        assert!(version("1.100.0") > version("1.95"));
        assert!(version("1.95.0") >= version("1.95"));
        assert!(version("1.94.9") < version("1.95"));
        assert!(version("v9.11.2") < version("20"));
    }

    #[test]
    fn a_locked_version_is_that_of_exactly_the_package() {
        let lock = "version = 4\n\n[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"0.2.1\"\n\n[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked(lock, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(locked(lock, "serde"), None);
    }

    #[test]
    fn the_least_rust_is_read_from_a_manifest() {
        assert_eq!(quoted("version = \"0.1.0\"\nrust-version = \"1.95\"\n", "rust-version"), Some("1.95"));
        assert_eq!(quoted("[package]\n", "rust-version"), None);
    }
}
