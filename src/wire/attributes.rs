//! What a host tells of declared attributes, resolved against their declaration. What was told before goes as a whole.

use alloc::string::String;
use alloc::vec::Vec;

use super::signal::{SignalFault, ValueTwin};
use crate::catalog::{Catalog, OwnAttribute, OwnKind, Text};
use crate::profile::limit;
use crate::value::Key;

/// Returns every key that changes, in this order for each attribute: what is forgotten, then its members with what is
/// known of them, then the name.
///
/// INVARIANT: in this order, a profile that becomes full while it is told leaves the set unknown, not half known.
pub(super) fn told(catalog: &Catalog, values: &[(&str, ValueTwin)]) -> Result<Vec<(Key, Option<i64>)>, SignalFault> {
    let (mut told, mut known) = (Vec::new(), 0);
    for (place, (name, value)) in values.iter().enumerate() {
        let own = attribute(catalog, place, name)?;
        told.push((own.key, None));
        told.extend(own.value_keys.iter().map(|member| (own.key.with(member.0), None)));
        let value = match (own.kind, value) {
            (_, ValueTwin::Forget) => continue,
            (OwnKind::Set, ValueTwin::Members(entries)) | (OwnKind::Map, ValueTwin::Entries(entries)) => {
                for (name, value) in entries {
                    let member = own.key.with(declared(catalog, own, place, name)?.0);
                    told.push((member, Some(if own.kind == OwnKind::Set { 1 } else { *value })));
                    known += 1;
                }
                1
            }
            (OwnKind::Text, ValueTwin::Text(text)) => declared(catalog, own, place, text)?.0.cast_signed(),
            (kind, value) => single(kind, value, catalog.decimals).ok_or(SignalFault::AttributeType { place })?,
        };
        told.push((own.key, Some(value)));
        known += 1;
    }
    let max = limit::ATTRIBUTES;
    if known > max { Err(SignalFault::TooManyValues { got: known, max }) } else { Ok(told) }
}

fn attribute<'a>(catalog: &'a Catalog, place: usize, name: &str) -> Result<&'a OwnAttribute, SignalFault> {
    let (key, mut names) = (Key::of(name), Vec::new());
    for own in &catalog.attributes {
        if own.key == key {
            return Ok(own);
        }
        names.push(own.name);
    }
    if names.is_empty() {
        return Err(SignalFault::NoAttributes);
    }
    Err(SignalFault::UnknownAttribute { place, near: nearest(catalog, name, &names) })
}

fn single(kind: OwnKind, value: &ValueTwin, decimals: u8) -> Option<i64> {
    match (kind, value) {
        (OwnKind::Boolean, ValueTwin::Yes(yes)) => Some(i64::from(*yes)),
        (OwnKind::Number, ValueTwin::Milli(milli)) => (milli % 1_000 == 0).then_some(milli / 1_000),
        (OwnKind::Money, ValueTwin::Milli(milli)) => minor(*milli, decimals),
        _ => None,
    }
}

fn declared(catalog: &Catalog, own: &OwnAttribute, place: usize, name: &str) -> Result<Key, SignalFault> {
    let key = Key::of(name);
    if own.value_keys.contains(&key) {
        return Ok(key);
    }
    Err(SignalFault::UnknownValue { place, near: nearest(catalog, name, &own.values) })
}

fn minor(milli: i64, decimals: u8) -> Option<i64> {
    let apart = 10_i64.pow(decimals.min(4).abs_diff(3).into());
    let fits = milli.unsigned_abs() <= i64::MAX.unsigned_abs() / apart.unsigned_abs();
    if decimals >= 3 { fits.then(|| milli * apart) } else { (milli % apart == 0).then_some(milli / apart) }
}

/// Returns the known name that takes the fewest edits; of several, the first. Compares forty bytes.
fn nearest(catalog: &Catalog, name: &str, known: &[Text]) -> String {
    let name = name.as_bytes().get(..40).unwrap_or(name.as_bytes());
    let (mut nearest, mut fewest) = ("", usize::MAX);
    for known in known {
        let known = catalog.text(*known);
        let edits = edits(name, known.as_bytes());
        if edits < fewest {
            (nearest, fewest) = (known, edits);
        }
    }
    nearest.into()
}

/// How many bytes must be added, removed or changed. Source: Levenshtein 1966.
fn edits(from: &[u8], to: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (place, byte) in from.iter().enumerate() {
        let (mut diagonal, mut left) = (place, place + 1);
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, other) in row.iter_mut().skip(1).zip(to) {
            let kept = diagonal + usize::from(byte != other);
            diagonal = *cell;
            left = kept.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        for (from, to, count) in
            [("", "", 0), ("", "abc", 3), ("abc", "", 3), ("bred", "bread", 1), ("kitten", "sitting", 3)]
        {
            assert_eq!(edits(from.as_bytes(), to.as_bytes()), count, "{from} {to}");
        }
    }

    #[test]
    fn money_is_told_in_thousandths() {
        assert_eq!(minor(1_990, 2), Some(199));
        assert_eq!(minor(1_995, 2), None);
        assert_eq!(minor(2_000, 0), Some(2));
        assert_eq!([minor(7, 3), minor(-7, 4), minor(i64::MAX, 3)], [Some(7), Some(-70), Some(i64::MAX)]);
        assert_eq!([minor(i64::MAX / 10, 4), minor(i64::MIN, 4)], [Some(i64::MAX / 10 * 10), None]);
    }
}
