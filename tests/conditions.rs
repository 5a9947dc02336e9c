//! What a condition in CEL comes to mean, and what is said of one that means nothing.
#![cfg(all(feature = "author", not(target_arch = "wasm32")))]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use tactful::author::Fault;
use tactful::author::cel::{Calendar, FORMS, Scope, VOCABULARY, compile};
use tactful::catalog::condition::two_letters;
use tactful::catalog::{Attribute, OwnIx, OwnKind};
use tactful::product::{CategoryIx, ProductIx};

fn scope() -> Scope {
    Scope {
        categories: [("biscuits".into(), CategoryIx(1)), ("coffee".into(), CategoryIx(2))].into(),
        products: [("nk-1".into(), ProductIx(7))].into(),
        stores: vec!["kamppi".into(), "kluuvi".into()],
        attributes: [
            ("tier".into(), (OwnIx(1), OwnKind::Text, vec!["gold".into(), "silver".into(), "käse".into()])),
            ("size".into(), (OwnIx(0), OwnKind::Number, vec![])),
            ("cart".into(), (OwnIx(2), OwnKind::Set, ["bread", "milk", "eggs"].map(String::from).into())),
            ("since".into(), (OwnIx(3), OwnKind::Map, ["bread", "milk"].map(String::from).into())),
        ]
        .into(),
        calendar: Calendar {
            first: 20_000,
            occasions: [("fair".into(), vec![false, true])].into(),
            holidays: Some(vec![true, false]),
            south: false,
        },
        decimals: 2,
    }
}

/// Whether the condition holds where every attribute it asks about has this value.
fn holds(source: &str, value: Option<i64>) -> bool {
    compile(&scope(), source).unwrap_or_else(|faults| panic!("{source}: {faults:?}")).holds(|_| value)
}

fn asks_about(source: &str) -> Attribute {
    let condition = compile(&scope(), source).unwrap();
    condition.conjunctions().first().and_then(|all| all.first()).unwrap().attribute
}

fn fault(source: &str) -> String {
    compile(&scope(), source).unwrap_err().iter().map(ToString::to_string).collect::<Vec<_>>().join(" + ")
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
    assert_eq!(asks_about("\"nk-1\" in wanted.products"), Attribute::Wanted(ProductIx(7)));
    assert_eq!(asks_about("bought.count(\"coffee\") > 2"), Attribute::BoughtCount(CategoryIx(2)));
}

#[test]
fn every_word_of_the_vocabulary_is_understood() {
    for (word, kind) in VOCABULARY.iter().filter(|(word, _)| !word.starts_with("days") && !word.contains('<')) {
        let word = word.replace("[category]", "[\"coffee\"]").replace("[occasion]", "[\"fair\"]");
        let source = match *kind {
            kind if kind.starts_with("yes or no") => word,
            "set of categories" => format!("\"coffee\" in {word}"),
            "set of the catalog's `occasions`" => format!("\"fair\" in {word}"),
            kind if kind.starts_with("set of products") => format!("\"nk-1\" in {word}"),
            kind if kind.starts_with("duration") => format!("{word} < days(1)"),
            kind if kind.starts_with("id of a store") => format!("{word} == \"kluuvi\""),
            kind if kind.starts_with("ISO 3166") => format!("{word} == \"FI\""),
            kind if kind.starts_with("ISO 639") => format!("{word} == \"fi\""),
            kind if kind.contains(" or ") => format!("{word} == \"{}\"", kind.split([',', ' ']).next().unwrap()),
            _ => format!("{word} >= 1"),
        };
        assert!(compile(&scope(), &source).is_ok(), "{source}: {}", fault(&source));
    }
}

#[test]
fn every_form_in_the_help_is_understood() {
    let categories = [("bread".into(), CategoryIx(0)), ("milk".into(), CategoryIx(1))].into();
    let scope = Scope { categories, decimals: 2, ..Scope::default() };
    for (source, _) in FORMS {
        assert!(compile(&scope, source).is_ok(), "{source}: {:?}", compile(&scope, source));
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
        (
            "basket.items + 1 > 2",
            "conditions do no arithmetic; compare one name with one constant, and write the result there",
        ),
        (
            "presence.near ? care.open : presence.scanned",
            "conditions have no `? :`; write `(presence.near && care.open) || (!(presence.near) && presence.scanned)`",
        ),
        ("bought.since.coffee > days(1)", "`bought.since` is a map; write `bought.since[\"coffee\"]`"),
        ("bought.since > days(1)", "this is a map; ask with `…[\"name\"]` or `\"name\" in …`"),
        ("bought.since[\"cofee\"] > days(1)", "there is no category `cofee`; did you mean `coffee`?"),
        ("\"bred\" in attributes.cart", "there is no value `bred`; did you mean `bread`?"),
        ("attributes.since[\"mlik\"] > 1", "there is no value `mlik`; did you mean `milk`?"),
        ("attributes.cart[\"bread\"] > 1", "this is a set; ask with `\"name\" in …`"),
        ("attributes.cart.exists(c, c == \"bred\")", "there is no value `bred`; did you mean `bread`?"),
        ("attributes.cart.map(c, c)", "of CEL's macros, conditions have `exists` and `all`"),
        ("attributes.cart.exists_one(c, c == \"milk\")", "of CEL's macros, conditions have `exists` and `all`"),
        (
            "attributes.since.all(c, c == \"milk\")",
            "a missing entry makes no condition true, so `all` cannot be asked of a map, nor `!` of `exists`",
        ),
        (
            "!(\"coffee\" in bought.since)",
            "a missing entry makes no condition true; for never bought write `bought.count[\"name\"] == 0`",
        ),
        (
            "!(\"milk\" in attributes.since)",
            "a missing entry makes no condition true; ask for what is known, or declare a set",
        ),
        ("\"coffee\" in bought.count", "every category has a count; write `bought.count[\"name\"] >= 1`, or `== 0`"),
        ("bought.since[\"coffee\"] > duration(\"2 days\")", "`2 days` is no duration; write such as `36h` or `1h30m`"),
        ("bought.since[\"coffee\"] > duration(\"90s\")", "`90s` is no whole number of minutes; durations are"),
        ("request.country == \"fi\"", "expected a country in two capital letters, such as \"FI\""),
        ("presence.probability > 0.1234567", "expected a number with at most 6 decimals"),
        ("basket.total > \"20.00\"", "expected an amount, such as 20.00"),
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

/// Whether the condition holds where these attributes have these values, and no other is known.
fn holds_where(source: &str, known: &[(Attribute, i64)]) -> bool {
    let condition = compile(&scope(), source).unwrap_or_else(|faults| panic!("{source}: {faults:?}"));
    condition.holds(|asked| known.iter().find(|(attribute, _)| *attribute == asked).map(|(_, value)| *value))
}

#[test]
fn members_of_a_set_are_there_or_not_once_it_is_told() {
    let cart = |bread, milk, eggs| {
        [(0, bread), (1, milk), (2, eggs)].map(|(place, yes)| (Attribute::OwnMember(OwnIx(2), place), yes))
    };
    for (source, bread_only, all_three, empty) in [
        ("\"bread\" in attributes.cart", true, true, false),
        ("!(\"bread\" in attributes.cart)", false, false, true),
        ("attributes.cart.exists(c, c in [\"bread\", \"milk\"])", true, true, false),
        ("attributes.cart.exists(c, c == \"milk\" || c in [\"eggs\"])", false, true, false),
        ("attributes.cart.exists(c, c != \"bread\")", false, true, false),
        ("!attributes.cart.exists(c, c != \"bread\")", true, false, true),
        ("attributes.cart.all(c, c == \"bread\")", true, false, true),
        ("!attributes.cart.all(c, c == \"bread\")", false, true, false),
        ("[\"milk\", \"eggs\"].all(c, c in attributes.cart)", false, true, false),
        ("[\"milk\", \"bread\"].exists(c, c in attributes.cart)", true, true, false),
        ("attributes.cart.all(c, true)", true, true, true),
        ("attributes.cart.exists(c, true)", true, true, false),
    ] {
        let found = [cart(1, 0, 0), cart(1, 1, 1), cart(0, 0, 0)].map(|cart| holds_where(source, &cart));
        assert_eq!(found, [bread_only, all_three, empty], "{source}");
        assert!(!holds_where(source, &[]), "{source}");
    }
}

#[test]
fn entries_of_maps_are_compared_and_those_that_are_missing_are_not() {
    let bread = Attribute::OwnMember(OwnIx(3), 0);
    for source in [
        "attributes.since[\"bread\"] >= 5",
        "\"bread\" in attributes.since && !(attributes.since[\"bread\"] < 5)",
        "attributes.since.exists(c, attributes.since[c] >= 5)",
    ] {
        assert_eq!([4, 5].map(|days| holds_where(source, &[(bread, days)])), [false, true], "{source}");
        assert!(!holds_where(source, &[]), "{source}");
    }
    for source in [
        "bought.since[\"coffee\"] >= days(5)",
        "bought.since(\"coffee\") >= duration(\"120h\")",
        "hours(120) <= bought.since[\"coffee\"]",
    ] {
        let since = |days: i64| holds_where(source, &[(Attribute::BoughtSince(CategoryIx(2)), days * 1_440)]);
        assert_eq!([4, 5].map(since), [false, true], "{source}");
    }
    let overdue = |days: i64| {
        holds_where("need.due_in[\"coffee\"] < -days(2)", &[(Attribute::DueIn(CategoryIx(2)), days * 1_440)])
    };
    assert_eq!([-3, -2, 0].map(overdue), [true, false, false]);
}

#[test]
fn each_member_may_be_asked_about_in_other_maps() {
    let source = "basket.categories.exists(c, bought.since[c] >= days(30))";
    let (in_basket, since) = (Attribute::BasketCategory(CategoryIx(2)), Attribute::BoughtSince(CategoryIx(2)));
    assert!(holds_where(source, &[(in_basket, 1), (since, 50_000)]));
    assert!(!holds_where(source, &[(in_basket, 0), (since, 50_000)]));
    assert!(!holds_where(source, &[(Attribute::BasketCategory(CategoryIx(1)), 1), (since, 50_000)]));
}

fn alternatives(source: &str) -> usize {
    compile(&scope(), source).unwrap_or_else(|faults| panic!("{source}: {faults:?}")).conjunctions().len()
}

#[test]
fn what_can_be_one_alternative_is_one() {
    for (source, count) in [
        ("occasion.hour == 1 || occasion.hour == 2 || occasion.hour in [5, 7]", 1),
        ("occasion.hour > 3 && occasion.hour < 2", 0),
        ("presence.near || (presence.near && care.open)", 1),
        ("(presence.near && occasion.hour > 3) || (presence.near && occasion.hour < 2)", 1),
        ("(presence.near || care.open) && (presence.near || care.open)", 2),
        ("presence.near || care.open || presence.scanned", 3),
    ] {
        assert_eq!(alternatives(source), count, "{source}");
    }
    // Forty alternatives on the way, two in the end.
    let hours = (0..10).map(|hour| format!("(occasion.hour == {hour} && basket.items == {hour})"));
    let many = hours.collect::<Vec<_>>().join(" || ");
    let source = format!(
        "({many}) && (occasion.day == 1 || occasion.weekday == 2 || occasion.month == 3 || care.open) && occasion.hour == 4"
    );
    assert_eq!(alternatives(&source), 4);
}

/// Two alternatives that no other pair has a part of.
fn pair(number: u8) -> String {
    format!("(occasion.hour != {number} || occasion.day != {number})")
}

#[test]
fn too_many_alternatives_are_refused_before_they_cost_anything() {
    let many = |pairs: u8| (0..pairs).map(pair).collect::<Vec<_>>().join(" && ");
    assert!(fault(&many(6)).starts_with("this part has 64 alternatives, more than the 32"), "{}", fault(&many(6)));
    assert!(fault(&many(12)).contains("alternatives, more than the 32"), "{}", fault(&many(12)));
    let deep = format!("{}presence.near{}", "(".repeat(200), ")".repeat(200));
    assert!(compile(&scope(), &deep).is_err());
}

/// The parts of the source that faults underline.
fn underlined(source: &str) -> String {
    let part = |fault: &Fault| match fault {
        Fault::Condition { span, .. } => source.get(span.0..span.1).unwrap(),
        other => panic!("{source}: {other:?}"),
    };
    compile(&scope(), source).unwrap_err().iter().map(part).collect::<Vec<_>>().join(" + ")
}

#[test]
fn the_part_at_fault_is_underlined() {
    for (source, part) in [
        ("presence.near && basket.totl > 3", "basket.totl"),
        ("presence.near && \"cofee\" in basket.categories", "\"cofee\""),
        ("\"bröd\" in basket.categories", "\"bröd\""),
        ("attributes.tier == \"gölden\" && basket.totl > 3", "\"gölden\" + basket.totl"),
        ("attributes.tier != \"käse\" && basket.totl > 3", "basket.totl"),
        ("attributes.tier == \"käse\" && @ > 3", "@"),
        ("care.open && bought.since[\"cofee\"] > days(1)", "\"cofee\""),
        ("care.open && bought.since.coffee > days(1)", "bought.since.coffee"),
        ("care.open && (basket.items + 1 > 2 || care.open)", "basket.items + 1"),
        (
            "care.open && attributes.cart.exists_one(c, c == \"milk\") && true",
            "attributes.cart.exists_one(c, c == \"milk\")",
        ),
        ("care.open && attributes.cart.exists(c, c == \"mlik\")", "c == \"mlik\""),
        ("care.open ? care.open : presence.near", "care.open ? care.open : presence.near"),
        ("!(\"coffee\" in bought.since) || care.open", "\"coffee\" in bought.since"),
    ] {
        assert_eq!(underlined(source), part, "{source}");
    }
    let many = (0..6).map(pair).collect::<Vec<_>>().join(" && ");
    assert!(compile(&scope(), &format!("!({many})")).is_ok(), "its negation is few");
    let source = format!("care.open || ({many})");
    assert_eq!(underlined(&source), many);
}

#[test]
fn every_fault_of_a_condition_is_told_once_and_nothing_that_follows_from_one() {
    for (source, said) in [
        (
            "basket.totl > 3 && (care.opn || !(\"cofee\" in basket.categories))",
            "there is nothing called `basket.totl`; did you mean `basket.total`? + there is nothing called `care.opn`; did you \
             mean `care.open`? + there is no category `cofee`; did you mean `coffee`?",
        ),
        ("occasion.weekday in [6, \"Su\", 7.5]", "expected a whole number + expected a whole number"),
        (
            "basket.totl in [\"a\", care.open]",
            "there is nothing called `basket.totl`; did you mean `basket.total`? + a list holds constants only",
        ),
        ("basket.totl > \"3\"", "there is nothing called `basket.totl`; did you mean `basket.total`?"),
        (
            "[\"milk\", \"bread\"].exists(c, c in attributes.crat) && care.opn",
            "there is nothing called `attributes.crat`; did you mean `attributes.cart`? + there is nothing called `care.opn`; \
             did you mean `care.open`?",
        ),
        (
            "attributes.crat.exists(c, c == \"mlik\")",
            "there is nothing called `attributes.crat`; did you mean `attributes.cart`?",
        ),
    ] {
        assert_eq!(fault(source), said, "{source}");
    }
    assert_eq!(underlined("occasion.weekday in [6, \"Su\", 7.5]"), "\"Su\" + 7.5");
}

#[test]
fn what_takes_too_many_steps_is_told_once() {
    let members = (0..20).map(|at| at.to_string()).collect::<Vec<_>>().join(", ");
    let nested = |body: &str| (0..5).fold(body.to_string(), |body, at| format!("[{members}].all(v{at}, {body})"));
    let source = format!("{} && {}", nested("true"), nested("true"));
    assert_eq!(fault(&source).matches("more than 200000 steps").count(), 1, "{}", fault(&source));
}

#[test]
fn a_number_that_could_not_be_told_from_its_neighbours_is_refused() {
    for source in ["attributes.size > 2147483646", "attributes.size == -3000000000", "basket.total < 21474836.46"] {
        assert!(fault(source).contains("is beyond what conditions can compare with"), "{source}: {}", fault(source));
    }
    assert!(compile(&scope(), "attributes.size in [2147483645, -2147483645]").is_ok());
}
