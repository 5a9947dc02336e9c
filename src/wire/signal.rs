//! Signals as a host sends them: names and numbers, resolved here against the catalog.

use alloc::string::String;
use alloc::vec::Vec;

use super::attributes;
use super::codec::{FromWire, Reader, ToWire, from_bytes};
use super::term;

use crate::basket::{Basket, Line};
use crate::catalog::{Catalog, Occasion};
use crate::mark::{self, MarkIx, MarkKind, Name};
use crate::signal::{
    self, AskedKind, AttentionChange, Beacon, CareTopic, Dial, Fact, Fix, Matter, Reply, Scan, ShopEventKind, gs1,
};
use crate::store::Point;
use crate::value::{Key, Minor, Timestamp};

/// One signal on the wire. An empty text means "not given".
#[derive(Clone, Debug, PartialEq)]
pub struct SignalTwin<'a> {
    /// Milliseconds since the epoch.
    pub at: u64,
    /// What happened.
    pub fact: FactTwin<'a>,
}

/// What happened, in the order of the codes on the wire.
#[derive(Clone, Debug, PartialEq)]
pub enum FactTwin<'a> {
    /// A shop event: its place in [`ShopEventKind::ALL`].
    Shop {
        /// Which event.
        event: u8,
        /// ISO 4217, or empty.
        currency: &'a str,
        /// Recognises a purchase that is sent twice, or empty.
        transaction: &'a str,
        /// What was searched for, or empty.
        term: &'a str,
        /// Its items.
        items: Vec<ItemTwin<'a>>,
    },
    /// A position fix.
    Position {
        /// Degrees x 10^7.
        latitude_e7: i32,
        /// Degrees x 10^7.
        longitude_e7: i32,
        /// Centimetres, 68 %.
        accuracy_cm: u32,
    },
    /// A scanned code.
    Scan {
        /// As the scanner read it.
        code: &'a str,
    },
    /// A check-in.
    CheckIn {
        /// Id of the store.
        store: &'a str,
    },
    /// One request or page load.
    Request {
        /// BCP 47.
        language: &'a str,
        /// ISO 3166-1 alpha-2.
        country: &'a str,
        /// Id of the product of the page.
        product: &'a str,
        /// Id of the category of the page.
        category: &'a str,
        /// Latitude and longitude, degrees x 10^7.
        near: Option<(i32, i32)>,
        /// Global Privacy Control.
        gpc: bool,
        /// Traffic is saved.
        save_data: bool,
        /// The address that it came from: 8 hexadecimal digits of IPv4, 32 of IPv6, or empty.
        address: &'a str,
    },
    /// A change of attention.
    Attention {
        /// The page can be seen.
        visible: Option<bool>,
        /// Nothing was touched for a while.
        idle: Option<bool>,
        /// Keys are being pressed.
        typing: Option<bool>,
        /// Audible media is playing.
        playing: Option<bool>,
        /// A payment or address form has the focus.
        paying: Option<bool>,
        /// Something fills the whole screen.
        full_screen: Option<bool>,
        /// Traffic is saved.
        save_data: Option<bool>,
        /// Minutes that the clock is ahead of UTC, plus 1,440.
        utc_offset: Option<u32>,
    },
    /// What the shopper did: its place in [`Reply::ALL`].
    Reply {
        /// Sixteen hexadecimal digits.
        decision: &'a str,
        /// Which reply.
        reply: u8,
        /// When "later" is, milliseconds since the epoch.
        until: Option<u64>,
    },
    /// A care case.
    Care {
        /// Which case.
        case: &'a str,
        /// Its place in [`CareTopic::ALL`].
        topic: u8,
        /// Open, or closed.
        open: bool,
    },
    /// May purchases be remembered?
    Consent {
        /// Yes or no.
        remember: bool,
    },
    /// How often: its place in [`Dial::ALL`].
    Dial {
        /// Which setting.
        dial: u8,
    },
    /// Values of declared attributes.
    Attributes {
        /// Name and value.
        values: Vec<(&'a str, ValueTwin<'a>)>,
    },
    /// The position is not told.
    PositionRefused,
    /// A beacon was heard.
    Beacon {
        /// Hexadecimal digits: UUID, major and minor of an iBeacon, or namespace and instance of an Eddystone-UID.
        id: String,
        /// How strong it was: decibels below 1 milliwatt, so dBm without the minus.
        rssi: u8,
        /// The same at 1 m.
        power: u8,
    },
    /// Something must not come again.
    NeverAgain {
        /// Its place in [`Matter::ALL`].
        about: u8,
        /// Id, or the sixteen hexadecimal digits of a product that the catalog does not know any more.
        id: &'a str,
    },
    /// Something was said elsewhere.
    Shown {
        /// Sixteen hexadecimal digits.
        decision: &'a str,
        /// Id of the offer, or empty.
        offer: &'a str,
    },
    /// What is left of budgets.
    Budgets {
        /// Id of the offer, and sixteenths of its budget.
        left: Vec<(&'a str, i64)>,
    },
    /// The shopper told the shop something.
    Asked {
        /// Id of the topic.
        topic: &'a str,
        /// Its place in [`AskedKind::ALL`].
        kind: u8,
    },
    /// Something is to be forgotten.
    Forget {
        /// Its place in [`Matter::ALL`].
        about: u8,
        /// Id, or the sixteen hexadecimal digits of a product that the catalog does not know any more.
        id: &'a str,
    },
}

/// One item of a shop event.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemTwin<'a> {
    /// `item_id`, or `item_name` where there is no id.
    pub id: &'a str,
    /// `item_category`, or empty.
    pub category: &'a str,
    /// Minor units; `None` where not given.
    pub price: Option<u64>,
    /// Pieces.
    pub quantity: u32,
    /// The lot of the pieces, or empty.
    pub lot: &'a str,
}

/// The value of a declared attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum ValueTwin<'a> {
    /// A text.
    Text(&'a str),
    /// A number, in thousandths.
    Milli(i64),
    /// Yes or no.
    Yes(bool),
    /// The members of a set, each with a 1.
    Members(Vec<(&'a str, i64)>),
    /// The entries of a map: whole numbers.
    Entries(Vec<(&'a str, i64)>),
    /// Nothing is known of it any more.
    Forget,
}

/// What can be wrong with a signal that has the right shape.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignalFault {
    /// The bytes are no signal.
    #[error("the signal is not in the agreed format; host and module are of different versions")]
    Malformed,
    /// A code is outside its list.
    #[error("unknown {what} number {code}; host and module are of different versions")]
    UnknownCode {
        /// What the code stands for.
        what: &'static str,
        /// The code.
        code: u8,
    },
    /// Another currency than the catalog's.
    #[error("the currency is not the catalog's; convert prices to the catalog's currency")]
    WrongCurrency,
    /// More lines than a basket keeps.
    #[error("{got} items are more than the {max} that one event may have")]
    TooManyItems {
        /// How many.
        got: usize,
        /// How many there may be.
        max: usize,
    },
    /// An item with neither id nor name.
    #[error("item {place} has neither `item_id` nor `item_name`")]
    NamelessItem {
        /// Its place, from 0.
        place: usize,
    },
    /// A place that is not on earth.
    #[error("the position is not on earth: latitude is -90 to 90 and longitude -180 to 180 degrees")]
    OffEarth,
    /// A code that says nothing.
    #[error("the code {0}")]
    Code(gs1::CodeFault),
    /// A store that the catalog does not have.
    #[error("no store of the catalog has this id")]
    UnknownStore,
    /// Neither the name of an iBeacon nor of an Eddystone-UID.
    #[error("a beacon has a `uuid` of 32 hexadecimal digits, or a `namespace` of 20 and an `instance` of 12")]
    Beacon,
    /// No sixteen hexadecimal digits.
    #[error("a decision id is sixteen hexadecimal digits, as a decision carries it")]
    DecisionId,
    /// A wish about something that the catalog does not know.
    #[error("the catalog has no product, category or named occasion with this id")]
    UnknownMatter,
    /// A decision that is not remembered.
    #[error("no shown offer with this decision id is remembered")]
    UnknownDecision,
    /// A catalog without attributes.
    #[error("the catalog declares no attributes; add them to its `attributes`")]
    NoAttributes,
    /// An attribute that the catalog does not declare.
    #[error("the catalog declares no attribute number {place} of this signal; the nearest known is `{near}`")]
    UnknownAttribute {
        /// Its place in the signal, from 0.
        place: usize,
        /// The nearest that it declares.
        near: String,
    },
    /// A text or a member that the catalog does not list among the values.
    #[error("attribute number {place} does not list this among its `values`; the nearest known is `{near}`")]
    UnknownValue {
        /// Its place in the signal, from 0.
        place: usize,
        /// The nearest of its values.
        near: String,
    },
    /// More values, members and entries than are remembered.
    #[error("{got} values, members and entries are more than the {max} that are remembered")]
    TooManyValues {
        /// How many.
        got: usize,
        /// How many there may be.
        max: usize,
    },
    /// A value of another type than declared.
    #[error("the value of attribute number {place} is not of the declared type")]
    AttributeType {
        /// Its place in the signal, from 0.
        place: usize,
    },
}

impl SignalFault {
    /// Returns a stable code for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed | Self::UnknownCode { .. } => "malformed-signal",
            Self::WrongCurrency => "wrong-currency",
            Self::TooManyItems { .. } => "too-many-items",
            Self::NamelessItem { .. } => "nameless-item",
            Self::OffEarth => "off-earth",
            Self::Code(_) => "unreadable-code",
            Self::UnknownStore => "unknown-store",
            Self::Beacon => "unreadable-beacon",
            Self::DecisionId => "decision-id",
            Self::UnknownDecision => "unknown-decision",
            Self::UnknownMatter => "unknown-matter",
            Self::NoAttributes | Self::UnknownAttribute { .. } => "unknown-attribute",
            Self::UnknownValue { .. } => "unknown-value",
            Self::TooManyValues { .. } => "too-many-values",
            Self::AttributeType { .. } => "attribute-type",
        }
    }

    /// Returns the field at fault, as a JSON Pointer into the signal.
    pub const fn path(&self) -> &'static str {
        match self {
            Self::Malformed | Self::UnknownCode { .. } => "",
            Self::UnknownMatter => "/id",
            Self::WrongCurrency => "/currency",
            Self::TooManyItems { .. } | Self::NamelessItem { .. } => "/items",
            Self::OffEarth => "/latitude",
            Self::Code(_) => "/code",
            Self::UnknownStore => "/store",
            Self::Beacon => "/uuid",
            Self::DecisionId | Self::UnknownDecision => "/decision",
            Self::NoAttributes
            | Self::UnknownAttribute { .. }
            | Self::UnknownValue { .. }
            | Self::TooManyValues { .. }
            | Self::AttributeType { .. } => "/values",
        }
    }
}

/// Reads a signal from its bytes.
pub fn decode(bytes: &[u8]) -> Result<SignalTwin<'_>, SignalFault> {
    from_bytes(bytes).ok_or(SignalFault::Malformed)
}

impl<'a> FromWire<'a> for SignalTwin<'a> {
    fn read(from: &mut Reader<'a>) -> Self {
        Self { at: u64::read(from), fact: FactTwin::read(from) }
    }
}

impl ToWire for SignalTwin<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        self.at.write(out);
        self.fact.write(out);
    }
}

impl<'a> FromWire<'a> for FactTwin<'a> {
    fn read(from: &mut Reader<'a>) -> Self {
        match u32::read(from) {
            0 => {
                let (event, currency, transaction, term, items) = FromWire::read(from);
                Self::Shop { event, currency, transaction, term, items }
            }
            1 => {
                let (latitude_e7, longitude_e7, accuracy_cm) = FromWire::read(from);
                Self::Position { latitude_e7, longitude_e7, accuracy_cm }
            }
            2 => Self::Scan { code: FromWire::read(from) },
            3 => Self::CheckIn { store: FromWire::read(from) },
            4 => {
                let (language, country, product, category, near, (gpc, save_data, address)) = FromWire::read(from);
                Self::Request { language, country, product, category, near, gpc, save_data, address }
            }
            5 => {
                let [visible, idle, typing, playing, paying, full_screen, save_data] = FromWire::read(from);
                let utc_offset = FromWire::read(from);
                Self::Attention { visible, idle, typing, playing, paying, full_screen, save_data, utc_offset }
            }
            6 => {
                let (decision, reply, until) = FromWire::read(from);
                Self::Reply { decision, reply, until }
            }
            7 => {
                let (case, topic, open) = FromWire::read(from);
                Self::Care { case, topic, open }
            }
            8 => Self::Consent { remember: FromWire::read(from) },
            9 => Self::Dial { dial: FromWire::read(from) },
            10 => Self::Attributes { values: FromWire::read(from) },
            11 => Self::PositionRefused,
            12 => {
                let (id, rssi, power) = <(&str, u8, u8)>::read(from);
                Self::Beacon { id: id.into(), rssi, power }
            }
            13 => Self::NeverAgain { about: FromWire::read(from), id: FromWire::read(from) },
            14 => Self::Forget { about: FromWire::read(from), id: FromWire::read(from) },
            15 => {
                let (decision, offer) = FromWire::read(from);
                Self::Shown { decision, offer }
            }
            16 => Self::Budgets { left: FromWire::read(from) },
            17 => Self::Asked { topic: FromWire::read(from), kind: FromWire::read(from) },
            _ => Self::Consent { remember: from.refuse() },
        }
    }
}

impl ToWire for FactTwin<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Shop { event, currency, transaction, term, items } => {
                (0_u32, *event, *currency, *transaction, *term).write(out);
                items.write(out);
            }
            Self::Position { latitude_e7, longitude_e7, accuracy_cm } => {
                (1_u32, *latitude_e7, *longitude_e7, *accuracy_cm).write(out);
            }
            Self::Scan { code } => (2_u32, *code).write(out),
            Self::CheckIn { store } => (3_u32, *store).write(out),
            Self::Request { language, country, product, category, near, gpc, save_data, address } => {
                (4_u32, *language, *country, *product, *category).write(out);
                (*near, *gpc, *save_data, *address).write(out);
            }
            Self::Attention { visible, idle, typing, playing, paying, full_screen, save_data, utc_offset } => {
                (5_u32, *visible, *idle, *typing).write(out);
                (*playing, *paying, *full_screen, *save_data, *utc_offset).write(out);
            }
            Self::Reply { decision, reply, until } => (6_u32, *decision, *reply, *until).write(out),
            Self::Care { case, topic, open } => (7_u32, *case, *topic, *open).write(out),
            Self::Consent { remember } => (8_u32, *remember).write(out),
            Self::Dial { dial } => (9_u32, *dial).write(out),
            Self::Attributes { values } => {
                10_u32.write(out);
                values.write(out);
            }
            Self::PositionRefused => 11_u32.write(out),
            Self::Beacon { id, rssi, power } => (12_u32, id.as_str(), *rssi, *power).write(out),
            Self::NeverAgain { about, id } => (13_u32, *about, *id).write(out),
            Self::Forget { about, id } => (14_u32, *about, *id).write(out),
            Self::Shown { decision, offer } => (15_u32, *decision, *offer).write(out),
            Self::Budgets { left } => {
                16_u32.write(out);
                left.write(out);
            }
            Self::Asked { topic, kind } => (17_u32, *topic, *kind).write(out),
        }
    }
}

impl<'a> FromWire<'a> for ItemTwin<'a> {
    fn read(from: &mut Reader<'a>) -> Self {
        let (id, category, price, quantity, lot) = FromWire::read(from);
        Self { id, category, price, quantity, lot }
    }
}

impl ToWire for ItemTwin<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        (self.id, self.category, self.price, self.quantity, self.lot).write(out);
    }
}

impl<'a> FromWire<'a> for ValueTwin<'a> {
    fn read(from: &mut Reader<'a>) -> Self {
        match u32::read(from) {
            0 => Self::Text(FromWire::read(from)),
            1 => Self::Milli(FromWire::read(from)),
            2 => Self::Yes(FromWire::read(from)),
            3 => Self::Members(FromWire::read(from)),
            4 => Self::Entries(FromWire::read(from)),
            5 => Self::Forget,
            _ => Self::Yes(from.refuse()),
        }
    }
}

impl ToWire for ValueTwin<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Text(text) => (0_u32, *text).write(out),
            Self::Milli(milli) => (1_u32, *milli).write(out),
            Self::Yes(yes) => (2_u32, *yes).write(out),
            Self::Members(members) => {
                3_u32.write(out);
                members.write(out);
            }
            Self::Entries(entries) => {
                4_u32.write(out);
                entries.write(out);
            }
            Self::Forget => 5_u32.write(out),
        }
    }
}

impl SignalTwin<'_> {
    /// Resolves names against the catalog. A product that the catalog does not know is kept by its key.
    pub fn resolve(&self, catalog: &Catalog) -> Result<signal::Signal, SignalFault> {
        let at = Timestamp::from_ms(i64::try_from(self.at).unwrap_or(i64::MAX));
        Ok(signal::Signal { at, fact: fact(catalog, &self.fact)? })
    }
}

fn fact(catalog: &Catalog, twin: &FactTwin) -> Result<Fact, SignalFault> {
    Ok(match *twin {
        FactTwin::Shop { event, currency, transaction, term, ref items } => {
            if !currency.is_empty() && currency.as_bytes() != catalog.currency {
                return Err(SignalFault::WrongCurrency);
            }
            Fact::Shop(signal::ShopEvent {
                kind: coded("shop event", &ShopEventKind::ALL, event)?,
                lines: lines(catalog, items)?,
                transaction: given(transaction).map(Key::of),
                searched: given(term).map(|term| term::categories(catalog, term)).unwrap_or_default(),
            })
        }
        FactTwin::Position { latitude_e7, longitude_e7, accuracy_cm } => {
            Fact::Position(Fix { point: point(latitude_e7, longitude_e7)?, accuracy_cm: accuracy_cm.max(100) })
        }
        FactTwin::Scan { code } => Fact::Scan(scan(catalog, code)?),
        FactTwin::CheckIn { store } => {
            Fact::CheckIn(catalog.store_by_key(Key::of(store)).ok_or(SignalFault::UnknownStore)?)
        }
        FactTwin::Request { language, country, product, category, near, gpc, save_data, address } => {
            let of_product = catalog.product_by_key(Key::of(product)).and_then(|place| catalog.product(place));
            Fact::Request(signal::Request {
                language: letters(language).map(|code| code.map(|letter| letter.to_ascii_lowercase())),
                country: letters(country).map(|code| code.map(|letter| letter.to_ascii_uppercase())),
                category: of_product.map(|p| p.category).or_else(|| catalog.category_by_key(Key::of(category))),
                near: near.map(|(lat, lon)| point(lat, lon)).transpose()?,
                network: mark(catalog, address, [MarkKind::IpV4, MarkKind::IpV6]).flatten(),
                gpc,
                save_data,
            })
        }
        FactTwin::Attention { visible, idle, typing, playing, paying, full_screen, save_data, utc_offset } => {
            let ahead = |offset: u32| i16::try_from(offset).ok().map(|offset| offset.saturating_sub(1_440));
            let utc_offset = utc_offset.and_then(ahead).filter(|offset| offset.abs() <= 1_440);
            Fact::Attention(AttentionChange {
                visible,
                idle,
                typing,
                playing,
                paying,
                full_screen,
                save_data,
                utc_offset,
            })
        }
        FactTwin::Reply { decision, reply, until } => {
            let until = until.map(|ms| Timestamp::from_ms(i64::try_from(ms).unwrap_or(i64::MAX)));
            Fact::Reply { decision: decision_id(decision)?, reply: coded("reply", &Reply::ALL, reply)?, until }
        }
        FactTwin::Shown { decision, offer } => {
            Fact::Shown { decision: decision_id(decision)?, offer: given(offer).map(Key::of) }
        }
        FactTwin::Care { case, topic, open } => {
            Fact::Care { case: Key::of(case), topic: coded("care topic", &CareTopic::ALL, topic)?, open }
        }
        FactTwin::Consent { remember } => Fact::Consent { remember },
        FactTwin::Dial { dial } => Fact::Dial(coded("dial", &Dial::ALL, dial)?),
        FactTwin::PositionRefused => Fact::PositionRefused,
        FactTwin::Attributes { ref values } => Fact::Attributes(attributes::told(catalog, values)?),
        FactTwin::Beacon { ref id, rssi, power } => {
            let dbm = |below: u8| i8::try_from(below).unwrap_or(i8::MAX).wrapping_neg();
            let mark = mark(catalog, id, [MarkKind::IBeacon, MarkKind::Eddystone]).ok_or(SignalFault::Beacon)?;
            Fact::Beacon(Beacon { mark, rssi: dbm(rssi), power: dbm(power) })
        }
        FactTwin::Budgets { ref left } => Fact::Budgets(left.iter().map(|(id, left)| (Key::of(id), *left)).collect()),
        FactTwin::NeverAgain { about, id } => Fact::NeverAgain(matter(catalog, about, id)?),
        FactTwin::Forget { about, id } => Fact::Forget(matter(catalog, about, id)?),
        FactTwin::Asked { topic, kind } => {
            Fact::Asked { topic: Key::of(topic), kind: coded("kind", &AskedKind::ALL, kind)? }
        }
    })
}

/// Returns what a wish is about. A product may be one that only the shopper's own export names, by its digits.
fn matter(catalog: &Catalog, about: u8, id: &str) -> Result<Matter, SignalFault> {
    let (key, occasion) = (Key::of(id), Occasion::key_of(id));
    let found = match about {
        0 if catalog.product_by_key(key).is_some() => Some(Matter::Product(key)),
        0 => decision_id(id).ok().map(Matter::Product),
        1 => catalog.category_by_key(key).and_then(|ix| catalog.category(ix)).map(|kind| Matter::Category(kind.key)),
        2 => catalog.occasions.iter().find(|known| known.key == occasion).map(|known| Matter::Occasion(known.key)),
        Matter::MEMORIES => Some(Matter::Memories),
        code => return Err(SignalFault::UnknownCode { what: "about", code }),
    };
    found.ok_or(SignalFault::UnknownMatter)
}

fn coded<T: Copy>(what: &'static str, all: &[(T, &str)], code: u8) -> Result<T, SignalFault> {
    let found = all.get(usize::from(code)).map(|(value, _)| *value);
    found.ok_or(SignalFault::UnknownCode { what, code })
}

fn given(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// Returns the mark that hexadecimal digits begin with, which tell by their number which of two kinds they are of;
/// nothing where they are of neither.
fn mark(catalog: &Catalog, digits: &str, kinds: [MarkKind; 2]) -> Option<Option<MarkIx>> {
    let read = |kind: MarkKind| {
        let mut name: Name = [0; mark::LONGEST];
        mark::from_hex(name.get_mut(..kind.bytes())?, digits)?;
        Some(catalog.marks.find(kind, &name))
    };
    kinds.into_iter().find_map(read)
}

/// Returns the first two letters of a language tag or country.
fn letters(code: &str) -> Option<[u8; 2]> {
    let letters: [u8; 2] = code.as_bytes().get(..2)?.try_into().ok()?;
    let ends = code.as_bytes().get(2).is_none_or(|next| !next.is_ascii_alphanumeric());
    (ends && letters.iter().all(u8::is_ascii_alphabetic)).then_some(letters)
}

fn point(lat_e7: i32, lon_e7: i32) -> Result<Point, SignalFault> {
    let on_earth = lat_e7.unsigned_abs() <= 900_000_000 && lon_e7.unsigned_abs() <= 1_800_000_000;
    on_earth.then_some(Point { lat_e7, lon_e7 }).ok_or(SignalFault::OffEarth)
}

/// Returns the decision that sixteen hexadecimal digits name.
pub fn decision_id(digits: &str) -> Result<Key, SignalFault> {
    let well_formed = digits.len() == 16 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parsed = well_formed.then(|| u64::from_str_radix(digits, 16).ok()).flatten();
    parsed.map(Key).ok_or(SignalFault::DecisionId)
}

fn lines(catalog: &Catalog, items: &[ItemTwin]) -> Result<Vec<Line>, SignalFault> {
    if items.len() > Basket::LIMIT {
        return Err(SignalFault::TooManyItems { got: items.len(), max: Basket::LIMIT });
    }
    let mut lines = Vec::with_capacity(items.len());
    for (place, item) in items.iter().enumerate() {
        lines.push(line(catalog, place, item)?);
    }
    Ok(lines)
}

fn line(catalog: &Catalog, place: usize, item: &ItemTwin) -> Result<Line, SignalFault> {
    let id = given(item.id).ok_or(SignalFault::NamelessItem { place })?;
    let key = Key::of(id);
    let found = catalog.product_by_key(key);
    let product = found.and_then(|place| catalog.product(place));
    Ok(Line {
        item: key,
        product: found,
        category: product.map(|p| p.category).or_else(|| catalog.category_by_key(Key::of(item.category))),
        price: item.price.map(Minor::new).or(product.map(|product| product.price)).unwrap_or_default(),
        quantity: u16::try_from(item.quantity).unwrap_or(u16::MAX).max(1),
        lot: given(item.lot).map(Key::of),
    })
}

fn scan(catalog: &Catalog, code: &str) -> Result<Scan, SignalFault> {
    let code = gs1::parse(code).map_err(SignalFault::Code)?;
    // NOTE: eight digits may be two numbers; the shop's own short number goes first.
    let known = |gtin| catalog.product_by_gtin(gtin);
    let product = code.gtin.and_then(known).or_else(|| code.upc.and_then(known));
    Ok(Scan {
        product,
        category: product.and_then(|place| catalog.product(place)).map(|product| product.category),
        store: code.gln.and_then(|gln| catalog.store_by_gln(gln)),
        expires: code.expires,
        lot: code.lot,
    })
}
