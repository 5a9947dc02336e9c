//! The shared cases, `tests/cases/*.json`: the same files run natively and in Chromium here, and through the JavaScript
//! package in Node, Chromium and workerd. The digest holds every decision to the same bytes everywhere.
//!
//! `UPDATE_CASES=1 cargo test --features cli --test cases` writes new digests; read the change before committing it.
#![cfg(feature = "author")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::sync::LazyLock;

use serde_json::{Value, json};
use tactful::author::{self, json::decision_json, json::locate_json, json::moment_json, json::parse_signal};
use tactful::profile::Profile;
use tactful::session::{Engine, Session};
use tactful::value::key::{FNV_OFFSET, fnv1a};
use tactful::value::{Seed, Timestamp};
use tactful::wire::{DecisionView, LocateView, MomentView, TraceView, codec, pack, signal, state};

const CATALOG: &str = include_str!("../examples/nordkorb/catalog.json");

/// What a phone reads, made once: reading the catalog takes most of a debug build's time in a browser, which is bounded.
static PACK: LazyLock<Vec<u8>> = LazyLock::new(|| pack::encode(&author::compile(CATALOG).unwrap()));

macro_rules! cases {
    ($($name:ident)*) => {
        $(
            #[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
            #[cfg_attr(not(target_arch = "wasm32"), test)]
            fn $name() {
                check(stringify!($name), include_str!(concat!("cases/", stringify!($name), ".json")));
            }
        )*

        #[cfg(not(target_arch = "wasm32"))]
        #[test]
        fn every_case_is_run() {
            let mut files: Vec<String> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases"))
                .unwrap()
                .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
                .collect();
            files.sort();
            assert_eq!(files, [$(stringify!($name)),*]);
        }
    };
}

cases! {
    answered
    biscuits_in_the_aisle
    bought_lot
    broken_signals
    busy
    called_back
    caps
    careful
    coffee_runs_out
    dial
    full_screen
    german
    help_at_once
    help_first
    intent_stages
    later
    locate
    network_and_beacon
    never_again
    no_consent_no_memory
    nostalgia
    price_fell
    privacy_control
    purchase_twice
    quiet_hours
    savings
    sets_and_maps
    shop_events
    walk_into_the_store
}

fn check(file: &str, text: &str) {
    let case: Value = serde_json::from_str(text).unwrap();
    let (digest, failures) = run(&case);
    assert!(failures.is_empty(), "{}: {failures:#?}", case["name"]);
    if update(file, text, &digest) {
        return;
    }
    assert_eq!(case["digest"], json!(digest), "the decisions of {file} are not the same bytes");
}

/// Writes the digest where that is asked for.
fn update(file: &str, text: &str, digest: &str) -> bool {
    let wanted = cfg!(not(target_arch = "wasm32")) && std::env::var_os("UPDATE_CASES").is_some();
    if wanted {
        let (head, _) = text.rsplit_once("\"digest\": \"").unwrap();
        let path = format!("{}/tests/cases/{file}.json", env!("CARGO_MANIFEST_DIR"));
        std::fs::write(path, format!("{head}\"digest\": \"{digest}\"\n}}\n")).unwrap();
    }
    wanted
}

struct Run {
    engine: Engine,
    session: Session,
    last: String,
    digest: u64,
}

fn run(case: &Value) -> (String, Vec<String>) {
    let engine = Engine::new(pack::decode(&PACK, Timestamp::from_ms(0), 0).unwrap());
    let profile = Profile { catalog_version: 1, ..Profile::new(Seed(case["seed"].as_u64().unwrap())) };
    let mut run = Run { engine, session: Session::new(profile), last: String::new(), digest: FNV_OFFSET };
    let mut failures = Vec::new();
    for (place, step) in case["steps"].as_array().unwrap().iter().enumerate() {
        failures.extend(run.play(step).into_iter().map(|failure| format!("step {place}: {failure}")));
    }
    (format!("{:016x}", run.digest), failures)
}

impl Run {
    fn play(&mut self, step: &Value) -> Vec<String> {
        match step["type"].as_str().unwrap() {
            "ask" => self.ask(step),
            "moment" => self.moment(step),
            "locate" => self.locate(step),
            "observe-error" => self.refused(step),
            _ => {
                let mut signal = step.clone();
                if signal["decision"] == "last" {
                    signal["decision"] = json!(self.last);
                }
                self.observe(&signal).err().map(|issues| format!("{issues}")).into_iter().collect()
            }
        }
    }

    fn ask(&mut self, step: &Value) -> Vec<String> {
        let placement = self.engine.catalog.placement_by_id(step["placement"].as_str().unwrap()).unwrap();
        let decision = self.session.ask(&self.engine, placement, time(&step["at"]));
        let view = DecisionView::new(&self.engine.catalog, &decision);
        if view.said.show.is_some() {
            self.last.clone_from(&view.id);
        }
        let json = decision_json(&view, &TraceView::new(&self.engine, &decision));
        self.digest = fnv1a(self.digest, format!("{json}\n").as_bytes());
        differences(&json, &step["expect"], "")
    }

    fn locate(&mut self, step: &Value) -> Vec<String> {
        let catalog = &self.engine.catalog;
        let placement = catalog.placement_by_id(step["placement"].as_str().unwrap()).unwrap();
        let located = self.session.locate(&self.engine, placement, time(&step["at"]));
        let language = catalog.language(self.session.profile().language);
        let json = locate_json(&LocateView::new(catalog, located, language));
        self.digest = fnv1a(self.digest, format!("{json}\n").as_bytes());
        differences(&json, &step["expect"], "")
    }

    fn moment(&self, step: &Value) -> Vec<String> {
        let moment = self.session.moment(&self.engine, time(&step["at"]));
        let language = self.engine.catalog.language(self.session.profile().language);
        differences(&moment_json(&MomentView::new(&self.engine.catalog, &moment, language)), &step["expect"], "")
    }

    fn refused(&mut self, step: &Value) -> Vec<String> {
        let before = state::encode(&self.engine.catalog, self.session.profile());
        let Err(issues) = self.observe(&step["signal"]) else { return vec!["was taken in".into()] };
        let wanted = |issue: &&Value| differences(issue, &step["expect"], "").is_empty();
        if issues.as_array().unwrap().iter().find(wanted).is_none() {
            return vec![format!("was refused with {issues}")];
        }
        let same = before == state::encode(&self.engine.catalog, self.session.profile());
        if same { vec![] } else { vec!["changed the state".into()] }
    }

    /// Takes a signal in through its bytes, as a host sends it.
    fn observe(&mut self, json: &Value) -> Result<(), Value> {
        let issue = |code: &str, path: &str, message: String| json!({"code": code, "path": path, "message": message});
        let refuse = |fault: signal::SignalFault| json!([issue(fault.code(), fault.path(), fault.to_string())]);
        let (twin, _) = parse_signal(json, self.engine.catalog.decimals)
            .map_err(|issues| issues.into_iter().map(|i| issue(&i.code, &i.path, i.message)).collect::<Value>())?;
        let bytes = codec::to_bytes(&twin);
        let signal = signal::decode(&bytes).and_then(|twin| twin.resolve(&self.engine.catalog)).map_err(refuse)?;
        self.session.observe(&self.engine, &signal).map_err(|_| refuse(signal::SignalFault::UnknownDecision))
    }
}

fn time(at: &Value) -> Timestamp {
    match at {
        Value::String(text) => author::instant(text).unwrap(),
        other => Timestamp::from_ms(other.as_i64().unwrap()),
    }
}

/// Every field in `expected` must be in `actual`, and lists must be as long; other fields may be anything.
fn differences(actual: &Value, expected: &Value, path: &str) -> Vec<String> {
    match (actual, expected) {
        (_, Value::Null) => vec![],
        (_, Value::Object(fields)) => fields
            .iter()
            .flat_map(|(name, value)| differences(&actual[name], value, &format!("{path}/{name}")))
            .collect(),
        (Value::Array(found), Value::Array(wanted)) if found.len() == wanted.len() => {
            let pairs = found.iter().zip(wanted).enumerate();
            pairs.flat_map(|(at, (found, wanted))| differences(found, wanted, &format!("{path}/{at}"))).collect()
        }
        _ if actual == expected => vec![],
        _ => vec![format!("{path} is {actual}, not {expected}")],
    }
}
