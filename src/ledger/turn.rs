//! One turn of a shard: many requests, decided in order, written in one transaction.
//!
//! First [`wanted`] tells what to load, then [`turn`] decides. What was not loaded is no answer: the turn then fails and
//! nothing is to be written. A later request of a turn sees what the earlier ones did.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::account::Account;
use super::claim::{self, Claim, ClaimRequest, Had, Not, Refusal};
use super::guesses::Guesses;
use super::json;
use super::lease::{Grant, Pool, Renewal, Standing};
use super::mutant::{Mutant, broken};
use super::redemption::{self, Rejection, SpendRequest};
use super::terms::{Book, Issuer};
use crate::token::{Payload, Serial};
use crate::value::Timestamp;

/// What a shard is asked or told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Request {
    /// A device wants a coupon.
    Claim(ClaimRequest),
    /// A till wants to hold a coupon for ten minutes.
    Reserve(SpendRequest),
    /// A till takes a coupon, or took one while it was offline.
    Redeem(SpendRequest),
    /// A till lets go of a coupon that it holds.
    Release(SpendRequest),
    /// A till takes a redemption back.
    RollBack(SpendRequest),
    /// A coupon may be due: its alarm has come.
    Expire {
        /// The coupon, as a short code.
        #[serde(with = "json::code")]
        serial: Serial,
    },
    /// The root has answered a renewal.
    Granted {
        /// Id of the offer.
        coupon: String,
        /// The answer.
        grant: Grant,
    },
    /// The root tells whether coupons may be given out.
    Stand {
        /// Id of the offer.
        coupon: String,
        /// Whether.
        standing: Standing,
    },
    /// The alarm of an account has come, or the root asks for a renewal.
    Renew {
        /// Id of the offer.
        coupon: String,
    },
}

/// What is to be loaded before a turn, each thing once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Wanted {
    /// Claims by idempotency key.
    pub keys: BTreeSet<String>,
    /// Claims by serial, as short codes.
    pub serials: BTreeSet<String>,
    /// What there is of a coupon and a person.
    pub persons: BTreeSet<String>,
    /// Accounts by coupon; besides, those of the coupons of all claims that were found.
    pub accounts: BTreeSet<String>,
    /// What counts against the tills that show a code.
    pub tills: BTreeSet<String>,
}

/// What was loaded: an entry for everything that was wanted, `null` where there is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Claims by idempotency key.
    pub keys: BTreeMap<String, Option<Claim>>,
    /// Claims by serial.
    #[serde(with = "json::by_code")]
    pub serials: BTreeMap<Serial, Option<Claim>>,
    /// What persons have, by coupon and person with a space between.
    pub persons: BTreeMap<String, Had>,
    /// Accounts by coupon.
    pub accounts: BTreeMap<String, Option<Account>>,
    /// What counts against tills.
    pub tills: BTreeMap<String, Option<Guesses>>,
}

/// What is to be written, in one transaction, and then to be answered and sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Turn {
    /// The answer to each request, in their order.
    pub answers: Vec<Answer>,
    /// New claims: serial and key must be new to the storage, or nothing is written.
    pub insert: Vec<Claim>,
    /// Claims that are there and changed.
    pub update: Vec<Claim>,
    /// Accounts that changed, or are new.
    pub accounts: BTreeMap<String, Account>,
    /// What counts against the tills of which a code was refused.
    pub tills: BTreeMap<String, Guesses>,
    /// What to send to the roots after the commit.
    pub renewals: Vec<Renewal>,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Answer {
    /// A coupon was given out.
    Issued {
        /// Now, and not at an earlier request of the same key.
        first: bool,
        /// Its name, as a short code.
        #[serde(with = "json::code")]
        serial: Serial,
        /// What is to be signed.
        #[serde(with = "json::hex")]
        payload: [u8; Payload::LENGTH],
        /// First instant at which it is valid.
        #[serde(with = "json::ms")]
        from: Timestamp,
        /// First instant at which it is not any more.
        #[serde(with = "json::ms")]
        until: Timestamp,
    },
    /// No coupon was given out.
    Refused(Refusal),
    /// Ask again in a turn after the next answer of the coupon's root.
    Wait {
        /// Id of the offer.
        coupon: String,
    },
    /// A till holds a coupon.
    Reserved {
        /// Until when.
        #[serde(with = "json::ms")]
        until: Timestamp,
    },
    /// A till has taken a coupon.
    Redeemed {
        /// Now, and not at an earlier request of the same till and receipt.
        first: bool,
        /// Id of the offer.
        coupon: String,
        /// What its token says.
        #[serde(with = "json::hex")]
        payload: [u8; Payload::LENGTH],
    },
    /// A till has let go of a coupon.
    Released {
        /// It held it.
        first: bool,
    },
    /// A redemption was taken back, or will never happen.
    RolledBack {
        /// Now, and not at an earlier request.
        first: bool,
    },
    /// A till does not get what it asked for.
    Rejected(Rejection),
    /// Taken in.
    Noted,
}

/// Why there is no turn; nothing is to be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TurnFault {
    /// Something was not loaded.
    #[error("the {what} of `{name}` was not loaded")]
    NotLoaded {
        /// What.
        what: &'static str,
        /// Its name.
        name: String,
    },
}

/// Returns what has to be loaded for these requests.
pub fn wanted(issuer: &Issuer, requests: &[Request]) -> Wanted {
    let mut wanted = Wanted::default();
    for request in requests {
        wanted.tills.extend(guesser(request).map(String::from));
        match request {
            Request::Claim(request) => {
                wanted.keys.insert(request.key.as_str().to_string());
                wanted.serials.insert(claim::serial(issuer, request).to_string());
                wanted.persons.insert(request.counted());
                wanted.accounts.insert(request.coupon.clone());
            }
            Request::Reserve(spend) | Request::Redeem(spend) | Request::Release(spend) | Request::RollBack(spend) => {
                wanted.serials.insert(spend.serial.to_string());
            }
            Request::Expire { serial } => {
                wanted.serials.insert(serial.to_string());
            }
            Request::Granted { coupon, .. } | Request::Stand { coupon, .. } | Request::Renew { coupon } => {
                wanted.accounts.insert(coupon.clone());
            }
        }
    }
    wanted
}

/// Decides requests in their order.
pub fn turn(
    (book, issuer): (&Book, &Issuer),
    found: Found,
    requests: &[Request],
    now: Timestamp,
) -> Result<Turn, TurnFault> {
    let mut desk = Desk {
        book,
        issuer,
        now,
        found,
        fresh: BTreeSet::new(),
        changed: BTreeSet::new(),
        touched: BTreeSet::new(),
        wants: BTreeMap::new(),
        resend: BTreeSet::new(),
        turn: Turn::default(),
    };
    for request in requests {
        let answer = desk.decide(request)?;
        desk.turn.answers.push(answer);
    }
    desk.finish()
}

/// What a turn works on.
struct Desk<'a> {
    book: &'a Book,
    issuer: &'a Issuer,
    now: Timestamp,
    found: Found,
    /// Serials of claims that are new, or changed.
    fresh: BTreeSet<Serial>,
    changed: BTreeSet<Serial>,
    touched: BTreeSet<String>,
    /// How many claims wait for a block of what, by coupon.
    wants: BTreeMap<String, BTreeMap<Pool, u32>>,
    /// Coupons whose renewal is to be sent again.
    resend: BTreeSet<String>,
    turn: Turn,
}

impl Desk<'_> {
    /// Decides a request, unless its till guesses; each code that is refused counts.
    fn decide(&mut self, request: &Request) -> Result<Answer, TurnFault> {
        let Some(till) = guesser(request) else { return self.answer(request) };
        let missing = || TurnFault::NotLoaded { what: "till", name: till.to_string() };
        let guesses = self.found.tills.get(till).copied().ok_or_else(missing)?.unwrap_or_default();
        if guesses.rests(self.now) {
            return Ok(Answer::Rejected(Rejection::TooManyCodes));
        }
        let answer = self.answer(request)?;
        if matches!(answer, Answer::Rejected(_)) {
            let guesses = guesses.refused(self.now);
            self.found.tills.insert(till.to_string(), Some(guesses));
            self.turn.tills.insert(till.to_string(), guesses);
        }
        Ok(answer)
    }

    fn answer(&mut self, request: &Request) -> Result<Answer, TurnFault> {
        match request {
            Request::Claim(request) => self.claim(request),
            Request::Reserve(spend) => self.spend(spend, |desk, at, spend| {
                redemption::reserve(desk.0, at, spend, desk.1).map(|until| Answer::Reserved { until })
            }),
            Request::Redeem(spend) => self.spend(spend, |desk, at, spend| {
                let (coupon, payload) = (at.0.coupon.clone(), at.0.payload);
                redemption::redeem(desk.0, at, spend, desk.1).map(|first| Answer::Redeemed { first, coupon, payload })
            }),
            Request::Release(spend) => self
                .spend(spend, |_, at, spend| redemption::release(at.0, spend).map(|first| Answer::Released { first })),
            Request::RollBack(spend) => self.spend(spend, |_, at, spend| {
                redemption::roll_back(at, spend).map(|first| Answer::RolledBack { first })
            }),
            Request::Expire { serial } => self.expire(*serial),
            Request::Granted { coupon, grant } => self.tell(coupon, |account| account.granted(grant.clone())),
            Request::Stand { coupon, standing } => self.tell(coupon, |account| account.stand(*standing)),
            Request::Renew { coupon } => {
                self.resend.insert(coupon.clone());
                self.tell(coupon, |_| ())
            }
        }
    }

    fn claim(&mut self, request: &ClaimRequest) -> Result<Answer, TurnFault> {
        let (key, serial) = (request.key.as_str(), claim::serial(self.issuer, request));
        let missing = |what, name: &str| TurnFault::NotLoaded { what, name: name.to_string() };
        let known = self.found.keys.get(key).ok_or_else(|| missing("key", key))?;
        let counted = request.counted();
        let had = *self.found.persons.get(&counted).ok_or_else(|| missing("person", &counted))?;
        let full = broken(Mutant::LimitBeforeKey)
            && self.book.terms(&request.coupon).is_some_and(|terms| had.count >= terms.budget.per_person.into());
        if let Some(known) = known.as_ref().filter(|_| !full && !broken(Mutant::KeyIgnored)) {
            return Ok(
                claim::repeat(request, known).map_or_else(Answer::Refused, |known| issued(self.issuer, known, false))
            );
        }
        let taken = self.found.serials.get(&serial).ok_or_else(|| missing("serial", key))?.is_some();
        // A name that means nothing leaves no row.
        if self.book.terms(&request.coupon).is_none() {
            return Ok(Answer::Refused(Refusal::UnknownCoupon));
        }
        let account = account(&mut self.found, &request.coupon)?;
        account.advance(self.now);
        let made = claim::claim((self.book, self.issuer), account, request, (had, taken), self.now);
        self.touched.insert(request.coupon.clone());
        match made {
            Ok(claim) => Ok(self.give(claim)),
            Err(Not::Refused(refusal)) => Ok(Answer::Refused(refusal)),
            Err(Not::Lent(pools)) => {
                let wants = self.wants.entry(request.coupon.clone()).or_default();
                pools.into_iter().for_each(|pool| *wants.entry(pool).or_default() += 1);
                Ok(Answer::Wait { coupon: request.coupon.clone() })
            }
        }
    }

    /// Notes a claim, for the storage and for the requests that follow.
    fn give(&mut self, claim: Claim) -> Answer {
        let answer = issued(self.issuer, &claim, true);
        if broken(Mutant::BatchBlind) {
            self.turn.insert.push(claim);
            return answer;
        }
        if let Some(had) = self.found.persons.get_mut(&claim.counted()).filter(|_| !broken(Mutant::PersonNotCounted)) {
            had.add(&claim);
        }
        self.fresh.insert(claim.serial);
        self.found.keys.insert(claim.key.as_str().to_string(), Some(claim.clone()));
        self.found.serials.insert(claim.serial, Some(claim));
        answer
    }

    fn spend(
        &mut self,
        request: &SpendRequest,
        change: impl FnOnce((&Book, Timestamp), (&mut Claim, &mut Account), &SpendRequest) -> Result<Answer, Rejection>,
    ) -> Result<Answer, TurnFault> {
        let Some((claim, account)) = coupon(&mut self.found, request.serial)? else {
            return Ok(Answer::Rejected(Rejection::Unknown));
        };
        if request.payload.is_some_and(|payload| payload != claim.payload) {
            return Ok(Answer::Rejected(Rejection::Altered));
        }
        let coupon = claim.coupon.clone();
        account.advance(self.now);
        let done = change((self.book, self.now), (claim, account), request);
        if done.is_ok() {
            self.touched.insert(coupon);
            self.changed.insert(request.serial);
        }
        Ok(done.unwrap_or_else(Answer::Rejected))
    }

    fn expire(&mut self, serial: Serial) -> Result<Answer, TurnFault> {
        if let Some((claim, account)) = coupon(&mut self.found, serial)?
            && redemption::expire((claim, account), self.now)
        {
            self.touched.insert(claim.coupon.clone());
            self.changed.insert(claim.serial);
        }
        Ok(Answer::Noted)
    }

    fn tell(&mut self, coupon: &str, change: impl FnOnce(&mut Account)) -> Result<Answer, TurnFault> {
        let account = account(&mut self.found, coupon)?;
        account.advance(self.now);
        change(account);
        self.touched.insert(coupon.to_string());
        Ok(Answer::Noted)
    }

    /// Asks the roots for what is wanted, and gathers what is to be written.
    fn finish(mut self) -> Result<Turn, TurnFault> {
        for coupon in &self.touched {
            let account = account(&mut self.found, coupon)?;
            let (want, waiting) = (self.wants.remove(coupon), account.pending().is_some());
            let resend = self.resend.contains(coupon) && account.has_news();
            if resend || (want.is_some() && !waiting) {
                let want = want.unwrap_or_default();
                self.turn.renewals.push(account.renewal((coupon, self.issuer.shard), &want));
            }
            self.turn.accounts.insert(coupon.clone(), account.clone());
        }
        let rows = |serials: &BTreeSet<Serial>| -> Vec<Claim> {
            serials.iter().filter_map(|serial| self.found.serials.get(serial).cloned().flatten()).collect()
        };
        self.turn.insert.extend(rows(&self.fresh));
        self.turn.update = rows(&self.changed.difference(&self.fresh).copied().collect());
        Ok(self.turn)
    }
}

fn account<'a>(found: &'a mut Found, coupon: &str) -> Result<&'a mut Account, TurnFault> {
    let missing = || TurnFault::NotLoaded { what: "account", name: coupon.to_string() };
    Ok(found.accounts.get_mut(coupon).ok_or_else(missing)?.get_or_insert_default())
}

/// Returns the claim of a serial with its account.
fn coupon(found: &mut Found, serial: Serial) -> Result<Option<(&mut Claim, &mut Account)>, TurnFault> {
    let missing = |what, name| TurnFault::NotLoaded { what, name };
    let claim = found.serials.get_mut(&serial).ok_or_else(|| missing("serial", serial.to_string()))?;
    // What a storage found may be the row of another serial of the same number.
    let Some(claim) = claim.as_mut().filter(|claim| claim.serial == serial) else { return Ok(None) };
    let account = found.accounts.get_mut(&claim.coupon).ok_or_else(|| missing("account", claim.coupon.clone()))?;
    Ok(Some((claim, account.get_or_insert_default())))
}

/// Returns the answer to a claim that got a coupon.
fn issued(issuer: &Issuer, claim: &Claim, first: bool) -> Answer {
    let window = claim.says().map(|says| says.window);
    let mut payload = claim.payload;
    if let (true, Some(mut says)) = (broken(Mutant::KidOfNow), claim.says()) {
        says.kid = issuer.kid;
        payload = says.bytes();
    }
    Answer::Issued {
        first,
        serial: claim.serial,
        payload,
        from: window.map_or(claim.at, |window| window.from()),
        until: window.map_or(claim.at, |window| window.until()),
    }
}

/// Returns the till that shows a code, which might be guessed, and not a token.
fn guesser(request: &Request) -> Option<&str> {
    match request {
        Request::Reserve(spend) | Request::Redeem(spend) | Request::Release(spend) | Request::RollBack(spend) => {
            spend.payload.is_none().then(|| spend.till.as_str())
        }
        Request::Claim(_)
        | Request::Expire { .. }
        | Request::Granted { .. }
        | Request::Stand { .. }
        | Request::Renew { .. } => None,
    }
}
