//! Redemptions: each coupon is used once, by one receipt of one till, however often that is told.

use serde::{Deserialize, Serialize};

use super::account::Account;
use super::claim::{Claim, ReceiptKey, State};
use super::mutant::{Mutant, broken};
use super::name::Label;
use super::terms::Book;
use super::{RESERVATION, json};
use crate::token::{Payload, Serial};
use crate::value::{Minor, Timestamp};

/// How many receipts of one coupon may be rolled back.
const MOST_VOIDED: usize = 16;

/// What a till tells of a coupon. The same serial, till and receipt are the same redemption.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpendRequest {
    /// The coupon, as a short code.
    #[serde(with = "json::code")]
    pub serial: Serial,
    /// What the token says, where one was shown and its signature is good.
    #[serde(with = "json::maybe_hex", default)]
    pub payload: Option<[u8; Payload::LENGTH]>,
    /// The till.
    pub till: Label,
    /// The number of its receipt.
    pub receipt: Label,
    /// The store of the till.
    pub store: Label,
    /// When a till that was offline took it.
    #[serde(with = "json::maybe_ms", default)]
    pub at: Option<Timestamp>,
    /// What it took off, minor units.
    #[serde(with = "json::maybe_minor", default)]
    pub amount: Option<Minor>,
}

/// Why a coupon is not redeemed, reserved, released or rolled back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Rejection {
    /// There is none of this serial. With a good signature this means that a key was stolen.
    Unknown,
    /// The token says something else than the one that was given out. This, too, means that a key was stolen.
    Altered,
    /// It was used.
    Spent {
        /// By whom; not for the eyes of other tills.
        by: ReceiptKey,
        /// When.
        #[serde(with = "json::ms")]
        at: Timestamp,
    },
    /// Another till holds it.
    Reserved {
        /// Until when.
        #[serde(with = "json::ms")]
        until: Timestamp,
    },
    /// It is over.
    Expired,
    /// It is good in another store.
    OtherStore,
    /// This receipt was rolled back.
    Voided,
    /// This till did not redeem it.
    NotRedeemed,
    /// It was rolled back too often.
    TooOften,
    /// Too many codes of this till were refused: no other is looked at before one of them is forgiven.
    TooManyCodes,
}

/// Redeems a coupon; tells whether for the first time.
pub(super) fn redeem(
    book: &Book,
    (claim, account): (&mut Claim, &mut Account),
    request: &SpendRequest,
    now: Timestamp,
) -> Result<bool, Rejection> {
    let clock = account.advance(now);
    let by = request.key();
    if let State::Redeemed { by: known, at, .. } = &claim.state
        && !broken(Mutant::SpentIgnored)
    {
        return if *known == by { Ok(false) } else { Err(Rejection::Spent { by: known.clone(), at: *at }) };
    }
    let at = request.at.unwrap_or(clock).min(clock);
    spendable(book, claim, request, (clock, at))?;
    claim.state = State::Redeemed { by, store: request.store.clone(), at, amount: request.amount };
    account.tally_mut().redeemed += 1;
    Ok(true)
}

/// Holds a coupon for a till for ten minutes, not beyond the end of the coupon; returns until when.
///
/// The same receipt is answered the same as long as it holds it, so that who asks again does not hold it longer. A hold that
/// is over needs nobody to end it: whoever asks next finds the coupon free.
pub(super) fn reserve(
    book: &Book,
    (claim, account): (&mut Claim, &mut Account),
    request: &SpendRequest,
    now: Timestamp,
) -> Result<Timestamp, Rejection> {
    let clock = account.advance(now);
    match &claim.state {
        State::Redeemed { by, at, .. } => return Err(Rejection::Spent { by: by.clone(), at: *at }),
        State::Reserved { by, until } if *by == request.key() && clock < *until => return Ok(*until),
        State::Issued | State::Reserved { .. } | State::Expired => {}
    }
    spendable(book, claim, request, (clock, clock))?;
    let end = claim.says().map_or(clock, |says| says.window.until());
    let until = clock.after(RESERVATION).min(end);
    claim.state = State::Reserved { by: request.key(), until };
    Ok(until)
}

/// Tells why a coupon that was not redeemed may not be.
fn spendable(
    book: &Book,
    claim: &Claim,
    request: &SpendRequest,
    (clock, at): (Timestamp, Timestamp),
) -> Result<(), Rejection> {
    let (by, says) = (request.key(), claim.says().ok_or(Rejection::Expired)?);
    // NOTE: whoever has seen the letters could type them; only a till that saw the word of the device has the token to show.
    if claim.holder.is_some() && request.payload.is_none() && !broken(Mutant::HolderIgnored) {
        return Err(Rejection::Unknown);
    }
    if claim.voided.contains(&by) && !broken(Mutant::VoidForgotten) {
        return Err(Rejection::Voided);
    }
    if !claim.is_good_in(book.store(request.store.as_str())) && !broken(Mutant::StoreIgnored) {
        return Err(Rejection::OtherStore);
    }
    match &claim.state {
        State::Expired => return Err(Rejection::Expired),
        State::Reserved { by: held, until } if *held != by && clock < *until && !broken(Mutant::HoldIgnored) => {
            return Err(Rejection::Reserved { until: *until });
        }
        State::Issued | State::Reserved { .. } | State::Redeemed { .. } => {}
    }
    // NOTE: nobody shows it before it is valid: its window begins with the minute in which it was given out.
    if at >= says.window.until() && !broken(Mutant::EndIgnored) { Err(Rejection::Expired) } else { Ok(()) }
}

/// Lets go of a reservation; tells whether there was one.
pub(super) fn release(claim: &mut Claim, request: &SpendRequest) -> Result<bool, Rejection> {
    match &claim.state {
        State::Reserved { by, .. } if *by == request.key() => {
            claim.state = State::Issued;
            Ok(true)
        }
        State::Redeemed { by, at, .. } => Err(Rejection::Spent { by: by.clone(), at: *at }),
        State::Issued | State::Reserved { .. } | State::Expired => Ok(false),
    }
}

/// Rolls a redemption back, so that the coupon can be used again; tells whether for the first time.
///
/// Only the till and receipt that redeemed it can do that. A receipt that is rolled back before its redemption arrives
/// is void all the same, also while another till holds the coupon.
pub(super) fn roll_back(
    (claim, account): (&mut Claim, &mut Account),
    request: &SpendRequest,
) -> Result<bool, Rejection> {
    let by = request.key();
    if claim.voided.contains(&by) {
        return Ok(false);
    }
    let redeemed = match &claim.state {
        State::Redeemed { by: known, .. } if *known != by && !broken(Mutant::AnyTill) => {
            return Err(Rejection::NotRedeemed);
        }
        State::Redeemed { .. } => true,
        State::Expired => return Err(Rejection::Expired),
        State::Issued | State::Reserved { .. } => false,
    };
    if claim.voided.len() >= MOST_VOIDED {
        return Err(Rejection::TooOften);
    }
    if !matches!(&claim.state, State::Reserved { by: known, .. } if *known != by) {
        claim.state = State::Issued;
    }
    claim.voided.push(by);
    if redeemed {
        account.tally_mut().redeemed -= 1;
        account.tally_mut().rolled_back += 1;
    }
    Ok(true)
}

/// Gives a coupon back to the budget that was not used until it no longer can be; tells whether it did.
pub(super) fn expire((claim, account): (&mut Claim, &mut Account), now: Timestamp) -> bool {
    let clock = account.advance(now);
    let early = broken(Mutant::ReturnedEarly) && claim.says().is_some_and(|says| clock >= says.window.until());
    let again = broken(Mutant::ExpiredTwice) && claim.state == State::Expired;
    let due = claim.alarm().is_some_and(|due| clock >= due || early) || again;
    if due {
        claim.state = State::Expired;
        account.give_back(claim.store_number());
    }
    due
}

impl SpendRequest {
    fn key(&self) -> ReceiptKey {
        ReceiptKey { till: self.till.clone(), receipt: self.receipt.clone() }
    }
}
