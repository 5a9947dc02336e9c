//! Every fault that the module tells by number, as `pkg/test/faults.json`: a test of the package reads each as we say it.
//!
//! `UPDATE_FAULTS=1 cargo test --features cli --test faults` writes it anew; read the change before committing it.
#![cfg(all(feature = "author", not(target_arch = "wasm32")))]
#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};
use tactful::signal::gs1::CodeFault;
use tactful::wire::codec::to_bytes;
use tactful::wire::fault::FaultView;
use tactful::wire::state::StateFault;
use tactful::wire::{PackFault, SignalFault};

const SHARED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/pkg/test/faults.json");

fn told(view: FaultView, code: &str, path: &str, message: String) -> Value {
    json!({ "bytes": to_bytes(&view), "code": code, "path": path, "message": message })
}

fn signals() -> Vec<SignalFault> {
    let near = || String::from("Brot, brøt");
    vec![
        SignalFault::Malformed,
        SignalFault::WrongCurrency,
        SignalFault::Code(CodeFault::Unreadable),
        SignalFault::Code(CodeFault::CheckDigit),
        SignalFault::Code(CodeFault::NoIdentifier),
        SignalFault::UnknownStore,
        SignalFault::DecisionId,
        SignalFault::UnknownDecision,
        SignalFault::NoAttributes,
        SignalFault::UnknownAttribute { place: 3, near: near() },
        SignalFault::UnknownValue { place: 300, near: near() },
        SignalFault::TooManyValues { got: 513, max: 512 },
        SignalFault::AttributeType { place: 1 },
        SignalFault::Beacon,
        SignalFault::UnknownMatter,
    ]
}

/// A wrong qualifier, and every key that is told by name.
fn keys() -> Vec<SignalFault> {
    let others = [0, 253, 255, 401, 402, 415, 417, 8003, 8004, 8010, 8013, 8017, 8018];
    let others = others.into_iter().map(|key| CodeFault::Other { key });
    [CodeFault::Qualifiers { key: 1 }].into_iter().chain(others).map(SignalFault::Code).collect()
}

fn packs() -> Vec<PackFault> {
    vec![
        PackFault::NotAPack,
        PackFault::NewerFormat { got: 3, reads: 2 },
        PackFault::OlderFormat { got: 1, reads: 2 },
        PackFault::Damaged { got: 17, expected: 1_000_000 },
        PackFault::Expired { not_after_ms: 1_796_083_200_000 },
        PackFault::Stale { got: 20_261_121, seen: 9_007_199_254_740_991 },
        PackFault::Inconsistent { part: "its sections" },
    ]
}

fn states() -> Vec<StateFault> {
    vec![StateFault::Damaged, StateFault::NewerFormat { got: 2, reads: 1 }]
}

fn all() -> Vec<Value> {
    let signals = signals();
    let signals = signals.iter().map(|fault| told(fault.into(), fault.code(), fault.path(), fault.to_string()));
    let packs = packs();
    let packs = packs.iter().map(|fault| told(fault.into(), fault.code(), "/pack", fault.to_string()));
    let states = states();
    let states = states.iter().map(|&fault| told(fault.into(), fault.code(), "/state", fault.to_string()));
    let keys = keys();
    let keys = keys.iter().map(|fault| told(fault.into(), fault.code(), fault.path(), fault.to_string()));
    signals.chain(packs).chain(states).chain(keys).collect()
}

#[test]
fn the_package_reads_what_the_module_tells() {
    let lines: Vec<String> = all().iter().map(Value::to_string).collect();
    let current = format!("[\n{}\n]\n", lines.join(",\n"));
    if std::env::var_os("UPDATE_FAULTS").is_some() {
        fs::write(SHARED, &current).unwrap();
    }
    assert_eq!(fs::read_to_string(SHARED).unwrap(), current, "UPDATE_FAULTS=1 writes it anew");
}

#[test]
fn every_fault_has_a_number_of_its_own() {
    let numbers: BTreeSet<u8> = all().iter().filter_map(|fault| fault["bytes"][0].as_u64()?.try_into().ok()).collect();
    assert_eq!(numbers.into_iter().collect::<Vec<u8>>(), (0..26).collect::<Vec<u8>>());
}

#[test]
fn a_shape_that_the_package_should_have_refused_is_malformed() {
    let unknown = SignalFault::UnknownCode { what: "reply", code: 200 };
    let items = SignalFault::TooManyItems { got: 201, max: 200 };
    for fault in [unknown, items, SignalFault::NamelessItem { place: 0 }, SignalFault::OffEarth] {
        assert_eq!(FaultView::from(&fault), FaultView::from(&SignalFault::Malformed), "{fault}");
    }
}
