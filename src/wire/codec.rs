//! The postcard format in 150 lines: what serde's generated code does in ten times the bytes on a phone.
//!
//! Functions that read or write one thing are not inlined: they are called from hundreds of places on a phone.
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
pub trait FromWire<'a> {
    /// Reads a value; something harmless where the bytes are no such value, which `from` then knows.
    fn read(from: &mut Reader<'a>) -> Self;
}

/// Bytes to read from. A broken reader goes on giving zeros and empty lists: one check at the end of reading instead of
/// one at every field.
pub struct Reader<'a> {
    bytes: &'a [u8],
    broken: bool,
}

impl<'a> Reader<'a> {
    /// Returns a reader of all of `bytes`.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, broken: false }
    }

    /// Tells whether everything was read, and was what it should be.
    pub const fn is_done(&self) -> bool {
        self.bytes.is_empty() && !self.broken
    }

    /// Tells whether something was not what it should be.
    pub(super) const fn is_broken(&self) -> bool {
        self.broken
    }

    /// Returns what a code means; the bytes are not what they should be where it means nothing.
    pub fn known<T>(&mut self, meaning: Option<T>) -> Option<T> {
        self.broken |= meaning.is_none();
        meaning
    }

    /// Reads how many rows there are, and returns as many empty ones; each must have at least `columns` bytes to come.
    pub fn rows<T: Default>(&mut self, columns: usize) -> Vec<T> {
        let count = self.length();
        let fits = count <= self.bytes.len() / columns.max(1);
        let mut rows = Vec::new();
        rows.resize_with(self.known(fits.then_some(count)).unwrap_or(0), T::default);
        rows
    }

    /// Notes that the bytes are not what they should be, and returns something harmless.
    pub fn refuse<T: Default>(&mut self) -> T {
        self.broken = true;
        T::default()
    }

    #[inline(never)]
    fn byte(&mut self) -> u8 {
        match self.bytes.split_first() {
            Some((first, rest)) => {
                self.bytes = rest;
                *first
            }
            None => self.refuse(),
        }
    }

    #[inline(never)]
    fn take(&mut self, length: usize) -> &'a [u8] {
        match self.bytes.split_at_checked(length) {
            Some((taken, rest)) => {
                self.bytes = rest;
                taken
            }
            None => self.refuse(),
        }
    }

    /// Reads a number in LEB128, at most ten bytes.
    #[inline(never)]
    fn number(&mut self) -> u64 {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte();
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                break;
            }
            number |= bits << shift;
            if byte < 0x80 {
                return number;
            }
        }
        self.refuse()
    }

    /// Reads a length; more elements than bytes are left is no list, so that no hostile length allocates.
    #[inline(never)]
    pub(super) fn length(&mut self) -> usize {
        match usize::try_from(self.number()) {
            Ok(length) if length <= self.bytes.len() && !self.broken => length,
            _ => self.refuse(),
        }
    }
}

/// Returns a value as bytes.
pub fn to_bytes(value: &impl ToWire) -> Vec<u8> {
    let mut out = Vec::new();
    value.write(&mut out);
    out
}

/// Reads a value that takes up all of `bytes`.
pub fn from_bytes<'a, T: FromWire<'a>>(bytes: &'a [u8]) -> Option<T> {
    let mut from = Reader::new(bytes);
    let value = T::read(&mut from);
    from.is_done().then_some(value)
}

/// Returns the value with this code: its place in the list of all.
pub(super) fn from_code<T: Copy, N>(all: &[(T, N)], code: u8) -> Option<T> {
    all.get(usize::from(code)).map(|(value, _)| *value)
}

/// Returns the name of a value in the list of all.
pub(super) fn name<T: PartialEq>(all: &[(T, &'static str)], value: T) -> &'static str {
    all.iter().find(|(known, _)| *known == value).map_or("", |(_, name)| name)
}

/// Implements reading and writing of a struct, field by field in this order.
macro_rules! fields {
    ($name:ident { $($field:ident),* $(,)? }) => {
        $crate::wire::codec::written!($name { $($field),* });
        impl<'a> $crate::wire::codec::FromWire<'a> for $name {
            fn read(from: &mut $crate::wire::codec::Reader<'a>) -> Self {
                // NOTE: fields of a struct expression are read in the order in which they are written.
                Self { $($field: $crate::wire::codec::FromWire::read(from)),* }
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

#[expect(clippy::cast_possible_truncation, reason = "the low byte is what is meant")]
const fn low_byte(number: u64) -> u8 {
    number as u8
}

pub(super) fn write_length(length: usize, out: &mut Vec<u8>) {
    write_number(u64::try_from(length).unwrap_or(u64::MAX), out);
}

/// Writes a list by what `each` writes of one: without making a list of views first.
pub fn write_list<T>(list: &[T], out: &mut Vec<u8>, each: impl Fn(&T, &mut Vec<u8>)) {
    write_length(list.len(), out);
    list.iter().for_each(|element| each(element, out));
}

macro_rules! unsigned {
    ($($number:ty)*) => {$(
        impl ToWire for $number {
            fn write(&self, out: &mut Vec<u8>) {
                write_number(u64::from(*self), out);
            }
        }
        impl FromWire<'_> for $number {
            #[inline(never)]
            fn read(from: &mut Reader) -> Self {
                from.number().try_into().unwrap_or_else(|_| from.refuse())
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
            #[inline(never)]
            fn read(from: &mut Reader) -> Self {
                let zigzag = from.number();
                let number = (zigzag >> 1).cast_signed() ^ -((zigzag & 1).cast_signed());
                number.try_into().unwrap_or_else(|_| from.refuse())
            }
        }
    )*};
}

unsigned!(u16 u32 u64);
signed!(i16 i32 i64);

impl ToWire for u8 {
    #[inline(never)]
    fn write(&self, out: &mut Vec<u8>) {
        out.push(*self);
    }
}

impl FromWire<'_> for u8 {
    fn read(from: &mut Reader) -> Self {
        from.byte()
    }
}

impl ToWire for bool {
    fn write(&self, out: &mut Vec<u8>) {
        u8::from(*self).write(out);
    }
}

impl FromWire<'_> for bool {
    #[inline(never)]
    fn read(from: &mut Reader) -> Self {
        match from.byte() {
            0 => false,
            1 => true,
            _ => from.refuse(),
        }
    }
}

impl ToWire for &str {
    #[inline(never)]
    fn write(&self, out: &mut Vec<u8>) {
        write_length(self.len(), out);
        out.extend_from_slice(self.as_bytes());
    }
}

impl<'a> FromWire<'a> for &'a str {
    #[inline(never)]
    fn read(from: &mut Reader<'a>) -> Self {
        let length = from.length();
        core::str::from_utf8(from.take(length)).unwrap_or_else(|_| from.refuse())
    }
}

impl ToWire for String {
    fn write(&self, out: &mut Vec<u8>) {
        self.as_str().write(out);
    }
}

impl FromWire<'_> for String {
    fn read(from: &mut Reader) -> Self {
        Self::from(<&str>::read(from))
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
    fn read(from: &mut Reader<'a>) -> Self {
        bool::read(from).then(|| T::read(from))
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
    fn read(from: &mut Reader<'a>) -> Self {
        let length = from.length();
        let mut list = Self::new();
        for _ in 0..length {
            list.push(T::read(from));
            if from.broken {
                break;
            }
        }
        list
    }
}

impl<T: ToWire, const N: usize> ToWire for [T; N] {
    fn write(&self, out: &mut Vec<u8>) {
        self.iter().for_each(|element| element.write(out));
    }
}

impl<'a, T: FromWire<'a>, const N: usize> FromWire<'a> for [T; N] {
    fn read(from: &mut Reader<'a>) -> Self {
        core::array::from_fn(|_| T::read(from))
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
            fn read(from: &mut Reader<'a>) -> Self {
                ($($name::read(from),)*)
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
