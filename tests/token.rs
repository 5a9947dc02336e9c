//! Coupon tokens: every question of a verifier, in its order; every changed bit; key sets that follow from one another.
#![cfg(feature = "token")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

use std::num::NonZeroU16;

use tactful::token::keys::{KeySet, KeySetFault, TokenKey};
use tactful::token::signed::{PrivateKey, PublicKey, Roots, Trust};
use tactful::token::verify::{Caps, HOLDER_DOMAIN, Known, Reject, SHOWN_LENGTH, Till, verify};
use tactful::token::{
    Audience, Benefit, Campaign, Environment, Holder, LENGTH, Merchant, Minimum, Payload, Serial, Token, Window,
};
use tactful::value::{BasisPoints, Minor, Span, Timestamp};

const MERCHANT: Merchant = Merchant(77);
const ROOT: u8 = 1;
const KEY: u8 = 2;
const DEVICE: u8 = 3;

fn key(number: u8) -> PrivateKey {
    PrivateKey::new([number; 32])
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_ms(1_795_363_200_000 + minute * 60_000)
}

fn days(days: i64) -> Timestamp {
    at(days * 24 * 60)
}

fn payload() -> Payload {
    Payload {
        environment: Environment::Production,
        offline: true,
        stackable: false,
        kid: key(KEY).public().kid(),
        campaign: Campaign::of("oat-milk"),
        serial: Serial::new(5, [6; 9]),
        window: Window::new(at(0), Span::days(14)).unwrap(),
        merchant: MERCHANT,
        audience: Audience::Stores(NonZeroU16::new(12).unwrap()),
        benefit: Benefit::Percent(BasisPoints::percent(20)),
        minimum: Minimum::Spend(0),
        holder: None,
    }
}

fn token_key(number: u8) -> TokenKey {
    let public = key(number).public();
    let (not_before, not_after) = (at(0), days(7));
    let environment = Environment::Production;
    TokenKey { public, kid: public.kid(), merchant: MERCHANT, epoch: 0, not_before, not_after, environment }
}

fn key_set() -> KeySet {
    KeySet {
        version: 4,
        issued: at(0),
        fresh_until: days(3),
        expires: days(30),
        roots: Roots { keys: vec![key(ROOT).public()], threshold: 1 },
        keys: vec![token_key(KEY), TokenKey { epoch: 1, ..token_key(9) }],
        revoked_keys: Vec::new(),
        revoked_campaigns: Vec::new(),
    }
}

fn till() -> Till<'static> {
    Till {
        merchant: MERCHANT,
        stores: &[3, 12],
        environment: Environment::Production,
        campaigns: None,
        paused: &[],
        newest: at(0),
        is_online: true,
        worth: None,
    }
}

fn signed(payload: &Payload) -> [u8; LENGTH] {
    Token::sign(payload, &key(KEY)).bytes()
}

fn bound() -> Payload {
    Payload { holder: Holder::new(key(DEVICE).public().tag()), ..payload() }
}

/// A token with the word of a device, given in this second.
fn shown(token: &[u8], device: u8, seconds: u32) -> Vec<u8> {
    let device = key(device);
    let signature = device.sign(HOLDER_DOMAIN, &[token, &seconds.to_be_bytes()].concat());
    [token, &seconds.to_be_bytes(), &device.public().0, &signature].concat()
}

fn ask(payload: &Payload) -> Result<Payload, Reject> {
    verify(&signed(payload), &key_set(), &till(), at(5))
}

fn refuses(why: Reject, payload: &Payload, keys: &KeySet, till: &Till<'_>, now: Timestamp) {
    assert_eq!(verify(&signed(payload), keys, till, now), Err(why));
}

#[test]
fn a_good_token_is_accepted_and_says_what_was_signed() {
    assert_eq!(ask(&payload()), Ok(payload()));
    let others = [
        Payload { audience: Audience::All, ..payload() },
        Payload { benefit: Benefit::Terms, minimum: Minimum::Terms, stackable: true, ..payload() },
    ];
    others.iter().for_each(|other| assert_eq!(ask(other), Ok(*other)));
}

#[test]
fn every_changed_bit_is_refused() {
    let token = signed(&payload());
    for bit in 0..LENGTH * 8 {
        let mut changed = token;
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(verify(&changed, &key_set(), &till(), at(5)).is_err(), "bit {bit}");
    }
}

#[test]
fn every_other_length_is_damaged() {
    let token = shown(&signed(&payload()), DEVICE, 0);
    for length in (0..SHOWN_LENGTH).filter(|length| *length != LENGTH) {
        assert_eq!(verify(&token[..length], &key_set(), &till(), at(5)), Err(Reject::Damaged));
    }
    assert_eq!(verify(&[&token[..], &[0]].concat(), &key_set(), &till(), at(5)), Err(Reject::Damaged));
}

#[test]
fn a_signature_of_something_else_is_forged() {
    let payload = payload();
    let other_domain = Token { payload: payload.bytes(), signature: key(KEY).sign(HOLDER_DOMAIN, &payload.bytes()) };
    let other_key = Token::sign(&payload, &key(9));
    let zeros = Token { payload: payload.bytes(), signature: [0; 64] };
    for token in [other_domain, other_key, zeros] {
        assert_eq!(verify(&token.bytes(), &key_set(), &till(), at(5)), Err(Reject::Forged));
    }
}

#[test]
fn a_second_spelling_of_a_signature_is_forged() {
    // The order of the group (RFC 8032, section 5.1): S and S + L sign the same, and only S below L may be read.
    let order = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10_u8,
    ];
    let mut token = signed(&payload());
    let mut carry = 0_u16;
    for (byte, add) in token[82..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        let [low, high] = sum.to_le_bytes();
        (*byte, carry) = (low, high.into());
    }
    assert_eq!(verify(&token, &key_set(), &till(), at(5)), Err(Reject::Forged));
}

#[test]
fn a_key_of_small_order_signs_nothing() {
    // The neutral point as a key and as R, with S = 0: a lax check takes that as a signature of anything.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let public = PublicKey(neutral);
    let signature = [neutral, [0; 32]].concat().try_into().unwrap();
    assert!(!public.has_signed(b"", b"anything", &signature));
}

#[test]
fn a_key_counts_for_its_name_environment_merchant_and_time() {
    let keys = key_set();
    let kid = key(8).public().kid();
    refuses(Reject::UnknownKey, &Payload { kid, ..payload() }, &keys, &till(), at(5));
    // The name of another key of the set: `kid` is read, and not every key tried.
    refuses(Reject::Forged, &Payload { kid: key(9).public().kid(), ..payload() }, &keys, &till(), at(5));
    let mut testing = key_set();
    testing.keys[0].environment = Environment::Test;
    refuses(Reject::UnknownKey, &payload(), &testing, &till(), at(5));
    let mut foreign = key_set();
    foreign.keys[0].merchant = Merchant(78);
    refuses(Reject::OtherShop, &payload(), &foreign, &till(), at(5));
    let mut later = key_set();
    later.keys[0].not_before = at(1);
    refuses(Reject::KeyTime, &payload(), &later, &till(), at(5));
    let mut earlier = key_set();
    earlier.keys[0].not_after = days(-32);
    refuses(Reject::KeyTime, &payload(), &earlier, &till(), at(5));
    let revoked = KeySet { revoked_keys: vec![key(KEY).public().kid()], ..key_set() };
    refuses(Reject::RevokedKey, &payload(), &revoked, &till(), at(5));
}

#[test]
fn a_test_is_worth_nothing_at_a_real_till() {
    let test = Payload { environment: Environment::Test, ..payload() };
    refuses(Reject::Environment, &test, &key_set(), &till(), at(5));
    refuses(Reject::Environment, &payload(), &key_set(), &Till { environment: Environment::Test, ..till() }, at(5));
    refuses(Reject::UnknownKey, &test, &key_set(), &Till { environment: Environment::Test, ..till() }, at(5));
}

#[test]
fn old_keys_count_online_for_longer_than_offline() {
    let known = [Known { campaign: payload().campaign, offline: Some(caps()) }];
    let offline = Till { is_online: false, campaigns: Some(&known), ..till() };
    let before = |now: Timestamp| Timestamp::from_ms(now.ms() - 1);
    let long = KeySet { expires: days(13), ..key_set() };
    assert!(verify(&signed(&payload()), &long, &offline, before(days(3))).is_ok());
    refuses(Reject::OldKeys, &payload(), &long, &offline, days(3));
    assert!(verify(&signed(&payload()), &long, &till(), before(days(13))).is_ok());
    refuses(Reject::OldKeys, &payload(), &long, &till(), days(13));
}

#[test]
fn a_token_is_valid_from_its_first_until_before_its_last_instant() {
    let later = Payload { window: Window::new(at(10), Span::minutes(20)).unwrap(), ..payload() };
    let before = |now: Timestamp| Timestamp::from_ms(now.ms() - 1);
    refuses(Reject::NotYet, &later, &key_set(), &till(), before(at(10)));
    assert!(verify(&signed(&later), &key_set(), &till(), at(10)).is_ok());
    assert!(verify(&signed(&later), &key_set(), &till(), before(at(30))).is_ok());
    refuses(Reject::Expired, &later, &key_set(), &till(), at(30));
}

#[test]
fn a_clock_behind_what_was_signed_is_not_believed() {
    refuses(Reject::Clock, &payload(), &key_set(), &till(), at(-1));
    refuses(Reject::Clock, &payload(), &key_set(), &Till { newest: at(6), ..till() }, at(5));
    assert!(verify(&signed(&payload()), &key_set(), &Till { newest: at(5), ..till() }, at(5)).is_ok());
}

#[test]
fn a_token_counts_in_its_shop_and_store() {
    refuses(Reject::OtherShop, &Payload { merchant: Merchant(78), ..payload() }, &key_set(), &till(), at(5));
    refuses(Reject::OtherShop, &payload(), &key_set(), &Till { merchant: Merchant(78), ..till() }, at(5));
    refuses(Reject::OtherStore, &payload(), &key_set(), &Till { stores: &[3], ..till() }, at(5));
    refuses(Reject::OtherStore, &payload(), &key_set(), &Till { stores: &[], ..till() }, at(5));
}

#[test]
fn a_campaign_is_known_and_not_over_before_its_time() {
    let campaign = payload().campaign;
    refuses(Reject::UnknownCampaign, &payload(), &key_set(), &Till { campaigns: Some(&[]), ..till() }, at(5));
    refuses(Reject::Paused, &payload(), &key_set(), &Till { paused: &[campaign], ..till() }, at(5));
    let revoked = KeySet { revoked_campaigns: vec![campaign], ..key_set() };
    refuses(Reject::Paused, &payload(), &revoked, &till(), at(5));
}

fn caps() -> Caps {
    Caps { count: 2, value: None, counted: 0, given: Minor::ZERO }
}

#[test]
fn offline_needs_the_flag_and_room_under_the_caps() {
    let offline = |caps: Option<Caps>, payload: &Payload, worth: Option<u64>| {
        let known = [Known { campaign: payload.campaign, offline: caps }];
        let till = Till { is_online: false, campaigns: Some(&known), worth: worth.map(Minor::new), ..till() };
        verify(&signed(payload), &key_set(), &till, at(5)).err()
    };
    let amount = Payload { benefit: Benefit::Amount(Minor::new(300)), ..payload() };
    let money = Some(Caps { value: Some(Minor::new(1_000)), given: Minor::new(700), ..caps() });
    assert_eq!(offline(Some(caps()), &payload(), None), None);
    assert_eq!(offline(Some(caps()), &Payload { offline: false, ..payload() }, None), Some(Reject::OnlineOnly));
    assert_eq!(offline(None, &payload(), None), Some(Reject::OfflineLimit));
    assert_eq!(offline(Some(Caps { counted: 2, ..caps() }), &payload(), None), Some(Reject::OfflineLimit));
    assert_eq!(offline(money, &payload(), None), Some(Reject::OfflineLimit), "unknown worth under a cap on money");
    assert_eq!(offline(money, &payload(), Some(300)), None);
    assert_eq!(offline(money, &payload(), Some(301)), Some(Reject::OfflineLimit));
    assert_eq!(offline(money, &amount, None), None);
    refuses(Reject::OfflineLimit, &payload(), &key_set(), &Till { is_online: false, ..till() }, at(5));
}

#[test]
fn a_bound_token_needs_the_fresh_word_of_its_device() {
    let token = signed(&bound());
    let seconds = u32::try_from(at(5).ms() / 1_000).unwrap();
    let ask = |shown: &[u8]| verify(shown, &key_set(), &till(), at(5)).err();
    assert_eq!(ask(&token), Some(Reject::NoDevice), "a picture of the token alone");
    for (late, why) in [(-60, None), (0, None), (60, None), (-61, Some(Reject::OldProof)), (61, Some(Reject::OldProof))]
    {
        assert_eq!(ask(&shown(&token, DEVICE, seconds.wrapping_add_signed(late))), why, "{late} s");
    }
    assert_eq!(ask(&shown(&token, 4, seconds)), Some(Reject::OtherDevice));
    let other = signed(&Payload { serial: Serial::new(0, [0; 9]), ..bound() });
    let word = shown(&token, DEVICE, seconds);
    assert_eq!(ask(&[&other, &word[LENGTH..]].concat()), Some(Reject::OtherDevice), "the word for another token");
    for bit in LENGTH * 8..SHOWN_LENGTH * 8 {
        let mut changed = word.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(ask(&changed).is_some(), "bit {bit}");
    }
    assert_eq!(ask(&shown(&signed(&payload()), 4, 0)), None, "what is not bound may be shown by any device");
}

#[test]
fn what_was_signed_and_is_not_known_is_newer() {
    let mut bytes = payload().bytes();
    bytes[36] = 9;
    let token = Token { payload: bytes, signature: key(KEY).sign(tactful::token::DOMAIN, &bytes) };
    assert_eq!(verify(&token.bytes(), &key_set(), &till(), at(5)), Err(Reject::Newer));
    assert_eq!(verify(&[2; LENGTH], &key_set(), &till(), at(5)), Err(Reject::Newer));
    bytes[36] = 7;
    let unsigned = Token { payload: bytes, ..token };
    assert_eq!(
        verify(&unsigned.bytes(), &key_set(), &till(), at(5)),
        Err(Reject::Forged),
        "read before it was checked"
    );
}

/// Things that are wrong, one by one put right in the order of the questions: each time the first that is left is told.
#[test]
fn the_first_question_that_fails_is_the_answer() {
    let wrong = Payload {
        environment: Environment::Test,
        merchant: Merchant(78),
        window: Window::new(days(-20), Span::days(1)).unwrap(),
        holder: Holder::new([1; 8]),
        offline: false,
        ..payload()
    };
    let revoked = KeySet {
        revoked_keys: vec![wrong.kid],
        revoked_campaigns: vec![wrong.campaign],
        fresh_until: at(0),
        ..key_set()
    };
    let mut till = Till { is_online: false, stores: &[], campaigns: Some(&[]), ..till() };
    let ask = |payload: &Payload, keys: &KeySet, till: &Till<'_>| {
        verify(&Token::sign(payload, &key(9)).bytes(), keys, till, at(5)).unwrap_err()
    };
    let mut answers = vec![ask(&wrong, &revoked, &till)];
    let real = Payload { environment: Environment::Production, ..wrong };
    answers.push(ask(&real, &revoked, &till));
    let named = KeySet { revoked_keys: Vec::new(), ..revoked };
    answers.push(ask(&real, &named, &till));
    let fresh = KeySet { fresh_until: days(3), ..named };
    answers.push(ask(&real, &fresh, &till));
    let ask = |payload: &Payload, keys: &KeySet, till: &Till<'_>| {
        verify(&signed(payload), keys, till, at(5)).map_or_else(|why| why, |_| Reject::Spent)
    };
    let mut early = Payload { window: Window::new(at(9), Span::days(1)).unwrap(), ..real };
    till.newest = at(6);
    answers.push(ask(&real, &fresh, &till));
    answers.push(ask(&early, &fresh, &till));
    till.newest = at(0);
    answers.push(ask(&early, &fresh, &till));
    early.window = payload().window;
    answers.push(ask(&early, &fresh, &till));
    early.merchant = MERCHANT;
    answers.push(ask(&early, &fresh, &till));
    till.stores = &[12];
    answers.push(ask(&early, &fresh, &till));
    till.campaigns = None;
    answers.push(ask(&early, &fresh, &till));
    let running = KeySet { revoked_campaigns: Vec::new(), ..fresh };
    answers.push(ask(&early, &running, &till));
    early.offline = true;
    answers.push(ask(&early, &running, &till));
    till.is_online = true;
    answers.push(ask(&early, &running, &till));
    early.holder = None;
    answers.push(ask(&early, &running, &till));
    let expected = [
        Reject::Environment,
        Reject::RevokedKey,
        Reject::OldKeys,
        Reject::Forged,
        Reject::KeyTime,
        Reject::Clock,
        Reject::NotYet,
        Reject::OtherShop,
        Reject::OtherShop,
        Reject::OtherStore,
        Reject::UnknownCampaign,
        Reject::Paused,
        Reject::OnlineOnly,
        Reject::OfflineLimit,
        Reject::NoDevice,
        Reject::Spent,
    ];
    answers.dedup();
    let mut told = expected.to_vec();
    told.dedup();
    assert_eq!(answers, told);
}

#[test]
fn every_answer_has_a_name_and_a_sentence_of_its_own_language() {
    let names: std::collections::BTreeSet<_> = Reject::ALL.iter().map(|why| why.name()).collect();
    assert_eq!(names.len(), Reject::ALL.len());
    for why in Reject::ALL {
        assert_ne!(why.sentence("de-AT"), why.sentence("en"));
        assert!(why.sentence("fr").ends_with('.') && why.sentence("de").len() < 90);
    }
}

fn trust() -> Trust {
    key_set().trust()
}

#[test]
fn a_key_set_is_read_as_it_was_signed() {
    let text = key_set().sign(&[key(ROOT)]).unwrap();
    assert_eq!(KeySet::open(&text, &trust()), Ok(key_set()));
    assert_eq!(KeySet::open("{}", &trust()), Err(KeySetFault::Unreadable));
    let version = text.replace("\\\"version\\\":4", "\\\"version\\\":5");
    assert_eq!(KeySet::open(&version, &trust()), Err(KeySetFault::Untrusted));
    assert_eq!(KeySet::open(&text, &Trust { version: 5, ..trust() }), Err(KeySetFault::Rollback { got: 4, known: 5 }));
}

#[test]
fn roots_hand_over_by_the_signatures_of_old_and_new() {
    let next = KeySet {
        roots: Roots { keys: vec![key(20).public(), key(21).public()], threshold: 2 },
        version: 5,
        ..key_set()
    };
    let open = |roots: &[u8]| {
        let roots: Vec<_> = roots.iter().map(|root| key(*root)).collect();
        KeySet::open(&next.sign(&roots).unwrap(), &trust()).map(|set| set.version)
    };
    assert_eq!(open(&[20, 21]), Err(KeySetFault::Untrusted));
    assert_eq!(open(&[ROOT]), Err(KeySetFault::Unsigned));
    assert_eq!(open(&[ROOT, 20, 20]), Err(KeySetFault::Unsigned), "a root counts once");
    assert_eq!(open(&[ROOT, 20, 21]), Ok(5));
    let after = KeySet { version: 6, ..next.clone() }.sign(&[key(20), key(21)]).unwrap();
    assert_eq!(KeySet::open(&after, &next.trust()).map(|set| set.version), Ok(6));
    assert_eq!(KeySet::open(&after, &trust()), Err(KeySetFault::Untrusted), "a till that missed the hand-over");
}

#[test]
fn two_keys_of_one_name_are_refused() {
    let twins = KeySet { keys: vec![token_key(KEY), token_key(KEY)], ..key_set() };
    assert_eq!(twins.sign(&[key(ROOT)]), Err(KeySetFault::Ambiguous(token_key(KEY).kid)));
}
