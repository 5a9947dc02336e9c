//! What a search term names. Knows words, no grammar: a word names what begins with it, or what it begins with.

use alloc::vec::Vec;

use crate::catalog::{Catalog, Text};
use crate::product::CategoryIx;

/// Returns the categories whose name has a word of the term; letters compare without ASCII case.
pub fn categories(catalog: &Catalog, term: &str) -> Vec<CategoryIx> {
    let named = |name: &Text| shares_word(catalog.text(*name).as_bytes(), term.as_bytes());
    let mut found = Vec::new();
    for (kind, place) in catalog.categories.iter().zip((0..).map(CategoryIx)) {
        let is_named = [kind.id, kind.name.de, kind.name.en].iter().any(named) || kind.aliases.iter().any(named);
        if is_named && found.len() < 4 {
            found.push(place);
        }
    }
    found
}

fn shares_word(name: &[u8], term: &[u8]) -> bool {
    words(term).any(|wanted| words(name).any(|word| begins(word, wanted) || begins(wanted, word)))
}

fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric()).filter(|word| word.len() >= 3)
}

/// Tells whether `word` begins with `start`, at most three letters longer ("biscuit", "biscuits").
fn begins(word: &[u8], start: &[u8]) -> bool {
    word.len() - start.len().min(word.len()) <= 3
        && word.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}
