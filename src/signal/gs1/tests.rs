use super::*;
use alloc::format;
use alloc::string::{String, ToString};

/// What a code names, in few words: `product 9506000134352, store 9506000134352`, or why it cannot be read.
fn read(code: &str) -> String {
    match parse(code) {
        Ok(Code { gtin, upc, gln, .. }) => {
            let told = [("product", gtin), ("upc", upc), ("store", gln)];
            let told = told.map(|(what, number)| number.map(|number| format!("{what} {}", number.get())));
            told.into_iter().flatten().collect::<alloc::vec::Vec<_>>().join(", ")
        }
        Err(fault) => fault.to_string(),
    }
}

#[track_caller]
fn check(code: &str, told: &str) {
    assert_eq!(read(code), told, "{code}");
}

const UNREADABLE: &str =
    "is neither a GS1 Digital Link, nor a GS1 element string, nor a GTIN of 8, 12, 13 or 14 digits";
const WRONG: &str = "has a wrong check digit; scan it again";
const NOTHING: &str =
    "has neither a product (`/01/…`, `(01)…`) nor a store (`/414/…`, `(414)…`); compressed links are not read";

/// Source: the examples of GS1 Digital Link: URI Syntax, sections 4.11, 5 and 6.
#[test]
fn the_examples_of_the_standard_are_read() {
    for link in [
        "https://id.gs1.org/01/09520123456788",
        "https://example.com/01/09520123456788",
        "https://brand.example.com/01/9520123456788",
        "https://brand.example.com/some-extra/pathinfo/01/9520123456788",
        "https://id.gs1.org/01/09520123456788/22/2A",
        "https://id.gs1.org/01/09520123456788/10/ABC123",
        "https://id.gs1.org/01/09520123456788/21/12345",
        "https://id.gs1.org/01/09520123456788/10/ABC1/21/12345?17=180426",
        "https://id.gs1.org/01/09520123456788?3103=000195",
        "https://example.com/01/9520123456788?3103=000195&3922=0299&17=201225",
        "https://example.com/8004/9520614141234567?01=9520123456788",
    ] {
        check(link, "product 9520123456788");
    }
    check("https://id.gs1.org/414/9520123456788", "store 9520123456788");
    check("https://id.gs1.org/414/9520123456788/254/32a%2Fb", "store 9520123456788");
    let unit = "names a logistic unit (`00`), and neither a product (`01`) nor a store (`414`)";
    check("https://id.gs1.org/00/952012345678912345", unit);
    check("https://id.gs1.org/00/952012345678912345?02=09520123456788&37=25&10=ABC123", unit);
}

#[test]
fn the_day_on_which_a_piece_expires_is_read() {
    let day = |code: &str| parse(code).unwrap().expires;
    let known = [
        // Days of the calendar: `date -u -d 2026-11-30 +%s` by 86,400.
        ("261130", 20_787),
        ("260228", 20_512),
        ("260301", 20_513),
        ("280229", 21_243),
        ("280301", 21_244),
        ("000101", 10_957),
        ("991231", 47_481),
        ("260100", 20_484),
        ("280200", 21_243),
        ("261200", 20_818),
    ];
    for (written, days) in known {
        for code in [
            format!("https://a/01/09506000134352?17={written}"),
            format!("https://a/01/09506000134352/10/A?15={written}"),
            format!("(01)09506000134352(17){written}(10)A"),
            format!("010950600013435217{written}10A"),
        ] {
            assert_eq!(day(&code), Some(days), "{code}");
        }
    }
    assert_eq!(day("https://a/01/09506000134352?15=261130&17=261201"), Some(20_787), "the earlier of both");
    assert_eq!(day("(17)261130(01)09506000134352(15)261201"), Some(20_787));
    for none in
        ["", "17=2611301", "17=26113", "17=261301", "17=260001", "17=261132", "17=2611x0", "11=261130", "16=261130"]
    {
        assert_eq!(day(&format!("https://a/01/09506000134352?{none}")), None, "{none}");
    }
}

#[test]
fn the_lot_of_a_piece_is_read_in_every_dress() {
    for code in [
        "https://a/01/09506000134352/10/L26-P%2F3",
        "https://a/01/09506000134352/10/%4c26-P%2f3/21/7?17=261130",
        "https://a/01/09506000134352?10=L26-P%2F3",
        "(01)09506000134352(10)L26-P/3(21)7",
        "010950600013435210L26-P/3",
        "]C110L26-P/3\u{1d}0109506000134352",
    ] {
        assert_eq!(parse(code).unwrap().lot, Some(Key::of("L26-P/3")), "{code}");
    }
    for none in ["9506000134352", "https://a/01/09506000134352/21/10", "(01)09506000134352(21)10"] {
        assert_eq!(parse(none).unwrap().lot, None, "{none}");
    }
}

#[test]
fn a_link_may_name_product_and_store() {
    let both = "product 9506000134352, store 9506000134352";
    check("https://id.gs1.org/01/09506000134352/10/ABC?17=201225&414=9506000134352", both);
    check("https://id.gs1.org/414/9506000134352?01=09506000134352", both);
}

#[test]
fn any_host_scheme_stem_and_ending_will_do() {
    for link in [
        "HTTPS://ID.EXAMPLE/01/09520123456788",
        "http://[2001:db8::1]:8080/01/09520123456788",
        "https://shop.example/01/faux/00/01/09520123456788",
        "https://shop.example/00/faux/01/09520123456788",
        "https://shop.example/01/09520123456788/",
        "https://shop.example/01/09520123456788?",
        "https://shop.example/01/09520123456788?&&linkType=gs1:pip&single&01=",
        "https://shop.example/01/09520123456788#414",
        "https://shop.example/%30%31/%3095201234567%388",
        "]Q1https://shop.example/01/09520123456788",
        " https://shop.example/01/09520123456788\r\n",
    ] {
        let told = if link.ends_with("&01=") { UNREADABLE } else { "product 9520123456788" };
        check(link, told);
    }
}

#[test]
fn what_is_no_code_is_refused_by_cause() {
    for code in [
        "",
        "hello",
        "]C",
        "ftp://shop.example/01/09520123456788",
        "0109520",
        "(01",
        "(1)2",
        "()",
        "1234567",
        "4012345",
        "8004)9520123A",
    ] {
        check(code, UNREADABLE);
    }
    check(&"9".repeat(LONGEST + 1), UNREADABLE);
    check("https://shop.example/01/095201234567880", UNREADABLE);
    check("https://shop.example/01/ABC", UNREADABLE);
    check("(01)9520123456788", UNREADABLE);
    check("https://shop.example/414/09520123456788", UNREADABLE);
    check("https://shop.example/01/09520123456788?01=04006381333931", UNREADABLE);
    for code in [
        "4006381333932",
        "https://shop.example/01/04006381333932",
        "https://shop.example/414/4006381333932",
        "https://shop.example/8017/952012345678912346",
        "(01)04006381333932",
        "]d20104006381333932",
    ] {
        check(code, WRONG);
    }
    for code in [
        "https://shop.example",
        "https://shop.example/about",
        "https://01/04006381333931",
        "https:///01/04006381333931",
        "https://shop.example/01/04006381333931/reviews",
        "https://shop.example/gtin/04006381333931",
        "https://dl.example/DBHKVAdpQgqrGSKo",
        "(17)251231(10)ABC",
        "]C11725123110ABC",
    ] {
        check(code, NOTHING);
    }
}

#[test]
fn qualifiers_have_their_order() {
    for behind in ["22/A/10/B/21/C", "10/B/21/C", "22/A/21/C", "235/D", ""] {
        check(&format!("https://shop.example/01/09520123456788/{behind}"), "product 9520123456788");
    }
    for behind in ["10/A/22/B", "21/A/10/B", "21/A/21/B", "235/D/21/C", "22/A/235/D", "254/E", "17/251231", "10//21/C"]
    {
        let told = "has parts behind its `/01/…` that do not belong there, or not in this order";
        check(&format!("https://shop.example/01/09520123456788/{behind}"), told);
    }
    for behind in ["254/A", "7040/1ABC"] {
        check(&format!("https://shop.example/414/9520123456788/{behind}"), "store 9520123456788");
    }
    for behind in ["254/A/7040/1ABC", "10/A"] {
        let told = "has parts behind its `/414/…` that do not belong there, or not in this order";
        check(&format!("https://shop.example/414/9520123456788/{behind}"), told);
    }
    check("https://shop.example/8006/095201234567880102/10/A", "product 9520123456788");
}

#[test]
fn every_other_key_is_told_by_name() {
    for (key, value, thing) in [
        ("00", "952012345678912345", "a logistic unit"),
        ("253", "9520123456788DOC", "a document"),
        ("255", "9520123456788123", "a coupon"),
        ("401", "9520123ABC", "a consignment"),
        ("402", "95201234567891235", "a shipment"),
        ("415", "9520123456788", "a party"),
        ("417", "9520123456788", "a party"),
        ("8003", "09520123456788CRATE", "a returnable asset"),
        ("8004", "9520123TROLLEY", "an asset"),
        ("8010", "9520123PART", "a component"),
        ("8013", "9520123MODEL5Z", "a model"),
        ("8017", "952012345678912345", "a service relation"),
        ("8018", "952012345678912345", "a service relation"),
    ] {
        let told = format!("names {thing} (`{key}`), and neither a product (`01`) nor a store (`414`)");
        check(&format!("https://shop.example/{key}/{value}"), &told);
        check(&format!("({key}){value}"), &told);
        check(&format!("]C1{key}{value}"), &told);
    }
}

#[test]
fn element_strings_are_read_in_all_their_dresses() {
    for code in [
        "(01)09520123456788",
        "(17)251231(01)09520123456788(10)ABC",
        "]C10109520123456788",
        "]d20109520123456788172512311",
        "]Q30109520123456788",
        "]e00109520123456788",
        "]J110ABC\u{1d}0109520123456788",
        "]d210ABC\u{1d}21XYZ\u{1d}0109520123456788",
        "\u{1d}0109520123456788\u{1d}17251231\u{1d}",
        "0109520123456788",
        "0109520123456788172512311012AB",
        "3103000195010952012345678899own",
        "8006095201234567880102",
    ] {
        let is_torn = code.ends_with("2311");
        check(code, if is_torn { UNREADABLE } else { "product 9520123456788" });
    }
    check("4149520123456788254A", "store 9520123456788");
    check("]C14109520123456788", NOTHING);
    check("01095201234567884149520123456788", "product 9520123456788, store 9520123456788");
    check("]C10109520123456788\u{1d}0104006381333931", UNREADABLE);
}

#[test]
fn all_lengths_of_one_gtin_are_one_number() {
    for code in ["04006381333931", "4006381333931", "]E04006381333931", "]I104006381333931"] {
        check(code, "product 4006381333931");
    }
    for code in ["036000291452", "0036000291452", "00036000291452"] {
        check(code, "product 36000291452");
    }
    check("96385074", "product 96385074");
}

/// Source: GS1 General Specifications, section 2.1.11 (restricted circulation): only the shop knows what they mean.
#[test]
fn numbers_for_use_inside_a_shop_are_plain_numbers() {
    check("02000042000325", "product 2000042000325");
    check("2212345012343", "product 2212345012343");
    check("0400000000015", "product 400000000015");
}

/// Source: GS1 General Specifications, figure 5.2.2.4.2-1, a line each.
#[test]
fn a_upc_e_gets_its_zeros_back() {
    for (short, long) in [
        ("01234505", 12_000_003_455_u64),
        ("01234514", 12_100_003_454),
        ("01234523", 12_200_003_453),
        ("01234531", 12_300_000_451),
        ("01234543", 12_340_000_053),
        ("01234558", 12_345_000_058),
        ("01234565", 12_345_000_065),
        ("01234596", 12_345_000_096),
    ] {
        assert!(read(short).ends_with(&format!("upc {long}")), "{short}: {}", read(short));
        check(short.get(1..7).unwrap(), &format!("upc {long}"));
        check(&format!("{long:012}"), &format!("product {long}"));
    }
    // Both check digits are right: the catalog knows which it is.
    check("04210016", "product 4210016, upc 42100001006");
    check("11234565", WRONG);
}
