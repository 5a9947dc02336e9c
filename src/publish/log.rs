//! The log of all heads: a Merkle tree (RFC 6962, section 2.1) that only grows. Who published what and when is the log itself.
//!
//! A leaf is SHA-256 over 0 and the text of an entry, a node over 1 and the two below it. Kept are the whole subtrees alone,
//! one hash for each bit of the size: enough to append, and to hold every later log to what was seen.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{Fault, Hash};

/// What a head says of the log, itself included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// How many heads there ever were.
    pub size: u64,
    /// The hash over all of them.
    pub root: Hash,
}

/// A log up to some head.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tree {
    size: u64,
    /// Hashes of the whole subtrees, the largest first; as many as `size` has bits that are 1.
    subtrees: Vec<Hash>,
}

impl Tree {
    /// Appends the text of an entry.
    pub fn push(&mut self, entry: &str) {
        let mut node = hash(&[&[0], entry.as_bytes()]);
        for _ in 0..self.size.trailing_ones() {
            let Some(left) = self.subtrees.pop() else { break };
            node = over(left, node);
        }
        self.subtrees.push(node);
        self.size += 1;
    }

    /// Returns how many entries there are.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Returns what a head says of this log. The hash over no entries is that of no bytes.
    pub fn checkpoint(&self) -> Checkpoint {
        let root = self.subtrees.iter().rev().copied().reduce(|right, left| over(left, right));
        Checkpoint { size: self.size, root: root.unwrap_or_else(|| Hash::of([])) }
    }

    /// Appends all entries, which have to lead to the checkpoint: then nothing that was in this log before was changed.
    pub fn follow<'a>(mut self, entries: impl IntoIterator<Item = &'a str>, to: &Checkpoint) -> Result<Self, Fault> {
        entries.into_iter().for_each(|entry| self.push(entry));
        if self.checkpoint() == *to { Ok(self) } else { Err(Fault::WrongLog { size: to.size }) }
    }
}

fn over(left: Hash, right: Hash) -> Hash {
    hash(&[&[1], &left.0, &right.0])
}

fn hash(parts: &[&[u8]]) -> Hash {
    Hash::of(parts.concat())
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::String;

    use super::*;

    /// RFC 6962, section 2.1, as it is written there.
    fn by_definition(entries: &[String]) -> Hash {
        match entries {
            [] => Hash::of([]),
            [one] => hash(&[&[0], one.as_bytes()]),
            many => {
                let (left, right) = many.split_at(many.len().next_power_of_two() / 2);
                over(by_definition(left), by_definition(right))
            }
        }
    }

    #[test]
    fn the_tree_is_that_of_rfc_6962() {
        let entries: Vec<String> = (0..70).map(|n| format!("entry {n}")).collect();
        let mut tree = Tree::default();
        for (size, entry) in entries.iter().enumerate() {
            let root = by_definition(entries.get(..size).unwrap_or_default());
            assert_eq!(tree.checkpoint(), Checkpoint { size: size as u64, root });
            tree.push(entry);
        }
    }

    #[test]
    fn a_log_that_was_changed_does_not_follow() {
        let entries: Vec<String> = (0..20).map(|n| format!("entry {n}")).collect();
        let texts = || entries.iter().map(String::as_str);
        let grown = |entries: &mut dyn Iterator<Item = &str>| {
            let mut tree = Tree::default();
            entries.for_each(|entry| tree.push(entry));
            tree
        };
        for seen in 0..20 {
            let older = grown(&mut texts().take(seen));
            let full = grown(&mut texts()).checkpoint();
            assert!(older.clone().follow(texts().skip(seen), &full).is_ok());
            let forged = grown(&mut core::iter::once("other").chain(texts().skip(1))).checkpoint();
            assert!(older.clone().follow(texts().skip(seen), &forged).is_err(), "{seen}");
            assert!(older.follow(texts().skip(seen + 1), &full).is_err());
        }
    }
}
