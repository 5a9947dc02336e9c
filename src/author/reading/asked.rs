//! What conditions ask about, by the names that authors write, and values as they write them.

use alloc::format;
use alloc::string::String;

use crate::catalog::rules::{ABSENT, LARGEST, SMALLEST};
use crate::catalog::{Attribute, Catalog, OwnIx, OwnKind, Reach, ReachIx};
use crate::moment::{IntentStage, Stage};
use crate::product::CategoryIx;
use crate::signal::CareTopic;
use crate::value::Local;

/// Returns the name of an attribute, such as `basket.total` or `"coffee" in basket.categories`.
pub fn name(catalog: &Catalog, attribute: Attribute) -> String {
    let category = |ix: CategoryIx| catalog.category(ix).map_or("", |category| catalog.text(category.id));
    let member = |ix: CategoryIx, of: &str| format!("\"{}\" in {of}", category(ix));
    let entry = |ix: CategoryIx, of: &str| format!("{of}[\"{}\"]", category(ix));
    let word = match attribute {
        Attribute::InStore => "presence.in_store",
        Attribute::Near => "presence.near",
        Attribute::StoreAt => "presence.store",
        Attribute::PresenceProbability => "presence.probability",
        Attribute::Scanned => "presence.scanned",
        Attribute::IntentStage => "intent.stage",
        Attribute::IntentPurchase => "intent.purchase",
        Attribute::IntentIn(ix) => return member(ix, "intent.categories"),
        Attribute::DueIn(ix) => return entry(ix, "need.due_in"),
        Attribute::Weekday => "occasion.weekday",
        Attribute::Hour => "occasion.hour",
        Attribute::Month => "occasion.month",
        Attribute::DayOfMonth => "occasion.day",
        Attribute::Day => "occasion.today",
        Attribute::StoreOpen => "occasion.store_open",
        Attribute::Stage => "stage",
        Attribute::BasketTotal => "basket.total",
        Attribute::BasketItems => "basket.items",
        Attribute::BasketCategory(ix) => return member(ix, "basket.categories"),
        Attribute::BasketProduct(ix) => {
            let product = catalog.product(ix).map_or("", |product| catalog.text(product.id));
            return format!("\"{product}\" in basket.products");
        }
        Attribute::BoughtCount(ix) => return entry(ix, "bought.count"),
        Attribute::BoughtSince(ix) => return entry(ix, "bought.since"),
        Attribute::BoughtTotal => "bought.total",
        Attribute::MemoryIn(ix) => return member(ix, "memory.categories"),
        Attribute::Country => "request.country",
        Attribute::Language => "request.language",
        Attribute::CareOpen => "care.open",
        Attribute::CareTopic => "care.topic",
        Attribute::CareAge => "care.age",
        Attribute::CareClosed => "care.closed_since",
        Attribute::PriceFell => "wanted.price_fell",
        Attribute::Wanted(ix) => {
            let product = catalog.product(ix).map_or("", |product| catalog.text(product.id));
            return format!("\"{product}\" in wanted.products");
        }
        Attribute::Reached(reach) => return reached(catalog, reach).into(),
        Attribute::ExpiresIn => "scan.expires_in",
        Attribute::Own(own) => return format!("attributes.{}", own_name(catalog, own)),
        Attribute::OwnMember(own, place) => return own_member(catalog, own, place),
    };
    word.into()
}

/// Whom an offer is for is no condition that an author writes, but a field of it.
fn reached(catalog: &Catalog, ReachIx(place): ReachIx) -> &'static str {
    match catalog.offers.shared.reaches.get(usize::from(place)) {
        Some(Reach::Answer(_)) => "answers",
        Some(Reach::Recall(_)) => "recall",
        _ => "wanted.price_fell",
    }
}

fn own_name(catalog: &Catalog, own: OwnIx) -> &str {
    catalog.attribute(own).map_or("", |own| catalog.text(own.name))
}

fn own_value(catalog: &Catalog, own: OwnIx, place: usize) -> &str {
    catalog.attribute(own).and_then(|own| own.values.get(place)).map_or("", |value| catalog.text(*value))
}

fn own_member(catalog: &Catalog, own: OwnIx, place: u16) -> String {
    let (value, name) = (own_value(catalog, own, place.into()), own_name(catalog, own));
    match catalog.attribute(own).map(|own| own.kind) {
        Some(OwnKind::Set) => format!("\"{value}\" in attributes.{name}"),
        _ => format!("attributes.{name}[\"{value}\"]"),
    }
}

/// Tells whether the value of an attribute is a yes or a no.
pub fn is_yes_or_no(catalog: &Catalog, attribute: Attribute) -> bool {
    use Attribute::{
        BasketCategory, BasketProduct, CareOpen, InStore, IntentIn, MemoryIn, Near, Own, OwnMember, PriceFell, Reached,
        Scanned, StoreOpen, Wanted,
    };
    match attribute {
        InStore | Near | Scanned | StoreOpen | CareOpen | PriceFell | Reached(_) => true,
        IntentIn(_) | BasketCategory(_) | BasketProduct(_) | MemoryIn(_) | Wanted(_) => true,
        Own(own) => catalog.attribute(own).is_some_and(|own| own.kind == OwnKind::Boolean),
        OwnMember(own, _) => catalog.attribute(own).is_some_and(|own| own.kind == OwnKind::Set),
        _ => false,
    }
}

/// Returns a value as an author would write it; a thing that is not known is `?`.
pub fn value(catalog: &Catalog, attribute: Attribute, number: i32) -> String {
    if number <= ABSENT {
        return "?".into();
    }
    let code = u8::try_from(number).unwrap_or(u8::MAX);
    let place = usize::try_from(number).unwrap_or(usize::MAX);
    let text = |text: &str| format!("\"{text}\"");
    match attribute {
        _ if is_yes_or_no(catalog, attribute) => if number == 0 { "false" } else { "true" }.into(),
        Attribute::PresenceProbability | Attribute::IntentPurchase => format!("{:.2}", f64::from(number) / 1e6),
        Attribute::IntentStage => text(coded(&IntentStage::ALL, code)),
        Attribute::Stage => text(coded(&Stage::ALL, code)),
        Attribute::CareTopic => text(coded(&CareTopic::ALL, code)),
        Attribute::StoreAt => text(catalog.stores.get(place).map_or("", |store| catalog.text(store.id))),
        Attribute::BasketTotal => money(catalog, number),
        Attribute::Day => day(number),
        Attribute::DueIn(_) | Attribute::BoughtSince(_) => duration(number),
        Attribute::CareAge | Attribute::CareClosed | Attribute::ExpiresIn => duration(number),
        Attribute::Country | Attribute::Language => text(&letters(number)),
        Attribute::Own(own) => match catalog.attribute(own).map(|own| own.kind) {
            Some(OwnKind::Text) => text(own_value(catalog, own, place)),
            Some(OwnKind::Money) => money(catalog, number),
            _ => format!("{number}"),
        },
        _ => format!("{number}"),
    }
}

/// Returns the name of a code, its place in the list of all.
fn coded<T>(all: &[(T, &'static str)], code: u8) -> &'static str {
    all.get(usize::from(code)).map_or("", |(_, name)| name)
}

fn money(catalog: &Catalog, units: i32) -> String {
    let digits = usize::from(catalog.decimals);
    let one = 10_i32.checked_pow(catalog.decimals.into()).unwrap_or(1);
    if digits == 0 { format!("{units}") } else { format!("{}.{:0digits$}", units / one, (units % one).abs()) }
}

fn day(number: i32) -> String {
    let day = Local::of_day(number);
    format!("{:04}-{:02}-{:02}", day.year, day.month, day.day_of_month)
}

fn duration(minutes: i32) -> String {
    match minutes {
        _ if minutes % 1_440 == 0 => format!("days({})", minutes / 1_440),
        _ if minutes % 60 == 0 => format!("hours({})", minutes / 60),
        _ => format!("minutes({minutes})"),
    }
}

fn letters(number: i32) -> String {
    let [.., first, second] = number.to_be_bytes();
    [first, second].into_iter().map(char::from).collect()
}

/// Returns what an attribute has to be, such as `>= 20.00`, `in 6..7` or `true`.
pub fn wanted(catalog: &Catalog, attribute: Attribute, (low, high): (i32, i32)) -> String {
    let of = |number| value(catalog, attribute, number);
    match (low, high) {
        _ if is_yes_or_no(catalog, attribute) => of(low),
        (SMALLEST, LARGEST) => "?".into(),
        (SMALLEST, _) => format!("<= {}", of(high)),
        (_, LARGEST) => format!(">= {}", of(low)),
        _ if low == high => format!("== {}", of(low)),
        _ => format!("{} to {}", of(low), of(high)),
    }
}
