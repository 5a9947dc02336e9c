//! The name of a token: ten bytes in the ledger, 16 letters and digits for people. Both say the same.
//!
//! The first byte is the shard of the ledger that holds it, 67 bits are chance, and the last 5 bits check the others. Written
//! in Crockford's base 32 (<https://www.crockford.com/base32.html>), five bits a letter, it is the short code: whoever has the
//! code has the serial, so the ledger needs one index for both. The last letter is the check, which finds every wrong letter
//! and every two letters that changed places.

use core::fmt;

/// The name of one token: 75 bits and 5 that check them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Serial([u8; 10]);

/// Crockford's letters, without I, L, O and U.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// What is wrong with a short code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodeFault {
    /// Too short or too long.
    #[error("a code has 16 letters and digits, not {0}")]
    Length(usize),
    /// A letter that no code has.
    #[error("a code has no `{0}`")]
    Letter(char),
    /// Some letter is wrong, or two changed places.
    #[error("the code has a typing error")]
    Check,
}

impl Serial {
    /// Returns the serial with this shard and this chance, of which the last 5 bits do not count.
    pub fn new(shard: u8, chance: [u8; 9]) -> Self {
        let [a, b, c, d, e, f, g, h, last] = chance;
        Self::checked([shard, a, b, c, d, e, f, g, h, last])
    }

    /// Returns the serial of these bytes, or `None` where the last 5 bits are not the check of the others.
    pub fn parse(bytes: [u8; 10]) -> Option<Self> {
        let serial = Self::checked(bytes);
        (serial.0 == bytes).then_some(serial)
    }

    /// Returns the bytes.
    pub const fn bytes(self) -> [u8; 10] {
        self.0
    }

    /// Returns the shard of the ledger that holds it.
    pub const fn shard(self) -> u8 {
        let [shard, ..] = self.0;
        shard
    }

    /// Returns the short code: 16 of Crockford's letters, capital, without hyphens.
    ///
    /// ```
    /// use tactful::token::Serial;
    /// let code = Serial::new(3, [7; 9]).code();
    /// assert_eq!(core::str::from_utf8(&code), Ok("0C3GE1R70W3GE1RJ"));
    /// assert_eq!(Serial::of_code("oc3g-e1r7-ow3g-elrj"), Ok(Serial::new(3, [7; 9])));
    /// ```
    pub fn code(self) -> [u8; 16] {
        self.digits().map(|digit| LETTERS.get(usize::from(digit)).copied().unwrap_or(b'0'))
    }

    /// Returns the serial of a short code. Case does not count, nor do spaces and hyphens; I and L are 1, O is 0.
    pub fn of_code(code: &str) -> Result<Self, CodeFault> {
        let letters = || code.chars().filter(|letter| !matches!(letter, ' ' | '-'));
        let mut bits = 0_u128;
        for letter in letters() {
            bits = bits << 5 | u128::from(digit_of(letter).ok_or(CodeFault::Letter(letter))?);
        }
        if letters().count() != 16 {
            return Err(CodeFault::Length(letters().count()));
        }
        let [_, _, _, _, _, _, bytes @ ..] = bits.to_be_bytes();
        Self::parse(bytes).ok_or(CodeFault::Check)
    }

    fn checked(bytes: [u8; 10]) -> Self {
        let mut serial = Self(bytes);
        let check = check(serial.digits());
        let [.., last] = &mut serial.0;
        *last = *last & !31 | check;
        serial
    }

    /// Five bits each, the first ones first.
    fn digits(self) -> [u8; 16] {
        let [a, b, c, d, e, f, g, h, i, j] = self.0;
        let bits = u128::from_be_bytes([0, 0, 0, 0, 0, 0, a, b, c, d, e, f, g, h, i, j]);
        let mut digits = [0; 16];
        for (digit, shift) in digits.iter_mut().zip((0..16).rev()) {
            let [.., low] = (bits >> (5 * shift)).to_be_bytes();
            *digit = low & 31;
        }
        digits
    }
}

/// Returns the digit that makes the sum of `x^i * digit_i` over the field of 32 (x^5 = x^2 + 1) zero, i counted from the end.
///
/// The sixteen powers are different and not 0, so one wrong digit never makes the same sum, nor do two that change places.
fn check(digits: [u8; 16]) -> u8 {
    let [before @ .., _] = digits;
    before.iter().fold(0, |sum, digit| times_x(sum ^ digit))
}

const fn times_x(digit: u8) -> u8 {
    (digit << 1 ^ if digit & 16 == 0 { 0 } else { 0b10_0101 }) & 31
}

fn digit_of(letter: char) -> Option<u8> {
    let letter = match letter.to_ascii_uppercase() {
        'I' | 'L' => '1',
        'O' => '0',
        other => other,
    };
    LETTERS.iter().position(|known| char::from(*known) == letter).and_then(|place| u8::try_from(place).ok())
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(core::str::from_utf8(&self.code()).unwrap_or_default())
    }
}

impl fmt::Debug for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Serial({self})")
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::string::{String, ToString};

    fn serial() -> Serial {
        Serial::new(200, [0x9e, 0x37, 0x79, 0xb9, 0x7f, 0x4a, 0x7c, 0x15, 0xf3])
    }

    #[test]
    fn code_and_bytes_say_the_same() {
        assert_eq!(Serial::of_code(&serial().to_string()), Ok(serial()));
        assert_eq!(Serial::parse(serial().bytes()), Some(serial()));
        assert_eq!((serial().shard(), serial().to_string().len()), (200, 16));
    }

    #[test]
    fn every_wrong_letter_and_every_exchange_is_found() {
        let code = serial().code();
        for at in 0..16 {
            for letter in LETTERS.iter().filter(|letter| **letter != code[at]) {
                let mut wrong = code;
                wrong[at] = *letter;
                assert_eq!(Serial::of_code(&String::from_utf8_lossy(&wrong)), Err(CodeFault::Check));
            }
            for other in (0..at).filter(|other| code[*other] != code[at]) {
                let mut wrong = code;
                wrong.swap(at, other);
                assert_eq!(Serial::of_code(&String::from_utf8_lossy(&wrong)), Err(CodeFault::Check));
            }
        }
    }

    #[test]
    fn what_is_no_code_is_told_apart() {
        assert_eq!(Serial::of_code("ABC"), Err(CodeFault::Length(3)));
        assert_eq!(Serial::of_code("UUUU"), Err(CodeFault::Letter('U')));
        assert_eq!(Serial::of_code(&"0".repeat(40)), Err(CodeFault::Length(40)));
    }
}
