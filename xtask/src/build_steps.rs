//! From sources to what is served and published; each step is skipped when nothing that goes into it has changed.

use crate::run::{Fault, Outcome, Steps, cargo, npm, npm_tool, printed};
use crate::setup::{Tools, sysroot};
use crate::stamp::Stamp;
use std::path::Path;
use std::process::Command;

/// A WebAssembly module of the crate.
pub struct Module {
    name: &'static str,
    profile: &'static str,
    feature: &'static str,
    /// What cargo is told besides.
    library: &'static [&'static str],
    /// How hard wasm-opt tries: the core is downloaded by every phone, the studio by whoever authors.
    effort: &'static [&'static str],
    /// What it becomes.
    file: &'static str,
}

pub const CORE: Module = Module {
    name: "core",
    profile: "wasm",
    feature: "wasm",
    library: &SMALL_LIBRARY,
    effort: &SMALL_CODE,
    file: "pkg/wasm/core.wasm",
};
const STUDIO: Module = Module {
    name: "studio",
    profile: "release",
    feature: "studio",
    library: &[],
    effort: &["-O1"],
    file: "www/dist/studio/studio_bg.wasm",
};

const LEDGER: Module = Module {
    name: "ledger",
    profile: "release",
    feature: "ledger",
    library: &[],
    effort: &["-O3"],
    file: "pkg/wasm/ledger_bg.wasm",
};

/// Rust's own library from its source, for size; a panic traps at once, without the code that words and prints it. And
/// 64 KB of stack instead of 1 MB, since it counts as memory: `pkg/test/memory.test.mjs` tells how little is used.
///
/// LLVM's habits for machines with registers make code that compresses worse and is no faster here. Loops are not
/// rewritten to count addresses: WebAssembly adds a constant to an index in the load itself. What only one way needs is not
/// computed before they part, and what all ways end with is done once, where they meet.
const SMALL_LIBRARY: [&str; 10] = [
    "-Zbuild-std=std",
    "-Zbuild-std-features=optimize_for_size",
    "-Zpanic-immediate-abort",
    "--config",
    "profile.wasm.panic=\"immediate-abort\"",
    "--",
    "-Clink-arg=-zstack-size=65536",
    "-Cllvm-args=--disable-lsr",
    "-Cllvm-args=--enable-pre=false",
    "-Cllvm-args=--sink-common-insts",
];

/// Functions stay functions, since what wasm-opt inlines into its only caller compresses worse; and nothing is kept in
/// the first KB of memory, which is the far end of the stack.
const SMALL_CODE: [&str; 5] = [
    "-Oz",
    "--one-caller-inline-max-function-size=0",
    "--always-inline-max-function-size=0",
    "--low-memory-unused",
    "--converge",
];

/// What rustc's WebAssembly may use today; wasm-opt refuses what it is not told of.
const WASM_FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// Builds everything that the demo, the tests and the package need.
pub fn build(tools: &Tools) -> Outcome {
    let mut steps = Steps::new(10);
    compile(&mut steps, &CORE)?;
    shrink(&mut steps, &CORE)?;
    compile(&mut steps, &LEDGER)?;
    bind(&mut steps, tools, &LEDGER)?;
    workspace(&mut steps, "pkg", &["pkg", "LICENSE"])?;
    workspace(&mut steps, "www", &["www", "pkg", "examples/nordkorb"])?;
    compile(&mut steps, &STUDIO)?;
    bind(&mut steps, tools, &STUDIO)?;
    command_line(&mut steps)?;
    catalog(&mut steps)
}

/// Compiles the crate to WebAssembly.
///
/// Cargo keeps one file for all modules of a profile, and makes it anew for each in turn: so each has a copy, and a stamp.
fn compile(steps: &mut Steps, module: &Module) -> Outcome {
    let Module { name, profile, feature, library, .. } = module;
    let step = steps.next(format!("{name}: Rust to WebAssembly"));
    let compiler = printed(Command::new("rustc").arg("--version")).unwrap_or_default();
    let recipe = format!("{compiler} {profile} {feature} {}", library.join(" "));
    let inputs = ["src", "Cargo.toml", "Cargo.lock"];
    let stamp = Stamp::new(format!("target/xtask/{name}-cargo.stamp"), &recipe, &inputs)?;
    stamp.make(step, &[&module.compiled()], |step| {
        let mut rustc = cargo();
        // As a cdylib alone: with an rlib beside it there would be no link-time optimisation.
        rustc.args(["rustc", "--lib", "--crate-type", "cdylib", "--target", "wasm32-unknown-unknown"]);
        rustc.args(["--profile", profile, "--features", feature]).args(*library);
        if !library.is_empty() {
            // The stable compiler takes -Z only so; which compiler it is stays as it was.
            rustc.env("RUSTC_BOOTSTRAP", "1");
        }
        // Panic messages of dependencies and of Rust's own library would carry the folders of whoever built it.
        let remap = |(folder, name)| format!("--remap-path-prefix={folder}={name}");
        rustc.env("CARGO_ENCODED_RUSTFLAGS", [(cargo_home(), "cargo"), (sysroot()?, "rust")].map(remap).join("\x1f"));
        step.run("compiling", &mut rustc, log(name, "cargo"))?;
        copy(&format!("target/wasm32-unknown-unknown/{profile}/tactful.wasm"), &module.compiled())
    })
}

fn cargo_home() -> String {
    let home = || std::env::var("HOME").or_else(|_| std::env::var("USERPROFILE")).unwrap_or_default();
    std::env::var("CARGO_HOME").unwrap_or_else(|_| format!("{}/.cargo", home()))
}

/// Makes the small module from what the compiler wrote.
fn shrink(steps: &mut Steps, module: &Module) -> Outcome {
    let Module { name, file, .. } = module;
    let step = steps.next(format!("{name}: wasm-opt"));
    let inputs: [&str; 2] = [&module.compiled(), "package-lock.json"];
    let stamp = Stamp::new(format!("target/xtask/{name}.stamp"), &module.effort.join(" "), &inputs)?;
    stamp.make(step, &[file], |step| {
        let folder = Path::new(file).parent().unwrap_or(Path::new(""));
        std::fs::create_dir_all(folder)
            .map_err(|error| Fault::new(format!("cannot make {}: {error}", folder.display())))?;
        step.run("optimising", &mut optimise(module, &module.compiled(), file), log(name, "wasm-opt"))
    })
}

/// Makes JS glue, too, for a module that hands over objects.
fn bind(steps: &mut Steps, tools: &Tools, module: &Module) -> Outcome {
    let Module { name, file, .. } = module;
    let step = steps.next(format!("{name}: wasm-bindgen and wasm-opt"));
    let bound = format!("target/xtask/{name}");
    let glue = file.replace("_bg.wasm", ".js");
    let inputs: [&str; 3] = [&module.compiled(), "Cargo.lock", "package-lock.json"];
    let stamp = Stamp::new(format!("target/xtask/{name}.stamp"), &module.effort.join(" "), &inputs)?;
    stamp.make(step, &[&glue, file], |step| {
        let mut bindgen = tools.wasm_bindgen();
        bindgen.args(["--target", "web", "--no-typescript", "--out-name", name, "--out-dir", &bound]);
        step.run("binding", bindgen.arg(module.compiled()), log(name, "wasm-bindgen"))?;
        copy(&format!("{bound}/{name}.js"), &glue)?;
        let from = format!("{bound}/{name}_bg.wasm");
        step.run("optimising", &mut optimise(module, &from, file), log(name, "wasm-opt"))
    })
}

/// Shrinks a module into `output`, without the names of its functions.
pub fn optimise(module: &Module, from: &str, output: &str) -> Command {
    let mut wasm_opt = npm_tool("wasm-opt");
    wasm_opt.args(WASM_FEATURES).args(module.effort).args(["--strip-producers", "-o", output, from]);
    wasm_opt
}

impl Module {
    /// What cargo makes of it.
    pub fn compiled(&self) -> String {
        format!("target/xtask/{}.wasm", self.name)
    }
}

/// Runs the build script of one npm workspace.
fn workspace(steps: &mut Steps, name: &str, inputs: &[&str]) -> Outcome {
    let step = steps.next(format!("{name}: npm run build"));
    let stamp = Stamp::new(format!("target/xtask/{name}.stamp"), "", &[inputs, &["package-lock.json"]].concat())?;
    stamp.make(step, &[&format!("{name}/dist")], |step| {
        step.run("building", npm().args(["run", "build", "--workspace", name]), log(name, "build"))
    })
}

fn command_line(steps: &mut Steps) -> Outcome {
    let step = steps.next("tactful: the command line");
    let mut build = cargo();
    // Unoptimised: it compiles one small catalog here, and the tests need the same build anyway.
    build.args(["build", "--features", "cli", "--bin", "tactful"]);
    step.run("compiling", &mut build, log("cli", "cargo"))?;
    step.done();
    Ok(())
}

/// Compiles the example shop as a shopkeeper would.
fn catalog(steps: &mut Steps) -> Outcome {
    const PACK: &str = "www/dist/nordkorb.tact";
    const REGIONS: &str = "www/dist/regions";
    const TERMS: &str = "www/dist/coupons.json";
    let step = steps.next("nordkorb: the example catalog");
    let program = format!("target/debug/tactful{}", std::env::consts::EXE_SUFFIX);
    let stamp = Stamp::new("target/xtask/nordkorb.stamp", "", &[&program, "examples/nordkorb/catalog.json"])?;
    stamp.make(step, &[PACK, REGIONS, TERMS], |step| {
        let mut compile = Command::new(&program);
        compile.args(["compile", "examples/nordkorb/catalog.json", "-o", PACK, "--regions", REGIONS, "--terms", TERMS]);
        step.run("compiling", &mut compile, log("nordkorb", "compile"))
    })
}

fn copy(from: &str, to: &str) -> Outcome {
    let folder = Path::new(to).parent().unwrap_or(Path::new(""));
    let copied = std::fs::create_dir_all(folder).and_then(|()| std::fs::copy(from, to));
    copied.map(|_| ()).map_err(|error| Fault::new(format!("cannot copy {from} to {to}: {error}")))
}

fn log(what: &str, step: &str) -> String {
    format!("target/xtask/{what}-{step}.log")
}
