//! What this device remembers of one shopper. Bounded: no list grows with the years.
//!
//! Knows what happened, not what it means: presence is kept as numbers that `moment` moves on, usefulness as what was shown
//! on what grounds, and what was replied.

pub mod habit;
pub mod receipts;
mod remember;

use alloc::vec::Vec;

pub use habit::{Habit, Habits};
pub use receipts::Receipts;

use crate::basket::Basket;
use crate::catalog::Kind;
use crate::product::CategoryIx;
use crate::signal::{AskedKind, CareTopic, Dial, Fix, Reply, Scan};
use crate::store::StoreIx;
use crate::value::{Key, Minor, Now, Ppm, Seed, Span, Timestamp};

/// Everything that is remembered of one shopper.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// The first seed: stands for this device where a share of devices is chosen, and never leaves it.
    pub device: Key,
    /// Repeatable chance, moved on by every ask.
    pub seed: Seed,
    /// Asks so far; makes decision ids differ.
    pub asks: u32,
    /// The newest catalog this device has seen.
    pub catalog_version: u64,
    /// When memory was found lost or damaged; everything before is unknown.
    pub unknown_since: Option<Timestamp>,
    /// May purchases be remembered? `None` where nobody asked.
    pub consent: Option<bool>,
    /// How often the shopper wants to hear from us.
    pub dial: Dial,
    /// Global Privacy Control was seen.
    pub gpc: bool,
    /// Two letters of the language asked for.
    pub language: Option<[u8; 2]>,
    /// Two letters of the country of the last request.
    pub country: Option<[u8; 2]>,
    /// Values of declared attributes, sorted by the key of the name; for a set or a map a 1 where it was told, and by the
    /// name with the member's key what is in it.
    pub attributes: Vec<(Key, i64)>,
    /// Whether the person can be interrupted. Known while the page lives, and never saved.
    pub attention: Attention,
    /// What was last told of budgets. Known while the page lives, and never saved.
    pub budgets: Budgets,
    /// What is in the basket.
    pub basket: Basket,
    /// What happened since the person came.
    pub session: Session,
    /// Where they probably are.
    pub belief: Belief,
    /// What came of asking where they are.
    pub located: Located,
    /// What they bought, by category.
    pub categories: Habits,
    /// What they bought, by product.
    pub products: Habits,
    /// The days on which they bought anything.
    pub shopping: Habit,
    /// Purchases ever.
    pub purchases: u32,
    /// Which purchases were told.
    pub receipts: Receipts,
    /// What was shown, oldest first.
    pub impressions: Vec<Impression>,
    /// What was said about single offers, sorted by key.
    pub standings: Vec<(Key, Standing)>,
    /// Offers, products, categories, occasions and memories that must never come again, sorted.
    pub nevers: Vec<Key>,
    /// Open care cases, oldest first.
    pub cases: Vec<Case>,
    /// When a case was closed last that leaves care behind.
    pub closed: Option<Timestamp>,
    /// What they told the shop, the newest last, each topic once.
    pub asked: Vec<Asked>,
    /// Lots of what they have, as far as a code or a receipt told it, the newest last.
    pub lots: Vec<Lot>,
    /// Products that they may want, the newest last.
    pub wanted: Vec<Wanted>,
}

/// Most entries of each list; together they keep the profile under 64 KB (held by a test).
pub mod limit {
    /// Categories with a habit.
    pub const CATEGORIES: usize = 400;
    /// Products with a habit.
    pub const PRODUCTS: usize = 576;
    /// Impressions.
    pub const IMPRESSIONS: usize = 256;
    /// The oldest impressions, which a full list forgets at once.
    pub const FORGOTTEN_AT_ONCE: usize = 32;
    /// Offers with a standing.
    pub const STANDINGS: usize = 304;
    /// "Never again".
    pub const NEVERS: usize = 400;
    /// Open care cases.
    pub const CASES: usize = 16;
    /// Budgets of which news are kept, while the page lives.
    pub const BUDGETS: usize = 1_024;
    /// Topics that they told the shop something about.
    pub const ASKED: usize = 32;
    /// Lots.
    pub const LOTS: usize = 48;
    /// Products that they may want.
    pub const WANTED: usize = 24;
    /// Categories of interest in a session.
    pub const INTERESTS: usize = 16;
    /// Declared attributes with a value, members of sets and entries of maps.
    pub const ATTRIBUTES: usize = 224;
    /// Stores in the belief.
    pub const STORES: usize = 8;
    /// Stores that they stay in or at again and again.
    pub const USUAL: usize = 16;
}

/// Whether the person can be interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attention {
    /// The page can be seen.
    pub visible: bool,
    /// Nothing was touched for a while.
    pub idle: bool,
    /// Keys are being pressed.
    pub typing: bool,
    /// Audible media is playing.
    pub playing: bool,
    /// A payment or address form has the focus.
    pub paying: bool,
    /// Something fills the whole screen.
    pub full_screen: bool,
    /// The shopper saves traffic: what is said costs no picture from the network.
    pub save_data: bool,
    /// Minutes that the shopper's clock is ahead of UTC, where that is told: people travel.
    pub utc_offset: Option<i16>,
}

impl Attention {
    /// Tells whether a message would disturb: the person is not looking, or at something that must not be broken off.
    pub const fn is_busy(self) -> bool {
        !self.visible || self.typing || self.playing || self.paying || self.full_screen
    }
}

impl Default for Attention {
    fn default() -> Self {
        let (idle, typing, playing, paying, full_screen, save_data) = (false, false, false, false, false, false);
        Self { visible: true, idle, typing, playing, paying, full_screen, save_data, utc_offset: None }
    }
}

/// What was last told of the budgets of coupons: the same to everybody, so nothing that is known of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Budgets {
    /// As of when.
    pub at: Timestamp,
    /// What is left of each, sixteenths, by the key of the offer, sorted by it: 0 only where nothing is.
    pub left: Vec<(Key, i64)>,
}

impl Budgets {
    /// News that are older may be out of date.
    pub const LAST: Span = Span::minutes(30);
    /// A budget that nothing was taken of.
    pub const WHOLE: i64 = 16;

    /// Takes in what was told `at` an instant: of an offer that is told twice the last, and no more than are kept.
    pub fn new(at: Timestamp, told: &[(Key, i64)]) -> Self {
        let mut left = Vec::new();
        told.iter().for_each(|(offer, share)| put(&mut left, *offer, Some(*share), limit::BUDGETS));
        Self { at, left }
    }

    /// Returns how many sixteenths are left for an offer, 0 to 16, where that was told.
    pub fn left(&self, offer: Key) -> Option<i64> {
        find(&self.left, offer).map(|left| left.clamp(0, Self::WHOLE))
    }
}

/// What happened since the person came; a new session starts after [`Session::PAUSE`] without an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// Its first event.
    pub began: Timestamp,
    /// Its last event.
    pub last: Timestamp,
    /// There was a session before.
    pub returning: bool,
    /// Products looked at.
    pub views: u16,
    /// Searches.
    pub searches: u16,
    /// Items put into the basket or on the wish list.
    pub adds: u16,
    /// Steps of the checkout taken: 0 none, 1 begun, 2 shipping, 3 payment.
    pub checkout: u8,
    /// The product looked at last.
    pub looked: Key,
    /// Times in a row that another product of the same category was looked at.
    pub compared: u16,
    /// Looks at the basket since the last step towards buying.
    pub carts: u16,
    /// Signs of hesitation since then: something taken out, another look at the basket, back from the checkout.
    pub wavers: u16,
    /// They were in a store.
    pub inside: bool,
    /// Since when the page is out of sight. As all attention, never saved.
    pub hidden: Option<Timestamp>,
    /// Categories looked at, searched for or scanned, newest last, each once.
    pub interests: Vec<Interest>,
    /// The last scanned code.
    pub scan: Option<(Timestamp, Scan)>,
    /// When they last asked for something themselves (scan, search).
    pub asked: Option<Timestamp>,
}

impl Session {
    /// A pause that ends a session. Source: Google Analytics 4, default session timeout.
    pub const PAUSE: Span = Span::minutes(30);
}

/// A category somebody showed interest in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interest {
    /// Which.
    pub category: CategoryIx,
    /// When last.
    pub at: Timestamp,
    /// How it was shown.
    pub how: How,
}

/// How interest was shown, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// Looked at.
    Viewed,
    /// Searched for.
    Searched,
    /// Scanned.
    Scanned,
}

/// What came of asking where they are, and where they were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Located {
    /// When they last refused to tell their position.
    pub refused: Option<Timestamp>,
    /// When they were last asked for it, where they did not answer yet.
    pub asked: Option<Timestamp>,
    /// Sessions in which it was known where they were, halved at [`Located::MOST`].
    pub known: u8,
    /// Those of them in a store.
    pub inside: u8,
}

impl Located {
    /// What is counted is halved when it reaches this.
    pub const MOST: u8 = 32;
}

/// How it is known where they are, in the order of the codes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Not at all.
    #[default]
    None,
    /// From the network's coarse place.
    Request,
    /// From position fixes.
    Position,
    /// From a scanned label.
    Scan,
    /// They said so.
    CheckIn,
    /// From the address of a store's own network.
    Network,
    /// From a beacon in a store.
    Beacon,
}

impl Tier {
    /// Every tier with its name, in the order of the codes.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::None, "none"),
        (Self::Request, "request"),
        (Self::Position, "position"),
        (Self::Scan, "scan"),
        (Self::CheckIn, "check_in"),
        (Self::Network, "network"),
        (Self::Beacon, "beacon"),
    ];
}

/// Being away from, near to or in a store, the farthest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Not at our stores.
    #[default]
    Away,
    /// Near one.
    Near,
    /// In one.
    InStore,
}

impl Place {
    /// Every place with its name, in the order of the codes.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Away, "away"), (Self::Near, "near"), (Self::InStore, "in_store")];
}

/// Where they probably are: the state of a recursive filter, moved on by `moment::presence`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Belief {
    /// When the filter last moved.
    pub at: Timestamp,
    /// The last fix.
    pub fix: Option<Fix>,
    /// Probabilities of being in and near single stores; the rest is away.
    pub stores: Vec<StoreBelief>,
    /// How this is known.
    pub tier: Tier,
    /// What was last said with confidence.
    pub place: Place,
    /// The store of `place`.
    pub store: Option<StoreIx>,
    /// Since when.
    pub since: Timestamp,
    /// What the fixes of this outing add up to.
    pub track: Track,
    /// The stores that they stay in or at again and again, at most [`limit::USUAL`].
    pub usual: Vec<Usual>,
}

/// What the fixes of an outing add up to: between two of them, everything that the filter keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Track {
    /// Evidence for a stay indoors, thousandths of a nat above the least that is kept.
    pub indoors: u16,
    /// Accuracy of this device under the open sky, centimetres; 0 where nothing is known yet.
    pub sky_cm: u32,
    /// Fixes in a row that were too far from the one before for someone on foot.
    pub jumps: u8,
    /// When they last rode.
    pub rode: Timestamp,
    /// The last fix outside, and when: where a stay begins.
    pub door: Option<(Timestamp, Fix)>,
    /// The stay, from the first fix on that speaks for one.
    pub stay: Option<Stay>,
}

/// A stay in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    /// Its first fix.
    pub since: Timestamp,
    /// Mean of its fixes.
    pub middle: Fix,
    /// How many independent fixes that mean is worth, in thousandths.
    pub weight: u32,
    /// The store that a check-in or a label named.
    pub named: Option<StoreIx>,
    /// The store that it was last said to be in: by its key, so that the visit counts whatever stores the next catalog has.
    pub visited: Option<Key>,
}

/// How often somebody was in a store, and how often they stayed so long at its place that they rather live or work there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usual {
    /// The key of the store, which may be one that the catalog of now does not have.
    pub store: Key,
    /// Visits.
    pub visits: u8,
    /// Stays of an hour and more.
    pub stays: u8,
}

/// The belief about one store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreBelief {
    /// Which store.
    pub store: StoreIx,
    /// Probability of being in it.
    pub inside: Ppm,
    /// Probability of being near it.
    pub near: Ppm,
}

/// One offer that was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Impression {
    /// When.
    pub at: Timestamp,
    /// The decision that showed it.
    pub decision: Key,
    /// The offer.
    pub offer: Key,
    /// Its kind.
    pub kind: Kind,
    /// Its group.
    pub group: Option<Key>,
    /// The product or category it was about.
    pub about: Option<Key>,
    /// The last thing the shopper did with it.
    pub reply: Option<Reply>,
    /// On what grounds it was shown.
    pub grounds: Grounds,
    /// For how many hours a cap counts it, at least: those that are on it when it is shown.
    pub counted_hours: u16,
}

impl Impression {
    fn is_counted(&self, now: Timestamp) -> bool {
        now < self.at.after(Span::hours(self.counted_hours.into()))
    }
}

/// On what grounds an offer is shown, as learning reads it: enough when the offer is long withdrawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grounds {
    /// Log-odds of usefulness that the catalog gives the offer, in thousandths.
    pub odds: i16,
    /// How sure the catalog is: their standard deviation, in hundredths.
    pub sd: u8,
    /// The strongest clues, by their place among those that learning weighs, and how strong they are, in thousandths of
    /// log-odds; 0 where there is none.
    pub clues: [(u8, i16); Self::CLUES],
    /// How often it had been shown of late.
    pub again: u8,
    /// Something that the shopper did with it says that it helped, whatever came later.
    pub helped: bool,
}

impl Grounds {
    /// How many clues count.
    pub const CLUES: usize = 2;
}

/// What was said about one offer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Not before this instant.
    pub rests_until: Timestamp,
    /// It was put off, not refused.
    pub later: bool,
    /// It has done what it was for: a coupon was redeemed, an answer shown, other help opened, kept or judged.
    pub done: bool,
    /// Useful replies to impressions that are forgotten one by one, in thousandths.
    pub useful: u16,
    /// How many were expected of these before anything was learned, in thousandths.
    pub expected: u16,
}

impl Standing {
    /// A full list remembers what is done for so long after it was done. It counts as resting until so long before, and is
    /// kept for twice as long: so it does not rest where the clock is set back.
    const DONE: Span = Span::days(90);

    /// Notes that it has done what it was for.
    pub fn finish(&mut self, at: Timestamp) {
        self.done = true;
        self.rests_until = self.rests_until.max(at.before(Self::DONE));
    }

    /// Returns when it may be forgotten, where the list is full.
    fn holds_until(&self) -> Timestamp {
        self.rests_until.after(Span::from_ms(if self.done { 2 * Self::DONE.ms() } else { 0 }))
    }
}

/// An open care case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// Which.
    pub key: Key,
    /// What it is about.
    pub topic: CareTopic,
    /// When it opened.
    pub since: Timestamp,
}

impl Case {
    /// A case that nobody closed counts as closed after so long: a shop that forgets to would never be heard again.
    pub const LASTS: Span = Span::days(90);

    /// Tells whether it leaves care behind when it is closed: a question that has its answer hurt nobody.
    pub const fn leaves_care(self) -> bool {
        !matches!(self.topic, CareTopic::Question)
    }
}

/// Something that they told the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What it was about.
    pub topic: Key,
    /// How it was meant.
    pub kind: AskedKind,
    /// When, the last time.
    pub at: Timestamp,
}

impl Asked {
    /// It is forgotten at the first signal after so long: an answer a year later answers nobody.
    pub const LASTS: Span = Span::days(366);
}

/// The lot of a piece that they have, or had in their hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lot {
    /// The product.
    pub product: Key,
    /// The lot, as it stands in the code.
    pub lot: Key,
    /// When the code was scanned or the piece bought last.
    pub at: Timestamp,
}

/// A product that they may want: looked at, or put into the basket or on the wish list, and not bought since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The product.
    pub product: Key,
    /// The lowest price they saw it at.
    pub price: Minor,
    /// Visits on which they looked at it; in the basket and on the wish list it counts twice.
    pub times: u8,
    /// When they last did.
    pub at: Timestamp,
}

impl Wanted {
    /// It is forgotten at the first signal after so long. Assumption: about as long as the lowest price before a
    /// reduction is looked for (Directive 98/6/EC, article 6a).
    pub const LASTS: Span = Span::days(30);
    /// They want what they came back to look at.
    pub const TIMES: u8 = 2;
}

impl Profile {
    /// Tells whether what they buy, want and tell may be remembered.
    pub fn may_remember(&self) -> bool {
        self.consent != Some(false) && !self.gpc
    }

    /// Returns the products that they want, the newest first.
    pub fn wants(&self) -> impl Iterator<Item = &Wanted> {
        self.wanted.iter().rev().filter(|wanted| wanted.times >= Wanted::TIMES)
    }

    /// Returns when a case was closed last that leaves care behind, by the shop or by its age.
    pub fn last_closed(&self, now: &Now) -> Option<Timestamp> {
        let aged = self.cases.iter().filter(|case| case.leaves_care()).map(|case| case.since.after(Case::LASTS));
        aged.filter(|end| now.has_reached(*end)).chain(self.closed).max()
    }

    /// Returns the oldest open case.
    pub fn open_case(&self, now: &Now) -> Option<Case> {
        self.cases.iter().find(|case| !now.has_reached(case.since.after(Case::LASTS))).copied()
    }

    /// Returns what was told under this key of a declared attribute's name, and of a member's for sets and maps.
    pub fn attribute_value(&self, name: Key) -> Option<i64> {
        find(&self.attributes, name)
    }

    /// Returns the profile of a new shopper.
    pub fn new(seed: Seed) -> Self {
        Self { device: Key(seed.0), seed, ..Self::default() }
    }

    /// Returns the profile of a shopper whose history was lost: it counts as if caps might be reached.
    pub fn unknown(seed: Seed, now: Timestamp) -> Self {
        Self { unknown_since: Some(now), ..Self::new(seed) }
    }

    /// Returns what was said about an offer.
    pub fn standing(&self, offer: Key) -> Standing {
        let at = self.standings.binary_search_by_key(&offer, |(key, _)| *key);
        at.ok().and_then(|at| self.standings.get(at)).map(|(_, standing)| *standing).unwrap_or_default()
    }

    /// Remembers what was said about an offer. A full list forgets the one that rested longest ago, and what is done a quarter
    /// of a year later.
    pub fn set_standing(&mut self, offer: Key, standing: Standing) {
        match self.standings.binary_search_by_key(&offer, |(key, _)| *key) {
            Ok(at) => {
                if let Some((_, known)) = self.standings.get_mut(at) {
                    *known = standing;
                }
            }
            Err(at) => {
                self.standings.insert(at, (offer, standing));
                drop_least(&mut self.standings, limit::STANDINGS, |(_, known)| known.holds_until());
            }
        }
    }

    /// Tells whether `key` must never come again.
    pub fn is_never(&self, key: Key) -> bool {
        self.nevers.binary_search(&key).is_ok()
    }

    /// Remembers that `key` must never come again. When the list is full the dial turns to never: louder is no option.
    pub fn never_again(&mut self, key: Key) {
        if let Err(at) = self.nevers.binary_search(&key) {
            if self.nevers.len() < limit::NEVERS {
                self.nevers.insert(at, key);
            } else {
                self.dial = Dial::Never;
            }
        }
    }

    /// Tells whether `decision` showed an offer that is still remembered.
    pub fn has_shown(&self, decision: Key) -> bool {
        self.impressions.iter().any(|shown| shown.decision == decision)
    }

    /// Logs an impression. A full list forgets several at once and returns them: the oldest that no cap counts any more, or
    /// the oldest, where caps count all of them. Cost: one pass over them, seldom more than once in so many times.
    pub fn log(&mut self, impression: Impression) -> Vec<Impression> {
        let (now, later) = (impression.at, self.impressions.iter().rev().take_while(|known| known.at > impression.at));
        self.impressions.insert(self.impressions.len() - later.count(), impression);
        let mut forgotten = Vec::new();
        if self.impressions.len() > limit::IMPRESSIONS {
            let spare = self.impressions.iter().any(|shown| !shown.is_counted(now));
            self.impressions.retain(|shown| {
                let goes = forgotten.len() < limit::FORGOTTEN_AT_ONCE && !(spare && shown.is_counted(now));
                if goes {
                    forgotten.push(*shown);
                }
                !goes
            });
        }
        forgotten
    }

    /// Forgets what may not be stored without consent: everything that was bought or looked at.
    pub fn forget_purchases(&mut self) {
        self.basket = Basket::default();
        self.session = Session::default();
        self.belief = Belief::default();
        self.forget_history();
    }

    /// Forgets everything that was bought, wanted and told.
    pub fn forget_history(&mut self) {
        self.categories = Habits::default();
        self.products = Habits::default();
        self.shopping = Habit::default();
        self.purchases = 0;
        self.receipts = Receipts::default();
        (self.asked, self.lots, self.wanted) = Default::default();
        for shown in &mut self.impressions {
            (shown.about, shown.grounds.clues) = Default::default();
        }
    }
}

fn find(sorted: &[(Key, i64)], key: Key) -> Option<i64> {
    let at = sorted.binary_search_by_key(&key, |(known, _)| *known).ok()?;
    sorted.get(at).map(|(_, value)| *value)
}

/// Puts in what is known under a key, or takes it out. A full list takes in nothing new.
fn put(sorted: &mut Vec<(Key, i64)>, key: Key, value: Option<i64>, most: usize) {
    let place = sorted.binary_search_by_key(&key, |(known, _)| *known);
    if let Ok(at) = place {
        sorted.remove(at);
    }
    let (Ok(at) | Err(at)) = place;
    if let Some(value) = value.filter(|_| sorted.len() < most) {
        sorted.insert(at, (key, value));
    }
}

/// Takes out the entry with the smallest `worth` while there are more than `most`.
fn drop_least<T, W: Ord>(list: &mut Vec<T>, most: usize, worth: impl Fn(&T) -> W) {
    while list.len() > most {
        let least = list.iter().enumerate().min_by_key(|(_, entry)| worth(entry)).map(|(at, _)| at);
        list.remove(least.unwrap_or(0));
    }
}
