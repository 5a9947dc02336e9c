//! Memories of good times: the fact that each is remembered by, and the tact that goes before all of them.
#![cfg(all(feature = "author", not(target_arch = "wasm32")))]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::sync::LazyLock;

use serde_json::{Value, json};
use tactful::author;
use tactful::catalog::{Attribute, Language, Text};
use tactful::explain;
use tactful::moment::{Facts, Memory, Recall};
use tactful::product::ProductIx;
use tactful::profile::Profile;
use tactful::session::{Engine, Session};
use tactful::value::{Key, Seed, Timestamp};
use tactful::wire::signal::{FactTwin, ItemTwin, SignalFault, SignalTwin};
use tactful::wire::{pack, state};

const SOURCE: &str = include_str!("../examples/nordkorb/catalog.json");
static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(author::compile(SOURCE).unwrap()));

/// Noon of a day in Helsinki.
fn noon(day: &str) -> u64 {
    author::instant(&format!("{day}T12:00:00+02:00")).unwrap().ms().try_into().unwrap()
}

struct Shopper(Session);

impl Shopper {
    /// A household that has bought milk since the beginning of 2023, so that it is long known.
    fn new() -> Self {
        let mut shopper = Self(Session::new(Profile::new(Seed(1))));
        shopper.tell(noon("2023-01-02"), FactTwin::Consent { remember: true }).unwrap();
        shopper.bought(MILK, &["2023-01-02", "2023-01-09"]);
        shopper
    }

    fn tell(&mut self, at: u64, fact: FactTwin) -> Result<(), SignalFault> {
        let signal = SignalTwin { at, fact }.resolve(&ENGINE.catalog)?;
        self.0.observe(&ENGINE, &signal).map_err(|_| SignalFault::UnknownDecision)
    }

    /// Buys a product on each of these days.
    fn bought(&mut self, product: &str, days: &[&str]) {
        self.event(12, product, days);
    }

    fn event(&mut self, event: u8, id: &str, days: &[&str]) {
        for day in days {
            let items = vec![ItemTwin { id, category: "", price: Some(199), quantity: 1, lot: "" }];
            let transaction = format!("{event}-{id}-{day}");
            let (currency, term) = ("", "");
            self.tell(noon(day), FactTwin::Shop { event, currency, transaction: &transaction, term, items }).unwrap();
        }
    }

    fn memories(&self, day: &str) -> Vec<Memory> {
        self.0.moment(&ENGINE, Timestamp::from_ms(noon(day).cast_signed())).memories.to_vec()
    }

    /// What is remembered on a day of a product.
    fn memory(&self, day: &str, product: &str) -> Option<Memory> {
        let product = product_of(product);
        self.memories(day).into_iter().find(|memory| memory.product == product)
    }

    fn asked(&self, day: &str, attribute: Attribute) -> Option<i64> {
        let moment = self.0.moment(&ENGINE, Timestamp::from_ms(noon(day).cast_signed()));
        Facts { catalog: &ENGINE.catalog, profile: self.0.profile(), moment: &moment }.value(attribute)
    }
}

fn product_of(id: &str) -> ProductIx {
    ENGINE.catalog.product_by_key(Key::of(id)).unwrap()
}

fn said(memory: &Memory, language: Language) -> String {
    explain::memory(&ENGINE.catalog, memory, language)
}

const MILK: &str = "nk-0001";
const BUTTER_RINGS: &str = "nk-0032";
const GINGERBREAD: &str = "nk-0034";
const TEA: &str = "nk-0057";

#[track_caller]
fn recalls(product: &str, days: &[&str], on: &str, recall: Recall, [english, german]: [&str; 2]) {
    let mut shopper = Shopper::new();
    shopper.bought(product, days);
    let memory = shopper.memory(on, product).unwrap_or_else(|| panic!("nothing is remembered on {on}"));
    assert_eq!(memory.recall, recall);
    assert_eq!((said(&memory, Language::En).as_str(), said(&memory, Language::De).as_str()), (english, german));
}

const MONTHLY: [&str; 6] = ["2025-02-03", "2025-03-03", "2025-04-02", "2025-05-05", "2025-06-02", "2025-07-04"];

#[test]
fn a_lapsed_favourite_is_remembered_by_how_often_and_when_last() {
    recalls(
        BUTTER_RINGS,
        &MONTHLY,
        "2026-02-20",
        Recall::Lapsed,
        [
            "You bought Butter rings 200 g on 6 days, last in July 2025.",
            "Du hast Butterringe 200 g an 6 Tagen gekauft, zuletzt im Juli 2025.",
        ],
    );
}

#[test]
fn the_last_time_is_remembered_in_its_week_of_the_year() {
    recalls(
        BUTTER_RINGS,
        &MONTHLY,
        "2026-07-06",
        Recall::YearsAgo(1),
        [
            "A year ago this week you bought Butter rings 200 g.",
            "Vor einem Jahr um diese Zeit hast du Butterringe 200 g gekauft.",
        ],
    );
    recalls(
        BUTTER_RINGS,
        &MONTHLY,
        "2027-07-02",
        Recall::YearsAgo(2),
        [
            "2 years ago this week you bought Butter rings 200 g.",
            "Vor 2 Jahren um diese Zeit hast du Butterringe 200 g gekauft.",
        ],
    );
}

#[test]
fn the_first_time_is_remembered_of_what_they_still_buy() {
    recalls(
        TEA,
        &["2025-02-03", "2025-05-03", "2025-10-01", "2026-01-20"],
        "2026-02-03",
        Recall::FirstBought(1),
        [
            "A year ago this week you bought Black tea 50 bags for the first time.",
            "Vor einem Jahr um diese Zeit hast du Schwarztee 50 Beutel zum ersten Mal gekauft.",
        ],
    );
    let mut shopper = Shopper::new();
    shopper.bought(TEA, &["2023-02-03", "2025-05-03", "2025-10-01", "2026-01-20"]);
    assert_eq!(shopper.memory("2026-02-03", TEA), None, "they had only just begun to be known");
}

const EVERY_DECEMBER: [&str; 4] = ["2022-12-12", "2023-12-20", "2024-12-11", "2025-12-09"];

#[test]
fn what_is_bought_every_december_is_remembered_before_and_in_december() {
    recalls(
        GINGERBREAD,
        &EVERY_DECEMBER,
        "2026-12-02",
        Recall::EveryYear(12),
        [
            "You bought Gingerbread stars 350 g every December until 2025.",
            "Bis 2025 hast du jedes Jahr im Dezember Pfefferkuchensterne 350 g gekauft.",
        ],
    );
    recalls(
        GINGERBREAD,
        &EVERY_DECEMBER,
        "2026-11-20",
        Recall::Around(0, 2025),
        [
            "You bought Gingerbread stars 350 g around Christmas 2025.",
            "Um Weihnachten 2025 hast du Pfefferkuchensterne 350 g gekauft.",
        ],
    );
    let mut shopper = Shopper::new();
    shopper.bought(GINGERBREAD, &["2022-12-12", "2024-12-11", "2025-04-09"]);
    assert_eq!(shopper.memory("2026-04-30", GINGERBREAD), None, "one April is no tradition");
    shopper.bought(GINGERBREAD, &["2026-12-06"]);
    assert_eq!(shopper.memory("2026-12-20", GINGERBREAD), None, "they have it already");
}

#[test]
fn an_occasion_is_theirs_only_where_they_showed_it() {
    let around = |days: &[&str]| {
        let mut shopper = Shopper::new();
        shopper.bought(BUTTER_RINGS, days);
        shopper.memory("2026-11-20", BUTTER_RINGS).map(|memory| memory.recall)
    };
    assert_eq!(around(&["2024-12-12", "2024-12-20"]), Some(Recall::Around(0, 2024)));
    let mostly_else = ["2024-12-12", "2025-02-04", "2025-04-09", "2025-05-20", "2025-07-01"];
    assert_eq!(around(&mostly_else), Some(Recall::Lapsed), "bought as often at other times");
    let all_year = ["2025-01-12", "2025-02-20", "2025-03-12", "2025-04-12", "2025-05-12", "2025-06-12", "2025-07-12"];
    assert_eq!(around(&all_year), Some(Recall::Lapsed));
}

/// The catalog's smallest ages, and the tact that no catalog can switch off.
#[test]
fn a_memory_is_never_young() {
    let with_days = |days: u16| {
        let mut catalog: Value = serde_json::from_str(SOURCE).unwrap();
        catalog["cadence"]["memory_days"] = json!(days);
        author::compile(&catalog.to_string())
    };
    let issues = with_days(55).unwrap_err();
    assert!(issues.iter().any(|issue| issue.path == "/cadence/memory_days"), "{issues:?}");
    let engine = Engine::new(with_days(200).unwrap());
    let mut shopper = Shopper::new();
    shopper.bought(BUTTER_RINGS, &MONTHLY);
    let known = |day: &str| {
        let moment = shopper.0.moment(&engine, Timestamp::from_ms(noon(day).cast_signed()));
        !moment.memories.is_empty()
    };
    assert!(!known("2026-01-19") && known("2026-01-20"), "200 days after the fourth of July");
    assert_eq!(shopper.memory("2025-10-01", BUTTER_RINGS), None, "90 days where the catalog says nothing");
    assert!(shopper.memory("2025-10-02", BUTTER_RINGS).is_some());
}

#[test]
fn never_again_stops_a_product_a_category_an_occasion_and_all_memories() {
    let left = |about: u8, id: &str, on: &str| {
        let mut shopper = Shopper::new();
        shopper.bought(GINGERBREAD, &EVERY_DECEMBER);
        shopper.bought(TEA, &MONTHLY);
        shopper.tell(noon("2026-01-02"), FactTwin::NeverAgain { about, id }).unwrap();
        // Saved and read, and years later, it still holds.
        let saved = state::encode(&ENGINE.catalog, shopper.0.profile());
        let shopper = Shopper(Session::new(state::decode(&ENGINE.catalog, &saved).unwrap()));
        let mut left: Vec<&str> =
            shopper.memories(on).iter().map(|memory| ENGINE.catalog.text(name(memory.product))).collect();
        left.sort_unstable();
        left
    };
    let (tea, bread) = ("Black tea 50 bags", "Gingerbread stars 350 g");
    assert_eq!(left(0, TEA, "2026-12-02"), [bread]);
    assert_eq!(left(1, "biscuits", "2026-12-02"), [tea]);
    assert_eq!(left(3, "", "2026-12-02"), Vec::<&str>::new());
    assert_eq!(left(3, "", "2031-12-02"), Vec::<&str>::new());
    // Of an occasion only its own memory goes.
    let mut shopper = Shopper::new();
    shopper.bought(GINGERBREAD, &["2025-12-01", "2025-12-09"]);
    assert_eq!(shopper.memory("2026-12-02", GINGERBREAD).map(|memory| memory.recall), Some(Recall::Around(0, 2025)));
    shopper.tell(noon("2026-12-02"), FactTwin::NeverAgain { about: 2, id: "christmas" }).unwrap();
    assert_eq!(shopper.memory("2026-12-02", GINGERBREAD), None);
}

#[test]
fn what_is_forgotten_was_never_bought_until_it_is_bought_again() {
    let mut shopper = Shopper::new();
    shopper.bought(BUTTER_RINGS, &MONTHLY);
    shopper.bought(TEA, &MONTHLY);
    shopper.tell(noon("2026-01-02"), FactTwin::Forget { about: 0, id: BUTTER_RINGS }).unwrap();
    assert_eq!(shopper.memory("2026-02-20", BUTTER_RINGS), None);
    assert!(shopper.memory("2026-02-20", TEA).is_some());
    shopper.tell(noon("2026-01-03"), FactTwin::Forget { about: 1, id: "tea" }).unwrap();
    assert_eq!(shopper.memory("2026-02-20", TEA), None);
    let tea = ENGINE.catalog.category_by_key(Key::of("tea")).unwrap();
    assert_eq!(shopper.asked("2026-02-20", Attribute::BoughtCount(tea)), Some(0));
    shopper.bought(TEA, &["2026-03-01"]);
    assert_eq!(shopper.asked("2026-03-02", Attribute::BoughtCount(tea)), Some(1));
    shopper.tell(noon("2026-03-03"), FactTwin::Forget { about: 3, id: "" }).unwrap();
    assert_eq!(shopper.0.profile().purchases, 0);
    assert_eq!(shopper.asked("2026-03-03", Attribute::BoughtCount(tea)), Some(0));
}

#[test]
fn a_wish_about_nothing_is_refused() {
    let mut shopper = Shopper::new();
    for (about, id) in [(0, "no-such-product"), (1, "no-such-category"), (2, "payday"), (2, "biscuits")] {
        let told = shopper.tell(noon("2026-01-02"), FactTwin::NeverAgain { about, id });
        assert_eq!(told, Err(SignalFault::UnknownMatter), "{about} {id}");
    }
    assert!(shopper.tell(noon("2026-01-02"), FactTwin::Forget { about: 0, id: "00000000000000ff" }).is_ok());
    let unknown = shopper.tell(noon("2026-01-02"), FactTwin::Forget { about: 4, id: "" });
    assert!(matches!(unknown, Err(SignalFault::UnknownCode { .. })));
}

/// A sudden stop in a sensitive category may mean loss: nothing that a shop can ask tells of it.
#[test]
fn who_stopped_buying_something_sensitive_never_bought_it_until_they_do_again() {
    let nappies = ENGINE.catalog.category_by_key(Key::of("nappies")).unwrap();
    let place = ENGINE.catalog.products.iter().find(|product| product.category == nappies).unwrap();
    let id = ENGINE.catalog.text(place.id);
    let mut shopper = Shopper::new();
    shopper.bought(id, &["2026-01-02", "2026-01-12", "2026-01-22", "2026-02-01"]);
    let told = |shopper: &Shopper, day: &str| {
        let asked = [Attribute::BoughtCount(nappies), Attribute::BoughtSince(nappies), Attribute::DueIn(nappies)];
        asked.map(|attribute| shopper.asked(day, attribute).map(|value| value.min(1)))
    };
    assert_eq!(told(&shopper, "2026-02-10"), [Some(1), Some(1), Some(1)], "they go on");
    assert_eq!(told(&shopper, "2026-02-16"), [Some(1), Some(1), Some(0)], "one and a half times ten days");
    assert_eq!(told(&shopper, "2026-02-17"), [Some(0), None, None], "they stopped");
    assert_eq!(told(&shopper, "2027-02-17"), [Some(0), None, None]);
    shopper.bought(id, &["2027-02-18"]);
    assert_eq!(told(&shopper, "2027-02-19")[0], Some(1), "they buy it again");
}

#[test]
fn a_category_of_which_a_stop_may_mean_loss_is_sensitive_unless_the_shop_says_otherwise() {
    let mut catalog: Value = serde_json::from_str(SOURCE).unwrap();
    let mut expected = Vec::new();
    let mut add = |name: &str, said: Option<bool>, sensitive: bool| {
        let id = format!("category-{}", expected.len());
        let mut category = json!({"id": id, "name": {"en": name, "de": name}});
        if let Some(said) = said {
            category["sensitive"] = json!(said);
        }
        catalog["categories"].as_array_mut().unwrap().push(category);
        expected.push((String::from(name), sensitive));
    };
    for name in ["Babynahrung", "Dog food", "Katzenfutter", "Windeln", "Medizin", "Wine & port", "Diet", "Trauerkarten"]
    {
        add(name, None, true);
        add(name, Some(false), false);
    }
    for name in ["Catering", "Petersilie", "Dogma", "Weinbergschnecken", "Milk"] {
        add(name, None, false);
        add(name, Some(true), true);
    }
    let catalog = author::compile(&catalog.to_string()).unwrap();
    let first = catalog.categories.len() - expected.len();
    for (category, (name, sensitive)) in catalog.categories[first..].iter().zip(expected) {
        assert_eq!(category.sensitive, sensitive, "{name}");
    }
}

#[test]
fn named_occasions_cross_in_the_pack() {
    let read = pack::decode(&pack::encode(&ENGINE.catalog), Timestamp::from_ms(0), 0).unwrap();
    assert_eq!(read.occasions, ENGINE.catalog.occasions);
    let [christmas, midsummer] = read.occasions.as_slice() else { panic!("{:?}", read.occasions) };
    assert_eq!((read.text(christmas.id), read.text(midsummer.name.de)), ("christmas", "Mittsommer"));
    let day = |text: &str| i32::try_from(noon(text) / 86_400_000).unwrap();
    assert_eq!(
        christmas.times.first(),
        Some(&(day("2016-12-01"), day("2016-12-25"))),
        "as far back as a habit reaches"
    );
    assert_eq!(christmas.times.len(), 16);
}

fn name(product: ProductIx) -> Text {
    ENGINE.catalog.product(product).unwrap().name.en
}
