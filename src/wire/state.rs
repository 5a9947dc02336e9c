//! The profile as bytes: at most 64 KB, versioned, with a checksum. What cannot be read leads to a quiet start.
//!
//! `TACP`, format (u16), FNV-1a of the rest (u64), then the profile in the postcard format. Places in the catalog are
//! written as keys, so that a profile survives every change of the catalog.

use alloc::vec::Vec;

use super::codec::{FromWire, Reader, ToWire, from_code, write_length, write_list};
use super::decision::digits;
use crate::basket::{Basket, Line};
use crate::catalog::{Catalog, Kind};
use crate::product::CategoryIx;
use crate::profile::habit::Calendar;
use crate::profile::{
    Asked, Attention, Belief, Budgets, Case, Grounds, Habit, Habits, How, Impression, Interest, Located, Lot, Place,
    Profile, Receipts, Session, Standing, Stay, StoreBelief, Tier, Track, Usual, Wanted, limit,
};
use crate::signal::{AskedKind, CareTopic, Dial, Fix, Reply, Scan};
use crate::store::{Point, StoreIx};
use crate::value::key::{FNV_OFFSET, fnv1a};
use crate::value::{Key, Minor, Ppm, Seed, Timestamp};

const MAGIC: [u8; 4] = *b"TACP";
const FORMAT: u16 = 12;
const HEADER: usize = 14;

/// Largest profile, bytes.
pub const LARGEST: usize = 65_536;

/// Why bytes are no profile; the session then starts quietly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateFault {
    /// Missing, changed or foreign bytes.
    #[error("the saved state is damaged; starting quietly, as if everything might have been said already")]
    Damaged,
    /// Written by a newer module.
    #[error("the saved state has format {got}, and this module reads {reads}; starting quietly")]
    NewerFormat {
        /// Its format.
        got: u16,
        /// The format that is read.
        reads: u16,
    },
}

impl StateFault {
    /// Returns a stable code for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Damaged => "damaged-state",
            Self::NewerFormat { .. } => "newer-format",
        }
    }
}

/// Writes what may be stored of a profile: without consent, or against Global Privacy Control, nothing of what was bought
/// or looked at; and never how attentive somebody is.
pub fn encode(catalog: &Catalog, profile: &Profile) -> Vec<u8> {
    write(catalog, profile, profile.consent == Some(true) && !profile.gpc)
}

fn write(catalog: &Catalog, profile: &Profile, bought: bool) -> Vec<u8> {
    let body = body(catalog, profile, bought, false);
    let mut bytes = Vec::with_capacity(HEADER + body.len());
    bytes.extend(MAGIC);
    bytes.extend(FORMAT.to_le_bytes());
    bytes.extend(fnv1a(FNV_OFFSET, &body).to_le_bytes());
    bytes.extend(body);
    bytes
}

/// Writes everything that is remembered as in a saved state, for the shopper to read: what the catalog knows by its id, and the
/// names of codes.
pub fn export(catalog: &Catalog, profile: &Profile) -> Vec<u8> {
    body(catalog, profile, true, true)
}

fn body(catalog: &Catalog, profile: &Profile, bought: bool, in_words: bool) -> Vec<u8> {
    let mut crossing = Crossing { catalog, from: None, out: Vec::new(), bought, in_words };
    crossing.profile(profile);
    crossing.out
}

/// Reads a profile.
pub fn decode(catalog: &Catalog, bytes: &[u8]) -> Result<Profile, StateFault> {
    let (head, body) = bytes.split_at_checked(HEADER).ok_or(StateFault::Damaged)?;
    if bytes.len() > LARGEST || head.get(..4) != Some(&MAGIC) {
        return Err(StateFault::Damaged);
    }
    let format = u16::from_le_bytes(head.get(4..6).and_then(|f| f.try_into().ok()).ok_or(StateFault::Damaged)?);
    match format {
        FORMAT => {}
        got if got > FORMAT => return Err(StateFault::NewerFormat { got, reads: FORMAT }),
        _ => return Err(StateFault::Damaged),
    }
    let checksum = head.get(6..).and_then(|sum| sum.try_into().ok()).map(u64::from_le_bytes);
    if checksum != Some(fnv1a(FNV_OFFSET, body)) {
        return Err(StateFault::Damaged);
    }
    let mut crossing =
        Crossing { catalog, from: Some(Reader::new(body)), out: Vec::new(), bought: true, in_words: false };
    let mut profile = crossing.profile(&Profile::default());
    if !crossing.from.is_some_and(|from| from.is_done()) || !is_sound(&profile) {
        return Err(StateFault::Damaged);
    }
    // Logged anew, since they must stand in the order of their times.
    core::mem::take(&mut profile.impressions).into_iter().for_each(|shown| drop(profile.log(shown)));
    Ok(profile)
}

/// Lists that are longer than they may be, or in a wrong order, which could hide an entry, are no lists of ours.
fn is_sound(profile: &Profile) -> bool {
    let Profile { categories, products, impressions, standings, nevers, attributes, receipts, .. } = profile;
    let bounded = categories.0.len() <= limit::CATEGORIES
        && products.0.len() <= limit::PRODUCTS
        && impressions.len() <= limit::IMPRESSIONS
        && standings.len() <= limit::STANDINGS
        && nevers.len() <= limit::NEVERS
        && attributes.len() <= limit::ATTRIBUTES
        && profile.asked.len() <= limit::ASKED
        && profile.lots.len() <= limit::LOTS
        && profile.wanted.len() <= limit::WANTED
        && [0, Receipts::WORDS].contains(&receipts.before.len());
    bounded
        && categories.0.is_sorted_by_key(|(key, _)| *key)
        && products.0.is_sorted_by_key(|(key, _)| *key)
        && standings.is_sorted_by_key(|(key, _)| *key)
        && nevers.is_sorted()
        && attributes.is_sorted_by_key(|(name, _)| *name)
}

/// Opens what was saved: nothing is a new shopper, and what cannot be read is an unknown one, with the reason.
///
/// The profile remembers the newest catalog version it has seen.
pub fn open(catalog: &Catalog, saved: &[u8], seed: Seed, now: Timestamp) -> (Profile, Option<StateFault>) {
    if saved.is_empty() {
        return (Profile { catalog_version: catalog.version, ..Profile::new(seed) }, None);
    }
    match decode(catalog, saved) {
        Ok(profile) => {
            let catalog_version = profile.catalog_version.max(catalog.version);
            (Profile { catalog_version, ..profile }, None)
        }
        Err(fault) => (Profile { catalog_version: catalog.version, ..Profile::unknown(seed, now) }, Some(fault)),
    }
}

/// Returns a profile as the next catalog sees it: all of it, since it stays in memory, whatever may be stored.
///
/// A store that they go to again and again, a product that was bought: what the next catalog does not have is kept by its key,
/// and known again as soon as one has it. To be in a store ends where the next catalog does not have it.
pub fn carry(from: &Catalog, to: &Catalog, profile: &Profile, now: Timestamp) -> Profile {
    let carried = decode(to, &write(from, profile, true)).unwrap_or_else(|_| Profile::unknown(profile.seed, now));
    let catalog_version = carried.catalog_version.max(to.version);
    let session = Session { hidden: profile.session.hidden, ..carried.session };
    let (attention, budgets) = (profile.attention, profile.budgets.clone());
    Profile { catalog_version, attention, budgets, session, ..carried }
}

/// Writes values or reads them, field by field in the same order: one description for both, half the code on a phone.
///
/// Every function takes a value and returns it. When it writes, it writes what it got, and lists come back empty; when it
/// reads, it returns what it read, and what it got means nothing.
struct Crossing<'a> {
    catalog: &'a Catalog,
    from: Option<Reader<'a>>,
    out: Vec<u8>,
    /// What was bought or looked at crosses, too.
    bought: bool,
    /// Ids and names are written instead of keys and codes.
    in_words: bool,
}

/// A place in the catalog that no catalog has.
const NO_CATEGORY: CategoryIx = CategoryIx(u16::MAX);
const NO_STORE: StoreIx = StoreIx(u16::MAX);

const NO_LINE: Line = Line { item: Key(0), product: None, category: None, price: Minor::ZERO, quantity: 1, lot: None };
const NO_CASE: Case = Case { key: Key(0), topic: CareTopic::Complaint, since: EPOCH };
const NO_ASKED: Asked = Asked { topic: Key(0), kind: AskedKind::Wish, at: EPOCH };
const NO_LOT: Lot = Lot { product: Key(0), lot: Key(0), at: EPOCH };
const NO_WANTED: Wanted = Wanted { product: Key(0), price: Minor::ZERO, times: 0, at: EPOCH };
const NO_INTEREST: Interest = Interest { category: NO_CATEGORY, at: EPOCH, how: How::Viewed };
const NO_FIX: Fix = Fix { point: Point { lat_e7: 0, lon_e7: 0 }, accuracy_cm: 0 };
const NO_STAY: Stay = Stay { since: EPOCH, middle: NO_FIX, weight: 0, named: None, visited: None };
const NO_USUAL: Usual = Usual { store: Key(0), visits: 0, stays: 0 };
const NO_BELIEF: StoreBelief = StoreBelief { store: NO_STORE, inside: Ppm::ZERO, near: Ppm::ZERO };
const EPOCH: Timestamp = Timestamp::from_ms(0);
const NO_IMPRESSION: Impression = Impression {
    at: EPOCH,
    decision: Key(0),
    offer: Key(0),
    kind: Kind::Coupon,
    group: None,
    about: None,
    reply: None,
    grounds: NO_GROUNDS,
    counted_hours: 0,
};
const NO_GROUNDS: Grounds = Grounds { odds: 0, sd: 0, clues: [(0, 0); Grounds::CLUES], again: 0, helped: false };

impl<'a> Crossing<'a> {
    fn value<T: ToWire + FromWire<'a>>(&mut self, value: T) -> T {
        match &mut self.from {
            Some(from) => T::read(from),
            None => {
                value.write(&mut self.out);
                value
            }
        }
    }

    fn list<T: Copy>(&mut self, list: &[T], none: T, each: fn(&mut Self, T) -> T) -> Vec<T> {
        let mut read = Vec::new();
        let length = match &mut self.from {
            Some(from) => from.length(),
            None => {
                write_length(list.len(), &mut self.out);
                list.len()
            }
        };
        for place in 0..length {
            let value = each(self, list.get(place).copied().unwrap_or(none));
            match &self.from {
                Some(from) if from.is_broken() => break,
                Some(_) => read.push(value),
                None => {}
            }
        }
        read
    }

    /// A value by its code: its place in the list of all.
    fn coded<T: Copy>(&mut self, all: &[(T, &'static str)], value: T, code: u8) -> T {
        if self.in_words {
            all.get(usize::from(code)).map_or("", |(_, name)| *name).write(&mut self.out);
            return value;
        }
        let code = self.value(code);
        from_code(all, code).unwrap_or_else(|| {
            if let Some(from) = &mut self.from {
                from.refuse()
            }
            value
        })
    }

    /// What the catalog knows by this key.
    fn key(&mut self, key: Key) -> Key {
        if !self.in_words {
            return self.value(key);
        }
        write_id(self.catalog, key, &mut self.out);
        key
    }

    /// A declared attribute and its value; in words its name, the text or the member if it has one, and the number.
    fn attribute(&mut self, (key, value): (Key, i64)) -> (Key, i64) {
        if !self.in_words {
            return (self.value(key), self.value(value));
        }
        let (catalog, mut number) = (self.catalog, value);
        let known = catalog.attributes.iter().find_map(|own| {
            let mut members = own.value_keys.iter().zip(&own.values);
            let is_text = |member: &Key| own.key == key && member.0.cast_signed() == value;
            let member = members.find(|(member, _)| is_text(member) || own.key.with(member.0) == key);
            if member.is_some_and(|(member, _)| is_text(member)) {
                number = 1;
            }
            let known = member.map(|(_, text)| *text);
            (own.key == key || known.is_some()).then(|| (own.name, known.unwrap_or_default()))
        });
        match known {
            Some((name, member)) => (catalog.text(name), catalog.text(member)).write(&mut self.out),
            None => {
                write_id(catalog, key, &mut self.out);
                write_id(catalog, Key(value.cast_unsigned()), &mut self.out);
                number = 1;
            }
        }
        (key, self.value(number))
    }

    fn time(&mut self, at: Timestamp) -> Timestamp {
        Timestamp::from_ms(self.value(at.ms()))
    }

    fn option<T: Copy>(&mut self, value: Option<T>, none: T, each: fn(&mut Self, T) -> T) -> Option<T> {
        self.value(value.is_some()).then(|| each(self, value.unwrap_or(none)))
    }

    /// Places in the catalog cross as keys; one that the catalog does not have any more is none.
    fn category(&mut self, place: CategoryIx) -> CategoryIx {
        let key = self.key(self.catalog.category(place).map_or(Key(0), |category| category.key));
        self.catalog.category_by_key(key).unwrap_or(NO_CATEGORY)
    }

    fn store(&mut self, place: StoreIx) -> StoreIx {
        let key = self.key(self.catalog.store(place).map_or(Key(0), |store| store.key));
        self.catalog.store_by_key(key).unwrap_or(NO_STORE)
    }

    fn maybe_category(&mut self, place: Option<CategoryIx>) -> Option<CategoryIx> {
        self.option(place, NO_CATEGORY, Self::category).filter(|place| *place != NO_CATEGORY)
    }

    fn maybe_store(&mut self, place: Option<StoreIx>) -> Option<StoreIx> {
        self.option(place, NO_STORE, Self::store).filter(|place| *place != NO_STORE)
    }

    fn profile(&mut self, profile: &Profile) -> Profile {
        let nothing = Profile::default();
        let bought = if self.bought { profile } else { &nothing };
        // NOTE: fields of a struct expression cross in the order in which they are written.
        Profile {
            device: self.key(profile.device),
            seed: Seed(self.key(Key(profile.seed.0)).0),
            asks: self.value(profile.asks),
            catalog_version: self.value(profile.catalog_version),
            unknown_since: self.option(profile.unknown_since, EPOCH, Self::time),
            consent: self.value(profile.consent),
            dial: self.coded(&Dial::ALL, profile.dial, profile.dial as u8),
            gpc: self.value(profile.gpc),
            language: self.value(profile.language),
            country: self.value(profile.country),
            attributes: self.list(&profile.attributes, (Key(0), 0), Self::attribute),
            attention: Attention::default(),
            budgets: Budgets::default(),
            basket: self.basket(&bought.basket),
            session: self.session(&bought.session),
            belief: self.belief(&bought.belief),
            located: self.located(profile.located, bought.located),
            categories: self.habits(&bought.categories),
            products: self.habits(&bought.products),
            shopping: self.habit(bought.shopping),
            purchases: self.value(bought.purchases),
            receipts: self.receipts(&bought.receipts),
            impressions: self.list(&profile.impressions, NO_IMPRESSION, Self::impression),
            standings: self.list(&profile.standings, (Key(0), Standing::default()), Self::standing),
            nevers: self.list(&profile.nevers, Key(0), Self::key),
            cases: self.list(&profile.cases, NO_CASE, Self::case),
            closed: self.option(profile.closed, EPOCH, Self::time),
            asked: self.list(&bought.asked, NO_ASKED, Self::asked),
            lots: self.list(&bought.lots, NO_LOT, Self::lot),
            wanted: self.list(&bought.wanted, NO_WANTED, Self::wanted),
        }
    }

    /// A refusal is kept without consent too: who does not want to be asked is not asked.
    fn located(&mut self, told: Located, bought: Located) -> Located {
        Located {
            refused: self.option(told.refused, EPOCH, Self::time),
            asked: self.option(told.asked, EPOCH, Self::time),
            known: self.value(bought.known),
            inside: self.value(bought.inside),
        }
    }

    fn basket(&mut self, basket: &Basket) -> Basket {
        let lines = self.list(basket.lines(), NO_LINE, Self::line);
        let mut basket = Basket::default();
        basket.add(&lines);
        basket
    }

    fn line(&mut self, line: Line) -> Line {
        let item = self.key(line.item);
        Line {
            item,
            product: self.catalog.product_by_key(item),
            category: self.maybe_category(line.category),
            price: self.value(line.price),
            quantity: self.value(line.quantity).max(1),
            lot: None,
        }
    }

    fn habits(&mut self, habits: &Habits) -> Habits {
        Habits(self.list(&habits.0, (Key(0), Habit::default()), Self::kept))
    }

    fn kept(&mut self, (key, habit): (Key, Habit)) -> (Key, Habit) {
        (self.key(key), self.habit(habit))
    }

    fn habit(&mut self, habit: Habit) -> Habit {
        let [now, usually] = habit.faded;
        Habit {
            days: self.value(habit.days),
            first: self.value(habit.first),
            last: self.value(habit.last),
            calendar: self.calendar(habit.calendar),
            faded: [self.value(now), self.value(usually)],
        }
    }

    fn receipts(&mut self, receipts: &Receipts) -> Receipts {
        Receipts {
            last: self.list(&receipts.last, Key(0), Self::key),
            before: self.list(&receipts.before, 0, |crossing, word| crossing.key(Key(word)).0),
        }
    }

    /// The halves of months that are not empty, one bit each, then their years.
    fn calendar(&mut self, calendar: Calendar) -> Calendar {
        let mut halves = calendar.halves;
        let bits = halves.iter().rev().fold(0_u32, |bits, years| bits << 1 | u32::from(*years != 0));
        let bits = self.value(bits);
        for (half, years) in halves.iter_mut().enumerate() {
            *years = if bits >> half & 1 == 0 { 0 } else { self.value(*years) };
        }
        Calendar { halves }
    }

    fn impression(&mut self, shown: Impression) -> Impression {
        Impression {
            at: self.time(shown.at),
            decision: self.key(shown.decision),
            offer: self.key(shown.offer),
            kind: self.coded(&Kind::ALL, shown.kind, shown.kind as u8),
            group: self.option(shown.group, Key(0), Self::key),
            about: self.option(shown.about.filter(|_| self.bought), Key(0), Self::key),
            reply: self
                .option(shown.reply, Reply::Opened, |crossing, reply| crossing.coded(&Reply::ALL, reply, reply as u8)),
            grounds: Grounds {
                odds: self.value(shown.grounds.odds),
                sd: self.value(shown.grounds.sd),
                clues: self.value(if self.bought { shown.grounds.clues } else { NO_GROUNDS.clues }),
                again: self.value(shown.grounds.again),
                helped: self.value(shown.grounds.helped),
            },
            counted_hours: self.value(shown.counted_hours),
        }
    }

    fn standing(&mut self, (key, standing): (Key, Standing)) -> (Key, Standing) {
        let key = self.key(key);
        let standing = Standing {
            rests_until: self.time(standing.rests_until),
            later: self.value(standing.later),
            done: self.value(standing.done),
            useful: self.value(standing.useful),
            expected: self.value(standing.expected),
        };
        (key, standing)
    }

    fn case(&mut self, case: Case) -> Case {
        Case {
            key: self.key(case.key),
            topic: self.coded(&CareTopic::ALL, case.topic, case.topic as u8),
            since: self.time(case.since),
        }
    }

    fn asked(&mut self, asked: Asked) -> Asked {
        Asked {
            topic: self.key(asked.topic),
            kind: self.coded(&AskedKind::ALL, asked.kind, asked.kind as u8),
            at: self.time(asked.at),
        }
    }

    fn lot(&mut self, lot: Lot) -> Lot {
        Lot { product: self.key(lot.product), lot: self.key(lot.lot), at: self.time(lot.at) }
    }

    fn wanted(&mut self, wanted: Wanted) -> Wanted {
        Wanted {
            product: self.key(wanted.product),
            price: self.value(wanted.price),
            times: self.value(wanted.times),
            at: self.time(wanted.at),
        }
    }

    fn session(&mut self, session: &Session) -> Session {
        Session {
            began: self.time(session.began),
            last: self.time(session.last),
            returning: self.value(session.returning),
            views: self.value(session.views),
            searches: self.value(session.searches),
            adds: self.value(session.adds),
            checkout: self.value(session.checkout),
            looked: self.key(session.looked),
            compared: self.value(session.compared),
            carts: self.value(session.carts),
            wavers: self.value(session.wavers),
            inside: self.value(session.inside),
            hidden: None,
            interests: self.interests(&session.interests),
            scan: self.option(session.scan, (EPOCH, Scan::default()), Self::scan),
            asked: self.option(session.asked, EPOCH, Self::time),
        }
    }

    fn interests(&mut self, interests: &[Interest]) -> Vec<Interest> {
        let mut interests = self.list(interests, NO_INTEREST, |crossing, interest| Interest {
            category: crossing.category(interest.category),
            at: crossing.time(interest.at),
            how: crossing.coded(&HOWS, interest.how, interest.how as u8),
        });
        interests.truncate(limit::INTERESTS);
        interests.retain(|interest| interest.category != NO_CATEGORY);
        interests
    }

    fn scan(&mut self, (at, scan): (Timestamp, Scan)) -> (Timestamp, Scan) {
        let (at, catalog) = (self.time(at), self.catalog);
        let product = scan.product.and_then(|place| catalog.product(place)).map(|product| product.key);
        let product = self.option(product, Key(0), Self::key);
        let scan = Scan {
            product: product.and_then(|key| catalog.product_by_key(key)),
            category: self.maybe_category(scan.category),
            store: self.maybe_store(scan.store),
            expires: self.value(scan.expires),
            lot: None,
        };
        (at, scan)
    }

    fn belief(&mut self, belief: &Belief) -> Belief {
        let read = Belief {
            at: self.time(belief.at),
            fix: self.option(belief.fix, NO_FIX, Self::fix),
            stores: self.beliefs(&belief.stores),
            tier: self.coded(&Tier::ALL, belief.tier, belief.tier as u8),
            place: self.coded(&Place::ALL, belief.place, belief.place as u8),
            store: self.maybe_store(belief.store),
            since: self.time(belief.since),
            track: self.track(belief.track),
            usual: self.usual(&belief.usual),
        };
        // NOTE: in a store that this catalog does not have, they are in none of its stores.
        Belief { place: if read.store.is_some() { read.place } else { Place::Away }, ..read }
    }

    fn fix(&mut self, fix: Fix) -> Fix {
        Fix { point: self.value(fix.point), accuracy_cm: self.value(fix.accuracy_cm) }
    }

    fn track(&mut self, track: Track) -> Track {
        Track {
            indoors: self.value(track.indoors),
            sky_cm: self.value(track.sky_cm),
            jumps: self.value(track.jumps),
            rode: self.time(track.rode),
            door: self
                .option(track.door, (EPOCH, NO_FIX), |crossing, (at, fix)| (crossing.time(at), crossing.fix(fix))),
            stay: self.option(track.stay, NO_STAY, |crossing, stay| Stay {
                since: crossing.time(stay.since),
                middle: crossing.fix(stay.middle),
                weight: crossing.value(stay.weight),
                named: crossing.maybe_store(stay.named),
                visited: crossing.option(stay.visited, Key(0), Self::key),
            }),
        }
    }

    fn usual(&mut self, usual: &[Usual]) -> Vec<Usual> {
        let mut usual = self.list(usual, NO_USUAL, |crossing, usual| Usual {
            store: crossing.key(usual.store),
            visits: crossing.value(usual.visits),
            stays: crossing.value(usual.stays),
        });
        usual.truncate(limit::USUAL);
        usual
    }

    fn beliefs(&mut self, stores: &[StoreBelief]) -> Vec<StoreBelief> {
        let mut stores = self.list(stores, NO_BELIEF, |crossing, belief| StoreBelief {
            store: crossing.store(belief.store),
            inside: crossing.value(belief.inside),
            near: crossing.value(belief.near),
        });
        stores.truncate(limit::STORES);
        stores.retain(|belief| belief.store != NO_STORE);
        stores
    }
}

const HOWS: [(How, &str); 3] = [(How::Viewed, "viewed"), (How::Searched, "searched"), (How::Scanned, "scanned")];

/// Writes the id behind a key, or its digits where the catalog does not know it (any more).
fn write_id(catalog: &Catalog, key: Key, out: &mut Vec<u8>) {
    let product = catalog.product_by_key(key).and_then(|ix| catalog.product(ix)).map(|product| product.id);
    let category = || catalog.category_by_key(key).and_then(|ix| catalog.category(ix)).map(|category| category.id);
    let offer = || catalog.offers().find(|(_, offer)| offer.key == key).map(|(_, offer)| offer.id);
    let store = || catalog.store_by_key(key).and_then(|ix| catalog.store(ix)).map(|store| store.id);
    match product.or_else(category).or_else(offer).or_else(store) {
        Some(id) => catalog.text(id).write(out),
        None => write_list(&digits(key), out, |digit, out| digit.write(out)),
    }
}
