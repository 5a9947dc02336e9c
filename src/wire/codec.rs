//! The postcard format in 150 lines: what serde's generated code does in ten times the bytes on a phone.
//!
//! Source: the postcard wire format, version 1: unsigned numbers as LEB128, signed ones in zigzag, texts and lists with
//! their length first, options with a byte, structs and tuples field by field. Tests hold it to the `postcard` crate.

use alloc::string::String;
use alloc::vec::Vec;

/// Can be written.
pub trait ToWire {
    /// Writes this value at the end of `out`.
    fn write(&self, out: &mut Vec<u8>);
}

/// Can be read.
pub trait FromWire<'a>: Sized {
    /// Reads a value from the front of `from`; `None` where the bytes are no such value.
    fn read(from: &mut &'a [u8]) -> Option<Self>;
}

/// Returns a value as bytes.
pub fn to_bytes(value: &impl ToWire) -> Vec<u8> {
    let mut out = Vec::new();
    value.write(&mut out);
    out
}

/// Reads a value that takes up all of `bytes`.
pub fn from_bytes<'a, T: FromWire<'a>>(mut bytes: &'a [u8]) -> Option<T> {
    let value = T::read(&mut bytes)?;
    bytes.is_empty().then_some(value)
}

/// Implements reading and writing of a struct, field by field in this order.
macro_rules! fields {
    ($name:ident { $($field:ident),* $(,)? }) => {
        $crate::wire::codec::written!($name { $($field),* });
        impl<'a> $crate::wire::codec::FromWire<'a> for $name {
            fn read(from: &mut &'a [u8]) -> Option<Self> {
                $(let $field = $crate::wire::codec::FromWire::read(from)?;)*
                Some(Self { $($field),* })
            }
        }
    };
}

/// Implements writing of a struct, field by field in this order.
macro_rules! written {
    ($name:ident $(<$life:lifetime>)? { $($field:ident),* $(,)? }) => {
        impl $(<$life>)? $crate::wire::codec::ToWire for $name $(<$life>)? {
            fn write(&self, out: &mut alloc::vec::Vec<u8>) {
                $(self.$field.write(out);)*
            }
        }
    };
}

pub(crate) use {fields, written};

/// Writes a number in LEB128.
#[inline(never)]
fn write_number(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(low_byte(number) | 0x80);
        number >>= 7;
    }
    out.push(low_byte(number));
}

/// Reads a number in LEB128, at most ten bytes.
#[inline(never)]
fn read_number(from: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = read_byte(from)?;
        let bits = u64::from(byte & 0x7f);
        if shift == 63 && bits > 1 {
            return None;
        }
        number |= bits << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

fn read_byte(from: &mut &[u8]) -> Option<u8> {
    let (first, rest) = from.split_first()?;
    *from = rest;
    Some(*first)
}

#[expect(clippy::cast_possible_truncation, reason = "the low byte is what is meant")]
const fn low_byte(number: u64) -> u8 {
    number as u8
}

fn write_length(length: usize, out: &mut Vec<u8>) {
    write_number(u64::try_from(length).unwrap_or(u64::MAX), out);
}

/// Reads a length; more elements than bytes are left is no list, so that no hostile length allocates.
fn read_length(from: &mut &[u8]) -> Option<usize> {
    usize::try_from(read_number(from)?).ok().filter(|length| *length <= from.len())
}

macro_rules! unsigned {
    ($($number:ty)*) => {$(
        impl ToWire for $number {
            fn write(&self, out: &mut Vec<u8>) {
                write_number(u64::from(*self), out);
            }
        }
        impl FromWire<'_> for $number {
            fn read(from: &mut &[u8]) -> Option<Self> {
                read_number(from)?.try_into().ok()
            }
        }
    )*};
}

macro_rules! signed {
    ($($number:ty)*) => {$(
        impl ToWire for $number {
            fn write(&self, out: &mut Vec<u8>) {
                let number = i64::from(*self);
                write_number(((number << 1) ^ (number >> 63)).cast_unsigned(), out);
            }
        }
        impl FromWire<'_> for $number {
            fn read(from: &mut &[u8]) -> Option<Self> {
                let zigzag = read_number(from)?;
                ((zigzag >> 1).cast_signed() ^ -((zigzag & 1).cast_signed())).try_into().ok()
            }
        }
    )*};
}

unsigned!(u16 u32 u64);
signed!(i16 i32 i64);

impl ToWire for u8 {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(*self);
    }
}

impl FromWire<'_> for u8 {
    fn read(from: &mut &[u8]) -> Option<Self> {
        read_byte(from)
    }
}

impl ToWire for bool {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
}

impl FromWire<'_> for bool {
    fn read(from: &mut &[u8]) -> Option<Self> {
        match read_byte(from)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl ToWire for &str {
    fn write(&self, out: &mut Vec<u8>) {
        write_length(self.len(), out);
        out.extend_from_slice(self.as_bytes());
    }
}

impl<'a> FromWire<'a> for &'a str {
    fn read(from: &mut &'a [u8]) -> Option<Self> {
        let length = read_length(from)?;
        let (text, rest) = from.split_at_checked(length)?;
        *from = rest;
        core::str::from_utf8(text).ok()
    }
}

impl ToWire for String {
    fn write(&self, out: &mut Vec<u8>) {
        self.as_str().write(out);
    }
}

impl FromWire<'_> for String {
    fn read(from: &mut &[u8]) -> Option<Self> {
        <&str>::read(from).map(String::from)
    }
}

impl<T: ToWire> ToWire for Option<T> {
    fn write(&self, out: &mut Vec<u8>) {
        self.is_some().write(out);
        if let Some(value) = self {
            value.write(out);
        }
    }
}

impl<'a, T: FromWire<'a>> FromWire<'a> for Option<T> {
    fn read(from: &mut &'a [u8]) -> Option<Self> {
        if bool::read(from)? { T::read(from).map(Some) } else { Some(None) }
    }
}

impl<T: ToWire> ToWire for Vec<T> {
    #[inline(never)]
    fn write(&self, out: &mut Vec<u8>) {
        write_length(self.len(), out);
        self.iter().for_each(|element| element.write(out));
    }
}

impl<'a, T: FromWire<'a>> FromWire<'a> for Vec<T> {
    // NOTE: one copy for each type, and no iterator adapters: a kilobyte each on a phone.
    #[inline(never)]
    fn read(from: &mut &'a [u8]) -> Option<Self> {
        let length = read_length(from)?;
        let mut list = Self::with_capacity(length);
        for _ in 0..length {
            list.push(T::read(from)?);
        }
        Some(list)
    }
}

impl<T: ToWire, const N: usize> ToWire for [T; N] {
    fn write(&self, out: &mut Vec<u8>) {
        self.iter().for_each(|element| element.write(out));
    }
}

impl<'a, T: FromWire<'a>, const N: usize> FromWire<'a> for [T; N] {
    fn read(from: &mut &'a [u8]) -> Option<Self> {
        let mut list = Vec::with_capacity(N);
        for _ in 0..N {
            list.push(T::read(from)?);
        }
        list.try_into().ok()
    }
}

macro_rules! tuple {
    ($($name:ident)*) => {
        impl<$($name: ToWire),*> ToWire for ($($name,)*) {
            #[expect(non_snake_case, reason = "a field is named by its type")]
            fn write(&self, out: &mut Vec<u8>) {
                let ($($name,)*) = self;
                $($name.write(out);)*
            }
        }
        impl<'a, $($name: FromWire<'a>),*> FromWire<'a> for ($($name,)*) {
            fn read(from: &mut &'a [u8]) -> Option<Self> {
                Some(($($name::read(from)?,)*))
            }
        }
    };
}

tuple!(A B);
tuple!(A B C);
tuple!(A B C D);
tuple!(A B C D E);
tuple!(A B C D E F);
tuple!(A B C D E F G);

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Everything = (Vec<(u64, i64)>, Option<String>, [u16; 2], (bool, u8, i32), Vec<Option<u32>>);

    proptest! {
        #[test]
        fn it_is_the_postcard_format(value: Everything) {
            let bytes = to_bytes(&value);
            prop_assert_eq!(&bytes, &postcard::to_allocvec(&value).unwrap());
            prop_assert_eq!(from_bytes::<Everything>(&bytes), Some(value));
        }

        #[test]
        fn what_postcard_refuses_is_refused(bytes: Vec<u8>) {
            let ours = from_bytes::<Everything>(&bytes);
            let theirs = postcard::take_from_bytes::<Everything>(&bytes).ok().filter(|(_, rest)| rest.is_empty());
            prop_assert_eq!(ours, theirs.map(|(value, _)| value));
        }
    }
}
