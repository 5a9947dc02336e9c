//! The ledger at the edge: everything crosses as JSON text. What is stored is text that only this module reads.
//!
//! ```text
//! requests  [{"kind": "claim", "key", "coupon", "person", "store"?, "holder"?: 16 hex digits, "chance": 18 hex digits},
//!            {"kind": "reserve" | "redeem" | "release" | "roll_back", "serial": code, "payload"?: 100 hex digits,
//!             "till", "receipt", "store", "at"?: ms, "amount"?: minor units},
//!            {"kind": "expire", "serial": code}, {"kind": "renew", "coupon"},
//!            {"kind": "granted", "coupon", "grant"}, {"kind": "stand", "coupon", "standing"}]
//! wanted    {"keys": [], "serials": [], "persons": ["coupon person"], "accounts": [coupon],
//!            "tills": [till]}
//! found     {"keys": {key: row | null}, "serials": {code: row | null}, "persons": {"coupon person": {"count", "due": ms | null}},
//!            "accounts": {coupon: account | null}, "tills": {till: ms | null}}: an entry for all that is wanted, and an account for the coupon of
//!            every row that was found. Rows and accounts as the texts that were stored.
//! turn      {"answers": [], "insert": [row], "update": [row], "accounts": [{"coupon", "alarm": ms | null, "text"}],
//!            "tills": {till: ms}, "renewals": [renewal]}
//! row       {"serial", "key", "coupon", "person", "alarm": ms | null, "text"}
//! answers   {"kind": "issued", "first", "serial", "payload", "from", "until"}, {"kind": "refused", "reason", …},
//!           {"kind": "wait", "coupon"}, {"kind": "redeemed", "first", "coupon", "payload"}, {"kind": "reserved", "until"},
//!           {"kind": "released", "first"}, {"kind": "rolled_back", "first"}, {"kind": "rejected", "reason", …},
//!           {"kind": "noted"}
//! ```
//!
//! `insert` has to fail where a serial or key is there already, and then the whole turn with it: one transaction holds the
//! rows and accounts of a turn, and answers and renewals leave after its commit. A row's alarm asks for `expire`, that of
//! an account for `renew`; early, late or twice changes nothing.

#![allow(unsafe_code, reason = "wasm_bindgen writes the exports")]

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

use super::instant;
use crate::ledger::{
    self, Account, Answer, Book, Claim, Found, Grant, Guesses, Had, Issuer, Pause, Renewal, Request, Root, Standing,
};
use crate::token::{Environment, Kid, Merchant, Serial};
use crate::value::Timestamp;

/// The rules of the ledger for one shop, as of one version of its terms and with one signing key.
#[wasm_bindgen]
pub struct Ledger {
    book: Book,
    issuer: Issuer,
}

/// What was loaded, as it was stored.
#[derive(Deserialize)]
struct Stored {
    keys: BTreeMap<String, Option<String>>,
    serials: BTreeMap<String, Option<String>>,
    persons: BTreeMap<String, Had>,
    accounts: BTreeMap<String, Option<String>>,
    tills: BTreeMap<String, Option<Guesses>>,
}

/// What is to be written.
#[derive(Serialize)]
struct Written {
    answers: Vec<Answer>,
    insert: Vec<Row>,
    update: Vec<Row>,
    accounts: Vec<AccountRow>,
    tills: BTreeMap<String, Guesses>,
    renewals: Vec<Renewal>,
}

#[derive(Serialize)]
struct Row {
    serial: String,
    key: String,
    coupon: String,
    person: String,
    alarm: Option<i64>,
    text: String,
}

#[derive(Serialize)]
struct AccountRow {
    coupon: String,
    alarm: Option<i64>,
    text: String,
}

/// The root after a renewal, and what its shard is answered.
#[derive(Serialize)]
struct Renewed {
    root: String,
    grant: Grant,
    alarm: Option<i64>,
}

/// The root after a word of the shop, and what its shards are to be told.
#[derive(Serialize)]
struct Told {
    root: String,
    standing: Standing,
}

#[wasm_bindgen]
impl Ledger {
    /// Reads the terms that `tactful compile --terms` wrote. `kid`: 8 hexadecimal digits. `merchant`: the number of the shop
    /// in tokens. `shard`: which one this is (a root has any). Throws where they cannot be read.
    #[wasm_bindgen(constructor)]
    pub fn new(terms: &str, kid: &str, merchant: u32, production: bool, shard: u8) -> Result<Ledger, JsError> {
        let number = u32::from_str_radix(kid, 16).ok().filter(|_| kid.len() == 8);
        let kid = Kid(number.ok_or_else(|| JsError::new("a kid has 8 hexadecimal digits"))?.to_be_bytes());
        let environment = if production { Environment::Production } else { Environment::Test };
        let issuer = Issuer { environment, kid, merchant: Merchant(merchant), shard };
        Ok(Self { book: read(terms)?, issuer })
    }

    /// Returns what has to be loaded for these requests.
    pub fn wanted(&self, requests: &str) -> Result<String, JsError> {
        write(&ledger::wanted(&self.issuer, &read::<Vec<Request>>(requests)?))
    }

    /// Decides requests in their order at `now_ms`; throws where something was not loaded, and then nothing is to be written.
    pub fn turn(&self, requests: &str, found: &str, now_ms: f64) -> Result<String, JsError> {
        let (requests, stored): (Vec<Request>, Stored) = (read(requests)?, read(found)?);
        let turn = ledger::turn((&self.book, &self.issuer), stored.found()?, &requests, instant(now_ms))?;
        write(&Written {
            answers: turn.answers,
            insert: turn.insert.iter().map(row).collect::<Result<_, _>>()?,
            update: turn.update.iter().map(row).collect::<Result<_, _>>()?,
            accounts: turn.accounts.iter().map(account_row).collect::<Result<_, _>>()?,
            tills: turn.tills,
            renewals: turn.renewals,
        })
    }

    /// Carries out a renewal, or answers it as before: `{root, grant, alarm}`. `root` is what was stored, or nothing.
    ///
    /// `shards`: how many there are. Throws at a renewal that is late or that follows on one that was never seen.
    pub fn renew(&self, root: Option<String>, shards: u8, renewal: &str, now_ms: f64) -> Result<String, JsError> {
        let (mut root, renewal): (Root, Renewal) = (stored(root)?, read(renewal)?);
        let terms = self.book.terms(&renewal.coupon);
        let grant = root.renew((terms, shards), &renewal, instant(now_ms))?;
        write(&Renewed { grant, alarm: root.alarm().map(Timestamp::ms), root: write(&root)? })
    }

    /// Pauses a coupon by the shop's word: `{root, standing}`, the latter for every shard.
    pub fn pause(&self, root: Option<String>) -> Result<String, JsError> {
        let mut root: Root = stored(root)?;
        let standing = root.pause(Pause::Shop);
        write(&Told { standing, root: write(&root)? })
    }

    /// Goes on with a coupon by the shop's word: `{root, standing}`, the latter for every shard.
    pub fn resume(&self, root: Option<String>, now_ms: f64) -> Result<String, JsError> {
        let mut root: Root = stored(root)?;
        let standing = root.resume(instant(now_ms));
        write(&Told { standing, root: write(&root)? })
    }

    /// Returns what the shop reads of a coupon's budget, as of what its shards last told.
    pub fn report(&self, coupon: &str, root: Option<String>, now_ms: f64) -> Result<String, JsError> {
        write(&stored::<Root>(root)?.report(self.book.terms(coupon), instant(now_ms)))
    }

    /// Returns how many sixteenths of a coupon's budget are left, as everybody may know: 0 only where none can be claimed.
    pub fn left(&self, coupon: &str, root: Option<String>, now_ms: f64) -> Result<u8, JsError> {
        Ok(stored::<Root>(root)?.left(self.book.terms(coupon), instant(now_ms)))
    }

    /// Returns the shards that are to be asked to `renew`, since a block of theirs has expired: a list of numbers.
    pub fn overdue(&self, root: Option<String>, now_ms: f64) -> Result<String, JsError> {
        write(&stored::<Root>(root)?.overdue(instant(now_ms)))
    }
}

impl Stored {
    fn found(self) -> Result<Found, JsError> {
        let by_code = |(code, row): (String, Option<String>)| Ok((Serial::of_code(&code)?, maybe(row)?));
        let by_name = |(name, row): (String, Option<String>)| Ok((name, maybe(row)?));
        let accounts = |(name, row): (String, Option<String>)| Ok((name, maybe(row)?));
        Ok(Found {
            keys: self.keys.into_iter().map(by_name).collect::<Result<_, JsError>>()?,
            serials: self.serials.into_iter().map(by_code).collect::<Result<_, JsError>>()?,
            persons: self.persons,
            tills: self.tills,
            accounts: self.accounts.into_iter().map(accounts).collect::<Result<_, JsError>>()?,
        })
    }
}

fn row(claim: &Claim) -> Result<Row, JsError> {
    Ok(Row {
        serial: claim.serial.to_string(),
        key: claim.key.as_str().to_string(),
        coupon: claim.coupon.clone(),
        person: claim.person.as_str().to_string(),
        alarm: claim.alarm().map(Timestamp::ms),
        text: write(claim)?,
    })
}

fn account_row((coupon, account): (&String, &Account)) -> Result<AccountRow, JsError> {
    Ok(AccountRow { coupon: coupon.clone(), alarm: account.alarm().map(Timestamp::ms), text: write(account)? })
}

fn stored<T: DeserializeOwned + Default>(text: Option<String>) -> Result<T, JsError> {
    maybe(text).map(Option::unwrap_or_default)
}

fn maybe<T: DeserializeOwned>(text: Option<String>) -> Result<Option<T>, JsError> {
    text.as_deref().map(read).transpose()
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, JsError> {
    serde_json::from_str(text).map_err(JsError::from)
}

fn write<T: Serialize>(value: &T) -> Result<String, JsError> {
    serde_json::to_string(value).map_err(JsError::from)
}
