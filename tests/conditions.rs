//! What a condition in CEL comes to mean, and what is said of one that means nothing.
#![cfg(all(feature = "author", not(target_arch = "wasm32")))]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use tactful::author::cel::{Scope, VOCABULARY, compile};
use tactful::catalog::condition::two_letters;
use tactful::catalog::{Attribute, OwnIx, OwnKind};
use tactful::product::{CategoryIx, ProductIx};

fn scope() -> Scope {
    Scope {
        categories: [("biscuits".into(), CategoryIx(1)), ("coffee".into(), CategoryIx(2))].into(),
        products: [("nk-1".into(), ProductIx(7))].into(),
        stores: vec!["kamppi".into(), "kluuvi".into()],
        attributes: [
            ("tier".into(), (OwnIx(1), OwnKind::Text, vec!["gold".into(), "silver".into()])),
            ("size".into(), (OwnIx(0), OwnKind::Number, vec![])),
        ]
        .into(),
        decimals: 2,
    }
}

/// Whether the condition holds where every attribute it asks about has this value.
fn holds(source: &str, value: Option<i64>) -> bool {
    compile(&scope(), source).unwrap_or_else(|fault| panic!("{source}: {fault}")).holds(|_| value)
}

fn asks_about(source: &str) -> Attribute {
    let condition = compile(&scope(), source).unwrap();
    condition.conjunctions().first().and_then(|all| all.first()).unwrap().attribute
}

fn fault(source: &str) -> String {
    compile(&scope(), source).unwrap_err().to_string()
}

#[test]
fn comparisons_include_what_they_say() {
    for (source, at, below, above) in [
        ("occasion.hour == 8", true, false, false),
        ("occasion.hour != 8", false, true, true),
        ("occasion.hour < 8", false, true, false),
        ("occasion.hour <= 8", true, true, false),
        ("occasion.hour > 8", false, false, true),
        ("occasion.hour >= 8", true, false, true),
        ("8 < occasion.hour", false, false, true),
        ("occasion.hour in [8, 11]", true, false, false),
        ("!(occasion.hour in [8, 11])", false, true, true),
        ("!(occasion.hour <= 8)", false, false, true),
        ("!(occasion.hour > 8)", true, true, false),
        ("!!(occasion.hour > 8)", false, false, true),
        ("!(occasion.hour < 8 || occasion.hour > 8)", true, false, false),
        ("!(occasion.hour >= 8 && occasion.hour <= 8)", false, true, true),
    ] {
        assert_eq!([8, 7, 9].map(|value| holds(source, Some(value))), [at, below, above], "{source}");
    }
}

#[test]
fn a_condition_on_an_absent_value_is_false_however_it_is_turned() {
    for source in
        ["bought.since(\"coffee\") >= days(3)", "!(bought.since(\"coffee\") >= days(3))", "care.topic != \"return\""]
    {
        assert!(!holds(source, None), "{source}");
    }
}

#[test]
fn constants_are_read_in_the_unit_of_the_attribute() {
    assert!(holds("basket.total >= 20.00", Some(2_000)) && !holds("basket.total >= 20.00", Some(1_999)));
    assert!(holds("basket.total >= 20", Some(2_000)) && !holds("basket.total >= 20", Some(1_999)));
    assert!(
        holds("presence.probability >= 0.7", Some(700_000)) && !holds("presence.probability >= 0.7", Some(699_999))
    );
    assert!(
        holds("need.due_in(\"coffee\") <= days(7)", Some(10_080))
            && !holds("need.due_in(\"coffee\") <= hours(1)", Some(61))
    );
    assert!(
        holds("intent.stage in [\"consider\", \"decide\"]", Some(2)) && !holds("intent.stage == \"browse\"", Some(1))
    );
    assert!(holds("presence.store == \"kamppi\"", Some(0)));
    assert!(holds("request.country == \"FI\"", Some(two_letters(*b"FI"))));
    assert!(holds("attributes.tier == \"gold\"", Some(0)));
    assert!(holds("attributes.size > -3", Some(-2)));
}

#[test]
fn names_stand_for_their_attributes() {
    assert_eq!(asks_about("\"biscuits\" in basket.categories"), Attribute::BasketCategory(CategoryIx(1)));
    assert_eq!(asks_about("\"coffee\" in intent.categories"), Attribute::IntentIn(CategoryIx(2)));
    assert_eq!(asks_about("\"coffee\" in memory.categories"), Attribute::MemoryIn(CategoryIx(2)));
    assert_eq!(asks_about("\"nk-1\" in basket.products"), Attribute::BasketProduct(ProductIx(7)));
    assert_eq!(asks_about("bought.count(\"coffee\") > 2"), Attribute::BoughtCount(CategoryIx(2)));
}

#[test]
fn every_word_of_the_vocabulary_is_understood() {
    for (word, kind) in VOCABULARY.iter().filter(|(word, _)| !word.starts_with("days") && !word.contains('<')) {
        let word = word.replace("(category)", "(\"coffee\")");
        let source = match *kind {
            kind if kind.starts_with("yes or no") => word,
            "set of categories" => format!("\"coffee\" in {word}"),
            "set of products" => format!("\"nk-1\" in {word}"),
            kind if kind.starts_with("duration") => format!("{word} < days(1)"),
            "id of a store" => format!("{word} == \"kluuvi\""),
            kind if kind.starts_with("ISO") => format!("{word} == \"fi\""),
            kind if kind.contains(" or ") => format!("{word} == \"{}\"", kind.split([',', ' ']).next().unwrap()),
            _ => format!("{word} >= 1"),
        };
        assert!(compile(&scope(), &source).is_ok(), "{source}: {}", fault(&source));
    }
}

#[test]
fn what_means_nothing_is_told_with_what_might_be_meant() {
    for (source, said) in [
        ("basket.totl > 3", "there is nothing called `basket.totl`; did you mean `basket.total`?"),
        ("\"cofee\" in basket.categories", "there is no category `cofee`; did you mean `coffee`?"),
        ("presence.store == \"kampi\"", "there is no value `kampi`; did you mean `kamppi`?"),
        ("basket.total > 3.999", "expected an amount with at most 2 decimals"),
        ("basket.total", "this is no yes or no; compare it with a value"),
        ("basket.categories", "this is a set; ask with `\"name\" in …`"),
        ("basket.items + 1 > 2", "arithmetic and `?:` cannot be used in a condition"),
        ("occasion.hour == \"eight\"", "expected a whole number"),
        ("intent.stage > \"browse\"", "these have no order; use `==`, `!=` or `in [...]`"),
        ("presence.probability > 70", "expected a number from 0 to 1"),
        ("need.due_in(coffee) < days(1)", "there is nothing called `coffee`"),
        ("true == true", "one side must be an attribute and the other a constant"),
    ] {
        assert_eq!(fault(source), said, "{source}");
    }
    assert!(fault("basket.total >").starts_with("this is no CEL condition: "));
}

#[test]
fn too_many_alternatives_are_refused_before_they_cost_anything() {
    let pair = |hour: u8| format!("(occasion.hour == {hour} || occasion.day == {hour})");
    let source = (0..6).map(pair).collect::<Vec<_>>().join(" && ");
    assert!(fault(&source).starts_with("this part has 64 alternatives, more than the 32"), "{}", fault(&source));
    let deep = format!("{}presence.near{}", "(".repeat(200), ")".repeat(200));
    assert!(compile(&scope(), &deep).is_err());
}
