//! The ten update attacks of The Update Framework, one test each, and that a single changed bit is refused everywhere.

use tactful::publish::{Authority, Content, Fault, Head, Known, LARGEST_DOCUMENT, Publisher, delta};
use tactful::token::signed::{Roots, Trust};
use tactful::value::Span;
use tactful::wire::pack;

use super::shop::{Shop, key, minutes, roots, staged, trust};

/// A shop with one head, of version 10, and a reader who knows it.
fn shop() -> (Shop, Content, Known) {
    let mut shop = Shop::new();
    let content = shop.store(b"the pack", &[]);
    let head = shop.publish(&shop.entry(10, minutes(0), &[&content]), 11);
    let mut known = Known::new(trust());
    shop.take(&mut known, &head, minutes(1)).unwrap();
    (shop, content, known)
}

/// Checks that a head is refused, and that what was known stays.
fn refused(shop: &Shop, known: &Known, head: &str, at: u32) -> Fault {
    let mut after = known.clone();
    let fault = shop.take(&mut after, head, minutes(at)).unwrap_err();
    assert_eq!(after, *known);
    fault
}

/// The shop's authority without Ben, of this version.
fn without_ben(shop: &Shop, version: u32) -> Authority {
    let publishers: Vec<Publisher> = shop.authority.publishers.iter().filter(|by| by.name != "ben").cloned().collect();
    Authority { version, publishers, ..shop.authority.clone() }
}

#[test]
fn arbitrary_software_is_refused() {
    let (mut shop, content, known) = shop();
    let mut entry = shop.entry(11, minutes(2), &[&content]);
    entry.publisher = key(99).public();
    let head = shop.publish(&entry, 99);
    assert_eq!(refused(&shop, &known, &head, 3), Fault::NoPublisher { authority: 1, key: key(99).public().to_url() });
    let signed_by_another = shop.publish(&shop.entry(12, minutes(2), &[&content]), 99);
    assert_eq!(refused(&shop, &known, &signed_by_another, 3), Fault::WrongSignature);
    assert_eq!(content.check(b"the Pack"), Err(Fault::WrongContent(content.sha256)));
}

#[test]
fn endless_data_is_refused() {
    let (shop, content, known) = shop();
    let long = " ".repeat(LARGEST_DOCUMENT) + &shop.heads[0];
    assert!(matches!(refused(&shop, &known, &long, 1), Fault::TooLarge { .. }));
    assert!(content.check(b"the pack and more").is_err());
    // Ten steps that each copy all of it.
    let endless = [8, 15, 0].repeat(10);
    assert_eq!(delta::apply(b"the pack", &endless, 8), Err(Fault::WrongDelta));
}

#[test]
fn extraneous_dependencies_are_not_fetched() {
    let (mut shop, content, mut known) = shop();
    let other = shop.store(b"something else", &[]);
    let head = known.head().unwrap();
    assert_eq!(head.pack(None, None, b"device"), Some(&content));
    assert!([Some("north"), None].iter().all(|region| head.pack(*region, Some("de"), b"device") != Some(&other)));
    // What an authority says beside what is known of it leads nowhere.
    let odd = shop.heads[0].replacen("{\"signed\"", "{\"also\":\"v1/packs/00\",\"signed\"", 1);
    assert_eq!(shop.take(&mut known, &odd, minutes(1)), Ok(10));
}

#[test]
fn a_fast_forward_reaches_a_day_at_most_and_the_shop_goes_on_from_there() {
    let (mut shop, content, mut known) = shop();
    // Ben's key is stolen.
    let seconds = |at: tactful::value::Timestamp| at.ms().unsigned_abs() / 1_000;
    let stolen = |shop: &mut Shop, version, issued| {
        let mut entry = shop.entry(version, issued, &[&content]);
        entry.publisher = key(12).public();
        shop.publish(&entry, 12)
    };
    let (today, tomorrow) = (minutes(2), minutes(2).after(Span::days(1)));
    for (version, issued) in [(u64::MAX, today), (seconds(today) + 1, today), (9_000_000_000, tomorrow)] {
        let mut log = (shop.log.clone(), shop.entries.clone(), shop.heads.clone());
        let head = stolen(&mut shop, version, issued);
        assert_eq!(refused(&shop, &known, &head, 2), Fault::Early { version });
        (shop.log, shop.entries, shop.heads) = core::mem::take(&mut log);
    }
    let honest = (shop.log.clone(), shop.entries.clone(), shop.heads.clone());
    // A log of the thief's own, longer than the shop's.
    for version in 11..20 {
        stolen(&mut shop, version, today);
    }
    let ahead = stolen(&mut shop, seconds(tomorrow), tomorrow);
    assert_eq!(shop.take(&mut known, &ahead, minutes(2)), Ok(seconds(tomorrow)));
    (shop.log, shop.entries, shop.heads) = honest;
    // The roots take Ben out, and the next version is above the thief's, a minute later.
    shop.rule(without_ben(&shop, 2), &[1, 3], &roots());
    let issued = tomorrow.after(Span::minutes(1));
    let next = shop.publish(&shop.entry(seconds(issued), issued, &[&content]), 11);
    assert_eq!(shop.take(&mut known, &next, minutes(3)), Ok(seconds(issued)));
    let again = stolen(&mut shop, seconds(issued) + 1, issued.after(Span::minutes(1)));
    assert!(matches!(refused(&shop, &known, &again, 5), Fault::NoPublisher { authority: 2, .. }));
}

#[test]
fn a_freeze_ends_with_the_head() {
    let (shop, _, known) = shop();
    let week = 7 * 24 * 60;
    assert_eq!(known.clone().take(&shop.heads[0], minutes(week - 1), |_| None).map(drop), Ok(()));
    assert!(matches!(refused(&shop, &known, &shop.heads[0], week), Fault::Expired { .. }));
    let mut shop = shop;
    let mut entry = shop.entry(11, minutes(2), &[]);
    entry.expires = entry.issued.after(Span::from_ms(Span::days(30).ms() + 1));
    let long = shop.publish(&entry, 11);
    assert_eq!(refused(&shop, &known, &long, 3), Fault::LongLived);
}

#[test]
fn a_malicious_mirror_changes_nothing() {
    let (mut shop, content, known) = shop();
    let next = shop.publish(&shop.entry(11, minutes(2), &[&content]), 11);
    for lie in ["", "{}", "null", "{\"signed\":\"\",\"signatures\":[]}", next.trim_end_matches("}")] {
        assert_eq!(refused(&shop, &known, lie, 3).code(), "no-head");
    }
    // A mirror that keeps authorities back, or sends others.
    shop.rule(without_ben(&shop, 2), &[1, 2], &roots());
    let head = shop.publish(&shop.entry(12, minutes(4), &[&content]), 11);
    let kept_back = known.clone().take(&head, minutes(5), |_| None).map(drop);
    assert_eq!(kept_back, Err(Fault::NoAuthority(2)));
    let old = known.clone().take(&head, minutes(5), |_| shop.text("v1/authority/1")).map(drop);
    assert_eq!(old, Err(Fault::NotNext { got: 1, next: 2 }));
    // Once the mirror is gone, everything is as it should be.
    assert_eq!(shop.take(&mut known.clone(), &head, minutes(5)), Ok(12));
}

#[test]
fn parts_of_two_heads_do_not_mix() {
    let (mut shop, content, known) = shop();
    let other = shop.store(b"another pack", &[]);
    let next = shop.publish(&shop.entry(11, minutes(2), &[&other]), 11);
    let [one, two]: [serde_json::Value; 2] = [&shop.heads[0], &next].map(|head| serde_json::from_str(head).unwrap());
    let mixed = serde_json::json!({"signed": two["signed"], "signatures": one["signatures"]}).to_string();
    assert_eq!(refused(&shop, &known, &mixed, 3), Fault::WrongSignature);
    assert!(other.check(b"the pack").is_err() && content.check(b"another pack").is_err());
    // The entry of one with the log of the other.
    let [signed, old]: [serde_json::Value; 2] =
        [&two, &one].map(|head| serde_json::from_str(head["signed"].as_str().unwrap()).unwrap());
    let signed = serde_json::json!({"entry": signed["entry"], "log": old["log"]}).to_string();
    let mixed = serde_json::json!({"signed": signed, "signatures": two["signatures"]}).to_string();
    assert_eq!(refused(&shop, &known, &mixed, 3), Fault::WrongSignature);
}

#[test]
fn a_rollback_is_refused() {
    let (mut shop, content, mut known) = shop();
    let next = shop.publish(&shop.entry(11, minutes(2), &[&content]), 11);
    shop.take(&mut known, &next, minutes(3)).unwrap();
    assert_eq!(refused(&shop, &known, &shop.heads[0], 3), Fault::Rollback { got: 10, known: 11 });
    let mut same = shop.entry(11, minutes(2), &[&content]);
    same.note = "the same version with other words".into();
    let same = shop.publish(&same, 11);
    assert_eq!(refused(&shop, &known, &same, 4), Fault::Rollback { got: 11, known: 11 });
    // A log that is shorter than the one that is known.
    let mut forked = Shop::new();
    let forked = forked.publish(&forked.entry(12, minutes(4), &[&content]), 11);
    assert_eq!(refused(&shop, &known, &forked, 5), Fault::Rollback { got: 12, known: 11 });
    // An older authority, after a newer one.
    shop.rule(without_ben(&shop, 2), &[1, 2], &roots());
    let newer = shop.publish(&shop.entry(13, minutes(6), &[&content]), 11);
    shop.take(&mut known, &newer, minutes(7)).unwrap();
    assert_eq!(refused(&shop, &known, &next, 7), Fault::OtherAuthority { got: 1, known: 2 });
}

#[test]
fn one_stolen_key_is_not_enough_and_the_roots_take_it_back() {
    let (mut shop, content, mut known) = shop();
    // One root of three signs nothing.
    let one = without_ben(&shop, 2).sign(&[key(1), key(1)]).unwrap();
    assert_eq!(known.clone().take_authority(&one).map(drop), Err(Fault::Untrusted));
    // Nor may two make a thief's roots the next ones without these having signed.
    let thief = Roots { keys: [66, 67].map(|n| key(n).public()).into(), threshold: 2 };
    let theirs = Authority { roots: thief.clone(), ..without_ben(&shop, 2) };
    assert_eq!(known.clone().take_authority(&theirs.sign(&[key(1), key(2)]).unwrap()).map(drop), Err(Fault::Unsigned));
    assert_eq!(
        known.clone().take_authority(&theirs.sign(&[key(66), key(67)]).unwrap()).map(drop),
        Err(Fault::Untrusted)
    );
    // Ben's key is stolen and taken out: what it signs is refused.
    shop.rule(without_ben(&shop, 2), &[2, 3], &roots());
    let good = shop.publish(&shop.entry(11, minutes(2), &[&content]), 11);
    shop.take(&mut known, &good, minutes(3)).unwrap();
    let mut entry = shop.entry(12, minutes(4), &[&content]);
    entry.publisher = key(12).public();
    let head = shop.publish(&entry, 12);
    assert!(matches!(refused(&shop, &known, &head, 5), Fault::NoPublisher { authority: 2, .. }));
}

#[test]
fn what_is_of_another_shop_or_kind_is_refused() {
    let (mut shop, content, known) = shop();
    let mut other = without_ben(&shop, 2);
    other.shop = "sudkorb".into();
    let other = other.sign(&[key(1), key(2)]).unwrap();
    let known_shop = Fault::OtherShop { got: "sudkorb".into(), known: "nordkorb".into() };
    assert_eq!(known.clone().take_authority(&other).map(drop), Err(known_shop));
    // An authority is no head, and the other way round.
    assert_eq!(refused(&shop, &known, &shop.text("v1/authority/1").unwrap(), 1).code(), "no-head");
    assert_eq!(known.clone().take_authority(&shop.heads[0]).map(drop), Err(Fault::Untrusted));
    // A pack where an index is expected has another hash; a head of an authority that only looks the same is refused.
    let index = Content::of(b"{}");
    assert!(index.check(b"the pack").is_err());
    shop.maker.sha256 = index.sha256;
    let head = shop.publish(&shop.entry(11, minutes(2), &[&content]), 11);
    assert_eq!(refused(&shop, &known, &head, 3), Fault::OtherAuthority { got: 1, known: 1 });
}

#[test]
fn a_reader_follows_at_most_1_024_authorities() {
    let (mut shop, content, known) = shop();
    shop.maker.version = 1_026;
    let head = shop.publish(&shop.entry(11, minutes(2), &[&content]), 11);
    assert_eq!(refused(&shop, &known, &head, 3), Fault::TooManySteps);
    assert_eq!(known.clone().next(), Ok(2));
    let later = Known::new(Trust { version: 7, roots: roots() });
    assert_eq!(later.next(), Ok(7));
}

/// Each bit flipped and each end cut off.
fn damaged(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let flipped = (0..bytes.len() * 8).map(|bit| {
        let mut damaged = bytes.to_vec();
        damaged[bit / 8] ^= 1 << (bit % 8);
        damaged
    });
    flipped.chain((0..bytes.len()).map(|end| bytes[..end].to_vec()))
}

#[test]
fn a_changed_bit_or_a_cut_changes_nothing() {
    let (mut shop, content, known) = shop();
    let next = shop.publish(&shop.entry(11, minutes(2), &[&content]), 11);
    let before = Head::parse(&next).unwrap();
    let mut refused = 0;
    for bytes in damaged(next.as_bytes()) {
        let Ok(text) = String::from_utf8(bytes) else { continue };
        let mut after = known.clone();
        match shop.take(&mut after, &text, minutes(3)) {
            // JSON has more than one spelling: what is signed has only one.
            Ok(_) => assert_eq!(after.head(), Some(&before)),
            Err(_) => {
                refused += 1;
                assert_eq!(after, known);
            }
        }
    }
    assert!(refused > 6 * next.len(), "{refused} of {}", 9 * next.len());
    let authority = without_ben(&shop, 2).sign(&[key(1), key(2)]).unwrap();
    let mut whole = known.clone();
    whole.take_authority(&authority).unwrap();
    for bytes in damaged(authority.as_bytes()) {
        let Ok(text) = String::from_utf8(bytes) else { continue };
        let mut after = known.clone();
        let taken = after.take_authority(&text).is_ok();
        assert_eq!(after, if taken { whole.clone() } else { known.clone() });
    }
}

#[test]
fn a_changed_bit_in_a_pack_or_a_delta_is_refused() {
    let catalog = super::shop::catalog(3);
    let (from, to) = (super::shop::pack(&catalog, 1), super::shop::pack(&catalog, 2));
    let content = Content::of(&to);
    assert!(damaged(&to).step_by(7).all(|bytes| content.check(&bytes).is_err()));
    let delta = delta::make(&from, &to);
    for damaged in damaged(&delta) {
        // What a delta makes is not signed, since what it makes is checked: it may say the same in another way.
        let made = delta::apply(&from, &damaged, to.len());
        assert!(made.is_err() || made.as_deref() == Ok(&to[..]) || content.check(&made.unwrap()).is_err());
    }
    let mut stamped = from.clone();
    assert_eq!(pack::stamp(&mut stamped, 2), Ok(1));
    assert_eq!(stamped, to);
    for mut bytes in damaged(&from).step_by(11) {
        assert!(pack::stamp(&mut bytes, 2).is_err());
    }
}

#[test]
fn a_share_of_the_devices_takes_what_is_staged() {
    let (mut shop, content, mut known) = shop();
    let next = shop.store(b"what comes next", &[]);
    let mut entry = shop.entry(11, minutes(2), &[&content]);
    entry.staged = Some(staged(250, &next));
    let head = shop.publish(&entry, 11);
    shop.take(&mut known, &head, minutes(3)).unwrap();
    let head = known.head().unwrap();
    let takes = |device: u32| head.pack(None, None, &device.to_be_bytes()) == Some(&next);
    let share = (0..4_000).filter(|device| takes(*device)).count();
    assert!((900..1_100).contains(&share), "{share} of 4,000");
    let more = staged(500, &next);
    assert!(
        (0..4_000_u32).all(|device| !takes(device) || more.takes(&device.to_be_bytes())),
        "a larger share has all of it"
    );
}
