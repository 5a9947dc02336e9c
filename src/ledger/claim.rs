//! Claims: one person asks for one coupon, and a repeat of the question has the same answer for ever.

use alloc::string::String;
use alloc::vec::Vec;
use core::num::NonZeroU16;

use serde::{Deserialize, Serialize};

use super::account::Account;
use super::lease::{Dry, Pause, Pool};
use super::mutant::{Mutant, broken};
use super::name::{IdempotencyKey, Label, Person};
use super::terms::{Book, Issuer, Terms};
use super::{REPORTING, json};
use crate::token::{Audience, Campaign, Holder, Minimum, Payload, Serial, Window};
use crate::value::{Minor, Span, Timestamp};

/// What a device asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimRequest {
    /// The same at every retry.
    pub key: IdempotencyKey,
    /// Id of the offer.
    pub coupon: String,
    /// Who asks.
    pub person: Person,
    /// Where it is to be redeemed; needed unless the coupon is good in all stores.
    #[serde(default)]
    pub store: Option<Label>,
    /// The device that alone may show it: the first 8 bytes of SHA-256 of its public key.
    #[serde(with = "json::maybe_hex", default)]
    pub holder: Option<[u8; 8]>,
    /// Nine random bytes, other ones at every try: a repeat does not use them.
    #[serde(with = "json::hex")]
    pub chance: [u8; 9],
}

impl ClaimRequest {
    /// Returns what a person's claims of a coupon are counted under.
    pub fn counted(&self) -> String {
        counted(&self.coupon, &self.person)
    }
}

fn counted(coupon: &str, person: &Person) -> String {
    alloc::format!("{coupon} {}", person.as_str())
}

/// A coupon that was given out: one row of a shard. `serial` and `key` are unique in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Its name.
    #[serde(with = "json::code")]
    pub serial: Serial,
    /// What the device called it.
    pub key: IdempotencyKey,
    /// Id of the offer.
    pub coupon: String,
    /// Who has it.
    pub person: Person,
    /// The store, as it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<Label>,
    /// The holder, as it was asked for.
    #[serde(with = "json::maybe_hex", default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<[u8; 8]>,
    /// When it was given out.
    #[serde(with = "json::ms")]
    pub at: Timestamp,
    /// When it goes back to the budget, unless it was redeemed.
    #[serde(with = "json::ms")]
    pub due: Timestamp,
    /// What is signed.
    #[serde(with = "json::hex")]
    pub payload: [u8; Payload::LENGTH],
    /// What became of it.
    pub state: State,
    /// Receipts that were rolled back: they never redeem it again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub voided: Vec<ReceiptKey>,
}

/// One receipt of one till.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptKey {
    /// The till.
    pub till: Label,
    /// The number of its receipt.
    pub receipt: Label,
}

/// What became of a coupon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum State {
    /// It waits.
    Issued,
    /// A till holds it.
    Reserved {
        /// Who.
        by: ReceiptKey,
        /// First instant at which it waits again.
        #[serde(with = "json::ms")]
        until: Timestamp,
    },
    /// It was used.
    Redeemed {
        /// By whom.
        by: ReceiptKey,
        /// Where.
        store: Label,
        /// When: on the till's clock where it was offline.
        #[serde(with = "json::ms")]
        at: Timestamp,
        /// What it took off, minor units.
        #[serde(with = "json::maybe_minor", default)]
        amount: Option<Minor>,
    },
    /// It was not used, and went back to the budget.
    Expired,
}

/// What a person has of a coupon: what went back to the budget unused, as what was fetched ahead and never shown does, stands in
/// nobody's way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Had {
    /// How many there are that have not expired.
    pub count: u32,
    /// When the first of them that waits goes back.
    #[serde(with = "json::maybe_ms")]
    pub due: Option<Timestamp>,
}

/// Why there is no coupon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Refusal {
    /// The catalog has no such coupon with a budget.
    UnknownCoupon,
    /// It needs a store, and this is none.
    UnknownStore,
    /// It has not begun.
    NotStarted {
        /// When it does.
        #[serde(with = "json::ms")]
        until: Timestamp,
    },
    /// It is over.
    Ended,
    /// It rests until the shop resumes it.
    Paused {
        /// Why.
        why: Pause,
    },
    /// This person had theirs.
    PerPerson {
        /// When they may have the next, where one that they did not use lapsed and has not gone back.
        #[serde(with = "json::maybe_ms")]
        until: Option<Timestamp>,
    },
    /// This store has no more.
    PerStore {
        /// When it may have some again.
        #[serde(with = "json::maybe_ms")]
        until: Option<Timestamp>,
    },
    /// This hour has no more.
    PerHour {
        /// When there may be some again.
        #[serde(with = "json::maybe_ms")]
        until: Option<Timestamp>,
    },
    /// There are no more.
    Exhausted {
        /// When there may be some again.
        #[serde(with = "json::maybe_ms")]
        until: Option<Timestamp>,
    },
    /// The key was used for another request.
    OtherRequest,
    /// The random bytes are those of another coupon: try again with others.
    Clash,
}

/// Why a claim is not decided by giving a coupon.
pub(super) enum Not {
    /// It never will be.
    Refused(Refusal),
    /// It waits for a block of each of these.
    Lent(Vec<Pool>),
}

impl From<Refusal> for Not {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Returns what answers a claim whose key is known.
pub(super) fn repeat<'a>(request: &ClaimRequest, known: &'a Claim) -> Result<&'a Claim, Refusal> {
    let same = (&known.key, &known.coupon, &known.person, &known.store, &known.holder)
        == (&request.key, &request.coupon, &request.person, &request.store, &request.holder);
    if same || broken(Mutant::RequestIgnored) { Ok(known) } else { Err(Refusal::OtherRequest) }
}

/// Gives a coupon out whose key is new, and takes it out of what was lent.
///
/// `had`: what this person has of it. `taken`: is its serial another's?
pub(super) fn claim(
    (book, issuer): (&Book, &Issuer),
    account: &mut Account,
    request: &ClaimRequest,
    (had, taken): (Had, bool),
    now: Timestamp,
) -> Result<Claim, Not> {
    let terms = book.terms(&request.coupon).ok_or(Refusal::UnknownCoupon)?;
    let clock = account.clock();
    let audience = audience(book, terms, request)?;
    open(terms, account, now)?;
    had.allows(terms, clock)?;
    let window = window(terms, now).ok_or(Refusal::Ended)?;
    let serial = serial(issuer, request);
    if taken && !broken(Mutant::SerialIgnored) {
        return Err(Refusal::Clash.into());
    }
    take(terms, account, audience)?;
    account.tally_mut().issued += 1;
    let payload = Payload {
        environment: issuer.environment,
        offline: terms.budget.offline.is_some(),
        stackable: terms.stackable,
        kid: issuer.kid,
        campaign: Campaign(u64::from_be_bytes(terms.campaign)),
        serial,
        window,
        merchant: issuer.merchant,
        audience,
        benefit: terms.benefit,
        minimum: Minimum::of(terms.minimum_spend),
        holder: request.holder.and_then(Holder::new),
    };
    Ok(Claim {
        serial,
        key: request.key.clone(),
        coupon: request.coupon.clone(),
        person: request.person.clone(),
        store: request.store.clone(),
        holder: request.holder,
        at: clock,
        // NOTE: on this shard's own clock, so that a clock set back does not bring the end nearer.
        due: clock.after(window.until().since(now)).after(REPORTING),
        payload: payload.bytes(),
        state: State::Issued,
        voided: Vec::new(),
    })
}

impl Had {
    /// Refuses a person who has had theirs.
    fn allows(self, terms: &Terms, clock: Timestamp) -> Result<(), Refusal> {
        let most = u32::from(terms.budget.per_person);
        if self.count < most {
            return Ok(());
        }
        // What is still valid may be used, and then never goes back; where more are in the way than one, no day is known.
        let lapsed = self.due.filter(|due| *due <= clock.after(REPORTING));
        Err(Refusal::PerPerson { until: lapsed.filter(|_| self.count == most) })
    }

    /// Counts one more.
    pub(super) fn add(&mut self, claim: &Claim) {
        self.count += 1;
        self.due = self.due.into_iter().chain(claim.alarm()).min();
    }
}

/// Returns the serial that a claim would have.
pub(super) fn serial(issuer: &Issuer, request: &ClaimRequest) -> Serial {
    Serial::new(issuer.shard, request.chance)
}

/// Returns the stores of a coupon.
fn audience(book: &Book, terms: &Terms, request: &ClaimRequest) -> Result<Audience, Refusal> {
    if terms.budget.all_stores {
        return Ok(Audience::All);
    }
    let store = request.store.as_ref().and_then(|store| book.store(store.as_str()));
    store.map(Audience::Stores).ok_or(Refusal::UnknownStore)
}

/// Tells why nothing is given out now. A clock set back opens nothing that was closed.
fn open(terms: &Terms, account: &Account, now: Timestamp) -> Result<(), Refusal> {
    match (terms.from, terms.until, account.standing().pause) {
        (Some(from), ..) if now < from => Err(Refusal::NotStarted { until: from }),
        (_, Some(until), _) if account.clock() >= until && !broken(Mutant::EndIgnored) => Err(Refusal::Ended),
        (.., Some(why)) if !broken(Mutant::PauseIgnored) => Err(Refusal::Paused { why }),
        _ => Ok(()),
    }
}

/// Returns when a coupon is valid that is given out now: for its lifetime, not beyond the end, at least a minute.
fn window(terms: &Terms, now: Timestamp) -> Option<Window> {
    let whole = Span::days(terms.budget.valid_days.clamp(1, 45).into());
    // NOTE: the window begins with the minute.
    let begun = Window::new(now, Span::minutes(1))?.from();
    let left = terms.until.map_or(whole, |until| until.since(begun));
    Window::new(now, left.min(whole).max(Span::minutes(1)))
}

/// Takes a coupon out of what was lent.
fn take(terms: &Terms, account: &mut Account, audience: Audience) -> Result<(), Not> {
    let store = match audience {
        Audience::Stores(store) => terms.budget.per_store.map(|_| Pool::Store(store.get())),
        Audience::All => None,
    };
    let hour = terms.budget.per_hour.map(|_| Pool::hour(account.clock()));
    let pools: Vec<Pool> = hour.into_iter().chain(store).chain([Pool::Total]).collect();
    account.take(&pools).map_err(|lacking| {
        let dry = lacking.iter().find_map(|pool| account.dry(*pool));
        dry.map_or(Not::Lent(lacking), |dry| refusal(dry).into())
    })
}

fn refusal(Dry { pool, until, .. }: Dry) -> Refusal {
    match pool {
        Pool::Total => Refusal::Exhausted { until },
        Pool::Store(_) => Refusal::PerStore { until },
        Pool::Hour(_) => Refusal::PerHour { until },
    }
}

impl Claim {
    /// Returns what it is counted under.
    pub(super) fn counted(&self) -> String {
        counted(&self.coupon, &self.person)
    }

    /// Returns what it says.
    ///
    /// A row that holds no payload was not written by this program; its coupon is refused like one that is over.
    pub(super) fn says(&self) -> Option<Payload> {
        Payload::parse(&self.payload).ok()
    }

    /// Returns the store that it is good in, as tokens number it; 0 for all.
    pub(super) fn store_number(&self) -> u16 {
        match self.says().map(|payload| payload.audience) {
            Some(Audience::Stores(store)) => store.get(),
            Some(Audience::All) | None => 0,
        }
    }

    /// Tells whether it is good in a store of this number.
    pub(super) fn is_good_in(&self, store: Option<NonZeroU16>) -> bool {
        self.store_number() == 0 || store.is_some_and(|store| store.get() == self.store_number())
    }

    /// Returns when it may have to go back to the budget; `None` where it never will.
    pub fn alarm(&self) -> Option<Timestamp> {
        match self.state {
            State::Issued | State::Reserved { .. } => Some(self.due),
            State::Redeemed { .. } | State::Expired => None,
        }
    }
}
