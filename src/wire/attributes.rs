//! What a host tells of declared attributes, resolved against their declaration. What was told before goes as a whole.

use alloc::string::String;
use alloc::vec::Vec;

use super::signal::{SignalFault, ValueTwin};
use crate::catalog::{Catalog, OwnAttribute, OwnKind, Text};
use crate::profile::limit;
use crate::value::Key;

/// Keys that are forgotten, then keys with what is known of them.
type Told = Vec<(Key, Option<i64>)>;

/// Returns every key that changes: what is forgotten first, the name of a set or map after its members.
///
/// INVARIANT: in this order, a profile that becomes full while it is told leaves the set unknown, not half known.
pub(super) fn told(catalog: &Catalog, values: &[(&str, ValueTwin)]) -> Result<Told, SignalFault> {
    let (mut forgotten, mut known) = (Vec::new(), Vec::new());
    for (place, (name, value)) in values.iter().enumerate() {
        let key = Key::of(name);
        let Some(own) = catalog.attributes.iter().find(|own| own.key == key) else {
            let near = nearest(catalog, name, catalog.attributes.iter().map(|own| own.name));
            return Err(SignalFault::UnknownAttribute { place, near });
        };
        forgotten.extend(keys(own).map(|key| (key, None)));
        known.extend(one(catalog, own, place, value)?.into_iter().map(|(key, value)| (key, Some(value))));
    }
    if known.len() > limit::ATTRIBUTES {
        return Err(SignalFault::TooManyValues { got: known.len(), max: limit::ATTRIBUTES });
    }
    forgotten.append(&mut known);
    Ok(forgotten)
}

/// The name, and for sets and maps every member.
fn keys(own: &OwnAttribute) -> impl Iterator<Item = Key> {
    let members = if has_members(own.kind) { own.value_keys.as_slice() } else { &[] };
    core::iter::once(own.key).chain(members.iter().map(|member| own.key.with(member.0)))
}

fn has_members(kind: OwnKind) -> bool {
    matches!(kind, OwnKind::Set | OwnKind::Map)
}

fn one(catalog: &Catalog, own: &OwnAttribute, place: usize, value: &ValueTwin) -> Result<Vec<(Key, i64)>, SignalFault> {
    let member = |name: &str| declared(catalog, own, place, name).map(|member| own.key.with(member.0));
    let single = |value| Ok(alloc::vec![(own.key, value)]);
    match (own.kind, value) {
        (_, ValueTwin::Forget) => Ok(Vec::new()),
        (OwnKind::Set, ValueTwin::Members(names)) => {
            let mut all = names.iter().map(|name| Ok((member(name)?, 1))).collect::<Result<Vec<_>, _>>()?;
            all.push((own.key, 1));
            Ok(all)
        }
        (OwnKind::Map, ValueTwin::Entries(entries)) => {
            let mut all =
                entries.iter().map(|(name, value)| Ok((member(name)?, *value))).collect::<Result<Vec<_>, _>>()?;
            all.push((own.key, 1));
            Ok(all)
        }
        (OwnKind::Text, ValueTwin::Text(text)) => single(declared(catalog, own, place, text)?.0.cast_signed()),
        (OwnKind::Boolean, ValueTwin::Yes(yes)) => single(i64::from(*yes)),
        (OwnKind::Number, ValueTwin::Milli(milli)) if milli % 1_000 == 0 => single(milli / 1_000),
        (OwnKind::Money, ValueTwin::Milli(milli)) => {
            single(minor(*milli, catalog.decimals).ok_or(SignalFault::AttributeType { place })?)
        }
        _ => Err(SignalFault::AttributeType { place }),
    }
}

fn declared(catalog: &Catalog, own: &OwnAttribute, place: usize, name: &str) -> Result<Key, SignalFault> {
    let key = Key::of(name);
    if own.value_keys.contains(&key) {
        return Ok(key);
    }
    Err(SignalFault::UnknownValue { place, near: nearest(catalog, name, own.values.iter().copied()) })
}

fn minor(milli: i64, decimals: u8) -> Option<i64> {
    let minor = i128::from(milli) * 10_i128.pow(decimals.min(4).into());
    (minor % 1_000 == 0).then(|| i64::try_from(minor / 1_000).ok()).flatten()
}

/// Returns the known name that takes the fewest edits; of several, the first. Compares forty bytes.
fn nearest(catalog: &Catalog, name: &str, known: impl Iterator<Item = Text>) -> String {
    let name: Vec<u8> = name.bytes().take(40).collect();
    let known = known.map(|text| catalog.text(text));
    known.min_by_key(|known| edits(&name, known.as_bytes())).unwrap_or_default().into()
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
    }
}
