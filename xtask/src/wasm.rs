//! How many bytes of a WebAssembly module belong to what: its sections, and its functions by name.

use std::collections::BTreeMap;

/// What a module consists of, in bytes before compression.
#[derive(Debug, Default, PartialEq)]
pub struct Anatomy {
    /// Every function with a body: name (its number, where the module keeps no names) and size.
    pub functions: Vec<(String, usize)>,
    /// Constants and tables that are copied into memory at start.
    pub data: usize,
}

const CUSTOM: u8 = 0;
const IMPORT: u8 = 2;
const CODE: u8 = 10;
const DATA: u8 = 11;
const HEADER: usize = 8;
/// The part of the name section that names functions.
const FUNCTION_NAMES: u8 = 1;

/// Reads a module of the binary format (WebAssembly core specification 2.0, section 5.5); `None` when it breaks off.
pub fn anatomy(module: &[u8]) -> Option<Anatomy> {
    // The numbers of functions go on from the imported ones.
    let mut rest = Reader(module.get(HEADER..)?);
    let (mut imported, mut sizes, mut data, mut names) = (0, Vec::new(), 0, BTreeMap::new());
    while !rest.0.is_empty() {
        let (section, mut body) = (rest.byte()?, rest.block()?);
        match section {
            IMPORT => imported = imported_functions(&mut body)?,
            CODE => sizes = (0..body.number()?).map(|_| Some(body.block()?.0.len())).collect::<Option<_>>()?,
            DATA => data = body.0.len(),
            CUSTOM if body.block()?.0 == b"name" => names = function_names(&mut body)?,
            _ => {}
        }
    }
    let named = |(index, size)| {
        let index = imported + index;
        (names.get(&index).cloned().unwrap_or_else(|| format!("function {index}")), size)
    };
    Some(Anatomy { functions: sizes.into_iter().enumerate().map(named).collect(), data })
}

fn imported_functions(body: &mut Reader) -> Option<usize> {
    let mut functions = 0;
    for _ in 0..body.number()? {
        body.block()?;
        body.block()?;
        match body.byte()? {
            0 => {
                body.number()?;
                functions += 1;
            }
            1 => {
                body.byte()?;
                body.limits()?;
            }
            2 => body.limits()?,
            _ => {
                body.byte()?;
                body.byte()?;
            }
        }
    }
    Some(functions)
}

fn function_names(body: &mut Reader) -> Option<BTreeMap<usize, String>> {
    while !body.0.is_empty() {
        let (part, mut list) = (body.byte()?, body.block()?);
        if part == FUNCTION_NAMES {
            let count = list.number()?;
            let entry = |_| Some((list.number()?, plain(&String::from_utf8_lossy(list.block()?.0))));
            return (0..count).map(entry).collect();
        }
    }
    Some(BTreeMap::new())
}

/// What is still to be read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    /// An unsigned LEB128 number.
    fn number(&mut self) -> Option<usize> {
        let mut number = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// Bytes with their length before them.
    fn block(&mut self) -> Option<Reader<'a>> {
        let length = self.number()?;
        let (block, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(Reader(block))
    }

    fn limits(&mut self) -> Option<()> {
        let flags = self.byte()?;
        self.number()?;
        if flags & 1 == 1 {
            self.number()?;
        }
        Some(())
    }
}

/// A function's name without what tells compilations apart: `core[1f0e…]::fmt` and `core::fmt::h1f0e…` are `core::fmt`.
fn plain(name: &str) -> String {
    match name.strip_prefix("_R") {
        Some(mangled) => words(mangled).join("::"),
        None => unhashed(name),
    }
}

/// The words of a mangled name in their order: its path, then those of the types that it is made for.
///
/// Source: Rust's "v0 symbol mangling": a word is its length in bytes, `_` where it begins with a digit or `_`, and the
/// word; `s…_` and `C` before it tell crates and closures apart, and `B…_` repeats what was written.
fn words(mangled: &str) -> Vec<&str> {
    let (mut words, mut rest) = (Vec::new(), mangled);
    while let Some(first) = rest.chars().next() {
        let numbered =
            |text: &str| text.find('_').filter(|&end| text[..end].chars().all(|c| c.is_ascii_alphanumeric()));
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        rest = match (first, digits, numbered(rest)) {
            (_, 1.., _) => {
                let (length, after) = rest.split_at(digits);
                let after = after.strip_prefix('_').unwrap_or(after);
                let (word, after) = after.split_at_checked(length.parse().unwrap_or(0)).unwrap_or((after, ""));
                words.push(word);
                after
            }
            ('s' | 'B', _, Some(end)) => &rest[end + 1..],
            _ => &rest[first.len_utf8()..],
        };
    }
    words.retain(|word| !word.is_empty());
    words
}

fn unhashed(name: &str) -> String {
    let is_hash = |text: &str| text.len() == 16 && text.chars().all(|c| c.is_ascii_hexdigit());
    let name = match name.rsplit_once("::h") {
        Some((before, hash)) if is_hash(hash) => before,
        _ => name,
    };
    let mut parts = name.split('[');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(']') {
            Some((hash, after)) if is_hash(hash) => plain.push_str(after),
            _ => plain.extend(["[", part]),
        }
    }
    plain
}

/// What a function with a plain name belongs to: the module in our own crate and in Rust's (`tactful::rank`,
/// `core::slice`), else the crate.
pub fn owner(function: &str) -> String {
    let mut words = function.split(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | ':'));
    let path = words.find(|word| word.contains("::") && !word.starts_with("::"));
    match path.map(|path| path.split("::").collect::<Vec<_>>()).as_deref() {
        Some([name @ ("tactful" | "core" | "alloc" | "std"), module, ..]) => format!("{name}::{module}"),
        Some([name, ..]) => (*name).to_owned(),
        _ => "exports and glue".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(id: u8, body: &[u8]) -> Vec<u8> {
        [&[id, body.len() as u8], body].concat()
    }

    /// An imported function and memory, two bodies of 2 and 4 bytes, 3 bytes of data, and a name for the second body.
    fn sections() -> [Vec<u8>; 4] {
        [
            section(IMPORT, b"\x02\x01m\x01f\0\0\x01m\x03mem\x02\x01\x01\x02"),
            section(CODE, b"\x02\x02\0\x0b\x04\0\x41\x01\x0b"),
            section(DATA, b"abc"),
            section(CUSTOM, b"\x04name\x01\x06\x01\x02\x03foo"),
        ]
    }

    #[test]
    fn functions_are_named_and_measured() {
        let module = [b"\0asm\x01\0\0\0".to_vec(), sections().concat()].concat();
        let functions = vec![("function 1".to_owned(), 2), ("foo".to_owned(), 4)];
        assert_eq!(anatomy(&module), Some(Anatomy { functions, data: 3 }));
    }

    #[test]
    fn a_module_that_breaks_off_is_refused_but_where_a_section_ends() {
        let module = [b"\0asm\x01\0\0\0".to_vec(), sections().concat()].concat();
        let ends = sections().into_iter().scan(HEADER, |end, section| {
            *end += section.len();
            Some(*end)
        });
        let whole: Vec<usize> = std::iter::once(HEADER).chain(ends).collect();
        let read: Vec<usize> = (0..=module.len()).filter(|&end| anatomy(&module[..end]).is_some()).collect();
        assert_eq!(read, whole);
    }

    #[test]
    fn a_plain_name_has_no_hash() {
        let check = |name, expected| assert_eq!(plain(name), expected, "{name}");
        check("core::fmt::Formatter::pad::h9a08e02c777858ce", "core::fmt::Formatter::pad");
        check("<&str as core[c5930c85a12de822]::fmt::Display>::fmt", "<&str as core::fmt::Display>::fmt");
        check("<[u8; 4] as core[c5930c85a12de822]::clone::Clone>::clone", "<[u8; 4] as core::clone::Clone>::clone");
        check("session::hello", "session::hello");
        check("_RNvNtCs9oCjTdlmdx3_17compiler_builtins3int3div", "compiler_builtins::int::div");
        check("_RNvMs_NtCshash_7tactful4rankNtB4_5Price3sum", "tactful::rank::Price::sum");
    }

    #[test]
    fn a_function_belongs_to_its_module() {
        let check = |function, expected| assert_eq!(owner(function), expected, "{function}");
        check("tactful::rank::usefulness", "tactful::rank");
        check("<tactful::value::Minor as core::fmt::Display>::fmt", "tactful::value");
        check("<&mut tactful::value::Minor as core::fmt::Display>::fmt", "tactful::value");
        check("<&str as core::fmt::Display>::fmt", "core::fmt");
        check("<dlmalloc::dlmalloc::Dlmalloc<dlmalloc::sys::System>>::malloc", "dlmalloc");
        check("session_ask", "exports and glue");
    }
}
