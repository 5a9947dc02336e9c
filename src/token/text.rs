//! Tokens as text: `CT1:` and base 45 (RFC 9285) for a QR code, base64url (RFC 4648, section 5, no padding) for addresses.
//!
//! Base 45 has the letters that QR codes pack most densely: 175 of them for a token, which is a code of version 7 (45 x 45
//! modules, correction M). Both texts are strict: one token has one spelling in each. An even number of bytes never ends in
//! a space in base 45, so nothing is lost where a form cuts spaces off.

use alloc::string::String;
use alloc::vec::Vec;

/// What a QR code begins with.
pub const PREFIX: &str = "CT1:";

const BASE45: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Returns the text for a QR code.
///
/// ```
/// assert_eq!(tactful::token::text::qr(b"ietf!"), "CT1:QED8WEX0");
/// ```
pub fn qr(bytes: &[u8]) -> String {
    let mut text = String::from(PREFIX);
    for pair in bytes.chunks(2) {
        let value = pair.iter().fold(0, |value, byte| value * 256 + usize::from(*byte));
        let letters = [value % 45, value / 45 % 45, value / 2025];
        text.extend(
            letters.iter().take(pair.len() + 1).filter_map(|letter| BASE45.get(*letter)).map(|b| char::from(*b)),
        );
    }
    text
}

/// Returns the text for an address.
///
/// ```
/// assert_eq!(tactful::token::text::url(&[0xfb, 0xff]), "-_8");
/// ```
pub fn url(bytes: &[u8]) -> String {
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let value = (0..3).fold(0, |value, at| value << 8 | usize::from(three.get(at).copied().unwrap_or(0)));
        let letters = [value >> 18, value >> 12 & 63, value >> 6 & 63, value & 63];
        text.extend(
            letters.iter().take(three.len() + 1).filter_map(|letter| BASE64.get(*letter)).map(|b| char::from(*b)),
        );
    }
    text
}

/// Returns the bytes of a text of either kind, without the white space around it; `None` where it is neither.
pub fn read(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_ascii();
    text.strip_prefix(PREFIX).map_or_else(|| of_url(text), of_base45)
}

/// Returns the bytes of base64url.
pub fn of_url(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for letters in text.as_bytes().chunks(4) {
        let digits = digits(letters, BASE64)?;
        let value = (0..4).fold(0, |value, at| value << 6 | digits.get(at).copied().unwrap_or(0));
        let [_, three @ ..] = u32::try_from(value).ok()?.to_be_bytes();
        let (kept, cut) = three.split_at_checked(letters.len().checked_sub(1).filter(|kept| *kept > 0)?)?;
        bytes.extend_from_slice(cut.iter().all(|byte| *byte == 0).then_some(kept)?);
    }
    Some(bytes)
}

fn of_base45(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for letters in text.as_bytes().chunks(3) {
        let value = digits(letters, BASE45)?.iter().rev().fold(0, |value, digit| value * 45 + digit);
        match letters.len() {
            3 => bytes.extend_from_slice(&u16::try_from(value).ok()?.to_be_bytes()),
            2 => bytes.push(u8::try_from(value).ok()?),
            _ => return None,
        }
    }
    Some(bytes)
}

fn digits(letters: &[u8], alphabet: &[u8]) -> Option<Vec<usize>> {
    letters.iter().map(|letter| alphabet.iter().position(|known| known == letter)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_texts_are_read_back() {
        for length in [1, 2, 3, 4, 5, 113, 114, 214_u8] {
            let bytes: Vec<u8> = (0..length).map(|at: u8| at.wrapping_mul(83).wrapping_add(251)).collect();
            assert_eq!(read(&qr(&bytes)).as_ref(), Some(&bytes));
            assert_eq!(read(&url(&bytes)), Some(bytes));
        }
        assert_eq!((qr(&[255; 114]).len(), qr(&[255; 214]).len(), url(&[255; 114]).len()), (175, 325, 152));
    }

    #[test]
    fn the_examples_of_rfc_9285() {
        assert_eq!([qr(b"AB"), qr(b"Hello!!"), qr(b"base-45")], ["CT1:BB8", "CT1:%69 VD92EX0", "CT1:UJCLQE7W581"]);
        assert_eq!(read("CT1:QED8WEX0").as_deref(), Some(b"ietf!".as_slice()));
    }

    #[test]
    fn one_token_has_one_spelling() {
        let wrong = ["CT1:GGW", "CT1:::", "CT1:A", "CT1:bb8", "A", "AB", "-_9", "AA==", "A A", "CT1:GGW0", "ct1:BB8"];
        assert_eq!(wrong.map(read), [const { None }; 11]);
        assert_eq!(read(" \r\n-_8\n"), Some([0xfb, 0xff].into()));
    }

    #[test]
    fn an_even_number_of_bytes_never_ends_in_a_space() {
        assert!((0..=u16::MAX).all(|value| !qr(&value.to_be_bytes()).ends_with(' ')));
    }
}
