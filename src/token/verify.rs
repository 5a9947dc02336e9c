//! Whether a till may honour what it is shown: one order of questions, one closed list of answers.
//!
//! The order is part of the promise, since every verifier (here, `tactful/till`) gives the same answer to the same bytes:
//! length, version and environment, key, signature, time, shop and store, campaign, being offline, holder. Nothing but the
//! version, the environment and the name of the key is looked at before the signature has been checked. Whether it was spent is the
//! last question; the till asks it of what it has written down, and writes the token down as spent **before** it grants.

use core::fmt;

use super::keys::{KeySet, TokenKey};
use super::payload::{Audience, Benefit, Campaign, Environment, Holder, Kid, Merchant, Payload};
use super::signed::PublicKey;
use super::{DOMAIN, LENGTH, Token};
use crate::value::{Minor, Span, Timestamp};

/// Goes before token and time in what a device signs.
pub const HOLDER_DOMAIN: &[u8; 18] = b"coupon-holder/CT1\0";

/// A token with the word of the device that it is bound to, bytes: token, seconds since 1970 (4), public key, signature.
pub const SHOWN_LENGTH: usize = LENGTH + 4 + 32 + 64;

/// How old or how early the word of a device may be.
pub const PROOF: Span = Span::minutes(1);

/// Where and in what state a till is.
#[derive(Clone, Debug)]
pub struct Till<'a> {
    /// Whose till it is.
    pub merchant: Merchant,
    /// The numbers of its store and of all groups that the store is in.
    pub stores: &'a [u16],
    /// What its tokens are: a shop's till honours no test.
    pub environment: Environment,
    /// The campaigns that it knows the terms of; `None` where it has no terms, and goes by what the token says.
    pub campaigns: Option<&'a [Known]>,
    /// Campaigns that the edge has paused.
    pub paused: &'a [Campaign],
    /// The newest instant that anything signed has told: its clock cannot be before that.
    pub newest: Timestamp,
    /// Can it ask the ledger? Otherwise only what may be honoured offline is, within caps.
    pub is_online: bool,
    /// What the coupon takes off this basket, where it is known.
    pub worth: Option<Minor>,
}

/// A campaign of which a till knows the terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Which one.
    pub campaign: Campaign,
    /// What may be honoured offline; `None` is nothing.
    pub offline: Option<Caps>,
}

/// What one till may honour offline of one campaign, and what it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Most tokens between two reports.
    pub count: u32,
    /// Most money in a day; `None` is as much as those tokens take.
    pub value: Option<Minor>,
    /// Tokens honoured offline and not reported yet.
    pub counted: u32,
    /// Money given offline today.
    pub given: Minor,
}

/// Why a token is not honoured. The names are also those of `tactful/till`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reject {
    /// Not as many bytes as a token has, or no token at all.
    Damaged,
    /// Of a version, or with content, that this program does not know.
    Newer,
    /// A test at a real till, or the other way round.
    Environment,
    /// Signed by a key that the till has not heard of.
    UnknownKey,
    /// Signed by a key that was called back.
    RevokedKey,
    /// The till has not heard of its keys for too long.
    OldKeys,
    /// The signature is wrong.
    Forged,
    /// Outside the time of its key.
    KeyTime,
    /// The till's clock is behind.
    Clock,
    /// Not yet valid.
    NotYet,
    /// No longer valid.
    Expired,
    /// Of another shop.
    OtherShop,
    /// Of another store.
    OtherStore,
    /// Of a campaign that the till does not know.
    UnknownCampaign,
    /// Its campaign was paused or called back.
    Paused,
    /// Only a till that reaches the ledger may honour it.
    OnlineOnly,
    /// The till has honoured as much offline as it may.
    OfflineLimit,
    /// Bound to a device, and shown without it (a picture).
    NoDevice,
    /// Shown by a device too long ago.
    OldProof,
    /// Shown by another device.
    OtherDevice,
    /// Was honoured before.
    Spent,
    /// Another till holds it while it is paid.
    Reserved,
    /// The ledger looks at no code of this till for a while, since too many were wrong.
    TooManyCodes,
    /// The ledger does not know it, or says no more.
    Unknown,
}

impl Reject {
    /// Every answer, in the order of the questions.
    pub const ALL: [Self; 24] = [
        Self::Damaged,
        Self::Newer,
        Self::Environment,
        Self::UnknownKey,
        Self::RevokedKey,
        Self::OldKeys,
        Self::Forged,
        Self::KeyTime,
        Self::Clock,
        Self::NotYet,
        Self::Expired,
        Self::OtherShop,
        Self::OtherStore,
        Self::UnknownCampaign,
        Self::Paused,
        Self::OnlineOnly,
        Self::OfflineLimit,
        Self::NoDevice,
        Self::OldProof,
        Self::OtherDevice,
        Self::Spent,
        Self::Reserved,
        Self::TooManyCodes,
        Self::Unknown,
    ];

    /// Returns its name.
    pub const fn name(self) -> &'static str {
        self.texts()[0]
    }

    /// Returns a sentence that a cashier can read aloud: German for `de`, else English.
    pub fn sentence(self, language: &str) -> &'static str {
        let [_, german, english] = self.texts();
        if language.starts_with("de") { german } else { english }
    }

    #[rustfmt::skip]
    const fn texts(self) -> [&'static str; 3] {
        match self {
            Self::Damaged => ["damaged", "Der Code ist unvollständig. Bitte noch einmal zeigen.", "The code is incomplete. Please show it again."],
            Self::Newer => ["newer", "Diesen Gutschein kennt unsere Kasse noch nicht.", "Our till does not know this kind of coupon yet."],
            Self::Environment => ["environment", "Das ist ein Testgutschein. Er gilt hier nicht.", "This is a test coupon. It does not count here."],
            Self::UnknownKey => ["unknown_key", "Diesen Gutschein kann unsere Kasse nicht prüfen.", "Our till cannot check this coupon."],
            Self::RevokedKey => ["revoked_key", "Dieser Gutschein wurde zurückgezogen.", "This coupon has been withdrawn."],
            Self::OldKeys => ["old_keys", "Unsere Kasse war zu lange ohne Verbindung und kann gerade nicht prüfen.", "Our till has been offline for too long and cannot check right now."],
            Self::Forged => ["forged", "Dieser Gutschein ist nicht echt.", "This coupon is not genuine."],
            Self::KeyTime => ["key_time", "Dieser Gutschein wurde zurückgezogen.", "This coupon has been withdrawn."],
            Self::Clock => ["clock", "Die Uhr unserer Kasse geht falsch. Wir können gerade nicht prüfen.", "Our till's clock is wrong. We cannot check right now."],
            Self::NotYet => ["not_yet", "Dieser Gutschein gilt noch nicht.", "This coupon is not valid yet."],
            Self::Expired => ["expired", "Dieser Gutschein ist abgelaufen.", "This coupon has expired."],
            Self::OtherShop => ["other_shop", "Dieser Gutschein ist von einem anderen Händler.", "This coupon is from another shop."],
            Self::OtherStore => ["other_store", "Dieser Gutschein gilt in einer anderen Filiale.", "This coupon is for another store."],
            Self::UnknownCampaign => ["unknown_campaign", "Diese Aktion kennt unsere Kasse nicht.", "Our till does not know this offer."],
            Self::Paused => ["paused", "Diese Aktion ist beendet.", "This offer has ended."],
            Self::OnlineOnly => ["online_only", "Ohne Verbindung können wir diesen Gutschein nicht annehmen.", "We cannot take this coupon while we are offline."],
            Self::OfflineLimit => ["offline_limit", "Ohne Verbindung können wir heute keinen weiteren annehmen.", "We cannot take another one today while we are offline."],
            Self::NoDevice => ["no_device", "Bitte den Gutschein in der App zeigen, ein Bild genügt nicht.", "Please show the coupon in the app; a picture is not enough."],
            Self::OldProof => ["old_proof", "Der Code ist veraltet. Bitte neu öffnen und noch einmal zeigen.", "The code is out of date. Please open it again and show it."],
            Self::OtherDevice => ["other_device", "Dieser Gutschein gehört zu einem anderen Telefon.", "This coupon belongs to another phone."],
            Self::Spent => ["spent", "Dieser Gutschein wurde schon eingelöst.", "This coupon has already been used."],
            Self::Reserved => ["reserved", "Dieser Gutschein ist gerade für einen anderen Einkauf vorgemerkt.", "This coupon is being held for another purchase right now."],
            Self::TooManyCodes => ["too_many_codes", "Hier waren zu viele Codes falsch. Bitte kurz warten oder den Gutschein scannen lassen.", "Too many codes were wrong here. Please wait a moment, or let us scan the coupon."],
            Self::Unknown => ["unknown", "Diesen Gutschein gibt es nicht, oder er wurde schon eingelöst.", "There is no such coupon, or it has already been used."],
        }
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence("en"))
    }
}

/// Tells whether a till may honour what it is shown at `now`, apart from whether it was spent; the payload where it may.
///
/// `shown` is a token, or a token with the word of a device ([`SHOWN_LENGTH`]). One that is not bound to a device may be
/// shown by any.
pub fn verify(shown: &[u8], keys: &KeySet, till: &Till<'_>, now: Timestamp) -> Result<Payload, Reject> {
    let (token, proof) = parts(shown).ok_or(Reject::Damaged)?;
    let (environment, kid) = head(&token).ok_or(Reject::Newer)?;
    ensure(environment == till.environment, Reject::Environment)?;
    let key = keys.key(kid, environment).ok_or(Reject::UnknownKey)?;
    ensure(!keys.revoked_keys.contains(&kid), Reject::RevokedKey)?;
    ensure(now < if till.is_online { keys.expires } else { keys.fresh_until }, Reject::OldKeys)?;
    ensure(key.public.has_signed(DOMAIN, &token.payload, &token.signature), Reject::Forged)?;
    let payload = Payload::parse(&token.payload).map_err(|_| Reject::Newer)?;
    in_time(&payload, key, till.newest.max(keys.issued), now)?;
    in_place(&payload, key, till)?;
    of_campaign(&payload, keys, till)?;
    ensure(payload.holder.is_none() || proof.is_some(), Reject::NoDevice)?;
    payload.holder.zip(proof).map_or(Ok(()), |(holder, proof)| proof.shows(&token, holder, now))?;
    Ok(payload)
}

const fn ensure(holds: bool, otherwise: Reject) -> Result<(), Reject> {
    if holds { Ok(()) } else { Err(otherwise) }
}

/// The environment and the key's name, all that is read before the signature is known to be right.
fn head(token: &Token) -> Option<(Environment, Kid)> {
    let [version, flags, a, b, c, d, ..] = token.payload;
    let environment = if flags & 1 == 1 { Environment::Production } else { Environment::Test };
    (version == 1).then_some((environment, Kid([a, b, c, d])))
}

fn in_time(payload: &Payload, key: &TokenKey, newest: Timestamp, now: Timestamp) -> Result<(), Reject> {
    let (from, until) = (payload.window.from(), payload.window.until());
    // A token begins with a whole minute, its key with any instant.
    let begins = from.after(Span::minutes(1)) > key.not_before && until <= key.not_after.after(Span::days(45));
    ensure(begins, Reject::KeyTime)?;
    ensure(now >= newest, Reject::Clock)?;
    ensure(now >= from, Reject::NotYet)?;
    ensure(now < until, Reject::Expired)
}

fn in_place(payload: &Payload, key: &TokenKey, till: &Till<'_>) -> Result<(), Reject> {
    ensure(payload.merchant == till.merchant && key.merchant == till.merchant, Reject::OtherShop)?;
    let is_here = match payload.audience {
        Audience::All => true,
        Audience::Stores(group) => till.stores.contains(&group.get()),
    };
    ensure(is_here, Reject::OtherStore)
}

fn of_campaign(payload: &Payload, keys: &KeySet, till: &Till<'_>) -> Result<(), Reject> {
    let campaign = payload.campaign;
    let known = till.campaigns.map(|known| known.iter().find(|known| known.campaign == campaign));
    ensure(known != Some(None), Reject::UnknownCampaign)?;
    ensure(!keys.revoked_campaigns.contains(&campaign) && !till.paused.contains(&campaign), Reject::Paused)?;
    if till.is_online {
        return Ok(());
    }
    ensure(payload.offline, Reject::OnlineOnly)?;
    let caps = known.flatten().and_then(|known| known.offline);
    ensure(caps.is_some_and(|caps| caps.allow(worth(payload, till))), Reject::OfflineLimit)
}

fn worth(payload: &Payload, till: &Till<'_>) -> Option<Minor> {
    till.worth.or(if let Benefit::Amount(of) = payload.benefit { Some(of) } else { None })
}

impl Caps {
    /// Tells whether one more is allowed. With a cap on money, one of unknown worth is not.
    fn allow(&self, worth: Option<Minor>) -> bool {
        let fits = |most: Minor| worth.is_some_and(|worth| self.given.plus(worth) <= most);
        self.counted < self.count && self.value.is_none_or(fits)
    }
}

/// The word of a device that it has the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    /// When it was given, seconds since 1970.
    pub seconds: u32,
    /// The device's key.
    pub public: PublicKey,
    /// Its signature over [`HOLDER_DOMAIN`], the token and the seconds.
    pub signature: [u8; 64],
}

impl Proof {
    fn shows(&self, token: &Token, holder: Holder, now: Timestamp) -> Result<(), Reject> {
        let at = Timestamp::from_ms(i64::from(self.seconds) * 1_000);
        ensure(now.since(at) <= PROOF && at.since(now) <= PROOF, Reject::OldProof)?;
        let message = [&token.bytes() as &[u8], &self.seconds.to_be_bytes()].concat();
        let is_holder = Holder::new(self.public.tag()) == Some(holder);
        ensure(is_holder && self.public.has_signed(HOLDER_DOMAIN, &message, &self.signature), Reject::OtherDevice)
    }
}

/// A token, and the word of a device where there is one.
fn parts(shown: &[u8]) -> Option<(Token, Option<Proof>)> {
    if shown.len() == LENGTH {
        return Some((Token::of(shown)?, None));
    }
    let (token, proof) = shown.split_at_checked(LENGTH)?;
    let (seconds, rest) = proof.split_first_chunk()?;
    let (public, signature) = rest.split_first_chunk()?;
    let signature = signature.try_into().ok()?;
    Some((
        Token::of(token)?,
        Some(Proof { seconds: u32::from_be_bytes(*seconds), public: PublicKey(*public), signature }),
    ))
}
