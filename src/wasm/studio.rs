//! Authoring in a browser tab. Rich objects cross here with `serde-wasm-bindgen`: rarely, and never on a phone.

#![allow(unsafe_code, reason = "wasm_bindgen writes the exports")]

use alloc::format;
use alloc::vec::Vec;

use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::author::{self, Issue};
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
    path: alloc::string::String,
    line: usize,
    column: usize,
    message: alloc::string::String,
}

/// Returns `{issues: {code, path, line, column, message}[]}` for a catalog as text; no issues where it is fine.
#[wasm_bindgen]
pub fn check(text: &str) -> Result<JsValue, JsValue> {
    report(author::compile(text).err().unwrap_or_default())
}

/// Compiles a catalog to the bytes of a pack, or throws an `Error` with `code` and `issues`.
#[wasm_bindgen]
pub fn compile(text: &str) -> Result<Vec<u8>, JsValue> {
    let refuse = |issues: Vec<Issue>| {
        let error = error("bad-catalog", "the catalog has problems; see `issues`");
        // NOTE: setting a property of a fresh Error cannot fail.
        let issues = report(issues).and_then(|report| js_sys::Reflect::get(&report, &"issues".into()));
        let _ = js_sys::Reflect::set(&error, &"issues".into(), &issues.unwrap_or_default());
        error
    };
    author::compile(text).map(|catalog| pack::encode(&catalog)).map_err(refuse)
}

fn report(issues: Vec<Issue>) -> Result<JsValue, JsValue> {
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
