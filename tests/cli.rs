//! The command line as a user sees it: what it prints, where it points, its exit codes, and which files it leaves alone.
#![cfg(feature = "cli")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a test may fail loudly, also in the functions that its one-liners share"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

const CATALOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/nordkorb/catalog.json");
const SIGNALS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/nordkorb/signals.jsonl");

/// A folder of one test, in which `tactful` runs.
struct Folder(PathBuf);

/// What a run of `tactful` gave.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Folder {
    fn new(test: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-{test}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    /// A folder with the example compiled to `nk.tact`.
    fn with_pack(test: &str) -> Self {
        let folder = Self::new(test);
        folder.run(&["compile", CATALOG, "-o", "nk.tact"]).succeeds();
        folder
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.0.join(name), content).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.0.join(name)).unwrap()
    }

    fn names(&self) -> BTreeSet<String> {
        let names = fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name());
        names.map(|name| name.into_string().unwrap()).collect()
    }

    fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, b"")
    }

    fn run_with(&self, args: &[&str], input: &[u8]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tactful"));
        command.current_dir(&self.0).args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        Ran::from(child.wait_with_output().unwrap())
    }

    /// Decides over `lines` and expects that nothing is decided and no file is touched.
    fn refuses_lines(&self, lines: &str, place: &str, message: &str) {
        self.write("broken.jsonl", lines);
        self.write("state", "as it was");
        let before = self.names();
        let ran = self.run(&["decide", "nk.tact", "broken.jsonl", "--save", "state"]);
        ran.fails(1, &[&format!("--> broken.jsonl:{place}\n"), message]);
        assert_eq!((ran.out.as_str(), self.read("state").as_slice()), ("", b"as it was".as_slice()));
        assert_eq!(before, self.names());
    }

    /// Checks and compiles the example with one change, and expects that the old pack stays.
    fn refuses_catalog(&self, (from, to): (&str, &str), place: &str, message: &str) {
        let text = fs::read_to_string(CATALOG).unwrap();
        assert!(text.contains(from), "the example no longer has {from}");
        self.write("broken.json", text.replacen(from, to, 1));
        self.write("broken.tact", "as it was");
        let told = [&*format!("--> broken.json:{place}\n"), message];
        self.run(&["check", "broken.json"]).fails(1, &told);
        let before = self.names();
        self.run(&["compile", "broken.json"]).fails(1, &told);
        assert_eq!((self.read("broken.tact").as_slice(), before), (b"as it was".as_slice(), self.names()));
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Ran {
    fn succeeds(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    fn fails(&self, code: i32, told: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        told.iter().for_each(|told| assert!(self.err.contains(told), "{told:?} is not in\n{}", self.err));
    }

    fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

#[test]
fn help_lists_every_command_with_an_example_and_the_exit_codes() {
    let folder = Folder::new("help");
    let help = folder.run(&["--help"]).succeeds().out;
    for command in [
        "check",
        "compile",
        "decide",
        "evaluate",
        "import",
        "new",
        "predict",
        "replay",
        "run",
        "savings",
        "scan",
        "schema",
        "simulate",
        "train",
        "vocabulary",
    ] {
        assert!(help.contains(&format!("\n  {command} ")), "{command} is not in\n{help}");
        let own = folder.run(&[command, "--help"]).succeeds().out;
        assert!(own.contains(&format!("Example:\n  tactful {command}")) && own.contains("  3  a file cannot"), "{own}");
    }
    folder.run(&["chekc"]).fails(2, &["unrecognized subcommand 'chekc'"]);
    folder.run(&["check"]).fails(2, &["<CATALOG>"]);
}

#[test]
fn a_new_shop_is_fine_as_it_is_and_speaks() {
    let folder = Folder::new("new");
    let told = folder.run(&["new", "shop"]).succeeds().out;
    // What it says to do next can be done.
    let steps: Vec<Vec<&str>> = told.lines().skip(1).map(|line| line.split_whitespace().skip(1).collect()).collect();
    let [check, compile, decide, simulate] = <[Vec<&str>; 4]>::try_from(steps).unwrap();
    let checked = folder.run(&check).succeeds();
    assert!(checked.out.contains("fine; 3 offers") && checked.err.is_empty(), "{checked:?}");
    folder.run(&compile).succeeds();
    let decided = folder.run(&decide).succeeds().lines();
    assert_eq!(decided.iter().map(|one| &one["offer"]["id"]).collect::<Vec<_>>(), ["welcome", "bread-with-coffee"]);
    folder.run(&[&simulate[..], &["--people", "20", "--days", "7"]].concat()).succeeds();
    let schema = folder.run(&["schema"]).succeeds().out;
    assert_eq!(fs::read_to_string(folder.0.join("shop/catalog.schema.json")).unwrap(), schema);
    folder.run(&["new", "shop"]).fails(3, &["cannot write `shop`: ", "nothing was changed"]);
}

#[test]
fn the_example_passes_and_compiles_to_the_same_bytes_twice() {
    let folder = Folder::with_pack("example");
    let checked = folder.run(&["check", CATALOG]).succeeds();
    assert!(checked.out.contains("fine; 47 offers (coupon 21, reminder 8, service 18), 172 products"), "{checked:?}");
    assert!(checked.out.contains("\n  purpose: Help our neighbours in central Helsinki eat well"), "{checked:?}");
    assert_eq!(folder.run(&["check", CATALOG, "--json"]).succeeds().out, "");
    let first = folder.read("nk.tact");
    let told = folder.run(&["compile", CATALOG, "-o", "nk.tact"]).succeeds().out;
    assert!(told.contains(&format!("nk.tact: {} bytes, version 1", first.len())), "{told}");
    assert_eq!((first, folder.names()), (folder.read("nk.tact"), ["nk.tact".into()].into()));
}

#[test]
fn hours_and_holidays_in_a_pack_follow_the_day_on_which_it_is_compiled() {
    let folder = Folder::new("today");
    let on = |day: &str| {
        folder.run(&["compile", CATALOG, "-o", "nk.tact", "--today", day]).succeeds();
        folder.read("nk.tact")
    };
    assert_eq!(on("2030-01-01"), on("2030-12-31"));
    assert_ne!(on("2030-12-31"), on("2031-01-01"));
    let text = fs::read_to_string(CATALOG).unwrap();
    folder.write("fair.json", text.replacen("\"Dec 01-24\"", "\"2026 Dec 01-24\"", 1));
    folder.run(&["check", "fair.json", "--today", "2028-06-01"]).succeeds();
    let late = folder.run(&["check", "fair.json", "--today", "2029-06-01"]);
    late.fails(1, &["error[days]: none of these days is from 2027 to 2034; name a year that is meant"]);
}

#[test]
fn compile_takes_the_name_of_the_catalog_and_never_replaces_it() {
    let folder = Folder::new("names");
    fs::copy(CATALOG, folder.0.join("shop.json")).unwrap();
    folder.run(&["compile", "shop.json"]).succeeds();
    assert!(folder.names().contains("shop.tact"));
    folder.run(&["compile", "shop.json", "-o", "./shop.json"]).fails(2, &["`./shop.json` is also an input"]);
    folder.run(&["compile", "shop.json", "-o", "nowhere/shop.tact"]).fails(3, &["cannot write `nowhere/shop.tact`"]);
    folder.run(&["check", "shopp.json"]).fails(3, &["cannot read `shopp.json`"]);
}

#[test]
fn a_truncated_catalog_is_refused_with_its_place() {
    let folder = Folder::new("truncated");
    folder.write("cut.json", "{\n  \"name\": \"Nordk");
    folder.run(&["check", "cut.json"]).fails(1, &["error[syntax]", "--> cut.json:2:16", "ends too early"]);
    folder.write("latin.json", b"{\"name\": \"caf\xe9\"}");
    folder.run(&["check", "latin.json"]).fails(1, &["`latin.json` is no text in UTF-8 from byte 13 on"]);
}

#[test]
fn a_catalog_with_a_wrong_type_is_refused_with_its_place() {
    let change = (r#""version": 1,"#, r#""version": "one","#);
    Folder::new("type").refuses_catalog(change, "4:14", "expected a whole number, found `\"one\"`");
}

#[test]
fn a_catalog_with_nan_is_refused_with_its_place() {
    let change = (r#""version": 1,"#, r#""version": NaN,"#);
    Folder::new("nan").refuses_catalog(change, "4:14", "JSON has no NaN and no infinity: leave the field out");
}

#[test]
fn what_beginners_write_that_is_no_json_is_told_with_what_is_right() {
    let folder = Folder::with_pack("beginners");
    for (text, told) in [
        ("", "nothing is written here"),
        ("{\"a\": 1,, \"b\": 2}", "there is a comma too many"),
        ("{\"a\": 1,}", "there is a comma too many"),
        ("{\"a\": [1,]}", "there is a comma too many"),
        ("{\"a\": 1 \"b\": 2}", "a comma or a bracket is missing before this"),
        ("// a shop\n{}", "JSON has no comments"),
        ("{\n  # a shop\n}", "JSON has no comments"),
        ("{'a': 1}", "straight double quotes"),
        ("{a: 1}", "straight double quotes"),
        ("{\u{201c}a\u{201d}: 1}", "straight double quotes"),
        ("{\"a\": 'b'}", "straight double quotes"),
        ("{\"a\": \"b\nc\"}", "write a line break as \\n"),
        ("{} {}", "what is before this is whole"),
    ] {
        folder.write("shop.json", text);
        folder.run(&["check", "shop.json"]).fails(1, &["error[syntax]: this is no JSON: ", told]);
    }
    let sound = fs::read_to_string(CATALOG).unwrap();
    let price = "\"category\": \"milk\", \"price\": ";
    let (head, rest) = sound.split_once(price).unwrap();
    let (number, tail) = rest.split_once(',').unwrap();
    let comma = number.replace('.', ",");
    folder.write(
        "shop.json",
        format!("{head}{price}\"{comma}\",{tail}").replacen("{\"en\": \"Milk\", \"de\": \"Milch\"}", "\"Milk\"", 1),
    );
    let quoted = format!("expected a number, found `\"{comma}\"`; write {number}, without quotes");
    folder.run(&["check", "shop.json"]).fails(1, &[&quoted, "write it in each language: {\"en\": \"Milk\"}"]);
    folder.run(&["check", "nk.tact"]).fails(1, &["`nk.tact` is a pack; name the catalog (JSON)"]);
    folder
        .run(&["replay", SIGNALS, "--pack", "nk.tact"])
        .fails(1, &["is no log of decisions", "`decide`, `run` and `simulate` write one with `--log`"]);
    let catalog = folder.run(&["decide", "nk.tact", CATALOG]);
    catalog.fails(1, &["each line holds one whole object", "error: 1 problem found"]);
    folder.write("basket.json", "{\n  \"items\": [,]\n}");
    folder
        .run(&["savings", "nk.tact", "basket.json"])
        .fails(1, &["--> basket.json:2:13", "this is no JSON: expected value; there is a comma"]);
}

#[test]
fn an_unknown_name_in_a_condition_is_refused_with_the_nearest() {
    let change = ("\"applicable\": \"presence.in_store", "\"applicable\": \"presens.in_store");
    let message = "there is nothing called `presens.in_store`; did you mean `presence.in_store`?";
    Folder::new("condition").refuses_catalog(change, "350:22", message);
}

#[test]
fn the_part_of_a_condition_at_fault_is_underlined_also_after_quotes() {
    let folder = Folder::new("underline");
    let text = fs::read_to_string(CATALOG).unwrap();
    let sound = r#""eligible": "attributes.stamps[\"coffee\"] >= 9""#;
    assert!(text.contains(sound));
    let underlined = |condition: &str| {
        folder.write("broken.json", text.replacen(sound, &format!(r#""eligible": "{condition}""#), 1));
        let told = folder.run(&["check", "broken.json"]).err;
        let lines: Vec<&str> = told.lines().collect();
        let marks = lines.iter().position(|line| line.contains('^')).unwrap();
        let (from, until) = (lines[marks].find('^').unwrap(), lines[marks].rfind('^').unwrap());
        // NOTE: the marks stand under characters.
        lines[marks - 1].chars().skip(from).take(until + 1 - from).collect::<String>()
    };
    for (condition, part) in [
        (r#"attributes.stamps[\"cofee\"] >= 9"#, r#"\"cofee\""#),
        (r#"\"lactose\" in attributes.avoids && basket.totl > 3"#, "basket.totl"),
        (r#"attributes.loyalty_tier == \"gold\" && (\"coffee\" in basket.categories && stagee == \"sale\")"#, "stagee"),
        (r#"\"\u006cactose\" in attributes.avoids && occasion.hour == \"8\""#, r#"\"8\""#),
        (r#"\"k\u00e4se\" in basket.categories"#, r#"\"k\u00e4se\""#),
        (r#"\"käse\" in basket.categories"#, r#"\"käse\""#),
        (r#"!(\"coffee\" in bought.since) && care.open"#, r#"\"coffee\" in bought.since"#),
    ] {
        assert_eq!(underlined(condition), part, "{condition}");
    }
}

#[test]
fn a_polygon_that_is_none_is_refused_with_its_place() {
    let change = ("[24.947613, 60.171424], [24.947644, 60.171065]", "[24.947613, 60.171424]");
    Folder::new("polygon").refuses_catalog(change, "247:120", "ends where it begins");
}

#[test]
fn a_catalog_with_a_text_of_10_mb_is_refused_in_few_words() {
    let folder = Folder::new("huge-catalog");
    let huge = format!("\"name\": \"{}\"", "x".repeat(10_000_000));
    folder.refuses_catalog(("\"name\": \"Nordkorb\"", &huge), "3:11", "10000000 characters, more than the 80");
    assert!(folder.run(&["check", "broken.json"]).err.len() < 1_000);
}

#[test]
fn problems_for_programs_are_one_object_per_line() {
    let folder = Folder::new("json");
    let text = fs::read_to_string(CATALOG).unwrap();
    let text = text.replacen("\"version\": 1", "\"version\": -1", 1).replacen("\"timezone\"", "\"timezon\"", 1);
    folder.write("wrong.json", text);
    let ran = folder.run(&["check", "wrong.json", "--json"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    let codes: Vec<_> = ran.lines().iter().map(|issue| (issue["code"].clone(), issue["line"].clone())).collect();
    assert_eq!(codes, [("missing-field", 1), ("shape", 4), ("unknown-field", 9)].map(|(c, l)| (json!(c), json!(l))));
    let fields: Vec<_> = ran.lines()[0].as_object().unwrap().keys().cloned().collect();
    assert_eq!(fields, ["code", "path", "line", "column", "message"]);
}

#[test]
fn problems_of_compile_and_decide_for_programs_are_lines_of_json_too() {
    let folder = Folder::with_pack("json-everywhere");
    let told = folder.run(&["compile", CATALOG, "-o", "nk.tact", "--json"]).succeeds().lines();
    assert_eq!(told, [json!({"version": 1, "bytes": folder.read("nk.tact").len()})]);
    folder
        .write("broken.jsonl", "{\"type\":\"ask\",\"at\":1e12,\"placement\":\"hom\"}\n{\"type\":\"scam\",\"at\":1}\n");
    let ran = folder.run(&["decide", "nk.tact", "broken.jsonl", "--json"]);
    let codes: Vec<_> = ran.lines().iter().map(|issue| (issue["code"].clone(), issue["line"].clone())).collect();
    assert_eq!(codes, [("unknown-placement", 1), ("unknown-type", 2)].map(|(code, line)| (json!(code), json!(line))));
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
}

#[test]
fn every_command_tells_programs_what_is_in_its_way_as_a_line_of_json() {
    let folder = Folder::with_pack("json-faults");
    folder.write("empty.tact", "");
    folder.write("latin.json", b"{\"name\": \"caf\xe9\"}");
    folder.write("odd.jsonl", "not json\n");
    folder.write("state", "");
    let [pack, nothing] = ["nk.tact", "nothing"];
    for (args, code, fault) in [
        (&["check", nothing][..], 3, "unreadable"),
        (&["check", "latin.json"], 1, "not-text"),
        (&["check", pack], 1, "pack"),
        (&["compile", CATALOG, "-o", "no/where"], 3, "unwritable"),
        (&["compile", "latin.json", "-o", "latin.json"], 2, "replaces-input"),
        (&["decide", CATALOG, SIGNALS], 1, "not-a-pack"),
        (&["decide", "empty.tact", SIGNALS], 1, "not-a-pack"),
        (&["decide", pack, SIGNALS, "--state", "state"], 1, "empty-state"),
        (&["moments", "empty.tact", SIGNALS], 1, "not-a-pack"),
        (&["run", "empty.tact", SIGNALS], 1, "not-a-pack"),
        (&["run", pack, "odd.jsonl"], 1, "syntax"),
        (&["savings", pack, nothing], 3, "unreadable"),
        (&["replay", "odd.jsonl", "--pack", pack], 1, "not-a-log"),
        (&["evaluate", "odd.jsonl", pack, "--pack", pack], 1, "not-a-log"),
        (&["share", "empty.tact", "state"], 1, "not-a-pack"),
        (&["simulate", "empty.tact"], 1, "not-a-pack"),
        (&["supply", nothing], 3, "unreadable"),
        (&["learn", CATALOG, "--outcomes", nothing], 3, "unreadable"),
        (&["log", "--from", nothing], 1, "nothing-published"),
        (&["token", "show", "CT1:"], 1, "not-a-token"),
        (&["token", "verify", "x", "--keys", nothing, "--merchant", "7"], 3, "unreadable"),
    ] {
        let ran = folder.run(&[args, &["--json"]].concat());
        let told: Vec<Value> = ran.out.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let codes: Vec<_> = told.iter().filter_map(|issue| issue["code"].as_str()).collect();
        assert_eq!((ran.code, ran.err.as_str(), codes), (Some(code), "", vec![fault]), "{args:?}: {}", ran.out);
        let fields: BTreeSet<_> = told[0].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(fields, ["code", "path", "line", "column", "message"].into());
        folder.run(args).fails(code, &["error: "]);
    }
}

#[test]
fn an_archive_of_ended_offers_is_noticed() {
    let folder = Folder::new("archive");
    let mut shape: Value = serde_json::from_str(&fs::read_to_string(CATALOG).unwrap()).unwrap();
    let mut offer = shape["offers"][0].clone();
    offer["schedule"] = json!({ "from": "2026-01-01", "until": "2026-02-01" });
    offer["placements"] = json!(["home"]);
    let mut notice = |count: usize| {
        let named = |nth| {
            let mut offer = offer.clone();
            offer["id"] = json!(format!("ended-{nth}"));
            offer
        };
        shape["offers"] = (0..count).map(named).collect();
        folder.write("catalog.json", shape.to_string());
        let told = folder.run(&["check", "catalog.json"]).succeeds().err;
        told.lines().find(|line| line.contains("offers with a schedule")).map(str::to_owned)
    };
    assert_eq!(notice(2_112), None);
    assert!(notice(2_113).unwrap().contains("`home` has 2113 offers with a schedule; where 2048 in a row"));
}

#[test]
fn stores_whose_numbers_are_turned_round_are_noticed() {
    let folder = Folder::new("swapped");
    let told = |places: &[(f64, f64)], zone: &str| {
        let mut catalog: Value = serde_json::from_str(&fs::read_to_string(CATALOG).unwrap()).unwrap();
        let hours = catalog["stores"][0]["opening_hours"].clone();
        let store = |(at, (lon, lat)): (usize, &(f64, f64))| {
            json!({"id": format!("s{at}"), "name": "S", "opening_hours": hours, "radius_m": 20,
                "geometry": {"type": "Point", "coordinates": [lon, lat]}})
        };
        catalog["stores"] = places.iter().enumerate().map(store).collect();
        catalog["timezone"] = zone.into();
        for offer in catalog["offers"].as_array_mut().unwrap() {
            offer.as_object_mut().unwrap().remove("applicable");
        }
        folder.write("shop.json", catalog.to_string());
        let told = folder.run(&["check", "shop.json"]).succeeds().err;
        let notice = told.lines().find(|line| line.contains("longitude first"));
        notice.map(|line| line.split_once("the store ").unwrap().1.split_once(" lies").unwrap().0.to_string())
    };
    let (berlin, ulm, bonn) = ((13.4, 52.5), (10.0, 48.4), (7.1, 50.7));
    let turned = |(lon, lat): (f64, f64)| (lat, lon);
    let germany = |places: &[(f64, f64)]| told(places, "Europe/Berlin");
    assert_eq!(germany(&[berlin, turned(ulm), bonn]).as_deref(), Some("`s1` of 3"));
    assert_eq!(germany(&[berlin, turned(ulm)]).as_deref(), Some("`s1` of 2"));
    assert_eq!(germany(&[turned(berlin)]).as_deref(), Some("`s0` of 1"));
    assert_eq!(germany(&[turned(berlin), turned(ulm), turned(bonn)]).as_deref(), Some("`s0` and 2 more of 3"));
    assert_eq!(told(&[turned((24.9, 60.2))], "Europe/Helsinki").as_deref(), Some("`s0` of 1"));
    for (places, zone) in [
        (&[berlin, ulm, bonn][..], "Europe/Berlin"),
        (&[(-9.1, 42.9), (2.2, 41.4)], "Europe/Madrid"),
        (&[(-16.5, 28.4), (2.2, 41.4), (-3.7, 40.4)], "Europe/Madrid"),
        (&[(-72.3, -50.3)], "America/Argentina/Buenos_Aires"),
        (&[(76.0, 39.5), (121.5, 31.2)], "Asia/Shanghai"),
        (&[(-15.9, 23.7)], "Africa/El_Aaiun"),
        (&[(37.6, 55.8), (83.7, 53.3), (131.9, 43.1)], "Europe/Moscow"),
        (&[(-157.9, 21.3), (-74.0, 40.7), (-118.2, 34.1)], "America/New_York"),
        (&[(-109.4, -27.1), (-70.7, -33.4)], "America/Santiago"),
        (&[(35.0, 39.0), (26.6, 41.7), (44.0, 39.9)], "Europe/Istanbul"),
    ] {
        assert_eq!(told(places, zone), None, "{places:?} {zone}");
    }
}

#[test]
fn decide_prints_one_line_per_ask_and_the_same_bytes_twice() {
    let folder = Folder::with_pack("decide");
    let args = ["decide", "nk.tact", SIGNALS, "--explain", "en", "--moment"];
    let ran = folder.run(&args).succeeds();
    let signals = fs::read_to_string(SIGNALS).unwrap();
    let asks = signals.lines().filter(|line| line.contains(r#""type": "ask""#)).count();
    assert_eq!((ran.lines().len(), ran.err.as_str()), (asks, ""));
    assert_eq!(ran.out, folder.run(&args).succeeds().out);
    for decision in ran.lines() {
        assert!(["show", "hold"].contains(&decision["kind"].as_str().unwrap()));
        assert!(decision["sentence"].as_str().unwrap().ends_with('.'), "{decision}");
        assert!(decision["moment"]["presence"]["state"].is_string() && decision["trace"]["funnel"].is_object());
    }
    let piped = folder.run_with(&args[..2], signals.as_bytes()).succeeds();
    assert_eq!(piped.out, folder.run(&["decide", "nk.tact", SIGNALS]).succeeds().out);
    let other = folder.run(&["decide", "nk.tact", SIGNALS, "--seed", "7"]).succeeds();
    assert_ne!(other.out, piped.out);
}

#[test]
fn decide_explains_itself_to_the_shop_and_to_the_developer() {
    let folder = Folder::with_pack("explain");
    let ran = folder.run(&["decide", "nk.tact", SIGNALS, "--explain", "de,shop,developer"]).succeeds();
    for decision in ran.lines() {
        let (shop, developer) = (&decision["shop"], &decision["developer"]);
        assert!(decision["sentence"].is_string() && shop["funnel"]["placement"].as_u64().unwrap() > 0, "{decision}");
        assert!(["de", "en"].iter().all(|language| shop["change"][language].is_string()), "{shop}");
        assert!(developer["offers"].is_array() && developer["values"]["occasion.month"] == json!("11"), "{developer}");
    }
    let held = ran.lines().into_iter().find(|decision| decision["why"] == json!("resting")).unwrap();
    assert_eq!(held["shop"]["change"]["rules"], json!(["resting", "cap_reached"]));
    folder
        .run(&["decide", "nk.tact", SIGNALS, "--explain", "fi"])
        .fails(2, &["possible values: de, en, shop, developer"]);
}

#[test]
fn a_day_in_two_parts_with_a_saved_state_is_the_same_day() {
    let folder = Folder::with_pack("state");
    let (morning, evening) = (
        r#"{"type":"consent","at":1795246800000,"remember":true}
{"type":"ask","at":1795246860000,"placement":"home"}
"#,
        r#"{"type":"ask","at":1795246920000,"placement":"home"}
"#,
    );
    folder.write("morning.jsonl", morning);
    folder.write("evening.jsonl", evening);
    folder.write("day.jsonl", [morning, evening].concat());
    let first = folder.run(&["decide", "nk.tact", "morning.jsonl", "--save", "state"]).succeeds();
    let second = folder.run(&["decide", "nk.tact", "evening.jsonl", "--state", "state", "--save", "state"]).succeeds();
    assert_eq!(
        folder.run(&["decide", "nk.tact", "day.jsonl"]).succeeds().out,
        [first.out, second.out.clone()].concat()
    );
    assert_eq!((&second.lines()[0]["kind"], &second.lines()[0]["why"]), (&json!("hold"), &json!("resting")));
}

#[test]
fn a_damaged_state_makes_a_quiet_start_and_an_empty_one_none() {
    let folder = Folder::with_pack("damaged-state");
    folder.run(&["decide", "nk.tact", SIGNALS, "--save", "state"]).succeeds();
    let mut state = folder.read("state");
    *state.last_mut().unwrap() ^= 1;
    folder.write("state", &state);
    let ask = br#"{"type":"ask","at":1795246860000,"placement":"home"}"#;
    let ran = folder.run_with(&["decide", "nk.tact", "-", "--state", "state"], ask).succeeds();
    assert!(ran.err.contains("notice: state: the saved state is damaged"), "{ran:?}");
    assert_eq!(ran.lines()[0]["kind"], "hold");
    folder.write("state", "");
    folder.run_with(&["decide", "nk.tact", "-", "--state", "state"], ask).fails(1, &["`state` is empty"]);
    folder.run_with(&["decide", "nk.tact", "-", "--state", "stat"], ask).fails(3, &["cannot read `stat`"]);
}

#[test]
fn a_flipped_cut_or_foreign_pack_is_refused() {
    let folder = Folder::with_pack("packs");
    let pack = folder.read("nk.tact");
    let refuses = |bytes: &[u8], message: &str| {
        folder.write("broken.tact", bytes);
        folder.run(&["decide", "broken.tact", SIGNALS]).fails(1, &["`broken.tact`", message]);
        folder.run(&["run", "broken.tact", SIGNALS]).fails(1, &["`broken.tact`", message]);
    };
    for at in [10, 40, pack.len() / 2, pack.len() - 1] {
        let mut flipped = pack.clone();
        flipped[at] ^= 0x10;
        refuses(&flipped, "the pack is damaged");
    }
    refuses(&pack[..pack.len() - 1], "the pack is damaged");
    refuses(&pack[..20], "the pack is damaged");
    refuses(b"", "this is no Tactful pack");
    refuses(fs::read(CATALOG).unwrap().as_slice(), "make one with `tactful compile`");
}

#[test]
fn a_pack_that_went_back_or_is_over_is_refused() {
    let folder = Folder::with_pack("stale");
    let text = fs::read_to_string(CATALOG).unwrap();
    folder.write("newer.json", text.replacen("\"version\": 1,", "\"version\": 2,", 1));
    folder.write("over.json", text.replacen("{", "{\"not_after\": \"2026-11-21T12:00:00Z\",", 1));
    folder.run(&["compile", "newer.json"]).succeeds();
    folder.run(&["compile", "over.json"]).succeeds();
    folder.run(&["decide", "newer.tact", SIGNALS, "--save", "state"]).succeeds();
    let state = folder.read("state");
    let ran = folder.run(&["decide", "nk.tact", SIGNALS, "--state", "state", "--save", "state"]);
    ran.fails(1, &["`nk.tact`: the pack has version 1, and this device has already seen version 2"]);
    assert_eq!((ran.out.as_str(), state), ("", folder.read("state")));
    let ran = folder.run(&["decide", "over.tact", SIGNALS]);
    ran.fails(1, &["error[expired-pack]", "not to be used from 2026-11-21T12:00:00Z on", "3 problems found"]);
    assert_eq!(ran.out, "");
}

#[test]
fn broken_lines_are_refused_with_their_place() {
    let folder = Folder::with_pack("lines");
    folder.refuses_lines("\n{\"type\":\"scan\",\"at\":1e12,", "2:26", "the text ends too early");
    folder.refuses_lines(
        r#"{"type":"position","at":1e12,"latitude":NaN,"longitude":1,"accuracy":1}"#,
        "1:41",
        "JSON has no NaN and no infinity",
    );
    folder.refuses_lines(
        r#"{"type":"position","at":1e12,"latitude":"60","longitude":1,"accuracy":1}"#,
        "1:41",
        "`latitude` must be degrees from -90 to 90, not a text",
    );
    folder.refuses_lines(r#"{"type":"scann","at":1e12,"code":"1"}"#, "1:9", "the nearest known is `scan`");
    folder.refuses_lines(r#"{"type":"Ask","at":1e12,"placement":"aisle"}"#, "1:9", "the nearest known is `ask`");
    folder.refuses_lines(r#"{"type":"ask","at":1e12,"placement":"aisel"}"#, "1:37", "the nearest known is `aisle`");
    folder.refuses_lines(r#"{"type":"ask","at":"soon","placement":"aisle"}"#, "1:20", "`at` must be a time such as");
    folder.refuses_lines(r#"{"type":"ask","at":1e12}"#, "1:1", "`placement` is missing");
    folder.refuses_lines("[1]", "1:1", "a signal must be an object, not a list");
    folder.refuses_lines(
        r#"{"type":"attributes","at":1e12,"values":{"loyalty":"gold"}}"#,
        "1:52",
        "the catalog declares no attribute `loyalty`; the nearest known is `loyalty_tier`",
    );
    folder.refuses_lines(
        r#"{"type":"attributes","at":1e12,"values":{"avoids":["glutn"]}}"#,
        "1:51",
        "the attribute `avoids` does not list this among its `values`; the nearest known is `gluten`",
    );
    folder.refuses_lines(
        r#"{"type":"reply","at":1e12,"decision":"last","reply":"useful"}"#,
        "1:38",
        "nothing was shown before this line",
    );
    folder.refuses_lines(
        r#"{"type":"reply","at":1e12,"decision":"0123456789abcdef","reply":"useful"}"#,
        "1:38",
        "no shown offer with this decision id is remembered",
    );
}

#[test]
fn a_line_with_a_text_of_10_mb_is_refused_in_few_words() {
    let folder = Folder::with_pack("huge-line");
    let line = format!(r#"{{"type":"scan","at":1e12,"code":"{}"}}"#, "9".repeat(10_000_000));
    folder.refuses_lines(&line, "1:33", "`code` has 10000000 characters, above the maximum of 2048");
    let long = format!("{{\"x\":\"{}\"}}", "9".repeat(40_000_000));
    folder.refuses_lines(&format!("{long}\n[]"), "1:1", "the line has more than 33554432 bytes");
    let err = folder.run(&["decide", "nk.tact", "broken.jsonl"]).err;
    assert!(err.len() < 1_000 && err.contains("--> broken.jsonl:2:1"), "{err}");
}

#[test]
fn every_wrong_line_is_told_and_nothing_is_decided() {
    let folder = Folder::with_pack("all");
    let lines = r#"{"type":"ask","at":1e12,"placement":"home"}
{"type":"nope","at":1e12}
{"type":"check_in","at":1e12,"store":"nope"}
{"type":"scan","at":1e12,"code":"123"}
"#;
    folder.write("broken.jsonl", lines);
    let ran = folder.run(&["decide", "nk.tact", "broken.jsonl"]);
    ran.fails(1, &["broken.jsonl:2:9", "broken.jsonl:3:38", "broken.jsonl:4:33", "3 problems found"]);
    assert_eq!(ran.out, "");
}

#[test]
fn unknown_fields_are_notices_once_and_change_nothing() {
    let folder = Folder::with_pack("notices");
    let ask = r#"{"type":"ask","at":1795246860000,"placement":"home"}"#;
    let odd = r#"{"type":"ask","at":1795246860000,"placement":"home","colour":"red"}"#;
    let line = r#"{"type":"consent","at":1795246800000,"remember":true,"rember":1}"#;
    let ran = folder.run_with(&["decide", "nk.tact"], [line, line, odd].join("\n").as_bytes()).succeeds();
    assert!(ran.err.contains("notice: standard input:1: /rember: unknown field `rember`"), "{ran:?}");
    assert!(ran.err.contains("(2 times)") && ran.err.contains("an ask has no field `colour`"), "{ran:?}");
    let bought = r#"{"type":"purchase","at":1795246800000,"transaction_id":"t-1"}"#;
    let told = folder.run_with(&["decide", "nk.tact"], bought.as_bytes()).succeeds().err;
    assert_eq!(told, "notice: standard input:1: /items: no `items`, so nobody knows what this `purchase` is about\n");
    let plain = line.replace(r#","rember":1"#, "");
    let same = folder.run_with(&["decide", "nk.tact"], [&plain, &plain, ask].map(String::from).join("\n").as_bytes());
    assert_eq!((same.out, same.err.as_str()), (ran.out, ""));
}

#[test]
fn a_reader_that_has_enough_is_no_failure() {
    let folder = Folder::with_pack("pipe");
    let ask = "{\"type\":\"ask\",\"at\":1795246860000,\"placement\":\"home\"}\n".repeat(3_000);
    folder.write("asks.jsonl", ask);
    let mut command = Command::new(env!("CARGO_BIN_EXE_tactful"));
    command
        .current_dir(&folder.0)
        .args(["decide", "nk.tact", "asks.jsonl"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::with_capacity(64, child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
}

#[test]
fn coupons_are_combined_on_a_basket_and_the_others_say_why_not() {
    let folder = Folder::with_pack("savings");
    let coffee = r#"{"item_id": "nk-0052", "price": 5.99, "quantity": 2, "tax_percent": 14}"#;
    let biscuits = r#"{"item_id": "nk-0032", "price": 2.19, "quantity": 3, "tax_percent": 14}"#;
    folder.write("basket.json", format!(r#"{{"tax": "included", "items": [{coffee}, {biscuits}]}}"#));
    let shown = ["--coupon", "coffee-due", "--coupon", "biscuits-in-store", "--coupon", "big-basket"];
    let run =
        |coupons: &str, more: &[&str]| folder.run(&[&["savings", coupons, "basket.json"], &shown[..], more].concat());
    let told = &run("nk.tact", &["--json"]).succeeds().lines()[0];
    assert_eq!((&told["saves"], &told["pays"], &told["exact"]), (&json!(180), &json!(1_675), &json!(true)));
    assert_eq!(told["used"], json!([{"coupon": "coffee-due", "saves": 180, "lines": [180, 0]}]));
    assert_eq!((&told["lines"][0]["pays"], &told["lines"][0]["tax"]), (&json!(1_018), &json!(125)));
    assert_eq!(
        (&told["refused"][0]["reason"], &told["refused"][1]["reason"]),
        (&json!("alone"), &json!("minimum-spend"))
    );
    assert_eq!(told, &run(CATALOG, &["--json"]).succeeds().lines()[0], "from a catalog as from its pack");
    let said = run("nk.tact", &["--language", "de"]).succeeds().out;
    assert!(said.contains("Für den Gutschein fehlen noch 41,45 €."), "{said}");
    let unknown = ["savings", "nk.tact", "basket.json", "--coupon", "nothing"];
    folder.run(&unknown).fails(1, &["no offer `nothing`"]);
    folder.write("basket.json", r#"{"items": [{"item_id": "a", "tax_percent": 200}]}"#);
    run("nk.tact", &[]).fails(1, &["`tax_percent` must be a number from 0 to 100", "basket.json:1:44"]);
}

#[test]
fn scanned_codes_are_told_by_what_the_catalog_knows() {
    let folder = Folder::with_pack("scan");
    folder.write(
        "codes.txt",
        "https://nordkorb.example/01/02000042000325\r\n\n(414)2900001000017\n4006381333931\nhello\n",
    );
    let told = folder.run(&["scan", "nk.tact", "codes.txt"]).succeeds().lines();
    let kept = |line: &Value, field: &str| line[field].as_str().map(String::from);
    assert_eq!(told.len(), 4, "{told:?}");
    assert_eq!(kept(&told[0], "product").as_deref(), Some("nk-0032"));
    assert_eq!(kept(&told[0], "gtin").as_deref(), Some("02000042000325"));
    assert_eq!(kept(&told[1], "store").as_deref(), Some("kaisaniemi"));
    assert_eq!((kept(&told[2], "gtin"), kept(&told[2], "product")), (Some("04006381333931".into()), None));
    assert!(kept(&told[3], "fault").unwrap().starts_with("the code is neither a GS1 Digital Link"), "{told:?}");
}

#[test]
fn schema_and_vocabulary_are_those_of_the_compiler() {
    let folder = Folder::new("words");
    let schema: Value = serde_json::from_str(&folder.run(&["schema"]).succeeds().out).unwrap();
    assert_eq!(schema, tactful::author::schema());
    let words = folder.run(&["vocabulary"]).succeeds().out;
    let known = tactful::author::cel::VOCABULARY.iter().chain(&tactful::author::cel::FORMS);
    known.for_each(|(word, meaning)| {
        assert!(words.lines().any(|line| line.starts_with(word) && line.ends_with(meaning)), "{word}")
    });
    assert!(words.contains("also under `!`"));
}

/// Writes a small data set in the layout of the benchmark data.
fn data(folder: &Folder) {
    fs::create_dir_all(folder.0.join("data/next_need")).unwrap();
    let packed = |name: &str, text: &str| {
        let file = File::create(folder.0.join("data/next_need").join(name)).unwrap();
        let mut writer = GzEncoder::new(file, Compression::fast());
        writer.write_all(text.as_bytes()).unwrap();
        writer.finish().unwrap();
    };
    packed(
        "products.csv.gz",
        "product,department,category,type,brand,size,manufacturer\n\
         7,GROCERY,CHEESE,SLICED,Private,,69\n8,GROCERY,\"CANDY, LOOSE\",,Private,,69\n",
    );
    packed(
        "purchases.csv.gz",
        "household,day,basket,product,qty,cents,disc_cents\n\
         10,0,0,7,2,299,0\n2,1,0,8,1,150,0\n2,0,0,7,1,100,0\n2,0,1,7,2,101,5\n2,0,1,9,1,33,0\n",
    );
}

#[test]
fn import_makes_one_shopping_day_of_all_that_was_bought_on_it() {
    let folder = Folder::with_pack("import");
    data(&folder);
    let told = folder.run(&["import", "data", "-o", "h.jsonl"]).succeeds();
    assert_eq!((told.out.as_str(), told.err.as_str()), ("", "2 shoppers, 3 days with purchases, 3 asks\n"));
    let lines = String::from_utf8(folder.read("h.jsonl")).unwrap();
    let items = r#"[{"item_id":"7","item_category":"CHEESE","price":0.67,"quantity":3},{"item_id":"9","price":0.33,"quantity":1}]"#;
    let first = [
        r#"{"shopper":"hh-2","type":"consent","at":1483290000000,"remember":true}"#.into(),
        format!(r#"{{"shopper":"hh-2","type":"view_cart","at":1483290000000,"items":{items}}}"#),
        r#"{"shopper":"hh-2","type":"ask","at":1483290060000,"placement":"basket"}"#.into(),
        format!(
            r#"{{"shopper":"hh-2","type":"purchase","at":1483290600000,"transaction_id":"hh-2-0","items":{items}}}"#
        ),
    ];
    assert_eq!(lines.lines().skip(1).take(3).collect::<Vec<_>>(), first[1..]);
    assert_eq!(lines.lines().count(), 2 + 3 * 3);
    assert!(lines.lines().last().unwrap().starts_with(r#"{"shopper":"hh-10","type":"purchase""#));
    assert!(lines.contains("CANDY, LOOSE") && lines.contains(r#""price":1.5,"quantity":2"#));
    let covered = folder.run(&["import", "data", "--catalog", CATALOG]).succeeds();
    assert_eq!(covered.out, lines);
    assert!(covered.err.contains("2 of 4 items (50 %) are in categories of the catalog"), "{covered:?}");
    let mut packed = String::new();
    folder.run(&["import", "data", "-o", "h.jsonl.gz"]).succeeds();
    GzDecoder::new(folder.read("h.jsonl.gz").as_slice()).read_to_string(&mut packed).unwrap();
    assert_eq!(packed, lines);
}

#[test]
fn import_says_what_it_looked_for() {
    let folder = Folder::new("no-data");
    folder.run(&["import", "nowhere", "-o", "h.jsonl"]).fails(3, &["`nowhere/next_need/purchases.csv.gz`"]);
    data(&folder);
    fs::remove_file(folder.0.join("data/next_need/products.csv.gz")).unwrap();
    let ran = folder.run(&["import", "data", "-o", "h.jsonl"]);
    ran.fails(3, &["looked for `data/next_need/products.csv.gz`; name the folder that holds `next_need/`"]);
    fs::write(folder.0.join("data/next_need/products.csv.gz"), "product,kind\n1,CHEESE\n").unwrap();
    folder.run(&["import", "data", "-o", "h.jsonl"]).fails(1, &["products.csv.gz`", "missing field `category`"]);
    assert_eq!(folder.names(), ["data".into()].into());
}

/// One store of 22 m x 22 m, and two walks of the same fixes: five minutes indoors in its middle after a walk to its door.
fn walks(folder: &Folder) {
    fs::create_dir_all(folder.0.join("data/visits")).unwrap();
    let stores = json!({ "stores": [{ "store": "s1", "kind": "books", "lat": 60.0001, "lon": 25.0002,
        "polygon": [[60.0, 25.0], [60.0, 25.0004], [60.0002, 25.0004], [60.0002, 25.0], [60.0, 25.0]] }] });
    folder.write("data/visits/stores.json", stores.to_string());
    let walk = (0..30).map(|step| (f64::from(step) * 5.0, 59.9997 + f64::from(step) * 1e-5, 25.0002, 8.0));
    let stay = (30..90).map(|step| (f64::from(step) * 5.0, 60.0001, 25.0002, 16.0));
    let fixes: Vec<(f64, f64, f64, f64)> = walk.chain(stay).collect();
    let lines = ["p1", "p2"].map(|trace| json!({ "trace": trace, "mode": "foreground", "fixes": fixes }).to_string());
    let file = File::create(folder.0.join("data/visits/traces.jsonl.gz")).unwrap();
    let mut packed = GzEncoder::new(file, Compression::fast());
    packed.write_all(lines.join("\n").as_bytes()).unwrap();
    packed.finish().unwrap();
}

#[test]
fn predict_visits_says_once_per_walk_when_the_shopper_came_in() {
    let folder = Folder::new("visits");
    walks(&folder);
    let told = folder.run(&["predict", "visits", "data", "-o", "v.jsonl"]).succeeds();
    assert_eq!((told.out.as_str(), told.err.as_str()), ("", "2 walks, 180 fixes, 2 times in one of 1 stores\n"));
    let lines: Vec<Value> = folder.run(&["predict", "visits", "data"]).succeeds().lines();
    let times = lines.iter().map(|line| line["t"].as_f64().unwrap());
    assert!(times.clone().all(|t| (140.0..300.0).contains(&t)), "{lines:?}");
    assert_eq!(lines.iter().map(|line| &line["trace"]).collect::<Vec<_>>(), ["p1", "p2"]);
    assert!(lines.iter().all(|line| line["store"] == "s1" && line.as_object().unwrap().len() == 3), "{lines:?}");
}

#[test]
fn predict_visits_says_what_it_looked_for_and_which_line_is_wrong() {
    let folder = Folder::new("no-walks");
    let looked = "`nowhere` has no walks: `nowhere/visits/stores.json` and `nowhere/visits/traces.jsonl.gz` not found";
    folder.run(&["predict", "visits", "nowhere"]).fails(3, &[looked, "name the folder that holds the benchmark data"]);
    walks(&folder);
    folder.write("data/visits/traces.jsonl.gz", "{\"trace\":\"p1\",\"fixes\":[]}\n{\"trace\":\"p2\"}\n");
    folder
        .run(&["predict", "visits", "data", "-o", "v.jsonl"])
        .fails(1, &["traces.jsonl.gz`, line 2", "missing field `fixes`"]);
    folder.run(&["predict", "visits", "data", "-o", "data/visits/stores.json"]).fails(2, &["is also an input"]);
    folder.write("data/visits/stores.json", "{\"stores\":[{\"store\":\"s1\",\"polygon\":[[60.0,25.0]]}]}");
    folder.run(&["predict", "visits", "data"]).fails(1, &["visits/stores.json, as a catalog"]);
    assert_eq!(folder.names(), ["data".into()].into());
}

/// Three households that buy bread every week, and milk for a while; the queries are about the days after.
fn households(folder: &Folder) {
    fs::create_dir_all(folder.0.join("data/next_need")).unwrap();
    let bread = (0..40).map(|week| (week * 7, 1)).chain((0..8).map(|week| (week * 7, 2)));
    let rows: Vec<(u32, u32, u32)> =
        (1..4).flat_map(|home| bread.clone().map(move |(day, item)| (home, day, item))).collect();
    let row = |(home, day, item): &(u32, u32, u32)| format!("{home},{day},0,{item},1,199,0\n");
    let rows: String = rows.iter().map(row).collect();
    let put = |name: &str, text: String| folder.write(&format!("data/next_need/{name}"), text);
    put("purchases.csv.gz", format!("household,day,basket,product,qty,cents,disc_cents\n{rows}"));
    put("products.csv.gz", "product,category,type\n1,BREAD,RYE\n2,MILK,\n".into());
    for (level, items) in
        [("category", ["BREAD", "MILK"]), ("type", ["BREAD / RYE", "MILK / MILK"]), ("product", ["1", "2"])]
    {
        let [bread, milk] = items;
        let head = "item,per_basket,repeat_share,mean_interval_days,households\n";
        put(&format!("stats_{level}.csv.gz"), format!("{head}{bread},0.4,0.9,7,3\n{milk},0.1,0.5,,3\n"));
        for (what, day) in [("due", 278), ("comeback", 150)] {
            let asked = format!("household,day,item,label\n1,{day},{milk},0\n1,{day},{bread},1\n");
            put(&format!("{what}_{level}.csv.gz"), asked);
        }
    }
    put("queries_next.jsonl.gz", "{\"q\":\"1-280\",\"household\":1,\"day\":280,\"window\":\"test\"}\n".into());
}

#[test]
fn predict_says_what_a_household_buys_next() {
    let folder = Folder::new("households");
    households(&folder);
    let told = folder.run(&["predict", "due", "data", "-o", "d.jsonl"]).succeeds();
    assert_eq!((told.out.as_str(), told.err.as_str()), ("", "3 households, 2 questions\n"));
    for (level, bread, milk) in
        [("category", "BREAD", "MILK"), ("type", "BREAD / RYE", "MILK / MILK"), ("product", "1", "2")]
    {
        let due = folder.run(&["predict", "due", "data", "--level", level]).succeeds().lines();
        assert!(due[0]["item"] == bread && due[0]["q"] == "1-278" && due[1]["item"] == milk, "{due:?}");
        assert!(
            level == "product" || due[0]["p"].as_f64().unwrap() > 0.5 && due[1]["p"].as_f64().unwrap() < 0.1,
            "{due:?}"
        );
        let basket = folder.run(&["predict", "basket", "data", "--level", level]).succeeds().lines();
        assert_eq!(basket, [json!({"q": "1-280", "ranked": [bread, milk]})]);
        let back = folder.run(&["predict", "comeback", "data", "--level", level]).succeeds().lines();
        assert!(
            back.len() == 2 && back.iter().all(|line| (0.0..=1.0).contains(&line["p"].as_f64().unwrap())),
            "{back:?}"
        );
    }
}

/// Sixty households, of which each buys bread or milk every week, gets a coupon for both twice, and uses that for its own.
fn coupons(folder: &Folder) {
    for part in ["next_need", "coupons"] {
        fs::create_dir_all(folder.0.join("data").join(part)).unwrap();
    }
    let put = |name: &str, head: &str, rows: String| folder.write(&format!("data/{name}"), format!("{head}\n{rows}"));
    let homes = |row: &dyn Fn(u32) -> String| (1..61).map(row).collect::<String>();
    let weeks = |home: u32| (0..30).map(move |week| format!("{home},{},0,{},1,199,0\n", week * 7, home % 2)).collect();
    put("next_need/purchases.csv.gz", "household,day,basket,product,qty,cents,disc_cents", homes(&weeks));
    let products = "0,BREAD,RYE,Private,7\n1,MILK,,National,8\n";
    put("next_need/products.csv.gz", "product,category,type,brand,manufacturer", products.into());
    put("coupons/campaigns.csv", "campaign,type,start_day,end_day", "1,B,100,130\n2,B,250,280\n".into());
    let coupon = |campaign| format!("{campaign},50000000076,0\n{campaign},50000000175,1\n{campaign},50000000175,9\n");
    put("coupons/coupons.csv.gz", "campaign,coupon,product", coupon(1) + &coupon(2));
    put("coupons/received.csv.gz", "campaign,household", homes(&|home| format!("1,{home}\n2,{home}\n")));
    let used = |home: u32| [50_000_000_076_u64, 50_000_000_175][home as usize % 2];
    let redeemed = |home| {
        let both = format!("{home},1,{0},110\n{home},2,{0},260\n", used(home));
        if home % 3 == 0 { both } else { String::new() }
    };
    put("coupons/redemptions.csv.gz", "household,campaign,coupon,day", homes(&redeemed));
}

#[test]
fn predict_says_which_coupon_a_household_uses_and_whether_any() {
    let folder = Folder::new("coupons");
    coupons(&folder);
    let told = folder.run(&["predict", "coupons", "data", "-o", "c.jsonl"]).succeeds();
    assert_eq!((told.out.as_str(), told.err.as_str()), ("", "120 lists of coupons, 120 predicted\n"));
    for learnt in ["households", "campaigns", "early"] {
        let lines = folder.run(&["predict", "coupons", "data", "--learnt", learnt]).succeeds().lines();
        assert_eq!(lines.len(), if learnt == "early" { 60 } else { 120 });
        let own = |line: &Value| [50_000_000_076_u64, 50_000_000_175][line["household"].as_u64().unwrap() as usize % 2];
        assert!(lines.iter().all(|line| line["ranked"][0] == own(line) && line["ranked"][1].is_u64()), "{lines:?}");
        let lines = folder.run(&["predict", "redeem", "data", "--learnt", learnt]).succeeds().lines();
        let p = |home: u32| {
            lines.iter().find(|line| line["household"] == home && line["campaign"] == 2).unwrap()["p"].as_f64()
        };
        assert!(p(3) < Some(1.0) && p(4) > Some(0.0), "{lines:?}");
        assert!(learnt != "households" || p(3) > Some(0.8) && p(4) < Some(0.2), "{lines:?}");
    }
}

#[test]
fn predict_says_which_part_of_the_coupons_is_not_there() {
    let folder = Folder::new("no-coupons");
    folder
        .run(&["predict", "coupons", "nowhere"])
        .fails(3, &["`nowhere` has no coupons: `nowhere/next_need/products.csv.gz`"]);
    coupons(&folder);
    folder.run(&["predict", "redeem", "data", "-o", "data/coupons/campaigns.csv"]).fails(2, &["is also an input"]);
    folder.write("data/coupons/campaigns.csv", "campaign,type\n1,A\n");
    folder.run(&["predict", "redeem", "data"]).fails(1, &["campaigns.csv`", "missing field `start_day`"]);
}

#[test]
fn predict_says_which_part_of_the_households_is_not_there() {
    let folder = Folder::new("no-households");
    folder
        .run(&["predict", "due", "nowhere"])
        .fails(3, &["`nowhere` has no questions: `nowhere/next_need/due_category.csv.gz` not found"]);
    households(&folder);
    folder
        .run(&["predict", "basket", "data", "-o", "data/next_need/queries_next.jsonl.gz"])
        .fails(2, &["is also an input"]);
    folder.write("data/next_need/queries_next.jsonl.gz", "{\"household\":1}\n");
    folder.run(&["predict", "basket", "data"]).fails(1, &["queries_next.jsonl.gz`, line 1", "missing field `day`"]);
    fs::remove_file(folder.0.join("data/next_need/products.csv.gz")).unwrap();
    folder
        .run(&["predict", "basket", "data"])
        .fails(3, &["has no households: `data/next_need/products.csv.gz` not found"]);
}

/// The start of a yardstick's year for one person and two offers: the second fits better.
const LEARNING: &str = r#"{"type":"start","people":1,"d":8,"offers":2,"cost":0.06,"prior_mean":[-5.6,1.6,1.2,0.9,0.5,0.8,0.4,0.3],"prior_sd":[0.5,0.6,0.5,0.5,0.4,0.4,0.6,0.3],"offer_sd":0.7,"seed":1}"#;

/// Asks once a week, and answers every shown offer of which `redeems` is true three days later; returns the arms.
fn year(redeems: impl Fn(i64) -> bool) -> Vec<i64> {
    let mut arms = Vec::new();
    for weeks in 1..=52 {
        let mut lines = vec![LEARNING.to_owned()];
        for week in 0..weeks {
            let day = 7 * week;
            let x = json!([[1, 0.1, 0.1, 0.1, 0, 0, 0, 0], [1, 0.7, 0.6, 0.3, 1, 0.7, 0, 0.5]]);
            lines.push(json!({ "type": "decide", "person": 0, "round": week, "day": day, "x": x }).to_string());
            if arms.get(week).is_some_and(|arm| redeems(*arm)) {
                let day = day + 3;
                lines.push(
                    json!({ "type": "feedback", "person": 0, "round": week, "day": day, "redeemed": true }).to_string(),
                );
            }
        }
        lines.push(r#"{"type":"end"}"#.to_owned());
        let answers =
            Folder::new("learning").run_with(&["predict", "learning"], lines.join("\n").as_bytes()).succeeds();
        arms = answers.lines().iter().map(|line: &Value| line["arm"].as_i64().unwrap()).collect();
        assert_eq!(arms.len(), weeks);
    }
    arms
}

#[test]
fn predict_learning_shows_what_helps_and_learns_to_be_silent() {
    let (useful, useless) = (year(|arm| arm == 1), year(|_| false));
    assert_eq!(useful, [1; 52]);
    assert_eq!((useless[0], useless[51]), (1, -1));
    let kept = useless.iter().take_while(|arm| **arm == 1).count();
    assert!((2..40).contains(&kept), "{kept} without an answer");
}

#[test]
fn predict_learning_says_which_line_is_wrong() {
    let folder = Folder::new("learning");
    let broken = format!("{LEARNING}\n{{\"type\":\"decide\"}}\n");
    folder.run_with(&["predict", "learning"], broken.as_bytes()).fails(1, &["`standard input`, line 2: missing field"]);
}

/// Two hundred sessions in five folds, eighty of them late; who looks at more than two products, buys.
fn sessions(folder: &Folder) {
    fs::create_dir_all(folder.0.join("data/intent")).unwrap();
    let columns = "session,Administrative,Administrative_Duration,Informational,Informational_Duration,ProductRelated,\
         ProductRelated_Duration,BounceRates,ExitRates,PageValues,SpecialDay,Month,OperatingSystems,Browser,Region,\
         TrafficType,VisitorType,Weekend,Revenue";
    let month = |session: u32| if session < 120 { "Mar" } else { "Nov" };
    let row = |session: u32| {
        let (pages, bought) = (session % 5, u8::from(session % 5 > 2));
        let month = month(session);
        format!("{session},0,0.0,0,0.0,{pages},9.5,0.0,0.1,0.0,0.0,{month},2,2,1,2,New_Visitor,0,{bought}\n")
    };
    let period = |session: u32| if session < 120 { "train" } else { "test" };
    let fold = |session: u32| format!("{session},{},{}\n", session / 40, period(session));
    let file = File::create(folder.0.join("data/intent/sessions_public.csv.gz")).unwrap();
    let mut packed = GzEncoder::new(file, Compression::fast());
    packed.write_all(format!("{columns}\n{}", (0..200).map(row).collect::<String>()).as_bytes()).unwrap();
    packed.finish().unwrap();
    folder.write("data/intent/folds.csv", format!("session,fold,period\n{}", (0..200).map(fold).collect::<String>()));
}

#[test]
fn predict_intent_learns_from_the_other_folds() {
    let folder = Folder::new("intent");
    sessions(&folder);
    let told = folder.run(&["predict", "intent", "data", "-o", "i.jsonl"]).succeeds();
    assert_eq!((told.out.as_str(), told.err.as_str()), ("", "200 sessions, 200 predicted\n"));
    let early = |args: &[&str]| {
        let lines =
            folder.run(&[&["predict", "intent", "data", "--columns", "early"], args].concat()).succeeds().lines();
        let chance = |line: &Value| (line["session"].as_u64().unwrap(), line["p"].as_f64().unwrap());
        lines.iter().map(chance).collect::<Vec<_>>()
    };
    let (all, late) = (early(&[]), early(&["--late"]));
    assert_eq!(all, early(&[]));
    assert_eq!(all.iter().map(|(session, _)| *session).collect::<Vec<_>>(), (0..200).collect::<Vec<_>>());
    assert_eq!(late.iter().map(|(session, _)| *session).collect::<Vec<_>>(), (120..200).collect::<Vec<_>>());
    for (session, chance) in all.into_iter().chain(late) {
        assert_eq!(session % 5 > 2, chance > 0.4, "session {session} has {chance}");
    }
}

#[test]
fn predict_intent_says_what_it_looked_for_and_what_is_wrong() {
    let folder = Folder::new("no-sessions");
    let looked = "`nowhere` has no sessions: `nowhere/intent/sessions_public.csv.gz` and `nowhere/intent/folds.csv`";
    folder.run(&["predict", "intent", "nowhere"]).fails(3, &[looked, "name the folder that holds the benchmark data"]);
    sessions(&folder);
    folder.run(&["predict", "intent", "data", "-o", "data/intent/folds.csv"]).fails(2, &["is also an input"]);
    folder.run(&["predict", "intent", "data", "--columns", "some"]).fails(2, &["invalid value 'some'"]);
    folder.write("data/intent/folds.csv", "session,fold\n1,0\n");
    folder.run(&["predict", "intent", "data"]).fails(1, &["folds.csv`", "missing field `period`"]);
}

/// A log of shoppers who come twice: those with an even number search and buy, of the others one in five.
fn log(folder: &Folder) {
    let mut lines = Vec::new();
    for shopper in 0..200_u64 {
        for visit in 0..2_u64 {
            let at = 1_795_255_200_000 + (shopper * 10 + visit * 5) * 86_400_000;
            let line = |second: u64, kind: &str, more: &str| {
                let at = at + second * 1_000;
                format!(r#"{{"shopper":"s{shopper}","type":"{kind}","at":{at}{more}}}"#)
            };
            let items = r#","items":[{"item_id":"a","price":1}]"#;
            let searches = shopper % 2 == 0;
            lines.push(line(0, "view_item", items));
            lines.push(line(
                20,
                if searches { "search" } else { "view_item" },
                if searches { r#","search_term":"tea""# } else { items },
            ));
            lines.push(line(40, "view_item", items));
            lines.push(line(45, "ask", r#","placement":"home""#));
            lines.push(line(46, "care_case", r#","id":"c","topic":"an older one","state":"open""#));
            if searches || shopper % 5 == 0 {
                let id = format!(r#","transaction_id":"{shopper}-{visit}"{items}"#);
                lines.push(line(60, "purchase", &id));
            }
        }
    }
    folder.write("log.jsonl", lines.join("\n"));
}

#[test]
fn train_intent_learns_from_a_log_and_compile_takes_the_table() {
    let folder = Folder::with_pack("train");
    log(&folder);
    let ran = folder.run(&["train", "intent", "log.jsonl", "-o", "odds.json"]).succeeds();
    assert!(ran.out.is_empty() && ran.err.starts_with("400 sessions, "), "{ran:?}");
    let table: Value = serde_json::from_slice(&folder.read("odds.json")).unwrap();
    let third = &table["held_out"]["the third event"];
    assert_eq!((&third["instants"], &third["before_a_purchase"]), (&json!(400), &json!(240)));
    assert!(third["auc"].as_f64().unwrap() > 0.85 && third["calibration_error"].as_f64().unwrap() < 0.05, "{third}");
    let searches: Vec<i64> = serde_json::from_value(table["answers"]["searches"].clone()).unwrap();
    assert!(searches[0] == 0 && searches[1] > 1_000, "{searches:?}");
    let again = folder.run(&["train", "intent", "log.jsonl", "--pack", "nk.tact"]).succeeds();
    let same = folder.run(&["train", "intent", "log.jsonl"]).succeeds();
    assert_eq!(same.out.as_bytes(), folder.read("odds.json"));
    assert!(again.out.contains("weekend"));
    folder.run(&["compile", CATALOG, "-o", "own.tact", "--intent", "odds.json"]).succeeds();
    assert_eq!(folder.read("own.tact").len(), folder.read("nk.tact").len() + 72);
    let first = folder.read("own.tact");
    folder.run(&["compile", CATALOG, "-o", "own.tact", "--intent", "odds.json"]).succeeds();
    assert_eq!(first, folder.read("own.tact"));
}

#[test]
fn train_intent_says_which_line_is_wrong_and_compile_which_table() {
    let folder = Folder::new("train-wrong");
    folder.write(
        "log.jsonl",
        "{\"shopper\":\"a\",\"type\":\"search\",\"at\":1e12}\n{\"shopper\":\"a\",\"type\":\"serch\"}\n",
    );
    folder.run(&["train", "intent", "log.jsonl", "-o", "odds.json"]).fails(1, &["log.jsonl:2", "`search`"]);
    folder.run(&["train", "intent", "log.jsonl", "-o", "log.jsonl"]).fails(2, &["is also an input"]);
    folder.run(&["train", "intent", "none.jsonl"]).fails(3, &["cannot read `none.jsonl`"]);
    folder.write("odds.json", r#"{"format":1,"before":0,"answers":{"searches":[0,0]}}"#);
    let compile = ["compile", CATALOG, "-o", "nk.tact", "--intent", "odds.json"];
    folder.run(&compile).fails(1, &["`odds.json` has not the odds of a purchase"]);
    folder.write("odds.json", "{\n\"before\": 99999}");
    folder.run(&compile).fails(1, &["`odds.json`, line 2", "i16"]);
    assert!(!folder.names().contains("nk.tact"));
}

/// Thirty shoppers for thirty weeks: all buy bread each week, every second of them coffee every fifth week.
fn purchases(folder: &Folder) {
    let day = |day: u64| 1_767_610_800_000 + day * 86_400_000;
    let line = |shopper: u64, week: u64| {
        let coffee = if (week + shopper).is_multiple_of(5) && shopper.is_multiple_of(2) {
            r#",{"item_id":"c","price":5,"item_category":"coffee"}"#
        } else {
            ""
        };
        let items = format!(r#"[{{"item_id":"b","price":2,"item_category":"bread"}}{coffee}]"#);
        let at = day(week * 7 + shopper % 7);
        let search = format!(r#"{{"shopper":"s{shopper}","type":"search","at":{at},"unread":true}}"#);
        format!("{search}\n{{\"shopper\":\"s{shopper}\",\"type\":\"purchase\",\"at\":{at},\"items\":{items}}}")
    };
    let lines = (0..30).flat_map(|shopper| (0..30).map(move |week| line(shopper, week)));
    folder.write("bought.jsonl", lines.collect::<Vec<_>>().join("\n"));
}

#[test]
fn train_need_learns_from_a_log_and_compile_takes_the_table() {
    let folder = Folder::with_pack("train-need");
    purchases(&folder);
    let train = ["train", "need", "bought.jsonl", "--pack", "nk.tact", "-o", "need.json"];
    let ran = folder.run(&train).succeeds();
    assert!(ran.out.is_empty() && ran.err.starts_with("30 households, "), "{ran:?}");
    let table: Value = serde_json::from_slice(&folder.read("need.json")).unwrap();
    let due = &table["held_out"]["due within 7 days"];
    assert!(due["auc"].as_f64().unwrap() > 0.9 && due["calibration_error"].as_f64().unwrap() < 0.1, "{due}");
    assert_eq!(table["categories"]["bread"], json!({"share": 0.99998, "interval_days": 7}));
    assert_eq!(table["categories"]["coffee"]["interval_days"], 35);
    assert_eq!(table["due"]["clues"].as_object().unwrap().len(), 14);
    let written = folder.read("need.json");
    folder.run(&train).succeeds();
    assert_eq!(written, folder.read("need.json"));
    folder.run(&["compile", CATALOG, "-o", "own.tact", "--need", "need.json"]).succeeds();
    assert!(folder.read("own.tact").len() > folder.read("nk.tact").len() + 60);
    let report = folder.run(&["compile", CATALOG, "-o", "own.tact", "--need", "need.json", "--report"]).succeeds();
    assert!(report.out.contains("odds of a need"), "{}", report.out);
}

#[test]
fn train_need_says_what_it_lacks_and_compile_which_table_is_none() {
    let folder = Folder::with_pack("train-need-wrong");
    folder.write("log.jsonl", "{\"shopper\":\"a\",\"type\":\"purchase\",\"at\":\"soon\"}\n");
    folder.run(&["train", "need", "log.jsonl"]).fails(2, &["name its pack with `--pack`"]);
    folder.run(&["train", "need", "log.jsonl", "--pack", "nk.tact", "-o", "nk.tact"]).fails(2, &["is also an input"]);
    folder.run(&["train", "need", "log.jsonl", "--pack", "nk.tact"]).fails(1, &["log.jsonl:1"]);
    folder.write("log.jsonl", "");
    let none = folder.run(&["train", "need", "log.jsonl", "--pack", "nk.tact", "-o", "need.json"]).succeeds();
    assert!(none.err.starts_with("0 households") && !none.err.contains("held out"), "{none:?}");
    folder.run(&["compile", CATALOG, "-o", "own.tact", "--need", "need.json"]).succeeds();
    folder.write(
        "need.json",
        r#"{"format":1,"due":{"before":0,"clues":{}},"back":{"before":0,"clues":{}},"categories":{}}"#,
    );
    let compile = ["compile", CATALOG, "-o", "new.tact", "--need", "need.json"];
    folder.run(&compile).fails(1, &["`need.json` has not the odds of a need"]);
    folder.write("need.json", "{\n\"format\": \"1\"}");
    folder.run(&compile).fails(1, &["`need.json`, line 2"]);
    assert!(!folder.names().contains("new.tact"));
}

#[test]
fn train_usefulness_says_what_it_lacks_and_compile_takes_a_table_or_says_why_not() {
    let folder = Folder::with_pack("train-usefulness");
    let ask = |day: i64| {
        let at = 1_795_255_200_000 + day * 86_400_000;
        format!(r#"{{"shopper":"a","type":"ask","placement":"home","at":{at}}}"#)
    };
    folder.write("histories.jsonl", (0..20).map(ask).collect::<Vec<_>>().join("\n"));
    folder.run(&["run", "nk.tact", "histories.jsonl", "--log", "log.jsonl"]).succeeds();
    let train = ["train", "usefulness", "log.jsonl", "--pack", "nk.tact", "-o", "useful.json"];
    folder.run(&train).fails(1, &["the logs have 0 replies, and at least 200 are needed"]);
    let clues = |spread: i16| {
        let clues =
            tactful::catalog::usefulness::CLUES.map(|clue| (clue.to_owned(), json!({"mean": 900, "spread": spread})));
        json!({"format": 1, "clues": clues.into_iter().collect::<serde_json::Map<_, _>>()}).to_string()
    };
    let compile = ["compile", CATALOG, "-o", "own.tact", "--usefulness", "useful.json"];
    folder.write("useful.json", clues(400));
    folder.run(&compile).succeeds();
    let more = folder.read("own.tact").len() - folder.read("nk.tact").len();
    assert!((52..=68).contains(&more), "{more} bytes");
    folder.write("useful.json", clues(0));
    folder.run(&compile).fails(1, &["`useful.json` has not the table of usefulness"]);
}

/// The odds that ship are those that the benchmark teaches, however often it is asked; only how often anybody buys at all
/// is assumed: 3 % instead of its 15.5 %.
#[test]
fn the_prior_odds_are_learnt_from_the_benchmark() {
    let Some(_) = shared("intent/sessions_public.csv.gz") else { return };
    let folder = Folder::with_pack("prior");
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data");
    folder.run(&["train", "intent", data, "-o", "odds.json"]).succeeds();
    let mut table: Value = serde_json::from_slice(&folder.read("odds.json")).unwrap();
    table["before"] = json!(table["before"].as_i64().unwrap() - 1_780);
    folder.write("odds.json", table.to_string());
    folder.run(&["compile", CATALOG, "-o", "own.tact", "--intent", "odds.json"]).succeeds();
    assert_eq!(folder.read("own.tact"), folder.read("nk.tact"));
}

#[test]
fn moments_tells_what_changes_and_draws_it() {
    let folder = Folder::with_pack("moments");
    let day = ["moments", "nk.tact", SIGNALS, "--from", "2026-11-21T00:00:00Z"];
    let told = folder.run(&[&day[..], &["--picture", "day.svg"]].concat()).succeeds().out;
    let rows: Vec<&str> = told.lines().collect();
    assert!(rows.first().unwrap().starts_with("time "), "{told}");
    let came = rows.iter().position(|row| row.contains("in_store") && row.contains("Nordkorb Kaisaniemi")).unwrap();
    assert!(rows[came].starts_with("2026-11-21 17:0") && rows[came].ends_with("sale"), "{}", rows[came]);
    assert!(rows.iter().any(|row| row.trim() == "show: Because you searched for Pasta & rice."), "{told}");
    let faded = rows.iter().skip(came).find(|row| row.contains(" · ") && row.contains(" away ")).unwrap();
    assert!(faded.contains("leave"), "it fades without a signal: {told}");
    let picture = String::from_utf8(folder.read("day.svg")).unwrap();
    assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n") && picture.contains(">Nordkorb Kaisaniemi<"));
    assert_eq!(picture.matches("<circle").count(), 5, "one for each ask of that day");
    let json = folder.run(&[&day[..], &["--json"]].concat()).succeeds().lines();
    assert!(json.iter().all(|line| line["at"].is_u64() && line["moment"]["presence"]["state"].is_string()));
    assert!(json.iter().any(|line| line["signal"] == "scan") && json.iter().any(|line| line["signal"] == ""));
}

#[test]
fn moments_refuses_what_it_cannot_show() {
    let folder = Folder::with_pack("moments-wrong");
    folder.run(&["moments", "nk.tact", SIGNALS, "--from", "yesterday"]).fails(2, &["--from", "yesterday"]);
    folder.run(&["moments", "nk.tact", SIGNALS, "--picture", "nk.tact"]).fails(2, &["is also an input"]);
    let reply = r#"{"type":"reply","at":1e12,"decision":"last","reply":"saved"}"#;
    folder.write("nothing.jsonl", reply);
    folder.run(&["moments", "nk.tact", "nothing.jsonl"]).fails(1, &["--> nothing.jsonl:1", "nothing was shown"]);
    let visit = r#"{"store":"kluuvi","from":"2026-11-21T17:00:00+02:00","until":"2026-11-21T17:20:00+02:00"}"#;
    folder.write("truth.jsonl", format!("{visit}\n{}", visit.replace("17:20:00+02:00", "noon")));
    let truth = ["moments", "nk.tact", SIGNALS, "--truth", "truth.jsonl", "--picture", "day.svg"];
    folder.run(&truth).fails(1, &["truth.jsonl`, line 2", "noon"]);
    assert!(!folder.names().contains("day.svg"));
    folder.write("truth.jsonl", visit);
    folder.run(&truth).succeeds();
    assert!(String::from_utf8(folder.read("day.svg")).unwrap().contains(">truth<"));
}

#[test]
fn moments_shows_a_walk_with_the_truth_beside_it() {
    let Some(_) = shared("visits/traces.jsonl.gz") else { return };
    let folder = Folder::new("moments-walk");
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data");
    let told = folder.run(&["moments", data, "--walk", "p040", "--picture", "walk.svg"]).succeeds().out;
    assert!(told.lines().count() > 5 && String::from_utf8(folder.read("walk.svg")).unwrap().contains(">truth<"));
    folder.run(&["moments", data, "--walk", "x"]).fails(1, &["has no walk `x`"]);
}

#[test]
fn run_sums_up_what_decide_decides() {
    let folder = Folder::with_pack("run");
    let day = fs::read_to_string(SIGNALS).unwrap();
    let of = |shopper: &str| day.replace("{\"type\"", &format!("{{\"shopper\": \"{shopper}\", \"type\""));
    folder.write("h.jsonl", [of("a"), of("b"), of("c")].concat());
    let run = |args: &[&str]| {
        let all = [&["run", "nk.tact", "h.jsonl", "--json"], args].concat();
        let mut summary = folder.run(&all).succeeds().lines().remove(0);
        for measured in ["wall_ms", "asks_per_second", "ask_ns"] {
            assert!(summary.as_object_mut().unwrap().remove(measured).unwrap().is_u64());
        }
        summary.as_object_mut().unwrap().remove("threads");
        summary
    };
    let summary = run(&["--threads", "1"]);
    assert_eq!((&summary["shoppers"], &summary["asks"], &summary["signals"]), (&json!(3), &json!(15), &json!(108)));
    let total = |name: &str| summary[name].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum::<u64>();
    assert_eq!((total("shows") + total("holds"), total("shows")), (15, total("offers")));
    assert_eq!(summary["holds"], json!({"cap_reached": 3, "resting": 3}));
    assert_eq!(summary, run(&["--threads", "3"]));
    let told = folder.run(&["run", "nk.tact", "h.jsonl"]).succeeds();
    assert!(told.out.starts_with("3 shoppers, 108 signals, 15 asks in ") && told.err.is_empty(), "{told:?}");
}

#[test]
fn run_refuses_lines_without_a_shopper_and_shoppers_that_come_back() {
    let folder = Folder::with_pack("scattered");
    let line =
        |shopper: &str| format!("{{\"shopper\":\"{shopper}\",\"type\":\"consent\",\"at\":1e12,\"remember\":true}}\n");
    let nameless = "{\"type\":\"consent\",\"at\":1e12,\"remember\":true}\n";
    folder.write("h.jsonl", [line("a"), line("b"), line("a"), nameless.into(), line("c")].concat());
    let ran = folder.run(&["run", "nk.tact", "h.jsonl"]);
    ran.fails(1, &["h.jsonl:3:12", "`a` comes back", "h.jsonl:4:1", "`shopper` is missing", "2 problems found"]);
    assert_eq!(ran.out, "");
    folder.run(&["decide", "nk.tact", "h.jsonl"]).fails(1, &["h.jsonl:2:12", "`tactful run` takes many shoppers"]);
    folder.write("h.jsonl", "{\"shopper\":\"a\"}\n".repeat(50));
    folder.run(&["run", "nk.tact", "h.jsonl"]).fails(1, &["50 problems found, 20 of them above"]);
}

#[test]
fn a_log_replays_to_the_same_bytes_and_costs_no_decision() {
    let folder = Folder::with_pack("replay");
    let logged = folder.run(&["decide", "nk.tact", SIGNALS, "--log", "log.jsonl"]).succeeds();
    assert_eq!(logged.out, folder.run(&["decide", "nk.tact", SIGNALS]).succeeds().out);
    let log = String::from_utf8(folder.read("log.jsonl")).unwrap();
    let decisions: Vec<&str> =
        log.lines().filter_map(|line| Some(line.split_once("\"decision\":{\"kind\"")?.1)).collect();
    let printed: Vec<&str> = logged.out.lines().map(|line| line.split_once("{\"kind\"").unwrap().1).collect();
    assert!(
        decisions.len() == 5 && printed.iter().zip(&decisions).all(|(line, logged)| format!("{line}}}") == **logged)
    );
    assert!(!log.contains("\"last\"") && log.lines().next().unwrap().contains("\"start\":\"54414350"));
    let replayed = folder.run(&["replay", "log.jsonl", "--pack", "nk.tact"]).succeeds();
    assert_eq!(replayed.out, "5 decisions of 1 shopper: the same bytes\n");
}

#[test]
fn a_log_of_many_shoppers_is_the_same_on_any_number_of_threads_and_replays() {
    let folder = Folder::with_pack("replay-run");
    let day = fs::read_to_string(SIGNALS).unwrap();
    let of = |shopper: u8| day.replace("{\"type\"", &format!("{{\"shopper\": \"s{shopper}\", \"type\""));
    folder.write("h.jsonl", (0..9).map(of).collect::<String>());
    folder.run(&["run", "nk.tact", "h.jsonl", "--threads", "1", "--log", "one.jsonl"]).succeeds();
    folder.run(&["run", "nk.tact", "h.jsonl", "--threads", "4", "--log", "four.jsonl.gz"]).succeeds();
    let mut four = String::new();
    GzDecoder::new(folder.read("four.jsonl.gz").as_slice()).read_to_string(&mut four).unwrap();
    assert_eq!(String::from_utf8(folder.read("one.jsonl")).unwrap(), four);
    let replayed = folder.run(&["replay", "four.jsonl.gz", "--pack", "nk.tact", "--json"]).succeeds();
    assert_eq!(replayed.out, "{\"decisions\":45,\"shoppers\":9}\n");
    folder.run(&["run", "nk.tact", "h.jsonl", "--log", "h.jsonl"]).fails(2, &["`h.jsonl` is also an input"]);
    folder.run(&["run", "nk.tact", "h.jsonl", "--log", "no/log.jsonl"]).fails(3, &["cannot write `no/log.jsonl`"]);
    let (before, names) = (folder.read("one.jsonl"), folder.names());
    folder.write("h.jsonl", of(1) + "{}\n");
    let names = names.into_iter().chain(["h.jsonl".into()]).collect::<BTreeSet<_>>();
    folder.run(&["run", "nk.tact", "h.jsonl", "--log", "one.jsonl"]).fails(1, &["h.jsonl:"]);
    assert_eq!((folder.read("one.jsonl"), folder.names()), (before, names), "a log of refused lines was written");
}

#[test]
fn replay_names_the_line_the_field_and_both_values() {
    let folder = Folder::with_pack("replay-differs");
    folder.run(&["decide", "nk.tact", SIGNALS, "--log", "log.jsonl"]).succeeds();
    let log = String::from_utf8(folder.read("log.jsonl")).unwrap();
    let fails = |from: &str, to: &str, told: &[&str]| {
        folder.write("changed.jsonl", log.replacen(from, to, 1));
        let ran = folder.run(&["replay", "changed.jsonl", "--pack", "nk.tact"]);
        ran.fails(1, &[told, &["1 problem found"]].concat());
    };
    fails(
        "\"propensity\":",
        "\"propensity\":1",
        &["changed.jsonl:", "/decision/propensity", "logged was `1", "decided is `"],
    );
    fails("\"trace\":{", "\"trace\":{\"more\":1,", &["/decision/trace/more", "logged was `1`, decided is nothing"]);
    fails(
        "\"search_term\":\"pasta\"",
        "\"search_term\":\"tea\"",
        &["other-state", "changed.jsonl:2:", "a signal before it is missing"],
    );
    fails("\"decision\":{\"kind\"", "\"decision\": {\"kind\"", &["the same values in other bytes"]);
    let pack = log.split('"').nth(7).unwrap();
    let others = log.replace(pack, "0123456789abcdef");
    folder.write("changed.jsonl", others);
    folder
        .run(&["replay", "changed.jsonl", "--pack", "nk.tact"])
        .fails(1, &["decided with the pack `0123456789abcdef`", "name it with `--pack`", &format!("`{pack}`")]);
    folder.write("changed.jsonl", "{}\n");
    folder
        .run(&["replay", "changed.jsonl", "--pack", "nk.tact"])
        .fails(1, &["is no log of decisions (missing field `tactful` at line 1"]);
    folder.run(&["replay", "log.jsonl"]).fails(2, &["--pack"]);
}

#[test]
fn a_pack_that_is_missing_is_told_once_however_many_shoppers_had_it() {
    let folder = Folder::with_pack("replay-packs");
    folder.run(&["decide", "nk.tact", SIGNALS, "--log", "log.jsonl"]).succeeds();
    folder.run(&["new", "shop"]).succeeds();
    folder.run(&["compile", "shop/catalog.json", "-o", "shop.tact"]).succeeds();
    folder.write("two.jsonl", String::from_utf8(folder.read("log.jsonl")).unwrap().repeat(2));
    let ran = folder.run(&["replay", "two.jsonl", "--pack", "shop.tact"]);
    ran.fails(1, &["other-pack", "two.jsonl:1:", "name it with `--pack`"]);
    assert_eq!(ran.err.matches("other-pack").count(), 1, "{}", ran.err);
}

#[test]
fn a_damaged_log_is_refused_and_breaks_nothing() {
    let folder = Folder::with_pack("replay-damaged");
    folder.run(&["decide", "nk.tact", SIGNALS, "--log", "log.jsonl"]).succeeds();
    let log = folder.read("log.jsonl");
    for nth in 0..40 {
        let mut damaged = log.clone();
        let at = (nth * 7_919 + 13) % log.len();
        damaged[at] = [b'0', b'"', b'}', b'9', b'\n'][nth % 5];
        let is_same = damaged == log;
        folder.write("damaged.jsonl", &damaged);
        let ran = folder.run(&["replay", "damaged.jsonl", "--pack", "nk.tact"]);
        let told = ran.err.contains("damaged.jsonl");
        assert!(ran.code == Some(1) && told || is_same || ran.code == Some(0), "byte {at}: {ran:?}");
    }
    for start in ["00", "zz", "5", "54414350ffff"] {
        let line =
            format!("{{\"tactful\":\"0\",\"pack\":\"0\",\"start\":\"{start}\",\"signals\":[],\"state\":\"0\"}}\n");
        let pack = String::from_utf8(log.clone()).unwrap().split('"').nth(7).unwrap().to_owned();
        folder.write("damaged.jsonl", line.replace("\"pack\":\"0\"", &format!("\"pack\":\"{pack}\"")));
        let ran = folder.run(&["replay", "damaged.jsonl", "--pack", "nk.tact"]);
        ran.fails(1, &["bad-start", "this is no saved state"]);
    }
}

#[test]
fn every_line_that_is_none_of_a_log_is_told_and_an_empty_log_proves_nothing() {
    let folder = Folder::with_pack("replay-lines");
    folder.run(&["decide", "nk.tact", SIGNALS, "--log", "log.jsonl"]).succeeds();
    let log = String::from_utf8(folder.read("log.jsonl")).unwrap();
    let lines: Vec<&str> = log.lines().collect();
    let (cut, _) = lines[3].split_at(lines[3].len() / 2);
    folder.write("broken.jsonl", format!("{}\n{}\n{{}}\n{cut}", lines[0], lines[1].replace("\"at\":", "\"at\"=")));
    folder.write("empty.jsonl", "\n\n");
    folder.write("twice.jsonl", log.repeat(2));
    let table = ["train", "usefulness", "LOG", "--pack", "nk.tact", "-o", "useful.json"];
    for command in
        [&["replay", "LOG", "--pack", "nk.tact"][..], &["evaluate", "LOG", "nk.tact", "--pack", "nk.tact"], &table]
    {
        let on = |log: &str| {
            let args: Vec<&str> = command.iter().map(|arg| if *arg == "LOG" { log } else { arg }).collect();
            folder.run(&args)
        };
        on("broken.jsonl").fails(
            1,
            &[
                "--> broken.jsonl:2:",
                "this is no JSON: ",
                "--> broken.jsonl:3:",
                "this is no line of a log: missing field `tactful`",
                &format!("--> broken.jsonl:4:{}", cut.chars().count() + 1),
                "the text ends too early: write or fetch it again; each line holds one whole object",
                "3 problems found",
            ],
        );
        on("empty.jsonl").fails(1, &["`empty.jsonl` is empty, so no log of decisions; "]);
        let again = "[told-twice]: the log has told this decision before; each counts once, so give every line once";
        on("twice.jsonl").fails(1, &[again, &format!("--> twice.jsonl:{}:", lines.len() + 1)]);
    }
    let twice = ["train", "usefulness", "log.jsonl", "./log.jsonl", "--pack", "nk.tact", "-o", "useful.json"];
    folder.run(&twice).fails(2, &["`./log.jsonl` is named twice and would count twice"]);
    assert!(!folder.names().contains("useful.json"));
}

#[test]
fn what_is_shorter_than_the_signals_is_the_state() {
    let folder = Folder::with_pack("replay-state");
    let view = |at: u64| format!("{{\"type\":\"view_item\",\"at\":{at},\"items\":[{{\"item_id\":\"nk-0032\"}}]}}\n");
    let ask = |at: u64| format!("{{\"type\":\"ask\",\"at\":{at},\"placement\":\"home\"}}\n");
    let consent = "{\"type\":\"consent\",\"at\":1795246800000,\"remember\":true}\n";
    let many: String = (0..60).map(|n| view(1_795_246_801_000 + n)).collect();
    let lines = [consent.into(), ask(1_795_246_800_001), many, ask(1_795_246_900_000)].concat();
    folder.write("h.jsonl", &lines);
    folder.run(&["decide", "nk.tact", "h.jsonl", "--log", "log.jsonl"]).succeeds();
    let log = String::from_utf8(folder.read("log.jsonl")).unwrap();
    let second: Value = serde_json::from_str(log.lines().nth(1).unwrap()).unwrap();
    assert!(second["start"].is_string() && second["signals"] == json!([]), "{second}");
    folder.run(&["replay", "log.jsonl", "--pack", "nk.tact"]).succeeds();
    // NOTE: without consent the state is not all that there is to know.
    folder.write("h.jsonl", lines.replace("true", "false"));
    folder.run(&["decide", "nk.tact", "h.jsonl", "--log", "log.jsonl"]).succeeds();
    let log = String::from_utf8(folder.read("log.jsonl")).unwrap();
    let second: Value = serde_json::from_str(log.lines().nth(1).unwrap()).unwrap();
    assert!(second["start"].is_null() && second["signals"].as_array().unwrap().len() == 60);
    folder.run(&["replay", "log.jsonl", "--pack", "nk.tact"]).succeeds();
}

/// A log of 150 shoppers with four asks each; who searched for apples finds what they are shown useful.
fn log_of_replies(folder: &Folder) {
    let mut lines = String::new();
    for shopper in 0..150_u64 {
        let mut say = |at: u64, what: &str| {
            lines += &format!("{{\"shopper\":\"s{shopper}\",\"at\":{},{what}}}\n", 1_795_246_800_000 + at);
        };
        for ask in 0..4 {
            let at = ask * 90_000_000 + shopper * 1_000;
            let term = ["apples", "coffee"][((shopper + ask) % 2) as usize];
            say(at, &format!("\"type\":\"search\",\"search_term\":\"{term}\""));
            say(at + 1, "\"type\":\"ask\",\"placement\":\"home\"");
            if term == "apples" {
                say(at + 2, "\"type\":\"reply\",\"decision\":\"last\",\"reply\":\"useful\"");
            }
        }
    }
    folder.write("h.jsonl", lines);
    folder.run(&["run", "nk.tact", "h.jsonl", "--log", "log.jsonl"]).succeeds();
}

#[test]
fn evaluate_says_of_the_same_pack_what_the_log_earned() {
    let folder = Folder::with_pack("evaluate");
    log_of_replies(&folder);
    let args = ["evaluate", "log.jsonl", "nk.tact", "--pack", "nk.tact"];
    let told = folder.run(&[&args[..], &["--json"]].concat()).succeeds().lines().remove(0);
    let close = |left: &str, right: &str| {
        let number = |path: &str| told.pointer(path).and_then(Value::as_f64).unwrap();
        assert!((number(left) - number(right)).abs() < 1e-9, "{left} is not {right} in {told}");
    };
    for of in ["useful", "value"] {
        close(&format!("/{of}/ips/value"), &format!("/{of}/logged/value"));
        close(&format!("/{of}/snips/value"), &format!("/{of}/logged/value"));
        close(&format!("/{of}/ips/gain/bootstrap/0"), &format!("/{of}/snips/gain/bootstrap/1"));
    }
    close("/effective_asks", "/asks");
    assert!(told["useful_messages"].as_u64().unwrap() > 100 && told["people"] == json!(150), "{told}");
    assert_eq!((&told["verdict"], &told["missing"]["share"]), (&json!("unknown"), &json!(0.0)));
    let text = folder.run(&args).succeeds().out;
    assert_eq!(text, folder.run(&args).succeeds().out, "chance of an interval is the same every time");
    for said in [
        "600 asks of 150 shoppers",
        "doubly robust",
        "could show too",
        "cannot tell: the intervals hold better and worse",
    ] {
        assert!(text.contains(said), "{said:?} is not in\n{text}");
    }
}

#[test]
fn evaluate_ranks_what_the_log_tells_and_says_what_it_cannot() {
    let folder = Folder::with_pack("evaluate-other");
    log_of_replies(&folder);
    let catalog = fs::read_to_string(CATALOG).unwrap();
    let evaluate = |from: &str, to: &str, pack: &str| {
        assert!(catalog.contains(from), "{from:?} is not in the catalog");
        folder.write("next.json", catalog.replace(from, to));
        folder.run(&["compile", "next.json", "-o", pack]).succeeds();
        folder.run(&["evaluate", "log.jsonl", pack, "--pack", "nk.tact"]).succeeds().out
    };
    let silent = evaluate("\"interruption_cost\": 0.08", "\"interruption_cost\": 0.9", "silent.tact");
    for said in ["could show too", "the other pack is worth less to these shoppers"] {
        assert!(silent.contains(said), "{said:?} is not in\n{silent}");
    }
    // NOTE: an offer of another id is one that the log never showed, whatever it says.
    let other = evaluate("\"id\": \"fruit-for-five\"", "\"id\": \"fruit-for-six\"", "other.tact");
    for said in
        ["the other pack would show what the log never could (`fruit-for-six`", "more than 1 % of what the other pack"]
    {
        assert!(other.contains(said), "{said:?} is not in\n{other}");
    }
    let log = String::from_utf8(folder.read("log.jsonl")).unwrap();
    folder.write("changed.jsonl", log.replacen("\"propensity\":", "\"propensity\":1", 1));
    folder.run(&["evaluate", "changed.jsonl", "nk.tact", "--pack", "nk.tact"]).fails(1, &["/decision/propensity"]);
}

/// Opens a file of the benchmark data, or says that it is skipped.
fn shared(name: &str) -> Option<BufReader<GzDecoder<File>>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    let file = File::open(path).map_err(|_| eprintln!("skipped: ../shared/data is not there")).ok()?;
    Some(BufReader::new(GzDecoder::new(file)))
}

/// Visits that were said while they lasted (or half a minute early), visits, wrong sayings, and tenths of hours.
fn judged(said: &[Value], truth: &Value) -> [f64; 4] {
    let visits = truth["visits"].as_array().unwrap();
    let of = |line: &Value| {
        let t = line["t"].as_f64().unwrap();
        let during = |v: &&Value| v["in"].as_f64().unwrap() - 30.0 <= t && t <= v["out"].as_f64().unwrap();
        visits.iter().filter(|visit| visit["store"] == line["store"]).position(|visit| during(&visit))
    };
    let mine = said.iter().filter(|line| line["trace"] == truth["trace"]);
    let found: Vec<Option<String>> = mine.map(|line| Some(format!("{}{}", line["store"], of(line)?))).collect();
    let right: BTreeSet<&String> = found.iter().flatten().collect();
    let wrong = found.iter().filter(|found| found.is_none()).count();
    [right.len() as f64, visits.len() as f64, wrong as f64, truth["hours"].as_f64().unwrap() / 10.0]
}

#[test]
fn a_seventh_of_the_yardsticks_walks_is_understood() {
    let Some(traces) = shared("visits/traces.jsonl.gz") else { return };
    let folder = Folder::new("yardstick");
    fs::create_dir_all(folder.0.join("data/visits")).unwrap();
    let stores = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/visits/stores.json");
    fs::copy(stores, folder.0.join("data/visits/stores.json")).unwrap();
    let seventh = |lines: BufReader<GzDecoder<File>>| lines.lines().step_by(7).map(Result::unwrap).collect::<Vec<_>>();
    folder.write("data/visits/traces.jsonl.gz", seventh(traces).join("\n"));
    let said = folder.run(&["predict", "visits", "data"]).succeeds().lines();
    let truth = seventh(shared("visits/truth.jsonl.gz").unwrap());
    let judged = truth.iter().map(|line| judged(&said, &serde_json::from_str(line).unwrap()));
    let [right, visits, wrong, hours] =
        judged.fold([0.0; 4], |sum, one| [sum[0] + one[0], sum[1] + one[1], sum[2] + one[2], sum[3] + one[3]]);
    let (f1, alarms) = (2.0 * right / (right + wrong + visits), wrong / hours);
    // NOTE: of all walks 0.66 and 2.6; a seventh of them is known to 0.08 and 0.8.
    assert!(f1 > 0.58 && alarms < 3.5, "F1 {f1:.3}, {alarms:.2} false alarms in 10 hours");
}

/// The lines of a benchmark table with its head, of every tenth household; `None`, said aloud, where it is not there.
fn tenth(name: &str) -> Option<Vec<String>> {
    let lines = shared(&format!("next_need/{name}"))?.lines().map(Result::unwrap);
    let mine = |line: &str| line.split(',').next().is_some_and(|household| household.ends_with('7'));
    Some(lines.enumerate().filter(|(number, line)| *number == 0 || mine(line)).map(|(_, line)| line).collect())
}

/// AUC, and mean distance of chance and share in fifteen parts with as many rows.
fn told(mut rows: Vec<(f64, bool)>) -> (f64, f64) {
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let yes = rows.iter().filter(|row| row.1).count() as f64;
    let (mut no, mut wins) = (0.0, 0.0);
    for row in &rows {
        if row.1 { wins += no } else { no += 1.0 }
    }
    let apart = |part: &[(f64, bool)]| part.iter().map(|(p, yes)| p - f64::from(u8::from(*yes))).sum::<f64>().abs();
    let ece = rows.chunks(rows.len().div_ceil(15)).map(apart).sum::<f64>() / rows.len() as f64;
    (wins / (yes * no), ece)
}

#[test]
fn a_tenth_of_the_yardsticks_households_is_understood() {
    let Some(purchases) = tenth("purchases.csv.gz") else { return };
    let folder = Folder::new("needs");
    fs::create_dir_all(folder.0.join("data/next_need")).unwrap();
    for name in ["products.csv.gz", "stats_category.csv.gz"] {
        let from = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/next_need/");
        fs::copy(format!("{from}{name}"), folder.0.join("data/next_need").join(name)).unwrap();
    }
    folder.write("data/next_need/purchases.csv.gz", purchases.join("\n"));
    for (what, least, most) in [("due", 0.70, 0.03), ("comeback", 0.62, 0.08)] {
        let asked = tenth(&format!("{what}_category.csv.gz")).unwrap();
        folder.write(&format!("data/next_need/{what}_category.csv.gz"), asked.join("\n"));
        let name = |line: &Value| format!("{} {}", line["q"].as_str().unwrap(), line["item"].as_str().unwrap());
        let said = folder.run(&["predict", what, "data"]).succeeds().lines();
        let said: BTreeMap<String, f64> = said.iter().map(|line| (name(line), line["p"].as_f64().unwrap())).collect();
        let rows = asked.iter().skip(1).map(|line| {
            let (row, label) = line.rsplit_once(',').unwrap();
            let (household, rest) = row.split_once(',').unwrap();
            let (day, item) = rest.split_once(',').unwrap();
            (said[&format!("{household}-{day} {}", item.trim_matches('"'))], label == "1")
        });
        let (auc, ece) = told(rows.collect());
        // NOTE: of all households 0.732 and 0.006, 0.657 and 0.028; a tenth of them is known to 0.02.
        assert!(auc > least && ece < most, "{what}: AUC {auc:.3}, calibration error {ece:.3}");
    }
}

#[test]
fn a_fifth_of_the_yardsticks_coupon_lists_is_understood() {
    let Some(_) = shared("coupons/coupons.csv.gz") else { return };
    let folder = Folder::new("coupon-lists");
    for part in ["next_need", "coupons"] {
        fs::create_dir_all(folder.0.join("data").join(part)).unwrap();
    }
    for name in ["next_need/products.csv.gz", "coupons/campaigns.csv", "coupons/coupons.csv.gz"] {
        let from = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/");
        fs::copy(format!("{from}{name}"), folder.0.join("data").join(name)).unwrap();
    }
    let fifth = |name: &str, column: usize| {
        let mine = |line: &str| line.split(',').nth(column).is_some_and(|home| home.ends_with(['3', '8']));
        let lines = shared(name).unwrap().lines().map(Result::unwrap).enumerate();
        let lines = lines.filter(|(number, line)| *number == 0 || mine(line)).map(|(_, line)| line);
        let lines: Vec<String> = lines.collect();
        folder.write(&format!("data/{name}"), lines.join("\n"));
        lines
    };
    fifth("next_need/purchases.csv.gz", 0);
    fifth("coupons/received.csv.gz", 1);
    let mut used: BTreeMap<(u64, u64), BTreeSet<u64>> = BTreeMap::new();
    for line in fifth("coupons/redemptions.csv.gz", 0).iter().skip(1) {
        let numbers: Vec<u64> = line.split(',').map(|number| number.parse().unwrap()).collect();
        used.entry((numbers[0], numbers[1])).or_default().insert(numbers[2]);
    }
    let of = |line: &Value| used.get(&(line["household"].as_u64().unwrap(), line["campaign"].as_u64().unwrap()));
    let lists = folder.run(&["predict", "coupons", "data"]).succeeds().lines();
    let firsts = lists.iter().filter_map(|line| {
        let used = of(line)?;
        let mut ranked = line["ranked"].as_array().unwrap().iter();
        ranked.position(|coupon| used.contains(&coupon.as_u64().unwrap()))
    });
    let firsts: Vec<f64> = firsts.map(|place| 1.0 / (place as f64 + 1.0)).collect();
    let reciprocal = firsts.iter().sum::<f64>() / firsts.len() as f64;
    let asked = folder.run(&["predict", "redeem", "data"]).succeeds().lines();
    let (auc, _) = told(asked.iter().map(|line| (line["p"].as_f64().unwrap(), of(line).is_some())).collect());
    // NOTE: what is learnt from all households is better; a fifth of the lists is known to 0.07 and 0.04.
    assert!(reciprocal > 0.45 && auc > 0.74, "MRR {reciprocal:.3} of {} lists, AUC {auc:.3}", firsts.len());
}

#[test]
fn every_day_of_the_real_histories_is_an_ask() {
    let Some(purchases) = shared("next_need/purchases.csv.gz") else { return };
    let rows = purchases.lines().skip(1).map(|row| row.unwrap());
    let days: BTreeSet<String> = rows.map(|row| row.splitn(3, ',').take(2).collect::<Vec<_>>().join(",")).collect();
    let shoppers: BTreeSet<&str> = days.iter().map(|day| day.split(',').next().unwrap()).collect();
    let folder = Folder::with_pack("histories");
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data");
    let told = folder.run(&["import", data, "-o", "h.jsonl"]).succeeds().err;
    assert_eq!(told, format!("{} shoppers, {} days with purchases, {1} asks\n", shoppers.len(), days.len()));
    let lines = String::from_utf8(folder.read("h.jsonl")).unwrap();
    // NOTE: a tenth of the histories, because a test is built without optimisation; the rest differ in nothing.
    let some: BTreeSet<&str> = shoppers.into_iter().filter(|shopper| shopper.ends_with('7')).collect();
    let chosen = lines.lines().filter(|line| some.contains(line.split(['-', '"']).nth(4).unwrap_or_default()));
    folder.write("some.jsonl", chosen.collect::<Vec<_>>().join("\n"));
    let asks = days.iter().filter(|day| some.contains(day.split(',').next().unwrap())).count();
    let summary = folder.run(&["run", "nk.tact", "some.jsonl", "--json"]).succeeds().lines().remove(0);
    assert_eq!((&summary["shoppers"], &summary["asks"]), (&json!(some.len()), &json!(asks)));
    assert!(asks > 5_000 && summary["largest_profile_bytes"].as_u64().unwrap() <= 65_536, "{summary}");
}

#[test]
fn a_real_walk_is_in_the_store_while_the_walker_is() {
    let Some(traces) = shared("visits/traces.jsonl.gz") else { return };
    let trace = traces.lines().map(|line| line.unwrap()).find(|line| line.contains(r#""trace":"p040""#)).unwrap();
    let fixes = serde_json::from_str::<Value>(&trace).unwrap()["fixes"].take();
    let start = 1_795_273_200_000.0;
    let mut steps: BTreeMap<u64, Vec<Value>> = BTreeMap::new();
    for fix in fixes.as_array().unwrap() {
        let [seconds, latitude, longitude, accuracy] = [0, 1, 2, 3].map(|at| fix[at].as_f64().unwrap());
        let at = (start + seconds * 1_000.0).round();
        let fix =
            json!({"type": "position", "at": at, "latitude": latitude, "longitude": longitude, "accuracy": accuracy});
        steps.entry(at as u64).or_default().push(fix);
    }
    for minute in 1..40_u64 {
        let at = start as u64 + minute * 60_000;
        steps.entry(at).or_default().push(json!({"type": "ask", "at": at, "placement": "aisle"}));
    }
    let lines: Vec<String> = steps.into_values().flatten().map(|step| step.to_string()).collect();
    let folder = Folder::with_pack("walk");
    let ran = folder.run_with(&["decide", "nk.tact", "-", "--moment"], lines.join("\n").as_bytes()).succeeds();
    let (mut inside, mut outside) = (Vec::new(), Vec::new());
    for decision in ran.lines() {
        let seconds = (decision["at"].as_f64().unwrap() - start) / 1_000.0;
        let presence = &decision["moment"]["presence"];
        let in_store = presence["state"] == "in_store" && presence["store"] == "kaisaniemi";
        // The truth of the trace: in the store from 1017.5 s until 2009.9 s.
        if (1_017.5..2_009.9).contains(&seconds) { inside.push(in_store) } else { outside.push(in_store) }
    }
    let share = |seen: &[bool]| seen.iter().filter(|seen| **seen).count() as f64 / seen.len() as f64;
    assert!(share(&inside) >= 0.8 && share(&outside) <= 0.2, "inside {inside:?}, outside {outside:?}");
}

#[test]
fn the_commands_of_the_readme_work_as_they_stand() {
    const CARGO: &str = "cargo run --release --features cli -- ";
    let folder = Folder::new("readme");
    fs::create_dir_all(folder.0.join("examples/nordkorb")).unwrap();
    fs::copy(CATALOG, folder.0.join("examples/nordkorb/catalog.json")).unwrap();
    fs::copy(SIGNALS, folder.0.join("examples/nordkorb/signals.jsonl")).unwrap();
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let commands: Vec<&str> = readme.lines().filter_map(|line| line.strip_prefix(CARGO)).collect();
    assert!(commands.len() >= 3, "the README no longer shows its commands");
    for command in commands {
        folder.run(&command.split(' ').collect::<Vec<_>>()).succeeds();
    }
}

/// Late sessions, told by those before October: every line is a session of October to December with a chance.
#[test]
fn the_benchmark_sessions_are_predicted() {
    let Some(rows) = shared("intent/sessions_public.csv.gz") else { return };
    let late = |row: &String| ["Oct", "Nov", "Dec"].contains(&row.split(',').nth(11).unwrap());
    let sold = |row: &String| row.ends_with(",1");
    let late: BTreeMap<u64, bool> = rows
        .lines()
        .map(|row| row.unwrap())
        .filter(late)
        .map(|row| (row.split(',').next().unwrap().parse().unwrap(), sold(&row)))
        .collect();
    let folder = Folder::new("benchmark-sessions");
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data");
    let lines = folder.run(&["predict", "intent", data, "--late"]).succeeds().lines();
    let chances: BTreeMap<u64, f64> =
        lines.iter().map(|line| (line["session"].as_u64().unwrap(), line["p"].as_f64().unwrap())).collect();
    assert!(chances.keys().eq(late.keys()) && chances.values().all(|p| (0.0..=1.0).contains(p)));
    let mean = |bought: bool| {
        let of: Vec<f64> = chances.iter().filter(|(session, _)| late[*session] == bought).map(|(_, p)| *p).collect();
        of.iter().sum::<f64>() / of.len() as f64
    };
    assert!(mean(true) > 3.0 * mean(false), "{} {}", mean(true), mean(false));
}
