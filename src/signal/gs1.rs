//! Reads what a scanner saw: a GS1 Digital Link URI, a GS1 element string, or the digits of an EAN, UPC or ITF-14.
//!
//! Takes from a code which product and which store it names, of which lot it is, and until when it is fine. Serial numbers,
//! weights and other dates are passed over and not judged: a wrong one is no reason to leave somebody at the shelf without an answer.
//!
//! # What counts as what
//!
//! - A scheme `http` or `https` makes a **Digital Link**: any host, any path before the key. The key is the last one in
//!   the path that only its own qualifiers follow, in their order; attributes stand in the query. Values may be
//!   percent-encoded. Words instead of numbers (`/gtin/…`) and the compressed form are not read: the standard dropped the
//!   former in release 1.2, and the latter cannot be told from any other web link.
//! - A bracket (`(01)…`), a GS1 symbology identifier (`]C1`, `]e0`, `]d2`, `]Q3`, `]J1`), a group separator or at
//!   least 16 digits make an **element string**.
//! - 8, 12, 13 or 14 digits are a **GTIN**, whatever symbol they were in. Eight that begin with 0 may also be a UPC-E in
//!   its short form: both are read where both check digits are right, and the catalog tells which it knows, an EAN-8
//!   first. Six digits are a UPC-E from a scanner that leaves out its first and last. Seven may lack either end, so
//!   they are refused.
//! - Numbers for use inside a shop (prefixes 02, 04 and 20 to 29) are **numbers like all others**: what their digits mean
//!   is each country's and each shop's own (a price, a weight), and only the catalog says that it has such a number.
//!
//! Source: GS1 Digital Link Standard: URI Syntax, release 1.4.1, sections 4 to 6; GS1 General Specifications, sections
//! 3 (application identifiers), 5.2 (EAN/UPC) and 7.8 (element strings); GS1 Barcode Syntax Dictionary (qualifiers).

use crate::mark::from_hex;
use crate::product::{Gs1Number, has_check_digit};
use crate::value::Key;
use crate::value::key::{FNV_OFFSET, fnv1a};

/// What a code names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Code {
    /// Application identifier 01, or 8006 of which it is a piece: the product.
    pub gtin: Option<Gs1Number>,
    /// The product, when the digits are a UPC-E in its short form.
    pub upc: Option<Gs1Number>,
    /// Application identifier 414: the place.
    pub gln: Option<Gs1Number>,
    /// Application identifiers 15 (best before) and 17 (use by): the last day that is fine, since 1970-01-01; of both the earlier.
    pub expires: Option<i32>,
    /// The key of application identifier 10: the lot.
    pub lot: Option<Key>,
}

/// Why a code cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodeFault {
    /// Of no form that is read, or a key of a wrong length.
    #[error("is neither a GS1 Digital Link, nor a GS1 element string, nor a GTIN of 8, 12, 13 or 14 digits")]
    Unreadable,
    /// The last digit does not fit the others.
    #[error("has a wrong check digit; scan it again")]
    CheckDigit,
    /// No key at all.
    #[error("has neither a product (`/01/…`, `(01)…`) nor a store (`/414/…`, `(414)…`); compressed links are not read")]
    NoIdentifier,
    /// What follows the key in a link does not belong to it, or stands in the wrong order.
    #[error("has parts behind its `/{key:02}/…` that do not belong there, or not in this order")]
    Qualifiers {
        /// The key's application identifier.
        key: u64,
    },
    /// Another thing than a product or a store.
    #[error("names {} (`{key:02}`), and neither a product (`01`) nor a store (`414`)", thing(*key))]
    Other {
        /// Its application identifier.
        key: u64,
    },
}

/// Longest code that is read, bytes.
pub const LONGEST: usize = 2_048;

/// The group separator: FNC1 as a scanner sends it.
const SEPARATOR: u8 = 0x1d;

/// Digits of the shortest element that names a product or a store, and more than a plain number has.
const SHORTEST_ELEMENT: usize = 16;

/// Reads a code; see the [module](self) for what counts as what.
pub fn parse(code: &str) -> Result<Code, CodeFault> {
    let code = code.trim_ascii();
    if code.len() > LONGEST {
        return Err(CodeFault::Unreadable);
    }
    let (text, is_elements) = match code.as_bytes() {
        // Symbology identifiers of ISO/IEC 15424: GS1-128, DotCode, DataBar, DataMatrix and QR Code hold element strings.
        [b']', a, b, text @ ..] => {
            (text, matches!((a, b), (b'C' | b'J', b'1') | (b'e', b'0') | (b'd', b'2') | (b'Q', b'3')))
        }
        text => (text, false),
    };
    let mut found = Found::default();
    let Digits { value, count, ends } = digits(text, usize::MAX);
    if let Some(rest) = after(text, b"https://").or_else(|| after(text, b"http://")) {
        found.link(rest)?;
    } else if let [b'(', rest @ ..] = text {
        found.bracketed(rest)?;
    } else if is_elements || count >= SHORTEST_ELEMENT || cut(text, SEPARATOR).0.len() < text.len() {
        found.elements(text)?;
    } else if ends && count == text.len() {
        found.plain(value, count)?;
    } else {
        return Err(CodeFault::Unreadable);
    }
    found.code()
}

/// Returns what stands behind `word`, in letters of any case.
fn after<'a>(text: &'a [u8], word: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = text.split_at_checked(word.len())?;
    start.eq_ignore_ascii_case(word).then_some(rest)
}

/// By the first two digits of an element: how many digits its identifier has, and how long the whole is, or 0 where a
/// separator ends it.
///
/// Source: GS1 General Specifications, figures 3.2-1 and 7.8.5-2.
static SHAPES: [(u8, u8); 100] = {
    let mut shapes = [(2, 0); 100];
    let mut first = 0_u8;
    while first < 100 {
        let shape = match first {
            0 => (2, 20),
            1..=3 => (2, 16),
            4 => (2, 18),
            11..=19 => (2, 8),
            20 => (2, 4),
            31..=36 => (4, 10),
            41 => (3, 16),
            23..=25 | 40 | 42 | 71 => (3, 0),
            39 | 43 | 70 | 72 | 80..=82 => (4, 0),
            _ => (2, 0),
        };
        if let Some(place) = shapes.split_at_mut(first as usize).1.first_mut() {
            *place = shape;
        }
        first += 1;
    }
    shapes
};

/// What was read so far.
#[derive(Default)]
struct Found {
    code: Code,
    /// The first key that names neither product nor store.
    other: Option<u64>,
}

impl Found {
    /// Reads host, path and query of a link.
    fn link(&mut self, rest: &[u8]) -> Result<(), CodeFault> {
        let (rest, _) = cut(rest, b'#');
        let (path, mut query) = cut(rest, b'?');
        self.path(path.strip_suffix(b"/").unwrap_or(path))?;
        while !query.is_empty() {
            let (pair, behind) = cut(query, b'&');
            let (name, value) = cut(pair, b'=');
            if let Some(identifier) = identifier(name) {
                self.note(identifier, value)?;
            }
            query = behind;
        }
        Ok(())
    }

    /// Reads `01)09506000134352(10)ABC`, an opened bracket. A value ends where the next one opens.
    fn bracketed(&mut self, mut rest: &[u8]) -> Result<(), CodeFault> {
        while !rest.is_empty() {
            let (name, behind) = cut(rest, b')');
            let (value, next) = cut(behind, b'(');
            self.element(name, value)?;
            rest = next;
        }
        Ok(())
    }

    /// Reads elements one behind the other: some have a length by their first two digits, the others end at a separator.
    fn elements(&mut self, mut rest: &[u8]) -> Result<(), CodeFault> {
        while let [first, behind @ ..] = rest {
            if *first == SEPARATOR {
                rest = behind;
                continue;
            }
            let first = usize::try_from(digits(rest, 2).value).unwrap_or_default();
            let (name, length) = SHAPES.get(first).copied().unwrap_or_default();
            let (element, behind) = match length {
                0 => cut(rest, SEPARATOR),
                _ => rest.split_at_checked(length.into()).ok_or(CodeFault::Unreadable)?,
            };
            let (name, value) = element.split_at_checked(name.into()).ok_or(CodeFault::Unreadable)?;
            self.element(name, value)?;
            rest = behind;
        }
        Ok(())
    }

    /// Reads a GTIN from all the digits that there are.
    fn plain(&mut self, value: u64, count: usize) -> Result<(), CodeFault> {
        match count {
            6 => self.code.upc = (0..10).find_map(|check| upc_e(value * 10 + check)),
            8 | 12..=14 => self.code.gtin = Gs1Number::of(value),
            _ => return Err(CodeFault::Unreadable),
        }
        if count == 8 && value < 10_000_000 {
            self.code.upc = upc_e(value);
        }
        if self.code.gtin.or(self.code.upc).is_none() { Err(CodeFault::CheckDigit) } else { Ok(()) }
    }

    /// Looks from the end of a path for its last key, then at what follows it.
    fn path(&mut self, path: &[u8]) -> Result<(), CodeFault> {
        let mut left = path;
        while let (before, Some(value)) = cut_last(left)
            && let (start, Some(name)) = cut_last(before)
            && let Some(name) = identifier(name)
            && !start.is_empty()
        {
            if length(name).is_some() {
                let behind = path.get(left.len()..).unwrap_or_default();
                self.note(name, value)?;
                return qualified(&mut self.code, name, behind);
            }
            left = start;
        }
        Ok(())
    }

    /// Notes an element of an element string, where a GTIN has all its fourteen digits.
    fn element(&mut self, name: &[u8], value: &[u8]) -> Result<(), CodeFault> {
        match identifier(name) {
            None => Err(CodeFault::Unreadable),
            Some(1) if value.len() != 14 => Err(CodeFault::Unreadable),
            Some(identifier) => self.note(identifier, value),
        }
    }

    /// Notes an element, where it is a key.
    fn note(&mut self, identifier: u64, value: &[u8]) -> Result<(), CodeFault> {
        if let (15 | 17, Some(day)) = (identifier, date(value)) {
            self.code.expires = Some(self.code.expires.map_or(day, |known| known.min(day)));
        }
        if identifier == 10 {
            self.code.lot = Some(lot(value));
        }
        let Some(length) = length(identifier) else { return Ok(()) };
        let Digits { mut value, count, ends } = digits(value, length);
        let is_long_enough = match identifier {
            1 => ends && matches!(count, 8 | 12..=14),
            414 | 8006 => ends && count == length,
            _ => count == length,
        };
        if !is_long_enough {
            return Err(CodeFault::Unreadable);
        }
        if identifier == 8006 {
            // Behind the product's number: which piece of how many.
            value /= 10_000;
        }
        if !has_check_digit(value) {
            return Err(CodeFault::CheckDigit);
        }
        let place = match identifier {
            1 | 8006 => &mut self.code.gtin,
            414 => &mut self.code.gln,
            _ => {
                self.other = self.other.or(Some(identifier));
                return Ok(());
            }
        };
        let number = Gs1Number::from_checked(value);
        // Two products in one code: nobody knows which is meant.
        if place.replace(number).is_some_and(|known| known != number) { Err(CodeFault::Unreadable) } else { Ok(()) }
    }

    fn code(self) -> Result<Code, CodeFault> {
        match (self.code.gtin.or(self.code.upc).or(self.code.gln), self.other) {
            (Some(_), _) => Ok(self.code),
            (None, Some(key)) => Err(CodeFault::Other { key }),
            (None, None) => Err(CodeFault::NoIdentifier),
        }
    }
}

/// The keys of Digital Links, and how many digits their values begin with, the last of them a check digit (but for the last
/// four of 8006): 0 for keys that may be letters.
///
/// Source: GS1 Barcode Syntax Dictionary, entries with `dlpkey`.
static KEYS: [(u16, u8); 16] = [
    (0, 18),
    (1, 14),
    (253, 13),
    (255, 13),
    (401, 0),
    (402, 17),
    (414, 13),
    (415, 13),
    (417, 13),
    (8003, 14),
    (8004, 0),
    (8006, 18),
    (8010, 0),
    (8013, 0),
    (8017, 18),
    (8018, 18),
];

/// Returns how many digits the value of a key begins with; `None` for what is no key.
fn length(identifier: u64) -> Option<usize> {
    for (key, length) in &KEYS {
        if u64::from(*key) == identifier {
            return Some(usize::from(*length));
        }
    }
    None
}

/// What a key other than a product's or a store's stands for.
const fn thing(key: u64) -> &'static str {
    match key {
        0 => "a logistic unit",
        253 => "a document",
        255 => "a coupon",
        401 => "a consignment",
        402 => "a shipment",
        415 | 417 => "a party",
        8003 => "a returnable asset",
        8004 => "an asset",
        8010 => "a component",
        8013 => "a model",
        _ => "a service relation",
    }
}

/// Checks the pairs behind a key: only its qualifiers, none empty, in their order. Other keys are refused anyway.
fn qualified(code: &mut Code, key: u64, mut rest: &[u8]) -> Result<(), CodeFault> {
    let mut last = 0;
    while let [b'/', pair @ ..] = rest {
        let (name, tail) = cut(pair, b'/');
        let value = cut(tail, b'/').0;
        let place = match (key, identifier(name)) {
            (1 | 8006, Some(22)) => 1,
            (1 | 8006, Some(10)) => 2,
            (1 | 8006, Some(21)) => 3,
            // Third-party serial numbers, extensions of places and identities under EU 2018/574 stand alone.
            (1, Some(235)) | (414, Some(254 | 7040)) if last == 0 => 4,
            (1 | 414 | 8006, _) => 0,
            _ => return Ok(()),
        };
        if place <= last || value.is_empty() {
            return Err(CodeFault::Qualifiers { key });
        }
        if place == 2 {
            code.lot = Some(lot(value));
        }
        last = place;
        rest = tail.get(value.len()..).unwrap_or_default();
    }
    Ok(())
}

/// Returns the key of a lot, whose text may be percent-encoded.
fn lot(mut text: &[u8]) -> Key {
    let mut hash = FNV_OFFSET;
    while let [byte, behind @ ..] = text {
        let (mut plain, hex) = ([*byte], text.get(1..3).and_then(|hex| core::str::from_utf8(hex).ok()));
        let is_escaped = *byte == b'%' && hex.is_some_and(|hex| from_hex(&mut plain, hex).is_some());
        text = if is_escaped { behind.get(2..).unwrap_or_default() } else { behind };
        hash = fnv1a(hash, &plain);
    }
    Key(hash)
}

/// Reads an application identifier: two digits, and three or four where they do not begin with a zero.
fn identifier(name: &[u8]) -> Option<u64> {
    let Digits { value, count, ends } = digits(name, 4);
    (ends && matches!((count, value), (2, _) | (3, 100..) | (4, 1_000..))).then_some(value)
}

/// Returns the UPC-A for which a UPC-E of number system 0 stands; `short` is six digits and the check digit.
///
/// Source: GS1 General Specifications, figure 5.2.2.4.2-1: the sixth digit tells where zeros were left out.
fn upc_e(short: u64) -> Option<Gs1Number> {
    let (body, how, check) = (short / 100, short / 10 % 10, short % 10);
    let long = match how {
        0..=2 => (body / 1_000 * 10 + how) * 10_000_000 + body % 1_000,
        3 => body / 100 * 10_000_000 + body % 100,
        4 => body / 10 * 1_000_000 + body % 10,
        _ => body * 100_000 + how,
    };
    Gs1Number::of(long * 10 + check)
}

/// Returns what stands before the first `mark`, and what behind it: all and nothing where there is none.
#[inline(never)]
fn cut(text: &[u8], mark: u8) -> (&[u8], &[u8]) {
    let mut at = 0;
    while text.get(at).is_some_and(|byte| *byte != mark) {
        at += 1;
    }
    (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default())
}

/// Returns what stands before the last slash, and what behind it, if there is one.
fn cut_last(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    let mut before = text;
    while let [rest @ .., last] = before {
        before = rest;
        if *last == b'/' {
            return (before, text.get(before.len() + 1..));
        }
    }
    (before, None)
}

/// Returns the day of six digits, YYMMDD, since 1970-01-01; day 00 is the last of the month.
///
/// Every year counts as of this century. Source: GS1 General Specifications, 3.4.2 and 7.12; days as in Howard Hinnant,
/// "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
fn date(value: &[u8]) -> Option<i32> {
    let Digits { value, count: 6, ends: true } = digits(value, 6) else { return None };
    let value = i32::try_from(value).ok()?;
    let (year, mut month, day) = (value / 10_000, value / 100 % 100, value % 100);
    if !(1..=12).contains(&month) || day > 31 {
        return None;
    }
    month += i32::from(day == 0);
    // Months from March on, so that a leap day is the last of its year; 2000-03-01 was day 11,017.
    let (years, months) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    Some(11_016 + years * 365 + years.div_euclid(4) + (153 * months + 2) / 5 + day)
}

/// Digits that a text begins with.
struct Digits {
    /// The number they are.
    value: u64,
    /// How many were read, leading zeros too.
    count: usize,
    /// Nothing stands behind them.
    ends: bool,
}

/// Reads at most `most` digits, percent-encoded or not; no more than 18, which is what a number here has room for.
fn digits(mut text: &[u8], most: usize) -> Digits {
    let (mut value, mut count) = (0, 0);
    while count < most.min(18)
        // NOTE: the digits are %30 to %39, so what stands behind `%3` is the digit itself.
        && let [b'%', b'3', digit @ b'0'..=b'9', behind @ ..] | [digit @ b'0'..=b'9', behind @ ..] = text
    {
        value = value * 10 + u64::from(digit - b'0');
        count += 1;
        text = behind;
    }
    Digits { value, count, ends: text.is_empty() }
}

#[cfg(test)]
mod tests;
