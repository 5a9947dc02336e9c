//! Scanned codes: whatever a camera sees is read or refused, and one product is one product in every dress.
//!
//! `pkg/test/scan.test.mjs` holds the same reader to an implementation by others.
#![cfg(not(target_arch = "wasm32"))]
#![allow(missing_docs, clippy::unwrap_used)]

use proptest::prelude::*;
use tactful::product::{Gs1Number, has_check_digit};
use tactful::signal::gs1::{Code, CodeFault, LONGEST, parse};

/// Twelve digits at most, and their check digit found by trying.
fn number() -> impl Strategy<Value = u64> {
    (1_000_000_u64..1_000_000_000_000)
        .prop_map(|body| (body * 10..body * 10 + 10).find(|number| has_check_digit(*number)).unwrap())
}

/// Letters and digits of a lot or serial number.
const OWN: &str = "[0-9A-Za-z_.-]{1,20}";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn whatever_a_camera_sees_is_read_or_refused(text in "(https?://|\\]d2|\\(01\\)|\\(414\\)|)[0-9a-z()/?&=#%;:.\u{1d} é]{0,60}") {
        if let Ok(Code { gtin, upc, gln, .. }) = parse(&text) {
            let named: Vec<Gs1Number> = [gtin, upc, gln].into_iter().flatten().collect();
            prop_assert!(!named.is_empty());
            prop_assert!(named.iter().all(|number| has_check_digit(number.get()) && number.get() < 100_000_000_000_000));
        }
    }

    #[test]
    fn one_product_is_one_in_every_dress(number in number(), lot in OWN, serial in OWN, spare in 0_u32..6) {
        let named = Ok(Code { gtin: Some(Gs1Number::from_checked(number)), ..Code::default() });
        for code in [
            format!("{number:014}"),
            format!("{number:013}"),
            format!("https://shop.example/01/{number:014}"),
            format!("https://shop.example/01/{number:013}/10/{lot}/21/{serial}?17=261130&spare={spare}#there"),
            format!("(01){number:014}(10){lot}(21){serial}"),
            format!("(10){lot}(17)261130(01){number:014}"),
            format!("01{number:014}10{lot}"),
            format!("]C110{lot}\u{1d}01{number:014}21{serial}"),
            format!("]d211{}01{number:014}", "261101"),
            format!("]Q321{serial}\u{1d}{}310{spare}00019501{number:014}", "\u{1d}".repeat(spare as usize)),
        ] {
            // When this piece expires, and of which lot it is, is no part of which product it is.
            let read = parse(&code).map(|code| Code { expires: None, lot: None, ..code });
            prop_assert_eq!(read, named, "{}", code);
        }
    }

    #[test]
    fn one_wrong_digit_is_noticed(number in number(), place in 0_usize..13, other in 1_u8..10) {
        let mut digits = format!("{number:013}").into_bytes();
        let digit = digits.get_mut(place).unwrap();
        *digit = b'0' + (*digit - b'0' + other) % 10;
        let wrong = String::from_utf8(digits).unwrap();
        for code in [wrong.clone(), format!("https://a/01/0{wrong}"), format!("(01)0{wrong}"), format!("(414){wrong}")] {
            prop_assert_eq!(parse(&code), Err(CodeFault::CheckDigit), "{}", code);
        }
    }

    #[test]
    fn a_product_and_its_store_are_both_named(product in number(), store in number(), extension in OWN) {
        let named = Ok(Code {
            gtin: Some(Gs1Number::from_checked(product)),
            gln: Some(Gs1Number::from_checked(store)),
            ..Code::default()
        });
        for code in [
            format!("https://a/01/{product:014}?414={store:013}"),
            format!("https://a/b/414/{store:013}/254/{extension}?01={product:014}"),
            format!("(414){store:013}(254){extension}(01){product:014}"),
            format!("]C1414{store:013}254{extension}\u{1d}01{product:014}"),
        ] {
            prop_assert_eq!(parse(&code), named, "{}", code);
        }
    }
}

#[test]
fn a_code_of_the_greatest_length_is_read_and_a_longer_one_is_not() {
    let long = |length: usize| {
        let start = "https://shop.example/01/09520123456788?own=";
        format!("{start}{}", "a".repeat(length - start.len()))
    };
    assert!(parse(&long(LONGEST)).is_ok());
    assert_eq!(parse(&long(LONGEST + 1)), Err(CodeFault::Unreadable));
}
