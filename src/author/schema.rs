//! The published JSON Schema, and what a catalog breaks of it in a shopkeeper's words.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use jsonschema::error::ValidationErrorKind as Kind;
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use super::Fault;
use super::fault::nearest;

/// Returns the JSON Schema of a catalog.
pub fn schema() -> Value {
    schemars::schema_for!(super::shape::Catalog).to_value()
}

/// Returns everything in which `catalog` breaks the schema, each with its JSON Pointer.
pub(super) fn faults(catalog: &Value) -> Vec<(String, Fault)> {
    let schema = schema();
    // NOTE: the schema is made from our own types; that it is one is held by a test.
    let Ok(validator) = Validator::new(&schema) else { return Vec::new() };
    validator.iter_errors(catalog).flat_map(|error| fault(&schema, catalog, &error)).collect()
}

fn fault(schema: &Value, catalog: &Value, error: &ValidationError) -> Vec<(String, Fault)> {
    let path = error.instance_path().to_string();
    let shape = |text: String| alloc::vec![(path.clone(), Fault::Shape(text))];
    let got = excerpt(error.instance());
    match error.kind() {
        Kind::AdditionalProperties { unexpected } => {
            let known = known_fields(schema, &error.schema_path().to_string());
            let unknown = |name: &String| {
                let near = nearest(name, known.iter().map(String::as_str));
                (path.clone(), Fault::UnknownField { name: name.clone(), near })
            };
            unexpected.iter().map(unknown).collect()
        }
        Kind::Required { property } => {
            alloc::vec![(path, Fault::MissingField(property.as_str().unwrap_or_default().into()))]
        }
        Kind::AnyOf { context } => match meant(context) {
            Some(branch) => branch.iter().flat_map(|error| fault(schema, catalog, error)).collect(),
            None => shape(error.to_string().chars().take(200).collect()),
        },
        Kind::Type { .. } => {
            let expected = expected_type(&error.to_string());
            shape(format!("expected {expected}, found {got}{}", instead(&expected, &path, error.instance())))
        }
        Kind::Enum { options } => shape(format!("{got} is not one of {options}")),
        Kind::Minimum { limit } => shape(format!("{got} is below the minimum of {limit}")),
        Kind::Maximum { limit } => shape(format!("{got} is above the maximum of {limit}")),
        Kind::MinLength { limit } => shape(format!("the text is shorter than the {limit} characters it needs")),
        Kind::MaxLength { limit } => {
            let length = value_at(catalog, &path).and_then(Value::as_str).map_or(0, |text| text.chars().count());
            shape(format!("the text has {length} characters, more than the {limit} it may have"))
        }
        Kind::MinItems { limit } => shape(format!("the list needs at least {limit} entries")),
        Kind::MaxItems { limit } => shape(format!("the list has more than the {limit} entries it may have")),
        Kind::Pattern { pattern } => shape(format!("{got} is not of the form `{pattern}`")),
        _ => shape(error.to_string().chars().take(200).collect()),
    }
}

/// Returns what to write instead, where that is plain.
fn instead(expected: &str, path: &str, got: &Value) -> String {
    let Some(text) = got.as_str() else { return String::new() };
    let number = text.trim().replace(',', ".").parse::<f64>().ok().filter(|number| number.is_finite());
    match (expected, number) {
        ("a number" | "a whole number", Some(number)) => format!("; write {number}, without quotes"),
        ("an object", _) if path.ends_with("/name") => format!("; write it in each language: {{\"en\": {got}}}"),
        _ => String::new(),
    }
}

/// Returns what is wrong with a value that may also be left out: all of it has the right type, so that it is meant.
fn meant<'a, 'b>(branches: &'a [Vec<ValidationError<'b>>]) -> Option<&'a [ValidationError<'b>]> {
    let is_type = |error: &ValidationError| matches!(error.kind(), Kind::Type { .. });
    let [meant, none] = branches else { return None };
    let [of_none] = none.as_slice() else { return None };
    let mistaken = meant.iter().any(|error| is_type(error) && error.instance_path() == of_none.instance_path());
    (is_type(of_none) && !mistaken).then_some(meant)
}

fn value_at<'a>(catalog: &'a Value, path: &str) -> Option<&'a Value> {
    catalog.pointer(path)
}

/// Returns the value as JSON, cut to a readable length.
fn excerpt(value: &Value) -> String {
    match value {
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "an object".into(),
        other => {
            let text = other.to_string();
            if text.chars().count() <= 60 {
                format!("`{text}`")
            } else {
                format!("`{}…`", text.chars().take(60).collect::<String>())
            }
        }
    }
}

/// Returns the types that a type error asks for, in a shopkeeper's words.
fn expected_type(message: &str) -> String {
    let types = message.rsplit(" of type").next().unwrap_or_default().trim_start_matches('s');
    let words = types.split(',').map(|name| match name.trim().trim_matches('"') {
        "integer" => "a whole number",
        "number" => "a number",
        "string" => "a text",
        "array" => "a list",
        "object" => "an object",
        "boolean" => "true or false",
        _ => "nothing",
    });
    words.collect::<Vec<_>>().join(" or ")
}

/// Returns the fields that the schema around a `additionalProperties` keyword knows.
fn known_fields(schema: &Value, schema_path: &str) -> Vec<String> {
    let mut node = schema;
    for step in schema_path.split('/').filter(|step| !step.is_empty() && *step != "additionalProperties") {
        let step = step.replace("~1", "/").replace("~0", "~");
        let next = match node {
            Value::Array(list) => step.parse::<usize>().ok().and_then(|at| list.get(at)),
            _ if step == "$ref" => Some(node),
            _ => node.get(&step),
        };
        node = resolve(schema, next.unwrap_or(node));
    }
    node.get("properties").and_then(Value::as_object).map(|fields| fields.keys().cloned().collect()).unwrap_or_default()
}

fn resolve<'a>(schema: &'a Value, node: &'a Value) -> &'a Value {
    let target = node.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#'));
    target.and_then(|pointer| schema.pointer(pointer)).unwrap_or(node)
}
