//! Conditions mean what CEL says they mean: our compiler against the interpreter of the `cel` crate, on random conditions
//! over the whole vocabulary and random contexts in which values are missing.
//!
//! What is compared, and why it is sound: the very same text runs in both. A value that is not known is left out of the
//! interpreter's maps, so reading it is a `NoSuchKey` error there. CEL's `&&`, `||`, `exists` and `all` absorb errors
//! (`error || true` is true) and `!` keeps them, which is Kleene's logic of true, false and unknown; and in that logic
//! a text comes out true exactly where it does with every `!` pushed down to the comparisons and every unknown
//! comparison, negated or not, taken as false: our documented rule. So the interpreter must say true exactly where ours
//! holds; false and `NoSuchKey` both mean that it does not. Any other error fails the test. Where nothing is missing, an
//! error of any kind fails it too.
#![cfg(all(feature = "author", not(target_arch = "wasm32")))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use cel::extractors::This;
use cel::{Context, ExecutionError, Program, Value};
use tactful::author::cel::{Calendar, Scope, compile};
use tactful::catalog::condition::two_letters;
use tactful::catalog::{Attribute, Condition, OwnIx, OwnKind};
use tactful::product::{CategoryIx, ProductIx};

const CATEGORIES: [&str; 4] = ["bread", "coffee", "milk", "wine"];
const PRODUCTS: [&str; 3] = ["nk-1", "nk-2", "nk-3"];
const STORES: [&str; 3] = ["kamppi", "kluuvi", "töölö"];
const TIERS: [&str; 3] = ["gold", "none", "silver"];
const CART: [&str; 5] = ["eggs", "fish", "nuts", "rice", "tea"];
const SINCE: [&str; 3] = ["eggs", "fish", "tea"];
const INTENTS: [&str; 7] = ["browse", "consider", "decide", "checkout", "compare", "hesitate", "leave"];
const STAGES: [&str; 3] = ["discovery", "sale", "service"];
const TOPICS: [&str; 4] = ["complaint", "return", "late_delivery", "question"];
const COUNTRIES: [&str; 3] = ["DE", "FI", "SE"];
const LANGUAGES: [&str; 3] = ["de", "en", "fi"];

const OWN: [(&str, OwnKind, &[&str]); 6] = [
    ("tier", OwnKind::Text, &TIERS),
    ("household", OwnKind::Number, &[]),
    ("vegetarian", OwnKind::Boolean, &[]),
    ("budget", OwnKind::Money, &[]),
    ("cart", OwnKind::Set, &CART),
    ("since", OwnKind::Map, &SINCE),
];

fn scope() -> Scope {
    let places = |names: &[&str]| names.iter().map(|name| name.to_string()).zip(0_u16..).collect::<Vec<_>>();
    let texts = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
    Scope {
        categories: places(&CATEGORIES).into_iter().map(|(name, place)| (name, CategoryIx(place))).collect(),
        products: places(&PRODUCTS).into_iter().map(|(name, place)| (name, ProductIx(place.into()))).collect(),
        stores: texts(&STORES),
        attributes: (0..)
            .zip(OWN)
            .map(|(ix, (name, kind, values))| (name.into(), (OwnIx(ix), kind, texts(values))))
            .collect(),
        calendar: Calendar::default(),
        decimals: 2,
    }
}

/// Repeatable chance (Steele, Lea, Flood 2014, SplitMix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(most).unwrap()).unwrap()
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn among<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }

    /// Some of all, at least one.
    fn some(&mut self, all: &[&'static str]) -> Vec<&'static str> {
        let count = 1 + self.below(all.len().min(3));
        (0..count).map(|_| self.among(all)).collect()
    }
}

// --- contexts

/// How a value is written on both sides.
#[derive(Clone, Copy)]
enum Kind {
    Flag,
    Whole,
    Ppm,
    Cents,
    Minutes,
    Text(Names),
    Letters(Names),
}

/// Every single value: its dotted name, its attribute, its kind, and some numbers around which conditions turn.
fn singles() -> Vec<(&'static str, Attribute, Kind, Vec<i64>)> {
    let own = |ix| Attribute::Own(OwnIx(ix));
    let flag = vec![0, 1];
    let ppm = vec![0, 250_000, 700_000, 700_001, 999_999, 1_000_000];
    let cents = vec![0, 1, 1_998, 1_999, 2_000, 2_001, 123_456];
    let places = |count: i64| (0..count).collect::<Vec<_>>();
    let letters = |all: &[&str]| all.iter().map(|code| two_letters(code.as_bytes().try_into().unwrap())).collect();
    vec![
        ("presence.in_store", Attribute::InStore, Kind::Flag, flag.clone()),
        ("presence.near", Attribute::Near, Kind::Flag, flag.clone()),
        ("presence.store", Attribute::StoreAt, Kind::Text(&STORES), places(3)),
        ("presence.probability", Attribute::PresenceProbability, Kind::Ppm, ppm.clone()),
        ("presence.scanned", Attribute::Scanned, Kind::Flag, flag.clone()),
        ("intent.stage", Attribute::IntentStage, Kind::Text(&INTENTS), places(7)),
        ("intent.purchase", Attribute::IntentPurchase, Kind::Ppm, ppm),
        ("occasion.weekday", Attribute::Weekday, Kind::Whole, (1..=7).collect()),
        ("occasion.hour", Attribute::Hour, Kind::Whole, vec![0, 7, 8, 9, 23]),
        ("occasion.month", Attribute::Month, Kind::Whole, vec![1, 2, 11, 12]),
        ("occasion.day", Attribute::DayOfMonth, Kind::Whole, vec![1, 2, 30, 31]),
        ("occasion.store_open", Attribute::StoreOpen, Kind::Flag, flag.clone()),
        ("stage", Attribute::Stage, Kind::Text(&STAGES), places(3)),
        ("basket.total", Attribute::BasketTotal, Kind::Cents, cents.clone()),
        ("basket.items", Attribute::BasketItems, Kind::Whole, vec![0, 1, 2, 3]),
        ("bought.total", Attribute::BoughtTotal, Kind::Whole, vec![0, 1, 2, 100]),
        ("request.country", Attribute::Country, Kind::Letters(&COUNTRIES), letters(&COUNTRIES)),
        ("request.language", Attribute::Language, Kind::Letters(&LANGUAGES), letters(&LANGUAGES)),
        ("care.open", Attribute::CareOpen, Kind::Flag, flag.clone()),
        ("care.age", Attribute::CareAge, Kind::Minutes, vec![0, 60, 1_440, 4_320]),
        ("care.topic", Attribute::CareTopic, Kind::Text(&TOPICS), places(4)),
        ("scan.expires_in", Attribute::ExpiresIn, Kind::Minutes, vec![-1_440, 0, 1_440, 4_320, 5_760]),
        ("attributes.tier", own(0), Kind::Text(&TIERS), places(3)),
        ("attributes.household", own(1), Kind::Whole, vec![-1, 0, 1, 4]),
        ("attributes.vegetarian", own(2), Kind::Flag, flag),
        ("attributes.budget", own(3), Kind::Cents, cents),
    ]
}

type Names = &'static [&'static str];
/// The attribute of the member at a place.
type Member = fn(u16) -> Attribute;

/// Every set: its name, its members, the attribute of each.
fn sets() -> Vec<(&'static str, Names, Member)> {
    vec![
        ("intent.categories", &CATEGORIES, |place| Attribute::IntentIn(CategoryIx(place))),
        ("basket.categories", &CATEGORIES, |place| Attribute::BasketCategory(CategoryIx(place))),
        ("memory.categories", &CATEGORIES, |place| Attribute::MemoryIn(CategoryIx(place))),
        ("basket.products", &PRODUCTS, |place| Attribute::BasketProduct(ProductIx(place.into()))),
        ("attributes.cart", &CART, |place| Attribute::OwnMember(OwnIx(4), place)),
    ]
}

/// Every map: its name, its keys, the attribute of each, whether its entries are durations and may be missing.
fn maps() -> Vec<(&'static str, Names, Member, Kind, bool)> {
    vec![
        ("need.due_in", &CATEGORIES, |place| Attribute::DueIn(CategoryIx(place)), Kind::Minutes, true),
        ("bought.since", &CATEGORIES, |place| Attribute::BoughtSince(CategoryIx(place)), Kind::Minutes, true),
        ("bought.count", &CATEGORIES, |place| Attribute::BoughtCount(CategoryIx(place)), Kind::Whole, false),
        ("attributes.since", &SINCE, |place| Attribute::OwnMember(OwnIx(5), place), Kind::Whole, true),
    ]
}

/// One context on both sides.
struct Known {
    values: BTreeMap<Attribute, i64>,
    cel: Context<'static, 'static>,
    complete: bool,
}

impl Known {
    /// Draws a context; where it is not to be complete, about a fourth of it is missing.
    fn draw(chance: &mut Chance, complete: bool) -> Self {
        let (mut values, mut cel) = (BTreeMap::new(), BTreeMap::new());
        let missing = |chance: &mut Chance| !complete && chance.one_in(4);
        for (name, attribute, kind, around) in singles() {
            if !missing(chance) {
                let value = around[chance.below(around.len())];
                values.insert(attribute, value);
                put(&mut cel, name, written(kind, value));
            }
        }
        for (name, members, attribute) in sets() {
            // Built-in sets are always known; a declared one only where it was told.
            if name.starts_with("attributes") && missing(chance) {
                continue;
            }
            let there: Vec<bool> = members.iter().map(|_| chance.one_in(3)).collect();
            values.extend((0..).map(attribute).zip(there.iter().copied().map(i64::from)));
            let names = members.iter().zip(&there).filter(|(_, there)| **there).map(|(name, _)| text(name));
            put(&mut cel, name, Value::List(Arc::new(names.collect())));
        }
        for (name, keys, attribute, kind, may_miss) in maps() {
            let mut entries = HashMap::new();
            for (key, place) in keys.iter().zip(0..) {
                if may_miss && missing(chance) {
                    continue;
                }
                let around: &[i64] = match kind {
                    Kind::Minutes => &[-2_881, -2_880, -60, 0, 5, 120, 2_159, 2_160, 7_200, 7_201],
                    _ => &[0, 1, 2, 4, 5, 6],
                };
                let value = around[chance.below(around.len())];
                values.insert(attribute(place), value);
                entries.insert(key.to_string(), Value::Int(value));
            }
            put(&mut cel, name, entries.into());
        }
        Self { values, cel: context(cel), complete }
    }

    fn holds(&self, condition: &Condition) -> bool {
        condition.holds(|attribute| self.values.get(&attribute).copied())
    }

    /// What the interpreter says; a missing value makes it false.
    fn says(&self, program: &Program, source: &str) -> bool {
        match program.execute(&self.cel) {
            Ok(Value::Bool(yes)) => yes,
            Err(ExecutionError::NoSuchKey(_) | ExecutionError::UndeclaredReference(_)) if !self.complete => false,
            other => panic!("{source}: {other:?}"),
        }
    }
}

fn text(text: &str) -> Value {
    Value::String(Arc::new(text.into()))
}

fn written(kind: Kind, value: i64) -> Value {
    let at = |all: &[&str]| text(all[usize::try_from(value).unwrap()]);
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let float = value as f64;
    match kind {
        Kind::Flag => Value::Bool(value == 1),
        Kind::Whole | Kind::Minutes => Value::Int(value),
        Kind::Ppm => Value::Float(float / 1_000_000.0),
        Kind::Cents => Value::Float(float / 100.0),
        Kind::Text(all) => at(all),
        Kind::Letters(all) => {
            text(all.iter().find(|code| two_letters(code.as_bytes().try_into().unwrap()) == value).unwrap())
        }
    }
}

type Tree = BTreeMap<&'static str, BTreeMap<&'static str, Value>>;

fn put(tree: &mut Tree, name: &'static str, value: Value) {
    let (top, field) = name.split_once('.').unwrap_or((name, ""));
    tree.entry(top).or_default().insert(field, value);
}

/// Makes the variables and our functions known to the interpreter. Durations are whole minutes on both sides.
fn context(tree: Tree) -> Context<'static, 'static> {
    let mut cel = Context::default();
    for top in [
        "presence",
        "intent",
        "need",
        "occasion",
        "basket",
        "bought",
        "memory",
        "request",
        "care",
        "scan",
        "attributes",
    ] {
        let fields = tree.get(top).cloned().unwrap_or_default();
        let fields: HashMap<String, Value> = fields.into_iter().map(|(name, value)| (name.into(), value)).collect();
        cel.add_variable_from_value(top, fields);
    }
    if let Some(stage) = tree.get("stage") {
        cel.add_variable_from_value("stage", stage[""].clone());
    }
    cel.add_function("days", |count: i64| count * 1_440).unwrap();
    cel.add_function("hours", |count: i64| count * 60).unwrap();
    cel.add_function("minutes", |count: i64| count).unwrap();
    cel.add_function("duration", |text: Arc<String>| DURATIONS.iter().find(|(known, _)| *known == *text).unwrap().1)
        .unwrap();
    for field in ["due_in", "since", "count"] {
        cel.add_function(field, move |This(of): This<Value>, key: Arc<String>| entry(&of, field, &key)).unwrap();
    }
    cel
}

const DURATIONS: [(&str, i64); 4] = [("36h", 2_160), ("1h60m", 120), ("300s", 5), ("-48h", -2_880)];

/// `bought.since("coffee")` is `bought.since["coffee"]`.
fn entry(of: &Value, field: &str, key: &str) -> Result<Value, ExecutionError> {
    let get = |of: &Value, key: &str| match of {
        Value::Map(map) => map.map.get(&cel::objects::Key::from(key.to_owned())).cloned(),
        _ => None,
    };
    get(of, field).and_then(|map| get(&map, key)).ok_or_else(|| ExecutionError::NoSuchKey(Arc::new(key.into())))
}

// --- conditions

/// Writes a random condition. `wanted`: it is under an even number of `!`; that a map has an entry is asked only there.
fn condition(chance: &mut Chance, deep: usize, wanted: bool) -> String {
    if deep == 0 || chance.one_in(5) {
        return leaf(chance, wanted);
    }
    match chance.below(8) {
        0 | 1 => format!("!({})", condition(chance, deep - 1, !wanted)),
        2..=4 => format!("({} && {})", condition(chance, deep - 1, wanted), condition(chance, deep - 1, wanted)),
        _ => format!("({} || {})", condition(chance, deep - 1, wanted), condition(chance, deep - 1, wanted)),
    }
}

fn leaf(chance: &mut Chance, wanted: bool) -> String {
    match chance.below(24) {
        0 => chance.among(&["true", "false"]).into(),
        1..=12 => single(chance),
        13..=16 => in_map(chance, wanted),
        17..=19 => in_set(chance),
        20 => each_in_list(chance),
        _ => each_in_set(chance, wanted),
    }
}

const COMPARISONS: [&str; 6] = ["==", "!=", "<", "<=", ">", ">="];

fn single(chance: &mut Chance) -> String {
    let all = singles();
    let (name, _, kind, around) = &all[chance.below(all.len())];
    if matches!(kind, Kind::Flag) && chance.one_in(2) {
        return chance.among(&[*name, &format!("!{name}")]).into();
    }
    compared(chance, name, *kind, around)
}

/// Compares a name with one constant, on either side, or with several.
fn compared(chance: &mut Chance, name: &str, kind: Kind, around: &[i64]) -> String {
    let ordered = matches!(kind, Kind::Whole | Kind::Ppm | Kind::Cents | Kind::Minutes);
    if chance.one_in(4) {
        let several: Vec<String> = (0..chance.below(4)).map(|_| constant(chance, kind, around)).collect();
        return format!("{name} in [{}]", several.join(", "));
    }
    let comparison = COMPARISONS[chance.below(if ordered { 6 } else { 2 })];
    let constant = constant(chance, kind, around);
    if chance.one_in(4) { format!("{constant} {comparison} {name}") } else { format!("{name} {comparison} {constant}") }
}

fn constant(chance: &mut Chance, kind: Kind, around: &[i64]) -> String {
    let number = around[chance.below(around.len())];
    match kind {
        Kind::Flag => (number == 1).to_string(),
        Kind::Whole => (number + i64::try_from(chance.below(3)).unwrap() - 1).to_string(),
        Kind::Ppm => chance.among(&["0", "1", "0.0", "0.25", "0.7", "0.700001", "1.0"]).into(),
        Kind::Cents => chance.among(&["0", "20", "20.00", "19.99", "0.01", "20.0", "-1", "-0.5", "1234.56"]).into(),
        Kind::Minutes => chance
            .among(&[
                "days(5)",
                "hours(2)",
                "minutes(5)",
                "minutes(-60)",
                "-days(2)",
                "days(0)",
                "duration(\"36h\")",
                "duration(\"1h60m\")",
                "duration(\"300s\")",
                "duration(\"-48h\")",
            ])
            .into(),
        Kind::Text(all) | Kind::Letters(all) => quoted(chance.among(all)),
    }
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

fn list(names: &[&str]) -> String {
    format!("[{}]", names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", "))
}

fn in_map(chance: &mut Chance, wanted: bool) -> String {
    let all = maps();
    let (name, keys, _, kind, may_miss) = all[chance.below(all.len())];
    let key = quoted(chance.among(keys));
    match chance.below(5) {
        0 if may_miss && wanted => format!("{key} in {name}"),
        1 if may_miss && wanted => each_in_map(chance, name, keys, kind),
        2 if name != "attributes.since" => compared(chance, &format!("{name}({key})"), kind, &[0, 1, 2, 5]),
        _ => compared(chance, &format!("{name}[{key}]"), kind, &[0, 1, 2, 5]),
    }
}

fn each_in_map(chance: &mut Chance, name: &str, keys: &[&'static str], kind: Kind) -> String {
    let asked = if chance.one_in(2) {
        of_member(chance, "k", keys)
    } else {
        compared(chance, &format!("{name}[k]"), kind, &[0, 1, 5])
    };
    format!("{name}.exists(k, {asked})")
}

fn in_set(chance: &mut Chance) -> String {
    let all = sets();
    let (name, members, _) = all[chance.below(all.len())];
    format!("{} in {name}", quoted(chance.among(members)))
}

fn each_in_list(chance: &mut Chance) -> String {
    let all = sets();
    let (name, members, _) = all[chance.below(all.len())];
    let macros = chance.among(&["exists", "all"]);
    let asked = chance.among(&["c in SET", "!(c in SET)"]).replace("SET", name);
    format!("{}.{macros}(c, {asked})", list(&chance.some(members)))
}

fn each_in_set(chance: &mut Chance, wanted: bool) -> String {
    let all = sets();
    let (name, members, _) = all[chance.below(all.len())];
    let macros = chance.among(&["exists", "exists", "all"]);
    let by_category = std::ptr::eq(members, CATEGORIES.as_slice());
    let asked = match chance.below(4) {
        0 if by_category => compared(chance, "bought.since[c]", Kind::Minutes, &[0]),
        1 if by_category => format!(
            "{} || {}",
            of_member(chance, "c", members),
            compared(chance, "bought.count[c]", Kind::Whole, &[1, 4])
        ),
        2 if by_category && wanted => "c in need.due_in".into(),
        3 => format!("{} && {}", of_member(chance, "c", members), single(chance)),
        _ => of_member(chance, "c", members),
    };
    format!("{name}.{macros}(c, {asked})")
}

/// Asks which member it is.
fn of_member(chance: &mut Chance, variable: &str, members: &[&'static str]) -> String {
    let one = quoted(chance.among(members));
    let some = list(&chance.some(members));
    match chance.below(6) {
        0 => format!("{variable} == {one}"),
        1 => format!("{variable} != {one}"),
        2 => format!("{one} == {variable}"),
        3 => format!("{variable} in {some}"),
        4 => format!("!({variable} in {some})"),
        _ => format!("({variable} == {one} || {variable} in {some})"),
    }
}

// --- the comparison

#[derive(Debug, Default)]
struct Counts {
    conditions: usize,
    refused: usize,
    complete: usize,
    missing: usize,
    held: usize,
}

const CONDITIONS: usize = 6_000;
const CONTEXTS: usize = 40;

#[test]
fn conditions_mean_what_cel_says_they_mean() {
    let (scope, mut chance, mut counts) = (scope(), Chance(3), Counts::default());
    let contexts: Vec<Known> = (0..200).map(|nth| Known::draw(&mut chance, nth % 2 == 0)).collect();
    while counts.conditions < CONDITIONS {
        let deep = 1 + chance.below(4);
        let source = condition(&mut chance, deep, true);
        let ours = match compile(&scope, &source) {
            Ok(ours) => ours,
            Err(faults) if faults.iter().all(|fault| fault.to_string().contains("alternatives, more than")) => {
                counts.refused += 1;
                continue;
            }
            Err(faults) => panic!("{source}: {faults:?}"),
        };
        let program = Program::compile(&source).unwrap();
        counts.conditions += 1;
        for _ in 0..CONTEXTS {
            let known = &contexts[chance.below(contexts.len())];
            let (held, said) = (known.holds(&ours), known.says(&program, &source));
            assert_eq!(held, said, "{source}\nlowered to {ours:?}\nwith {:?}", known.values);
            counts.held += usize::from(held);
            *(if known.complete { &mut counts.complete } else { &mut counts.missing }) += 1;
        }
    }
    eprintln!("{counts:?}");
    assert!(
        counts.complete + counts.missing >= 100_000 && counts.complete.min(counts.missing) >= 100_000,
        "{counts:?}"
    );
    assert!(counts.held > 60_000 && counts.refused < CONDITIONS / 20, "{counts:?}");
}
