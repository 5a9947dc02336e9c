//! The log of decisions of a population that is simulated: what their devices were told is written as a host would tell it.

use std::io;
use std::path::Path;

use serde_json::{Map, Value, json};
use tactful::basket::Line;
use tactful::catalog::{Catalog, OwnAttribute, OwnKind};
use tactful::product::{CategoryIx, Gs1Number};
use tactful::signal::{CareTopic, Dial, Fact, Reply, Scan, ShopEvent, ShopEventKind, Signal};
use tactful::simulate::world::term;
use tactful::simulate::{Event, Outcome, Plan, World, name_of};
use tactful::value::{Key, Timestamp};
use tactful::wire::decision::hex;

use crate::failure::Failure;
use crate::files;
use crate::log::Log;

/// Lets everybody live one after the other, and writes what was decided; `lived` hears of each.
pub fn write(path: &Path, world: &World, plan: &Plan, pack: &str, lived: &mut dyn FnMut()) -> Result<Outcome, Failure> {
    files::write(path, |file| {
        let mut outcome = Outcome::new();
        for number in 0..plan.people {
            file.write_all(&live(world, plan, pack, number, &mut outcome))?;
            lived();
        }
        io::Result::Ok(outcome)
    })
}

/// Lets one person live, and returns the lines of their log.
fn live(world: &World, plan: &Plan, pack: &str, number: u32, outcome: &mut Outcome) -> Vec<u8> {
    let (catalog, mut lines) = (world.catalog(), Vec::new());
    let (mut log, mut words) = (None::<Log>, Words { world, number, case: String::new() });
    outcome.live(world, plan, number, &mut |event| match (event, &mut log) {
        (Event::Began(profile), _) => {
            lines.extend(log.take().map_or_else(Vec::new, |log| log.lines));
            log = Some(Log::new(catalog, pack, Some(number.to_string()), profile));
        }
        (Event::Told(signal), Some(log)) => log.observed(words.json(signal)),
        (Event::Asking(asking), Some(log)) => log.will_ask(catalog, asking.profile),
        (Event::Decided(decision), Some(log)) => log.decided(world.engine, decision),
        (Event::Ended(profile), _) => {
            lines.extend(log.take().map_or_else(Vec::new, |log| log.finish(catalog, profile)));
        }
        (Event::Found(_), _) | (_, None) => {}
    });
    lines
}

/// What a host tells of one person.
struct Words<'a> {
    world: &'a World<'a>,
    number: u32,
    /// The care case that was opened last.
    case: String,
}

impl<'a> Words<'a> {
    /// Returns a signal as a host tells it.
    fn json(&mut self, Signal { at, fact }: &Signal) -> Value {
        let (kind, fields) = match fact {
            Fact::Shop(event) => self.shop(event, *at),
            Fact::Scan(scan) => ("scan", json!({"code": code(self.catalog(), scan)})),
            Fact::CheckIn(place) => {
                let store = self.catalog().store(*place).map(|store| self.catalog().text(store.id));
                ("check_in", json!({"store": store}))
            }
            Fact::Position(fix) => {
                let degrees = |e7: i32| f64::from(e7) / 1e7;
                let (latitude, longitude) = (degrees(fix.point.lat_e7), degrees(fix.point.lon_e7));
                let accuracy = f64::from(fix.accuracy_cm) / 100.0;
                ("position", json!({"latitude": latitude, "longitude": longitude, "accuracy": accuracy}))
            }
            Fact::Request(request) => {
                let language = request.language.map(|code| String::from_utf8_lossy(&code).into_owned());
                ("request", json!({"language": language, "gpc": request.gpc}))
            }
            Fact::Attention(change) => ("attention", json!({"typing": change.typing, "idle": change.idle})),
            Fact::Reply { decision, reply, .. } => {
                ("reply", json!({"decision": hex(*decision), "reply": named(&Reply::ALL, reply)}))
            }
            Fact::Care { topic, open, .. } => {
                if *open {
                    self.case = name_of(self.number, *at);
                }
                let state = if *open { "open" } else { "closed" };
                ("care_case", json!({"id": self.case, "topic": named(&CareTopic::ALL, topic), "state": state}))
            }
            Fact::Consent { remember } => ("consent", json!({"remember": remember})),
            Fact::Dial(dial) => ("dial", json!({"dial": named(&Dial::ALL, dial)})),
            Fact::Attributes(told) => ("attributes", json!({"values": self.attributes(told)})),
            // NOTE: nobody who is simulated tells anything else, where budgets do not count.
            _ => return Value::Null,
        };
        let given = fields.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
        let head = [("type".into(), json!(kind)), ("at".into(), json!(at.ms()))].into_iter();
        Value::Object(head.chain(given.map(|(name, value)| (name.clone(), value.clone()))).collect())
    }

    const fn catalog(&self) -> &'a Catalog {
        self.world.catalog()
    }

    fn shop(&self, event: &ShopEvent, at: Timestamp) -> (&'static str, Value) {
        let transaction = event.transaction.map(|_| name_of(self.number, at));
        let items: Vec<Value> = event.lines.iter().map(|line| self.item(line)).collect();
        let items = (!items.is_empty()).then_some(items);
        let term = (event.kind == ShopEventKind::Search).then(|| self.term(&event.searched));
        let kind = named(&ShopEventKind::ALL, &event.kind).unwrap_or_default();
        (kind, json!({"transaction_id": transaction, "search_term": term, "items": items}))
    }

    /// Returns a term that finds these categories and no others.
    fn term(&self, found: &[CategoryIx]) -> Option<&'a str> {
        let kinds = self.catalog().categories.iter().zip(&self.world.finds);
        let mut terms =
            kinds.filter(|(_, finds)| finds.as_slice() == found).map(|(kind, _)| term(self.catalog(), kind));
        terms.next().filter(|_| !found.is_empty())
    }

    fn item(&self, line: &Line) -> Value {
        let (catalog, quantity) = (self.catalog(), line.quantity);
        if let Some(product) = line.product.and_then(|place| catalog.product(place)) {
            return json!({"item_id": catalog.text(product.id), "quantity": quantity});
        }
        let category = line.category.and_then(|place| catalog.category(place)).map(|kind| catalog.text(kind.id));
        json!({"item_id": category, "item_category": category, "quantity": quantity})
    }

    /// Returns what is known of declared attributes.
    fn attributes(&self, told: &[(Key, Option<i64>)]) -> Map<String, Value> {
        let known = |key: Key| told.iter().find(|(name, _)| *name == key).and_then(|(_, value)| *value);
        let name = |own: &OwnAttribute| self.catalog().text(own.name).to_owned();
        let owns = self.catalog().attributes.iter();
        owns.filter_map(|own| Some((name(own), self.attribute(own, known(own.key)?, &known)?))).collect()
    }

    fn attribute(&self, own: &OwnAttribute, value: i64, known: &dyn Fn(Key) -> Option<i64>) -> Option<Value> {
        let texts = own.values.iter().map(|text| self.catalog().text(*text));
        let mut members = texts.zip(&own.value_keys).map(|(text, key)| (text, *key));
        let of = |(text, key): (&'a str, Key)| Some((text, known(own.key.with(key.0))?));
        Some(match own.kind {
            OwnKind::Text => json!(members.find(|(_, key)| key.0.cast_signed() == value)?.0),
            OwnKind::Number => json!(value),
            OwnKind::Boolean => json!(value == 1),
            OwnKind::Money => json!(number(value) / libm::pow(10.0, self.catalog().decimals.into())),
            OwnKind::Set => members.filter_map(of).map(|(text, _)| text).collect(),
            OwnKind::Map => {
                Value::Object(members.filter_map(of).map(|(text, count)| (text.into(), json!(count))).collect())
            }
        })
    }
}

/// Returns the code of a label, as its Digital Link.
fn code(catalog: &Catalog, scan: &Scan) -> String {
    let gtin = scan.product.and_then(|place| catalog.product(place)?.gtin);
    let gln = scan.store.and_then(|place| catalog.store(place)?.gln);
    let digits = |number: Gs1Number, many: usize| format!("{:0many$}", number.get());
    match (gtin, gln) {
        (Some(gtin), Some(gln)) => format!("https://label.example/01/{}?414={}", digits(gtin, 14), digits(gln, 13)),
        (Some(gtin), None) => format!("https://label.example/01/{}", digits(gtin, 14)),
        (None, gln) => format!("https://label.example/414/{}", gln.map_or_else(String::new, |gln| digits(gln, 13))),
    }
}

fn named<T: PartialEq>(all: &[(T, &'static str)], one: &T) -> Option<&'static str> {
    all.iter().find(|(known, _)| known == one).map(|(_, name)| *name)
}

fn number(whole: i64) -> f64 {
    f64::from(i32::try_from(whole).unwrap_or(i32::MAX))
}
