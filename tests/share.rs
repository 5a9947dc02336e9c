//! `tactful share`, `tactful compile --outcomes` and `tactful learn` as a user sees them.
#![cfg(feature = "cli")]
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::{Value, json};

const CATALOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/nordkorb/catalog.json");
const SIGNALS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/nordkorb/signals.jsonl");
/// In the week after the example's signals.
const LATER: [&str; 2] = ["--now", "2026-11-24T12:00:00Z"];

struct Folder(PathBuf);

impl Folder {
    /// A folder with the example compiled, and the state of its shopper after these signals, too.
    fn new(test: &str, more: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("share-{test}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("s.jsonl"), format!("{}\n{more}", fs::read_to_string(SIGNALS).unwrap())).unwrap();
        let folder = Self(folder);
        folder.fine(&["compile", CATALOG, "-o", "nk.tact"]);
        folder.fine(&["decide", "nk.tact", "s.jsonl", "--save", "s.state"]);
        folder
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_tactful")).current_dir(&self.0).args(args).output().unwrap()
    }

    fn fine(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn refused(&self, args: &[&str]) -> (Option<i32>, String) {
        let output = self.run(args);
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    }

    fn share(&self, args: &[&str]) -> String {
        self.fine(&[&["share", "nk.tact", "s.state"], &LATER[..], args].concat())
    }

    fn told(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.share(&[args, &["--json"]].concat())).unwrap()
    }

    /// Compiles with these counts: offer, not shown, shown, useful.
    fn learn(&self, counts: &[(&str, u32, u32, u32)], args: &[&str]) -> String {
        self.count(counts);
        self.fine(&[&["compile", CATALOG, "-o", "learned.tact", "--outcomes", "outcomes.json"], args].concat())
    }

    fn count(&self, counts: &[(&str, u32, u32, u32)]) {
        let offer = |(offer, not_shown, shown, useful): &(&str, u32, u32, u32)| json!({"offer": offer, "not_shown": not_shown, "shown": shown, "useful": useful, "answers": 0, "estimates": {}});
        let offers: Vec<_> = counts.iter().map(offer).collect();
        let counts = json!({"from": 2939, "until": 2964, "truth_ppm": 364_175, "least_answers": 500, "offers": offers});
        fs::write(self.0.join("outcomes.json"), counts.to_string()).unwrap();
    }
}

#[test]
fn what_would_be_sent_is_shown_byte_for_byte_and_in_words() {
    let folder = Folder::new("bytes", "");
    let told = folder.told(&["--seed", "59"]);
    let body = told["body"].as_str().unwrap();
    let id = body.get(7..39).unwrap();
    assert!(id.chars().all(|digit| digit.is_ascii_hexdigit()), "{body}");
    // As `bodyOf` of `tactful/share` writes it; also in pkg/test/share.test.mjs.
    assert_eq!(body, format!(r#"{{"id":"{id}","week":2967,"offer":"coffee-time","answer":"useful"}}"#));
    assert_eq!(told["happened"]["coffee-time"], "shown");
    let words = folder.share(&["--seed", "59"]);
    assert!(words.contains(body) && words.contains("(2026-11-16 to 2026-11-22, UTC)"), "{words}");
    assert!(words.contains("the offer `coffee-time` was shown and useful, which is not so"), "{words}");
    assert_ne!(folder.told(&[])["body"], folder.told(&[])["body"], "chance is not the profile's");
}

#[test]
fn only_the_offers_that_are_asked_about_are_told_of() {
    let folder = Folder::new("offers", "");
    let told = folder.told(&["--offers", "coffee-time,coffee-due"]);
    assert_eq!(told["happened"], json!({"coffee-due": "shown", "coffee-time": "shown"}));
    let (code, message) = folder.refused(&["share", "nk.tact", "s.state", "--offers", "cofee-time,tea"]);
    assert_eq!(
        (code, message.as_str()),
        (Some(1), "error: the pack has no offer `cofee-time`, `tea`; did you mean `coffee-time`?\n")
    );
}

#[test]
fn who_objects_tells_nothing() {
    for (test, signal, why) in [
        ("gpc", r#"{"type":"request","at":"2026-11-21T18:00:00+02:00","gpc":true}"#, "Global Privacy Control objects"),
        ("dial", r#"{"type":"dial","at":"2026-11-21T18:00:00+02:00","dial":"never"}"#, "the dial is at never"),
    ] {
        let folder = Folder::new(test, signal);
        let told = folder.told(&[]);
        assert_eq!((&told["body"], &told["untold"]), (&Value::Null, &json!(why)));
        assert!(folder.share(&[]).starts_with("Nothing would be told of week 2967"));
    }
}

#[test]
fn counts_move_what_is_believed_of_offers_and_say_why() {
    let folder = Folder::new("learn", "");
    // More than the 30 % that the catalog believes; too few; hardly shown.
    let counts =
        [("welcome-basket", 50_000, 26_000, 24_000), ("coffee-due", 200, 200, 99), ("fish-end-of-week", 576, 212, 212)];
    let told = folder.learn(&counts, &[]);
    let line = |offer: &str| {
        told.lines().find(|line| line.trim_start().starts_with(&format!("{offer} "))).unwrap().trim().to_owned()
    };
    assert!(told.contains("usefulness of 1 of 47 offers moved, by the outcomes of weeks 2939 to 2964:"), "{told}");
    assert!(line("welcome-basket").ends_with("30.0 ->  36.5 %  measured 36.9 +- 1.5 %"), "{told}");
    assert!(line("coffee-due").ends_with("28.0 ->  28.0 %  as before: too few answers"), "{told}");
    assert!(line("fish-end-of-week").ends_with("as before: hardly shown"), "{told}");
    let programs: Value = serde_json::from_str(&folder.learn(&counts, &["--json"])).unwrap();
    let moved = &programs["outcomes"]["offers"];
    let moved = moved.as_array().unwrap().iter().find(|offer| offer["offer"] == "welcome-basket").unwrap();
    assert_eq!((&moved["before"], &moved["after"]), (&json!(0.3), &json!(0.365)));
}

#[test]
fn counts_that_say_nothing_leave_the_pack_as_it_was() {
    let folder = Folder::new("same", "");
    folder.learn(&[("unknown", 50_000, 26_000, 24_000), ("welcome-basket", 700, 150, 150)], &[]);
    assert!(
        fs::read(folder.0.join("learned.tact")).unwrap() == fs::read(folder.0.join("nk.tact")).unwrap(),
        "it changed"
    );
}

#[test]
fn counts_that_were_noised_in_another_way_are_refused() {
    let folder = Folder::new("other", "");
    fs::write(folder.0.join("o.json"), r#"{"from":1,"until":2,"truth_ppm":500000,"offers":[]}"#).unwrap();
    let (code, message) = folder.refused(&["compile", CATALOG, "-o", "l.tact", "--outcomes", "o.json"]);
    assert_eq!(code, Some(1));
    assert!(message.contains("`o.json` has not the counts of outcomes that this version knows"), "{message}");
    assert!(!folder.0.join("l.tact").exists());
}

const LEARN: [&str; 7] = ["--outcomes", "outcomes.json", "--people", "20", "--days", "14", "-o=next.json"];

#[test]
fn the_next_catalog_is_the_old_text_with_other_means() {
    let folder = Folder::new("next", "");
    folder.count(&[("welcome-basket", 50_000, 26_000, 24_000)]);
    let told = folder.fine(&[&["learn", CATALOG], &LEARN[..]].concat());
    assert!(told.contains("measured 36.9 +- 1.5 %") && told.contains("useful moments for each person"), "{told}");
    let (old, new) = (fs::read_to_string(CATALOG).unwrap(), fs::read_to_string(folder.0.join("next.json")).unwrap());
    let changed: Vec<_> = old.lines().zip(new.lines()).filter(|(old, new)| old != new).collect();
    assert_eq!((old.lines().count(), changed.len()), (new.lines().count(), 1), "{changed:?}");
    assert!(changed[0].1.contains(r#""usefulness": {"mean": 0.365,"#), "{changed:?}");
    // An offer that said nothing of itself says it now, in a line of its own.
    let without = old.replacen(",\n      \"usefulness\": {\"mean\": 0.3, \"weight\": 20},\n", ",\n", 1);
    fs::write(folder.0.join("without.json"), &without).unwrap();
    assert_ne!(without, old);
    folder.fine(&[&["learn", "without.json"], &LEARN[..]].concat());
    let new = fs::read_to_string(folder.0.join("next.json")).unwrap();
    assert_eq!(new.lines().count(), without.lines().count() + 1);
    assert!(new.contains("\n      \"usefulness\": {\"mean\": 0.3"), "{new}");
}

#[test]
fn a_catalog_with_which_people_are_worse_off_is_not_written() {
    let folder = Folder::new("worse", "");
    let catalog: Value = serde_json::from_str(&fs::read_to_string(CATALOG).unwrap()).unwrap();
    let ids = catalog["offers"].as_array().unwrap().iter().map(|offer| offer["id"].as_str().unwrap());
    // As if nothing was ever of use to anybody: then it is best to say nothing.
    folder.count(&ids.map(|id| (id, 30_000, 48_800, 21_200)).collect::<Vec<_>>());
    let (code, message) = folder.refused(&[&["learn", CATALOG], &LEARN[..]].concat());
    assert_eq!(code, Some(1), "{message}");
    assert!(message.contains("people would be worse off, so it stays as it is: "), "{message}");
    assert!(message.contains("useful moments for each person: -"), "{message}");
    assert!(!folder.0.join("next.json").exists());
    let told = folder.fine(&[&["learn", CATALOG, "--allow-worse", "--json"], &LEARN[..]].concat());
    let told: Value = serde_json::from_str(&told).unwrap();
    assert!(told["fell"].as_array().unwrap().contains(&json!("useful_moments")), "{told}");
    assert!(folder.0.join("next.json").exists());
}
