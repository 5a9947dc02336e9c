//! Signals and decisions as JSON, in the shapes of `pkg/src/types.ts`, for the command line and the shared cases.
//!
//! The rules and the wording are those of `pkg/src/signals.ts`; the shared cases hold both to each other.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::cell::RefCell;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::hours;
use crate::basket::Basket;
use crate::signal::{AskedKind, CareTopic, Dial, Matter, Reply, ShopEventKind};
use crate::wire::decision::{DecisionView, LocateView, MomentView, ShowView, TraceView};
use crate::wire::signal::{FactTwin, ItemTwin, SignalTwin, ValueTwin};

/// Something that is wrong with a signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignalIssue {
    /// A stable code for programs.
    pub code: String,
    /// JSON Pointer into the signal.
    pub path: String,
    /// What is wrong and what would be right.
    pub message: String,
}

/// What is odd about a signal, but harmless.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// JSON Pointer into the signal.
    pub path: String,
    /// What is odd.
    pub message: String,
}

/// Events that are about their items.
const ABOUT_ITEMS: [&str; 5] = ["view_item", "add_to_wishlist", "add_to_cart", "remove_from_cart", "purchase"];

/// What GA4 puts into an event or an item and Tactful has no use for: no reason for a notice.
const GA4: [&str; 27] = [
    "affiliation",
    "coupon",
    "creative_name",
    "creative_slot",
    "currency",
    "customer_type",
    "discount",
    "index",
    "item_brand",
    "item_category2",
    "item_category3",
    "item_category4",
    "item_category5",
    "item_list_id",
    "item_list_name",
    "item_name",
    "item_variant",
    "location_id",
    "payment_type",
    "price",
    "promotion_id",
    "promotion_name",
    "quantity",
    "shipping",
    "shipping_tier",
    "tax",
    "value",
];
const OTHER_TYPES: [&str; 17] = [
    "position",
    "position_refused",
    "scan",
    "check_in",
    "request",
    "attention",
    "reply",
    "shown",
    "care_case",
    "consent",
    "dial",
    "attributes",
    "beacon",
    "never_again",
    "forget",
    "budgets",
    "asked",
];
/// Longest text that is taken, in UTF-16 units as JavaScript counts.
const LONGEST: usize = 2_048;

struct Range {
    wanted: &'static str,
    low: f64,
    high: f64,
    whole: bool,
    code: &'static str,
}

const fn range(wanted: &'static str, low: f64, high: f64) -> Range {
    Range { wanted, low, high, whole: false, code: "out-of-range" }
}

/// The first time that is taken, ms: below lies March 1973, and what was told in seconds.
pub const EARLIEST_MS: f64 = 1e11;

const TIME: Range = Range {
    whole: true,
    ..range("a whole number of milliseconds (not seconds) since 1970", EARLIEST_MS, 9_007_199_254_740_991.0)
};
const LATITUDE: Range = Range { code: "off-earth", ..range("degrees from -90 to 90", -90.0, 90.0) };
const LONGITUDE: Range = Range { code: "off-earth", ..range("degrees from -180 to 180", -180.0, 180.0) };
const ACCURACY: Range = range("metres from 0 to 40000000", 0.0, 40_000_000.0);
const PRICE: Range = range("a number (or a text that is one) from 0 to 1000000000", 0.0, 1e9);
const QUANTITY: Range = Range { whole: true, ..range("a whole number of pieces from 1 to 65535", 1.0, 65_535.0) };
const MAJOR: Range = Range { whole: true, ..range("a whole number from 0 to 65535", 0.0, 65_535.0) };
const OFFSET: Range = Range { whole: true, ..range("whole minutes from -1440 to 1440", -1_440.0, 1_440.0) };
const DBM: Range = Range { whole: true, ..range("whole decibels (dBm) from -127 to 0", -127.0, 0.0) };
const SIXTEENTHS: Range = Range { whole: true, ..range("a whole number of sixteenths from 0 to 16", 0.0, 16.0) };
const VALUE: Range = range("a number from -1000000000 to 1000000000", -1e9, 1e9);
const ENTRY: Range = Range { whole: true, ..range("a whole number from -1000000000 to 1000000000", -1e9, 1e9) };

/// A signal with what was odd about it, or everything that is wrong with it.
pub type Parsed<'a> = Result<(SignalTwin<'a>, Vec<Notice>), Vec<SignalIssue>>;

/// Reads one signal. `at` may also be an RFC 3339 text, as people write it.
pub fn parse_signal(value: &Value, decimals: u8) -> Parsed<'_> {
    let findings = RefCell::default();
    let twin = read(value, decimals, &findings);
    let Findings { issues, notices } = findings.into_inner();
    match twin {
        Some(twin) if issues.is_empty() => Ok((twin, notices)),
        _ => Err(issues),
    }
}

fn read<'a>(value: &'a Value, decimals: u8, findings: &RefCell<Findings>) -> Option<SignalTwin<'a>> {
    let Some(object) = value.as_object() else {
        let message = format!("a signal must be an object, not {}", kind(value));
        findings.borrow_mut().issues.push(SignalIssue { code: "wrong-type".into(), path: String::new(), message });
        return None;
    };
    let form = Form::new(object, String::new(), findings);
    let types: Vec<&str> = ShopEventKind::ALL.iter().map(|(_, name)| *name).chain(OTHER_TYPES).collect();
    let before = findings.borrow().issues.len();
    let code = form.choice("type", &types, "unknown-type");
    if findings.borrow().issues.len() > before {
        return None;
    }
    let at = form.time();
    let shop_events = ShopEventKind::ALL.len();
    let fact = match u8::try_from(code) {
        Ok(event) if code < shop_events => shop(event, &form, decimals),
        _ => fact(types.get(code).copied().unwrap_or_default(), &form),
    };
    form.finish(if code < shop_events { &GA4 } else { &[] });
    Some(SignalTwin { at, fact })
}

fn shop<'a>(event: u8, form: &Form<'a, '_>, decimals: u8) -> FactTwin<'a> {
    let [currency, transaction, term] = ["currency", "transaction_id", "search_term"].map(|field| form.text(field));
    let items = form.forms("items", Basket::LIMIT);
    let items: Vec<_> = items.iter().enumerate().map(|(at, item)| self::item(at, item, decimals)).collect();
    let about = ShopEventKind::ALL.get(usize::from(event)).filter(|(_, name)| ABOUT_ITEMS.contains(name));
    if let Some((_, name)) = about.filter(|_| items.is_empty()) {
        form.notice("items", format!("no `items`, so nobody knows what this `{name}` is about"));
    }
    FactTwin::Shop { event, currency, transaction, term, items }
}

fn item<'a>(place: usize, form: &Form<'a, '_>, decimals: u8) -> ItemTwin<'a> {
    let id = form.text("item_id");
    let id = if id.is_empty() { form.text("item_name") } else { id };
    if id.is_empty() {
        form.issue("nameless-item", "item_id", format!("item {place} has neither `item_id` nor `item_name`"));
    }
    let category = form.text("item_category");
    let price = form.decimal("price", &PRICE).map(|major| whole(major * libm::pow(10.0, decimals.into())));
    let quantity = form.number("quantity", &QUANTITY, false).unwrap_or(1.0);
    let lot = form.text("lot");
    form.finish(&GA4);
    ItemTwin { id, category, price, quantity: u32::try_from(whole(quantity)).unwrap_or(u32::MAX), lot }
}

fn fact<'a>(name: &str, form: &Form<'a, '_>) -> FactTwin<'a> {
    match name {
        "position" => {
            let (latitude_e7, longitude_e7) =
                (form.degrees("latitude", &LATITUDE, true), form.degrees("longitude", &LONGITUDE, true));
            let accuracy = form.number("accuracy", &ACCURACY, true).unwrap_or(0.0);
            let accuracy_cm = u32::try_from(whole(accuracy * 100.0)).unwrap_or(u32::MAX);
            FactTwin::Position { latitude_e7, longitude_e7, accuracy_cm }
        }
        "scan" => FactTwin::Scan { code: form.required("code") },
        "check_in" => FactTwin::CheckIn { store: form.required("store") },
        "request" => FactTwin::Request {
            language: form.text("language"),
            country: form.text("country"),
            product: form.text("product"),
            category: form.text("category"),
            near: near(form),
            gpc: form.flag("gpc", false).unwrap_or(false),
            save_data: form.flag("save_data", false).unwrap_or(false),
            address: form.text("address"),
        },
        "beacon" => beacon(form),
        "attention" => FactTwin::Attention {
            visible: form.flag("visible", false),
            idle: form.flag("idle", false),
            typing: form.flag("typing", false),
            playing: form.flag("playing", false),
            paying: form.flag("paying", false),
            full_screen: form.flag("full_screen", false),
            save_data: form.flag("save_data", false),
            utc_offset: form
                .number("utc_offset", &OFFSET, false)
                .and_then(|minutes| u32::try_from(whole(minutes + 1_440.0)).ok()),
        },
        "reply" => FactTwin::Reply {
            decision: form.required("decision"),
            reply: form.coded("reply", &Reply::ALL),
            until: form.number("until", &TIME, false).map(whole),
        },
        "shown" => FactTwin::Shown { decision: form.required("decision"), offer: form.text("offer") },
        "care_case" => FactTwin::Care {
            case: form.required("id"),
            topic: form.coded("topic", &CareTopic::ALL),
            open: form.coded("state", &[((), "closed"), ((), "open")]) == 1,
        },
        "consent" => FactTwin::Consent { remember: form.flag("remember", true).unwrap_or(false) },
        "position_refused" => FactTwin::PositionRefused,
        "budgets" => {
            let left = form.object("left");
            let entry = |id: &'a String| (id.as_str(), left.number(id, &SIXTEENTHS, true).map_or(0, signed));
            FactTwin::Budgets { left: left.value.keys().map(entry).collect() }
        }
        "never_again" => {
            let (about, id) = matter(form);
            FactTwin::NeverAgain { about, id }
        }
        "forget" => {
            let (about, id) = matter(form);
            FactTwin::Forget { about, id }
        }
        "asked" => FactTwin::Asked { topic: form.required("topic"), kind: form.coded("kind", &AskedKind::ALL) },
        "dial" => FactTwin::Dial { dial: form.coded("dial", &Dial::ALL) },
        _ => {
            let values = form.object("values");
            FactTwin::Attributes {
                values: values.value.keys().map(|name| (name.as_str(), values.attribute(name))).collect(),
            }
        }
    }
}

/// How strong a beacon is at 1 m where it does not tell, dBm. Source: Apple, "Getting Started with iBeacon" (2014), which
/// has -59 in its example; most makers ship theirs so.
const USUAL_POWER: f64 = -59.0;

fn beacon(form: &Form) -> FactTwin<'static> {
    let uuid = form.text("uuid");
    let hex = |field: &str| format!("{:04x}", form.number(field, &MAJOR, !uuid.is_empty()).map_or(0, whole));
    let ibeacon = [uuid, &hex("major"), &hex("minor")].concat();
    let eddystone = [form.text("namespace"), form.text("instance")].concat();
    let below = |number: f64| u8::try_from(whole(-number)).unwrap_or(u8::MAX);
    FactTwin::Beacon {
        id: if uuid.is_empty() { eddystone } else { ibeacon },
        rssi: form.number("rssi", &DBM, true).map_or(0, below),
        power: below(form.number("power", &DBM, false).unwrap_or(USUAL_POWER)),
    }
}

/// What a wish is about, and its id; all memories have none.
fn matter<'a>(form: &Form<'a, '_>) -> (u8, &'a str) {
    let about = form.coded("about", &Matter::ALL);
    (about, form.text_or_none("id", about != Matter::MEMORIES).unwrap_or(""))
}

/// Where a request comes from, if it tells; latitude and longitude go together.
fn near(form: &Form) -> Option<(i32, i32)> {
    let known = form.has("latitude") || form.has("longitude");
    let (lat, lon) = (form.degrees("latitude", &LATITUDE, known), form.degrees("longitude", &LONGITUDE, known));
    known.then_some((lat, lon))
}

#[derive(Default)]
struct Findings {
    issues: Vec<SignalIssue>,
    notices: Vec<Notice>,
}

/// The fields of one object. What is wrong is noted, and something harmless returned, so that reading goes on.
struct Form<'a, 'f> {
    value: &'a Map<String, Value>,
    path: String,
    findings: &'f RefCell<Findings>,
    read: RefCell<BTreeSet<String>>,
}

impl<'a, 'f> Form<'a, 'f> {
    fn new(value: &'a Map<String, Value>, path: String, findings: &'f RefCell<Findings>) -> Self {
        Self { value, path, findings, read: RefCell::default() }
    }

    fn pointer(&self, field: &str) -> String {
        format!("{}/{}", self.path, field.replace('~', "~0").replace('/', "~1"))
    }

    fn issue(&self, code: &str, field: &str, message: String) {
        let issue = SignalIssue { code: code.into(), path: self.pointer(&short(field)), message };
        self.findings.borrow_mut().issues.push(issue);
    }

    fn notice(&self, field: &str, message: String) {
        let notice = Notice { path: self.pointer(&short(field)), message };
        self.findings.borrow_mut().notices.push(notice);
    }

    fn has(&self, field: &str) -> bool {
        self.value.get(field).is_some_and(|value| !value.is_null())
    }

    fn take(&self, field: &str, wanted: &str, required: bool) -> Option<&'a Value> {
        self.read.borrow_mut().insert(field.into());
        let value = self.value.get(field).filter(|value| !value.is_null());
        if value.is_none() && required {
            self.missing(field, wanted);
        }
        value
    }

    fn missing(&self, field: &str, wanted: &str) {
        self.issue("missing", field, format!("`{field}` is missing; it must be {wanted}"));
    }

    fn wrong_type(&self, field: &str, wanted: &str, value: &Value) {
        self.issue("wrong-type", field, format!("`{field}` must be {wanted}, not {}", kind(value)));
    }

    fn text(&self, field: &str) -> &'a str {
        self.text_or_none(field, false).unwrap_or("")
    }

    fn required(&self, field: &str) -> &'a str {
        self.text_or_none(field, true).unwrap_or("?")
    }

    fn text_or_none(&self, field: &str, required: bool) -> Option<&'a str> {
        let value = self.take(field, "a text", required)?;
        self.text_in(field, value, required)
    }

    fn text_in(&self, field: &str, value: &'a Value, required: bool) -> Option<&'a str> {
        let length = value.as_str().map(|text| text.encode_utf16().count());
        match (value.as_str(), length) {
            (None, _) => self.wrong_type(field, "a text", value),
            (_, Some(length)) if length > LONGEST => {
                let message = format!("`{field}` has {length} characters, above the maximum of {LONGEST}");
                self.issue("too-long", field, message);
            }
            (Some(""), _) if required => self.missing(field, "a text"),
            (text, _) => return text,
        }
        Some("?")
    }

    fn number(&self, field: &str, range: &Range, required: bool) -> Option<f64> {
        let value = self.take(field, range.wanted, required)?;
        self.within(field, range, value, value.as_f64())
    }

    /// A number, or a text that is one (`"1.99"`).
    fn decimal(&self, field: &str, range: &Range) -> Option<f64> {
        let value = self.take(field, range.wanted, false)?;
        let written = value.as_str().filter(|text| is_decimal(text)).and_then(|text| text.parse().ok());
        self.within(field, range, value, value.as_f64().or(written))
    }

    fn within(&self, field: &str, range: &Range, value: &Value, number: Option<f64>) -> Option<f64> {
        let Some(number) = number else {
            self.wrong_type(field, range.wanted, value);
            return None;
        };
        let fits = (range.low..=range.high).contains(&number) && (!range.whole || libm::trunc(number) == number);
        if !fits {
            let message = format!("`{field}` must be {}, not {}", range.wanted, as_js_writes(number));
            self.issue(range.code, field, message);
        }
        fits.then_some(number)
    }

    fn degrees(&self, field: &str, range: &Range, required: bool) -> i32 {
        let degrees = self.number(field, range, required).unwrap_or(0.0);
        #[expect(clippy::cast_possible_truncation, reason = "degrees x 10^7 fit")]
        let e7 = libm::floor(degrees * 1e7 + 0.5) as i32;
        e7
    }

    fn time(&self) -> u64 {
        let instant = self.value.get("at").and_then(Value::as_str).and_then(|text| hours::instant(text).ok());
        match instant {
            Some(at) => {
                self.read.borrow_mut().insert("at".into());
                u64::try_from(at.ms()).unwrap_or(0)
            }
            None => whole(self.number("at", &TIME, true).unwrap_or(0.0)),
        }
    }

    fn flag(&self, field: &str, required: bool) -> Option<bool> {
        let value = self.take(field, "true or false", required)?;
        if !value.is_boolean() {
            self.wrong_type(field, "true or false", value);
        }
        value.as_bool()
    }

    /// The place of a required word in the list of those that are known.
    fn choice(&self, field: &str, known: &[&str], code: &str) -> usize {
        let before = self.findings.borrow().issues.len();
        let word = self.required(field);
        let place = known.iter().position(|other| *other == word);
        if place.is_none() && self.findings.borrow().issues.len() == before {
            let near = nearest(word, known);
            let message = format!("`{field}` has the unknown value `{}`; the nearest known is `{near}`", short(word));
            self.issue(code, field, message);
        }
        place.unwrap_or(0)
    }

    fn coded<T>(&self, field: &str, all: &[(T, &str)]) -> u8 {
        let names: Vec<&str> = all.iter().map(|(_, name)| *name).collect();
        u8::try_from(self.choice(field, &names, "unknown-value")).unwrap_or(0)
    }

    fn forms(&self, field: &str, most: usize) -> Vec<Form<'a, 'f>> {
        let Some(value) = self.take(field, "a list", false) else { return Vec::new() };
        let Some(list) = value.as_array() else {
            self.wrong_type(field, "a list", value);
            return Vec::new();
        };
        if list.len() > most {
            let message = format!("{} {field} are more than the {most} that one event may have", list.len());
            self.issue(&format!("too-many-{field}"), field, message);
            return Vec::new();
        }
        let path = self.pointer(field);
        list.iter().enumerate().map(|(place, value)| self.form(value, &path, &place.to_string())).collect()
    }

    fn object(&self, field: &str) -> Form<'a, 'f> {
        match self.take(field, "an object", true) {
            Some(value) => {
                if !value.is_object() {
                    self.wrong_type(field, "an object", value);
                }
                Form::new(value.as_object().unwrap_or(&EMPTY), self.pointer(field), self.findings)
            }
            None => Form::new(&EMPTY, self.pointer(field), self.findings),
        }
    }

    fn form(&self, value: &'a Value, path: &str, place: &str) -> Form<'a, 'f> {
        let list = Form::new(&EMPTY, path.into(), self.findings);
        match value {
            Value::Object(_) => {}
            Value::Null => list.missing(place, "an object"),
            _ => list.wrong_type(place, "an object", value),
        }
        Form::new(value.as_object().unwrap_or(&EMPTY), format!("{path}/{place}"), self.findings)
    }

    /// The value of a declared attribute, whatever its type; nothing forgets it.
    fn attribute(&self, field: &str) -> ValueTwin<'a> {
        match self.value.get(field) {
            Some(Value::String(_)) => ValueTwin::Text(self.text(field)),
            Some(Value::Bool(yes)) => ValueTwin::Yes(*yes),
            Some(Value::Number(_)) => {
                let number = self.number(field, &VALUE, false).unwrap_or(0.0);
                ValueTwin::Milli(signed(number * 1_000.0))
            }
            Some(Value::Array(members)) => ValueTwin::Members(self.members(field, members)),
            Some(Value::Object(entries)) => {
                let form = Form::new(entries, self.pointer(&short(field)), self.findings);
                let entry = |name: &'a String| (name.as_str(), form.number(name, &ENTRY, true).map_or(0, signed));
                ValueTwin::Entries(entries.keys().map(entry).collect())
            }
            Some(Value::Null) | None => ValueTwin::Forget,
        }
    }

    /// The names in a list.
    fn members(&self, field: &str, members: &'a [Value]) -> Vec<(&'a str, i64)> {
        let list = Form::new(&EMPTY, self.pointer(&short(field)), self.findings);
        let member = |(place, value): (usize, &'a Value)| {
            let place = place.to_string();
            if value.is_null() {
                list.missing(&place, "a text");
            }
            let given = Some(value).filter(|value| !value.is_null());
            (given.and_then(|value| list.text_in(&place, value, true)).unwrap_or("?"), 1)
        };
        members.iter().enumerate().map(member).collect()
    }

    /// Notes the fields that nobody asked for and that are not in `ignored`.
    fn finish(&self, ignored: &[&str]) {
        let read = self.read.borrow();
        for field in self.value.keys().filter(|field| !read.contains(*field) && !ignored.contains(&field.as_str())) {
            self.notice(field, format!("unknown field `{}`", short(field)));
        }
    }
}

static EMPTY: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);

/// What a value is, in a shopkeeper's words.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Enough of a hostile text to recognise it by.
fn short(text: &str) -> String {
    let units: Vec<u16> = text.encode_utf16().collect();
    match units.get(..40) {
        Some(head) if units.len() > 40 => format!("{}…", String::from_utf16_lossy(head)),
        _ => text.into(),
    }
}

/// The known word that takes the fewest edits; of several, the first.
fn nearest<'b>(word: &str, known: &[&'b str]) -> &'b str {
    let word = short(word);
    known.iter().min_by_key(|other| strsim::levenshtein(&word, other)).copied().unwrap_or_default()
}

fn is_decimal(text: &str) -> bool {
    let digits = |part: &str| (1..=20).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    text.split_once('.').map_or_else(|| digits(text), |(whole, fraction)| digits(whole) && digits(fraction))
}

fn as_js_writes(number: f64) -> String {
    if libm::trunc(number) == number && libm::fabs(number) < 1e15 { format!("{number:.0}") } else { number.to_string() }
}

/// Rounds a number as JavaScript's `Math.round` does.
fn signed(number: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "held between -10^12 and 10^12 by its range")]
    let rounded = libm::floor(number + 0.5) as i64;
    rounded
}

/// Rounds a number that is not negative as JavaScript's `Math.round` does.
fn whole(number: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held between 0 and 2^53 by its range")]
    let rounded = libm::round(number) as u64;
    rounded
}

/// Returns a decision as JSON, its fields in the order of `types.ts`.
pub fn decision_json(view: &DecisionView, trace: &TraceView) -> Value {
    let mut fields = vec![
        ("kind", json!(if view.said.show.is_some() { "show" } else { "hold" })),
        ("id", json!(view.id)),
        ("placement", json!(view.placement)),
        ("at", json!(view.at)),
    ];
    if let Some(show) = &view.said.show {
        fields.extend(show_fields(show));
    }
    if let Some(hold) = &view.said.hold {
        fields.push(("why", json!(hold.why)));
        fields.push(("until", json!(hold.until)));
    }
    fields.push(("trace", trace_json(trace)));
    object(fields)
}

fn show_fields(show: &ShowView) -> Vec<(&'static str, Value)> {
    let offer = object(vec![
        ("id", json!(show.offer)),
        ("kind", json!(show.kind)),
        ("title", json!(show.title)),
        ("text", json!(show.text)),
        ("picture", json!(show.picture)),
        ("product", json!(show.product)),
        ("category", json!(show.category)),
    ]);
    let savings = show.savings.as_ref().map(|savings| {
        object(vec![
            ("currency", json!(savings.currency)),
            ("saves", json!(savings.saves)),
            ("pays", json!(savings.pays)),
            ("missing", json!(savings.missing)),
        ])
    });
    let because = show
        .because
        .iter()
        .map(|(reason, subject)| object(vec![("reason", json!(reason)), ("subject", json!(subject))]));
    vec![
        ("offer", offer),
        ("savings", savings.unwrap_or(Value::Null)),
        ("because", because.collect()),
        ("propensity", json!(show.propensity)),
    ]
}

fn trace_json(trace: &TraceView) -> Value {
    let funnel = vec![
        ("offers", json!(trace.offers)),
        ("candidates", json!(trace.candidates)),
        ("survivors", json!(trace.survivors)),
    ];
    let refused = trace
        .refused
        .iter()
        .map(|(offer, why, until)| object(vec![("offer", json!(offer)), ("why", json!(why)), ("until", json!(until))]));
    object(vec![
        ("funnel", object(funnel)),
        ("refused", refused.collect()),
        ("usefulness", json!(trace.usefulness)),
        ("cost", json!(trace.cost)),
        ("runner_up", json!(trace.runner_up)),
    ])
}

/// Returns a moment as JSON, its fields in the order of `types.ts`.
pub fn moment_json(view: &MomentView) -> Value {
    let presence = vec![
        ("state", json!(view.place)),
        ("probability", json!(view.probability)),
        ("tier", json!(view.tier)),
        ("store", json!(view.store)),
        ("since", json!(view.since)),
    ];
    let intent =
        vec![("stage", json!(view.intent)), ("purchase", json!(view.purchase)), ("categories", json!(view.interests))];
    let needs = view.needs.iter().map(|(category, due, within_week)| {
        object(vec![("category", json!(category)), ("due", json!(due)), ("within_week", json!(within_week))])
    });
    let memories = view.memories.iter().map(|memory| {
        object(vec![
            ("product", json!(memory.product)),
            ("last", json!(memory.last)),
            ("purchases", json!(memory.purchases)),
            ("score", json!(memory.score)),
            ("recall", json!(memory.recall)),
            ("occasion", json!(memory.occasion)),
            ("sentence", json!(memory.sentence)),
        ])
    });
    let (weekday, hour, month) = view.occasion;
    let occasion = vec![("weekday", json!(weekday)), ("hour", json!(hour)), ("month", json!(month))];
    object(vec![
        ("presence", object(presence)),
        ("intent", object(intent)),
        ("needs", needs.collect()),
        ("memories", memories.collect()),
        ("occasion", object(occasion)),
        ("stage", json!(view.stage)),
    ])
}

/// Writes whether it is worth asking where the shopper is.
pub fn locate_json(view: &LocateView) -> Value {
    let asks = view.why.is_empty();
    let number = |number: u32| if asks { json!(number) } else { Value::Null };
    object(vec![
        ("ask", json!(asks)),
        ("why", json!(view.why)),
        ("until", json!(view.until)),
        ("sentence", json!(view.sentence)),
        ("offer", json!(view.offer)),
        ("chance", number(view.chance)),
        ("gain", number(view.gain)),
    ])
}

/// Makes an object in this order; what is absent or empty is left out.
fn object(fields: Vec<(&'static str, Value)>) -> Value {
    let given = |(_, value): &(&str, Value)| !value.is_null() && value.as_str() != Some("");
    Value::Object(fields.into_iter().filter(given).map(|(name, value)| (name.into(), value)).collect())
}
