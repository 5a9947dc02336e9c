//! The profile as bytes: at most 64 KB, versioned, with a checksum. What cannot be read leads to a quiet start.
//!
//! `TACP`, format (u16), FNV-1a of the rest (u64), then the profile in the postcard format. Places in the catalog are
//! written as keys, so that a profile survives every change of the catalog.

use alloc::string::String;
use alloc::vec::Vec;

use super::codec::{fields, from_bytes, from_code, name, to_bytes, written};
use super::decision::{currency, hex};
use crate::basket::{Basket, Line};
use crate::catalog::{Catalog, Kind};
use crate::profile::{
    Attention, Belief, Case, Habit, Habits, How, Impression, Interest, Place, Profile, Session, Standing, StoreBelief,
    Tier, limit,
};
use crate::signal::{CareTopic, Dial, Fix, Reply, Scan};
use crate::store::Point;
use crate::value::key::{FNV_OFFSET, fnv1a};
use crate::value::{Key, Minor, Ppm, Seed, Timestamp};

const MAGIC: [u8; 4] = *b"TACP";
const FORMAT: u16 = 1;
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

/// Writes what may be stored of a profile.
pub fn encode(catalog: &Catalog, profile: &Profile) -> Vec<u8> {
    let body = to_bytes(&ProfileTwin::of(catalog, &profile.to_stored()));
    let mut bytes = Vec::with_capacity(HEADER + body.len());
    bytes.extend(MAGIC);
    bytes.extend(FORMAT.to_le_bytes());
    bytes.extend(fnv1a(FNV_OFFSET, &body).to_le_bytes());
    bytes.extend(body);
    bytes
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
    from_bytes::<ProfileTwin>(body).and_then(|twin| twin.into_profile(catalog)).ok_or(StateFault::Damaged)
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

struct ProfileTwin {
    device: u64,
    seed: u64,
    asks: u32,
    catalog_version: u64,
    unknown_since: Option<i64>,
    consent: Option<bool>,
    dial: u8,
    gpc: bool,
    language: Option<[u8; 2]>,
    country: Option<[u8; 2]>,
    attributes: Vec<(u64, i64)>,
    attention: [bool; 5],
    basket: Vec<(u64, Option<u64>, u64, u16)>,
    session: SessionTwin,
    belief: BeliefTwin,
    categories: Vec<HabitTwin>,
    products: Vec<HabitTwin>,
    purchases: u32,
    transactions: Vec<u64>,
    impressions: Vec<ImpressionTwin>,
    standings: Vec<(u64, i64, bool, bool, u32, u32)>,
    nevers: Vec<u64>,
    cases: Vec<(u64, u8, i64)>,
}

fields!(ProfileTwin {
    device,
    seed,
    asks,
    catalog_version,
    unknown_since,
    consent,
    dial,
    gpc,
    language,
    country,
    attributes,
    attention,
    basket,
    session,
    belief,
    categories,
    products,
    purchases,
    transactions,
    impressions,
    standings,
    nevers,
    cases
});

/// Key, days, first day, last day, months.
type HabitTwin = (u64, u16, i32, i32, u16);
/// When, decision, offer, kind, group, about, reply.
type ImpressionTwin = (i64, u64, u64, u8, Option<u64>, Option<u64>, Option<u8>);

/// When, product, category, store.
type ScanTwin = (i64, Option<u64>, Option<u64>, Option<u64>);

struct SessionTwin {
    last: i64,
    views: u16,
    searches: u16,
    adds: u16,
    checkout: u8,
    interests: Vec<(u64, i64, u8)>,
    scan: Option<ScanTwin>,
    asked: Option<i64>,
}

fields!(SessionTwin { last, views, searches, adds, checkout, interests, scan, asked });

struct BeliefTwin {
    at: i64,
    fix: Option<(i32, i32, u32)>,
    stores: Vec<(u64, u32, u32)>,
    tier: u8,
    place: u8,
    store: Option<u64>,
    since: i64,
}

fields!(BeliefTwin { at, fix, stores, tier, place, store, since });

const HOWS: [(How, ()); 3] = [(How::Viewed, ()), (How::Searched, ()), (How::Scanned, ())];

fn time(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

impl ProfileTwin {
    fn of(catalog: &Catalog, profile: &Profile) -> Self {
        let a = profile.attention;
        Self {
            device: profile.device.0,
            seed: profile.seed.0,
            asks: profile.asks,
            catalog_version: profile.catalog_version,
            unknown_since: profile.unknown_since.map(Timestamp::ms),
            consent: profile.consent,
            dial: profile.dial as u8,
            gpc: profile.gpc,
            language: profile.language,
            country: profile.country,
            attributes: profile.attributes.iter().map(|(name, value)| (name.0, *value)).collect(),
            attention: [a.visible, a.idle, a.typing, a.playing, a.paying],
            basket: profile.basket.lines().iter().map(|line| line_twin(catalog, line)).collect(),
            session: SessionTwin::of(catalog, &profile.session),
            belief: BeliefTwin::of(catalog, &profile.belief),
            categories: profile.categories.0.iter().map(habit_twin).collect(),
            products: profile.products.0.iter().map(habit_twin).collect(),
            purchases: profile.purchases,
            transactions: profile.transactions.iter().map(|key| key.0).collect(),
            impressions: profile.impressions.iter().map(impression_twin).collect(),
            standings: profile
                .standings
                .iter()
                .map(|(key, s)| (key.0, s.rests_until.ms(), s.later, s.redeemed, s.useful, s.useless))
                .collect(),
            nevers: profile.nevers.iter().map(|key| key.0).collect(),
            cases: profile.cases.iter().map(|case| (case.key.0, case.topic as u8, case.since.ms())).collect(),
        }
    }

    /// Places that the catalog no longer has are left out; lists that are longer than they may be are refused.
    fn into_profile(self, catalog: &Catalog) -> Option<Profile> {
        let [visible, idle, typing, playing, paying] = self.attention;
        let mut basket = Basket::default();
        basket.add(&self.basket.into_iter().map(|twin| line(catalog, twin)).collect::<Vec<_>>());
        let bounded = self.categories.len() <= limit::CATEGORIES
            && self.products.len() <= limit::PRODUCTS
            && self.impressions.len() <= limit::IMPRESSIONS
            && self.standings.len() <= limit::STANDINGS
            && self.nevers.len() <= limit::NEVERS
            && self.attributes.len() <= limit::ATTRIBUTES;
        let sorted = self.standings.is_sorted_by_key(|(key, ..)| *key)
            && self.nevers.is_sorted()
            && self.attributes.is_sorted_by_key(|(name, _)| *name);
        (bounded && sorted).then_some(())?;
        let mut profile = Profile {
            device: Key(self.device),
            seed: Seed(self.seed),
            asks: self.asks,
            catalog_version: self.catalog_version,
            unknown_since: self.unknown_since.map(time),
            consent: self.consent,
            dial: from_code(&Dial::ALL, self.dial)?,
            gpc: self.gpc,
            language: self.language,
            country: self.country,
            attributes: self.attributes.into_iter().map(|(name, value)| (Key(name), value)).collect(),
            attention: Attention { visible, idle, typing, playing, paying },
            basket,
            session: self.session.into_session(catalog)?,
            belief: self.belief.into_belief(catalog)?,
            categories: habits(self.categories)?,
            products: habits(self.products)?,
            purchases: self.purchases,
            transactions: self.transactions.into_iter().map(Key).collect(),
            impressions: Vec::new(),
            standings: self.standings.into_iter().map(standing).collect(),
            nevers: self.nevers.into_iter().map(Key).collect(),
            cases: self.cases.into_iter().map(case).collect::<Option<_>>()?,
        };
        for shown in self.impressions {
            profile.log(impression(shown)?);
        }
        Some(profile)
    }
}

fn line_twin(catalog: &Catalog, line: &Line) -> (u64, Option<u64>, u64, u16) {
    let category = line.category.and_then(|ix| catalog.category(ix)).map(|category| category.key.0);
    (line.item.0, category, line.price.units(), line.quantity)
}

fn line(catalog: &Catalog, (item, category, price, quantity): (u64, Option<u64>, u64, u16)) -> Line {
    let item = Key(item);
    let category = category.and_then(|key| catalog.category_by_key(Key(key)));
    Line { item, product: catalog.product_by_key(item), category, price: Minor::new(price), quantity: quantity.max(1) }
}

fn habit_twin((key, habit): &(Key, Habit)) -> HabitTwin {
    (key.0, habit.days, habit.first, habit.last, habit.months)
}

/// A list in a wrong order could hide an entry: it is no list of ours.
fn habits(twins: Vec<HabitTwin>) -> Option<Habits> {
    let habit = |(key, days, first, last, months)| (Key(key), Habit { days, first, last, months });
    let habits: Vec<_> = twins.into_iter().map(habit).collect();
    habits.is_sorted_by_key(|(key, _)| *key).then_some(Habits(habits))
}

fn impression_twin(shown: &Impression) -> ImpressionTwin {
    let key = |key: Option<Key>| key.map(|key| key.0);
    let reply = shown.reply.map(|reply| reply as u8);
    (shown.at.ms(), shown.decision.0, shown.offer.0, shown.kind as u8, key(shown.group), key(shown.about), reply)
}

fn impression((at, decision, offer, kind, group, about, reply): ImpressionTwin) -> Option<Impression> {
    Some(Impression {
        at: time(at),
        decision: Key(decision),
        offer: Key(offer),
        kind: from_code(&Kind::ALL, kind)?,
        group: group.map(Key),
        about: about.map(Key),
        reply: match reply {
            Some(code) => Some(from_code(&Reply::ALL, code)?),
            None => None,
        },
    })
}

fn standing((key, rests, later, redeemed, useful, useless): (u64, i64, bool, bool, u32, u32)) -> (Key, Standing) {
    (Key(key), Standing { rests_until: time(rests), later, redeemed, useful, useless })
}

fn case((key, topic, since): (u64, u8, i64)) -> Option<Case> {
    Some(Case { key: Key(key), topic: from_code(&CareTopic::ALL, topic)?, since: time(since) })
}

impl SessionTwin {
    fn of(catalog: &Catalog, session: &Session) -> Self {
        let category = |ix| catalog.category(ix).map(|category| category.key.0);
        let interest = |i: &Interest| Some((category(i.category)?, i.at.ms(), i.how as u8));
        Self {
            last: session.last.ms(),
            views: session.views,
            searches: session.searches,
            adds: session.adds,
            checkout: session.checkout,
            interests: session.interests.iter().filter_map(interest).collect(),
            scan: session.scan.map(|(at, scan)| {
                let product = scan.product.and_then(|ix| catalog.product(ix)).map(|product| product.key.0);
                let store = scan.store.and_then(|ix| catalog.store(ix)).map(|store| store.key.0);
                (at.ms(), product, scan.category.and_then(category), store)
            }),
            asked: session.asked.map(Timestamp::ms),
        }
    }

    fn into_session(self, catalog: &Catalog) -> Option<Session> {
        let mut interests = Vec::new();
        for (key, at, how) in self.interests.into_iter().take(limit::INTERESTS) {
            let how = from_code(&HOWS, how)?;
            interests.extend(catalog.category_by_key(Key(key)).map(|category| Interest {
                category,
                at: time(at),
                how,
            }));
        }
        let scan = |(at, product, category, store): ScanTwin| {
            let product = product.and_then(|key| catalog.product_by_key(Key(key)));
            let category = category.and_then(|key| catalog.category_by_key(Key(key)));
            (time(at), Scan { product, category, store: store.and_then(|key| catalog.store_by_key(Key(key))) })
        };
        Some(Session {
            last: time(self.last),
            views: self.views,
            searches: self.searches,
            adds: self.adds,
            checkout: self.checkout,
            interests,
            scan: self.scan.map(scan),
            asked: self.asked.map(time),
        })
    }
}

impl BeliefTwin {
    fn of(catalog: &Catalog, belief: &Belief) -> Self {
        let key = |ix| catalog.store(ix).map(|store| store.key.0);
        let store = |b: &StoreBelief| Some((key(b.store)?, b.inside.parts(), b.near.parts()));
        Self {
            at: belief.at.ms(),
            fix: belief.fix.map(|fix| (fix.point.lat_e7, fix.point.lon_e7, fix.accuracy_cm)),
            stores: belief.stores.iter().filter_map(store).collect(),
            tier: belief.tier as u8,
            place: belief.place as u8,
            store: belief.store.and_then(key),
            since: belief.since.ms(),
        }
    }

    fn into_belief(self, catalog: &Catalog) -> Option<Belief> {
        let store = |(key, inside, near): (u64, u32, u32)| {
            let store = catalog.store_by_key(Key(key))?;
            Some(StoreBelief { store, inside: Ppm::new(inside), near: Ppm::new(near) })
        };
        let fix = |(lat_e7, lon_e7, accuracy_cm): (i32, i32, u32)| Fix { point: Point { lat_e7, lon_e7 }, accuracy_cm };
        Some(Belief {
            at: time(self.at),
            fix: self.fix.map(fix),
            stores: self.stores.into_iter().take(limit::STORES).filter_map(store).collect(),
            tier: from_code(&Tier::ALL, self.tier)?,
            place: from_code(&Place::ALL, self.place)?,
            store: self.store.and_then(|key| catalog.store_by_key(Key(key))),
            since: time(self.since),
        })
    }
}

/// Everything that is remembered, in words, fields in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportView<'a> {
    /// May purchases be remembered? Absent where nobody asked.
    pub consent: Option<bool>,
    /// How often the shopper wants to hear from us.
    pub dial: &'static str,
    /// Global Privacy Control was seen.
    pub gpc: bool,
    /// When memory was found lost.
    pub unknown_since: Option<u64>,
    /// Purchases ever.
    pub purchases: u32,
    /// Currency of the prices.
    pub currency: &'a str,
    /// Item (id where the catalog knows it, else its key), pieces, price of one.
    pub basket: Vec<(String, u32, u64)>,
    /// Category, days bought, first and last day as milliseconds.
    pub categories: Vec<(String, u32, u64, u64)>,
    /// Product, days bought, first and last day as milliseconds.
    pub products: Vec<(String, u32, u64, u64)>,
    /// When, decision, offer, reply or empty.
    pub impressions: Vec<(u64, String, String, &'static str)>,
    /// What must never come again.
    pub nevers: Vec<String>,
    /// Open care cases: key, topic, since.
    pub cases: Vec<(String, &'static str, u64)>,
}

written!(ExportView<'a> { consent, dial, gpc, unknown_since, purchases, currency, basket, categories, products, impressions, nevers, cases });

impl<'a> ExportView<'a> {
    /// Puts a profile in words.
    pub fn new(catalog: &'a Catalog, profile: &Profile) -> Self {
        let id = |key: Key| named(catalog, key);
        let habit =
            |(key, habit): &(Key, Habit)| (id(*key), habit.days.into(), day_ms(habit.first), day_ms(habit.last));
        let reply = |reply: Option<Reply>| reply.map_or("", |reply| name(&Reply::ALL, reply));
        Self {
            consent: profile.consent,
            dial: name(&Dial::ALL, profile.dial),
            gpc: profile.gpc,
            unknown_since: profile.unknown_since.map(ms),
            purchases: profile.purchases,
            currency: currency(catalog),
            basket: profile.basket.lines().iter().map(|l| (id(l.item), l.quantity.into(), l.price.units())).collect(),
            categories: profile.categories.0.iter().map(habit).collect(),
            products: profile.products.0.iter().map(habit).collect(),
            impressions: profile
                .impressions
                .iter()
                .map(|shown| (ms(shown.at), hex(shown.decision), id(shown.offer), reply(shown.reply)))
                .collect(),
            nevers: profile.nevers.iter().map(|key| id(*key)).collect(),
            cases: profile.cases.iter().map(|c| (hex(c.key), name(&CareTopic::ALL, c.topic), ms(c.since))).collect(),
        }
    }

    /// Returns the view as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        to_bytes(self)
    }
}

/// Returns the id behind a key, or its digits where the catalog does not know it (any more).
fn named(catalog: &Catalog, key: Key) -> String {
    let product = catalog.product_by_key(key).and_then(|ix| catalog.product(ix)).map(|product| product.id);
    let category = || catalog.category_by_key(key).and_then(|ix| catalog.category(ix)).map(|category| category.id);
    let offer = || catalog.offers().find(|(_, offer)| offer.key == key).map(|(_, offer)| offer.id);
    product.or_else(category).or_else(offer).map_or_else(|| hex(key), |id| catalog.text(id).into())
}

fn ms(at: Timestamp) -> u64 {
    u64::try_from(at.ms()).unwrap_or(0)
}

fn day_ms(day: i32) -> u64 {
    u64::try_from(i64::from(day) * 86_400_000).unwrap_or(0)
}
