//! What a shop that says nothing about it is held to: categories of which a sudden stop may mean loss.

use alloc::string::String;

use super::super::shape::Category;

/// Words in English and German that a sensitive category begins with, in lower case. A guess on the side of silence: a shop
/// that knows better says `"sensitive": false`.
const BEGINNINGS: [&str; 36] = [
    "menstru",
    "tampon",
    "condom",
    "kondom",
    "schmerz",
    "baby",
    "windel",
    "nappi",
    "nappy",
    "diaper",
    "infant",
    "säugling",
    "schwanger",
    "pregnan",
    "haustier",
    "tierfutter",
    "tiernahrung",
    "hunde",
    "katzen",
    "medicin",
    "medizin",
    "medikament",
    "arznei",
    "pharma",
    "apothek",
    "diät",
    "dietary",
    "alcohol",
    "alkohol",
    "spirituos",
    "liquor",
    "trauer",
    "kondolenz",
    "funeral",
    "mourning",
    "condolence",
];
/// Whole words that say the same.
const WORDS: [&str; 15] = [
    "pet", "pets", "dog", "dogs", "cat", "cats", "diet", "diets", "wine", "wines", "wein", "weine", "beer", "beers",
    "bier",
];

/// Tells whether the id or a name of a category has a word that makes it sensitive.
pub(super) fn is_sensitive(category: &Category) -> bool {
    let is = |word: &str| WORDS.contains(&word) || BEGINNINGS.iter().any(|beginning| word.starts_with(beginning));
    let has = |text: &String| text.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(is);
    has(&category.id) || category.name.values().any(has)
}
