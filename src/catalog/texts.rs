//! All texts of a catalog in one heap, read where it lies.

use alloc::vec::Vec;

use crate::value::Key;
use crate::value::key::{FNV_OFFSET, fnv1a};
use crate::value::part::{Part, extend_u32, span};

/// A text's number in [`Texts`]; 0 is the empty text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text(pub u32);

/// All texts of a catalog.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    /// The texts, one after the other, in UTF-8.
    pub heap: Part,
    /// Where each ends, 32 bits each, rising.
    pub ends: Part,
}

impl Texts {
    /// Packs texts; the first gets number 1.
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let (mut heap, mut ends) = (Vec::new(), Vec::new());
        for text in texts {
            heap.extend_from_slice(text.as_bytes());
            extend_u32(&mut ends, [u32::try_from(heap.len()).unwrap_or(u32::MAX)]);
        }
        Self { heap: Part::whole(heap), ends: Part::whole(ends) }
    }

    /// Returns the text, or the empty one for a number that does not exist.
    pub fn get(&self, text: Text) -> &str {
        core::str::from_utf8(self.bytes(text)).unwrap_or_default()
    }

    /// Returns the key of the text.
    pub fn key(&self, text: Text) -> Key {
        Key(fnv1a(FNV_OFFSET, self.bytes(text)))
    }

    fn bytes(&self, text: Text) -> &[u8] {
        let number = usize::try_from(text.0).ok().and_then(|number| number.checked_sub(1));
        let bytes = number.and_then(|place| span(&self.ends, place));
        bytes.and_then(|(from, until)| self.heap.bytes().get(from..until)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_by_number_and_a_wrong_number_is_empty() {
        let texts = Texts::of(["a", "bc", "é"]);
        let read = |number| texts.get(Text(number));
        assert_eq!([read(0), read(1), read(2), read(3), read(4)], ["", "a", "bc", "é", ""]);
    }
}
