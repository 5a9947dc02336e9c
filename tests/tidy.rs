//! Holds the source to its own rules: order of modules, size of files, where floats may be.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::{Path, PathBuf};

const SRC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");

/// Longest file, lines. Longer ones have a second idea in them.
const LONGEST: usize = 700;

/// Modules in which floats may be: the models, the boundary (JavaScript's clock), and what reads decimal text.
const FLOATS: [&str; 6] = ["moment", "rank", "share", "wasm", "simulate", "author"];

fn files() -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(Path::new(SRC), &mut found);
    found.sort();
    found
}

/// The top-level module of a file of the library; `None` for `lib.rs` and the command line.
fn module(file: &Path) -> Option<String> {
    let first = file.strip_prefix(SRC).unwrap().components().next()?.as_os_str().to_str()?.to_owned();
    let name = first.trim_end_matches(".rs").to_owned();
    (!matches!(name.as_str(), "lib" | "bin")).then_some(name)
}

fn order() -> Vec<String> {
    let lib = fs::read_to_string(format!("{SRC}/lib.rs")).unwrap();
    lib.lines().filter_map(|line| Some(line.strip_prefix("pub mod ")?.strip_suffix(';')?.to_owned())).collect()
}

/// The code of a file without its comments and unit tests, which may also be a file or folder named `tests`.
fn code(file: &Path) -> String {
    let within = file.strip_prefix(SRC).unwrap();
    if within.iter().any(|part| part == "tests" || part == "tests.rs") {
        return String::new();
    }
    let text = fs::read_to_string(file).unwrap();
    let text = text.split("#[cfg(test)]").next().unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Every module that a file names as `crate::module`, also inside braces.
fn named(code: &str) -> Vec<String> {
    let letters = |text: &str| text.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect::<String>();
    code.split("crate::").skip(1).map(letters).filter(|name| !name.is_empty()).collect()
}

#[test]
fn a_module_names_only_those_above_it() {
    let order = order();
    assert!(order.len() > 15, "the modules of lib.rs were not found");
    let place = |name: &str| order.iter().position(|known| known == name);
    let mut wrong = Vec::new();
    for file in files() {
        let Some(own) = module(&file) else { continue };
        for other in named(&code(&file)) {
            if place(&other) > place(&own) {
                wrong.push(format!("{}: `{own}` names `{other}`, which stands below it", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_file_holds_a_second_idea() {
    let long: Vec<String> = files()
        .iter()
        .map(|file| (file, fs::read_to_string(file).unwrap().lines().count()))
        .filter(|(_, lines)| *lines > LONGEST)
        .map(|(file, lines)| format!("{} has {lines} lines", file.display()))
        .collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn floats_stay_where_the_models_are() {
    let has_float = |code: &str| code.split(|c: char| !c.is_alphanumeric()).any(|word| word == "f64" || word == "f32");
    let outside: Vec<PathBuf> = files()
        .into_iter()
        .filter(|file| module(file).is_some_and(|name| !FLOATS.contains(&name.as_str())) && has_float(&code(file)))
        .collect();
    assert!(outside.is_empty(), "{outside:?}");
}

#[test]
fn models_take_their_functions_from_libm() {
    const HOST: [&str; 8] = [".exp()", ".ln()", ".sqrt()", ".powf(", ".powi(", ".sin()", ".cos()", ".round()"];
    let host: Vec<PathBuf> = files()
        .into_iter()
        .filter(|file| module(file).is_some() && !file.ends_with("moment/float.rs"))
        .filter(|file| HOST.iter().any(|function| code(file).contains(function)))
        .collect();
    assert!(host.is_empty(), "{host:?}");
}

#[test]
fn the_core_needs_no_standard_library() {
    let needs: Vec<PathBuf> = files()
        .into_iter()
        .filter(|file| module(file).is_some_and(|name| name != "author") && code(file).contains("std::"))
        .collect();
    assert!(needs.is_empty(), "{needs:?}");
}

#[test]
fn unsafe_code_is_only_the_names_of_exports() {
    let allows = |file: &PathBuf| {
        let text = code(file);
        text.contains("allow(unsafe_code") || text.contains("unsafe {")
    };
    let found: Vec<PathBuf> = files().into_iter().filter(allows).collect();
    assert!(
        found.iter().all(|file| {
            ["wasm/exports.rs", "wasm/studio.rs", "wasm/ledger.rs"].iter().any(|boundary| file.ends_with(boundary))
        }),
        "{found:?}"
    );
}
