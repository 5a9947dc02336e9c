//! Authoring in a browser tab. Rich objects cross here with `serde-wasm-bindgen`: rarely, and never on a phone.

#![allow(unsafe_code, reason = "wasm_bindgen writes the exports")]

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::author::{self, Horizon, Issue};
use crate::catalog::Language;
use crate::session::Engine;
use crate::simulate::summary::Summary;
use crate::simulate::{self, Plan, World, report};
use crate::wire::pack;

/// What `check` found.
#[derive(Serialize)]
struct Report {
    issues: Vec<IssueView>,
}

/// One problem and where it is.
#[derive(Serialize)]
struct IssueView {
    code: &'static str,
    path: String,
    line: usize,
    column: usize,
    message: String,
}

/// Returns `{issues: {code, path, line, column, message}[]}` for a catalog as text, in this year; no issues where it is fine.
#[wasm_bindgen]
pub fn check(text: &str, year: i32) -> Result<JsValue, JsValue> {
    listed(author::compile_for(text, Horizon::around(year)).err().unwrap_or_default())
}

/// Compiles a catalog in this year to the bytes of a pack, or throws an `Error` with `code` and `issues`.
#[wasm_bindgen]
pub fn compile(text: &str, year: i32) -> Result<Vec<u8>, JsValue> {
    author::compile_for(text, Horizon::around(year)).map(|catalog| pack::encode(&catalog)).map_err(refuse)
}

/// Returns an `Error` with the `issues` of a catalog.
fn refuse(issues: Vec<Issue>) -> JsValue {
    let error = error("bad-catalog", "the catalog has problems; see `issues`");
    // NOTE: setting a property of a fresh Error cannot fail.
    let issues = listed(issues).and_then(|report| js_sys::Reflect::get(&report, &"issues".into()));
    let _ = js_sys::Reflect::set(&error, &"issues".into(), &issues.unwrap_or_default());
    error
}

/// What came of a simulated population.
#[wasm_bindgen]
pub struct Simulated {
    summary: Summary,
    fallback: Language,
}

/// Lets `people` live `days` days with a catalog, as `tactful simulate` does, or throws an `Error` with `code` and `issues`.
///
/// `lived` is called with the number of people that lived so far, now and then.
#[wasm_bindgen]
pub fn simulate(text: &str, people: u32, days: u16, seed: u32, lived: &js_sys::Function) -> Result<Simulated, JsValue> {
    let (catalog, held_to) = author::compile_held(text, Horizon::default()).map_err(refuse)?;
    let engine = Engine::new(catalog);
    let (world, plan) = (World::new(&engine), Plan { days, ..Plan::year(seed.into(), people) });
    let outcome = simulate::simulate(&world, &plan, &mut |number| {
        if number % TELL == 0 {
            // NOTE: a listener that throws changes nothing.
            let _ = lived.call1(&JsValue::NULL, &number.into());
        }
    });
    let summary = Summary::new(&world, &plan, &outcome, &held_to);
    Ok(Simulated { summary, fallback: engine.catalog.language(None) })
}

/// Every so many people the host hears of them.
const TELL: u32 = 8;

#[wasm_bindgen]
impl Simulated {
    /// Returns everything as JSON, to the byte as `tactful simulate --json` prints it.
    pub fn json(&self) -> Result<String, JsValue> {
        serde_json::to_string(&self.summary).map_err(|fault| error("json", &fault.to_string()))
    }

    /// Returns the report as one HTML file.
    pub fn report(&self) -> String {
        report::html(&self.summary, None, self.fallback)
    }

    /// Returns `{words, value, low, high}[]`: the figures that are told first, in a language (`de`, else English).
    pub fn tiles(&self, language: &str) -> Result<JsValue, JsValue> {
        let language = if language == "de" { Language::De } else { Language::En };
        Ok(serde_wasm_bindgen::to_value(&report::tiles(&self.summary, language))?)
    }

    /// Returns a sentence for each bound of the catalog that does not hold.
    pub fn breaches(&self) -> Vec<String> {
        self.summary.breaches().map(String::from).collect()
    }
}

fn listed(issues: Vec<Issue>) -> Result<JsValue, JsValue> {
    let issues = issues.into_iter().map(|Issue { code, path, line, column, message, .. }| IssueView {
        code,
        path,
        line,
        column,
        message,
    });
    Ok(serde_wasm_bindgen::to_value(&Report { issues: issues.collect() })?)
}

/// Returns an `Error` with a `code`.
fn error(code: &str, message: &str) -> JsValue {
    let error = js_sys::Error::new(message);
    error.set_name(&format!("TactfulError [{code}]"));
    // NOTE: setting a property of a fresh Error cannot fail.
    let _ = js_sys::Reflect::set(&error, &"code".into(), &code.into());
    error.into()
}
