//! The ledger at the edge: everything crosses as JSON text. What is stored is text that only this module reads, beside
//! the numbers that it is found by. What is wanted and what is to be written goes as it is to the storage, one
//! statement for all of a turn.
//!
//! ```text
//! requests  [{"kind": "claim", "key", "coupon", "person", "store"?, "holder"?: 16 hex digits, "chance": 18 hex digits},
//!            {"kind": "reserve" | "redeem" | "release" | "roll_back", "serial": code, "payload"?: 100 hex digits,
//!             "till", "receipt", "store", "at"?: ms, "amount"?: minor units},
//!            {"kind": "expire", "serial": code}, {"kind": "renew", "coupon"},
//!            {"kind": "granted", "coupon", "grant"}, {"kind": "stand", "coupon", "standing"}]
//! wanted    {"keys": [[person number, key number]], "serials": [serial number],
//!            "persons": [[person number, "coupon person"]], "accounts": [coupon], "tills": [till]}
//! found     {"keys": [{"place", "text"}], "serials": [{"place", "text"}], "persons": [{"place", "count", "due": ms | null}],
//!            "accounts": [{"coupon", "text": account | null}], "tills": [{"place", "forgiven": ms}]}: what there is of
//!            each, by its place in the list; an account for all that are wanted and for the coupon of every claim that
//!            was found. Claims and accounts as the texts that were stored.
//! turn      [{"answers": [], "renewals": [renewal]}, rows]
//! rows      {"insert": [[serial number, person number, key number, alarm: ms | null, claim]],
//!            "update": [[serial number, alarm: ms | null, claim]], "accounts": [[coupon, alarm: ms | null, account]],
//!            "tills": [[till, ms]]}
//! answers   {"kind": "issued", "first", "serial", "payload", "from", "until"}, {"kind": "refused", "reason", …},
//!           {"kind": "wait", "coupon"}, {"kind": "redeemed", "first", "coupon", "payload"}, {"kind": "reserved", "until"},
//!           {"kind": "released", "first"}, {"kind": "rolled_back", "first"}, {"kind": "rejected", "reason", …},
//!           {"kind": "noted"}
//! ```
//!
//! `insert` has to fail where a serial, or a key of a person, is there already, and then the whole turn with it: one
//! transaction holds the rows and accounts of a turn, and answers and renewals leave after its commit. A row's alarm asks
//! for `expire`, that of an account for `renew`; early, late or twice changes nothing.

#![allow(unsafe_code, reason = "wasm_bindgen writes the exports")]

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

use super::instant;
use crate::ledger::{
    self, Account, Answer, Book, Claim, ClaimRequest, Found, Grant, Guesses, Had, IdempotencyKey, Issuer, Pause,
    Person, Renewal, Request, Root, Standing, Wanted,
};
use crate::token::{Environment, Kid, Merchant, Serial};
use crate::value::Timestamp;
use crate::value::key::{FNV_OFFSET, fnv1a};

/// The rules of the ledger for one shop, as of one version of its terms and with one signing key.
#[wasm_bindgen]
pub struct Ledger {
    book: Book,
    issuer: Issuer,
    /// What the turn decides for which it was told last what to load.
    asked: Option<(Vec<Request>, Wanted)>,
}

/// What to load, by numbers.
#[derive(Serialize)]
struct Numbered<'a> {
    keys: Vec<(u64, u64)>,
    serials: Vec<u64>,
    persons: Vec<(u64, &'a str)>,
    accounts: &'a BTreeSet<String>,
    tills: &'a BTreeSet<String>,
}

/// What was loaded, as it was stored.
#[derive(Deserialize)]
struct Stored {
    keys: Vec<Placed<Text>>,
    serials: Vec<Placed<Text>>,
    persons: Vec<Placed<Had>>,
    accounts: Vec<StoredAccount>,
    tills: Vec<Placed<StoredTill>>,
}

/// Something with its place in the list of what was wanted.
#[derive(Deserialize)]
struct Placed<T> {
    place: usize,
    #[serde(flatten)]
    found: T,
}

#[derive(Deserialize)]
struct Text {
    text: String,
}

#[derive(Deserialize)]
struct StoredAccount {
    coupon: String,
    text: Option<String>,
}

#[derive(Deserialize)]
struct StoredTill {
    forgiven: Guesses,
}

/// What is to be told after the commit.
#[derive(Serialize)]
struct Outcome<'a> {
    answers: &'a [Answer],
    renewals: &'a [Renewal],
}

/// What is to be written.
#[derive(Serialize)]
struct Rows<'a> {
    insert: Vec<(u64, u64, u64, Option<i64>, &'a Claim)>,
    update: Vec<(u64, Option<i64>, &'a Claim)>,
    accounts: Vec<(&'a str, Option<i64>, &'a Account)>,
    tills: Vec<(&'a str, Guesses)>,
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
        Ok(Self { book: read(terms)?, issuer, asked: None })
    }

    /// Returns what has to be loaded for these requests, which the next turn decides.
    pub fn wanted(&mut self, requests: &str) -> Result<String, JsError> {
        let requests: Vec<Request> = read(requests)?;
        let wanted = ledger::wanted(&self.issuer, &requests);
        let text = write(&numbered(&requests, &wanted)?);
        self.asked = Some((requests, wanted));
        text
    }

    /// Decides in their order, at `now_ms`, the requests for which it was told last what is wanted: what is to be told, and the
    /// rows to be written. Throws where something was not loaded, and then nothing is to be written.
    pub fn turn(&mut self, found: &str, now_ms: f64) -> Result<Vec<String>, JsError> {
        let (requests, wanted) = self.asked.take().ok_or_else(|| JsError::new("a turn begins with what is wanted"))?;
        let found = read::<Stored>(found)?.found(wanted)?;
        let turn = ledger::turn((&self.book, &self.issuer), found, &requests, instant(now_ms))?;
        let rows = Rows {
            insert: turn.insert.iter().map(inserted).collect(),
            update: turn.update.iter().map(|claim| (number_of(claim.serial), ms(claim.alarm()), claim)).collect(),
            accounts: turn.accounts.iter().map(|(coupon, one)| (coupon.as_str(), ms(one.alarm()), one)).collect(),
            tills: turn.tills.iter().map(|(till, guesses)| (till.as_str(), *guesses)).collect(),
        };
        let outcome = Outcome { answers: &turn.answers, renewals: &turn.renewals };
        Ok([write(&outcome)?, write(&rows)?].into())
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

fn numbered<'a>(requests: &[Request], wanted: &'a Wanted) -> Result<Numbered<'a>, JsError> {
    let claims: Vec<_> = requests.iter().filter_map(claimed).map(|one| (one, number_of_person(&one.person))).collect();
    let keys = claims.iter().map(|(one, person)| (one.key.as_str(), (*person, number_of_key(&one.key))));
    let persons = claims.iter().map(|(one, person)| (one.counted(), *person));
    let (keys, persons): (BTreeMap<_, _>, BTreeMap<_, _>) = (keys.collect(), persons.collect());
    let serials = wanted.serials.iter().map(|code| Serial::of_code(code).map(number_of));
    Ok(Numbered {
        keys: wanted.keys.iter().filter_map(|key| keys.get(key.as_str()).copied()).collect(),
        serials: serials.collect::<Result<_, _>>()?,
        persons: wanted.persons.iter().filter_map(|one| Some((*persons.get(one)?, one.as_str()))).collect(),
        accounts: &wanted.accounts,
        tills: &wanted.tills,
    })
}

fn claimed(request: &Request) -> Option<&ClaimRequest> {
    if let Request::Claim(claim) = request { Some(claim) } else { None }
}

impl Stored {
    fn found(self, wanted: Wanted) -> Result<Found, JsError> {
        let claim = |Text { text }: Text| read::<Claim>(&text);
        let account = |StoredAccount { coupon, text }: StoredAccount| Ok((coupon, maybe(text)?));
        let serials = wanted.serials.iter().map(|code| Serial::of_code(code)).collect::<Result<Vec<_>, _>>()?;
        let persons = placed(wanted.persons, self.persons, Ok)?;
        Ok(Found {
            keys: placed(wanted.keys, self.keys, claim)?,
            serials: placed(serials, self.serials, claim)?,
            persons: persons.into_iter().map(|(one, had)| (one, had.unwrap_or_default())).collect(),
            accounts: self.accounts.into_iter().map(account).collect::<Result<_, JsError>>()?,
            tills: placed(wanted.tills, self.tills, |till| Ok(till.forgiven))?,
        })
    }
}

/// An entry for everything that was wanted, with what was found.
fn placed<K: Ord, T, V>(
    wanted: impl IntoIterator<Item = K>,
    found: Vec<Placed<T>>,
    read: impl Fn(T) -> Result<V, JsError>,
) -> Result<BTreeMap<K, Option<V>>, JsError> {
    let found = found.into_iter().map(|Placed { place, found }| Ok((place, read(found)?)));
    let mut found = found.collect::<Result<BTreeMap<_, _>, JsError>>()?;
    Ok(wanted.into_iter().enumerate().map(|(place, name)| (name, found.remove(&place))).collect())
}

fn inserted(claim: &Claim) -> (u64, u64, u64, Option<i64>, &Claim) {
    let (person, key) = (number_of_person(&claim.person), number_of_key(&claim.key));
    (number_of(claim.serial), person, key, ms(claim.alarm()), claim)
}

/// The numbers that rows are found by are below this: SQLite keeps them in six bytes, so an index of them is a quarter of
/// one of names; most of what a claim costs is the pages of indexes that are written. What a row says decides whether it is
/// the one that was looked for.
const NUMBERS: u64 = 1 << 47;

/// The last bits of a serial before those that check it, all of which were drawn: of a million coupons in a shard, once in
/// 140 million claims they are those of another, and then they are drawn again.
fn number_of(serial: Serial) -> u64 {
    let [_, _, chance @ ..] = serial.bytes();
    (u64::from_be_bytes(chance) >> 5) % NUMBERS
}

/// Nobody finds many persons of one number, whose rows would all have to be read.
fn number_of_person(person: &Person) -> u64 {
    let digest: [u8; 32] = Sha256::digest(person.as_str().as_bytes()).into();
    digest.first_chunk().map_or(0, |first| u64::from_be_bytes(*first)) % NUMBERS
}

/// Who finds two keys of one number has a second claim refused: as another request of the same key.
fn number_of_key(key: &IdempotencyKey) -> u64 {
    fnv1a(FNV_OFFSET, key.as_str().as_bytes()) % NUMBERS
}

fn ms(at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::ms)
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
