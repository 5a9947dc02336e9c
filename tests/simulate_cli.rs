//! `tactful simulate` and `tactful supply` as a user sees them: figures, comparison, report, bounds that fail a build, warnings.
#![cfg(feature = "cli")]
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

const CATALOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/nordkorb/catalog.json");
/// People and days of every run here.
const FEW: [&str; 4] = ["--people", "6", "--days", "40"];

fn folder(test: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("simulate-{test}"));
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tactful")).arg("simulate").args(arguments).args(FEW).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Writes the example, without its bounds, which are those of a year of many people.
fn with(test: &str, change: impl Fn(&mut Value)) -> String {
    let mut catalog: Value = serde_json::from_str(&fs::read_to_string(CATALOG).unwrap()).unwrap();
    catalog.as_object_mut().unwrap().remove("simulation");
    change(&mut catalog);
    let path = folder(test).join("catalog.json");
    fs::write(&path, format!("{catalog:#}")).unwrap();
    path.to_str().unwrap().into()
}

#[test]
fn the_same_seed_says_the_same_on_any_number_of_threads() {
    let one = run(&[CATALOG, "--json", "--threads", "1"]);
    assert_eq!(out(&one), out(&run(&[CATALOG, "--json", "--threads", "3"])));
    assert_ne!(out(&one), out(&run(&[CATALOG, "--json", "--seed", "2"])));
    let summary: Value = serde_json::from_str(&out(&one)).unwrap();
    assert_eq!(
        (&summary["people"], &summary["counts"]["people"], &summary["from"]),
        (&json!(6), &json!(6), &json!("2026-12-01"))
    );
    assert_eq!(summary["figures"][0]["name"], "messages_a_week");
}

#[test]
fn people_read_figures_and_where_they_may_be_chance() {
    let quiet = with("quiet", |catalog| catalog["cadence"]["interruption_cost"] = json!(0.5));
    let usual = with("usual", |_| {});
    let output = run(&[&usual, "--against", &quiet]);
    assert_eq!((output.status.code(), err(&output)), (Some(0), String::new()));
    let text = out(&output);
    assert!(text.starts_with("Nordkorb version 1: 6 people, 40 days from 2026-12-01, seed 1\n"), "{text}");
    assert!(text.contains("with Nordkorb version 1 instead, on the same people"), "{text}");
}

#[test]
fn a_pack_lives_as_its_catalog_does() {
    let pack = folder("pack").join("shop.tact");
    let compiled =
        Command::new(env!("CARGO_BIN_EXE_tactful")).args(["compile", CATALOG, "-o"]).arg(&pack).output().unwrap();
    assert!(compiled.status.success());
    let usual = with("pack", |_| {});
    assert_eq!(out(&run(&[pack.to_str().unwrap(), "--json"])), out(&run(&[&usual, "--json"])));
}

#[test]
fn a_bound_that_does_not_hold_fails_the_build() {
    let held =
        with("held", |catalog| catalog["simulation"] = json!({"most_messages_a_week": 0.001, "most_leavers": 1}));
    let output = run(&[&held]);
    assert_eq!(output.status.code(), Some(1));
    let told = err(&output);
    assert!(told.contains("bound: `most_messages_a_week`: messages for each person and week: "), "{told}");
    assert!(told.ends_with("error: 1 bound of `simulation` does not hold\n"), "{told}");
}

#[test]
fn the_report_is_one_page_in_two_languages_that_loads_nothing() {
    let shop = with("report", |catalog| catalog["name"] = json!("<b>Nord & Korb</b>"));
    let page = folder("report").join("report.html");
    assert!(run(&[&shop, "--against", CATALOG, "-o", page.to_str().unwrap()]).status.success());
    let html = fs::read_to_string(page).unwrap();
    assert!(html.starts_with("<!doctype html>\n<html lang=\"en\">") && html.ends_with("</html>\n"));
    assert!(html.contains("days with &lt;b&gt;Nord &amp; Korb") && !html.contains("<b>Nord"));
    assert!(html.contains("Wie oft Menschen von dir hören") && html.contains("How often people hear from you"));
    // On a phone what lies to the right has to be scrolled to: the verdict stands beside the name. Every axis says what it counts.
    let verdict = [
        "Messages for each person and week <span class=\"sign none\">",
        ">week 1</text>",
        ">messages in a week</text>",
    ];
    assert!(verdict.iter().all(|words| html.contains(words)), "{html}");
    for loads in ["<script", "http:", "https:", "src=", "url(", "@import"] {
        assert!(!html.contains(loads), "{loads}");
    }
    for (opened, closed) in
        [("<section>", "</section>"), ("<table>", "</table>"), ("<svg", "</svg>"), ("<main", "</main>")]
    {
        assert_eq!(html.matches(opened).count(), html.matches(closed).count(), "{opened}");
    }
}

#[test]
fn a_broken_catalog_is_told_to_programs_line_by_line() {
    let broken = with("broken", |catalog| catalog["simulation"] = json!({"most_leavers": 3}));
    let output = run(&[&broken, "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let issue: Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(issue["path"], "/simulation/most_leavers");
}

#[test]
fn what_cannot_be_read_is_told() {
    let output = run(&["no-such-shop.json"]);
    assert_eq!(output.status.code(), Some(3));
    let output = run(&[CATALOG, "--data", folder("empty").to_str().unwrap()]);
    assert_eq!((output.status.code(), err(&output).contains("next_need/purchases.csv.gz")), (Some(3), true));
    let output = run(&["-"]);
    assert_eq!((output.status.code(), err(&output).contains("cannot read `-`: ")), (Some(3), true));
    for day in ["0001-01-01", "9999-12-31"] {
        let output = run(&[CATALOG, "--from", day]);
        assert_eq!((output.status.code(), err(&output).contains("from 1974-01-01 to 2199-12-31")), (Some(2), true));
    }
}

fn supply(arguments: &[&str]) -> Output {
    let few = ["supply", "--people", "20", "--days", "56", "--from", "2026-12-01"];
    Command::new(env!("CARGO_BIN_EXE_tactful")).args(few).args(arguments).output().unwrap()
}

/// Writes the example with words that all were news in November.
fn aged(test: &str) -> String {
    with(test, |catalog| {
        for offer in catalog["offers"].as_array_mut().unwrap() {
            offer["fresh"] = json!({"from": "2026-11-01", "days": 30});
        }
    })
}

#[test]
fn words_that_are_no_news_leave_every_placement_with_nothing_fresh() {
    let output = supply(&[&aged("aged"), "--json", "--strict"]);
    let stock: Value = serde_json::from_str(&out(&output)).unwrap();
    let busy: Vec<&Value> = stock["placements"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["weeks"].as_array().unwrap().iter().any(|week| week["permitted"].as_u64() >= Some(20)))
        .collect();
    assert!(
        !busy.is_empty() && busy.iter().all(|one| one["all"]["fresh"] == 0 && one["stale_from"].is_u64()),
        "{stock}"
    );
    assert!(busy.iter().any(|one| one["all"]["free"].as_u64() > Some(0)), "only freshness is gone");
    assert_eq!(stock["aging"][0]["days"], json!(0));
    assert_eq!(output.status.code(), Some(1));
    let told = stock["warnings"].as_array().unwrap();
    let stale = json!({"kind": "stale", "of": "placement", "id": "home", "week": 3, "wanted_weeks": 6});
    let aging = json!({"kind": "aging", "offer": "welcome-basket", "days": 0, "wanted_weeks": 6});
    assert!(told.contains(&stale) && told.contains(&aging), "{told:#?}");
    let warnings = err(&output);
    assert!(
        warnings.contains("warning: placement home has nothing fresh to say from week 3 on; 6 weeks are wanted"),
        "{warnings}"
    );
    assert!(warnings.contains("warning: `welcome-basket`: its words are no news any more"), "{warnings}");
}

#[test]
fn a_shop_that_is_well_supplied_hears_where_and_how_long() {
    let output = supply(&[&with("supplied", |_| {}), "--strict"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let told = out(&output);
    let line = told.lines().find(|line| line.trim_start().starts_with("placement home ")).unwrap();
    assert!(line.contains(" % ") && line.trim_end().ends_with('-'), "{told}");
    assert!(told.contains("audience household-1") && told.contains("audience vegetarian"), "{told}");
    assert!(told.contains("words that are news for so many more days\n  recipe-oven-fish"), "{told}");
    assert!(told.contains("needed most where nothing was said"), "{told}");
}

#[test]
fn what_devices_found_useless_is_warned_of() {
    let path = folder("useless").join("outcomes.json");
    let counts = json!({"offer": "coffee-time", "not_shown": 30_000, "shown": 48_800, "useful": 21_200});
    let counts = json!({"from": 2939, "until": 2964, "truth_ppm": 364_175, "least_answers": 500, "offers": [counts]});
    fs::write(&path, counts.to_string()).unwrap();
    let output = supply(&[&with("useless", |_| {}), "--outcomes", path.to_str().unwrap()]);
    let warnings = err(&output);
    assert!(warnings.contains("`coffee-time` is useful to hardly anybody as devices told: "), "{warnings}");
    assert_eq!(output.status.code(), Some(0), "a warning without `--strict`");
}

#[test]
fn a_day_that_is_none_is_told_with_its_place() {
    let path = with("no-day", |catalog| catalog["offers"][2]["fresh"] = json!({"from": "soon", "days": 3}));
    let output = supply(&[&path]);
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("is no date; write it as `2026-12-01`"), "{}", err(&output));
}

/// Runs `tactful` with words that a shell would split, and expects that it is fine.
fn tactful(line: &str, paths: &[&Path]) -> String {
    let mut paths = paths.iter();
    let words =
        line.split(' ').map(|word| if word == "FILE" { paths.next().unwrap().as_os_str() } else { word.as_ref() });
    let output = Command::new(env!("CARGO_BIN_EXE_tactful")).args(words).output().unwrap();
    assert!(output.status.success(), "{line}: {}", err(&output));
    out(&output)
}

#[test]
fn a_log_of_simulated_people_replays_and_costs_no_figure() {
    let folder = folder("log");
    let [pack, log] = ["shop.tact", "log.jsonl"].map(|name| folder.join(name));
    for shop in [Path::new(CATALOG), &folder.join("corner/catalog.json")] {
        if !shop.exists() {
            tactful("new FILE", &[shop.parent().unwrap()]);
        }
        tactful("compile FILE -o FILE", &[shop, &pack]);
        // So long that some device is lost, which begins anew.
        let few = "--people 60 --days 200 --json";
        let told = tactful(&format!("simulate FILE {few} --log FILE"), &[&pack, &log]);
        assert_eq!(told, tactful(&format!("simulate FILE {few}"), &[&pack]));
        let replayed: Value = serde_json::from_str(&tactful("replay FILE --pack FILE --json", &[&log, &pack])).unwrap();
        let told: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(replayed, json!({"decisions": told["counts"]["asks"], "shoppers": 60}));
    }
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_log_names_the_pack_that_decided() {
    let log = folder("no-pack").join("log.jsonl");
    let output = run(&[CATALOG, "--log", log.to_str().unwrap()]);
    assert_eq!((output.status.code(), log.exists()), (Some(1), false));
    assert!(err(&output).contains("`tactful compile` it, and name the pack"), "{}", err(&output));
}

/// What a shop does: log, train, compile, compare. People answer by a model that shares no line with what ranks.
#[test]
fn what_a_log_teaches_of_usefulness_makes_a_better_year() {
    let folder = folder("chain");
    let [pack, log, table, own] =
        ["shop.tact", "log.jsonl.gz", "useful.json", "own.tact"].map(|name| folder.join(name));
    let shop = Path::new(CATALOG);
    tactful("compile FILE -o FILE", &[shop, &pack]);
    tactful("simulate FILE --people 120 --days 120 --log FILE", &[&pack, &log]);
    tactful("train usefulness FILE --pack FILE -o FILE", &[&log, &pack, &table]);
    tactful("compile FILE --usefulness FILE -o FILE", &[shop, &table, &own]);
    let held_out = &serde_json::from_slice::<Value>(&fs::read(&table).unwrap()).unwrap()["held_out"];
    let [learned, prior] = ["log_loss", "log_loss_of_the_prior_table"].map(|name| held_out[name].as_f64().unwrap());
    assert!(learned < prior - 0.1, "{held_out}");
    // Other people than those who were learnt from.
    let told = tactful("simulate FILE --against FILE --people 200 --days 120 --seed 2 --json", &[&pack, &own]);
    let told: Value = serde_json::from_str(&told).unwrap();
    let moved = |name: &str| {
        let differences = told["differences"].as_array().unwrap();
        let of = differences.iter().find(|one| one["name"] == name).unwrap();
        ["low", "high"].map(|end| of[end].as_f64().unwrap())
    };
    let (messages, useful) = (moved("messages_a_week"), moved("useful_share"));
    assert!(messages[1] < 0.0 && useful[0] > 0.0, "messages {messages:?}, useful share {useful:?}");
    fs::remove_dir_all(folder).unwrap();
}
