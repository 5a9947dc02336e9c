//! Where in the text a JSON Pointer points.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use jsonc_parser::ast::{ObjectProp, ObjectPropName, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::Fault;

/// The text of a catalog with the place of every value.
pub struct Places<'a> {
    text: &'a str,
    root: Option<Value<'a>>,
}

impl<'a> Places<'a> {
    /// Finds the places of a text that is known to be JSON.
    pub fn new(text: &'a str) -> Self {
        let parsed = parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default());
        Self { text, root: parsed.ok().and_then(|result| result.value) }
    }

    /// Returns the bytes that a pointer, or the part of a condition at it, covers.
    pub fn span(&self, path: &str, fault: &Fault) -> (usize, usize) {
        let Some(value) = self.find(path) else { return (0, 0) };
        let (from, until) = (value.start(), value.end());
        match fault {
            Fault::Condition { span, .. } => (self.inside(from, span.0), self.inside(from, span.1)),
            Fault::UnknownField { name, .. } | Fault::DuplicateField(name) => {
                self.name_of(value, name).unwrap_or((from, until))
            }
            // The whole of an object would underline too much: its first character says enough.
            _ if matches!(value, Value::Object(_) | Value::Array(_)) => (from, from + 1),
            _ => (from, until),
        }
    }

    /// Returns the bytes `[from, until)` of the value at a pointer, `None` where there is none.
    pub fn range(&self, path: &str) -> Option<(usize, usize)> {
        self.find(path).map(|value| (value.start(), value.end()))
    }

    /// Returns where the first field of the object at a pointer begins and the last one ends, `None` where it has none.
    pub fn fields(&self, path: &str) -> Option<(usize, usize)> {
        let Value::Object(object) = self.find(path)? else { return None };
        Some((object.properties.first()?.start(), object.properties.last()?.end()))
    }

    /// Returns line and column (in characters) of a byte, from 1.
    pub fn line_column(&self, at: usize) -> (usize, usize) {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        (line, column)
    }

    /// Returns every field that stands twice in one object.
    pub fn duplicates(&self) -> Vec<(String, Fault)> {
        let mut found = Vec::new();
        if let Some(root) = &self.root {
            collect_duplicates(root, "", &mut found);
        }
        found
    }

    fn find(&self, path: &str) -> Option<&Value<'a>> {
        path.split('/').skip(1).try_fold(self.root.as_ref()?, |value, step| match value {
            Value::Object(object) => {
                let name = step.replace("~1", "/").replace("~0", "~");
                object.properties.iter().find(|property| name_text(property) == name).map(|property| &property.value)
            }
            Value::Array(array) => array.elements.get(step.parse::<usize>().ok()?),
            _ => None,
        })
    }

    fn name_of(&self, value: &Value<'a>, name: &str) -> Option<(usize, usize)> {
        let Value::Object(object) = value else { return None };
        let property = object.properties.iter().rev().find(|property| name_text(property) == name)?;
        Some((property.name.start(), property.name.end()))
    }

    /// Returns the byte of the text that holds byte `nth` of the string literal that starts at `start`.
    fn inside(&self, start: usize, nth: usize) -> usize {
        let raw = self.text.get(start + 1..).unwrap_or("");
        let mut decoded = 0;
        let mut chars = raw.char_indices();
        while let Some((at, character)) = chars.next() {
            if decoded >= nth || character == '"' {
                return start + 1 + at;
            }
            decoded += match character {
                '\\' => escaped(&mut chars),
                other => other.len_utf8(),
            };
        }
        self.text.len()
    }
}

/// Passes an escape sequence and returns the bytes it stands for.
fn escaped(chars: &mut core::str::CharIndices) -> usize {
    match chars.next() {
        Some((_, 'u')) => {
            let digits: String = chars.by_ref().take(4).map(|(_, digit)| digit).collect();
            u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).map_or(3, char::len_utf8)
        }
        _ => 1,
    }
}

fn name_text<'b>(property: &'b ObjectProp) -> &'b str {
    match &property.name {
        ObjectPropName::String(name) => &name.value,
        ObjectPropName::Word(name) => name.value,
    }
}

fn collect_duplicates(value: &Value, path: &str, found: &mut Vec<(String, Fault)>) {
    match value {
        Value::Object(object) => {
            let mut names: Vec<&str> = object.properties.iter().map(name_text).collect();
            names.sort_unstable();
            let twice = names.windows(2).filter_map(|pair| pair.first().filter(|name| pair.last() == Some(name)));
            found.extend(twice.map(|name| (path.to_string(), Fault::DuplicateField(name.to_string()))));
            for property in &object.properties {
                let step = name_text(property).replace('~', "~0").replace('/', "~1");
                collect_duplicates(&property.value, &format!("{path}/{step}"), found);
            }
        }
        Value::Array(array) => {
            for (at, element) in array.elements.iter().enumerate() {
                collect_duplicates(element, &format!("{path}/{at}"), found);
            }
        }
        _ => {}
    }
}

/// Returns the byte at a line and column of serde_json, both from 1.
pub(super) fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    (before + column - 1).min(text.len())
}

/// Returns why a text is no JSON from the byte `at` on, and what would be right where that can be told.
pub fn no_json(text: &str, at: usize, error: &serde_json::Error) -> String {
    let found = error.to_string();
    let found = found.split(" at line ").next().unwrap_or_default();
    let rest = text.get(at..).unwrap_or_default();
    let begins = |with: &[&str]| with.iter().any(|word| rest.starts_with(word));
    let right = if text.trim().is_empty() {
        "nothing is written here"
    } else if begins(&["NaN", "nan", "Infinity", "inf"]) {
        "JSON has no NaN and no infinity: leave the field out"
    } else if error.is_eof() {
        "the text ends too early: write or fetch it again"
    } else if begins(&["//", "/*", "#"]) {
        "JSON has no comments: take them out"
    } else if begins(&["'", "\u{201c}", "\u{201d}", "\u{201e}", "\u{2018}", "\u{2019}"])
        || found.starts_with("key must") && !begins(&[","])
    {
        "names and texts stand in straight double quotes, such as \"name\""
    } else if begins(&[","]) || found.starts_with("trailing comma") {
        "there is a comma too many: one stands between two things, and none after the last"
    } else if found.starts_with("expected `,`") {
        "a comma or a bracket is missing before this"
    } else if found.starts_with("trailing characters") {
        "what is before this is whole: take out what follows, or put it into a file of its own"
    } else if found.starts_with("control character") {
        "a text ends on the line on which it begins: write a line break as \\n"
    } else {
        return found.into();
    };
    format!("{found}; {right}")
}
