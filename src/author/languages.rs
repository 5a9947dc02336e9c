//! A catalog in one of its languages: who reads only that one loads a quarter less.

use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Map, Value};

/// Returns each language of a catalog that has several, with the catalog's text in that one. A text that lacks it stays in the
/// one that it has.
pub fn each(text: &str) -> Vec<(String, String)> {
    let catalog: Value = serde_json::from_str(text).unwrap_or_default();
    let languages: Vec<String> = catalog
        .get("languages")
        .and_then(Value::as_array)
        .map(|all| all.iter().filter_map(Value::as_str).map(String::from).collect())
        .unwrap_or_default();
    if languages.len() < 2 {
        return Vec::new();
    }
    let one = |language: &String| {
        let mut part = catalog.clone();
        keep(&mut part, language, &languages);
        if let Some(languages) = part.get_mut("languages") {
            *languages = [language.clone()].into_iter().collect();
        }
        (language.clone(), alloc::string::ToString::to_string(&part))
    };
    languages.iter().map(one).collect()
}

/// Keeps one language of every object that has nothing but languages.
fn keep(value: &mut Value, language: &String, languages: &[String]) {
    match value {
        Value::Object(fields) if !fields.is_empty() && fields.keys().all(|name| languages.contains(name)) => {
            let mut words = core::mem::take(fields);
            let own = words.remove(language).or_else(|| words.values().next().cloned());
            *fields = own.map(|own| (language.clone(), own)).into_iter().collect::<Map<_, _>>();
        }
        Value::Object(fields) => fields.values_mut().for_each(|value| keep(value, language, languages)),
        Value::Array(items) => items.iter_mut().for_each(|value| keep(value, language, languages)),
        _ => {}
    }
}
