//! What a phone downloads, compressed as servers send it, against the goals of the design; and where the bytes are.

use crate::build_steps::{CORE, optimise};
use crate::run::{Fault, Outcome, Steps, npm_tool, printed};
use crate::wasm::{Anatomy, anatomy, owner};
use std::collections::BTreeMap;
use std::process::Command;

/// Something that is downloaded, and how many bytes of brotli it may have.
struct Download {
    name: &'static str,
    file: &'static str,
    goal: usize,
}

const DOWNLOADS: [Download; 11] = [
    Download { name: "core wasm", file: "pkg/wasm/core.wasm", goal: 45_000 },
    Download { name: "page JS", file: "target/xtask/size/page.js", goal: 8_000 },
    Download { name: "watchers JS", file: "target/xtask/size/watchers.js", goal: 8_000 },
    Download { name: "keep JS", file: "target/xtask/size/keep.js", goal: 2_000 },
    Download { name: "regions JS", file: "target/xtask/size/regions.js", goal: 1_500 },
    Download { name: "live JS", file: "target/xtask/size/live.js", goal: 6_100 },
    Download { name: "card JS", file: "target/xtask/size/card.js", goal: 8_000 },
    Download { name: "till JS", file: "target/xtask/size/till.js", goal: 8_000 },
    Download { name: "wallet JS", file: "target/xtask/size/wallet.js", goal: 6_000 },
    Download { name: "coupon JS", file: "target/xtask/size/coupon.js", goal: 6_000 },
    Download { name: "voice JS", file: "target/xtask/size/voice.js", goal: 10_000 },
];

const NAMED: &str = "target/xtask/size/core.wasm";

/// Prints sizes in bytes; 1 KB is 1,000 bytes.
pub fn print() -> Outcome {
    let mut steps = Steps::new(10);
    bundle(&mut steps, "page", "tactful")?;
    bundle(&mut steps, "watchers", "tactful/page")?;
    bundle(&mut steps, "keep", "tactful/keep")?;
    bundle(&mut steps, "regions", "tactful/regions")?;
    bundle(&mut steps, "live", "tactful/live")?;
    bundle(&mut steps, "card", "tactful/card/define")?;
    bundle(&mut steps, "till", "tactful/till")?;
    bundle(&mut steps, "wallet", "tactful/wallet")?;
    bundle(&mut steps, "coupon", "tactful/coupon/define")?;
    bundle(&mut steps, "voice", "tactful/voice/form/define")?;
    let step = steps.next("core with the names of its functions");
    step.run("optimising", optimise(&CORE, &CORE.compiled(), NAMED).arg("-g"), "target/xtask/size/names.log")?;
    step.done();
    println!("\n{:<12}{:>9}{:>9}{:>9}   brotli goal", "bytes of", "raw", "gzip", "brotli");
    DOWNLOADS.iter().try_for_each(row)?;
    let module = std::fs::read(NAMED).map_err(|error| Fault::new(format!("{NAMED}: {error}")))?;
    let anatomy = anatomy(&module).ok_or_else(|| Fault::new(format!("{NAMED} is not a whole WebAssembly module")))?;
    if anatomy.functions.iter().all(|(name, _)| name.starts_with("function ")) {
        let fix =
            "in Cargo.toml, [profile.wasm] takes strip = \"debuginfo\": wasm-opt drops the names from what is shipped";
        return Err(Fault::new("the compiled core has no names of functions, so its bytes belong to nobody").fix(fix));
    }
    println!("\n{}", breakdown(&anatomy));
    Ok(())
}

/// Packs one entry of the package as a shop's own build would.
fn bundle(steps: &mut Steps, name: &str, entry: &str) -> Outcome {
    let step = steps.next(format!("{name} JS in one file"));
    let folder = "target/xtask/size";
    let source = format!("{folder}/{name}.entry.js");
    let written =
        std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&source, format!("export * from \"{entry}\";\n")));
    written.map_err(|error| Fault::new(format!("{source}: {error}")))?;
    let mut esbuild = npm_tool("esbuild");
    esbuild.args([&source, "--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning"]);
    step.run("bundling", esbuild.arg(format!("--outfile={folder}/{name}.js")), format!("{folder}/{name}.log"))?;
    step.done();
    Ok(())
}

fn row(download: &Download) -> Outcome {
    const MEASURE: &str = "const { gzipSync, brotliCompressSync } = require('node:zlib');
        const bytes = require('node:fs').readFileSync(process.argv[1]);
        console.log(bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length);";
    let Download { name, file, goal } = download;
    let sizes = printed(Command::new("node").args(["--eval", MEASURE, file]))
        .ok_or_else(|| Fault::new(format!("Node cannot read {file}")))?;
    let sizes: Vec<usize> = sizes.split(' ').filter_map(|size| size.parse().ok()).collect();
    let &[raw, gzip, brotli] = &sizes[..] else { return Err(Fault::new(format!("Node measured nothing of {file}"))) };
    let verdict = if brotli <= *goal { "within" } else { "ABOVE" };
    println!("{name:<12}{raw:>9}{gzip:>9}{brotli:>9}   {verdict} {goal}");
    Ok(())
}

/// The ten largest owners and the ten largest functions.
fn breakdown(anatomy: &Anatomy) -> String {
    let mut owners = BTreeMap::from([("data".to_owned(), anatomy.data)]);
    for (function, size) in &anatomy.functions {
        *owners.entry(owner(function)).or_default() += size;
    }
    let total: usize = owners.values().sum();
    let owners = largest(owners.into_iter().collect(), total);
    let functions = largest(anatomy.functions.clone(), total);
    format!(
        "where the bytes of the core are, before compression; inlined code counts where it landed\n{owners}\n\nits largest functions\n{functions}"
    )
}

fn largest(mut parts: Vec<(String, usize)>, total: usize) -> String {
    parts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let line = |(name, size): &(String, usize)| {
        let name: String = name.chars().take(90).collect();
        format!("{size:>9} {:>3} %  {name}", (size * 100 + total / 2) / total.max(1))
    };
    parts.iter().take(10).map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_come_first_with_their_share() {
        let function = |name: &str, size| (name.to_owned(), size);
        let functions =
            vec![function("tactful::rank::a", 10), function("core::fmt::b", 60), function("tactful::rank::c", 30)];
        let shown = breakdown(&Anatomy { functions, data: 100 });
        let lines: Vec<Vec<&str>> = shown.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines[1], ["100", "50", "%", "data"]);
        assert_eq!(lines[2], ["60", "30", "%", "core::fmt"]);
        assert_eq!(lines[3], ["40", "20", "%", "tactful::rank"]);
        assert_eq!(lines[6], ["60", "30", "%", "core::fmt::b"]);
    }
}
